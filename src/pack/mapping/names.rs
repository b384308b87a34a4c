//! What the names in a mapping stand for: a column of the table, a value that the mapping makes, or
//! what `each` goes through.

use super::values::Table;
use crate::pack::Problem;
use crate::pack::error::{Position, Report};

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// The column, by its place in [`Names::columns`].
    Column(usize),
    /// The value, by its place in the mapping.
    Value(usize),
    /// `{each}`: the value that the innermost `each` is at.
    Each,
    /// `{each.name}`: the name that the mapping gives it.
    Label,
}

/// A column that a mapping uses, and where it first does.
#[derive(Debug)]
pub(super) struct Column {
    /// The names that it may have; the first that the table has is meant.
    pub(super) names: Vec<String>,
    /// Whether a table may have none of them.
    pub(super) optional: bool,
    pub(super) position: Position,
    pub(super) path: String,
}

/// A value that the mapping makes.
#[derive(Debug)]
pub(super) struct Value {
    pub(super) name: String,
    pub(super) is_list: bool,
    /// The columns that it is made of.
    pub(super) columns: Vec<usize>,
}

/// What `each` goes through.
#[derive(Debug)]
pub(super) struct Each {
    /// Whether its values have names.
    pub(super) named: bool,
    pub(super) columns: Vec<usize>,
}

/// The names that may be used, as far as the mapping was read.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) columns: Vec<Column>,
    pub(super) values: Vec<Value>,
    /// Tables that values may share.
    pub(super) tables: Vec<(String, Table)>,
    /// From the outermost to the innermost.
    pub(super) each: Vec<Each>,
}

impl Names {
    /// What a name stands for. Every name that is nothing else is a column's; whether the table has
    /// it is seen when there is a table.
    pub(super) fn find(
        &mut self,
        name: &str,
        position: Position,
        path: &str,
        report: &mut Report,
    ) -> Option<Name> {
        if let Some(index) = self.values.iter().position(|value| value.name == name) {
            return Some(Name::Value(index));
        }
        let is_name = name == "each.name";
        if name == "each" || is_name {
            let fits = self.each.last().is_some_and(|each| each.named || !is_name);
            if !fits {
                let problem = Problem::NoEach { found: name.to_owned() };
                report.add(position, path.to_owned(), problem);
                return None;
            }
            return Some(if is_name { Name::Label } else { Name::Each });
        }
        Some(self.column(vec![name.to_owned()], false, position, path))
    }

    /// A column by the names that it may have.
    pub(super) fn column(
        &mut self,
        names: Vec<String>,
        optional: bool,
        position: Position,
        path: &str,
    ) -> Name {
        let known =
            self.columns.iter().position(|column| column.names == names && column.optional == optional);
        Name::Column(known.unwrap_or_else(|| {
            self.columns.push(Column { names, optional, position, path: path.to_owned() });
            self.columns.len() - 1
        }))
    }

    /// The value of this name, if it is a list.
    pub(super) fn list(
        &self,
        name: &str,
        position: Position,
        path: &str,
        report: &mut Report,
    ) -> Option<usize> {
        let found = self.values.iter().position(|value| value.name == name && value.is_list);
        if found.is_none() {
            let lists = self.values.iter().filter(|value| value.is_list);
            let lists = lists.map(|value| value.name.clone()).collect();
            report.add(position, path.to_owned(), Problem::NotAList { found: name.to_owned(), lists });
        }
        found
    }

    /// The table of this name.
    pub(super) fn table(
        &self,
        name: &str,
        position: Position,
        path: &str,
        report: &mut Report,
    ) -> Option<Table> {
        let found = self.tables.iter().find(|(known, _)| known == name).map(|(_, table)| table.clone());
        if found.is_none() {
            let tables = self.tables.iter().map(|(known, _)| known.clone()).collect();
            report.add(position, path.to_owned(), Problem::NoTable { found: name.to_owned(), tables });
        }
        found
    }

    pub(super) fn is_list(&self, name: Name) -> bool {
        match name {
            Name::Value(index) => self.values[index].is_list,
            Name::Column(_) | Name::Each | Name::Label => false,
        }
    }

    /// The columns behind a name.
    pub(super) fn columns_of(&self, name: Name) -> Vec<usize> {
        match name {
            Name::Column(index) => vec![index],
            Name::Value(index) => self.values[index].columns.clone(),
            Name::Each | Name::Label => self.each.last().map_or(Vec::new(), |each| each.columns.clone()),
        }
    }
}
