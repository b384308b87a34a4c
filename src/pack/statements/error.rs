//! What can be wrong with a file of statements, as facts; the words stand in `Display`.

use super::row::{MAX_GROUP_BYTES, MAX_NAME_CHARS, MAX_STATEMENTS};
use crate::pack::MAX_ROW_BYTES;
use crate::pack::error::Lines;
use std::fmt;
use std::io;
use std::path::Path as FilePath;
use std::sync::Arc;

/// Faults that are told of one file.
pub(super) const MAX_FAULTS: usize = 100;

/// Why a file of statements could not be read.
#[derive(Debug, thiserror::Error)]
pub enum StatementsError {
    /// The file could not be read.
    #[error("cannot read {}: {source}", file.display())]
    Unreadable {
        /// The file.
        file: Arc<FilePath>,
        /// The system's reason.
        source: io::Error,
    },
    /// Rows that are no statements; the first hundred, in the order of the file.
    #[error("{}{}", Lines(.0), Rest(.0.len()))]
    Refused(Vec<StatementFault>),
}

/// One thing that is wrong with a file of statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementFault {
    /// The file.
    pub file: Arc<FilePath>,
    /// The line on which the row begins, from 1.
    pub line: u64,
    /// What is wrong there.
    pub problem: StatementProblem,
}

/// What is wrong with a row of statements.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementProblem {
    /// The heading lacks columns.
    #[error(
        "these are no FollowTheMoney statements: the heading has no column `{}`; `ftm statements -f csv` writes one",
        missing.join("`, `")
    )]
    NoColumn {
        /// The names of the columns.
        missing: Vec<&'static str>,
    },
    /// No CSV, or not UTF-8.
    #[error("{message}")]
    Csv {
        /// The parser's reason.
        message: String,
    },
    /// A row goes on and on.
    #[error("the row is longer than {MAX_ROW_BYTES} bytes: is a quote not closed?")]
    Endless,
    /// More statements of one entity than are held in memory.
    #[error(
        "with this row, `{canonical_id}` has more than {MAX_STATEMENTS} statements, or {} MiB of them: is the file \
         damaged?",
        MAX_GROUP_BYTES >> 20
    )]
    TooMany {
        /// The entity.
        canonical_id: String,
    },
    /// A cell that must not be empty is.
    #[error("`{column}` is empty")]
    Empty {
        /// The column.
        column: &'static str,
    },
    /// A name that is none.
    #[error(
        "`{column}` is no name: those are on one line, without blanks around them, of at most {MAX_NAME_CHARS} characters"
    )]
    NotAName {
        /// The column.
        column: &'static str,
    },
    /// Statements of one entity stand apart.
    #[error(
        "statements of `{canonical_id}` stand above too, with those of others between; sort the rows by canonical_id"
    )]
    Apart {
        /// The entity.
        canonical_id: String,
    },
    /// The file changed between its first and its second reading.
    #[error("the file changed while it was read")]
    Changed,
}

impl fmt::Display for StatementFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.problem)
    }
}

/// That more may be wrong than is told.
struct Rest(usize);

impl fmt::Display for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < MAX_FAULTS {
            return Ok(());
        }
        write!(f, "\nno more than these {MAX_FAULTS} faults are told")
    }
}
