//! What a backup is: the ledger as it was at one moment, whole, or nothing.

use super::faults::Disk;
use super::flips::{Random, tables};
use super::ledger::Ledger;
use super::sealing::{SMALL, Shelf, open, row_of, write};
use super::upkeep::Upkeep;
use super::{Backup, BackupPart, Embedded, FileHash, ReceiveError, Received, Receiving};
use crate::store::{Budget, Commit, OpenError, Store as _, Verified};
use redb::Database;
use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

fn copy(mut backup: Backup, mut receiving: Receiving) -> Result<Received, String> {
    while let Some(part) = backup.next_part().map_err(|error| error.to_string())? {
        receiving.take(part).map_err(|error| error.to_string())?;
    }
    receiving.finish().map_err(|error| error.to_string())
}

/// Backs a store up: the last commit of the copy, how many sealed files it has, and how many of them
/// were there.
fn back_up(store: &Embedded, target: &Path) -> Result<(Commit, u64, u64), String> {
    let receiving = Receiving::over_earlier(target).map_err(|error| error.to_string())?;
    let held: HashSet<FileHash> = receiving.held().copied().collect();
    let received = copy(store.backup(&held).map_err(|error| error.to_string())?, receiving)?;
    let Received { header, reused, .. } = received;
    received.place().map_err(|error| error.to_string())?;
    Ok((header.commit, header.files, reused))
}

fn verified(directory: &Path) -> Result<Verified, String> {
    let store = Embedded::on(
        Ledger::open(directory).map_err(|error| error.to_string())?,
        SMALL,
        row_of,
        Upkeep::Leave,
    );
    let store = store.map_err(|error| error.to_string())?;
    store.verify(&Budget::default(), &mut |_| {}).map_err(|error| error.to_string())
}

/// A ledger of three sealed files and a tail.
fn ledger() -> (Disk, Shelf, Embedded) {
    let (disk, shelf) = (Disk::default(), Shelf::default());
    let store = open(&disk, &shelf);
    (0..24).for_each(|_| _ = write(&store));
    store.seal().unwrap();
    (disk, shelf, store)
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_copy_is_the_ledger_and_the_next_one_brings_what_is_new() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("copy");
    let (_, _, store) = ledger();
    let head = |store: &Embedded| *store.view().head();
    let first = back_up(&store, &target).unwrap();
    assert_eq!((first.0.digest, first.1, first.2), (head(&store).digest, 3, 0));
    let sound = store.verify(&Budget::default(), &mut |_| {}).unwrap();
    assert_eq!(verified(&target), Ok(sound));
    assert_eq!(names(home.path()), ["copy"]);
    assert_eq!(names(&target), ["ledger.redb", "segments"]);

    (0..12).for_each(|_| _ = write(&store));
    store.seal().unwrap();
    write(&store);
    // A file that is damaged there is not used again.
    let damaged = target.join("segments/000001.seg");
    let mut bytes = fs::read(&damaged).unwrap();
    bytes[200] ^= 1;
    fs::write(&damaged, bytes).unwrap();
    let second = back_up(&store, &target).unwrap();
    assert_eq!((second.0.revision, second.1, second.2), (37, 5, 2));
    assert_eq!(verified(&target).unwrap().head, head(&store));

    // What is remembered of requests is there, and it goes on from where it was.
    let copied = Embedded::on(Ledger::open(&target).unwrap(), SMALL, row_of, Upkeep::Leave).unwrap();
    assert_eq!(copied.request("me", "request-37").unwrap().unwrap(), "record of 37");
    assert_eq!(write(&copied), write(&store));
}

#[test]
fn an_empty_ledger_is_copied_and_replaced() {
    let home = tempfile::tempdir().unwrap();
    let store = open(&Disk::default(), &Shelf::default());
    let copied = back_up(&store, home.path()).unwrap();
    assert_eq!((copied.0.revision, copied.1), (0, 0));
    let (_, _, store) = ledger();
    assert_eq!(back_up(&store, home.path()).unwrap().0.revision, 24);
    assert_eq!(verified(home.path()).unwrap().head, *store.view().head());
}

#[test]
fn copies_made_while_others_write_and_seal_are_of_one_revision() {
    let home = tempfile::tempdir().unwrap();
    let (_, _, store) = ledger();
    let is_done = AtomicBool::new(false);
    let copies = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                store.seal().unwrap();
            }
        });
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                write(&store);
            }
        });
        let copies = (0..4).map(|_| {
            let before = store.view().head().revision;
            let (commit, ..) = back_up(&store, home.path()).unwrap();
            assert!((before..=store.view().head().revision).contains(&commit.revision));
            assert_eq!(store.view().commit(commit.revision).unwrap(), Some(commit));
            let head = verified(home.path()).unwrap().head;
            assert_eq!((head.revision, head.digest), (commit.revision, commit.digest));
            commit.revision
        });
        let copies: Vec<u64> = copies.collect();
        is_done.store(true, Ordering::Relaxed);
        copies
    });
    assert!(copies.is_sorted());
}

#[test]
fn an_interrupted_copy_leaves_the_earlier_one_and_is_gone_on_with() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("copy");
    let (_, _, store) = ledger();
    back_up(&store, &target).unwrap();
    let earlier = verified(&target).unwrap();
    (0..12).for_each(|_| _ = write(&store));
    store.seal().unwrap();
    let parts = |held: &HashSet<FileHash>| {
        let mut backup = store.backup(held).unwrap();
        std::iter::from_fn(move || backup.next_part().unwrap()).collect::<Vec<BackupPart>>()
    };
    let mut reused = Vec::new();
    for length in 0.. {
        let mut receiving = Receiving::over_earlier(&target).unwrap();
        let held: HashSet<FileHash> = receiving.held().copied().collect();
        reused.push(held.len());
        let parts = parts(&held);
        if length >= parts.len() {
            break;
        }
        parts[..length].iter().for_each(|part| receiving.take(part.clone()).unwrap());
        // As a kill, or the end of the stream.
        if length % 2 == 0 {
            drop(receiving);
        } else {
            assert!(matches!(receiving.finish(), Err(ReceiveError::Cut)));
        }
        assert_eq!(verified(&target), Ok(earlier));
    }
    assert_eq!((reused[0], reused.last()), (3, Some(&5)));
    assert_eq!(back_up(&store, &target).unwrap().2, 5);
    assert_eq!(verified(&target).unwrap().head, *store.view().head());
    assert_eq!(names(home.path()), ["copy"]);
}

#[test]
fn a_stream_that_is_not_as_it_was_sent_is_no_copy() {
    let home = tempfile::tempdir().unwrap();
    let (_, _, store) = ledger();
    let mut backup = store.backup(&HashSet::new()).unwrap();
    let parts: Vec<BackupPart> = std::iter::from_fn(|| backup.next_part().unwrap()).collect();
    assert_eq!(parts.len(), 1 + 1 + 3 * 2 + 1);
    let received = |parts: &[BackupPart]| {
        let target = home.path().join("copy");
        let mut receiving = Receiving::anew(&target).unwrap();
        let taken = parts.iter().try_for_each(|part| receiving.take(part.clone()));
        let refusal = taken.and_then(|()| receiving.finish().map(Received::discard));
        assert!(!target.exists());
        refusal.map_err(|error| error.to_string())
    };
    assert_eq!(received(&parts), Ok(()));
    for index in 0..parts.len() {
        let mut fewer = parts.clone();
        fewer.remove(index);
        received(&fewer).unwrap_err();
        let mut twice = parts.clone();
        twice.insert(index, parts[index].clone());
        received(&twice).unwrap_err();
        let mut swapped = parts.clone();
        swapped.swap(index, (index + 1) % parts.len());
        received(&swapped).unwrap_err();
    }
    let mut random = Random(3);
    for _ in 0..40 {
        let mut changed = parts.clone();
        let index = random.below(parts.len());
        match &mut changed[index] {
            BackupPart::Header(header) => header.commit.revision ^= 1 << random.below(64),
            BackupPart::Records(bytes) | BackupPart::FileBytes(bytes) => {
                let bit = random.below(bytes.len() * 8);
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
            BackupPart::File(file) => file.sha256[random.below(32)] ^= 1,
            BackupPart::Trailer(trailer) => trailer.sha256[random.below(32)] ^= 1,
        }
        received(&changed).unwrap_err();
    }
    let newer = |part: &BackupPart| {
        let mut part = part.clone();
        if let BackupPart::Header(header) = &mut part {
            header.format = 77;
        }
        part
    };
    assert_eq!(
        received(&parts.iter().map(newer).collect::<Vec<_>>()),
        Err(format!(
            "what was to be copied to {} has format 77, and this version of Sayso reads format 3",
            home.path().join("copy").display()
        ))
    );
    let elsewhere = |part: &BackupPart| {
        let mut part = part.clone();
        if let BackupPart::File(file) = &mut part {
            file.name = "../../x.seg".to_owned();
        }
        part
    };
    assert_eq!(
        received(&parts.iter().map(elsewhere).collect::<Vec<_>>()),
        Err("the copy did not arrive as it was sent: a sealed file has another's name".to_owned())
    );
}

#[test]
fn a_damaged_ledger_has_no_copy_and_the_damage_is_named() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("copy");
    let (disk, shelf, store) = ledger();
    back_up(&store, &target).unwrap();
    let earlier = verified(&target).unwrap();
    fs::rename(&target, home.path().join("earlier")).unwrap();
    drop(store);
    let refused = |disk: &Disk| -> String {
        let ledger = match Ledger::on(disk.clone(), Some(Box::new(shelf.clone()))) {
            Ok(ledger) => ledger,
            Err(error) => return error.to_string(),
        };
        let receiving = Receiving::anew(&target).unwrap();
        let backup = Backup::of(ledger, &HashSet::new());
        let refused = backup.map_err(|error| error.to_string()).and_then(|backup| copy(backup, receiving));
        assert!(!target.exists());
        refused.expect_err("it is damaged")
    };
    let mut random = Random(4);
    for _ in 0..20 {
        let name = format!("00000{}.seg", random.below(3));
        let bit = random.below(shelf.files().content(&name).len() * 8);
        let change = || shelf.files().content(&name)[bit / 8] ^= 1 << (bit % 8);
        change();
        let found = refused(&disk.restarted());
        assert!(found.contains(&format!("segments/{name}")), "bit {bit} of {name}: {found}");
        change();
    }
    for (name, bits, flip) in tables() {
        let lengths = bits(&Database::builder().create_with_backend(disk.restarted()).unwrap());
        for _ in 0..4 {
            let record = random.below(lengths.len());
            let bit = random.below(lengths[record]);
            let changed = disk.restarted();
            flip(&Database::builder().create_with_backend(changed.clone()).unwrap(), record, bit);
            let found = refused(&changed);
            assert!(found.contains("ledger.redb") || found.contains("segments/"), "{name}: {found}");
        }
    }
    assert_eq!(verified(&home.path().join("earlier")), Ok(earlier));
}

#[test]
fn only_an_earlier_copy_of_the_ledger_is_replaced() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("copy");
    let (_, _, store) = ledger();
    back_up(&store, &target).unwrap();
    let shown = target.display();
    // It was written to since.
    let mut ahead = Embedded::on(Ledger::open(&target).unwrap(), SMALL, row_of, Upkeep::Leave).unwrap();
    assert_eq!(
        back_up(&store, &target).unwrap_err(),
        format!(
            "what {shown} has cannot be compared with the new copy: the data directory {shown} is in use by another \
             process; a directory has one server at a time"
        )
    );
    write(&ahead);
    drop(std::mem::replace(&mut ahead, open(&Disk::default(), &Shelf::default())));
    let diverged = |revision: u64| {
        format!(
            "{shown} has another ledger, or one that is ahead: its revision {revision} is not in the new copy; name \
             another directory"
        )
    };
    assert_eq!(back_up(&store, &target).unwrap_err(), diverged(25));
    assert_eq!(back_up(&ahead, &target).unwrap_err(), diverged(25));
    assert_eq!(verified(&target).unwrap().head.revision, 25);
    assert_eq!(names(home.path()), ["copy"]);
    // The same again: no longer ahead.
    write(&store);
    back_up(&store, &target).unwrap();

    let refused = Receiving::anew(&target).err().unwrap().to_string();
    assert_eq!(refused, format!("{shown} has a ledger already: name another directory, or move that away"));
    fs::write(target.join("notes"), "mine").unwrap();
    assert_eq!(
        back_up(&store, &target).unwrap_err(),
        format!(
            "{shown} has `notes`, which is no part of a ledger: name an empty directory, or one that is not there"
        )
    );
    assert_eq!(names(home.path()), ["copy"]);
    let receiving = Receiving::anew(&home.path().join("new")).unwrap();
    assert_eq!(
        Receiving::anew(&home.path().join("new")).err().unwrap().to_string(),
        format!("a copy is being written to {} already", home.path().join("new").display())
    );
    drop(receiving);
    Receiving::anew(&home.path().join("new")).unwrap();
}

#[test]
fn what_a_kill_between_two_renames_left_is_put_back() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("copy");
    let previous = home.path().join("copy.sayso-previous");
    let (_, _, store) = ledger();
    back_up(&store, &target).unwrap();
    let earlier = verified(&target).unwrap();
    fs::rename(&target, &previous).unwrap();
    drop(Receiving::over_earlier(&target).unwrap());
    assert_eq!(verified(&target), Ok(earlier));
    // Or something made an empty directory in its place.
    fs::rename(&target, &previous).unwrap();
    fs::create_dir(&target).unwrap();
    drop(Receiving::over_earlier(&target).unwrap());
    assert_eq!(verified(&target), Ok(earlier));
    assert!(!previous.exists());
    // Or something else: neither is touched.
    fs::rename(&target, &previous).unwrap();
    fs::create_dir(&target).unwrap();
    fs::write(target.join("notes"), "mine").unwrap();
    Receiving::over_earlier(&target).err().unwrap();
    assert_eq!(names(&target), ["notes"]);
    assert_eq!(verified(&previous), Ok(earlier));
}

#[test]
fn what_a_kill_after_the_second_rename_left_is_removed() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("copy");
    let previous = home.path().join("copy.sayso-previous");
    let (_, _, store) = ledger();
    back_up(&store, &previous).unwrap();
    write(&store);
    back_up(&store, &target).unwrap();
    // It is whole, or some of it is removed.
    back_up(&store, &target).unwrap();
    assert_eq!(names(home.path()), ["copy"]);
    for left in ["", "segments", "segments/000002.seg"] {
        if let Some(folder) = previous.join(left).parent() {
            fs::create_dir_all(folder).unwrap();
        }
        if left.ends_with(".seg") {
            fs::copy(target.join(left), previous.join(left)).unwrap();
        } else {
            fs::create_dir_all(previous.join(left)).unwrap();
        }
        back_up(&store, &target).unwrap();
        assert_eq!(names(home.path()), ["copy"], "{left}");
    }
    // What is somebody's is in the way, and stays.
    fs::create_dir(&previous).unwrap();
    fs::write(previous.join("notes"), "mine").unwrap();
    assert_eq!(
        back_up(&store, &target).unwrap_err(),
        format!(
            "{} has `notes`, which is no part of a ledger: name an empty directory, or one that is not there",
            previous.display()
        )
    );
    assert_eq!(names(home.path()), ["copy", "copy.sayso-previous"]);
    assert_eq!(names(&previous), ["notes"]);
}

#[test]
fn an_earlier_ledger_is_not_removed_for_one_that_lacks_something_of_it() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("copy");
    let previous = home.path().join("copy.sayso-previous");
    let (_, _, store) = ledger();
    back_up(&store, &previous).unwrap();
    // A server began anew in the place.
    drop(Ledger::open(&target).unwrap());
    assert_eq!(
        back_up(&store, &target).unwrap_err(),
        format!(
            "{} was moved aside for {}, which lacks its revision 24: move one of the two away",
            previous.display(),
            target.display()
        )
    );
    assert_eq!(verified(&previous).unwrap().head, *store.view().head());
}

#[test]
fn what_is_replaced_is_nobody_elses_until_it_is() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("copy");
    let (_, _, store) = ledger();
    back_up(&store, &target).unwrap();
    write(&store);
    let receiving = Receiving::over_earlier(&target).unwrap();
    let held: HashSet<FileHash> = receiving.held().copied().collect();
    let is_in_use = || matches!(Ledger::open(&target), Err(OpenError::InUse { .. }));
    assert!(is_in_use());
    let received = copy(store.backup(&held).unwrap(), receiving).unwrap();
    assert!(is_in_use());
    received.place().unwrap();
    assert_eq!(verified(&target).unwrap().head, *store.view().head());

    // Where there was nothing, what came meanwhile stays.
    let target = home.path().join("new");
    let receiving = Receiving::over_earlier(&target).unwrap();
    let received = copy(store.backup(&HashSet::new()).unwrap(), receiving).unwrap();
    let served = Ledger::open(&target).unwrap();
    received.place().unwrap_err();
    drop(served);
    assert_eq!(verified(&target).unwrap().head.revision, 0);
}

#[test]
fn what_is_refused_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("copy");
    let (_, _, store) = ledger();
    // One that is not taken up again, whose end does not come.
    let mut backup = store.backup(&HashSet::new()).unwrap();
    let mut receiving = Receiving::anew(&target).unwrap();
    while let Some(part) = backup.next_part().unwrap() {
        if !matches!(part, BackupPart::Trailer(_)) {
            receiving.take(part).unwrap();
        }
    }
    receiving.finish().unwrap_err();
    assert!(names(home.path()).is_empty());
}
