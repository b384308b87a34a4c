//! YAML as a tree in which every value still knows where it stands. Scalars stay text, so that a
//! year, a version and a country code are read as they were written and never as YAML guesses.

use super::error::{Position, Problem, Shape};
use granit_parser::{Event, Marker, Parser, ScalarStyle, Span, StrInput};

/// How deep lists and maps may nest. The format itself needs six levels.
const MAX_DEPTH: usize = 16;

/// A value and where it begins.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) position: Position,
    pub(super) value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Nothing, `~` or `null`.
    Nothing,
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A field's name and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) position: Position,
    pub(super) name: String,
}

impl Value {
    pub(super) fn shape(&self) -> Shape {
        match self {
            Self::Nothing => Shape::Nothing,
            Self::Text(_) => Shape::Text,
            Self::List(_) => Shape::List,
            Self::Map(_) => Shape::Map,
        }
    }
}

impl Node {
    /// The value at a path below this one, as `attribution[0].said`.
    pub(super) fn find(&self, path: &str) -> Option<&Node> {
        let path = path.strip_prefix('.').unwrap_or(path);
        if path.is_empty() {
            return Some(self);
        }
        if let Some((index, rest)) = path.strip_prefix('[').and_then(|path| path.split_once(']')) {
            return match &self.value {
                Value::List(nodes) => nodes.get(index.parse::<usize>().ok()?)?.find(rest),
                Value::Map(_) => self.field(index.trim_matches('"'))?.find(rest),
                Value::Nothing | Value::Text(_) => None,
            };
        }
        let (name, rest) = path.split_at(path.find(['.', '[']).unwrap_or(path.len()));
        self.field(name)?.find(rest)
    }

    fn field(&self, name: &str) -> Option<&Node> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|(key, _)| key.name == name).map(|(_, node)| node),
            Value::Nothing | Value::Text(_) | Value::List(_) => None,
        }
    }

    /// Calls `visit` with the place of every text in it.
    pub(super) fn each_text(&self, visit: &mut impl FnMut(Position)) {
        match &self.value {
            Value::Nothing => {}
            Value::Text(_) => visit(self.position),
            Value::List(nodes) => nodes.iter().for_each(|node| node.each_text(visit)),
            Value::Map(entries) => entries.iter().for_each(|(_, node)| node.each_text(visit)),
        }
    }
}

/// Reads a text that holds at most one YAML document.
pub(super) fn parse(text: &str) -> Result<Option<Node>, (Position, Problem)> {
    let options = granit_parser::options! {
        emit_comments: false,
        block_nesting_limit: MAX_DEPTH,
        flow_nesting_limit: MAX_DEPTH,
    };
    let events = Events(Parser::new_from_str_with_options(text, options));
    document(events).map_err(|(position, problem)| {
        let problem =
            if let Problem::Syntax { message } = problem { syntax(text, position, message) } else { problem };
        (position, problem)
    })
}

fn document(mut events: Events<'_>) -> Result<Option<Node>, (Position, Problem)> {
    let mut root = None;
    loop {
        let (event, position) = events.next()?;
        if matches!(event, Event::StreamEnd) {
            break;
        }
        if !event.is_node() {
            continue;
        }
        if root.is_some() {
            return Err((position, Problem::SecondDocument));
        }
        root = Some(events.node(event, position)?);
    }
    Ok(root)
}

struct Events<'t>(Parser<'t, StrInput<'t>>);

impl<'t> Events<'t> {
    fn next(&mut self) -> Result<(Event<'t>, Position), (Position, Problem)> {
        match self.0.next_event() {
            Some(Ok((event, Span { start, .. }))) => Ok((event, position(&start))),
            Some(Err(error)) => Err((position(error.marker()), Problem::Syntax { message: error.info() })),
            None => Ok((Event::StreamEnd, Position { line: 1, column: 1 })),
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the parser's events may grow; only these are nodes")]
    fn node(&mut self, event: Event<'t>, position: Position) -> Result<Node, (Position, Problem)> {
        if event.tag().is_some() {
            return Err((position, Problem::Tag));
        }
        let value = match event {
            Event::Scalar(text, ScalarStyle::Plain, ..) if matches!(&*text, "" | "~" | "null") => {
                Value::Nothing
            }
            Event::Scalar(text, ..) => Value::Text(text.into_owned()),
            Event::SequenceStart(..) => {
                let mut list = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, _) => break Value::List(list),
                        (event, position) => list.push(self.node(event, position)?),
                    }
                }
            }
            Event::MappingStart(..) => {
                let mut map = Vec::new();
                loop {
                    match self.next()? {
                        (Event::MappingEnd, _) => break Value::Map(map),
                        (Event::Scalar(name, ..), position) => {
                            let key = Key { position, name: name.into_owned() };
                            let (event, position) = self.next()?;
                            if matches!(&event, Event::Scalar(text, style, ..) if text.is_empty() && is_block(*style))
                            {
                                return Err((key.position, Problem::EmptyBlock));
                            }
                            map.push((key, self.node(event, position)?));
                        }
                        (_, position) => return Err((position, Problem::KeyNotText)),
                    }
                }
            }
            _ => return Err((position, Problem::Alias)),
        };
        Ok(Node { position, value })
    }
}

fn position(marker: &Marker) -> Position {
    Position { line: marker.line(), column: marker.col() + 1 }
}

fn is_block(style: ScalarStyle) -> bool {
    matches!(style, ScalarStyle::Folded | ScalarStyle::Literal)
}

/// What is wrong where the parser stopped: mostly text that wants quotes.
fn syntax(text: &str, at: Position, message: String) -> Problem {
    if message.contains("mapping values are not allowed") {
        return Problem::UnquotedColon;
    }
    let line = text.lines().nth(at.line - 1).unwrap_or_default();
    let start = line.char_indices().nth(at.column - 1).map_or(line.len(), |(start, _)| start);
    let (before, value) = line.split_at(start);
    if !value.starts_with(['>', '|', '@', '`', '%', '&', '*']) {
        return Problem::Syntax { message };
    }
    let value = value.split(" #").next().unwrap_or_default();
    let is_in_flow = before.contains(['{', '[']);
    let end = value.find([',', '}', ']']).filter(|_| is_in_flow).unwrap_or(value.len());
    Problem::Unquoted { found: value[..end].trim_end().to_owned() }
}
