//! Every bit that changes is found: by a refusal to open, or by verifying.

use super::faults::Disk;
use super::ledger::{COMMITS, ITEMS, MANIFEST, NAMES, REQUEST_ORDER, REQUESTS, RETIREMENTS, ROWS, TERMS};
use super::sealing::{Shelf, all, open, reopen, write};
use super::upkeep::Upkeep;
use crate::store::{Budget, Progress, Verified};
use redb::{Database, Key, ReadableDatabase, ReadableTable, TableDefinition};

/// The bits of each record of a table.
pub(super) type Bits = fn(&Database) -> Vec<usize>;
/// Changes a bit of a record of a table.
pub(super) type Flip = fn(&Database, usize, usize);

/// The bits of each record: of numbers in keys and of values; a text in a key cannot take every bit.
fn bits<K: Key + 'static>(database: &Database, table: TableDefinition<'_, K, &[u8]>) -> Vec<usize> {
    let table = database.begin_read().unwrap().open_table(table).unwrap();
    let key_bits = K::fixed_width().unwrap_or(0) * 8;
    table.iter().unwrap().map(|entry| key_bits + entry.unwrap().1.value().len() * 8).collect()
}

fn flip<K: Key + 'static>(
    database: &Database,
    table: TableDefinition<'_, K, &[u8]>,
    record: usize,
    bit: usize,
) {
    let transaction = database.begin_write().unwrap();
    {
        let mut table = transaction.open_table(table).unwrap();
        let (mut key, mut value) = {
            let (key, value) = table.iter().unwrap().nth(record).unwrap().unwrap();
            (K::as_bytes(&key.value()).as_ref().to_vec(), value.value().to_vec())
        };
        table.remove(K::from_bytes(&key)).unwrap();
        let key_bits = K::fixed_width().unwrap_or(0) * 8;
        match bit.checked_sub(key_bits) {
            None => key[bit / 8] ^= 1 << (bit % 8),
            Some(bit) => value[bit / 8] ^= 1 << (bit % 8),
        }
        table.insert(K::from_bytes(&key), value.as_slice()).unwrap();
    }
    transaction.commit().unwrap();
}

macro_rules! table {
    ($table:ident) => {
        (
            stringify!($table),
            (|database| bits(database, $table)) as Bits,
            (|database, record, bit| flip(database, $table, record, bit)) as Flip,
        )
    };
}

/// Every table, with how its records are looked at and changed.
pub(super) fn tables() -> [(&'static str, Bits, Flip); 9] {
    [
        table!(COMMITS),
        table!(ITEMS),
        table!(ROWS),
        table!(TERMS),
        table!(NAMES),
        table!(RETIREMENTS),
        table!(REQUESTS),
        table!(REQUEST_ORDER),
        table!(MANIFEST),
    ]
}

/// Numbers in an order that looks random, the same every time.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % end
    }
}

/// Opens a ledger and verifies it.
fn verify(disk: &Disk, shelf: &Shelf) -> Result<Verified, String> {
    let store = reopen(disk, shelf, Upkeep::Leave).map_err(|error| error.to_string())?;
    store.verify(&Budget::default(), &mut |_| {}).map_err(|error| error.to_string())
}

/// A ledger of three sealed files and a tail.
fn ledger() -> (Disk, Shelf, Verified) {
    let (disk, shelf) = (Disk::default(), Shelf::default());
    let store = open(&disk, &shelf);
    (0..24).for_each(|_| _ = write(&store));
    store.seal().unwrap();
    let mut reports = Vec::new();
    let verified = store.verify(&Budget::default(), &mut |progress| reports.push(progress)).unwrap();
    let (all_files, all_commits, all_claims) = (3, 24, 60);
    assert_eq!(
        reports.last(),
        Some(&Progress { files: 3, all_files, commits: 24, all_commits, claims: 60, all_claims })
    );
    assert_eq!((verified.head, verified.files, verified.claims), (*store.view().head(), 3, 60));
    (disk, shelf, verified)
}

#[test]
fn a_changed_bit_of_a_sealed_file_is_found() {
    let (disk, shelf, sound) = ledger();
    assert_eq!(verify(&disk.restarted(), &shelf), Ok(sound));
    let mut random = Random(1);
    for _ in 0..500 {
        let name = format!("00000{}.seg", random.below(3));
        let bit = random.below(shelf.files().content(&name).len() * 8);
        let change = || shelf.files().content(&name)[bit / 8] ^= 1 << (bit % 8);
        change();
        let found = verify(&disk.restarted(), &shelf).unwrap_err();
        assert!(found.contains(&format!("segments/{name}")), "bit {bit} of {name}: {found}");
        change();
    }
    assert_eq!(verify(&disk.restarted(), &shelf), Ok(sound));
}

/// Of the parts that are made of others, a damaged one is made anew, and the file is as it was.
#[test]
fn a_changed_bit_of_an_index_is_mended() {
    let (disk, shelf, sound) = ledger();
    let answers = all(&open(&disk.restarted(), &shelf)).unwrap();
    let mut random = Random(3);
    for _ in 0..300 {
        let name = format!("00000{}.seg", random.below(3));
        let bytes = shelf.files().content(&name).clone();
        // Where the third section begins and the fifth ends, by the header.
        let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as usize;
        let (begin, end) = (number(52 + 2 * 20), number(52 + 5 * 20));
        let bit = begin * 8 + random.below((end - begin) * 8);
        let changed = shelf.after_kill();
        changed.files().content(&name)[bit / 8] ^= 1 << (bit % 8);

        let found = verify(&disk.restarted(), &changed).unwrap_err();
        let section = ["ids", "terms", "intervals"]
            [(0..3).rposition(|at| number(52 + (at + 2) * 20) <= bit / 8).unwrap()];
        assert_eq!(
            found,
            format!(
                "the ledger is damaged: segments/{name} has a damaged section of {section}; it is made anew when \
                 the directory is served"
            )
        );
        assert_ne!(*changed.files().content(&name), bytes, "verifying leaves it as it is");
        let store = open(&disk.restarted(), &changed);
        assert_eq!(*changed.files().content(&name), bytes, "bit {bit} of {name}");
        assert_eq!(store.verify(&Budget::default(), &mut |_| {}).unwrap(), sound);
        assert_eq!(all(&store).unwrap(), answers);
    }
}

#[test]
fn a_changed_bit_of_a_record_is_found() {
    let (disk, shelf, sound) = ledger();
    let mut random = Random(2);
    for (name, bits, flip) in tables() {
        let lengths = bits(&Database::builder().create_with_backend(disk.restarted()).unwrap());
        assert!(!lengths.is_empty(), "{name}");
        for _ in 0..60 {
            let record = random.below(lengths.len());
            let bit = random.below(lengths[record]);
            let changed = disk.restarted();
            flip(&Database::builder().create_with_backend(changed.clone()).unwrap(), record, bit);
            let found = verify(&changed, &shelf);
            assert!(found.is_err(), "bit {bit} of record {record} of {name}: {found:?}");
        }
    }
    assert_eq!(verify(&disk.restarted(), &shelf), Ok(sound));
}

/// A record that was taken out, each of a table whose records are not all counted by their keys.
#[test]
fn a_lost_record_is_found() {
    fn lose<K: Key + 'static>(disk: &Disk, table: TableDefinition<'_, K, &[u8]>) {
        let database = Database::builder().create_with_backend(disk.clone()).unwrap();
        let transaction = database.begin_write().unwrap();
        transaction.open_table(table).unwrap().pop_last().unwrap().unwrap();
        transaction.commit().unwrap();
    }
    let (disk, shelf, _) = ledger();
    let found = |lose: &dyn Fn(&Disk)| {
        let changed = disk.restarted();
        lose(&changed);
        verify(&changed, &shelf).unwrap_err().replace("; restore the data directory from a backup", "")
    };
    assert_eq!(
        [
            // The last commit has no items, and no engine makes such a one.
            found(&|disk| {
                lose(disk, COMMITS);
                lose(disk, COMMITS);
            }),
            found(&|disk| lose(disk, ITEMS)),
            found(&|disk| lose(disk, NAMES)),
            found(&|disk| lose(disk, RETIREMENTS)),
            found(&|disk| lose(disk, TERMS)),
            found(&|disk| lose(disk, REQUEST_ORDER)),
            found(&|disk| lose(disk, MANIFEST)),
        ],
        [
            "the row of claim 60 in ledger.redb cannot be read",
            "retraction 5 in ledger.redb cannot be read",
            "retraction claim-64 of revision 23 in ledger.redb is not found by its id",
            "retraction claim-64 of revision 23 in ledger.redb does not retire what it must",
            "claim claim-5 of revision 1 in segments/000000.seg is found by other terms than its bytes hold",
            "the record of the request `request-24` of `me` in ledger.redb cannot be read",
            "segments/000002.seg is not known to `ledger.redb`, which is older or another ledger's",
        ]
        .map(|damage| format!("the ledger is damaged: {damage}"))
    );
}
