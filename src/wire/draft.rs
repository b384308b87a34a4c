//! Messages to drafts. Each message is taken apart completely, so that a field added to the
//! contract breaks the build here. Output-only fields are ignored (AIP-203): what was read may be
//! written back as it is. An enum number that the contract does not have is a violation with the
//! field's path.

use super::pb;
use crate::model::vocabulary::{
    Basis, Clarity, Confidence, Credibility, EntityKind, Hedge, InterestStance, LikelihoodBand,
    LikelihoodScale, Modality, Mode, RelationKind, Relay, RelayStance, Reliability, SourceKind, SpeechAct,
    State,
};
use crate::model::{
    ClaimDraft, ContentDraft, DocumentDraft, EntityDraft, EvidenceDraft, FigureDraft, InterestDraft,
    LikelihoodDraft, NormDraft, Path, Problem, RelationDraft, SourceDraft, StepDraft, Violation,
};

/// Reads an entity that stands at `at`.
pub fn entity(message: pb::Entity, at: Path<'_>, violations: &mut Vec<Violation>) -> EntityDraft {
    let pb::Entity {
        id,
        kind,
        name,
        aliases,
        parents,
        external_ids,
        labels,
        revision: _,
        recorded: _,
        version: _,
    } = message;
    EntityDraft {
        id,
        kind: value(kind, EntityKind::from_code, at.field("kind"), violations),
        name,
        aliases,
        parents,
        external_ids,
        labels,
    }
}

/// Reads a source that stands at `at`.
pub fn source(message: pb::Source, at: Path<'_>, violations: &mut Vec<Violation>) -> SourceDraft {
    let pb::Source {
        id,
        kind,
        name,
        aliases,
        part_of,
        country,
        entity,
        reliability,
        interests,
        url,
        labels,
        revision: _,
        recorded: _,
        version: _,
    } = message;
    SourceDraft {
        id,
        kind: value(kind, SourceKind::from_code, at.field("kind"), violations),
        name,
        aliases,
        part_of: given(part_of),
        country: given(country),
        entity: given(entity),
        reliability: value(reliability, Reliability::from_code, at.field("reliability"), violations),
        interests: each(interests, at.field("interests"), violations, interest),
        url: given(url),
        labels,
    }
}

fn interest(message: pb::Interest, at: Path<'_>, violations: &mut Vec<Violation>) -> InterestDraft {
    let pb::Interest { entity, stance } = message;
    InterestDraft { entity, stance: value(stance, InterestStance::from_code, at.field("stance"), violations) }
}

/// Reads a document. It has no enums, so nothing in it can be a violation yet.
pub fn document(message: pb::Document) -> DocumentDraft {
    let pb::Document {
        id,
        title,
        publisher,
        published,
        url,
        language,
        sha256,
        retrieved,
        labels,
        revision: _,
        recorded: _,
        version: _,
    } = message;
    DocumentDraft {
        id,
        title,
        published: published.map(time),
        publisher: given(publisher),
        url: given(url),
        language: given(language),
        sha256: given(sha256),
        retrieved: retrieved.map(time),
        labels,
    }
}

/// Reads a claim that stands at `at`.
pub fn claim(message: pb::Claim, at: Path<'_>, violations: &mut Vec<Violation>) -> ClaimDraft {
    let pb::Claim {
        id,
        text,
        actors,
        agents,
        targets,
        kind,
        action,
        state,
        manner,
        places,
        incident,
        when,
        mode,
        content,
        attribution,
        evidence,
        likelihood,
        confidence,
        credibility,
        relations,
        labels,
        revision: _,
        recorded: _,
        version: _,
        retraction: _,
    } = message;
    ClaimDraft {
        id,
        text,
        actors,
        agents,
        targets,
        kind: given(kind),
        action: given(action),
        state: value(state, State::from_code, at.field("state"), violations),
        manner,
        places,
        incident: given(incident),
        when: when.map(time),
        mode: value(mode, Mode::from_code, at.field("mode"), violations),
        content: content.map(|content| self::content(content, at, violations)),
        attribution: each(attribution, at.field("attribution"), violations, step),
        evidence: evidence.map(self::evidence),
        likelihood: likelihood
            .map(|likelihood| self::likelihood(likelihood, at.field("likelihood"), violations)),
        confidence: value(confidence, Confidence::from_code, at.field("confidence"), violations),
        credibility: value(credibility, Credibility::from_code, at.field("credibility"), violations),
        relations: each(relations, at.field("relations"), violations, relation),
        labels,
    }
}

fn content(message: pb::claim::Content, at: Path<'_>, violations: &mut Vec<Violation>) -> ContentDraft {
    match message {
        pb::claim::Content::Figure(message) => {
            ContentDraft::Figure(figure(message, at.field("figure"), violations))
        }
        pb::claim::Content::Event(pb::Event {}) => ContentDraft::Event,
        pb::claim::Content::Norm(message) => ContentDraft::Norm(norm(message, at.field("norm"), violations)),
        pb::claim::Content::Statement(pb::Statement {}) => ContentDraft::Statement,
    }
}

fn figure(message: pb::Figure, at: Path<'_>, violations: &mut Vec<Violation>) -> FigureDraft {
    let pb::Figure {
        notation,
        low,
        high,
        low_exclusive,
        high_exclusive,
        best,
        hedge,
        unit,
        per,
        basis,
        of,
        surface,
        hedge_profile: _,
    } = message;
    FigureDraft {
        notation: given(notation),
        low,
        high,
        low_exclusive,
        high_exclusive,
        best,
        hedge: value(hedge, Hedge::from_code, at.field("hedge"), violations),
        unit: given(unit),
        per,
        basis: value(basis, Basis::from_code, at.field("basis"), violations),
        of: given(of),
        surface: given(surface),
    }
}

fn norm(message: pb::Norm, at: Path<'_>, violations: &mut Vec<Violation>) -> NormDraft {
    let pb::Norm { instrument, provision, modality, bearers, in_force, deadline, breached_by, unless } =
        message;
    let pb::BreachedBy { actions, states } = breached_by.unwrap_or_default();
    let breached_by = at.field("breached_by");
    NormDraft {
        instrument: given(instrument),
        provision: given(provision),
        modality: value(modality, Modality::from_code, at.field("modality"), violations),
        bearers,
        in_force: in_force.map(time),
        deadline: deadline.map(time),
        breached_by_actions: actions,
        breached_by_states: each(
            states,
            breached_by.field("states"),
            violations,
            |number, at, violations| required(number, State::from_code, at, violations),
        )
        .into_iter()
        .flatten()
        .collect(),
        unless: given(unless),
    }
}

fn step(message: pb::AttributionStep, at: Path<'_>, violations: &mut Vec<Violation>) -> StepDraft {
    let pb::AttributionStep { sources, on_behalf_of, act, said, clarity, relay, stance, occasion } = message;
    StepDraft {
        sources,
        on_behalf_of,
        act: value(act, SpeechAct::from_code, at.field("act"), violations),
        said: said.map(time),
        clarity: value(clarity, Clarity::from_code, at.field("clarity"), violations),
        relay: value(relay, Relay::from_code, at.field("relay"), violations),
        stance: value(stance, RelayStance::from_code, at.field("stance"), violations),
        occasion: given(occasion),
    }
}

fn evidence(message: pb::Evidence) -> EvidenceDraft {
    let pb::Evidence { document, paragraph, exact, prefix, suffix, start, end, fragment } = message;
    EvidenceDraft {
        document,
        paragraph,
        exact: given(exact),
        prefix: given(prefix),
        suffix: given(suffix),
        start,
        end,
        fragment: given(fragment),
    }
}

fn likelihood(message: pb::Likelihood, at: Path<'_>, violations: &mut Vec<Violation>) -> LikelihoodDraft {
    let pb::Likelihood { band, scale, words } = message;
    LikelihoodDraft {
        band: value(band, LikelihoodBand::from_code, at.field("band"), violations),
        scale: value(scale, LikelihoodScale::from_code, at.field("scale"), violations),
        words: given(words),
    }
}

fn relation(message: pb::Relation, at: Path<'_>, violations: &mut Vec<Violation>) -> RelationDraft {
    let pb::Relation { kind, claim } = message;
    RelationDraft { kind: value(kind, RelationKind::from_code, at.field("kind"), violations), claim }
}

/// The text of a time; its interval is ours to compute.
fn time(message: pb::Time) -> String {
    let pb::Time { text, start: _, end: _ } = message;
    text
}

/// A text, unless it is empty: the contract's way of leaving it out.
fn given(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// The value of this number; none for 0, the contract's way of leaving it out.
fn value<T>(
    number: i32,
    from_code: fn(i32) -> Option<T>,
    at: Path<'_>,
    violations: &mut Vec<Violation>,
) -> Option<T> {
    if number == 0 { None } else { required(number, from_code, at, violations) }
}

/// The value of this number, where 0 is none.
fn required<T>(
    number: i32,
    from_code: fn(i32) -> Option<T>,
    at: Path<'_>,
    violations: &mut Vec<Violation>,
) -> Option<T> {
    let value = from_code(number);
    if value.is_none() {
        violations.push(Violation { path: at.to_string(), problem: Problem::UnknownNumber { number } });
    }
    value
}

fn each<M, D>(
    messages: Vec<M>,
    at: Path<'_>,
    violations: &mut Vec<Violation>,
    read: impl Fn(M, Path<'_>, &mut Vec<Violation>) -> D,
) -> Vec<D> {
    messages
        .into_iter()
        .enumerate()
        .map(|(index, message)| read(message, at.index(index), violations))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused<D>(read: impl FnOnce(Path<'_>, &mut Vec<Violation>) -> D) -> Vec<(String, Problem)> {
        let mut violations = Vec::new();
        let at = Path::ROOT.field("items");
        read(at.index(2), &mut violations);
        violations.into_iter().map(|violation| (violation.path, violation.problem)).collect()
    }

    #[test]
    fn every_unknown_number_is_refused_where_it_stands() {
        let claim = pb::Claim {
            state: 99,
            mode: 99,
            attribution: vec![
                pb::AttributionStep::default(),
                pb::AttributionStep { act: 99, clarity: 99, relay: 99, stance: 99, ..Default::default() },
            ],
            likelihood: Some(pb::Likelihood { band: 99, scale: 99, words: String::new() }),
            confidence: 99,
            credibility: -1,
            relations: vec![pb::Relation { kind: 99, claim: "c".into() }],
            content: Some(pb::claim::Content::Figure(pb::Figure {
                hedge: 99,
                basis: 99,
                ..Default::default()
            })),
            ..Default::default()
        };
        let norm = pb::Norm {
            modality: 99,
            breached_by: Some(pb::BreachedBy { actions: Vec::new(), states: vec![1, 0] }),
            ..Default::default()
        };
        let norm = pb::Claim { content: Some(pb::claim::Content::Norm(norm)), ..Default::default() };
        let source = pb::Source {
            kind: 99,
            reliability: 99,
            interests: vec![pb::Interest { entity: "e".into(), stance: 99 }],
            ..Default::default()
        };

        let found: Vec<String> = [
            refused(|at, violations| self::claim(claim, at, violations)),
            refused(|at, violations| self::claim(norm, at, violations)),
            refused(|at, violations| self::source(source, at, violations)),
            refused(|at, violations| entity(pb::Entity { kind: 99, ..Default::default() }, at, violations)),
        ]
        .concat()
        .into_iter()
        .map(|(path, problem)| format!("{path}: {problem}"))
        .collect();
        assert_eq!(
            found,
            [
                "items[2].state: 99 is no value of this vocabulary",
                "items[2].mode: 99 is no value of this vocabulary",
                "items[2].figure.hedge: 99 is no value of this vocabulary",
                "items[2].figure.basis: 99 is no value of this vocabulary",
                "items[2].attribution[1].act: 99 is no value of this vocabulary",
                "items[2].attribution[1].clarity: 99 is no value of this vocabulary",
                "items[2].attribution[1].relay: 99 is no value of this vocabulary",
                "items[2].attribution[1].stance: 99 is no value of this vocabulary",
                "items[2].likelihood.band: 99 is no value of this vocabulary",
                "items[2].likelihood.scale: 99 is no value of this vocabulary",
                "items[2].confidence: 99 is no value of this vocabulary",
                "items[2].credibility: -1 is no value of this vocabulary",
                "items[2].relations[0].kind: 99 is no value of this vocabulary",
                "items[2].norm.modality: 99 is no value of this vocabulary",
                "items[2].norm.breached_by.states[1]: 0 is no value of this vocabulary",
                "items[2].kind: 99 is no value of this vocabulary",
                "items[2].reliability: 99 is no value of this vocabulary",
                "items[2].interests[0].stance: 99 is no value of this vocabulary",
                "items[2].kind: 99 is no value of this vocabulary",
            ]
        );
    }

    #[test]
    fn what_the_contract_leaves_empty_is_absent_and_what_is_ours_is_ignored() {
        let claim = pb::Claim {
            id: "c".into(),
            when: Some(pb::Time {
                text: "2025".into(),
                start: Some(prost_types::Timestamp { seconds: 1, nanos: 0 }),
                end: None,
            }),
            content: Some(pb::claim::Content::Event(pb::Event {})),
            revision: 7,
            version: 3,
            recorded: Some(prost_types::Timestamp::default()),
            retraction: Some(pb::Retraction::default()),
            ..Default::default()
        };
        let expected = ClaimDraft {
            id: "c".into(),
            when: Some("2025".into()),
            content: Some(ContentDraft::Event),
            ..Default::default()
        };
        let mut violations = Vec::new();
        assert_eq!(self::claim(claim, Path::ROOT, &mut violations), expected);
        assert_eq!(violations, []);
    }
}
