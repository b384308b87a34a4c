//! The calls of the contract: convert, ask the engine, convert. Only here a `Status` is built.

mod backup;
mod call;
mod catalog;
mod codec;
mod export;
mod import;
mod ledger;
mod query;
mod status;
mod watch;

pub use call::{MAX_CALLS, MAX_DEADLINE};
pub use catalog::MAX_BATCH_GET;
pub use codec::Codec;

use crate::engine::Engine;
use crate::wire::pb::catalog_service_server::CatalogServiceServer;
use crate::wire::pb::ledger_service_server::LedgerServiceServer;
use crate::wire::pb::query_service_server::QueryServiceServer;
use call::Calls;
use std::sync::Arc;
use tonic::codec::CompressionEncoding::{Gzip, Zstd};

/// Bytes of a batch to record at the most.
pub const MAX_REQUEST_BYTES: usize = 16 << 20;
/// Bytes of an answer at the most: what clients take unless they are told otherwise.
pub const MAX_RESPONSE_BYTES: usize = 4 << 20;

/// The handlers of all services on one ledger.
#[derive(Clone, Debug)]
pub struct Service {
    calls: Calls,
}

impl Service {
    /// Handlers that take `max_calls` calls at a time, and none before they have a ledger.
    pub fn new(max_calls: u32) -> Self {
        Self { calls: Calls::new(max_calls) }
    }

    /// Answers from this ledger from now on; the first that is given stays.
    pub fn serve(&self, engine: Arc<Engine>) {
        self.calls.serve(engine);
    }

    /// Has calls that wait or stream end, takes no others, and returns when none is under way.
    pub async fn drain(&self) {
        self.calls.drain().await;
    }

    /// `sayso.v1.QueryService`.
    pub fn query(&self) -> QueryServiceServer<Self> {
        QueryServiceServer::new(self.clone())
            .max_encoding_message_size(MAX_RESPONSE_BYTES)
            .accept_compressed(Gzip)
            .accept_compressed(Zstd)
            .send_compressed(Gzip)
            .send_compressed(Zstd)
    }

    /// `sayso.v1.LedgerService`.
    pub fn ledger(&self) -> LedgerServiceServer<Self> {
        LedgerServiceServer::new(self.clone())
            .max_encoding_message_size(MAX_RESPONSE_BYTES)
            .max_decoding_message_size(MAX_REQUEST_BYTES)
            .accept_compressed(Gzip)
            .accept_compressed(Zstd)
            .send_compressed(Gzip)
            .send_compressed(Zstd)
    }

    /// `sayso.v1.CatalogService`.
    pub fn catalog(&self) -> CatalogServiceServer<Self> {
        CatalogServiceServer::new(self.clone())
            .max_encoding_message_size(MAX_RESPONSE_BYTES)
            .accept_compressed(Gzip)
            .accept_compressed(Zstd)
            .send_compressed(Gzip)
            .send_compressed(Zstd)
    }
}
