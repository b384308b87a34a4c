//! A chart as a picture: where everything stands, and drawing it.

use super::canvas::{Align, Area, Canvas, DOT, Ink, Point, Shape};
use super::chart::{Chart, Link, Panel, Plot, Stretch};
use super::font;
use super::scale::{DAY, moments, numbers, spaced};
use super::tracks::{Look, Piece, Tracks};
use super::values::{Band, Mark, Values};
use plotters::style::RGBColor;

/// The palette of Okabe and Ito, which the colour-blind tell apart, but for the yellow, which is too
/// pale for lines; and a mark beside each colour.
const STYLES: [(RGBColor, Shape); 7] = [
    (RGBColor(0, 114, 178), Shape::Circle),
    (RGBColor(213, 94, 0), Shape::Square),
    (RGBColor(0, 158, 115), Shape::Triangle),
    (RGBColor(204, 121, 167), Shape::Diamond),
    (RGBColor(230, 159, 0), Shape::Wedge),
    (RGBColor(86, 180, 233), Shape::Pentagon),
    (RGBColor(0, 0, 0), Shape::Star),
];

/// All origins for which there is no style of their own.
const OTHERS: (RGBColor, Shape) = (RGBColor(130, 130, 130), Shape::Cross);

/// The hatching of what all agree on.
const AGREEMENT: Ink = Ink(RGBColor(0, 0, 0), 0.35);
const RANGE: Ink = Ink(RGBColor(0, 0, 0), 0.06);
const EDGE: Ink = Ink(RGBColor(120, 120, 120), 1.0);
const GRID: Ink = Ink(RGBColor(225, 225, 225), 1.0);
const AXIS: Ink = Ink(RGBColor(90, 90, 90), 1.0);
const LINK: Ink = Ink(RGBColor(60, 60, 60), 1.0);
const CHANGE: Ink = Ink(RGBColor(0, 0, 0), 0.1);
const WHITE: Ink = Ink(RGBColor(255, 255, 255), 1.0);

const MARGIN: f64 = 16.0;
const TEXT: f64 = 12.0;
const LINE: f64 = 17.0;
const TITLE: f64 = 14.0;
/// The height of a panel of figures, if nothing else is asked for.
const VALUES: f64 = 250.0;
/// Where there are several.
const FEWER: f64 = 180.0;
const LEAST_VALUES: f64 = 120.0;
const ROW: f64 = 22.0;
/// Rows between which numbers stand.
const WIDE_ROW: f64 = 34.0;
/// Below an axis: its labels.
const DATES: f64 = 38.0;
/// Above a panel: what it is about.
const HEAD: f64 = 26.0;
/// Marks narrower than that are points.
const POINT: f64 = 8.0;

/// How large a picture is, in picture elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Size {
    pub(in crate::cli) width: u32,
    /// As high as it needs, if nothing is said.
    pub(in crate::cli) height: Option<u32>,
}

/// The picture as SVG.
pub(super) fn svg(chart: &Chart, size: Size) -> String {
    let width = f64::from(size.width);
    let title = wrapped(&chart.title, width - 2.0 * MARGIN, TITLE);
    let legend = Legend::of(chart, width);
    let head = MARGIN + title.len() as f64 * (LINE + 2.0) + legend.height + 8.0;
    let values = chart.panels.iter().filter(|panel| matches!(panel.plot, Plot::Values(_))).count();
    let notes: Vec<Vec<String>> = chart.panels.iter().map(|panel| notes(panel, width)).collect();
    let others: f64 = chart.panels.iter().zip(&notes).map(|(panel, notes)| rest(panel, notes)).sum();
    let asked = size.height.map(|height| (f64::from(height) - head - others - MARGIN) / values.max(1) as f64);
    let usual = if values > 2 { FEWER } else { VALUES };
    let each = asked.unwrap_or(usual).max(LEAST_VALUES);
    let height = head + others + each * values as f64 + MARGIN;
    let height = height.max(size.height.map_or(0.0, f64::from));

    let mut svg = String::new();
    let canvas = Canvas::new(&mut svg, size.width, height.ceil() as u32);
    let mut y = MARGIN;
    for line in &title {
        canvas.text(line, (MARGIN, y + LINE / 2.0), TITLE, Align::Left, true);
        y += LINE + 2.0;
    }
    legend.draw(&canvas, y);
    y = head;
    let left = MARGIN + chart.panels.iter().map(|panel| labels(panel, width)).fold(0.0, f64::max) + 10.0;
    let common = common_span(chart);
    for (panel, notes) in chart.panels.iter().zip(&notes) {
        let inner = match &panel.plot {
            Plot::Values(_) => each,
            Plot::Tracks(tracks) => track_height(tracks),
        };
        let top = y + HEAD + lead(panel);
        let frame = Area { left, top, right: width - MARGIN - 24.0, bottom: top + inner };
        canvas.text(
            &shortened(&panel.title, width - 2.0 * MARGIN, TEXT),
            (MARGIN, y + 12.0),
            TEXT,
            Align::Left,
            true,
        );
        let pen = Pen { canvas: &canvas, frame, span: span(panel, common, frame.width()), taken: Vec::new() };
        match &panel.plot {
            Plot::Values(values) => draw_values(pen, values),
            Plot::Tracks(tracks) => draw_tracks(pen, tracks),
        }
        y = frame.bottom + DATES;
        for note in notes {
            canvas.text(note, (MARGIN, y + LINE / 2.0), TEXT - 1.0, Align::Left, false);
            y += LINE;
        }
        y += 8.0;
    }
    canvas.finish();
    svg
}

/// The lines below a panel.
fn notes(panel: &Panel, width: f64) -> Vec<String> {
    let left_out = match &panel.plot {
        Plot::Values(_) => 0,
        Plot::Tracks(tracks) => tracks.left_out,
    };
    let more = (left_out > 0).then(|| format!("{left_out} more claims are not drawn"));
    let notes = panel.notes.iter().cloned().chain(more);
    notes.flat_map(|note| wrapped(&note, width - 2.0 * MARGIN, TEXT - 1.0)).collect()
}

/// What a panel takes beside the room for its figures.
fn rest(panel: &Panel, notes: &[String]) -> f64 {
    let rows = match &panel.plot {
        Plot::Values(_) => 0.0,
        Plot::Tracks(tracks) => track_height(tracks),
    };
    HEAD + lead(panel) + rows + DATES + notes.len() as f64 * LINE + 8.0
}

fn track_height(tracks: &Tracks) -> f64 {
    tracks.rows.len() as f64 * row_height(tracks) + 6.0
}

fn row_height(tracks: &Tracks) -> f64 {
    if tracks.links.iter().any(|link| link.number.is_some()) { WIDE_ROW } else { ROW }
}

/// Above the frame: the unit, or when states changed.
fn lead(panel: &Panel) -> f64 {
    match &panel.plot {
        Plot::Values(values) if values.unit.is_empty() => 4.0,
        Plot::Tracks(tracks) if tracks.changes.is_empty() => 0.0,
        Plot::Values(_) => LINE + 6.0,
        Plot::Tracks(_) => LINE,
    }
}

/// How wide the labels at the left of a panel are.
fn labels(panel: &Panel, width: f64) -> f64 {
    let most = |texts: &mut dyn Iterator<Item = String>| {
        texts.map(|text| font::width(&text, TEXT)).fold(0.0, f64::max).min(width / 4.0)
    };
    match &panel.plot {
        Plot::Values(values) => most(&mut numbers(padded(values), 6).into_iter().map(spaced)),
        Plot::Tracks(tracks) => most(&mut tracks.rows.iter().cloned()),
    }
}

/// The numbers of the axis, with room for the arrows of open ends.
fn padded(values: &Values) -> (f64, f64) {
    let (low, high) = values.range;
    let is_open = values.marks.iter().any(|mark| mark.high.is_none());
    let room = (high - low) * if is_open { 0.3 } else { 0.1 };
    (if low == 0.0 { 0.0 } else { low - (high - low) * 0.08 }, high + room)
}

/// One span for all panels, if none of them would be lost in it; rows never are.
fn common_span(chart: &Chart) -> Option<(i64, i64)> {
    let spans: Vec<(i64, i64)> = chart.panels.iter().filter_map(own_span).collect();
    let hull = (spans.iter().map(|span| span.0).min()?, spans.iter().map(|span| span.1).max()?);
    let is_wide = |span: &(i64, i64)| (span.1 - span.0) >= (hull.1 - hull.0) / 4;
    let are_tracks = chart.panels.iter().all(|panel| matches!(panel.plot, Plot::Tracks(_)));
    (are_tracks || spans.iter().all(is_wide)).then_some(hull)
}

fn own_span(panel: &Panel) -> Option<(i64, i64)> {
    match &panel.plot {
        Plot::Values(values) => values.span,
        Plot::Tracks(tracks) => Some(tracks.span),
    }
}

fn is_open(time: Stretch) -> bool {
    time.start.is_none() || time.end.is_none()
}

/// The axis of time of a panel as wide as that, with room at its ends.
fn span(panel: &Panel, common: Option<(i64, i64)>, width: f64) -> Option<(i64, i64)> {
    let own = own_span(panel)?;
    let (start, end) = common.unwrap_or(own);
    let is_open = match &panel.plot {
        Plot::Values(values) => values.marks.iter().any(|mark| is_open(mark.time)),
        Plot::Tracks(tracks) => tracks.pieces.iter().any(|piece| is_open(piece.time)),
    };
    let room = ((end - start) / if is_open { 10 } else { 30 }).max(DAY);
    // What is written behind the last claims of rows; behind deadlines it must stand.
    let words = match &panel.plot {
        Plot::Tracks(tracks) if tracks.is_a_row_each() => {
            let norms = tracks.pieces.iter().filter(|piece| piece.look == Look::Norm);
            let words = norms.map(|piece| font::width(&piece.when, TEXT - 1.0) + 24.0).fold(0.0, f64::max);
            let part = (words / width).clamp(0.1, 0.5);
            ((end - start) as f64 * part / (1.0 - part)) as i64
        }
        Plot::Values(_) | Plot::Tracks(_) => 0,
    };
    Some((start - room, end + room.max(words)))
}

/// What draws a panel.
struct Pen<'c, 'a> {
    canvas: &'c Canvas<'a>,
    frame: Area,
    span: Option<(i64, i64)>,
    /// Where words would hide something.
    taken: Vec<Area>,
}

impl Pen<'_, '_> {
    fn x(&self, at: i64) -> f64 {
        let Some((start, end)) = self.span else { return self.frame.left };
        let part = (at as f64 - start as f64) / (end as f64 - start as f64);
        self.frame.left + part * self.frame.width()
    }

    /// From where to where a time is; an open end is the frame's.
    fn stretch(&self, time: Stretch) -> (f64, f64) {
        (
            time.start.map_or(self.frame.left, |start| self.x(start)),
            time.end.map_or(self.frame.right, |end| self.x(end)),
        )
    }

    fn time_axis(&self) {
        let Area { left, top, right, bottom } = self.frame;
        if let Some(span) = self.span {
            let most = (self.frame.width() / 72.0).max(2.0) as usize;
            for moment in moments(span, most) {
                let x = self.x(moment.at);
                self.canvas.line(&[(x, top), (x, bottom)], GRID, 1);
                self.canvas.line(&[(x, bottom), (x, bottom + 4.0)], AXIS, 1);
                self.canvas.text(&moment.text, (x, bottom + 13.0), TEXT - 1.0, Align::Middle, false);
                if !moment.within.is_empty() {
                    self.canvas.text(&moment.within, (x, bottom + 28.0), TEXT - 1.0, Align::Middle, false);
                }
            }
        } else {
            self.canvas.text(
                "no time given",
                (f64::midpoint(left, right), bottom + 13.0),
                TEXT - 1.0,
                Align::Middle,
                false,
            );
        }
        self.canvas.line(&[(left, bottom), (right, bottom)], AXIS, 1);
    }

    /// Writes a label at the first of the places where it hides nothing.
    fn label(&mut self, text: &str, places: &[(Point, Align)]) {
        let width = font::width(text, TEXT - 1.0);
        for &((x, y), align) in places {
            let left = match align {
                Align::Left => x,
                Align::Middle => x - width / 2.0,
                Align::Right => x - width,
            };
            let area = Area { left: left - 2.0, top: y - 7.0, right: left + width + 2.0, bottom: y + 7.0 };
            if self.frame.holds(area) && !self.taken.iter().any(|taken| taken.meets(area)) {
                self.canvas.fill(area, Ink(RGBColor(255, 255, 255), 0.75));
                self.canvas.text(text, (x, y), TEXT - 1.0, align, false);
                self.taken.push(area);
                return;
            }
        }
    }

    /// Joins places, and numbers the lines in their middles, or beside them.
    fn links(&mut self, links: &[Link], place: impl Fn(&Link) -> (Point, Point)) {
        for link in links {
            let (from, to) = place(link);
            let width = if link.number.is_some() { 2 } else { 1 };
            match link.is_sure {
                true => self.canvas.line(&[from, to], LINK, width),
                false => self.canvas.dashed((from, to), (5.0, 4.0), LINK, width),
            }
        }
        for link in links {
            self.number(link, place(link));
        }
    }

    fn number(&mut self, link: &Link, (from, to): (Point, Point)) {
        let Some(number) = link.number else { return };
        let place = |part: f64| (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part);
        let area = |(x, y): Point| Area { left: x - 9.0, top: y - 8.0, right: x + 9.0, bottom: y + 8.0 };
        // On a short line it would hide the line.
        let is_short = (to.0 - from.0).hypot(to.1 - from.1) < 50.0;
        let beside = |(x, y): Point| if is_short { (x + 16.0, y) } else { (x, y) };
        let places = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8].map(|part| beside(place(part)));
        let is_free = |place: &&Point| !self.taken.iter().any(|taken| taken.meets(area(**place)));
        let place = *places.iter().find(is_free).unwrap_or(&places[0]);
        self.canvas.disc(place, 9, LINK);
        self.canvas.disc(place, 8, WHITE);
        self.canvas.text(&number.to_string(), place, TEXT - 1.0, Align::Middle, false);
        self.taken.push(area(place));
    }
}

fn style(origin: usize) -> (RGBColor, Shape) {
    STYLES.get(origin).copied().unwrap_or(OTHERS)
}

/// Where a figure stands.
struct Placed {
    area: Area,
    /// Where its mark is.
    centre: Point,
}

fn draw_values(mut pen: Pen<'_, '_>, values: &Values) {
    let (low, high) = padded(values);
    let frame = pen.frame;
    let y = move |number: f64| frame.bottom - (number - low) / (high - low) * (frame.bottom - frame.top);
    for tick in numbers((low, high), ((frame.bottom - frame.top) / 40.0) as usize) {
        pen.canvas.line(&[(frame.left, y(tick)), (frame.right, y(tick))], GRID, 1);
        pen.canvas.text(&spaced(tick), (frame.left - 6.0, y(tick)), TEXT - 1.0, Align::Right, false);
    }
    pen.canvas.text(&values.unit, (MARGIN, frame.top - 15.0), TEXT - 1.0, Align::Left, false);
    for band in &values.bands {
        draw_band(&pen, band, &y);
    }
    pen.time_axis();
    let placed: Vec<Placed> =
        values.marks.iter().enumerate().map(|(index, mark)| place(&pen, values, index, mark, &y)).collect();
    for run in &values.runs {
        let points: Vec<Point> = run.iter().map(|&mark| placed[mark].centre).collect();
        let (colour, _) = style(values.marks[run[0]].origin);
        pen.canvas.line(&points, Ink(colour, 1.0), 1);
    }
    for (mark, placed) in values.marks.iter().zip(&placed) {
        draw_extent(&pen, mark, placed);
    }
    let is_narrow = |placed: &Placed| (POINT..20.0).contains(&(placed.area.right - placed.area.left));
    let is_dense = values.marks.len() as f64 > frame.width() / 8.0;
    let is_crowded = values.marks.len() > 40 || placed.iter().any(is_narrow);
    pen.links(&values.links, |link| (placed[link.ends.0].centre, placed[link.ends.1].centre));
    for (mark, placed) in values.marks.iter().zip(&placed) {
        let (colour, shape) = style(mark.origin);
        let radius = match (is_dense, is_crowded) {
            (true, _) => DOT,
            (false, true) => 3.0,
            (false, false) => 5.0,
        };
        let ink = Ink(colour, if mark.is_sure { 1.0 } else { 0.5 });
        pen.canvas.mark(shape, placed.centre, radius, mark.best.is_none(), ink);
        let (x, y) = placed.centre;
        pen.taken.push(Area { left: x - 7.0, top: y - 7.0, right: x + 7.0, bottom: y + 7.0 });
    }
    let labelled = values.marks.iter().zip(&placed).filter(|(mark, _)| mark.is_labelled);
    for (mark, Placed { area, centre: (x, y) }) in labelled {
        let text = format!("{}  {}", mark.claim, mark.notation);
        let above = (*x, (area.top - 10.0).max(frame.top + 8.0));
        let below = (*x, area.bottom + 10.0);
        let beside = [((x + 10.0, *y), Align::Left), ((x - 10.0, *y), Align::Right)];
        let askew = [-13.0, 13.0, -26.0, 26.0]
            .map(|shift| [((x + 10.0, y + shift), Align::Left), ((x - 10.0, y + shift), Align::Right)]);
        let askew = askew.as_flattened();
        // On a box, a line runs through the mark.
        let places = match area.right - area.left < POINT {
            true => [&beside, askew, &[above, below].map(|place| (place, Align::Middle))].concat(),
            false => [askew, &[above, below].map(|place| (place, Align::Middle)), &beside].concat(),
        };
        pen.label(&text, &places);
    }
}

fn draw_band(pen: &Pen<'_, '_>, band: &Band, y: &impl Fn(f64) -> f64) {
    let (left, right) = widened(pen.stretch(band.time), 14.0);
    let area = |(low, high): (Option<f64>, Option<f64>)| Area {
        left,
        right,
        top: high.map_or(pen.frame.top, y),
        bottom: low.map_or(pen.frame.bottom, y),
    };
    let (low, high) = band.range;
    let whole = area((low, high.filter(|_| !band.is_open)));
    pen.canvas.fill(whole, RANGE);
    pen.canvas.frame(whole, [true, !band.is_open && high.is_some(), true, low.is_some()], true, EDGE, 1);
    if let Some(agreement) = band.agreement {
        let agreed = area(agreement);
        let thick = (3.0 - (agreed.bottom - agreed.top)).max(0.0) / 2.0;
        let agreed = Area { top: agreed.top - thick, bottom: agreed.bottom + thick, ..agreed };
        pen.canvas.hatch(agreed, 9.0, AGREEMENT);
    }
}

fn widened((left, right): (f64, f64), least: f64) -> (f64, f64) {
    let missing = ((least - (right - left)) / 2.0).max(0.0);
    (left - missing, right + missing)
}

fn place(pen: &Pen<'_, '_>, values: &Values, index: usize, mark: &Mark, y: &impl Fn(f64) -> f64) -> Placed {
    let (left, right) = match values.span {
        Some(_) => pen.stretch(mark.time),
        // Without times, figures stand side by side.
        None => {
            let step = pen.frame.width() / values.marks.len() as f64;
            let x = pen.frame.left + (index as f64 + 0.5) * step;
            (x, x)
        }
    };
    let (top, bottom) = (mark.high.map_or(pen.frame.top + 2.0, y), mark.low.map_or(pen.frame.bottom, y));
    let area = Area { left, right, top, bottom };
    // Of what has one end, the mark stands there.
    let middle = match (mark.low, mark.high) {
        (Some(_), None) => bottom,
        (None, Some(_)) => top,
        (Some(_), Some(_)) | (None, None) => f64::midpoint(top, bottom),
    };
    Placed { area, centre: (f64::midpoint(left, right), mark.best.map_or(middle, y)) }
}

/// What a figure covers: a box over the time that it is about, or a bar at a moment.
fn draw_extent(pen: &Pen<'_, '_>, mark: &Mark, placed: &Placed) {
    let Placed { area, centre: (x, y) } = *placed;
    let (colour, _) = style(mark.origin);
    let ink = Ink(colour, if mark.is_sure { 1.0 } else { 0.5 });
    let Area { left, top, right, bottom } = area;
    if right - left < POINT {
        if bottom - top >= 1.0 {
            pen.canvas.line(&[(x, top), (x, bottom)], ink, 2);
        }
        for (edge, is_closed) in [(top, mark.high.is_some()), (bottom, mark.low.is_some())] {
            if is_closed && bottom - top >= 6.0 {
                pen.canvas.line(&[(x - 4.0, edge), (x + 4.0, edge)], ink, 2);
            }
        }
    } else {
        let edges =
            [mark.time.start.is_some(), mark.high.is_some(), mark.time.end.is_some(), mark.low.is_some()];
        if bottom - top >= 1.0 {
            pen.canvas.fill(area, Ink(colour, if mark.is_sure { 0.16 } else { 0.08 }));
            pen.canvas.frame(area, edges, !mark.is_sure, ink, 1);
        }
        if mark.best.is_some() {
            pen.canvas.line(&[(left, y), (right, y)], ink, 2);
        }
        if mark.time.start.is_none() {
            pen.canvas.arrow((left, y), (-1.0, 0.0), ink);
        }
        if mark.time.end.is_none() {
            pen.canvas.arrow((right, y), (1.0, 0.0), ink);
        }
    }
    if mark.high.is_none() {
        pen.canvas.line(&[(x, y), (x, top)], ink, 2);
        pen.canvas.arrow((x, top), (0.0, -1.0), ink);
    }
    if mark.low.is_none() {
        pen.canvas.line(&[(x, y), (x, bottom)], ink, 2);
        pen.canvas.arrow((x, bottom), (0.0, 1.0), ink);
    }
}

fn draw_tracks(mut pen: Pen<'_, '_>, tracks: &Tracks) {
    let frame = pen.frame;
    let height = row_height(tracks);
    let row = |row: usize| frame.top + 3.0 + (row as f64 + 0.5) * height;
    for (index, label) in tracks.rows.iter().enumerate() {
        pen.canvas.line(&[(frame.left, row(index)), (frame.right, row(index))], GRID, 1);
        let label = shortened(label, frame.left - MARGIN - 8.0, TEXT - 1.0);
        pen.canvas.text(&label, (frame.left - 6.0, row(index)), TEXT - 1.0, Align::Right, false);
    }
    pen.time_axis();
    for change in &tracks.changes {
        let (left, right) = widened(pen.stretch(change.time), 3.0);
        pen.canvas.fill(Area { left, right, ..frame }, CHANGE);
        for x in [left, right] {
            pen.canvas.dashed(((x, frame.top), (x, frame.bottom)), (3.0, 3.0), EDGE, 1);
        }
    }
    draw_change_texts(&pen, tracks);
    let is_alone = tracks.is_a_row_each();
    let places: Vec<Area> = tracks
        .pieces
        .iter()
        .map(|piece| {
            let (left, right) = pen.stretch(piece.time);
            // A norm's end is its deadline, and stays where it is.
            let (left, right) =
                if piece.look == Look::Norm { (left, right) } else { widened((left, right), 8.0) };
            let y = row(piece.row.min(tracks.rows.len()));
            Area { left, right, top: y - 6.0, bottom: y + 6.0 }
        })
        .collect();
    for (piece, &area) in tracks.pieces.iter().zip(&places).filter(|(piece, _)| piece.row < tracks.rows.len())
    {
        draw_piece(&pen, piece, area);
        pen.taken.push(Area { left: area.left - 6.0, right: area.right + 6.0, ..area });
    }
    for (piece, &area) in tracks.pieces.iter().zip(&places).filter(|_| is_alone) {
        let y = f64::midpoint(area.top, area.bottom);
        let behind = ((area.right + 10.0, y), Align::Left);
        let before = ((area.left - 10.0, y), Align::Right);
        match piece.look {
            // Before a norm, a deadline would be taken for its beginning.
            Look::Norm => pen.label(&piece.when, &[behind]),
            Look::Present | Look::Absent | Look::Unobserved | Look::Happening => {
                pen.label(&piece.when, &[behind, before]);
            }
        }
    }
    pen.links(&tracks.links, |link| {
        let (from, to) = (places[link.ends.0], places[link.ends.1]);
        let are_norms = [link.ends.0, link.ends.1].iter().all(|&end| tracks.pieces[end].look == Look::Norm);
        let common = (from.left.max(to.left) + from.right.min(to.right)) / 2.0;
        let at = |area: Area| if are_norms { area.right } else { common.clamp(area.left, area.right) };
        let y = |area: Area| f64::midpoint(area.top, area.bottom);
        ((at(from), y(from)), (at(to), y(to)))
    });
}

/// When states changed, above the frame, each on the first line where it has room.
fn draw_change_texts(pen: &Pen<'_, '_>, tracks: &Tracks) {
    let mut until = f64::NEG_INFINITY;
    let mut changes: Vec<_> = tracks.changes.iter().collect();
    changes.sort_by_key(|change| (change.time.start, change.time.end));
    for change in changes {
        let text = format!("changed {}", change.text);
        let half = font::width(&text, TEXT - 1.0) / 2.0;
        let (left, right) = pen.stretch(change.time);
        let x = f64::midpoint(left, right).clamp(pen.frame.left + half, pen.frame.right - half);
        if x - half > until {
            pen.canvas.text(&text, (x, pen.frame.top - 9.0), TEXT - 1.0, Align::Middle, false);
            until = x + half + 8.0;
        }
    }
}

fn draw_piece(pen: &Pen<'_, '_>, piece: &Piece, area: Area) {
    let (colour, shape) = style(piece.origin);
    let ink = Ink(colour, if piece.is_sure { 1.0 } else { 0.5 });
    let Area { left, top, right, bottom } = area;
    let middle = f64::midpoint(top, bottom);
    let edges = [piece.time.start.is_some(), true, piece.time.end.is_some(), true];
    let mut centre = (f64::midpoint(left, right), middle);
    match piece.look {
        Look::Present => pen.canvas.fill(area, ink),
        Look::Absent => {
            pen.canvas.fill(area, WHITE);
            pen.canvas.frame(area, edges, false, ink, 2);
        }
        Look::Unobserved => {
            pen.canvas.fill(area, WHITE);
            pen.canvas.frame(area, edges, true, ink, 1);
            pen.canvas.hatch(area, 8.0, Ink(colour, 0.45));
        }
        Look::Norm => {
            pen.canvas.line(&[(left, middle), (right, middle)], ink, 3);
            if piece.time.end.is_some() {
                centre = (right, middle);
            }
        }
        Look::Happening => pen.canvas.fill(area, Ink(colour, 0.25)),
    }
    if piece.time.start.is_none() {
        pen.canvas.arrow((left, middle), (-1.0, 0.0), ink);
    }
    if piece.time.end.is_none() {
        pen.canvas.arrow((right, middle), (1.0, 0.0), ink);
    }
    pen.canvas.mark(shape, centre, 5.0, false, ink);
}

/// What the signs of a picture mean, in lines.
struct Legend {
    entries: Vec<(Point, Entry)>,
    height: f64,
}

enum Entry {
    Origin(usize, String),
    Sign(Sign, &'static str),
}

#[derive(Clone, Copy)]
enum Sign {
    Range,
    Agreement,
    NoBest,
    Open,
    Possible,
    Sure,
    Doubtful,
    Look(Look),
    Change,
}

/// Room for a sign.
const SIGN: f64 = 24.0;

impl Legend {
    fn of(chart: &Chart, width: f64) -> Self {
        let mut entries: Vec<Vec<Entry>> = vec![Vec::new(), Vec::new()];
        for (index, origin) in chart.origins.iter().enumerate().take(STYLES.len()) {
            entries[0].push(Entry::Origin(index, format!("{} ({})", origin.name, origin.claims)));
        }
        let others = chart.origins.iter().skip(STYLES.len());
        let (count, claims) =
            others.fold((0, 0), |(count, claims), origin| (count + 1, claims + origin.claims));
        if count > 0 {
            entries[0].push(Entry::Origin(STYLES.len(), format!("{count} others ({claims})")));
        }
        entries[1] = signs(chart).into_iter().map(|(sign, text)| Entry::Sign(sign, text)).collect();
        let mut placed = Vec::new();
        let mut y = 0.0;
        for line in entries.into_iter().filter(|line| !line.is_empty()) {
            let mut x = MARGIN;
            for entry in line {
                let room = SIGN + font::width(entry.text(), TEXT - 1.0) + 18.0;
                if x + room > width - MARGIN && x > MARGIN {
                    x = MARGIN;
                    y += LINE + 2.0;
                }
                placed.push(((x, y), entry));
                x += room;
            }
            y += LINE + 2.0;
        }
        Self { entries: placed, height: y }
    }

    fn draw(&self, canvas: &Canvas<'_>, top: f64) {
        for ((x, y), entry) in &self.entries {
            let (x, y) = (*x, top + y + LINE / 2.0);
            canvas.text(entry.text(), (x + SIGN, y), TEXT - 1.0, Align::Left, false);
            match entry {
                Entry::Origin(origin, _) => {
                    let (colour, shape) = style(*origin);
                    canvas.line(&[(x, y), (x + 18.0, y)], Ink(colour, 1.0), 2);
                    canvas.mark(shape, (x + 9.0, y), 5.0, false, Ink(colour, 1.0));
                }
                Entry::Sign(sign, _) => draw_sign(canvas, *sign, (x, y)),
            }
        }
    }
}

impl Entry {
    fn text(&self) -> &str {
        match self {
            Self::Origin(_, text) => text,
            Self::Sign(_, text) => text,
        }
    }
}

/// The signs that a chart has, with their meanings.
fn signs(chart: &Chart) -> Vec<(Sign, &'static str)> {
    let mut values: Vec<&Values> = Vec::new();
    let mut tracks: Vec<&Tracks> = Vec::new();
    for panel in &chart.panels {
        match &panel.plot {
            Plot::Values(plot) => values.push(plot),
            Plot::Tracks(plot) => tracks.push(plot),
        }
    }
    let marks = || values.iter().flat_map(|values| &values.marks);
    let pieces = || tracks.iter().flat_map(|tracks| &tracks.pieces);
    let bands = || values.iter().flat_map(|values| &values.bands);
    let links = || {
        let of_tracks = tracks.iter().flat_map(|tracks| &tracks.links);
        values.iter().flat_map(|values| &values.links).chain(of_tracks)
    };
    let is_possible = marks().any(|mark| !mark.is_sure) || pieces().any(|piece| !piece.is_sure);
    let mut signs = vec![
        (bands().next().is_some(), Sign::Range, "from lowest to highest"),
        (bands().any(|band| band.agreement.is_some()), Sign::Agreement, "what all agree on"),
        (marks().any(|mark| mark.best.is_none()), Sign::NoBest, "a range, no number said"),
        (marks().any(|mark| mark.high.is_none() || mark.low.is_none()), Sign::Open, "no end given"),
    ];
    for look in Look::ALL {
        signs.push((pieces().any(|piece| piece.look == look), Sign::Look(look), look.word()));
    }
    signs.extend([
        (tracks.iter().any(|tracks| !tracks.changes.is_empty()), Sign::Change, "state changed within"),
        (links().any(|link| link.is_sure), Sign::Sure, "surely in conflict"),
        (links().any(|link| !link.is_sure), Sign::Doubtful, "possibly in conflict"),
        (is_possible, Sign::Possible, "possibly what was asked for"),
    ]);
    signs.into_iter().filter(|(is_there, ..)| *is_there).map(|(_, sign, text)| (sign, text)).collect()
}

fn draw_sign(canvas: &Canvas<'_>, sign: Sign, (x, y): Point) {
    let area = Area { left: x, right: x + 18.0, top: y - 6.0, bottom: y + 6.0 };
    match sign {
        Sign::Range => {
            canvas.fill(area, RANGE);
            canvas.frame(area, [true; 4], true, EDGE, 1);
        }
        Sign::Agreement => canvas.hatch(area, 6.0, AGREEMENT),
        Sign::NoBest => canvas.mark(Shape::Circle, (x + 9.0, y), 5.0, true, AXIS),
        Sign::Open => {
            canvas.line(&[(x + 9.0, y + 6.0), (x + 9.0, y - 6.0)], AXIS, 2);
            canvas.arrow((x + 9.0, y - 7.0), (0.0, -1.0), AXIS);
        }
        Sign::Possible => canvas.mark(Shape::Circle, (x + 9.0, y), 5.0, false, Ink(AXIS.0, 0.5)),
        Sign::Sure => canvas.line(&[(x, y), (x + 18.0, y)], LINK, 2),
        Sign::Doubtful => canvas.dashed(((x, y), (x + 18.0, y)), (5.0, 4.0), LINK, 2),
        Sign::Change => canvas.fill(area, CHANGE),
        Sign::Look(look) => match look {
            Look::Present => canvas.fill(area, AXIS),
            Look::Absent => canvas.frame(area, [true; 4], false, AXIS, 2),
            Look::Unobserved => {
                canvas.frame(area, [true; 4], true, AXIS, 1);
                canvas.hatch(area, 6.0, Ink(AXIS.0, 0.6));
            }
            Look::Norm => canvas.line(&[(x, y), (x + 18.0, y)], AXIS, 3),
            Look::Happening => canvas.fill(area, Ink(AXIS.0, 0.25)),
        },
    }
}

/// A text cut to a width.
fn shortened(text: &str, width: f64, size: f64) -> String {
    if font::width(text, size) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for letter in text.chars() {
        kept.push(letter);
        if font::width(&kept, size) + font::width("…", size) > width {
            kept.pop();
            break;
        }
    }
    kept + "…"
}

/// A text in lines no wider than that.
fn wrapped(text: &str, width: f64, size: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if font::width(&format!("{line} {word}"), size) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(shortened(word, width, size)),
        }
    }
    lines
}
