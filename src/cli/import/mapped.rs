//! How tables are read by a mapping, and what would become of their first rows.

use super::newcomers::Newcomers;
use crate::cli::Failure;
use crate::pack::mapping::{Made, Mapping, RowDrafts, RowError};
use std::io::Write;
use std::path::PathBuf;

/// Faults after which a dry run ends.
const MAX_SHOWN: usize = 20;

/// How tables are read.
#[derive(Debug, clap::Args)]
pub(super) struct Tables {
    /// A mapping: the FILEs are tables, and it says which column is what, as docs/mapping.md describes
    #[arg(long, value_name = "FILE")]
    pub(super) mapping: Option<PathBuf>,
    /// Show the first N claims as they would be, as a pack, and write nothing
    #[arg(long, value_name = "N", requires = "mapping", num_args = 0..=1, require_equals = true, default_missing_value = "5")]
    pub(super) dry_run: Option<usize>,
    /// Go on past what is wrong, but with packs, and write that to REPORT: of tables as CSV, else as lines of
    /// JSON
    #[arg(long, value_name = "REPORT", conflicts_with = "dry_run")]
    pub(super) continue_on_error: Option<PathBuf>,
    /// Begin with this row of the first table, counted from 1 without the heading
    #[arg(long, value_name = "ROW", requires = "mapping", default_value_t = 1)]
    pub(super) from: u64,
}

/// Shows the first claims, and what they refer to, as a pack.
pub(super) fn dry_run(
    mapping: &Mapping,
    tables: &[PathBuf],
    mut from: u64,
    claims: usize,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let mut newcomers = Newcomers::default();
    let mut lists = [const { String::new() }; 4];
    let mut faults = Vec::new();
    let mut left = claims;
    'all: for table in tables {
        let mut drafts = mapping.drafts(table)?;
        drafts.skip_to(from)?;
        from = 1;
        while left > 0 && faults.len() < MAX_SHOWN {
            let mut row = match drafts.next() {
                None => break,
                Some(Err(RowError::Broken(found))) => {
                    faults.extend(found.iter().map(ToString::to_string));
                    continue;
                }
                Some(Err(RowError::Ended(error))) => {
                    faults.push(error.to_string());
                    break 'all;
                }
                Some(Ok(row)) => row,
            };
            faults.extend(drafts.sift(&mut row).iter().map(ToString::to_string));
            let RowDrafts { row, entities, sources, documents, claims } = row;
            for Made { item, origin } in entities {
                let by_name = item.id.is_empty();
                if let Some(entity) = newcomers.entity(item) {
                    let id = by_name.then_some(entity.id.as_str());
                    lists[0].push_str(&drafts.yaml(&row, &origin, id));
                }
            }
            for Made { item, origin } in sources {
                let by_name = item.id.is_empty();
                if let Some(source) = newcomers.source(item) {
                    let id = by_name.then_some(source.id.as_str());
                    lists[1].push_str(&drafts.yaml(&row, &origin, id));
                }
            }
            for Made { item, origin } in documents {
                if newcomers.document(item).is_some() {
                    lists[2].push_str(&drafts.yaml(&row, &origin, None));
                }
            }
            for Made { origin, .. } in claims.into_iter().take(left) {
                lists[3].push_str(&drafts.yaml(&row, &origin, None));
                left -= 1;
            }
        }
    }
    for (name, items) in ["entities", "sources", "documents", "claims"].into_iter().zip(lists) {
        if !items.is_empty() {
            writeln!(out, "{name}:")?;
            out.write_all(items.as_bytes())?;
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Failure::Refused(faults)) }
}
