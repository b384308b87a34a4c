//! The pages for readers: what repeats the code is written from it, and every example is tried.
//!
//! A part that is written from the code stands between `<!-- begin NAME -->` and `<!-- end NAME -->`.
//! A block marked `sayso` holds a query and the block behind it the answer; a block marked `console`
//! holds commands behind `$ ` and what they print; those that ask the seeds are tried, and on the page
//! of real data all of them.
//! `UPDATE_DOCS=1` writes all of it into the pages, for review.

use sayso::analysis::MAX_LISTED;
use sayso::engine::{
    DEFAULT_PAGE_SIZE, MAX_GROUPED_CLAIMS, MAX_GROUPS, MAX_PAGE_SIZE, MAX_VIEW_CLAIMS, MAX_VIEW_PAIRS,
};
use sayso::language::attributes::{ATTRIBUTES, Entry, HOPS, Hop, ItemTypes, Reach, ValueType};
use sayso::language::{
    MAX_BYTES, MAX_DEPTH, MAX_LIST_ITEMS, MAX_LIST_PARAMETER_ITEMS, MAX_PREDICATES, TOPICS, Topic, View,
};
use sayso::model::quantity::{HEDGES, MAGNITUDES, plain};
use sayso::model::vocabulary::ClaimType;
use sayso::model::{Quantity, limits};
use sayso::service::{MAX_CALLS, MAX_DEADLINE, MAX_REQUEST_BYTES};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn readme() {
    hold("README.md", &[("limits", limits())]);
}

#[test]
fn queries_in_tables_of_the_readme_are_answered() {
    let page = fs::read_to_string(root().join("README.md")).expect("the page is there");
    let cells =
        page.lines().filter(|line| line.starts_with('|')).flat_map(|line| line.split('`').skip(1).step_by(2));
    let queries: Vec<&str> = cells.filter(|cell| cell.split(' ').count() > 2).collect();
    assert_eq!(queries.len(), 14);
    for query in queries {
        let lines = ask(&[query, "--format", "jsonl"]);
        assert!(lines.starts_with("{\""), "{query}: {lines}");
    }
}

#[test]
fn language() {
    let attributes = attributes();
    let parts = [
        ("attributes", attributes),
        ("dots", dots()),
        ("operators", operators()),
        ("codes", codes()),
        ("bounds", bounds()),
    ];
    hold("docs/language.md", &parts);
}

#[test]
fn views() {
    hold("docs/views.md", &[("views", views_table()), ("bounds", bounds())]);
}

#[test]
fn command() {
    hold("docs/command.md", &[("keywords", keywords())]);
}

#[test]
fn model() {
    let parts = [("hedges", hedges()), ("magnitudes", magnitudes()), ("vocabularies", vocabularies())];
    hold("docs/model.md", &parts);
}

#[test]
fn transfer() {
    hold("docs/transfer.md", &[]);
}

#[test]
fn packs() {
    hold("docs/pack.md", &[]);
}

/// Extracts of real data through their mappings into a ledger, questions of it, and its picture.
#[test]
fn data() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = directory.path();
    for name in ["docs", "tests"] {
        std::os::unix::fs::symlink(root().join(name), at.join(name)).expect("a link can be made");
    }
    hold_as("docs/data.md", &[], &|command| Some(shell(at, command)));
    let drawn = fs::read_to_string(at.join("tanks.svg")).expect("it was drawn");
    let kept = root().join("docs/pictures/tanks.svg");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&kept, &drawn).expect("it can be written");
    }
    let kept = fs::read_to_string(kept).expect("the picture is there");
    assert!(kept == drawn, "docs/pictures/tanks.svg is not what is drawn now; UPDATE_DOCS=1 draws it anew");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Compares a page with what it should be: its parts from the code, its examples as answered.
#[track_caller]
fn hold(page: &str, parts: &[(&str, String)]) {
    hold_as(page, parts, &|command| {
        ["query", "export"].iter().find_map(|name| {
            let rest = command.strip_prefix(&format!("sayso {name} --seeds seeds "))?;
            Some(asked_of_seeds(name, &arguments(rest)))
        })
    });
}

/// The same, where `run` tells what a command of a session prints; `None` if it is not tried.
#[track_caller]
fn hold_as(page: &str, parts: &[(&str, String)], run: &dyn Fn(&str) -> Option<String>) {
    let path = root().join(page);
    let is = fs::read_to_string(&path).expect("the page is there");
    let mut should = is.clone();
    for (name, text) in parts {
        should = with_part(&should, name, text).unwrap_or_else(|| panic!("{page} has no part `{name}`"));
    }
    let should = with_answers(&should, run);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, should).expect("the page can be written");
    } else {
        assert_eq!(is, should, "{page} is not what the code says; UPDATE_DOCS=1 writes it");
    }
    for link in links(&is) {
        assert!(path.with_file_name(link).exists(), "{page} links to {link}");
    }
}

fn with_part(page: &str, name: &str, text: &str) -> Option<String> {
    let (before, rest) = page.split_once(&format!("<!-- begin {name} -->\n"))?;
    let end = format!("<!-- end {name} -->");
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}<!-- begin {name} -->\n{text}{end}{after}"))
}

/// The files of the project that a page links to.
fn links(page: &str) -> impl Iterator<Item = &str> {
    let targets = page.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
    targets.filter(|target| !target.is_empty() && !target.contains("://"))
}

/// The page with every example answered.
fn with_answers(page: &str, run: &dyn Fn(&str) -> Option<String>) -> String {
    let mut answered = String::new();
    let mut blocks = page.split("```").enumerate().peekable();
    while let Some((index, block)) = blocks.next() {
        if index > 0 {
            answered.push_str("```");
        }
        if index % 2 == 0 {
            answered.push_str(block);
        } else if let Some(query) = block.strip_prefix("sayso\n") {
            let _ = write!(answered, "{block}```\n```text\n{}", ask(&[query.trim_end()]));
            let (_, between) = blocks.next().expect("text behind a block");
            let (_, answer) = blocks.next().expect("a block behind a query");
            assert!(between == "\n" && answer.starts_with("text\n"), "an answer behind {query}");
        } else if let Some(session) = block.strip_prefix("console\n") {
            answered.push_str("console\n");
            answered.push_str(&session_again(session, run));
        } else {
            answered.push_str(block);
        }
    }
    answered
}

/// The commands of a session, and what they print now.
fn session_again(session: &str, run: &dyn Fn(&str) -> Option<String>) -> String {
    let mut again = String::new();
    let mut is_kept = true;
    for line in session.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            let _ = writeln!(again, "{line}");
            let said = run(command);
            is_kept = said.is_none();
            again.push_str(&said.unwrap_or_default());
        } else if is_kept {
            let _ = writeln!(again, "{line}");
        }
    }
    again
}

/// The arguments of a command, of which those with spaces stand in single quotes.
fn arguments(command: &str) -> Vec<&str> {
    let pieces = command.split('\'').enumerate();
    pieces
        .flat_map(|(index, piece)| match index % 2 {
            0 => piece.split_whitespace().collect(),
            _ => vec![piece],
        })
        .collect()
}

/// What `sayso query --seeds seeds` prints.
fn ask(arguments: &[&str]) -> String {
    asked_of_seeds("query", arguments)
}

/// What a command with `--seeds seeds` prints.
fn asked_of_seeds(name: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sayso"));
    command.args([name, "--seeds", "seeds"]).args(arguments).current_dir(root());
    said(command)
}

/// What a line of a shell prints in a directory, where `sayso` is the command.
fn shell(directory: &Path, line: &str) -> String {
    let built = Path::new(env!("CARGO_BIN_EXE_sayso")).parent().expect("a file is in a directory");
    let others = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([built.to_owned()].into_iter().chain(std::env::split_paths(&others)));
    let mut command = Command::new("sh");
    command.args(["-c", line]).current_dir(directory).env("PATH", path.expect("no colon stands in it"));
    said(command)
}

/// What a command prints, without the blanks at the ends of its lines.
fn said(mut command: Command) -> String {
    for name in ["SAYSO_SERVER", "SAYSO_DATA", "SAYSO_SEEDS", "SAYSO_PARAM", "SAYSO_FORMAT"] {
        command.env_remove(name);
    }
    let output = command.output().expect("the command was built");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(text).expect("it writes UTF-8");
    text.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// A table of Markdown; bars within cells are escaped.
fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = format!("| {} |\n|{}\n", head.join(" | "), "---|".repeat(head.len()));
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
        let _ = writeln!(table, "| {} |", cells.join(" | "));
    }
    table
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

// ── The language

/// The types that an attribute is of, in the fewest words.
fn of(types: ItemTypes) -> String {
    if types == ItemTypes::ALL {
        return "all".to_owned();
    }
    let mut names = Vec::new();
    for (name, named) in ItemTypes::NAMED {
        let is_covered = ItemTypes::CLAIM.within(types) && named.within(ItemTypes::CLAIM) && name != "claim";
        if named.within(types) && !is_covered {
            names.push(name);
        }
    }
    names.join(", ")
}

/// What values are, in the words of the page.
fn values(value: ValueType) -> String {
    match value {
        ValueType::Vocabulary(vocabulary) => {
            let words: Vec<String> = vocabulary.words().into_iter().map(code).collect();
            words.join(" ")
        }
        ValueType::Entity(_)
        | ValueType::Source
        | ValueType::Document
        | ValueType::Quantity
        | ValueType::Number
        | ValueType::Time
        | ValueType::YesNo
        | ValueType::Text
        | ValueType::Name
        | ValueType::Free => value.noun().to_owned(),
    }
}

fn attributes() -> String {
    let row = |entry: &Entry| {
        let name = if entry.help.contains(&format!("`{}.", entry.name)) {
            format!("{}.…", entry.name)
        } else {
            entry.name.to_owned()
        };
        let several = if entry.many { ", several" } else { "" };
        vec![code(&name), of(entry.of), values(entry.value) + several, entry.help.to_owned()]
    };
    table(&["attribute", "of", "values", "meaning"], ATTRIBUTES.iter().map(row))
}

fn dots() -> String {
    let row = |hop: &Hop| {
        let from = match hop.reach {
            Reach::Part(_) => "times",
            Reach::Bound(_) => "quantities",
            Reach::Fact(_) if hop.help.starts_with("the entity") => "entities",
            Reach::Fact(_) if hop.help.starts_with("the document") => "documents",
            Reach::Fact(_) => "sources",
        };
        vec![code(&format!(".{}", hop.name)), from.to_owned(), values(hop.value), hop.help.to_owned()]
    };
    table(&["dot", "behind", "values", "meaning"], HOPS.iter().map(row))
}

fn operators() -> String {
    let mut rows: Vec<(String, Vec<&str>)> = Vec::new();
    for entry in ATTRIBUTES {
        let value = entry.value;
        let noun = match value {
            ValueType::Vocabulary(_) if value.is_ordered() => "word of an ordered vocabulary",
            ValueType::Vocabulary(_)
            | ValueType::Entity(_)
            | ValueType::Source
            | ValueType::Document
            | ValueType::Quantity
            | ValueType::Number
            | ValueType::Time
            | ValueType::YesNo
            | ValueType::Text
            | ValueType::Name
            | ValueType::Free => value.noun(),
        };
        let operators: Vec<String> = value.operators().into_iter().map(code).collect();
        let operators = operators.join(" ");
        match rows.iter_mut().find(|(others, _)| *others == operators) {
            Some((_, nouns)) if nouns.contains(&noun) => {}
            Some((_, nouns)) => nouns.push(noun),
            None => rows.push((operators, vec![noun])),
        }
    }
    let rows = rows.into_iter().map(|(operators, nouns)| vec![nouns.join(", "), operators]);
    table(&["values", "operators"], rows)
}

/// Keywords and signs, each example asked.
fn keywords() -> String {
    let row = |topic: &Topic| {
        let lines = ask(&[topic.example, "--format", "jsonl"]);
        assert!(lines.starts_with("{\""), "{}: {lines}", topic.example);
        let shapes: Vec<String> = topic.shape.split(" | ").map(code).collect();
        vec![shapes.join(" "), topic.help.to_owned(), code(topic.example)]
    };
    table(&["written", "means", "for example"], TOPICS.iter().map(row))
}

/// The codes of errors with what the source says of each.
fn codes() -> String {
    let source = fs::read_to_string(root().join("src/language/error.rs")).expect("the source is there");
    let (_, rest) = source.split_once("pub enum Code {\n").expect("the codes");
    let (variants, rest) = rest.split_once("\n}").expect("their end");
    let rows: Vec<Vec<String>> = documented(variants)
        .map(|(doc, variant)| {
            let shown = rest.split_once(&format!("Self::{} => \"", variant.trim_end_matches(',')));
            let (shown, _) = shown.expect("a code").1.split_once('"').expect("its end");
            vec![code(shown), doc, example_of(shown)]
        })
        .collect();
    table(&["code", "when", "for example"], rows)
}

/// What provokes each code: a query, tried here, or words where it would be too long or needs another
/// ledger.
const PROVOKED: [(&str, &str); 22] = [
    ("UNEXPECTED", "figure where"),
    ("UNKNOWN_ATTRIBUTE", "figure where actr=NK"),
    ("UNKNOWN_TYPE", "figurs"),
    ("UNKNOWN_NAME", "claim where actor='Norh Korea'"),
    ("UNKNOWN_VALUE", "figure where unit=usd"),
    ("AMBIGUOUS_NAME", "- an alias of two entities, as `Georgia` of a country and a state"),
    ("RESERVED_WORD", "claim where place=in"),
    ("BAD_TIME", "claim where when=2025-13"),
    ("BAD_QUANTITY", "figure where value=11,000"),
    ("AMBIGUOUS_UNIT", "claim where said>now-5m"),
    ("WRONG_OPERATOR", "figure where actor==NK"),
    ("WRONG_CLAUSE", "norm breaches"),
    ("MISSING_CONNECTIVE", "figure where actor=NK kind=workers"),
    ("MIXED_AND_OR", "figure where actor=NK or by=NIS and kind=workers"),
    ("UNBOUND_PARAMETER", "figure where actor=$who"),
    ("UNUSED_PARAMETER", "figure --param who=NK"),
    ("UNCLOSED", "claim where text~'elite troops"),
    ("TOO_LONG", "- more than 8 KiB"),
    ("TOO_DEEP", "- 33 parentheses within each other"),
    ("TOO_MANY_TERMS", "- 257 conditions"),
    ("TOO_BROAD", "- a view of 50,001 claims"),
    ("REVISION_NOT_HERE", "claim as of revision 999"),
];

/// Codes that no script can provoke, and the test that asserts their whole text.
const ELSEWHERE: [(&str, &str); 7] = [
    ("AMBIGUOUS_NAME", "src/language/tests.rs"),
    ("REVISION_NOT_HERE", "src/engine/query_tests.rs"),
    ("TOO_BROAD", "tests/it/views/bounds.rs"),
    ("TOO_DEEP", "src/language/render.rs"),
    ("TOO_LONG", "src/language/render.rs"),
    ("TOO_MANY_TERMS", "src/language/render.rs"),
    ("UNUSED_PARAMETER", "src/language/tests.rs"),
];

#[test]
fn every_code_has_a_golden_case() {
    let scripts: String = fs::read_dir(root().join("tests/scripts"))
        .expect("there are scripts")
        .map(|entry| fs::read_to_string(entry.expect("an entry").path()).expect("a script"))
        .collect();
    for (code, _) in PROVOKED {
        let elsewhere = ELSEWHERE.iter().find(|(other, _)| *other == code);
        // Some have no place in the query.
        let is_told = |text: &str| [" at ", ": "].iter().any(|then| text.contains(&format!("{code}{then}")));
        match elsewhere {
            None => assert!(is_told(&scripts), "no script has {code}"),
            Some((_, file)) => {
                assert!(!is_told(&scripts), "a script has {code}");
                let test = fs::read_to_string(root().join(file)).expect("a test");
                assert!(is_told(&test), "{file} does not tell {code}");
            }
        }
    }
}

/// The grammar's rules have names that no word of the language looks like; the scripts are all that
/// the language says.
#[test]
fn no_rule_of_the_grammar_is_ever_named() {
    let grammar = fs::read_to_string(root().join("grammar/query.pest")).expect("the grammar");
    let names: Vec<&str> = grammar
        .lines()
        .filter_map(|line| line.split_once(" = ").map(|(name, _)| name.trim_end()))
        .map(|line| line.split(' ').next().unwrap_or_default())
        .filter(|name| {
            name.contains('_') && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        })
        .collect();
    assert!(names.len() > 80, "{names:?}");
    for entry in fs::read_dir(root().join("tests/scripts")).expect("there are scripts") {
        let path = entry.expect("an entry").path();
        let script = fs::read_to_string(&path).expect("a script");
        let said = script.lines().filter(|line| !line.starts_with(['>', '#']));
        for word in said.flat_map(|line| line.split(|c: char| c != '_' && !c.is_ascii_alphanumeric())) {
            assert!(!names.contains(&word), "{}: {word}", path.display());
        }
    }
}

fn example_of(shown: &str) -> String {
    let provoking = PROVOKED.iter().find(|(code, _)| *code == shown);
    let (_, example) = provoking.unwrap_or_else(|| panic!("{shown} has an example"));
    if let Some(words) = example.strip_prefix("- ") {
        return words.to_owned();
    }
    let asked: Vec<&str> = match example.split_once(" --param ") {
        Some((query, value)) => vec![query, "--param", value],
        None => vec![example],
    };
    let said = ask(&asked);
    let rest = said.strip_prefix(shown);
    assert!(rest.is_some_and(|rest| rest.starts_with(" at ") || rest.starts_with(": ")), "{example}: {said}");
    code(example)
}

/// Lines of code, each with the comment above it.
fn documented(source: &str) -> impl Iterator<Item = (String, &str)> {
    let mut doc = String::new();
    source.lines().map(str::trim).filter(|line| !line.is_empty()).filter_map(move |line| {
        match line.strip_prefix("/// ") {
            Some(more) => {
                let space = if doc.is_empty() { "" } else { " " };
                let _ = write!(doc, "{space}{more}");
                None
            }
            None => Some((std::mem::take(&mut doc), line)),
        }
    })
}

// ── Views

/// The views, and the message that each comes in: in the contract, a comment names the view.
fn views_table() -> String {
    let contract = fs::read_to_string(root().join("proto/sayso/v1/query.proto")).expect("the contract");
    let row = |view: View| {
        let (_, field) = contract.split_once(&format!("// Of `{view}`.\n")).expect("a field of this view");
        let mut words = field.split_whitespace();
        let (message, field) = (words.next().expect("its message"), words.next().expect("its name"));
        let types: Vec<&str> = match view.reads().len() == ClaimType::ALL.len() {
            true => vec!["claim"],
            false => view.reads().iter().map(|one| one.as_str()).collect(),
        };
        let codes = |words: &[&str]| words.iter().copied().map(code).collect::<Vec<_>>().join(" ");
        let columns = match view.columns() {
            [] => "nothing else than its time".to_owned(),
            columns => codes(columns),
        };
        vec![
            format!("[`{view}`](#{view})"),
            view.help().to_owned(),
            codes(&types),
            columns,
            format!("`{field}`: `{message}`"),
        ]
    };
    table(&["view", "answers", "reads", "sorted by", "comes as"], View::ALL.map(row))
}

fn bounds() -> String {
    let rows = [
        ("claims that a view reads", grouped(MAX_VIEW_CLAIMS)),
        ("claims of all its groups together", grouped(MAX_GROUPED_CLAIMS)),
        ("pairs of claims that it looks at", grouped(MAX_VIEW_PAIRS)),
        ("groups after `by`", grouped(MAX_GROUPS)),
        ("claims that a row lists", grouped(MAX_LISTED)),
    ];
    table(&["what", "at most"], rows.map(|(what, most)| vec![what.to_owned(), most]))
}

// ── The model

fn interval(quantity: &Quantity) -> String {
    let open = if quantity.low_exclusive() || quantity.low().is_infinite() { '(' } else { '[' };
    let close = if quantity.high_exclusive() || quantity.high().is_infinite() { ')' } else { ']' };
    let end = |number: f64| if number.is_infinite() { "∞".to_owned() } else { plain(number) };
    format!("{open}{}, {}{close}", end(quantity.low()), end(quantity.high()))
}

fn hedges() -> String {
    let rows = HEDGES.iter().map(|rule| {
        let quantity = Quantity::parse(rule.example).expect("an example of the table");
        let marks: Vec<String> = rule.marks.iter().copied().map(code).collect();
        let example = format!("`{}` is {}", rule.example, interval(&quantity));
        vec![code(rule.hedge.as_str()), marks.join(" "), rule.interval.to_owned(), example]
    });
    table(&["hedge", "written", "interval", "example"], rows)
}

fn magnitudes() -> String {
    let rows = MAGNITUDES.iter().map(|(word, ..)| {
        let quantity = Quantity::parse(word).expect("a word of the table");
        vec![code(word), interval(&quantity)]
    });
    table(&["word", "interval"], rows)
}

/// The closed vocabularies with what the source says of each word.
fn vocabularies() -> String {
    let source = fs::read_to_string(root().join("src/model/vocabulary.rs")).expect("the source is there");
    let mut text = String::new();
    for vocabulary in source.split("\nvocabulary! {\n").skip(1) {
        let (body, _) = vocabulary.split_once("\n}").expect("its end");
        let mut lines = documented(body);
        let (meaning, head) = lines.next().expect("a name");
        let name = head.trim_end_matches(" {");
        let rows: Vec<Vec<String>> = lines
            .filter_map(|(meaning, line)| {
                let word = line.split('"').nth(1)?;
                Some(vec![code(word), meaning])
            })
            .collect();
        let _ = write!(text, "**{name}.** {meaning}\n\n{}\n", table(&["word", "meaning"], rows));
    }
    text.trim_end().to_owned() + "\n"
}

// ── Limits

/// A number with commas between its thousands.
fn grouped(number: impl ToString + Copy) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|it| std::str::from_utf8(it).expect("digits")).collect();
    groups.join(",")
}

fn limits() -> String {
    let bytes = |bytes: usize| match bytes {
        _ if bytes.is_multiple_of(1 << 20) => format!("{} MiB", bytes >> 20),
        _ if bytes.is_multiple_of(1 << 10) => format!("{} KiB", bytes >> 10),
        _ => format!("{} bytes", grouped(bytes)),
    };
    let characters = |count| format!("{} characters", grouped(count));
    let rows = [
        ("a query's text", bytes(MAX_BYTES)),
        ("nesting of parentheses and prefixes", grouped(MAX_DEPTH)),
        ("predicates of a query", grouped(MAX_PREDICATES)),
        (
            "items of a list in a query; as a parameter",
            format!("{}; {}", grouped(MAX_LIST_ITEMS), grouped(MAX_LIST_PARAMETER_ITEMS)),
        ),
        ("groups of `count by` and of a view", grouped(MAX_GROUPS)),
        ("claims that a view reads", grouped(MAX_VIEW_CLAIMS)),
        ("pairs of claims that a view looks at", grouped(MAX_VIEW_PAIRS)),
        (
            "items of a page; if not said",
            format!("{}; {}", grouped(MAX_PAGE_SIZE), grouped(DEFAULT_PAGE_SIZE)),
        ),
        ("a request", bytes(MAX_REQUEST_BYTES)),
        ("calls at a time, and as many streams", grouped(MAX_CALLS as usize)),
        ("a call's time", format!("{} s", MAX_DEADLINE.as_secs())),
        ("items of a `Record`", grouped(limits::MAX_BATCH_ITEMS)),
        ("an id", bytes(limits::MAX_ID_BYTES)),
        ("a request id", bytes(limits::MAX_REQUEST_ID_BYTES)),
        ("a claim's text", characters(limits::MAX_TEXT_CHARS)),
        ("a name, alias or title", characters(limits::MAX_NAME_CHARS)),
        ("a quotation", characters(limits::MAX_QUOTE_CHARS)),
        ("names in one list", grouped(limits::MAX_LIST_ITEMS)),
        ("steps of an attribution", grouped(limits::MAX_ATTRIBUTION_STEPS)),
        ("labels of an item", grouped(limits::MAX_LABELS)),
    ];
    table(&["what", "at most"], rows.map(|(what, most)| vec![what.to_owned(), most]))
}
