//! The items of a pack, field by field. Names, times and quantities stay text: what they mean is
//! for the model and the registry to say.

use super::error::{Problem, Report, Shape};
use super::fields::Fields;
use super::node::{Node, Value};
use crate::model::Path;
use crate::model::vocabulary::{
    Basis, ClaimType, Clarity, Confidence, Credibility, EntityKind, Hedge, InterestStance, LikelihoodBand,
    LikelihoodScale, Modality, Mode, RelationKind, Relay, RelayStance, Reliability, SourceKind, SpeechAct,
    State,
};
use crate::model::{
    ClaimDraft, ContentDraft, DocumentDraft, EntityDraft, EvidenceDraft, FigureDraft, InterestDraft,
    LikelihoodDraft, NormDraft, RelationDraft, SourceDraft, StepDraft,
};

pub(super) fn entity(fields: &mut Fields<'_>) -> EntityDraft {
    let id = fields.required("id");
    entity_of(id, fields)
}

/// An entity that may still get its id.
pub(super) fn entity_to_be(fields: &mut Fields<'_>) -> EntityDraft {
    let id = fields.text("id").unwrap_or_default();
    entity_of(id, fields)
}

fn entity_of(id: String, fields: &mut Fields<'_>) -> EntityDraft {
    EntityDraft {
        id,
        kind: fields.word("kind", EntityKind::ALL),
        name: fields.required("name"),
        aliases: fields.texts("aliases"),
        parents: fields.texts("parents"),
        external_ids: fields.labels("external_ids"),
        labels: fields.labels("labels"),
    }
}

pub(super) fn source(fields: &mut Fields<'_>) -> SourceDraft {
    let id = fields.required("id");
    source_of(id, fields)
}

/// A source that may still get its id.
pub(super) fn source_to_be(fields: &mut Fields<'_>) -> SourceDraft {
    let id = fields.text("id").unwrap_or_default();
    source_of(id, fields)
}

fn source_of(id: String, fields: &mut Fields<'_>) -> SourceDraft {
    SourceDraft {
        id,
        kind: fields.word("kind", SourceKind::ALL),
        name: fields.required("name"),
        aliases: fields.texts("aliases"),
        part_of: fields.text("part_of"),
        country: fields.text("country"),
        entity: fields.text("entity"),
        reliability: fields.word("reliability", Reliability::ALL),
        interests: fields.sections("interests", |fields| InterestDraft {
            entity: fields.required("entity"),
            stance: fields.word("stance", InterestStance::ALL),
        }),
        url: fields.text("url"),
        labels: fields.labels("labels"),
    }
}

pub(super) fn document(fields: &mut Fields<'_>) -> DocumentDraft {
    DocumentDraft {
        id: fields.required("id"),
        title: fields.required("title"),
        publisher: fields.text("publisher"),
        published: fields.time("published"),
        url: fields.text("url"),
        language: fields.text("language"),
        sha256: fields.text("sha256"),
        retrieved: fields.time("retrieved"),
        labels: fields.labels("labels"),
    }
}

pub(super) fn claim(fields: &mut Fields<'_>) -> ClaimDraft {
    ClaimDraft {
        // Without an id the ledger derives one.
        id: fields.text("id").unwrap_or_default(),
        text: fields.required("text"),
        content: content(fields),
        actors: fields.texts("actors"),
        agents: fields.texts("agents"),
        targets: fields.texts("targets"),
        kind: fields.text("kind"),
        action: fields.text("action"),
        state: fields.word("state", State::ALL),
        manner: fields.texts("manner"),
        places: fields.texts("places"),
        incident: fields.text("incident"),
        when: fields.time("when"),
        mode: fields.word("mode", Mode::ALL),
        attribution: fields.sections("attribution", step),
        evidence: fields.section("evidence", evidence),
        likelihood: fields.section("likelihood", |fields| LikelihoodDraft {
            band: fields.word("band", LikelihoodBand::ALL),
            scale: fields.word("scale", LikelihoodScale::ALL),
            words: fields.text("words"),
        }),
        confidence: fields.word("confidence", Confidence::ALL),
        credibility: fields.word("credibility", Credibility::ALL),
        relations: fields.sections("relations", |fields| RelationDraft {
            kind: fields.word("kind", RelationKind::ALL),
            claim: fields.required("claim"),
        }),
        labels: fields.labels("labels"),
    }
}

/// `figure` or `norm` with what they hold, or `type` for the two types that hold nothing more.
fn content(fields: &mut Fields<'_>) -> Option<ContentDraft> {
    let found: Vec<_> = ["figure", "norm", "type"].into_iter().filter(|name| fields.has(name)).collect();
    if found.len() != 1 {
        fields.fault(Problem::TypeCount { found });
    }
    let figure = fields.field("figure", figure).map(ContentDraft::Figure);
    let norm = fields.section("norm", norm).map(ContentDraft::Norm);
    let bare =
        fields.word("type", &[ClaimType::Event, ClaimType::Statement]).map(|claim_type| match claim_type {
            ClaimType::Event => ContentDraft::Event,
            ClaimType::Statement | ClaimType::Figure | ClaimType::Norm => ContentDraft::Statement,
        });
    figure.or(norm).or(bare)
}

/// A figure in full, or short: the notation, the unit and what it is per, as
/// `~800 USD per mo per person`.
fn figure(node: &Node, path: Path<'_>, report: &mut Report) -> Option<FigureDraft> {
    match &node.value {
        Value::Map(_) => Fields::of(node, path, report, |fields| FigureDraft {
            notation: fields.text("notation"),
            low: fields.number("low", "a number"),
            high: fields.number("high", "a number"),
            low_exclusive: fields.flag("low_exclusive"),
            high_exclusive: fields.flag("high_exclusive"),
            best: fields.number("best", "a number"),
            hedge: fields.word("hedge", Hedge::ALL),
            unit: fields.text("unit"),
            per: fields.texts("per"),
            basis: fields.word("basis", Basis::ALL),
            of: fields.text("of"),
            surface: fields.text("surface"),
        }),
        Value::Text(text) => {
            let short = short_figure(text);
            if short.is_none() {
                report.add(node.position, path.to_string(), Problem::NoUnit { found: text.clone() });
            }
            short
        }
        Value::Nothing | Value::List(_) => {
            report.wrong_shape(node, path, Shape::TextOrMap);
            None
        }
    }
}

pub(super) fn short_figure(text: &str) -> Option<FigureDraft> {
    let mut parts = text.split(" per ").map(str::trim);
    let (notation, unit) = parts.next()?.rsplit_once(char::is_whitespace)?;
    Some(FigureDraft {
        notation: Some(notation.trim_end().to_owned()),
        unit: Some(unit.to_owned()),
        per: parts.map(str::to_owned).collect(),
        ..FigureDraft::default()
    })
}

fn norm(fields: &mut Fields<'_>) -> NormDraft {
    let instrument = fields.text("instrument");
    let provision = fields.text("provision");
    let modality = fields.word("modality", Modality::ALL);
    let bearers = fields.texts("bearers");
    let in_force = fields.time("in_force");
    let deadline = fields.time("deadline");
    let breached_by =
        fields.section("breached_by", |fields| (fields.texts("actions"), fields.words("states", State::ALL)));
    let (breached_by_actions, breached_by_states) = breached_by.unwrap_or_default();
    let unless = fields.text("unless");
    NormDraft {
        instrument,
        provision,
        modality,
        bearers,
        in_force,
        deadline,
        breached_by_actions,
        breached_by_states,
        unless,
    }
}

fn step(fields: &mut Fields<'_>) -> StepDraft {
    StepDraft {
        sources: fields.texts("sources"),
        on_behalf_of: fields.texts("on_behalf_of"),
        act: fields.word("act", SpeechAct::ALL),
        said: fields.time("said"),
        clarity: fields.word("clarity", Clarity::ALL),
        relay: fields.word("relay", Relay::ALL),
        stance: fields.word("stance", RelayStance::ALL),
        occasion: fields.text("occasion"),
    }
}

fn evidence(fields: &mut Fields<'_>) -> EvidenceDraft {
    EvidenceDraft {
        document: fields.required("document"),
        paragraph: fields.number("paragraph", "a whole number"),
        exact: fields.text("exact"),
        prefix: fields.text("prefix"),
        suffix: fields.text("suffix"),
        start: fields.number("start", "a whole number"),
        end: fields.number("end", "a whole number"),
        fragment: fields.text("fragment"),
    }
}
