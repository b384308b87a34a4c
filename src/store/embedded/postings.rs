//! One field of a segment: which rows have which codes.

use super::flat::{Flat, FlatReader, ascends, put_length, put_list};
use super::ranks::Ranks;
use super::set::{Set, insert, words};
use std::borrow::Cow;

/// Which rows have which codes, flat: a list of rows for most codes, and bits for those that so
/// many rows have that a list would be longer.
#[derive(Debug, PartialEq)]
pub(super) struct Postings {
    /// How many rows the segment has.
    length: usize,
    /// The codes that some row has, sorted. Elsewhere codes are named by their index here.
    codes: Box<[u32]>,
    /// Where in `rows` the list of each code begins, and where the last one ends.
    starts: Box<[u32]>,
    /// The lists.
    rows: Box<[u16]>,
    /// The codes that have bits; their lists are empty.
    dense: Box<[u32]>,
    /// The bits.
    bits: Box<[u64]>,
    /// The codes of each row, for fields that rows are ordered or grouped by.
    column: Option<Column>,
}

/// The codes of each row.
#[derive(Debug, PartialEq)]
struct Column {
    /// Of each row: 0 if it has no code, else 1 + the index of its first.
    first: Ranks,
    /// The rows that have more codes, once for each of those.
    more_rows: Box<[u16]>,
    /// Those codes.
    more: Box<[u32]>,
}

/// A list is kept up to one row in so many; for longer ones the bits are shorter.
const ROWS_PER_LISTED: usize = 16;

impl Postings {
    /// Of a segment of so many rows; `given` holds rows with their codes, row by row, each row's in
    /// the order of its terms.
    pub(super) fn new(length: usize, given: &[(u16, u32)], with_column: bool) -> Self {
        let mut pairs: Vec<u64> =
            given.iter().map(|(row, code)| u64::from(*code) << 16 | u64::from(*row)).collect();
        pairs.sort_unstable();
        let mut assembly = Assembly::new(length);
        for group in pairs.chunk_by(|a, b| a >> 16 == b >> 16) {
            assembly.add((group[0] >> 16) as u32, group.len(), |add| {
                group.iter().for_each(|pair| add(usize::from(*pair as u16)));
            });
        }
        let index = |code| assembly.codes.binary_search(code).expect("every code that is given has rows");
        let column = with_column
            .then(|| Column::new(length, given.iter().map(|(row, code)| (*row, index(code) as u32))));
        assembly.finish(column)
    }

    /// The same field of stretches of rows as one; each is given with its first row.
    pub(super) fn merge(length: usize, stretches: &[(usize, Option<&Self>)], with_column: bool) -> Self {
        let mut lists: Vec<(u32, usize, usize)> = Vec::new();
        for (stretch, (_, postings)) in stretches.iter().enumerate() {
            let codes = postings.iter().flat_map(|postings| postings.codes.iter().enumerate());
            lists.extend(codes.map(|(index, code)| (*code, stretch, index)));
        }
        lists.sort_unstable();
        let mut assembly = Assembly::new(length);
        // Where each stretch's codes stand among all.
        let mut indexes: Vec<Vec<u32>> = stretches
            .iter()
            .map(|(_, postings)| vec![0; postings.map_or(0, |postings| postings.codes.len())])
            .collect();
        for group in lists.chunk_by(|a, b| a.0 == b.0) {
            let sets = || {
                group.iter().filter_map(|&(_, stretch, index)| {
                    let (begin, postings) = stretches[stretch];
                    Some((begin, postings?.rows(index)))
                })
            };
            for &(_, stretch, index) in group {
                indexes[stretch][index] = assembly.codes.len() as u32;
            }
            assembly.add(group[0].0, sets().map(|(_, set)| set.len()).sum(), |add| {
                sets().for_each(|(begin, set)| set.for_each(|row| add(begin + usize::from(row))));
            });
        }
        let columns = stretches.iter().zip(&indexes).filter_map(|((begin, postings), indexes)| {
            let postings = (*postings)?;
            Some((*begin, postings.length, postings.column.as_ref()?, indexes.as_slice()))
        });
        let column = with_column.then(|| Column::merge(length, columns));
        assembly.finish(column)
    }

    /// Appends them as a section has them.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        put_list(&self.codes, out);
        u32::put_all(&self.starts, out);
        u16::put_all(&self.rows, out);
        put_list(&self.dense, out);
        u64::put_all(&self.bits, out);
        if let Some(Column { first, more_rows, more }) = &self.column {
            first.encode(out);
            put_length(more.len(), out);
            u16::put_all(more_rows, out);
            u32::put_all(more, out);
        }
    }

    /// Reads those of a segment of so many rows, whose codes are less than `end`.
    pub(super) fn decode(
        reader: &mut FlatReader<'_>,
        length: usize,
        end: u32,
        with_column: bool,
    ) -> Option<Self> {
        let codes: Box<[u32]> = reader.list()?;
        let starts: Box<[u32]> = reader.numbers(codes.len().checked_add(1)?)?;
        let listed = *starts.last()? as usize;
        let rows: Box<[u16]> = reader.numbers(listed)?;
        let dense: Box<[u32]> = reader.list()?;
        let bits: Box<[u64]> = reader.numbers(dense.len().checked_mul(words(length))?)?;
        let has_row = |row: u16| usize::from(row) < length;
        let list = |index: usize| Some((*starts.get(index)? as usize, *starts.get(index + 1)? as usize));
        let is_sound = ascends(&codes)
            && codes.last().is_none_or(|&code| code < end)
            && starts[0] == 0
            && starts.is_sorted()
            && starts.windows(2).all(|list| ascends(&rows[list[0] as usize..list[1] as usize]))
            && rows.iter().all(|&row| has_row(row))
            && ascends(&dense)
            && dense.iter().all(|&index| list(index as usize).is_some_and(|(begin, end)| begin == end))
            && bits.chunks_exact(words(length).max(1)).all(|bits| has_no_bit_from(bits, length));
        let column = if with_column { Some(Column::decode(reader, length, codes.len())?) } else { None };
        is_sound.then_some(Self { length, codes, starts, rows, dense, bits, column })
    }

    /// The rows that have the code of this index.
    pub(super) fn rows(&self, index: usize) -> Set<'_> {
        let (begin, end) = (self.starts[index] as usize, self.starts[index + 1] as usize);
        match self.dense.binary_search(&(index as u32)) {
            Ok(at) if begin == end => {
                let words = words(self.length);
                Set::Bits(Cow::Borrowed(&self.bits[at * words..][..words]))
            }
            _ => Set::Rows(Cow::Borrowed(&self.rows[begin..end])),
        }
    }

    /// The codes that some row has, sorted.
    pub(super) fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// The rows that have one of these codes, which are sorted.
    pub(super) fn any(&self, codes: &[u32]) -> Set<'_> {
        let found = self.indexes(codes);
        if let [index] = found[..] {
            return self.rows(index);
        }
        let lists = || found.iter().map(|&index| self.rows(index));
        let listed: usize = lists().map(|list| list.len_at_most()).sum();
        if listed <= self.length / ROWS_PER_LISTED {
            let mut rows = Vec::with_capacity(listed);
            lists().for_each(|list| list.for_each(|row| rows.push(row)));
            rows.sort_unstable();
            rows.dedup();
            return Set::Rows(rows.into());
        }
        let mut bits = vec![0; words(self.length)];
        lists().for_each(|list| list.add_to(&mut bits));
        Set::bits(bits)
    }

    /// The rows that have one of these codes, which are sorted, and no other.
    pub(super) fn only(&self, codes: &[u32]) -> Set<'_> {
        let Some(column) = &self.column else { return Set::empty() };
        let found = self.indexes(codes);
        let is_found = |index: u32| found.binary_search(&(index as usize)).is_ok();
        let mut others: Vec<u16> = Vec::new();
        for (&row, &index) in column.more_rows.iter().zip(&column.more) {
            let has_these_only = is_found(index) && is_found(column.first.get(row) - 1);
            if !has_these_only && others.last() != Some(&row) {
                others.push(row);
            }
        }
        self.any(codes).minus(&Set::Rows(others.into()))
    }

    /// The rows that have a code.
    pub(super) fn present(&self) -> Set<'_> {
        match &self.column {
            Some(column) => Set::bits(column.first.between(1, u32::MAX, self.length)),
            None => self.any(&self.codes),
        }
    }

    /// The index of a row's first code.
    #[inline]
    pub(super) fn first(&self, row: u16) -> Option<usize> {
        (self.column.as_ref()?.first.get(row) as usize).checked_sub(1)
    }

    /// The indexes of a row's other codes.
    pub(super) fn others(&self, row: u16) -> impl Iterator<Item = usize> {
        let more = self.column.as_ref().map_or(&[][..], |column| {
            let begin = column.more_rows.partition_point(|&other| other < row);
            let count = column.more_rows[begin..].partition_point(|&other| other == row);
            &column.more[begin..begin + count]
        });
        more.iter().map(|&index| index as usize)
    }

    /// The rows that have several codes.
    pub(super) fn rows_with_others(&self) -> Set<'_> {
        let mut rows = self.column.as_ref().map_or(Vec::new(), |column| column.more_rows.to_vec());
        rows.dedup();
        Set::Rows(rows.into())
    }

    /// How many rows of a set have no code, and how many have that of each index as their first.
    pub(super) fn count_first(&self, rows: &Set<'_>) -> Vec<u64> {
        let mut counts = vec![0; self.codes.len() + 1];
        if let Some(column) = &self.column {
            column.first.count(rows, &mut counts);
        }
        counts
    }

    /// Where these codes, which are sorted, stand among those that some row has.
    fn indexes(&self, codes: &[u32]) -> Vec<usize> {
        if codes.len() <= self.codes.len() {
            codes.iter().filter_map(|code| self.codes.binary_search(code).ok()).collect()
        } else {
            let found = |(_, code): &(usize, &u32)| codes.binary_search(code).is_ok();
            self.codes.iter().enumerate().filter(found).map(|(index, _)| index).collect()
        }
    }

    /// Bytes of memory beyond the struct's own.
    pub(super) fn heap_bytes(&self) -> usize {
        let column = self.column.as_ref().map_or(0, |column| {
            column.first.heap_bytes() + column.more_rows.len() * 2 + column.more.len() * 4
        });
        (self.codes.len() + self.starts.len() + self.dense.len()) * 4
            + self.rows.len() * 2
            + self.bits.len() * 8
            + column
    }
}

/// Gathers which rows have which codes, code by code.
struct Assembly {
    length: usize,
    codes: Vec<u32>,
    starts: Vec<u32>,
    rows: Vec<u16>,
    dense: Vec<u32>,
    bits: Vec<u64>,
}

impl Assembly {
    fn new(length: usize) -> Self {
        let (codes, rows, dense, bits) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { length, codes, starts: vec![0], rows, dense, bits }
    }

    /// Adds a code, greater than those before, that `count` rows have: `visit` calls its argument
    /// with each, in ascending order.
    fn add(&mut self, code: u32, count: usize, visit: impl FnOnce(&mut dyn FnMut(usize))) {
        if count > self.length / ROWS_PER_LISTED {
            let begin = self.bits.len();
            self.bits.resize(begin + words(self.length), 0);
            let bits = &mut self.bits[begin..];
            visit(&mut |row| insert(bits, row));
            self.dense.push(self.codes.len() as u32);
        } else {
            visit(&mut |row| self.rows.push(row as u16));
        }
        self.codes.push(code);
        self.starts.push(self.rows.len() as u32);
    }

    fn finish(self, column: Option<Column>) -> Postings {
        let Self { length, codes, starts, rows, dense, bits } = self;
        Postings {
            length,
            codes: codes.into(),
            starts: starts.into(),
            rows: rows.into(),
            dense: dense.into(),
            bits: bits.into(),
            column,
        }
    }
}

/// Whether no bit is set from this one on.
fn has_no_bit_from(bits: &[u64], end: usize) -> bool {
    end.is_multiple_of(64) || bits.last().is_none_or(|last| last >> (end % 64) == 0)
}

impl Column {
    /// Reads those of so many rows and codes.
    fn decode(reader: &mut FlatReader<'_>, length: usize, codes: usize) -> Option<Self> {
        let first = Ranks::decode(reader, length, codes)?;
        let count = reader.length()?;
        let more_rows: Box<[u16]> = reader.numbers(count)?;
        let more: Box<[u32]> = reader.numbers(count)?;
        // Who has more codes has a first one.
        let is_sound = more_rows.is_sorted()
            && more_rows.iter().all(|&row| usize::from(row) < length && first.get(row) > 0)
            && more.iter().all(|&index| (index as usize) < codes);
        is_sound.then_some(Self { first, more_rows, more })
    }

    /// Of so many rows; `given` are rows with the indexes of their codes, row by row.
    fn new(length: usize, given: impl Iterator<Item = (u16, u32)>) -> Self {
        let mut first = vec![0; length];
        let (mut more_rows, mut more) = (Vec::new(), Vec::new());
        for (row, index) in given {
            match &mut first[usize::from(row)] {
                first @ 0 => *first = index + 1,
                _ => {
                    more_rows.push(row);
                    more.push(index);
                }
            }
        }
        Self { first: Ranks::pack(&first), more_rows: more_rows.into(), more: more.into() }
    }

    /// Stretches as one; each is given with its first row, its length, and the new indexes of its codes.
    fn merge<'a>(
        length: usize,
        stretches: impl Iterator<Item = (usize, usize, &'a Self, &'a [u32])>,
    ) -> Self {
        let mut first = vec![0; length];
        let (mut more_rows, mut more) = (Vec::new(), Vec::new());
        for (begin, length, column, indexes) in stretches {
            for (row, first) in first[begin..begin + length].iter_mut().enumerate() {
                *first = match column.first.get(row as u16) {
                    0 => 0,
                    index => indexes[index as usize - 1] + 1,
                };
            }
            more_rows.extend(column.more_rows.iter().map(|&row| (begin + usize::from(row)) as u16));
            more.extend(column.more.iter().map(|&index| indexes[index as usize]));
        }
        Self { first: Ranks::pack(&first), more_rows: more_rows.into(), more: more.into() }
    }
}
