//! The one map from errors to what a caller sees: a canonical code, a sentence, and `google.rpc`
//! details. Together they stay under 4 KiB as encoded trailers.

use super::MAX_RESPONSE_BYTES;
use crate::engine::{
    Condition, ExportError, ImportError, ItemViolation, Precondition, QueryError, RecordError, Refusal,
};
use crate::language::{Diagnostic, Edit, Problem};
use crate::model::Violation;
use crate::store::{DatabaseError, ItemKind, ReadError, WriteError};
use crate::wire::question::QuestionError;
use crate::wire::{UnknownField, pb};
use prost::{DecodeError, Message, Name};
use prost_types::Any;
use std::collections::HashMap;
use std::error::Error;
use std::fmt::{Display, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tonic::{Code, Status};
use tonic_types::pb as rpc;

/// Whose reasons they are.
const DOMAIN: &str = "sayso.v1";
/// Field violations of one answer at the most; a number tells how many there were.
const MAX_VIOLATIONS: usize = 10;
/// What text and details may take in trailers, encoded. The rest of 4 KiB is for the trailers' names,
/// and for what HTTP/2 counts beside each.
const MAX_TRAILER_BYTES: usize = 4_096 - 256;
/// The printable signs that are percent-encoded, as others are.
const ENCODED_SIGNS: &[u8] = b" \"#%<>`?{}";
/// When to ask again what could not be answered just now.
const RETRY_AFTER_MILLIS: i32 = 100;

/// A query that was not answered.
pub(super) fn query(error: QueryError) -> Status {
    let text = error.to_string();
    match error {
        QueryError::Query { text: query, diagnostic } => diagnosed(text, &query, &diagnostic),
        QueryError::Token(_) => {
            let violations = [violation("page_token", &text)];
            invalid(text, "INVALID_PAGE_TOKEN", violations)
        }
        QueryError::NotYet { asked, latest } => {
            Details::new(Code::FailedPrecondition, text, "REVISION_NOT_HERE")
                .with("asked", asked)
                .with("latest", latest)
                .retry()
                .status()
        }
        QueryError::TooManyGroups => {
            let violations = [violation("query", &text)];
            invalid(text, "TOO_BROAD", violations)
        }
        QueryError::Read(error) => read(&error),
        QueryError::Item(error) => internal(&error),
    }
}

/// What could not be read.
pub(super) fn read(error: &ReadError) -> Status {
    match error {
        ReadError::DeadlineExceeded => {
            Details::new(Code::DeadlineExceeded, error.to_string(), "DEADLINE_EXCEEDED").status()
        }
        ReadError::Cancelled => Details::new(Code::Cancelled, error.to_string(), "CANCELLED").status(),
        ReadError::Damaged(damage) => damaged(damage),
        ReadError::Broken | ReadError::File { .. } | ReadError::Ledger(_) => unavailable(error),
        ReadError::Database(error) => database(error),
        ReadError::NoBackup => {
            Details::new(Code::FailedPrecondition, error.to_string(), "NO_BACKUP").status()
        }
        ReadError::TooManyGroups { .. } | ReadError::NoSuchPosition { .. } => internal(error),
    }
}

/// A batch that was not recorded.
pub(super) fn record(error: &RecordError) -> Status {
    let text = error.to_string();
    match error {
        RecordError::Invalid(violations) => {
            let violations = violations.iter();
            let violations: Vec<_> =
                violations.map(|ItemViolation { path, fault }| violation(path, &fault.to_string())).collect();
            invalid(text, "INVALID_ITEM", violations)
        }
        RecordError::Precondition(unmet) => {
            let violation = |one: &(Precondition, Option<u32>)| {
                let Precondition { kind, id, condition } = &one.0;
                let condition = match condition {
                    Condition::MustNotExist => "MUST_NOT_EXIST",
                    Condition::VersionIs(_) => "VERSION_IS",
                };
                rpc::precondition_failure::Violation {
                    r#type: condition.to_owned(),
                    subject: shortened(&format!("{}/{id}", noun(*kind)), 200),
                    description: shortened(&RecordError::Precondition(vec![one.clone()]).to_string(), 300),
                }
            };
            let violations = unmet.iter().take(MAX_VIOLATIONS).map(violation).collect();
            let failure = rpc::PreconditionFailure { violations };
            Details::new(Code::FailedPrecondition, text, "PRECONDITION_FAILED")
                .detail("PreconditionFailure", &failure)
                .status()
        }
        RecordError::RequestIdReused(_) => {
            Details::new(Code::AlreadyExists, text, "REQUEST_ID_REUSED").status()
        }
        RecordError::Unknown(error) => {
            tracing::error!(%error, "the outcome of a write is unknown");
            Details::new(Code::Unavailable, text, "OUTCOME_UNKNOWN").retry().status()
        }
        RecordError::Store(error) => {
            if let WriteError::Database(error) | WriteError::Read(ReadError::Database(error)) = &**error {
                database(error)
            } else {
                unavailable(error)
            }
        }
        RecordError::ImportElsewhere(_) => {
            Details::new(Code::Aborted, text, "IMPORT_ELSEWHERE").retry().status()
        }
        RecordError::Read(error) => read(error),
        RecordError::DamagedRequest(_) => damaged(error),
    }
}

/// What cannot be exported.
pub(super) fn export(error: ExportError) -> Status {
    let text = error.to_string();
    match error {
        ExportError::Query(error) => query(error),
        ExportError::NotClaims { .. } => request("query", &text),
        ExportError::AfterEnd { .. } => request("after_revision", &text),
    }
}

/// An import that cannot go on.
pub(super) fn import(error: &ImportError) -> Status {
    let text = error.to_string();
    match error {
        ImportError::Sequence { .. } => request("sequence", &text),
        ImportError::ImportId { .. } => request("import_id", &text),
        ImportError::Mixed { .. } => request("item", &text),
        ImportError::Refused(refusals) => {
            let violations: Vec<_> = refusals
                .iter()
                .map(|Refusal { path, message, .. }| {
                    violation(format!("item.{path}").trim_end_matches('.'), message)
                })
                .collect();
            let sequence = refusals.first().map_or(0, |refusal| refusal.sequence);
            let count = violations.len();
            let details = Details::new(Code::InvalidArgument, text, "INVALID_ITEM");
            let details = details.with("sequence", sequence).with("violations", count);
            details.violations(violations.into_iter().take(MAX_VIOLATIONS).collect()).status()
        }
        ImportError::History(error) => {
            let details = Details::new(Code::FailedPrecondition, text, "HISTORY_REFUSED");
            details.with("revision", error.revision()).status()
        }
        ImportError::Record(error) => record(error),
    }
}

/// A batch whose caller would not wait any longer.
pub(super) fn record_in_time(ended: Status) -> Status {
    if ended.code() != Code::DeadlineExceeded {
        return ended;
    }
    let text = "the deadline passed before the batch was on disk: it may be recorded yet or not; \
        retry with the same request_id";
    Details::new(Code::DeadlineExceeded, text.to_owned(), "OUTCOME_UNKNOWN").status()
}

/// Items that were no drafts.
pub(super) fn no_drafts(violations: &[Violation]) -> Status {
    let violations: Vec<_> =
        violations.iter().map(|Violation { path, problem }| violation(path, &problem.to_string())).collect();
    let text = violations.first().map(|first| format!("{}: {}", first.field, first.description));
    invalid(text.unwrap_or_default(), "INVALID_ITEM", violations)
}

/// A question that was none.
pub(super) fn question(error: &QuestionError) -> Status {
    request(&error.path, &error.problem.to_string())
}

/// A field of a request that is not as it must be.
pub(super) fn request(path: &str, description: &str) -> Status {
    field(path, description, "INVALID_REQUEST")
}

fn field(path: &str, description: &str, reason: &str) -> Status {
    invalid(format!("{path}: {description}"), reason, [violation(path, description)])
}

/// A field that the contract does not have; its path ends in its number.
pub(super) fn unknown_field(field: &UnknownField) -> Status {
    let UnknownField { path, number } = field;
    let dot = if path.is_empty() { "" } else { "." };
    self::field(
        &format!("{path}{dot}{number}"),
        &format!("the contract has no field {number} here, so nothing was recorded"),
        "UNKNOWN_FIELD",
    )
}

/// Bytes that are no message.
pub(super) fn undecodable(error: &DecodeError) -> Status {
    let text = format!("the request does not decode: {error}");
    Details::new(Code::InvalidArgument, text, "UNDECODABLE").status()
}

/// Something that is not there.
pub(super) fn not_found(kind: ItemKind, name: &str, text: String) -> Status {
    let resource = rpc::ResourceInfo {
        resource_type: noun(kind).to_owned(),
        resource_name: shortened(name, 200),
        owner: String::new(),
        description: shortened(&text, 300),
    };
    Details::new(Code::NotFound, text, "NOT_FOUND").detail("ResourceInfo", &resource).status()
}

/// More calls at a time than the server takes.
pub(super) fn overloaded(limit: u32) -> Status {
    let text = format!("{limit} calls are under way, which is as many as this server takes at a time: retry");
    Details::new(Code::ResourceExhausted, text, "TOO_MANY_CALLS").with("limit", limit).retry().status()
}

/// The ledger is not open yet.
pub(super) fn starting() -> Status {
    let text = "this server is starting: its ledger is being opened";
    Details::new(Code::Unavailable, text.to_owned(), "STARTING").retry().status()
}

/// The server is about to end.
pub(super) fn draining() -> Status {
    let text = "this server is ending: ask another, or this one again when it is back; \
        a stream goes on from the last token, checkpoint or acknowledgement that it gave";
    Details::new(Code::Unavailable, text.to_owned(), "DRAINING").retry().status()
}

/// Whoever watches does not take what is told.
pub(super) fn slow_watcher(revision: u64, patience: Duration) -> Status {
    let text = format!(
        "no message was taken for {} s: watch again with `after_revision` {revision}, and take messages as they come",
        patience.as_secs()
    );
    Details::new(Code::Aborted, text, "SLOW_WATCHER").with("after_revision", revision).retry().status()
}

/// Whoever asked for a backup does not take it.
pub(super) fn slow_backup(patience: Duration) -> Status {
    let text = format!(
        "no part was taken for {} s: begin the backup again, and take parts as they come",
        patience.as_secs()
    );
    Details::new(Code::Aborted, text, "SLOW_BACKUP").retry().status()
}

/// More in one answer than a client takes by default.
pub(super) fn too_large(bytes: usize, remedy: &str) -> Status {
    let text =
        format!("the answer would have {bytes} bytes, and at most {MAX_RESPONSE_BYTES} are sent: {remedy}");
    Details::new(Code::ResourceExhausted, text, "ANSWER_TOO_LARGE").with("bytes", bytes).status()
}

/// The deadline passed while waiting for a revision.
pub(super) fn waited(asked: u64, latest: u64) -> Status {
    let text = format!("revision {asked} did not come within the deadline: the latest is {latest}");
    Details::new(Code::DeadlineExceeded, text, "REVISION_NOT_HERE")
        .with("asked", asked)
        .with("latest", latest)
        .retry()
        .status()
}

/// What is kept and not as it was written; the text names it, and no bytes of it are answered.
fn damaged(error: &dyn Error) -> Status {
    let text = error.to_string();
    tracing::error!(error = text, "damaged");
    Details::new(Code::DataLoss, text, "DAMAGED").status()
}

/// The store fails until the server is started again: asking again does not help.
fn unavailable(error: &dyn Error) -> Status {
    tracing::error!(%error, "the store fails");
    let text = format!("{error}; restart the server");
    Details::new(Code::Unavailable, text, "STORE_UNAVAILABLE").status()
}

/// A database that does not answer: it may well do so soon.
fn database(error: &DatabaseError) -> Status {
    tracing::error!(%error, "the database fails");
    Details::new(Code::Unavailable, error.to_string(), "STORE_UNAVAILABLE").retry().status()
}

/// What must not happen: the caller learns an id, and the log has the rest under it.
pub(super) fn internal(error: &dyn Error) -> Status {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let incident = format!("{:x}-{:x}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let mut causes = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        write!(causes, ": {cause}").expect("a string takes all that is written");
        source = cause.source();
    }
    tracing::error!(incident, error = causes, "internal error");
    let text = format!("internal error {incident}: the server's log tells more");
    Details::new(Code::Internal, text, "INTERNAL").with("incident", incident).status()
}

fn diagnosed(text: String, query: &str, diagnostic: &Diagnostic) -> Status {
    let offset = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    let edit = |edit: &Edit| pb::Edit {
        start: offset(edit.span.start),
        end: offset(edit.span.end),
        text: edit.text.clone(),
        title: diagnostic.title(edit),
    };
    let code = diagnostic.problem.code().as_str();
    let detail = pb::QueryDiagnostic {
        code: code.to_owned(),
        start: offset(diagnostic.span.start),
        end: offset(diagnostic.span.end),
        found: diagnostic.found.clone(),
        expected: diagnostic.expected.clone(),
        edits: diagnostic.edits.iter().filter(|edit| edit.span.end <= query.len()).map(edit).collect(),
    };
    let details = if let Problem::NotYet { asked, latest } = diagnostic.problem {
        // The same query can be answered later.
        let details = Details::new(Code::FailedPrecondition, text, code);
        details.with("asked", asked).with("latest", latest).retry()
    } else {
        let violations = vec![violation("query", &diagnostic.to_string())];
        Details::new(Code::InvalidArgument, text, code).violations(violations)
    };
    details.diagnostic(&detail).status()
}

fn invalid(text: String, reason: &str, violations: impl IntoIterator<Item = FieldViolation>) -> Status {
    let mut violations: Vec<FieldViolation> = violations.into_iter().collect();
    let count = violations.len();
    violations.truncate(MAX_VIOLATIONS);
    Details::new(Code::InvalidArgument, text, reason)
        .with("violations", count)
        .violations(violations)
        .status()
}

type FieldViolation = rpc::bad_request::FieldViolation;

fn violation(field: &str, description: &str) -> FieldViolation {
    FieldViolation {
        field: shortened(field, 200),
        description: shortened(description, 300),
        ..FieldViolation::default()
    }
}

fn noun(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Entity => "entity",
        ItemKind::Source => "source",
        ItemKind::Document => "document",
        ItemKind::Claim | ItemKind::Retraction => "claim",
    }
}

/// A text of at most so many bytes, cut between characters.
fn shortened(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let end = (0..=bytes - '…'.len_utf8()).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    format!("{}…", &text[..end])
}

/// A status in the making.
struct Details {
    code: Code,
    text: String,
    info: rpc::ErrorInfo,
    /// Given up first, one by one from the last.
    violations: Vec<FieldViolation>,
    /// The most telling last: it is given up last.
    details: Vec<Any>,
}

impl Details {
    fn new(code: Code, text: String, reason: &str) -> Self {
        let metadata = HashMap::new();
        let info = rpc::ErrorInfo { reason: reason.to_owned(), domain: DOMAIN.to_owned(), metadata };
        Self { code, text, info, violations: Vec::new(), details: Vec::new() }
    }

    fn with(mut self, key: &str, value: impl Display) -> Self {
        self.info.metadata.insert(key.to_owned(), value.to_string());
        self
    }

    fn violations(mut self, violations: Vec<FieldViolation>) -> Self {
        self.violations = violations;
        self
    }

    fn detail(mut self, name: &str, message: &impl Message) -> Self {
        self.details.push(any(&format!("google.rpc.{name}"), message));
        self
    }

    fn diagnostic(mut self, diagnostic: &pb::QueryDiagnostic) -> Self {
        self.details.push(any(&pb::QueryDiagnostic::full_name(), diagnostic));
        self
    }

    fn retry(self) -> Self {
        let delay = prost_types::Duration { seconds: 0, nanos: RETRY_AFTER_MILLIS * 1_000_000 };
        self.detail("RetryInfo", &rpc::RetryInfo { retry_delay: Some(delay) })
    }

    /// The status, with so much of it as trailers have room for. The text stands in the details too,
    /// since some clients read it there alone: whole, or only its first line where room is short.
    fn status(mut self) -> Status {
        let whole = self.encoded(self.text.clone());
        if trailer_bytes(&self.text, &whole) <= MAX_TRAILER_BYTES {
            return Status::with_details(self.code, self.text, whole.into());
        }
        let mut encoded = self.encoded(self.first_line());
        while trailer_bytes(&self.text, &encoded) > MAX_TRAILER_BYTES {
            if self.text.len() > 1_000 {
                self.text = shortened(&self.text, self.text.len() / 2);
            } else if self.violations.pop().is_none() {
                if self.details.is_empty() {
                    break;
                }
                self.details.remove(0);
            }
            encoded = self.encoded(self.first_line());
        }
        Status::with_details(self.code, self.text, encoded.into())
    }

    fn first_line(&self) -> String {
        shortened(self.text.lines().next().unwrap_or_default(), 200)
    }

    /// A `google.rpc.Status`.
    fn encoded(&self, message: String) -> Vec<u8> {
        let mut details = vec![any("google.rpc.ErrorInfo", &self.info)];
        if !self.violations.is_empty() {
            let bad_request = rpc::BadRequest { field_violations: self.violations.clone() };
            details.push(any("google.rpc.BadRequest", &bad_request));
        }
        details.extend(self.details.iter().cloned());
        let status = rpc::Status { code: self.code as i32, message, details };
        status.encode_to_vec()
    }
}

fn any(name: &str, message: &impl Message) -> Any {
    Any { type_url: format!("type.googleapis.com/{name}"), value: message.encode_to_vec() }
}

/// What text and details take in trailers: the one is percent-encoded, the others are in base 64.
fn trailer_bytes(text: &str, details: &[u8]) -> usize {
    let is_plain = |byte: u8| byte.is_ascii() && !byte.is_ascii_control() && !ENCODED_SIGNS.contains(&byte);
    let percent: usize = text.bytes().map(|byte| if is_plain(byte) { 1 } else { 3 }).sum();
    percent + details.len().div_ceil(3) * 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Fault;
    use crate::language::parse;
    use tonic_types::StatusExt;

    #[test]
    fn a_query_error_tells_programs_what_it_tells_people() {
        let text = "figure where actor=NK or by=NIS and kind=workers";
        let diagnostic = parse(text).expect_err("mixed");
        let status = query(QueryError::Query { text: text.to_owned(), diagnostic });
        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(status.message().starts_with("MIXED_AND_OR at 32..35: "), "{}", status.message());
        let details = status.get_error_details();
        let info = details.error_info().expect("always there");
        assert_eq!((info.reason.as_str(), info.domain.as_str()), ("MIXED_AND_OR", "sayso.v1"));
        let fields: Vec<_> = details.bad_request().expect("there").field_violations.clone();
        assert_eq!(fields[0].field, "query");
        let sent = rpc::Status::decode(status.details()).expect("details");
        let last = sent.details.last().expect("the diagnostic");
        assert_eq!(last.type_url, "type.googleapis.com/sayso.v1.QueryDiagnostic");
        let diagnostic = pb::QueryDiagnostic::decode(&*last.value).expect("a diagnostic");
        assert_eq!((diagnostic.start, diagnostic.end), (32, 35));
        for edit in diagnostic.edits {
            let (start, end) = (edit.start as usize, edit.end as usize);
            let edited = format!("{}{}{}", &text[..start], edit.text, &text[end..]);
            assert_eq!(parse(&edited).map(|query| query.to_string()), Ok(edited));
        }
    }

    #[test]
    fn many_violations_are_ten_and_a_count() {
        let violation = |index: usize| ItemViolation {
            path: format!("claims[{index}].{}", "x".repeat(1_000)),
            fault: Fault::UnknownClaim { id: "é".repeat(5_000) },
        };
        let status = record(&RecordError::Invalid((0..25).map(violation).collect()));
        assert!(trailer_bytes(status.message(), status.details()) <= MAX_TRAILER_BYTES);
        let details = status.get_error_details();
        assert_eq!(details.error_info().expect("always there").metadata["violations"], "25");
        // As many as there is room for, the first ones.
        let fields = details.bad_request().expect("there").field_violations.clone();
        assert!((2..10).contains(&fields.len()), "{}", fields.len());
        assert!(fields[0].field.starts_with("claims[0].xxx"), "{}", fields[0].field);
    }

    #[test]
    fn a_precondition_on_a_long_name_is_told_shortened() {
        let precondition = Precondition {
            kind: ItemKind::Claim,
            id: "x".repeat(100_000),
            condition: Condition::VersionIs(1),
        };
        let status = record(&RecordError::Precondition(vec![(precondition, None)]));
        assert!(trailer_bytes(status.message(), status.details()) <= MAX_TRAILER_BYTES);
        let details = status.get_error_details();
        let unmet = details.precondition_failure().expect("there").violations.clone();
        assert!(unmet[0].subject.starts_with("claim/xxx") && unmet[0].subject.len() <= 200, "{unmet:?}");
    }

    #[test]
    fn trailers_are_measured_as_they_are_sent() {
        let every_byte: String = (0..=255).map(char::from).collect();
        let details = every_byte.as_bytes();
        let sent = Status::with_details(Code::NotFound, every_byte.clone(), details.to_vec().into());
        let sent = sent.into_http::<()>();
        let bytes = |name: &str| sent.headers()[name].len();
        let measured = trailer_bytes(&every_byte, details);
        assert_eq!(measured, bytes("grpc-message") + bytes("grpc-status-details-bin"));
    }

    #[test]
    fn a_store_that_fails_says_what_helps() {
        let failed = || std::io::Error::other("Input/output error (os error 5)");
        let texts = [
            (
                ReadError::Broken,
                "an earlier write failed; nothing can be verified or backed up until the store has been opened \
                 again; restart the server",
            ),
            (
                ReadError::File { file: "segments/000000.seg".to_owned(), source: failed() },
                "segments/000000.seg cannot be read: Input/output error (os error 5); restart the server",
            ),
            (
                ReadError::Ledger(redb::Error::Io(failed())),
                "the ledger cannot be read: I/O error: Input/output error (os error 5); restart the server",
            ),
        ];
        for (error, text) in texts {
            let status = read(&error);
            assert_eq!((status.code(), status.message()), (Code::Unavailable, text));
            let details = status.get_error_details();
            assert_eq!(details.error_info().expect("always there").reason, "STORE_UNAVAILABLE");
            assert!(details.retry_info().is_none());
        }
    }

    #[test]
    fn the_inside_stays_inside() {
        let status = internal(&std::io::Error::other("/secret/path"));
        assert_eq!(status.code(), Code::Internal);
        assert!(!status.message().contains("secret"), "{}", status.message());
        assert!(!String::from_utf8_lossy(status.details()).contains("secret"));
    }
}
