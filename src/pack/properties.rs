//! What holds for files with slips in them.

use super::laws;
use proptest::prelude::*;
use std::fs;
use std::path::PathBuf;

fn kept(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(path).unwrap()
}

/// What is put into files: their words and their marks.
const PIECES: [&str; 40] = [
    "",
    "'",
    "\"",
    "\n",
    "\r",
    "{",
    "}",
    "[",
    "]",
    ":",
    ": ",
    ",",
    "|",
    ">",
    "~",
    "#",
    "-",
    "- ",
    "\u{0}",
    "\u{feff}",
    "\u{2028}",
    "é",
    "0",
    "1e999",
    "-1",
    "null",
    "true",
    "@id",
    "@type",
    "ClaimReview",
    "urn:sayso:claim:a",
    "2024-02-30",
    "2024",
    "id",
    "{each}",
    "{a?}",
    "entity",
    "Ownership",
    "startDate",
    "🇰🇵",
];

/// A text with a few slips: at a place, some characters are gone and something else stands there.
fn with_slips(text: String) -> impl Strategy<Value = String> {
    let slip = (
        0.0..1.0f64,
        0..20usize,
        prop_oneof![proptest::sample::select(&PIECES[..]).prop_map(str::to_owned), "\\PC{0,3}"],
    );
    proptest::collection::vec(slip, 0..6).prop_map(move |slips| {
        let mut chars: Vec<char> = text.chars().collect();
        for (place, gone, piece) in slips {
            let at = (place * chars.len() as f64) as usize;
            let end = (at + gone).min(chars.len());
            chars.splice(at..end, piece.chars());
        }
        chars.into_iter().collect()
    })
}

/// The first lines of a text.
fn head(text: &str, lines: usize) -> String {
    text.lines().take(lines).map(|line| format!("{line}\n")).collect()
}

proptest! {
    #[test]
    fn packs(text in with_slips(kept("seeds/security-council.yaml")), any in "\\PC*") {
        laws::check_pack(&text);
        laws::check_pack(&any);
    }

    #[test]
    fn mappings(
        mapping in with_slips(kept("docs/mappings/ucdp-ged.yaml")),
        table in with_slips(head(&kept("tests/data/mapping/ucdp-ged-21.1.csv"), 6)),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("t.csv");
        fs::write(&path, table).unwrap();
        laws::check_mapping(&mapping, &path);
        laws::check_mapping(&kept("docs/mappings/ucdp-ged.yaml"), &path);
    }

    #[test]
    fn statements(text in with_slips(kept("tests/data/interchange/statements.csv"))) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s.csv");
        fs::write(&path, text).unwrap();
        laws::check_statements(&path);
    }

    #[test]
    fn reviews(text in with_slips(kept("tests/data/interchange/reviews.jsonld")), any in any::<Vec<u8>>()) {
        laws::check_reviews(text.as_bytes());
        laws::check_reviews(&any);
    }
}
