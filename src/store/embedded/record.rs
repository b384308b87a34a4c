//! What the ledger keeps, as records of bytes, each with a checksum over its key and its value.

use super::coding::{Reader, put_number};
use crate::store::error::Damage;
use crate::store::{Commit, Counts, Digest, ItemKind};
use bytes::Bytes;
use std::sync::Arc;

/// How many kinds of items there are.
pub(super) const KINDS: usize = ItemKind::ALL.len();

/// Which table of the ledger a record stands in. The number is part of what checksums are made of:
/// a record that strayed into another table does not pass there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Table {
    Commits = 1,
    Items = 2,
    Rows = 3,
    Terms = 4,
    Names = 5,
    Retirements = 6,
    Requests = 7,
    RequestOrder = 8,
    Manifest = 9,
}

/// The CRC-32 of a record: over its table's number, its key's length and bytes, and its value.
/// Any change of up to 32 bits in a row is found, and one in four billion others is not; what
/// somebody changed with skill is found by the digests.
pub(super) fn checksum(table: Table, key: &[u8], value: &[u8]) -> u32 {
    let mut hash = crc32fast::Hasher::new();
    hash.update(&[table as u8]);
    hash.update(&(key.len() as u64).to_le_bytes());
    hash.update(key);
    hash.update(value);
    hash.finalize()
}

/// Appends the checksum to a value that is whole.
pub(super) fn close(table: Table, key: &[u8], value: &mut Vec<u8>) {
    let checksum = checksum(table, key, value);
    value.extend_from_slice(&checksum.to_le_bytes());
}

/// The value before its checksum, if that agrees.
pub(super) fn open<'a>(table: Table, key: &[u8], stored: &'a [u8]) -> Option<&'a [u8]> {
    let (value, found) = stored.split_last_chunk()?;
    (checksum(table, key, value) == u32::from_le_bytes(*found)).then_some(value)
}

/// The key of an item, as checksums have it.
pub(super) fn item_key(kind: ItemKind, ordinal: u64) -> [u8; 9] {
    let mut key = [kind.code(); 9];
    key[1..].copy_from_slice(&ordinal.to_le_bytes());
    key
}

/// The key of an item's name, as checksums have it.
pub(super) fn name_key(kind: u8, id: &str, version: u32) -> Vec<u8> {
    [&[kind], version.to_le_bytes().as_slice(), id.as_bytes()].concat()
}

/// The key of a remembered request, as checksums have it.
pub(super) fn request_key(caller: &str, request_id: &str) -> Vec<u8> {
    [(caller.len() as u64).to_le_bytes().as_slice(), caller.as_bytes(), request_id.as_bytes()].concat()
}

/// The key of a remembered request's place in time, as checksums have it.
pub(super) fn order_key(time: i64, caller: &str, request_id: &str) -> Vec<u8> {
    [time.to_le_bytes().as_slice(), &request_key(caller, request_id)].concat()
}

/// The key of a retirement, as checksums have it.
pub(super) fn retirement_key(position: u64, how: u8) -> [u8; 9] {
    let mut key = [how; 9];
    key[1..].copy_from_slice(&position.to_le_bytes());
    key
}

/// How a version of a claim is retired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Retiring {
    /// By a newer version.
    Superseded = 0,
    /// By a retraction, which has this ordinal among the retractions.
    Retracted = 1,
}

/// How many items of each kind there are, in the order of the kinds' numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ends(pub(super) [u64; KINDS]);

impl Ends {
    /// How many of this kind: the ordinal that the next one gets.
    pub(super) fn of(&self, kind: ItemKind) -> u64 {
        self.0[usize::from(kind.code()) - 1]
    }

    /// Counts one more, and says which ordinal it has.
    pub(super) fn take(&mut self, kind: ItemKind) -> u64 {
        let end = &mut self.0[usize::from(kind.code()) - 1];
        *end += 1;
        *end - 1
    }
}

/// One commit, with what a reader must know about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CommitRow {
    pub(super) commit: Commit,
    /// How many ids are live after it.
    pub(super) counts: Counts,
    /// How many items the ledger holds up to and including it. As a commit's items stand in the
    /// order of their kinds, this and the commit before it say which items are its, and in which
    /// order.
    pub(super) ends: Ends,
}

impl CommitRow {
    /// Bytes of a commit's record, the checksum among them.
    pub(super) const BYTES: usize = 32 + 8 * (1 + 4 + KINDS) + 4;

    /// The commit's record.
    pub(super) fn encode(&self) -> Vec<u8> {
        let Self { commit, counts, ends } = self;
        let Counts { claims, sources, entities, documents } = *counts;
        let mut out = Vec::with_capacity(Self::BYTES);
        out.extend_from_slice(commit.digest.as_bytes());
        out.extend_from_slice(&commit.recorded.to_le_bytes());
        for number in [claims, sources, entities, documents].iter().chain(&ends.0) {
            out.extend_from_slice(&number.to_le_bytes());
        }
        close(Table::Commits, &commit.revision.to_le_bytes(), &mut out);
        out
    }

    /// The commit of a record, if that is sound.
    pub(super) fn decode(revision: u64, stored: &[u8]) -> Result<Self, Damage> {
        let decode = || {
            let value = open(Table::Commits, &revision.to_le_bytes(), stored)?;
            let (digest, rest) = value.split_first_chunk()?;
            let (numbers, rest) = rest.as_chunks::<8>();
            let [recorded, claims, sources, entities, documents, ends @ ..] = numbers else { return None };
            let number = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
            let ends: &[[u8; 8]; KINDS] = ends.try_into().ok()?;
            rest.is_empty().then(|| Self {
                commit: Commit {
                    revision,
                    digest: Digest::from_bytes(*digest),
                    recorded: i64::from_le_bytes(*recorded),
                },
                counts: Counts {
                    claims: number(claims),
                    sources: number(sources),
                    entities: number(entities),
                    documents: number(documents),
                },
                ends: Ends(ends.each_ref().map(number)),
            })
        };
        decode().ok_or(Damage::Record { what: "commit", number: revision })
    }
}

/// An item as the ledger keeps it.
#[derive(Clone, Debug)]
pub(super) struct ItemRow {
    pub(super) id: Arc<str>,
    pub(super) version: u32,
    pub(super) revision: u64,
    pub(super) bytes: Bytes,
}

impl ItemRow {
    /// Appends the item's record without its checksum.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        put_number(out, self.revision);
        put_number(out, self.version.into());
        put_number(out, self.id.len() as u64);
        out.extend_from_slice(self.id.as_bytes());
        out.extend_from_slice(&self.bytes);
    }

    /// The item of a record whose checksum agreed.
    pub(super) fn decode(record: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(record);
        let revision = reader.number()?;
        let version = u32::try_from(reader.number()?).ok()?;
        let id = reader.text()?.into();
        Some(Self { id, version, revision, bytes: Bytes::copy_from_slice(reader.rest()) })
    }
}

/// A claim's retirement as the ledger keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RetirementRow {
    pub(super) revision: u64,
    pub(super) position: u64,
    pub(super) how: Retiring,
    /// The ordinal of the retraction; 0 for a newer version.
    pub(super) ordinal: u64,
}

impl RetirementRow {
    /// The retirement's record.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = [self.revision.to_le_bytes(), self.ordinal.to_le_bytes()].concat();
        close(Table::Retirements, &retirement_key(self.position, self.how as u8), &mut out);
        out
    }

    /// The retirement of a record, if that is sound.
    pub(super) fn decode(position: u64, how: u8, stored: &[u8]) -> Result<Self, Damage> {
        let decode = || {
            let value = open(Table::Retirements, &retirement_key(position, how), stored)?;
            let ([revision, ordinal], []) = value.as_chunks::<8>() else { return None };
            let how = match how {
                0 => Retiring::Superseded,
                1 => Retiring::Retracted,
                _ => return None,
            };
            let (revision, ordinal) = (u64::from_le_bytes(*revision), u64::from_le_bytes(*ordinal));
            Some(Self { revision, position, how, ordinal })
        };
        decode().ok_or(Damage::Record { what: "the retirement of claim", number: position })
    }
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

impl RequestRow {
    /// The request's record.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = [self.time.to_le_bytes().as_slice(), &self.record].concat();
        close(Table::Requests, &request_key(&self.caller, &self.request_id), &mut out);
        out
    }

    /// When a request was remembered and what of it, if its record is sound.
    pub(super) fn decode<'a>(
        caller: &str,
        request_id: &str,
        stored: &'a [u8],
    ) -> Result<(i64, &'a [u8]), Damage> {
        let value = open(Table::Requests, &request_key(caller, request_id), stored);
        let (time, record) = value
            .and_then(<[u8]>::split_first_chunk)
            .ok_or_else(|| Damage::Request { caller: caller.into(), request_id: request_id.into() })?;
        Ok((i64::from_le_bytes(*time), record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_passes_only_as_it_was_and_where_it_was() {
        let mut stored = b"value".to_vec();
        close(Table::Terms, b"key", &mut stored);
        // CRC-32 of 04, the key's length in eight bytes, "key" and "value", by Python's zlib.
        assert_eq!(stored[5..], 0x3058_4e0f_u32.to_le_bytes());
        assert_eq!(open(Table::Terms, b"key", &stored), Some(b"value".as_slice()));
        assert_eq!(open(Table::Names, b"key", &stored), None);
        assert_eq!(open(Table::Terms, b"kez", &stored), None);
        for bit in 0..stored.len() * 8 {
            let mut changed = stored.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(Table::Terms, b"key", &changed), None, "bit {bit}");
        }
        assert_eq!(open(Table::Terms, b"key", &stored[..3]), None);
    }
}
