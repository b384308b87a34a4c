//! Files that others made: gzipped or not, read with their lines counted and their rows bounded.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a gzip file begins with (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// Bytes that are read at once.
const BUFFER_BYTES: usize = 1 << 16;
/// Bytes that one row may take: what is longer has a quote that nobody closed.
pub const MAX_ROW_BYTES: u64 = 1 << 20;

/// Opens a file, and decompresses it if it begins as gzip does. `taken` counts the bytes that are
/// read, as they stand in the file.
///
/// # Errors
/// The system does not give it.
pub fn open(path: &Path, taken: &Arc<AtomicU64>) -> io::Result<Box<dyn BufRead + Send>> {
    decompressed(File::open(path)?, taken)
}

/// The text of what a reader gives, decompressed if it begins as gzip does.
pub(super) fn decompressed(
    inner: impl Read + Send + 'static,
    taken: &Arc<AtomicU64>,
) -> io::Result<Box<dyn BufRead + Send>> {
    let counted = Counted { inner, taken: Arc::clone(taken) };
    let mut raw = BufReader::with_capacity(BUFFER_BYTES, counted);
    if raw.fill_buf()?.starts_with(&GZIP) {
        let text = flate2::bufread::MultiGzDecoder::new(raw);
        return Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, text)));
    }
    Ok(Box::new(raw))
}

/// Counts the bytes that are taken from a file, compressed as they are.
struct Counted<R> {
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

/// A reader that knows its line, and that stops where one row never ends.
pub(super) struct Metered {
    inner: Box<dyn BufRead + Send>,
    /// Lines that were passed.
    lines: u64,
    /// Bytes that may be read before [`Self::allow`] is called again.
    left: u64,
}

/// A row is longer than any should be.
#[derive(Debug, thiserror::Error)]
#[error("a row is longer than any should be")]
struct Endless;

/// Whether reading was stopped for the length of a row; decoders hand on what the reader below them says.
pub(super) fn is_endless(error: &io::Error) -> bool {
    error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<Endless>)
}

impl Metered {
    /// A reader whose first row may be as long as `allowance` bytes.
    pub(super) fn new(inner: Box<dyn BufRead + Send>, allowance: u64) -> Self {
        Self { inner, lines: 0, left: allowance }
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
        if amount == 0 {
            return;
        }
        // What is consumed stands in the buffer, so that nothing is read here.
        let passed = self.inner.fill_buf().unwrap_or_default();
        let passed = &passed[..amount.min(passed.len())];
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
