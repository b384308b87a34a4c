//! States, rules and happenings over time: a row for each claim, or where there are many, rows that
//! claims share.

use super::chart::{self, Item, Link, Stretch};
use super::values::{span, when};
use crate::wire::pb::{State, Truth, claim};

/// Claims that have a row each.
const MAX_ROWS: usize = 36;

/// Rows that claims share at the most.
const MAX_LANES: usize = 48;

/// A panel of rows.
#[derive(Debug, PartialEq)]
pub(super) struct Tracks {
    /// The label of each row.
    pub(super) rows: Vec<String>,
    pub(super) pieces: Vec<Piece>,
    pub(super) links: Vec<Link>,
    pub(super) changes: Vec<Change>,
    /// The first and the last moment.
    pub(super) span: (i64, i64),
    /// Claims for which there was no row left.
    pub(super) left_out: usize,
}

/// A claim in its row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) claim: String,
    pub(super) row: usize,
    pub(super) origin: usize,
    pub(super) look: Look,
    /// The time that the claim is about; of a norm, from when it is in force to its deadline, or for
    /// as long as it is in force.
    pub(super) time: Stretch,
    /// That time, or a norm's deadline, as it is written.
    pub(super) when: String,
    pub(super) is_sure: bool,
}

/// What a claim leaves true, or is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Look {
    Present,
    Absent,
    Unobserved,
    /// A rule.
    Norm,
    /// What leaves no state.
    Happening,
}

impl Look {
    pub(super) const ALL: [Self; 5] =
        [Self::Present, Self::Absent, Self::Unobserved, Self::Norm, Self::Happening];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Absent => "absent",
            Self::Unobserved => "unobserved",
            Self::Norm => "in force, to its deadline",
            Self::Happening => "happened",
        }
    }

    fn of(item: &Item<'_>) -> Self {
        match (item.claim.state(), &item.claim.content) {
            (State::Present, _) => Self::Present,
            (State::Absent, _) => Self::Absent,
            (State::Unobserved, _) => Self::Unobserved,
            (State::Unspecified, Some(claim::Content::Norm(_))) => Self::Norm,
            (
                State::Unspecified,
                Some(claim::Content::Event(_) | claim::Content::Figure(_) | claim::Content::Statement(_))
                | None,
            ) => Self::Happening,
        }
    }
}

/// A state that changed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Change {
    /// From the earliest moment to the latest.
    pub(super) time: Stretch,
    /// The same as days.
    pub(super) text: String,
    /// The claim of the new state: its place among the pieces.
    pub(super) place: usize,
}

impl Tracks {
    /// Whether no two claims share a row.
    pub(super) fn is_a_row_each(&self) -> bool {
        self.rows.len() == self.pieces.len()
    }

    /// Places claims in the order in which they come; none if none has a time.
    pub(super) fn of(items: &[Item<'_>], links: Vec<Link>, changes: Vec<Change>) -> Option<Self> {
        let mut pieces: Vec<Piece> = items.iter().map(piece).collect();
        let times = pieces.iter().map(|piece| piece.time).chain(changes.iter().map(|change| change.time));
        let span = span(times)?;
        let (rows, left_out) = match pieces.len() <= MAX_ROWS {
            true => (a_row_each(&mut pieces), 0),
            false => shared_rows(&mut pieces),
        };
        let is_placed =
            |link: &Link| pieces[link.ends.0].row < rows.len() && pieces[link.ends.1].row < rows.len();
        let links = links.into_iter().filter(is_placed).collect();
        Some(Self { rows, pieces, links, changes, span, left_out })
    }
}

fn piece(item: &Item<'_>) -> Piece {
    let mut time = chart::time(item.claim.when.as_ref());
    let mut text = when(item.claim);
    if let Some(claim::Content::Norm(norm)) = &item.claim.content {
        let in_force = chart::time(norm.in_force.as_ref());
        let deadline = chart::time(norm.deadline.as_ref());
        // A date is when it began; only `a/b` says when it ended.
        let is_over = norm.in_force.as_ref().is_some_and(|time| time.text.contains('/'));
        time = Stretch { start: in_force.start, end: deadline.end.or(in_force.end.filter(|_| is_over)) };
        text = norm
            .deadline
            .as_ref()
            .or(norm.in_force.as_ref())
            .map(|time| time.text.clone())
            .unwrap_or_default();
    }
    Piece {
        claim: item.claim.id.clone(),
        row: 0,
        origin: item.origin,
        look: Look::of(item),
        time,
        when: text,
        is_sure: item.truth == Truth::Sure,
    }
}

fn a_row_each(pieces: &mut [Piece]) -> Vec<String> {
    let mut order: Vec<usize> = (0..pieces.len()).collect();
    // Those without a time stand last.
    order.sort_by_key(|&place| {
        let time = pieces[place].time;
        (time == Stretch::default(), time.end.unwrap_or(i64::MAX), time.start)
    });
    for (row, &place) in order.iter().enumerate() {
        pieces[place].row = row;
    }
    order.iter().map(|&place| pieces[place].claim.clone()).collect()
}

/// Puts claims of one look side by side as far as they do not overlap.
fn shared_rows(pieces: &mut [Piece]) -> (Vec<String>, usize) {
    let mut order: Vec<usize> = (0..pieces.len()).collect();
    order.sort_by_key(|&place| (pieces[place].look, pieces[place].time.start, pieces[place].time.end));
    let mut rows: Vec<(Look, i64)> = Vec::new();
    let mut left_out = 0;
    for place in order {
        let Piece { look, time, .. } = pieces[place];
        let start = time.start.unwrap_or(i64::MIN);
        let end = time.end.unwrap_or(i64::MAX);
        let free = rows.iter().position(|&(of, until)| of == look && until <= start);
        pieces[place].row = match free {
            Some(row) => {
                rows[row].1 = end;
                row
            }
            None if rows.len() < MAX_LANES => {
                rows.push((look, end));
                rows.len() - 1
            }
            None => {
                left_out += 1;
                usize::MAX
            }
        };
    }
    let is_first = |row: usize| row == 0 || rows[row - 1].0 != rows[row].0;
    let label = |row: usize| if is_first(row) { rows[row].0.word().to_owned() } else { String::new() };
    ((0..rows.len()).map(label).collect(), left_out)
}
