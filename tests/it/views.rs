//! The computed views as the command writes them.
//!
//! A case of the script asks with what is typed behind `sayso query`: the query, and on a line before
//! it options, if any. Without `--seeds`, the seeds are asked.

use super::scripts::run;
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
