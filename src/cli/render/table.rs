//! Answers for people: a table as wide as the terminal.

use super::grid::{GRADE, Grid};
use crate::cli::colour::has_colour;
use crate::wire::pb::QueryResponse;
use comfy_table::{
    Attribute, Cell, Color, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle, Width,
};
use std::io::{self, IsTerminal, Write};
use unicode_width::UnicodeWidthStr;

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
    pub(in crate::cli) fn stdout() -> Self {
        let is_terminal = io::stdout().is_terminal();
        Self {
            // A terminal that does not know its width says 0.
            width: is_terminal.then(|| Table::new().width()).flatten().filter(|&width| width > 0),
            has_colour: has_colour(&io::stdout()),
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
        fit(&mut table, &grid, width);
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// How long words may be that are not broken: the longest for which there is room.
const WHOLE_WORDS: [usize; 5] = [24, 16, 12, 8, 5];

/// Sooner than that rows take more lines, words are broken.
const FEW_LINES: usize = 6;

/// Folds what is too long, so that no row takes more lines than it must: each column gets as much
/// as its longest cell needs for that many lines, and the widest of them what is left. Where there
/// is no room even for parts of words, columns are as wide as chance has it.
fn fit(table: &mut Table, grid: &Grid, width: u16) {
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    let columns: Vec<_> = (0..grid.columns.len()).map(|index| Demand::of(grid, index)).collect();
    let left = |widths: &[usize]| {
        let needed = widths.iter().map(|width| width + usize::from(GAP)).sum();
        usize::from(width).checked_sub(needed)
    };
    let fitting = |most| {
        WHOLE_WORDS.iter().find_map(|&whole| {
            (1..=most).find_map(|lines| {
                let widths: Vec<_> = columns.iter().map(|demand| demand.width(lines, whole)).collect();
                left(&widths).map(|left| (widths, left))
            })
        })
    };
    let longest = columns.iter().map(|demand| demand.cell).max().unwrap_or_default();
    let fitting = fitting(FEW_LINES).or_else(|| fitting(longest));
    let Some((mut widths, left)) = fitting else { return };
    if let Some(widest) = (0..widths.len()).max_by_key(|&index| columns[index].cell - widths[index]) {
        widths[widest] = columns[widest].cell.min(widths[widest] + left);
    }
    for (column, width) in table.column_iter_mut().zip(widths) {
        let width = u16::try_from(width).unwrap_or(u16::MAX).saturating_add(GAP);
        column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
    }
}

/// What a column asks for, in columns of the surface.
struct Demand {
    /// Its longest cell, on one line.
    cell: usize,
    /// The longest word in it.
    word: usize,
}

impl Demand {
    fn of(grid: &Grid, index: usize) -> Self {
        let cells = || std::iter::once(&grid.columns[index]).chain(grid.rows.iter().map(|row| &row[index]));
        let words = cells().flat_map(|cell| cell.split_whitespace());
        Self {
            cell: cells().map(|cell| cell.width()).max().unwrap_or_default(),
            word: words.map(UnicodeWidthStr::width).max().unwrap_or_default(),
        }
    }

    /// The width that it needs if its longest cell may take so many lines, and words up to so long
    /// stay whole.
    fn width(&self, lines: usize, whole: usize) -> usize {
        self.cell.div_ceil(lines).max(self.word.min(whole))
    }
}
