//! Remarks on an answer that is right as it stands.

use super::ast::TextSpan;
use crate::plan::Filter;

/// What a reader of the answer should know, if it turns out to be so.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// The opposite of a condition on a many-valued attribute also matches rows without the
    /// attribute. It is so if rows of the result satisfy the filter; their number is the count.
    MatchedByAbsence {
        /// The predicate's place.
        at: TextSpan,
        /// The attribute.
        attribute: String,
        /// The rows without the attribute.
        filter: Filter,
    },
    /// A free value may never have been recorded. It is so if no row of the whole ledger, hidden
    /// ones included, satisfies the filter.
    NeverSeen {
        /// The predicate's place.
        at: TextSpan,
        /// The attribute.
        attribute: String,
        /// The rows with such a value.
        filter: Filter,
    },
    /// Values are compared and no unit is named. It is so if the rows of the result have several
    /// units; their number is the count.
    SeveralUnits {
        /// The place where values are first compared.
        at: TextSpan,
    },
}

impl Notice {
    /// What it is about: stable, for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MatchedByAbsence { .. } => "MATCHED_BY_ABSENCE",
            Self::NeverSeen { .. } => "NEVER_SEEN",
            Self::SeveralUnits { .. } => "SEVERAL_UNITS",
        }
    }

    /// Where in the query it applies.
    pub const fn at(&self) -> TextSpan {
        match self {
            Self::MatchedByAbsence { at, .. } | Self::NeverSeen { at, .. } | Self::SeveralUnits { at } => *at,
        }
    }

    /// The remark, once it is known how many there are; nothing if there is nothing to say.
    pub fn text(&self, count: u64) -> Option<String> {
        match self {
            Self::MatchedByAbsence { attribute, .. } => match count {
                0 => None,
                1 => Some(format!("1 of the rows matches because it has no `{attribute}`")),
                _ => Some(format!("{count} of the rows match because they have no `{attribute}`")),
            },
            Self::NeverSeen { attribute, .. } => {
                (count == 0).then(|| format!("nothing in the ledger has such a value of `{attribute}`"))
            }
            Self::SeveralUnits { .. } => (count > 1).then(|| {
                format!(
                    "values in {count} units are compared as mere numbers: name a unit, as in `unit=person`"
                )
            }),
        }
    }
}
