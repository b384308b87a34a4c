//! Pieces of somebody's text within a sentence of ours: short, and without what would move a cursor.

use unicode_width::UnicodeWidthChar;

/// The widest that a piece is shown within a sentence, in columns.
pub const PIECE_COLUMNS: usize = 40;

/// A piece within a sentence: shortened, and printable.
pub fn piece(text: &str) -> String {
    shortened(text, PIECE_COLUMNS)
}

/// `text` if it is no wider than `columns`, else its beginning and `…`.
pub fn shortened(text: &str, columns: usize) -> String {
    let text = printable(text);
    let kept = cut(&text, columns);
    if kept.len() == text.len() {
        return text;
    }
    format!("{}…", cut(&text, columns - 1))
}

/// The longest beginning of `text` no wider than `columns`, nor longer in bytes than any text of
/// that width needs: marks that take no column are not endless.
pub fn cut(text: &str, columns: usize) -> &str {
    let mut width = 0;
    for (at, character) in text.char_indices() {
        width += character.width().unwrap_or(1);
        if width > columns || at + character.len_utf8() > columns * 4 {
            return &text[..at];
        }
    }
    text
}

/// The text with all that would move the cursor or turn the line around made visible.
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\t' | '\n' | '\r' => ' ',
            _ if character.is_control() || is_invisible(character) => '\u{fffd}',
            _ => character,
        })
        .collect()
}

/// Characters without a shape of their own: they join, hide, or set the direction.
pub const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}
