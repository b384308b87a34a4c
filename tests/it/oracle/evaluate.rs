//! Which items a condition holds of, by the definitions of the language: each predicate is asked of
//! each item's own values. Nothing of the resolver, the plan, the rows or the index is used.

use super::attributes::{Attribute, Sort, Subject, Value, values};
use super::history::{Ledger, Version};
use super::intervals::{Interval, Known, of_moment, of_quantity, of_time};
use caseless::default_case_fold_str;
use jiff::{Span, ToSpan};
use sayso::language::ast::{self, Expr, Operator, Predicate, Set, Test};
use sayso::language::{Parameter, Parameters};
use sayso::model::{Quantity, Role, Time, Timestamp};
use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// What a query is asked with, beside its text.
pub(super) struct Circumstances<'a> {
    pub(super) subject: Subject,
    pub(super) ledger: &'a Ledger<'a>,
    pub(super) parameters: &'a Parameters,
    pub(super) now: Timestamp,
}

/// A condition with its literals read.
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Surely(Box<Condition>),
    Possibly(Box<Condition>),
    /// Some value passes, or with `only` every value, and there is one.
    Some {
        attribute: Attribute,
        only: bool,
        passes: Passes,
    },
    Present(Attribute),
}

/// What a single value must pass.
pub(super) enum Passes {
    /// It is one of these.
    OneOf(Vec<Literal>),
    /// It lies so to this one.
    Compared(Operator, Literal),
    /// It lies between these, both included.
    Between(Option<Literal>, Option<Literal>),
    /// It has all these words.
    Words(BTreeSet<String>),
    /// It does not pass this.
    Not(Box<Passes>),
}

/// What a word or string means to an attribute.
#[derive(Clone, Debug)]
pub(super) enum Literal {
    /// A name: the ids of what it names and of all that descends from that.
    Ids(BTreeSet<String>),
    /// A text, to the letter.
    Text(String),
    /// A name that is compared case-folded.
    Name(String),
    Time(Interval<i64>),
    Number(Interval<f64>),
    YesNo(bool),
}

impl Circumstances<'_> {
    pub(super) fn attribute(&self, name: &str) -> Attribute {
        Attribute::find(self.subject, name).unwrap_or_else(|| panic!("there is no attribute {name}"))
    }

    /// The condition, with what its words mean here.
    pub(super) fn read(&self, expr: &Expr) -> Condition {
        let all = |parts: &[Expr]| parts.iter().map(|part| self.read(part)).collect();
        let one = |part: &Expr| Box::new(self.read(part));
        match expr {
            Expr::And(parts) => Condition::All(all(parts)),
            Expr::Or(parts) => Condition::Any(all(parts)),
            Expr::Not(part) => Condition::Not(one(part)),
            Expr::Surely(part) => Condition::Surely(one(part)),
            Expr::Possibly(part) => Condition::Possibly(one(part)),
            Expr::Predicate(predicate) => self.read_predicate(predicate),
        }
    }

    fn read_predicate(&self, predicate: &Predicate) -> Condition {
        let attribute = self.attribute(&predicate.attribute);
        let only = predicate.only.is_some();
        let (passes, is_negated) = match &predicate.test {
            Test::Present => return Condition::Present(attribute),
            Test::Missing => return Condition::Not(Box::new(Condition::Present(attribute))),
            Test::Compare(operator, value) => {
                let text = self.text(value);
                let literal = |text| self.literal(&attribute, text);
                match operator.node {
                    Operator::Equal => (Passes::OneOf(vec![literal(text)]), false),
                    Operator::NotEqual => (Passes::OneOf(vec![literal(text)]), true),
                    Operator::Matches => (Passes::Words(words(text)), false),
                    Operator::NotMatches => (Passes::Words(words(text)), true),
                    operator @ (Operator::Less
                    | Operator::LessOrEqual
                    | Operator::Greater
                    | Operator::GreaterOrEqual) => (Passes::Compared(operator, literal(text)), false),
                }
            }
            Test::In(set) => (self.read_set(&attribute, set), false),
            Test::NotIn(set) => (self.read_set(&attribute, set), true),
        };
        match (is_negated, only) {
            (false, _) => Condition::Some { attribute, only, passes },
            // `!=` and its like are exactly `not (…)`.
            (true, false) => Condition::Not(Box::new(Condition::Some { attribute, only, passes })),
            // `only` asks of every element what the operator says.
            (true, true) => Condition::Some { attribute, only, passes: Passes::Not(Box::new(passes)) },
        }
    }

    fn read_set(&self, attribute: &Attribute, set: &Set) -> Passes {
        let literal = |value: &ast::Value| self.literal(attribute, self.text(value));
        match set {
            Set::List(items) => Passes::OneOf(items.iter().map(|item| literal(item)).collect()),
            Set::Between(low, high) => Passes::Between(Some(literal(low)), Some(literal(high))),
            Set::From(low) => Passes::Between(Some(literal(low)), None),
            Set::UpTo(high) => Passes::Between(None, Some(literal(high))),
            Set::Parameter(name) => match &self.parameters[name] {
                Parameter::One(text) => Passes::OneOf(vec![self.literal(attribute, text)]),
                Parameter::List(texts) => {
                    Passes::OneOf(texts.iter().map(|text| self.literal(attribute, text)).collect())
                }
            },
        }
    }

    /// The text of a value, wherever it came from.
    pub(super) fn text<'a>(&'a self, value: &'a ast::Value) -> &'a str {
        match value {
            ast::Value::Literal(text) => text,
            ast::Value::Parameter(name) => match &self.parameters[name] {
                Parameter::One(text) => text,
                Parameter::List(_) => panic!("${name} is a list"),
            },
        }
    }

    fn literal(&self, attribute: &Attribute, text: &str) -> Literal {
        match attribute.sort {
            Sort::Entity(role) => Literal::Ids(self.entities(text, role)),
            Sort::Source => Literal::Ids(self.sources(text)),
            Sort::Document => Literal::Text(self.ledger.documents[text].id.to_string()),
            Sort::Word(words) => {
                let word = text.to_ascii_lowercase();
                assert!(words.all().contains(&word.as_str()), "{word} is no {words:?}");
                Literal::Text(word)
            }
            Sort::Quantity => Literal::Number(of_quantity(&Quantity::parse(text).expect("a quantity"))),
            Sort::Number => {
                let number: u64 = text.replace('_', "").parse().expect("a whole number");
                Literal::Number(Interval::point(number as f64))
            }
            Sort::Time => Literal::Time(time(text, self.now)),
            Sort::YesNo => Literal::YesNo(text.eq_ignore_ascii_case("yes")),
            Sort::Name => Literal::Name(fold(text)),
            Sort::Free if matches!(attribute.base.as_str(), "unit" | "per") && text == "{person}" => {
                Literal::Text("person".to_owned())
            }
            // What is stored is in NFC.
            Sort::Free => Literal::Text(text.nfc().collect()),
            Sort::Text | Sort::Part => panic!("{attribute:?} is not compared"),
        }
    }

    /// What a name stands for among the entities that fit, with all that descends from it.
    fn entities(&self, name: &str, role: Role) -> BTreeSet<String> {
        let fitting = self.ledger.entities.values().filter(|entity| role.kinds().contains(&entity.kind));
        let named =
            fitting.map(|entity| (entity.id.as_str(), entity.name.as_str(), entity.aliases.as_slice()));
        let whole = the_one_named(name, named);
        let within = self.ledger.entities.keys().filter(|id| self.ledger.entity_is_within(id, &whole));
        within.map(ToString::to_string).collect()
    }

    /// What a name stands for among the sources, with all that is part of it.
    fn sources(&self, name: &str) -> BTreeSet<String> {
        let sources = self.ledger.sources.values();
        let named =
            sources.map(|source| (source.id.as_str(), source.name.as_str(), source.aliases.as_slice()));
        let whole = the_one_named(name, named);
        let within = self.ledger.sources.keys().filter(|id| self.ledger.source_is_within(id, &whole));
        within.map(ToString::to_string).collect()
    }

    /// How a condition holds of an item.
    pub(super) fn holds(&self, condition: &Condition, version: &Version) -> Known {
        match condition {
            Condition::All(parts) => {
                parts.iter().map(|part| self.holds(part, version)).min().unwrap_or(Known::Sure)
            }
            Condition::Any(parts) => {
                parts.iter().map(|part| self.holds(part, version)).max().unwrap_or(Known::False)
            }
            Condition::Not(part) => !self.holds(part, version),
            Condition::Surely(part) => Known::sure_if(self.holds(part, version) == Known::Sure),
            Condition::Possibly(part) => Known::sure_if(self.holds(part, version) >= Known::Possible),
            Condition::Present(attribute) => {
                Known::sure_if(!values(attribute, version, self.ledger).is_empty())
            }
            Condition::Some { attribute, only, passes } => {
                let values = values(attribute, version, self.ledger);
                let each = values.iter().map(|value| holds_of(passes, value, attribute.sort));
                let found = if *only { each.min() } else { each.max() };
                found.unwrap_or(Known::False)
            }
        }
    }
}

/// How one value passes.
fn holds_of(passes: &Passes, value: &Value, sort: Sort) -> Known {
    match passes {
        Passes::OneOf(literals) => {
            literals.iter().map(|literal| equals(value, literal)).max().unwrap_or(Known::False)
        }
        Passes::Not(passes) => !holds_of(passes, value, sort),
        Passes::Words(wanted) => match value {
            Value::Text(text) => Known::sure_if(wanted.is_subset(&words(text))),
            Value::Time(_) | Value::Number(_) | Value::YesNo(_) => Known::False,
        },
        Passes::Compared(operator, literal) => match (value, literal) {
            (Value::Time(value), Literal::Time(literal)) => lies(*operator, *value, *literal),
            (Value::Number(value), Literal::Number(literal)) => lies(*operator, *value, *literal),
            (Value::Text(value), Literal::Text(literal)) => {
                let ranks = rank(sort, value).zip(rank(sort, literal));
                let exactly = |rank: usize| Interval::point(rank as f64);
                ranks.map_or(Known::False, |(value, literal)| {
                    lies(*operator, exactly(value), exactly(literal))
                })
            }
            _ => panic!("{value:?} and {literal:?} have no order"),
        },
        Passes::Between(low, high) => match value {
            Value::Time(value) => {
                let end = |literal: &Literal| {
                    let Literal::Time(end) = literal else { panic!("{literal:?} is no time") };
                    *end
                };
                value.lies_in(range(low.as_ref().map(end), high.as_ref().map(end)))
            }
            Value::Number(value) => {
                let end = |literal: &Literal| {
                    let Literal::Number(end) = literal else { panic!("{literal:?} is no number") };
                    *end
                };
                value.lies_in(range(low.as_ref().map(end), high.as_ref().map(end)))
            }
            Value::Text(value) => {
                let end = |literal: &Literal| {
                    let Literal::Text(end) = literal else { panic!("{literal:?} is no word") };
                    rank(sort, end)
                };
                let at_least =
                    |literal: &Literal| end(literal).is_some_and(|end| rank(sort, value) >= Some(end));
                let at_most =
                    |literal: &Literal| end(literal).is_some_and(|end| rank(sort, value) <= Some(end));
                let has_a_place = rank(sort, value).is_some();
                let is_between = low.as_ref().is_none_or(at_least) && high.as_ref().is_none_or(at_most);
                Known::sure_if(has_a_place && is_between)
            }
            Value::YesNo(_) => panic!("{value:?} has no order"),
        },
    }
}

fn equals(value: &Value, literal: &Literal) -> Known {
    match (value, literal) {
        (Value::Text(value), Literal::Ids(ids)) => Known::sure_if(ids.contains(value)),
        (Value::Text(value), Literal::Text(text)) => Known::sure_if(value == text),
        (Value::Text(value), Literal::Name(name)) => Known::sure_if(fold(value) == *name),
        (Value::Time(value), Literal::Time(literal)) => value.lies_in(*literal),
        (Value::Number(value), Literal::Number(literal)) => value.lies_in(*literal),
        (Value::YesNo(value), Literal::YesNo(literal)) => Known::sure_if(value == literal),
        _ => panic!("{value:?} is never {literal:?}"),
    }
}

fn lies<T: Copy + PartialOrd>(operator: Operator, value: Interval<T>, literal: Interval<T>) -> Known {
    assert!(literal.is_bounded(), "an order needs two ends");
    match operator {
        Operator::Less => value.is_before(literal),
        Operator::LessOrEqual => value.is_up_to(literal),
        Operator::Greater => value.is_after(literal),
        Operator::GreaterOrEqual => value.is_from(literal),
        Operator::Equal | Operator::NotEqual | Operator::Matches | Operator::NotMatches => {
            panic!("{operator:?} is no order")
        }
    }
}

/// From the start of one to the end of the other.
fn range<T>(low: Option<Interval<T>>, high: Option<Interval<T>>) -> Interval<T> {
    use std::ops::Bound::Unbounded;
    Interval { low: low.map_or(Unbounded, |low| low.low), high: high.map_or(Unbounded, |high| high.high) }
}

fn rank(sort: Sort, word: &str) -> Option<usize> {
    if let Sort::Word(words) = sort { words.rank(word) } else { None }
}

/// The id of what has a name: an id beats a name, and a name must be one thing's.
fn the_one_named<'a>(name: &str, all: impl Iterator<Item = (&'a str, &'a str, &'a [String])>) -> String {
    let wanted = fold(name);
    let mut named = Vec::new();
    for (id, name, aliases) in all {
        if id == wanted {
            return id.to_owned();
        }
        if fold(name) == wanted || aliases.iter().any(|alias| fold(alias) == wanted) {
            named.push(id);
        }
    }
    assert_eq!(named.len(), 1, "{name} names {named:?}");
    named[0].to_owned()
}

/// A time as a query writes it.
pub(super) fn time(text: &str, now: Timestamp) -> Interval<i64> {
    let Some(shift) = text.to_ascii_lowercase().strip_prefix("now").map(str::to_owned) else {
        return of_time(&Time::parse(text).expect("a time"));
    };
    if shift.is_empty() {
        return of_moment(now);
    }
    let unit_at = shift.find(|found: char| found.is_ascii_alphabetic()).expect("a unit");
    let count: i64 = shift[..unit_at].parse().expect("a signed number");
    let span: Span = match &shift[unit_at..] {
        "min" => count.minutes(),
        "h" => count.hours(),
        "d" => count.days(),
        "wk" => count.weeks(),
        "mo" => count.months(),
        "y" => count.years(),
        unit => panic!("no unit {unit}"),
    };
    let moment = now.civil().expect("within the calendar").checked_add(span).expect("within the calendar");
    let seconds = moment.duration_since(jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0));
    of_moment(Timestamp(i64::try_from(seconds.as_micros()).expect("within the calendar")))
}

/// As names and words are compared: in NFC and case-folded.
pub(super) fn fold(text: &str) -> String {
    let composed: String = text.nfc().collect();
    default_case_fold_str(&composed).nfc().collect()
}

/// The words of a text (UAX 29), as they are compared.
fn words(text: &str) -> BTreeSet<String> {
    text.unicode_words().map(fold).collect()
}
