//! Which rows of a stretch of the ledger were superseded or retracted, and at which revision.

use super::record::Retiring;
use super::set;
use crate::plan::Shown;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// Rows are counted from the beginning of the stretch. Cloning is cheap, and a clone does not see
/// what is added later.
#[derive(Clone, Debug, Default)]
pub(super) struct Retired {
    /// Replaced by a newer version.
    pub(super) superseded: Log,
    /// Taken back.
    pub(super) retracted: Log,
}

/// When each of some rows was retired; a row is retired once.
#[derive(Clone, Debug, Default)]
pub(super) struct Log {
    /// All of them at the latest revision.
    latest: Arc<Vec<u64>>,
    /// Revisions and rows, in the order of the revisions.
    events: imbl::Vector<(u64, u32)>,
}

impl Log {
    /// Notes that a row is retired from this revision on, which is not before any noted already.
    pub(super) fn insert(&mut self, revision: u64, row: u32) {
        let latest = Arc::make_mut(&mut self.latest);
        let length = row as usize / 64 + 1;
        if latest.len() < length {
            latest.resize(length, 0);
        }
        set::insert(latest, row as usize);
        self.events.push_back((revision, row));
    }

    /// Whether the row is retired at this revision.
    pub(super) fn contains(&self, row: u32, at: u64) -> bool {
        set::contains(&self.latest, row as usize)
            && !self.after(at).any(|&(_, retired_later)| retired_later == row)
    }

    /// The rows retired at this revision; rows beyond the end of the bits are not.
    pub(super) fn bits(&self, at: u64) -> Cow<'_, [u64]> {
        let mut bits = Cow::Borrowed(self.latest.as_slice());
        for &(_, row) in self.after(at) {
            set::remove(bits.to_mut(), row as usize);
        }
        bits
    }

    /// Whether no row was ever retired.
    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    fn after(&self, at: u64) -> impl Iterator<Item = &(u64, u32)> {
        self.events.iter().rev().take_while(move |(revision, _)| *revision > at)
    }

    /// The rows of a range, counted from its beginning.
    fn slice(&self, range: &Range<u32>) -> impl Iterator<Item = (u64, u32)> {
        self.events
            .iter()
            .filter(|(_, row)| range.contains(row))
            .map(|(revision, row)| (*revision, row - range.start))
    }

    fn from_events(mut events: Vec<(u64, u32)>) -> Self {
        events.sort_unstable();
        let mut log = Self::default();
        for (revision, row) in events {
            log.insert(revision, row);
        }
        log
    }
}

impl Retired {
    /// Notes that a row is retired from this revision on, which is not before any noted already.
    pub(super) fn insert(&mut self, how: Retiring, revision: u64, row: u32) {
        match how {
            Retiring::Superseded => self.superseded.insert(revision, row),
            Retiring::Retracted => self.retracted.insert(revision, row),
        }
    }

    /// Whether a question at this revision does not see the row.
    pub(super) fn hides(&self, row: u32, shown: Shown, at: u64) -> bool {
        (!shown.old_versions && self.superseded.contains(row, at))
            || (!shown.retracted && self.retracted.contains(row, at))
    }

    /// The rows of a range, counted from its beginning.
    pub(super) fn slice(&self, range: &Range<u32>) -> Self {
        let slice = |log: &Log| Log::from_events(log.slice(range).collect());
        Self { superseded: slice(&self.superseded), retracted: slice(&self.retracted) }
    }

    /// The stretches, each with the row at which it begins, as one.
    pub(super) fn concatenated(stretches: &[(u32, &Self)]) -> Self {
        let gather = |log: fn(&Self) -> &Log| {
            let events = stretches.iter().flat_map(|(begin, retired)| {
                log(retired).events.iter().map(move |(revision, row)| (*revision, begin + row))
            });
            Log::from_events(events.collect())
        };
        Self {
            superseded: gather(|retired| &retired.superseded),
            retracted: gather(|retired| &retired.retracted),
        }
    }
}
