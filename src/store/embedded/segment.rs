//! A stretch of the ledger as an index: flat, immutable, at most 65,536 rows.

use super::coding::{CODED_FIELDS, CodedRow};
use super::flat::{Flat, FlatReader};
use super::postings::Postings;
use super::ranks::Numbers;
use super::sealed::Section;
use super::set::Set;
use crate::plan::{Comparison, Field, Mode, Span, SpanField};
use std::ops::Bound;

/// The most rows of a segment: a row's number takes two bytes.
pub(super) const MAX_ROWS: usize = 1 << 16;

/// Rows in the order of the ledger, numbered from 0, and for each field which of them have what.
#[derive(Debug, PartialEq)]
pub(super) struct Segment {
    length: usize,
    /// The ids, one after another.
    ids: Box<str>,
    /// Where each id ends.
    id_ends: Box<[u32]>,
    /// By the field's slot; nothing where no row has the field.
    postings: Box<[Option<Postings>]>,
    /// By the field's number; nothing where no row has the field.
    spans: Box<[Option<Spans>]>,
    /// Figures' best estimates.
    best: Option<Numbers>,
}

/// An interval for some of the rows.
#[derive(Debug, PartialEq)]
pub(super) struct Spans {
    /// The lower ends.
    low: Numbers,
    /// The upper ends, if any differs from the lower.
    high: Option<Numbers>,
}

/// A segment as bytes: the sections of a sealed file that are its index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Frozen {
    /// Where each id ends, then the ids.
    pub(super) ids: Vec<u8>,
    /// For each field that holds codes and that some row has: its slot, then its postings.
    pub(super) terms: Vec<u8>,
    /// For each interval that some row has: its number, the lower ends, whether there are upper
    /// ones, and those; then [`BEST`] and the best estimates, if some row has one.
    pub(super) intervals: Vec<u8>,
}

impl Frozen {
    /// The sections.
    pub(super) fn sections(&self) -> [(Section, &Vec<u8>); 3] {
        let Self { ids, terms, intervals } = self;
        [(Section::Ids, ids), (Section::Terms, terms), (Section::Intervals, intervals)]
    }

    /// The sections, to be filled.
    pub(super) fn sections_mut(&mut self) -> [(Section, &mut Vec<u8>); 3] {
        let Self { ids, terms, intervals } = self;
        [(Section::Ids, ids), (Section::Terms, terms), (Section::Intervals, intervals)]
    }
}

/// What stands before the best estimates, where the numbers of intervals stand.
const BEST: u8 = u8::MAX;

impl Segment {
    /// The segment as bytes, which are the same for the same rows.
    pub(super) fn freeze(&self) -> Frozen {
        let mut frozen = Frozen::default();
        u32::put_all(&self.id_ends, &mut frozen.ids);
        frozen.ids.extend_from_slice(self.ids.as_bytes());
        for (slot, postings) in (0..).zip(&self.postings) {
            if let Some(postings) = postings {
                frozen.terms.push(slot);
                postings.encode(&mut frozen.terms);
            }
        }
        let out = &mut frozen.intervals;
        for (field, spans) in (0..).zip(&self.spans) {
            if let Some(Spans { low, high }) = spans {
                out.push(field);
                low.encode(out);
                out.push(high.is_some().into());
                high.iter().for_each(|high| high.encode(out));
            }
        }
        if let Some(best) = &self.best {
            out.push(BEST);
            best.encode(out);
        }
        frozen
    }

    /// The segment of so many rows of bytes, whose codes are less than `end`. What a segment cannot
    /// be is refused, whatever wrote it.
    ///
    /// # Errors
    /// The first section that cannot be one.
    pub(super) fn thaw(frozen: &Frozen, length: usize, end: u32) -> Result<Self, Section> {
        let (ids, id_ends) = thaw_ids(&frozen.ids, length).ok_or(Section::Ids)?;
        let postings = thaw_terms(&frozen.terms, length, end).ok_or(Section::Terms)?;
        let (spans, best) = thaw_intervals(&frozen.intervals, length).ok_or(Section::Intervals)?;
        Ok(Self { length, ids, id_ends, postings, spans, best })
    }

    /// How many rows.
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// The id of a row.
    pub(super) fn id(&self, row: u16) -> &str {
        let row = usize::from(row);
        let begin = row.checked_sub(1).map_or(0, |before| self.id_ends[before] as usize);
        &self.ids[begin..self.id_ends[row] as usize]
    }

    /// The ids of all rows.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        let begins = std::iter::once(&0).chain(&self.id_ends);
        begins.zip(&self.id_ends).map(|(&begin, &end)| &self.ids[begin as usize..end as usize])
    }

    /// Which rows have which codes in the field of this slot.
    pub(super) fn postings(&self, slot: usize) -> Option<&Postings> {
        self.postings[slot].as_ref()
    }

    /// The intervals of a field.
    pub(super) fn spans(&self, field: SpanField) -> Option<&Spans> {
        self.spans[field as usize].as_ref()
    }

    /// A figure's best estimate.
    pub(super) fn best(&self, row: u16) -> Option<i64> {
        self.best.as_ref()?.get(row)
    }

    /// Stretches that follow one another, as one; together they have no more rows than a segment may.
    pub(super) fn merge(stretches: &[&Self]) -> Self {
        let mut begins = Vec::with_capacity(stretches.len());
        let length = stretches.iter().fold(0, |begin, segment| {
            begins.push(begin);
            begin + segment.length
        });
        let mut ids = String::new();
        let mut id_ends = Vec::with_capacity(length);
        for segment in stretches {
            id_ends.extend(segment.id_ends.iter().map(|end| ids.len() as u32 + end));
            ids.push_str(&segment.ids);
        }
        let postings = |slot: usize| {
            let of_slot: Vec<_> = begins
                .iter()
                .zip(stretches)
                .map(|(&begin, segment)| (begin, segment.postings(slot)))
                .collect();
            let has_any = of_slot.iter().any(|(_, postings)| postings.is_some());
            has_any.then(|| Postings::merge(length, &of_slot, has_column(slot)))
        };
        let numbers = |of: &dyn Fn(&Self) -> Option<&Numbers>| {
            let columns: Vec<_> = begins
                .iter()
                .zip(stretches)
                .map(|(&begin, segment)| (begin, segment.length, of(segment)))
                .collect();
            columns.iter().any(|column| column.2.is_some()).then(|| Numbers::merge(length, &columns))
        };
        let spans = |field: usize| {
            let low = numbers(&|segment| Some(&segment.spans[field].as_ref()?.low))?;
            let has_high =
                |segment: &&Self| segment.spans[field].as_ref().is_some_and(|spans| spans.high.is_some());
            let high = stretches.iter().any(has_high);
            let high = high.then(|| numbers(&|segment| Some(segment.spans[field].as_ref()?.high())));
            Some(Spans { low, high: high.flatten() })
        };
        Self {
            length,
            ids: ids.into(),
            id_ends: id_ends.into(),
            postings: (0..CODED_FIELDS).map(postings).collect(),
            spans: (0..SpanField::COUNT).map(spans).collect(),
            best: numbers(&|segment| segment.best.as_ref()),
        }
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        let postings = self.postings.iter().flatten().map(Postings::heap_bytes).sum::<usize>();
        let spans = self
            .spans
            .iter()
            .flatten()
            .map(|spans| spans.low.heap_bytes() + spans.high.as_ref().map_or(0, Numbers::heap_bytes));
        size_of::<Self>()
            + self.ids.len()
            + self.id_ends.len() * 4
            + size_of_val(&*self.postings)
            + size_of_val(&*self.spans)
            + postings
            + spans.sum::<usize>()
            + self.best.as_ref().map_or(0, Numbers::heap_bytes)
    }
}

fn thaw_ids(section: &[u8], length: usize) -> Option<(Box<str>, Box<[u32]>)> {
    let mut reader = FlatReader::new(section);
    let ends: Box<[u32]> = reader.numbers(length)?;
    let ids = std::str::from_utf8(reader.rest()).ok()?;
    let is_sound = ends.is_sorted()
        && ends.iter().all(|&end| ids.is_char_boundary(end as usize))
        && ends.last().map_or(0, |&end| end as usize) == ids.len();
    is_sound.then(|| (ids.into(), ends))
}

fn thaw_terms(section: &[u8], length: usize, end: u32) -> Option<Box<[Option<Postings>]>> {
    let mut reader = FlatReader::new(section);
    let mut fields: Box<[Option<Postings>]> = (0..CODED_FIELDS).map(|_| None).collect();
    let mut next = 0;
    while !reader.is_empty() {
        let slot = usize::from(reader.byte()?);
        let field = fields.get_mut(slot).filter(|_| slot >= next)?;
        *field = Some(Postings::decode(&mut reader, length, end, has_column(slot))?);
        next = slot + 1;
    }
    Some(fields)
}

/// Intervals by their fields, and the best estimates.
type Intervals = (Box<[Option<Spans>]>, Option<Numbers>);

fn thaw_intervals(section: &[u8], length: usize) -> Option<Intervals> {
    let mut reader = FlatReader::new(section);
    let mut fields: Box<[Option<Spans>]> = (0..SpanField::COUNT).map(|_| None).collect();
    let mut best = None;
    let mut next = 0;
    while !reader.is_empty() {
        let number = reader.byte()?;
        if number == BEST {
            best = Some(Numbers::decode(&mut reader, length)?);
            return reader.is_empty().then_some((fields, best));
        }
        let number = usize::from(number);
        let field = fields.get_mut(number).filter(|_| number >= next)?;
        let low = Numbers::decode(&mut reader, length)?;
        let high = match reader.byte()? {
            0 => None,
            1 => Some(Numbers::decode(&mut reader, length)?),
            _ => return None,
        };
        *field = Some(Spans { low, high });
        next = number + 1;
    }
    Some((fields, best))
}

/// Rows are ordered and grouped by terms, not by words.
fn has_column(slot: usize) -> bool {
    slot < Field::COUNT
}

impl Spans {
    /// The lower ends.
    pub(super) fn low(&self) -> &Numbers {
        &self.low
    }

    /// The upper ends.
    pub(super) fn high(&self) -> &Numbers {
        self.high.as_ref().unwrap_or(&self.low)
    }

    /// The interval of a row.
    pub(super) fn get(&self, row: u16) -> Option<Span> {
        Span::new(self.low.get(row)?, self.high().get(row)?)
    }

    /// The rows that have an interval.
    pub(super) fn present(&self, length: usize) -> Set<'_> {
        Set::bits(self.low.between(Bound::Unbounded, Bound::Unbounded, length))
    }

    /// The rows whose interval lies so to the literal, in a segment of this length.
    pub(super) fn lying(&self, comparison: Comparison, literal: Span, mode: Mode, length: usize) -> Set<'_> {
        use Bound::{Excluded, Included, Unbounded};
        // As `Comparison::holds`: `low` and `high` are the ends that are asked.
        let (low, high) = match mode {
            Mode::Surely => (&self.low, self.high()),
            Mode::Possibly => (self.high(), &self.low),
        };
        let from = |bound| low.between(bound, Unbounded, length);
        let up_to = |bound| high.between(Unbounded, bound, length);
        Set::bits(match comparison {
            Comparison::Within if self.high.is_none() => {
                low.between(Included(literal.low()), Included(literal.high()), length)
            }
            Comparison::Within => {
                let mut bits = from(Included(literal.low()));
                let others = up_to(Included(literal.high()));
                bits.iter_mut().zip(others).for_each(|(word, other)| *word &= other);
                bits
            }
            Comparison::Before => up_to(Excluded(literal.low())),
            Comparison::UpTo => up_to(Included(literal.high())),
            Comparison::After => from(Excluded(literal.high())),
            Comparison::From => from(Included(literal.low())),
        })
    }
}

/// Gathers the rows of a segment.
#[derive(Debug)]
pub(super) struct Builder {
    ids: String,
    id_ends: Vec<u32>,
    /// By slot: rows and their codes.
    codes: Vec<Vec<(u16, u32)>>,
    /// By the field's number: rows and their intervals.
    spans: Vec<Vec<(u16, Span)>>,
    best: Vec<(u16, i64)>,
}

impl Builder {
    /// Begins without rows.
    pub(super) fn new() -> Self {
        Self {
            ids: String::new(),
            id_ends: Vec::new(),
            codes: vec![Vec::new(); CODED_FIELDS],
            spans: vec![Vec::new(); SpanField::COUNT],
            best: Vec::new(),
        }
    }

    /// How many rows were added.
    pub(super) fn len(&self) -> usize {
        self.id_ends.len()
    }

    /// Adds a row; there must be room for it.
    pub(super) fn add(&mut self, row: &CodedRow<'_>) {
        debug_assert!(self.len() < MAX_ROWS, "a full segment takes no more rows");
        let number = self.len() as u16;
        self.ids.push_str(row.id);
        self.id_ends.push(self.ids.len() as u32);
        for (slot, range) in &row.fields {
            self.codes[*slot].extend(row.codes[range.clone()].iter().map(|code| (number, *code)));
        }
        for (field, span) in &row.spans {
            self.spans[*field].push((number, *span));
        }
        self.best.extend(row.best.map(|best| (number, best)));
    }

    /// The segment of the rows added, after which none is left.
    pub(super) fn finish(&mut self) -> Segment {
        let length = self.len();
        let ends = |spans: &[(u16, Span)], end: fn(Span) -> i64| -> Numbers {
            Numbers::new(length, &spans.iter().map(|(row, span)| (*row, end(*span))).collect::<Vec<_>>())
        };
        let spans = |spans: &mut Vec<(u16, Span)>| {
            let has_high = spans.iter().any(|(_, span)| span.low() != span.high());
            let built = (!spans.is_empty()).then(|| Spans {
                low: ends(spans, Span::low),
                high: has_high.then(|| ends(spans, Span::high)),
            });
            spans.clear();
            built
        };
        let postings = |(slot, codes): (usize, &mut Vec<(u16, u32)>)| {
            let built = (!codes.is_empty()).then(|| Postings::new(length, codes, has_column(slot)));
            codes.clear();
            built
        };
        let best = std::mem::take(&mut self.best);
        Segment {
            length,
            ids: std::mem::take(&mut self.ids).into(),
            id_ends: std::mem::take(&mut self.id_ends).into(),
            postings: self.codes.iter_mut().enumerate().map(postings).collect(),
            spans: self.spans.iter_mut().map(spans).collect(),
            best: (!best.is_empty()).then(|| Numbers::new(length, &best)),
        }
    }
}
