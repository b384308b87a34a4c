//! How a query was understood, as columns of text: a row for each condition.

use super::grid::{Grid, word};
use crate::model::quantity::plain;
use crate::wire::pb::read_literal::Reading;
use crate::wire::pb::{
    ExplainedPredicate, Explanation, Hedge, Junction, NumberReading, ReadLiteral, ResolvedName, TimeReading,
    Totals,
};

/// The rows: first that of the types, then the terms, those of several parts with their predicates
/// below. `so far` counts what a term leaves of the terms before it.
pub(super) fn grid(explanation: &Explanation, canonical: &str) -> Grid {
    let types = canonical.strip_prefix("explain ").unwrap_or(canonical);
    // Types have commas between them, and a clause has none before it.
    let end = types.match_indices(' ').find(|(at, _)| !types[..*at].ends_with(','));
    let types = end.map_or(types, |(end, _)| &types[..end]);
    let [sure, possible] = pair(explanation.rows.as_ref());
    let mut rows = vec![[types.to_owned(), sure.clone(), possible.clone(), sure, possible, String::new()]];
    for (index, term) in explanation.terms.iter().enumerate() {
        let connective = match (index, explanation.junction()) {
            (0, _) => "where ",
            (_, Junction::Any) => "or ",
            (_, Junction::All | Junction::Unspecified) => "and ",
        };
        let is_single = term.predicates.len() == 1;
        let text = format!("{connective}{}", term.text);
        let [sure, possible] = pair(term.alone.as_ref());
        let [sure_so_far, possible_so_far] = pair(term.so_far.as_ref());
        let first = term.predicates.first().filter(|_| is_single);
        let read = first.map(|predicate| readings(predicate, explanation)).unwrap_or_default();
        rows.push([text, sure, possible, sure_so_far, possible_so_far, read]);
        for predicate in term.predicates.iter().filter(|_| !is_single) {
            let [sure, possible] = pair(predicate.alone.as_ref());
            let read = readings(predicate, explanation);
            rows.push([format!("  {}", predicate.text), sure, possible, String::new(), String::new(), read]);
        }
    }
    let columns = ["condition", "sure", "possible", "sure so far", "possible so far", "read as"];
    Grid { columns: columns.map(str::to_owned).to_vec(), rows: rows.into_iter().map(Vec::from).collect() }
}

fn pair(totals: Option<&Totals>) -> [String; 2] {
    let Totals { sure, possible } = totals.copied().unwrap_or_default();
    [sure.to_string(), possible.to_string()]
}

/// What the names and literals of a predicate were read as.
fn readings(predicate: &ExplainedPredicate, explanation: &Explanation) -> String {
    let names = explanation.names.iter();
    let names = names.filter(|name| predicate.start <= name.start && name.end <= predicate.end).map(name);
    names.chain(predicate.literals.iter().map(literal)).collect::<Vec<_>>().join("; ")
}

fn name(name: &ResolvedName) -> String {
    let kind = if name.kind.is_empty() { "document".to_owned() } else { name.kind.replace('_', " ") };
    match name.descendants {
        0 => format!("{kind} {}", name.id),
        more => format!("{kind} {} and {more} below it", name.id),
    }
}

fn literal(literal: &ReadLiteral) -> String {
    match &literal.reading {
        Some(Reading::Time(TimeReading { start, end })) => {
            let end_text = |end: &Option<prost_types::Timestamp>| {
                end.as_ref().map_or("..".to_owned(), ToString::to_string)
            };
            format!("[{}, {}]", end_text(start), end_text(end))
        }
        Some(Reading::Number(number)) => interval(number),
        None => String::new(),
    }
}

/// An interval with its hedge: `[3500, 4500] about`.
fn interval(number: &NumberReading) -> String {
    let end = |end: Option<f64>| end.map_or("∞".to_owned(), plain);
    let open = if number.low_exclusive { '(' } else { '[' };
    let close = if number.high_exclusive || number.high.is_none() { ')' } else { ']' };
    let ends = format!("{open}{}, {}{close}", end(number.low), end(number.high));
    let hedge = Some(number.hedge()).filter(|hedge| *hedge != Hedge::Unspecified);
    let hedge = hedge.map(|hedge| format!(" {}", word(hedge.as_str_name(), "HEDGE_").replace('_', " ")));
    ends + &hedge.unwrap_or_default()
}
