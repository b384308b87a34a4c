//! The database answers as a plain walk over the rows does.

use super::Postgres;
use crate::store::Store as _;
use crate::store::conformance::{case, check, check_claims, check_scans, history, write};
use proptest::prelude::*;

#[path = "../../../tests/it/database.rs"]
pub(super) mod server;

#[test]
fn the_database_answers_as_a_plain_walk() {
    let url = server::migrated();
    assert_eq!(Postgres::migrate(&url).unwrap(), 0);
    let mut runner =
        proptest::test_runner::TestRunner::new(ProptestConfig { cases: 48, ..ProptestConfig::default() });
    let cases = (history(), prop::collection::vec(case(), 6));
    let ran = runner.run(&cases, |(history, cases)| {
        server::execute(&url, "TRUNCATE claims, retirements, commits, registry, requests; UPDATE head SET allocated = 0, published = 0");
        let store = Postgres::open(&url, |_| None).unwrap();
        let naive = write(&history, &store);
        for view in [store.view(), Postgres::open(&url, |_| None).unwrap().view()] {
            cases.iter().for_each(|case| check(&*view, &naive, case));
            cases.iter().for_each(|case| check_scans(&*view, &naive, case));
            check_claims(&*view, &naive, cases[0].selection.at);
        }
        Ok(())
    });
    server::remove(&url);
    ran.unwrap();
}
