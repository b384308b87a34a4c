//! The computed views as columns of text.

use super::grid::{GRADE, Grid, Names, grade, word};
use crate::model::quantity::plain;
use crate::wire::pb::query_response::Result as Rows;
use crate::wire::pb::{
    Bounds, ClaimRef, Conflict, Drift, Graded, GroupKeys, Slot, Subject, TimelineEntry, Truth,
};

/// The rows of a view; nothing for other answers.
pub(super) fn grid(rows: &Rows, names: &Names<'_>) -> Grid {
    match rows {
        Rows::Envelopes(found) => table(
            &["subject", "range", "best", "all agree on", "unit", "claims", "origins"],
            found.rows.iter().map(|row| (&row.group, row)),
            |row| {
                let mut range = bounds(row.range.as_ref());
                if row.is_open && row.range.is_some_and(|range| range.high.is_some()) {
                    range.push_str(" or more");
                }
                vec![
                    subject(row.subject.as_ref(), names),
                    range,
                    bounds(row.best.as_ref()),
                    bounds(row.agreement.as_ref()),
                    row.unit.clone(),
                    all(row.claims.as_ref()),
                    row.origins.to_string(),
                ]
            },
        ),
        Rows::Latest(found) => table(
            &["subject", "claim", GRADE, "figure", "when", "said", "of claims"],
            found.rows.iter().map(|row| (&row.group, row)),
            |row| {
                vec![
                    subject(row.subject.as_ref(), names),
                    id(row.claim.as_ref()),
                    truth(row.claim.as_ref()),
                    figure(&row.notation, &row.unit),
                    row.when.clone(),
                    row.said.clone(),
                    all(row.claims.as_ref()),
                ]
            },
        ),
        Rows::FlowTotals(found) => table(
            &["subject", "origins", "sum", "unit", "incidents", "claims", "refused"],
            found.rows.iter().map(|row| (&row.group, row)),
            |row| {
                let refused = match row.overlapping.as_slice() {
                    [first, second] => format!("{first} and {second} overlap in time"),
                    _ => String::new(),
                };
                let origins: Vec<&str> = row.origins.iter().map(|id| names.of_source(id)).collect();
                vec![
                    subject(row.subject.as_ref(), names),
                    origins.join(" and "),
                    bounds(row.sum.as_ref()),
                    row.unit.clone(),
                    row.incidents.to_string(),
                    all(row.claims.as_ref()),
                    refused,
                ]
            },
        ),
        Rows::Conflicts(found) => table(
            &["conflict", GRADE, "first", "second", "differ in"],
            found.rows.iter().map(|row| (&row.group, row)),
            |row| {
                vec![
                    conflict(row),
                    grade(row.truth()),
                    id(row.first.as_ref()),
                    id(row.second.as_ref()),
                    slots(&row.slots, |_| " ≠ "),
                ]
            },
        ),
        Rows::Corroborations(found) => table(
            &["claim", GRADE, "sure origins", "possible", "documents", "relays", "said by"],
            found.rows.iter().map(|row| (&row.group, row)),
            |row| {
                let origins = row.origins.unwrap_or_default();
                let supporters: Vec<&str> = row.supporters.iter().map(|claim| claim.id.as_str()).collect();
                vec![
                    id(row.claim.as_ref()),
                    truth(row.claim.as_ref()),
                    origins.sure.to_string(),
                    origins.possible.to_string(),
                    row.documents.to_string(),
                    row.relays.to_string(),
                    supporters.join(", "),
                ]
            },
        ),
        Rows::Timelines(found) => {
            let entries = found.rows.iter().flat_map(|row| row.entries.iter().map(move |entry| (row, entry)));
            table(
                &["subject", "when", "claim", GRADE, "what", "follows", "changed"],
                entries.map(|(row, entry)| (&row.group, (row, entry))),
                |(row, entry)| {
                    let (follows, changed) = link(entry);
                    vec![
                        subject(row.subject.as_ref(), names),
                        entry.when.clone(),
                        id(entry.claim.as_ref()),
                        truth(entry.claim.as_ref()),
                        what(entry, names),
                        follows,
                        changed,
                    ]
                },
            )
        }
        Rows::Breaches(found) => table(
            &["if the claim holds", GRADE, "it breaks", "surely", "matched", "bearers", "unless"],
            found.rows.iter().map(|row| (&row.group, row)),
            |row| {
                let bearers: Vec<&str> = row.bearers.iter().map(|id| names.of_entity(id)).collect();
                vec![
                    id(row.claim.as_ref()),
                    truth(row.claim.as_ref()),
                    row.norm.clone(),
                    grade(row.truth()),
                    slots(&row.matched, |name| if SINCE.contains(&name) { " after " } else { " in " }),
                    bearers.join(", "),
                    row.unless.clone(),
                ]
            },
        ),
        Rows::Drifts(found) => table(
            &["from", "to", "relation", "changed"],
            found.rows.iter().map(|row| (&row.group, row)),
            |row| vec![id(row.from.as_ref()), id(row.to.as_ref()), relation(row), changes(row)],
        ),
        Rows::Claims(_)
        | Rows::Sources(_)
        | Rows::Entities(_)
        | Rows::Documents(_)
        | Rows::Table(_)
        | Rows::Explanation(_) => Grid { columns: Vec::new(), rows: Vec::new() },
    }
}

/// A table whose rows begin with the values of their group.
fn table<'a, T>(
    columns: &[&str],
    rows: impl Iterator<Item = (&'a Option<GroupKeys>, T)>,
    cells: impl Fn(T) -> Vec<String>,
) -> Grid {
    let mut keys: Vec<String> = Vec::new();
    let rows = rows.map(|(group, row)| {
        let values = group.as_ref().map(|group| group.values.as_slice()).unwrap_or_default();
        if keys.is_empty() {
            keys = values.iter().map(|value| value.attribute.clone()).collect();
        }
        let values = values.iter().map(|value| value.value.clone().unwrap_or_default());
        values.chain(cells(row)).collect()
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let columns = keys.into_iter().chain(columns.iter().map(|&name| name.to_owned())).collect();
    Grid { columns, rows }
}

/// A word of a vocabulary; nothing if none was given.
pub(in crate::cli) fn given(name: &str, prefix: &str) -> String {
    Some(word(name, prefix)).filter(|word| word != "unspecified").unwrap_or_default()
}

/// How many there are, of both grades.
fn all(claims: Option<&Graded>) -> String {
    claims.map(|claims| (claims.sure + claims.possible).to_string()).unwrap_or_default()
}

fn id(claim: Option<&ClaimRef>) -> String {
    claim.map(|claim| claim.id.clone()).unwrap_or_default()
}

fn truth(claim: Option<&ClaimRef>) -> String {
    grade(claim.map_or(Truth::Unspecified, ClaimRef::truth))
}

/// What claims are about, in one line.
pub(in crate::cli) fn subject(subject: Option<&Subject>, names: &Names<'_>) -> String {
    let Some(subject) = subject else { return String::new() };
    let mut parts: Vec<String> = Vec::new();
    let all = |ids: &[String]| ids.iter().map(|id| names.of_entity(id)).collect::<Vec<_>>().join(" and ");
    let one = |id: &str| if id.is_empty() { String::new() } else { names.of_entity(id).to_owned() };
    parts.push(all(&subject.actors));
    parts.push(one(&subject.kind));
    parts.push(one(&subject.action));
    parts.push(given(subject.state().as_str_name(), "STATE_"));
    parts.push(given(subject.modality().as_str_name(), "MODALITY_"));
    // Most figures are stocks.
    let basis = given(subject.basis().as_str_name(), "BASIS_");
    parts.push(if basis == "stock" { String::new() } else { basis });
    parts.extend(subject.per.iter().map(|per| format!("per {per}")));
    parts.push(if subject.of.is_empty() { String::new() } else { format!("of {}", one(&subject.of)) });
    parts.push(all(&subject.places));
    parts.push(one(&subject.incident));
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

/// `4000`, `3500..4500`, `>2000`.
fn bounds(bounds: Option<&Bounds>) -> String {
    let Some(&Bounds { low, high, low_exclusive, high_exclusive }) = bounds else { return String::new() };
    let from = |low: f64| format!("{}{}", if low_exclusive { ">" } else { ">=" }, plain(low));
    let to = |high: f64| format!("{}{}", if high_exclusive { "<" } else { "<=" }, plain(high));
    match (low, high) {
        (Some(low), Some(high)) if low == high => plain(low),
        (Some(low), Some(high)) if !low_exclusive && !high_exclusive => {
            format!("{}..{}", plain(low), plain(high))
        }
        (Some(low), Some(high)) => format!("{} {}", from(low), to(high)),
        (Some(low), None) => from(low),
        (None, Some(high)) => to(high),
        (None, None) => String::new(),
    }
}

fn figure(notation: &str, unit: &str) -> String {
    [notation, unit].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// What a breach comes after.
const SINCE: [&str; 2] = ["deadline", "in_force"];

pub(in crate::cli) fn slots(slots: &[Slot], between: impl Fn(&str) -> &'static str) -> String {
    let shown = |text: &str| if text.is_empty() { "nothing".to_owned() } else { text.to_owned() };
    let slot = |slot: &Slot| match slot.first == slot.second {
        true => format!("{}: {}", slot.name, shown(&slot.first)),
        false => {
            let between = between(&slot.name);
            format!("{}: {}{between}{}", slot.name, shown(&slot.first), shown(&slot.second))
        }
    };
    slots.iter().map(slot).collect::<Vec<_>>().join("; ")
}

pub(in crate::cli) fn conflict(row: &Conflict) -> String {
    let kind = word(row.kind().as_str_name(), "CONFLICT_KIND_").replace('_', " ");
    if row.is_revision { format!("{kind}, revised") } else { kind }
}

fn what(entry: &TimelineEntry, names: &Names<'_>) -> String {
    let state = given(entry.state().as_str_name(), "STATE_");
    let action = if entry.action.is_empty() { "" } else { names.of_entity(&entry.action) };
    let parts = [action.to_owned(), state, figure(&entry.notation, &entry.unit)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// How an entry follows another, and what changed.
fn link(entry: &TimelineEntry) -> (String, String) {
    let follows = entry.link.as_ref().map(|link| {
        let kind = word(link.kind().as_str_name(), "TIMELINE_LINK_").replace('_', " ");
        format!("{kind}: {}", link.from)
    });
    let point =
        entry.link.as_ref().and_then(|link| link.change_point.as_ref()).map(|point| point.text.clone());
    let grown = entry.change.as_ref().map(|change| match change.best {
        Some(best) => format!("{best:+} since {}", change.since),
        None => format!("{} since {}", bounds(change.range.as_ref()), change.since),
    });
    let changed: Vec<String> = point.into_iter().chain(grown).filter(|text| !text.is_empty()).collect();
    (follows.unwrap_or_default(), changed.join("; "))
}

fn relation(row: &Drift) -> String {
    word(row.relation().as_str_name(), "RELATION_KIND_").replace('_', " ")
}

fn changes(row: &Drift) -> String {
    let shown = |text: &str| if text.is_empty() { "nothing".to_owned() } else { text.to_owned() };
    let change = |change: &crate::wire::pb::DriftChange| {
        let kind = word(change.kind().as_str_name(), "DRIFT_KIND_").replace('_', " ");
        format!("{kind}: {} → {}", shown(&change.before), shown(&change.after))
    };
    row.changes.iter().map(change).collect::<Vec<_>>().join("; ")
}
