//! A chart in text: a line for each claim, figures over numbers, states over time.

use super::chart::{Chart, Link, Panel, Plot, Stretch};
use super::scale::{DAY, day, numbers, short};
use super::tracks::{Look, Tracks};
use super::values::{Mark, Values};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Lines of one panel; the rest is for pictures.
const MAX_LINES: usize = 24;

/// Columns for what stands at the left and at the right of the lines.
const LEFT: usize = 24;
const RIGHT: usize = 26;

/// Columns that the lines themselves have at the least.
const LEAST: usize = 20;

const CHANGED: &str = "changed";
const RANGE: &str = "range";
const AGREEMENT: &str = "all agree on";

/// The chart, in lines that end with a line feed.
pub(super) fn drawn(chart: &Chart, width: usize) -> String {
    let mut lines = Vec::new();
    for panel in &chart.panels {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        draw(panel, width, &mut lines);
    }
    lines.push(String::new());
    for (index, origin) in chart.origins.iter().enumerate() {
        lines.push(format!("{} {}", letter(index), origin.name));
    }
    if chart.left_out > 0 {
        lines.push(format!("{} more subjects", chart.left_out));
    }
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// What an origin is called in lines.
fn letter(origin: usize) -> char {
    let letter = u8::try_from(origin).ok().filter(|index| *index < 26).map(|index| char::from(b'A' + index));
    letter.unwrap_or('+')
}

fn draw(panel: &Panel, width: usize, lines: &mut Vec<String>) {
    match &panel.plot {
        Plot::Values(values) => {
            let unit = if values.unit.is_empty() { String::new() } else { format!(" [{}]", values.unit) };
            lines.push(cut(&format!("{}{unit}", panel.title), width));
            figures(values, width, lines);
        }
        Plot::Tracks(tracks) => {
            lines.push(cut(&panel.title, width));
            states(tracks, width, lines);
        }
    }
}

/// How a line is divided: what stands left of the drawing, the drawing, what stands right of it.
struct Columns {
    left: usize,
    drawing: usize,
    right: usize,
}

impl Columns {
    fn of<'t>(
        width: usize,
        left: impl Iterator<Item = &'t str>,
        right: impl Iterator<Item = &'t str>,
    ) -> Self {
        let left = left.map(UnicodeWidthStr::width).max().unwrap_or(0).min(LEFT);
        let right = right.map(UnicodeWidthStr::width).max().unwrap_or(0).min(RIGHT);
        // A letter and three spaces stand between them.
        let drawing = width.saturating_sub(left + right + 6);
        if drawing < LEAST {
            return Self { left, drawing: width.saturating_sub(left + 4).max(LEAST), right: 0 };
        }
        Self { left, drawing, right }
    }

    fn line(&self, letter: char, left: &str, drawing: &[char], right: &str) -> String {
        let left = cut(left, self.left);
        let gap = " ".repeat(self.left.saturating_sub(left.width()));
        let drawing: String = drawing.iter().collect();
        format!("{letter} {left}{gap}  {drawing}  {}", cut(right, self.right))
    }
}

fn figures(values: &Values, width: usize, lines: &mut Vec<String>) {
    let mut order: Vec<usize> = (0..values.marks.len()).collect();
    order.sort_by_key(|&place| (values.marks[place].time.end, values.marks[place].time.start));
    let named: Vec<String> = (0..values.marks.len())
        .map(|place| numbered(&values.marks[place].claim, place, &values.links))
        .collect();
    // Of several bands, lines would not say which.
    let band = Some(&values.bands).filter(|bands| bands.len() == 1).and_then(|bands| bands.first());
    let whens = values.marks.iter().map(|mark| mark.when.as_str());
    let whens =
        whens.chain(band.map(|_| RANGE)).chain(band.and_then(|band| band.agreement).map(|_| AGREEMENT));
    let columns = Columns::of(width, whens, named.iter().map(String::as_str));
    let scale = Scale::of(values, columns.drawing);
    for &place in order.iter().take(MAX_LINES) {
        let mark = &values.marks[place];
        lines.push(columns.line(letter(mark.origin), &mark.when, &scale.figure(mark), &named[place]));
    }
    left_out(order.len(), lines);
    if let Some(band) = band {
        let high = band.range.1.filter(|_| !band.is_open);
        let range = scale.bar((band.range.0, high), ['═', '╞', '╡']);
        lines.push(columns.line(' ', RANGE, &range, ""));
        if let Some(agreement) = band.agreement {
            lines.push(columns.line(' ', AGREEMENT, &scale.bar(agreement, ['═', '╞', '╡']), ""));
        }
    }
    lines.push(columns.line(' ', "", &scale.axis(), ""));
}

/// What stands beside a claim, with the numbers of its conflicts.
fn numbered(text: &str, place: usize, links: &[Link]) -> String {
    let mut text = text.to_owned();
    for link in links.iter().filter(|link| link.ends.0 == place || link.ends.1 == place) {
        text.extend(link.number.map(|number| format!(" ≠{number}")));
    }
    text
}

fn left_out(all: usize, lines: &mut Vec<String>) {
    if all > MAX_LINES {
        lines.push(format!("  … {} more; --plot FILE.svg draws all", all - MAX_LINES));
    }
}

/// Numbers as columns.
struct Scale {
    low: f64,
    high: f64,
    columns: usize,
}

impl Scale {
    fn of(values: &Values, columns: usize) -> Self {
        let (low, high) = values.range;
        Self { low, high: high + (high - low) / 8.0, columns }
    }

    fn column(&self, number: f64) -> usize {
        let part = ((number - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        (part * (self.columns - 1) as f64).round() as usize
    }

    /// A line from end to end, with an arrow where there is none.
    fn bar(&self, (low, high): (Option<f64>, Option<f64>), [line, from, to]: [char; 3]) -> Vec<char> {
        let mut drawing = vec![' '; self.columns];
        let ends =
            (low.map_or(0, |low| self.column(low)), high.map_or(self.columns - 1, |high| self.column(high)));
        drawing[ends.0..=ends.1].fill(line);
        if ends.0 < ends.1 {
            drawing[ends.0] = if low.is_some() { from } else { '◀' };
            drawing[ends.1] = if high.is_some() { to } else { '▶' };
        }
        drawing
    }

    /// A figure, with a dot for the number that was said.
    fn figure(&self, mark: &Mark) -> Vec<char> {
        let mut drawing = self.bar((mark.low, mark.high), ['─', '├', '┤']);
        if let Some(best) = mark.best {
            drawing[self.column(best)] = '●';
        }
        drawing
    }

    /// Numbers below their columns.
    fn axis(&self) -> Vec<char> {
        let ticks = numbers((self.low, self.high), self.columns / 10);
        let labels = ticks.into_iter().map(|tick| (self.column(tick), short(tick)));
        labelled(labels, self.columns)
    }
}

/// Labels below their columns, as far as they have room.
fn labelled(labels: impl Iterator<Item = (usize, String)>, columns: usize) -> Vec<char> {
    let mut drawing = vec![' '; columns];
    let mut free = 0;
    for (column, label) in labels {
        let length = label.chars().count();
        let start = column.saturating_sub(length / 2).min(columns.saturating_sub(length));
        if start >= free && start + length <= columns {
            for (place, letter) in drawing[start..].iter_mut().zip(label.chars()) {
                *place = letter;
            }
            free = start + length + 1;
        }
    }
    drawing
}

fn states(tracks: &Tracks, width: usize, lines: &mut Vec<String>) {
    let whens: Vec<String> = match tracks.is_a_row_each() {
        true => (0..tracks.pieces.len())
            .map(|place| numbered(&tracks.pieces[place].when, place, &tracks.links))
            .collect(),
        false => Vec::new(),
    };
    let changes = tracks.changes.iter().map(|change| change.text.as_str());
    let labels = tracks.rows.iter().map(String::as_str).chain(tracks.changes.iter().map(|_| CHANGED));
    let columns = Columns::of(width, labels, whens.iter().map(String::as_str).chain(changes));
    let room = ((tracks.span.1 - tracks.span.0) / 20).max(DAY);
    let span = (tracks.span.0 - room, tracks.span.1 + room);
    let column = |at: i64| {
        let part = (at as f64 - span.0 as f64) / (span.1 as f64 - span.0 as f64);
        (part.clamp(0.0, 1.0) * (columns.drawing - 1) as f64).round() as usize
    };
    let cells = |time: Stretch| {
        let start = time.start.map_or(0, column);
        // Ends are exclusive.
        let end = time.end.map_or(columns.drawing - 1, |end| column(end).saturating_sub(1));
        (start, end.max(start))
    };
    for (row, label) in tracks.rows.iter().enumerate().take(MAX_LINES) {
        let mut drawing = vec![' '; columns.drawing];
        let mut spoken = (' ', "");
        for (place, piece) in tracks.pieces.iter().enumerate().filter(|(_, piece)| piece.row == row) {
            let (start, end) = cells(piece.time);
            drawing[start..=end].fill(sign(piece.look));
            if piece.time.start.is_none() {
                drawing[start] = '◀';
            }
            match (piece.time.end, piece.look) {
                (None, _) => drawing[end] = '▶',
                (Some(_), Look::Norm) => drawing[end] = '◆',
                (Some(_), Look::Present | Look::Absent | Look::Unobserved | Look::Happening) => {}
            }
            if tracks.is_a_row_each() {
                spoken = (letter(piece.origin), &whens[place]);
            }
        }
        lines.push(columns.line(spoken.0, label, &drawing, spoken.1));
    }
    left_out(tracks.rows.len(), lines);
    for change in &tracks.changes {
        let mut drawing = vec![' '; columns.drawing];
        let (start, end) = cells(change.time);
        drawing[start..=end].fill('▲');
        lines.push(columns.line(' ', CHANGED, &drawing, &change.text));
    }
    let steps = (columns.drawing / 14).max(1) as i64;
    let moments = (0..=steps).map(|step| span.0 + (span.1 - span.0) / steps * step);
    let mut days: Vec<(usize, String)> = moments.map(|at| (column(at), day(at))).collect();
    days.dedup_by(|later, before| later.1 == before.1);
    let axis = labelled(days.into_iter(), columns.drawing);
    lines.push(columns.line(' ', "", &axis, ""));
    let mut looks: Vec<Look> = tracks.pieces.iter().map(|piece| piece.look).collect();
    looks.sort_unstable();
    looks.dedup();
    let meanings: Vec<String> =
        looks.into_iter().map(|look| format!("{} {}", sign(look), look.word())).collect();
    lines.push(format!("  {}", meanings.join("   ")));
}

fn sign(look: Look) -> char {
    match look {
        Look::Present => '█',
        Look::Absent => '░',
        Look::Unobserved => '·',
        Look::Norm => '─',
        Look::Happening => '▪',
    }
}

/// A text cut to so many columns.
fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 1;
    for letter in text.chars() {
        used += letter.width().unwrap_or(0);
        if used > columns {
            break;
        }
        kept.push(letter);
    }
    if columns > 0 { kept + "…" } else { kept }
}
