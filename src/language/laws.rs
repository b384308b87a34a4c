//! What holds for every text: asserted of the random ones of the properties, and of those that the
//! fuzz targets of `fuzz/` find.

use crate::language::ast::Query;
use crate::language::{Completion, Diagnostic, MAX_BYTES, MAX_COMPLETIONS, MAX_EDITS, parse, tokens};
use crate::model::shown::is_invisible;
use unicode_width::UnicodeWidthStr;

/// The bytes that an error may take when it is shown, and leave room for the rest of a trailer.
const MAX_RENDERED_BYTES: usize = 4096;

/// The bytes of the parts of an error that are sent.
const MAX_SENT_BYTES: usize = 3072;

/// The columns of what is shown of a query.
const MAX_COLUMNS: usize = 80;

/// A query's canonical form means the query, and is its own canonical form.
#[track_caller]
pub(crate) fn check_canonical(query: &Query) {
    let canonical = query.to_string();
    // Spaces and quotes can make it a little longer than what was written.
    if canonical.len() > MAX_BYTES {
        return;
    }
    let read = parse(&canonical);
    assert_eq!(read.as_ref(), Ok(query), "{canonical}");
    assert_eq!(read.map(|query| query.to_string()), Ok(canonical));
}

/// An error names a place in the text, offers what parses, and is small enough to be sent.
#[track_caller]
pub(crate) fn check_error(text: &str, diagnostic: &Diagnostic) {
    let span = diagnostic.span;
    assert!(text.get(span.start..span.end).is_some(), "{span:?} of {text:?}");
    assert!(diagnostic.edits.len() <= MAX_EDITS);
    for edit in &diagnostic.edits {
        let edited = edit.apply(text);
        assert_eq!(parse(&edited).err(), None, "{edit:?} makes {edited:?} of {text:?}");
    }
    let rendered = diagnostic.render(text);
    assert!(rendered.len() < MAX_RENDERED_BYTES, "{} bytes", rendered.len());
    let is_shown = |character: char| character == '\n' || !character.is_control() && !is_invisible(character);
    let titles = diagnostic.edits.iter().map(|edit| diagnostic.title(edit));
    let sent =
        titles.chain(diagnostic.expected.iter().cloned()).chain([rendered.clone(), diagnostic.found.clone()]);
    for sent in sent {
        assert!(sent.chars().all(is_shown), "{sent:?}");
    }
    assert!(rendered.lines().skip(1).all(|line| line.width() <= MAX_COLUMNS), "{rendered}");
    let edits: usize = diagnostic.edits.iter().map(|edit| edit.text.len()).sum();
    let expected: usize = diagnostic.expected.iter().map(String::len).sum();
    let sent = edits + expected + diagnostic.to_string().len() + diagnostic.found.len();
    assert!(sent < MAX_SENT_BYTES, "{sent} bytes: {diagnostic:?}");
}

/// Completions replace what stands left of the cursor, which is at a character's boundary.
#[track_caller]
pub(crate) fn check_completions(text: &str, cursor: usize, completions: &[Completion]) {
    assert!(completions.len() <= MAX_COMPLETIONS);
    for Completion { edit, .. } in completions {
        assert_eq!(edit.span.end, cursor, "{edit:?} at {cursor} of {text:?}");
        assert!(text.get(edit.span.start..cursor).is_some(), "{edit:?} of {text:?}");
    }
}

/// The pieces of a text cover all of it but white space, in order.
#[track_caller]
pub(crate) fn check_tokens(text: &str) {
    let mut end = 0;
    for token in tokens(text) {
        let (gap, piece) = (&text[end..token.span.start], &text[token.span.start..token.span.end]);
        assert!(gap.chars().all(char::is_whitespace), "{gap:?} of {text:?}");
        assert!(!piece.is_empty(), "{token:?} of {text:?}");
        end = token.span.end;
    }
    assert_eq!(text[end..].trim(), "", "{text:?}");
}
