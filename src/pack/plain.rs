//! Foreign text made fit for the model: texts on one line, moments as EDTF.

use crate::model::Time;
use unicode_normalization::UnicodeNormalization;

/// A text on one line, of at most `max` characters: blanks and control characters become one blank
/// each, and what is cut off is an ellipsis.
pub(super) fn one_line(text: &str, max: usize) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ").nfc().collect::<String>();
    if line.chars().count() <= max {
        return line;
    }
    line.chars().take(max - 1).chain(['…']).collect()
}

/// A date or moment of ISO 8601 as EDTF. A moment without an offset is taken to be in UTC if
/// `is_utc`, and otherwise loses its time of day.
pub(super) fn edtf(text: &str, is_utc: bool) -> Option<String> {
    let text = text.trim();
    let in_utc = is_utc.then(|| format!("{text}Z"));
    let has_offset = |time: &str| time.contains(['Z', '+', '-']);
    let is_whole = text.split_once('T').is_none_or(|(_, time)| has_offset(time));
    let as_told = is_whole.then(|| text.to_owned());
    let readings = [in_utc, as_told, date_of(text)];
    readings.into_iter().flatten().find(|reading| Time::parse(reading).is_ok())
}

fn date_of(text: &str) -> Option<String> {
    let date = text.get(..10)?;
    matches!(text.as_bytes().get(10), Some(b'T' | b' ')).then(|| date.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_becomes_a_line() {
        assert_eq!(one_line(" a\n\tb\u{0}c  d ", 9), "a b c d");
        assert_eq!(one_line("e\u{301}tat", 9), "état");
        assert_eq!(one_line("abcd", 3), "ab…");
    }

    #[test]
    fn moments_are_read_with_and_without_an_offset() {
        for (text, is_utc, expected) in [
            ("2019-03-14", false, Some("2019-03-14")),
            ("2019", false, Some("2019")),
            ("2019-03-14T10:00:00+01:00", false, Some("2019-03-14T10:00:00+01:00")),
            ("2019-03-14T10:00:00", false, Some("2019-03-14")),
            ("2019-03-14T10:00:00", true, Some("2019-03-14T10:00:00Z")),
            ("2019-03-14 10:00", false, Some("2019-03-14")),
            ("14/03/2019", false, None),
            ("", true, None),
        ] {
            assert_eq!(edtf(text, is_utc).as_deref(), expected, "{text}");
        }
    }
}
