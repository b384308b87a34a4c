//! What can be written at a cursor. The grammar says what may come next ([`super::expect`]), the
//! attribute table which attributes, operators and values those are, and the registry which names.

mod place;

pub use place::{Token, TokenKind, tokens};

use super::ast::{Output, Query, TextSpan};
use super::attributes::{Attribute, Beyond, ItemTypes, Location, ValueType};
use super::error::Edit;
use super::expect::A_VIEW;
use super::format;
use super::parameters::Parameters;
use super::parse::{expected_after, parse};
use super::resolve::means_something;
use super::view::View;
use crate::model::Role;
use crate::plan::{Field, fold};
use crate::registry::Registry;
use place::Place;
use std::collections::HashMap;
use std::sync::Arc;

/// The most completions that are offered.
pub const MAX_COMPLETIONS: usize = 50;

/// The most parameters among them.
const MAX_PARAMETERS: usize = 10;

/// How many items of the registry are looked at for a name, after those that claims name.
const MAX_SCANNED: usize = 20_000;

/// How many claims of the ledger have a value, by the value, whatever the rest of the query says: of a
/// name the claims that name it, not what is below it.
pub type Counts = HashMap<Arc<str>, u64>;

/// What a completion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompletionKind {
    /// A type of items.
    Type,
    /// A keyword or punctuation.
    Keyword,
    /// An attribute.
    Attribute,
    /// An operator.
    Operator,
    /// A word of a closed vocabulary.
    Word,
    /// A name of the registry.
    Name,
    /// A parameter.
    Parameter,
    /// Another value: one that claims have, or an example.
    Value,
}

/// Something that can be written at the cursor.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    /// Replaces what stands left of the cursor within a word.
    pub edit: Edit,
    /// What it is.
    pub kind: CompletionKind,
    /// More about it in words, if there is more.
    pub detail: String,
}

/// At most [`MAX_COMPLETIONS`] completions at `cursor`, a byte offset, the best first: names by how
/// many claims have them. A cursor beyond the end, or within a character, is moved left.
pub fn complete(
    text: &str,
    cursor: usize,
    registry: &Registry,
    parameters: &Parameters,
    counts: &dyn Fn(Field) -> Arc<Counts>,
) -> Vec<Completion> {
    let mut cursor = cursor.min(text.len());
    while !text.is_char_boundary(cursor) {
        cursor -= 1;
    }
    let mut offers = Offers { registry, parameters, counts, cursor, found: Vec::new() };
    let Some(place) = Place::at(&text[..cursor]) else { return offers.found };
    if let Some(closing) = place.closing() {
        offers.found.push(offers.completion(cursor, closing, CompletionKind::Keyword, ""));
    }
    if !place.is_in_comment() {
        let expected = expected(&place);
        offers.at(&place, &expected);
        if let Some(after) = place.after_word()
            && offers.is_known(&place, &after, &expected)
        {
            offers.at(&after, &self::expected(&after));
        }
    }
    offers.found.truncate(MAX_COMPLETIONS);
    offers.found
}

struct Offers<'a> {
    registry: &'a Registry,
    parameters: &'a Parameters,
    counts: &'a dyn Fn(Field) -> Arc<Counts>,
    cursor: usize,
    found: Vec<Completion>,
}

/// What a name stands for.
struct Named<'a> {
    names: Vec<&'a str>,
    kind: &'a str,
}

impl<'a> Offers<'a> {
    fn completion(
        &self,
        from: usize,
        text: impl Into<String>,
        kind: CompletionKind,
        detail: impl Into<String>,
    ) -> Completion {
        let edit = Edit::new(TextSpan::new(from, self.cursor), text);
        Completion { edit, kind, detail: detail.into() }
    }

    /// Offers what begins with the place's word; letter case aside.
    fn offer(&mut self, place: &Place<'_>, text: &str, kind: CompletionKind, detail: impl Into<String>) {
        let is_there = self.found.iter().any(|found| found.edit.text.trim_start() == text);
        if place.is_quoted() || !place.begins(text) || is_there {
            return;
        }
        self.push(place, text, kind, detail);
    }

    fn push(&mut self, place: &Place<'_>, text: &str, kind: CompletionKind, detail: impl Into<String>) {
        let is_apart =
            text.starts_with("../") || text.starts_with(|c: char| c.is_alphanumeric() || "$'\"".contains(c));
        let space = if is_apart && place.needs_space() { " " } else { "" };
        let completion = self.completion(place.start(), format!("{space}{text}"), kind, detail);
        self.found.push(completion);
    }

    /// Whether the word can be whole: a keyword, a type, an attribute, or a value that means
    /// something where it stands.
    fn is_known(&self, place: &Place<'_>, after: &Place<'_>, expected: &[&str]) -> bool {
        let types = after.types();
        let is_keyword = expected.iter().any(|keyword| {
            // Others are words for what is put there, as `a value`.
            let keyword = keyword.strip_prefix('`').unwrap_or_default().trim_end_matches('`');
            keyword.split(' ').next().is_some_and(|word| word.eq_ignore_ascii_case(place.word))
        });
        let is_value = ["a value", "a time", "a whole number"]
            .iter()
            .any(|value| expected.contains(value) && self.may_be_value(place, value))
            // The grammar also takes a value there, to say that `is` takes none.
            && !expected.contains(&"`present`");
        let is_type = || expected.contains(&"a type") && types.is_some();
        let is_attribute = || {
            expected.contains(&"an attribute")
                && match place.trial() {
                    Some(trial) => Trial::new(trial).may_end_in(place.word),
                    None => after.attribute(types).is_some(),
                }
        };
        is_keyword || is_type() || is_attribute() || is_value
    }

    /// Whether the word may be meant as a value: names and words of vocabularies are known, but times,
    /// numbers and texts are the writer's own, unless they are the beginning of what was offered.
    fn may_be_value(&self, place: &Place<'_>, expected: &str) -> bool {
        let compared = place.compared(place.types()).filter(|_| expected == "a value");
        let is_known = compared.is_some_and(|attribute| match attribute.value() {
            ValueType::Entity(_)
            | ValueType::Source
            | ValueType::Document
            | ValueType::Vocabulary(_)
            | ValueType::YesNo => true,
            ValueType::Quantity
            | ValueType::Number
            | ValueType::Time
            | ValueType::Text
            | ValueType::Name
            | ValueType::Free => false,
        });
        !is_known && self.found.is_empty() || self.is_value(place, expected, place.word)
    }

    /// Whether a value means something where it stands. Of a parameter that was not sent it is not
    /// known what it stands for.
    fn is_value(&self, place: &Place<'_>, expected: &str, value: &str) -> bool {
        let parameter = value.strip_prefix('$');
        if parameter.is_some_and(|name| !self.parameters.contains_key(name)) {
            return true;
        }
        let types = place.types();
        let query = match expected {
            "a time" => format!("claim as of {value}"),
            "a whole number" => format!("claim limit {value}"),
            _ => {
                let (Some(types), Some(attribute)) = (place.types_text(), place.compared(types)) else {
                    return true;
                };
                let is_list = parameter.is_some() && place.is_behind_in();
                // One of a list is compared as it would be alone.
                let operator = match place.operator() {
                    _ if is_list => " in ",
                    Some(operator) => operator,
                    None => "=",
                };
                format!("{types} where {attribute}{operator}{value}")
            }
        };
        let sent = parameter.and_then(|name| self.parameters.get_key_value(name));
        let sent = sent.map(|(name, value)| (name.clone(), value.clone())).into_iter().collect();
        is_accepted(&query, self.registry, &sent)
    }

    fn at(&mut self, place: &Place<'_>, expected: &[&str]) {
        let types = place.types();
        let is_operator = expected.contains(&"`=`");
        if is_operator && let Some(attribute) = place.attribute(types) {
            for operator in attribute.value().operators().into_iter().filter(|_| !attribute.is_for_tables()) {
                self.offer(place, operator, CompletionKind::Operator, "");
            }
            return;
        }
        // The grammar also takes a value there, to say that `is` takes none.
        let is_presence = expected.contains(&"`present`");
        for &what in expected {
            match what {
                "a value" if is_presence => {}
                "a type" => self.types(place, types),
                "an attribute" => self.attributes(place, types, |name| !is_step(name)),
                "a value" => {
                    if let Some(attribute) = place.compared(types) {
                        self.values(place, types, &attribute);
                    } else {
                        self.examples(place, "a value", ValueType::Free);
                    }
                    self.parameters(place, what);
                }
                "a time" => {
                    self.examples(place, what, ValueType::Time);
                    self.parameters(place, what);
                }
                "a whole number" => {
                    if place.is_behind_revision() {
                        // Later ones there may not be.
                        self.offer(place, "1", CompletionKind::Value, "");
                    } else {
                        self.examples(place, what, ValueType::Number);
                    }
                    self.parameters(place, what);
                }
                A_VIEW if place.allows(A_VIEW) => {
                    for view in View::ALL {
                        let is_taken = types.is_none_or(|types| view.is_about(types));
                        if is_taken && self.can_be_ordered(place, view.as_str()) {
                            self.offer(place, view.as_str(), CompletionKind::Keyword, view.help());
                        }
                    }
                }
                "`count`" if !self.can_be_ordered(place, "count") => {}
                "`only`" if !types.is_some_and(has_many) => {}
                keyword if place.allows(keyword) && keyword != A_VIEW => {
                    let kind = if is_operator { CompletionKind::Operator } else { CompletionKind::Keyword };
                    self.offer(place, keyword.trim_matches('`'), kind, "");
                }
                _ => {}
            }
        }
        // So many that they would leave no room for keywords.
        if expected.contains(&"an attribute") {
            self.attributes(place, types, is_step);
        }
    }

    /// Whether what `count` or a view answers can be in the order that was asked for, if one was.
    fn can_be_ordered(&self, place: &Place<'_>, output: &str) -> bool {
        place.sorted().is_none_or(|(types, sort, keys)| {
            let by_keys = format!(" by {keys}");
            ["", &by_keys].iter().any(|by| {
                is_accepted(&format!("{types} {output}{by} {sort}"), self.registry, &Parameters::new())
            })
        })
    }

    /// Claim types combine, once each; other types stand alone.
    fn types(&mut self, place: &Place<'_>, given: Option<ItemTypes>) {
        let combines = |types: ItemTypes| given.is_none_or(|given| (given | types).within(ItemTypes::CLAIM));
        let is_new = |types: ItemTypes| given.is_none_or(|given| !given.meets(types));
        // One that is asked for already is offered only where it is what was begun.
        for repeats in [false, true] {
            let before = self.found.len();
            for (name, types) in ItemTypes::NAMED {
                if combines(types) && is_new(types) != repeats {
                    self.offer(place, name, CompletionKind::Type, "");
                }
            }
            if self.found.len() > before {
                return;
            }
        }
    }

    /// Those of the attributes that the clause takes.
    fn attributes(&mut self, place: &Place<'_>, types: Option<ItemTypes>, is_meant: fn(&str) -> bool) {
        let Some(types) = types.filter(|_| !place.is_after_count()) else { return };
        let mut trial = place.trial().map(Trial::new);
        let columns = trial.as_ref().and_then(Trial::columns);
        let mut names = columns.unwrap_or_else(|| Attribute::names(types));
        if types.within(ItemTypes::CLAIM) && place.word.to_ascii_lowercase().starts_with(LABEL) {
            let keys = (self.counts)(Field::LabelKey);
            names.extend(by_count(&keys).into_iter().map(|(key, _)| format!("{LABEL}{key}")));
        }
        for name in names.iter().filter(|name| is_meant(name) && place.begins(name)) {
            let attribute = Attribute::find(types, name);
            let is_taken = match &mut trial {
                Some(trial) => trial.takes(name),
                None if place.is_after_only() => attribute.as_ref().is_some_and(Attribute::is_many),
                None if place.is_in_list() => true,
                None => !attribute.as_ref().is_some_and(Attribute::is_for_tables),
            };
            if is_taken {
                let help = attribute.map_or("", |attribute| match attribute.beyond {
                    Beyond::Fact { hop, .. } | Beyond::Part { hop, .. } | Beyond::Bound { hop, .. } => {
                        hop.help
                    }
                    Beyond::Nothing | Beyond::Key { .. } => attribute.entry.help,
                });
                self.offer(place, name, CompletionKind::Attribute, help);
            }
        }
    }

    fn values(&mut self, place: &Place<'_>, types: Option<ItemTypes>, attribute: &Attribute) {
        let field = match (&attribute.beyond, attribute.entry.at) {
            (Beyond::Nothing, Location::Terms(field)) => Some(field),
            (
                Beyond::Nothing
                | Beyond::Fact { .. }
                | Beyond::Part { .. }
                | Beyond::Bound { .. }
                | Beyond::Key { .. },
                _,
            ) => None,
        };
        let of_claims = types.is_some_and(|types| types.within(ItemTypes::CLAIM));
        let counts = field.filter(|_| of_claims).map(self.counts).unwrap_or_default();
        match attribute.value() {
            ValueType::Entity(role) => self.entities(place, role, &counts),
            ValueType::Source => self.sources(place, &counts),
            ValueType::Document => self.documents(place, &counts),
            ValueType::Vocabulary(vocabulary) => {
                // Some have no place in their vocabulary's order.
                let is_fitting = |word: &&str| self.is_value(place, "a value", word);
                for word in vocabulary.words().into_iter().filter(is_fitting).collect::<Vec<_>>() {
                    self.value(place, word, CompletionKind::Word, claims(counts.get(word)));
                }
            }
            ValueType::Free => {
                for (value, count) in by_count(&counts) {
                    if self.found.len() >= MAX_COMPLETIONS {
                        break;
                    }
                    self.value(place, value, CompletionKind::Value, claims(Some(&count)));
                }
                self.examples(place, "a value", ValueType::Free);
            }
            other @ (ValueType::YesNo
            | ValueType::Quantity
            | ValueType::Number
            | ValueType::Time
            | ValueType::Text
            | ValueType::Name) => self.examples(place, "a value", other),
        }
    }

    fn entities(&mut self, place: &Place<'_>, role: Role, counts: &Counts) {
        let registry = self.registry;
        let named = |id: &str| {
            let entity = registry.entity(id).filter(|entity| role.kinds().contains(&entity.kind))?;
            let others = entity.aliases.iter().map(String::as_str);
            let names = [entity.id.as_str(), &entity.name].into_iter().chain(others).collect();
            Some(Named { names, kind: entity.kind.as_str() })
        };
        let ids = registry.entities().map(|entity| entity.id.shared());
        let stands_for = |name: &str, id: &str| {
            registry.resolve_entity(name, role).is_ok_and(|found| found.as_str() == id)
        };
        self.names(place, counts, ids, named, stands_for);
    }

    fn sources(&mut self, place: &Place<'_>, counts: &Counts) {
        let registry = self.registry;
        let named = |id: &str| {
            let source = registry.source(id)?;
            let others = source.aliases.iter().map(String::as_str);
            let names = [source.id.as_str(), &source.name].into_iter().chain(others).collect();
            Some(Named { names, kind: source.kind.as_str() })
        };
        let ids = registry.sources().map(|source| source.id.shared());
        let stands_for =
            |name: &str, id: &str| registry.resolve_source(name).is_ok_and(|found| found.as_str() == id);
        self.names(place, counts, ids, named, stands_for);
    }

    fn documents(&mut self, place: &Place<'_>, counts: &Counts) {
        let registry = self.registry;
        let named = |id: &str| {
            let document = registry.document(id)?;
            Some(Named { names: vec![document.id.as_str()], kind: "document" })
        };
        let ids = registry.documents().map(|document| document.id.shared());
        self.names(place, counts, ids, named, |name, id| name == id);
    }

    /// Names that begin with the word, those of most claims first, then by id.
    fn names<'n>(
        &mut self,
        place: &Place<'_>,
        counts: &'n Counts,
        ids: impl Iterator<Item = &'n Arc<str>>,
        named: impl Fn(&str) -> Option<Named<'n>>,
        stands_for: impl Fn(&str, &str) -> bool,
    ) {
        let prefix = fold(&place.content());
        let counted = by_count(counts).into_iter().map(|(id, _)| id);
        let others = ids.take(MAX_SCANNED).filter(|id| !counts.contains_key(*id));
        for id in counted.chain(others) {
            let Some(named) = named(id) else { continue };
            let begins = |name: &&&str| fold(name).starts_with(&*prefix) && stands_for(name, id);
            let Some(name) = named.names.iter().find(begins) else { continue };
            let detail = [named.names.get(1).copied().unwrap_or_default().to_owned(), named.kind.to_owned()];
            let detail = detail.into_iter().chain([claims(counts.get(id))]).filter(|part| !part.is_empty());
            let detail = detail.collect::<Vec<_>>().join(", ");
            self.write(place, name, CompletionKind::Name, detail);
            if self.found.len() >= MAX_COMPLETIONS {
                return;
            }
        }
    }

    /// A value, if it begins with what was written.
    fn value(&mut self, place: &Place<'_>, value: &str, kind: CompletionKind, detail: String) {
        if fold(value).starts_with(&*fold(&place.content())) {
            self.write(place, value, kind, detail);
        }
    }

    fn write(&mut self, place: &Place<'_>, value: &str, kind: CompletionKind, detail: String) {
        let written = if place.is_quoted() { format::quote(value) } else { format::value(value) };
        self.push(place, &written, kind, detail);
    }

    /// Values to begin with, where none are known.
    fn examples(&mut self, place: &Place<'_>, expected: &str, value: ValueType) {
        let examples: &[&str] = match value {
            ValueType::YesNo => &["yes", "no"],
            ValueType::Time => &["now", "now-30d", "2025", "~2025", "../2025"],
            ValueType::Quantity => &["1000", "10k", "~1000"],
            ValueType::Number => &["1", "10", "100"],
            ValueType::Text
            | ValueType::Name
            | ValueType::Free
            | ValueType::Entity(_)
            | ValueType::Source
            | ValueType::Document
            | ValueType::Vocabulary(_) => &["'"],
        };
        let kind = if value == ValueType::YesNo { CompletionKind::Word } else { CompletionKind::Value };
        for example in examples {
            // What a quote begins is not known yet.
            if *example == "'" || self.is_value(place, expected, example) {
                self.offer(place, example, kind, "");
            }
        }
    }

    /// Those parameters that mean something here; names leave them room.
    fn parameters(&mut self, place: &Place<'_>, expected: &str) {
        let parameters: Vec<_> = self.parameters.keys().map(|name| format!("${name}")).collect();
        let is_fitting =
            |name: &&String| name.starts_with(place.word) && self.is_value(place, expected, name);
        let fitting: Vec<_> = parameters.iter().filter(is_fitting).take(MAX_PARAMETERS).collect();
        self.found.truncate(MAX_COMPLETIONS - fitting.len());
        for name in fitting {
            self.offer(place, name, CompletionKind::Parameter, "");
        }
    }
}

/// A query that ends with an attribute, which others are tried in the place of.
struct Trial {
    text: String,
    /// Nothing if no attribute at all makes a query of it.
    query: Option<Query>,
}

impl Trial {
    /// `beginning` ends where the attribute comes, and names no values.
    fn new(beginning: String) -> Self {
        let text = beginning + " id";
        Self { query: parse(&text).ok(), text }
    }

    /// The columns that the attribute must be one of, if the query sorts the rows of a table.
    fn columns(&self) -> Option<Vec<String>> {
        let query = self.query.as_ref().filter(|query| !query.sort.is_empty())?;
        let (keys, own) = match &query.output.as_ref()?.node {
            Output::List(_) => return None,
            Output::Count(keys) => (keys, ["sure", "possible"].as_slice()),
            Output::View(view, keys) => (keys, view.columns()),
        };
        Some(keys.iter().map(|key| key.node.as_str()).chain(own.iter().copied()).map(str::to_owned).collect())
    }

    /// Whether the query may be whole with this attribute or column.
    fn may_end_in(&mut self, name: &str) -> bool {
        match self.columns() {
            Some(columns) => columns.iter().any(|column| column.eq_ignore_ascii_case(name)),
            None => self.takes(name),
        }
    }

    /// Whether the query means something with this attribute.
    fn takes(&mut self, name: &str) -> bool {
        let Some(query) = &mut self.query else { return false };
        let tried = match (query.sort.last_mut(), query.output.as_mut().map(|output| &mut output.node)) {
            (Some(key), _) => Some(&mut key.attribute),
            (None, Some(Output::List(names) | Output::Count(names) | Output::View(_, names))) => {
                names.last_mut()
            }
            (None, None) => None,
        };
        let Some(tried) = tried else { return false };
        // Any key will do.
        tried.node = if name.ends_with('.') { format!("{name}key") } else { name.to_owned() };
        means_something(query, &self.text, &Registry::default(), &Parameters::new())
    }
}

/// Whether some attribute can have several values.
fn has_many(types: ItemTypes) -> bool {
    Attribute::names(types)
        .iter()
        .any(|name| Attribute::find(types, name).is_some_and(|found| found.is_many()))
}

/// What may stand at a place, in the words of errors.
fn expected(place: &Place<'_>) -> Vec<&'static str> {
    if place.is_half_as_of() {
        vec!["`of`"]
    } else if place.is_behind_revision() {
        // To the grammar the word might be a time.
        vec!["a whole number"]
    } else {
        let mut expected = expected_after(place.head);
        // The grammar calls a range a value.
        let has_order =
            || place.compared(place.types()).is_some_and(|attribute| attribute.value().is_ordered());
        if place.word == "." && place.is_behind_in() && has_order() {
            expected.push("`..`");
        }
        expected
    }
}

/// What stands before a label's key.
const LABEL: &str = "label.";

/// Whether an attribute's name goes on behind a dot.
fn is_step(name: &str) -> bool {
    name.trim_end_matches('.').contains('.')
}

/// Whether a query is accepted.
fn is_accepted(query: &str, registry: &Registry, parameters: &Parameters) -> bool {
    parse(query).is_ok_and(|parsed| means_something(&parsed, query, registry, parameters))
}

fn by_count(counts: &Counts) -> Vec<(&Arc<str>, u64)> {
    let mut counts: Vec<_> = counts.iter().map(|(value, count)| (value, *count)).collect();
    counts.sort_unstable_by(|(a, more), (b, less)| less.cmp(more).then_with(|| a.cmp(b)));
    counts
}

fn claims(count: Option<&u64>) -> String {
    match count {
        None => String::new(),
        Some(1) => "1 claim".to_owned(),
        Some(count) => format!("{count} claims"),
    }
}

#[cfg(test)]
mod tests;
