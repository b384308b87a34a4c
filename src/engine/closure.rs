//! What an export must have beside the claims that were asked for, and in which order, so that
//! everything refers only to what came before it.

use crate::model::{Path, Reference};
use crate::registry::Registry;
use crate::store::ItemKind;
use crate::wire::item::{self, ItemError};
use bytes::Bytes;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

/// An item by what it is and its id.
pub(super) type Name = (ItemKind, Arc<str>);

/// Items of the registry, each behind what it refers to.
pub(super) struct Closure<'a> {
    registry: &'a Registry,
    seen: HashSet<Name>,
    order: Vec<Name>,
}

impl<'a> Closure<'a> {
    pub(super) fn new(registry: &'a Registry) -> Self {
        Self { registry, seen: HashSet::new(), order: Vec::new() }
    }

    /// Adds the whole registry.
    pub(super) fn add_all(&mut self) -> Result<(), ItemError> {
        let registry = self.registry;
        let entities = registry.entities().map(|entity| (ItemKind::Entity, entity.id.shared()));
        let sources = registry.sources().map(|source| (ItemKind::Source, source.id.shared()));
        let documents = registry.documents().map(|document| (ItemKind::Document, document.id.shared()));
        let mut all = entities.chain(sources).chain(documents);
        all.try_for_each(|(kind, id)| self.add((kind, Arc::clone(id))))
    }

    /// Adds an item and all that it refers to.
    pub(super) fn add(&mut self, name: Name) -> Result<(), ItemError> {
        let registry = self.registry;
        let below = |name: &Name| references(name.0, &bytes(registry, name).unwrap_or_default());
        self.order.extend(in_order(name, &mut self.seen, below)?.into_iter().flatten());
        Ok(())
    }

    /// Entities, then sources, then documents, each in an order in which it refers to earlier ones.
    pub(super) fn finish(self) -> Vec<Name> {
        let mut order = self.order;
        // Stable: sources refer to entities, documents to sources, and none the other way.
        order.sort_by_key(|(kind, _)| *kind);
        order
    }
}

/// What `from` needs, and itself, each behind what it needs; what was seen before is left out. What
/// needs each other stands together, sorted.
///
/// These are the strongly connected components of Tarjan (Depth-first search and linear graph
/// algorithms, 1972). Chains can be long, so that the way is kept here and not on the stack.
pub(super) fn in_order<T: Clone + Ord + Hash, E>(
    from: T,
    seen: &mut HashSet<T>,
    mut below: impl FnMut(&T) -> Result<Vec<T>, E>,
) -> Result<Vec<Vec<T>>, E> {
    let mut order = Vec::new();
    if seen.contains(&from) {
        return Ok(order);
    }
    let mut numbers: HashMap<T, usize> = HashMap::from([(from.clone(), 0)]);
    // The lowest number that each leads back to, as far as is known.
    let mut lowest = vec![0];
    let mut way = vec![(0, below(&from)?)];
    // What may still turn out to be needed by what it needs.
    let mut open = vec![from];
    while let Some((number, needs)) = way.last_mut() {
        let number = *number;
        if let Some(next) = needs.pop() {
            if seen.contains(&next) {
                continue;
            }
            match numbers.get(&next) {
                Some(&known) => lowest[number] = lowest[number].min(known),
                None => {
                    let new = lowest.len();
                    numbers.insert(next.clone(), new);
                    lowest.push(new);
                    way.push((new, below(&next)?));
                    open.push(next);
                }
            }
            continue;
        }
        way.pop();
        if let Some((above, _)) = way.last() {
            lowest[*above] = lowest[*above].min(lowest[number]);
        }
        if lowest[number] == number {
            let first = open.iter().rposition(|one| numbers[one] == number).unwrap_or_default();
            let mut together = open.split_off(first);
            together.sort_unstable();
            seen.extend(together.iter().cloned());
            order.push(together);
        }
    }
    Ok(order)
}

/// The item bytes of an item of the registry, if that has it.
pub(super) fn bytes(registry: &Registry, (kind, id): &Name) -> Option<Bytes> {
    let bytes = match kind {
        ItemKind::Entity => item::encode_entity(&registry.entity(id)?.item),
        ItemKind::Source => item::encode_source(&registry.source(id)?.item),
        ItemKind::Document => item::encode_document(&registry.document(id)?.item),
        ItemKind::Claim | ItemKind::Retraction => return None,
    };
    Some(bytes.into())
}

/// What an item refers to.
///
/// # Errors
/// The bytes are not those of an item of this kind.
pub(super) fn references(kind: ItemKind, bytes: &[u8]) -> Result<Vec<Name>, ItemError> {
    let mut names = Vec::new();
    let visit = |_: Path<'_>, reference: Reference, name: &mut String| {
        let kind = match reference {
            Reference::Entity(_) => ItemKind::Entity,
            Reference::Source => ItemKind::Source,
            Reference::Document => ItemKind::Document,
            Reference::Claim => ItemKind::Claim,
        };
        names.push((kind, name.as_str().into()));
    };
    match kind {
        ItemKind::Entity => item::entity_draft(bytes)?.visit_references(Path::ROOT, visit),
        ItemKind::Source => item::source_draft(bytes)?.visit_references(Path::ROOT, visit),
        ItemKind::Document => item::document_draft(bytes)?.visit_references(Path::ROOT, visit),
        ItemKind::Claim => item::claim_draft(bytes)?.visit_references(Path::ROOT, visit),
        ItemKind::Retraction => {}
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn order(from: u32, seen: &[u32], edges: &[(u32, u32)]) -> Vec<Vec<u32>> {
        let below = |at: &u32| {
            Ok::<_, Infallible>(edges.iter().filter(|(a, _)| a == at).map(|(_, b)| *b).collect::<Vec<_>>())
        };
        let mut seen = seen.iter().copied().collect();
        let Ok(order) = in_order(from, &mut seen, below);
        assert!(order.iter().flatten().all(|one| seen.contains(one)));
        order
    }

    #[test]
    fn each_stands_behind_what_it_needs() {
        assert_eq!(order(1, &[], &[]), [[1]]);
        assert_eq!(order(1, &[1], &[(1, 2)]), [[0; 0]; 0]);
        assert_eq!(order(1, &[], &[(1, 2), (2, 3)]), [[3], [2], [1]]);
        assert_eq!(order(1, &[3], &[(1, 2), (2, 3)]), [[2], [1]]);
        // By two ways.
        assert_eq!(order(1, &[], &[(1, 2), (1, 3), (2, 4), (3, 4)]), [[4], [3], [2], [1]]);
        // A long chain takes no room on the stack.
        let chain: Vec<(u32, u32)> = (0..2_000).map(|at| (at, at + 1)).collect();
        assert_eq!(order(0, &[], &chain).concat(), (0..=2_000).rev().collect::<Vec<_>>());
    }

    #[test]
    fn what_needs_each_other_stands_together() {
        let edges = [(5, 1), (1, 9), (9, 3), (3, 1), (3, 7), (7, 8)];
        assert_eq!(order(5, &[], &edges), [vec![8], vec![7], vec![1, 3, 9], vec![5]]);
        assert_eq!(order(2, &[], &[(2, 1), (1, 2)]), [[1, 2]]);
        assert_eq!(order(1, &[], &[(1, 1)]), [[1]]);
        // Two circles that meet.
        assert_eq!(order(1, &[], &[(1, 2), (2, 1), (2, 3), (3, 2)]), [[1, 2, 3]]);
    }
}
