//! The model to messages. Each item is taken apart completely, so that a field added to the model
//! breaks the build here. The output-only fields of a whole item (revision, recorded, version,
//! retraction) are left out: they belong to the ledger and not to the item.

use super::pb;
use crate::model::quantity::HEDGE_PROFILE;
use crate::model::vocabulary::{Clarity, Confidence, LikelihoodBand, Relay, RelayStance, SpeechAct, State};
use crate::model::{
    BreachedBy, Claim, ClaimFields, Content, Document, DocumentFields, Entity, EntityFields, Evidence,
    Figure, Interest, Likelihood, Norm, Relation, Source, SourceFields, Step, Time, Timestamp,
};
use std::fmt::Display;

/// An entity's inputs.
pub fn entity(entity: &Entity) -> pb::Entity {
    let EntityFields { id, kind, name, aliases, parents, external_ids, labels } = &**entity;
    pb::Entity {
        id: id.to_string(),
        kind: kind.code(),
        name: name.clone(),
        aliases: aliases.clone(),
        parents: texts(parents),
        external_ids: external_ids.clone(),
        labels: labels.clone(),
        revision: 0,
        recorded: None,
        version: 0,
    }
}

/// A source's inputs.
pub fn source(source: &Source) -> pb::Source {
    let SourceFields {
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
    } = &**source;
    pb::Source {
        id: id.to_string(),
        kind: kind.code(),
        name: name.clone(),
        aliases: aliases.clone(),
        part_of: text(part_of.as_ref()),
        country: text(country.as_ref()),
        entity: text(entity.as_ref()),
        reliability: reliability.code(),
        interests: interests
            .iter()
            .map(|Interest { entity, stance }| pb::Interest {
                entity: entity.to_string(),
                stance: stance.code(),
            })
            .collect(),
        url: text(url.as_ref()),
        labels: labels.clone(),
        revision: 0,
        recorded: None,
        version: 0,
    }
}

/// A document's inputs, its times resolved.
pub fn document(document: &Document) -> pb::Document {
    let DocumentFields { id, title, published, publisher, url, language, sha256, retrieved, labels } =
        &**document;
    pb::Document {
        id: id.to_string(),
        title: title.clone(),
        publisher: text(publisher.as_ref()),
        published: published.as_ref().map(time),
        url: text(url.as_ref()),
        language: text(language.as_ref()),
        sha256: text(sha256.as_ref()),
        retrieved: retrieved.as_ref().map(time),
        labels: labels.clone(),
        revision: 0,
        recorded: None,
        version: 0,
    }
}

/// A claim's inputs, its times and its figure resolved.
pub fn claim(claim: &Claim) -> pb::Claim {
    let ClaimFields {
        id,
        text: sentence,
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
    } = &**claim;
    pb::Claim {
        id: id.to_string(),
        text: sentence.clone(),
        actors: texts(actors),
        agents: texts(agents),
        targets: texts(targets),
        kind: text(kind.as_ref()),
        action: text(action.as_ref()),
        state: state.map_or(0, State::code),
        manner: texts(manner),
        places: texts(places),
        incident: text(incident.as_ref()),
        when: when.as_ref().map(time),
        mode: mode.code(),
        content: Some(self::content(content)),
        attribution: attribution.iter().map(step).collect(),
        evidence: evidence.as_ref().map(self::evidence),
        likelihood: likelihood.as_ref().map(self::likelihood),
        confidence: confidence.map_or(0, Confidence::code),
        credibility: credibility.code(),
        relations: relations
            .iter()
            .map(|Relation { kind, claim }| pb::Relation { kind: kind.code(), claim: claim.to_string() })
            .collect(),
        labels: labels.clone(),
        revision: 0,
        recorded: None,
        version: 0,
        retraction: None,
    }
}

/// A time with its interval.
pub fn time(time: &Time) -> pb::Time {
    pb::Time { text: time.text().to_owned(), start: timestamp(time.start()), end: timestamp(time.end()) }
}

/// A moment; none where it is open, or beyond what the contract's timestamps hold: years 1 to 9999.
pub fn timestamp(moment: Timestamp) -> Option<prost_types::Timestamp> {
    const MICROS_PER_SECOND: i64 = 1_000_000;
    let micros = moment.0;
    (Timestamp::CALENDAR_START..Timestamp::CALENDAR_END).contains(&moment).then(|| prost_types::Timestamp {
        seconds: micros.div_euclid(MICROS_PER_SECOND),
        nanos: (micros.rem_euclid(MICROS_PER_SECOND) * 1_000) as i32,
    })
}

fn content(content: &Content) -> pb::claim::Content {
    match content {
        Content::Figure(figure) => pb::claim::Content::Figure(self::figure(figure)),
        Content::Event => pb::claim::Content::Event(pb::Event {}),
        Content::Norm(norm) => pb::claim::Content::Norm(self::norm(norm)),
        Content::Statement => pb::claim::Content::Statement(pb::Statement {}),
    }
}

fn figure(figure: &Figure) -> pb::Figure {
    let Figure { notation, quantity, unit, per, basis, of, surface } = figure;
    pb::Figure {
        notation: text(notation.as_ref()),
        low: finite(quantity.low()),
        high: finite(quantity.high()),
        low_exclusive: quantity.low_exclusive(),
        high_exclusive: quantity.high_exclusive(),
        best: quantity.best().and_then(finite),
        hedge: quantity.hedge().code(),
        unit: text(unit.as_ref()),
        per: texts(per),
        basis: basis.code(),
        of: text(of.as_ref()),
        surface: text(surface.as_ref()),
        hedge_profile: HEDGE_PROFILE.to_owned(),
    }
}

fn norm(norm: &Norm) -> pb::Norm {
    let Norm { instrument, provision, modality, bearers, in_force, deadline, breached_by, unless } = norm;
    let BreachedBy { actions, states } = breached_by;
    let breakable = !actions.is_empty() || !states.is_empty();
    pb::Norm {
        instrument: text(instrument.as_ref()),
        provision: text(provision.as_ref()),
        modality: modality.code(),
        bearers: texts(bearers),
        in_force: in_force.as_ref().map(time),
        deadline: deadline.as_ref().map(time),
        breached_by: breakable.then(|| pb::BreachedBy {
            actions: texts(actions),
            states: states.iter().map(|state| state.code()).collect(),
        }),
        unless: text(unless.as_ref()),
    }
}

fn step(step: &Step) -> pb::AttributionStep {
    let Step { sources, on_behalf_of, act, said, clarity, relay, stance, occasion } = step;
    pb::AttributionStep {
        sources: texts(sources),
        on_behalf_of: texts(on_behalf_of),
        act: act.map_or(0, SpeechAct::code),
        said: said.as_ref().map(time),
        clarity: clarity.map_or(0, Clarity::code),
        relay: relay.map_or(0, Relay::code),
        stance: stance.map_or(0, RelayStance::code),
        occasion: text(occasion.as_ref()),
    }
}

fn evidence(evidence: &Evidence) -> pb::Evidence {
    let Evidence { document, paragraph, exact, prefix, suffix, start, end, fragment } = evidence;
    pb::Evidence {
        document: document.to_string(),
        paragraph: *paragraph,
        exact: text(exact.as_ref()),
        prefix: text(prefix.as_ref()),
        suffix: text(suffix.as_ref()),
        start: *start,
        end: *end,
        fragment: text(fragment.as_ref()),
    }
}

fn likelihood(likelihood: &Likelihood) -> pb::Likelihood {
    let Likelihood { band, scale, words } = likelihood;
    pb::Likelihood {
        band: band.map_or(0, LikelihoodBand::code),
        scale: scale.code(),
        words: text(words.as_ref()),
    }
}

/// An end of an interval; none where it is unbounded. Zero has one sign, so that equal figures have
/// equal bytes.
fn finite(end: f64) -> Option<f64> {
    end.is_finite().then_some(end + 0.0)
}

fn text(value: Option<impl Display>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn texts(values: &[impl Display]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(text: &str) -> [Option<(i64, i32)>; 2] {
        let message = time(&Time::parse(text).unwrap());
        let parts = |moment: Option<prost_types::Timestamp>| moment.map(|at| (at.seconds, at.nanos));
        [parts(message.start), parts(message.end)]
    }

    #[test]
    fn times_carry_their_interval_and_open_ends_are_absent() {
        assert_eq!(ends("1970-01-02"), [Some((86_400, 0)), Some((172_800, 0))]);
        assert_eq!(ends("../2019-12-31"), [None, Some((1_577_836_800, 0))]);
        assert_eq!(ends("0001"), [Some((-62_135_596_800, 0)), Some((-62_104_060_800, 0))]);
        assert_eq!(ends("9999"), [Some((253_370_764_800, 0)), None]);
    }

    #[test]
    fn moments_before_1970_count_their_nanoseconds_forward() {
        let moment = timestamp(Timestamp(-1)).unwrap();
        assert_eq!((moment.seconds, moment.nanos), (-1, 999_999_000));
        assert_eq!(timestamp(Timestamp::MIN), None);
    }
}
