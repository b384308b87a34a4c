//! A backup: the ledger as of one revision, part by part, while others write.
//!
//! Records come first. Once they are read, the transaction that they were read in is over, so that
//! redb can use its pages again, however long the sealed files take: those never change.

use super::kept::{self, Records};
use super::ledger::{COMMITS, FORMAT, Ledger};
use super::reading::Reading;
use super::record::CommitRow;
use super::sealed::SealedFile;
use super::writer::Embedded;
use crate::store::error::{FileFault, OpenError, ReadError};
use crate::store::{Commit, Digest};
use redb::ReadableTable;
use sha2::{Digest as _, Sha256};
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::vec;

/// The SHA-256 of a file.
pub type FileHash = [u8; 32];

/// Bytes of records or of a file in one part at the most.
const PART_BYTES: usize = 1 << 20;

/// A part of a backup. They come in the order of the variants; each file's bytes come behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BackupPart {
    /// What comes.
    Header(BackupHeader),
    /// The next bytes of the records of `ledger.redb`, at most 1 MiB, cut anywhere.
    Records(Vec<u8>),
    /// A sealed file begins.
    File(BackupFile),
    /// The next bytes of that file, at most 1 MiB.
    FileBytes(Vec<u8>),
    /// All was given.
    Trailer(BackupTrailer),
}

/// What a backup holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackupHeader {
    /// The format of the records.
    pub format: u64,
    /// The last commit that is in it.
    pub commit: Commit,
    /// How many records there are.
    pub records: u64,
    /// How many sealed files there are.
    pub files: u64,
    /// How many bytes those of them have that are given.
    pub file_bytes: u64,
}

/// A sealed file of a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupFile {
    /// Its name in the folder of sealed files.
    pub name: String,
    /// How many bytes it has.
    pub length: u64,
    /// Of all its bytes.
    pub sha256: FileHash,
    /// Whether its bytes follow: it is not among those that the receiver has.
    pub is_given: bool,
}

/// The end of a backup that is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackupTrailer {
    /// How many records were given.
    pub records: u64,
    /// How many sealed files were named.
    pub files: u64,
    /// The SHA-256 over the bytes of all records, then the SHA-256 of each file.
    pub sha256: FileHash,
}

/// What was given so far, on either side.
#[derive(Clone, Debug, Default)]
pub(super) struct Sum {
    pub(super) records: u64,
    pub(super) files: u64,
    hash: Sha256,
}

impl Sum {
    pub(super) fn add_records(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
    }

    pub(super) fn add_file(&mut self, sha256: &FileHash) {
        self.hash.update(sha256);
        self.files += 1;
    }

    pub(super) fn trailer(&self) -> BackupTrailer {
        let Self { records, files, ref hash } = *self;
        BackupTrailer { records, files, sha256: hash.clone().finalize().into() }
    }
}

/// A backup that is being read.
pub struct Backup {
    header: Option<BackupHeader>,
    /// Those that were not read yet, and their transaction.
    records: Option<Records>,
    /// Bytes of records that were read and not given yet.
    pending: Vec<u8>,
    /// Those that were not begun yet, each with whether it is given.
    files: vec::IntoIter<(Arc<SealedFile>, bool)>,
    open: Option<OpenFile>,
    /// Taken with the trailer.
    sum: Option<Sum>,
    /// Open, and locked, for as long as it is read.
    _ledger: Arc<Ledger>,
}

struct OpenFile {
    file: Arc<SealedFile>,
    offset: u64,
    hash: Sha256,
}

/// The last commit of the ledger in a directory, which is there, and which nobody has open.
pub(super) fn last_commit(directory: &Path) -> Result<Commit, OpenError> {
    Ok(Ledger::open(directory)?.read()?.last_commit()?)
}

impl Embedded {
    /// Begins a backup of the ledger as it is now, but for the bytes of the sealed files in `held`.
    ///
    /// # Errors
    /// An earlier write failed, or the ledger cannot be read.
    pub fn backup(&self, held: &HashSet<FileHash>) -> Result<Backup, ReadError> {
        let (reading, _) = self.still()?;
        Backup::begin(Arc::clone(&self.ledger), &reading, held)
    }
}

impl Backup {
    /// Begins a backup of the ledger in a directory, which is there, and which nobody has open.
    ///
    /// # Errors
    /// As [`Embedded::open`], but for what only its index would find.
    pub fn of_directory(directory: &Path, held: &HashSet<FileHash>) -> Result<Self, OpenError> {
        Ok(Self::of(Ledger::open(directory)?, held)?)
    }

    /// Begins a backup of a ledger that nobody else has.
    pub(super) fn of(ledger: Ledger, held: &HashSet<FileHash>) -> Result<Self, ReadError> {
        let reading = ledger.read()?;
        Self::begin(Arc::new(ledger), &reading, held)
    }

    fn begin(ledger: Arc<Ledger>, reading: &Reading, held: &HashSet<FileHash>) -> Result<Self, ReadError> {
        // A file may be there before it is listed; until then its claims are among the records.
        let listed = reading.manifest()?.len();
        let is_given = |file: &Arc<SealedFile>| !held.contains(&file.manifest.sha256);
        let files: Vec<_> =
            reading.sealed.iter().take(listed).map(|file| (Arc::clone(file), is_given(file))).collect();
        let given = files.iter().filter(|(_, is_given)| *is_given);
        let header = BackupHeader {
            format: FORMAT,
            commit: reading.last_commit()?,
            records: kept::count(&reading.transaction)?,
            files: files.len() as u64,
            file_bytes: given.map(|(file, _)| file.manifest.length).sum(),
        };
        Ok(Self {
            records: Some(kept::records(&reading.transaction)?),
            header: Some(header),
            pending: Vec::new(),
            files: files.into_iter(),
            open: None,
            sum: Some(Sum::default()),
            _ledger: ledger,
        })
    }

    /// The next part; nothing after the trailer. What is read is compared with its checksums.
    ///
    /// # Errors
    /// Something is damaged or cannot be read: what was given so far is no backup.
    pub fn next_part(&mut self) -> Result<Option<BackupPart>, ReadError> {
        if let Some(header) = self.header.take() {
            return Ok(Some(BackupPart::Header(header)));
        }
        let Some(sum) = &mut self.sum else { return Ok(None) };
        if let Some(records) = &mut self.records {
            while self.pending.len() < PART_BYTES
                && let Some(record) = records.next()
            {
                self.pending.extend_from_slice(&record?);
                sum.records += 1;
            }
            let rest = self.pending.split_off(self.pending.len().min(PART_BYTES));
            let part = std::mem::replace(&mut self.pending, rest);
            if !part.is_empty() {
                sum.add_records(&part);
                return Ok(Some(BackupPart::Records(part)));
            }
            self.records = None;
        }
        if let Some(open) = &mut self.open {
            if let Some(part) = open.next_bytes()? {
                return Ok(Some(BackupPart::FileBytes(part)));
            }
            self.open = None;
        }
        if let Some((file, is_given)) = self.files.next() {
            let (name, length) = (file.stretch().name(), file.manifest.length);
            let sha256 = file.manifest.sha256;
            sum.add_file(&sha256);
            self.open = is_given.then(|| OpenFile { file, offset: 0, hash: Sha256::new() });
            return Ok(Some(BackupPart::File(BackupFile { name, length, sha256, is_given })));
        }
        Ok(self.sum.take().map(|sum| BackupPart::Trailer(sum.trailer())))
    }
}

impl OpenFile {
    fn next_bytes(&mut self) -> Result<Option<Vec<u8>>, ReadError> {
        let left = self.file.manifest.length - self.offset;
        if left == 0 {
            if <FileHash>::from(self.hash.clone().finalize()) == self.file.manifest.sha256 {
                return Ok(None);
            }
            // It knows better what is damaged.
            self.file.verify()?;
            return Err(self.file.fault(FileFault::Sha256));
        }
        let mut bytes = vec![0; left.min(PART_BYTES as u64) as usize];
        self.file.read_at(self.offset, &mut bytes)?;
        self.hash.update(&bytes);
        self.offset += bytes.len() as u64;
        Ok(Some(bytes))
    }
}

impl Reading {
    /// Whether a commit is one of these; that of the empty ledger is one of every ledger's.
    pub(super) fn has(&self, commit: &Commit) -> Result<bool, ReadError> {
        Ok(commit.revision == 0 || self.commit(commit.revision)?.is_some_and(|row| row.commit == *commit))
    }

    /// The last commit; that of the empty ledger if there is none.
    pub(super) fn last_commit(&self) -> Result<Commit, ReadError> {
        let table = self.transaction.open_table(COMMITS)?;
        if let Some((revision, stored)) = table.last()? {
            return Ok(CommitRow::decode(revision.value(), stored.value())?.commit);
        }
        let last = self.sealed_end_revision() - 1;
        let empty = Commit { revision: 0, digest: Digest::EMPTY, recorded: 0 };
        Ok(if last == 0 { None } else { self.commit(last)? }.map_or(empty, |row| row.commit))
    }
}
