//! Answers for people: a table as wide as the terminal.

use super::grid::{GRADE, Grid};
use crate::wire::pb::QueryResponse;
use comfy_table::{
    Attribute, Cell, Color, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle, Width,
};
use std::io::{self, IsTerminal, Write};

/// What a table is drawn on.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct Surface {
    /// In columns; without it lines are as long as they are.
    pub(in crate::cli) width: Option<u16>,
    /// Whether it shows colours.
    pub(in crate::cli) has_colour: bool,
}

impl Surface {
    /// The standard output: a terminal, or a file or pipe, which gets neither folds nor colours.
    /// `NO_COLOR` turns colours off (no-color.org).
    pub(in crate::cli) fn stdout() -> Self {
        let is_terminal = io::stdout().is_terminal();
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            width: is_terminal.then(|| Table::new().width()).flatten(),
            has_colour: is_terminal && !no_colour,
        }
    }
}

/// Blank columns between two of the table.
const GAP: u16 = 2;

/// A line under the header, and no others.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─'));

/// Writes the answer's rows; nothing at all if there are none.
pub(super) fn write(answer: &QueryResponse, surface: Surface, out: &mut impl Write) -> io::Result<()> {
    let grid = Grid::of(answer).for_people();
    if grid.rows.is_empty() {
        return Ok(());
    }
    let mut table = Table::new();
    table.load_style(STYLE).force_no_tty();
    if surface.has_colour {
        table.enforce_styling();
    }
    table.set_header(grid.columns.iter().map(|name| Cell::new(name).add_attribute(Attribute::Bold)));
    let grade = grid.columns.iter().position(|name| name == GRADE);
    for row in &grid.rows {
        table.add_row(row.iter().enumerate().map(|(index, text)| {
            let cell = Cell::new(text);
            if Some(index) != grade {
                return cell;
            }
            cell.fg(if text == "sure" { Color::Green } else { Color::Yellow })
        }));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, GAP));
    }
    if let Some(width) = surface.width {
        fit(&mut table, width);
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Folds what is longer than its place. A column that asks for no more than its share of the width
/// is not folded; the first, whose ids get copied, has two shares.
fn fit(table: &mut Table, width: u16) {
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    let wanted = table.column_max_content_widths();
    let share = wanted.len().try_into().map_or(0, |columns: u16| width / columns.saturating_add(1));
    for ((index, wanted), column) in wanted.into_iter().enumerate().zip(table.column_iter_mut()) {
        let place = if index == 0 { 2 * share } else { share };
        let least = Width::Fixed(place.min(wanted.saturating_add(GAP)));
        column.set_constraint(ColumnConstraint::LowerBoundary(least));
    }
}
