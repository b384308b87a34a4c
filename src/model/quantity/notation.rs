//! Reading the notation of a figure: `~4000`, `>=2000`, `up to 500`, `10000..12000`, `dozens`.

use super::hedges::{HEDGES, MAGNITUDES, about, nearly};
use super::{Interval, QuantityError};
use crate::model::limits::MAX_NOTATION_BYTES;
use crate::model::nearest;
use crate::model::vocabulary::Hedge;

/// What a notation says.
pub(super) struct Reading {
    pub(super) interval: Interval,
    pub(super) best: Option<f64>,
    pub(super) hedge: Hedge,
}

pub(super) fn read(text: &str) -> Result<Reading, QuantityError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(QuantityError::Empty);
    }
    if text.len() > MAX_NOTATION_BYTES {
        return Err(QuantityError::TooLong { bytes: text.len() });
    }
    if text.contains(',') {
        return Err(commas(text));
    }
    let reading = |interval, best, hedge| Reading { interval, best, hedge };
    if let Some((first, last)) = text.split_once("..") {
        if first.is_empty() || last.is_empty() {
            return Err(QuantityError::OpenRange);
        }
        let (low, high) = (ends(first)?.low, ends(last)?.high);
        return Ok(reading(Interval::ordered(low, high)?, None, Hedge::Between));
    }
    if let Some((middle, margin)) = text.split_once("+-").or_else(|| text.split_once('±')) {
        let (middle, margin) = (number(middle)?.value, number(margin)?.value);
        if margin < 0.0 {
            return Err(QuantityError::NegativeMargin { margin });
        }
        let interval = Interval::closed(middle - margin, middle + margin);
        return Ok(reading(interval, Some(middle), Hedge::PlusMinus));
    }
    let Some((hedge, rest)) = marked(text) else {
        return match magnitude(text) {
            Some(interval) => Ok(reading(interval, None, Hedge::Magnitude)),
            None => number(text).map(|number| {
                reading(Interval::closed(number.value, number.value), Some(number.value), Hedge::Exact)
            }),
        };
    };
    let (interval, best) = match hedge {
        Hedge::AtLeast => (Interval::closed(ends(rest)?.low, f64::INFINITY), None),
        Hedge::MoreThan => {
            (Interval { low_exclusive: true, ..Interval::closed(ends(rest)?.low, f64::INFINITY) }, None)
        }
        Hedge::AtMost | Hedge::UpTo => (below(ends(rest)?.high, false), None),
        Hedge::LessThan => (below(ends(rest)?.high, true), None),
        Hedge::About => {
            let number = hedged(rest, hedge)?;
            let reach = about(number.value, number.digits, number.leading);
            (Interval::closed(number.value - reach, number.value + reach), Some(number.value))
        }
        Hedge::Nearly => {
            let number = hedged(rest, hedge)?.value;
            // Nearly −4000 falls short of it too, on the side of 0.
            let short = number - nearly(number).copysign(number);
            (Interval::closed(number.min(short), number.max(short)), Some(number))
        }
        Hedge::Exact | Hedge::PlusMinus | Hedge::Between | Hedge::Magnitude => {
            return Err(QuantityError::Unknown { found: text.into(), nearest: None });
        }
    };
    Ok(reading(interval, best, hedge))
}

/// From 0 up, unless the bound is not above 0: then from −∞, as for temperatures.
fn below(high: f64, high_exclusive: bool) -> Interval {
    let from_zero = high > 0.0 || (high == 0.0 && !high_exclusive);
    Interval { high_exclusive, ..Interval::closed(if from_zero { 0.0 } else { f64::NEG_INFINITY }, high) }
}

/// The hedge that stands before the number, and the rest.
fn marked(text: &str) -> Option<(Hedge, &str)> {
    // `>=` before `>`: the longest mark that fits is meant.
    let marks = HEDGES.iter().flat_map(|rule| rule.marks.iter().map(|mark| (rule.hedge, *mark)));
    let fitting = marks.filter_map(|(hedge, mark)| {
        let (head, rest) = text.split_at_checked(mark.len())?;
        let is_word = mark.ends_with(|last: char| last.is_ascii_alphabetic());
        let fits = head.eq_ignore_ascii_case(mark) && (!is_word || rest.starts_with(' '));
        fits.then_some((mark.len(), hedge, rest))
    });
    fitting.max_by_key(|(length, ..)| *length).map(|(_, hedge, rest)| (hedge, rest))
}

/// A number, or a magnitude's two ends: "at least thousands", "dozens to hundreds".
fn ends(text: &str) -> Result<Interval, QuantityError> {
    match magnitude(text) {
        Some(interval) => Ok(interval),
        None => number(text).map(|number| Interval::closed(number.value, number.value)),
    }
}

/// A number of which "about" and "nearly" say something.
fn hedged(text: &str, hedge: Hedge) -> Result<Number, QuantityError> {
    if magnitude(text).is_some() {
        return Err(QuantityError::HedgedMagnitude { hedge });
    }
    let number = number(text)?;
    if number.value == 0.0 { Err(QuantityError::HedgedZero { hedge }) } else { Ok(number) }
}

/// The interval of a word, in any case: `dozens`, `a couple`.
fn magnitude(text: &str) -> Option<Interval> {
    if text.contains(|found: char| found.is_ascii_digit()) {
        return None;
    }
    let word = text.split_ascii_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase();
    let word = word.strip_prefix("a ").unwrap_or(&word);
    MAGNITUDES.iter().find(|row| row.0 == word).map(|&(_, low, high)| Interval::closed(low, high))
}

/// A number and the digits it was written with.
struct Number {
    value: f64,
    /// Significant digits. Zeros behind an integer are not: `4000` has one, `4000.0` has five.
    digits: u32,
    /// The first of them; 0 for 0.
    leading: u8,
}

/// What may stand behind a number, and its power of ten.
const MULTIPLIERS: [(&str, i32); 4] = [("k", 3), ("mn", 6), ("bn", 9), ("tn", 12)];

/// `4000`, `10_000`, `-5`, `1.5`, `4e3`, `10k`, `1.5mn`, `2bn`
fn number(text: &str) -> Result<Number, QuantityError> {
    let text = text.trim();
    if let Some((first, last)) = text.split_once(['-', '–'])
        && number(first).is_ok()
        && number(last).is_ok()
    {
        return Err(QuantityError::Dash { range: format!("{}..{}", first.trim(), last.trim()) });
    }
    let digits_end =
        text.find(|found: char| !matches!(found, '0'..='9' | '_' | '.' | '-')).unwrap_or(text.len());
    let (mantissa, tail) = text.split_at(digits_end);
    if !is_mantissa(mantissa) {
        return Err(QuantityError::Unknown { found: text.into(), nearest: nearest_magnitude(text) });
    }
    let exponent = exponent(tail.trim_start())?;
    // One decimal text, read once: 1.1mn is then the number next to 1,100,000 and nothing else.
    let decimal: String =
        mantissa.chars().filter(|found| *found != '_').chain(format!("e{exponent}").chars()).collect();
    let value: f64 =
        decimal.parse().map_err(|_| QuantityError::Unknown { found: text.into(), nearest: None })?;
    if value.is_infinite() {
        return Err(QuantityError::TooLarge);
    }
    let plain = mantissa.trim_start_matches('-');
    let significant = if plain.contains('.') { plain } else { plain.trim_end_matches(['0', '_']) };
    let mut significant = significant.bytes().filter(u8::is_ascii_digit).skip_while(|digit| *digit == b'0');
    let leading = significant.next().map_or(0, |digit| digit - b'0');
    let digits = significant.count() as u32 + u32::from(leading > 0);
    // Adding 0 makes −0 the 0 that it equals.
    Ok(Number { value: value + 0.0, digits, leading })
}

/// `-12_000.5`: digits on both sides of the point, and of each underscore.
fn is_mantissa(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) =
        unsigned.split_once('.').map_or((unsigned, None), |(whole, rest)| (whole, Some(rest)));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    whole.split('_').all(are_digits) && fraction.is_none_or(are_digits)
}

/// The power of ten behind a mantissa: nothing, `e3` or a multiplier.
fn exponent(tail: &str) -> Result<i32, QuantityError> {
    if tail.is_empty() {
        return Ok(0);
    }
    if let Some(&(_, power)) = MULTIPLIERS.iter().find(|(word, _)| word.eq_ignore_ascii_case(tail)) {
        return Ok(power);
    }
    let written = tail.strip_prefix(['e', 'E']).filter(|power| power.len() <= 5);
    written
        .and_then(|power| power.parse().ok())
        .ok_or_else(|| QuantityError::Multiplier { found: tail.into() })
}

/// The magnitude that a mistyped word may have meant.
fn nearest_magnitude(text: &str) -> Option<&'static str> {
    nearest(text, MAGNITUDES.iter().map(|row| row.0)).first().copied()
}

/// Says how a number with commas is written.
fn commas(text: &str) -> QuantityError {
    let is_grouped = |number: &str| {
        let number = number.split('.').next().unwrap_or(number);
        let mut groups = number.trim_matches(|found: char| !found.is_ascii_digit()).split(',');
        groups.next().is_some_and(|first| (1..=3).contains(&first.len()))
            && groups.all(|group| group.len() == 3 && group.bytes().all(|digit| digit.is_ascii_digit()))
    };
    let numbers = text.split("..").flat_map(|part| part.split("+-"));
    if numbers.filter(|number| number.contains(',')).all(is_grouped) {
        QuantityError::GroupedByCommas { plain: text.replace(',', ""), grouped: text.replace(',', "_") }
    } else {
        QuantityError::Comma { point: text.replace(',', ".") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `hedge interval best`, or the error.
    fn reading(text: &str) -> String {
        match read(text) {
            Ok(Reading { interval, best, hedge }) => {
                format!("{hedge} {interval}{}", best.map_or(String::new(), |best| format!(" {best}")))
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn every_notation_becomes_its_interval() {
        for (text, expected) in [
            // Numbers.
            ("4000", "exact [4000, 4000] 4000"),
            ("0", "exact [0, 0] 0"),
            ("-0", "exact [0, 0] 0"),
            ("-5", "exact [-5, -5] -5"),
            ("10_000", "exact [10000, 10000] 10000"),
            ("10k", "exact [10000, 10000] 10000"),
            ("10 K", "exact [10000, 10000] 10000"),
            ("1.5mn", "exact [1500000, 1500000] 1500000"),
            ("2bn", "exact [2000000000, 2000000000] 2000000000"),
            ("1.1tn", "exact [1100000000000, 1100000000000] 1100000000000"),
            ("4e3", "exact [4000, 4000] 4000"),
            ("25e-2", "exact [0.25, 0.25] 0.25"),
            ("9007199254740992", "exact [9.007199254740992e15, 9.007199254740992e15] 9007199254740992"),
            // About: by significant digits.
            ("~4000", "about [3500, 4500] 4000"),
            ("~800", "about [720, 880] 800"),
            ("~11000", "about [9900, 12100] 11000"),
            ("~645", "about [612.75, 677.25] 645"),
            ("~1234", "about [1221.66, 1246.34] 1234"),
            ("~1000", "about [800, 1200] 1000"),
            ("~3", "about [2.5, 3.5] 3"),
            ("~5", "about [4.5, 5.5] 5"),
            ("~9", "about [8.1, 9.9] 9"),
            ("~0.5", "about [0.45, 0.55] 0.5"),
            ("~4k", "about [3500, 4500] 4000"),
            ("~4000.0", "about [3960, 4040] 4000"),
            ("~4.0k", "about [3600, 4400] 4000"),
            ("~10_000", "about [8000, 12000] 10000"),
            ("~-5", "about [-5.5, -4.5] -5"),
            ("approximately 4000", "about [3500, 4500] 4000"),
            ("Some 4000", "about [3500, 4500] 4000"),
            ("~0", "`~` says nothing about 0: write 0, or a bound such as <=5"),
            ("~dozens", "`~` goes with a number, not with a magnitude"),
            // Margins and bounds.
            ("42+-3.2", "plus_minus [38.8, 45.2] 42"),
            ("42±3", "plus_minus [39, 45] 42"),
            ("42+-0", "plus_minus [42, 42] 42"),
            ("42+--3", "margin -3: a margin is not below 0"),
            (">=2000", "at_least [2000, ∞)"),
            (">= 2k", "at_least [2000, ∞)"),
            ("at least 2000", "at_least [2000, ∞)"),
            (">2000", "more_than (2000, ∞)"),
            ("more than 2000", "more_than (2000, ∞)"),
            ("<=500", "at_most [0, 500]"),
            ("<=0", "at_most [0, 0]"),
            ("<=-5", "at_most (−∞, -5]"),
            ("<500", "less_than [0, 500)"),
            ("<0", "less_than (−∞, 0)"),
            ("up to 500", "up_to [0, 500]"),
            ("nearly 4000", "nearly [3600, 4000] 4000"),
            ("nearly -4000", "nearly [-4000, -3600] -4000"),
            ("nearly 0", "`nearly` says nothing about 0: write 0, or a bound such as <=5"),
            ("nearlyy 4000", "`nearlyy 4000` is neither a number nor a magnitude such as dozens"),
            ("10000..12000", "between [10000, 12000]"),
            ("10k .. 12k", "between [10000, 12000]"),
            ("-5..-3", "between [-5, -3]"),
            ("5..5", "between [5, 5]"),
            ("dozens..hundreds", "between [24, 999]"),
            ("12..10", "low 12 is above high 10"),
            // Magnitudes.
            ("couple", "magnitude [2, 3]"),
            ("a couple", "magnitude [2, 3]"),
            ("several", "magnitude [3, 9]"),
            ("dozens", "magnitude [24, 99]"),
            ("Hundreds", "magnitude [200, 999]"),
            ("several hundred", "magnitude [300, 999]"),
            ("thousands", "magnitude [2000, 9999]"),
            ("tens  of thousands", "magnitude [20000, 99999]"),
            ("hundreds of thousands", "magnitude [200000, 999999]"),
            ("millions", "magnitude [2000000, 9999999]"),
            (">=thousands", "at_least [2000, ∞)"),
            ("up to thousands", "up_to [0, 9999]"),
        ] {
            assert_eq!(reading(text), expected, "{text}");
        }
    }

    #[test]
    fn errors_say_what_to_write() {
        let no_number = "is neither a number nor a magnitude such as dozens";
        for (text, expected) in [
            (" ", "an empty quantity".to_owned()),
            ("11,000", "commas do not group digits here: write 11000 or 11_000".to_owned()),
            (
                ">=1,234,567.5",
                "commas do not group digits here: write >=1234567.5 or >=1_234_567.5".to_owned(),
            ),
            (
                "9,000..11,000",
                "commas do not group digits here: write 9000..11000 or 9_000..11_000".to_owned(),
            ),
            (
                "1,5mn",
                "a comma has no meaning in a quantity: decimals stand behind a point, as in 1.5mn".to_owned(),
            ),
            (
                "10m",
                "`m` behind a number: k, mn, bn, tn and e3 multiply; a unit stands in the unit".to_owned(),
            ),
            (
                "42%",
                "`%` behind a number: k, mn, bn, tn and e3 multiply; a unit stands in the unit".to_owned(),
            ),
            (
                "4e3k",
                "`e3k` behind a number: k, mn, bn, tn and e3 multiply; a unit stands in the unit".to_owned(),
            ),
            ("1e400", "a number too large for 64-bit floating point".to_owned()),
            ("2000..", "a range has two ends: write >=2000 or <=500 for one".to_owned()),
            ("..500", "a range has two ends: write >=2000 or <=500 for one".to_owned()),
            ("10-12k", "a dash makes no range: write 10..12k".to_owned()),
            ("10k – 12k", "a dash makes no range: write 10k..12k".to_owned()),
            ("10–12", "a dash makes no range: write 10..12".to_owned()),
            ("dozen", format!("`dozen` {no_number}; did you mean `dozens`?")),
            ("thousnads", format!("`thousnads` {no_number}; did you mean `thousands`?")),
            ("many", format!("`many` {no_number}")),
            ("1__000", format!("`1__000` {no_number}")),
            (".5", format!("`.5` {no_number}")),
            ("5.", format!("`5.` {no_number}")),
            (">=~4000", format!("`~4000` {no_number}")),
            ("∞", format!("`∞` {no_number}")),
            ("NaN", format!("`NaN` {no_number}")),
        ] {
            assert_eq!(reading(text), expected, "{text}");
        }
        assert_eq!(crate::model::Quantity::parse("~1.7e308"), Err(QuantityError::TooLarge));
        let long = "1".repeat(MAX_NOTATION_BYTES + 1);
        assert_eq!(reading(&long), "a quantity of 129 bytes; at most 128 are allowed");
        assert_eq!(read(&long[1..]).map(|reading| reading.hedge), Ok(Hedge::Exact));
    }
}
