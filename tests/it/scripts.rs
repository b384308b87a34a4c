//! Golden scripts: queries and the whole of what they answer.
//!
//! A script is a text file of cases, separated by blank lines:
//!
//! ```text
//! # What this case shows.
//! > figure where actor = NK
//! > and kind = workers
//! figure where actor=NK and kind=workers
//! ```
//!
//! Lines that begin with `#` before a case are comments; those that begin with `> ` are the query
//! (or whatever the runner asks with), the rest is the answer. `UPDATE_SCRIPTS=1` writes the answers
//! as they are into the scripts, for review.

use std::fs;
use std::path::Path;

/// One case of a script.
struct Case {
    comments: String,
    question: String,
    answer: String,
}

/// Asks every case of `tests/scripts/NAME` and compares the answers.
#[track_caller]
pub(super) fn run(name: &str, ask: impl Fn(&str) -> String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts").join(name);
    let script = fs::read_to_string(&path).expect("the script is there");
    let cases = read(&script);
    assert!(!cases.is_empty(), "{name} has no case");

    let mut answered = String::new();
    for case in &cases {
        let question: String =
            case.question.lines().map(|line| format!("> {line}").trim_end().to_owned() + "\n").collect();
        let question = if question.is_empty() { ">\n".to_owned() } else { question };
        answered.push_str(&format!("{}{question}{}\n\n", case.comments, ask(&case.question)));
    }
    let answered = answered.trim_end().to_owned() + "\n";
    if std::env::var_os("UPDATE_SCRIPTS").is_some() {
        fs::write(&path, answered).expect("the script can be written");
        return;
    }
    for case in &cases {
        assert_eq!(ask(&case.question), case.answer, "{name}: {}", case.question);
    }
    assert_eq!(answered, script, "{name} is not laid out as it would be written");
}

fn read(script: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut comments = String::new();
    let mut question: Vec<&str> = Vec::new();
    let mut answer: Vec<&str> = Vec::new();
    for line in script.lines().chain([""]) {
        if let Some(line) = line.strip_prefix('>').filter(|_| answer.is_empty()) {
            question.push(line.strip_prefix(' ').unwrap_or(line));
        } else if !question.is_empty() && line.is_empty() {
            cases.push(Case {
                comments: std::mem::take(&mut comments),
                question: question.join("\n"),
                answer: answer.join("\n"),
            });
            question.clear();
            answer.clear();
        } else if question.is_empty() {
            comments.push_str(line);
            comments.push('\n');
        } else {
            answer.push(line);
        }
    }
    cases
}

/// The canonical form, or the whole error.
fn parse(query: &str) -> String {
    match sayso::language::parse(query) {
        Ok(parsed) => parsed.to_string(),
        Err(diagnostic) => diagnostic.render(query),
    }
}

#[test]
fn syntax() {
    run("syntax.txt", parse);
}

#[test]
fn examples() {
    run("examples.txt", parse);
}

#[test]
fn errors() {
    run("errors.txt", parse);
}
