//! Bounds on what a writer may send, each in one place. The contract's comments and the
//! documentation repeat them and are tested against this file.

/// Bytes of an id.
pub const MAX_ID_BYTES: usize = 128;
/// Characters of a claim's text.
pub const MAX_TEXT_CHARS: usize = 2_000;
/// Characters of a name, alias or title.
pub const MAX_NAME_CHARS: usize = 500;
/// Characters of a quotation or of a text position's surroundings.
pub const MAX_QUOTE_CHARS: usize = 500;
/// Characters of a figure's surface, a likelihood's words, an occasion, a provision or a fragment.
pub const MAX_PHRASE_CHARS: usize = 200;
/// Characters of a norm's exceptions.
pub const MAX_UNLESS_CHARS: usize = 1_000;
/// Bytes of a URL.
pub const MAX_URL_BYTES: usize = 2_048;
/// Bytes of a time in EDTF.
pub const MAX_TIME_BYTES: usize = 128;
/// Bytes of a unit.
pub const MAX_UNIT_BYTES: usize = 128;
/// Bytes of a figure's notation.
pub const MAX_NOTATION_BYTES: usize = 128;
/// Names in one list: actors, places, sources of a step, parents, interests…
pub const MAX_LIST_ITEMS: usize = 256;
/// Steps of an attribution chain.
pub const MAX_ATTRIBUTION_STEPS: usize = 32;
/// Labels or external ids of one item.
pub const MAX_LABELS: usize = 64;
/// Bytes of the key of a label or external id; keys have the form of an id.
pub const MAX_LABEL_KEY_BYTES: usize = MAX_ID_BYTES;
/// Characters of a label's value.
pub const MAX_LABEL_VALUE_CHARS: usize = 1_000;
/// Characters of the reason of a retraction.
pub const MAX_REASON_CHARS: usize = 1_000;
/// Items of one batch.
pub const MAX_BATCH_ITEMS: usize = 10_000;
/// Bytes of a request id.
pub const MAX_REQUEST_ID_BYTES: usize = 128;
