//! The store of one directory: a redb file as the ledger, and an index in memory that is rebuilt from it.

#![allow(dead_code, reason = "the segments that use it follow")]

mod coding;
mod dictionary;
mod ids;
mod ledger;
mod order;
mod plain;
mod retired;
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
mod tests;
