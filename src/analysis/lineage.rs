//! What descends from what, looked up often.

use crate::model::{EntityId, SourceId, Step};
use crate::registry::Registry;
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

/// A registry asked the same things again and again.
#[derive(Debug)]
pub struct Lineage<'r> {
    registry: &'r Registry,
    above: RefCell<HashMap<EntityId, Rc<HashSet<EntityId>>>>,
}

impl<'r> Lineage<'r> {
    /// The lineage of a registry.
    pub fn new(registry: &'r Registry) -> Self {
        Self { registry, above: RefCell::default() }
    }

    /// The entity itself and all that it is part of or a kind of, however far up.
    pub fn and_above(&self, id: &EntityId) -> Rc<HashSet<EntityId>> {
        if let Some(above) = self.above.borrow().get(id) {
            return Rc::clone(above);
        }
        let mut above = HashSet::from([id.clone()]);
        let mut open = vec![id.clone()];
        while let Some(below) = open.pop() {
            let parents = self.registry.entity(below.as_str()).map(|entity| entity.parents.as_slice());
            for parent in parents.unwrap_or_default() {
                if above.insert(parent.clone()) {
                    open.push(parent.clone());
                }
            }
        }
        let above = Rc::new(above);
        self.above.borrow_mut().insert(id.clone(), Rc::clone(&above));
        above
    }

    /// Whether one entity is the other or descends from it.
    pub fn is_within(&self, id: &EntityId, other: &EntityId) -> bool {
        id == other || self.and_above(id).contains(other)
    }

    /// Whether the entity is one of the others or descends from one of them.
    pub fn is_within_any(&self, id: &EntityId, others: &BTreeSet<EntityId>) -> bool {
        let above = self.and_above(id);
        if others.len() < above.len() {
            others.iter().any(|other| above.contains(other))
        } else {
            above.iter().any(|above| others.contains(above))
        }
    }

    /// The ids less those that descend from another of them: two lists with equal tops are within
    /// each other.
    pub fn tops(&self, ids: &[EntityId]) -> BTreeSet<EntityId> {
        let all: HashSet<&EntityId> = ids.iter().collect();
        let is_top =
            |id: &&EntityId| !self.and_above(id).iter().any(|above| above != *id && all.contains(above));
        ids.iter().filter(is_top).cloned().collect()
    }

    /// The topmost sources of a step's: its root origins, if it is the first.
    pub fn roots(&self, step: &Step) -> BTreeSet<SourceId> {
        step.sources.iter().map(|source| self.registry.root(source)).collect()
    }
}
