//! Between the contract's messages on watching and the engine's.

use super::answer::{self, Names};
use super::item::ItemError;
use super::question::{self, QuestionError};
use super::{pb, stored};
use crate::engine::{ChangedClaim, Changes, GoneClaim, Watch, WatchRequest};
use crate::store::Commit;

/// A question for what changes.
///
/// # Errors
/// A parameter that is no value.
pub fn question(request: pb::WatchRequest) -> Result<WatchRequest, QuestionError> {
    let pb::WatchRequest { query, parameters, after_revision } = request;
    let parameters = question::parameters(parameters.unwrap_or_default())?;
    Ok(WatchRequest { text: query, parameters, after: after_revision })
}

/// The first message of a watch.
pub fn begun(watch: &Watch, commit: &Commit) -> pb::WatchResponse {
    let canonical_query = watch.canonical();
    pb::WatchResponse { canonical_query, ..checkpoint(commit) }
}

/// What changed with a revision, or a part of it.
///
/// # Errors
/// A stored claim is damaged.
pub fn changes(changes: Changes) -> Result<pb::WatchResponse, ItemError> {
    let Changes { commit, added, changed, gone, is_whole, registry } = changes;
    let mut names = Names::new(&registry);
    let added = answer::claim_matches(added, &mut names)?.matches;
    let changed = changed.into_iter().map(|ChangedClaim { now, before, version_before }| {
        let claim = answer::claim(now.item)?;
        names.of_claim(&claim);
        let [truth, truth_before] = [now.truth, before].map(|truth| stored::truth(truth).into());
        Ok::<_, ItemError>(pb::ChangedClaim { claim: Some(claim), truth, truth_before, version_before })
    });
    let changed = changed.collect::<Result<_, _>>()?;
    let gone = gone.into_iter().map(|GoneClaim { id, version, before, is_retracted }| pb::GoneClaim {
        id: id.as_ref().to_owned(),
        version,
        truth_before: stored::truth(before).into(),
        retracted: is_retracted,
    });
    Ok(pb::WatchResponse {
        added,
        changed,
        gone: gone.collect(),
        names: names.found(),
        checkpoint: is_whole,
        ..checkpoint(&commit)
    })
}

fn checkpoint(commit: &Commit) -> pb::WatchResponse {
    let revision = Some(answer::revision(commit));
    pb::WatchResponse { revision, checkpoint: true, ..pb::WatchResponse::default() }
}
