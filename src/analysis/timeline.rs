//! `timeline`: what followed what.

use super::figures::{Numbers, figure};
use super::member::{ClaimRef, Member};
use super::period::{Period, Sort};
use super::{Lineage, Subject};
use crate::model::vocabulary::{ClaimType, State};
use crate::model::{ClaimId, EntityId, Figure, SourceId, Time, Timestamp};
use crate::plan::Truth;
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

/// The events, or the figures, about one subject, whatever happened.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineRow {
    /// What they are about, less action and state.
    pub subject: Subject,
    /// The claims by their latest, then by their earliest moment, then as in the ledger.
    pub entries: Vec<TimelineEntry>,
}

/// One claim of a timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineEntry {
    /// The claim.
    pub claim: ClaimRef,
    /// The time that it is about, as it was written.
    pub when: Option<Time>,
    /// The earliest moment; [`Timestamp::MIN`] without one.
    pub start: Timestamp,
    /// The latest moment, exclusive; [`Timestamp::MAX`] without one.
    pub end: Timestamp,
    /// What happened.
    pub action: Option<EntityId>,
    /// What it left true.
    pub state: Option<State>,
    /// What a figure says.
    pub figure: Option<Figure>,
    /// How its state follows that of the nearest entry before it which has one; UNOBSERVED is none.
    pub link: Option<Link>,
    /// Of a running total: what it grew by since the one before it.
    pub change: Option<Change>,
}

/// How one state follows another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// How.
    pub kind: LinkKind,
    /// The claim of the state before.
    pub from: ClaimId,
    /// Of a succession: the earliest moment of the state before, and the latest, exclusive, of the
    /// one after. The state changed somewhere between.
    pub change_point: Option<(Timestamp, Timestamp)>,
}

/// How one state follows another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// The same state still, or again.
    Same,
    /// Another state, and later.
    Succession,
    /// Another state, surely at the same time.
    Conflict,
    /// Another state; which of them came first is not known.
    OrderUnknown,
}

/// What a running total grew by, in the unit of the later claim.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The total before: of the same origin, from the same beginning, to an earlier end.
    pub since: ClaimId,
    /// The least; −∞ if the total before has no upper end.
    pub low: f64,
    /// The most; ∞ if this total has no upper end.
    pub high: f64,
    /// The difference of the numbers that were said, if both were.
    pub best: Option<f64>,
}

/// One timeline for each subject less what happened, those first that have the newest claim.
pub fn timeline(members: &[&Member], lineage: &Lineage<'_>) -> Vec<TimelineRow> {
    let mut subjects: HashMap<Subject, Vec<Dated<'_>>> = HashMap::new();
    for &member in members {
        let subject = Subject::of(&member.claim, lineage);
        if matches!(subject.claim_type, ClaimType::Event | ClaimType::Figure) {
            let dated = Dated { member, period: Period::of(&member.claim) };
            subjects.entry(subject.whatever_happened()).or_default().push(dated);
        }
    }
    let mut timelines: Vec<_> = subjects.into_iter().collect();
    timelines
        .sort_by_cached_key(|(_, claims)| Reverse(claims.iter().map(|dated| dated.member.ordinal).max()));
    let row = |(subject, claims)| TimelineRow { subject, entries: entries(claims, lineage) };
    timelines.into_iter().map(row).collect()
}

/// A claim and when it holds.
#[derive(Clone, Copy)]
struct Dated<'m> {
    member: &'m Member,
    period: Period,
}

fn entries(mut claims: Vec<Dated<'_>>, lineage: &Lineage<'_>) -> Vec<TimelineEntry> {
    claims.sort_by_key(|Dated { member, period }| (period.end, period.start, member.ordinal));
    let mut before: Option<(Dated<'_>, State)> = None;
    let mut totals = RunningTotals { series: HashMap::new(), lineage };
    let mut entries = Vec::with_capacity(claims.len());
    for dated in claims {
        let Dated { member, period } = dated;
        let claim = &member.claim;
        let state = claim.state.filter(|&state| state != State::Unobserved);
        let link = before.zip(state).map(|((first, was), is)| link(first, dated, was == is));
        before = state.map(|state| (dated, state)).or(before);
        let figure = figure(member);
        entries.push(TimelineEntry {
            claim: member.into(),
            when: claim.when.clone(),
            start: period.start,
            end: period.end,
            action: claim.action.clone(),
            state: claim.state,
            figure: figure.cloned(),
            change: figure.and_then(|figure| totals.change(dated, figure)),
            link,
        });
    }
    entries
}

/// How the state of the second, which does not end before the first, follows that of the first.
fn link(first: Dated<'_>, second: Dated<'_>, is_same: bool) -> Link {
    let kind = if is_same {
        LinkKind::Same
    } else if first.period.end <= second.period.start {
        LinkKind::Succession
    } else if first.period.meets(&second.period) == Some(Truth::Sure) {
        LinkKind::Conflict
    } else {
        LinkKind::OrderUnknown
    };
    let change_point = (kind == LinkKind::Succession).then_some((first.period.start, second.period.end));
    Link { kind, from: first.member.claim.id.clone(), change_point }
}

/// A running total.
struct Total<'m> {
    end: Timestamp,
    claim: &'m ClaimId,
    figure: &'m Figure,
}

/// The running totals so far: what was counted from one beginning, by one origin, of one subject;
/// by their ends.
struct RunningTotals<'m, 'r> {
    series: HashMap<(Subject, BTreeSet<SourceId>, Timestamp), Vec<Total<'m>>>,
    lineage: &'m Lineage<'r>,
}

impl<'m> RunningTotals<'m, '_> {
    /// What the total grew by since the last with an earlier end, and remembers it. None of what is
    /// no total, has nobody who says it, or is the first.
    fn change(&mut self, dated: Dated<'m>, figure: &'m Figure) -> Option<Change> {
        let Dated { member: Member { claim, .. }, period } = dated;
        let roots = self.lineage.roots(claim.origin());
        if period.sort != Sort::Flow || claim.when.is_none() || roots.is_empty() {
            return None;
        }
        let series = self.series.entry((Subject::of(claim, self.lineage), roots, period.start)).or_default();
        let earlier = series.partition_point(|total| total.end < period.end);
        let change = earlier.checked_sub(1).map(|last| grown(&series[last], figure));
        series.push(Total { end: period.end, claim: &claim.id, figure });
        change
    }
}

/// From a total to a later one.
fn grown(before: &Total<'_>, later: &Figure) -> Change {
    let unit = later.unit.as_ref();
    let (first, second) = (Numbers::of(before.figure, unit), Numbers::of(later, unit));
    Change {
        since: before.claim.clone(),
        low: difference(second.interval.low(), first.interval.high()),
        high: difference(second.interval.high(), first.interval.low()),
        best: first.best.zip(second.best).map(|(first, second)| difference(second, first)),
    }
}

/// The difference, with no more decimals than the two have: 45.2 − 42 is not 3.2 in binary.
fn difference(number: f64, less: f64) -> f64 {
    let decimals = |number: f64| number.to_string().split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let decimals = decimals(number).max(decimals(less));
    let exact = number - less;
    format!("{exact:.decimals$}").parse().unwrap_or(exact)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Make, event, figure, members, norm, statement, world};
    use super::*;
    use crate::model::quantity::plain;
    use crate::model::vocabulary::{Basis, Modality};
    use State::{Absent, Present, Unobserved};
    use proptest::prelude::*;

    fn day(at: Timestamp) -> String {
        at.to_string().replace("T00:00:00Z", "")
    }

    /// Each entry of each timeline: `id: link from (change point) +change since`.
    fn lines(claims: impl IntoIterator<Item = Make>) -> Vec<Vec<String>> {
        let registry = world();
        let members = members(claims);
        let rows = timeline(&members.iter().collect::<Vec<_>>(), &Lineage::new(&registry));
        rows.iter().map(|row| row.entries.iter().map(line).collect()).collect()
    }

    fn line(entry: &TimelineEntry) -> String {
        let mut line = entry.claim.id.to_string();
        if let Some(Link { kind, from, change_point }) = &entry.link {
            line += &format!(": {kind:?} {from}");
            if let Some((from, to)) = change_point {
                line += &format!(" ({} {})", day(*from), day(*to));
            }
        }
        if let Some(Change { since, low, high, best }) = &entry.change {
            let best = best.map(|best| format!(" {}", plain(best))).unwrap_or_default();
            line += &format!(" +[{}, {}]{best} since {since}", plain(*low), plain(*high));
        }
        line
    }

    fn troops(id: &str, state: State, when: &str) -> Make {
        event(id).actors("nk").kind("troops").places("kursk-front").state(state).when(when)
    }

    fn losses(id: &str, notation: &str, when: &str) -> Make {
        figure(id, notation).actors("russia").kind("troops").basis(Basis::Flow).when(when)
    }

    #[test]
    fn states_follow_each_other_whatever_happened_and_unobserved_changes_nothing() {
        assert_eq!(
            lines([
                troops("pulled-back", Absent, "[2025-02-03..2025-02-06]").action("withdraw"),
                troops("back-on-front", Present, "2025-02-08").action("return"),
                troops("unseen", Unobserved, "2025-01-18~/2025-02-08~"),
                troops("unseen-in-january", Unobserved, "2025-01"),
                troops("withdrawn", Absent, "[2025-01-11..2025-01-20]").action("withdraw"),
                troops("brought-back", Present, "2025-02-07").action("return"),
            ]),
            [[
                "withdrawn",
                "unseen-in-january",
                "pulled-back: Same withdrawn",
                "brought-back: Succession pulled-back (2025-02-03 2025-02-08)",
                "back-on-front: Same brought-back",
                "unseen",
            ]]
        );
    }

    #[test]
    fn neighbours_of_different_state_are_in_order_in_conflict_or_neither() {
        let table = [
            // first, second, how the second follows
            ("2025-02-03", "2025-02-04", "Succession a (2025-02-03 2025-02-05)"),
            ("2025-01", "2025-02", "Succession a (2025-01-01 2025-03-01)"),
            ("2025-01-10/2025-01-20", "2025-02", "Succession a (2025-01-10 2025-03-01)"),
            ("../2025-01-20", "2025-01-21/..", "Succession a (.. ..)"),
            ("2025-02-03", "2025-02-03", "Conflict a"),
            ("2025-02-03", "2025-02-01/2025-02-05", "Conflict a"),
            ("2025-02-01/2025-02-05", "2025-02-05/2025-02-09", "Conflict a"),
            ("[2025-02-01..2025-02-03]", "2025-02", "OrderUnknown a"),
            ("2025-02", "2025-02", "OrderUnknown a"),
            ("2025-02-03", "2025-02-05~", "OrderUnknown a"),
            ("2025-02-01/2025-02-05~", "2025-02-06/2025-02-09", "OrderUnknown a"),
        ];
        for (first, second, link) in table {
            assert_eq!(
                lines([troops("a", Absent, first), troops("b", Present, second)]),
                [["a", format!("b: {link}").as_str()]],
                "{first} {second}"
            );
        }
    }

    #[test]
    fn claims_come_by_their_latest_then_their_earliest_moment_and_dateless_ones_last() {
        let plain = |id: &str| event(id).actors("nk");
        assert_eq!(
            lines([
                plain("dateless"),
                plain("open").when("2025-01/.."),
                plain("late-start").when("2025-03/2025-05"),
                plain("early-start").when("2024-03/2025-05"),
                plain("recorded-later").when("2025-03/2025-05"),
                plain("first").when("2025-04"),
            ]),
            [["first", "early-start", "late-start", "recorded-later", "dateless", "open"]]
        );
    }

    #[test]
    fn each_subject_has_its_timeline_and_the_one_with_the_newest_claim_is_first() {
        assert_eq!(
            lines([
                troops("front", Absent, "2025-01-01"),
                troops("workers", Present, "2025-01-02").kind("workers"),
                troops("kursk", Present, "2025-01-02").places("kursk"),
                norm("rule", Modality::Prohibition).actors("nk").kind("troops").places("kursk-front"),
                statement("opinion").actors("nk").kind("troops").places("kursk-front"),
                figure("counted", "3000").actors("nk").kind("troops").places("kursk-front"),
                troops("left", Absent, "2025-01-03").action("withdraw").by("nis"),
                event("attacked").actors("nk").kind("troops").places("kursk-front").action("assault"),
                troops("as-above", Present, "2025-01-01").places("kursk-front kursk"),
            ]),
            [
                vec!["as-above", "kursk: Same as-above"],
                vec!["front", "left: Same front", "attacked"],
                vec!["counted"],
                vec!["workers"],
            ]
        );
    }

    #[test]
    fn running_totals_of_one_origin_and_beginning_show_what_they_grew_by() {
        assert_eq!(
            lines([
                losses("first", "1000", "2022-02-24/2024-10-01"),
                losses("second", "~4000", "2022-02-24/2024-10-02"),
                losses("other-origin", "9000", "2022-02-24/2024-10-02").by("nis"),
                losses("same-root", "9100", "2022-02-24/2024-10-03").by("nis-official"),
                losses("other-start", "10", "2024-10-01/2024-10-03"),
                losses("open", ">=5000", "2022-02-24/2024-10-04"),
                losses("revised", ">=5100", "2022-02-24/2024-10-04"),
                losses("after-open", "6000", "2022-02-24/2024-10-05"),
                losses("one-of", "7000", "[2022-02-24..2024-10-06]"),
                losses("at-once", "7000", "2022-02-24/2024-10-07").basis(Basis::Stock),
                losses("killed", "7000", "2022-02-24/2024-10-08").action("kill"),
            ]),
            [
                vec![
                    "first",
                    "second +[2500, 3500] 3000 since first",
                    "other-origin",
                    "same-root +[100, 100] 100 since other-origin",
                    "other-start",
                    "open +[500, ∞] since second",
                    "revised +[600, ∞] since second",
                    "after-open +[−∞, 900] since revised",
                    "one-of",
                    "killed",
                ],
                vec!["at-once"],
            ]
        );
    }

    #[test]
    fn totals_that_nobody_says_or_without_a_time_grow_by_nothing() {
        assert_eq!(
            lines([
                losses("rumour", "1000", "2022-02-24/2024-10-01").by(""),
                losses("later-rumour", "2000", "2022-02-24/2024-10-02").by(""),
                losses("until", "10", "../2024-10-03"),
                figure("dateless", "20").actors("russia").kind("troops").basis(Basis::Flow),
                losses("until-later", "12.3", "../2024-10-04"),
                losses("tonnes", "2", "2023-01-01/2023-06-30").unit("t"),
                losses("kilograms", "2500", "2023-01-01/2023-12-31").unit("kg"),
            ]),
            [
                vec!["tonnes", "kilograms +[500, 500] 500 since tonnes"],
                vec![
                    "rumour",
                    "later-rumour",
                    "until",
                    "until-later +[2.3, 2.3] 2.3 since until",
                    "dateless"
                ],
            ]
        );
    }

    #[test]
    fn differences_are_short_decimals() {
        let table = [
            (45.2, 42.0, "3.2"),
            (0.3, 0.1, "0.2"),
            (1e15, 1.0, "999999999999999"),
            (5.0, 5.0, "0"),
            (4.0, 5.5, "-1.5"),
            (f64::INFINITY, 3.0, "∞"),
            (3.0, f64::INFINITY, "−∞"),
            (1.0 / 3.0, 0.0, "0.3333333333333333"),
        ];
        for (number, less, shown) in table {
            assert_eq!(plain(difference(number, less)), shown, "{number} - {less}");
        }
    }

    fn some_claims() -> impl Strategy<Value = Vec<Make>> {
        const WHENS: [&str; 6] =
            ["2025-02-03", "2025-02-04", "2025-02", "2025-02-01/2025-02-04", "2025-02-04~", "2025"];
        let claim = (prop::sample::select(&WHENS[..]), 0..4, 0..2_u8).prop_map(|(when, state, kind)| {
            let claim = event("x").actors("nk").kind(["troops", "workers"][usize::from(kind)]).when(when);
            match state {
                0 => claim.state(Present),
                1 => claim.state(Absent),
                2 => claim.state(Unobserved),
                _ => claim.action("assault"),
            }
        });
        prop::collection::vec(claim, 0..12).prop_map(|claims| {
            let named = |(index, claim): (usize, Make)| claim.with(|draft| draft.id = format!("c{index}"));
            claims.into_iter().enumerate().map(named).collect()
        })
    }

    proptest! {
        #[test]
        fn a_timeline_holds_every_claim_once_in_order_whatever_theirs(claims in some_claims(), turn in 0..12_usize) {
            let registry = world();
            let lineage = Lineage::new(&registry);
            let members = members(claims);
            let mut turned: Vec<&Member> = members.iter().collect();
            let rows = timeline(&turned, &lineage);
            let mut ids: Vec<_> = rows.iter().flat_map(|row| &row.entries).map(|entry| &entry.claim.id).collect();
            ids.sort();
            let mut all: Vec<_> = members.iter().map(|member| &member.claim.id).collect();
            all.sort();
            prop_assert_eq!(ids, all);
            for entries in rows.iter().map(|row| &row.entries) {
                prop_assert!(entries.is_sorted_by_key(|entry| (entry.end, entry.start)));
                let lasting: Vec<_> =
                    entries.iter().filter(|entry| matches!(entry.state, Some(Present | Absent))).collect();
                let linked = entries.iter().filter(|entry| entry.link.is_some()).count();
                prop_assert_eq!(linked, lasting.len().saturating_sub(1));
                for pair in lasting.windows(2) {
                    let link = pair[1].link.as_ref().expect("it is not the first");
                    prop_assert_eq!(&link.from, &pair[0].claim.id);
                    prop_assert_eq!(link.kind == LinkKind::Same, pair[0].state == pair[1].state);
                    let succeeds = pair[0].state != pair[1].state && pair[0].end <= pair[1].start;
                    prop_assert_eq!(link.kind == LinkKind::Succession, succeeds);
                    prop_assert_eq!(link.change_point, succeeds.then_some((pair[0].start, pair[1].end)));
                }
            }
            if !turned.is_empty() {
                let by = turn % turned.len();
                turned.rotate_left(by);
                turned.reverse();
            }
            prop_assert_eq!(timeline(&turned, &lineage), rows);
        }
    }
}
