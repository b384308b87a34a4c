//! Claims counted by groups.

use super::view::View;
use crate::plan::{GroupKey, KEY_SEPARATOR, Row, SPANNING, Selection, Span, Truth, key_number};
use crate::store::error::ReadError;
use crate::store::{Budget, Group, Tally, Totals};
use std::collections::HashMap;
use std::sync::Arc;

impl View {
    /// How many claims that a selection finds fall into each group. A claim with several values of
    /// a key counts once in the group of each; one without any counts in the group of `None`.
    pub fn tally(
        &self,
        selection: &Selection,
        keys: &[GroupKey],
        max_groups: usize,
        budget: &Budget,
    ) -> Result<Tally, ReadError> {
        let mut groups = Groups::new(keys.len(), max_groups);
        budget.check()?;
        for (index, truth) in self.tail.hits(selection, self.claims_at(selection.at)) {
            let row = &self.tail.rows[index as usize].row;
            groups.add(|key, values, elements| elements_of_row(&keys[key], row, values, elements), truth)?;
        }
        Ok(groups.finish())
    }
}

/// The number of the missing value, among those of a key.
const MISSING: u32 = 0;

/// The values of one key that were met, numbered from 1.
#[derive(Debug, Default)]
pub(super) struct Values {
    numbers: HashMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
}

impl Values {
    /// The number of a value.
    pub(super) fn number(&mut self, text: &str) -> u32 {
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        let text: Arc<str> = text.into();
        self.texts.push(Arc::clone(&text));
        let number = u32::try_from(self.texts.len()).expect("fewer values than claims' terms");
        self.numbers.insert(text, number);
        number
    }

    fn text(&self, number: u32) -> Option<Arc<str>> {
        (number != MISSING).then(|| Arc::clone(&self.texts[number as usize - 1]))
    }
}

/// The groups that were met.
pub(super) struct Groups {
    values: Vec<Values>,
    totals: HashMap<Box<[u32]>, Totals>,
    max_groups: usize,
    /// The elements of the row being counted, by key.
    elements: Vec<Vec<u32>>,
}

impl Groups {
    pub(super) fn new(keys: usize, max_groups: usize) -> Self {
        Self {
            values: std::iter::repeat_with(Values::default).take(keys).collect(),
            totals: HashMap::new(),
            max_groups,
            elements: vec![Vec::new(); keys],
        }
    }

    /// Counts a row; `elements` appends the numbers of the row's values of a key, each once.
    pub(super) fn add(
        &mut self,
        mut elements_of: impl FnMut(usize, &mut Values, &mut Vec<u32>),
        truth: Truth,
    ) -> Result<(), ReadError> {
        let mut elements = std::mem::take(&mut self.elements);
        for (key, elements) in elements.iter_mut().enumerate() {
            elements.clear();
            elements_of(key, &mut self.values[key], elements);
            if elements.is_empty() {
                elements.push(MISSING);
            }
        }
        // Each combination of one element of each key, as the digits of a counter are.
        let mut digits = vec![0; elements.len()];
        let mut group = Vec::with_capacity(elements.len());
        loop {
            group.clear();
            group.extend(digits.iter().zip(&elements).map(|(&digit, elements): (&usize, _)| elements[digit]));
            self.count(&group, truth, 1)?;
            let Some(due) = (0..digits.len()).rev().find(|&key| digits[key] + 1 < elements[key].len()) else {
                break;
            };
            digits[due] += 1;
            digits[due + 1..].fill(0);
        }
        self.elements = elements;
        Ok(())
    }

    /// Counts rows of one group.
    fn count(&mut self, group: &[u32], truth: Truth, rows: u64) -> Result<(), ReadError> {
        if let Some(totals) = self.totals.get_mut(group) {
            totals.add(truth, rows);
            return Ok(());
        }
        if self.totals.len() == self.max_groups {
            return Err(ReadError::TooManyGroups { max: self.max_groups });
        }
        self.totals.entry(group.into()).or_default().add(truth, rows);
        Ok(())
    }

    pub(super) fn finish(self) -> Tally {
        let named =
            |group: &[u32]| group.iter().zip(&self.values).map(|(&n, values)| values.text(n)).collect();
        let mut groups: Vec<Group> =
            self.totals.iter().map(|(group, &totals)| Group { keys: named(group), totals }).collect();
        groups.sort_unstable_by(|a, b| {
            let counts = |group: &Group| (group.totals.sure, group.totals.possible);
            // Missing keys come last, as they do in orders.
            let keys =
                |group: &Group| group.keys.iter().map(|key| (key.is_none(), key.clone())).collect::<Vec<_>>();
            counts(b).cmp(&counts(a)).then_with(|| keys(a).cmp(&keys(b)))
        });
        Tally { groups }
    }
}

/// Appends the numbers of a plain row's values of a key, each once.
pub(super) fn elements_of_row(key: &GroupKey, row: &Row, values: &mut Values, elements: &mut Vec<u32>) {
    match key {
        GroupKey::Term(field) => elements.extend(row.terms(*field).iter().map(|term| values.number(term))),
        GroupKey::Keyed(field, key) => {
            let of_key = row.terms(*field).iter().filter_map(|term| keyed(term, key));
            elements.extend(of_key.map(|value| values.number(value)));
        }
        GroupKey::Mapped(field, map) => {
            let mapped = row.terms(*field).iter().filter_map(|term| map.get(term)).flatten();
            elements.extend(mapped.map(|value| values.number(value)));
            elements.sort_unstable();
            elements.dedup();
        }
        GroupKey::Part(field, part) => {
            elements.extend(row.span(*field).map(|span| values.number(&part.of(span))));
        }
        GroupKey::Number(field) => {
            elements.extend(row.span(*field).map(|span| values.number(&number(span))));
        }
    }
}

/// The value of a label's term, if the label has this key.
pub(super) fn keyed<'a>(term: &'a str, key: &str) -> Option<&'a str> {
    term.strip_prefix(key)?.strip_prefix(KEY_SEPARATOR)
}

/// The number that a span is a point of; [`SPANNING`] if it is none.
pub(super) fn number(span: Span) -> String {
    if span.low() == span.high() { key_number(span.low()).to_string() } else { SPANNING.into() }
}
