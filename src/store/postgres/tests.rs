//! The database answers as a plain walk over the rows does.

use super::Postgres;
use super::database::Database;
use crate::store::Store as _;
use crate::store::conformance::{case, check, check_claims, check_scans, history, write};
use proptest::prelude::*;

#[path = "../../../tests/it/database.rs"]
mod server;

/// A database without tables yet.
fn fresh() -> String {
    let url = server::fresh();
    execute(&url, &format!("CREATE SCHEMA {}", server::schema(&url)));
    url
}

fn execute(url: &str, sql: &str) {
    let database = Database::new(url).unwrap();
    let (pool, sql) = (database.pool.clone(), sql.to_owned());
    database.wait(async move { pool.get().await.unwrap().batch_execute(&sql).await.unwrap() });
}

#[test]
fn the_database_answers_as_a_plain_walk() {
    let url = fresh();
    assert_eq!(Postgres::migrate(&url).unwrap(), 1);
    assert_eq!(Postgres::migrate(&url).unwrap(), 0);
    let mut runner =
        proptest::test_runner::TestRunner::new(ProptestConfig { cases: 48, ..ProptestConfig::default() });
    let cases = (history(), prop::collection::vec(case(), 6));
    let ran = runner.run(&cases, |(history, cases)| {
        execute(&url, "TRUNCATE claims, retirements, commits, registry, requests; UPDATE head SET allocated = 0, published = 0");
        let store = Postgres::open(&url, |_| None).unwrap();
        let naive = write(&history, &store);
        for view in [store.view(), Postgres::open(&url, |_| None).unwrap().view()] {
            cases.iter().for_each(|case| check(&*view, &naive, case));
            cases.iter().for_each(|case| check_scans(&*view, &naive, case));
            check_claims(&*view, &naive, cases[0].selection.at);
        }
        Ok(())
    });
    execute(&url, &format!("DROP SCHEMA {} CASCADE", server::schema(&url)));
    ran.unwrap();
}
