//! What a database must hold before it is a ledger: its tables, made and changed step by step.

use super::columns::indexes;
use super::database::{Database, DatabaseError};
use deadpool_postgres::Client;

/// Every step from nothing to what this version works with. A step that was released never changes.
const STEPS: [&str; 1] = [include_str!("migrations/1.sql")];

/// Tables that are distributed where the Citus extension is there, by their first column.
const DISTRIBUTED: [&str; 2] = ["claims", "retirements"];

/// Brings a database to what this version works with; as it is, if it is there. Returns how many steps
/// that took. Other servers that try wait, and find nothing to do.
pub(super) fn migrate(database: &Database) -> Result<usize, DatabaseError> {
    let pool = database.pool.clone();
    database.wait(async move {
        let client = pool.get().await?;
        client.batch_execute("SET statement_timeout = 0; SET lock_timeout = 0; BEGIN").await?;
        match run(&client).await {
            Ok(steps) => {
                client.batch_execute("COMMIT").await?;
                Ok(steps)
            }
            Err(error) => {
                let _ = client.batch_execute("ROLLBACK").await;
                Err(error)
            }
        }
    })
}

async fn run(client: &Client) -> Result<usize, DatabaseError> {
    client.batch_execute("CREATE TABLE IF NOT EXISTS sayso_schema (step integer PRIMARY KEY)").await?;
    client.batch_execute("LOCK TABLE sayso_schema IN ACCESS EXCLUSIVE MODE").await?;
    let done = step(client).await?;
    refuse_newer(done)?;
    for (step, sql) in (1..).zip(STEPS).skip(done) {
        client.batch_execute(sql).await?;
        if step == 1 {
            distribute(client).await?;
            for index in indexes() {
                client.batch_execute(&index).await?;
            }
        }
        client.execute("INSERT INTO sayso_schema VALUES ($1)", &[&step]).await?;
    }
    Ok(STEPS.len() - done)
}

async fn distribute(client: &Client) -> Result<(), DatabaseError> {
    let citus = client.query_opt("SELECT FROM pg_extension WHERE extname = 'citus'", &[]).await?;
    if citus.is_some() {
        for (index, table) in DISTRIBUTED.iter().enumerate() {
            let colocated = if index == 0 { "default" } else { DISTRIBUTED[0] };
            let call = format!(
                "SELECT create_distributed_table('{table}', 'bucket', colocate_with => '{colocated}')"
            );
            client.batch_execute(&call).await?;
        }
    }
    Ok(())
}

/// Whether the database holds what this version works with.
pub(super) fn check(database: &Database) -> Result<(), DatabaseError> {
    let pool = database.pool.clone();
    database.wait(async move {
        let client = pool.get().await?;
        let is_there = client.query_one("SELECT to_regclass('sayso_schema') IS NOT NULL", &[]).await?;
        let done = if is_there.get(0) { step(&client).await? } else { 0 };
        refuse_newer(done)?;
        if done < STEPS.len() {
            return Err(DatabaseError::Schema(format!(
                "the database has step {done} of the schema, and this version of Sayso needs {}: run `sayso migrate`",
                STEPS.len()
            )));
        }
        Ok(())
    })
}

async fn step(client: &Client) -> Result<usize, DatabaseError> {
    let row = client.query_one("SELECT COALESCE(max(step), 0) FROM sayso_schema", &[]).await?;
    Ok(row.get::<_, i32>(0) as usize)
}

fn refuse_newer(done: usize) -> Result<(), DatabaseError> {
    if done <= STEPS.len() {
        return Ok(());
    }
    Err(DatabaseError::Schema(format!(
        "the database has step {done} of the schema, and this version of Sayso knows {}: use the newer version",
        STEPS.len()
    )))
}
