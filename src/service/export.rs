//! `LedgerService.Export`.

use super::call::{Call, Told};
use super::{Service, status};
use crate::engine::{Chunk, EXPORT_CHUNK_BYTES};
use crate::wire::{pb, transfer};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

/// How long an export or an import takes at the most.
pub(super) const MAX_TRANSFER: Duration = Duration::from_secs(24 * 60 * 60);

/// What a caller is sent of an export.
pub(super) type Stream = ReceiverStream<Result<pb::ExportResponse, Status>>;

impl Service {
    pub(super) fn send_export(
        &self,
        request: Request<pb::ExportRequest>,
    ) -> Result<Response<Stream>, Status> {
        let (metadata, _, message) = request.into_parts();
        // One chunk waits to be taken, and there is always room for the end.
        let (chunks, stream) = mpsc::channel(2);
        let end = chunks.clone().try_reserve_owned().map_err(|error| status::internal(&error))?;
        let calls = self.calls.clone();
        tokio::spawn(async move {
            let sender = chunks.clone();
            let exported =
                calls.run_for(MAX_TRANSFER, "Export", &metadata, |call| send(call, message, sender));
            tokio::select! {
                exported = exported => if let Err(status) = exported {
                    end.send(Err(status));
                },
                () = chunks.closed() => {}
            }
        });
        Ok(Response::new(ReceiverStream::new(stream)))
    }
}

/// Sends chunk after chunk, each when the one before was taken.
async fn send(
    call: Call,
    message: pb::ExportRequest,
    chunks: mpsc::Sender<Result<pb::ExportResponse, Status>>,
) -> Result<((), Told), Status> {
    let (history, after) = (message.history, message.after_revision);
    let request = transfer::export(message).map_err(|error| status::question(&error))?;
    call.wait(request.consistency).await?;
    let mut export = call
        .work(move |engine, budget| {
            let begun = match history {
                true => engine.export_history(after, request.consistency),
                false => engine.export(&request, budget),
            };
            begun.map_err(status::export)
        })
        .await?;
    let mut told = Told::default();
    loop {
        let (going_on, chunk) = call
            .work(move |_, budget| {
                let chunk = export.chunk(EXPORT_CHUNK_BYTES, budget).map_err(status::export)?;
                Ok((export, chunk))
            })
            .await?;
        export = going_on;
        // Who exports nothing learns of which revision.
        let is_end = chunk.is_none();
        if is_end && told.rows > 0 {
            return Ok(((), told));
        }
        let chunk = chunk.unwrap_or(Chunk { items: Vec::new(), resume_token: None });
        told.rows += chunk.items.len();
        let message = transfer::exported(export.commit(), chunk).map_err(|error| status::internal(&error))?;
        let sent = tokio::select! {
            biased;
            sent = chunks.send(Ok(message)) => sent,
            () = call.drained() => return Err(status::draining()),
        };
        if sent.is_err() || is_end {
            return Ok(((), told));
        }
        if call.is_draining() {
            return Err(status::draining());
        }
    }
}
