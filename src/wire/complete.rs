//! Completions, from and to the contract.

use super::answer::revision;
use super::pb;
use super::question::{QuestionError, parameters};
use crate::engine::Completed;
use crate::language::{Completion, CompletionKind, Parameters};

/// A text, the cursor in it as a byte offset, and what its parameters stand for.
///
/// # Errors
/// A parameter that is no value.
pub fn question(request: pb::CompleteRequest) -> Result<(String, usize, Parameters), QuestionError> {
    let pb::CompleteRequest { query, cursor, parameters } = request;
    let cursor = usize::try_from(cursor).unwrap_or(usize::MAX);
    Ok((query, cursor, self::parameters(parameters.unwrap_or_default())?))
}

/// What can be written there.
pub fn answer(completed: Completed) -> pb::CompleteResponse {
    let Completed { completions, commit } = completed;
    let edits = completions.into_iter().map(completion).collect();
    pb::CompleteResponse { edits, revision: Some(revision(&commit)) }
}

fn completion(completion: Completion) -> pb::Completion {
    let Completion { edit, kind, detail } = completion;
    // A query has at most 8 KiB.
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    pb::Completion {
        start: offset(edit.span.start),
        end: offset(edit.span.end),
        text: edit.text,
        title: detail,
        kind: self::kind(kind).into(),
    }
}

fn kind(kind: CompletionKind) -> pb::CompletionKind {
    match kind {
        CompletionKind::Type => pb::CompletionKind::Type,
        CompletionKind::Keyword => pb::CompletionKind::Keyword,
        CompletionKind::Attribute => pb::CompletionKind::Attribute,
        CompletionKind::Operator => pb::CompletionKind::Operator,
        CompletionKind::Word => pb::CompletionKind::Word,
        CompletionKind::Name => pb::CompletionKind::Name,
        CompletionKind::Parameter => pb::CompletionKind::Parameter,
        CompletionKind::Value => pb::CompletionKind::Value,
    }
}
