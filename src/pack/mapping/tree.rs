//! The items of a mapping: the fields of a pack, with templates in the place of texts.

use super::RowProblem;
use super::condition::Condition;
use super::names::{Each as Declared, Name, Names};
use super::template::Template;
use super::values::{Frame, Scope, Taken};
use crate::model::Path;
use crate::pack::error::{Position, Problem, Report, Shape};
use crate::pack::fields::text;
use crate::pack::node::{Key, Node, Value};
use std::collections::{HashMap, HashSet};

/// A value with templates in it, and where it stands in the mapping.
#[derive(Debug)]
pub(super) struct Tree {
    position: Position,
    shape: TreeShape,
}

#[derive(Debug)]
enum TreeShape {
    Nothing,
    Text(Template),
    List(Vec<Element>),
    Map(Vec<(Key, Tree)>),
}

/// An element of a list. A map may say for which rows it is made, and of which values, each in turn.
#[derive(Debug)]
pub(super) struct Element {
    condition: Option<Condition>,
    each: Option<Each>,
    tree: Tree,
}

#[derive(Debug)]
enum Each {
    /// The values of a list, by its place among the values.
    List(usize),
    /// Columns, each with its name.
    Cells(Vec<(Name, String)>),
}

/// What is wrong with a text of the tree, and where that stands in the mapping.
pub(super) type Faults = Vec<(Position, RowProblem)>;

/// Which columns the texts of a mapping are made of.
#[derive(Debug, Default)]
pub(super) struct Origins {
    texts: HashMap<Position, Columns>,
    fields: HashMap<(Position, String), Columns>,
}

/// The columns of one text.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    pub(super) own: Vec<usize>,
    /// Those that `each` goes through, of which one counts at a time.
    pub(super) each: Vec<usize>,
}

impl Origins {
    pub(super) fn of_text(&self, position: Position) -> Option<&Columns> {
        self.texts.get(&position)
    }

    pub(super) fn of_field(&self, map: Position, field: &str) -> Option<&Columns> {
        self.fields.get(&(map, field.to_owned()))
    }

    /// Whether a text has holes.
    pub(super) fn has_holes(&self, position: Position) -> bool {
        self.texts.contains_key(&position)
    }
}

/// Reads a mapping's items.
pub(super) struct Reader<'r> {
    pub(super) names: &'r mut Names,
    pub(super) origins: &'r mut Origins,
    pub(super) report: &'r mut Report,
}

impl Reader<'_> {
    /// An element of a list; text in it may become several.
    pub(super) fn element(&mut self, node: &Node, path: Path<'_>) -> Option<Element> {
        let Value::Map(entries) = &node.value else {
            let tree = self.tree(node, path, true)?;
            return Some(Element { condition: None, each: None, tree });
        };
        let entry = |name: &str| entries.iter().find(|(key, _)| key.name == name).map(|(_, node)| node);
        let mut sound = true;
        let each = entry("each").and_then(|node| {
            let each = self.each(node, path.field("each"));
            sound &= each.is_some();
            each
        });
        let condition = entry("if").and_then(|node| {
            let condition = Condition::read(node, path.field("if"), self.names, self.report);
            sound &= condition.is_some();
            condition
        });
        let fields = entries.iter().filter(|(key, _)| !is_of_element(key)).cloned().collect();
        let tree = self.tree(&Node { position: node.position, value: Value::Map(fields) }, path, true);
        if each.is_some() {
            self.names.each.pop();
        }
        sound.then_some(Element { condition, each, tree: tree? })
    }

    /// What `each` goes through; its values can be named until they are popped.
    fn each(&mut self, node: &Node, path: Path<'_>) -> Option<Each> {
        let at = path.to_string();
        match &node.value {
            Value::Text(name) => {
                let list = self.names.list(name, node.position, &at, self.report)?;
                let columns = self.names.values[list].columns.clone();
                self.names.each.push(Declared { named: false, columns });
                Some(Each::List(list))
            }
            Value::Map(entries) => {
                let mut cells = Vec::new();
                for (key, node) in entries {
                    let path = path.key(&key.name);
                    let name = self.names.find(&key.name, key.position, &path.to_string(), self.report)?;
                    cells.push((name, text(node, path, self.report)?));
                }
                let columns = cells.iter().flat_map(|(name, _)| self.names.columns_of(*name)).collect();
                self.names.each.push(Declared { named: true, columns });
                Some(Each::Cells(cells))
            }
            Value::Nothing | Value::List(_) => {
                self.report.wrong_shape(node, path, Shape::TextOrMap);
                None
            }
        }
    }

    fn tree(&mut self, node: &Node, path: Path<'_>, in_list: bool) -> Option<Tree> {
        let shape = match &node.value {
            Value::Nothing => TreeShape::Nothing,
            Value::Text(raw) => TreeShape::Text(self.template(raw, node.position, path, in_list)?),
            Value::List(nodes) => {
                let elements: Vec<_> = nodes
                    .iter()
                    .enumerate()
                    .map(|(index, node)| self.element(node, path.index(index)))
                    .collect();
                TreeShape::List(elements.into_iter().collect::<Option<_>>()?)
            }
            Value::Map(entries) => {
                let mut fields = Vec::new();
                let mut sound = true;
                for (key, value) in entries {
                    let Some(tree) = self.tree(value, path.field(&key.name), false) else {
                        sound = false;
                        continue;
                    };
                    if let Some(columns) = self.origins.texts.get(&value.position) {
                        let columns = columns.clone();
                        self.origins.fields.insert((node.position, key.name.clone()), columns);
                    }
                    fields.push((key.clone(), tree));
                }
                if !sound {
                    return None;
                }
                TreeShape::Map(fields)
            }
        };
        Some(Tree { position: node.position, shape })
    }

    fn template(&mut self, raw: &str, position: Position, path: Path<'_>, in_list: bool) -> Option<Template> {
        let at = path.to_string();
        let template = Template::parse(raw, position, &at, self.names, self.report)?;
        let lists: Vec<&str> = template
            .names()
            .filter(|name| self.names.is_list(*name))
            .map(|name| match name {
                Name::Value(index) => self.names.values[index].name.as_str(),
                Name::Column(_) | Name::Each | Name::Label => "",
            })
            .collect();
        let problem = match lists.as_slice() {
            [] => None,
            [_] if in_list => None,
            [_, second, ..] if in_list => Some(Problem::SecondList { found: (*second).to_owned() }),
            [found, ..] => Some(Problem::ListInText { found: (*found).to_owned() }),
        };
        if let Some(problem) = problem {
            self.report.add(position, at, problem);
            return None;
        }
        if template.names().next().is_some() {
            let mut columns = Columns::default();
            for name in template.names() {
                let of_name = self.names.columns_of(name);
                match name {
                    Name::Column(_) | Name::Value(_) => columns.own.extend(of_name),
                    Name::Each | Name::Label => columns.each.extend(of_name),
                }
            }
            for columns in [&mut columns.own, &mut columns.each] {
                columns.sort_unstable();
                columns.dedup();
            }
            self.origins.texts.insert(position, columns);
        }
        Some(template)
    }
}

/// Whether a field says when and how often its map is made.
fn is_of_element(key: &Key) -> bool {
    matches!(key.name.as_str(), "if" | "each")
}

/// The value as a pack has it: without what a mapping says of the elements of lists.
pub(super) fn stripped(node: &Node, in_list: bool) -> Node {
    let value = match &node.value {
        Value::Nothing => Value::Nothing,
        Value::Text(text) => Value::Text(text.clone()),
        Value::List(nodes) => Value::List(nodes.iter().map(|node| stripped(node, true)).collect()),
        Value::Map(entries) => Value::Map(
            entries
                .iter()
                .filter(|(key, _)| !(in_list && is_of_element(key)))
                .map(|(key, node)| (key.clone(), stripped(node, false)))
                .collect(),
        ),
    };
    Node { position: node.position, value }
}

impl Element {
    /// Whether every row makes the same of it.
    pub(super) fn is_constant(&self, origins: &Origins) -> bool {
        fn constant(tree: &Tree, origins: &Origins) -> bool {
            match &tree.shape {
                TreeShape::Nothing => true,
                TreeShape::Text(_) => !origins.has_holes(tree.position),
                TreeShape::List(elements) => elements.iter().all(|element| element.is_constant(origins)),
                TreeShape::Map(fields) => fields.iter().all(|(_, tree)| constant(tree, origins)),
            }
        }
        self.condition.is_none() && self.each.is_none() && constant(&self.tree, origins)
    }

    /// What it is made of in turn: nothing if its condition does not hold, one `None` if there is no
    /// `each`.
    pub(super) fn frames(&self, scope: &Scope<'_>) -> Result<Vec<Option<Frame>>, RowProblem> {
        let frames = match &self.each {
            None => vec![None],
            Some(Each::List(list)) => {
                let frame = |value: &String| Frame { value: value.clone(), ..Frame::default() };
                scope.list(*list)?.iter().map(|value| Some(frame(value))).collect()
            }
            Some(Each::Cells(cells)) => {
                let mut frames = Vec::new();
                for (cell, name) in cells {
                    if let Taken::One(value) = scope.get(*cell)? {
                        let column = match cell {
                            Name::Column(index) => Some(*index),
                            Name::Value(_) | Name::Each | Name::Label => None,
                        };
                        frames.push(Some(Frame { value: value.to_owned(), name: name.clone(), column }));
                    }
                }
                frames
            }
        };
        match &self.condition {
            Some(condition) if !condition.holds(scope)? => Ok(Vec::new()),
            _ => Ok(frames),
        }
    }

    /// Where it stands in the mapping.
    pub(super) fn position(&self) -> Position {
        self.tree.position
    }

    /// The item for what it is at.
    pub(super) fn fill(
        &self,
        frame: Option<&Frame>,
        scope: &mut Scope<'_>,
        faults: &mut Faults,
    ) -> Option<Node> {
        scope.frames.extend(frame.cloned());
        let node = self.tree.fill(scope, faults);
        if frame.is_some() {
            scope.frames.pop();
        }
        node
    }

    /// Visits the holes for whose want a field is absent, of any text below it: the text's place, the
    /// hole's name, and whether it stands in the text with something else. The numbers of elements in
    /// `field` do not count, because others may be absent too.
    pub(super) fn empty_holes(
        &self,
        field: &str,
        frame: Option<&Frame>,
        scope: &mut Scope<'_>,
        visit: &mut dyn FnMut(Position, &str, bool),
    ) {
        let names: Vec<&str> = field
            .split(['.', '[', ']'])
            .filter(|name| !name.bytes().all(|byte| byte.is_ascii_digit()))
            .collect();
        scope.frames.extend(frame.cloned());
        self.tree.empty_holes(&names, scope, visit);
        if frame.is_some() {
            scope.frames.pop();
        }
    }

    /// Whether it says what this field is.
    pub(super) fn has(&self, field: &str) -> bool {
        match &self.tree.shape {
            TreeShape::Map(fields) => fields.iter().any(|(key, _)| key.name == field),
            TreeShape::Nothing | TreeShape::Text(_) | TreeShape::List(_) => false,
        }
    }
}

impl Tree {
    fn empty_holes(&self, names: &[&str], scope: &Scope<'_>, visit: &mut dyn FnMut(Position, &str, bool)) {
        match &self.shape {
            TreeShape::Nothing => {}
            TreeShape::Text(template) => {
                for hole in template.empty_holes(scope) {
                    visit(self.position, hole, !template.is_hole());
                }
            }
            TreeShape::List(elements) => {
                for Element { condition, each, tree } in elements {
                    let applies =
                        condition.as_ref().is_none_or(|condition| condition.holds(scope) == Ok(true));
                    if applies && each.is_none() {
                        tree.empty_holes(names, scope, visit);
                    }
                }
            }
            TreeShape::Map(fields) => {
                let Some((name, rest)) = names.split_first() else {
                    return fields.iter().for_each(|(_, tree)| tree.empty_holes(names, scope, visit));
                };
                for (_, tree) in fields.iter().filter(|(key, _)| key.name == *name) {
                    tree.empty_holes(rest, scope, visit);
                }
            }
        }
    }

    /// The value with the row's texts; `None` if nothing of it has a value.
    fn fill(&self, scope: &mut Scope<'_>, faults: &mut Faults) -> Option<Node> {
        let value = match &self.shape {
            TreeShape::Nothing => Value::Nothing,
            TreeShape::Text(template) => match template.one(scope) {
                Ok(text) => Value::Text(text?.into_owned()),
                Err(problem) => {
                    faults.push((self.position, problem));
                    return None;
                }
            },
            TreeShape::List(elements) => {
                let mut nodes = Vec::new();
                for element in elements {
                    element.fill_into(&mut nodes, scope, faults);
                }
                if nodes.is_empty() {
                    return None;
                }
                Value::List(nodes)
            }
            TreeShape::Map(fields) => {
                let filled: Vec<_> = fields
                    .iter()
                    .filter_map(|(key, tree)| Some((key.clone(), tree.fill(scope, faults)?)))
                    .collect();
                if filled.is_empty() {
                    return None;
                }
                Value::Map(filled)
            }
        };
        Some(Node { position: self.position, value })
    }
}

impl Element {
    fn fill_into(&self, nodes: &mut Vec<Node>, scope: &mut Scope<'_>, faults: &mut Faults) {
        let position = self.tree.position;
        if let TreeShape::Text(template) = &self.tree.shape {
            match template.many(scope) {
                Ok(texts) => {
                    // Who stands in two columns is still one, be it in other letters.
                    let known = nodes.iter().filter_map(|node| match &node.value {
                        Value::Text(known) => Some(known.to_lowercase()),
                        Value::Nothing | Value::List(_) | Value::Map(_) => None,
                    });
                    let mut known: HashSet<String> = known.collect();
                    let new = texts.into_iter().filter(|text| known.insert(text.to_lowercase()));
                    nodes.extend(new.map(|text| Node { position, value: Value::Text(text) }));
                }
                Err(problem) => faults.push((position, problem)),
            }
            return;
        }
        match self.frames(scope) {
            Ok(frames) => {
                for frame in frames {
                    nodes.extend(self.fill(frame.as_ref(), scope, faults));
                }
            }
            Err(problem) => faults.push((position, problem)),
        }
    }
}
