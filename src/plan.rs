//! What every store must be able to answer: rows of terms, spans and words, and filters over them
//! in three values.
//!
//! A filter is asked in one of two [`Mode`]s: which rows match *surely*, and which match at least
//! *possibly*. `not` asks its operand in the other mode; the leaves alone know the difference.
//! That is all that three-valued logic costs a store.
//!
//! [`Filter::grade`] walks one row plainly. Stores use it for rows not indexed yet, the registry
//! for its own items, and the tests as the oracle.

use crate::model::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;

mod row;
mod rows;
mod words;

pub use row::{Row, RowBuilder, key_number, number_key};
pub use rows::{pair, quantity_span, time_span};
pub use words::{fold, words};

/// Where a row keeps terms: texts that are compared as a whole, mostly ids and vocabulary words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is documented as an attribute of the language")]
#[repr(u8)]
pub enum Field {
    Type,
    Actor,
    Agent,
    Target,
    Kind,
    Action,
    State,
    Manner,
    Place,
    Incident,
    Mode,
    Unit,
    Per,
    Basis,
    Of,
    Hedge,
    Instrument,
    Bearer,
    Modality,
    By,
    Via,
    /// The sources of every step: what `By` or `Via` has.
    Source,
    For,
    Publisher,
    Act,
    Stance,
    Clarity,
    Occasion,
    Likelihood,
    Confidence,
    Credibility,
    Document,
    /// `KEY\u{1f}VALUE` of each label.
    Label,
    /// The key of each label.
    LabelKey,
    // Of registry items alone.
    Name,
    Alias,
    Parent,
    PartOf,
    Country,
    Entity,
    Reliability,
    Interest,
    Title,
    Url,
    Language,
    Sha256,
    /// `KEY\u{1f}VALUE` of each external id.
    ExternalId,
    /// The key of each external id.
    ExternalIdKey,
    /// `KIND\u{1f}ID` of each relation of a claim's to another.
    Relation,
}

impl Field {
    /// How many fields there are.
    pub const COUNT: usize = Self::Relation as usize + 1;
}

/// Where a row keeps an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is documented as an attribute of the language")]
#[repr(u8)]
pub enum SpanField {
    When,
    Value,
    Said,
    Deadline,
    Hops,
    /// Known once the row is committed; the store fills it in.
    Recorded,
    /// Known once the row is committed; the store fills it in.
    Revision,
    /// Known once the row is committed; the store fills it in.
    Version,
    // Of documents alone: a claim's `published` is asked through its document.
    Published,
    Retrieved,
}

impl SpanField {
    /// How many fields there are.
    pub const COUNT: usize = Self::Retrieved as usize + 1;
}

/// Where a row keeps words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum WordField {
    /// A claim's text, quotation and surface, gathered.
    Text,
    /// An item's name.
    Name,
    /// A document's title.
    Title,
}

impl WordField {
    /// How many fields there are.
    pub const COUNT: usize = Self::Title as usize + 1;
}

/// A closed interval of keys. Times are microseconds since 1970; numbers are keyed in their order
/// by [`number_key`]. An open end of a real interval is the key next to it, so that a closed
/// interval says all; `i64::MIN` and `i64::MAX` are unbounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    low: i64,
    high: i64,
}

impl Span {
    /// The interval, or nothing if `low > high`.
    pub fn new(low: i64, high: i64) -> Option<Self> {
        (low <= high).then_some(Self { low, high })
    }

    /// The interval that holds one key alone.
    pub fn point(key: i64) -> Self {
        Self { low: key, high: key }
    }

    /// The lowest key.
    pub fn low(self) -> i64 {
        self.low
    }

    /// The highest key.
    pub fn high(self) -> i64 {
        self.high
    }
}

/// How a row's interval is asked to lie to a literal's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Within the literal.
    Within,
    /// Before the literal's start.
    Before,
    /// At or before the literal's end.
    UpTo,
    /// After the literal's end.
    After,
    /// At or after the literal's start.
    From,
}

impl Comparison {
    /// Whether `row` lies so to `literal`: for all of the row's interval in [`Mode::Surely`], for
    /// some of it in [`Mode::Possibly`].
    pub fn holds(self, row: Span, literal: Span, mode: Mode) -> bool {
        let (low, high) = match mode {
            Mode::Surely => (row.low, row.high),
            Mode::Possibly => (row.high, row.low),
        };
        match self {
            Self::Within => literal.low <= low && high <= literal.high,
            Self::Before => high < literal.low,
            Self::UpTo => high <= literal.high,
            Self::After => low > literal.high,
            Self::From => low >= literal.low,
        }
    }
}

/// Which question is put to a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Which rows match, whatever the true value within each interval is.
    Surely,
    /// Which rows match for some value within each interval.
    Possibly,
}

impl Mode {
    /// The other mode: what `not` asks of its operand.
    pub fn flipped(self) -> Self {
        match self {
            Self::Surely => Self::Possibly,
            Self::Possibly => Self::Surely,
        }
    }
}

/// How a row that was found matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Truth {
    /// It matches for every value within its intervals.
    Sure,
    /// It matches for some.
    Possible,
}

/// Which rows a query asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// Every row surely (`true`), or none.
    Constant(bool),
    /// Every row possibly and none surely.
    Unknown,
    /// All of them; of none: every row.
    And(Vec<Filter>),
    /// Any of them; of none: no row.
    Or(Vec<Filter>),
    /// Not it.
    Not(Box<Filter>),
    /// It, asked in this mode whatever the question was.
    Asked(Mode, Box<Filter>),
    /// One question to a row.
    Leaf(Leaf),
}

/// One question to a row. An absent field answers no.
#[derive(Clone, Debug, PartialEq)]
pub enum Leaf {
    /// Some element of the field is one of the terms.
    Terms {
        /// The field.
        field: Field,
        /// The terms, sorted, each once.
        any: Terms,
    },
    /// Every element of the field is one of the terms, and there is one.
    Only {
        /// The field.
        field: Field,
        /// The terms, sorted, each once.
        any: Terms,
    },
    /// The field has an element.
    Present(Field),
    /// The field has an interval.
    PresentSpan(SpanField),
    /// The field's interval lies so to the literal.
    Span {
        /// The field.
        field: SpanField,
        /// How it is to lie.
        comparison: Comparison,
        /// To what.
        literal: Span,
    },
    /// All the words, in any order; at least one.
    Words {
        /// The field.
        field: WordField,
        /// As [`words()`] makes them: sorted, each once.
        all: Terms,
    },
    /// The row's id is one of these, sorted, each once.
    Id(Terms),
    /// The row is retracted at the revision asked for.
    Retracted,
}

/// Sorted texts, each once.
pub type Terms = Arc<[Arc<str>]>;

/// Sorts texts and drops repetitions.
pub fn terms<T: Into<Arc<str>>>(texts: impl IntoIterator<Item = T>) -> Terms {
    texts.into_iter().map(Into::into).collect::<BTreeSet<Arc<str>>>().into_iter().collect()
}

impl Filter {
    /// All of them.
    pub fn and(filters: impl IntoIterator<Item = Filter>) -> Self {
        Self::And(filters.into_iter().collect())
    }

    /// Not it.
    #[expect(clippy::should_implement_trait, reason = "a name in the language's words")]
    pub fn not(filter: Filter) -> Self {
        Self::Not(Box::new(filter))
    }

    /// How the row matches, if it does.
    pub fn grade(&self, row: &Row) -> Option<Truth> {
        if self.holds(row, Mode::Surely) {
            Some(Truth::Sure)
        } else if self.holds(row, Mode::Possibly) {
            Some(Truth::Possible)
        } else {
            None
        }
    }

    /// Whether the row matches in this mode.
    pub fn holds(&self, row: &Row, mode: Mode) -> bool {
        match self {
            Self::Constant(all) => *all,
            Self::Unknown => mode == Mode::Possibly,
            Self::And(filters) => filters.iter().all(|filter| filter.holds(row, mode)),
            Self::Or(filters) => filters.iter().any(|filter| filter.holds(row, mode)),
            Self::Not(filter) => !filter.holds(row, mode.flipped()),
            Self::Asked(asked, filter) => filter.holds(row, *asked),
            Self::Leaf(leaf) => leaf.holds(row, mode),
        }
    }

    /// Whether the two modes can differ for some row.
    pub fn is_graded(&self) -> bool {
        match self {
            Self::Unknown => true,
            Self::Leaf(leaf) => matches!(leaf, Leaf::Span { .. }),
            Self::Constant(_) | Self::Asked(..) => false,
            Self::And(filters) | Self::Or(filters) => filters.iter().any(Self::is_graded),
            Self::Not(filter) => filter.is_graded(),
        }
    }
}

impl Leaf {
    fn holds(&self, row: &Row, mode: Mode) -> bool {
        let among = |texts: &Terms, text: &Arc<str>| texts.binary_search(text).is_ok();
        match self {
            Self::Terms { field, any } => row.terms(*field).iter().any(|term| among(any, term)),
            Self::Only { field, any } => {
                let terms = row.terms(*field);
                !terms.is_empty() && terms.iter().all(|term| among(any, term))
            }
            Self::Present(field) => !row.terms(*field).is_empty(),
            Self::PresentSpan(field) => row.span(*field).is_some(),
            Self::Span { field, comparison, literal } => {
                row.span(*field).is_some_and(|span| comparison.holds(span, *literal, mode))
            }
            Self::Words { field, all } => {
                all.iter().all(|word| row.words(*field).binary_search(word).is_ok())
            }
            Self::Id(ids) => among(ids, row.id()),
            Self::Retracted => row.is_retracted(),
        }
    }
}

/// Which claims a query asks for, and as of when.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    /// What must hold.
    pub filter: Filter,
    /// Which of the rows that are hidden by default are shown.
    pub shown: Shown,
    /// The revision whose ledger is asked; later ones are as if they had not come.
    pub at: u64,
}

/// Rows that are hidden unless a query mentions them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Retracted claims.
    pub retracted: bool,
    /// Versions that a later one replaced.
    pub old_versions: bool,
}

/// One key of an order; ties go on to the next, and in the end to the newest in the ledger first.
/// Rows without the key come last, ascending or not.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderKey {
    /// What is compared.
    pub by: OrderBy,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// What an order compares.
#[derive(Clone, Debug, PartialEq)]
pub enum OrderBy {
    /// Ids, bytewise.
    Id,
    /// The field's one term, bytewise.
    Term(Field),
    /// The field's one term by the rank given here; a term without one is missing.
    Ranked(Field, Arc<std::collections::HashMap<Arc<str>, i64>>),
    /// The interval's start, then its end.
    Span(SpanField),
    /// A figure's best, else its low, then its high.
    Value,
}

/// What rows are grouped by. A row counts once for each distinct element.
#[derive(Clone, Debug, PartialEq)]
pub enum GroupKey {
    /// The field's terms.
    Term(Field),
    /// The value of the label or external id of this key; the field is [`Field::Label`] or
    /// [`Field::ExternalId`].
    Keyed(Field, Arc<str>),
    /// What the field's terms are mapped to; a term that is not mapped is missing.
    Mapped(Field, Arc<std::collections::HashMap<Arc<str>, Vec<Arc<str>>>>),
    /// The part of the calendar that the time lies in; `spanning` if in more than one.
    Part(SpanField, Part),
    /// The number that the span is a point of (hops, version, revision).
    Number(SpanField),
}

impl GroupKey {
    /// The values that a row is grouped by, each once, sorted; none where it has none.
    pub fn values(&self, row: &Row) -> BTreeSet<Arc<str>> {
        match self {
            Self::Term(field) => row.terms(*field).iter().cloned().collect(),
            Self::Keyed(field, key) => {
                let pairs = row.terms(*field).iter().filter_map(|term| term.split_once(KEY_SEPARATOR));
                pairs.filter(|(known, _)| **known == **key).map(|(_, value)| value.into()).collect()
            }
            Self::Mapped(field, map) => {
                row.terms(*field).iter().filter_map(|term| map.get(term)).flatten().cloned().collect()
            }
            Self::Part(field, part) => {
                row.span(*field).map(|span| part.of(span).into()).into_iter().collect()
            }
            Self::Number(field) => {
                let number = |span: Span| match span.low == span.high {
                    true => key_number(span.low).to_string().into(),
                    false => SPANNING.into(),
                };
                row.span(*field).map(number).into_iter().collect()
            }
        }
    }
}

/// A part of the calendar, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// `2025`
    Year,
    /// `2025-01`
    Month,
    /// `2025-01-15`
    Day,
}

impl Part {
    /// The part that a time lies in, as `2025-01`; [`SPANNING`] if it lies in more than one.
    pub fn of(self, time: Span) -> String {
        match (self.at(time.low), self.at(time.high)) {
            (Some(first), Some(last)) if first == last => first,
            _ => SPANNING.to_owned(),
        }
    }

    fn at(self, moment: i64) -> Option<String> {
        let date = Timestamp(moment).civil()?;
        let (year, month, day) = (date.year(), date.month(), date.day());
        Some(match self {
            Self::Year => format!("{year:04}"),
            Self::Month => format!("{year:04}-{month:02}"),
            Self::Day => format!("{year:04}-{month:02}-{day:02}"),
        })
    }
}

/// Separates a label's key from its value in a term.
pub const KEY_SEPARATOR: char = '\u{1f}';

/// The group of rows whose time spans more than one part of the calendar.
pub const SPANNING: &str = "spanning";

#[cfg(test)]
mod tests {
    use super::*;

    fn span(low: i64, high: i64) -> Span {
        Span::new(low, high).expect("low ≤ high")
    }

    #[test]
    fn comparisons_are_sure_for_all_and_possible_for_some() {
        let literal = span(10, 20);
        let graded = |comparison: Comparison, row: Span| {
            (comparison.holds(row, literal, Mode::Surely), comparison.holds(row, literal, Mode::Possibly))
        };
        let cases = [
            (Comparison::Within, span(10, 20), (true, true)),
            (Comparison::Within, span(9, 20), (false, true)),
            (Comparison::Within, span(20, 30), (false, true)),
            (Comparison::Within, span(21, 30), (false, false)),
            (Comparison::Before, span(1, 9), (true, true)),
            (Comparison::Before, span(1, 10), (false, true)),
            (Comparison::Before, span(10, 10), (false, false)),
            (Comparison::UpTo, span(1, 20), (true, true)),
            (Comparison::UpTo, span(20, 21), (false, true)),
            (Comparison::UpTo, span(21, 21), (false, false)),
            (Comparison::After, span(21, 30), (true, true)),
            (Comparison::After, span(20, 21), (false, true)),
            (Comparison::After, span(10, 20), (false, false)),
            (Comparison::From, span(10, 11), (true, true)),
            (Comparison::From, span(9, 10), (false, true)),
            (Comparison::From, span(8, 9), (false, false)),
        ];
        for (comparison, row, expected) in cases {
            assert_eq!(graded(comparison, row), expected, "{comparison:?} {row:?}");
        }
    }

    #[test]
    fn a_time_lies_in_one_part_of_the_calendar_or_spans_several() {
        let micros = |text: &str| Timestamp::parse(text).expect("an instant").0;
        let parts =
            |low: i64, high: i64| [Part::Year, Part::Month, Part::Day].map(|part| part.of(span(low, high)));
        let (day, next) = (micros("2025-01-15T00:00:00Z"), micros("2025-01-16T00:00:00Z"));
        assert_eq!(parts(day, next - 1), ["2025", "2025-01", "2025-01-15"]);
        assert_eq!(parts(day, next), ["2025", "2025-01", SPANNING]);
        let last = Timestamp::CALENDAR_END.0 - 1;
        assert_eq!(parts(last, last), ["9999", "9999-12", "9999-12-31"]);
        assert_eq!(parts(day, i64::MAX), [SPANNING; 3]);
        assert_eq!(parts(i64::MIN, day), [SPANNING; 3]);
    }

    #[test]
    fn connectives_are_kleenes() {
        let row = Row::builder("a").finish();
        let value = |truth: Option<bool>| truth.map_or(Filter::Unknown, Filter::Constant);
        let graded = |filter: &Filter| match filter.grade(&row) {
            Some(Truth::Sure) => Some(true),
            Some(Truth::Possible) => None,
            None => Some(false),
        };
        let all = [Some(true), None, Some(false)];
        for a in all {
            assert_eq!(graded(&Filter::not(value(a))), a.map(|a| !a));
            for b in all {
                let and = match (a, b) {
                    (Some(false), _) | (_, Some(false)) => Some(false),
                    (Some(true), Some(true)) => Some(true),
                    _ => None,
                };
                let or = match (a, b) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (Some(false), Some(false)) => Some(false),
                    _ => None,
                };
                assert_eq!(graded(&Filter::And(vec![value(a), value(b)])), and);
                assert_eq!(graded(&Filter::Or(vec![value(a), value(b)])), or);
            }
        }
        let unknown = || Box::new(Filter::Unknown);
        assert_eq!(graded(&Filter::Asked(Mode::Surely, unknown())), Some(false));
        assert_eq!(graded(&Filter::Asked(Mode::Possibly, unknown())), Some(true));
        assert_eq!(graded(&Filter::not(Filter::Asked(Mode::Surely, unknown()))), Some(true));
    }
}
