//! What is wrong with a row of a table, as facts; the words stand in `Display`.

use crate::pack::Problem;
use std::fmt;
use std::path::Path as FilePath;
use std::sync::Arc;

/// One thing that is wrong with a row.
#[derive(Clone, Debug, PartialEq)]
pub struct RowFault {
    /// The table.
    pub file: Arc<FilePath>,
    /// The row, counted from 1, without the heading.
    pub row: u64,
    /// The line on which it begins, from 1.
    pub line: u64,
    /// The field of the mapping, as `claims[0].figure.best`; empty for the row as a whole.
    pub field: String,
    /// The cells that the field is made of.
    pub cells: Vec<Cell>,
    /// What is wrong.
    pub problem: RowProblem,
}

/// A cell of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The column's name.
    pub column: String,
    /// What stands there.
    pub value: String,
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RowProblem {
    /// It has more or fewer cells than the heading.
    #[error("the row has {found} cells, and the heading has {expected}")]
    Cells {
        /// Its cells.
        found: usize,
        /// The heading's.
        expected: usize,
    },
    /// It is no text.
    #[error("the row is not UTF-8")]
    NotUtf8,
    /// It is no JSON object of plain values.
    #[error("the row is no flat JSON object: {message}")]
    NotFlat {
        /// The reason.
        message: String,
    },
    /// A value that a table of the mapping does not have.
    #[error("the mapping's table has no `{found}`{}", Hint(nearest))]
    NotInTable {
        /// The value.
        found: String,
        /// The entries most like it.
        nearest: Vec<String>,
    },
    /// A text that is no date.
    #[error("`{found}` is no date in the order {order}")]
    NotADate {
        /// The text.
        found: String,
        /// The order of its numbers.
        order: String,
    },
    /// A field of a pack cannot be this.
    #[error(transparent)]
    Field(#[from] Problem),
    /// A field is absent for want of values in its text.
    #[error("{problem}: {holes}")]
    Absent {
        /// What is wrong for that.
        problem: Box<Self>,
        /// The holes that are empty.
        holes: EmptyHoles,
    },
    /// The ledger does not take it.
    #[error("{message}")]
    Refused {
        /// The ledger's reason.
        message: String,
    },
}

impl RowProblem {
    /// The problem, and the holes that it comes from, if there are any.
    pub(super) fn of_holes(self, holes: EmptyHoles) -> Self {
        if holes.names.is_empty() { self } else { Self::Absent { problem: Box::new(self), holes } }
    }
}

/// Holes of a mapping's texts that a row leaves empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EmptyHoles {
    names: Vec<String>,
    /// The first that stands in a text with something else.
    in_text: Option<String>,
}

impl EmptyHoles {
    /// Adds a hole, which is a whole text or stands within one.
    pub(super) fn add(&mut self, name: &str, is_in_text: bool) {
        if self.names.iter().all(|known| known != name) {
            self.names.push(name.to_owned());
        }
        if is_in_text {
            self.in_text.get_or_insert_with(|| name.to_owned());
        }
    }
}

impl fmt::Display for EmptyHoles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.names.iter().map(|name| format!("`{{{name}}}`")).collect();
        let are = if names.len() == 1 { "is" } else { "are" };
        write!(f, "{} {are} empty here", names.join(" and "))?;
        match &self.in_text {
            None => Ok(()),
            Some(name) => {
                write!(
                    f,
                    "; a text with an empty hole is left out whole, unless that is written `{{{name}?}}`"
                )
            }
        }
    }
}

impl fmt::Display for RowFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, row, line, field, cells, problem } = self;
        write!(f, "{}: row {row} (line {line}): ", file.display())?;
        for (index, Cell { column, value }) in cells.iter().enumerate() {
            let separator = if index + 1 == cells.len() { ": " } else { ", " };
            write!(f, "{column}={value:?}{separator}")?;
        }
        if !field.is_empty() {
            write!(f, "{field}: ")?;
        }
        write!(f, "{problem}")
    }
}

struct Hint<'a>(&'a [String]);

impl fmt::Display for Hint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => Ok(()),
            words => write!(f, "; did you mean `{}`?", words.join("` or `")),
        }
    }
}
