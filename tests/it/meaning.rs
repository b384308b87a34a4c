//! What queries mean: the seeds, walked row by row.

use sayso::analysis::{Cell, Item, Known, cells};
use sayso::language::{self, Column, Output, Parameters, Resolved, Subject};
use sayso::model::{Claim, Document, Entity, Path, Source, Timestamp};
use sayso::pack::Pack;
use sayso::plan::{Filter, Mode, Row, Truth};
use sayso::registry::Registry;
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

    /// The query's meaning, or the whole error, of which every edit parses.
    fn resolve(&self, query: &str, parameters: &Parameters) -> Result<Resolved, String> {
        let parsed = language::parse(query).map_err(|diagnostic| diagnostic.render(query))?;
        language::resolve(&parsed, query, &self.registry, parameters, Self::now()).map_err(|diagnostic| {
            for edit in &diagnostic.edits {
                let edited = edit.apply(query);
                assert_eq!(language::parse(&edited).err(), None, "{edited}");
            }
            diagnostic.render(query)
        })
    }

    fn listed(&self, columns: &[Column], item: Item<'_>) -> String {
        fn show(cell: &Cell) -> String {
            match cell {
                Cell::Missing => "-".to_owned(),
                Cell::Text(text) => text.clone(),
                Cell::Number(number) => format!("#{number}"),
                Cell::Bool(yes) => yes.to_string(),
                Cell::List(cells) => format!("[{}]", cells.iter().map(show).collect::<Vec<_>>().join(", ")),
            }
        }
        let known = Known { revision: 1, recorded: Self::now(), version: 1, is_retracted: false };
        let cells = cells(columns, item, &known, &self.registry);
        cells.iter().map(show).collect::<Vec<_>>().join(" | ")
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
                let mut line = match &resolved.output {
                    Output::Items | Output::Count(_) => row.id().to_string(),
                    Output::List(columns) => self.listed(columns, *item),
                };
                if truth == Truth::Possible {
                    line += " possibly";
                }
                Some(line)
            })
            .collect();
        if lines.is_empty() {
            lines.push("nothing".to_owned());
        }
        let matching = |filter: &Filter| rows.iter().filter(|row| filter.holds(row, Mode::Possibly)).count();
        for notice in &resolved.notices {
            let count = match notice {
                language::Notice::MatchedByAbsence { filter, .. } => {
                    matching(&Filter::and([resolved.filter.clone(), filter.clone()]))
                }
                language::Notice::NeverSeen { filter, .. } => matching(filter),
                language::Notice::SeveralUnits { .. } => {
                    let found = rows.iter().filter(|row| resolved.filter.holds(row, Mode::Possibly));
                    let units = found.flat_map(|row| row.terms(sayso::plan::Field::Unit));
                    units.collect::<std::collections::BTreeSet<_>>().len()
                }
            };
            lines.extend(notice.text(count as u64).map(|text| format!("{}: {text}", notice.code())));
        }
        lines.join("\n")
    }
}

#[test]
fn meaning() {
    let ledger = Ledger::load();
    super::scripts::run("meaning.txt", |query| ledger.answer(query));
}

#[test]
fn errors_of_meaning() {
    let ledger = Ledger::load();
    super::scripts::run("meaning-errors.txt", |query| ledger.answer(query));
}
