//! What a word means, once its attribute says what it must be.

use super::attributes::{ValueType, Vocabulary};
use super::error::Problem;
use super::habits::{Meant, meant};
use super::nearest;
use super::render::{listed, literal};
use crate::model::unit::UnitError;
use crate::model::{Quantity, Time, Timestamp, Unit};
use crate::plan::{Span, number_key, time_span};
use jiff::Span as Duration;

/// Why a word is no such value; where it stands is not known here.
#[derive(Debug, PartialEq)]
pub(super) struct Fault {
    /// What is wrong.
    pub(super) problem: Problem,
    /// What could stand there.
    pub(super) expected: Vec<String>,
    /// What could stand there in its place, the best first.
    pub(super) instead: Vec<Meant>,
}

impl Fault {
    pub(super) fn new(problem: Problem) -> Self {
        Self { problem, expected: Vec::new(), instead: Vec::new() }
    }

    pub(super) fn expecting(mut self, expected: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.expected = expected.into_iter().map(Into::into).collect();
        self
    }

    pub(super) fn instead(mut self, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.instead = values.into_iter().map(|value| Meant::Value(value.into())).collect();
        self
    }

    /// The same, with what the word is taken for as a value of this type.
    fn or_meant(mut self, of: ValueType, word: &str) -> Self {
        self.instead.extend(meant(of, word));
        self
    }
}

/// A word in backquotes.
pub(super) fn quoted(word: &str) -> String {
    format!("`{word}`")
}

/// Reads a time: EDTF, an instant, or `now` and what is reckoned from it.
pub(super) fn time(word: &str, now: Timestamp) -> Result<Span, Fault> {
    if let Some(shift) = word.get(..3).filter(|start| start.eq_ignore_ascii_case("now")).map(|_| &word[3..]) {
        return shifted(word, shift, now).map(|time| Span::point(time.0));
    }
    match Time::parse(word) {
        Ok(time) => Ok(time_span(&time)),
        Err(error) => Err(Fault::new(Problem::BadTime(error.to_string()))
            .expecting(["a time such as `2025`, `2025-01-15` or `2024-02/2025-02`", "`now` or `now-30d`"])
            .instead(meant_date(word, now))
            .or_meant(ValueType::Time, word)),
    }
}

/// The date that `yesterday` or `this year` means.
pub(super) fn meant_date(words: &str, now: Timestamp) -> Option<String> {
    let date = now.civil()?.date();
    let words: Vec<String> = words.split_whitespace().map(str::to_ascii_lowercase).collect();
    let days = match *words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["yesterday"] => -1,
        ["today" | "now"] | ["this", "day"] => 0,
        ["tomorrow"] => 1,
        ["this", "month"] => return Some(date.strftime("%Y-%m").to_string()),
        ["this", "year"] => return Some(date.strftime("%Y").to_string()),
        _ => return None,
    };
    Some(date.checked_add(Duration::new().days(days)).ok()?.to_string())
}

/// A unit of time that `now` is shifted by.
pub(super) struct TimeUnit {
    /// As it is written.
    pub(super) name: &'static str,
    /// What it is called elsewhere.
    others: &'static [&'static str],
    /// So many of it.
    times: fn(Duration, i64) -> Result<Duration, jiff::Error>,
}

/// Those that there are. Bare `m` is none, since it may be minutes or months.
const TIME_UNITS: [TimeUnit; 6] = [
    TimeUnit { name: "min", others: &["mins", "minute", "minutes"], times: Duration::try_minutes },
    TimeUnit { name: "h", others: &["hr", "hrs", "hour", "hours"], times: Duration::try_hours },
    TimeUnit { name: "d", others: &["day", "days"], times: Duration::try_days },
    TimeUnit { name: "wk", others: &["w", "week", "weeks"], times: Duration::try_weeks },
    TimeUnit { name: "mo", others: &["mon", "month", "months"], times: Duration::try_months },
    TimeUnit { name: "y", others: &["yr", "yrs", "year", "years"], times: Duration::try_years },
];

/// Our unit of time for what others call it.
pub(super) fn time_unit(word: &str) -> Option<&'static TimeUnit> {
    let is_called = |name: &&str| name.eq_ignore_ascii_case(word);
    TIME_UNITS.iter().find(|unit| is_called(&unit.name) || unit.others.iter().any(is_called))
}

fn shifted(word: &str, shift: &str, now: Timestamp) -> Result<Timestamp, Fault> {
    if shift.is_empty() {
        return Ok(now);
    }
    let wrong = |why: &str| {
        let units = listed(&TIME_UNITS.map(|unit| quoted(unit.name)), "or");
        Fault::new(Problem::BadTime(why.to_owned()))
            .expecting([format!("`now`, `now-30d` or another number of {units}")])
    };
    let sign = &shift[..shift.len() - shift.trim_start_matches(['-', '+']).len()];
    let amount_and_unit = &shift[sign.len()..];
    let digits = amount_and_unit.bytes().take_while(u8::is_ascii_digit).count();
    let (amount, unit) = amount_and_unit.split_at(digits);
    if !matches!(sign, "-" | "+") || amount.is_empty() {
        let fault = wrong("`now` is followed by `-` or `+`, a number and a unit");
        return Err(fault.or_meant(ValueType::Time, word));
    }
    let beyond = || wrong("years go from 0001 to 9999");
    let amount: i64 = amount.parse().map_err(|_| beyond())?;
    let stem = &word[..word.len() - unit.len()];
    let Some(unit) = TIME_UNITS.iter().find(|known| known.name.eq_ignore_ascii_case(unit)) else {
        return Err(match unit {
            "m" | "M" => Fault::new(Problem::AmbiguousUnit("min", "mo"))
                .expecting(["`min` for minutes", "`mo` for months"])
                .instead([format!("{stem}min"), format!("{stem}mo")]),
            "" => wrong("a unit is missing").instead(["d", "mo", "y"].map(|unit| format!("{word}{unit}"))),
            _ => wrong(&format!("there is no unit {}", literal(unit)))
                .instead(time_unit(unit).map(|unit| format!("{stem}{}", unit.name))),
        });
    };
    let duration = (unit.times)(Duration::new(), amount);
    let duration = duration.map_err(|_| beyond())?;
    let start = now.civil().ok_or_else(beyond)?;
    let shifted = if sign == "-" { start.checked_sub(duration) } else { start.checked_add(duration) };
    let epoch = jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0);
    let micros = shifted.map_err(|_| beyond())?.duration_since(epoch).as_micros();
    let shifted = i64::try_from(micros).map(Timestamp).map_err(|_| beyond())?;
    if shifted < Timestamp::CALENDAR_START || shifted >= Timestamp::CALENDAR_END {
        return Err(beyond());
    }
    Ok(shifted)
}

/// Reads a quantity in any notation of the model.
pub(super) fn quantity(word: &str) -> Result<Quantity, Fault> {
    match Quantity::parse(word) {
        Ok(quantity) => Ok(quantity),
        Err(error) => Err(Fault::new(Problem::BadQuantity(error.to_string()))
            .expecting(["a quantity such as `4000`, `10k`, `~4000` or `'>=thousands'`"])
            .or_meant(ValueType::Quantity, word)),
    }
}

/// Reads a unit, the value of this attribute.
pub(super) fn unit(attribute: &str, word: &str) -> Result<Unit, Fault> {
    Unit::parse(word).map_err(|error| match error {
        UnitError::Unknown { meant, .. } => Fault::new(Problem::UnknownValue(attribute.to_owned()))
            .expecting(["`person`", "UCUM codes", "ISO 4217 codes"])
            .instead(meant),
        other @ (UnitError::Empty
        | UnitError::TooLong { .. }
        | UnitError::InTerm { .. }
        | UnitError::OutOfRange
        | UnitError::Syntax { .. }) => Fault::new(Problem::BadUnit(other.to_string())),
    })
}

/// The greatest whole number that a 64-bit float tells from its neighbours.
const MAX_WHOLE: u64 = 1 << 53;

/// Reads a whole number.
pub(super) fn number(word: &str) -> Result<Span, Fault> {
    let digits: String = word.split('_').collect();
    match digits.parse::<u64>() {
        Ok(number) if number <= MAX_WHOLE => Ok(Span::point(number_key(number as f64))),
        _ => {
            let why = format!("it counts in whole numbers from 0 to {MAX_WHOLE}");
            Err(Fault::new(Problem::BadQuantity(why)).expecting(["a whole number"]))
        }
    }
}

/// What words of closed vocabularies are called elsewhere, in lower case and with `_` between. Those of
/// likelihood are the second terms of ICD 203.
const WORDS_ELSEWHERE: [(Vocabulary, &str, &[&str]); 15] = [
    (Vocabulary::Likelihood, "almost_no_chance", &["remote", "impossible", "no_chance"]),
    (Vocabulary::Likelihood, "very_unlikely", &["highly_improbable", "highly_unlikely"]),
    (Vocabulary::Likelihood, "unlikely", &["improbable", "doubtful"]),
    (
        Vocabulary::Likelihood,
        "roughly_even",
        &["even", "roughly_even_odds", "possible", "50_50", "even_chance"],
    ),
    (Vocabulary::Likelihood, "likely", &["probable", "probably"]),
    (Vocabulary::Likelihood, "very_likely", &["highly_probable", "highly_likely"]),
    (Vocabulary::Likelihood, "almost_certain", &["nearly_certain", "almost_certainly", "certain", "sure"]),
    (Vocabulary::Confidence, "moderate", &["medium", "middle"]),
    (Vocabulary::SpeechAct, "said", &["claimed", "stated", "reported", "announced", "told"]),
    (Vocabulary::SpeechAct, "estimated", &["estimate", "calculated"]),
    (Vocabulary::SpeechAct, "assessed", &["judged", "concluded"]),
    (Vocabulary::SpeechAct, "predicted", &["forecast", "expected"]),
    (Vocabulary::SpeechAct, "denied", &["rejected", "refuted"]),
    (Vocabulary::State, "unobserved", &["unseen", "unknown"]),
    (Vocabulary::Mode, "fact", &["actual", "real", "true"]),
];

/// Finds a word of a closed vocabulary.
pub(super) fn vocabulary_word(
    vocabulary: Vocabulary,
    attribute: &str,
    word: &str,
) -> Result<&'static str, Fault> {
    let words = vocabulary.words();
    if let Some(found) = words.iter().find(|known| known.eq_ignore_ascii_case(word)) {
        return Ok(found);
    }
    // Spaces and hyphens are how people write these words, and the contract writes a prefix.
    let plain = word.to_ascii_lowercase().replace([' ', '-'], "_");
    let elsewhere = WORDS_ELSEWHERE
        .iter()
        .filter(|(of, _, theirs)| *of == vocabulary && theirs.contains(&plain.as_str()));
    let mut likely: Vec<&str> = elsewhere.map(|(_, ours, _)| *ours).collect();
    if likely.is_empty() {
        let is_written = |known: &&&str| plain == **known || plain.ends_with(&format!("_{known}"));
        likely = match words.iter().find(is_written) {
            Some(known) => vec![*known],
            None => nearest(word, words.iter().copied()),
        };
    }
    Err(Fault::new(Problem::UnknownValue(attribute.to_owned()))
        .expecting(words.iter().map(|word| quoted(word)))
        .instead(likely))
}

/// Reads `yes` or `no`.
pub(super) fn yes_no(attribute: &str, word: &str) -> Result<bool, Fault> {
    let meant = |words: [&str; 4]| words.iter().any(|known| known.eq_ignore_ascii_case(word));
    match word.to_ascii_lowercase().as_str() {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => {
            let likely = if meant(["true", "y", "1", "on"]) {
                vec!["yes"]
            } else if meant(["false", "n", "0", "off"]) {
                vec!["no"]
            } else {
                Vec::new()
            };
            Err(Fault::new(Problem::UnknownValue(attribute.to_owned()))
                .expecting(["`yes`", "`no`"])
                .instead(likely))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::quantity_span;

    /// The values that it offers.
    fn offered(fault: &Fault) -> Vec<String> {
        let value = |meant: &Meant| match meant {
            Meant::Value(value) => value.clone(),
            Meant::Compared(..) | Meant::Between(..) | Meant::Of(..) => panic!("{meant:?} is a test"),
        };
        fault.instead.iter().map(value).collect()
    }

    /// 2025-03-31T10:20:30Z.
    fn now() -> Timestamp {
        Timestamp::parse("2025-03-31T10:20:30Z").unwrap()
    }

    #[test]
    fn times_are_reckoned_from_now_by_the_calendar() {
        for (word, expected) in [
            ("now", "2025-03-31T10:20:30Z"),
            ("NOW", "2025-03-31T10:20:30Z"),
            ("now-90min", "2025-03-31T08:50:30Z"),
            ("now-12h", "2025-03-30T22:20:30Z"),
            ("now-30d", "2025-03-01T10:20:30Z"),
            ("now+1wk", "2025-04-07T10:20:30Z"),
            ("now-1mo", "2025-02-28T10:20:30Z"),
            ("now-1y", "2024-03-31T10:20:30Z"),
        ] {
            let expected = Timestamp::parse(expected).unwrap();
            assert_eq!(time(word, now()), Ok(Span::point(expected.0)), "{word}");
        }
    }

    #[test]
    fn a_date_is_all_its_microseconds_and_open_ends_are_the_extremes() {
        let micros = |text: &str| Timestamp::parse(text).unwrap().0;
        for (word, low, high) in [
            ("2024", micros("2024-01-01T00:00:00Z"), micros("2025-01-01T00:00:00Z") - 1),
            ("2024-10-05~", micros("2024-10-02T00:00:00Z"), micros("2024-10-09T00:00:00Z") - 1),
            ("../2019-12-31", i64::MIN, micros("2020-01-01T00:00:00Z") - 1),
            ("2019-12-31/..", micros("2019-12-31T00:00:00Z"), i64::MAX),
        ] {
            assert_eq!(time(word, now()), Ok(Span::new(low, high).unwrap()), "{word}");
        }
    }

    #[test]
    fn a_bad_time_says_why_and_what_instead() {
        let faults = |word| {
            let fault = time(word, now()).unwrap_err();
            let offered = offered(&fault);
            (fault.problem, offered)
        };
        let bad = |why: &str| Problem::BadTime(why.to_owned());
        let ambiguous = Problem::AmbiguousUnit("min", "mo");
        let none = Vec::<String>::new;
        for (word, problem, instead) in [
            ("2024-13", bad("month 13: months go from 01 to 12"), none()),
            (
                "2024-2-7",
                bad("months, days, hours, minutes and seconds have two digits: 2025-01-05"),
                vec!["2024-02-07".to_owned()],
            ),
            ("now-30m", ambiguous, vec!["now-30min".to_owned(), "now-30mo".to_owned()]),
            ("now-30days", bad("there is no unit `days`"), vec!["now-30d".to_owned()]),
            ("now-3yr", bad("there is no unit `yr`"), vec!["now-3y".to_owned()]),
            ("now-3ms", bad("there is no unit `ms`"), none()),
            ("now-d", bad("`now` is followed by `-` or `+`, a number and a unit"), none()),
            ("now30d", bad("`now` is followed by `-` or `+`, a number and a unit"), none()),
            ("now--30d", bad("`now` is followed by `-` or `+`, a number and a unit"), none()),
            ("now-9000y", bad("years go from 0001 to 9999"), none()),
            ("now-99999999999999999999d", bad("years go from 0001 to 9999"), none()),
        ] {
            assert_eq!(faults(word), (problem, instead), "{word}");
        }
        assert_eq!(faults("now-30").1, ["now-30d", "now-30mo", "now-30y"]);
        assert_eq!(faults("today").1, ["2025-03-31"]);
        assert_eq!(faults("Yesterday").1, ["2025-03-30"]);
        assert_eq!(faults("tomorrow").1, ["2025-04-01"]);
    }

    #[test]
    fn quantities_leave_out_an_open_end_by_taking_its_neighbour() {
        let span = |low: f64, high: f64| Span::new(number_key(low), number_key(high)).unwrap();
        for (word, expected) in [
            ("4000", span(4000.0, 4000.0)),
            ("10k", span(10_000.0, 10_000.0)),
            ("10_000", span(10_000.0, 10_000.0)),
            ("1.5mn", span(1.5e6, 1.5e6)),
            ("2bn", span(2e9, 2e9)),
            ("~4000", span(3500.0, 4500.0)),
            (">=2000", span(2000.0, f64::INFINITY)),
            (">2000", span(2000.0_f64.next_up(), f64::INFINITY)),
            ("<500", span(0.0, 500.0_f64.next_down())),
            ("up to 500", span(0.0, 500.0)),
            (">=thousands", span(2000.0, f64::INFINITY)),
        ] {
            assert_eq!(quantity(word).map(|quantity| quantity_span(&quantity)), Ok(expected), "{word}");
        }
    }

    #[test]
    fn numbers_are_whole() {
        assert_eq!(number("1_0"), Ok(Span::point(number_key(10.0))));
        assert_eq!(number("9007199254740992"), Ok(Span::point(number_key(9_007_199_254_740_992.0))));
        for bad in ["-1", "1.5", "~2", "", "two", "9007199254740993", "99999999999999999999"] {
            let problem = number(bad).unwrap_err().problem;
            let why = "it counts in whole numbers from 0 to 9007199254740992";
            assert_eq!(problem, Problem::BadQuantity(why.to_owned()), "{bad}");
        }
    }

    #[test]
    fn closed_vocabularies_offer_what_was_meant() {
        let instead = |vocabulary, word| {
            vocabulary_word(vocabulary, "act", word).map_err(|fault| {
                let offered = offered(&fault);
                (fault.problem, offered)
            })
        };
        let unknown = |near: &[&str]| {
            Err((
                Problem::UnknownValue("act".to_owned()),
                near.iter().map(|&word| word.to_owned()).collect::<Vec<_>>(),
            ))
        };
        assert_eq!(instead(Vocabulary::SpeechAct, "Confirmed"), Ok("confirmed"));
        assert_eq!(instead(Vocabulary::SpeechAct, "confirms"), unknown(&["confirmed"]));
        assert_eq!(instead(Vocabulary::SpeechAct, "SPEECH_ACT_SAID"), unknown(&["said"]));
        assert_eq!(instead(Vocabulary::SourceKind, "news outlet"), unknown(&["news_outlet"]));
        assert_eq!(instead(Vocabulary::Credibility, "7"), unknown(&[]));
        for (vocabulary, ours, theirs) in WORDS_ELSEWHERE {
            for word in theirs {
                assert_eq!(instead(vocabulary, word), unknown(&[ours]), "{word}");
            }
        }
    }

    #[test]
    fn yes_and_no_are_said_so() {
        assert_eq!(yes_no("retracted", "YES"), Ok(true));
        assert_eq!(yes_no("retracted", "no"), Ok(false));
        let fault = yes_no("retracted", "true").unwrap_err();
        assert_eq!(fault.problem, Problem::UnknownValue("retracted".to_owned()));
        assert_eq!(fault.expected, ["`yes`", "`no`"]);
        assert_eq!(offered(&fault), ["yes"]);
    }
}
