//! How a query is understood, and how many rows each of its conditions leaves.

use super::pool::Pool;
use super::query::QueryError;
use crate::language::ast::TextSpan;
use crate::language::{Explained, ExplainedPredicate, ExplainedTerm, Junction, ReadLiteral, ResolvedName};
use crate::model::quantity::HEDGE_PROFILE;
use crate::plan::Filter;
use crate::store::Totals;
use std::time::{Duration, Instant};

/// Names of one query that are told of; those of lists that are sent as parameters may be more.
const MAX_NAMES: usize = 1_000;

/// How a query is understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The rows of the query's types.
    pub rows: Totals,
    /// How the terms are joined.
    pub junction: Junction,
    /// The operands of the outermost connective, in the order of the query.
    pub terms: Vec<TermCounts>,
    /// What matches `where`.
    pub totals: Totals,
    /// What the names stand for, in the order of the query; 1,000 at the most.
    pub names: Vec<ResolvedName>,
    /// The version of the hedge table, if the query asks about figures.
    pub hedge_profile: Option<&'static str>,
    /// How long it took.
    pub spent: Spent,
}

/// What an operand of the outermost connective leaves.
#[derive(Clone, Debug, PartialEq)]
pub struct TermCounts {
    /// From its first predicate to its last.
    pub at: TextSpan,
    /// Its canonical form, in parentheses if it has a connective of its own.
    pub text: String,
    /// What satisfies it.
    pub alone: Totals,
    /// What satisfies it and those before it; or any of them, if they are joined so.
    pub so_far: Totals,
    /// Its predicates, in the order of the query.
    pub predicates: Vec<PredicateCounts>,
}

/// What a predicate leaves.
#[derive(Clone, Debug, PartialEq)]
pub struct PredicateCounts {
    /// Its place.
    pub at: TextSpan,
    /// Its canonical form.
    pub text: String,
    /// What satisfies it.
    pub alone: Totals,
    /// Its literals, and what they were read as.
    pub literals: Vec<ReadLiteral>,
}

/// How long the stages took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Reading the text.
    pub parse: Duration,
    /// Finding names and intervals.
    pub resolve: Duration,
    /// Counting.
    pub count: Duration,
}

/// Counts what each part of a condition leaves.
pub(super) fn explanation(
    explained: &Explained,
    names: &[ResolvedName],
    pool: &Pool<'_>,
    spent: Spent,
) -> Result<Explanation, QueryError> {
    let started = Instant::now();
    let count = |filter: Filter| pool.count(&Filter::and([explained.types.clone(), filter]));
    let rows = count(Filter::Constant(true))?;
    let mut totals = rows;
    let mut before = Vec::with_capacity(explained.terms.len());
    let mut terms = Vec::with_capacity(explained.terms.len());
    for ExplainedTerm { at, text, filter, predicates } in &explained.terms {
        let alone = count(filter.clone())?;
        before.push(filter.clone());
        totals = match (before.len(), explained.junction) {
            (1, _) => alone,
            (_, Junction::All) => count(Filter::And(before.clone()))?,
            (_, Junction::Any) => count(Filter::Or(before.clone()))?,
        };
        let counted = |predicate: &ExplainedPredicate| {
            // A term that is a predicate was counted already.
            let alone = if predicate.text == *text { alone } else { count(predicate.filter.clone())? };
            let ExplainedPredicate { at, text, literals, .. } = predicate.clone();
            Ok(PredicateCounts { at, text, alone, literals })
        };
        let predicates = predicates.iter().map(counted).collect::<Result<_, QueryError>>()?;
        terms.push(TermCounts { at: *at, text: text.clone(), alone, so_far: totals, predicates });
    }
    let mut predicates = explained.terms.iter().flat_map(|term| &term.predicates);
    Ok(Explanation {
        rows,
        junction: explained.junction,
        terms,
        totals,
        names: names.iter().take(MAX_NAMES).cloned().collect(),
        hedge_profile: predicates.any(|predicate| predicate.is_of_figures).then_some(HEDGE_PROFILE),
        spent: Spent { count: started.elapsed(), ..spent },
    })
}
