//! YAML as a person would write it, which reads as the same again.

use super::node::{Node, Value};

/// Where the items of a pack stand, which are never written on one line.
const ITEM_INDENT: usize = 2;

/// Writes a value as an element of a list that stands at an indent: `- id: …`.
pub(super) fn element(node: &Node, indent: usize, out: &mut String) {
    out.push_str(&" ".repeat(indent));
    out.push_str("- ");
    match &node.value {
        Value::Map(_) if indent <= ITEM_INDENT || nests(node) => fields(node, indent + 2, false, out),
        Value::Nothing | Value::Text(_) | Value::List(_) | Value::Map(_) => {
            flow(node, out);
            out.push('\n');
        }
    }
}

fn nests(node: &Node) -> bool {
    match &node.value {
        Value::Map(entries) => entries.iter().any(|(_, node)| matches!(node.value, Value::Map(_))),
        Value::Nothing | Value::Text(_) | Value::List(_) => false,
    }
}

/// Writes the fields of a map, the first where it is if `begins` is not set.
fn fields(node: &Node, indent: usize, begins: bool, out: &mut String) {
    let Value::Map(entries) = &node.value else { return };
    for (index, (key, value)) in entries.iter().enumerate() {
        if begins || index > 0 {
            out.push_str(&" ".repeat(indent));
        }
        scalar(&key.name, out);
        out.push(':');
        match &value.value {
            Value::List(nodes) if nodes.iter().any(|node| matches!(node.value, Value::Map(_))) => {
                out.push('\n');
                nodes.iter().for_each(|node| element(node, indent + 2, out));
            }
            Value::Map(_) if nests(value) => {
                out.push('\n');
                fields(value, indent + 2, true, out);
            }
            Value::Nothing | Value::Text(_) | Value::List(_) | Value::Map(_) => {
                out.push(' ');
                flow(value, out);
                out.push('\n');
            }
        }
    }
}

/// Writes a value on one line.
fn flow(node: &Node, out: &mut String) {
    match &node.value {
        Value::Nothing => out.push('~'),
        Value::Text(text) => scalar(text, out),
        Value::List(nodes) => {
            out.push('[');
            for (index, node) in nodes.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                flow(node, out);
            }
            out.push(']');
        }
        Value::Map(entries) => {
            out.push_str("{ ");
            for (index, (key, node)) in entries.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                scalar(&key.name, out);
                out.push_str(": ");
                flow(node, out);
            }
            out.push_str(" }");
        }
    }
}

/// Writes a text with quotes if it would be read as something else without.
fn scalar(text: &str, out: &mut String) {
    if text.contains(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')) {
        out.push('"');
        for c in text.chars() {
            match c {
                '"' | '\\' => out.extend(['\\', c]),
                '\n' => out.push_str("\\n"),
                c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                    out.push_str(&format!("\\u{:04x}", u32::from(c)));
                }
                c => out.push(c),
            }
        }
        out.push('"');
    } else if is_plain(text) {
        out.push_str(text);
    } else {
        out.push('\'');
        out.push_str(&text.replace('\'', "''"));
        out.push('\'');
    }
}

/// Whether a text needs no quotes, in a list in brackets either.
fn is_plain(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '~' | '.' | '<' | '/' | '+'));
    let ends = text.ends_with(|c: char| !c.is_whitespace() && c != ':');
    let is_word = !matches!(text, "~" | "null");
    let apart = [": ", " #", ":\u{a0}"].iter().all(|mark| !text.contains(mark));
    begins && ends && is_word && apart && !text.contains(['[', ']', '{', '}', ',']) && !text.contains("...")
}

#[cfg(test)]
mod tests {
    use super::super::node::parse;
    use super::*;

    fn written(yaml: &str) -> String {
        let mut out = String::new();
        element(&parse(yaml).unwrap().unwrap(), 2, &mut out);
        out
    }

    #[test]
    fn values_are_written_on_lines_of_their_own_as_far_as_that_helps() {
        let yaml = "{ id: a, when: '[2020..2021]', actors: [b, 'c, d'], figure: { low: 1, unit: '%' },
            attribution: [{ sources: [s] }, { sources: [t], relay: summary }], text: 'It''s: so', note: \"a\\nb\" }";
        assert_eq!(
            written(yaml),
            "  - id: a
    when: '[2020..2021]'
    actors: [b, 'c, d']
    figure: { low: 1, unit: '%' }
    attribution:
      - { sources: [s] }
      - { sources: [t], relay: summary }
    text: 'It''s: so'
    note: \"a\\nb\"
"
        );
    }

    #[test]
    fn every_text_is_read_as_it_was() {
        proptest::proptest!(|(text: String)| {
            let node = |value| Node { position: super::super::error::START, value };
            let mut out = String::new();
            element(&node(Value::List(vec![node(Value::Text(text.clone()))])), 0, &mut out);
            let read = parse(&out).unwrap().unwrap();
            let Some(Value::Text(again)) = read.find("[0][0]").map(|node| &node.value) else {
                panic!("{out:?}: {read:?}");
            };
            proptest::prop_assert_eq!(again, &text);
        });
    }
}
