//! From a query as it was written to one that means something.
//!
//! What comes out has no names left to look up: every filter asks a row about ids, vocabulary words
//! and intervals, so that nothing later can fail for what the query says.

use super::ast::{self, Expr, Spanned, TextSpan};
use super::attributes::{Attribute, ItemTypes, Location, hops};
use super::beginning;
use super::clauses;
use super::error::{Diagnostic, Edit, Problem};
use super::explain::{Explained, Gathered};
use super::homes::homes;
use super::nearest;
use super::notice::Notice;
use super::parameters::{Bindings, Parameters};
use super::parse::{keep_parsing, parse};
use super::value;
use super::view::View;
use crate::model::Timestamp;
use crate::model::vocabulary::{ClaimType, EntityKind, SourceKind};
use crate::plan::{
    Comparison, Field, Filter, GroupKey, Leaf, Mode, OrderKey, Shown, Span, SpanField, number_key, terms,
};
use crate::registry::Registry;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What attributes are called elsewhere, and ours.
const ATTRIBUTES_ELSEWHERE: [(&[&str], &[&str]); 9] = [
    (&["who", "subject"], &["actor", "by"]),
    (&["date", "time", "year", "day"], &["when", "published"]),
    (&["amount", "number", "quantity", "count", "total"], &["value"]),
    (&["speaker", "author", "origin", "claimant", "said_by"], &["by"]),
    (&["topic", "category", "about"], &["kind"]),
    (&["location", "where", "city", "region"], &["place"]),
    (&["country"], &["place", "actor", "by.country"]),
    (&["currency", "units"], &["unit"]),
    (&["quote", "quotation", "content", "description"], &["text"]),
];

pub(super) type Resolves<T> = Result<T, Box<Diagnostic>>;

/// A query that means something.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// What is looked for.
    pub subject: Subject,
    /// Which of it.
    pub filter: Filter,
    /// Which rows are shown that are hidden unless a query mentions them.
    pub shown: Shown,
    /// From when the ledger is seen; absent: from now.
    pub as_of: Option<AsOf>,
    /// What to answer with.
    pub output: Output,
    /// The order of the rows; empty: the newest in the ledger first.
    pub order: Vec<OrderKey>,
    /// The order of the groups of [`Output::Count`]; empty: by sure, then possible, both
    /// descending, then by the keys. Ties go on so too.
    pub group_order: Vec<GroupOrder>,
    /// The order of the rows of [`Output::View`]; empty: the view's own. Ties stay as they are.
    pub view_order: Vec<ViewOrder>,
    /// The most rows of the whole result; 1 or more.
    pub limit: Option<u64>,
    /// What a reader of the answer should know, if it turns out to be so.
    pub notices: Vec<Notice>,
    /// What the names in the query stand for, in the order of the query.
    pub names: Vec<ResolvedName>,
    /// The condition in its parts, if the query is to be explained.
    pub explained: Option<Explained>,
}

/// What a query looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Claims of these types. The filter asks for the type already.
    Claims(BTreeSet<ClaimType>),
    /// Entities.
    Entities,
    /// Sources.
    Sources,
    /// Documents.
    Documents,
}

/// From when the ledger is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// From the last commit not later than this.
    Time(Timestamp),
    /// From this revision.
    Revision(u64),
}

/// What a query is answered with.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// The items themselves.
    Items,
    /// A table with a row for each item.
    List(Vec<Column>),
    /// A table with a row for each group; without keys, one row in all.
    Count(Vec<Grouping>),
    /// A computed view of each group; without keys, of all claims together.
    View(View, Vec<Grouping>),
}

/// A column of [`Output::List`].
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// What it shows.
    pub attribute: Attribute,
}

impl Column {
    /// Its heading: the attribute's name in canonical form.
    pub fn name(&self) -> String {
        self.attribute.to_string()
    }
}

/// A key of [`Output::Count`].
#[derive(Clone, Debug, PartialEq)]
pub struct Grouping {
    /// What is counted by.
    pub attribute: Attribute,
    /// The same, as a store is asked.
    pub key: GroupKey,
}

/// A key of the order of groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupOrder {
    /// What is compared.
    pub by: GroupColumn,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// A column of [`Output::Count`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupColumn {
    /// The key of this number, counted from 0.
    Key(usize),
    /// How many match surely.
    Sure,
    /// How many match possibly.
    Possible,
}

/// A key of the order of a view's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ViewOrder {
    /// What is compared.
    pub by: ViewColumn,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// A column of [`Output::View`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewColumn {
    /// The group key of this number, counted from 0.
    Key(usize),
    /// One of [`View::columns`].
    Own(&'static str),
}

/// A name of a query, and what it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedName {
    /// The name's place.
    pub at: TextSpan,
    /// What it stands for.
    pub id: Arc<str>,
    /// What sort of thing that is.
    pub kind: NamedKind,
    /// How many others count as it: its descendants.
    pub descendants: usize,
}

/// What sort of thing a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedKind {
    /// An entity of this kind.
    Entity(EntityKind),
    /// A source of this kind.
    Source(SourceKind),
    /// A document.
    Document,
}

/// Resolves a query.
///
/// `text` is what the query was parsed from, `registry` that of the revision which is asked (see
/// [`as_of`]), and `now` what `now` stands for.
///
/// # Errors
/// The first thing that makes no sense. Each edit that is offered, applied to `text`, parses.
pub fn resolve(
    query: &ast::Query,
    text: &str,
    registry: &Registry,
    parameters: &Parameters,
    now: Timestamp,
) -> Resolves<Resolved> {
    meaning(query, text, registry, parameters, now).map_err(|diagnostic| keep_parsing(text, diagnostic))
}

/// Whether a query is accepted, whatever the time and the latest revision are: in 2100 no time that it
/// names is still to come.
pub(super) fn means_something(
    query: &ast::Query,
    text: &str,
    registry: &Registry,
    parameters: &Parameters,
) -> bool {
    const LATE: Timestamp = Timestamp(4_102_444_800_000_000);
    as_of(query, parameters, LATE, u64::MAX).is_ok()
        && meaning(query, text, registry, parameters, LATE).is_ok()
}

fn meaning(
    query: &ast::Query,
    text: &str,
    registry: &Registry,
    parameters: &Parameters,
    now: Timestamp,
) -> Resolves<Resolved> {
    let (types, subject) = subject(query, text)?;
    let mut resolver = Resolver {
        text,
        registry,
        bindings: Bindings::new(parameters),
        now,
        types,
        type_words: &query.types,
        shown: Shown::default(),
        notices: Vec::new(),
        names: Vec::new(),
        mentions_unit: false,
        quantity_at: None,
        explained: query.is_explained.then(Gathered::default),
    };
    let restriction = type_restriction(&subject);
    let condition = query.filter.as_ref().map(|filter| resolver.expression(filter)).transpose()?;
    let explained = resolver.explained.take().map(|gathered| {
        let types = restriction.clone().unwrap_or(Filter::Constant(true));
        gathered.parted(types, query.filter.as_ref().zip(condition.as_ref()))
    });
    let filter = match (restriction, condition) {
        (None, None) => Filter::Constant(true),
        (Some(filter), None) | (None, Some(filter)) => filter,
        (Some(restriction), Some(condition)) => Filter::and([restriction, condition]),
    };
    let output = resolver.output(query.output.as_ref())?;
    let as_of = match &query.as_of {
        Some(clause) => Some(clauses::as_of(clause, &mut resolver.bindings, now)?),
        None => None,
    };
    let (mut order, mut group_order, mut view_order) = (Vec::new(), Vec::new(), Vec::new());
    match &output {
        Output::Items | Output::List(_) => order = resolver.order(&query.sort)?,
        Output::Count(keys) => group_order = resolver.group_order(&query.sort, keys)?,
        Output::View(view, keys) => view_order = resolver.view_order(&query.sort, *view, keys)?,
    }
    let limit = match &query.limit {
        Some(limit) => Some(clauses::whole(limit, "limit", &mut resolver.bindings)?),
        None => None,
    };
    resolver.bindings.finish()?;
    let Resolver { shown, mut notices, names, mentions_unit, quantity_at, .. } = resolver;
    notices.extend(quantity_at.filter(|_| !mentions_unit).map(|at| Notice::SeveralUnits { at }));
    Ok(Resolved {
        subject,
        filter,
        shown,
        as_of,
        output,
        order,
        group_order,
        view_order,
        limit,
        notices,
        names,
        explained,
    })
}

/// From when a query wants the ledger to be seen. To be asked before [`resolve`], which needs the
/// registry of that time.
///
/// # Errors
/// A time that is none, a time or revision that has not come yet where `latest` is the latest
/// revision, or a parameter that is missing or does not fit.
pub fn as_of(
    query: &ast::Query,
    parameters: &Parameters,
    now: Timestamp,
    latest: u64,
) -> Resolves<Option<AsOf>> {
    let Some(clause) = &query.as_of else { return Ok(None) };
    let as_of = clauses::as_of(clause, &mut Bindings::new(parameters), now)?;
    match (as_of, &clause.node) {
        (AsOf::Revision(asked), ast::AsOf::Revision(number)) if asked > latest => {
            let problem = Problem::NotYet { asked, latest };
            let is_written = matches!(number.node, ast::Number::Literal(_)) && latest > 0;
            let edit = is_written.then(|| Edit::new(number.span, latest.to_string()));
            Err(Box::new(Diagnostic::new(problem, number.span, &asked.to_string()).offering(edit)))
        }
        (AsOf::Revision(_) | AsOf::Time(_), _) => Ok(Some(as_of)),
    }
}

/// What is gathered while a query is resolved.
pub(super) struct Resolver<'a> {
    pub(super) text: &'a str,
    pub(super) registry: &'a Registry,
    pub(super) bindings: Bindings<'a>,
    pub(super) now: Timestamp,
    pub(super) types: ItemTypes,
    pub(super) type_words: &'a [Spanned<String>],
    shown: Shown,
    pub(super) notices: Vec<Notice>,
    pub(super) names: Vec<ResolvedName>,
    /// Whether a condition names a unit.
    pub(super) mentions_unit: bool,
    /// Where values are first compared.
    pub(super) quantity_at: Option<TextSpan>,
    /// What is told of each predicate, if it is.
    pub(super) explained: Option<Gathered>,
}

impl<'a> Resolver<'a> {
    /// The rows that satisfy a condition.
    fn expression(&mut self, expression: &'a Expr) -> Resolves<Filter> {
        let asked = |mode, filter| Filter::Asked(mode, Box::new(filter));
        Ok(match expression {
            Expr::And(parts) => Filter::And(self.expressions(parts)?),
            Expr::Or(parts) => Filter::Or(self.expressions(parts)?),
            Expr::Not(inner) => Filter::not(self.expression(inner)?),
            Expr::Surely(inner) => asked(Mode::Surely, self.expression(inner)?),
            Expr::Possibly(inner) => asked(Mode::Possibly, self.expression(inner)?),
            Expr::Predicate(predicate) => self.predicate(predicate)?,
        })
    }

    fn expressions(&mut self, parts: &'a [Expr]) -> Resolves<Vec<Filter>> {
        parts.iter().map(|part| self.expression(part)).collect()
    }

    /// The attribute of this name. Mentioning some attributes shows rows that are hidden else.
    pub(super) fn attribute(&mut self, name: &Spanned<String>) -> Resolves<Attribute> {
        let attribute = Attribute::find(self.types, name).ok_or_else(|| self.unknown_attribute(name))?;
        match attribute.entry.at {
            Location::Retracted => self.shown.retracted = true,
            Location::Span(SpanField::Version) => {
                if !self.types.meets(ItemTypes::CLAIM) && !self.shown.old_versions {
                    let first = Span::point(number_key(1.0));
                    let filter = Leaf::Span {
                        field: SpanField::Version,
                        comparison: Comparison::After,
                        literal: first,
                    };
                    self.notices.push(Notice::NewestAlone { at: name.span, filter: Filter::Leaf(filter) });
                }
                self.shown.old_versions = true;
            }
            Location::Id
            | Location::Terms(_)
            | Location::Span(_)
            | Location::Words(_)
            | Location::Named(..)
            | Location::Keyed { .. }
            | Location::DocumentPublished => {}
        }
        Ok(attribute)
    }

    fn unknown_attribute(&self, name: &Spanned<String>) -> Box<Diagnostic> {
        if let Some(diagnostic) = self.unknown_part(name) {
            return diagnostic;
        }
        let types = self.type_words.iter().map(|word| word.to_ascii_lowercase()).collect();
        let has = ItemTypes::NAMED.iter().filter(|(_, of)| Attribute::find(*of, name).is_some());
        let all = has.clone().all(|(_, of)| of.within(ItemTypes::CLAIM)) && has.clone().count() > 4;
        // What every claim has is told of claims, what some have of these.
        let has = has.filter(|(_, of)| all == (*of == ItemTypes::CLAIM) || !of.within(ItemTypes::CLAIM));
        let has: Vec<&'static str> = has.map(|(word, _)| *word).collect();
        let problem = Problem::UnknownAttribute { types, has: has.clone() };
        let diagnostic = Diagnostic::new(problem, name.span, name);
        let names = Attribute::names(self.types);
        if let Some(keyed) = names.iter().find(|known| known.trim_end_matches('.') == name.as_str()) {
            return Box::new(diagnostic.expecting([format!("`{keyed}KEY`")]));
        }
        let known = names.iter().map(String::as_str).filter(|known| !known.ends_with('.'));
        let called = |ours: &&str| Attribute::find(self.types, ours).is_some();
        let elsewhere = ATTRIBUTES_ELSEWHERE.iter().filter(|(theirs, _)| theirs.contains(&name.as_str()));
        let mut near: Vec<&str> =
            elsewhere.flat_map(|(_, ours)| ours.iter().copied()).filter(called).collect();
        if near.is_empty() {
            near = nearest(name, known);
        }
        let mut edits: Vec<Edit> = near.into_iter().map(|near| Edit::new(name.span, near)).collect();
        if edits.is_empty() {
            // `troops in Russia`, `workers > 3000`: a value, then a test of what is not named.
            let homes = homes(self.registry, self.types, name);
            let conditions = homes.iter().take(1).flat_map(|home| {
                ["value", "place"].map(|tested| format!("{}={} and {tested}", home.name, **name))
            });
            edits.extend(conditions.map(|condition| Edit::new(name.span, condition)));
        }
        if edits.is_empty()
            && let Some(types) = self.type_words.iter().map(|word| word.span).reduce(TextSpan::to)
        {
            // The attribute of another type: that type may have been meant.
            edits.extend(has.into_iter().map(|word| Edit::new(types, word)));
        }
        Box::new(diagnostic.offering(edits))
    }

    /// The error of an attribute that is there without what stands behind its dot.
    fn unknown_part(&self, name: &Spanned<String>) -> Option<Box<Diagnostic>> {
        let (base, part) = name.split_once('.')?;
        let entry = Attribute::find(self.types, base)?.entry;
        let parts: Vec<&str> = hops(self.types, entry).map(|hop| hop.name).collect();
        // The name itself needs no part.
        let edits = match nearest(part, parts.iter().copied()) {
            near if near.is_empty() => vec![base.to_owned()],
            near => near.into_iter().map(|near| format!("{base}.{near}")).collect(),
        };
        let edits = edits.into_iter().map(|edit| Edit::new(name.span, edit));
        let expected = parts.iter().map(|part| value::quoted(&format!("{base}.{part}")));
        let problem = Problem::UnknownPart(base.to_owned());
        Some(Box::new(Diagnostic::new(problem, name.span, name).expecting(expected).offering(edits)))
    }
}

/// The types that a query asks for: claims of some types, or one of the others.
fn subject(query: &ast::Query, text: &str) -> Resolves<(ItemTypes, Subject)> {
    let mut all: Option<(&Spanned<String>, ItemTypes)> = None;
    for word in &query.types {
        let types = ItemTypes::parse(word).ok_or_else(|| {
            let near = nearest(word, ItemTypes::NAMED.map(|(name, _)| name)).into_iter();
            let near = near.map(|near| Edit::new(word.span, near));
            let begun = beginning::diagnostic(text).into_iter().flat_map(|other| other.edits);
            Diagnostic::new(Problem::UnknownType, word.span, word)
                .expecting(ItemTypes::NAMED.map(|(name, _)| value::quoted(name)))
                .offering(near.chain(begun.filter(|edit| parse(&edit.apply(text)).is_ok())))
        })?;
        all = Some(match all {
            None => (word, types),
            Some((first, before)) => {
                let both = before | types;
                if both != types && !both.within(ItemTypes::CLAIM) {
                    let why = format!("cannot be asked for beside `{first}`: only claim types combine");
                    let written = first.span.to(word.span);
                    let edits = [first, word].map(|word| Edit::new(written, word.as_str()));
                    let problem = Problem::WrongClause(why);
                    return Err(Box::new(Diagnostic::new(problem, word.span, word).offering(edits)));
                }
                (first, both)
            }
        });
    }
    let types = all.map_or(ItemTypes::CLAIM, |(_, types)| types);
    let subject = if types.meets(ItemTypes::CLAIM) {
        Subject::Claims(types.claim_types().collect())
    } else if types == ItemTypes::ENTITY {
        Subject::Entities
    } else if types == ItemTypes::SOURCE {
        Subject::Sources
    } else {
        Subject::Documents
    };
    Ok((types, subject))
}

fn type_restriction(subject: &Subject) -> Option<Filter> {
    match subject {
        Subject::Claims(types) if types.len() < ClaimType::ALL.len() => Some(Filter::Leaf(Leaf::Terms {
            field: Field::Type,
            any: terms(types.iter().map(|claim_type| claim_type.as_str())),
        })),
        Subject::Claims(_) | Subject::Entities | Subject::Sources | Subject::Documents => None,
    }
}
