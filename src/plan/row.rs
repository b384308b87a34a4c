//! A row: what a store can be asked about one item.

use super::{Field, Span, SpanField, Terms, WordField, terms};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What can be asked about one item. Fields that are absent are empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    id: Arc<str>,
    terms: Vec<(Field, Terms)>,
    spans: Vec<(SpanField, Span)>,
    words: Vec<(WordField, Terms)>,
    best: Option<i64>,
    retracted: bool,
}

impl Row {
    /// Begins a row with this id.
    pub fn builder(id: impl Into<Arc<str>>) -> RowBuilder {
        RowBuilder {
            id: id.into(),
            terms: BTreeMap::new(),
            spans: BTreeMap::new(),
            words: Vec::new(),
            best: None,
        }
    }

    /// The item's id.
    pub fn id(&self) -> &Arc<str> {
        &self.id
    }

    /// The field's terms, sorted, each once.
    pub fn terms(&self, field: Field) -> &[Arc<str>] {
        self.terms.binary_search_by_key(&field, |entry| entry.0).map_or(&[], |at| &self.terms[at].1)
    }

    /// The field's interval.
    pub fn span(&self, field: SpanField) -> Option<Span> {
        self.spans.binary_search_by_key(&field, |entry| entry.0).ok().map(|at| self.spans[at].1)
    }

    /// The field's words, sorted, each once.
    pub fn words(&self, field: WordField) -> &[Arc<str>] {
        self.words.iter().find(|entry| entry.0 == field).map_or(&[], |entry| &entry.1)
    }

    /// A figure's best estimate, as a [`number_key`].
    pub fn best(&self) -> Option<i64> {
        self.best
    }

    /// Whether the row is retracted at the revision that it is looked at.
    pub fn is_retracted(&self) -> bool {
        self.retracted
    }

    /// Every field that has terms, in the fields' order.
    pub fn all_terms(&self) -> &[(Field, Terms)] {
        &self.terms
    }

    /// Every field that has an interval, in the fields' order.
    pub fn all_spans(&self) -> &[(SpanField, Span)] {
        &self.spans
    }

    /// Every field that has words.
    pub fn all_words(&self) -> &[(WordField, Terms)] {
        &self.words
    }

    /// The row as it stands in the ledger: with what only the commit knows.
    #[must_use]
    pub fn committed(mut self, recorded: i64, revision: u64, version: u32) -> Self {
        let number = |n: u64| Span::point(number_key(n as f64));
        for (field, span) in [
            (SpanField::Recorded, Span::point(recorded)),
            (SpanField::Revision, number(revision)),
            (SpanField::Version, number(version.into())),
        ] {
            match self.spans.binary_search_by_key(&field, |entry| entry.0) {
                Ok(at) => self.spans[at].1 = span,
                Err(at) => self.spans.insert(at, (field, span)),
            }
        }
        self
    }

    /// The row, retracted or not.
    #[must_use]
    pub fn with_retracted(mut self, retracted: bool) -> Self {
        self.retracted = retracted;
        self
    }
}

/// Gathers a row's fields.
#[derive(Debug)]
pub struct RowBuilder {
    id: Arc<str>,
    terms: BTreeMap<Field, Vec<Arc<str>>>,
    spans: BTreeMap<SpanField, Span>,
    words: Vec<(WordField, Terms)>,
    best: Option<i64>,
}

impl RowBuilder {
    /// Adds terms to a field.
    pub fn terms<T: Into<Arc<str>>>(
        &mut self,
        field: Field,
        texts: impl IntoIterator<Item = T>,
    ) -> &mut Self {
        let mut texts = texts.into_iter().map(Into::into).peekable();
        if texts.peek().is_some() {
            self.terms.entry(field).or_default().extend(texts);
        }
        self
    }

    /// Sets a field's interval, if there is one.
    pub fn span(&mut self, field: SpanField, span: Option<Span>) -> &mut Self {
        self.spans.extend(span.map(|span| (field, span)));
        self
    }

    /// Sets a field's words.
    pub fn words<'a>(&mut self, field: WordField, texts: impl IntoIterator<Item = &'a str>) -> &mut Self {
        let words = super::words(texts);
        if !words.is_empty() {
            self.words.push((field, words));
        }
        self
    }

    /// Sets a figure's best estimate.
    pub fn best(&mut self, best: Option<f64>) -> &mut Self {
        self.best = best.map(number_key);
        self
    }

    /// The row.
    pub fn finish(&mut self) -> Row {
        Row {
            id: self.id.clone(),
            terms: std::mem::take(&mut self.terms)
                .into_iter()
                .map(|(field, texts)| (field, terms(texts)))
                .collect(),
            spans: std::mem::take(&mut self.spans).into_iter().collect(),
            words: std::mem::take(&mut self.words),
            best: self.best,
            retracted: false,
        }
    }
}

/// A number as a key: keys are ordered as the numbers are, neighbours are neighbours, and the
/// infinite ends are `i64::MIN` and `i64::MAX`. The number is not NaN; −0.0 counts as 0.
pub fn number_key(number: f64) -> i64 {
    debug_assert!(!number.is_nan(), "NaN is refused where figures are parsed");
    if number.is_infinite() {
        return if number > 0.0 { i64::MAX } else { i64::MIN };
    }
    // IEEE 754 numbers of one sign are ordered as their bits are; the negative ones the other way.
    let bits = (number + 0.0).to_bits().cast_signed();
    if bits < 0 { i64::MIN - bits } else { bits }
}

/// The number that has this key: the inverse of [`number_key`].
pub fn key_number(key: i64) -> f64 {
    match key {
        i64::MIN => f64::NEG_INFINITY,
        i64::MAX => f64::INFINITY,
        0.. => f64::from_bits(key.cast_unsigned()),
        _ => f64::from_bits((i64::MIN - key).cast_unsigned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_keys_are_ordered_as_numbers_are() {
        let numbers = [
            f64::NEG_INFINITY,
            f64::MIN,
            -2.0,
            -1.0,
            -f64::MIN_POSITIVE,
            0.0,
            5e-324,
            1.0,
            2.0,
            f64::MAX,
            f64::INFINITY,
        ];
        assert!(numbers.map(number_key).is_sorted_by(|a, b| a < b));
        assert_eq!(numbers.map(number_key).map(key_number), numbers);
        assert_eq!(number_key(-0.0), number_key(0.0));
        assert_eq!(number_key(2000.0_f64.next_up()), number_key(2000.0) + 1);
        assert_eq!(number_key((-2000.0_f64).next_down()), number_key(-2000.0) - 1);
        assert_eq!(number_key(-5e-324), -1);
    }

    #[test]
    fn a_row_answers_by_field() {
        let mut builder = Row::builder("c");
        builder
            .terms(Field::Actor, ["russia", "north-korea", "russia"])
            .span(SpanField::Hops, Some(Span::point(3)));
        let row = builder.finish().committed(7, 2, 1);
        assert_eq!(row.terms(Field::Actor), ["north-korea".into(), Arc::<str>::from("russia")]);
        assert_eq!(row.terms(Field::Target), []);
        assert_eq!(row.span(SpanField::Hops), Some(Span::point(3)));
        assert_eq!(row.span(SpanField::Recorded), Some(Span::point(7)));
        assert_eq!(row.span(SpanField::Revision), Some(Span::point(number_key(2.0))));
        assert_eq!(row.span(SpanField::When), None);
    }
}
