//! What is computed over the items that a query selected.

mod breaches;
mod choice;
mod columns;
mod conflicts;
mod corroboration;
mod drift;
mod envelope;
mod figures;
#[cfg(test)]
mod fixture;
mod latest;
mod lineage;
mod list;
mod member;
mod period;
mod slot;
mod subject;
mod timeline;
mod total;
mod work;

pub use breaches::{BreachRow, Rules, breaches};
pub use columns::{Columns, MAX_LISTED, Sortable};
pub use conflicts::{ConflictKind, ConflictRow, conflicts};
pub use corroboration::{CorroborationRow, States, corroboration};
pub use drift::{DriftChange, DriftKind, DriftRow, drift};
pub use envelope::{EnvelopeRow, envelope};
pub use latest::{LatestRow, latest};
pub use lineage::Lineage;
pub use list::{Cell, Item, Known, cells};
pub use member::{ClaimRef, GroupValues, Kin, Member, Reading, asserts, denies, grouped, relates};
pub use period::{Period, Sort};
pub use slot::Slot;
pub use subject::{Measure, Subject};
pub use timeline::{Change, Link, LinkKind, TimelineEntry, TimelineRow, timeline};
pub use total::{TotalRow, total};
pub use work::{TooMuch, Work};
