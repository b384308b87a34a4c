//! What a query is answered with.

use crate::model::Timestamp;
use crate::store::{Retirement, Stored};
use bytes::Bytes;
use std::sync::Arc;

/// A claim as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredClaim {
    /// Its id.
    pub id: Arc<str>,
    /// Its bytes: an encoded `sayso.v1.Claim` without what only the ledger knows.
    pub bytes: Bytes,
    /// The commit that recorded it.
    pub revision: u64,
    /// When that was.
    pub recorded: Timestamp,
    /// Its version, counted from 1.
    pub version: u32,
    /// Its retraction, if it is retracted.
    pub retraction: Option<Retirement>,
}

impl From<Stored> for StoredClaim {
    fn from(stored: Stored) -> Self {
        let Stored { id, bytes, revision, recorded, version, retraction } = stored;
        Self { id, bytes, revision, recorded: Timestamp(recorded), version, retraction }
    }
}
