//! What the rows of views are sorted by, and how large they are.

use super::breaches::BreachRow;
use super::conflicts::ConflictRow;
use super::corroboration::CorroborationRow;
use super::drift::DriftRow;
use super::envelope::EnvelopeRow;
use super::latest::LatestRow;
use super::member::ClaimRef;
use super::slot::Slot;
use super::timeline::{TimelineEntry, TimelineRow};
use super::total::TotalRow;
use crate::plan::Truth;
use std::cmp::Ordering;

/// The row of a view.
pub trait Columns {
    /// What stands in one of [`crate::language::View::columns`]; none where nothing does.
    fn column(&self, name: &str) -> Option<Sortable>;

    /// About how many bytes it has when it is sent.
    fn weight(&self) -> usize;
}

/// What rows are sorted by.
#[derive(Clone, Debug, PartialEq)]
pub enum Sortable {
    /// A count, a time, a place in an order.
    Whole(i64),
    /// The end of an interval; not NaN.
    Number(f64),
    /// An id.
    Text(String),
}

impl Sortable {
    /// Compares values of one column, which are of one sort.
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Whole(_) | Self::Number(_) | Self::Text(_), _) => Ordering::Equal,
        }
    }
}

impl Columns for EnvelopeRow {
    fn column(&self, name: &str) -> Option<Sortable> {
        match name {
            "low" => Some(Sortable::Number(self.low)),
            "high" => self.high.map(Sortable::Number),
            "claims" => Some(whole(self.claims.0 + self.claims.1)),
            "origins" => Some(whole(self.origins)),
            _ => None,
        }
    }

    fn weight(&self) -> usize {
        ROW + self.subject.weight() + refs(&self.members)
    }
}

impl Columns for LatestRow {
    fn column(&self, name: &str) -> Option<Sortable> {
        let interval = || self.figure.as_ref().map(|figure| figure.quantity.interval());
        match name {
            "low" => interval().map(|interval| Sortable::Number(interval.low())),
            "high" => interval().map(|interval| Sortable::Number(interval.high())),
            "when" => self.when.as_ref().map(|when| Sortable::Whole(when.start().0)),
            "said" => self.said.as_ref().map(|said| Sortable::Whole(said.start().0)),
            "claims" => Some(whole(self.claims.0 + self.claims.1)),
            _ => None,
        }
    }

    fn weight(&self) -> usize {
        ROW + self.subject.weight() + refs(std::slice::from_ref(&self.claim))
    }
}

impl Columns for TotalRow {
    fn column(&self, name: &str) -> Option<Sortable> {
        match name {
            "low" => self.sum.map(|sum| Sortable::Number(sum.low())),
            "high" => self.sum.map(|sum| Sortable::Number(sum.high())),
            "incidents" => Some(Sortable::Whole(self.incidents.into())),
            _ => None,
        }
    }

    fn weight(&self) -> usize {
        let origins: usize = self.origins.iter().map(|id| id.as_str().len() + 2).sum();
        ROW + self.subject.weight() + origins + refs(&self.members)
    }
}

impl Columns for ConflictRow {
    fn column(&self, name: &str) -> Option<Sortable> {
        match name {
            "kind" => Some(Sortable::Whole(self.kind as i64)),
            "truth" => Some(truth(self.truth)),
            _ => None,
        }
    }

    fn weight(&self) -> usize {
        ROW + slots(&self.slots)
    }
}

impl Columns for CorroborationRow {
    fn column(&self, name: &str) -> Option<Sortable> {
        let (sure, possible) = self.origins;
        match name {
            "sure" => Some(Sortable::Whole(sure.into())),
            "possible" => Some(Sortable::Whole(possible.into())),
            "documents" => Some(Sortable::Whole(self.documents.into())),
            "relays" => Some(Sortable::Whole(self.relays.into())),
            _ => None,
        }
    }

    fn weight(&self) -> usize {
        ROW + refs(&self.supporters)
    }
}

impl Columns for TimelineRow {
    fn column(&self, _: &str) -> Option<Sortable> {
        None
    }

    fn weight(&self) -> usize {
        ROW + self.subject.weight() + self.entries.iter().map(TimelineEntry::weight).sum::<usize>()
    }
}

impl TimelineEntry {
    /// About how many bytes it has when it is sent.
    pub fn weight(&self) -> usize {
        ROW + refs(std::slice::from_ref(&self.claim))
    }
}

impl Columns for BreachRow {
    fn column(&self, name: &str) -> Option<Sortable> {
        match name {
            "norm" => Some(Sortable::Text(self.norm.to_string())),
            "truth" => Some(truth(self.truth)),
            _ => None,
        }
    }

    fn weight(&self) -> usize {
        let bearers: usize = self.bearers.iter().map(|id| id.as_str().len() + 2).sum();
        ROW + slots(&self.matched) + bearers + self.unless.as_ref().map_or(0, String::len)
    }
}

impl Columns for DriftRow {
    fn column(&self, name: &str) -> Option<Sortable> {
        match name {
            "from" => Some(Sortable::Text(self.from.id.to_string())),
            "to" => Some(Sortable::Text(self.to.id.to_string())),
            _ => None,
        }
    }

    fn weight(&self) -> usize {
        ROW + self.changes.iter().map(|change| change.before.len() + change.after.len() + 16).sum::<usize>()
    }
}

/// Claims that one row lists at the most when it is sent.
pub const MAX_LISTED: usize = 1_000;

/// What a row takes beside its lists.
const ROW: usize = 256;

fn refs(claims: &[ClaimRef]) -> usize {
    claims.iter().take(MAX_LISTED).map(|claim| claim.id.as_str().len() + 6).sum()
}

fn slots(slots: &[Slot]) -> usize {
    slots.iter().map(|slot| slot.name.len() + slot.first.len() + slot.second.len() + 8).sum()
}

fn whole(count: usize) -> Sortable {
    Sortable::Whole(i64::try_from(count).unwrap_or(i64::MAX))
}

/// What is sure comes first.
fn truth(truth: Truth) -> Sortable {
    Sortable::Whole(truth as i64)
}
