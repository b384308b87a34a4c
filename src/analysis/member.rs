//! The claims that a view reads.

use super::list::Known;
use super::work::{TooMuch, Work};
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
        let mut utterances = Utterances::new(kin);
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

    /// The claim that stands for the utterance. The way there is halved for the next who asks: one
    /// relay may repeat another for long.
    fn of<'c>(&mut self, id: &'c ClaimId) -> &'c ClaimId
    where
        'k: 'c,
    {
        let mut found: &'c ClaimId = id;
        while let Some(&above) = self.above.get(found) {
            if let Some(&next) = self.above.get(above)
                && let Some(way) = self.above.get_mut(found)
            {
                *way = next;
            }
            found = above;
        }
        found
    }
}

/// The values that the claims of a group share, one for each key; `None` where they have none.
pub type GroupValues = Vec<Option<Arc<str>>>;

/// The claims by the values of group keys, missing ones last; a claim is in the group of each of
/// its values. Without keys, all of them are one group.
///
/// # Errors
/// The claims of all groups together are more than there is work left.
pub fn grouped<'m>(
    members: &'m [Member],
    keys: &[GroupKey],
    work: &mut Work,
) -> Result<Vec<(GroupValues, Vec<&'m Member>)>, TooMuch> {
    if keys.is_empty() {
        return Ok(vec![(Vec::new(), members.iter().collect())]);
    }
    // `None` sorts before every value; what is missing comes last.
    type Sorted = Vec<(bool, Option<Arc<str>>)>;
    let mut groups: BTreeMap<Sorted, Vec<&Member>> = BTreeMap::new();
    for member in members {
        let Known { revision, recorded, version, .. } = member.known;
        let row = Row::of_claim(&member.claim).committed(recorded.0, revision, version);
        let values_of = |key: &GroupKey| {
            let values: Sorted = key.values(&row).into_iter().map(|value| (false, Some(value))).collect();
            if values.is_empty() { vec![(true, None)] } else { values }
        };
        let values: Vec<Sorted> = keys.iter().map(values_of).collect();
        work.spend(values.iter().fold(1, |product, values| product.saturating_mul(values.len() as u64)))?;
        let mut combinations: Vec<Sorted> = vec![Vec::new()];
        for values in values {
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
    Ok(groups.into_iter().map(|(sorted, members)| (plain(sorted), members)).collect())
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Make, event, members, statement};
    use super::*;
    use crate::plan::{Field, Part, SpanField};

    fn id(text: &str) -> ClaimId {
        ClaimId::parse(text).unwrap()
    }

    fn read(reading: Reading, claims: impl IntoIterator<Item = Make>, kin: &Kin) -> Vec<String> {
        let mut claims = members(claims);
        claims.reverse();
        reading.of(claims, kin).iter().map(|member| member.claim.id.to_string()).collect()
    }

    #[test]
    fn a_view_reads_what_is_asserted_as_a_fact() {
        let asserting = |act: &SpeechAct| {
            let claim = event("e").act(*act).claim();
            (asserts(&claim), denies(&claim))
        };
        let acts: Vec<_> =
            SpeechAct::ALL.iter().filter(|act| !asserting(act).0).map(|act| act.as_str()).collect();
        assert_eq!(acts, ["denied", "predicted", "promised", "demanded", "declined_to_comment", "omitted"]);
        assert_eq!(SpeechAct::ALL.iter().filter(|act| asserting(act).1).count(), 1);
        let claims = || {
            let modes = Mode::ALL.iter().map(|mode| event(mode.as_str()).mode(*mode));
            modes.chain([event("denied").act(SpeechAct::Denied), event("promised").act(SpeechAct::Promised)])
        };
        let none = Kin::default();
        assert_eq!(read(Reading::Asserted, claims(), &none), ["fact"]);
        assert_eq!(read(Reading::AssertedOrDenied, claims(), &none), ["fact", "denied"]);
        assert_eq!(
            read(Reading::Everything, claims(), &none),
            ["fact", "plan", "forecast", "hypothesis", "denied", "promised"]
        );
    }

    #[test]
    fn of_each_utterance_the_claim_with_the_fewest_hops_is_read() {
        let pairs = |pairs: &[(&str, &str)]| Kin {
            repeats: pairs.iter().map(|(one, other)| (id(one), id(other))).collect(),
            ..Kin::default()
        };
        let claims = || {
            [
                event("far").via("x").via("y"),
                event("near").via("x"),
                event("other"),
                event("also-near").via("z"),
            ]
        };
        let reading = |kin: &Kin| read(Reading::Asserted, claims(), kin);
        assert_eq!(reading(&Kin::default()), ["far", "near", "other", "also-near"]);
        assert_eq!(reading(&pairs(&[("far", "near")])), ["near", "other", "also-near"]);
        assert_eq!(reading(&pairs(&[("near", "far"), ("far", "also-near")])), ["near", "other"]);
        // Through a claim that was not selected, and round in a circle.
        assert_eq!(
            reading(&pairs(&[("far", "gone"), ("near", "gone"), ("near", "far")])),
            ["near", "other", "also-near"]
        );
        assert_eq!(read(Reading::Everything, claims(), &pairs(&[("far", "near")])).len(), 4);
    }

    #[test]
    fn relays_of_relays_are_one_utterance_however_many() {
        const RELAYS: usize = 30_000;
        let ids: Vec<ClaimId> = (0..RELAYS).map(|relay| id(&format!("c{relay:05}"))).collect();
        let onwards: Vec<_> = ids.windows(2).map(|pair| (pair[1].clone(), pair[0].clone())).collect();
        let backwards = onwards.iter().rev().cloned().collect();
        for repeats in [onwards, backwards] {
            let kin = Kin { repeats, ..Kin::default() };
            let mut utterances = Utterances::new(&kin);
            assert!(ids.iter().all(|id| utterances.of(id) == &ids[0]));
        }
    }

    #[test]
    fn what_was_replaced_is_not_read_and_lets_another_speak_for_it() {
        let kin = Kin { repeats: vec![(id("b"), id("a"))], replaced: HashSet::from([id("a")]) };
        let claims = || [event("a"), event("b").via("x"), statement("c")];
        assert_eq!(read(Reading::Asserted, claims(), &kin), ["b", "c"]);
        assert_eq!(read(Reading::Everything, claims(), &kin), ["a", "b", "c"]);
    }

    #[test]
    fn a_claim_is_in_the_group_of_each_of_its_values() {
        let claims = members([
            event("a").actors("russia north-korea").when("2025-01"),
            event("b").when("2024"),
            event("c").actors("russia"),
        ]);
        let shown = |keys: &[GroupKey]| -> Vec<String> {
            let groups = grouped(&claims, keys, &mut Work::new(4)).unwrap().into_iter();
            let value = |value: Option<Arc<str>>| value.map_or("–".to_owned(), |value| value.to_string());
            let group = groups.map(|(values, members)| {
                let values: Vec<String> = values.into_iter().map(value).collect();
                let ids: Vec<&str> = members.iter().map(|member| member.claim.id.as_str()).collect();
                format!("{}: {}", values.join(" "), ids.join(" "))
            });
            group.collect()
        };
        let actor = GroupKey::Term(Field::Actor);
        assert_eq!(shown(&[]), [": a b c"]);
        assert_eq!(shown(std::slice::from_ref(&actor)), ["north-korea: a", "russia: a c", "–: b"]);
        assert_eq!(
            shown(&[GroupKey::Part(SpanField::When, Part::Month), actor]),
            ["2025-01 north-korea: a", "2025-01 russia: a", "spanning –: b", "– russia: c"]
        );
        assert_eq!(shown(&[GroupKey::Number(SpanField::Revision)]), ["1: a", "2: b", "3: c"]);
        let actor = GroupKey::Term(Field::Actor);
        assert_eq!(grouped(&claims, std::slice::from_ref(&actor), &mut Work::new(3)).err(), Some(TooMuch));
        // What would be too much is not made before it is refused.
        assert_eq!(grouped(&claims, &vec![actor; 100], &mut Work::new(1_000)).err(), Some(TooMuch));
    }
}
