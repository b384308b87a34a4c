//! The prompt of `sayso query` without text: completion, colour, help and mending by the language
//! itself.

mod editor;
mod help;
mod input;
mod session;

pub(super) use session::converse;
