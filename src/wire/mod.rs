//! Between the contract's messages and the model: one function each way.

pub mod answer;
pub mod backup;
pub mod complete;
mod contract;
pub mod draft;
mod explanation;
pub mod item;
pub mod message;
pub mod question;
pub mod request;
pub mod stored;
pub mod transfer;
mod unknown;
mod views;
pub mod watch;

pub use contract::{FILE_DESCRIPTOR_SET, descriptors, pb};
pub use unknown::{UnknownField, unknown_field};
