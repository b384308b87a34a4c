//! From rows to drafts, one row at a time.

use super::data::{Data, DataError, Row};
use super::fault::{Cell, EmptyHoles, RowFault, RowProblem};
use super::file::Mapping;
use super::tree::{Columns, Element};
use super::values::{Frame, Scope};
use crate::model::{ClaimDraft, DocumentDraft, EntityDraft, Path, SourceDraft};
use crate::pack::error::{Fault, Position, Problem, Report};
use crate::pack::fields::Fields;
use crate::pack::node::{Key, Node, Value};
use crate::pack::{items, write};
use std::collections::HashSet;
use std::path::Path as FilePath;

/// Faults after which a row is given up: each holds the cells that it is about.
const MAX_FAULTS: usize = 100;

/// The drafts of a table, row by row. What is kept of the rows that were read are the ids and names
/// of entities, sources and documents, each of which is told once.
pub struct Drafts<'m> {
    mapping: &'m Mapping,
    data: Data,
    bound: Vec<Option<usize>>,
    met: HashSet<String>,
    /// Whether what every row makes has been told.
    constants_told: bool,
    ended: bool,
}

/// What a row is mapped to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowDrafts {
    /// The row.
    pub row: Row,
    /// Entities that no row before it named.
    pub entities: Vec<Made<EntityDraft>>,
    /// Sources that no row before it named.
    pub sources: Vec<Made<SourceDraft>>,
    /// Documents that no row before it named.
    pub documents: Vec<Made<DocumentDraft>>,
    /// Its claims.
    pub claims: Vec<Made<ClaimDraft>>,
}

/// A draft and what it was made of. An entity or source without an id is known by its name: it is
/// new if nothing has that name, and gets an id then.
#[derive(Clone, Debug, PartialEq)]
pub struct Made<T> {
    /// The draft.
    pub item: T,
    /// What it was made of.
    pub origin: Origin,
}

/// What of a mapping an item was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    list: &'static str,
    index: usize,
    frame: Option<Frame>,
}

/// Why a row gives no drafts.
#[derive(Debug)]
pub enum RowError {
    /// All that is wrong with the row; the next may be sound.
    Broken(Vec<RowFault>),
    /// There are no further rows.
    Ended(DataError),
}

impl Mapping {
    /// Applies the mapping to a table.
    ///
    /// # Errors
    /// The table cannot be read, or lacks columns that the mapping names.
    pub fn drafts(&self, table: &FilePath) -> Result<Drafts<'_>, DataError> {
        let data = Data::open(table, self.format)?;
        self.drafts_of(data)
    }

    pub(super) fn drafts_of(&self, mut data: Data) -> Result<Drafts<'_>, DataError> {
        let bound = self.bind(data.file(), data.columns())?;
        let bound = data.narrow(bound);
        Ok(Drafts { mapping: self, data, bound, met: HashSet::new(), constants_told: false, ended: false })
    }
}

impl Drafts<'_> {
    /// The table.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// Passes over the rows before this one, whatever is wrong with them.
    ///
    /// # Errors
    /// The table ends in error before.
    pub fn skip_to(&mut self, row: u64) -> Result<(), DataError> {
        for _ in 1..row {
            match self.data.row() {
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error),
                None => break,
            }
        }
        Ok(())
    }

    /// What is wrong with a field of an item that a row was mapped to, as the ledger names it:
    /// `figure.best`, `attribution[0].sources[1]`.
    pub fn blame(&self, row: &Row, origin: &Origin, field: &str, message: String) -> RowFault {
        let filled = self.filled(row, origin);
        let mut positions = Vec::new();
        let mut holes = EmptyHoles::default();
        // A figure in short form has its unit in one text with its number.
        let short = || field.rsplit_once('.').and_then(|(above, _)| filled.as_ref()?.find(above));
        let is_text = |node: &&Node| matches!(node.value, Value::Text(_));
        match filled.as_ref().and_then(|node| node.find(field)).or_else(|| short().filter(is_text)) {
            Some(node) => node.each_text(&mut |position| positions.push(position)),
            None => {
                let mut scope = Scope::new(row, &self.bound, &self.mapping.recipes);
                let mut visit = |position, name: &str, is_in_text| {
                    positions.push(position);
                    holes.add(name, is_in_text);
                };
                self.element(origin).empty_holes(field, origin.frame.as_ref(), &mut scope, &mut visit);
            }
        }
        let columns = positions.into_iter().filter_map(|position| self.mapping.origins.of_text(position));
        let cells = self.cells(row, columns, origin.frame.as_ref());
        let dot = if field.is_empty() || field.starts_with('[') { "" } else { "." };
        RowFault {
            field: format!("{}[{}]{dot}{field}", origin.list, origin.index),
            ..self.fault(row, cells, RowProblem::Refused { message }.of_holes(holes))
        }
    }

    /// An item that a row was mapped to, as an element of a pack's list. `id` is one that it got.
    pub fn yaml(&self, row: &Row, origin: &Origin, id: Option<&str>) -> String {
        let mut yaml = String::new();
        if let Some(mut node) = self.filled(row, origin) {
            if let (Some(id), Value::Map(entries)) = (id, &mut node.value) {
                let key = Key { position: node.position, name: "id".to_owned() };
                let value = Node { position: node.position, value: Value::Text(id.to_owned()) };
                entries.insert(0, (key, value));
            }
            write::element(&node, 2, &mut yaml);
        }
        yaml
    }

    /// The item again, each of its texts where the mapping has it.
    fn filled(&self, row: &Row, origin: &Origin) -> Option<Node> {
        let mut scope = Scope::new(row, &self.bound, &self.mapping.recipes);
        self.element(origin).fill(origin.frame.as_ref(), &mut scope, &mut Vec::new())
    }

    fn element(&self, origin: &Origin) -> &Element {
        let elements = match origin.list {
            "entities" => &self.mapping.entities,
            "sources" => &self.mapping.sources,
            "documents" => &self.mapping.documents,
            _ => &self.mapping.claims,
        };
        &elements[origin.index]
    }

    fn fault(&self, row: &Row, cells: Vec<Cell>, problem: RowProblem) -> RowFault {
        let file = self.data.file().clone();
        RowFault { file, row: row.number, line: row.line, field: String::new(), cells, problem }
    }

    fn cells<'c>(
        &self,
        row: &Row,
        columns: impl Iterator<Item = &'c Columns>,
        frame: Option<&Frame>,
    ) -> Vec<Cell> {
        let mut places: Vec<usize> = Vec::new();
        let at = frame.and_then(|frame| frame.column);
        for Columns { own, each } in columns {
            let each = each.iter().filter(|column| at.is_none_or(|at| at == **column));
            for place in own.iter().chain(each).filter_map(|&column| self.bound[column]) {
                if !places.contains(&place) {
                    places.push(place);
                }
            }
        }
        let cell = |place: usize| Cell {
            column: self.data.columns()[place].clone(),
            value: row.cell(place).to_owned(),
        };
        places.into_iter().map(cell).collect()
    }

    fn drafts_for(&self, row: Row) -> Result<(RowDrafts, HashSet<String>), Vec<RowFault>> {
        let scope = Scope::new(&row, &self.bound, &self.mapping.recipes);
        let mut work = Work {
            drafts: self,
            row: &row,
            scope,
            report: Report::new(self.data.file()),
            faults: Vec::new(),
            found: 0,
            newly_met: HashSet::new(),
        };
        let mapping = self.mapping;
        let entities = work.items("entities", &mapping.entities, Some(&["kind"]), items::entity_to_be);
        let sources = work.items("sources", &mapping.sources, Some(&[]), items::source_to_be);
        let documents = work.items("documents", &mapping.documents, None, items::document);
        let claims = work.items("claims", &mapping.claims, None, items::claim);
        let Work { faults, newly_met, .. } = work;
        if faults.is_empty() {
            Ok((RowDrafts { row, entities, sources, documents, claims }, newly_met))
        } else {
            Err(faults)
        }
    }
}

impl Iterator for Drafts<'_> {
    type Item = Result<RowDrafts, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.data.row()? {
            Ok(Ok(row)) => Some(match self.drafts_for(row) {
                Ok((drafts, newly_met)) => {
                    self.met.extend(newly_met);
                    self.constants_told = true;
                    Ok(drafts)
                }
                Err(faults) => Err(RowError::Broken(faults)),
            }),
            Ok(Err((row, problem))) => {
                Some(Err(RowError::Broken(vec![self.fault(&row, Vec::new(), problem)])))
            }
            Err(error) => {
                self.ended = true;
                Some(Err(RowError::Ended(error)))
            }
        }
    }
}

/// One row on its way.
struct Work<'w> {
    drafts: &'w Drafts<'w>,
    row: &'w Row,
    scope: Scope<'w>,
    report: Report,
    faults: Vec<RowFault>,
    /// Faults that were found, of which the same are told once.
    found: usize,
    newly_met: HashSet<String>,
}

impl Work<'_> {
    /// The items of one list. Those of the registry are made once for each id, or without an id for
    /// each name, among those of the same `told_apart_by`.
    fn items<T>(
        &mut self,
        list: &'static str,
        elements: &[Element],
        told_apart_by: Option<&[&str]>,
        read: impl Fn(&mut Fields<'_>) -> T,
    ) -> Vec<Made<T>> {
        let origins = &self.drafts.mapping.origins;
        let mut made = Vec::new();
        for (index, element) in elements.iter().enumerate() {
            let in_registry = list != "claims";
            if in_registry && self.drafts.constants_told && element.is_constant(origins) {
                continue;
            }
            let frames = match element.frames(&self.scope) {
                Ok(frames) => frames,
                Err(problem) => {
                    self.faulty(list, index, element.position(), None, problem);
                    continue;
                }
            };
            for frame in frames {
                if self.found >= MAX_FAULTS {
                    return made;
                }
                let mut faults = Vec::new();
                let filled = element.fill(frame.as_ref(), &mut self.scope, &mut faults);
                if !faults.is_empty() {
                    for (position, problem) in faults {
                        self.faulty(list, index, position, frame.as_ref(), problem);
                    }
                    continue;
                }
                let Some(node) = filled else { continue };
                if in_registry {
                    let named = told_apart_by.filter(|_| !element.has("id"));
                    let key = key(list, &node, named).filter(|key| !self.drafts.met.contains(key));
                    if !key.is_some_and(|key| self.newly_met.insert(key)) {
                        continue;
                    }
                }
                let path = Path::ROOT;
                let path = path.field(list);
                let path = path.index(index);
                if let Some(item) = Fields::of(&node, path, &mut self.report, &read) {
                    made.push(Made { item, origin: Origin { list, index, frame: frame.clone() } });
                }
                for fault in self.report.take() {
                    let within = fault.path.strip_prefix(&path.to_string()).unwrap_or_default().to_owned();
                    self.unreadable(fault, &within, element, frame.as_ref());
                }
            }
        }
        made
    }

    fn faulty(
        &mut self,
        list: &str,
        index: usize,
        position: Position,
        frame: Option<&Frame>,
        problem: RowProblem,
    ) {
        self.tell(format!("{list}[{index}]"), problem, |work| work.cells(position, None, frame));
    }

    /// Adds a fault; what is wrong with a value that several items use is told once.
    fn tell(&mut self, field: String, problem: RowProblem, cells: impl FnOnce(&Self) -> Vec<Cell>) {
        self.found += 1;
        if self.found <= MAX_FAULTS && self.faults.iter().all(|known| known.problem != problem) {
            self.faults.push(RowFault { field, ..self.drafts.fault(self.row, cells(self), problem) });
        }
    }

    /// A fault of the filled item, said of the row; `within` is its path in the element.
    fn unreadable(&mut self, fault: Fault, within: &str, element: &Element, frame: Option<&Frame>) {
        let Fault { line, column, path, problem, .. } = fault;
        let missing = if let Problem::MissingField { field } = &problem { Some(*field) } else { None };
        let content = matches!(&problem, Problem::TypeCount { found } if found.is_empty());
        let absent = missing.into_iter().chain(["figure", "norm", "type"].into_iter().filter(|_| content));
        let mut holes = EmptyHoles::default();
        for field in absent {
            let mut visit = |_, name: &str, is_in_text| holes.add(name, is_in_text);
            element.empty_holes(&format!("{within}.{field}"), frame, &mut self.scope, &mut visit);
        }
        self.tell(path, RowProblem::Field(problem).of_holes(holes), |work| {
            work.cells(Position { line, column }, missing, frame)
        });
    }

    fn cells(&self, position: Position, field: Option<&str>, frame: Option<&Frame>) -> Vec<Cell> {
        let origins = &self.drafts.mapping.origins;
        let columns = match field {
            Some(field) => origins.of_field(position, field),
            None => origins.of_text(position),
        };
        self.drafts.cells(self.row, columns.into_iter(), frame)
    }
}

/// What an item of the registry is known by: its id, or its name among those that share the fields
/// `named`; `None` if the row does not give it.
fn key(list: &str, node: &Node, named: Option<&[&str]>) -> Option<String> {
    let text = |field: &str| match node.find(field).map(|node| &node.value) {
        Some(Value::Text(text)) if !text.trim().is_empty() => Some(text.as_str()),
        _ => None,
    };
    match named {
        None => Some(format!("{list}\0{}", text("id")?)),
        Some(fields) => {
            let shared: Vec<&str> = fields.iter().filter_map(|field| text(field)).collect();
            Some(format!("{list}\0{}\0{}", shared.join("\0"), text("name")?.to_lowercase()))
        }
    }
}
