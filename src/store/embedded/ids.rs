//! Which positions may hold an id.

use crate::store::Position;
use std::hash::{BuildHasher, RandomState};

/// Bits of an entry that hold the position; the others hold a part of the id's hash.
const POSITION_BITS: u32 = 36;
const POSITION_MASK: u64 = (1 << POSITION_BITS) - 1;

/// Positions by their ids' hashes, in eight bytes each. Who asks compares the ids themselves.
/// Cloning is cheap, and a clone does not see what is added later.
#[derive(Clone, Debug, Default)]
pub(super) struct Ids {
    entries: imbl::OrdSet<u64>,
    hasher: RandomState,
}

impl Ids {
    /// Notes that the id stands at the position.
    pub(super) fn insert(&mut self, id: &str, position: Position) {
        self.entries.insert(self.entry(id, position));
    }

    /// What says that the id stands at the position.
    pub(super) fn entry(&self, id: &str, position: Position) -> u64 {
        debug_assert!(position.0 <= POSITION_MASK, "68 billion claims do not fit one machine");
        self.prefix(id) | position.0
    }

    /// Notes many at once, which is quicker.
    pub(super) fn fill(&mut self, mut entries: Vec<u64>) {
        entries.sort_unstable();
        self.entries.extend(entries);
    }

    /// The positions that may hold the id, newest first; now and then one that does not.
    pub(super) fn candidates(&self, id: &str) -> impl Iterator<Item = Position> + use<'_> {
        let prefix = self.prefix(id);
        self.entries.range(prefix..=prefix | POSITION_MASK).rev().map(|entry| Position(entry & POSITION_MASK))
    }

    /// About how many bytes of memory it takes: its nodes are about three quarters full.
    pub(super) fn bytes(&self) -> usize {
        self.entries.len() * size_of::<u64>() * 4 / 3
    }

    fn prefix(&self, id: &str) -> u64 {
        self.hasher.hash_one(id) & !POSITION_MASK
    }
}
