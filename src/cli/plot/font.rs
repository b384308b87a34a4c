//! The font of pictures: how wide a text is in it, and PNG from SVG.

use resvg::{tiny_skia, usvg};
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider};
use std::sync::Arc;
use unicode_width::UnicodeWidthChar;

/// A subset of DejaVu Sans, see `third_party/dejavu`.
const DEJAVU: &[u8] = include_bytes!("../../../third_party/dejavu/DejaVuSans.ttf");

/// What viewers of SVG shall take: the font itself, or one that is as wide.
pub(super) const FAMILY: &str = "DejaVu Sans, Verdana, sans-serif";

/// Picture elements of a PNG for each of the SVG's, so that print is sharp.
const SHARPNESS: f32 = 2.0;

/// How wide a text is, in the unit of the size. What the font has not is taken for square or half of
/// that.
pub(super) fn width(text: &str, size: f64) -> f64 {
    let font = FontRef::new(DEJAVU).expect("the font is compiled in");
    let letters = font.charmap();
    let metrics = GlyphMetrics::new(&font, Size::new(size as f32), LocationRef::default());
    let advance = |letter: char| {
        let known = letters.map(letter).and_then(|glyph| metrics.advance_width(glyph)).map(f64::from);
        known.unwrap_or_else(|| letter.width().unwrap_or(0) as f64 * size / 1.6)
    };
    text.chars().map(advance).sum()
}

/// The picture as PNG. Letters that the font has not come from the machine's fonts, if there are any.
pub(super) fn png(svg: &str) -> Option<Vec<u8>> {
    let mut options = usvg::Options::default();
    let fonts = Arc::make_mut(&mut options.fontdb);
    fonts.load_font_data(DEJAVU.to_vec());
    fonts.load_system_fonts();
    let tree = usvg::Tree::from_str(svg, &options).ok()?;
    let size = tree.size().scale_by(SHARPNESS)?.to_int_size();
    let mut pixels = tiny_skia::Pixmap::new(size.width(), size.height())?;
    let scale = tiny_skia::Transform::from_scale(SHARPNESS, SHARPNESS);
    resvg::render(&tree, scale, &mut pixels.as_mut());
    pixels.encode_png().ok()
}
