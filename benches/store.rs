//! A generated ledger through the store alone: loading, the index's size, pages, counts, opening again.
//!
//! `cargo bench --bench store -- 1000000` prints one table. Rows are made by a seeded generator:
//! actors, kinds, places and sources are skewed as in Zipf's law, values and times are intervals,
//! and one claim in fifty is a later version of an earlier one. Single figures are this machine's,
//! on that day.

#![allow(clippy::print_stdout, reason = "a bench prints its table")]

mod measure;

use bytes::Bytes;
use measure::{Generator, row, timed};
use sayso::plan::{
    Comparison, Field, Filter, GroupKey, Leaf, OrderBy, OrderKey, Row, Selection, Shown, Span, SpanField,
    WordField, number_key, terms,
};
use sayso::store::{Budget, Embedded, ItemKind, NewItem, Store, Upkeep, View};
use std::time::{Duration, Instant};

const BATCH: usize = 5_000;
const DAY: i64 = 86_400_000_000;

fn main() {
    let claims: usize =
        std::env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(100_000);
    let directory = tempfile::tempdir().expect("a directory");
    let store = Embedded::open(directory.path(), |_| None, Upkeep::Rewrite).expect("a new ledger");
    let mut generator = Generator(0x5eed);
    let (mut made, mut written, mut slowest) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    for (number, first) in (0..claims).step_by(BATCH).enumerate() {
        let started = Instant::now();
        let items: Vec<NewItem> =
            (first..claims.min(first + BATCH)).map(|claim| item(claim, &mut generator)).collect();
        made += started.elapsed();
        let started = Instant::now();
        let mut writing = store.write().expect("a sound store");
        writing.append(number as i64 + 1, items, None).expect("sound items");
        writing.finish(&mut || {}).expect("a durable write");
        written += started.elapsed();
        slowest = slowest.max(started.elapsed());
    }
    row("claims", claims);
    row("load, claims/s, durable", (claims as f64 / written.as_secs_f64()).round());
    row("  the slowest batch of 5,000", format!("{:.0} ms", slowest.as_secs_f64() * 1e3));
    let view = store.view();
    row("index, dictionary and ids, bytes a claim", store.index_bytes() / claims);

    let term = |field: Field, text: &str| Filter::Leaf(Leaf::Terms { field, any: terms([text]) });
    let at_least = |number: f64| {
        let (field, comparison) = (SpanField::Value, Comparison::From);
        Filter::Leaf(Leaf::Span { field, comparison, literal: Span::point(number_key(number)) })
    };
    let words = |text: [&str; 2]| Filter::Leaf(Leaf::Words { field: WordField::Text, all: terms(text) });
    let (kind, actor, place) =
        (|t: &str| term(Field::Kind, t), |t: &str| term(Field::Actor, t), |t: &str| term(Field::Place, t));
    let year = 2024 - 1970;
    let when = Span::new(year * 365 * DAY, (year + 1) * 365 * DAY).expect("a year");
    let in_year = Leaf::Span { field: SpanField::When, comparison: Comparison::Within, literal: when };

    let select = |name: &str, filter: Filter, order: &[OrderKey]| {
        let selection = asked(filter, &*view);
        let budget = Budget::default();
        timed(name, || view.select(&selection, order, None, 20, &budget).expect("a page").hits.len());
    };
    let all = |filters: Vec<Filter>| Filter::And(filters);
    select("page: two frequent terms", all(vec![actor("actor-0"), kind("kind-0")]), &[]);
    select("page: a frequent and a rare term", all(vec![actor("actor-0"), place("place-1700")]), &[]);
    select("page: two rare terms", all(vec![actor("actor-900"), place("place-1700")]), &[]);
    select("page: a rare term and an interval", all(vec![actor("actor-900"), at_least(9_900.0)]), &[]);
    select("page: a frequent term and an interval", all(vec![kind("kind-1"), at_least(9_990.0)]), &[]);
    select("page: two words", words(["word3", "word400"]), &[]);
    let by_value = [OrderKey { by: OrderBy::Value, descending: true }];
    select("page: two frequent terms, by value", all(vec![actor("actor-0"), kind("kind-0")]), &by_value);
    let by_id = [OrderKey { by: OrderBy::Id, descending: false }];
    select("page: everything, by id", Filter::Constant(true), &by_id);

    let count = |name: &str, filter: Filter| {
        let selection = asked(filter, &*view);
        timed(name, || {
            let totals = view.count(&selection, &Budget::default()).expect("a count");
            (totals.sure + totals.possible) as usize
        });
    };
    let source = term(Field::By, "source-0");
    let frequent = || vec![actor("actor-0"), kind("kind-0")];
    count("count: three frequent terms", all([frequent(), vec![source.clone()]].concat()));
    count("count: two frequent terms, not a third", {
        all([frequent(), vec![Filter::not(source.clone())]].concat())
    });
    count("count: two terms and a value", all(vec![kind("kind-0"), source, at_least(4_000.0)]));
    count("count: a term and a time", all(vec![kind("kind-0"), Filter::Leaf(in_year)]));

    let tally = |name: &str, filter: Filter, keys: &[GroupKey]| {
        let selection = asked(filter, &*view);
        timed(name, || {
            let tally = view.tally(&selection, keys, 10_000, &Budget::default()).expect("a tally");
            tally.groups.len()
        });
    };
    let (by, month) = (GroupKey::Term(Field::By), GroupKey::Part(SpanField::When, sayso::plan::Part::Month));
    tally("tally: everything by source", Filter::Constant(true), std::slice::from_ref(&by));
    tally("tally: one kind by source", kind("kind-0"), std::slice::from_ref(&by));
    tally("tally: one kind by month", kind("kind-0"), std::slice::from_ref(&month));
    tally("tally: one kind by source and month", kind("kind-9"), &[by, month]);

    let positions: Vec<_> = {
        let selection = asked(Filter::Leaf(Leaf::Present(Field::Actor)), &*view);
        let page = view.select(&selection, &by_id, None, 20, &Budget::default()).expect("a page");
        page.hits.iter().map(|hit| hit.position).collect()
    };
    let revision = view.head().revision;
    timed("fetch: 20 scattered claims", || {
        view.fetch(&positions, revision).expect("the claims are there").len()
    });

    let mut next = view.head().recorded;
    let mut number = claims;
    timed("write: one claim, durable", || {
        (next, number) = (next + 1, number + 1);
        let mut writing = store.write().expect("a sound store");
        writing.append(next, vec![item(number, &mut generator)], None).expect("a sound item");
        writing.finish(&mut || {}).expect("a durable write");
        1
    });

    let head = *store.view().head();
    drop((view, store));
    let started = Instant::now();
    let store = Embedded::open(directory.path(), |_| None, Upkeep::Rewrite).expect("the same ledger");
    let took = started.elapsed().as_secs_f64();
    row("open again", format!("{took:.2} s, {:.0} claims/s", claims as f64 / took));
    assert_eq!(*store.view().head(), head, "the ledger is as it was");
    row("making the rows, not counted above", format!("{:.2} s", made.as_secs_f64()));
}

fn asked(filter: Filter, view: &dyn View) -> Selection {
    Selection { filter, shown: Shown::default(), at: view.head().revision }
}

/// A claim of about the fields, the words and the bytes that a real one has.
fn item(number: usize, random: &mut Generator) -> NewItem {
    let before = number.checked_sub(BATCH + 40).filter(|_| number % 50 == 49);
    let id: std::sync::Arc<str> = format!("claim-{}", before.unwrap_or(number)).into();
    let mut row = Row::builder(id.clone());
    let skewed = |random: &mut Generator, word: &str, bound| format!("{word}-{}", random.skewed(bound));
    row.terms(Field::Type, ["figure"])
        .terms(Field::Actor, [skewed(random, "actor", 1_000)])
        .terms(Field::Kind, [skewed(random, "kind", 100)])
        .terms(Field::Place, [skewed(random, "place", 2_000)])
        .terms(Field::Mode, ["fact"])
        .terms(Field::Hedge, [["exact", "about", "at_least", "between"][random.below(4)]])
        .terms(Field::Unit, ["person"])
        .terms(Field::Basis, [["stock", "flow"][random.below(2)]])
        .terms(Field::Act, [["said", "estimated", "assessed"][random.below(3)]])
        .terms(Field::Clarity, ["named_organization"])
        .terms(Field::Credibility, ["6"])
        .terms(Field::Document, [format!("document-{}", number / 12)]);
    let (by, via) = (skewed(random, "source", 500), skewed(random, "source", 500));
    row.terms(Field::By, [by.as_str()])
        .terms(Field::Via, [via.as_str()])
        .terms(Field::Publisher, [via.as_str()])
        .terms(Field::Source, [by.as_str(), via.as_str()]);
    let day = (52 * 365 + random.below(4 * 365) as i64) * DAY;
    row.span(SpanField::When, Span::new(day, day + (1 + random.below(30) as i64) * DAY - 1))
        .span(SpanField::Said, Span::new(day + 40 * DAY, day + 41 * DAY - 1))
        .span(SpanField::Hops, Some(Span::point(number_key(1.0))));
    let size = 1.0 + random.below(9_999) as f64;
    let high = if random.below(3) == 0 { size * 2.0 } else { size };
    row.span(SpanField::Value, Span::new(number_key(size), number_key(high))).best(Some(size));
    let text: Vec<String> = (0..12).map(|_| format!("word{}", random.skewed(5_000))).collect();
    let row = row.words(WordField::Text, text.iter().map(String::as_str)).finish();
    NewItem {
        kind: ItemKind::Claim,
        id,
        version: 1 + u32::from(before.is_some()),
        bytes: Bytes::from(vec![number as u8; 350]),
        row: Some(row),
    }
}
