//! Where claims are kept: a durable ledger of commits, and an index over it that answers a plan.

mod answer;
mod commit;
mod embedded;
mod error;

pub use answer::{
    Budget, CommitPart, Group, Hit, Item, Located, Page, Position, Request, Retirement, Stored, Tally, Totals,
};
pub use commit::{Commit, Counts, Digest, Head, ItemKind, NewItem};
pub use embedded::{
    Backup, BackupFile, BackupHeader, BackupPart, BackupTrailer, Embedded, FileHash, Progress, ReceiveError,
    Received, Receiving, RowOf, Rows, StagingError, Upkeep, Verified, View, Writing,
};
pub use error::{CommitFault, Damage, FileFault, ItemFault, OpenError, ReadError, WriteError};
