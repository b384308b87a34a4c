//! Why a store could not do what it was asked.

use super::commit::ItemKind;
use super::postgres::DatabaseError;
use std::fmt;
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
    #[error("the data directory {} has format {found}, and this version of Sayso reads formats {oldest} to {newest}: {}", directory.display(), other_format(*found, *newest))]
    Format {
        /// The directory.
        directory: PathBuf,
        /// What stands in it.
        found: u64,
        /// The oldest that this version reads.
        oldest: u64,
        /// What this version writes.
        newest: u64,
    },
    /// A sealed file cannot be reached.
    #[error("{file} cannot be read: {source}")]
    File {
        /// Its name within the data directory.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// What was stored cannot be understood.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// The ledger failed.
    #[error("the ledger cannot be read: {0}")]
    Ledger(#[from] redb::Error),
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
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
    /// An earlier write failed, so that what is durable is unknown until the store is opened again.
    #[error(
        "an earlier write failed; nothing can be verified or backed up until the store has been opened again"
    )]
    Broken,
    /// A sealed file cannot be reached.
    #[error("{file} cannot be read: {source}")]
    File {
        /// Its name within the data directory.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// The ledger failed.
    #[error("the ledger cannot be read: {0}")]
    Ledger(#[from] redb::Error),
    /// The database did not answer.
    #[error(transparent)]
    Database(DatabaseError),
    /// The ledger is in a database.
    #[error(
        "a ledger in a database is backed up as the database is (pg_basebackup, pg_dump), or by `sayso export --history`"
    )]
    NoBackup,
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
    /// A commit's items do not stand in the order of their kinds.
    #[error(
        "{kind:?} {id} stands behind an item of a later kind: a commit has entities, sources, documents, claims, retractions, in this order"
    )]
    Order {
        /// What the item is.
        kind: ItemKind,
        /// Its id.
        id: Arc<str>,
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
    /// The database did not do it.
    #[error(transparent)]
    Database(DatabaseError),
    /// The ledger failed: whether the write is durable is unknown.
    #[error("the ledger could not be written: {0}")]
    Ledger(#[from] redb::Error),
}

/// Something stored that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the ledger is damaged: {}; {}", Damaged(self), remedy(self))]
pub enum Damage {
    /// A record of `ledger.redb`.
    Record {
        /// What it is.
        what: &'static str,
        /// Which one.
        number: u64,
    },
    /// What is remembered of a request, in `ledger.redb`.
    Request {
        /// Who asked.
        caller: String,
        /// What the caller calls the request.
        request_id: String,
    },
    /// A sealed file.
    File {
        /// Its name within the data directory.
        file: String,
        /// What is wrong with it.
        fault: FileFault,
    },
    /// A claim in a sealed file.
    Claim {
        /// The file's name within the data directory.
        file: String,
        /// The claim's position in the ledger.
        position: u64,
        /// The commit that recorded the claim.
        revision: u64,
    },
    /// A commit that does not agree with what it recorded.
    Commit {
        /// The file that has it.
        file: String,
        /// Its number.
        revision: u64,
        /// What is wrong with it.
        fault: CommitFault,
    },
    /// An item that does not agree with the rest of the ledger.
    Item {
        /// The file that has it.
        file: String,
        /// What it is.
        kind: ItemKind,
        /// Its id.
        id: String,
        /// The commit that recorded it.
        revision: u64,
        /// What is wrong with it.
        fault: ItemFault,
    },
    /// Records of `ledger.redb` that no commit wrote, or fewer than were written.
    Stray {
        /// What they are.
        what: &'static str,
    },
}

impl Damage {
    /// What is damaged, without what to do about it.
    pub fn found(&self) -> impl fmt::Display {
        Damaged(self)
    }
}

/// What is wrong with a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitFault {
    /// Its digest is not that of its items and the commit before it.
    #[error("does not have the digest of its items")]
    Digest,
    /// It is not later than the one before.
    #[error("is not later than the one before")]
    Time,
    /// It says that another number of ids is live than there are.
    #[error("does not count what is live after it")]
    Counts,
}

/// What is wrong with an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ItemFault {
    /// It stands among the items of a commit that did not record it.
    #[error("is of another commit")]
    Revision,
    /// Its version does not follow the one before.
    #[error("has a version that does not follow the one before")]
    Version,
    /// It is not found by its id and version.
    #[error("is not found by its id")]
    Name,
    /// What it retires is not retired by it.
    #[error("does not retire what it must")]
    Retirement,
    /// What it is found by is not what its bytes hold.
    #[error("is found by other terms than its bytes hold")]
    Row,
}

/// What is wrong with a sealed file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileFault {
    /// It is not there.
    #[error("is missing")]
    Missing,
    /// It was cut or has grown.
    #[error("has {found} bytes instead of {expected}")]
    Length {
        /// How many bytes it has.
        found: u64,
        /// How many it had when it was sealed.
        expected: u64,
    },
    /// Its first bytes are not those of a sealed file.
    #[error("does not begin as a sealed file does")]
    Header,
    /// Its header is of another file.
    #[error("covers other claims than `ledger.redb` says")]
    Range,
    /// A section's bytes do not agree with its checksum.
    #[error("has a damaged section of {0}")]
    Section(&'static str),
    /// A section of its index does not agree with its checksum.
    #[error("has a damaged section of {0}")]
    Index(&'static str),
    /// A section is not that which its claims make, though it agrees with its checksum.
    #[error("has a section of {0} that is not that of its claims")]
    Unlike(&'static str),
    /// Its bytes do not agree with its SHA-256, though all parts agree with their checksums.
    #[error("has another SHA-256 than when it was sealed")]
    Sha256,
    /// `ledger.redb` does not know it, and it is not what an interrupted sealing leaves.
    #[error("is not known to `ledger.redb`, which is older or another ledger's")]
    Unknown,
}

/// What to do about damage.
/// What a database is called where a file would be named.
pub(super) const DATABASE: &str = "the database";

fn remedy(damage: &Damage) -> &'static str {
    if matches!(damage, Damage::File { fault: FileFault::Index(_), .. }) {
        return "it is made anew when the directory is served";
    }
    if let Damage::Commit { file, .. } | Damage::Item { file, .. } = damage
        && file == DATABASE
    {
        return "restore the database from a backup";
    }
    "restore the data directory from a backup"
}

/// What is damaged.
struct Damaged<'a>(&'a Damage);

impl fmt::Display for Damaged<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Damage::Record { what, number } => write!(f, "{what} {number} in ledger.redb cannot be read"),
            Damage::Request { caller, request_id } => {
                write!(
                    f,
                    "the record of the request `{request_id}` of `{caller}` in ledger.redb cannot be read"
                )
            }
            Damage::File { file, fault } => write!(f, "{file} {fault}"),
            Damage::Claim { file, position, revision } => {
                write!(
                    f,
                    "claim {position}, of revision {revision}, does not agree with its checksum in {file}"
                )
            }
            Damage::Commit { file, revision, fault } => write!(f, "commit {revision} in {file} {fault}"),
            Damage::Item { file, kind, id, revision, fault } => {
                write!(f, "{} {id} of revision {revision} in {file} {fault}", kind.as_str())
            }
            Damage::Stray { what } => {
                write!(f, "ledger.redb does not have as many records of {what} as commits wrote")
            }
        }
    }
}

fn other_format(found: u64, newest: u64) -> &'static str {
    if found > newest {
        "a newer version wrote it, which is needed to open it"
    } else {
        "an unreleased version wrote it; record its claims anew from their packs"
    }
}

impl From<ReadError> for OpenError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Damaged(damage) => Self::Damaged(damage),
            ReadError::Ledger(error) => Self::Ledger(error),
            ReadError::File { file, source } => Self::File { file, source },
            ReadError::Database(error) => Self::Database(error),
            // Opening asks for nothing that can end so.
            ReadError::DeadlineExceeded
            | ReadError::Cancelled
            | ReadError::Broken
            | ReadError::NoBackup
            | ReadError::TooManyGroups { .. }
            | ReadError::NoSuchPosition { .. } => {
                Self::Damaged(Damage::Record { what: "the index of", number: 0 })
            }
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
