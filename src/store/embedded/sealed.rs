//! A sealed file: a full segment of the ledger, immutable. `docs/storage.md` has its layout.

use super::folder::{Folder, Stored};
use super::manifest::{ManifestRow, Stretch};
use super::record::{self, CommitRow, ItemRow, Table, item_key};
use super::segment::{Frozen, MAX_ROWS, Segment};
use crate::store::ItemKind;
use crate::store::error::{Damage, FileFault, OpenError, ReadError};
use sha2::{Digest as _, Sha256};
use std::io;

/// What a sealed file begins with.
const MAGIC: &[u8; 8] = b"saysoseg";

/// Bytes of a claim's place: where its record ends within the section, and the record's checksum.
pub(super) const PLACE_BYTES: usize = 8 + 4;
/// How much is read or written at a time.
pub(super) const CHUNK: usize = 1 << 20;

/// How a sealed file is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Format {
    /// With the rows of the claims, of which an index was to be made.
    Rows = 1,
    /// With the index.
    Index = 2,
}

impl Format {
    /// The one that is written.
    pub(super) const CURRENT: Self = Self::Index;

    fn of_number(number: u32) -> Option<Self> {
        [Self::Rows, Self::Index].into_iter().find(|format| *format as u32 == number)
    }

    /// Its sections, in their order.
    pub(super) fn sections(self) -> &'static [Section] {
        use Section::{Claims, Commits, Ids, Intervals, Places, Rows, Terms};
        match self {
            Self::Rows => &[Commits, Places, Rows, Claims],
            Self::Index => &[Commits, Places, Ids, Terms, Intervals, Claims],
        }
    }

    /// Bytes of the header: magic and format, five numbers, the sections, a checksum.
    fn header_bytes(self) -> usize {
        8 + 4 + 5 * 8 + self.sections().len() * Entry::BYTES + 4
    }
}

/// A part of a sealed file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Commits,
    Places,
    Rows,
    Ids,
    Terms,
    Intervals,
    Claims,
}

impl Section {
    const COUNT: usize = Self::Claims as usize + 1;

    /// Whether it can be made anew of the claims.
    fn is_index(self) -> bool {
        match self {
            Self::Rows | Self::Ids | Self::Terms | Self::Intervals => true,
            Self::Commits | Self::Places | Self::Claims => false,
        }
    }

    /// What it is called.
    pub(super) fn name(self) -> &'static str {
        ["commits", "places", "rows", "ids", "terms", "intervals", "claims"][self as usize]
    }
}

/// Where a section is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Entry {
    offset: u64,
    pub(super) length: u64,
    pub(super) checksum: u32,
}

impl Entry {
    /// Bytes of an entry in the header: offset, length, checksum.
    const BYTES: usize = 8 + 8 + 4;
}

/// The header of a file of the current format, whose sections have these lengths and checksums.
pub(super) fn header(stretch: &Stretch, sections: impl Iterator<Item = (u64, u32)>) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    out.extend_from_slice(&(Format::CURRENT as u32).to_le_bytes());
    stretch.numbers().iter().for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
    let mut offset = Format::CURRENT.header_bytes() as u64;
    for (length, checksum) in sections {
        out.extend_from_slice(&offset.to_le_bytes());
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&checksum.to_le_bytes());
        offset += length;
    }
    let checksum = crc32fast::hash(&out);
    out.extend_from_slice(&checksum.to_le_bytes());
    out
}

/// A sealed file that is open.
#[derive(Debug)]
pub(super) struct SealedFile {
    pub(super) manifest: ManifestRow,
    pub(super) format: Format,
    /// By section; those that the format does not have are empty.
    entries: [Entry; Section::COUNT],
    /// What it was called when it was opened.
    name: String,
    stored: Box<dyn Stored>,
}

impl SealedFile {
    /// Opens the file that the manifest describes. Its length and its header are looked at.
    pub(super) fn open(folder: &dyn Folder, manifest: ManifestRow) -> Result<Self, OpenError> {
        Self::open_as(&manifest.stretch.name(), folder, manifest)
    }

    /// As [`Self::open`], under another name.
    pub(super) fn open_as(name: &str, folder: &dyn Folder, manifest: ManifestRow) -> Result<Self, OpenError> {
        let path = manifest.stretch.path();
        let fault = |fault| OpenError::Damaged(Damage::File { file: path.clone(), fault });
        let failed = |source| OpenError::File { file: path.clone(), source };
        let stored = match folder.open(name) {
            Ok(stored) => stored,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(fault(FileFault::Missing)),
            Err(error) => return Err(failed(error)),
        };
        let found = stored.len().map_err(failed)?;
        if found != manifest.length {
            return Err(fault(FileFault::Length { found, expected: manifest.length }));
        }
        let mut header = vec![0; found.min(Format::CURRENT.header_bytes() as u64) as usize];
        stored.read_at(0, &mut header).map_err(failed)?;
        let (format, stretch, entries) = parse_header(&header).ok_or_else(|| fault(FileFault::Header))?;
        if stretch != manifest.stretch || stretch.claims > MAX_ROWS as u64 {
            return Err(fault(FileFault::Range));
        }
        let ends = entries.map(|entry| entry.offset.saturating_add(entry.length));
        if ends.iter().any(|&end| end > manifest.length) {
            return Err(fault(FileFault::Header));
        }
        Ok(Self { manifest, format, entries, name: name.to_owned(), stored })
    }

    /// Whether it stood beside its place when it was opened.
    pub(super) fn is_beside(&self) -> bool {
        self.name != self.stretch().name()
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
        let places = self.entry(Section::Places).offset;
        // The place before says where the record begins; the first begins with the section.
        let mut place = [0; 2 * PLACE_BYTES];
        match index.checked_sub(1) {
            Some(before) => self.read_at(places + before * PLACE_BYTES as u64, &mut place)?,
            None => self.read_at(places, &mut place[PLACE_BYTES..])?,
        }
        let number = |at: usize| u64::from_le_bytes(std::array::from_fn(|byte| place[at + byte]));
        let (begin, end) = (number(0), number(PLACE_BYTES));
        let checksum = u32::from_le_bytes(std::array::from_fn(|byte| place[PLACE_BYTES + 8 + byte]));
        let claims = self.entry(Section::Claims);
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
        self.read_at(self.entry(Section::Commits).offset + index * CommitRow::BYTES as u64, &mut stored)?;
        CommitRow::decode(revision, &stored)
            .map_err(|_| self.fault(FileFault::Section(Section::Commits.name())))
    }

    /// Every commit whose header it holds.
    pub(super) fn commits(&self) -> Result<Vec<CommitRow>, ReadError> {
        let section = self.section(Section::Commits)?;
        let damaged = || self.fault(FileFault::Section(Section::Commits.name()));
        let commits = section
            .chunks(CommitRow::BYTES)
            .zip(self.stretch().first_revision..)
            .map(|(stored, revision)| CommitRow::decode(revision, stored).map_err(|_| damaged()))
            .collect::<Result<Vec<_>, _>>()?;
        if commits.len() as u64 == self.stretch().commits { Ok(commits) } else { Err(damaged()) }
    }

    /// The index of its claims, whose codes are less than `end`.
    ///
    /// # Errors
    /// The file cannot be read; or within, the first section that is damaged.
    pub(super) fn index(&self, end: u32) -> Result<Result<Segment, Section>, ReadError> {
        let mut frozen = Frozen::default();
        for (section, bytes) in frozen.sections_mut() {
            match self.sound(section)? {
                Some(sound) => *bytes = sound,
                None => return Ok(Err(section)),
            }
        }
        Ok(Segment::thaw(&frozen, self.stretch().claims as usize, end))
    }

    /// Which section these, made of its claims, differ from.
    pub(super) fn unlike(&self, frozen: &Frozen) -> Option<Section> {
        let is_unlike = |(section, bytes): &(Section, &Vec<u8>)| {
            let Entry { length, checksum, .. } = *self.entry(*section);
            (bytes.len() as u64, crc32fast::hash(bytes)) != (length, checksum)
        };
        frozen.sections().into_iter().find(is_unlike).map(|(section, _)| section)
    }

    /// Where a section is.
    pub(super) fn entry(&self, section: Section) -> &Entry {
        &self.entries[section as usize]
    }

    /// The bytes of a section.
    pub(super) fn section(&self, section: Section) -> Result<Vec<u8>, ReadError> {
        let fault = if section.is_index() { FileFault::Index } else { FileFault::Section };
        self.sound(section)?.ok_or_else(|| self.fault(fault(section.name())))
    }

    /// The bytes of a section, if they are as they were.
    fn sound(&self, section: Section) -> Result<Option<Vec<u8>>, ReadError> {
        let Entry { offset, length, checksum } = *self.entry(section);
        let mut bytes = vec![0; length as usize];
        self.read_at(offset, &mut bytes)?;
        Ok((crc32fast::hash(&bytes) == checksum).then_some(bytes))
    }

    /// Calls `put` with the bytes of the claims, in pieces.
    pub(super) fn copy_claims<E: From<ReadError>>(
        &self,
        put: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let Entry { offset, length, .. } = *self.entry(Section::Claims);
        self.chunks(offset, offset + length, put)
    }

    /// Calls `visit` with the bytes from `offset` to `end`, in pieces.
    fn chunks<E: From<ReadError>>(
        &self,
        mut offset: u64,
        end: u64,
        visit: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut chunk = vec![0; CHUNK];
        while offset < end {
            let length = (end - offset).min(CHUNK as u64) as usize;
            self.read_at(offset, &mut chunk[..length])?;
            visit(&chunk[..length])?;
            offset += length as u64;
        }
        Ok(())
    }

    /// Compares every byte with the SHA-256 of when it was sealed, and every part with its own
    /// checksum, so that the damage is found where it is. Where the index is what is damaged, all else
    /// is sound.
    pub(super) fn verify(&self) -> Result<(), ReadError> {
        let mut hash = Sha256::new();
        self.chunks(0, self.manifest.length, &mut |chunk| -> Result<(), ReadError> {
            hash.update(chunk);
            Ok(())
        })?;
        if <[u8; 32]>::from(hash.finalize()) == self.manifest.sha256 {
            return Ok(());
        }
        self.commits()?;
        for position in self.stretch().first..self.stretch().end() {
            self.claim(position)?;
        }
        let (index, kept): (Vec<Section>, _) =
            self.format.sections().iter().partition(|section| section.is_index());
        for section in kept.into_iter().chain(index) {
            self.section(section)?;
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

/// The format, the part of the ledger and the sections that a header says, if it is sound.
fn parse_header(bytes: &[u8]) -> Option<(Format, Stretch, [Entry; Section::COUNT])> {
    let (format, _) = bytes.strip_prefix(MAGIC)?.split_first_chunk()?;
    let format = Format::of_number(u32::from_le_bytes(*format))?;
    let (header, checksum) = bytes.get(..format.header_bytes())?.split_last_chunk()?;
    if crc32fast::hash(header) != u32::from_le_bytes(*checksum) {
        return None;
    }
    let (numbers, sections) = header[MAGIC.len() + 4..].split_at_checked(5 * 8)?;
    let stretch = Stretch::of_numbers(numbers.as_chunks().0.try_into().ok()?);
    let mut entries = [Entry::default(); Section::COUNT];
    let (sections, _) = sections.as_chunks::<{ Entry::BYTES }>();
    for (section, entry) in format.sections().iter().zip(sections) {
        let number = |at: usize| u64::from_le_bytes(std::array::from_fn(|byte| entry[at + byte]));
        let checksum = u32::from_le_bytes(std::array::from_fn(|byte| entry[16 + byte]));
        entries[*section as usize] = Entry { offset: number(0), length: number(8), checksum };
    }
    Some((format, stretch, entries))
}
