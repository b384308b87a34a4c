//! What is computed over the items that a query selected.

#[cfg(test)]
#[allow(dead_code, reason = "the views' tests are written one by one")]
mod fixture;
mod lineage;
mod list;
mod member;
mod period;
mod subject;
mod work;

pub use lineage::Lineage;
pub use list::{Cell, Item, Known, cells};
pub use member::{ClaimRef, GroupValues, Kin, Member, Reading, asserts, denies, grouped, relates};
pub use period::{Period, Sort};
pub use subject::{Measure, Subject};
pub use work::{TooMuch, Work};
