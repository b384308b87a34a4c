//! Columns: a small number for each row, and numbers by their ranks.

use super::flat::{Flat, FlatReader, ascends, put_list};
use super::set::{Set, words};
use std::ops::Bound;

/// A number for each row, in as few bytes as the greatest needs; none if all are the same.
#[derive(Debug, PartialEq)]
pub(super) enum Ranks {
    /// Every row's.
    Same(u32),
    /// One byte each.
    Bytes(Box<[u8]>),
    /// Two bytes each.
    Shorts(Box<[u16]>),
    /// Four bytes each.
    Words(Box<[u32]>),
}

impl Ranks {
    /// Packs the numbers of all rows.
    pub(super) fn pack(numbers: &[u32]) -> Self {
        const FITS: &str = "the greatest number fits";
        let greatest = numbers.iter().copied().max().unwrap_or(0);
        if numbers.iter().all(|&number| number == greatest) {
            Self::Same(greatest)
        } else if u8::try_from(greatest).is_ok() {
            Self::Bytes(numbers.iter().map(|&number| u8::try_from(number).expect(FITS)).collect())
        } else if u16::try_from(greatest).is_ok() {
            Self::Shorts(numbers.iter().map(|&number| u16::try_from(number).expect(FITS)).collect())
        } else {
            Self::Words(numbers.into())
        }
    }

    /// The number of a row.
    #[inline]
    pub(super) fn get(&self, row: u16) -> u32 {
        let row = usize::from(row);
        match self {
            Self::Same(number) => *number,
            Self::Bytes(numbers) => numbers[row].into(),
            Self::Shorts(numbers) => numbers[row].into(),
            Self::Words(numbers) => numbers[row],
        }
    }

    /// Counts the rows of a set by their numbers, each of which is less than the length of `counts`.
    pub(super) fn count(&self, rows: &Set<'_>, counts: &mut [u64]) {
        match self {
            Self::Same(number) => counts[*number as usize] += rows.len() as u64,
            Self::Bytes(numbers) => rows.for_each(|row| counts[usize::from(numbers[usize::from(row)])] += 1),
            Self::Shorts(numbers) => rows.for_each(|row| counts[usize::from(numbers[usize::from(row)])] += 1),
            Self::Words(numbers) => rows.for_each(|row| counts[numbers[usize::from(row)] as usize] += 1),
        }
    }

    /// The rows whose number is not less than `low` and not more than `high`, as bits of a segment
    /// of this length.
    pub(super) fn between(&self, low: u32, high: u32, length: usize) -> Vec<u64> {
        // Bounds beyond what a width holds are met by none of its numbers, or by all.
        match self {
            _ if low > high => vec![0; words(length)],
            Self::Same(number) if !(low..=high).contains(number) => vec![0; words(length)],
            Self::Same(_) => {
                let mut bits = vec![u64::MAX; length / 64];
                bits.resize(words(length), (1 << (length % 64)) - 1);
                bits
            }
            Self::Bytes(numbers) => match u8::try_from(low) {
                Ok(low) => scan(numbers, low, u8::try_from(high).unwrap_or(u8::MAX)),
                Err(_) => vec![0; words(length)],
            },
            Self::Shorts(numbers) => match u16::try_from(low) {
                Ok(low) => scan(numbers, low, u16::try_from(high).unwrap_or(u16::MAX)),
                Err(_) => vec![0; words(length)],
            },
            Self::Words(numbers) => scan(numbers, low, high),
        }
    }

    /// Appends them as a section has them: how many bytes a row's number takes, then the numbers of
    /// all rows; for 0 bytes, the number that is every row's.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Same(number) => {
                out.push(0);
                u32::put_all(&[*number], out);
            }
            Self::Bytes(numbers) => {
                out.push(1);
                u8::put_all(numbers, out);
            }
            Self::Shorts(numbers) => {
                out.push(2);
                u16::put_all(numbers, out);
            }
            Self::Words(numbers) => {
                out.push(4);
                u32::put_all(numbers, out);
            }
        }
    }

    /// Reads those of so many rows, none greater than `greatest`.
    pub(super) fn decode(reader: &mut FlatReader<'_>, length: usize, greatest: usize) -> Option<Self> {
        let is_within = |number: Option<usize>| number.unwrap_or(0) <= greatest;
        match reader.byte()? {
            0 => {
                let number = reader.numbers::<u32>(1)?[0];
                is_within(Some(number as usize)).then_some(Self::Same(number))
            }
            1 => {
                let numbers: Box<[u8]> = reader.numbers(length)?;
                is_within(numbers.iter().max().map(|&number| number.into())).then_some(Self::Bytes(numbers))
            }
            2 => {
                let numbers: Box<[u16]> = reader.numbers(length)?;
                is_within(numbers.iter().max().map(|&number| number.into())).then_some(Self::Shorts(numbers))
            }
            4 => {
                let numbers: Box<[u32]> = reader.numbers(length)?;
                is_within(numbers.iter().max().map(|&number| number as usize)).then_some(Self::Words(numbers))
            }
            _ => None,
        }
    }

    /// Bytes of memory beyond the struct's own.
    pub(super) fn heap_bytes(&self) -> usize {
        match self {
            Self::Same(_) => 0,
            Self::Bytes(numbers) => numbers.len(),
            Self::Shorts(numbers) => numbers.len() * 2,
            Self::Words(numbers) => numbers.len() * 4,
        }
    }
}

/// One bit for each number, set if it is not less than `low` and not more than `high`.
fn scan<T: Copy + PartialOrd>(numbers: &[T], low: T, high: T) -> Vec<u64> {
    // Comparing into bytes and packing those is what compilers make vector code of.
    let pack = |numbers: &[T]| {
        let mut flags = [0u8; 64];
        for (flag, number) in flags.iter_mut().zip(numbers) {
            *flag = u8::from(*number >= low) & u8::from(*number <= high);
        }
        let (groups, _) = flags.as_chunks::<8>();
        // The product gathers the lowest bit of each of the eight bytes in its highest byte.
        let gather = |group: &[u8; 8]| u64::from_le_bytes(*group).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        groups.iter().rev().fold(0, |word, group| word << 8 | gather(group))
    };
    numbers.chunks(64).map(pack).collect()
}

/// A number for some of the rows: 64 bits each, held by its rank among the distinct ones.
#[derive(Debug, PartialEq)]
pub(super) struct Numbers {
    /// The distinct numbers, sorted.
    distinct: Box<[i64]>,
    /// Of each row: 0 if it has no number, else 1 + where its number stands in `distinct`.
    ranks: Ranks,
}

impl Numbers {
    /// Of so many rows; `numbers` gives the rows that have one, each once.
    pub(super) fn new(length: usize, numbers: &[(u16, i64)]) -> Self {
        let mut distinct: Vec<i64> = numbers.iter().map(|(_, number)| *number).collect();
        distinct.sort_unstable();
        distinct.dedup();
        let mut ranks = vec![0; length];
        for (row, number) in numbers {
            ranks[usize::from(*row)] = distinct.partition_point(|other| other <= number) as u32;
        }
        Self { distinct: distinct.into(), ranks: Ranks::pack(&ranks) }
    }

    /// The columns of stretches of rows as one of so many rows; each is given with its first row and
    /// its length.
    pub(super) fn merge(length: usize, stretches: &[(usize, usize, Option<&Self>)]) -> Self {
        let columns =
            || stretches.iter().filter_map(|(begin, length, column)| Some((*begin, *length, (*column)?)));
        let mut distinct: Vec<i64> =
            columns().flat_map(|(_, _, column)| column.distinct.iter().copied()).collect();
        distinct.sort_unstable();
        distinct.dedup();
        let mut ranks = vec![0; length];
        for (begin, length, column) in columns() {
            let rank_of = |number: &i64| distinct.partition_point(|other| other <= number) as u32;
            let ranks_of: Vec<u32> = std::iter::once(0).chain(column.distinct.iter().map(rank_of)).collect();
            for (row, rank) in ranks[begin..begin + length].iter_mut().enumerate() {
                *rank = ranks_of[column.ranks.get(row as u16) as usize];
            }
        }
        Self { distinct: distinct.into(), ranks: Ranks::pack(&ranks) }
    }

    /// Appends them as a section has them: the distinct numbers, then the rows' ranks.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        put_list(&self.distinct, out);
        self.ranks.encode(out);
    }

    /// Reads those of so many rows.
    pub(super) fn decode(reader: &mut FlatReader<'_>, length: usize) -> Option<Self> {
        let distinct: Box<[i64]> = reader.list()?;
        let ranks = Ranks::decode(reader, length, distinct.len())?;
        ascends(&distinct).then_some(Self { distinct, ranks })
    }

    /// The number of a row.
    #[inline]
    pub(super) fn get(&self, row: u16) -> Option<i64> {
        self.rank(row).map(|rank| self.distinct[rank])
    }

    /// Where a row's number stands among the distinct ones.
    #[inline]
    pub(super) fn rank(&self, row: u16) -> Option<usize> {
        (self.ranks.get(row) as usize).checked_sub(1)
    }

    /// The distinct numbers, sorted.
    pub(super) fn distinct(&self) -> &[i64] {
        &self.distinct
    }

    /// The rows whose number lies between the bounds, as bits of a segment of this length.
    pub(super) fn between(&self, low: Bound<i64>, high: Bound<i64>, length: usize) -> Vec<u64> {
        let below = self.distinct.partition_point(|&number| match low {
            Bound::Included(low) => number < low,
            Bound::Excluded(low) => number <= low,
            Bound::Unbounded => false,
        });
        let within = self.distinct.partition_point(|&number| match high {
            Bound::Included(high) => number <= high,
            Bound::Excluded(high) => number < high,
            Bound::Unbounded => true,
        });
        self.ranks.between(below as u32 + 1, within as u32, length)
    }

    /// Bytes of memory beyond the struct's own.
    pub(super) fn heap_bytes(&self) -> usize {
        self.distinct.len() * 8 + self.ranks.heap_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_are_found_by_rank(
            rows in prop::collection::vec(prop::option::weighted(0.8, -300i64..300), 1..700),
            bounds in (-310i64..310, -310i64..310),
            cut in any::<prop::sample::Index>(),
        ) {
            let given = |rows: &[Option<i64>]| -> Vec<(u16, i64)> {
                (0..).zip(rows).filter_map(|(row, number)| Some((row, (*number)?))).collect()
            };
            let length = rows.len();
            let cut = cut.index(length);
            let (head, tail) = rows.split_at(cut);
            let merged = Numbers::merge(length, &[
                (0, cut, Some(&Numbers::new(cut, &given(head)))),
                (cut, length - cut, Some(&Numbers::new(length - cut, &given(tail)))),
            ]);
            for column in [Numbers::new(length, &given(&rows)), merged] {
                for (row, number) in (0..).zip(&rows) {
                    prop_assert_eq!(column.get(row), *number);
                }
                let (low, high) = (Bound::Excluded(bounds.0), Bound::Included(bounds.1));
                let bits = column.between(low, high, length);
                prop_assert_eq!(bits.len(), words(length));
                for (row, number) in rows.iter().enumerate() {
                    let expected = number.is_some_and(|n| bounds.0 < n && n <= bounds.1);
                    prop_assert_eq!(crate::store::embedded::set::contains(&bits, row), expected);
                }
                let every = column.between(Bound::Unbounded, Bound::Unbounded, length);
                let present: u32 = every.iter().map(|word| word.count_ones()).sum();
                prop_assert_eq!(present as usize, given(&rows).len());
            }
        }
    }

    #[test]
    fn ranks_take_no_more_bytes_than_they_need() {
        let many: Vec<u32> = (0..70_000).collect();
        assert_eq!(Ranks::pack(&[7; 500]).heap_bytes(), 0);
        assert_eq!(Ranks::pack(&many[..256]).heap_bytes(), 256);
        assert_eq!(Ranks::pack(&many[..257]).heap_bytes(), 514);
        assert_eq!(Ranks::pack(&many).heap_bytes(), 280_000);
        assert_eq!(Ranks::pack(&many[..257]).between(256, 1 << 20, 257), [0, 0, 0, 0, 1]);
        assert_eq!(Ranks::pack(&many[..256]).between(256, 1 << 20, 256), [0; 4]);
    }
}
