//! The parts of a backup: what a server sends, and what whoever asked for it reads.

use super::pb::backup_response::Part as Sent;
use super::{answer, pb};
use crate::store::{BackupFile, BackupHeader, BackupPart, BackupTrailer, Commit, Digest, FileHash};

/// Why a message is no part of a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server sent what is no part of a backup: {0}")]
pub struct NoPart(&'static str);

/// A part, as it is sent.
pub fn sent(part: BackupPart) -> pb::BackupResponse {
    let part = match part {
        BackupPart::Header(BackupHeader { format, commit, records, files, file_bytes }) => {
            let revision = Some(answer::revision(&commit));
            Sent::Header(pb::BackupHeader { format, revision, records, files, file_bytes })
        }
        BackupPart::Records(bytes) => Sent::Records(bytes),
        BackupPart::File(BackupFile { name, length, sha256, is_given }) => {
            Sent::File(pb::BackupFile { name, length, sha256: sha256.to_vec(), sent: is_given })
        }
        BackupPart::FileBytes(bytes) => Sent::FileBytes(bytes),
        BackupPart::Trailer(BackupTrailer { records, files, sha256 }) => {
            Sent::Trailer(pb::BackupTrailer { records, files, sha256: sha256.to_vec() })
        }
    };
    pb::BackupResponse { part: Some(part) }
}

/// The part that was sent.
///
/// # Errors
/// It is none.
pub fn received(message: pb::BackupResponse) -> Result<BackupPart, NoPart> {
    Ok(match message.part.ok_or(NoPart("a message that this version does not know"))? {
        Sent::Header(pb::BackupHeader { format, revision, records, files, file_bytes }) => {
            let commit = commit(&revision.unwrap_or_default()).ok_or(NoPart("no revision"))?;
            BackupPart::Header(BackupHeader { format, commit, records, files, file_bytes })
        }
        Sent::Records(bytes) => BackupPart::Records(bytes),
        Sent::File(pb::BackupFile { name, length, sha256, sent }) => {
            BackupPart::File(BackupFile { name, length, sha256: hash(&sha256)?, is_given: sent })
        }
        Sent::FileBytes(bytes) => BackupPart::FileBytes(bytes),
        Sent::Trailer(pb::BackupTrailer { records, files, sha256 }) => {
            BackupPart::Trailer(BackupTrailer { records, files, sha256: hash(&sha256)? })
        }
    })
}

/// A SHA-256.
pub fn file_hash(bytes: &[u8]) -> Option<FileHash> {
    bytes.try_into().ok()
}

fn hash(bytes: &[u8]) -> Result<FileHash, NoPart> {
    file_hash(bytes).ok_or(NoPart("no SHA-256"))
}

fn commit(revision: &pb::Revision) -> Option<Commit> {
    let pb::Revision { number, digest, recorded } = revision;
    let mut bytes = [0; 32];
    if digest.len() != 64 || !digest.is_ascii() {
        return None;
    }
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digest[2 * index..2 * index + 2], 16).ok()?;
    }
    let micros = |time: &prost_types::Timestamp| {
        time.seconds.checked_mul(1_000_000)?.checked_add(i64::from(time.nanos) / 1_000)
    };
    let recorded = recorded.as_ref().map_or(Some(0), micros)?;
    Some(Commit { revision: *number, digest: Digest::from_bytes(bytes), recorded })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_received_as_it_was_sent() {
        let digest = Digest::from_bytes(std::array::from_fn(|index| index as u8 * 7));
        let commit = Commit { revision: 7, digest, recorded: 1_739_181_600_000_001 };
        for part in [
            BackupPart::Header(BackupHeader { format: 2, commit, records: 3, files: 4, file_bytes: 5 }),
            BackupPart::Records(vec![1, 2]),
            BackupPart::File(BackupFile {
                name: "000000.seg".to_owned(),
                length: 8,
                sha256: [9; 32],
                is_given: true,
            }),
            BackupPart::FileBytes(vec![3]),
            BackupPart::Trailer(BackupTrailer { records: 3, files: 4, sha256: [1; 32] }),
        ] {
            assert_eq!(received(sent(part.clone())), Ok(part));
        }
        assert_eq!(
            received(pb::BackupResponse::default()).unwrap_err().to_string(),
            "the server sent what is no part of a backup: a message that this version does not know"
        );
        let short = Sent::Trailer(pb::BackupTrailer::default());
        assert_eq!(received(pb::BackupResponse { part: Some(short) }), Err(NoPart("no SHA-256")));
    }
}
