//! What can be wrong with a pack, as facts; the words stand in `Display`.

use super::mapping::TemplateError;
use super::node::Node;
use crate::model::Path;
use std::fmt;
use std::io;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

/// Why a pack could not be read.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// A file or directory could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file or directory.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A directory holds no pack.
    #[error("no .yaml file stands in {}", directory.display())]
    NoFiles {
        /// The directory.
        directory: PathBuf,
    },
    /// The text is no pack; every fault that was found, in the order of the files.
    #[error("{}", Lines(faults))]
    Refused {
        /// One or more faults.
        faults: Vec<Fault>,
    },
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The file.
    pub file: Arc<FilePath>,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The field, as `claims[3].attribution[0].act`; empty for the file as a whole.
    pub path: String,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong at one place of a pack.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Problem {
    /// The text is not YAML.
    #[error("not YAML: {message}")]
    Syntax {
        /// The parser's reason.
        message: String,
    },
    /// Text begins with a character that begins something else in YAML.
    #[error("text that begins with `{}` needs quotes: {}", found.chars().next().unwrap_or_default(), quoted(found))]
    Unquoted {
        /// The text.
        found: String,
    },
    /// Text has a colon and a blank in it, which end a field's name in YAML.
    #[error("text with `: ` in it needs quotes")]
    UnquotedColon,
    /// `>` or `|` begins text that stands below, and none does.
    #[error(
        "`>` and `|` begin text that stands on the lines below, and there is none; text that begins with them needs quotes"
    )]
    EmptyBlock,
    /// A second document begins (`---`).
    #[error("a second YAML document begins; a pack is one document")]
    SecondDocument,
    /// A value refers to another by `*name`.
    #[error(
        "`*` refers to another value; packs do not have that: write the value out, or quote it if it is text"
    )]
    Alias,
    /// A value carries a tag.
    #[error("`!` begins a tag; packs do not have tags: quote the value if it is text")]
    Tag,
    /// A field's name is a list or a map.
    #[error("a field's name is expected here")]
    KeyNotText,
    /// A field that does not exist.
    #[error("unknown field `{found}`{} Fields here: {}", Hint(nearest), allowed.join(", "))]
    UnknownField {
        /// The name given.
        found: String,
        /// The names most like it, at most three.
        nearest: Vec<String>,
        /// Every name that may stand there.
        allowed: Vec<String>,
    },
    /// A field that stands twice.
    #[error("`{found}` stands twice")]
    RepeatedField {
        /// The name.
        found: String,
    },
    /// A field that must be there is not.
    #[error("`{field}` is missing")]
    MissingField {
        /// The name.
        field: &'static str,
    },
    /// A word that its vocabulary does not have.
    #[error("unknown word `{found}`{} Words here: {}", Hint(nearest), allowed.join(", "))]
    UnknownWord {
        /// The word given.
        found: String,
        /// The words most like it, at most three.
        nearest: Vec<String>,
        /// Every word of the vocabulary.
        allowed: Vec<String>,
    },
    /// One shape stands where another belongs.
    #[error("{}", wrong_shape(*expected, *found))]
    WrongShape {
        /// What belongs there.
        expected: Shape,
        /// What stands there.
        found: Shape,
    },
    /// Not a number, or not one that the field can hold.
    #[error("`{found}` is not {expected}")]
    NotANumber {
        /// The text given.
        found: String,
        /// What is wanted, as `a whole number`.
        expected: &'static str,
    },
    /// A time in words, or in the notation of a country.
    #[error("`{found}` is no time; did you mean `{}`?", meant.join("` or `"))]
    TimeInWords {
        /// The text given.
        found: String,
        /// The times that it may stand for: one or more.
        meant: Vec<String>,
    },
    /// A figure in short form has no unit.
    #[error(
        "`{found}` names no unit; write the unit behind the number, as `~4000 person` or `~800 USD per mo`"
    )]
    NoUnit {
        /// The text given.
        found: String,
    },
    /// A text of a mapping is no template.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A mapping names a column that the table does not have.
    #[error(
        "{} has no column `{}`{} Columns there: {}",
        table.display(), found.join("` or `"), Hint(nearest), allowed.join(", ")
    )]
    UnknownColumn {
        /// The names that the column may have.
        found: Vec<String>,
        /// The columns most like it, at most three.
        nearest: Vec<String>,
        /// Every column of the table.
        allowed: Vec<String>,
        /// The table.
        table: Arc<FilePath>,
    },
    /// A mapping names a column that the table has twice.
    #[error("{} has two columns `{found}`", table.display())]
    ColumnTwice {
        /// The column.
        found: String,
        /// The table.
        table: Arc<FilePath>,
    },
    /// A list of values stands where one value belongs.
    #[error("`{found}` is a list; it can stand in a list, or `each: {found}` makes one item of each value")]
    ListInText {
        /// The value.
        found: String,
    },
    /// Two lists of values stand in one text.
    #[error("`{found}` is a second list in one text; a text can go through one list")]
    SecondList {
        /// The second of them.
        found: String,
    },
    /// What should be a list of values is none.
    #[error("`{found}` is none of the values that are lists, which have `split`{}", Listed(lists))]
    NotAList {
        /// The name given.
        found: String,
        /// The values that are lists.
        lists: Vec<String>,
    },
    /// A value names a table that the mapping does not have.
    #[error("`{found}` is none of the mapping's `tables`{}", Listed(tables))]
    NoTable {
        /// The name given.
        found: String,
        /// The names of the tables.
        tables: Vec<String>,
    },
    /// `{each}` or `{each.name}` where there is no such thing.
    #[error("`{{{found}}}` has a meaning only below {}", if found == "each" { "`each`" } else { "`each` with names for columns" })]
    NoEach {
        /// The name given.
        found: String,
    },
    /// A value is made of nothing, or of two things.
    #[error("a value has exactly one of `column` and `text`")]
    ColumnOrText,
    /// No single character.
    #[error("`{found}` is no delimiter; write one ASCII character, or `tab`")]
    NotADelimiter {
        /// The text given.
        found: String,
    },
    /// A claim has no type, or several.
    #[error(
        "a claim has exactly one of `figure`, `norm`, `type: event` and `type: statement`; this one has {}",
        if found.is_empty() { "none".to_owned() } else { found.join(" and ") }
    )]
    TypeCount {
        /// The fields that it has.
        found: Vec<&'static str>,
    },
}

/// The shapes of YAML values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// No value at all.
    Nothing,
    /// One value.
    Text,
    /// A list.
    List,
    /// Named fields.
    Map,
    /// A figure: one value or named fields.
    TextOrMap,
}

/// A line and a column, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Position {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// Where a file begins.
pub(super) const START: Position = Position { line: 1, column: 1 };

/// Collects the faults of one file.
pub(super) struct Report {
    file: Arc<FilePath>,
    faults: Vec<Fault>,
}

impl Report {
    pub(super) fn new(file: &FilePath) -> Self {
        Self { file: file.into(), faults: Vec::new() }
    }

    /// An empty report of the same file.
    pub(super) fn fresh(&self) -> Self {
        Self { file: self.file.clone(), faults: Vec::new() }
    }

    /// Takes over the faults of another report that `counts`.
    pub(super) fn adopt(&mut self, other: Self, counts: impl Fn(&Problem, Position) -> bool) {
        self.faults.extend(
            other
                .faults
                .into_iter()
                .filter(|fault| counts(&fault.problem, Position { line: fault.line, column: fault.column })),
        );
    }

    /// The faults since the last call.
    pub(super) fn take(&mut self) -> Vec<Fault> {
        std::mem::take(&mut self.faults)
    }

    pub(super) fn file(&self) -> &Arc<FilePath> {
        &self.file
    }

    pub(super) fn add(&mut self, Position { line, column }: Position, path: String, problem: Problem) {
        self.faults.push(Fault { file: self.file.clone(), line, column, path, problem });
    }

    pub(super) fn wrong_shape(&mut self, node: &Node, path: Path<'_>, expected: Shape) {
        let problem = Problem::WrongShape { expected, found: node.value.shape() };
        self.add(node.position, path.to_string(), problem);
    }

    /// The faults by line and column.
    pub(super) fn into_faults(mut self) -> Vec<Fault> {
        self.faults.sort_by_key(|fault| (fault.line, fault.column));
        self.faults
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, path, problem } = self;
        write!(f, "{}:{line}:{column}: ", file.display())?;
        if !path.is_empty() {
            write!(f, "{path}: ")?;
        }
        write!(f, "{problem}")
    }
}

/// Faults, each on a line of its own.
pub(super) struct Lines<'a, T>(pub(super) &'a [T]);

impl<T: fmt::Display> fmt::Display for Lines<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(f, "{line_break}{fault}")?;
        }
        Ok(())
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

struct Listed<'a>(&'a [String]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => f.write_str("; there is none"),
            names => write!(f, ": {}", names.join(", ")),
        }
    }
}

struct Hint<'a>(&'a [String]);

impl fmt::Display for Hint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => f.write_str("."),
            words => write!(f, "; did you mean `{}`?", words.join("` or `")),
        }
    }
}

fn wrong_shape(expected: Shape, found: Shape) -> String {
    let remedy = match (expected, found) {
        (Shape::Text | Shape::TextOrMap, Shape::List) => "; text that begins with `[` needs quotes",
        (Shape::Text, Shape::Map) => "; text with `: ` or `{` in it needs quotes",
        (Shape::List, Shape::Text) => "; write `[a]`, or each value on a line that begins with `- `",
        _ => "",
    };
    format!("expected {expected}, found {found}{remedy}")
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "nothing",
            Self::Text => "one value",
            Self::List => "a list",
            Self::Map => "named fields",
            Self::TextOrMap => "one value or named fields",
        })
    }
}
