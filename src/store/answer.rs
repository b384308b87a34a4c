//! What a store answers.

use super::commit::{Commit, Digest, ItemKind};
use super::error::ReadError;
use crate::plan::Truth;
use bytes::Bytes;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// One version of a claim, counted from 0 in the order of the ledger; it never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u64);

/// A claim that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Which.
    pub position: Position,
    /// How it matches.
    pub truth: Truth,
}

/// Some of the claims that a selection finds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The claims, in order.
    pub hits: Vec<Hit>,
    /// Whether others come after them.
    pub more: bool,
}

/// How many claims match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Surely.
    pub sure: u64,
    /// Possibly, the sure ones not among them.
    pub possible: u64,
}

/// The claims that share a value of each group key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// A value for each key; `None` where the claims have none.
    pub keys: Vec<Option<Arc<str>>>,
    /// How many claims.
    pub totals: Totals,
}

/// Claims counted by groups: those with the most sure claims first, then the most possible ones,
/// then by their keys, bytewise, missing ones last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// The groups.
    pub groups: Vec<Group>,
}

/// A claim as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its id.
    pub id: Arc<str>,
    /// Its bytes, as they were committed.
    pub bytes: Bytes,
    /// The commit that recorded it.
    pub revision: u64,
    /// When that was, in microseconds since 1970.
    pub recorded: i64,
    /// Its version, counted from 1.
    pub version: u32,
    /// Its retraction, if it is retracted at the revision asked for.
    pub retraction: Option<Retirement>,
}

/// The retraction of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retirement {
    /// The commit that recorded it.
    pub revision: u64,
    /// When that was, in microseconds since 1970.
    pub recorded: i64,
    /// Its bytes, as they were committed.
    pub bytes: Bytes,
}

/// An item as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its id.
    pub id: Arc<str>,
    /// Its version, counted from 1.
    pub version: u32,
    /// The commit that recorded it.
    pub revision: u64,
    /// When that was, in microseconds since 1970.
    pub recorded: i64,
    /// Its bytes, as they were committed.
    pub bytes: Bytes,
}

/// A commit as it was recorded, or as many of its items as fit where they are taken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitPart {
    /// The commit.
    pub commit: Commit,
    /// The digest before it.
    pub previous: Digest,
    /// Its items, as they were committed and in that order.
    pub items: Vec<(ItemKind, Bytes)>,
    /// Whether no other items of it follow.
    pub is_last: bool,
}

/// The latest version of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Located {
    /// Where it stands.
    pub position: Position,
    /// Its version, counted from 1.
    pub version: u32,
    /// Whether it is retracted.
    pub retracted: bool,
}

/// What is to be remembered of a writer's request, so that repeating it changes nothing.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Who asked.
    pub caller: &'a str,
    /// What the caller calls the request.
    pub request_id: &'a str,
    /// Makes the record of it, once its commit is known.
    pub record: &'a dyn Fn(&Commit) -> Bytes,
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({:?}, {:?})", self.caller, self.request_id)
    }
}

/// How long a question may go on. It is looked at once per segment.
#[derive(Clone, Debug, Default)]
pub struct Budget {
    /// When it must have been answered.
    pub deadline: Option<Instant>,
    /// Set when nobody waits for the answer any more.
    pub cancelled: Arc<AtomicBool>,
}

impl Budget {
    /// Fails if the question has gone on for too long.
    pub fn check(&self) -> Result<(), ReadError> {
        if self.cancelled.load(Ordering::Relaxed) {
            return Err(ReadError::Cancelled);
        }
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline => Err(ReadError::DeadlineExceeded),
            _ => Ok(()),
        }
    }
}
