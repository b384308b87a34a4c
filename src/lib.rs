//! Sayso keeps sourced claims and answers questions about them.

// What unit tests share with the others calls the crate by its name.
#[cfg(test)]
extern crate self as sayso;

pub mod analysis;
pub mod cli;
pub mod engine;
pub mod language;
pub mod model;
pub mod pack;
pub mod plan;
pub mod registry;
pub mod server;
pub mod service;
pub mod store;
pub mod wire;
