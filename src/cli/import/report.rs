//! What an import leaves out, in a file that is whole however often the command was killed.

use super::source::Fault;
use crate::cli::Failure;
use crate::pack::mapping::{Cell, RowFault};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, Write};
use std::path::PathBuf;

/// Bytes that wait to be written.
const MAX_WAITING_BYTES: usize = 1 << 16;

/// How a report is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A row of CSV for each fault: of tables.
    Csv,
    /// A line of JSON for each fault.
    Json,
}

/// A file of faults, in the order of the items. While the import goes on, a second file says how far the
/// first has come: when the same import goes on, what stands behind that is written again.
pub(super) struct Report {
    form: Form,
    path: PathBuf,
    /// The second file; none beside what is no file, as a pipe.
    beside: Option<PathBuf>,
    file: File,
    /// What was added and is not in the file, up to the item `added`.
    lines: Vec<u8>,
    added: u64,
    kept: Kept,
}

/// What is kept of a report while the import goes on.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Kept {
    import_id: String,
    /// All faults up to this item are in the file.
    sequence: u64,
    /// So long it is with them.
    bytes: u64,
    /// How many lines or rows have faults.
    places: u64,
    /// The last of them.
    last: Option<(PathBuf, u64)>,
    /// How many items the ledger refused.
    refused: u64,
}

impl Report {
    /// Opens a report, of which what another command wrote of the same import may stay.
    pub(super) fn open(path: PathBuf, form: Form, import_id: &str) -> Result<Self, Failure> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let file = match file {
            Ok(file) => file,
            Err(source) => return Err(Failure::Unwritable { path, source }),
        };
        let length = file.metadata().ok().filter(fs::Metadata::is_file).map(|metadata| metadata.len());
        let beside = length.map(|_| PathBuf::from(format!("{}.resume", path.display())));
        // What cannot be read is of no use, and the report begins anew.
        let read = beside.as_ref().and_then(|beside| fs::read(beside).ok());
        let read = read.and_then(|read| serde_json::from_slice::<Kept>(&read).ok());
        let kept = read.filter(|kept| kept.import_id == import_id && Some(kept.bytes) <= length);
        let kept = kept.unwrap_or_else(|| Kept { import_id: import_id.to_owned(), ..Kept::default() });
        Ok(Self { form, path, beside, file, lines: Vec::new(), added: 0, kept })
    }

    /// Up to which item all faults are in the file.
    pub(super) fn kept(&self) -> u64 {
        self.kept.sequence
    }

    /// Begins behind what stays of the file: nothing, if the import begins.
    pub(super) fn begin(&mut self, acknowledged: u64) -> Result<(), Failure> {
        if acknowledged == 0 {
            self.kept = Kept { import_id: std::mem::take(&mut self.kept.import_id), ..Kept::default() };
        }
        let bytes = self.kept.bytes;
        if self.beside.is_some() {
            let cut = self.file.set_len(bytes).and_then(|()| self.file.seek(io::SeekFrom::Start(bytes)));
            cut.map_err(|source| self.unwritable(source))?;
        }
        if bytes == 0 && self.form == Form::Csv {
            self.csv(["file", "row", "line", "field", "column", "value", "message"]);
        }
        self.keep()
    }

    /// Adds all that is wrong with an item, by the ledger or by itself; what is in the file already is left.
    pub(super) fn add(&mut self, sequence: u64, faults: &[Fault], by_ledger: bool) -> Result<(), Failure> {
        if sequence <= self.kept.sequence || faults.is_empty() {
            return Ok(());
        }
        self.added = sequence;
        self.kept.refused += u64::from(by_ledger);
        for fault in faults {
            let (file, at) = match fault {
                Fault::Line { file, line, .. } => (file, *line),
                Fault::Row(RowFault { file, row, .. }) => (file, *row),
            };
            let place = Some((file.to_path_buf(), at));
            if self.kept.last != place {
                self.kept.places += 1;
                self.kept.last = place;
            }
            self.line(fault);
        }
        if self.lines.len() < MAX_WAITING_BYTES { Ok(()) } else { self.keep() }
    }

    fn line(&mut self, fault: &Fault) {
        match fault {
            Fault::Line { file, line, path, message } => {
                let file = file.display().to_string();
                let fault = json!({ "file": file, "line": line, "path": path, "message": message });
                self.lines.extend(format!("{fault}\n").as_bytes());
            }
            Fault::Row(RowFault { file, row, line, field, cells, problem }) => {
                let joined = |of: fn(&Cell) -> &str| cells.iter().map(of).collect::<Vec<_>>().join("; ");
                let (columns, values) = (joined(|cell| &cell.column), joined(|cell| &cell.value));
                let (file, row, line) = (file.display().to_string(), row.to_string(), line.to_string());
                self.csv([&file, &row, &line, field, &columns, &values, &problem.to_string()]);
            }
        }
    }

    fn csv<const N: usize>(&mut self, cells: [&str; N]) {
        let mut csv = csv::Writer::from_writer(&mut self.lines);
        csv.write_record(cells).expect("memory takes what is written to it");
        csv.flush().expect("memory takes what is written to it");
    }

    /// Writes what was added, durably.
    pub(super) fn keep(&mut self) -> Result<(), Failure> {
        if self.lines.is_empty() {
            return Ok(());
        }
        self.file.write_all(&self.lines).map_err(|source| self.unwritable(source))?;
        self.kept.bytes += self.lines.len() as u64;
        self.kept.sequence = self.kept.sequence.max(self.added);
        self.lines.clear();
        let Some(beside) = &self.beside else { return Ok(()) };
        self.file.sync_data().map_err(|source| self.unwritable(source))?;
        let kept = serde_json::to_vec(&self.kept).expect("numbers and texts are JSON");
        let part = beside.with_extension("part");
        let written = fs::write(&part, kept).and_then(|()| fs::rename(&part, beside));
        written.map_err(|source| Failure::Unwritable { path: beside.clone(), source })
    }

    fn unwritable(&self, source: io::Error) -> Failure {
        Failure::Unwritable { path: self.path.clone(), source }
    }

    /// Ends the report of a ledger that refused so many items.
    pub(super) fn finish(self, refused: u64) -> Result<(), Failure> {
        let Self { form, path: report, beside, kept: Kept { places, refused: told, .. }, .. } = self;
        if let Some(path) = beside
            && let Err(source) = fs::remove_file(&path)
            && source.kind() != io::ErrorKind::NotFound
        {
            return Err(Failure::Unwritable { path, source });
        }
        if told < refused {
            let missing = refused - told;
            eprintln!(
                "{} lacks {missing} items that were left out before: it was not there to go on with",
                report.display()
            );
        }
        match (form, places) {
            (_, 0) => Ok(()),
            (Form::Csv, rows) => Err(Failure::BrokenRows { rows, report }),
            (Form::Json, items) => Err(Failure::LeftOut { items, report }),
        }
    }
}
