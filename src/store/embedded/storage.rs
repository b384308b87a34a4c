//! What redb keeps its file in: once it failed it is written to no more, and is read all the same.
//!
//! redb gives up a storage at the first error of a write, reads included, and would answer no more
//! of what is durable. So it is not told: what it writes from then on stays in memory, and whoever
//! commits asks whether it has reached the storage.

use redb::{BackendError, StorageBackend};
use std::io::{Error, Result};
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

/// A storage as redb sees it.
#[derive(Debug)]
pub(super) struct Storage<S> {
    backend: S,
    failure: Failure,
}

/// Whether a storage failed.
#[derive(Clone, Debug, Default)]
pub(super) struct Failure(Arc<RwLock<Option<Failed>>>);

/// What redb takes to be in a storage that failed.
#[derive(Debug)]
struct Failed {
    error: Error,
    length: u64,
    /// Where, and what; later ones cover earlier ones.
    writes: Vec<(u64, Vec<u8>)>,
}

impl Failure {
    fn read(&self) -> RwLockReadGuard<'_, Option<Failed>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a write has failed, so that nothing since is durable.
    pub(super) fn is_there(&self) -> bool {
        self.read().is_some()
    }

    /// Refuses what was committed on a storage that failed.
    pub(super) fn check(&self) -> std::result::Result<(), redb::Error> {
        match &*self.read() {
            None => Ok(()),
            Some(Failed { error, .. }) => Err(redb::Error::Io(Error::new(error.kind(), error.to_string()))),
        }
    }
}

impl<S: StorageBackend> Storage<S> {
    pub(super) fn new(backend: S) -> (Self, Failure) {
        let failure = Failure::default();
        (Self { backend, failure: failure.clone() }, failure)
    }

    /// Changes the storage, or what stands for it once it failed. Who reads does not wait.
    fn change(&self, change: impl FnOnce(&S) -> Result<()>, instead: impl FnMut(&mut Failed)) -> Result<()> {
        let outcome = self.failure.read().is_none().then(|| change(&self.backend));
        let error = match outcome {
            Some(Ok(())) => return Ok(()),
            Some(Err(error)) => Some(error),
            None => None,
        };
        let mut failed = self.failure.0.write().unwrap_or_else(PoisonError::into_inner);
        if let (None, Some(error)) = (&*failed, error) {
            *failed = Some(Failed { error, length: self.backend.len()?, writes: Vec::new() });
        }
        failed.as_mut().into_iter().for_each(instead);
        Ok(())
    }
}

impl Failed {
    /// Puts what was written over what the storage has from `offset` on.
    fn cover(&self, offset: u64, out: &mut [u8]) {
        let end = offset + out.len() as u64;
        for (begin, bytes) in &self.writes {
            let (first, last) = (offset.max(*begin), end.min(begin + bytes.len() as u64));
            if first < last {
                let within = |from: u64| (first - from) as usize..(last - from) as usize;
                out[within(offset)].copy_from_slice(&bytes[within(*begin)]);
            }
        }
    }
}

impl<S: StorageBackend> StorageBackend for Storage<S> {
    fn len(&self) -> Result<u64> {
        match &*self.failure.read() {
            Some(failed) => Ok(failed.length),
            None => self.backend.len(),
        }
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        let failed = self.failure.read();
        let Some(failed) = &*failed else { return self.backend.read(offset, out) };
        // What was to be behind the end of the storage is in the writes alone.
        let there = self.backend.len()?.saturating_sub(offset).min(out.len() as u64) as usize;
        let (there, behind) = out.split_at_mut(there);
        if !there.is_empty() {
            self.backend.read(offset, there)?;
        }
        behind.fill(0);
        failed.cover(offset, out);
        Ok(())
    }

    fn set_len(&self, length: u64) -> Result<()> {
        self.change(|backend| backend.set_len(length), |failed| failed.length = length)
    }

    fn sync_data(&self) -> Result<()> {
        self.change(S::sync_data, |_| {})
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<()> {
        let instead = |failed: &mut Failed| failed.writes.push((offset, data.to_vec()));
        self.change(|backend| backend.write(offset, data), instead)
    }

    fn close(&self) -> Result<()> {
        self.backend.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> std::result::Result<bool, BackendError> {
        self.backend.try_lock_range(start, end)
    }

    fn try_lock_shared_range(
        &self,
        start: Bound<u64>,
        end: Bound<u64>,
    ) -> std::result::Result<bool, BackendError> {
        self.backend.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> std::result::Result<(), BackendError> {
        self.backend.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> std::result::Result<(), BackendError> {
        self.backend.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> std::result::Result<(), BackendError> {
        self.backend.unlock_range(start, end)
    }

    fn query_lock_range(
        &self,
        start: Bound<u64>,
        end: Bound<u64>,
    ) -> std::result::Result<bool, BackendError> {
        self.backend.query_lock_range(start, end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::embedded::faults::Disk;

    #[test]
    fn a_storage_that_failed_is_written_to_no_more_and_read_all_the_same() {
        let disk = Disk::default();
        let (storage, failure) = Storage::new(disk.clone());
        let read = |offset, length| {
            let mut out = vec![9; length];
            storage.read(offset, &mut out).unwrap();
            out
        };
        storage.set_len(8).unwrap();
        storage.write(0, &[1; 8]).unwrap();
        failure.check().unwrap();
        disk.state().calls_left = Some(0);
        storage.write(2, &[2; 3]).unwrap();
        assert!(failure.is_there());
        disk.state().calls_left = None;
        storage.set_len(12).unwrap();
        storage.write(4, &[3; 6]).unwrap();
        storage.sync_data().unwrap();
        assert_eq!((storage.len().unwrap(), disk.len().unwrap()), (12, 8));
        assert_eq!(read(0, 12), [1, 1, 2, 2, 3, 3, 3, 3, 3, 3, 0, 0]);
        assert_eq!((read(3, 2), read(9, 2), read(10, 2)), (vec![2, 3], vec![3, 0], vec![0, 0]));
        assert_eq!(failure.check().unwrap_err().to_string(), "I/O error: the disk failed");
        let mut written = [0; 8];
        disk.read(0, &mut written).unwrap();
        assert_eq!(written, [1; 8]);
    }
}
