//! Packs: entities, sources, documents and claims as YAML that a person can write by hand.
//! `docs/pack.md` describes the format.

pub mod claimreview;
mod error;
mod fields;
mod input;
mod items;
mod left_out;
pub mod mapping;
mod node;
mod plain;
pub mod statements;
mod write;
pub mod yaml;

pub use error::{Fault, PackError, Problem, Shape};
pub use input::{MAX_ROW_BYTES, open};
pub use left_out::LeftOut;

use crate::model::{ClaimDraft, DocumentDraft, EntityDraft, Path, SourceDraft};
use error::Report;
use fields::Fields;
use std::fs;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

/// What one pack file, or several read together, hold. Items stand in the order of the files and
/// of their lines; what they refer to may stand anywhere.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pack {
    /// What claims are about.
    pub entities: Vec<Located<EntityDraft>>,
    /// Who speaks.
    pub sources: Vec<Located<SourceDraft>>,
    /// Where claims were read.
    pub documents: Vec<Located<DocumentDraft>>,
    /// What was said.
    pub claims: Vec<Located<ClaimDraft>>,
}

/// An item and where it was read, so that what is found wrong with it later can name the place.
#[derive(Clone, Debug, PartialEq)]
pub struct Located<T> {
    /// The item.
    pub item: T,
    /// The file.
    pub file: Arc<FilePath>,
    /// The line on which the item begins, from 1.
    pub line: usize,
    /// The item's place in the file and its id, as `claims[3] (workers-sent)`.
    pub path: String,
}

impl Pack {
    /// Reads every `.yaml` and `.yml` file that stands directly in a directory, by name in bytewise
    /// order. All faults of all files are reported together.
    pub fn read_dir(directory: &FilePath) -> Result<Self, PackError> {
        let unreadable = |source| PackError::Unreadable { path: directory.to_owned(), source };
        let mut files = Vec::new();
        for entry in fs::read_dir(directory).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
                files.push(path);
            }
        }
        if files.is_empty() {
            return Err(PackError::NoFiles { directory: directory.to_owned() });
        }
        files.sort();
        Self::read_files(&files)
    }

    /// Reads files in the order given. All faults of all files are reported together.
    pub fn read_files(files: &[PathBuf]) -> Result<Self, PackError> {
        let mut pack = Self::default();
        let mut faults = Vec::new();
        for file in files {
            let text = fs::read_to_string(file)
                .map_err(|source| PackError::Unreadable { path: file.clone(), source })?;
            pack.add(file, &text, &mut faults);
        }
        pack.unless(faults)
    }

    /// Reads the text of one file; its name is only used to say where something stands.
    pub fn read_text(file: &FilePath, text: &str) -> Result<Self, PackError> {
        let mut pack = Self::default();
        let mut faults = Vec::new();
        pack.add(file, text, &mut faults);
        pack.unless(faults)
    }

    fn add(&mut self, file: &FilePath, text: &str, faults: &mut Vec<Fault>) {
        let mut report = Report::new(file);
        match node::parse(text) {
            Ok(None) => {}
            Ok(Some(root)) => {
                Fields::of(&root, Path::ROOT, &mut report, |fields| {
                    self.entities.extend(fields.items("entities", items::entity, |entity| &entity.id));
                    self.sources.extend(fields.items("sources", items::source, |source| &source.id));
                    self.documents
                        .extend(fields.items("documents", items::document, |document| &document.id));
                    self.claims.extend(fields.items("claims", items::claim, |claim| &claim.id));
                });
            }
            Err((position, problem)) => report.add(position, String::new(), problem),
        }
        faults.extend(report.into_faults());
    }

    fn unless(self, faults: Vec<Fault>) -> Result<Self, PackError> {
        if faults.is_empty() { Ok(self) } else { Err(PackError::Refused { faults }) }
    }
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
