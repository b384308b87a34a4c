//! Sets of rows of one segment: sorted lists while they are short, bits when they are not.

use std::borrow::Cow;

/// Rows of a segment, borrowed from its index where that holds them as they are.
#[derive(Clone, Debug)]
pub(super) enum Set<'a> {
    /// The rows, sorted, each once.
    Rows(Cow<'a, [u16]>),
    /// A bit for each row of the segment. Rows beyond the end are not in the set.
    Bits(Cow<'a, [u64]>),
}

impl<'a> Set<'a> {
    /// No row.
    pub(super) fn empty() -> Self {
        Self::Rows(Cow::Borrowed(&[]))
    }

    /// Every row of a segment of this length.
    pub(super) fn all(length: usize) -> Self {
        Self::range(0..length, length)
    }

    /// The rows of a range, in a segment of this length.
    pub(super) fn range(range: std::ops::Range<usize>, length: usize) -> Self {
        let mut bits = vec![0; words(length)];
        for (index, word) in bits.iter_mut().enumerate() {
            *word = low_bits(range.end, index) & !low_bits(range.start, index);
        }
        Self::Bits(Cow::Owned(bits))
    }

    /// The rows whose bits are set.
    pub(super) fn bits(bits: Vec<u64>) -> Self {
        Self::Bits(Cow::Owned(bits))
    }

    /// How many rows.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Rows(rows) => rows.len(),
            Self::Bits(bits) => bits.iter().map(|word| word.count_ones() as usize).sum(),
        }
    }

    /// No more rows than this, found without counting bits.
    pub(super) fn len_at_most(&self) -> usize {
        match self {
            Self::Rows(rows) => rows.len(),
            Self::Bits(bits) => bits.len() * 64,
        }
    }

    /// Whether it is certainly empty.
    pub(super) fn is_surely_empty(&self) -> bool {
        matches!(self, Self::Rows(rows) if rows.is_empty())
    }

    /// Whether a row is in it.
    pub(super) fn contains(&self, row: u16) -> bool {
        match self {
            Self::Rows(rows) => rows.binary_search(&row).is_ok(),
            Self::Bits(bits) => contains(bits, row.into()),
        }
    }

    /// The rows in both.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Rows(a), Self::Rows(b)) => {
                let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
                Self::Rows(Cow::Owned(both(&short, &long)))
            }
            (Self::Rows(mut rows), Self::Bits(bits)) | (Self::Bits(bits), Self::Rows(mut rows)) => {
                if !rows.iter().all(|&row| contains(&bits, row.into())) {
                    rows.to_mut().retain(|&row| contains(&bits, row.into()));
                }
                Self::Rows(rows)
            }
            (Self::Bits(a), Self::Bits(b)) => {
                Self::bits(a.iter().zip(b.iter()).map(|(a, b)| a & b).collect())
            }
        }
    }

    /// The rows in either, in a segment of this length.
    pub(super) fn or(self, other: Self, length: usize) -> Self {
        match (self, other) {
            (a, b) if a.is_surely_empty() => b,
            (a, b) if b.is_surely_empty() => a,
            (a, b) => {
                let mut bits = a.into_bits(length);
                b.add_to(&mut bits);
                Self::bits(bits)
            }
        }
    }

    /// The rows in this one alone.
    pub(super) fn minus(self, other: &Set<'_>) -> Self {
        match (self, other) {
            (set, other) if other.is_surely_empty() => set,
            (Self::Rows(mut rows), other) => {
                if rows.iter().any(|&row| other.contains(row)) {
                    rows.to_mut().retain(|&row| !other.contains(row));
                }
                Self::Rows(rows)
            }
            (Self::Bits(mut bits), Set::Bits(other)) => {
                for (word, other) in bits.to_mut().iter_mut().zip(other.iter()) {
                    *word &= !other;
                }
                Self::Bits(bits)
            }
            (Self::Bits(mut bits), Set::Rows(rows)) => {
                for &row in rows.iter() {
                    remove(bits.to_mut(), row.into());
                }
                Self::Bits(bits)
            }
        }
    }

    /// The rows not in it, in a segment of this length.
    pub(super) fn complement(self, length: usize) -> Self {
        Self::all(length).minus(&self)
    }

    /// The rows before this one.
    pub(super) fn before(self, end: usize) -> Self {
        match self {
            Self::Rows(mut rows) => {
                let kept = rows.partition_point(|&row| usize::from(row) < end);
                if kept < rows.len() {
                    rows.to_mut().truncate(kept);
                }
                Self::Rows(rows)
            }
            Self::Bits(mut bits) => {
                if end < bits.len() * 64 {
                    for (index, word) in bits.to_mut().iter_mut().enumerate() {
                        *word &= low_bits(end, index);
                    }
                }
                Self::Bits(bits)
            }
        }
    }

    /// Keeps the rows for which `keep` holds.
    pub(super) fn retain(self, mut keep: impl FnMut(u16) -> bool) -> Self {
        match self {
            Self::Rows(rows) => Self::Rows(rows.iter().copied().filter(|&row| keep(row)).collect()),
            Self::Bits(mut bits) => {
                for (index, word) in bits.to_mut().iter_mut().enumerate() {
                    for row in ascending(*word, index) {
                        if !keep(row) {
                            *word &= !(1 << (row % 64));
                        }
                    }
                }
                Self::Bits(bits)
            }
        }
    }

    /// Adds its rows to bits that are long enough.
    pub(super) fn add_to(&self, bits: &mut [u64]) {
        match self {
            Self::Rows(rows) => rows.iter().for_each(|&row| insert(bits, row.into())),
            Self::Bits(others) => bits.iter_mut().zip(others.iter()).for_each(|(word, other)| *word |= other),
        }
    }

    /// Its rows as bits of a segment of this length.
    fn into_bits(self, length: usize) -> Vec<u64> {
        if let Self::Bits(bits) = self {
            return bits.into_owned();
        }
        let mut bits = vec![0; words(length)];
        self.add_to(&mut bits);
        bits
    }

    /// Calls `visit` with each row, in ascending order.
    pub(super) fn for_each(&self, mut visit: impl FnMut(u16)) {
        match self {
            Self::Rows(rows) => rows.iter().for_each(|&row| visit(row)),
            Self::Bits(bits) => {
                for (index, &word) in bits.iter().enumerate() {
                    ascending(word, index).for_each(&mut visit);
                }
            }
        }
    }

    /// Its rows, the last first.
    pub(super) fn descending(&self) -> Box<dyn Iterator<Item = u16> + '_> {
        match self {
            Self::Rows(rows) => Box::new(rows.iter().rev().copied()),
            Self::Bits(bits) => {
                Box::new(bits.iter().enumerate().rev().flat_map(|(index, &word)| descending(word, index)))
            }
        }
    }
}

/// How many words hold a bit for each of so many rows.
pub(super) fn words(length: usize) -> usize {
    length.div_ceil(64)
}

/// The bits of the word at `index` that stand for rows before `end`.
fn low_bits(end: usize, index: usize) -> u64 {
    match end.saturating_sub(index * 64) {
        64.. => u64::MAX,
        count => (1 << count) - 1,
    }
}

fn ascending(word: u64, index: usize) -> impl Iterator<Item = u16> {
    let next = |rest: &u64| Some(rest & (rest - 1)).filter(|&rest| rest != 0);
    std::iter::successors((word != 0).then_some(word), next)
        .map(move |rest| (index * 64) as u16 + rest.trailing_zeros() as u16)
}

fn descending(word: u64, index: usize) -> impl Iterator<Item = u16> {
    let highest = |rest: u64| 63 - rest.leading_zeros();
    let next = move |rest: &u64| Some(rest & !(1 << highest(*rest))).filter(|&rest| rest != 0);
    std::iter::successors((word != 0).then_some(word), next)
        .map(move |rest| (index * 64) as u16 + highest(rest) as u16)
}

/// The rows of two sorted lists, the shorter given first.
fn both(short: &[u16], long: &[u16]) -> Vec<u16> {
    let mut rows = Vec::with_capacity(short.len());
    if long.len() / 16 > short.len() {
        let mut rest = long;
        for &row in short {
            let at = rest.partition_point(|&other| other < row);
            rest = &rest[at..];
            if rest.first() == Some(&row) {
                rows.push(row);
            }
        }
        return rows;
    }
    let (mut a, mut b) = (0, 0);
    while a < short.len() && b < long.len() {
        let (x, y) = (short[a], long[b]);
        if x == y {
            rows.push(x);
        }
        a += usize::from(x <= y);
        b += usize::from(y <= x);
    }
    rows
}

/// Adds a row.
pub(super) fn insert(bits: &mut [u64], row: usize) {
    bits[row / 64] |= 1 << (row % 64);
}

/// Takes a row out.
pub(super) fn remove(bits: &mut [u64], row: usize) {
    bits[row / 64] &= !(1 << (row % 64));
}

/// Whether a row is in it; rows beyond the end of the bits are not.
pub(super) fn contains(bits: &[u64], row: usize) -> bool {
    bits.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const LENGTH: usize = 300;

    fn set(rows: &BTreeSet<u16>, as_bits: bool) -> Set<'static> {
        let list = Set::Rows(rows.iter().copied().collect());
        if as_bits { Set::bits(list.into_bits(LENGTH)) } else { list }
    }

    fn rows(set: &Set<'_>) -> BTreeSet<u16> {
        let mut rows = Vec::new();
        set.for_each(|row| rows.push(row));
        assert!(rows.is_sorted());
        let mut reversed: Vec<u16> = set.descending().collect();
        reversed.reverse();
        assert_eq!(rows, reversed);
        assert_eq!(rows.len(), set.len());
        rows.into_iter().collect()
    }

    proptest! {
        #[test]
        fn sets_are_as_those_of_the_library(
            a in prop::collection::btree_set(0u16..LENGTH as u16, 0..120),
            b in prop::collection::btree_set(0u16..LENGTH as u16, 0..12),
            forms in any::<(bool, bool)>(),
            end in 0..LENGTH + 70,
        ) {
            let (left, right) = (set(&a, forms.0), set(&b, forms.1));
            prop_assert_eq!(rows(&left.clone().and(right.clone())), &a & &b);
            prop_assert_eq!(rows(&right.clone().and(left.clone())), &a & &b);
            prop_assert_eq!(rows(&left.clone().or(right.clone(), LENGTH)), &a | &b);
            prop_assert_eq!(rows(&left.clone().minus(&right)), &a - &b);
            let all: BTreeSet<u16> = (0..LENGTH as u16).collect();
            prop_assert_eq!(rows(&left.clone().complement(LENGTH)), &all - &a);
            let early: BTreeSet<u16> = a.iter().copied().filter(|&row| usize::from(row) < end).collect();
            prop_assert_eq!(rows(&left.clone().before(end)), early);
            prop_assert_eq!(rows(&left.clone().retain(|row| right.contains(row))), &a & &b);
        }
    }
}
