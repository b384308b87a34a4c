//! What a picture needs beside the answer: the claims that a view names, and names for them.

use super::chart::Facts;
use crate::cli::Failure;
use crate::cli::target::Ledger;
use crate::wire::pb::query_response::Result as Rows;
use crate::wire::pb::{Claim, ClaimRef, ItemType, QueryResponse, Source};
use std::collections::{BTreeMap, BTreeSet};

/// The facts for an answer, as of its revision.
pub(super) async fn facts(answer: &QueryResponse, ledger: &Ledger) -> Result<Facts, Failure> {
    let revision = answer.revision.as_ref().map_or(0, |revision| revision.number);
    let ids: Vec<String> = claims(answer.result.as_ref()).into_iter().collect();
    let mut facts = Facts::default();
    for name in &answer.names {
        if name.r#type() == ItemType::Entity {
            facts.entities.insert(name.id.clone(), name.name.clone());
        }
    }
    let listed = if ids.is_empty() { Vec::new() } else { ledger.claims(&ids, revision).await? };
    let matched = match &answer.result {
        Some(Rows::Claims(found)) => found.matches.iter().filter_map(|found| found.claim.as_ref()).collect(),
        _ => Vec::new(),
    };
    let mut sources = BTreeMap::new();
    for claim in listed.iter().chain(matched) {
        for source in claim.attribution.first().iter().flat_map(|step| &step.sources) {
            let root = root(source, ledger, revision, &mut sources).await?;
            facts.roots.insert(source.clone(), root);
        }
        for entity in entities(claim) {
            if !facts.entities.contains_key(entity) {
                let known = ledger.entity(entity, revision).await?;
                facts
                    .entities
                    .insert(entity.clone(), known.map_or_else(|| entity.clone(), |known| known.name));
            }
        }
    }
    facts.claims = listed.into_iter().map(|claim| (claim.id.clone(), claim)).collect();
    Ok(facts)
}

/// The ids of the claims that a view with a picture names.
fn claims(rows: Option<&Rows>) -> BTreeSet<String> {
    let refs: Vec<&ClaimRef> = match rows {
        Some(Rows::Envelopes(found)) => found.rows.iter().flat_map(|row| &row.members).collect(),
        Some(Rows::Conflicts(found)) => {
            found.rows.iter().flat_map(|row| row.first.iter().chain(&row.second)).collect()
        }
        Some(Rows::Timelines(found)) => {
            let entries = found.rows.iter().flat_map(|row| &row.entries);
            entries.filter_map(|entry| entry.claim.as_ref()).collect()
        }
        _ => Vec::new(),
    };
    refs.into_iter().map(|claim| claim.id.clone()).collect()
}

/// The entities that say what a claim is about.
fn entities(claim: &Claim) -> impl Iterator<Item = &String> {
    let one = [&claim.kind, &claim.action, &claim.incident].into_iter().filter(|id| !id.is_empty());
    claim.actors.iter().chain(&claim.places).chain(one)
}

/// The name of the topmost source that a source is part of.
async fn root(
    id: &str,
    ledger: &Ledger,
    revision: u64,
    known: &mut BTreeMap<String, Option<Source>>,
) -> Result<String, Failure> {
    let mut id = id.to_owned();
    loop {
        if !known.contains_key(&id) {
            known.insert(id.clone(), ledger.source(&id, revision).await?);
        }
        match known.get(&id).and_then(Option::as_ref) {
            Some(source) if source.part_of.is_empty() => return Ok(source.name.clone()),
            Some(source) => id.clone_from(&source.part_of),
            None => return Ok(id),
        }
    }
}
