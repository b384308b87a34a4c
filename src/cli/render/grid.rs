//! An answer as columns of text: the common ground of tables and CSV.

use super::{explanation, views};
use crate::model::Quantity;
use crate::model::quantity::Parts;
use crate::model::vocabulary::Hedge;
use crate::wire::pb::query_response::Result as Rows;
use crate::wire::pb::{
    AttributionStep, Claim, Clarity, Document, Entity, Figure, ItemType, NameRef, QueryResponse, Source,
    Table, Time, Truth, claim,
};
use prost_types::Value;
use prost_types::value::Kind;
use std::collections::HashMap;

/// Rows of text, each as long as `columns`.
pub(super) struct Grid {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

/// The column that grades a row.
pub(super) const GRADE: &str = "grade";

/// The column that says which of the four types a claim has.
const TYPE: &str = "type";

impl Grid {
    /// The answer in full: every column, be it filled or not.
    pub(super) fn of(answer: &QueryResponse) -> Self {
        let names = Names::of(&answer.names);
        match &answer.result {
            None => Self { columns: Vec::new(), rows: Vec::new() },
            Some(Rows::Claims(found)) => Self::new(
                ["id", GRADE, TYPE, "figure", "claim", "when", "by", "via"],
                found.matches.iter().map(|found| (found.truth(), found.claim.as_ref())),
                |claim, grade| names.claim(claim, grade),
            ),
            Some(Rows::Sources(found)) => Self::new(
                ["id", GRADE, "kind", "name", "aliases", "part of", "country", "reliability"],
                found.matches.iter().map(|found| (found.truth(), found.source.as_ref())),
                |source, grade| names.source(source, grade),
            ),
            Some(Rows::Entities(found)) => Self::new(
                ["id", GRADE, "kind", "name", "aliases", "parents"],
                found.matches.iter().map(|found| (found.truth(), found.entity.as_ref())),
                |entity, grade| names.entity(entity, grade),
            ),
            Some(Rows::Documents(found)) => Self::new(
                ["id", GRADE, "title", "publisher", "published", "language", "url"],
                found.matches.iter().map(|found| (found.truth(), found.document.as_ref())),
                |document, grade| names.document(document, grade),
            ),
            Some(Rows::Table(table)) => Self::table(table),
            Some(Rows::Explanation(explanation)) => explanation::grid(explanation, &answer.canonical_query),
            Some(
                view @ (Rows::Envelopes(_)
                | Rows::Latest(_)
                | Rows::FlowTotals(_)
                | Rows::Conflicts(_)
                | Rows::Corroborations(_)
                | Rows::Timelines(_)
                | Rows::Breaches(_)
                | Rows::Drifts(_)),
            ) => views::grid(view, &names),
        }
    }

    fn new<'a, T: 'a, const N: usize>(
        columns: [&str; N],
        found: impl Iterator<Item = (Truth, Option<&'a T>)>,
        row: impl Fn(&'a T, String) -> [String; N],
    ) -> Self {
        Self {
            columns: columns.map(str::to_owned).to_vec(),
            rows: found.filter_map(|(truth, item)| Some(row(item?, grade(truth)).to_vec())).collect(),
        }
    }

    /// A table has its own columns; its grades, if its rows have them, come last.
    fn table(table: &Table) -> Self {
        let is_graded = table.rows.iter().any(|row| row.truth() != Truth::Unspecified);
        let mut columns = table.columns.clone();
        columns.extend(is_graded.then(|| GRADE.to_owned()));
        let rows = table.rows.iter().map(|row| {
            let grade = is_graded.then(|| grade(row.truth()));
            row.cells.iter().map(cell).chain(grade).collect()
        });
        Self { columns, rows: rows.collect() }
    }

    /// Leaves out what would only take room: columns that no row fills, and the type if all rows
    /// have the same.
    pub(super) fn for_people(mut self) -> Self {
        for index in (0..self.columns.len()).rev() {
            let is_blank = self.rows.iter().all(|row| row[index].is_empty());
            let is_one_type = self.columns[index] == TYPE
                && self.rows.windows(2).all(|rows| rows[0][index] == rows[1][index]);
            if is_blank || is_one_type {
                self.columns.remove(index);
                for row in &mut self.rows {
                    row.remove(index);
                }
            }
        }
        self
    }
}

/// A readable name for each id.
pub(in crate::cli) struct Names<'a>(HashMap<(ItemType, &'a str), &'a str>);

impl<'a> Names<'a> {
    pub(in crate::cli) fn of(names: &'a [NameRef]) -> Self {
        Self(names.iter().map(|name| ((name.r#type(), name.id.as_str()), name.name.as_str())).collect())
    }

    pub(super) fn of_source<'t>(&'t self, id: &'t str) -> &'t str {
        self.0.get(&(ItemType::Source, id)).copied().unwrap_or(id)
    }

    pub(super) fn of_entity<'t>(&'t self, id: &'t str) -> &'t str {
        self.0.get(&(ItemType::Entity, id)).copied().unwrap_or(id)
    }

    fn claim(&self, claim: &Claim, grade: String) -> [String; 8] {
        let (claim_type, figure) = match &claim.content {
            Some(claim::Content::Figure(figure)) => ("figure", self::figure(figure)),
            Some(claim::Content::Event(_)) => ("event", String::new()),
            Some(claim::Content::Norm(_)) => ("norm", String::new()),
            Some(claim::Content::Statement(_)) => ("statement", String::new()),
            None => ("", String::new()),
        };
        let (by, via) = match claim.attribution.split_first() {
            Some((origin, relays)) => {
                (self.step(origin), relays.iter().map(|step| self.step(step)).collect())
            }
            None => (String::new(), Vec::new()),
        };
        [
            claim.id.clone(),
            grade,
            claim_type.to_owned(),
            figure,
            claim.text.clone(),
            time(claim.when.as_ref()),
            by,
            via.join(" → "),
        ]
    }

    /// Who spoke in a step, together if several.
    fn step(&self, step: &AttributionStep) -> String {
        if step.sources.is_empty() && step.clarity() == Clarity::Unattributed {
            return "unattributed".to_owned();
        }
        let names: Vec<&str> = step.sources.iter().map(|id| self.of_source(id)).collect();
        names.join(" and ")
    }

    fn source(&self, source: &Source, grade: String) -> [String; 8] {
        [
            source.id.clone(),
            grade,
            word(source.kind().as_str_name(), "SOURCE_KIND_"),
            source.name.clone(),
            source.aliases.join(", "),
            self.of_source(&source.part_of).to_owned(),
            self.of_entity(&source.country).to_owned(),
            word(source.reliability().as_str_name(), "RELIABILITY_").to_uppercase(),
        ]
    }

    fn entity(&self, entity: &Entity, grade: String) -> [String; 6] {
        let parents: Vec<&str> = entity.parents.iter().map(|id| self.of_entity(id)).collect();
        [
            entity.id.clone(),
            grade,
            word(entity.kind().as_str_name(), "ENTITY_KIND_"),
            entity.name.clone(),
            entity.aliases.join(", "),
            parents.join(", "),
        ]
    }

    fn document(&self, document: &Document, grade: String) -> [String; 7] {
        [
            document.id.clone(),
            grade,
            document.title.clone(),
            self.of_source(&document.publisher).to_owned(),
            time(document.published.as_ref()),
            document.language.clone(),
            document.url.clone(),
        ]
    }
}

pub(super) fn grade(truth: Truth) -> String {
    match truth {
        Truth::Sure => "sure",
        Truth::Possible => "possible",
        Truth::Unspecified => "",
    }
    .to_owned()
}

/// A word of a vocabulary, as queries and packs have it.
pub(super) fn word(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_lowercase()
}

fn time(time: Option<&Time>) -> String {
    time.map(|time| time.text.clone()).unwrap_or_default()
}

/// A figure as packs write it: `~800 USD per mo per person`.
pub(in crate::cli) fn figure(figure: &Figure) -> String {
    let mut text = if figure.notation.is_empty() { notation(figure) } else { figure.notation.clone() };
    if !figure.unit.is_empty() {
        text.push(' ');
        text.push_str(&figure.unit);
    }
    for per in &figure.per {
        text.push_str(" per ");
        text.push_str(per);
    }
    text
}

/// A notation for a figure that came without one; none if its ends make no sense.
fn notation(figure: &Figure) -> String {
    let Figure { low, high, low_exclusive, high_exclusive, best, hedge, .. } = *figure;
    let hedge = Hedge::from_code(hedge);
    let parts = Parts { notation: None, low, high, low_exclusive, high_exclusive, best, hedge };
    Quantity::from_parts(&parts).map(|quantity| quantity.notation()).unwrap_or_default()
}

/// The text of a cell of a table.
fn cell(value: &Value) -> String {
    match &value.kind {
        None | Some(Kind::NullValue(_)) => String::new(),
        Some(Kind::NumberValue(number)) => number.to_string(),
        Some(Kind::StringValue(text)) => text.clone(),
        Some(Kind::BoolValue(is_so)) => if *is_so { "yes" } else { "no" }.to_owned(),
        Some(Kind::ListValue(list)) => list.values.iter().map(cell).collect::<Vec<_>>().join(", "),
        Some(Kind::StructValue(fields)) => {
            let fields = fields.fields.iter().map(|(name, value)| format!("{name}: {}", cell(value)));
            fields.collect::<Vec<_>>().join(", ")
        }
    }
}
