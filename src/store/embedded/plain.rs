//! Rows that no index holds, asked as claims are: those of the registry's items, which are few.

use super::groups::{Groups, elements_of_row};
use super::order::{Gathering, Order, RowRef};
use crate::plan::{Filter, GroupKey, OrderKey, Row};
use crate::store::error::ReadError;
use crate::store::{Hit, Page, Position, Tally, Totals};

/// Rows in the order of the ledger; a row's position is its index.
#[derive(Clone, Debug, Default)]
pub struct Rows(pub Vec<Row>);

impl Rows {
    /// The first `limit` rows (at least one) that match, in this order, after the one at `after`;
    /// without keys of an order the newest come first.
    pub fn select(&self, filter: &Filter, order: &[OrderKey], after: Option<Position>, limit: usize) -> Page {
        let limit = limit.max(1);
        if order.is_empty() {
            let before = after.map_or(u64::MAX, |after| after.0);
            let mut hits: Vec<Hit> = self
                .hits(filter)
                .filter(|hit| hit.position.0 < before)
                .take(limit.saturating_add(1))
                .collect();
            let more = hits.len() > limit;
            hits.truncate(limit);
            return Page { hits, more };
        }
        let order = Order::of_plain(order);
        let row = |position: Position| self.0.get(usize::try_from(position.0).ok()?).map(RowRef::Plain);
        let after = after.and_then(|after| Some((row(after)?, after)));
        let mut gathering = Gathering::new(&order, after, limit);
        for hit in self.hits(filter) {
            gathering.add(row(hit.position).expect("it was found there"), hit);
        }
        gathering.finish()
    }

    /// How many rows match.
    pub fn count(&self, filter: &Filter) -> Totals {
        let mut totals = Totals::default();
        self.hits(filter).for_each(|hit| totals.add(hit.truth, 1));
        totals
    }

    /// How many rows that match fall into each group.
    ///
    /// # Errors
    /// There are more groups than `max_groups`.
    pub fn tally(&self, filter: &Filter, keys: &[GroupKey], max_groups: usize) -> Result<Tally, ReadError> {
        let mut groups = Groups::new(keys.len(), max_groups);
        for row in &self.0 {
            if let Some(truth) = filter.grade(row) {
                groups
                    .add(|key, values, elements| elements_of_row(&keys[key], row, values, elements), truth)?;
            }
        }
        Ok(groups.finish())
    }

    /// The rows that match, newest first.
    fn hits(&self, filter: &Filter) -> impl Iterator<Item = Hit> {
        let graded = self.0.iter().enumerate().rev().map(move |(index, row)| (index, filter.grade(row)));
        graded.filter_map(|(index, truth)| Some(Hit { position: Position(index as u64), truth: truth? }))
    }
}
