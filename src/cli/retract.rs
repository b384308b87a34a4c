//! `sayso retract`: claims taken back.

use super::Failure;
use super::target::{Ledger, Place, Target};
use crate::engine::{Batch, Retractions};
use crate::wire::pb::ledger_service_client::LedgerServiceClient;
use crate::wire::{answer, pb};
use std::io::{self, Write};

/// Take claims back
///
/// They stay in the ledger with the reason, hidden from queries that do not mention `retracted`.
/// All of them are taken back, or none. Importing a claim again makes it live again.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Ids of claims
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
    /// Why, in one line
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    target: Target,
}

/// Runs the command.
pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let Args { ids, reason, target } = args;
    let place = target.place().unwrap_or_else(Place::usual_server);
    let response = match place.ledger(false).await? {
        Ledger::Here(engine) => {
            let retractions = Some(Retractions { ids, reason });
            let batch = Batch { retractions, ..Batch::default() };
            engine.record(batch).map(answer::retracted).map_err(Failure::Record)?
        }
        Ledger::There(channel) => {
            let request = pb::RetractRequest { ids, reason, ..pb::RetractRequest::default() };
            LedgerServiceClient::new(channel).retract(request).await?.into_inner()
        }
    };
    told(&response, &mut io::stdout().lock())?;
    Ok(())
}

/// A line for each claim, then the revision.
fn told(response: &pb::RetractResponse, out: &mut impl Write) -> io::Result<()> {
    for outcome in &response.outcomes {
        let what = match outcome.outcome() {
            pb::Outcome::Retracted => "retracted",
            pb::Outcome::Unchanged => "was retracted before",
            pb::Outcome::Created | pb::Outcome::NewVersion | pb::Outcome::Unspecified => continue,
        };
        writeln!(out, "{} version {}: {what}", outcome.id, outcome.version)?;
    }
    let revision = response.revision.as_ref().map(|revision| revision.number).unwrap_or_default();
    writeln!(out, "revision {revision}")
}
