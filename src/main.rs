//! The `sayso` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    sayso::cli::run()
}
