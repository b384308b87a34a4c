//! What every store answers: as a plain walk over the rows does.

use super::{Budget, Group, Hit, ItemKind, NewItem, Page, Position, Store, Tally, Totals, View};
use crate::plan::{
    Comparison, Field, Filter, GroupKey, Leaf, Mode, OrderBy, OrderKey, Part, Row, Selection, Shown, Span,
    SpanField, Truth, WordField, number_key, terms,
};
use bytes::Bytes;
use proptest::prelude::*;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// The ledger as plainly as can be.
#[derive(Debug, Default)]
pub(super) struct Naive {
    pub(super) claims: Vec<NaiveClaim>,
    /// When each revision was recorded.
    recorded: Vec<i64>,
}

#[derive(Debug)]
pub(super) struct NaiveClaim {
    row: Row,
    revision: u64,
    version: u32,
    superseded: Option<u64>,
    retracted: Option<u64>,
}

impl Naive {
    fn latest(&self, id: &str) -> Option<usize> {
        self.claims.iter().rposition(|claim| &**claim.row.id() == id)
    }

    /// Commits rows as next versions, and retractions of ids where there is something to retract.
    fn commit(&mut self, rows: &[Row], retractions: &BTreeSet<&str>) -> (i64, Vec<NewItem>) {
        let revision = self.recorded.len() as u64 + 1;
        let recorded = self.recorded.last().copied().unwrap_or(0) + 1 + rows.len() as i64 % 3;
        let mut items = Vec::new();
        for row in rows {
            let before = self.latest(row.id());
            let version = before.map_or(1, |before| self.claims[before].version + 1);
            if let Some(before) = before {
                self.claims[before].superseded = Some(revision);
            }
            let (id, bytes) = (row.id().clone(), Bytes::from(format!("{} {version}", row.id())));
            items.push(NewItem { kind: ItemKind::Claim, id, version, bytes, row: Some(row.clone()) });
            let row = row.clone().committed(recorded, revision, version);
            self.claims.push(NaiveClaim { row, revision, version, superseded: None, retracted: None });
        }
        for &id in retractions {
            let Some(index) = self.latest(id).filter(|_| rows.iter().all(|row| &**row.id() != id)) else {
                continue;
            };
            let claim = &mut self.claims[index];
            if claim.retracted.is_none() {
                claim.retracted = Some(revision);
                let (kind, version, bytes) =
                    (ItemKind::Retraction, claim.version, Bytes::from(format!("not {id}")));
                items.push(NewItem { kind, id: id.into(), version, bytes, row: None });
            }
        }
        self.recorded.push(recorded);
        (recorded, items)
    }

    /// All that a selection finds, newest first.
    fn found(&self, selection: &Selection) -> Vec<(Row, Hit)> {
        let Selection { filter, shown, at } = selection;
        let by = |retired: Option<u64>| retired.is_some_and(|revision| revision <= *at);
        let mut found = Vec::new();
        for (position, claim) in self.claims.iter().enumerate().rev() {
            let is_hidden = claim.revision > *at
                || by(claim.superseded) && !shown.old_versions
                || by(claim.retracted) && !shown.retracted;
            let row = claim.row.clone().with_retracted(by(claim.retracted));
            if let (false, Some(truth)) = (is_hidden, filter.grade(&row)) {
                found.push((row, Hit { position: Position(position as u64), truth }));
            }
        }
        found
    }

    fn ordered(&self, selection: &Selection, order: &[OrderKey]) -> Vec<Hit> {
        let mut found = self.found(selection);
        // The sort is stable, and the newest come first already.
        found.sort_by(|(a, _), (b, _)| {
            order.iter().map(|key| compare(key, a, b)).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
        });
        found.into_iter().map(|(_, hit)| hit).collect()
    }

    fn tally(&self, selection: &Selection, keys: &[GroupKey]) -> Tally {
        let mut groups: BTreeMap<Vec<Option<Arc<str>>>, Totals> = BTreeMap::new();
        for (row, hit) in self.found(selection) {
            let mut combinations = vec![Vec::new()];
            for key in keys {
                let values = values(key, &row);
                combinations = combinations
                    .iter()
                    .flat_map(|group: &Vec<_>| {
                        values
                            .iter()
                            .map(move |value| [group.as_slice(), std::slice::from_ref(value)].concat())
                    })
                    .collect();
            }
            for group in combinations {
                let totals = groups.entry(group).or_default();
                match hit.truth {
                    Truth::Sure => totals.sure += 1,
                    Truth::Possible => totals.possible += 1,
                }
            }
        }
        let mut groups: Vec<Group> =
            groups.into_iter().map(|(keys, totals)| Group { keys, totals }).collect();
        groups.sort_by_key(|Group { keys, totals }| {
            let keys: Vec<_> = keys.iter().map(|key| (key.is_none(), key.clone())).collect();
            (u64::MAX - totals.sure, u64::MAX - totals.possible, keys)
        });
        Tally { groups }
    }
}

fn compare(key: &OrderKey, a: &Row, b: &Row) -> Ordering {
    fn missing_last<T: Ord>(a: Option<T>, b: Option<T>, descending: bool) -> Ordering {
        match (a, b) {
            (Some(a), Some(b)) if descending => b.cmp(&a),
            (Some(a), Some(b)) => a.cmp(&b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        }
    }
    let ends = |row: &Row, field| row.span(field).map(|span| (span.low(), span.high()));
    match &key.by {
        OrderBy::Id => missing_last(Some(a.id()), Some(b.id()), key.descending),
        OrderBy::Term(field) => {
            missing_last(a.terms(*field).first(), b.terms(*field).first(), key.descending)
        }
        OrderBy::Ranked(field, ranks) => {
            let rank = |row: &Row| ranks.get(row.terms(*field).first()?).copied();
            missing_last(rank(a), rank(b), key.descending)
        }
        OrderBy::Span(field) => missing_last(ends(a, *field), ends(b, *field), key.descending),
        OrderBy::Value => {
            let value = |row: &Row| {
                let ends = ends(row, SpanField::Value);
                let first = row.best().or(ends.map(|ends| ends.0))?;
                Some((first, ends.map_or(first, |ends| ends.1)))
            };
            missing_last(value(a), value(b), key.descending)
        }
    }
}

fn values(key: &GroupKey, row: &Row) -> Vec<Option<Arc<str>>> {
    let found = key.values(row);
    if found.is_empty() { vec![None] } else { found.into_iter().map(Some).collect() }
}

const TERM_FIELDS: [Field; 5] = [Field::Actor, Field::Kind, Field::By, Field::Label, Field::Stance];
const SPAN_FIELDS: [SpanField; 7] = [
    SpanField::When,
    SpanField::Value,
    SpanField::Hops,
    SpanField::Deadline,
    SpanField::Recorded,
    SpanField::Revision,
    SpanField::Version,
];
const DAY: i64 = 86_400_000_000;

fn term() -> impl Strategy<Value = String> {
    prop_oneof!["[a-d]", "k\u{1f}[a-c]", "j\u{1f}[a-b]"]
}

fn id() -> impl Strategy<Value = String> {
    "c[0-9]"
}

fn span() -> impl Strategy<Value = Span> {
    let end = || prop_oneof![8 => -3i64..9, 1 => Just(i64::MIN / DAY), 1 => Just(i64::MAX / DAY)];
    (end(), end()).prop_map(|(a, b)| {
        Span::new(a.min(b).saturating_mul(20 * DAY), a.max(b).saturating_mul(20 * DAY)).expect("sorted")
    })
}

/// Intervals that commits, versions and hops may have or be compared with.
fn small_span() -> impl Strategy<Value = Span> {
    (0i64..9, 0i64..4, any::<bool>()).prop_map(|(low, width, is_number)| {
        let key = |n: i64| if is_number { number_key(n as f64) } else { n };
        Span::new(key(low), key(low + width)).expect("sorted")
    })
}

fn row() -> impl Strategy<Value = Row> {
    let words = prop::collection::vec("[u-z]", 0..4);
    let texts = prop::collection::vec((prop::sample::select(TERM_FIELDS.as_slice()), term()), 0..7);
    let spans = prop::collection::vec((0usize..4, span()), 0..4);
    (id(), texts, words, spans, prop::option::of(-5i32..5), 0u8..4).prop_map(
        |(id, texts, words, spans, best, hops)| {
            let mut builder = Row::builder(id.as_str());
            for (field, text) in texts {
                builder.terms(field, [text.as_str()]);
            }
            for (field, span) in spans {
                let field = SPAN_FIELDS[field];
                builder.span(field, (field != SpanField::Hops).then_some(span));
            }
            if hops > 0 {
                builder.span(SpanField::Hops, Some(Span::point(number_key(hops.into()))));
            }
            builder.words(WordField::Text, words.iter().map(String::as_str)).best(best.map(f64::from));
            builder.finish()
        },
    )
}

fn leaf() -> impl Strategy<Value = Leaf> {
    let texts = || prop::collection::vec(term(), 0..4).prop_map(terms);
    let field = || prop::sample::select(TERM_FIELDS.as_slice());
    let span_field = || prop::sample::select(SPAN_FIELDS.as_slice());
    let comparison = prop::sample::select(
        [Comparison::Within, Comparison::Before, Comparison::UpTo, Comparison::After, Comparison::From]
            .as_slice(),
    );
    prop_oneof![
        6 => (field(), texts()).prop_map(|(field, any)| Leaf::Terms { field, any }),
        2 => (field(), texts()).prop_map(|(field, any)| Leaf::Only { field, any }),
        1 => field().prop_map(Leaf::Present),
        1 => span_field().prop_map(Leaf::PresentSpan),
        6 => (span_field(), comparison, prop_oneof![span(), small_span()])
            .prop_map(|(field, comparison, literal)| Leaf::Span { field, comparison, literal }),
        2 => prop::collection::vec("[u-z]", 0..3)
            .prop_map(|words| Leaf::Words { field: WordField::Text, all: terms(words) }),
        1 => prop::collection::vec(id(), 0..3).prop_map(|ids| Leaf::Id(terms(ids))),
        1 => Just(Leaf::Retracted),
    ]
}

fn filter() -> impl Strategy<Value = Filter> {
    let simple = prop_oneof![
        12 => leaf().prop_map(Filter::Leaf),
        1 => any::<bool>().prop_map(Filter::Constant),
        1 => Just(Filter::Unknown),
    ];
    simple.prop_recursive(4, 16, 4, |filter| {
        prop_oneof![
            3 => prop::collection::vec(filter.clone(), 0..4).prop_map(Filter::And),
            2 => prop::collection::vec(filter.clone(), 0..4).prop_map(Filter::Or),
            2 => filter.clone().prop_map(Filter::not),
            1 => (any::<bool>(), filter).prop_map(|(surely, filter)| {
                Filter::Asked(if surely { Mode::Surely } else { Mode::Possibly }, Box::new(filter))
            }),
        ]
    })
}

fn order() -> impl Strategy<Value = Vec<OrderKey>> {
    let ranks: HashMap<Arc<str>, i64> = [("a", 2), ("b", 0), ("d", 1)].map(|(t, r)| (t.into(), r)).into();
    let ranks = Arc::new(ranks);
    let by = prop_oneof![
        Just(OrderBy::Id),
        Just(OrderBy::Value),
        prop::sample::select(TERM_FIELDS.as_slice()).prop_map(OrderBy::Term),
        prop::sample::select(TERM_FIELDS.as_slice())
            .prop_map(move |field| OrderBy::Ranked(field, ranks.clone())),
        prop::sample::select(SPAN_FIELDS.as_slice()).prop_map(OrderBy::Span),
    ];
    prop::collection::vec((by, any::<bool>()).prop_map(|(by, descending)| OrderKey { by, descending }), 0..3)
}

fn group_keys() -> impl Strategy<Value = Vec<GroupKey>> {
    let map: HashMap<Arc<str>, Vec<Arc<str>>> =
        [("a", vec!["x".into()]), ("b", vec!["x".into(), "y".into()]), ("c", Vec::new())]
            .map(|(term, values)| (term.into(), values))
            .into();
    let map = Arc::new(map);
    let field = || prop::sample::select(TERM_FIELDS.as_slice());
    let part = prop::sample::select([Part::Year, Part::Month, Part::Day].as_slice());
    let time = prop::sample::select([SpanField::When, SpanField::Deadline, SpanField::Recorded].as_slice());
    let number = prop::sample::select([SpanField::Hops, SpanField::Version, SpanField::Revision].as_slice());
    let key = prop_oneof![
        field().prop_map(GroupKey::Term),
        Just(GroupKey::Keyed(Field::Label, "k".into())),
        field().prop_map(move |field| GroupKey::Mapped(field, map.clone())),
        (time, part).prop_map(|(field, part)| GroupKey::Part(field, part)),
        number.prop_map(GroupKey::Number),
    ];
    prop::collection::vec(key, 1..3)
}

/// Commits of rows and retractions, and whether what was appended is finished then.
pub(super) type History = Vec<(Vec<Row>, BTreeSet<String>, bool)>;

/// Commits of rows and retractions, and which commits are finished together.
pub(super) fn history() -> impl Strategy<Value = History> {
    let rows = prop::collection::vec(row(), 0..6).prop_map(|mut rows: Vec<Row>| {
        let mut seen = BTreeSet::new();
        rows.retain(|row| seen.insert(row.id().clone()));
        rows
    });
    let retractions = prop::collection::btree_set(id(), 0..2);
    prop::collection::vec((rows, retractions, any::<bool>()), 0..24)
}

/// Writes a history to a store and to the plain model.
pub(super) fn write(history: &History, store: &dyn Store) -> Naive {
    let mut naive = Naive::default();
    let mut writing = store.write().unwrap();
    for (rows, retractions, is_finished) in history {
        let (recorded, items) = naive.commit(rows, &retractions.iter().map(String::as_str).collect());
        writing.expect(&items.iter().map(|item| &*item.id).collect::<Vec<_>>()).unwrap();
        writing.append(recorded, items, None).unwrap();
        if *is_finished {
            writing.finish(&mut || {}).unwrap();
            writing = store.write().unwrap();
        }
    }
    writing.finish(&mut || {}).unwrap();
    naive
}

#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) selection: Selection,
    pub(super) order: Vec<OrderKey>,
    pub(super) keys: Vec<GroupKey>,
    pub(super) limit: usize,
}

pub(super) fn case() -> impl Strategy<Value = Case> {
    let shown = any::<(bool, bool)>().prop_map(|(retracted, old_versions)| Shown { retracted, old_versions });
    let at = prop_oneof![2 => 0u64..26, 1 => Just(u64::MAX)];
    let selection = (filter(), shown, at).prop_map(|(filter, shown, at)| Selection { filter, shown, at });
    (selection, order(), group_keys(), 1usize..7).prop_map(|(selection, order, keys, limit)| Case {
        selection,
        order,
        keys,
        limit,
    })
}

pub(super) fn check(view: &dyn View, naive: &Naive, case: &Case) {
    let Case { selection, order, keys, limit } = case;
    let budget = Budget::default();
    let expected = naive.ordered(selection, order);
    let page = view.select(selection, order, None, usize::MAX, &budget).unwrap();
    assert_eq!(page, Page { hits: expected.clone(), more: false });

    let mut pages = Vec::new();
    loop {
        let after = pages.last().map(|hit: &Hit| hit.position);
        let page = view.select(selection, order, after, *limit, &budget).unwrap();
        assert!(page.hits.len() <= *limit);
        assert_eq!(page.more, pages.len() + page.hits.len() < expected.len());
        pages.extend(page.hits);
        if !page.more {
            break;
        }
    }
    assert_eq!(pages, expected);

    let sure = expected.iter().filter(|hit| hit.truth == Truth::Sure).count() as u64;
    let possible = expected.len() as u64 - sure;
    assert_eq!(view.count(selection, &budget).unwrap(), Totals { sure, possible });

    let tally = view.tally(selection, keys, usize::MAX, &budget).unwrap();
    assert_eq!(tally, naive.tally(selection, keys));
    if tally.groups.len() > 1 {
        assert_eq!(
            view.tally(selection, keys, tally.groups.len() - 1, &budget).unwrap_err().to_string(),
            format!("the rows fall into more than {} groups", tally.groups.len() - 1)
        );
    }
}

/// Scans, from every position of the first claims on.
pub(super) fn check_scans(view: &dyn View, naive: &Naive, case: &Case) {
    let budget = Budget::default();
    let expected: Vec<Position> =
        naive.found(&case.selection).iter().rev().map(|(_, hit)| hit.position).collect();
    for from in 0..8 {
        let (mut found, mut next) = (Vec::new(), Some(Position(from)));
        while let Some(from) = next {
            let (some, following) = view.scan(&case.selection, from, &budget).unwrap();
            found.extend(some);
            next = following;
        }
        assert_eq!(found, expected.iter().copied().filter(|it| it.0 >= from).collect::<Vec<_>>());
    }
}

/// What is asked by id and by position.
pub(super) fn check_claims(view: &dyn View, naive: &Naive, at: u64) {
    for id in (0..10).map(|n| format!("c{n}")) {
        let is_version = |claim: &NaiveClaim| claim.revision <= at && **claim.row.id() == *id;
        let versions: Vec<Position> = (0..)
            .zip(&naive.claims)
            .filter(|(_, claim)| is_version(claim))
            .map(|(position, _)| Position(position))
            .collect();
        assert_eq!(view.latest(&id, at).unwrap(), versions.last().copied());
        assert_eq!(view.versions(&[id.into()], at).unwrap(), [versions]);
    }
    let positions: Vec<Position> = (0..naive.claims.len() as u64).map(Position).collect();
    for (stored, claim) in view.fetch(&positions, at).unwrap().iter().zip(&naive.claims) {
        let (id, version) = (claim.row.id(), claim.version);
        assert_eq!((&stored.id, stored.version, stored.revision), (id, version, claim.revision));
        assert_eq!(stored.bytes, format!("{id} {version}"));
        assert_eq!(stored.recorded, naive.recorded[claim.revision as usize - 1]);
        let retracted = claim.retracted.filter(|&revision| revision <= at);
        assert_eq!(stored.retraction.as_ref().map(|retraction| retraction.revision), retracted);
        if let Some(retraction) = &stored.retraction {
            assert_eq!(retraction.bytes, format!("not {id}"));
        }
    }
}
