//! Items into a ledger as a stream, which goes on by itself after a cut.

use super::lines::{Line, Lines, Place, import_id};
use crate::cli::Failure;
use crate::cli::target::{Ledger, Place as At, Target};
use crate::engine::{Engine, Import, ImportError};
use crate::wire::pb::ledger_item::Item;
use crate::wire::pb::ledger_service_client::LedgerServiceClient;
use crate::wire::{pb, transfer};
use indicatif::{ProgressBar, ProgressStyle};
use prost::Message;
use serde_json::json;
use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// Items that are sent before the server has acknowledged the first of them: more than it collects
/// before it writes, whatever it waits for.
const MAX_OPEN_ITEMS: usize = 20_000;
/// Bytes of these items, more than the server collects.
const MAX_OPEN_BYTES: usize = 48 << 20;
/// How often a stream is begun again without having come any further.
const MAX_ATTEMPTS: u32 = 8;
/// After a cut, the first new attempt comes so soon; each later one waits twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// The longest between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Imports files of lines; with a report, past what is wrong with some.
pub(super) async fn run(files: &[PathBuf], report: Option<PathBuf>, target: Target) -> Result<(), Failure> {
    let first = pb::ImportRequest {
        import_id: import_id(files)?,
        continue_on_error: report.is_some(),
        ..pb::ImportRequest::default()
    };
    let ledger = target.place().unwrap_or_else(At::usual_server).ledger(true).await?;
    let report = report.map(Report::create).transpose()?;
    let bytes = files.iter().filter_map(|file| Some(file.metadata().ok()?.len())).sum();
    // The bar is drawn on standard error, and only if that is a terminal.
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes}, {eta} left, {msg}");
    let bar = ProgressBar::new(bytes).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let feed = Feed { lines: Lines::of(files), sequence: 0, open: VecDeque::new(), bytes: 0, ended: None };
    let mut sending =
        Sending { first, feed, report, last: pb::ImportResponse::default(), has_begun: false, bar };
    let ended = match &ledger {
        Ledger::Here(engine) => sending.here(engine),
        Ledger::There(channel) => sending.there(channel).await,
    };
    sending.bar.finish_and_clear();
    eprintln!("{}", Summary(&sending.last));
    ended?;
    match (sending.feed.ended, sending.report) {
        (Some(failure), _) => Err(failure),
        (None, Some(report)) => report.finish(),
        (None, None) => Ok(()),
    }
}

/// Items that were read, in order.
struct Feed {
    lines: Lines,
    sequence: u64,
    /// Items that were read and are not acknowledged.
    open: VecDeque<(Place, pb::ImportRequest)>,
    bytes: usize,
    /// Why there are no more, if not since all were read.
    ended: Option<Failure>,
}

impl Feed {
    /// Reads the next item; false if there is none. What is wrong with a line goes into the report or,
    /// without one, ends the import.
    fn read(&mut self, report: &mut Option<Report>) -> Result<bool, Failure> {
        if self.ended.is_some() {
            return Ok(false);
        }
        while let Some(Line { place, item }) = self.lines.next()? {
            self.sequence += 1;
            match (item, &mut *report) {
                (Ok(item), _) => {
                    let request = pb::ImportRequest {
                        sequence: self.sequence,
                        item: Some(item),
                        ..pb::ImportRequest::default()
                    };
                    self.bytes += request.encoded_len();
                    self.open.push_back((place, request));
                    return Ok(true);
                }
                (Err(message), Some(report)) => report.add(&place, "", &message)?,
                (Err(message), None) => {
                    self.ended = Some(Failure::Refused(vec![told(&place, "", &message)]));
                    return Ok(false);
                }
            }
        }
        Ok(false)
    }

    fn is_full(&self) -> bool {
        self.open.len() >= MAX_OPEN_ITEMS || self.bytes >= MAX_OPEN_BYTES
    }

    /// Where an item stands that is not acknowledged.
    fn place(&self, sequence: u64) -> Option<&Place> {
        let index = self.open.partition_point(|(_, request)| request.sequence < sequence);
        let (place, request) = self.open.get(index)?;
        (request.sequence == sequence).then_some(place)
    }

    /// Forgets what is acknowledged.
    fn acknowledge(&mut self, sequence: u64) {
        while let Some((_, request)) = self.open.front()
            && request.sequence <= sequence
        {
            self.bytes -= request.encoded_len();
            self.open.pop_front();
        }
    }
}

/// An import under way.
struct Sending {
    first: pb::ImportRequest,
    feed: Feed,
    report: Option<Report>,
    last: pb::ImportResponse,
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

impl Sending {
    /// Into a ledger in this process.
    fn here(&mut self, engine: &Engine) -> Result<(), Failure> {
        let mut import = engine.import(transfer::settings(&self.first))?;
        if import.begun().finished {
            self.first.restart = true;
            import = engine.import(transfer::settings(&self.first))?;
        }
        self.begin(transfer::imported(import.begun()))?;
        self.tell_of_begin();
        while self.feed.read(&mut self.report)? {
            let Some((_, request)) = self.feed.open.back() else { break };
            if request.sequence <= self.last.acknowledged_sequence {
                self.skip()?;
                continue;
            }
            let Some(arrival) = transfer::arrival(request.clone())? else { continue };
            if import.is_before(&arrival) {
                self.write(&mut import, engine)?;
            }
            import.push(engine, arrival)?;
            if import.is_full() {
                self.write(&mut import, engine)?;
            }
        }
        self.write(&mut import, engine)?;
        Ok(import.finish(engine)?)
    }

    fn write(&mut self, import: &mut Import, engine: &Engine) -> Result<(), Failure> {
        while !import.is_idle() {
            let imported = import.write(engine)?;
            self.take(transfer::imported(imported))?;
        }
        match import.stopped() {
            None => Ok(()),
            Some(ImportError::Refused(refusals)) => {
                let told = |it: &crate::engine::Refusal| self.name(it.sequence, &it.path, &it.message);
                Err(Failure::Refused(refusals.iter().map(told).collect()))
            }
            Some(error) => Err(error.into()),
        }
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
            tokio::time::sleep((FIRST_WAIT * (1 << (attempts - 1))).min(LONGEST_WAIT)).await;
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
        match answers.message().await {
            Ok(Some(answer)) if answer.finished => {
                if self.has_begun {
                    self.last = answer;
                }
                return Ok(Ended::Before);
            }
            Ok(Some(answer)) => {
                let has_begun = std::mem::replace(&mut self.has_begun, true);
                // What was begun anew goes on from now on.
                self.first.restart = false;
                self.begin(answer)?;
                if !has_begun {
                    self.tell_of_begin();
                }
            }
            Ok(None) => return Ok(Ended::Cut(Status::unavailable("the server has ended the import"))),
            Err(status) => return self.cut(status),
        }
        let mut messages = Some(messages);
        // How many of the items that are not acknowledged have been sent.
        let mut sent = 0;
        loop {
            if messages.is_some() && sent == self.feed.open.len() && !self.feed.is_full() {
                if !self.feed.read(&mut self.report)? {
                    messages = None;
                } else if self.is_known() {
                    self.skip()?;
                    continue;
                }
                self.bar.set_position(self.feed.lines.read());
            }
            let next = self.feed.open.get(sent).and_then(|(_, request)| Some((messages.clone()?, request)));
            let send = async {
                let (messages, request) = next?;
                messages.send(request.clone()).await.ok()
            };
            tokio::select! {
                is_sent = send, if sent < self.feed.open.len() && messages.is_some() => match is_sent {
                    Some(()) => sent += 1,
                    // The server reads no more, and says why.
                    None => messages = None,
                },
                answer = answers.message() => match answer {
                    Ok(Some(answer)) => {
                        let before = self.feed.open.len();
                        self.take(answer)?;
                        sent -= before - self.feed.open.len();
                    }
                    Ok(None) if messages.is_none() => return Ok(Ended::Whole),
                    Ok(None) => return Ok(Ended::Cut(Status::unavailable("the server has ended the import"))),
                    Err(status) => return self.cut(status),
                }
            }
        }
    }

    /// Says where an import goes on that was begun by another process.
    fn tell_of_begin(&self) {
        let item = self.last.acknowledged_sequence;
        if item > 0 {
            self.bar.suspend(|| eprintln!("going on after item {item}, where this import ended before"));
        }
    }

    /// Whether the ledger surely has the item that was read last: it was acknowledged, or is of a commit
    /// before the ledger's last. (That one is sent, to be compared.)
    fn is_known(&self) -> bool {
        let Some((_, request)) = self.feed.open.back() else { return false };
        let head = self.last.revision.as_ref().map_or(0, |revision| revision.number);
        let is_before = match request.item.as_ref().and_then(|item| item.item.as_ref()) {
            Some(Item::Commit(part)) => part.revision < head,
            _ => false,
        };
        is_before || request.sequence <= self.last.acknowledged_sequence
    }

    /// Leaves out the item that was read last, and tells what was wrong with it when it was sent first.
    fn skip(&mut self) -> Result<(), Failure> {
        let Some((place, request)) = self.feed.open.pop_back() else { return Ok(()) };
        self.feed.bytes -= request.encoded_len();
        let Some(report) = &mut self.report else { return Ok(()) };
        for error in self.last.errors.iter().filter(|error| error.sequence == request.sequence) {
            report.add(&place, &error.path, &error.message)?;
        }
        Ok(())
    }

    /// Takes the first answer of a stream.
    fn begin(&mut self, answer: pb::ImportResponse) -> Result<(), Failure> {
        let acknowledged = answer.acknowledged_sequence;
        if let Some(report) = &mut self.report {
            for error in &answer.errors {
                if let Some(place) = self.feed.place(error.sequence) {
                    report.add(place, &error.path, &error.message)?;
                }
            }
        }
        self.feed.acknowledge(acknowledged);
        self.last = answer;
        Ok(())
    }

    /// Takes what is told of a batch.
    fn take(&mut self, mut answer: pb::ImportResponse) -> Result<(), Failure> {
        let errors = std::mem::take(&mut answer.errors);
        if let Some(report) = &mut self.report {
            for error in errors {
                if let Some(place) = self.feed.place(error.sequence) {
                    report.add(place, &error.path, &error.message)?;
                }
            }
        }
        self.feed.acknowledge(answer.acknowledged_sequence);
        self.last = pb::ImportResponse { errors: std::mem::take(&mut self.last.errors), ..answer };
        self.bar.set_message(Summary(&self.last).to_string());
        Ok(())
    }

    /// What is wrong with an item, with the line that it stands on.
    fn name(&self, sequence: u64, path: &str, message: &str) -> String {
        match self.feed.place(sequence) {
            Some(place) => told(place, path, message),
            None => format!("{path}: {message}"),
        }
    }

    /// A status that another attempt may not meet; or a refusal, with its line.
    fn cut(&self, status: Status) -> Result<Ended, Failure> {
        let is_passing = matches!(status.code(), Code::Unavailable | Code::Aborted)
            || std::error::Error::source(&status).is_some();
        if is_passing {
            return Ok(Ended::Cut(status));
        }
        let details = status.get_error_details();
        let sequence = details.error_info().and_then(|info| info.metadata.get("sequence")?.parse().ok());
        let (Some(sequence), Some(request)) = (sequence, details.bad_request()) else {
            return Err(status.into());
        };
        let violations = request.field_violations.iter().map(|violation| {
            let path = violation.field.strip_prefix("item.").unwrap_or(&violation.field);
            self.name(sequence, path, &violation.description)
        });
        Err(Failure::Refused(violations.collect()))
    }
}

fn told(Place { file, line }: &Place, path: &str, message: &str) -> String {
    let colon = if path.is_empty() { "" } else { ": " };
    format!("{}:{line}: {path}{colon}{message}", file.display())
}

fn first_line(status: &Status) -> &str {
    status.message().lines().next().unwrap_or_default()
}

/// A file with a line of JSON for each thing that is wrong with an item that was left out.
struct Report {
    path: PathBuf,
    file: BufWriter<File>,
    items: u64,
    last: Option<(PathBuf, u64)>,
}

impl Report {
    fn create(path: PathBuf) -> Result<Self, Failure> {
        match File::create(&path) {
            Ok(file) => Ok(Self { path, file: BufWriter::new(file), items: 0, last: None }),
            Err(source) => Err(Failure::Unwritable { path, source }),
        }
    }

    fn add(&mut self, Place { file, line }: &Place, path: &str, message: &str) -> Result<(), Failure> {
        let this = Some((file.to_path_buf(), *line));
        if self.last != this {
            self.items += 1;
            self.last = this;
        }
        let fault =
            json!({ "file": file.display().to_string(), "line": line, "path": path, "message": message });
        writeln!(self.file, "{fault}").map_err(|source| self.unwritable(source))
    }

    fn unwritable(&self, source: io::Error) -> Failure {
        Failure::Unwritable { path: self.path.clone(), source }
    }

    fn finish(mut self) -> Result<(), Failure> {
        self.file.flush().map_err(|source| self.unwritable(source))?;
        let Self { path: report, items, .. } = self;
        if items == 0 { Ok(()) } else { Err(Failure::LeftOut { items, report }) }
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
