//! The mapping file: read once, into what cannot be wrong but for the table it is used on.

use super::names::Names;
use super::tree::{Element, Origins, Reader, stripped};
use super::values::{Recipe, Table};
use crate::model::{Path, nearest};
use crate::pack::error::{Fault, PackError, Problem, Report, Shape};
use crate::pack::fields::{Fields, text};
use crate::pack::items;
use crate::pack::node::{self, Key, Node, Value};
use std::fmt;
use std::fs;
use std::path::Path as FilePath;

/// What a mapping file says.
#[derive(Debug)]
pub struct Mapping {
    file: std::sync::Arc<FilePath>,
    pub(super) format: Format,
    pub(super) recipes: Vec<Recipe>,
    pub(super) names: Names,
    pub(super) origins: Origins,
    pub(super) entities: Vec<Element>,
    pub(super) sources: Vec<Element>,
    pub(super) documents: Vec<Element>,
    pub(super) claims: Vec<Element>,
}

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Csv { delimiter: u8 },
    Json,
    JsonLines,
}

/// The words for formats.
#[derive(Clone, Copy)]
enum FormatWord {
    Csv,
    Json,
    Jsonl,
}

impl fmt::Display for FormatWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
        })
    }
}

impl Mapping {
    /// Reads a mapping file. All its faults are reported together.
    ///
    /// # Errors
    /// It cannot be read, or is no mapping.
    pub fn read_file(file: &FilePath) -> Result<Self, PackError> {
        let text = fs::read_to_string(file)
            .map_err(|source| PackError::Unreadable { path: file.to_owned(), source })?;
        Self::read_text(file, &text)
    }

    /// Reads the text of a mapping file; its name is only used to say where something stands.
    ///
    /// # Errors
    /// It is no mapping.
    pub fn read_text(file: &FilePath, text: &str) -> Result<Self, PackError> {
        let mut report = Report::new(file);
        let mapping = match node::parse(text) {
            Ok(Some(root)) => Fields::of(&root, Path::ROOT, &mut report, |fields| mapping(file, fields)),
            Ok(None) => {
                report.add(
                    crate::pack::error::START,
                    String::new(),
                    Problem::MissingField { field: "format" },
                );
                None
            }
            Err((position, problem)) => {
                report.add(position, String::new(), problem);
                None
            }
        };
        let faults = report.into_faults();
        match mapping.flatten() {
            Some(mapping) if faults.is_empty() => Ok(mapping),
            _ => Err(PackError::Refused { faults }),
        }
    }

    /// The place of each column that the mapping uses in a table with these.
    pub(super) fn bind(&self, table: &FilePath, columns: &[String]) -> Result<Vec<Option<usize>>, PackError> {
        let mut report = Report::new(&self.file);
        let mut bound = Vec::with_capacity(self.names.columns.len());
        for wanted in &self.names.columns {
            let known = wanted.names.iter().find(|name| columns.contains(name));
            bound.push(known.and_then(|name| columns.iter().position(|column| column == name)));
            let problem = match known {
                Some(name) if columns.iter().filter(|column| *column == name).count() > 1 => {
                    Problem::ColumnTwice { found: name.clone(), table: table.into() }
                }
                Some(_) => continue,
                None if wanted.optional => continue,
                None => Problem::UnknownColumn {
                    found: wanted.names.clone(),
                    nearest: nearest(&wanted.names[0], columns.iter().map(String::as_str))
                        .into_iter()
                        .map(str::to_owned)
                        .collect(),
                    allowed: columns.to_vec(),
                    table: table.into(),
                },
            };
            report.add(wanted.position, wanted.path.clone(), problem);
        }
        let faults: Vec<Fault> = report.into_faults();
        if faults.is_empty() { Ok(bound) } else { Err(PackError::Refused { faults }) }
    }
}

fn mapping(file: &FilePath, fields: &mut Fields<'_>) -> Option<Mapping> {
    let format = format(fields);
    let mut names = Names::default();
    let mut origins = Origins::default();
    names.tables = fields.field("tables", tables).unwrap_or_default();
    let recipes = fields.field("values", |node, path, report| recipes(node, path, &mut names, report));
    let mut elements = |name| {
        fields
            .field(name, |node, path, report| elements(name, node, path, &mut names, &mut origins, report))
            .unwrap_or_default()
    };
    let (entities, sources) = (elements("entities"), elements("sources"));
    let (documents, claims) = (elements("documents"), elements("claims"));
    Some(Mapping {
        file: file.into(),
        format: format?,
        recipes: recipes.unwrap_or_default(),
        names,
        origins,
        entities,
        sources,
        documents,
        claims,
    })
}

fn format(fields: &mut Fields<'_>) -> Option<Format> {
    if !fields.has("format") {
        fields.fault(Problem::MissingField { field: "format" });
    }
    let word = fields.word("format", &[FormatWord::Csv, FormatWord::Json, FormatWord::Jsonl]);
    let delimiter = fields.field("delimiter", |node, path, report| {
        let found = text(node, path, report)?;
        match found.as_bytes() {
            b"tab" => Some(b'\t'),
            [byte] if !matches!(byte, b'"' | b'\r' | b'\n') => Some(*byte),
            _ => {
                report.add(node.position, path.to_string(), Problem::NotADelimiter { found });
                None
            }
        }
    });
    Some(match word? {
        FormatWord::Csv => Format::Csv { delimiter: delimiter.unwrap_or(b',') },
        FormatWord::Json => Format::Json,
        FormatWord::Jsonl => Format::JsonLines,
    })
}

fn tables(node: &Node, path: Path<'_>, report: &mut Report) -> Option<Vec<(String, Table)>> {
    let Value::Map(entries) = &node.value else {
        report.wrong_shape(node, path, Shape::Map);
        return None;
    };
    let read = |(key, node): &(Key, Node)| {
        Some((key.name.clone(), Table::read(node, path.field(&key.name), report)?))
    };
    Some(entries.iter().filter_map(read).collect())
}

fn recipes(node: &Node, path: Path<'_>, names: &mut Names, report: &mut Report) -> Option<Vec<Recipe>> {
    let Value::Map(entries) = &node.value else {
        report.wrong_shape(node, path, Shape::Map);
        return None;
    };
    let mut recipes = Vec::new();
    for (key, node) in entries {
        let path = path.field(&key.name);
        if names.values.iter().any(|value| value.name == key.name) {
            let found = key.name.clone();
            report.add(key.position, path.to_string(), Problem::RepeatedField { found });
        } else {
            recipes.push(Recipe::read(&key.name, node, path, names, report));
        }
    }
    // What could not be read has been reported.
    Some(recipes.into_iter().flatten().collect())
}

/// The elements of one of the four lists, once as templates, and once as a pack has them, for what
/// is wrong with their fields.
fn elements(
    list: &'static str,
    node: &Node,
    path: Path<'_>,
    names: &mut Names,
    origins: &mut Origins,
    report: &mut Report,
) -> Option<Vec<Element>> {
    let Value::List(nodes) = &node.value else {
        report.wrong_shape(node, path, Shape::List);
        return None;
    };
    let mut elements = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        let path = path.index(index);
        elements.extend(Reader { names, origins, report }.element(node, path));
        let mut faults = report.fresh();
        let item = stripped(node, true);
        match list {
            "entities" => drop(Fields::of(&item, path, &mut faults, items::entity_to_be)),
            "sources" => drop(Fields::of(&item, path, &mut faults, items::source_to_be)),
            "documents" => drop(Fields::of(&item, path, &mut faults, items::document)),
            _ => drop(Fields::of(&item, path, &mut faults, items::claim)),
        }
        // What a text with holes says is only known with a row.
        report.adopt(faults, |fault, position| {
            let of_text = matches!(
                fault,
                Problem::UnknownWord { .. }
                    | Problem::NotANumber { .. }
                    | Problem::NoUnit { .. }
                    | Problem::TimeInWords { .. }
            );
            !(of_text && origins.has_holes(position))
        });
    }
    Some(elements)
}
