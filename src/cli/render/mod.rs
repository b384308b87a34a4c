//! Showing a query's answer: as a table for people, as JSON or CSV for programs.

mod csv;
mod explanation;
mod grid;
mod json;
mod table;

pub(super) use table::Surface;

use crate::wire::pb::query_response::Result as Rows;
use crate::wire::pb::{NameRef, QueryResponse};
use std::io::{self, Write};

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// Columns for people, fitted to the terminal
    Table,
    /// One JSON document: the answer in proto3's JSON mapping
    Json,
    /// One JSON document per line for each row
    Jsonl,
    /// Comma-separated values with a header
    Csv,
}

/// Writes the pages of one answer. JSON lines and CSV leave page by page, the others when all is
/// there.
pub(super) struct Output<W> {
    format: Format,
    surface: Surface,
    out: W,
    gathered: Option<QueryResponse>,
    is_begun: bool,
    rows: usize,
}

impl<W: Write> Output<W> {
    pub(super) fn new(format: Format, surface: Surface, out: W) -> Self {
        Self { format, surface, out, gathered: None, is_begun: false, rows: 0 }
    }

    /// Takes the next page.
    pub(super) fn page(&mut self, page: QueryResponse) -> io::Result<()> {
        self.rows += rows(&page);
        match (self.format, &mut self.gathered) {
            (Format::Table | Format::Json, Some(gathered)) => append(gathered, page),
            (Format::Table | Format::Json, gathered @ None) => *gathered = Some(page),
            (Format::Jsonl, _) => json::write_lines(&page, &mut self.out)?,
            (Format::Csv, _) => csv::write(&page, !self.is_begun, &mut self.out)?,
        }
        self.is_begun = true;
        Ok(())
    }

    /// Writes what was held back; says how many rows there were.
    pub(super) fn finish(mut self) -> io::Result<usize> {
        if let Some(answer) = self.gathered {
            match self.format {
                Format::Table => table::write(&answer, self.surface, &mut self.out)?,
                Format::Json => json::write(&answer, &mut self.out)?,
                Format::Jsonl | Format::Csv => {}
            }
        }
        self.out.flush()?;
        Ok(self.rows)
    }
}

fn rows(page: &QueryResponse) -> usize {
    match &page.result {
        None => 0,
        Some(Rows::Claims(found)) => found.matches.len(),
        Some(Rows::Sources(found)) => found.matches.len(),
        Some(Rows::Entities(found)) => found.matches.len(),
        Some(Rows::Documents(found)) => found.matches.len(),
        Some(Rows::Table(table)) => table.rows.len(),
        // It always says something.
        Some(Rows::Explanation(explanation)) => 1 + explanation.terms.len(),
    }
}

/// Makes one answer of two pages; what belongs to the whole result stands in the first.
fn append(answer: &mut QueryResponse, page: QueryResponse) {
    match (&mut answer.result, page.result) {
        (Some(Rows::Claims(all)), Some(Rows::Claims(more))) => all.matches.extend(more.matches),
        (Some(Rows::Sources(all)), Some(Rows::Sources(more))) => all.matches.extend(more.matches),
        (Some(Rows::Entities(all)), Some(Rows::Entities(more))) => all.matches.extend(more.matches),
        (Some(Rows::Documents(all)), Some(Rows::Documents(more))) => all.matches.extend(more.matches),
        (Some(Rows::Table(all)), Some(Rows::Table(more))) => all.rows.extend(more.rows),
        // Pages of one query have one shape.
        (
            Some(
                Rows::Claims(_)
                | Rows::Sources(_)
                | Rows::Entities(_)
                | Rows::Documents(_)
                | Rows::Table(_)
                | Rows::Explanation(_),
            )
            | None,
            _,
        ) => {}
    }
    answer.names.extend(page.names);
    answer.names.sort_by(|a, b| key(a).cmp(&key(b)));
    answer.names.dedup_by(|a, b| key(a) == key(b));
    answer.next_page_token = page.next_page_token;
}

fn key(name: &NameRef) -> (i32, &str) {
    (name.r#type, &name.id)
}

#[cfg(test)]
mod tests;
