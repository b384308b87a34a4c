//! Where figures begin and end, in one unit.

use crate::model::{Figure, Unit};
use std::cmp::Ordering;

/// A place between numbers: at one, just before it or just after it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    /// Never NaN or −0.
    at: f64,
    side: Side,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Before,
    At,
    After,
}

impl Ord for Cut {
    fn cmp(&self, other: &Self) -> Ordering {
        self.at.total_cmp(&other.at).then(self.side.cmp(&other.side))
    }
}

impl PartialOrd for Cut {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Cut {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Cut {}

/// The ends of a figure: the first and the last place that lie in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ends {
    pub(super) low: Cut,
    pub(super) high: Cut,
    /// Both, as far as the digits that were said leave them open.
    pub(super) widened: (Cut, Cut),
}

impl Ends {
    /// The ends of a figure in another unit; none if its own is not commensurable with it.
    pub(super) fn of(figure: &Figure, unit: Option<&Unit>) -> Option<Self> {
        let factor = match (&figure.unit, unit) {
            (Some(own), Some(unit)) => own.factor_to(unit)?,
            (None, None) => 1.0,
            (Some(_), None) | (None, Some(_)) => return None,
        };
        // What is converted carries the error of its factor: 12 digits do not.
        let converted = |number: f64| if factor == 1.0 { number } else { rounded(number * factor, 12) };
        let quantity = &figure.quantity;
        let low_side = if quantity.low_exclusive() { Side::After } else { Side::At };
        let high_side = if quantity.high_exclusive() { Side::Before } else { Side::At };
        let low = |at: f64| Cut { at: converted(at), side: low_side };
        let high = |at: f64| Cut { at: converted(at), side: high_side };
        let (from, to) = (quantity.low(), quantity.high());
        Some(Self {
            low: low(from),
            high: high(to),
            widened: (low(rounded(from - half_unit(from), 15)), high(rounded(to + half_unit(to), 15))),
        })
    }

    /// Whether all of it is less than all of the other.
    pub(super) fn is_below(&self, other: &Self) -> bool {
        self.high < other.low
    }

    /// Whether that remains so however the digits that were said were rounded.
    pub(super) fn is_surely_below(&self, other: &Self) -> bool {
        self.is_below(other) && self.widened.1 < other.widened.0
    }

    /// Whether all of it lies in the other.
    pub(super) fn is_inside(&self, other: &Self) -> bool {
        other.low <= self.low && self.high <= other.high
    }
}

/// Half the unit of a number's last decimal digit that is not 0: 500 for 4000, 50 for 3600; 0 for 0
/// and what is infinite.
fn half_unit(number: f64) -> f64 {
    let spelled = format!("{number:e}");
    let Some((digits, exponent)) = spelled.split_once('e').filter(|_| number != 0.0) else { return 0.0 };
    let decimals = digits.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let exponent = exponent.parse::<i32>().unwrap_or_default();
    // At most 17 digits: within an i32 by far.
    format!("5e{}", exponent - decimals as i32 - 1).parse().unwrap_or_default()
}

/// The number to so many significant digits.
fn rounded(number: f64, digits: usize) -> f64 {
    format!("{number:.*e}", digits - 1).parse().unwrap_or(number) + 0.0
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::figure;
    use super::{Ends, half_unit, rounded};
    use crate::model::Content;

    fn ends(notation: &str) -> Ends {
        let Content::Figure(figure) = figure("a", notation).claim().content.clone() else { unreachable!() };
        Ends::of(&figure, None).unwrap()
    }

    #[test]
    fn the_last_digit_that_is_not_0_says_how_far_a_number_was_rounded() {
        let table = [
            (4000.0, 500.0),
            (3600.0, 50.0),
            (12.5, 0.05),
            (0.3, 0.05),
            (-70.0, 5.0),
            (1.0, 0.5),
            (1e20, 5e19),
            (0.0, 0.0),
            (f64::INFINITY, 0.0),
            (f64::NEG_INFINITY, 0.0),
        ];
        for (number, half) in table {
            assert_eq!(half_unit(number), half, "{number}");
        }
    }

    #[test]
    fn sums_of_decimals_meet_where_they_would_on_paper() {
        assert_ne!(0.4 - 0.05, 0.3 + 0.05);
        assert_eq!(rounded(0.4 - 0.05, 15), rounded(0.3 + 0.05, 15));
        assert_eq!(rounded(f64::INFINITY, 15), f64::INFINITY);
        assert!(rounded(-1e-30 + 1e-30, 15).is_sign_positive());
    }

    #[test]
    fn intervals_are_apart_possibly_and_surely() {
        let table = [
            // one, other, whether it is below, and surely
            ("3999", "4000", true, false),
            ("2000", "4000", true, true),
            ("3000", "4000", true, false),
            ("3500", "4000", true, false),
            ("3400", "4000", true, true),
            ("0.3", "0.4", true, false),
            ("0.3", "0.41", true, true),
            ("4000", "4000", false, false),
            ("<4000", "4000", true, false),
            ("<=4000", ">4000", true, false),
            ("<4000", ">=4000", true, false),
            ("<=4000", ">=4000", false, false),
            ("0", "5", true, true),
            ("0", "0.5", true, true),
            ("~4000", ">=20000", true, true),
            (">=20000", "~4000", false, false),
        ];
        for (one, other, is_below, surely) in table {
            let (one_ends, other_ends) = (ends(one), ends(other));
            assert_eq!(one_ends.is_below(&other_ends), is_below, "{one} {other}");
            assert_eq!(one_ends.is_surely_below(&other_ends), surely, "{one} {other}");
        }
        assert!(ends("4000").is_inside(&ends("<=4000")));
        assert!(!ends("4000").is_inside(&ends("<4000")));
        assert!(ends(">4000").is_inside(&ends(">=4000")));
        assert!(!ends(">=4000").is_inside(&ends("~4000")));
    }
}
