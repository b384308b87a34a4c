//! `sayso import --mapping`: the rows of tables into a ledger.

use super::Tally;
use super::newcomers::Newcomers;
use super::write::{self, MAX_BATCH_BYTES, Refusal};
use crate::cli::Failure;
use crate::cli::target::{Ledger, Place, Target};
use crate::engine;
use crate::model::limits::MAX_BATCH_ITEMS;
use crate::model::{ClaimDraft, DocumentDraft, EntityDraft, SourceDraft};
use crate::pack::mapping::{Cell, Drafts, Made, Mapping, Origin, Row, RowDrafts, RowError, RowFault};
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Faults that are shown when an import stops.
const MAX_SHOWN: usize = 20;

/// How tables are read.
#[derive(Debug, clap::Args)]
pub(super) struct Tables {
    /// A mapping: the FILEs are tables, and it says which column is what, as docs/mapping.md describes
    #[arg(long, value_name = "FILE")]
    pub(super) mapping: Option<PathBuf>,
    /// Show the first N claims as they would be, as a pack, and write nothing
    #[arg(long, value_name = "N", requires = "mapping", num_args = 0..=1, require_equals = true, default_missing_value = "5")]
    dry_run: Option<usize>,
    /// Go on past what is wrong with tables or an exported file, and write that to REPORT: of tables as CSV,
    /// of an exported file as lines of JSON
    #[arg(long, value_name = "REPORT", conflicts_with = "dry_run")]
    pub(super) continue_on_error: Option<PathBuf>,
    /// Begin with this row of the first table, counted from 1 without the heading
    #[arg(long, value_name = "ROW", requires = "mapping", default_value_t = 1)]
    from: u64,
}

/// Imports tables.
pub(super) async fn run(
    args: Tables,
    mapping: &Path,
    tables: &[PathBuf],
    target: Target,
) -> Result<(), Failure> {
    let mapping = Mapping::read_file(mapping)?;
    if let Some(claims) = args.dry_run {
        return dry_run(&mapping, tables, args.from, claims, &mut io::stdout().lock());
    }
    let report = args.continue_on_error.as_deref().map(Report::create).transpose()?;
    let place = target.place().unwrap_or_else(Place::usual_server);
    let ledger = place.ledger(true).await?;
    let newcomers = Newcomers::to(&ledger).await?;
    let mut import = Import { ledger, newcomers, report, tally: Tally::default() };
    let mut from = args.from;
    for table in tables {
        import.table(&mapping, table, from).await?;
        from = 1;
    }
    eprintln!("{}", import.tally);
    match import.report {
        Some(report) => report.finish(),
        None => Ok(()),
    }
}

struct Import {
    ledger: Ledger,
    newcomers: Newcomers,
    /// Where broken rows are reported; without it they end the import.
    report: Option<Report>,
    tally: Tally,
}

impl Import {
    async fn table(&mut self, mapping: &Mapping, table: &Path, from: u64) -> Result<(), Failure> {
        let mut drafts = mapping.drafts(table)?;
        drafts.skip_to(from)?;
        let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes}, {eta} left")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new(drafts.data().progress().0).with_style(style);
        let mut batch = Batch::from(from);
        while let Some(read) = drafts.next() {
            match read {
                Ok(row) => {
                    if batch.len() + items(&row) > MAX_BATCH_ITEMS || batch.bytes >= MAX_BATCH_BYTES {
                        let next = Batch::from(row.row.number);
                        self.write(&drafts, std::mem::replace(&mut batch, next)).await?;
                        bar.set_position(drafts.data().progress().1);
                    }
                    batch.add(row, &mut self.newcomers);
                }
                Err(RowError::Broken(faults)) => match &mut self.report {
                    Some(report) => report.add(&faults)?,
                    None => batch.faults.extend(faults),
                },
                Err(RowError::Ended(error)) => {
                    let Batch { begins, .. } = batch;
                    return Err(Failure::Stopped { faults: vec![error.to_string()], more: 0, from: begins });
                }
            }
        }
        self.write(&drafts, batch).await?;
        bar.finish_and_clear();
        Ok(())
    }

    /// Writes a batch whole or, with a report, without what the ledger refuses of it.
    async fn write(&mut self, drafts: &Drafts<'_>, mut batch: Batch) -> Result<(), Failure> {
        if !batch.faults.is_empty() {
            return Err(batch.stopped(&batch.faults));
        }
        while batch.len() > 0 {
            let violations = match write::write(&self.ledger, batch.drafts()).await {
                Ok(response) => {
                    self.tally.add(&response);
                    break;
                }
                Err(Refusal::Fields(violations)) => violations,
                Err(Refusal::Failed(failure)) => return Err(failure),
            };
            let mut faults = Vec::new();
            let mut refused = BTreeSet::new();
            for (field, message) in violations {
                let Some((list, index, rest)) = place(&field) else {
                    return Err(Failure::Refused(vec![format!("{field}: {message}")]));
                };
                let Some((row, origin)) = batch.origin(list, index) else {
                    return Err(Failure::Refused(vec![format!("{field}: {message}")]));
                };
                faults.push(drafts.blame(row, origin, rest, message));
                refused.insert((list, index));
            }
            match &mut self.report {
                Some(report) => report.add(&faults)?,
                None => return Err(batch.stopped(&faults)),
            }
            for (list, index) in refused.into_iter().rev() {
                batch.remove(list, index);
            }
        }
        Ok(())
    }
}

/// Rows that are written together.
#[derive(Default)]
struct Batch {
    /// The first of them.
    begins: u64,
    rows: Vec<Row>,
    entities: Vec<Item<EntityDraft>>,
    sources: Vec<Item<SourceDraft>>,
    documents: Vec<Item<DocumentDraft>>,
    claims: Vec<Item<ClaimDraft>>,
    /// What is wrong with rows, where that ends the import.
    faults: Vec<RowFault>,
    /// Bytes that it is sent in.
    bytes: usize,
}

/// A draft, its row by its place in the batch, and what it was made of.
struct Item<T> {
    draft: T,
    row: usize,
    origin: Origin,
}

impl Batch {
    fn from(begins: u64) -> Self {
        Self { begins, ..Self::default() }
    }

    fn len(&self) -> usize {
        self.entities.len() + self.sources.len() + self.documents.len() + self.claims.len()
    }

    fn add(&mut self, row: RowDrafts, newcomers: &mut Newcomers) {
        let RowDrafts { row, entities, sources, documents, claims } = row;
        let at = self.rows.len();
        self.rows.push(row);
        fn new<T>(made: Vec<Made<T>>, row: usize, mut keep: impl FnMut(T) -> Option<T>) -> Vec<Item<T>> {
            let kept = |Made { item, origin }| Some(Item { draft: keep(item)?, row, origin });
            made.into_iter().filter_map(kept).collect()
        }
        let mut row = Self {
            entities: new(entities, at, |draft| newcomers.entity(draft)),
            sources: new(sources, at, |draft| newcomers.source(draft)),
            documents: new(documents, at, |draft| newcomers.document(draft)),
            claims: new(claims, at, Some),
            ..Self::default()
        };
        self.bytes += write::bytes(row.drafts());
        self.entities.append(&mut row.entities);
        self.sources.append(&mut row.sources);
        self.documents.append(&mut row.documents);
        self.claims.append(&mut row.claims);
    }

    fn drafts(&self) -> engine::Batch {
        fn drafts<T: Clone>(items: &[Item<T>]) -> Vec<T> {
            items.iter().map(|item| item.draft.clone()).collect()
        }
        engine::Batch {
            entities: drafts(&self.entities),
            sources: drafts(&self.sources),
            documents: drafts(&self.documents),
            claims: drafts(&self.claims),
            ..engine::Batch::default()
        }
    }

    fn origin(&self, list: List, index: usize) -> Option<(&Row, &Origin)> {
        fn of<T>(items: &[Item<T>], index: usize) -> Option<(usize, &Origin)> {
            items.get(index).map(|item| (item.row, &item.origin))
        }
        let (row, origin) = match list {
            List::Entities => of(&self.entities, index),
            List::Sources => of(&self.sources, index),
            List::Documents => of(&self.documents, index),
            List::Claims => of(&self.claims, index),
        }?;
        Some((&self.rows[row], origin))
    }

    fn remove(&mut self, list: List, index: usize) {
        match list {
            List::Entities => drop(self.entities.remove(index)),
            List::Sources => drop(self.sources.remove(index)),
            List::Documents => drop(self.documents.remove(index)),
            List::Claims => drop(self.claims.remove(index)),
        }
    }

    fn stopped(&self, faults: &[RowFault]) -> Failure {
        let more = faults.len().saturating_sub(MAX_SHOWN);
        let faults = faults.iter().take(MAX_SHOWN).map(ToString::to_string).collect();
        Failure::Stopped { faults, more, from: self.begins }
    }
}

/// The lists of a batch.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum List {
    Entities,
    Sources,
    Documents,
    Claims,
}

/// The item that a field of a batch belongs to, and the field of it: of `claims[3].figure.best`,
/// the fourth claim's `figure.best`.
fn place(field: &str) -> Option<(List, usize, &str)> {
    let (list, rest) = field.split_once('[')?;
    let (index, rest) = rest.split_once(']')?;
    let list = match list {
        "entities" => List::Entities,
        "sources" => List::Sources,
        "documents" => List::Documents,
        "claims" => List::Claims,
        _ => return None,
    };
    Some((list, index.parse().ok()?, rest.strip_prefix('.').unwrap_or(rest)))
}

fn items(row: &RowDrafts) -> usize {
    row.entities.len() + row.sources.len() + row.documents.len() + row.claims.len()
}

/// A file of broken rows.
struct Report {
    path: PathBuf,
    csv: csv::Writer<File>,
    rows: u64,
    last: Option<(PathBuf, u64)>,
}

impl Report {
    fn create(path: &Path) -> Result<Self, Failure> {
        let path = path.to_owned();
        match File::create(&path) {
            Ok(file) => {
                let mut report = Self { path, csv: csv::Writer::from_writer(file), rows: 0, last: None };
                report.line(["file", "row", "line", "field", "column", "value", "message"])?;
                Ok(report)
            }
            Err(source) => Err(Failure::Unwritable { path, source }),
        }
    }

    fn add(&mut self, faults: &[RowFault]) -> Result<(), Failure> {
        for RowFault { file, row, line, field, cells, problem } in faults {
            let this = Some((file.to_path_buf(), *row));
            if self.last != this {
                self.rows += 1;
                self.last = this;
            }
            let joined = |of: fn(&Cell) -> &str| cells.iter().map(of).collect::<Vec<_>>().join("; ");
            let (columns, values) = (joined(|cell| &cell.column), joined(|cell| &cell.value));
            let (file, row, line) = (file.display().to_string(), row.to_string(), line.to_string());
            self.line([&file, &row, &line, field, &columns, &values, &problem.to_string()])?;
        }
        Ok(())
    }

    fn line<const N: usize>(&mut self, cells: [&str; N]) -> Result<(), Failure> {
        self.csv.write_record(cells).map_err(|error| self.unwritable(error.into()))
    }

    fn unwritable(&self, source: io::Error) -> Failure {
        Failure::Unwritable { path: self.path.clone(), source }
    }

    fn finish(mut self) -> Result<(), Failure> {
        self.csv.flush().map_err(|error| self.unwritable(error))?;
        let Self { path, rows, .. } = self;
        if rows == 0 { Ok(()) } else { Err(Failure::BrokenRows { rows, report: path }) }
    }
}

/// Shows the first claims, and what they refer to, as a pack.
fn dry_run(
    mapping: &Mapping,
    tables: &[PathBuf],
    mut from: u64,
    claims: usize,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let mut newcomers = Newcomers::default();
    let mut lists = [const { String::new() }; 4];
    let mut faults = Vec::new();
    let mut left = claims;
    'all: for table in tables {
        let mut drafts = mapping.drafts(table)?;
        drafts.skip_to(from)?;
        from = 1;
        while left > 0 && faults.len() < MAX_SHOWN {
            let mut row = match drafts.next() {
                None => break,
                Some(Err(RowError::Broken(found))) => {
                    faults.extend(found.iter().map(ToString::to_string));
                    continue;
                }
                Some(Err(RowError::Ended(error))) => {
                    faults.push(error.to_string());
                    break 'all;
                }
                Some(Ok(row)) => row,
            };
            faults.extend(drafts.sift(&mut row).iter().map(ToString::to_string));
            let RowDrafts { row, entities, sources, documents, claims } = row;
            for Made { item, origin } in entities {
                let by_name = item.id.is_empty();
                if let Some(entity) = newcomers.entity(item) {
                    let id = by_name.then_some(entity.id.as_str());
                    lists[0].push_str(&drafts.yaml(&row, &origin, id));
                }
            }
            for Made { item, origin } in sources {
                let by_name = item.id.is_empty();
                if let Some(source) = newcomers.source(item) {
                    let id = by_name.then_some(source.id.as_str());
                    lists[1].push_str(&drafts.yaml(&row, &origin, id));
                }
            }
            for Made { item, origin } in documents {
                if newcomers.document(item).is_some() {
                    lists[2].push_str(&drafts.yaml(&row, &origin, None));
                }
            }
            for Made { origin, .. } in claims.into_iter().take(left) {
                lists[3].push_str(&drafts.yaml(&row, &origin, None));
                left -= 1;
            }
        }
    }
    for (name, items) in ["entities", "sources", "documents", "claims"].into_iter().zip(lists) {
        if !items.is_empty() {
            writeln!(out, "{name}:")?;
            out.write_all(items.as_bytes())?;
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Failure::Refused(faults)) }
}
