//! What is wrong with a draft, and where.

use super::id::SlugError;
use super::path::Path;
use super::quantity::QuantityError;
use super::time::TimeError;
use super::unit::UnitError;
use std::fmt;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// One thing that is wrong with an item.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct Violation {
    /// The field's place, as `claims[3].attribution[0].said`.
    pub path: String,
    /// What is wrong there.
    pub problem: Problem,
}

/// What can be wrong with a field.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "each message says it")]
pub enum Problem {
    #[error("is required")]
    Missing,
    #[error("must not be empty")]
    Empty,
    #[error("{0}")]
    Id(#[from] SlugError),
    #[error("{0}")]
    Time(#[from] TimeError),
    #[error("{0}")]
    Quantity(#[from] QuantityError),
    #[error("{0}")]
    Unit(#[from] UnitError),
    #[error("has {found} {of}; at most {max} are allowed")]
    TooLong { found: usize, max: usize, of: &'static str },
    #[error("has {found:?} at byte {at}; control characters are not allowed")]
    ControlCharacter { found: char, at: usize },
    #[error("names `{id}` twice")]
    Repeated { id: String },
    #[error("names the item itself, `{id}`")]
    Itself { id: String },
    #[error("{number} is no value of this vocabulary")]
    UnknownNumber { number: i32 },
    #[error("must be one of figure, event, norm and statement; none is set")]
    NoContent,
    #[error("must hold at least one step: who said it, origin first, publisher last")]
    NoAttribution,
    #[error("is for the first step of the chain alone")]
    FirstStepAlone,
    #[error("is UNATTRIBUTED, which is for the first step of the chain alone")]
    UnattributedRelay,
    #[error("is for steps after the first alone")]
    LaterStepAlone,
    #[error("must name a source; only the first step may name none, with clarity UNATTRIBUTED")]
    NoSource,
    #[error("names sources, but its clarity is UNATTRIBUTED")]
    UnattributedWithSource,
    #[error("must have a band, words, or both")]
    NoLikelihood,
    #[error("ends at {end}, before its start at {start}")]
    EndBeforeStart { start: u64, end: u64 },
    #[error("paragraphs count from 1")]
    ParagraphZero,
    #[error("must be finite; an end without a bound is left out")]
    Infinite,
    #[error("must be 64 hexadecimal digits, lower case")]
    Sha256,
    #[error("must be a language tag of BCP 47, as `en` or `zh-Hant`")]
    Language,
    #[error("must be an absolute URL, as `https://example.org/page`, without spaces")]
    Url,
}

/// Gathers all that is wrong with an item, so that its writer learns it at once.
#[derive(Debug, Default)]
pub(super) struct Checks {
    violations: Vec<Violation>,
}

impl Checks {
    /// Everything found; empty if the item is sound.
    pub(super) fn into_violations(self) -> Vec<Violation> {
        self.violations
    }

    pub(super) fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }

    pub(super) fn refuse(&mut self, at: Path<'_>, problem: impl Into<Problem>) {
        self.violations.push(Violation { path: at.to_string(), problem: problem.into() });
    }

    /// The value, or a violation.
    pub(super) fn keep<T, E: Into<Problem>>(&mut self, at: Path<'_>, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.refuse(at, error)).ok()
    }

    /// The value that must be there.
    pub(super) fn required<T>(&mut self, at: Path<'_>, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.refuse(at, Problem::Missing);
        }
        value
    }

    /// What an optional text says.
    pub(super) fn optional<T, E: Into<Problem>>(
        &mut self,
        at: Path<'_>,
        text: Option<&str>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        text.and_then(|text| self.keep(at, parse(text)))
    }

    /// What each text of a list says; one that stands twice is refused.
    pub(super) fn list<T: PartialEq + fmt::Display, E: Into<Problem>>(
        &mut self,
        at: Path<'_>,
        texts: &[String],
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Vec<T> {
        self.at_most(at, texts.len(), super::limits::MAX_LIST_ITEMS, "entries");
        let mut values: Vec<T> = Vec::with_capacity(texts.len());
        for (index, text) in texts.iter().enumerate() {
            let at = at.index(index);
            if let Some(value) = self.keep(at, parse(text)) {
                if values.contains(&value) {
                    self.refuse(at, Problem::Repeated { id: value.to_string() });
                } else {
                    values.push(value);
                }
            }
        }
        values
    }

    pub(super) fn at_most(&mut self, at: Path<'_>, found: usize, max: usize, of: &'static str) {
        if found > max {
            self.refuse(at, Problem::TooLong { found, max, of });
        }
    }

    /// A text for people, in NFC: not empty, at most `max` characters, on one line.
    pub(super) fn line(&mut self, at: Path<'_>, text: &str, max: usize) -> String {
        if text.trim().is_empty() {
            self.refuse(at, Problem::Empty);
        }
        // Bytes bound characters from above; counting is for long texts alone.
        if text.len() > max {
            self.at_most(at, text.chars().count(), max, "characters");
        }
        if let Some((place, found)) = text.char_indices().find(|(_, c)| c.is_control()) {
            self.refuse(at, Problem::ControlCharacter { found, at: place });
        }
        nfc(text)
    }

    /// As [`Self::line`], of a text that may be absent.
    pub(super) fn optional_line(&mut self, at: Path<'_>, text: Option<&str>, max: usize) -> Option<String> {
        text.map(|text| self.line(at, text, max))
    }

    /// Labels or external ids.
    pub(super) fn labels(&mut self, at: Path<'_>, labels: &super::Labels) -> super::Labels {
        use super::limits::{MAX_LABEL_VALUE_CHARS, MAX_LABELS};
        self.at_most(at, labels.len(), MAX_LABELS, "entries");
        let mut checked = super::Labels::new();
        for (key, value) in labels {
            let at = at.key(key);
            self.keep(at, super::Slug::parse(key));
            checked.insert(key.clone(), self.line(at, value, MAX_LABEL_VALUE_CHARS));
        }
        checked
    }

    /// A URL as given: absolute, printable, bounded.
    pub(super) fn url(&mut self, at: Path<'_>, url: Option<&str>) -> Option<String> {
        use super::limits::MAX_URL_BYTES;
        let url = url?;
        self.at_most(at, url.len(), MAX_URL_BYTES, "bytes");
        if !is_absolute_url(url) {
            self.refuse(at, Problem::Url);
        }
        Some(url.to_owned())
    }
}

/// Whether a text is an absolute URL, as far as that is asked here: a scheme, `://`, and something
/// printable behind it.
pub fn is_absolute_url(text: &str) -> bool {
    let is_absolute = text.split_once("://").is_some_and(|(scheme, rest)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c))
            && !rest.is_empty()
    });
    is_absolute && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

fn nfc(text: &str) -> String {
    if is_nfc(text) { text.to_owned() } else { text.nfc().collect() }
}
