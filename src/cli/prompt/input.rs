//! What a line at the prompt asks for, and whether it goes on.

use crate::language::{self, Code, Token, TokenKind};

/// What was typed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// A query.
    Query(String),
    /// How a query is understood; the last one, if there is none.
    Explain(Option<String>),
    /// The next page.
    More,
    /// What a word means; how to go on, if there is none.
    Help(String),
    /// The end.
    Quit,
    /// A command that there is not.
    Unknown(String),
}

/// A command of the prompt, written behind a backslash.
pub(super) struct Command {
    /// Its name.
    pub(super) name: &'static str,
    /// What may stand behind it.
    pub(super) argument: &'static str,
    /// What it does.
    pub(super) help: &'static str,
    input: fn(&str) -> Input,
}

/// All of them; no two begin with the same letter, which is enough of a name.
pub(super) const COMMANDS: [Command; 4] = [
    Command {
        name: EXPLAIN,
        argument: "[QUERY]",
        help: "how a query is understood, without one the last",
        input: |query| Input::Explain(Some(query.to_owned()).filter(|query| !query.is_empty())),
    },
    Command { name: "more", argument: "", help: "the next page of the last answer", input: |_| Input::More },
    Command {
        name: HELP,
        argument: "[WORD]",
        help: "what an attribute, type, keyword or sign means",
        input: |word| Input::Help(word.to_owned()),
    },
    Command { name: "quit", argument: "", help: "leave; so does Ctrl-D", input: |_| Input::Quit },
];

const EXPLAIN: &str = "explain";
const HELP: &str = "help";

/// Where the last line begins that is a command: its backslash. What stands in the lines before it is
/// given up.
fn command_at(text: &str) -> Option<usize> {
    let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    let begins = starts.map(|start| text.len() - text[start..].trim_start_matches([' ', '\t']).len());
    begins.rev().find(|&at| text[at..].starts_with('\\'))
}

/// What a line asks for, or several that belong together.
pub(super) fn read(line: &str) -> Input {
    let typed = line[command_at(line).unwrap_or_default()..].trim();
    let Some(command) = typed.strip_prefix('\\') else {
        // Nothing of the language, and what one tries who does not know how to go on.
        return match typed {
            "help" | "?" => Input::Help(String::new()),
            "quit" | "exit" => Input::Quit,
            _ => Input::Query(line.to_owned()),
        };
    };
    let (name, argument) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    match find(name) {
        Some(command) => (command.input)(argument.trim()),
        None => Input::Unknown(name.to_owned()),
    }
}

/// The command of this name, or of the beginning of one.
fn find(name: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| !name.is_empty() && command.name.starts_with(name))
}

/// What a cursor stands in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A query, which begins at this byte.
    Query(usize),
    /// The word behind `\help`, which begins at this byte.
    Topic(usize),
    /// The name of a command, which begins at this byte.
    Command(usize),
    /// Behind a command that takes nothing.
    Nothing,
}

impl Part {
    /// What the end of a text is part of.
    pub(super) fn of(text: &str) -> Self {
        let Some(at) = command_at(text) else { return Self::Query(0) };
        let command = &text[at + 1..];
        let Some((name, argument)) = command.split_once(char::is_whitespace) else {
            return Self::Command(at + 1);
        };
        let start = text.len() - argument.trim_start().len();
        match find(name).map(|command| command.name) {
            Some(EXPLAIN) => Self::Query(start),
            Some(HELP) => Self::Topic(start),
            Some(_) | None => Self::Nothing,
        }
    }
}

/// Keywords behind which a condition comes.
const JOINING: [&str; 7] = ["where", "and", "or", "not", "surely", "possibly", "only"];

/// Whether what was typed waits for more: something is open, or its last word or comma joins it to
/// what is still to come. After a blank line it waits no more, so that a mistake is reported.
pub(super) fn goes_on(text: &str) -> bool {
    let Part::Query(start) = Part::of(text) else { return false };
    let query = &text[start..];
    let is_ended = query.rsplit_once('\n').is_some_and(|(_, line)| line.trim().is_empty());
    !is_ended && (is_joined(query) || is_open(query))
}

/// What an empty line in the middle of a query waits for, in words.
pub(super) fn waits_for(text: &str) -> Option<String> {
    let (before, line) = text.rsplit_once('\n')?;
    if !line.trim().is_empty() || !goes_on(before) {
        return None;
    }
    let what = match open(before) {
        Some(sign) => format!("`{sign}` is open"),
        None => "the query goes on".to_owned(),
    };
    Some(format!("{what}; an empty line ends it"))
}

fn is_open(query: &str) -> bool {
    open(query).is_some()
}

/// What a text leaves open.
fn open(query: &str) -> Option<&str> {
    let diagnostic = language::parse(query).err().filter(|diagnostic| diagnostic.code() == Code::Unclosed)?;
    query.get(diagnostic.span.start..diagnostic.span.end)
}

fn is_joined(query: &str) -> bool {
    let tokens = language::tokens(query);
    let mut words = tokens.iter().rev().filter(|token| token.kind != TokenKind::Comment);
    let text = |token: &Token| &query[token.span.start..token.span.end];
    let Some(last) = words.next() else { return false };
    // Behind an operator it would be a value, and a wrong one.
    let is_value = words
        .next()
        .is_some_and(|token| token.kind == TokenKind::Sign && !matches!(text(token), "(" | ")" | ","));
    let is_joining = JOINING.iter().any(|word| word.eq_ignore_ascii_case(text(last)));
    text(last) == "," || is_joining && !is_value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_queries_or_commands() {
        let query = |text: &str| Input::Query(text.to_owned());
        let help = |word: &str| Input::Help(word.to_owned());
        for (line, expected) in [
            ("figure where a=b", query("figure where a=b")),
            (" figure ", query(" figure ")),
            ("help me", query("help me")),
            ("help", help("")),
            ("?", help("")),
            ("\\help", help("")),
            ("\\help  by.kind ", help("by.kind")),
            ("\\h not in", help("not in")),
            (" \\quit ", Input::Quit),
            ("\\q", Input::Quit),
            ("exit", Input::Quit),
            ("\\more", Input::More),
            ("\\explain", Input::Explain(None)),
            ("\\explain\nfigure\nlimit 1", Input::Explain(Some("figure\nlimit 1".to_owned()))),
            ("\\explain figure\nwhere (\n\\quit", Input::Quit),
            ("figure where (\nkind=workers\n \\help actor", help("actor")),
            ("\\x", Input::Unknown("x".to_owned())),
            ("\\", Input::Unknown(String::new())),
            ("\\helpme", Input::Unknown("helpme".to_owned())),
        ] {
            assert_eq!(read(line), expected, "{line}");
        }
    }

    #[test]
    fn a_letter_is_enough_of_a_command() {
        let letters: std::collections::BTreeSet<_> =
            COMMANDS.iter().map(|command| &command.name[..1]).collect();
        assert_eq!(letters.len(), COMMANDS.len());
    }

    #[test]
    fn parts_of_a_line_are_told_apart() {
        for (text, expected) in [
            ("", Part::Query(0)),
            ("figure", Part::Query(0)),
            ("\\", Part::Command(1)),
            ("\\he", Part::Command(1)),
            ("figure where (\n \\q", Part::Command(17)),
            ("figure where (\n\\help act", Part::Topic(21)),
            ("\\help ", Part::Topic(6)),
            ("\\help  act", Part::Topic(7)),
            ("\\explain figure", Part::Query(9)),
            ("\\quit ", Part::Nothing),
            ("\\x ", Part::Nothing),
        ] {
            assert_eq!(Part::of(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_open_or_joined_goes_on() {
        for (text, expected) in [
            ("figure where (actor=NK", true),
            ("figure where actor='North", true),
            ("figure where actor='North\nKorea", true),
            ("figure where actor='North\n", false),
            ("figure where actor='North\n \t", false),
            ("figure where actor=NK and", true),
            ("figure where actor=NK AND # so that", true),
            ("figure where actor=NK and\n", false),
            ("figure where actor=NK and\nnot", true),
            ("figure where (actor=NK) or", true),
            ("figure where", true),
            ("figure list id,", true),
            ("figure where text=and", false),
            ("figure where actor=", false),
            ("figure where actor=NK", false),
            ("figure", false),
            ("", false),
            ("\\help (", false),
            ("figure where (\n\\quit", false),
            ("figure where actor='North\n \\q", false),
            ("\\explain figure where (", true),
            ("\\explain figure where (\n", false),
        ] {
            assert_eq!(goes_on(text), expected, "{text}");
        }
    }

    #[test]
    fn an_empty_line_says_what_it_waits_for() {
        for (text, expected) in [
            ("figure where (\n", Some("`(` is open; an empty line ends it")),
            ("figure where (kind=workers\nand actor='N\n", Some("`'` is open; an empty line ends it")),
            ("figure where\n", Some("the query goes on; an empty line ends it")),
            ("figure where (\nkind", None),
            ("figure where (", None),
            ("figure\n", None),
            ("figure where (\n\n", None),
            ("", None),
        ] {
            assert_eq!(waits_for(text).as_deref(), expected, "{text}");
        }
    }
}
