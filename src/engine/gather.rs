//! Gathers the claims that a view reads: those that the query selected, and what of the whole
//! ledger bears on them.

use super::answer::{Matched, StoredClaim};
use super::pool::Claims;
use super::query::QueryError;
use crate::analysis::{Kin, Member};
use crate::model::ClaimId;
use crate::model::vocabulary::{ClaimType, RelationKind, State};
use crate::plan::{Field, Filter, KEY_SEPARATOR, Leaf, Selection, Shown, Terms, terms};
use crate::store::{Hit, ReadError};
use crate::wire::item;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Claims that a view reads at the most, and claims of the whole ledger that it looks at beside
/// them.
pub const MAX_VIEW_CLAIMS: usize = 50_000;

/// Why a view's claims could not be gathered.
pub(super) enum GatherError {
    /// There are more than a view reads.
    TooMany,
    /// They could not be read.
    Query(QueryError),
}

impl From<QueryError> for GatherError {
    fn from(error: QueryError) -> Self {
        Self::Query(error)
    }
}

impl From<ReadError> for GatherError {
    fn from(error: ReadError) -> Self {
        Self::Query(error.into())
    }
}

type Gathered<T> = Result<T, GatherError>;

impl Claims<'_> {
    /// The claims of these types that a filter selects.
    pub(super) fn members(&self, filter: &Filter, types: &[ClaimType]) -> Gathered<Vec<Member>> {
        let filter = match types.len() == ClaimType::ALL.len() {
            true => filter.clone(),
            false => Filter::and([of_types(types), filter.clone()]),
        };
        let mut members = self.all(&Selection { filter, shown: self.shown, at: self.at })?;
        if self.shown.old_versions {
            keep_newest_versions(&mut members);
        }
        Ok(members)
    }

    /// The claims of the whole ledger that a filter selects, hidden ones left out.
    fn visible(&self, filter: Filter) -> Gathered<Vec<Member>> {
        self.all(&Selection { filter, shown: Shown::default(), at: self.at })
    }

    fn all(&self, selection: &Selection) -> Gathered<Vec<Member>> {
        let page = self.view.select(selection, &[], None, MAX_VIEW_CLAIMS, self.budget)?;
        if page.more {
            return Err(GatherError::TooMany);
        }
        let stored = self.fetch(&page.hits, usize::MAX)?;
        let member = |(found, hit): (Matched<StoredClaim>, &Hit)| {
            let claim = item::decode_claim(&found.item.bytes).map_err(QueryError::from)?;
            Ok(Member { claim, ordinal: hit.position.0, truth: hit.truth, known: found.item.known() })
        };
        stored.into_iter().zip(&page.hits).map(member).collect()
    }

    /// How claims of the whole ledger stand to the selected ones.
    pub(super) fn kin(&self, selected: &[Member]) -> Gathered<Kin> {
        let mut kin = Kin::default();
        let ids: Vec<ClaimId> = selected.iter().map(|member| member.claim.id.clone()).collect();
        let replacing = [RelationKind::Supersedes, RelationKind::Corrects];
        let replacing_claims = self.referring(&ids, &replacing)?;
        for member in &replacing_claims {
            let relations =
                member.claim.relations.iter().filter(|relation| replacing.contains(&relation.kind));
            let others = relations.filter(|relation| relation.claim != member.claim.id);
            kin.replaced.extend(others.map(|relation| relation.claim.clone()));
        }
        // What REPEATS connects may lead through claims that were not selected.
        let mut known: HashSet<ClaimId> = ids.iter().cloned().collect();
        let mut open = ids;
        let mut repeating: Vec<Member> = selected.to_vec();
        while !open.is_empty() {
            repeating.extend(self.referring(&open, &[RelationKind::Repeats])?);
            let mut found = Vec::new();
            for member in std::mem::take(&mut repeating) {
                let id = &member.claim.id;
                found.extend((!known.contains(id)).then(|| id.clone()));
                for relation in &member.claim.relations {
                    if relation.kind == RelationKind::Repeats && relation.claim != *id {
                        kin.repeats.push((id.clone(), relation.claim.clone()));
                        found.extend((!known.contains(&relation.claim)).then(|| relation.claim.clone()));
                    }
                }
            }
            found.sort_unstable();
            found.dedup();
            if known.len() + found.len() > 2 * MAX_VIEW_CLAIMS {
                return Err(GatherError::TooMany);
            }
            known.extend(found.iter().cloned());
            repeating = self.named(&found)?;
            open = found;
        }
        Ok(kin)
    }

    /// The claims that refer to one of these in one of these ways.
    fn referring(&self, ids: &[ClaimId], kinds: &[RelationKind]) -> Gathered<Vec<Member>> {
        let pair = |kind: &RelationKind, id: &ClaimId| format!("{kind}{KEY_SEPARATOR}{id}");
        let any = terms(kinds.iter().flat_map(|kind| ids.iter().map(move |id| pair(kind, id))));
        if any.is_empty() {
            return Ok(Vec::new());
        }
        self.visible(Filter::Leaf(Leaf::Terms { field: Field::Relation, any }))
    }

    /// The events of the whole ledger that leave a state which was observed, and are about a topic
    /// that one of the selected is about.
    pub(super) fn states(&self, selected: &[Member]) -> Gathered<Vec<Member>> {
        let stated = selected.iter().filter(|member| member.claim.state.is_some());
        let kinds: Vec<Option<Arc<str>>> =
            stated.map(|member| member.claim.kind.as_ref().map(|kind| kind.shared().clone())).collect();
        let of_kind =
            Filter::Leaf(Leaf::Terms { field: Field::Kind, any: terms(kinds.iter().flatten().cloned()) });
        let without = Filter::not(Filter::Leaf(Leaf::Present(Field::Kind)));
        let about = match kinds.iter().any(Option::is_none) {
            true => Filter::Or(vec![of_kind, without]),
            false => of_kind,
        };
        let observed = [State::Present, State::Absent].map(State::as_str);
        let state = Filter::Leaf(Leaf::Terms { field: Field::State, any: words(observed) });
        self.visible(Filter::and([of_types(&[ClaimType::Event]), state, about]))
    }

    /// The norms of the whole ledger.
    pub(super) fn norms(&self) -> Gathered<Vec<Member>> {
        self.visible(of_types(&[ClaimType::Norm]))
    }

    /// The claims that the selected ones repeat or were derived from.
    pub(super) fn origins(&self, selected: &[Member]) -> Gathered<HashMap<ClaimId, Member>> {
        let relations = selected.iter().flat_map(|member| &member.claim.relations);
        let handed_on = [RelationKind::Repeats, RelationKind::DerivedFrom];
        let mut ids: Vec<ClaimId> = relations
            .filter(|relation| handed_on.contains(&relation.kind))
            .map(|relation| relation.claim.clone())
            .collect();
        ids.sort_unstable();
        ids.dedup();
        let mut origins: HashMap<ClaimId, Member> =
            self.named(&ids)?.into_iter().map(|member| (member.claim.id.clone(), member)).collect();
        for member in selected {
            if let Some(origin) = origins.get_mut(&member.claim.id) {
                origin.truth = member.truth;
            }
        }
        Ok(origins)
    }

    /// The visible claims of these ids.
    fn named(&self, ids: &[ClaimId]) -> Gathered<Vec<Member>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.visible(Filter::Leaf(Leaf::Id(terms(ids.iter().map(|id| id.shared().clone())))))
    }
}

/// Of each claim the newest of the versions that were selected: a view is about claims, not about
/// how they were written.
fn keep_newest_versions(members: &mut Vec<Member>) {
    let mut newest: HashMap<ClaimId, u32> = HashMap::new();
    for Member { claim, known, .. } in &*members {
        let version = newest.entry(claim.id.clone()).or_default();
        *version = known.version.max(*version);
    }
    members.retain(|member| newest.get(&member.claim.id) == Some(&member.known.version));
}

fn of_types(types: &[ClaimType]) -> Filter {
    Filter::Leaf(Leaf::Terms { field: Field::Type, any: words(types.iter().map(|one| one.as_str())) })
}

fn words<'w>(words: impl IntoIterator<Item = &'w str>) -> Terms {
    terms(words)
}
