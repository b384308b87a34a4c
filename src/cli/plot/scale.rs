//! Axes: round numbers and round dates along them, and their labels.

use crate::model::Timestamp;
use crate::model::quantity::plain;
use jiff::civil::{Date, DateTime};
use jiff::{Span, ToSpan};

/// Microseconds of a day.
pub(super) const DAY: i64 = 86_400_000_000;

/// Round numbers within the bounds, at most so many and at the least distance that allows it.
pub(super) fn numbers((low, high): (f64, f64), most: usize) -> Vec<f64> {
    let rough = (high - low) / most.max(1) as f64;
    if !rough.is_finite() || rough <= 0.0 {
        return Vec::new();
    }
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|times| times * power).into_iter().find(|&step| step >= rough);
    let step = step.unwrap_or(10.0 * power);
    let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
    (first..=last).map(|tick| rounded(tick as f64 * step)).collect()
}

/// Without what multiplying by a fraction left behind.
fn rounded(number: f64) -> f64 {
    format!("{number:.9e}").parse().unwrap_or(number)
}

/// A number for an axis: thousands apart by thin spaces, millions and more in short.
pub(super) fn spaced(number: f64) -> String {
    let size = number.abs();
    if size >= 1e15 || (size < 1e-6 && size > 0.0) {
        return plain(number);
    }
    for (unit, name) in [(1e9, "bn"), (1e6, "M")] {
        if size >= unit {
            return format!("{}\u{2009}{name}", plain(rounded(number / unit)));
        }
    }
    let text = plain(number);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits = whole.trim_start_matches('-');
    let mut grouped = String::from(if number < 0.0 { "−" } else { "" });
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && digits.len() > 4 && (digits.len() - index).is_multiple_of(3) {
            grouped.push('\u{2009}');
        }
        grouped.push(digit);
    }
    if !fraction.is_empty() {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    grouped
}

/// A number in the fewest characters: `4k`, `1.25M`.
pub(super) fn short(number: f64) -> String {
    let unit = [(1e9, "bn"), (1e6, "M"), (1e3, "k")].into_iter().find(|(unit, _)| number.abs() >= *unit);
    match unit {
        Some((unit, name)) if number.abs() < 1e15 => format!("{}{name}", plain(rounded(number / unit))),
        _ => plain(number),
    }
}

/// A place on an axis of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// Where, in microseconds.
    pub(super) at: i64,
    /// The day, month or year that begins there.
    pub(super) text: String,
    /// What it is part of, where that is another than at the moment before.
    pub(super) within: String,
}

#[derive(Clone, Copy)]
enum Step {
    Hours(i64),
    Days(i64),
    Months(i64),
    Years(i64),
}

const STEPS: [Step; 21] = [
    Step::Hours(1),
    Step::Hours(3),
    Step::Hours(6),
    Step::Hours(12),
    Step::Days(1),
    Step::Days(2),
    Step::Days(7),
    Step::Days(14),
    Step::Months(1),
    Step::Months(2),
    Step::Months(3),
    Step::Months(6),
    Step::Years(1),
    Step::Years(2),
    Step::Years(5),
    Step::Years(10),
    Step::Years(20),
    Step::Years(50),
    Step::Years(100),
    Step::Years(200),
    Step::Years(1000),
];

/// Round dates from the start to the end, at most so many.
pub(super) fn moments((start, end): (i64, i64), most: usize) -> Vec<Moment> {
    // Where there are days enough, hours say nothing.
    let is_apt = |step: &&Step| !matches!(step, Step::Hours(_)) || end - start < 2 * DAY;
    let fitting = STEPS.iter().filter(is_apt).map(|&step| (step, times(step, start, end, most)));
    let Some((step, times)) = fitting.into_iter().find(|(_, times)| times.len() <= most) else {
        return Vec::new();
    };
    let mut labelled: Vec<Moment> = Vec::new();
    let mut last = String::new();
    for (at, date, hour) in times {
        let day = || date.strftime("%-d %b").to_string();
        let (text, within) = match step {
            Step::Hours(_) => (format!("{hour:02}:00"), date.strftime("%-d %b %Y").to_string()),
            Step::Days(_) => (day(), date.year().to_string()),
            Step::Months(_) => (date.strftime("%b").to_string(), date.year().to_string()),
            Step::Years(_) => (date.year().to_string(), String::new()),
        };
        let is_new = within != last;
        labelled.push(Moment { at, text, within: if is_new { within.clone() } else { String::new() } });
        last = within;
    }
    labelled
}

/// The moments of a step with their dates and hours; one more than the most at the most.
fn times(step: Step, start: i64, end: i64, most: usize) -> Vec<(i64, Date, i64)> {
    let Some(first) = Timestamp(start).civil().map(DateTime::date) else { return Vec::new() };
    let micros = |date: Date| (date - Date::constant(1970, 1, 1)).get_days() as i64 * DAY;
    if let Step::Hours(hours) = step {
        let length = hours * 3_600_000_000;
        let origin = start.div_euclid(length) * length;
        let all = (0..).map(|index| origin + index * length).skip_while(|&at| at < start);
        let dated = all.take_while(|&at| at <= end).take(most + 1);
        return dated
            .filter_map(|at| Some((at, Timestamp(at).civil()?.date(), at.rem_euclid(DAY) / 3_600_000_000)))
            .collect();
    }
    let (begin, span): (Option<Date>, Span) = match step {
        Step::Hours(_) => return Vec::new(),
        // Weeks begin on Mondays, as days do not.
        Step::Days(days) => {
            let offset = if days >= 7 { i64::from(first.weekday().to_monday_zero_offset()) } else { 0 };
            (first.checked_sub(offset.days()).ok(), days.days())
        }
        Step::Months(months) => {
            let month = (i64::from(first.month()) - 1) / months * months + 1;
            (Date::new(first.year(), i8::try_from(month).unwrap_or(1), 1).ok(), months.months())
        }
        Step::Years(years) => {
            let year = i64::from(first.year()).div_euclid(years) * years;
            (Date::new(i16::try_from(year.max(1)).unwrap_or(1), 1, 1).ok(), years.years())
        }
    };
    let Some(begin) = begin else { return Vec::new() };
    let mut found = Vec::new();
    let mut index = 0;
    while let Some(date) = span.checked_mul(index).ok().and_then(|span| begin.checked_add(span).ok()) {
        let at = micros(date);
        if at > end || found.len() > most {
            break;
        }
        if at >= start {
            found.push((at, date, 0));
        }
        index += 1;
    }
    found
}

/// The day of a moment, as ISO 8601 writes it; nothing beyond the calendar.
pub(super) fn day(at: i64) -> String {
    Timestamp(at).civil().map(|civil| civil.date().to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_round() {
        assert_eq!(numbers((0.0, 4600.0), 6), [0.0, 1000.0, 2000.0, 3000.0, 4000.0]);
        assert_eq!(numbers((2.5, 3.5), 6), [2.6, 2.8, 3.0, 3.2, 3.4]);
        assert_eq!(numbers((-30.0, 30.0), 3), [-20.0, 0.0, 20.0]);
        assert_eq!(numbers((1.0, 1.0), 6), [0.0; 0]);
    }

    #[test]
    fn thousands_stand_apart() {
        let cases = [
            (0.0, "0", "0"),
            (4000.0, "4000", "4k"),
            (12_500.0, "12\u{2009}500", "12.5k"),
            (-250_000.0, "−250\u{2009}000", "-250k"),
            (1_500_000.0, "1.5\u{2009}M", "1.5M"),
            (2e9, "2\u{2009}bn", "2bn"),
            (0.25, "0.25", "0.25"),
        ];
        for (number, in_full, in_short) in cases {
            assert_eq!((spaced(number).as_str(), short(number).as_str()), (in_full, in_short));
        }
    }

    #[test]
    fn moments_are_round_dates() {
        let at = |text: &str| crate::model::Time::parse(text).map(|time| time.start().0).unwrap();
        let texts = |from: &str, to: &str, most: usize| -> Vec<String> {
            let moments = moments((at(from), at(to)), most).into_iter();
            moments.map(|moment| format!("{} {}", moment.text, moment.within).trim().to_owned()).collect()
        };
        assert_eq!(texts("2024-12-31", "2025-01-02", 4), ["31 Dec 2024", "1 Jan 2025", "2 Jan"]);
        assert_eq!(
            texts("2025-01-09", "2025-02-11", 6),
            ["13 Jan 2025", "20 Jan", "27 Jan", "3 Feb", "10 Feb"]
        );
        assert_eq!(
            texts("2024-11-15", "2025-05-15", 6),
            ["Dec 2024", "Jan 2025", "Feb", "Mar", "Apr", "May"][..]
                .iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>()
        );
        assert_eq!(texts("1995-01-01", "2025-01-01", 5), ["2000", "2010", "2020"]);
        assert_eq!(
            texts("2025-01-01T00:30:00Z", "2025-01-01T13:00:00Z", 5),
            ["03:00 1 Jan 2025", "06:00", "09:00", "12:00"]
        );
    }
}
