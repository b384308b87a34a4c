//! Values that a mapping makes of columns: split, looked up in a table, read as a date.

use super::condition::Condition;
use super::date::DateOrder;
use super::names::{Name, Names, Value as Declared};
use super::slug::slug;
use super::template::Template;
use super::{Row, RowProblem};
use crate::model::{Path, nearest};
use crate::pack::error::{Problem, Report, Shape};
use crate::pack::fields::{Fields, text};
use crate::pack::node::{Node, Value as Yaml};
use std::collections::{BTreeMap, HashSet};

/// How a value is made: the first of its ways whose condition holds and that gives something.
#[derive(Debug)]
pub(super) struct Recipe {
    ways: Vec<Way>,
    /// One of its ways splits a text, so that what the others give is a list of one.
    is_list: bool,
}

#[derive(Debug)]
struct Way {
    condition: Option<Condition>,
    of: Template,
    split: Vec<String>,
    table: Option<Table>,
    /// The list whose values are left out, by its place among the values.
    without: Option<usize>,
    date: Option<DateOrder>,
    slug: bool,
}

/// Value → value; `None` makes it absent.
#[derive(Clone, Debug)]
pub(super) struct Table {
    entries: BTreeMap<String, Option<String>>,
    /// What every other value becomes; without it, there must be no other.
    others: Option<Others>,
}

#[derive(Clone, Debug)]
enum Others {
    Kept,
    Become(Option<String>),
}

/// The key of a table for all values that it does not list.
const OTHERS: &str = "*";

/// What a value is for one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Made {
    Absent,
    One(String),
    Many(Vec<String>),
}

/// What a name stands for in one row.
#[derive(Clone, Copy, Debug)]
pub(super) enum Taken<'s> {
    Absent,
    One(&'s str),
    Many(&'s [String]),
}

/// What `each` is at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) value: String,
    pub(super) name: String,
    /// The column that the value stands in, if it goes through columns.
    pub(super) column: Option<usize>,
}

/// A row and all that names stand for in it.
pub(super) struct Scope<'r> {
    row: &'r Row,
    /// The place in the row of each column that the mapping uses.
    bound: &'r [Option<usize>],
    values: Vec<Result<Made, RowProblem>>,
    pub(super) frames: Vec<Frame>,
}

impl<'r> Scope<'r> {
    /// Makes the values of a row. What goes wrong with one is told where it is used.
    pub(super) fn new(row: &'r Row, bound: &'r [Option<usize>], recipes: &[Recipe]) -> Self {
        let mut scope = Self { row, bound, values: Vec::with_capacity(recipes.len()), frames: Vec::new() };
        for recipe in recipes {
            let made = recipe.make(&scope);
            scope.values.push(made);
        }
        scope
    }

    /// What a name stands for.
    pub(super) fn get(&self, name: Name) -> Result<Taken<'_>, RowProblem> {
        let present = |text: &'_ str| !text.is_empty();
        Ok(match name {
            Name::Column(index) => match self.bound[index].map(|place| self.row.cell(place)) {
                Some(cell) if present(cell) => Taken::One(cell),
                _ => Taken::Absent,
            },
            Name::Value(index) => match &self.values[index] {
                Ok(Made::Absent) => Taken::Absent,
                Ok(Made::One(text)) => Taken::One(text),
                Ok(Made::Many(texts)) => Taken::Many(texts),
                Err(problem) => return Err(problem.clone()),
            },
            Name::Each => self.frames.last().map_or(Taken::Absent, |frame| Taken::One(&frame.value)),
            Name::Label => self.frames.last().map_or(Taken::Absent, |frame| Taken::One(&frame.name)),
        })
    }

    /// The values of a list; nothing if it cannot be made, which is told where it is used.
    pub(super) fn list(&self, index: usize) -> Result<&[String], RowProblem> {
        match self.get(Name::Value(index))? {
            Taken::Many(texts) => Ok(texts),
            Taken::Absent | Taken::One(_) => Ok(&[]),
        }
    }
}

impl Recipe {
    /// Reads how a value is made: in one way, or in a list of ways.
    pub(super) fn read(
        name: &str,
        node: &Node,
        path: Path<'_>,
        names: &mut Names,
        report: &mut Report,
    ) -> Option<Self> {
        let mut read = Vec::new();
        match &node.value {
            Yaml::List(nodes) if !nodes.is_empty() => {
                for (index, node) in nodes.iter().enumerate() {
                    read.push(Way::read(node, path.index(index), names, report));
                }
            }
            Yaml::List(_) | Yaml::Nothing | Yaml::Text(_) | Yaml::Map(_) => {
                read.push(Way::read(node, path, names, report));
            }
        }
        let mut columns: Vec<usize> =
            read.iter().flatten().flat_map(|(_, columns)| columns.clone()).collect();
        columns.sort_unstable();
        columns.dedup();
        let is_list = read.iter().flatten().any(|(way, _)| !way.split.is_empty());
        names.values.push(Declared { name: name.to_owned(), is_list, columns });
        let ways = read.into_iter().map(|way| way.map(|(way, _)| way)).collect::<Option<_>>()?;
        Some(Self { ways, is_list })
    }

    fn make(&self, scope: &Scope<'_>) -> Result<Made, RowProblem> {
        for way in &self.ways {
            let applies = way.condition.as_ref().map_or(Ok(true), |condition| condition.holds(scope))?;
            if applies {
                match way.make(scope)? {
                    Made::Absent => {}
                    Made::One(text) if self.is_list => return Ok(Made::Many(vec![text])),
                    made @ (Made::One(_) | Made::Many(_)) => return Ok(made),
                }
            }
        }
        Ok(Made::Absent)
    }
}

impl Way {
    fn read(
        node: &Node,
        path: Path<'_>,
        names: &mut Names,
        report: &mut Report,
    ) -> Option<(Self, Vec<usize>)> {
        let Yaml::Map(_) = &node.value else {
            // A text alone is a template.
            let of = template(node, path, names, report)?;
            let columns = of.names().flat_map(|name| names.columns_of(name)).collect();
            let way = Self {
                condition: None,
                of,
                split: Vec::new(),
                table: None,
                without: None,
                date: None,
                slug: false,
            };
            return Some((way, columns));
        };
        let read = Fields::of(node, path, report, |fields| {
            let column = fields.field("column", |node, path, report| column(node, path, names, report));
            let text = fields.field("text", |node, path, report| template(node, path, names, report));
            if fields.has("column") == fields.has("text") {
                fields.fault(Problem::ColumnOrText);
            }
            let condition =
                fields.field("if", |node, path, report| Condition::read(node, path, names, report));
            let split = fields.field("split", one_or_more).unwrap_or_default();
            let table = fields.field("table", |node, path, report| match &node.value {
                Yaml::Text(name) => names.table(name, node.position, &path.to_string(), report),
                Yaml::Nothing | Yaml::List(_) | Yaml::Map(_) => Table::read(node, path, report),
            });
            let without = fields.field("without", |node, path, report| {
                names.list(&self::text(node, path, report)?, node.position, &path.to_string(), report)
            });
            let date = fields.word("date", DateOrder::ALL);
            let slug = fields.flag("slug");
            let of = column.or(text)?;
            let condition_names = condition.iter().flat_map(Condition::names);
            let names_used: Vec<Name> = of.names().chain(condition_names).collect();
            let columns = names_used.into_iter().flat_map(|name| names.columns_of(name)).collect();
            Some((Self { condition, of, split, table, without, date, slug }, columns))
        });
        read.flatten()
    }

    fn make(&self, scope: &Scope<'_>) -> Result<Made, RowProblem> {
        let Some(text) = self.of.one(scope)? else { return Ok(Made::Absent) };
        if self.split.is_empty() {
            let made = self.finish(text.trim())?;
            return Ok(made.filter(|text| !text.is_empty()).map_or(Made::Absent, Made::One));
        }
        let without = self.without.map_or(Ok(&[][..]), |index| scope.list(index))?;
        let mut values: Vec<String> = Vec::new();
        let mut seen: HashSet<String> = without.iter().map(|value| value.to_lowercase()).collect();
        for part in self.parts(&text) {
            if let Some(value) = self.finish(part)?
                && seen.insert(value.to_lowercase())
            {
                values.push(value);
            }
        }
        Ok(if values.is_empty() { Made::Absent } else { Made::Many(values) })
    }

    /// The parts of a text between any of the separators.
    fn parts<'t>(&self, text: &'t str) -> Vec<&'t str> {
        let mut parts = vec![text];
        for separator in &self.split {
            parts = parts.into_iter().flat_map(|part| part.split(separator.as_str())).collect();
        }
        parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
    }

    fn finish(&self, text: &str) -> Result<Option<String>, RowProblem> {
        let looked_up = match &self.table {
            Some(table) => match table.look_up(text)? {
                Some(value) => value,
                None => return Ok(None),
            },
            None => text,
        };
        Ok(Some(match self.date {
            Some(order) => order.edtf(looked_up).ok_or_else(|| RowProblem::NotADate {
                found: looked_up.to_owned(),
                order: order.to_string(),
            })?,
            None if self.slug => slug(looked_up, |_| false),
            None => looked_up.to_owned(),
        }))
    }
}

impl Table {
    pub(super) fn read(node: &Node, path: Path<'_>, report: &mut Report) -> Option<Self> {
        let Yaml::Map(map) = &node.value else {
            report.wrong_shape(node, path, Shape::Map);
            return None;
        };
        let mut table = Self { entries: BTreeMap::new(), others: None };
        for (key, node) in map {
            let path = path.key(&key.name);
            let value = match &node.value {
                Yaml::Nothing => None,
                Yaml::Text(_) | Yaml::List(_) | Yaml::Map(_) => Some(text(node, path, report)?),
            };
            if table.entries.contains_key(&key.name) {
                let found = key.name.clone();
                report.add(key.position, path.to_string(), Problem::RepeatedField { found });
            } else if key.name == OTHERS {
                let kept = value.as_deref() == Some(OTHERS);
                table.others = Some(if kept { Others::Kept } else { Others::Become(value) });
            } else {
                table.entries.insert(key.name.clone(), value);
            }
        }
        Some(table)
    }

    fn look_up<'t>(&'t self, text: &'t str) -> Result<Option<&'t str>, RowProblem> {
        if let Some(value) = self.entries.get(text) {
            return Ok(value.as_deref());
        }
        match &self.others {
            Some(Others::Kept) => Ok(Some(text)),
            Some(Others::Become(value)) => Ok(value.as_deref()),
            None => {
                let keys = self.entries.keys().map(String::as_str);
                let nearest = nearest(text, keys).into_iter().map(str::to_owned).collect();
                Err(RowProblem::NotInTable { found: text.to_owned(), nearest })
            }
        }
    }
}

/// A template that makes one text.
fn template(node: &Node, path: Path<'_>, names: &mut Names, report: &mut Report) -> Option<Template> {
    let raw = text(node, path, report)?;
    let template = Template::parse(&raw, node.position, &path.to_string(), names, report)?;
    for name in template.names() {
        if let Name::Value(index) = name
            && names.is_list(name)
        {
            let found = names.values[index].name.clone();
            report.add(node.position, path.to_string(), Problem::ListInText { found });
            return None;
        }
    }
    Some(template)
}

/// A column by one name or by any of several; a list that ends with `~` allows for none.
fn column(node: &Node, path: Path<'_>, names: &mut Names, report: &mut Report) -> Option<Template> {
    let (alternatives, optional) = match &node.value {
        Yaml::List(nodes) if matches!(nodes.last(), Some(Node { value: Yaml::Nothing, .. })) => {
            let named = nodes[..nodes.len() - 1].to_vec();
            let named = Node { position: node.position, value: Yaml::List(named) };
            (one_or_more(&named, path, report)?, true)
        }
        Yaml::List(_) | Yaml::Text(_) | Yaml::Nothing | Yaml::Map(_) => {
            (one_or_more(node, path, report)?, false)
        }
    };
    let written = alternatives[0].clone();
    let name = names.column(alternatives, optional, node.position, &path.to_string());
    Some(Template::hole(name, written))
}

/// A text, or a list of texts.
fn one_or_more(node: &Node, path: Path<'_>, report: &mut Report) -> Option<Vec<String>> {
    let texts: Vec<String> = match &node.value {
        Yaml::List(nodes) => nodes
            .iter()
            .enumerate()
            .map(|(index, node)| text(node, path.index(index), report))
            .collect::<Option<_>>()?,
        Yaml::Text(_) | Yaml::Nothing | Yaml::Map(_) => vec![text(node, path, report)?],
    };
    if texts.is_empty() || texts.iter().any(String::is_empty) {
        report.wrong_shape(node, path, Shape::Text);
        return None;
    }
    Some(texts)
}
