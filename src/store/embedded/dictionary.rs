//! Every term and word of the index by a number of its own.

use std::sync::Arc;

/// Terms and words, and their codes: 0, 1, 2 … in the order in which they were first written.
/// Cloning is cheap, and a clone does not see what is added later.
#[derive(Clone, Debug, Default)]
pub(super) struct Dictionary {
    codes: imbl::HashMap<Arc<str>, u32>,
    texts: imbl::Vector<Arc<str>>,
}

impl Dictionary {
    /// The code of a text, if any row ever had it.
    pub(super) fn code(&self, text: &str) -> Option<u32> {
        self.codes.get(text).copied()
    }

    /// The text of a code that this dictionary gave.
    pub(super) fn text(&self, code: u32) -> &Arc<str> {
        self.texts.get(code as usize).expect("codes are given by this dictionary")
    }

    /// The code of a text, given now if it has none yet.
    pub(super) fn intern(&mut self, text: &Arc<str>) -> u32 {
        if let Some(&code) = self.codes.get(text) {
            return code;
        }
        let code = self.len();
        self.codes.insert(Arc::clone(text), code);
        self.texts.push_back(Arc::clone(text));
        code
    }

    /// How many codes were given.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.texts.len()).expect("fewer than 2^32 distinct terms and words")
    }

    /// About how many bytes of memory it takes.
    pub(super) fn bytes(&self) -> usize {
        // Each text is held once, with two counters and a pointer in each of two trees, whose nodes
        // are about three quarters full.
        let texts: usize = self.texts.iter().map(|text| text.len() + 16).sum();
        texts + self.texts.len() * (size_of::<(Arc<str>, u32)>() + size_of::<Arc<str>>()) * 4 / 3
    }
}
