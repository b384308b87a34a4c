//! Ids made of names.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A made id is no longer than this, so that there is room for what a mapping puts around it.
const MAX_BYTES: usize = 64;

/// The id that a name gives: its ASCII letters and digits, in lower case and without accents, with
/// one `-` for everything between them, cut after 64 bytes. What keeps none of its letters, or
/// would take an id that `is_taken` by another, gets the CRC-32 of the name behind it, so that the
/// same name gives the same id wherever it is met again.
pub fn slug(name: &str, is_taken: impl FnOnce(&str) -> bool) -> String {
    let mut slug = String::new();
    for c in name.nfkd().filter(|&c| !is_combining_mark(c)) {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !matches!(c, '\'' | '’' | '`') && !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(MAX_BYTES);
    slug.truncate(slug.trim_end_matches('-').len());
    if slug.is_empty() {
        return format!("{:08x}", crc32(name));
    }
    if is_taken(&slug) { format!("{slug}-{:08x}", crc32(name)) } else { slug }
}

fn crc32(text: &str) -> u32 {
    crc32fast::hash(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Slug;

    #[test]
    fn a_name_becomes_an_id() {
        for (name, expected) in [
            ("Government of Syria", "government-of-syria"),
            ("Jam'iyyat-i Islami-yi Afghanistan", "jamiyyat-i-islami-yi-afghanistan"),
            ("  Côte d’Ivoire (2002) ", "cote-divoire-2002"),
            ("Surface-To-Air Missile Systems\n", "surface-to-air-missile-systems"),
            ("Генштаб", "f56002f6"),
            ("", "00000000"),
        ] {
            assert_eq!(slug(name, |_| false), expected);
        }
        let long = slug(&"ab ".repeat(100), |_| false);
        assert_eq!((long.len(), long.ends_with("-a")), (64, true));
    }

    #[test]
    fn an_id_that_is_taken_is_told_apart_by_the_name() {
        assert_eq!(slug("IS", |id| id == "is"), "is-9200e6fd");
        assert_eq!(slug("I.S.", |id| id == "is"), "i-s");
    }

    #[test]
    fn every_name_becomes_an_id_that_the_model_takes() {
        proptest::proptest!(|(name: String, taken: bool)| {
            let id = slug(&name, |_| taken);
            proptest::prop_assert!(Slug::parse(&id).is_ok(), "{id}");
        });
    }
}
