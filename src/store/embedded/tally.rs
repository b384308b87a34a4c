//! Claims counted by groups.

use super::groups::{Groups, MISSING, Values, elements_of_row, keyed, number};
use super::postings::Postings;
use super::question::{Found, Question};
use super::segment::Spans;
use super::view::{Part, View};
use crate::plan::{GroupKey, SPANNING, Selection, Span, Truth};
use crate::store::error::ReadError;
use crate::store::{Budget, Tally};
use std::sync::Arc;

impl View {
    /// How many claims that a selection finds fall into each group. A claim with several values of
    /// a key counts once in the group of each; one without any counts in the group of `None`.
    pub(super) fn tally(
        &self,
        selection: &Selection,
        keys: &[GroupKey],
        max_groups: usize,
        budget: &Budget,
    ) -> Result<Tally, ReadError> {
        let mut groups = Groups::new(keys.len(), max_groups);
        budget.check()?;
        let end = self.claims_at(selection.at);
        let question = Question::new(selection, self);
        for part in self.parts.iter().filter(|part| part.base < end) {
            budget.check()?;
            self.tally_part(part, &question.ask(part, end), keys, &mut groups)?;
        }
        for (index, truth) in self.tail.hits(selection, end) {
            let row = &self.tail.rows[index as usize].row;
            groups.add(|key, values, elements| elements_of_row(&keys[key], row, values, elements), truth)?;
        }
        Ok(groups.finish())
    }

    fn tally_part(
        &self,
        part: &Part,
        found: &Found<'_>,
        keys: &[GroupKey],
        groups: &mut Groups,
    ) -> Result<(), ReadError> {
        let mut columns: Vec<Column<'_>> = keys.iter().map(|key| Column::new(key, part, self)).collect();
        if let [column] = &mut columns[..]
            && let Some(postings) = column.postings
        {
            return column.tally(postings, found, groups);
        }
        let mut result = Ok(());
        found.rows.for_each(|row| {
            if result.is_ok() {
                let elements_of = |key: usize, values: &mut Values, elements: &mut Vec<u32>| {
                    columns[key].elements(row, values, elements);
                };
                result = groups.add(elements_of, found.truth(row));
            }
        });
        result
    }
}

/// One group key, asked of the rows of one part.
struct Column<'a> {
    key: &'a GroupKey,
    part: &'a Part,
    view: &'a View,
    /// Where the key is of terms: the rows' codes.
    postings: Option<&'a Postings>,
    /// For each of those codes, the numbers of its values, once it was met.
    values_of_code: Vec<Option<Box<[u32]>>>,
    /// Where the key is of intervals that rows hold: those, and for each of their distinct ends the
    /// number of the value of a row that has this end alone, once it was met.
    spans: Option<(&'a Spans, [Vec<Option<u32>>; 2])>,
    /// The last interval of a commit, and the number of its value: neighbours are often alike.
    last_span: Option<(Span, u32)>,
}

impl<'a> Column<'a> {
    fn new(key: &'a GroupKey, part: &'a Part, view: &'a View) -> Self {
        let postings = match key {
            GroupKey::Term(field) | GroupKey::Keyed(field, _) | GroupKey::Mapped(field, _) => {
                part.segment.postings(*field as usize)
            }
            GroupKey::Part(..) | GroupKey::Number(_) => None,
        };
        let codes = postings.map_or(0, |postings| postings.codes().len());
        let spans = match key {
            GroupKey::Part(field, _) | GroupKey::Number(field) => part.segment.spans(*field),
            GroupKey::Term(_) | GroupKey::Keyed(..) | GroupKey::Mapped(..) => None,
        };
        let spans = spans
            .map(|spans| (spans, [spans.low(), spans.high()].map(|ends| vec![None; ends.distinct().len()])));
        Self { key, part, view, postings, values_of_code: vec![None; codes], spans, last_span: None }
    }

    /// Counts rows by this key alone, which is of terms: by codes first, so that a value is looked
    /// up once for each.
    fn tally(
        &mut self,
        postings: &Postings,
        found: &Found<'_>,
        groups: &mut Groups,
    ) -> Result<(), ReadError> {
        let several = postings.rows_with_others();
        let all = postings.count_first(&found.rows.clone().minus(&several));
        let sure = match &found.sure {
            Some(sure) => postings.count_first(&sure.clone().minus(&several)),
            None => all.clone(),
        };
        for (index, (all, sure)) in all.into_iter().zip(sure).enumerate().filter(|(_, (all, _))| *all > 0) {
            let numbers = match index.checked_sub(1) {
                Some(index) => self.of_code(index, groups.values(0)),
                None => &[],
            };
            let numbers = if numbers.is_empty() { &[MISSING] } else { numbers };
            for &number in numbers {
                groups.count_number(number, Truth::Sure, sure)?;
                groups.count_number(number, Truth::Possible, all - sure)?;
            }
        }
        let mut result = Ok(());
        several.and(found.rows.clone()).for_each(|row| {
            if result.is_ok() {
                let elements = |_, values: &mut Values, elements: &mut Vec<u32>| {
                    self.elements(row, values, elements);
                };
                result = groups.add(elements, found.truth(row));
            }
        });
        result
    }

    /// Appends the numbers of a row's values, each once.
    fn elements(&mut self, row: u16, values: &mut Values, elements: &mut Vec<u32>) {
        match self.key {
            GroupKey::Part(..) | GroupKey::Number(_) if self.spans.is_some() => {
                elements.extend(self.of_row(row, values));
            }
            GroupKey::Part(field, _) | GroupKey::Number(field) => {
                elements
                    .extend(self.part.span(*field, row, self.view).map(|span| self.of_span(span, values)));
            }
            GroupKey::Term(_) | GroupKey::Keyed(..) | GroupKey::Mapped(..) => {
                let Some(postings) = self.postings else { return };
                let Some(first) = postings.first(row) else { return };
                elements.extend_from_slice(self.of_code(first, values));
                let mut has_others = false;
                for other in postings.others(row) {
                    elements.extend_from_slice(self.of_code(other, values));
                    has_others = true;
                }
                if has_others && matches!(self.key, GroupKey::Mapped(..)) {
                    elements.sort_unstable();
                    elements.dedup();
                }
            }
        }
    }

    /// The numbers of the values of the code of this index.
    fn of_code(&mut self, index: usize, values: &mut Values) -> &[u32] {
        let code = self.postings.map_or(0, |postings| postings.codes()[index]);
        let term = self.view.dictionary.text(code);
        self.values_of_code[index].get_or_insert_with(|| match self.key {
            GroupKey::Term(_) => [values.number(term)].into(),
            GroupKey::Keyed(_, key) => {
                keyed(term, key).map(|value| values.number(value)).into_iter().collect()
            }
            GroupKey::Mapped(_, map) => mapped(map.get(term), values),
            GroupKey::Part(..) | GroupKey::Number(_) => [].into(),
        })
    }

    /// The number of the value of a row's interval, found from its ends: they are few.
    fn of_row(&mut self, row: u16, values: &mut Values) -> Option<u32> {
        let (spans, numbers) = self.spans.as_mut()?;
        let [low, high] = [(spans.low(), 0), (spans.high(), 1)].map(|(ends, end)| {
            let rank = ends.rank(row)?;
            let number = || {
                let end = ends.distinct()[rank];
                values.number_of_end(end, || value(self.key, Span::point(end)))
            };
            Some(*numbers[end][rank].get_or_insert_with(number))
        });
        // An interval lies in one part if its ends do; and it is a number if they are the same.
        Some(if low? == high? { low? } else { values.number(SPANNING) })
    }

    fn of_span(&mut self, span: Span, values: &mut Values) -> u32 {
        match self.last_span {
            Some((last, number)) if last == span => number,
            _ => self.last_span.insert((span, values.number(&value(self.key, span)))).1,
        }
    }
}

/// The value of an interval, for the keys that are of intervals.
fn value(key: &GroupKey, span: Span) -> String {
    if let GroupKey::Part(_, part) = key { part.of(span) } else { number(span) }
}

/// The numbers of the values that a term is mapped to, each once.
fn mapped(texts: Option<&Vec<Arc<str>>>, values: &mut Values) -> Box<[u32]> {
    let mut numbers: Vec<u32> = texts.into_iter().flatten().map(|text| values.number(text)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers.into()
}
