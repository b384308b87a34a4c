//! The prompt of `sayso query`, typed at through a pseudo terminal.

use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Output};

const SEEDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/seeds");

/// What the prompt answers to each line that is typed; it must end well. The history is kept in
/// `state`.
fn typed(state: &Path, arguments: &[&str], lines: &[&str], no_colour: &str) -> String {
    let command = [&[env!("CARGO_BIN_EXE_sayso"), "query"], arguments].concat().join("\u{1f}");
    let mut python = Command::new("python3");
    python.arg("tests/clients/prompt.py").arg(command).args(lines).current_dir(env!("CARGO_MANIFEST_DIR"));
    for name in ["SAYSO_SERVER", "SAYSO_DATA", "SAYSO_SEEDS", "SAYSO_PARAM", "SAYSO_FORMAT"] {
        python.env_remove(name);
    }
    python.env("XDG_STATE_HOME", state).env("TERM", "xterm").env("NO_COLOR", no_colour);
    let Output { status, stdout, stderr } = python.output().expect("there is a Python 3");
    let [stdout, stderr] = [stdout, stderr].map(|bytes| String::from_utf8(bytes).expect("it writes UTF-8"));
    assert_eq!((status.code(), stderr.as_str()), (Some(0), ""), "{stdout}");
    stdout
}

#[test]
fn a_conversation_completes_refuses_helps_and_is_remembered() {
    let state = tempfile::tempdir().expect("there is room");
    let lines = [
        r"\more<Enter>",
        r"\explain<Enter>",
        "figure where hed<Tab>=about and kind=workers list id<Enter>",
        r"\explain<Enter>",
        "figure where (kind=workers<Enter>and value>=4000) and<Enter>value<10k list id<Enter>",
        "figure where kind=workers or<Enter><Enter>",
        r"figure where (kind=workers<Enter>\help surely<Enter>",
        "figure wh<Ctrl-C>",
        "figure where kind=$kind list id<Enter>",
        r"\ex<Tab> norm<Enter>",
        r"\help hed<Tab><Enter>",
        r"\help surely<Enter>",
        r"\helq<Enter>",
        "figure where actr=NK<Enter>",
        "<Ctrl-D>",
    ];
    let arguments = ["--seeds", SEEDS, "--param", "kind=labourers"];
    assert_eq!(
        typed(state.path(), &arguments, &lines, "1"),
        r"\help says what there is to type, Tab completes it, Ctrl-D leaves.
== \more<Enter>
there is no more
== \explain<Enter>
there is no query yet; \explain QUERY explains one
== figure where hed<Tab>=about and kind=workers list id<Enter>
id               grade
────────────────────────
workers-present  sure
== \explain<Enter>
condition          sure  possible  sure so far  possible so far  read as
────────────────────────────────────────────────────────────────────────────────
figure             6     0         6            0
where hedge=about  5     0         5            0
and kind=workers   2     0         1            0                topic workers
== figure where (kind=workers<Enter>and value>=4000) and<Enter>value<10k list id<Enter>
id               grade
───────────────────────────
workers-present  possible
workers-sent     possible
== figure where kind=workers or<Enter><Enter>
UNEXPECTED at 26..28: `or` joins nothing
  figure where kind=workers or
                            ^^
  leave it out
== figure where (kind=workers<Enter>\help surely<Enter>
surely CONDITION: it must hold whatever the value is within its interval
  example    figure where surely value>=3000
== figure wh<Ctrl-C>

== figure where kind=$kind list id<Enter>
id               grade
────────────────────────
workers-present  sure
workers-sent     sure
== \ex<Tab> norm<Enter>
condition  sure  possible  sure so far  possible so far
─────────────────────────────────────────────────────────
norm       6     0         6            0
== \help hed<Tab><Enter>
hedge (word of a vocabulary): in which form it is hedged
  of         figure
  values     exact about plus_minus at_least more_than at_most less_than up_to nearly between magnitude
  operators  =  !=  in  not in  is present  is missing
  example    figure where hedge=exact
== \help surely<Enter>
surely CONDITION: it must hold whatever the value is within its interval
  example    figure where surely value>=3000
== \helq<Enter>
there is no `\helq`; there are `\explain`, `\more`, `\help`, `\quit`
== figure where actr=NK<Enter>
UNKNOWN_ATTRIBUTE at 13..17: `figure` has no attribute `actr`
  figure where actr=NK
               ^^^^
  did you mean `actor`?
== <Ctrl-D>
plain
"
    );

    let again = typed(state.path(), &arguments, &["<Up><Enter>", "quit<Enter>"], "");
    let expected = r"
== <Up><Enter>
UNKNOWN_ATTRIBUTE at 13..17: `figure` has no attribute `actr`
  figure where actr=NK
               ^^^^
  did you mean `actor`?
== quit<Enter>
coloured
";
    assert_eq!(again.split_once('\n').map(|(_, rest)| format!("\n{rest}")).as_deref(), Some(expected));
}

#[test]
fn the_documentation_shows_what_is_answered() {
    let state = tempfile::tempdir().expect("there is room");
    let page = include_str!("../../docs/command.md");
    let (_, rest) = page.split_once("```prompt\n").expect("a conversation");
    let (shown, _) = rest.split_once("```").expect("its end");
    let lines = shown.lines().filter_map(|line| line.strip_prefix("sayso> "));
    let mut lines: Vec<_> = lines.map(|line| format!("{line}<Enter>")).collect();
    lines.push("<Ctrl-D>".to_owned());
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    let said = typed(state.path(), &["--seeds", SEEDS], &lines, "1");
    let (_, said) = said.split_once('\n').expect("a greeting");
    let said = said.strip_suffix("== <Ctrl-D>\nplain\n").expect("an end");
    assert_eq!(said.replace("== ", "sayso> ").replace("<Enter>", ""), shown);
}

#[test]
fn a_long_answer_comes_page_by_page() {
    let home = tempfile::tempdir().expect("there is room");
    let mut pack = "entities:\n".to_owned();
    for number in 0..120 {
        writeln!(pack, "  - {{ id: t{number}, kind: topic, name: T }}").expect("a text takes all");
    }
    std::fs::write(home.path().join("pack.yaml"), pack).expect("there is room");
    let seeds = home.path().to_str().expect("a name in UTF-8");
    let lines =
        ["entity list id sort id<Enter>", r"\more<Enter>", r"\m<Enter>", r"\more<Enter>", r"\quit<Enter>"];
    let mut ids: Vec<String> = (0..120).map(|number| format!("t{number}")).collect();
    ids.sort();
    let page = |ids: &[String]| ids.iter().map(|id| format!("{id},sure\n")).collect::<String>();
    assert_eq!(
        typed(home.path(), &["--seeds", seeds, "--format", "csv"], &lines, "1"),
        format!(
            r"\help says what there is to type, Tab completes it, Ctrl-D leaves.
== entity list id sort id<Enter>
id,grade
{}these are 50; \more shows the next
== \more<Enter>
id,grade
{}these are 50; \more shows the next
== \m<Enter>
id,grade
{}== \more<Enter>
there is no more
== \quit<Enter>
plain
",
            page(&ids[..50]),
            page(&ids[50..100]),
            page(&ids[100..])
        )
    );
}
