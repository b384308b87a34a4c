//! Where the ledger is that a command asks or writes to.

use super::{Failure, import};
use crate::engine::{Consistency, Engine, QueryError};
use crate::pack::Pack;
use crate::service::MAX_BATCH_GET;
use crate::store::Budget;
use crate::wire::pb::catalog_service_client::CatalogServiceClient;
use crate::wire::pb::query_service_client::QueryServiceClient;
use crate::wire::{answer, complete, pb, question};
use std::env;
use std::path::PathBuf;
use std::sync::Arc;
use tonic::transport::{Channel, Endpoint};

/// The server that is asked if nothing else is said.
pub(super) const DEFAULT_SERVER: &str = "http://127.0.0.1:50051";

/// The port of a server that is named by its host alone.
const DEFAULT_PORT: u16 = 50051;

/// A server or a data directory.
#[derive(Debug, clap::Args)]
pub(super) struct Target {
    /// A server's URL or address, as `localhost:50051` [env: SAYSO_SERVER] [default: http://127.0.0.1:50051]
    #[arg(long, value_name = "URL", conflicts_with = "data")]
    server: Option<String>,
    /// A data directory that no server has open [env: SAYSO_DATA]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A ledger's database, as `postgres://USER@HOST/DATABASE` [env: SAYSO_STORE]
    #[arg(long, value_name = "URL", conflicts_with_all = ["server", "data"])]
    store: Option<String>,
}

/// A ledger that is only asked: a server, a data directory, or packs.
#[derive(Debug, clap::Args)]
pub(super) struct Asked {
    #[command(flatten)]
    target: Target,
    /// A directory of packs, which are asked without a server [env: SAYSO_SEEDS]
    #[arg(long, value_name = "DIR", conflicts_with_all = ["server", "data", "store"])]
    seeds: Option<PathBuf>,
}

impl Asked {
    /// Connects to it, or opens it.
    pub(super) async fn ledger(self) -> Result<Ledger, Failure> {
        let place = self.seeds.map(Place::Seeds).or_else(|| self.target.place());
        let place = place.or_else(|| env::var_os("SAYSO_SEEDS").map(|packs| Place::Seeds(packs.into())));
        place.unwrap_or_else(Place::usual_server).ledger(false).await
    }
}

/// Where a ledger is.
pub(super) enum Place {
    Server(String),
    Data(PathBuf),
    /// A database.
    Store(String),
    /// Packs, which become a ledger for the time being.
    Seeds(PathBuf),
}

impl Target {
    /// The place that the options name, else the environment. The server's variable counts before
    /// those of a directory and a database, which may well be set for a server that runs.
    pub(super) fn place(self) -> Option<Place> {
        let Self { server, data, store } = self;
        let by_options = server.map(Place::Server).or(data.map(Place::Data)).or(store.map(Place::Store));
        let server = || env::var("SAYSO_SERVER").ok().map(Place::Server);
        let data = || env::var_os("SAYSO_DATA").map(|directory| Place::Data(directory.into()));
        let store = || env::var("SAYSO_STORE").ok().map(Place::Store);
        by_options.or_else(server).or_else(data).or_else(store)
    }
}

impl Place {
    /// Where a server usually is.
    pub(super) fn usual_server() -> Self {
        Self::Server(DEFAULT_SERVER.to_owned())
    }

    /// Connects to the server, or opens the directory. With `may_create`, that is made if it is not
    /// there, and kept up if it is; else its sealed files stay as they are.
    pub(super) async fn ledger(self, may_create: bool) -> Result<Ledger, Failure> {
        match self {
            Self::Server(url) => Ok(Ledger::There(connect(url).await?)),
            Self::Data(directory) if may_create => Ok(Ledger::Here(Arc::new(Engine::open(&directory)?))),
            Self::Data(directory) if directory.is_dir() => {
                Ok(Ledger::Here(Arc::new(Engine::open_as_it_is(&directory)?)))
            }
            Self::Data(directory) => Err(Failure::NoLedger { directory }),
            Self::Seeds(directory) => {
                let engine = Engine::in_memory()?;
                import::load(&engine, Pack::read_dir(&directory)?)?;
                Ok(Ledger::Here(Arc::new(engine)))
            }
            Self::Store(url) => Ok(Ledger::Here(Engine::connect(&url)?)),
        }
    }
}

/// A ledger to talk to.
pub(super) enum Ledger {
    /// In this process.
    Here(Arc<Engine>),
    /// Behind a server.
    There(Channel),
}

impl Ledger {
    /// One page of a query.
    pub(super) async fn query(&self, request: pb::QueryRequest) -> Result<pb::QueryResponse, Failure> {
        match self {
            Self::Here(engine) => {
                Ok(answer::query(engine.query(&question::query(request)?, &Budget::default())?)?)
            }
            Self::There(channel) => {
                Ok(QueryServiceClient::new(channel.clone()).query(request).await?.into_inner())
            }
        }
    }

    /// Claims of one revision, in the order of their ids.
    pub(super) async fn claims(&self, ids: &[String], revision: u64) -> Result<Vec<pb::Claim>, Failure> {
        let mut claims = Vec::with_capacity(ids.len());
        match self {
            Self::Here(engine) => {
                let snapshot = engine.snapshot(Consistency::Exactly(revision))?;
                for id in ids {
                    if let Some(stored) = snapshot.claim(id).map_err(QueryError::from)? {
                        claims.push(answer::claim(stored)?);
                    }
                }
            }
            Self::There(channel) => {
                let mut client = CatalogServiceClient::new(channel.clone());
                for ids in ids.chunks(MAX_BATCH_GET) {
                    let consistency = Some(exactly(revision));
                    let request = pb::BatchGetClaimsRequest { ids: ids.to_vec(), consistency };
                    claims.extend(client.batch_get_claims(request).await?.into_inner().claims);
                }
            }
        }
        Ok(claims)
    }

    /// A source as of one revision.
    pub(super) async fn source(&self, id: &str, revision: u64) -> Result<Option<pb::Source>, Failure> {
        match self {
            Self::Here(engine) => {
                let snapshot = engine.snapshot(Consistency::Exactly(revision))?;
                Ok(snapshot.registry().source(id).map(|source| answer::source(source)))
            }
            Self::There(channel) => {
                let request =
                    pb::GetSourceRequest { id: id.to_owned(), consistency: Some(exactly(revision)) };
                let mut client = CatalogServiceClient::new(channel.clone());
                Ok(client.get_source(request).await?.into_inner().source)
            }
        }
    }

    /// An entity as of one revision.
    pub(super) async fn entity(&self, id: &str, revision: u64) -> Result<Option<pb::Entity>, Failure> {
        match self {
            Self::Here(engine) => {
                let snapshot = engine.snapshot(Consistency::Exactly(revision))?;
                Ok(snapshot.registry().entity(id).map(|entity| answer::entity(entity)))
            }
            Self::There(channel) => {
                let request =
                    pb::GetEntityRequest { id: id.to_owned(), consistency: Some(exactly(revision)) };
                let mut client = CatalogServiceClient::new(channel.clone());
                Ok(client.get_entity(request).await?.into_inner().entity)
            }
        }
    }

    /// How a query is understood.
    pub(super) async fn explain(&self, request: pb::ExplainRequest) -> Result<pb::ExplainResponse, Failure> {
        match self {
            Self::Here(engine) => {
                Ok(answer::explain(engine.explain(&question::explain(request)?, &Budget::default())?)?)
            }
            Self::There(channel) => {
                Ok(QueryServiceClient::new(channel.clone()).explain(request).await?.into_inner())
            }
        }
    }

    /// What can be written at a cursor.
    pub(super) async fn complete(
        &self,
        request: pb::CompleteRequest,
    ) -> Result<pb::CompleteResponse, Failure> {
        match self {
            Self::Here(engine) => {
                let (text, cursor, parameters) = complete::question(request)?;
                Ok(complete::answer(engine.complete(&text, cursor, &parameters, &Budget::default())?))
            }
            Self::There(channel) => {
                Ok(QueryServiceClient::new(channel.clone()).complete(request).await?.into_inner())
            }
        }
    }
}

fn exactly(revision: u64) -> pb::Consistency {
    let level = pb::consistency::Level::Exactly(pb::consistency::Exactly { revision });
    pb::Consistency { level: Some(level) }
}

/// The URL of a server that may be named by its address, or by its host alone.
fn url(server: String) -> String {
    // The colons within `[::1]` stand before no port.
    let has_port = server.rsplit(']').next().is_some_and(|end| end.contains(':'));
    match server {
        url if url.is_empty() || url.contains("://") => url,
        address if has_port => format!("http://{address}"),
        host => format!("http://{host}:{DEFAULT_PORT}"),
    }
}

/// Connects to a server.
pub(super) async fn connect(server: String) -> Result<Channel, Failure> {
    let url = url(server);
    match Endpoint::from_shared(url.clone()) {
        Ok(endpoint) => endpoint.connect().await.map_err(|source| Failure::Unreachable { url, source }),
        Err(_) => Err(Failure::NotAUrl { url }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_may_be_named_by_its_address() {
        for (server, expected) in [
            ("http://localhost:50051", "http://localhost:50051"),
            ("http://localhost", "http://localhost"),
            ("localhost:7", "http://localhost:7"),
            ("localhost", "http://localhost:50051"),
            ("127.0.0.1:7", "http://127.0.0.1:7"),
            ("[::1]", "http://[::1]:50051"),
            ("[::1]:7", "http://[::1]:7"),
            ("", ""),
        ] {
            assert_eq!(url(server.to_owned()), expected);
        }
    }
}
