//! Values that are sent beside a query, for its `$name`s.

use super::ast::{Operator, Spanned, TextSpan, Value};
use super::error::{Diagnostic, Edit, Problem};
use super::habits::Tested;
use super::lexical::MAX_LIST_PARAMETER_ITEMS;
use super::nearest;
use super::render;
use super::value::Fault;
use std::collections::{BTreeMap, BTreeSet};

/// The values of a query's parameters, by name without the `$`.
pub type Parameters = BTreeMap<String, Parameter>;

/// The value of a parameter. Whatever it was sent as, it means what its quoted literal would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// One value.
    One(String),
    /// A list, for `in`.
    List(Vec<String>),
}

impl Parameter {
    /// The literal of a number: its shortest decimal; none for NaN and the infinities.
    pub fn number(number: f64) -> Option<String> {
        // Adding 0 makes −0 the 0 that it equals.
        number.is_finite().then(|| (number + 0.0).to_string())
    }

    /// The literal of a bool.
    pub fn yes_no(yes: bool) -> String {
        (if yes { "yes" } else { "no" }).to_owned()
    }
}

/// A value's text, wherever it came from, and where it stands in the query.
#[derive(Clone, Copy, Debug)]
pub(super) struct Literal<'a> {
    pub(super) text: &'a str,
    pub(super) at: TextSpan,
    /// Whether it is written in the query, so that an edit of the query changes it.
    pub(super) is_written: bool,
    /// The test that it has for itself.
    pub(super) tested: Option<Tested<'a>>,
}

impl Literal<'_> {
    /// `= null`, as a test of its own.
    fn is_null(self) -> Option<Edit> {
        let is_null = ["null", "none", "nil"].iter().any(|null| self.text.eq_ignore_ascii_case(null));
        let tested = self.tested.filter(|_| is_null)?;
        let test = match tested.operator.node {
            Operator::Equal => " is missing",
            Operator::NotEqual => " is present",
            Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual
            | Operator::Matches
            | Operator::NotMatches => return None,
        };
        Some(tested.written_as(self.at, test))
    }

    /// What is wrong with it.
    pub(super) fn refused(self, fault: Fault) -> Box<Diagnostic> {
        let Fault { problem, expected, instead } = fault;
        let edits = instead.iter().filter_map(|meant| meant.edit(self.at, self.tested));
        let edits = self.is_null().into_iter().chain(edits);
        let diagnostic = Diagnostic::new(problem, self.at, self.text).expecting(expected);
        Box::new(if self.is_written { diagnostic.offering(edits) } else { diagnostic })
    }
}

/// The parameters that were sent, and which of them the query has used.
#[derive(Debug)]
pub(super) struct Bindings<'a> {
    values: &'a Parameters,
    used: BTreeSet<&'a str>,
}

impl<'a> Bindings<'a> {
    pub(super) fn new(values: &'a Parameters) -> Self {
        Self { values, used: BTreeSet::new() }
    }

    /// The value of `$name`, which stands at `at`.
    pub(super) fn get(&mut self, name: &str, at: TextSpan) -> Result<&'a Parameter, Box<Diagnostic>> {
        let Some((name, parameter)) = self.values.get_key_value(name) else {
            let sent = self.values.keys().map(String::as_str);
            let edits = nearest(name, sent).into_iter().map(|name| Edit::new(at, format!("${name}")));
            let problem = Problem::UnboundParameter(name.to_owned());
            return Err(Box::new(Diagnostic::new(problem, at, &format!("${name}")).offering(edits)));
        };
        self.used.insert(name);
        match parameter {
            Parameter::List(items) if items.len() > MAX_LIST_PARAMETER_ITEMS => {
                let problem = Problem::TooManyParameterItems(items.len());
                Err(Box::new(Diagnostic::new(problem, at, &format!("${name}"))))
            }
            Parameter::One(_) | Parameter::List(_) => Ok(parameter),
        }
    }

    /// One value, after an operator that takes one.
    pub(super) fn one(
        &mut self,
        tested: Tested<'a>,
        value: &'a Spanned<Value>,
    ) -> Result<Literal<'a>, Box<Diagnostic>> {
        let literal = self.single(value)?;
        let operator = tested.operator;
        literal.map(|literal| Literal { tested: Some(tested), ..literal }).ok_or_else(|| {
            let listing = match operator.node {
                Operator::Equal => Some(" in "),
                Operator::NotEqual => Some(" not in "),
                Operator::Less
                | Operator::LessOrEqual
                | Operator::Greater
                | Operator::GreaterOrEqual
                | Operator::Matches
                | Operator::NotMatches => None,
            };
            let why = format!("takes one value, and {} is a list", render::literal(&value.to_string()));
            Box::new(
                Diagnostic::new(Problem::WrongOperator(why), operator.span, operator.node.as_str())
                    .expecting(["`in`", "`not in`"])
                    .offering(listing.map(|listing| Edit::new(operator.span, listing))),
            )
        })
    }

    /// A bound of a range or an item of a list, which a list cannot be.
    pub(super) fn item(&mut self, value: &'a Spanned<Value>) -> Result<Literal<'a>, Box<Diagnostic>> {
        self.single(value)?.ok_or_else(|| {
            let why = "a list stands alone after `in`".to_owned();
            Box::new(Diagnostic::new(Problem::WrongOperator(why), value.span, &value.to_string()))
        })
    }

    /// A value that is not a list; nothing if it is one.
    fn single(&mut self, value: &'a Spanned<Value>) -> Result<Option<Literal<'a>>, Box<Diagnostic>> {
        match &value.node {
            Value::Literal(text) => {
                Ok(Some(Literal { text, at: value.span, is_written: true, tested: None }))
            }
            Value::Parameter(name) => match self.get(name, value.span)? {
                Parameter::One(text) => {
                    Ok(Some(Literal { text, at: value.span, is_written: false, tested: None }))
                }
                Parameter::List(_) => Ok(None),
            },
        }
    }

    /// All values of `$name`.
    pub(super) fn all(&mut self, name: &str, at: TextSpan) -> Result<Vec<Literal<'a>>, Box<Diagnostic>> {
        let literal = |text: &'a String| Literal { text, at, is_written: false, tested: None };
        Ok(match self.get(name, at)? {
            Parameter::One(text) => vec![literal(text)],
            Parameter::List(items) => items.iter().map(literal).collect(),
        })
    }

    /// Refuses parameters that the query does not have.
    pub(super) fn finish(&self) -> Result<(), Box<Diagnostic>> {
        match self.values.keys().find(|name| !self.used.contains(name.as_str())) {
            None => Ok(()),
            Some(name) => {
                let problem = Problem::UnusedParameter(name.clone());
                Err(Box::new(Diagnostic::new(problem, TextSpan::default(), &format!("${name}"))))
            }
        }
    }
}
