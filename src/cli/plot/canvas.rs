//! A sheet to draw on: shapes in picture elements, as SVG.

use super::font;
use plotters::coord::Shift;
use plotters::prelude::{
    Circle, Color, DrawingArea, IntoDrawingArea, IntoFont, PathElement, Polygon, RGBColor, Rectangle,
    SVGBackend, ShapeStyle, TextStyle, WHITE,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// A place: to the right, and downwards.
pub(super) type Point = (f64, f64);

/// A box on the sheet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Area {
    pub(super) fn width(self) -> f64 {
        self.right - self.left
    }

    pub(super) fn meets(self, other: Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    pub(super) fn holds(self, other: Self) -> bool {
        self.left <= other.left
            && other.right <= self.right
            && self.top <= other.top
            && other.bottom <= self.bottom
    }
}

/// A colour and how much of it covers what is below.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ink(pub(super) RGBColor, pub(super) f64);

/// Where a text stands of its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Middle,
    Right,
}

/// Marks that are told apart without colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Circle,
    Square,
    Triangle,
    Diamond,
    Wedge,
    Pentagon,
    Star,
    Cross,
}

/// The radius of marks that are too many for rings around them.
pub(super) const DOT: f64 = 2.0;

pub(super) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

/// Why drawing cannot fail.
const INTO_TEXT: &str = "a string takes all that is written";

impl<'a> Canvas<'a> {
    pub(super) fn new(svg: &'a mut String, width: u32, height: u32) -> Self {
        let area = SVGBackend::with_string(svg, (width, height)).into_drawing_area();
        area.fill(&WHITE).expect(INTO_TEXT);
        Self { area }
    }

    pub(super) fn finish(self) {
        self.area.present().expect(INTO_TEXT);
    }

    pub(super) fn line(&self, points: &[Point], ink: Ink, width: u32) {
        let style = ink.style().stroke_width(width);
        self.area.draw(&PathElement::new(rounded(points), style)).expect(INTO_TEXT);
    }

    /// A straight line in pieces.
    pub(super) fn dashed(&self, (from, to): (Point, Point), (dash, gap): (f64, f64), ink: Ink, width: u32) {
        let length = (to.0 - from.0).hypot(to.1 - from.1);
        let at = |along: f64| {
            let part = (along / length).min(1.0);
            (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part)
        };
        let mut along = 0.0;
        while along < length {
            self.line(&[at(along), at(along + dash)], ink, width);
            along += dash + gap;
        }
    }

    pub(super) fn fill(&self, area: Area, ink: Ink) {
        let corners = rounded(&[(area.left, area.top), (area.right, area.bottom)]);
        self.area.draw(&Rectangle::new([corners[0], corners[1]], ink.style().filled())).expect(INTO_TEXT);
    }

    /// Slanting lines over a box.
    pub(super) fn hatch(&self, area: Area, gap: f64, ink: Ink) {
        let Area { left, top, right, bottom } = area;
        let mut foot = left - (bottom - top) + gap / 2.0;
        while foot < right {
            // From the bottom up to the right, as far as the box goes.
            let (from, to) = (foot.max(left), (foot + bottom - top).min(right));
            self.line(&[(from, bottom - (from - foot)), (to, bottom - (to - foot))], ink, 1);
            foot += gap;
        }
    }

    /// The edges of a box, or those of them that are asked for: left, top, right, bottom.
    pub(super) fn frame(&self, area: Area, edges: [bool; 4], is_dashed: bool, ink: Ink, width: u32) {
        let Area { left, top, right, bottom } = area;
        let corners = [(left, bottom), (left, top), (right, top), (right, bottom), (left, bottom)];
        for (ends, _) in corners.windows(2).zip(edges).filter(|(_, is_there)| *is_there) {
            match is_dashed {
                true => self.dashed((ends[0], ends[1]), (4.0, 3.0), ink, width),
                false => self.line(ends, ink, width),
            }
        }
    }

    pub(super) fn text(&self, text: &str, (x, y): Point, size: f64, align: Align, is_bold: bool) {
        // The backend writes a size of 1.24 as 1.
        let font = (font::FAMILY, size * 1.24).into_font();
        let font = if is_bold { font.style(plotters::style::FontStyle::Bold) } else { font };
        let horizontal = match align {
            Align::Left => HPos::Left,
            Align::Middle => HPos::Center,
            Align::Right => HPos::Right,
        };
        let style =
            TextStyle::from(font).color(&RGBColor(34, 34, 34)).pos(Pos::new(horizontal, VPos::Center));
        self.area.draw_text(text, &style, rounded(&[(x, y)])[0]).expect(INTO_TEXT);
    }

    pub(super) fn polygon(&self, points: &[Point], ink: Ink) {
        self.area.draw(&Polygon::new(rounded(points), ink.style().filled())).expect(INTO_TEXT);
    }

    pub(super) fn disc(&self, (x, y): Point, radius: u32, ink: Ink) {
        self.area.draw(&Circle::new(rounded(&[(x, y)])[0], radius, ink.style().filled())).expect(INTO_TEXT);
    }

    /// A mark in a ring of white; a hollow one shows white inside.
    pub(super) fn mark(&self, shape: Shape, (x, y): Point, radius: f64, is_hollow: bool, ink: Ink) {
        let white = Ink(WHITE, 1.0);
        let outline = |radius: f64| -> Vec<Point> {
            shape.corners().iter().map(|(dx, dy)| (x + dx * radius, y + dy * radius)).collect()
        };
        let has_ring = radius > DOT;
        if shape == Shape::Circle {
            if has_ring {
                self.disc((x, y), (radius + 1.0).round() as u32, white);
            }
            self.disc((x, y), radius.round() as u32, ink);
            if is_hollow {
                self.disc((x, y), (radius - 2.0).max(1.0).round() as u32, white);
            }
            return;
        }
        if has_ring {
            self.polygon(&outline(radius + 1.5), white);
        }
        self.polygon(&outline(radius), ink);
        if is_hollow {
            self.polygon(&outline(radius * 0.45), white);
        }
    }

    /// The head of an arrow whose tip is at the place.
    pub(super) fn arrow(&self, (x, y): Point, (dx, dy): (f64, f64), ink: Ink) {
        let (length, half) = (7.0, 4.0);
        let (bx, by) = (x - dx * length, y - dy * length);
        self.polygon(&[(x, y), (bx - dy * half, by + dx * half), (bx + dy * half, by - dx * half)], ink);
    }
}

impl Ink {
    fn style(self) -> ShapeStyle {
        ShapeStyle::from(self.0.mix(self.1))
    }
}

impl Shape {
    /// The corners around a place, at a radius of one.
    fn corners(self) -> &'static [Point] {
        match self {
            Self::Circle => &[],
            Self::Square => &[(-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)],
            Self::Triangle => &[(0.0, -1.1), (1.05, 0.8), (-1.05, 0.8)],
            Self::Diamond => &[(0.0, -1.2), (1.1, 0.0), (0.0, 1.2), (-1.1, 0.0)],
            Self::Wedge => &[(0.0, 1.1), (1.05, -0.8), (-1.05, -0.8)],
            Self::Pentagon => &[(0.0, -1.1), (1.05, -0.3), (0.65, 0.95), (-0.65, 0.95), (-1.05, -0.3)],
            Self::Star => &[
                (0.0, -1.3),
                (0.35, -0.4),
                (1.25, -0.4),
                (0.55, 0.2),
                (0.8, 1.1),
                (0.0, 0.55),
                (-0.8, 1.1),
                (-0.55, 0.2),
                (-1.25, -0.4),
                (-0.35, -0.4),
            ],
            Self::Cross => &[
                (-0.35, -1.1),
                (0.35, -1.1),
                (0.35, -0.35),
                (1.1, -0.35),
                (1.1, 0.35),
                (0.35, 0.35),
                (0.35, 1.1),
                (-0.35, 1.1),
                (-0.35, 0.35),
                (-1.1, 0.35),
                (-1.1, -0.35),
                (-0.35, -0.35),
            ],
        }
    }
}

fn rounded(points: &[Point]) -> Vec<(i32, i32)> {
    points.iter().map(|(x, y)| (x.round() as i32, y.round() as i32)).collect()
}
