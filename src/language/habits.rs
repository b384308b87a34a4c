//! Times and quantities as people write them, and what to write instead: `about 4000`, `last week`,
//! `15 January 2025`.

use super::ast::{Operator, Spanned, TextSpan};
use super::attributes::ValueType;
use super::error::Edit;
use super::format::value;
use super::parse::is_bare_word;
use super::value::time_unit;
use crate::model::quantity::plain;
use crate::model::time::words::{ABOUT, dates};
use crate::model::unit::{Unit, UnitError};
use crate::model::vocabulary::Hedge;
use crate::model::{Quantity, Time};

/// What a phrase may stand for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Meant {
    /// A value.
    Value(String),
    /// All that lies so to a value.
    Compared(Operator, String),
    /// All from a value to another.
    Between(String, String),
    /// A quantity and its unit.
    Of(String, String),
}

impl Meant {
    /// The edit that writes it in place of the value at `at`; `tested` is the test of the value, and
    /// absent if the value is one of several.
    pub(super) fn edit(&self, at: TextSpan, tested: Option<Tested<'_>>) -> Option<Edit> {
        let test = |test: String| tested.map(|tested| tested.written_as(at, &test));
        let operator = tested.map(|tested| tested.operator.node);
        let orders =
            [Operator::Less, Operator::LessOrEqual, Operator::Greater, Operator::GreaterOrEqual].map(Some);
        match (self, operator) {
            (Self::Compared(ours, number), Some(Operator::Equal)) => {
                test(format!(" {} {number}", ours.as_str()))
            }
            (Self::Compared(ours, number), _) if orders.contains(&operator) => {
                test(format!(" {} {number}", ours.as_str()))
            }
            (Self::Between(from, to), Some(Operator::Equal)) => test(format!(" in {from}..{to}")),
            (Self::Between(from, to), Some(Operator::NotEqual)) => test(format!(" not in {from}..{to}")),
            (Self::Between(from, _), _) if orders.contains(&operator) => Some(Edit::new(at, from)),
            (Self::Of(number, unit), Some(_)) => {
                Some(Edit::new(at, format!("{} and unit={}", value(number), value(unit))))
            }
            (Self::Value(text), _) => Some(Edit::new(at, value(text))),
            (Self::Compared(..) | Self::Between(..) | Self::Of(..), _) => None,
        }
    }
}

/// What a value is compared with, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tested<'a> {
    /// The attribute, as it is named.
    pub(super) attribute: &'a Spanned<String>,
    /// The operator; that of one value, if it is written `in` or `not in`.
    pub(super) operator: &'a Spanned<Operator>,
}

impl Tested<'_> {
    /// The edit that writes another test, from the attribute to the end of the value at `at`: an
    /// operator without its attribute would read as if it belonged behind the one that is there.
    pub(super) fn written_as(self, at: TextSpan, test: &str) -> Edit {
        Edit::new(self.attribute.span.to(at), format!("{}{test}", *self.attribute))
    }
}

/// What a phrase may stand for as a value of this type, the likeliest first.
pub(super) fn meant(of: ValueType, phrase: &str) -> Vec<Meant> {
    // Nobody says a time or a number in so many words; what is read here reads word by word.
    if phrase.len() > MAX_PHRASE_BYTES {
        return Vec::new();
    }
    let lower = phrase.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty()).collect();
    match of {
        ValueType::Time => times(&words),
        ValueType::Quantity => quantities(&words, phrase.split_whitespace().last().unwrap_or_default()),
        ValueType::Entity(_)
        | ValueType::Source
        | ValueType::Document
        | ValueType::Vocabulary(_)
        | ValueType::Number
        | ValueType::YesNo
        | ValueType::Text
        | ValueType::Name
        | ValueType::Free => Vec::new(),
    }
}

/// How long a time or number in words may be.
const MAX_PHRASE_BYTES: usize = 80;

// ── Times

/// What bounds a time behind it: `2024 or later`.
const TIME_BOUNDS: [(&str, Operator); 4] = [
    ("later", Operator::GreaterOrEqual),
    ("after", Operator::GreaterOrEqual),
    ("earlier", Operator::LessOrEqual),
    ("before", Operator::LessOrEqual),
];

fn times(words: &[&str]) -> Vec<Meant> {
    let back = |amount: &str, unit: &str| {
        let amount = if matches!(amount, "a" | "an" | "one") { "1" } else { amount };
        let is_number = !amount.is_empty() && amount.bytes().all(|digit| digit.is_ascii_digit());
        time_unit(unit).filter(|_| is_number).map(|unit| format!("{amount}{}", unit.name))
    };
    let words = words.strip_prefix(&["the"]).unwrap_or(words);
    let range = match *words {
        ["last" | "past" | "previous", unit] => back("1", unit).map(|past| ("past", past)),
        ["last" | "past" | "previous", amount, unit] => back(amount, unit).map(|past| ("past", past)),
        ["next" | "coming", unit] => back("1", unit).map(|next| ("next", next)),
        ["next" | "coming", amount, unit] => back(amount, unit).map(|next| ("next", next)),
        _ => None,
    };
    match range {
        Some(("past", span)) => return vec![Meant::Between(format!("now-{span}"), "now".to_owned())],
        Some((_, span)) => return vec![Meant::Between("now".to_owned(), format!("now+{span}"))],
        None => {}
    }
    if let [amount, unit, "ago"] = *words {
        return back(amount, unit).map(|past| Meant::Value(format!("now-{past}"))).into_iter().collect();
    }
    if let [rest @ .., "or" | "and", bound] = words
        && let Some((_, operator)) = TIME_BOUNDS.iter().find(|(theirs, _)| theirs == bound)
    {
        return moment(rest).map(|time| Meant::Compared(*operator, time)).into_iter().collect();
    }
    if let Some(at) = words.iter().position(|word| matches!(*word, "to" | "until" | "till" | "through")) {
        let ends = moment(&words[..at]).zip(moment(&words[at + 1..]));
        return ends.map(|(from, to)| Meant::Between(from, to)).into_iter().collect();
    }
    if let [date @ .., clock] = words
        && let Some(clock) = time_of_day(clock)
    {
        return readable(moment(date).map(|date| format!("{date}T{clock}")));
    }
    let together = words.concat();
    if let Some(shift) = together.strip_prefix("now") {
        let shifted = ['-', '+'].into_iter().find_map(|sign| {
            let span = shift.strip_prefix(sign)?;
            let amount = span.trim_end_matches(char::is_alphabetic);
            back(amount, &span[amount.len()..]).map(|span| format!("now{sign}{span}"))
        });
        return shifted.map(Meant::Value).into_iter().collect();
    }
    if let [first, rest @ ..] = words
        && ABOUT.contains(first)
    {
        let mut of_rest = times(rest);
        of_rest.push(Meant::Value(rest.concat()));
        let about = of_rest.into_iter().filter_map(|meant| match meant {
            Meant::Value(time) => Some(format!("{time}~")),
            Meant::Compared(..) | Meant::Between(..) | Meant::Of(..) => None,
        });
        return readable(about);
    }
    readable(dates(words))
}

/// `16:50`, `9:05:30z`: as an instant has it behind its date.
fn time_of_day(word: &str) -> Option<String> {
    let parts: Vec<&str> = word.trim_end_matches('z').split(':').collect();
    let is_number =
        |part: &&str| (1..=2).contains(&part.len()) && part.bytes().all(|digit| digit.is_ascii_digit());
    let (hour, rest) = parts.split_first().filter(|_| parts.iter().all(is_number))?;
    match rest {
        [minute] => Some(format!("{hour:0>2}:{minute:0>2}:00")),
        [minute, second] => Some(format!("{hour:0>2}:{minute:0>2}:{second:0>2}")),
        _ => None,
    }
}

/// The one time that words say.
fn moment(words: &[&str]) -> Option<String> {
    if let [word] = *words
        && Time::parse(word).is_ok()
    {
        return Some(word.to_owned());
    }
    match times(words).into_iter().next()? {
        Meant::Value(time) => Some(time),
        Meant::Compared(..) | Meant::Between(..) | Meant::Of(..) => None,
    }
}

fn readable(times: impl IntoIterator<Item = String>) -> Vec<Meant> {
    let mut readable: Vec<Meant> = Vec::new();
    for time in times.into_iter().filter(|time| Time::parse(time).is_ok()).map(Meant::Value) {
        if !readable.contains(&time) {
            readable.push(time);
        }
    }
    readable
}

// ── Quantities

/// What others put before a number, and the mark of the hedge table that says so.
const MARKS: [(&str, &str); 20] = [
    ("fewer than", "less than"),
    ("under", "less than"),
    ("below", "less than"),
    ("over", "more than"),
    ("above", "more than"),
    ("greater than", "more than"),
    ("no more than", "at most"),
    ("not more than", "at most"),
    ("maximum", "at most"),
    ("no less than", "at least"),
    ("no fewer than", "at least"),
    ("not less than", "at least"),
    ("minimum", "at least"),
    ("circa", "about"),
    ("ca.", "about"),
    ("approx", "about"),
    ("approx.", "about"),
    ("just under", "nearly"),
    ("exactly", ""),
    ("only", ""),
];

/// What others put behind a number to bound it, and the mark of the hedge table that says so.
const BOUNDS: [(&str, &str); 8] = [
    ("or more", "at least"),
    ("or higher", "at least"),
    ("or above", "at least"),
    ("and above", "at least"),
    ("or less", "at most"),
    ("or fewer", "at most"),
    ("or lower", "at most"),
    ("or below", "at most"),
];

/// What others put behind a number, and our multiplier.
const MULTIPLIERS: [(&str, &str); 7] = [
    ("thousand", "k"),
    ("million", "mn"),
    ("billion", "bn"),
    ("trillion", "tn"),
    ("m", "mn"),
    ("mio", "mn"),
    ("b", "bn"),
];

/// `last` is the last of the words in its own letter case, which tells units apart.
fn quantities(words: &[&str], last: &str) -> Vec<Meant> {
    if let Some((number, rest)) = spaced_digits(words) {
        let words: Vec<&str> = std::iter::once(number.as_str()).chain(rest.iter().copied()).collect();
        let exact = || vec![Meant::Value(number.clone())];
        return if rest.is_empty() { exact() } else { quantities(&words, last) };
    }
    // Two numbers are no number and its unit.
    if words.len() > 1 && words.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_digit())) {
        return Vec::new();
    }
    let phrase = words.join(" ");
    if let Some((low, high)) = phrase.split_once(" to ").or_else(|| phrase.split_once(['-', '–'])) {
        let [mut low, high] = [low, high].map(|end| normal(end.trim()));
        // What multiplies the one multiplies both.
        if low.ends_with(|c: char| c.is_ascii_digit()) {
            low.push_str(high.trim_start_matches(|c: char| !c.is_alphabetic()));
        }
        let ends = [low, high];
        if let [low, high] = &ends
            && ends.iter().all(|end| Quantity::parse(end).is_ok_and(|end| end.hedge() == Hedge::Exact))
        {
            return vec![Meant::Between(low.clone(), high.clone())];
        }
    }
    let normal = normal(&phrase);
    if let Ok(quantity) = Quantity::parse(&normal) {
        return written(&quantity, normal);
    }
    let per_cent = phrase.strip_suffix('%').or_else(|| phrase.strip_suffix("percent"));
    let (number, unit) = match (per_cent, words) {
        (Some(number), _) => (number.trim().to_owned(), "%"),
        (None, [number @ .., _]) => (number.join(" "), last),
        (None, []) => return Vec::new(),
    };
    let number = self::normal(&number);
    let Ok(quantity) = Quantity::parse(&number) else { return Vec::new() };
    let value = written(&quantity, number);
    match (unit_of(unit), value.first()) {
        (Some(unit), Some(Meant::Value(value))) => vec![Meant::Of(value.clone(), unit)],
        // What is counted stands in other attributes.
        _ => value,
    }
}

/// `12 500 person`: a number whose digits are grouped by spaces, without them, and what follows.
fn spaced_digits<'w>(words: &'w [&'w str]) -> Option<(String, &'w [&'w str])> {
    let is_digits = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    let (first, rest) = words.split_first()?;
    let groups = rest.iter().take_while(|word| word.len() == 3 && is_digits(word)).count();
    let is_grouped = groups > 0 && (1..=3).contains(&first.len()) && is_digits(first);
    is_grouped.then(|| (words[..=groups].concat(), &rest[groups..]))
}

/// The phrase in the words of the model's notations.
fn normal(phrase: &str) -> String {
    let marked = MARKS.iter().find_map(|(theirs, ours)| {
        let rest = phrase.strip_prefix(theirs)?.strip_prefix(' ')?;
        Some(format!("{ours} {rest}").trim_start().to_owned())
    });
    let bounded = || {
        BOUNDS.iter().find_map(|(theirs, ours)| {
            let number = phrase.strip_suffix(theirs)?.trim_end();
            Some(format!("{ours} {}", normal(number)))
        })
    };
    let phrase = marked.or_else(bounded).unwrap_or_else(|| phrase.to_owned());
    let multiplied = MULTIPLIERS.iter().find_map(|(theirs, ours)| {
        let number = phrase.strip_suffix(theirs)?.trim_end();
        number.ends_with(|c: char| c.is_ascii_digit()).then(|| format!("{number}{ours}"))
    });
    multiplied.unwrap_or(phrase)
}

/// How to ask for such a quantity, read from the phrase.
fn written(quantity: &Quantity, phrase: String) -> Vec<Meant> {
    let notation = quantity.notation();
    let is_shorter = is_bare_word(&notation) && !is_bare_word(&phrase);
    let shortest = if is_shorter { notation } else { phrase };
    let compared = match quantity.hedge() {
        Hedge::AtLeast => Some((Operator::GreaterOrEqual, quantity.low())),
        Hedge::MoreThan => Some((Operator::Greater, quantity.low())),
        Hedge::AtMost | Hedge::UpTo => Some((Operator::LessOrEqual, quantity.high())),
        Hedge::LessThan => Some((Operator::Less, quantity.high())),
        Hedge::Exact
        | Hedge::About
        | Hedge::PlusMinus
        | Hedge::Nearly
        | Hedge::Between
        | Hedge::Magnitude => None,
    };
    let compared = compared.map(|(operator, number)| Meant::Compared(operator, plain(number)));
    [Meant::Value(shortest)].into_iter().chain(compared).collect()
}

/// The unit that a word stands for.
fn unit_of(word: &str) -> Option<String> {
    match Unit::parse(word) {
        Ok(unit) => Some(unit.to_string()),
        Err(UnitError::Unknown { meant, .. }) => meant.first().map(ToString::to_string),
        Err(
            UnitError::Empty
            | UnitError::TooLong { .. }
            | UnitError::InTerm { .. }
            | UnitError::OutOfRange
            | UnitError::Syntax { .. },
        ) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_long_is_no_phrase() {
        for word in ["c. ", "about ", "last ", "12 500 "] {
            assert_eq!(meant(ValueType::Time, &word.repeat(40_000)), []);
            assert_eq!(meant(ValueType::Quantity, &word.repeat(40_000)), []);
        }
    }

    /// What is offered in place of `= PHRASE`.
    fn offered(of: ValueType, phrase: &str) -> Vec<String> {
        let attribute = Spanned::new("a".to_owned(), TextSpan::new(0, 1));
        let operator = Spanned::new(Operator::Equal, TextSpan::new(2, 3));
        let tested = Tested { attribute: &attribute, operator: &operator };
        let at = TextSpan::new(4, 4 + phrase.len());
        let query = format!("a = {phrase}");
        let edits = meant(of, phrase).into_iter().filter_map(|meant| meant.edit(at, Some(tested)));
        edits.map(|edit| edit.apply(&query)[2..].to_owned()).collect()
    }

    #[test]
    fn times_as_people_write_them() {
        for (phrase, ours) in [
            ("now - 30 days", "= now-30d"),
            ("2026-11-24 16:50", "= 2026-11-24T16:50:00"),
            ("24 Nov 2026 9:05:30Z", "= 2026-11-24T09:05:30"),
            ("2026-11-24 25:50", ""),
            ("2026-11 16:50", ""),
            ("16:50", ""),
            ("3 weeks ago", "= now-3wk"),
            ("an hour ago", "= now-1h"),
            ("last week", "in now-1wk..now"),
            ("the past 30 days", "in now-30d..now"),
            ("next 2 years", "in now..now+2y"),
            ("15 January 2025", "= 2025-01-15"),
            ("January 15th, 2025", "= 2025-01-15"),
            ("1 Sep 2024", "= 2024-09-01"),
            ("May 2024", "= 2024-05"),
            ("2024 May", "= 2024-05"),
            ("mid-January 2025", "= [2025-01-11..2025-01-20]"),
            ("late February 2025", "= [2025-02-21..2025-02-28]"),
            ("2024-Q2", "= 2024-34"),
            ("2024Q4", "= 2024-36"),
            ("Q1 2024", "= 2024-33"),
            ("autumn 2024", "= 2024-23"),
            ("15.1.2024", "= 2024-01-15"),
            ("2024/1/5", "= 2024-01-05"),
            ("1/15/2024", "= 2024-01-15"),
            ("02/03/2024", "= 2024-03-02 | = 2024-02-03"),
            ("20240115", "= 2024-01-15"),
            ("2020s", "= 202X"),
            ("about May 2024", "= 2024-05~"),
            ("circa 2024", "= 2024~"),
            ("2024-2-7", "= 2024-02-07"),
            ("2024-01 to 2024-06", "in 2024-01..2024-06"),
            ("May 2024 until 15 June 2024", "in 2024-05..2024-06-15"),
            ("2024 or later", ">= 2024"),
            ("May 2024 and before", "<= 2024-05"),
            ("2024-2", "= 2024-02"),
            ("2024-13", ""),
            ("31 February 2024", ""),
            ("some time", ""),
            ("now", ""),
            ("now -", ""),
            ("now-30é", ""),
            ("nowé", ""),
            ("", ""),
        ] {
            assert_eq!(offered(ValueType::Time, phrase).join(" | "), ours, "{phrase}");
        }
    }

    #[test]
    fn quantities_as_people_write_them() {
        for (phrase, ours) in [
            ("about 4000", "= ~4000"),
            ("approx. 11k", "= ~11000"),
            ("nearly 4000", "= 'nearly 4000'"),
            ("more than 5", "= 'more than 5' | > 5"),
            ("no fewer than 5", "= 'at least 5' | >= 5"),
            ("over 2 million", "= 'more than 2mn' | > 2000000"),
            ("up to 500", "= 'up to 500' | <= 500"),
            ("4000 or more", "= 'at least 4000' | >= 4000"),
            ("2 million or fewer", "= 'at most 2mn' | <= 2000000"),
            ("Dozens", "= dozens"),
            ("10-12", "in 10..12"),
            ("3 to 5 thousand", "in 3k..5k"),
            ("10m", "= 10mn"),
            ("5%", "= 5 and unit='%'"),
            ("412 person", "= 412 and unit=person"),
            ("5000 usd", "= 5000 and unit=USD"),
            ("5 kW", "= 5 and unit=kW"),
            ("about 4000 workers", "= ~4000"),
            ("workers", ""),
            ("a few", ""),
            ("", ""),
        ] {
            assert_eq!(offered(ValueType::Quantity, phrase).join(" | "), ours, "{phrase}");
        }
    }
}
