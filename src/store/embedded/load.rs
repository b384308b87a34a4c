//! The index, rebuilt from the ledger.

use super::coding::{CodedRow, Reader};
use super::growth::Shape;
use super::ledger::Ledger;
use super::reading::Reading;
use super::retired::Retired;
use super::segment::Builder;
use super::view::{Mark, Part, View};
use crate::store::error::{Damage, OpenError};
use crate::store::{Head, ItemKind, Position};
use std::sync::Arc;

/// The view of all that the ledger holds.
pub(super) fn load(ledger: Arc<Ledger>, shape: Shape) -> Result<View, OpenError> {
    let reading = ledger.read()?;
    let mut view = View::empty(ledger);
    reading.commits(|row| -> Result<(), OpenError> {
        let claims = row.ends.of(ItemKind::Claim);
        view.marks.push_back(Mark { recorded: row.commit.recorded, claims });
        let (revision, digest, recorded) = (row.commit.revision, row.commit.digest, row.commit.recorded);
        view.head = Head { revision, digest, recorded, counts: row.counts };
        view.ends = row.ends;
        Ok(())
    })?;
    for term in reading.terms()? {
        view.dictionary.intern(&term);
    }
    load_rows(&mut view, &reading, shape)?;
    for row in reading.retirements()? {
        if row.position >= view.end() {
            return Err(Damage::Record { what: "the retirement of claim", number: row.position }.into());
        }
        view.retire(Position(row.position), row.how, row.revision);
    }
    Ok(view)
}

fn load_rows(view: &mut View, reading: &Reading, shape: Shape) -> Result<(), OpenError> {
    let mut builder = Builder::new();
    let mut end = 0;
    let codes = view.dictionary.len();
    let mut entries = Vec::new();
    reading.rows(|first, rows| -> Result<(), OpenError> {
        if first != end {
            return Err(Damage::Record { what: "the row of claim", number: end }.into());
        }
        let mut rows = Reader::new(rows);
        let mut row = CodedRow::default();
        while !rows.is_empty() {
            rows.row(&mut row, end)?;
            if row.codes.iter().any(|&code| code >= codes) {
                return Err(Damage::Record { what: "the row of claim", number: end }.into());
            }
            entries.push(view.ids.entry(row.id, Position(end)));
            builder.add(&row);
            end += 1;
            if builder.len() == shape.full {
                finish(view, &mut builder);
            }
        }
        Ok(())
    })?;
    if builder.len() > 0 {
        finish(view, &mut builder);
    }
    view.ids.fill(entries);
    if end == view.claims() {
        Ok(())
    } else {
        Err(Damage::Record { what: "the row of claim", number: end }.into())
    }
}

fn finish(view: &mut View, builder: &mut Builder) {
    let segment = Arc::new(builder.finish());
    let base = view.tail.base;
    view.tail.base += segment.len() as u64;
    view.parts.push_back(Part { base, segment, retired: Retired::default() });
}
