//! What other languages, and people who speak, begin with, and the query that is meant:
//! `SELECT * FROM claim`, `show me all figures`, `how many events`, `actor=NK`.

use super::ast::TextSpan;
use super::attributes::{Attribute, ItemTypes};

use super::error::{Diagnostic, Edit, Problem};
use super::foreign;
use super::keywords::begins_clause;
use super::lexical::is_word_part;
use super::view::View;

/// Words that ask for something, before what they ask for.
const ASKING: [&str; 32] = [
    "select", "find", "list", "show", "get", "fetch", "give", "search", "return", "display", "print", "what",
    "which", "are", "is", "there", "me", "us", "all", "any", "every", "each", "the", "of", "for", "from",
    "top", "first", "last", "limit", "please", "explain",
];

/// Of those, words that ask for some of all.
const MOST: [&str; 4] = ["top", "first", "last", "limit"];

/// Words that ask how many there are.
const COUNTING: [&str; 4] = ["count", "how", "many", "number"];

/// Words that follow an attribute in a condition.
const TESTS: [&str; 8] = ["in", "is", "not", "like", "between", "contains", "before", "after"];

/// The type that a word names, in the singular or plural.
pub(super) fn type_named(word: &str) -> Option<&'static str> {
    let is_plural = |name: &str| match name.strip_suffix('y') {
        Some(stem) => word.eq_ignore_ascii_case(&format!("{stem}ies")),
        None => word.eq_ignore_ascii_case(&format!("{name}s")),
    };
    let mut names = ItemTypes::NAMED.iter().map(|(name, _)| *name);
    names.find(|name| name.eq_ignore_ascii_case(word) || is_plural(name))
}

/// The error of a text that does not begin with a type, and the edit of its beginning; nothing if
/// it does, or if nothing is known of how it begins.
pub(super) fn diagnostic(text: &str) -> Option<Box<Diagnostic>> {
    let all = tokens(text);
    let is_explained = all.first().is_some_and(|first| first.is("explain"));
    let tokens = &all[usize::from(is_explained)..];
    tokens.first().filter(|first| ItemTypes::parse(first.text).is_none())?;
    let edit = selected(text, tokens)
        .or_else(|| computed(text, tokens))
        .or_else(|| spoken(tokens))
        .or_else(|| untyped(tokens));
    let span = edit.as_ref().map(|edit| edit.span).or_else(|| asked(tokens));
    // `who said what`
    let is_near = tokens.first().is_some_and(|first| type_named(first.text).is_some());
    let span = span.or_else(|| tokens.first().filter(|_| !is_near).map(|first| first.at))?;
    let types = ItemTypes::NAMED.map(|(name, _)| format!("`{name}`"));
    let explain = (!is_explained).then(|| "`explain`".to_owned());
    let diagnostic = Diagnostic::new(Problem::Unexpected, span, &text[span.start..span.end]);
    Some(Box::new(match edit {
        Some(edit) => {
            diagnostic.expecting(std::iter::once("a type".to_owned()).chain(explain)).proposing([edit])
        }
        None => diagnostic.expecting(types.into_iter().chain(explain)),
    }))
}

/// `how many workers are there`: the words that ask, where nothing of ours is asked for.
fn asked(tokens: &[Token<'_>]) -> Option<TextSpan> {
    tokens.iter().take_while(|token| token.is_asking()).map(|token| token.at).reduce(TextSpan::to)
}

/// `SELECT id, value FROM figure`
fn selected(text: &str, tokens: &[Token<'_>]) -> Option<Edit> {
    let select = tokens.first().filter(|first| ASKING.iter().any(|word| first.is(word)))?;
    let from = tokens.iter().position(|token| token.is("from"))?;
    let of = tokens.get(from + 1)?;
    let name = type_named(of.text)?;
    let columns = &tokens[1.min(from)..from];
    let is_grouped = tokens[from..].iter().any(|token| token.is("group"));
    let (distinct, columns) = match columns {
        [distinct, columns @ ..] if distinct.is("distinct") => (true, columns),
        columns => (false, columns),
    };
    let written = columns.first().zip(columns.last());
    let written = written.map(|(first, last)| &text[first.at.start..last.at.end]);
    let clause = match written {
        None | Some("*") => String::new(),
        Some(_) if is_grouped => String::new(),
        Some(columns) if distinct => format!(" count by {columns}"),
        Some(columns) if is_count(columns) => " count".to_owned(),
        // Other functions have no clause of their own.
        Some(columns) if columns.contains('(') => return None,
        Some(columns) => format!(" list {columns}"),
    };
    Some(Edit::new(select.at.to(of.at), format!("{name}{clause}")))
}

/// `count(*)`, alone.
fn is_count(columns: &str) -> bool {
    let lower = columns.to_ascii_lowercase();
    let argument = lower.strip_prefix("count").map(str::trim).and_then(|rest| rest.strip_prefix('('));
    let argument = argument.and_then(|rest| rest.strip_suffix(')'));
    argument.is_some_and(|argument| !argument.contains(['(', ',', ' ']))
}

/// `show me all figures`, `how many claims`, `top 10 events`
fn spoken(tokens: &[Token<'_>]) -> Option<Edit> {
    let (first, end) = (tokens.first()?, tokens.iter().position(|token| !token.is_asking())? + 1);
    let (asking, of) = (&tokens[..end - 1], &tokens[end - 1]);
    let name = type_named(of.text)?;
    let is_counted = asking.iter().any(|token| COUNTING.iter().any(|word| token.is(word)));
    let number = asking.iter().find(|token| token.is_number());
    let is_most = asking.iter().any(|token| MOST.iter().any(|word| token.is(word)));
    // `top 5 figures by value`
    let key = match &tokens[end..] {
        [by, key, ..] if by.is("by") && is_most && !is_counted => {
            Some(key).filter(|key| Attribute::find(ItemTypes::ALL, key.text).is_some())
        }
        _ => None,
    };
    let sorted = key.map_or_else(String::new, |key| format!(" sort by {} desc", key.text));
    let clause = match number {
        _ if is_counted => " count".to_owned(),
        Some(year) if !is_most && year.text.len() == 4 => format!(" where when={}", year.text),
        Some(most) => format!("{sorted} limit {}", most.text),
        None => sorted,
    };
    Some(Edit::new(first.at.to(key.unwrap_or(of).at), format!("{name}{clause}")))
}

/// `sum value`, `the average of values`, `sum of figures by kind`
fn computed(text: &str, tokens: &[Token<'_>]) -> Option<Edit> {
    let first = tokens.first()?;
    let called = tokens.iter().find(|token| !token.is_asking())?;
    let (view, length) = foreign::computed(&text[called.at.start..])?;
    let called_end = called.at.start + length;
    // What it is computed of may be the type.
    let mut behind = tokens.iter().filter(|token| token.at.start >= called_end);
    let of = behind.find(|token| !token.is_asking()).filter(|of| type_named(of.text).is_some());
    let end = of.map_or(called_end, |of| of.at.end);
    Some(Edit::new(TextSpan::new(first.at.start, end), format!("figure {view}")))
}

/// `where actor=NK`, `actor=NK`, `count by kind`, `conflicts`, `history`
fn untyped(tokens: &[Token<'_>]) -> Option<Edit> {
    let first = tokens.first()?;
    if let Some(edit) = answered(tokens) {
        return Some(edit);
    }
    let is_clause = |token: &Token<'_>| begins_clause(token.text);
    let at = tokens.iter().take_while(|token| is_clause(token) || token.is_asking()).position(is_clause);
    let at = at.unwrap_or_else(|| tokens.iter().take_while(|token| token.is_asking()).count());
    let begin = tokens.get(at)?;
    let next = tokens.get(at + 1);
    let tested = if is_clause(begin) { next } else { Some(begin) };
    let is_condition = next.is_some_and(|next| {
        next.text.starts_with(['=', '<', '>', '~', '!', ':']) || TESTS.iter().any(|test| next.is(test))
    });
    let has = |of: ItemTypes| tested.is_some_and(|attribute| Attribute::find(of, attribute.text).is_some());
    let name = ItemTypes::NAMED.iter().find(|(_, of)| has(*of)).map(|(name, _)| *name);
    let (name, clause) = if is_clause(begin) {
        (name.unwrap_or("claim"), "")
    } else {
        (name.filter(|_| is_condition)?, "where ")
    };
    Some(Edit::new(first.at.to(begin.at), format!("{name} {clause}{}", begin.text)))
}

/// `conflicts`, `show latest figures`, `contradictions where kind=workers`: a view, or another
/// language's word for a clause, before or without its type.
fn answered(tokens: &[Token<'_>]) -> Option<Edit> {
    let first = tokens.first()?;
    let at = tokens.iter().position(|token| !token.is_asking())?;
    let named = &tokens[at];
    let view = View::parse(named.text);
    let clause = view.map(View::as_str).or_else(|| foreign::clause(named.text))?;
    let of = tokens.get(at + 1).filter(|of| type_named(of.text).is_some());
    let read = View::parse(clause).map_or(&[][..], View::reads);
    let name = match (of.and_then(|of| type_named(of.text)), read) {
        (Some(name), _) => name,
        (None, [only]) => only.as_str(),
        (None, _) => "claim",
    };
    Some(Edit::new(first.at.to(of.unwrap_or(named).at), format!("{name} {clause}")))
}

/// A word, a quotation or a sign.
struct Token<'q> {
    text: &'q str,
    at: TextSpan,
}

impl Token<'_> {
    fn is(&self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }

    fn is_number(&self) -> bool {
        self.text.bytes().all(|digit| digit.is_ascii_digit())
    }

    fn is_asking(&self) -> bool {
        self.is_number() || ASKING.iter().chain(&COUNTING).any(|word| self.is(word))
    }
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = match first {
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '\'' | '"' => rest[1..].find(first).map_or(rest.len(), |length| length + 2),
            _ if is_word_part(first) => rest.find(|c| !is_word_part(c)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        if !first.is_whitespace() && first != '#' {
            tokens.push(Token { text: &rest[..length], at: TextSpan::new(at, at + length) });
        }
        at += length;
    }
    tokens
}
