//! Which entities, sources and documents a ledger does not have yet, and the ids of those that it
//! is given.

use crate::cli::Failure;
use crate::cli::target::Ledger;
use crate::engine::Consistency;
use crate::model::vocabulary::EntityKind;
use crate::model::{DocumentDraft, EntityDraft, SourceDraft};
use crate::pack::mapping::slug;
use crate::plan::fold;
use crate::wire::pb;
use crate::wire::pb::catalog_service_client::CatalogServiceClient;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tonic::transport::Channel;

/// The items of a page; the most that a server gives.
const PAGE_SIZE: i32 = 1_000;

/// What a ledger has: ids and names, from when the import begins, and what it is given since.
#[derive(Debug, Default)]
pub(super) struct Newcomers {
    entities: Names<EntityKind>,
    sources: Names<()>,
    documents: HashSet<String>,
}

/// Ids, and names as they are compared, each with the kinds of what has it.
#[derive(Debug)]
struct Names<K> {
    ids: HashSet<String>,
    names: HashMap<Arc<str>, Vec<K>>,
}

impl<K> Default for Names<K> {
    fn default() -> Self {
        Self { ids: HashSet::new(), names: HashMap::new() }
    }
}

impl<K: Copy + PartialEq> Names<K> {
    fn add<'n>(&mut self, id: &'n str, kind: K, names: impl IntoIterator<Item = &'n str>) {
        self.ids.insert(id.to_owned());
        for name in names.into_iter().chain([id]) {
            let kinds = self.names.entry(fold(name)).or_default();
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
    }

    fn has(&self, id: &str, kind: K, name: &str) -> bool {
        if id.is_empty() {
            self.names.get(&fold(name)).is_some_and(|kinds| kinds.contains(&kind))
        } else {
            self.ids.contains(id)
        }
    }

    /// The id of something new.
    fn id(&self, id: String, name: &str) -> String {
        if id.is_empty() { slug(name, |id| self.ids.contains(id)) } else { id }
    }
}

impl Newcomers {
    /// Learns what a ledger has.
    pub(super) async fn to(ledger: &Ledger) -> Result<Self, Failure> {
        let mut known = Self::default();
        match ledger {
            Ledger::Here(engine) => {
                let snapshot = engine.snapshot(Consistency::Latest)?;
                for entity in snapshot.registry().entities() {
                    let names = entity.aliases.iter().map(String::as_str).chain([entity.name.as_str()]);
                    known.entities.add(entity.id.as_str(), entity.kind, names);
                }
                for source in snapshot.registry().sources() {
                    let names = source.aliases.iter().map(String::as_str).chain([source.name.as_str()]);
                    known.sources.add(source.id.as_str(), (), names);
                }
                let documents = snapshot.registry().documents();
                known.documents.extend(documents.map(|document| document.id.to_string()));
            }
            Ledger::There(channel) => known.ask(&mut CatalogServiceClient::new(channel.clone())).await?,
        }
        Ok(known)
    }

    async fn ask(&mut self, catalog: &mut CatalogServiceClient<Channel>) -> Result<(), Failure> {
        let mut page_token = String::new();
        loop {
            let request = pb::ListEntitiesRequest {
                page_size: PAGE_SIZE,
                page_token,
                ..pb::ListEntitiesRequest::default()
            };
            let page = catalog.list_entities(request).await?.into_inner();
            for entity in page.entities {
                let names = entity.aliases.iter().map(String::as_str).chain([entity.name.as_str()]);
                // A kind that this program does not know is none that a mapping can ask for.
                if let Some(kind) = EntityKind::from_code(entity.kind) {
                    self.entities.add(&entity.id, kind, names);
                }
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        loop {
            let request = pb::ListSourcesRequest {
                page_size: PAGE_SIZE,
                page_token,
                ..pb::ListSourcesRequest::default()
            };
            let page = catalog.list_sources(request).await?.into_inner();
            for source in page.sources {
                let names = source.aliases.iter().map(String::as_str).chain([source.name.as_str()]);
                self.sources.add(&source.id, (), names);
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        loop {
            let request = pb::ListDocumentsRequest {
                page_size: PAGE_SIZE,
                page_token,
                ..pb::ListDocumentsRequest::default()
            };
            let page = catalog.list_documents(request).await?.into_inner();
            self.documents.extend(page.documents.into_iter().map(|document| document.id));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(());
            }
        }
    }

    /// The entity with its id, if it is new: nothing has its id or, without one, no entity of its
    /// kind has its name.
    pub(super) fn entity(&mut self, draft: EntityDraft) -> Option<EntityDraft> {
        let kind = draft.kind?;
        if self.entities.has(&draft.id, kind, &draft.name) {
            return None;
        }
        let id = self.entities.id(draft.id, &draft.name);
        let draft = EntityDraft { id, ..draft };
        let names = draft.aliases.iter().map(String::as_str).chain([draft.name.as_str()]);
        self.entities.add(&draft.id, kind, names);
        Some(draft)
    }

    /// The source with its id, if it is new.
    pub(super) fn source(&mut self, draft: SourceDraft) -> Option<SourceDraft> {
        if self.sources.has(&draft.id, (), &draft.name) {
            return None;
        }
        let id = self.sources.id(draft.id, &draft.name);
        let draft = SourceDraft { id, ..draft };
        let names = draft.aliases.iter().map(String::as_str).chain([draft.name.as_str()]);
        self.sources.add(&draft.id, (), names);
        Some(draft)
    }

    /// The document, if it is new.
    pub(super) fn document(&mut self, draft: DocumentDraft) -> Option<DocumentDraft> {
        self.documents.insert(draft.id.clone()).then_some(draft)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entity(kind: EntityKind, id: &str, name: &str) -> EntityDraft {
        EntityDraft { id: id.into(), kind: Some(kind), name: name.into(), ..EntityDraft::default() }
    }

    #[test]
    fn what_has_its_name_or_its_id_is_known() {
        let mut known = Newcomers::default();
        let mut given = |kind, id, name| known.entity(entity(kind, id, name)).map(|entity| entity.id);
        let some = |id: &str| Some(id.to_owned());
        assert_eq!(given(EntityKind::Group, "", "IS"), some("is"));
        assert_eq!(given(EntityKind::Group, "", "is"), None);
        // Another kind is another thing, and the id is taken.
        assert_eq!(given(EntityKind::Country, "", "IS"), some("is-9200e6fd"));
        // A name that is known does not hide an id that is not.
        assert_eq!(given(EntityKind::Group, "islamic-state", "IS"), some("islamic-state"));
        assert_eq!(given(EntityKind::Place, "islamic-state", "Elsewhere"), None);
        assert_eq!(given(EntityKind::Group, "", "Islamic State"), some("islamic-state-795961bb"));
    }
}
