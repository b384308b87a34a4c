//! Writers of single claims through gRPC over loopback: one, and 64 that share their syncs.
//!
//! `cargo bench --bench writers -- 5` writes for five seconds each and prints one table. Server and
//! writers are one process here, so that they share the processors. Ratios within a run are what counts;
//! single figures are this machine's, on that day.

#![allow(clippy::print_stdout, reason = "a bench prints its table")]
#![allow(dead_code, reason = "what the benches share is more than this one uses")]

mod measure;

use measure::row;
use sayso::engine::{Batch, Engine};
use sayso::model::SourceDraft;
use sayso::model::vocabulary::SourceKind;
use sayso::server::Server;
use sayso::wire::pb;
use sayso::wire::pb::ledger_service_client::LedgerServiceClient;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tonic::transport::Endpoint;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::{Layer, Registry};

/// Counts the syncs of the store, which logs each.
struct Syncs(Arc<AtomicUsize>);

impl<S: Subscriber> Layer<S> for Syncs {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.is_event() && metadata.target() == "sayso::store::embedded::writer"
    }

    fn on_event(&self, _: &Event<'_>, _: Context<'_, S>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// What came of some writers.
struct Measured {
    /// How long each write took, the shortest first.
    latencies: Vec<Duration>,
    took: Duration,
    syncs: usize,
}

fn main() {
    let seconds: u64 = std::env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(5);
    let syncs = Arc::new(AtomicUsize::new(0));
    let counting = Registry::default().with(Syncs(Arc::clone(&syncs)));
    tracing::subscriber::set_global_default(counting).expect("nothing else logs");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut throughputs = Vec::new();
    for writers in [1, 64] {
        let measured = runtime.block_on(measure(writers, Duration::from_secs(seconds), &syncs));
        let Measured { latencies, took, syncs } = measured;
        let throughput = latencies.len() as f64 / took.as_secs_f64();
        let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
        let name = |what: &str| format!("{writers} writers: {what}");
        row(&name("claims/s, each a durable write"), throughput.round());
        row(&name("latency"), format!("{:.2} ms median {:.2} ms p99", at(0.5), at(0.99)));
        row(&name("writes a sync"), format!("{:.1}", latencies.len() as f64 / syncs as f64));
        throughputs.push(throughput);
    }
    row("64 writers to one, throughput", format!("{:.1}", throughputs[1] / throughputs[0]));
}

/// Has so many write for so long, each over a connection of its own, to a new ledger.
async fn measure(writers: usize, time: Duration, syncs: &AtomicUsize) -> Measured {
    let directory = tempfile::tempdir().expect("a directory");
    let engine = Arc::new(Engine::open(directory.path()).expect("a new ledger"));
    let source = SourceDraft {
        id: "paper".to_owned(),
        kind: Some(SourceKind::NewsOutlet),
        name: "The Paper".to_owned(),
        ..SourceDraft::default()
    };
    engine.record(Batch { sources: vec![source], ..Batch::default() }).expect("a sound source");
    let server =
        Server::listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), false).await.expect("a free port");
    server.serve(engine).await;
    let endpoint = Endpoint::try_from(format!("http://{}", server.address())).expect("an address");
    let mut ledgers = Vec::new();
    for _ in 0..writers {
        ledgers.push(LedgerServiceClient::new(endpoint.connect().await.expect("it listens")));
    }
    let (started, before) = (Instant::now(), syncs.load(Ordering::Relaxed));
    let mut writing = JoinSet::new();
    for (writer, mut ledger) in ledgers.into_iter().enumerate() {
        writing.spawn(async move {
            let mut latencies = Vec::new();
            while started.elapsed() < time {
                let claims = vec![claim(writer, latencies.len())];
                let request = pb::RecordRequest { claims, ..pb::RecordRequest::default() };
                let begun = Instant::now();
                ledger.record(request).await.expect("a durable write");
                latencies.push(begun.elapsed());
            }
            latencies
        });
    }
    let mut latencies = writing.join_all().await.concat();
    let (took, syncs) = (started.elapsed(), syncs.load(Ordering::Relaxed) - before);
    latencies.sort_unstable();
    server.stop().await.expect("nobody calls any more");
    Measured { latencies, took, syncs }
}

fn claim(writer: usize, number: usize) -> pb::Claim {
    let step = pb::AttributionStep { sources: vec!["paper".to_owned()], ..pb::AttributionStep::default() };
    pb::Claim {
        id: format!("claim-{writer}-{number}"),
        text: format!("The writer {writer} has said so {number} times."),
        content: Some(pb::claim::Content::Statement(pb::Statement {})),
        attribution: vec![step],
        ..pb::Claim::default()
    }
}
