//! A generated ledger through the engine: loading, pages, counts, opening again.
//!
//! `cargo bench --bench ledger -- 1000000` prints one table. Ratios within a run are what counts;
//! single figures are this machine's, on that day. Claims are made by a seeded generator: actors,
//! kinds, places and sources are skewed as in Zipf's law, values and times are hedged as in the
//! seed ledger.

#![allow(clippy::print_stdout, reason = "a bench prints its table")]

mod claims;
mod measure;

use claims::{batches, registry};
use measure::{Generator, row, timed};
use sayso::engine::{Engine, QueryRequest, Results};
use sayso::store::Budget;
use std::time::Instant;

const BATCH: usize = 5_000;

fn main() {
    let claims: usize =
        std::env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(100_000);
    let directory = tempfile::tempdir().expect("a directory");
    let mut generator = Generator(0x5eed);

    let engine = Engine::open(directory.path()).expect("a new ledger");
    engine.record(registry()).expect("a sound registry");
    let before = resident_bytes();
    let batches = batches(claims, BATCH, &mut generator);
    let made = resident_bytes();
    let started = Instant::now();
    for batch in batches {
        engine.record(batch).expect("sound claims");
    }
    let loaded = started.elapsed();
    row("claims", claims);
    row("load, claims/s, validated and durable", (claims as f64 / loaded.as_secs_f64()).round());

    let queries = [
        ("page: two frequent terms", "figure where actor=actor-0 and kind=kind-0"),
        ("page: a frequent and a rare term", "figure where actor=actor-0 and place=place-700"),
        ("page: two rare terms", "figure where actor=actor-400 and place=place-700"),
        ("page: a term and an interval", "figure where kind=kind-1 and value>=4000"),
        ("page: a term and a time", "figure where kind=kind-1 and when in 2024-03..2024-04"),
        ("page: words", "figure where text~'thousands sent' and kind=kind-2"),
        ("page: two terms, sorted", "figure where actor=actor-3 and kind=kind-0 sort value desc"),
    ];
    for (name, text) in queries {
        let request = QueryRequest { text: text.into(), page_size: 20, ..QueryRequest::default() };
        timed(name, || found(&engine, &request));
    }
    let counts = [
        ("count: three terms", "figure where kind=kind-0 and by=source-0 and not actor=actor-0 count"),
        (
            "count: two terms and an interval",
            "figure where kind=kind-0 and by=source-0 and value>=4000 count",
        ),
        ("count by source", "figure where kind=kind-0 count by by"),
    ];
    for (name, text) in counts {
        let request = QueryRequest { text: text.into(), ..QueryRequest::default() };
        timed(name, || found(&engine, &request));
    }
    row("resident bytes a claim, index and caches", resident_bytes().saturating_sub(before) / claims as u64);
    row("  of it, what the allocator kept of the drafts", made.saturating_sub(before) / claims as u64);

    let head = engine.head();
    drop(engine);
    let started = Instant::now();
    let engine = Engine::open(directory.path()).expect("the same ledger");
    row("open again", format!("{:.2} s", started.elapsed().as_secs_f64()));
    assert_eq!(engine.head(), head, "the ledger is as it was");
}

fn found(engine: &Engine, request: &QueryRequest) -> usize {
    let answer = engine.query(request, &Budget::default()).unwrap_or_else(|error| panic!("{error}"));
    match answer.results {
        Results::Claims(claims) => claims.len(),
        Results::Table(table) => table.rows.len(),
        Results::Entities(_)
        | Results::Sources(_)
        | Results::Documents(_)
        | Results::Explanation(_)
        | Results::View(_) => 0,
    }
}

/// What the process has in memory, from Linux; 0 elsewhere.
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()).and_then(|kib| kib.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}
