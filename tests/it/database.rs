//! A schema of its own in a PostgreSQL: the one that `SAYSO_TEST_DATABASE_URL` names, or one that is
//! started for the tests.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio_postgres::NoTls;

/// A URL whose tables lie in a schema that nobody else uses, and that does not exist yet.
pub(crate) fn fresh() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_micros();
    let schema = format!("sayso_{}_{}_{since}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let server = server();
    let joint = if server.contains('?') { '&' } else { '?' };
    format!("{server}{joint}options=-csearch_path%3D{schema}")
}

/// A URL of a ledger without a commit.
pub(crate) fn migrated() -> String {
    let url = fresh();
    execute(&url, &format!("CREATE SCHEMA {}", schema(&url)));
    sayso::store::Postgres::migrate(&url).expect("tables can be made");
    url
}

/// Removes the schema of a URL, with all that is in it.
pub(crate) fn remove(url: &str) {
    execute(url, &format!("DROP SCHEMA {} CASCADE", schema(url)));
}

/// Has the database do something.
pub(crate) fn execute(url: &str, sql: &str) {
    let (url, sql) = (url.to_owned(), sql.to_owned());
    // Whoever calls may be within a runtime.
    let done = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("a database");
            tokio::spawn(connection);
            client.batch_execute(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        });
    });
    done.join().expect("it was done");
}

/// The schema of such a URL.
pub(crate) fn schema(url: &str) -> &str {
    url.rsplit("%3D").next().expect("a schema ends the URL")
}

/// Where the server is.
pub(crate) fn server() -> String {
    std::env::var("SAYSO_TEST_DATABASE_URL").unwrap_or_else(|_| script("url"))
}

/// Has the server for the tests do this.
pub(crate) fn script(what: &str) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/postgres.sh");
    let output = Command::new(script).arg(what).output().expect("the script can be run");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "tests/postgres.sh {what} (`make tools` puts PostgreSQL there): {told}");
    String::from_utf8(output.stdout).expect("a URL").trim().to_owned()
}
