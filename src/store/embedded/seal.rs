//! Sealing: a full segment of the ledger leaves the redb file for a file of its own.
//!
//! The file is written, synced, renamed and read again before one transaction lists it in the
//! manifest and drops what it holds from the redb file. Until then the redb file has all of it, so
//! that a sealing that was interrupted is begun anew. Writers wait for that transaction alone.

use super::draft::{Draft, Places};
use super::folder::Folder;
use super::ledger::{COMMITS, ITEMS, Ledger, MANIFEST, ROWS, UNFINISHED};
use super::manifest::{ManifestRow, Stretch};
use super::reading::Reading;
use super::rebuild::read_rows;
use super::sealed::SealedFile;
use super::segment::Builder;
use crate::store::ItemKind;
use crate::store::error::{Damage, OpenError, ReadError};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, PoisonError};
use std::thread::{self, JoinHandle};

/// Why a segment was not sealed. The ledger is as it was before, but for [`Self::Unknown`].
#[derive(Debug, thiserror::Error)]
pub(crate) enum SealError {
    /// The file could not be written.
    #[error("a sealed file cannot be written: {0}")]
    File(#[from] io::Error),
    /// The file that was written does not read as what was written.
    #[error("a sealed file does not read as it was written: {0}")]
    Unlike(OpenError),
    /// What is to be sealed could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The store is being closed.
    #[error("the store is being closed")]
    Closing,
    /// Whether the file is listed is unknown until the store was opened again.
    #[error("the ledger could not be written: {0}")]
    Unknown(redb::Error),
    /// An earlier sealing ended so.
    #[error("an earlier sealing failed; nothing is sealed until the store has been opened again")]
    Broken,
}

impl Ledger {
    /// Seals the next segment of so many claims, if it is full; says whether it was.
    pub(super) fn seal_next(&self, full: u64, closing: &AtomicBool) -> Result<bool, SealError> {
        let Some(folder) = self.folder.as_deref() else { return Ok(false) };
        // Whoever panicked left the mark of a failure behind, if it was at that point.
        let mut is_broken = self.sealing.lock().unwrap_or_else(PoisonError::into_inner);
        if *is_broken {
            return Err(SealError::Broken);
        }
        let reading = self.read()?;
        let Some(draft) = draft(&reading, full)? else { return Ok(false) };
        let row = write(folder, &draft, &reading, closing)?;
        let file = SealedFile::open(folder, row).map_err(SealError::Unlike)?;
        file.verify().map_err(|error| SealError::Unlike(error.into()))?;
        drop(reading);
        // Readers turn to the file before the redb file loses what it holds.
        let mut sealed = self.sealed.load().to_vec();
        sealed.push(Arc::new(file));
        self.sealed.store(Arc::new(sealed));
        *is_broken = true;
        self.list(&row).map_err(SealError::Unknown)?;
        *is_broken = false;
        Ok(true)
    }

    /// Lists a file in the manifest, and drops what it holds from the redb file.
    fn list(&self, row: &ManifestRow) -> Result<(), redb::Error> {
        let Stretch { number, first, first_revision, .. } = row.stretch;
        let (end, end_revision) = (row.stretch.end(), row.stretch.end_revision());
        let claim = ItemKind::Claim.code();
        self.change(|transaction| {
            transaction.open_table(MANIFEST)?.insert(number, row.encode().as_slice())?;
            transaction.open_table(ITEMS)?.retain_in((claim, first)..(claim, end), |_, _| false)?;
            transaction.open_table(ROWS)?.retain_in(first..end, |_, _| false)?;
            transaction.open_table(COMMITS)?.retain_in(first_revision..end_revision, |_, _| false)?;
            Ok(())
        })
    }
}

/// The next file to be made, but for the bytes of its claims; nothing if the segment is not full.
fn draft(reading: &Reading, full: u64) -> Result<Option<Draft>, ReadError> {
    let (first, first_revision) = (reading.sealed_end(), reading.sealed_end_revision());
    let end = first + full;
    if !reading.has_claim(end - 1)? {
        return Ok(None);
    }
    let mut commits = Vec::new();
    for row in reading.unsealed_commits()? {
        let row = row?;
        let claims = row.ends.of(ItemKind::Claim);
        if claims <= end {
            commits.push(row.encode());
        }
        if claims >= end {
            break;
        }
    }
    let number = reading.sealed.len() as u64;
    let stretch = Stretch { number, first, claims: full, first_revision, commits: commits.len() as u64 };
    let mut places = Places::with_capacity(full);
    let mut record = Vec::new();
    for (item, position) in reading.items()?.unsealed(ItemKind::Claim, first)?.zip(first..end) {
        record.clear();
        item?.encode(&mut record);
        places.add(position, &record);
    }
    let mut builder = Builder::new();
    let mut reached = first;
    reading.unsealed_rows(first..end, |begin, rows| -> Result<(), ReadError> {
        if begin == reached {
            reached = read_rows(rows, begin, u32::MAX, |row, _| builder.add(row))?;
        }
        Ok(())
    })?;
    // Rows beyond the end would be dropped with the others, and be nowhere.
    if reached != end {
        return Err(Damage::Record { what: "the row of claim", number: reached.min(end) }.into());
    }
    let index = builder.finish().freeze();
    let draft = Draft { stretch, commits: commits.concat(), places, index };
    Ok(Some(draft))
}

/// Writes a file and gives it its name.
fn write(
    folder: &dyn Folder,
    draft: &Draft,
    reading: &Reading,
    closing: &AtomicBool,
) -> Result<ManifestRow, SealError> {
    let Stretch { first, claims, .. } = draft.stretch;
    let mut out = folder.create(UNFINISHED)?;
    let row = draft.write(&mut *out, |put| -> Result<(), SealError> {
        let mut record = Vec::new();
        for item in reading.items()?.unsealed(ItemKind::Claim, first)?.take(claims as usize) {
            if closing.load(Ordering::Relaxed) {
                return Err(SealError::Closing);
            }
            record.clear();
            item?.encode(&mut record);
            put(&record)?;
        }
        Ok(())
    })?;
    drop(out);
    folder.rename(UNFINISHED, &draft.stretch.name())?;
    folder.sync()?;
    Ok(row)
}

/// Seals full segments in a thread of its own, for as long as it is there.
#[derive(Debug)]
pub(super) struct Sealer {
    /// Taken when the thread is to end.
    wake: Option<SyncSender<()>>,
    closing: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Sealer {
    /// Begins to seal segments of so many claims.
    pub(super) fn start(ledger: Arc<Ledger>, full: usize) -> Self {
        let (wake, woken) = sync_channel(1);
        let closing = Arc::new(AtomicBool::new(false));
        let is_closing = Arc::clone(&closing);
        let thread = thread::spawn(move || {
            while woken.recv().is_ok() {
                loop {
                    match ledger.seal_next(full as u64, &is_closing) {
                        Ok(true) => {}
                        Ok(false) | Err(SealError::Closing | SealError::Broken) => break,
                        Err(error) => {
                            tracing::error!("{error}; the claims stay where they are");
                            break;
                        }
                    }
                }
            }
        });
        Self { wake: Some(wake), closing, thread: Some(thread) }
    }

    /// Has it look whether there is something to seal.
    pub(super) fn wake(&self) {
        if let Some(wake) = &self.wake {
            // If it was told already, it will look.
            let _ = wake.try_send(());
        }
    }
}

impl Drop for Sealer {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::Relaxed);
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has sealed nothing that must be waited for.
            let _ = thread.join();
        }
    }
}
