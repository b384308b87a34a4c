//! Words of the language, in any order.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sayso_fuzz::{check, plant, words};

fuzz_target!(init: plant(words::encode), |bytes: &[u8]| {
    let text = words::decode(bytes);
    let cursor = bytes.iter().map(|&byte| usize::from(byte)).sum::<usize>() % (text.len() + 1);
    check(&text, cursor);
});
