//! Files that others made: the first byte chooses what they are read as.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sayso_fuzz::{check_file, plant_files};

fuzz_target!(init: plant_files(), |bytes: &[u8]| {
    check_file(bytes);
});
