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
    pub fn scan(
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
    pub fn commits(
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
