//! What holds for every file that is read: asserted of the random ones of the properties, and of those
//! that the fuzz target `packs` of `fuzz/` finds.

use crate::model::{Claim, Document, Entity, Path, Source};
use crate::pack::claimreview::{Reviews, ReviewsError, ReviewsWriter};
use crate::pack::mapping::{Mapping, Origin, Row, RowError};
use crate::pack::statements::{Statements, StatementsError, StatementsWriter};
use crate::pack::{Fault, Located, Pack, PackError, yaml};
use std::fmt::Debug;
use std::fs;
use std::io::Cursor;
use std::path::Path as FilePath;

/// Faults that are told of a row or of a file of statements.
const MAX_FAULTS: usize = 100;

/// What is wrong with a pack is told with its place; a sound one is written as it was read.
#[track_caller]
pub(crate) fn check_pack(text: &str) {
    match Pack::read_text(FilePath::new("p.yaml"), text) {
        Err(error) => check_faults(&error, text),
        Ok(pack) => {
            let mut written = String::new();
            for (list, items) in [
                ("entities", elements(&pack.entities, yaml::entity)),
                ("sources", elements(&pack.sources, yaml::source)),
                ("documents", elements(&pack.documents, yaml::document)),
                ("claims", elements(&pack.claims, yaml::claim)),
            ] {
                if !items.is_empty() {
                    written.push_str(&format!("{list}:\n{items}"));
                }
            }
            let again = Pack::read_text(FilePath::new("p.yaml"), &written);
            let again = again.unwrap_or_else(|error| panic!("{error}\n{written}"));
            assert_eq!(drafts(&again), drafts(&pack), "{written}");
        }
    }
}

fn elements<T>(items: &[Located<T>], write: impl Fn(&T) -> String) -> String {
    items.iter().map(|item| write(&item.item)).collect()
}

#[track_caller]
fn check_faults(error: &PackError, text: &str) {
    let PackError::Refused { faults } = error else { panic!("{error}") };
    assert!(!faults.is_empty());
    // Some count a carriage return alone as the end of a line.
    let lines = text.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).count();
    for Fault { line, column, .. } in faults {
        assert!((1..=lines + 1).contains(line) && *column > 0, "{error}\n{text:?}");
    }
}

/// What is wrong with a mapping is told with its place, and what is wrong with a table with its row.
#[track_caller]
pub(crate) fn check_mapping(text: &str, table: &FilePath) {
    let mapping = match Mapping::read_text(FilePath::new("m.yaml"), text) {
        Ok(mapping) => mapping,
        Err(error) => return check_faults(&error, text),
    };
    let Ok(mut drafts) = mapping.drafts(table) else { return };
    let mut last = 0;
    while let Some(read) = drafts.next() {
        match read {
            Err(RowError::Ended(_)) => {
                assert!(drafts.next().is_none());
            }
            Err(RowError::Broken(faults)) => {
                assert!((1..=MAX_FAULTS).contains(&faults.len()));
                assert!(faults.iter().all(|fault| fault.row > last && fault.line > 0), "{faults:?}");
                last = faults[0].row;
            }
            Ok(mut made) => {
                assert!(made.row.number > last);
                last = made.row.number;
                for fault in drafts.sift(&mut made) {
                    assert!((fault.row, !fault.field.is_empty()) == (last, true), "{fault}");
                }
                // What the model takes is shown as a pack that reads the same.
                let shown = |row: &Row, origin: &Origin| drafts.yaml(row, origin, None);
                for claim in &made.claims {
                    let text = format!("claims:\n{}", shown(&made.row, &claim.origin));
                    let pack = Pack::read_text(FilePath::new("p.yaml"), &text);
                    let pack = pack.unwrap_or_else(|error| panic!("{error}\n{text}"));
                    assert_eq!(pack.claims[0].item, claim.item, "{text}");
                }
            }
        }
    }
}

/// What is wrong with statements is told with its line; the model takes all others, and they are
/// written as they are read again.
#[track_caller]
pub(crate) fn check_statements(file: &FilePath) {
    match read_statements(file) {
        Err(StatementsError::Refused(faults)) => {
            assert!((1..=MAX_FAULTS).contains(&faults.len()));
            assert!(faults.iter().all(|fault| fault.line > 0), "{faults:?}");
        }
        Err(error) => assert!(matches!(error, StatementsError::Unreadable { .. })),
        Ok(pack) => {
            let written = written_statements(&pack);
            fs::write(file, &written).expect("the file can be written");
            let again = read_statements(file).unwrap_or_else(|error| panic!("{error}\n{written}"));
            assert_eq!(written_statements(&again), written);
        }
    }
}

fn read_statements(file: &FilePath) -> Result<Pack, StatementsError> {
    all(Statements::open(file)?)
}

fn written_statements(pack: &Pack) -> String {
    let mut out = Vec::new();
    let mut writer = StatementsWriter::new(&mut out, "ours").expect("memory takes all");
    for source in &pack.sources {
        writer.source(&taken(Source::parse(&source.item, Path::ROOT), &source.item));
    }
    for entity in &pack.entities {
        let entity = taken(Entity::parse(&entity.item, Path::ROOT), &entity.item);
        writer.entity(&entity).expect("memory takes all");
    }
    for claim in &pack.claims {
        let claim = taken(Claim::parse(&claim.item, Path::ROOT), &claim.item);
        writer.claim(&claim).expect("memory takes all");
    }
    writer.finish().expect("memory takes all");
    String::from_utf8(out).expect("texts are UTF-8")
}

/// What is wrong with ClaimReviews is told with its line; the model takes all others, and they are
/// written as they are read again.
#[track_caller]
pub(crate) fn check_reviews(bytes: &[u8]) {
    match read_reviews(bytes.to_vec()) {
        Err(ReviewsError::Refused(faults)) => {
            let lines = bytes.split(|&byte| byte == b'\n').count();
            assert!(!faults.is_empty());
            assert!(faults.iter().all(|fault| (1..=lines).contains(&fault.line)), "{faults:?}");
        }
        Err(error) => panic!("{error}"),
        Ok(pack) => {
            let written = written_reviews(&pack);
            match read_reviews(written.clone().into_bytes()) {
                Ok(again) => assert_eq!(written_reviews(&again), written),
                // Where no review had a verdict, none is written.
                Err(error) => assert!(!written.contains("ClaimReview"), "{error}\n{written}"),
            }
        }
    }
}

fn read_reviews(bytes: Vec<u8>) -> Result<Pack, ReviewsError> {
    all(Reviews::new(FilePath::new("r.json"), Cursor::new(bytes)))
}

fn written_reviews(pack: &Pack) -> String {
    let mut writer = ReviewsWriter::default();
    for entity in &pack.entities {
        taken(Entity::parse(&entity.item, Path::ROOT), &entity.item);
    }
    for source in &pack.sources {
        writer.source(taken(Source::parse(&source.item, Path::ROOT), &source.item));
    }
    for document in &pack.documents {
        writer.document(taken(Document::parse(&document.item, Path::ROOT), &document.item));
    }
    for claim in &pack.claims {
        writer.claim(taken(Claim::parse(&claim.item, Path::ROOT), &claim.item));
    }
    let mut out = Vec::new();
    writer.finish(&mut out).expect("memory takes all");
    String::from_utf8(out).expect("texts are UTF-8")
}

fn all<E>(packs: impl Iterator<Item = Result<Pack, E>>) -> Result<Pack, E> {
    let mut all = Pack::default();
    for pack in packs {
        let Pack { entities, sources, documents, claims } = pack?;
        all.entities.extend(entities);
        all.sources.extend(sources);
        all.documents.extend(documents);
        all.claims.extend(claims);
    }
    Ok(all)
}

#[track_caller]
fn taken<T, E: Debug>(parsed: Result<T, E>, draft: &impl Debug) -> T {
    parsed.unwrap_or_else(|violations| panic!("{violations:?} of {draft:#?}"))
}

/// The drafts without their places.
fn drafts(pack: &Pack) -> String {
    fn shown<T: Debug>(items: &[Located<T>]) -> Vec<String> {
        items.iter().map(|item| format!("{:#?}", item.item)).collect()
    }
    let lists = [shown(&pack.entities), shown(&pack.sources), shown(&pack.documents), shown(&pack.claims)];
    lists.concat().join("\n")
}
