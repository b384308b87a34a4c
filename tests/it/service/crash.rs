//! A server that is killed at random moments while several write, and while it seals what they
//! wrote: nothing acknowledged is lost, nothing else is half there, all that is kept is sound, and a
//! retry answers as the first time.

use super::process::Process;
use super::verify::verified;
use super::{asking, exactly, seeds, statement};
use crate::random::Random;
use redb::{ReadableDatabase, ReadableTableMetadata, TableDefinition};
use sayso::engine::{Batch, Engine};
use sayso::model::{ClaimDraft, ContentDraft, StepDraft};
use sayso::store::Budget;
use sayso::wire::pb;
use sayso::wire::pb::catalog_service_client::CatalogServiceClient;
use sayso::wire::pb::ledger_service_client::LedgerServiceClient;
use sayso::wire::pb::query_service_client::QueryServiceClient;
use sayso::wire::pb::verify_response::State;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use std::{env, fs};
use tempfile::TempDir;
use tonic::Code;
use tonic::transport::Channel;

const WRITERS: usize = 4;
/// Claims of a full segment.
pub(super) const SEGMENT: u64 = 65_536;

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
    /// The revisions that writes were acknowledged to have become.
    revisions: Vec<u64>,
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
            revisions: Vec::new(),
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
        // A retraction of what is retracted changes nothing, and is answered with the head.
        if outcomes.iter().any(|outcome| outcome.outcome() != pb::Outcome::Unchanged) {
            self.revisions.push(revision.number);
        }
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

/// A ledger under writing load, and who writes to it.
struct Ground {
    home: TempDir,
    writers: Vec<Writer>,
    /// The last revision that was acknowledged.
    last: u64,
}

/// How far the sealing of a full segment had come when the server was killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sealing {
    /// There was no full segment.
    NotDue,
    /// Nothing of its file was there.
    Due,
    /// Its file was being written.
    Unfinished,
    /// Its file was written, and its claims were in `ledger.redb` still.
    Unlisted,
    /// It was sealed.
    Done,
}

impl Ground {
    /// Begins with a copy of a ledger.
    fn new(like: &Path, random: &mut Random) -> Self {
        let home = tempfile::tempdir().unwrap();
        copy(like, home.path());
        let writer = |writer| Writer::new(format!("w{writer}"), random.next());
        Self { home, writers: (0..WRITERS).map(writer).collect(), last: 1 }
    }

    /// Starts a server, and compares what is there with what was acknowledged since the last time,
    /// or at all.
    async fn start(&mut self, all: bool) -> (Process, Channel) {
        let (process, _, channel) = Process::start_logging(self.home.path(), "warn").await;
        let head = LedgerServiceClient::new(channel.clone()).get_head(pb::GetHeadRequest {}).await.unwrap();
        let head = head.into_inner().revision.unwrap().number;
        assert!(head >= self.last, "revision {} was acknowledged, and the head is {head}", self.last);
        for writer in &mut self.writers {
            writer.settle(&channel).await;
            let fresh = std::mem::take(&mut writer.fresh);
            writer.check(&channel, fresh.iter()).await;
            if all {
                writer.check(&channel, writer.known.keys()).await;
            }
        }
        (process, channel)
    }

    /// Lets all write until so many writes are acknowledged, and kills the server; tells how many
    /// writes were acknowledged by then.
    async fn round(&mut self, enough: usize) -> usize {
        let (mut process, channel) = self.start(false).await;
        let written = Arc::new(AtomicUsize::new(0));
        let write_on = |writer: Writer| tokio::spawn(writer.write_on(channel.clone(), Arc::clone(&written)));
        let writing: Vec<_> = self.writers.drain(..).map(write_on).collect();
        while written.load(Ordering::Relaxed) < enough {
            tokio::task::yield_now().await;
        }
        process.child.kill().unwrap();
        for writer in writing {
            self.writers.push(writer.await.unwrap());
        }
        process.child.wait().unwrap();
        let last = self.writers.iter().flat_map(|writer| &writer.revisions).max();
        self.last = self.last.max(last.copied().unwrap_or(0));
        written.load(Ordering::Relaxed)
    }

    /// What the kill left: it must be sound. A copy is looked at, so that the next server finds it as
    /// it is.
    fn examine(&self) -> Sealing {
        let copied = tempfile::tempdir().unwrap();
        copy(self.home.path(), copied.path());
        let names = fs::read_dir(copied.path().join("segments")).unwrap();
        let names: BTreeSet<String> =
            names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        let (is_full, is_listed) = {
            let database = redb::Database::open(copied.path().join("ledger.redb")).unwrap();
            let reading = database.begin_read().unwrap();
            let manifest = TableDefinition::<u64, &[u8]>::new("manifest");
            let items = TableDefinition::<(u8, u64), &[u8]>::new("items");
            let last = reading.open_table(items).unwrap().get((4, SEGMENT - 1)).unwrap();
            (last.is_some(), reading.open_table(manifest).unwrap().len().unwrap() == 1)
        };
        let engine = Engine::open(copied.path()).unwrap();
        engine.verify(&Budget::default(), &mut |_| {}).unwrap();
        match (is_listed, is_full) {
            (true, false) => Sealing::Done,
            (true, true) => panic!("what is listed has left `ledger.redb`"),
            (false, true) if names.contains("000000.seg") => Sealing::Unlisted,
            (false, true) if names.contains("unfinished.tmp") => Sealing::Unfinished,
            (false, true) => Sealing::Due,
            (false, false) => Sealing::NotDue,
        }
    }

    /// Compares all that is there with all that was acknowledged.
    async fn finish(mut self) {
        let (process, channel) = self.start(true).await;
        let (found, _) = verified(&mut LedgerServiceClient::new(channel)).await;
        assert!(matches!(found, State::Sound(_)), "{found:?}");
        assert_eq!(process.end().0, Some(0));
        let revisions = || self.writers.iter().flat_map(|writer| &writer.revisions);
        assert_eq!(revisions().collect::<BTreeSet<_>>().len(), revisions().count(), "each has its own");
    }
}

/// Copies a data directory.
fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let (from, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if from.is_dir() {
            fs::create_dir(&to).unwrap();
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}

/// Makes a ledger of the seeds and so many claims, counting theirs.
pub(super) fn ledger(claims: u64) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let engine = Engine::open(home.path()).unwrap();
    engine.record(seeds()).unwrap();
    let mut count = engine.head().counts.claims;
    while count < claims {
        let claim = |number| ClaimDraft {
            id: format!("before-{number}"),
            text: "Written before.".to_owned(),
            content: Some(ContentDraft::Statement),
            attribution: vec![StepDraft { sources: vec!["outlet".to_owned()], ..StepDraft::default() }],
            ..ClaimDraft::default()
        };
        let end = claims.min(count + 10_000);
        engine.record(Batch { claims: (count..end).map(claim).collect(), ..Batch::default() }).unwrap();
        count = end;
    }
    home
}

#[tokio::test]
async fn kills_while_several_write_lose_nothing_acknowledged() {
    let mut random = Random::new(20_250_210);
    let mut ground = Ground::new(ledger(0).path(), &mut random);
    for _ in 0..4 {
        ground.round(random.between(0, 40)).await;
        assert_eq!(ground.examine(), Sealing::NotDue);
    }
    ground.finish().await;
}

/// `make crash`: kills in ledgers that are about to have a full segment, again and again.
#[tokio::test]
#[ignore = "takes minutes: `make crash`"]
async fn long_run() {
    let number = |name: &str| env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let seed = number("CRASH_SEED").unwrap_or_else(|| sayso::model::Timestamp::now().0.unsigned_abs());
    let rounds = number("CRASH_ROUNDS").unwrap_or(500);
    let started = Instant::now();
    let mut random = Random::new(seed);
    let almost_full = ledger(SEGMENT - 100);
    eprintln!("{rounds} kills, CRASH_SEED={seed}; the ledger took {} s", started.elapsed().as_secs());
    let started = Instant::now();
    let mut ground = Ground::new(almost_full.path(), &mut random);
    let mut acknowledged = 0;
    let mut kills = BTreeMap::new();
    for round in 1..=rounds {
        acknowledged += ground.round(random.between(0, 40)).await;
        let sealing = ground.examine();
        *kills.entry(sealing).or_insert(0) += 1;
        if sealing == Sealing::Done || round == rounds {
            let next = Ground::new(almost_full.path(), &mut random);
            std::mem::replace(&mut ground, next).finish().await;
        }
        if round % 50 == 0 || round == rounds {
            let seconds = started.elapsed().as_secs();
            eprintln!("{round} kills, {acknowledged} writes acknowledged, {seconds} s; sealing: {kills:?}");
        }
    }
}
