//! Answers as comma-separated values (RFC 4180).

use super::grid::Grid;
use crate::wire::pb::QueryResponse;
use std::io::{self, Write};

/// Writes a page's rows, under a header if it is the first.
pub(super) fn write(page: &QueryResponse, with_header: bool, out: &mut impl Write) -> io::Result<()> {
    let grid = Grid::of(page);
    // Not written to `out` itself: a `csv::Error` would hide what kind of failure it is.
    let mut writer = csv::Writer::from_writer(Vec::new());
    if with_header {
        writer.write_record(&grid.columns)?;
    }
    for row in &grid.rows {
        writer.write_record(row)?;
    }
    out.write_all(&writer.into_inner().map_err(csv::IntoInnerError::into_error)?)
}
