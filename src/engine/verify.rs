//! Verifying a ledger, and backing it up.

use super::Engine;
use crate::store::{Backup, Budget, FileHash, Progress, ReadError, Verified};
use std::collections::HashSet;

impl Engine {
    /// Compares every byte that is kept with its checksums and digests, and what claims are found by
    /// with what their bytes hold. Blocks meanwhile; writers go on.
    ///
    /// # Errors
    /// The first damage that was found; or the budget is spent, or the ledger cannot be read.
    pub fn verify(&self, budget: &Budget, report: &mut dyn FnMut(Progress)) -> Result<Verified, ReadError> {
        self.store.verify(budget, report)
    }

    /// Begins a backup of the ledger as it is now, but for the bytes of the sealed files in `held`.
    /// Writers go on.
    ///
    /// # Errors
    /// An earlier write failed, or the ledger cannot be read.
    pub fn backup(&self, held: &HashSet<FileHash>) -> Result<Backup, ReadError> {
        self.store.backup(held)
    }
}
