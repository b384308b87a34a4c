//! The store of one directory: sealed files and a redb file as the ledger, and an index in memory that is
//! read from the files and rebuilt from the rest.

mod backup;
mod coding;
mod dictionary;
mod draft;
mod flat;
mod folder;
mod groups;
mod growth;
mod ids;
mod kept;
mod ledger;
mod load;
mod manifest;
mod order;
mod plain;
mod postings;
mod question;
mod ranks;
mod reading;
mod rebuild;
mod receive;
mod record;
mod retired;
mod scan;
mod seal;
mod sealed;
mod segment;
mod select;
mod set;
mod staging;
mod storage;
mod tail;
mod tally;
mod upkeep;
mod verify;
mod view;
mod writer;

pub use backup::{Backup, BackupFile, BackupHeader, BackupPart, BackupTrailer, FileHash};
pub use plain::Rows;
pub use rebuild::RowOf;
pub use receive::{ReceiveError, Received, Receiving};
pub use staging::StagingError;
pub use upkeep::Upkeep;
pub use verify::{Progress, Verified};
pub use writer::Embedded;

#[cfg(test)]
use view::View;

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod copies;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod flips;
#[cfg(test)]
mod mending;
#[cfg(test)]
mod sealing;
#[cfg(test)]
mod tests;
