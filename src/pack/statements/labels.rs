//! Under which names a statement's parts stand in the labels of what is made of it.

pub(super) const SCHEMA: &str = "ftm.schema";
pub(super) const PROP: &str = "ftm.prop";
pub(super) const PROP_TYPE: &str = "ftm.type";
pub(super) const VALUE: &str = "ftm.value";
pub(super) const ENTITY: &str = "ftm.entity";
/// Only if the entity was merged into another.
pub(super) const CANONICAL: &str = "ftm.canonical";
pub(super) const ORIGIN: &str = "ftm.origin";
pub(super) const LANG: &str = "ftm.lang";
pub(super) const ORIGINAL: &str = "ftm.original";
pub(super) const EXTERNAL: &str = "ftm.external";
/// Only if it cannot be told from when it was said.
pub(super) const FIRST_SEEN: &str = "ftm.first-seen";
/// On the entity of a data set: when it was last seen. On a claim: only if that is not when it was.
pub(super) const LAST_SEEN: &str = "ftm.last-seen";
/// The value of [`LAST_SEEN`] for a statement that does not say.
pub(super) const NEVER: &str = "never";
/// On a source, and on its entity: the data set that it is.
pub(super) const DATASET: &str = "ftm.dataset";
/// Only if it is not the claim's id.
pub(super) const ID: &str = "ftm.id";

/// The topic that all properties are kinds of.
pub(super) const PROPERTY: &str = "ftm";
/// The property by which a data set says that it has the entity.
pub(super) const BASE_PROP: &str = "id";
