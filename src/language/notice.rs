//! Remarks on an answer that is right as it stands.

use super::ast::TextSpan;
use crate::plan::Filter;

/// What a reader of the answer should know, if it turns out to be so.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// The opposite of a condition on a many-valued attribute also matches rows without the
    /// attribute. It is so if rows of the result satisfy the filter.
    MatchedByAbsence {
        /// The predicate's place.
        at: TextSpan,
        /// The attribute.
        attribute: String,
        /// The rows without the attribute.
        filter: Filter,
    },
    /// A name or free value may never have been recorded. It is so if no row of the whole ledger, hidden
    /// ones included, satisfies the filter.
    NeverSeen {
        /// The predicate's place.
        at: TextSpan,
        /// The attribute.
        attribute: String,
        /// The rows with such a value.
        filter: Filter,
        /// Whether the attribute can be searched by words instead.
        has_words: bool,
    },
    /// Values are compared and no unit is named. It is so if the rows of the result have several
    /// units.
    SeveralUnits {
        /// The place where values are first compared.
        at: TextSpan,
    },
    /// A condition, order or column is about versions of what is not a claim, of which a query sees the
    /// newest alone. It is so if rows of the ledger satisfy the filter.
    NewestAlone {
        /// The place where versions are first mentioned.
        at: TextSpan,
        /// The rows that have an earlier version.
        filter: Filter,
    },
}
