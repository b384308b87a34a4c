//! The rows of a statements CSV, entity by entity.

use super::error::StatementProblem;
use crate::pack::input::{MAX_ROW_BYTES, Metered, is_endless};
use crate::pack::plain::one_line;
use csv::{Reader, ReaderBuilder, StringRecord};
use sha1::{Digest, Sha1};
use std::io::BufRead;

/// Statements that one entity may have: they are in memory together.
pub(super) const MAX_STATEMENTS: usize = 100_000;
/// Bytes of the file that they may take.
pub(super) const MAX_GROUP_BYTES: u64 = 64 << 20;
/// Characters of the name of a property, a type, a schema or a data set.
pub(super) const MAX_NAME_CHARS: usize = 128;

/// The columns, in the order in which FollowTheMoney 4 writes them.
pub(super) const COLUMNS: [&str; 14] = [
    "canonical_id",
    "entity_id",
    "prop",
    "prop_type",
    "schema",
    "value",
    "dataset",
    "origin",
    "lang",
    "original_value",
    "external",
    "first_seen",
    "last_seen",
    "id",
];
/// Those without which a row is no statement.
const REQUIRED: [&str; 5] = ["entity_id", "prop", "schema", "value", "dataset"];

/// One statement: that a data set says this of an entity. An empty text stands for none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) canonical_id: String,
    pub(super) entity_id: String,
    pub(super) prop: String,
    pub(super) prop_type: String,
    pub(super) schema: String,
    pub(super) value: String,
    pub(super) dataset: String,
    pub(super) origin: String,
    pub(super) lang: String,
    pub(super) original_value: String,
    pub(super) external: bool,
    pub(super) first_seen: String,
    pub(super) last_seen: String,
    pub(super) id: String,
}

impl Statement {
    /// The id that FollowTheMoney gives: the SHA-1 of what makes it this statement.
    pub(super) fn made_id(&self) -> String {
        let Self { dataset, entity_id, prop, value, lang, external, .. } = self;
        let at_lang = if lang.is_empty() { String::new() } else { format!("@{lang}") };
        let is_external = if *external { ".ext" } else { "" };
        hex(&Sha1::digest(format!("{dataset}.{entity_id}.{prop}.{value}{at_lang}{is_external}")))
    }

    /// The cells of its row.
    pub(super) fn cells(&self) -> [&str; 14] {
        [
            &self.canonical_id,
            &self.entity_id,
            &self.prop,
            &self.prop_type,
            &self.schema,
            &self.value,
            &self.dataset,
            &self.origin,
            &self.lang,
            &self.original_value,
            if self.external { "t" } else { "f" },
            &self.first_seen,
            &self.last_seen,
            &self.id,
        ]
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// All statements of one entity.
#[derive(Debug)]
pub(super) struct Group {
    /// Each with the line on which it begins.
    pub(super) rows: Vec<(u64, Statement)>,
}

impl Group {
    pub(super) fn canonical_id(&self) -> &str {
        &self.rows.first().expect("a group is made of a row").1.canonical_id
    }

    pub(super) fn line(&self) -> u64 {
        self.rows.first().expect("a group is made of a row").0
    }

    pub(super) fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.rows.iter().map(|(_, statement)| statement)
    }

    /// The values of a property.
    pub(super) fn values<'a>(&'a self, prop: &'a str) -> impl Iterator<Item = &'a str> {
        self.statements().filter(move |statement| statement.prop == prop).map(|statement| &*statement.value)
    }
}

/// A group, or what is wrong on which line.
pub(super) type Grouped = Result<Group, (u64, StatementProblem)>;

/// A statement and its line, or what is wrong on which line.
type Row = Result<(u64, Statement), (u64, StatementProblem)>;

/// Reads a CSV group by group: statements of one entity stand together.
pub(super) struct Groups {
    reader: Reader<Metered>,
    /// Where in a row each of [`COLUMNS`] stands.
    places: [Option<usize>; 14],
    record: StringRecord,
    /// What was read behind the group.
    next: Option<Row>,
    /// Whether nothing more can be read.
    ended: bool,
}

impl Groups {
    pub(super) fn new(input: Box<dyn BufRead + Send>) -> Result<Self, (u64, StatementProblem)> {
        let mut reader = ReaderBuilder::new().from_reader(Metered::new(input, MAX_ROW_BYTES));
        let heading = reader.headers().map_err(|error| problem(1, &error))?;
        let places = COLUMNS.map(|column| heading.iter().position(|name| name == column));
        let has = |column: &&str| heading.iter().any(|name| name == *column);
        let missing: Vec<_> = REQUIRED.into_iter().filter(|column| !has(column)).collect();
        if !missing.is_empty() {
            return Err((1, StatementProblem::NoColumn { missing }));
        }
        Ok(Self { reader, places, record: StringRecord::new(), next: None, ended: false })
    }

    fn row(&mut self) -> Option<Row> {
        if self.ended {
            return None;
        }
        self.reader.get_mut().allow(MAX_ROW_BYTES);
        let line = self.reader.position().line();
        match self.reader.read_record(&mut self.record) {
            Ok(true) => {}
            Ok(false) => return None,
            Err(error) => {
                self.ended = error.is_io_error();
                return Some(Err(problem(line, &error)));
            }
        }
        let line = self.record.position().map_or(line, csv::Position::line);
        let cell = |column: usize| {
            self.places[column].and_then(|place| self.record.get(place)).unwrap_or_default().to_owned()
        };
        let mut statement = Statement {
            canonical_id: cell(0),
            entity_id: cell(1),
            prop: cell(2),
            prop_type: cell(3),
            schema: cell(4),
            value: cell(5),
            dataset: cell(6),
            origin: cell(7),
            lang: cell(8),
            original_value: cell(9),
            external: matches!(&*cell(10), "t" | "true" | "True" | "1" | "y" | "yes"),
            first_seen: cell(11),
            last_seen: cell(12),
            id: cell(13),
        };
        let required =
            [&statement.entity_id, &statement.prop, &statement.schema, &statement.value, &statement.dataset];
        if let Some(index) = required.iter().position(|cell| cell.is_empty()) {
            return Some(Err((line, StatementProblem::Empty { column: REQUIRED[index] })));
        }
        let Statement { prop, prop_type, schema, dataset, .. } = &statement;
        let names = [("prop", prop), ("prop_type", prop_type), ("schema", schema), ("dataset", dataset)];
        if let Some((column, _)) =
            names.into_iter().find(|(_, name)| one_line(name, MAX_NAME_CHARS) != **name)
        {
            return Some(Err((line, StatementProblem::NotAName { column })));
        }
        if statement.canonical_id.is_empty() {
            statement.canonical_id.clone_from(&statement.entity_id);
        }
        if statement.last_seen.is_empty() {
            statement.last_seen.clone_from(&statement.first_seen);
        }
        if statement.original_value == statement.value {
            statement.original_value.clear();
        }
        if statement.id.is_empty() {
            statement.id = statement.made_id();
        }
        Some(Ok((line, statement)))
    }
}

impl Iterator for Groups {
    type Item = Grouped;

    fn next(&mut self) -> Option<Grouped> {
        let first = match self.next.take() {
            Some(row) => row,
            None => self.row()?,
        };
        let mut rows = match first {
            Ok(row) => vec![row],
            Err(fault) => return Some(Err(fault)),
        };
        let begins = self.reader.position().byte();
        loop {
            match self.row() {
                Some(Ok((line, statement))) if statement.canonical_id == rows[0].1.canonical_id => {
                    let bytes = self.reader.position().byte() - begins;
                    if rows.len() == MAX_STATEMENTS || bytes > MAX_GROUP_BYTES {
                        self.ended = true;
                        let canonical_id = statement.canonical_id;
                        return Some(Err((line, StatementProblem::TooMany { canonical_id })));
                    }
                    rows.push((line, statement));
                }
                after => {
                    self.next = after;
                    return Some(Ok(Group { rows }));
                }
            }
        }
    }
}

fn problem(line: u64, error: &csv::Error) -> (u64, StatementProblem) {
    let line = error.position().map_or(line, csv::Position::line);
    if let csv::ErrorKind::Io(error) = error.kind()
        && is_endless(error)
    {
        return (line, StatementProblem::Endless);
    }
    let message = if let csv::ErrorKind::UnequalLengths { expected_len, len, .. } = error.kind() {
        format!("the row has {len} cells, and the heading has {expected_len}")
    } else if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) {
        "the row is not UTF-8".to_owned()
    } else {
        error.to_string()
    };
    (line, StatementProblem::Csv { message })
}
