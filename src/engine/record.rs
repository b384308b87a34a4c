//! Recording: a batch is validated against the registry and the ledger, and committed whole or
//! not at all.
//!
//! Writers that arrive together share one durable sync: each leaves its batch in a queue, and one of
//! them commits all that wait, every batch under a revision of its own. Those who come meanwhile wait
//! for the next sync, and the first of them leads it. A batch that is refused does not concern the
//! others.

use super::Engine;
use super::import::Advance;
use super::prepare::{Prepared, PreparedClaim, prepare};
use crate::model::vocabulary::EntityKind;
use crate::model::{
    ClaimDraft, ClaimId, DocumentDraft, EntityDraft, Problem, Retraction, SourceDraft, Timestamp,
};
use crate::plan::Row;
use crate::registry::{Cycle, NameError};
use crate::store::{
    Commit, Digest, Head, ItemKind, Located, NewItem, ReadError, Request, WriteError, Writing,
};
use crate::wire::item;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a writer asks to record, all or nothing. References may be aliases, and may point to
/// other items of the batch in any order.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Who asks; request ids are the caller's own.
    pub caller: String,
    /// Makes a retry safe: the same id with the same content answers as the first time.
    pub request_id: Option<String>,
    /// Tells this content from another under one request id.
    pub content_hash: [u8; 32],
    /// Entities.
    pub entities: Vec<EntityDraft>,
    /// Sources.
    pub sources: Vec<SourceDraft>,
    /// Documents.
    pub documents: Vec<DocumentDraft>,
    /// Claims; one without an id gets one from its content.
    pub claims: Vec<ClaimDraft>,
    /// Claims to be taken back.
    pub retractions: Option<Retractions>,
    /// What must hold, or nothing is recorded.
    pub preconditions: Vec<Precondition>,
}

/// Claims that a writer takes back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retractions {
    /// Their ids, each once; at least one.
    pub ids: Vec<String>,
    /// Why.
    pub reason: String,
}

/// What must hold of one item before the batch is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Precondition {
    /// What the item is.
    pub kind: ItemKind,
    /// Its id.
    pub id: String,
    /// What must hold.
    pub condition: Condition,
}

/// What must hold of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The ledger does not have it.
    MustNotExist,
    /// Its latest version is this one.
    VersionIs(u32),
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The commit; the head if nothing changed.
    pub commit: Commit,
    /// What became of each item: entities, sources, documents, claims, each in the batch's order.
    pub outcomes: Vec<ItemOutcome>,
}

/// What became of one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemOutcome {
    /// What the item is.
    pub kind: ItemKind,
    /// Its id.
    pub id: Arc<str>,
    /// What became of it.
    pub outcome: Outcome,
    /// The version that it has now, counted from 1.
    pub version: u32,
}

/// What became of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It is new.
    Created,
    /// The ledger had it just so.
    Unchanged,
    /// It differs from its latest version, or that was retracted.
    NewVersion,
    /// It is taken back.
    Retracted,
}

/// Why a batch was not recorded. Nothing of it is in the ledger, but for [`Self::Unknown`].
#[derive(Clone, Debug, thiserror::Error)]
pub enum RecordError {
    /// Items are not as they must be.
    #[error("{}", Summary(.0))]
    Invalid(Vec<ItemViolation>),
    /// Preconditions that do not hold, with the latest version of each item, if there is one.
    #[error("{}", Unmet(.0))]
    Precondition(Vec<(Precondition, Option<u32>)>),
    /// The request id was used for another content.
    #[error("the request id `{0}` was used for another content: a retry must repeat the request as it was")]
    RequestIdReused(String),
    /// The store refuses; nothing was recorded.
    #[error(transparent)]
    Store(Arc<WriteError>),
    /// What is stored could not be read.
    #[error(transparent)]
    Read(Arc<ReadError>),
    /// What was kept of an earlier request cannot be read.
    #[error("the record of the request `{0}` is damaged; use another request_id")]
    DamagedRequest(String),
    /// An import of this id has gone on since this one began.
    #[error("an import of the id `{0}` goes on elsewhere: begin again, and it goes on from there")]
    ImportElsewhere(String),
    /// The sync failed: the batch may be in the ledger or not.
    #[error("the outcome is unknown: {0}; retry with the same request_id")]
    Unknown(Arc<WriteError>),
}

/// One thing that is wrong with a batch.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}{fault}", Place(path))]
pub struct ItemViolation {
    /// The field's place, as `claims[3].attribution[0].said`; empty for the batch as a whole.
    pub path: String,
    /// What is wrong there.
    pub fault: Fault,
}

/// What is wrong with a field of a batch.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "each message says it")]
pub enum Fault {
    #[error(transparent)]
    Item(Problem),
    #[error(transparent)]
    Name(NameError),
    #[error("the batch has {found} items; at most {max} are allowed")]
    TooManyItems { found: usize, max: usize },
    #[error("the id `{id}` stands twice in the batch, first at {first}")]
    IdTwice { id: String, first: String },
    #[error("was of kind {from} and cannot become {to}: claims refer to it as what it was")]
    KindChanged { from: EntityKind, to: EntityKind },
    #[error(transparent)]
    Cycle(Cycle),
    #[error("names no claim: at least one id is needed")]
    NothingToRetract,
    #[error("the ledger has no claim `{id}`")]
    NoSuchClaim { id: String },
    #[error("neither the ledger nor the batch has a claim `{id}`")]
    UnknownClaim { id: String },
    #[error("must have 1 to {max} bytes; it has {found}")]
    RequestId { found: usize, max: usize },
}

/// Batches that wait to be written.
#[derive(Debug, Default)]
pub(super) struct Queue(Mutex<Line>);

#[derive(Debug, Default)]
struct Line {
    waiting: Vec<Waiting>,
    /// Whether one of those who record writes, or was told to.
    is_led: bool,
}

#[derive(Debug)]
struct Waiting {
    batch: Prepared,
    /// How far an import has come with it.
    advance: Option<Advance>,
    turn: Sender<Turn>,
}

/// What one who waits is told.
#[derive(Debug)]
enum Turn {
    /// To write all that wait, this batch among them.
    Lead,
    /// What became of the batch.
    Done(Result<Receipt, RecordError>),
}

/// The task of writing for all that wait. Dropped, even in a panic, it goes to the first who came since.
struct Lead<'a>(&'a Queue);

impl Queue {
    fn line(&self) -> MutexGuard<'_, Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place in the line; where nobody leads, this one does.
    fn enqueue(&self, batch: Prepared, advance: Option<Advance>) -> (Receiver<Turn>, Option<Lead<'_>>) {
        let (turn, turns) = channel();
        let mut line = self.line();
        line.waiting.push(Waiting { batch, advance, turn });
        let is_led = std::mem::replace(&mut line.is_led, true);
        (turns, (!is_led).then(|| Lead(self)))
    }
}

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        let mut line = self.0.line();
        line.is_led = line.waiting.iter().any(|waiting| waiting.turn.send(Turn::Lead).is_ok());
    }
}

impl Engine {
    /// Records a batch; it is durable and visible when this returns. Blocks meanwhile.
    ///
    /// # Errors
    /// The batch is refused, or the store fails.
    pub fn record(&self, batch: Batch) -> Result<Receipt, RecordError> {
        // A retry is answered whatever its names have come to mean since.
        if let Some(request_id) = &batch.request_id
            && let Some(record) = self.store.request(&batch.caller, request_id)?
        {
            return RequestRecord::replay(&record, request_id, &batch.content_hash);
        }
        self.record_prepared(prepare(batch, &self.registry())?, None)
    }

    /// Records a batch of an import, and with it, in one durable step, how far the import has come.
    pub(super) fn record_import(
        &self,
        batch: Batch,
        advance: Option<Advance>,
    ) -> Result<Receipt, RecordError> {
        self.record_prepared(prepare(batch, &self.registry())?, advance)
    }

    fn record_prepared(&self, batch: Prepared, advance: Option<Advance>) -> Result<Receipt, RecordError> {
        let (turns, mut lead) = self.queue.enqueue(batch, advance);
        loop {
            if let Some(lead) = lead.take() {
                self.write_waiting(lead);
            }
            match turns.recv() {
                Ok(Turn::Lead) => lead = Some(Lead(&self.queue)),
                Ok(Turn::Done(result)) => return result,
                // Whoever wrote the batch panicked.
                Err(_) => return Err(RecordError::Unknown(Arc::new(WriteError::Broken))),
            }
        }
    }

    /// Writes all that wait, by one sync. Whoever comes meanwhile is written next, by one of them: nobody
    /// waits for more than the sync that is under way and the one of its own.
    fn write_waiting(&self, lead: Lead<'_>) {
        let begun = self.store.write().and_then(|writing| {
            let changing = self.changing();
            self.learn(writing.begun())?;
            Ok((writing, changing))
        });
        match begun {
            Ok((writing, _changing)) => self.commit_waiting(writing),
            Err(error) => {
                let error = Arc::new(error);
                for Waiting { turn, .. } in self.take_waiting() {
                    answer(&turn, Err(RecordError::Store(Arc::clone(&error))));
                }
            }
        }
        drop(lead);
    }

    fn take_waiting(&self) -> Vec<Waiting> {
        std::mem::take(&mut self.queue.line().waiting)
    }

    fn commit_waiting(&self, mut writing: Box<dyn Writing + '_>) {
        let commit = |Waiting { batch, advance, turn }| {
            let result = self.commit(&mut *writing, batch, advance.as_ref());
            (turn, result)
        };
        let before = self.history.load_full();
        let mut results: Vec<_> = self.take_waiting().into_iter().map(commit).collect();
        let revision = writing.head().revision;
        let finished = writing.finish(&mut || {
            self.announce(revision);
            results.drain(..).for_each(|(turn, result)| answer(&turn, result));
        });
        if let Err(error) = finished {
            // What was appended may not be there, and another server may write what is.
            self.history.store(before);
            let error = Arc::new(error);
            for (turn, result) in results {
                answer(&turn, result.and_then(|_| Err(RecordError::Unknown(Arc::clone(&error)))));
            }
        }
    }

    /// Appends one batch to what is being written.
    fn commit(
        &self,
        writing: &mut dyn Writing,
        batch: Prepared,
        advance: Option<&Advance>,
    ) -> Result<Receipt, RecordError> {
        if let Some(request_id) = &batch.request_id
            && let Some(record) = writing.request(&batch.caller, request_id)?
        {
            return RequestRecord::replay(&record, request_id, &batch.content_hash);
        }
        if let Some(advance) = advance {
            advance.check(writing)?;
        }
        // Names may have come to mean something else since the batch was prepared.
        let batch = batch.renewed(&self.history.load().latest())?;
        expect_claims(writing, &batch)?;
        check_preconditions(writing, &batch)?;
        check_claims_known(writing, &batch)?;

        let (items, outcomes) = new_items(writing, &batch)?;
        let record = |commit: &Commit| match advance {
            Some(advance) => advance.record(&outcomes),
            None => RequestRecord::encode(&batch.content_hash, commit, &outcomes),
        };
        let request_id = batch.request_id.as_deref();
        let request = advance.map(Advance::key).or(request_id.map(|id| (&*batch.caller, id)));
        let request = request.map(|(caller, request_id)| Request { caller, request_id, record: &record });
        let now = Self::now().0;
        if items.is_empty() {
            let Head { revision, digest, recorded, .. } = *writing.head();
            if let Some(request) = request {
                writing.remember(now, request);
            }
            return Ok(Receipt { commit: Commit { revision, digest, recorded }, outcomes });
        }
        let recorded = now.max(writing.head().recorded + 1);
        let commit = self
            .append(writing, &batch, recorded, items, request)
            .map_err(|error| RecordError::Store(Arc::new(error)))?;
        Ok(Receipt { commit, outcomes })
    }

    /// Appends a batch's new items, and notes the registry that they make.
    pub(super) fn append(
        &self,
        writing: &mut dyn Writing,
        batch: &Prepared,
        recorded: i64,
        items: Vec<NewItem>,
        request: Option<Request<'_>>,
    ) -> Result<Commit, WriteError> {
        let changes_registry =
            items.iter().any(|item| !matches!(item.kind, ItemKind::Claim | ItemKind::Retraction));
        let commit = writing.append(recorded, items, request)?;
        if changes_registry {
            let registry = batch.registry(commit.revision, Timestamp(recorded));
            let history = self.history.load().with(commit.revision, Arc::new(registry));
            self.history.store(Arc::new(history));
        }
        Ok(commit)
    }
}

/// Has the store read at once what is looked up of claims.
pub(super) fn expect_claims(writing: &mut dyn Writing, batch: &Prepared) -> Result<(), ReadError> {
    let conditions = batch.preconditions.iter().filter(|it| it.kind == ItemKind::Claim).map(|it| &*it.id);
    let referred = batch.referred_claims.iter().map(|(_, id)| &**id);
    let written = batch.claims.iter().map(|it| it.claim.id.as_str());
    let retracted = batch.retracted.iter().map(ClaimId::as_str);
    writing.expect(&conditions.chain(referred).chain(written).chain(retracted).collect::<Vec<_>>())
}

fn check_preconditions(writing: &dyn Writing, batch: &Prepared) -> Result<(), RecordError> {
    let version = |precondition: &Precondition| match precondition.kind {
        ItemKind::Entity => batch.base().entity(&precondition.id).map(|entity| entity.version),
        ItemKind::Source => batch.base().source(&precondition.id).map(|source| source.version),
        ItemKind::Document => batch.base().document(&precondition.id).map(|document| document.version),
        ItemKind::Claim | ItemKind::Retraction => writing.latest(&precondition.id).map(|claim| claim.version),
    };
    let unmet: Vec<_> = batch
        .preconditions
        .iter()
        .map(|precondition| (precondition.clone(), version(precondition)))
        .filter(|(precondition, version)| match precondition.condition {
            Condition::MustNotExist => version.is_some(),
            Condition::VersionIs(wanted) => *version != Some(wanted),
        })
        .collect();
    if unmet.is_empty() { Ok(()) } else { Err(RecordError::Precondition(unmet)) }
}

pub(super) fn check_claims_known(writing: &dyn Writing, batch: &Prepared) -> Result<(), RecordError> {
    let unknown = batch.referred_claims.iter().filter(|(_, id)| writing.latest(id).is_none());
    let mut violations: Vec<_> = unknown
        .map(|(path, id)| ItemViolation { path: path.clone(), fault: Fault::UnknownClaim { id: id.clone() } })
        .collect();
    let retracted = batch.retracted.iter().enumerate();
    let unrecorded = retracted.filter(|(_, id)| writing.latest(id.as_str()).is_none());
    violations.extend(unrecorded.map(|(index, id)| ItemViolation {
        path: format!("ids[{index}]"),
        fault: Fault::NoSuchClaim { id: id.to_string() },
    }));
    if violations.is_empty() { Ok(()) } else { Err(RecordError::Invalid(violations)) }
}

/// What the batch adds to the ledger, and what becomes of each of its items.
pub(super) fn new_items(
    writing: &dyn Writing,
    batch: &Prepared,
) -> Result<(Vec<NewItem>, Vec<ItemOutcome>), ReadError> {
    let mut new = NewItems::default();
    let base = batch.base();
    for entity in &batch.entities {
        let known = base.entity(entity.id.as_str()).map(|known| (known.version, known.item == *entity));
        new.add(ItemKind::Entity, entity.id.shared(), known, || (item::encode_entity(entity).into(), None));
    }
    for source in &batch.sources {
        let known = base.source(source.id.as_str()).map(|known| (known.version, known.item == *source));
        new.add(ItemKind::Source, source.id.shared(), known, || (item::encode_source(source).into(), None));
    }
    for document in &batch.documents {
        let known = base.document(document.id.as_str()).map(|known| (known.version, known.item == *document));
        new.add(ItemKind::Document, document.id.shared(), known, || {
            (item::encode_document(document).into(), None)
        });
    }
    for PreparedClaim { claim, bytes, row } in &batch.claims {
        let known = match writing.latest(claim.id.as_str()) {
            None => None,
            Some(latest) => {
                let same = !latest.retracted
                    && writing.bytes(ItemKind::Claim, claim.id.as_str(), latest.version)?.as_ref()
                        == Some(bytes);
                Some((latest.version, same))
            }
        };
        new.add(ItemKind::Claim, claim.id.shared(), known, || (bytes.clone(), Some(row.clone())));
    }
    for id in &batch.retracted {
        // That the ledger has it was checked before.
        let Some(latest) = writing.latest(id.as_str()) else { continue };
        new.retract(id, latest, &batch.reason);
    }
    Ok((new.items, new.outcomes))
}

#[derive(Default)]
struct NewItems {
    items: Vec<NewItem>,
    outcomes: Vec<ItemOutcome>,
}

impl NewItems {
    /// `known` is the latest version and whether it is the same as the item.
    fn add(
        &mut self,
        kind: ItemKind,
        id: &Arc<str>,
        known: Option<(u32, bool)>,
        content: impl FnOnce() -> (Bytes, Option<Row>),
    ) {
        let (outcome, version) = match known {
            None => (Outcome::Created, 1),
            Some((version, true)) => (Outcome::Unchanged, version),
            Some((version, false)) => (Outcome::NewVersion, version + 1),
        };
        if outcome != Outcome::Unchanged {
            let (bytes, row) = content();
            self.items.push(NewItem { kind, id: Arc::clone(id), version, bytes, row });
        }
        self.outcomes.push(ItemOutcome { kind, id: Arc::clone(id), outcome, version });
    }
}

impl NewItems {
    fn retract(&mut self, id: &ClaimId, latest: Located, reason: &str) {
        let (kind, version) = (ItemKind::Claim, latest.version);
        let outcome = if latest.retracted { Outcome::Unchanged } else { Outcome::Retracted };
        if outcome == Outcome::Retracted {
            let retraction = Retraction { id: id.clone(), version, reason: reason.to_owned() };
            let bytes = item::encode_retraction(&retraction).into();
            let kind = ItemKind::Retraction;
            self.items.push(NewItem { kind, id: Arc::clone(id.shared()), version, bytes, row: None });
        }
        self.outcomes.push(ItemOutcome { kind, id: Arc::clone(id.shared()), outcome, version });
    }
}

/// What is kept of a request, so that a retry answers as the first time.
#[derive(Serialize, Deserialize)]
struct RequestRecord {
    content_hash: [u8; 32],
    revision: u64,
    digest: [u8; 32],
    recorded: i64,
    outcomes: Vec<(u8, String, Outcome, u32)>,
}

impl RequestRecord {
    fn encode(content_hash: &[u8; 32], commit: &Commit, outcomes: &[ItemOutcome]) -> Bytes {
        let outcomes = outcomes
            .iter()
            .map(|item| (item.kind.code(), item.id.to_string(), item.outcome, item.version))
            .collect();
        let record = Self {
            content_hash: *content_hash,
            revision: commit.revision,
            digest: *commit.digest.as_bytes(),
            recorded: commit.recorded,
            outcomes,
        };
        serde_json::to_vec(&record).expect("numbers and texts are JSON").into()
    }

    fn replay(record: &[u8], request_id: &str, content_hash: &[u8; 32]) -> Result<Receipt, RecordError> {
        let damaged = || RecordError::DamagedRequest(request_id.to_owned());
        let record: Self = serde_json::from_slice(record).map_err(|_| damaged())?;
        if record.content_hash != *content_hash {
            return Err(RecordError::RequestIdReused(request_id.to_owned()));
        }
        let kind = |code: u8| ItemKind::ALL.into_iter().find(|kind| kind.code() == code);
        let outcomes = record.outcomes.into_iter().map(|(code, id, outcome, version)| {
            Some(ItemOutcome { kind: kind(code)?, id: id.into(), outcome, version })
        });
        let commit = Commit {
            revision: record.revision,
            digest: Digest::from_bytes(record.digest),
            recorded: record.recorded,
        };
        Ok(Receipt { commit, outcomes: outcomes.collect::<Option<_>>().ok_or_else(damaged)? })
    }
}

fn answer(turn: &Sender<Turn>, result: Result<Receipt, RecordError>) {
    // A writer that panicked no longer waits for its answer.
    let _ = turn.send(Turn::Done(result));
}

impl From<ReadError> for RecordError {
    fn from(error: ReadError) -> Self {
        Self::Read(Arc::new(error))
    }
}

/// The first of the violations, and how many more there are.
struct Summary<'a>(&'a [ItemViolation]);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => Ok(()),
            [only] => write!(f, "{only}"),
            [first, rest @ ..] => write!(f, "{first} (and {} more)", rest.len()),
        }
    }
}

/// Where a fault is, before what it is.
struct Place<'a>(&'a str);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, "{}: ", self.0) }
    }
}

struct Unmet<'a>(&'a [(Precondition, Option<u32>)]);

impl fmt::Display for Unmet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (precondition, version)) in self.0.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { "; " })?;
            match (precondition.condition, version) {
                (Condition::MustNotExist, _) => write!(f, "`{}` exists already", precondition.id)?,
                (Condition::VersionIs(wanted), Some(found)) => {
                    write!(f, "`{}` has version {found}, not {wanted}", precondition.id)?;
                }
                (Condition::VersionIs(wanted), None) => {
                    write!(f, "`{}` does not exist, so it has no version {wanted}", precondition.id)?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::TryRecvError;
    use std::thread;

    /// Told to lead, told nothing yet, or an error if it was taken to be written.
    fn told(turns: &Receiver<Turn>) -> Result<bool, ()> {
        match turns.try_recv() {
            Ok(Turn::Lead) => Ok(true),
            Err(TryRecvError::Empty) => Ok(false),
            Ok(Turn::Done(_)) | Err(TryRecvError::Disconnected) => Err(()),
        }
    }

    #[test]
    fn who_leads_hands_over_to_the_first_that_came_since() {
        let engine = Engine::in_memory().unwrap();
        let batch = || prepare(Batch::default(), &engine.registry()).unwrap();
        let queue = &engine.queue;
        let (first, lead) = queue.enqueue(batch(), None);
        let lead = lead.unwrap();
        assert_eq!(engine.take_waiting().len(), 1);
        let [(second, none), (third, nor_then)] =
            [queue.enqueue(batch(), None), queue.enqueue(batch(), None)];
        assert!(none.is_none() && nor_then.is_none());
        drop(lead);
        assert_eq!([told(&first), told(&second), told(&third)], [Err(()), Ok(true), Ok(false)]);
        // It is gone by then, as one that panicked.
        drop(second);
        drop(Lead(queue));
        assert_eq!(told(&third), Ok(true));
        assert_eq!(engine.take_waiting().len(), 2);
        drop(Lead(queue));
        assert!(queue.enqueue(batch(), None).1.is_some(), "nobody leads");
    }

    #[test]
    fn whoever_waits_is_written_by_one_sync() {
        let engine = Engine::in_memory().unwrap();
        let busy = engine.store.write().unwrap();
        let mut revisions: Vec<u64> = thread::scope(|scope| {
            let record = |number: usize| {
                let entity = EntityDraft {
                    id: format!("t{number}"),
                    kind: Some(EntityKind::Topic),
                    name: format!("The {number}"),
                    ..EntityDraft::default()
                };
                let batch = Batch { entities: vec![entity], ..Batch::default() };
                let engine = &engine;
                scope.spawn(move || engine.record(batch).unwrap().commit.revision)
            };
            let writers: Vec<_> = (0..8).map(record).collect();
            while engine.queue.line().waiting.len() < 8 {
                thread::yield_now();
            }
            let seen = scope.spawn(|| {
                loop {
                    match engine.head().revision {
                        0 => thread::yield_now(),
                        first => return first,
                    }
                }
            });
            drop(busy);
            assert_eq!(seen.join().unwrap(), 8, "all are seen at once");
            writers.into_iter().map(|writer| writer.join().unwrap()).collect()
        });
        revisions.sort_unstable();
        assert_eq!(revisions, [1, 2, 3, 4, 5, 6, 7, 8]);
    }
}
