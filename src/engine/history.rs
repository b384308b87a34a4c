//! The registry as of every revision that changed it.

use super::OpenError;
use crate::model::Timestamp;
use crate::registry::Registry;
use crate::store::{Item, ItemKind, View};
use crate::wire::item;
use imbl::OrdMap;
use std::sync::Arc;

/// Registries by the revision since which each holds. They share what did not change between them.
#[derive(Clone, Debug)]
pub(super) struct History {
    since: OrdMap<u64, Arc<Registry>>,
    /// Up to which revision that is known.
    known: u64,
}

impl History {
    /// Reads every registry item of the ledger, in its order.
    pub(super) fn load(view: &dyn View) -> Result<Self, OpenError> {
        let empty = Self { since: OrdMap::unit(0, Arc::new(Registry::default())), known: 0 };
        empty.extended(view)
    }

    /// The history with what a view has that is not known yet.
    pub(super) fn extended(&self, view: &dyn View) -> Result<Self, OpenError> {
        let mut items: Vec<(ItemKind, Item)> = Vec::new();
        for kind in [ItemKind::Entity, ItemKind::Source, ItemKind::Document] {
            for item in view.registered(kind, self.known)? {
                items.push((kind, item?));
            }
        }
        // Stable: within a commit the kinds stand in this order, each in its own.
        items.sort_by_key(|(_, item)| item.revision);
        let mut history = self.clone();
        let mut registry = Registry::clone(&self.latest());
        for commit in items.chunk_by(|(_, a), (_, b)| a.revision == b.revision) {
            for (kind, item) in commit {
                add(&mut registry, *kind, item)?;
            }
            history = history.with(commit[0].1.revision, Arc::new(registry.clone()));
        }
        history.known = history.known.max(view.head().revision);
        Ok(history)
    }

    /// Up to which revision it is known.
    pub(super) fn known(&self) -> u64 {
        self.known
    }

    /// The registry as of a revision.
    pub(super) fn at(&self, revision: u64) -> Arc<Registry> {
        let (_, registry) = self.since.get_prev(&revision).expect("revision 0 has the empty registry");
        Arc::clone(registry)
    }

    /// The registry as of the last revision.
    pub(super) fn latest(&self) -> Arc<Registry> {
        self.at(u64::MAX)
    }

    /// The history with a registry that holds from `revision` on.
    pub(super) fn with(&self, revision: u64, registry: Arc<Registry>) -> Self {
        Self { since: self.since.update(revision, registry), known: revision }
    }
}

fn add(registry: &mut Registry, kind: ItemKind, item: &Item) -> Result<(), OpenError> {
    let recorded = Timestamp(item.recorded);
    let damaged = |source| OpenError::Item { id: item.id.to_string(), revision: item.revision, source };
    match kind {
        ItemKind::Entity => {
            registry.add_entity(item::decode_entity(&item.bytes).map_err(damaged)?, item.revision, recorded);
        }
        ItemKind::Source => {
            registry.add_source(item::decode_source(&item.bytes).map_err(damaged)?, item.revision, recorded);
        }
        ItemKind::Document => {
            registry.add_document(
                item::decode_document(&item.bytes).map_err(damaged)?,
                item.revision,
                recorded,
            );
        }
        ItemKind::Claim | ItemKind::Retraction => {}
    }
    Ok(())
}
