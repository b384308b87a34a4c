//! What a query must be answered with: what it finds, in which order, and the tables that it makes.

use super::attributes::{Attribute, Sort, Subject, Value, figure, values, written};
use super::evaluate::{Circumstances, time};
use super::history::{History, Item, Ledger, Version};
use super::intervals::{Interval, Known};
use sayso::analysis::Cell;
use sayso::language::ast::{self, AsOf, Expr, Number, Output, Query, SortKey};
use sayso::language::{Parameter, Parameters};
use sayso::model::Timestamp;
use sayso::plan::Truth;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound::{Excluded, Included, Unbounded};

/// The whole answer to a query, all its pages together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    /// How many match surely, and how many possibly.
    pub(super) totals: (u64, u64),
    pub(super) results: Results,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Results {
    /// Ids with their versions and how they match.
    Items(Vec<(String, u32, Truth)>),
    /// Rows of cells, graded if each stands for one item.
    Table(Vec<Row>),
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let graded = |truth: Option<Truth>| match truth {
            Some(Truth::Possible) => " possibly",
            Some(Truth::Sure) | None => "",
        };
        write!(f, "{} sure, {} possible:", self.totals.0, self.totals.1)?;
        match &self.results {
            Results::Items(items) => items
                .iter()
                .try_for_each(|(id, version, truth)| write!(f, " {id}@{version}{},", graded(Some(*truth)))),
            Results::Table(rows) => {
                rows.iter().try_for_each(|(cells, truth)| write!(f, "\n  {cells:?}{}", graded(*truth)))
            }
        }
    }
}

/// The cells of a row, graded if it stands for one item.
type Row = (Vec<Cell>, Option<Truth>);

/// Answers a query by going through everything that was ever recorded.
pub(super) fn answer(
    query: &Query,
    parameters: &Parameters,
    history: &History,
    revision: u64,
    now: Timestamp,
) -> Answer {
    let ledger = history.at(match &query.as_of {
        None => revision,
        Some(as_of) => match &as_of.node {
            AsOf::Revision(number) => whole(number, parameters),
            AsOf::Time(value) => {
                let ledger = history.at(revision);
                let subject = Subject::Claim;
                let circumstances = Circumstances { subject, ledger: &ledger, parameters, now };
                let Excluded(end) = time(circumstances.text(value), now).high else {
                    panic!("it has no end")
                };
                history.revision_at(Timestamp(end - 1)).min(revision)
            }
        },
    });
    let types: Vec<String> = query.types.iter().map(ToString::to_string).collect();
    let subject = Subject::of(&types);
    let asked = Asked {
        query,
        types,
        circumstances: Circumstances { subject, ledger: &ledger, parameters, now },
        mentions: mentioned(query),
    };
    asked.answer()
}

struct Asked<'a> {
    query: &'a Query,
    types: Vec<String>,
    circumstances: Circumstances<'a>,
    /// The attributes that the query mentions, without their dots.
    mentions: Vec<String>,
}

impl<'a> Asked<'a> {
    fn answer(&self) -> Answer {
        let ledger = self.circumstances.ledger;
        let condition = self.query.filter.as_ref().map(|filter| self.circumstances.read(filter));
        // The newest first.
        let candidates = ledger.versions.iter().rev().filter(|version| self.is_seen(version));
        let mut found: Vec<(&Version, Truth)> = Vec::new();
        for &version in candidates {
            let known = condition.as_ref().map_or(Known::Sure, |it| self.circumstances.holds(it, version));
            match known {
                Known::Sure => found.push((version, Truth::Sure)),
                Known::Possible => found.push((version, Truth::Possible)),
                Known::False => {}
            }
        }
        let count = |truth| found.iter().filter(|(_, it)| *it == truth).count() as u64;
        let totals = (count(Truth::Sure), count(Truth::Possible));
        let results = match self.query.output.as_ref().map(|output| &output.node) {
            Some(Output::View(..)) => panic!("no query asks for a view"),
            Some(Output::Count(names)) => Results::Table(self.limited(self.groups(names, &found))),
            Some(Output::List(names)) => {
                self.sort(&mut found);
                let rows = found.iter().map(|(version, truth)| {
                    (names.iter().map(|name| self.cell(name, version)).collect(), Some(*truth))
                });
                Results::Table(self.limited(rows.collect()))
            }
            None => {
                self.sort(&mut found);
                let items = found.iter().map(|(it, truth)| (it.item.id().to_owned(), it.number, *truth));
                Results::Items(self.limited(items.collect()))
            }
        };
        Answer { totals, results }
    }

    /// Whether a version is of the types asked for, and not hidden.
    fn is_seen(&self, version: &Version) -> bool {
        let ledger = self.circumstances.ledger;
        let mentions = |name: &str| self.mentions.iter().any(|mentioned| mentioned == name);
        let is_asked_for = match &version.item {
            Item::Claim(claim) => {
                let claim_type = claim.content.claim_type();
                self.types.iter().any(|it| it == "claim" || it == claim_type.as_str())
            }
            Item::Entity(_) => self.types == ["entity"],
            Item::Source(_) => self.types == ["source"],
            Item::Document(_) => self.types == ["document"],
        };
        // The registry is what it is now: old versions are claims'.
        let shows_old = mentions("version") && matches!(version.item, Item::Claim(_));
        is_asked_for
            && (shows_old || !ledger.is_superseded(version))
            && (mentions("retracted") || !ledger.is_retracted(version))
    }

    fn limited<T>(&self, mut rows: Vec<T>) -> Vec<T> {
        if let Some(limit) = &self.query.limit {
            rows.truncate(whole(limit, self.circumstances.parameters) as usize);
        }
        rows
    }

    /// Sorts what was found, which comes as the newest first; all ties stay so.
    fn sort(&self, found: &mut [(&Version, Truth)]) {
        for SortKey { attribute, descending } in self.query.sort.iter().rev() {
            let attribute = self.circumstances.attribute(attribute);
            assert!(!attribute.is_many, "{attribute:?} can have several values");
            found.sort_by(|(a, _), (b, _)| {
                let key = |version| place(&attribute, version, self.circumstances.ledger);
                compare(&key(a), &key(b), *descending)
            });
        }
    }

    /// The groups of what was found.
    fn groups(&self, names: &[ast::Attribute], found: &[(&Version, Truth)]) -> Vec<Row> {
        let attributes: Vec<Attribute> =
            names.iter().map(|name| self.circumstances.attribute(name)).collect();
        let mut groups: BTreeMap<Vec<Option<String>>, (u64, u64)> = BTreeMap::new();
        if names.is_empty() {
            groups.insert(Vec::new(), (0, 0));
        }
        for (version, truth) in found {
            let mut keys: Vec<Vec<Option<String>>> = vec![Vec::new()];
            for attribute in &attributes {
                let values = values(attribute, version, self.circumstances.ledger);
                let values: Vec<Option<String>> = if values.is_empty() {
                    vec![None]
                } else {
                    values.iter().map(|value| Some(shown(value))).collect()
                };
                let extended = |key: Vec<Option<String>>| {
                    values
                        .iter()
                        .map(move |value| [key.as_slice(), std::slice::from_ref(value)].concat())
                        .collect::<Vec<_>>()
                };
                keys = keys.into_iter().flat_map(extended).collect();
            }
            for key in keys {
                let group = groups.entry(key).or_default();
                match truth {
                    Truth::Sure => group.0 += 1,
                    Truth::Possible => group.1 += 1,
                }
            }
        }
        let mut groups: Vec<Group> = groups.into_iter().collect();
        // By sure, then possible, descending, then by keys.
        let by_key = |index: usize, a: &[Option<String>], b: &[Option<String>], descending| {
            let key = |keys: &[Option<String>]| {
                keys[index].as_deref().and_then(|key| place_of_key(attributes[index].sort, key))
            };
            compare(&key(a), &key(b), descending)
        };
        // Keys bytewise, what is missing last.
        let bytewise = |keys: &[Option<String>]| -> Vec<(bool, Option<String>)> {
            keys.iter().map(|key| (key.is_none(), key.clone())).collect()
        };
        groups.sort_by(|(a, of_a), (b, of_b)| {
            let by_keys = || bytewise(a).cmp(&bytewise(b));
            of_b.0.cmp(&of_a.0).then(of_b.1.cmp(&of_a.1)).then_with(by_keys)
        });
        for SortKey { attribute, descending } in self.query.sort.iter().rev() {
            let name = attribute.to_ascii_lowercase();
            let directed = |ordering: Ordering| if *descending { ordering.reverse() } else { ordering };
            groups.sort_by(|(a, of_a), (b, of_b)| match name.as_str() {
                "sure" => directed(of_a.0.cmp(&of_b.0)),
                "possible" => directed(of_a.1.cmp(&of_b.1)),
                _ => {
                    let of_column = self.circumstances.attribute(attribute);
                    let index = attributes.iter().position(|it| *it == of_column).expect("a column");
                    by_key(index, a, b, *descending)
                }
            });
        }
        let cells = |(keys, (sure, possible)): Group| {
            let keys = keys.into_iter().map(|key| key.map_or(Cell::Missing, Cell::Text));
            let counts = [Cell::Number(sure as f64), Cell::Number(possible as f64)];
            (keys.chain(counts).collect(), None)
        };
        groups.into_iter().map(cells).collect()
    }

    /// The cell of a table.
    fn cell(&self, name: &str, version: &Version) -> Cell {
        let attribute = self.circumstances.attribute(name);
        let ledger = self.circumstances.ledger;
        if let (Item::Claim(claim), "text") = (&version.item, attribute.base.as_str()) {
            return Cell::Text(claim.text.clone());
        }
        let mut cells: Vec<Cell> = values(&attribute, version, ledger)
            .iter()
            .map(|value| match value {
                Value::Text(text) => Cell::Text(text.clone()),
                Value::YesNo(yes) => Cell::Bool(*yes),
                Value::Number(Interval { low: Included(low), high: Included(high) }) if low == high => {
                    Cell::Number(*low)
                }
                // How a quantity is written is the model's to say.
                Value::Number(_) => Cell::Text(ANYTHING.to_owned()),
                Value::Time(_) if attribute.base == "recorded" => Cell::Text(version.recorded.to_string()),
                Value::Time(_) => {
                    let time = written(&attribute.base, version, ledger).expect("it has the time");
                    Cell::Text(time.text().to_owned())
                }
            })
            .collect();
        if attribute.is_many && !cells.is_empty() {
            Cell::List(sorted(cells))
        } else {
            assert!(cells.len() <= 1, "{attribute:?} has one value at most");
            cells.pop().unwrap_or(Cell::Missing)
        }
    }
}

/// Stands in a cell about which nothing is said here.
pub(super) const ANYTHING: &str = "…";

/// The cells of a list in one order: the language gives it none.
pub(super) fn sorted(mut cells: Vec<Cell>) -> Vec<Cell> {
    cells.sort_by_cached_key(|cell| format!("{cell:?}"));
    cells
}

fn whole(number: &Number, parameters: &Parameters) -> u64 {
    match number {
        Number::Literal(number) => *number,
        Number::Parameter(name) => match &parameters[name] {
            Parameter::One(text) => text.parse().expect("a whole number"),
            Parameter::List(_) => panic!("${name} is a list"),
        },
    }
}

/// Every attribute that a query mentions, without its dots.
fn mentioned(query: &Query) -> Vec<String> {
    fn of_condition(expr: &Expr, names: &mut Vec<String>) {
        match expr {
            Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|part| of_condition(part, names)),
            Expr::Not(part) | Expr::Surely(part) | Expr::Possibly(part) => of_condition(part, names),
            Expr::Predicate(predicate) => names.push(predicate.attribute.to_string()),
        }
    }
    let mut names = Vec::new();
    if let Some(filter) = &query.filter {
        of_condition(filter, &mut names);
    }
    match query.output.as_ref().map(|output| &output.node) {
        Some(Output::List(columns) | Output::Count(columns) | Output::View(_, columns)) => {
            names.extend(columns.iter().map(ToString::to_string));
        }
        None => {}
    }
    names.extend(query.sort.iter().map(|key| key.attribute.to_string()));
    names.iter().map(|name| name.split('.').next().unwrap_or_default().to_ascii_lowercase()).collect()
}

/// A group's keys, and how many match surely and possibly.
type Group = (Vec<Option<String>>, (u64, u64));

/// A value's place in an order.
#[derive(PartialEq, PartialOrd)]
enum Place {
    Text(String),
    Rank(usize),
    Number(f64),
    /// The best number or else the low end, then the high end; each with which side of it is meant.
    Quantity((f64, i8), (f64, i8)),
    /// Start and end; what has no start comes first, what has no end last.
    Time(Option<i64>, i64),
}

/// The place of an item by an attribute of one value; none if that is missing, or has no place.
fn place(attribute: &Attribute, version: &Version, ledger: &Ledger<'_>) -> Option<Place> {
    let value = values(attribute, version, ledger).pop()?;
    match (value, attribute.sort) {
        (Value::Number(_), Sort::Quantity) => {
            let Item::Claim(claim) = &version.item else { return None };
            let quantity = figure(claim)?.quantity;
            let low = (quantity.low(), i8::from(quantity.low_exclusive()));
            let high = (quantity.high(), -i8::from(quantity.high_exclusive()));
            Some(Place::Quantity(quantity.best().map_or(low, |best| (best, 0)), high))
        }
        (Value::Number(Interval { low: Included(number), .. }), _) => Some(Place::Number(number)),
        (Value::Time(Interval { low, high }), _) => {
            let start = if let Included(start) = low { Some(start) } else { None };
            let end = match high {
                Excluded(end) => end,
                Included(_) | Unbounded => i64::MAX,
            };
            Some(Place::Time(start, end))
        }
        (Value::Text(text), sort) => place_of_text(sort, &text),
        (Value::Number(_) | Value::YesNo(_), _) => panic!("{attribute:?} has no order"),
    }
}

fn place_of_text(sort: Sort, text: &str) -> Option<Place> {
    if let Sort::Word(words) = sort
        && words.are_ordered()
    {
        return words.rank(text).map(Place::Rank);
    }
    Some(Place::Text(text.to_owned()))
}

/// The place of a group's key.
fn place_of_key(sort: Sort, key: &str) -> Option<Place> {
    if sort == Sort::Number {
        return Some(Place::Number(key.parse().expect("a number's key")));
    }
    place_of_text(sort, key)
}

/// What is missing comes last, descending too.
fn compare(a: &Option<Place>, b: &Option<Place>, descending: bool) -> Ordering {
    match (a, b) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(a), Some(b)) => {
            let ordering = a.partial_cmp(b).expect("places of one attribute");
            if descending { ordering.reverse() } else { ordering }
        }
    }
}

/// A value as the key of a group.
fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Number(Interval { low: Included(number), .. }) => number.to_string(),
        Value::YesNo(yes) => (if *yes { "yes" } else { "no" }).to_owned(),
        Value::Number(_) | Value::Time(_) => panic!("{value:?} is grouped by its parts"),
    }
}
