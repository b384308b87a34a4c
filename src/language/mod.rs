//! From a text to a query that means something: parsing, errors that teach, and one canonical
//! way to write each query.

pub mod ast;
pub mod attributes;
mod correct;
mod error;
mod expect;
mod format;
mod lexical;
mod parse;
mod render;

pub use crate::model::nearest;
pub use error::{Code, Diagnostic, Edit, MAX_EDITS, Problem};
pub use format::value as format_value;
pub use lexical::{MAX_BYTES, MAX_DEPTH, MAX_LIST_ITEMS, MAX_LIST_PARAMETER_ITEMS, MAX_PREDICATES};
pub use parse::parse;
