//! How a query is understood, as the contract has it.

use super::answer::{item_type, offset, totals};
use super::message::timestamp;
use super::pb;
use crate::engine::{Explanation, PredicateCounts, Spent, TermCounts};
use crate::language::{Junction, NamedKind, ReadLiteral, Reading, ResolvedName};
use crate::model::quantity::HEDGES;
use crate::model::{Quantity, Timestamp};
use crate::plan::key_number;
use crate::registry::Registry;
use crate::store::ItemKind;
use std::time::Duration;

/// Bytes of a literal that are shown at the most.
const MAX_LITERAL_BYTES: usize = 256;

/// How a query is understood.
pub(super) fn explanation(explanation: Explanation, registry: &Registry) -> pb::Explanation {
    let Explanation { rows, junction, terms, totals: all, names, hedge_profile, spent } = explanation;
    let junction = match junction {
        Junction::All => pb::Junction::All,
        Junction::Any => pb::Junction::Any,
    };
    pb::Explanation {
        rows: Some(totals(rows)),
        junction: junction.into(),
        terms: terms.into_iter().map(term).collect(),
        totals: Some(totals(all)),
        names: names.into_iter().map(|name| resolved_name(name, registry)).collect(),
        hedge_profile: hedge_profile.unwrap_or_default().to_owned(),
        spent: Some(time_spent(spent)),
    }
}

fn term(term: TermCounts) -> pb::ExplainedTerm {
    let TermCounts { at, text, alone, so_far, predicates } = term;
    pb::ExplainedTerm {
        text,
        start: offset(at.start),
        end: offset(at.end),
        alone: Some(totals(alone)),
        so_far: Some(totals(so_far)),
        predicates: predicates.into_iter().map(predicate).collect(),
    }
}

fn predicate(predicate: PredicateCounts) -> pb::ExplainedPredicate {
    let PredicateCounts { at, text, alone, literals } = predicate;
    pb::ExplainedPredicate {
        text,
        start: offset(at.start),
        end: offset(at.end),
        alone: Some(totals(alone)),
        literals: literals.into_iter().map(literal).collect(),
    }
}

fn literal(literal: ReadLiteral) -> pb::ReadLiteral {
    use pb::read_literal::Reading as Read;
    let ReadLiteral { at, mut text, reading } = literal;
    let end = (0..=MAX_LITERAL_BYTES).rev().find(|&end| text.is_char_boundary(end));
    text.truncate(end.unwrap_or_default());
    let reading = match reading {
        // Open ends lie outside the calendar and have no timestamp.
        Reading::Time(span) => Read::Time(pb::TimeReading {
            start: timestamp(Timestamp(span.low())),
            end: timestamp(Timestamp(span.high())),
        }),
        Reading::Quantity(quantity) => Read::Number(number(&quantity)),
        Reading::Number(span) => Read::Number(pb::NumberReading {
            low: Some(key_number(span.low())),
            high: Some(key_number(span.high())),
            ..pb::NumberReading::default()
        }),
    };
    pb::ReadLiteral { start: offset(at.start), end: offset(at.end), text, reading: Some(reading) }
}

fn number(quantity: &Quantity) -> pb::NumberReading {
    let end = |number: f64| number.is_finite().then_some(number);
    let hedge = quantity.hedge();
    let rule = HEDGES.iter().find(|rule| rule.hedge == hedge).map(|rule| rule.interval);
    pb::NumberReading {
        low: end(quantity.low()),
        high: end(quantity.high()),
        low_exclusive: quantity.low_exclusive(),
        high_exclusive: quantity.high_exclusive(),
        hedge: hedge.code(),
        rule: rule.unwrap_or_default().to_owned(),
    }
}

fn resolved_name(resolved: ResolvedName, registry: &Registry) -> pb::ResolvedName {
    let ResolvedName { at, id, kind, descendants } = resolved;
    let (item, kind, name) = match kind {
        NamedKind::Entity(kind) => {
            (ItemKind::Entity, kind.as_str(), registry.entity(&id).map(|entity| entity.name.clone()))
        }
        NamedKind::Source(kind) => {
            (ItemKind::Source, kind.as_str(), registry.source(&id).map(|source| source.name.clone()))
        }
        NamedKind::Document => {
            (ItemKind::Document, "", registry.document(&id).map(|document| document.title.clone()))
        }
    };
    pb::ResolvedName {
        start: offset(at.start),
        end: offset(at.end),
        r#type: item_type(item).into(),
        id: id.as_ref().to_owned(),
        name: name.unwrap_or_default(),
        kind: kind.to_owned(),
        descendants: u32::try_from(descendants).unwrap_or(u32::MAX),
    }
}

fn time_spent(spent: Spent) -> pb::TimeSpent {
    let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    let Spent { parse, resolve, count } = spent;
    pb::TimeSpent { parse_us: micros(parse), resolve_us: micros(resolve), count_us: micros(count) }
}
