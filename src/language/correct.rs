//! What other languages and people in a hurry write, and what to write instead.
//!
//! Each function makes the error for one such mistake, which stands at `at` in `text`. Its edits
//! are ideas: [`parse`](super::parse()) keeps those after which the query parses.

use crate::model::nearest;

use super::ast::{Operator, Output, Spanned, TextSpan};
use super::attributes::{ATTRIBUTES, Attribute, ItemTypes, ValueType, entries};
use super::error::{Diagnostic, Edit, Problem};
use super::expect::A_VIEW;
use super::foreign;
use super::format::quote;
use super::habits::{Meant, Tested, meant};
use super::homes::types_of;
use super::keywords::{CLAUSES, begins_clause};
use super::lexical::whole_number;
use super::view::View;

/// What other languages write for an operator of ours. Those that search are `~` for words and `=`
/// for all else.
const OPERATORS: [(&[&str], Operator); 7] = [
    (&["==", "===", ":", "::", ":=", "equals", "equal to", "on", "during", "at"], Operator::Equal),
    (&["!==", "=!", "<>", "≠", "not =", "not =="], Operator::NotEqual),
    (&["=>", "≥", "since", "at least"], Operator::GreaterOrEqual),
    (&["=<", "≤", "until", "till", "through", "at most"], Operator::LessOrEqual),
    (&["before", "below", "under"], Operator::Less),
    (&["after", "above", "over"], Operator::Greater),
    (&["!~*", "not like", "not ilike", "not contains"], Operator::NotMatches),
];

/// Longer conditions are not repeated in an edit that only puts a word before them.
const MAX_REPEATED_BYTES: usize = 60;

/// What joins conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Connective {
    /// `and`
    And,
    /// `or`
    Or,
}

impl Connective {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::And => "and",
            Self::Or => "or",
        }
    }

    const fn other(self) -> Self {
        match self {
            Self::And => Self::Or,
            Self::Or => Self::And,
        }
    }
}

fn diagnose(text: &str, problem: Problem, at: TextSpan) -> Diagnostic {
    Diagnostic::new(problem, at, slice(text, at))
}

fn slice(text: &str, at: TextSpan) -> &str {
    &text[at.start..at.end]
}

fn clauses() -> impl Iterator<Item = String> {
    let named = |clause: &str| {
        // After the other answers: `list` and `count`.
        let view = (clause == "count").then(|| A_VIEW.to_owned());
        [Some(format!("`{clause}`")), view].into_iter().flatten()
    };
    CLAUSES.into_iter().flat_map(named)
}

/// The clauses that a word may have been meant for.
fn near_clauses(word: &str) -> Vec<&'static str> {
    nearest(word, CLAUSES.into_iter().chain(View::ALL.map(View::as_str)))
}

// ── Clauses

/// `figure and event`
pub(super) fn type_separator(text: &str, at: TextSpan) -> Box<Diagnostic> {
    // The comma takes the place of the space before it.
    let start = text[..at.start].trim_end().len();
    let edit = Edit::new(TextSpan::new(start, at.end), ",");
    Box::new(diagnose(text, Problem::ForeignOperator(","), at).proposing([edit]))
}

/// A clause for the second time.
pub(super) fn repeated_clause(text: &str, at: TextSpan, clause: &'static str) -> Box<Diagnostic> {
    let written = slice(text, at);
    let first_word = written.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(written.len());
    let keyword = TextSpan::new(at.start, at.start + first_word);
    let edit = (clause == "where").then(|| Edit::new(keyword, "and"));
    Box::new(diagnose(text, Problem::RepeatedClause(clause), keyword).proposing(edit))
}

/// `list` beside `count`, or either twice.
pub(super) fn second_output(text: &str, at: TextSpan, first: &Output, second: &Output) -> Box<Diagnostic> {
    let (first, second) = (first.keyword(), second.keyword());
    if first == second {
        return repeated_clause(text, at, first);
    }
    Box::new(diagnose(text, Problem::TwoOutputs(first, second), at))
}

/// A condition where only a clause can be.
pub(super) fn stray_condition(text: &str, at: TextSpan, has_where: bool) -> Box<Diagnostic> {
    if has_where {
        return Box::new(diagnose(text, Problem::Unexpected, at).expecting(clauses()));
    }
    let first = TextSpan::new(at.start, at.start + foreign::word_length(slice(text, at)));
    let word = slice(text, first);
    if let Some(ours) = foreign::prefix(word) {
        let edit = Edit::new(at, format!("where {ours}{}", &text[first.end..at.end]));
        return Box::new(diagnose(text, Problem::MissingWord("where"), at).proposing([edit]));
    }
    let is_clause = foreign::no_clause(word).is_some() || !meant_clauses(word).is_empty();
    if is_clause && Attribute::find(ItemTypes::ALL, word).is_none() {
        return stray_clause(text, first, None, None);
    }
    missing_word(text, at, "where")
}

/// A word of the language is missing before `at`.
pub(super) fn missing_word(text: &str, at: TextSpan, word: &'static str) -> Box<Diagnostic> {
    let edit = put_before(text, at, word);
    Box::new(diagnose(text, Problem::MissingWord(word), at).proposing([edit]))
}

/// A word where only a clause can be; `items_end` is where a list of names ends, which it may
/// belong to.
pub(super) fn stray_clause(
    text: &str,
    at: TextSpan,
    items_end: Option<usize>,
    count: Option<TextSpan>,
) -> Box<Diagnostic> {
    let word = slice(text, at);
    if let Some(why) = foreign::no_clause(word) {
        let next = &text[at.end..].trim_start();
        let next = &next[..foreign::word_length(next)];
        // `having kind=troops`
        let is_condition =
            word.eq_ignore_ascii_case("having") && Attribute::find(ItemTypes::ALL, next).is_some();
        let diagnostic = diagnose(text, Problem::WrongClause(why.to_owned()), at).expecting(clauses());
        return Box::new(diagnostic.proposing(is_condition.then(|| Edit::new(at, "where"))));
    }
    let mut edits = spoken_tests(text, at);
    edits.extend(
        foreign::computed(&text[at.start..])
            .map(|(view, length)| Edit::new(TextSpan::new(at.start, at.start + length), view)),
    );
    edits.extend(meant_clauses(word).into_iter().map(|clause| Edit::new(at, clause)));
    if let Some(prefix) = foreign::prefix(word) {
        edits.extend(["and", "where"].map(|before| Edit::new(at, format!("{before} {prefix}"))));
    }
    if word.eq_ignore_ascii_case("by") {
        edits.extend(keys_behind(text, at.start, count));
    } else if word.eq_ignore_ascii_case("group") {
        // The `by` behind it may belong to a `count` before it.
        edits.push(Edit::new(TextSpan::new(text[..at.start].trim_end().len(), at.end), ""));
    } else if word.eq_ignore_ascii_case("as") && items_end.is_some() {
        let name = first_word(text, TextSpan::new(at.end, text.len()));
        let name_of_column = slice(text, name);
        if !name_of_column.eq_ignore_ascii_case("of") && name_of_column.starts_with(char::is_alphabetic) {
            let name_end = name.start + slice(text, name).trim_end_matches(',').len();
            let edit = Edit::new(TextSpan::new(text[..at.start].trim_end().len(), name_end), "");
            let problem = Problem::WrongClause("is no word here: columns keep their names".to_owned());
            return Box::new(diagnose(text, problem, at).proposing([edit]));
        }
    }
    let is_attribute = Attribute::find(ItemTypes::ALL, word).is_some();
    let next = slice(text, first_word(text, TextSpan::new(at.end, text.len())));
    let is_tested = !next.is_empty() && !begins_clause(next) && View::parse(next).is_none();
    if is_attribute && is_tested {
        edits.push(Edit::new(at, format!("where {word}")));
    }
    let is_name = ItemTypes::parse(word).is_some() || is_attribute;
    let before = items_end.filter(|&end| text[end..at.start].trim().is_empty());
    if let Some(end) = before.filter(|_| is_name) {
        edits.push(Edit::new(TextSpan::new(end, at.end), format!(", {word}")));
    }
    Box::new(diagnose(text, Problem::UnknownClause, at).expecting(clauses()).proposing(edits))
}

/// `;` at the end, `,` before a clause
pub(super) fn stray_sign(text: &str, at: TextSpan) -> Box<Diagnostic> {
    Box::new(diagnose(text, Problem::StrayOperator, at).proposing([Edit::new(at, "")]))
}

/// `sort by value descending`
pub(super) fn order(text: &str, at: TextSpan) -> Box<Diagnostic> {
    let ours = if slice(text, at).eq_ignore_ascii_case("descending") { "desc" } else { "asc" };
    Box::new(diagnose(text, Problem::ForeignOperator(ours), at).proposing([Edit::new(at, ours)]))
}

/// `count where actor=NK by kind`: the keys that begin at `by`, behind the `count` that they belong
/// to, or behind one that is missing.
fn keys_behind(text: &str, by: usize, count: Option<TextSpan>) -> Option<Edit> {
    let mut words = text[by..].split_inclusive(char::is_whitespace);
    let keyword = words.next()?;
    let is_key = |word: &&str| {
        let word = word.trim().trim_end_matches(',');
        !begins_clause(word)
    };
    let length: usize = words.take_while(is_key).map(str::len).sum();
    let end = text[..by + keyword.len() + length].trim_end().len();
    let keys = &text[by..end];
    Some(match count {
        None => Edit::new(TextSpan::new(by, end), format!("count {keys}")),
        Some(count) => {
            let between = text[count.end..by].trim_end();
            Edit::new(TextSpan::new(count.start, end), format!("count {keys}{between}"))
        }
    })
}

/// `list distinct actor`, `count distinct actor`; `whole` is the clause.
pub(super) fn distinct(text: &str, at: TextSpan, whole: TextSpan) -> Box<Diagnostic> {
    let edit = Edit::new(whole, format!("count by {}", text[at.end..whole.end].trim()));
    let word = TextSpan::new(at.start, at.start + slice(text, at).trim_end().len());
    let why = "is no word here: groups have each value once".to_owned();
    Box::new(diagnose(text, Problem::WrongClause(why), word).proposing([edit]))
}

/// `list *`; `whole` is the clause.
pub(super) fn all(text: &str, at: TextSpan, whole: TextSpan) -> Box<Diagnostic> {
    let edit = Edit::new(TextSpan::new(text[..whole.start].trim_end().len(), whole.end), "");
    let why = "is no attribute: without `list` the answer holds whole items".to_owned();
    Box::new(diagnose(text, Problem::WrongClause(why), at).proposing([edit]))
}

/// `count(*)`, `count(kind)`
pub(super) fn call(text: &str, at: TextSpan) -> Box<Diagnostic> {
    let inside = slice(text, at).trim_matches(['(', ')']).trim();
    let distinct =
        inside.get(..9).filter(|word| word.eq_ignore_ascii_case("distinct ")).map(|_| inside[9..].trim());
    if let Some(keys) = distinct {
        return Box::new(
            diagnose(
                text,
                Problem::WrongClause("has no place here: `count by` has each value once".to_owned()),
                at,
            )
            .proposing([Edit::new(at, format!(" by {keys}"))]),
        );
    }
    let keys = Attribute::find(ItemTypes::ALL, inside).map(|_| Edit::new(at, format!(" by {inside}")));
    let edits = [Edit::new(at, "")].into_iter().chain(keys);
    let why = "has no place here: `count` counts items".to_owned();
    Box::new(diagnose(text, Problem::WrongClause(why), at).proposing(edits))
}

/// `-- as in SQL`, somewhere in what is wrong at `wrong`.
pub(super) fn comment(text: &str, wrong: TextSpan) -> Option<Box<Diagnostic>> {
    let begins = |at: &usize| text[..*at].chars().next_back().is_none_or(char::is_whitespace);
    let (at, sign) = ["--", "//", "/*"]
        .into_iter()
        .filter_map(|sign| {
            let found = text[wrong.start..].match_indices(sign).map(|(at, _)| wrong.start + at);
            Some((found.take_while(|at| *at < wrong.end).find(begins)?, sign))
        })
        .min()?;
    let edit = if sign == "/*" {
        let end = text[at..].find("*/").map_or(text.len(), |length| at + length + 2);
        Edit::new(TextSpan::new(text[..at].trim_end().len(), end), "")
    } else {
        Edit::new(TextSpan::new(at, at + sign.len()), "#")
    };
    let at = TextSpan::new(at, at + sign.len());
    Some(Box::new(diagnose(text, Problem::ForeignOperator("#"), at).proposing([edit])))
}

fn meant_clauses(word: &str) -> Vec<&'static str> {
    foreign::clause(word).map_or_else(|| near_clauses(word), |clause| vec![clause])
}

/// `figures about NK`, `claims by NIS`: conditions for the words behind the one at `at`, up to a clause.
fn spoken_tests(text: &str, at: TextSpan) -> Vec<Edit> {
    let word = slice(text, at);
    let Some(tests) = foreign::spoken(word) else { return Vec::new() };
    let rest = &text[at.end..];
    let is_value = |word: &&str| !begins_clause(word.trim()) && View::parse(word.trim()).is_none();
    let length: usize = rest.split_inclusive(char::is_whitespace).take_while(is_value).map(str::len).sum();
    let value = rest[..length].trim();
    let is_key = word.eq_ignore_ascii_case("by") && Attribute::find(ItemTypes::ALL, value).is_some();
    if value.is_empty() || is_key || value.contains(['\'', '"', '=', '<', '>', '(']) {
        return Vec::new();
    }
    let whole = TextSpan::new(at.start, at.end + rest[..length].trim_end().len());
    tests
        .iter()
        .map(|test| Edit::new(whole, format!("where {test}{}", super::format::value(value))))
        .collect()
}

/// `limit = 5`, the clause at `whole`
pub(super) fn stray_operator(text: &str, at: TextSpan, whole: TextSpan) -> Box<Diagnostic> {
    let keyword = text[whole.start..at.start].trim_end();
    let operand = text[at.end..whole.end].trim_start();
    let edit = Edit::new(whole, format!("{keyword} {operand}"));
    Box::new(diagnose(text, Problem::StrayOperator, at).proposing([edit]))
}

/// `limit 10, 20`: SQL's offset, and the number at `limit` behind it; `whole` is both.
pub(super) fn offset(text: &str, whole: TextSpan, limit: TextSpan) -> Box<Diagnostic> {
    let edit = Edit::new(whole, slice(text, limit));
    let why = "has an offset: `limit` takes one number, and pages go on by the `next_page_token` of the last";
    Box::new(diagnose(text, Problem::WrongClause(why.to_owned()), whole).proposing([edit]))
}

/// No whole number after `keyword`.
pub(super) fn not_whole(text: &str, at: TextSpan, keyword: &'static str) -> Box<Diagnostic> {
    Box::new(diagnose(text, Problem::NotWhole(keyword), at).expecting(["a whole number", "a parameter"]))
}

// ── Connectives

/// Another language's connective, or a comma, which means neither `and` nor `or`.
pub(super) fn connective(
    text: &str,
    at: TextSpan,
    operand: TextSpan,
    level: Option<Connective>,
) -> Box<Diagnostic> {
    let meant = match slice(text, at) {
        "&&" | "&" => Connective::And,
        "||" | "|" => Connective::Or,
        both if both.len() > 2 => Connective::Or,
        _ => {
            let both = TextSpan::new(text[..at.start].trim_end().len(), operand.end);
            let operand = slice(text, operand);
            let edits = either(level).map(|word| Edit::new(both, format!(" {word} {operand}")));
            return Box::new(diagnose(text, Problem::MissingConnective, at).proposing(edits));
        }
    };
    let problem = Problem::ForeignOperator(meant.as_str());
    Box::new(diagnose(text, problem, at).proposing([word_at(text, at, meant.as_str())]))
}

/// `a=b and`, and nothing behind it
pub(super) fn stray_connective(text: &str, at: TextSpan) -> Box<Diagnostic> {
    let edit = Edit::new(TextSpan::new(text[..at.start].trim_end().len(), at.end), "");
    Box::new(
        diagnose(text, Problem::StrayConnective, at)
            .expecting(["an attribute", "`not`", "`(`"])
            .proposing([edit]),
    )
}

/// A condition right after a condition.
pub(super) fn missing_connective(text: &str, at: TextSpan, level: Option<Connective>) -> Box<Diagnostic> {
    let edits = either(level).map(|word| put_before(text, at, word));
    Box::new(diagnose(text, Problem::MissingConnective, at).expecting(["`and`", "`or`"]).proposing(edits))
}

/// Both connectives, first the one that the conditions before are joined by.
fn either(level: Option<Connective>) -> [&'static str; 2] {
    let first = level.unwrap_or(Connective::And);
    [first.as_str(), first.other().as_str()]
}

/// `a and b or c`: `connectives` stand between `operands`, which `whole` spans; that at `at` is
/// the first that differs from those before it.
pub(super) fn mixed(
    text: &str,
    whole: TextSpan,
    at: TextSpan,
    operands: &[TextSpan],
    connectives: &[Connective],
) -> Box<Diagnostic> {
    let first = connectives.first().copied().unwrap_or(Connective::And);
    let second = first.other();
    let edits = [first, second].map(|tight| Edit::new(whole, reading(text, operands, connectives, tight)));
    let problem = Problem::MixedAndOr(second.as_str(), first.as_str());
    Box::new(diagnose(text, problem, at).proposing(edits))
}

/// The level written with parentheses around what `tight` joins.
fn reading(text: &str, operands: &[TextSpan], connectives: &[Connective], tight: Connective) -> String {
    let joined_by_tight = |gap: Option<usize>| {
        gap.and_then(|gap| connectives.get(gap)).is_some_and(|&connective| connective == tight)
    };
    let mut out = String::new();
    for (position, &operand) in operands.iter().enumerate() {
        let before = joined_by_tight(position.checked_sub(1));
        let after = joined_by_tight(Some(position));
        if after && !before {
            out.push('(');
        }
        out.push_str(slice(text, operand));
        if before && !after {
            out.push(')');
        }
        if let Some(connective) = connectives.get(position) {
            out.push(' ');
            out.push_str(connective.as_str());
            out.push(' ');
        }
    }
    out
}

/// `!a=b`
pub(super) fn foreign_not(text: &str, at: TextSpan) -> Box<Diagnostic> {
    Box::new(diagnose(text, Problem::ForeignOperator("not"), at).proposing([word_at(text, at, "not")]))
}

// ── Operators

/// Another language's operator, whose operand begins at `operand`.
pub(super) fn operator(text: &str, attribute: &str, at: TextSpan, operand: TextSpan) -> Box<Diagnostic> {
    let written = slice(text, at).to_ascii_lowercase();
    let written = written.split_whitespace().collect::<Vec<_>>().join(" ");
    let written = written.strip_prefix("is ").unwrap_or(&written);
    let known = OPERATORS.iter().find(|(theirs, _)| theirs.contains(&written));
    let ours = known.map(|(_, ours)| *ours).or_else(|| compared(written)).unwrap_or(Operator::Matches);
    let of = value_type(attribute);
    // What is searched by its words takes `~`, and nothing else does.
    let ours = match ours {
        Operator::Matches if of.is_some_and(|of| !of.takes(ours)) => Operator::Equal,
        Operator::NotMatches if of.is_some_and(|of| !of.takes(ours)) => Operator::NotEqual,
        Operator::Equal
        | Operator::NotEqual
        | Operator::Less
        | Operator::LessOrEqual
        | Operator::Greater
        | Operator::GreaterOrEqual
        | Operator::Matches
        | Operator::NotMatches => ours,
    };
    let is_number = slice(text, operand).starts_with(|character: char| character.is_ascii_digit());
    // Before a number `=~` may have been meant for `=` and a number that is about right.
    let about = (matches!(written, "=~" | "≈" | "~=") && is_number)
        .then(|| Edit::new(TextSpan::new(at.start, operand.start), "=~"));
    let plain = match without_wildcards(slice(text, operand)) {
        Some(words) => Edit::new(at.to(operand), format!("{} {words}", ours.as_str())),
        None => Edit::new(at, ours.as_str()),
    };
    let problem = Problem::ForeignOperator(ours.as_str());
    Box::new(diagnose(text, problem, at).proposing(about.into_iter().chain([plain])))
}

/// `greater than`, `no fewer than`, `less than or equal to`
fn compared(written: &str) -> Option<Operator> {
    let (first, rest) = written.split_once(' ')?;
    let is_denied = matches!(first, "no" | "not");
    let (word, rest) = if is_denied { rest.split_once(' ')? } else { (first, rest) };
    let is_greater = match word {
        "greater" | "more" | "larger" | "bigger" | "higher" | "later" => !is_denied,
        "less" | "fewer" | "smaller" | "lower" | "earlier" => is_denied,
        _ => return None,
    };
    let takes_equal = is_denied != rest.ends_with("equal to");
    Some(match (is_greater, takes_equal) {
        (true, false) => Operator::Greater,
        (true, true) => Operator::GreaterOrEqual,
        (false, false) => Operator::Less,
        (false, true) => Operator::LessOrEqual,
    })
}

/// `the actor = NK`, `sure value > 3`: a word at `at` before a predicate, which begins at `predicate`.
pub(super) fn stray_word(text: &str, at: TextSpan, predicate: TextSpan) -> Box<Diagnostic> {
    let behind =
        TextSpan::new(predicate.start, predicate.start + foreign::word_length(&text[predicate.start..]));
    let (word, next) = (slice(text, at), slice(text, behind));
    if let Some(ours) = foreign::prefix(word) {
        return Box::new(diagnose(text, Problem::ForeignOperator(ours), at).proposing([Edit::new(at, ours)]));
    }
    // `value surely > 3`
    let own = ["surely", "possibly", "only", "not"].into_iter().find(|own| own.eq_ignore_ascii_case(next));
    if let Some(prefix) = own.or_else(|| foreign::prefix(next)) {
        let edit = Edit::new(at.to(behind), format!("{prefix} {word}"));
        return Box::new(
            diagnose(text, Problem::Unexpected, behind).expecting(["an operator"]).proposing([edit]),
        );
    }
    let edit = Edit::new(TextSpan::new(at.start, predicate.start), "");
    Box::new(diagnose(text, Problem::Unexpected, at).expecting(["an attribute"]).proposing([edit]))
}

/// `actor NK`, the value at `at`.
pub(super) fn missing_operator(text: &str, attribute: &Spanned<String>, at: TextSpan) -> Box<Diagnostic> {
    let Some(of) = value_type(attribute) else {
        // `actr NK` or `North Korea`
        let near = nearest(attribute, ATTRIBUTES.iter().map(|entry| entry.name));
        let edits: Vec<Edit> = near.into_iter().map(|near| Edit::new(attribute.span, near)).collect();
        let whole = attribute.span.to(at);
        let words = words(text, whole).join(" ");
        // `exists place`, `without place`
        let tested = slice(text, at);
        let is_attribute = Attribute::find(ItemTypes::ALL, tested).is_some();
        if let Some(test) = foreign::presence(attribute).filter(|_| is_attribute) {
            let diagnostic = diagnose(text, Problem::Unexpected, attribute.span).expecting(["an attribute"]);
            return Box::new(diagnostic.proposing([Edit::new(whole, format!("{tested} {test}"))]));
        }
        if let Some(edit) = clause_within(text, attribute.span, at).filter(|_| edits.is_empty()) {
            let diagnostic = diagnose(text, Problem::UnknownClause, attribute.span).expecting(clauses());
            return Box::new(diagnostic.proposing([edit]));
        }
        return match edits.len() {
            0 => bare_value(text, whole, &words, None),
            _ => {
                Box::new(diagnose(text, Problem::Unexpected, at).expecting(["an operator"]).proposing(edits))
            }
        };
    };
    let operator = if of.takes(Operator::Equal) { Operator::Equal } else { Operator::Matches };
    let before = text[..at.start].trim_end().len();
    let value = super::format::value(&words(text, at).join(" "));
    let edit = Edit::new(TextSpan::new(before, at.end), format!("{}{value}", operator.as_str()));
    Box::new(diagnose(text, Problem::MissingOperator(operator.as_str()), at).proposing([edit]))
}

/// `where limt 5`, `… and limt 5`: the clause that the word at `word` is nearly, if what it takes stands
/// at `operand`, in the place of the word before it.
fn clause_within(text: &str, word: TextSpan, operand: TextSpan) -> Option<Edit> {
    let operand = slice(text, first_word(text, operand)).trim_end_matches(',');
    let takes = |clause: &&str| match *clause {
        "limit" => whole_number(operand).is_some(),
        "list" => Attribute::find(ItemTypes::ALL, operand).is_some(),
        "sort" => operand.eq_ignore_ascii_case("by") || Attribute::find(ItemTypes::ALL, operand).is_some(),
        _ => false,
    };
    let clause = near_clauses(slice(text, word)).into_iter().find(takes)?;
    let before = text[..word.start].trim_end();
    let start = before.trim_end_matches(|c: char| !c.is_whitespace()).len();
    Some(Edit::new(TextSpan::new(start, word.end), clause))
}

/// `where NK`: a value, written at `at`, where a condition belongs. It may be meant for the attribute
/// of the condition before, as in `half`, or as words to look for; what else, only the registry knows.
pub(super) fn bare_value(text: &str, at: TextSpan, value: &str, half: Option<Edit>) -> Box<Diagnostic> {
    let searched = entries(types_of(text)).find(|entry| entry.value.takes(Operator::Matches));
    let edit = searched.map(|entry| Edit::new(at, format!("{}~{}", entry.name, super::format::value(value))));
    let problem = Problem::BareValue(value.to_owned());
    Box::new(diagnose(text, problem, at).expecting(["an attribute"]).proposing(half.into_iter().chain(edit)))
}

/// `'North%'`, `'*troops*'`: the words alone.
fn without_wildcards(operand: &str) -> Option<String> {
    let inside = operand.strip_prefix(['\'', '"'])?.strip_suffix(['\'', '"'])?;
    let words = inside.replace(['%', '*'], " ");
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    (inside.contains(['%', '*']) && !words.is_empty()).then(|| super::format::value(&words))
}

/// What the attribute's values are, as far as the name alone tells.
fn value_type(attribute: &str) -> Option<ValueType> {
    Attribute::find(ItemTypes::ALL, attribute).map(|attribute| attribute.value())
}

/// `is NK`, `is not NK`: up to the value at `at`.
pub(super) fn is_value(text: &str, at: TextSpan, negated: bool) -> Box<Diagnostic> {
    let written = TextSpan::new(at.start, text[..at.end].trim_end().len());
    let ours = if negated { "!=" } else { "=" };
    let before = text[..at.start].trim_end().len();
    let edit = Edit::new(TextSpan::new(before, at.end), ours);
    Box::new(
        diagnose(text, Problem::ForeignOperator(ours), written)
            .expecting(["`present`", "`missing`"])
            .proposing([edit]),
    )
}

/// `actor exists`
pub(super) fn exists(text: &str, at: TextSpan) -> Box<Diagnostic> {
    let edit = Edit::new(at, "is present");
    Box::new(diagnose(text, Problem::ForeignOperator("is present"), at).proposing([edit]))
}

/// `as of now - 1d`, `as of 15 January 2025`: words after the value, all of it at `at`.
pub(super) fn moment(text: &str, at: TextSpan, stray: TextSpan, count: Option<TextSpan>) -> Box<Diagnostic> {
    let meant = meant(ValueType::Time, slice(text, at));
    let edits: Vec<Edit> = match numbered(slice(text, at)) {
        Some(number) => vec![Edit::new(at, format!("revision {number}"))],
        None => meant
            .iter()
            .filter_map(|meant| match meant {
                // `as of last week`
                Meant::Between(from, _) => Some(Edit::new(at, from)),
                Meant::Value(_) | Meant::Compared(..) | Meant::Of(..) => meant.edit(at, None),
            })
            .collect(),
    };
    if edits.is_empty() {
        return stray_clause(text, first_word(text, stray), None, count);
    }
    let found = words(text, at).join(" ");
    Box::new(Diagnostic::new(Problem::NotOneValue, at, &found).expecting(["a time"]).proposing(edits))
}

/// `version 3`, `rev 3`: the number of what is called otherwise than a revision.
fn numbered(written: &str) -> Option<&str> {
    let (word, number) = written.split_once(char::is_whitespace)?;
    let is_revision =
        ["rev", "version", "commit", "snapshot"].iter().any(|other| other.eq_ignore_ascii_case(word));
    let number = number.trim_start();
    (is_revision && whole_number(number).is_some()).then_some(number)
}

/// `is null`
pub(super) fn null(text: &str, at: TextSpan) -> Box<Diagnostic> {
    let edit = Edit::new(at, "missing");
    Box::new(diagnose(text, Problem::ForeignOperator("missing"), at).proposing([edit]))
}

/// `between a and b`
pub(super) fn between(
    text: &str,
    attribute: &str,
    at: TextSpan,
    negated: bool,
    ends: [TextSpan; 2],
) -> Box<Diagnostic> {
    let ours = if negated { "not in" } else { "in" };
    let [low, high] = ends.map(|end| slice(text, end));
    if value_type(attribute).is_some_and(|of| !of.is_ordered()) {
        let edit = Edit::new(at, format!("{ours} ({low}, {high})"));
        return Box::new(diagnose(text, Problem::WrongOperator(no_order(attribute)), at).proposing([edit]));
    }
    let edit = Edit::new(at, format!("{ours} {low}..{high}"));
    Box::new(diagnose(text, Problem::ForeignOperator(ours), at).proposing([edit]))
}

/// Why the attribute has no ranges.
pub(super) fn no_order(attribute: &str) -> String {
    format!("`{attribute}` has no order, and so no ranges")
}

/// A range or list at `at`, after an operator that takes one value. `brackets` are those that it
/// lacks.
pub(super) fn one_value(
    text: &str,
    tested: Tested<'_>,
    at: TextSpan,
    brackets: [&str; 2],
) -> Box<Diagnostic> {
    let operator = tested.operator;
    let word = match operator.node {
        Operator::Equal => Some("in"),
        Operator::NotEqual => Some("not in"),
        Operator::Less
        | Operator::LessOrEqual
        | Operator::Greater
        | Operator::GreaterOrEqual
        | Operator::Matches
        | Operator::NotMatches => None,
    };
    let [open, close] = brackets;
    let edit = word.map(|word| tested.written_as(at, &format!(" {word} {open}{}{close}", slice(text, at))));
    let problem = Problem::OneValue(operator.as_str());
    Box::new(diagnose(text, problem, at).proposing(edit))
}

// ── Values

/// `in a, b`
pub(super) fn bare_list(text: &str, at: TextSpan) -> Box<Diagnostic> {
    let edit = Edit::new(at, format!("({})", slice(text, at)));
    Box::new(diagnose(text, Problem::NeedsParentheses, at).proposing([edit]))
}

/// `[a, b]`, `{a, b}`
pub(super) fn bracketed_list(text: &str, at: TextSpan) -> Box<Diagnostic> {
    let items = text[at.start + 1..at.end - 1].trim();
    let edit = Edit::new(at, format!("({items})"));
    Box::new(diagnose(text, Problem::NeedsParentheses, at).proposing([edit]))
}

/// `(a; b)`
pub(super) fn list_separator(text: &str, at: TextSpan) -> Box<Diagnostic> {
    type_separator(text, at)
}

/// `2024-01 .. 2024-06`
pub(super) fn spaced_range(text: &str, at: TextSpan) -> Box<Diagnostic> {
    let edit = Edit::new(at, slice(text, at).split_whitespace().collect::<String>());
    Box::new(diagnose(text, Problem::SpacedRange, at).proposing([edit]))
}

/// `South Korea`, `about 4000`: words after the value at `value`, which is a word itself if
/// `is_word`.
pub(super) fn stray_words(
    text: &str,
    tested: Tested<'_>,
    value: TextSpan,
    is_word: bool,
    stray: TextSpan,
    count: Option<TextSpan>,
) -> Box<Diagnostic> {
    let all = value.to(stray);
    let of = value_type(tested.attribute);
    let meant = of.map_or_else(Vec::new, |of| meant(of, slice(text, all)));
    // What `meant` cannot read as a time or number, quotes do not make one.
    let takes_phrases = !matches!(of, Some(ValueType::Time | ValueType::Quantity | ValueType::Number));
    let mut ideas: Vec<Edit> = meant.iter().filter_map(|meant| meant.edit(all, Some(tested))).collect();
    let first = first_word(text, stray);
    let word = slice(text, first);
    let is_clause = foreign::clause(word).is_some() || !near_clauses(word).is_empty();
    if ideas.is_empty() && (is_clause || !is_word) {
        return stray_clause(text, first, None, count);
    }
    if ideas.is_empty() && word.eq_ignore_ascii_case("by") {
        ideas.extend(keys_behind(text, first.start, count));
    }
    let is_quotable = meant.is_empty() && takes_phrases;
    let needs_quotes = is_quotable && ideas.is_empty();
    let problem = if needs_quotes { Problem::NeedsQuotes } else { Problem::NotOneValue };
    if is_quotable {
        ideas.push(in_quotes(text, all));
    }
    let and_or = ["`and`".to_owned(), "`or`".to_owned()];
    let diagnostic = Diagnostic::new(problem, all, &words(text, all).join(" "));
    Box::new(diagnostic.proposing(ideas).expecting(and_or.into_iter().chain(clauses())))
}

/// `(South Korea, NK)`, `(NK RU)`: words after the list's item at `item`, which is a word itself
/// if `is_word`.
pub(super) fn stray_words_in_list(
    text: &str,
    item: TextSpan,
    is_word: bool,
    stray: TextSpan,
) -> Box<Diagnostic> {
    let all = item.to(stray);
    let separated = Edit::new(all, words(text, all).join(", "));
    let diagnostic = if is_word {
        Diagnostic::new(Problem::NeedsQuotes, all, &words(text, all).join(" "))
            .proposing([in_quotes(text, all)])
    } else {
        diagnose(text, Problem::Unexpected, first_word(text, stray))
    };
    Box::new(diagnostic.expecting(["`,`", "`)`"]).proposing([separated]))
}

fn in_quotes(text: &str, at: TextSpan) -> Edit {
    Edit::new(at, quote(&words(text, at).join(" ")))
}

fn words(text: &str, at: TextSpan) -> Vec<&str> {
    slice(text, at).split_whitespace().collect()
}

fn first_word(text: &str, at: TextSpan) -> TextSpan {
    let rest = slice(text, at).trim_start();
    let start = at.end - rest.len();
    TextSpan::new(start, start + rest.find(char::is_whitespace).unwrap_or(rest.len()))
}

/// `in`, as a value
pub(super) fn reserved_word(text: &str, at: TextSpan) -> Box<Diagnostic> {
    let edit = Edit::new(at, quote(slice(text, at)));
    Box::new(diagnose(text, Problem::ReservedWord, at).proposing([edit]))
}

/// `11,000`
pub(super) fn grouped_digits(text: &str, at: TextSpan) -> Box<Diagnostic> {
    let edit = Edit::new(at, slice(text, at).replace(',', ""));
    Box::new(diagnose(text, Problem::GroupedDigits, at).proposing([edit]))
}

// ── Edits

/// `word` before what stands at `at`.
fn put_before(text: &str, at: TextSpan, word: &str) -> Edit {
    let written = slice(text, at);
    if written.len() <= MAX_REPEATED_BYTES {
        Edit::new(at, format!("{word} {written}"))
    } else {
        Edit::new(TextSpan::new(at.start, at.start), format!("{word} "))
    }
}

/// `word` in place of what stands at `at`, with spaces where there are none.
fn word_at(text: &str, at: TextSpan, word: &str) -> Edit {
    let before = text[..at.start].ends_with(|c: char| !c.is_whitespace() && c != '(');
    let after = text[at.end..].starts_with(|c: char| !c.is_whitespace() && c != '(');
    let space = |needed: bool| if needed { " " } else { "" };
    Edit::new(at, format!("{}{word}{}", space(before), space(after)))
}
