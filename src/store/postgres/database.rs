//! Connections to the database, and waiting for it.

use super::sql::Sql;
use crate::store::Budget;
use crate::store::error::ReadError;
use deadpool_postgres::{
    Client, Manager, ManagerConfig, Pool, PoolError, RecyclingMethod, Runtime as PoolRuntime,
};
use rustls::{ClientConfig, RootCertStore};
use std::fmt;
use std::future::Future;

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::error::SqlState;
use tokio_postgres::{CancelToken, Config, Row};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Connections of a server at the most.
const MAX_CONNECTIONS: usize = 16;
/// How long a connection takes to be made, or waits to be free, at the most.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the network may be silent under a statement.
const TCP_TIMEOUT: Duration = Duration::from_secs(30);
/// How often it is seen whether anybody still waits for an answer.
const PATIENCE: Duration = Duration::from_millis(50);
/// What a statement may take that no caller bounds.
const LONGEST: Duration = Duration::from_secs(600);

/// A database, as a server knows it.
pub(super) struct Database {
    pub(super) pool: Pool,
    tls: MakeRustlsConnect,
    /// Whose threads speak with the database, so that any thread may wait for them.
    runtime: Option<Runtime>,
    /// Where it is, without a password.
    name: String,
}

/// Why a database did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// The URL is none.
    #[error("`postgres://USER:PASSWORD@HOST/DATABASE` is expected: {0}")]
    Url(tokio_postgres::Error),
    /// No connection could be made, or none was free in time.
    #[error("no connection to the database: {}", causes(.0))]
    Connection(#[from] PoolError),
    /// A statement failed.
    #[error("the database: {}", causes(.0))]
    Statement(#[from] tokio_postgres::Error),
    /// Another server holds the ledger for longer than one may wait.
    #[error("another server holds the ledger's lock")]
    Locked,
    /// The machine cannot do what is needed to speak with a database.
    #[error("the database cannot be spoken with: {0}")]
    Machine(#[from] std::io::Error),
    /// What it holds is not what this version of Sayso works with.
    #[error("{0}")]
    Schema(String),
}

/// An error with what caused it: the first line of `tokio_postgres` alone says little.
fn causes(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_told = cause.to_string();
        if !told.contains(&cause_told) {
            told = format!("{told}: {cause_told}");
        }
        source = cause.source();
    }
    told
}

impl DatabaseError {
    /// The database's code, if it answered.
    pub(super) fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Statement(error) => error.code(),
            Self::Url(_) | Self::Connection(_) | Self::Locked | Self::Machine(_) | Self::Schema(_) => None,
        }
    }

    /// Whether the whole may succeed if it is done once more: the connection was lost, or others were in the way.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Connection(_) | Self::Locked => true,
            Self::Statement(error) => {
                error.code().map_or(error.is_closed(), |code| {
                    let code = code.code();
                    // Connection lost, shutting down, serialization failure, deadlock; Citus's at commit.
                    code.starts_with("08")
                        || code.starts_with("57P")
                        || ["40001", "40P01", "XX000"].contains(&code)
                }) || error.as_db_error().is_none()
            }
            Self::Url(_) | Self::Machine(_) | Self::Schema(_) => false,
        }
    }
}

impl From<DatabaseError> for ReadError {
    fn from(error: DatabaseError) -> Self {
        match error.code() {
            Some(&SqlState::QUERY_CANCELED) => Self::DeadlineExceeded,
            _ => Self::Database(error),
        }
    }
}

impl Database {
    /// Makes ready to connect to the database of a URL.
    pub(super) fn new(url: &str) -> Result<Self, DatabaseError> {
        let mut config = url.parse::<Config>().map_err(DatabaseError::Url)?;
        config.application_name("sayso").connect_timeout(CONNECT_TIMEOUT).tcp_user_timeout(TCP_TIMEOUT);
        let name = format!("{:?}/{}", config.get_hosts(), config.get_dbname().unwrap_or_default());
        let tls = MakeRustlsConnect::new(tls());
        let manager = Manager::from_config(
            config,
            tls.clone(),
            ManagerConfig { recycling_method: RecyclingMethod::Fast },
        );
        let pool = Pool::builder(manager)
            .max_size(MAX_CONNECTIONS)
            .runtime(PoolRuntime::Tokio1)
            .wait_timeout(Some(CONNECT_TIMEOUT))
            .create_timeout(Some(CONNECT_TIMEOUT))
            .build()
            .expect("a runtime is given, and that is all that timeouts need");
        let runtime =
            Builder::new_multi_thread().worker_threads(1).thread_name("database").enable_all().build()?;
        Ok(Self { pool, tls, runtime: Some(runtime), name })
    }

    /// Has work done, and waits for it, on whatever thread this is.
    pub(super) fn wait<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        self.wait_until(work, || false, || {})
    }

    /// Has work done in the background.
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.runtime().spawn(work);
    }

    fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().expect("it is there until the database is dropped")
    }

    fn wait_until<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
        is_vain: impl Fn() -> bool,
        cancel: impl Fn(),
    ) -> T {
        let (done, result) = channel();
        self.runtime().spawn(async move {
            // Whoever waits does so until this is sent.
            let _ = done.send(work.await);
        });
        loop {
            match result.recv_timeout(PATIENCE) {
                Ok(result) => return result,
                Err(RecvTimeoutError::Timeout) if is_vain() => cancel(),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => panic!("the work on the database panicked"),
            }
        }
    }

    /// The rows that a statement reads, within a budget: the database is told of its end, and of a caller who
    /// has gone. A connection that turns out to be lost is made anew once.
    pub(super) fn rows(&self, sql: Sql, budget: &Budget) -> Result<Vec<Row>, ReadError> {
        budget.check()?;
        let sql = Arc::new(sql);
        let token: Arc<std::sync::Mutex<Option<CancelToken>>> = Arc::default();
        let is_vain = || budget.check().is_err();
        let cancel = || {
            let token = token.lock().ok().and_then(|mut token| token.take());
            if let Some(token) = token {
                let tls = self.tls.clone();
                self.spawn(async move { _ = token.cancel_query(tls).await });
            }
        };
        for is_last in [false, true] {
            let (pool, sql, token) = (self.pool.clone(), Arc::clone(&sql), Arc::clone(&token));
            let limit = budget.deadline.map_or(LONGEST, |deadline| deadline.duration_since(Instant::now()));
            let work = async move {
                let client = pool.get().await?;
                if let Ok(mut token) = token.lock() {
                    *token = Some(client.cancel_token());
                }
                read(&client, &sql, limit).await
            };
            match self.wait_until(work, is_vain, cancel) {
                Err(error) if !is_last && error.is_passing() => {
                    tracing::debug!(%error, "asked again");
                }
                Ok(rows) => return Ok(rows),
                Err(error) => {
                    budget.check()?;
                    return Err(error.into());
                }
            }
        }
        unreachable!("the last attempt returns")
    }
}

/// The rows that a statement reads, in one round trip with the time that it may take.
pub(super) async fn read(client: &Client, sql: &Sql, limit: Duration) -> Result<Vec<Row>, DatabaseError> {
    let limit = format!("SET statement_timeout = {}", limit.as_millis().max(1));
    let parameters = sql.parameters();
    let (limited, rows) =
        tokio::join!(client.batch_execute(&limit), client.query_typed(&sql.text, &parameters));
    limited?;
    Ok(rows?)
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Database({})", self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Waiting for its threads is not allowed everywhere.
            runtime.shutdown_background();
        }
    }
}

/// Certificates of the machine's authorities are trusted, and those in `SSL_CERT_FILE`.
fn tls() -> ClientConfig {
    let mut roots = RootCertStore::empty();
    for certificate in rustls_native_certs::load_native_certs().certs {
        // One that cannot be read vouches for nobody.
        let _ = roots.add(certificate);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has the default versions")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
