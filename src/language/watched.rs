//! Which queries can be watched: those that say which claims, and nothing of how to show them.

use super::ast::{Query, Spanned, TextSpan};
use super::attributes::ItemTypes;
use super::error::{Diagnostic, Edit, Problem};
use super::resolve::Resolves;

/// Whether a query can be watched; `text` is what it was parsed from.
///
/// # Errors
/// It looks for something else than claims, or has a clause beside `where`; the edit leaves the
/// clauses out.
pub fn watched(query: &Query, text: &str) -> Resolves<()> {
    const CLAIMS_ALONE: &str = "cannot be watched: a watch tells of claims";
    const NO_ORDER: &str = "cannot be sorted by: a watch tells of each change when it comes";
    const NO_LIMIT: &str = "is no limit of a watch, which goes on";
    const NO_TABLE: &str = "has no place in a watch, which tells of claims as they are";
    const NO_PAST: &str = "has no place in a watch: begin it after an earlier revision instead";
    let wrong = |why: &str, span: TextSpan| {
        let problem = Problem::WrongClause(why.to_owned());
        Diagnostic::new(problem, span, &text[span.start..span.end])
    };
    let is_no_claim =
        |word: &&Spanned<String>| ItemTypes::parse(word).is_some_and(|types| !types.within(ItemTypes::CLAIM));
    if let Some(other) = query.types.iter().find(is_no_claim) {
        return Err(Box::new(wrong(CLAIMS_ALONE, other.span)));
    }
    let explain =
        || query.types.first().map(|word| TextSpan::new(0, text[..word.span.start].trim_end().len()));
    let clause = query.is_explained.then(explain).flatten().map(|span| (NO_TABLE, span));
    let clause = clause.or_else(|| query.output.as_ref().map(|output| (NO_TABLE, output.span)));
    let clause = clause.or_else(|| query.as_of.as_ref().map(|as_of| (NO_PAST, as_of.span)));
    let clause = clause.or_else(|| query.sort.first().map(|key| (NO_ORDER, key.attribute.span)));
    let clause = clause.or_else(|| query.limit.as_ref().map(|limit| (NO_LIMIT, limit.span)));
    let Some((why, span)) = clause else { return Ok(()) };
    let bare = Query {
        is_explained: false,
        output: None,
        as_of: None,
        sort: Vec::new(),
        limit: None,
        ..query.clone()
    };
    let edit = Edit::new(TextSpan::new(0, text.len()), bare.to_string());
    Err(Box::new(wrong(why, span).offering([edit])))
}
