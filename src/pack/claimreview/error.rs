//! What can be wrong with a file of ClaimReviews, as facts; the words stand in `Display`.

use super::read::MAX_TEXT_BYTES;
use crate::pack::error::Lines;
use std::fmt;
use std::io;
use std::path::Path as FilePath;
use std::sync::Arc;

/// Why a file of ClaimReviews could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReviewsError {
    /// The file could not be read.
    #[error("cannot read {}: {source}", file.display())]
    Unreadable {
        /// The file.
        file: Arc<FilePath>,
        /// The system's reason.
        source: io::Error,
    },
    /// What is wrong with it, in its order.
    #[error("{}", Lines(.0))]
    Refused(Vec<ReviewFault>),
}

/// One thing that is wrong with a file of ClaimReviews.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewFault {
    /// The file.
    pub file: Arc<FilePath>,
    /// The line, from 1: of the JSON text that the review stands in, or of what is no JSON.
    pub line: usize,
    /// The property, as `@graph[3].claimReviewed`; empty for the text as a whole.
    pub path: String,
    /// What is wrong there.
    pub problem: ReviewProblem,
}

/// What is wrong at one place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReviewProblem {
    /// The text is not JSON.
    #[error("not JSON: {message}")]
    NotJson {
        /// The parser's reason.
        message: String,
    },
    /// A text goes on and on.
    #[error(
        "the JSON text that begins here is longer than {} MiB: write each review on a line of its own",
        MAX_TEXT_BYTES >> 20
    )]
    Endless,
    /// No ClaimReview stands in the file.
    #[error(
        "no ClaimReview stands here; it is looked for in lists, in `@graph`, in a feed's `dataFeedElement` and its \
         `item`, in `itemListElement` and in `mainEntity`"
    )]
    NoReview,
    /// A property that must be there is not.
    #[error("`{property}` is missing")]
    Missing {
        /// Its name.
        property: &'static str,
    },
}

impl fmt::Display for ReviewFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, path, problem } = self;
        write!(f, "{}:{line}: ", file.display())?;
        if !path.is_empty() {
            write!(f, "{path}: ")?;
        }
        write!(f, "{problem}")
    }
}
