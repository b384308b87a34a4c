//! Ties registry, language and store: answers queries over one immutable snapshot, and validates
//! and commits what is recorded.

mod answer;
mod closure;
mod complete;
mod dependents;
mod explain;
mod export;
mod follow;
mod gather;
mod history;
mod import;
mod pool;
mod prepare;
mod query;
mod record;
mod restore;
mod snapshot;
mod token;
mod verify;
mod views;
mod watch;

pub use answer::{Answer, Matched, Remark, Results, StoredClaim, Table, TableColumn};
pub use complete::Completed;
pub use explain::{Explanation, PredicateCounts, Spent, TermCounts};
pub use export::{Chunk, EXPORT_CHUNK_BYTES, Export, ExportError, ExportRequest, Exported};
pub use gather::MAX_VIEW_CLAIMS;
pub use import::{
    Arrival, IMPORT_BATCH_ITEMS, Import, ImportCounts, ImportError, ImportItem, ImportSettings, Imported,
    Refusal,
};
pub use query::{Consistency, DEFAULT_PAGE_SIZE, MAX_GROUPS, MAX_PAGE_SIZE, QueryError, QueryRequest};
pub use record::{
    Batch, Condition, Fault, ItemOutcome, ItemViolation, Outcome, Precondition, Receipt, RecordError,
    Retractions,
};
pub use restore::HistoryError;
pub use snapshot::Snapshot;
pub use token::TokenError;
pub use views::{InGroup, MAX_GROUPED_CLAIMS, MAX_VIEW_PAIRS, ViewPage, ViewRows};
pub use watch::{ChangedClaim, Changes, GoneClaim, Watch, WatchRequest};

use crate::model::Timestamp;
use crate::plan::Row;
use crate::registry::Registry;
use crate::store::{Embedded, Head, Postgres, ReadError, Store, Upkeep};
use crate::wire::item;
use arc_swap::ArcSwap;
use complete::Counted;
use history::History;
use record::Queue;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tokio::sync::watch::Sender;

/// A ledger that can be asked and written to. Share it in an `Arc`; queries take no lock.
#[derive(Debug)]
pub struct Engine {
    store: Arc<dyn Store>,
    /// The registry as of each revision that changed it. It may be ahead of the store's view for a
    /// moment, never behind.
    history: ArcSwap<History>,
    /// Held while the history is being changed.
    changing: Mutex<()>,
    queue: Queue,
    revision: Sender<u64>,
    counted: Mutex<Counted>,
}

/// Why a ledger could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The store could not be opened.
    #[error(transparent)]
    Store(#[from] crate::store::OpenError),
    /// What is stored could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A stored item is not what an item can be: the ledger is damaged or newer than this program.
    #[error("the stored item `{id}` of revision {revision} cannot be read: {source}")]
    Item {
        /// Its id.
        id: String,
        /// The revision that it came with.
        revision: u64,
        /// What is wrong with it.
        source: crate::wire::item::ItemError,
    },
}

impl Engine {
    /// Opens the ledger in a directory, which is made if it is not there. One of an earlier format gets
    /// the current one, and damaged indexes are mended.
    ///
    /// # Errors
    /// The directory cannot be used, another process has it, or what it holds is damaged.
    pub fn open(directory: &Path) -> Result<Self, OpenError> {
        Self::new(Arc::new(Embedded::open(directory, row_of, Upkeep::Rewrite)?))
    }

    /// Opens the ledger in a directory, to ask it or to look at damage: its sealed files stay as they
    /// are.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_as_it_is(directory: &Path) -> Result<Self, OpenError> {
        Self::new(Arc::new(Embedded::open(directory, row_of, Upkeep::Leave)?))
    }

    /// A ledger that is gone when it is dropped.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn in_memory() -> Result<Self, OpenError> {
        Self::new(Arc::new(Embedded::in_memory(row_of)?))
    }

    /// Opens the ledger of a database, which others may write to meanwhile: what they write is seen soon
    /// after, for as long as the ledger is shared.
    ///
    /// # Errors
    /// The database cannot be reached, does not have the schema that this version needs, or what it holds is
    /// damaged.
    pub fn connect(url: &str) -> Result<Arc<Self>, OpenError> {
        let store = Postgres::open(url, row_of).map_err(crate::store::OpenError::from)?;
        let engine = Arc::new(Self::new(Arc::new(store))?);
        follow::follow(&engine);
        Ok(engine)
    }

    fn new(store: Arc<dyn Store>) -> Result<Self, OpenError> {
        let view = store.view();
        let history = History::load(&*view)?;
        let revision = view.head().revision;
        Ok(Self {
            history: ArcSwap::from_pointee(history),
            changing: Mutex::default(),
            queue: Queue::default(),
            revision: Sender::new(revision),
            counted: Mutex::default(),
            store,
        })
    }

    /// The latest revision and what the ledger holds.
    pub fn head(&self) -> Head {
        *self.store.view().head()
    }

    /// The registry as of the latest revision.
    pub fn registry(&self) -> Arc<Registry> {
        self.registry_at(self.store.view().head().revision)
    }

    fn registry_at(&self, revision: u64) -> Arc<Registry> {
        self.history.load().at(revision)
    }

    /// Returns once this server has the revision.
    pub async fn wait_for(&self, revision: u64) {
        let mut revisions = self.revision.subscribe();
        revisions.wait_for(|&known| known >= revision).await.expect("the sender lives as long as the engine");
    }

    /// Tells those who wait that the revision is here, unless a later one is.
    fn announce(&self, revision: u64) {
        self.revision.send_if_modified(|known| {
            let is_later = revision > *known;
            *known = revision.max(*known);
            is_later
        });
    }

    fn now() -> Timestamp {
        Timestamp::now()
    }
}

/// What a claim is found by, of its bytes.
fn row_of(bytes: &[u8]) -> Option<Row> {
    Some(Row::of_claim(&item::decode_claim(bytes).ok()?))
}

#[cfg(test)]
mod format_tests;
#[cfg(test)]
mod query_tests;
#[cfg(test)]
mod tests;
