//! The ledger on disk: one redb file of commits, items, rows and requests.
//!
//! Everything is inserted, nothing is changed; only remembered requests are forgotten in time.

use super::coding::{Reader, put_number};
use crate::store::error::{Damage, OpenError, ReadError, WriteError};
use crate::store::{Commit, Counts, Digest, ItemKind};
use bytes::Bytes;
use redb::{
    Database, ReadOnlyTable, ReadTransaction, ReadableDatabase, ReadableTable, ReadableTableMetadata,
    StorageBackend, TableDefinition,
};
use std::path::Path;
use std::sync::Arc;

/// What the tables hold, as a number. Another layout, and another order of the fields of
/// [`crate::plan`], whose numbers rows hold, is another format.
pub(super) const FORMAT: u64 = 1;

/// How long requests are remembered, in microseconds: seven days.
const REQUEST_AGE: i64 = 7 * 24 * 60 * 60 * 1_000_000;
/// How many requests are remembered at most.
const MAX_REQUESTS: u64 = 1_000_000;
/// Bytes of pages that redb keeps in memory.
const CACHE_BYTES: usize = 256 * 1024 * 1024;

/// `format` → [`FORMAT`].
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
/// Digest, time, claims in the ledger so far, live claims, sources, entities, documents.
type CommitValue = (&'static [u8; 32], i64, u64, [u64; 4]);
/// Revision → what is known of the commit.
const COMMITS: TableDefinition<'_, u64, CommitValue> = TableDefinition::new("commits");
/// Kind and ordinal within the kind → header and bytes. A claim's ordinal is its position.
const ITEMS: TableDefinition<'_, (u8, u64), &[u8]> = TableDefinition::new("items");
/// Position of a commit's first claim → the rows of its claims.
const ROWS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("rows");
/// Code → term or word.
const TERMS: TableDefinition<'_, u32, &str> = TableDefinition::new("terms");
/// Kind, id and version of an item that is not a claim → its ordinal.
const NAMES: TableDefinition<'_, (u8, &str, u32), u64> = TableDefinition::new("names");
/// Position and how it is retired → revision, and ordinal of the retraction.
const RETIREMENTS: TableDefinition<'_, (u64, u8), (u64, u64)> = TableDefinition::new("retirements");
/// Caller and request id → when it was remembered and its record.
const REQUESTS: TableDefinition<'_, (&str, &str), (i64, &[u8])> = TableDefinition::new("requests");
/// When a request was remembered, its caller and its id, to forget the oldest.
const REQUEST_ORDER: TableDefinition<'_, (i64, &str, &str), ()> = TableDefinition::new("request_order");

/// How a version of a claim is retired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Retiring {
    /// By a newer version.
    Superseded = 0,
    /// By a retraction, which has this ordinal among the retractions.
    Retracted = 1,
}

/// One commit, with what a reader must know about it.
#[derive(Clone, Copy, Debug)]
pub(super) struct CommitRow {
    pub(super) commit: Commit,
    pub(super) counts: Counts,
    /// How many claims the ledger holds up to and including it.
    pub(super) claims: u64,
}

/// An item as the ledger keeps it.
#[derive(Clone, Debug)]
pub(super) struct ItemRow {
    pub(super) id: Arc<str>,
    pub(super) version: u32,
    pub(super) revision: u64,
    pub(super) bytes: Bytes,
}

/// A claim's retirement as the ledger keeps it.
#[derive(Clone, Copy, Debug)]
pub(super) struct RetirementRow {
    pub(super) position: u64,
    pub(super) how: Retiring,
    pub(super) revision: u64,
    /// The ordinal of the retraction; 0 for a newer version.
    pub(super) ordinal: u64,
}

/// A remembered request.
#[derive(Clone, Debug)]
pub(super) struct RequestRow {
    pub(super) caller: String,
    pub(super) request_id: String,
    /// When it is remembered, in microseconds since 1970.
    pub(super) time: i64,
    pub(super) record: Bytes,
}

/// What one durable write adds.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) commits: Vec<CommitRow>,
    /// Kind, ordinal and item.
    pub(super) items: Vec<(ItemKind, u64, ItemRow)>,
    /// The position of a commit's first claim, and the rows of its claims.
    pub(super) rows: Vec<(u64, Vec<u8>)>,
    pub(super) terms: Vec<(u32, Arc<str>)>,
    pub(super) retirements: Vec<RetirementRow>,
    pub(super) requests: Vec<RequestRow>,
}

/// The open ledger.
#[derive(Debug)]
pub(super) struct Ledger {
    database: Database,
}

impl Ledger {
    /// Opens the ledger in a directory, which is made if it is not there.
    pub(super) fn open(directory: &Path) -> Result<Self, OpenError> {
        std::fs::create_dir_all(directory)
            .map_err(|source| OpenError::Directory { directory: directory.into(), source })?;
        let database =
            builder().create(directory.join("ledger.redb")).map_err(|error| refusal(error, directory))?;
        Self::prepare(database)
    }

    /// Opens the ledger on any storage.
    pub(super) fn on(backend: impl StorageBackend) -> Result<Self, OpenError> {
        Self::prepare(builder().create_with_backend(backend).map_err(redb::Error::from)?)
    }

    /// Makes the tables that are not there yet, and refuses those of another format.
    fn prepare(database: Database) -> Result<Self, OpenError> {
        let transaction = database.begin_write()?;
        let found = transaction.open_table(META)?.get("format")?.map(|format| format.value());
        match found {
            Some(FORMAT) => transaction.abort()?,
            Some(found) => return Err(OpenError::Format { found, expected: FORMAT }),
            None => {
                transaction.open_table(META)?.insert("format", FORMAT)?;
                transaction.open_table(COMMITS)?;
                transaction.open_table(ITEMS)?;
                transaction.open_table(ROWS)?;
                transaction.open_table(TERMS)?;
                transaction.open_table(NAMES)?;
                transaction.open_table(RETIREMENTS)?;
                transaction.open_table(REQUESTS)?;
                transaction.open_table(REQUEST_ORDER)?;
                transaction.commit()?;
            }
        }
        Ok(Self { database })
    }

    /// Looks at the ledger as it is now.
    pub(super) fn read(&self) -> Result<Reading, ReadError> {
        Ok(Reading { transaction: self.database.begin_read()? })
    }

    /// Adds a batch; it is durable when this returns.
    pub(super) fn write(&self, batch: &Batch) -> Result<(), WriteError> {
        let mut transaction = self.database.begin_write()?;
        // After a crash the ledger opens at once, without walking the whole file.
        transaction.set_quick_repair(true);
        {
            let mut commits = transaction.open_table(COMMITS)?;
            for CommitRow { commit, counts, claims } in &batch.commits {
                let Counts { claims: live, sources, entities, documents } = *counts;
                let live = [live, sources, entities, documents];
                commits
                    .insert(commit.revision, (commit.digest.as_bytes(), commit.recorded, *claims, live))?;
            }
            let mut items = transaction.open_table(ITEMS)?;
            let mut names = transaction.open_table(NAMES)?;
            let mut value = Vec::new();
            for (kind, ordinal, item) in &batch.items {
                value.clear();
                encode_item(item, &mut value);
                items.insert((kind.code(), *ordinal), value.as_slice())?;
                if *kind != ItemKind::Claim {
                    names.insert((kind.code(), &*item.id, item.version), *ordinal)?;
                }
            }
            let mut rows = transaction.open_table(ROWS)?;
            for (first, encoded) in &batch.rows {
                rows.insert(*first, encoded.as_slice())?;
            }
            let mut terms = transaction.open_table(TERMS)?;
            for (code, text) in &batch.terms {
                terms.insert(*code, &**text)?;
            }
            let mut retirements = transaction.open_table(RETIREMENTS)?;
            for retirement in &batch.retirements {
                let RetirementRow { position, how, revision, ordinal } = *retirement;
                retirements.insert((position, how as u8), (revision, ordinal))?;
            }
            let mut requests = transaction.open_table(REQUESTS)?;
            let mut order = transaction.open_table(REQUEST_ORDER)?;
            for RequestRow { caller, request_id, time, record } in &batch.requests {
                requests.insert((caller.as_str(), request_id.as_str()), (*time, &**record))?;
                order.insert((*time, caller.as_str(), request_id.as_str()), ())?;
            }
            if let Some(last) = batch.requests.last() {
                forget(&mut order, &mut requests, last.time)?;
            }
        }
        Ok(transaction.commit()?)
    }
}

/// Forgets the requests that are too old, and the oldest if there are too many.
fn forget(
    order: &mut redb::Table<'_, (i64, &str, &str), ()>,
    requests: &mut redb::Table<'_, (&str, &str), (i64, &[u8])>,
    now: i64,
) -> Result<(), WriteError> {
    loop {
        let is_full = order.len()? > MAX_REQUESTS;
        let Some((oldest, _)) = order.first()? else { return Ok(()) };
        let (time, caller, request_id) = oldest.value();
        if time >= now.saturating_sub(REQUEST_AGE) && !is_full {
            return Ok(());
        }
        // A request id that was used again after it was forgotten is remembered from then on.
        if requests.get((caller, request_id))?.is_some_and(|found| found.value().0 == time) {
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

fn builder() -> redb::Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE_BYTES);
    builder
}

fn encode_item(item: &ItemRow, out: &mut Vec<u8>) {
    put_number(out, item.revision);
    put_number(out, item.version.into());
    put_number(out, item.id.len() as u64);
    out.extend_from_slice(item.id.as_bytes());
    out.extend_from_slice(&item.bytes);
}

fn decode_item(stored: &[u8], number: u64) -> Result<ItemRow, Damage> {
    let decode = || {
        let mut reader = Reader::new(stored);
        let revision = reader.number()?;
        let version = u32::try_from(reader.number()?).ok()?;
        let id = reader.text()?.into();
        Some(ItemRow { id, version, revision, bytes: Bytes::copy_from_slice(reader.rest()) })
    };
    decode().ok_or(Damage { what: "item", number })
}

/// The ledger as it was when it was looked at.
pub(super) struct Reading {
    transaction: ReadTransaction,
}

impl Reading {
    /// One commit.
    pub(super) fn commit(&self, revision: u64) -> Result<Option<CommitRow>, ReadError> {
        let table = self.transaction.open_table(COMMITS)?;
        Ok(table.get(revision)?.map(|row| commit_row(revision, row.value())))
    }

    /// Every commit, oldest first.
    pub(super) fn commits(
        &self,
    ) -> Result<impl Iterator<Item = Result<CommitRow, ReadError>> + use<>, ReadError> {
        let table = self.transaction.open_table(COMMITS)?;
        Ok(table.range::<u64>(..)?.map(|entry| {
            let (revision, row) = entry?;
            Ok(commit_row(revision.value(), row.value()))
        }))
    }

    /// Where items are read.
    pub(super) fn items(&self) -> Result<Items, ReadError> {
        Ok(Items(self.transaction.open_table(ITEMS)?))
    }

    /// The ordinal of an item that is not a claim.
    pub(super) fn ordinal(&self, kind: ItemKind, id: &str, version: u32) -> Result<Option<u64>, ReadError> {
        let table = self.transaction.open_table(NAMES)?;
        Ok(table.get((kind.code(), id, version))?.map(|ordinal| ordinal.value()))
    }

    /// The latest version of an item that is not a claim.
    pub(super) fn latest_version(&self, kind: ItemKind, id: &str) -> Result<Option<u32>, ReadError> {
        let table = self.transaction.open_table(NAMES)?;
        let last = table.range((kind.code(), id, 0)..=(kind.code(), id, u32::MAX))?.next_back();
        Ok(last.transpose()?.map(|(key, _)| key.value().2))
    }

    /// Calls `read` with the rows of each commit that has claims, and the position of its first.
    pub(super) fn rows<E: From<ReadError>>(
        &self,
        mut read: impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let table = self.transaction.open_table(ROWS).map_err(ReadError::from)?;
        for entry in table.range::<u64>(..).map_err(ReadError::from)? {
            let (first, rows) = entry.map_err(ReadError::from)?;
            read(first.value(), rows.value())?;
        }
        Ok(())
    }

    /// Every term and word, in the order of their codes.
    pub(super) fn terms(&self) -> Result<Vec<Arc<str>>, ReadError> {
        let table = self.transaction.open_table(TERMS)?;
        table
            .range::<u32>(..)?
            .enumerate()
            .map(|(due, entry)| {
                let (code, text) = entry?;
                if code.value() as usize == due {
                    Ok(text.value().into())
                } else {
                    Err(Damage { what: "term", number: due as u64 }.into())
                }
            })
            .collect()
    }

    /// Every retirement, in the order of their revisions.
    pub(super) fn retirements(&self) -> Result<Vec<RetirementRow>, ReadError> {
        let table = self.transaction.open_table(RETIREMENTS)?;
        let mut rows = table
            .range::<(u64, u8)>(..)?
            .map(|entry| {
                let (key, row) = entry?;
                let ((position, how), (revision, ordinal)) = (key.value(), row.value());
                let how = match how {
                    0 => Retiring::Superseded,
                    1 => Retiring::Retracted,
                    _ => return Err(Damage { what: "the retirement of claim", number: position }.into()),
                };
                Ok(RetirementRow { position, how, revision, ordinal })
            })
            .collect::<Result<Vec<_>, ReadError>>()?;
        rows.sort_unstable_by_key(|row| (row.revision, row.position));
        Ok(rows)
    }

    /// The retraction of a claim: its revision and ordinal.
    pub(super) fn retraction(&self, position: u64) -> Result<Option<(u64, u64)>, ReadError> {
        let table = self.transaction.open_table(RETIREMENTS)?;
        Ok(table.get((position, Retiring::Retracted as u8))?.map(|row| row.value()))
    }

    /// A remembered request.
    pub(super) fn request(&self, caller: &str, request_id: &str) -> Result<Option<Bytes>, ReadError> {
        let table = self.transaction.open_table(REQUESTS)?;
        Ok(table.get((caller, request_id))?.map(|row| Bytes::copy_from_slice(row.value().1)))
    }
}

fn commit_row(revision: u64, row: (&[u8; 32], i64, u64, [u64; 4])) -> CommitRow {
    let (digest, recorded, claims, [live, sources, entities, documents]) = row;
    let commit = Commit { revision, digest: Digest::from_bytes(*digest), recorded };
    CommitRow { commit, counts: Counts { claims: live, sources, entities, documents }, claims }
}

/// The items of a ledger as it was when it was looked at.
pub(super) struct Items(ReadOnlyTable<(u8, u64), &'static [u8]>);

impl Items {
    /// The item of this kind and ordinal, which is known to be there.
    pub(super) fn get(&self, kind: ItemKind, ordinal: u64) -> Result<ItemRow, ReadError> {
        let Some(stored) = self.0.get((kind.code(), ordinal))? else {
            return Err(Damage { what: "item", number: ordinal }.into());
        };
        Ok(decode_item(stored.value(), ordinal)?)
    }

    /// Every item of a kind, in the order of the ledger.
    pub(super) fn all(
        &self,
        kind: ItemKind,
    ) -> Result<impl Iterator<Item = Result<ItemRow, ReadError>> + use<>, ReadError> {
        let range = self.0.range((kind.code(), 0)..=(kind.code(), u64::MAX))?;
        Ok(range.map(|entry| {
            let (key, stored) = entry?;
            Ok(decode_item(stored.value(), key.value().1)?)
        }))
    }

    /// How many items of a kind there are.
    pub(super) fn count(&self, kind: ItemKind) -> Result<u64, ReadError> {
        let last = self.0.range((kind.code(), 0)..=(kind.code(), u64::MAX))?.next_back();
        Ok(last.transpose()?.map_or(0, |(key, _)| key.value().1 + 1))
    }
}
