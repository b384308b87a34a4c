//! What a claim is about, so far as claims are compared by it.

use super::lineage::Lineage;
use crate::model::unit::Dimension;
use crate::model::vocabulary::{Basis, ClaimType, Modality, State};
use crate::model::{Claim, Content, EntityId, Unit};
use std::collections::BTreeSet;

/// What a claim is about. Claims with equal subjects are *of one subject*: each is within the
/// other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// The claim's type.
    pub claim_type: ClaimType,
    /// The actors, less those that descend from another; none mean all.
    pub actors: BTreeSet<EntityId>,
    /// The topic; none means all.
    pub kind: Option<EntityId>,
    /// What happened: of an event that leaves a state, none.
    pub action: Option<EntityId>,
    /// The state: of an event that leaves one, and of a figure.
    pub state: Option<State>,
    /// The places, less those that descend from another; none mean all.
    pub places: BTreeSet<EntityId>,
    /// The incident; equal if claims compare.
    pub incident: Option<EntityId>,
    /// What a figure measures; equal if claims compare.
    pub measure: Option<Measure>,
    /// A norm's modality; equal if claims compare.
    pub modality: Option<Modality>,
}

/// What a figure measures.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Measure {
    /// What sort of quantity it is.
    pub basis: Basis,
    /// Per what.
    pub per: BTreeSet<Unit>,
    /// The whole that a share is of.
    pub of: Option<EntityId>,
    /// What its unit measures; none of a bare number.
    pub dimension: Option<Dimension>,
}

impl Subject {
    /// What the claim is about.
    pub fn of(claim: &Claim, lineage: &Lineage<'_>) -> Self {
        let claim_type = claim.content.claim_type();
        let (action, state) = match (claim_type, claim.state) {
            (ClaimType::Event, Some(state)) => (None, Some(state)),
            (ClaimType::Figure, state) => (claim.action.clone(), state),
            (ClaimType::Event | ClaimType::Norm | ClaimType::Statement, _) => (claim.action.clone(), None),
        };
        let (measure, modality) = match &claim.content {
            Content::Figure(figure) => {
                let measure = Measure {
                    basis: figure.basis,
                    per: figure.per.iter().cloned().collect(),
                    of: figure.of.clone(),
                    dimension: figure.unit.as_ref().map(Unit::dimension),
                };
                (Some(measure), None)
            }
            Content::Norm(norm) => (None, Some(norm.modality)),
            Content::Event | Content::Statement => (None, None),
        };
        Self {
            claim_type,
            actors: lineage.tops(&claim.actors),
            kind: claim.kind.clone(),
            action,
            state,
            places: lineage.tops(&claim.places),
            incident: claim.incident.clone(),
            measure,
            modality,
        }
    }

    /// The subject less what happened.
    #[must_use]
    pub fn whatever_happened(&self) -> Self {
        Self { action: None, state: None, ..self.clone() }
    }

    /// The subject less where it was, and in which incident.
    #[must_use]
    pub fn wherever(&self) -> Self {
        Self { places: BTreeSet::new(), incident: None, ..self.clone() }
    }

    /// Whether claims about the one and the other can be compared at all.
    pub fn compares(&self, other: &Self) -> bool {
        self.claim_type == other.claim_type
            && self.incident == other.incident
            && self.measure == other.measure
            && self.modality == other.modality
    }

    /// Whether the one is the other or a part of it. What the other leaves open holds everything;
    /// what this one leaves open is within what is open alone.
    pub fn is_within(&self, other: &Self, lineage: &Lineage<'_>) -> bool {
        self.compares(other)
            && self.is_placed_within(other, lineage)
            && one_within(self.action.as_ref(), other.action.as_ref(), lineage)
            && (other.state.is_none() || self.state == other.state)
    }

    /// What it costs to look whether it is within another, in pairs of claims that have one actor
    /// and one place.
    pub(super) fn width(&self) -> u64 {
        self.actors.len().max(self.places.len()).max(1) as u64
    }

    /// About how many bytes it has when it is sent.
    pub fn weight(&self) -> usize {
        let ids = self.actors.iter().chain(&self.places);
        let ids = ids.chain(&self.kind).chain(&self.action).chain(&self.incident);
        let per = self.measure.iter().flat_map(|measure| &measure.per);
        ids.map(|id| id.as_str().len() + 2).chain(per.map(|unit| unit.as_str().len() + 2)).sum()
    }

    /// Whether its actors, kind and places are within the other's, whatever happened.
    pub fn is_placed_within(&self, other: &Self, lineage: &Lineage<'_>) -> bool {
        all_within(&self.actors, &other.actors, lineage)
            && one_within(self.kind.as_ref(), other.kind.as_ref(), lineage)
            && all_within(&self.places, &other.places, lineage)
    }
}

fn all_within(ids: &BTreeSet<EntityId>, others: &BTreeSet<EntityId>, lineage: &Lineage<'_>) -> bool {
    others.is_empty() || !ids.is_empty() && ids.iter().all(|id| lineage.is_within_any(id, others))
}

fn one_within(id: Option<&EntityId>, other: Option<&EntityId>, lineage: &Lineage<'_>) -> bool {
    match (id, other) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(id), Some(other)) => lineage.is_within(id, other),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Make, event, figure, norm, statement, world};
    use super::*;

    /// `=` of one subject, `<` within, `>` the other way, `x` neither.
    fn compared(a: &Make, b: &Make) -> char {
        let registry = world();
        let lineage = Lineage::new(&registry);
        let (a, b) = (Subject::of(&a.claim(), &lineage), Subject::of(&b.claim(), &lineage));
        let within = (a.is_within(&b, &lineage), b.is_within(&a, &lineage));
        assert_eq!(a == b, within == (true, true), "each within the other is one subject");
        match within {
            (true, true) => '=',
            (true, false) => '<',
            (false, true) => '>',
            (false, false) => 'x',
        }
    }

    #[test]
    fn parts_are_within_their_wholes() {
        let plain = || event("a").actors("north-korea").kind("troops").places("kursk").action("kill");
        for (other, expected) in [
            (plain(), '='),
            // Who descends from another who is there adds nothing.
            (plain().places("kursk kursk-front"), '='),
            (plain().kind("personnel"), '<'),
            (plain().kind("workers"), 'x'),
            (plain().places("russia"), '<'),
            (plain().places("kursk-front"), '>'),
            (plain().places("russia usa"), '<'),
            (plain().places("kursk boston"), '<'),
            (plain().actors("russia"), 'x'),
            (plain().actors("north-korea russia"), '<'),
            // What is left open holds everything.
            (plain().actors(""), '<'),
            (plain().places(""), '<'),
            (event("b").actors("north-korea").places("kursk").action("kill"), '<'),
            (event("b").actors("north-korea").kind("troops").places("kursk"), '<'),
            (plain().action("casualty"), '<'),
            (plain().action("wound"), 'x'),
            (plain().incident("battle"), 'x'),
            // Who else had a part in it is not compared.
            (plain().agents("russia").targets("usa"), '='),
            (plain().when("2025"), '='),
        ] {
            assert_eq!(compared(&plain(), &other), expected, "{other:?}");
        }
        assert_eq!(compared(&plain(), &statement("b").actors("north-korea").kind("troops")), 'x');
    }

    #[test]
    fn an_event_is_about_its_state_if_it_leaves_one_and_a_figure_about_both() {
        let left = |action: &str, state| event("a").action(action).state(state);
        assert_eq!(compared(&left("kill", State::Absent), &left("wound", State::Absent)), '=');
        assert_eq!(compared(&left("kill", State::Absent), &left("kill", State::Present)), 'x');
        assert_eq!(compared(&left("kill", State::Absent), &event("b").action("kill")), 'x');
        assert_eq!(compared(&left("kill", State::Absent), &event("b")), '<');
        let counted = |action: &str, state| figure("a", "5").action(action).state(state);
        assert_eq!(compared(&counted("kill", State::Absent), &counted("wound", State::Absent)), 'x');
        assert_eq!(compared(&counted("kill", State::Absent), &counted("kill", State::Absent)), '=');
        assert_eq!(compared(&counted("kill", State::Absent), &figure("b", "5").action("kill")), '<');
        // Of a norm and a statement the state says nothing.
        let said = |state| statement("a").state(state);
        assert_eq!(compared(&said(State::Absent), &said(State::Present)), '=');
    }

    #[test]
    fn figures_compare_if_they_measure_one_thing() {
        let paid = || figure("a", "800").unit("USD").per("mo person").basis(Basis::Ratio).of("stipend");
        for (other, expected) in [
            (paid(), '='),
            (paid().per("person mo"), '='),
            (paid().per("mo"), 'x'),
            (paid().unit("GBP"), 'x'),
            (paid().basis(Basis::Flow), 'x'),
            (paid().of("workers"), 'x'),
        ] {
            assert_eq!(compared(&paid(), &other), expected, "{other:?}");
        }
        assert_eq!(compared(&figure("a", "5").unit("km"), &figure("b", "5").unit("m")), '=');
        assert_eq!(compared(&figure("a", "5"), &figure("b", "5").unit("m")), 'x');
        assert_eq!(compared(&figure("a", "5").unit("person"), &figure("b", "5").unit("{tank}")), 'x');
        let rule = |modality| norm("a", modality).kind("workers");
        assert_eq!(compared(&rule(Modality::Obligation), &rule(Modality::Prohibition)), 'x');
        assert_eq!(
            compared(&rule(Modality::Obligation), &rule(Modality::Obligation).instrument("resolution")),
            '='
        );
    }
}
