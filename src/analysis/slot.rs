//! What two claims say of one thing, side by side.

use crate::model::EntityId;

/// What two claims say of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The claims' field: `value`, `actors`, `when`.
    pub name: &'static str,
    /// What the first has there: ids in the order of the claim with commas between them, a word, a
    /// notation, a time in EDTF; empty if nothing.
    pub first: String,
    /// What the second has there.
    pub second: String,
}

impl Slot {
    /// Two texts; nothing is empty.
    pub(super) fn new<T: ToString>(name: &'static str, first: Option<T>, second: Option<T>) -> Self {
        let text = |value: Option<T>| value.map(|value| value.to_string()).unwrap_or_default();
        Self { name, first: text(first), second: text(second) }
    }

    /// Two lists of ids.
    pub(super) fn of_lists(name: &'static str, first: &[EntityId], second: &[EntityId]) -> Self {
        let joined = |ids: &[EntityId]| ids.iter().map(EntityId::as_str).collect::<Vec<_>>().join(", ");
        Self { name, first: joined(first), second: joined(second) }
    }
}
