//! From the contract's questions to the engine's.

use super::pb;
use crate::engine::{Consistency, QueryRequest};
use crate::language::{Parameter, Parameters};
use prost_types::value::Kind;
use prost_types::{ListValue, Struct, Value};

/// Why a question is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct QuestionError {
    /// The field's place, as `parameters.fields["kind"]`.
    pub path: String,
    /// What is wrong there.
    pub problem: QuestionProblem,
}

/// What can be wrong with a field of a question.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message says it")]
pub enum QuestionProblem {
    #[error("is {found}; a page has 1 to 1,000 items, and 0 leaves the number to the server")]
    NegativePageSize { found: i32 },
    #[error("is {found}; a parameter is a text, a number, a bool or a list of these")]
    NoValue { found: &'static str },
    #[error("is for an export of {of} alone")]
    Only { of: &'static str },
    #[error("must hold something")]
    NoItem,
    #[error("must be 64 hexadecimal digits, lower case")]
    NoDigest,
    #[error("must be a moment to the microsecond")]
    NoMoment,
}

/// A question for one page.
///
/// # Errors
/// A parameter that is no value, a negative page size.
pub fn query(request: pb::QueryRequest) -> Result<QueryRequest, QuestionError> {
    let pb::QueryRequest { query, parameters, page_size, page_token, consistency, include_totals } = request;
    Ok(QueryRequest {
        text: query,
        parameters: self::parameters(parameters.unwrap_or_default())?,
        page_size: self::page_size(page_size)?,
        page_token,
        consistency: self::consistency(consistency),
        include_totals,
    })
}

/// A question for how a query is understood.
///
/// # Errors
/// A parameter that is no value.
pub fn explain(request: pb::ExplainRequest) -> Result<QueryRequest, QuestionError> {
    let pb::ExplainRequest { query, parameters, consistency } = request;
    self::query(pb::QueryRequest { query, parameters, consistency, ..pb::QueryRequest::default() })
}

/// A number of items; 0 leaves it to the server.
///
/// # Errors
/// It is negative.
pub fn page_size(page_size: i32) -> Result<usize, QuestionError> {
    usize::try_from(page_size).map_err(|_| QuestionError {
        path: "page_size".to_owned(),
        problem: QuestionProblem::NegativePageSize { found: page_size },
    })
}

/// The revision that is asked for.
pub fn consistency(consistency: Option<pb::Consistency>) -> Consistency {
    use pb::consistency::Level;
    match consistency.and_then(|consistency| consistency.level) {
        None | Some(Level::Latest(_)) => Consistency::Latest,
        Some(Level::AtLeast(at_least)) => Consistency::AtLeast(at_least.revision),
        Some(Level::Exactly(exactly)) => Consistency::Exactly(exactly.revision),
    }
}

pub(super) fn parameters(parameters: Struct) -> Result<Parameters, QuestionError> {
    let mut values = Parameters::new();
    for (name, value) in parameters.fields {
        let path = format!("parameters.fields[{name:?}]");
        let value = match value.kind {
            Some(Kind::ListValue(ListValue { values })) => {
                let items = values.into_iter().enumerate();
                let items = items
                    .map(|(index, value)| literal(value, || format!("{path}.list_value.values[{index}]")));
                Parameter::List(items.collect::<Result<_, _>>()?)
            }
            kind => Parameter::One(literal(Value { kind }, || path)?),
        };
        values.insert(name, value);
    }
    Ok(values)
}

fn literal(value: Value, path: impl FnOnce() -> String) -> Result<String, QuestionError> {
    let found = match value.kind {
        Some(Kind::StringValue(text)) => return Ok(text),
        Some(Kind::BoolValue(yes)) => return Ok(Parameter::yes_no(yes)),
        Some(Kind::NumberValue(number)) => match Parameter::number(number) {
            Some(literal) => return Ok(literal),
            None => "no finite number",
        },
        Some(Kind::StructValue(_)) => "an object",
        Some(Kind::ListValue(_)) => "a list within a list",
        Some(Kind::NullValue(_)) | None => "null",
    };
    Err(QuestionError { path: path(), problem: QuestionProblem::NoValue { found } })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(kind: Kind) -> Result<Parameters, String> {
        let fields = [("p".to_owned(), Value { kind: Some(kind) })].into();
        parameters(Struct { fields }).map_err(|error| error.to_string())
    }

    #[test]
    fn parameters_are_what_their_literals_would_be() {
        let is = |text: &str| Ok([("p".to_owned(), Parameter::One(text.to_owned()))].into());
        assert_eq!(one(Kind::StringValue("O'Brien".into())), is("O'Brien"));
        assert_eq!(one(Kind::NumberValue(4000.0)), is("4000"));
        assert_eq!(one(Kind::NumberValue(0.5)), is("0.5"));
        assert_eq!(one(Kind::BoolValue(true)), is("yes"));
        let values = vec![
            Value { kind: Some(Kind::NumberValue(1.0)) },
            Value { kind: Some(Kind::StringValue("a".into())) },
        ];
        let list = Parameter::List(vec!["1".into(), "a".into()]);
        assert_eq!(one(Kind::ListValue(ListValue { values })), Ok([("p".to_owned(), list)].into()));
    }

    #[test]
    fn what_is_no_parameter_is_refused_with_its_place() {
        let allowed = "a parameter is a text, a number, a bool or a list of these";
        let null = Kind::NullValue(0);
        let list = ListValue { values: vec![Value { kind: Some(null.clone()) }] };
        let cases = [
            (null, "parameters.fields[\"p\"]: is null"),
            (Kind::NumberValue(f64::NAN), "parameters.fields[\"p\"]: is no finite number"),
            (Kind::StructValue(Struct::default()), "parameters.fields[\"p\"]: is an object"),
            (Kind::ListValue(list), "parameters.fields[\"p\"].list_value.values[0]: is null"),
        ];
        for (kind, expected) in cases {
            assert_eq!(one(kind), Err(format!("{expected}; {allowed}")));
        }
        assert_eq!(
            page_size(-1).map_err(|error| error.to_string()),
            Err("page_size: is -1; a page has 1 to 1,000 items, and 0 leaves the number to the server"
                .to_owned())
        );
    }
}
