//! Answers as comma-separated values (RFC 4180).

use super::grid::Grid;
use crate::wire::pb::QueryResponse;
use std::io::{self, Write};

/// Writes a page's rows, under a header if it is the first.
pub(super) fn write(page: &QueryResponse, with_header: bool, out: &mut impl Write) -> io::Result<()> {
    let grid = Grid::of(page);
    let mut writer = csv::Writer::from_writer(out);
    if with_header {
        writer.write_record(&grid.columns)?;
    }
    for row in &grid.rows {
        writer.write_record(row)?;
    }
    writer.flush()
}
