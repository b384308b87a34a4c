//! The conversation: what is typed, one after another, and the answers to it.

use super::editor::{Assistant, Prompt};
use super::help;
use super::input::Input;
use crate::cli::Failure;
use crate::cli::colour::report;
use crate::cli::query::{output, show_explained, show_in_text, tell};
use crate::cli::render::Format;
use crate::cli::target::Ledger;
use crate::language;
use crate::wire::pb;
use prost_types::Struct;
use std::ops::ControlFlow;
use std::sync::Arc;
use tokio::runtime::Handle;

/// Prompts for queries and answers them until it is told to stop.
pub(in crate::cli) fn converse(ledger: Ledger, parameters: &Struct, format: Format) -> Result<(), Failure> {
    let ledger = Arc::new(ledger);
    let runtime = Handle::current();
    let assistant = || Assistant {
        ledger: Arc::clone(&ledger),
        parameters: parameters.clone(),
        runtime: runtime.clone(),
    };
    let mut prompt = Prompt::new(assistant())?;
    let mut session = Session { assistant: assistant(), format, last: None, more: None };
    eprintln!("{}", help::GREETING);
    loop {
        match session.answer(prompt.next()?) {
            Ok(ControlFlow::Break(())) => return Ok(()),
            Ok(ControlFlow::Continue(())) => {}
            Err(Failure::Io(error)) => return Err(Failure::Io(error)),
            Err(refused) => report(&refused),
        }
    }
}

/// Waits for an answer, or for Ctrl-C, which gives up the answer and not the conversation. What is
/// computed in this process is short, and not given up.
fn unless_interrupted<T>(
    runtime: &Handle,
    answer: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    runtime.block_on(async {
        tokio::select! {
            biased;
            answered = answer => answered,
            Ok(()) = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
        }
    })
}

struct Session {
    assistant: Assistant,
    format: Format,
    /// The last query, for `\explain`.
    last: Option<String>,
    /// What asks for the next page of the last answer, if there is one.
    more: Option<pb::QueryRequest>,
}

impl Session {
    fn answer(&mut self, input: Input) -> Result<ControlFlow<()>, Failure> {
        match input {
            Input::Query(query) => {
                self.last = Some(query.clone());
                let parameters = Some(self.parameters(&query));
                self.page(pb::QueryRequest { query, parameters, ..pb::QueryRequest::default() })?;
            }
            Input::Explain(query) => self.explain(query)?,
            Input::More => match self.more.take() {
                Some(request) => self.page(request)?,
                None => eprintln!("there is no more"),
            },
            Input::Help(word) if word.is_empty() => eprintln!("{}", help::overview()),
            Input::Help(word) => eprintln!("{}", help::of(&word, &|query| self.filled(query))),
            Input::Unknown(name) => eprintln!("{}", help::unknown_command(&name)),
            Input::Quit => return Ok(ControlFlow::Break(())),
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Writes one page of the answer.
    fn page(&mut self, mut request: pb::QueryRequest) -> Result<(), Failure> {
        let Assistant { ledger, runtime, .. } = &self.assistant;
        self.more = None;
        let page = unless_interrupted(runtime, ledger.query(request.clone()))?;
        tell(&page.notices);
        request.page_token.clone_from(&page.next_page_token);
        let mut output = output(self.format);
        output.page(page.clone())?;
        let found = output.finish()?;
        if self.format == Format::Table {
            unless_interrupted(runtime, show_in_text(&page, ledger))?;
        }
        match found {
            0 => eprintln!("nothing found"),
            rows if !request.page_token.is_empty() => {
                eprintln!("these are {rows}; \\more shows the next");
                self.more = Some(request);
            }
            _ => {}
        }
        Ok(())
    }

    fn explain(&mut self, query: Option<String>) -> Result<(), Failure> {
        let Some(query) = query.or_else(|| self.last.clone()) else {
            eprintln!("there is no query yet; \\explain QUERY explains one");
            return Ok(());
        };
        self.last = Some(query.clone());
        let Assistant { ledger, runtime, .. } = &self.assistant;
        let parameters = Some(self.parameters(&query));
        let request = pb::ExplainRequest { query, parameters, consistency: None };
        show_explained(unless_interrupted(runtime, ledger.explain(request))?, self.format)
    }

    /// Those parameters that a query has: one that it has not is refused.
    fn parameters(&self, query: &str) -> Struct {
        let tokens = language::tokens(query);
        let is_used = |name: &str| {
            tokens.iter().any(|token| query[token.span.start..token.span.end].strip_prefix('$') == Some(name))
        };
        let mut parameters = self.assistant.parameters.clone();
        parameters.fields.retain(|name, _| is_used(name));
        parameters
    }

    /// The query with the first value that its end wants.
    fn filled(&self, query: &str) -> Option<String> {
        let kinds = [pb::CompletionKind::Name, pb::CompletionKind::Word, pb::CompletionKind::Value];
        let edits = self.assistant.edits(query, query.len());
        let edit = edits.into_iter().find(|edit| {
            // An open quote is no value yet.
            kinds.contains(&edit.kind()) && edit.text != "'"
        })?;
        Some(format!("{}{}", query.get(..edit.start as usize)?, edit.text))
    }
}
