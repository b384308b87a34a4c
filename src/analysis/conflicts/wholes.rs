//! Which subjects another is within, found without a look at the others.

use super::super::lineage::Lineage;
use super::super::subject::{Measure, Subject};
use super::super::work::{TooMuch, Work};
use crate::model::EntityId;
use std::collections::{BTreeSet, HashMap};

/// Subjects to be found by what is within them.
#[derive(Debug, Default)]
pub(super) struct Wholes<'s> {
    /// By what must be equal, then by a kind, an action, an actor and a place of theirs.
    roots: HashMap<(Option<&'s EntityId>, Option<&'s Measure>), Branch<'s>>,
}

#[derive(Debug, Default)]
struct Branch<'s> {
    below: HashMap<Option<EntityId>, Branch<'s>>,
    subjects: Vec<(usize, &'s Subject)>,
}

impl<'s> Wholes<'s> {
    /// The index with this subject, which has this number.
    ///
    /// # Errors
    /// It has more pairs of an actor and a place than there is work left.
    pub(super) fn add(
        &mut self,
        number: usize,
        subject: &'s Subject,
        work: &mut Work,
    ) -> Result<(), TooMuch> {
        let root = self.roots.entry((subject.incident.as_ref(), subject.measure.as_ref())).or_default();
        let branch = root.below.entry(subject.kind.clone()).or_default();
        let branch = branch.below.entry(subject.action.clone()).or_default();
        for actor in some_or_none(&subject.actors) {
            let branch = branch.below.entry(actor).or_default();
            for place in some_or_none(&subject.places) {
                work.spend(1)?;
                branch.below.entry(place).or_default().subjects.push((number, subject));
            }
        }
        Ok(())
    }

    /// The numbers of the subjects that this one is within, ascending.
    ///
    /// # Errors
    /// The subjects to look at are more than there is work left.
    pub(super) fn of(
        &self,
        part: &Subject,
        lineage: &Lineage<'_>,
        work: &mut Work,
    ) -> Result<Vec<usize>, TooMuch> {
        // What is within a whole has each of its actors and places within one of the whole's: any
        // one of them leads there.
        let steps = [part.kind.as_ref(), part.action.as_ref(), part.actors.first(), part.places.first()];
        let root = self.roots.get(&(part.incident.as_ref(), part.measure.as_ref()));
        let mut branches: Vec<&Branch<'s>> = root.into_iter().collect();
        for step in steps {
            let above = step.map(|id| lineage.and_above(id));
            let above = above.iter().flat_map(|ids| ids.iter().cloned()).map(Some);
            let choices: Vec<Option<EntityId>> = above.chain([None]).collect();
            let mut next = Vec::new();
            for branch in branches {
                work.spend(1)?;
                next.extend(choices.iter().filter_map(|choice| branch.below.get(choice)));
            }
            branches = next;
        }
        let mut found = Vec::new();
        for (number, whole) in branches.into_iter().flat_map(|branch| &branch.subjects) {
            work.spend(part.width())?;
            if part.is_within(whole, lineage) {
                found.push(*number);
            }
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }
}

/// Each of them; of an empty list, the one `None`.
fn some_or_none(ids: &BTreeSet<EntityId>) -> impl Iterator<Item = Option<EntityId>> {
    ids.iter().cloned().map(Some).chain(ids.is_empty().then_some(None))
}
