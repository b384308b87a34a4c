//! What sealing changes: nothing that is answered, and nothing that was acknowledged, wherever it fails.

use super::Embedded;
use super::faults::Disk;
use super::folder::{Folder, Growing, Stored};
use super::growth::Shape;
use super::ledger::{Ledger, UNFINISHED};
use super::rebuild::RowOf;
use super::seal::SealError;
use super::upkeep::Upkeep;
use crate::plan::{Field, Row};
use crate::store::{Budget, Commit, ItemKind, NewItem, OpenError, Position, ReadError, Writing as _};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::io::{self, Error, Write};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard};

/// So small that a few rows make several segments, merge them, fill and seal them.
pub(super) const SMALL: Shape = Shape { tail: 3, fanout: 2, full: 16 };

/// A folder that loses what was not synced, and that fails from some call on.
#[derive(Clone, Debug, Default)]
pub(super) struct Shelf(Arc<Mutex<Files>>);

#[derive(Debug, Default)]
pub(super) struct Files {
    /// Names, as they are and as they were when they were synced.
    names: BTreeMap<String, usize>,
    synced_names: BTreeMap<String, usize>,
    /// Contents, as they are and as they were when they were synced.
    contents: Vec<(Vec<u8>, Vec<u8>)>,
    /// How many calls that change something succeed from now on; all if nothing is given.
    pub(super) calls_left: Option<usize>,
    /// Whether the last call before those that fail loses half of what it writes, and says nothing.
    pub(super) is_torn: bool,
    /// A file that cannot be read.
    pub(super) unreadable: Option<&'static str>,
}

impl Files {
    fn call(&mut self) -> io::Result<()> {
        match &mut self.calls_left {
            Some(0) => return Err(Error::other("the disk failed")),
            Some(left) => *left -= 1,
            None => {}
        }
        Ok(())
    }

    /// The bytes of a file, to be looked at and changed.
    pub(super) fn content(&mut self, name: &str) -> &mut Vec<u8> {
        &mut self.contents[self.names[name]].0
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.names.remove(name);
    }

    pub(super) fn add(&mut self, name: &str, bytes: Vec<u8>) {
        self.names.insert(name.to_owned(), self.contents.len());
        self.contents.push((bytes.clone(), bytes));
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) {
        let file = self.names.remove(from).unwrap();
        self.names.insert(to.to_owned(), file);
    }
}

impl Shelf {
    pub(super) fn files(&self) -> MutexGuard<'_, Files> {
        self.0.lock().unwrap()
    }

    /// The folder after the process was killed: what was written is there, and not synced by that.
    pub(super) fn after_kill(&self) -> Self {
        let Files { names, synced_names, contents, .. } = &*self.files();
        let (names, synced_names, contents) = (names.clone(), synced_names.clone(), contents.clone());
        Self(Arc::new(Mutex::new(Files { names, synced_names, contents, ..Files::default() })))
    }

    /// The folder after the power failed: what was not synced is lost.
    pub(super) fn after_power_failure(&self) -> Self {
        let Files { synced_names, contents, .. } = &*self.files();
        let contents = contents.iter().map(|(_, synced)| synced.clone());
        Self::holding(synced_names.clone(), contents)
    }

    /// The folder when all that was written has been synced.
    pub(super) fn settled(&self) -> Self {
        let Files { names, contents, .. } = &*self.files();
        let contents = contents.iter().map(|(written, _)| written.clone());
        Self::holding(names.clone(), contents)
    }

    fn holding(names: BTreeMap<String, usize>, contents: impl Iterator<Item = Vec<u8>>) -> Self {
        let contents = contents.map(|bytes| (bytes.clone(), bytes)).collect();
        let synced_names = names.clone();
        Self(Arc::new(Mutex::new(Files { names, synced_names, contents, ..Files::default() })))
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.files().names.keys().cloned().collect()
    }
}

#[derive(Debug)]
struct Open(Shelf, usize);

impl Folder for Shelf {
    fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.names())
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn Stored>> {
        let files = self.files();
        if files.unreadable == Some(name) {
            return Err(Error::other("the disk failed"));
        }
        let found = files.names.get(name).copied();
        Ok(Box::new(Open(self.clone(), found.ok_or(io::ErrorKind::NotFound)?)))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn Growing>> {
        let mut files = self.files();
        files.call()?;
        let file = files.contents.len();
        files.contents.push(Default::default());
        files.names.insert(name.to_owned(), file);
        Ok(Box::new(Open(self.clone(), file)))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut files = self.files();
        files.call()?;
        files.rename(from, to);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut files = self.files();
        files.call()?;
        files.remove(name);
        Ok(())
    }

    fn sync_file(&self, name: &str) -> io::Result<()> {
        let mut files = self.files();
        files.call()?;
        let file = files.names[name];
        let (written, synced) = &mut files.contents[file];
        synced.clone_from(written);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut files = self.files();
        files.call()?;
        files.synced_names = files.names.clone();
        Ok(())
    }
}

impl Write for Open {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut files = self.0.files();
        files.call()?;
        let length = if files.is_torn && files.calls_left == Some(0) { bytes.len() / 2 } else { bytes.len() };
        files.contents[self.1].0.extend_from_slice(&bytes[..length]);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Growing for Open {
    fn sync(&mut self) -> io::Result<()> {
        let mut files = self.0.files();
        files.call()?;
        let (written, synced) = &mut files.contents[self.1];
        synced.clone_from(written);
        Ok(())
    }
}

impl Stored for Open {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.files().contents[self.1].0.len() as u64)
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let files = self.0.files();
        let begin = offset as usize;
        let found = files.contents[self.1].0.get(begin..begin + out.len());
        out.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

pub(super) fn open(disk: &Disk, shelf: &Shelf) -> Embedded {
    reopen(disk, shelf, Upkeep::Rewrite).unwrap()
}

/// Opens the store, if it can be opened.
pub(super) fn reopen(disk: &Disk, shelf: &Shelf, upkeep: Upkeep) -> Result<Embedded, OpenError> {
    Embedded::on(Ledger::on(disk.clone(), Some(Box::new(shelf.clone())))?, SMALL, row_of, upkeep)
}

impl Embedded {
    /// Opens a directory to seal segments of 64 claims, when [`Self::seal`] is called.
    pub(crate) fn open_small(directory: &std::path::Path, row_of: RowOf) -> Result<Self, OpenError> {
        let shape = Shape { tail: 8, fanout: 4, full: 64 };
        Self::on(Ledger::open(directory)?, shape, row_of, Upkeep::Rewrite)
    }

    /// Seals every full segment.
    pub(crate) fn seal(&self) -> Result<(), SealError> {
        while self.ledger.seal_next(self.shape.full as u64, &AtomicBool::new(false))? {}
        Ok(())
    }
}

fn row(number: u64) -> Row {
    Row::builder(format!("claim-{number}")).terms(Field::Actor, [format!("actor-{}", number % 3)]).finish()
}

/// The row of what [`items`] makes.
pub(super) fn row_of(bytes: &[u8]) -> Option<Row> {
    let text = std::str::from_utf8(bytes).ok()?;
    text.strip_prefix("claim ")?.split(',').next()?.parse().ok().map(row)
}

/// Three claims, and with some of them an entity, the next version of a claim, or a retraction.
fn items(revision: u64) -> Vec<NewItem> {
    let claim = |number: u64, version: u32| {
        let row = row(number);
        let bytes = Bytes::from(format!("claim {number}, version {version}"));
        NewItem { kind: ItemKind::Claim, id: row.id().clone(), version, bytes, row: Some(row) }
    };
    let retraction = |number: u64, version: u32| NewItem {
        kind: ItemKind::Retraction,
        id: format!("claim-{number}").into(),
        version,
        bytes: Bytes::from(format!("not {number}")),
        row: None,
    };
    let first = revision * 3;
    let mut items = vec![claim(first, 1), claim(first + 1, 1), claim(first + 2, 1)];
    match revision % 4 {
        1 => items.insert(
            0,
            NewItem {
                kind: ItemKind::Entity,
                id: format!("entity-{revision}").into(),
                version: 1,
                bytes: Bytes::from(format!("entity {revision}")),
                row: None,
            },
        ),
        2 => items.push(claim(first - 3, 2)),
        3 => items.push(retraction(first - 5, 1)),
        _ => items = Vec::new(),
    }
    items
}

pub(super) fn write(store: &Embedded) -> Commit {
    let mut writing = store.write().unwrap();
    let revision = writing.view().head().revision + 1;
    let record = |commit: &Commit| Bytes::from(format!("record of {}", commit.revision));
    let request_id = format!("request-{revision}");
    let request = crate::store::Request { caller: "me", request_id: &request_id, record: &record };
    let commit = writing.append(revision as i64 * 1_000, items(revision), Some(request)).unwrap();
    writing.finish().unwrap();
    commit
}

/// All that a store has: commits, then claims as of each revision.
pub(super) fn all(store: &Embedded) -> Result<String, ReadError> {
    let view = store.view();
    let head = *view.head();
    let mut all = format!("{head:?}\n");
    let end = view.end();
    for revision in 1..=head.revision {
        all += &format!("{:?}\n", view.commit(revision)?);
        let positions: Vec<Position> = (0..view.claims_at(revision)).map(Position).collect();
        all += &format!("{:?}\n", view.fetch(&positions, revision)?);
    }
    for position in 0..end {
        let id = view.place(Position(position)).unwrap().id.to_owned();
        all += &format!("{id} {:?}\n", view.versions(&id, head.revision));
    }
    Ok(all)
}

#[test]
fn sealing_changes_no_answer_and_empties_the_redb_file() {
    let (disk, shelf) = (Disk::default(), Shelf::default());
    let store = open(&disk, &shelf);
    (0..24).for_each(|_| _ = write(&store));
    let (before, view) = (all(&store).unwrap(), store.view());
    assert_eq!(shelf.names(), Vec::<String>::new());
    store.seal().unwrap();
    assert_eq!(shelf.names(), ["000000.seg", "000001.seg", "000002.seg"]);
    assert_eq!(all(&store).unwrap(), before);
    // A view of before reads what has moved, too.
    assert_eq!(view.fetch(&[Position(0)], 24).unwrap()[0].bytes, "claim 3, version 1");
    let reading = store.ledger.read().unwrap();
    assert_eq!(view.items(ItemKind::Claim).unwrap().count(), 60 - 48);
    let mut unsealed = Vec::new();
    reading
        .unsealed_rows(0..u64::MAX, |first, _| -> Result<(), ReadError> {
            unsealed.push(first);
            Ok(())
        })
        .unwrap();
    assert_eq!(unsealed, [48, 50, 53, 57]);
    assert_eq!(reading.unsealed_commits().unwrap().count(), 6);
    drop((reading, view, store));

    let store = open(&disk.restarted(), &shelf.after_power_failure());
    assert_eq!(all(&store).unwrap(), before);
    (0..24).for_each(|_| _ = write(&store));
    let before = all(&store).unwrap();
    store.seal().unwrap();
    assert_eq!(all(&store).unwrap(), before);
}

#[test]
fn readers_and_writers_go_on_while_segments_are_sealed() {
    let (disk, shelf) = (Disk::default(), Shelf::default());
    let store = open(&disk, &shelf);
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_done.load(std::sync::atomic::Ordering::Relaxed) {
                store.seal().unwrap();
            }
        });
        scope.spawn(|| {
            while !is_done.load(std::sync::atomic::Ordering::Relaxed) {
                all(&store).unwrap();
                store.verify(&Budget::default(), &mut |_| {}).unwrap();
            }
        });
        (0..60).for_each(|_| _ = write(&store));
        is_done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    store.seal().unwrap();
    assert_eq!(shelf.names().len(), 150 / 16);
    let plain = open(&Disk::default(), &Shelf::default());
    (0..60).for_each(|_| _ = write(&plain));
    assert_eq!(all(&store).unwrap(), all(&plain).unwrap());
}

/// Fails at every call to the disk and to the folder in turn, and comes back with what was written
/// and with what was synced.
#[test]
fn a_sealing_that_fails_loses_nothing() {
    let mut failures = 0;
    for torn in [false, true] {
        for fails in [
            |disk: &Disk, _: &Shelf, calls| disk.state().calls_left = Some(calls),
            |_: &Disk, shelf: &Shelf, calls| {
                shelf.files().calls_left = Some(calls);
            },
        ] {
            for calls in 0.. {
                let (disk, shelf) = (Disk::default(), Shelf::default());
                let store = open(&disk, &shelf);
                (0..7).for_each(|_| _ = write(&store));
                let before = all(&store).unwrap();
                shelf.files().is_torn = torn;
                fails(&disk, &shelf, calls);
                let sealed = store.seal();
                assert_eq!(all(&store).unwrap(), before);
                disk.state().calls_left = Some(0);
                for (disk, shelf) in [
                    (disk.restarted(), shelf.after_power_failure()),
                    (disk.restarted(), shelf.after_kill()),
                    (disk.killed(), shelf.after_kill()),
                ] {
                    let store = open(&disk, &shelf);
                    assert_eq!(all(&store).unwrap(), before, "after {calls} calls");
                    assert!(!shelf.names().contains(&UNFINISHED.to_owned()));
                    write(&store);
                    let before = all(&store).unwrap();
                    store.seal().unwrap();
                    assert_eq!(all(&store).unwrap(), before, "after {calls} calls");
                    assert_eq!(shelf.names(), ["000000.seg"]);
                    drop(store);
                    let store = open(&disk.restarted(), &shelf.after_power_failure());
                    assert_eq!(all(&store).unwrap(), before, "after {calls} calls");
                }
                match sealed {
                    Ok(()) => break,
                    Err(_) => failures += 1,
                }
            }
        }
    }
    assert!(failures > 20, "{failures}");
}

#[test]
fn what_an_interrupted_sealing_left_is_made_anew() {
    let (disk, shelf) = (Disk::default(), Shelf::default());
    let store = open(&disk, &shelf);
    (0..7).for_each(|_| _ = write(&store));
    let before = all(&store).unwrap();
    let unsealed = disk.restarted();
    store.seal().unwrap();
    drop(store);
    // The renamed file, without a line in the manifest.
    let store = open(&unsealed, &shelf.after_kill());
    assert_eq!(all(&store).unwrap(), before);
    drop(store);
    // A damaged one, and another that was not finished.
    let left = shelf.after_kill();
    left.files().content("000000.seg")[40] ^= 1;
    left.create(UNFINISHED).unwrap();
    let store = open(&unsealed.restarted(), &left);
    assert_eq!(left.names(), Vec::<String>::new());
    store.seal().unwrap();
    assert_eq!(all(&store).unwrap(), before);
    // A file of claims that the ledger does not have is not touched.
    shelf.files().rename("000000.seg", "000001.seg");
    let refused = Ledger::on(unsealed.restarted(), Some(Box::new(shelf.after_kill()))).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the ledger is damaged: segments/000001.seg is not known to `ledger.redb`, which is older or another \
         ledger's; restore the data directory from a backup"
    );
}

/// What a record of rows has beyond the end of a segment must not be lost with it.
#[test]
fn rows_that_go_on_in_the_next_segment_are_not_dropped() {
    let (disk, shelf) = (Disk::default(), Shelf::default());
    let store = open(&disk, &shelf);
    (0..7).for_each(|_| _ = write(&store));
    let before = all(&store).unwrap();
    let refused = store.ledger.seal_next(4, &AtomicBool::new(false)).unwrap_err().to_string();
    assert!(refused.contains("the row of claim 4 in ledger.redb cannot be read"), "{refused}");
    drop(store);
    let store = open(&disk.restarted(), &shelf.after_kill());
    assert_eq!(all(&store).unwrap(), before);
    assert_eq!(shelf.names(), Vec::<String>::new());
}

#[test]
fn a_file_that_is_not_as_it_was_is_refused() {
    let (disk, shelf) = (Disk::default(), Shelf::default());
    let store = open(&disk, &shelf);
    (0..7).for_each(|_| _ = write(&store));
    store.seal().unwrap();
    drop(store);
    let refusal = |change: &dyn Fn(&mut Files)| {
        let shelf = shelf.after_kill();
        change(&mut shelf.files());
        reopen(&disk.restarted(), &shelf, Upkeep::Rewrite).unwrap_err().to_string()
    };
    let damaged = |text: &str| {
        format!("the ledger is damaged: segments/000000.seg {text}; restore the data directory from a backup")
    };
    assert_eq!(refusal(&|files| files.remove("000000.seg")), damaged("is missing"));
    let length = shelf.files().content("000000.seg").len();
    assert_eq!(
        refusal(&|files| files.content("000000.seg").truncate(9)),
        damaged(&format!("has 9 bytes instead of {length}"))
    );
    assert_eq!(
        refusal(&|files| files.content("000000.seg")[0] ^= 1),
        damaged("does not begin as a sealed file does")
    );
    assert_eq!(
        refusal(&|files| files.content("000000.seg")[180] ^= 1),
        damaged("has a damaged section of commits")
    );
    // Newer layouts come with a newer format of the directory.
    let other = refusal(&|files| {
        let file = files.content("000000.seg");
        file[8] = 3;
        let checksum = crc32fast::hash(&file[..172]);
        file[172..176].copy_from_slice(&checksum.to_le_bytes());
    });
    assert_eq!(other, damaged("does not begin as a sealed file does"));
    // Claims are not looked at before they are read.
    shelf.files().content("000000.seg")[length - 1] ^= 1;
    let store = open(&disk, &shelf);
    let view = store.view();
    assert_eq!(view.fetch(&[Position(14)], 7).unwrap().len(), 1);
    assert_eq!(
        view.fetch(&[Position(15)], 7).unwrap_err().to_string(),
        "the ledger is damaged: claim 15, of revision 6, does not agree with its checksum in segments/000000.seg; \
         restore the data directory from a backup"
    );
}

/// Computed apart from this code, from `docs/storage.md`: where it changes, so must the format's number.
#[test]
fn a_sealed_file_is_the_golden_one() {
    use sha2::{Digest as _, Sha256};
    let (disk, shelf) = (Disk::default(), Shelf::default());
    let store = open(&disk, &shelf);
    (0..7).for_each(|_| _ = write(&store));
    store.seal().unwrap();
    let hash = Sha256::digest(shelf.files().content("000000.seg"));
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hash, "cc5ada5eb3f9191e1005399b1860db4a6c27855cf303665a3dd6b9bc60d39d07");
}

#[test]
fn full_segments_of_a_directory_are_sealed_beside() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("segments/000000.seg");
    let store = Embedded::open(directory.path(), row_of, Upkeep::Rewrite).unwrap();
    let view = |store: &Embedded| {
        let view = store.view();
        let revision = view.head().revision;
        view.fetch(&[0, 65_535, 65_536].map(Position), revision).unwrap()
    };
    for batch in 0..14 {
        let claims = batch * 5_000..(batch + 1) * 5_000;
        let claim = |number: i64| {
            let id: Arc<str> = format!("claim-{number}").into();
            let row = Row::builder(id.clone()).finish();
            let bytes = Bytes::from(format!("claim {number}"));
            NewItem { kind: ItemKind::Claim, id, version: 1, bytes, row: Some(row) }
        };
        let mut writing = store.write().unwrap();
        writing.append(batch + 1, claims.map(claim).collect(), None).unwrap();
        writing.finish().unwrap();
    }
    let before = view(&store);
    drop(store);
    // Whether the sealing was interrupted or not.
    let store = Embedded::open(directory.path(), row_of, Upkeep::Rewrite).unwrap();
    assert_eq!(view(&store), before);
    store.seal().unwrap();
    assert!(file.is_file());
    assert_eq!(view(&store), before);
    drop(store);
    assert_eq!(view(&Embedded::open(directory.path(), row_of, Upkeep::Rewrite).unwrap()), before);
}
