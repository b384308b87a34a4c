//! Conditions: of which rows something is made.

use super::RowProblem;
use super::names::{Name, Names};
use super::values::{Scope, Taken};
use crate::model::Path;
use crate::pack::error::{Report, Shape};
use crate::pack::fields::text;
use crate::pack::node::{Node, Value};

/// What must hold of a row: all of it.
#[derive(Debug)]
pub(super) struct Condition {
    terms: Vec<(Name, Test)>,
}

#[derive(Debug)]
enum Test {
    Present,
    Absent,
    /// It is one of these; a list has one of them.
    In(Vec<String>),
}

impl Condition {
    /// Reads `if: NAME`, `if: { NAME: value }`, `if: { NAME: [value, value] }` or `if: { NAME: ~ }`.
    pub(super) fn read(node: &Node, path: Path<'_>, names: &mut Names, report: &mut Report) -> Option<Self> {
        let at = path.to_string();
        let terms = match &node.value {
            Value::Text(name) => vec![(names.find(name, node.position, &at, report)?, Test::Present)],
            Value::Map(entries) => {
                let mut terms = Vec::new();
                for (key, node) in entries {
                    let path = path.key(&key.name);
                    let test = match &node.value {
                        Value::Nothing => Test::Absent,
                        Value::List(nodes) => {
                            let numbered = nodes.iter().enumerate();
                            let values = numbered.map(|(index, node)| text(node, path.index(index), report));
                            Test::In(values.collect::<Option<_>>()?)
                        }
                        Value::Text(_) | Value::Map(_) => Test::In(vec![text(node, path, report)?]),
                    };
                    terms.push((names.find(&key.name, key.position, &path.to_string(), report)?, test));
                }
                terms
            }
            Value::Nothing | Value::List(_) => {
                report.wrong_shape(node, path, Shape::TextOrMap);
                return None;
            }
        };
        Some(Self { terms })
    }

    /// What it asks for.
    pub(super) fn names(&self) -> impl Iterator<Item = Name> {
        self.terms.iter().map(|(name, _)| *name)
    }

    pub(super) fn holds(&self, scope: &Scope<'_>) -> Result<bool, RowProblem> {
        for (name, test) in &self.terms {
            let holds = match (scope.get(*name)?, test) {
                (Taken::Absent, test) => matches!(test, Test::Absent),
                (Taken::One(_) | Taken::Many(_), Test::Present) => true,
                (Taken::One(_) | Taken::Many(_), Test::Absent) => false,
                (Taken::One(text), Test::In(values)) => values.iter().any(|value| value == text),
                (Taken::Many(texts), Test::In(values)) => values.iter().any(|value| texts.contains(value)),
            };
            if !holds {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
