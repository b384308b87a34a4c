//! Whether two claims are one origin that changed its mind.

use super::super::period::{Period, Sort};
use super::super::work::{TooMuch, Work};
use super::row::ConflictKind;
use super::sheet::Entry;
use crate::model::Timestamp;
use std::collections::HashMap;

/// What a conflict between two claims is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kinship {
    /// Others contradict each other; or one origin contradicts itself.
    Contradiction,
    /// One origin says another thing than the time before.
    Revision,
    /// One origin said yet another thing in between.
    Remote,
}

/// A time by which claims of one origin follow each other.
type Moment = (Timestamp, Timestamp);

/// The claims of each set of root origins about each subject, in the order of `said` and of `when`.
#[derive(Debug, Default)]
pub(super) struct Chains {
    by_said: HashMap<(usize, usize), Vec<(Moment, usize)>>,
    by_when: HashMap<(usize, usize), Vec<(Moment, usize)>>,
}

impl Chains {
    pub(super) fn of(entries: &[Entry<'_>]) -> Self {
        let mut chains = Self::default();
        for (index, entry) in entries.iter().enumerate() {
            let Some(roots) = entry.roots else { continue };
            let chain = (roots, entry.subject);
            if let Some(said) = entry.said {
                chains.by_said.entry(chain).or_default().push((said, index));
            }
            chains.by_when.entry(chain).or_default().push((when(entry), index));
        }
        for chain in chains.by_said.values_mut().chain(chains.by_when.values_mut()) {
            chain.sort_unstable();
        }
        chains
    }

    /// What a conflict between two of the claims is. Of one origin's, whichever have other dates
    /// of saying (or where one has none, other times that they are about) are revisions; and
    /// remote if a claim of the same origin, about the subject of one of them and meeting both in
    /// time, comes between.
    pub(super) fn kinship(
        &self,
        entries: &[Entry<'_>],
        (a, b): (usize, usize),
        kind: ConflictKind,
        work: &mut Work,
    ) -> Result<Kinship, TooMuch> {
        let (one, other) = (&entries[a], &entries[b]);
        let Some(roots) = one.roots.filter(|_| one.roots == other.roots) else {
            return Ok(Kinship::Contradiction);
        };
        let (chains, from, to) = match (one.said, other.said) {
            (Some(from), Some(to)) => (&self.by_said, from, to),
            _ => (&self.by_when, when(one), when(other)),
        };
        if from == to {
            return Ok(Kinship::Contradiction);
        }
        let (from, to) = (from.min(to), from.max(to));
        let both = [one.subject, other.subject];
        let subjects = if one.subject == other.subject { &both[..1] } else { &both };
        let chains = subjects.iter().filter_map(|subject| chains.get(&(roots, *subject)));
        for chain in chains {
            let first = chain.partition_point(|(moment, _)| *moment <= from);
            let between = chain[first..].iter().take_while(|(moment, _)| *moment < to);
            for &(_, index) in between {
                work.spend(1)?;
                let third = &entries[index];
                // A denial is no value that was said in between.
                let counts = !third.is_denial || kind == ConflictKind::Denial;
                let meets = |period| meet(kind, &third.period, period);
                if counts && meets(&one.period) && meets(&other.period) {
                    return Ok(Kinship::Remote);
                }
            }
        }
        Ok(Kinship::Revision)
    }
}

fn when(entry: &Entry<'_>) -> Moment {
    (entry.period.start, entry.period.end)
}

/// Whether two times meet so far as it matters to this kind of conflict.
fn meet(kind: ConflictKind, one: &Period, other: &Period) -> bool {
    let are_flows = one.sort == Sort::Flow && other.sort == Sort::Flow;
    let is_within = one.is_inside(other) || other.is_inside(one);
    one.meets(other).is_some() || kind == ConflictKind::PartExceedsWhole && are_flows && is_within
}
