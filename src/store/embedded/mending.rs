//! What writing sealed files anew changes: nothing that is answered, wherever it fails.

use super::coding;
use super::faults::Disk;
use super::ledger::{MANIFEST, META};
use super::manifest::ManifestRow;
use super::sealed::Section;
use super::sealing::{Shelf, all, open, reopen, row_of, write};
use super::upkeep::Upkeep;
use crate::store::Budget;
use redb::Database;
use sha2::{Digest as _, Sha256};

/// A ledger of two sealed files and a tail, and what it answers.
fn ledger() -> (Disk, Shelf, String) {
    let (disk, shelf) = (Disk::default(), Shelf::default());
    let store = open(&disk, &shelf);
    (0..14).for_each(|_| _ = write(&store));
    store.seal().unwrap();
    assert_eq!(shelf.names(), ["000000.seg", "000001.seg"]);
    let answers = all(&store).unwrap();
    drop(store);
    (disk.restarted(), shelf.after_kill(), answers)
}

/// The same as the format before had it: with rows in the sealed files, and no index.
fn earlier() -> (Disk, Shelf, String) {
    let (disk, shelf, answers) = ledger();
    let store = open(&disk, &shelf);
    let mut manifest = Vec::new();
    for file in store.ledger.read().unwrap().sealed.iter() {
        let mut dictionary = store.view().dictionary.clone();
        let mut rows = Vec::new();
        for position in file.stretch().first..file.stretch().end() {
            let claim = file.claim(position).unwrap();
            let row = row_of(&claim.bytes).unwrap().committed(0, claim.revision, claim.version);
            coding::encode(&row, &mut dictionary, &mut rows);
        }
        let section = |section| file.section(section).unwrap();
        let sections = [section(Section::Commits), section(Section::Places), rows, section(Section::Claims)];
        let mut bytes = b"saysoseg\x01\0\0\0".to_vec();
        file.stretch().numbers().iter().for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
        let mut offset = 136;
        for section in &sections {
            bytes.extend_from_slice(&u64::to_le_bytes(offset));
            bytes.extend_from_slice(&(section.len() as u64).to_le_bytes());
            bytes.extend_from_slice(&crc32fast::hash(section).to_le_bytes());
            offset += section.len() as u64;
        }
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
        bytes.extend(sections.concat());
        let (length, sha256) = (bytes.len() as u64, Sha256::digest(&bytes).into());
        manifest.push(ManifestRow { stretch: *file.stretch(), length, sha256 });
        *shelf.files().content(&file.stretch().name()) = bytes;
    }
    drop(store);
    let (disk, shelf) = (disk.restarted(), shelf.after_kill());
    let database = Database::builder().create_with_backend(disk.clone()).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(META).unwrap().insert("format", 2).unwrap();
    for row in manifest {
        let encoded = row.encode();
        transaction.open_table(MANIFEST).unwrap().insert(row.stretch.number, encoded.as_slice()).unwrap();
    }
    transaction.commit().unwrap();
    drop(database);
    (disk.restarted(), shelf, answers)
}

/// The two sealed files.
fn files(shelf: &Shelf) -> [Vec<u8>; 2] {
    ["000000.seg", "000001.seg"].map(|name| shelf.files().content(name).clone())
}

/// Fails at every call to the disk and to the folder in turn while the ledger is opened, and comes
/// back with what was written and with what was synced. In the end, the files are these.
fn hold(disk: &Disk, shelf: &Shelf, answers: &str, sound: &[Vec<u8>; 2]) {
    let (mut failures, mut served) = (0, 0);
    for torn in [false, true] {
        for fails in [
            |disk: &Disk, _: &Shelf, calls| disk.state().calls_left = Some(calls),
            |_: &Disk, shelf: &Shelf, calls| shelf.files().calls_left = Some(calls),
        ] {
            for calls in 0.. {
                let (disk, shelf) = (disk.killed(), shelf.after_kill());
                shelf.files().is_torn = torn;
                fails(&disk, &shelf, calls);
                let opened = reopen(&disk, &shelf, Upkeep::Rewrite);
                // A disk that takes no more files holds up nothing.
                if let Ok(store) = &opened {
                    assert_eq!(all(store).unwrap(), answers, "after {calls} calls");
                    served += 1;
                }
                let left = [disk.state().calls_left, shelf.files().calls_left];
                disk.state().calls_left = Some(0);
                for (disk, shelf) in [
                    (disk.restarted(), shelf.after_power_failure()),
                    (disk.restarted(), shelf.after_kill()),
                    (disk.killed(), shelf.after_kill()),
                ] {
                    let store = open(&disk, &shelf);
                    assert_eq!(all(&store).unwrap(), answers, "after {calls} calls");
                    store.verify(&Budget::default(), &mut |_| {}).unwrap();
                    assert_eq!(shelf.names(), ["000000.seg", "000001.seg"], "after {calls} calls");
                    assert_eq!(files(&shelf), *sound, "after {calls} calls");
                    assert_eq!(store.ledger.format().unwrap(), 3);
                }
                if !left.contains(&Some(0)) {
                    break;
                }
                failures += 1;
            }
        }
    }
    assert!(failures > 20 && served > 10, "{failures} failures, {served} times served");
}

#[test]
fn an_upgrade_that_fails_loses_nothing() {
    let (_, sound, _) = ledger();
    let (disk, shelf, answers) = earlier();
    hold(&disk, &shelf, &answers, &files(&sound));
}

#[test]
fn a_mending_that_fails_loses_nothing() {
    let (disk, shelf, answers) = ledger();
    let sound = files(&shelf);
    for name in ["000000.seg", "000001.seg"] {
        let bit = begin(&sound[0], 4) + 2;
        shelf.files().content(name)[bit] ^= 1;
    }
    hold(&disk, &shelf.after_kill(), &answers, &sound);
}

/// Where the section of this number begins.
fn begin(file: &[u8], section: usize) -> usize {
    let at = 52 + 20 * section;
    u64::from_le_bytes(file[at..at + 8].try_into().unwrap()) as usize
}

#[test]
fn files_are_left_as_they_are_on_demand() {
    let (disk, shelf, answers) = earlier();
    let before = files(&shelf);
    let store = reopen(&disk, &shelf, Upkeep::Leave).unwrap();
    assert_eq!(all(&store).unwrap(), answers);
    store.verify(&Budget::default(), &mut |_| {}).unwrap();
    assert_eq!((store.ledger.format().unwrap(), files(&shelf)), (2, before));
    assert_eq!(shelf.names(), ["000000.seg", "000001.seg"]);
}

#[test]
fn what_cannot_be_made_anew_is_refused() {
    let (disk, shelf, answers) = ledger();
    let sound = files(&shelf);
    let refusal = |change: &dyn Fn(&mut Vec<u8>)| {
        let shelf = shelf.after_kill();
        change(shelf.files().content("000000.seg"));
        let error = reopen(&disk.killed(), &shelf, Upkeep::Rewrite).unwrap_err().to_string();
        assert_eq!(shelf.names(), ["000000.seg", "000001.seg"]);
        error.replace("; restore the data directory from a backup", "").replace("the ledger is damaged: ", "")
    };
    // An index and what it is made of.
    assert_eq!(
        refusal(&|file| {
            let (terms, end) = (begin(file, 3), file.len());
            file[terms] ^= 1;
            file[end - 1] ^= 1;
        }),
        "claim 15, of revision 6, does not agree with its checksum in segments/000000.seg"
    );
    // An index and places.
    assert_eq!(
        refusal(&|file| {
            let (terms, places) = (begin(file, 3), begin(file, 1));
            file[terms] ^= 1;
            file[places + 8] ^= 1;
        }),
        "claim 0, of revision 1, does not agree with its checksum in segments/000000.seg"
    );
    // An index that agrees with its checksum, and cannot be one: it has a code that no text has.
    let forge = |file: &mut Vec<u8>| {
        let (begin, end) = (begin(file, 3), begin(file, 4));
        file[begin + 1 + 4 + 2 * 4 + 3] = 0xff;
        let checksum = crc32fast::hash(&file[begin..end]);
        file[52 + 20 * 3 + 16..52 + 20 * 4].copy_from_slice(&checksum.to_le_bytes());
        let checksum = crc32fast::hash(&file[..172]);
        file[172..176].copy_from_slice(&checksum.to_le_bytes());
    };
    assert_eq!(refusal(&forge), "segments/000000.seg has a section of terms that is not that of its claims");
    // Damage that was there before an upgrade does not become part of a sound file.
    let (disk, shelf, _) = earlier();
    let end = shelf.files().content("000001.seg").len();
    shelf.files().content("000001.seg")[end - 1] ^= 1;
    assert_eq!(
        reopen(&disk, &shelf, Upkeep::Rewrite).unwrap_err().to_string(),
        "the ledger is damaged: claim 31, of revision 13, does not agree with its checksum in \
         segments/000001.seg; restore the data directory from a backup"
    );
    shelf.files().content("000001.seg")[end - 1] ^= 1;
    let store = open(&disk.restarted(), &shelf.after_kill());
    assert_eq!(all(&store).unwrap(), answers);
    assert_eq!(files(&shelf)[0], sound[0]);
}
