//! Item bytes: what the ledger keeps of an item and what its digest covers. They are the item's
//! message, made once from the model when it is written: inputs only, times and figures resolved,
//! the hedge table's version beside them. Fields stand in the order of their numbers, maps are
//! sorted by key, defaults are written out by the model, zero has one sign: equal items have equal
//! bytes. They are never encoded anew; a claim with its revision is these bytes and some more, since
//! encoded messages concatenate.

use super::{draft, message, pb};
use crate::model::{
    Claim, ClaimDraft, Document, DocumentDraft, Entity, EntityDraft, Path, Retraction, Source, SourceDraft,
    Violation,
};
use prost::{DecodeError, Message};

/// Why bytes are no item of ours: they are damaged, or not of this version's making.
#[derive(Debug, thiserror::Error)]
pub enum ItemError {
    /// They are no message.
    #[error("item bytes do not decode")]
    Encoding(#[from] DecodeError),
    /// They are a message that the model refuses.
    #[error("item bytes hold what the model refuses: {}", first(.0))]
    Content(Vec<Violation>),
}

/// An entity's item bytes.
pub fn encode_entity(entity: &Entity) -> Vec<u8> {
    message::entity(entity).encode_to_vec()
}

/// A source's item bytes.
pub fn encode_source(source: &Source) -> Vec<u8> {
    message::source(source).encode_to_vec()
}

/// A document's item bytes.
pub fn encode_document(document: &Document) -> Vec<u8> {
    message::document(document).encode_to_vec()
}

/// A claim's item bytes.
pub fn encode_claim(claim: &Claim) -> Vec<u8> {
    message::claim(claim).encode_to_vec()
}

/// A retraction's item bytes.
pub fn encode_retraction(retraction: &Retraction) -> Vec<u8> {
    let Retraction { id, version, reason } = retraction;
    pb::RetractedClaim { id: id.to_string(), version: *version, reason: reason.clone() }.encode_to_vec()
}

/// The retraction that these item bytes hold.
///
/// # Errors
/// [`ItemError`], if they hold none.
pub fn decode_retraction(bytes: &[u8]) -> Result<Retraction, ItemError> {
    let pb::RetractedClaim { id, version, reason } = pb::RetractedClaim::decode(bytes)?;
    Retraction::parse(&id, version, &reason, Path::ROOT).map_err(ItemError::Content)
}

/// The entity that these item bytes hold.
///
/// # Errors
/// [`ItemError`], if they hold none.
pub fn decode_entity(bytes: &[u8]) -> Result<Entity, ItemError> {
    Entity::parse(&entity_draft(bytes)?, Path::ROOT).map_err(ItemError::Content)
}

/// The source that these item bytes hold.
///
/// # Errors
/// [`ItemError`], if they hold none.
pub fn decode_source(bytes: &[u8]) -> Result<Source, ItemError> {
    Source::parse(&source_draft(bytes)?, Path::ROOT).map_err(ItemError::Content)
}

/// The document that these item bytes hold.
///
/// # Errors
/// [`ItemError`], if they hold none.
pub fn decode_document(bytes: &[u8]) -> Result<Document, ItemError> {
    Document::parse(&document_draft(bytes)?, Path::ROOT).map_err(ItemError::Content)
}

/// The claim that these item bytes hold.
///
/// # Errors
/// [`ItemError`], if they hold none.
pub fn decode_claim(bytes: &[u8]) -> Result<Claim, ItemError> {
    Claim::parse(&claim_draft(bytes)?, Path::ROOT).map_err(ItemError::Content)
}

/// The entity that these item bytes hold, as a writer would give it.
///
/// # Errors
/// [`ItemError`], if they hold none; what the model would refuse is not looked for.
pub fn entity_draft(bytes: &[u8]) -> Result<EntityDraft, ItemError> {
    let mut violations = Vec::new();
    let draft = draft::entity(pb::Entity::decode(bytes)?, Path::ROOT, &mut violations);
    sound(violations).map(|()| draft)
}

/// The source that these item bytes hold, as a writer would give it.
///
/// # Errors
/// As [`entity_draft`].
pub fn source_draft(bytes: &[u8]) -> Result<SourceDraft, ItemError> {
    let mut violations = Vec::new();
    let draft = draft::source(pb::Source::decode(bytes)?, Path::ROOT, &mut violations);
    sound(violations).map(|()| draft)
}

/// The document that these item bytes hold, as a writer would give it.
///
/// # Errors
/// As [`entity_draft`].
pub fn document_draft(bytes: &[u8]) -> Result<DocumentDraft, ItemError> {
    Ok(draft::document(pb::Document::decode(bytes)?))
}

/// The claim that these item bytes hold, as a writer would give it.
///
/// # Errors
/// As [`entity_draft`].
pub fn claim_draft(bytes: &[u8]) -> Result<ClaimDraft, ItemError> {
    let mut violations = Vec::new();
    let draft = draft::claim(pb::Claim::decode(bytes)?, Path::ROOT, &mut violations);
    sound(violations).map(|()| draft)
}

fn sound(violations: Vec<Violation>) -> Result<(), ItemError> {
    if violations.is_empty() { Ok(()) } else { Err(ItemError::Content(violations)) }
}

fn first(violations: &[Violation]) -> String {
    violations.first().map(ToString::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests;
