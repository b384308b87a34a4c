//! What readers see: the ledger as of one commit, immutable and shared without a lock.

use super::coding::is_of_commit;
use super::dictionary::Dictionary;
use super::ids::Ids;
use super::ledger::Ledger;
use super::order::RowRef;
use super::reading::Reading;
use super::record::{Ends, ItemRow, Retiring};
use super::retired::Retired;
use super::segment::Segment;
use super::tail::Tail;
use crate::plan::{GroupKey, OrderKey, Selection, Span, SpanField, key_number, number_key};
use crate::store::error::ReadError;
use crate::store::{
    Budget, Commit, CommitPart, Head, Item, ItemKind, Items, Located, Page, Position, Retirement, Stored,
    Tally, Totals,
};
use bytes::Bytes;
use std::ops::{Bound, Range};
use std::sync::Arc;

/// The ledger as of one commit. It answers as of any earlier one too, and never changes.
///
/// A view keeps the ledger open: a directory can be opened again when its last view is gone.
#[derive(Clone, Debug)]
pub(super) struct View {
    pub(super) head: Head,
    /// How many items of each kind the ledger holds.
    pub(super) ends: Ends,
    pub(super) marks: imbl::Vector<Mark>,
    /// The claims that are indexed, in the order of the ledger.
    pub(super) parts: imbl::Vector<Part>,
    /// Those after them.
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

/// A segment, and where it stands in the ledger.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// The position of its first row.
    pub(super) base: u64,
    pub(super) segment: Arc<Segment>,
    /// Which of its rows are retired.
    pub(super) retired: Retired,
}

impl Part {
    /// The interval of a row.
    pub(super) fn span(&self, field: SpanField, row: u16, view: &View) -> Option<Span> {
        if !is_of_commit(field) {
            return self.segment.spans(field)?.get(row);
        }
        let (revision, recorded) = view.commit_of(Position(self.base + u64::from(row)));
        let is_time = field == SpanField::Recorded;
        Some(Span::point(if is_time { recorded } else { number_key(revision as f64) }))
    }
}

/// What is indexed, but not durable yet: nothing, but in a view within a [`store::Writing`](crate::store::Writing).
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
            ends: Ends::default(),
            marks: imbl::Vector::new(),
            parts: imbl::Vector::new(),
            tail: Tail::default(),
            ids: Ids::default(),
            dictionary: Dictionary::default(),
            ledger,
            pending: Pending::default(),
        }
    }

    /// The last commit, and how much is live.
    #[cfg(test)]
    pub(super) fn head(&self) -> &Head {
        &self.head
    }

    /// The last revision recorded at or before this time, in microseconds since 1970; 0 if none was.
    pub(super) fn revision_at(&self, recorded_at_most: i64) -> u64 {
        partition_point(self.marks.len(), |index| self.marks[index].recorded <= recorded_at_most) as u64
    }

    /// A commit, if there is one of this revision.
    pub(super) fn commit(&self, revision: u64) -> Result<Option<Commit>, ReadError> {
        if revision == 0 || revision > self.head.revision {
            return Ok(None);
        }
        if let Some(commit) = self.pending.commits.iter().find(|commit| commit.revision == revision) {
            return Ok(Some(*commit));
        }
        Ok(self.ledger.read()?.commit(revision)?.map(|row| row.commit))
    }

    /// The latest version of a claim at a revision, retracted or not.
    pub(super) fn latest(&self, id: &str, at: u64) -> Option<Position> {
        self.versions_newest_first(id, at).next()
    }

    /// Every version of a claim at a revision, retracted or not, oldest first.
    pub(super) fn versions(&self, id: &str, at: u64) -> Vec<Position> {
        let mut versions: Vec<Position> = self.versions_newest_first(id, at).collect();
        versions.reverse();
        versions
    }

    /// About how many bytes of memory the index takes: segments, dictionary and ids.
    pub(super) fn index_bytes(&self) -> usize {
        let segments = self.parts.iter().map(|part| part.segment.bytes()).sum::<usize>();
        segments + self.dictionary.bytes() + self.ids.bytes()
    }

    pub(super) fn versions_newest_first(&self, id: &str, at: u64) -> impl Iterator<Item = Position> {
        let end = self.claims_at(at);
        self.ids.candidates(id).filter(move |position| {
            position.0 < end && self.place(*position).is_some_and(|place| place.id == id)
        })
    }

    /// The claims at these positions, in their order, as they were recorded; with their
    /// retractions, if they are retracted at the revision.
    pub(super) fn fetch(&self, positions: &[Position], at: u64) -> Result<Vec<Stored>, ReadError> {
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
            None => match reading.retirement(position.0, Retiring::Retracted)? {
                Some(row) => reading.items()?.get(ItemKind::Retraction, row.ordinal)?,
                None => return Ok(None),
            },
        };
        let ItemRow { revision, bytes, .. } = item;
        Ok(Some(Retirement { revision, recorded: self.recorded(revision), bytes }))
    }

    /// Every durable item of a kind up to this view, in the order of the ledger; of claims, those that
    /// are not sealed.
    pub(super) fn items(
        &self,
        kind: ItemKind,
    ) -> Result<impl Iterator<Item = Result<Item, ReadError>> + use<'_>, ReadError> {
        let reading = self.ledger.read()?;
        let first = if kind == ItemKind::Claim { reading.sealed_end() } else { 0 };
        let items = reading.items()?.unsealed(kind, first)?;
        let last = self.head.revision;
        Ok(items.take_while(move |item| item.as_ref().map_or(true, |item| item.revision <= last)).map(
            |item| {
                let ItemRow { id, version, revision, bytes } = item?;
                Ok(Item { id, version, revision, recorded: self.recorded(revision), bytes })
            },
        ))
    }

    /// What a durable commit brought, in the order that its digest has: entities, sources, documents,
    /// claims and retractions. Nothing if there is no such commit.
    pub(super) fn changes(
        &self,
        revision: u64,
    ) -> Result<impl Iterator<Item = Result<(ItemKind, Item), ReadError>> + use<>, ReadError> {
        let reading = self.ledger.read()?;
        let commit = if revision > self.head.revision { None } else { reading.commit(revision)? };
        let before = reading.commit(revision.saturating_sub(1))?.map_or_else(Ends::default, |row| row.ends);
        let recorded = commit.map_or(0, |row| row.commit.recorded);
        let ends = commit.map_or(before, |row| row.ends);
        let items = reading.items()?;
        let ordinals = ItemKind::ALL
            .into_iter()
            .flat_map(move |kind| (before.of(kind)..ends.of(kind)).map(move |ordinal| (kind, ordinal)));
        Ok(ordinals.map(move |(kind, ordinal)| {
            let ItemRow { id, version, revision, bytes } = items.get(kind, ordinal)?;
            Ok((kind, Item { id, version, revision, recorded, bytes }))
        }))
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

    /// Retires a claim, which is there, from a revision on.
    pub(super) fn retire(&mut self, position: Position, how: Retiring, revision: u64) {
        let (base, retired) = match self.part_of(position) {
            Some(index) => {
                let part = &mut self.parts[index];
                (part.base, &mut part.retired)
            }
            None => (self.tail.base, &mut self.tail.retired),
        };
        let row = u32::try_from(position.0 - base).expect("a stretch has few rows");
        retired.insert(how, revision, row);
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
        if let Some(index) = self.part_of(position) {
            let Part { base, segment, retired } = &self.parts[index];
            let row = (position.0 - base) as u16;
            let version = segment.spans(SpanField::Version)?.low().get(row)?;
            return Some(Place {
                id: segment.id(row),
                version: key_number(version) as u32,
                retired,
                row: row.into(),
            });
        }
        let row = u32::try_from(position.0.checked_sub(self.tail.base)?).ok()?;
        let claim = self.tail.rows.get(row as usize)?;
        Some(Place { id: claim.row.id(), version: claim.version, retired: &self.tail.retired, row })
    }

    /// The row of a claim.
    pub(super) fn row(&self, position: Position) -> Option<RowRef<'_>> {
        if let Some(index) = self.part_of(position) {
            let part = &self.parts[index];
            return Some(RowRef::Indexed(part, (position.0 - part.base) as u16));
        }
        let index = usize::try_from(position.0.checked_sub(self.tail.base)?).ok()?;
        self.tail.rows.get(index).map(|claim| RowRef::Plain(&claim.row))
    }

    /// Which part holds a claim; none if the tail does.
    pub(super) fn part_of(&self, position: Position) -> Option<usize> {
        if position.0 >= self.tail.base {
            return None;
        }
        let after = partition_point(self.parts.len(), |index| self.parts[index].base <= position.0);
        after.checked_sub(1)
    }

    /// The commit of a claim: its revision, and when it was recorded.
    pub(super) fn commit_of(&self, position: Position) -> (u64, i64) {
        let before = partition_point(self.marks.len(), |index| self.marks[index].claims <= position.0);
        (before as u64 + 1, self.marks.get(before).map_or(0, |mark| mark.recorded))
    }

    /// The positions of the claims whose commit has a time, or a revision's key, between the bounds.
    pub(super) fn committed_between(
        &self,
        field: SpanField,
        low: Bound<i64>,
        high: Bound<i64>,
    ) -> Range<u64> {
        let key = |index: usize| match field == SpanField::Recorded {
            true => self.marks[index].recorded,
            false => number_key((index + 1) as f64),
        };
        let below = |index: usize| match low {
            Bound::Included(low) => key(index) < low,
            Bound::Excluded(low) => key(index) <= low,
            Bound::Unbounded => false,
        };
        let within = |index: usize| match high {
            Bound::Included(high) => key(index) <= high,
            Bound::Excluded(high) => key(index) < high,
            Bound::Unbounded => true,
        };
        let [begin, end] =
            [partition_point(self.marks.len(), below), partition_point(self.marks.len(), within)]
                .map(|revision| self.claims_at(revision as u64));
        begin..end.max(begin)
    }
}

impl crate::store::View for View {
    fn head(&self) -> &Head {
        &self.head
    }

    fn revision_at(&self, recorded_at_most: i64) -> Result<u64, ReadError> {
        Ok(self.revision_at(recorded_at_most))
    }

    fn commit(&self, revision: u64) -> Result<Option<Commit>, ReadError> {
        self.commit(revision)
    }

    fn latest(&self, id: &str, at: u64) -> Result<Option<Position>, ReadError> {
        Ok(self.latest(id, at))
    }

    fn versions(&self, ids: &[Arc<str>], at: u64) -> Result<Vec<Vec<Position>>, ReadError> {
        Ok(ids.iter().map(|id| self.versions(id, at)).collect())
    }

    fn fetch(&self, positions: &[Position], at: u64) -> Result<Vec<Stored>, ReadError> {
        self.fetch(positions, at)
    }

    fn select(
        &self,
        selection: &Selection,
        order: &[OrderKey],
        after: Option<Position>,
        limit: usize,
        budget: &Budget,
    ) -> Result<Page, ReadError> {
        self.select(selection, order, after, limit, budget)
    }

    fn count(&self, selection: &Selection, budget: &Budget) -> Result<Totals, ReadError> {
        self.count(selection, budget)
    }

    fn tally(
        &self,
        selection: &Selection,
        keys: &[GroupKey],
        max_groups: usize,
        budget: &Budget,
    ) -> Result<Tally, ReadError> {
        self.tally(selection, keys, max_groups, budget)
    }

    fn scan(
        &self,
        selection: &Selection,
        from: Position,
        budget: &Budget,
    ) -> Result<(Vec<Position>, Option<Position>), ReadError> {
        self.scan(selection, from, budget)
    }

    fn registered(&self, kind: ItemKind, after: u64) -> Result<Items<'_, Item>, ReadError> {
        let is_later =
            move |item: &Result<Item, ReadError>| item.as_ref().map_or(true, |it| it.revision > after);
        Ok(Box::new(self.items(kind)?.filter(is_later)))
    }

    fn changes(&self, revision: u64) -> Result<Items<'_, (ItemKind, Item)>, ReadError> {
        Ok(Box::new(self.changes(revision)?))
    }

    fn commits(
        &self,
        after: u64,
        skipped: usize,
        last: u64,
        max_bytes: usize,
    ) -> Result<Vec<CommitPart>, ReadError> {
        self.commits(after, skipped, last, max_bytes)
    }
}

/// How many of the numbers from 0 to before `length` the predicate holds for; it holds for none after
/// the first for which it does not.
fn partition_point(length: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, length);
    while low < high {
        let middle = low.midpoint(high);
        if holds(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}
