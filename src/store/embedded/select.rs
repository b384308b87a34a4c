//! Pages and totals.

use super::order::{Gathering, Order, RowRef};
use super::question::Question;
use super::view::View;
use crate::plan::{OrderKey, Selection, Truth};
use crate::store::error::ReadError;
use crate::store::{Budget, Hit, Page, Position, Totals};

impl View {
    /// The first `limit` claims (at least one) that a selection finds, in this order, after the
    /// claim at position `after` if one is given.
    ///
    /// Without keys of an order the newest in the ledger come first; so do claims that the keys
    /// leave tied.
    pub(super) fn select(
        &self,
        selection: &Selection,
        order: &[OrderKey],
        after: Option<Position>,
        limit: usize,
        budget: &Budget,
    ) -> Result<Page, ReadError> {
        if let Some(Position(position)) = after
            && position >= self.claims()
        {
            return Err(ReadError::NoSuchPosition { position });
        }
        let limit = limit.max(1);
        if order.is_empty() {
            self.select_newest(selection, after, limit, budget)
        } else {
            self.select_ordered(selection, order, after, limit, budget)
        }
    }

    fn select_newest(
        &self,
        selection: &Selection,
        after: Option<Position>,
        limit: usize,
        budget: &Budget,
    ) -> Result<Page, ReadError> {
        budget.check()?;
        let end = self.claims_at(selection.at);
        let before = after.map_or(end, |after| end.min(after.0));
        let mut page = Page::default();
        for (index, truth) in self.tail.hits(selection, before) {
            if page.hits.len() == limit {
                page.more = true;
                return Ok(page);
            }
            page.hits.push(Hit { position: Position(self.tail.base + u64::from(index)), truth });
        }
        let question = Question::new(selection, self);
        for part in self.parts.iter().rev().filter(|part| part.base < before) {
            budget.check()?;
            let found = question.ask(part, before);
            for row in found.rows.descending() {
                if page.hits.len() == limit {
                    page.more = true;
                    return Ok(page);
                }
                let position = Position(part.base + u64::from(row));
                page.hits.push(Hit { position, truth: found.truth(row) });
            }
        }
        Ok(page)
    }

    fn select_ordered(
        &self,
        selection: &Selection,
        order: &[OrderKey],
        after: Option<Position>,
        limit: usize,
        budget: &Budget,
    ) -> Result<Page, ReadError> {
        let order = Order::of_view(order, self);
        let after = after.and_then(|after| Some((self.row(after)?, after)));
        let mut gathering = Gathering::new(&order, after, limit);
        budget.check()?;
        let end = self.claims_at(selection.at);
        let question = Question::new(selection, self);
        for part in self.parts.iter().filter(|part| part.base < end) {
            budget.check()?;
            let found = question.ask(part, end);
            found.rows.for_each(|row| {
                let position = Position(part.base + u64::from(row));
                gathering.add(RowRef::Indexed(part, row), Hit { position, truth: found.truth(row) });
            });
        }
        for (index, truth) in self.tail.hits(selection, end) {
            let position = Position(self.tail.base + u64::from(index));
            gathering.add(RowRef::Plain(&self.tail.rows[index as usize].row), Hit { position, truth });
        }
        Ok(gathering.finish())
    }

    /// How many claims a selection finds.
    pub(super) fn count(&self, selection: &Selection, budget: &Budget) -> Result<Totals, ReadError> {
        budget.check()?;
        let mut totals = Totals::default();
        let end = self.claims_at(selection.at);
        for (_, truth) in self.tail.hits(selection, end) {
            totals.add(truth, 1);
        }
        let question = Question::new(selection, self);
        for part in self.parts.iter().filter(|part| part.base < end) {
            budget.check()?;
            let (sure, all) = question.ask(part, end).counts();
            totals.add(Truth::Sure, sure);
            totals.add(Truth::Possible, all - sure);
        }
        Ok(totals)
    }
}

impl Totals {
    /// Counts claims that match so.
    pub(super) fn add(&mut self, truth: Truth, claims: u64) {
        match truth {
            Truth::Sure => self.sure += claims,
            Truth::Possible => self.possible += claims,
        }
    }
}
