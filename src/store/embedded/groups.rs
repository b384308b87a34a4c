//! Rows counted by the values of group keys.

use crate::plan::{GroupKey, KEY_SEPARATOR, Row, SPANNING, Span, Truth, key_number};
use crate::store::error::ReadError;
use crate::store::{Group, Tally, Totals};
use std::collections::HashMap;
use std::sync::Arc;

/// The number of the missing value, among those of a key.
pub(super) const MISSING: u32 = 0;

/// The values of one key that were met, numbered from 1.
#[derive(Debug, Default)]
pub(super) struct Values {
    numbers: HashMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
    /// Of the ends of intervals whose values were asked for.
    numbers_of_ends: HashMap<i64, u32>,
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

    /// The number of the value of an interval's end, which is made only once.
    pub(super) fn number_of_end(&mut self, end: i64, value: impl FnOnce() -> String) -> u32 {
        if let Some(&number) = self.numbers_of_ends.get(&end) {
            return number;
        }
        let number = self.number(&value());
        self.numbers_of_ends.insert(end, number);
        number
    }

    /// The value of a number; none of the missing one.
    fn text(&self, number: u32) -> Option<Arc<str>> {
        (number != MISSING).then(|| Arc::clone(&self.texts[number as usize - 1]))
    }
}

/// The groups that were met.
pub(super) struct Groups {
    values: Vec<Values>,
    /// With one key: by the number of its value; those that were not met are zero.
    by_number: Vec<Totals>,
    /// With several keys: by the numbers of their values.
    by_numbers: HashMap<Box<[u32]>, Totals>,
    /// How many were met.
    met: usize,
    max_groups: usize,
    /// The elements of the row being counted, by key.
    elements: Vec<Vec<u32>>,
}

impl Groups {
    /// No groups yet, of so many keys, and never more than so many.
    pub(super) fn new(keys: usize, max_groups: usize) -> Self {
        Self {
            values: std::iter::repeat_with(Values::default).take(keys).collect(),
            by_number: Vec::new(),
            by_numbers: HashMap::new(),
            met: 0,
            max_groups,
            elements: vec![Vec::new(); keys],
        }
    }

    /// The values of a key.
    pub(super) fn values(&mut self, key: usize) -> &mut Values {
        &mut self.values[key]
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
        if let [elements] = &elements[..] {
            elements.iter().try_for_each(|&number| self.count_number(number, truth, 1))?;
        } else {
            self.add_combinations(&elements, truth)?;
        }
        self.elements = elements;
        Ok(())
    }

    fn add_combinations(&mut self, elements: &[Vec<u32>], truth: Truth) -> Result<(), ReadError> {
        // Each combination of one element of each key, as the digits of a counter are.
        let mut digits = vec![0; elements.len()];
        let mut group = Vec::with_capacity(elements.len());
        loop {
            group.clear();
            group.extend(digits.iter().zip(elements).map(|(&digit, elements): (&usize, _)| elements[digit]));
            self.count_numbers(&group, truth)?;
            let Some(due) = (0..digits.len()).rev().find(|&key| digits[key] + 1 < elements[key].len()) else {
                return Ok(());
            };
            digits[due] += 1;
            digits[due + 1..].fill(0);
        }
    }

    /// Counts rows of the group of one key's value.
    pub(super) fn count_number(&mut self, number: u32, truth: Truth, rows: u64) -> Result<(), ReadError> {
        let index = number as usize;
        if self.by_number.len() <= index {
            self.by_number.resize(index + 1, Totals::default());
        }
        if self.by_number[index] == Totals::default() && rows > 0 {
            self.meet()?;
        }
        self.by_number[index].add(truth, rows);
        Ok(())
    }

    fn count_numbers(&mut self, group: &[u32], truth: Truth) -> Result<(), ReadError> {
        if let Some(totals) = self.by_numbers.get_mut(group) {
            totals.add(truth, 1);
            return Ok(());
        }
        self.meet()?;
        self.by_numbers.entry(group.into()).or_default().add(truth, 1);
        Ok(())
    }

    fn meet(&mut self) -> Result<(), ReadError> {
        if self.met == self.max_groups {
            return Err(ReadError::TooManyGroups { max: self.max_groups });
        }
        self.met += 1;
        Ok(())
    }

    /// The groups, in the order of a [`Tally`].
    pub(super) fn finish(self) -> Tally {
        let texts = |numbers: &[u32]| {
            numbers.iter().zip(&self.values).map(|(&number, values)| values.text(number)).collect()
        };
        let of_one_key = self.by_number.iter().zip(0..).filter(|(totals, _)| **totals != Totals::default());
        let of_one_key = of_one_key.map(|(&totals, number)| Group { keys: texts(&[number]), totals });
        let of_many = self.by_numbers.iter().map(|(numbers, &totals)| Group { keys: texts(numbers), totals });
        let mut groups: Vec<Group> = of_one_key.chain(of_many).collect();
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
