//! A server that is killed at random moments while several write: nothing acknowledged is lost,
//! nothing else is half there, and a retry answers as the first time.

use super::process::Process;
use super::{asking, exactly, statement};
use crate::random::Random;
use sayso::wire::pb;
use sayso::wire::pb::catalog_service_client::CatalogServiceClient;
use sayso::wire::pb::ledger_service_client::LedgerServiceClient;
use sayso::wire::pb::query_service_client::QueryServiceClient;
use std::collections::BTreeMap;
use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use tonic::Code;
use tonic::transport::Channel;

const WRITERS: usize = 4;

/// One write of one writer; the same again is the same request.
#[derive(Clone, Debug)]
enum Write {
    /// Claims, new or with another text.
    Record(pb::RecordRequest),
    /// Claims taken back.
    Retract(pb::RetractRequest),
}

/// A claim as its last acknowledged write left it.
#[derive(Clone, Debug, PartialEq)]
struct Known {
    text: String,
    version: u32,
    is_retracted: bool,
    revision: pb::Revision,
}

/// Somebody who writes claims of its own, one request after the other.
struct Writer {
    name: String,
    random: Random,
    requests: usize,
    known: BTreeMap<String, Known>,
    /// What was sent and not answered when the server was killed.
    open: Option<Write>,
    /// What was written since the last check, by id.
    fresh: Vec<String>,
}

impl Writer {
    fn new(name: String, seed: u64) -> Self {
        Self {
            name,
            random: Random::new(seed),
            requests: 0,
            known: BTreeMap::new(),
            open: None,
            fresh: Vec::new(),
        }
    }

    /// The next write: some new claims, or a few of the old ones changed or taken back.
    fn next(&mut self) -> Write {
        self.requests += 1;
        let request_id = format!("{}-{}", self.name, self.requests);
        let ids: Vec<String> = self.known.keys().cloned().collect();
        let old = self.random.some(1, 3, &ids);
        match self.random.below(4) {
            0 if !old.is_empty() => {
                let reason = "It was wrong.".to_owned();
                Write::Retract(pb::RetractRequest { ids: old, reason, request_id, ..Default::default() })
            }
            1 if !old.is_empty() => Self::claims(old, &request_id),
            _ => {
                let count = self.random.between(1, 20);
                let ids = (0..count).map(|index| format!("{request_id}-{index}")).collect();
                Self::claims(ids, &request_id)
            }
        }
    }

    fn claims(ids: Vec<String>, request_id: &str) -> Write {
        let claim = |id: String| {
            let mut claim = statement(&id, &format!("Written by {request_id}."));
            claim.labels = [("batch".to_owned(), request_id.to_owned())].into();
            claim
        };
        let claims = ids.into_iter().map(claim).collect();
        Write::Record(pb::RecordRequest { claims, request_id: request_id.to_owned(), ..Default::default() })
    }

    /// Sends a write and notes what it did, unless the server is gone.
    async fn send(&mut self, ledger: &mut LedgerServiceClient<Channel>, write: Write) -> bool {
        let answer = match write.clone() {
            Write::Record(request) => ledger.record(request).await.map(|answer| {
                let pb::RecordResponse { revision, outcomes } = answer.into_inner();
                (revision, outcomes)
            }),
            Write::Retract(request) => ledger.retract(request).await.map(|answer| {
                let pb::RetractResponse { revision, outcomes } = answer.into_inner();
                (revision, outcomes)
            }),
        };
        match answer {
            Ok((revision, outcomes)) => self.note(&write, &revision.unwrap(), outcomes),
            Err(status) => {
                // Only for want of a server.
                assert!(
                    matches!(status.code(), Code::Unavailable | Code::Unknown | Code::Cancelled),
                    "{status}"
                );
                self.open = Some(write);
                return false;
            }
        }
        true
    }

    fn note(&mut self, write: &Write, revision: &pb::Revision, outcomes: Vec<pb::ItemOutcome>) {
        for (index, outcome) in outcomes.into_iter().enumerate() {
            let before = self.known.get(&outcome.id);
            let known = match write {
                Write::Record(request) => {
                    // Never the same text again, so each write is the next version.
                    assert_eq!(
                        outcome.version,
                        before.map_or(1, |known| known.version + 1),
                        "{}",
                        outcome.id
                    );
                    let text = request.claims[index].text.clone();
                    Known { text, version: outcome.version, is_retracted: false, revision: revision.clone() }
                }
                Write::Retract(_) => {
                    let before = before.unwrap().clone();
                    let is_new = outcome.outcome() == pb::Outcome::Retracted;
                    assert_eq!((outcome.version, is_new), (before.version, !before.is_retracted));
                    let revision = if is_new { revision.clone() } else { before.revision };
                    Known { is_retracted: true, revision, ..before }
                }
            };
            self.known.insert(outcome.id.clone(), known);
            self.fresh.push(outcome.id);
        }
    }

    /// Writes until the server is gone.
    async fn write_on(mut self, channel: Channel, written: Arc<AtomicUsize>) -> Self {
        let mut ledger = LedgerServiceClient::new(channel);
        loop {
            let write = self.next();
            if !self.send(&mut ledger, write).await {
                return self;
            }
            written.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether what was open when the server was killed is there whole or not at all; then sends it
    /// again.
    async fn settle(&mut self, channel: &Channel) {
        let Some(write) = self.open.take() else { return };
        if let Write::Record(request) = &write {
            let query = "claim where label.batch=$batch count by version sort version";
            let batch = prost_types::Value::from(request.request_id.clone());
            let parameters = prost_types::Struct { fields: [("batch".to_owned(), batch)].into() };
            let request_of = pb::QueryRequest { parameters: Some(parameters), ..asking(query) };
            let answer =
                QueryServiceClient::new(channel.clone()).query(request_of).await.unwrap().into_inner();
            let Some(pb::query_response::Result::Table(table)) = answer.result else {
                panic!("it is a table")
            };
            let sure = |row: &pb::TableRow| match row.cells[1].kind {
                Some(prost_types::value::Kind::NumberValue(count)) => count,
                _ => panic!("a count is a number"),
            };
            let there: f64 = table.rows.iter().map(sure).sum();
            assert!(
                there == 0.0 || there == request.claims.len() as f64,
                "{there} of {}",
                request.claims.len()
            );
        }
        let is_there = self.send(&mut LedgerServiceClient::new(channel.clone()), write).await;
        assert!(is_there, "the server is up");
    }

    /// Looks at these claims, each as of the revision that was acknowledged for it.
    async fn check(&self, channel: &Channel, ids: impl Iterator<Item = &String>) {
        let mut catalog = CatalogServiceClient::new(channel.clone());
        for id in ids {
            let Known { text, version, is_retracted, revision } = &self.known[id];
            let consistency = exactly(revision.number);
            let get = pb::GetClaimRequest { id: id.clone(), consistency, ..Default::default() };
            let found = catalog.get_claim(get).await.unwrap().into_inner();
            assert_eq!(found.revision.as_ref(), Some(revision), "{id}");
            let claim = found.claim.unwrap();
            let is_as_written = (&claim.text, claim.version, claim.retraction.is_some());
            assert_eq!(is_as_written, (text, *version, *is_retracted), "{id}");
        }
    }
}

/// Kills a server so many times; tells how many writes were acknowledged.
async fn run(seed: u64, rounds: usize, mut told: impl FnMut(usize, usize)) -> usize {
    let home = tempfile::tempdir().unwrap();
    let mut random = Random::new(seed);
    let mut writers: Vec<Writer> =
        (0..WRITERS).map(|writer| Writer::new(format!("w{writer}"), random.next())).collect();
    let mut acknowledged = 0;
    let mut last = 1;
    for round in 0..=rounds {
        let (mut process, _, channel) = Process::start_logging(home.path(), "warn").await;
        let head = LedgerServiceClient::new(channel.clone()).get_head(pb::GetHeadRequest {}).await.unwrap();
        let head = head.into_inner().revision.unwrap().number;
        assert!(head >= last, "revision {last} was acknowledged, and the head is {head}");
        let is_last = round == rounds;
        for writer in &mut writers {
            writer.settle(&channel).await;
            let fresh = std::mem::take(&mut writer.fresh);
            writer.check(&channel, fresh.iter()).await;
            if is_last {
                writer.check(&channel, writer.known.keys()).await;
            }
        }
        if is_last {
            assert_eq!(process.end().0, Some(0));
            break;
        }
        let written = Arc::new(AtomicUsize::new(0));
        let writing: Vec<_> = writers
            .drain(..)
            .map(|writer| tokio::spawn(writer.write_on(channel.clone(), Arc::clone(&written))))
            .collect();
        let enough = random.between(0, 40);
        while written.load(Ordering::Relaxed) < enough {
            tokio::task::yield_now().await;
        }
        process.child.kill().unwrap();
        for writer in writing {
            writers.push(writer.await.unwrap());
        }
        process.child.wait().unwrap();
        acknowledged += written.load(Ordering::Relaxed);
        let revisions = writers.iter().flat_map(|writer| writer.known.values());
        last = revisions.map(|known| known.revision.number).max().unwrap_or(last);
        told(round + 1, acknowledged);
    }
    acknowledged
}

#[tokio::test]
async fn kills_while_several_write_lose_nothing_acknowledged() {
    run(20_250_210, 4, |_, _| {}).await;
}

/// `make crash`
#[tokio::test]
#[ignore = "takes minutes: `make crash`"]
async fn long_run() {
    let number = |name: &str| env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let seed = number("CRASH_SEED").unwrap_or_else(|| sayso::model::Timestamp::now().0.unsigned_abs());
    let rounds = usize::try_from(number("CRASH_ROUNDS").unwrap_or(500)).unwrap();
    eprintln!("{rounds} kills, CRASH_SEED={seed}");
    let started = Instant::now();
    let acknowledged = run(seed, rounds, |round, acknowledged| {
        if round % 50 == 0 {
            eprintln!("{round} kills, {acknowledged} writes acknowledged, {} s", started.elapsed().as_secs());
        }
    });
    let acknowledged = acknowledged.await;
    eprintln!("{rounds} kills, {acknowledged} writes acknowledged, {} s", started.elapsed().as_secs());
}
