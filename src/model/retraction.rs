//! Retractions: claims that were taken back.

use super::id::ClaimId;
use super::limits::MAX_REASON_CHARS;
use super::path::Path;
use super::violation::{Checks, Violation};

/// That one version of a claim was taken back, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retraction {
    /// The claim.
    pub id: ClaimId,
    /// The version that is retracted: the latest of its time.
    pub version: u32,
    /// Why: one line of at most [`MAX_REASON_CHARS`] characters.
    pub reason: String,
}

impl Retraction {
    /// Parses what a writer or the ledger gives; `at` is its place.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn parse(id: &str, version: u32, reason: &str, at: Path<'_>) -> Result<Self, Vec<Violation>> {
        let mut checks = Checks::default();
        let id = checks.keep(at.field("id"), ClaimId::parse(id));
        let reason = checks.line(at.field("reason"), reason, MAX_REASON_CHARS);
        match id {
            Some(id) if checks.is_clean() => Ok(Self { id, version, reason }),
            _ => Err(checks.into_violations()),
        }
    }

    /// Parses the reason alone, in the form in which it is kept.
    ///
    /// # Errors
    /// It is empty, has more than one line, or is too long.
    pub fn parse_reason(reason: &str, at: Path<'_>) -> Result<String, Vec<Violation>> {
        let mut checks = Checks::default();
        let reason = checks.line(at, reason, MAX_REASON_CHARS);
        if checks.is_clean() { Ok(reason) } else { Err(checks.into_violations()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retraction_has_a_claim_and_a_reason_in_one_line() {
        let parsed = |id: &str, reason: &str| {
            let places =
                |violations: Vec<Violation>| violations.into_iter().map(|it| it.path).collect::<Vec<_>>();
            Retraction::parse(id, 1, reason, Path::ROOT).map(|parsed| parsed.reason).map_err(places)
        };
        let refused = |places: &[&str]| Err(places.iter().map(ToString::to_string).collect::<Vec<_>>());
        let long = "x".repeat(MAX_REASON_CHARS);
        assert_eq!(parsed("a", "The outlet corrected it."), Ok("The outlet corrected it.".to_owned()));
        assert_eq!(parsed("a", &long), Ok(long.clone()));
        assert_eq!(parsed("A", &format!("{long}x")), refused(&["id", "reason"]));
        assert_eq!(parsed("a", ""), refused(&["reason"]));
        assert_eq!(parsed("a", "two\nlines"), refused(&["reason"]));
    }
}
