//! Why a store could not do what it was asked.

use super::commit::ItemKind;
use std::path::PathBuf;
use std::sync::Arc;

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process, or another part of this one, has it open.
    #[error("the data directory {} is in use by another process; a directory has one server at a time", directory.display())]
    InUse {
        /// The directory.
        directory: PathBuf,
    },
    /// The directory cannot be made or reached.
    #[error("the data directory {} cannot be used: {source}", directory.display())]
    Directory {
        /// The directory.
        directory: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It was written by another version of Sayso.
    #[error("the ledger has format {found}; this version of Sayso reads format {expected}")]
    Format {
        /// What stands in the ledger.
        found: u64,
        /// What this version writes.
        expected: u64,
    },
    /// What was stored cannot be understood.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// The ledger failed.
    #[error("the ledger cannot be read: {0}")]
    Ledger(#[from] redb::Error),
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It went on for longer than its budget.
    #[error("the deadline passed before the answer was complete")]
    DeadlineExceeded,
    /// Nobody waits for the answer any more.
    #[error("the question was cancelled")]
    Cancelled,
    /// More groups than were allowed.
    #[error("the rows fall into more than {max} groups")]
    TooManyGroups {
        /// How many were allowed.
        max: usize,
    },
    /// No claim stands there.
    #[error("no claim stands at position {position} of the ledger")]
    NoSuchPosition {
        /// The position.
        position: u64,
    },
    /// What was stored cannot be understood.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// The ledger failed.
    #[error("the ledger cannot be read: {0}")]
    Ledger(#[from] redb::Error),
}

/// Why a write was refused or failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// An earlier write failed, so that its outcome is unknown until the store is opened again.
    #[error("an earlier write failed; nothing is written until the store has been opened again")]
    Broken,
    /// An item's version does not follow the latest.
    #[error("version {found} of {kind:?} {id} cannot be written: the next is {expected}")]
    Version {
        /// What the item is.
        kind: ItemKind,
        /// Its id.
        id: Arc<str>,
        /// The version that it was given.
        found: u32,
        /// The version that follows the latest.
        expected: u32,
    },
    /// A retraction names a version that is not there or is retracted.
    #[error("version {version} of claim {id} cannot be retracted: it is not there, or is retracted")]
    Retraction {
        /// The claim.
        id: Arc<str>,
        /// The version.
        version: u32,
    },
    /// A commit has two items of one name.
    #[error("{kind:?} {id} stands twice in one commit")]
    Twice {
        /// What the second is.
        kind: ItemKind,
        /// Its id.
        id: Arc<str>,
    },
    /// A claim has no row, or another item has one.
    #[error("a claim has a row, and no other item has one: {kind:?} {id}")]
    Row {
        /// What the item is.
        kind: ItemKind,
        /// Its id.
        id: Arc<str>,
    },
    /// A commit would not be later than the one before.
    #[error("a commit at {recorded} µs cannot follow one at {last} µs")]
    Time {
        /// The time given.
        recorded: i64,
        /// The last commit's.
        last: i64,
    },
    /// The index could not be asked.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The ledger failed: whether the write is durable is unknown.
    #[error("the ledger could not be written: {0}")]
    Ledger(#[from] redb::Error),
}

/// Something stored that cannot be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the ledger is damaged: {what} {number} cannot be read")]
pub struct Damage {
    /// What it is.
    pub what: &'static str,
    /// Which one.
    pub number: u64,
}

impl From<ReadError> for OpenError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Damaged(damage) => Self::Damaged(damage),
            ReadError::Ledger(error) => Self::Ledger(error),
            // Opening asks for nothing that can end so.
            ReadError::DeadlineExceeded
            | ReadError::Cancelled
            | ReadError::TooManyGroups { .. }
            | ReadError::NoSuchPosition { .. } => Self::Damaged(Damage { what: "the index of", number: 0 }),
        }
    }
}

/// Lets `?` turn each of redb's errors into an error that keeps it as its source.
macro_rules! from_redb {
    ($($error:ty),+ => $target:ty) => {$(
        impl From<$error> for $target {
            fn from(error: $error) -> Self {
                Self::Ledger(error.into())
            }
        }
    )+};
}

from_redb!(redb::StorageError, redb::TableError, redb::TransactionError, redb::CommitError => OpenError);
from_redb!(redb::StorageError, redb::TableError, redb::TransactionError => ReadError);
from_redb!(redb::StorageError, redb::TableError, redb::TransactionError, redb::CommitError => WriteError);
