//! Rows from the model: where each attribute of an item lies.

use super::{Field, KEY_SEPARATOR, Row, RowBuilder, Span, SpanField, WordField, number_key};
use crate::model::vocabulary::{Clarity, Confidence, RelayStance, SpeechAct, State};
use crate::model::{Claim, Content, Document, Entity, Labels, Quantity, Source, Step, Time, Timestamp};
use std::sync::Arc;

impl Row {
    /// What can be asked about a claim, less what only its commit knows.
    pub fn of_claim(claim: &Claim) -> Self {
        let mut row = Self::builder(claim.id.shared().clone());
        row.terms(Field::Type, [claim.content.claim_type().as_str()])
            .terms(Field::Actor, claim.actors.iter().map(|id| id.shared().clone()))
            .terms(Field::Agent, claim.agents.iter().map(|id| id.shared().clone()))
            .terms(Field::Target, claim.targets.iter().map(|id| id.shared().clone()))
            .terms(Field::Kind, claim.kind.iter().map(|id| id.shared().clone()))
            .terms(Field::Action, claim.action.iter().map(|id| id.shared().clone()))
            .terms(Field::State, claim.state.map(State::as_str))
            .terms(Field::Manner, claim.manner.iter().map(|id| id.shared().clone()))
            .terms(Field::Place, claim.places.iter().map(|id| id.shared().clone()))
            .terms(Field::Incident, claim.incident.iter().map(|id| id.shared().clone()))
            .span(SpanField::When, claim.when.as_ref().map(time_span))
            .terms(Field::Mode, [claim.mode.as_str()])
            .terms(Field::Confidence, claim.confidence.map(Confidence::as_str))
            .terms(Field::Credibility, [claim.credibility.as_str()]);
        if let Some(band) = claim.likelihood.as_ref().and_then(|likelihood| likelihood.band) {
            row.terms(Field::Likelihood, [band.as_str()]);
        }
        let mut texts = vec![claim.text.as_str()];
        if let Some(evidence) = &claim.evidence {
            row.terms(Field::Document, [evidence.document.shared().clone()]);
            texts.extend(evidence.exact.as_deref());
        }
        match &claim.content {
            Content::Figure(figure) => {
                row.span(SpanField::Value, Some(quantity_span(&figure.quantity)))
                    .best(figure.quantity.best())
                    .terms(Field::Hedge, [figure.quantity.hedge().as_str()])
                    .terms(Field::Unit, figure.unit.iter().map(ToString::to_string))
                    .terms(Field::Per, figure.per.iter().map(ToString::to_string))
                    .terms(Field::Basis, [figure.basis.as_str()])
                    .terms(Field::Of, figure.of.iter().map(|id| id.shared().clone()));
                texts.extend(figure.surface.as_deref());
            }
            Content::Norm(norm) => {
                row.terms(Field::Instrument, norm.instrument.iter().map(|id| id.shared().clone()))
                    .terms(Field::Bearer, norm.bearers.iter().map(|id| id.shared().clone()))
                    .terms(Field::Modality, [norm.modality.as_str()])
                    .span(SpanField::Deadline, norm.deadline.as_ref().map(time_span));
            }
            Content::Event | Content::Statement => {}
        }
        row.words(WordField::Text, texts);
        chain(&mut row, claim);
        let relations = claim.relations.iter();
        row.terms(
            Field::Relation,
            relations.map(|relation| pair(relation.kind.as_str(), relation.claim.as_str())),
        );
        labels(&mut row, (Field::Label, Field::LabelKey), &claim.labels);
        row.finish()
    }

    /// What can be asked about an entity, less what only its commit knows.
    pub fn of_entity(entity: &Entity) -> Self {
        let mut row = Self::builder(entity.id.shared().clone());
        row.terms(Field::Kind, [entity.kind.as_str()])
            .terms(Field::Name, [entity.name.as_str()])
            .terms(Field::Alias, entity.aliases.iter().map(String::as_str))
            .terms(Field::Parent, entity.parents.iter().map(|id| id.shared().clone()))
            .words(WordField::Name, [entity.name.as_str()]);
        labels(&mut row, (Field::ExternalId, Field::ExternalIdKey), &entity.external_ids);
        labels(&mut row, (Field::Label, Field::LabelKey), &entity.labels);
        row.finish()
    }

    /// What can be asked about a source, less what only its commit knows.
    pub fn of_source(source: &Source) -> Self {
        let mut row = Self::builder(source.id.shared().clone());
        row.terms(Field::Kind, [source.kind.as_str()])
            .terms(Field::Name, [source.name.as_str()])
            .terms(Field::Alias, source.aliases.iter().map(String::as_str))
            .terms(Field::PartOf, source.part_of.iter().map(|id| id.shared().clone()))
            .terms(Field::Country, source.country.iter().map(|id| id.shared().clone()))
            .terms(Field::Entity, source.entity.iter().map(|id| id.shared().clone()))
            .terms(Field::Reliability, [source.reliability.as_str()])
            .terms(Field::Interest, source.interests.iter().map(|interest| interest.entity.shared().clone()))
            .terms(Field::Url, source.url.as_deref())
            .words(WordField::Name, [source.name.as_str()]);
        labels(&mut row, (Field::Label, Field::LabelKey), &source.labels);
        row.finish()
    }

    /// What can be asked about a document, less what only its commit knows.
    pub fn of_document(document: &Document) -> Self {
        let mut row = Self::builder(document.id.shared().clone());
        row.terms(Field::Title, [document.title.as_str()])
            .terms(Field::Publisher, document.publisher.iter().map(|id| id.shared().clone()))
            .terms(Field::Url, document.url.as_deref())
            .terms(Field::Language, document.language.as_deref())
            .terms(Field::Sha256, document.sha256.as_deref())
            .span(SpanField::Published, document.published.as_ref().map(time_span))
            .span(SpanField::Retrieved, document.retrieved.as_ref().map(time_span))
            .words(WordField::Title, [document.title.as_str()]);
        labels(&mut row, (Field::Label, Field::LabelKey), &document.labels);
        row.finish()
    }
}

fn chain(row: &mut RowBuilder, claim: &Claim) {
    let sources = |steps: &[Step]| -> Vec<Arc<str>> {
        steps.iter().flat_map(|step| &step.sources).map(|id| id.shared().clone()).collect()
    };
    let steps = claim.attribution.as_slice();
    let first = claim.origin();
    row.terms(Field::By, sources(&steps[..1]))
        .terms(Field::Via, sources(&steps[1..]))
        .terms(Field::Source, sources(steps))
        .terms(Field::Publisher, sources(&steps[steps.len() - 1..]))
        .terms(Field::Act, first.act.map(SpeechAct::as_str))
        .terms(Field::Clarity, first.clarity.map(Clarity::as_str))
        .span(SpanField::Said, first.said.as_ref().map(time_span))
        .span(SpanField::Hops, Some(Span::point(number_key(claim.hops() as f64))));
    for step in steps {
        row.terms(Field::For, step.on_behalf_of.iter().map(|id| id.shared().clone()))
            .terms(Field::Stance, step.stance.map(RelayStance::as_str))
            .terms(Field::Occasion, step.occasion.iter().map(|occasion| occasion.shared().clone()));
    }
}

fn labels(row: &mut RowBuilder, (pairs, keys): (Field, Field), labels: &Labels) {
    row.terms(pairs, labels.iter().map(|(key, value)| pair(key, value)))
        .terms(keys, labels.keys().map(String::as_str));
}

/// The term of a label or external id.
pub fn pair(key: &str, value: &str) -> String {
    format!("{key}{KEY_SEPARATOR}{value}")
}

/// The keys of a time: its end, which is exclusive, is the microsecond before.
pub fn time_span(time: &Time) -> Span {
    let high = if time.end() == Timestamp::MAX { i64::MAX } else { time.end().0 - 1 };
    Span::new(time.start().0, high).expect("a time begins before it ends")
}

/// The keys of a quantity: an end that is left out is the number next to it.
pub fn quantity_span(quantity: &Quantity) -> Span {
    let low = number_key(quantity.low()) + i64::from(quantity.low_exclusive());
    let high = number_key(quantity.high()) - i64::from(quantity.high_exclusive());
    // Only (a, b) with b the number next to a holds no number; an end is then better than none.
    Span::new(low, high).unwrap_or(Span::point(high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ClaimDraft, ContentDraft, EvidenceDraft, FigureDraft, Path, StepDraft};
    use crate::plan::words;

    fn strings(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    fn claim() -> Claim {
        let figure = FigureDraft {
            notation: Some("<4500".to_owned()),
            surface: Some("fewer than 4,500".to_owned()),
            ..FigureDraft::default()
        };
        let draft = ClaimDraft {
            id: "workers-present".to_owned(),
            text: "Workers are in Russia.".to_owned(),
            actors: strings(&["north-korea"]),
            kind: Some("workers".to_owned()),
            state: Some(State::Present),
            places: strings(&["russia", "kursk"]),
            when: Some("[2024-02-09..2025-02-10]".to_owned()),
            content: Some(ContentDraft::Figure(figure)),
            attribution: vec![
                StepDraft {
                    sources: strings(&["nis-official"]),
                    act: Some(SpeechAct::Believes),
                    said: Some("2025-02-09".to_owned()),
                    clarity: Some(Clarity::RoleOnly),
                    occasion: Some("briefing".to_owned()),
                    ..StepDraft::default()
                },
                StepDraft {
                    sources: strings(&["korea-herald"]),
                    stance: Some(RelayStance::Unverified),
                    ..StepDraft::default()
                },
                StepDraft {
                    sources: strings(&["outlet", "korea-herald"]),
                    on_behalf_of: strings(&["sponsor"]),
                    ..StepDraft::default()
                },
            ],
            evidence: Some(EvidenceDraft {
                document: "article".to_owned(),
                exact: Some("around".to_owned()),
                ..EvidenceDraft::default()
            }),
            labels: [("inferred".to_owned(), "when".to_owned())].into(),
            ..ClaimDraft::default()
        };
        Claim::parse(&draft, Path::ROOT).expect("a sound draft")
    }

    #[test]
    fn each_part_of_a_claim_lies_in_its_field() {
        let row = Row::of_claim(&claim());
        let terms: Vec<String> =
            row.all_terms().iter().map(|(field, terms)| format!("{field:?} {}", terms.join(" "))).collect();
        assert_eq!(
            terms,
            [
                "Type figure",
                "Actor north-korea",
                "Kind workers",
                "State present",
                "Place kursk russia",
                "Mode fact",
                "Basis stock",
                "Hedge less_than",
                "By nis-official",
                "Via korea-herald outlet",
                "Source korea-herald nis-official outlet",
                "For sponsor",
                "Publisher korea-herald outlet",
                "Act believes",
                "Stance unverified",
                "Clarity role_only",
                "Occasion briefing",
                "Credibility 6",
                "Document article",
                "Label inferred\u{1f}when",
                "LabelKey inferred",
            ]
        );
        let day = |text: &str| Timestamp::parse(&format!("{text}T00:00:00Z")).unwrap().0;
        let span = |low, high| Span::new(low, high).unwrap();
        assert_eq!(
            row.all_spans(),
            [
                (SpanField::When, span(day("2024-02-09"), day("2025-02-11") - 1)),
                (SpanField::Value, span(number_key(0.0), number_key(4500.0) - 1)),
                (SpanField::Said, span(day("2025-02-09"), day("2025-02-10") - 1)),
                (SpanField::Hops, Span::point(number_key(2.0))),
            ]
        );
        let text = words(["Workers are in Russia", "around", "fewer than 4,500"]);
        assert_eq!(row.all_words(), [(WordField::Text, text)]);
        assert_eq!(row.best(), None);
    }
}
