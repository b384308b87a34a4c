//! What is meant to hurt: it is refused with its place and a remedy, in trailers that every client takes.

use super::{Running, asking, graded, number, statement, told, topic};
use prost::Message;
use sayso::language;
use sayso::wire::pb;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use tonic_types::pb::Status as Details;

/// What HTTP/2 counts of a status's headers: names, values as they are encoded, and 32 bytes each.
fn header_bytes(status: &Status) -> usize {
    let response = status.clone().into_http::<()>();
    response.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 32).sum()
}

/// The diagnostic of a refused query.
fn diagnostic(status: &Status) -> pb::QueryDiagnostic {
    let sent = Details::decode(status.details()).unwrap();
    let last = sent.details.last().unwrap();
    assert_eq!(last.type_url, "type.googleapis.com/sayso.v1.QueryDiagnostic");
    pb::QueryDiagnostic::decode(last.value.as_slice()).unwrap()
}

#[tokio::test]
async fn queries_that_are_meant_to_hurt_are_refused_within_4_kib_with_edits_that_parse() {
    let running = Running::seeded().await;
    let name = |sign: &str, bytes: usize| format!("figure where actor='{}'", sign.repeat(bytes / sign.len()));
    for (query, code) in [
        (" ".repeat(8_192), "UNEXPECTED"),
        (" ".repeat(8_193), "TOO_LONG"),
        ("(".repeat(8_000), "TOO_DEEP"),
        (format!("figure where {}kind=workers", "(".repeat(4_000)), "TOO_DEEP"),
        (format!("figure where {}kind=workers", "not ".repeat(2_000)), "TOO_DEEP"),
        (format!("figure where {}=1", "x".repeat(8_000)), "UNKNOWN_ATTRIBUTE"),
        (format!("{} where kind=workers", "z".repeat(8_000)), "UNKNOWN_TYPE"),
        (format!("figure where kind in ({}workers)", "workers,".repeat(1_000)), "TOO_MANY_TERMS"),
        (name("{", 8_000), "UNKNOWN_NAME"),
        (name("\"", 8_000), "UNKNOWN_NAME"),
        (name("a b ", 8_000), "UNKNOWN_NAME"),
        (name("\u{1f600}", 8_000), "UNKNOWN_NAME"),
        (name("e\u{301}\u{302}\u{303}", 8_000), "UNKNOWN_NAME"),
        (name("\u{202e}x", 8_000), "UNKNOWN_NAME"),
        (name("\u{1}", 8_000), "UNKNOWN_NAME"),
        ("figure where kind=workers\0".to_owned(), "UNEXPECTED"),
        ("figure where kind='workers".to_owned(), "UNCLOSED"),
        ("figure where when=2025-13".to_owned(), "BAD_TIME"),
        ("figure where value=tousands".to_owned(), "BAD_QUANTITY"),
    ] {
        let shown: String = query.chars().take(40).collect();
        let refused = running.ask(asking(&query)).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{shown}");
        let info = refused.get_details_error_info().unwrap();
        assert_eq!((info.reason.as_str(), info.domain.as_str()), (code, "sayso.v1"), "{shown}");
        let diagnostic = diagnostic(&refused);
        assert_eq!(diagnostic.code, code, "{shown}");
        for edit in diagnostic.edits {
            let mut edited = query.clone();
            edited.replace_range(edit.start as usize..edit.end as usize, &edit.text);
            assert_eq!(language::parse(&edited).err(), None, "{shown}: {edited}");
        }
        let bytes = header_bytes(&refused);
        assert!(bytes <= 4_096, "{shown}: {bytes} bytes");
    }
}

#[tokio::test]
async fn batches_that_are_meant_to_hurt_are_refused_within_4_kib() {
    let running = Running::seeded().await;
    let nasty = "{\"<`?>#".repeat(60);
    let claim = |index: usize| pb::Claim {
        actors: vec![nasty.clone()],
        mode: 99,
        ..statement(&format!("c{index}"), "A claim.")
    };
    let no_drafts = pb::RecordRequest { claims: (0..9_000).map(claim).collect(), ..Default::default() };
    let claim = |index: usize| pb::Claim {
        actors: vec![nasty.clone()],
        ..statement(&format!("c{index}"), "A claim.")
    };
    let no_names = pb::RecordRequest { claims: (0..9_000).map(claim).collect(), ..Default::default() };
    let claim = |index: usize| statement(&format!("{nasty}{index}"), "");
    let no_texts = pb::RecordRequest { claims: (0..4_500).map(claim).collect(), ..Default::default() };
    let precondition = |index: usize| pb::Precondition {
        r#type: pb::ItemType::Claim.into(),
        id: format!("{}-{index}", "x".repeat(100)),
        condition: Some(pb::precondition::Condition::VersionIs(1)),
    };
    let unmet = pb::RecordRequest {
        preconditions: (0..9_000).map(precondition).collect(),
        claims: vec![statement("c1", "A claim.")],
        ..Default::default()
    };
    for (request, code, reason, count) in [
        (no_drafts, Code::InvalidArgument, "INVALID_ITEM", Some("9000")),
        // Names are not looked for any more after so many faults.
        (no_names, Code::InvalidArgument, "INVALID_ITEM", Some("32")),
        (no_texts, Code::InvalidArgument, "INVALID_ITEM", Some("9000")),
        (unmet, Code::FailedPrecondition, "PRECONDITION_FAILED", None),
    ] {
        let refused = running.record(request).await.unwrap_err();
        let info = refused.get_details_error_info().unwrap();
        assert_eq!((refused.code(), info.reason.as_str()), (code, reason));
        assert_eq!(info.metadata.get("violations").map(String::as_str), count);
        let bytes = header_bytes(&refused);
        assert!(bytes <= 4_096, "{reason}: {bytes} bytes");
    }
    let head = running.ledger().get_head(pb::GetHeadRequest {}).await.unwrap().into_inner();
    assert_eq!((number(&head.revision), head.counts.unwrap().claims), (1, 25));
}

#[tokio::test]
async fn a_batch_has_10_000_items_at_the_most() {
    let running = Running::empty().await;
    let batch = |count: usize| pb::RecordRequest {
        entities: (0..count).map(|index| topic(&format!("t{index}"))).collect(),
        ..Default::default()
    };
    assert_eq!(
        told(&running.record(batch(10_001)).await.unwrap_err()),
        r#"InvalidArgument: the batch has 10001 items; at most 10000 are allowed
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"violations":"1"},"reason":"INVALID_ITEM"}
google.rpc.BadRequest {"fieldViolations":[{"description":"the batch has 10001 items; at most 10000 are allowed"}]}"#
    );
    assert_eq!(running.record(batch(10_000)).await.unwrap().outcomes.len(), 10_000);
}

#[tokio::test]
async fn names_that_are_meant_to_hurt_are_not_found_within_4_kib() {
    let running = Running::seeded().await;
    for name in ["{".repeat(100_000), "é ".repeat(50_000), "\u{1}".repeat(100_000), String::new()] {
        let request = pb::GetEntityRequest { id: name.clone(), consistency: None };
        let refused = running.catalog().get_entity(request).await.unwrap_err();
        let request = pb::GetClaimRequest { id: name, ..Default::default() };
        let refused_too = running.catalog().get_claim(request).await.unwrap_err();
        for refused in [refused, refused_too] {
            assert_eq!(refused.code(), Code::NotFound);
            let bytes = header_bytes(&refused);
            assert!(bytes <= 4_096, "{bytes} bytes");
        }
    }
}

#[tokio::test]
async fn a_deadline_that_does_not_read_is_none() {
    let running = Running::seeded().await;
    let mut request = tonic::Request::new(asking("claim"));
    request.metadata_mut().insert("grpc-timeout", "soon".parse().unwrap());
    let page = running.query().query(request).await.unwrap().into_inner();
    assert_eq!(graded(&page).split(", ").count(), 25);
}
