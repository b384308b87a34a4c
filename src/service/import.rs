//! `LedgerService.Import`.

use super::call::{Call, Told};
use super::export::MAX_TRANSFER;
use super::{Service, status};
use crate::engine::{Arrival, Import, ImportError, Imported};
use crate::wire::{pb, transfer};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

/// When nothing has come for so long, what has come is written.
const PAUSE: Duration = Duration::from_millis(50);

/// What a caller is told of an import.
pub(super) type Stream = ReceiverStream<Result<pb::ImportResponse, Status>>;

type Answers = mpsc::Sender<Result<pb::ImportResponse, Status>>;

impl Service {
    pub(super) fn take_import(
        &self,
        request: Request<Streaming<pb::ImportRequest>>,
    ) -> Result<Response<Stream>, Status> {
        let (metadata, _, items) = request.into_parts();
        // Who does not take what is told of one batch has the next ones wait; there is always room
        // for the end.
        let (answers, stream) = mpsc::channel(2);
        let end = answers.clone().try_reserve_owned().map_err(|error| status::internal(&error))?;
        let calls = self.calls.clone();
        tokio::spawn(async move {
            let sender = answers.clone();
            let imported = calls.run_for(MAX_TRANSFER, "Import", &metadata, |call| take(call, items, sender));
            tokio::select! {
                imported = imported => if let Err(status) = imported {
                    end.send(Err(status));
                },
                () = answers.closed() => {}
            }
        });
        Ok(Response::new(ReceiverStream::new(stream)))
    }
}

/// Takes items until there are no more, and writes them batch by batch. What is not written waits in
/// memory, and while a batch is written nothing is read: so a batch is the most that waits.
async fn take(
    call: Call,
    mut items: Streaming<pb::ImportRequest>,
    answers: Answers,
) -> Result<((), Told), Status> {
    let first = tokio::select! {
        first = items.message() => first?,
        () = call.drained() => return Err(status::draining()),
    };
    let Some(first) = first else {
        return Err(status::request("item", "an import begins with a message"));
    };
    let settings = transfer::settings(&first);
    let import = call.work(move |engine, _| engine.import(settings).map_err(|error| status::import(&error)));
    let mut taking = Taking { import: import.await?, call, answers, told: Told::default() };
    taking.tell(taking.import.begun()).await;
    let mut next = Ok(Some(first));
    let mut is_first = true;
    let end = loop {
        match next {
            Ok(Some(pb::ImportRequest { unfinished: true, .. })) => break Ok(false),
            Ok(Some(message)) => {
                if let Some(told) = message.told_sequence {
                    taking.import.told(told);
                }
                match transfer::arrival(message) {
                    Ok(Some(arrival)) => {
                        if taking.import.is_before(&arrival) {
                            taking = taking.write().await?;
                        }
                        let pushed;
                        (taking, pushed) = taking.push(arrival).await?;
                        if let Err(error) = pushed {
                            break Err(status::import(&error));
                        }
                        taking.told.rows += 1;
                    }
                    Ok(None) if is_first => {}
                    Ok(None) => {
                        break Err(status::request("item", "must be there, but in the first message"));
                    }
                    Err(error) => break Err(status::import(&error)),
                }
            }
            Ok(None) => break Ok(true),
            Err(status) => break Err(status),
        }
        is_first = false;
        if taking.import.is_full() {
            taking = taking.write().await?;
        }
        next = tokio::select! {
            biased;
            () = taking.call.drained() => break Err(status::draining()),
            next = items.message() => next,
            () = tokio::time::sleep(PAUSE), if !taking.import.is_idle() && !taking.import.is_waiting() => {
                taking = taking.write().await?;
                tokio::select! {
                    next = items.message() => next,
                    () = taking.call.drained() => break Err(status::draining()),
                }
            }
        };
    };
    // What came whole is written, however the stream ends; but what a claim waits for comes again after
    // a cut, and then the claim must too.
    if matches!(end, Ok(true)) || !taking.import.is_waiting() {
        taking = taking.write().await?;
    }
    let is_finished = end?;
    let Taking { mut import, call, told, .. } = taking;
    if is_finished {
        call.work(move |engine, _| import.finish(engine).map_err(|error| status::import(&error))).await?;
    }
    Ok(((), told))
}

/// An import under way.
struct Taking {
    import: Import,
    call: Call,
    answers: Answers,
    told: Told,
}

impl Taking {
    /// Takes an item; elsewhere, if claims are to be looked up for it.
    async fn push(mut self, arrival: Arrival) -> Result<(Self, Result<(), ImportError>), Status> {
        if !arrival.refers_to_claims() {
            let pushed = self.import.push(&self.call.engine, arrival);
            return Ok((self, pushed));
        }
        let mut import = self.import;
        let pushed;
        (self.import, pushed) = self
            .call
            .work(move |engine, _| {
                let pushed = import.push(engine, arrival);
                Ok((import, pushed))
            })
            .await?;
        Ok((self, pushed))
    }

    /// Writes all that has come.
    async fn write(mut self) -> Result<Self, Status> {
        while !self.import.is_idle() {
            let mut import = self.import;
            let (import, imported) = self
                .call
                .work(move |engine, _| {
                    let imported = import.write(engine).map_err(|error| status::import(&error))?;
                    Ok((import, imported))
                })
                .await?;
            self.import = import;
            self.tell(imported).await;
        }
        match self.import.stopped() {
            Some(error) => Err(status::import(&error)),
            None => Ok(self),
        }
    }

    async fn tell(&self, imported: Imported) {
        for message in transfer::told(imported) {
            tokio::select! {
                // An error says that nobody listens: the call ends for that.
                _ = self.answers.send(Ok(message)) => {}
                () = self.call.drained() => {}
            }
        }
    }
}
