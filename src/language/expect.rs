//! What the grammar expected, in words for people. pest's own message is never shown, nor the
//! name of a rule.

use pest::error::{Error, ErrorVariant, InputLocation};

use super::ast::TextSpan;
use super::attributes::{Attribute, ItemTypes, ValueType};
use super::correct;
use super::error::{Diagnostic, Edit, Problem};
use super::format::quote;
use super::keywords::begins_clause;
use super::lexical::is_word_part;
use super::parse::Rule;
use super::view::View;
use crate::model::shown::is_invisible;

/// Characters that look like one of the language's and are another; the keyboards and programs
/// that write texts put them there.
const LOOKALIKES: [(char, &str); 14] = [
    ('−', "-"),
    ('–', "-"),
    ('—', "-"),
    ('‑', "-"),
    ('，', ","),
    ('、', ","),
    ('（', "("),
    ('）', ")"),
    ('＝', "="),
    ('＜', "<"),
    ('＞', ">"),
    ('～', "~"),
    ('：', "="),
    ('…', ".."),
];

/// What stands before a condition.
const BEFORE_CONDITIONS: [&str; 7] = ["where", "and", "or", "not", "surely", "possibly", "only"];

/// The clauses that are computed views; there are too many to name each.
pub(super) const A_VIEW: &str = "a view such as `conflicts`";

/// The order in which what was expected is named.
const ORDER: [&str; 41] = [
    "a type",
    "`explain`",
    "an attribute",
    "a value",
    "a time",
    "a whole number",
    "`revision`",
    "`and`",
    "`or`",
    "`only`",
    "`not`",
    "`surely`",
    "`possibly`",
    "`=`",
    "`!=`",
    "`<`",
    "`<=`",
    "`>`",
    "`>=`",
    "`~`",
    "`!~`",
    "`in`",
    "`not in`",
    "`is`",
    "`present`",
    "`missing`",
    "`(`",
    "`)`",
    "`,`",
    "`..`",
    "`by`",
    "`asc`",
    "`desc`",
    "`of`",
    "`where`",
    "`list`",
    "`count`",
    A_VIEW,
    "`as of`",
    "`sort`",
    "`limit`",
];

/// pest's error as ours.
pub(super) fn diagnostic(text: &str, error: &Error<Rule>) -> Box<Diagnostic> {
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    let ErrorVariant::ParsingError { positives, .. } = &error.variant else {
        // Only its bound on calls or stack: no query within our limits comes near.
        let span = TextSpan::new(0, text.len());
        return Box::new(Diagnostic::new(Problem::TooDeep, span, text));
    };
    let expected = expected(positives);
    let found = found(&text[at..]);
    let span = TextSpan::new(at, at + found.len());
    let mut diagnostic = Diagnostic::new(Problem::Unexpected, span, found)
        .expecting(expected)
        .proposing(lookalike(span, found))
        .proposing(hedged(text, at))
        .proposing(without_attribute(text, at))
        .proposing(value_first(text, at))
        .proposing(attribute_alone(text, at));
    if let (true, Some((alone, value))) = (diagnostic.edits.is_empty(), value_alone(text, at)) {
        return correct::bare_value(text, alone, &value, half_a_condition(text, alone.end));
    }
    if found.is_empty() {
        diagnostic.found = "the end of the query".to_owned();
    } else if found.trim().is_empty() {
        diagnostic.found = "white space".to_owned();
    } else if let Some(character) = found.chars().next().filter(|&c| is_unseen(c)) {
        diagnostic.found = format!("the character U+{:04X}", u32::from(character));
        diagnostic = diagnostic.proposing([Edit::new(span, "")]);
    }
    Box::new(diagnostic)
}

/// What was expected, if the grammar came as far as `end`.
pub(super) fn expected_at(end: usize, error: &Error<Rule>) -> Vec<&'static str> {
    match (&error.location, &error.variant) {
        (InputLocation::Pos(at), ErrorVariant::ParsingError { positives, .. }) if *at == end => {
            let mut expected = expected(positives);
            // Errors name the commonest ways to begin a condition; these are the others.
            if expected.contains(&"an attribute") && expected.contains(&"`not`") {
                expected.extend(["`only`", "`surely`", "`possibly`"]);
            }
            expected
        }
        _ => Vec::new(),
    }
}

/// What the rules stand for, in the order of [`ORDER`].
fn expected(rules: &[Rule]) -> Vec<&'static str> {
    let all: Vec<&str> = rules.iter().flat_map(|&rule| words(rule)).copied().collect();
    // After an operand or the types the grammar also looks for mistakes: conditions without
    // their connective or `where`, commas, and a second `where`.
    let mistakes: &[&str] = if all.contains(&"`or`") {
        &["an attribute", "`not`", "`(`", "`,`", "`where`"]
    } else if all.contains(&"`where`") {
        &["an attribute", "`not`", "`(`"]
    } else {
        &[]
    };
    let mut expected: Vec<&str> = all.into_iter().filter(|word| !mistakes.contains(word)).collect();
    expected.sort_unstable_by_key(|word| ORDER.iter().position(|other| other == word));
    expected.dedup();
    expected
}

/// The word, quotation, run of signs or single character at the beginning of `rest`.
fn found(rest: &str) -> &str {
    let Some(first) = rest.chars().next() else {
        return rest;
    };
    let length = if is_word_part(first) && !LOOKALIKES.iter().any(|&(c, _)| c == first) {
        rest.find(|character| !is_word_part(character))
    } else if first == '\'' || first == '"' {
        rest[1..].find(first).map(|length| length + 2)
    } else if first.is_ascii_punctuation() && !"()[]{},".contains(first) {
        rest.find(|c: char| !c.is_ascii_punctuation() || "()[]{},'\"".contains(c))
    } else {
        Some(first.len_utf8())
    };
    &rest[..length.unwrap_or(rest.len())]
}

fn is_unseen(character: char) -> bool {
    character.is_control() || is_invisible(character)
}

fn lookalike(span: TextSpan, found: &str) -> Option<Edit> {
    LOOKALIKES
        .iter()
        .find(|&&(character, _)| found.starts_with(character))
        .map(|&(_, meant)| Edit::new(span, meant))
}

/// `value = >=2000`: a value that begins with signs, in quotes.
fn hedged(text: &str, at: usize) -> Option<Edit> {
    let rest = &text[at..];
    let signs = rest.len() - rest.trim_start_matches(['<', '>', '=']).len();
    let word = rest[signs..].find(|character| !is_word_part(character)).unwrap_or(rest.len() - signs);
    let value = &rest[..signs + word];
    (signs > 0 && word > 0).then(|| Edit::new(TextSpan::new(at, at + value.len()), quote(value)))
}

/// `actor=NK or Russia`: what the first of the two conditions compares, again before the word at
/// the end of the second.
fn half_a_condition(text: &str, at: usize) -> Option<Edit> {
    let before = text[..at].trim_end();
    let start = last_word(before);
    let (first, connective) = before[..start].trim_end().rsplit_once(char::is_whitespace)?;
    if !is_connective(connective) {
        return None;
    }
    let operator_end = first.rfind(is_sign)? + 1;
    let attribute = attribute_before(first, operator_end);
    let compared = &first[attribute.start..operator_end];
    // Of two negations joined by `or` one always holds.
    let is_negated = first[attribute.end..operator_end].trim_start().starts_with('!')
        || first[..attribute.start].trim_end().to_ascii_lowercase().ends_with("not");
    if is_negated && connective.eq_ignore_ascii_case("or") {
        return None;
    }
    let space = if compared.contains(' ') { " " } else { "" };
    let word = &before[start..];
    Some(Edit::new(TextSpan::new(start, before.len()), format!("{compared}{space}{word}")))
}

/// `value > 3 and < 5`, `value >3 <5`: the attribute of the condition before, again.
fn without_attribute(text: &str, at: usize) -> Option<Edit> {
    let before = text[..at].trim_end();
    if !text[at..].starts_with(is_sign) || before.ends_with(is_sign) {
        return None;
    }
    let last = &before[last_word(before)..];
    let first = if is_connective(last) { before[..before.len() - last.len()].trim_end() } else { before };
    let attribute = attribute_before(first, first.rfind(is_sign)? + 1);
    let and = if is_connective(last) { "" } else { "and " };
    let space = if text[..at].ends_with(char::is_whitespace) { "" } else { " " };
    let end = at + text[at..].find(|c| !is_sign(c)).unwrap_or(text.len() - at);
    let operator = &text[at..end];
    let compared = format!("{space}{and}{} {operator}", &text[attribute.start..attribute.end]);
    Some(Edit::new(TextSpan::new(at, end), compared))
}

/// `4000 < value`, `'NK' = actor`: the other way round.
fn value_first(text: &str, at: usize) -> Option<Edit> {
    let value = found(&text[at..]);
    let behind = text[at + value.len()..].trim_start();
    let operator = found(behind);
    let behind = behind[operator.len()..].trim_start();
    let attribute = &behind[..behind.find(|c| !is_word_part(c)).unwrap_or(behind.len())];
    let turned = match operator {
        "=" | "==" | "!=" | "<>" | "~" => operator,
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        _ => return None,
    };
    Attribute::find(ItemTypes::ALL, attribute)?;
    let end = text.len() - behind.len() + attribute.len();
    Some(Edit::new(TextSpan::new(at, end), format!("{attribute} {turned} {value}")))
}

/// `where actor`: an attribute of which nothing is asked.
fn attribute_alone(text: &str, at: usize) -> Option<Edit> {
    let before = text[..at].trim_end();
    let start = before.trim_end_matches(is_word_part).len();
    let attribute = Attribute::find(ItemTypes::ALL, &before[start..])?;
    let ends = text[at..].is_empty() || text[at..].starts_with(')');
    let mut words = before[..start].split(|c: char| c.is_whitespace() || c == '(').rev();
    let last = words.find(|word| !word.is_empty())?;
    let ends = ends && ["where", "and", "or", "not"].iter().any(|word| word.eq_ignore_ascii_case(last));
    let test = if attribute.value() == ValueType::YesNo { "=yes" } else { " is present" };
    let edit = || Edit::new(TextSpan::new(start, before.len()), format!("{}{test}", &before[start..]));
    ends.then(edit)
}

/// `where NK`, `where 'North Korea' and …`: a value of which no attribute is named, as it is meant.
fn value_alone(text: &str, at: usize) -> Option<(TextSpan, String)> {
    let next = found(&text[at..]);
    let begins = next.starts_with(['\'', '"']) || next.starts_with(|c: char| c.is_ascii_digit());
    // The grammar takes a name for an attribute, and a string or number for nothing.
    let (start, end) = match begins {
        true => (at, at + next.len()),
        false => {
            let before = text[..at].trim_end();
            (before.trim_end_matches(is_word_part).len(), before.len())
        }
    };
    let (before, value, after) = (text[..start].trim_end(), &text[start..end], text[end..].trim_start());
    let leads = |word: &str| BEFORE_CONDITIONS.iter().any(|known| known.eq_ignore_ascii_case(word));
    let opens = before.ends_with('(') || leads(&before[last_word(before)..]);
    let next = found(after);
    let ends = after.is_empty()
        || after.starts_with(')')
        || is_connective(next)
        || begins_clause(next)
        || View::parse(next).is_some();
    let is_attribute = Attribute::find(ItemTypes::ALL, value).is_some();
    if value.is_empty() || !opens || !ends || is_attribute || leads(value) {
        return None;
    }
    let meant = if value.starts_with(['\'', '"']) { unquoted(value)? } else { value.to_owned() };
    (!meant.trim().is_empty()).then(|| (TextSpan::new(start, end), meant))
}

/// What stands in quotes, if all of it does.
pub(super) fn unquoted(written: &str) -> Option<String> {
    let quote = written.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    written[1..].strip_suffix(quote).map(str::to_owned)
}

/// Where the last word begins.
fn last_word(text: &str) -> usize {
    text.trim_end_matches(|c: char| !c.is_whitespace()).len()
}

fn is_sign(character: char) -> bool {
    "=<>!~".contains(character)
}

fn is_connective(word: &str) -> bool {
    ["and", "or"].iter().any(|connective| connective.eq_ignore_ascii_case(word))
}

/// Where the attribute stands whose operator ends at `operator_end`.
fn attribute_before(text: &str, operator_end: usize) -> TextSpan {
    let end = text[..operator_end].trim_end_matches(is_sign).trim_end().len();
    let start = text[..end].trim_end_matches(|c: char| !c.is_whitespace() && c != '(').len();
    TextSpan::new(start, end)
}

/// What a reader can write where the grammar looked for a rule; nothing for what is no part of
/// the language, or cannot be missing.
fn words(rule: Rule) -> &'static [&'static str] {
    match rule {
        Rule::EOI
        | Rule::bare_word
        | Rule::foreign_type_separator
        | Rule::stray_attributes
        | Rule::stray_operator
        | Rule::stray_offset
        | Rule::stray_comma
        | Rule::stray_value
        | Rule::stray_predicate
        | Rule::stray_name
        | Rule::stray_bound
        | Rule::foreign_comparative
        | Rule::stray_condition
        | Rule::stray_clause
        | Rule::stray_word
        | Rule::stray_items
        | Rule::stray_end
        | Rule::stray_high
        | Rule::stray_range
        | Rule::stray_connective
        | Rule::foreign_order
        | Rule::stray_words
        | Rule::stray_reserved
        | Rule::foreign_not
        | Rule::foreign_connective
        | Rule::foreign_between
        | Rule::foreign_null
        | Rule::foreign_operator
        | Rule::foreign_list
        | Rule::foreign_separator
        | Rule::grouped_digits
        | Rule::stray_operand
        | Rule::foreign_preposition
        | Rule::foreign_distinct
        | Rule::foreign_all
        | Rule::foreign_call
        | Rule::foreign_exists
        | Rule::stray_phrase
        | Rule::kw_between
        | Rule::kw_from
        | Rule::kw_to => &[],
        // Silent rules make no attempts of their own.
        Rule::type_separator
        | Rule::clause
        | Rule::rest
        | Rule::clause_head
        | Rule::next_clause
        | Rule::and_or
        | Rule::prefix_word
        | Rule::view_word
        | Rule::operator
        | Rule::foreign_word_operator
        | Rule::unlisted
        | Rule::items
        | Rule::list_separator
        | Rule::value
        | Rule::item
        | Rule::plain_value
        | Rule::loose_word
        | Rule::any_operator
        | Rule::any_test
        | Rule::foreign_comparison
        | Rule::name
        | Rule::name_part
        | Rule::parameter_name
        | Rule::no_beginning
        | Rule::piece
        | Rule::edtf_set
        | Rule::reserved
        | Rule::sp
        | Rule::gap
        | Rule::blank
        | Rule::comment => &[],
        Rule::types | Rule::type_name => &["a type"],
        Rule::where_clause | Rule::kw_where => &["`where`"],
        Rule::list_clause | Rule::kw_list => &["`list`"],
        Rule::count_clause | Rule::kw_count => &["`count`"],
        Rule::view_clause | Rule::view_name => &[A_VIEW],
        Rule::as_of_clause | Rule::kw_as => &["`as of`"],
        Rule::sort_clause | Rule::kw_sort => &["`sort`"],
        Rule::limit_clause | Rule::kw_limit => &["`limit`"],
        Rule::kw_by => &["`by`"],
        Rule::kw_of => &["`of`"],
        Rule::revision | Rule::kw_revision => &["`revision`"],
        Rule::sort_key | Rule::attributes | Rule::attribute => &["an attribute"],
        Rule::kw_asc => &["`asc`"],
        Rule::kw_desc => &["`desc`"],
        Rule::expr | Rule::operand => &["an attribute", "`not`", "`(`"],
        Rule::group | Rule::open => &["`(`"],
        Rule::close => &["`)`"],
        Rule::predicate => &["an attribute"],
        Rule::prefix => &["`not`", "`surely`", "`possibly`"],
        Rule::kw_not => &["`not`"],
        Rule::kw_surely => &["`surely`"],
        Rule::kw_possibly => &["`possibly`"],
        Rule::kw_only => &["`only`"],
        Rule::connective => &["`and`", "`or`"],
        Rule::kw_and => &["`and`"],
        Rule::kw_or => &["`or`"],
        Rule::presence | Rule::kw_is => &["`is`"],
        Rule::kw_present => &["`present`"],
        Rule::kw_missing => &["`missing`"],
        Rule::membership => &["`in`", "`not in`"],
        Rule::kw_in => &["`in`"],
        Rule::comparison | Rule::own_operator => {
            &["`=`", "`!=`", "`<`", "`<=`", "`>`", "`>=`", "`~`", "`!~`"]
        }
        Rule::list => &["`(`"],
        Rule::number => &["a whole number"],
        Rule::moment => &["a time"],
        Rule::single | Rule::string | Rule::word | Rule::parameter => &["a value"],
        Rule::dots => &["`..`"],
        Rule::comma => &["`,`"],
        Rule::kw_explain => &["`explain`"],
        // pest names it for what may begin it.
        Rule::query => &["a type", "`explain`"],
    }
}
