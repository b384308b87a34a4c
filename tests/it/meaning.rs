//! What queries mean, by the seeds: as a plain walk over their rows finds it, and as the engine does.

use super::scripts::run;
use sayso::analysis::{Cell, Item, Known, cells};
use sayso::engine::{Batch, Engine, MAX_PAGE_SIZE, QueryError, QueryRequest, Results};
use sayso::language::{self, Column, Diagnostic, Notice, Output, Parameters, Resolved, Subject};
use sayso::model::{Claim, Document, Entity, Path, Source, Timestamp};
use sayso::pack::Pack;
use sayso::plan::{Field, Filter, Mode, Row, Truth};
use sayso::registry::Registry;
use sayso::store::Budget;
use std::collections::BTreeSet;
use std::path::Path as FilePath;

/// The seeds as one commit of revision 1, with `now` fixed.
struct Ledger {
    registry: Registry,
    claims: Vec<Claim>,
}

impl Ledger {
    fn load() -> Self {
        let directory = FilePath::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
        let pack = Pack::read_dir(&directory).expect("the seeds are sound");
        let recorded = Self::now();
        let mut registry = Registry::default();
        for entity in &pack.entities {
            let entity = Entity::parse(&entity.item, Path::ROOT).expect("the seeds are sound");
            registry.add_entity(entity, 1, recorded);
        }
        for source in &pack.sources {
            let source = Source::parse(&source.item, Path::ROOT).expect("the seeds are sound");
            registry.add_source(source, 1, recorded);
        }
        for document in &pack.documents {
            let document = Document::parse(&document.item, Path::ROOT).expect("the seeds are sound");
            registry.add_document(document, 1, recorded);
        }
        let claim = |draft| Claim::parse(draft, Path::ROOT).expect("the seeds are sound");
        let claims = pack.claims.iter().map(|draft| claim(&draft.item)).collect();
        Self { registry, claims }
    }

    fn now() -> Timestamp {
        Timestamp::parse("2025-02-12T12:00:00Z").expect("an instant")
    }

    /// The items that a query looks for, in the order of their ids.
    fn items(&self, subject: &Subject) -> Vec<(Row, Item<'_>)> {
        let mut items: Vec<(Row, Item<'_>)> = match subject {
            Subject::Claims(_) => {
                self.claims.iter().map(|claim| (Row::of_claim(claim), Item::Claim(claim))).collect()
            }
            Subject::Entities => {
                let entities = self.registry.entities();
                entities.map(|entity| (Row::of_entity(entity), Item::Entity(entity))).collect()
            }
            Subject::Sources => {
                let sources = self.registry.sources();
                sources.map(|source| (Row::of_source(source), Item::Source(source))).collect()
            }
            Subject::Documents => {
                let documents = self.registry.documents();
                documents.map(|document| (Row::of_document(document), Item::Document(document))).collect()
            }
        };
        for (row, _) in &mut items {
            *row = row.clone().committed(Self::now().0, 1, 1);
        }
        items.sort_by(|(a, _), (b, _)| a.id().cmp(b.id()));
        items
    }

    /// The query's meaning, or the whole error, of which every edit parses and leads on.
    fn resolve(&self, query: &str, parameters: &Parameters) -> Result<Resolved, String> {
        let read = |query: &str| {
            let parsed = language::parse(query)?;
            language::resolve(&parsed, query, &self.registry, parameters, Self::now())
        };
        read(query).map_err(|mut diagnostic| {
            language::sift(&mut diagnostic, query, &self.registry, parameters, Self::now());
            for edit in &diagnostic.edits {
                let edited = edit.apply(query);
                assert_eq!(language::parse(&edited).err(), None, "{edited}");
                let place = |diagnostic: &Diagnostic| (diagnostic.code(), diagnostic.span.start);
                let next = read(&edited).err();
                assert!(next.is_none_or(|next| place(&next) != place(&diagnostic)), "{edited}");
            }
            diagnostic.render(query)
        })
    }

    fn listed(&self, columns: &[Column], item: Item<'_>) -> String {
        let known = Known { revision: 1, recorded: Self::now(), version: 1, is_retracted: false };
        row(&cells(columns, item, &known, &self.registry))
    }

    /// The ids of what matches, or the cells that are listed, with the grade where it is not sure; then the notices.
    fn answer(&self, query: &str) -> String {
        let resolved = match self.resolve(query, &Parameters::new()) {
            Ok(resolved) => resolved,
            Err(error) => return error,
        };
        let items = self.items(&resolved.subject);
        let rows: Vec<&Row> = items.iter().map(|(row, _)| row).collect();
        let mut lines: Vec<String> = items
            .iter()
            .filter_map(|(row, item)| {
                let truth = resolved.filter.grade(row)?;
                let line = match &resolved.output {
                    Output::Items | Output::Count(_) | Output::View(..) => row.id().to_string(),
                    Output::List(columns) => self.listed(columns, *item),
                };
                Some(graded(line, truth))
            })
            .collect();
        if lines.is_empty() {
            lines.push("nothing".to_owned());
        }
        let any = |filter: &Filter| rows.iter().any(|row| filter.holds(row, Mode::Possibly));
        for notice in &resolved.notices {
            let (code, is_so) = match notice {
                Notice::MatchedByAbsence { filter, .. } => {
                    ("MATCHED_BY_ABSENCE", any(&Filter::and([resolved.filter.clone(), filter.clone()])))
                }
                Notice::NeverSeen { filter, .. } => ("NEVER_SEEN", !any(filter)),
                Notice::NewestAlone { filter, .. } => ("NEWEST_ALONE", any(filter)),
                Notice::SeveralUnits { .. } => {
                    let found = rows.iter().filter(|row| resolved.filter.holds(row, Mode::Possibly));
                    let units: BTreeSet<_> = found.flat_map(|row| row.terms(Field::Unit)).collect();
                    ("SEVERAL_UNITS", units.len() > 1)
                }
            };
            lines.extend(is_so.then(|| code.to_owned()));
        }
        lines.join("\n")
    }
}

/// A row of a table: `-` where a value is missing, `#` before numbers.
fn row(cells: &[Cell]) -> String {
    fn show(cell: &Cell) -> String {
        match cell {
            Cell::Missing => "-".to_owned(),
            Cell::Text(text) => text.clone(),
            Cell::Number(number) => format!("#{number}"),
            Cell::Bool(yes) => yes.to_string(),
            Cell::List(cells) => format!("[{}]", cells.iter().map(show).collect::<Vec<_>>().join(", ")),
        }
    }
    cells.iter().map(show).collect::<Vec<_>>().join(" | ")
}

fn graded(line: String, truth: Truth) -> String {
    match truth {
        Truth::Sure => line,
        Truth::Possible => line + " possibly",
    }
}

/// The seeds in an engine.
fn engine() -> Engine {
    let directory = FilePath::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    let pack = Pack::read_dir(&directory).expect("the seeds are sound");
    let batch = Batch {
        entities: pack.entities.into_iter().map(|located| located.item).collect(),
        sources: pack.sources.into_iter().map(|located| located.item).collect(),
        documents: pack.documents.into_iter().map(|located| located.item).collect(),
        claims: pack.claims.into_iter().map(|located| located.item).collect(),
        ..Batch::default()
    };
    let engine = Engine::in_memory().expect("memory is there");
    engine.record(batch).expect("the seeds are sound");
    engine
}

/// What the engine answers: the rows in order, then the codes of what it remarks; or the error.
fn ask(engine: &Engine, query: &str) -> (Vec<String>, Vec<String>) {
    let request =
        QueryRequest { text: query.to_owned(), page_size: MAX_PAGE_SIZE, ..QueryRequest::default() };
    let answer = match engine.query(&request, &Budget::default()) {
        Ok(answer) => answer,
        Err(QueryError::Query { text, diagnostic }) => return (vec![diagnostic.render(&text)], Vec::new()),
        Err(error) => panic!("{query}: {error}"),
    };
    let lines = match answer.results {
        Results::Explanation(_) | Results::View(_) => panic!("{query} asks for rows"),
        Results::Claims(found) => found.iter().map(|it| graded(it.item.id.to_string(), it.truth)).collect(),
        Results::Entities(found) => found.iter().map(|it| graded(it.item.id.to_string(), it.truth)).collect(),
        Results::Sources(found) => found.iter().map(|it| graded(it.item.id.to_string(), it.truth)).collect(),
        Results::Documents(found) => {
            found.iter().map(|it| graded(it.item.id.to_string(), it.truth)).collect()
        }
        Results::Table(table) => {
            let rows = table.rows.iter();
            rows.map(|(cells, truth)| graded(row(cells), truth.unwrap_or(Truth::Sure))).collect()
        }
    };
    (lines, answer.remarks.iter().map(|remark| remark.code.to_owned()).collect())
}

#[test]
fn meaning() {
    let ledger = Ledger::load();
    run("meaning.txt", |query| ledger.answer(query));
}

#[test]
fn the_engine_finds_what_a_plain_walk_finds() {
    let engine = engine();
    run("meaning.txt", |query| {
        let (mut lines, remarks) = ask(&engine, query);
        lines.sort();
        if lines.is_empty() {
            lines.push("nothing".to_owned());
        }
        lines.extend(remarks);
        lines.join("\n")
    });
}

#[test]
fn tables() {
    let engine = engine();
    run("tables.txt", |query| {
        let (mut lines, remarks) = ask(&engine, query);
        if lines.is_empty() {
            lines.push("nothing".to_owned());
        }
        lines.extend(remarks);
        lines.join("\n")
    });
}

#[test]
fn errors_of_meaning() {
    let ledger = Ledger::load();
    run("meaning-errors.txt", |query| ledger.answer(query));
}

#[test]
fn remedies() {
    let ledger = Ledger::load();
    run("remedies.txt", |query| ledger.answer(query));
}
