//! The computed views over the network: whole answers, pages that come to the whole, bounds, and what
//! of the whole ledger bears on what was selected.

use super::{Running, asking, exactly, told};
use crate::scripts::run;
use prost::{Message, Name};
use prost_reflect::DynamicMessage;
use sayso::engine::Batch;
use sayso::pack::Pack;
use sayso::wire::{descriptors, pb};
use serde_json::{Map, Value, json};
use std::path::Path;

/// One query of each view over the flood, sorted and grouped as far as the view can be; with how many
/// rows it has.
const OF_EACH_VIEW: [(&str, usize); 12] = [
    ("figure envelope by hops sort hops desc, low", 5),
    ("claim latest sort said desc", 7),
    ("figure where incident is present total by place", 4),
    ("claim conflicts", 8),
    ("claim conflicts by by.kind, kind sort truth desc", 2),
    ("claim corroboration sort documents", 13),
    ("claim timeline", 12),
    ("claim timeline by by sort by by desc", 12),
    ("claim timeline limit 7", 7),
    ("claim breaches", 2),
    ("claim drift", 1),
    ("claim conflicts sort kind limit 5", 5),
];

async fn flooded() -> Running {
    let running = Running::empty().await;
    let pack = Pack::read_dir(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/packs/flood"))).unwrap();
    let batch = Batch {
        entities: super::items(pack.entities),
        sources: super::items(pack.sources),
        documents: super::items(pack.documents),
        claims: super::items(pack.claims),
        ..Batch::default()
    };
    running.engine.record(batch).unwrap();
    running
}

/// A message as JSON, without what varies from run to run.
pub(super) fn document<M: Message + Name>(message: &M) -> Map<String, Value> {
    let descriptor = descriptors().get_message_by_name(&M::full_name()).unwrap();
    let message = DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice()).unwrap();
    let Value::Object(mut document) = serde_json::to_value(&message).unwrap() else {
        panic!("a message is an object")
    };
    for varies in ["revision", "now", "nextPageToken"] {
        document.remove(varies);
    }
    document
}

/// The rows of an answer; of timelines, the entries, each with the timeline that it is in.
fn rows(document: &Map<String, Value>) -> Vec<Value> {
    let views = [
        "envelopes",
        "latest",
        "flowTotals",
        "conflicts",
        "corroborations",
        "timelines",
        "breaches",
        "drifts",
    ];
    let found: Vec<&Value> = views.iter().filter_map(|view| document.get(*view)).collect();
    let [found] = found[..] else { panic!("one view: {document:?}") };
    let rows = found.get("rows").and_then(Value::as_array).cloned().unwrap_or_default();
    let entries = |row: &Value| match row.get("entries").and_then(Value::as_array) {
        None => vec![row.clone()],
        Some(entries) => {
            let of = |entry: &Value| json!({ "of": row["subject"], "group": row["group"], "entry": entry });
            entries.iter().map(of).collect()
        }
    };
    rows.iter().flat_map(entries).collect()
}

/// All rows of a query, page by page; and how many each page has.
async fn paged(running: &Running, query: &str, page_size: i32) -> (Vec<Value>, Vec<usize>) {
    let mut request = pb::QueryRequest { page_size, ..asking(query) };
    let (mut all, mut sizes) = (Vec::new(), Vec::new());
    loop {
        let page = running.ask(request.clone()).await.unwrap();
        let rows = rows(&document(&page));
        sizes.push(rows.len());
        all.extend(rows);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return (all, sizes);
        }
    }
}

#[test]
fn the_seeds_answer_what_they_must() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let running = runtime.block_on(Running::seeded());
    run("view-messages.txt", |query| {
        let request = pb::QueryRequest { include_totals: true, ..asking(query) };
        let page = runtime.block_on(running.ask(request)).unwrap();
        assert_eq!(super::number(&page.revision), 1);
        assert_eq!(page.next_page_token, "");
        serde_json::to_string_pretty(&document(&page)).unwrap()
    });
}

#[tokio::test]
async fn pages_of_a_view_come_to_the_whole() {
    let running = flooded().await;
    for (query, count) in OF_EACH_VIEW {
        let (whole, sizes) = paged(&running, query, 1_000).await;
        assert_eq!((whole.len(), sizes), (count, vec![count]), "{query}");
        for size in 1..=3 {
            let mut expected = vec![size; count / size];
            expected.extend((count % size > 0).then_some(count % size));
            let page_size = i32::try_from(size).unwrap();
            assert_eq!(paged(&running, query, page_size).await, (whole.clone(), expected), "{query}, {size}");
        }
    }
}

#[tokio::test]
async fn a_stream_of_a_view_is_the_whole() {
    let running = flooded().await;
    for (query, count) in OF_EACH_VIEW {
        let (whole, _) = paged(&running, query, 1_000).await;
        let request = pb::StreamQueryRequest {
            query: query.to_owned(),
            page_size: 2,
            include_totals: true,
            ..Default::default()
        };
        let mut stream = running.query().stream_query(request).await.unwrap().into_inner();
        let (mut all, mut totals) = (Vec::new(), Vec::new());
        while let Some(batch) = stream.message().await.unwrap() {
            totals.push(batch.totals);
            all.extend(rows(&document(&batch)));
        }
        assert_eq!(all, whole, "{query}");
        // Totals are those of `where`, whatever the view reads of it.
        let sure = if query.starts_with("figure where") {
            6
        } else if query.starts_with("figure") {
            10
        } else {
            15
        };
        assert_eq!(totals, vec![Some(pb::Totals { sure, possible: 0 }); count.div_ceil(2)], "{query}");
    }
}

#[tokio::test]
async fn a_timeline_that_is_cut_goes_on_in_the_next_page() {
    let running = flooded().await;
    let mut request = pb::QueryRequest { page_size: 2, ..asking("claim timeline") };
    let mut cut = Vec::new();
    for _ in 0..4 {
        let page = running.ask(request.clone()).await.unwrap();
        let Some(pb::query_response::Result::Timelines(timelines)) = page.result else { panic!("timelines") };
        let timeline = |row: &pb::Timeline| {
            (row.subject.as_ref().unwrap().kind.clone(), row.entries.len(), row.is_continued)
        };
        cut.push(timelines.rows.iter().map(timeline).collect::<Vec<_>>());
        request.page_token = page.next_page_token;
    }
    let part = |kind: &str, entries, is_continued| (kind.to_owned(), entries, is_continued);
    assert_eq!(
        cut,
        [
            vec![part("rescuers", 2, false)],
            vec![part("rescuers", 1, true), part("people", 1, false)],
            vec![part("people", 2, true)],
            vec![part("people", 1, false), part("people", 1, false)],
        ]
    );
}

#[tokio::test]
async fn a_view_s_token_is_for_its_query_revision_and_parameters() {
    let running = flooded().await;
    let first = pb::QueryRequest { page_size: 1, ..asking("claim conflicts by kind sort truth") };
    let token = running.ask(first.clone()).await.unwrap().next_page_token;
    for other in [
        "claim conflicts by kind",
        "claim conflicts sort truth",
        "claim corroboration by kind sort sure",
        "claim",
    ] {
        let request = pb::QueryRequest { page_token: token.clone(), ..asking(other) };
        let refused = running.ask(request).await.unwrap_err();
        assert!(
            refused.message().starts_with("the page token belongs to another query"),
            "{other}: {refused}"
        );
    }
    let elsewhere = pb::QueryRequest { page_token: token.clone(), consistency: exactly(2), ..first.clone() };
    let refused = running.ask(elsewhere).await.unwrap_err();
    assert_eq!(
        told(&refused).lines().next(),
        Some(
            "InvalidArgument: the page token is of revision 1, but `exactly` asks for 2: leave `consistency` out while paging"
        )
    );
    // The same words in another order and case are the same query.
    let same =
        pb::QueryRequest { page_token: token, page_size: 1, ..asking("CLAIM sort truth  conflicts by kind") };
    assert_eq!(
        rows(&document(&running.ask(same).await.unwrap())),
        paged(&running, &first.query, 1).await.0[1..2]
    );
}

#[tokio::test]
async fn what_is_recorded_while_a_view_is_paged_is_of_a_later_revision() {
    let running = flooded().await;
    let (whole, _) = paged(&running, "claim conflicts", 1_000).await;
    let mut request = pb::QueryRequest { page_size: 3, ..asking("claim conflicts") };
    let mut all = Vec::new();
    for page in 0.. {
        let answer = running.ask(request.clone()).await.unwrap();
        all.extend(rows(&document(&answer)));
        request.page_token = answer.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
        let claims = vec![toll(&format!("more-{page}"), "9000", "ministry")];
        running.record(pb::RecordRequest { claims, ..Default::default() }).await.unwrap();
    }
    assert_eq!(all, whole);
    assert_eq!(paged(&running, "claim conflicts as of revision 1", 2).await.0, whole);
    assert_ne!(paged(&running, "claim conflicts", 2).await.0, whole);
}

/// How many the dam's break killed.
fn toll(id: &str, notation: &str, by: &str) -> pb::Claim {
    let step =
        pb::AttributionStep { sources: vec![by.to_owned()], said: time("2030-03-05"), ..Default::default() };
    let figure =
        pb::Figure { notation: notation.to_owned(), unit: "person".to_owned(), ..Default::default() };
    pb::Claim {
        id: id.to_owned(),
        text: "So many were killed.".to_owned(),
        kind: "people".to_owned(),
        action: "kill".to_owned(),
        places: vec!["valley".to_owned()],
        incident: "dam-break".to_owned(),
        when: time("2030-03-01"),
        content: Some(pb::claim::Content::Figure(figure)),
        attribution: vec![step],
        ..Default::default()
    }
}

fn time(text: &str) -> Option<pb::Time> {
    Some(pb::Time { text: text.to_owned(), ..Default::default() })
}
