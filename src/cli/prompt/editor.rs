//! The line that is typed: its history, completion, colours and end.

use super::help;
use super::input::{COMMANDS, Input, Part, goes_on, read, waits_for};
use crate::cli::Failure;
use crate::cli::target::Ledger;
use crate::language::{self, TokenKind};
use crate::wire::pb;
use prost_types::Struct;
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Config, Context, Editor, Helper};
use std::borrow::Cow;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::{env, fs};
use tokio::runtime::Handle;

const PROMPT: &str = "sayso> ";

/// Inputs that the history keeps.
const MAX_HISTORY: usize = 1_000;

/// Asks for lines.
pub(super) struct Prompt {
    editor: Editor<Assistant, FileHistory>,
    history: Option<PathBuf>,
}

impl Prompt {
    pub(super) fn new(assistant: Assistant) -> Result<Self, Failure> {
        let config = Config::builder()
            .completion_type(CompletionType::List)
            .max_history_size(MAX_HISTORY)
            .map_err(Failure::Prompt)?
            .auto_add_history(true)
            .build();
        let mut editor = Editor::with_config(config).map_err(Failure::Prompt)?;
        editor.set_helper(Some(assistant));
        let history = history(env::var_os("XDG_STATE_HOME"), env::var_os("HOME"));
        if let Some(history) = &history {
            // There is none the first time.
            let _ = editor.load_history(history);
        }
        Ok(Self { editor, history })
    }

    /// The next input. What is interrupted is forgotten.
    pub(super) fn next(&mut self) -> Result<Input, Failure> {
        loop {
            match self.editor.readline(PROMPT) {
                Ok(line) if line.trim().is_empty() => {}
                Ok(line) => {
                    self.keep();
                    return Ok(read(&line));
                }
                Err(ReadlineError::Interrupted) => {}
                Err(ReadlineError::Eof) => return Ok(Input::Quit),
                Err(error) => return Err(Failure::Prompt(error)),
            }
        }
    }

    /// Writes the history at once: whatever ends the process, it is kept.
    fn keep(&mut self) {
        if let Some(history) = &self.history {
            let kept = history.parent().map_or(Ok(()), fs::create_dir_all);
            // Nothing is lost but convenience.
            let _ = kept.map(|()| self.editor.append_history(history));
        }
    }
}

/// Where the history is kept: `$XDG_STATE_HOME/sayso/history`, by default under `~/.local/state`. A
/// variable that is no absolute path counts as none, as the XDG base directory specification has it.
fn history(state: Option<OsString>, home: Option<OsString>) -> Option<PathBuf> {
    let absolute = |path: OsString| Some(PathBuf::from(path)).filter(|path| path.is_absolute());
    let state = state.and_then(absolute);
    let state = state.or_else(|| Some(home.and_then(absolute)?.join(".local/state")));
    state.map(|state| state.join("sayso/history"))
}

/// Helps whoever types.
pub(super) struct Assistant {
    pub(super) ledger: Arc<Ledger>,
    pub(super) parameters: Struct,
    /// Completions may be calls, which are waited for.
    pub(super) runtime: Handle,
}

impl Assistant {
    /// What can be written at a cursor of a query; nothing from a server that cannot be reached,
    /// which will say so when it is asked.
    pub(super) fn edits(&self, query: &str, cursor: usize) -> Vec<pb::Completion> {
        let request = pb::CompleteRequest {
            query: query.to_owned(),
            cursor: u32::try_from(cursor).unwrap_or(u32::MAX),
            parameters: Some(self.parameters.clone()),
        };
        let answer = self.runtime.block_on(self.ledger.complete(request));
        answer.map(|answer| answer.edits).unwrap_or_default()
    }

    /// What can be put in the place of the line's text from a byte on.
    fn candidates(&self, line: &str, cursor: usize) -> (usize, Vec<Pair>) {
        let left = line.get(..cursor).unwrap_or(line);
        match Part::of(left) {
            Part::Query(start) => {
                let (from, pairs) = pairs(&line[start..], self.edits(&line[start..], cursor - start));
                (from + start, pairs)
            }
            Part::Command(start) => {
                (start, begun(&left[start..], COMMANDS.iter().map(|command| command.name)))
            }
            Part::Topic(start) => (start, begun(&left[start..], help::words())),
            Part::Nothing => (cursor, Vec::new()),
        }
    }
}

/// Those words that begin so, once each.
fn begun<'a>(beginning: &str, words: impl Iterator<Item = &'a str>) -> Vec<Pair> {
    let mut begun: Vec<_> = words.filter(|word| word.starts_with(beginning)).collect();
    begun.sort_unstable();
    begun.dedup();
    let pair = |word: &str| Pair { display: word.to_owned(), replacement: word.to_owned() };
    begun.into_iter().map(pair).collect()
}

/// Edits as what the editor can do: all replace one span, so that what begins later brings along what
/// stands before it.
fn pairs(query: &str, edits: Vec<pb::Completion>) -> (usize, Vec<Pair>) {
    let start = edits.iter().map(|edit| edit.start as usize).min().unwrap_or_default();
    let pair = |edit: pb::Completion| {
        let text = edit.text.trim_start();
        let title = if edit.title.is_empty() { String::new() } else { format!("  {}", edit.title) };
        let kept = query.get(start..edit.start as usize).unwrap_or_default();
        Pair { display: format!("{text}{title}"), replacement: format!("{kept}{}", edit.text) }
    };
    (start, edits.into_iter().map(pair).collect())
}

impl Helper for Assistant {}

/// What is shown behind the cursor and is nothing to be typed.
pub(super) struct Remark(String);

impl Hint for Remark {
    fn display(&self) -> &str {
        &self.0
    }

    fn completion(&self) -> Option<&str> {
        None
    }
}

impl Hinter for Assistant {
    type Hint = Remark;

    fn hint(&self, line: &str, cursor: usize, _: &Context<'_>) -> Option<Remark> {
        waits_for(line).filter(|_| cursor == line.len()).map(Remark)
    }
}

impl Completer for Assistant {
    type Candidate = Pair;

    fn complete(&self, line: &str, cursor: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        Ok(self.candidates(line, cursor))
    }
}

impl Validator for Assistant {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let goes_on = goes_on(context.input());
        Ok(if goes_on { ValidationResult::Incomplete } else { ValidationResult::Valid(None) })
    }
}

/// The editor leaves out colours where there are none, or `NO_COLOR` says so.
impl Highlighter for Assistant {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        match Part::of(line) {
            Part::Query(start) => Cow::Owned(format!("{}{}", &line[..start], coloured(&line[start..]))),
            Part::Topic(_) | Part::Command(_) | Part::Nothing => Cow::Borrowed(line),
        }
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(format!("\x1b[2m{hint}\x1b[0m"))
    }

    fn highlight_char(&self, _: &str, _: usize, _: CmdKind) -> bool {
        true
    }
}

/// A query with its keywords, texts, signs and comments in colours.
fn coloured(query: &str) -> String {
    let mut out = String::with_capacity(query.len() * 2);
    let mut end = 0;
    for token in language::tokens(query) {
        let text = &query[token.span.start..token.span.end];
        out.push_str(&query[end..token.span.start]);
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
    out.push_str(&query[end..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_is_kept_with_the_state() {
        let kept = |state: &str, home: &str| {
            let variable = |value: &str| Some(OsString::from(value)).filter(|value| !value.is_empty());
            history(variable(state), variable(home))
        };
        assert_eq!(kept("/state", "/home/a"), Some("/state/sayso/history".into()));
        assert_eq!(kept("", "/home/a"), Some("/home/a/.local/state/sayso/history".into()));
        assert_eq!(kept("state", "/home/a"), Some("/home/a/.local/state/sayso/history".into()));
        assert_eq!(kept("", "home"), None);
        assert_eq!(kept("", ""), None);
    }

    #[test]
    fn edits_that_begin_later_bring_along_what_is_before() {
        let edit = |start: u32, text: &str, title: &str| pb::Completion {
            start,
            end: 21,
            text: text.to_owned(),
            title: title.to_owned(),
            ..pb::Completion::default()
        };
        let edits = vec![edit(19, "nis", "source, 3 claims"), edit(21, " and", "")];
        let (start, pairs) = pairs("figure where by    =ni", edits);
        let pairs: Vec<_> =
            pairs.iter().map(|pair| (pair.display.as_str(), pair.replacement.as_str())).collect();
        assert_eq!((start, pairs), (19, vec![("nis  source, 3 claims", "nis"), ("and", "=n and")]));
        assert_eq!(super::pairs("x", Vec::new()).0, 0);
    }

    #[test]
    fn commands_and_words_are_completed() {
        let words = |beginning, words: &[&'static str]| {
            begun(beginning, words.iter().copied())
                .into_iter()
                .map(|pair| pair.replacement)
                .collect::<Vec<_>>()
        };
        assert_eq!(words("a", &["by", "and", "actor", "and"]), ["actor", "and"]);
        assert_eq!(words("x", &["by"]), Vec::<String>::new());
    }

    #[test]
    fn colours_change_no_text() {
        assert_eq!(
            coloured("figure where actor='N K' # é"),
            "figure \x1b[1;34mwhere\x1b[0m actor\x1b[36m=\x1b[0m\x1b[32m'N K'\x1b[0m \x1b[2m# é\x1b[0m"
        );
    }
}
