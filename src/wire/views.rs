//! From the rows of views to the contract's.

use super::answer::Names;
use super::message::timestamp;
use super::{pb, stored};
use crate::analysis::{
    BreachRow, ClaimRef, ConflictKind, ConflictRow, CorroborationRow, DriftKind, DriftRow, EnvelopeRow,
    LatestRow, LinkKind, MAX_LISTED, Slot, Subject, TimelineEntry, TimelineRow, TotalRow,
};
use crate::engine::{InGroup, TableColumn, ViewPage, ViewRows};
use crate::model::quantity::Interval;
use crate::model::vocabulary::{Modality, State};
use crate::model::{EntityId, Timestamp, Unit};
use crate::plan::Truth;
use crate::store::ItemKind;
use pb::query_response::Result as Found;

/// A page of a view.
pub(super) fn page(page: ViewPage, names: &mut Names<'_>) -> Found {
    let ViewPage { keys, rows } = page;
    let mut to = Converter { keys: &keys, names };
    match rows {
        ViewRows::Envelope(rows) => {
            Found::Envelopes(pb::Envelopes { rows: to.each(rows, Converter::envelope) })
        }
        ViewRows::Latest(rows) => Found::Latest(pb::LatestClaims { rows: to.each(rows, Converter::latest) }),
        ViewRows::Total(rows) => Found::FlowTotals(pb::FlowTotals { rows: to.each(rows, Converter::total) }),
        ViewRows::Conflicts(rows) => {
            Found::Conflicts(pb::Conflicts { rows: to.each(rows, Converter::conflict) })
        }
        ViewRows::Corroboration(rows) => {
            Found::Corroborations(pb::Corroborations { rows: to.each(rows, Converter::corroboration) })
        }
        ViewRows::Timeline(rows) => {
            Found::Timelines(pb::Timelines { rows: to.each(rows, Converter::timeline) })
        }
        ViewRows::Breaches(rows) => Found::Breaches(pb::Breaches { rows: to.each(rows, Converter::breach) }),
        ViewRows::Drift(rows) => Found::Drifts(pb::Drifts { rows: to.each(rows, Converter::drift) }),
    }
}

/// Converts rows, and gathers the ids in them.
struct Converter<'c, 'n> {
    keys: &'c [TableColumn],
    names: &'c mut Names<'n>,
}

impl Converter<'_, '_> {
    fn each<T, M>(
        &mut self,
        rows: Vec<InGroup<T>>,
        one: fn(&mut Self, Option<pb::GroupKeys>, T, bool) -> M,
    ) -> Vec<M> {
        let mut found = Vec::with_capacity(rows.len());
        for InGroup { group, row, is_continued } in rows {
            let group = self.group(group);
            found.push(one(self, group, row, is_continued));
        }
        found
    }

    fn group(&mut self, values: crate::analysis::GroupValues) -> Option<pb::GroupKeys> {
        let keys = self.keys;
        let mut found = Vec::with_capacity(values.len());
        for (column, value) in keys.iter().zip(values) {
            let value = value.map(|value| value.to_string());
            if let Some(kind) = column.refers_to {
                self.names.add(kind, &value);
            }
            found.push(pb::GroupValue { attribute: column.name.clone(), value });
        }
        (!found.is_empty()).then_some(pb::GroupKeys { values: found })
    }

    fn envelope(&mut self, group: Option<pb::GroupKeys>, row: EnvelopeRow, _: bool) -> pb::Envelope {
        let EnvelopeRow {
            subject,
            unit,
            low,
            low_exclusive,
            high,
            high_exclusive,
            is_open,
            best,
            agreement,
            claims,
            origins,
            members,
        } = row;
        pb::Envelope {
            group,
            subject: Some(self.subject(subject)),
            unit: code(unit),
            range: Some(pb::Bounds { low: finite(low), high, low_exclusive, high_exclusive }),
            is_open,
            best: best.map(|(low, high)| pb::Bounds {
                low: Some(low),
                high: Some(high),
                ..pb::Bounds::default()
            }),
            agreement: agreement.map(bounds),
            claims: Some(graded(claims)),
            origins: count(origins),
            members: refs(&members),
        }
    }

    fn latest(&mut self, group: Option<pb::GroupKeys>, row: LatestRow, _: bool) -> pb::LatestClaim {
        let LatestRow { subject, claim, claims, when, said, figure } = row;
        let (value, notation, unit) = figure.map_or((None, String::new(), None), |figure| {
            (Some(bounds(figure.quantity.interval())), figure.quantity.notation(), figure.unit)
        });
        pb::LatestClaim {
            group,
            subject: Some(self.subject(subject)),
            claim: Some(claim_ref(&claim)),
            claims: Some(graded(claims)),
            when: when.map(|when| when.text().to_owned()).unwrap_or_default(),
            said: said.map(|said| said.text().to_owned()).unwrap_or_default(),
            value,
            notation,
            unit: code(unit),
        }
    }

    fn total(&mut self, group: Option<pb::GroupKeys>, row: TotalRow, _: bool) -> pb::FlowTotal {
        let TotalRow { subject, origins, unit, sum, incidents, members, refused } = row;
        let origins: Vec<String> = origins.iter().map(ToString::to_string).collect();
        self.names.add(ItemKind::Source, &origins);
        pb::FlowTotal {
            group,
            subject: Some(self.subject(subject)),
            origins,
            unit: code(unit),
            sum: sum.map(bounds),
            incidents,
            claims: Some(all_graded(&members)),
            members: refs(&members),
            overlapping: refused.into_iter().flat_map(|(a, b)| [a.to_string(), b.to_string()]).collect(),
        }
    }

    fn conflict(&mut self, group: Option<pb::GroupKeys>, row: ConflictRow, _: bool) -> pb::Conflict {
        let ConflictRow { kind, is_revision, truth, first, second, slots } = row;
        pb::Conflict {
            group,
            kind: match kind {
                ConflictKind::Value => pb::ConflictKind::Value,
                ConflictKind::Denial => pb::ConflictKind::Denial,
                ConflictKind::Deadline => pb::ConflictKind::Deadline,
                ConflictKind::State => pb::ConflictKind::State,
                ConflictKind::PartExceedsWhole => pb::ConflictKind::PartExceedsWhole,
            }
            .into(),
            is_revision,
            truth: stored::truth(truth).into(),
            first: Some(claim_ref(&first)),
            second: Some(claim_ref(&second)),
            slots: slots.into_iter().map(slot).collect(),
        }
    }

    fn corroboration(
        &mut self,
        group: Option<pb::GroupKeys>,
        row: CorroborationRow,
        _: bool,
    ) -> pb::Corroboration {
        let CorroborationRow { claim, supporters, documents, relays, origins } = row;
        let (sure, possible) = origins;
        pb::Corroboration {
            group,
            claim: Some(claim_ref(&claim)),
            supporters: refs(&supporters),
            documents,
            relays,
            origins: Some(pb::Graded { sure, possible }),
        }
    }

    fn timeline(
        &mut self,
        group: Option<pb::GroupKeys>,
        row: TimelineRow,
        is_continued: bool,
    ) -> pb::Timeline {
        let TimelineRow { subject, entries } = row;
        let subject = Some(self.subject(subject));
        let entries = entries.into_iter().map(|entry| self.entry(entry)).collect();
        pb::Timeline { group, subject, entries, is_continued }
    }

    fn entry(&mut self, entry: TimelineEntry) -> pb::TimelineEntry {
        let TimelineEntry { claim, when, start, end, action, state, figure, link, change } = entry;
        let action = self.entity(action);
        let (notation, unit) =
            figure.map_or((String::new(), None), |figure| (figure.quantity.notation(), figure.unit));
        pb::TimelineEntry {
            claim: Some(claim_ref(&claim)),
            when: when.map(|when| when.text().to_owned()).unwrap_or_default(),
            start: timestamp(start),
            end: timestamp(end),
            action,
            state: state.map_or(0, State::code),
            notation,
            unit: code(unit),
            link: link.map(|link| pb::Link {
                kind: match link.kind {
                    LinkKind::Same => pb::TimelineLink::Same,
                    LinkKind::Succession => pb::TimelineLink::Succession,
                    LinkKind::Conflict => pb::TimelineLink::Conflict,
                    LinkKind::OrderUnknown => pb::TimelineLink::OrderUnknown,
                }
                .into(),
                from: link.from.to_string(),
                change_point: link.change_point.map(|(start, end)| pb::ChangePoint {
                    text: days(start, end),
                    start: timestamp(start),
                    end: timestamp(end),
                }),
            }),
            change: change.map(|change| pb::Change {
                since: change.since.to_string(),
                range: Some(pb::Bounds {
                    low: finite(change.low),
                    high: finite(change.high),
                    ..pb::Bounds::default()
                }),
                best: change.best,
            }),
        }
    }

    fn breach(&mut self, group: Option<pb::GroupKeys>, row: BreachRow, _: bool) -> pb::Breach {
        let BreachRow { claim, norm, truth, matched, bearers, unless } = row;
        let bearers: Vec<String> = bearers.iter().map(ToString::to_string).collect();
        self.names.add(ItemKind::Entity, &bearers);
        pb::Breach {
            group,
            claim: Some(claim_ref(&claim)),
            norm: norm.to_string(),
            truth: stored::truth(truth).into(),
            matched: matched.into_iter().map(slot).collect(),
            bearers,
            unless: unless.unwrap_or_default(),
        }
    }

    fn drift(&mut self, group: Option<pb::GroupKeys>, row: DriftRow, _: bool) -> pb::Drift {
        let DriftRow { from, to, relation, changes } = row;
        let changes = changes.into_iter().map(|change| pb::DriftChange {
            kind: drift_kind(change.kind).into(),
            before: change.before,
            after: change.after,
        });
        pb::Drift {
            group,
            from: Some(claim_ref(&from)),
            to: Some(claim_ref(&to)),
            relation: relation.code(),
            changes: changes.collect(),
        }
    }

    fn subject(&mut self, subject: Subject) -> pb::Subject {
        let Subject { claim_type, actors, kind, action, state, places, incident, measure, modality } =
            subject;
        let (actors, places) = (self.entities(actors), self.entities(places));
        let of = measure.as_ref().and_then(|measure| measure.of.clone());
        pb::Subject {
            r#type: claim_type.as_str().to_owned(),
            actors,
            kind: self.entity(kind),
            action: self.entity(action),
            state: state.map_or(0, State::code),
            places,
            incident: self.entity(incident),
            basis: measure.as_ref().map_or(0, |measure| measure.basis.code()),
            per: measure.iter().flat_map(|measure| &measure.per).map(ToString::to_string).collect(),
            of: self.entity(of),
            modality: modality.map_or(0, Modality::code),
        }
    }

    fn entity(&mut self, id: Option<EntityId>) -> String {
        let id = id.map(|id| id.to_string()).unwrap_or_default();
        self.names.add(ItemKind::Entity, [&id]);
        id
    }

    fn entities(&mut self, ids: impl IntoIterator<Item = EntityId>) -> Vec<String> {
        ids.into_iter().map(|id| self.entity(Some(id))).collect()
    }
}

fn claim_ref(claim: &ClaimRef) -> pb::ClaimRef {
    pb::ClaimRef { id: claim.id.to_string(), truth: stored::truth(claim.truth).into() }
}

fn refs(claims: &[ClaimRef]) -> Vec<pb::ClaimRef> {
    claims.iter().take(MAX_LISTED).map(claim_ref).collect()
}

fn slot(slot: Slot) -> pb::Slot {
    pb::Slot { name: slot.name.to_owned(), first: slot.first, second: slot.second }
}

fn drift_kind(kind: DriftKind) -> pb::DriftKind {
    match kind {
        DriftKind::HedgeDropped => pb::DriftKind::HedgeDropped,
        DriftKind::HedgeWidened => pb::DriftKind::HedgeWidened,
        DriftKind::Value => pb::DriftKind::Value,
        DriftKind::Unit => pb::DriftKind::Unit,
        DriftKind::Time => pb::DriftKind::Time,
        DriftKind::Scope => pb::DriftKind::Scope,
        DriftKind::LikelihoodRaised => pb::DriftKind::LikelihoodRaised,
        DriftKind::AttributionDropped => pb::DriftKind::AttributionDropped,
        DriftKind::Origin => pb::DriftKind::Origin,
        DriftKind::Action => pb::DriftKind::Action,
        DriftKind::Mode => pb::DriftKind::Mode,
        DriftKind::Stance => pb::DriftKind::Stance,
        DriftKind::Instrument => pb::DriftKind::Instrument,
    }
}

fn code(unit: Option<Unit>) -> String {
    unit.map(|unit| unit.to_string()).unwrap_or_default()
}

fn finite(end: f64) -> Option<f64> {
    end.is_finite().then_some(end)
}

fn bounds(interval: Interval) -> pb::Bounds {
    pb::Bounds {
        low: finite(interval.low()),
        high: finite(interval.high()),
        low_exclusive: interval.low_exclusive(),
        high_exclusive: interval.high_exclusive(),
    }
}

fn graded((sure, possible): (usize, usize)) -> pb::Graded {
    pb::Graded { sure: count(sure), possible: count(possible) }
}

/// How many there are of each grade.
fn all_graded(claims: &[ClaimRef]) -> pb::Graded {
    let sure = claims.iter().filter(|claim| claim.truth == Truth::Sure).count();
    graded((sure, claims.len() - sure))
}

fn count(number: usize) -> u32 {
    u32::try_from(number).expect("a view reads fewer claims")
}

/// The first and the last day, in EDTF; of an open end, nothing.
fn days(start: Timestamp, end: Timestamp) -> String {
    let last = Timestamp(end.0.saturating_sub(1));
    let (Some(first), Some(last)) = (start.civil(), last.civil()) else { return String::new() };
    if first.date() == last.date() {
        first.date().to_string()
    } else {
        format!("{}/{}", first.date(), last.date())
    }
}
