//! The clauses beside `where`: what to answer with, in which order, how much, and from when.

use super::ast::{self, Number, Spanned, TextSpan};
use super::attributes::{Attribute, Beyond, Fact, Location, ValueType, hops};
use super::error::{Diagnostic, Edit, Problem};
use super::facts;
use super::lexical::whole_number;
use super::nearest;
use super::parameters::{Bindings, Parameter};
use super::resolve::{
    AsOf, Column, GroupColumn, GroupOrder, Grouping, Output, Resolver, Resolves, ViewColumn, ViewOrder,
};
use super::value;
use super::view::View;
use crate::model::Timestamp;
use crate::model::vocabulary::ClaimType;
use crate::plan::{Field, GroupKey, OrderBy, OrderKey, SpanField};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

impl<'a> Resolver<'a> {
    pub(super) fn output(&mut self, clause: Option<&'a Spanned<ast::Output>>) -> Resolves<Output> {
        let Some(clause) = clause else { return Ok(Output::Items) };
        match &clause.node {
            ast::Output::List(names) => {
                let columns = names.iter().map(|name| Ok(Column { attribute: self.attribute(name)? }));
                Ok(Output::List(columns.collect::<Resolves<_>>()?))
            }
            ast::Output::Count(names) => Ok(Output::Count(self.groupings(names)?)),
            ast::Output::View(view, names) => {
                self.readable(*view, clause.span)?;
                Ok(Output::View(*view, self.groupings(names)?))
            }
        }
    }

    /// Refuses a view of types that it says nothing about.
    fn readable(&self, view: View, at: TextSpan) -> Resolves<()> {
        if view.is_about(self.types) {
            return Ok(());
        }
        let named = |types: &[ClaimType]| -> Vec<&'static str> {
            if types.len() == ClaimType::ALL.len() {
                return vec!["claim"];
            }
            types.iter().map(|claim_type| claim_type.as_str()).collect()
        };
        let reads = named(view.reads());
        let listed: Vec<String> = reads.iter().map(|name| value::quoted(name)).collect();
        let why = format!("is about {}", super::render::listed(&listed, "and"));
        let at = TextSpan::new(at.start, at.start + view.as_str().len());
        let types = self.type_words.iter().map(|word| word.span).reduce(TextSpan::to);
        let edits = types.into_iter().map(|types| Edit::new(types, reads.join(", ")));
        let problem = Problem::WrongClause(why);
        Err(Box::new(Diagnostic::new(problem, at, view.as_str()).offering(edits)))
    }

    fn groupings(&mut self, names: &'a [Spanned<String>]) -> Resolves<Vec<Grouping>> {
        names.iter().map(|name| self.grouping(name)).collect()
    }

    fn grouping(&mut self, name: &Spanned<String>) -> Resolves<Grouping> {
        let attribute = self.attribute(name)?;
        let refused = |why: &str, instead: Vec<String>| {
            let problem = Problem::WrongClause(format!("cannot be counted by: {why}"));
            let edits = instead.into_iter().map(|instead| Edit::new(name.span, instead));
            Err(Box::new(Diagnostic::new(problem, name.span, name).offering(edits)))
        };
        let key = match (&attribute.beyond, attribute.entry.at) {
            (Beyond::Key { pairs, key, .. }, _) => GroupKey::Keyed(*pairs, key.clone()),
            (Beyond::Fact { fact: Fact::SourceStance, .. }, _) => {
                return refused("it belongs to a source and an actor together", Vec::new());
            }
            (Beyond::Fact { of, fact, .. }, _) => {
                let known = facts::all(self.registry, *fact).into_iter();
                let map = known.filter_map(|(id, value)| Some((id, vec![value?]))).collect();
                GroupKey::Mapped(*of, Arc::new(map))
            }
            (Beyond::Part { part, .. }, Location::Span(field)) => GroupKey::Part(field, *part),
            (Beyond::Part { part, .. }, _) => {
                let map = facts::published(self.registry)
                    .map(|(document, time)| (document, vec![Arc::from(part.of(time))]))
                    .collect();
                GroupKey::Mapped(Field::Document, Arc::new(map))
            }
            (Beyond::Bound { .. }, _) => {
                return refused("numbers differ too much to make groups", Vec::new());
            }
            (Beyond::Nothing, Location::Terms(field) | Location::Named(field, _)) => GroupKey::Term(field),
            (Beyond::Nothing, Location::Span(field)) if attribute.value() == ValueType::Number => {
                GroupKey::Number(field)
            }
            (Beyond::Nothing, Location::Span(_) | Location::DocumentPublished) => {
                let parts = hops(self.types, attribute.entry);
                let parts = parts.map(|part| format!("{attribute}.{}", part.name)).collect();
                return refused("its values are intervals", parts);
            }
            (Beyond::Nothing, Location::Id) => return refused("no two items have one id", Vec::new()),
            (Beyond::Nothing, Location::Words(_)) => {
                return refused("it is searched by its words", Vec::new());
            }
            (Beyond::Nothing, Location::Retracted | Location::Keyed { .. }) => {
                return refused("it is for conditions", Vec::new());
            }
        };
        Ok(Grouping { attribute, key })
    }

    /// The order of rows.
    pub(super) fn order(&mut self, keys: &[ast::SortKey]) -> Resolves<Vec<OrderKey>> {
        keys.iter()
            .map(|key| {
                let attribute = self.attribute(&key.attribute)?;
                let by = self.order_by(&attribute).map_err(|(why, instead)| {
                    let at = key.attribute.span;
                    let problem = Problem::WrongClause(format!("cannot be sorted by: {why}"));
                    let edits = instead.map(|instead| Edit::new(at, instead));
                    Box::new(Diagnostic::new(problem, at, &key.attribute).offering(edits))
                })?;
                if by == OrderBy::Value && !self.mentions_unit {
                    self.quantity_at.get_or_insert(key.attribute.span);
                }
                Ok(OrderKey { by, descending: key.descending })
            })
            .collect()
    }

    /// What an order by the attribute compares; else why there is none, and what to sort by instead.
    fn order_by(&self, attribute: &Attribute) -> Result<OrderBy, (String, Option<&'static str>)> {
        let refused = |why: &str, instead| Err((why.to_owned(), instead));
        if attribute.is_many() {
            return refused("an item can have several", None);
        }
        Ok(match (&attribute.beyond, attribute.entry.at) {
            (Beyond::Part { .. }, _) => {
                return refused("sort by the time itself", Some(attribute.entry.name));
            }
            (Beyond::Bound { .. }, _) => {
                return refused("sort by the figure itself", Some(attribute.entry.name));
            }
            (Beyond::Key { .. }, _) => return refused("labels have no order", None),
            (Beyond::Fact { of, fact, .. }, _) => {
                let known: Vec<(Arc<str>, Arc<str>)> = facts::all(self.registry, *fact)
                    .into_iter()
                    .filter_map(|(id, value)| Some((id, value?)))
                    .collect();
                let words = match ascending(attribute) {
                    Some(words) => words,
                    None => known
                        .iter()
                        .map(|(_, value)| value.clone())
                        .collect::<BTreeSet<_>>()
                        .into_iter()
                        .collect(),
                };
                let ranks = ranks(words);
                let ranked = known.into_iter().filter_map(|(id, value)| Some((id, *ranks.get(&value)?)));
                OrderBy::Ranked(*of, Arc::new(ranked.collect()))
            }
            (Beyond::Nothing, Location::Id) => OrderBy::Id,
            (Beyond::Nothing, Location::Terms(field) | Location::Named(field, _)) => {
                match ascending(attribute) {
                    Some(words) => OrderBy::Ranked(field, Arc::new(ranks(words))),
                    None => OrderBy::Term(field),
                }
            }
            (Beyond::Nothing, Location::Span(SpanField::Value)) => OrderBy::Value,
            (Beyond::Nothing, Location::Span(field)) => OrderBy::Span(field),
            (Beyond::Nothing, Location::DocumentPublished) => {
                let mut known: Vec<_> = facts::published(self.registry).collect();
                known.sort_by_key(|(_, time)| *time);
                let mut times: Vec<_> = known.iter().map(|(_, time)| *time).collect();
                times.dedup();
                let rank = |time| times.partition_point(|other| *other < time) as i64;
                let ranked = known.iter().map(|(document, time)| (document.clone(), rank(*time)));
                OrderBy::Ranked(Field::Document, Arc::new(ranked.collect()))
            }
            (Beyond::Nothing, Location::Words(_)) => return refused("text has no order", None),
            (Beyond::Nothing, Location::Retracted | Location::Keyed { .. }) => {
                return refused("it is for conditions", None);
            }
        })
    }

    /// The order of the groups of `count`, by its own columns.
    pub(super) fn group_order(
        &mut self,
        keys: &[ast::SortKey],
        columns: &[Grouping],
    ) -> Resolves<Vec<GroupOrder>> {
        let own = [(SURE, GroupColumn::Sure), ("possible", GroupColumn::Possible)];
        let named = columns_of(columns, GroupColumn::Key, own);
        let found = keys.iter().map(|key| {
            let by = by_column("this count", key, &named)?;
            Ok(GroupOrder { by, descending: key.descending })
        });
        found.collect()
    }

    /// The order of a view's rows, by its own columns.
    pub(super) fn view_order(
        &mut self,
        keys: &[ast::SortKey],
        view: View,
        columns: &[Grouping],
    ) -> Resolves<Vec<ViewOrder>> {
        let own = view.columns().iter().map(|&name| (name, ViewColumn::Own(name)));
        let named = columns_of(columns, ViewColumn::Key, own);
        let found = keys.iter().map(|key| {
            let by = by_column(&format!("`{view}`"), key, &named)?;
            Ok(ViewOrder { by, descending: key.descending })
        });
        found.collect()
    }
}

/// The columns of an answer by their names: group keys, then the answer's own. Of two of one name
/// the first is meant.
fn columns_of<C>(
    keys: &[Grouping],
    key: impl Fn(usize) -> C,
    own: impl IntoIterator<Item = (&'static str, C)>,
) -> Vec<(String, C)> {
    let keys = keys.iter().enumerate().map(|(index, column)| (column.attribute.to_string(), key(index)));
    let mut columns: Vec<(String, C)> = Vec::new();
    for (name, column) in keys.chain(own.into_iter().map(|(name, column)| (name.to_owned(), column))) {
        if columns.iter().all(|(known, _)| *known != name) {
            columns.push((name, column));
        }
    }
    columns
}

/// The column of how many match surely.
const SURE: &str = "sure";

/// The column that a sort key names.
fn by_column<C: Copy>(what: &str, key: &ast::SortKey, columns: &[(String, C)]) -> Resolves<C> {
    let found = columns.iter().find(|(name, _)| name.eq_ignore_ascii_case(&key.attribute));
    if let Some((_, column)) = found {
        return Ok(*column);
    }
    let at = key.attribute.span;
    let names = columns.iter().map(|(name, _)| name.as_str());
    let listed: Vec<String> = names.clone().map(value::quoted).collect();
    let why = match listed.is_empty() {
        true => format!("is no column of {what}, which has its own order, by time"),
        false => {
            format!("is no column of {what}, which is sorted by {}", super::render::listed(&listed, "or"))
        }
    };
    // Elsewhere, what a count counts has a name of its own.
    let counts = |name: &str| matches!(name, "count" | "total" | "number" | "matches" | "n");
    let sure =
        columns.iter().map(|(name, _)| name.as_str()).find(|name| *name == SURE && counts(&key.attribute));
    let near = sure.map_or_else(|| nearest(&key.attribute, names), |sure| vec![sure]).into_iter();
    let diagnostic = Diagnostic::new(Problem::WrongClause(why), at, &key.attribute).expecting(listed);
    Err(Box::new(diagnostic.offering(near.map(|near| Edit::new(at, near)))))
}

/// The vocabulary's words that have an order, if the attribute's has one.
fn ascending(attribute: &Attribute) -> Option<Vec<Arc<str>>> {
    let ValueType::Vocabulary(vocabulary) = attribute.value() else { return None };
    let words = vocabulary.ascending();
    (!words.is_empty()).then(|| words.into_iter().map(Arc::from).collect())
}

fn ranks(ascending: Vec<Arc<str>>) -> HashMap<Arc<str>, i64> {
    ascending.into_iter().zip(0..).collect()
}

/// The most rows, or the revision; `keyword` says which.
pub(super) fn whole(
    number: &Spanned<Number>,
    keyword: &'static str,
    bindings: &mut Bindings<'_>,
) -> Resolves<u64> {
    match &number.node {
        Number::Literal(number) => Ok(*number),
        Number::Parameter(name) => {
            let at = number.span;
            let parameter = bindings.get(name, at)?;
            let refused = |found: &str| Box::new(Diagnostic::new(Problem::NotWhole(keyword), at, found));
            match parameter {
                Parameter::One(text) => whole_number(text).ok_or_else(|| refused(text)),
                Parameter::List(_) => Err(refused(&format!("${name}"))),
            }
        }
    }
}

/// From when a clause wants the ledger to be seen.
pub(super) fn as_of<'a>(
    clause: &'a Spanned<ast::AsOf>,
    bindings: &mut Bindings<'a>,
    now: Timestamp,
) -> Resolves<AsOf> {
    match &clause.node {
        ast::AsOf::Revision(number) => whole(number, "revision", bindings).map(AsOf::Revision),
        ast::AsOf::Time(time) => {
            let literal = bindings.item(time)?;
            let span = value::time(literal.text, now).map_err(|fault| {
                let is_newest = |word: &str| word.eq_ignore_ascii_case(literal.text);
                // `as of 3`, `as of latest`
                let meant = if whole_number(literal.text).is_some() {
                    Some(format!("revision {}", literal.text))
                } else {
                    ["latest", "newest", "current", "head"]
                        .into_iter()
                        .any(is_newest)
                        .then(|| "now".to_owned())
                };
                let refused = literal.refused(fault);
                let edit = meant.filter(|_| literal.is_written).map(|meant| Edit::new(time.span, meant));
                let edits = edit.into_iter().chain(refused.edits.clone());
                Box::new(Diagnostic { edits: edits.collect(), ..*refused })
            })?;
            if span.high() > now.0 {
                let why = format!("it ends after now, which is {now}");
                return Err(literal.refused(value::Fault::new(Problem::BadTime(why)).instead(["now"])));
            }
            Ok(AsOf::Time(Timestamp(span.high())))
        }
    }
}
