//! Writing: durable first, then indexed, then seen.

use super::coding;
use super::growth::Shape;
use super::ledger::{Batch, Ledger};
use super::load::load;
use super::reading::Reading;
use super::rebuild::RowOf;
use super::record::{CommitRow, ItemRow, RequestRow, RetirementRow, Retiring};
use super::seal::Sealer;
use super::tail::TailRow;
use super::upkeep::Upkeep;
use super::view::{Mark, Pending, View};
use crate::plan::Row;
use crate::store::error::{OpenError, ReadError, WriteError};
use crate::store::follow::{Known, check};
use crate::store::{
    self, Backup, Budget, Commit, FileHash, Head, ItemKind, Located, NewItem, Position, Progress, Request,
    Store, Verified,
};
use arc_swap::ArcSwap;
use bytes::Bytes;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

/// A store in one directory, or in memory alone. It is shared by reference between threads:
/// readers take a [view](store::View) and never wait, writers take turns.
#[derive(Debug)]
pub struct Embedded {
    pub(super) ledger: Arc<Ledger>,
    pub(super) shape: Shape,
    pub(super) row_of: RowOf,
    view: ArcSwap<View>,
    writer: Mutex<Writer>,
    /// Seals full segments beside; in tests, the test does.
    sealer: Option<Sealer>,
}

/// What only the writer knows.
#[derive(Debug)]
struct Writer {
    /// Whether a write failed, so that what is durable is unknown.
    broken: bool,
}

impl Embedded {
    /// Opens the store in a directory, which is made if it is not there. One process at a time has
    /// a directory open. If its files are to be left as they are, nothing is sealed either.
    pub fn open(directory: &Path, row_of: RowOf, upkeep: Upkeep) -> Result<Self, OpenError> {
        let mut store = Self::on(Ledger::open(directory)?, Shape::DEFAULT, row_of, upkeep)?;
        if upkeep == Upkeep::Leave {
            return Ok(store);
        }
        let sealer = Sealer::start(Arc::clone(&store.ledger), store.shape.full);
        sealer.wake();
        store.sealer = Some(sealer);
        Ok(store)
    }

    /// Makes a store that is gone when it is dropped.
    pub fn in_memory(row_of: RowOf) -> Result<Self, OpenError> {
        let ledger = Ledger::on(redb::backends::InMemoryBackend::new(), None)?;
        Self::on(ledger, Shape::DEFAULT, row_of, Upkeep::Leave)
    }

    /// Opens the store of a ledger, with an index of this shape.
    pub(super) fn on(ledger: Ledger, shape: Shape, row_of: RowOf, upkeep: Upkeep) -> Result<Self, OpenError> {
        let ledger = Arc::new(ledger);
        let (view, known) = load(Arc::clone(&ledger), shape, row_of)?;
        if upkeep == Upkeep::Rewrite {
            ledger.rewrite(&known)?;
        }
        let writer = Mutex::new(Writer { broken: false });
        Ok(Self { ledger, shape, row_of, view: ArcSwap::from_pointee(view), writer, sealer: None })
    }

    /// The ledger as of the last commit that is durable.
    pub(super) fn view(&self) -> Arc<View> {
        self.view.load_full()
    }

    /// About how many bytes of memory the index takes: segments, dictionary and ids.
    pub fn index_bytes(&self) -> usize {
        self.view.load().index_bytes()
    }

    /// The ledger as it is now, and the view of it: no writer is between the two.
    pub(super) fn still(&self) -> Result<(Reading, Arc<View>), ReadError> {
        match self.writer.lock() {
            Ok(writer) if !writer.broken => Ok((self.ledger.read()?, self.view())),
            _ => Err(ReadError::Broken),
        }
    }

    /// Begins to write; waits for whoever writes.
    pub(super) fn write(&self) -> Result<Writing<'_>, WriteError> {
        // A writer that panicked left as little behind that can be relied on as one that failed.
        let writer = self.writer.lock().map_err(|_| WriteError::Broken)?;
        if writer.broken {
            return Err(WriteError::Broken);
        }
        let begun = self.view();
        let view = View::clone(&begun);
        Ok(Writing {
            store: self,
            writer,
            begun,
            first: view.end(),
            first_code: view.dictionary.len(),
            view,
            batch: Batch::default(),
            registry: HashMap::new(),
        })
    }
}

impl Store for Embedded {
    fn view(&self) -> Arc<dyn store::View> {
        self.view()
    }

    fn refresh(&self, _: &mut dyn FnMut(&dyn store::View) -> Result<(), ReadError>) -> Result<(), ReadError> {
        // Nobody else writes to a directory that is open.
        Ok(())
    }

    fn request(&self, caller: &str, request_id: &str) -> Result<Option<Bytes>, ReadError> {
        self.ledger.read()?.request(caller, request_id)
    }

    fn write(&self) -> Result<Box<dyn store::Writing + '_>, WriteError> {
        Ok(Box::new(self.write()?))
    }

    fn verify(&self, budget: &Budget, report: &mut dyn FnMut(Progress)) -> Result<Verified, ReadError> {
        self.verify(budget, report)
    }

    fn backup(&self, held: &HashSet<FileHash>) -> Result<Backup, ReadError> {
        self.backup(held)
    }
}

/// Commits that become durable and seen together, by [`store::Writing::finish`]; dropped, they are gone.
#[derive(Debug)]
pub(super) struct Writing<'a> {
    store: &'a Embedded,
    writer: MutexGuard<'a, Writer>,
    /// The position of the first claim that is not durable.
    first: u64,
    /// The first code of the dictionary that is not durable.
    first_code: u32,
    begun: Arc<View>,
    view: View,
    batch: Batch,
    /// Which items of `batch` are the registry's, by kind and id; the last version of each last.
    registry: HashMap<(ItemKind, Arc<str>), Vec<usize>>,
}

impl store::Writing for Writing<'_> {
    fn begun(&self) -> &dyn store::View {
        &*self.begun
    }

    fn head(&self) -> &Head {
        &self.view.head
    }

    fn commit(&self, revision: u64) -> Result<Option<Commit>, ReadError> {
        self.view.commit(revision)
    }

    fn expect(&mut self, _: &[&str]) -> Result<(), ReadError> {
        Ok(())
    }

    fn latest(&self, id: &str) -> Option<Located> {
        self.view.located(id)
    }

    fn bytes(&self, kind: ItemKind, id: &str, version: u32) -> Result<Option<Bytes>, ReadError> {
        if kind == ItemKind::Claim {
            let head = self.view.head.revision;
            for position in self.view.versions_newest_first(id, head) {
                let claim = self.view.claim(position)?;
                if claim.version == version {
                    return Ok(Some(claim.bytes));
                }
            }
            return Ok(None);
        }
        let appended = self.registry.get(&(kind, id.into())).into_iter().flatten();
        for &index in appended {
            let item = &self.batch.items[index].2;
            if item.version == version {
                return Ok(Some(item.bytes.clone()));
            }
        }
        self.view.bytes(kind, id, version)
    }

    fn request(&self, caller: &str, request_id: &str) -> Result<Option<Bytes>, ReadError> {
        let appended = self.batch.requests.iter().rev();
        let mut appended =
            appended.filter(|request| request.caller == caller && request.request_id == request_id);
        match appended.next() {
            Some(request) => Ok(Some(request.record.clone())),
            None => self.store.ledger.read()?.request(caller, request_id),
        }
    }

    fn append(
        &mut self,
        recorded: i64,
        items: Vec<NewItem>,
        request: Option<Request<'_>>,
    ) -> Result<Commit, WriteError> {
        self.check(recorded, &items)?;
        let Head { revision, digest, .. } = self.view.head;
        let revision = revision + 1;
        let digest = digest.chain(revision, recorded, items.iter().map(|item| (item.kind, &*item.bytes)));
        let commit = Commit { revision, digest, recorded };

        let full = self.store.shape.full as u64;
        let mut first = self.view.claims();
        let mut rows = Vec::new();
        for item in items {
            let NewItem { kind, id, version, bytes, row } = item;
            let item = ItemRow { id, version, revision, bytes };
            match row {
                Some(row) => {
                    if self.view.end().is_multiple_of(full) && !rows.is_empty() {
                        // A segment is sealed whole, whichever commits it ends in.
                        self.batch.rows.push((first, std::mem::take(&mut rows)));
                        first = self.view.end();
                    }
                    self.append_claim(row.committed(recorded, revision, version), &item, &mut rows);
                }
                None if kind == ItemKind::Retraction => self.append_retraction(&item),
                None => self.append_registered(kind, &item),
            }
            self.batch.items.push((kind, self.view.ends.take(kind), item));
        }
        if !rows.is_empty() {
            self.batch.rows.push((first, rows));
        }
        self.view.marks.push_back(Mark { recorded, claims: self.view.end() });
        self.view.pending.commits.push_back(commit);
        self.view.head = Head { revision, digest, recorded, counts: self.view.head.counts };
        self.batch.commits.push(CommitRow { commit, counts: self.view.head.counts, ends: self.view.ends });
        if let Some(request) = request {
            self.push_request(recorded, request, &commit);
        }
        Ok(commit)
    }

    fn remember(&mut self, time: i64, request: Request<'_>) {
        let Head { revision, digest, recorded, .. } = self.view.head;
        self.push_request(time, request, &Commit { revision, digest, recorded });
    }

    fn finish(self: Box<Self>, seen: &mut dyn FnMut()) -> Result<(), WriteError> {
        self.finish_and(seen)
    }
}

impl Writing<'_> {
    /// The ledger with the commits appended so far.
    #[cfg(test)]
    pub(super) fn view(&self) -> &View {
        &self.view
    }

    fn push_request(&mut self, time: i64, request: Request<'_>, commit: &Commit) {
        let Request { caller, request_id, record } = request;
        let (caller, request_id) = (caller.to_owned(), request_id.to_owned());
        self.batch.requests.push(RequestRow { caller, request_id, time, record: record(commit) });
    }

    /// Refuses items that do not follow from the ledger.
    fn check(&self, recorded: i64, items: &[NewItem]) -> Result<(), WriteError> {
        check(&self.view.head, recorded, items, |kind, id| {
            if kind == ItemKind::Claim {
                let located = self.view.located(id);
                return Ok(located.map(|it| Known { version: it.version, retracted: it.retracted }));
            }
            Ok(self.latest_version(kind, id)?.map(|version| Known { version, retracted: false }))
        })
    }

    /// The latest version of an item of the registry, with the commits appended so far.
    fn latest_version(&self, kind: ItemKind, id: &Arc<str>) -> Result<Option<u32>, ReadError> {
        if let Some(&index) = self.registry.get(&(kind, Arc::clone(id))).and_then(|appended| appended.last())
        {
            return Ok(Some(self.batch.items[index].2.version));
        }
        self.store.ledger.read()?.latest_version(kind, id)
    }

    fn append_claim(&mut self, row: Row, item: &ItemRow, rows: &mut Vec<u8>) {
        let before = self.view.located(&item.id);
        if let Some(before) = before {
            self.retire(before.position, Retiring::Superseded, item.revision, 0);
        }
        if before.is_none_or(|before| before.retracted) {
            self.view.head.counts.claims += 1;
        }
        let begin = rows.len();
        coding::encode(&row, &mut self.view.dictionary, rows);
        let encoded = rows[begin..].into();
        self.view.ids.insert(&item.id, Position(self.view.end()));
        self.view.tail.rows.push_back(Arc::new(TailRow { row, version: item.version, encoded }));
        self.view.pending.claims.push_back(item.clone());
    }

    fn append_retraction(&mut self, item: &ItemRow) {
        let Some(latest) = self.view.located(&item.id) else { return };
        let ordinal = self.view.ends.of(ItemKind::Retraction);
        self.retire(latest.position, Retiring::Retracted, item.revision, ordinal);
        self.view.pending.retractions.insert(latest.position.0, item.clone());
        self.view.head.counts.claims -= 1;
    }

    fn append_registered(&mut self, kind: ItemKind, item: &ItemRow) {
        let counts = &mut self.view.head.counts;
        if item.version == 1 {
            match kind {
                ItemKind::Entity => counts.entities += 1,
                ItemKind::Source => counts.sources += 1,
                ItemKind::Document => counts.documents += 1,
                ItemKind::Claim | ItemKind::Retraction => {}
            }
        }
        self.registry.entry((kind, Arc::clone(&item.id))).or_default().push(self.batch.items.len());
    }

    fn retire(&mut self, position: Position, how: Retiring, revision: u64, ordinal: u64) {
        self.view.retire(position, how, revision);
        self.batch.retirements.push(RetirementRow { position: position.0, how, revision, ordinal });
    }

    /// As [`Self::finish_and`], for tests.
    #[cfg(test)]
    pub(super) fn finish(self) -> Result<(), WriteError> {
        self.finish_and(&mut || {})
    }

    /// Makes the appended commits and remembered requests durable, by one sync, and then seen; calls
    /// `seen` as soon as that is done, and before what holds up the next writer alone.
    ///
    /// If that fails, nothing of them is seen, whether they are durable is unknown, and nothing can
    /// be written any more until the store was opened again.
    fn finish_and(mut self, seen: &mut dyn FnMut()) -> Result<(), WriteError> {
        if self.batch.commits.is_empty() && self.batch.requests.is_empty() {
            seen();
            return Ok(());
        }
        let new_codes = self.first_code..self.view.dictionary.len();
        self.batch.terms =
            new_codes.map(|code| (code, Arc::clone(self.view.dictionary.text(code)))).collect();
        // Set before the attempt, so that a panic within it leaves it set.
        self.writer.broken = true;
        self.store.ledger.write(&self.batch)?;
        self.writer.broken = false;
        self.view.pending = Pending::default();
        self.store.view.store(Arc::new(self.view.clone()));
        tracing::debug!(commits = self.batch.commits.len(), "synced");
        seen();
        let full = self.store.shape.full as u64;
        let is_full = self.view.end() / full > self.first / full;
        let frozen = self.view.tail.base;
        self.view.grow(self.store.shape);
        if self.view.tail.base > frozen {
            self.store.view.store(Arc::new(self.view));
        }
        if let Some(sealer) = &self.store.sealer
            && is_full
        {
            sealer.wake();
        }
        Ok(())
    }
}
