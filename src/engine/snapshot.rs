//! The ledger as of one revision, for look-ups by id.

use super::Engine;
use super::answer::StoredClaim;
use super::query::{Consistency, QueryError, commit};
use crate::registry::Registry;
use crate::store::{Commit, Position, ReadError, View};
use std::sync::Arc;

/// The ledger as of one revision.
#[derive(Debug)]
pub struct Snapshot {
    view: Arc<dyn View>,
    commit: Commit,
    registry: Arc<Registry>,
}

impl Engine {
    /// The ledger as of the revision that is asked for.
    ///
    /// # Errors
    /// The revision is not here yet, or what is stored cannot be read.
    pub fn snapshot(&self, consistency: Consistency) -> Result<Snapshot, QueryError> {
        let view = self.store.view();
        let revision = consistency.revision(view.head().revision)?;
        let commit = commit(&*view, revision)?;
        Ok(Snapshot { registry: self.registry_at(revision), commit, view })
    }
}

impl Snapshot {
    /// The commit of the revision.
    pub fn commit(&self) -> &Commit {
        &self.commit
    }

    /// The registry of the revision.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The latest version of a claim, retracted or not.
    ///
    /// # Errors
    /// What is stored cannot be read.
    pub fn claim(&self, id: &str) -> Result<Option<StoredClaim>, ReadError> {
        let Some(position) = self.view.latest(id, self.commit.revision)? else { return Ok(None) };
        Ok(self.fetch(&[position])?.pop())
    }

    /// Every version of a claim, the newest first; none if there is no such claim.
    ///
    /// # Errors
    /// What is stored cannot be read.
    pub fn claim_versions(&self, id: &str) -> Result<Vec<StoredClaim>, ReadError> {
        let mut positions = self.view.versions(&[id.into()], self.commit.revision)?.concat();
        positions.reverse();
        self.fetch(&positions)
    }

    fn fetch(&self, positions: &[Position]) -> Result<Vec<StoredClaim>, ReadError> {
        let stored = self.view.fetch(positions, self.commit.revision)?;
        Ok(stored.into_iter().map(StoredClaim::from).collect())
    }
}
