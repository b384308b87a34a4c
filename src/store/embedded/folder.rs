//! Where sealed files are: a directory, or in tests a disk that fails.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Files by their names, which become durable by being synced, file and folder apart.
pub(super) trait Folder: fmt::Debug + Send + Sync {
    /// The names of all files.
    fn names(&self) -> io::Result<Vec<String>>;
    /// A file, to read it.
    fn open(&self, name: &str) -> io::Result<Box<dyn Stored>>;
    /// A new file, in the place of one that may have the name.
    fn create(&self, name: &str) -> io::Result<Box<dyn Growing>>;
    /// Gives a file another name, and puts it in the place of one that may have it.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Makes durable what was written to a file, whoever wrote it.
    fn sync_file(&self, name: &str) -> io::Result<()>;
    /// Makes names durable.
    fn sync(&self) -> io::Result<()>;
}

/// A file that is written.
pub(super) trait Growing: Write {
    /// Makes durable what was written.
    fn sync(&mut self) -> io::Result<()>;
}

/// A file that is read.
pub(super) trait Stored: fmt::Debug + Send + Sync {
    /// How many bytes it has.
    fn len(&self) -> io::Result<u64>;
    /// Fills `out` with the bytes from `offset` on, or fails.
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()>;
}

/// A directory of the file system.
#[derive(Debug)]
pub(super) struct Directory(PathBuf);

impl Directory {
    /// The directory of this name within `parent`, made if it is not there.
    pub(super) fn within(parent: &Path, name: &str) -> io::Result<Self> {
        let path = parent.join(name);
        make(&path)?;
        Ok(Self(path))
    }
}

/// Makes a directory that is not there, and what it is within. Their names become durable, also if
/// they were made before a crash.
pub(super) fn make(directory: &Path) -> io::Result<()> {
    let directory = std::path::absolute(directory)?;
    let missing = directory.ancestors().take_while(|path| !path.exists()).count();
    fs::create_dir_all(&directory)?;
    for parent in directory.ancestors().skip(1).take(missing.max(1)) {
        match File::open(parent) {
            Ok(parent) => parent.sync_all()?,
            // Who may not read it has not made anything in it now.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

impl Folder for Directory {
    fn names(&self) -> io::Result<Vec<String>> {
        fs::read_dir(&self.0)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn Stored>> {
        Ok(Box::new(File::open(self.0.join(name))?))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn Growing>> {
        Ok(Box::new(File::create(self.0.join(name))?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.0.join(from), self.0.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }

    fn sync_file(&self, name: &str) -> io::Result<()> {
        File::open(self.0.join(name))?.sync_all()
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.0)?.sync_all()
    }
}

impl Growing for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

impl Stored for File {
    fn len(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.read_exact_at(out, offset)
    }
}
