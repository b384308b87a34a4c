//! JSON-LD as fact-checkers publish it: ClaimReviews alone, in lists, graphs and feeds; values and
//! lists of them alike; nodes in full or by `@id`. Contexts are not read: names count without their
//! prefix.

use crate::pack::left_out::LeftOut;
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::collections::HashMap;

/// Where ClaimReviews are looked for.
const CONTAINERS: [&str; 5] = ["@graph", "dataFeedElement", "item", "itemListElement", "mainEntity"];

/// The name without a prefix or the address of its vocabulary.
pub(super) fn local(name: &str) -> &str {
    if name.starts_with('@') { name } else { name.rsplit(['/', '#', ':']).next().unwrap_or(name) }
}

/// Whether a node is of this type.
pub(super) fn is_a(map: &Map<String, Value>, wanted: &str) -> bool {
    types(map).any(|name| name == wanted)
}

/// The types of a node.
pub(super) fn types(map: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let named = map.get("@type").or_else(|| map.get("type"));
    each(named).filter_map(Value::as_str).map(local)
}

/// A value, or each of a list, however deep; nothing for `null`.
fn each(value: Option<&Value>) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        None | Some(Value::Null) => Box::new(std::iter::empty()),
        Some(Value::Array(values)) => Box::new(values.iter().flat_map(|value| each(Some(value)))),
        Some(value) => Box::new(std::iter::once(value)),
    }
}

/// The nodes of a text that have an `@id` and say something.
pub(super) type Nodes<'v> = HashMap<&'v str, &'v Map<String, Value>>;

/// Gathers the nodes of a text.
pub(super) fn nodes(value: &Value) -> Nodes<'_> {
    fn walk<'v>(value: &'v Value, nodes: &mut Nodes<'v>) {
        match value {
            Value::Object(map) => {
                if let Some(id) = map.get("@id").and_then(Value::as_str)
                    && map.len() > 1
                {
                    nodes.entry(id).or_insert(map);
                }
                map.values().for_each(|value| walk(value, nodes));
            }
            Value::Array(values) => values.iter().for_each(|value| walk(value, nodes)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut nodes = Nodes::new();
    walk(value, &mut nodes);
    nodes
}

/// The ClaimReviews of a text, each with its place; what else stands beside them is counted.
pub(super) fn reviews<'v>(
    value: &'v Value,
    path: &str,
    left_out: &mut LeftOut,
    found: &mut Vec<(String, &'v Map<String, Value>)>,
) {
    match value {
        Value::Null => {}
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                reviews(value, &format!("{path}[{index}]"), left_out, found);
            }
        }
        Value::Object(map) if is_a(map, "ClaimReview") => found.push((path.to_owned(), map)),
        Value::Object(map) => {
            let mut holds_some = false;
            for (name, value) in map {
                if CONTAINERS.contains(&local(name)) {
                    holds_some = true;
                    let dot = if path.is_empty() { "" } else { "." };
                    reviews(value, &format!("{path}{dot}{}", local(name)), left_out, found);
                }
            }
            if !holds_some {
                let name = types(map).next().map_or_else(
                    || "nodes without a type".to_owned(),
                    |name| format!("nodes of type {name}"),
                );
                left_out.add(name);
            }
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => left_out.add("values beside nodes"),
    }
}

/// A node whose properties are read by name; what was not asked for is counted in the end.
pub(super) struct Node<'v> {
    map: &'v Map<String, Value>,
    /// Its place in a ClaimReview, as `itemReviewed.author.`.
    prefix: String,
    nodes: &'v Nodes<'v>,
    asked: RefCell<Vec<&'static str>>,
}

impl<'v> Node<'v> {
    pub(super) fn new(map: &'v Map<String, Value>, prefix: String, nodes: &'v Nodes<'v>) -> Self {
        Self { map, prefix, nodes, asked: RefCell::default() }
    }

    pub(super) fn is_a(&self, wanted: &str) -> bool {
        is_a(self.map, wanted)
    }

    /// Its `@id`.
    pub(super) fn id(&self) -> Option<&'v str> {
        self.map.get("@id").and_then(Value::as_str)
    }

    /// The values of a property.
    pub(super) fn values(&self, name: &'static str) -> impl Iterator<Item = &'v Value> + use<'v> {
        self.asked.borrow_mut().push(name);
        let map = self.map;
        each(map.iter().find(|(key, _)| local(key) == name).map(|(_, value)| value))
    }

    /// The texts of a property; numbers as they are written.
    pub(super) fn texts(&self, name: &'static str) -> impl Iterator<Item = String> + use<'v> {
        self.values(name).filter_map(text)
    }

    /// The first text of a property that is not blank; others are counted.
    pub(super) fn text(&self, name: &'static str, left_out: &mut LeftOut) -> Option<String> {
        let mut texts = self.texts(name).filter(|text| !text.trim().is_empty());
        let first = texts.next();
        left_out.add_all(format!("{}{name} beyond the first", self.prefix), texts.count());
        first
    }

    /// The nodes of a property, those that are named by `@id` looked up; and its texts.
    pub(super) fn parts(&self, name: &'static str) -> Vec<Part<'v>> {
        let parts = self.values(name).filter_map(|value| {
            let Some(map) = value.as_object() else { return text(value).map(Part::Text) };
            let id = map.get("@id").and_then(Value::as_str).filter(|_| map.len() == 1);
            let map = id.and_then(|id| self.nodes.get(id)).copied().unwrap_or(map);
            Some(Part::Node(Node::new(map, format!("{}{name}.", self.prefix), self.nodes)))
        });
        parts.collect()
    }

    /// Counts what nobody asked for.
    pub(super) fn finish(self, left_out: &mut LeftOut) {
        let asked = self.asked.into_inner();
        for (name, value) in self.map {
            let name = local(name);
            let is_told = !name.starts_with('@') && name != "type" && each(Some(value)).next().is_some();
            if is_told && !asked.contains(&name) {
                left_out.add(format!("{}{name}", self.prefix));
            }
        }
    }
}

/// What stands in a property.
pub(super) enum Part<'v> {
    Node(Node<'v>),
    Text(String),
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(map) => map.get("@value").and_then(text),
        Value::Bool(_) | Value::Null | Value::Array(_) => None,
    }
}
