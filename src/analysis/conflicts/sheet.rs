//! The members of a view, with what is compared of each.

use super::super::lineage::Lineage;
use super::super::member::{Member, denies};
use super::super::period::Period;
use super::super::subject::Subject;
use super::ends::Ends;
use crate::model::time::Precision;
use crate::model::unit::Dimension;
use crate::model::{Claim, Content, SourceId, Timestamp, Unit};
use std::collections::{BTreeSet, HashMap};

/// A member, and what is compared of it.
#[derive(Debug)]
pub(super) struct Entry<'m> {
    pub(super) member: &'m Member,
    /// Which subject it has.
    pub(super) subject: usize,
    /// Which set of root origins it has; none if nobody is named.
    pub(super) roots: Option<usize>,
    pub(super) is_denial: bool,
    pub(super) period: Period,
    /// When it was said.
    pub(super) said: Option<(Timestamp, Timestamp)>,
    /// Of a figure.
    pub(super) ends: Option<Ends>,
    /// Of a norm.
    pub(super) deadline: Option<Deadline>,
}

/// When a deadline ends, and by how much it may be rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Deadline {
    pub(super) end: Timestamp,
    half_unit: i64,
}

impl Deadline {
    /// None if the claim names none, or one that never ends.
    fn of(claim: &Claim) -> Option<Self> {
        let Content::Norm(norm) = &claim.content else { return None };
        let time = norm.deadline.as_ref().filter(|time| time.end() != Timestamp::MAX)?;
        Some(Self { end: time.end(), half_unit: longest(time.precision()) / 2 })
    }

    /// Whether it remains later however both were rounded.
    pub(super) fn is_surely_after(self, other: Self) -> bool {
        self.end.0.saturating_sub(self.half_unit) > other.end.0.saturating_add(other.half_unit)
    }
}

/// The longest that a unit of time lasts, in microseconds: neighbouring months are never more than
/// one apart.
fn longest(unit: Precision) -> i64 {
    let days = match unit {
        Precision::Instant | Precision::Day => return unit.micros(),
        Precision::Month => 31,
        Precision::Quarter => 92,
        Precision::Year => 366,
        Precision::Decade => 3_653,
        Precision::Century => 36_525,
    };
    days * Precision::Day.micros()
}

/// The members, by their subjects.
#[derive(Debug)]
pub(super) struct Sheet<'m> {
    pub(super) entries: Vec<Entry<'m>>,
    pub(super) subjects: Vec<Subject>,
    /// For each subject, its members.
    pub(super) groups: Vec<Vec<usize>>,
}

impl<'m> Sheet<'m> {
    pub(super) fn new(members: &[&'m Member], lineage: &Lineage<'_>) -> Self {
        let units = least_units(members);
        let mut subjects: HashMap<Subject, usize> = HashMap::new();
        let mut origins: HashMap<BTreeSet<SourceId>, usize> = HashMap::new();
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut entries = Vec::with_capacity(members.len());
        for member in members {
            let claim = &member.claim;
            let next = subjects.len();
            let subject = *subjects.entry(Subject::of(claim, lineage)).or_insert(next);
            if subject == next {
                groups.push(Vec::new());
            }
            groups[subject].push(entries.len());
            let next = origins.len();
            let roots = lineage.roots(claim.origin());
            let roots = (!roots.is_empty()).then(|| *origins.entry(roots).or_insert(next));
            let ends = match &claim.content {
                Content::Figure(figure) => {
                    let unit = figure.unit.as_ref().and_then(|unit| units.get(&unit.dimension()).copied());
                    Ends::of(figure, unit)
                }
                Content::Event | Content::Norm(_) | Content::Statement => None,
            };
            entries.push(Entry {
                member,
                subject,
                roots,
                is_denial: denies(claim),
                period: Period::of(claim),
                said: claim.origin().said.as_ref().map(|said| (said.start(), said.end())),
                ends,
                deadline: Deadline::of(claim),
            });
        }
        let mut ordered: Vec<(usize, Subject)> = subjects.into_iter().map(|(s, i)| (i, s)).collect();
        ordered.sort_unstable_by_key(|(index, _)| *index);
        Self { entries, subjects: ordered.into_iter().map(|(_, subject)| subject).collect(), groups }
    }
}

/// The unit in which what measures one thing is compared: the least of those in use.
fn least_units<'m>(members: &[&'m Member]) -> HashMap<Dimension, &'m Unit> {
    let mut units: HashMap<Dimension, &Unit> = HashMap::new();
    for member in members {
        if let Content::Figure(figure) = &member.claim.content
            && let Some(unit) = &figure.unit
        {
            let least = units.entry(unit.dimension()).or_insert(unit);
            *least = unit.min(least);
        }
    }
    units
}
