//! Tables: CSV, a JSON array of flat objects, or one flat object on each line; gzipped or not.

use super::RowProblem;
use super::file::Format;
use crate::pack::PackError;
use crate::pack::input::{MAX_ROW_BYTES, Metered, decompressed, is_endless};
use csv::{ByteRecord, StringRecord};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::Path as FilePath;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Columns that a JSON table may have: what has more is no table.
const MAX_COLUMNS: usize = 10_000;

/// A table that is read row by row.
pub struct Data {
    file: Arc<FilePath>,
    columns: Vec<String>,
    rows: Rows,
    /// Rows that were read.
    row: u64,
    bytes: u64,
    taken: Arc<AtomicU64>,
}

enum Rows {
    Csv(Box<csv::Reader<Metered>>),
    Json(Metered),
    JsonLines(Metered),
    /// All was read, or what is left cannot be.
    Ended,
}

/// A row of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Its number, from 1, without the heading.
    pub number: u64,
    /// The line on which it begins, from 1.
    pub line: u64,
    cells: StringRecord,
}

impl Row {
    /// The text of a cell, without blanks around it; empty if there is none.
    pub fn cell(&self, column: usize) -> &str {
        self.cells.get(column).unwrap_or_default().trim()
    }
}

/// Why a table cannot be read, or not further.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The system does not give it, or it is damaged.
    #[error("cannot read {}: {source}", file.display())]
    Unreadable {
        /// The table.
        file: Arc<FilePath>,
        /// The reason.
        source: io::Error,
    },
    /// It has not even a heading.
    #[error("{} is empty: a table begins with the names of its columns", file.display())]
    Empty {
        /// The table.
        file: Arc<FilePath>,
    },
    /// It is no JSON array.
    #[error("{}: line {line}: not a JSON array of objects: {message}", file.display())]
    NotJson {
        /// The table.
        file: Arc<FilePath>,
        /// The line.
        line: u64,
        /// The reason.
        message: String,
    },
    /// It lacks columns that the mapping names.
    #[error(transparent)]
    Columns(#[from] PackError),
    /// A row goes on and on.
    #[error(
        "{}: the row that begins on line {line} is longer than {MAX_ROW_BYTES} bytes: is a quote not closed, or is \
         it another format?",
        file.display()
    )]
    Endless {
        /// The table.
        file: Arc<FilePath>,
        /// The line.
        line: u64,
    },
    /// Each row of JSON names other columns.
    #[error(
        "{}: line {line}: with this row the table has more than {MAX_COLUMNS} columns: are names here what should be \
         values?",
        file.display()
    )]
    TooManyColumns {
        /// The table.
        file: Arc<FilePath>,
        /// The line.
        line: u64,
    },
}

/// A JSON object and the line on which it begins.
type NextObject = Result<(u64, Result<Map<String, Value>, RowProblem>), DataError>;

/// A row, what is wrong with it, or why there are no more.
pub(super) type NextRow = Result<Result<Row, (Row, RowProblem)>, DataError>;

impl Data {
    /// Opens a table. JSON has no heading, so that it is read once for the names of its columns.
    ///
    /// # Errors
    /// It cannot be read, or has no heading.
    pub(super) fn open(path: &FilePath, format: Format) -> Result<Self, DataError> {
        let file: Arc<FilePath> = path.into();
        let unreadable = |source| DataError::Unreadable { file: Arc::clone(&file), source };
        let open = || File::open(path).and_then(|opened| Ok((opened.metadata()?.len(), opened)));
        let (bytes, opened) = open().map_err(unreadable)?;
        let mut data = Self::read(&file, opened, format)?;
        data.bytes = bytes;
        if matches!(format, Format::Csv { .. }) {
            return Ok(data);
        }
        let mut known = HashSet::new();
        let mut columns = Vec::new();
        while let Some(object) = data.object() {
            let (line, object) = object?;
            // What is wrong with a row is told when it is its turn.
            for name in object.into_iter().flat_map(|object| object.into_iter().map(|(name, _)| name)) {
                if known.insert(name.clone()) {
                    columns.push(name);
                }
            }
            if columns.len() > MAX_COLUMNS {
                return Err(DataError::TooManyColumns { file, line });
            }
        }
        let (_, again) = open().map_err(unreadable)?;
        Ok(Self { columns, bytes, ..Self::read(&file, again, format)? })
    }

    /// Reads a table from anywhere; the columns of JSON are not known.
    pub(super) fn read(
        file: &Arc<FilePath>,
        reader: impl Read + Send + 'static,
        format: Format,
    ) -> Result<Self, DataError> {
        let taken = Arc::new(AtomicU64::new(0));
        let failed = |source| failure(file, 1, source);
        let metered = Metered::new(decompressed(reader, &taken).map_err(failed)?, MAX_ROW_BYTES);
        let (rows, columns) = match format {
            Format::Csv { delimiter } => {
                let mut reader =
                    csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(metered);
                let heading = reader.byte_headers().map_err(|error| failed(system(error)))?;
                let heading: Vec<String> =
                    heading.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect();
                if heading.iter().all(String::is_empty) {
                    return Err(DataError::Empty { file: Arc::clone(file) });
                }
                (Rows::Csv(Box::new(reader)), heading)
            }
            Format::Json => (Rows::Json(begun(file, metered)?), Vec::new()),
            Format::JsonLines => (Rows::JsonLines(metered), Vec::new()),
        };
        Ok(Self { file: Arc::clone(file), columns, rows, row: 0, bytes: 0, taken })
    }

    /// The file.
    pub fn file(&self) -> &Arc<FilePath> {
        &self.file
    }

    /// The names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Leaves of JSON only these columns, so that a row costs no more than it has and the mapping
    /// asks for; where each of them is then.
    pub(super) fn narrow(&mut self, bound: Vec<Option<usize>>) -> Vec<Option<usize>> {
        if matches!(self.rows, Rows::Csv(_)) {
            return bound;
        }
        let mut kept: Vec<usize> = bound.iter().copied().flatten().collect();
        kept.sort_unstable();
        kept.dedup();
        self.columns = kept.iter().map(|&place| std::mem::take(&mut self.columns[place])).collect();
        let place = |place: usize| kept.binary_search(&place).ok();
        bound.into_iter().map(|old| old.and_then(place)).collect()
    }

    /// The bytes of the file, and how many of them were read.
    pub fn progress(&self) -> (u64, u64) {
        (self.bytes, self.taken.load(Ordering::Relaxed))
    }

    /// The next row.
    pub(super) fn row(&mut self) -> Option<NextRow> {
        if let Rows::Csv(reader) = &mut self.rows {
            reader.get_mut().allow(MAX_ROW_BYTES);
            let line = reader.position().line();
            let mut record = ByteRecord::new();
            return match reader.read_byte_record(&mut record) {
                Ok(false) => None,
                Ok(true) => {
                    self.row += 1;
                    let line = record.position().map_or(line, csv::Position::line);
                    Some(Ok(self.record(line, record)))
                }
                Err(error) => {
                    self.rows = Rows::Ended;
                    Some(Err(failure(&self.file, line, system(error))))
                }
            };
        }
        let (line, object) = match self.object()? {
            Ok(found) => found,
            Err(error) => return Some(Err(error)),
        };
        let row = Row { number: self.row, line, cells: StringRecord::new() };
        Some(Ok(match object.and_then(|object| self.cells(&object)) {
            Ok(cells) => Ok(Row { cells, ..row }),
            Err(problem) => Err((row, problem)),
        }))
    }

    fn record(&self, line: u64, record: ByteRecord) -> Result<Row, (Row, RowProblem)> {
        let row = Row { number: self.row, line, cells: StringRecord::new() };
        let (found, expected) = (record.len(), self.columns.len());
        if found != expected {
            return Err((row, RowProblem::Cells { found, expected }));
        }
        match StringRecord::from_byte_record(record) {
            Ok(cells) => Ok(Row { cells, ..row }),
            Err(_) => Err((row, RowProblem::NotUtf8)),
        }
    }

    /// The values of an object in the order of the columns.
    fn cells(&self, object: &Map<String, Value>) -> Result<StringRecord, RowProblem> {
        let is_deep = |value: &Value| matches!(value, Value::Array(_) | Value::Object(_));
        if let Some((column, _)) = object.iter().find(|(_, value)| is_deep(value)) {
            return Err(RowProblem::NotFlat { message: format!("`{column}` is no plain value") });
        }
        let mut cells = StringRecord::new();
        for column in &self.columns {
            match object.get(column) {
                None | Some(Value::Null) => cells.push_field(""),
                Some(Value::String(text)) => cells.push_field(text),
                Some(other) => cells.push_field(&other.to_string()),
            }
        }
        Ok(cells)
    }

    /// The next object of JSON and its line.
    fn object(&mut self) -> Option<NextObject> {
        let found = match &mut self.rows {
            Rows::Json(reader) => element(&self.file, reader, self.row == 0),
            Rows::JsonLines(reader) => line(&self.file, reader),
            Rows::Csv(_) | Rows::Ended => None,
        };
        match &found {
            Some(Ok(_)) => self.row += 1,
            Some(Err(_)) | None => self.rows = Rows::Ended,
        }
        found
    }
}

/// Passes the bracket that begins an array.
fn begun(file: &Arc<FilePath>, mut reader: Metered) -> Result<Metered, DataError> {
    match reader.peek().map_err(|source| failure(file, 1, source))? {
        Some(b'[') => {
            reader.consume(1);
            Ok(reader)
        }
        Some(_) => Err(not_json(file, reader.line(), "it begins with no `[`")),
        None => Err(DataError::Empty { file: Arc::clone(file) }),
    }
}

/// The next element of an array.
fn element(file: &Arc<FilePath>, reader: &mut Metered, first: bool) -> Option<NextObject> {
    reader.allow(MAX_ROW_BYTES);
    let mut next = || -> io::Result<Result<Option<u64>, &'static str>> {
        let mut byte = reader.peek()?;
        if byte == Some(b']') {
            reader.consume(1);
            return Ok(if reader.peek()?.is_some() { Err("something stands behind `]`") } else { Ok(None) });
        }
        if !first {
            if byte != Some(b',') {
                return Ok(Err("`,` or `]` is missing"));
            }
            reader.consume(1);
            byte = reader.peek()?;
        }
        Ok(if byte == Some(b'{') { Ok(Some(reader.line())) } else { Err("`{` is missing") })
    };
    let line = match next() {
        Ok(Ok(line)) => line?,
        Ok(Err(message)) => return Some(Err(not_json(file, reader.line(), message))),
        Err(source) => return Some(Err(failure(file, reader.line(), source))),
    };
    // An object ends with its brace, so that nothing behind it is taken.
    let object = Map::deserialize(&mut serde_json::Deserializer::from_reader(&mut *reader));
    Some(match object {
        Ok(object) => Ok((line, Ok(object))),
        Err(error) if error.is_io() => Err(failure(file, line, error.into())),
        Err(error) => Err(not_json(file, reader.line(), &reason(&error))),
    })
}

/// The next line that is not blank.
fn line(file: &Arc<FilePath>, reader: &mut Metered) -> Option<NextObject> {
    reader.allow(MAX_ROW_BYTES);
    let mut text = Vec::new();
    let read = reader.peek().and_then(|next| {
        let line = reader.line();
        if next.is_some() {
            reader.read_until(b'\n', &mut text)?;
        }
        Ok(next.map(|_| line))
    });
    match read {
        Ok(line) => {
            let line = line?;
            let object = serde_json::from_slice(&text);
            Some(Ok((line, object.map_err(|error| RowProblem::NotFlat { message: reason(&error) }))))
        }
        Err(source) => Some(Err(failure(file, reader.line(), source))),
    }
}

/// The parser's words without its place, which counts from where the row begins.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(reason, _)| reason.to_owned())
}

fn not_json(file: &Arc<FilePath>, line: u64, message: &str) -> DataError {
    DataError::NotJson { file: Arc::clone(file), line, message: message.to_owned() }
}

fn failure(file: &Arc<FilePath>, line: u64, source: io::Error) -> DataError {
    let file = Arc::clone(file);
    if is_endless(&source) {
        DataError::Endless { file, line }
    } else {
        DataError::Unreadable { file, source }
    }
}

/// What the system said, of what kept CSV from being read.
fn system(error: csv::Error) -> io::Error {
    if error.is_io_error()
        && let csv::ErrorKind::Io(error) = error.into_kind()
    {
        return error;
    }
    // A reader that takes rows of any length and of any bytes finds nothing else wrong.
    io::Error::from(io::ErrorKind::InvalidData)
}
