//! Sealed files that are written anew: those of an earlier format, and those whose index is damaged.
//!
//! What a file holds decides every byte of it, so that the SHA-256 tells whether a damaged one was
//! made as it was. A file is written beside the one whose place it takes, synced, and read again. Of
//! another format, one transaction changes the manifest then; the manifest decides which of two files
//! is the one, whatever interrupts this. Then it is renamed.

use super::draft::{Draft, Places};
use super::folder::Folder;
use super::ledger::{FORMAT, Ledger, MANIFEST, META};
use super::manifest::{ManifestRow, REWRITTEN};
use super::sealed::{SealedFile, Section};
use super::segment::Segment;
use crate::store::error::{FileFault, OpenError, ReadError};
use std::io;
use std::sync::Arc;

/// What opening does about sealed files of an earlier format and about damaged indexes. Their
/// indexes are made in memory in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upkeep {
    /// Writes the files anew.
    Rewrite,
    /// Leaves the files as they are, so that damage can be looked into.
    Leave,
}

/// What is to be done about a sealed file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing.
    Sound,
    /// It is of an earlier format.
    Earlier,
    /// Its index is damaged.
    Damaged,
}

/// What opening finds out about a sealed file.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) state: State,
    pub(super) segment: Arc<Segment>,
}

/// Why a file was not written anew.
#[derive(Debug, thiserror::Error)]
enum RewriteError {
    /// The disk failed or is full: the file of before is there.
    #[error(transparent)]
    File(#[from] io::Error),
    /// What the file is to be made of is damaged, or the ledger failed.
    #[error(transparent)]
    Open(#[from] OpenError),
}

impl From<ReadError> for RewriteError {
    fn from(error: ReadError) -> Self {
        Self::Open(error.into())
    }
}

impl Ledger {
    /// Writes files anew that are not sound. A disk that is full or cannot be written to
    /// leaves them as they are, until the ledger is opened again.
    pub(super) fn rewrite(&self, known: &[Known]) -> Result<(), OpenError> {
        let Some(folder) = self.folder.as_deref() else { return Ok(()) };
        if self.format()? < FORMAT {
            // Earlier versions refuse the directory from here on.
            self.change(|transaction| -> Result<(), OpenError> {
                transaction.open_table(META)?.insert("format", FORMAT)?;
                Ok(())
            })?;
        }
        let mut sealed = self.sealed.load().to_vec();
        let of = sealed.len();
        for (file, Known { state, segment }) in sealed.iter_mut().zip(known) {
            let name = file.stretch().path();
            let rewritten = match state {
                State::Sound => continue,
                State::Earlier => self.upgrade(folder, file, segment),
                State::Damaged => mend(folder, file, segment),
            };
            match rewritten {
                Ok(rewritten) => {
                    *file = Arc::new(rewritten);
                    tracing::info!("{name} of {of} sealed files was written anew");
                }
                Err(RewriteError::File(error)) => {
                    tracing::error!("{name} cannot be written anew and stays as it is: {error}");
                    break;
                }
                Err(RewriteError::Open(error)) => return Err(error),
            }
        }
        self.sealed.store(Arc::new(sealed));
        Ok(())
    }

    /// Gives a file of an earlier format the current one.
    fn upgrade(
        &self,
        folder: &dyn Folder,
        file: &SealedFile,
        segment: &Segment,
    ) -> Result<SealedFile, RewriteError> {
        // Damage that is there already must not become part of a file that is sound.
        file.verify()?;
        let row = write(folder, file, segment)?;
        folder.sync()?;
        let rewritten = read_again(folder, row)?;
        self.change(|transaction| -> Result<(), OpenError> {
            transaction.open_table(MANIFEST)?.insert(row.stretch.number, row.encode().as_slice())?;
            Ok(())
        })?;
        if let Err(error) = take_place(folder, &row) {
            tracing::warn!("{} gets its name when the ledger is opened again: {error}", row.stretch.path());
        }
        Ok(rewritten)
    }
}

/// Makes a file anew whose index is damaged.
fn mend(folder: &dyn Folder, file: &SealedFile, segment: &Segment) -> Result<SealedFile, RewriteError> {
    let row = write(folder, file, segment)?;
    if row != file.manifest {
        folder.remove(&row.stretch.rewritten_name())?;
        // What else is damaged has a name, unless the manifest has another file's SHA-256.
        file.verify()?;
        return Err(file.fault(FileFault::Sha256).into());
    }
    let rewritten = read_again(folder, row)?;
    take_place(folder, &row)?;
    Ok(rewritten)
}

/// Writes a file of the current format beside the one whose place it is to take.
fn write(folder: &dyn Folder, file: &SealedFile, segment: &Segment) -> Result<ManifestRow, RewriteError> {
    let draft = Draft {
        stretch: *file.stretch(),
        commits: file.section(Section::Commits)?,
        places: Places::of_file(file.section(Section::Places)?, file.entry(Section::Claims)),
        index: segment.freeze(),
    };
    let mut out = folder.create(&draft.stretch.rewritten_name())?;
    draft.write(&mut *out, |put| file.copy_claims(&mut |bytes| Ok::<_, RewriteError>(put(bytes)?)))
}

/// Opens a file that was written beside another, and compares it with what was written.
fn read_again(folder: &dyn Folder, row: ManifestRow) -> Result<SealedFile, RewriteError> {
    let unlike = |error: OpenError| io::Error::other(format!("it does not read as it was written: {error}"));
    let rewritten = SealedFile::open_as(&row.stretch.rewritten_name(), folder, row).map_err(unlike)?;
    rewritten.verify().map_err(|error| unlike(error.into()))?;
    Ok(rewritten)
}

fn take_place(folder: &dyn Folder, row: &ManifestRow) -> io::Result<()> {
    folder.rename(&row.stretch.rewritten_name(), &row.stretch.name())?;
    folder.sync()
}

/// Ends what was interrupted: of the files that were written beside others, those that the manifest
/// lists take their places, and the rest are removed.
pub(super) fn finish_rewriting(folder: &dyn Folder, manifest: &[ManifestRow]) -> Result<(), OpenError> {
    let names = folder.names().map_err(failed)?;
    for name in names.iter().filter(|name| name.ends_with(REWRITTEN)) {
        let row = manifest.iter().find(|row| row.stretch.rewritten_name() == *name);
        // One that takes the place of its equal does no harm; of a damaged one, it is wanted.
        let is_listed = row.is_some_and(|row| read_again(folder, *row).is_ok());
        match row.filter(|_| is_listed) {
            Some(row) => take_place(folder, row),
            None => folder.remove(name),
        }
        .map_err(failed)?;
    }
    Ok(())
}

fn failed(source: io::Error) -> OpenError {
    OpenError::File { file: super::ledger::SEGMENTS.to_owned(), source }
}
