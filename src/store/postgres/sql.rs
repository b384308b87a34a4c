//! A plan as SQL: every leaf in both modes, every order, every group key.
//!
//! A condition that is NULL counts as one that does not hold. Under `AND` and `OR` it does so by
//! itself, so that conditions stay as plain as an index wants them; `NOT` is `IS NOT TRUE`.

use super::columns::{SPANS, WORDS, bucket, terms_column};
use crate::model::Timestamp;
use crate::plan::{
    Comparison, Filter, GroupKey, KEY_SEPARATOR, Leaf, Mode, OrderBy, OrderKey, Part, Selection, Span,
    SpanField, Terms, key_number,
};
use std::fmt::Write;
use tokio_postgres::types::{ToSql, Type};

/// A statement and its parameters.
#[derive(Default)]
pub(super) struct Sql {
    pub(super) text: String,
    parameters: Vec<(Box<dyn ToSql + Sync + Send>, Type)>,
}

impl Sql {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), parameters: Vec::new() }
    }

    /// Appends text.
    pub(super) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    pub(super) fn int(&mut self, value: i64) -> &mut Self {
        self.bind(value, Type::INT8)
    }

    pub(super) fn ints(&mut self, values: Vec<i64>) -> &mut Self {
        self.bind(values, Type::INT8_ARRAY)
    }

    pub(super) fn text(&mut self, value: String) -> &mut Self {
        self.bind(value, Type::TEXT)
    }

    pub(super) fn bytes(&mut self, value: Vec<u8>) -> &mut Self {
        self.bind(value, Type::BYTEA)
    }

    /// Binds texts, but for those that no text of PostgreSQL, and so no term, can be.
    pub(super) fn texts<'a>(&mut self, values: impl IntoIterator<Item = &'a str>) -> &mut Self {
        let values = values.into_iter().filter(|text| !text.contains('\0')).map(str::to_owned);
        self.bind(values.collect::<Vec<_>>(), Type::TEXT_ARRAY)
    }

    fn bind(&mut self, value: impl ToSql + Sync + Send + 'static, r#type: Type) -> &mut Self {
        self.parameters.push((Box::new(value), r#type));
        let number = self.parameters.len();
        write!(self.text, "${number}").expect("a String takes all");
        self
    }

    pub(super) fn parameters(&self) -> Vec<(&(dyn ToSql + Sync), Type)> {
        self.parameters.iter().map(|(value, kind)| (&**value as &(dyn ToSql + Sync), kind.clone())).collect()
    }
}

/// What a selection asks of `claims c`.
pub(super) struct Asked<'a> {
    selection: &'a Selection,
}

impl<'a> Asked<'a> {
    pub(super) fn new(selection: &'a Selection) -> Self {
        Self { selection }
    }

    /// Whether the selection finds a claim `c`, surely or possibly.
    pub(super) fn found(&self, sql: &mut Sql) {
        let Selection { filter, shown, at } = self.selection;
        sql.push("c.revision <= ").int(*at as i64);
        for (is_shown, how) in
            [(shown.old_versions, Retired::Superseded), (shown.retracted, Retired::Retracted)]
        {
            if !is_shown {
                sql.push(" AND NOT ");
                retired(sql, how, *at);
            }
        }
        if *filter != Filter::Constant(true) {
            sql.push(" AND ");
            self.holds(filter, Mode::Possibly, sql);
        }
    }

    /// Whether a claim that it finds matches surely.
    pub(super) fn sure(&self, sql: &mut Sql) {
        let filter = &self.selection.filter;
        if filter.is_graded() {
            sql.push("(");
            self.holds(filter, Mode::Surely, sql);
            sql.push(") IS TRUE");
        } else {
            sql.push("TRUE");
        }
    }

    fn holds(&self, filter: &Filter, mode: Mode, sql: &mut Sql) {
        match filter {
            Filter::Constant(all) => constant(*all, sql),
            Filter::Unknown => constant(mode == Mode::Possibly, sql),
            Filter::And(filters) => self.joined(filters, mode, " AND ", true, sql),
            Filter::Or(filters) => self.joined(filters, mode, " OR ", false, sql),
            Filter::Not(filter) => {
                // Two negations leave what an index can answer.
                if let Filter::Not(filter) = &**filter {
                    return self.holds(filter, mode, sql);
                }
                sql.push("(");
                self.holds(filter, mode.flipped(), sql);
                sql.push(") IS NOT TRUE");
            }
            Filter::Asked(asked, filter) => self.holds(filter, *asked, sql),
            Filter::Leaf(leaf) => self.leaf(leaf, mode, sql),
        }
    }

    fn joined(&self, filters: &[Filter], mode: Mode, by: &str, empty: bool, sql: &mut Sql) {
        if filters.is_empty() {
            return constant(empty, sql);
        }
        sql.push("(");
        for (index, filter) in filters.iter().enumerate() {
            if index > 0 {
                sql.push(by);
            }
            self.holds(filter, mode, sql);
        }
        sql.push(")");
    }

    fn leaf(&self, leaf: &Leaf, mode: Mode, sql: &mut Sql) {
        match leaf {
            Leaf::Terms { field, any } => match terms_column(*field) {
                Some(column) if !any.is_empty() => {
                    sql.push("c.").push(column).push(" && ").texts(texts(any));
                }
                _ => constant(false, sql),
            },
            Leaf::Only { field, any } => match terms_column(*field) {
                Some(column) if !any.is_empty() => {
                    // The first condition is the one that an index answers well.
                    sql.push("(c.").push(column).push(" && ").texts(texts(any));
                    sql.push(" AND c.").push(column).push(" <@ ").texts(texts(any)).push(")");
                }
                _ => constant(false, sql),
            },
            Leaf::Present(field) => match terms_column(*field) {
                Some(column) => _ = sql.push("c.").push(column).push(" IS NOT NULL"),
                None => constant(false, sql),
            },
            Leaf::PresentSpan(field) => match place(*field) {
                Place::Ends([low, _]) => _ = sql.push("c.").push(low).push(" IS NOT NULL"),
                Place::Moment | Place::Number(_) => constant(true, sql),
                Place::Nowhere => constant(false, sql),
            },
            Leaf::Span { field, comparison, literal } => span(*field, *comparison, *literal, mode, sql),
            Leaf::Words { field, all } => {
                if all.is_empty() {
                    constant(true, sql);
                } else if *field == WORDS.0 && !all.iter().any(|word| word.contains('\0')) {
                    sql.push("c.").push(WORDS.1).push(" @> ").texts(texts(all));
                } else {
                    constant(false, sql);
                }
            }
            Leaf::Id(ids) => {
                let buckets = ids.iter().map(|id| bucket(id).into()).collect();
                sql.push("(c.bucket = ANY(").ints(buckets).push(") AND c.id = ANY(").texts(texts(ids));
                sql.push("))");
            }
            Leaf::Retracted => retired(sql, Retired::Retracted, self.selection.at),
        }
    }
}

/// How a version of a claim is retired; the number is how the tables call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retired {
    /// A later version took its place.
    Superseded = 0,
    /// It was taken back.
    Retracted = 1,
}

/// Whether `c` is retired so at a revision.
fn retired(sql: &mut Sql, how: Retired, at: u64) {
    sql.push("EXISTS (SELECT FROM retirements r WHERE r.bucket = c.bucket AND r.id = c.id ")
        .push("AND r.version = c.version AND r.how = ")
        .push(if how == Retired::Superseded { "0" } else { "1" })
        .push(" AND r.revision <= ")
        .int(at as i64)
        .push(")");
}

fn constant(holds: bool, sql: &mut Sql) {
    sql.push(if holds { "TRUE" } else { "FALSE" });
}

fn texts(terms: &Terms) -> impl Iterator<Item = &str> {
    terms.iter().map(|term| &**term)
}

/// Where an interval of a claim lies.
enum Place {
    /// In columns of its ends.
    Ends([&'static str; 2]),
    /// In the time of its commit.
    Moment,
    /// In a column that holds a number, and not its key.
    Number(&'static str),
    /// Claims have none.
    Nowhere,
}

fn place(field: SpanField) -> Place {
    match field {
        SpanField::Recorded => Place::Moment,
        SpanField::Revision => Place::Number("revision"),
        SpanField::Version => Place::Number("version"),
        SpanField::When
        | SpanField::Value
        | SpanField::Said
        | SpanField::Deadline
        | SpanField::Hops
        | SpanField::Published
        | SpanField::Retrieved => SPANS
            .iter()
            .find(|(known, _)| *known == field)
            .map_or(Place::Nowhere, |(_, ends)| Place::Ends(*ends)),
    }
}

fn span(field: SpanField, comparison: Comparison, literal: Span, mode: Mode, sql: &mut Sql) {
    let (ends, literal) = match place(field) {
        Place::Ends(ends) => (ends, [literal.low(), literal.high()]),
        Place::Moment => (["recorded"; 2], [literal.low(), literal.high()]),
        // The least whole number that is not below the literal, and the greatest that is not above.
        Place::Number(column) => (
            [column; 2],
            [key_number(literal.low()).ceil() as i64, key_number(literal.high()).floor() as i64],
        ),
        Place::Nowhere => return constant(false, sql),
    };
    // For all of the interval, its far end decides; for some of it, the near one.
    let [low, high] = match mode {
        Mode::Surely => ends,
        Mode::Possibly => [ends[1], ends[0]],
    };
    let is = |column: &str, operator: &str, bound: i64, sql: &mut Sql| {
        sql.push("c.").push(column).push(operator).int(bound);
    };
    match comparison {
        Comparison::Within => {
            sql.push("(");
            is(low, " >= ", literal[0], sql);
            sql.push(" AND ");
            is(high, " <= ", literal[1], sql);
            sql.push(")");
        }
        Comparison::Before => is(high, " < ", literal[0], sql),
        Comparison::UpTo => is(high, " <= ", literal[1], sql),
        Comparison::After => is(low, " > ", literal[1], sql),
        Comparison::From => is(low, " >= ", literal[0], sql),
    }
}

/// What an order compares of `c`, key by key: each an expression that is NULL where the key is
/// missing, and whether the greatest comes first.
pub(super) fn order(order: &[OrderKey], sql: &mut Sql) -> Vec<(String, bool)> {
    let mut keys = Vec::new();
    for OrderKey { by, descending } in order {
        match by {
            OrderBy::Id => keys.push(("c.id".to_owned(), *descending)),
            OrderBy::Term(field) => {
                let key =
                    terms_column(*field).map_or("NULL::text".to_owned(), |column| format!("c.{column}[1]"));
                keys.push((key, *descending));
            }
            OrderBy::Ranked(field, ranks) => {
                let Some(column) = terms_column(*field) else { continue };
                let mut known: Vec<_> = ranks.iter().collect();
                known.sort_unstable();
                let mut key = Sql { text: String::new(), parameters: std::mem::take(&mut sql.parameters) };
                key.push("(").ints(known.iter().map(|(_, rank)| **rank).collect());
                key.push(")[array_position(").texts(known.iter().map(|(term, _)| &***term));
                key.push(", c.").push(column).push("[1])]");
                sql.parameters = key.parameters;
                keys.push((key.text, *descending));
            }
            OrderBy::Span(field) => {
                let ends = match place(*field) {
                    Place::Ends(ends) => ends,
                    Place::Moment => ["recorded"; 2],
                    Place::Number(column) => [column; 2],
                    Place::Nowhere => continue,
                };
                keys.extend(ends.map(|end| (format!("c.{end}"), *descending)));
            }
            OrderBy::Value => {
                let first = "COALESCE(c.best, c.value_low)";
                keys.push((first.to_owned(), *descending));
                keys.push((format!("COALESCE(c.value_high, {first})"), *descending));
            }
        }
    }
    keys
}

/// The values of a group key of `c`, as a FROM item `gN(k)` to be joined laterally; their type is text.
pub(super) fn group(key: &GroupKey, number: usize, sql: &mut Sql) {
    sql.push(" LEFT JOIN LATERAL (");
    match key {
        GroupKey::Term(field) => match terms_column(*field) {
            Some(column) => _ = sql.push("SELECT unnest(c.").push(column).push(") AS k"),
            None => no_value(sql),
        },
        GroupKey::Keyed(field, key) => match terms_column(*field) {
            Some(column) => {
                let begin = format!("{key}{KEY_SEPARATOR}");
                let after = begin.chars().count() + 1;
                write!(sql.text, "SELECT DISTINCT substr(t, {after}) AS k FROM unnest(c.{column}) t WHERE ")
                    .expect("a String takes all");
                sql.push("starts_with(t, ").text(begin.replace('\0', "\u{fffd}")).push(")");
            }
            None => no_value(sql),
        },
        GroupKey::Mapped(field, map) => match terms_column(*field) {
            Some(column) => {
                let mut pairs: Vec<_> = map
                    .iter()
                    .flat_map(|(term, values)| values.iter().map(move |value| (term, value)))
                    .collect();
                pairs.sort_unstable();
                sql.push("SELECT DISTINCT m.v AS k FROM unnest(")
                    .texts(pairs.iter().map(|(term, _)| &***term));
                sql.push(", ").texts(pairs.iter().map(|(_, value)| &***value));
                sql.push(") m(t, v) WHERE m.t = ANY(c.").push(column).push(")");
            }
            None => no_value(sql),
        },
        GroupKey::Part(field, part) => match place(*field) {
            Place::Ends([low, high]) => calendar(low, high, *part, sql),
            Place::Moment => calendar("recorded", "recorded", *part, sql),
            Place::Number(_) | Place::Nowhere => no_value(sql),
        },
        GroupKey::Number(field) => match place(*field) {
            Place::Ends([low, high]) => {
                write!(
                    sql.text,
                    "SELECT CASE WHEN c.{low} = c.{high} THEN c.{low}::text ELSE '' END AS k WHERE c.{low} IS NOT NULL"
                )
                .expect("a String takes all");
            }
            // The key is made of the number where it is read.
            Place::Moment => _ = sql.push("SELECT c.recorded::text AS k"),
            Place::Number(column) => _ = sql.push("SELECT '#' || c.").push(column).push(" AS k"),
            Place::Nowhere => no_value(sql),
        },
    }
    write!(sql.text, ") g{number} ON TRUE").expect("a String takes all");
}

fn no_value(sql: &mut Sql) {
    sql.push("SELECT NULL::text AS k");
}

/// The first day, as a number from 1970 on, of the part of the calendar that an interval lies in;
/// empty if it lies in several.
fn calendar(low: &str, high: &str, part: Part, sql: &mut Sql) {
    let (first, end) = (Timestamp::CALENDAR_START.0, Timestamp::CALENDAR_END.0);
    let unit = match part {
        Part::Year => "year",
        Part::Month => "month",
        Part::Day => "day",
    };
    let day = |column: &str| {
        // Rounded down, before 1970 too.
        let days = format!("div(c.{column} - {first}, 86400000000)::integer");
        format!(
            "date_trunc('{unit}', (DATE 'epoch' + ({first_day} + {days}))::timestamp)",
            first_day = first / 86_400_000_000
        )
    };
    let (begin, last) = (day(low), day(high));
    write!(
        sql.text,
        "SELECT CASE WHEN c.{low} < {first} OR c.{high} >= {end} THEN '' WHEN {begin} = {last} \
         THEN ({begin}::date - DATE 'epoch')::text ELSE '' END AS k WHERE c.{low} IS NOT NULL"
    )
    .expect("a String takes all");
}

/// The value of a group key, as a view calls it, of what [`group`] reads.
pub(super) fn group_value(key: &GroupKey, read: &str) -> Option<std::sync::Arc<str>> {
    use crate::plan::SPANNING;
    Some(match key {
        GroupKey::Term(_) | GroupKey::Keyed(..) | GroupKey::Mapped(..) => read.into(),
        GroupKey::Part(..) | GroupKey::Number(_) if read.is_empty() => SPANNING.into(),
        GroupKey::Part(_, part) => part.of(Span::point(read.parse::<i64>().ok()? * 86_400_000_000)).into(),
        GroupKey::Number(_) => match read.strip_prefix('#') {
            Some(number) => number.parse::<f64>().ok()?.to_string().into(),
            None => key_number(read.parse().ok()?).to_string().into(),
        },
    })
}
