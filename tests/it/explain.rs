//! How queries over the seeds are explained: whole texts, and that the parts come to the whole.

use super::scripts::run;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use sayso::engine::{Answer, Batch, Engine, Explanation, QueryError, QueryRequest, Results};
use sayso::language::{MAX_READINGS, NamedKind, Parameter, ReadLiteral, Reading};
use sayso::model::Timestamp;
use sayso::pack::{Located, Pack};
use sayso::plan::{Span, key_number};
use sayso::store::{Budget, Totals};
use std::fmt::Write;
use std::path::Path;

fn seeded() -> Engine {
    fn items<T>(located: Vec<Located<T>>) -> Vec<T> {
        located.into_iter().map(|located| located.item).collect()
    }
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    let pack = Pack::read_dir(&seeds).expect("the seeds are sound");
    let engine = Engine::in_memory().expect("memory is there");
    let batch = Batch {
        entities: items(pack.entities),
        sources: items(pack.sources),
        documents: items(pack.documents),
        claims: items(pack.claims),
        ..Batch::default()
    };
    engine.record(batch).expect("the seeds are sound");
    engine
}

fn explained(engine: &Engine, text: &str) -> Result<(Answer, Explanation), QueryError> {
    let request = QueryRequest { text: text.to_owned(), ..QueryRequest::default() };
    let answer = engine.explain(&request, &Budget::default())?;
    let Results::Explanation(explanation) = &answer.results else { panic!("{text} is explained") };
    let explanation = explanation.as_ref().clone();
    Ok((answer, explanation))
}

fn pair(totals: Totals) -> String {
    format!("{} + {}?", totals.sure, totals.possible)
}

fn end(time: i64) -> String {
    if matches!(time, i64::MIN | i64::MAX) { "..".to_owned() } else { Timestamp(time).to_string() }
}

fn literal(literal: &ReadLiteral) -> String {
    let ReadLiteral { at, text, reading } = literal;
    let ends = |span: &Span| format!("{}, {}", key_number(span.low()), key_number(span.high()));
    let reading = match reading {
        Reading::Time(span) => format!("from {} to {}", end(span.low()), end(span.high())),
        Reading::Quantity(quantity) => {
            let open = if quantity.low_exclusive() { '(' } else { '[' };
            let close = if quantity.high_exclusive() { ')' } else { ']' };
            format!("{open}{}, {}{close} {}", quantity.low(), quantity.high(), quantity.hedge().as_str())
        }
        Reading::Number(span) => format!("[{}]", ends(span)),
    };
    format!("{}..{} {text}: {reading}", at.start, at.end)
}

/// All of an explanation but the time that it took.
fn told(engine: &Engine, text: &str) -> String {
    let (answer, explanation) = match explained(engine, text) {
        Ok(explained) => explained,
        Err(QueryError::Query { text, diagnostic }) => return diagnostic.render(&text),
        Err(error) => panic!("{error}"),
    };
    let Explanation { rows, junction, terms, totals, names, hedge_profile, spent: _ } = explanation;
    let mut told = format!("{}\nrows {}\n", answer.canonical, pair(rows));
    for term in &terms {
        let (at, alone, so_far) = (term.at, pair(term.alone), pair(term.so_far));
        let _ = writeln!(told, "{junction:?} {}..{} {}: {alone} → {so_far}", at.start, at.end, term.text);
        for predicate in &term.predicates {
            let at = predicate.at;
            if term.predicates.len() > 1 || predicate.text != term.text {
                let alone = pair(predicate.alone);
                let _ = writeln!(told, "  {}..{} {}: {alone}", at.start, at.end, predicate.text);
            }
            for read in &predicate.literals {
                let _ = writeln!(told, "    {}", literal(read));
            }
        }
    }
    for name in &names {
        let kind = match name.kind {
            NamedKind::Entity(kind) => kind.as_str(),
            NamedKind::Source(kind) => kind.as_str(),
            NamedKind::Document => "document",
        };
        let at = name.at;
        let _ = writeln!(told, "{}..{} is {kind} {}, {} below", at.start, at.end, name.id, name.descendants);
    }
    for remark in &answer.remarks {
        let _ = writeln!(told, "note {} at {}..{}", remark.code, remark.at.start, remark.at.end);
    }
    let _ = write!(told, "matches {}", pair(totals));
    if let Some(profile) = hedge_profile {
        let _ = write!(told, " by {profile}");
    }
    told
}

#[test]
fn explanations() {
    let engine = seeded();
    run("explain.txt", |text| told(&engine, text));
}

#[test]
fn the_first_thousand_names_and_literals_are_told() {
    let engine = seeded();
    let list = |text: &str| Parameter::List(vec![text.to_owned(); MAX_READINGS + 1]);
    let request = QueryRequest {
        text: "figure where value in $values and kind in $kinds and hops=1".to_owned(),
        parameters: [("values".to_owned(), list("4000")), ("kinds".to_owned(), list("workers"))].into(),
        ..QueryRequest::default()
    };
    let answer = engine.explain(&request, &Budget::default()).expect("a sound query");
    let Results::Explanation(explanation) = answer.results else { panic!("an explanation") };
    let literals: Vec<usize> =
        explanation.terms.iter().map(|term| term.predicates[0].literals.len()).collect();
    assert_eq!((literals, explanation.names.len()), (vec![1_000, 0, 0], 1_000));
}

fn condition() -> impl Strategy<Value = String> {
    let predicate = select(
        &[
            "actor=NK",
            "kind=personnel",
            "kind=workers",
            "value>=4000",
            "value in 2000..4000",
            "when<2025",
            "when>2024-10~",
            "published=2025",
            "by=NIS",
            "by!=NIS",
            "place is missing",
            "hops>1",
            "surely value>=3000",
        ][..],
    )
    .prop_map(str::to_owned);
    predicate.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" and "))),
            vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" or "))),
            inner.prop_map(|inner| format!("not ({inner})")),
        ]
    })
}

#[test]
fn the_last_term_leaves_what_the_query_matches() {
    let engine = seeded();
    proptest!(|(condition in condition())| {
        let text = format!("figure, event where {condition}");
        let (_, explanation) = explained(&engine, &text).expect("a sound query");
        let request = QueryRequest { text, include_totals: true, ..QueryRequest::default() };
        let matches = engine.query(&request, &Budget::default()).expect("a sound query").totals;
        prop_assert_eq!(explanation.terms.last().map(|term| term.so_far), matches);
        prop_assert_eq!(Some(explanation.totals), matches);
    });
}
