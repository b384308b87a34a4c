//! Which sealed files there are, and which part of the ledger each holds.

use super::record::{self, Table};
use crate::store::error::Damage;

/// What the names of files end with that are to take the place of others.
pub(super) const REWRITTEN: &str = ".new";

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
        sealed_name(self.number)
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

    /// What the file is called that is to take its place.
    pub(super) fn rewritten_name(&self) -> String {
        format!("{:06}{REWRITTEN}", self.number)
    }

    /// The part that the numbers of a header say.
    pub(super) fn of_numbers(numbers: &[[u8; 8]; 5]) -> Self {
        let [number, first, claims, first_revision, commits] = numbers.map(u64::from_le_bytes);
        Self { number, first, claims, first_revision, commits }
    }

    /// What a header says of it.
    pub(super) fn numbers(&self) -> [u64; 5] {
        let Self { number, first, claims, first_revision, commits } = *self;
        [number, first, claims, first_revision, commits]
    }
}

/// The name of the sealed file of a number, within the folder of sealed files.
pub(super) fn sealed_name(number: u64) -> String {
    format!("{number:06}.seg")
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
            let stretch = Stretch::of_numbers(numbers.try_into().ok()?);
            let length = u64::from_le_bytes(*length);
            (stretch.number == number).then_some(Self { stretch, length, sha256: *sha256 })
        };
        decode().ok_or(Damage::Record { what: "the manifest of sealed file", number })
    }
}
