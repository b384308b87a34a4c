//! `LedgerService.Watch`.

use super::call::{Call, Calls, Told};
use super::status;
use crate::engine::Consistency;
use crate::wire::{pb, watch};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Status};

/// How long a watch goes on at the most.
const MAX_WATCH: Duration = Duration::from_secs(24 * 60 * 60);

/// When messages are sent, and how long they wait.
#[derive(Clone, Copy)]
struct Pace {
    /// Revisions without changes are told of when it was quiet for so long.
    quiet: Duration,
    /// Where there are none, the watch says after so long that it is still there.
    silent: Duration,
    /// How long a message waits to be taken.
    patience: Duration,
}

const PACE: Pace = Pace {
    quiet: Duration::from_secs(1),
    silent: Duration::from_secs(30),
    patience: Duration::from_secs(30),
};

/// The messages of a watch.
pub(super) type Messages = ReceiverStream<Result<pb::WatchResponse, Status>>;

/// Begins a watch; it goes on until its caller has gone.
pub(super) fn begin(calls: Calls, request: Request<pb::WatchRequest>) -> Result<Messages, Status> {
    let (metadata, _, message) = request.into_parts();
    // Changes are looked for when there is room for what is found; there is always room for the end.
    let (messages, stream) = mpsc::channel(2);
    let end = messages.clone().try_reserve_owned().map_err(|error| status::internal(&error))?;
    tokio::spawn(async move {
        let sender = messages.clone();
        let watched = calls.run_for(MAX_WATCH, "Watch", &metadata, |call| tell(call, message, sender, PACE));
        tokio::select! {
            watched = watched => if let Err(status) = watched {
                end.send(Err(status));
            },
            () = messages.closed() => {}
        }
    });
    Ok(ReceiverStream::new(stream))
}

/// Tells what changes, until nobody takes it any more.
async fn tell(
    call: Call,
    message: pb::WatchRequest,
    messages: mpsc::Sender<Result<pb::WatchResponse, Status>>,
    pace: Pace,
) -> Result<((), Told), Status> {
    let request = watch::question(message).map_err(|error| status::question(&error))?;
    let (mut watching, begun) = call
        .work(|engine, _| {
            let watching = engine.watch(request).map_err(status::query)?;
            let snapshot = engine.snapshot(Consistency::Exactly(watching.revision()));
            let begun = watch::begun(&watching, snapshot.map_err(status::query)?.commit());
            Ok((watching, begun))
        })
        .await?;
    let mut told = Told { query: Some(watching.canonical()), rows: 0 };
    // The last revision whose changes have been sent, and when that was.
    let mut sent = (watching.revision(), Instant::now());
    let mut next = Some(begun);
    loop {
        if let Some(message) = next.take() {
            told.rows += message.added.len() + message.changed.len() + message.gone.len();
            let taken = tokio::select! {
                biased;
                taken = timeout(pace.patience, messages.send(Ok(message))) => taken,
                () = call.drained() => return Err(status::draining()),
            };
            match taken {
                Ok(Ok(())) => sent = (watching.revision(), Instant::now()),
                Ok(Err(_)) => return Ok(((), told)),
                Err(_) => return Err(status::slow_watcher(sent.0, pace.patience)),
            }
        }
        let changes;
        (watching, changes) = call
            .work(move |engine, budget| {
                let changes = watching.advance(engine, budget).map_err(status::query)?;
                Ok((watching, changes))
            })
            .await?;
        let until = sent.1 + if watching.revision() > sent.0 { pace.quiet } else { pace.silent };
        if changes.is_empty() {
            tokio::select! {
                biased;
                () = call.drained() => return Err(status::draining()),
                () = sleep_until(until) => {}
                () = call.engine.wait_for(watching.revision() + 1) => continue,
            }
        }
        next = Some(watch::changes(changes).map_err(|error| status::internal(&error))?);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Batch, Engine};
    use crate::model::{EntityDraft, vocabulary::EntityKind};
    use std::sync::Arc;
    use tonic::metadata::MetadataMap;

    #[tokio::test]
    async fn whoever_takes_nothing_is_cut_off_and_told_where_to_go_on() {
        let engine = Arc::new(Engine::in_memory().unwrap());
        let entity = EntityDraft {
            id: "a".into(),
            kind: Some(EntityKind::Topic),
            name: "A".into(),
            ..EntityDraft::default()
        };
        engine.record(Batch { entities: vec![entity], ..Batch::default() }).unwrap();
        let calls = Calls::new(1);
        calls.serve(engine);
        let (messages, mut taken) = mpsc::channel(1);
        let metadata = MetadataMap::new();
        let message = pb::WatchRequest { query: "claim".to_owned(), ..pb::WatchRequest::default() };
        // The first message fills the channel; the one that says that the ledger is quiet waits.
        let watched = calls.run_for(MAX_WATCH, "Watch", &metadata, |call| {
            tell(
                call,
                message,
                messages,
                Pace { quiet: Duration::ZERO, silent: Duration::ZERO, patience: Duration::ZERO },
            )
        });
        let cut = watched.await.unwrap_err();
        assert_eq!(cut.code(), tonic::Code::Aborted);
        assert_eq!(
            cut.message(),
            "no message was taken for 0 s: watch again with `after_revision` 1, and take messages as they come"
        );
        assert_eq!(taken.recv().await.unwrap().unwrap().revision.unwrap().number, 1);
        assert!(taken.recv().await.is_none());
    }
}
