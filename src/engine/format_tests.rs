//! Data directories of earlier formats, as the versions that had them wrote them, in `tests/data`.

use super::tests::{claim, claims, seeds};
use super::*;
use crate::store::Budget;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::path::PathBuf;

/// What is asked of a ledger.
const QUERIES: [&str; 7] = [
    "figure where actor=NK and kind=workers sort id",
    "figure where kind=personnel and value>=4000 sort id",
    "figure where kind=labourers and value in 50..60 sort value desc, id",
    "claim where text~'visas' and by=NIS sort id",
    "claim where retracted=yes sort id",
    "figure where id=claim-7 and version<=2 sort version",
    "figure count by type, hedge",
];

fn home(format: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/format-{format}"))
}

/// What a ledger answers.
fn told(engine: &Engine) -> String {
    let head = engine.head();
    let mut told = format!("revision {}\ndigest {}\n", head.revision, head.digest);
    for text in QUERIES {
        let request = QueryRequest { text: text.into(), ..QueryRequest::default() };
        let answer = engine.query(&request, &Budget::default()).unwrap_or_else(|error| panic!("{error}"));
        writeln!(told, "{text}").unwrap();
        match &answer.results {
            Results::Claims(claims) => claims.iter().for_each(|claim| {
                let StoredClaim { id, revision, version, bytes, .. } = &claim.item;
                let length = bytes.len();
                writeln!(told, "  {id} {revision} {version} {length} {:?}", claim.truth).unwrap();
            }),
            Results::Table(table) => {
                table.rows.iter().for_each(|row| writeln!(told, "  {:?}", row.0).unwrap());
            }
            Results::Entities(_)
            | Results::Sources(_)
            | Results::Documents(_)
            | Results::View(_)
            | Results::Explanation(_) => panic!("neither claims nor a table"),
        }
    }
    told
}

/// Writes the directory of the format that this version has, to be kept: sealed files of 64 claims,
/// and a tail. `FORMAT=3 cargo test --lib keep_this_format -- --ignored`
#[test]
#[ignore = "writes a directory of tests/data"]
fn keep_this_format() {
    let format = std::env::var("FORMAT").expect("which format it is").parse().expect("a number");
    let (directory, home) = (tempfile::tempdir().unwrap(), home(format));
    let store = Embedded::open_small(directory.path(), row_of).unwrap();
    let store = Arc::new(store);
    let engine = Engine::new(store.clone()).unwrap();
    engine.record(seeds()).unwrap();
    for batch in 0..14 {
        let numbers = batch * 10..batch * 10 + 10;
        engine.record(claims(numbers.map(|n| claim(&format!("claim-{n}"), &format!("~{}", n + 1))))).unwrap();
    }
    engine.record(claims([claim("claim-7", ">=70")])).unwrap();
    let retractions = Some(Retractions { ids: vec!["claim-8".into()], reason: "A mistake.".into() });
    engine.record(Batch { retractions, ..Batch::default() }).unwrap();
    store.seal().unwrap();
    fs::create_dir_all(home.join("segments")).unwrap();
    fs::write(home.join("answers.txt"), told(&engine)).unwrap();
    drop(engine);
    for name in ["ledger.redb", "segments/000000.seg", "segments/000001.seg"] {
        let mut packed =
            GzEncoder::new(File::create(home.join(format!("{name}.gz"))).unwrap(), Compression::best());
        io::copy(&mut File::open(directory.path().join(name)).unwrap(), &mut packed).unwrap();
        packed.finish().unwrap();
    }
}

/// A copy of the directory of a format, to be opened.
fn unpacked(format: u32) -> tempfile::TempDir {
    let (directory, home) = (tempfile::tempdir().unwrap(), home(format));
    fs::create_dir(directory.path().join("segments")).unwrap();
    for name in ["ledger.redb", "segments/000000.seg", "segments/000001.seg"] {
        let mut packed = GzDecoder::new(File::open(home.join(format!("{name}.gz"))).unwrap());
        io::copy(&mut packed, &mut File::create(directory.path().join(name)).unwrap()).unwrap();
    }
    directory
}

/// The layouts of the sealed files.
fn layouts(directory: &Path) -> [u8; 2] {
    ["segments/000000.seg", "segments/000001.seg"].map(|name| fs::read(directory.join(name)).unwrap()[8])
}

#[test]
fn a_directory_of_each_format_opens_and_answers_as_it_did() {
    for (format, layout) in [(2, 1), (3, 2)] {
        let directory = unpacked(format);
        let answers = fs::read_to_string(home(format).join("answers.txt")).unwrap();
        let hold = |engine: &Engine| {
            assert_eq!(told(engine), answers);
            let verified = engine.verify(&Budget::default(), &mut |_| {}).unwrap();
            assert_eq!((verified.head, verified.files), (engine.head(), 2));
        };
        hold(&Engine::open_as_it_is(directory.path()).unwrap());
        assert_eq!(layouts(directory.path()), [layout, layout]);
        hold(&Engine::open(directory.path()).unwrap());
        assert_eq!(layouts(directory.path()), [2, 2]);
        // What it became opens as what it is.
        hold(&Engine::open_as_it_is(directory.path()).unwrap());
    }
}
