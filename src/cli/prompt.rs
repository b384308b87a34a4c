//! The prompt of `sayso query` without text: completion, colour and mending by the language itself.

use super::Failure;
use super::target::Ledger;
use crate::language::attributes::{self, ATTRIBUTES, Entry, ItemTypes};
use crate::language::{self, Code, TokenKind};
use crate::store::Budget;
use crate::wire::pb::query_service_client::QueryServiceClient;
use crate::wire::{complete, pb};
use prost_types::Struct;
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Config, Context, Editor, Helper};
use std::borrow::Cow;
use std::env;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::runtime::Handle;

const PROMPT: &str = "sayso> ";

/// Lines that the history keeps.
const MAX_HISTORY: usize = 1_000;

const HELP: &str = "\
A query ends with its line, unless a quote or a parenthesis is open. Tab completes.
  \\help ATTRIBUTE  what an attribute is, and which operators it takes
  \\quit            leave (also Ctrl-D)";

/// What was typed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// A query.
    Query(String),
    /// Text to show.
    Help(String),
    /// The end.
    Quit,
}

/// Asks for lines.
pub(super) struct Prompt {
    editor: Editor<Assistant, FileHistory>,
    history: Option<PathBuf>,
}

impl Prompt {
    /// A prompt that completes with what the ledger has.
    pub(super) fn new(ledger: Arc<Ledger>, parameters: Struct) -> Result<Self, Failure> {
        let config = Config::builder()
            .completion_type(CompletionType::List)
            .max_history_size(MAX_HISTORY)
            .map_err(Failure::Prompt)?
            .auto_add_history(true)
            .build();
        let mut editor = Editor::with_config(config).map_err(Failure::Prompt)?;
        editor.set_helper(Some(Assistant { ledger, parameters, runtime: Handle::current() }));
        let history = history();
        if let Some(history) = &history {
            // There is none the first time.
            let _ = editor.load_history(history);
        }
        Ok(Self { editor, history })
    }

    /// The next input. Lines of a query that are interrupted are forgotten.
    pub(super) fn next(&mut self) -> Result<Input, Failure> {
        loop {
            match self.editor.readline(PROMPT) {
                Ok(line) if line.trim().is_empty() => {}
                Ok(line) => return Ok(read(&line)),
                Err(ReadlineError::Interrupted) => {}
                Err(ReadlineError::Eof) => return Ok(Input::Quit),
                Err(error) => return Err(Failure::Prompt(error)),
            }
        }
    }
}

impl Drop for Prompt {
    fn drop(&mut self) {
        if let Some(history) = &self.history {
            let kept = history.parent().map_or(Ok(()), std::fs::create_dir_all);
            // Nothing is lost but convenience.
            let _ = kept.map(|()| self.editor.save_history(history));
        }
    }
}

/// Where the history is kept: `$XDG_STATE_HOME/sayso/history`, by default under `~/.local/state`.
fn history() -> Option<PathBuf> {
    let state = env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    let state = state.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".local/state")));
    state.filter(|path| path.is_absolute()).map(|path| path.join("sayso/history"))
}

fn read(line: &str) -> Input {
    let Some(command) = line.trim().strip_prefix('\\') else { return Input::Query(line.to_owned()) };
    match command.split_once(char::is_whitespace).unwrap_or((command, "")) {
        ("quit" | "q", "") => Input::Quit,
        ("help" | "h", "") => Input::Help(HELP.to_owned()),
        ("help" | "h", name) => Input::Help(help(name.trim())),
        (other, _) => Input::Help(format!("there is no \\{other}\n{HELP}")),
    }
}

/// What the attribute table says of a name, for each group of types that has it.
fn help(name: &str) -> String {
    let mut text = String::new();
    let base = name.split('.').next().unwrap_or(name);
    for entry in ATTRIBUTES.iter().filter(|entry| entry.name.eq_ignore_ascii_case(base)) {
        describe(entry, &mut text);
    }
    if text.is_empty() {
        let names = ATTRIBUTES.iter().map(|entry| entry.name);
        let nearest = language::nearest(base, names);
        text = format!("there is no attribute `{name}`");
        if !nearest.is_empty() {
            let nearest: Vec<String> = nearest.iter().map(|name| format!("`{name}`")).collect();
            write!(text, "; did you mean {}?", nearest.join(" or ")).expect("a string takes all");
        }
    }
    text.trim_end().to_owned()
}

fn describe(entry: &'static Entry, text: &mut String) {
    let types = ItemTypes::NAMED.iter().filter(|(_, types)| types.within(entry.of));
    let types: Vec<&str> = types.map(|(name, _)| *name).collect();
    let many = if entry.many { ", several" } else { "" };
    let beyond: Vec<String> =
        attributes::hops(entry.of, entry).map(|hop| format!("{}.{}", entry.name, hop.name)).collect();
    let mut lines = format!(
        "{} ({}{many}): {}\n  of         {}\n  operators  {}\n",
        entry.name,
        entry.value.noun(),
        entry.help,
        types.join(", "),
        entry.value.operators().join("  "),
    );
    if !beyond.is_empty() {
        lines.push_str(&format!("  beyond     {}\n", beyond.join("  ")));
    }
    text.push_str(&lines);
}

/// Helps whoever types.
struct Assistant {
    ledger: Arc<Ledger>,
    parameters: Struct,
    runtime: Handle,
}

impl Assistant {
    fn completions(&self, line: &str, cursor: usize) -> Result<Vec<pb::Completion>, Failure> {
        let cursor = u32::try_from(cursor).unwrap_or(u32::MAX);
        let request =
            pb::CompleteRequest { query: line.to_owned(), cursor, parameters: Some(self.parameters.clone()) };
        let answer = match &*self.ledger {
            Ledger::Here(engine) => {
                let (text, cursor, parameters) = complete::question(request)?;
                complete::answer(engine.complete(&text, cursor, &parameters, &Budget::default())?)
            }
            Ledger::There(channel) => {
                let mut client = QueryServiceClient::new(channel.clone());
                self.runtime.block_on(client.complete(request))?.into_inner()
            }
        };
        Ok(answer.edits)
    }
}

impl Helper for Assistant {}

impl rustyline::hint::Hinter for Assistant {
    type Hint = String;
}

impl Completer for Assistant {
    type Candidate = Pair;

    fn complete(&self, line: &str, cursor: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        // A server that cannot be reached says so when it is asked.
        let edits = self.completions(line, cursor).unwrap_or_default();
        // All replace one span: what begins later gives the others' beginning too.
        let start = edits.iter().map(|edit| edit.start as usize).min().unwrap_or(cursor);
        let pair = |edit: pb::Completion| {
            let text = edit.text.trim_start();
            let title = if edit.title.is_empty() { String::new() } else { format!("  {}", edit.title) };
            let kept = line.get(start..edit.start as usize).unwrap_or_default();
            Pair { display: format!("{text}{title}"), replacement: format!("{kept}{}", edit.text) }
        };
        Ok((start, edits.into_iter().map(pair).collect()))
    }
}

impl Validator for Assistant {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let is_open = is_open(context.input());
        Ok(if is_open { ValidationResult::Incomplete } else { ValidationResult::Valid(None) })
    }
}

/// Whether a quote or a parenthesis waits for its end. After an empty line it waits no more, so that
/// one that was forgotten is reported.
fn is_open(text: &str) -> bool {
    !text.starts_with('\\')
        && !text.ends_with("\n\n")
        && language::parse(text).is_err_and(|diagnostic| diagnostic.code() == Code::Unclosed)
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        if line.starts_with('\\') { Cow::Borrowed(line) } else { Cow::Owned(coloured(line)) }
    }

    fn highlight_char(&self, _: &str, _: usize, _: CmdKind) -> bool {
        true
    }
}

/// The line with its keywords, texts, signs and comments in colours.
fn coloured(line: &str) -> String {
    let mut out = String::with_capacity(line.len() * 2);
    let mut end = 0;
    for token in language::tokens(line) {
        let text = &line[token.span.start..token.span.end];
        out.push_str(&line[end..token.span.start]);
        end = token.span.end;
        let colour = match token.kind {
            TokenKind::Word if language::is_keyword(text) => "\x1b[1;34m",
            TokenKind::Word => "",
            TokenKind::Text => "\x1b[32m",
            TokenKind::Sign => "\x1b[36m",
            TokenKind::Comment => "\x1b[2m",
        };
        if colour.is_empty() {
            out.push_str(text);
        } else {
            out.extend([colour, text, "\x1b[0m"]);
        }
    }
    out.push_str(&line[end..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_queries_or_commands() {
        assert_eq!(read("figure where a=b"), Input::Query("figure where a=b".into()));
        assert_eq!(read(" \\quit "), Input::Quit);
        let state = "\
state (word of a vocabulary): what it leaves true
  of         claim, figure, event, norm, statement
  operators  =  !=  in  not in  is present  is missing";
        assert_eq!(read("\\help state"), Input::Help(state.into()));
        assert_eq!(
            read("\\help actr"),
            Input::Help("there is no attribute `actr`; did you mean `actor`?".into())
        );
        assert_eq!(read("\\x"), Input::Help(format!("there is no \\x\n{HELP}")));
    }

    #[test]
    fn what_is_open_goes_on() {
        for (text, open) in [
            ("figure where (actor=NK", true),
            ("figure where actor='North", true),
            ("figure where actor='North\n\n", false),
            ("figure where actor=", false),
            ("figure", false),
            ("\\help (", false),
        ] {
            assert_eq!(is_open(text), open, "{text}");
        }
    }

    #[test]
    fn colours_change_no_text() {
        assert_eq!(
            coloured("figure where actor='N K' # é"),
            "figure \x1b[1;34mwhere\x1b[0m actor\x1b[36m=\x1b[0m\x1b[32m'N K'\x1b[0m \x1b[2m# é\x1b[0m"
        );
    }
}
