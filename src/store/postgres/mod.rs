//! The store on PostgreSQL, and on Citus: the plan as SQL, and commits in three steps.
//!
//! Servers on it keep nothing but the registry; any number of them share a database. What a reader sees
//! are rows of revisions that are published, and nothing else, so that no transaction is needed to read.

mod columns;
mod database;
mod migrate;
mod projection;
mod sql;
#[cfg(test)]
mod tests;
mod verify;
mod view;
mod writer;

pub use database::DatabaseError;

use crate::store::error::{ReadError, WriteError};
use crate::store::{self, Backup, Budget, FileHash, Progress, RowOf, Store, Verified};
use arc_swap::ArcSwap;
use bytes::Bytes;
use database::Database;
use sql::Sql;
use std::collections::HashSet;
use std::sync::Arc;
use view::View;

/// A store in a database.
#[derive(Debug)]
pub struct Postgres {
    shared: Arc<Shared>,
    view: ArcSwap<View>,
}

/// What views and writers share.
#[derive(Debug)]
struct Shared {
    database: Database,
    row_of: RowOf,
}

impl Postgres {
    /// Opens the ledger of a database, whose schema is as this version needs it.
    ///
    /// # Errors
    /// The URL is none, the database cannot be reached, or it has another schema.
    pub fn open(url: &str, row_of: RowOf) -> Result<Self, DatabaseError> {
        let database = Database::new(url)?;
        migrate::check(&database)?;
        let shared = Arc::new(Shared { database, row_of });
        let view = ArcSwap::from_pointee(published(&shared)?);
        Ok(Self { shared, view })
    }

    /// Brings the schema of a database to what this version needs; returns how many steps that took.
    ///
    /// # Errors
    /// The URL is none, the database cannot be reached or changed, or it has the schema of a newer version.
    pub fn migrate(url: &str) -> Result<usize, DatabaseError> {
        migrate::migrate(&Database::new(url)?)
    }

    /// Shows a view, unless a later one is shown.
    fn show(&self, view: View) {
        let view = Arc::new(view);
        self.view.rcu(|shown| {
            if shown.head.revision < view.head.revision { Arc::clone(&view) } else { Arc::clone(shown) }
        });
    }

    fn remembered(&self, caller: &str, request_id: &str) -> Result<Option<Bytes>, ReadError> {
        let mut sql = Sql::new("SELECT record FROM requests WHERE caller = ");
        sql.bytes(caller.into()).push(" AND request_id = ").bytes(request_id.into());
        let rows = self.shared.database.rows(sql, &Budget::default())?;
        Ok(rows.first().map(|row| Bytes::from(row.get::<_, Vec<u8>>(0))))
    }
}

/// The ledger as it is published now.
fn published(shared: &Arc<Shared>) -> Result<View, DatabaseError> {
    let shared = Arc::clone(shared);
    let database = &Arc::clone(&shared).database;
    database.wait(async move {
        let client = shared.database.pool.get().await?;
        Ok(writer::head(&client, &shared, false).await?.1)
    })
}

impl Store for Postgres {
    fn view(&self) -> Arc<dyn store::View> {
        self.view.load_full()
    }

    fn refresh(
        &self,
        known: &mut dyn FnMut(&dyn store::View) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        let view = published(&self.shared)?;
        if view.head.revision > self.view.load().head.revision {
            known(&view)?;
            self.show(view);
        }
        Ok(())
    }

    fn request(&self, caller: &str, request_id: &str) -> Result<Option<Bytes>, ReadError> {
        let record = self.remembered(caller, request_id)?;
        if record.is_some() {
            // What is answered once more must be there to be read.
            let shared = Arc::clone(&self.shared);
            self.shared.database.wait(async move { writer::end(&shared).await })?;
        }
        Ok(record)
    }

    fn write(&self) -> Result<Box<dyn store::Writing + '_>, WriteError> {
        Ok(Box::new(self.begin()?))
    }

    fn verify(&self, budget: &Budget, report: &mut dyn FnMut(Progress)) -> Result<Verified, ReadError> {
        verify::verify(&self.view.load_full(), budget, report)
    }

    fn backup(&self, _: &HashSet<FileHash>) -> Result<Backup, ReadError> {
        Err(ReadError::NoBackup)
    }
}
