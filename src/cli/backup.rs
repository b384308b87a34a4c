//! `sayso backup` and `sayso restore`: copies of a whole ledger.

use super::Failure;
use super::target::{Place, Target, connect};
use crate::engine::{self, Engine};
use crate::store::{
    Backup, BackupPart, Budget, FileHash, OpenError, Progress, ReadError, Received, Receiving,
};
use crate::wire::pb::ledger_service_client::LedgerServiceClient;
use crate::wire::{backup, pb};
use indicatif::ProgressBar;
use std::collections::HashSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tokio::task::block_in_place;
use tonic::transport::Channel;

/// Copy a ledger while it is served
///
/// The directory becomes a data directory of the ledger as of one revision. An earlier backup of the
/// same ledger is replaced once the new one is whole, and what it has of it is not fetched again.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where the copy goes: a directory that is not there, or empty, or has an earlier backup
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    #[command(flatten)]
    target: Target,
}

/// Make a data directory from a backup
///
/// Every byte is verified, as `verify` does, before the data directory is there. The backup stays as
/// it is.
#[derive(Debug, clap::Args)]
pub(super) struct RestoreArgs {
    /// The backup
    #[arg(value_name = "BACKUP")]
    backup: PathBuf,
    /// The data directory, which is not there yet, or empty
    #[arg(long, value_name = "DIR", env = "SAYSO_DATA", default_value = "sayso-data")]
    data: PathBuf,
}

/// Runs `backup`.
pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let Args { directory, target } = args;
    let bar = Bar::new();
    let source = Source::find(target.place().unwrap_or_else(Place::usual_server)).await?;
    let mut receiving = block_in_place(|| Receiving::over_earlier(&directory))?;
    let taken = source.copy(&mut receiving, &bar).await;
    if let Err(failure) = taken {
        receiving.give_up();
        return Err(failure);
    }
    let received = block_in_place(|| receiving.finish())?;
    bar.0.finish_and_clear();
    let Received { header, reused, .. } = &received;
    let told = format!(
        "backed up: revision {}, sealed files {}, of which {reused} were there\ndigest {}\n",
        header.commit.revision, header.files, header.commit.digest
    );
    if let Some(left) = block_in_place(|| received.place())? {
        eprintln!("note: the copy is in its place, but the earlier one is not removed: {left}");
    }
    Ok(io::stdout().write_all(told.as_bytes())?)
}

/// What is copied.
enum Source {
    Server(LedgerServiceClient<Channel>),
    Data(PathBuf),
}

impl Source {
    async fn find(place: Place) -> Result<Self, Failure> {
        match place {
            Place::Server(url) => Ok(Self::Server(LedgerServiceClient::new(connect(url).await?))),
            Place::Data(directory) | Place::Seeds(directory) => {
                there_is_a_ledger(&directory)?;
                Ok(Self::Data(directory))
            }
            Place::Store(_) => Err(Failure::Read(ReadError::NoBackup)),
        }
    }

    async fn copy(self, receiving: &mut Receiving, bar: &Bar) -> Result<(), Failure> {
        match self {
            Self::Server(mut ledger) => {
                let held = receiving.held().map(|hash| hash.to_vec()).collect();
                let mut parts = ledger.backup(pb::BackupRequest { held }).await?.into_inner();
                while let Some(part) = parts.message().await? {
                    let part = backup::received(part)?;
                    block_in_place(|| bar.take(receiving, part))?;
                }
                Ok(())
            }
            Self::Data(directory) => {
                let held = receiving.held().copied().collect();
                block_in_place(|| copy(open(&directory, &held)?, receiving, bar))
            }
        }
    }
}

/// Runs `restore`.
pub(super) async fn restore(args: RestoreArgs) -> Result<(), Failure> {
    let RestoreArgs { backup, data } = args;
    there_is_a_ledger(&backup)?;
    let bar = Bar::new();
    let damaged = |failure| {
        if let Failure::Read(ReadError::Damaged(damage))
        | Failure::Open(engine::OpenError::Store(OpenError::Damaged(damage))) = failure
        {
            Failure::DamagedBackup { backup: backup.clone(), damage }
        } else {
            failure
        }
    };
    let told = block_in_place(|| restored(&backup, &data, &bar)).map_err(damaged)?;
    bar.0.finish_and_clear();
    Ok(io::stdout().write_all(told.as_bytes())?)
}

fn restored(backup: &Path, data: &Path, bar: &Bar) -> Result<String, Failure> {
    let source = open(backup, &HashSet::new())?;
    let mut receiving = Receiving::anew(data)?;
    if let Err(failure) = copy(source, &mut receiving, bar) {
        receiving.give_up();
        return Err(failure);
    }
    let received = receiving.finish()?;
    match verified(received.path(), bar) {
        Ok(told) => {
            received.place()?;
            Ok(told)
        }
        Err(failure) => {
            received.discard();
            Err(failure)
        }
    }
}

/// Verifies the copy, which ends with the commit that the backup ends with.
fn verified(copy: &Path, bar: &Bar) -> Result<String, Failure> {
    let engine = Engine::open_as_it_is(copy)?;
    let verified = engine.verify(&Budget::default(), &mut |progress| {
        let Progress { commits, all_commits, claims, all_claims, .. } = progress;
        bar.show(commits + claims, all_commits + all_claims);
    });
    let verified = verified.map_err(Failure::Read)?;
    Ok(format!(
        "restored: revision {}, versions of claims {}, sealed files {}\ndigest {}\n",
        verified.head.revision, verified.claims, verified.files, verified.head.digest
    ))
}

/// Opening makes what is not there; here it would back up nothing.
fn there_is_a_ledger(directory: &Path) -> Result<(), Failure> {
    if directory.join("ledger.redb").is_file() {
        Ok(())
    } else {
        Err(Failure::NoLedger { directory: directory.to_owned() })
    }
}

fn open(directory: &Path, held: &HashSet<FileHash>) -> Result<Backup, Failure> {
    Ok(Backup::of_directory(directory, held).map_err(engine::OpenError::Store)?)
}

fn copy(mut backup: Backup, receiving: &mut Receiving, bar: &Bar) -> Result<(), Failure> {
    while let Some(part) = backup.next_part().map_err(Failure::Read)? {
        bar.take(receiving, part)?;
    }
    Ok(())
}

/// Drawn on standard error, and only if that is a terminal.
struct Bar(ProgressBar);

impl Bar {
    fn new() -> Self {
        Self(ProgressBar::new(0))
    }

    fn show(&self, done: u64, all: u64) {
        self.0.set_length(all);
        self.0.set_position(done);
    }

    /// Has a part received. A record counts as one, a file by its bytes.
    fn take(&self, receiving: &mut Receiving, part: BackupPart) -> Result<(), Failure> {
        if let BackupPart::Header(header) = &part {
            self.0.set_length(header.records + header.file_bytes);
        }
        let bytes = if let BackupPart::FileBytes(bytes) = &part { bytes.len() as u64 } else { 0 };
        let before = receiving.records();
        receiving.take(part)?;
        self.0.inc(bytes + receiving.records() - before);
        Ok(())
    }
}
