//! How an error is shown: a sentence, the line of the query with a mark under the place, and what
//! to write instead.

use std::fmt::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::ast::TextSpan;
use super::error::{Code, Diagnostic, Problem, UnknownName};
use crate::model::shown::{cut, piece, printable, shortened};

use super::lexical::{MAX_BYTES, MAX_DEPTH, MAX_LIST_ITEMS, MAX_LIST_PARAMETER_ITEMS, MAX_PREDICATES};

/// The widest that the query's line is shown, without its indent.
const EXCERPT_COLUMNS: usize = 78;

/// How much of the line is kept before the place, if it does not fit.
const CONTEXT_COLUMNS: usize = 30;

/// The most names that one sentence lists.
const LISTED: usize = 12;

impl fmt::Display for Diagnostic {
    /// What is wrong, in one sentence without a full stop.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = &self.found;
        match &self.problem {
            Problem::Unexpected => {
                write!(f, "found {found}")?;
                if !self.expected.is_empty() {
                    write!(f, ", expected {}", either(&self.expected))?;
                }
                Ok(())
            }
            Problem::NeedsQuotes => write!(f, "{found} needs quotes to be one value"),
            Problem::NotOneValue => write!(f, "{found} is not one value"),
            Problem::NeedsParentheses => {
                write!(f, "{found} needs parentheses to be a list")
            }
            Problem::SpacedRange => write!(f, "a range has no space around `..`, as in {found}"),
            Problem::ForeignQuote => write!(f, "quotes are `'` or `\"`, not as in {found}"),
            Problem::GroupedDigits => write!(f, "{found}: digits are not grouped by commas"),
            Problem::NotWhole(word) => {
                write!(f, "`{word}` takes a whole number from 1 to {}, not {found}", u64::MAX)
            }
            Problem::BareValue(_) => {
                write!(f, "{found} alone is no condition: an attribute and an operator are missing before it")
            }
            Problem::StrayConnective => write!(f, "{found} joins nothing"),
            Problem::StrayOperator => {
                write!(f, "{found} has no place here")
            }
            Problem::MissingOperator(ours) => {
                write!(f, "`{ours}` or another operator is missing before {found}")
            }
            Problem::ForeignOperator(ours) => write!(f, "{found} is written `{ours}`"),
            Problem::OneValue(operator) => {
                write!(f, "`{operator}` takes one value: {found} needs `in`")
            }
            Problem::ReservedWord => write!(f, "{found} is reserved: as a value it needs quotes"),
            Problem::UnknownClause => {
                write!(f, "{found} is no clause: there are {}", listed(&self.expected, "and"))
            }
            Problem::RepeatedClause(clause) => write!(f, "`{clause}` is there twice"),
            Problem::TwoOutputs(first, second) => write!(f, "`{first}` and `{second}` exclude each other"),
            Problem::MissingWord(word) => write!(f, "`{word}` is missing before {found}"),
            Problem::MissingConnective => write!(f, "`and` or `or` is missing before {found}"),
            Problem::MixedAndOr(second, first) => {
                write!(f, "`{second}` after `{first}` needs parentheses")
            }
            Problem::Unclosed => write!(f, "{found} is never closed"),
            Problem::Undoubled => write!(f, "in {found} the quote within must be doubled"),
            Problem::Unopened => write!(f, "{found} closes nothing"),
            Problem::TooLong(bytes) => {
                write!(f, "the query has {bytes} bytes, at most {MAX_BYTES} are allowed")
            }
            Problem::TooDeep => write!(f, "the query nests deeper than {MAX_DEPTH} levels"),
            Problem::TooManyPredicates => {
                write!(f, "at most {MAX_PREDICATES} predicates are allowed; {found} is one more")
            }
            Problem::TooManyItems(count) => write!(
                f,
                "the list has {count} items, at most {MAX_LIST_ITEMS} are allowed: \
                 send more as a parameter"
            ),
            Problem::TooManyParameterItems(count) => write!(
                f,
                "the list {found} has {count} items, at most {MAX_LIST_PARAMETER_ITEMS} are allowed"
            ),
            Problem::UnknownType if self.edits.is_empty() => {
                write!(f, "there is no type {found}: there are {}", listed(&self.expected, "and"))
            }
            Problem::UnknownType => write!(f, "there is no type {found}"),
            Problem::UnknownAttribute { types, has } => {
                let types: Vec<String> = types.iter().map(|name| literal(name)).collect();
                write!(f, "{} has no attribute {found}", either(&types))?;
                if !self.expected.is_empty() {
                    write!(f, ", but {}", either(&self.expected))?;
                }
                let has: Vec<String> = has.iter().map(|name| literal(name)).collect();
                match has.len() {
                    0 => Ok(()),
                    1 => write!(f, ": {} has it", has[0]),
                    _ => write!(f, ": {} have it", listed(&has, "and")),
                }
            }
            Problem::UnknownPart(attribute) => {
                let attribute = literal(attribute);
                match self.expected.len() {
                    0 => write!(f, "{attribute} has no parts, and so no {found}"),
                    _ => write!(
                        f,
                        "there is no {found}: the parts of {attribute} are {}",
                        listed(&self.expected, "and")
                    ),
                }
            }
            Problem::UnknownName(UnknownName { of, since: None, .. }) => {
                write!(f, "there is no {} {found}", of.noun())
            }
            Problem::UnknownName(UnknownName { of, since: Some((revision, time)), .. }) => {
                write!(
                    f,
                    "there was no {} {found}: it is known since revision {revision}, of {time}",
                    of.noun()
                )
            }
            Problem::NotYet { asked, latest } => {
                write!(f, "revision {asked} is not here yet: the latest is {latest}")
            }
            Problem::AmbiguousName(ids) => {
                let ids: Vec<String> = ids.iter().map(|id| literal(id)).collect();
                write!(f, "{found} may be {}", either(&ids))
            }
            Problem::UnknownValue(attribute) => {
                let known = listed(&self.expected, "and");
                write!(f, "{found} is no value of {}: there are {known}", literal(attribute))
            }
            Problem::BadUnit(why) => write!(f, "{found} is no unit: {why}"),
            Problem::BadTime(why) => write!(f, "{found} is no time: {why}"),
            Problem::BadQuantity(why) => write!(f, "{found} is no quantity: {why}"),
            Problem::AmbiguousUnit(one, other) => {
                write!(f, "{found} may be `{one}` or `{other}`")
            }
            Problem::WrongOperator(why) => write!(f, "{found}: {why}"),
            Problem::WrongClause(why) => write!(f, "{found} {why}"),
            Problem::UnboundParameter(name) => {
                let sent = literal(&format!("--param {name}=…"));
                write!(f, "no value was sent for {}: give it by {sent} or in `parameters`", parameter(name))
            }
            Problem::UnusedParameter(name) => {
                write!(f, "the query has no parameter {}", parameter(name))
            }
            Problem::TooBroad(why) => f.write_str(why),
        }
    }
}

impl Diagnostic {
    /// The whole error: code, place and sentence, the line of `query` with a mark under the
    /// place, and the alternatives. Less than 4 KiB, no line of the query wider than 80 columns.
    pub fn render(&self, query: &str) -> String {
        let TextSpan { start, end } = self.span;
        // A parameter that the query does not have has no place in it.
        if self.code() == Code::UnusedParameter {
            return format!("{}: {self}", self.code().as_str());
        }
        let mut out = format!("{} at {start}..{end}: {self}", self.code().as_str());
        let (line, before, marked) = excerpt(query, self.span);
        if !line.is_empty() {
            let mark = format!("{}{}", " ".repeat(before), "^".repeat(marked));
            out.push_str(&format!("\n  {line}\n  {mark}"));
        }
        for (position, edit) in self.edits.iter().enumerate() {
            let title = self.title(edit);
            match title.strip_prefix("write ") {
                Some(text) if position > 0 => out.push_str(&format!("\n     or {text}")),
                _ => out.push_str(&format!("\n  {title}")),
            }
        }
        out
    }
}

/// The line that `span` begins on, cut to [`EXCERPT_COLUMNS`]; how many columns stand before the
/// place, and how many it takes.
fn excerpt(query: &str, span: TextSpan) -> (String, usize, usize) {
    let start = floor_char_boundary(query, span.start);
    let end = floor_char_boundary(query, span.end).max(start);
    let line_start = query[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let line_end = query[start..].find('\n').map_or(query.len(), |length| start + length);

    let before = printable(&query[line_start..start]);
    let marked = printable(&query[start..end.min(line_end)]);
    let after = printable(&query[end.min(line_end)..line_end]);

    let fits = before.width() + marked.width().max(1) + after.width() <= EXCERPT_COLUMNS;
    let before = if fits || before.width() <= CONTEXT_COLUMNS {
        before
    } else {
        let reversed: String = before.chars().rev().collect();
        let kept: String = cut(&reversed, CONTEXT_COLUMNS - 1).chars().rev().collect();
        format!("…{kept}")
    };
    let line = shortened(&format!("{before}{marked}{after}"), EXCERPT_COLUMNS);
    let left = line.width().saturating_sub(before.width());
    (line, before.width(), marked.width().min(left).max(1))
}

/// A piece of a query within a sentence: in backquotes, shortened.
pub(super) fn literal(text: &str) -> String {
    format!("`{}`", piece(text))
}

fn parameter(name: &str) -> String {
    literal(&format!("${name}"))
}

fn floor_char_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&boundary| text.is_char_boundary(boundary)).unwrap_or(0)
}

fn either(items: &[String]) -> String {
    listed(items, "or")
}

/// `a, b or c`, and no more than [`LISTED`] of them.
pub(super) fn listed(items: &[String], conjunction: &str) -> String {
    let shown = &items[..items.len().min(LISTED)];
    let mut out = String::new();
    for (position, item) in shown.iter().enumerate() {
        let separator = match position {
            0 => "",
            _ if position + 1 == items.len() => &format!(" {conjunction} "),
            _ => ", ",
        };
        out.push_str(separator);
        out.push_str(item);
    }
    if items.len() > LISTED {
        // Writing to a string cannot fail.
        let _ = write!(out, " {conjunction} {} more", items.len() - LISTED);
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::language::attributes::ValueType;
    use crate::language::error::UnknownName;
    use crate::language::{Diagnostic, Edit, Problem, parse};

    use super::super::ast::TextSpan;
    use crate::model::shown::shortened;

    fn error(query: &str) -> String {
        parse(query).expect_err("it is wrong").render(query)
    }

    #[test]
    fn what_would_turn_the_line_around_is_made_visible() {
        assert_eq!(
            error("claim where \u{202e}actor=NK\u{0}"),
            "\
UNEXPECTED at 12..15: found the character U+202E, expected an attribute, `not` or `(`
  claim where \u{fffd}actor=NK\u{fffd}
              ^
  write `actor=NK`"
        );
        assert_eq!(
            error("claim where actor=N\u{200b}K and kind=x"),
            "\
UNEXPECTED at 19..22: found the character U+200B, expected `and`, `or`, `..`, `list`, `count`, \
a view such as `conflicts`, `as of`, `sort` or `limit`
  claim where actor=N\u{fffd}K and kind=x
                     ^
  leave it out"
        );
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(
            error("claim where actor=북한 and place=in"),
            "\
RESERVED_WORD at 35..37: `in` is reserved: as a value it needs quotes
  claim where actor=북한 and place=in
                                   ^^
  write `'in'`"
        );
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let query = format!("claim where text~'{}' and a==b and text~'{}'", "x".repeat(200), "y".repeat(200));
        let (x, y) = ("x".repeat(22), "y".repeat(33));
        assert_eq!(
            error(&query),
            format!(
                "\
WRONG_OPERATOR at 225..227: `==` is written `=`
  …{x}' and a==b and text~'{y}…
  {}^^
  write `=`",
                " ".repeat(30)
            )
        );
    }

    #[test]
    fn limits_say_what_they_are() {
        let long = format!("claim where text~'{}'", "x".repeat(8 * 1024));
        let first_line = |query: &str| error(query).lines().next().map(str::to_owned);
        for (query, expected) in [
            (long, "TOO_LONG at 8192..8211: the query has 8211 bytes, at most 8192 are allowed"),
            (
                format!("claim where {}a=b", "not ".repeat(33)),
                "TOO_DEEP at 140..143: the query nests deeper than 32 levels",
            ),
            (
                format!("claim where {}", vec!["a=b"; 257].join(" and ")),
                "TOO_MANY_TERMS at 2060..2063: at most 256 predicates are allowed; `a=b` is one more",
            ),
            (
                format!("claim where a in ({})", vec!["b"; 1001].join(",")),
                "TOO_MANY_TERMS at 17..2020: the list has 1001 items, at most 1000 are allowed: send more as \
                 a parameter",
            ),
        ] {
            assert_eq!(first_line(&query).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_parameter_too_many_has_no_place_in_the_query() {
        let problem = Problem::UnusedParameter("actor".to_owned());
        let diagnostic = Diagnostic::new(problem, TextSpan::default(), "");
        assert_eq!(diagnostic.render("claim"), "UNUSED_PARAMETER: the query has no parameter `$actor`");
    }

    #[test]
    fn names_are_guessed_and_the_rest_is_written() {
        let at = TextSpan::new(12, 16);
        let unknown = UnknownName { of: ValueType::Source, name: "NYS".to_owned(), since: None };
        let guess = Diagnostic::new(Problem::UnknownName(unknown), at, "NYS")
            .offering([Edit::new(at, "nis"), Edit::new(at, "nys")]);
        assert_eq!(
            guess.render("claim where by=NYS"),
            "\
UNKNOWN_NAME at 12..16: there is no source `NYS`
  claim where by=NYS
              ^^^^
  did you mean `nis`?
  did you mean `nys`?"
        );
    }

    #[test]
    fn marks_without_width_are_not_endless() {
        let text = format!("e{}", "\u{301}".repeat(1_000));
        let cut = shortened(&text, 10);
        assert!(cut.len() <= 10 * 4 + '…'.len_utf8(), "{} bytes", cut.len());
        assert!(cut.ends_with('…'));
    }
}
