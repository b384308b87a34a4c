//! Reading the fields of a YAML map by name. A reader names each field once; what it did not ask
//! for is unknown. Nothing stops at the first fault: a reader gets what could be read.

use super::Located;
use super::error::{Position, Problem, Report, Shape};
use super::node::{Key, Node, Value};
use crate::model::{Labels, Path, Time, nearest};
use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

/// The fields of one map.
pub(super) struct Fields<'a> {
    position: Position,
    path: Path<'a>,
    entries: &'a [(Key, Node)],
    asked: Vec<&'static str>,
    report: &'a mut Report,
}

impl Fields<'_> {
    /// Reads a map; what it holds beyond what `read` asks for is a fault.
    pub(super) fn of<T>(
        node: &Node,
        path: Path<'_>,
        report: &mut Report,
        read: impl FnOnce(&mut Fields<'_>) -> T,
    ) -> Option<T> {
        let Value::Map(entries) = &node.value else {
            report.wrong_shape(node, path, Shape::Map);
            return None;
        };
        let mut fields = Fields { position: node.position, path, entries, asked: Vec::new(), report };
        let item = read(&mut fields);
        fields.finish();
        Some(item)
    }

    /// A value as text.
    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        self.field(name, text)
    }

    /// A value as text that must be there.
    pub(super) fn required(&mut self, name: &'static str) -> String {
        if !self.has(name) {
            self.fault(Problem::MissingField { field: name });
        }
        self.text(name).unwrap_or_default()
    }

    /// A time as text; one in words is put right.
    pub(super) fn time(&mut self, name: &'static str) -> Option<String> {
        self.field(name, |node, path, report| {
            let found = text(node, path, report)?;
            let meant = if Time::parse(&found).is_ok() { Vec::new() } else { Time::in_words(&found) };
            if !meant.is_empty() {
                let found = found.clone();
                report.add(node.position, path.to_string(), Problem::TimeInWords { found, meant });
            }
            Some(found)
        })
    }

    /// A list of texts; empty if the field is not there.
    pub(super) fn texts(&mut self, name: &'static str) -> Vec<String> {
        self.list(name, text)
    }

    /// One word of a vocabulary, in any ASCII case.
    pub(super) fn word<T: Copy + fmt::Display>(&mut self, name: &'static str, vocabulary: &[T]) -> Option<T> {
        self.field(name, |node, path, report| word(node, path, report, vocabulary))
    }

    /// A list of words of a vocabulary; empty if the field is not there.
    pub(super) fn words<T: Copy + fmt::Display>(&mut self, name: &'static str, vocabulary: &[T]) -> Vec<T> {
        self.list(name, |node, path, report| word(node, path, report, vocabulary))
    }

    /// A number; `expected` says which, as `a whole number`.
    pub(super) fn number<T: FromStr>(&mut self, name: &'static str, expected: &'static str) -> Option<T> {
        self.field(name, |node, path, report| {
            let found = text(node, path, report)?;
            let number = found.parse().ok();
            if number.is_none() {
                report.add(node.position, path.to_string(), Problem::NotANumber { found, expected });
            }
            number
        })
    }

    /// `true` or `false`; false if the field is not there.
    pub(super) fn flag(&mut self, name: &'static str) -> bool {
        self.word(name, &[false, true]).unwrap_or_default()
    }

    /// Texts under free keys; empty if the field is not there.
    pub(super) fn labels(&mut self, name: &'static str) -> Labels {
        let read = |node: &Node, path: Path<'_>, report: &mut Report| {
            let Value::Map(entries) = &node.value else {
                report.wrong_shape(node, path, Shape::Map);
                return None;
            };
            let mut labels = Labels::new();
            for (key, value) in entries {
                let path = path.key(&key.name);
                let Some(text) = text(value, path, report) else { continue };
                if labels.insert(key.name.clone(), text).is_some() {
                    let found = key.name.clone();
                    report.add(key.position, path.to_string(), Problem::RepeatedField { found });
                }
            }
            Some(labels)
        };
        self.field(name, read).unwrap_or_default()
    }

    /// The fields of a map within this one.
    pub(super) fn section<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Fields<'_>) -> T,
    ) -> Option<T> {
        self.field(name, |node, path, report| Fields::of(node, path, report, read))
    }

    /// A list of maps; empty if the field is not there.
    pub(super) fn sections<T>(&mut self, name: &'static str, read: impl Fn(&mut Fields<'_>) -> T) -> Vec<T> {
        self.list(name, |node, path, report| Fields::of(node, path, report, &read))
    }

    /// The items of a file, each with its place.
    pub(super) fn items<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(&mut Fields<'_>) -> T,
        id: impl Fn(&T) -> &str,
    ) -> Vec<Located<T>> {
        self.list(name, |node, path, report| {
            let item = Fields::of(node, path, report, &read)?;
            let place = match id(&item) {
                "" => path.to_string(),
                id => format!("{path} ({id})"),
            };
            Some(Located { item, file: report.file().clone(), line: node.position.line, path: place })
        })
    }

    /// A value that `read` knows how to read.
    pub(super) fn field<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&Node, Path<'_>, &mut Report) -> Option<T>,
    ) -> Option<T> {
        self.asked.push(name);
        let (_, node) = self.entries.iter().find(|(key, _)| key.name == name)?;
        read(node, self.path.field(name), self.report)
    }

    /// Whether the field is there, be it readable or not.
    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|(key, _)| key.name == name)
    }

    /// Says what is wrong with the map as a whole.
    pub(super) fn fault(&mut self, problem: Problem) {
        self.report.add(self.position, self.path.to_string(), problem);
    }

    fn list<T>(
        &mut self,
        name: &'static str,
        mut read: impl FnMut(&Node, Path<'_>, &mut Report) -> Option<T>,
    ) -> Vec<T> {
        let all = self.field(name, |node, path, report| {
            let Value::List(nodes) = &node.value else {
                report.wrong_shape(node, path, Shape::List);
                return None;
            };
            let numbered = nodes.iter().enumerate();
            Some(numbered.filter_map(|(index, node)| read(node, path.index(index), report)).collect())
        });
        all.unwrap_or_default()
    }

    fn finish(self) {
        let Self { path, entries, asked, report, .. } = self;
        let mut known = HashSet::new();
        for (key, _) in entries {
            let found = key.name.clone();
            let problem = if !asked.contains(&&*key.name) {
                let nearest = owned(nearest(&found, asked.iter().copied()));
                Problem::UnknownField { found, nearest, allowed: owned(asked.iter().copied()) }
            } else if !known.insert(&key.name) {
                Problem::RepeatedField { found }
            } else {
                continue;
            };
            report.add(key.position, path.to_string(), problem);
        }
    }
}

/// A scalar's text.
pub(super) fn text(node: &Node, path: Path<'_>, report: &mut Report) -> Option<String> {
    if let Value::Text(text) = &node.value {
        return Some(text.clone());
    }
    report.wrong_shape(node, path, Shape::Text);
    None
}

fn word<T: Copy + fmt::Display>(
    node: &Node,
    path: Path<'_>,
    report: &mut Report,
    vocabulary: &[T],
) -> Option<T> {
    let found = text(node, path, report)?;
    let words: Vec<String> = vocabulary.iter().map(T::to_string).collect();
    let known = words.iter().position(|word| word.eq_ignore_ascii_case(&found));
    if known.is_none() {
        let nearest = owned(nearest(&found, words.iter().map(String::as_str)));
        report.add(node.position, path.to_string(), Problem::UnknownWord { found, nearest, allowed: words });
    }
    known.map(|index| vocabulary[index])
}

fn owned<'a>(words: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    words.into_iter().map(str::to_owned).collect()
}
