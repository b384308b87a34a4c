//! Drafts to messages: how a client sends what it has read. A draft's names may be aliases; the
//! server resolves them. Each draft is taken apart completely, as everywhere here.

use super::pb;
use crate::model::vocabulary::{
    Basis, Clarity, Confidence, Credibility, EntityKind, Hedge, InterestStance, LikelihoodBand,
    LikelihoodScale, Modality, Mode, RelationKind, Relay, RelayStance, Reliability, SourceKind, SpeechAct,
    State,
};
use crate::model::{
    ClaimDraft, ContentDraft, DocumentDraft, EntityDraft, EvidenceDraft, FigureDraft, InterestDraft,
    LikelihoodDraft, NormDraft, RelationDraft, SourceDraft, StepDraft,
};

/// An entity to record.
pub fn entity(draft: EntityDraft) -> pb::Entity {
    let EntityDraft { id, kind, name, aliases, parents, external_ids, labels } = draft;
    pb::Entity {
        id,
        kind: kind.map_or(0, EntityKind::code),
        name,
        aliases,
        parents,
        external_ids,
        labels,
        ..pb::Entity::default()
    }
}

/// A source to record.
pub fn source(draft: SourceDraft) -> pb::Source {
    let SourceDraft {
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
    } = draft;
    pb::Source {
        id,
        kind: kind.map_or(0, SourceKind::code),
        name,
        aliases,
        part_of: part_of.unwrap_or_default(),
        country: country.unwrap_or_default(),
        entity: entity.unwrap_or_default(),
        reliability: reliability.map_or(0, Reliability::code),
        interests: interests
            .into_iter()
            .map(|InterestDraft { entity, stance }| pb::Interest {
                entity,
                stance: stance.map_or(0, InterestStance::code),
            })
            .collect(),
        url: url.unwrap_or_default(),
        labels,
        ..pb::Source::default()
    }
}

/// A document to record.
pub fn document(draft: DocumentDraft) -> pb::Document {
    let DocumentDraft { id, title, published, publisher, url, language, sha256, retrieved, labels } = draft;
    pb::Document {
        id,
        title,
        publisher: publisher.unwrap_or_default(),
        published: published.map(time),
        url: url.unwrap_or_default(),
        language: language.unwrap_or_default(),
        sha256: sha256.unwrap_or_default(),
        retrieved: retrieved.map(time),
        labels,
        ..pb::Document::default()
    }
}

/// A claim to record.
pub fn claim(draft: ClaimDraft) -> pb::Claim {
    let ClaimDraft {
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
    } = draft;
    pb::Claim {
        id,
        text,
        actors,
        agents,
        targets,
        kind: kind.unwrap_or_default(),
        action: action.unwrap_or_default(),
        state: state.map_or(0, State::code),
        manner,
        places,
        incident: incident.unwrap_or_default(),
        when: when.map(time),
        mode: mode.map_or(0, Mode::code),
        content: content.map(|content| match content {
            ContentDraft::Figure(figure) => pb::claim::Content::Figure(self::figure(figure)),
            ContentDraft::Event => pb::claim::Content::Event(pb::Event {}),
            ContentDraft::Norm(norm) => pb::claim::Content::Norm(self::norm(norm)),
            ContentDraft::Statement => pb::claim::Content::Statement(pb::Statement {}),
        }),
        attribution: attribution.into_iter().map(step).collect(),
        evidence: evidence.map(self::evidence),
        likelihood: likelihood.map(|LikelihoodDraft { band, scale, words }| pb::Likelihood {
            band: band.map_or(0, LikelihoodBand::code),
            scale: scale.map_or(0, LikelihoodScale::code),
            words: words.unwrap_or_default(),
        }),
        confidence: confidence.map_or(0, Confidence::code),
        credibility: credibility.map_or(0, Credibility::code),
        relations: relations
            .into_iter()
            .map(|RelationDraft { kind, claim }| pb::Relation {
                kind: kind.map_or(0, RelationKind::code),
                claim,
            })
            .collect(),
        labels,
        ..pb::Claim::default()
    }
}

fn figure(draft: FigureDraft) -> pb::Figure {
    let FigureDraft {
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
    } = draft;
    pb::Figure {
        notation: notation.unwrap_or_default(),
        low,
        high,
        low_exclusive,
        high_exclusive,
        best,
        hedge: hedge.map_or(0, Hedge::code),
        unit: unit.unwrap_or_default(),
        per,
        basis: basis.map_or(0, Basis::code),
        of: of.unwrap_or_default(),
        surface: surface.unwrap_or_default(),
        ..pb::Figure::default()
    }
}

fn norm(draft: NormDraft) -> pb::Norm {
    let NormDraft {
        instrument,
        provision,
        modality,
        bearers,
        in_force,
        deadline,
        breached_by_actions,
        breached_by_states,
        unless,
    } = draft;
    pb::Norm {
        instrument: instrument.unwrap_or_default(),
        provision: provision.unwrap_or_default(),
        modality: modality.map_or(0, Modality::code),
        bearers,
        in_force: in_force.map(time),
        deadline: deadline.map(time),
        breached_by: Some(pb::BreachedBy {
            actions: breached_by_actions,
            states: breached_by_states.into_iter().map(State::code).collect(),
        }),
        unless: unless.unwrap_or_default(),
    }
}

fn step(draft: StepDraft) -> pb::AttributionStep {
    let StepDraft { sources, on_behalf_of, act, said, clarity, relay, stance, occasion } = draft;
    pb::AttributionStep {
        sources,
        on_behalf_of,
        act: act.map_or(0, SpeechAct::code),
        said: said.map(time),
        clarity: clarity.map_or(0, Clarity::code),
        relay: relay.map_or(0, Relay::code),
        stance: stance.map_or(0, RelayStance::code),
        occasion: occasion.unwrap_or_default(),
    }
}

fn evidence(draft: EvidenceDraft) -> pb::Evidence {
    let EvidenceDraft { document, paragraph, exact, prefix, suffix, start, end, fragment } = draft;
    pb::Evidence {
        document,
        paragraph,
        exact: exact.unwrap_or_default(),
        prefix: prefix.unwrap_or_default(),
        suffix: suffix.unwrap_or_default(),
        start,
        end,
        fragment: fragment.unwrap_or_default(),
    }
}

/// A time by its text; the server computes the interval.
fn time(text: String) -> pb::Time {
    pb::Time { text, start: None, end: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Path, Violation};
    use crate::wire::draft;

    /// What arrives is what was sent, every field of it.
    fn arrives<D: Clone + PartialEq + std::fmt::Debug, M>(
        sent: &D,
        send: impl FnOnce(D) -> M,
        receive: impl FnOnce(M, Path<'_>, &mut Vec<Violation>) -> D,
    ) {
        let mut violations = Vec::new();
        assert_eq!(&receive(send(sent.clone()), Path::ROOT, &mut violations), sent);
        assert_eq!(violations, []);
    }

    fn list(text: &str) -> Vec<String> {
        vec![text.to_owned()]
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn what_a_client_sends_is_what_a_server_reads() {
        let labels = std::collections::BTreeMap::from([("k".to_owned(), "v".to_owned())]);
        let entity_draft = EntityDraft {
            id: "e".into(),
            kind: Some(EntityKind::Topic),
            name: "E".into(),
            aliases: list("f"),
            parents: list("p"),
            external_ids: labels.clone(),
            labels: labels.clone(),
        };
        arrives(&entity_draft, entity, draft::entity);
        let source_draft = SourceDraft {
            id: "s".into(),
            kind: Some(SourceKind::Court),
            name: "S".into(),
            aliases: list("t"),
            part_of: some("r"),
            country: some("c"),
            entity: some("e"),
            reliability: Some(Reliability::B),
            interests: vec![InterestDraft { entity: "e".into(), stance: Some(InterestStance::Ally) }],
            url: some("https://s.example"),
            labels: labels.clone(),
        };
        arrives(&source_draft, source, draft::source);
        let document_draft = DocumentDraft {
            id: "d".into(),
            title: "D".into(),
            published: some("2024"),
            publisher: some("s"),
            url: some("https://d.example"),
            language: some("en"),
            sha256: some("00"),
            retrieved: some("2025"),
            labels: labels.clone(),
        };
        arrives(&document_draft, document, |message, _, _| draft::document(message));

        let figure = FigureDraft {
            notation: some("61..64"),
            low: Some(60.0),
            high: Some(65.0),
            low_exclusive: true,
            high_exclusive: true,
            best: Some(63.0),
            hedge: Some(Hedge::Between),
            unit: some("%"),
            per: list("mo"),
            basis: Some(Basis::Ratio),
            of: some("o"),
            surface: some("s"),
        };
        let norm = NormDraft {
            instrument: some("i"),
            provision: some("4"),
            modality: Some(Modality::Permission),
            bearers: list("b"),
            in_force: some("2020"),
            deadline: some("2021"),
            breached_by_actions: list("a"),
            breached_by_states: vec![State::Absent],
            unless: some("u"),
        };
        let origin = StepDraft {
            sources: list("s"),
            on_behalf_of: list("o"),
            act: Some(SpeechAct::Denied),
            said: some("2022"),
            clarity: Some(Clarity::Anonymous),
            relay: Some(Relay::Summary),
            stance: Some(RelayStance::Doubted),
            occasion: some("briefing"),
        };
        let claim_draft = ClaimDraft {
            id: "c".into(),
            text: "C".into(),
            actors: list("a"),
            agents: list("g"),
            targets: list("t"),
            kind: some("k"),
            action: some("x"),
            state: Some(State::Present),
            manner: list("m"),
            places: list("p"),
            incident: some("n"),
            when: some("2023"),
            mode: Some(Mode::Plan),
            content: Some(ContentDraft::Figure(figure)),
            attribution: vec![origin],
            evidence: Some(EvidenceDraft {
                document: "d".into(),
                paragraph: Some(1),
                exact: some("x"),
                prefix: some("y"),
                suffix: some("z"),
                start: Some(2),
                end: Some(3),
                fragment: some("row=4"),
            }),
            likelihood: Some(LikelihoodDraft {
                band: Some(LikelihoodBand::Likely),
                scale: Some(LikelihoodScale::Phia),
                words: some("w"),
            }),
            confidence: Some(Confidence::High),
            credibility: Some(Credibility::Doubtful),
            relations: vec![RelationDraft { kind: Some(RelationKind::Corrects), claim: "q".into() }],
            labels,
        };
        arrives(&claim_draft, claim, draft::claim);
        for content in [ContentDraft::Norm(norm), ContentDraft::Event, ContentDraft::Statement] {
            arrives(&ClaimDraft { content: Some(content), ..claim_draft.clone() }, claim, draft::claim);
        }
        arrives(&ClaimDraft::default(), claim, draft::claim);
    }
}
