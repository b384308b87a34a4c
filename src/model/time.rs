//! Times as their writers wrote them, read once as intervals.
//!
//! The notation is EDTF (ISO 8601-2:2019, Annex A): levels 0 and 1, and of level 2 the quarters
//! (`2024-33` is the first of 2024) and the one-of-a-set ranges (`[2025-01-11..2025-01-20]`).
//! Seasons, which EDTF leaves to the place, are read as the meteorological ones of the northern
//! hemisphere.

mod error;
pub mod words;

pub use error::{Feature, TimeError};

use super::limits::MAX_TIME_BYTES;
use edtf_core::{Bound, BoundDate, Edtf, IntervalEndpoint, SetElement, SetKind, TimeShift};
use error::{explain, syntax};
use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Span, ToSpan};
use std::fmt;

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;
/// Days by which `~` widens a day.
const APPROXIMATE_DAYS: i64 = 3;

/// A point of time: microseconds since 1970-01-01T00:00:00Z in the proleptic Gregorian calendar.
///
/// It prints as RFC 3339 in UTC, with as many decimals as it needs. What lies beyond the calendar
/// (years before −9999 or after 9999) prints as `..`, as the unbounded ends do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Before all time: where an interval without a beginning starts.
    pub const MIN: Self = Self(i64::MIN);
    /// After all time: where an interval without an end ends.
    pub const MAX: Self = Self(i64::MAX);
    /// The first microsecond of the year 1: no time that is written begins earlier.
    pub const CALENDAR_START: Self = Self(-719_162 * MICROS_PER_DAY);
    /// The end, exclusive, of the year 9999: no time that is written ends later.
    pub const CALENDAR_END: Self = Self(2_932_897 * MICROS_PER_DAY);

    /// What the machine's clock says.
    pub fn now() -> Self {
        Self(jiff::Timestamp::now().as_microsecond())
    }

    /// Reads RFC 3339; a zone is required, decimals beyond microseconds are cut off.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let parsed: jiff::Timestamp = text.parse().map_err(|_| syntax(text, 0))?;
        Ok(Self(parsed.as_microsecond()))
    }

    /// Date and time of day in UTC; none beyond the calendar.
    pub fn civil(self) -> Option<DateTime> {
        EPOCH.at(0, 0, 0, 0).checked_add(SignedDuration::from_micros(self.0)).ok()
    }

    fn of(date: Date) -> Self {
        Self(date.duration_since(EPOCH).as_secs() * MICROS_PER_SECOND)
    }
}

const EPOCH: Date = Date::constant(1970, 1, 1);

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.civil() {
            Some(civil) => write!(f, "{civil}Z"),
            None => f.write_str(".."),
        }
    }
}

/// Whether a time lasts, or is one moment that is not better known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Nature {
    /// Throughout, or counted over: `2024-02/2025-02`, and instants.
    Extent,
    /// Some moment inside: a date, qualified or not, and `[a..b]`.
    Moment,
}

/// The unit to which a time is given; of an interval, the coarser one of its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    /// Date and time of day, to the second or finer.
    Instant,
    /// `2025-01-15`
    Day,
    /// `2025-01`, `2025-01-XX`
    Month,
    /// `2025-33`, and seasons
    Quarter,
    /// `2025`, `2025-XX`
    Year,
    /// `202X`
    Decade,
    /// `20XX`
    Century,
}

impl Precision {
    /// By how much `~` widens at each end.
    fn widening(self) -> Span {
        match self {
            Self::Instant => Span::new(),
            Self::Day => APPROXIMATE_DAYS.days(),
            Self::Month => 1.month(),
            Self::Quarter => 3.months(),
            Self::Year => 1.year(),
            Self::Decade => 10.years(),
            Self::Century => 100.years(),
        }
    }

    /// The unit's length; months and longer as means of the Gregorian calendar. An instant's is a
    /// second.
    pub fn micros(self) -> i64 {
        const YEAR: i64 = 31_556_952 * MICROS_PER_SECOND;
        match self {
            Self::Instant => MICROS_PER_SECOND,
            Self::Day => MICROS_PER_DAY,
            Self::Month => YEAR / 12,
            Self::Quarter => YEAR / 4,
            Self::Year => YEAR,
            Self::Decade => 10 * YEAR,
            Self::Century => 100 * YEAR,
        }
    }
}

/// A time: the text of its writer, and the interval `[start, end)` in UTC that it stands for.
///
/// `start < end` always, and the unwidened interval lies inside. Two times are equal if their texts
/// are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Time {
    text: Box<str>,
    start: Timestamp,
    end: Timestamp,
    core: (Timestamp, Timestamp),
    nature: Nature,
    precision: Precision,
}

impl Time {
    /// Reads a time in EDTF; space around it is dropped. Offsets in errors count bytes of what is
    /// left then.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TimeError::Empty);
        }
        if text.len() > MAX_TIME_BYTES {
            return Err(TimeError::TooLong { bytes: text.len() });
        }
        let (whole, fraction) = split_fraction(text)?;
        let parsed = Edtf::parse(&whole).map_err(|error| {
            let cut = fraction.filter(|fraction| error.offset >= fraction.at);
            explain(text, error.offset + cut.map_or(0, |fraction| fraction.digits + 1))
        })?;
        let (reach, nature) = match &parsed {
            Edtf::Date(date) => (Reach::of_date(date)?, Nature::Moment),
            Edtf::DateTime(instant) => (Reach::of_instant(instant, fraction)?, Nature::Extent),
            // `X` in an interval is of level 2.
            Edtf::Interval(_) if parsed.has_unspecified() => {
                return Err(TimeError::Unsupported { feature: Feature::UnspecifiedPattern });
            }
            Edtf::Interval(interval) => {
                let end = |end: &IntervalEndpoint| match end {
                    IntervalEndpoint::Date(date) => Reach::of_date(date).map(Some),
                    IntervalEndpoint::Open | IntervalEndpoint::Unknown => Ok(None),
                    IntervalEndpoint::OnOrBefore(_) | IntervalEndpoint::OnOrAfter(_) => {
                        Err(TimeError::Unsupported { feature: Feature::HalfOpenEnd })
                    }
                };
                (Reach::between(end(&interval.start)?, end(&interval.end)?)?, Nature::Extent)
            }
            Edtf::Set(set) => (Reach::of_set(set)?, Nature::Moment),
        };
        Ok(Self {
            text: text.into(),
            start: reach.start,
            end: reach.end,
            core: reach.core,
            nature,
            precision: reach.precision,
        })
    }

    /// What the writer wrote.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where it begins at the earliest, widened by `~` and `%`; [`Timestamp::MIN`] if open.
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// Where it ends at the latest, exclusive, widened by `~` and `%`; [`Timestamp::MAX`] if open.
    pub fn end(&self) -> Timestamp {
        self.end
    }

    /// Start and exclusive end as written, not widened.
    pub fn core(&self) -> (Timestamp, Timestamp) {
        self.core
    }

    /// Whether the text says that the time lasts. (A running figure's date is an extent all the
    /// same: that is the figure's to know.)
    pub fn nature(&self) -> Nature {
        self.nature
    }

    /// Whether it is one of a range of dates: `[2025-01-11..2025-01-20]`.
    pub fn is_one_of(&self) -> bool {
        self.text.starts_with('[')
    }

    /// The unit to which it is given.
    pub fn precision(&self) -> Precision {
        self.precision
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The interval of a time, or of one of its ends.
struct Reach {
    start: Timestamp,
    end: Timestamp,
    core: (Timestamp, Timestamp),
    precision: Precision,
}

impl Reach {
    fn of_date(date: &edtf_core::Date) -> Result<Self, TimeError> {
        supported(date)?;
        let bounds = Edtf::Date(*date).bounds();
        let (first, last) = (day(bounds.earliest)?, day(bounds.latest)?);
        let core = (Timestamp::of(first), Timestamp(Timestamp::of(last).0 + MICROS_PER_DAY));
        let precision = precision(date);
        let (start, end) = if date.is_approximate() {
            let by = precision.widening();
            // The calendar's own ends are as far as a time can be widened.
            let start = first.checked_sub(by).ok().map_or(Timestamp::CALENDAR_START, Timestamp::of);
            let end = last.tomorrow().and_then(|after| after.checked_add(by)).ok();
            (start.max(Timestamp::CALENDAR_START), end.map_or(Timestamp::CALENDAR_END, Timestamp::of))
        } else {
            core
        };
        Ok(Self { start, end, core, precision })
    }

    fn of_instant(instant: &edtf_core::DateTime, fraction: Option<Fraction>) -> Result<Self, TimeError> {
        let time = &instant.time;
        let shift = match time.shift {
            Some(TimeShift::Offset { minutes, .. }) => i64::from(minutes),
            Some(TimeShift::Utc) | None => 0,
        };
        let minutes = i64::from(time.hour) * 60 + i64::from(time.minute) - shift;
        let seconds = minutes * 60 + i64::from(time.second);
        let micros = seconds * MICROS_PER_SECOND + fraction.map_or(0, |fraction| fraction.micros);
        let midnight = day(Edtf::Date(instant.date).bounds().earliest)?;
        let start = Timestamp(Timestamp::of(midnight).0 + micros);
        let end = Timestamp(start.0 + fraction.map_or(MICROS_PER_SECOND, |fraction| fraction.unit));
        if start < Timestamp::CALENDAR_START {
            return Err(TimeError::YearOutOfRange { found: 0 });
        }
        if end > Timestamp::CALENDAR_END {
            return Err(TimeError::YearOutOfRange { found: 10_000 });
        }
        Ok(Self { start, end, core: (start, end), precision: Precision::Instant })
    }

    fn of_set(set: &edtf_core::Set) -> Result<Self, TimeError> {
        if set.kind == SetKind::AllMembers {
            return Err(TimeError::Unsupported { feature: Feature::AllOfSet });
        }
        let [element] = set.elements.as_slice() else {
            return Err(TimeError::Unsupported { feature: Feature::SetList });
        };
        match element {
            SetElement::Range(first, last) => {
                Self::between(Some(Self::of_date(first)?), Some(Self::of_date(last)?))
            }
            SetElement::OnOrBefore(last) => Self::between(None, Some(Self::of_date(last)?)),
            SetElement::OnOrAfter(first) => Self::between(Some(Self::of_date(first)?), None),
            SetElement::Date(_) => Err(TimeError::Unsupported { feature: Feature::SetList }),
        }
    }

    /// From the beginning of one end to the end of the other; without an end, for ever.
    fn between(first: Option<Self>, last: Option<Self>) -> Result<Self, TimeError> {
        let (start, core_start, coarse) = first.map_or((Timestamp::MIN, Timestamp::MIN, None), |end| {
            (end.start, end.core.0, Some(end.precision))
        });
        let (end, core_end, other) = last
            .map_or((Timestamp::MAX, Timestamp::MAX, None), |end| (end.end, end.core.1, Some(end.precision)));
        if core_start >= core_end {
            return Err(TimeError::EndBeforeStart);
        }
        let precision = coarse.max(other).ok_or(TimeError::NoDatedEnd)?;
        Ok(Self { start, end, core: (core_start, core_end), precision })
    }
}

/// Refuses what level 2 adds to a date, quarters excepted.
fn supported(date: &edtf_core::Date) -> Result<(), TimeError> {
    let refused = |feature| Err(TimeError::Unsupported { feature });
    if date.year.significant_digits.is_some() {
        return refused(Feature::SignificantDigits);
    }
    if let edtf_core::YearKind::Exponential { significand, .. } = date.year.kind {
        return Err(TimeError::YearOutOfRange { found: if significand < 0 { i64::MIN } else { i64::MAX } });
    }
    let month = date.month.and_then(edtf_core::DateField::value);
    if month.is_some_and(|code| matches!(code, 25..=32 | 37..)) {
        return refused(Feature::SubYearGroup);
    }
    let qualifiers =
        [Some(date.year.qualifier), date.month.map(|m| m.qualifier), date.day.map(|d| d.qualifier)];
    if qualifiers.into_iter().flatten().any(|qualifier| qualifier != date.year.qualifier) {
        return refused(Feature::PartialQualification);
    }
    if date.has_unspecified() && Edtf::Date(*date).level() > 1 {
        return refused(Feature::UnspecifiedPattern);
    }
    Ok(())
}

fn precision(date: &edtf_core::Date) -> Precision {
    if let edtf_core::YearKind::Standard { digits: [_, _, tens, ones], .. } = date.year.kind {
        if tens.is_none() {
            return Precision::Century;
        }
        if ones.is_none() {
            return Precision::Decade;
        }
    }
    match (date.month, date.day) {
        (Some(month), _) if month.has_unspecified() => Precision::Year,
        (Some(_), Some(day)) if day.has_unspecified() => Precision::Month,
        (Some(_), _) => match date.precision() {
            edtf_core::Precision::Year => Precision::Year,
            edtf_core::Precision::Month => Precision::Month,
            edtf_core::Precision::Season => Precision::Quarter,
            edtf_core::Precision::Day => Precision::Day,
        },
        (None, _) => Precision::Year,
    }
}

fn day(bound: Bound) -> Result<Date, TimeError> {
    let (year, month, day) = match bound {
        Bound::Date(BoundDate { year, month, day }) => (year, month, day),
        Bound::NegativeInfinity => (i64::MIN, 1, 1),
        Bound::PositiveInfinity | Bound::Unknown => (i64::MAX, 1, 1),
    };
    let out_of_range = TimeError::YearOutOfRange { found: year };
    if !(1..=9999).contains(&year) {
        return Err(out_of_range);
    }
    let narrow = (i16::try_from(year), i8::try_from(month), i8::try_from(day));
    let (Ok(year), Ok(month), Ok(day)) = narrow else {
        return Err(out_of_range);
    };
    Date::new(year, month, day).map_err(|_| out_of_range)
}

/// The decimals of a second, which EDTF does not have.
#[derive(Clone, Copy)]
struct Fraction {
    /// Byte offset of the point.
    at: usize,
    digits: usize,
    micros: i64,
    /// Microseconds of its last digit.
    unit: i64,
}

/// Takes the decimals of a second out of an instant.
fn split_fraction(text: &str) -> Result<(std::borrow::Cow<'_, str>, Option<Fraction>), TimeError> {
    let point = text.find('T').and_then(|t| text[t..].find('.').map(|point| t + point));
    let Some(at) = point.filter(|_| !text.contains(['/', '[', '{'])) else {
        return Ok((text.into(), None));
    };
    let rest = &text[at + 1..];
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 {
        return Err(syntax(text, at + 1));
    }
    if digits > 6 {
        return Err(TimeError::Unsupported { feature: Feature::BelowMicroseconds });
    }
    let unit = 10_i64.pow(6 - digits as u32);
    let value = rest[..digits].bytes().fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
    let whole = format!("{}{}", &text[..at], &rest[digits..]);
    Ok((whole.into(), Some(Fraction { at, digits, micros: value * unit, unit })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `start end nature precision`, or with the unwidened ends before `nature` if they differ.
    fn reading(text: &str) -> String {
        let time = match Time::parse(text) {
            Ok(time) => time,
            Err(error) => return format!("{error}"),
        };
        let day = |at: Timestamp| at.to_string().replace("T00:00:00Z", "");
        let core = time.core();
        let core = if core == (time.start(), time.end()) {
            String::new()
        } else {
            format!(" ({} {})", day(core.0), day(core.1))
        };
        format!("{} {}{core} {:?} {:?}", day(time.start()), day(time.end()), time.nature(), time.precision())
    }

    #[test]
    fn every_form_becomes_its_interval() {
        for (text, expected) in [
            // Dates.
            ("2025", "2025-01-01 2026-01-01 Moment Year"),
            ("2025-01", "2025-01-01 2025-02-01 Moment Month"),
            ("2024-02", "2024-02-01 2024-03-01 Moment Month"),
            ("2025-01-15", "2025-01-15 2025-01-16 Moment Day"),
            (" 2025-01-15\n", "2025-01-15 2025-01-16 Moment Day"),
            ("2024-02-29", "2024-02-29 2024-03-01 Moment Day"),
            ("0001", "0001-01-01 0002-01-01 Moment Year"),
            ("9999", "9999-01-01 .. Moment Year"),
            ("9999-12-31", "9999-12-31 .. Moment Day"),
            // Seasons and quarters.
            ("2024-21", "2024-03-01 2024-06-01 Moment Quarter"),
            ("2024-24", "2024-12-01 2025-03-01 Moment Quarter"),
            ("2024-33", "2024-01-01 2024-04-01 Moment Quarter"),
            ("2024-36", "2024-10-01 2025-01-01 Moment Quarter"),
            // Unspecified digits.
            ("201X", "2010-01-01 2020-01-01 Moment Decade"),
            ("20XX", "2000-01-01 2100-01-01 Moment Century"),
            ("2004-XX", "2004-01-01 2005-01-01 Moment Year"),
            ("2004-XX-XX", "2004-01-01 2005-01-01 Moment Year"),
            ("2004-02-XX", "2004-02-01 2004-03-01 Moment Month"),
            // Qualified: `~` and `%` widen, `?` does not.
            ("2025-01-15~", "2025-01-12 2025-01-19 (2025-01-15 2025-01-16) Moment Day"),
            ("2025-01-15%", "2025-01-12 2025-01-19 (2025-01-15 2025-01-16) Moment Day"),
            ("2025-01-15?", "2025-01-15 2025-01-16 Moment Day"),
            ("2024-07~", "2024-06-01 2024-09-01 (2024-07-01 2024-08-01) Moment Month"),
            ("2024-01~", "2023-12-01 2024-03-01 (2024-01-01 2024-02-01) Moment Month"),
            ("2024-33~", "2023-10-01 2024-07-01 (2024-01-01 2024-04-01) Moment Quarter"),
            ("2024~", "2023-01-01 2026-01-01 (2024-01-01 2025-01-01) Moment Year"),
            ("201X~", "2000-01-01 2030-01-01 (2010-01-01 2020-01-01) Moment Decade"),
            ("0001~", "0001-01-01 0003-01-01 (0001-01-01 0002-01-01) Moment Year"),
            ("9998~", "9997-01-01 .. (9998-01-01 9999-01-01) Moment Year"),
            ("00XX~", "year 0: years go from 0001 to 9999"),
            // Intervals.
            ("2024-02/2025-02", "2024-02-01 2025-03-01 Extent Month"),
            ("2022-02-24/2024-10-06", "2022-02-24 2024-10-07 Extent Day"),
            ("2022-02-24/2024", "2022-02-24 2025-01-01 Extent Year"),
            ("2025-01-20/2025-01", "2025-01-20 2025-02-01 Extent Month"),
            ("2025-02-03/2025-02-09", "2025-02-03 2025-02-10 Extent Day"),
            ("2025-01-15/2025-01-15", "2025-01-15 2025-01-16 Extent Day"),
            ("2025-01-18~/2025-02-08~", "2025-01-15 2025-02-12 (2025-01-18 2025-02-09) Extent Day"),
            ("2025-01-18/2025-02~", "2025-01-18 2025-04-01 (2025-01-18 2025-03-01) Extent Month"),
            ("../2019-12-31", ".. 2020-01-01 Extent Day"),
            ("/2019-12-31", ".. 2020-01-01 Extent Day"),
            ("2019-12-31/..", "2019-12-31 .. Extent Day"),
            ("2019-12-31/", "2019-12-31 .. Extent Day"),
            ("2019-12-31~/..", "2019-12-28 .. (2019-12-31 ..) Extent Day"),
            // One of a range.
            ("[2025-01-11..2025-01-20]", "2025-01-11 2025-01-21 Moment Day"),
            ("[2024-02-09..2025-02-10]", "2024-02-09 2025-02-11 Moment Day"),
            ("[2024..2025]", "2024-01-01 2026-01-01 Moment Year"),
            ("[..2019-12]", ".. 2020-01-01 Moment Month"),
            ("[2019-12..]", "2019-12-01 .. Moment Month"),
            // Instants.
            ("2025-02-09T10:00:00Z", "2025-02-09T10:00:00Z 2025-02-09T10:00:01Z Extent Instant"),
            ("2025-02-09T10:00:00", "2025-02-09T10:00:00Z 2025-02-09T10:00:01Z Extent Instant"),
            ("2025-02-09T10:00:00+09:00", "2025-02-09T01:00:00Z 2025-02-09T01:00:01Z Extent Instant"),
            ("2025-02-09T22:00:00-05", "2025-02-10T03:00:00Z 2025-02-10T03:00:01Z Extent Instant"),
            ("2025-02-09T10:00:00.25Z", "2025-02-09T10:00:00.25Z 2025-02-09T10:00:00.26Z Extent Instant"),
            (
                "2025-02-09T10:00:00.000001+09:00",
                "2025-02-09T01:00:00.000001Z 2025-02-09T01:00:00.000002Z Extent Instant",
            ),
            ("2016-12-31T23:59:60Z", "2017-01-01 2017-01-01T00:00:01Z Extent Instant"),
        ] {
            assert_eq!(reading(text), expected, "{text}");
        }
    }

    #[test]
    fn open_ends_are_the_extremes_and_the_calendars_end_is_not() {
        let time = Time::parse("../2019-12-31").unwrap();
        assert_eq!((time.start(), time.core().0), (Timestamp::MIN, Timestamp::MIN));
        assert_eq!(Time::parse("2019-12-31/..").unwrap().end(), Timestamp::MAX);
        assert_eq!(Time::parse("9999").unwrap().end(), Timestamp::CALENDAR_END);
        assert_eq!(Time::parse("9998~").unwrap().end(), Timestamp::CALENDAR_END);
        assert_eq!(Time::parse("0001~").unwrap().start(), Timestamp::CALENDAR_START);
        assert_eq!(Timestamp::CALENDAR_START.to_string(), "0001-01-01T00:00:00Z");
        assert_eq!(Timestamp(Timestamp::CALENDAR_END.0 - 1).to_string(), "9999-12-31T23:59:59.999999Z");
    }

    #[test]
    fn timestamps_read_what_they_print() {
        for (text, micros) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T23:59:59.999999Z", -1),
            ("2025-02-09T01:00:00.25Z", 1_739_062_800_250_000),
        ] {
            assert_eq!(Timestamp(micros).to_string(), text);
            assert_eq!(Timestamp::parse(text), Ok(Timestamp(micros)));
        }
        assert_eq!(Timestamp::parse("2025-02-09T10:00:00.25+09:00"), Ok(Timestamp(1_739_062_800_250_000)));
        assert_eq!(Timestamp::parse("2025-02-09"), Err(TimeError::Syntax { at: 0, found: Some('2') }));
        assert_eq!(format!("{} {}", Timestamp::MIN, Timestamp::MAX), ".. ..");
    }

    /// Texts near the grammar.
    fn date() -> impl Strategy<Value = String> {
        let field =
            || prop_oneof![4 => (0..40_u8).prop_map(|n| format!("-{n:02}")), 1 => Just("-XX".to_owned())];
        let year =
            prop_oneof![4 => (0..10_000_u16).prop_map(|n| format!("{n:04}")), 1 => Just("201X".to_owned())];
        let fields = prop::collection::vec(field(), 0..3);
        (year, fields, prop::sample::select(vec!["", "", "~", "?", "%"]))
            .prop_map(|(year, fields, qualifier)| format!("{year}{}{qualifier}", fields.concat()))
    }

    fn near_edtf() -> impl Strategy<Value = String> {
        prop_oneof![
            date(),
            (date(), date()).prop_map(|(a, b)| format!("{a}/{b}")),
            (date(), date()).prop_map(|(a, b)| format!("[{a}..{b}]")),
            date().prop_map(|a| format!("../{a}")),
            (date(), "T[0-2][0-9]:[0-6][0-9](:[0-6][0-9])?(\\.[0-9]{0,7})?(Z|[+-][01][0-9](:[0-6][0-9])?)?")
                .prop_map(|(date, clock)| date + &clock),
        ]
    }

    proptest! {
        #[test]
        fn intervals_hold_their_core_and_texts_are_stable(text in near_edtf()) {
            if let Ok(time) = Time::parse(&text) {
                let core = time.core();
                prop_assert!(time.start() <= core.0 && core.0 < core.1 && core.1 <= time.end());
                prop_assert_eq!(Time::parse(time.text()), Ok(time));
            }
        }

        #[test]
        fn a_finer_date_lies_inside_a_coarser_one(year in 1..=9999_u16, month in 1..=12_u8, day in 1..=28_u8) {
            let texts = [format!("{year:04}"), format!("{year:04}-{month:02}"), format!("{year:04}-{month:02}-{day:02}")];
            for qualifier in ["", "~"] {
                let times = texts.each_ref().map(|text| Time::parse(&format!("{text}{qualifier}")).unwrap());
                for pair in times.windows(2) {
                    prop_assert!(pair[0].start() <= pair[1].start() && pair[1].end() <= pair[0].end());
                }
            }
        }
    }
}
