//! `CatalogService`: look-ups by id or alias.

use super::call::{Call, Told};
use super::{MAX_RESPONSE_BYTES, Service, status};
use crate::engine::{QueryRequest, Results, Snapshot, StoredClaim};
use crate::model::Role;
use crate::model::vocabulary::{EntityKind, SourceKind};
use crate::registry::NameError;
use crate::store::ItemKind;
use crate::wire::pb::catalog_service_server::CatalogService;
use crate::wire::{answer, pb, question};
use prost::Message;
use tonic::{Request, Response, Status, async_trait};

/// Claims that one `BatchGetClaims` asks for at the most.
pub const MAX_BATCH_GET: usize = 100;

#[async_trait]
impl CatalogService for Service {
    async fn get_claim(
        &self,
        request: Request<pb::GetClaimRequest>,
    ) -> Result<Response<pb::GetClaimResponse>, Status> {
        let (metadata, _, message) = request.into_parts();
        let pb::GetClaimRequest { id, all_versions, consistency } = message;
        let looked_up = self.calls.run("GetClaim", &metadata, |call| {
            look_up(call, consistency, move |snapshot| {
                let mut versions = if all_versions {
                    snapshot.claim_versions(&id)
                } else {
                    snapshot.claim(&id).map(Vec::from_iter)
                }
                .map_err(|error| status::read(&error))?;
                if versions.is_empty() {
                    return Err(no_claim(&id));
                }
                let latest = claim(versions[0].clone())?;
                if all_versions {
                    versions.reverse();
                } else {
                    versions.clear();
                }
                let versions: Vec<pb::Claim> = versions.into_iter().map(claim).collect::<Result<_, _>>()?;
                let rows = versions.len().max(1);
                let revision = Some(answer::revision(snapshot.commit()));
                Ok((pb::GetClaimResponse { claim: Some(latest), versions, revision }, rows))
            })
        });
        looked_up.await.map(Response::new)
    }

    async fn batch_get_claims(
        &self,
        request: Request<pb::BatchGetClaimsRequest>,
    ) -> Result<Response<pb::BatchGetClaimsResponse>, Status> {
        let (metadata, _, message) = request.into_parts();
        let pb::BatchGetClaimsRequest { ids, consistency } = message;
        let looked_up = self.calls.run("BatchGetClaims", &metadata, |call| {
            look_up(call, consistency, move |snapshot| {
                if !(1..=MAX_BATCH_GET).contains(&ids.len()) {
                    let found = format!("has {} ids; 1 to {MAX_BATCH_GET} are answered at a time", ids.len());
                    return Err(status::request("ids", &found));
                }
                let found = |id: &String| match snapshot.claim(id) {
                    Ok(Some(stored)) => claim(stored),
                    Ok(None) => Err(no_claim(id)),
                    Err(error) => Err(status::read(&error)),
                };
                let claims: Vec<pb::Claim> = ids.iter().map(found).collect::<Result<_, _>>()?;
                let rows = claims.len();
                let revision = Some(answer::revision(snapshot.commit()));
                Ok((pb::BatchGetClaimsResponse { claims, revision }, rows))
            })
        });
        looked_up.await.map(Response::new)
    }

    async fn get_source(
        &self,
        request: Request<pb::GetSourceRequest>,
    ) -> Result<Response<pb::GetSourceResponse>, Status> {
        let (metadata, _, message) = request.into_parts();
        let pb::GetSourceRequest { id, consistency } = message;
        let looked_up = self.calls.run("GetSource", &metadata, |call| {
            look_up(call, consistency, move |snapshot| {
                let registry = snapshot.registry();
                let found = registry
                    .resolve_source(&id)
                    .map_err(|error| unresolved(ItemKind::Source, &id, &error))?;
                let source = registry.source(found.as_str()).map(|source| answer::source(source));
                let revision = Some(answer::revision(snapshot.commit()));
                Ok((pb::GetSourceResponse { source, revision }, 1))
            })
        });
        looked_up.await.map(Response::new)
    }

    async fn list_sources(
        &self,
        request: Request<pb::ListSourcesRequest>,
    ) -> Result<Response<pb::ListSourcesResponse>, Status> {
        let (metadata, _, message) = request.into_parts();
        let pb::ListSourcesRequest { page_size, page_token, kind, consistency } = message;
        let listed = self.calls.run("ListSources", &metadata, |call| async move {
            let kind = vocabulary_word(kind, SourceKind::from_code)?.map(SourceKind::as_str);
            let listed = list(call, "source", kind, page_size, page_token, consistency).await?;
            let Results::Sources(found) = listed.results else { return Err(no_list("sources")) };
            let sources: Vec<_> = found.iter().map(|found| answer::source(&found.item)).collect();
            let rows = sources.len();
            let revision = Some(answer::revision(&listed.commit));
            let next_page_token = listed.next_page_token.unwrap_or_default();
            Ok((pb::ListSourcesResponse { sources, next_page_token, revision }, Told { query: None, rows }))
        });
        listed.await.map(Response::new)
    }

    async fn get_entity(
        &self,
        request: Request<pb::GetEntityRequest>,
    ) -> Result<Response<pb::GetEntityResponse>, Status> {
        let (metadata, _, message) = request.into_parts();
        let pb::GetEntityRequest { id, consistency } = message;
        let looked_up = self.calls.run("GetEntity", &metadata, |call| {
            look_up(call, consistency, move |snapshot| {
                let registry = snapshot.registry();
                let found = registry
                    .resolve_entity(&id, Role::Any)
                    .map_err(|error| unresolved(ItemKind::Entity, &id, &error))?;
                let entity = registry.entity(found.as_str()).map(|entity| answer::entity(entity));
                let revision = Some(answer::revision(snapshot.commit()));
                Ok((pb::GetEntityResponse { entity, revision }, 1))
            })
        });
        looked_up.await.map(Response::new)
    }

    async fn list_entities(
        &self,
        request: Request<pb::ListEntitiesRequest>,
    ) -> Result<Response<pb::ListEntitiesResponse>, Status> {
        let (metadata, _, message) = request.into_parts();
        let pb::ListEntitiesRequest { page_size, page_token, kind, consistency } = message;
        let listed = self.calls.run("ListEntities", &metadata, |call| async move {
            let kind = vocabulary_word(kind, EntityKind::from_code)?.map(EntityKind::as_str);
            let listed = list(call, "entity", kind, page_size, page_token, consistency).await?;
            let Results::Entities(found) = listed.results else { return Err(no_list("entities")) };
            let entities: Vec<_> = found.iter().map(|found| answer::entity(&found.item)).collect();
            let rows = entities.len();
            let revision = Some(answer::revision(&listed.commit));
            let next_page_token = listed.next_page_token.unwrap_or_default();
            Ok((pb::ListEntitiesResponse { entities, next_page_token, revision }, Told { query: None, rows }))
        });
        listed.await.map(Response::new)
    }

    async fn get_document(
        &self,
        request: Request<pb::GetDocumentRequest>,
    ) -> Result<Response<pb::GetDocumentResponse>, Status> {
        let (metadata, _, message) = request.into_parts();
        let pb::GetDocumentRequest { id, consistency } = message;
        let looked_up = self.calls.run("GetDocument", &metadata, |call| {
            look_up(call, consistency, move |snapshot| {
                let registry = snapshot.registry();
                let found = registry
                    .resolve_document(&id)
                    .map_err(|error| unresolved(ItemKind::Document, &id, &error))?;
                let document = registry.document(found.as_str()).map(|document| answer::document(document));
                let revision = Some(answer::revision(snapshot.commit()));
                Ok((pb::GetDocumentResponse { document, revision }, 1))
            })
        });
        looked_up.await.map(Response::new)
    }

    async fn list_documents(
        &self,
        request: Request<pb::ListDocumentsRequest>,
    ) -> Result<Response<pb::ListDocumentsResponse>, Status> {
        let (metadata, _, message) = request.into_parts();
        let pb::ListDocumentsRequest { page_size, page_token, consistency } = message;
        let listed = self.calls.run("ListDocuments", &metadata, |call| async move {
            let listed = list(call, "document", None, page_size, page_token, consistency).await?;
            let Results::Documents(found) = listed.results else { return Err(no_list("documents")) };
            let documents: Vec<_> = found.iter().map(|found| answer::document(&found.item)).collect();
            let rows = documents.len();
            let revision = Some(answer::revision(&listed.commit));
            let next_page_token = listed.next_page_token.unwrap_or_default();
            Ok((
                pb::ListDocumentsResponse { documents, next_page_token, revision },
                Told { query: None, rows },
            ))
        });
        listed.await.map(Response::new)
    }
}

/// Looks something up at the revision that is asked for; `find` also tells how much it found.
async fn look_up<T: Message + 'static>(
    call: Call,
    consistency: Option<pb::Consistency>,
    find: impl FnOnce(&Snapshot) -> Result<(T, usize), Status> + Send + 'static,
) -> Result<(T, Told), Status> {
    let consistency = question::consistency(consistency);
    call.wait(consistency).await?;
    call.work(move |engine, _| {
        let snapshot = engine.snapshot(consistency).map_err(status::query)?;
        let (found, rows) = find(&snapshot)?;
        match found.encoded_len() {
            ..=MAX_RESPONSE_BYTES => Ok((found, Told { query: None, rows })),
            bytes => Err(status::too_large(bytes, "ask for fewer claims, or for the latest version alone")),
        }
    })
    .await
}

/// One page of all items of a type, by id: a query like any other.
async fn list(
    call: Call,
    item_type: &str,
    kind: Option<&str>,
    page_size: i32,
    page_token: String,
    consistency: Option<pb::Consistency>,
) -> Result<crate::engine::Answer, Status> {
    let filter = kind.map(|kind| format!(" where kind={kind}")).unwrap_or_default();
    let request = QueryRequest {
        text: format!("{item_type}{filter} sort id"),
        page_size: question::page_size(page_size).map_err(|error| status::question(&error))?,
        page_token,
        consistency: question::consistency(consistency),
        ..QueryRequest::default()
    };
    call.wait(request.consistency).await?;
    call.work(move |engine, budget| engine.query(&request, budget).map_err(status::query)).await
}

/// The value of a vocabulary that a filter asks for; 0 asks for none.
fn vocabulary_word<T>(code: i32, from_code: impl Fn(i32) -> Option<T>) -> Result<Option<T>, Status> {
    match (code, from_code(code)) {
        (0, _) => Ok(None),
        (_, Some(value)) => Ok(Some(value)),
        (_, None) => Err(status::request("kind", &format!("{code} is no value of this vocabulary"))),
    }
}

fn claim(stored: StoredClaim) -> Result<pb::Claim, Status> {
    answer::claim(stored).map_err(|error| status::internal(&error))
}

fn no_claim(id: &str) -> Status {
    status::not_found(ItemKind::Claim, id, format!("there is no claim `{id}`"))
}

/// A name of nothing, or of several things.
fn unresolved(kind: ItemKind, name: &str, error: &NameError) -> Status {
    match error {
        NameError::Unknown { .. } => status::not_found(kind, name, error.to_string()),
        NameError::Ambiguous { .. } | NameError::WrongKind { .. } => {
            status::request("id", &error.to_string())
        }
    }
}

fn no_list(what: &'static str) -> Status {
    status::internal(&std::io::Error::other(format!("a query for {what} found something else")))
}
