//! Flat numbers in sections of a file: little-endian, one after another, each list after its length.

/// A number that sections hold.
pub(super) trait Flat: Copy {
    /// Appends numbers.
    fn put_all(numbers: &[Self], out: &mut Vec<u8>);
    /// The next numbers of these bytes, and the bytes after them, if there are so many.
    fn take_all(count: usize, bytes: &[u8]) -> Option<(Box<[Self]>, &[u8])>;
}

macro_rules! flat {
    ($($number:ty),+) => {$(
        impl Flat for $number {
            fn put_all(numbers: &[Self], out: &mut Vec<u8>) {
                out.reserve(size_of_val(numbers));
                numbers.iter().for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
            }

            fn take_all(count: usize, bytes: &[u8]) -> Option<(Box<[Self]>, &[u8])> {
                let (taken, rest) = bytes.split_at_checked(count.checked_mul(size_of::<Self>())?)?;
                let (numbers, _) = taken.as_chunks();
                Some((numbers.iter().map(|number| Self::from_le_bytes(*number)).collect(), rest))
            }
        }
    )+};
}

flat!(u8, u16, u32, u64, i64);

/// Appends how many numbers there are.
pub(super) fn put_length(length: usize, out: &mut Vec<u8>) {
    let length = u32::try_from(length).expect("a segment's lists are shorter than 2^32");
    out.extend_from_slice(&length.to_le_bytes());
}

/// Appends numbers after how many they are.
pub(super) fn put_list<T: Flat>(numbers: &[T], out: &mut Vec<u8>) {
    put_length(numbers.len(), out);
    T::put_all(numbers, out);
}

/// Reads a section from its beginning. Nothing is what cannot be read.
#[derive(Debug)]
pub(super) struct FlatReader<'a> {
    bytes: &'a [u8],
}

impl<'a> FlatReader<'a> {
    /// Reads these bytes.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// Whether all was read.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// What was not read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    /// One byte.
    pub(super) fn byte(&mut self) -> Option<u8> {
        Some(self.numbers::<u8>(1)?[0])
    }

    /// So many numbers.
    pub(super) fn numbers<T: Flat>(&mut self, count: usize) -> Option<Box<[T]>> {
        let (numbers, rest) = T::take_all(count, self.bytes)?;
        self.bytes = rest;
        Some(numbers)
    }

    /// How many numbers there are.
    pub(super) fn length(&mut self) -> Option<usize> {
        usize::try_from(self.numbers::<u32>(1)?[0]).ok()
    }

    /// Numbers after how many they are.
    pub(super) fn list<T: Flat>(&mut self) -> Option<Box<[T]>> {
        let length = self.length()?;
        self.numbers(length)
    }
}

/// Whether each number is greater than the one before.
pub(super) fn ascends<T: PartialOrd>(numbers: &[T]) -> bool {
    numbers.is_sorted_by(|a, b| a < b)
}
