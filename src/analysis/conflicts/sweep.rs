//! Pairs that meet in time and lie apart in value, found without a look at the others.

use super::super::work::{TooMuch, Work};
use crate::model::Timestamp;
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::ops::Bound;

/// A claim in a sweep.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot<C> {
    /// Which it is.
    pub(super) index: usize,
    /// When it begins.
    pub(super) start: Timestamp,
    /// When it ends, exclusive.
    pub(super) end: Timestamp,
    /// Its lower end if it is to be above, its upper end if it is to be below.
    pub(super) cut: C,
}

/// Finds each pair whose times overlap and of which the one's cut is above the other's.
///
/// # Errors
/// The claims and the pairs are more than there is work left; or `found` says so.
pub(super) fn overlapping<C: Ord + Copy>(
    above: &[Spot<C>],
    below: &[Spot<C>],
    work: &mut Work,
    mut found: impl FnMut(usize, usize, &mut Work) -> Result<(), TooMuch>,
) -> Result<(), TooMuch> {
    let (mut open_above, mut open_below) = (Open::of(above), Open::of(below));
    let mut starts = both(above, below);
    starts.sort_by_key(|(_, _, spot)| spot.start);
    for (is_above, place, spot) in starts {
        work.spend(1)?;
        if is_above {
            open_below.leave_before(spot.start);
            for other in open_below.below(spot.cut) {
                work.spend(1)?;
                found(spot.index, other.index, work)?;
            }
            open_above.enter(place);
        } else {
            open_above.leave_before(spot.start);
            for other in open_above.above(spot.cut) {
                work.spend(1)?;
                found(other.index, spot.index, work)?;
            }
            open_below.enter(place);
        }
    }
    Ok(())
}

/// Finds each pair of which the part's time lies within the whole's and the part's cut is above the
/// whole's.
///
/// # Errors
/// As [`overlapping`]; pairs that overlap without lying within are looked at too.
pub(super) fn inside<C: Ord + Copy>(
    parts: &[Spot<C>],
    wholes: &[Spot<C>],
    work: &mut Work,
    mut found: impl FnMut(usize, usize, &mut Work) -> Result<(), TooMuch>,
) -> Result<(), TooMuch> {
    let mut open = Open::of(wholes);
    let mut starts = both(parts, wholes);
    // Of what begins together the longest first, wholes before parts: a running total, which
    // begins with all others, meets no shorter one.
    starts.sort_by_key(|(is_part, _, spot)| (spot.start, Reverse(spot.end), *is_part));
    for (is_part, place, spot) in starts {
        work.spend(1)?;
        if !is_part {
            open.enter(place);
            continue;
        }
        open.leave_before(spot.start);
        for whole in open.below(spot.cut) {
            work.spend(1)?;
            if spot.end <= whole.end {
                found(spot.index, whole.index, work)?;
            }
        }
    }
    Ok(())
}

/// Those of two sides, with which side and in which place; none if a side has none.
fn both<'s, C>(ones: &'s [Spot<C>], others: &'s [Spot<C>]) -> Vec<(bool, usize, &'s Spot<C>)> {
    if ones.is_empty() || others.is_empty() {
        return Vec::new();
    }
    let placed = |is_one| move |(place, spot)| (is_one, place, spot);
    ones.iter().enumerate().map(placed(true)).chain(others.iter().enumerate().map(placed(false))).collect()
}

/// Claims of one side whose time has begun and not ended, by their cuts.
struct Open<'s, C> {
    spots: &'s [Spot<C>],
    by_cut: BTreeSet<(C, usize)>,
    ends: BinaryHeap<Reverse<(Timestamp, usize)>>,
}

impl<'s, C: Ord + Copy> Open<'s, C> {
    fn of(spots: &'s [Spot<C>]) -> Self {
        Self { spots, by_cut: BTreeSet::new(), ends: BinaryHeap::new() }
    }

    fn enter(&mut self, place: usize) {
        let spot = &self.spots[place];
        self.by_cut.insert((spot.cut, place));
        self.ends.push(Reverse((spot.end, place)));
    }

    fn leave_before(&mut self, now: Timestamp) {
        while let Some(&Reverse((end, place))) = self.ends.peek()
            && end <= now
        {
            self.by_cut.remove(&(self.spots[place].cut, place));
            self.ends.pop();
        }
    }

    fn below(&self, cut: C) -> impl Iterator<Item = &'s Spot<C>> {
        self.by_cut.range(..(cut, 0)).map(|&(_, place)| &self.spots[place])
    }

    fn above(&self, cut: C) -> impl Iterator<Item = &'s Spot<C>> {
        let beyond = (Bound::Excluded((cut, usize::MAX)), Bound::Unbounded);
        self.by_cut.range(beyond).map(|&(_, place)| &self.spots[place])
    }
}
