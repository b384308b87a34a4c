//! A small world for the tests of views: claims in few words, and what descends from what.
//!
//! Lists are ids with spaces between them. What stands in no registry descends from nothing.

use super::{Known, Member};
use crate::model::vocabulary::{
    Basis, Clarity, EntityKind, LikelihoodBand, Modality, Mode, RelationKind, Relay, SourceKind, SpeechAct,
    State,
};
use crate::model::{
    Claim, ClaimDraft, ContentDraft, Entity, EntityDraft, EvidenceDraft, FigureDraft, LikelihoodDraft,
    NormDraft, Path, RelationDraft, Source, SourceDraft, StepDraft, Timestamp,
};
use crate::plan::Truth;
use crate::registry::Registry;

/// Kursk and its front in Russia, workers and troops among personnel, two casualties, an official of
/// the NIS: children and their parents.
pub(super) fn world() -> Registry {
    let entities = [
        ("kursk", "russia"),
        ("kursk-front", "kursk"),
        ("building-sites", "russia"),
        ("russian-army", "russia"),
        ("workers", "personnel"),
        ("troops", "personnel"),
        ("kill", "casualty"),
        ("wound", "casualty"),
        ("new-york", "usa"),
        ("boston", "usa"),
    ];
    registry(
        &entities,
        &[("nis-official", "nis"), ("nis-spokesman", "nis"), ("zelensky", "ukraine-officials")],
    )
}

/// A registry of these: each entity or source with its parents.
pub(super) fn registry(entities: &[(&str, &str)], sources: &[(&str, &str)]) -> Registry {
    let mut registry = Registry::default();
    let recorded = Timestamp(0);
    for (id, parents) in entities {
        let draft = EntityDraft {
            id: (*id).into(),
            kind: Some(EntityKind::Topic),
            name: (*id).into(),
            parents: list(parents),
            ..EntityDraft::default()
        };
        registry.add_entity(Entity::parse(&draft, Path::ROOT).unwrap(), 1, recorded);
    }
    for (id, part_of) in sources {
        let draft = SourceDraft {
            id: (*id).into(),
            kind: Some(SourceKind::Other),
            name: (*id).into(),
            part_of: list(part_of).pop(),
            ..SourceDraft::default()
        };
        registry.add_source(Source::parse(&draft, Path::ROOT).unwrap(), 1, recorded);
    }
    registry
}

/// Claims as members of a view, in the order of the ledger.
pub(super) fn members(claims: impl IntoIterator<Item = Make>) -> Vec<Member> {
    claims.into_iter().enumerate().map(|(ordinal, claim)| claim.member(ordinal as u64)).collect()
}

/// A claim in the making: who speaks is `speaker`, unless said.
#[derive(Clone, Debug)]
pub(super) struct Make {
    draft: ClaimDraft,
    truth: Truth,
}

/// A figure of a notation.
pub(super) fn figure(id: &str, notation: &str) -> Make {
    Make::new(
        id,
        ContentDraft::Figure(FigureDraft { notation: Some(notation.into()), ..FigureDraft::default() }),
    )
}

/// An event.
pub(super) fn event(id: &str) -> Make {
    Make::new(id, ContentDraft::Event)
}

/// A norm.
pub(super) fn norm(id: &str, modality: Modality) -> Make {
    Make::new(id, ContentDraft::Norm(NormDraft { modality: Some(modality), ..NormDraft::default() }))
}

/// A statement.
pub(super) fn statement(id: &str) -> Make {
    Make::new(id, ContentDraft::Statement)
}

impl Make {
    fn new(id: &str, content: ContentDraft) -> Self {
        let attribution = vec![StepDraft { sources: list("speaker"), ..StepDraft::default() }];
        let (id, text) = (id.into(), "It is so.".into());
        let draft = ClaimDraft { id, text, content: Some(content), attribution, ..ClaimDraft::default() };
        Self { draft, truth: Truth::Sure }
    }

    /// The claim with anything else in its draft.
    pub(super) fn with(mut self, change: impl FnOnce(&mut ClaimDraft)) -> Self {
        change(&mut self.draft);
        self
    }

    fn with_figure(self, change: impl FnOnce(&mut FigureDraft)) -> Self {
        self.with(|draft| match &mut draft.content {
            Some(ContentDraft::Figure(figure)) => change(figure),
            other => panic!("a figure's: {other:?}"),
        })
    }

    fn with_norm(self, change: impl FnOnce(&mut NormDraft)) -> Self {
        self.with(|draft| match &mut draft.content {
            Some(ContentDraft::Norm(norm)) => change(norm),
            other => panic!("a norm's: {other:?}"),
        })
    }

    fn with_origin(self, change: impl FnOnce(&mut StepDraft)) -> Self {
        self.with(|draft| change(&mut draft.attribution[0]))
    }

    pub(super) fn actors(self, ids: &str) -> Self {
        self.with(|draft| draft.actors = list(ids))
    }

    pub(super) fn agents(self, ids: &str) -> Self {
        self.with(|draft| draft.agents = list(ids))
    }

    pub(super) fn targets(self, ids: &str) -> Self {
        self.with(|draft| draft.targets = list(ids))
    }

    pub(super) fn places(self, ids: &str) -> Self {
        self.with(|draft| draft.places = list(ids))
    }

    pub(super) fn kind(self, id: &str) -> Self {
        self.with(|draft| draft.kind = Some(id.into()))
    }

    pub(super) fn action(self, id: &str) -> Self {
        self.with(|draft| draft.action = Some(id.into()))
    }

    pub(super) fn state(self, state: State) -> Self {
        self.with(|draft| draft.state = Some(state))
    }

    pub(super) fn incident(self, id: &str) -> Self {
        self.with(|draft| draft.incident = Some(id.into()))
    }

    /// Times in EDTF.
    pub(super) fn when(self, when: &str) -> Self {
        self.with(|draft| draft.when = Some(when.into()))
    }

    pub(super) fn mode(self, mode: Mode) -> Self {
        self.with(|draft| draft.mode = Some(mode))
    }

    /// Who said it, jointly if several; nobody at all: UNATTRIBUTED.
    pub(super) fn by(self, sources: &str) -> Self {
        let make = self.with_origin(|step| step.sources = list(sources));
        if sources.is_empty() { make.clarity(Clarity::Unattributed) } else { make }
    }

    pub(super) fn act(self, act: SpeechAct) -> Self {
        self.with_origin(|step| step.act = Some(act))
    }

    pub(super) fn said(self, said: &str) -> Self {
        self.with_origin(|step| step.said = Some(said.into()))
    }

    pub(super) fn clarity(self, clarity: Clarity) -> Self {
        self.with_origin(|step| step.clarity = Some(clarity))
    }

    pub(super) fn occasion(self, slug: &str) -> Self {
        self.with_origin(|step| step.occasion = Some(slug.into()))
    }

    /// Who passed it on, after those named before.
    pub(super) fn via(self, source: &str) -> Self {
        let relay = Some(Relay::Citation);
        self.with(|draft| {
            draft.attribution.push(StepDraft { sources: list(source), relay, ..StepDraft::default() });
        })
    }

    /// In which document it was read.
    pub(super) fn read_in(self, document: &str) -> Self {
        self.with(|draft| {
            draft.evidence = Some(EvidenceDraft { document: document.into(), ..EvidenceDraft::default() });
        })
    }

    pub(super) fn likelihood(self, band: LikelihoodBand) -> Self {
        self.with(|draft| {
            draft.likelihood = Some(LikelihoodDraft { band: Some(band), ..LikelihoodDraft::default() });
        })
    }

    pub(super) fn relation(self, kind: RelationKind, claim: &str) -> Self {
        self.with(|draft| draft.relations.push(RelationDraft { kind: Some(kind), claim: claim.into() }))
    }

    pub(super) fn unit(self, unit: &str) -> Self {
        self.with_figure(|figure| figure.unit = Some(unit.into()))
    }

    pub(super) fn per(self, units: &str) -> Self {
        self.with_figure(|figure| figure.per = list(units))
    }

    pub(super) fn basis(self, basis: Basis) -> Self {
        self.with_figure(|figure| figure.basis = Some(basis))
    }

    /// The whole that a share is of.
    pub(super) fn of(self, id: &str) -> Self {
        self.with_figure(|figure| figure.of = Some(id.into()))
    }

    pub(super) fn instrument(self, id: &str) -> Self {
        self.with_norm(|norm| norm.instrument = Some(id.into()))
    }

    pub(super) fn bearers(self, ids: &str) -> Self {
        self.with_norm(|norm| norm.bearers = list(ids))
    }

    pub(super) fn in_force(self, time: &str) -> Self {
        self.with_norm(|norm| norm.in_force = Some(time.into()))
    }

    pub(super) fn deadline(self, time: &str) -> Self {
        self.with_norm(|norm| norm.deadline = Some(time.into()))
    }

    pub(super) fn breached_by_actions(self, ids: &str) -> Self {
        self.with_norm(|norm| norm.breached_by_actions = list(ids))
    }

    pub(super) fn breached_by_states(self, states: &[State]) -> Self {
        self.with_norm(|norm| norm.breached_by_states = states.to_vec())
    }

    pub(super) fn unless(self, words: &str) -> Self {
        self.with_norm(|norm| norm.unless = Some(words.into()))
    }

    /// It matches the query only possibly.
    pub(super) fn possibly(self) -> Self {
        Self { truth: Truth::Possible, ..self }
    }

    /// The claim.
    pub(super) fn claim(&self) -> Claim {
        Claim::parse(&self.draft, Path::ROOT).unwrap()
    }

    /// The claim as a member of a view, with its place in the order of the ledger.
    pub(super) fn member(&self, ordinal: u64) -> Member {
        let recorded = Timestamp(i64::try_from(ordinal).unwrap());
        let known = Known { revision: ordinal + 1, recorded, version: 1, is_retracted: false };
        Member { claim: self.claim(), ordinal, truth: self.truth, known }
    }
}

fn list(ids: &str) -> Vec<String> {
    ids.split_whitespace().map(str::to_owned).collect()
}
