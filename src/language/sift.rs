//! Which alternatives of an error are worth offering: those that mean something.

use super::error::{Code, Diagnostic, Edit, Problem};
use super::homes::put_under_attributes;
use super::parameters::Parameters;
use super::parse::parse;
use super::resolve::resolve;
use super::value::meant_date;
use crate::model::Timestamp;
use crate::registry::Registry;

/// Keeps the alternatives after which the query means something. If there are none, since the rest
/// of the query is wrong too, keeps those that at least lead past this error. A value alone is first
/// put under the attributes that can have it.
///
/// The arguments are those of [`resolve`]; `text` is the query that the error is about.
pub fn sift(
    diagnostic: &mut Diagnostic,
    text: &str,
    registry: &Registry,
    parameters: &Parameters,
    now: Timestamp,
) {
    if matches!(diagnostic.problem, Problem::BareValue(_) | Problem::UnknownClause) {
        put_under_attributes(diagnostic, text, registry);
    } else if diagnostic.problem == Problem::NotOneValue && diagnostic.edits.is_empty() {
        let at = diagnostic.span;
        let dated = meant_date(&text[at.start..at.end], now).map(|date| Edit::new(at, date));
        diagnostic.edits.extend(dated.filter(|edit| parse(&edit.apply(text)).is_ok()));
    }
    let place = (diagnostic.code(), diagnostic.span.start);
    let outcomes: Vec<Result<(), (Code, usize)>> = diagnostic
        .edits
        .iter()
        .map(|edit| {
            let edited = edit.apply(text);
            parse(&edited)
                .and_then(|query| resolve(&query, &edited, registry, parameters, now))
                .map(drop)
                .map_err(|next| (next.code(), next.span.start))
        })
        .collect();
    let any_means_something = outcomes.iter().any(Result::is_ok);
    let mut outcomes = outcomes.into_iter();
    diagnostic.edits.retain(|_| match outcomes.next() {
        Some(Ok(())) => true,
        Some(Err(next)) => !any_means_something && next != place,
        None => false,
    });
}
