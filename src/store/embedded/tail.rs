//! The newest claims, which are few: they are walked plainly.

use super::retired::Retired;
use crate::plan::{Row, Selection, Truth};
use std::borrow::Cow;
use std::sync::Arc;

/// The claims that are in no segment yet. Cloning is cheap.
#[derive(Clone, Debug, Default)]
pub(super) struct Tail {
    /// The position of the first.
    pub(super) base: u64,
    /// The claims, in the order of the ledger.
    pub(super) rows: imbl::Vector<Arc<TailRow>>,
    /// Which of them are retired.
    pub(super) retired: Retired,
}

/// A claim of the tail.
#[derive(Debug)]
pub(super) struct TailRow {
    /// As it is asked.
    pub(super) row: Row,
    /// Its version, counted from 1.
    pub(super) version: u32,
    /// As the ledger keeps it.
    pub(super) encoded: Box<[u8]>,
}

impl Tail {
    /// How a claim matches, if the selection sees it at all.
    pub(super) fn grade(&self, index: u32, selection: &Selection) -> Option<Truth> {
        if self.retired.hides(index, selection.shown, selection.at) {
            return None;
        }
        selection.filter.grade(&self.row(index, selection.at))
    }

    /// A claim as it stands at a revision.
    fn row(&self, index: u32, at: u64) -> Cow<'_, Row> {
        let row = &self.rows[index as usize].row;
        if self.retired.retracted.contains(index, at) {
            Cow::Owned(row.clone().with_retracted(true))
        } else {
            Cow::Borrowed(row)
        }
    }

    /// The claims before a position that a selection finds, newest first.
    pub(super) fn hits<'a>(
        &'a self,
        selection: &'a Selection,
        before: u64,
    ) -> impl Iterator<Item = (u32, Truth)> + use<'a> {
        let length = before.saturating_sub(self.base).min(self.rows.len() as u64);
        let length = u32::try_from(length).expect("the tail is short");
        (0..length).rev().filter_map(|index| Some((index, self.grade(index, selection)?)))
    }
}
