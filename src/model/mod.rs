//! What a claim is: plain data and its invariants; no I/O, no wire types.

mod draft;
mod id;
pub mod limits;
mod path;
pub mod time;
pub mod vocabulary;

pub use draft::{
    ClaimDraft, ContentDraft, DocumentDraft, EntityDraft, EvidenceDraft, FigureDraft, InterestDraft, Labels,
    LikelihoodDraft, NormDraft, Reference, RelationDraft, Role, SourceDraft, StepDraft,
};
pub use id::{ClaimId, DocumentId, EntityId, Slug, SlugError, SourceId};
pub use path::Path;
pub use time::{Nature, Time, TimeError, Timestamp};
