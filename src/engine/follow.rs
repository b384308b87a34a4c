//! Seeing what other servers write to the same ledger.

use super::history::History;
use super::{Engine, OpenError};
use crate::store::{Damage, ReadError, View};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

/// How long until others' commits are looked for again, in milliseconds: between this and twice this, so
/// that servers do not all ask at once.
const PAUSE_MS: u64 = 20;
/// The same while the ledger cannot be read.
const LONG_PAUSE_MS: u64 = 500;

/// Looks for commits of others until the engine is gone.
pub(super) fn follow(engine: &Arc<Engine>) {
    let engine = Arc::downgrade(engine);
    let follower = thread::Builder::new().name("follow".to_owned());
    // Without the thread, others' commits are seen when this server writes.
    if let Err(error) = follower.spawn(move || run(&engine)) {
        tracing::error!(%error, "what other servers write is seen late");
    }
}

fn run(engine: &Weak<Engine>) {
    let chance = RandomState::new();
    let mut failed = false;
    for number in 0_u64.. {
        let pause = if failed { LONG_PAUSE_MS } else { PAUSE_MS };
        thread::sleep(Duration::from_millis(pause + chance.hash_one(number) % pause));
        let Some(engine) = engine.upgrade() else { return };
        let refreshed = engine.refresh();
        if let (Err(error), false) = (&refreshed, failed) {
            tracing::warn!(%error, "what other servers write cannot be seen");
        }
        failed = refreshed.is_err();
    }
}

impl Engine {
    /// Sees what others have committed.
    fn refresh(&self) -> Result<(), ReadError> {
        self.store.refresh(&mut |view| {
            let _changing = self.changing();
            self.learn(view)
        })?;
        self.announce(self.head().revision);
        Ok(())
    }

    /// Nobody else changes the history meanwhile.
    pub(super) fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds to the history what a view has that is not known yet.
    pub(super) fn learn(&self, view: &dyn View) -> Result<(), ReadError> {
        let history = self.history.load();
        if history.known() < view.head().revision {
            self.history.store(Arc::new(History::extended(&history, view).map_err(unreadable)?));
        }
        Ok(())
    }
}

fn unreadable(error: OpenError) -> ReadError {
    match error {
        OpenError::Read(error) => error,
        OpenError::Item { revision, .. } => {
            Damage::Record { what: "item of commit", number: revision }.into()
        }
        OpenError::Store(error) => {
            tracing::error!(%error, "the registry cannot be read");
            ReadError::Broken
        }
    }
}
