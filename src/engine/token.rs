//! Page tokens: where a paged answer goes on. A token binds the query, its parameters, the
//! revision and `now`; it has a checksum against accidents and no secret, so that any server
//! with the same ledger takes it, after a restart too.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// The layout's version; a token of another layout is refused as damaged.
const LAYOUT: u8 = 1;
const CHECKSUM_BYTES: usize = 8;
const FINGERPRINT_BYTES: usize = 16;
const WORDS: usize = 6;
const BYTES: usize = 2 + FINGERPRINT_BYTES + WORDS * 8 + CHECKSUM_BYTES;

/// Where a paged answer goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageToken {
    /// Of the canonical query and its parameters.
    pub(super) fingerprint: Fingerprint,
    /// The revision that the first page was answered at.
    pub(super) revision: u64,
    /// The `now` of the first page, in microseconds.
    pub(super) now: i64,
    /// The last item already given: a claim's position, or how many rows came before.
    pub(super) after: u64,
    /// How many items were given already.
    pub(super) given: u64,
    /// The totals, if they were asked for: sure and possible.
    pub(super) totals: Option<(u64, u64)>,
}

/// Tells one query with its parameters from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fingerprint([u8; FINGERPRINT_BYTES]);

impl Fingerprint {
    pub(super) fn new(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        Self(leading(&hasher.finalize()))
    }
}

/// Why a page token was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is not what a server gave.
    #[error("the page token is damaged: send `next_page_token` as it came, or none to begin anew")]
    Damaged,
    /// It goes on with another query.
    #[error(
        "the page token belongs to another query or other parameters: send the same ones, or no token to begin anew"
    )]
    OtherQuery,
    /// The consistency asked for is of another revision.
    #[error(
        "the page token is of revision {token}, but `exactly` asks for {asked}: leave `consistency` out while paging"
    )]
    OtherRevision {
        /// The token's.
        token: u64,
        /// The one asked for.
        asked: u64,
    },
}

impl PageToken {
    pub(super) fn encode(&self) -> String {
        let mut bytes = Vec::with_capacity(BYTES);
        bytes.extend([LAYOUT, u8::from(self.totals.is_some())]);
        bytes.extend(self.fingerprint.0);
        let (sure, possible) = self.totals.unwrap_or_default();
        for word in [self.revision, self.now.cast_unsigned(), self.after, self.given, sure, possible] {
            bytes.extend(word.to_be_bytes());
        }
        let checksum: [u8; CHECKSUM_BYTES] = leading(&Sha256::digest(&bytes));
        bytes.extend(checksum);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    pub(super) fn decode(text: &str) -> Result<Self, TokenError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| TokenError::Damaged)?;
        let bytes: &[u8; BYTES] = bytes.as_slice().try_into().map_err(|_| TokenError::Damaged)?;
        let (body, checksum) = bytes.split_at(BYTES - CHECKSUM_BYTES);
        if leading::<CHECKSUM_BYTES>(&Sha256::digest(body)) != checksum || body[0] != LAYOUT {
            return Err(TokenError::Damaged);
        }
        let (fingerprint, words) = body[2..].split_at(FINGERPRINT_BYTES);
        let word = |index: usize| {
            words[index * 8..].iter().take(8).fold(0, |word, &byte| word << 8 | u64::from(byte))
        };
        Ok(Self {
            fingerprint: Fingerprint(leading(fingerprint)),
            revision: word(0),
            now: word(1).cast_signed(),
            after: word(2),
            given: word(3),
            totals: (body[1] == 1).then(|| (word(4), word(5))),
        })
    }
}

fn leading<const N: usize>(bytes: &[u8]) -> [u8; N] {
    std::array::from_fn(|at| bytes[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> PageToken {
        PageToken {
            fingerprint: Fingerprint::new(&[b"figure", b"{}"]),
            revision: 7,
            now: -1,
            after: 42,
            given: 20,
            totals: Some((3, 1)),
        }
    }

    #[test]
    fn a_token_comes_back_as_it_went() {
        let without_totals = PageToken { totals: None, ..token() };
        for token in [token(), without_totals] {
            assert_eq!(PageToken::decode(&token.encode()), Ok(token));
        }
    }

    #[test]
    fn every_changed_character_is_found() {
        let text = token().encode();
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("ASCII");
            assert_eq!(PageToken::decode(&changed), Err(TokenError::Damaged), "{changed}");
        }
        assert_eq!(PageToken::decode(""), Err(TokenError::Damaged));
        assert_eq!(PageToken::decode(&text[1..]), Err(TokenError::Damaged));
    }

    #[test]
    fn parts_are_told_apart() {
        assert_ne!(Fingerprint::new(&[b"ab", b"c"]), Fingerprint::new(&[b"a", b"bc"]));
    }
}
