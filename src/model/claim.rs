//! Claims: who said what, through whom it reached us, when, and how sure.

use super::draft::{
    ClaimDraft, ContentDraft, EvidenceDraft, FigureDraft, Labels, LikelihoodDraft, NormDraft, StepDraft,
};
use super::id::{ClaimId, DocumentId, EntityId, Slug, SourceId};
use super::limits::{
    MAX_ATTRIBUTION_STEPS, MAX_LIST_ITEMS, MAX_PHRASE_CHARS, MAX_QUOTE_CHARS, MAX_TEXT_CHARS,
    MAX_UNLESS_CHARS,
};
use super::path::Path;
use super::quantity::{Parts, Quantity};
use super::time::Time;
use super::unit::Unit;
use super::violation::{Checks, Problem, Violation};
use super::vocabulary::{
    Basis, ClaimType, Clarity, Confidence, Credibility, LikelihoodBand, LikelihoodScale, Modality, Mode,
    RelationKind, Relay, RelayStance, SpeechAct, State,
};
use std::ops::Deref;

/// One utterance of one proposition, with the chain through which it reached us.
/// Made by [`Claim::parse`] alone; its fields are read through it.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim(ClaimFields);

/// The fields of a claim.
#[derive(Clone, Debug, PartialEq)]
pub struct ClaimFields {
    /// Its id, shared by all its versions.
    pub id: ClaimId,
    /// What is claimed, in one plain sentence of the recorder's wording, at most
    /// [`MAX_TEXT_CHARS`] characters.
    pub text: String,
    /// Who acts, or whose people or things are counted, moved or regulated.
    pub actors: Vec<EntityId>,
    /// Who brings it about, if another.
    pub agents: Vec<EntityId>,
    /// Who is acted upon.
    pub targets: Vec<EntityId>,
    /// The topic that is counted, moved, regulated or discussed.
    pub kind: Option<EntityId>,
    /// What happened; in a norm, what it regulates.
    pub action: Option<EntityId>,
    /// What it leaves true of actors, kind and places.
    pub state: Option<State>,
    /// By what means.
    pub manner: Vec<EntityId>,
    /// Where.
    pub places: Vec<EntityId>,
    /// In which battle, shipwreck, election.
    pub incident: Option<EntityId>,
    /// The time that the proposition is about (valid time).
    pub when: Option<Time>,
    /// What standing it has; FACT unless given.
    pub mode: Mode,
    /// What it says: the claim's type.
    pub content: Content,
    /// The chain, origin first, publisher last; never empty, at most [`MAX_ATTRIBUTION_STEPS`].
    pub attribution: Vec<Step>,
    /// Where it was read.
    pub evidence: Option<Evidence>,
    /// How likely the speaker says it is; absent if unhedged.
    pub likelihood: Option<Likelihood>,
    /// How well founded the speaker says the judgement is.
    pub confidence: Option<Confidence>,
    /// Its digit in the Admiralty code; 6 unless given.
    pub credibility: Credibility,
    /// How it bears on other claims.
    pub relations: Vec<Relation>,
    /// Free key/value pairs.
    pub labels: Labels,
}

/// What a claim says.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A quantity.
    Figure(Figure),
    /// Something that happened; all that it says stands in the claim's own fields.
    Event,
    /// A rule.
    Norm(Norm),
    /// An opinion, explanation or accusation that is none of the others.
    Statement,
}

impl Content {
    /// The claim's type.
    pub fn claim_type(&self) -> ClaimType {
        match self {
            Self::Figure(_) => ClaimType::Figure,
            Self::Event => ClaimType::Event,
            Self::Norm(_) => ClaimType::Norm,
            Self::Statement => ClaimType::Statement,
        }
    }
}

/// A quantity with its unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The quantity as its writer noted it; absent if only ends were given.
    pub notation: Option<String>,
    /// The interval, its hedge and its best estimate.
    pub quantity: Quantity,
    /// What it counts or measures in.
    pub unit: Option<Unit>,
    /// Per what: a month, a person.
    pub per: Vec<Unit>,
    /// What sort of quantity; unless given, RATIO with `of` or `per`, FLOW with an action, else
    /// STOCK.
    pub basis: Basis,
    /// The whole that a share is of.
    pub of: Option<EntityId>,
    /// The words of the document, at most [`MAX_PHRASE_CHARS`] characters.
    pub surface: Option<String>,
}

/// A rule. The claim's actors, kind and places say whom it regulates.
#[derive(Clone, Debug, PartialEq)]
pub struct Norm {
    /// The treaty, law or resolution that it stands in.
    pub instrument: Option<EntityId>,
    /// Where in the instrument: `operative paragraph 17`.
    pub provision: Option<String>,
    /// What it does to those whom it regulates.
    pub modality: Modality,
    /// Who has to see to it.
    pub bearers: Vec<EntityId>,
    /// Since when it is in force.
    pub in_force: Option<Time>,
    /// Until when it is to be fulfilled.
    pub deadline: Option<Time>,
    /// What would break it.
    pub breached_by: BreachedBy,
    /// The exceptions, in words, at most [`MAX_UNLESS_CHARS`] characters.
    pub unless: Option<String>,
}

/// What would break a norm.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BreachedBy {
    /// Doing one of these.
    pub actions: Vec<EntityId>,
    /// Being in one of these states.
    pub states: Vec<State>,
}

/// One step of an attribution chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Who spoke, jointly if several; empty only in a first step that is UNATTRIBUTED.
    pub sources: Vec<SourceId>,
    /// On whose commission or behalf.
    pub on_behalf_of: Vec<SourceId>,
    /// What the first step does by speaking; SAID unless given. Absent in later steps.
    pub act: Option<SpeechAct>,
    /// When it was said.
    pub said: Option<Time>,
    /// How clearly the speaker is named.
    pub clarity: Option<Clarity>,
    /// How a later step passed it on. Absent in the first.
    pub relay: Option<Relay>,
    /// How a later step stands towards it. Absent in the first.
    pub stance: Option<RelayStance>,
    /// A slug for a briefing or hearing that several claims share.
    pub occasion: Option<Slug>,
}

/// Where in a document a claim was read. Offsets count Unicode code points.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// The document.
    pub document: DocumentId,
    /// Its paragraph, from 1.
    pub paragraph: Option<u32>,
    /// The words quoted, at most [`MAX_QUOTE_CHARS`] characters.
    pub exact: Option<String>,
    /// The words before them.
    pub prefix: Option<String>,
    /// The words after them.
    pub suffix: Option<String>,
    /// Where they begin.
    pub start: Option<u64>,
    /// Where they end, exclusive; not before `start`.
    pub end: Option<u64>,
    /// The value of a W3C FragmentSelector: `row=5`, `page=3`.
    pub fragment: Option<String>,
}

/// How likely a claim is said to be. Has a band, words, or both.
#[derive(Clone, Debug, PartialEq)]
pub struct Likelihood {
    /// The band; absent if the words fit none.
    pub band: Option<LikelihoodBand>,
    /// Whose bands; ICD 203 unless given.
    pub scale: LikelihoodScale,
    /// The document's hedge: `may`, `if confirmed`.
    pub words: Option<String>,
}

/// How a claim bears on another.
#[derive(Clone, Debug, PartialEq)]
pub struct Relation {
    /// How.
    pub kind: RelationKind,
    /// On which.
    pub claim: ClaimId,
}

impl Claim {
    /// Parses a draft whose references are ids; `at` is its place in the request.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn parse(draft: &ClaimDraft, at: Path<'_>) -> Result<Self, Vec<Violation>> {
        let mut checks = Checks::default();
        let c = &mut checks;
        let entities = |c: &mut Checks, at: Path<'_>, ids: &[String]| c.list(at, ids, EntityId::parse);
        let entity = |c: &mut Checks, at: Path<'_>, id: &Option<String>| {
            c.optional(at, id.as_deref(), EntityId::parse)
        };

        let id = c.keep(at.field("id"), ClaimId::parse(&draft.id));
        let text = c.line(at.field("text"), &draft.text, MAX_TEXT_CHARS);
        let actors = entities(c, at.field("actors"), &draft.actors);
        let agents = entities(c, at.field("agents"), &draft.agents);
        let targets = entities(c, at.field("targets"), &draft.targets);
        let kind = entity(c, at.field("kind"), &draft.kind);
        let action = entity(c, at.field("action"), &draft.action);
        let manner = entities(c, at.field("manner"), &draft.manner);
        let places = entities(c, at.field("places"), &draft.places);
        let incident = entity(c, at.field("incident"), &draft.incident);
        let when = c.optional(at.field("when"), draft.when.as_deref(), Time::parse);
        let content = match &draft.content {
            None => {
                c.refuse(at.field("content"), Problem::NoContent);
                None
            }
            Some(ContentDraft::Figure(figure)) => {
                parse_figure(c, at.field("figure"), figure, draft.action.is_some()).map(Content::Figure)
            }
            Some(ContentDraft::Event) => Some(Content::Event),
            Some(ContentDraft::Norm(norm)) => parse_norm(c, at.field("norm"), norm).map(Content::Norm),
            Some(ContentDraft::Statement) => Some(Content::Statement),
        };
        let attribution = parse_attribution(c, at.field("attribution"), &draft.attribution);
        let evidence =
            draft.evidence.as_ref().and_then(|evidence| parse_evidence(c, at.field("evidence"), evidence));
        let likelihood = draft
            .likelihood
            .as_ref()
            .map(|likelihood| parse_likelihood(c, at.field("likelihood"), likelihood));
        let relations = parse_relations(c, at.field("relations"), draft);
        let labels = c.labels(at.field("labels"), &draft.labels);

        match (id, content) {
            (Some(id), Some(content)) if checks.is_clean() => Ok(Self(ClaimFields {
                id,
                text,
                actors,
                agents,
                targets,
                kind,
                action,
                state: draft.state,
                manner,
                places,
                incident,
                when,
                mode: draft.mode.unwrap_or(Mode::Fact),
                content,
                attribution,
                evidence,
                likelihood,
                confidence: draft.confidence,
                credibility: draft.credibility.unwrap_or(Credibility::CannotBeJudged),
                relations,
                labels,
            })),
            _ => Err(checks.into_violations()),
        }
    }

    /// The first step: who said it.
    pub fn origin(&self) -> &Step {
        self.attribution.first().expect("a claim's attribution is never empty: `parse_attribution`")
    }

    /// How many times it was passed on.
    pub fn hops(&self) -> usize {
        self.attribution.len() - 1
    }
}

impl Deref for Claim {
    type Target = ClaimFields;

    fn deref(&self) -> &ClaimFields {
        &self.0
    }
}

fn parse_figure(c: &mut Checks, at: Path<'_>, draft: &FigureDraft, has_action: bool) -> Option<Figure> {
    let quantity = Quantity::from_parts(&Parts {
        notation: draft.notation.as_deref(),
        low: draft.low,
        high: draft.high,
        low_exclusive: draft.low_exclusive,
        high_exclusive: draft.high_exclusive,
        best: draft.best,
        hedge: draft.hedge,
    });
    let quantity = c.keep(at, quantity);
    for (end, value) in [("low", draft.low), ("high", draft.high)] {
        if value.is_some_and(f64::is_infinite) {
            c.refuse(at.field(end), Problem::Infinite);
        }
    }
    let unit = c.optional(at.field("unit"), draft.unit.as_deref(), Unit::parse);
    let per = c.list(at.field("per"), &draft.per, Unit::parse);
    let of = c.optional(at.field("of"), draft.of.as_deref(), EntityId::parse);
    let surface = c.optional_line(at.field("surface"), draft.surface.as_deref(), MAX_PHRASE_CHARS);
    let basis = draft.basis.unwrap_or(if of.is_some() || !per.is_empty() {
        Basis::Ratio
    } else if has_action {
        Basis::Flow
    } else {
        Basis::Stock
    });
    let notation = draft.notation.as_deref().map(|notation| notation.trim().to_owned());
    Some(Figure { notation, quantity: quantity?, unit, per, basis, of, surface })
}

fn parse_norm(c: &mut Checks, at: Path<'_>, draft: &NormDraft) -> Option<Norm> {
    let instrument = c.optional(at.field("instrument"), draft.instrument.as_deref(), EntityId::parse);
    let provision = c.optional_line(at.field("provision"), draft.provision.as_deref(), MAX_PHRASE_CHARS);
    let modality = c.required(at.field("modality"), draft.modality);
    let bearers = c.list(at.field("bearers"), &draft.bearers, EntityId::parse);
    let in_force = c.optional(at.field("in_force"), draft.in_force.as_deref(), Time::parse);
    let deadline = c.optional(at.field("deadline"), draft.deadline.as_deref(), Time::parse);
    let breached_by = at.field("breached_by");
    let actions = c.list(breached_by.field("actions"), &draft.breached_by_actions, EntityId::parse);
    let mut states: Vec<State> = Vec::new();
    for (index, &state) in draft.breached_by_states.iter().enumerate() {
        if states.contains(&state) {
            let at = breached_by.field("states");
            c.refuse(at.index(index), Problem::Repeated { id: state.to_string() });
        }
        states.push(state);
    }
    let unless = c.optional_line(at.field("unless"), draft.unless.as_deref(), MAX_UNLESS_CHARS);
    Some(Norm {
        instrument,
        provision,
        modality: modality?,
        bearers,
        in_force,
        deadline,
        breached_by: BreachedBy { actions, states },
        unless,
    })
}

fn parse_attribution(c: &mut Checks, at: Path<'_>, steps: &[StepDraft]) -> Vec<Step> {
    if steps.is_empty() {
        c.refuse(at, Problem::NoAttribution);
    }
    c.at_most(at, steps.len(), MAX_ATTRIBUTION_STEPS, "steps");
    steps.iter().enumerate().map(|(index, step)| parse_step(c, at.index(index), step, index == 0)).collect()
}

fn parse_step(c: &mut Checks, at: Path<'_>, draft: &StepDraft, is_first: bool) -> Step {
    let sources = c.list(at.field("sources"), &draft.sources, SourceId::parse);
    let unattributed = draft.clarity == Some(Clarity::Unattributed);
    if unattributed && !is_first {
        c.refuse(at.field("clarity"), Problem::UnattributedRelay);
    } else if unattributed && !draft.sources.is_empty() {
        c.refuse(at.field("sources"), Problem::UnattributedWithSource);
    } else if !unattributed && draft.sources.is_empty() {
        c.refuse(at.field("sources"), Problem::NoSource);
    }
    if is_first {
        for (name, given) in [("relay", draft.relay.is_some()), ("stance", draft.stance.is_some())] {
            if given {
                c.refuse(at.field(name), Problem::LaterStepAlone);
            }
        }
    } else if draft.act.is_some() {
        c.refuse(at.field("act"), Problem::FirstStepAlone);
    }
    Step {
        sources,
        on_behalf_of: c.list(at.field("on_behalf_of"), &draft.on_behalf_of, SourceId::parse),
        act: if is_first { Some(draft.act.unwrap_or(SpeechAct::Said)) } else { None },
        said: c.optional(at.field("said"), draft.said.as_deref(), Time::parse),
        clarity: draft.clarity,
        relay: draft.relay,
        stance: draft.stance,
        occasion: c.optional(at.field("occasion"), draft.occasion.as_deref(), Slug::parse),
    }
}

fn parse_evidence(c: &mut Checks, at: Path<'_>, draft: &EvidenceDraft) -> Option<Evidence> {
    let document = c.keep(at.field("document"), DocumentId::parse(&draft.document));
    if draft.paragraph == Some(0) {
        c.refuse(at.field("paragraph"), Problem::ParagraphZero);
    }
    if let (Some(start), Some(end)) = (draft.start, draft.end)
        && end < start
    {
        c.refuse(at.field("end"), Problem::EndBeforeStart { start, end });
    }
    Some(Evidence {
        paragraph: draft.paragraph,
        exact: c.optional_line(at.field("exact"), draft.exact.as_deref(), MAX_QUOTE_CHARS),
        prefix: c.optional_line(at.field("prefix"), draft.prefix.as_deref(), MAX_QUOTE_CHARS),
        suffix: c.optional_line(at.field("suffix"), draft.suffix.as_deref(), MAX_QUOTE_CHARS),
        start: draft.start,
        end: draft.end,
        fragment: c.optional_line(at.field("fragment"), draft.fragment.as_deref(), MAX_PHRASE_CHARS),
        document: document?,
    })
}

fn parse_likelihood(c: &mut Checks, at: Path<'_>, draft: &LikelihoodDraft) -> Likelihood {
    if draft.band.is_none() && draft.words.is_none() {
        c.refuse(at, Problem::NoLikelihood);
    }
    Likelihood {
        band: draft.band,
        scale: draft.scale.unwrap_or(LikelihoodScale::Icd203),
        words: c.optional_line(at.field("words"), draft.words.as_deref(), MAX_PHRASE_CHARS),
    }
}

fn parse_relations(c: &mut Checks, at: Path<'_>, draft: &ClaimDraft) -> Vec<Relation> {
    c.at_most(at, draft.relations.len(), MAX_LIST_ITEMS, "entries");
    let mut relations: Vec<Relation> = Vec::with_capacity(draft.relations.len());
    for (index, relation) in draft.relations.iter().enumerate() {
        let at = at.index(index);
        let kind = c.required(at.field("kind"), relation.kind);
        let claim = c.keep(at.field("claim"), ClaimId::parse(&relation.claim));
        if relation.claim == draft.id {
            c.refuse(at.field("claim"), Problem::Itself { id: draft.id.clone() });
        }
        if let (Some(kind), Some(claim)) = (kind, claim) {
            let relation = Relation { kind, claim };
            if relations.contains(&relation) {
                c.refuse(at, Problem::Repeated { id: relation.claim.to_string() });
            }
            relations.push(relation);
        }
    }
    relations
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::draft::RelationDraft;

    /// A sound statement after this change to its draft: nothing, or what was refused.
    fn refused(change: impl FnOnce(&mut ClaimDraft)) -> Vec<String> {
        let spoken = StepDraft { sources: vec!["nis".to_owned()], ..StepDraft::default() };
        let mut draft = ClaimDraft {
            id: "a".to_owned(),
            text: "They left.".to_owned(),
            content: Some(ContentDraft::Statement),
            attribution: vec![spoken.clone(), StepDraft { sources: vec!["outlet".to_owned()], ..spoken }],
            ..ClaimDraft::default()
        };
        change(&mut draft);
        let violations = Claim::parse(&draft, Path::ROOT).err().unwrap_or_default();
        violations.iter().map(|violation| format!("{}: {}", violation.path, violation.problem)).collect()
    }

    #[test]
    fn a_chain_begins_with_a_speaker_and_goes_on_with_relays() {
        assert_eq!(refused(|_| ()), [""; 0]);
        assert_eq!(
            refused(|draft| draft.attribution.clear()),
            ["attribution: must hold at least one step: who said it, origin first, publisher last"]
        );
        assert_eq!(
            refused(|draft| draft.attribution[1].act = Some(SpeechAct::Denied)),
            ["attribution[1].act: is for the first step of the chain alone"]
        );
        assert_eq!(
            refused(|draft| {
                draft.attribution[0].relay = Some(Relay::Citation);
                draft.attribution[0].stance = Some(RelayStance::Doubted);
            }),
            [
                "attribution[0].relay: is for steps after the first alone",
                "attribution[0].stance: is for steps after the first alone"
            ]
        );
    }

    #[test]
    fn only_the_first_step_may_name_nobody_and_says_so() {
        let no_source = "must name a source; only the first step may name none, with clarity UNATTRIBUTED";
        let unattributed = Some(Clarity::Unattributed);
        assert_eq!(
            refused(|draft| draft.attribution[0].sources.clear()),
            [format!("attribution[0].sources: {no_source}")]
        );
        assert_eq!(
            refused(|draft| {
                draft.attribution[0].sources.clear();
                draft.attribution[0].clarity = unattributed;
            }),
            [""; 0]
        );
        assert_eq!(
            refused(|draft| draft.attribution[0].clarity = unattributed),
            ["attribution[0].sources: names sources, but its clarity is UNATTRIBUTED"]
        );
        assert_eq!(
            refused(|draft| draft.attribution[1].clarity = unattributed),
            ["attribution[1].clarity: is UNATTRIBUTED, which is for the first step of the chain alone"]
        );
    }

    #[test]
    fn what_says_nothing_or_points_at_itself_is_refused() {
        assert_eq!(
            refused(|draft| draft.likelihood = Some(LikelihoodDraft::default())),
            ["likelihood: must have a band, words, or both"]
        );
        let evidence = EvidenceDraft {
            document: "d".to_owned(),
            paragraph: Some(0),
            start: Some(9),
            end: Some(8),
            ..EvidenceDraft::default()
        };
        assert_eq!(
            refused(|draft| draft.evidence = Some(evidence)),
            ["evidence.paragraph: paragraphs count from 1", "evidence.end: ends at 8, before its start at 9"]
        );
        let itself = RelationDraft { kind: Some(RelationKind::Supports), claim: "a".to_owned() };
        assert_eq!(
            refused(|draft| draft.relations = vec![itself]),
            ["relations[0].claim: names the item itself, `a`"]
        );
    }
}
