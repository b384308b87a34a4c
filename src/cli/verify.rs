//! `sayso verify`: every byte of a data directory compared with what it must be.

use super::Failure;
use crate::engine::Engine;
use crate::store::{Budget, Progress, Verified};
use indicatif::ProgressBar;
use std::io::{self, Write};
use std::path::PathBuf;

/// Check every byte of a data directory
///
/// Compares sealed files with their SHA-256, every record with its checksum, every commit with the
/// digest of its items, and what claims are found by with what they hold. Names the first commit,
/// file and claim that do not match. No server may have the directory open.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The ledger's directory
    #[arg(long, value_name = "DIR", env = "SAYSO_DATA")]
    data: PathBuf,
}

/// Runs the command.
pub(super) fn run(args: Args) -> Result<(), Failure> {
    let Args { data: directory } = args;
    // Opening makes what is not there; here it would say that nothing is damaged.
    if !directory.join("ledger.redb").is_file() {
        return Err(Failure::NoLedger { directory });
    }
    let engine = Engine::open(&directory)?;
    let bar = ProgressBar::new(0);
    let verified = engine.verify(&Budget::default(), &mut |progress| {
        let Progress { commits, all_commits, claims, all_claims, .. } = progress;
        bar.set_length(all_commits + all_claims);
        bar.set_position(commits + claims);
    });
    bar.finish_and_clear();
    let Verified { head, files, claims } = verified.map_err(Failure::Read)?;
    let (revision, digest) = (head.revision, head.digest);
    let sound = format!(
        "sound: revision {revision}, versions of claims {claims}, sealed files {files}\ndigest {digest}\n"
    );
    Ok(io::stdout().write_all(sound.as_bytes())?)
}
