//! The canonical form: one way to write each query, in every answer and under every page token.

use std::fmt::{self, Display};

use super::ast::{
    AsOf, Attribute, Expr, Number, Output, Predicate, Query, Set, SortKey, Spanned, Test, Value,
};
use super::parse::is_bare_word;

impl Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_explained {
            f.write_str("explain ")?;
        }
        commas(f, &self.types)?;
        if let Some(filter) = &self.filter {
            write!(f, " where {filter}")?;
        }
        if let Some(output) = &self.output {
            write!(f, " {}", output)?;
        }
        if let Some(as_of) = &self.as_of {
            write!(f, " as of {}", as_of)?;
        }
        if !self.sort.is_empty() {
            // `by` is an attribute too: written always, it cannot be taken for one.
            f.write_str(" sort by ")?;
            commas(f, &self.sort)?;
        }
        if let Some(limit) = &self.limit {
            write!(f, " limit {}", limit)?;
        }
        Ok(())
    }
}

impl Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(attributes) => {
                f.write_str("list ")?;
                commas(f, attributes)
            }
            Self::Count(attributes) => {
                f.write_str("count")?;
                by(f, attributes)
            }
            Self::View(view, attributes) => {
                write!(f, "{view}")?;
                by(f, attributes)
            }
        }
    }
}

impl Display for AsOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Revision(number) => write!(f, "revision {}", number),
            Self::Time(time) => match &time.node {
                // Bare, it would be the keyword.
                Value::Literal(text) if text.eq_ignore_ascii_case("revision") => f.write_str(&quote(text)),
                Value::Literal(_) | Value::Parameter(_) => write!(f, "{time}"),
            },
        }
    }
}

impl Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(number) => write!(f, "{number}"),
            Self::Parameter(name) => write!(f, "${name}"),
        }
    }
}

impl Display for SortKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.attribute)?;
        if self.descending {
            f.write_str(" desc")?;
        }
        Ok(())
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(parts) => joined(f, parts, " and "),
            Self::Or(parts) => joined(f, parts, " or "),
            Self::Not(inner) => write!(f, "not {}", Operand(inner)),
            Self::Surely(inner) => write!(f, "surely {}", Operand(inner)),
            Self::Possibly(inner) => write!(f, "possibly {}", Operand(inner)),
            Self::Predicate(predicate) => write!(f, "{}", predicate),
        }
    }
}

/// An expression within another: in parentheses if it has a connective of its own.
pub(super) struct Operand<'a>(pub(super) &'a Expr);

impl Display for Operand<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Expr::And(_) | Expr::Or(_) => write!(f, "({})", self.0),
            Expr::Not(_) | Expr::Surely(_) | Expr::Possibly(_) | Expr::Predicate(_) => {
                write!(f, "{}", self.0)
            }
        }
    }
}

fn joined(f: &mut fmt::Formatter<'_>, parts: &[Expr], connective: &str) -> fmt::Result {
    for (position, part) in parts.iter().enumerate() {
        if position > 0 {
            f.write_str(connective)?;
        }
        write!(f, "{}", Operand(part))?;
    }
    Ok(())
}

impl Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.only.is_some() {
            f.write_str("only ")?;
        }
        f.write_str(&self.attribute)?;
        match &self.test {
            Test::Compare(operator, value) => write!(f, "{}{}", operator.as_str(), value),
            Test::In(set) => write!(f, " in {}", set),
            Test::NotIn(set) => write!(f, " not in {}", set),
            Test::Present => f.write_str(" is present"),
            Test::Missing => f.write_str(" is missing"),
        }
    }
}

impl Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(items) => {
                f.write_str("(")?;
                commas(f, items)?;
                f.write_str(")")
            }
            Self::Between(low, high) => write!(f, "{}..{}", RangeEnd(low), RangeEnd(high)),
            Self::From(low) => write!(f, "{}..", RangeEnd(low)),
            Self::UpTo(high) => write!(f, "..{}", RangeEnd(high)),
            Self::Parameter(name) => write!(f, "${name}"),
        }
    }
}

impl Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(text) if is_bare_word(text) => f.write_str(text),
            Self::Literal(text) => f.write_str(&quote(text)),
            Self::Parameter(name) => write!(f, "${name}"),
        }
    }
}

/// A value beside `..`: quoted too where a dot or slash of its own would run into it.
struct RangeEnd<'a>(&'a Spanned<Value>);

impl Display for RangeEnd<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.node {
            Value::Literal(text) if text.starts_with('.') || text.ends_with(['.', '/']) => {
                f.write_str(&quote(text))
            }
            Value::Literal(_) | Value::Parameter(_) => write!(f, "{}", self.0),
        }
    }
}

fn by(f: &mut fmt::Formatter<'_>, attributes: &[Attribute]) -> fmt::Result {
    if attributes.is_empty() {
        return Ok(());
    }
    f.write_str(" by ")?;
    commas(f, attributes)
}

fn commas<T: Display>(f: &mut fmt::Formatter<'_>, items: &[T]) -> fmt::Result {
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            f.write_str(", ")?;
        }
        write!(f, "{item}")?;
    }
    Ok(())
}

/// `text` as a value of a query: bare if it is a word, else quoted.
pub fn value(text: &str) -> String {
    if is_bare_word(text) { text.to_owned() } else { quote(text) }
}

/// `text` in single quotes; in double ones if that spares it the doubling.
pub(super) fn quote(text: &str) -> String {
    if text.contains('\'') && !text.contains('"') {
        format!("\"{text}\"")
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}
