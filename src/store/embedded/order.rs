//! The order of answers.

use super::view::{Part, View};
use crate::plan::{Field, OrderBy, OrderKey, Row, SpanField, Truth};
use crate::store::{Hit, Page, Position};
use std::cmp::Ordering;
use std::collections::HashMap;

/// A row, wherever it stands.
#[derive(Clone, Copy, Debug)]
pub(super) enum RowRef<'a> {
    /// In no index.
    Plain(&'a Row),
    /// In a part of the index, by its row there.
    Indexed(&'a Part, u16),
}

/// An order, ready to be asked of rows.
pub(super) struct Order<'a> {
    keys: &'a [OrderKey],
    /// For indexed rows: the view that they are of, and for each key that ranks terms the ranks of
    /// the terms' codes.
    indexed: Option<(&'a View, Vec<HashMap<u32, i64>>)>,
}

impl<'a> Order<'a> {
    /// Makes an order of plain rows ready. There is at least one key.
    pub(super) fn of_plain(keys: &'a [OrderKey]) -> Self {
        Self { keys, indexed: None }
    }

    /// Makes an order of a view's rows ready. There is at least one key.
    pub(super) fn of_view(keys: &'a [OrderKey], view: &'a View) -> Self {
        let ranks = |key: &OrderKey| match &key.by {
            OrderBy::Ranked(_, ranks) => {
                let coded =
                    ranks.iter().filter_map(|(term, rank)| Some((view.dictionary.code(term)?, *rank)));
                coded.collect()
            }
            OrderBy::Id | OrderBy::Term(_) | OrderBy::Span(_) | OrderBy::Value => HashMap::new(),
        };
        Self { keys, indexed: Some((view, keys.iter().map(ranks).collect())) }
    }

    fn key(&self, index: usize, row: RowRef<'a>) -> Key<'a> {
        match (row, &self.indexed) {
            (RowRef::Plain(row), _) => Key::of_row(&self.keys[index].by, row),
            (RowRef::Indexed(part, row), Some((view, ranks))) => {
                Key::of_indexed(&self.keys[index].by, part, row, view, &ranks[index])
            }
            // An order made for plain rows is not asked for others.
            (RowRef::Indexed(..), None) => Key::Missing,
        }
    }

    fn candidate(&self, row: RowRef<'a>, hit: Hit) -> Candidate<'a> {
        Candidate { first: self.key(0, row), row, hit }
    }

    fn compare(&self, a: &Candidate<'a>, b: &Candidate<'a>) -> Ordering {
        let first = a.first.compare(b.first, self.keys[0].descending);
        let others = (1..self.keys.len())
            .map(|index| self.key(index, a.row).compare(self.key(index, b.row), self.keys[index].descending));
        std::iter::once(first)
            .chain(others)
            .find(|ordering| ordering.is_ne())
            .unwrap_or_else(|| b.hit.position.cmp(&a.hit.position))
    }
}

/// What a row is ordered by, for one key of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key<'a> {
    /// A text, bytewise.
    Text(&'a str),
    /// Two numbers, the first one first.
    Numbers(i64, i64),
    /// The row does not have it.
    Missing,
}

impl<'a> Key<'a> {
    /// What a plain row is ordered by.
    pub(super) fn of_row(by: &OrderBy, row: &'a Row) -> Self {
        match by {
            OrderBy::Id => Self::Text(row.id()),
            OrderBy::Term(field) => row.terms(*field).first().map_or(Self::Missing, |term| Self::Text(term)),
            OrderBy::Ranked(field, ranks) => {
                Self::of_number(row.terms(*field).first().and_then(|term| ranks.get(term)).copied())
            }
            OrderBy::Span(field) => {
                row.span(*field).map_or(Self::Missing, |span| Self::Numbers(span.low(), span.high()))
            }
            OrderBy::Value => {
                Self::of_value(row.best(), row.span(SpanField::Value).map(|s| (s.low(), s.high())))
            }
        }
    }

    /// What an indexed row is ordered by; `ranks` are those of the codes, if the key ranks terms.
    fn of_indexed(by: &OrderBy, part: &'a Part, row: u16, view: &'a View, ranks: &HashMap<u32, i64>) -> Self {
        let segment = &part.segment;
        let code = |field: Field| {
            let postings = segment.postings(field as usize)?;
            Some(postings.codes()[postings.first(row)?])
        };
        match by {
            OrderBy::Id => Self::Text(segment.id(row)),
            OrderBy::Term(field) => {
                code(*field).map_or(Self::Missing, |code| Self::Text(view.dictionary.text(code)))
            }
            OrderBy::Ranked(field, _) => {
                Self::of_number(code(*field).and_then(|code| ranks.get(&code)).copied())
            }
            OrderBy::Span(field) => {
                let span = part.span(*field, row, view);
                span.map_or(Self::Missing, |span| Self::Numbers(span.low(), span.high()))
            }
            OrderBy::Value => {
                let span = part.span(SpanField::Value, row, view);
                Self::of_value(segment.best(row), span.map(|span| (span.low(), span.high())))
            }
        }
    }

    /// A number, or nothing.
    pub(super) fn of_number(number: Option<i64>) -> Self {
        number.map_or(Self::Missing, |number| Self::Numbers(number, 0))
    }

    /// A figure's best estimate, else its low end; then its high end.
    pub(super) fn of_value(best: Option<i64>, ends: Option<(i64, i64)>) -> Self {
        match (best, ends) {
            (Some(best), ends) => Self::Numbers(best, ends.map_or(best, |(_, high)| high)),
            (None, Some((low, high))) => Self::Numbers(low, high),
            (None, None) => Self::Missing,
        }
    }

    /// How two rows' keys are ordered; missing ones come last, descending too.
    pub(super) fn compare(self, other: Self, descending: bool) -> Ordering {
        let ordering = match (self, other) {
            (Self::Missing, Self::Missing) => return Ordering::Equal,
            (Self::Missing, _) => return Ordering::Greater,
            (_, Self::Missing) => return Ordering::Less,
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Numbers(a, b), Self::Numbers(c, d)) => (a, b).cmp(&(c, d)),
            // One key of an order makes keys of one sort.
            (Self::Text(_), Self::Numbers(..)) => Ordering::Less,
            (Self::Numbers(..), Self::Text(_)) => Ordering::Greater,
        };
        if descending { ordering.reverse() } else { ordering }
    }
}

/// A row that was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate<'a> {
    /// What it is ordered by first.
    first: Key<'a>,
    row: RowRef<'a>,
    hit: Hit,
}

/// The first rows of an order, gathered from all rows in any order of theirs.
pub(super) struct Gathering<'a> {
    order: &'a Order<'a>,
    /// Rows that come after this one are asked for.
    after: Option<Candidate<'a>>,
    limit: usize,
    gathered: Vec<Candidate<'a>>,
    /// The last of as many rows as are asked for, once there were so many.
    last: Option<Candidate<'a>>,
    dropped: bool,
}

impl<'a> Gathering<'a> {
    /// Gathers at most `limit` rows that come after the row `after`.
    pub(super) fn new(order: &'a Order<'a>, after: Option<(RowRef<'a>, Position)>, limit: usize) -> Self {
        let after = after.map(|(row, position)| order.candidate(row, Hit { position, truth: Truth::Sure }));
        Self { order, after, limit, gathered: Vec::new(), last: None, dropped: false }
    }

    /// Adds a row.
    pub(super) fn add(&mut self, row: RowRef<'a>, hit: Hit) {
        let candidate = self.order.candidate(row, hit);
        let comes_after = |other: &Candidate<'_>| self.order.compare(&candidate, other).is_gt();
        if !self.after.as_ref().is_none_or(comes_after) {
            return;
        }
        if self.last.as_ref().is_some_and(comes_after) {
            self.dropped = true;
            return;
        }
        self.gathered.push(candidate);
        // Cutting at twice the limit makes the whole linear in the number of rows.
        if self.gathered.len() >= self.limit.saturating_mul(2) {
            self.cut();
        }
    }

    fn cut(&mut self) {
        let (_, last, _) =
            self.gathered.select_nth_unstable_by(self.limit - 1, |a, b| self.order.compare(a, b));
        self.last = Some(*last);
        self.dropped |= self.gathered.len() > self.limit;
        self.gathered.truncate(self.limit);
    }

    /// The rows, in order, and whether there are others.
    pub(super) fn finish(mut self) -> Page {
        if self.gathered.len() > self.limit {
            self.cut();
        }
        self.gathered.sort_unstable_by(|a, b| self.order.compare(a, b));
        Page { hits: self.gathered.into_iter().map(|candidate| candidate.hit).collect(), more: self.dropped }
    }
}
