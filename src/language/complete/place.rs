//! Where a cursor stands: the word left of it, and what of the query lies before that word.

use super::super::ast::TextSpan;
use super::super::attributes::{Attribute, ItemTypes};
use super::super::expect::A_VIEW;
use super::super::keywords::begins_clause;
use super::super::lexical::is_word_part;
use super::super::view::View;

/// What a piece of a query looks like, before any grammar is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A word: a keyword, an attribute or a value.
    Word,
    /// A text in quotes, closed or not.
    Text,
    /// Signs.
    Sign,
    /// A comment, without the line's end.
    Comment,
}

/// A piece of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it looks like.
    pub kind: TokenKind,
    /// Where it stands.
    pub span: TextSpan,
    /// Whether it ends where it must: a quote or a set of dates that is open does not.
    pub closed: bool,
}

/// The pieces of a text, without the white space; any text has some.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut start = 0;
    while let Some(first) = text[start..].chars().next() {
        let rest = &text[start..];
        let (kind, length, closed) = match first {
            _ if first.is_whitespace() => {
                start += first.len_utf8();
                continue;
            }
            '#' => (TokenKind::Comment, rest.find(['\n', '\r']).unwrap_or(rest.len()), true),
            '\'' | '"' => {
                let (length, closed) = quoted(rest, first);
                (TokenKind::Text, length, closed)
            }
            '~' if rest[1..].starts_with(|c: char| c.is_ascii_digit())
                && !ends_in_attribute(text, &tokens) =>
            {
                let (length, closed) = word(&rest[1..]);
                (TokenKind::Word, length + 1, closed)
            }
            '!' | '=' | '<' | '>' | '~' => {
                let length = if rest[1..].starts_with('=') || rest.starts_with("!~") { 2 } else { 1 };
                (TokenKind::Sign, length, true)
            }
            '.' if rest.starts_with("..") && !rest.starts_with("../") => (TokenKind::Sign, 2, true),
            '$' | '[' => {
                let (length, closed) = word(&rest[usize::from(first == '$')..]);
                (TokenKind::Word, length + usize::from(first == '$'), closed)
            }
            _ if is_word_part(first) => {
                let (length, closed) = word(rest);
                (TokenKind::Word, length, closed)
            }
            _ => (TokenKind::Sign, first.len_utf8(), true),
        };
        tokens.push(Token { kind, span: TextSpan::new(start, start + length), closed });
        start += length;
    }
    tokens
}

/// Whether what ends the pieces can be an attribute: a `~` behind it is an operator, and not a value's hedge.
fn ends_in_attribute(text: &str, tokens: &[Token]) -> bool {
    tokens.last().is_some_and(|Token { kind, span, .. }| match kind {
        TokenKind::Word => {
            !["in", "of"].iter().any(|word| text[span.start..span.end].eq_ignore_ascii_case(word))
        }
        TokenKind::Text => true,
        TokenKind::Sign | TokenKind::Comment => false,
    })
}

/// How long the word at the beginning is, and whether its sets of dates are closed.
fn word(rest: &str) -> (usize, bool) {
    // A `~` goes with dates; behind an attribute it is an operator.
    let is_date = rest.starts_with(|c: char| c.is_ascii_digit() || c == '[' || c == '-');
    let mut at = 0;
    while let Some(next) = rest[at..].chars().next() {
        let here = &rest[at..];
        if next == '[' {
            let end = here.find(|c: char| c == ']' || c.is_whitespace() || c == '\'' || c == '"');
            match end.filter(|&end| here[end..].starts_with(']')) {
                Some(end) => at += end + 1,
                None => return (at + end.unwrap_or(here.len()), false),
            }
        } else if here.starts_with("..") && rest[..at].ends_with('/') {
            // An open end; a range of times may follow it: `2024/....2025`.
            at += 2;
        } else if here.starts_with("..") && !here.starts_with("../") {
            return (at, true);
        } else if is_word_part(next) || next == '~' && is_date {
            at += next.len_utf8();
        } else {
            break;
        }
    }
    (at, true)
}

/// How long the quoted text at the beginning is, and whether it is closed.
fn quoted(rest: &str, quote: char) -> (usize, bool) {
    let mut at = 1;
    while let Some(length) = rest[at..].find(quote) {
        at += length + 1;
        if !rest[at..].starts_with(quote) {
            return (at, true);
        }
        at += 1;
    }
    (rest.len(), false)
}

/// A cursor's place: the end of the text.
pub(super) struct Place<'q> {
    /// What stands before the word.
    pub(super) head: &'q str,
    /// What stands left of the cursor within a word, signs or an open quotation; may be empty.
    pub(super) word: &'q str,
    /// Both.
    text: &'q str,
    /// The word as a token, if there is one.
    last: Option<Token>,
    /// The tokens of the head, without comments and the `explain` that it may begin with.
    tokens: Vec<Token>,
}

/// Words after which an attribute or a value comes, not a clause.
const LEADING: [&str; 11] =
    ["where", "and", "or", "not", "in", "list", "sort", "limit", "surely", "possibly", "only"];

impl<'q> Place<'q> {
    /// The place at the end of a text that is no longer than a query may be.
    pub(super) fn at(text: &'q str) -> Option<Self> {
        if text.len() > super::super::MAX_BYTES {
            return None;
        }
        let mut tokens = tokens(text);
        let last = tokens.pop_if(|token| {
            let is_sign =
                matches!(&text[token.span.start..token.span.end], "!" | "<" | ">" | "~" | "." | "..");
            token.span.end == text.len() && (token.kind != TokenKind::Sign || is_sign)
        });
        let start = last.map_or(text.len(), |last| last.span.start);
        tokens.retain(|token| token.kind != TokenKind::Comment);
        Some(Self { head: &text[..start], word: &text[start..], text, last, tokens }.without_explain())
    }

    /// The place behind the word, if the word may be whole.
    pub(super) fn after_word(&self) -> Option<Place<'q>> {
        let last = *self.last.as_ref().filter(|last| last.closed && last.kind != TokenKind::Comment)?;
        let tokens = self.tokens.iter().copied().chain([last]).collect();
        Some(Place { head: self.text, word: "", text: self.text, last: None, tokens }.without_explain())
    }

    /// What `explain` stands before is a query like others.
    fn without_explain(mut self) -> Self {
        if !self.tokens.is_empty() && self.is_word(0, "explain") {
            self.tokens.remove(0);
        }
        self
    }

    /// Whether the cursor is in a comment.
    pub(super) fn is_in_comment(&self) -> bool {
        self.last.is_some_and(|last| last.kind == TokenKind::Comment)
    }

    /// Whether the word is in quotes.
    pub(super) fn is_quoted(&self) -> bool {
        self.last.is_some_and(|last| last.kind == TokenKind::Text)
    }

    /// What ends that in which the cursor stands, if it has an end of its own.
    pub(super) fn closing(&self) -> Option<&'static str> {
        match self.last? {
            Token { kind: TokenKind::Comment, .. } => Some("\n"),
            Token { closed: true, .. } => None,
            Token { kind: TokenKind::Text, .. } if self.word.starts_with('"') => Some("\""),
            Token { kind: TokenKind::Text, .. } => Some("'"),
            Token { kind: TokenKind::Word | TokenKind::Sign, .. } if self.word.ends_with('[') => {
                Some("2025]")
            }
            Token { kind: TokenKind::Word | TokenKind::Sign, .. } => Some("]"),
        }
    }

    /// Where the word begins.
    pub(super) fn start(&self) -> usize {
        self.head.len()
    }

    /// What the word says, without quotes.
    pub(super) fn content(&self) -> String {
        let quote = self.word.get(..1).filter(|_| self.is_quoted());
        let Some(quote) = quote else { return self.word.to_owned() };
        let inside = &self.word[1..];
        let is_closed = self.last.is_some_and(|last| last.closed);
        let inside = if is_closed { inside.strip_suffix(quote).unwrap_or(inside) } else { inside };
        inside.replace(&quote.repeat(2), quote)
    }

    /// Whether `text` begins with the word; letter case aside.
    pub(super) fn begins(&self, text: &str) -> bool {
        text.get(..self.word.len()).is_some_and(|start| start.eq_ignore_ascii_case(self.word))
    }

    /// Whether a word that comes now would run into what stands before it.
    pub(super) fn needs_space(&self) -> bool {
        self.head.ends_with(|c: char| is_word_part(c) || "'\")~]".contains(c)) && !self.ends_in_sign()
    }

    /// The types asked for, as far as they are known.
    pub(super) fn types(&self) -> Option<ItemTypes> {
        let mut types: Option<ItemTypes> = None;
        for name in self.tokens[..self.types_end()].iter().step_by(2) {
            let found = ItemTypes::parse(self.text_of(*name))?;
            types = Some(types.map_or(found, |types| types | found));
        }
        types
    }

    /// The types as they are written, and `explain` before them.
    pub(super) fn types_text(&self) -> Option<&'q str> {
        let last = self.tokens[self.types_end().checked_sub(1)?];
        Some(&self.head[..last.span.end])
    }

    /// Whether the cursor stands where a list begins, or what is one.
    pub(super) fn is_behind_in(&self) -> bool {
        self.tokens.len().checked_sub(1).is_some_and(|last| self.is_word(last, "in"))
    }

    /// Whether the cursor stands in the clause `list`.
    pub(super) fn is_in_list(&self) -> bool {
        self.clauses().last().is_some_and(|&at| self.is_word(at, "list"))
    }

    /// The attribute before the cursor.
    pub(super) fn attribute(&self, types: Option<ItemTypes>) -> Option<Attribute> {
        Attribute::find(types?, self.text_of(*self.tokens.last()?))
    }

    /// The attribute that a value at the cursor is compared with.
    pub(super) fn compared(&self, types: Option<ItemTypes>) -> Option<Attribute> {
        let attribute = self.comparing()?.checked_sub(1)?;
        let attribute = if self.is_word(attribute, "not") { attribute.checked_sub(1)? } else { attribute };
        Attribute::find(types?, self.text_of(self.tokens[attribute]))
    }

    /// The sign that compares them; none if it is `in`.
    pub(super) fn operator(&self) -> Option<&'q str> {
        let token = self.tokens[self.comparing()?];
        Some(self.text_of(token)).filter(|_| token.kind == TokenKind::Sign)
    }

    /// Where the last operator stands that compares with values.
    fn comparing(&self) -> Option<usize> {
        (0..self.tokens.len()).rev().find(|&at| {
            let token = self.tokens[at];
            is_operator(self.text_of(token), token.kind) || self.is_word(at, "in")
        })
    }

    /// Whether `as` waits for its `of`.
    pub(super) fn is_half_as_of(&self) -> bool {
        self.clauses().last().is_some_and(|&at| at + 1 == self.tokens.len() && self.is_word(at, "as"))
    }

    /// Whether what stands behind `count` or a view is no clause and has no `by` before it.
    fn is_list_without_by(&self) -> bool {
        let clauses = self.clauses();
        let last = clauses.last().filter(|&&at| self.is_grouping(at));
        last.is_some_and(|&at| at + 1 < self.tokens.len() && !self.is_word(at + 1, "by"))
    }

    /// Whether `as of revision` waits for its number.
    pub(super) fn is_behind_revision(&self) -> bool {
        let clause = self.clauses().last().copied().unwrap_or_default();
        let words = ["as", "of", "revision"];
        clause + words.len() == self.tokens.len()
            && words.iter().enumerate().all(|(index, word)| self.is_word(clause + index, word))
    }

    /// Whether the cursor stands behind `count` or a view, which take no attribute without `by`.
    pub(super) fn is_after_count(&self) -> bool {
        self.clauses().last().is_some_and(|&at| at + 1 == self.tokens.len() && self.is_grouping(at))
    }

    /// Whether every value of an attribute at the cursor is meant.
    pub(super) fn is_after_only(&self) -> bool {
        self.tokens.len().checked_sub(1).is_some_and(|last| self.is_word(last, "only"))
    }

    /// Whether the query still takes what the grammar would: each clause once, one connective to a
    /// level.
    pub(super) fn allows(&self, keyword: &str) -> bool {
        let has = |word: &str| self.clauses().iter().any(|&at| self.is_word(at, word));
        match keyword.trim_matches('`') {
            "," if self.is_list_without_by() => false,
            "list" | "count" => !self.has_output(),
            _ if keyword == A_VIEW => !self.has_output(),
            "as of" => !has("as"),
            clause @ ("where" | "sort" | "limit") => !has(clause),
            ".." => self.is_in_range(),
            "and" => !self.level_has("or"),
            "or" => !self.level_has("and"),
            "," if self.tokens.len() == self.types_end() => {
                self.types().is_none_or(|types| types.within(ItemTypes::CLAIM) && types != ItemTypes::CLAIM)
            }
            _ => true,
        }
    }

    /// Whether there is a clause that says what to answer with.
    fn has_output(&self) -> bool {
        let is_output = |at: usize| self.is_word(at, "list") || self.is_word(at, "count") || self.is_view(at);
        self.clauses().iter().any(|&at| is_output(at))
    }

    /// Whether a clause takes `by`.
    fn is_grouping(&self, at: usize) -> bool {
        self.is_word(at, "count") || self.is_view(at)
    }

    fn is_view(&self, at: usize) -> bool {
        self.tokens[at].kind == TokenKind::Word && View::parse(self.text_of(self.tokens[at])).is_some()
    }

    /// Before a group key or sort key: a query without conditions that ends where the key comes.
    pub(super) fn trial(&self) -> Option<String> {
        let clauses = self.clauses();
        let last = *clauses.last()?;
        let from = |at: usize| &self.head[self.tokens[at].span.start..];
        let types = self.types_text()?;
        if self.is_grouping(last) {
            return Some(format!("{types} {}", from(last)));
        }
        if !self.is_word(last, "sort") {
            return None;
        }
        let count = clauses.iter().position(|&at| self.is_grouping(at)).map(|index| {
            let (start, end) = (clauses[index], clauses[index + 1]);
            &self.head[self.tokens[start].span.start..self.tokens[end].span.start]
        });
        Some(format!("{types} {}{}", count.unwrap_or_default(), from(last)))
    }

    /// Of a query with an order: the types, the clause `sort`, and its keys.
    pub(super) fn sorted(&self) -> Option<(&'q str, &'q str, String)> {
        let clauses = self.clauses();
        let index = clauses.iter().position(|&at| self.is_word(at, "sort"))?;
        let start = clauses[index];
        let end = clauses.get(index + 1).copied().unwrap_or(self.tokens.len());
        let sort = &self.head[self.tokens[start].span.start..self.tokens[end - 1].span.end];
        // `by` is an attribute too.
        let is_by =
            start + 2 < end && self.is_word(start + 1, "by") && self.text_of(self.tokens[start + 2]) != ",";
        let keys = (start + 1 + usize::from(is_by)..end)
            .filter(|&at| !["asc", "desc"].iter().any(|word| self.is_word(at, word)))
            .map(|at| self.text_of(self.tokens[at]));
        Some((self.types_text()?, sort, keys.collect()))
    }

    /// Whether the cursor stands where a range can begin or go on: behind `in`, or without a space
    /// behind the one value after it.
    fn is_in_range(&self) -> bool {
        let is_in =
            |back: usize| self.tokens.len().checked_sub(back).is_some_and(|at| self.is_word(at, "in"));
        is_in(1) || is_in(2) && !self.head.ends_with(char::is_whitespace)
    }

    fn text_of(&self, token: Token) -> &'q str {
        &self.text[token.span.start..token.span.end]
    }

    fn is_word(&self, at: usize, word: &str) -> bool {
        let token = self.tokens[at];
        token.kind == TokenKind::Word && self.text_of(token).eq_ignore_ascii_case(word)
    }

    fn ends_in_sign(&self) -> bool {
        self.tokens.last().is_some_and(|last| {
            last.span.end == self.head.len() && last.kind == TokenKind::Sign && self.text_of(*last) != ")"
        })
    }

    /// How many tokens the types take, and the commas between them.
    fn types_end(&self) -> usize {
        let mut end = 0;
        while end < self.tokens.len() {
            let is_next = match end % 2 {
                0 => self.tokens[end].kind == TokenKind::Word,
                _ => self.text_of(self.tokens[end]) == ",",
            };
            if !is_next {
                break;
            }
            end += 1;
        }
        end
    }

    /// Where the words stand that begin clauses.
    fn clauses(&self) -> Vec<usize> {
        let begins = |&at: &usize| begins_clause(self.text_of(self.tokens[at])) || self.is_view(at);
        (1..self.tokens.len()).filter(begins).filter(|&at| !self.is_led(at)).collect()
    }

    /// Whether what stands before a token wants an attribute or a value.
    fn is_led(&self, at: usize) -> bool {
        let before = at - 1;
        let token = self.tokens[before];
        let follows = |words: &[&str]| before > 0 && words.iter().any(|word| self.is_word(before - 1, word));
        match token.kind {
            TokenKind::Sign => self.text_of(token) != ")" && self.text_of(token) != "..",
            TokenKind::Word if self.is_word(before, "by") => {
                follows(&["count", "sort"]) || before > 0 && self.is_view(before - 1)
            }
            TokenKind::Word if self.is_word(before, "of") => follows(&["as"]),
            TokenKind::Word => LEADING.iter().any(|word| self.is_word(before, word)),
            TokenKind::Text | TokenKind::Comment => false,
        }
    }

    /// Whether the conditions within the innermost open parenthesis are joined by the word.
    fn level_has(&self, connective: &str) -> bool {
        let mut depth = 0_usize;
        for at in (0..self.tokens.len()).rev() {
            match self.text_of(self.tokens[at]) {
                ")" => depth += 1,
                "(" if depth == 0 => return false,
                "(" => depth -= 1,
                _ if depth == 0 && self.is_word(at, connective) => return true,
                _ => {}
            }
        }
        false
    }
}

fn is_operator(text: &str, kind: TokenKind) -> bool {
    kind == TokenKind::Sign && text.starts_with(['=', '!', '<', '>', '~'])
}
