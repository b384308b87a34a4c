//! Sayso keeps sourced claims and answers questions about them.

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
