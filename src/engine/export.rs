//! Exporting: all that the ledger holds, or what a query finds with all that it refers to, in an
//! order in which it can be written again; or the history, commit by commit.

use super::Engine;
use super::closure::{self, Closure, Name};
use super::query::{Consistency, QueryError, commit, fingerprint};
use super::token::{Fingerprint, PageToken, TokenError};
use crate::language::{self, AsOf, Output, Parameters, Subject};
use crate::model::Timestamp;
use crate::plan::{Field, Filter, Leaf, Selection, Shown, terms};
use crate::registry::Registry;
use crate::store::{Budget, Commit, CommitPart, ItemKind, Position, Stored, View};
use crate::wire::item::ItemError;
use bytes::Bytes;
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

/// Bytes of the items of a chunk that is sent.
pub const EXPORT_CHUNK_BYTES: usize = 1 << 20;
/// Claims that are read from disk at a time.
const FETCHED_AT_ONCE: usize = 256;

/// What is to be exported of the ledger as it stands.
#[derive(Clone, Debug, Default)]
pub struct ExportRequest {
    /// A query for claims; empty for all that are live.
    pub query: String,
    /// Values for its `$parameters`.
    pub parameters: Parameters,
    /// Which revision is exported.
    pub consistency: Consistency,
    /// The token of the chunk to go on after; empty to begin.
    pub resume_token: String,
}

/// Why something cannot be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The query was not answered.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The query asks for something else than claims.
    #[error(
        "`{query}` cannot be exported: write a query for claims, without list, count, view, sort and limit"
    )]
    NotClaims {
        /// The query.
        query: String,
    },
    /// The history that is asked for begins after the revision that it ends with.
    #[error("there is no history after revision {after}: the revision to export is {revision}")]
    AfterEnd {
        /// Where it was to begin.
        after: u64,
        /// The last revision of it.
        revision: u64,
    },
}

impl From<crate::store::ReadError> for ExportError {
    fn from(error: crate::store::ReadError) -> Self {
        Self::Query(error.into())
    }
}

impl From<ItemError> for ExportError {
    fn from(error: ItemError) -> Self {
        Self::Query(error.into())
    }
}

/// Something that is exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exported {
    /// An item as it is stored; a retraction is that of the claim before it.
    Item(ItemKind, Bytes),
    /// A commit of the history.
    Commit(CommitPart),
}

/// Some of what is exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// What it is, in order.
    pub items: Vec<Exported>,
    /// What to send to go on after it; of the history, nothing: its revisions say it.
    pub resume_token: Option<String>,
}

/// An export under way.
#[derive(Debug)]
pub struct Export {
    view: Arc<dyn View>,
    commit: Commit,
    content: Content,
}

#[derive(Debug)]
enum Content {
    State(Box<State>),
    /// The last whole commit that was given, and how many items of the next.
    History {
        after: u64,
        given: usize,
    },
}

/// What the ledger holds at one revision.
#[derive(Debug)]
struct State {
    registry: Arc<Registry>,
    fingerprint: Fingerprint,
    now: Timestamp,
    /// The revision that a token pins: that of the call, which `as of` in the query may go behind.
    base: u64,
    names: Vec<Name>,
    /// Items of `names` that were given.
    named: usize,
    selection: Selection,
    plan: Plan,
    /// Claims that are given next.
    due: VecDeque<Due>,
    /// Those of them that were read.
    read: VecDeque<Stored>,
    /// Where to look for more.
    next: Option<Position>,
    /// The last claim that was given.
    given: Option<Due>,
}

/// Which claims are given beside those that were asked for, and which not at their own place.
#[derive(Debug, Default)]
struct Plan {
    /// Claims that others refer to and that were not asked for, as what was taken back.
    added: BTreeSet<Position>,
    /// At the place of a claim: that claim and those that must be given before it, or with it.
    groups: HashMap<Position, Vec<(Position, Part)>>,
    /// The others of each group: they are not given at their own place.
    moved: HashSet<Position>,
}

/// Something that is due: of which claim, in whose place, and as which of what is given there.
#[derive(Clone, Copy, Debug)]
struct Due {
    position: Position,
    part: Part,
    place: Position,
    index: usize,
}

/// What of a claim is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The claim, and its retraction.
    Whole,
    /// The claim without its retraction.
    Claim,
    /// Its retraction.
    Retraction,
}

impl Engine {
    /// Begins to export the ledger as it stands.
    ///
    /// # Errors
    /// The query is refused, the token is not ours, the revision is not here, or what is stored
    /// cannot be read.
    pub fn export(&self, request: &ExportRequest, budget: &Budget) -> Result<Export, ExportError> {
        let text = if request.query.trim().is_empty() { "claim" } else { &request.query };
        let whole = text == "claim";
        let view = self.store.view();
        let refused = |diagnostic| QueryError::Query { text: text.to_owned(), diagnostic };
        let query = language::parse(text).map_err(refused)?;
        let canonical = query.to_string();
        let fingerprint = fingerprint(&format!("export {canonical}"), &request.parameters);
        let token = match request.resume_token.as_str() {
            "" => None,
            token => Some(PageToken::decode(token).map_err(QueryError::from)?),
        };
        if token.is_some_and(|token| token.fingerprint != fingerprint) {
            return Err(QueryError::from(TokenError::OtherQuery).into());
        }
        let now = token.map_or_else(Self::now, |token| Timestamp(token.now));
        let pinned = token.map_or(request.consistency, |token| Consistency::Exactly(token.revision));
        let base = pinned.revision(view.head().revision)?;
        let at = match language::as_of(&query, &request.parameters, now, base).map_err(refused)? {
            None => base,
            Some(AsOf::Time(time)) => view.revision_at(time.0)?.min(base),
            Some(AsOf::Revision(revision)) => revision,
        };
        let registry = self.registry_at(at);
        let resolved =
            language::resolve(&query, text, &registry, &request.parameters, now).map_err(refused)?;
        let is_plain = resolved.order.is_empty() && resolved.limit.is_none() && resolved.explained.is_none();
        if !matches!((&resolved.subject, &resolved.output), (Subject::Claims(_), Output::Items)) || !is_plain
        {
            return Err(ExportError::NotClaims { query: canonical });
        }
        let shown = Shown { old_versions: false, ..resolved.shown };
        let selection = Selection { filter: resolved.filter, shown, at };
        let plan = Plan::of(&*view, &selection, budget)?;
        let mut closure = Closure::new(&registry);
        if whole {
            closure.add_all()?;
        } else {
            add_claims(&mut closure, &*view, &selection, &plan, budget)?;
        }
        let mut state = State {
            names: closure.finish(),
            registry,
            fingerprint,
            now,
            base,
            named: 0,
            selection,
            plan,
            due: VecDeque::new(),
            read: VecDeque::new(),
            next: Some(Position(0)),
            given: None,
        };
        if let Some(token) = token {
            state.go_on(token)?;
        }
        Ok(Export { commit: commit(&*view, at)?, view, content: Content::State(Box::new(state)) })
    }

    /// Begins to export the history after a revision.
    ///
    /// # Errors
    /// The revision to export is not here, or is before the one to begin after.
    pub fn export_history(&self, after: u64, consistency: Consistency) -> Result<Export, ExportError> {
        let view = self.store.view();
        let revision = consistency.revision(view.head().revision)?;
        if after > revision {
            return Err(ExportError::AfterEnd { after, revision });
        }
        Ok(Export { commit: commit(&*view, revision)?, view, content: Content::History { after, given: 0 } })
    }
}

impl Export {
    /// The commit that is exported, or up to which the history is.
    pub fn commit(&self) -> &Commit {
        &self.commit
    }

    /// The next items, as many as come to `max_bytes`, but one at least; none after the last. Reads
    /// from disk.
    ///
    /// # Errors
    /// The budget is spent, or what is stored cannot be read.
    pub fn chunk(&mut self, max_bytes: usize, budget: &Budget) -> Result<Option<Chunk>, ExportError> {
        budget.check()?;
        match &mut self.content {
            Content::State(state) => state.chunk(&*self.view, max_bytes, budget),
            Content::History { after, given } => {
                let parts = self.view.commits(*after, *given, self.commit.revision, max_bytes)?;
                let Some(last) = parts.last() else { return Ok(None) };
                if last.is_last {
                    (*after, *given) = (last.commit.revision, 0);
                } else {
                    // It goes on with a commit that was begun before only if it is the only one.
                    *given = if parts.len() == 1 { *given + last.items.len() } else { last.items.len() };
                    *after = last.commit.revision - 1;
                }
                let items = parts.into_iter().map(Exported::Commit).collect();
                Ok(Some(Chunk { items, resume_token: None }))
            }
        }
    }
}

impl State {
    fn chunk(
        &mut self,
        view: &dyn View,
        max_bytes: usize,
        budget: &Budget,
    ) -> Result<Option<Chunk>, ExportError> {
        let mut items = Vec::new();
        let mut bytes = 0;
        while let Some(name) = self.names.get(self.named) {
            let item = closure::bytes(&self.registry, name).unwrap_or_default();
            bytes += item.len();
            if bytes > max_bytes && !items.is_empty() {
                return Ok(Some(self.cut(items)));
            }
            items.push(Exported::Item(name.0, item));
            self.named += 1;
        }
        while self.read_more(view, budget)? {
            while let Some(stored) = self.read.front() {
                bytes += stored.bytes.len() + stored.retraction.as_ref().map_or(0, |it| it.bytes.len());
                if bytes > max_bytes && !items.is_empty() {
                    return Ok(Some(self.cut(items)));
                }
                let Some(Stored { bytes, retraction, .. }) = self.read.pop_front() else { break };
                self.given = self.due.pop_front();
                let part = self.given.map_or(Part::Whole, |due| due.part);
                if part != Part::Retraction {
                    items.push(Exported::Item(ItemKind::Claim, bytes));
                }
                if part != Part::Claim {
                    items.extend(retraction.map(|it| Exported::Item(ItemKind::Retraction, it.bytes)));
                }
            }
        }
        Ok((!items.is_empty()).then(|| self.cut(items)))
    }

    /// Reads the next claims if none is left that was; false after the last.
    fn read_more(&mut self, view: &dyn View, budget: &Budget) -> Result<bool, ExportError> {
        while self.due.is_empty() {
            let Some(from) = self.next else { return Ok(false) };
            let (found, next) = view.scan(&self.selection, from, budget)?;
            for place in self.plan.with_added(found, from, next) {
                self.plan.at(place, &mut self.due);
            }
            self.next = next;
            // What was given before the stream was cut.
            if let Some(Due { place, index, .. }) = self.given {
                while self.due.front().is_some_and(|due| (due.place, due.index) <= (place, index)) {
                    self.due.pop_front();
                }
            }
        }
        if self.read.is_empty() {
            budget.check()?;
            let positions: Vec<Position> =
                self.due.iter().take(FETCHED_AT_ONCE).map(|due| due.position).collect();
            self.read = view.fetch(&positions, self.selection.at)?.into();
        }
        Ok(true)
    }

    fn cut(&self, items: Vec<Exported>) -> Chunk {
        // Items of the registry are counted from 0, and claims of one place from 1.
        let (after, given) = match self.given {
            None => (self.named as u64, 0),
            Some(Due { place, index, .. }) => (place.0, index as u64 + 1),
        };
        let (fingerprint, revision, now) = (self.fingerprint, self.base, self.now.0);
        let token = PageToken { fingerprint, revision, now, after, given, totals: None };
        Chunk { items, resume_token: Some(token.encode()) }
    }

    fn go_on(&mut self, token: PageToken) -> Result<(), QueryError> {
        let index = |number: u64| usize::try_from(number).map_err(|_| TokenError::Damaged);
        if token.given == 0 {
            self.named = index(token.after)?;
        } else {
            let place = Position(token.after);
            self.named = self.names.len();
            let index = index(token.given - 1)?;
            self.given = Some(Due { position: place, part: Part::Whole, place, index });
            self.next = Some(place);
        }
        Ok(())
    }
}

impl Plan {
    /// Claims may refer to what stands behind them: to what was corrected since, and to what came in
    /// one batch with them.
    fn of(view: &dyn View, selection: &Selection, budget: &Budget) -> Result<Self, ExportError> {
        let mut plan = Self::default();
        let has_relations = Filter::Leaf(Leaf::Present(Field::Relation));
        let filter = Filter::and([has_relations, selection.filter.clone()]);
        let relating = Selection { filter, ..*selection };
        each_stretch(view, &relating, budget, |found, _, _| {
            found.into_iter().try_for_each(|claim| plan.add_referred(view, selection, claim, budget))
        })?;
        each_stretch(view, &relating, budget, |found, from, next| {
            plan.with_added(found, from, next)
                .into_iter()
                .try_for_each(|place| plan.add_group(view, selection, place))
        })?;
        Ok(plan)
    }

    /// Adds what a claim refers to, however far that leads, and was not asked for.
    fn add_referred(
        &mut self,
        view: &dyn View,
        selection: &Selection,
        claim: Position,
        budget: &Budget,
    ) -> Result<(), ExportError> {
        let mut open = vec![claim];
        while let Some(claim) = open.pop() {
            for (id, target) in referred(view, selection, claim)? {
                if !self.added.contains(&target) && !is_selected(view, selection, id, budget)? {
                    self.added.insert(target);
                    open.push(target);
                }
            }
        }
        Ok(())
    }

    /// Notes what must be given before a claim or with it, if its place has not come by then.
    fn add_group(
        &mut self,
        view: &dyn View,
        selection: &Selection,
        place: Position,
    ) -> Result<(), ExportError> {
        let below = |position: &Position| -> Result<Vec<Position>, ExportError> {
            let referred = referred(view, selection, *position)?.into_iter().map(|(_, target)| target);
            Ok(referred.filter(|target| *target >= place).collect())
        };
        let order = closure::in_order(place, &mut self.moved, below)?;
        if order.is_empty() {
            return Ok(());
        }
        self.moved.remove(&place);
        if order.len() == 1 && order[0].len() == 1 {
            return Ok(());
        }
        let mut group = Vec::new();
        for together in order {
            match together[..] {
                [claim] => group.push((claim, Part::Whole)),
                // None is taken back before all have come.
                _ => {
                    group.extend(together.iter().map(|claim| (*claim, Part::Claim)));
                    group.extend(together.iter().map(|claim| (*claim, Part::Retraction)));
                }
            }
        }
        self.groups.insert(place, group);
        Ok(())
    }

    /// The claims of a stretch, with those that are added there.
    fn with_added(&self, mut found: Vec<Position>, from: Position, next: Option<Position>) -> Vec<Position> {
        let end = next.unwrap_or(Position(u64::MAX));
        found.extend(self.added.range(from..end));
        found.sort_unstable();
        found
    }

    /// What is due at the place of a claim.
    fn at(&self, place: Position, due: &mut VecDeque<Due>) {
        if self.moved.contains(&place) {
            return;
        }
        let alone = [(place, Part::Whole)];
        let group = self.groups.get(&place).map_or(alone.as_slice(), Vec::as_slice).iter().enumerate();
        due.extend(group.map(|(index, &(position, part))| Due { position, part, place, index }));
    }
}

/// Calls `visit` with the claims that a selection finds, stretch by stretch: those of a stretch, where it
/// begins, and where the next does.
fn each_stretch(
    view: &dyn View,
    selection: &Selection,
    budget: &Budget,
    mut visit: impl FnMut(Vec<Position>, Position, Option<Position>) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let mut next = Some(Position(0));
    while let Some(from) = next {
        let (found, following) = view.scan(selection, from, budget)?;
        visit(found, from, following)?;
        next = following;
    }
    Ok(())
}

/// The claims that a claim refers to: id, and the latest version's place.
fn referred(
    view: &dyn View,
    selection: &Selection,
    claim: Position,
) -> Result<Vec<(Arc<str>, Position)>, ExportError> {
    let mut referred = Vec::new();
    for stored in view.fetch(&[claim], selection.at)? {
        let names = closure::references(ItemKind::Claim, &stored.bytes)?.into_iter();
        let ids = names.filter(|(kind, _)| *kind == ItemKind::Claim).map(|(_, id)| id);
        for id in ids {
            if let Some(target) = view.latest(&id, selection.at)? {
                referred.push((id, target));
            }
        }
    }
    Ok(referred)
}

fn is_selected(
    view: &dyn View,
    selection: &Selection,
    id: Arc<str>,
    budget: &Budget,
) -> Result<bool, ExportError> {
    let filter = Filter::and([Filter::Leaf(Leaf::Id(terms([id]))), selection.filter.clone()]);
    let page = view.select(&Selection { filter, ..*selection }, &[], None, 1, budget)?;
    Ok(!page.hits.is_empty())
}

/// Adds what the claims refer to, but for other claims.
fn add_claims(
    closure: &mut Closure<'_>,
    view: &dyn View,
    selection: &Selection,
    plan: &Plan,
    budget: &Budget,
) -> Result<(), ExportError> {
    each_stretch(view, selection, budget, |found, from, next| {
        for claims in plan.with_added(found, from, next).chunks(FETCHED_AT_ONCE) {
            budget.check()?;
            for stored in view.fetch(claims, selection.at)? {
                let names = closure::references(ItemKind::Claim, &stored.bytes)?.into_iter();
                let mut names = names.filter(|(kind, _)| *kind != ItemKind::Claim);
                names.try_for_each(|name| closure.add(name))?;
            }
        }
        Ok(())
    })
}
