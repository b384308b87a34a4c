//! What the ledger keeps, as answers carry it: item bytes read as a message, with what the ledger
//! knows of the item beside it.

use super::message::timestamp;
use super::pb;
use crate::model::Timestamp;
use crate::plan::Truth;
use prost::{DecodeError, Message};

/// What the ledger knows of one version of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The number of the revision that wrote it.
    pub revision: u64,
    /// When that was.
    pub recorded: Timestamp,
    /// Which version of its id it is, from 1.
    pub version: u32,
}

/// A claim of these item bytes.
pub fn claim(
    bytes: &[u8],
    standing: Standing,
    retraction: Option<pb::Retraction>,
) -> Result<pb::Claim, DecodeError> {
    let Standing { revision, recorded, version } = standing;
    let inputs = pb::Claim::decode(bytes)?;
    Ok(pb::Claim { revision, recorded: timestamp(recorded), version, retraction, ..inputs })
}

/// A revision; the empty ledger's, 0, was never recorded.
pub fn revision(number: u64, digest: [u8; 32], recorded: Timestamp) -> pb::Revision {
    pb::Revision {
        number,
        digest: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        recorded: if number == 0 { None } else { timestamp(recorded) },
    }
}

/// A grade.
pub fn truth(truth: Truth) -> pb::Truth {
    match truth {
        Truth::Sure => pb::Truth::Sure,
        Truth::Possible => pb::Truth::Possible,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_with_its_standing_is_its_bytes_and_a_few_more() {
        let inputs = pb::Claim { id: "c".into(), text: "x".into(), ..Default::default() }.encode_to_vec();
        let standing = Standing { revision: 7, recorded: Timestamp(1_500_000), version: 2 };
        let retraction = pb::Retraction { revision: 9, time: None, reason: "wrong".into() };
        let answer = claim(&inputs, standing, Some(retraction.clone())).unwrap();
        let recorded = Some(prost_types::Timestamp { seconds: 1, nanos: 500_000_000 });
        let outputs = pb::Claim {
            revision: 7,
            recorded,
            version: 2,
            retraction: Some(retraction),
            ..Default::default()
        };
        assert_eq!(answer.encode_to_vec(), [inputs, outputs.encode_to_vec()].concat());
    }

    #[test]
    fn a_revision_shows_its_digest_in_hexadecimal() {
        let mut digest = [0; 32];
        digest[0] = 0xab;
        let empty = revision(0, [0; 32], Timestamp(0));
        assert_eq!((empty.digest, empty.recorded), ("0".repeat(64), None));
        assert_eq!(revision(1, digest, Timestamp(0)).digest, format!("ab{}", "0".repeat(62)));
    }
}
