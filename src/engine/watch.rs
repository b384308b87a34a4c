//! Which claims come, change and go, revision by revision, of those that a query finds.
//!
//! What a query finds as of a revision differs from what it finds as of the one before by claims that
//! the revision wrote or took back, and by what its names and documents mean since then. The first
//! are asked for by id; the second are looked for only where the resolved filter has changed, by
//! walking both answers side by side. Neither needs more memory than a page.

use super::Engine;
use super::answer::{Matched, StoredClaim};
use super::query::{QueryError, commit, refused};
use crate::language::{self, Parameters, Resolved, ast};
use crate::model::Timestamp;
use crate::plan::{Filter, Leaf, Selection, Truth, terms};
use crate::registry::Registry;
use crate::store::{Budget, Commit, Hit, ItemKind, Position, ReadError, View};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// Claims of one message come to this many bytes, or are one.
const MESSAGE_BYTES: usize = 1 << 20;
/// Claims of one message at the most.
const MESSAGE_CLAIMS: usize = 1_000;
/// Hits that are looked up at a time.
const HITS_AT_ONCE: usize = 1_000;
/// Claims that are read at a time.
const CLAIMS_AT_ONCE: usize = 64;
/// Revisions in which nothing changed are told of after so many.
const REVISIONS_AT_ONCE: usize = 1_000;

/// A query that is watched.
#[derive(Clone, Debug, Default)]
pub struct WatchRequest {
    /// The query: which claims, without any other clause.
    pub text: String,
    /// Values for its `$parameters`.
    pub parameters: Parameters,
    /// Changes of later revisions are told; absent: of revisions to come.
    pub after: Option<u64>,
}

/// A watch, and how far it has come.
#[derive(Debug)]
pub struct Watch {
    question: Question,
    /// The latest revision when it began.
    begun: u64,
    /// What the query means as of the last revision that was told whole.
    meaning: Meaning,
    /// The revision that is being told.
    pending: Option<Pending>,
}

/// What changed with a revision, or a part of it.
#[derive(Debug)]
pub struct Changes {
    /// The revision.
    pub commit: Commit,
    /// Claims that match and did not.
    pub added: Vec<Matched<StoredClaim>>,
    /// Claims that match otherwise, or as another version.
    pub changed: Vec<ChangedClaim>,
    /// Claims that matched and do not.
    pub gone: Vec<GoneClaim>,
    /// Whether all of the revision is told with this.
    pub is_whole: bool,
    /// The registry of the revision.
    pub registry: Arc<Registry>,
}

/// A claim that matches otherwise than it did.
#[derive(Debug)]
pub struct ChangedClaim {
    /// As it is now.
    pub now: Matched<StoredClaim>,
    /// How it matched before.
    pub before: Truth,
    /// The version that did.
    pub version_before: u32,
}

/// A claim that does not match any more.
#[derive(Debug)]
pub struct GoneClaim {
    /// Its id.
    pub id: Arc<str>,
    /// The version that matched.
    pub version: u32,
    /// How it matched.
    pub before: Truth,
    /// Whether it is retracted; else it, or what the query means, has changed.
    pub is_retracted: bool,
}

/// A query as it was asked.
#[derive(Debug)]
struct Question {
    text: String,
    parameters: Parameters,
    query: ast::Query,
}

/// What a query means as of a revision.
#[derive(Debug)]
struct Meaning {
    at: u64,
    /// None where a name in it is not known: nothing matches then.
    selection: Option<Selection>,
    registry: Arc<Registry>,
}

/// A revision that is being told.
#[derive(Debug)]
struct Pending {
    commit: Commit,
    meaning: Meaning,
    changes: VecDeque<Change>,
    /// What is still to be compared, where the query means something else since this revision.
    sweep: Option<Sweep>,
}

/// A claim that is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Change {
    /// The version that matches now; if none does, the one that did.
    position: Position,
    before: Option<Truth>,
    after: Option<Truth>,
    /// The version that this one stands for since.
    replaced: Option<u32>,
}

impl Engine {
    /// Begins to watch a query.
    ///
    /// # Errors
    /// The query is refused as of the latest revision, has a clause that a watch does not, or begins
    /// after a revision that is not here yet.
    pub fn watch(&self, request: WatchRequest) -> Result<Watch, QueryError> {
        let WatchRequest { text, parameters, after } = request;
        let view = self.store.view();
        let head = view.head().revision;
        if let Some(asked) = after.filter(|after| *after > head) {
            return Err(QueryError::NotYet { asked, latest: head });
        }
        let refused =
            |diagnostic| refused(&text, &self.registry_at(head), &parameters, Self::now(), diagnostic);
        let query = language::parse(&text).map_err(refused)?;
        language::watched(&query, &text).map_err(refused)?;
        let question = Question { text, parameters, query };
        // Whatever a watch begins with, its query must mean something as of now.
        let mut meaning = question.meaning(self, &*view, head, false)?;
        if let Some(after) = after {
            meaning = question.meaning(self, &*view, after, true)?;
        }
        Ok(Watch { question, begun: head, meaning, pending: None })
    }
}

impl Watch {
    /// The query in its canonical form.
    pub fn canonical(&self) -> String {
        self.question.query.to_string()
    }

    /// The last revision that is told whole.
    pub fn revision(&self) -> u64 {
        self.meaning.at
    }

    /// What changed next: with the first revision, of those that are here, with which something did,
    /// or no changes up to the last revision that was looked at. One revision may take several calls.
    ///
    /// # Errors
    /// The query means nothing any more, or what is stored could not be read within the budget.
    pub fn advance(&mut self, engine: &Engine, budget: &Budget) -> Result<Changes, QueryError> {
        let view = engine.store.view();
        let mut looked_at = 0;
        loop {
            budget.check()?;
            let mut pending = match self.pending.take() {
                Some(pending) => pending,
                None if self.meaning.at < view.head().revision && looked_at < REVISIONS_AT_ONCE => {
                    looked_at += 1;
                    self.next(engine, &*view, budget)?
                }
                None => {
                    let registry = Arc::clone(&self.meaning.registry);
                    return Ok(Changes::none(commit(&*view, self.meaning.at)?, registry));
                }
            };
            pending.fill(&*view, budget)?;
            let changes = pending.take(&*view)?;
            if !changes.is_whole {
                self.pending = Some(pending);
                return Ok(changes);
            }
            self.meaning = pending.meaning;
            if !changes.is_empty() {
                return Ok(changes);
            }
        }
    }

    /// Compares the next revision with the one that was told.
    fn next(&self, engine: &Engine, view: &dyn View, budget: &Budget) -> Result<Pending, QueryError> {
        let at = self.meaning.at + 1;
        let meaning = self.question.meaning(engine, view, at, at <= self.begun)?;
        let written = Written::with(view, at)?;
        let changes = written.changes(&self.meaning, &meaning, view, budget)?;
        let sweep = (!self.meaning.asks_as(&meaning)).then(|| Sweep {
            before: Cursor::new(&self.meaning),
            after: Cursor::new(&meaning),
            written: written.positions(),
        });
        Ok(Pending { commit: commit(view, at)?, meaning, changes: changes.into(), sweep })
    }
}

impl Question {
    /// What it means as of a revision; `now` is when that was recorded, so that a watch that is taken
    /// up again tells the same. What means nothing is refused, unless it `may_mean_nothing`.
    fn meaning(
        &self,
        engine: &Engine,
        view: &dyn View,
        at: u64,
        may_mean_nothing: bool,
    ) -> Result<Meaning, QueryError> {
        let Self { text, parameters, query } = self;
        let registry = engine.registry_at(at);
        let now = Timestamp(commit(view, at)?.recorded);
        let selection = match language::resolve(query, text, &registry, parameters, now) {
            Ok(Resolved { filter, shown, .. }) => Some(Selection { filter, shown, at }),
            Err(_) if may_mean_nothing => None,
            Err(diagnostic) => return Err(refused(text, &registry, parameters, now, diagnostic)),
        };
        Ok(Meaning { at, selection, registry })
    }
}

impl Meaning {
    /// Whether both ask the same of a claim.
    fn asks_as(&self, other: &Self) -> bool {
        match (&self.selection, &other.selection) {
            (Some(a), Some(b)) => (&a.filter, a.shown) == (&b.filter, b.shown),
            (a, b) => a.is_none() && b.is_none(),
        }
    }
}

impl Changes {
    fn none(commit: Commit, registry: Arc<Registry>) -> Self {
        Self { commit, added: Vec::new(), changed: Vec::new(), gone: Vec::new(), is_whole: true, registry }
    }

    fn tell(&mut self, change: Change, item: StoredClaim) {
        match (change.before, change.after) {
            (None, Some(truth)) => self.added.push(Matched { item, truth }),
            (Some(before), Some(truth)) => {
                let version_before = change.replaced.unwrap_or(item.version);
                self.changed.push(ChangedClaim { now: Matched { item, truth }, before, version_before });
            }
            (Some(before), None) => {
                let StoredClaim { id, version, retraction, .. } = item;
                self.gone.push(GoneClaim { id, version, before, is_retracted: retraction.is_some() });
            }
            (None, None) => {}
        }
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.gone.is_empty()
    }
}

impl Pending {
    /// Goes on comparing until there is enough to tell, or nothing left.
    fn fill(&mut self, view: &dyn View, budget: &Budget) -> Result<(), QueryError> {
        while let Some(sweep) = &mut self.sweep
            && self.changes.len() < MESSAGE_CLAIMS
        {
            match sweep.next(view, budget)? {
                Some(change) => self.changes.push_back(change),
                None => self.sweep = None,
            }
        }
        Ok(())
    }

    /// As many changes as fit into one message, with the claims.
    fn take(&mut self, view: &dyn View) -> Result<Changes, QueryError> {
        let mut told = Changes::none(self.commit, Arc::clone(&self.meaning.registry));
        let (mut bytes, mut count) = (0, 0);
        'message: while count < MESSAGE_CLAIMS && !self.changes.is_empty() {
            let read = self.changes.len().min(CLAIMS_AT_ONCE).min(MESSAGE_CLAIMS - count);
            let positions: Vec<_> = self.changes.range(..read).map(|change| change.position).collect();
            for stored in view.fetch(&positions, self.commit.revision)? {
                bytes += stored.bytes.len();
                if count > 0 && bytes > MESSAGE_BYTES {
                    break 'message;
                }
                count += 1;
                let change = self.changes.pop_front().expect("as many were read as there are");
                told.tell(change, StoredClaim::from(stored));
            }
        }
        told.is_whole = self.changes.is_empty() && self.sweep.is_none();
        Ok(told)
    }
}

/// The claims that a revision wrote or took back: by id, every version up to then.
struct Written(BTreeMap<Arc<str>, Vec<Position>>);

impl Written {
    fn with(view: &dyn View, revision: u64) -> Result<Self, ReadError> {
        let mut ids = Vec::new();
        for change in view.changes(revision)? {
            let (kind, item) = change?;
            if matches!(kind, ItemKind::Claim | ItemKind::Retraction) {
                ids.push(item.id);
            }
        }
        let versions = view.versions(&ids, revision)?;
        Ok(Self(ids.into_iter().zip(versions).collect()))
    }

    fn positions(&self) -> BTreeSet<Position> {
        self.0.values().flatten().copied().collect()
    }

    /// How they matched before, and how they do since.
    fn changes(
        &self,
        before: &Meaning,
        after: &Meaning,
        view: &dyn View,
        budget: &Budget,
    ) -> Result<Vec<Change>, ReadError> {
        if self.0.is_empty() {
            return Ok(Vec::new());
        }
        let ids = Filter::Leaf(Leaf::Id(terms(self.0.keys().cloned())));
        let found = |meaning: &Meaning| {
            let mut cursor = Cursor::new(meaning);
            cursor.narrow(&ids);
            let mut found = BTreeMap::new();
            while let Some(Hit { position, truth }) = cursor.next(view, budget)? {
                found.insert(position, truth);
            }
            Ok::<_, ReadError>(found)
        };
        let (before, after) = (found(before)?, found(after)?);
        let mut changes = Vec::new();
        for versions in self.0.values() {
            let mut gone: Vec<Change> = Vec::new();
            for (number, &position) in (1..).zip(versions) {
                let (before, after) = (before.get(&position).copied(), after.get(&position).copied());
                let change = Change { position, before, after, replaced: None };
                match (before, after) {
                    (Some(_), None) => gone.push(Change { replaced: Some(number), ..change }),
                    // A version that matches since stands for the one that does not any more.
                    (None, Some(_)) => match gone.pop() {
                        Some(Change { before, replaced, .. }) => {
                            changes.push(Change { before, replaced, ..change });
                        }
                        None => changes.push(change),
                    },
                    (before, after) if before != after => changes.push(change),
                    (_, _) => {}
                }
            }
            changes.append(&mut gone);
        }
        Ok(changes)
    }
}

/// The answers to two questions side by side, less what was compared already.
#[derive(Debug)]
struct Sweep {
    before: Cursor,
    after: Cursor,
    written: BTreeSet<Position>,
}

impl Sweep {
    fn next(&mut self, view: &dyn View, budget: &Budget) -> Result<Option<Change>, ReadError> {
        loop {
            // Both go from the newest to the oldest.
            let (before, after) = (self.before.peek(view, budget)?, self.after.peek(view, budget)?);
            let Some(position) = before.iter().chain(&after).map(|hit| hit.position).max() else {
                return Ok(None);
            };
            let truth = |hit: Option<Hit>| hit.filter(|hit| hit.position == position).map(|hit| hit.truth);
            let change = Change { position, before: truth(before), after: truth(after), replaced: None };
            if change.before.is_some() {
                self.before.next(view, budget)?;
            }
            if change.after.is_some() {
                self.after.next(view, budget)?;
            }
            if change.before != change.after && !self.written.contains(&position) {
                return Ok(Some(change));
            }
        }
    }
}

/// An answer, hit by hit, from the newest claim to the oldest.
#[derive(Debug)]
struct Cursor {
    selection: Option<Selection>,
    after: Option<Position>,
    hits: VecDeque<Hit>,
    is_more: bool,
}

impl Cursor {
    fn new(meaning: &Meaning) -> Self {
        let selection = meaning.selection.clone();
        Self { is_more: selection.is_some(), selection, after: None, hits: VecDeque::new() }
    }

    /// Leaves out what does not satisfy this filter too.
    fn narrow(&mut self, filter: &Filter) {
        if let Some(selection) = &mut self.selection {
            selection.filter = Filter::and([filter.clone(), selection.filter.clone()]);
        }
    }

    fn peek(&mut self, view: &dyn View, budget: &Budget) -> Result<Option<Hit>, ReadError> {
        if let (true, true, Some(selection)) = (self.hits.is_empty(), self.is_more, &self.selection) {
            let page = view.select(selection, &[], self.after, HITS_AT_ONCE, budget)?;
            self.after = page.hits.last().map(|hit| hit.position);
            self.is_more = page.more;
            self.hits = page.hits.into();
        }
        Ok(self.hits.front().copied())
    }

    fn next(&mut self, view: &dyn View, budget: &Budget) -> Result<Option<Hit>, ReadError> {
        let hit = self.peek(view, budget)?;
        self.hits.pop_front();
        Ok(hit)
    }
}
