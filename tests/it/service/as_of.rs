//! A ledger as of each of its revisions: before a claim, at both of its versions, and once it was
//! taken back.

use super::views::document;
use super::{Running, asking, number, seeds, statement, topic};
use crate::scripts::run;
use sayso::wire::pb;
use serde_json::{Map, Value};

/// A list, a count, an envelope and a timeline.
const QUERIES: [&str; 4] = [
    "claim where kind=harbour list id, text, value sort id",
    "claim where kind=harbour count by type",
    "figure where kind=harbour envelope",
    "event where kind=harbour timeline",
];

fn harbour(id: &str, text: &str, said: &str) -> pb::Claim {
    let mut claim = pb::Claim { kind: "harbour".to_owned(), ..statement(id, text) };
    claim.attribution[0].said = Some(time(said));
    claim
}

fn time(text: &str) -> pb::Time {
    pb::Time { text: text.to_owned(), ..Default::default() }
}

fn figure(id: &str, notation: &str, said: &str) -> pb::Claim {
    let (notation, unit) = (notation.to_owned(), "person".to_owned());
    let figure = pb::Figure { notation: notation.clone(), unit, ..Default::default() };
    let claim = harbour(id, &format!("There were {notation} at the harbour."), said);
    pb::Claim { content: Some(pb::claim::Content::Figure(figure)), ..claim }
}

fn event(id: &str, when: &str, said: &str) -> pb::Claim {
    let claim = harbour(id, &format!("The harbour closed on {when}."), said);
    pb::Claim { content: Some(pb::claim::Content::Event(pb::Event {})), when: Some(time(when)), ..claim }
}

/// What a query answers, without what says when it was asked.
async fn answer(running: &Running, query: &str) -> Map<String, Value> {
    let request = pb::QueryRequest { include_totals: true, ..asking(query) };
    document(&running.ask(request).await.unwrap())
}

/// The ledger, and what each query answered at each revision when that was the last.
async fn written() -> (Running, Vec<Vec<Map<String, Value>>>) {
    let running = Running::empty().await;
    assert_eq!(running.engine.record(seeds()).unwrap().commit.revision, 1);
    let (mut then, mut writes) = (Vec::new(), 1..);
    let mut record = async |entities: Vec<pb::Entity>, claims: Vec<pb::Claim>| {
        let request = pb::RecordRequest { entities, claims, ..Default::default() };
        let recorded = running.record(request).await.unwrap();
        assert_eq!(Some(number(&recorded.revision)), writes.next().map(|write| write + 1));
    };
    let mut keep = async || {
        let mut answers = Vec::new();
        for query in QUERIES {
            answers.push(answer(&running, query).await);
        }
        then.push(answers);
    };
    let first = vec![figure("boats", "12", "2030-03-01"), event("closed", "2030-03-02", "2030-03-02")];
    record(vec![topic("harbour")], first).await;
    keep().await;
    record(
        Vec::new(),
        vec![figure("crew", "~10", "2030-03-03"), event("reopened", "2030-03-04", "2030-03-04")],
    )
    .await;
    keep().await;
    record(
        Vec::new(),
        vec![figure("crew", "25", "2030-03-03"), event("reopened", "2030-03-09", "2030-03-04")],
    )
    .await;
    keep().await;
    let retraction = pb::RetractRequest {
        ids: vec!["crew".to_owned(), "reopened".to_owned()],
        reason: "It was another harbour.".to_owned(),
        ..Default::default()
    };
    let retracted = running.ledger().retract(retraction).await.unwrap().into_inner();
    assert_eq!(number(&retracted.revision), 5);
    keep().await;
    (running, then)
}

#[tokio::test]
async fn later_writes_change_no_answer_about_before() {
    let (running, then) = written().await;
    for (revision, answers) in (2..).zip(then) {
        for (query, mut expected) in QUERIES.into_iter().zip(answers) {
            let mut found = answer(&running, &format!("{query} as of revision {revision}")).await;
            for answer in [&mut expected, &mut found] {
                answer.remove("canonicalQuery");
            }
            assert_eq!(found, expected, "{query} as of revision {revision}");
        }
    }
}

#[test]
fn whole_answers_as_of_each_revision() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (running, _) = runtime.block_on(written());
    run("as-of-messages.txt", |query| {
        serde_json::to_string_pretty(&runtime.block_on(answer(&running, query))).unwrap()
    });
}
