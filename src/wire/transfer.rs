//! What is taken from ledger to ledger: the contract's items and the engine's.

use super::answer::revision;
use super::item::{self, ItemError};
use super::message::timestamp;
use super::question::{self, QuestionError, QuestionProblem};
use super::{draft, pb};
use crate::engine::{
    Arrival, Chunk, ExportRequest, Exported, ImportCounts, ImportError, ImportItem, ImportSettings, Imported,
    Refusal,
};
use crate::model::{Path, Timestamp};
use crate::store::{Commit, CommitPart, Digest, ItemKind};
use pb::commit_item::Content;
use pb::ledger_item::Item;
use prost::Message;

/// What is to be exported of the ledger as it stands.
///
/// # Errors
/// A parameter that is no value; something that the history has no use for.
pub fn export(request: pb::ExportRequest) -> Result<ExportRequest, QuestionError> {
    let pb::ExportRequest { query, parameters, consistency, history, after_revision, resume_token } = request;
    if after_revision > 0 && !history {
        return Err(unfitting("after_revision", "the history"));
    }
    if history {
        let given = [("query", query.is_empty()), ("resume_token", resume_token.is_empty())];
        if let Some((field, _)) = given.into_iter().find(|(_, is_empty)| !is_empty) {
            return Err(unfitting(field, "what the ledger holds"));
        }
    }
    Ok(ExportRequest {
        query,
        parameters: question::parameters(parameters.unwrap_or_default())?,
        consistency: question::consistency(consistency),
        resume_token,
    })
}

fn unfitting(field: &str, of: &'static str) -> QuestionError {
    QuestionError { path: field.to_owned(), problem: QuestionProblem::Only { of } }
}

/// A chunk of an export.
///
/// # Errors
/// A stored item is damaged.
pub fn exported(commit: &Commit, chunk: Chunk) -> Result<pb::ExportResponse, ItemError> {
    let Chunk { items, resume_token } = chunk;
    Ok(pb::ExportResponse {
        revision: Some(revision(commit)),
        items: items.into_iter().map(item).collect::<Result<_, _>>()?,
        resume_token: resume_token.unwrap_or_default(),
    })
}

/// Something that is exported.
fn item(exported: Exported) -> Result<pb::LedgerItem, ItemError> {
    let item = match exported {
        Exported::Item(ItemKind::Entity, bytes) => Item::Entity(pb::Entity::decode(bytes)?),
        Exported::Item(ItemKind::Source, bytes) => Item::Source(pb::Source::decode(bytes)?),
        Exported::Item(ItemKind::Document, bytes) => Item::Document(pb::Document::decode(bytes)?),
        Exported::Item(ItemKind::Claim, bytes) => Item::Claim(pb::Claim::decode(bytes)?),
        Exported::Item(ItemKind::Retraction, bytes) => {
            let retraction = item::decode_retraction(&bytes)?;
            Item::Retraction(pb::ItemRetraction { id: retraction.id.to_string(), reason: retraction.reason })
        }
        Exported::Commit(part) => Item::Commit(commit(part)),
    };
    Ok(pb::LedgerItem { item: Some(item) })
}

fn commit(part: CommitPart) -> pb::CommitPart {
    let CommitPart { commit: Commit { revision, digest, recorded }, previous, items, is_last } = part;
    let content = |(kind, bytes): (ItemKind, bytes::Bytes)| match kind {
        ItemKind::Entity => Content::Entity(bytes.into()),
        ItemKind::Source => Content::Source(bytes.into()),
        ItemKind::Document => Content::Document(bytes.into()),
        ItemKind::Claim => Content::Claim(bytes.into()),
        ItemKind::Retraction => Content::Retraction(bytes.into()),
    };
    let items = items.into_iter().map(|item| pb::CommitItem { content: Some(content(item)) });
    pb::CommitPart {
        revision,
        recorded: timestamp(Timestamp(recorded)),
        previous_digest: previous.to_string(),
        digest: digest.to_string(),
        items: items.collect(),
        last: is_last,
    }
}

/// How a stream is to be taken that begins with this message.
pub fn settings(first: &pb::ImportRequest) -> ImportSettings {
    let pb::ImportRequest { import_id, continue_on_error, restart, told_sequence, .. } = first;
    ImportSettings {
        import_id: (!import_id.is_empty()).then(|| import_id.clone()),
        continue_on_error: *continue_on_error,
        restart: *restart,
        told: *told_sequence,
    }
}

/// The item that a message brings; none, if it brings none.
///
/// # Errors
/// It is a commit that cannot be read. An item that cannot is one that is refused.
pub fn arrival(message: pb::ImportRequest) -> Result<Option<Arrival>, ImportError> {
    let Some(item) = message.item else { return Ok(None) };
    let bytes = item.encoded_len();
    let (item, sequence) = (item.item, message.sequence);
    let refused = |QuestionError { path, problem }| {
        ImportError::Refused(vec![Refusal { sequence, path, message: problem.to_string() }])
    };
    let mut violations = Vec::new();
    let (kind, item) = match item {
        None => {
            return Err(refused(QuestionError { path: String::new(), problem: QuestionProblem::NoItem }));
        }
        Some(Item::Entity(entity)) => {
            let entity = draft::entity(entity, Path::ROOT, &mut violations);
            (ItemKind::Entity, ImportItem::Entity(entity))
        }
        Some(Item::Source(source)) => {
            let source = draft::source(source, Path::ROOT, &mut violations);
            (ItemKind::Source, ImportItem::Source(source))
        }
        Some(Item::Document(document)) => {
            (ItemKind::Document, ImportItem::Document(draft::document(document)))
        }
        Some(Item::Claim(claim)) => {
            let claim = draft::claim(claim, Path::ROOT, &mut violations);
            (ItemKind::Claim, ImportItem::Claim(Box::new(claim)))
        }
        Some(Item::Retraction(pb::ItemRetraction { id, reason })) => {
            (ItemKind::Retraction, ImportItem::Retraction { id, reason })
        }
        Some(Item::Commit(part)) => {
            (ItemKind::Claim, ImportItem::Commit(commit_part(part).map_err(refused)?))
        }
    };
    let item = if violations.is_empty() { item } else { ImportItem::refused(kind, violations) };
    Ok(Some(Arrival { sequence, bytes, item }))
}

fn commit_part(message: pb::CommitPart) -> Result<CommitPart, QuestionError> {
    let pb::CommitPart { revision, recorded, previous_digest, digest, items, last } = message;
    let error = |field: &str, problem| QuestionError { path: format!("commit.{field}"), problem };
    let recorded = recorded.and_then(micros).ok_or_else(|| error("recorded", QuestionProblem::NoMoment))?;
    let read = |field, text: &str| digest_of(text).ok_or_else(|| error(field, QuestionProblem::NoDigest));
    let previous = read("previous_digest", &previous_digest)?;
    let digest = read("digest", &digest)?;
    let item = |(index, item): (usize, pb::CommitItem)| {
        Ok(match item.content {
            Some(Content::Entity(bytes)) => (ItemKind::Entity, bytes.into()),
            Some(Content::Source(bytes)) => (ItemKind::Source, bytes.into()),
            Some(Content::Document(bytes)) => (ItemKind::Document, bytes.into()),
            Some(Content::Claim(bytes)) => (ItemKind::Claim, bytes.into()),
            Some(Content::Retraction(bytes)) => (ItemKind::Retraction, bytes.into()),
            None => return Err(error(&format!("items[{index}]"), QuestionProblem::NoItem)),
        })
    };
    Ok(CommitPart {
        commit: Commit { revision, digest, recorded },
        previous,
        items: items.into_iter().enumerate().map(item).collect::<Result<_, _>>()?,
        is_last: last,
    })
}

/// The microseconds since 1970 of a moment that has no finer part.
fn micros(moment: prost_types::Timestamp) -> Option<i64> {
    let within = (0..1_000_000_000).contains(&moment.nanos) && moment.nanos % 1_000 == 0;
    let micros = moment.seconds.checked_mul(1_000_000)?.checked_add(i64::from(moment.nanos / 1_000))?;
    within.then_some(micros)
}

fn digest_of(text: &str) -> Option<Digest> {
    if text.len() != 64 || !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let mut bytes = [0; 32];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(Digest::from_bytes(bytes))
}

/// Bytes of the errors in one message.
const MAX_ERROR_BYTES: usize = 1 << 20;

/// How far an import has come, in as many messages as its errors take.
pub fn told(imported: Imported) -> Vec<pb::ImportResponse> {
    let mut whole = self::imported(imported);
    let mut parts: Vec<Vec<pb::ImportError>> = vec![Vec::new()];
    let mut bytes = 0;
    for error in whole.errors.drain(..) {
        let length = error.encoded_len();
        if bytes > 0 && bytes + length > MAX_ERROR_BYTES {
            parts.push(Vec::new());
            bytes = 0;
        }
        bytes += length;
        if let Some(part) = parts.last_mut() {
            part.push(error);
        }
    }
    let last = parts.len() - 1;
    let part = |(index, errors)| pb::ImportResponse { errors, more: index < last, ..whole.clone() };
    parts.into_iter().enumerate().map(part).collect()
}

/// How far an import has come.
pub fn imported(imported: Imported) -> pb::ImportResponse {
    let Imported { acknowledged, commit, counts, refused, finished } = imported;
    let ImportCounts { created, new_versions, unchanged, retracted, refused: left_out, commits } = counts;
    let error = |Refusal { sequence, path, message }| pb::ImportError { sequence, path, message };
    pb::ImportResponse {
        acknowledged_sequence: acknowledged,
        revision: Some(revision(&commit)),
        counts: Some(pb::ImportCounts {
            created,
            new_versions,
            unchanged,
            retracted,
            refused: left_out,
            commits,
        }),
        errors: refused.into_iter().map(error).collect(),
        finished,
        more: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_and_a_moment_come_back_as_they_went() {
        let digest = Digest::EMPTY.chain(1, 2, std::iter::empty());
        assert_eq!(digest_of(&digest.to_string()), Some(digest));
        for wrong in ["", "00", &"g".repeat(64), &"A".repeat(64), &"é".repeat(32)] {
            assert_eq!(digest_of(wrong), None, "{wrong}");
        }
        for moment in [0, -1, 1_736_899_200_000_001] {
            assert_eq!(timestamp(Timestamp(moment)).and_then(micros), Some(moment));
        }
        assert_eq!(micros(prost_types::Timestamp { seconds: 1, nanos: 1 }), None);
        assert_eq!(micros(prost_types::Timestamp { seconds: i64::MAX, nanos: 0 }), None);
    }

    #[test]
    fn what_is_told_takes_as_many_messages_as_its_errors_need() {
        let error = |sequence| Refusal { sequence, path: "claim".into(), message: "x".repeat(1_000) };
        let commit = Commit { revision: 3, digest: Digest::EMPTY, recorded: 9 };
        let answers = |errors| {
            let (counts, refused) = (ImportCounts::default(), (1..=errors).map(error).collect());
            let imported = Imported { acknowledged: 7, commit, counts, refused, finished: false };
            let answers = told(imported);
            assert!(answers.iter().all(|answer| answer.acknowledged_sequence == 7));
            assert!(answers.iter().all(|answer| answer.encoded_len() < (1 << 20) + 10_000));
            answers.iter().map(|answer| (answer.errors.len(), answer.more)).collect::<Vec<_>>()
        };
        assert_eq!(answers(0), [(0, false)]);
        assert_eq!(answers(2_500), [(1_035, true), (1_035, true), (430, false)]);
    }

    #[test]
    fn a_commit_comes_back_as_it_went() {
        let items =
            ItemKind::ALL.map(|kind| (kind, bytes::Bytes::from(kind.as_str().as_bytes().to_vec()))).to_vec();
        let commit =
            Commit { revision: 3, digest: Digest::EMPTY.chain(3, 9, std::iter::empty()), recorded: 9 };
        let part = CommitPart { commit, previous: Digest::EMPTY, items, is_last: true };
        assert_eq!(commit_part(super::commit(part.clone())), Ok(part.clone()));
        let message = pb::CommitPart { digest: "0".into(), ..super::commit(part) };
        let refused = commit_part(message).unwrap_err().to_string();
        assert_eq!(refused, "commit.digest: must be 64 hexadecimal digits, lower case");
    }
}
