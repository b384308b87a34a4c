//! What every call goes through: a place among the calls under way, a deadline, a log line.

use super::status;
use crate::engine::{Consistency, Engine};
use crate::store::Budget;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::metadata::MetadataMap;
use tonic::{Code, Status};
use tracing::field::Empty;

/// Calls under way at a time; one more is refused at once.
pub const MAX_CALLS: usize = 1_024;
/// The longest that a call may take, whatever its caller would wait.
pub const MAX_DEADLINE: Duration = Duration::from_secs(60);

/// What calls share.
#[derive(Clone, Debug)]
pub(super) struct Calls {
    engine: Arc<Engine>,
    places: Arc<Semaphore>,
    limit: usize,
}

/// One call that was admitted.
pub(super) struct Call {
    pub(super) engine: Arc<Engine>,
    pub(super) budget: Budget,
    started: Instant,
    /// Stops the work when the call's future is dropped, as it is when its caller has gone.
    _stop: StopOnDrop,
    _place: OwnedSemaphorePermit,
}

struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What the log tells of a call that was answered.
#[derive(Default)]
pub(super) struct Told {
    /// The query in its canonical form.
    pub(super) query: Option<String>,
    /// Items in the answer, or in the batch.
    pub(super) rows: usize,
}

impl Calls {
    pub(super) fn new(engine: Arc<Engine>, limit: usize) -> Self {
        Self { engine, places: Arc::new(Semaphore::new(limit)), limit }
    }

    /// Runs a call: admits it, bounds it, and logs how it ended.
    pub(super) async fn run<T, F>(
        &self,
        method: &'static str,
        metadata: &MetadataMap,
        work: impl FnOnce(Call) -> F,
    ) -> Result<T, Status>
    where
        F: Future<Output = Result<(T, Told), Status>>,
    {
        let started = Instant::now();
        let span = tracing::info_span!("call", method, query = Empty, rows = Empty, code = Empty);
        let ended = match self.admit(metadata, started) {
            Ok(call) => {
                let deadline = call.deadline();
                match tokio::time::timeout_at(deadline.into(), work(call)).await {
                    Ok(ended) => ended,
                    Err(_) => Err(status::read(&crate::store::ReadError::DeadlineExceeded)),
                }
            }
            Err(refused) => Err(refused),
        };
        let code = ended.as_ref().err().map_or(Code::Ok, Status::code);
        span.record("code", tracing::field::debug(code));
        if let Ok((_, told)) = &ended {
            span.record("rows", told.rows);
            if let Some(query) = &told.query {
                span.record("query", query);
            }
        }
        let latency_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        span.in_scope(|| tracing::info!(latency_us, "ended"));
        ended.map(|(answer, _)| answer)
    }

    fn admit(&self, metadata: &MetadataMap, started: Instant) -> Result<Call, Status> {
        let place =
            Arc::clone(&self.places).try_acquire_owned().map_err(|_| status::overloaded(self.limit))?;
        let asked = metadata.get("grpc-timeout").and_then(|value| value.to_str().ok()).and_then(timeout);
        let allowed = asked.unwrap_or(MAX_DEADLINE).min(MAX_DEADLINE);
        // A little is kept back, so that the caller is told before it gives up.
        let deadline = started + allowed - (allowed / 10).min(Duration::from_millis(5));
        let budget = Budget { deadline: Some(deadline), ..Budget::default() };
        let stop = StopOnDrop(Arc::clone(&budget.cancelled));
        Ok(Call { engine: Arc::clone(&self.engine), budget, started, _stop: stop, _place: place })
    }
}

impl Call {
    fn deadline(&self) -> Instant {
        self.budget.deadline.unwrap_or(self.started + MAX_DEADLINE)
    }

    /// Waits until the revision is here that the caller asks at least for.
    pub(super) async fn wait(&self, consistency: Consistency) -> Result<(), Status> {
        let Consistency::AtLeast(asked) = consistency else { return Ok(()) };
        let waiting = self.engine.wait_for(asked);
        let until = self.deadline() - (self.deadline() - self.started) / 10;
        match tokio::time::timeout_at(until.into(), waiting).await {
            Ok(()) => Ok(()),
            Err(_) => Err(status::waited(asked, self.engine.head().revision)),
        }
    }

    /// Does work that computes or reads from disk, away from the threads that serve connections.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Engine, &Budget) -> Result<T, Status> + Send + 'static,
    ) -> Result<T, Status> {
        let engine = Arc::clone(&self.engine);
        let budget = self.budget.clone();
        match tokio::task::spawn_blocking(move || work(&engine, &budget)).await {
            Ok(done) => done,
            Err(panicked) => Err(status::internal(&panicked)),
        }
    }
}

/// A timeout as gRPC writes it: up to eight digits and a unit.
fn timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if !(1..=8).contains(&digits.len()) {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(number * 3_600),
        "M" => Duration::from_secs(number * 60),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_read_as_grpc_writes_them() {
        assert_eq!(timeout("250m"), Some(Duration::from_millis(250)));
        assert_eq!(timeout("99999999H"), Some(Duration::from_secs(99_999_999 * 3_600)));
        for none in ["", "m", "1", "999999999S", "1x", "é", "-1S"] {
            assert_eq!(timeout(none), None, "{none}");
        }
    }
}
