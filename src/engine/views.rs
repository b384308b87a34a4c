//! Computing a view: the claims that it reads, group by group, and one page of its rows.

use super::answer::TableColumn;
use super::gather::{GatherError, MAX_VIEW_CLAIMS};
use super::pool::{Claims, Pool};
use super::query::{MAX_GROUPS, QueryError, place};
use crate::analysis::{
    self, BreachRow, Columns, ConflictRow, CorroborationRow, DriftRow, EnvelopeRow, GroupValues, LatestRow,
    Lineage, Member, Reading, Sortable, TimelineRow, TooMuch, TotalRow, Work,
};
use crate::language::ast::TextSpan;
use crate::language::{Diagnostic, Grouping, Problem, View, ViewColumn, ViewOrder};
use crate::plan::{Filter, GroupKey};
use crate::registry::Registry;
use std::cmp::Ordering;

/// Pairs of claims that a view looks at, at the most.
pub const MAX_VIEW_PAIRS: u64 = 5_000_000;

/// Claims of all groups of a view together, at the most: a claim counts in each of its groups.
pub const MAX_GROUPED_CLAIMS: u64 = 4 * MAX_VIEW_CLAIMS as u64;

/// A page of a view's rows.
#[derive(Debug)]
pub struct ViewPage {
    /// The group keys.
    pub keys: Vec<TableColumn>,
    /// The rows.
    pub rows: ViewRows,
}

/// The rows of a view, in order.
#[derive(Debug)]
#[expect(missing_docs, reason = "each is documented as a view of the language")]
pub enum ViewRows {
    Envelope(Vec<InGroup<EnvelopeRow>>),
    Latest(Vec<InGroup<LatestRow>>),
    Total(Vec<InGroup<TotalRow>>),
    Conflicts(Vec<InGroup<ConflictRow>>),
    Corroboration(Vec<InGroup<CorroborationRow>>),
    Timeline(Vec<InGroup<TimelineRow>>),
    Breaches(Vec<InGroup<BreachRow>>),
    Drift(Vec<InGroup<DriftRow>>),
}

/// A row and the group that it belongs to.
#[derive(Clone, Debug)]
pub struct InGroup<T> {
    /// The group's values, one for each key.
    pub group: GroupValues,
    /// The row.
    pub row: T,
    /// Whether the page before holds a part of it.
    pub is_continued: bool,
}

/// A view that is asked for.
pub(super) struct AskedView<'a> {
    pub(super) view: View,
    /// Where the query says so.
    pub(super) at: TextSpan,
    pub(super) keys: &'a [Grouping],
    pub(super) order: &'a [ViewOrder],
    pub(super) filter: &'a Filter,
}

impl AskedView<'_> {
    /// All rows.
    pub(super) fn rows(
        &self,
        pool: &Pool<'_>,
        registry: &Registry,
        text: &str,
    ) -> Result<ViewRows, QueryError> {
        let Pool::Claims(claims) = pool else { unreachable!("`resolve` refuses views of other items") };
        self.computed(claims, registry).map_err(|error| match error {
            ViewError::Query(error) => error,
            ViewError::TooMany(more) => self.too_broad(text, &more),
        })
    }

    fn computed(&self, claims: &Claims<'_>, registry: &Registry) -> Result<ViewRows, ViewError> {
        let selected = claims.members(self.filter, self.view.reads())?;
        let reading = match self.view {
            View::Conflicts => Reading::AssertedOrDenied,
            View::Drift => Reading::Everything,
            View::Envelope
            | View::Latest
            | View::Total
            | View::Corroboration
            | View::Timeline
            | View::Breaches => Reading::Asserted,
        };
        let read = |selected: Vec<Member>, reading: Reading| -> Result<Vec<Member>, ViewError> {
            let kin =
                if reading == Reading::Everything { Default::default() } else { claims.kin(&selected)? };
            Ok(reading.of(selected, &kin))
        };
        let members = read(selected, reading)?;
        let lineage = Lineage::new(registry);
        let lineage = &lineage;
        let mut work = Work::new(MAX_VIEW_PAIRS);
        let work = &mut work;
        Ok(match self.view {
            View::Envelope => ViewRows::Envelope(
                self.grouped(&members, |members| Ok(analysis::envelope(members, lineage)))?,
            ),
            View::Latest => {
                ViewRows::Latest(self.grouped(&members, |members| Ok(analysis::latest(members, lineage)))?)
            }
            View::Total => {
                ViewRows::Total(self.grouped(&members, |members| Ok(analysis::total(members, lineage)))?)
            }
            View::Conflicts => ViewRows::Conflicts(
                self.grouped(&members, |members| analysis::conflicts(members, lineage, work))?,
            ),
            View::Corroboration => {
                let states = read(claims.states(&members)?, Reading::Asserted)?;
                let states = analysis::States::new(&states, lineage);
                ViewRows::Corroboration(
                    self.grouped(&members, |members| {
                        analysis::corroboration(members, &states, lineage, work)
                    })?,
                )
            }
            View::Timeline => ViewRows::Timeline(
                self.grouped(&members, |members| Ok(analysis::timeline(members, lineage)))?,
            ),
            View::Breaches => {
                let norms = read(claims.norms()?, Reading::Asserted)?;
                let rules = analysis::Rules::new(&norms, lineage);
                ViewRows::Breaches(
                    self.grouped(&members, |members| analysis::breaches(members, &rules, lineage, work))?,
                )
            }
            View::Drift => {
                let origins = claims.origins(&members)?;
                ViewRows::Drift(
                    self.grouped(&members, |members| analysis::drift(members, &origins, lineage, work))?,
                )
            }
        })
    }

    /// The rows of each group, in the order asked for.
    fn grouped<T: Columns>(
        &self,
        members: &[Member],
        mut rows: impl FnMut(&[&Member]) -> Result<Vec<T>, TooMuch>,
    ) -> Result<Vec<InGroup<T>>, ViewError> {
        let keys: Vec<GroupKey> = self.keys.iter().map(|grouping| grouping.key.clone()).collect();
        let mut room = Work::new(MAX_GROUPED_CLAIMS);
        let groups = analysis::grouped(members, &keys, &mut room)
            .map_err(|TooMuch| ViewError::TooMany(TooBroad::Grouped))?;
        if groups.len() > MAX_GROUPS {
            return Err(ViewError::Query(QueryError::TooManyGroups));
        }
        let mut found = Vec::new();
        for (group, members) in groups {
            let rows = rows(&members)?.into_iter();
            found.extend(rows.map(|row| InGroup { group: group.clone(), row, is_continued: false }));
        }
        // Groups come by the text of their values; those of some keys have another order.
        let by_keys = (0..keys.len()).map(|key| ViewOrder { by: ViewColumn::Key(key), descending: false });
        let order: Vec<ViewOrder> = self.order.iter().copied().chain(by_keys).collect();
        found.sort_by(|a, b| compare(a, b, self.keys, &order));
        Ok(found)
    }

    fn too_broad(&self, text: &str, why: &TooBroad) -> QueryError {
        let end = self.at.start + self.view.as_str().len();
        let problem = Problem::TooBroad(format!("`{}` {why}", self.view));
        let diagnostic = Diagnostic::new(problem, TextSpan::new(self.at.start, end), self.view.as_str());
        QueryError::Query { text: text.to_owned(), diagnostic: Box::new(diagnostic) }
    }
}

/// Why a view was not computed.
enum ViewError {
    Query(QueryError),
    TooMany(TooBroad),
}

/// More than a view takes on.
#[derive(thiserror::Error, Debug)]
enum TooBroad {
    #[error("reads at most {MAX_VIEW_CLAIMS} claims: narrow `where`, as by `actor`, `kind` or `when`")]
    Claims,
    #[error(
        "looks at most at {MAX_VIEW_PAIRS} pairs of claims: narrow `where`, as by `actor`, `kind` or `when`"
    )]
    Pairs,
    #[error(
        "reads at most {MAX_GROUPED_CLAIMS} claims in all groups together: group by less, or narrow `where`"
    )]
    Grouped,
}

impl From<QueryError> for ViewError {
    fn from(error: QueryError) -> Self {
        Self::Query(error)
    }
}

impl From<GatherError> for ViewError {
    fn from(error: GatherError) -> Self {
        match error {
            GatherError::TooMany => Self::TooMany(TooBroad::Claims),
            GatherError::Query(error) => Self::Query(error),
        }
    }
}

impl From<TooMuch> for ViewError {
    fn from(_: TooMuch) -> Self {
        Self::TooMany(TooBroad::Pairs)
    }
}

fn compare<T: Columns>(a: &InGroup<T>, b: &InGroup<T>, keys: &[Grouping], order: &[ViewOrder]) -> Ordering {
    let by = |order: &ViewOrder| match order.by {
        ViewColumn::Key(key) => {
            let [a, b] = [a, b].map(|row| place(row.group[key].as_deref(), &keys[key].attribute));
            missing_last(a.as_ref(), b.as_ref(), order, Ord::cmp)
        }
        ViewColumn::Own(name) => {
            let (a, b) = (a.row.column(name), b.row.column(name));
            missing_last(a.as_ref(), b.as_ref(), order, Sortable::compare)
        }
    };
    order.iter().map(by).find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
}

/// What is missing comes last, descending too.
fn missing_last<T>(
    a: Option<&T>,
    b: Option<&T>,
    order: &ViewOrder,
    compare: impl Fn(&T, &T) -> Ordering,
) -> Ordering {
    match (a, b) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(a), Some(b)) if order.descending => compare(b, a),
        (Some(a), Some(b)) => compare(a, b),
    }
}

impl ViewRows {
    /// So many rows after so many others, or fewer if they are large, but one at least; and whether
    /// there are more.
    pub(super) fn page(self, before: usize, size: usize, max_bytes: usize) -> (Self, usize, bool) {
        match self {
            Self::Envelope(rows) => map(page(rows, before, size, max_bytes), Self::Envelope),
            Self::Latest(rows) => map(page(rows, before, size, max_bytes), Self::Latest),
            Self::Total(rows) => map(page(rows, before, size, max_bytes), Self::Total),
            Self::Conflicts(rows) => map(page(rows, before, size, max_bytes), Self::Conflicts),
            Self::Corroboration(rows) => map(page(rows, before, size, max_bytes), Self::Corroboration),
            Self::Timeline(rows) => map(timelines(rows, before, size, max_bytes), Self::Timeline),
            Self::Breaches(rows) => map(page(rows, before, size, max_bytes), Self::Breaches),
            Self::Drift(rows) => map(page(rows, before, size, max_bytes), Self::Drift),
        }
    }
}

/// Rows, how many there are of them, and whether there are more.
type Paged<T> = (Vec<InGroup<T>>, usize, bool);

fn map<T>(
    (rows, given, more): Paged<T>,
    of: impl Fn(Vec<InGroup<T>>) -> ViewRows,
) -> (ViewRows, usize, bool) {
    (of(rows), given, more)
}

fn page<T: Columns>(rows: Vec<InGroup<T>>, before: usize, size: usize, max_bytes: usize) -> Paged<T> {
    let left = rows.len().saturating_sub(before);
    let mut bytes = 0;
    let within = |row: &InGroup<T>| {
        let is_first = bytes == 0;
        bytes += row.row.weight() + group_weight(&row.group);
        is_first || bytes <= max_bytes
    };
    let page: Vec<_> = rows.into_iter().skip(before).take(size).take_while(within).collect();
    let given = page.len();
    (page, given, given < left)
}

/// About how many bytes the values of a group have when they are sent.
fn group_weight(group: &GroupValues) -> usize {
    group.iter().map(|value| value.as_ref().map_or(0, |value| value.len()) + 32).sum()
}

/// As [`page`], counting the entries of timelines; one that is cut goes on in the next page.
fn timelines(
    rows: Vec<InGroup<TimelineRow>>,
    before: usize,
    size: usize,
    max_bytes: usize,
) -> Paged<TimelineRow> {
    let mut skipped = 0;
    let mut given = 0;
    let mut bytes = 0;
    let mut page = Vec::new();
    let mut more = false;
    for InGroup { group, row, .. } in rows {
        let TimelineRow { subject, entries } = row;
        let skip = entries.len().min(before - skipped);
        skipped += skip;
        let count = entries.len() - skip;
        let mut taken = Vec::new();
        if count > 0 {
            bytes += subject.weight() + group_weight(&group);
        }
        for entry in entries.into_iter().skip(skip) {
            bytes += entry.weight();
            if given == size || given > 0 && bytes > max_bytes {
                break;
            }
            given += 1;
            taken.push(entry);
        }
        more = taken.len() < count;
        if !taken.is_empty() {
            let row = TimelineRow { subject, entries: taken };
            page.push(InGroup { group, row, is_continued: skip > 0 });
        }
        if more {
            break;
        }
    }
    (page, given, more)
}
