//! Items from files with one JSON document on each line, as `sayso export` writes them.

use super::source::{Place, Read as Item, Source};
use crate::cli::Failure;
use crate::pack::open;
use crate::wire::{descriptors, pb};
use prost::Name;
use prost_reflect::{DynamicMessage, MessageDescriptor};
use serde_json::Deserializer;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of a line at the most: no server takes an item that is longer.
const MAX_LINE_BYTES: u64 = 32 << 20;

/// The lines of several files, one file after the other.
pub(super) struct Lines {
    files: VecDeque<PathBuf>,
    /// The file that is read, and how many of its lines were.
    open: Option<(Arc<Path>, u64, Box<dyn BufRead + Send>)>,
    item: MessageDescriptor,
    /// Bytes that were read, as they stand in the files.
    read: Arc<AtomicU64>,
}

impl Lines {
    pub(super) fn of(files: &[PathBuf]) -> Self {
        let item = descriptors().get_message_by_name(&pb::LedgerItem::full_name());
        let item = item.expect("the descriptors are those of the messages");
        Self { files: files.to_vec().into(), open: None, item, read: Arc::default() }
    }
}

impl Source<'static> for Lines {
    fn progress(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// The next line that is not blank.
    fn next(&mut self) -> Result<Option<Item<'static>>, Failure> {
        loop {
            let Some((file, number, reader)) = &mut self.open else {
                let Some(path) = self.files.pop_front() else { return Ok(None) };
                let reader = open(&path, &self.read).map_err(|source| unreadable(&path, source))?;
                self.open = Some((path.into(), 0, reader));
                continue;
            };
            let mut line = Vec::new();
            let read = reader.take(MAX_LINE_BYTES).read_until(b'\n', &mut line);
            let read = read.map_err(|source| unreadable(file, source))?;
            if read == 0 {
                self.open = None;
                continue;
            }
            *number += 1;
            if read as u64 == MAX_LINE_BYTES {
                let long = format!("line {number} has more than {MAX_LINE_BYTES} bytes");
                return Err(unreadable(file, io::Error::other(long)));
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            let place = Place::Line { file: Arc::clone(file), line: *number };
            return match item(&self.item, &line) {
                Ok(item) => Ok(Some(Item::Item(place, Box::new(item)))),
                Err(_) if is_cut_short(&line) => {
                    Err(Failure::CutShort { path: file.to_path_buf(), line: *number })
                }
                Err(message) => Ok(Some(Item::Broken(vec![place.fault("", message)]))),
            };
        }
    }
}

/// Whether a file ends within this line.
fn is_cut_short(line: &[u8]) -> bool {
    let read = serde_json::from_slice::<serde::de::IgnoredAny>(line);
    !line.ends_with(b"\n") && read.is_err_and(|error| error.is_eof())
}

fn item(descriptor: &MessageDescriptor, line: &[u8]) -> Result<pb::LedgerItem, String> {
    let mut json = Deserializer::from_slice(line);
    let read = DynamicMessage::deserialize(descriptor.clone(), &mut json);
    let read = read.and_then(|read| json.end().map(|()| read)).map_err(|error| {
        // The line of the text, which is one line, says nothing.
        error.to_string().replace(" at line 1 column ", " at column ")
    })?;
    match read.transcode_to::<pb::LedgerItem>().map_err(|error| error.to_string())? {
        pb::LedgerItem { item: None } => {
            Err("one of entity, source, document, claim, retraction and commit is expected".to_owned())
        }
        item => Ok(item),
    }
}

/// Whether a file has an item on its first line, and is no pack.
pub(super) fn is_lines(path: &Path) -> Result<bool, Failure> {
    let mut begin = Vec::new();
    let reader = open(path, &Arc::default()).map_err(|source| unreadable(path, source))?;
    reader.take(1_024).read_to_end(&mut begin).map_err(|source| unreadable(path, source))?;
    let Some(rest) = begin.trim_ascii_start().strip_prefix(b"{") else { return Ok(false) };
    let Some(rest) = rest.trim_ascii_start().strip_prefix(b"\"") else { return Ok(false) };
    let item = pb::LedgerItem::full_name();
    let item = descriptors().get_message_by_name(&item).expect("the descriptors are those of the messages");
    let mut names = item.fields().map(|field| field.name().to_owned());
    Ok(names.any(|name| rest.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.starts_with(b"\""))))
}

/// What an import of these files is called: another content or name is another import, and so is another
/// way to read them.
pub(super) fn import_id<'f>(
    how: &str,
    files: impl IntoIterator<Item = &'f PathBuf>,
) -> Result<String, Failure> {
    let mut all = Sha256::new();
    all.update(how);
    for path in files {
        let mut hash = Sha256::new();
        let mut file = File::open(path).map_err(|source| unreadable(path, source))?;
        io::copy(&mut file, &mut HashWriter(&mut hash)).map_err(|source| unreadable(path, source))?;
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        all.update((name.len() as u64).to_be_bytes());
        all.update(name);
        all.update(hash.finalize());
    }
    Ok(all.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

struct HashWriter<'a>(&'a mut Sha256);

impl io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn unreadable(path: &Path, source: io::Error) -> Failure {
    Failure::Unreadable { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn file(directory: &Path, name: &str, bytes: &[u8]) -> PathBuf {
        let path = directory.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn gzipped(bytes: &[u8]) -> Vec<u8> {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap()
    }

    #[test]
    fn files_are_known_by_what_they_hold() {
        let home = tempfile::tempdir().unwrap();
        let is = |name: &str, bytes: &[u8]| is_lines(&file(home.path(), name, bytes)).unwrap();
        assert!(is("a", b"{\"claim\":{}}\n"));
        assert!(is("b", b"\n  { \"commit\" : {}}"));
        assert!(is("c", &gzipped(b"{\"entity\":{}}\n")));
        for pack in ["claims: []", "{ claims: [] }", "{\"claims\": []}", "", "- {\"claim\": 1}"] {
            assert!(!is("d", pack.as_bytes()), "{pack}");
        }
    }

    #[test]
    fn lines_are_numbered_and_each_says_what_is_wrong_with_it() {
        let home = tempfile::tempdir().unwrap();
        let text = br#"{"claim":{"id":"a","state":"STATE_PRESENT"}}

{"claim":{"id":"b","colour":"red"}}
{"claim":{"id":"c","state":"STATE_ODD"}}
{"claim":{"id":"d"}
{"retraction":{"id":"e"}} x
{}
"#;
        let files = [
            file(home.path(), "a.jsonl", text),
            file(home.path(), "b.jsonl", &gzipped(b"{\"source\":{\"id\":\"s\"}}")),
        ];
        let mut lines = Lines::of(&files);
        let mut found = Vec::new();
        while let Some(read) = lines.next().unwrap() {
            let told = match read {
                Item::Item(place, item) => {
                    let told = match item.item {
                        Some(pb::ledger_item::Item::Claim(claim)) => claim.id,
                        item => format!("{item:?}").chars().take(20).collect(),
                    };
                    place.fault("", told).to_string()
                }
                Item::Known => panic!("each is read anew"),
                Item::Broken(faults) => faults.iter().map(ToString::to_string).collect(),
            };
            found.push(told.replace(&format!("{}/", home.path().display()), ""));
        }
        assert_eq!(
            found,
            [
                "a.jsonl:1: a",
                "a.jsonl:3: unrecognized field name 'colour' at column 27",
                "a.jsonl:4: unrecognized enum value 'STATE_ODD' at column 38",
                "a.jsonl:5: EOF while parsing an object at line 2 column 0",
                "a.jsonl:6: trailing characters at column 27",
                "a.jsonl:7: one of entity, source, document, claim, retraction and commit is expected",
                "b.jsonl:1: Some(Source(Source {",
            ]
        );
        assert_eq!(lines.progress(), files.iter().map(|file| file.metadata().unwrap().len()).sum::<u64>());
    }

    #[test]
    fn another_content_or_name_is_another_import() {
        let home = tempfile::tempdir().unwrap();
        let read =
            |how: &str, name: &str, bytes: &[u8]| import_id(how, &[file(home.path(), name, bytes)]).unwrap();
        let id = |name: &str, bytes: &[u8]| read("", name, bytes);
        let first = id("a", b"x");
        assert_eq!(first.len(), 64);
        assert_eq!(id("a", b"x"), first);
        assert_ne!(id("b", b"x"), first);
        assert_ne!(id("a", b"y"), first);
        assert_ne!(read("table", "a", b"x"), first);
    }

    #[test]
    fn a_file_that_ends_within_a_line_says_so() {
        let home = tempfile::tempdir().unwrap();
        let read = |text: &str| {
            let mut lines = Lines::of(&[file(home.path(), "a.jsonl", text.as_bytes())]);
            let read = lines.next().and_then(|_| lines.next());
            read.map(|read| matches!(read, Some(Item::Broken(_)))).map_err(|failure| failure.to_string())
        };
        let first = "{\"claim\":{}}\n";
        let cut = format!(
            "{}:2: the file ends within this line: it was cut short",
            home.path().join("a.jsonl").display()
        );
        assert_eq!(read(&format!("{first}{{\"claim\":{{\"id\":\"a")), Err(cut.clone()));
        assert_eq!(read(&format!("{first}{{\"cl")), Err(cut));
        // It is whole, but wrong.
        assert_eq!(read(&format!("{first}{{\"claim\":1}}")), Ok(true));
        assert_eq!(read(&format!("{first}{{\"cl\n")), Ok(true));
        assert_eq!(read(first), Ok(false));
    }
}
