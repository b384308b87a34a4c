//! `sayso migrate`: the tables of a ledger's database.

use super::Failure;
use crate::store::Postgres;

/// Make the tables of a ledger's database, or bring them to what this version needs
///
/// Safe to repeat, and to run beside servers of the version that made the tables. It needs the right to make
/// tables; serving needs only to read and to write them.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The database, as `postgres://USER@HOST/DATABASE`
    #[arg(long, value_name = "URL", env = "SAYSO_STORE", hide_env_values = true)]
    store: String,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    match Postgres::migrate(&args.store)? {
        0 => eprintln!("the tables are as this version needs them"),
        steps => eprintln!(
            "{steps} {} made: the tables are as this version needs them",
            if steps == 1 { "step" } else { "steps" }
        ),
    }
    Ok(())
}
