//! What readers see: the ledger as of one commit, immutable and shared without a lock.

use super::dictionary::Dictionary;
use super::ids::Ids;
use super::ledger::{ItemRow, Ledger, Reading, Retiring};
use super::retired::Retired;
use super::tail::Tail;
use crate::store::error::ReadError;
use crate::store::{Commit, Head, Item, ItemKind, Located, Position, Retirement, Stored};
use bytes::Bytes;
use std::cmp::Ordering::{Greater, Less};
use std::sync::Arc;

/// The ledger as of one commit. It answers as of any earlier one too, and never changes.
///
/// A view keeps the ledger open: a directory can be opened again when its last view is gone.
#[derive(Clone, Debug)]
pub struct View {
    pub(super) head: Head,
    pub(super) marks: imbl::Vector<Mark>,
    pub(super) tail: Tail,
    pub(super) ids: Ids,
    pub(super) dictionary: Dictionary,
    pub(super) ledger: Arc<Ledger>,
    pub(super) pending: Pending,
}

/// What is looked up of each commit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub(super) recorded: i64,
    /// How many claims the ledger holds up to and including it.
    pub(super) claims: u64,
}

/// What is indexed, but not durable yet: nothing, but in a view within a [`super::Writing`].
#[derive(Clone, Debug, Default)]
pub(super) struct Pending {
    pub(super) commits: imbl::Vector<Commit>,
    pub(super) claims: imbl::Vector<ItemRow>,
    /// By the positions of the claims that they retract.
    pub(super) retractions: imbl::HashMap<u64, ItemRow>,
}

/// Where a claim stands in the index.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) id: &'a str,
    pub(super) version: u32,
    /// Which claims of its stretch are retired.
    pub(super) retired: &'a Retired,
    /// Its row in its stretch.
    pub(super) row: u32,
}

impl View {
    /// The view of an empty ledger.
    pub(super) fn empty(ledger: Arc<Ledger>) -> Self {
        Self {
            head: Head::EMPTY,
            marks: imbl::Vector::new(),
            tail: Tail::default(),
            ids: Ids::default(),
            dictionary: Dictionary::default(),
            ledger,
            pending: Pending::default(),
        }
    }

    /// The last commit, and how much is live.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The last revision recorded at or before this time, in microseconds since 1970; 0 if none was.
    pub fn revision_at(&self, recorded_at_most: i64) -> u64 {
        let after = |mark: &Mark| if mark.recorded <= recorded_at_most { Less } else { Greater };
        self.marks.binary_search_by(after).unwrap_or_else(|revision| revision) as u64
    }

    /// A commit, if there is one of this revision.
    pub fn commit(&self, revision: u64) -> Result<Option<Commit>, ReadError> {
        if revision == 0 || revision > self.head.revision {
            return Ok(None);
        }
        if let Some(commit) = self.pending.commits.iter().find(|commit| commit.revision == revision) {
            return Ok(Some(*commit));
        }
        Ok(self.ledger.read()?.commit(revision)?.map(|row| row.commit))
    }

    /// The latest version of a claim at a revision, retracted or not.
    pub fn latest(&self, id: &str, at: u64) -> Option<Position> {
        self.versions_newest_first(id, at).next()
    }

    /// Every version of a claim at a revision, retracted or not, oldest first.
    pub fn versions(&self, id: &str, at: u64) -> Vec<Position> {
        let mut versions: Vec<Position> = self.versions_newest_first(id, at).collect();
        versions.reverse();
        versions
    }

    pub(super) fn versions_newest_first(&self, id: &str, at: u64) -> impl Iterator<Item = Position> {
        let end = self.claims_at(at);
        self.ids.candidates(id).filter(move |position| {
            position.0 < end && self.place(*position).is_some_and(|place| place.id == id)
        })
    }

    /// The claims at these positions, in their order, as they were recorded; with their
    /// retractions, if they are retracted at the revision.
    pub fn fetch(&self, positions: &[Position], at: u64) -> Result<Vec<Stored>, ReadError> {
        let reading = self.ledger.read()?;
        let items = reading.items()?;
        let durable = self.durable_claims();
        let fetch = |&position: &Position| {
            let place = self.place(position).ok_or(ReadError::NoSuchPosition { position: position.0 })?;
            let ItemRow { id, version, revision, bytes } = match position.0.checked_sub(durable) {
                None => items.get(ItemKind::Claim, position.0)?,
                Some(pending) => self.pending.claims[pending as usize].clone(),
            };
            let retraction = match place.retired.retracted.contains(place.row, at) {
                true => self.retraction(position, &reading)?,
                false => None,
            };
            Ok(Stored { id, bytes, revision, recorded: self.recorded(revision), version, retraction })
        };
        positions.iter().map(fetch).collect()
    }

    fn retraction(&self, position: Position, reading: &Reading) -> Result<Option<Retirement>, ReadError> {
        let item = match self.pending.retractions.get(&position.0) {
            Some(pending) => pending.clone(),
            None => match reading.retraction(position.0)? {
                Some((_, ordinal)) => reading.items()?.get(ItemKind::Retraction, ordinal)?,
                None => return Ok(None),
            },
        };
        let ItemRow { revision, bytes, .. } = item;
        Ok(Some(Retirement { revision, recorded: self.recorded(revision), bytes }))
    }

    /// Every durable item of a kind up to this view, in the order of the ledger.
    pub fn items(
        &self,
        kind: ItemKind,
    ) -> Result<impl Iterator<Item = Result<Item, ReadError>> + use<'_>, ReadError> {
        let items = self.ledger.read()?.items()?.all(kind)?;
        let last = self.head.revision;
        Ok(items.take_while(move |item| item.as_ref().map_or(true, |item| item.revision <= last)).map(
            |item| {
                let ItemRow { id, version, revision, bytes } = item?;
                Ok(Item { id, version, revision, recorded: self.recorded(revision), bytes })
            },
        ))
    }

    /// The bytes of a durable item, if it is there.
    pub(super) fn bytes(&self, kind: ItemKind, id: &str, version: u32) -> Result<Option<Bytes>, ReadError> {
        let reading = self.ledger.read()?;
        let ordinal = reading.ordinal(kind, id, version)?;
        ordinal.map(|ordinal| Ok(reading.items()?.get(kind, ordinal)?.bytes)).transpose()
    }

    /// How many claims the ledger holds at a revision: the positions before this one.
    pub(super) fn claims_at(&self, at: u64) -> u64 {
        match usize::try_from(at.min(self.head.revision)) {
            Ok(0) | Err(_) => 0,
            Ok(revision) => self.marks[revision - 1].claims,
        }
    }

    /// How many claims the ledger holds.
    pub(super) fn claims(&self) -> u64 {
        self.marks.last().map_or(0, |mark| mark.claims)
    }

    /// The position that the next claim gets, those of an unfinished commit counted.
    pub(super) fn end(&self) -> u64 {
        self.tail.base + self.tail.rows.len() as u64
    }

    /// The latest version of a claim, that of an unfinished commit not among them.
    pub(super) fn located(&self, id: &str) -> Option<Located> {
        let position = self.latest(id, self.head.revision)?;
        let place = self.place(position)?;
        let retracted = place.retired.retracted.contains(place.row, self.head.revision);
        Some(Located { position, version: place.version, retracted })
    }

    /// Retires a claim from a revision on.
    pub(super) fn retire(&mut self, position: Position, how: Retiring, revision: u64) {
        let row = u32::try_from(position.0 - self.tail.base).expect("the tail is short");
        self.tail.retired.insert(how, revision, row);
    }

    /// A claim as it was recorded.
    pub(super) fn claim(&self, position: Position) -> Result<ItemRow, ReadError> {
        match position.0.checked_sub(self.durable_claims()) {
            None => self.ledger.read()?.items()?.get(ItemKind::Claim, position.0),
            Some(pending) => Ok(self.pending.claims[pending as usize].clone()),
        }
    }

    fn durable_claims(&self) -> u64 {
        self.end() - self.pending.claims.len() as u64
    }

    /// When a revision was recorded.
    fn recorded(&self, revision: u64) -> i64 {
        let index = usize::try_from(revision).ok().and_then(|revision| revision.checked_sub(1));
        index.and_then(|index| self.marks.get(index)).map_or(0, |mark| mark.recorded)
    }

    /// Where a claim stands.
    pub(super) fn place(&self, position: Position) -> Option<Place<'_>> {
        let row = u32::try_from(position.0.checked_sub(self.tail.base)?).ok()?;
        let claim = self.tail.rows.get(row as usize)?;
        Some(Place { id: claim.row.id(), version: claim.version, retired: &self.tail.retired, row })
    }
}
