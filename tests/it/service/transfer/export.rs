//! What is exported, in which order, and where it goes on.

use super::super::{Running, asking, statement, told};
use super::{claim, counts, export, history_after, import, item, random_ledger, responses, same, state};
use prost::Message;
use sayso::engine::{Consistency, ExportRequest, Exported};
use sayso::store::{Budget, ItemKind};
use sayso::wire::pb;
use sayso::wire::pb::ledger_item::Item;
use std::collections::BTreeSet;

#[tokio::test]
async fn what_is_exported_imports_into_the_same_ledger() {
    for seed in 0..12 {
        let origin = random_ledger(seed).await;
        let all = state(&origin).await;
        let copy = Running::empty().await;
        let last = import(&copy, all.clone()).await;
        let is_retraction = |one: &&pb::LedgerItem| matches!(one.item, Some(Item::Retraction(_)));
        let retracted = all.iter().filter(is_retraction).count() as u64;
        let items = all.len() as u64 - retracted;
        assert_eq!(counts(&last), [items, 0, 0, retracted, 0, 0], "seed {seed}");
        assert_eq!(last.acknowledged_sequence, all.len() as u64);
        same(&state(&copy).await, &all);
        // Where it came from, all but what was taken back is there just so.
        let last = import(&origin, all).await;
        assert_eq!(counts(&last), [0, retracted, items - retracted, retracted, 0, 0], "seed {seed}");
    }
}

#[tokio::test]
async fn claims_are_exported_as_they_are_stored() {
    let running = Running::seeded().await;
    let all = state(&running).await;
    let kinds: Vec<&str> = all
        .iter()
        .map(|one| match one.item.as_ref().unwrap() {
            Item::Entity(_) => "entity",
            Item::Source(_) => "source",
            Item::Document(_) => "document",
            Item::Claim(_) => "claim",
            Item::Retraction(_) => "retraction",
            Item::Commit(_) => "commit",
        })
        .collect();
    assert!(
        kinds.is_sorted_by_key(|kind| ["entity", "source", "document", "claim"]
            .iter()
            .position(|it| it == kind))
    );
    assert_eq!(kinds.len(), 65);
    let stored = running.engine.export(&ExportRequest::default(), &Budget::default()).unwrap();
    let mut stored = stored;
    let chunk = stored.chunk(usize::MAX, &Budget::default()).unwrap().unwrap();
    for (sent, stored) in all.iter().zip(chunk.items) {
        let Exported::Item(_, bytes) = stored else { panic!("no history was asked for") };
        let sent = match sent.item.as_ref().unwrap() {
            Item::Entity(entity) => entity.encode_to_vec(),
            Item::Source(source) => source.encode_to_vec(),
            Item::Document(document) => document.encode_to_vec(),
            Item::Claim(claim) => claim.encode_to_vec(),
            Item::Retraction(_) | Item::Commit(_) => panic!("there is none"),
        };
        assert_eq!(sent, bytes);
    }
}

#[tokio::test]
async fn a_query_exports_its_claims_with_all_that_they_refer_to() {
    let running = Running::seeded().await;
    let request = pb::ExportRequest { query: "figure where kind=workers".into(), ..Default::default() };
    let some = export(&running, request).await.unwrap();
    let ids = |wanted: &str| {
        let id = |one: &pb::LedgerItem| match one.item.as_ref().unwrap() {
            Item::Entity(it) => ("entity", it.id.clone()),
            Item::Source(it) => ("source", it.id.clone()),
            Item::Document(it) => ("document", it.id.clone()),
            Item::Claim(it) => ("claim", it.id.clone()),
            Item::Retraction(it) => ("retraction", it.id.clone()),
            Item::Commit(_) => panic!("no history was asked for"),
        };
        let found = some.iter().map(id).filter(|(kind, _)| *kind == wanted);
        found.map(|(_, id)| id).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(ids("claim"), "workers-sent workers-present");
    assert_eq!(ids("document"), "outlet-2025-02-10");
    // It is a ledger of its own.
    let copy = Running::empty().await;
    import(&copy, some.clone()).await;
    assert_eq!(state(&copy).await.len(), some.len());
    let found = copy.ask(asking("figure where kind=workers and by='National Intelligence Service'")).await;
    assert_eq!(super::super::graded(&found.unwrap()), "workers-present, workers-sent");
}

#[tokio::test]
async fn every_random_query_s_claims_are_a_ledger_of_their_own() {
    let queries =
        ["figure", "norm", "claim where hops>1", "event where place=russia", "claim where retracted=yes"];
    for (seed, query) in (40..60).zip(queries.into_iter().cycle()) {
        let origin = random_ledger(seed).await;
        let request = pb::ExportRequest { query: query.into(), ..Default::default() };
        let some = export(&origin, request.clone()).await.unwrap();
        let copy = Running::empty().await;
        let last = import(&copy, some.clone()).await;
        assert_eq!(counts(&last)[4], 0, "seed {seed}");
        let all = if query.contains("retracted") { request } else { pb::ExportRequest::default() };
        assert_eq!(sorted(&export(&copy, all).await.unwrap()), sorted(&some), "seed {seed}");
    }
}

/// As bytes, in an order of their own.
fn sorted(items: &[pb::LedgerItem]) -> BTreeSet<Vec<u8>> {
    items.iter().map(Message::encode_to_vec).collect()
}

#[tokio::test]
async fn every_chunk_s_token_goes_on_behind_it() {
    for seed in 60..66 {
        let running = random_ledger(seed).await;
        for query in ["", "claim where hops>1"] {
            let request = ExportRequest { query: query.into(), ..Default::default() };
            let budget = Budget::default();
            let mut whole = running.engine.export(&request, &budget).unwrap();
            let whole = whole.chunk(usize::MAX, &budget).unwrap().unwrap().items;
            let mut export = running.engine.export(&request, &budget).unwrap();
            let mut given = Vec::new();
            while let Some(chunk) = export.chunk(700, &budget).unwrap() {
                given.extend(chunk.items);
                let resumed = ExportRequest { resume_token: chunk.resume_token.unwrap(), ..request.clone() };
                let mut resumed = running.engine.export(&resumed, &budget).unwrap();
                let rest = resumed.chunk(usize::MAX, &budget).unwrap().map_or(Vec::new(), |rest| rest.items);
                same(&[given.clone(), rest].concat(), &whole);
            }
            same(&given, &whole);
        }
    }
}

#[tokio::test]
async fn a_stream_that_was_cut_goes_on_at_the_same_revision() {
    let running = Running::seeded().await;
    let text = |index: usize| format!("{index} {}", "long ".repeat(300));
    let claims = (0..1_500).map(|index| claim(statement(&format!("c{index}"), &text(index)))).collect();
    import(&running, claims).await;
    let whole = responses(&running, pb::ExportRequest::default()).await.unwrap();
    assert!(whole.len() > 2, "{} messages", whole.len());
    assert!(whole.iter().all(|response| response.encoded_len() < 2 << 20));

    let mut stream = running.ledger().export(pb::ExportRequest::default()).await.unwrap().into_inner();
    let first = stream.message().await.unwrap().unwrap();
    drop(stream);
    // What is written meanwhile is of a later revision.
    import(&running, vec![claim(statement("c7", "Changed.")), claim(statement("later", "Later."))]).await;
    let resumed = pb::ExportRequest { resume_token: first.resume_token.clone(), ..Default::default() };
    let rest = responses(&running, resumed).await.unwrap();
    let items = |responses: Vec<pb::ExportResponse>| {
        let each = |it: pb::ExportResponse| it.items.into_iter().map(move |item| (it.revision.clone(), item));
        responses.into_iter().flat_map(each).collect::<Vec<_>>()
    };
    same(&items([vec![first], rest].concat()), &items(whole));
}

#[tokio::test]
async fn an_empty_ledger_is_exported_as_its_revision() {
    let running = Running::empty().await;
    for request in [pb::ExportRequest::default(), history_after(0)] {
        let responses = responses(&running, request).await.unwrap();
        let numbers: Vec<_> =
            responses.iter().map(|it| (it.revision.clone().unwrap().number, it.items.len())).collect();
        assert_eq!(numbers, [(0, 0)]);
    }
}

#[tokio::test]
async fn what_cannot_be_exported_is_refused() {
    let running = Running::seeded().await;
    let refused = async |request: pb::ExportRequest| told(&export(&running, request).await.unwrap_err());
    let first_line = |told: String| told.lines().next().unwrap().to_owned();
    for (query, message) in [
        (
            "figure count",
            "InvalidArgument: query: `figure count` cannot be exported: write a query for claims, without list, count, view, sort and limit",
        ),
        (
            "entity",
            "InvalidArgument: query: `entity` cannot be exported: write a query for claims, without list, count, view, sort and limit",
        ),
        (
            "claim limit 3",
            "InvalidArgument: query: `claim limit 3` cannot be exported: write a query for claims, without list, count, view, sort and limit",
        ),
        (
            "claim where actr=NK",
            "InvalidArgument: UNKNOWN_ATTRIBUTE at 12..16: `claim` has no attribute `actr`",
        ),
    ] {
        let request = pb::ExportRequest { query: query.into(), ..Default::default() };
        assert_eq!(first_line(refused(request).await), message);
    }
    let token = responses(&running, pb::ExportRequest::default()).await.unwrap().remove(0).resume_token;
    let other =
        pb::ExportRequest { query: "figure".into(), resume_token: token.clone(), ..Default::default() };
    assert_eq!(
        first_line(refused(other).await),
        "InvalidArgument: the page token belongs to another query or other parameters: send the same ones, or no token to begin anew"
    );
    let history = pb::ExportRequest { resume_token: token, ..history_after(0) };
    assert_eq!(
        first_line(refused(history).await),
        "InvalidArgument: resume_token: is for an export of what the ledger holds alone"
    );
    let after = pb::ExportRequest { after_revision: 1, ..Default::default() };
    assert_eq!(
        first_line(refused(after).await),
        "InvalidArgument: after_revision: is for an export of the history alone"
    );
    assert_eq!(
        first_line(refused(history_after(2)).await),
        "InvalidArgument: after_revision: there is no history after revision 2: the revision to export is 1"
    );
}

#[tokio::test]
async fn a_claim_that_is_retracted_comes_with_its_retraction() {
    let running = Running::seeded().await;
    let retract = pb::RetractRequest {
        ids: vec!["fill-gaps".into()],
        reason: "It was wrong.".into(),
        ..Default::default()
    };
    running.ledger().retract(retract).await.unwrap();
    let request = pb::ExportRequest { query: "claim where retracted=yes".into(), ..Default::default() };
    let mut some = export(&running, request).await.unwrap();
    let retraction = pb::ItemRetraction { id: "fill-gaps".into(), reason: "It was wrong.".into() };
    assert_eq!(some.pop(), Some(item(Item::Retraction(retraction))));
    assert!(matches!(some.pop().unwrap().item, Some(Item::Claim(claim)) if claim.id == "fill-gaps"));
    assert_eq!(state(&running).await.len(), 64);
}

#[tokio::test]
async fn an_earlier_revision_is_exported_as_it_was() {
    let running = Running::seeded().await;
    let before = state(&running).await;
    import(&running, vec![claim(statement("unseen", "Changed."))]).await;
    let mut exactly = running
        .engine
        .export(
            &ExportRequest { consistency: Consistency::Exactly(1), ..Default::default() },
            &Budget::default(),
        )
        .unwrap();
    let chunk = exactly.chunk(usize::MAX, &Budget::default()).unwrap().unwrap();
    let claims = chunk.items.iter().filter(|it| matches!(it, Exported::Item(ItemKind::Claim, _))).count();
    assert_eq!((chunk.items.len(), claims), (before.len(), 25));
    let as_of = pb::ExportRequest { query: "claim as of revision 1".into(), ..Default::default() };
    let claims = |items: &[pb::LedgerItem]| {
        items.iter().filter(|it| matches!(it.item, Some(Item::Claim(_)))).cloned().collect::<Vec<_>>()
    };
    assert_eq!(claims(&export(&running, as_of).await.unwrap()), claims(&before));
}
