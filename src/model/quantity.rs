//! Quantities as intervals. Numbers are `f64`: exact for whole numbers up to 2^53, beyond which
//! neighbouring counts become one.

mod arithmetic;
mod hedges;
mod notation;

pub use arithmetic::converted;
pub use hedges::{HEDGE_PROFILE, HEDGES, HedgeRule, MAGNITUDES};

use super::limits::MAX_NOTATION_BYTES;
use super::shown::piece;
use super::vocabulary::Hedge;
use notation::Reading;
use std::fmt;

/// A quantity that is known as far as somebody said it: an interval, the number that was said, and
/// the form of words.
///
/// `low ≤ best ≤ high`; an end without a bound is infinite; no end is NaN or −0; the interval holds
/// at least one number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantity {
    interval: Interval,
    best: Option<f64>,
    hedge: Hedge,
}

/// A figure's numbers as its writer gives them; see [`Quantity::from_parts`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Parts<'a> {
    /// A notation such as `~4000`.
    pub notation: Option<&'a str>,
    /// The lower end, over that of the notation.
    pub low: Option<f64>,
    /// The upper end, over that of the notation.
    pub high: Option<f64>,
    /// Whether the given lower end itself is left out.
    pub low_exclusive: bool,
    /// Whether the given upper end itself is left out.
    pub high_exclusive: bool,
    /// The number that was said, over that of the notation.
    pub best: Option<f64>,
    /// The form of words.
    pub hedge: Option<Hedge>,
}

impl Quantity {
    /// Reads a notation by the hedge table, [`HEDGES`].
    ///
    /// Two bounds that the table leaves open: `<=N` and its kin begin at −∞ if N is below 0 (and
    /// `<0`), since nothing would be left from 0 up; `nearly -4000` is [−4000, −3600].
    pub fn parse(notation: &str) -> Result<Self, QuantityError> {
        let Reading { interval, best, hedge } = notation::read(notation)?;
        // About 1.7e308 reaches beyond the largest number there is.
        if !interval.fits(hedge) {
            return Err(QuantityError::TooLarge);
        }
        Ok(Self { interval, best, hedge })
    }

    /// Makes a quantity of a notation, or of ends, or of both: an end that is given replaces the
    /// notation's, one that is in neither is infinite.
    ///
    /// The hedge is the notation's, unless ends were given that contradict it; without one it
    /// follows from the ends. A hedge that is given must agree: with the notation if that stands
    /// alone, else with which ends are finite. The notation's number is dropped if the ends given
    /// leave it out; a `best` that they leave out is refused.
    pub fn from_parts(parts: &Parts<'_>) -> Result<Self, QuantityError> {
        for (end, value) in [("low", parts.low), ("high", parts.high), ("best", parts.best)] {
            if value.is_some_and(f64::is_nan) {
                return Err(QuantityError::NotANumber { end });
            }
        }
        let read = parts.notation.map(Self::parse).transpose()?;
        if parts.low.is_none() && parts.high.is_none() && read.is_none() {
            return Err(QuantityError::NoEnds);
        }
        let written = read.map_or(Interval::EVERYTHING, |read| read.interval);
        let low = parts.low.map_or((written.low, written.low_exclusive), |low| (low, parts.low_exclusive));
        let high =
            parts.high.map_or((written.high, written.high_exclusive), |high| (high, parts.high_exclusive));
        let interval = Interval::parse(low, high)?;
        let best = match parts.best {
            Some(best) if interval.contains(best) => Some(best + 0.0),
            Some(best) => return Err(QuantityError::BestOutside { best, interval }),
            None => read.and_then(|read| read.best).filter(|best| interval.contains(*best)),
        };
        let of_notation = read.filter(|read| read.interval == interval).map(|read| read.hedge);
        let hedge = match (parts.hedge, of_notation, read) {
            (Some(given), Some(written), _) if given != written => {
                return Err(QuantityError::HedgeDisagrees { given, written });
            }
            (Some(given), _, _) if !interval.fits(given) => {
                return Err(QuantityError::HedgeUnfit { hedge: given, interval });
            }
            (Some(given), _, _) => given,
            (None, _, Some(read)) if interval.fits(read.hedge) => read.hedge,
            (None, _, _) => interval.hedge(),
        };
        Ok(Self { interval, best, hedge })
    }

    /// The lower end; −∞ without one.
    pub fn low(&self) -> f64 {
        self.interval.low
    }

    /// The upper end; ∞ without one.
    pub fn high(&self) -> f64 {
        self.interval.high
    }

    /// Whether the lower end itself is left out; false if it is infinite.
    pub fn low_exclusive(&self) -> bool {
        self.interval.low_exclusive
    }

    /// Whether the upper end itself is left out; false if it is infinite.
    pub fn high_exclusive(&self) -> bool {
        self.interval.high_exclusive
    }

    /// The number that was said, or the writer's best estimate; finite, and inside.
    pub fn best(&self) -> Option<f64> {
        self.best
    }

    /// The form of words.
    pub fn hedge(&self) -> Hedge {
        self.hedge
    }

    /// The interval alone.
    pub fn interval(&self) -> Interval {
        self.interval
    }

    /// The shortest notation that reads as this interval and hedge. Ends that no notation has are
    /// shown as a notation of the interval, and if there is none, as `(3, 9]`, which is none.
    pub fn notation(&self) -> String {
        let Interval { low, high, .. } = self.interval;
        let mark = hedges::rule(self.hedge).marks.first().copied().unwrap_or_default();
        let best = self.best.unwrap_or(low);
        let candidates = match self.hedge {
            Hedge::Exact => vec![plain(low)],
            Hedge::About => {
                // As many digits as make the interval: ~4000 reaches farther than ~4.00e3.
                let spelled = (1..=3).map(|decimals| format!("{best:.decimals$e}"));
                std::iter::once(plain(best)).chain(spelled).map(|best| format!("{mark}{best}")).collect()
            }
            Hedge::PlusMinus => {
                // 45.2 − 42 is not 3.2 in binary: as few decimals as make the interval.
                let margin = high - best;
                let rounded = (0..=17).map(|decimals| format!("{margin:.decimals$}"));
                rounded.map(|margin| format!("{}{mark}{margin}", plain(best))).collect()
            }
            Hedge::AtLeast | Hedge::MoreThan => vec![format!("{mark}{}", plain(low))],
            Hedge::AtMost | Hedge::LessThan => vec![format!("{mark}{}", plain(high))],
            Hedge::UpTo => vec![format!("{mark} {}", plain(high))],
            Hedge::Nearly => vec![format!("{mark} {}", plain(best))],
            Hedge::Between => vec![format!("{}{mark}{}", plain(low), plain(high))],
            Hedge::Magnitude => {
                let words = MAGNITUDES.iter().filter(|row| row.1 == low && row.2 == high);
                words.map(|row| row.0.to_owned()).collect()
            }
        };
        let reads = |candidate: &String| {
            Self::parse(candidate)
                .is_ok_and(|read| read.interval == self.interval && read.hedge == self.hedge)
        };
        candidates.into_iter().find(reads).unwrap_or_else(|| self.interval.to_string())
    }
}

/// An interval of numbers, not empty. An infinite end is never exclusive; no end is NaN or −0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    low: f64,
    high: f64,
    low_exclusive: bool,
    high_exclusive: bool,
}

impl Interval {
    const EVERYTHING: Self = Self::closed(f64::NEG_INFINITY, f64::INFINITY);

    const fn closed(low: f64, high: f64) -> Self {
        Self { low, high, low_exclusive: false, high_exclusive: false }
    }

    fn ordered(low: f64, high: f64) -> Result<Self, QuantityError> {
        Self::parse((low, false), (high, false))
    }

    /// Each end with whether it is exclusive; neither is NaN.
    fn parse(low: (f64, bool), high: (f64, bool)) -> Result<Self, QuantityError> {
        // Adding 0 makes −0 the 0 that it equals.
        let interval = Self {
            low: low.0 + 0.0,
            high: high.0 + 0.0,
            low_exclusive: low.1 && low.0.is_finite(),
            high_exclusive: high.1 && high.0.is_finite(),
        };
        if interval.low > interval.high {
            return Err(QuantityError::LowAboveHigh { low: interval.low, high: interval.high });
        }
        if interval.low == interval.high && (interval.low_exclusive || interval.high_exclusive) {
            return Err(QuantityError::Nothing { interval });
        }
        if interval.low == f64::INFINITY || interval.high == f64::NEG_INFINITY {
            return Err(QuantityError::TooLarge);
        }
        if interval == Self::EVERYTHING {
            return Err(QuantityError::NoEnds);
        }
        Ok(interval)
    }

    /// The lower end; −∞ without one.
    pub fn low(self) -> f64 {
        self.low
    }

    /// The upper end; ∞ without one.
    pub fn high(self) -> f64 {
        self.high
    }

    /// Whether the lower end itself is left out.
    pub fn low_exclusive(self) -> bool {
        self.low_exclusive
    }

    /// Whether the upper end itself is left out.
    pub fn high_exclusive(self) -> bool {
        self.high_exclusive
    }

    /// Whether a number lies inside.
    pub fn contains(self, number: f64) -> bool {
        let above = if self.low_exclusive { number > self.low } else { number >= self.low };
        let below = if self.high_exclusive { number < self.high } else { number <= self.high };
        above && below && number.is_finite()
    }

    /// The hedge that the ends themselves suggest.
    fn hedge(self) -> Hedge {
        match (self.low.is_finite(), self.high.is_finite()) {
            (true, true) if self.low == self.high => Hedge::Exact,
            (true, false) if self.low_exclusive => Hedge::MoreThan,
            (true, false) => Hedge::AtLeast,
            (false, true) if self.high_exclusive => Hedge::LessThan,
            (false, true) => Hedge::AtMost,
            (true, true) | (false, false) => Hedge::Between,
        }
    }

    /// Whether a form of words can mean such ends.
    fn fits(self, hedge: Hedge) -> bool {
        let open_above = self.high.is_infinite();
        let closed = self.low.is_finite() && self.high.is_finite();
        match hedge {
            Hedge::Exact => self.low == self.high,
            Hedge::About | Hedge::PlusMinus | Hedge::Nearly | Hedge::Between | Hedge::Magnitude => closed,
            Hedge::AtLeast => open_above && !self.low_exclusive,
            Hedge::MoreThan => open_above && self.low_exclusive,
            Hedge::AtMost | Hedge::UpTo => !open_above && !self.high_exclusive,
            Hedge::LessThan => !open_above && self.high_exclusive,
        }
    }
}

/// `[3500, 4500]`, `(2000, ∞)`
impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open = if self.low_exclusive || self.low.is_infinite() { '(' } else { '[' };
        let close = if self.high_exclusive || self.high.is_infinite() { ')' } else { ']' };
        write!(f, "{open}{}, {}{close}", plain(self.low), plain(self.high))
    }
}

/// The shortest decimal of a number; with a power of ten where the zeros would be many.
pub fn plain(number: f64) -> String {
    match number.abs() {
        f64::INFINITY => (if number > 0.0 { "∞" } else { "−∞" }).to_owned(),
        size if size >= 1e15 || (size < 1e-6 && size > 0.0) => format!("{number:e}"),
        _ => format!("{number}"),
    }
}

/// Why numbers make no quantity.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum QuantityError {
    /// Nothing but space.
    #[error("an empty quantity")]
    Empty,
    /// More than [`MAX_NOTATION_BYTES`] bytes.
    #[error("a quantity of {bytes} bytes; at most {MAX_NOTATION_BYTES} are allowed")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// `11,000`
    #[error("commas do not group digits here: write {} or {}", piece(plain), piece(grouped))]
    GroupedByCommas {
        /// The whole notation without them.
        plain: String,
        /// The whole notation with underscores instead.
        grouped: String,
    },
    /// `1,5`
    #[error("a comma has no meaning in a quantity: decimals stand behind a point, as in {}", piece(point))]
    Comma {
        /// The whole notation with points instead.
        point: String,
    },
    /// `2000..`
    #[error("a range has two ends: write >=2000 or <=500 for one")]
    OpenRange,
    /// `10-12`
    #[error("a dash makes no range: write {}", piece(range))]
    Dash {
        /// The whole notation with `..` instead.
        range: String,
    },
    /// Neither a number nor a word that stands for one.
    #[error("`{}` is neither a number nor a magnitude such as dozens{}", piece(found), Meant(*nearest))]
    Unknown {
        /// What stands where a number should.
        found: String,
        /// The word that may have been meant.
        nearest: Option<&'static str>,
    },
    /// Something behind a number that multiplies nothing: `10m`, `42%`.
    #[error("`{}` behind a number: k, mn, bn, tn and e3 multiply; a unit stands in the unit", piece(found))]
    Multiplier {
        /// What stands there.
        found: String,
    },
    /// Beyond what a 64-bit float can tell.
    #[error("a number too large for 64-bit floating point")]
    TooLarge,
    /// `~0`, `nearly 0`
    #[error("`{}` says nothing about 0: write 0, or a bound such as <=5", hedges::rule(*hedge).marks[0])]
    HedgedZero {
        /// The hedge.
        hedge: Hedge,
    },
    /// `~dozens`
    #[error("`{}` goes with a number, not with a magnitude", hedges::rule(*hedge).marks[0])]
    HedgedMagnitude {
        /// The hedge.
        hedge: Hedge,
    },
    /// `42+--3`
    #[error("margin {margin}: a margin is not below 0")]
    NegativeMargin {
        /// The margin given.
        margin: f64,
    },
    /// An end or the best estimate is NaN.
    #[error("`{end}` is not a number (NaN)")]
    NotANumber {
        /// `low`, `high` or `best`.
        end: &'static str,
    },
    /// Neither a notation nor a finite end.
    #[error("no quantity: give a notation such as ~4000, or at least one finite end")]
    NoEnds,
    /// The ends are the wrong way round.
    #[error("low {} is above high {}", plain(*low), plain(*high))]
    LowAboveHigh {
        /// The lower end given.
        low: f64,
        /// The upper end given.
        high: f64,
    },
    /// Ends that are one number, which is left out.
    #[error("{interval} holds no number")]
    Nothing {
        /// The ends.
        interval: Interval,
    },
    /// The best estimate lies outside.
    #[error("best {} is not in {interval}", plain(*best))]
    BestOutside {
        /// The best estimate given.
        best: f64,
        /// The ends.
        interval: Interval,
    },
    /// The hedge is not the notation's.
    #[error("hedge {given}, but the notation says {written}")]
    HedgeDisagrees {
        /// The hedge given.
        given: Hedge,
        /// The notation's.
        written: Hedge,
    },
    /// The hedge cannot mean such ends.
    #[error("hedge {hedge} does not go with {interval}")]
    HedgeUnfit {
        /// The hedge given.
        hedge: Hedge,
        /// The ends.
        interval: Interval,
    },
}

/// Offers the word that may have been meant.
struct Meant(Option<&'static str>);

impl fmt::Display for Meant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |word| write!(f, "; did you mean `{word}`?"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(notation: Option<&'static str>, low: Option<f64>, high: Option<f64>) -> Parts<'static> {
        Parts { notation, low, high, ..Parts::default() }
    }

    /// `hedge interval best`, or the error.
    fn made(parts: &Parts<'_>) -> String {
        match Quantity::from_parts(parts) {
            Ok(made) => {
                let best = made.best().map_or(String::new(), |best| format!(" {best}"));
                format!("{} {}{best}", made.hedge(), made.interval())
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn ends_override_a_notation_and_hedges_follow() {
        let about = Some("~4000");
        let number = Some;
        for (given, expected) in [
            (parts(about, None, None), "about [3500, 4500] 4000"),
            (parts(about, number(3000.0), None), "about [3000, 4500] 4000"),
            (parts(about, number(4100.0), None), "about [4100, 4500]"),
            (parts(about, number(3500.0), number(f64::INFINITY)), "at_least [3500, ∞) 4000"),
            (parts(about, number(5000.0), None), "low 5000 is above high 4500"),
            (parts(Some(">=2000"), None, number(5000.0)), "between [2000, 5000]"),
            (parts(None, number(5.0), number(5.0)), "exact [5, 5]"),
            (parts(None, number(-0.0), number(5.0)), "between [0, 5]"),
            (parts(None, number(5.0), None), "at_least [5, ∞)"),
            (parts(None, None, number(5.0)), "at_most (−∞, 5]"),
            (Parts { low_exclusive: true, ..parts(None, number(5.0), None) }, "more_than (5, ∞)"),
            (Parts { high_exclusive: true, ..parts(None, None, number(5.0)) }, "less_than (−∞, 5)"),
            // A flag without its end says nothing.
            (Parts { low_exclusive: true, ..parts(about, None, None) }, "about [3500, 4500] 4000"),
            (Parts { high_exclusive: true, ..parts(None, number(5.0), None) }, "at_least [5, ∞)"),
            (Parts { best: number(4200.0), ..parts(about, None, None) }, "about [3500, 4500] 4200"),
            (Parts { best: number(5.0), ..parts(None, number(5.0), number(6.0)) }, "between [5, 6] 5"),
            (
                Parts { best: number(5.0), low_exclusive: true, ..parts(None, number(5.0), number(6.0)) },
                "best 5 is not in (5, 6]",
            ),
            (Parts { best: number(9e15), ..parts(about, None, None) }, "best 9e15 is not in [3500, 4500]"),
            (Parts { hedge: Some(Hedge::UpTo), ..parts(None, number(0.0), number(5.0)) }, "up_to [0, 5]"),
            (
                Parts { hedge: Some(Hedge::Exact), ..parts(None, number(0.0), number(5.0)) },
                "hedge exact does not go with [0, 5]",
            ),
            (Parts { hedge: Some(Hedge::About), ..parts(about, None, None) }, "about [3500, 4500] 4000"),
            (
                Parts { hedge: Some(Hedge::About), ..parts(Some("4000"), None, None) },
                "hedge about, but the notation says exact",
            ),
            (
                Parts { hedge: Some(Hedge::About), ..parts(Some("4000"), number(3e3), number(5e3)) },
                "about [3000, 5000] 4000",
            ),
            (parts(None, number(6.0), number(5.0)), "low 6 is above high 5"),
            (
                Parts { low_exclusive: true, ..parts(None, number(5.0), number(5.0)) },
                "(5, 5] holds no number",
            ),
            (parts(None, number(f64::NAN), None), "`low` is not a number (NaN)"),
            (Parts { best: number(f64::NAN), ..parts(about, None, None) }, "`best` is not a number (NaN)"),
            (parts(None, number(f64::INFINITY), None), "a number too large for 64-bit floating point"),
            (
                Parts { best: number(4.0), ..Parts::default() },
                "no quantity: give a notation such as ~4000, or at least one finite end",
            ),
            (
                parts(None, number(f64::NEG_INFINITY), number(f64::INFINITY)),
                "no quantity: give a notation such as ~4000, or at least one finite end",
            ),
        ] {
            assert_eq!(made(&given), expected, "{given:?}");
        }
    }

    #[test]
    fn notations_are_canonical() {
        for (written, expected) in [
            ("04_000", "4000"),
            ("1.10mn", "1100000"),
            ("-0", "0"),
            ("4e20", "4e20"),
            ("around 4k", "~4000"),
            ("~4000.0", "~4.000e3"),
            ("~1.0k", "~1.0e3"),
            ("~11000", "~11000"),
            ("~0.5", "~0.5"),
            ("42 ± 3.2", "42+-3.2"),
            ("at least 2k", ">=2000"),
            (">2000", ">2000"),
            ("<=500", "<=500"),
            ("<500", "<500"),
            ("<-5", "<-5"),
            ("up to  500", "up to 500"),
            ("almost 4000", "nearly 4000"),
            ("nearly -4000", "nearly -4000"),
            ("10k..12k", "10000..12000"),
            ("dozens..hundreds", "24..999"),
            ("A Couple", "couple"),
            ("Tens of  thousands", "tens of thousands"),
            (">=thousands", ">=2000"),
        ] {
            assert_eq!(Quantity::parse(written).unwrap().notation(), expected, "{written}");
        }
        let odd = Parts { low_exclusive: true, ..parts(None, Some(3.0), Some(9.0)) };
        assert_eq!(Quantity::from_parts(&odd).unwrap().notation(), "(3, 9]");
    }

    fn number() -> impl Strategy<Value = String> {
        prop_oneof![
            (-2_000_000_i64..20_000_000).prop_map(|n| n.to_string()),
            (1_u8..=99, 0_usize..12).prop_map(|(n, zeros)| format!("{n}{}", "0".repeat(zeros))),
            "[1-9][0-9]{0,3}\\.[0-9]{1,3}(k|mn|bn|e[0-9])?",
        ]
    }

    fn notation() -> impl Strategy<Value = String> {
        let marks = vec!["", "~", ">=", ">", "<=", "<", "up to ", "nearly "];
        let words: Vec<String> = MAGNITUDES.iter().map(|row| row.0.to_owned()).collect();
        prop_oneof![
            4 => (prop::sample::select(marks), number()).prop_map(|(mark, number)| format!("{mark}{number}")),
            1 => (number(), number()).prop_map(|(low, high)| format!("{low}..{high}")),
            1 => (0..10_000_u32, 0..1_000_u32)
                .prop_map(|(n, m)| format!("{}.{}+-{}.{}", n / 10, n % 10, m / 10, m % 10)),
            1 => (prop::sample::select(vec!["", ">=", "up to "]), prop::sample::select(words))
                .prop_map(|(mark, word)| format!("{mark}{word}")),
        ]
    }

    proptest! {
        #[test]
        fn intervals_hold_their_best_and_notations_read_back(text in notation()) {
            if let Ok(read) = Quantity::parse(&text) {
                prop_assert!(read.low() <= read.high());
                prop_assert!(read.best().is_none_or(|best| read.interval().contains(best)));
                let again = Quantity::parse(&read.notation());
                prop_assert_eq!(again.as_ref().map(Quantity::interval), Ok(read.interval()));
                prop_assert_eq!(again.map(|again| (again.hedge(), again.best())), Ok((read.hedge(), read.best())));
                let parts = Parts { notation: Some(&text), low: Some(read.low()), high: Some(read.high()),
                    low_exclusive: read.low_exclusive(), high_exclusive: read.high_exclusive(),
                    best: read.best(), hedge: Some(read.hedge()) };
                prop_assert_eq!(Quantity::from_parts(&parts), Ok(read));
            }
        }

        #[test]
        fn about_reaches_a_hundredth_to_a_fifth(digits in 1_u64..100_000, zeros in 0_u32..6) {
            let number = digits * 10_u64.pow(zeros);
            let read = Quantity::parse(&format!("~{number}")).unwrap();
            let share = (read.high() - read.low()) / 2.0 / number as f64;
            prop_assert!((0.009_999..=0.200_001).contains(&share), "{share}");
        }

        #[test]
        fn no_text_panics(text in "\\PC*|[-0-9._,~<>=+k m€e±]{0,16}") {
            if let Err(error) = Quantity::parse(&text) {
                prop_assert!(error.to_string().len() < 500);
            }
        }
    }
}
