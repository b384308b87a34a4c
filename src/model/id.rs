//! Slugs: the ids that writers choose.

use super::limits::MAX_ID_BYTES;
use std::fmt;
use std::sync::Arc;

/// An id: `[a-z0-9]([a-z0-9_-]|\.[a-z0-9])*`, at most [`MAX_ID_BYTES`] bytes. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(Arc<str>);

impl Slug {
    /// Parses an id; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, SlugError> {
        check(text)?;
        Ok(Self(text.into()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id's shared text.
    pub fn shared(&self) -> &Arc<str> {
        &self.0
    }
}

/// Why a text is no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SlugError {
    /// No character at all.
    #[error("is empty; an id has 1 to {MAX_ID_BYTES} characters of a-z, 0-9, `_`, `-` and `.`")]
    Empty,
    /// More than [`MAX_ID_BYTES`] bytes.
    #[error("is {bytes} bytes long; at most {MAX_ID_BYTES} are allowed")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// A character that may not stand there.
    #[error(
        "has {found:?} at byte {at}; an id is a-z, 0-9, `_`, `-` and `.` between letters or digits, and begins with a letter or digit"
    )]
    Character {
        /// The character.
        found: char,
        /// Its byte offset.
        at: usize,
    },
}

fn check(text: &str) -> Result<(), SlugError> {
    if text.is_empty() {
        return Err(SlugError::Empty);
    }
    if text.len() > MAX_ID_BYTES {
        return Err(SlugError::TooLong { bytes: text.len() });
    }
    // A letter or digit is needed at the start and after a dot.
    let mut alphanumeric_due = true;
    let mut last = (0, ' ');
    for (at, found) in text.char_indices() {
        let fits = match found {
            'a'..='z' | '0'..='9' => true,
            '_' | '-' | '.' => !alphanumeric_due,
            _ => false,
        };
        if !fits {
            return Err(SlugError::Character { found, at });
        }
        alphanumeric_due = found == '.';
        last = (at, found);
    }
    if alphanumeric_due {
        return Err(SlugError::Character { found: last.1, at: last.0 });
    }
    Ok(())
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Declares an id that cannot be mistaken for the id of something else.
macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident,)+) => {$(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Slug);

        impl $name {
            /// Parses an id; the error says what is wrong with it.
            pub fn parse(text: &str) -> Result<Self, SlugError> {
                Slug::parse(text).map(Self)
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }

            /// The id's shared text.
            pub fn shared(&self) -> &Arc<str> {
                self.0.shared()
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                self.as_str()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    )+};
}

ids! {
    /// Names an entity.
    EntityId,
    /// Names a source.
    SourceId,
    /// Names a document.
    DocumentId,
    /// Names a claim, in all its versions.
    ClaimId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_checked_at_both_sides_of_each_rule() {
        for good in ["a", "0", "unscr-2397.op8", "a_b-c", "a-", &"a".repeat(128)] {
            assert_eq!(Slug::parse(good).map(|s| s.to_string()), Ok(good.to_owned()));
        }
        assert_eq!(Slug::parse(""), Err(SlugError::Empty));
        assert_eq!(Slug::parse(&"a".repeat(129)), Err(SlugError::TooLong { bytes: 129 }));
        for (bad, found, at) in [
            ("A", 'A', 0),
            ("-a", '-', 0),
            (".a", '.', 0),
            ("a.", '.', 1),
            ("a..b", '.', 2),
            ("é", 'é', 0),
            ("a b", ' ', 1),
        ] {
            assert_eq!(Slug::parse(bad), Err(SlugError::Character { found, at }), "{bad}");
        }
    }
}
