//! What a conflict is, in words and slots.

use super::super::member::{ClaimRef, Member};
use super::super::slot::Slot;
use crate::model::vocabulary::SpeechAct;
use crate::model::{Claim, Content, Figure, Norm};
use crate::plan::Truth;

/// Two claims that cannot both be true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConflictRow {
    /// Why they cannot.
    pub kind: ConflictKind,
    /// Whether one origin said the one and later the other.
    pub is_revision: bool,
    /// Whether they surely or possibly conflict, if both hold.
    pub truth: Truth,
    /// The part, if a part exceeds its whole; else the earlier in the ledger.
    pub first: ClaimRef,
    /// The other.
    pub second: ClaimRef,
    /// In what they differ, what they conflict in first.
    pub slots: Vec<Slot>,
}

/// Why two claims cannot both be true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConflictKind {
    /// Figures of one subject have no number in common.
    Value,
    /// One asserts what the other denies.
    Denial,
    /// Norms of one subject have other deadlines.
    Deadline,
    /// What one finds present, the other finds absent.
    State,
    /// A part is more than its whole.
    PartExceedsWhole,
}

impl ConflictRow {
    pub(super) fn new(
        kind: ConflictKind,
        is_revision: bool,
        truth: Truth,
        first: &Member,
        second: &Member,
    ) -> Self {
        let slots = slots(&first.claim, &second.claim, kind == ConflictKind::Denial);
        Self { kind, is_revision, truth, first: first.into(), second: second.into(), slots }
    }
}

/// What differs between two claims: what a conflict can be about, then the rest.
fn slots(first: &Claim, second: &Claim, with_act: bool) -> Vec<Slot> {
    let act = |claim: &Claim| with_act.then(|| claim.origin().act.unwrap_or(SpeechAct::Said));
    let [a, b] = [first, second].map(figure);
    let [m, n] = [first, second].map(norm);
    let deadline = |norm: Option<&'_ Norm>| norm.and_then(|norm| norm.deadline.clone());
    let unit = |figure: Option<&'_ Figure>| figure.and_then(|figure| figure.unit.clone());
    let instrument = |norm: Option<&'_ Norm>| norm.and_then(|norm| norm.instrument.clone());
    let notation = |figure: Option<&'_ Figure>| figure.map(|figure| figure.quantity.notation());
    let mut slots = vec![
        Slot::new("act", act(first), act(second)),
        Slot::new("value", notation(a), notation(b)),
        Slot::new("deadline", deadline(m), deadline(n)),
        Slot::new("state", first.state, second.state),
        Slot::new("kind", first.kind.as_ref(), second.kind.as_ref()),
        Slot::new("action", first.action.as_ref(), second.action.as_ref()),
        Slot::of_lists("actors", &first.actors, &second.actors),
        Slot::of_lists("places", &first.places, &second.places),
        Slot::of_lists("agents", &first.agents, &second.agents),
        Slot::of_lists("targets", &first.targets, &second.targets),
        Slot::of_lists("manner", &first.manner, &second.manner),
        Slot::new("when", first.when.as_ref(), second.when.as_ref()),
        Slot::new("unit", unit(a), unit(b)),
        Slot::new("instrument", instrument(m), instrument(n)),
        Slot::of_lists("bearers", m.map_or(&[], |norm| &norm.bearers), n.map_or(&[], |norm| &norm.bearers)),
    ];
    slots.retain(|slot| slot.first != slot.second);
    slots
}

fn figure(claim: &Claim) -> Option<&Figure> {
    match &claim.content {
        Content::Figure(figure) => Some(figure),
        Content::Event | Content::Norm(_) | Content::Statement => None,
    }
}

fn norm(claim: &Claim) -> Option<&Norm> {
    match &claim.content {
        Content::Norm(norm) => Some(norm),
        Content::Event | Content::Figure(_) | Content::Statement => None,
    }
}
