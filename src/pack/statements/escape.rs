//! Values as labels: what a label cannot hold is escaped, and what is too long goes on in the next.

use crate::model::Labels;
use crate::model::limits::MAX_LABEL_VALUE_CHARS;
use unicode_normalization::is_nfc;

/// Labels that one value may take.
const MAX_PARTS: usize = 20;

/// Puts a value under `key`, and what is beyond 1,000 characters under `key.2`, `key.3`…; whether
/// there is room for it.
#[must_use]
pub(super) fn put(labels: &mut Labels, key: &str, value: &str) -> bool {
    let escaped: Vec<char> = escape(value).chars().collect();
    if escaped.len() > MAX_PARTS * MAX_LABEL_VALUE_CHARS {
        return false;
    }
    for (index, part) in escaped.chunks(MAX_LABEL_VALUE_CHARS).enumerate() {
        labels.insert(part_key(key, index), part.iter().collect());
    }
    true
}

/// The value that stands under `key`.
pub(super) fn get(labels: &Labels, key: &str) -> Option<String> {
    let parts: Vec<&str> =
        (0..).map_while(|index| labels.get(&part_key(key, index))).map(|part| &**part).collect();
    (!parts.is_empty()).then(|| unescape(&parts.concat()))
}

fn part_key(key: &str, index: usize) -> String {
    if index == 0 { key.to_owned() } else { format!("{key}.{}", index + 1) }
}

/// Labels are kept in NFC, on one line, and never blank.
fn escape(value: &str) -> String {
    let keeps_accents = is_nfc(value);
    let mut escaped = String::with_capacity(value.len());
    // No part is blank: a blank is kept only between two characters that are none.
    let mut after_blank = true;
    let mut rest = value.chars().peekable();
    while let Some(c) = rest.next() {
        let is_blank = c.is_whitespace();
        let kept = !c.is_control()
            && (c.is_ascii() || keeps_accents)
            && !(is_blank && (after_blank || rest.peek().is_none()));
        match c {
            '\\' => escaped.push_str("\\\\"),
            c if kept => escaped.push(c),
            c => escaped.extend(c.escape_unicode()),
        }
        after_blank = is_blank;
    }
    escaped
}

fn unescape(escaped: &str) -> String {
    let mut value = String::with_capacity(escaped.len());
    let mut rest = escaped;
    while let Some((before, after)) = rest.split_once('\\') {
        value.push_str(before);
        let coded = after.strip_prefix("u{").and_then(|code| code.split_once('}'));
        let c =
            coded.and_then(|(code, rest)| Some((char::from_u32(u32::from_str_radix(code, 16).ok()?)?, rest)));
        match c {
            Some((c, after)) => {
                value.push(c);
                rest = after;
            }
            None => {
                value.push('\\');
                rest = after.strip_prefix('\\').unwrap_or(after);
            }
        }
    }
    value.push_str(rest);
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EntityDraft, Path, vocabulary::EntityKind};

    #[test]
    fn what_a_label_cannot_hold_is_escaped() {
        for (value, escaped) in [
            ("plain", "plain"),
            ("two\nlines", "two\\u{a}lines"),
            ("C:\\u{a}", "C:\\\\u{a}"),
            ("  a  b ", "\\u{20}\\u{20}a \\u{20}b\\u{20}"),
            ("é", "é"),
            ("e\u{301} ü", "e\\u{301} \\u{fc}"),
        ] {
            assert_eq!(escape(value), escaped);
        }
    }

    #[test]
    fn every_value_comes_back_through_labels_that_the_model_takes() {
        proptest::proptest!(|(value: String, repeats in 1..400_usize)| {
            let value = value.repeat(repeats);
            let mut labels = Labels::new();
            if !value.is_empty() && put(&mut labels, "ftm.value", &value) {
                let kind = Some(EntityKind::Topic);
                let draft = EntityDraft { id: "a".into(), name: "A".into(), kind, labels, ..EntityDraft::default() };
                let entity = crate::model::Entity::parse(&draft, Path::ROOT).unwrap();
                proptest::prop_assert_eq!(get(&entity.labels, "ftm.value"), Some(value));
            }
        });
        let long = "a".repeat(MAX_PARTS * MAX_LABEL_VALUE_CHARS + 1);
        assert!(!put(&mut Labels::new(), "ftm.value", &long));
    }
}
