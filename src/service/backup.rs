//! `LedgerService.Backup`.

use super::call::{Call, Calls, Told};
use super::status;
use crate::wire::{backup, pb};
use std::collections::HashSet;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Status};

/// How long a backup takes at the most.
const MAX_BACKUP: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a part waits to be taken: while records wait, the ledger's file grows with what others
/// write.
const PATIENCE: Duration = Duration::from_secs(60);

/// The parts of a backup.
pub(super) type Parts = ReceiverStream<Result<pb::BackupResponse, Status>>;

/// Begins a backup.
pub(super) fn begin(calls: Calls, request: Request<pb::BackupRequest>) -> Result<Parts, Status> {
    let (metadata, _, message) = request.into_parts();
    // One part waits to be taken; there is always room for the end.
    let (parts, stream) = mpsc::channel(2);
    let end = parts.clone().try_reserve_owned().map_err(|error| status::internal(&error))?;
    tokio::spawn(async move {
        let sender = parts.clone();
        let sent =
            calls.run_for(MAX_BACKUP, "Backup", &metadata, |call| send(call, message, sender, PATIENCE));
        tokio::select! {
            sent = sent => if let Err(status) = sent {
                end.send(Err(status));
            },
            () = parts.closed() => {}
        }
    });
    Ok(ReceiverStream::new(stream))
}

/// Sends part after part, each when there is room for it.
async fn send(
    call: Call,
    message: pb::BackupRequest,
    parts: mpsc::Sender<Result<pb::BackupResponse, Status>>,
    patience: Duration,
) -> Result<((), Told), Status> {
    let mut held = HashSet::new();
    for (index, sha256) in message.held.iter().enumerate() {
        let hash = backup::file_hash(sha256).ok_or_else(|| {
            let description = format!("must be a SHA-256 of 32 bytes, and has {}", sha256.len());
            status::request(&format!("held[{index}]"), &description)
        })?;
        held.insert(hash);
    }
    let mut backup =
        call.work(move |engine, _| engine.backup(&held).map_err(|error| status::read(&error))).await?;
    let mut told = Told::default();
    loop {
        let part;
        (backup, part) = call
            .work(move |_, _| {
                let part = backup.next_part().map_err(|error| status::read(&error))?;
                Ok((backup, part))
            })
            .await?;
        let Some(part) = part else { return Ok(((), told)) };
        told.rows += 1;
        let taken = tokio::select! {
            biased;
            taken = timeout(patience, parts.send(Ok(backup::sent(part)))) => taken,
            () = call.drained() => return Err(status::draining()),
        };
        match taken {
            Ok(Ok(())) if call.is_draining() => return Err(status::draining()),
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Ok(((), told)),
            Err(_) => return Err(status::slow_backup(patience)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;
    use std::sync::Arc;
    use tonic::metadata::MetadataMap;

    #[tokio::test]
    async fn whoever_takes_nothing_is_cut_off() {
        let calls = Calls::new(1);
        calls.serve(Arc::new(Engine::in_memory().unwrap()));
        let (parts, mut taken) = mpsc::channel(1);
        let metadata = MetadataMap::new();
        // The header fills the channel; the trailer waits.
        let sent = calls.run_for(MAX_BACKUP, "Backup", &metadata, |call| {
            send(call, pb::BackupRequest::default(), parts, Duration::ZERO)
        });
        let cut = sent.await.unwrap_err();
        assert_eq!(cut.code(), tonic::Code::Aborted);
        assert_eq!(
            cut.message(),
            "no part was taken for 0 s: begin the backup again, and take parts as they come"
        );
        assert!(taken.recv().await.is_some());
        assert!(taken.recv().await.is_none());
    }
}
