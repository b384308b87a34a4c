//! Words of other languages and of people for clauses, views and tests of ours.

use super::lexical::is_word_part;

/// What other languages call a clause of ours.
const FOREIGN_CLAUSES: [(&str, &str); 22] = [
    ("filter", "where"),
    ("by", "count by"),
    ("with", "where"),
    ("select", "list"),
    ("show", "list"),
    ("columns", "list"),
    ("fields", "list"),
    ("group", "count"),
    ("tally", "count"),
    ("asof", "as of"),
    ("as", "as of"),
    ("at", "as of"),
    ("order", "sort"),
    ("top", "limit"),
    ("first", "limit"),
    ("take", "limit"),
    ("contradictions", "conflicts"),
    ("contradicting", "conflicts"),
    ("violations", "breaches"),
    ("changes", "drift"),
    ("history", "where version>=1"),
    ("versions", "where version>=1"),
];

/// What other languages compute over a column, and the views that answer what is asked: a hedged
/// figure has no mean.
const FUNCTIONS: [(&[&str], &str); 2] = [
    (&["sum"], "total"),
    (&["avg", "average", "mean", "median", "min", "minimum", "max", "maximum", "range"], "envelope"),
];

/// What other languages and people put before a condition, and our word for it.
const FOREIGN_PREFIXES: [(&[&str], &str); 2] = [
    (&["sure", "certain", "certainly", "definitely", "must"], "surely"),
    (&["possible", "maybe", "perhaps", "might", "may", "could"], "possibly"),
];

/// What people put behind what they look for, and the tests that it may stand for, the likeliest first.
const SPOKEN_TESTS: [(&[&str], &[&str]); 5] = [
    (&["about", "on", "regarding", "concerning", "of", "involving"], &["actor=", "kind=", "place="]),
    (&["by", "from"], &["by="]),
    (&["since"], &["when>="]),
    (&["after"], &["when>"]),
    (&["before", "until"], &["when<"]),
];

/// What other languages have clauses for and ours has none, and why.
const NO_CLAUSES: [(&str, &str); 6] = [
    ("having", "is no clause: groups have no conditions of their own, items have them after `where`"),
    ("offset", "is no clause: `limit` has none, and pages go on by the `next_page_token` of the last"),
    ("skip", "is no clause: `limit` has none, and pages go on by the `next_page_token` of the last"),
    ("join", "is no clause: a dot reaches from a claim into the registry, as in `by.kind`"),
    ("union", "is no clause: types combine by a comma, conditions by `or`"),
    ("distinct", "is no clause: groups have each value once, as in `count by kind`"),
];

/// What people put before an attribute that must be there, or must not.
const PRESENCE: [(&[&str], &str); 2] = [
    (&["exists", "has", "have", "with", "any"], "is present"),
    (&["no", "without", "missing", "lacks"], "is missing"),
];

/// Those of a table that have the word among the first, in any ASCII case.
fn meant<'t, T>(table: &'t [(&[&str], T)], word: &str) -> Option<&'t T> {
    let is_meant = |theirs: &&str| theirs.eq_ignore_ascii_case(word);
    table.iter().find(|(theirs, _)| theirs.iter().any(is_meant)).map(|(_, ours)| ours)
}

/// The clause that another language's word stands for.
pub(super) fn clause(word: &str) -> Option<&'static str> {
    FOREIGN_CLAUSES.iter().find(|(foreign, _)| foreign.eq_ignore_ascii_case(word)).map(|&(_, clause)| clause)
}

/// Why there is no such clause as another language has.
pub(super) fn no_clause(word: &str) -> Option<&'static str> {
    NO_CLAUSES.iter().find(|(theirs, _)| theirs.eq_ignore_ascii_case(word)).map(|(_, why)| *why)
}

/// The tests, less their values, that a word behind what is looked for may stand for.
pub(super) fn spoken(word: &str) -> Option<&'static [&'static str]> {
    meant(&SPOKEN_TESTS, word).copied()
}

/// Our prefix for what another language or people put before a condition.
pub(super) fn prefix(word: &str) -> Option<&'static str> {
    meant(&FOREIGN_PREFIXES, word).copied()
}

/// The test that a word before an attribute stands for.
pub(super) fn presence(word: &str) -> Option<&'static str> {
    meant(&PRESENCE, word).copied()
}

/// The view that a function of another language stands for, and how much of the text calls it:
/// `sum`, `avg value`, `max(value)`, `sum of values`.
pub(super) fn computed(text: &str) -> Option<(&'static str, usize)> {
    let is_one = |word: &str, of: &[&str]| of.iter().any(|known| known.eq_ignore_ascii_case(word));
    let end = word_length(text);
    let view = meant(&FUNCTIONS, &text[..end])?;
    let mut rest = text[end..].trim_start();
    while is_one(&rest[..word_length(rest)], &["of", "the"]) {
        rest = rest[word_length(rest)..].trim_start();
    }
    let argument = rest.strip_prefix('(').map_or(rest, str::trim_start);
    let after = &argument[word_length(argument)..];
    let closed = if argument.len() < rest.len() { after.trim_start().strip_prefix(')') } else { Some(after) };
    let is_value = is_one(&argument[..word_length(argument)], &["value", "values"]);
    let length = closed.filter(|_| is_value).map_or(end, |after| text.len() - after.len());
    Some((view, length))
}

/// How long the word is that a text begins with.
pub(super) fn word_length(text: &str) -> usize {
    text.find(|c| !is_word_part(c)).unwrap_or(text.len())
}
