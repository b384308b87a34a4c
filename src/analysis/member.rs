//! The claims that a view reads.

use super::list::Known;
use crate::model::vocabulary::{Mode, RelationKind, SpeechAct};
use crate::model::{Claim, ClaimId};
use crate::plan::{GroupKey, Row, Truth};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// A claim that a query selected.
#[derive(Clone, Debug)]
pub struct Member {
    /// The claim.
    pub claim: Claim,
    /// Where it stands in the order of the ledger; no two have the same.
    pub ordinal: u64,
    /// How it matches.
    pub truth: Truth,
    /// What only the ledger knows of it.
    pub known: Known,
}

/// A claim of a view's row: its id, and how it matches the query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimRef {
    /// The claim's id.
    pub id: ClaimId,
    /// How it matches; of a claim that the query did not select, SURE.
    pub truth: Truth,
}

impl From<&Member> for ClaimRef {
    fn from(member: &Member) -> Self {
        Self { id: member.claim.id.clone(), truth: member.truth }
    }
}

/// How claims of the whole ledger stand to those that a query selected.
#[derive(Clone, Debug, Default)]
pub struct Kin {
    /// Claims that are the same utterance by another relay, in pairs: one that was selected and
    /// any that is visible.
    pub repeats: Vec<(ClaimId, ClaimId)>,
    /// Claims that a visible claim supersedes or corrects.
    pub replaced: HashSet<ClaimId>,
}

/// Which claims a view reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// What is asserted as a fact.
    Asserted,
    /// That, and what is denied.
    AssertedOrDenied,
    /// Every claim that was selected, repetitions too.
    Everything,
}

impl Reading {
    /// The claims that a view reads, in the order of the ledger: of mode FACT and with an act of
    /// this reading, of each utterance the one with the fewest hops (then the earliest in the
    /// ledger), and none that was replaced.
    pub fn of(self, mut selected: Vec<Member>, kin: &Kin) -> Vec<Member> {
        selected.sort_by_key(|member| member.ordinal);
        if self == Self::Everything {
            return selected;
        }
        selected.retain(|member| self.takes(&member.claim) && !kin.replaced.contains(&member.claim.id));
        let utterances = Utterances::new(kin);
        let mut first: HashMap<&ClaimId, (usize, u64)> = HashMap::new();
        for member in &selected {
            let rank = (member.claim.hops(), member.ordinal);
            let best = first.entry(utterances.of(&member.claim.id)).or_insert(rank);
            *best = rank.min(*best);
        }
        let kept: HashSet<u64> = first.into_values().map(|(_, ordinal)| ordinal).collect();
        selected.retain(|member| kept.contains(&member.ordinal));
        selected
    }

    fn takes(self, claim: &Claim) -> bool {
        claim.mode == Mode::Fact && (asserts(claim) || self == Self::AssertedOrDenied && denies(claim))
    }
}

/// Whether the claim's speaker stands for what it says.
pub fn asserts(claim: &Claim) -> bool {
    match claim.origin().act.unwrap_or(SpeechAct::Said) {
        SpeechAct::Said
        | SpeechAct::Estimated
        | SpeechAct::Assessed
        | SpeechAct::Believes
        | SpeechAct::Opined
        | SpeechAct::Confirmed
        | SpeechAct::Accused
        | SpeechAct::Decided
        | SpeechAct::Corrected => true,
        SpeechAct::Denied
        | SpeechAct::Predicted
        | SpeechAct::Promised
        | SpeechAct::Demanded
        | SpeechAct::DeclinedToComment
        | SpeechAct::Omitted => false,
    }
}

/// Whether the claim's speaker says that it is not so.
pub fn denies(claim: &Claim) -> bool {
    claim.origin().act == Some(SpeechAct::Denied)
}

/// Whether one claim refers to another in this way.
pub fn relates(claim: &Claim, kind: RelationKind, to: &ClaimId) -> bool {
    claim.relations.iter().any(|relation| relation.kind == kind && relation.claim == *to)
}

/// Claims that are one utterance: what REPEATS connects, however far.
struct Utterances<'k> {
    above: HashMap<&'k ClaimId, &'k ClaimId>,
}

impl<'k> Utterances<'k> {
    fn new(kin: &'k Kin) -> Self {
        let mut utterances = Self { above: HashMap::new() };
        for (one, other) in &kin.repeats {
            let (one, other) = (utterances.of(one), utterances.of(other));
            if one != other {
                utterances.above.insert(one.max(other), one.min(other));
            }
        }
        utterances
    }

    /// The claim that stands for the utterance.
    fn of<'c>(&self, id: &'c ClaimId) -> &'c ClaimId
    where
        'k: 'c,
    {
        let mut found: &'c ClaimId = id;
        while let Some(&above) = self.above.get(found) {
            found = above;
        }
        found
    }
}

/// The values that the claims of a group share, one for each key; `None` where they have none.
pub type GroupValues = Vec<Option<Arc<str>>>;

/// The claims by the values of group keys, missing ones last; a claim is in the group of each of
/// its values. Without keys, all of them are one group.
pub fn grouped<'m>(members: &'m [Member], keys: &[GroupKey]) -> Vec<(GroupValues, Vec<&'m Member>)> {
    if keys.is_empty() {
        return vec![(Vec::new(), members.iter().collect())];
    }
    // `None` sorts before every value; what is missing comes last.
    type Sorted = Vec<(bool, Option<Arc<str>>)>;
    let mut groups: BTreeMap<Sorted, Vec<&Member>> = BTreeMap::new();
    for member in members {
        let Known { revision, recorded, version, .. } = member.known;
        let row = Row::of_claim(&member.claim).committed(recorded.0, revision, version);
        let mut combinations: Vec<Sorted> = vec![Vec::new()];
        for key in keys {
            let mut values: Vec<_> = key.values(&row).into_iter().map(|value| (false, Some(value))).collect();
            if values.is_empty() {
                values.push((true, None));
            }
            let extended = |before: &Sorted| {
                let values = values.iter().cloned();
                let before = before.clone();
                values
                    .map(move |value| before.iter().cloned().chain([value]).collect())
                    .collect::<Vec<Sorted>>()
            };
            combinations = combinations.iter().flat_map(extended).collect();
        }
        for combination in combinations {
            groups.entry(combination).or_default().push(member);
        }
    }
    let plain = |sorted: Sorted| sorted.into_iter().map(|(_, value)| value).collect();
    groups.into_iter().map(|(sorted, members)| (plain(sorted), members)).collect()
}
