//! From a text to a query that means something: parsing, errors that teach, and one canonical
//! way to write each query.

pub mod ast;
pub mod attributes;
mod beginning;
mod clauses;
mod complete;
mod correct;
mod error;
mod expect;
mod explain;
pub mod facts;
mod foreign;
mod format;
mod habits;
mod homes;
mod keywords;
#[cfg(test)]
mod laws;
mod lexical;
mod notice;
mod parameters;
mod parse;
mod predicate;
#[cfg(test)]
mod properties;
mod render;
mod resolve;
mod sift;
mod value;
mod view;
mod watched;

pub use crate::model::nearest;
pub use complete::{Completion, CompletionKind, Counts, MAX_COMPLETIONS, Token, TokenKind, complete, tokens};
pub use error::{Code, Diagnostic, Edit, MAX_EDITS, Problem, UnknownName};
pub use explain::{
    Explained, ExplainedPredicate, ExplainedTerm, Junction, MAX_READINGS, ReadLiteral, Reading,
};
pub use format::value as format_value;
pub use keywords::{TOPICS, Topic, is_keyword};
pub use lexical::{MAX_BYTES, MAX_DEPTH, MAX_LIST_ITEMS, MAX_LIST_PARAMETER_ITEMS, MAX_PREDICATES};
pub use notice::Notice;
pub use parameters::{Parameter, Parameters};
pub use parse::parse;
pub use resolve::{
    AsOf, Column, GroupColumn, GroupOrder, Grouping, NamedKind, Output, Resolved, ResolvedName, Subject,
    ViewColumn, ViewOrder, as_of, resolve,
};
pub use sift::sift;

pub use view::View;
pub use watched::watched;

#[cfg(test)]
mod tests;
