//! `sayso serve`: the service on a ledger in a directory.

use super::{Failure, import};
use crate::engine::Engine;
use crate::pack::Pack;
use crate::server::Server;
use std::env;
use std::io::{self, IsTerminal};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Serve a ledger over gRPC
///
/// Ends on SIGINT or SIGTERM, after the calls that are under way. What it logs is set by
/// SAYSO_LOG: error, warn, info, debug or trace.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", env = "SAYSO_LISTEN", default_value = "127.0.0.1:50051")]
    listen: SocketAddr,
    /// The ledger's directory, made if it is not there
    #[arg(long, value_name = "DIR", env = "SAYSO_DATA", default_value = "sayso-data")]
    data: PathBuf,
    /// The ledger's database instead, as `postgres://USER@HOST/DATABASE`: any number of servers share one.
    /// `sayso migrate` makes its tables
    #[arg(long, value_name = "URL", env = "SAYSO_STORE", hide_env_values = true, conflicts_with = "data")]
    store: Option<String>,
    /// A directory of packs to write to the ledger first, as `import` does: an item that differs from
    /// its latest version becomes the next one
    #[arg(long, value_name = "DIR", env = "SAYSO_SEEDS")]
    seeds: Option<PathBuf>,
    /// Listen where other machines can connect, although calls are not encrypted
    #[arg(long, env = "SAYSO_INSECURE")]
    insecure: bool,
}

/// Runs the command.
pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let Args { listen, data, store, seeds, insecure } = args;
    let filter =
        EnvFilter::builder().with_env_var("SAYSO_LOG").with_default_directive(tracing::Level::WARN.into());
    tracing_subscriber::fmt()
        .with_env_filter(filter.from_env_lossy())
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .init();

    let server = Server::listen(listen, insecure).await?;
    let address = server.address();
    // Until the signals are asked for, they end the process at once: nobody was promised anything yet.
    let engine = tokio::task::block_in_place(|| open(&data, store.as_deref(), seeds.as_deref()))?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let head = engine.head();
    server.serve(engine).await;
    eprintln!(
        "{} claims by {} sources at revision {}, kept in {}",
        head.counts.claims,
        head.counts.sources,
        head.revision,
        if store.is_some() { "its database".to_owned() } else { data.display().to_string() }
    );
    // The command as it was called, so that the line can be typed as it stands.
    let command = env::args().next().unwrap_or_else(|| "sayso".to_owned());
    eprintln!(
        "listening on {address}; ask: {command} query --server http://{address} 'figure where actor=NK and kind=workers'"
    );
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    eprintln!("ending, once the calls that are under way are answered");
    Ok(server.stop().await?)
}

fn open(data: &Path, store: Option<&str>, seeds: Option<&Path>) -> Result<Arc<Engine>, Failure> {
    let engine = match store {
        Some(url) => Engine::connect(url)?,
        None => Arc::new(Engine::open(data)?),
    };
    if let Some(directory) = seeds {
        import::load(&engine, Pack::read_dir(directory)?)?;
    }
    Ok(engine)
}
