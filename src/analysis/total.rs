//! `total`: what one origin's flows add up to.

use super::choice::{LastSaid, Voice, last_of_each, newest_first, sorted_by};
use super::figures::{Numbers, common_unit, figure};
use super::{ClaimRef, Lineage, Member, Period, Subject};
use crate::model::quantity::Interval;
use crate::model::vocabulary::Basis;
use crate::model::{ClaimId, EntityId, SourceId, Timestamp, Unit};
use std::collections::BTreeSet;

/// What one origin's flows add up to, over all incidents and places.
#[derive(Clone, Debug, PartialEq)]
pub struct TotalRow {
    /// What the flows are about, less where and in which incident.
    pub subject: Subject,
    /// The root origins; none of a claim without roots, which is a row of its own.
    pub origins: BTreeSet<SourceId>,
    /// The unit that most members have (of equally many, the least by its text); none of bare
    /// numbers.
    pub unit: Option<Unit>,
    /// The sum of the members, in `unit`; none if it is refused. May be unbounded at both ends.
    pub sum: Option<Interval>,
    /// How many incidents it is over.
    pub incidents: u32,
    /// Of each incident the claim that was said last (then later in the ledger), and every flow
    /// without an incident, in the order of the ledger.
    pub members: Vec<ClaimRef>,
    /// Why there is no sum: two members that may count the same, since one of them has no incident
    /// and their times overlap. The one that begins earlier stands first.
    pub refused: Option<(ClaimId, ClaimId)>,
}

/// What the flows of each origin add up to, that with the newest member first. What is no flow is
/// passed over.
pub fn total(members: &[&Member], lineage: &Lineage<'_>) -> Vec<TotalRow> {
    let flows = members.iter().copied().filter(|member| is_flow(member));
    let subject = |member: &Member| Subject::of(&member.claim, lineage).wherever();
    let sorted = sorted_by(flows, |member| (subject(member), Voice::of(member, lineage)));
    let rows = sorted.into_iter().filter_map(|((subject, voice), members)| {
        let chosen = last_of_each(members, Counted::of, LastSaid::of);
        Some((chosen.last()?.ordinal, row(subject, voice, &chosen)))
    });
    newest_first(rows.collect())
}

fn is_flow(member: &Member) -> bool {
    figure(member).is_some_and(|figure| figure.basis == Basis::Flow)
}

/// What a flow counts: claims of one incident count the same.
#[derive(PartialEq, Eq, Hash)]
enum Counted<'m> {
    Incident(&'m EntityId),
    Itself { ordinal: u64 },
}

impl<'m> Counted<'m> {
    fn of(member: &'m Member) -> Self {
        let itself = Self::Itself { ordinal: member.ordinal };
        member.claim.incident.as_ref().map_or(itself, Self::Incident)
    }
}

fn row(subject: Subject, voice: Voice, members: &[&Member]) -> TotalRow {
    let figures: Vec<_> = members.iter().copied().filter_map(figure).collect();
    let unit = common_unit(&figures);
    let intervals = figures.iter().map(|figure| Numbers::of(figure, unit.as_ref()).interval);
    let refused = first_overlap(members);
    let incidents = members.iter().filter(|member| member.claim.incident.is_some()).count();
    TotalRow {
        subject,
        origins: voice.roots(),
        sum: if refused.is_none() { intervals.reduce(Interval::plus) } else { None },
        incidents: u32::try_from(incidents).unwrap_or(u32::MAX),
        members: members.iter().copied().map(ClaimRef::from).collect(),
        refused,
        unit,
    }
}

/// The first two flows in time that overlap and are not both of an incident.
fn first_overlap(members: &[&Member]) -> Option<(ClaimId, ClaimId)> {
    let mut flows: Vec<_> =
        members.iter().copied().map(|member| (Period::of(&member.claim), member)).collect();
    flows.sort_by_key(|(period, member)| (period.start, member.ordinal));
    // The flows that reach furthest so far. What begins before one of them ends overlaps it.
    let mut furthest: Option<(Timestamp, &Member)> = None;
    let mut furthest_loose: Option<(Timestamp, &Member)> = None;
    for (period, member) in flows {
        let is_loose = member.claim.incident.is_none();
        let before = if is_loose { furthest } else { furthest_loose };
        if let Some((_, before)) = before.filter(|(end, _)| period.start < *end) {
            return Some((before.claim.id.clone(), member.claim.id.clone()));
        }
        let reach = |so_far: &mut Option<_>| {
            if so_far.is_none_or(|(end, _)| end < period.end) {
                *so_far = Some((period.end, member));
            }
        };
        reach(&mut furthest);
        if is_loose {
            reach(&mut furthest_loose);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::figures;
    use super::super::fixture::{Make, event, figure, members, world};
    use super::*;
    use proptest::prelude::*;

    /// Each row as `members: origins: sum over incidents`.
    fn shown(members: &[&Member]) -> Vec<String> {
        let registry = world();
        let text = |row: TotalRow| {
            let ids = |ids: Vec<&str>| ids.join(" ");
            let sum = row.sum.map_or("none".into(), |sum| sum.to_string());
            let refused =
                row.refused.map_or(String::new(), |(one, other)| format!(", {one} overlaps {other}"));
            format!(
                "{}: {}: {sum} over {}{refused}",
                ids(row.members.iter().map(|member| member.id.as_str()).collect()),
                ids(row.origins.iter().map(SourceId::as_str).collect()),
                row.incidents,
            )
        };
        total(members, &Lineage::new(&registry)).into_iter().map(text).collect()
    }

    fn rows(claims: impl IntoIterator<Item = Make>) -> Vec<String> {
        shown(&members(claims).iter().collect::<Vec<_>>())
    }

    fn killed(id: &str, notation: &str) -> Make {
        figure(id, notation).action("kill")
    }

    #[test]
    fn flows_are_added_over_incidents_and_places() {
        let claims = [
            killed("a", "~4000").incident("first").places("kursk").when("2025-01-01"),
            killed("b", ">=5").incident("second").places("russia").when("2025-01-01"),
            // It lies beside what was counted in the incidents.
            killed("c", "3").when("2025-01-02"),
            killed("d", "<8").incident("third"),
            figure("e", "1000").incident("first").basis(Basis::Stock),
            event("f").action("kill").incident("first"),
        ];
        assert_eq!(rows(claims[..3].iter().cloned()), ["a b c: speaker: [3508, ∞) over 2"]);
        let without_c = claims.iter().enumerate().filter(|(at, _)| *at != 2).map(|(_, claim)| claim.clone());
        assert_eq!(rows(without_c), ["a b d: speaker: [3505, ∞) over 3"]);
        assert_eq!(
            rows([claims[0].clone(), claims[3].clone()]),
            ["a d: speaker: [3500, 4508) over 2"],
            "[3500, 4500] and [0, 8)"
        );
    }

    #[test]
    fn of_an_incident_the_figure_said_last_counts() {
        let claims = [
            killed("a", "10").incident("first").said("2025-01-03").when("2025-01-01"),
            killed("b", "12").incident("first").said("2025-01-02").when("2025-01-05"),
            killed("c", "14").incident("first"),
            killed("d", "1").incident("second"),
            killed("e", "2").incident("second"),
        ];
        assert_eq!(rows(claims), ["a e: speaker: [12, 12] over 2"]);
    }

    #[test]
    fn the_sum_is_in_the_unit_that_most_members_have() {
        let dug = |id: &str, notation: &str, unit: &str, incident: &str| {
            figure(id, notation).action("dig").unit(unit).incident(incident)
        };
        let lengths =
            [dug("a", "0.1", "km", "first"), dug("b", "200", "m", "second"), dug("c", "5", "m", "third")];
        assert_eq!(rows(lengths), ["a b c: speaker: [305, 305] over 3"]);
    }

    #[test]
    fn origins_are_not_added_up_and_nobody_is_no_origin() {
        let claims = [
            killed("a", "1").incident("first").by("nis"),
            killed("b", "2").incident("second").by("nis-official"),
            killed("c", "4").incident("second").by("zelensky"),
            killed("d", "8").incident("first").by("zelensky nis"),
            killed("e", "16").incident("first").by(""),
            killed("f", "32").incident("first").by(""),
            figure("g", "64").action("wound").incident("first").by("nis"),
            killed("h", "128").kind("troops").incident("first").by("nis"),
        ];
        assert_eq!(
            rows(claims),
            [
                "h: nis: [128, 128] over 1",
                "g: nis: [64, 64] over 1",
                "f: : [32, 32] over 1",
                "e: : [16, 16] over 1",
                "d: nis ukraine-officials: [8, 8] over 1",
                "c: ukraine-officials: [4, 4] over 1",
                "a b: nis: [3, 3] over 2",
            ]
        );
    }

    #[test]
    fn what_may_count_the_same_is_not_added() {
        let january = || killed("a", "10").when("2025-01");
        for (other, expected) in [
            (killed("b", "5").when("2025-02"), "a b: speaker: [15, 15] over 0"),
            (killed("b", "5").when("2025-01-31"), "a b: speaker: none over 0, a overlaps b"),
            (killed("b", "5").when("2024-12/2025-01"), "a b: speaker: none over 0, b overlaps a"),
            (killed("b", "5").when("2025-02-02~"), "a b: speaker: none over 0, a overlaps b"),
            (killed("b", "5"), "a b: speaker: none over 0, b overlaps a"),
            (killed("b", "5").when("2025-01").incident("first"), "a b: speaker: none over 1, a overlaps b"),
            (killed("b", "5").when("2025-02").incident("first"), "a b: speaker: [15, 15] over 1"),
            (killed("b", "5").incident("first"), "a b: speaker: none over 1, b overlaps a"),
        ] {
            assert_eq!(rows([january(), other.clone()]), [expected], "{other:?}");
        }
        // A figure that another of its incident replaced overlaps nothing.
        let replaced = [
            january(),
            killed("b", "5").when("2025-01").incident("first"),
            killed("c", "6").when("2025-02").incident("first"),
        ];
        assert_eq!(rows(replaced), ["a c: speaker: [16, 16] over 1"]);
        // A long one hides behind a short one that begins later.
        let behind = [
            killed("a", "1").when("2025-01/2025-06"),
            killed("b", "1").when("2025-07-01"),
            killed("c", "1").when("2025-03").incident("first"),
        ];
        assert_eq!(rows(behind), ["a b c: speaker: none over 1, a overlaps c"]);
    }

    /// Deaths of one origin.
    fn flows() -> impl Strategy<Value = Vec<Make>> {
        let when = prop::option::of((1..8_u8, 0..3_u8));
        let incident = prop::option::of(prop::sample::select(vec!["first", "second"]));
        prop::collection::vec((when, incident, 1..50_u8), 0..6).prop_map(|flows| {
            let flow = |(at, (when, incident, killed_there)): (usize, (Option<_>, Option<_>, u8))| {
                let flow = killed(&format!("c{at}"), &killed_there.to_string());
                let flow = match when {
                    Some((first, more)) => {
                        flow.when(&format!("2025-01-{first:02}/2025-01-{:02}", first + more))
                    }
                    None => flow,
                };
                if let Some(incident) = incident { flow.incident(incident) } else { flow }
            };
            flows.into_iter().enumerate().map(flow).collect()
        })
    }

    proptest! {
        #[test]
        fn a_sum_is_refused_if_two_flows_overlap_and_else_it_is_all_of_them(flows in flows()) {
            let (registry, all) = (world(), members(flows));
            let rows = total(&all.iter().collect::<Vec<_>>(), &Lineage::new(&registry));
            prop_assert_eq!(rows.is_empty(), all.is_empty());
            for row in rows {
                let is_in_row = |member: &&Member| row.members.iter().any(|kept| kept.id == member.claim.id);
                let counted: Vec<&Member> = all.iter().filter(is_in_row).collect();
                let overlap = |one: &Member, other: &Member| {
                    one.ordinal != other.ordinal
                        && (one.claim.incident.is_none() || other.claim.incident.is_none())
                        && Period::of(&one.claim).overlaps(&Period::of(&other.claim))
                };
                let some_overlap = counted.iter().any(|one| counted.iter().any(|other| overlap(one, other)));
                prop_assert_eq!(row.refused.is_some(), some_overlap);
                prop_assert_eq!(row.sum.is_none(), some_overlap);
                if let Some(pair) = &row.refused {
                    let member = |id: &ClaimId| all.iter().find(|member| member.claim.id == *id).unwrap();
                    prop_assert!(overlap(member(&pair.0), member(&pair.1)));
                }
                if let Some(sum) = row.sum {
                    let exact = |member: &&Member| figures::figure(member).unwrap().quantity.low();
                    prop_assert_eq!(sum.low(), counted.iter().map(exact).sum::<f64>());
                }
            }
        }

        #[test]
        fn the_order_in_which_members_are_given_changes_nothing(
            (all, shuffled) in flows().prop_map(members).prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        ) {
            prop_assert_eq!(shown(&all.iter().collect::<Vec<_>>()), shown(&shuffled.iter().collect::<Vec<_>>()));
        }
    }
}
