//! What a conversion leaves out, counted: nothing is dropped without a word.

use crate::model::vocabulary::Mode;
use crate::model::{Claim, Content};
use std::collections::BTreeMap;
use std::fmt;

/// What was left out, and how often; the names are those of the other format, as
/// `itemReviewed.author.image`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut(BTreeMap<String, usize>);

impl LeftOut {
    /// Counts one more of these.
    pub(super) fn add(&mut self, what: impl Into<String>) {
        self.add_all(what, 1);
    }

    /// Counts more of these, or none.
    pub(super) fn add_all(&mut self, what: impl Into<String>, times: usize) {
        if times > 0 {
            *self.0.entry(what.into()).or_default() += times;
        }
    }

    /// Counts what a claim says in fields that only the model has.
    pub(super) fn add_structure(&mut self, claim: &Claim) {
        let content = match &claim.content {
            Content::Figure(_) => Some("figures of claims"),
            Content::Norm(_) => Some("norms of claims"),
            Content::Event => Some("types of claims"),
            Content::Statement => None,
        };
        let fields = [
            ("kinds of claims", claim.kind.is_some()),
            ("actions of claims", claim.action.is_some()),
            ("states of claims", claim.state.is_some()),
            ("times of claims", claim.when.is_some()),
            ("modes of claims", claim.mode != Mode::Fact),
            ("likelihoods of claims", claim.likelihood.is_some()),
            ("confidences of claims", claim.confidence.is_some()),
        ];
        for (name, _) in fields.into_iter().filter(|(_, is_told)| *is_told) {
            self.add(name);
        }
        content.into_iter().for_each(|name| self.add(name));
    }

    /// Counts what another conversion left out.
    pub fn merge(&mut self, other: Self) {
        for (what, times) in other.0 {
            self.add_all(what, times);
        }
    }

    /// Whether all was carried over.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (what, times)) in self.0.iter().enumerate() {
            let separator = if index == 0 { "left out: " } else { ", " };
            write!(f, "{separator}{what} ({times})")?;
        }
        Ok(())
    }
}
