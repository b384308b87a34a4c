//! The `sayso` command: data on standard output, everything else on standard error; exit status 0,
//! 1 for what was refused or failed, 2 for wrong usage.

mod again;
mod backup;
mod colour;
mod export;
mod import;
mod migrate;
mod plot;
mod prompt;
mod query;
mod render;
mod retract;
mod serve;
mod target;
mod verify;
mod watch;

use crate::engine;
use crate::pack::PackError;
use crate::pack::claimreview::ReviewsError;
use crate::pack::mapping::DataError;
use crate::pack::statements::StatementsError;
use crate::server::ServerError;
use crate::store::{Damage, DatabaseError, ReadError, ReceiveError};
use crate::wire::backup::NoPart;
use crate::wire::item::ItemError;
use crate::wire::question::QuestionError;
use clap::{CommandFactory, Parser, Subcommand};
use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

/// Keeps sourced claims and answers questions about them
#[derive(Debug, Parser)]
#[command(name = "sayso", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Args),
    Migrate(migrate::Args),
    Query(query::Args),
    Explain(query::ExplainArgs),
    Import(import::Args),
    Export(export::Args),
    Retract(retract::Args),
    Watch(watch::Args),
    Verify(verify::Args),
    Backup(backup::Args),
    Restore(backup::RestoreArgs),
    /// Print a script that completes this command in a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Runs the command that the process was called with.
pub fn run() -> ExitCode {
    let Cli { command } = Cli::parse();
    let done = match command {
        Command::Serve(args) => on_runtime(serve::run(args)),
        Command::Migrate(args) => migrate::run(&args),
        Command::Query(args) => on_runtime(query::run(args)),
        Command::Explain(args) => on_runtime(query::explain(args)),
        Command::Import(args) => on_runtime(import::run(args)),
        Command::Export(args) => on_runtime(export::run(args)),
        Command::Retract(args) => on_runtime(retract::run(args)),
        Command::Watch(args) => on_runtime(watch::run(args)),
        Command::Verify(args) => on_runtime(verify::run(args)),
        Command::Backup(args) => on_runtime(backup::run(args)),
        Command::Restore(args) => on_runtime(backup::restore(args)),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "sayso", &mut io::stdout());
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads our output has read enough.
        Err(Failure::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            colour::report(&failure);
            ExitCode::FAILURE
        }
    }
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("cannot write: {0}")]
    Io(#[from] io::Error),
    #[error("cannot read the query: {0}")]
    Input(io::Error),
    #[error("cannot prompt: {0}")]
    Prompt(rustyline::error::ReadlineError),
    #[error("interrupted: the answer was not waited for")]
    Interrupted,
    #[error("cannot start: {0}")]
    Runtime(io::Error),
    #[error(transparent)]
    Pack(#[from] PackError),
    #[error(transparent)]
    Reviews(#[from] ReviewsError),
    #[error(transparent)]
    Statements(#[from] StatementsError),
    #[error(transparent)]
    Data(#[from] DataError),
    /// An import of rows that ended at what is wrong with some.
    #[error(
        "{}\nwhat stands before row {from} is written: go on with --from {from} when this is mended, or past it \
         with --continue-on-error REPORT",
        faults.join("\n")
    )]
    Stopped { faults: Vec<String>, from: u64 },
    #[error("{rows} rows were not written, or not whole: {} says why", report.display())]
    BrokenRows { rows: u64, report: PathBuf },
    #[error(transparent)]
    Open(#[from] engine::OpenError),
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Server(#[from] ServerError),
    #[error("there is no ledger in {}", directory.display())]
    NoLedger { directory: PathBuf },
    #[error("{url} is no URL of a server, as http://127.0.0.1:50051")]
    NotAUrl { url: String },
    #[error("cannot reach {url}: {}; is `sayso serve` running?", root(source))]
    Unreachable { url: String, source: tonic::transport::Error },
    /// What is wrong with packs, each line with its place.
    #[error("{}", .0.join("\n"))]
    Refused(Vec<String>),
    #[error("cannot read {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    /// Items that were left out of an import.
    #[error("{items} items are not written: {} says why", report.display())]
    LeftOut { items: u64, report: PathBuf },
    #[error(
        "packs are written whole or not at all: --continue-on-error is for tables, for what was exported, and for \
         ClaimReviews and statements"
    )]
    FilesAreWhole,
    #[error("{}:{line}: the file ends within this line: it was cut short", path.display())]
    CutShort { path: PathBuf, line: u64 },
    #[error("a history is written as jsonl alone: it holds what items were made of")]
    NoHistory,
    #[error(transparent)]
    Import(#[from] engine::ImportError),
    #[error(transparent)]
    Export(#[from] engine::ExportError),
    #[error(transparent)]
    Read(ReadError),
    #[error("the server ended before all was verified; verify it again")]
    Unverified,
    #[error(transparent)]
    Receive(#[from] ReceiveError),
    #[error(transparent)]
    NoPart(#[from] NoPart),
    #[error("{} is damaged: {}; nothing was restored: restore another backup", backup.display(), damage.found())]
    DamagedBackup { backup: PathBuf, damage: Damage },
    #[error(transparent)]
    Query(#[from] engine::QueryError),
    #[error(transparent)]
    Question(#[from] QuestionError),
    #[error("the ledger is damaged: {0}")]
    Damaged(#[from] ItemError),
    #[error(transparent)]
    Record(engine::RecordError),
    #[error(transparent)]
    NoPicture(#[from] plot::NoPicture),
    #[error("the picture is too large for PNG: write it as FILE.svg, or narrow the query")]
    TooLarge,
    #[error("cannot write {}: {source}; name a file in a directory that you can write to", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
    /// A server's refusal.
    #[error("{}", .0.message())]
    Status(#[from] tonic::Status),
}

/// The error at the bottom: what the system said.
fn root<'e>(mut error: &'e (dyn Error + 'static)) -> &'e (dyn Error + 'static) {
    while let Some(source) = error.source() {
        error = source;
    }
    error
}

fn on_runtime(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(Failure::Runtime)?.block_on(work)
}
