//! The ledger as of one revision, asked of the database.

use super::Shared;
use super::columns::bucket;
use super::sql::{self, Asked, Sql};
use crate::plan::{GroupKey, OrderKey, Selection, Truth};
use crate::store::error::{Damage, ReadError};
use crate::store::{
    self, Budget, Commit, CommitPart, Counts, Digest, Group, Head, Hit, Item, ItemKind, Items, Page,
    Position, Retirement, Stored, Tally, Totals,
};
use bytes::Bytes;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::sync::Arc;
use tokio_postgres::Row;

/// Claims that one step of a scan reads.
const SCANNED_AT_ONCE: i64 = 10_000;
/// Commits that come after each other in one answer, at the most.
const MAX_COMMITS: i64 = 256;
/// Columns of a commit, as [`commit_of`] reads them.
pub(super) const COMMIT: &str = "c.revision, c.recorded, c.digest, c.live_claims, c.live_sources, c.live_entities, c.live_documents, c.claims_end";

/// The ledger as of the revision that was published last when it was made. Rows of later ones may be
/// there, and are left out of every answer.
#[derive(Clone, Debug)]
pub(super) struct View {
    pub(super) head: Head,
    /// How many versions of claims it has.
    pub(super) claims: u64,
    pub(super) shared: Arc<Shared>,
}

impl View {
    fn rows(&self, sql: Sql, budget: &Budget) -> Result<Vec<Row>, ReadError> {
        self.shared.database.rows(sql, budget)
    }

    fn read(&self, sql: Sql) -> Result<Vec<Row>, ReadError> {
        self.rows(sql, &Budget::default())
    }

    /// A revision of this view, as the database counts.
    fn at(&self, at: u64) -> i64 {
        at.min(self.head.revision) as i64
    }

    fn order_and_page(
        &self,
        asked: &Asked<'_>,
        order: &[OrderKey],
        after: Option<Position>,
        limit: usize,
    ) -> Sql {
        let mut sql = Sql::new("SELECT c.position, ");
        asked.sure(&mut sql);
        let keys = sql::order(order, &mut sql);
        sql.push(" FROM claims c");
        if let (Some(Position(after)), false) = (after, keys.is_empty()) {
            sql.push(", (SELECT ");
            for (index, (key, _)) in keys.iter().enumerate() {
                write!(sql.text, "{key} AS k{index}, ").expect("a String takes all");
            }
            sql.push("c.position FROM claims c WHERE c.position = ").int(after as i64).push(") a");
        }
        sql.push(" WHERE ");
        asked.found(&mut sql);
        if let Some(Position(after)) = after {
            sql.push(" AND ");
            // After it in the first key; or alike in that, and after it in the others.
            for (index, (key, descending)) in keys.iter().enumerate() {
                let operator = if *descending { '<' } else { '>' };
                write!(
                    sql.text,
                    "((a.k{index} IS NOT NULL AND ({key} IS NULL OR {key} {operator} a.k{index})) \
                     OR ({key} IS NOT DISTINCT FROM a.k{index} AND "
                )
                .expect("a String takes all");
            }
            sql.push("c.position < ").int(after as i64).push(&"))".repeat(keys.len()));
        }
        sql.push(" ORDER BY ");
        for (key, descending) in &keys {
            let direction = if *descending { "DESC" } else { "ASC" };
            write!(sql.text, "{key} {direction} NULLS LAST, ").expect("a String takes all");
        }
        sql.push("c.position DESC LIMIT ").int(one_more(limit));
        sql
    }
}

impl store::View for View {
    fn head(&self) -> &Head {
        &self.head
    }

    fn revision_at(&self, recorded_at_most: i64) -> Result<u64, ReadError> {
        let mut sql = Sql::new("SELECT COALESCE(max(revision), 0) FROM commits WHERE recorded <= ");
        sql.int(recorded_at_most).push(" AND revision <= ").int(self.head.revision as i64);
        Ok(self.read(sql)?.first().map_or(0, |row| row.get::<_, i64>(0) as u64))
    }

    fn commit(&self, revision: u64) -> Result<Option<Commit>, ReadError> {
        if revision == 0 || revision > self.head.revision {
            return Ok(None);
        }
        if revision == self.head.revision {
            let Head { revision, digest, recorded, .. } = self.head;
            return Ok(Some(Commit { revision, digest, recorded }));
        }
        let mut sql = Sql::new("SELECT ");
        sql.push(COMMIT).push(" FROM commits c WHERE revision = ").int(revision as i64);
        let rows = self.read(sql)?;
        rows.first().map(|row| Ok(commit_of(row)?.0)).transpose()
    }

    fn latest(&self, id: &str, at: u64) -> Result<Option<Position>, ReadError> {
        let mut sql = Sql::new("SELECT position FROM claims WHERE bucket = ");
        sql.int(bucket(id).into()).push(" AND id = ").text(id.replace('\0', "")).push(" AND revision <= ");
        sql.int(self.at(at)).push(" ORDER BY version DESC LIMIT 1");
        Ok(self.read(sql)?.first().map(position))
    }

    fn versions(&self, ids: &[Arc<str>], at: u64) -> Result<Vec<Vec<Position>>, ReadError> {
        let buckets = ids.iter().map(|id| bucket(id).into()).collect();
        let mut sql = Sql::new("SELECT position, id FROM claims WHERE bucket = ANY(");
        sql.ints(buckets)
            .push(") AND id = ANY(")
            .texts(ids.iter().map(|id| &**id))
            .push(") AND revision <= ");
        sql.int(self.at(at)).push(" ORDER BY position");
        let mut versions: HashMap<String, Vec<Position>> = HashMap::new();
        for row in self.read(sql)? {
            versions.entry(row.get(1)).or_default().push(position(&row));
        }
        Ok(ids.iter().map(|id| versions.get(&**id).cloned().unwrap_or_default()).collect())
    }

    fn fetch(&self, positions: &[Position], at: u64) -> Result<Vec<Stored>, ReadError> {
        if positions.is_empty() {
            return Ok(Vec::new());
        }
        let mut sql = Sql::new(
            "SELECT c.position, c.id, c.version, c.revision, c.recorded, c.bytes, r.revision, r.recorded, r.bytes \
             FROM claims c LEFT JOIN retirements r ON r.bucket = c.bucket AND r.id = c.id \
             AND r.version = c.version AND r.how = 1 AND r.revision <= ",
        );
        sql.int(self.at(at)).push(" WHERE c.position = ANY(");
        sql.ints(positions.iter().map(|position| position.0 as i64).collect()).push(") AND c.revision <= ");
        sql.int(self.head.revision as i64);
        let mut found: HashMap<u64, Stored> = HashMap::with_capacity(positions.len());
        for row in self.read(sql)? {
            let retraction = row.get::<_, Option<i64>>(6).map(|revision| Retirement {
                revision: revision as u64,
                recorded: row.get::<_, Option<i64>>(7).unwrap_or_default(),
                bytes: Bytes::from(row.get::<_, Option<Vec<u8>>>(8).unwrap_or_default()),
            });
            let stored = Stored {
                id: row.get::<_, &str>(1).into(),
                bytes: Bytes::from(row.get::<_, Vec<u8>>(5)),
                revision: row.get::<_, i64>(3) as u64,
                recorded: row.get(4),
                version: row.get::<_, i32>(2) as u32,
                retraction,
            };
            found.insert(position(&row).0, stored);
        }
        let stored = |Position(position): &Position| {
            found.get(position).cloned().ok_or(ReadError::NoSuchPosition { position: *position })
        };
        positions.iter().map(stored).collect()
    }

    fn select(
        &self,
        selection: &Selection,
        order: &[OrderKey],
        after: Option<Position>,
        limit: usize,
        budget: &Budget,
    ) -> Result<Page, ReadError> {
        if let Some(Position(position)) = after
            && position >= self.claims
        {
            return Err(ReadError::NoSuchPosition { position });
        }
        let limit = limit.max(1);
        let selection = self.bounded(selection);
        let rows = self.rows(self.order_and_page(&Asked::new(&selection), order, after, limit), budget)?;
        let hit = |row: &Row| {
            let truth = if row.get(1) { Truth::Sure } else { Truth::Possible };
            Hit { position: position(row), truth }
        };
        Ok(Page { hits: rows.iter().take(limit).map(hit).collect(), more: rows.len() > limit })
    }

    fn count(&self, selection: &Selection, budget: &Budget) -> Result<Totals, ReadError> {
        let selection = self.bounded(selection);
        let asked = Asked::new(&selection);
        let mut sql = Sql::new("SELECT count(*) FILTER (WHERE ");
        asked.sure(&mut sql);
        sql.push("), count(*) FROM claims c WHERE ");
        asked.found(&mut sql);
        let rows = self.rows(sql, budget)?;
        let [sure, all] =
            rows.first().map_or([0; 2], |row| [0, 1].map(|column| row.get::<_, i64>(column) as u64));
        Ok(Totals { sure, possible: all - sure })
    }

    fn tally(
        &self,
        selection: &Selection,
        keys: &[GroupKey],
        max_groups: usize,
        budget: &Budget,
    ) -> Result<Tally, ReadError> {
        let selection = self.bounded(selection);
        let asked = Asked::new(&selection);
        let mut sql = Sql::new("SELECT count(*) FILTER (WHERE ");
        asked.sure(&mut sql);
        sql.push("), count(*)");
        (0..keys.len()).for_each(|key| write!(sql.text, ", g{key}.k").expect("a String takes all"));
        sql.push(" FROM claims c");
        keys.iter().enumerate().for_each(|(number, key)| sql::group(key, number, &mut sql));
        sql.push(" WHERE ");
        asked.found(&mut sql);
        for key in 0..keys.len() {
            let comma = if key == 0 { " GROUP BY " } else { ", " };
            write!(sql.text, "{comma}g{key}.k").expect("a String takes all");
        }
        if keys.is_empty() {
            sql.push(" HAVING count(*) > 0");
        }
        sql.push(" LIMIT ").int(one_more(max_groups));
        let rows = self.rows(sql, budget)?;
        if rows.len() > max_groups {
            return Err(ReadError::TooManyGroups { max: max_groups });
        }
        let mut groups: BTreeMap<Vec<Option<Arc<str>>>, Totals> = BTreeMap::new();
        for row in rows {
            let values = keys.iter().enumerate().map(|(number, key)| {
                row.get::<_, Option<&str>>(number + 2).and_then(|read| sql::group_value(key, read))
            });
            let totals = groups.entry(values.collect()).or_default();
            let [sure, all] = [0, 1].map(|column| row.get::<_, i64>(column) as u64);
            totals.sure += sure;
            totals.possible += all - sure;
        }
        let mut groups: Vec<Group> =
            groups.into_iter().map(|(keys, totals)| Group { keys, totals }).collect();
        groups.sort_by(|a, b| {
            let by_keys = || {
                let missing_last = |group: &Group| -> Vec<_> {
                    group.keys.iter().map(|key| (key.is_none(), key.clone())).collect()
                };
                missing_last(a).cmp(&missing_last(b))
            };
            b.totals
                .sure
                .cmp(&a.totals.sure)
                .then(b.totals.possible.cmp(&a.totals.possible))
                .then_with(by_keys)
        });
        Ok(Tally { groups })
    }

    fn scan(
        &self,
        selection: &Selection,
        from: Position,
        budget: &Budget,
    ) -> Result<(Vec<Position>, Option<Position>), ReadError> {
        let selection = self.bounded(selection);
        let mut sql = Sql::new("SELECT c.position FROM claims c WHERE c.position >= ");
        sql.int(i64::try_from(from.0).unwrap_or(i64::MAX)).push(" AND ");
        Asked::new(&selection).found(&mut sql);
        sql.push(" ORDER BY c.position LIMIT ").int(SCANNED_AT_ONCE);
        let found: Vec<Position> = self.rows(sql, budget)?.iter().map(position).collect();
        let is_full = found.len() as i64 == SCANNED_AT_ONCE;
        let next = found.last().filter(|_| is_full).map(|last| Position(last.0 + 1));
        Ok((found, next))
    }

    fn registered(&self, kind: ItemKind, after: u64) -> Result<Items<'_, Item>, ReadError> {
        let mut sql = Sql::new(
            "SELECT g.id, g.version, g.revision, c.recorded, g.bytes FROM registry g JOIN commits c USING (revision) \
             WHERE g.kind = ",
        );
        sql.int(kind.code().into()).push(" AND g.revision > ").int(after as i64).push(" AND g.revision <= ");
        sql.int(self.head.revision as i64).push(" ORDER BY g.revision, g.ordinal");
        Ok(Box::new(self.read(sql)?.into_iter().map(|row| Ok(item(&row, 0)))))
    }

    fn changes(&self, revision: u64) -> Result<Items<'_, (ItemKind, Item)>, ReadError> {
        let none = || Ok(Box::new(std::iter::empty()) as Items<'_, (ItemKind, Item)>);
        let revision = match i64::try_from(revision) {
            Ok(1..) if revision <= self.head.revision => revision as i64,
            _ => return none(),
        };
        let items = self.items_of(revision, revision)?;
        Ok(Box::new(items.into_iter().map(|(kind, item)| Ok((kind, item)))))
    }

    fn commits(
        &self,
        after: u64,
        skipped: usize,
        last: u64,
        max_bytes: usize,
    ) -> Result<Vec<CommitPart>, ReadError> {
        let missing = |revision| ReadError::Damaged(Damage::Record { what: "commit", number: revision });
        let mut previous = match after {
            0 => Digest::EMPTY,
            after => store::View::commit(self, after)?.ok_or_else(|| missing(after))?.digest,
        };
        let first = after as i64 + 1;
        let last = (last.min(self.head.revision) as i64).min(after as i64 + MAX_COMMITS);
        if first > last {
            return Ok(Vec::new());
        }
        let mut sql = Sql::new("SELECT ");
        sql.push(COMMIT)
            .push(" FROM commits c WHERE revision BETWEEN ")
            .int(first)
            .push(" AND ")
            .int(last)
            .push(" ORDER BY revision");
        let commits = self.read(sql)?;
        let (mut parts, mut bytes, mut skipped) = (Vec::new(), 0, skipped);
        // A few commits at a time: what does not fit is not read.
        for rows in commits.chunks(16) {
            let [begin, end] = [&rows[0], &rows[rows.len() - 1]].map(|row| row.get::<_, i64>(0));
            let mut items = self.items_of(begin, end)?.into_iter().peekable();
            for row in rows {
                let (commit, ..) = commit_of(row)?;
                let mut part = CommitPart { commit, previous, items: Vec::new(), is_last: true };
                previous = commit.digest;
                let mut to_skip = std::mem::take(&mut skipped);
                while let Some((kind, item)) = items.next_if(|(_, item)| item.revision == commit.revision) {
                    if to_skip > 0 {
                        to_skip -= 1;
                        continue;
                    }
                    if bytes > 0 && bytes + item.bytes.len() > max_bytes {
                        part.is_last = false;
                        break;
                    }
                    bytes += item.bytes.len();
                    part.items.push((kind, item.bytes));
                }
                let is_cut = !part.is_last;
                if !is_cut || !part.items.is_empty() {
                    parts.push(part);
                }
                if is_cut {
                    return Ok(parts);
                }
            }
        }
        Ok(parts)
    }
}

impl View {
    /// The selection as of a revision that this view has.
    fn bounded(&self, selection: &Selection) -> Selection {
        Selection { at: selection.at.min(self.head.revision), ..selection.clone() }
    }

    /// Where the claim stands that comes next after a revision.
    pub(super) fn claims_end(&self, revision: i64) -> Result<i64, ReadError> {
        if revision == self.head.revision as i64 {
            return Ok(self.claims as i64);
        }
        let mut sql = Sql::new("SELECT claims_end FROM commits WHERE revision = ");
        sql.int(revision);
        Ok(self.read(sql)?.first().map_or(0, |row| row.get(0)))
    }

    /// The items of some commits, in the order that their digests have.
    fn items_of(&self, first: i64, last: i64) -> Result<Vec<(ItemKind, Item)>, ReadError> {
        let mut items = Vec::new();
        let mut sql = Sql::new(
            "SELECT g.id, g.version, g.revision, c.recorded, g.bytes, g.kind::bigint, g.ordinal::bigint \
             FROM registry g JOIN commits c USING (revision) WHERE g.revision BETWEEN ",
        );
        sql.int(first).push(" AND ").int(last);
        items.extend(self.read(sql)?);
        let [begin, end] = [self.claims_end(first - 1)?, self.claims_end(last)?];
        if begin < end {
            let mut sql = Sql::new(
                "SELECT c.id, c.version, c.revision, c.recorded, c.bytes, 4::bigint, c.position FROM claims c \
                 WHERE c.position >= ",
            );
            sql.int(begin).push(" AND c.position < ").int(end);
            items.extend(self.read(sql)?);
        }
        let mut sql = Sql::new(
            "SELECT r.id, r.version, r.revision, r.recorded, r.bytes, 5::bigint, r.ordinal::bigint \
             FROM retirements r WHERE r.how = 1 AND r.revision BETWEEN ",
        );
        sql.int(first).push(" AND ").int(last);
        items.extend(self.read(sql)?);
        let mut items: Vec<_> = items
            .iter()
            .map(|row| (row.get::<_, i64>(2), row.get::<_, i64>(5), row.get::<_, i64>(6), item(row, 0)))
            .collect();
        items.sort_by_key(|(revision, kind, ordinal, _)| (*revision, *kind, *ordinal));
        let kind = |code: i64| ItemKind::ALL.into_iter().find(|kind| i64::from(kind.code()) == code);
        let known = items.into_iter().map(|(revision, code, _, item)| {
            let damage = Damage::Record { what: "item of commit", number: revision as u64 };
            Ok((kind(code).ok_or(damage)?, item))
        });
        known.collect()
    }
}

/// An item: id, version, revision, time, bytes, from a column on.
fn item(row: &Row, first: usize) -> Item {
    Item {
        id: row.get::<_, &str>(first).into(),
        version: row.get::<_, i32>(first + 1) as u32,
        revision: row.get::<_, i64>(first + 2) as u64,
        recorded: row.get(first + 3),
        bytes: Bytes::from(row.get::<_, Option<Vec<u8>>>(first + 4).unwrap_or_default()),
    }
}

/// What the columns [`COMMIT`] say: the commit, what is live with it, and where the next claim stands.
pub(super) fn commit_of(row: &Row) -> Result<(Commit, Counts, u64), ReadError> {
    let revision = row.get::<_, i64>(0) as u64;
    let digest = <[u8; 32]>::try_from(row.get::<_, &[u8]>(2))
        .map_err(|_| Damage::Record { what: "commit", number: revision })?;
    let number = |column: usize| row.get::<_, i64>(column) as u64;
    let commit = Commit { revision, digest: Digest::from_bytes(digest), recorded: row.get(1) };
    let counts = Counts { claims: number(3), sources: number(4), entities: number(5), documents: number(6) };
    Ok((commit, counts, number(7)))
}

/// So many rows, and one that says that there are more.
fn one_more(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX).saturating_add(1)
}

fn position(row: &Row) -> Position {
    Position(row.get::<_, i64>(0) as u64)
}
