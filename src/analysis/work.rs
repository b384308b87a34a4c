//! How much a view may look at.

/// Bytes of rows that are kept for the price of a look at a pair.
const BYTES_PER_PAIR: usize = 32;

/// What is left of the pairs of claims that a view may look at.
#[derive(Debug)]
pub struct Work {
    left: u64,
}

/// A view would look at more pairs of claims than it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more pairs of claims to compare than a view may look at")]
pub struct TooMuch;

impl Work {
    /// As many pairs as this.
    pub fn new(pairs: u64) -> Self {
        Self { left: pairs }
    }

    /// Keeps a row of about so many bytes.
    ///
    /// # Errors
    /// There is no room left.
    pub fn keep(&mut self, bytes: usize) -> Result<(), TooMuch> {
        self.spend(bytes.div_ceil(BYTES_PER_PAIR) as u64)
    }

    /// Looks at so many pairs.
    ///
    /// # Errors
    /// So many are not left.
    pub fn spend(&mut self, pairs: u64) -> Result<(), TooMuch> {
        self.left = self.left.checked_sub(pairs).ok_or(TooMuch)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{TooMuch, Work};

    #[test]
    fn work_is_spent_to_the_last_pair_and_not_beyond() {
        let mut work = Work::new(3);
        assert_eq!(work.spend(2), Ok(()));
        assert_eq!(work.spend(2), Err(TooMuch));
        assert_eq!(work.spend(1), Ok(()));
        assert_eq!(work.spend(1), Err(TooMuch));
        assert_eq!(work.spend(0), Ok(()));
    }
}
