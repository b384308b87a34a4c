//! Intervals in another unit, added up, and what they have in common.

use super::Interval;

/// What is multiplied by a factor carries the factor's error; so many digits do not.
const CONVERTED_DIGITS: usize = 12;
/// What is added up carries the error of binary fractions; so many digits do not.
const ADDED_DIGITS: usize = 15;

impl Interval {
    /// The interval in a unit of which one of its own is `factor`, above 0 and finite; rounded to
    /// 12 digits unless the factor is 1.
    #[must_use]
    pub fn converted(self, factor: f64) -> Self {
        self.with_ends(converted(self.low, factor), converted(self.high, factor))
    }

    /// What a number in the one and a number in the other can come to together. May be unbounded at
    /// both ends.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let sum = Self {
            low_exclusive: (self.low_exclusive || other.low_exclusive) && self.bounded_below(other),
            high_exclusive: (self.high_exclusive || other.high_exclusive) && self.bounded_above(other),
            ..self
        };
        sum.with_ends(added(self.low, other.low), added(self.high, other.high))
    }

    /// What lies in both, if anything does.
    pub fn intersection(self, other: Self) -> Option<Self> {
        let low = if self.begins_before(other) { other } else { self };
        let high = if self.ends_after(other) { other } else { self };
        Self::parse((low.low, low.low_exclusive), (high.high, high.high_exclusive)).ok()
    }

    /// Whether it has a number or an infinity below all of the other.
    pub fn begins_before(self, other: Self) -> bool {
        self.low < other.low || self.low == other.low && !self.low_exclusive && other.low_exclusive
    }

    /// Whether it has a number or an infinity above all of the other.
    pub fn ends_after(self, other: Self) -> bool {
        self.high > other.high || self.high == other.high && !self.high_exclusive && other.high_exclusive
    }

    fn bounded_below(self, other: Self) -> bool {
        self.low.is_finite() && other.low.is_finite()
    }

    fn bounded_above(self, other: Self) -> bool {
        self.high.is_finite() && other.high.is_finite()
    }

    /// The same with other ends, in order; where rounding made them one number, that is inside.
    fn with_ends(self, low: f64, high: f64) -> Self {
        let holds_several = low < high;
        Self {
            low,
            high,
            low_exclusive: self.low_exclusive && holds_several,
            high_exclusive: self.high_exclusive && holds_several,
        }
    }
}

/// A number, or an end, in another unit: multiplied by the factor, and rounded to 12 digits unless
/// that is 1. What is finite remains so.
pub fn converted(number: f64, factor: f64) -> f64 {
    if factor == 1.0 { number } else { finite(number, rounded(number * factor, CONVERTED_DIGITS)) }
}

/// The sum of two ends; whole numbers are added exactly up to 2^53.
fn added(one: f64, other: f64) -> f64 {
    let sum = one + other;
    let is_whole = one.fract() == 0.0 && other.fract() == 0.0;
    let sum = if is_whole { sum } else { rounded(sum, ADDED_DIGITS) };
    if one.is_finite() { finite(other, sum) } else { sum }
}

/// The result, or the largest number there is where something finite outgrew it.
fn finite(of: f64, result: f64) -> f64 {
    if of.is_finite() { result.clamp(f64::MIN, f64::MAX) } else { result }
}

/// The number to so many significant digits.
fn rounded(number: f64, digits: usize) -> f64 {
    // Adding 0 makes −0 the 0 that it equals.
    format!("{number:.*e}", digits - 1).parse().unwrap_or(number) + 0.0
}

#[cfg(test)]
mod tests {
    use super::super::{Interval, Quantity};
    use proptest::prelude::*;

    fn of(notation: &str) -> Interval {
        Quantity::parse(notation).unwrap().interval()
    }

    #[test]
    fn a_unit_is_changed_without_the_error_of_its_factor() {
        for (notation, factor, expected) in [
            ("1.1", 1000.0, "[1100, 1100]"),
            ("~4000", 0.001, "[3.5, 4.5]"),
            (">2000", 0.5, "(1000, ∞)"),
            ("<1", 3.0, "[0, 3)"),
            // One digit more than a conversion keeps, and no conversion.
            ("1234567890123", 1.0, "[1234567890123, 1234567890123]"),
            ("1234567890123", 10.0, "[12345678901200, 12345678901200]"),
            ("1e308", 1000.0, "[1.7976931348623157e308, 1.7976931348623157e308]"),
        ] {
            assert_eq!(of(notation).converted(factor).to_string(), expected, "{notation} × {factor}");
        }
        let narrow = Interval::parse((1.0, true), (1.0 + 1e-15, true)).unwrap();
        assert_eq!(narrow.converted(2.0).to_string(), "[2, 2]");
    }

    #[test]
    fn sums_leave_out_what_one_of_them_leaves_out() {
        for (one, other, expected) in [
            ("4000", "200..300", "[4200, 4300]"),
            (">2000", "3", "(2003, ∞)"),
            (">2000", "<500", "(2000, ∞)"),
            ("<500", "<=20", "[0, 520)"),
            ("<-5", ">5", "(−∞, ∞)"),
            ("0.1", "0.2", "[0.3, 0.3]"),
            ("9007199254740991", "1", "[9.007199254740992e15, 9.007199254740992e15]"),
            ("1.7e308", "1.7e308", "[1.7976931348623157e308, 1.7976931348623157e308]"),
        ] {
            assert_eq!(of(one).plus(of(other)).to_string(), expected, "{one} + {other}");
            assert_eq!(of(other).plus(of(one)).to_string(), expected, "{other} + {one}");
        }
    }

    #[test]
    fn what_lies_in_both_begins_with_the_later_and_ends_with_the_earlier() {
        for (one, other, expected) in [
            ("~4000", ">=4200", Some("[4200, 4500]")),
            (">2000", ">=2000", Some("(2000, ∞)")),
            ("<500", "<=500", Some("[0, 500)")),
            (">500", "<=500", None),
            (">=500", "<=500", Some("[500, 500]")),
            ("100..200", "300..400", None),
        ] {
            for (one, other) in [(one, other), (other, one)] {
                let both = of(one).intersection(of(other)).map(|both| both.to_string());
                assert_eq!(both.as_deref(), expected, "{one} and {other}");
            }
        }
    }

    fn interval() -> impl Strategy<Value = Interval> {
        (-9_i32..9, 1_i32..9, any::<bool>(), any::<bool>()).prop_map(|(low, length, open, wide)| {
            let high = if wide { f64::INFINITY } else { f64::from(low + length) };
            Interval::parse((low.into(), open), (high, !open)).unwrap()
        })
    }

    /// An interval with a number in it.
    fn with_number() -> impl Strategy<Value = (Interval, f64)> {
        (interval(), 1_i32..16).prop_map(|(interval, halves)| {
            let halves = if interval.high.is_finite() {
                f64::from(halves) % (2.0 * (interval.high - interval.low))
            } else {
                halves.into()
            };
            (interval, interval.low + halves.max(1.0) / 2.0)
        })
    }

    proptest! {
        #[test]
        fn a_number_is_in_the_intersection_if_it_is_in_both(
            one in interval(), other in interval(), halves in -40_i32..40,
        ) {
            let number = f64::from(halves) / 2.0;
            let both = one.intersection(other).is_some_and(|both| both.contains(number));
            prop_assert_eq!(both, one.contains(number) && other.contains(number));
        }

        #[test]
        fn numbers_of_both_come_to_one_in_the_sum(
            (one, first) in with_number(), (other, second) in with_number(),
        ) {
            prop_assert!(one.contains(first) && other.contains(second));
            prop_assert!(one.plus(other).contains(first + second));
        }
    }
}
