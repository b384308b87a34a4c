//! The records of `ledger.redb` as bytes, whatever their keys are made of: what a backup carries.
//!
//! A record's bytes are the number of its table, the lengths of its key and its value, both. The key
//! is in the form that its checksum has.

use super::ledger::{COMMITS, ITEMS, MANIFEST, NAMES, REQUEST_ORDER, REQUESTS, RETIREMENTS, ROWS, TERMS};
use super::record::{self, Table, name_key, order_key, request_key};
use crate::store::ItemKind;
use crate::store::error::{Damage, ReadError};
use redb::{Key, ReadTransaction, ReadableTableMetadata, TableDefinition, WriteTransaction};

/// Records in their bytes, one after another.
pub(super) type Records = Box<dyn Iterator<Item = Result<Vec<u8>, ReadError>> + Send>;

/// A table of `ledger.redb`, whatever its keys are.
pub(super) struct Kept {
    table: Table,
    len: fn(&ReadTransaction) -> Result<u64, ReadError>,
    read: fn(&ReadTransaction) -> Result<Records, ReadError>,
    insert: fn(&WriteTransaction, &Record<'_>) -> Result<bool, redb::Error>,
}

macro_rules! kept {
    ($table:ident, $definition:ident, $what:literal) => {
        Kept {
            table: Table::$table,
            len: |transaction| Ok(transaction.open_table($definition)?.len()?),
            read: |transaction| read(transaction, $definition, Table::$table, $what),
            insert: |transaction, record| insert(transaction, $definition, record),
        }
    };
}

/// Every table but the one that has the format.
pub(super) const TABLES: [Kept; 9] = [
    kept!(Commits, COMMITS, "commit"),
    kept!(Items, ITEMS, "item"),
    kept!(Rows, ROWS, "the row of claim"),
    kept!(Terms, TERMS, "term"),
    kept!(Names, NAMES, "the place of a version"),
    kept!(Retirements, RETIREMENTS, "the retirement of claim"),
    kept!(Requests, REQUESTS, "request"),
    kept!(RequestOrder, REQUEST_ORDER, "request"),
    kept!(Manifest, MANIFEST, "the manifest of sealed file"),
];

/// How many records there are.
pub(super) fn count(transaction: &ReadTransaction) -> Result<u64, ReadError> {
    TABLES.iter().map(|kept| (kept.len)(transaction)).sum()
}

/// Every record, table after table. Each is compared with its checksum.
pub(super) fn records(transaction: &ReadTransaction) -> Result<Records, ReadError> {
    let tables = TABLES.iter().map(|kept| (kept.read)(transaction)).collect::<Result<Vec<_>, _>>()?;
    Ok(Box::new(tables.into_iter().flatten()))
}

/// A record whose checksum agreed.
pub(super) struct Record<'a> {
    kept: &'static Kept,
    key: &'a [u8],
    value: &'a [u8],
}

/// Why bytes are no record.
#[derive(Debug)]
pub(super) struct NoRecord;

/// Bytes before a record's key: the table, the lengths of key and value.
const HEADER_BYTES: usize = 1 + 8 + 8;

/// Bytes of a key or a value at the most: four times what the items of one commit have, of which the
/// rows are the longest record.
const MAX_RECORD_BYTES: usize = 256 << 20;

impl<'a> Record<'a> {
    /// The first record of these bytes, and those behind it; nothing if it is not there whole yet.
    pub(super) fn first(bytes: &'a [u8]) -> Result<Option<(Self, &'a [u8])>, NoRecord> {
        let Some((header, rest)) = bytes.split_first_chunk::<HEADER_BYTES>() else {
            return Ok(None);
        };
        let kept = TABLES.iter().find(|kept| kept.table as u8 == header[0]).ok_or(NoRecord)?;
        let length = |at: usize| u64::from_le_bytes(std::array::from_fn(|byte| header[at + byte]));
        let length = |at| match usize::try_from(length(at)) {
            Ok(length @ ..=MAX_RECORD_BYTES) => Ok(length),
            Ok(_) | Err(_) => Err(NoRecord),
        };
        let (key, value) = (length(1)?, length(9)?);
        let Some((key, rest)) = rest.split_at_checked(key) else { return Ok(None) };
        let Some((value, rest)) = rest.split_at_checked(value) else { return Ok(None) };
        record::open(kept.table, key, value).ok_or(NoRecord)?;
        Ok(Some((Self { kept, key, value }, rest)))
    }

    /// Puts it into its table; says whether its key is one.
    pub(super) fn insert(&self, transaction: &WriteTransaction) -> Result<bool, redb::Error> {
        (self.kept.insert)(transaction, self)
    }
}

fn read<K: Keyed>(
    transaction: &ReadTransaction,
    definition: TableDefinition<'_, K, &'static [u8]>,
    table: Table,
    what: &'static str,
) -> Result<Records, ReadError> {
    let range = transaction.open_table(definition)?.range::<K::SelfType<'static>>(..)?;
    Ok(Box::new(range.map(move |entry| {
        let (key, value) = entry?;
        let (encoded, value) = (K::encode(&key.value()), value.value());
        if record::open(table, &encoded, value).is_none() {
            return Err(K::damage(what, &key.value()).into());
        }
        let mut bytes = vec![table as u8];
        bytes.extend_from_slice(&(encoded.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&(value.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&encoded);
        bytes.extend_from_slice(value);
        Ok(bytes)
    })))
}

fn insert<K: Keyed>(
    transaction: &WriteTransaction,
    definition: TableDefinition<'_, K, &'static [u8]>,
    record: &Record<'_>,
) -> Result<bool, redb::Error> {
    let Some(key) = K::decode(record.key) else { return Ok(false) };
    transaction.open_table(definition)?.insert(key, record.value)?;
    Ok(true)
}

/// A key, to and from the form that checksums have.
trait Keyed: Key + Send + 'static {
    fn encode(key: &Self::SelfType<'_>) -> Vec<u8>;
    fn decode(bytes: &[u8]) -> Option<Self::SelfType<'_>>;
    /// What is damaged when the record of a key is, `what` being what the table's records are.
    fn damage(what: &'static str, key: &Self::SelfType<'_>) -> Damage;
}

impl Keyed for u64 {
    fn encode(key: &u64) -> Vec<u8> {
        key.to_le_bytes().to_vec()
    }

    fn decode(bytes: &[u8]) -> Option<u64> {
        Some(Self::from_le_bytes(bytes.try_into().ok()?))
    }

    fn damage(what: &'static str, key: &u64) -> Damage {
        Damage::Record { what, number: *key }
    }
}

impl Keyed for u32 {
    fn encode(key: &u32) -> Vec<u8> {
        key.to_le_bytes().to_vec()
    }

    fn decode(bytes: &[u8]) -> Option<u32> {
        Some(Self::from_le_bytes(bytes.try_into().ok()?))
    }

    fn damage(what: &'static str, key: &u32) -> Damage {
        Damage::Record { what, number: u64::from(*key) }
    }
}

/// Kind and ordinal of an item.
impl Keyed for (u8, u64) {
    fn encode((kind, ordinal): &(u8, u64)) -> Vec<u8> {
        [[*kind].as_slice(), &ordinal.to_le_bytes()].concat()
    }

    fn decode(bytes: &[u8]) -> Option<(u8, u64)> {
        let (kind, ordinal) = bytes.split_first()?;
        Some((*kind, u64::decode(ordinal)?))
    }

    fn damage(what: &'static str, (kind, ordinal): &(u8, u64)) -> Damage {
        let kind = ItemKind::ALL.into_iter().find(|known| known.code() == *kind);
        Damage::Record { what: kind.map_or(what, ItemKind::as_str), number: *ordinal }
    }
}

/// Position of a claim, and how it is retired.
impl Keyed for (u64, u8) {
    fn encode((position, how): &(u64, u8)) -> Vec<u8> {
        record::retirement_key(*position, *how).to_vec()
    }

    fn decode(bytes: &[u8]) -> Option<(u64, u8)> {
        let (how, position) = bytes.split_first()?;
        Some((u64::decode(position)?, *how))
    }

    fn damage(what: &'static str, (position, _): &(u64, u8)) -> Damage {
        Damage::Record { what, number: *position }
    }
}

/// Kind, id and version of an item.
impl Keyed for (u8, &'static str, u32) {
    fn encode((kind, id, version): &(u8, &str, u32)) -> Vec<u8> {
        name_key(*kind, id, *version)
    }

    fn decode(bytes: &[u8]) -> Option<(u8, &str, u32)> {
        let (kind, rest) = bytes.split_first()?;
        let (version, id) = rest.split_first_chunk()?;
        Some((*kind, std::str::from_utf8(id).ok()?, u32::from_le_bytes(*version)))
    }

    fn damage(what: &'static str, (_, _, version): &(u8, &str, u32)) -> Damage {
        Damage::Record { what, number: u64::from(*version) }
    }
}

/// Caller and id of a request.
impl Keyed for (&'static str, &'static str) {
    fn encode((caller, request_id): &(&str, &str)) -> Vec<u8> {
        request_key(caller, request_id)
    }

    fn decode(bytes: &[u8]) -> Option<(&str, &str)> {
        let (length, texts) = bytes.split_first_chunk()?;
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        std::str::from_utf8(texts).ok()?.split_at_checked(length)
    }

    fn damage(_: &'static str, (caller, request_id): &(&str, &str)) -> Damage {
        Damage::Request { caller: (*caller).to_owned(), request_id: (*request_id).to_owned() }
    }
}

/// Time, caller and id of a request.
impl Keyed for (i64, &'static str, &'static str) {
    fn encode((time, caller, request_id): &(i64, &str, &str)) -> Vec<u8> {
        order_key(*time, caller, request_id)
    }

    fn decode(bytes: &[u8]) -> Option<(i64, &str, &str)> {
        let (time, request) = bytes.split_first_chunk()?;
        let (caller, request_id) = <(&str, &str)>::decode(request)?;
        Some((i64::from_le_bytes(*time), caller, request_id))
    }

    fn damage(what: &'static str, (_, caller, request_id): &(i64, &str, &str)) -> Damage {
        <(&str, &str)>::damage(what, &(caller, request_id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_written() {
        fn same<K: Keyed>(key: &K::SelfType<'_>) {
            let encoded = K::encode(key);
            let decoded = K::decode(&encoded).map(|key| K::encode(&key));
            assert_eq!(decoded, Some(encoded.clone()));
            assert!(K::decode(&encoded[..3]).is_none());
        }
        same::<u64>(&7);
        same::<u32>(&7);
        same::<(u8, u64)>(&(4, 7));
        same::<(u64, u8)>(&(7, 1));
        same::<(u8, &str, u32)>(&(1, "é", 2));
        same::<(&str, &str)>(&("é", "id"));
        same::<(i64, &str, &str)>(&(-1, "", "id"));
        // A length that ends within a character.
        assert_eq!(<(&str, &str)>::decode(&request_key("a", "b")), Some(("a", "b")));
        let mut split = request_key("é", "");
        split[0] = 1;
        assert_eq!(<(&str, &str)>::decode(&split), None);
    }

    #[test]
    fn a_record_is_taken_when_it_is_whole() {
        let mut value = b"term".to_vec();
        record::close(Table::Terms, &7_u32.to_le_bytes(), &mut value);
        let mut bytes = vec![Table::Terms as u8];
        bytes.extend_from_slice(&4_u64.to_le_bytes());
        bytes.extend_from_slice(&8_u64.to_le_bytes());
        bytes.extend_from_slice(&7_u32.to_le_bytes());
        bytes.extend_from_slice(&value);
        for length in 0..bytes.len() {
            assert!(matches!(Record::first(&bytes[..length]), Ok(None)), "{length} bytes");
        }
        let behind = [&bytes, b"rest".as_slice()].concat();
        let Ok(Some((found, rest))) = Record::first(&behind) else { panic!("it is whole") };
        assert_eq!((found.key, found.value, rest), (&bytes[17..21], &*value, b"rest".as_slice()));
        *bytes.last_mut().unwrap() ^= 1;
        assert!(Record::first(&bytes).is_err());
        bytes[0] = 77;
        assert!(Record::first(&bytes).is_err());
        // Nobody waits for the end of a record that is larger than any.
        bytes[0] = Table::Terms as u8;
        for at in [1, 9] {
            let mut endless = bytes.clone();
            endless[at..at + 8].copy_from_slice(&(1_u64 << 40).to_le_bytes());
            assert!(Record::first(&endless).is_err());
        }
    }
}
