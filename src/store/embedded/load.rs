//! The index, read from sealed files and made of what is not sealed.

use super::growth::Shape;
use super::ledger::Ledger;
use super::reading::Reading;
use super::rebuild::{RowOf, read_rows};
use super::retired::Retired;
use super::sealed::{Format, SealedFile};
use super::segment::{Builder, Segment};
use super::upkeep::{Known, State};
use super::view::{Mark, Part, View};
use crate::store::error::{Damage, FileFault, OpenError, ReadError};
use crate::store::{Head, ItemKind, Position};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;

/// The index of a sealed file.
struct Loaded {
    segment: Arc<Segment>,
    /// Where the ids of its claims stand.
    ids: Vec<u64>,
    state: State,
}

/// The view of all that the ledger holds, and what is known of the sealed files.
pub(super) fn load(
    ledger: Arc<Ledger>,
    shape: Shape,
    row_of: RowOf,
) -> Result<(View, Vec<Known>), OpenError> {
    let reading = ledger.read()?;
    let mut view = View::empty(ledger);
    reading.commits(|row| -> Result<(), OpenError> {
        if row.ends.0.iter().zip(&view.ends.0).any(|(end, before)| end < before) {
            return Err(Damage::Record { what: "commit", number: row.commit.revision }.into());
        }
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
    let mut ids = Vec::with_capacity(reading.sealed_end() as usize);
    let mut known = Vec::with_capacity(reading.sealed.len());
    for Loaded { segment, ids: of_file, state } in load_files(&view, &reading.sealed, row_of)? {
        ids.extend(of_file);
        known.push(Known { state, segment: Arc::clone(&segment) });
        push(&mut view, segment);
    }
    load_rows(&mut view, &reading, shape, &mut ids)?;
    view.ids.fill(ids);
    for row in reading.retirements()? {
        if row.position >= view.end() {
            return Err(Damage::Record { what: "the retirement of claim", number: row.position }.into());
        }
        view.retire(Position(row.position), row.how, row.revision);
    }
    Ok((view, known))
}

/// The indexes of sealed files, in their order. Each processor works on one file at a time.
fn load_files(view: &View, files: &[Arc<SealedFile>], row_of: RowOf) -> Result<Vec<Loaded>, ReadError> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let share = files.len().div_ceil(workers).max(1);
    thread::scope(|scope| {
        let load = |files: &[Arc<SealedFile>]| -> Result<Vec<Loaded>, ReadError> {
            files.iter().map(|file| load_file(view, file, row_of)).collect()
        };
        let workers: Vec<_> = files.chunks(share).map(|files| scope.spawn(move || load(files))).collect();
        let mut loaded = Vec::with_capacity(files.len());
        for worker in workers {
            loaded.extend(worker.join().unwrap_or_else(|panic| resume_unwind(panic))?);
        }
        Ok(loaded)
    })
}

fn load_file(view: &View, file: &SealedFile, row_of: RowOf) -> Result<Loaded, ReadError> {
    let end_code = view.dictionary.len();
    let (segment, state) = match file.format {
        Format::Rows => match file.index_of_rows(end_code) {
            Err(ReadError::Damaged(damage @ Damage::File { fault: FileFault::Index(_), .. })) => {
                (made_anew(view, file, row_of, &damage)?, State::Earlier)
            }
            of_rows => (of_rows?, State::Earlier),
        },
        Format::Index => match file.index(end_code)? {
            Ok(segment) => (segment, State::Sound),
            Err(section) => {
                let damage =
                    Damage::File { file: file.stretch().path(), fault: FileFault::Index(section.name()) };
                let segment = made_anew(view, file, row_of, &damage)?;
                if let Some(section) = file.unlike(&segment.freeze()) {
                    return Err(file.fault(FileFault::Unlike(section.name())));
                }
                (segment, State::Damaged)
            }
        },
    };
    let positions = (file.stretch().first..).map(Position);
    let ids = segment.ids().zip(positions).map(|(id, position)| view.ids.entry(id, position)).collect();
    Ok(Loaded { segment: Arc::new(segment), ids, state })
}

/// The index of a file's claims, in the place of a damaged one.
fn made_anew(view: &View, file: &SealedFile, row_of: RowOf, damage: &Damage) -> Result<Segment, ReadError> {
    tracing::warn!("{}: the index is made anew of the claims", damage.found());
    file.index_of_claims(&view.dictionary, row_of, &mut |_| Ok(()))
}

fn load_rows(view: &mut View, reading: &Reading, shape: Shape, ids: &mut Vec<u64>) -> Result<(), OpenError> {
    let mut builder = Builder::new();
    let mut end = view.tail.base;
    let end_code = view.dictionary.len();
    let missing = |number| Damage::Record { what: "the row of claim", number };
    reading.unsealed_rows(end..u64::MAX, |first, rows| -> Result<(), OpenError> {
        if first != end {
            return Err(missing(end).into());
        }
        end = read_rows(rows, first, end_code, |row, position| {
            ids.push(view.ids.entry(row.id, Position(position)));
            builder.add(row);
            if position + 1 == shape.boundary(view.tail.base) {
                push(view, Arc::new(builder.finish()));
            }
        })?;
        Ok(())
    })?;
    if builder.len() > 0 {
        push(view, Arc::new(builder.finish()));
    }
    if end == view.claims() { Ok(()) } else { Err(missing(end).into()) }
}

fn push(view: &mut View, segment: Arc<Segment>) {
    let base = view.tail.base;
    view.tail.base += segment.len() as u64;
    view.parts.push_back(Part { base, segment, retired: Retired::default() });
}
