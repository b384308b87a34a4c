//! The ledger that is asked: the seeds, as one commit.

use crate::language::{Counts, Parameter, Parameters, Subject};
use crate::model::{Claim, Document, Entity, Path, Source, Timestamp};
use crate::pack::Pack;
use crate::plan::{Field, Row};
use crate::registry::Registry;
use std::collections::BTreeMap;
use std::path::Path as FilePath;
use std::sync::{Arc, LazyLock};

/// The ledger.
pub(crate) static LEDGER: LazyLock<Ledger> = LazyLock::new(Ledger::load);

pub(crate) struct Ledger {
    pub(crate) registry: Registry,
    /// What `now` stands for.
    pub(crate) now: Timestamp,
    claims: Vec<Row>,
    entities: Vec<Row>,
    sources: Vec<Row>,
    documents: Vec<Row>,
    counts: BTreeMap<Field, Arc<Counts>>,
    parameters: Parameters,
}

impl Ledger {
    fn load() -> Self {
        let seeds = FilePath::new(env!("CARGO_MANIFEST_DIR")).join("../seeds");
        let pack = Pack::read_dir(&seeds).expect("the seeds are sound");
        let now = Timestamp::parse("2025-02-12T12:00:00Z").expect("an instant");
        let committed = |row: Row| row.committed(now.0, 1, 1);
        let mut registry = Registry::default();
        for entity in &pack.entities {
            registry.add_entity(Entity::parse(&entity.item, Path::ROOT).expect("sound"), 1, now);
        }
        for source in &pack.sources {
            registry.add_source(Source::parse(&source.item, Path::ROOT).expect("sound"), 1, now);
        }
        for document in &pack.documents {
            registry.add_document(Document::parse(&document.item, Path::ROOT).expect("sound"), 1, now);
        }
        let claim = |draft| Claim::parse(draft, Path::ROOT).expect("the seeds are sound");
        let claims: Vec<Row> =
            pack.claims.iter().map(|draft| committed(Row::of_claim(&claim(&draft.item)))).collect();

        let mut counts: BTreeMap<Field, Counts> = BTreeMap::new();
        for (field, terms) in claims.iter().flat_map(Row::all_terms) {
            for term in terms.iter() {
                *counts.entry(*field).or_default().entry(Arc::clone(term)).or_default() += 1;
            }
        }
        Self {
            now,
            claims,
            entities: registry.entities().map(|entity| committed(Row::of_entity(entity))).collect(),
            sources: registry.sources().map(|source| committed(Row::of_source(source))).collect(),
            documents: registry.documents().map(|document| committed(Row::of_document(document))).collect(),
            counts: counts.into_iter().map(|(field, counts)| (field, Arc::new(counts))).collect(),
            parameters: parameters(),
            registry,
        }
    }

    /// The rows of what a query looks for.
    pub(crate) fn rows(&self, subject: &Subject) -> &[Row] {
        match subject {
            Subject::Claims(_) => &self.claims,
            Subject::Entities => &self.entities,
            Subject::Sources => &self.sources,
            Subject::Documents => &self.documents,
        }
    }

    /// How many claims have a value.
    pub(crate) fn counts(&self, field: Field) -> Arc<Counts> {
        self.counts.get(&field).cloned().unwrap_or_default()
    }

    /// Values for those parameters that stand in a text.
    pub(crate) fn parameters(&self, text: &str) -> Parameters {
        let named = self.parameters.iter().filter(|(name, _)| text.contains(&format!("${name}")));
        named.map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

fn parameters() -> Parameters {
    let list = |items: &[&str]| Parameter::List(items.iter().map(ToString::to_string).collect());
    let one = |value: &str| Parameter::One(value.to_owned());
    [
        ("actor", one("NK")),
        ("kinds", list(&["workers", "Troops"])),
        ("many", list(&["4000", "2024-10~", "nis", "no such thing"])),
        ("none", list(&[])),
        ("number", one("5")),
        ("odd", one("'\u{0}\u{200f}북한")),
        ("time", one("2024-10~/..")),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// The parameters that have a value.
pub(crate) fn parameter_names() -> impl Iterator<Item = String> {
    parameters().into_keys()
}
