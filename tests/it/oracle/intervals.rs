//! Intervals and how they lie to each other; and truth in three values.

use sayso::model::{Quantity, Time, Timestamp};
use std::ops::{Bound, Bound::Excluded, Bound::Included, Bound::Unbounded, Not};

/// What is known of a condition. The least is the falsest, so that `and` is the least of its parts
/// and `or` the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Known {
    False,
    Possible,
    Sure,
}

impl Known {
    pub(super) fn sure_if(holds: bool) -> Self {
        if holds { Self::Sure } else { Self::False }
    }

    /// Sure if it holds of all of an interval, possible if of some of it.
    fn of(all: bool, some: bool) -> Self {
        if all {
            Self::Sure
        } else if some {
            Self::Possible
        } else {
            Self::False
        }
    }
}

impl Not for Known {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::False => Self::Sure,
            Self::Possible => Self::Possible,
            Self::Sure => Self::False,
        }
    }
}

/// All that lies between two ends; never nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Interval<T> {
    pub(super) low: Bound<T>,
    pub(super) high: Bound<T>,
}

impl<T: Copy + PartialOrd> Interval<T> {
    pub(super) fn point(at: T) -> Self {
        Self { low: Included(at), high: Included(at) }
    }

    pub(super) fn is_bounded(self) -> bool {
        self.low != Unbounded && self.high != Unbounded
    }

    /// Whether nothing of it lies before or in the other: all of it is after the other's end.
    fn is_all_after(self, other: Self) -> bool {
        match (other.high, self.low) {
            (Unbounded, _) | (_, Unbounded) => false,
            (Included(end), Included(begin)) => begin > end,
            (Included(end) | Excluded(end), Included(begin) | Excluded(begin)) => begin >= end,
        }
    }

    fn is_all_before(self, other: Self) -> bool {
        other.is_all_after(self)
    }

    /// Whether some of it is after the other's end.
    fn is_partly_after(self, other: Self) -> bool {
        match (other.high, self.high) {
            (Unbounded, _) => false,
            (_, Unbounded) => true,
            (Excluded(end), Included(last)) => last >= end,
            (Included(end) | Excluded(end), Included(last) | Excluded(last)) => last > end,
        }
    }

    /// Whether some of it is before the other's start.
    fn is_partly_before(self, other: Self) -> bool {
        match (other.low, self.low) {
            (Unbounded, _) => false,
            (_, Unbounded) => true,
            (Excluded(start), Included(first)) => first <= start,
            (Included(start) | Excluded(start), Included(first) | Excluded(first)) => first < start,
        }
    }

    /// `=` and `in`: sure inside the literal, possible where they overlap.
    pub(super) fn lies_in(self, literal: Self) -> Known {
        let inside = !self.is_partly_before(literal) && !self.is_partly_after(literal);
        let overlaps = !self.is_all_after(literal) && !self.is_all_before(literal);
        Known::of(inside, overlaps)
    }

    /// `>`
    pub(super) fn is_after(self, literal: Self) -> Known {
        Known::of(self.is_all_after(literal), self.is_partly_after(literal))
    }

    /// `<`
    pub(super) fn is_before(self, literal: Self) -> Known {
        Known::of(self.is_all_before(literal), self.is_partly_before(literal))
    }

    /// `>=`: what is at or after the literal's start is what is not before it.
    pub(super) fn is_from(self, literal: Self) -> Known {
        !self.is_before(literal)
    }

    /// `<=`: what is at or before the literal's end is what is not after it.
    pub(super) fn is_up_to(self, literal: Self) -> Known {
        !self.is_after(literal)
    }
}

/// When a time is, in microseconds.
pub(super) fn of_time(time: &Time) -> Interval<i64> {
    let low = if time.start() == Timestamp::MIN { Unbounded } else { Included(time.start().0) };
    let high = if time.end() == Timestamp::MAX { Unbounded } else { Excluded(time.end().0) };
    Interval { low, high }
}

/// A moment lasts a microsecond: there is nothing shorter.
pub(super) fn of_moment(moment: Timestamp) -> Interval<i64> {
    Interval { low: Included(moment.0), high: Excluded(moment.0 + 1) }
}

pub(super) fn of_quantity(quantity: &Quantity) -> Interval<f64> {
    let end = |at: f64, is_left_out: bool| match (at.is_finite(), is_left_out) {
        (false, _) => Unbounded,
        (true, true) => Excluded(at),
        (true, false) => Included(at),
    };
    Interval {
        low: end(quantity.low(), quantity.low_exclusive()),
        high: end(quantity.high(), quantity.high_exclusive()),
    }
}

#[test]
fn intervals_lie_as_the_language_says() {
    use Known::{False, Possible, Sure};
    let closed = |low, high| Interval { low: Included(low), high: Included(high) };
    let literal = Interval { low: Included(10.0), high: Excluded(20.0) };
    let graded = |row: Interval<f64>| {
        [
            row.lies_in(literal),
            row.is_before(literal),
            row.is_up_to(literal),
            row.is_from(literal),
            row.is_after(literal),
        ]
    };
    for (row, expected) in [
        (closed(10.0, 19.0), [Sure, False, Sure, Sure, False]),
        (closed(10.0, 20.0), [Possible, False, Possible, Sure, Possible]),
        (closed(20.0, 20.0), [False, False, False, Sure, Sure]),
        (closed(5.0, 9.0), [False, Sure, Sure, False, False]),
        (closed(5.0, 10.0), [Possible, Possible, Sure, Possible, False]),
        (Interval { low: Included(5.0), high: Excluded(10.0) }, [False, Sure, Sure, False, False]),
        (Interval { low: Included(10.0), high: Excluded(20.0) }, [Sure, False, Sure, Sure, False]),
        (Interval { low: Unbounded, high: Unbounded }, [Possible; 5]),
    ] {
        assert_eq!(graded(row), expected, "{row:?}");
    }
}
