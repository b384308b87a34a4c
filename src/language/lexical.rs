//! What is checked before the grammar is asked.

/// The longest query, in bytes.
pub const MAX_BYTES: usize = 8 * 1024;

/// How deep parentheses and prefixes (`not`, `surely`, `possibly`) may nest.
pub const MAX_DEPTH: usize = 32;

/// The most predicates in one query.
pub const MAX_PREDICATES: usize = 256;

/// The most items in a list that is written out.
pub const MAX_LIST_ITEMS: usize = 1_000;
