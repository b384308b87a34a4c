//! What must hold for a text.

use crate::language::{self, Completion, Diagnostic, Explained, Junction, Resolved, ast::Query, parse};
use crate::laws;
use crate::ledger::LEDGER;
use crate::plan::{Filter, Mode, Row, Truth};

/// Takes a text as a query and completes it, at its end and at a cursor behind so many characters.
///
/// # Panics
/// If something does not hold that must.
pub fn check(text: &str, cursor: usize) {
    laws::check_tokens(text);
    let meaning = meaning(text);
    if let Err(diagnostic) = &meaning {
        laws::check_error(text, diagnostic);
        let parameters = LEDGER.parameters(text);
        language::sift(&mut diagnostic.clone(), text, &LEDGER.registry, &parameters, LEDGER.now);
    }
    let cursor = text.char_indices().nth(cursor).map_or(0, |(at, _)| at);
    for cursor in [cursor, text.len()] {
        let completions = complete(text, cursor);
        laws::check_completions(text, cursor, &completions);
        if meaning.is_ok() {
            let start = &text[..cursor];
            assert!(!completions.is_empty(), "nothing goes on from {start:?}");
            goes_on(start, &completions[cursor % completions.len()]);
        }
    }
}

/// Parses, resolves and evaluates a query.
fn meaning(text: &str) -> Result<(), Box<Diagnostic>> {
    let query = parse(text)?;
    laws::check_canonical(&query);
    let parameters = LEDGER.parameters(text);
    language::as_of(&query, &parameters, LEDGER.now, u64::MAX)?;
    let resolved = language::resolve(&query, text, &LEDGER.registry, &parameters, LEDGER.now)?;
    for row in LEDGER.rows(&resolved.subject) {
        grade(&query, &resolved, row);
    }
    Ok(())
}

/// What matches surely matches possibly, and a condition matches as its parts do.
fn grade(query: &Query, resolved: &Resolved, row: &Row) {
    let truth = resolved.filter.grade(row);
    let possibly = resolved.filter.holds(row, Mode::Possibly);
    assert_eq!(truth.is_some(), possibly, "{query} of {row:?}");
    if !resolved.filter.is_graded() {
        assert_ne!(truth, Some(Truth::Possible), "{query} of {row:?}");
    }
    if let Some(explained) = &resolved.explained {
        assert_eq!(joined(explained).grade(row), truth, "{query} of {row:?}");
    }
}

/// The condition, of its parts.
fn joined(Explained { types, junction, terms }: &Explained) -> Filter {
    let terms = terms.iter().map(|term| term.filter.clone());
    let condition = match junction {
        Junction::All => Filter::And(terms.collect()),
        Junction::Any => Filter::Or(terms.collect()),
    };
    Filter::and([types.clone(), condition])
}

fn complete(text: &str, cursor: usize) -> Vec<Completion> {
    let parameters = LEDGER.parameters(text);
    language::complete(text, cursor, &LEDGER.registry, &parameters, &|field| LEDGER.counts(field))
}

/// The beginning of a query, completed, is a query or the beginning of one.
fn goes_on(start: &str, completion: &Completion) {
    let completed = completion.edit.apply(start);
    let is_good = parse(&completed).is_ok() || !complete(&completed, completed.len()).is_empty();
    assert!(is_good, "{completion:?} makes {completed:?} of {start:?}");
}
