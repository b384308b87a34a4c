//! The store of one directory: a redb file as the ledger, and an index in memory that is rebuilt from it.

mod coding;
mod dictionary;
mod groups;
mod growth;
mod ids;
mod ledger;
mod load;
mod order;
mod plain;
mod postings;
mod question;
mod ranks;
mod retired;
mod segment;
mod select;
mod set;
mod tail;
mod tally;
mod view;
mod writer;

pub use plain::Rows;
pub use view::View;
pub use writer::{Embedded, Writing};

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod tests;
