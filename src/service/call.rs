//! What every call goes through: a place among the calls under way, a deadline, a line in the log.

use super::status;
use crate::engine::{Consistency, Engine};
use crate::store::Budget;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tonic::metadata::MetadataMap;
use tonic::{Code, Status};
use tracing::field::Empty;
use tracing::{Instrument, Span};

/// Calls under way at a time, and as many streams besides; one more is refused at once.
pub const MAX_CALLS: u32 = 1_024;
/// The longest that a call may take, whatever its caller would wait.
pub const MAX_DEADLINE: Duration = Duration::from_secs(60);

/// What calls share.
#[derive(Clone, Debug)]
pub(super) struct Calls {
    /// Absent while the server starts.
    engine: Arc<OnceLock<Arc<Engine>>>,
    places: Arc<Semaphore>,
    /// Places of streams, which may be silent for long: they take none from calls that are answered.
    streams: Arc<Semaphore>,
    limit: u32,
    draining: Arc<watch::Sender<bool>>,
}

/// One call that was admitted.
pub(super) struct Call {
    pub(super) engine: Arc<Engine>,
    budget: Budget,
    started: Instant,
    draining: watch::Receiver<bool>,
    /// Stops the work when the call's future is dropped, as it is when its caller has gone.
    _stop: StopOnDrop,
    /// Also held by work that goes on after its caller has gone, until it notices.
    place: Arc<OwnedSemaphorePermit>,
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

/// The log's line on a call. It is written when dropped, so that a call whose caller has gone has
/// one too.
struct Line {
    span: Span,
    started: Instant,
    code: Code,
}

impl Line {
    fn begin(method: &'static str, started: Instant) -> Self {
        let span = tracing::info_span!("call", method, query = Empty, rows = Empty, code = Empty);
        Self { span, started, code: Code::Cancelled }
    }

    fn end<T>(mut self, ended: &Result<(T, Told), Status>) {
        match ended {
            Ok((_, Told { query, rows })) => {
                self.code = Code::Ok;
                self.span.record("rows", rows);
                if let Some(query) = query {
                    self.span.record("query", query);
                }
            }
            Err(status) => self.code = status.code(),
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.span.record("code", tracing::field::debug(self.code));
        let latency_us = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.span.in_scope(|| tracing::info!(latency_us, "ended"));
    }
}

impl Calls {
    pub(super) fn new(limit: u32) -> Self {
        let places = || Arc::new(Semaphore::new(limit as usize));
        let draining = Arc::new(watch::Sender::new(false));
        Self { engine: Arc::default(), places: places(), streams: places(), limit, draining }
    }

    /// Answers from this ledger from now on; the first that is given stays.
    pub(super) fn serve(&self, engine: Arc<Engine>) {
        self.engine.get_or_init(|| engine);
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
        self.run_in(&self.places, MAX_DEADLINE, method, metadata, work).await
    }

    /// Runs a stream that may take as long as this.
    pub(super) async fn run_for<T, F>(
        &self,
        at_most: Duration,
        method: &'static str,
        metadata: &MetadataMap,
        work: impl FnOnce(Call) -> F,
    ) -> Result<T, Status>
    where
        F: Future<Output = Result<(T, Told), Status>>,
    {
        self.run_in(&self.streams, at_most, method, metadata, work).await
    }

    async fn run_in<T, F>(
        &self,
        places: &Arc<Semaphore>,
        at_most: Duration,
        method: &'static str,
        metadata: &MetadataMap,
        work: impl FnOnce(Call) -> F,
    ) -> Result<T, Status>
    where
        F: Future<Output = Result<(T, Told), Status>>,
    {
        let started = Instant::now();
        let line = Line::begin(method, started);
        let ended = match self.admit(places, metadata, started, at_most) {
            Ok(call) => {
                let deadline = call.deadline();
                let work = work(call).instrument(line.span.clone());
                match tokio::time::timeout_at(deadline.into(), work).await {
                    Ok(ended) => ended,
                    Err(_) => Err(status::read(&crate::store::ReadError::DeadlineExceeded)),
                }
            }
            Err(refused) => Err(refused),
        };
        line.end(&ended);
        ended.map(|(answer, _)| answer)
    }

    /// Has calls that wait or stream end, takes no others, and returns when none is under way.
    pub(super) async fn drain(&self) {
        self.draining.send_replace(true);
        // An error says that the places were closed, which they never are.
        let _ = self.places.acquire_many(self.limit).await;
        let _ = self.streams.acquire_many(self.limit).await;
    }

    fn admit(
        &self,
        places: &Arc<Semaphore>,
        metadata: &MetadataMap,
        started: Instant,
        at_most: Duration,
    ) -> Result<Call, Status> {
        if *self.draining.borrow() {
            return Err(status::draining());
        }
        let engine = self.engine.get().ok_or_else(status::starting)?;
        let place = Arc::clone(places).try_acquire_owned().map_err(|_| status::overloaded(self.limit))?;
        let asked = metadata.get("grpc-timeout").and_then(|value| value.to_str().ok()).and_then(timeout);
        let allowed = asked.unwrap_or(at_most).min(at_most);
        // A little is kept back, so that the caller is told before it gives up.
        let deadline = started + allowed - (allowed / 10).min(Duration::from_millis(5));
        let budget = Budget { deadline: Some(deadline), ..Budget::default() };
        let stop = StopOnDrop(Arc::clone(&budget.cancelled));
        Ok(Call {
            engine: Arc::clone(engine),
            budget,
            started,
            draining: self.draining.subscribe(),
            _stop: stop,
            place: Arc::new(place),
        })
    }
}

impl Call {
    fn deadline(&self) -> Instant {
        self.budget.deadline.unwrap_or(self.started + MAX_DEADLINE)
    }

    /// Waits until the revision is here that the caller asks at least for.
    pub(super) async fn wait(&self, consistency: Consistency) -> Result<(), Status> {
        let Consistency::AtLeast(asked) = consistency else { return Ok(()) };
        let until = self.deadline() - (self.deadline() - self.started) / 10;
        tokio::select! {
            biased;
            () = self.engine.wait_for(asked) => Ok(()),
            () = self.drained() => Err(status::draining()),
            () = tokio::time::sleep_until(until.into()) => {
                Err(status::waited(asked, self.engine.head().revision))
            }
        }
    }

    /// Returns once the server is about to end.
    pub(super) async fn drained(&self) {
        let mut draining = self.draining.clone();
        // An error says that whoever could tell has gone, and the server with it.
        let _ = draining.wait_for(|draining| *draining).await;
    }

    /// Whether the server is about to end: a stream that has more to send ends now.
    pub(super) fn is_draining(&self) -> bool {
        *self.draining.borrow()
    }

    /// Does work that computes or reads from disk, away from the threads that serve connections.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Engine, &Budget) -> Result<T, Status> + Send + 'static,
    ) -> Result<T, Status> {
        let engine = Arc::clone(&self.engine);
        let budget = self.budget.clone();
        let place = Arc::clone(&self.place);
        let span = Span::current();
        let work = move || {
            let done = span.in_scope(|| work(&engine, &budget));
            drop(place);
            done
        };
        match tokio::task::spawn_blocking(work).await {
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

    #[tokio::test]
    async fn a_caller_who_has_gone_stops_the_work_and_gives_up_its_place() {
        let calls = Calls::new(1);
        calls.serve(Arc::new(Engine::in_memory().unwrap()));
        let mut cancelled = None;
        let metadata = MetadataMap::new();
        let mut work = Box::pin(calls.run("Test", &metadata, |call| {
            cancelled = Some(Arc::clone(&call.budget.cancelled));
            async move {
                let _call = call;
                std::future::pending::<Result<((), Told), Status>>().await
            }
        }));
        tokio::select! {
            biased;
            _ = &mut work => unreachable!("it is pending"),
            () = std::future::ready(()) => {}
        }
        let one_more = calls.run("Test", &metadata, |_| std::future::ready(Ok(((), Told::default()))));
        assert_eq!(one_more.await.unwrap_err().code(), Code::ResourceExhausted);
        // Streams have places of their own.
        let stream =
            calls.run_for(MAX_DEADLINE, "Test", &metadata, |_| std::future::ready(Ok((8, Told::default()))));
        assert_eq!(stream.await.unwrap(), 8);
        drop(work);
        assert!(cancelled.unwrap().load(Ordering::Relaxed));
        let next = calls.run("Test", &metadata, |_| std::future::ready(Ok((7, Told::default()))));
        assert_eq!(next.await.unwrap(), 7);
        calls.drain().await;
        let late = calls.run("Test", &metadata, |_| std::future::ready(Ok(((), Told::default()))));
        assert_eq!(late.await.unwrap_err().code(), Code::Unavailable);
    }

    #[test]
    fn timeouts_are_read_as_grpc_writes_them() {
        assert_eq!(timeout("250m"), Some(Duration::from_millis(250)));
        assert_eq!(timeout("99999999H"), Some(Duration::from_secs(99_999_999 * 3_600)));
        for none in ["", "m", "1", "999999999S", "1x", "é", "-1S"] {
            assert_eq!(timeout(none), None, "{none}");
        }
    }
}
