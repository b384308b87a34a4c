//! Receiving a backup: the parts become a data directory, which takes its place when it is whole.

use super::backup::{self, BackupFile, BackupHeader, BackupPart, BackupTrailer, FileHash, Sum};
use super::kept::Record;
use super::ledger::{FILE, FORMAT, Ledger, builder, make_tables};
use super::staging::{Staging, StagingError, at, remove};
use crate::store::Commit;
use crate::store::error::{OpenError, ReadError};
use redb::{Database, WriteTransaction};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Why a backup was not received. What was in its place is there as before.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiveError {
    /// There is no room for it.
    #[error(transparent)]
    Staging(#[from] StagingError),
    /// There is a ledger already, which must not be replaced.
    #[error("{} has a ledger already: name another directory, or move that away", directory.display())]
    Occupied {
        /// The directory.
        directory: PathBuf,
    },
    /// The ledger in its place cannot be opened, so that nobody knows whether it may be replaced.
    #[error("what {} has cannot be compared with the new copy: {source}", directory.display())]
    Previous {
        /// The directory.
        directory: PathBuf,
        /// Why.
        source: OpenError,
    },
    /// The ledger in its place has what the new one has not.
    #[error(
        "{} has another ledger, or one that is ahead: its revision {revision} is not in the new copy; \
         name another directory",
        directory.display()
    )]
    Diverged {
        /// The directory.
        directory: PathBuf,
        /// Its last revision.
        revision: u64,
    },
    /// The ledger in its place lacks what one has that was moved aside for it.
    #[error(
        "{} was moved aside for {}, which lacks its revision {revision}: move one of the two away",
        aside.display(),
        directory.display()
    )]
    Aside {
        /// The directory.
        directory: PathBuf,
        /// Where the other is.
        aside: PathBuf,
        /// The last revision of the other.
        revision: u64,
    },
    /// It is in another format.
    #[error(
        "what was to be copied to {} has format {found}, and this version of Sayso reads format {FORMAT}",
        directory.display()
    )]
    Format {
        /// The directory.
        directory: PathBuf,
        /// Its format.
        found: u64,
    },
    /// It ended before its trailer.
    #[error("the copy ended before it was whole")]
    Cut,
    /// What was received is not what was sent.
    #[error("the copy did not arrive as it was sent: {0}")]
    Unlike(&'static str),
    /// What was received does not open.
    #[error("the copy cannot be opened: {0}")]
    Open(OpenError),
    /// Its records could not be written.
    #[error("the records of the copy cannot be written: {0}")]
    Ledger(#[from] redb::Error),
}

/// A backup that is being received.
pub struct Receiving {
    /// The transaction ends before its database, and the files before their folder.
    transaction: WriteTransaction,
    database: Database,
    header: Option<BackupHeader>,
    trailer: Option<BackupTrailer>,
    /// The beginning of a record whose end has not come yet.
    pending: Vec<u8>,
    open: Option<OpenFile>,
    sum: Sum,
    /// Sealed files that are here already.
    held: HashMap<FileHash, PathBuf>,
    reused: u64,
    previous: Option<Previous>,
    staging: Staging,
}

/// The ledger that will be replaced.
#[derive(Debug)]
struct Previous {
    commit: Commit,
    /// Open, so that nobody writes to it who would lose that.
    _ledger: Ledger,
}

#[derive(Debug)]
struct OpenFile {
    entry: BackupFile,
    path: PathBuf,
    file: File,
    length: u64,
    hash: Sha256,
}

/// A data directory that is whole and durable, and has not taken its place yet.
#[derive(Debug)]
pub struct Received {
    /// What it holds.
    pub header: BackupHeader,
    /// How many of its sealed files were here already.
    pub reused: u64,
    _previous: Option<Previous>,
    staging: Staging,
}

impl Receiving {
    /// Begins to receive a backup into a directory that is not there, or empty. If it is not received
    /// whole, nothing of it is left.
    ///
    /// # Errors
    /// Something is there, or it cannot be written to.
    pub fn anew(directory: &Path) -> Result<Self, ReceiveError> {
        let staging = Staging::begin(directory, false)?;
        if staging.replaces() {
            staging.abandon();
            return Err(ReceiveError::Occupied { directory: directory.to_owned() });
        }
        Self::begin(staging, None)
    }

    /// Begins to receive a backup into a directory that may have an earlier one of the same ledger,
    /// whose sealed files are used again, as are those of an attempt that was not received whole. Until
    /// it takes its place, nobody else can open the earlier one.
    ///
    /// # Errors
    /// Something else is there, somebody has it open, or it cannot be written to.
    pub fn over_earlier(directory: &Path) -> Result<Self, ReceiveError> {
        let staging = Staging::begin(directory, true)?;
        match Previous::open(&staging) {
            Ok(previous) => Self::begin(staging, previous),
            Err(refused) => {
                staging.abandon();
                Err(refused)
            }
        }
    }

    fn begin(staging: Staging, previous: Option<Previous>) -> Result<Self, ReceiveError> {
        let mut held = HashMap::new();
        for path in staging.candidates()? {
            held.insert(hash(&path).map_err(at(&path))?, path);
        }
        let file = staging.path().join(FILE);
        remove(&file).map_err(at(&file))?;
        let database = builder().create(&file).map_err(redb::Error::from)?;
        let transaction = database.begin_write().map_err(redb::Error::from)?;
        Ok(Self {
            transaction,
            database,
            header: None,
            trailer: None,
            pending: Vec::new(),
            open: None,
            sum: Sum::default(),
            held,
            reused: 0,
            previous,
            staging,
        })
    }

    /// The sealed files that need not be given.
    pub fn held(&self) -> impl Iterator<Item = &FileHash> {
        self.held.keys()
    }

    /// How many records have been received.
    pub fn records(&self) -> u64 {
        self.sum.records
    }

    /// Takes the next part.
    ///
    /// # Errors
    /// It does not follow from those before, or cannot be written.
    pub fn take(&mut self, part: BackupPart) -> Result<(), ReceiveError> {
        if self.header.is_some() == matches!(part, BackupPart::Header(_)) || self.trailer.is_some() {
            return Err(ReceiveError::Unlike("its parts are out of order"));
        }
        match part {
            BackupPart::Header(BackupHeader { format: found, .. }) if found != FORMAT => {
                Err(ReceiveError::Format { directory: self.staging.target().to_owned(), found })
            }
            BackupPart::Header(header) => {
                self.header = Some(header);
                Ok(())
            }
            BackupPart::Records(bytes) => self.take_records(&bytes),
            BackupPart::File(entry) => {
                self.end_file()?;
                self.take_file(entry)
            }
            BackupPart::FileBytes(bytes) => {
                let open = self.open.as_mut().ok_or(ReceiveError::Unlike("bytes of no file"))?;
                open.length += bytes.len() as u64;
                open.hash.update(&bytes);
                Ok(open.file.write_all(&bytes).map_err(at(&open.path))?)
            }
            BackupPart::Trailer(trailer) => {
                self.end_file()?;
                if !self.pending.is_empty() || trailer != self.sum.trailer() {
                    return Err(ReceiveError::Unlike("it has not what its trailer says"));
                }
                self.trailer = Some(trailer);
                Ok(())
            }
        }
    }

    fn take_records(&mut self, bytes: &[u8]) -> Result<(), ReceiveError> {
        let damaged = ReceiveError::Unlike("a record does not agree with its checksum");
        self.sum.add_records(bytes);
        self.pending.extend_from_slice(bytes);
        let mut rest = self.pending.as_slice();
        loop {
            match Record::first(rest) {
                Err(_) => return Err(damaged),
                Ok(None) => break,
                Ok(Some((record, behind))) => {
                    if !record.insert(&self.transaction)? {
                        return Err(damaged);
                    }
                    self.sum.records += 1;
                    rest = behind;
                }
            }
        }
        let read = self.pending.len() - rest.len();
        self.pending.drain(..read);
        Ok(())
    }

    fn take_file(&mut self, entry: BackupFile) -> Result<(), ReceiveError> {
        // So that no name leads out of the folder.
        if entry.name != format!("{:06}.seg", self.sum.files) {
            return Err(ReceiveError::Unlike("a sealed file has another's name"));
        }
        self.sum.add_file(&entry.sha256);
        let path = self.staging.segments().join(&entry.name);
        if entry.is_given {
            // What is there may be the very file of an earlier backup, which must not be written to.
            let created = remove(&path).and_then(|()| File::create_new(&path));
            let file = created.map_err(at(&path))?;
            self.open = Some(OpenFile { entry, path, file, length: 0, hash: Sha256::new() });
            return Ok(());
        }
        let held = self.held.get(&entry.sha256);
        let held = held.ok_or(ReceiveError::Unlike("a sealed file is missing"))?;
        self.reused += 1;
        Ok(reuse(held, &path).map_err(at(&path))?)
    }

    fn end_file(&mut self) -> Result<(), ReceiveError> {
        let Some(OpenFile { entry, path, file, length, hash }) = self.open.take() else { return Ok(()) };
        if length != entry.length || FileHash::from(hash.finalize()) != entry.sha256 {
            return Err(ReceiveError::Unlike("a sealed file has another SHA-256"));
        }
        Ok(file.sync_all().map_err(at(&path))?)
    }

    /// Gives up, as when it ends before it is whole.
    pub fn give_up(self) {
        let Self { transaction, database, staging, .. } = self;
        drop((transaction, database));
        staging.give_up();
    }

    /// Makes durable what was received, and opens it.
    ///
    /// # Errors
    /// It is not whole, or lacks what the ledger has that it would replace.
    pub fn finish(self) -> Result<Received, ReceiveError> {
        let Self { transaction, database, header, trailer, sum, reused, previous, staging, .. } = self;
        let whole = match (header, trailer) {
            (Some(header), Some(_)) => end(transaction, database, &staging, sum.files)
                .and_then(|()| compare(&staging, &header, previous.as_ref()))
                .map(|()| header),
            _ => {
                drop((transaction, database));
                Err(ReceiveError::Cut)
            }
        };
        match whole {
            Ok(header) => Ok(Received { header, reused, _previous: previous, staging }),
            Err(refused) => {
                if matches!(refused, ReceiveError::Diverged { .. }) {
                    staging.discard();
                } else {
                    staging.give_up();
                }
                Err(refused)
            }
        }
    }
}

/// Makes durable what was received.
fn end(
    transaction: WriteTransaction,
    database: Database,
    staging: &Staging,
    files: u64,
) -> Result<(), ReceiveError> {
    make_tables(&transaction)?;
    transaction.commit().map_err(redb::Error::from)?;
    drop(database);
    // What a longer ledger left that was not received whole.
    for path in staging.candidates()?.iter().filter(|path| path.starts_with(staging.path())) {
        let number = path.file_stem().and_then(|stem| stem.to_str()?.parse::<u64>().ok());
        if number.is_none_or(|number| number >= files) {
            remove(path).map_err(at(path))?;
        }
    }
    Ok(staging.sync()?)
}

/// Opens what was received, and compares it with what was announced and what it would replace.
fn compare(
    staging: &Staging,
    header: &BackupHeader,
    previous: Option<&Previous>,
) -> Result<(), ReceiveError> {
    let ledger = Ledger::open(staging.path()).map_err(ReceiveError::Open)?;
    let unreadable = |error: ReadError| ReceiveError::Open(error.into());
    let reading = ledger.read().map_err(unreadable)?;
    if reading.last_commit().map_err(unreadable)? != header.commit {
        return Err(ReceiveError::Unlike("it ends with another commit"));
    }
    match previous {
        Some(Previous { commit, .. }) if !reading.has(commit).map_err(unreadable)? => {
            let (directory, revision) = (staging.target().to_owned(), commit.revision);
            Err(ReceiveError::Diverged { directory, revision })
        }
        Some(_) | None => Ok(()),
    }
}

impl Previous {
    /// Opens the ledger in the place, if there is one, and removes an earlier one whose removal was
    /// interrupted.
    fn open(staging: &Staging) -> Result<Option<Self>, ReceiveError> {
        if !staging.replaces() {
            return Ok(None);
        }
        let directory = staging.target();
        let refuse = |directory: &Path| {
            let directory = directory.to_owned();
            move |source| ReceiveError::Previous { directory, source }
        };
        let unreadable = |error: ReadError| refuse(directory)(error.into());
        let ledger = Ledger::open(directory).map_err(refuse(directory))?;
        let reading = ledger.read().map_err(unreadable)?;
        if let Some(aside) = staging.moved_aside() {
            let last = backup::last_commit(aside).map_err(refuse(aside))?;
            if !reading.has(&last).map_err(unreadable)? {
                let (directory, aside) = (directory.to_owned(), aside.to_owned());
                return Err(ReceiveError::Aside { directory, aside, revision: last.revision });
            }
            staging.clear()?;
        }
        let commit = reading.last_commit().map_err(unreadable)?;
        drop(reading);
        Ok(Some(Self { commit, _ledger: ledger }))
    }
}

impl Received {
    /// Where it is until it takes its place.
    pub fn path(&self) -> &Path {
        self.staging.path()
    }

    /// Takes its place, as one step. What was there before may not be removed then: that is the error
    /// within, and no harm.
    ///
    /// # Errors
    /// It cannot be moved there.
    pub fn place(self) -> Result<Option<StagingError>, ReceiveError> {
        match self.staging.place() {
            Ok(left) => Ok(left),
            Err(failed) => {
                self.staging.give_up();
                Err(failed.into())
            }
        }
    }

    /// Removes it.
    pub fn discard(self) {
        self.staging.discard();
    }
}

fn hash(path: &Path) -> io::Result<FileHash> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut bytes = vec![0; 1 << 20];
    loop {
        match file.read(&mut bytes)? {
            0 => return Ok(hash.finalize().into()),
            read => hash.update(&bytes[..read]),
        }
    }
}

/// Puts a file that is there under another path too.
fn reuse(held: &Path, path: &Path) -> io::Result<()> {
    if held != path {
        remove(path)?;
        // Not every file system has links.
        if fs::hard_link(held, path).is_err() {
            fs::copy(held, path)?;
        }
    }
    File::open(path)?.sync_all()
}
