//! From drafts to items that can be committed: names become ids, drafts become what cannot be
//! wrong, and everything that is wrong is told at once.

use super::record::{Batch, Fault, ItemViolation, RecordError, Retractions};
use crate::model::limits::{MAX_BATCH_ITEMS, MAX_REQUEST_ID_BYTES};
use crate::model::{
    Claim, ClaimDraft, ClaimId, Document, DocumentDraft, Entity, EntityDraft, Path, Problem, Reference,
    Retraction, Source, SourceDraft, Timestamp, Violation,
};
use crate::plan::Row;
use crate::registry::Registry;
use crate::wire::item;
use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Write as _;
use std::ops::Deref;
use std::sync::Arc;

/// A batch that is sound against one registry.
#[derive(Debug)]
pub(super) struct Prepared {
    batch: Batch,
    base: Arc<Registry>,
    pub(super) entities: Vec<Entity>,
    pub(super) sources: Vec<Source>,
    pub(super) documents: Vec<Document>,
    pub(super) claims: Vec<PreparedClaim>,
    /// The claims to be taken back.
    pub(super) retracted: Vec<ClaimId>,
    /// Why they are.
    pub(super) reason: String,
    /// Claims that relations refer to and the batch does not hold, with the place of each.
    pub(super) referred_claims: Vec<(String, String)>,
}

/// A claim with its item bytes and its row.
#[derive(Debug)]
pub(super) struct PreparedClaim {
    pub(super) claim: Claim,
    pub(super) bytes: Bytes,
    pub(super) row: Row,
}

impl Deref for Prepared {
    type Target = Batch;

    fn deref(&self) -> &Batch {
        &self.batch
    }
}

/// Makes items of the drafts.
pub(super) fn prepare(batch: Batch, base: &Arc<Registry>) -> Result<Prepared, RecordError> {
    let mut faults = Faults::default();
    check_bounds(&batch, &mut faults);
    faults.none_yet()?;

    let mut registry = with_names_of(&batch, base);
    let entities = parse_entities(&batch, base, &mut registry, &mut faults);
    let sources = parse_sources(&batch, &mut registry, &mut faults);
    let documents = parse_documents(&batch, &registry, &mut faults);
    let claims = parse_claims(&batch, &registry, &mut faults);
    let (retracted, reason) = parse_retractions(&batch, &mut faults);
    check_ids_once(&batch, &claims, &mut faults);
    faults.none_yet()?;

    let referred_claims = referred_claims(&claims);
    Ok(Prepared {
        base: Arc::clone(base),
        entities,
        sources,
        documents,
        claims,
        retracted,
        reason,
        referred_claims,
        batch,
    })
}

impl Prepared {
    /// The batch, prepared anew if the registry is another by now.
    pub(super) fn renewed(self, registry: &Arc<Registry>) -> Result<Self, RecordError> {
        if Arc::ptr_eq(&self.base, registry) { Ok(self) } else { prepare(self.batch, registry) }
    }

    /// The registry that the batch was prepared against.
    pub(super) fn base(&self) -> &Registry {
        &self.base
    }

    /// The registry with the batch's items that are new or changed.
    pub(super) fn registry(&self, revision: u64, recorded: Timestamp) -> Registry {
        let mut registry = (*self.base).clone();
        for entity in &self.entities {
            if self.base.entity(entity.id.as_str()).is_none_or(|known| known.item != *entity) {
                registry.add_entity(entity.clone(), revision, recorded);
            }
        }
        for source in &self.sources {
            if self.base.source(source.id.as_str()).is_none_or(|known| known.item != *source) {
                registry.add_source(source.clone(), revision, recorded);
            }
        }
        for document in &self.documents {
            if self.base.document(document.id.as_str()).is_none_or(|known| known.item != *document) {
                registry.add_document(document.clone(), revision, recorded);
            }
        }
        registry
    }
}

/// After so many faults, names are no longer looked for: the batch is refused in any case, and each
/// name that is missing takes a search through all names for what is like it.
const MAX_FAULTS_BEFORE_NAMES: usize = 32;

/// All that is wrong with a batch.
#[derive(Default)]
struct Faults {
    found: Vec<ItemViolation>,
    /// Names that stand for nothing, or were not looked for.
    unresolved: usize,
}

impl Faults {
    fn add(&mut self, at: &impl ToString, fault: Fault) {
        self.found.push(ItemViolation { path: at.to_string(), fault });
    }

    fn keep<T>(&mut self, parsed: Result<T, Vec<Violation>>) -> Option<T> {
        let item_violation =
            |Violation { path, problem }| ItemViolation { path, fault: Fault::Item(problem) };
        parsed.map_err(|violations| self.found.extend(violations.into_iter().map(item_violation))).ok()
    }

    fn none_yet(&mut self) -> Result<(), RecordError> {
        if self.found.is_empty() {
            Ok(())
        } else {
            Err(RecordError::Invalid(std::mem::take(&mut self.found)))
        }
    }

    /// Puts the id in the place of a name. A name that stands for nothing gives way to an id of its
    /// own, so that what else is wrong with the item is told too.
    fn resolve(&mut self, registry: &Registry, at: Path<'_>, reference: Reference, name: &mut String) {
        let full = self.found.len() >= MAX_FAULTS_BEFORE_NAMES;
        let looked_for = match reference {
            Reference::Claim => return,
            Reference::Entity(_) | Reference::Source | Reference::Document if full => None,
            Reference::Entity(role) => Some(registry.resolve_entity(name, role).map(|id| id.to_string())),
            Reference::Source => Some(registry.resolve_source(name).map(|id| id.to_string())),
            Reference::Document => Some(registry.resolve_document(name).map(|id| id.to_string())),
        };
        *name = match looked_for {
            Some(Ok(id)) => id,
            Some(Err(error)) => {
                self.add(&at, Fault::Name(error));
                self.placeholder()
            }
            None => self.placeholder(),
        };
    }

    fn placeholder(&mut self) -> String {
        self.unresolved += 1;
        format!("unknown-{}", self.unresolved)
    }
}

fn check_bounds(batch: &Batch, faults: &mut Faults) {
    let retracted = batch.retractions.as_ref().map_or(0, |retractions| retractions.ids.len());
    let found =
        batch.entities.len() + batch.sources.len() + batch.documents.len() + batch.claims.len() + retracted;
    if found > MAX_BATCH_ITEMS {
        faults.add(&"", Fault::TooManyItems { found, max: MAX_BATCH_ITEMS });
    }
    if let Some(request_id) = &batch.request_id
        && !(1..=MAX_REQUEST_ID_BYTES).contains(&request_id.len())
    {
        faults.add(&"request_id", Fault::RequestId { found: request_id.len(), max: MAX_REQUEST_ID_BYTES });
    }
}

/// The registry with the batch's own names in it, so that items may refer to each other in any
/// order. What they refer to is left out here; what is wrong with them is told later.
fn with_names_of(batch: &Batch, base: &Registry) -> Registry {
    let mut registry = base.clone();
    let unrecorded = Timestamp(0);
    for draft in &batch.entities {
        let bare = EntityDraft { parents: Vec::new(), ..draft.clone() };
        if let Ok(entity) = Entity::parse(&bare, Path::ROOT) {
            registry.add_entity(entity, 0, unrecorded);
        }
    }
    for draft in &batch.sources {
        let bare = SourceDraft {
            part_of: None,
            country: None,
            entity: None,
            interests: Vec::new(),
            ..draft.clone()
        };
        if let Ok(source) = Source::parse(&bare, Path::ROOT) {
            registry.add_source(source, 0, unrecorded);
        }
    }
    for draft in &batch.documents {
        let bare = DocumentDraft { publisher: None, ..draft.clone() };
        if let Ok(document) = Document::parse(&bare, Path::ROOT) {
            registry.add_document(document, 0, unrecorded);
        }
    }
    registry
}

fn parse_entities(
    batch: &Batch,
    base: &Registry,
    registry: &mut Registry,
    faults: &mut Faults,
) -> Vec<Entity> {
    let root = Path::ROOT;
    let list = root.field("entities");
    let mut entities = Vec::with_capacity(batch.entities.len());
    for (index, draft) in batch.entities.iter().enumerate() {
        let at = list.index(index);
        let mut draft = draft.clone();
        draft.visit_references(at, |at, reference, name| faults.resolve(registry, at, reference, name));
        let Some(entity) = faults.keep(Entity::parse(&draft, at)) else { continue };
        if let Some(known) = base.entity(entity.id.as_str())
            && known.kind != entity.kind
        {
            faults.add(&at.field("kind"), Fault::KindChanged { from: known.kind, to: entity.kind });
        }
        entities.push((index, entity));
    }
    for (_, entity) in &entities {
        registry.add_entity(entity.clone(), 0, Timestamp(0));
    }
    for (index, entity) in &entities {
        if let Err(cycle) = registry.check_entity_cycle(&entity.id) {
            faults.add(&list.index(*index).field("parents"), Fault::Cycle(cycle));
        }
    }
    entities.into_iter().map(|(_, entity)| entity).collect()
}

fn parse_sources(batch: &Batch, registry: &mut Registry, faults: &mut Faults) -> Vec<Source> {
    let root = Path::ROOT;
    let list = root.field("sources");
    let mut sources = Vec::with_capacity(batch.sources.len());
    for (index, draft) in batch.sources.iter().enumerate() {
        let at = list.index(index);
        let mut draft = draft.clone();
        draft.visit_references(at, |at, reference, name| faults.resolve(registry, at, reference, name));
        if let Some(source) = faults.keep(Source::parse(&draft, at)) {
            sources.push((index, source));
        }
    }
    for (_, source) in &sources {
        registry.add_source(source.clone(), 0, Timestamp(0));
    }
    for (index, source) in &sources {
        if let Err(cycle) = registry.check_source_cycle(&source.id) {
            faults.add(&list.index(*index).field("part_of"), Fault::Cycle(cycle));
        }
    }
    sources.into_iter().map(|(_, source)| source).collect()
}

fn parse_documents(batch: &Batch, registry: &Registry, faults: &mut Faults) -> Vec<Document> {
    let root = Path::ROOT;
    let list = root.field("documents");
    let mut documents = Vec::with_capacity(batch.documents.len());
    for (index, draft) in batch.documents.iter().enumerate() {
        let at = list.index(index);
        let mut draft = draft.clone();
        draft.visit_references(at, |at, reference, name| faults.resolve(registry, at, reference, name));
        documents.extend(faults.keep(Document::parse(&draft, at)));
    }
    documents
}

fn parse_claims(batch: &Batch, registry: &Registry, faults: &mut Faults) -> Vec<PreparedClaim> {
    let root = Path::ROOT;
    let list = root.field("claims");
    let mut claims = Vec::with_capacity(batch.claims.len());
    for (index, draft) in batch.claims.iter().enumerate() {
        let at = list.index(index);
        let mut draft = draft.clone();
        draft.visit_references(at, |at, reference, name| faults.resolve(registry, at, reference, name));
        if let Some(claim) = faults.keep(parse_claim(&mut draft, at)) {
            let bytes = item::encode_claim(&claim).into();
            let row = Row::of_claim(&claim);
            claims.push(PreparedClaim { claim, bytes, row });
        }
    }
    claims
}

/// The claims to be taken back, and why.
fn parse_retractions(batch: &Batch, faults: &mut Faults) -> (Vec<ClaimId>, String) {
    let Some(Retractions { ids, reason }) = &batch.retractions else { return Default::default() };
    let root = Path::ROOT;
    let list = root.field("ids");
    if ids.is_empty() {
        faults.add(&list, Fault::NothingToRetract);
    }
    let mut retracted: Vec<ClaimId> = Vec::with_capacity(ids.len());
    let mut first: HashMap<&str, usize> = HashMap::with_capacity(ids.len());
    for (index, id) in ids.iter().enumerate() {
        let at = list.index(index);
        match ClaimId::parse(id) {
            Err(error) => faults.add(&at, Fault::Item(Problem::Id(error))),
            Ok(parsed) => match first.entry(id) {
                Entry::Occupied(first) => {
                    let first = list.index(*first.get()).to_string();
                    faults.add(&at, Fault::IdTwice { id: id.clone(), first });
                }
                Entry::Vacant(entry) => {
                    entry.insert(index);
                    retracted.push(parsed);
                }
            },
        }
    }
    let reason = faults.keep(Retraction::parse_reason(reason, root.field("reason"))).unwrap_or_default();
    (retracted, reason)
}

/// A claim without an id is called by what it says, so that recording it again changes nothing.
fn parse_claim(draft: &mut ClaimDraft, at: Path<'_>) -> Result<Claim, Vec<Violation>> {
    if draft.id.is_empty() {
        draft.id = "unnamed".to_owned();
        let digest = Sha256::digest(item::encode_claim(&Claim::parse(draft, at)?));
        draft.id = "c-".to_owned();
        for byte in &digest[..10] {
            write!(draft.id, "{byte:02x}").expect("a string takes all that is written");
        }
    }
    Claim::parse(draft, at)
}

fn check_ids_once(batch: &Batch, claims: &[PreparedClaim], faults: &mut Faults) {
    // A claim without an id has one once it was parsed; if not all were, the batch is refused anyway.
    let lists: [(&'static str, Vec<&str>); 4] = [
        ("entities", batch.entities.iter().map(|draft| draft.id.as_str()).collect()),
        ("sources", batch.sources.iter().map(|draft| draft.id.as_str()).collect()),
        ("documents", batch.documents.iter().map(|draft| draft.id.as_str()).collect()),
        (
            "claims",
            if claims.len() == batch.claims.len() {
                claims.iter().map(|claim| claim.claim.id.as_str()).collect()
            } else {
                batch.claims.iter().map(|draft| draft.id.as_str()).collect()
            },
        ),
    ];
    let root = Path::ROOT;
    for (list, ids) in lists {
        let list = root.field(list);
        let mut first: HashMap<&str, usize> = HashMap::with_capacity(ids.len());
        for (index, id) in ids.into_iter().enumerate().filter(|(_, id)| !id.is_empty()) {
            if let Some(&first) = first.get(id) {
                let first = list.index(first).to_string();
                faults.add(&list.index(index).field("id"), Fault::IdTwice { id: id.to_owned(), first });
            } else {
                first.insert(id, index);
            }
        }
    }
}

fn referred_claims(claims: &[PreparedClaim]) -> Vec<(String, String)> {
    if claims.iter().all(|claim| claim.claim.relations.is_empty()) {
        return Vec::new();
    }
    let own: std::collections::HashSet<&str> = claims.iter().map(|claim| claim.claim.id.as_str()).collect();
    let root = Path::ROOT;
    let list = root.field("claims");
    let mut referred = Vec::new();
    for (index, claim) in claims.iter().enumerate() {
        let at = list.index(index);
        let relations = at.field("relations");
        for (number, relation) in claim.claim.relations.iter().enumerate() {
            if !own.contains(relation.claim.as_str()) {
                let place = relations.index(number);
                referred.push((place.field("claim").to_string(), relation.claim.to_string()));
            }
        }
    }
    referred
}
