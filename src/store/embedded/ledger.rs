//! The ledger on disk: one redb file of what is new, and sealed files of what is older.
//!
//! Everything is inserted, nothing is changed; only remembered requests are forgotten in time, and
//! what was sealed leaves the redb file.

use super::folder::{Directory, Folder, make};
use super::manifest::sealed_name;
use super::reading::Reading;
use super::record::{
    self, CommitRow, ItemRow, RequestRow, RetirementRow, Table, item_key, name_key, order_key,
};
use super::sealed::SealedFile;
use super::storage::{Failure, Storage};
use super::upkeep::open_listed;
use crate::store::ItemKind;
use crate::store::error::{Damage, FileFault, OpenError, ReadError, WriteError};
use arc_swap::{ArcSwap, ArcSwapOption};
use redb::backends::FileBackend;
use redb::{
    Database, ReadTransaction, ReadableDatabase, ReadableTable, ReadableTableMetadata, StorageBackend,
    TableDefinition, WriteTransaction,
};
use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// What a data directory holds, as a number. Another layout of tables or sealed files, other rows, and another order of the fields of
/// [`crate::plan`], whose numbers rows hold, is another format.
pub(super) const FORMAT: u64 = 3;
/// The oldest that is read: its sealed files had rows instead of indexes.
const OLDEST_FORMAT: u64 = 2;

/// The redb file within the data directory.
pub(super) const FILE: &str = "ledger.redb";
/// The folder of sealed files within the data directory.
pub(super) const SEGMENTS: &str = "segments";
/// What the file that is being sealed is called.
pub(super) const UNFINISHED: &str = "unfinished.tmp";

/// How long requests are remembered, in microseconds: seven days.
const REQUEST_AGE: i64 = 7 * 24 * 60 * 60 * 1_000_000;
/// How many requests are remembered at most.
const MAX_REQUESTS: u64 = 1_000_000;
/// Bytes of pages that redb keeps in memory.
const CACHE_BYTES: usize = 256 * 1024 * 1024;

/// `format` → [`FORMAT`].
pub(super) const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
/// Revision → what is known of the commit, unless it is sealed.
pub(super) const COMMITS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("commits");
/// Kind and ordinal within the kind → header and bytes. A claim's ordinal is its position; sealed
/// claims are not here.
pub(super) const ITEMS: TableDefinition<'_, (u8, u64), &[u8]> = TableDefinition::new("items");
/// Position of the first claim of a commit, or of a segment within a commit → the rows of the
/// commit's claims from there on, but for those of the next segment. Sealed rows are not here.
pub(super) const ROWS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("rows");
/// Code → term or word.
pub(super) const TERMS: TableDefinition<'_, u32, &[u8]> = TableDefinition::new("terms");
/// Kind, id and version of an item that is not a claim → its ordinal.
pub(super) const NAMES: TableDefinition<'_, (u8, &str, u32), &[u8]> = TableDefinition::new("names");
/// Position and how it is retired → revision, and ordinal of the retraction.
pub(super) const RETIREMENTS: TableDefinition<'_, (u64, u8), &[u8]> = TableDefinition::new("retirements");
/// Caller and request id → when it was remembered and its record.
pub(super) const REQUESTS: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("requests");
/// When a request was remembered, its caller and its id, to forget the oldest → nothing.
pub(super) const REQUEST_ORDER: TableDefinition<'_, (i64, &str, &str), &[u8]> =
    TableDefinition::new("request_order");
/// Number of a sealed file → what it covers, its length and its SHA-256.
pub(super) const MANIFEST: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("manifest");

/// What one durable write adds.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) commits: Vec<CommitRow>,
    /// Kind, ordinal and item.
    pub(super) items: Vec<(ItemKind, u64, ItemRow)>,
    /// The position of the first claim, and the rows of claims from there on.
    pub(super) rows: Vec<(u64, Vec<u8>)>,
    pub(super) terms: Vec<(u32, Arc<str>)>,
    pub(super) retirements: Vec<RetirementRow>,
    pub(super) requests: Vec<RequestRow>,
}

/// The open ledger.
#[derive(Debug)]
pub(super) struct Ledger {
    database: Database,
    /// Whether what redb wrote has reached its file.
    failure: Failure,
    /// The ledger as it was before the write that is under way, or that failed.
    before: ArcSwapOption<ReadTransaction>,
    /// Where sealed files are; a ledger in memory alone has none.
    pub(super) folder: Option<Box<dyn Folder>>,
    /// The sealed files, in their order. What is in them may be in the redb file too, for as long
    /// as their sealing is under way.
    pub(super) sealed: ArcSwap<Vec<Arc<SealedFile>>>,
    /// Whether a sealing failed, so that what is durable of it is unknown. Locked by who seals.
    pub(super) sealing: Mutex<bool>,
}

impl Ledger {
    /// Opens the ledger in a directory, which is made if it is not there.
    pub(super) fn open(directory: &Path) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Directory { directory: directory.into(), source };
        make(directory).map_err(failed)?;
        let mut options = File::options();
        let file = options.read(true).write(true).create(true).truncate(false).open(directory.join(FILE));
        let refused = |error| refusal(error, directory);
        let (storage, failure) = Storage::new(FileBackend::new(file.map_err(failed)?).map_err(refused)?);
        let database = builder().create_with_backend(storage).map_err(refused)?;
        let folder = Directory::within(directory, SEGMENTS).map_err(failed)?;
        Self::prepare(database, failure, Some(Box::new(folder)), directory)
    }

    /// Opens the ledger on any storage. Without a folder, nothing is sealed.
    pub(super) fn on(
        backend: impl StorageBackend,
        folder: Option<Box<dyn Folder>>,
    ) -> Result<Self, OpenError> {
        let (storage, failure) = Storage::new(backend);
        let database = builder().create_with_backend(storage).map_err(redb::Error::from)?;
        Self::prepare(database, failure, folder, Path::new("in memory"))
    }

    /// Makes the tables that are not there yet, refuses those of another format, and opens the
    /// sealed files.
    fn prepare(
        database: Database,
        failure: Failure,
        folder: Option<Box<dyn Folder>>,
        directory: &Path,
    ) -> Result<Self, OpenError> {
        let transaction = database.begin_write()?;
        let found = transaction.open_table(META)?.get("format")?.map(|format| format.value());
        match found {
            Some(OLDEST_FORMAT..=FORMAT) => transaction.abort()?,
            Some(found) => {
                let directory = directory.into();
                return Err(OpenError::Format { directory, found, oldest: OLDEST_FORMAT, newest: FORMAT });
            }
            None => {
                make_tables(&transaction)?;
                transaction.commit()?;
            }
        }
        failure.check()?;
        let (before, sealed, sealing) = (ArcSwapOption::empty(), ArcSwap::default(), Mutex::new(false));
        let ledger = Self { database, failure, before, folder, sealed, sealing };
        ledger.open_sealed()?;
        Ok(ledger)
    }

    /// The format of the data directory.
    pub(super) fn format(&self) -> Result<u64, ReadError> {
        let meta = self.read()?.transaction.open_table(META)?;
        Ok(meta.get("format")?.map_or(FORMAT, |format| format.value()))
    }

    /// Opens the files that the manifest lists. Nothing is changed by that; any other sealed file, but
    /// for what an interrupted sealing left, is of claims that this ledger does not have, and the
    /// directory is refused.
    fn open_sealed(&self) -> Result<(), OpenError> {
        let manifest = self.read()?.manifest()?;
        let Some(folder) = self.folder.as_deref() else {
            return match manifest.first() {
                None => Ok(()),
                Some(row) => Err(Damage::File { file: row.stretch.path(), fault: FileFault::Missing }.into()),
            };
        };
        let failed = |source| OpenError::File { file: SEGMENTS.to_owned(), source };
        let names = folder.names().map_err(failed)?;
        let mut sealed: Vec<Arc<SealedFile>> = Vec::with_capacity(manifest.len());
        for row in manifest {
            let file = open_listed(folder, row, &names)?;
            let (end, end_revision) =
                sealed.last().map_or((0, 1), |last| (last.stretch().end(), last.stretch().end_revision()));
            if (row.stretch.first, row.stretch.first_revision) != (end, end_revision) {
                return Err(file.fault(FileFault::Range).into());
            }
            sealed.push(Arc::new(file));
        }
        let known: Vec<String> = sealed.iter().map(|file| file.stretch().name()).collect();
        self.sealed.store(Arc::new(sealed));
        for name in names.iter().filter(|name| name.ends_with(".seg") && !known.contains(name)) {
            if !self.is_unlisted(name)? {
                let file = format!("{SEGMENTS}/{name}");
                return Err(Damage::File { file, fault: FileFault::Unknown }.into());
            }
        }
        Ok(())
    }

    /// Whether a file has the name of the next that is to be sealed, whose claims are in the redb file:
    /// an interrupted sealing left it.
    pub(super) fn is_unlisted(&self, name: &str) -> Result<bool, ReadError> {
        Ok(name == sealed_name(self.sealed.load().len() as u64) && self.has_unsealed()?)
    }

    /// Whether there are claims that are not sealed.
    fn has_unsealed(&self) -> Result<bool, ReadError> {
        let reading = self.read()?;
        reading.has_claim(reading.sealed_end())
    }

    /// Looks at the ledger as it is now: all that is durable, and nothing else.
    pub(super) fn read(&self) -> Result<Reading, ReadError> {
        loop {
            // What leaves the redb file is in the list before: the list of when the transaction began
            // is the one that fits.
            let sealed = self.sealed.load_full();
            let now = self.database.begin_read()?;
            // What redb has by now may have reached no disk.
            let before = if self.failure.is_there() { self.before.load_full() } else { None };
            let transaction = before.unwrap_or_else(|| Arc::new(now));
            if Arc::ptr_eq(&sealed, &self.sealed.load()) {
                return Ok(Reading { transaction, sealed });
            }
        }
    }

    /// Changes the redb file; the change is durable when this returns, or else unknown to be.
    pub(super) fn change<E: From<redb::Error>>(
        &self,
        change: impl FnOnce(&WriteTransaction) -> Result<(), E>,
    ) -> Result<(), E> {
        let failed = |error: redb::Error| E::from(error);
        let mut transaction = self.database.begin_write().map_err(|error| failed(error.into()))?;
        // What failed before goes on being read as it was before it.
        self.failure.check()?;
        // After a crash the ledger opens at once, without walking the whole file.
        transaction.set_quick_repair(true);
        let before = self.database.begin_read().map_err(|error| failed(error.into()))?;
        self.before.store(Some(Arc::new(before)));
        change(&transaction)?;
        transaction.commit().map_err(|error| failed(error.into()))?;
        self.failure.check()?;
        self.before.store(None);
        Ok(())
    }

    /// Adds a batch; it is durable when this returns.
    pub(super) fn write(&self, batch: &Batch) -> Result<(), WriteError> {
        self.change(|transaction| {
            let mut commits = transaction.open_table(COMMITS)?;
            for row in &batch.commits {
                commits.insert(row.commit.revision, row.encode().as_slice())?;
            }
            let mut items = transaction.open_table(ITEMS)?;
            let mut names = transaction.open_table(NAMES)?;
            let mut value = Vec::new();
            let mut closed = |table, key: &[u8], fill: &dyn Fn(&mut Vec<u8>)| {
                value.clear();
                fill(&mut value);
                record::close(table, key, &mut value);
                std::mem::take(&mut value)
            };
            for (kind, ordinal, item) in &batch.items {
                let stored = closed(Table::Items, &item_key(*kind, *ordinal), &|out| item.encode(out));
                items.insert((kind.code(), *ordinal), stored.as_slice())?;
                if *kind != ItemKind::Claim {
                    let key = name_key(kind.code(), &item.id, item.version);
                    let stored = closed(Table::Names, &key, &|out| out.extend(ordinal.to_le_bytes()));
                    names.insert((kind.code(), &*item.id, item.version), stored.as_slice())?;
                }
            }
            let mut rows = transaction.open_table(ROWS)?;
            for (first, encoded) in &batch.rows {
                let stored = closed(Table::Rows, &first.to_le_bytes(), &|out| out.extend(encoded));
                rows.insert(*first, stored.as_slice())?;
            }
            let mut terms = transaction.open_table(TERMS)?;
            for (code, text) in &batch.terms {
                let stored = closed(Table::Terms, &code.to_le_bytes(), &|out| out.extend(text.bytes()));
                terms.insert(*code, stored.as_slice())?;
            }
            let mut retirements = transaction.open_table(RETIREMENTS)?;
            for retirement in &batch.retirements {
                let key = (retirement.position, retirement.how as u8);
                retirements.insert(key, retirement.encode().as_slice())?;
            }
            let mut requests = transaction.open_table(REQUESTS)?;
            let mut order = transaction.open_table(REQUEST_ORDER)?;
            for request in &batch.requests {
                let RequestRow { caller, request_id, time, .. } = request;
                let key = (caller.as_str(), request_id.as_str());
                let before = requests.insert(key, request.encode().as_slice())?;
                // What is remembered anew has one place in time. What cannot be read keeps its own.
                let before = before.and_then(|stored| {
                    RequestRow::decode(caller, request_id, stored.value()).ok().map(|(before, _)| before)
                });
                if let Some(before) = before {
                    order.remove((before, caller.as_str(), request_id.as_str()))?;
                }
                let stored = closed(Table::RequestOrder, &order_key(*time, caller, request_id), &|_| {});
                order.insert((*time, caller.as_str(), request_id.as_str()), stored.as_slice())?;
            }
            if let Some(last) = batch.requests.last() {
                forget(&mut order, &mut requests, last.time)?;
            }
            Ok(())
        })
    }
}

/// Makes the tables that are not there yet, and notes the format.
pub(super) fn make_tables(transaction: &WriteTransaction) -> Result<(), redb::Error> {
    transaction.open_table(META)?.insert("format", FORMAT)?;
    transaction.open_table(COMMITS)?;
    transaction.open_table(ITEMS)?;
    transaction.open_table(ROWS)?;
    transaction.open_table(TERMS)?;
    transaction.open_table(NAMES)?;
    transaction.open_table(RETIREMENTS)?;
    transaction.open_table(REQUESTS)?;
    transaction.open_table(REQUEST_ORDER)?;
    transaction.open_table(MANIFEST)?;
    Ok(())
}

/// Forgets the requests that are too old, and the oldest if there are too many.
fn forget(
    order: &mut redb::Table<'_, (i64, &str, &str), &[u8]>,
    requests: &mut redb::Table<'_, (&str, &str), &[u8]>,
    now: i64,
) -> Result<(), WriteError> {
    loop {
        let is_full = order.len()? > MAX_REQUESTS;
        let Some((oldest, _)) = order.first()? else { return Ok(()) };
        let (time, caller, request_id) = oldest.value();
        if time >= now.saturating_sub(REQUEST_AGE) && !is_full {
            return Ok(());
        }
        // A request id that was used again after it was forgotten is remembered from then on. What
        // cannot be read is forgotten too.
        let is_of_then = |stored: &[u8]| {
            RequestRow::decode(caller, request_id, stored).map_or(true, |(found, _)| found == time)
        };
        if requests.get((caller, request_id))?.is_some_and(|stored| is_of_then(stored.value())) {
            requests.remove((caller, request_id))?;
        }
        let (caller, request_id) = (caller.to_owned(), request_id.to_owned());
        drop(oldest);
        order.remove((time, caller.as_str(), request_id.as_str()))?;
    }
}

/// Why the ledger in a directory cannot be opened.
fn refusal(error: redb::DatabaseError, directory: &Path) -> OpenError {
    use redb::{DatabaseError, StorageError};
    let directory = directory.into();
    if matches!(error, DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch) {
        return OpenError::InUse { directory };
    }
    if let DatabaseError::Storage(StorageError::Io(source)) = error {
        return OpenError::Directory { directory, source };
    }
    OpenError::Ledger(error.into())
}

pub(super) fn builder() -> redb::Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE_BYTES);
    builder
}
