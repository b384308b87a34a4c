//! What is checked before the grammar is asked: length, depth, and that all that opens closes.

use super::ast::TextSpan;
use super::error::{Diagnostic, Edit, Problem};
use super::format::quote;
use super::keywords::begins_clause;
use super::view::View;
use crate::model::shown::is_invisible;

/// The longest query, in bytes.
pub const MAX_BYTES: usize = 8 * 1024;

/// How deep parentheses and prefixes (`not`, `surely`, `possibly`) may nest.
pub const MAX_DEPTH: usize = 32;

/// The most predicates in one query.
pub const MAX_PREDICATES: usize = 256;

/// The most items in a list that is written out.
pub const MAX_LIST_ITEMS: usize = 1_000;

/// The most items in a list that a parameter gives.
pub const MAX_LIST_PARAMETER_ITEMS: usize = 10_000;

/// Whether an unclosed quote or parenthesis may have been meant to close before this word.
fn is_boundary(word: &str) -> bool {
    let connects = ["and", "or"].iter().any(|connective| connective.eq_ignore_ascii_case(word));
    connects || begins_clause(word) || View::parse(word).is_some()
}

/// Refuses a text that is too long, nests too deep, or leaves a quote or parenthesis open, so
/// that what the grammar reads is bounded and its errors are about the grammar.
pub(super) fn check(text: &str) -> Result<(), Box<Diagnostic>> {
    if text.len() > MAX_BYTES {
        let mut start = MAX_BYTES;
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let span = TextSpan::new(start, text.len());
        let problem = Problem::TooLong(text.len());
        return Err(Box::new(Diagnostic::new(problem, span, &text[start..])));
    }
    let mut scan =
        Scan { text, at: 0, code_end: 0, open: Vec::new(), prefixes: 0, boundaries: Vec::new(), split: None };
    while scan.at < text.len() {
        scan.step()?;
    }
    scan.finish()
}

/// The number that a text is where one that counts is expected, as of revisions: from 1 on, without a sign.
pub(super) fn whole_number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number| *number > 0 && !text.starts_with('+'))
}

/// Whether a word may go on with this character, near enough: the grammar has the last word.
pub(super) fn is_word_part(character: char) -> bool {
    if character.is_ascii() {
        character.is_ascii_alphanumeric() || "_-.:/+%?".contains(character)
    } else {
        !character.is_whitespace() && !is_invisible(character) && closers(character).is_none()
    }
}

/// What may close a quote that is none in this language, if it is one.
fn closers(opener: char) -> Option<&'static [char]> {
    match opener {
        '‘' | '’' | '‚' | '‛' => Some(&['’', '‘', '\'']),
        '“' | '”' | '„' | '‟' => Some(&['”', '“', '"']),
        '«' | '»' => Some(&['»', '«']),
        '‹' | '›' => Some(&['›', '‹']),
        '`' | '´' => Some(&['`', '´', '\'']),
        _ => None,
    }
}

struct Scan<'q> {
    text: &'q str,
    at: usize,
    /// Where the last thing ends that is neither white space nor comment.
    code_end: usize,
    open: Vec<Open>,
    /// `not`, `surely`, `possibly` that still wait for what they are about.
    prefixes: usize,
    /// Where a boundary begins.
    boundaries: Vec<usize>,
    /// Where a string begins that ends within a word.
    split: Option<usize>,
}

/// An open parenthesis.
struct Open {
    at: usize,
    /// The prefixes before it, which its inside is below of.
    prefixes: usize,
}

impl<'q> Scan<'q> {
    fn step(&mut self) -> Result<(), Box<Diagnostic>> {
        let rest = &self.text[self.at..];
        let Some(character) = rest.chars().next() else {
            return Ok(());
        };
        let next = rest[character.len_utf8()..].chars().next();
        match character {
            '#' => {
                self.at += rest.find(['\n', '\r']).unwrap_or(rest.len());
                return Ok(());
            }
            _ if character.is_whitespace() => {
                self.at += character.len_utf8();
                return Ok(());
            }
            '\'' | '"' => self.string(character)?,
            '(' => {
                self.open.push(Open { at: self.at, prefixes: std::mem::take(&mut self.prefixes) });
                self.at += 1;
                self.check_depth(self.at - 1)?;
            }
            ')' => self.close()?,
            '!' if !matches!(next, Some('=' | '~')) => {
                self.prefixes += 1;
                self.at += 1;
                self.check_depth(self.at - 1)?;
            }
            '[' if !rest.contains(']') => {
                self.code_end = self.at + rest.find(char::is_whitespace).unwrap_or(rest.len());
                return Err(self.unclosed(self.at, self.at + 1, "]"));
            }
            _ if is_word_part(character) => self.word()?,
            _ if closers(character).is_some() => return Err(self.foreign_quote(character)),
            _ => {
                self.prefixes = 0;
                self.at += character.len_utf8();
            }
        }
        self.code_end = self.at;
        Ok(())
    }

    fn finish(self) -> Result<(), Box<Diagnostic>> {
        match self.open.last() {
            Some(open) => Err(self.unclosed(open.at, open.at + 1, ")")),
            None => Ok(()),
        }
    }

    fn string(&mut self, quote: char) -> Result<(), Box<Diagnostic>> {
        let start = self.at;
        self.prefixes = 0;
        self.at += 1;
        loop {
            match self.text[self.at..].find(quote) {
                None => {
                    self.at = self.text.len();
                    self.code_end = self.text.trim_end().len();
                    self.find_boundaries(start);
                    let closing = if quote == '\'' { "'" } else { "\"" };
                    let split = self.split.and_then(|first| self.undoubled(first, start, closing));
                    return Err(split.unwrap_or_else(|| self.unclosed(start, start + 1, closing)));
                }
                Some(length) => self.at += length + 1,
            }
            if !self.text[self.at..].starts_with(quote) {
                if self.text[self.at..].starts_with(char::is_alphanumeric) {
                    self.split.get_or_insert(start);
                }
                return Ok(());
            }
            self.at += 1;
        }
    }

    fn close(&mut self) -> Result<(), Box<Diagnostic>> {
        self.prefixes = 0;
        let span = TextSpan::new(self.at, self.at + 1);
        self.at += 1;
        match self.open.pop() {
            Some(_) => Ok(()),
            None => {
                Err(Box::new(Diagnostic::new(Problem::Unopened, span, ")").offering([Edit::new(span, "")])))
            }
        }
    }

    fn word(&mut self) -> Result<(), Box<Diagnostic>> {
        let start = self.at;
        self.at = self.end_of_word(start);
        let word = &self.text[start..self.at];
        self.apostrophe(start)?;
        if ["not", "surely", "possibly"].iter().any(|prefix| word.eq_ignore_ascii_case(prefix)) {
            self.prefixes += 1;
            self.check_depth(start)
        } else {
            self.prefixes = 0;
            if is_boundary(word) {
                self.boundaries.push(start);
            }
            Ok(())
        }
    }

    fn end_of_word(&self, start: usize) -> usize {
        self.text[start..]
            .find(|character| !is_word_part(character))
            .map_or(self.text.len(), |length| start + length)
    }

    /// `O'Brien`: the quote within the word opens no string.
    fn apostrophe(&self, start: usize) -> Result<(), Box<Diagnostic>> {
        let before = &self.text[start..self.at];
        let after = &self.text[self.at..];
        let mut following = after.chars();
        let is_apostrophe = before.ends_with(char::is_alphanumeric)
            && matches!(following.next(), Some('\'' | '’'))
            && following.next().is_some_and(char::is_alphanumeric)
            && !["in", "like", "contains", "matches", "of"]
                .iter()
                .any(|keyword| before.eq_ignore_ascii_case(keyword));
        if !is_apostrophe {
            return Ok(());
        }
        let end = self.text[start..]
            .find(|character| !is_word_part(character) && !matches!(character, '\'' | '’'))
            .map_or(self.text.len(), |length| start + length);
        let span = TextSpan::new(start, end);
        let word = &self.text[start..end];
        Err(Box::new(
            Diagnostic::new(Problem::NeedsQuotes, span, word).offering([Edit::new(span, quote(word))]),
        ))
    }

    /// Refuses what begins at `start` if it is too deep.
    fn check_depth(&self, start: usize) -> Result<(), Box<Diagnostic>> {
        let above: usize = self.open.iter().map(|open| 1 + open.prefixes).sum();
        if above + self.prefixes <= MAX_DEPTH {
            return Ok(());
        }
        let span = TextSpan::new(start, self.at);
        let found = &self.text[start..self.at];
        Err(Box::new(Diagnostic::new(Problem::TooDeep, span, found)))
    }

    fn foreign_quote(&self, opener: char) -> Box<Diagnostic> {
        let inside = self.at + opener.len_utf8();
        let closer = self.text[inside..].find(closers(opener).unwrap_or_default());
        let Some(length) = closer else {
            let span = TextSpan::new(self.at, inside);
            return Box::new(Diagnostic::new(Problem::ForeignQuote, span, &self.text[self.at..inside]));
        };
        let content = &self.text[inside..inside + length];
        let closed = self.text[inside + length..].chars().next().map_or(0, char::len_utf8);
        let span = TextSpan::new(self.at, inside + length + closed);
        let found = &self.text[span.start..span.end];
        Box::new(
            Diagnostic::new(Problem::ForeignQuote, span, found).offering([Edit::new(span, quote(content))]),
        )
    }

    /// Looks for boundaries within what would be an unclosed string.
    fn find_boundaries(&mut self, start: usize) {
        let mut at = start;
        for piece in self.text[start..].split_inclusive(char::is_whitespace) {
            let word = piece.trim_end();
            if at > start && is_boundary(word) {
                self.boundaries.push(at);
            }
            at += piece.len();
        }
    }

    /// `'O'Brien'`: a string from `first` to the quote at `last`, with others within.
    fn undoubled(&self, first: usize, last: usize, quote: &str) -> Option<Box<Diagnostic>> {
        let inside = self.text[first..last].strip_prefix(quote)?;
        let at = TextSpan::new(first, last + quote.len());
        let edit = Edit::new(at, format!("{quote}{}{quote}", inside.replace(quote, &quote.repeat(2))));
        let written = &self.text[at.start..at.end];
        Some(Box::new(Diagnostic::new(Problem::Undoubled, at, written).proposing([edit])))
    }

    /// What opens at `start..end` and never closes; it may have been meant to close before a
    /// boundary behind it, or at the end.
    fn unclosed(&self, start: usize, end: usize, closing: &str) -> Box<Diagnostic> {
        let closes_at = |at: usize| {
            let at = self.text[..at].trim_end().len();
            Edit::new(TextSpan::new(start, at), format!("{}{closing}", &self.text[start..at]))
        };
        let boundaries = self.boundaries.iter().filter(|&&at| at > end);
        // Parentheses may hold `and`; a quote is likelier to have been forgotten before it.
        let edits: Vec<Edit> = if closing == ")" {
            let last = boundaries.rev();
            std::iter::once(&self.code_end).chain(last).map(|&at| closes_at(at)).collect()
        } else {
            boundaries.chain([&self.code_end]).map(|&at| closes_at(at)).collect()
        };
        Box::new(
            Diagnostic::new(Problem::Unclosed, TextSpan::new(start, end), &self.text[start..end])
                .proposing(edits),
        )
    }
}
