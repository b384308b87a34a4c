//! The computed views: as the command writes them, and what ledgers make of them.
//!
//! A case of the script asks with what is typed behind `sayso query`: the query, and on a line before
//! it options, if any. Without `--seeds`, the seeds are asked.

mod bearing;
mod bounds;
mod history;
mod ledger;

use super::scripts::run;
use ledger::{Ledger, toll, via};
use sayso::model::vocabulary::LikelihoodBand;
use sayso::model::{ClaimDraft, LikelihoodDraft};
use std::process::Command;

const OURS: [&str; 5] = ["SAYSO_SERVER", "SAYSO_DATA", "SAYSO_SEEDS", "SAYSO_PARAM", "SAYSO_FORMAT"];

fn ask(question: &str) -> String {
    let (options, query) = match question.split_once('\n') {
        Some((options, query)) if options.starts_with("--") => (options, query),
        _ => ("", question),
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_sayso"));
    command.arg("query").args(options.split_whitespace()).arg(query);
    if !options.contains("--seeds") {
        command.args(["--seeds", "seeds"]);
    }
    for name in OURS {
        command.env_remove(name);
    }
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("the command was built");
    let text = String::from_utf8([output.stdout, output.stderr].concat()).expect("it writes UTF-8");
    // A table's last column is filled up with spaces.
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    // A blank line would end the case.
    lines.join("\n").replace("\n\n", "\n·\n")
}

#[test]
fn views() {
    run("views.txt", ask);
}

#[test]
fn groups_come_in_the_order_of_their_key() {
    let ledger = Ledger::new();
    let relays = |count: usize| vec!["wire"; count].join(" ");
    let passed_on =
        |(at, count): (usize, &usize)| via(toll(&format!("c{at}"), "10", "ministry"), &relays(*count));
    ledger.record([10, 2, 0].iter().enumerate().map(passed_on));
    let ascending = ["0 | c2 of 1", "2 | c1 of 1", "10 | c0 of 1"];
    assert_eq!(ledger.rows("figure latest by hops"), ascending);
    assert_eq!(ledger.rows("figure latest by hops sort hops"), ascending);
    let descending = ["10 | c0 of 1", "2 | c1 of 1", "0 | c2 of 1"];
    assert_eq!(ledger.rows("figure latest by hops sort hops desc"), descending);
    let likelihoods = [Some(LikelihoodBand::VeryLikely), None, Some(LikelihoodBand::Unlikely)];
    ledger.record(likelihoods.iter().enumerate().map(|(at, band)| ClaimDraft {
        likelihood: band.map(|band| LikelihoodDraft { band: Some(band), ..LikelihoodDraft::default() }),
        ..toll(&format!("c{at}"), "10", "ministry")
    }));
    let likelier = ["very_likely | c0 of 1", "unlikely | c2 of 1", "- | c1 of 1"];
    assert_eq!(ledger.rows("figure latest by likelihood sort likelihood desc"), likelier);
}
