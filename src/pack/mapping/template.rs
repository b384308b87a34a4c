//! Texts with holes: `Fighting in {country}`.

use super::RowProblem;
use super::names::{Name, Names};
use super::values::{Scope, Taken};
use crate::pack::Problem;
use crate::pack::error::{Position, Report};
use std::borrow::Cow;

/// A text, some of which a row gives.
#[derive(Debug)]
pub(super) struct Template {
    pieces: Vec<Piece>,
}

#[derive(Debug)]
enum Piece {
    Text(String),
    Hole {
        name: Name,
        /// The name as the text has it.
        written: String,
        /// Without a value there is nothing in its place; otherwise the whole text is absent.
        optional: bool,
    },
}

/// Why a text is no template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// `{` without `}`.
    #[error("`{{` begins the name of a column, and no `}}` ends it; write `{{{{` for a brace that is text")]
    Unclosed,
    /// `}` without `{`.
    #[error("`}}` stands alone; write `}}}}` for a brace that is text")]
    Unopened,
    /// Nothing between the braces.
    #[error("no column is named between `{{` and `}}`")]
    Unnamed,
}

impl Template {
    /// Reads a text; what its names mean is looked up in `names`.
    pub(super) fn parse(
        text: &str,
        position: Position,
        path: &str,
        names: &mut Names,
        report: &mut Report,
    ) -> Option<Self> {
        match pieces(text) {
            Ok(parts) => {
                let pieces = parts.into_iter().map(|part| match part {
                    Part::Text(text) => Some(Piece::Text(text)),
                    Part::Hole { name, optional } => {
                        let written = name.to_owned();
                        Some(Piece::Hole {
                            name: names.find(name, position, path, report)?,
                            written,
                            optional,
                        })
                    }
                });
                pieces.collect::<Option<_>>().map(|pieces| Self { pieces })
            }
            Err(error) => {
                report.add(position, path.to_owned(), Problem::Template(error));
                None
            }
        }
    }

    /// The template that is a column's text.
    pub(super) fn hole(name: Name, written: String) -> Self {
        Self { pieces: vec![Piece::Hole { name, written, optional: false }] }
    }

    /// Whether it is one hole and nothing else, so that it is absent with it in any case.
    pub(super) fn is_hole(&self) -> bool {
        matches!(self.pieces.as_slice(), [Piece::Hole { .. }])
    }

    /// The holes for whose want the text is absent, as they are written.
    pub(super) fn empty_holes(&self, scope: &Scope<'_>) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Hole { optional: true, .. } if !self.is_hole() => None,
            Piece::Hole { name, written, .. } => {
                matches!(scope.get(*name), Ok(Taken::Absent)).then_some(&**written)
            }
            Piece::Text(_) => None,
        })
    }

    /// What its holes name.
    pub(super) fn names(&self) -> impl Iterator<Item = Name> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Hole { name, .. } => Some(*name),
            Piece::Text(_) => None,
        })
    }

    /// The text for the row; `None` if a hole has no value. A hole never names a list here: that
    /// was checked when the mapping was read.
    pub(super) fn one<'s>(&'s self, scope: &'s Scope<'_>) -> Result<Option<Cow<'s, str>>, RowProblem> {
        if let [piece] = self.pieces.as_slice() {
            return match piece {
                Piece::Text(text) => Ok(Some(Cow::Borrowed(text))),
                Piece::Hole { name, .. } => Ok(match scope.get(*name)? {
                    Taken::One(text) => Some(Cow::Borrowed(text)),
                    Taken::Absent | Taken::Many(_) => None,
                }),
            };
        }
        self.around(None, scope).map(|text| text.map(Cow::Owned))
    }

    /// The texts for the row: one, or one for each of a list's values.
    pub(super) fn many(&self, scope: &Scope<'_>) -> Result<Vec<String>, RowProblem> {
        for name in self.names() {
            if let Taken::Many(values) = scope.get(name)? {
                let texts = values.iter().map(|value| self.around(Some(value), scope));
                return texts.filter_map(Result::transpose).collect();
            }
        }
        Ok(self.one(scope)?.map(Cow::into_owned).into_iter().collect())
    }

    /// The text, with `element` in the place of a list.
    fn around(&self, element: Option<&str>, scope: &Scope<'_>) -> Result<Option<String>, RowProblem> {
        let mut filled = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Hole { name, optional, .. } => match (scope.get(*name)?, element) {
                    (Taken::One(text), _) | (Taken::Many(_), Some(text)) => filled.push_str(text),
                    (Taken::Absent | Taken::Many(_), _) if *optional => {}
                    (Taken::Absent | Taken::Many(_), _) => return Ok(None),
                },
            }
        }
        Ok(Some(filled))
    }
}

enum Part<'t> {
    Text(String),
    Hole { name: &'t str, optional: bool },
}

/// Cuts a text at its braces.
fn pieces(text: &str) -> Result<Vec<Part<'_>>, TemplateError> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        plain.push_str(&rest[..at]);
        let (brace, behind) = rest[at..].split_at(1);
        if let Some(doubled) = behind.strip_prefix(brace) {
            plain.push_str(brace);
            rest = doubled;
            continue;
        }
        if brace == "}" {
            return Err(TemplateError::Unopened);
        }
        let (hole, behind) = behind.split_once('}').ok_or(TemplateError::Unclosed)?;
        let (name, optional) = match hole.strip_suffix('?') {
            Some(name) => (name, true),
            None => (hole, false),
        };
        if name.contains('{') {
            return Err(TemplateError::Unclosed);
        }
        if name.trim().is_empty() {
            return Err(TemplateError::Unnamed);
        }
        if !plain.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut plain)));
        }
        parts.push(Part::Hole { name: name.trim(), optional });
        rest = behind;
    }
    plain.push_str(rest);
    if !plain.is_empty() || parts.is_empty() {
        parts.push(Part::Text(plain));
    }
    Ok(parts)
}
