//! FollowTheMoney statements as CSV: who lists whom, under which names, since when.
//! `docs/interchange.md` has the mapping.

mod error;
mod escape;
mod ids;
mod labels;
mod read;
mod row;
mod schema;
mod write;

pub use error::{StatementFault, StatementProblem, StatementsError};
pub use read::Statements;
pub use write::StatementsWriter;

#[cfg(test)]
mod tests;
