//! ClaimReviews of schema.org as JSON-LD: what fact-checkers found of which claims.
//! `docs/interchange.md` has the mapping.

mod error;
mod json;
mod names;
mod rating;
mod read;
mod write;

pub use error::{ReviewFault, ReviewProblem, ReviewsError};
pub use read::Reviews;
pub use write::ReviewsWriter;

#[cfg(test)]
mod tests;
