//! Why a text is no time: the facts, and how they are found where the parser stopped.

use super::Reach;
use crate::model::limits::MAX_TIME_BYTES;
use edtf_core::Edtf;
use jiff::civil::Date;
use std::fmt;

/// Why a text is no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Nothing but space.
    #[error("an empty time; leave it out if it is not known")]
    Empty,
    /// More than [`MAX_TIME_BYTES`] bytes.
    #[error("a time of {bytes} bytes; at most {MAX_TIME_BYTES} are allowed")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// A year before 0001 or after 9999, in UTC.
    #[error("year {found}: years go from 0001 to 9999")]
    YearOutOfRange {
        /// The astronomical year.
        found: i64,
    },
    /// No month, season or quarter has this number.
    #[error("month {found:02}: months go from 01 to 12")]
    MonthOutOfRange {
        /// The number given.
        found: u8,
    },
    /// The month has no such day.
    #[error("day {found:02}: the days of that month go from 01 to {last}")]
    DayOutOfRange {
        /// The number given.
        found: u8,
        /// The last day of the month that was named.
        last: u8,
    },
    /// No such hour.
    #[error("hour {found}: hours go from 00 to 23")]
    HourOutOfRange {
        /// The number given.
        found: u8,
    },
    /// No such minute.
    #[error("minute {found}: minutes go from 00 to 59")]
    MinuteOutOfRange {
        /// The number given.
        found: u8,
    },
    /// No such second.
    #[error("second {found}: seconds go from 00 to 59, and 60 for a leap second")]
    SecondOutOfRange {
        /// The number given.
        found: u8,
    },
    /// A month, day or part of an hour of one digit.
    #[error("months, days, hours, minutes and seconds have two digits: 2025-01-05")]
    OneDigit,
    /// An interval or set range whose end lies before its start.
    #[error("the end lies before the start")]
    EndBeforeStart,
    /// An interval with neither end.
    #[error("an interval needs at least one date; leave the time out if neither end is known")]
    NoDatedEnd,
    /// Valid or near it, but not of the part of EDTF that is read here.
    #[error("{feature}")]
    Unsupported {
        /// What was used.
        feature: Feature,
    },
    /// No EDTF.
    #[error(
        "{} at byte {at}: times are written as 2025, 2025-01, 2025-01-15, 2025-01-15~, 2024-02/2025-02, \
         ../2019-12-31, [2025-01-11..2025-01-20] or 2025-02-09T10:00:00+09:00",
        Found(*found)
    )]
    Syntax {
        /// Byte offset of the first thing that does not fit.
        at: usize,
        /// What stands there; none at the end of the text.
        found: Option<char>,
    },
}

/// Parts of EDTF, or of ISO 8601 beside it, that are not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// `{2024..2025}`
    AllOfSet,
    /// `[2024,2025]`
    SetList,
    /// `[2024-01..2024-02-03]` or `[2024~..2025]`
    UnlikeSetEnds,
    /// `2004-06~-11`
    PartialQualification,
    /// `1950S2`
    SignificantDigits,
    /// `1XXX-12`, or any `X` in an interval
    UnspecifiedPattern,
    /// `2001-25`: seasons of one hemisphere, groups of four or six months
    SubYearGroup,
    /// `..2024/2025`
    HalfOpenEnd,
    /// `2025-02-09T10:00:00Z/2025-02-10`
    InstantInInterval,
    /// `2025-02-09T10:00Z`
    TimeWithoutSeconds,
    /// `2025-02-09T10:00:00.1234567Z`
    BelowMicroseconds,
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AllOfSet => "sets of several times are not read: one of a range is [a..b], all of it a/b",
            Self::SetList => "lists of times are not read: one of a range is [a..b]",
            Self::UnlikeSetEnds => "the ends of [a..b] are plain dates of one precision",
            Self::PartialQualification => "`?`, `~` and `%` stand behind the whole date",
            Self::SignificantDigits => "significant digits of years are not read: write a range",
            Self::UnspecifiedPattern => {
                "`X` stands for the last digits of a single date only: 201X, 2004-XX, 2004-06-XX"
            }
            Self::SubYearGroup => {
                "of the groups of months, seasons (21 to 24) and quarters (33 to 36) are read"
            }
            Self::HalfOpenEnd => "an open end is `..` alone: ../2019-12-31 or 2019-12-31/..",
            Self::InstantInInterval => "the ends of an interval are dates, without a time of day",
            Self::TimeWithoutSeconds => "a time of day is written to the second: 10:00:00",
            Self::BelowMicroseconds => "a second has at most six decimals",
        })
    }
}

/// Says in words what was found.
struct Found(Option<char>);

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(found) => write!(f, "{found:?}"),
            None => f.write_str("an early end"),
        }
    }
}

/// Says what is wrong at a place where the parser stopped.
pub(super) fn explain(text: &str, at: usize) -> TimeError {
    if text.chars().all(|found| matches!(found, '.' | '/')) {
        return TimeError::NoDatedEnd;
    }
    if text.contains('/') && text.contains('T') {
        return TimeError::Unsupported { feature: Feature::InstantInInterval };
    }
    if let Some((_, clock)) = text.split_once('T')
        && let [h1, h2, b':', m1, m2, zone @ ..] = clock.as_bytes()
        && [h1, h2, m1, m2].into_iter().all(u8::is_ascii_digit)
        && matches!(zone.first(), None | Some(b'Z' | b'+' | b'-'))
    {
        return TimeError::Unsupported { feature: Feature::TimeWithoutSeconds };
    }
    if text.split(['/', '.', '[', ']']).any(has_short_field) {
        return TimeError::OneDigit;
    }
    wrong_field(text, at).or_else(|| wrong_ends(text, at)).unwrap_or_else(|| syntax(text, at))
}

/// A date such as `2025-1-5`.
fn has_short_field(date: &str) -> bool {
    let mut fields = date.trim_end_matches(['?', '~', '%']).split(['-', 'T', ':']);
    let is_number = |field: &str| field.bytes().all(|digit| digit.is_ascii_digit());
    fields.next().is_some_and(|year| year.len() == 4 && is_number(year))
        && fields.any(|field| field.len() == 1 && is_number(field))
}

/// A field of a date or instant whose number is out of its range.
fn wrong_field(text: &str, at: usize) -> Option<TimeError> {
    let (before, after) = (text.get(..at)?, text.get(at..)?);
    let written = &before[before.rfind(['/', '[', '.', ',']).map_or(0, |separator| separator + 1)..];
    let found: u8 =
        after.get(..2).filter(|two| two.bytes().all(|digit| digit.is_ascii_digit()))?.parse().ok()?;
    match written.len() {
        5 if !(1..=12).contains(&found) => Some(TimeError::MonthOutOfRange { found }),
        8 => {
            // An unspecified year or month may be any: the day then fits none of them.
            let number = |range| written.get(range).and_then(|digits: &str| digits.parse().ok());
            let last = match (number(0..4), number(5..7)) {
                (Some(year), Some(month)) => Date::new(year, month as i8, 1).ok()?.days_in_month() as u8,
                _ => 31,
            };
            Some(TimeError::DayOutOfRange { found, last })
        }
        11 if found > 23 => Some(TimeError::HourOutOfRange { found }),
        14 if found > 59 => Some(TimeError::MinuteOutOfRange { found }),
        17 if found > 60 => Some(TimeError::SecondOutOfRange { found }),
        _ => None,
    }
}

/// Two ends that are sound each, but do not go together.
fn wrong_ends(text: &str, at: usize) -> Option<TimeError> {
    let inner = text.trim_start_matches('[').trim_end_matches(']');
    let (first, last) = inner.split_once('/').or_else(|| inner.split_once(".."))?;
    let end = |text| match Edtf::parse(text) {
        Ok(Edtf::Date(date)) => Reach::of_date(&date).ok(),
        Ok(Edtf::DateTime(_) | Edtf::Interval(_) | Edtf::Set(_)) | Err(_) => None,
    };
    let (first, last) = (end(first)?, end(last)?);
    if first.core.0 >= last.core.1 {
        return Some(TimeError::EndBeforeStart);
    }
    let is_range = text.starts_with('[') && text.ends_with(']') && at > 0;
    is_range.then_some(TimeError::Unsupported { feature: Feature::UnlikeSetEnds })
}

pub(super) fn syntax(text: &str, at: usize) -> TimeError {
    let at = (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    TimeError::Syntax { at, found: text[at..].chars().next() }
}

#[cfg(test)]
mod tests {
    use super::super::Time;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn errors_name_the_facts() {
        let unsupported = |feature| TimeError::Unsupported { feature };
        for (text, expected) in [
            ("", TimeError::Empty),
            (" ", TimeError::Empty),
            ("0000", TimeError::YearOutOfRange { found: 0 }),
            ("-0044-03-15", TimeError::YearOutOfRange { found: -44 }),
            ("Y17000", TimeError::YearOutOfRange { found: 17_000 }),
            ("9999-24", TimeError::YearOutOfRange { found: 10_000 }),
            ("9999-12-31T23:59:59-01:00", TimeError::YearOutOfRange { found: 10_000 }),
            ("0001-01-01T00:00:00+01:00", TimeError::YearOutOfRange { found: 0 }),
            ("2025-13", TimeError::MonthOutOfRange { found: 13 }),
            ("2025-00-01", TimeError::MonthOutOfRange { found: 0 }),
            ("2025-13-01T10:00:00Z", TimeError::MonthOutOfRange { found: 13 }),
            ("2024/2025-13", TimeError::MonthOutOfRange { found: 13 }),
            ("[2025-13..2026-01]", TimeError::MonthOutOfRange { found: 13 }),
            ("2025-02-29", TimeError::DayOutOfRange { found: 29, last: 28 }),
            ("2025-04-31~", TimeError::DayOutOfRange { found: 31, last: 30 }),
            ("2025-XX-32", TimeError::DayOutOfRange { found: 32, last: 31 }),
            ("2025-01-00T10:00:00", TimeError::DayOutOfRange { found: 0, last: 31 }),
            ("2025-02-09T24:00:00Z", TimeError::HourOutOfRange { found: 24 }),
            ("2025-02-09T10:60:00Z", TimeError::MinuteOutOfRange { found: 60 }),
            ("2025-02-09T10:00:61.5Z", TimeError::SecondOutOfRange { found: 61 }),
            ("2025-02/2025-01", TimeError::EndBeforeStart),
            ("2025-02-01~/2025-01-31~", TimeError::EndBeforeStart),
            ("[2025-02-02..2025-02-01]", TimeError::EndBeforeStart),
            ("../..", TimeError::NoDatedEnd),
            ("/", TimeError::NoDatedEnd),
            ("..", TimeError::NoDatedEnd),
            ("{2024..2025}", unsupported(Feature::AllOfSet)),
            ("[2024,2025]", unsupported(Feature::SetList)),
            ("[2024]", unsupported(Feature::SetList)),
            ("[2024-01..2024-01-05]", unsupported(Feature::UnlikeSetEnds)),
            ("[2024~..2025]", unsupported(Feature::UnlikeSetEnds)),
            ("2004-06~-11", unsupported(Feature::PartialQualification)),
            ("1950S2", unsupported(Feature::SignificantDigits)),
            ("1XXX-12", unsupported(Feature::UnspecifiedPattern)),
            ("2004-XX/2005", unsupported(Feature::UnspecifiedPattern)),
            ("2001-25", unsupported(Feature::SubYearGroup)),
            ("2001-40", unsupported(Feature::SubYearGroup)),
            ("..2024/2025", unsupported(Feature::HalfOpenEnd)),
            ("2025-02-09T10:00:00Z/2025-02-10", unsupported(Feature::InstantInInterval)),
            ("2025-02-09T10:00", unsupported(Feature::TimeWithoutSeconds)),
            ("2025-02-09T10:00+09:00", unsupported(Feature::TimeWithoutSeconds)),
            ("2025-02-09T10:00:00.0000001Z", unsupported(Feature::BelowMicroseconds)),
            ("2025-1", TimeError::OneDigit),
            ("2025-1-05~", TimeError::OneDigit),
            ("2025-01/2025-2", TimeError::OneDigit),
            ("[2025-01-1..2025-01-15]", TimeError::OneDigit),
            ("2025-01-15T9:00:00Z", TimeError::OneDigit),
            ("2025-02-09T10:00:00.", TimeError::Syntax { at: 20, found: None }),
            ("2025/01/15", TimeError::Syntax { at: 7, found: Some('/') }),
            ("20250115", TimeError::Syntax { at: 4, found: Some('0') }),
            ("January", TimeError::Syntax { at: 0, found: Some('J') }),
            ("2025–2026", TimeError::Syntax { at: 4, found: Some('–') }),
            ("2025-02-09T10:00:00.Z", TimeError::Syntax { at: 20, found: Some('Z') }),
            ("2025-02-09T10:00:00.5x", TimeError::Syntax { at: 21, found: Some('x') }),
        ] {
            assert_eq!(Time::parse(text), Err(expected), "{text}");
        }
        let long = "2".repeat(MAX_TIME_BYTES + 1);
        assert_eq!(Time::parse(&long), Err(TimeError::TooLong { bytes: MAX_TIME_BYTES + 1 }));
        assert!(matches!(Time::parse(&long[1..]), Err(TimeError::Syntax { at: 4, .. })));
    }

    #[test]
    fn errors_read_as_sentences() {
        for (text, expected) in [
            ("2025-13", "month 13: months go from 01 to 12"),
            ("2025-02-29", "day 29: the days of that month go from 01 to 28"),
            ("2025-02/2025-01", "the end lies before the start"),
            ("2025-02-09T10:00Z", "a time of day is written to the second: 10:00:00"),
            (
                "2025-02-09T10:00:00.",
                "an early end at byte 20: times are written as 2025, 2025-01, 2025-01-15, 2025-01-15~, \
                 2024-02/2025-02, ../2019-12-31, [2025-01-11..2025-01-20] or 2025-02-09T10:00:00+09:00",
            ),
        ] {
            assert_eq!(Time::parse(text).unwrap_err().to_string(), expected);
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC*|[-0-9TXYSE:.,/~?%+Z\\[\\]{}]{0,24}") {
            if let Err(error) = Time::parse(&text) {
                prop_assert!(error.to_string().len() < 300);
            }
        }
    }
}
