//! Where claims are kept: a durable ledger of commits, and an index over it that answers a plan.
//!
//! The engine knows a store by three traits alone: [`Store`] is shared between threads, a [`View`] is
//! the ledger as of one commit and never changes, a [`Writing`] is a turn to write.

mod answer;
mod commit;
#[cfg(test)]
mod conformance;
mod embedded;
mod error;
mod follow;
mod postgres;

pub use answer::{
    Budget, CommitPart, Group, Hit, Item, Located, Page, Position, Request, Retirement, Stored, Tally, Totals,
};
pub use commit::{Commit, Counts, Digest, Head, ItemKind, NewItem};
pub use embedded::{
    Backup, BackupFile, BackupHeader, BackupPart, BackupTrailer, Embedded, FileHash, Progress, ReceiveError,
    Received, Receiving, RowOf, Rows, StagingError, Upkeep, Verified,
};
pub use error::{CommitFault, Damage, FileFault, ItemFault, OpenError, ReadError, WriteError};
pub use postgres::{DatabaseError, Postgres};

use crate::plan::{GroupKey, OrderKey, Selection};
use bytes::Bytes;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

/// A ledger that is shared between threads. Its calls may block, but for [`Self::view`].
pub trait Store: fmt::Debug + Send + Sync {
    /// The ledger as of the last commit that is known here. Never blocks.
    fn view(&self) -> Arc<dyn View>;

    /// Looks for commits that others have written; `known` is given the view with them before it is shown.
    ///
    /// # Errors
    /// The ledger cannot be read, or `known` fails.
    fn refresh(&self, known: &mut dyn FnMut(&dyn View) -> Result<(), ReadError>) -> Result<(), ReadError>;

    /// What is durably remembered of an earlier request.
    ///
    /// # Errors
    /// The ledger cannot be read.
    fn request(&self, caller: &str, request_id: &str) -> Result<Option<Bytes>, ReadError>;

    /// Begins to write; waits for whoever writes.
    ///
    /// # Errors
    /// An earlier write failed, or the ledger cannot be written to.
    fn write(&self) -> Result<Box<dyn Writing + '_>, WriteError>;

    /// Compares all that is kept with its checksums and digests, and what claims are found by with what
    /// their bytes hold.
    ///
    /// # Errors
    /// The first damage that was found; or the budget is spent, or the ledger cannot be read.
    fn verify(&self, budget: &Budget, report: &mut dyn FnMut(Progress)) -> Result<Verified, ReadError>;

    /// Begins a backup of the ledger as it is now, but for the bytes of the sealed files in `held`.
    ///
    /// # Errors
    /// An earlier write failed, or the ledger cannot be read.
    fn backup(&self, held: &HashSet<FileHash>) -> Result<Backup, ReadError>;
}

/// The ledger as of one commit. It answers as of any earlier one too, and never changes.
pub trait View: fmt::Debug + Send + Sync {
    /// The last commit, and how much is live.
    fn head(&self) -> &Head;

    /// The last revision recorded at or before this time, in microseconds since 1970; 0 if none was.
    ///
    /// # Errors
    /// The ledger cannot be read.
    fn revision_at(&self, recorded_at_most: i64) -> Result<u64, ReadError>;

    /// A commit, if there is one of this revision.
    ///
    /// # Errors
    /// The ledger cannot be read.
    fn commit(&self, revision: u64) -> Result<Option<Commit>, ReadError>;

    /// The latest version of a claim at a revision, retracted or not.
    ///
    /// # Errors
    /// The ledger cannot be read.
    fn latest(&self, id: &str, at: u64) -> Result<Option<Position>, ReadError>;

    /// Of each id, every version of the claim at a revision, retracted or not, oldest first; none if
    /// there is no such claim.
    ///
    /// # Errors
    /// The ledger cannot be read.
    fn versions(&self, ids: &[Arc<str>], at: u64) -> Result<Vec<Vec<Position>>, ReadError>;

    /// The claims at these positions, in their order, as they were recorded; with their
    /// retractions, if they are retracted at the revision.
    ///
    /// # Errors
    /// No claim stands at one of them, or the ledger cannot be read.
    fn fetch(&self, positions: &[Position], at: u64) -> Result<Vec<Stored>, ReadError>;

    /// The first `limit` claims (at least one) that a selection finds, in this order, after the
    /// claim at position `after` if one is given.
    ///
    /// Without keys of an order the newest in the ledger come first; so do claims that the keys
    /// leave tied.
    ///
    /// # Errors
    /// No claim stands at `after`, the budget is spent, or the ledger cannot be read.
    fn select(
        &self,
        selection: &Selection,
        order: &[OrderKey],
        after: Option<Position>,
        limit: usize,
        budget: &Budget,
    ) -> Result<Page, ReadError>;

    /// How many claims a selection finds.
    ///
    /// # Errors
    /// The budget is spent, or the ledger cannot be read.
    fn count(&self, selection: &Selection, budget: &Budget) -> Result<Totals, ReadError>;

    /// How many claims that a selection finds fall into each group. A claim with several values of
    /// a key counts once in the group of each; one without any counts in the group of `None`.
    ///
    /// # Errors
    /// There are more than `max_groups`, the budget is spent, or the ledger cannot be read.
    fn tally(
        &self,
        selection: &Selection,
        keys: &[GroupKey],
        max_groups: usize,
        budget: &Budget,
    ) -> Result<Tally, ReadError>;

    /// Some of the claims that a selection finds, from a position on, oldest first; there may be none.
    /// And where to go on, unless there are no more.
    ///
    /// # Errors
    /// The budget is spent, or the ledger cannot be read.
    fn scan(
        &self,
        selection: &Selection,
        from: Position,
        budget: &Budget,
    ) -> Result<(Vec<Position>, Option<Position>), ReadError>;

    /// Entities, sources or documents that came after a revision, in the order of the ledger.
    ///
    /// # Errors
    /// The ledger cannot be read.
    fn registered(&self, kind: ItemKind, after: u64) -> Result<Items<'_, Item>, ReadError>;

    /// What a commit brought, in the order that its digest has: entities, sources, documents, claims and
    /// retractions. Nothing if there is no such commit.
    ///
    /// # Errors
    /// The ledger cannot be read.
    fn changes(&self, revision: u64) -> Result<Items<'_, (ItemKind, Item)>, ReadError>;

    /// The commits after a revision, oldest first, but for so many items of the first: as many as
    /// come to `max_bytes`, though one item at least. None, if there is no later commit up to `last`.
    ///
    /// # Errors
    /// The ledger cannot be read.
    fn commits(
        &self,
        after: u64,
        skipped: usize,
        last: u64,
        max_bytes: usize,
    ) -> Result<Vec<CommitPart>, ReadError>;
}

/// What is read item by item.
pub type Items<'a, T> = Box<dyn Iterator<Item = Result<T, ReadError>> + 'a>;

/// A turn to write: commits that become durable and seen together, by [`Writing::finish`]; dropped,
/// they are gone.
pub trait Writing {
    /// The ledger as it was before anything was appended.
    fn begun(&self) -> &dyn View;

    /// The last commit, those appended so far among them.
    fn head(&self) -> &Head;

    /// A commit, if there is one of this revision, those appended so far among them.
    ///
    /// # Errors
    /// The ledger cannot be read.
    fn commit(&self, revision: u64) -> Result<Option<Commit>, ReadError>;

    /// Says which claims will be asked about, so that they can be read at once.
    ///
    /// # Errors
    /// The ledger cannot be read.
    fn expect(&mut self, ids: &[&str]) -> Result<(), ReadError>;

    /// The latest version of a claim that was expected, with the commits appended so far.
    fn latest(&self, id: &str) -> Option<Located>;

    /// The bytes of an entity, a source, a document or a claim, with the commits appended so far.
    ///
    /// # Errors
    /// The ledger cannot be read.
    fn bytes(&self, kind: ItemKind, id: &str, version: u32) -> Result<Option<Bytes>, ReadError>;

    /// What is remembered of an earlier request, those appended so far among them.
    ///
    /// # Errors
    /// The ledger cannot be read.
    fn request(&self, caller: &str, request_id: &str) -> Result<Option<Bytes>, ReadError>;

    /// Appends a commit of these items, in their order, recorded at this time in microseconds since
    /// 1970, later than the commit before. Nothing of it is durable yet.
    ///
    /// # Errors
    /// The items do not follow from the ledger: nothing was appended.
    fn append(
        &mut self,
        recorded: i64,
        items: Vec<NewItem>,
        request: Option<Request<'_>>,
    ) -> Result<Commit, WriteError>;

    /// Remembers a request that changes nothing, and so makes no commit: its record is made of the
    /// last one. `time` is in microseconds since 1970. Nothing of it is durable yet.
    fn remember(&mut self, time: i64, request: Request<'_>);

    /// Makes the appended commits and remembered requests durable, by one sync, and then seen. Calls
    /// `seen` as soon as that is done, and before what holds up the next writer alone.
    ///
    /// # Errors
    /// Nothing of them is seen, and whether they are durable is unknown.
    fn finish(self: Box<Self>, seen: &mut dyn FnMut()) -> Result<(), WriteError>;
}
