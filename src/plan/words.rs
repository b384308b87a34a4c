//! Words as text is searched by them.

use super::Terms;
use caseless::Caseless;
use std::sync::Arc;
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// The words of the texts (UAX 29 word boundaries, NFC, case-folded, no stemming), sorted, each once.
pub fn words<'a>(texts: impl IntoIterator<Item = &'a str>) -> Terms {
    super::terms(texts.into_iter().flat_map(UnicodeSegmentation::unicode_words).map(fold))
}

/// A text as names and words are compared: in NFC and case-folded.
pub fn fold(text: &str) -> Arc<str> {
    if text.is_ascii() {
        return text.to_ascii_lowercase().into();
    }
    text.chars().nfc().default_case_fold().nfc().collect::<String>().into()
}

#[cfg(test)]
mod tests {
    #[test]
    fn words_are_folded_sorted_and_unique() {
        let words = super::words(["Elite TROOPS, elite", "Straße e\u{301}tat 북한 don't"]);
        let texts: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
        assert_eq!(texts, ["don't", "elite", "strasse", "troops", "état", "북한"]);
    }
}
