//! Sayso keeps sourced claims and answers questions about them.

pub mod wire;
