//! Why a text is no unit, in words.

use crate::model::limits::MAX_UNIT_BYTES;
use crate::model::shown::piece;
use std::fmt;

/// Why a text is no unit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// Nothing but space.
    #[error("an empty unit; leave it out of a bare number")]
    Empty,
    /// More than [`MAX_UNIT_BYTES`] bytes.
    #[error("a unit of {bytes} bytes; at most {MAX_UNIT_BYTES} are allowed")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// A name that is no unit.
    #[error(
        "`{}` is no unit: units are `person`, UCUM codes and ISO 4217 codes{}",
        piece(found),
        Meant(meant)
    )]
    Unknown {
        /// The name.
        found: String,
        /// The units that may have been meant, likeliest first.
        meant: Vec<&'static str>,
    },
    /// `USD/mo`, `person/d`
    #[error("`{}` stands alone as a unit: what it is per is given in `per`", piece(found))]
    InTerm {
        /// The currency, or `person`.
        found: String,
    },
    /// `10*400`, `0.m`
    #[error("a unit that is zero, or of which a factor or an exponent is too large to be reckoned with")]
    OutOfRange,
    /// Something that fits no UCUM term.
    #[error(
        "{} at byte {at} of a unit: factors are joined by `.` and `/`, as in kW.h or m/s2, and other things \
         are counted as {{tank}}", Found(*found)
    )]
    Syntax {
        /// Byte offset of the first thing that does not fit.
        at: usize,
        /// What stands there; none at the end of the unit.
        found: Option<char>,
    },
}

/// Offers the units that may have been meant.
struct Meant<'a>(&'a [&'static str]);

impl fmt::Display for Meant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, unit) in self.0.iter().enumerate() {
            write!(f, "{} `{unit}`", if index == 0 { "; did you mean" } else { " or" })?;
        }
        f.write_str(if self.0.is_empty() { "" } else { "?" })
    }
}

/// Says in words what was found.
struct Found(Option<char>);

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(found) => write!(f, "{found:?}"),
            None => f.write_str("an early end"),
        }
    }
}
