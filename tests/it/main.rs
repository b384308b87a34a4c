//! The service from outside: one binary, so that it is linked once.

mod meaning;
mod scripts;
