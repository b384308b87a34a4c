//! Ratings: a number on a scale that says how long it is, and a word of the fact-checker's own.

use crate::model::vocabulary::{Credibility, RelationKind, RelayStance};

/// The scale of a rating that does not say it, as schema.org has it.
const WORST: f64 = 1.0;
const BEST: f64 = 5.0;

/// What a fact-checker found, in five steps from true to false.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict(Credibility);

impl Verdict {
    /// The verdict of a number on its scale; none if the number is not on it. The steps are those of
    /// the usual scale, on which 5 is true and 1 is false, and other scales are divided alike.
    pub(super) fn read(value: f64, worst: Option<f64>, best: Option<f64>) -> Option<Self> {
        let (worst, best) = (worst.unwrap_or(WORST), best.unwrap_or(BEST));
        if !(worst < best && worst <= value && value <= best) {
            return None;
        }
        let part = (value - worst) / (best - worst);
        Some(Self(match part * 4.0 {
            steps if steps < 0.5 => Credibility::Improbable,
            steps if steps < 1.5 => Credibility::Doubtful,
            steps if steps < 2.5 => Credibility::PossiblyTrue,
            steps if steps < 3.5 => Credibility::ProbablyTrue,
            _ => Credibility::Confirmed,
        }))
    }

    /// How credible the claim is by this verdict.
    pub(super) fn credibility(self) -> Credibility {
        self.0
    }

    /// How the fact-checker stands to the claim that it passes on.
    pub(super) fn stance(self) -> RelayStance {
        match self.0 {
            Credibility::Confirmed | Credibility::ProbablyTrue => RelayStance::Endorsed,
            Credibility::PossiblyTrue | Credibility::CannotBeJudged => RelayStance::Neutral,
            Credibility::Doubtful => RelayStance::Doubted,
            Credibility::Improbable => RelayStance::Refuted,
        }
    }

    /// How the verdict bears on the claim; one in the middle bears on it in neither way.
    pub(super) fn relation(self) -> Option<RelationKind> {
        match self.0 {
            Credibility::Confirmed | Credibility::ProbablyTrue => Some(RelationKind::Supports),
            Credibility::PossiblyTrue | Credibility::CannotBeJudged => None,
            Credibility::Doubtful | Credibility::Improbable => Some(RelationKind::Contradicts),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digit(value: f64, worst: Option<f64>, best: Option<f64>) -> Option<&'static str> {
        Verdict::read(value, worst, best).map(|verdict| verdict.credibility().as_str())
    }

    #[test]
    fn the_usual_scale_is_the_admiralty_code_upside_down() {
        let digits = [1.0, 2.0, 3.0, 4.0, 5.0].map(|value| digit(value, None, None));
        assert_eq!(digits, [Some("5"), Some("4"), Some("3"), Some("2"), Some("1")]);
    }

    #[test]
    fn other_scales_are_divided_alike() {
        assert_eq!(digit(0.0, Some(0.0), Some(100.0)), Some("5"));
        assert_eq!(digit(20.0, Some(0.0), Some(100.0)), Some("4"));
        assert_eq!(digit(100.0, Some(0.0), Some(100.0)), Some("1"));
        assert_eq!(digit(4.0, Some(1.0), Some(7.0)), Some("3"));
    }

    #[test]
    fn a_number_that_is_not_on_its_scale_says_nothing() {
        for (value, worst, best) in [
            (-1.0, None, None),
            (6.0, None, None),
            (1.0, Some(5.0), Some(1.0)),
            (1.0, Some(1.0), Some(1.0)),
            (f64::NAN, None, None),
        ] {
            assert_eq!(digit(value, worst, best), None, "{value}");
        }
    }

    #[test]
    fn a_verdict_bears_on_the_claim() {
        let bears = |value| {
            let verdict = Verdict::read(value, None, None).unwrap();
            (verdict.stance().as_str(), verdict.relation().map(RelationKind::as_str))
        };
        assert_eq!(bears(1.0), ("refuted", Some("contradicts")));
        assert_eq!(bears(2.0), ("doubted", Some("contradicts")));
        assert_eq!(bears(3.0), ("neutral", None));
        assert_eq!(bears(5.0), ("endorsed", Some("supports")));
    }
}
