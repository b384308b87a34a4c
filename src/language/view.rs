//! The computed views: what each reads, and the columns that its rows can be sorted by.

use super::attributes::ItemTypes;
use crate::model::vocabulary::ClaimType;
use std::fmt;

/// A computed view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    /// What the figures about a subject come to, from the lowest to the highest.
    Envelope,
    /// The last word about each subject.
    Latest,
    /// The sum of what was counted in incidents.
    Total,
    /// Claims that cannot all be true.
    Conflicts,
    /// How many independent origins say so.
    Corroboration,
    /// What followed what.
    Timeline,
    /// Claims that, if they hold, break a norm.
    Breaches,
    /// What changed as a claim was passed on.
    Drift,
}

impl View {
    /// Every view, in the order of the documentation.
    pub const ALL: [Self; 8] = [
        Self::Envelope,
        Self::Latest,
        Self::Total,
        Self::Conflicts,
        Self::Corroboration,
        Self::Timeline,
        Self::Breaches,
        Self::Drift,
    ];

    /// Its keyword.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Envelope => "envelope",
            Self::Latest => "latest",
            Self::Total => "total",
            Self::Conflicts => "conflicts",
            Self::Corroboration => "corroboration",
            Self::Timeline => "timeline",
            Self::Breaches => "breaches",
            Self::Drift => "drift",
        }
    }

    /// The view of this keyword, in any ASCII case.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.as_str().eq_ignore_ascii_case(word))
    }

    /// What it answers, in a few words.
    pub const fn help(self) -> &'static str {
        match self {
            Self::Envelope => "from the lowest to the highest figure about each subject",
            Self::Latest => "the last word about each subject",
            Self::Total => "the sum of what was counted in incidents",
            Self::Conflicts => "claims that cannot all be true",
            Self::Corroboration => "how many independent origins say so",
            Self::Timeline => "what followed what",
            Self::Breaches => "claims that, if they hold, break a norm",
            Self::Drift => "what changed as a claim was passed on",
        }
    }

    /// Whether it says something about items of these types.
    pub(super) fn is_about(self, types: ItemTypes) -> bool {
        types.claim_types().any(|asked| self.reads().contains(&asked))
    }

    /// The types of claims that it says something about.
    pub const fn reads(self) -> &'static [ClaimType] {
        match self {
            Self::Envelope | Self::Total => &[ClaimType::Figure],
            Self::Timeline | Self::Breaches => &[ClaimType::Figure, ClaimType::Event],
            Self::Latest | Self::Conflicts | Self::Corroboration | Self::Drift => ClaimType::ALL,
        }
    }

    /// The columns of its own that its rows can be sorted by; group keys go beside them.
    pub const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Envelope => &["low", "high", "claims", "origins"],
            Self::Latest => &["low", "high", "when", "said", "claims"],
            Self::Total => &["low", "high", "incidents"],
            Self::Conflicts => &["kind", "truth"],
            Self::Corroboration => &["sure", "possible", "documents", "relays"],
            Self::Timeline => &[],
            Self::Breaches => &["norm", "truth"],
            Self::Drift => &["from", "to"],
        }
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
