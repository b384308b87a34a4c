//! Writing in three steps, each of which any server may end: **allocate**, the durable one, under the
//! lock of `head`; **project**, the rows of the claims; **publish**, when all of them are there.

use super::columns::bucket;
use super::database::DatabaseError;
use super::projection::{Projected, Projection, project};
use super::sql::Sql;
use super::view::{COMMIT, View, commit_of};
use super::{Postgres, Shared};
use crate::store::error::{ReadError, WriteError};
use crate::store::follow::{Known, check};
use crate::store::{self, Budget, Commit, Head, ItemKind, Located, NewItem, Position, Request, View as _};
use bytes::Bytes;
use deadpool_postgres::{Client, Object};
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;

/// How long a server that has the lock may do nothing, and how long others wait for it, in milliseconds.
const LOCK_MS: u64 = 10_000;
/// How long another server has to end what it began, before this one does.
const COURTESY: Duration = Duration::from_millis(300);
/// How long an unknown outcome is looked into.
const INQUIRY: Duration = Duration::from_secs(10);
/// How long requests are remembered, in microseconds: seven days.
const REQUEST_AGE: i64 = 7 * 24 * 60 * 60 * 1_000_000;
/// How many requests are remembered at most.
const MAX_REQUESTS: i64 = 1_000_000;
/// After so many commits, requests are counted.
const REQUESTS_COUNTED_EVERY: u64 = 1_024;

/// The lock of `head`: a connection in a transaction. Dropped, it is closed, which ends both.
pub(super) struct Turn(Option<Client>);

impl Turn {
    fn client(&self) -> Option<&Client> {
        self.0.as_ref()
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // Within a transaction it cannot serve others.
        drop(self.0.take().map(Object::take));
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Turn")
    }
}

/// Takes the lock, with all that was allocated published, and says what the ledger is then.
pub(super) async fn lock(shared: &Arc<Shared>) -> Result<(Turn, View), DatabaseError> {
    let mut waiting_since: Option<(i64, Instant)> = None;
    loop {
        let turn = Turn(Some(shared.database.pool.get().await?));
        let client = turn.client().expect("it was just put there");
        let begin = format!(
            "SET statement_timeout = 0; SET lock_timeout = {LOCK_MS}; \
             SET idle_in_transaction_session_timeout = {LOCK_MS}; BEGIN"
        );
        client.batch_execute(&begin).await?;
        let (allocated, view) = head(client, shared, true).await?;
        if allocated == view.head.revision as i64 {
            return Ok((turn, view));
        }
        client.batch_execute("ROLLBACK").await?;
        let mut turn = turn;
        drop(turn.0.take());
        // Whoever allocated it is most likely about to publish it.
        match waiting_since {
            Some((known, since)) if known == allocated && since.elapsed() > COURTESY => end(shared).await?,
            Some((known, _)) if known == allocated => sleep(Duration::from_millis(5)).await,
            _ => {
                waiting_since = Some((allocated, Instant::now()));
                sleep(Duration::from_millis(1)).await;
            }
        }
    }
}

/// What was allocated last, and the ledger as it is published.
pub(super) async fn head(
    client: &Client,
    shared: &Arc<Shared>,
    for_update: bool,
) -> Result<(i64, View), DatabaseError> {
    let lock = if for_update { " FOR UPDATE OF h" } else { "" };
    let statement = format!(
        "SELECT {COMMIT}, h.allocated FROM head h LEFT JOIN commits c ON c.revision = h.published{lock}"
    );
    let row = client.query_typed_one(&statement, &[]).await?;
    let allocated = row.get(8);
    if row.get::<_, Option<i64>>(0).is_none() {
        return Ok((allocated, View { head: Head::EMPTY, claims: 0, shared: Arc::clone(shared) }));
    }
    let (commit, counts, claims) =
        commit_of(&row).map_err(|error| DatabaseError::Schema(error.to_string()))?;
    let Commit { revision, digest, recorded } = commit;
    let head = Head { revision, digest, recorded, counts };
    Ok((allocated, View { head, claims, shared: Arc::clone(shared) }))
}

/// Ends what was allocated and not published, whoever began it.
pub(super) async fn end(shared: &Arc<Shared>) -> Result<(), DatabaseError> {
    let client = shared.database.pool.get().await?;
    client.batch_execute("SET statement_timeout = 0").await?;
    let unpublished = "SELECT c.revision, c.recorded, c.claims_end - c.claims, c.payload FROM commits c \
                       WHERE c.revision > (SELECT published FROM head) ORDER BY c.revision";
    let mut commits = Vec::new();
    for row in client.query_typed(unpublished, &[]).await? {
        let (revision, first) = (row.get::<_, i64>(0) as u64, row.get::<_, i64>(2) as u64);
        // Without a payload it was published meanwhile.
        let Some(payload) = row.get::<_, Option<&[u8]>>(3) else { continue };
        let items = Projection::items_of(payload).ok_or_else(|| {
            DatabaseError::Schema(format!("the payload of revision {revision} cannot be read"))
        })?;
        commits.push(Projection { revision, recorded: row.get(1), first, items });
    }
    project(&client, &commits, shared.row_of).await?;
    publish(&client, &commits).await
}

/// Publishes commits that are projected, after seeing that all their rows are there.
async fn publish(client: &Client, commits: &[Projection]) -> Result<(), DatabaseError> {
    let (Some(first), Some(last)) = (commits.first(), commits.last()) else { return Ok(()) };
    let claims: usize = commits.iter().map(Projection::claims).sum();
    let retirements: usize = commits.iter().map(Projection::retirements).sum();
    let (begin, end) = (first.first as i64, last.first as i64 + last.claims() as i64);
    let (first, last) = (first.revision as i64, last.revision as i64);
    let mut counted = Sql::new("SELECT count(*) FROM claims WHERE position >= ");
    counted.int(begin).push(" AND position < ").int(end);
    let mut retired = Sql::new("SELECT count(*) FROM retirements WHERE revision BETWEEN ");
    retired.int(first).push(" AND ").int(last);
    for (sql, expected) in [(counted, claims), (retired, retirements)] {
        let found: i64 = client.query_typed_one(&sql.text, &sql.parameters()).await?.get(0);
        if found != expected as i64 {
            return Err(DatabaseError::Schema(format!(
                "revisions {first} to {last} have {found} rows of {expected}: {}",
                sql.text
            )));
        }
    }
    let publish = format!(
        "BEGIN; UPDATE head SET published = {last} WHERE published >= {first} - 1 AND published < {last}; \
         UPDATE commits SET payload = NULL WHERE revision BETWEEN {first} AND {last} \
         AND revision <= (SELECT published FROM head); COMMIT"
    );
    Ok(client.batch_execute(&publish).await?)
}

/// Commits that are allocated, projected, published and seen together; dropped, they are gone.
#[derive(Debug)]
pub(super) struct Writing<'a> {
    store: &'a Postgres,
    turn: Turn,
    begun: View,
    head: Head,
    claims: u64,
    /// Claims that were expected, and what is known of them.
    known: HashMap<Arc<str>, Option<KnownClaim>>,
    commits: Vec<Allocated>,
    registered: HashMap<(ItemKind, Arc<str>), u32>,
    requests: Vec<Remembered>,
}

#[derive(Debug)]
struct KnownClaim {
    located: Located,
    bytes: Bytes,
}

/// A commit that is to be allocated.
#[derive(Debug)]
struct Allocated {
    commit: Commit,
    counts: store::Counts,
    claims_end: u64,
    /// Items of the registry, with their places.
    registry: Vec<(i32, Projected)>,
    projection: Projection,
}

#[derive(Debug)]
struct Remembered {
    caller: String,
    request_id: String,
    time: i64,
    record: Bytes,
}

impl Postgres {
    pub(super) fn begin(&self) -> Result<Writing<'_>, WriteError> {
        let shared = Arc::clone(&self.shared);
        let (turn, begun) = self.shared.database.wait(async move { lock(&shared).await }).map_err(locked)?;
        Ok(Writing {
            store: self,
            turn,
            head: begun.head,
            claims: begun.claims,
            begun,
            known: HashMap::new(),
            commits: Vec::new(),
            registered: HashMap::new(),
            requests: Vec::new(),
        })
    }
}

fn locked(error: DatabaseError) -> WriteError {
    match error.code() {
        Some(&SqlState::LOCK_NOT_AVAILABLE) => WriteError::Database(DatabaseError::Locked),
        _ => WriteError::Database(error),
    }
}

impl store::Writing for Writing<'_> {
    fn begun(&self) -> &dyn store::View {
        &self.begun
    }

    fn head(&self) -> &Head {
        &self.head
    }

    fn commit(&self, revision: u64) -> Result<Option<Commit>, ReadError> {
        match self.commits.iter().find(|allocated| allocated.commit.revision == revision) {
            Some(allocated) => Ok(Some(allocated.commit)),
            None => self.begun.commit(revision),
        }
    }

    fn expect(&mut self, ids: &[&str]) -> Result<(), ReadError> {
        let new: HashSet<&str> = ids.iter().copied().filter(|id| !self.known.contains_key(*id)).collect();
        if new.is_empty() {
            return Ok(());
        }
        let mut sql = Sql::new(
            "SELECT DISTINCT ON (c.id) c.id, c.version, c.position, c.bytes, EXISTS (SELECT FROM retirements r \
             WHERE r.bucket = c.bucket AND r.id = c.id AND r.version = c.version AND r.how = 1) \
             FROM claims c WHERE c.bucket = ANY(",
        );
        sql.ints(new.iter().map(|id| bucket(id).into()).collect()).push(") AND c.id = ANY(");
        sql.texts(new.iter().copied()).push(") ORDER BY c.id, c.version DESC");
        let mut found = HashMap::new();
        for row in self.store.shared.database.rows(sql, &Budget::default())? {
            let located = Located {
                position: Position(row.get::<_, i64>(2) as u64),
                version: row.get::<_, i32>(1) as u32,
                retracted: row.get(4),
            };
            found.insert(
                row.get::<_, String>(0),
                KnownClaim { located, bytes: Bytes::from(row.get::<_, Vec<u8>>(3)) },
            );
        }
        for id in new {
            let claim = found.remove(id);
            self.known.insert(id.into(), claim);
        }
        Ok(())
    }

    fn latest(&self, id: &str) -> Option<Located> {
        debug_assert!(self.known.contains_key(id), "{id} was not expected");
        self.known.get(id)?.as_ref().map(|known| known.located)
    }

    fn bytes(&self, kind: ItemKind, id: &str, version: u32) -> Result<Option<Bytes>, ReadError> {
        debug_assert_eq!(kind, ItemKind::Claim, "the registry's items are asked of the registry");
        let known = self.known.get(id).and_then(Option::as_ref);
        Ok(known.filter(|known| known.located.version == version).map(|known| known.bytes.clone()))
    }

    fn request(&self, caller: &str, request_id: &str) -> Result<Option<Bytes>, ReadError> {
        let appended = self.requests.iter().rev();
        let mut appended = appended.filter(|it| it.caller == caller && it.request_id == request_id);
        match appended.next() {
            Some(request) => Ok(Some(request.record.clone())),
            None => self.store.remembered(caller, request_id),
        }
    }

    fn append(
        &mut self,
        recorded: i64,
        items: Vec<NewItem>,
        request: Option<Request<'_>>,
    ) -> Result<Commit, WriteError> {
        self.expect_registered(&items)?;
        check(&self.head, recorded, &items, |kind, id| {
            if kind == ItemKind::Claim {
                let located = self.known.get(id).and_then(Option::as_ref).map(|known| known.located);
                return Ok(located.map(|it| Known { version: it.version, retracted: it.retracted }));
            }
            let version = self.registered.get(&(kind, Arc::clone(id)));
            Ok(version.map(|version| Known { version: *version, retracted: false }))
        })?;
        let Head { revision, digest, mut counts, .. } = self.head;
        let revision = revision + 1;
        let digest = digest.chain(revision, recorded, items.iter().map(|item| (item.kind, &*item.bytes)));
        let commit = Commit { revision, digest, recorded };
        let mut projection = Projection { revision, recorded, first: self.claims, items: Vec::new() };
        let mut registry = Vec::new();
        for (ordinal, NewItem { kind, id, version, bytes, row }) in (0..).zip(items) {
            match kind {
                ItemKind::Claim => {
                    let located = Located { position: Position(self.claims), version, retracted: false };
                    let known = KnownClaim { located, bytes: bytes.clone() };
                    let before = self.known.insert(Arc::clone(&id), Some(known)).flatten();
                    counts.claims += u64::from(before.is_none_or(|before| before.located.retracted));
                    self.claims += 1;
                }
                ItemKind::Retraction => {
                    if let Some(Some(known)) = self.known.get_mut(&id) {
                        known.located.retracted = true;
                    }
                    counts.claims -= 1;
                }
                ItemKind::Entity => counts.entities += u64::from(version == 1),
                ItemKind::Source => counts.sources += u64::from(version == 1),
                ItemKind::Document => counts.documents += u64::from(version == 1),
            }
            let item = Projected { kind, id, version, bytes, row };
            if matches!(kind, ItemKind::Claim | ItemKind::Retraction) {
                projection.items.push(item);
            } else {
                self.registered.insert((kind, Arc::clone(&item.id)), version);
                registry.push((ordinal, item));
            }
        }
        self.head = Head { revision, digest, recorded, counts };
        self.commits.push(Allocated { commit, counts, claims_end: self.claims, registry, projection });
        if let Some(request) = request {
            self.push_request(recorded, request, &commit);
        }
        Ok(commit)
    }

    fn remember(&mut self, time: i64, request: Request<'_>) {
        let Head { revision, digest, recorded, .. } = self.head;
        self.push_request(time, request, &Commit { revision, digest, recorded });
    }

    fn finish(self: Box<Self>, seen: &mut dyn FnMut()) -> Result<(), WriteError> {
        let Self { store, turn, commits, requests, head, claims, .. } = *self;
        if commits.is_empty() && requests.is_empty() {
            seen();
            return Ok(());
        }
        let shared = Arc::clone(&store.shared);
        let done = store.shared.database.wait(async move { write(&shared, turn, commits, &requests).await });
        done.map_err(WriteError::Database)?;
        store.show(View { head, claims, shared: Arc::clone(&store.shared) });
        seen();
        Ok(())
    }
}

impl Writing<'_> {
    fn push_request(&mut self, time: i64, request: Request<'_>, commit: &Commit) {
        let Request { caller, request_id, record } = request;
        let (caller, request_id) = (caller.to_owned(), request_id.to_owned());
        self.requests.push(Remembered { caller, request_id, time, record: record(commit) });
    }

    /// Reads the latest versions of the registry's items among these, but for those appended.
    fn expect_registered(&mut self, items: &[NewItem]) -> Result<(), ReadError> {
        for kind in [ItemKind::Entity, ItemKind::Source, ItemKind::Document] {
            let is_new = |item: &&NewItem| {
                item.kind == kind && !self.registered.contains_key(&(kind, Arc::clone(&item.id)))
            };
            let ids: Vec<&str> = items.iter().filter(is_new).map(|item| &*item.id).collect();
            if ids.is_empty() {
                continue;
            }
            let mut sql = Sql::new("SELECT id, max(version) FROM registry WHERE kind = ");
            sql.int(kind.code().into()).push(" AND id = ANY(").texts(ids).push(") GROUP BY id");
            for row in self.store.shared.database.rows(sql, &Budget::default())? {
                self.registered.insert((kind, row.get::<_, &str>(0).into()), row.get::<_, i32>(1) as u32);
            }
        }
        Ok(())
    }
}

/// The three steps. Whoever fails after the first leaves the rest to whoever writes next.
async fn write(
    shared: &Arc<Shared>,
    mut turn: Turn,
    commits: Vec<Allocated>,
    requests: &[Remembered],
) -> Result<(), DatabaseError> {
    let last = commits.last().map(|allocated| allocated.commit);
    let allocated = match turn.client() {
        Some(client) => allocate(client, &commits, requests).await,
        None => Ok(()),
    };
    match allocated {
        // In order again, it may serve others.
        Ok(()) => drop(turn.0.take()),
        Err(error) => {
            drop(turn);
            let is_allocated = match last {
                Some(last) if error.code().is_none() => inquire(shared, &last).await?,
                _ => false,
            };
            if !is_allocated {
                return Err(error);
            }
        }
    }
    let projections: Vec<Projection> = commits.into_iter().map(|allocated| allocated.projection).collect();
    let client = shared.database.pool.get().await?;
    client.batch_execute("SET statement_timeout = 0").await?;
    project(&client, &projections, shared.row_of).await?;
    publish(&client, &projections).await
}

/// Whether a commit is there, the connection having been lost while it was made: known once the lock is
/// free again.
async fn inquire(shared: &Arc<Shared>, commit: &Commit) -> Result<bool, DatabaseError> {
    let until = Instant::now() + INQUIRY;
    loop {
        let looked = async {
            let turn = Turn(Some(shared.database.pool.get().await?));
            let client = turn.client().expect("it was just put there");
            client.batch_execute(&format!("SET lock_timeout = {LOCK_MS}; BEGIN")).await?;
            head(client, shared, true).await?;
            let mut sql = Sql::new("SELECT digest FROM commits WHERE revision = ");
            sql.int(commit.revision as i64);
            let found = client.query_typed_opt(&sql.text, &sql.parameters()).await?;
            Ok::<_, DatabaseError>(
                found.is_some_and(|row| row.get::<_, &[u8]>(0) == commit.digest.as_bytes()),
            )
        };
        match looked.await {
            Err(error) if error.is_passing() && Instant::now() < until => {
                sleep(Duration::from_millis(100)).await;
            }
            looked => return looked,
        }
    }
}

async fn allocate(
    client: &Client,
    commits: &[Allocated],
    requests: &[Remembered],
) -> Result<(), DatabaseError> {
    for Allocated { commit, counts, claims_end, registry, projection } in commits {
        let payload = (!projection.items.is_empty()).then(|| projection.payload());
        client
            .query_typed(
                "INSERT INTO commits (revision, recorded, digest, live_claims, live_sources, live_entities, \
                 live_documents, claims_end, claims, retirements, payload) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                &[
                    (&(commit.revision as i64), Type::INT8),
                    (&commit.recorded, Type::INT8),
                    (&commit.digest.as_bytes().as_slice(), Type::BYTEA),
                    (&(counts.claims as i64), Type::INT8),
                    (&(counts.sources as i64), Type::INT8),
                    (&(counts.entities as i64), Type::INT8),
                    (&(counts.documents as i64), Type::INT8),
                    (&(*claims_end as i64), Type::INT8),
                    (&(projection.claims() as i32), Type::INT4),
                    (&(projection.retirements() as i32), Type::INT4),
                    (&payload, Type::BYTEA),
                ],
            )
            .await?;
        if !registry.is_empty() {
            let column = |of: fn(&(i32, Projected)) -> i32| registry.iter().map(of).collect::<Vec<_>>();
            let kinds = column(|(_, item)| item.kind.code().into());
            let versions = column(|(_, item)| item.version as i32);
            let ordinals = column(|(ordinal, _)| *ordinal);
            let ids: Vec<&str> = registry.iter().map(|(_, item)| &*item.id).collect();
            let bytes: Vec<&[u8]> = registry.iter().map(|(_, item)| &*item.bytes).collect();
            client
                .query_typed(
                    "INSERT INTO registry (kind, id, version, revision, ordinal, bytes) \
                     SELECT kind, id, version, $6, ordinal, bytes \
                     FROM unnest($1, $2, $3, $4, $5) i(kind, id, version, ordinal, bytes)",
                    &[
                        (&kinds, Type::INT4_ARRAY),
                        (&ids, Type::TEXT_ARRAY),
                        (&versions, Type::INT4_ARRAY),
                        (&ordinals, Type::INT4_ARRAY),
                        (&bytes, Type::BYTEA_ARRAY),
                        (&(commit.revision as i64), Type::INT8),
                    ],
                )
                .await?;
        }
    }
    for Remembered { caller, request_id, time, record } in requests {
        client
            .query_typed(
                "INSERT INTO requests (caller, request_id, remembered, record) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (caller, request_id) DO UPDATE SET remembered = excluded.remembered, record = excluded.record",
                &[
                    (&caller.as_bytes(), Type::BYTEA),
                    (&request_id.as_bytes(), Type::BYTEA),
                    (time, Type::INT8),
                    (&&**record, Type::BYTEA),
                ],
            )
            .await?;
    }
    if let Some(newest) = requests.iter().map(|request| request.time).max() {
        let mut forget = Sql::new("DELETE FROM requests WHERE remembered < ");
        forget.int(newest - REQUEST_AGE);
        client.query_typed(&forget.text, &forget.parameters()).await?;
    }
    if let Some(Allocated { commit, .. }) = commits.last() {
        let before = commit.revision - commits.len() as u64;
        if commit.revision / REQUESTS_COUNTED_EVERY > before / REQUESTS_COUNTED_EVERY {
            let forget = format!(
                "DELETE FROM requests WHERE remembered < (SELECT remembered FROM requests \
                 ORDER BY remembered DESC OFFSET {MAX_REQUESTS} LIMIT 1)"
            );
            client.batch_execute(&forget).await?;
        }
        client.batch_execute(&format!("UPDATE head SET allocated = {}", commit.revision)).await?;
    }
    Ok(client.batch_execute("COMMIT").await?)
}

#[cfg(test)]
mod tests {
    use super::super::tests::server;
    use super::*;
    use crate::plan::{Filter, Row, Selection, Shown};
    use crate::store::{Store as _, Totals, Writing as _};

    fn item(kind: ItemKind, id: &str, version: u32) -> NewItem {
        let row = (kind == ItemKind::Claim).then(|| Row::builder(id).finish());
        NewItem { kind, id: id.into(), version, bytes: format!("{id} {version}").into(), row }
    }

    /// A row whose id is what its bytes begin with.
    fn row_of(bytes: &[u8]) -> Option<Row> {
        let (id, _) = std::str::from_utf8(bytes).ok()?.split_once(' ')?;
        Some(Row::builder(id).finish())
    }

    fn append(writing: &mut Writing<'_>, items: Vec<NewItem>) -> Commit {
        writing.expect(&items.iter().map(|item| &*item.id).collect::<Vec<_>>()).unwrap();
        let recorded = writing.head().recorded + 1;
        writing.append(recorded, items, None).unwrap()
    }

    /// How many claims a store shows, and of which revision it is.
    fn seen(store: &Postgres) -> (u64, u64) {
        store.refresh(&mut |_| Ok(())).unwrap();
        let view = store.view();
        let selection = Selection { filter: Filter::Constant(true), shown: Shown::default(), at: u64::MAX };
        let Totals { sure, .. } = view.count(&selection, &Budget::default()).unwrap();
        (view.head().revision, sure)
    }

    /// What a writer does that is stopped after so many of its steps, and what is left to it.
    fn stopped(store: &Postgres, items: Vec<NewItem>, steps: usize) -> Vec<Projection> {
        let mut writing = store.begin().unwrap();
        append(&mut writing, items);
        let Writing { turn, commits, .. } = writing;
        let shared = Arc::clone(&store.shared);
        store.shared.database.wait(async move {
            let mut turn = turn;
            allocate(turn.client().unwrap(), &commits, &[]).await.unwrap();
            let client = turn.0.take().unwrap();
            let projections: Vec<_> = commits.into_iter().map(|allocated| allocated.projection).collect();
            if steps > 1 {
                project(&client, &projections, shared.row_of).await.unwrap();
            }
            if steps > 2 {
                publish(&client, &projections).await.unwrap();
            }
            projections
        })
    }

    #[test]
    fn whoever_writes_next_ends_what_another_began_and_the_other_changes_nothing() {
        let url = server::migrated();
        let [one, other] = [0, 1].map(|_| Postgres::open(&url, row_of).unwrap());
        let claims =
            |ids: &[&str], version| ids.iter().map(|id| item(ItemKind::Claim, id, version)).collect();
        let (mut revision, mut live) = (0, 0);
        for (round, steps) in [1, 2, 3].into_iter().enumerate() {
            let ids = ["a", "b"].map(|name| format!("{name}{round}"));
            let left = stopped(&one, claims(&ids.each_ref().map(String::as_str), 1), steps);
            // Nothing of it is seen before it is published.
            let expected = if steps == 3 { (revision + 1, live + 2) } else { (revision, live) };
            assert_eq!((seen(&one), seen(&other)), (expected, expected), "after step {steps}");

            let mut writing = other.begin().unwrap();
            assert_eq!(writing.begun.head.revision, revision + 1);
            let mut items: Vec<NewItem> = claims(&[&ids[0]], 2);
            items.push(item(ItemKind::Retraction, &ids[1], 1));
            append(&mut writing, items);
            Box::new(writing).finish(&mut || {}).unwrap();
            (revision, live) = (revision + 2, live + 1);
            assert_eq!((seen(&one), seen(&other)), ((revision, live), (revision, live)));

            // Waking late, it does what it was about to do.
            let shared = Arc::clone(&one.shared);
            one.shared.database.wait(async move {
                let client = shared.database.pool.get().await.unwrap();
                project(&client, &left, shared.row_of).await.unwrap();
                publish(&client, &left).await.unwrap();
            });
            assert_eq!((seen(&one), seen(&other)), ((revision, live), (revision, live)));
            assert_eq!(other.view().head().counts.claims, live);
        }
        let left_open = one.begin().unwrap();
        drop(left_open);
        assert_eq!(seen(&one), (revision, live), "a turn that is given up leaves nothing");
        drop((one, other));
        server::remove(&url);
    }
}
