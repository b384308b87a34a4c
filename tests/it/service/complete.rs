//! `Complete`: what can be written at a cursor, with how many claims have each name.

use super::{Running, asking, number, statement, told};
use prost_types::value::Kind;
use prost_types::{Struct, Value};
use sayso::wire::pb;
use std::collections::BTreeMap;

fn at_end(query: &str) -> pb::CompleteRequest {
    pb::CompleteRequest {
        query: query.to_owned(),
        cursor: u32::try_from(query.len()).unwrap(),
        parameters: None,
    }
}

async fn offered(running: &Running, request: pb::CompleteRequest) -> pb::CompleteResponse {
    running.query().complete(request).await.unwrap().into_inner()
}

#[tokio::test]
async fn names_come_with_their_claims() {
    let running = Running::seeded().await;
    let found = offered(&running, at_end("figure where kind=wo")).await;
    assert_eq!(number(&found.revision), 1);
    assert_eq!(
        found.edits[0],
        pb::Completion {
            start: 18,
            end: 20,
            text: "workers".to_owned(),
            title: "Workers, topic, 12 claims".to_owned(),
            kind: pb::CompletionKind::Name.into(),
        }
    );
    let found = offered(&running, at_end("figure where actor='North K")).await;
    assert_eq!(found.edits[1].text, "'North Korea'");
    assert!(found.edits.len() <= 50);
}

/// The names or words offered behind `claim where FIELD=`, each with its claims.
async fn counted(running: &Running, field: &str) -> Vec<(String, u32)> {
    let found = offered(running, at_end(&format!("claim where {field}="))).await.edits;
    let counted = found.into_iter().filter_map(|edit| {
        let count = edit.title.strip_suffix(" claim").or(edit.title.strip_suffix(" claims"))?;
        let count = count.rsplit(' ').next().unwrap().parse().unwrap();
        Some((edit.text, count))
    });
    counted.collect()
}

#[tokio::test]
async fn counts_are_those_of_the_ledger() {
    let running = Running::seeded().await;
    let kinds = [("workers", 12), ("troops", 8), ("stipend", 2), ("absence", 1), ("personnel", 1)];
    assert_eq!(counted(&running, "kind").await, kinds.map(|(id, count)| (id.to_owned(), count)));
    for field in ["kind", "actor", "place", "by", "via", "publisher", "document", "act", "type"] {
        let table = running.ask(asking(&format!("claim count by {field}"))).await.unwrap().result.unwrap();
        let pb::query_response::Result::Table(table) = table else { panic!("{field} is counted in a table") };
        let cell = |value: &Value| match &value.kind {
            Some(Kind::StringValue(text)) => Some(text.clone()),
            Some(Kind::NumberValue(number)) => Some(number.to_string()),
            _ => None,
        };
        let groups = table.rows.iter().filter_map(|row| Some((cell(&row.cells[0])?, cell(&row.cells[1])?)));
        let groups: BTreeMap<String, u32> = groups.map(|(id, count)| (id, count.parse().unwrap())).collect();
        let offered: BTreeMap<String, u32> = counted(&running, field).await.into_iter().collect();
        assert_eq!(offered, groups, "{field}");
    }
    // What was replaced counts no more, and the rest of the query is not looked at.
    let mut claim = statement("c1", "It rains.");
    claim.kind = "troops".to_owned();
    running.record(pb::RecordRequest { claims: vec![claim.clone()], ..Default::default() }).await.unwrap();
    assert_eq!(counted(&running, "kind").await[1], ("troops".to_owned(), 9));
    claim.kind = "workers".to_owned();
    running.record(pb::RecordRequest { claims: vec![claim], ..Default::default() }).await.unwrap();
    assert_eq!(counted(&running, "by=nis and kind").await[0], ("workers".to_owned(), 13));
    assert_eq!(counted(&running, "kind").await[1], ("troops".to_owned(), 8));
}

#[tokio::test]
async fn parameters_are_offered_and_those_that_are_none_refused() {
    let running = Running::seeded().await;
    let with = |kind| {
        let fields = [("kind".to_owned(), Value { kind: Some(kind) })].into();
        pb::CompleteRequest { parameters: Some(Struct { fields }), ..at_end("figure where kind=") }
    };
    let found = offered(&running, with(Kind::StringValue("workers".to_owned()))).await;
    assert_eq!(found.edits.last().map(|edit| edit.text.as_str()), Some("$kind"));
    // There is no such topic.
    let found = offered(&running, with(Kind::StringValue("tugs".to_owned()))).await;
    assert_ne!(found.edits.last().map(|edit| edit.text.as_str()), Some("$kind"));
    let refused = running.query().complete(with(Kind::NullValue(0))).await.unwrap_err();
    assert!(told(&refused).contains("parameters.fields[\"kind\"]"), "{}", told(&refused));
}

#[tokio::test]
async fn a_cursor_may_be_anywhere() {
    let running = Running::empty().await;
    for cursor in [0, 1, 2, u32::MAX] {
        let request = pb::CompleteRequest { cursor, ..at_end("é") };
        let found = offered(&running, request).await;
        let expected = if cursor < 2 { "claim" } else { "" };
        assert_eq!(found.edits.first().map_or("", |edit| edit.text.as_str()), expected, "{cursor}");
    }
}
