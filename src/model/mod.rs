//! What a claim is: plain data and its invariants; no I/O, no wire types.

mod claim;
mod draft;
mod id;
pub mod limits;
mod nearest;
mod path;
pub mod quantity;
mod registry_item;
mod retraction;
pub mod shown;
pub mod time;
pub mod unit;
mod violation;
pub mod vocabulary;

pub use claim::{
    BreachedBy, Claim, ClaimFields, Content, Evidence, Figure, Likelihood, Norm, Relation, Step,
};
pub use draft::{
    ClaimDraft, ContentDraft, DocumentDraft, EntityDraft, EvidenceDraft, FigureDraft, InterestDraft, Labels,
    LikelihoodDraft, NormDraft, Reference, RelationDraft, Role, SourceDraft, StepDraft,
};
pub use id::{ClaimId, DocumentId, EntityId, Slug, SlugError, SourceId};
pub use nearest::nearest;
pub use path::Path;
pub use quantity::{Quantity, QuantityError};
pub use registry_item::{Document, DocumentFields, Entity, EntityFields, Interest, Source, SourceFields};
pub use retraction::Retraction;
pub use time::{Nature, Time, TimeError, Timestamp};
pub use unit::Unit;
pub use violation::{Problem, Violation, is_absolute_url};
