//! What cannot be written because it refers to what is not: found in one pass, however long the chain
//! of those that refer to each other.

use super::Engine;
use super::import::{Arrival, ImportItem};
use super::record::Fault;
use crate::model::{EntityDraft, Path, Reference, Role, SourceDraft};
use crate::plan::fold;
use crate::registry::{NameError, What};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A name that something has, or is referred to by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Name {
    Entity(Arc<str>),
    Source(Arc<str>),
    Document(String),
    Claim(String),
}

/// A field that refers to something.
struct Use {
    /// The item's place.
    at: usize,
    path: String,
    reference: Reference,
    name: String,
}

/// Which of the items refer, by others or themselves, to a name that nothing has without those that are
/// `gone`: each by its place, with the fields that do and what is wrong with them.
pub(super) fn dependents(
    engine: &Engine,
    items: &mut [Arrival],
    gone: &[Arrival],
) -> BTreeMap<usize, Vec<(String, Fault)>> {
    let mut given: Vec<Vec<Name>> = items.iter().map(|arrival| names(&arrival.item)).collect();
    let mut having: HashMap<Name, usize> = HashMap::new();
    given.iter().flatten().for_each(|name| *having.entry(name.clone()).or_default() += 1);
    let mut uses: HashMap<Name, Vec<Use>> = HashMap::new();
    for (at, arrival) in items.iter_mut().enumerate() {
        visit(&mut arrival.item, |path, reference, name| {
            let used = Use { at, path: path.to_string(), reference, name: name.clone() };
            uses.entry(named(reference, name)).or_default().push(used);
        });
    }
    let registry = engine.registry();
    let is_known = |name: &Name| match name {
        Name::Entity(name) => !is_unknown(&registry.resolve_entity(name, Role::Any)),
        Name::Source(name) => !is_unknown(&registry.resolve_source(name)),
        Name::Document(id) => registry.document(id).is_some(),
        Name::Claim(id) => !engine.lacks_claim(id),
    };
    let mut found: BTreeMap<usize, Vec<(String, Fault)>> = BTreeMap::new();
    let mut lost: Vec<Name> = gone.iter().flat_map(|arrival| names(&arrival.item)).collect();
    while let Some(name) = lost.pop() {
        if having.get(&name).is_some_and(|count| *count > 0) || !uses.contains_key(&name) || is_known(&name) {
            continue;
        }
        for Use { at, path, reference, name } in uses.remove(&name).unwrap_or_default() {
            found.entry(at).or_default().push((path, fault(reference, name)));
            for name in std::mem::take(&mut given[at]) {
                having.entry(name.clone()).and_modify(|count| *count -= 1);
                lost.push(name);
            }
        }
    }
    found
}

fn is_unknown<T>(resolved: &Result<T, NameError>) -> bool {
    matches!(resolved, Err(NameError::Unknown { .. }))
}

/// What is wrong with a reference to nothing.
fn fault(reference: Reference, name: String) -> Fault {
    let what = match reference {
        Reference::Entity(role) => What::Entity(role),
        Reference::Source => What::Source,
        Reference::Document => What::Document,
        Reference::Claim => return Fault::UnknownClaim { id: name },
    };
    Fault::Name(NameError::Unknown { what, name, nearest: Vec::new() })
}

fn named(reference: Reference, name: &str) -> Name {
    match reference {
        Reference::Entity(_) => Name::Entity(fold(name)),
        Reference::Source => Name::Source(fold(name)),
        Reference::Document => Name::Document(name.to_owned()),
        Reference::Claim => Name::Claim(name.to_owned()),
    }
}

/// What an item can be referred to by.
fn names(item: &ImportItem) -> Vec<Name> {
    match item {
        ImportItem::Entity(EntityDraft { id, name, aliases, .. }) => {
            aliases.iter().chain([id, name]).map(|name| Name::Entity(fold(name))).collect()
        }
        ImportItem::Source(SourceDraft { id, name, aliases, .. }) => {
            aliases.iter().chain([id, name]).map(|name| Name::Source(fold(name))).collect()
        }
        ImportItem::Document(draft) => vec![Name::Document(draft.id.clone())],
        ImportItem::Claim(draft) => vec![Name::Claim(draft.id.clone())],
        ImportItem::Retraction { .. } | ImportItem::Refused(_) | ImportItem::Commit(_) => Vec::new(),
    }
}

fn visit(item: &mut ImportItem, found: impl FnMut(Path<'_>, Reference, &mut String)) {
    match item {
        ImportItem::Entity(draft) => draft.visit_references(Path::ROOT, found),
        ImportItem::Source(draft) => draft.visit_references(Path::ROOT, found),
        ImportItem::Document(draft) => draft.visit_references(Path::ROOT, found),
        ImportItem::Claim(draft) => draft.visit_references(Path::ROOT, found),
        ImportItem::Retraction { .. } | ImportItem::Refused(_) | ImportItem::Commit(_) => {}
    }
}
