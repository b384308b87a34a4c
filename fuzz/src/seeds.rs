//! What a fuzzer begins with: the queries of the golden scripts and the words of the language, or files
//! and the words of their formats.

use crate::{files, words};
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Writes the queries of `tests/scripts`, one in a file, and a dictionary into the directories
/// and file that the environment names, if it does: `FUZZ_SEEDS` and `FUZZ_DICTIONARY`.
///
/// # Panics
/// If they cannot be written.
pub fn plant(encode: impl Fn(&str) -> Option<Vec<u8>>) {
    if let Some(directory) = named("FUZZ_SEEDS") {
        write_seeds(&directory, encode).expect("the seeds can be written");
    }
    if let Some(file) = named("FUZZ_DICTIONARY") {
        fs::write(file, dictionary(words::all())).expect("the dictionary can be written");
    }
}

/// Writes the files that are kept with the tests, and a dictionary of their formats, there.
///
/// # Panics
/// If they cannot be written.
pub fn plant_files() {
    if let Some(directory) = named("FUZZ_SEEDS") {
        fs::create_dir_all(&directory).expect("the directory can be made");
        for (name, bytes) in files::kept().expect("the files are there") {
            fs::write(directory.join(name), bytes).expect("the seeds can be written");
        }
    }
    if let Some(file) = named("FUZZ_DICTIONARY") {
        fs::write(file, dictionary(files::WORDS)).expect("the dictionary can be written");
    }
}

fn named(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).map(PathBuf::from)
}

fn write_seeds(directory: &Path, encode: impl Fn(&str) -> Option<Vec<u8>>) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/scripts");
    for entry in fs::read_dir(scripts)? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let script = fs::read_to_string(&path)?;
        for (number, seed) in queries(&script).iter().filter_map(|query| encode(query)).enumerate() {
            fs::write(directory.join(format!("{name}-{number}")), seed)?;
        }
    }
    Ok(())
}

/// The lines behind `>` of each case.
fn queries(script: &str) -> Vec<String> {
    let cases = script.split("\n\n");
    let query = |case: &str| {
        let lines: Vec<&str> = case.lines().filter_map(|line| line.strip_prefix('>')).collect();
        lines.iter().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
    };
    cases.map(query).filter(|query| !query.is_empty()).collect()
}

/// In libFuzzer's format: a quoted word on each line.
fn dictionary(words: impl IntoIterator<Item = &'static str>) -> String {
    let mut dictionary = String::new();
    for word in words {
        dictionary.push('"');
        for byte in word.bytes() {
            match byte {
                b'"' | b'\\' => dictionary.extend(['\\', char::from(byte)]),
                b' '..=b'~' => dictionary.push(char::from(byte)),
                _ => write!(dictionary, "\\x{byte:02X}").expect("a string takes all"),
            }
        }
        dictionary.push_str("\"\n");
    }
    dictionary
}
