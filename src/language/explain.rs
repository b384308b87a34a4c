//! A query's condition in its parts, for those who ask how it was understood.

use super::ast::{Expr, Predicate, Spanned, TextSpan};
use super::format::Operand;
use super::lexical::MAX_LIST_ITEMS;
use super::parameters::Literal;
use crate::model::Quantity;
use crate::plan::{Filter, Span, quantity_span};

/// Literals of one query of which the reading is told; those of lists that are sent as parameters
/// may be more.
pub const MAX_READINGS: usize = MAX_LIST_ITEMS;

/// The condition of a query in its parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// The rows that are asked about: those of the query's types.
    pub types: Filter,
    /// How the terms are joined.
    pub junction: Junction,
    /// The operands of the outermost `and` or `or`, in the order of the query; one if there is
    /// neither, none without `where`.
    pub terms: Vec<ExplainedTerm>,
}

/// How the terms of a condition are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Junction {
    /// All of them must hold.
    All,
    /// Any of them.
    Any,
}

/// An operand of the outermost connective.
#[derive(Clone, Debug, PartialEq)]
pub struct ExplainedTerm {
    /// From its first predicate to its last.
    pub at: TextSpan,
    /// Its canonical form, in parentheses if it has a connective of its own.
    pub text: String,
    /// The rows that satisfy it, whatever their types.
    pub filter: Filter,
    /// Its predicates, in the order of the query; one or more.
    pub predicates: Vec<ExplainedPredicate>,
}

/// A predicate.
#[derive(Clone, Debug, PartialEq)]
pub struct ExplainedPredicate {
    /// Its place.
    pub at: TextSpan,
    /// Its canonical form.
    pub text: String,
    /// The rows that satisfy it, whatever their types.
    pub filter: Filter,
    /// Whether it asks about figures, whose intervals the hedge table makes.
    pub is_of_figures: bool,
    /// Its times, quantities and numbers, in the order of the query.
    pub literals: Vec<ReadLiteral>,
}

/// A literal and the interval that it was read as.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadLiteral {
    /// Its place, or that of the parameter which stands for it.
    pub at: TextSpan,
    /// The literal, without quotes.
    pub text: String,
    /// What it was read as.
    pub reading: Reading,
}

/// What a literal was read as.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// A time: microseconds since 1970, both included; the extremes are open ends.
    Time(Span),
    /// A quantity, read by the hedge table.
    Quantity(Quantity),
    /// A whole number, by its key.
    Number(Span),
}

impl Reading {
    /// The interval as rows are compared with it.
    pub(super) fn span(&self) -> Span {
        match self {
            Self::Time(span) | Self::Number(span) => *span,
            Self::Quantity(quantity) => quantity_span(quantity),
        }
    }
}

/// What is gathered of predicates while they are resolved, in the order of the query.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    predicates: Vec<ExplainedPredicate>,
    /// Of the predicate that is being resolved.
    literals: Vec<ReadLiteral>,
    readings: usize,
}

impl Gathered {
    /// A literal of the predicate that is being resolved.
    pub(super) fn read(&mut self, literal: Literal<'_>, reading: Reading) {
        if self.readings < MAX_READINGS {
            self.readings += 1;
            self.literals.push(ReadLiteral { at: literal.at, text: literal.text.to_owned(), reading });
        }
    }

    /// A predicate that was resolved.
    pub(super) fn predicate(&mut self, predicate: &Spanned<Predicate>, filter: &Filter, is_of_figures: bool) {
        self.predicates.push(ExplainedPredicate {
            at: predicate.span,
            text: predicate.to_string(),
            filter: filter.clone(),
            is_of_figures,
            literals: std::mem::take(&mut self.literals),
        });
    }

    /// The condition, resolved to a filter, in its parts.
    pub(super) fn parted(self, types: Filter, condition: Option<(&Expr, &Filter)>) -> Explained {
        let (junction, parts) = match condition {
            None => (Junction::All, Vec::new()),
            Some((Expr::And(parts), Filter::And(filters))) => {
                (Junction::All, parts.iter().zip(filters).collect())
            }
            Some((Expr::Or(parts), Filter::Or(filters))) => {
                (Junction::Any, parts.iter().zip(filters).collect())
            }
            Some(whole) => (Junction::All, vec![whole]),
        };
        let mut predicates = self.predicates.into_iter();
        let term = |(part, filter): (&Expr, &Filter)| ExplainedTerm {
            at: part.span(),
            text: Operand(part).to_string(),
            filter: filter.clone(),
            predicates: predicates.by_ref().take(part.predicates()).collect(),
        };
        Explained { types, junction, terms: parts.into_iter().map(term).collect() }
    }
}
