//! Filters put to segments: terms become codes once, and each segment answers with a set of rows.

use super::coding::{is_of_commit, word_slot};
use super::dictionary::Dictionary;
use super::postings::Postings;
use super::retired::Log;
use super::segment::Segment;
use super::set::{Set, words};
use super::view::{Part, View};
use crate::plan::{Comparison, Filter, Leaf, Mode, Selection, Shown, Span, SpanField, Terms, Truth};
use std::borrow::Cow;
use std::ops::{Bound, Range};

/// A selection, ready to be put to the segments of one view.
pub(super) struct Question {
    node: Node,
    is_graded: bool,
    shown: Shown,
    at: u64,
}

/// The rows of a segment that a question finds.
pub(super) struct Found<'a> {
    /// All of them.
    pub(super) rows: Set<'a>,
    /// The sure ones; nothing if all are.
    pub(super) sure: Option<Set<'a>>,
}

/// A filter with codes for terms, and positions for what only the ledger knows.
enum Node {
    Constant(bool),
    Unknown,
    /// Cheap ones first.
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Asked(Mode, Box<Node>),
    Any(usize, Vec<u32>),
    Only(usize, Vec<u32>),
    Present(usize),
    PresentSpan(SpanField),
    Span(SpanField, Comparison, Span),
    /// All the words of the field of this slot.
    Words(usize, Vec<u32>),
    /// Claims from one position to before another.
    Between(Range<u64>),
    /// Claims at these positions, which are sorted.
    At(Vec<u64>),
    Retracted,
}

impl Question {
    /// Makes a selection ready.
    pub(super) fn new(selection: &Selection, view: &View) -> Self {
        let Selection { filter, shown, at } = selection;
        Self { node: Node::new(filter, view), is_graded: filter.is_graded(), shown: *shown, at: *at }
    }

    /// The rows of a part that the question finds, of those before position `end`.
    pub(super) fn ask<'a>(&'a self, part: &'a Part, end: u64) -> Found<'a> {
        let asked = Asked { segment: &part.segment, part, at: self.at };
        let length = usize::try_from(end.saturating_sub(part.base)).unwrap_or(usize::MAX);
        let rows = self.visible(asked.set(&self.node, Mode::Possibly).before(length), part);
        let sure = (self.is_graded && !rows.is_surely_empty())
            .then(|| asked.set(&self.node, Mode::Surely).and(rows.clone()));
        Found { rows, sure }
    }

    /// Those rows that are not hidden.
    fn visible<'a>(&self, rows: Set<'a>, part: &Part) -> Set<'a> {
        let hide = |rows: Set<'a>, log: &Log, is_shown: bool| {
            if is_shown || log.is_empty() { rows } else { rows.minus(&Set::Bits(log.bits(self.at))) }
        };
        let rows = hide(rows, &part.retired.superseded, self.shown.old_versions);
        hide(rows, &part.retired.retracted, self.shown.retracted)
    }
}

impl Found<'_> {
    /// How a row that was found matches.
    pub(super) fn truth(&self, row: u16) -> Truth {
        match &self.sure {
            Some(sure) if !sure.contains(row) => Truth::Possible,
            _ => Truth::Sure,
        }
    }

    /// How many rows match surely, and how many in all.
    pub(super) fn counts(&self) -> (u64, u64) {
        let all = self.rows.len() as u64;
        (self.sure.as_ref().map_or(all, |sure| sure.len() as u64), all)
    }
}

impl Node {
    fn new(filter: &Filter, view: &View) -> Self {
        let nodes = |filters: &[Filter]| filters.iter().map(|filter| Self::new(filter, view)).collect();
        match filter {
            Filter::Constant(all) => Self::Constant(*all),
            Filter::Unknown => Self::Unknown,
            Filter::And(filters) => {
                let mut nodes: Vec<Self> = nodes(filters);
                nodes.sort_by_key(Self::cost);
                Self::And(nodes)
            }
            Filter::Or(filters) => Self::Or(nodes(filters)),
            Filter::Not(filter) => Self::Not(Box::new(Self::new(filter, view))),
            Filter::Asked(mode, filter) => Self::Asked(*mode, Box::new(Self::new(filter, view))),
            Filter::Leaf(leaf) => Self::of_leaf(leaf, view),
        }
    }

    fn of_leaf(leaf: &Leaf, view: &View) -> Self {
        let dictionary = &view.dictionary;
        match leaf {
            Leaf::Terms { field, any } => match codes(any, dictionary) {
                codes if codes.is_empty() => Self::Constant(false),
                codes => Self::Any(*field as usize, codes),
            },
            Leaf::Only { field, any } => match codes(any, dictionary) {
                codes if codes.is_empty() => Self::Constant(false),
                codes => Self::Only(*field as usize, codes),
            },
            Leaf::Present(field) => Self::Present(*field as usize),
            Leaf::PresentSpan(field) if is_of_commit(*field) => Self::Constant(true),
            Leaf::PresentSpan(field) => Self::PresentSpan(*field),
            Leaf::Span { field, comparison, literal } if is_of_commit(*field) => {
                let (low, high) = bounds(*comparison, *literal);
                Self::Between(view.committed_between(*field, low, high))
            }
            Leaf::Span { field, comparison, literal } => Self::Span(*field, *comparison, *literal),
            Leaf::Words { all, .. } if all.is_empty() => Self::Constant(true),
            Leaf::Words { field, all } => match codes(all, dictionary) {
                codes if codes.len() < all.len() => Self::Constant(false),
                codes => Self::Words(word_slot(*field), codes),
            },
            Leaf::Id(ids) => {
                let versions = ids.iter().flat_map(|id| view.versions_newest_first(id, view.head.revision));
                let mut positions: Vec<u64> = versions.map(|position| position.0).collect();
                positions.sort_unstable();
                Self::At(positions)
            }
            Leaf::Retracted => Self::Retracted,
        }
    }

    /// Which of several are asked first: those that cost little and leave little.
    fn cost(&self) -> u8 {
        match self {
            Self::Constant(_) | Self::Unknown | Self::At(_) | Self::Between(_) => 0,
            Self::Words(..) => 1,
            Self::Any(_, codes) if codes.len() == 1 => 1,
            Self::Any(..) | Self::Only(..) | Self::Retracted | Self::Asked(..) => 2,
            Self::And(_) | Self::Or(_) => 3,
            Self::Present(_) | Self::PresentSpan(_) | Self::Span(..) => 4,
            // A complement costs what its operand does, and leaves more.
            Self::Not(node) => node.cost().max(2) + 1,
        }
    }
}

/// The codes of those texts that have one, sorted.
fn codes(texts: &Terms, dictionary: &Dictionary) -> Vec<u32> {
    let mut codes: Vec<u32> = texts.iter().filter_map(|text| dictionary.code(text)).collect();
    codes.sort_unstable();
    codes
}

/// Between which bounds a single number lies so to a literal.
fn bounds(comparison: Comparison, literal: Span) -> (Bound<i64>, Bound<i64>) {
    use Bound::{Excluded, Included, Unbounded};
    match comparison {
        Comparison::Within => (Included(literal.low()), Included(literal.high())),
        Comparison::Before => (Unbounded, Excluded(literal.low())),
        Comparison::UpTo => (Unbounded, Included(literal.high())),
        Comparison::After => (Excluded(literal.high()), Unbounded),
        Comparison::From => (Included(literal.low()), Unbounded),
    }
}

/// A segment that is asked.
#[derive(Clone, Copy)]
struct Asked<'a> {
    segment: &'a Segment,
    part: &'a Part,
    at: u64,
}

impl<'a> Asked<'a> {
    /// The rows for which a node holds in a mode.
    fn set(self, node: &'a Node, mode: Mode) -> Set<'a> {
        let length = self.segment.len();
        match node {
            Node::Constant(true) => Set::all(length),
            Node::Constant(false) => Set::empty(),
            Node::Unknown => match mode {
                Mode::Surely => Set::empty(),
                Mode::Possibly => Set::all(length),
            },
            Node::And(nodes) => self.all_of(nodes, mode),
            Node::Or(nodes) => {
                nodes.iter().fold(Set::empty(), |rows, node| rows.or(self.set(node, mode), length))
            }
            Node::Not(node) => self.set(node, mode.flipped()).complement(length),
            Node::Asked(asked, node) => self.set(node, *asked),
            Node::Any(slot, codes) => self.of_postings(*slot, |postings| postings.any(codes)),
            Node::Only(slot, codes) => self.of_postings(*slot, |postings| postings.only(codes)),
            Node::Present(slot) => self.of_postings(*slot, Postings::present),
            Node::PresentSpan(field) => {
                self.segment.spans(*field).map_or(Set::empty(), |spans| spans.present(length))
            }
            Node::Span(field, comparison, literal) => {
                let spans = self.segment.spans(*field);
                spans.map_or(Set::empty(), |spans| spans.lying(*comparison, *literal, mode, length))
            }
            Node::Words(slot, codes) => self.of_postings(*slot, |postings| {
                smallest_first(codes.iter().map(|code| postings.any(std::slice::from_ref(code))).collect())
            }),
            Node::Between(range) => {
                let row = |position: u64| position.saturating_sub(self.part.base).min(length as u64) as usize;
                Set::range(row(range.start)..row(range.end), length)
            }
            Node::At(positions) => {
                let begin = positions.partition_point(|&position| position < self.part.base);
                let rows = positions[begin..].iter().map(|position| position - self.part.base);
                Set::Rows(rows.take_while(|&row| row < length as u64).map(|row| row as u16).collect())
            }
            Node::Retracted => {
                let mut bits = self.part.retired.retracted.bits(self.at);
                if bits.len() < words(length) {
                    bits.to_mut().resize(words(length), 0);
                }
                Set::Bits(bits)
            }
        }
    }

    fn of_postings(self, slot: usize, ask: impl FnOnce(&'a Postings) -> Set<'a>) -> Set<'a> {
        self.segment.postings(slot).map_or(Set::empty(), ask)
    }

    /// The rows for which all nodes hold.
    fn all_of(self, nodes: &'a [Node], mode: Mode) -> Set<'a> {
        // Single terms are lent by the index as they are, so that the rarest can be found first.
        let lent = nodes.iter().take_while(|node| node.cost() < 2).count();
        let (lent, others) = nodes.split_at(lent);
        let mut sets = Vec::with_capacity(lent.len());
        for node in lent {
            let set = self.set(node, mode);
            if set.is_surely_empty() {
                return set;
            }
            sets.push(set);
        }
        let mut others = others.iter();
        let mut rows = if sets.is_empty() {
            match others.next() {
                Some(node) => self.set(node, mode),
                None => return Set::all(self.segment.len()),
            }
        } else {
            smallest_first(sets)
        };
        for node in others {
            if rows.is_surely_empty() {
                return rows;
            }
            rows = self.keep(rows, node, mode);
        }
        rows
    }

    /// Those of the rows for which a node holds.
    fn keep(self, rows: Set<'a>, node: &'a Node, mode: Mode) -> Set<'a> {
        if let Node::Not(node) = node {
            return rows.minus(&self.set(node, mode.flipped()));
        }
        // A few rows are asked one by one sooner than a whole column is scanned.
        if let (Node::Span(field, comparison, literal), Set::Rows(_)) = (node, &rows) {
            let spans = self.segment.spans(*field);
            return rows.retain(|row| {
                let span = spans.and_then(|spans| spans.get(row));
                span.is_some_and(|span| comparison.holds(span, *literal, mode))
            });
        }
        rows.and(self.set(node, mode))
    }
}

/// The rows in all the sets, of which there is at least one.
fn smallest_first(mut sets: Vec<Set<'_>>) -> Set<'_> {
    sets.sort_by_key(Set::len_at_most);
    let all = sets.into_iter().reduce(|rows, set| if rows.is_surely_empty() { rows } else { rows.and(set) });
    all.unwrap_or(Set::Rows(Cow::Borrowed(&[])))
}
