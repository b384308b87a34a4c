//! The hedge table: how each form of words becomes an interval. It is the only place that says so;
//! the documentation and `explain` print it, and a change of any row is a new [`HEDGE_PROFILE`].

use crate::model::vocabulary::Hedge;

/// The version of the table, kept beside every interval that it made.
pub const HEDGE_PROFILE: &str = "sayso-hedges-1";

/// One row of the table.
#[derive(Debug)]
pub struct HedgeRule {
    /// The form of words.
    pub hedge: Hedge,
    /// What may stand before the number; the first is the canonical one. (PLUS_MINUS and BETWEEN
    /// have theirs between two numbers. EXACT and MAGNITUDE need none.)
    pub marks: &'static [&'static str],
    /// An example of the notation.
    pub example: &'static str,
    /// The interval, in words for people; N is the number.
    pub interval: &'static str,
}

/// The table, in the order of the vocabulary.
pub const HEDGES: [HedgeRule; 11] = [
    HedgeRule { hedge: Hedge::Exact, marks: &[], example: "4000", interval: "[N, N]" },
    HedgeRule {
        hedge: Hedge::About,
        marks: &["~", "about", "around", "roughly", "approximately", "some"],
        example: "~4000",
        interval: "N ± by its significant digits: one, half that digit's place, but within 10 to 20 % of N; \
                   two, 10 %; three, 5 %; more, 1 %",
    },
    HedgeRule { hedge: Hedge::PlusMinus, marks: &["+-", "±"], example: "42+-3.2", interval: "as written" },
    HedgeRule { hedge: Hedge::AtLeast, marks: &[">=", "at least"], example: ">=2000", interval: "[N, ∞)" },
    HedgeRule { hedge: Hedge::MoreThan, marks: &[">", "more than"], example: ">2000", interval: "(N, ∞)" },
    HedgeRule { hedge: Hedge::AtMost, marks: &["<=", "at most"], example: "<=500", interval: "[0, N]" },
    HedgeRule { hedge: Hedge::LessThan, marks: &["<", "less than"], example: "<500", interval: "[0, N)" },
    HedgeRule { hedge: Hedge::UpTo, marks: &["up to"], example: "up to 500", interval: "[0, N]" },
    HedgeRule {
        hedge: Hedge::Nearly,
        marks: &["nearly", "almost"],
        example: "nearly 4000",
        interval: "[0.9 N, N]",
    },
    HedgeRule { hedge: Hedge::Between, marks: &[".."], example: "10000..12000", interval: "as written" },
    HedgeRule {
        hedge: Hedge::Magnitude,
        marks: &[],
        example: "thousands",
        interval: "from twice the magnitude to just below the next: [2000, 9999]",
    },
];

/// The row of a hedge.
pub(super) fn rule(hedge: Hedge) -> &'static HedgeRule {
    &HEDGES[hedge as usize - 1]
}

/// The words that stand for a whole interval.
pub const MAGNITUDES: [(&str, f64, f64); 22] = [
    ("couple", 2.0, 3.0),
    ("several", 3.0, 9.0),
    ("tens", 20.0, 99.0),
    ("dozens", 24.0, 99.0),
    ("several dozen", 36.0, 99.0),
    ("hundreds", 200.0, 999.0),
    ("several hundred", 300.0, 999.0),
    ("thousands", 2e3, 9_999.0),
    ("several thousand", 3e3, 9_999.0),
    ("tens of thousands", 2e4, 99_999.0),
    ("hundreds of thousands", 2e5, 999_999.0),
    ("millions", 2e6, 9_999_999.0),
    ("several million", 3e6, 9_999_999.0),
    ("tens of millions", 2e7, 99_999_999.0),
    ("hundreds of millions", 2e8, 999_999_999.0),
    ("billions", 2e9, 9_999_999_999.0),
    ("several billion", 3e9, 9_999_999_999.0),
    ("tens of billions", 2e10, 99_999_999_999.0),
    ("hundreds of billions", 2e11, 999_999_999_999.0),
    ("trillions", 2e12, 9_999_999_999_999.0),
    ("several trillion", 3e12, 9_999_999_999_999.0),
    ("tens of trillions", 2e13, 99_999_999_999_999.0),
];

/// How far "about N" reaches to either side, by the significant digits with which N was written.
pub(super) fn about(number: f64, digits: u32, leading: u8) -> f64 {
    let divisor = match digits {
        // Half of the digit's place is N / (2 × digit): a tenth of N for 5, a half of it for 1.
        0 | 1 => (2.0 * f64::from(leading)).clamp(5.0, 10.0),
        2 => 10.0,
        3 => 20.0,
        _ => 100.0,
    };
    number.abs() / divisor
}

/// How far "nearly N" stays below N.
pub(super) fn nearly(number: f64) -> f64 {
    number.abs() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Quantity;

    #[test]
    fn every_hedge_has_its_row_and_its_example_reads_as_it() {
        for &hedge in Hedge::ALL {
            assert_eq!(rule(hedge).hedge, hedge);
            assert_eq!(Quantity::parse(rule(hedge).example).unwrap().hedge(), hedge);
        }
        assert_eq!(HEDGES.len(), Hedge::ALL.len());
    }

    #[test]
    fn magnitudes_end_below_the_next() {
        for (word, low, high) in MAGNITUDES {
            assert!(low < high, "{word}");
            assert!(matches!(high, 3.0 | 9.0) || (high + 1.0).log10().fract() == 0.0, "{word}");
        }
    }
}
