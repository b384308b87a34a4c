//! Reading a ledger through, from its beginning: what a selection finds, and the commits as they
//! were recorded.

use super::question::Question;
use super::record::CommitRow;
use super::view::View;
use crate::plan::Selection;
use crate::store::error::ReadError;
use crate::store::{Budget, CommitPart, Digest, ItemKind, Position};

/// Commits that come after each other in one answer, at the most: small ones are quickly read.
const MAX_COMMITS: usize = 4_096;

impl View {
    /// The claims that a selection finds, from a position on, oldest first: those of one stretch of
    /// the index, of which there may be none. And where to go on, unless that was the last stretch.
    pub(super) fn scan(
        &self,
        selection: &Selection,
        from: Position,
        budget: &Budget,
    ) -> Result<(Vec<Position>, Option<Position>), ReadError> {
        budget.check()?;
        let end = self.claims_at(selection.at);
        if from.0 >= end {
            return Ok((Vec::new(), None));
        }
        let mut found = Vec::new();
        let next = match self.part_of(from) {
            Some(index) => {
                let part = &self.parts[index];
                Question::new(selection, self).ask(part, end).rows.for_each(|row| {
                    let position = Position(part.base + u64::from(row));
                    if position >= from {
                        found.push(position);
                    }
                });
                self.parts.get(index + 1).map_or(self.tail.base, |next| next.base)
            }
            None => {
                let hits = self.tail.hits(selection, end);
                found.extend(hits.map(|(index, _)| Position(self.tail.base + u64::from(index))));
                found.retain(|position| *position >= from);
                found.reverse();
                end
            }
        };
        Ok((found, (next < end).then_some(Position(next))))
    }

    /// The commits after a revision, oldest first, but for so many items of the first: as many as
    /// come to `max_bytes`, though one item at least. None, if there is no later commit up to `last`.
    pub(super) fn commits(
        &self,
        after: u64,
        skipped: usize,
        last: u64,
        max_bytes: usize,
    ) -> Result<Vec<CommitPart>, ReadError> {
        let reading = self.ledger.read()?;
        let items = reading.items()?;
        let missing =
            |revision| ReadError::Damaged(crate::store::Damage::Record { what: "commit", number: revision });
        let mut before = reading.commit(after)?;
        if after > 0 && before.is_none() {
            return Err(missing(after));
        }
        let mut parts = Vec::new();
        let (mut bytes, mut skipped) = (0, skipped);
        for revision in after + 1..=last.min(self.head.revision) {
            let row = reading.commit(revision)?.ok_or_else(|| missing(revision))?;
            let mut part = CommitPart {
                commit: row.commit,
                previous: before.map_or(Digest::EMPTY, |before| before.commit.digest),
                items: Vec::new(),
                is_last: true,
            };
            for (kind, ordinal) in ordinals(before.as_ref(), &row).skip(std::mem::take(&mut skipped)) {
                let item = items.get(kind, ordinal)?;
                if bytes > 0 && bytes + item.bytes.len() > max_bytes {
                    part.is_last = false;
                    break;
                }
                bytes += item.bytes.len();
                part.items.push((kind, item.bytes));
            }
            let is_cut = !part.is_last;
            if !is_cut || !part.items.is_empty() {
                parts.push(part);
            }
            if is_cut || parts.len() == MAX_COMMITS {
                break;
            }
            before = Some(row);
        }
        Ok(parts)
    }
}

/// The items of a commit, in their order: kind, and ordinal within the kind.
fn ordinals(before: Option<&CommitRow>, row: &CommitRow) -> impl Iterator<Item = (ItemKind, u64)> {
    let (begin, end) = (before.map_or_else(Default::default, |before| before.ends), row.ends);
    ItemKind::ALL
        .into_iter()
        .flat_map(move |kind| (begin.of(kind)..end.of(kind)).map(move |ordinal| (kind, ordinal)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Filter, Leaf, Shown};
    use crate::store::embedded::faults::Disk;
    use crate::store::embedded::sealing::{Shelf, open, write};
    use crate::store::{ItemKind, Store as _, Writing as _};

    /// The history, in parts of so many bytes, put together again.
    fn history(view: &View, max_bytes: usize) -> Vec<CommitPart> {
        let mut whole: Vec<CommitPart> = Vec::new();
        let (mut after, mut given) = (0, 0);
        loop {
            let parts = view.commits(after, given, view.head().revision, max_bytes).unwrap();
            let Some(last) = parts.last() else { return whole };
            let bytes: usize = parts.iter().flat_map(|part| &part.items).map(|(_, bytes)| bytes.len()).sum();
            let items: usize = parts.iter().map(|part| part.items.len()).sum();
            assert!(bytes <= max_bytes || items == 1, "{bytes} bytes, {items} items");
            let continued = if parts.len() == 1 { given } else { 0 };
            (after, given) = match last.is_last {
                true => (last.commit.revision, 0),
                false => (last.commit.revision - 1, continued + last.items.len()),
            };
            for part in parts {
                match whole.last_mut() {
                    Some(begun) if !begun.is_last => {
                        assert_eq!((begun.commit, begun.previous), (part.commit, part.previous));
                        begun.items.extend(part.items);
                        begun.is_last = part.is_last;
                    }
                    _ => whole.push(part),
                }
            }
        }
    }

    #[test]
    fn the_history_is_what_the_digests_say_sealed_or_not() {
        let (disk, shelf) = (Disk::default(), Shelf::default());
        let store = open(&disk, &shelf);
        assert_eq!(history(&store.view(), 100), []);
        let commits: Vec<_> = (0..24).map(|_| write(&store)).collect();
        let whole = history(&store.view(), usize::MAX);
        let mut digest = Digest::EMPTY;
        for (part, commit) in whole.iter().zip(&commits) {
            assert_eq!((part.commit, part.previous, part.is_last), (*commit, digest, true));
            let items = part.items.iter().map(|(kind, bytes)| (*kind, &**bytes));
            digest = digest.chain(commit.revision, commit.recorded, items);
            assert_eq!(digest, commit.digest);
        }
        assert_eq!(whole.len(), 24);
        assert!(whole.iter().flat_map(|part| &part.items).any(|(kind, _)| *kind == ItemKind::Retraction));
        for max_bytes in [1, 40, 100, 1_000] {
            assert_eq!(history(&store.view(), max_bytes), whole);
        }
        store.seal().unwrap();
        for max_bytes in [1, 40, 100, 1_000, usize::MAX] {
            assert_eq!(history(&store.view(), max_bytes), whole);
        }
        // From any commit on, up to any.
        for after in 0..24 {
            let some = store.view().commits(after, 0, 20, usize::MAX).unwrap();
            assert_eq!(some, whole[(after as usize).min(20)..20]);
        }
    }

    #[test]
    fn a_scan_finds_what_is_selected_oldest_first() {
        let (disk, shelf) = (Disk::default(), Shelf::default());
        let store = open(&disk, &shelf);
        (0..24).for_each(|_| _ = write(&store));
        let (view, budget) = (store.view(), Budget::default());
        let retracted = Filter::Leaf(Leaf::Retracted);
        for filter in [Filter::Constant(true), Filter::not(retracted.clone()), retracted] {
            for (at, old_versions) in [(0, false), (5, true), (20, false), (24, true), (24, false)] {
                let shown = Shown { retracted: at % 2 == 0, old_versions };
                let selection = Selection { filter: filter.clone(), shown, at };
                let page = view.select(&selection, &[], None, 1_000, &budget).unwrap();
                let mut expected: Vec<Position> = page.hits.iter().map(|hit| hit.position).collect();
                expected.reverse();
                for from in [0, 1, 17, 40, 59, 100].map(Position) {
                    let mut found = Vec::new();
                    let mut next = Some(from);
                    while let Some(from) = next {
                        let (some, following) = view.scan(&selection, from, &budget).unwrap();
                        found.extend(some);
                        next = following;
                    }
                    let after: Vec<Position> = expected.iter().copied().filter(|it| *it >= from).collect();
                    assert_eq!(found, after, "{selection:?} from {from:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_remembered_anew_has_one_place() {
        let (disk, shelf) = (Disk::default(), Shelf::default());
        let store = open(&disk, &shelf);
        for time in [1, 2, 3, 3] {
            let record = |_: &crate::store::Commit| time.to_string().into();
            let mut writing = store.write().unwrap();
            writing
                .remember(time, crate::store::Request { caller: "me", request_id: "one", record: &record });
            writing.finish().unwrap();
            assert_eq!(store.request("me", "one").unwrap().unwrap(), time.to_string().as_bytes());
        }
        let reading = store.ledger.read().unwrap();
        let order = reading.transaction.open_table(crate::store::embedded::ledger::REQUEST_ORDER).unwrap();
        assert_eq!(redb::ReadableTableMetadata::len(&order).unwrap(), 1);
    }
}
