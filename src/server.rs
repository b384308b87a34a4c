//! Listening, health, reflection, limits on connections, and an orderly end.

use crate::engine::Engine;
use crate::service::{MAX_CALLS, MAX_DEADLINE, Service};
use crate::wire::FILE_DESCRIPTOR_SET;
use crate::wire::pb::catalog_service_server::CatalogServiceServer;
use crate::wire::pb::ledger_service_server::LedgerServiceServer;
use crate::wire::pb::query_service_server::QueryServiceServer;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::server::NamedService;
use tonic::transport::Server as Transport;
use tonic::transport::server::TcpIncoming;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

/// How long calls that are under way may go on once the server was told to end.
pub const DRAIN: Duration = Duration::from_secs(10);
/// How long answers may take to be read, and connections to close, once all calls have ended.
const LINGER: Duration = Duration::from_secs(2);
/// Streams of one connection at a time.
const MAX_STREAMS: u32 = 256;
/// Bytes of a call's headers.
const MAX_HEADER_BYTES: u32 = 16 << 10;
/// How often a silent connection is asked whether it is still there, and how long it may take.
const KEEPALIVE: Duration = Duration::from_secs(30);
const KEEPALIVE_ANSWER: Duration = Duration::from_secs(10);

/// Every service that health is told of, besides the whole under the empty name.
const SERVICES: [&str; 3] = [
    <QueryServiceServer<Service> as NamedService>::NAME,
    <LedgerServiceServer<Service> as NamedService>::NAME,
    <CatalogServiceServer<Service> as NamedService>::NAME,
];

/// A server that is listening. Dropped, it goes on until the process ends.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<Result<(), tonic::transport::Error>>,
    service: Service,
    health: HealthReporter,
}

/// Why a server did not start, or did not end well.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// It would have been open to others without encryption.
    #[error(
        "{address} can be reached from other machines, and calls are not encrypted: listen on 127.0.0.1, or say --insecure"
    )]
    Exposed {
        /// The address that was asked for.
        address: SocketAddr,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The descriptors that reflection serves are damaged.
    #[error("reflection cannot be served: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// Connections could not be served.
    #[error("serving failed: {0}")]
    Transport(#[from] tonic::transport::Error),
    /// Calls were still under way when the time for draining was over.
    #[error("calls were still under way after {} s", DRAIN.as_secs())]
    NotDrained,
}

impl Server {
    /// Listens; port 0 takes a free one. Health says NOT_SERVING, and calls are told to come again,
    /// until there is a ledger to [`serve`](Self::serve).
    ///
    /// # Errors
    /// The address cannot be used, or is open to others and `insecure` is not said.
    pub async fn listen(address: SocketAddr, insecure: bool) -> Result<Self, ServerError> {
        if !address.ip().is_loopback() && !insecure {
            return Err(ServerError::Exposed { address });
        }
        let (health, health_service) = tonic_health::server::health_reporter();
        tell(&health, ServingStatus::NotServing).await;
        let listener =
            TcpListener::bind(address).await.map_err(|source| ServerError::Listen { address, source })?;
        let address = listener.local_addr().map_err(|source| ServerError::Listen { address, source })?;
        let reflection = || {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
                .register_encoded_file_descriptor_set(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET)
                .register_encoded_file_descriptor_set(tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET)
                .include_reflection_service(false)
        };
        let service = Service::new(MAX_CALLS);
        let router = Transport::builder()
            .timeout(MAX_DEADLINE)
            .max_concurrent_streams(MAX_STREAMS)
            .http2_max_header_list_size(MAX_HEADER_BYTES)
            .http2_keepalive_interval(Some(KEEPALIVE))
            .http2_keepalive_timeout(Some(KEEPALIVE_ANSWER))
            .add_service(health_service)
            .add_service(reflection().build_v1()?)
            .add_service(reflection().build_v1alpha()?)
            .add_service(service.query())
            .add_service(service.ledger())
            .add_service(service.catalog());
        let (stop, stopped) = oneshot::channel();
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        let ended = tokio::spawn(router.serve_with_incoming_shutdown(incoming, async {
            // The sender is kept for as long as the server is, so this is a stop either way.
            let _ = stopped.await;
        }));
        Ok(Self { address, stop, ended, service, health })
    }

    /// Answers from this ledger from now on, and has health say so; the first that is given stays.
    pub async fn serve(&self, engine: Arc<Engine>) {
        self.service.serve(engine);
        tell(&self.health, ServingStatus::Serving).await;
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends: health says NOT_SERVING, no call is taken any more, calls that wait or stream are told to
    /// ask elsewhere, and the others may go on for [`DRAIN`]. What was acknowledged is on disk already.
    ///
    /// # Errors
    /// Calls went on for longer, or serving had failed.
    pub async fn stop(self) -> Result<(), ServerError> {
        let Self { address: _, stop, mut ended, service, mut health } = self;
        tell(&health, ServingStatus::NotServing).await;
        // Gone if serving has failed, which is told below.
        let _ = stop.send(());
        if tokio::time::timeout(DRAIN, service.drain()).await.is_err() {
            return Err(ServerError::NotDrained);
        }
        // Those who watch health would keep their connections open.
        for service in SERVICES.into_iter().chain([""]) {
            health.clear_service_status(service).await;
        }
        match tokio::time::timeout(LINGER, &mut ended).await {
            Ok(Ok(ended)) => Ok(ended?),
            Ok(Err(panicked)) => std::panic::resume_unwind(panicked.into_panic()),
            Err(_) => {
                // No call of ours is under way there.
                ended.abort();
                Ok(())
            }
        }
    }
}

async fn tell(health: &HealthReporter, status: ServingStatus) {
    for service in SERVICES.into_iter().chain([""]) {
        health.set_service_status(service, status).await;
    }
}
