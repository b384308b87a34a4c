//! `conflicts`: pairs of claims that cannot both be true.

mod ends;
mod revision;
mod row;
mod search;
mod sheet;
mod sweep;
#[cfg(test)]
mod tests;
mod wholes;

pub use row::{ConflictKind, ConflictRow};
pub use search::conflicts;
