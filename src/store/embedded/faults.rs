//! What a failing disk, a second opener and another format come to.

use super::Embedded;
use super::flips::Random;
use super::growth::Shape;
use super::ledger::Ledger;
use super::upkeep::Upkeep;
use crate::plan::{Field, Row};
use crate::store::{
    Budget, Commit, ItemKind, NewItem, OpenError, ReadError, Request, Store as _, Verified, WriteError,
    Writing as _,
};
use bytes::Bytes;
use redb::StorageBackend;
use std::io::{Error, ErrorKind, Result};
use std::panic::catch_unwind;
use std::sync::{Arc, Mutex, MutexGuard};

/// A disk that loses what was not synced, and that fails at some call.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
pub(super) struct State {
    written: Vec<u8>,
    synced: Vec<u8>,
    /// Where it was written since, and what.
    unsynced: Vec<(usize, Vec<u8>)>,
    /// How many writes and syncs succeed from now on; all if nothing is given.
    pub(super) calls_left: Option<usize>,
    /// What becomes of the one that does not.
    pub(super) fault: Fault,
}

/// What becomes of a write or a sync.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Fault {
    /// It fails, as do all after it.
    #[default]
    Broken,
    /// It finds no room; those after it succeed.
    Full,
    /// Half of it is written, and it fails, as do all after it.
    Torn,
    /// It says that it succeeded and does nothing; those after it succeed.
    Forgotten,
}

impl Disk {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    fn holding(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Mutex::new(State { written: bytes.clone(), synced: bytes, ..State::default() })))
    }

    /// The disk after the power failed and came back.
    pub(super) fn restarted(&self) -> Self {
        Self::holding(self.state().synced.clone())
    }

    /// The disk after the process was killed: what was written is there.
    pub(super) fn killed(&self) -> Self {
        Self::holding(self.state().written.clone())
    }

    /// The disk after the power failed as it wrote: of what was not synced, some is there whole, some
    /// by half, and some is not.
    fn scattered(&self, random: &mut Random) -> Self {
        let state = self.state();
        let mut bytes = state.synced.clone();
        bytes.resize(state.written.len(), 0);
        for (begin, data) in &state.unsynced {
            let length = data.len() * random.below(3) / 2;
            bytes[*begin..begin + length].copy_from_slice(&data[..length]);
        }
        Self::holding(bytes)
    }
}

impl State {
    /// What is wrong with this call, if anything is.
    fn call(&mut self) -> Option<Fault> {
        let left = self.calls_left.as_mut()?;
        if *left > 0 {
            *left -= 1;
            return None;
        }
        let fault = self.fault;
        match fault {
            Fault::Broken => {}
            Fault::Full | Fault::Forgotten => self.calls_left = None,
            Fault::Torn => self.fault = Fault::Broken,
        }
        Some(fault)
    }

    fn put(&mut self, begin: usize, data: &[u8]) {
        let length = self.written.len().max(begin + data.len());
        self.written.resize(length, 0);
        self.written[begin..begin + data.len()].copy_from_slice(data);
        self.unsynced.push((begin, data.to_vec()));
    }
}

/// What a call returns that did not do what it should.
fn failed(fault: Fault) -> Result<()> {
    match fault {
        Fault::Broken | Fault::Torn => Err(Error::other("the disk failed")),
        Fault::Full => Err(ErrorKind::StorageFull.into()),
        Fault::Forgotten => Ok(()),
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> Result<u64> {
        Ok(self.state().written.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        let begin = offset as usize;
        let state = self.state();
        let found = state.written.get(begin..begin + out.len());
        out.copy_from_slice(found.ok_or(ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, length: u64) -> Result<()> {
        let mut state = self.state();
        match state.call() {
            Some(fault) => failed(fault),
            None => {
                state.written.resize(length as usize, 0);
                Ok(())
            }
        }
    }

    fn sync_data(&self) -> Result<()> {
        let mut state = self.state();
        match state.call() {
            Some(fault) => failed(fault),
            None => {
                state.synced = state.written.clone();
                state.unsynced.clear();
                Ok(())
            }
        }
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<()> {
        let mut state = self.state();
        let fault = state.call();
        match fault {
            None => state.put(offset as usize, data),
            Some(Fault::Torn) => state.put(offset as usize, &data[..data.len() / 2]),
            Some(Fault::Broken | Fault::Full | Fault::Forgotten) => {}
        }
        fault.map_or(Ok(()), failed)
    }
}

fn open(disk: &Disk) -> Embedded {
    let ledger = Ledger::on(disk.clone(), None).unwrap();
    Embedded::on(ledger, Shape::DEFAULT, row_of, Upkeep::Rewrite).unwrap()
}

/// A claim whose bytes take more than a page.
fn claim(number: i64) -> NewItem {
    let id: Arc<str> = format!("claim-{number}").into();
    let bytes = Bytes::from(format!("{id:<5000}"));
    NewItem { kind: ItemKind::Claim, row: row_of(&bytes), id, version: 1, bytes }
}

fn row_of(bytes: &[u8]) -> Option<Row> {
    let id = std::str::from_utf8(bytes).ok()?.trim_end();
    Some(Row::builder(id).terms(Field::Actor, ["russia"]).finish())
}

fn write(store: &Embedded, number: i64) -> std::result::Result<Commit, WriteError> {
    let record = |commit: &Commit| Bytes::from(format!("record of {}", commit.revision));
    let request_id = format!("request-{number}");
    let request = Request { caller: "me", request_id: &request_id, record: &record };
    let mut writing = store.write()?;
    let commit = writing.append(number, vec![claim(number)], Some(request))?;
    writing.finish()?;
    Ok(commit)
}

/// The commits of a store, each of which must be whole, with its claim and what is remembered of its
/// request.
fn commits(store: &Embedded) -> Vec<Commit> {
    let view = store.view();
    let commits = (1..=view.head().revision).map(|revision| {
        let position = view.latest(&format!("claim-{revision}"), revision).unwrap();
        assert_eq!(view.fetch(&[position], revision).unwrap()[0].bytes, claim(revision as i64).bytes);
        let record = store.request("me", &format!("request-{revision}")).unwrap();
        assert_eq!(record, Some(Bytes::from(format!("record of {revision}"))));
        view.commit(revision).unwrap().unwrap()
    });
    commits.collect()
}

fn verify(store: &Embedded) -> std::result::Result<Verified, ReadError> {
    store.verify(&Budget::default(), &mut |_| {})
}

/// Each call to the disk fails in turn, in each way; then the store is opened on all that may be left.
#[test]
fn a_write_is_acknowledged_only_if_it_is_durable() {
    let mut random = Random(3);
    for fault in [Fault::Broken, Fault::Full, Fault::Torn] {
        for calls in 0.. {
            let disk = Disk::default();
            let store = open(&disk);
            let first = write(&store, 1).unwrap();
            (disk.state().fault, disk.state().calls_left) = (fault, Some(calls));
            let outcome = write(&store, 2);
            let left =
                [disk.restarted(), disk.killed(), disk.scattered(&mut random), disk.scattered(&mut random)];
            // Whoever waits for an answer is told of all that was acknowledged before, and of nothing else.
            let seen = commits(&store);
            match &outcome {
                Ok(second) => assert_eq!(seen, [first, *second]),
                Err(WriteError::Ledger(_)) => {
                    assert_eq!(seen, [first], "{fault:?} after {calls} calls");
                    assert_eq!(store.request("me", "request-2").unwrap(), None);
                    assert_eq!(
                        write(&store, 2).unwrap_err().to_string(),
                        "an earlier write failed; nothing is written until the store has been opened again"
                    );
                }
                Err(error) => panic!("{fault:?} after {calls} calls: {error}"),
            }
            for (index, left) in left.into_iter().enumerate() {
                let case = format!("{fault:?} after {calls} calls, {index}");
                let store = open(&left);
                let there = commits(&store);
                assert!(there == seen || there.len() == 2 && there[0] == first, "{case}: {there:?}");
                let next = write(&store, there.len() as i64 + 1).unwrap();
                assert_eq!(commits(&store), [there, vec![next]].concat(), "{case}");
                assert_eq!(verify(&store).unwrap().head.digest, next.digest, "{case}");
            }
            if outcome.is_ok() {
                assert!(calls > 5, "some calls must have failed before");
                break;
            }
        }
    }
}

/// A disk that lies can lose what was acknowledged; but what is left is as it was written, or is found
/// to be damaged.
#[test]
fn what_a_disk_forgot_is_missed() {
    let (mut refused, mut older) = (0, 0);
    for calls in 0.. {
        let disk = Disk::default();
        let store = open(&disk);
        let first = write(&store, 1).unwrap();
        (disk.state().fault, disk.state().calls_left) = (Fault::Forgotten, Some(calls));
        let written = [first, write(&store, 2).unwrap(), write(&store, 3).unwrap()];
        if disk.state().calls_left.is_some() {
            break;
        }
        for left in [disk.restarted(), disk.killed()] {
            // redb panics at some pages that are not what they must be.
            let found = catch_unwind(|| {
                let store =
                    Embedded::on(Ledger::on(left, None).ok()?, Shape::DEFAULT, row_of, Upkeep::Rewrite)
                        .ok()?;
                verify(&store).ok()?;
                Some(commits(&store))
            });
            match found {
                Ok(Some(there)) => {
                    assert!(written.starts_with(&there), "after {calls} calls: {there:?}");
                    older += usize::from(there.len() < 3);
                }
                Ok(None) | Err(_) => refused += 1,
            }
        }
    }
    assert!(refused > 20 && older > 1, "{refused} and {older}");
}

#[test]
fn what_is_durable_is_read_after_a_failure() {
    let disk = Disk::default();
    let store = open(&disk);
    (1..=20).for_each(|number| _ = write(&store, number).unwrap());
    drop(store);
    let store = open(&disk);
    disk.state().calls_left = Some(0);
    write(&store, 21).unwrap_err();
    assert_eq!(commits(&store).len(), 20);
}

#[test]
fn a_directory_is_open_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    let store = Embedded::open(&path, row_of, Upkeep::Rewrite).unwrap();
    let commit = write(&store, 1).unwrap();
    let second = Embedded::open(&path, row_of, Upkeep::Rewrite).unwrap_err();
    assert!(matches!(second, OpenError::InUse { .. }));
    assert_eq!(
        second.to_string(),
        format!(
            "the data directory {} is in use by another process; a directory has one server at a time",
            path.display()
        )
    );
    drop(store);
    let store = Embedded::open(&path, row_of, Upkeep::Rewrite).unwrap();
    assert_eq!(commits(&store), [commit]);
}

#[test]
fn a_directory_that_cannot_be_used_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "not a directory").unwrap();
    let error = Embedded::open(&file, row_of, Upkeep::Rewrite).unwrap_err().to_string();
    assert!(error.starts_with(&format!("the data directory {} cannot be used: ", file.display())), "{error}");
    std::fs::write(directory.path().join("ledger.redb"), "not a ledger, but some bytes of text").unwrap();
    let error = Embedded::open(directory.path(), row_of, Upkeep::Rewrite).unwrap_err().to_string();
    assert!(
        error.starts_with(&format!("the data directory {} cannot", directory.path().display())),
        "{error}"
    );
}

#[test]
fn a_ledger_of_another_format_is_refused() {
    let disk = Disk::default();
    let database = redb::Builder::new().create_with_backend(disk.clone()).unwrap();
    let transaction = database.begin_write().unwrap();
    let meta = redb::TableDefinition::<&str, u64>::new("meta");
    transaction.open_table(meta).unwrap().insert("format", 77).unwrap();
    transaction.commit().unwrap();
    drop(database);
    let error = Ledger::on(disk.restarted(), None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the data directory in memory has format 77, and this version of Sayso reads formats 2 to 3: a newer \
         version wrote it, which is needed to open it"
    );
}
