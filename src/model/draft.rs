//! Drafts: items as a writer gives them, before anything was checked. Names may be aliases, times
//! and quantities are text. A draft becomes an item through the item's `parse`.

use super::path::Path;
use super::vocabulary::{
    Basis, Clarity, Confidence, Credibility, EntityKind, Hedge, InterestStance, LikelihoodBand,
    LikelihoodScale, Modality, Mode, RelationKind, Relay, RelayStance, Reliability, SourceKind, SpeechAct,
    State,
};
use std::collections::BTreeMap;

/// Free key/value pairs; a key has the form of an id.
pub type Labels = BTreeMap<String, String>;

/// An entity as given. Fields as [`super::Entity`].
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "each field is documented where it has a meaning: in `Entity`")]
pub struct EntityDraft {
    pub id: String,
    pub kind: Option<EntityKind>,
    pub name: String,
    pub aliases: Vec<String>,
    pub parents: Vec<String>,
    pub external_ids: Labels,
    pub labels: Labels,
}

/// A source as given. Fields as [`super::Source`].
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "each field is documented where it has a meaning: in `Source`")]
pub struct SourceDraft {
    pub id: String,
    pub kind: Option<SourceKind>,
    pub name: String,
    pub aliases: Vec<String>,
    pub part_of: Option<String>,
    pub country: Option<String>,
    pub entity: Option<String>,
    pub reliability: Option<Reliability>,
    pub interests: Vec<InterestDraft>,
    pub url: Option<String>,
    pub labels: Labels,
}

/// An interest as given. Fields as [`super::Interest`].
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "each field is documented where it has a meaning: in `Interest`")]
pub struct InterestDraft {
    pub entity: String,
    pub stance: Option<InterestStance>,
}

/// A document as given. Fields as [`super::Document`].
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "each field is documented where it has a meaning: in `Document`")]
pub struct DocumentDraft {
    pub id: String,
    pub title: String,
    pub published: Option<String>,
    pub publisher: Option<String>,
    pub url: Option<String>,
    pub language: Option<String>,
    pub sha256: Option<String>,
    pub retrieved: Option<String>,
    pub labels: Labels,
}

/// A claim as given. Fields as [`super::Claim`].
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "each field is documented where it has a meaning: in `Claim`")]
pub struct ClaimDraft {
    pub id: String,
    pub text: String,
    pub actors: Vec<String>,
    pub agents: Vec<String>,
    pub targets: Vec<String>,
    pub kind: Option<String>,
    pub action: Option<String>,
    pub state: Option<State>,
    pub manner: Vec<String>,
    pub places: Vec<String>,
    pub incident: Option<String>,
    pub when: Option<String>,
    pub mode: Option<Mode>,
    pub content: Option<ContentDraft>,
    pub attribution: Vec<StepDraft>,
    pub evidence: Option<EvidenceDraft>,
    pub likelihood: Option<LikelihoodDraft>,
    pub confidence: Option<Confidence>,
    pub credibility: Option<Credibility>,
    pub relations: Vec<RelationDraft>,
    pub labels: Labels,
}

/// A claim's content as given.
#[derive(Clone, Debug, PartialEq)]
pub enum ContentDraft {
    /// A quantity.
    Figure(FigureDraft),
    /// Something that happened; all that it says stands in the claim's own fields.
    Event,
    /// A rule.
    Norm(NormDraft),
    /// An opinion, explanation or accusation.
    Statement,
}

/// A figure as given: a notation, or ends, or both (then the ends override).
/// Fields as [`super::Figure`].
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "each field is documented where it has a meaning: in `Figure`")]
pub struct FigureDraft {
    pub notation: Option<String>,
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub low_exclusive: bool,
    pub high_exclusive: bool,
    pub best: Option<f64>,
    pub hedge: Option<Hedge>,
    pub unit: Option<String>,
    pub per: Vec<String>,
    pub basis: Option<Basis>,
    pub of: Option<String>,
    pub surface: Option<String>,
}

/// A norm as given. Fields as [`super::Norm`].
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "each field is documented where it has a meaning: in `Norm`")]
pub struct NormDraft {
    pub instrument: Option<String>,
    pub provision: Option<String>,
    pub modality: Option<Modality>,
    pub bearers: Vec<String>,
    pub in_force: Option<String>,
    pub deadline: Option<String>,
    pub breached_by_actions: Vec<String>,
    pub breached_by_states: Vec<State>,
    pub unless: Option<String>,
}

/// A step of an attribution chain as given. Fields as [`super::Step`].
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "each field is documented where it has a meaning: in `Step`")]
pub struct StepDraft {
    pub sources: Vec<String>,
    pub on_behalf_of: Vec<String>,
    pub act: Option<SpeechAct>,
    pub said: Option<String>,
    pub clarity: Option<Clarity>,
    pub relay: Option<Relay>,
    pub stance: Option<RelayStance>,
    pub occasion: Option<String>,
}

/// Evidence as given. Fields as [`super::Evidence`].
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "each field is documented where it has a meaning: in `Evidence`")]
pub struct EvidenceDraft {
    pub document: String,
    pub paragraph: Option<u32>,
    pub exact: Option<String>,
    pub prefix: Option<String>,
    pub suffix: Option<String>,
    pub start: Option<u64>,
    pub end: Option<u64>,
    pub fragment: Option<String>,
}

/// A likelihood as given. Fields as [`super::Likelihood`].
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "each field is documented where it has a meaning: in `Likelihood`")]
pub struct LikelihoodDraft {
    pub band: Option<LikelihoodBand>,
    pub scale: Option<LikelihoodScale>,
    pub words: Option<String>,
}

/// A relation as given. Fields as [`super::Relation`].
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "each field is documented where it has a meaning: in `Relation`")]
pub struct RelationDraft {
    pub kind: Option<RelationKind>,
    pub claim: String,
}

/// Which entities a field may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Any entity.
    Any,
    /// What is counted or discussed.
    Kind,
    /// What is done.
    Action,
    /// Where.
    Place,
    /// One battle, shipwreck, election.
    Incident,
    /// A treaty, law or resolution.
    Instrument,
    /// A country.
    Country,
}

impl Role {
    /// The kinds of entity that fit; every kind for [`Role::Any`].
    pub fn kinds(self) -> &'static [EntityKind] {
        match self {
            Self::Any => EntityKind::ALL,
            Self::Kind => &[EntityKind::Topic],
            Self::Action => &[EntityKind::Action],
            Self::Place => &[EntityKind::Place, EntityKind::Country],
            Self::Incident => &[EntityKind::Incident],
            Self::Instrument => &[EntityKind::Instrument],
            Self::Country => &[EntityKind::Country],
        }
    }
}

/// What a field of an item refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference {
    /// An entity that fits the role, by id or alias.
    Entity(Role),
    /// A source, by id or alias.
    Source,
    /// A document, by id.
    Document,
    /// A claim, by id.
    Claim,
}

impl EntityDraft {
    /// Calls `visit` with the place and the name of each reference, so that names become ids.
    pub fn visit_references(
        &mut self,
        at: Path<'_>,
        mut visit: impl FnMut(Path<'_>, Reference, &mut String),
    ) {
        each(at.field("parents"), Reference::Entity(Role::Any), &mut self.parents, &mut visit);
    }
}

impl SourceDraft {
    /// Calls `visit` with the place and the name of each reference, so that names become ids.
    pub fn visit_references(
        &mut self,
        at: Path<'_>,
        mut visit: impl FnMut(Path<'_>, Reference, &mut String),
    ) {
        one(at.field("part_of"), Reference::Source, &mut self.part_of, &mut visit);
        one(at.field("country"), Reference::Entity(Role::Country), &mut self.country, &mut visit);
        one(at.field("entity"), Reference::Entity(Role::Any), &mut self.entity, &mut visit);
        for (index, interest) in self.interests.iter_mut().enumerate() {
            let at = at.field("interests");
            visit(at.index(index).field("entity"), Reference::Entity(Role::Any), &mut interest.entity);
        }
    }
}

impl DocumentDraft {
    /// Calls `visit` with the place and the name of each reference, so that names become ids.
    pub fn visit_references(
        &mut self,
        at: Path<'_>,
        mut visit: impl FnMut(Path<'_>, Reference, &mut String),
    ) {
        one(at.field("publisher"), Reference::Source, &mut self.publisher, &mut visit);
    }
}

impl ClaimDraft {
    /// Calls `visit` with the place and the name of each reference, so that names become ids.
    pub fn visit_references(
        &mut self,
        at: Path<'_>,
        mut visit: impl FnMut(Path<'_>, Reference, &mut String),
    ) {
        let any = Reference::Entity(Role::Any);
        let action = Reference::Entity(Role::Action);
        each(at.field("actors"), any, &mut self.actors, &mut visit);
        each(at.field("agents"), any, &mut self.agents, &mut visit);
        each(at.field("targets"), any, &mut self.targets, &mut visit);
        one(at.field("kind"), Reference::Entity(Role::Kind), &mut self.kind, &mut visit);
        one(at.field("action"), action, &mut self.action, &mut visit);
        each(at.field("manner"), any, &mut self.manner, &mut visit);
        each(at.field("places"), Reference::Entity(Role::Place), &mut self.places, &mut visit);
        one(at.field("incident"), Reference::Entity(Role::Incident), &mut self.incident, &mut visit);
        match &mut self.content {
            Some(ContentDraft::Figure(figure)) => {
                let at = at.field("figure");
                one(at.field("of"), Reference::Entity(Role::Kind), &mut figure.of, &mut visit);
            }
            Some(ContentDraft::Norm(norm)) => {
                let at = at.field("norm");
                one(
                    at.field("instrument"),
                    Reference::Entity(Role::Instrument),
                    &mut norm.instrument,
                    &mut visit,
                );
                each(at.field("bearers"), any, &mut norm.bearers, &mut visit);
                let at = at.field("breached_by");
                each(at.field("actions"), action, &mut norm.breached_by_actions, &mut visit);
            }
            Some(ContentDraft::Event | ContentDraft::Statement) | None => {}
        }
        for (index, step) in self.attribution.iter_mut().enumerate() {
            let at = at.field("attribution");
            let at = at.index(index);
            each(at.field("sources"), Reference::Source, &mut step.sources, &mut visit);
            each(at.field("on_behalf_of"), Reference::Source, &mut step.on_behalf_of, &mut visit);
        }
        if let Some(evidence) = &mut self.evidence {
            let at = at.field("evidence");
            visit(at.field("document"), Reference::Document, &mut evidence.document);
        }
        for (index, relation) in self.relations.iter_mut().enumerate() {
            let at = at.field("relations");
            visit(at.index(index).field("claim"), Reference::Claim, &mut relation.claim);
        }
    }
}

fn each(
    at: Path<'_>,
    reference: Reference,
    names: &mut [String],
    visit: &mut impl FnMut(Path<'_>, Reference, &mut String),
) {
    for (index, name) in names.iter_mut().enumerate() {
        visit(at.index(index), reference, name);
    }
}

fn one(
    at: Path<'_>,
    reference: Reference,
    name: &mut Option<String>,
    visit: &mut impl FnMut(Path<'_>, Reference, &mut String),
) {
    if let Some(name) = name {
        visit(at, reference, name);
    }
}
