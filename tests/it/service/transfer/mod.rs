//! `Import` and `Export`: what goes from ledger to ledger, and what becomes of it when it is cut.

mod cut;
mod export;
mod history;
mod import;

use super::Running;
use crate::oracle::{Step, steps};
use crate::random::Random;
use sayso::engine::{Batch, Engine, Retractions};
use sayso::model::vocabulary::RelationKind;
use sayso::model::{ClaimDraft, RelationDraft};
use sayso::wire::pb;
use sayso::wire::pb::ledger_item::Item;
use sayso::wire::pb::ledger_service_client::LedgerServiceClient;
use std::collections::BTreeSet;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;
use tonic::transport::Channel;

/// Holds two lists to be the same, and shows the first difference alone.
fn same<T: PartialEq + std::fmt::Debug>(found: &[T], expected: &[T]) {
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!(
            found == expected,
            "at {index}: {:.500}\ninstead of {:.500}",
            format!("{found:?}"),
            format!("{expected:?}")
        );
    }
    assert_eq!(found.len(), expected.len());
}

fn item(item: Item) -> pb::LedgerItem {
    pb::LedgerItem { item: Some(item) }
}

fn claim(claim: pb::Claim) -> pb::LedgerItem {
    item(Item::Claim(claim))
}

/// Everything that is exported.
async fn export(running: &Running, request: pb::ExportRequest) -> Result<Vec<pb::LedgerItem>, Status> {
    Ok(responses(running, request).await?.into_iter().flat_map(|response| response.items).collect())
}

async fn responses(running: &Running, request: pb::ExportRequest) -> Result<Vec<pb::ExportResponse>, Status> {
    let mut stream = running.ledger().export(request).await?.into_inner();
    let mut responses = Vec::new();
    while let Some(response) = stream.message().await? {
        responses.push(response);
    }
    Ok(responses)
}

/// The state, whole.
async fn state(running: &Running) -> Vec<pb::LedgerItem> {
    export(running, pb::ExportRequest::default()).await.unwrap()
}

fn history_after(after_revision: u64) -> pb::ExportRequest {
    pb::ExportRequest { history: true, after_revision, ..Default::default() }
}

/// Messages with items numbered from 1; the first carries the settings, and no item.
fn numbered(first: pb::ImportRequest, items: Vec<pb::LedgerItem>) -> Vec<pb::ImportRequest> {
    let request = |(sequence, item)| pb::ImportRequest { sequence, item: Some(item), ..Default::default() };
    [first].into_iter().chain((1..).zip(items).map(request)).collect()
}

/// Sends all messages and takes all answers; the error too, if it ends with one.
async fn send(
    running: &Running,
    messages: Vec<pb::ImportRequest>,
) -> (Vec<pb::ImportResponse>, Option<Status>) {
    let mut answers = Vec::new();
    let mut stream = match running.ledger().import(tokio_stream::iter(messages)).await {
        Ok(response) => response.into_inner(),
        Err(status) => return (answers, Some(status)),
    };
    loop {
        match stream.message().await {
            Ok(Some(answer)) => answers.push(answer),
            Ok(None) => return (answers, None),
            Err(status) => return (answers, Some(status)),
        }
    }
}

/// Imports all items, of which none is refused, and returns the last answer.
async fn import(running: &Running, items: Vec<pb::LedgerItem>) -> pb::ImportResponse {
    let (mut answers, error) = send(running, numbered(pb::ImportRequest::default(), items)).await;
    assert_eq!(error.map(|status| status.message().to_owned()), None);
    answers.pop().unwrap()
}

/// A stream of messages that are sent one by one.
async fn sending(
    running: &Running,
) -> (mpsc::Sender<pb::ImportRequest>, tonic::Streaming<pb::ImportResponse>) {
    sending_after(running.ledger(), pb::ImportRequest::default()).await
}

/// As [`sending`], after this first message.
async fn sending_after(
    mut ledger: LedgerServiceClient<Channel>,
    first: pb::ImportRequest,
) -> (mpsc::Sender<pb::ImportRequest>, tonic::Streaming<pb::ImportResponse>) {
    let (messages, stream) = mpsc::channel(1);
    messages.send(first).await.unwrap();
    let answers = ledger.import(ReceiverStream::new(stream)).await.unwrap().into_inner();
    (messages, answers)
}

async fn head(running: &Running) -> pb::GetHeadResponse {
    running.ledger().get_head(pb::GetHeadRequest {}).await.unwrap().into_inner()
}

/// What became of items: created, new versions, unchanged, retracted, refused, commits.
fn counts(answer: &pb::ImportResponse) -> [u64; 6] {
    let pb::ImportCounts { created, new_versions, unchanged, retracted, refused, commits } =
        answer.counts.unwrap();
    [created, new_versions, unchanged, retracted, refused, commits]
}

/// A server on a random ledger, in which claims refer to each other: within a batch in any order, to
/// what came before, and to what is taken back or changed later.
async fn random_ledger(seed: u64) -> Running {
    let running = Running::empty().await;
    build(&running.engine, seed);
    running
}

fn build(engine: &Engine, seed: u64) {
    let mut random = Random::new(seed);
    let mut known: Vec<String> = Vec::new();
    let relations = |random: &mut Random, claims: &mut Vec<ClaimDraft>, known: &mut Vec<String>| {
        let ids = claims.iter().map(|claim| claim.id.clone());
        let all: BTreeSet<String> = known.iter().cloned().chain(ids).collect();
        *known = all.into_iter().collect();
        for claim in claims {
            if random.percent(30) {
                for id in random.some(1, 3, known).into_iter().filter(|id| *id != claim.id) {
                    let kind = Some(*random.pick(RelationKind::ALL));
                    claim.relations.push(RelationDraft { kind, claim: id });
                }
            }
        }
    };
    for step in steps(&mut Random::new(seed)) {
        match step {
            Step::Record(mut batch) => {
                relations(&mut random, &mut batch.claims, &mut known);
                engine.record(batch).unwrap();
            }
            Step::Retract(ids) if !ids.is_empty() => {
                let reason = format!("Reason {}.", random.below(3));
                let retractions = Some(Retractions { ids, reason });
                engine.record(Batch { retractions, ..Batch::default() }).unwrap();
            }
            Step::Retract(_) | Step::Reopen => {}
        }
    }
}
