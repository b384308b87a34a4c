//! What may follow a ledger's last commit, on every store.

use super::commit::{Head, ItemKind, NewItem};
use super::error::WriteError;
use std::collections::HashSet;
use std::sync::Arc;

/// The latest version of an item.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) version: u32,
    pub(super) retracted: bool,
}

/// Refuses items that do not follow from the ledger; `known` tells of what is there, a claim for its
/// retraction.
pub(super) fn check(
    head: &Head,
    recorded: i64,
    items: &[NewItem],
    mut known: impl FnMut(ItemKind, &Arc<str>) -> Result<Option<Known>, WriteError>,
) -> Result<(), WriteError> {
    if head.revision > 0 && recorded <= head.recorded {
        return Err(WriteError::Time { recorded, last: head.recorded });
    }
    let mut seen = HashSet::new();
    let disordered = items.windows(2).find(|pair| pair[0].kind > pair[1].kind);
    if let Some([_, NewItem { kind, id, .. }]) = disordered {
        return Err(WriteError::Order { kind: *kind, id: Arc::clone(id) });
    }
    for NewItem { kind, id, version, row, .. } in items {
        let (kind, found) = (*kind, *version);
        // A claim and its retraction are of one name.
        let name = if kind == ItemKind::Retraction { ItemKind::Claim } else { kind };
        if !seen.insert((name, &**id)) {
            return Err(WriteError::Twice { kind, id: Arc::clone(id) });
        }
        if row.is_some() != (kind == ItemKind::Claim) {
            return Err(WriteError::Row { kind, id: Arc::clone(id) });
        }
        let known = known(name, id)?;
        if kind == ItemKind::Retraction {
            if !known.is_some_and(|known| known.version == found && !known.retracted) {
                return Err(WriteError::Retraction { id: Arc::clone(id), version: found });
            }
            continue;
        }
        let expected = known.map_or(0, |known| known.version) + 1;
        if found != expected {
            return Err(WriteError::Version { kind, id: Arc::clone(id), found, expected });
        }
    }
    Ok(())
}
