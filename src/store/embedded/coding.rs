//! Rows as the ledger keeps them: compact, with codes of the dictionary for texts.
//!
//! The numbers of fields are part of the format: see [`super::ledger::FORMAT`].

use super::dictionary::Dictionary;
use crate::plan::{Field, Row, Span, SpanField, WordField};
use crate::store::error::Damage;

/// How many fields hold codes: those of terms, then those of words.
pub(super) const CODED_FIELDS: usize = Field::COUNT + WordField::COUNT;

/// Where a field of words stands among the fields that hold codes.
pub(super) fn word_slot(field: WordField) -> usize {
    Field::COUNT + field as usize
}

/// Appends a row. `Recorded` and `Revision` are left out: the commit knows them.
pub(super) fn encode(row: &Row, dictionary: &mut Dictionary, out: &mut Vec<u8>) {
    put_number(out, row.id().len() as u64);
    out.extend_from_slice(row.id().as_bytes());
    let terms = row.all_terms().iter().map(|(field, terms)| (*field as usize, terms));
    let words = row.all_words().iter().map(|(field, words)| (word_slot(*field), words));
    out.push(small(row.all_terms().len() + row.all_words().len()));
    for (slot, texts) in terms.chain(words) {
        out.push(small(slot));
        put_number(out, texts.len() as u64);
        for text in texts.iter() {
            put_number(out, dictionary.intern(text).into());
        }
    }
    let spans = || row.all_spans().iter().filter(|(field, _)| !is_of_commit(*field));
    out.push(small(spans().count()));
    for (field, span) in spans() {
        out.push(*field as u8);
        out.extend_from_slice(&span.low().to_le_bytes());
        put_number(out, span.high().wrapping_sub(span.low()).cast_unsigned());
    }
    match row.best() {
        None => out.push(0),
        Some(best) => {
            out.push(1);
            out.extend_from_slice(&best.to_le_bytes());
        }
    }
}

/// Whether the field is one of the commit's: all its claims share it, and rows do not hold it.
pub(super) fn is_of_commit(field: SpanField) -> bool {
    matches!(field, SpanField::Recorded | SpanField::Revision)
}

fn small(number: usize) -> u8 {
    u8::try_from(number).expect("a row has few fields")
}

/// Appends a number, seven bits a byte, the lowest first.
pub(super) fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// A row as it was read.
#[derive(Debug, Default)]
pub(super) struct CodedRow<'a> {
    /// The id.
    pub(super) id: &'a str,
    /// For each field that holds codes, its slot and which of `codes` are its.
    pub(super) fields: Vec<(usize, std::ops::Range<usize>)>,
    /// The codes of all fields.
    pub(super) codes: Vec<u32>,
    /// The intervals, in the fields' order.
    pub(super) spans: Vec<(usize, Span)>,
    /// A figure's best estimate.
    pub(super) best: Option<i64>,
}

/// Reads rows one after another.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads these bytes.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// Whether all was read.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// What was not read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    /// Reads the next row into `row`, whose vectors are used again.
    pub(super) fn row(&mut self, row: &mut CodedRow<'a>, number: u64) -> Result<(), Damage> {
        self.read_row(row).ok_or(Damage::Record { what: "the row of claim", number })
    }

    fn read_row(&mut self, row: &mut CodedRow<'a>) -> Option<()> {
        row.id = self.text()?;
        row.fields.clear();
        row.codes.clear();
        row.spans.clear();
        for _ in 0..self.byte()? {
            let slot = usize::from(self.byte()?);
            let begin = row.codes.len();
            for _ in 0..self.number()? {
                row.codes.push(u32::try_from(self.number()?).ok()?);
            }
            (slot < CODED_FIELDS).then(|| row.fields.push((slot, begin..row.codes.len())))?;
        }
        for _ in 0..self.byte()? {
            let field = usize::from(self.byte()?);
            let low = self.key()?;
            let high = low.wrapping_add(self.number()?.cast_signed());
            (field < SpanField::COUNT).then_some(())?;
            row.spans.push((field, Span::new(low, high)?));
        }
        row.best = match self.byte()? {
            0 => None,
            _ => Some(self.key()?),
        };
        Some(())
    }

    /// Reads a text.
    pub(super) fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.number()?).ok()?;
        let (text, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        std::str::from_utf8(text).ok()
    }

    /// Reads a number.
    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(first)
    }

    fn key(&mut self) -> Option<i64> {
        let (key, rest) = self.bytes.split_first_chunk()?;
        self.bytes = rest;
        Some(i64::from_le_bytes(*key))
    }
}

#[cfg(test)]
mod tests {
    use super::super::ledger::FORMAT;
    use super::*;

    #[test]
    fn the_numbers_of_fields_are_those_of_the_format() {
        use Field::*;
        let fields = [
            Type,
            Actor,
            Agent,
            Target,
            Kind,
            Action,
            State,
            Manner,
            Place,
            Incident,
            Mode,
            Unit,
            Per,
            Basis,
            Of,
            Hedge,
            Instrument,
            Bearer,
            Modality,
            By,
            Via,
            Source,
            For,
            Publisher,
            Act,
            Stance,
            Clarity,
            Occasion,
            Likelihood,
            Confidence,
            Credibility,
            Document,
            Label,
            LabelKey,
            Name,
            Alias,
            Parent,
            PartOf,
            Country,
            Entity,
            Reliability,
            Interest,
            Title,
            Url,
            Language,
            Sha256,
            ExternalId,
            ExternalIdKey,
            Relation,
        ];
        let spans = [
            SpanField::When,
            SpanField::Value,
            SpanField::Said,
            SpanField::Deadline,
            SpanField::Hops,
            SpanField::Recorded,
            SpanField::Revision,
            SpanField::Version,
            SpanField::Published,
            SpanField::Retrieved,
        ];
        let words = [WordField::Text, WordField::Name, WordField::Title];
        // Where one of these fails, data directories of before would be read wrongly: raise FORMAT.
        assert_eq!(FORMAT, 3);
        assert!(fields.iter().map(|&field| field as usize).eq(0..Field::COUNT));
        assert!(spans.iter().map(|&field| field as usize).eq(0..SpanField::COUNT));
        assert!(words.iter().map(|&field| field as usize).eq(0..WordField::COUNT));
    }
}
