//! Any bytes, as a query.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sayso_fuzz::{check, plant};

fuzz_target!(init: plant(|query| Some(query.as_bytes().to_vec())), |bytes: &[u8]| {
    check(&String::from_utf8_lossy(bytes), cursor(bytes));
});

/// A place that any byte can move.
fn cursor(bytes: &[u8]) -> usize {
    bytes.iter().map(|&byte| usize::from(byte)).sum::<usize>() % (bytes.len() + 1)
}
