//! Taking a ledger's history as it was recorded elsewhere: every item is read and checked as when it
//! was written first, and every commit keeps its number, its time and its digest.

use super::Engine;
use super::import::{BATCH_BYTES, IMPORT_BATCH_ITEMS};
use super::prepare::prepare;
use super::record::{
    Batch, ItemViolation, RecordError, Retractions, check_claims_known, expect_claims, new_items,
};
use crate::model::Timestamp;
use crate::model::limits::MAX_BATCH_ITEMS;
use crate::store::{Commit, CommitPart, Digest, Head, ItemKind, WriteError, Writing};
use crate::wire::item::{self, ItemError};
use std::sync::Arc;

/// Bytes of the items of one commit: what a batch of any writer can come to, and some.
const MAX_COMMIT_BYTES: usize = 64 << 20;

/// How far the clock of the history's server may have been ahead of ours, in microseconds: a day. What
/// is written next is recorded later still.
const MAX_CLOCK_DIFFERENCE: i64 = 24 * 60 * 60 * 1_000_000;

/// Why a commit of a history is refused. Those before it are written.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The ledger is not where the commit goes on.
    #[error(
        "revision {revision} cannot be imported: it goes on from a ledger with digest {previous}, and this \
         one is at revision {head} with digest {digest}"
    )]
    NotNext {
        /// The commit.
        revision: u64,
        /// The digest before it.
        previous: Digest,
        /// The ledger's last revision.
        head: u64,
        /// The ledger's digest.
        digest: Digest,
    },
    /// The ledger has another commit of that number.
    #[error("revision {revision} is another one in this ledger: it has another history")]
    Other {
        /// The commit.
        revision: u64,
    },
    /// The commit's digest is not that of its items.
    #[error("revision {revision} was changed: its items do not come to its digest")]
    Digest {
        /// The commit.
        revision: u64,
    },
    /// A part does not go on with the commit that was begun, or a commit has no end.
    #[error("revision {revision} is not whole: a part of it is missing")]
    Incomplete {
        /// The commit that was begun.
        revision: u64,
    },
    /// A commit is larger than any that a server writes.
    #[error("revision {revision} has more than {MAX_BATCH_ITEMS} items or {MAX_COMMIT_BYTES} bytes")]
    TooLarge {
        /// The commit.
        revision: u64,
    },
    /// No ledger has a commit without items.
    #[error("revision {revision} has no items")]
    Empty {
        /// The commit.
        revision: u64,
    },
    /// An item is none.
    #[error("revision {revision} cannot be imported: item {index} of it: {source}")]
    Item {
        /// The commit.
        revision: u64,
        /// Which item, counted from 0.
        index: usize,
        /// What is wrong with it.
        source: ItemError,
    },
    /// An item does not fit to what was before it.
    #[error("revision {revision} cannot be imported: {violation}")]
    Invalid {
        /// The commit.
        revision: u64,
        /// The first thing that is wrong.
        violation: Box<ItemViolation>,
    },
    /// An item is not written as this version writes it, or changes nothing.
    #[error("revision {revision} cannot be imported: its {kind} `{id}` is not as it would be written", kind = .kind.as_str())]
    Bytes {
        /// The commit.
        revision: u64,
        /// What the item is.
        kind: ItemKind,
        /// Its id.
        id: Arc<str>,
    },
    /// It is of no time that a ledger could have recorded it at by now.
    #[error(
        "revision {revision} cannot be imported: {recorded} is no time that it can have been recorded at"
    )]
    Time {
        /// The commit.
        revision: u64,
        /// When it says that it was recorded.
        recorded: Timestamp,
    },
    /// The ledger cannot take it, as for a time that is not later than the last.
    #[error("revision {revision} cannot be imported: {source}")]
    Write {
        /// The commit.
        revision: u64,
        /// Why.
        source: Arc<WriteError>,
    },
}

impl HistoryError {
    /// The commit that is refused.
    pub fn revision(&self) -> u64 {
        match self {
            Self::NotNext { revision, .. }
            | Self::Other { revision }
            | Self::Digest { revision }
            | Self::Incomplete { revision }
            | Self::TooLarge { revision }
            | Self::Empty { revision }
            | Self::Item { revision, .. }
            | Self::Invalid { revision, .. }
            | Self::Bytes { revision, .. }
            | Self::Time { revision, .. }
            | Self::Write { revision, .. } => *revision,
        }
    }
}

/// Commits that came and are not written.
#[derive(Debug, Default)]
pub(super) struct Restoring {
    /// Whole ones, each with the number of its last part.
    whole: Vec<(u64, CommitPart)>,
    /// One whose last part has not come.
    begun: Option<CommitPart>,
    items: usize,
    bytes: usize,
}

/// What became of commits.
#[derive(Debug)]
pub(super) struct Restored {
    /// The number of the last part that is written.
    pub(super) acknowledged: u64,
    /// Commits that were written: those that the ledger had are not counted.
    pub(super) commits: u64,
    /// The ledger's last commit.
    pub(super) commit: Commit,
    /// Why the next one is not written.
    pub(super) error: Option<HistoryError>,
}

impl Restoring {
    pub(super) fn push(&mut self, sequence: u64, part: CommitPart) -> Result<(), HistoryError> {
        let whole = match self.begun.take() {
            None => part,
            Some(mut begun) => {
                if (begun.commit, begun.previous) != (part.commit, part.previous) {
                    return Err(HistoryError::Incomplete { revision: begun.commit.revision });
                }
                begun.items.extend(part.items);
                begun.is_last = part.is_last;
                begun
            }
        };
        let bytes: usize = whole.items.iter().map(|(_, bytes)| bytes.len()).sum();
        if whole.items.len() > MAX_BATCH_ITEMS || bytes > MAX_COMMIT_BYTES {
            return Err(HistoryError::TooLarge { revision: whole.commit.revision });
        }
        if whole.is_last {
            if whole.items.is_empty() {
                return Err(HistoryError::Empty { revision: whole.commit.revision });
            }
            self.items += whole.items.len();
            self.bytes += bytes;
            self.whole.push((sequence, whole));
        } else {
            self.begun = Some(whole);
        }
        Ok(())
    }

    pub(super) fn is_full(&self) -> bool {
        self.items >= IMPORT_BATCH_ITEMS || self.bytes >= BATCH_BYTES
    }

    pub(super) fn is_idle(&self) -> bool {
        self.whole.is_empty()
    }

    /// Whether the last commit came whole.
    pub(super) fn finish(&self) -> Result<(), HistoryError> {
        self.begun
            .as_ref()
            .map_or(Ok(()), |begun| Err(HistoryError::Incomplete { revision: begun.commit.revision }))
    }

    /// Writes the whole commits, as many as can be, under one durable sync.
    pub(super) fn write(&mut self, engine: &Engine) -> Result<Restored, RecordError> {
        let whole = std::mem::take(&mut self.whole);
        (self.items, self.bytes) = (0, 0);
        let mut writing = engine.store.write().map_err(|error| RecordError::Store(Arc::new(error)))?;
        let _changing = engine.changing();
        engine.learn(writing.begun())?;
        let before = engine.history.load_full();
        let (mut acknowledged, mut commits, mut error) = (0, 0, None);
        // What was appended is written whatever comes after it: its names are known by now.
        let mut failed = None;
        for (sequence, part) in &whole {
            let restored = match engine.restore(&mut *writing, part) {
                Ok(restored) => restored,
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            };
            match restored {
                Ok(is_new) => {
                    acknowledged = *sequence;
                    commits += u64::from(is_new);
                }
                Err(refused) => {
                    error = Some(refused);
                    break;
                }
            }
        }
        let Head { revision, digest, recorded, .. } = *writing.head();
        writing.finish(&mut || {}).map_err(|error| {
            engine.history.store(before);
            RecordError::Unknown(Arc::new(error))
        })?;
        engine.announce(revision);
        if let Some(failed) = failed {
            return Err(failed);
        }
        Ok(Restored { acknowledged, commits, commit: Commit { revision, digest, recorded }, error })
    }
}

impl Engine {
    /// Appends a commit as it was recorded; false if the ledger has it.
    fn restore(
        &self,
        writing: &mut dyn Writing,
        part: &CommitPart,
    ) -> Result<Result<bool, HistoryError>, RecordError> {
        let CommitPart { commit: Commit { revision, digest, recorded }, previous, items, .. } = part;
        let revision = *revision;
        let head = *writing.head();
        if revision <= head.revision {
            let known = writing.commit(revision)?;
            let is_known = known.is_some_and(|known| known == part.commit);
            return Ok(if is_known { Ok(false) } else { Err(HistoryError::Other { revision }) });
        }
        if revision != head.revision + 1 || *previous != head.digest {
            let (head, digest) = (head.revision, head.digest);
            return Ok(Err(HistoryError::NotNext { revision, previous: *previous, head, digest }));
        }
        let latest = Timestamp::now().0.saturating_add(MAX_CLOCK_DIFFERENCE);
        if !(Timestamp::CALENDAR_START.0..latest).contains(recorded) {
            return Ok(Err(HistoryError::Time { revision, recorded: Timestamp(*recorded) }));
        }
        let all = items.iter().map(|(kind, bytes)| (*kind, &**bytes));
        if head.digest.chain(revision, *recorded, all) != *digest {
            return Ok(Err(HistoryError::Digest { revision }));
        }
        let batch = match batch(items) {
            Ok(batch) => batch,
            Err((index, source)) => return Ok(Err(HistoryError::Item { revision, index, source })),
        };
        let checked = prepare(batch, &self.history.load().latest());
        let checked = checked.and_then(|prepared| {
            expect_claims(writing, &prepared)?;
            check_claims_known(writing, &prepared).map(|()| prepared)
        });
        let prepared = match checked {
            Ok(prepared) => prepared,
            Err(RecordError::Invalid(violations)) => {
                let first = violations.into_iter().next().map(Box::new);
                return first.map_or(Ok(Err(HistoryError::Digest { revision })), |violation| {
                    Ok(Err(HistoryError::Invalid { revision, violation }))
                });
            }
            Err(error) => return Err(error),
        };
        let (new, outcomes) = new_items(writing, &prepared)?;
        let is_same =
            new.iter().zip(items).all(|(new, (kind, bytes))| (new.kind, &new.bytes) == (*kind, bytes));
        if !is_same || new.len() != items.len() {
            let other =
                new.iter().zip(items).find(|(new, (kind, bytes))| (new.kind, &new.bytes) != (*kind, bytes));
            let (kind, id) = match (other, outcomes.last()) {
                (Some((new, _)), _) => (new.kind, Arc::clone(&new.id)),
                (None, Some(outcome)) => (outcome.kind, Arc::clone(&outcome.id)),
                (None, None) => (ItemKind::Claim, "".into()),
            };
            return Ok(Err(HistoryError::Bytes { revision, kind, id }));
        }
        let appended = self.append(writing, &prepared, *recorded, new, None);
        Ok(match appended {
            Ok(_) => Ok(true),
            Err(source) => Err(HistoryError::Write { revision, source: Arc::new(source) }),
        })
    }
}

/// The items of a commit as a writer would give them.
fn batch(items: &[(ItemKind, bytes::Bytes)]) -> Result<Batch, (usize, ItemError)> {
    let mut batch = Batch::default();
    for (index, (kind, bytes)) in items.iter().enumerate() {
        let refused = |error| (index, error);
        match kind {
            ItemKind::Entity => batch.entities.push(item::entity_draft(bytes).map_err(refused)?),
            ItemKind::Source => batch.sources.push(item::source_draft(bytes).map_err(refused)?),
            ItemKind::Document => batch.documents.push(item::document_draft(bytes).map_err(refused)?),
            ItemKind::Claim => batch.claims.push(item::claim_draft(bytes).map_err(refused)?),
            ItemKind::Retraction => {
                let retraction = item::decode_retraction(bytes).map_err(refused)?;
                let retractions = batch.retractions.get_or_insert_with(Retractions::default);
                retractions.ids.push(retraction.id.to_string());
                retractions.reason = retraction.reason;
            }
        }
    }
    Ok(batch)
}
