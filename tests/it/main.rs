//! The service from outside: one binary, so that it is linked once.

mod command;
mod meaning;
mod scripts;
