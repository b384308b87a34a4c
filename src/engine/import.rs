//! Importing: items that come one by one are collected, and recorded batch by batch; with each batch
//! it is noted durably how far the import has come, so that it goes on after a cut and writes nothing
//! twice.

use super::Engine;
use super::dependents::dependents;
use super::record::{Batch, Fault, ItemOutcome, ItemViolation, Outcome, Receipt, RecordError};
use super::restore::{HistoryError, Restoring};
use crate::model::limits::{MAX_BATCH_ITEMS, MAX_REQUEST_ID_BYTES};
use crate::model::{ClaimDraft, DocumentDraft, EntityDraft, SourceDraft, Violation};
use crate::store::{Commit, CommitPart, Head, ItemKind, Writing};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use std::fmt;

/// Items of a batch, unless a claim refers to one that has not come yet.
pub const IMPORT_BATCH_ITEMS: usize = 1_000;
/// Bytes of a batch, as they come, unless a claim refers to one that has not come yet.
pub(super) const BATCH_BYTES: usize = 1 << 20;
/// Bytes of a batch that waits for claims.
const MAX_WAITING_BYTES: usize = 16 << 20;
/// Refusals that are remembered for a writer who may not have been told before a cut, and does not say.
const MAX_REMEMBERED: usize = 1_000;
/// Refusals that are remembered for a writer who says what it was told: more than can be on their way.
const MAX_UNTOLD: usize = 20_000;
/// Whose requests imports are remembered as: no caller's, since no name has a NUL.
const IMPORTS: &str = "\0import";

/// How a stream of items is to be taken.
#[derive(Clone, Debug, Default)]
pub struct ImportSettings {
    /// Names the import, so that it can go on after a cut.
    pub import_id: Option<String>,
    /// Leaves out what is refused, instead of ending there.
    pub continue_on_error: bool,
    /// Forgets what is known of an import of this id.
    pub restart: bool,
    /// Up to which item the writer keeps what it was told, if it says that.
    pub told: Option<u64>,
}

/// An item that came.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Its number, greater than that of the item before.
    pub sequence: u64,
    /// How many bytes it came in.
    pub bytes: usize,
    /// What it is.
    pub item: ImportItem,
}

impl Arrival {
    /// What is wrong with fields of it.
    fn refusals(&self, faults: &[(String, Fault)]) -> Vec<Refusal> {
        let kind = self.item.kind();
        let refusal = |(path, fault): &(String, Fault)| Refusal {
            sequence: self.sequence,
            path: below(kind, &format!(".{path}")),
            message: fault.to_string(),
        };
        faults.iter().map(refusal).collect()
    }

    /// Whether it is a claim that refers to others, which are looked up when it is taken.
    pub fn refers_to_claims(&self) -> bool {
        matches!(&self.item, ImportItem::Claim(draft) if !draft.relations.is_empty())
    }
}

/// What can come.
#[derive(Clone, Debug)]
pub enum ImportItem {
    /// An entity.
    Entity(EntityDraft),
    /// A source.
    Source(SourceDraft),
    /// A document.
    Document(DocumentDraft),
    /// A claim.
    Claim(Box<ClaimDraft>),
    /// A claim to be taken back.
    Retraction {
        /// Its id.
        id: String,
        /// Why.
        reason: String,
    },
    /// An item that is none, and why: each with the path of a field.
    Refused(Vec<(String, String)>),
    /// A commit of a history, or a part of one.
    Commit(CommitPart),
}

impl ImportItem {
    /// An item of this kind that is none.
    pub fn refused(kind: ItemKind, violations: Vec<Violation>) -> Self {
        let told = |Violation { path, problem }| (below(kind, &format!(".{path}")), problem.to_string());
        Self::Refused(violations.into_iter().map(told).collect())
    }

    /// What it is; of a commit, of a claim.
    fn kind(&self) -> ItemKind {
        match self {
            Self::Entity(_) => ItemKind::Entity,
            Self::Source(_) => ItemKind::Source,
            Self::Document(_) => ItemKind::Document,
            Self::Retraction { .. } => ItemKind::Retraction,
            Self::Claim(_) | Self::Refused(_) | Self::Commit(_) => ItemKind::Claim,
        }
    }

    /// Its id, if its writer gave it one.
    fn name(&self) -> Option<(ItemKind, &str)> {
        let (kind, id) = match self {
            Self::Entity(draft) => (ItemKind::Entity, &draft.id),
            Self::Source(draft) => (ItemKind::Source, &draft.id),
            Self::Document(draft) => (ItemKind::Document, &draft.id),
            Self::Claim(draft) => (ItemKind::Claim, &draft.id),
            Self::Retraction { id, .. } => (ItemKind::Claim, id),
            Self::Refused(_) | Self::Commit(_) => return None,
        };
        (!id.is_empty()).then_some((kind, id))
    }
}

/// How many items became what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each is named for what it counts")]
pub struct ImportCounts {
    pub created: u64,
    pub new_versions: u64,
    pub unchanged: u64,
    pub retracted: u64,
    pub refused: u64,
    pub commits: u64,
}

impl ImportCounts {
    fn add(&mut self, outcomes: &[ItemOutcome]) {
        for item in outcomes {
            *match item.outcome {
                Outcome::Created => &mut self.created,
                Outcome::Unchanged => &mut self.unchanged,
                Outcome::NewVersion => &mut self.new_versions,
                Outcome::Retracted => &mut self.retracted,
            } += 1;
        }
    }
}

/// One thing that is wrong with an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The item's number.
    pub sequence: u64,
    /// The field, as `claim.attribution[0].said`.
    pub path: String,
    /// What is wrong there.
    pub message: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sequence, path, message } = self;
        let colon = if path.is_empty() { "" } else { ": " };
        write!(f, "item {sequence}: {path}{colon}{message}")
    }
}

/// How far an import has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// Every item up to this one is written, or left out.
    pub acknowledged: u64,
    /// The ledger's last commit with them.
    pub commit: Commit,
    /// What became of all items so far.
    pub counts: ImportCounts,
    /// What was left out of the batch.
    pub refused: Vec<Refusal>,
    /// Whether an import of this id came to its end before.
    pub finished: bool,
}

/// Why an import cannot go on. What was acknowledged is written.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// An item's number is not greater than that of the item before.
    #[error("item {found} stands behind item {last}: numbers must grow from item to item, from 1")]
    Sequence {
        /// The item's number.
        found: u64,
        /// That of the one before.
        last: u64,
    },
    /// The import's id is too long.
    #[error("has {found} bytes; at most {MAX_REQUEST_ID_BYTES} are allowed")]
    ImportId {
        /// How many bytes it has.
        found: usize,
    },
    /// A commit of a history beside other items.
    #[error("item {sequence}: commits of a history and other items are not imported together")]
    Mixed {
        /// The item's number.
        sequence: u64,
    },
    /// An item is refused, and the import does not leave out what is.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Refused(Vec<Refusal>),
    /// A commit of a history is refused.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The store refuses, or what is kept of the import cannot be read.
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// What is kept of an import.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Progress {
    sequence: u64,
    counts: ImportCounts,
    /// The last items that were left out.
    refused: Vec<Refusal>,
    finished: bool,
}

impl Progress {
    fn read(stored: Option<&[u8]>, import_id: &str) -> Result<Self, RecordError> {
        let damaged = |_| RecordError::DamagedRequest(import_id.to_owned());
        stored.map_or_else(|| Ok(Self::default()), |stored| serde_json::from_slice(stored).map_err(damaged))
    }
}

/// One step of an import: from what is kept of it to what is kept after a batch.
#[derive(Debug)]
pub(super) struct Advance {
    import_id: String,
    before: Progress,
    after: Progress,
}

impl Advance {
    /// Whether the import is where it was.
    pub(super) fn check(&self, writing: &dyn Writing) -> Result<(), RecordError> {
        let stored = writing.request(IMPORTS, &self.import_id)?;
        let found = Progress::read(stored.as_deref(), &self.import_id)?;
        if found.sequence == self.before.sequence {
            Ok(())
        } else {
            Err(RecordError::ImportElsewhere(self.import_id.clone()))
        }
    }

    /// Caller and id that it is remembered by.
    pub(super) fn key(&self) -> (&str, &str) {
        (IMPORTS, &self.import_id)
    }

    /// What is remembered if this became of the batch.
    pub(super) fn record(&self, outcomes: &[ItemOutcome]) -> Bytes {
        let mut after = self.after.clone();
        after.counts.add(outcomes);
        serde_json::to_vec(&after).expect("numbers and texts are JSON").into()
    }
}

/// A stream of items on its way into the ledger.
#[derive(Debug)]
pub struct Import {
    settings: ImportSettings,
    progress: Progress,
    /// The number of the last item that came.
    last: u64,
    commit: Commit,
    content: Content,
    /// Why it ends once what came before is written.
    stopped: Option<ImportError>,
}

/// What has come and is not written.
#[derive(Debug)]
enum Content {
    Nothing,
    Items(Pending),
    History(Restoring),
}

#[derive(Debug, Default)]
struct Pending {
    arrivals: Vec<Arrival>,
    bytes: usize,
    /// What has a name among them.
    names: HashSet<(ItemKind, String)>,
    /// Claims that they refer to and that are not there yet.
    awaited: HashSet<String>,
    /// Why claims are taken back, if they are.
    reason: Option<String>,
}

impl Engine {
    /// Begins an import, or goes on with one of this id.
    ///
    /// # Errors
    /// The id is too long, or what is kept of the import cannot be read.
    pub fn import(&self, mut settings: ImportSettings) -> Result<Import, ImportError> {
        let mut progress = Progress::default();
        if let Some(import_id) = &settings.import_id {
            if import_id.len() > MAX_REQUEST_ID_BYTES {
                return Err(ImportError::ImportId { found: import_id.len() });
            }
            let stored = self.store.request(IMPORTS, import_id).map_err(RecordError::from)?;
            progress = Progress::read(stored.as_deref(), import_id)?;
            if settings.restart && progress != Progress::default() {
                // Durable before anybody is told, so that after a cut it is begun anew once.
                let before = std::mem::take(&mut progress);
                let advance = Advance { import_id: import_id.clone(), before, after: progress.clone() };
                self.record_import(Batch::default(), Some(advance))?;
            }
        }
        let told = settings.told.take();
        let Head { revision, digest, recorded, .. } = self.head();
        let commit = Commit { revision, digest, recorded };
        let content = Content::Nothing;
        let mut import = Import { settings, progress, last: 0, commit, content, stopped: None };
        if let Some(told) = told {
            import.told(told);
        }
        Ok(import)
    }

    /// Whether the ledger surely has no claim of this id, retracted or not.
    pub(super) fn lacks_claim(&self, id: &str) -> bool {
        let view = self.store.view();
        matches!(view.latest(id, view.head().revision), Ok(None))
    }
}

impl Import {
    /// Notes that the writer keeps what it was told of items up to this one.
    pub fn told(&mut self, sequence: u64) {
        // What is not written cannot have been told, but of an import that is forgotten.
        self.settings.told = self.settings.told.max(Some(sequence.min(self.progress.sequence)));
    }

    /// What was written before anything came.
    pub fn begun(&self) -> Imported {
        let finished = self.progress.finished;
        Imported { refused: self.progress.refused.clone(), finished, ..self.imported(Vec::new()) }
    }

    /// Whether what has come must be written before this item can be taken.
    pub fn is_before(&self, arrival: &Arrival) -> bool {
        match &self.content {
            Content::Items(pending) => pending.is_before(&arrival.item),
            Content::Nothing | Content::History(_) => false,
        }
    }

    /// Takes an item; one that was acknowledged before is left out.
    ///
    /// # Errors
    /// It cannot stand where it does.
    pub fn push(&mut self, engine: &Engine, arrival: Arrival) -> Result<(), ImportError> {
        let sequence = arrival.sequence;
        if sequence <= self.last {
            return Err(ImportError::Sequence { found: sequence, last: self.last });
        }
        self.last = sequence;
        if matches!(self.content, Content::Nothing) {
            self.content = match arrival.item {
                ImportItem::Commit(_) => {
                    // How far it has come, the ledger's last revision says.
                    self.settings.import_id = None;
                    Content::History(Restoring::default())
                }
                ImportItem::Entity(_)
                | ImportItem::Source(_)
                | ImportItem::Document(_)
                | ImportItem::Claim(_)
                | ImportItem::Retraction { .. }
                | ImportItem::Refused(_) => Content::Items(Pending::default()),
            };
        }
        match (&mut self.content, arrival.item) {
            (Content::History(restoring), ImportItem::Commit(part)) => Ok(restoring.push(sequence, part)?),
            (Content::Items(_), ImportItem::Commit(_)) | (Content::History(_), _) => {
                Err(ImportError::Mixed { sequence })
            }
            (Content::Items(pending), item) => {
                if sequence > self.progress.sequence {
                    pending.push(engine, Arrival { item, ..arrival });
                }
                Ok(())
            }
            (Content::Nothing, _) => Ok(()),
        }
    }

    /// Whether a batch is full.
    pub fn is_full(&self) -> bool {
        match &self.content {
            Content::Nothing => false,
            Content::Items(pending) => pending.is_full(),
            Content::History(restoring) => restoring.is_full(),
        }
    }

    /// Whether a claim that has come refers to one that has not: both are to be written together.
    pub fn is_waiting(&self) -> bool {
        matches!(&self.content, Content::Items(pending) if !pending.awaited.is_empty())
    }

    /// Whether there is anything to write.
    pub fn is_idle(&self) -> bool {
        match &self.content {
            Content::Nothing => true,
            Content::Items(pending) => pending.arrivals.is_empty(),
            Content::History(restoring) => restoring.is_idle(),
        }
    }

    /// Writes what has come, or a first part of it; durable and visible when this returns. Blocks
    /// meanwhile. Call it until the import is idle, and then see whether it was stopped.
    ///
    /// # Errors
    /// The store fails: what became of the batch is told by beginning the import again.
    pub fn write(&mut self, engine: &Engine) -> Result<Imported, ImportError> {
        match &mut self.content {
            Content::Nothing => Ok(self.imported(Vec::new())),
            Content::Items(pending) => {
                let arrivals = std::mem::take(pending).arrivals;
                self.write_items(engine, arrivals, |batch, advance| engine.record_import(batch, advance))
            }
            Content::History(restoring) => {
                let restored = restoring.write(engine)?;
                self.progress.sequence = self.progress.sequence.max(restored.acknowledged);
                self.progress.counts.commits += restored.commits;
                self.commit = restored.commit;
                self.stopped = restored.error.map(ImportError::History);
                Ok(self.imported(Vec::new()))
            }
        }
    }

    /// Why the import cannot go on, if it cannot. What came before that is written.
    pub fn stopped(&mut self) -> Option<ImportError> {
        self.stopped.take()
    }

    /// Notes that all has come and is written.
    ///
    /// # Errors
    /// The last commit of a history is not whole; the store fails.
    pub fn finish(&mut self, engine: &Engine) -> Result<(), ImportError> {
        if let Content::History(restoring) = &self.content {
            restoring.finish()?;
        }
        let after = Progress { finished: true, ..self.progress.clone() };
        let advance = self.advance(after.clone());
        if advance.is_some() && self.progress != after {
            engine.record_import(Batch::default(), advance)?;
        }
        self.progress = after;
        Ok(())
    }

    fn imported(&self, refused: Vec<Refusal>) -> Imported {
        let Progress { sequence, counts, .. } = self.progress;
        Imported { acknowledged: sequence, commit: self.commit, counts, refused, finished: false }
    }

    /// What is to be noted with a batch; nothing of an import without an id.
    fn advance(&self, after: Progress) -> Option<Advance> {
        let import_id = self.settings.import_id.clone()?;
        Some(Advance { import_id, before: self.progress.clone(), after })
    }

    fn write_items(
        &mut self,
        engine: &Engine,
        mut arrivals: Vec<Arrival>,
        mut record: impl FnMut(Batch, Option<Advance>) -> Result<Receipt, RecordError>,
    ) -> Result<Imported, ImportError> {
        let mut refused: BTreeMap<u64, Vec<Refusal>> = BTreeMap::new();
        let mut end = arrivals.last().map_or(self.progress.sequence, |last| last.sequence);
        set_aside(&mut arrivals, &mut refused);
        loop {
            if !self.settings.continue_on_error
                && let Some((first, refusals)) = std::mem::take(&mut refused).pop_first()
            {
                arrivals.retain(|arrival| arrival.sequence < first);
                end = arrivals.last().map_or(self.progress.sequence, |last| last.sequence);
                self.stopped = Some(ImportError::Refused(refusals));
            }
            if end == self.progress.sequence {
                return Ok(self.imported(Vec::new()));
            }
            let mut after = Progress { sequence: end, finished: false, ..self.progress.clone() };
            after.counts.refused += refused.len() as u64;
            after.refused.extend(refused.values().flatten().cloned());
            let most = self.settings.told.map_or(MAX_REMEMBERED, |told| {
                after.refused.retain(|refusal| refusal.sequence > told);
                MAX_UNTOLD
            });
            let forgotten = after.refused.len().saturating_sub(most);
            after.refused.drain(..forgotten);
            match record(batch(&arrivals), self.advance(after.clone())) {
                Ok(receipt) => {
                    after.counts.add(&receipt.outcomes);
                    self.progress = after;
                    self.commit = receipt.commit;
                    return Ok(self.imported(refused.into_values().flatten().collect()));
                }
                Err(RecordError::Invalid(violations)) => {
                    let places = Places::of(&arrivals);
                    if let Some(again) = places.first_named_again(&violations) {
                        // It differs from an earlier one only in that its id is derived: the batch ends before.
                        end = self.put_back(engine, again, &mut arrivals, &mut refused);
                        continue;
                    }
                    for violation in &violations {
                        for refusal in places.refusals(violation) {
                            refused.entry(refusal.sequence).or_default().push(refusal);
                        }
                    }
                    let is_refused = |arrival: &Arrival| refused.contains_key(&arrival.sequence);
                    let (gone, mut left): (Vec<_>, Vec<_>) = arrivals.into_iter().partition(is_refused);
                    if gone.is_empty() {
                        return Err(RecordError::Invalid(violations).into());
                    }
                    let dependents = dependents(engine, &mut left, &gone);
                    for (at, faults) in &dependents {
                        refused.insert(left[*at].sequence, left[*at].refusals(faults));
                    }
                    let mut at = 0..;
                    left.retain(|_| at.next().is_some_and(|at| !dependents.contains_key(&at)));
                    arrivals = left;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Keeps what came from an item on for the next batch. Returns the number of the last before it.
    fn put_back(
        &mut self,
        engine: &Engine,
        from: u64,
        arrivals: &mut Vec<Arrival>,
        refused: &mut BTreeMap<u64, Vec<Refusal>>,
    ) -> u64 {
        let mut later = arrivals.split_off(arrivals.partition_point(|arrival| arrival.sequence < from));
        for (sequence, refusals) in refused.split_off(&from) {
            let told = refusals.into_iter().map(|refusal| (refusal.path, refusal.message));
            later.push(Arrival { sequence, bytes: 0, item: ImportItem::Refused(told.collect()) });
        }
        later.sort_by_key(|arrival| arrival.sequence);
        let mut pending = Pending::default();
        later.into_iter().for_each(|arrival| pending.push(engine, arrival));
        self.content = Content::Items(pending);
        let written = arrivals.last().map_or(0, |last| last.sequence);
        written.max(refused.last_key_value().map_or(0, |(sequence, _)| *sequence))
    }
}

impl Pending {
    fn push(&mut self, engine: &Engine, arrival: Arrival) {
        if let Some((kind, id)) = arrival.item.name() {
            if kind == ItemKind::Claim {
                self.awaited.remove(id);
            }
            self.names.insert((kind, id.to_owned()));
        }
        if let ImportItem::Claim(draft) = &arrival.item {
            let referred = draft.relations.iter().map(|relation| &relation.claim);
            let awaited = referred.filter(|id| {
                !self.names.contains(&(ItemKind::Claim, (*id).clone())) && engine.lacks_claim(id)
            });
            self.awaited.extend(awaited.cloned());
        }
        if let ImportItem::Retraction { reason, .. } = &arrival.item {
            self.reason = Some(reason.clone());
        }
        self.bytes += arrival.bytes;
        self.arrivals.push(arrival);
    }

    /// A batch has each name once, and takes claims back for one reason.
    fn is_before(&self, item: &ImportItem) -> bool {
        let is_named = item.name().is_some_and(|(kind, id)| self.names.contains(&(kind, id.to_owned())));
        let reason = match item {
            ImportItem::Retraction { reason, .. } => Some(reason),
            ImportItem::Entity(_)
            | ImportItem::Source(_)
            | ImportItem::Document(_)
            | ImportItem::Claim(_)
            | ImportItem::Commit(_) => None,
            ImportItem::Refused(_) => return false,
        };
        let is_other = !self.arrivals.is_empty() && self.reason.as_ref() != reason;
        is_named || is_other
    }

    fn is_full(&self) -> bool {
        let is_enough = self.arrivals.len() >= IMPORT_BATCH_ITEMS || self.bytes >= BATCH_BYTES;
        let is_most = self.arrivals.len() >= MAX_BATCH_ITEMS || self.bytes >= MAX_WAITING_BYTES;
        is_enough && (self.awaited.is_empty() || is_most)
    }
}

/// Takes out what was no item when it came.
fn set_aside(arrivals: &mut Vec<Arrival>, refused: &mut BTreeMap<u64, Vec<Refusal>>) {
    arrivals.retain_mut(|Arrival { sequence, item, .. }| {
        let ImportItem::Refused(told) = item else { return true };
        let told = std::mem::take(told).into_iter();
        let refusals = told.map(|(path, message)| Refusal { sequence: *sequence, path, message });
        refused.insert(*sequence, refusals.collect());
        false
    });
}

fn batch(arrivals: &[Arrival]) -> Batch {
    let mut batch = Batch::default();
    for Arrival { item, .. } in arrivals {
        match item {
            ImportItem::Entity(draft) => batch.entities.push(draft.clone()),
            ImportItem::Source(draft) => batch.sources.push(draft.clone()),
            ImportItem::Document(draft) => batch.documents.push(draft.clone()),
            ImportItem::Claim(draft) => batch.claims.push(ClaimDraft::clone(draft)),
            ImportItem::Retraction { id, reason } => {
                let retractions = batch.retractions.get_or_insert_default();
                retractions.ids.push(id.clone());
                retractions.reason.clone_from(reason);
            }
            // These are in no batch.
            ImportItem::Refused(_) | ImportItem::Commit(_) => {}
        }
    }
    batch
}

/// Which items stand in which lists of a batch.
#[derive(Default)]
struct Places {
    entities: Vec<u64>,
    sources: Vec<u64>,
    documents: Vec<u64>,
    claims: Vec<u64>,
    retractions: Vec<u64>,
}

impl Places {
    fn of(arrivals: &[Arrival]) -> Self {
        let mut places = Self::default();
        for Arrival { sequence, item, .. } in arrivals {
            match item {
                ImportItem::Entity(_) => places.entities.push(*sequence),
                ImportItem::Source(_) => places.sources.push(*sequence),
                ImportItem::Document(_) => places.documents.push(*sequence),
                ImportItem::Claim(_) => places.claims.push(*sequence),
                ImportItem::Retraction { .. } => places.retractions.push(*sequence),
                ImportItem::Refused(_) | ImportItem::Commit(_) => {}
            }
        }
        places
    }

    /// The first item whose name another before it has.
    fn first_named_again(&self, violations: &[ItemViolation]) -> Option<u64> {
        let again = violations.iter().filter(|violation| matches!(violation.fault, Fault::IdTwice { .. }));
        again.filter_map(|violation| self.find(&violation.path)).map(|(_, sequence, _)| sequence).min()
    }

    /// A violation of a batch as those of its items.
    fn refusals(&self, violation: &ItemViolation) -> Vec<Refusal> {
        let message = violation.fault.to_string();
        if violation.path == "reason" {
            let refusal = |&sequence: &u64| Refusal {
                sequence,
                path: below(ItemKind::Retraction, ".reason"),
                message: message.clone(),
            };
            return self.retractions.iter().map(refusal).collect();
        }
        let found = self.find(&violation.path).into_iter();
        found
            .map(|(kind, sequence, rest)| Refusal {
                sequence,
                path: below(kind, rest),
                message: message.clone(),
            })
            .collect()
    }

    /// The item that `claims[3].figure` is a field of, and the rest of the path.
    fn find<'p>(&self, path: &'p str) -> Option<(ItemKind, u64, &'p str)> {
        let (list, rest) = path.split_once('[')?;
        let (index, rest) = rest.split_once(']')?;
        let (kind, places, rest) = match list {
            "entities" => (ItemKind::Entity, &self.entities, rest),
            "sources" => (ItemKind::Source, &self.sources, rest),
            "documents" => (ItemKind::Document, &self.documents, rest),
            "claims" => (ItemKind::Claim, &self.claims, rest),
            "ids" => (ItemKind::Retraction, &self.retractions, ".id"),
            _ => return None,
        };
        Some((kind, *places.get(index.parse::<usize>().ok()?)?, rest))
    }
}

/// The path of a field of an item, by what the item is.
fn below(kind: ItemKind, rest: &str) -> String {
    format!("{}{}", kind.as_str(), rest.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::vocabulary::{Clarity, EntityKind, RelationKind};
    use crate::model::{ContentDraft, RelationDraft, StepDraft};

    fn claim(index: usize) -> ImportItem {
        let step = StepDraft { clarity: Some(Clarity::Unattributed), ..StepDraft::default() };
        let before = index
            .checked_sub(1)
            .map(|before| RelationDraft { kind: Some(RelationKind::Repeats), claim: format!("c{before}") });
        ImportItem::Claim(Box::new(ClaimDraft {
            id: format!("c{index}"),
            // The first has no text.
            text: "T".repeat(index.min(1)),
            content: Some(ContentDraft::Statement),
            attribution: vec![step],
            relations: before.into_iter().collect(),
            ..ClaimDraft::default()
        }))
    }

    fn entity(index: usize) -> ImportItem {
        ImportItem::Entity(EntityDraft {
            id: format!("e{index}"),
            // The first has no kind.
            kind: (index > 0).then_some(EntityKind::Group),
            name: format!("Entity {index}"),
            parents: index.checked_sub(1).map(|before| format!("ENTITY {before}")).into_iter().collect(),
            ..EntityDraft::default()
        })
    }

    /// What is refused of so many items, and how often the batch was tried.
    fn refused(item: fn(usize) -> ImportItem) -> (Vec<String>, u64, usize) {
        let engine = Engine::in_memory().unwrap();
        let settings = ImportSettings { continue_on_error: true, ..ImportSettings::default() };
        let mut import = engine.import(settings).unwrap();
        let arrivals =
            (0..300).map(|index| Arrival { sequence: index as u64 + 1, bytes: 1, item: item(index) });
        let mut tries = 0;
        let imported = import.write_items(&engine, arrivals.collect(), |batch, advance| {
            tries += 1;
            engine.record_import(batch, advance)
        });
        let imported = imported.unwrap();
        (imported.refused.iter().map(ToString::to_string).collect(), imported.counts.refused, tries)
    }

    #[test]
    fn what_refers_to_what_is_refused_is_refused_with_it() {
        let (told, count, tries) = refused(claim);
        assert_eq!((count, tries), (300, 2));
        assert_eq!(told[0], "item 1: claim.text: must not be empty");
        assert_eq!(
            told[299],
            "item 300: claim.relations[0].claim: neither the ledger nor the batch has a claim `c298`"
        );
        let (told, count, tries) = refused(entity);
        assert_eq!((count, tries), (300, 2));
        assert_eq!(told[299], "item 300: entity.parents[0]: there is no entity `ENTITY 298`");
    }
}
