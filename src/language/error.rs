//! Errors that teach: what was found, what was expected, and what to write instead.

use super::ast::TextSpan;
use super::attributes::ValueType;
use super::render::literal;
use crate::model::Timestamp;
use crate::model::shown::shortened;
use crate::registry::Registry;

/// The most alternatives that one error offers.
pub const MAX_EDITS: usize = 3;

/// The most ideas for alternatives that are tried.
const MAX_IDEAS: usize = 6;

/// The most bytes that the alternatives of one error have together, so that an error fits into
/// the trailers of an answer.
const MAX_EDIT_BYTES: usize = 1024;

/// The widest that an alternative is shown.
const MAX_TITLE_COLUMNS: usize = 60;

/// What kind of error it is: stable, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// Something stands where the language has no place for it.
    Unexpected,
    /// None of the types asked for has this attribute.
    UnknownAttribute,
    /// There is no such type.
    UnknownType,
    /// The registry has no such name.
    UnknownName,
    /// A closed vocabulary has no such value, or there is no such unit.
    UnknownValue,
    /// A name that several things have.
    AmbiguousName,
    /// A reserved word in a value's place, without quotes.
    ReservedWord,
    /// Not a time.
    BadTime,
    /// Not a quantity.
    BadQuantity,
    /// A unit that could be two.
    AmbiguousUnit,
    /// Another language's operator, or one that the attribute does not have.
    WrongOperator,
    /// No clause, or one that has no place here.
    WrongClause,
    /// Two conditions with neither `and` nor `or` between them.
    MissingConnective,
    /// `and` and `or` at one level.
    MixedAndOr,
    /// A parameter without a value.
    UnboundParameter,
    /// A value without a parameter.
    UnusedParameter,
    /// A quote or parenthesis without its other half.
    Unclosed,
    /// The text is too long.
    TooLong,
    /// The query nests too deeply.
    TooDeep,
    /// Too many predicates, or too many items in a list.
    TooManyTerms,
    /// A view over more than its bound.
    TooBroad,
    /// A revision that has not come yet.
    RevisionNotHere,
}

impl Code {
    /// The code as it is shown and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unexpected => "UNEXPECTED",
            Self::UnknownAttribute => "UNKNOWN_ATTRIBUTE",
            Self::UnknownType => "UNKNOWN_TYPE",
            Self::UnknownName => "UNKNOWN_NAME",
            Self::UnknownValue => "UNKNOWN_VALUE",
            Self::AmbiguousName => "AMBIGUOUS_NAME",
            Self::ReservedWord => "RESERVED_WORD",
            Self::BadTime => "BAD_TIME",
            Self::BadQuantity => "BAD_QUANTITY",
            Self::AmbiguousUnit => "AMBIGUOUS_UNIT",
            Self::WrongOperator => "WRONG_OPERATOR",
            Self::WrongClause => "WRONG_CLAUSE",
            Self::MissingConnective => "MISSING_CONNECTIVE",
            Self::MixedAndOr => "MIXED_AND_OR",
            Self::UnboundParameter => "UNBOUND_PARAMETER",
            Self::UnusedParameter => "UNUSED_PARAMETER",
            Self::Unclosed => "UNCLOSED",
            Self::TooLong => "TOO_LONG",
            Self::TooDeep => "TOO_DEEP",
            Self::TooManyTerms => "TOO_MANY_TERMS",
            Self::TooBroad => "TOO_BROAD",
            Self::RevisionNotHere => "REVISION_NOT_HERE",
        }
    }
}

/// What is wrong, in facts. What was written there is not among them: the diagnostic has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// What was found has no place here; the sentence takes the diagnostic's `found`.
    Unexpected,
    /// Words that are one value only within quotes.
    NeedsQuotes,
    /// Words that are a value, but not as they are written.
    NotOneValue,
    /// Values that are a list only within parentheses.
    NeedsParentheses,
    /// A range with white space in it.
    SpacedRange,
    /// Words in quotes that are none here.
    ForeignQuote,
    /// `11,000`
    GroupedDigits,
    /// Neither a whole number from 1 on nor a parameter, after this word.
    NotWhole(&'static str),
    /// An operator of another language, and ours.
    ForeignOperator(&'static str),
    /// A value behind an attribute without this operator, or another.
    MissingOperator(&'static str),
    /// A value where a condition belongs.
    BareValue(String),
    /// A connective that nothing follows.
    StrayConnective,
    /// A sign where none belongs: `limit = 5`.
    StrayOperator,
    /// A range or list after an operator that takes one value.
    OneValue(&'static str),
    /// `in`, in a value's place.
    ReservedWord,
    /// A word where only a clause can be.
    UnknownClause,
    /// A clause that was there before.
    RepeatedClause(&'static str),
    /// Two of `list`, `count` and the views.
    TwoOutputs(&'static str, &'static str),
    /// `where` before a condition, or `by` before what is counted by.
    MissingWord(&'static str),
    /// No connective before what was found.
    MissingConnective,
    /// This connective, after that other one.
    MixedAndOr(&'static str, &'static str),
    /// Opened and never closed.
    Unclosed,
    /// A quote within quotes.
    Undoubled,
    /// Closed and never opened.
    Unopened,
    /// Bytes of the text.
    TooLong(usize),
    /// Deeper than the language goes.
    TooDeep,
    /// More predicates than one query may have.
    TooManyPredicates,
    /// More items than one list may have.
    TooManyItems(usize),
    /// More items than a list that is sent as a parameter may have.
    TooManyParameterItems(usize),

    /// The type is none.
    UnknownType,
    /// The types asked for, and what none of them has.
    UnknownAttribute {
        /// As written in the query.
        types: Vec<String>,
        /// The types that have it.
        has: Vec<&'static str>,
    },
    /// This attribute has no such part behind its dot; the parts that it has are expected.
    UnknownPart(String),
    /// No such name for what the attribute takes.
    UnknownName(UnknownName),
    /// This revision, where that is the latest.
    NotYet {
        /// The one asked for.
        asked: u64,
        /// The latest.
        latest: u64,
    },
    /// Names that several things have, by id.
    AmbiguousName(Vec<String>),
    /// A closed vocabulary's attribute.
    UnknownValue(String),
    /// Why it is no unit.
    BadUnit(String),
    /// Why it is no time.
    BadTime(String),
    /// Why it is no quantity.
    BadQuantity(String),
    /// A unit that could be either of these.
    AmbiguousUnit(&'static str, &'static str),
    /// The attribute that does not have the operator, and why.
    WrongOperator(String),
    /// Why the clause has no place here.
    WrongClause(String),
    /// A parameter that no value was sent for.
    UnboundParameter(String),
    /// A value was sent for a parameter that the query does not have.
    UnusedParameter(String),
    /// More rows than a view reads.
    TooBroad(String),
}

/// A name that nothing has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    /// What its attribute takes.
    pub of: ValueType,
    /// The name, as it was given.
    pub name: String,
    /// The revision later than the one asked for from which on it is known, and its time.
    pub since: Option<(u64, Timestamp)>,
}

impl UnknownName {
    /// Whether another registry has the name.
    pub fn is_known(&self, registry: &Registry) -> bool {
        match self.of {
            ValueType::Entity(role) => registry.resolve_entity(&self.name, role).is_ok(),
            ValueType::Source => registry.resolve_source(&self.name).is_ok(),
            ValueType::Document => registry.resolve_document(&self.name).is_ok(),
            ValueType::Vocabulary(_)
            | ValueType::Quantity
            | ValueType::Number
            | ValueType::Time
            | ValueType::YesNo
            | ValueType::Text
            | ValueType::Name
            | ValueType::Free => false,
        }
    }
}

impl Problem {
    /// The kind of error that this is.
    pub const fn code(&self) -> Code {
        match self {
            Self::Unexpected
            | Self::NeedsQuotes
            | Self::NotOneValue
            | Self::NeedsParentheses
            | Self::SpacedRange
            | Self::StrayConnective
            | Self::BareValue(_)
            | Self::ForeignQuote
            | Self::NotWhole(_)
            | Self::Unopened => Code::Unexpected,
            Self::GroupedDigits | Self::BadQuantity(_) => Code::BadQuantity,
            Self::ForeignOperator(_)
            | Self::StrayOperator
            | Self::MissingOperator(_)
            | Self::OneValue(_)
            | Self::WrongOperator(_) => Code::WrongOperator,
            Self::ReservedWord => Code::ReservedWord,
            Self::UnknownClause
            | Self::RepeatedClause(_)
            | Self::TwoOutputs(..)
            | Self::MissingWord(_)
            | Self::WrongClause(_) => Code::WrongClause,
            Self::MissingConnective => Code::MissingConnective,
            Self::MixedAndOr(..) => Code::MixedAndOr,
            Self::Unclosed | Self::Undoubled => Code::Unclosed,
            Self::TooLong(_) => Code::TooLong,
            Self::TooDeep => Code::TooDeep,
            Self::TooManyPredicates | Self::TooManyItems(_) | Self::TooManyParameterItems(_) => {
                Code::TooManyTerms
            }
            Self::UnknownType => Code::UnknownType,
            Self::UnknownAttribute { .. } | Self::UnknownPart(_) => Code::UnknownAttribute,
            Self::NotYet { .. } => Code::RevisionNotHere,
            Self::UnknownName(_) => Code::UnknownName,
            Self::AmbiguousName(_) => Code::AmbiguousName,
            Self::UnknownValue(_) | Self::BadUnit(_) => Code::UnknownValue,
            Self::BadTime(_) => Code::BadTime,
            Self::AmbiguousUnit(..) => Code::AmbiguousUnit,
            Self::UnboundParameter(_) => Code::UnboundParameter,
            Self::UnusedParameter(_) => Code::UnusedParameter,
            Self::TooBroad(_) => Code::TooBroad,
        }
    }
}

/// One complete alternative: the query with these bytes replaced parses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The bytes to replace; may be empty.
    pub span: TextSpan,
    /// What to write there.
    pub text: String,
}

impl Edit {
    /// `text` in place of the bytes at `span`.
    pub fn new(span: TextSpan, text: impl Into<String>) -> Self {
        Self { span, text: text.into() }
    }

    /// The edit that makes `edited` of `text`: from the first word that differs to the last.
    pub(super) fn between(text: &str, edited: &str) -> Self {
        let old: Vec<&str> = text.split_inclusive(char::is_whitespace).collect();
        let new: Vec<&str> = edited.split_inclusive(char::is_whitespace).collect();
        let length = |words: &[&str]| words.iter().map(|word| word.len()).sum::<usize>();

        let before = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
        let (old, new) = (&old[before..], &new[before..]);
        let after = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();

        // An alternative that ends with a connective would read as if it were cut off.
        let tail = |after: usize| length(&old[old.len() - after..]);
        let goes_on = |after: usize| {
            let end = edited.len() - tail(after);
            after > 0 && [" and", " or", " not"].iter().any(|word| edited[..end].trim_end().ends_with(word))
        };
        let after = (0..=after).rev().find(|&after| !goes_on(after)).unwrap_or(0);

        let start = text.len() - length(old);
        let tail = tail(after);
        Self::new(TextSpan::new(start, text.len() - tail), &edited[start..edited.len() - tail])
    }

    /// The query with this edit applied.
    pub fn apply(&self, query: &str) -> String {
        let mut edited = query.to_owned();
        edited.replace_range(self.span.start..self.span.end, &self.text);
        edited
    }
}

/// What is wrong with a query, where, and what to do. Its `Display` is one sentence; `render`
/// shows it under the query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong.
    pub problem: Problem,
    /// Where.
    pub span: TextSpan,
    /// What stands there, in backquotes and shortened, or a phrase (`the end of the query`).
    pub found: String,
    /// What could stand there: in backquotes if literally, else a phrase (`an attribute`).
    pub expected: Vec<String>,
    /// Alternatives, the best first; at most [`MAX_EDITS`].
    pub edits: Vec<Edit>,
}

impl std::error::Error for Diagnostic {}

impl Diagnostic {
    /// `problem` with the text `found`, which stands at `span`.
    pub fn new(problem: Problem, span: TextSpan, found: &str) -> Self {
        Self { problem, span, found: literal(found), expected: Vec::new(), edits: Vec::new() }
    }

    /// The same, and what could stand there.
    #[must_use]
    pub fn expecting(mut self, expected: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.expected = expected.into_iter().map(Into::into).collect();
        self
    }

    /// The same, with these alternatives, less those that would make the error too large to send.
    #[must_use]
    pub fn offering(mut self, edits: impl IntoIterator<Item = Edit>) -> Self {
        let mut room = MAX_EDIT_BYTES;
        for edit in edits {
            if self.edits.len() < MAX_EDITS && edit.text.len() <= room && !self.edits.contains(&edit) {
                room -= edit.text.len();
                self.edits.push(edit);
            }
        }
        self
    }

    /// The same, with these ideas for alternatives: whether the query then parses is still to be
    /// seen.
    pub(super) fn proposing(mut self, ideas: impl IntoIterator<Item = Edit>) -> Self {
        self.edits.extend(ideas.into_iter().take(MAX_IDEAS));
        self
    }

    /// The kind of error that this is.
    pub const fn code(&self) -> Code {
        self.problem.code()
    }

    /// One of its edits in words: ``did you mean `actor`?``
    pub fn title(&self, edit: &Edit) -> String {
        let text = shortened(&edit.text, MAX_TITLE_COLUMNS);
        if edit.span == self.span && self.is_about_a_name() {
            format!("did you mean `{}`?", text.trim())
        } else if text.trim().is_empty() {
            "leave it out".to_owned()
        } else {
            format!("write `{}`", text.trim())
        }
    }

    fn is_about_a_name(&self) -> bool {
        matches!(
            self.code(),
            Code::UnknownAttribute
                | Code::UnknownType
                | Code::UnknownName
                | Code::UnknownValue
                | Code::AmbiguousName
        )
    }
}
