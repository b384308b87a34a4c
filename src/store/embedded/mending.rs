//! What writing sealed files anew changes: nothing that is answered, wherever it fails.

use super::coding;
use super::faults::Disk;
use super::ledger::{COMMITS, MANIFEST, META, UNFINISHED};
use super::manifest::ManifestRow;
use super::sealed::Section;
use super::sealing::{Shelf, all, open, reopen, row_of, write};
use super::upkeep::Upkeep;
use crate::store::{Budget, ItemKind};
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
    (disk.restarted(), shelf.settled(), answers)
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
    (disk.restarted(), shelf.settled(), answers)
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
                    drop(store);
                    // What was mended or put in its place is there to stay.
                    let (disk, shelf) = (disk.restarted(), shelf.after_power_failure());
                    let store = open(&disk, &shelf);
                    assert_eq!(all(&store).unwrap(), answers, "after {calls} calls");
                    assert_eq!(files(&shelf), *sound, "after {calls} calls");
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
    hold(&disk, &shelf.settled(), &answers, &sound);
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

/// A ledger whose upgrade was interrupted: the only file that the manifest lists stands beside its
/// place, where the one of before is.
fn interrupted() -> (Disk, Shelf, String) {
    let (_, earlier, _) = earlier();
    let (disk, shelf, answers) = ledger();
    {
        let mut files = shelf.files();
        files.rename("000000.seg", "000000.new");
        let before = earlier.files().content("000000.seg").clone();
        files.add("000000.seg", before);
    }
    (disk, shelf.settled(), answers)
}

#[test]
fn the_only_file_that_is_listed_is_never_removed() {
    let (_, sound, _) = ledger();
    let (disk, shelf, answers) = interrupted();
    let all_names = ["000000.new", "000000.seg", "000001.seg"];
    // Left as it is, it is read where it stands.
    let left = shelf.after_kill();
    let store = reopen(&disk.killed(), &left, Upkeep::Leave).unwrap();
    assert_eq!(all(&store).unwrap(), answers);
    store.verify(&Budget::default(), &mut |_| {}).unwrap();
    assert_eq!(left.names(), all_names);
    // The disk does not give it just now.
    let failing = shelf.after_kill();
    failing.files().unreadable = Some("000000.new");
    let refused = reopen(&disk.killed(), &failing, Upkeep::Rewrite).unwrap_err().to_string();
    assert_eq!(refused, "segments/000000.seg cannot be read: the disk failed");
    assert_eq!(failing.names(), all_names);
    failing.files().unreadable = None;
    assert_eq!(all(&open(&disk.killed(), &failing)).unwrap(), answers);
    assert_eq!(files(&failing), files(&sound));
    // Its index is damaged.
    let terms = begin(&files(&sound)[0], 3);
    let mended = shelf.after_kill();
    mended.files().content("000000.new")[terms] ^= 1;
    assert_eq!(all(&open(&disk.killed(), &mended)).unwrap(), answers);
    assert_eq!((mended.names(), files(&mended)), (sound.names(), files(&sound)));
    // A claim is damaged, and may be sound in the file of before.
    let kept = shelf.after_kill();
    *kept.files().content("000000.new").last_mut().unwrap() ^= 1;
    let store = open(&disk.killed(), &kept);
    assert!(all(&store).unwrap_err().to_string().contains("does not agree with its checksum"));
    assert_eq!(kept.names(), all_names);
    assert_eq!(files(&kept)[0], *shelf.files().content("000000.seg"));
}

#[test]
fn only_what_was_left_is_removed_and_only_on_demand() {
    let (disk, shelf, answers) = ledger();
    let listed = files(&shelf)[0].clone();
    for name in ["000000.new", "000007.new", "notes.new", UNFINISHED] {
        shelf.files().add(name, listed.clone());
    }
    let begun = shelf.names();
    let store = reopen(&disk, &shelf, Upkeep::Leave).unwrap();
    assert_eq!(all(&store).unwrap(), answers);
    assert_eq!(shelf.names(), begun);
    drop(store);
    let store = open(&disk.restarted(), &shelf);
    assert_eq!(all(&store).unwrap(), answers);
    assert_eq!(shelf.names(), ["000000.seg", "000001.seg", "notes.new"]);
}

#[test]
fn damaged_rows_of_the_earlier_format_are_not_needed() {
    let (_, sound, _) = ledger();
    let (disk, shelf, answers) = earlier();
    let rows = {
        let file = files(&shelf)[0].clone();
        begin(&file, 2)
    };
    shelf.files().content("000000.seg")[rows + 3] ^= 1;
    let store = reopen(&disk.killed(), &shelf, Upkeep::Leave).unwrap();
    assert_eq!(all(&store).unwrap(), answers);
    let found = store.verify(&Budget::default(), &mut |_| {}).unwrap_err().to_string();
    assert!(found.contains("segments/000000.seg has a damaged section of rows"), "{found}");
    drop(store);
    let store = open(&disk.killed(), &shelf);
    assert_eq!(all(&store).unwrap(), answers);
    assert_eq!(files(&shelf), files(&sound));
}

/// Numbers of a record that agrees with its checksum are not trusted with memory.
#[test]
fn a_commit_that_counts_what_is_not_there_is_refused() {
    let (disk, shelf, _) = ledger();
    for claims in [u64::MAX, 1 << 40, 0] {
        let disk = disk.killed();
        let store = open(&disk, &shelf.after_kill());
        let mut row = store.ledger.read().unwrap().commit(14).unwrap().unwrap();
        drop(store);
        row.ends.0[usize::from(ItemKind::Claim.code()) - 1] = claims;
        let disk = disk.restarted();
        let database = Database::builder().create_with_backend(disk.clone()).unwrap();
        let transaction = database.begin_write().unwrap();
        transaction.open_table(COMMITS).unwrap().insert(14, row.encode().as_slice()).unwrap();
        transaction.commit().unwrap();
        drop(database);
        let refused = reopen(&disk.restarted(), &shelf.after_kill(), Upkeep::Leave).unwrap_err().to_string();
        let what = if claims == 0 { "commit 14" } else { "the row of claim 37" };
        assert!(refused.contains(&format!("{what} in ledger.redb cannot be read")), "{refused}");
    }
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
