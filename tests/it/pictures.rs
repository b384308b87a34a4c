//! Pictures: those of the pages are what their commands draw, and what cannot be drawn says why.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Whether it went well, and what it says on standard error.
fn query(arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sayso"));
    command.args(["query", "--seeds", "seeds"]).args(arguments).current_dir(root());
    for name in ["SAYSO_SERVER", "SAYSO_DATA", "SAYSO_SEEDS", "SAYSO_PARAM", "SAYSO_FORMAT"] {
        command.env_remove(name);
    }
    let Output { status, stderr, .. } = command.output().expect("the command was built");
    (status.success(), String::from_utf8(stderr).expect("it writes UTF-8"))
}

#[test]
fn pictures_of_the_pages_are_what_their_commands_draw() {
    let page = fs::read_to_string(root().join("docs/pictures/README.md")).expect("the page is there");
    let directory = tempfile::tempdir().expect("a directory");
    let commands = page.lines().filter_map(|line| line.strip_prefix("    sayso query --seeds seeds '"));
    let mut drawn = Vec::new();
    for command in commands {
        let (text, file) = command.split_once("' --plot docs/pictures/").expect("a query and a file");
        let new = directory.path().join(file);
        let asked = query(&[text, "--plot", new.to_str().expect("a name in UTF-8")]);
        assert_eq!(asked, (true, String::new()), "{text}");
        let new = fs::read_to_string(new).expect("it was drawn");
        let kept = root().join("docs/pictures").join(file);
        if std::env::var_os("UPDATE_DOCS").is_some() {
            fs::write(&kept, &new).expect("it can be written");
        }
        let kept = fs::read_to_string(kept).unwrap_or_default();
        assert!(kept == new, "docs/pictures/{file} is not what is drawn now; UPDATE_DOCS=1 draws it anew");
        drawn.push(file);
    }
    assert_eq!(drawn, ["envelope.svg", "conflicts.svg", "timeline.svg"]);
}

#[test]
fn what_cannot_be_drawn_says_what_to_do() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("p.svg");
    let file = file.to_str().expect("a name in UTF-8");
    let nowhere = directory.path().join("none/p.svg");
    let nowhere = nowhere.to_str().expect("a name in UTF-8");
    let unwritable = format!(
        "cannot write {nowhere}: No such file or directory (os error 2); name a file in a directory that you can write to\n"
    );
    let none =
        "has no picture; end the query with `envelope`, `conflicts` or `timeline`, or ask for figures\n";
    for (text, file, said) in [
        ("figure where kind=workers latest", file, format!("`latest` {none}")),
        ("source", file, format!("the registry {none}")),
        (
            "figure where kind=absence conflicts",
            file,
            "nothing found\nnothing was found that could be drawn\n".to_owned(),
        ),
        ("statement where kind=workers", file, "there is nothing to draw: none of these claims has a time or a figure; `figure where …` has one\n".to_owned()),
        ("figure where kind=workers envelope", nowhere, unwritable),
    ] {
        assert_eq!(query(&[text, "--plot", file]), (false, said), "{text}");
    }
    let (is_drawn, said) = query(&["figure", "--plot", "p.jpg"]);
    assert!(!is_drawn && said.contains("a picture is written as FILE.svg or FILE.png"), "{said}");
    let (is_drawn, said) = query(&["figure", "--plot", file, "--plot-size", "50"]);
    assert!(!is_drawn && said.contains("write a width, as 960, or with a height, as 960x600"), "{said}");
}
