//! A sealed file that is made.

use super::folder::Growing;
use super::manifest::{ManifestRow, Stretch};
use super::record::{self, Table, item_key};
use super::sealed::{CHUNK, Entry, Format, PLACE_BYTES, Section, header};
use super::segment::Frozen;
use crate::store::ItemKind;
use sha2::{Digest as _, Sha256};
use std::io;

/// A file to be made, but for the bytes of its claims. What it will hold is all that its bytes
/// depend on.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) stretch: Stretch,
    /// The records of the commits, one after another.
    pub(super) commits: Vec<u8>,
    /// Where the claims will be.
    pub(super) places: Places,
    /// What the claims are found by.
    pub(super) index: Frozen,
}

/// Where records stand in the section of claims.
#[derive(Debug)]
pub(super) struct Places {
    /// The section of places.
    section: Vec<u8>,
    /// How long the section of claims is, and its checksum.
    length: u64,
    checksum: crc32fast::Hasher,
}

impl Places {
    /// Those of no claims, with room for so many.
    pub(super) fn with_capacity(claims: u64) -> Self {
        let section = Vec::with_capacity(claims as usize * PLACE_BYTES);
        Self { section, length: 0, checksum: crc32fast::Hasher::new() }
    }

    /// Those of a file that is there.
    pub(super) fn of_file(section: Vec<u8>, claims: &Entry) -> Self {
        let checksum = crc32fast::Hasher::new_with_initial_len(claims.checksum, claims.length);
        Self { section, length: claims.length, checksum }
    }

    /// Makes room for the record of a claim at this position, which is the next.
    pub(super) fn add(&mut self, position: u64, record: &[u8]) {
        let checksum = record::checksum(Table::Items, &item_key(ItemKind::Claim, position), record);
        self.length += record.len() as u64;
        self.section.extend_from_slice(&self.length.to_le_bytes());
        self.section.extend_from_slice(&checksum.to_le_bytes());
        self.checksum.update(record);
    }
}

impl Draft {
    /// Writes the file to `out`. `claims` calls back with the bytes of the section of claims, in
    /// pieces of any size.
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
        let sections = |section: Section| match section {
            Section::Commits => Some(&self.commits),
            Section::Places => Some(&self.places.section),
            Section::Ids => Some(&self.index.ids),
            Section::Terms => Some(&self.index.terms),
            Section::Intervals => Some(&self.index.intervals),
            Section::Rows | Section::Claims => None,
        };
        let entries = Format::CURRENT.sections().iter().map(|&section| match sections(section) {
            Some(bytes) => (bytes.len() as u64, crc32fast::hash(bytes)),
            None => (self.places.length, self.places.checksum.clone().finalize()),
        });
        put(&header(&self.stretch, entries))?;
        for bytes in Format::CURRENT.sections().iter().filter_map(|&section| sections(section)) {
            put(bytes)?;
        }
        let mut chunk = Vec::with_capacity(CHUNK);
        claims(&mut |bytes| {
            chunk.extend_from_slice(bytes);
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
