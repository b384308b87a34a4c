//! One batch into a ledger, and what the ledger says of it.

use crate::cli::Failure;
use crate::cli::target::Ledger;
use crate::engine::{self, Batch, Engine, RecordError};
use crate::wire::pb::ledger_service_client::LedgerServiceClient;
use crate::wire::{answer, pb, request};
use tonic::transport::Channel;
use tonic_types::StatusExt;

/// Why a batch was not written.
pub(super) enum Refusal {
    /// Fields of the batch, as `claims[3].figure`, and what is wrong with each.
    Fields(Vec<(String, String)>),
    /// Something else.
    Failed(Failure),
}

/// Writes one batch.
pub(super) async fn write(ledger: &Ledger, batch: Batch) -> Result<pb::RecordResponse, Refusal> {
    match ledger {
        Ledger::Here(engine) => here(engine, batch),
        Ledger::There(channel) => there(channel.clone(), batch).await,
    }
}

/// Writes one batch to a ledger in this process.
pub(super) fn here(engine: &Engine, batch: Batch) -> Result<pb::RecordResponse, Refusal> {
    engine.record(batch).map(answer::receipt).map_err(|error| {
        let RecordError::Invalid(violations) = error else {
            return Refusal::Failed(Failure::Record(error));
        };
        let field = |violation: engine::ItemViolation| (violation.path, violation.fault.to_string());
        Refusal::Fields(violations.into_iter().map(field).collect())
    })
}

fn message(batch: Batch) -> pb::RecordRequest {
    pb::RecordRequest {
        entities: batch.entities.into_iter().map(request::entity).collect(),
        sources: batch.sources.into_iter().map(request::source).collect(),
        documents: batch.documents.into_iter().map(request::document).collect(),
        claims: batch.claims.into_iter().map(request::claim).collect(),
        ..pb::RecordRequest::default()
    }
}

/// Sends one batch to a server.
async fn there(channel: Channel, batch: Batch) -> Result<pb::RecordResponse, Refusal> {
    let response = LedgerServiceClient::new(channel).record(message(batch)).await;
    response.map(tonic::Response::into_inner).map_err(|status| match status.get_details_bad_request() {
        Some(request) if !request.field_violations.is_empty() => Refusal::Fields(
            request
                .field_violations
                .into_iter()
                .map(|violation| (violation.field, violation.description))
                .collect(),
        ),
        _ => Refusal::Failed(Failure::Status(status)),
    })
}
