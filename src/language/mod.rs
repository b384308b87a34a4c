//! From a text to a query that means something: parsing, errors that teach, and one canonical
//! way to write each query.

pub mod ast;
pub mod attributes;
mod error;
mod lexical;
mod render;

pub use crate::model::nearest;
pub use error::{Code, Diagnostic, Edit, MAX_EDITS, Problem};
pub use lexical::{MAX_BYTES, MAX_DEPTH, MAX_LIST_ITEMS, MAX_PREDICATES};
