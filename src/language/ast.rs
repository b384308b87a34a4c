//! A query as it was written: names are still words, and every word knows its place.

use super::view::View;
use std::fmt;
use std::ops::Deref;

/// A range of bytes of the query's text, `start` included and `end` not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextSpan {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset behind the last byte.
    pub end: usize,
}

impl TextSpan {
    /// The bytes from `start` up to `end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The smallest span that holds both.
    pub fn to(self, other: Self) -> Self {
        Self::new(self.start.min(other.start), self.end.max(other.end))
    }
}

/// Something and where it was written.
///
/// Two are equal if what they hold is equal: the same query written with other spacing is the
/// same query.
#[derive(Clone, Debug)]
pub struct Spanned<T> {
    /// What was written.
    pub node: T,
    /// Where.
    pub span: TextSpan,
}

impl<T> Spanned<T> {
    /// `node`, written at `span`.
    pub const fn new(node: T, span: TextSpan) -> Self {
        Self { node, span }
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

impl<T: Eq> Eq for Spanned<T> {}

impl<T> Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.node
    }
}

impl<T: fmt::Display> fmt::Display for Spanned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node.fmt(f)
    }
}

/// One query. It is already in normal form: `and` and `or` are flat, a list has two items or
/// more, and `not` stands only where no operator says the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Whether to answer with how the query was understood, and what each condition leaves.
    pub is_explained: bool,
    /// What to look for (`figure`, `source`), one or more, in lower case.
    pub types: Vec<Spanned<String>>,
    /// The expression after `where`.
    pub filter: Option<Expr>,
    /// What to answer with; absent: the matches themselves. The span is that of the whole clause.
    pub output: Option<Spanned<Output>>,
    /// The moment to look from; absent: now. The span is that of the whole clause.
    pub as_of: Option<Spanned<AsOf>>,
    /// Keys of the order, first the most important; empty: the newest first.
    pub sort: Vec<SortKey>,
    /// The most rows to answer with.
    pub limit: Option<Spanned<Number>>,
}

/// An attribute's name, dotted or not (`actor`, `by.kind`, `label.KEY`), in lower case.
pub type Attribute = Spanned<String>;

/// What to answer with instead of the matches themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// A table with one row for each match and a column for each of these, one or more.
    List(Vec<Attribute>),
    /// A table with one row for each group; without attributes, one row in all.
    Count(Vec<Attribute>),
    /// A computed view, of each group apart; without attributes, of all claims together.
    View(View, Vec<Attribute>),
}

impl Output {
    /// The word that the clause begins with.
    pub const fn keyword(&self) -> &'static str {
        match self {
            Self::List(_) => "list",
            Self::Count(_) => "count",
            Self::View(view, _) => view.as_str(),
        }
    }
}

/// The moment from which the ledger is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// The last commit not later than this time.
    Time(Spanned<Value>),
    /// This revision.
    Revision(Spanned<Number>),
}

/// A whole number, or the parameter that will give it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Number {
    /// Written out; 1 or more.
    Literal(u64),
    /// `$name`, without the `$`.
    Parameter(String),
}

/// One key of the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// What to order by.
    pub attribute: Attribute,
    /// From the greatest to the least.
    pub descending: bool,
}

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// All of these; two or more, none of them an `And`.
    And(Vec<Expr>),
    /// Any of these; two or more, none of them an `Or`.
    Or(Vec<Expr>),
    /// The opposite. Never of a `Not`, nor of a predicate whose operator has an opposite.
    Not(Box<Expr>),
    /// What is sure.
    Surely(Box<Expr>),
    /// What is possible, taken for sure.
    Possibly(Box<Expr>),
    /// One attribute's test.
    Predicate(Spanned<Predicate>),
}

impl Expr {
    /// All of `parts`.
    pub(super) fn all(parts: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            if let Self::And(inner) = part {
                flat.extend(inner);
            } else {
                flat.push(part);
            }
        }
        Self::And(flat)
    }

    /// Any of `parts`.
    pub(super) fn any(parts: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            if let Self::Or(inner) = part {
                flat.extend(inner);
            } else {
                flat.push(part);
            }
        }
        Self::Or(flat)
    }

    /// The opposite, by the predicate's own operator where it has one.
    pub(super) fn negated(mut self) -> Self {
        if let Self::Not(inner) = self {
            return *inner;
        }
        if let Self::Predicate(predicate) = &mut self
            && predicate.node.negate()
        {
            return self;
        }
        Self::Not(Box::new(self))
    }

    /// How many predicates it has.
    pub(super) fn predicates(&self) -> usize {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().map(Self::predicates).sum(),
            Self::Not(inner) | Self::Surely(inner) | Self::Possibly(inner) => inner.predicates(),
            Self::Predicate(_) => 1,
        }
    }

    /// From the first predicate to the last.
    pub fn span(&self) -> TextSpan {
        match self {
            Self::And(parts) | Self::Or(parts) => {
                parts.iter().map(Self::span).reduce(TextSpan::to).unwrap_or_default()
            }
            Self::Not(inner) | Self::Surely(inner) | Self::Possibly(inner) => inner.span(),
            Self::Predicate(predicate) => predicate.span,
        }
    }
}

/// A test of one attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Predicate {
    /// `only`: every element must pass, not just some element. Holds the word's place.
    pub only: Option<Spanned<()>>,
    /// Which attribute.
    pub attribute: Attribute,
    /// What it must pass.
    pub test: Test,
}

impl Predicate {
    /// Turns it into its opposite, if it has one. With `only` it has none: that some element
    /// fails is not that every element fails.
    fn negate(&mut self) -> bool {
        if self.only.is_some() {
            return false;
        }
        let opposite = match &self.test {
            Test::Compare(operator, value) => {
                let Some(opposite) = operator.opposite() else {
                    return false;
                };
                Test::Compare(Spanned::new(opposite, operator.span), value.clone())
            }
            Test::In(set) => Test::NotIn(set.clone()),
            Test::NotIn(set) => Test::In(set.clone()),
            Test::Present => Test::Missing,
            Test::Missing => Test::Present,
        };
        self.test = opposite;
        true
    }
}

/// What an attribute must pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// `= 4000`, `!~ 'elite troops'`.
    Compare(Spanned<Operator>, Spanned<Value>),
    /// `in (…)` and its like. The span is that of the set.
    In(Spanned<Set>),
    /// `not in (…)`.
    NotIn(Spanned<Set>),
    /// `is present`.
    Present,
    /// `is missing`.
    Missing,
}

/// The operators that compare with one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `~`: has all these words.
    Matches,
    /// `!~`
    NotMatches,
}

impl Operator {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Matches => "~",
            Self::NotMatches => "!~",
        }
    }

    /// The operator that says `not` of this one, where there is one. There is none for the orders:
    /// what is missing is neither below 5 nor at or above it.
    pub const fn opposite(self) -> Option<Self> {
        match self {
            Self::Equal => Some(Self::NotEqual),
            Self::NotEqual => Some(Self::Equal),
            Self::Matches => Some(Self::NotMatches),
            Self::NotMatches => Some(Self::Matches),
            Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual => None,
        }
    }
}

/// What may stand after `in`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Set {
    /// `(a, b)`: two items or more.
    List(Vec<Spanned<Value>>),
    /// `a..b`, both included.
    Between(Spanned<Value>, Spanned<Value>),
    /// `a..`
    From(Spanned<Value>),
    /// `..b`
    UpTo(Spanned<Value>),
    /// `$name`, without the `$`; a list or one value.
    Parameter(String),
}

/// A value: what it means depends on the attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A word or a quoted string, without its quotes. Quoting makes no difference.
    Literal(String),
    /// `$name`, without the `$`.
    Parameter(String),
}
