//! `Complete`: what can be written at a cursor, with how many claims have each name.

use super::{Running, number, told};
use prost_types::value::Kind;
use prost_types::{Struct, Value};
use sayso::wire::pb;

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

#[tokio::test]
async fn parameters_are_offered_and_those_that_are_none_refused() {
    let running = Running::empty().await;
    let with = |kind| {
        let fields = [("kind".to_owned(), Value { kind: Some(kind) })].into();
        pb::CompleteRequest { parameters: Some(Struct { fields }), ..at_end("figure where kind=") }
    };
    let found = offered(&running, with(Kind::StringValue("workers".to_owned()))).await;
    assert_eq!(found.edits.iter().map(|edit| edit.text.as_str()).collect::<Vec<_>>(), ["$kind"]);
    assert_eq!(number(&found.revision), 0);
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
