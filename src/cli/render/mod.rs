//! Showing a query's answer: as a table for people, as JSON or CSV for programs.

mod csv;
mod explanation;
mod grid;
mod json;
mod table;
mod views;

pub(super) use grid::{Names, figure};
pub(super) use json::write_line as json_line;
pub(super) use table::Surface;
pub(super) use views::{conflict, slots, subject};

use crate::wire::answer;
use crate::wire::pb::query_response::Result as Rows;
use crate::wire::pb::{NameRef, QueryResponse, Timelines};
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
        self.rows += answer::rows(&page);
        match (self.format, &mut self.gathered) {
            (Format::Table | Format::Json, gathered) => gather(gathered, page),
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

/// Adds a page to those before.
pub(super) fn gather(gathered: &mut Option<QueryResponse>, page: QueryResponse) {
    match gathered {
        Some(answer) => append(answer, page),
        None => *gathered = Some(page),
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
        (Some(Rows::Envelopes(all)), Some(Rows::Envelopes(more))) => all.rows.extend(more.rows),
        (Some(Rows::Latest(all)), Some(Rows::Latest(more))) => all.rows.extend(more.rows),
        (Some(Rows::FlowTotals(all)), Some(Rows::FlowTotals(more))) => all.rows.extend(more.rows),
        (Some(Rows::Conflicts(all)), Some(Rows::Conflicts(more))) => all.rows.extend(more.rows),
        (Some(Rows::Corroborations(all)), Some(Rows::Corroborations(more))) => all.rows.extend(more.rows),
        (Some(Rows::Timelines(all)), Some(Rows::Timelines(more))) => timelines(all, more),
        (Some(Rows::Breaches(all)), Some(Rows::Breaches(more))) => all.rows.extend(more.rows),
        (Some(Rows::Drifts(all)), Some(Rows::Drifts(more))) => all.rows.extend(more.rows),
        // Pages of one query have one shape.
        _ => {}
    }
    answer.names.extend(page.names);
    answer.names.sort_by(|a, b| key(a).cmp(&key(b)));
    answer.names.dedup_by(|a, b| key(a) == key(b));
    answer.next_page_token = page.next_page_token;
}

/// A timeline that was cut goes on where it was.
fn timelines(all: &mut Timelines, more: Timelines) {
    for timeline in more.rows {
        match all.rows.last_mut().filter(|_| timeline.is_continued) {
            Some(last) => last.entries.extend(timeline.entries),
            None => all.rows.push(timeline),
        }
    }
}

fn key(name: &NameRef) -> (i32, &str) {
    (name.r#type, &name.id)
}

#[cfg(test)]
mod tests;
