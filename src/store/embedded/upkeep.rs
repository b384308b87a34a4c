//! Sealed files that are written anew: those of an earlier format, and those whose index is damaged.
//!
//! What a file holds decides every byte of it, so that the SHA-256 tells whether a damaged one was
//! made as it was. A file is written beside the one whose place it takes, synced, and read again. Of
//! another format, one transaction changes the manifest then; the manifest decides which of two files
//! is the one, whatever interrupts this. Then it is renamed.

use super::draft::{Draft, Places};
use super::folder::Folder;
use super::ledger::{FORMAT, Ledger, MANIFEST, META, SEGMENTS, UNFINISHED};
use super::manifest::{ManifestRow, REWRITTEN};
use super::sealed::{Format, SealedFile, Section};
use super::segment::Segment;
use crate::store::error::{Damage, FileFault, OpenError, ReadError};
use std::io;
use std::sync::Arc;

/// What opening does about sealed files of an earlier format, about damaged indexes, and about what
/// was interrupted. Indexes are made in memory in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upkeep {
    /// Writes the files anew, and ends what was interrupted.
    Rewrite,
    /// Leaves the folder as it is, so that damage can be looked into.
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
    /// Ends what was interrupted, and writes files anew that are not sound. A disk that is full or
    /// cannot be written to leaves these as they are, until the ledger is opened again.
    pub(super) fn rewrite(&self, known: &[Known]) -> Result<(), OpenError> {
        let Some(folder) = self.folder.as_deref() else { return Ok(()) };
        self.tidy(folder)?;
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
            if file.is_beside() {
                // It would be written over itself.
                continue;
            }
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

    /// Ends what was interrupted: the listed files that stand beside their places take these, and
    /// what else was left is removed.
    fn tidy(&self, folder: &dyn Folder) -> Result<(), OpenError> {
        let failed = |source| OpenError::File { file: SEGMENTS.to_owned(), source };
        let mut sealed = self.sealed.load().to_vec();
        for file in sealed.iter_mut().filter(|file| file.is_beside()) {
            match damage(file)? {
                None | Some(Damage::File { fault: FileFault::Index(_), .. }) => {
                    take_place(folder, &file.manifest).map_err(failed)?;
                    *file = Arc::new(SealedFile::open(folder, file.manifest)?);
                }
                // What is in its place may have what it has not.
                Some(damage) => tracing::error!("{}: it does not get its name", damage.found()),
            }
        }
        let kept = |name: &str| {
            sealed.iter().any(|file| file.is_beside() && file.stretch().rewritten_name() == name)
        };
        for name in folder.names().map_err(failed)? {
            let is_left =
                name == UNFINISHED || self.is_unlisted(&name)? || is_rewritten(&name) && !kept(&name);
            if is_left {
                folder.remove(&name).map_err(failed)?;
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
        // Damage that is there already must not become part of a file that is sound; rows do not.
        match damage(file)? {
            None | Some(Damage::File { fault: FileFault::Index(_), .. }) => {}
            Some(damage) => return Err(OpenError::from(damage).into()),
        }
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

/// Renames a file to the name of the one whose place it takes. Whether what was written to it reached
/// the disk, only who wrote it knows.
fn take_place(folder: &dyn Folder, row: &ManifestRow) -> io::Result<()> {
    folder.sync_file(&row.stretch.rewritten_name())?;
    folder.rename(&row.stretch.rewritten_name(), &row.stretch.name())?;
    folder.sync()
}

/// Opens the file that the manifest lists, by the names that there are. If its writing was interrupted,
/// it is in its place or beside it; the SHA-256 decides. Nothing is changed.
pub(super) fn open_listed(
    folder: &dyn Folder,
    row: ManifestRow,
    names: &[String],
) -> Result<SealedFile, OpenError> {
    let name = row.stretch.rewritten_name();
    let in_place = SealedFile::open(folder, row);
    if !names.contains(&name) {
        return in_place;
    }
    let beside = SealedFile::open_as(&name, folder, row);
    match (in_place, beside) {
        (Err(error @ OpenError::File { .. }), _) | (_, Err(error @ OpenError::File { .. })) => Err(error),
        (Ok(in_place), Ok(beside)) => {
            let is_beside = damage(&in_place)?.is_some()
                && (damage(&beside)?.is_none() || in_place.format != Format::CURRENT);
            Ok(if is_beside { beside } else { in_place })
        }
        (Err(_), Ok(beside)) => Ok(beside),
        (in_place, Err(_)) => in_place,
    }
}

/// What is damaged in a file.
fn damage(file: &SealedFile) -> Result<Option<Damage>, ReadError> {
    match file.verify() {
        Ok(()) => Ok(None),
        Err(ReadError::Damaged(damage)) => Ok(Some(damage)),
        Err(error) => Err(error),
    }
}

/// Whether a name is that of a file that was written to take another's place.
fn is_rewritten(name: &str) -> bool {
    let number = name.strip_suffix(REWRITTEN);
    number.is_some_and(|number| number.len() >= 6 && number.bytes().all(|byte| byte.is_ascii_digit()))
}
