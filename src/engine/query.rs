//! Answering a query: one immutable view of the store, one registry, one page.

use super::Engine;
use super::answer::{Answer, Remark, Results, Table, TableColumn};
use super::explain::{self, Spent};
use super::pool::Pool;
use super::token::{Fingerprint, PageToken, TokenError};
use super::views::{AskedView, ViewPage};
use crate::analysis::Cell;
use crate::language::ast::TextSpan;
use crate::language::attributes::{Attribute, ValueType};
use crate::language::{
    self, AsOf, Diagnostic, GroupColumn, GroupOrder, Grouping, Output, Parameter, Parameters, Problem,
    Resolved,
};
use crate::model::Timestamp;
use crate::registry::Registry;
use crate::store::{Budget, Commit, Digest, Group, Hit, Position, ReadError, Totals, View};
use crate::wire::item::ItemError;
use std::cmp::Ordering;
use std::sync::Arc;
use std::time::Instant;

/// Items of a page unless the caller asks for another number.
pub const DEFAULT_PAGE_SIZE: usize = 50;
/// Items of a page at the most; who asks for more gets this many.
pub const MAX_PAGE_SIZE: usize = 1_000;
/// Groups of a `count by` at the most.
pub const MAX_GROUPS: usize = 10_000;
/// A page ends when its claims come to this many bytes, so that an answer stays under gRPC's usual
/// receive limit of 4 MiB.
const PAGE_BYTES: usize = 1 << 20;

/// A query and how it is to be answered.
#[derive(Clone, Debug, Default)]
pub struct QueryRequest {
    /// The query.
    pub text: String,
    /// Values for its `$parameters`.
    pub parameters: Parameters,
    /// Items of the page at the most; 0 stands for [`DEFAULT_PAGE_SIZE`].
    pub page_size: usize,
    /// The `next_page_token` of the page before; empty for the first.
    pub page_token: String,
    /// Which revision to answer at.
    pub consistency: Consistency,
    /// Whether to count all that match.
    pub include_totals: bool,
}

/// Which revision a query is answered at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Consistency {
    /// The latest that this server has.
    #[default]
    Latest,
    /// The latest, but not before this one.
    AtLeast(u64),
    /// This one.
    Exactly(u64),
}

impl Consistency {
    /// The revision to answer at, where this is the latest that is here.
    pub(super) fn revision(self, latest: u64) -> Result<u64, QueryError> {
        match self {
            Self::AtLeast(asked) | Self::Exactly(asked) if asked > latest => {
                Err(QueryError::NotYet { asked, latest })
            }
            Self::Latest | Self::AtLeast(_) => Ok(latest),
            Self::Exactly(asked) => Ok(asked),
        }
    }
}

/// Why a query was not answered.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The query does not mean anything.
    #[error("{}", diagnostic.render(text))]
    Query {
        /// The query.
        text: String,
        /// What is wrong with it.
        diagnostic: Box<Diagnostic>,
    },
    /// The page token cannot be used.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The revision asked for is not here yet.
    #[error("revision {asked} is not here yet: the latest is {latest}")]
    NotYet {
        /// The one asked for.
        asked: u64,
        /// The latest that this server has.
        latest: u64,
    },
    /// A table would have more groups than the bound.
    #[error("there are more than {MAX_GROUPS} groups: group by less, or narrow `where`")]
    TooManyGroups,
    /// The store could not answer.
    #[error(transparent)]
    Read(ReadError),
    /// What is stored could not be read.
    #[error("a stored claim cannot be read: {0}")]
    Item(#[from] ItemError),
}

impl From<ReadError> for QueryError {
    fn from(error: ReadError) -> Self {
        if matches!(error, ReadError::TooManyGroups { .. }) { Self::TooManyGroups } else { Self::Read(error) }
    }
}

/// How far a paged answer has come.
#[derive(Clone, Copy, Default)]
struct Progress {
    /// The last item that was given.
    after: Option<Position>,
    /// How many were.
    given: u64,
}

impl Engine {
    /// Answers one page of a query: computing over a snapshot, and reading from disk.
    ///
    /// # Errors
    /// The query is refused, or it could not be answered within the budget.
    pub fn query(&self, request: &QueryRequest, budget: &Budget) -> Result<Answer, QueryError> {
        self.answer(request, budget, false)
    }

    /// Says how a query is understood, whether it begins with `explain` or not; the results are
    /// [`Results::Explanation`].
    ///
    /// # Errors
    /// As [`Self::query`].
    pub fn explain(&self, request: &QueryRequest, budget: &Budget) -> Result<Answer, QueryError> {
        self.answer(request, budget, true)
    }

    fn answer(
        &self,
        request: &QueryRequest,
        budget: &Budget,
        is_explained: bool,
    ) -> Result<Answer, QueryError> {
        let text = &request.text;
        let view = self.store.view();
        let refused = |registry: &Registry, now, diagnostic| {
            refused(text, registry, &request.parameters, now, diagnostic)
        };
        let started = Instant::now();
        let mut query = language::parse(text).map_err(|diagnostic| {
            refused(&self.registry_at(view.head().revision), Self::now(), diagnostic)
        })?;
        query.is_explained |= is_explained;
        let parse = started.elapsed();
        let canonical = query.to_string();
        let fingerprint = fingerprint(&canonical, &request.parameters);
        let token = page_token(request, fingerprint)?;

        let now = token.map_or_else(Self::now, |token| Timestamp(token.now));
        let pinned = token.map_or(request.consistency, |token| Consistency::Exactly(token.revision));
        let base = pinned.revision(view.head().revision)?;
        let at = match language::as_of(&query, &request.parameters, now, base)
            .map_err(|diagnostic| refused(&self.registry_at(base), now, diagnostic))?
        {
            None => base,
            Some(AsOf::Time(time)) => view.revision_at(time.0)?.min(base),
            Some(AsOf::Revision(revision)) => revision,
        };
        let registry = self.registry_at(at);
        let started = Instant::now();
        let resolved = language::resolve(&query, text, &registry, &request.parameters, now).map_err(
            |mut diagnostic| {
                self.date(&mut diagnostic, &*view, at, base);
                refused(&registry, now, diagnostic)
            },
        )?;
        let spent = Spent { parse, resolve: started.elapsed(), ..Spent::default() };

        let asked = Asked {
            pool: Pool::new(&resolved, &*view, &registry, at, budget),
            resolved: &resolved,
            registry: &registry,
            text,
            output_at: query.output.as_ref().map_or(TextSpan::default(), |output| output.span),
        };
        if let Some(explained) = &resolved.explained {
            let explanation = explain::explanation(explained, &resolved.names, &asked.pool, spent)?;
            let totals = request.include_totals.then_some(explanation.totals);
            let results = Results::Explanation(Box::new(explanation));
            let (remarks, commit) = (asked.remarks(true)?, commit(&*view, at)?);
            let next_page_token = None;
            return Ok(Answer {
                results,
                next_page_token,
                canonical,
                commit,
                now,
                totals,
                remarks,
                registry,
            });
        }
        let totals = match token {
            Some(token) => token.totals.map(|(sure, possible)| Totals { sure, possible }),
            None if request.include_totals => Some(asked.pool.count(&resolved.filter)?),
            None => None,
        };
        // What is to be said of the whole answer is said with its first page.
        let remarks = if token.is_none() { asked.remarks(request.include_totals)? } else { Vec::new() };
        let progress = token.map_or_else(Progress::default, |token| Progress {
            after: Some(Position(token.after)),
            given: token.given,
        });
        let (results, next) = asked.page(progress, page_size(request.page_size))?;
        let next_page_token = next.map(|next| {
            let token = PageToken {
                fingerprint,
                revision: base,
                now: now.0,
                after: next.after.map_or(0, |after| after.0),
                given: next.given,
                totals: totals.map(|totals| (totals.sure, totals.possible)),
            };
            token.encode()
        });
        let commit = commit(&*view, at)?;
        Ok(Answer { results, next_page_token, canonical, commit, now, totals, remarks, registry })
    }
}

impl Engine {
    /// Says since when a name is known that was not at revision `at`, but is at `base`.
    fn date(&self, diagnostic: &mut Diagnostic, view: &dyn View, at: u64, base: u64) {
        let Problem::UnknownName(unknown) = &mut diagnostic.problem else { return };
        let is_known = |revision: u64| unknown.is_known(&self.registry_at(revision));
        if at >= base || !is_known(base) {
            return;
        }
        let (mut before, mut since) = (at, base);
        while before + 1 < since {
            let middle = before + (since - before) / 2;
            if is_known(middle) { since = middle } else { before = middle }
        }
        // Without its commit, which is there, the error says less.
        unknown.since = view.commit(since).ok().flatten().map(|commit| (since, Timestamp(commit.recorded)));
    }
}

/// A query that means something, and what it is asked of.
struct Asked<'a> {
    pool: Pool<'a>,
    resolved: &'a Resolved,
    registry: &'a Arc<Registry>,
    text: &'a str,
    /// Where the query says what to answer with.
    output_at: TextSpan,
}

impl Asked<'_> {
    /// A page and, if there is more, how far the answer has come with it.
    fn page(&self, progress: Progress, page_size: usize) -> Result<(Results, Option<Progress>), QueryError> {
        let left = self.resolved.limit.map_or(u64::MAX, |limit| limit.saturating_sub(progress.given));
        let size = page_size.min(usize::try_from(left).unwrap_or(usize::MAX));
        match &self.resolved.output {
            Output::Count(keys) => return self.count_page(keys, progress, size, left),
            Output::View(view, keys) => return self.view_page(*view, keys, progress, size, left),
            Output::Items | Output::List(_) => {}
        }
        if size == 0 {
            return Ok((self.items(&[])?.0, None));
        }
        let filter = &self.resolved.filter;
        let page = self.pool.select(filter, &self.resolved.order, progress.after, size).map_err(forged)?;
        let (results, given) = self.items(&page.hits)?;
        let is_cut = given < page.hits.len();
        let next = Progress {
            after: given.checked_sub(1).map(|last| page.hits[last].position),
            given: progress.given.saturating_add(given as u64),
        };
        let goes_on = (is_cut || page.more) && (given as u64) < left;
        Ok((results, goes_on.then_some(next)))
    }

    /// The items that were found, or rows of them; fewer than were found if they are large.
    fn items(&self, hits: &[Hit]) -> Result<(Results, usize), QueryError> {
        match &self.resolved.output {
            Output::Items => self.pool.items(hits, PAGE_BYTES),
            Output::List(columns) => {
                let mut cells = self.pool.cells(hits, columns, self.registry, PAGE_BYTES)?;
                let given = rows_within(&cells, PAGE_BYTES);
                cells.truncate(given);
                let rows = cells.into_iter().zip(hits).map(|(cells, hit)| (cells, Some(hit.truth))).collect();
                let columns = columns.iter().map(|column| TableColumn::of(&column.attribute)).collect();
                Ok((Results::Table(Table { columns, rows }), given))
            }
            Output::Count(_) | Output::View(..) => unreachable!("`page` answers them with groups and rows"),
        }
    }

    fn count_page(
        &self,
        keys: &[Grouping],
        progress: Progress,
        size: usize,
        left: u64,
    ) -> Result<(Results, Option<Progress>), QueryError> {
        let filter = &self.resolved.filter;
        let mut groups = if keys.is_empty() {
            vec![Group { keys: Vec::new(), totals: self.pool.count(filter)? }]
        } else {
            let keys: Vec<_> = keys.iter().map(|grouping| grouping.key.clone()).collect();
            self.pool.tally(filter, &keys, MAX_GROUPS)?.groups
        };
        sort_groups(&mut groups, keys, &self.resolved.group_order);
        let before = usize::try_from(progress.given).unwrap_or(usize::MAX);
        let count = groups.len();
        let rows: Vec<_> =
            groups.into_iter().skip(before).take(size).map(|group| (group_cells(group), None)).collect();
        let given = progress.given.saturating_add(rows.len() as u64);
        let goes_on = given < count as u64 && (rows.len() as u64) < left;
        let columns = keys.iter().map(|grouping| TableColumn::of(&grouping.attribute));
        let columns = columns.chain(["sure", "possible"].map(TableColumn::plain)).collect();
        let next = Progress { after: Some(Position(given)), given };
        Ok((Results::Table(Table { columns, rows }), goes_on.then_some(next)))
    }

    /// A page of a view, which is computed anew for each.
    fn view_page(
        &self,
        view: language::View,
        keys: &[Grouping],
        progress: Progress,
        size: usize,
        left: u64,
    ) -> Result<(Results, Option<Progress>), QueryError> {
        let Resolved { filter, view_order: order, .. } = self.resolved;
        let asked = AskedView { view, at: self.output_at, keys, order, filter };
        let rows = asked.rows(&self.pool, self.registry, self.text)?;
        let before = usize::try_from(progress.given).unwrap_or(usize::MAX);
        let (rows, given, more) = rows.page(before, size, PAGE_BYTES);
        let keys = keys.iter().map(|grouping| TableColumn::of(&grouping.attribute)).collect();
        let goes_on = more && (given as u64) < left;
        let given = progress.given.saturating_add(given as u64);
        let next = Progress { after: Some(Position(given)), given };
        Ok((Results::View(ViewPage { keys, rows }), goes_on.then_some(next)))
    }

    fn remarks(&self, counted: bool) -> Result<Vec<Remark>, QueryError> {
        let mut remarks = Vec::new();
        for notice in &self.resolved.notices {
            remarks.extend(self.pool.remark(notice, &self.resolved.filter, counted)?);
        }
        Ok(remarks)
    }
}

pub(super) fn fingerprint(canonical: &str, parameters: &Parameters) -> Fingerprint {
    let mut parts: Vec<&[u8]> = vec![canonical.as_bytes()];
    for (name, value) in parameters {
        parts.push(name.as_bytes());
        match value {
            Parameter::One(text) => parts.extend([b"one".as_slice(), text.as_bytes()]),
            Parameter::List(texts) => {
                parts.push(b"list");
                parts.extend(texts.iter().flat_map(|text| [b"item".as_slice(), text.as_bytes()]));
                parts.push(b"end");
            }
        }
    }
    Fingerprint::new(&parts)
}

/// The refusal of a query, with those of its edits that lead on.
pub(super) fn refused(
    text: &str,
    registry: &Registry,
    parameters: &Parameters,
    now: Timestamp,
    mut diagnostic: Box<Diagnostic>,
) -> QueryError {
    language::sift(&mut diagnostic, text, registry, parameters, now);
    QueryError::Query { text: text.to_owned(), diagnostic }
}

fn page_token(request: &QueryRequest, fingerprint: Fingerprint) -> Result<Option<PageToken>, TokenError> {
    if request.page_token.is_empty() {
        return Ok(None);
    }
    let token = PageToken::decode(&request.page_token)?;
    if token.fingerprint != fingerprint {
        return Err(TokenError::OtherQuery);
    }
    match request.consistency {
        Consistency::Exactly(asked) if asked != token.revision => {
            Err(TokenError::OtherRevision { token: token.revision, asked })
        }
        Consistency::Latest | Consistency::AtLeast(_) | Consistency::Exactly(_) => Ok(Some(token)),
    }
}

/// A page can only begin after no claim of ours if its token is not ours: a checksum is no secret.
fn forged(error: QueryError) -> QueryError {
    let is_nowhere = matches!(error, QueryError::Read(ReadError::NoSuchPosition { .. }));
    if is_nowhere { TokenError::Damaged.into() } else { error }
}

/// How many rows come to at most so many bytes; one at least, if there is one.
fn rows_within(rows: &[Vec<Cell>], max_bytes: usize) -> usize {
    fn bytes(cell: &Cell) -> usize {
        match cell {
            Cell::Text(text) => text.len(),
            Cell::List(cells) => cells.iter().map(bytes).sum(),
            Cell::Missing | Cell::Number(_) | Cell::Bool(_) => 8,
        }
    }
    let mut sum = 0;
    let within = rows.iter().take_while(|row| {
        sum += row.iter().map(bytes).sum::<usize>();
        sum <= max_bytes
    });
    within.count().max(1).min(rows.len())
}

fn page_size(asked: usize) -> usize {
    if asked == 0 { DEFAULT_PAGE_SIZE } else { asked.min(MAX_PAGE_SIZE) }
}

/// The commit of a revision; revision 0 is the empty ledger.
pub(super) fn commit(view: &dyn View, revision: u64) -> Result<Commit, ReadError> {
    Ok(view.commit(revision)?.unwrap_or(Commit { revision: 0, digest: Digest::EMPTY, recorded: 0 }))
}

/// Where a group's key stands in the order of its attribute; what stands in none is as if missing.
pub(super) fn place<'a>(key: Option<&'a str>, attribute: &Attribute) -> Option<(usize, &'a str)> {
    let key = key?;
    match attribute.value() {
        ValueType::Number => key.parse().ok().map(|number| (number, key)),
        ValueType::Vocabulary(vocabulary) if attribute.value().is_ordered() => {
            vocabulary.ascending().iter().position(|word| *word == key).map(|rank| (rank, key))
        }
        ValueType::Vocabulary(_)
        | ValueType::Entity(_)
        | ValueType::Source
        | ValueType::Document
        | ValueType::Quantity
        | ValueType::Time
        | ValueType::YesNo
        | ValueType::Text
        | ValueType::Name
        | ValueType::Free => Some((0, key)),
    }
}

/// Sorts groups; they come by sure, then possible, then keys, and ties stay so.
fn sort_groups(groups: &mut [Group], keys: &[Grouping], order: &[GroupOrder]) {
    let compare = |a: &Group, b: &Group, order: &GroupOrder| {
        let ordering = match order.by {
            GroupColumn::Sure => a.totals.sure.cmp(&b.totals.sure),
            GroupColumn::Possible => a.totals.possible.cmp(&b.totals.possible),
            GroupColumn::Key(index) => {
                match [a, b].map(|group| place(group.keys[index].as_deref(), &keys[index].attribute)).into() {
                    (None, None) => return Ordering::Equal,
                    // What is missing comes last, descending too.
                    (None, Some(_)) => return Ordering::Greater,
                    (Some(_), None) => return Ordering::Less,
                    (Some(a), Some(b)) => a.cmp(&b),
                }
            }
        };
        if order.descending { ordering.reverse() } else { ordering }
    };
    groups.sort_by(|a, b| {
        order
            .iter()
            .map(|order| compare(a, b, order))
            .find(|ordering| ordering.is_ne())
            .unwrap_or(Ordering::Equal)
    });
}

fn group_cells(group: Group) -> Vec<Cell> {
    let keys = group
        .keys
        .into_iter()
        .map(|key| key.map_or(Cell::Missing, |key| Cell::Text(key.as_ref().to_owned())));
    let count = |count: u64| Cell::Number(count as f64);
    keys.chain([count(group.totals.sure), count(group.totals.possible)]).collect()
}
