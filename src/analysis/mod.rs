//! What is computed over the items that a query selected.

mod list;

pub use list::{Cell, Item, Known, cells};
