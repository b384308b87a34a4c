//! Items into a ledger as a stream, which goes on by itself after a cut.

use super::report::Report;
use super::source::{Fault, Place, Read, Source};
use crate::cli::Failure;
use crate::cli::again::{MAX_ATTEMPTS, first_line, is_passing, wait};
use crate::cli::target::Ledger;
use crate::engine::{Engine, Import, ImportError};
use crate::wire::pb::ledger_item::Item;
use crate::wire::pb::ledger_service_client::LedgerServiceClient;
use crate::wire::{pb, transfer};
use indicatif::{ProgressBar, ProgressStyle};
use prost::Message;
use std::collections::VecDeque;
use std::fmt;
use std::path::PathBuf;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;
use tonic::transport::Channel;
use tonic_types::StatusExt;

/// Items that are sent before the server has acknowledged the first of them: more than it collects
/// before it writes, whatever it waits for.
const MAX_OPEN_ITEMS: usize = 20_000;
/// Bytes of these items, more than the server collects.
const MAX_OPEN_BYTES: usize = 48 << 20;
/// Imports all that a source gives; with a report, past what is wrong with some.
pub(super) async fn run<'m>(
    source: Box<dyn Source<'m> + 'm>,
    files: &[PathBuf],
    import_id: String,
    report: Option<Report>,
    ledger: &Ledger,
) -> Result<(), Failure> {
    let first = pb::ImportRequest {
        import_id,
        continue_on_error: report.is_some(),
        told_sequence: Some(report.as_ref().map_or(0, Report::kept)),
        ..pb::ImportRequest::default()
    };
    let bytes = files.iter().filter_map(|file| Some(file.metadata().ok()?.len())).sum();
    // The bar is drawn on standard error, and only if that is a terminal.
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes}, {eta} left, {msg}");
    let bar = ProgressBar::new(bytes).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let feed = Feed { source, sequence: 0, known: 0, open: VecDeque::new(), items: 0, bytes: 0, ended: None };
    let (last, remembered) = (pb::ImportResponse::default(), Vec::new());
    let mut sending = Sending { first, feed, report, last, remembered, has_begun: false, bar };
    let ended = match ledger {
        Ledger::Here(engine) => sending.here(engine),
        Ledger::There(channel) => sending.there(channel).await,
    };
    let Sending { feed, mut report, last, bar, .. } = sending;
    if let Some(report) = &mut report {
        report.keep()?;
    }
    bar.finish_and_clear();
    let failed = ended.err().or(feed.ended);
    if failed.is_none() || last.counts.is_some_and(|counts| counts != pb::ImportCounts::default()) {
        eprintln!("{}", Summary(&last));
    }
    if let Some(failure) = failed {
        return Err(failure);
    }
    if feed.known > 0 {
        eprintln!("{} entities, sources and documents left as the ledger has them", feed.known);
    }
    let notes = feed.source.notes();
    if !notes.is_empty() {
        eprintln!("{notes}");
    }
    report.map_or(Ok(()), |report| report.finish(last.counts.unwrap_or_default().refused))
}

/// What was read, in order.
struct Feed<'m> {
    source: Box<dyn Source<'m> + 'm>,
    /// The number of what was read last.
    sequence: u64,
    /// How much the ledger has and is left as it is there.
    known: u64,
    /// What was read and does not stand before the last item that is acknowledged.
    open: VecDeque<Open<'m>>,
    /// Items among these, and their bytes.
    items: usize,
    bytes: usize,
    /// Why there are no more, if not since all were read.
    ended: Option<Failure>,
}

/// What was read and has become nothing yet.
enum Open<'m> {
    /// To be sent.
    Item(Place<'m>, Box<pb::ImportRequest>),
    /// For the report.
    Broken(u64, Vec<Fault>),
}

impl Open<'_> {
    fn sequence(&self) -> u64 {
        match self {
            Self::Item(_, request) => request.sequence,
            Self::Broken(sequence, _) => *sequence,
        }
    }
}

impl<'m> Feed<'m> {
    /// Reads on to something that becomes something; none if there is none.
    fn read(&mut self, acknowledged: u64) -> Option<Open<'m>> {
        while self.ended.is_none() {
            let read = match self.source.next() {
                Ok(read) => read?,
                Err(failure) => {
                    self.ended = Some(failure);
                    break;
                }
            };
            self.sequence += 1;
            match read {
                Read::Known => self.known += u64::from(self.sequence > acknowledged),
                Read::Broken(faults) => return Some(Open::Broken(self.sequence, faults)),
                Read::Item(place, item) => {
                    let (sequence, item) = (self.sequence, Some(*item));
                    let request = pb::ImportRequest { sequence, item, ..pb::ImportRequest::default() };
                    return Some(Open::Item(place, Box::new(request)));
                }
            }
        }
        None
    }

    fn push(&mut self, open: Open<'m>) {
        if let Open::Item(_, request) = &open {
            self.items += 1;
            self.bytes += request.encoded_len();
        }
        self.open.push_back(open);
    }

    /// Takes the first, if it is past: it is acknowledged, or is not sent and nothing is open before it.
    fn pop(&mut self, acknowledged: u64) -> Option<Open<'m>> {
        let is_past = match self.open.front()? {
            Open::Item(_, request) => request.sequence <= acknowledged,
            Open::Broken(..) => true,
        };
        let open = if is_past { self.open.pop_front() } else { None }?;
        if let Open::Item(_, request) = &open {
            self.items -= 1;
            self.bytes -= request.encoded_len();
        }
        Some(open)
    }

    fn is_full(&self) -> bool {
        self.items >= MAX_OPEN_ITEMS || self.bytes >= MAX_OPEN_BYTES
    }

    /// Where an item stands that is not acknowledged.
    fn place(&self, sequence: u64) -> Option<&Place<'m>> {
        let index = self.open.partition_point(|open| open.sequence() < sequence);
        match self.open.get(index)? {
            Open::Item(place, request) if request.sequence == sequence => Some(place),
            Open::Item(..) | Open::Broken(..) => None,
        }
    }
}

/// An import under way.
struct Sending<'m> {
    first: pb::ImportRequest,
    feed: Feed<'m>,
    report: Option<Report>,
    /// What was told last.
    last: pb::ImportResponse,
    /// What is told again of items that were left out before this began.
    remembered: Vec<pb::ImportError>,
    /// Whether a server has taken this up: what ends after that was ended by us.
    has_begun: bool,
    bar: ProgressBar,
}

/// How a stream ended.
enum Ended {
    /// All is written.
    Whole,
    /// It was written before.
    Before,
    /// It can go on.
    Cut(Status),
}

impl<'m> Sending<'m> {
    /// Into a ledger in this process.
    fn here(&mut self, engine: &Engine) -> Result<(), Failure> {
        let mut import = engine.import(transfer::settings(&self.first))?;
        if import.begun().finished {
            self.first.restart = true;
            import = engine.import(transfer::settings(&self.first))?;
        }
        self.begin(transfer::imported(import.begun()))?;
        while self.read()? {
            let Some(Open::Item(_, request)) = self.feed.open.back() else { break };
            let pushed = transfer::arrival((**request).clone()).and_then(|arrival| {
                let Some(arrival) = arrival else { return Ok(None) };
                if import.is_before(&arrival) {
                    return Ok(Some(arrival));
                }
                import.push(engine, arrival).map(|()| None)
            });
            let pushed = match pushed {
                Ok(None) => Ok(()),
                Ok(Some(later)) => {
                    self.write(&mut import, engine)?;
                    import.push(engine, later)
                }
                Err(error) => Err(error),
            };
            if let Err(error) = pushed {
                self.write(&mut import, engine)?;
                return Err(self.stopped(error));
            }
            if import.is_full() {
                self.write(&mut import, engine)?;
            }
        }
        if self.feed.ended.is_none() {
            self.write(&mut import, engine)?;
            return import.finish(engine).map_err(|error| self.stopped(error));
        }
        // What a claim waits for may come when the import goes on.
        if import.is_waiting() { Ok(()) } else { self.write(&mut import, engine) }
    }

    fn write(&mut self, import: &mut Import, engine: &Engine) -> Result<(), Failure> {
        while !import.is_idle() {
            let imported = import.write(engine)?;
            self.take(&transfer::imported(imported))?;
            import.told(self.told());
        }
        import.stopped().map_or(Ok(()), |error| Err(self.stopped(error)))
    }

    /// To a server, again and again as long as it goes on.
    async fn there(&mut self, channel: &Channel) -> Result<(), Failure> {
        let mut attempts = 0;
        loop {
            let before = self.last.acknowledged_sequence;
            let status = match self.send(LedgerServiceClient::new(channel.clone())).await? {
                Ended::Whole => return Ok(()),
                // Whoever imports a file that was imported wants it to be imported again.
                Ended::Before if !self.has_begun => {
                    self.first.restart = true;
                    continue;
                }
                Ended::Before => return Ok(()),
                Ended::Cut(status) => status,
            };
            if self.last.acknowledged_sequence > before {
                attempts = 0;
            }
            attempts += 1;
            if attempts == MAX_ATTEMPTS {
                return Err(status.into());
            }
            let item = self.last.acknowledged_sequence;
            self.bar.suspend(|| eprintln!("{}; going on after item {item}", first_line(&status)));
            wait(attempts).await;
        }
    }

    /// Sends what is not acknowledged, and what follows it, until it is all written or the stream is cut.
    async fn send(&mut self, mut client: LedgerServiceClient<Channel>) -> Result<Ended, Failure> {
        let (messages, stream) = mpsc::channel(64);
        // There is room for it.
        let _ = messages.try_send(self.first.clone());
        let mut answers = match client.import(ReceiverStream::new(stream)).await {
            Ok(answers) => answers.into_inner(),
            Err(status) => return self.cut(status),
        };
        let mut part = Vec::new();
        let begun = loop {
            match answers.message().await {
                Ok(Some(answer)) if answer.more => part.extend(answer.errors),
                Ok(Some(answer)) => break Ok(Some(whole(&mut part, answer))),
                end => break end,
            }
        };
        match begun {
            Ok(Some(answer)) if answer.finished => {
                if self.has_begun {
                    self.take(&answer)?;
                }
                return Ok(Ended::Before);
            }
            Ok(Some(answer)) => self.begin(answer)?,
            Ok(None) => return Ok(Ended::Cut(Status::unavailable("the server has ended the import"))),
            Err(status) => return self.cut(status),
        }
        let unfinished = pb::ImportRequest { unfinished: true, ..pb::ImportRequest::default() };
        let mut messages = Some(messages);
        let mut is_read = false;
        // How many of those that are open have been sent, or need not be.
        let mut sent = 0;
        loop {
            if !is_read && sent == self.feed.open.len() && !self.feed.is_full() {
                is_read = !self.read()?;
                self.bar.set_position(self.feed.source.progress());
            }
            let next = match self.feed.open.get(sent) {
                Some(Open::Item(_, request)) => Some(&**request),
                Some(Open::Broken(..)) => {
                    sent += 1;
                    continue;
                }
                None if is_read && self.feed.ended.is_some() => Some(&unfinished),
                None => None,
            };
            if is_read && next.is_none() {
                messages = None;
            }
            let next = next.and_then(|request| Some((messages.clone()?, request)));
            let (is_next, told) = (next.is_some(), Some(self.told()));
            let send = async {
                let (messages, request) = next?;
                messages.send(pb::ImportRequest { told_sequence: told, ..request.clone() }).await.ok()
            };
            tokio::select! {
                is_sent = send, if is_next => match is_sent {
                    Some(()) if sent < self.feed.open.len() => sent += 1,
                    // That was the last; or the server reads no more, and says why.
                    Some(()) | None => messages = None,
                },
                answer = answers.message() => match answer {
                    Ok(Some(answer)) if answer.more => part.extend(answer.errors),
                    Ok(Some(answer)) => {
                        let answer = whole(&mut part, answer);
                        sent = sent.saturating_sub(self.take(&answer)?);
                    }
                    Ok(None) if messages.is_none() => return Ok(Ended::Whole),
                    Ok(None) => return Ok(Ended::Cut(Status::unavailable("the server has ended the import"))),
                    Err(status) => return self.cut(status),
                }
            }
        }
    }

    /// Reads on to the next item that is to be written; false if there is none. What was written before is
    /// passed over. What is wrong with an item goes into the report or, without one, ends the import.
    fn read(&mut self) -> Result<bool, Failure> {
        while let Some(open) = self.feed.read(self.last.acknowledged_sequence) {
            let is_sent = matches!(open, Open::Item(..));
            if self.is_known(&open) || !is_sent && self.report.is_some() && self.feed.open.is_empty() {
                settle(self.report.as_mut(), &open, &self.remembered)?;
                continue;
            }
            if let (Open::Broken(_, faults), None) = (&open, &self.report) {
                self.feed.ended = Some(Fault::stopped(faults));
                return Ok(false);
            }
            self.feed.push(open);
            if is_sent {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the ledger surely has this: it was acknowledged, or is of a commit before the ledger's last.
    /// (That one is sent, to be compared.)
    fn is_known(&self, open: &Open<'_>) -> bool {
        let head = self.last.revision.as_ref().map_or(0, |revision| revision.number);
        commit(open).is_some_and(|revision| revision < head)
            || open.sequence() <= self.last.acknowledged_sequence
    }

    /// Takes the first answer of a stream.
    fn begin(&mut self, answer: pb::ImportResponse) -> Result<(), Failure> {
        // What was begun anew goes on from now on.
        self.first.restart = false;
        let acknowledged = answer.acknowledged_sequence;
        if !std::mem::replace(&mut self.has_begun, true) {
            if let Some(report) = &mut self.report {
                report.begin(acknowledged)?;
            }
            if acknowledged > 0 {
                self.bar.suspend(|| {
                    eprintln!("going on after item {acknowledged}, where this import ended before");
                });
            }
        }
        self.take(&answer)?;
        self.first.told_sequence = Some(self.told());
        self.remembered = answer.errors;
        Ok(())
    }

    /// Takes what is told of a batch. Returns how much of what is open is done with.
    fn take(&mut self, answer: &pb::ImportResponse) -> Result<usize, Failure> {
        let mut done = 0;
        while let Some(open) = self.feed.pop(answer.acknowledged_sequence) {
            settle(self.report.as_mut(), &open, &answer.errors)?;
            done += 1;
        }
        if let Some(report) = &mut self.report {
            report.keep()?;
        }
        self.last = pb::ImportResponse { errors: Vec::new(), ..answer.clone() };
        self.bar.set_message(Summary(&self.last).to_string());
        Ok(done)
    }

    /// Up to which item the server need not tell again what was wrong.
    fn told(&self) -> u64 {
        let acknowledged = self.last.acknowledged_sequence;
        match &self.report {
            Some(report) if self.feed.sequence < acknowledged => report.kept(),
            Some(_) | None => acknowledged,
        }
    }

    /// Why an import cannot go on, with the place of the item.
    fn stopped(&self, error: ImportError) -> Failure {
        let (sequence, told) = match error {
            ImportError::Refused(refusals) => {
                let sequence = refusals.first().map_or(0, |refusal| refusal.sequence);
                let told = refusals.into_iter().map(|refusal| (refusal.path, refusal.message));
                (sequence, told.collect())
            }
            ImportError::History(error) => return self.history(error.revision(), error.to_string()),
            error @ (ImportError::Sequence { .. }
            | ImportError::ImportId { .. }
            | ImportError::Mixed { .. }
            | ImportError::Record(_)) => return error.into(),
        };
        self.refused(sequence, told)
    }

    /// What is wrong with an item.
    fn refused(&self, sequence: u64, told: Vec<(String, String)>) -> Failure {
        match self.feed.place(sequence) {
            Some(place) => {
                let faults: Vec<_> =
                    told.into_iter().map(|(path, message)| place.fault(&path, message)).collect();
                Fault::stopped(&faults)
            }
            None => {
                Failure::Refused(told.iter().map(|(path, message)| format!("{path}: {message}")).collect())
            }
        }
    }

    /// What is wrong with a commit of a history.
    fn history(&self, revision: u64, message: String) -> Failure {
        let at = self.feed.open.iter().find(|open| commit(open) == Some(revision));
        match at {
            Some(Open::Item(place, _)) => Fault::stopped(&[place.fault("", message)]),
            Some(Open::Broken(..)) | None => Failure::Refused(vec![message]),
        }
    }

    /// A status that another attempt may not meet; or a refusal, with its line.
    fn cut(&self, status: Status) -> Result<Ended, Failure> {
        if is_passing(&status) {
            return Ok(Ended::Cut(status));
        }
        let details = status.get_error_details();
        let number = |name| details.error_info().and_then(|info| info.metadata.get(name)?.parse().ok());
        if let (Some(sequence), Some(request)) = (number("sequence"), details.bad_request()) {
            let told = request.field_violations.iter().map(|violation| {
                let path = violation.field.strip_prefix("item.").unwrap_or(&violation.field);
                (path.to_owned(), violation.description.clone())
            });
            return Err(self.refused(sequence, told.collect()));
        }
        match number("revision") {
            Some(revision) => Err(self.history(revision, status.message().to_owned())),
            None => Err(status.into()),
        }
    }
}

/// Reports what was wrong with an item that is done with.
fn settle(report: Option<&mut Report>, open: &Open<'_>, errors: &[pb::ImportError]) -> Result<(), Failure> {
    let Some(report) = report else { return Ok(()) };
    match open {
        Open::Broken(sequence, faults) => report.add(*sequence, faults, false),
        Open::Item(place, request) => {
            let sequence = &request.sequence;
            let from = errors.partition_point(|error| error.sequence < *sequence);
            let told = errors[from..].iter().take_while(|error| error.sequence == *sequence);
            let faults: Vec<_> = told.map(|error| place.fault(&error.path, error.message.clone())).collect();
            report.add(*sequence, &faults, true)
        }
    }
}

/// An answer with the errors of those before it that it goes on from.
fn whole(part: &mut Vec<pb::ImportError>, mut answer: pb::ImportResponse) -> pb::ImportResponse {
    part.append(&mut answer.errors);
    answer.errors = std::mem::take(part);
    answer
}

/// The revision of the commit that this is a part of, if it is.
fn commit(open: &Open<'_>) -> Option<u64> {
    let Open::Item(_, request) = open else { return None };
    match request.item.as_ref()?.item.as_ref()? {
        Item::Commit(part) => Some(part.revision),
        Item::Entity(_) | Item::Source(_) | Item::Document(_) | Item::Claim(_) | Item::Retraction(_) => None,
    }
}

/// How many items became what, and the revision that this made.
struct Summary<'a>(&'a pb::ImportResponse);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pb::ImportCounts { created, new_versions, unchanged, retracted, refused, commits } =
            self.0.counts.unwrap_or_default();
        let revision = self.0.revision.as_ref().map_or(0, |revision| revision.number);
        if commits > 0 {
            return write!(f, "{commits} commits; revision {revision}");
        }
        write!(f, "{created} created, {new_versions} new versions, {unchanged} unchanged")?;
        for (count, what) in [(retracted, "retracted"), (refused, "left out")] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        write!(f, "; revision {revision}")
    }
}
