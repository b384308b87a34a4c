//! The ledger as it was at one moment, read record by record.

use super::ledger::{COMMITS, ITEMS, MANIFEST, NAMES, REQUESTS, RETIREMENTS, ROWS, TERMS};
use super::manifest::ManifestRow;
use super::record::{
    self, CommitRow, ItemRow, RequestRow, RetirementRow, Retiring, Table, item_key, name_key,
};
use super::sealed::SealedFile;
use crate::store::ItemKind;
use crate::store::error::{Damage, ReadError};
use bytes::Bytes;
use redb::{ReadOnlyTable, ReadTransaction};
use std::sync::Arc;

/// The ledger as it was when it was looked at.
pub(super) struct Reading {
    pub(super) transaction: Arc<ReadTransaction>,
    /// The sealed files. What they hold is read there, wherever else it may be.
    pub(super) sealed: Arc<Vec<Arc<SealedFile>>>,
}

impl Reading {
    /// The position after the last sealed claim.
    pub(super) fn sealed_end(&self) -> u64 {
        self.sealed.last().map_or(0, |file| file.stretch().end())
    }

    /// The revision after the last sealed commit.
    pub(super) fn sealed_end_revision(&self) -> u64 {
        self.sealed.last().map_or(1, |file| file.stretch().end_revision())
    }

    /// Every sealed file that the manifest lists.
    pub(super) fn manifest(&self) -> Result<Vec<ManifestRow>, ReadError> {
        let table = self.transaction.open_table(MANIFEST)?;
        let rows = (0..).zip(table.range::<u64>(..)?).map(|(due, entry)| {
            let (number, stored) = entry?;
            if number.value() != due {
                return Err(Damage::Record { what: "the manifest of sealed file", number: due }.into());
            }
            Ok(ManifestRow::decode(due, stored.value())?)
        });
        rows.collect()
    }

    /// One commit.
    pub(super) fn commit(&self, revision: u64) -> Result<Option<CommitRow>, ReadError> {
        if revision < self.sealed_end_revision() {
            let after = self.sealed.partition_point(|file| file.stretch().first_revision <= revision);
            return after.checked_sub(1).map(|index| self.sealed[index].commit(revision)).transpose();
        }
        let table = self.transaction.open_table(COMMITS)?;
        let found = table.get(revision)?.map(|stored| CommitRow::decode(revision, stored.value()));
        Ok(found.transpose()?)
    }

    /// Calls `read` with every commit, oldest first; none is missing.
    pub(super) fn commits<E: From<ReadError>>(
        &self,
        mut read: impl FnMut(CommitRow) -> Result<(), E>,
    ) -> Result<(), E> {
        for file in self.sealed.iter() {
            file.commits()?.into_iter().try_for_each(&mut read)?;
        }
        self.unsealed_commits()?.try_for_each(|row| read(row?))
    }

    /// The commits that are not sealed, oldest first; none is missing.
    pub(super) fn unsealed_commits(
        &self,
    ) -> Result<impl Iterator<Item = Result<CommitRow, ReadError>> + use<>, ReadError> {
        let table = self.transaction.open_table(COMMITS)?;
        let first = self.sealed_end_revision();
        Ok((first..).zip(table.range(first..)?).map(|(due, entry)| {
            let (revision, stored) = entry?;
            if revision.value() != due {
                return Err(Damage::Record { what: "commit", number: due }.into());
            }
            Ok(CommitRow::decode(due, stored.value())?)
        }))
    }

    /// Whether there is a claim at this position, sealed or not.
    pub(super) fn has_claim(&self, position: u64) -> Result<bool, ReadError> {
        let table = self.transaction.open_table(ITEMS)?;
        Ok(position < self.sealed_end() || table.get((ItemKind::Claim.code(), position))?.is_some())
    }

    /// Where items are read.
    pub(super) fn items(&self) -> Result<Items, ReadError> {
        Ok(Items { table: self.transaction.open_table(ITEMS)?, sealed: Arc::clone(&self.sealed) })
    }

    /// The ordinal of an item that is not a claim.
    pub(super) fn ordinal(&self, kind: ItemKind, id: &str, version: u32) -> Result<Option<u64>, ReadError> {
        let table = self.transaction.open_table(NAMES)?;
        let Some(stored) = table.get((kind.code(), id, version))? else { return Ok(None) };
        let value = record::open(Table::Names, &name_key(kind.code(), id, version), stored.value());
        let ordinal = value.and_then(|value| Some(u64::from_le_bytes(value.try_into().ok()?)));
        let damage = Damage::Record { what: "the place of a version", number: version.into() };
        Ok(Some(ordinal.ok_or(damage)?))
    }

    /// The latest version of an item that is not a claim.
    pub(super) fn latest_version(&self, kind: ItemKind, id: &str) -> Result<Option<u32>, ReadError> {
        let table = self.transaction.open_table(NAMES)?;
        let last = table.range((kind.code(), id, 0)..=(kind.code(), id, u32::MAX))?.next_back();
        Ok(last.transpose()?.map(|(key, _)| key.value().2))
    }

    /// Calls `read` with stretches of rows that are not sealed and begin within the range, each with
    /// the position of its first.
    pub(super) fn unsealed_rows<E: From<ReadError>>(
        &self,
        range: std::ops::Range<u64>,
        mut read: impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let table = self.transaction.open_table(ROWS).map_err(ReadError::from)?;
        for entry in table.range(range).map_err(ReadError::from)? {
            let (first, stored) = entry.map_err(ReadError::from)?;
            let first = first.value();
            let rows = record::open(Table::Rows, &first.to_le_bytes(), stored.value())
                .ok_or(ReadError::Damaged(Damage::Record { what: "the row of claim", number: first }))?;
            read(first, rows)?;
        }
        Ok(())
    }

    /// Every term and word, in the order of their codes.
    pub(super) fn terms(&self) -> Result<Vec<Arc<str>>, ReadError> {
        let table = self.transaction.open_table(TERMS)?;
        let terms = (0..).zip(table.range::<u32>(..)?).map(|(due, entry)| {
            let (code, stored) = entry?;
            let damage = Damage::Record { what: "term", number: u64::from(due) };
            if code.value() != due {
                return Err(damage.into());
            }
            let text = record::open(Table::Terms, &due.to_le_bytes(), stored.value());
            Ok(text.and_then(|text| std::str::from_utf8(text).ok()).ok_or(damage)?.into())
        });
        terms.collect()
    }

    /// Every retirement, in the order of their revisions.
    pub(super) fn retirements(&self) -> Result<Vec<RetirementRow>, ReadError> {
        let table = self.transaction.open_table(RETIREMENTS)?;
        let mut rows = table
            .range::<(u64, u8)>(..)?
            .map(|entry| {
                let (key, stored) = entry?;
                let (position, how) = key.value();
                Ok(RetirementRow::decode(position, how, stored.value())?)
            })
            .collect::<Result<Vec<_>, ReadError>>()?;
        rows.sort_unstable();
        Ok(rows)
    }

    /// The retirement of a claim.
    pub(super) fn retirement(
        &self,
        position: u64,
        how: Retiring,
    ) -> Result<Option<RetirementRow>, ReadError> {
        let table = self.transaction.open_table(RETIREMENTS)?;
        let found = table.get((position, how as u8))?;
        Ok(found.map(|stored| RetirementRow::decode(position, how as u8, stored.value())).transpose()?)
    }

    /// A remembered request.
    pub(super) fn request(&self, caller: &str, request_id: &str) -> Result<Option<Bytes>, ReadError> {
        let table = self.transaction.open_table(REQUESTS)?;
        let Some(stored) = table.get((caller, request_id))? else { return Ok(None) };
        let (_, record) = RequestRow::decode(caller, request_id, stored.value())?;
        Ok(Some(Bytes::copy_from_slice(record)))
    }
}

/// The items of a ledger as it was when it was looked at.
pub(super) struct Items {
    table: ReadOnlyTable<(u8, u64), &'static [u8]>,
    sealed: Arc<Vec<Arc<SealedFile>>>,
}

impl Items {
    /// The item of this kind and ordinal, which is known to be there.
    pub(super) fn get(&self, kind: ItemKind, ordinal: u64) -> Result<ItemRow, ReadError> {
        if kind == ItemKind::Claim
            && let Some(file) = self.sealed_at(ordinal)
        {
            return file.claim(ordinal);
        }
        match self.table.get((kind.code(), ordinal))? {
            Some(stored) => Ok(decode(kind, ordinal, stored.value())?),
            None => Err(damage(kind, ordinal).into()),
        }
    }

    /// The sealed file that holds a claim.
    fn sealed_at(&self, position: u64) -> Option<&SealedFile> {
        let after = self.sealed.partition_point(|file| file.stretch().first <= position);
        let file = &self.sealed[after.checked_sub(1)?];
        (position < file.stretch().end()).then_some(&**file)
    }

    /// Every item of a kind that is not sealed, in the order of the ledger.
    pub(super) fn unsealed(
        &self,
        kind: ItemKind,
        first: u64,
    ) -> Result<impl Iterator<Item = Result<ItemRow, ReadError>> + use<>, ReadError> {
        let range = self.table.range((kind.code(), first)..=(kind.code(), u64::MAX))?;
        Ok((first..).zip(range).map(move |(due, entry)| {
            let (key, stored) = entry?;
            if key.value().1 != due {
                return Err(damage(kind, due).into());
            }
            Ok(decode(kind, due, stored.value())?)
        }))
    }
}

fn decode(kind: ItemKind, ordinal: u64, stored: &[u8]) -> Result<ItemRow, Damage> {
    let record = record::open(Table::Items, &item_key(kind, ordinal), stored);
    record.and_then(ItemRow::decode).ok_or_else(|| damage(kind, ordinal))
}

fn damage(kind: ItemKind, number: u64) -> Damage {
    Damage::Record { what: kind.as_str(), number }
}
