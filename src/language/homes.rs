//! Which attributes have a value, where a query names the value alone or under another attribute.

use super::attributes::{Entry, ItemTypes, Location, ValueType, entries};
use super::complete::tokens;
use super::error::{Diagnostic, Edit, MAX_EDITS, Problem};
use super::expect::unquoted;
use super::format;
use super::parse::parse;
use crate::model::{Quantity, Role, Time, Unit};
use crate::plan::Field;
use crate::registry::Registry;

/// How many further values alone an edit may put under their attributes.
const MAX_OTHERS: usize = 4;

/// The attributes of these types that can have the value; of those that take the same, the first.
pub(super) fn homes(registry: &Registry, types: ItemTypes, value: &str) -> Vec<&'static Entry> {
    let has_it = |entry: &&Entry| match entry.value {
        ValueType::Entity(role) => registry.resolve_entity(value, role).is_ok(),
        ValueType::Source => registry.resolve_source(value).is_ok(),
        ValueType::Document => registry.resolve_document(value).is_ok(),
        ValueType::Vocabulary(vocabulary) => {
            vocabulary.words().iter().any(|word| word.eq_ignore_ascii_case(value))
        }
        // Of bare numbers only those that are years of our times.
        ValueType::Time => {
            let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
            let is_year = value.len() == 4 && (value.starts_with("19") || value.starts_with("20"));
            (!is_number || is_year) && Time::parse(value).is_ok()
        }
        ValueType::Quantity => Quantity::parse(value).is_ok(),
        ValueType::Free => {
            let is_word = value.starts_with(|first: char| !first.is_ascii_digit());
            is_word && entry.at == Location::Terms(Field::Unit) && Unit::parse(value).is_ok()
        }
        ValueType::Number | ValueType::YesNo | ValueType::Text | ValueType::Name => false,
    };
    let mut homes: Vec<&'static Entry> = Vec::new();
    for entry in entries(types).filter(has_it) {
        if homes.iter().all(|home| home.value != entry.value) {
            homes.push(entry);
        }
    }
    // Topics, actions and the like have an attribute of their own. Whoever has a country's name may
    // also act.
    let is_own = |entry: &Entry| matches!(entry.value, ValueType::Entity(role) if !matches!(role, Role::Any | Role::Place | Role::Country));
    if homes.iter().any(|entry| is_own(entry)) {
        homes.retain(|entry| entry.value != ValueType::Entity(Role::Any));
    }
    homes
}

/// Puts a value that stands alone under the attributes that can have it. What was offered before stays
/// behind that; first it comes if it is for one of them.
pub(super) fn put_under_attributes(diagnostic: &mut Diagnostic, text: &str, registry: &Registry) {
    let ideas = conditions(diagnostic, text, registry).into_iter().filter_map(|edit| {
        let mut edited = edit.apply(text);
        for others in 0..=MAX_OTHERS {
            match parse(&edited) {
                Ok(_) if others == 0 => return Some(edit),
                Ok(_) => return Some(Edit::between(text, &edited)),
                Err(next) => {
                    let first = conditions(&next, &edited, registry).into_iter().next();
                    edited = first.or_else(|| next.edits.first().cloned())?.apply(&edited);
                }
            }
        }
        None
    });
    diagnostic.edits = ideas.take(MAX_EDITS).collect();
}

/// What a value that the error finds alone may stand for, as conditions; else what is offered already.
fn conditions(diagnostic: &Diagnostic, text: &str, registry: &Registry) -> Vec<Edit> {
    let types = types_of(text);
    let at = diagnostic.span;
    let condition = |home: &Entry, value: &str| format!("{}={}", home.name, format::value(value));
    if let Problem::BareValue(value) = &diagnostic.problem {
        let mut homes = homes(registry, types, value);
        let denied = denied_before(text, at.start);
        homes.retain(|home| !denied.iter().any(|name| name.eq_ignore_ascii_case(home.name)));
        let home_of = |edit: &Edit, homes: &[&Entry]| {
            let attribute = edit.text.split(['=', '<', '>', '!', '~']).next().unwrap_or_default().trim();
            homes.iter().position(|home| home.name == attribute)
        };
        // The attribute of the condition before comes first, if the value can be its.
        let (mut edits, mut others) = (Vec::new(), Vec::new());
        for edit in &diagnostic.edits {
            match home_of(edit, &homes) {
                Some(home) => {
                    homes.remove(home);
                    edits.push(edit.clone());
                }
                None => others.push(edit.clone()),
            }
        }
        if !(homes.is_empty() && edits.is_empty()) {
            others.retain(|edit| edit.text.contains('~'));
        }
        edits.extend(homes.into_iter().map(|home| Edit::new(at, condition(home, value))));
        edits.extend(others);
        return edits;
    }
    let written = &text[at.start..at.end];
    let quotation = unquoted(written).filter(|_| diagnostic.problem == Problem::Unexpected);
    let word = Some(written.to_owned()).filter(|_| diagnostic.problem == Problem::UnknownClause);
    if let Some(value) = quotation.or(word).filter(|_| diagnostic.edits.is_empty()) {
        // `entity Russia`, `entity 'North Korea'`, `claim NK`
        let value = value.as_str();
        let id = match types {
            ItemTypes::ENTITY => registry.resolve_entity(value, Role::Any).ok().map(|id| id.to_string()),
            ItemTypes::SOURCE => registry.resolve_source(value).ok().map(|id| id.to_string()),
            ItemTypes::DOCUMENT => registry.resolve_document(value).ok().map(|id| id.to_string()),
            _ => None,
        };
        let itself = id.map(|id| format!("id={}", format::value(&id)));
        let homes = homes(registry, types, value).into_iter().map(|home| condition(home, value));
        let conditions = itself.into_iter().chain(homes);
        return conditions.map(|condition| Edit::new(at, format!("where {condition}"))).collect();
    }
    diagnostic.edits.clone()
}

/// The attributes of the negated conditions before a value, if `or` joins it to them: of `kind!=a or
/// kind=b` the second part changes nothing.
fn denied_before(text: &str, at: usize) -> Vec<&str> {
    let pieces: Vec<&str> =
        tokens(&text[..at]).into_iter().map(|token| &text[token.span.start..token.span.end]).collect();
    let is = |at: Option<usize>, word: &str| {
        at.and_then(|at| pieces.get(at)).is_some_and(|piece| piece.eq_ignore_ascii_case(word))
    };
    if !is(pieces.len().checked_sub(1), "or") {
        return Vec::new();
    }
    let is_denied = |&at: &usize| {
        let is_negation = pieces.get(at + 1).is_some_and(|next| next.starts_with('!'));
        is_negation || is(Some(at + 1), "not") && is(Some(at + 2), "in") || is(at.checked_sub(1), "not")
    };
    (0..pieces.len()).filter(is_denied).map(|at| pieces[at]).collect()
}

/// The types that a text asks for, as far as its beginning tells.
pub(super) fn types_of(text: &str) -> ItemTypes {
    let words = text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty());
    let types = words.map(ItemTypes::parse).skip_while(Option::is_none).map_while(|types| types);
    types.reduce(|all, types| all | types).unwrap_or(ItemTypes::CLAIM)
}
