//! Which claims stand for a subject: claims sorted by what they are about and by who speaks, and
//! the last word of each.

use super::lineage::Lineage;
use super::member::Member;
use super::period::Period;
use super::subject::Subject;
use crate::model::{SourceId, Timestamp};
use crate::plan::Truth;
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

/// Who speaks: claims with one set of root origins are one voice. A claim without roots is a voice
/// of its own, since nobody knows whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Voice {
    Roots(BTreeSet<SourceId>),
    Unknown { ordinal: u64 },
}

impl Voice {
    pub(super) fn of(member: &Member, lineage: &Lineage<'_>) -> Self {
        let roots = lineage.roots(member.claim.origin());
        if roots.is_empty() { Self::Unknown { ordinal: member.ordinal } } else { Self::Roots(roots) }
    }

    /// Its root origins; none of a voice that is not known.
    pub(super) fn roots(self) -> BTreeSet<SourceId> {
        match self {
            Self::Roots(roots) => roots,
            Self::Unknown { .. } => BTreeSet::new(),
        }
    }
}

/// How late a claim is in its subject: by the end of what it is about, then by when it was said,
/// then by its place in the ledger. No two claims are equally late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Lateness {
    ends: Ends,
    said: LastSaid,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Ends {
    At(Timestamp),
    /// It has no time at all: later than all that begins once, even if that never ends.
    Timeless,
}

impl Lateness {
    pub(super) fn of(member: &Member) -> Self {
        let Period { start, end, .. } = Period::of(&member.claim);
        let is_timeless = (start, end) == (Timestamp::MIN, Timestamp::MAX);
        Self { ends: if is_timeless { Ends::Timeless } else { Ends::At(end) }, said: LastSaid::of(member) }
    }
}

/// How late a claim was said: by the latest moment, then by the earliest, then by its place in the
/// ledger. What was said nobody knows when comes before all else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LastSaid {
    said: Option<(Timestamp, Timestamp)>,
    ordinal: u64,
}

impl LastSaid {
    pub(super) fn of(member: &Member) -> Self {
        let said = member.claim.origin().said.as_ref();
        Self { said: said.map(|said| (said.end(), said.start())), ordinal: member.ordinal }
    }
}

/// The claims by what they have in common.
pub(super) fn sorted_by<'m, K: Eq + Hash>(
    members: impl IntoIterator<Item = &'m Member>,
    key: impl Fn(&'m Member) -> K,
) -> HashMap<K, Vec<&'m Member>> {
    let mut sorted: HashMap<K, Vec<&Member>> = HashMap::new();
    for member in members {
        sorted.entry(key(member)).or_default().push(member);
    }
    sorted
}

/// The claims by their subjects.
pub(super) fn by_subject<'m>(
    members: impl IntoIterator<Item = &'m Member>,
    lineage: &Lineage<'_>,
) -> HashMap<Subject, Vec<&'m Member>> {
    sorted_by(members, |member| Subject::of(&member.claim, lineage))
}

/// Of each of several claims' keys the claim that ranks highest, in the order of the ledger.
pub(super) fn last_of_each<'m, K: Eq + Hash, R: Ord>(
    members: impl IntoIterator<Item = &'m Member>,
    key: impl Fn(&'m Member) -> K,
    rank: impl Fn(&'m Member) -> R,
) -> Vec<&'m Member> {
    let last = |members: Vec<&'m Member>| members.into_iter().max_by_key(|member| rank(member));
    let mut chosen: Vec<&Member> = sorted_by(members, key).into_values().filter_map(last).collect();
    chosen.sort_by_key(|member| member.ordinal);
    chosen
}

/// How many of the claims match the query surely, and how many only possibly.
pub(super) fn graded(members: &[&Member]) -> (usize, usize) {
    let sure = members.iter().filter(|member| member.truth == Truth::Sure).count();
    (sure, members.len() - sure)
}

/// The rows, each made with a place in the ledger: the newest first.
pub(super) fn newest_first<R>(mut rows: Vec<(u64, R)>) -> Vec<R> {
    rows.sort_by_key(|(ordinal, _)| std::cmp::Reverse(*ordinal));
    rows.into_iter().map(|(_, row)| row).collect()
}
