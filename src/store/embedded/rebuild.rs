//! Indexes of sealed files, made of what they are made of.

use super::coding::{self, CodedRow, Reader};
use super::dictionary::Dictionary;
use super::record::ItemRow;
use super::sealed::{SealedFile, Section};
use super::segment::{Builder, Segment};
use crate::plan::Row;
use crate::store::ItemKind;
use crate::store::error::{Damage, ItemFault, ReadError};

/// Makes a claim's row of its bytes; nothing if they hold no claim. Equal bytes make equal rows.
pub type RowOf = fn(&[u8]) -> Option<Row>;

/// Calls `visit` with each of these rows, whose codes are less than `end_code`, and its position; says
/// which position comes after.
pub(super) fn read_rows<'a>(
    rows: &'a [u8],
    first: u64,
    end_code: u32,
    mut visit: impl FnMut(&CodedRow<'a>, u64),
) -> Result<u64, Damage> {
    let mut position = first;
    let mut reader = Reader::new(rows);
    let mut row = CodedRow::default();
    while !reader.is_empty() {
        reader.row(&mut row, position)?;
        if row.codes.iter().any(|&code| code >= end_code) {
            return Err(Damage::Record { what: "the row of claim", number: position });
        }
        visit(&row, position);
        position += 1;
    }
    Ok(position)
}

impl SealedFile {
    /// The index of the rows that a file of the first format has.
    pub(super) fn index_of_rows(&self, end_code: u32) -> Result<Segment, ReadError> {
        let rows = self.section(Section::Rows)?;
        let mut builder = Builder::new();
        let (first, end) = (self.stretch().first, self.stretch().end());
        let read = read_rows(&rows, first, end_code, |row, position| {
            if position < end {
                builder.add(row);
            }
        })?;
        if read == end {
            Ok(builder.finish())
        } else {
            Err(Damage::Record { what: "the row of claim", number: read.min(end) }.into())
        }
    }

    /// The index of what the claims hold; `visit` is called before each, with its position.
    ///
    /// # Errors
    /// A claim is damaged, or has terms that the dictionary does not have.
    pub(super) fn index_of_claims(
        &self,
        dictionary: &Dictionary,
        row_of: RowOf,
        visit: &mut dyn FnMut(u64) -> Result<(), ReadError>,
    ) -> Result<Segment, ReadError> {
        let mut dictionary = dictionary.clone();
        let known = dictionary.len();
        let mut builder = Builder::new();
        let mut encoded = Vec::new();
        for position in self.stretch().first..self.stretch().end() {
            visit(position)?;
            let ItemRow { id, version, revision, bytes } = self.claim(position)?;
            let unlike = || Damage::Item {
                file: self.stretch().path(),
                kind: ItemKind::Claim,
                id: id.to_string(),
                revision,
                fault: ItemFault::Row,
            };
            // When it was recorded, the commit knows.
            let row = row_of(&bytes).ok_or_else(unlike)?.committed(0, revision, version);
            encoded.clear();
            coding::encode(&row, &mut dictionary, &mut encoded);
            if dictionary.len() != known {
                return Err(unlike().into());
            }
            read_rows(&encoded, position, known, |row, _| builder.add(row))?;
        }
        Ok(builder.finish())
    }
}
