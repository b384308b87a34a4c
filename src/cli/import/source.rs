//! What is sent: items one by one, each with the place where it stands.

use crate::cli::Failure;
use crate::pack::mapping::{Drafts, Origin, Row, RowFault};
use crate::wire::pb;
use std::cell::RefCell;
use std::fmt;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

/// Where items come from. The same files give the same items in the same order each time, whatever the
/// ledger has by then: the numbers that they are sent with depend on it.
pub(super) trait Source<'m> {
    /// The next item; none at the end.
    fn next(&mut self) -> Result<Option<Read<'m>>, Failure>;

    /// Bytes that were read, as they stand in the files.
    fn progress(&self) -> u64;

    /// What else there is to tell once all is read; empty for nothing.
    fn notes(&self) -> String {
        String::new()
    }
}

/// What was read. Each has a number.
pub(super) enum Read<'m> {
    /// An item, and where it stands.
    Item(Place<'m>, Box<pb::LedgerItem>),
    /// An item that the ledger has, and that is left as it is there.
    Known,
    /// What is wrong with an item, or with several.
    Broken(Vec<Fault>),
}

/// Where an item stands.
pub(super) enum Place<'m> {
    /// A line of a file.
    Line { file: Arc<Path>, line: u64 },
    /// An item of several that begin on a line.
    Within { file: Arc<Path>, line: u64, path: String },
    /// A row of a table, and what of the mapping was made of it.
    Row { table: Rc<RefCell<Drafts<'m>>>, row: Rc<Row>, origin: Origin },
}

/// One thing that is wrong with an item.
pub(super) enum Fault {
    /// In a file of items.
    Line { file: Arc<Path>, line: u64, path: String, message: String },
    /// In a table.
    Row(RowFault),
}

impl Place<'_> {
    /// What is wrong with a field of the item, as the ledger names it: `claim.figure.best`.
    pub(super) fn fault(&self, field: &str, message: String) -> Fault {
        // Without what the item is, with the dot or bracket that follows.
        let below = field.find(['.', '[']).map_or("", |at| &field[at..]);
        match self {
            Self::Line { file, line } => {
                Fault::Line { file: Arc::clone(file), line: *line, path: field.to_owned(), message }
            }
            Self::Within { file, line, path } => {
                Fault::Line { file: Arc::clone(file), line: *line, path: format!("{path}{below}"), message }
            }
            Self::Row { table, row, origin } => {
                let field = below.strip_prefix('.').unwrap_or(below);
                Fault::Row(table.borrow().blame(row, origin, field, message))
            }
        }
    }
}

impl Fault {
    /// That an import ends at these.
    pub(super) fn stopped(faults: &[Self]) -> Failure {
        let told = faults.iter().map(ToString::to_string).collect();
        match faults {
            [Self::Row(RowFault { row, .. }), ..] => Failure::Stopped { faults: told, from: *row },
            _ => Failure::Refused(told),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line { file, line, path, message } => {
                let colon = if path.is_empty() { "" } else { ": " };
                write!(f, "{}:{line}: {path}{colon}{message}", file.display())
            }
            Self::Row(fault) => fault.fmt(f),
        }
    }
}
