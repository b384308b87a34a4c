//! What is wrong with drafts that can be told without a ledger.

use super::drafts::{Drafts, Made, RowDrafts};
use super::{RowFault, slug};
use crate::model::{Claim, Document, Entity, Path, Slug, Source, Violation};

impl Drafts<'_> {
    /// Takes out of a row's drafts what no ledger takes, and tells why, as an import does. Whether a
    /// ledger has what they name, and takes it there, only the ledger knows.
    pub fn sift(&self, drafts: &mut RowDrafts) -> Vec<RowFault> {
        let RowDrafts { row, entities, sources, documents, claims } = drafts;
        let mut faults = Vec::new();
        let mut is_sound = |origin: &_, violations: Vec<Violation>| {
            let is_sound = violations.is_empty();
            let blamed = violations
                .into_iter()
                .map(|Violation { path, problem }| self.blame(row, origin, &path, problem.to_string()));
            faults.extend(blamed);
            is_sound
        };
        entities.retain(|Made { item, origin }| {
            let mut draft = item.clone();
            draft.visit_references(Path::ROOT, |_, _, name| stand_in(name));
            give_id(&mut draft.id, &draft.name);
            is_sound(origin, Entity::parse(&draft, Path::ROOT).err().unwrap_or_default())
        });
        sources.retain(|Made { item, origin }| {
            let mut draft = item.clone();
            draft.visit_references(Path::ROOT, |_, _, name| stand_in(name));
            give_id(&mut draft.id, &draft.name);
            is_sound(origin, Source::parse(&draft, Path::ROOT).err().unwrap_or_default())
        });
        documents.retain(|Made { item, origin }| {
            let mut draft = item.clone();
            draft.visit_references(Path::ROOT, |_, _, name| stand_in(name));
            is_sound(origin, Document::parse(&draft, Path::ROOT).err().unwrap_or_default())
        });
        claims.retain(|Made { item, origin }| {
            let mut draft = item.clone();
            draft.visit_references(Path::ROOT, |_, _, name| stand_in(name));
            give_id(&mut draft.id, &draft.text);
            is_sound(origin, Claim::parse(&draft, Path::ROOT).err().unwrap_or_default())
        });
        faults
    }
}

/// An id in the place of a name that a ledger would look up: another for each name.
fn stand_in(name: &mut String) {
    if Slug::parse(name).is_err() {
        *name = slug(name, |_| true);
    }
}

/// An id where a ledger would make one.
fn give_id(id: &mut String, name: &str) {
    if id.is_empty() {
        *id = slug(name, |_| true);
    }
}
