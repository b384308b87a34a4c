//! The search for conflicts: within each subject, and from parts to their wholes.

use super::super::columns::Columns;
use super::super::lineage::Lineage;
use super::super::member::Member;
use super::super::period::{Period, Sort};
use super::super::subject::Subject;
use super::super::work::{TooMuch, Work};
use super::revision::{Chains, Kinship};
use super::row::{ConflictKind, ConflictRow};
use super::sheet::{Entry, Sheet};
use super::sweep::{self, Spot};
use super::wholes::Wholes;
use crate::model::Timestamp;
use crate::model::vocabulary::{Basis, ClaimType, State};
use crate::plan::Truth;
use std::cmp::Reverse;
use std::collections::HashMap;

/// The pairs of claims that cannot both be true: sure ones before possible ones, contradictions
/// before revisions, then the newest first. The members are in the order of the ledger.
///
/// Claims that agree are not compared one by one: a claim costs little more than one pair.
///
/// # Errors
/// There is more to look at than there is work left.
pub fn conflicts(
    members: &[&Member],
    lineage: &Lineage<'_>,
    work: &mut Work,
) -> Result<Vec<ConflictRow>, TooMuch> {
    let sheet = Sheet::new(members, lineage);
    let mut search = Search { sheet: &sheet, chains: Chains::of(&sheet.entries), work, found: Vec::new() };
    for (subject, group) in sheet.subjects.iter().zip(&sheet.groups) {
        match subject.claim_type {
            ClaimType::Figure => search.values(group)?,
            ClaimType::Norm => search.deadlines(group)?,
            ClaimType::Event | ClaimType::Statement => {}
        }
        search.denials(group, subject.claim_type)?;
    }
    search.states(lineage)?;
    search.parts(lineage)?;
    search.rows()
}

/// A search, and what it has found.
struct Search<'s, 'm, 'w> {
    sheet: &'s Sheet<'m>,
    chains: Chains,
    work: &'w mut Work,
    found: Vec<Found>,
}

/// Two entries that conflict: the part and the whole, or the earlier and the later.
struct Found {
    kind: ConflictKind,
    first: usize,
    second: usize,
    is_revision: bool,
    truth: Truth,
}

impl<'m> Search<'_, 'm, '_> {
    /// Figures of one subject that have no number in common.
    fn values(&mut self, group: &[usize]) -> Result<(), TooMuch> {
        let low = self.asserted(group, |entry| entry.ends.map(|ends| ends.low));
        let high = self.asserted(group, |entry| entry.ends.map(|ends| ends.high));
        self.meeting(ConflictKind::Value, &low, &high, excess)
    }

    /// Norms of one subject whose deadlines end at different times.
    fn deadlines(&mut self, group: &[usize]) -> Result<(), TooMuch> {
        let ends = self.asserted(group, |entry| entry.deadline.map(|deadline| deadline.end));
        self.meeting(ConflictKind::Deadline, &ends, &ends, |later, earlier| {
            let pair = later.deadline.zip(earlier.deadline);
            Some(surely_if(pair.is_some_and(|(later, earlier)| later.is_surely_after(earlier))))
        })
    }

    /// What one asserts and another denies.
    fn denials(&mut self, group: &[usize], claim_type: ClaimType) -> Result<(), TooMuch> {
        let asserted = self.asserted(group, |_| Some(ABOVE));
        let is_denial = |entry: &Entry<'_>| entry.is_denial.then_some(BELOW);
        let denied = self.chosen(group, is_denial);
        self.meeting(ConflictKind::Denial, &asserted, &denied, |asserted, denied| match claim_type {
            ClaimType::Figure => match asserted.ends.zip(denied.ends) {
                Some((asserted, denied)) if asserted.is_below(&denied) || denied.is_below(&asserted) => None,
                Some((asserted, denied)) => Some(surely_if(asserted.is_inside(&denied))),
                None => None,
            },
            ClaimType::Event => Some(Truth::Sure),
            ClaimType::Norm => Some(surely_if(asserted.deadline == denied.deadline)),
            // Statements of one subject need not state the same.
            ClaimType::Statement => Some(Truth::Possible),
        })
    }

    /// What one finds present and another absent, there and in more.
    fn states(&mut self, lineage: &Lineage<'_>) -> Result<(), TooMuch> {
        let sheet = self.sheet;
        let of_state = |state| {
            let subjects = sheet.subjects.iter().enumerate();
            let has_state = move |subject: &Subject| {
                subject.claim_type == ClaimType::Event && subject.state == Some(state)
            };
            let is_asserted =
                |number: usize| sheet.groups[number].iter().any(|&index| !sheet.entries[index].is_denial);
            let chosen = subjects.filter(move |(number, subject)| has_state(subject) && is_asserted(*number));
            chosen.map(|(number, subject)| (number, subject.whatever_happened())).collect::<Vec<_>>()
        };
        let (present, absent) = (of_state(State::Present), of_state(State::Absent));
        let mut wholes = Wholes::default();
        for (number, subject) in &absent {
            wholes.add(*number, subject, self.work)?;
        }
        for (number, subject) in &present {
            for whole in wholes.of(subject, lineage, self.work)? {
                let present = self.asserted(&sheet.groups[*number], |_| Some(ABOVE));
                let absent = self.asserted(&sheet.groups[whole], |_| Some(BELOW));
                self.meeting(ConflictKind::State, &present, &absent, |_, _| Some(Truth::Sure))?;
            }
        }
        Ok(())
    }

    /// Figures that exceed those of which they are a part.
    fn parts(&mut self, lineage: &Lineage<'_>) -> Result<(), TooMuch> {
        let sheet = self.sheet;
        let summed: Vec<(usize, &Subject, Basis)> = sheet
            .subjects
            .iter()
            .enumerate()
            .filter_map(|(number, subject)| Some((number, subject, subject.measure.as_ref()?.basis)))
            .filter(|(_, _, basis)| *basis != Basis::Ratio)
            .collect();
        // Parts from the highest on, wholes from the lowest on: mostly none of them are looked at.
        let mut lows = vec![Vec::new(); sheet.subjects.len()];
        let mut highs = vec![Vec::new(); sheet.subjects.len()];
        let mut wholes = Wholes::default();
        for (number, subject, _) in &summed {
            lows[*number] = self.asserted(&sheet.groups[*number], |entry| entry.ends.map(|ends| ends.low));
            lows[*number].sort_unstable_by_key(|(_, low)| Reverse(*low));
            highs[*number] = self.asserted(&sheet.groups[*number], |entry| entry.ends.map(|ends| ends.high));
            highs[*number].sort_unstable_by_key(|(_, high)| *high);
            wholes.add(*number, subject, self.work)?;
        }
        for (part, subject, basis) in summed {
            for whole in wholes.of(subject, lineage, self.work)? {
                let (Some((_, highest)), Some((_, lowest))) = (lows[part].first(), highs[whole].first())
                else {
                    continue;
                };
                let low = &lows[part][..lows[part].partition_point(|(_, low)| low > lowest)];
                let high = &highs[whole][..highs[whole].partition_point(|(_, high)| high < highest)];
                match basis {
                    Basis::Flow => self.lying_inside(low, high, part == whole)?,
                    // A whole of the same subject is another value.
                    _ if part == whole => {}
                    Basis::Stock | Basis::Ratio => {
                        self.meeting(ConflictKind::PartExceedsWhole, low, high, excess)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The entries of a group that assert something and have this cut.
    fn asserted<C>(&self, group: &[usize], cut: impl Fn(&Entry<'_>) -> Option<C>) -> Vec<(usize, C)> {
        self.chosen(group, |entry| cut(entry).filter(|_| !entry.is_denial))
    }

    fn chosen<C>(&self, group: &[usize], cut: impl Fn(&Entry<'_>) -> Option<C>) -> Vec<(usize, C)> {
        group.iter().filter_map(|&index| Some((index, cut(&self.sheet.entries[index])?))).collect()
    }

    /// Records the pairs whose times meet and of which the one's cut is above the other's, as surely
    /// as they are `apart`; those that are not, agree.
    fn meeting<C: Ord + Copy>(
        &mut self,
        kind: ConflictKind,
        above: &[(usize, C)],
        below: &[(usize, C)],
        apart: impl Fn(&Entry<'m>, &Entry<'m>) -> Option<Truth>,
    ) -> Result<(), TooMuch> {
        let Self { sheet, chains, work, found } = self;
        let entries = &sheet.entries;
        let mut record = |above: usize, below: usize, work: &mut Work| {
            if let Some(apart) = apart(&entries[above], &entries[below]) {
                found.extend(Found::of(entries, chains, kind, (above, below), apart, work)?);
            }
            Ok(())
        };
        let spots = |chosen: &[(usize, C)]| -> (Vec<Spot<C>>, Vec<Spot<C>>) {
            let is_flow = |spot: &Spot<C>| entries[spot.index].period.sort == Sort::Flow;
            spots(entries, chosen, |period| (period.start, period.end)).into_iter().partition(is_flow)
        };
        let ((flows_above, others_above), (flows_below, others_below)) = (spots(above), spots(below));
        sweep::overlapping(&others_above, &others_below, work, &mut record)?;
        sweep::overlapping(&flows_above, &others_below, work, &mut record)?;
        sweep::overlapping(&others_above, &flows_below, work, &mut record)?;
        // Flows meet flows of the same time alone.
        let flows_below = by_time(flows_below);
        for (time, above) in by_time(flows_above) {
            if let Some(below) = flows_below.get(&time) {
                sweep::overlapping(&above, below, work, &mut record)?;
            }
        }
        Ok(())
    }

    /// Records the flows that exceed one of which they are a part, in time as in all else.
    fn lying_inside<C: Ord + Copy>(
        &mut self,
        parts: &[(usize, C)],
        wholes: &[(usize, C)],
        is_one_subject: bool,
    ) -> Result<(), TooMuch> {
        let Self { sheet, chains, work, found } = self;
        let entries = &sheet.entries;
        let parts = spots(entries, parts, |period| (period.start, period.end));
        let wholes = spots(entries, wholes, |period| period.core);
        sweep::inside(&parts, &wholes, work, |part, whole, work| {
            let is_other_value =
                is_one_subject && entries[part].period.meets(&entries[whole].period).is_some();
            if let Some(apart) = excess(&entries[part], &entries[whole]).filter(|_| !is_other_value) {
                let kind = ConflictKind::PartExceedsWhole;
                found.extend(Found::of(entries, chains, kind, (part, whole), apart, work)?);
            }
            Ok(())
        })
    }

    fn rows(mut self) -> Result<Vec<ConflictRow>, TooMuch> {
        let entries = &self.sheet.entries;
        self.found.sort_by_key(|found| {
            let ordinals = [found.first, found.second].map(|index| entries[index].member.ordinal);
            let [first, second] = ordinals;
            (found.truth, found.is_revision, Reverse((first.max(second), first.min(second))))
        });
        let row = |found: Found| {
            let [first, second] = [found.first, found.second].map(|index| entries[index].member);
            let row = ConflictRow::new(found.kind, found.is_revision, found.truth, first, second);
            self.work.keep(row.weight())?;
            Ok(row)
        };
        self.found.into_iter().map(row).collect()
    }
}

/// What a conflict costs beyond the look at it, before its row is made.
const PAIRS_PER_CONFLICT: u64 = 5;

/// Cuts of claims that are compared by nothing but their times.
const ABOVE: u8 = 1;
const BELOW: u8 = 0;

/// How surely one figure exceeds another, if it does.
fn excess(above: &Entry<'_>, below: &Entry<'_>) -> Option<Truth> {
    let (above, below) = above.ends.zip(below.ends)?;
    below.is_below(&above).then(|| surely_if(below.is_surely_below(&above)))
}

fn surely_if(is_sure: bool) -> Truth {
    if is_sure { Truth::Sure } else { Truth::Possible }
}

fn spots<C: Copy>(
    entries: &[Entry<'_>],
    chosen: &[(usize, C)],
    time: impl Fn(&Period) -> (Timestamp, Timestamp),
) -> Vec<Spot<C>> {
    let spot = |&(index, cut): &(usize, C)| {
        let (start, end) = time(&entries[index].period);
        Spot { index, start, end, cut }
    };
    chosen.iter().map(spot).collect()
}

fn by_time<C>(spots: Vec<Spot<C>>) -> HashMap<(Timestamp, Timestamp), Vec<Spot<C>>> {
    let mut by_time: HashMap<_, Vec<Spot<C>>> = HashMap::new();
    for spot in spots {
        by_time.entry((spot.start, spot.end)).or_default().push(spot);
    }
    by_time
}

impl Found {
    /// The conflict of two entries whose times meet, the part first; none if one origin said
    /// something else in between.
    fn of(
        entries: &[Entry<'_>],
        chains: &Chains,
        kind: ConflictKind,
        (a, b): (usize, usize),
        apart: Truth,
        work: &mut Work,
    ) -> Result<Option<Self>, TooMuch> {
        let (one, other) = (&entries[a], &entries[b]);
        let is_revision = match chains.kinship(entries, (a, b), kind, work)? {
            Kinship::Contradiction => false,
            Kinship::Revision => true,
            Kinship::Remote => return Ok(None),
        };
        let are_flows = one.period.sort == Sort::Flow && other.period.sort == Sort::Flow;
        let meets = if are_flows { Some(Truth::Sure) } else { one.period.meets(&other.period) };
        let truth = meets.unwrap_or(Truth::Possible).max(apart);
        let is_ordered = kind == ConflictKind::PartExceedsWhole || one.member.ordinal < other.member.ordinal;
        let (first, second) = if is_ordered { (a, b) } else { (b, a) };
        work.spend(PAIRS_PER_CONFLICT)?;
        Ok(Some(Self { kind, first, second, is_revision, truth }))
    }
}
