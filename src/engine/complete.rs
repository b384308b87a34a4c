//! Completing a query, with how many claims have each name.

use super::query::{QueryError, commit};
use super::{Engine, MAX_GROUPS};
use crate::language::{self, Completion, Counts, Parameters};
use crate::plan::{Field, Filter, GroupKey, Selection, Shown};
use crate::store::{Budget, Commit, View};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

/// How long names are counted for one completion; then it is answered without counts.
const COUNTING: Duration = Duration::from_millis(100);

/// How many claims have each value of the fields that were completed at one revision. A field with
/// more than [`MAX_GROUPS`] values, or that takes longer than [`COUNTING`], counts as one without; one
/// whose caller has gone is counted again for the next.
#[derive(Debug, Default)]
pub(super) struct Counted {
    revision: u64,
    by_field: HashMap<Field, Arc<Counts>>,
}

/// Completions, and what they are of.
#[derive(Debug)]
pub struct Completed {
    /// The completions, the best first.
    pub completions: Vec<Completion>,
    /// The commit of the latest revision.
    pub commit: Commit,
}

impl Engine {
    /// What can be written at a cursor, a byte offset, as of the latest revision.
    ///
    /// # Errors
    /// What is stored cannot be read, or nobody waits any more.
    pub fn complete(
        &self,
        text: &str,
        cursor: usize,
        parameters: &Parameters,
        budget: &Budget,
    ) -> Result<Completed, QueryError> {
        budget.check().map_err(QueryError::from)?;
        let view = self.store.view();
        let revision = view.head().revision;
        let registry = self.registry_at(revision);
        let counts = |field| self.counts(&*view, revision, field, budget);
        let completions = language::complete(text, cursor, &registry, parameters, &counts);
        Ok(Completed { completions, commit: commit(&*view, revision)? })
    }

    /// The counts of a field, which are kept until there is a later revision. Those who count at the
    /// same time do not wait for each other.
    fn counts(&self, view: &dyn View, revision: u64, field: Field, budget: &Budget) -> Arc<Counts> {
        {
            let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
            if counted.revision < revision {
                *counted = Counted { revision, by_field: HashMap::new() };
            }
            if counted.revision == revision
                && let Some(counts) = counted.by_field.get(&field)
            {
                return Arc::clone(counts);
            }
        }
        let counts = Arc::new(tally(view, revision, field, budget));
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.revision == revision && budget.check().is_ok() {
            counted.by_field.insert(field, Arc::clone(&counts));
        }
        counts
    }
}

fn tally(view: &dyn View, revision: u64, field: Field, budget: &Budget) -> Counts {
    let latest = Instant::now() + COUNTING;
    let deadline = budget.deadline.map_or(latest, |deadline| deadline.min(latest));
    let budget = Budget { deadline: Some(deadline), cancelled: Arc::clone(&budget.cancelled) };
    let selection = Selection { filter: Filter::And(Vec::new()), shown: Shown::default(), at: revision };
    let tally = view.tally(&selection, &[GroupKey::Term(field)], MAX_GROUPS, &budget).unwrap_or_default();
    let counts =
        tally.groups.into_iter().filter_map(|mut group| Some((group.keys.pop()??, group.totals.sure)));
    counts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::Ordering;

    #[test]
    fn fields_are_counted_once_for_a_revision() {
        let engine = Engine::in_memory().unwrap();
        let view = engine.store.view();
        let first = engine.counts(&*view, 0, Field::Actor, &Budget::default());
        assert!(Arc::ptr_eq(&first, &engine.counts(&*view, 0, Field::Actor, &Budget::default())));
        let gone = Budget::default();
        gone.cancelled.store(true, Ordering::Relaxed);
        engine.counts(&*view, 0, Field::Kind, &gone);
        assert!(!engine.counted.lock().unwrap().by_field.contains_key(&Field::Kind));
        engine.counts(&*view, 1, Field::Kind, &Budget::default());
        assert!(!Arc::ptr_eq(&first, &engine.counts(&*view, 0, Field::Actor, &Budget::default())));
    }
}
