//! The rows of claims: what a commit brings, on its way into the tables.
//!
//! Rows are only ever added, and the same commit always has the same ones, so any server may add them,
//! more than once.

use super::columns::{SPANS, TERMS, WORDS, bucket};
use super::database::DatabaseError;
use super::sql::{Retired, Sql};
use crate::plan::{Row, Span};
use crate::store::{ItemKind, RowOf};
use bytes::{Buf, BufMut, Bytes};
use deadpool_postgres::Client;
use std::pin::pin;
use std::sync::Arc;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};

/// Rows of one statement, where they cannot be copied: a statement has at most 65,535 parameters.
const ROWS_AT_ONCE: usize = 500;

/// What is known of a claim or a retraction when it is committed.
#[derive(Clone, Debug)]
pub(super) struct Projected {
    pub(super) kind: ItemKind,
    pub(super) id: Arc<str>,
    pub(super) version: u32,
    pub(super) bytes: Bytes,
    /// What a claim is found by, where that need not be made of its bytes.
    pub(super) row: Option<Row>,
}

/// A commit whose rows are to be there.
#[derive(Clone, Debug)]
pub(super) struct Projection {
    pub(super) revision: u64,
    pub(super) recorded: i64,
    /// The position of its first claim.
    pub(super) first: u64,
    /// Its claims and retractions, in their order.
    pub(super) items: Vec<Projected>,
}

impl Projection {
    /// How many claims it has.
    pub(super) fn claims(&self) -> usize {
        self.items.iter().filter(|item| item.kind == ItemKind::Claim).count()
    }

    /// How many retirements: a claim's later version retires the one before.
    pub(super) fn retirements(&self) -> usize {
        self.items.iter().filter(|item| item.kind == ItemKind::Retraction || item.version > 1).count()
    }

    /// Its items as bytes: of each, the kind's number, the version, and id and bytes with their lengths.
    pub(super) fn payload(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for Projected { kind, id, version, bytes, .. } in &self.items {
            out.put_u8(kind.code());
            out.put_u32(*version);
            for part in [id.as_bytes(), bytes] {
                out.put_u32(u32::try_from(part.len()).expect("items are far smaller"));
                out.put_slice(part);
            }
        }
        out
    }

    /// The items of a payload; none if it is none.
    pub(super) fn items_of(mut payload: &[u8]) -> Option<Vec<Projected>> {
        fn part(payload: &mut &[u8]) -> Option<Bytes> {
            let length = payload.try_get_u32().ok()? as usize;
            let (part, rest) = payload.split_at_checked(length)?;
            *payload = rest;
            Some(Bytes::copy_from_slice(part))
        }
        let mut items = Vec::new();
        while !payload.is_empty() {
            let code = payload.try_get_u8().ok()?;
            let kind = ItemKind::ALL.into_iter().find(|kind| kind.code() == code)?;
            let version = payload.try_get_u32().ok()?;
            let id = std::str::from_utf8(&part(&mut payload)?).ok()?.into();
            items.push(Projected { kind, id, version, bytes: part(&mut payload)?, row: None });
        }
        Some(items)
    }
}

/// A value of a column.
type Value = Box<dyn ToSql + Sync + Send>;

/// A table, its columns, and rows of it.
struct Rows {
    table: &'static str,
    columns: Vec<(&'static str, Type)>,
    rows: Vec<Vec<Value>>,
}

/// Adds the rows of some commits, those that are not there.
pub(super) async fn project(
    client: &Client,
    commits: &[Projection],
    row_of: RowOf,
) -> Result<(), DatabaseError> {
    let tables = [claims(commits, row_of)?, retirements(commits)];
    if tables.iter().all(|table| table.rows.is_empty()) {
        return Ok(());
    }
    match copy(client, &tables).await {
        Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => {
            client.batch_execute("ROLLBACK").await?;
            for table in &tables {
                insert(client, table).await?;
            }
            Ok(())
        }
        Err(error) => {
            // What failed for another reason may have lost the connection, too.
            let _ = client.batch_execute("ROLLBACK").await;
            Err(error)
        }
        Ok(()) => Ok(()),
    }
}

/// The fast way, while nobody else has begun.
async fn copy(client: &Client, tables: &[Rows]) -> Result<(), DatabaseError> {
    client.batch_execute("BEGIN").await?;
    for Rows { table, columns, rows } in tables.iter().filter(|table| !table.rows.is_empty()) {
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let types: Vec<Type> = columns.iter().map(|(_, kind)| kind.clone()).collect();
        let statement = format!("COPY {table} ({}) FROM STDIN BINARY", names.join(", "));
        let mut writer = pin!(BinaryCopyInWriter::new(client.copy_in(&statement).await?, &types));
        for row in rows {
            let values: Vec<&(dyn ToSql + Sync)> = row.iter().map(|value| &**value as _).collect();
            writer.as_mut().write(&values).await?;
        }
        writer.finish().await?;
    }
    client.batch_execute("COMMIT").await?;
    Ok(())
}

/// The way that minds what is there.
async fn insert(client: &Client, Rows { table, columns, rows }: &Rows) -> Result<(), DatabaseError> {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    for rows in rows.chunks(ROWS_AT_ONCE) {
        let mut sql = Sql::new(&format!("INSERT INTO {table} ({}) VALUES ", names.join(", ")));
        let mut parameters: Vec<(&(dyn ToSql + Sync), Type)> = Vec::with_capacity(rows.len() * columns.len());
        for (number, row) in rows.iter().enumerate() {
            sql.push(if number == 0 { "(" } else { ", (" });
            for (column, (value, (_, kind))) in row.iter().zip(columns).enumerate() {
                parameters.push((&**value as _, kind.clone()));
                let comma = if column == 0 { "" } else { ", " };
                sql.push(&format!("{comma}${}", parameters.len()));
            }
            sql.push(")");
        }
        sql.push(" ON CONFLICT DO NOTHING");
        client.query_typed(&sql.text, &parameters).await?;
    }
    Ok(())
}

fn claims(commits: &[Projection], row_of: RowOf) -> Result<Rows, DatabaseError> {
    let ends = || SPANS.iter().flat_map(|(_, ends)| *ends);
    let columns = [
        ("bucket", Type::INT2),
        ("id", Type::TEXT),
        ("version", Type::INT4),
        ("revision", Type::INT8),
        ("recorded", Type::INT8),
        ("position", Type::INT8),
        ("bytes", Type::BYTEA),
        ("best", Type::INT8),
    ]
    .into_iter()
    .chain(ends().map(|end| (end, Type::INT8)))
    .chain(TERMS.iter().map(|(_, column)| *column).chain([WORDS.1]).map(|column| (column, Type::TEXT_ARRAY)))
    .collect();
    let mut rows = Vec::new();
    for Projection { revision, recorded, first, items } in commits {
        for (item, position) in items.iter().filter(|item| item.kind == ItemKind::Claim).zip(*first..) {
            let made = if item.row.is_some() { None } else { row_of(&item.bytes) };
            let row = item.row.as_ref().or(made.as_ref()).ok_or_else(|| {
                DatabaseError::Schema(format!(
                    "the claim `{}` of revision {revision} cannot be read: it was written by a newer version of Sayso",
                    item.id
                ))
            })?;
            rows.push(claim(item, row, *revision, *recorded, position));
        }
    }
    Ok(Rows { table: "claims", columns, rows })
}

fn claim(item: &Projected, row: &Row, revision: u64, recorded: i64, position: u64) -> Vec<Value> {
    let mut values: Vec<Value> = vec![
        Box::new(bucket(&item.id)),
        Box::new(item.id.to_string()),
        Box::new(item.version as i32),
        Box::new(revision as i64),
        Box::new(recorded),
        Box::new(position as i64),
        Box::new(item.bytes.to_vec()),
        Box::new(row.best()),
    ];
    for (field, _) in SPANS {
        let span = row.span(field);
        values.push(Box::new(span.map(Span::low)));
        values.push(Box::new(span.map(Span::high)));
    }
    let texts = |terms: &[Arc<str>]| -> Value {
        let texts: Vec<String> = terms.iter().map(ToString::to_string).collect();
        Box::new((!texts.is_empty()).then_some(texts))
    };
    values.extend(TERMS.iter().map(|(field, _)| texts(row.terms(*field))));
    values.push(texts(row.words(WORDS.0)));
    values
}

fn retirements(commits: &[Projection]) -> Rows {
    let columns = vec![
        ("bucket", Type::INT2),
        ("id", Type::TEXT),
        ("version", Type::INT4),
        ("how", Type::INT2),
        ("revision", Type::INT8),
        ("recorded", Type::INT8),
        ("ordinal", Type::INT4),
        ("bytes", Type::BYTEA),
    ];
    let mut rows = Vec::new();
    for Projection { revision, recorded, items, .. } in commits {
        for (ordinal, item) in items.iter().enumerate() {
            let is_retraction = item.kind == ItemKind::Retraction;
            if !is_retraction && item.version == 1 {
                continue;
            }
            let (how, version) = match is_retraction {
                true => (Retired::Retracted, item.version),
                false => (Retired::Superseded, item.version - 1),
            };
            let row: Vec<Value> = vec![
                Box::new(bucket(&item.id)),
                Box::new(item.id.to_string()),
                Box::new(version as i32),
                Box::new(how as i16),
                Box::new(*revision as i64),
                Box::new(*recorded),
                Box::new(is_retraction.then_some(ordinal as i32)),
                Box::new(is_retraction.then(|| item.bytes.to_vec())),
            ];
            rows.push(row);
        }
    }
    Rows { table: "retirements", columns, rows }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_has_all_that_rows_are_made_of() {
        let item = |kind, id: &str, version, bytes: &'static str| Projected {
            kind,
            id: id.into(),
            version,
            bytes: bytes.into(),
            row: None,
        };
        let items = vec![
            item(ItemKind::Claim, "a", 1, "one"),
            item(ItemKind::Claim, "b", 7, ""),
            item(ItemKind::Retraction, "ü", 2, "gone"),
        ];
        let projection = Projection { revision: 1, recorded: 2, first: 3, items };
        assert_eq!((projection.claims(), projection.retirements()), (2, 2));
        let payload = projection.payload();
        let read = Projection::items_of(&payload).unwrap();
        assert_eq!(format!("{read:?}"), format!("{:?}", projection.items));
        for end in 1..payload.len() {
            // Where an item ends, a shorter payload is one of fewer items.
            let cut = Projection::items_of(&payload[..end]);
            assert!(cut.is_none_or(|items| items.len() < 3), "{end}");
        }
    }
}
