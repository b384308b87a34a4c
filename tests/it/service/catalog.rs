//! `CatalogService`: look-ups by id and alias, versions, lists with tokens.

use super::{Running, exactly, number, statement, told, topic};
use sayso::wire::pb;
use tonic_types::StatusExt;

#[tokio::test]
async fn names_and_aliases_find_what_ids_find() {
    let running = Running::seeded().await;
    let mut catalog = running.catalog();
    for name in ["north-korea", "NK", "dprk", "North Korea"] {
        let request = pb::GetEntityRequest { id: name.to_owned(), consistency: None };
        let found = catalog.get_entity(request).await.unwrap().into_inner();
        let entity = found.entity.unwrap();
        assert_eq!((entity.id.as_str(), entity.version, number(&found.revision)), ("north-korea", 1, 1));
    }
    let request = pb::GetSourceRequest { id: "The Korean Herald".to_owned(), consistency: None };
    let source = catalog.get_source(request).await.unwrap().into_inner().source.unwrap();
    assert_eq!((source.id.as_str(), source.kind()), ("korea-herald", pb::SourceKind::NewsOutlet));
    let request = pb::GetDocumentRequest { id: "unscr-2397".to_owned(), consistency: None };
    let document = catalog.get_document(request).await.unwrap().into_inner().document.unwrap();
    assert_eq!(document.published.unwrap().text, "2017-12-22");
}

#[tokio::test]
async fn what_is_not_there_is_not_found_with_what_is_like_it() {
    let running = Running::seeded().await;
    let mut catalog = running.catalog();
    let entity = pb::GetEntityRequest { id: "Norh Korea".to_owned(), consistency: None };
    assert_eq!(
        told(&catalog.get_entity(entity).await.unwrap_err()),
        r#"NotFound: there is no entity `Norh Korea`; did you mean `North Korea`?
google.rpc.ErrorInfo {"domain":"sayso.v1","reason":"NOT_FOUND"}
google.rpc.ResourceInfo {"description":"there is no entity `Norh Korea`; did you mean `North Korea`?","resourceName":"Norh Korea","resourceType":"entity"}"#
    );
    let source = pb::GetSourceRequest { id: "niss".to_owned(), consistency: None };
    assert_eq!(
        told(&catalog.get_source(source).await.unwrap_err()),
        r#"NotFound: there is no source `niss`; did you mean `nis`?
google.rpc.ErrorInfo {"domain":"sayso.v1","reason":"NOT_FOUND"}
google.rpc.ResourceInfo {"description":"there is no source `niss`; did you mean `nis`?","resourceName":"niss","resourceType":"source"}"#
    );
    let document = pb::GetDocumentRequest { id: "unscr-2379".to_owned(), consistency: None };
    assert_eq!(
        told(&catalog.get_document(document).await.unwrap_err()),
        r#"NotFound: there is no document `unscr-2379`; did you mean `unscr-2375` or `unscr-2397`?
google.rpc.ErrorInfo {"domain":"sayso.v1","reason":"NOT_FOUND"}
google.rpc.ResourceInfo {"description":"there is no document `unscr-2379`; did you mean `unscr-2375` or `unscr-2397`?","resourceName":"unscr-2379","resourceType":"document"}"#
    );
    let claim = pb::GetClaimRequest { id: "worker-sent".to_owned(), ..Default::default() };
    assert_eq!(
        told(&catalog.get_claim(claim).await.unwrap_err()),
        r#"NotFound: there is no claim `worker-sent`
google.rpc.ErrorInfo {"domain":"sayso.v1","reason":"NOT_FOUND"}
google.rpc.ResourceInfo {"description":"there is no claim `worker-sent`","resourceName":"worker-sent","resourceType":"claim"}"#
    );
}

#[tokio::test]
async fn an_alias_of_several_things_names_them() {
    let running = Running::empty().await;
    let named = |id: &str| pb::Entity { aliases: vec!["Georgia".to_owned()], ..topic(id) };
    let entities = vec![named("georgia-us"), named("georgia-country")];
    running.record(pb::RecordRequest { entities, ..Default::default() }).await.unwrap();
    let request = pb::GetEntityRequest { id: "georgia".to_owned(), consistency: None };
    assert_eq!(
        told(&running.catalog().get_entity(request).await.unwrap_err()),
        r#"InvalidArgument: id: `georgia` names several: write `georgia-country` or `georgia-us`
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"violations":"1"},"reason":"INVALID_REQUEST"}
google.rpc.BadRequest {"fieldViolations":[{"description":"`georgia` names several: write `georgia-country` or `georgia-us`","field":"id"}]}"#
    );
}

#[tokio::test]
async fn a_claim_has_its_versions_at_each_revision() {
    let running = Running::seeded().await;
    for text in ["One.", "Two.", "Three."] {
        let claims = vec![statement("c1", text)];
        running.record(pb::RecordRequest { claims, ..Default::default() }).await.unwrap();
    }
    let get = async |all_versions: bool, consistency: Option<pb::Consistency>| {
        let request = pb::GetClaimRequest { id: "c1".to_owned(), all_versions, consistency };
        let pb::GetClaimResponse { claim, versions, revision } =
            running.catalog().get_claim(request).await.unwrap().into_inner();
        let versions: Vec<String> = versions.into_iter().map(|claim| claim.text).collect();
        (claim.unwrap().text, versions.join(" "), number(&revision))
    };
    assert_eq!(get(false, None).await, ("Three.".to_owned(), String::new(), 4));
    assert_eq!(get(true, None).await, ("Three.".to_owned(), "One. Two. Three.".to_owned(), 4));
    assert_eq!(get(true, exactly(3)).await, ("Two.".to_owned(), "One. Two.".to_owned(), 3));
}

#[tokio::test]
async fn several_claims_come_in_the_order_asked_or_none() {
    let running = Running::seeded().await;
    let get = async |ids: &[&str]| {
        let ids = ids.iter().map(|id| (*id).to_owned()).collect();
        let request = pb::BatchGetClaimsRequest { ids, consistency: None };
        let found = running.catalog().batch_get_claims(request).await.map_err(|status| told(&status))?;
        Ok::<_, String>(found.into_inner().claims.into_iter().map(|claim| claim.id).collect::<Vec<_>>())
    };
    let ids = ["workers-sent", "brought-back", "workers-sent"];
    assert_eq!(get(&ids).await, Ok(ids.map(str::to_owned).to_vec()));
    assert_eq!(
        get(&["workers-sent", "nothing"]).await.unwrap_err(),
        r#"NotFound: there is no claim `nothing`
google.rpc.ErrorInfo {"domain":"sayso.v1","reason":"NOT_FOUND"}
google.rpc.ResourceInfo {"description":"there is no claim `nothing`","resourceName":"nothing","resourceType":"claim"}"#
    );
    assert_eq!(
        get(&[]).await.unwrap_err(),
        r#"InvalidArgument: ids: has 0 ids; 1 to 100 are answered at a time
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"violations":"1"},"reason":"INVALID_REQUEST"}
google.rpc.BadRequest {"fieldViolations":[{"description":"has 0 ids; 1 to 100 are answered at a time","field":"ids"}]}"#
    );
    assert_eq!(
        get(&["workers-sent"; 101]).await.unwrap_err(),
        r#"InvalidArgument: ids: has 101 ids; 1 to 100 are answered at a time
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"violations":"1"},"reason":"INVALID_REQUEST"}
google.rpc.BadRequest {"fieldViolations":[{"description":"has 101 ids; 1 to 100 are answered at a time","field":"ids"}]}"#
    );
}

#[tokio::test]
async fn an_answer_that_clients_would_not_take_is_refused_with_a_remedy() {
    let running = Running::seeded().await;
    let labels = (0..64).map(|key| (format!("k{key}"), "x".repeat(1_000))).collect();
    let large = pb::Claim { labels, ..statement("large", "A claim with many labels.") };
    running.record(pb::RecordRequest { claims: vec![large], ..Default::default() }).await.unwrap();
    let request = pb::BatchGetClaimsRequest { ids: vec!["large".to_owned(); 60], consistency: None };
    assert_eq!(running.catalog().batch_get_claims(request.clone()).await.unwrap().get_ref().claims.len(), 60);
    let request = pb::BatchGetClaimsRequest { ids: vec!["large".to_owned(); 70], ..request };
    let refused = running.catalog().batch_get_claims(request).await.unwrap_err();
    // A moment takes more or fewer bytes.
    let bytes = refused.get_details_error_info().unwrap().metadata["bytes"].clone();
    assert_eq!(
        told(&refused),
        format!(
            r#"ResourceExhausted: the answer would have {bytes} bytes, and at most 4194304 are sent: ask for fewer claims, or for the latest version alone
google.rpc.ErrorInfo {{"domain":"sayso.v1","metadata":{{"bytes":"{bytes}"}},"reason":"ANSWER_TOO_LARGE"}}"#
        )
    );
}

#[tokio::test]
async fn lists_go_by_id_in_pages_of_one_revision() {
    let running = Running::seeded().await;
    let mut request =
        pb::ListEntitiesRequest { page_size: 4, kind: pb::EntityKind::Action.into(), ..Default::default() };
    let mut pages = Vec::new();
    loop {
        let page = running.catalog().list_entities(request.clone()).await.unwrap().into_inner();
        assert_eq!(number(&page.revision), 1);
        pages.push(page.entities.iter().map(|entity| entity.id.clone()).collect::<Vec<_>>().join(" "));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
        let newer = pb::Entity { kind: pb::EntityKind::Action.into(), ..topic("abandon") };
        running.record(pb::RecordRequest { entities: vec![newer], ..Default::default() }).await.unwrap();
    }
    assert_eq!(pages, ["assault deploy employ issue-permit", "recruit return seize send", "withdraw"]);

    // A token of another list is refused.
    let one = pb::ListSourcesRequest { page_size: 1, ..Default::default() };
    let token = running.catalog().list_sources(one).await.unwrap().into_inner().next_page_token;
    let documents = pb::ListDocumentsRequest { page_token: token, ..Default::default() };
    assert_eq!(
        told(&running.catalog().list_documents(documents).await.unwrap_err()),
        r#"InvalidArgument: the page token belongs to another query or other parameters: send the same ones, or no token to begin anew
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"violations":"1"},"reason":"INVALID_PAGE_TOKEN"}
google.rpc.BadRequest {"fieldViolations":[{"description":"the page token belongs to another query or other parameters: send the same ones, or no token to begin anew","field":"page_token"}]}"#
    );
    let no_kind = pb::ListSourcesRequest { kind: 99, ..Default::default() };
    assert_eq!(
        told(&running.catalog().list_sources(no_kind).await.unwrap_err()),
        r#"InvalidArgument: kind: 99 is no value of this vocabulary
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"violations":"1"},"reason":"INVALID_REQUEST"}
google.rpc.BadRequest {"fieldViolations":[{"description":"99 is no value of this vocabulary","field":"kind"}]}"#
    );

    let documents = running.catalog().list_documents(pb::ListDocumentsRequest::default()).await.unwrap();
    let documents: Vec<_> =
        documents.into_inner().documents.into_iter().map(|document| document.id).collect();
    assert_eq!(documents, ["outlet-2025-02-10", "unscr-2375", "unscr-2397"]);
}
