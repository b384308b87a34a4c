//! What a commit is, on every store: items in an order, and the digest that chains them.

use crate::plan::Row;
use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::sync::Arc;

/// What an item of a commit is. The number is part of what digests are made of: it never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ItemKind {
    /// An entity of the registry.
    Entity = 1,
    /// A source of the registry.
    Source = 2,
    /// A document.
    Document = 3,
    /// A claim.
    Claim = 4,
    /// The retraction of a claim.
    Retraction = 5,
}

impl ItemKind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [Self; 5] = [Self::Entity, Self::Source, Self::Document, Self::Claim, Self::Retraction];

    /// What it is called.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Entity => "entity",
            Self::Source => "source",
            Self::Document => "document",
            Self::Claim => "claim",
            Self::Retraction => "retraction",
        }
    }

    /// The kind's number.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

/// One item to be committed.
#[derive(Clone, Debug)]
pub struct NewItem {
    /// What it is.
    pub kind: ItemKind,
    /// Its id; of a retraction, the claim's.
    pub id: Arc<str>,
    /// Its version, counted from 1; of a retraction, the version that is retracted.
    pub version: u32,
    /// Its bytes, made once and kept for ever.
    pub bytes: Bytes,
    /// What a claim can be asked for; of other items, nothing.
    pub row: Option<Row>,
}

/// What a ledger's history comes to: two ledgers with one digest hold one history.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of the empty ledger.
    pub const EMPTY: Self = Self([0; 32]);

    /// The digest from its bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest's bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The digest after a commit: SHA-256 over `sayso1`, this digest, the revision, the time in
    /// microseconds since 1970, the number of items and, of each item in order, the kind's number
    /// and the SHA-256 of its bytes. Numbers are big-endian.
    #[must_use]
    pub fn chain<'a>(
        &self,
        revision: u64,
        recorded: i64,
        items: impl ExactSizeIterator<Item = (ItemKind, &'a [u8])>,
    ) -> Self {
        let count = u32::try_from(items.len()).expect("a batch has far fewer than 2^32 items");
        let mut hash = Sha256::new();
        hash.update(b"sayso1");
        hash.update(self.0);
        hash.update(revision.to_be_bytes());
        hash.update(recorded.to_be_bytes());
        hash.update(count.to_be_bytes());
        for (kind, bytes) in items {
            hash.update([kind.code()]);
            hash.update(Sha256::digest(bytes));
        }
        Self(hash.finalize().into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One step of the ledger's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its number: 1, 2, 3 … without gaps.
    pub revision: u64,
    /// The history up to and including it.
    pub digest: Digest,
    /// When it was recorded, in microseconds since 1970; later than every commit before it.
    pub recorded: i64,
}

/// How many ids are live: claims whose latest version is not retracted, and registry items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is named for what it counts")]
pub struct Counts {
    pub claims: u64,
    pub sources: u64,
    pub entities: u64,
    pub documents: u64,
}

/// The state of a ledger after its last commit; before the first: revision 0, recorded at 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The last commit's number.
    pub revision: u64,
    /// The whole history.
    pub digest: Digest,
    /// When the last commit was recorded, in microseconds since 1970.
    pub recorded: i64,
    /// How many ids are live.
    pub counts: Counts,
}

impl Head {
    /// The head of the empty ledger.
    pub const EMPTY: Self = Self {
        revision: 0,
        digest: Digest::EMPTY,
        recorded: 0,
        counts: Counts { claims: 0, sources: 0, entities: 0, documents: 0 },
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed apart from this code, with Python's hashlib, from the definition in the docs.
    #[test]
    fn digests_are_the_golden_ones() {
        let first = Digest::EMPTY.chain(
            1,
            1_736_899_200_000_000,
            [(ItemKind::Entity, b"north-korea".as_slice()), (ItemKind::Source, b"nis")].into_iter(),
        );
        assert_eq!(first.to_string(), "38eaa2787a93109aa72f76dba7e22fdc54b6bdadfc023d81fc14b3ab20f262b3");
        let second = first.chain(
            2,
            -1,
            [(ItemKind::Claim, b"".as_slice()), (ItemKind::Retraction, b"\0")].into_iter(),
        );
        assert_eq!(second.to_string(), "358d2562c71feaa15db28d8f856d83ab1a7821d230b3681adc2675446ab5ae0a");
        assert_eq!(
            second.chain(3, 0, std::iter::empty()).to_string(),
            "5e0d0612cf6d4c7a9f908942bb61d8022f81ec8ca8792ccfa146cf8916aa9ea5"
        );
    }
}
