//! What the benches share: a seeded generator, and rows of a table with times in them.

use std::fmt::Display;
use std::time::{Duration, Instant};

/// Prints a row of the table.
pub(crate) fn row(name: &str, value: impl Display) {
    println!("{name:<48} {value}");
}

/// Prints the median and the 99th percentile of half a second's worth of calls; a call tells how
/// much it found.
pub(crate) fn timed(name: &str, mut call: impl FnMut() -> usize) {
    let found = call();
    let mut times: Vec<Duration> = Vec::new();
    let started = Instant::now();
    while started.elapsed() < Duration::from_millis(500) {
        let call_started = Instant::now();
        call();
        times.push(call_started.elapsed());
    }
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e6;
    row(name, format!("{:>10.1} µs median {:>10.1} µs p99, {found} found", at(0.5), at(0.99)));
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers on every machine.
pub(crate) struct Generator(pub(crate) u64);

impl Generator {
    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// From 0 on, the small numbers by far the most often: about as the ranks of Zipf's law.
    pub(crate) fn skewed(&mut self, bound: usize) -> usize {
        let uniform = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        ((bound as f64 + 1.0).powf(uniform) - 1.0) as usize
    }
}
