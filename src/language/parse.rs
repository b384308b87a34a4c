//! From a text to a query, or to what is wrong with it.
//!
//! A text goes through [`lexical::check`](super::lexical), then through the grammar, then is read
//! from left to right into a [`Query`]; the first thing found wrong is the error. The grammar also
//! matches much that is wrong (see `grammar/query.pest`): reading that is where the errors with a
//! remedy come from.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the grammar says which few of its rules can stand in a place"
)]

use std::num::NonZeroUsize;
use std::sync::Once;

use pest::Parser;
use pest::iterators::{Pair, Pairs};

use super::ast::{
    AsOf, Attribute, Expr, Number, Operator, Output, Predicate, Query, Set, SortKey, Spanned, Test, TextSpan,
    Value,
};
use super::attributes::ItemTypes;
use super::beginning;
use super::correct::{self, Connective};
use super::error::{Diagnostic, Edit, Problem};
use super::expect;
use super::habits::Tested;
use super::lexical::{self, MAX_BYTES, MAX_LIST_ITEMS, MAX_PREDICATES};
use super::view::View;

/// What pest may do for one text, process-wide. No text that passes our own limits comes near: the
/// worst found, conditions of three bytes with no connective between them, takes 55 calls a byte.
const CALL_LIMIT: usize = 128 * MAX_BYTES;

/// How many further mistakes an edit may repair to make the query parse.
const MAX_REPAIRS: usize = 4;

/// In longer texts, which take longer to read again, an edit repairs one mistake only.
const MAX_REPAIRED_BYTES: usize = 1024;

#[derive(pest_derive::Parser)]
#[grammar = "../grammar/query.pest"]
struct Grammar;

type Read<T> = Result<T, Box<Diagnostic>>;

/// Reads a query.
///
/// # Errors
/// The first thing that is wrong with it. Each edit that is offered, applied to `text`, parses.
pub fn parse(text: &str) -> Result<Query, Box<Diagnostic>> {
    read(text).map_err(|diagnostic| settle(text, *diagnostic))
}

/// What is wrong with a query that parses, less the edits after which it would not.
pub(super) fn keep_parsing(text: &str, mut diagnostic: Box<Diagnostic>) -> Box<Diagnostic> {
    diagnostic.edits.retain(|edit| read(&edit.apply(text)).is_ok());
    diagnostic
}

/// Whether `text` stands for itself as a value, without quotes.
pub(super) fn is_bare_word(text: &str) -> bool {
    text.len() <= MAX_BYTES && Grammar::parse(Rule::bare_word, text).is_ok()
}

/// What the grammar takes behind a text that begins a query, in the words of errors; nothing if the
/// text begins none. Parentheses may be open.
pub(super) fn expected_after(text: &str) -> Vec<&'static str> {
    /// Stands in no query outside quotes.
    const NOWHERE: char = '\u{0}';
    bound();
    match lexical::check(text) {
        Err(diagnostic) if !matches!(diagnostic.problem, Problem::Unclosed) => return Vec::new(),
        Ok(()) | Err(_) => {}
    }
    match Grammar::parse(Rule::query, &format!("{text}{NOWHERE}")) {
        Ok(_) => Vec::new(),
        Err(error) => expect::expected_at(text.len(), &error),
    }
}

/// Bounds what pest may do.
fn bound() {
    static BOUND: Once = Once::new();
    BOUND.call_once(|| pest::set_call_limit(NonZeroUsize::new(CALL_LIMIT)));
}

fn read(text: &str) -> Read<Query> {
    bound();
    lexical::check(text)?;
    let query = match Grammar::parse(Rule::query, text) {
        Ok(mut pairs) => Reader { text, predicates: 0, count: None }.query(next(&mut pairs)),
        Err(error) => Err(expect::diagnostic(text, &error)),
    };
    query.map_err(|diagnostic| {
        let other = beginning::diagnostic(text).or_else(|| correct::comment(text, diagnostic.span));
        other.unwrap_or(diagnostic)
    })
}

/// Keeps those ideas for edits that make the query parse, repairing further mistakes with them.
fn settle(text: &str, mut diagnostic: Diagnostic) -> Box<Diagnostic> {
    let ideas = std::mem::take(&mut diagnostic.edits);
    let mut queries = Vec::new();
    // Two ways to write one query are one alternative.
    let edits = ideas.into_iter().filter_map(|idea| repaired(text, idea)).filter(|edit| {
        let query = read(&edit.apply(text)).ok();
        let is_new = !queries.contains(&query);
        queries.push(query);
        is_new
    });
    Box::new(diagnostic.offering(edits))
}

/// The edit, and whatever else it takes to make the query parse.
fn repaired(text: &str, idea: Edit) -> Option<Edit> {
    let mut edited = idea.apply(text);
    let most = if text.len() <= MAX_REPAIRED_BYTES { MAX_REPAIRS } else { 0 };
    for repairs in 0..=most {
        match read(&edited) {
            Ok(_) if repairs == 0 => return Some(idea),
            Ok(_) => return Some(Edit::between(text, &edited)),
            // Which of the two readings was meant is not to be guessed on the way.
            Err(next) if matches!(next.problem, Problem::MixedAndOr(..)) => return None,
            Err(next) => edited = next.edits.first()?.apply(&edited),
        }
    }
    None
}

/// Reads what the grammar matched.
struct Reader<'q> {
    text: &'q str,
    /// How many were read.
    predicates: usize,
    /// Where `count` stands, if it stands without `by`.
    count: Option<TextSpan>,
}

/// What follows an operator.
enum Member {
    One(Spanned<Value>),
    Set(Spanned<Set>),
}

impl<'q> Reader<'q> {
    fn query(&mut self, query: Pair<'q, Rule>) -> Read<Query> {
        let mut parts = query.into_inner();
        let is_explained = next_if(&mut parts, Rule::kw_explain).is_some();
        let types = next(&mut parts);
        let mut out = Query {
            is_explained,
            types: self.types(types)?,
            filter: None,
            output: None,
            as_of: None,
            sort: Vec::new(),
            limit: None,
        };
        // Where a list of names ends that may be meant to go on.
        let last_type = out.types.last().filter(|name| ItemTypes::parse(name).is_some());
        let mut items_end = last_type.map(|name| name.span.end);
        for part in parts {
            let at = span(&part);
            match part.as_rule() {
                Rule::where_clause => {
                    self.once(out.filter.is_some(), at, "where")?;
                    out.filter = Some(self.expr(child(part, Rule::expr))?);
                }
                Rule::list_clause | Rule::count_clause | Rule::view_clause => {
                    let output = self.output(part)?;
                    if let Some(first) = &out.output {
                        return Err(correct::second_output(self.text, at, first, &output));
                    }
                    self.count = matches!(&output, Output::Count(names) if names.is_empty()).then_some(at);
                    out.output = Some(Spanned::new(output, at));
                    items_end = Some(at.end);
                }
                Rule::as_of_clause => {
                    self.once(out.as_of.is_some(), at, "as of")?;
                    out.as_of = Some(Spanned::new(self.as_of(part)?, at));
                }
                Rule::sort_clause => {
                    self.once(!out.sort.is_empty(), at, "sort")?;
                    out.sort = self.sort_keys(part)?;
                    items_end = Some(at.end);
                }
                Rule::limit_clause => {
                    self.once(out.limit.is_some(), at, "limit")?;
                    out.limit = Some(self.limit(part)?);
                }
                Rule::stray_condition => {
                    return Err(correct::stray_condition(self.text, at, out.filter.is_some()));
                }
                Rule::stray_clause => {
                    let word = span(&child(part, Rule::stray_word));
                    return Err(correct::stray_clause(self.text, word, items_end, self.count));
                }
                Rule::stray_end => return Err(correct::stray_sign(self.text, at)),
                _ => {}
            }
        }
        Ok(out)
    }

    fn once(&self, again: bool, at: TextSpan, clause: &'static str) -> Read<()> {
        if again { Err(correct::repeated_clause(self.text, at, clause)) } else { Ok(()) }
    }

    fn types(&self, types: Pair<'q, Rule>) -> Read<Vec<Spanned<String>>> {
        let mut names = Vec::new();
        for part in types.into_inner() {
            match part.as_rule() {
                Rule::type_name => names.push(named(&part)),
                Rule::foreign_type_separator => {
                    return Err(correct::type_separator(self.text, span(&part)));
                }
                Rule::stray_comma => return Err(correct::stray_sign(self.text, span(&part))),
                _ => {}
            }
        }
        Ok(names)
    }

    fn output(&self, clause: Pair<'q, Rule>) -> Read<Output> {
        let rule = clause.as_rule();
        let whole = span(&clause);
        let mut view = None;
        let mut names = Vec::new();
        for part in clause.into_inner() {
            match part.as_rule() {
                Rule::attributes => names = self.attributes(part)?,
                Rule::view_name => view = View::parse(part.as_str()),
                Rule::stray_attributes => {
                    return Err(correct::missing_word(self.text, span(&part), "by"));
                }
                Rule::foreign_distinct => return Err(correct::distinct(self.text, span(&part), whole)),
                Rule::foreign_all => return Err(correct::all(self.text, span(&part), whole)),
                Rule::foreign_call => return Err(correct::call(self.text, span(&part))),
                _ => {}
            }
        }
        Ok(match view {
            Some(view) => Output::View(view, names),
            None if rule == Rule::list_clause => Output::List(names),
            None => Output::Count(names),
        })
    }

    fn attributes(&self, attributes: Pair<'q, Rule>) -> Read<Vec<Attribute>> {
        self.no_stray_comma(&attributes)?;
        let names = attributes.into_inner().filter(|part| part.as_rule() == Rule::attribute);
        Ok(names.map(|attribute| named(&attribute)).collect())
    }

    /// Refuses a list of names that ends with a comma.
    fn no_stray_comma(&self, names: &Pair<'q, Rule>) -> Read<()> {
        match names.clone().into_inner().find(|part| part.as_rule() == Rule::stray_comma) {
            Some(comma) => Err(correct::stray_sign(self.text, span(&comma))),
            None => Ok(()),
        }
    }

    fn as_of(&self, clause: Pair<'q, Rule>) -> Read<AsOf> {
        let mut parts = clause.into_inner().skip_while(|part| is_keyword(part, &[Rule::kw_as, Rule::kw_of]));
        let moment = next(&mut parts);
        if moment.as_rule() == Rule::revision {
            self.number(child(moment, Rule::number), "revision").map(AsOf::Revision)
        } else {
            let at = span(&moment);
            let mut parts = moment.into_inner();
            let time = self.value(&next(&mut parts))?;
            match parts.next() {
                None => Ok(AsOf::Time(time)),
                Some(stray) => Err(correct::moment(self.text, at, span(&stray), self.count)),
            }
        }
    }

    fn sort_keys(&self, clause: Pair<'q, Rule>) -> Read<Vec<SortKey>> {
        self.no_stray_comma(&clause)?;
        let keys = clause.into_inner().filter(|part| part.as_rule() == Rule::sort_key);
        keys.map(|key| {
            let mut parts = key.into_inner();
            let attribute = named(&next(&mut parts));
            let descending = match parts.next() {
                None => false,
                Some(order) if order.as_rule() == Rule::foreign_order => {
                    return Err(correct::order(self.text, span(&order)));
                }
                Some(order) => order.as_rule() == Rule::kw_desc,
            };
            Ok(SortKey { attribute, descending })
        })
        .collect()
    }

    fn limit(&self, clause: Pair<'q, Rule>) -> Read<Spanned<Number>> {
        let whole = span(&clause);
        let stray = clause.clone().into_inner().find(|part| part.as_rule() == Rule::stray_operator);
        let offset = clause.clone().into_inner().find(|part| part.as_rule() == Rule::stray_offset);
        let number = child(clause, Rule::number);
        if let Some(offset) = offset {
            let whole = span(&number).to(span(&offset));
            return Err(correct::offset(self.text, whole, span(&child(offset, Rule::number))));
        }
        match stray {
            Some(stray) => Err(correct::stray_operator(self.text, span(&stray), whole)),
            None => self.number(number, "limit"),
        }
    }

    fn number(&self, number: Pair<'q, Rule>, keyword: &'static str) -> Read<Spanned<Number>> {
        let Spanned { node, span } = self.value(&next(&mut number.into_inner()))?;
        let number = match node {
            Value::Parameter(name) => Number::Parameter(name),
            Value::Literal(text) => match lexical::whole_number(&text) {
                Some(number) => Number::Literal(number),
                None => return Err(correct::not_whole(self.text, span, keyword)),
            },
        };
        Ok(Spanned::new(number, span))
    }

    fn expr(&mut self, expr: Pair<'q, Rule>) -> Read<Expr> {
        let whole = span(&expr);
        let mut parts = expr.into_inner();
        let level = parts.clone();
        let mut operands = vec![self.operand(next(&mut parts))?];
        let mut joined_by = None;
        while let Some(part) = parts.next() {
            let at = span(&part);
            match part.as_rule() {
                Rule::connective => {}
                Rule::stray_connective => return Err(correct::stray_connective(self.text, at)),
                Rule::stray_comma => return Err(correct::stray_sign(self.text, at)),
                _ => return Err(correct::missing_connective(self.text, at, joined_by)),
            }
            let operand = next(&mut parts);
            let Some(connective) = connective(&part) else {
                let operand = span(&operand);
                return Err(correct::connective(self.text, at, operand, joined_by));
            };
            if joined_by.is_some_and(|before| before != connective) {
                let (operands, connectives) = links(level);
                return Err(correct::mixed(self.text, whole, at, &operands, &connectives));
            }
            joined_by = Some(connective);
            operands.push(self.operand(operand)?);
        }
        Ok(match joined_by {
            Some(Connective::And) => Expr::all(operands),
            Some(Connective::Or) => Expr::any(operands),
            None => operands.remove(0),
        })
    }

    fn operand(&mut self, operand: Pair<'q, Rule>) -> Read<Expr> {
        let mut parts = operand.into_inner();
        let mut prefixes = Vec::new();
        let inside = loop {
            let part = next(&mut parts);
            if part.as_rule() != Rule::prefix {
                break part;
            }
            let at = span(&part);
            match next(&mut part.into_inner()).as_rule() {
                Rule::foreign_not => return Err(correct::foreign_not(self.text, at)),
                kind => prefixes.push(kind),
            }
        };
        let expr = match inside.as_rule() {
            Rule::group => self.expr(child(inside, Rule::expr))?,
            _ => Expr::Predicate(Spanned::new(self.predicate(inside.clone())?, span(&inside))),
        };
        let prefixed = |expr: Expr, kind| match kind {
            Rule::kw_surely => Expr::Surely(Box::new(expr)),
            Rule::kw_possibly => Expr::Possibly(Box::new(expr)),
            _ => expr.negated(),
        };
        Ok(prefixes.into_iter().rev().fold(expr, prefixed))
    }

    fn predicate(&mut self, predicate: Pair<'q, Rule>) -> Read<Predicate> {
        self.predicates += 1;
        if self.predicates > MAX_PREDICATES {
            return Err(self.error(Problem::TooManyPredicates, span(&predicate)));
        }
        let mut parts = predicate.into_inner();
        let only = next_if(&mut parts, Rule::kw_only);
        let attribute = named(&next(&mut parts));
        let test = next(&mut parts);
        let test = match test.as_rule() {
            Rule::presence => self.presence(test)?,
            Rule::membership => self.membership(&attribute, test)?,
            Rule::comparison => self.comparison(&attribute, test)?,
            Rule::stray_predicate => {
                return Err(correct::stray_word(self.text, attribute.span, span(&test)));
            }
            Rule::stray_value => return Err(correct::missing_operator(self.text, &attribute, span(&test))),
            _ => return Err(self.between(&attribute, test)),
        };
        Ok(Predicate { only: only.map(|only| Spanned::new((), span(&only))), attribute, test })
    }

    fn presence(&self, presence: Pair<'q, Rule>) -> Read<Test> {
        let mut parts = presence.into_inner();
        let is = next(&mut parts);
        if is.as_rule() == Rule::foreign_exists {
            return Err(correct::exists(self.text, span(&is)));
        }
        let is = span(&is);
        let negated = next_if(&mut parts, Rule::kw_not).is_some();
        let what = next(&mut parts);
        match what.as_rule() {
            Rule::kw_present if negated => Ok(Test::Missing),
            Rule::kw_present => Ok(Test::Present),
            Rule::kw_missing if negated => Ok(Test::Present),
            Rule::kw_missing => Ok(Test::Missing),
            Rule::foreign_null => Err(correct::null(self.text, span(&what))),
            _ => {
                let up_to_value = TextSpan::new(is.start, span(&what).start);
                Err(correct::is_value(self.text, up_to_value, negated))
            }
        }
    }

    fn membership(&self, attribute: &Attribute, membership: Pair<'q, Rule>) -> Read<Test> {
        let start = span(&membership).start;
        let mut parts = membership.into_inner();
        let negated = next_if(&mut parts, Rule::kw_not).is_some();
        let keyword = TextSpan::new(start, span(&next(&mut parts)).end);
        let operator = Spanned::new(if negated { Operator::NotEqual } else { Operator::Equal }, keyword);
        let tested = Tested { attribute, operator: &operator };
        Ok(match (self.set(parts, tested, true)?, negated) {
            (Member::Set(set), false) => Test::In(set),
            (Member::Set(set), true) => Test::NotIn(set),
            (Member::One(value), _) => Test::Compare(operator, value),
        })
    }

    fn comparison(&self, attribute: &Attribute, comparison: Pair<'q, Rule>) -> Read<Test> {
        let mut parts = comparison.into_inner();
        let written = next(&mut parts);
        let at = span(&written);
        let Some(operator) = operator(written.as_str()) else {
            let operand = span(&next(&mut parts));
            return Err(correct::operator(self.text, attribute, at, operand));
        };
        let operator = Spanned::new(operator, at);
        let tested = Tested { attribute, operator: &operator };
        match self.set(parts, tested, false)? {
            Member::One(value) => Ok(Test::Compare(operator, value)),
            Member::Set(set) => Err(correct::one_value(self.text, tested, set.span, ["", ""])),
        }
    }

    fn between(&self, attribute: &str, between: Pair<'q, Rule>) -> Box<Diagnostic> {
        let at = span(&between);
        let mut parts = between.into_inner();
        let negated = next_if(&mut parts, Rule::kw_not).is_some();
        let mut values = parts
            .filter(|part| !is_keyword(part, &[Rule::kw_between, Rule::kw_and, Rule::kw_from, Rule::kw_to]));
        let (low, high) = (span(&next(&mut values)), span(&next(&mut values)));
        correct::between(self.text, attribute, at, negated, [low, high])
    }

    /// What follows an operator, which is written as `in` or `not in` if `is_in`.
    fn set(&self, mut parts: Pairs<'q, Rule>, tested: Tested<'_>, is_in: bool) -> Read<Member> {
        let set = next(&mut parts);
        let at = span(&set);
        let Some(stray) = parts.next() else {
            return match set.as_rule() {
                Rule::list => self.list(set),
                Rule::single => self.single(set, is_in),
                Rule::stray_range => Err(correct::spaced_range(self.text, at)),
                _ => Err(correct::bracketed_list(self.text, at)),
            };
        };
        let is_word = next(&mut set.clone().into_inner()).as_rule() == Rule::word;
        let range_goes_on = set.as_str().ends_with("..");
        self.single(set, is_in)?;
        let all = at.to(span(&stray));
        Err(match stray.as_rule() {
            Rule::stray_items if is_in => correct::bare_list(self.text, all),
            Rule::stray_items => correct::one_value(self.text, tested, all, ["(", ")"]),
            Rule::stray_high => correct::spaced_range(self.text, all),
            _ if range_goes_on => correct::spaced_range(self.text, all),
            _ => correct::stray_words(self.text, tested, at, is_word, span(&stray), self.count),
        })
    }

    fn list(&self, list: Pair<'q, Rule>) -> Read<Member> {
        let at = span(&list);
        let mut items: Vec<Spanned<Value>> = Vec::new();
        let mut is_word = false;
        for part in list.into_inner() {
            match part.as_rule() {
                Rule::open | Rule::close | Rule::comma => {}
                Rule::foreign_separator => {
                    return Err(correct::list_separator(self.text, span(&part)));
                }
                Rule::stray_words => {
                    let value = items.last().map_or(at, |item| item.span);
                    let stray = span(&part);
                    return Err(correct::stray_words_in_list(self.text, value, is_word, stray));
                }
                rule => {
                    is_word = rule == Rule::word;
                    let item = self.value(&part)?;
                    if let Some(before) =
                        items.last().filter(|before| self.is_grouped(before.span, item.span))
                    {
                        return Err(correct::grouped_digits(self.text, before.span.to(item.span)));
                    }
                    items.push(item);
                }
            }
        }
        match items.len() {
            1 => Ok(Member::One(items.remove(0))),
            0..=MAX_LIST_ITEMS => Ok(Member::Set(Spanned::new(Set::List(items), at))),
            count => Err(self.error(Problem::TooManyItems(count), at)),
        }
    }

    /// Whether two items of a list are one number with its digits grouped: `11,000`.
    fn is_grouped(&self, before: TextSpan, item: TextSpan) -> bool {
        let digits = |at: TextSpan| {
            let text = &self.text[at.start..at.end];
            Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        };
        &self.text[before.end..item.start] == ","
            && digits(before).is_some()
            && digits(item).is_some_and(|digits| digits.len() == 3 && digits.starts_with('0'))
    }

    /// A value or a range; a parameter alone may stand for a list if `after_in`.
    fn single(&self, single: Pair<'q, Rule>, after_in: bool) -> Read<Member> {
        let at = span(&single);
        let mut low = None;
        let mut is_range = false;
        let mut high = None;
        for part in single.into_inner() {
            match part.as_rule() {
                Rule::dots => is_range = true,
                _ if is_range => high = Some(self.value(&part)?),
                _ => low = Some(self.value(&part)?),
            }
        }
        let set = match (low, high) {
            (Some(low), Some(high)) => Set::Between(low, high),
            (Some(low), None) if is_range => Set::From(low),
            (Some(Spanned { node: Value::Parameter(name), .. }), None) if after_in => Set::Parameter(name),
            (Some(value), None) => return Ok(Member::One(value)),
            (None, Some(high)) => Set::UpTo(high),
            (None, None) => unreachable!("the grammar has no range without ends"),
        };
        Ok(Member::Set(Spanned::new(set, at)))
    }

    fn value(&self, value: &Pair<'q, Rule>) -> Read<Spanned<Value>> {
        let at = span(value);
        let text = value.as_str();
        let value = match value.as_rule() {
            Rule::string => {
                let (quote, inside) = (&text[..1], &text[1..text.len() - 1]);
                Value::Literal(inside.replace(&quote.repeat(2), quote))
            }
            Rule::parameter => Value::Parameter(text[1..].to_owned()),
            Rule::stray_reserved => return Err(correct::reserved_word(self.text, at)),
            Rule::grouped_digits => return Err(correct::grouped_digits(self.text, at)),
            _ => Value::Literal(text.to_owned()),
        };
        Ok(Spanned::new(value, at))
    }

    fn error(&self, problem: Problem, at: TextSpan) -> Box<Diagnostic> {
        Box::new(Diagnostic::new(problem, at, &self.text[at.start..at.end]))
    }
}

/// The connective, if it is one of ours.
fn connective(connective: &Pair<'_, Rule>) -> Option<Connective> {
    let text = connective.as_str();
    [Connective::And, Connective::Or]
        .into_iter()
        .find(|connective| text.eq_ignore_ascii_case(connective.as_str()))
}

fn operator(text: &str) -> Option<Operator> {
    Some(match text {
        "=" => Operator::Equal,
        "!=" => Operator::NotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterOrEqual,
        "~" => Operator::Matches,
        "!~" => Operator::NotMatches,
        _ => return None,
    })
}

/// The operands of one level and what joins them, mistakes read as what they may mean.
fn links(level: Pairs<'_, Rule>) -> (Vec<TextSpan>, Vec<Connective>) {
    let mut operands = Vec::new();
    let mut connectives = Vec::new();
    for part in level {
        match part.as_rule() {
            Rule::connective => connectives.push(match part.as_str() {
                "|" | "||" => Connective::Or,
                _ => connective(&part).unwrap_or(Connective::And),
            }),
            Rule::stray_operand => {
                connectives.push(Connective::And);
                operands.push(span(&part));
            }
            Rule::stray_connective | Rule::stray_comma => {}
            _ => operands.push(span(&part)),
        }
    }
    (operands, connectives)
}

/// A name of the language: its letter case makes no difference.
fn named(pair: &Pair<'_, Rule>) -> Spanned<String> {
    Spanned::new(pair.as_str().to_ascii_lowercase(), span(pair))
}

fn span(pair: &Pair<'_, Rule>) -> TextSpan {
    let span = pair.as_span();
    TextSpan::new(span.start(), span.end())
}

fn is_keyword(pair: &Pair<'_, Rule>, keywords: &[Rule]) -> bool {
    keywords.contains(&pair.as_rule())
}

/// The next part of a rule that has one there.
fn next<'q>(parts: &mut impl Iterator<Item = Pair<'q, Rule>>) -> Pair<'q, Rule> {
    parts.next().expect("the grammar puts a part there")
}

/// The part of a rule that has one of this kind.
fn child(pair: Pair<'_, Rule>, rule: Rule) -> Pair<'_, Rule> {
    next(&mut pair.into_inner().filter(|part| part.as_rule() == rule))
}

/// The next part, if it is of this kind.
fn next_if<'q>(parts: &mut Pairs<'q, Rule>, rule: Rule) -> Option<Pair<'q, Rule>> {
    if parts.peek()?.as_rule() == rule { parts.next() } else { None }
}
