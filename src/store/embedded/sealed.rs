//! A sealed file: a full segment of the ledger, immutable. `docs/storage.md` has its layout.

use super::folder::{Folder, Growing, Stored};
use super::record::{self, CommitRow, ItemRow, Table, item_key};
use crate::store::ItemKind;
use crate::store::error::{Damage, FileFault, OpenError, ReadError};
use sha2::{Digest as _, Sha256};
use std::io;

/// The layout of sealed files, as a number.
pub(super) const FORMAT: u32 = 1;

/// What a sealed file begins with.
const MAGIC: &[u8; 8] = b"saysoseg";

/// What the sections hold, in their order.
const SECTIONS: [&str; 4] = ["commits", "places", "rows", "claims"];
const COMMITS: usize = 0;
const PLACES: usize = 1;
const ROWS: usize = 2;
const CLAIMS: usize = 3;

/// Bytes of the header: magic and format, five numbers, the sections, a checksum.
const HEADER_BYTES: usize = 8 + 4 + 5 * 8 + SECTIONS.len() * SECTION_BYTES + 4;
/// Bytes of a section's entry in the header: offset, length, checksum.
const SECTION_BYTES: usize = 8 + 8 + 4;
/// Bytes of a claim's place: where its record ends within the section, and the record's checksum.
const PLACE_BYTES: usize = 8 + 4;
/// How much is read or written at a time.
const CHUNK: usize = 1 << 20;

/// Which part of the ledger a sealed file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    /// The file's number, counted from 0.
    pub(super) number: u64,
    /// The position of its first claim.
    pub(super) first: u64,
    /// How many claims.
    pub(super) claims: u64,
    /// The first commit whose header it holds: those before are in earlier files.
    pub(super) first_revision: u64,
    /// How many commits: those that end with a claim of this file, or have none and come between.
    pub(super) commits: u64,
}

impl Stretch {
    /// The file's name within the folder of sealed files.
    pub(super) fn name(&self) -> String {
        format!("{:06}.seg", self.number)
    }

    /// The file's name within the data directory.
    pub(super) fn path(&self) -> String {
        format!("segments/{}", self.name())
    }

    /// The position after its last claim.
    pub(super) fn end(&self) -> u64 {
        self.first + self.claims
    }

    /// The revision after its last commit.
    pub(super) fn end_revision(&self) -> u64 {
        self.first_revision + self.commits
    }

    fn numbers(&self) -> [u64; 5] {
        let Self { number, first, claims, first_revision, commits } = *self;
        [number, first, claims, first_revision, commits]
    }
}

/// What the ledger knows of a sealed file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ManifestRow {
    pub(super) stretch: Stretch,
    /// How many bytes it has.
    pub(super) length: u64,
    /// The SHA-256 of all its bytes.
    pub(super) sha256: [u8; 32],
}

impl ManifestRow {
    /// The file's record in the manifest.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = self.sha256.to_vec();
        out.extend_from_slice(&self.length.to_le_bytes());
        self.stretch.numbers().iter().for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
        record::close(Table::Manifest, &self.stretch.number.to_le_bytes(), &mut out);
        out
    }

    /// The file of a record, if that is sound.
    pub(super) fn decode(number: u64, stored: &[u8]) -> Result<Self, Damage> {
        let decode = || {
            let value = record::open(Table::Manifest, &number.to_le_bytes(), stored)?;
            let (sha256, rest) = value.split_first_chunk()?;
            let ([length, numbers @ ..], []) = rest.as_chunks::<8>() else { return None };
            let stretch = stretch(numbers.try_into().ok()?);
            let length = u64::from_le_bytes(*length);
            (stretch.number == number).then_some(Self { stretch, length, sha256: *sha256 })
        };
        decode().ok_or(Damage::Record { what: "the manifest of sealed file", number })
    }
}

fn stretch(numbers: &[[u8; 8]; 5]) -> Stretch {
    let [number, first, claims, first_revision, commits] = numbers.map(u64::from_le_bytes);
    Stretch { number, first, claims, first_revision, commits }
}

/// A file to be made, but for the bytes of its claims.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) stretch: Stretch,
    /// The records of the commits, one after another.
    pub(super) commits: Vec<u8>,
    places: Vec<u8>,
    /// The rows, one after another.
    pub(super) rows: Vec<u8>,
    claims_length: u64,
    claims_hash: crc32fast::Hasher,
}

impl Draft {
    /// Begins a file.
    pub(super) fn new(stretch: Stretch) -> Self {
        let places = Vec::with_capacity(stretch.claims as usize * PLACE_BYTES);
        let (commits, rows) = (Vec::new(), Vec::new());
        Self { stretch, commits, places, rows, claims_length: 0, claims_hash: crc32fast::Hasher::new() }
    }

    /// Makes room for the next claim.
    pub(super) fn place(&mut self, record: &[u8]) {
        let position = self.stretch.first + (self.places.len() / PLACE_BYTES) as u64;
        let checksum = record::checksum(Table::Items, &item_key(ItemKind::Claim, position), record);
        self.claims_length += record.len() as u64;
        self.places.extend_from_slice(&self.claims_length.to_le_bytes());
        self.places.extend_from_slice(&checksum.to_le_bytes());
        self.claims_hash.update(record);
    }

    fn header(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&FORMAT.to_le_bytes());
        self.stretch.numbers().iter().for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
        let plain = [&self.commits, &self.places, &self.rows]
            .map(|section| (section.len() as u64, crc32fast::hash(section)));
        let claims = (self.claims_length, self.claims_hash.clone().finalize());
        let mut offset = HEADER_BYTES as u64;
        for (length, checksum) in plain.into_iter().chain([claims]) {
            out.extend_from_slice(&offset.to_le_bytes());
            out.extend_from_slice(&length.to_le_bytes());
            out.extend_from_slice(&checksum.to_le_bytes());
            offset += length;
        }
        let checksum = crc32fast::hash(&out);
        out.extend_from_slice(&checksum.to_le_bytes());
        out
    }

    /// Writes the file to `out`. `claims` calls back with the records that were placed, in order.
    pub(super) fn write<E: From<io::Error>>(
        &self,
        out: &mut dyn Growing,
        claims: impl FnOnce(&mut dyn FnMut(&[u8]) -> io::Result<()>) -> Result<(), E>,
    ) -> Result<ManifestRow, E> {
        let mut hash = Sha256::new();
        let mut length = 0;
        let mut put = |bytes: &[u8]| {
            hash.update(bytes);
            length += bytes.len() as u64;
            out.write_all(bytes)
        };
        for part in [&self.header(), &self.commits, &self.places, &self.rows] {
            put(part)?;
        }
        let mut chunk = Vec::with_capacity(CHUNK);
        claims(&mut |record| {
            chunk.extend_from_slice(record);
            if chunk.len() < CHUNK {
                return Ok(());
            }
            let written = put(&chunk);
            chunk.clear();
            written
        })?;
        put(&chunk)?;
        out.sync()?;
        Ok(ManifestRow { stretch: self.stretch, length, sha256: hash.finalize().into() })
    }
}

/// A sealed file that is open.
#[derive(Debug)]
pub(super) struct SealedFile {
    pub(super) manifest: ManifestRow,
    sections: [Section; SECTIONS.len()],
    stored: Box<dyn Stored>,
}

#[derive(Clone, Copy, Debug)]
struct Section {
    offset: u64,
    length: u64,
    checksum: u32,
}

impl SealedFile {
    /// Opens the file that the manifest describes. Its length and its header are looked at.
    pub(super) fn open(folder: &dyn Folder, manifest: ManifestRow) -> Result<Self, OpenError> {
        let path = manifest.stretch.path();
        let fault = |fault| OpenError::Damaged(Damage::File { file: path.clone(), fault });
        let failed = |source| OpenError::File { file: path.clone(), source };
        let stored = match folder.open(&manifest.stretch.name()) {
            Ok(stored) => stored,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(fault(FileFault::Missing)),
            Err(error) => return Err(failed(error)),
        };
        let found = stored.len().map_err(failed)?;
        if found != manifest.length {
            return Err(fault(FileFault::Length { found, expected: manifest.length }));
        }
        let mut header = [0; HEADER_BYTES];
        if found < HEADER_BYTES as u64 {
            return Err(fault(FileFault::Header));
        }
        stored.read_at(0, &mut header).map_err(failed)?;
        let (begin, checksum) = header.split_at(HEADER_BYTES - 4);
        if begin[..8] != *MAGIC || crc32fast::hash(begin).to_le_bytes() != checksum {
            return Err(fault(FileFault::Header));
        }
        let (found, rest) = begin[8..].split_first_chunk().ok_or_else(|| fault(FileFault::Header))?;
        let found = u32::from_le_bytes(*found);
        if found != FORMAT {
            return Err(OpenError::Format { file: path, found: found.into(), expected: FORMAT.into() });
        }
        let (numbers, entries) = rest.split_at(5 * 8);
        let numbers = numbers.as_chunks().0.try_into().map_err(|_| fault(FileFault::Header))?;
        if stretch(numbers) != manifest.stretch {
            return Err(fault(FileFault::Range));
        }
        let sections: [Section; SECTIONS.len()] = std::array::from_fn(|index| {
            let entry = &entries[index * SECTION_BYTES..(index + 1) * SECTION_BYTES];
            let number = |at: usize| u64::from_le_bytes(std::array::from_fn(|byte| entry[at + byte]));
            Section {
                offset: number(0),
                length: number(8),
                checksum: u32::from_le_bytes(std::array::from_fn(|byte| entry[16 + byte])),
            }
        });
        let ends = sections.map(|section| section.offset.saturating_add(section.length));
        if ends.iter().any(|&end| end > manifest.length) {
            return Err(fault(FileFault::Header));
        }
        Ok(Self { manifest, sections, stored })
    }

    /// Which part of the ledger it holds.
    pub(super) fn stretch(&self) -> &Stretch {
        &self.manifest.stretch
    }

    /// A claim that it holds.
    pub(super) fn claim(&self, position: u64) -> Result<ItemRow, ReadError> {
        let record = self.record(position)?;
        ItemRow::decode(&record).ok_or_else(|| self.damaged_claim(position))
    }

    fn record(&self, position: u64) -> Result<Vec<u8>, ReadError> {
        let index = position - self.stretch().first;
        let places = self.sections[PLACES].offset;
        // The place before says where the record begins; the first begins with the section.
        let mut place = [0; 2 * PLACE_BYTES];
        match index.checked_sub(1) {
            Some(before) => self.read_at(places + before * PLACE_BYTES as u64, &mut place)?,
            None => self.read_at(places, &mut place[PLACE_BYTES..])?,
        }
        let number = |at: usize| u64::from_le_bytes(std::array::from_fn(|byte| place[at + byte]));
        let (begin, end) = (number(0), number(PLACE_BYTES));
        let checksum = u32::from_le_bytes(std::array::from_fn(|byte| place[PLACE_BYTES + 8 + byte]));
        let claims = self.sections[CLAIMS];
        if begin > end || end > claims.length {
            return Err(self.damaged_claim(position));
        }
        let mut record = vec![0; (end - begin) as usize];
        self.read_at(claims.offset + begin, &mut record)?;
        if record::checksum(Table::Items, &item_key(ItemKind::Claim, position), &record) != checksum {
            return Err(self.damaged_claim(position));
        }
        Ok(record)
    }

    fn damaged_claim(&self, position: u64) -> ReadError {
        // The claims of the last commit may go on in the next file, whose first commit it is then.
        let revision = self.commits().map_or(0, |commits| {
            let reached = commits.iter().find(|row| row.ends.of(ItemKind::Claim) > position);
            reached.map_or(self.stretch().end_revision(), |row| row.commit.revision)
        });
        Damage::Claim { file: self.stretch().path(), position, revision }.into()
    }

    /// A commit whose header it holds.
    pub(super) fn commit(&self, revision: u64) -> Result<CommitRow, ReadError> {
        let index = revision - self.stretch().first_revision;
        let mut stored = [0; CommitRow::BYTES];
        self.read_at(self.sections[COMMITS].offset + index * CommitRow::BYTES as u64, &mut stored)?;
        CommitRow::decode(revision, &stored).map_err(|_| self.fault(FileFault::Section(SECTIONS[COMMITS])))
    }

    /// Every commit whose header it holds.
    pub(super) fn commits(&self) -> Result<Vec<CommitRow>, ReadError> {
        let section = self.section(COMMITS)?;
        let damaged = || self.fault(FileFault::Section(SECTIONS[COMMITS]));
        let commits = section
            .chunks(CommitRow::BYTES)
            .zip(self.stretch().first_revision..)
            .map(|(stored, revision)| CommitRow::decode(revision, stored).map_err(|_| damaged()))
            .collect::<Result<Vec<_>, _>>()?;
        if commits.len() as u64 == self.stretch().commits { Ok(commits) } else { Err(damaged()) }
    }

    /// The rows of its claims, one after another.
    pub(super) fn rows(&self) -> Result<Vec<u8>, ReadError> {
        self.section(ROWS)
    }

    fn section(&self, index: usize) -> Result<Vec<u8>, ReadError> {
        let Section { offset, length, checksum } = self.sections[index];
        let mut bytes = vec![0; length as usize];
        self.read_at(offset, &mut bytes)?;
        if crc32fast::hash(&bytes) == checksum {
            Ok(bytes)
        } else {
            Err(self.fault(FileFault::Section(SECTIONS[index])))
        }
    }

    /// Compares every byte with the SHA-256 of when it was sealed, and every part with its own
    /// checksum, so that the damage is found where it is.
    pub(super) fn verify(&self) -> Result<(), ReadError> {
        let mut hash = Sha256::new();
        let mut chunk = vec![0; CHUNK];
        let mut offset = 0;
        while offset < self.manifest.length {
            let length = (self.manifest.length - offset).min(CHUNK as u64) as usize;
            self.read_at(offset, &mut chunk[..length])?;
            hash.update(&chunk[..length]);
            offset += length as u64;
        }
        if <[u8; 32]>::from(hash.finalize()) == self.manifest.sha256 {
            return Ok(());
        }
        self.commits()?;
        for position in self.stretch().first..self.stretch().end() {
            self.claim(position)?;
        }
        for index in 0..SECTIONS.len() {
            self.section(index)?;
        }
        Err(self.fault(FileFault::Sha256))
    }

    /// Fills `out` with the bytes from `offset` on.
    pub(super) fn read_at(&self, offset: u64, out: &mut [u8]) -> Result<(), ReadError> {
        let failed = |source| ReadError::File { file: self.stretch().path(), source };
        self.stored.read_at(offset, out).map_err(failed)
    }

    /// The error of a fault of this file.
    pub(super) fn fault(&self, fault: FileFault) -> ReadError {
        Damage::File { file: self.stretch().path(), fault }.into()
    }
}
