//! `sayso import` of ClaimReviews and of FollowTheMoney statements.

use super::newcomers::Newcomers;
use super::write::{self, MAX_BATCH_BYTES};
use super::{Places, Tally, batch_of, batches, len};
use crate::cli::Failure;
use crate::cli::target::{Ledger, Place, Target};
use crate::engine;
use crate::model::limits::MAX_BATCH_ITEMS;
use crate::pack::claimreview::Reviews;
use crate::pack::statements::Statements;
use crate::pack::{LeftOut, Located, Pack, open};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Items that are gathered before they are written.
const BATCH_ITEMS: usize = MAX_BATCH_ITEMS / 2;
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

/// Imports files of one format, batch by batch; what the ledger has in its registry is left as it is.
pub(super) async fn run(format: Format, files: &[PathBuf], target: Target) -> Result<(), Failure> {
    // Before anything is written, all is read once, so that a broken file changes nothing.
    if format == Format::Claimreview {
        for file in files {
            let faulty = Reviews::open(file)?.find_map(Result::err);
            faulty.map_or(Ok(()), Err)?;
        }
    }
    let ledger = target.place().unwrap_or_else(Place::usual_server).ledger(true).await?;
    let newcomers = Newcomers::to(&ledger).await?;
    let mut import =
        Import { ledger, newcomers, pending: Pack::default(), bytes: 0, tally: Tally::default(), kept: 0 };
    let mut left_out = LeftOut::default();
    for file in files {
        match format {
            Format::Claimreview => {
                let mut reviews = Reviews::open(file)?;
                for pack in reviews.by_ref() {
                    import.add(pack?).await?;
                }
                left_out.merge(reviews.left_out().clone());
            }
            Format::Ftm => {
                let mut statements = Statements::open(file)?;
                for pack in statements.by_ref() {
                    import.add(pack?).await?;
                }
                left_out.merge(statements.left_out().clone());
            }
        }
    }
    import.write().await?;
    eprintln!("{}", import.tally);
    if import.kept > 0 {
        eprintln!("{} entities, sources and documents left as the ledger has them", import.kept);
    }
    if !left_out.is_empty() {
        eprintln!("{left_out}");
    }
    Ok(())
}

struct Import {
    ledger: Ledger,
    newcomers: Newcomers,
    /// What is not written yet.
    pending: Pack,
    /// Bytes that its claims are sent in.
    bytes: usize,
    tally: Tally,
    /// Items of the registry that the ledger had.
    kept: usize,
}

impl Import {
    async fn add(&mut self, pack: Pack) -> Result<(), Failure> {
        let found = len(&pack);
        let before = len(&self.pending);
        for Located { item, file, line, path } in pack.entities {
            // The topics of properties and data sets are the importer's own, and change with the file.
            let is_own = item.id == "ftm" || item.id.starts_with("ftm.");
            let item = if is_own { Some(item) } else { self.newcomers.entity(item) };
            self.pending.entities.extend(item.map(|item| Located { item, file, line, path }));
        }
        for Located { item, file, line, path } in pack.sources {
            let item = self.newcomers.source(item);
            self.pending.sources.extend(item.map(|item| Located { item, file, line, path }));
        }
        for Located { item, file, line, path } in pack.documents {
            let item = self.newcomers.document(item);
            self.pending.documents.extend(item.map(|item| Located { item, file, line, path }));
        }
        let claims = pack.claims.iter().map(|located| located.item.clone()).collect();
        self.bytes += write::bytes(engine::Batch { claims, ..engine::Batch::default() });
        self.pending.claims.extend(pack.claims);
        self.kept += found - (len(&self.pending) - before);
        if len(&self.pending) >= BATCH_ITEMS || self.bytes >= MAX_BATCH_BYTES {
            self.write().await
        } else {
            Ok(())
        }
    }

    async fn write(&mut self) -> Result<(), Failure> {
        let pending = std::mem::take(&mut self.pending);
        self.bytes = 0;
        if len(&pending) == 0 {
            return Ok(());
        }
        for batch in batches(pending, MAX_BATCH_ITEMS) {
            let places = Places::of(&batch);
            let written = write::write(&self.ledger, batch_of(batch)).await;
            self.tally.add(&written.map_err(|refusal| places.failure(refusal))?);
        }
        Ok(())
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
