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
                let is_one_of = claim.when.as_ref().is_some_and(Time::is_one_of);
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

    /// The earliest that it can have begun: what lasts, as it was written.
    pub fn first_surely(&self) -> Timestamp {
        if self.is_moment() { self.start } else { self.core.0 }
    }

    fn is_moment(&self) -> bool {
        matches!(self.sort, Sort::Moment { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{event, figure, norm};
    use super::*;
    use crate::model::vocabulary::Modality;

    fn state(when: &str) -> Period {
        Period::of(&event("e").when(when).claim())
    }

    fn flow(when: &str) -> Period {
        Period::of(&figure("f", "5").basis(Basis::Flow).when(when).claim())
    }

    fn word(meets: Option<Truth>) -> &'static str {
        match meets {
            Some(Truth::Sure) => "surely",
            Some(Truth::Possible) => "possibly",
            None => "no",
        }
    }

    #[test]
    fn times_meet_as_far_as_they_are_known() {
        for (a, b, expected) in [
            // Two extents: as written surely, as widened possibly.
            ("2025-01/2025-02", "2025-02/2025-03", "surely"),
            ("2025-01/2025-02", "2025-03/2025-04", "no"),
            ("2025-01-01/2025-01-10~", "2025-01-12/2025-01-20", "possibly"),
            ("2025-01-01/2025-01-10~", "2025-01-14/2025-01-20", "no"),
            ("../2025-01-10", "2025-01-10/..", "surely"),
            ("2025-01-10T10:00:00Z", "2025-01/2025-02", "surely"),
            // A moment and an extent.
            ("2025-01-15", "2025-01/2025-02", "surely"),
            ("2025", "2025-01/2025-02", "possibly"),
            ("[2025-01-11..2025-01-20]", "2025-01-01/2025-01-31", "surely"),
            ("[2025-01-11..2025-01-20]", "2025-01-15/2025-01-31", "possibly"),
            ("2025-01-30~", "2025-01-01/2025-01-31", "possibly"),
            ("2025-01-15", "2025-01-16/2025-01-31", "no"),
            // Two moments.
            ("2025-01-15", "2025-01-15", "surely"),
            ("2025-01-15~", "2025-01-15~", "possibly"),
            ("2025-01-15", "2025-01-15~", "possibly"),
            ("2025-01-15?", "2025-01-15", "surely"),
            ("2025-01", "2025-01", "possibly"),
            ("2025-01", "2025-01-15", "possibly"),
            ("2025-01-15", "2025-01-16", "no"),
            ("[2025-01-15..2025-01-15]", "2025-01-15", "surely"),
        ] {
            assert_eq!(word(state(a).meets(&state(b))), expected, "{a} and {b}");
            assert_eq!(word(state(b).meets(&state(a))), expected, "{b} and {a}");
        }
        assert_eq!(word(Period::ALWAYS.meets(&state("2025-01-15"))), "surely");
        assert_eq!(word(Period::ALWAYS.meets(&Period::ALWAYS)), "surely");
    }

    #[test]
    fn what_is_counted_over_a_time_meets_what_is_counted_over_the_same() {
        for (a, b, expected) in [
            ("2025-01", "2025-01", "surely"),
            ("2025-01~", "2025-01~", "surely"),
            ("2025-01", "2025-01~", "no"),
            ("2025-01", "2025-02", "no"),
            ("2025-01", "2025", "no"),
            ("2025-01-01/2025-01-31", "2025-01", "surely"),
            // One of a range of dates stays a moment.
            ("[2025-01-01..2025-01-31]", "2025-01", "surely"),
            ("[2025-01-01..2025-02-28]", "2025-01", "possibly"),
        ] {
            assert_eq!(word(flow(a).meets(&flow(b))), expected, "{a} and {b}");
            assert_eq!(word(flow(b).meets(&flow(a))), expected, "{b} and {a}");
        }
        for (part, whole, expected) in [
            ("2025-01", "2025", true),
            ("2025-01", "2025-01", true),
            ("2025-01~", "2025", false),
            ("2025-03~", "2025", true),
            ("2025", "2025-01", false),
        ] {
            assert_eq!(flow(part).is_inside(&flow(whole)), expected, "{part} in {whole}");
        }
    }

    #[test]
    fn a_norm_holds_from_when_it_is_in_force_and_what_has_no_time_always() {
        let rule = || norm("n", Modality::Obligation);
        let since = Period::of(&rule().in_force("2017-12-22~").when("2020").claim());
        let written = state("2017-12-22~");
        assert_eq!(
            since,
            Period { start: written.start, core: (written.core.0, Timestamp::MAX), ..Period::ALWAYS }
        );
        assert_eq!(Period::of(&rule().when("2020").claim()), state("2020"));
        assert_eq!(Period::of(&rule().claim()), Period::ALWAYS);
        assert_eq!(Period::of(&event("e").claim()), Period::ALWAYS);
    }
}
