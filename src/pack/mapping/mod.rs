//! Mappings: what is what in tables that others made, so that their rows become drafts.
//! `docs/mapping.md` describes the format.

mod condition;
mod data;
mod date;
mod drafts;
mod fault;
mod file;
mod names;
mod sift;
mod slug;
mod template;
mod tree;
mod values;

pub use data::{Data, DataError, Row};
pub use drafts::{Drafts, Made, Origin, RowDrafts, RowError};
pub use fault::{Cell, EmptyHoles, RowFault, RowProblem};
pub use file::Mapping;
pub use slug::slug;
pub use template::TemplateError;

#[cfg(test)]
mod tests;
