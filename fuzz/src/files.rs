//! Files, by the reader that takes them.

use crate::pack_laws as laws;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{env, fs, io};

/// Where tables and statements stand, which are read more than once.
static FILE: LazyLock<PathBuf> =
    LazyLock::new(|| env::temp_dir().join(format!("sayso-fuzz-{}", std::process::id())));

/// What ends a mapping, before its table.
const END: char = '\0';

/// The readers, by the first byte of an input.
const PACK: u8 = 0;
const MAPPING: u8 = 1;
const STATEMENTS: u8 = 2;
const REVIEWS: u8 = 3;

/// Reads a file: the first byte says as what.
///
/// # Panics
/// If something does not hold that must.
pub fn check_file(bytes: &[u8]) {
    let Some((reader, bytes)) = bytes.split_first() else { return };
    match reader % 4 {
        PACK => laws::check_pack(&String::from_utf8_lossy(bytes)),
        MAPPING => {
            let end = bytes.iter().position(|&byte| byte == END as u8).unwrap_or(bytes.len());
            let (mapping, table) = bytes.split_at(end);
            fs::write(&*FILE, table.get(1..).unwrap_or_default()).expect("the file can be written");
            laws::check_mapping(&String::from_utf8_lossy(mapping), &FILE);
        }
        STATEMENTS => {
            fs::write(&*FILE, bytes).expect("the file can be written");
            laws::check_statements(&FILE);
        }
        _ => laws::check_reviews(bytes),
    }
}

/// Files of each kind that are kept with the tests, each with the byte of its reader.
pub(crate) fn kept() -> io::Result<Vec<(String, Vec<u8>)>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |path: &Path| fs::read_to_string(path);
    let mut files = Vec::new();
    for entry in fs::read_dir(root.join("seeds"))? {
        let pack = read(&entry?.path())?;
        for (number, items) in pack.split("\n  - ").skip(1).enumerate() {
            files.push((PACK, format!("pack-{number}"), format!("claims:\n  - {items}\n")));
        }
    }
    for (mapping, table) in [
        ("general-staff-personnel.yaml", "general-staff-personnel.json"),
        ("oryx.yaml", "oryx.csv"),
        ("ucdp-ged.yaml", "ucdp-ged-21.1.csv"),
        ("ucdp-ged-syria.yaml", "ucdp-ged-syria.csv"),
    ] {
        let rows = read(&root.join("tests/data/mapping").join(table))?;
        let rows: String = rows.lines().take(8).map(|line| format!("{line}\n")).collect();
        let text = read(&root.join("docs/mappings").join(mapping))?;
        files.push((MAPPING, mapping.to_owned(), format!("{text}{END}{rows}")));
    }
    let interchange = root.join("tests/data/interchange");
    files.push((STATEMENTS, "statements".to_owned(), read(&interchange.join("statements.csv"))?));
    files.push((REVIEWS, "reviews".to_owned(), read(&interchange.join("reviews.jsonld"))?));
    let with_reader = |(reader, name, text): (u8, String, String)| {
        (name, std::iter::once(reader).chain(text.into_bytes()).collect())
    };
    Ok(files.into_iter().map(with_reader).collect())
}

/// Words and marks of the formats.
pub(crate) const WORDS: [&str; 48] = [
    "entities:",
    "sources:",
    "documents:",
    "claims:",
    "- {",
    "id: ",
    "text: ",
    "figure: ",
    "notation: ",
    "type: event",
    "attribution:",
    "clarity: unattributed",
    "format: csv",
    "format: json",
    "format: jsonl",
    "values:",
    "tables:",
    "column: ",
    "split: ",
    "table: ",
    "without: ",
    "date: ymd",
    "slug: true",
    "each: ",
    "if: ",
    "'{each}'",
    "{each.name}",
    "{a?}",
    "canonical_id",
    "entity_id",
    "prop_type",
    "schema",
    "value",
    "dataset",
    "Person",
    "Ownership",
    "startDate",
    "\"@id\"",
    "\"@type\"",
    "\"@graph\"",
    "\"ClaimReview\"",
    "\"claimReviewed\"",
    "\"author\"",
    "\"itemReviewed\"",
    "\"reviewRating\"",
    "\"ratingValue\"",
    "urn:sayso:claim:",
    "2024-02-03",
];
