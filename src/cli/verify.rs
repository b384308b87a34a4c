//! `sayso verify`: every byte of a ledger compared with what it must be.

use super::Failure;
use super::target::{Ledger, Place, Target};
use crate::engine::Engine;
use crate::store::{Budget, Progress, Verified};
use crate::wire::pb;
use crate::wire::pb::ledger_service_client::LedgerServiceClient;
use crate::wire::pb::verify_response::State;
use indicatif::ProgressBar;
use std::fmt::Display;
use std::io::{self, Write};
use tonic::transport::Channel;

/// Check every byte of a ledger
///
/// Compares sealed files with their SHA-256, every record with its checksum, every commit with the
/// digest of its items, and what claims are found by with what they hold. Names the first commit,
/// file and claim that do not match. A server goes on serving meanwhile.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    target: Target,
}

/// Runs the command.
pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let place = args.target.place().unwrap_or_else(Place::usual_server);
    if let Place::Data(directory) = &place
        && !directory.join("ledger.redb").is_file()
    {
        // Opening makes what is not there; here it would say that nothing is damaged.
        return Err(Failure::NoLedger { directory: directory.clone() });
    }
    let bar = ProgressBar::new(0);
    let sound = match place.ledger(false).await? {
        Ledger::Here(engine) => here(&engine, &bar),
        Ledger::There(channel) => there(channel, &bar).await,
    };
    bar.finish_and_clear();
    Ok(io::stdout().write_all(sound?.as_bytes())?)
}

fn here(engine: &Engine, bar: &ProgressBar) -> Result<String, Failure> {
    let verified = engine.verify(&Budget::default(), &mut |progress| {
        let Progress { commits, all_commits, claims, all_claims, .. } = progress;
        show(bar, commits + claims, all_commits + all_claims);
    });
    let Verified { head, files, claims } = verified.map_err(Failure::Read)?;
    Ok(sound(head.revision, head.digest, claims, files))
}

async fn there(channel: Channel, bar: &ProgressBar) -> Result<String, Failure> {
    let mut states = LedgerServiceClient::new(channel).verify(pb::VerifyRequest {}).await?.into_inner();
    while let Some(pb::VerifyResponse { state }) = states.message().await? {
        match state {
            Some(State::Progress(progress)) => {
                let pb::VerifyProgress { commits, all_commits, claims, all_claims, .. } = progress;
                show(bar, commits + claims, all_commits + all_claims);
            }
            Some(State::Sound(pb::VerifiedLedger { revision, files, claims })) => {
                let pb::Revision { number, digest, .. } = revision.unwrap_or_default();
                return Ok(sound(number, digest, claims, files));
            }
            Some(State::Damage(pb::LedgerDamage { text })) => return Err(Failure::Refused(vec![text])),
            // A server that is newer than this command tells more.
            None => {}
        }
    }
    Err(Failure::Unverified)
}

fn show(bar: &ProgressBar, done: u64, all: u64) {
    bar.set_length(all);
    bar.set_position(done);
}

fn sound(revision: u64, digest: impl Display, claims: u64, files: u64) -> String {
    format!(
        "sound: revision {revision}, versions of claims {claims}, sealed files {files}\ndigest {digest}\n"
    )
}
