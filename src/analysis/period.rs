//! When a claim holds, and whether the times of two claims meet.

use crate::model::time::Precision;
use crate::model::vocabulary::Basis;
use crate::model::{Claim, Content, Nature, Time, Timestamp};
use crate::plan::Truth;

/// When a claim holds. Ends are exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The earliest beginning, as `~` and `%` widen it.
    pub start: Timestamp,
    /// The latest end, as `~` and `%` widen it.
    pub end: Timestamp,
    /// Both as they were written.
    pub core: (Timestamp, Timestamp),
    /// What the ends mean.
    pub sort: Sort,
}

/// What the ends of a period mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// It holds throughout.
    Extent,
    /// Counted over the whole of it.
    Flow,
    /// It holds at some moment inside; whether that is known to the day.
    Moment {
        /// Whether it is a day, not qualified.
        is_day: bool,
    },
}

const DAY: i64 = 86_400_000_000;

impl Period {
    /// All time.
    pub const ALWAYS: Self = Self {
        start: Timestamp::MIN,
        end: Timestamp::MAX,
        core: (Timestamp::MIN, Timestamp::MAX),
        sort: Sort::Extent,
    };

    /// When the claim holds: a norm from when it is in force; what has no time, always.
    pub fn of(claim: &Claim) -> Self {
        match &claim.content {
            Content::Norm(norm) => norm.in_force.as_ref().map_or_else(
                || claim.when.as_ref().map_or(Self::ALWAYS, Self::of_time),
                |time| Self { start: time.start(), core: (time.core().0, Timestamp::MAX), ..Self::ALWAYS },
            ),
            Content::Figure(figure) if figure.basis == Basis::Flow => {
                let period = claim.when.as_ref().map_or(Self::ALWAYS, Self::of_time);
                // One of a set of dates remains one; every other date is what was counted over.
                let is_one_of = claim.when.as_ref().is_some_and(|when| when.text().starts_with('['));
                Self { sort: if is_one_of { period.sort } else { Sort::Flow }, ..period }
            }
            Content::Figure(_) | Content::Event | Content::Statement => {
                claim.when.as_ref().map_or(Self::ALWAYS, Self::of_time)
            }
        }
    }

    fn of_time(time: &Time) -> Self {
        let (start, end, core) = (time.start(), time.end(), time.core());
        let sort = match time.nature() {
            Nature::Extent => Sort::Extent,
            Nature::Moment => {
                let is_day = time.precision() == Precision::Day
                    && (start, end) == core
                    && end.0.saturating_sub(start.0) == DAY;
                Sort::Moment { is_day }
            }
        };
        Self { start, end, core, sort }
    }

    /// Whether the times overlap: possibly, or surely. What was counted over one time and over
    /// another meets where they are equal, and then surely.
    pub fn meets(&self, other: &Self) -> Option<Truth> {
        if self.sort == Sort::Flow && other.sort == Sort::Flow {
            return ((self.start, self.end) == (other.start, other.end)).then_some(Truth::Sure);
        }
        if !self.overlaps(other) {
            return None;
        }
        let is_sure = match (self.is_moment(), other.is_moment()) {
            (false, false) => self.core.0 < other.core.1 && other.core.0 < self.core.1,
            (true, false) => self.is_inside(other),
            (false, true) => other.is_inside(self),
            (true, true) => self.sort == Sort::Moment { is_day: true } && self == other,
        };
        Some(if is_sure { Truth::Sure } else { Truth::Possible })
    }

    /// Whether some time is in both.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether all of it, widened, lies within the other as it was written.
    pub fn is_inside(&self, whole: &Self) -> bool {
        whole.core.0 <= self.start && self.end <= whole.core.1
    }

    fn is_moment(&self) -> bool {
        matches!(self.sort, Sort::Moment { .. })
    }
}
