//! A reader that knows its line, and that stops where one row never ends.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a gzip file begins with (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Counts the bytes that are taken from a file, compressed as they are.
pub(super) struct Counted<R> {
    inner: R,
    taken: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.taken.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// The text of a file, decompressed if it begins as gzip does.
pub(super) struct Metered {
    inner: BufReader<Box<dyn Read + Send>>,
    /// Lines that were passed.
    lines: u64,
    /// Bytes that may be read before [`Self::allow`] is called again.
    left: u64,
}

/// A row is longer than any table's.
#[derive(Debug, thiserror::Error)]
#[error("a row is longer than any should be")]
pub(super) struct Endless;

impl Metered {
    pub(super) fn new(
        inner: impl Read + Send + 'static,
        taken: Arc<AtomicU64>,
        allowance: u64,
    ) -> io::Result<Self> {
        let mut raw = BufReader::new(Counted { inner, taken });
        let inner: Box<dyn Read + Send> = if raw.fill_buf()?.starts_with(&GZIP) {
            Box::new(flate2::bufread::MultiGzDecoder::new(raw))
        } else {
            Box::new(raw)
        };
        Ok(Self { inner: BufReader::new(inner), lines: 0, left: allowance })
    }

    /// The line that is read, from 1.
    pub(super) fn line(&self) -> u64 {
        self.lines + 1
    }

    /// Lets a next row be as long as `allowance` bytes.
    pub(super) fn allow(&mut self, allowance: u64) {
        self.left = allowance;
    }

    /// The next byte that is no white space, which stays where it is.
    pub(super) fn peek(&mut self) -> io::Result<Option<u8>> {
        loop {
            let buffer = self.fill_buf()?;
            if buffer.is_empty() {
                return Ok(None);
            }
            let blank = buffer.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let next = buffer.get(blank).copied();
            self.consume(blank);
            if next.is_some() {
                return Ok(next);
            }
        }
    }
}

impl BufRead for Metered {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(io::Error::other(Endless));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        let passed = &self.inner.buffer()[..amount];
        self.lines += passed.iter().filter(|&&byte| byte == b'\n').count() as u64;
        self.left = self.left.saturating_sub(amount as u64);
        self.inner.consume(amount);
    }
}

impl Read for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut available = self.fill_buf()?;
        let read = available.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}
