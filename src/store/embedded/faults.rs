//! What a failing disk, a second opener and another format come to.

use super::growth::Shape;
use super::ledger::Ledger;
use super::{Embedded, View};
use crate::plan::{Field, Row};
use crate::store::{Commit, ItemKind, NewItem, OpenError, WriteError};
use redb::StorageBackend;
use std::io::{Error, Result};
use std::sync::{Arc, Mutex, MutexGuard};

/// A disk that loses what was not synced, and that fails from some call on.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
pub(super) struct State {
    written: Vec<u8>,
    synced: Vec<u8>,
    /// How many writes and syncs succeed from now on; all if nothing is given.
    pub(super) calls_left: Option<usize>,
}

impl Disk {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// The disk after the power failed and came back.
    pub(super) fn restarted(&self) -> Self {
        let synced = self.state().synced.clone();
        Self(Arc::new(Mutex::new(State { written: synced.clone(), synced, calls_left: None })))
    }
}

impl Disk {
    /// The disk after the process was killed: what was written is there.
    pub(super) fn killed(&self) -> Self {
        let written = self.state().written.clone();
        Self(Arc::new(Mutex::new(State { synced: written.clone(), written, calls_left: None })))
    }
}

impl State {
    fn call(&mut self) -> Result<()> {
        match &mut self.calls_left {
            Some(0) => return Err(Error::other("the disk failed")),
            Some(left) => *left -= 1,
            None => {}
        }
        Ok(())
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> Result<u64> {
        Ok(self.state().written.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        let begin = offset as usize;
        out.copy_from_slice(&self.state().written[begin..begin + out.len()]);
        Ok(())
    }

    fn set_len(&self, length: u64) -> Result<()> {
        let mut state = self.state();
        state.call()?;
        state.written.resize(length as usize, 0);
        Ok(())
    }

    fn sync_data(&self) -> Result<()> {
        let mut state = self.state();
        state.call()?;
        state.synced = state.written.clone();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<()> {
        let mut state = self.state();
        state.call()?;
        let begin = offset as usize;
        state.written[begin..begin + data.len()].copy_from_slice(data);
        Ok(())
    }
}

fn open(disk: &Disk) -> Embedded {
    Embedded::on(Ledger::on(disk.clone(), None).unwrap(), Shape::DEFAULT).unwrap()
}

fn write(store: &Embedded, recorded: i64) -> std::result::Result<Commit, WriteError> {
    let id: Arc<str> = format!("claim-{recorded}").into();
    let row = Row::builder(id.clone()).terms(Field::Actor, ["russia"]).finish();
    let item =
        NewItem { kind: ItemKind::Claim, id, version: 1, bytes: vec![7; 5_000].into(), row: Some(row) };
    let mut writing = store.write()?;
    let commit = writing.append(recorded, vec![item], None)?;
    writing.finish()?;
    Ok(commit)
}

/// The claims of a view, each of which must be whole.
fn claims(view: &View) -> u64 {
    let revision = view.head().revision;
    for revision in 1..=revision {
        let position = view.latest(&format!("claim-{revision}"), revision).unwrap();
        assert_eq!(view.fetch(&[position], revision).unwrap()[0].bytes, vec![7; 5_000]);
        assert_eq!(view.commit(revision).unwrap().unwrap().revision, revision);
    }
    view.head().counts.claims
}

#[test]
fn a_write_is_acknowledged_only_if_it_is_durable() {
    for calls in 0.. {
        let disk = Disk::default();
        let store = open(&disk);
        let first = write(&store, 1).unwrap();
        disk.state().calls_left = Some(calls);
        let outcome = write(&store, 2);
        disk.state().calls_left = Some(0);
        let restarted = open(&disk.restarted());
        let head = *restarted.view().head();
        assert_eq!(claims(&restarted.view()), head.revision);
        match outcome {
            Ok(second) => {
                assert_eq!((head.revision, head.digest), (2, second.digest));
                assert_eq!(store.view().head().digest, second.digest);
                assert!(calls > 2, "some calls must have failed before");
                return;
            }
            Err(WriteError::Ledger(_)) => {}
            Err(error) => panic!("after {calls} calls: {error}"),
        }
        // Nothing of it is seen, though it may be durable; nothing more is written.
        assert_eq!((store.view().head().revision, store.view().head().digest), (1, first.digest));
        assert_eq!(
            write(&store, 3).unwrap_err().to_string(),
            "an earlier write failed; nothing is written until the store has been opened again"
        );
        assert!(head.revision == 1 || head.revision == 2, "after {calls} calls: {head:?}");
        let next = write(&restarted, head.revision as i64 + 1).unwrap();
        assert_eq!(next.revision, head.revision + 1);
    }
}

#[test]
fn a_directory_is_open_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    let store = Embedded::open(&path).unwrap();
    let commit = write(&store, 1).unwrap();
    let second = Embedded::open(&path).unwrap_err();
    assert!(matches!(second, OpenError::InUse { .. }));
    assert_eq!(
        second.to_string(),
        format!(
            "the data directory {} is in use by another process; a directory has one server at a time",
            path.display()
        )
    );
    drop(store);
    let store = Embedded::open(&path).unwrap();
    assert_eq!(store.view().head().digest, commit.digest);
    assert_eq!(claims(&store.view()), 1);
}

#[test]
fn a_directory_that_cannot_be_used_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "not a directory").unwrap();
    let error = Embedded::open(&file).unwrap_err().to_string();
    assert!(error.starts_with(&format!("the data directory {} cannot be used: ", file.display())), "{error}");
    std::fs::write(directory.path().join("ledger.redb"), "not a ledger, but some bytes of text").unwrap();
    let error = Embedded::open(directory.path()).unwrap_err().to_string();
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
        "ledger.redb has format 77, and this version of Sayso reads format 2: a newer version wrote it, which is \
         needed to open it"
    );
}
