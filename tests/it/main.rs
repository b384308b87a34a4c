//! The service from outside: one binary, so that it is linked once.

mod architecture;
mod command;
mod database;
mod docs;
mod exchange;
mod explain;
mod mapping;
mod meaning;
mod oracle;
mod pictures;
mod postgres;
mod prompt;
mod random;
mod scripts;
mod service;
mod views;
