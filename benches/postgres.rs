//! A generated ledger in PostgreSQL: recording against COPY into the same tables, and pages and counts
//! against SQL that somebody would write for the same question.
//!
//! `cargo bench --bench postgres -- 1000000` prints one table. The database is the one of the tests
//! (`tests/postgres.sh url`), or that of SAYSO_TEST_DATABASE_URL; it is made durable for the run. Both sides
//! of a ratio are measured in turns.

#![allow(clippy::print_stdout, reason = "a bench prints its table")]

mod claims;
#[path = "../tests/it/database.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod database;
#[allow(dead_code, reason = "shared with other benches")]
mod measure;

use claims::{batches, registry};
use measure::{Generator, row};
use sayso::engine::{Engine, QueryRequest};
use sayso::store::{Budget, Postgres};
use std::time::{Duration, Instant};
use tokio_postgres::{Client, NoTls, Statement};

const BATCH: usize = 5_000;
const ROUNDS: usize = 41;

fn main() {
    let claims: usize =
        std::env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(100_000);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("threads");
    let [recorded, copied] = [database::fresh(), database::fresh()];
    let [client, other] = [&recorded, &copied].map(|url| runtime.block_on(connect(url)));
    runtime.block_on(async {
        for (client, url) in [(&client, &recorded), (&other, &copied)] {
            client
                .batch_execute(&format!("CREATE SCHEMA {}", database::schema(url)))
                .await
                .expect("a schema");
        }
        // Only a superuser may; elsewhere the database is as durable as it is.
        for setting in ["fsync = on", "synchronous_commit = on", "max_wal_size = '8GB'", "work_mem = '64MB'"]
        {
            let _ = client.batch_execute(&format!("ALTER SYSTEM SET {setting}")).await;
        }
        let _ = client.batch_execute("SELECT pg_reload_conf()").await;
    });
    for url in [&recorded, &copied] {
        Postgres::migrate(url).expect("tables");
    }
    let engine = Engine::connect(&recorded).expect("a ledger");
    engine.record(registry()).expect("a sound registry");
    let batches = batches(claims, BATCH, &mut Generator(0x5eed));
    let started = Instant::now();
    for batch in batches {
        engine.record(batch).expect("sound claims");
    }
    let recording = started.elapsed();
    let copying = runtime.block_on(copy(&recorded, &client, &other));
    let rate = |took: Duration| (claims as f64 / took.as_secs_f64()).round();
    row("claims", claims);
    row("recorded, claims/s, validated and durable", rate(recording));
    row("COPY into the same tables, rows/s", rate(copying));
    row("  recorded ÷ COPY", format!("{:.2}", copying.as_secs_f64() / recording.as_secs_f64()));

    runtime.block_on(async {
        for table in ["claims", "retirements"] {
            client.batch_execute(&format!("VACUUM (ANALYZE) {table}")).await.expect("statistics");
        }
        client
            .batch_execute(&format!("DROP SCHEMA {} CASCADE", database::schema(&copied)))
            .await
            .expect("room");
    });
    let live = "NOT EXISTS (SELECT FROM retirements r WHERE r.bucket = c.bucket AND r.id = c.id AND r.version = c.version)";
    let pages = [
        (
            "page: two frequent terms",
            "actor=actor-0 and kind=kind-0",
            "t_actor && '{actor-0}' AND t_kind && '{kind-0}'",
        ),
        (
            "page: a frequent and a rare term",
            "actor=actor-0 and place=place-700",
            "t_actor && '{actor-0}' AND t_place && '{place-700}'",
        ),
        (
            "page: a term and an interval",
            "kind=kind-1 and surely value>=4000",
            "t_kind && '{kind-1}' AND value_low >= 4661014508095930368",
        ),
    ];
    for (name, query, by_hand) in pages {
        let sql = format!(
            "SELECT c.id, c.version, c.revision, c.recorded, c.bytes FROM claims c WHERE {by_hand} AND {live} ORDER BY c.position DESC LIMIT 21"
        );
        compare(&runtime, &engine, &client, name, &format!("figure where {query}"), &sql);
    }
    let counts = [
        ("count: two terms", "kind=kind-0 and by=source-0", "t_kind && '{kind-0}' AND t_by && '{source-0}'"),
        (
            "count: three terms",
            "kind=kind-0 and by=source-0 and not actor=actor-0",
            "t_kind && '{kind-0}' AND t_by && '{source-0}' AND NOT t_actor && '{actor-0}'",
        ),
    ];
    for (name, query, by_hand) in counts {
        let sql = format!("SELECT count(*) FROM claims c WHERE {by_hand} AND {live}");
        compare(&runtime, &engine, &client, name, &format!("figure where {query} count"), &sql);
    }
    let sql = format!(
        "SELECT k, count(*) FROM claims c, unnest(t_by) k WHERE t_kind && '{{kind-0}}' AND {live} GROUP BY k ORDER BY 2 DESC LIMIT 20"
    );
    compare(&runtime, &engine, &client, "count by source", "figure where kind=kind-0 count by by", &sql);
    runtime
        .block_on(client.batch_execute(&format!("DROP SCHEMA {} CASCADE", database::schema(&recorded))))
        .expect("room");
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("a database");
    tokio::spawn(connection);
    client
}

/// How long it takes to copy all claims, from a file, into tables with the same indexes.
async fn copy(from: &str, client: &Client, other: &Client) -> Duration {
    let file = format!("/tmp/{}.copy", database::schema(from));
    client
        .batch_execute(&format!("COPY claims TO '{file}' BINARY"))
        .await
        .expect("a file that the database can write");
    let started = Instant::now();
    other.batch_execute(&format!("COPY claims FROM '{file}' BINARY")).await.expect("the same rows");
    let took = started.elapsed();
    // Where the database is on another machine, so is the file.
    let _ = std::fs::remove_file(file);
    took
}

/// The median of both, taken in turns.
fn compare(
    runtime: &tokio::runtime::Runtime,
    engine: &Engine,
    client: &Client,
    name: &str,
    query: &str,
    sql: &str,
) {
    let request = QueryRequest { text: query.into(), page_size: 20, ..QueryRequest::default() };
    let statement: Statement = runtime.block_on(client.prepare(sql)).expect("sound SQL");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let started = Instant::now();
        engine.query(&request, &Budget::default()).unwrap_or_else(|error| panic!("{error}"));
        ours.push(started.elapsed());
        let started = Instant::now();
        runtime.block_on(client.query(&statement, &[])).expect("rows");
        theirs.push(started.elapsed());
    }
    let median = |times: &mut Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2].as_secs_f64() * 1e3
    };
    let (ours, theirs) = (median(&mut ours), median(&mut theirs));
    row(name, format!("{ours:.2} ms; by hand {theirs:.2} ms; {:.2} times", ours / theirs));
}
