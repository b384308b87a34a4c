//! `LedgerService`.

use super::call::Told;
use super::{Service, backup, export, import, status, watch};
use crate::engine::{Batch, Condition, Precondition, Retractions};
use crate::model::{Path, Violation};
use crate::store::{ItemKind, ReadError};
use crate::wire::pb::ledger_service_server::LedgerService;
use crate::wire::{answer, draft, pb};
use prost::Message;
use sha2::{Digest, Sha256};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming, async_trait};

#[async_trait]
impl LedgerService for Service {
    async fn record(
        &self,
        request: Request<pb::RecordRequest>,
    ) -> Result<Response<pb::RecordResponse>, Status> {
        let (metadata, _, message) = request.into_parts();
        let recorded = self.calls.run("Record", &metadata, |call| async move {
            let receipt = call
                .work(move |engine, _| {
                    let batch = batch(message)?;
                    engine.record(batch).map_err(|error| status::record(&error))
                })
                .await?;
            let told = Told { query: None, rows: receipt.outcomes.len() };
            Ok((answer::receipt(receipt), told))
        });
        recorded.await.map(Response::new).map_err(status::record_in_time)
    }

    async fn retract(
        &self,
        request: Request<pb::RetractRequest>,
    ) -> Result<Response<pb::RetractResponse>, Status> {
        let (metadata, _, message) = request.into_parts();
        let recorded = self.calls.run("Retract", &metadata, |call| async move {
            let receipt = call
                .work(move |engine, _| {
                    let batch = retractions(message)?;
                    engine.record(batch).map_err(|error| status::record(&error))
                })
                .await?;
            let told = Told { query: None, rows: receipt.outcomes.len() };
            Ok((answer::retracted(receipt), told))
        });
        recorded.await.map(Response::new).map_err(status::record_in_time)
    }

    type BackupStream = backup::Parts;

    async fn backup(
        &self,
        request: Request<pb::BackupRequest>,
    ) -> Result<Response<Self::BackupStream>, Status> {
        backup::begin(self.calls.clone(), request).map(Response::new)
    }

    type WatchStream = watch::Messages;

    async fn watch(&self, request: Request<pb::WatchRequest>) -> Result<Response<Self::WatchStream>, Status> {
        watch::begin(self.calls.clone(), request).map(Response::new)
    }

    async fn get_head(
        &self,
        request: Request<pb::GetHeadRequest>,
    ) -> Result<Response<pb::GetHeadResponse>, Status> {
        let told = self.calls.run("GetHead", request.metadata(), |call| async move {
            Ok((answer::head(&call.engine.head()), Told { query: None, rows: 1 }))
        });
        told.await.map(Response::new)
    }

    type ImportStream = import::Stream;

    async fn import(
        &self,
        request: Request<Streaming<pb::ImportRequest>>,
    ) -> Result<Response<Self::ImportStream>, Status> {
        self.take_import(request)
    }

    type ExportStream = export::Stream;

    async fn export(
        &self,
        request: Request<pb::ExportRequest>,
    ) -> Result<Response<Self::ExportStream>, Status> {
        self.send_export(request)
    }

    type VerifyStream = ReceiverStream<Result<pb::VerifyResponse, Status>>;

    async fn verify(
        &self,
        request: Request<pb::VerifyRequest>,
    ) -> Result<Response<Self::VerifyStream>, Status> {
        let (metadata, _, _) = request.into_parts();
        // Progress that is not taken makes room for no other; there is always room for the end.
        let (states, stream) = mpsc::channel(2);
        let end = states.clone().try_reserve_owned().map_err(|error| status::internal(&error))?;
        let calls = self.calls.clone();
        tokio::spawn(async move {
            let reports = states.clone();
            let verified = calls.run_for(MAX_VERIFICATION, "Verify", &metadata, |call| async move {
                let work = call.work(move |engine, budget| {
                    let mut report = |progress| _ = reports.try_send(Ok(answer::verifying(progress)));
                    match engine.verify(budget, &mut report) {
                        Ok(verified) => Ok(answer::verified(&verified)),
                        Err(ReadError::Damaged(damage)) => Ok(answer::damaged(&damage)),
                        Err(error) => Err(status::read(&error)),
                    }
                });
                tokio::select! {
                    found = work => Ok((found?, Told { query: None, rows: 1 })),
                    () = call.drained() => Err(status::draining()),
                }
            });
            tokio::select! {
                verified = verified => { end.send(verified); }
                () = states.closed() => {}
            }
        });
        Ok(Response::new(ReceiverStream::new(stream)))
    }
}

/// How long a verification takes at the most.
const MAX_VERIFICATION: Duration = Duration::from_secs(24 * 60 * 60);

fn batch(message: pb::RecordRequest) -> Result<Batch, Status> {
    let content_hash = content_hash(&message.request_id, &message);
    let pb::RecordRequest { claims, sources, entities, documents, request_id, preconditions } = message;
    let preconditions = self::preconditions(preconditions)?;
    let mut violations: Vec<Violation> = Vec::new();
    let root = Path::ROOT;
    let (entity_list, source_list, claim_list) =
        (root.field("entities"), root.field("sources"), root.field("claims"));
    let entities = entities.into_iter().enumerate();
    let sources = sources.into_iter().enumerate();
    let claims = claims.into_iter().enumerate();
    let batch = Batch {
        caller: String::new(),
        request_id: (!request_id.is_empty()).then_some(request_id),
        content_hash,
        entities: entities
            .map(|(index, entity)| draft::entity(entity, entity_list.index(index), &mut violations))
            .collect(),
        sources: sources
            .map(|(index, source)| draft::source(source, source_list.index(index), &mut violations))
            .collect(),
        documents: documents.into_iter().map(draft::document).collect(),
        claims: claims
            .map(|(index, claim)| draft::claim(claim, claim_list.index(index), &mut violations))
            .collect(),
        retractions: None,
        preconditions,
    };
    if violations.is_empty() { Ok(batch) } else { Err(status::no_drafts(&violations)) }
}

fn retractions(message: pb::RetractRequest) -> Result<Batch, Status> {
    let content_hash = content_hash(&message.request_id, &message);
    let pb::RetractRequest { ids, reason, request_id, preconditions } = message;
    Ok(Batch {
        request_id: (!request_id.is_empty()).then_some(request_id),
        content_hash,
        retractions: Some(Retractions { ids, reason }),
        preconditions: self::preconditions(preconditions)?,
        ..Batch::default()
    })
}

/// A retry is known by its content, and encoding is the same for the same content.
fn content_hash(request_id: &str, message: &impl Message) -> [u8; 32] {
    if request_id.is_empty() { [0; 32] } else { Sha256::digest(message.encode_to_vec()).into() }
}

fn preconditions(messages: Vec<pb::Precondition>) -> Result<Vec<Precondition>, Status> {
    use pb::precondition::Condition as Asked;
    let precondition = |(index, message): (usize, pb::Precondition)| {
        let path = |field: &str| format!("preconditions[{index}].{field}");
        let pb::Precondition { r#type, id, condition } = message;
        let kind = match pb::ItemType::try_from(r#type) {
            Ok(pb::ItemType::Entity) => ItemKind::Entity,
            Ok(pb::ItemType::Source) => ItemKind::Source,
            Ok(pb::ItemType::Document) => ItemKind::Document,
            Ok(pb::ItemType::Claim) => ItemKind::Claim,
            Ok(pb::ItemType::Unspecified) | Err(_) => {
                return Err(status::request(
                    &path("type"),
                    "must be one of ENTITY, SOURCE, DOCUMENT and CLAIM",
                ));
            }
        };
        if id.is_empty() {
            return Err(status::request(&path("id"), "must not be empty"));
        }
        let condition = match condition {
            Some(Asked::MustNotExist(true)) => Condition::MustNotExist,
            Some(Asked::VersionIs(version)) => Condition::VersionIs(version),
            Some(Asked::MustNotExist(false)) | None => {
                return Err(status::request(
                    &path("condition"),
                    "must be `must_not_exist: true` or `version_is`",
                ));
            }
        };
        Ok(Precondition { kind, id, condition })
    };
    messages.into_iter().enumerate().map(precondition).collect()
}
