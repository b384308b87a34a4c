//! Sets of rows.

/// Adds a row.
pub(super) fn insert(bits: &mut [u64], row: usize) {
    bits[row / 64] |= 1 << (row % 64);
}

/// Takes a row out.
pub(super) fn remove(bits: &mut [u64], row: usize) {
    bits[row / 64] &= !(1 << (row % 64));
}

/// Whether a row is in it; rows beyond the end of the bits are not.
pub(super) fn contains(bits: &[u64], row: usize) -> bool {
    bits.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
}
