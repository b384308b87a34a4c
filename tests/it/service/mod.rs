//! The calls of the contract, by tonic's clients, against a server on port 0 with the seeds.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod as_of;
mod backup;
mod catalog;
mod clients;
mod complete;
mod crash;
mod damage;
mod full;
mod hostile;
mod ledger;
mod life;
mod lost;
mod paging;
mod process;
mod query;
mod retract;
mod seeds;
mod transfer;
mod verify;
mod views;
mod watch;

use prost_reflect::DynamicMessage;
use prost_types::Timestamp;
use sayso::engine::{Batch, Engine};
use sayso::pack::{Located, Pack};
use sayso::server::Server;
use sayso::wire::pb::catalog_service_client::CatalogServiceClient;
use sayso::wire::pb::ledger_service_client::LedgerServiceClient;
use sayso::wire::pb::query_service_client::QueryServiceClient;
use sayso::wire::{descriptors, pb};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use tonic::Status;
use tonic::transport::{Channel, Endpoint};
use tonic_types::pb::Status as Details;

/// A server, its engine, and a connection to it.
struct Running {
    engine: Arc<Engine>,
    server: Server,
    channel: Channel,
}

impl Running {
    /// With an empty ledger.
    async fn empty() -> Self {
        let engine = Arc::new(Engine::in_memory().unwrap());
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = Server::listen(address, false).await.unwrap();
        server.serve(Arc::clone(&engine)).await;
        let channel = connect(server.address()).await;
        Self { engine, server, channel }
    }

    /// With the seeds as revision 1.
    async fn seeded() -> Self {
        let running = Self::empty().await;
        assert_eq!(running.engine.record(seeds()).unwrap().commit.revision, 1);
        running
    }

    fn query(&self) -> QueryServiceClient<Channel> {
        QueryServiceClient::new(self.channel.clone())
    }

    fn ledger(&self) -> LedgerServiceClient<Channel> {
        LedgerServiceClient::new(self.channel.clone())
    }

    fn catalog(&self) -> CatalogServiceClient<Channel> {
        CatalogServiceClient::new(self.channel.clone())
    }

    /// One page of a query.
    async fn ask(&self, request: pb::QueryRequest) -> Result<pb::QueryResponse, Status> {
        self.query().query(request).await.map(tonic::Response::into_inner)
    }

    async fn record(&self, request: pb::RecordRequest) -> Result<pb::RecordResponse, Status> {
        self.ledger().record(request).await.map(tonic::Response::into_inner)
    }
}

async fn connect(address: SocketAddr) -> Channel {
    Endpoint::try_from(format!("http://{address}")).unwrap().connect().await.unwrap()
}

/// The seeds as one batch.
fn seeds() -> Batch {
    let pack = Pack::read_dir(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/seeds"))).unwrap();
    Batch {
        entities: items(pack.entities),
        sources: items(pack.sources),
        documents: items(pack.documents),
        claims: items(pack.claims),
        ..Batch::default()
    }
}

fn items<T>(located: Vec<Located<T>>) -> Vec<T> {
    located.into_iter().map(|located| located.item).collect()
}

/// A query without parameters.
fn asking(query: &str) -> pb::QueryRequest {
    pb::QueryRequest { query: query.to_owned(), ..Default::default() }
}

fn at_least(revision: u64) -> Option<pb::Consistency> {
    let level = pb::consistency::Level::AtLeast(pb::consistency::AtLeast { revision });
    Some(pb::Consistency { level: Some(level) })
}

fn exactly(revision: u64) -> Option<pb::Consistency> {
    let level = pb::consistency::Level::Exactly(pb::consistency::Exactly { revision });
    Some(pb::Consistency { level: Some(level) })
}

/// An entity that is a topic.
fn topic(id: &str) -> pb::Entity {
    let kind = pb::EntityKind::Topic.into();
    pb::Entity { id: id.to_owned(), kind, name: format!("Topic {id}"), ..Default::default() }
}

/// A statement of the seeds' outlet.
fn statement(id: &str, text: &str) -> pb::Claim {
    let step = pb::AttributionStep { sources: vec!["outlet".to_owned()], ..Default::default() };
    pb::Claim {
        id: id.to_owned(),
        text: text.to_owned(),
        content: Some(pb::claim::Content::Statement(pb::Statement {})),
        attribution: vec![step],
        ..Default::default()
    }
}

/// Everything that a caller is told of an error: code, message, and each detail as JSON.
fn told(status: &Status) -> String {
    let mut told = format!("{:?}: {}", status.code(), status.message().trim_end());
    let details: Details = prost::Message::decode(status.details()).unwrap();
    for detail in details.details {
        let name = detail.type_url.strip_prefix("type.googleapis.com/").unwrap();
        let message = descriptors().get_message_by_name(name).unwrap();
        let message = DynamicMessage::decode(message, detail.value.as_slice()).unwrap();
        // By way of a value, so that maps are sorted.
        told += &format!("\n{name} {}", serde_json::to_value(&message).unwrap());
    }
    told
}

/// The matches' ids with their grades where they are not sure, as `a, b (possible)`.
fn graded(page: &pb::QueryResponse) -> String {
    use pb::query_response::Result as Found;
    let found: Vec<(&str, i32)> = match page.result.as_ref().unwrap() {
        Found::Claims(found) => {
            found.matches.iter().map(|m| (m.claim.as_ref().unwrap().id.as_str(), m.truth)).collect()
        }
        Found::Entities(found) => {
            found.matches.iter().map(|m| (m.entity.as_ref().unwrap().id.as_str(), m.truth)).collect()
        }
        Found::Sources(found) => {
            found.matches.iter().map(|m| (m.source.as_ref().unwrap().id.as_str(), m.truth)).collect()
        }
        Found::Documents(found) => {
            found.matches.iter().map(|m| (m.document.as_ref().unwrap().id.as_str(), m.truth)).collect()
        }
        Found::Table(_)
        | Found::Explanation(_)
        | Found::Envelopes(_)
        | Found::Latest(_)
        | Found::FlowTotals(_)
        | Found::Conflicts(_)
        | Found::Corroborations(_)
        | Found::Timelines(_)
        | Found::Breaches(_)
        | Found::Drifts(_) => panic!("it has no items"),
    };
    let graded = found.iter().map(|(id, truth)| match pb::Truth::try_from(*truth).unwrap() {
        pb::Truth::Sure => (*id).to_owned(),
        pb::Truth::Possible => format!("{id} (possible)"),
        pb::Truth::Unspecified => panic!("{id} has no grade"),
    });
    graded.collect::<Vec<_>>().join(", ")
}

/// What varies from run to run, taken out of a revision.
fn number(revision: &Option<pb::Revision>) -> u64 {
    let pb::Revision { number, digest, recorded } = revision.as_ref().unwrap();
    assert_eq!(digest.len(), 64);
    assert!(recorded.is_none_or(|Timestamp { seconds, .. }| seconds > 1_700_000_000));
    *number
}
