//! Random queries on random ledgers: the engine's answer against that of a naive evaluator, which
//! starts from the query's tree and the model's items and knows nothing of plans, rows and indexes.
//!
//! `make oracle` asks a million of them. A run is told by its seed: the ledger of number `n` has the
//! seed of the run plus `n`, and a difference is printed with the seed of its ledger, so that a run
//! with that seed meets it in its first ledger. (The moments of commits are the clock's.)

mod answer;
mod attributes;
mod evaluate;
mod history;
mod intervals;
mod ledger;
mod queries;
mod shrink;
mod watched;

pub(crate) use history::{Step, Store};
pub(crate) use ledger::steps;

use crate::random::Random;
use answer::{ANYTHING, Answer, Results, sorted};
use history::World;
use queries::Question;
use sayso::analysis::Cell;
use sayso::engine::{self, Consistency, QueryError, QueryRequest};
use sayso::language::{self, Parameter};
use sayso::model::Timestamp;
use sayso::store::{Budget, Totals};
use std::collections::BTreeMap;
use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Queries that each ledger is asked.
const QUERIES_OF_A_LEDGER: usize = 400;
/// One in so many queries is watched too.
const WATCHED_OF: usize = 10;
/// A run ends when so many ledgers have shown a difference.
const MAX_DIFFERENCES: usize = 3;

/// What came of a question.
enum Outcome {
    Agrees,
    /// The engine says that the query means nothing.
    Refused(&'static str),
    Differs(Difference),
}

/// A question that the two do not answer alike.
struct Difference {
    expected: String,
    found: String,
}

/// What a run has done so far.
#[derive(Default)]
struct Tally {
    executed: AtomicU64,
    /// Queries that found something.
    fruitful: AtomicU64,
    ledgers: AtomicU64,
    refused: Mutex<BTreeMap<&'static str, u64>>,
    differences: Mutex<Vec<String>>,
}

impl Tally {
    fn summary(&self) -> String {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let refused = self.refused.lock().expect("nobody panicked");
        let sum: u64 = refused.values().sum();
        let found = 100 * load(&self.fruitful) / load(&self.executed).max(1);
        format!(
            "{} queries executed on {} ledgers, {found} % with matches; {sum} refused: {refused:?}",
            load(&self.executed),
            load(&self.ledgers)
        )
    }

    fn is_over(&self, queries: u64) -> bool {
        let differences = self.differences.lock().expect("nobody panicked").len();
        self.executed.load(Ordering::Relaxed) >= queries || differences >= MAX_DIFFERENCES
    }
}

/// Asks so many queries at least; the differences and a summary.
fn run(store: Store, seed: u64, queries: u64, told_every: Option<Duration>) -> (Vec<String>, String) {
    let tally = Tally::default();
    let next = AtomicU64::new(0);
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let work = || {
            while !tally.is_over(queries) {
                ask_a_ledger(store, seed.wrapping_add(next.fetch_add(1, Ordering::Relaxed)), &tally);
            }
        };
        let working: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        if let Some(told_every) = told_every {
            let mut told = Instant::now();
            while working.iter().any(|worker| !worker.is_finished()) {
                thread::park_timeout(Duration::from_millis(100));
                if told.elapsed() >= told_every {
                    eprintln!("{}", tally.summary());
                    told = Instant::now();
                }
            }
        }
    });
    let summary = tally.summary();
    (tally.differences.into_inner().expect("nobody panicked"), summary)
}

fn ask_a_ledger(store: Store, seed: u64, tally: &Tally) {
    let mut random = Random::new(seed);
    let steps = ledger::steps(&mut random);
    let world = World::build(&steps, store);
    tally.ledgers.fetch_add(1, Ordering::Relaxed);
    for number in 0..QUERIES_OF_A_LEDGER {
        let question = queries::question(&mut random, &world.history);
        match compare(&world, &question, tally) {
            Outcome::Agrees => {
                tally.executed.fetch_add(1, Ordering::Relaxed);
                if number % WATCHED_OF == 0
                    && let Err(difference) = watched::follow(&world, &question, random.next())
                {
                    let place =
                        format!("ORACLE_SEED={seed}, its query {number}, watched\n{}\n", question.text);
                    tally.differences.lock().expect("nobody panicked").push(place + &difference);
                    return;
                }
            }
            Outcome::Refused(code) => {
                *tally.refused.lock().expect("nobody panicked").entry(code).or_default() += 1;
            }
            Outcome::Differs(_) => {
                let told = shrink::told(&world, &steps, &question);
                let place = format!("ORACLE_SEED={seed}, its query {number}\nas asked: {}\n", question.text);
                tally.differences.lock().expect("nobody panicked").push(place + &told);
                return;
            }
        }
    }
}

/// Asks both.
fn compare(world: &World, question: &Question, tally: &Tally) -> Outcome {
    let (found, now) = match ask(&world.engine, question) {
        Ok(answered) => answered,
        Err(QueryError::Query { diagnostic, .. }) => return Outcome::Refused(diagnostic.code().as_str()),
        Err(error) => {
            return Outcome::Differs(Difference {
                expected: "an answer".to_owned(),
                found: error.to_string(),
            });
        }
    };
    let history = &world.history;
    let revision = question.revision.unwrap_or(history.head());
    let query = language::parse(&question.text).expect("the engine has parsed it");
    let expected = catch_unwind(AssertUnwindSafe(|| {
        answer::answer(&query, &question.parameters, history, revision, now)
    }));
    let expected = match expected {
        Ok(expected) => expected,
        Err(panic) => {
            let why = panic.downcast_ref::<String>().cloned().unwrap_or_default();
            let expected = format!("a refusal: {why}");
            return Outcome::Differs(Difference { expected, found: found.to_string() });
        }
    };
    if agree(&expected, &found) {
        if found.totals != (0, 0) {
            tally.fruitful.fetch_add(1, Ordering::Relaxed);
        }
        return Outcome::Agrees;
    }
    Outcome::Differs(Difference { expected: expected.to_string(), found: found.to_string() })
}

/// The engine's answer, its pages put together, and what `now` was.
fn ask(engine: &engine::Engine, question: &Question) -> Result<(Answer, Timestamp), QueryError> {
    let mut request = QueryRequest {
        text: question.text.clone(),
        parameters: question.parameters.clone(),
        page_size: question.page_size,
        consistency: question.revision.map_or(Consistency::Latest, Consistency::Exactly),
        include_totals: true,
        ..QueryRequest::default()
    };
    let mut whole: Option<Answer> = None;
    loop {
        let page = engine.query(&request, &Budget::default())?;
        let Totals { sure, possible } = page.totals.expect("totals were asked for");
        let page_answer = Answer { totals: (sure, possible), results: results(page.results) };
        whole = Some(match whole {
            None => page_answer,
            Some(before) => joined(before, page_answer),
        });
        match page.next_page_token {
            Some(token) => request.page_token = token,
            None => return Ok((whole.expect("there is one page at least"), page.now)),
        }
    }
}

fn results(found: engine::Results) -> Results {
    match found {
        engine::Results::Claims(found) => Results::Items(
            found.into_iter().map(|it| (it.item.id.to_string(), it.item.version, it.truth)).collect(),
        ),
        engine::Results::Entities(found) => Results::Items(
            found.into_iter().map(|it| (it.item.id.to_string(), it.item.version, it.truth)).collect(),
        ),
        engine::Results::Sources(found) => Results::Items(
            found.into_iter().map(|it| (it.item.id.to_string(), it.item.version, it.truth)).collect(),
        ),
        engine::Results::Documents(found) => Results::Items(
            found.into_iter().map(|it| (it.item.id.to_string(), it.item.version, it.truth)).collect(),
        ),
        engine::Results::Table(table) => Results::Table(table.rows),
        engine::Results::Explanation(_) | engine::Results::View(_) => {
            panic!("no query asks for an explanation or a view")
        }
    }
}

/// A page behind those before it; the totals are the same on each.
fn joined(before: Answer, page: Answer) -> Answer {
    assert_eq!(before.totals, page.totals, "totals are counted once");
    let results = match (before.results, page.results) {
        (Results::Items(mut items), Results::Items(more)) => {
            items.extend(more);
            Results::Items(items)
        }
        (Results::Table(mut rows), Results::Table(more)) => {
            rows.extend(more);
            Results::Table(rows)
        }
        (Results::Items(_) | Results::Table(_), _) => panic!("a page of another sort"),
    };
    Answer { totals: before.totals, results }
}

fn agree(expected: &Answer, found: &Answer) -> bool {
    if expected.totals != found.totals {
        return false;
    }
    match (&expected.results, &found.results) {
        (Results::Items(expected), Results::Items(found)) => expected == found,
        (Results::Table(expected), Results::Table(found)) => {
            expected.len() == found.len()
                && expected.iter().zip(found).all(|((expected, grade), (found, found_grade))| {
                    grade == found_grade
                        && expected.len() == found.len()
                        && expected.iter().zip(found).all(|(expected, found)| agrees(expected, found))
                })
        }
        (Results::Items(_) | Results::Table(_), _) => false,
    }
}

fn agrees(expected: &Cell, found: &Cell) -> bool {
    match (expected, found) {
        (Cell::Text(expected), Cell::Text(_)) if expected == ANYTHING => true,
        (Cell::List(expected), Cell::List(found)) => *expected == sorted(found.clone()),
        _ => expected == found,
    }
}

/// Two thousand queries, always the same.
#[test]
fn the_engine_answers_by_the_definitions() {
    let (differences, summary) = run(Store::Embedded, 1, 2_000, None);
    assert!(differences.is_empty(), "{summary}\n{}", differences.join("\n"));
}

/// Some of them of ledgers in a database.
#[test]
fn the_engine_answers_so_on_a_database() {
    let (differences, summary) = run(Store::Postgres, 1, 800, None);
    assert!(differences.is_empty(), "{summary}\n{}", differences.join("\n"));
}

/// `make oracle`
#[test]
#[ignore = "takes minutes: `make oracle`"]
fn long_run() {
    let number = |name: &str| env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let seed = number("ORACLE_SEED").unwrap_or_else(|| Timestamp::now().0.unsigned_abs());
    let queries = number("ORACLE_QUERIES").unwrap_or(1_000_000);
    let store = match env::var("ORACLE_STORE").as_deref() {
        Ok("postgres") => Store::Postgres,
        Ok("embedded") | Err(_) => Store::Embedded,
        Ok(other) => panic!("ORACLE_STORE={other}: embedded or postgres is expected"),
    };
    eprintln!("{queries} queries, ORACLE_SEED={seed}");
    let started = Instant::now();
    let (differences, summary) = run(store, seed, queries, Some(Duration::from_secs(10)));
    eprintln!("{summary}\nORACLE_SEED={seed}, {} s", started.elapsed().as_secs());
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
