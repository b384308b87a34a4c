//! A ledger in PostgreSQL, as a user has it.

use crate::command::{SEEDS, run, sayso};
use crate::database;
use sayso::engine::{Batch, Consistency, Engine, QueryRequest};
use sayso::model::EntityDraft;
use sayso::model::vocabulary::EntityKind;
use sayso::store::Budget;
use std::fs;

/// Removes a database's tables, also if a test fails.
struct Ledger(String);

impl Ledger {
    fn new() -> Self {
        Self(database::migrated())
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        database::remove(&self.0);
    }
}

/// What a command prints, having succeeded.
fn told(arguments: &[&str]) -> String {
    let (status, stdout, stderr) = run(&mut sayso(arguments));
    assert_eq!(status, 0, "{arguments:?}: {stderr}");
    stdout
}

fn packs() -> Vec<String> {
    let entries = fs::read_dir(SEEDS).expect("the seeds are there");
    let mut packs: Vec<_> = entries.map(|entry| entry.expect("it can be listed").path()).collect();
    packs.sort();
    packs.iter().map(|path| path.to_str().expect("UTF-8").to_owned()).collect()
}

#[test]
fn a_ledger_moves_into_a_database_and_back_with_its_history() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
    let (first, second) = (Ledger::new(), Ledger::new());
    let packs = packs();
    let import: Vec<&str> =
        ["import", "--store", &first.0].into_iter().chain(packs.iter().map(String::as_str)).collect();
    told(&import);
    told(&["retract", "--store", &first.0, "workers-sent", "--reason", "It was a rumour."]);

    let history = told(&["export", "--history", "--store", &first.0]);
    fs::write(at("history.jsonl"), &history).unwrap();
    told(&["import", "--data", &at("ledger"), &at("history.jsonl")]);
    assert_eq!(told(&["export", "--history", "--data", &at("ledger")]), history);
    told(&["import", "--store", &second.0, &at("history.jsonl")]);
    assert_eq!(told(&["export", "--history", "--store", &second.0]), history);

    let sound = told(&["verify", "--data", &at("ledger")]);
    assert!(sound.starts_with("sound: revision 2, versions of claims 25"), "{sound}");
    for query in [
        "figure where actor=NK and kind=workers",
        "claim where retracted is present list id, text",
        "claim count by source",
        "claim conflicts",
        "claim as of revision 1 count by type",
    ] {
        let expected = run(&mut sayso(&["query", "--data", &at("ledger"), query]));
        for store in [&first.0, &second.0] {
            assert_eq!(run(&mut sayso(&["query", "--store", store, query])), expected, "{query}");
            assert_eq!(told(&["verify", "--store", store]), sound);
        }
    }
}

#[test]
fn verify_finds_what_was_changed_in_the_database() {
    let ledger = Ledger::new();
    let packs = packs();
    let import: Vec<&str> =
        ["import", "--store", &ledger.0].into_iter().chain(packs.iter().map(String::as_str)).collect();
    told(&import);
    let change = |sql: &str| database::execute(&ledger.0, sql);
    let found = || {
        let (status, _, stderr) = run(&mut sayso(&["verify", "--store", &ledger.0]));
        (status, stderr)
    };
    let changes = [
        (
            "UPDATE claims SET t_actor = '{south-korea}' WHERE id = 'workers-sent'",
            "claim workers-sent of revision 1 in the database is found by other terms than its bytes hold; restore the database from a backup",
        ),
        (
            "UPDATE claims SET value_low = value_low + 1 WHERE id = 'workers-sent'",
            "claim workers-sent of revision 1 in the database is found by other terms than its bytes hold; restore the database from a backup",
        ),
        (
            "UPDATE claims SET bytes = set_byte(bytes, 5, get_byte(bytes, 5) # 1) WHERE id = 'workers-sent'",
            "commit 1 in the database does not have the digest of its items",
        ),
        (
            "DELETE FROM claims WHERE id = 'workers-sent'",
            "commit 1 in the database does not have the digest of its items",
        ),
    ];
    change("CREATE TABLE kept AS SELECT * FROM claims");
    for (sql, damage) in changes {
        change(sql);
        let (status, stderr) = found();
        assert_eq!(status, 1, "{sql}");
        assert!(stderr.contains(damage), "{sql}: {stderr}");
        change("TRUNCATE claims; INSERT INTO claims SELECT * FROM kept");
    }
    assert_eq!(found().0, 0);
}

#[test]
fn a_database_is_told_what_it_lacks() {
    let url = database::fresh();
    database::execute(&url, &format!("CREATE SCHEMA {}", database::schema(&url)));
    let ledger = Ledger(url);
    let (status, _, stderr) = run(&mut sayso(&["query", "--store", &ledger.0, "claim"]));
    assert_eq!(status, 1);
    assert!(
        stderr.contains(
            "the database has step 0 of the schema, and this version of Sayso needs 1: run `sayso migrate`"
        ),
        "{stderr}"
    );
    assert_eq!(run(&mut sayso(&["migrate", "--store", &ledger.0])).0, 0);
    database::execute(&ledger.0, "INSERT INTO sayso_schema VALUES (7)");
    let (_, _, stderr) = run(&mut sayso(&["query", "--store", &ledger.0, "claim"]));
    assert!(
        stderr.contains(
            "the database has step 7 of the schema, and this version of Sayso knows 1: use the newer version"
        ),
        "{stderr}"
    );
    let (status, _, stderr) = run(&mut sayso(&["backup", "--store", &ledger.0, "backup"]));
    assert_eq!(status, 1);
    assert!(stderr.contains("pg_basebackup"), "{stderr}");
}

#[test]
fn what_one_server_writes_the_other_reads_by_its_revision() {
    let ledger = Ledger::new();
    let [one, other] = [0, 1].map(|_| Engine::connect(&ledger.0).unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for number in 1..=20 {
        let (writer, reader) = if number % 2 == 0 { (&one, &other) } else { (&other, &one) };
        let entity = EntityDraft {
            id: format!("t{number}"),
            kind: Some(EntityKind::Topic),
            name: format!("The {number}"),
            ..EntityDraft::default()
        };
        let receipt = writer.record(Batch { entities: vec![entity], ..Batch::default() }).unwrap();
        assert_eq!(receipt.commit.revision, number);
        runtime.block_on(reader.wait_for(number));
        let request = QueryRequest {
            text: format!("claim where kind='The {number}' count"),
            consistency: Consistency::Exactly(number),
            ..QueryRequest::default()
        };
        reader.query(&request, &Budget::default()).unwrap_or_else(|error| panic!("{number}: {error}"));
        assert_eq!(reader.head().digest, receipt.commit.digest);
    }
}
