//! What the fuzz targets have in common.
//!
//! The modules that a query's text passes through are built here from their source, without the
//! server around them: all that is built is instrumented, and so it takes seconds, not minutes.

#[path = "../../src"]
#[expect(clippy::all, reason = "it is checked where it belongs")]
mod sayso {
    pub mod language;
    #[path = "language/laws.rs"]
    pub(crate) mod laws;
    pub mod model;
    pub mod pack;
    #[path = "pack/laws.rs"]
    pub(crate) mod pack_laws;
    pub mod plan;
    pub mod registry;
}

mod check;
mod files;
mod ledger;
mod seeds;
pub mod words;

pub use check::check;
pub use files::check_file;
pub use sayso::*;
pub use seeds::{plant, plant_files};
