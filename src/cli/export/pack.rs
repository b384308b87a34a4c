//! What is exported as a pack, as a person would write it: what goes without saying is left out.

use crate::cli::Failure;
use crate::model::vocabulary::{Credibility, Mode, Reliability, SpeechAct};
use crate::model::{Claim, ClaimDraft, ContentDraft, Path, SourceDraft};
use crate::pack::yaml;
use crate::wire::pb::ledger_item::Item;
use crate::wire::{draft, pb};
use std::collections::HashSet;
use std::io::Write;

/// Items that become a pack. A pack is held whole in memory, as it is when it is read.
#[derive(Default)]
pub(super) struct Pack {
    entities: Vec<String>,
    sources: Vec<String>,
    documents: Vec<String>,
    claims: Vec<ClaimDraft>,
    /// Claims that are taken back, which a pack cannot say.
    retracted: HashSet<String>,
}

impl Pack {
    pub(super) fn add(&mut self, item: pb::LedgerItem) {
        // The ledger has no value that the contract has not.
        let mut violations = Vec::new();
        match item.item {
            Some(Item::Entity(entity)) => {
                self.entities.push(yaml::entity(&draft::entity(entity, Path::ROOT, &mut violations)));
            }
            Some(Item::Source(source)) => {
                let source = plain_source(draft::source(source, Path::ROOT, &mut violations));
                self.sources.push(yaml::source(&source));
            }
            Some(Item::Document(document)) => self.documents.push(yaml::document(&draft::document(document))),
            Some(Item::Claim(claim)) => self.claims.push(draft::claim(claim, Path::ROOT, &mut violations)),
            Some(Item::Retraction(retraction)) => {
                self.retracted.insert(retraction.id);
            }
            Some(Item::Commit(_)) | None => {}
        }
    }

    pub(super) fn write(mut self, out: &mut impl Write) -> Result<(), Failure> {
        let retracted = &self.retracted;
        self.claims.retain(|claim| !retracted.contains(&claim.id));
        for ClaimDraft { id, relations, .. } in &mut self.claims {
            relations.retain(|relation| {
                let is_there = !retracted.contains(&relation.claim);
                if !is_there {
                    let other = &relation.claim;
                    eprintln!("note: that {id} refers to {other} is left out: {other} is retracted, which a pack cannot say");
                }
                is_there
            });
        }
        let claims = self.claims.into_iter().map(|claim| yaml::claim(&plain(claim))).collect();
        let lists = [self.entities, self.sources, self.documents, claims];
        for (name, items) in ["entities", "sources", "documents", "claims"].into_iter().zip(lists) {
            if items.is_empty() {
                continue;
            }
            writeln!(out, "{name}:")?;
            for item in items {
                out.write_all(item.as_bytes())?;
            }
        }
        Ok(())
    }
}

fn plain_source(source: SourceDraft) -> SourceDraft {
    let reliability = source.reliability.filter(|reliability| *reliability != Reliability::F);
    SourceDraft { reliability, ..source }
}

/// The claim without what the ledger would add to it.
fn plain(mut claim: ClaimDraft) -> ClaimDraft {
    let Ok(meant) = Claim::parse(&claim, Path::ROOT) else { return claim };
    let edits: [fn(&mut ClaimDraft); 6] = [
        |claim| {
            if let Some(ContentDraft::Figure(figure)) = &mut claim.content
                && figure.notation.is_some()
            {
                (figure.low, figure.high, figure.best, figure.hedge) = (None, None, None, None);
                (figure.low_exclusive, figure.high_exclusive) = (false, false);
            }
        },
        |claim| {
            if let Some(ContentDraft::Figure(figure)) = &mut claim.content {
                figure.basis = None;
            }
        },
        |claim| claim.mode = claim.mode.filter(|mode| *mode != Mode::Fact),
        |claim| claim.credibility = claim.credibility.filter(|it| *it != Credibility::CannotBeJudged),
        |claim| {
            if let Some(step) = claim.attribution.first_mut() {
                step.act = step.act.filter(|act| *act != SpeechAct::Said);
            }
        },
        |claim| {
            if let Some(likelihood) = &mut claim.likelihood {
                likelihood.scale = None;
            }
        },
    ];
    for edit in edits {
        let mut plainer = claim.clone();
        edit(&mut plainer);
        if Claim::parse(&plainer, Path::ROOT).as_ref() == Ok(&meant) {
            claim = plainer;
        }
    }
    claim
}
