//! Where a data directory is made: beside its place, which it takes only when it is whole.
//!
//! `DIR.sayso-unfinished` becomes `DIR`. If there is one already, it is moved to `DIR.sayso-previous`
//! first and removed afterwards, so that at every moment one of the two has it whole; whoever comes
//! next puts back what a crash left there. Its `ledger.redb` is removed first: if that is there, all is.

use super::ledger::{FILE, SEGMENTS};
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A data directory in the making. It is locked: one at a time is made for one place.
#[derive(Debug)]
pub(super) struct Staging {
    /// Its place.
    target: PathBuf,
    /// Where it is made.
    path: PathBuf,
    previous: PathBuf,
    /// Whether a data directory has its place.
    replaces: bool,
    /// Whether what is made here, if it is not made whole, serves the next attempt.
    serves_again: bool,
    _lock: File,
}

/// Why no data directory can be made for a place.
#[derive(Debug, thiserror::Error)]
pub enum StagingError {
    /// Another is being made.
    #[error("a copy is being written to {} already", target.display())]
    InUse {
        /// The place.
        target: PathBuf,
    },
    /// Something else than a data directory is there.
    #[error("{} has `{name}`, which is no part of a ledger: name an empty directory, or one that is not there", target.display())]
    Occupied {
        /// The place.
        target: PathBuf,
        /// What is there.
        name: String,
    },
    /// It is part of a ledger, which may be served.
    #[error("{} is within the ledger of {}: name a directory outside of it", target.display(), ledger.display())]
    Within {
        /// The place.
        target: PathBuf,
        /// The directory of the ledger.
        ledger: PathBuf,
    },
    /// It cannot be moved, as it must be to be replaced.
    #[error("{} is a mount point, which cannot be replaced as a whole: name a directory within it", target.display())]
    MountPoint {
        /// The place.
        target: PathBuf,
    },
    /// The file system failed.
    #[error("cannot write {}: {source}", path.display())]
    Disk {
        /// What could not be written.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Names what could not be written.
pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> StagingError {
    let path = path.to_owned();
    move |source| StagingError::Disk { path, source }
}

impl Staging {
    /// Makes room for a data directory that will take the place of `target`, which is not there, or
    /// empty, or a data directory. What fails `serves_again`, or is removed.
    pub(super) fn begin(target: &Path, serves_again: bool) -> Result<Self, StagingError> {
        let target = match fs::canonicalize(target) {
            Ok(found) => found,
            // Without a separator at its end.
            Err(_) => std::path::absolute(target).map_err(at(target))?.components().collect(),
        };
        if let Some(ledger) = target.ancestors().skip(1).find(|above| above.join(FILE).is_file()) {
            return Err(StagingError::Within { ledger: ledger.to_owned(), target });
        }
        let beside = |suffix: &str| {
            let mut path = OsString::from(&target);
            path.push(suffix);
            PathBuf::from(path)
        };
        let (path, previous) = (beside(".sayso-unfinished"), beside(".sayso-previous"));
        fs::create_dir_all(&path).map_err(at(&path))?;
        let lock = File::open(&path).map_err(at(&path))?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(StagingError::InUse { target }),
            // A file system without locks has to do without.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let mut staging = Self { target, path, previous, replaces: false, serves_again, _lock: lock };
        if let Err(refused) = staging.recover().and_then(|()| staging.look()) {
            staging.abandon();
            return Err(refused);
        }
        fs::create_dir_all(staging.segments()).map_err(at(&staging.path))?;
        Ok(staging)
    }

    /// Puts back what a crash left between two renames, and removes the rest of what one left that
    /// was being removed.
    fn recover(&self) -> Result<(), StagingError> {
        let Self { target, previous, .. } = self;
        if !previous.exists() {
            return Ok(());
        }
        if !has_ledger(previous)? {
            return self.clear();
        }
        // Both are there: who has opened them knows which is the later.
        if target.join(FILE).is_file() {
            return Ok(());
        }
        match fs::remove_dir(target) {
            // It is refused for what it has.
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(target)(error)),
            Ok(()) | Err(_) => fs::rename(previous, target).map_err(at(target)),
        }
    }

    /// The ledger that was moved aside for the one in its place, and not removed yet.
    pub(super) fn moved_aside(&self) -> Option<&Path> {
        self.previous.exists().then_some(&self.previous)
    }

    /// Removes what was moved aside.
    pub(super) fn clear(&self) -> Result<(), StagingError> {
        let file = self.previous.join(FILE);
        remove(&file).map_err(at(&file))?;
        sync(&self.previous)?;
        fs::remove_dir_all(&self.previous).map_err(at(&self.previous))
    }

    /// Looks at what is in the place.
    fn look(&mut self) -> Result<(), StagingError> {
        let Self { target, path, .. } = &*self;
        if !target.exists() {
            return Ok(());
        }
        let device = |path: &Path| fs::metadata(path).map(|found| found.dev()).map_err(at(path));
        if device(target)? != device(path)? {
            return Err(StagingError::MountPoint { target: target.clone() });
        }
        let replaces = has_ledger(target)?;
        let other = if replaces { None } else { names(target)?.into_iter().next() };
        if let Some(name) = other {
            return Err(StagingError::Occupied { target: target.clone(), name });
        }
        self.replaces = replaces;
        Ok(())
    }

    /// The directory in the making.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Its sealed files.
    pub(super) fn segments(&self) -> PathBuf {
        self.path.join(SEGMENTS)
    }

    /// Its place.
    pub(super) fn target(&self) -> &Path {
        &self.target
    }

    /// Whether a data directory has its place.
    pub(super) fn replaces(&self) -> bool {
        self.replaces
    }

    /// Every sealed file that may serve: of the data directory in its place, and what an attempt
    /// that was interrupted left.
    pub(super) fn candidates(&self) -> Result<Vec<PathBuf>, StagingError> {
        let mut found = Vec::new();
        for folder in [self.segments(), self.target.join(SEGMENTS)] {
            let Ok(entries) = fs::read_dir(&folder) else { continue };
            for entry in entries {
                let path = entry.map_err(at(&folder))?.path();
                if path.extension().is_some_and(|extension| extension == "seg") {
                    found.push(path);
                }
            }
        }
        Ok(found)
    }

    /// Makes names durable.
    pub(super) fn sync(&self) -> Result<(), StagingError> {
        [self.segments(), self.path.clone()].iter().try_for_each(|folder| sync(folder))
    }

    /// Takes the place. If it has it, but what was there cannot be removed, says why.
    pub(super) fn place(&self) -> Result<Option<StagingError>, StagingError> {
        let Self { target, path, previous, replaces, .. } = self;
        if *replaces {
            fs::rename(target, previous).map_err(at(previous))?;
        }
        if let Err(error) = fs::rename(path, target) {
            if *replaces {
                fs::rename(previous, target).map_err(at(target))?;
            }
            return Err(at(target)(error));
        }
        if let Some(parent) = target.parent() {
            sync(parent)?;
        }
        Ok(if *replaces { self.clear().err() } else { None })
    }

    /// Gives up: leaves sealed files that serve the next attempt, or nothing.
    pub(super) fn give_up(self) {
        if self.serves_again {
            let _ = remove(&self.path.join(FILE));
            self.abandon();
        } else {
            self.discard();
        }
    }

    /// Leaves what an attempt that was interrupted left, and nothing else.
    pub(super) fn abandon(self) {
        let _ = fs::remove_dir(self.segments());
        let _ = fs::remove_dir(&self.path);
    }

    /// Removes it. What cannot be removed is in the way of nobody.
    pub(super) fn discard(self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Whether a directory has a ledger, and nothing else than what is part of one.
fn has_ledger(directory: &Path) -> Result<bool, StagingError> {
    let names = names(directory)?;
    match names.iter().find(|name| *name != FILE && *name != SEGMENTS) {
        Some(name) => Err(StagingError::Occupied { target: directory.to_owned(), name: name.clone() }),
        None => Ok(directory.join(FILE).is_file()),
    }
}

fn names(directory: &Path) -> Result<Vec<String>, StagingError> {
    let name = |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
    fs::read_dir(directory).and_then(|entries| entries.map(name).collect()).map_err(at(directory))
}

/// Removes a file that may be there.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn sync(folder: &Path) -> Result<(), StagingError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))
}
