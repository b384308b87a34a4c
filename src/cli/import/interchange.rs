//! ClaimReviews and FollowTheMoney statements as items.

use super::newcomers::Newcomers;
use super::source::{Fault, Place, Read, Source};
use crate::cli::Failure;
use crate::pack::claimreview::{ReviewFault, Reviews, ReviewsError};
use crate::pack::statements::Statements;
use crate::pack::{LeftOut, Located, Pack, open};
use crate::wire::pb::ledger_item::Item;
use crate::wire::{pb, request};
use std::collections::VecDeque;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of a file that say what it is.
const HEAD_BYTES: u64 = 1 << 16;

/// What others write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// ClaimReviews of schema.org, as JSON-LD
    Claimreview,
    /// FollowTheMoney statements, as CSV
    Ftm,
}

impl Format {
    /// Tells imports of the formats apart.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Claimreview => "claimreview",
            Self::Ftm => "ftm",
        }
    }

    /// What all of these files are; none if they are packs, differ, or cannot be read.
    pub(super) fn of(files: &[PathBuf]) -> Option<Self> {
        let mut formats = files.iter().map(|file| Self::of_head(&head(file)));
        let first = formats.next()??;
        formats.all(|format| format == Some(first)).then_some(first)
    }

    fn of_head(head: &str) -> Option<Self> {
        let head = head.trim_start_matches('\u{feff}').trim_start();
        if head.starts_with(['{', '[']) {
            // In a text of another format the quotes would be escaped.
            let is_linked_data = head.contains("\"@type\"") || head.contains("\"@context\"");
            return is_linked_data.then_some(Self::Claimreview);
        }
        let columns: Vec<_> =
            head.lines().next()?.split(',').map(|name| name.trim().trim_matches('"')).collect();
        let has_all =
            ["entity_id", "prop", "schema", "value", "dataset"].iter().all(|name| columns.contains(name));
        has_all.then_some(Self::Ftm)
    }
}

fn head(file: &Path) -> String {
    let mut head = Vec::new();
    // What cannot be read is told where it is read.
    let _ = open(file, &Arc::default()).map(|file| file.take(HEAD_BYTES).read_to_end(&mut head));
    String::from_utf8_lossy(&head).into_owned()
}

/// Files of one format, one after the other, as items. What the ledger has in its registry is left as it is.
pub(super) struct Texts {
    format: Format,
    files: VecDeque<PathBuf>,
    /// The file that is read, and how long it is.
    open: Option<(u64, Open)>,
    newcomers: Newcomers,
    /// What was read and not given yet.
    read: VecDeque<Read<'static>>,
    /// What was left out of the files before the one that is open.
    left_out: LeftOut,
    /// Bytes of the files that were read to their ends.
    bytes: u64,
}

enum Open {
    Reviews(Box<Reviews>),
    Statements(Box<Statements>),
}

impl Texts {
    pub(super) fn of(format: Format, files: &[PathBuf], newcomers: Newcomers) -> Self {
        let (open, read, left_out) = (None, VecDeque::new(), LeftOut::default());
        Self { format, files: files.to_vec().into(), open, newcomers, read, left_out, bytes: 0 }
    }

    /// Reads all reviews once, so that a broken file changes nothing. Statements are read before their first
    /// is given.
    pub(super) fn check(format: Format, files: &[PathBuf]) -> Result<(), Failure> {
        let reviews = files.iter().filter(|_| format == Format::Claimreview);
        for file in reviews {
            Reviews::open(file)?.find_map(Result::err).map_or(Ok(()), Err)?;
        }
        Ok(())
    }

    fn take(&mut self, pack: Pack) {
        let Pack { entities, sources, documents, claims } = pack;
        let newcomers = &mut self.newcomers;
        for entity in entities {
            // The topics of properties and data sets are the importer's own, and change with the file.
            let is_own = entity.item.id == "ftm" || entity.item.id.starts_with("ftm.");
            self.read.push_back(read(entity, |draft| {
                let draft = if is_own { Some(draft) } else { newcomers.entity(draft) };
                draft.map(|draft| Item::Entity(request::entity(draft)))
            }));
        }
        for source in sources {
            self.read.push_back(read(source, |draft| {
                newcomers.source(draft).map(|draft| Item::Source(request::source(draft)))
            }));
        }
        for document in documents {
            self.read.push_back(read(document, |draft| {
                newcomers.document(draft).map(|draft| Item::Document(request::document(draft)))
            }));
        }
        self.read.extend(
            claims.into_iter().map(|claim| read(claim, |draft| Some(Item::Claim(request::claim(draft))))),
        );
    }
}

fn read<T>(located: Located<T>, new: impl FnOnce(T) -> Option<Item>) -> Read<'static> {
    let Located { item, file, line, path } = located;
    let place = Place::Within { file, line: line as u64, path };
    new(item).map_or(Read::Known, |item| Read::Item(place, Box::new(pb::LedgerItem { item: Some(item) })))
}

impl Source<'static> for Texts {
    fn next(&mut self) -> Result<Option<Read<'static>>, Failure> {
        loop {
            if let Some(read) = self.read.pop_front() {
                return Ok(Some(read));
            }
            let pack = match &mut self.open {
                None => {
                    let Some(file) = self.files.pop_front() else { return Ok(None) };
                    let bytes = file.metadata().map_or(0, |metadata| metadata.len());
                    let open = match self.format {
                        Format::Claimreview => Open::Reviews(Box::new(Reviews::open(&file)?)),
                        Format::Ftm => Open::Statements(Box::new(Statements::open(&file)?)),
                    };
                    self.open = Some((bytes, open));
                    continue;
                }
                Some((_, Open::Reviews(reviews))) => match reviews.next().transpose() {
                    Err(ReviewsError::Refused(faults)) => {
                        let fault = |ReviewFault { file, line, path, problem }| Fault::Line {
                            file,
                            line: line as u64,
                            path,
                            message: problem.to_string(),
                        };
                        self.read.push_back(Read::Broken(faults.into_iter().map(fault).collect()));
                        continue;
                    }
                    pack => pack?,
                },
                Some((_, Open::Statements(statements))) => statements.next().transpose()?,
            };
            match pack {
                Some(pack) => self.take(pack),
                None => {
                    let (bytes, left_out) = match self.open.take() {
                        Some((bytes, Open::Reviews(reviews))) => (bytes, reviews.left_out().clone()),
                        Some((bytes, Open::Statements(statements))) => (bytes, statements.left_out().clone()),
                        None => continue,
                    };
                    self.left_out.merge(left_out);
                    self.bytes += bytes;
                }
            }
        }
    }

    fn progress(&self) -> u64 {
        self.bytes
    }

    fn notes(&self) -> String {
        self.left_out.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_itself_what_it_is() {
        let of = Format::of_head;
        assert_eq!(of("\u{feff} {\n \"@context\": \"https://schema.org\""), Some(Format::Claimreview));
        assert_eq!(of("[{\"@type\":\"ClaimReview\"}]"), Some(Format::Claimreview));
        assert_eq!(of("{\"claim\":{\"text\":\"\\\"@type\\\" is a word\"}}\n"), None);
        assert_eq!(of("\"id\",\"entity_id\",\"prop\",\"schema\",\"value\",\"dataset\"\n"), Some(Format::Ftm));
        assert_eq!(of("id,value\n"), None);
        assert_eq!(of("claims:\n  - id: a\n"), None);
        assert_eq!(of(""), None);
    }
}
