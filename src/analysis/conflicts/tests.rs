mod naive;
mod random;

use super::super::fixture::{Make, event, figure, members, norm, statement, world};
use super::super::{Lineage, Member, Period, Sort, Subject, TooMuch, Work, denies};
use super::{ConflictKind, ConflictRow, conflicts};
use crate::model::vocabulary::{Basis, Modality, SpeechAct, State};
use crate::model::{Content, Figure};
use crate::plan::Truth;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::BTreeSet;

fn rows(members: &[Member]) -> Vec<ConflictRow> {
    let registry = world();
    let members: Vec<&Member> = members.iter().collect();
    conflicts(&members, &Lineage::new(&registry), &mut Work::new(1_000_000)).unwrap()
}

/// Each conflict as `KIND revision? TRUTH first/second slot: first ≠ second; …`.
fn found(claims: impl IntoIterator<Item = Make>) -> Vec<String> {
    let shown = |row: ConflictRow| {
        let slots: Vec<String> =
            row.slots.iter().map(|slot| format!("{}: {} ≠ {}", slot.name, slot.first, slot.second)).collect();
        let revision = if row.is_revision { "revision " } else { "" };
        let (first, second) = (row.first.id, row.second.id);
        format!("{:?} {revision}{:?} {first}/{second} {}", row.kind, row.truth, slots.join("; "))
    };
    rows(&members(claims)).into_iter().map(shown).collect()
}

fn workers(id: &str, notation: &str) -> Make {
    figure(id, notation).unit("person").actors("nk").kind("workers").when("2024-05-01").by(id)
}

fn troops(id: &str, state: State) -> Make {
    event(id).actors("nk").kind("troops").places("kursk-front").state(state).when("2025-02-07").by(id)
}

fn homecoming(id: &str) -> Make {
    norm(id, Modality::Obligation).actors("nk").kind("workers").action("return").by(id)
}

#[test]
fn values_of_one_subject_conflict_where_they_have_no_number_in_common() {
    let table = [
        ("~4000", "4000", None),
        ("~4000", "~4600", None),
        ("~4000", "11000", Some(Truth::Sure)),
        ("3999", "4000", Some(Truth::Possible)),
        ("<4000", ">=4000", Some(Truth::Possible)),
        ("<=4000", ">=4000", None),
        (">=2000", "dozens", Some(Truth::Sure)),
        (">=2000", "1000000", None),
    ];
    for (one, other, truth) in table {
        for (first, second) in [(one, other), (other, one)] {
            let found = found([workers("a", first), workers("b", second)]);
            let expected = truth.map(|truth| format!("Value {truth:?} a/b value: {first} ≠ {second}"));
            assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{first} {second}");
        }
    }
}

#[test]
fn only_what_compares_and_meets_conflicts() {
    let base = || workers("a", "4000");
    let other = || workers("b", "9000");
    let sure = vec!["Value Sure a/b value: 4000 ≠ 9000".to_owned()];
    assert_eq!(found([base(), other()]), sure);
    let none: Vec<String> = Vec::new();
    for other in [
        other().unit("{tank}"),
        other().kind("troops"),
        other().actors("russia"),
        other().actors("nk russia"),
        other().incident("flood"),
        other().basis(Basis::Flow),
        other().basis(Basis::Ratio),
        other().per("mo").basis(Basis::Stock),
        other().when("2024-05-02"),
        other().act(SpeechAct::Denied),
    ] {
        assert_eq!(found([base(), other.clone()]), none, "{other:?}");
    }
    for (when, truth) in [
        ("2024", "Possible"),
        ("2024/2024", "Sure"),
        ("2024-05-01", "Sure"),
        ("2024-05-02~", "Possible"),
        ("[2024-05-01..2024-05-09]", "Possible"),
    ] {
        let expected = match when {
            "2024-05-01" => format!("Value {truth} a/b value: 4000 ≠ 9000"),
            _ => format!("Value {truth} a/b value: 4000 ≠ 9000; when: 2024-05-01 ≠ {when}"),
        };
        assert_eq!(found([base(), other().when(when)]), [expected]);
    }
    // What differs besides is named; what is no part of the subject makes no other subject.
    let all =
        other().agents("russia").targets("russian-army").with(|draft| draft.manner = vec!["visas".into()]);
    let expected = "Value Sure a/b value: 4000 ≠ 9000; agents:  ≠ russia; targets:  ≠ russian-army; \
                    manner:  ≠ visas";
    assert_eq!(found([base(), all]), [expected]);
}

#[test]
fn flows_meet_flows_of_the_same_time_and_parts_of_it() {
    let killed = |id: &str, notation: &str, when: &str| workers(id, notation).action("kill").when(when);
    let table: [(&str, &str, &str, &str, &[&str]); 6] = [
        ("9", "2024", "4", "2024", &["Value Sure a/b value: 9 ≠ 4"]),
        ("9", "2024-05", "4", "2024", &["PartExceedsWhole Sure a/b value: 9 ≠ 4; when: 2024-05 ≠ 2024"]),
        ("4", "2024", "9", "2024-05", &["PartExceedsWhole Sure b/a value: 9 ≠ 4; when: 2024-05 ≠ 2024"]),
        ("4", "2024-05", "9", "2024", &[]),
        ("9", "2024-05/2024-07", "4", "2024-06/2024-08", &[]),
        (
            "9",
            "[2024-05..2024-07]",
            "4",
            "2024-06",
            &["Value Possible a/b value: 9 ≠ 4; when: [2024-05..2024-07] ≠ 2024-06"],
        ),
    ];
    for (one, when_one, other, when_other, expected) in table {
        assert_eq!(
            found([killed("a", one, when_one), killed("b", other, when_other)]),
            expected,
            "{one} {when_one} {other} {when_other}"
        );
    }
}

#[test]
fn a_part_does_not_exceed_its_whole() {
    let whole = || workers("whole", "4000").kind("personnel").places("russia");
    let expected = |truth: &str, slots: &str| vec![format!("PartExceedsWhole {truth} part/whole {slots}")];
    let kursk = "value: 9000 ≠ 4000; kind: workers ≠ personnel; places: kursk ≠ russia";
    assert_eq!(found([whole(), workers("part", "9000").places("kursk")]), expected("Sure", kursk));
    let short = "value: 4100 ≠ 4000; kind: workers ≠ personnel; places: kursk-front ≠ russia";
    assert_eq!(found([workers("part", "4100").places("kursk-front"), whole()]), expected("Possible", short));
    let two = "value: 9000 ≠ 4000; places: kursk building-sites ≠ russia"
        .replace("kursk building-sites", "kursk, building-sites")
        .replace("; places", "; kind: workers ≠ personnel; places");
    assert_eq!(
        found([whole(), workers("part", "9000").places("kursk building-sites")]),
        expected("Sure", &two)
    );
    let none: Vec<String> = Vec::new();
    assert_eq!(found([whole(), workers("part", "4000").places("kursk")]), none);
    assert_eq!(found([whole(), workers("part", "9000").places("kursk boston")]), none);
    assert_eq!(found([whole(), workers("part", "9000")]), none, "everywhere is no part of Russia");
    assert_eq!(
        found([whole().basis(Basis::Ratio), workers("part", "9000").places("kursk").basis(Basis::Ratio)]),
        none
    );
    // What leaves the places open holds all of them.
    let open = whole().with(|draft| draft.places.clear());
    let everywhere = "value: 9000 ≠ 4000; kind: workers ≠ personnel; places: boston ≠ ";
    assert_eq!(found([open, workers("part", "9000").places("boston")]), expected("Sure", everywhere));
}

#[test]
fn one_asserts_what_the_other_denies() {
    let denied = |id: &str, notation: &str| workers(id, notation).act(SpeechAct::Denied);
    let table = [
        ("4000", ">=1000", "Sure a/b act: said ≠ denied; value: 4000 ≠ >=1000"),
        ("~4000", "4000", "Possible a/b act: said ≠ denied; value: ~4000 ≠ 4000"),
        ("4000", "4000", "Sure a/b act: said ≠ denied"),
        ("4000", "9000", ""),
        ("9000", "<9000", ""),
    ];
    for (one, other, expected) in table {
        let expected: Vec<String> = Some(expected)
            .filter(|text| !text.is_empty())
            .map(|text| format!("Denial {text}"))
            .into_iter()
            .collect();
        assert_eq!(found([workers("a", one), denied("b", other)]), expected, "{one} {other}");
    }
    assert!(found([denied("a", "4000"), denied("b", "9000")]).is_empty());
    let present = troops("a", State::Present);
    let denial = troops("b", State::Present).act(SpeechAct::Denied);
    assert_eq!(found([denial.clone(), present]), ["Denial Sure b/a act: denied ≠ said"]);
    assert!(found([denial, troops("c", State::Absent)]).is_empty());
    let said = statement("a").actors("nk").by("a");
    let denial = statement("b").actors("nk").by("b").act(SpeechAct::Denied);
    assert_eq!(found([said, denial.clone()]), ["Denial Possible a/b act: said ≠ denied"]);
    assert!(found([denial, statement("c").actors("russia").by("c")]).is_empty());
}

#[test]
fn deadlines_differ_by_their_ends() {
    let table = [
        ("2019-12-31", "2019-12-22", Some("Sure")),
        ("2019-12-31", "2020-01-01", Some("Possible")),
        ("2019-12", "2020-01", Some("Possible")),
        ("2019-02", "2019-03", Some("Possible")),
        ("2019-12", "2020-03", Some("Sure")),
        ("2019-12-31", "2019", None),
        ("2019-12-31", "2019/..", None),
    ];
    for (one, other, truth) in table {
        let expected: Vec<String> =
            truth.iter().map(|truth| format!("Deadline {truth} a/b deadline: {one} ≠ {other}")).collect();
        assert_eq!(found([homecoming("a").deadline(one), homecoming("b").deadline(other)]), expected);
    }
    assert!(found([homecoming("a").deadline("2019"), homecoming("b")]).is_empty());
    assert!(found([homecoming("a").instrument("unscr-2375"), homecoming("b").bearers("un")]).is_empty());
    let other = norm("b", Modality::Recommendation).actors("nk").kind("workers").action("return");
    assert!(found([homecoming("a").deadline("2019"), other.deadline("2017")]).is_empty());
    let misattributed = homecoming("a").deadline("2019-12-31").instrument("unscr-2375").bearers("workers");
    let primary = homecoming("b")
        .deadline("2019-12-22")
        .in_force("2017-12-22")
        .instrument("unscr-2397")
        .bearers("un-members")
        .act(SpeechAct::Decided);
    let expected = "Deadline Sure a/b deadline: 2019-12-31 ≠ 2019-12-22; \
                    instrument: unscr-2375 ≠ unscr-2397; bearers: workers ≠ un-members";
    assert_eq!(found([misattributed, primary]), [expected]);
}

#[test]
fn what_is_present_is_not_absent_there_or_in_more() {
    let present = || troops("p", State::Present).action("return");
    let absent = || troops("q", State::Absent).action("withdraw");
    assert_eq!(
        found([present(), absent()]),
        ["State Sure p/q state: present ≠ absent; action: return ≠ withdraw"]
    );
    assert_eq!(
        found([absent().places("russia").kind("personnel"), present()]),
        ["State Sure q/p state: absent ≠ present; kind: personnel ≠ troops; action: withdraw ≠ return; \
          places: russia ≠ kursk-front"]
    );
    let none: Vec<String> = Vec::new();
    assert_eq!(found([present().places("russia"), absent()]), none, "elsewhere in Russia, perhaps");
    assert_eq!(found([present(), absent().when("2025-02-06")]), none);
    assert_eq!(found([present(), troops("q", State::Unobserved)]), none);
    assert_eq!(
        found([present().when("2025-02"), absent()]),
        ["State Possible p/q state: present ≠ absent; action: return ≠ withdraw; when: 2025-02 ≠ 2025-02-07"]
    );
}

#[test]
fn one_origin_revises_itself_step_by_step() {
    let toll = |id: &str, notation: &str, said: &str| workers(id, notation).by("ministry").said(said);
    let first = || toll("a", "100", "2024-05-01");
    let second = || toll("b", "2000", "2024-05-02");
    let third = || toll("c", "30000", "2024-05-03");
    let steps = ["Value revision Sure b/c value: 2000 ≠ 30000", "Value revision Sure a/b value: 100 ≠ 2000"];
    assert_eq!(found([first(), second(), third()]), steps);
    // What agrees with one of them comes between all the same.
    let again = || toll("b", "100", "2024-05-02");
    assert_eq!(found([first(), again(), third()]), ["Value revision Sure b/c value: 100 ≠ 30000"]);
    // What is about another time, another subject, by another or a denial does not.
    let apart = "Value revision Sure a/c value: 100 ≠ 30000".to_owned();
    for between in [
        again().when("2023-05-01"),
        again().kind("troops"),
        again().by("nobody"),
        again().act(SpeechAct::Denied),
    ] {
        let found = found([first(), between, third()]);
        assert!(found.contains(&apart), "{found:?}");
    }
    // One root origin: whoever speaks for it.
    let official = workers("a", "100").by("nis-official").said("2024-05-01");
    let service = workers("b", "2000").by("nis").said("2024-05-02");
    assert_eq!(found([official, service]), ["Value revision Sure a/b value: 100 ≠ 2000"]);
    // On one day, with others, or by nobody who is named it is no revision.
    let plain = ["Value Sure a/b value: 100 ≠ 2000"];
    assert_eq!(found([first(), second().said("2024-05-01")]), plain);
    assert_eq!(found([first(), second().by("ministry nis")]), plain);
    assert_eq!(found([first().by(""), second().by("")]), plain);
    // Where it is not known when it was said, what it is about orders.
    let undated = |id: &str, notation: &str, when: &str| workers(id, notation).by("ministry").when(when);
    assert_eq!(found([undated("a", "100", "2024-05-01"), undated("b", "2000", "2024-05-01")]), plain);
    assert_eq!(
        found([
            undated("a", "100", "2024-05-01/.."),
            undated("b", "2000", "2024-05-02/.."),
            undated("c", "30000", "2024-05-03/.."),
        ]),
        [
            "Value revision Sure b/c value: 2000 ≠ 30000; when: 2024-05-02/.. ≠ 2024-05-03/..",
            "Value revision Sure a/b value: 100 ≠ 2000; when: 2024-05-01/.. ≠ 2024-05-02/..",
        ]
    );
}

#[test]
fn a_running_total_that_falls_is_one_revision() {
    let total = |(day, notation): (usize, &str)| {
        let when = format!("2024-01-01/2024-05-0{day}");
        let id = format!("d{day}");
        workers(&id, notation).action("kill").by("staff").said(&format!("2024-05-0{day}")).when(&when)
    };
    let rising = ["100", "200", "300", "400"].into_iter().enumerate().map(total);
    assert!(found(rising.skip(1)).is_empty());
    let falling = [(1, "100"), (2, "900"), (3, "300"), (4, "400")].map(total);
    assert_eq!(
        found(falling),
        ["PartExceedsWhole revision Sure d2/d3 value: 900 ≠ 300; \
          when: 2024-01-01/2024-05-02 ≠ 2024-01-01/2024-05-03"]
    );
}

#[test]
fn sure_conflicts_come_first_then_contradictions_then_the_newest() {
    let claims = [
        workers("a", "100").said("2024-05-02"),
        workers("b", "9000").said("2024-05-02"),
        workers("c", "8999").by("b").said("2024-05-03"),
        workers("d", "9000").possibly(),
    ];
    let registry = world();
    let members = members(claims);
    let members: Vec<&Member> = members.iter().collect();
    let rows = conflicts(&members, &Lineage::new(&registry), &mut Work::new(100)).unwrap();
    let shown: Vec<_> = rows
        .iter()
        .map(|row| {
            (row.truth, row.is_revision, row.first.id.as_str(), row.second.id.as_str(), row.second.truth)
        })
        .collect();
    assert_eq!(
        shown,
        [
            (Truth::Sure, false, "a", "d", Truth::Possible),
            (Truth::Sure, false, "a", "c", Truth::Sure),
            (Truth::Sure, false, "a", "b", Truth::Sure),
            (Truth::Possible, false, "c", "d", Truth::Possible),
            (Truth::Possible, true, "b", "c", Truth::Sure),
        ]
    );
}

/// What is left of so much work after all claims were looked at.
fn within(work: u64, claims: impl IntoIterator<Item = Make>) -> Result<usize, TooMuch> {
    let registry = world();
    let members = members(claims);
    let members: Vec<&Member> = members.iter().collect();
    Ok(conflicts(&members, &Lineage::new(&registry), &mut Work::new(work))?.len())
}

#[test]
fn claims_that_agree_are_not_compared_one_by_one() {
    const CLAIMS: u32 = 20_000;
    let registry = world();
    let stocks = members((0..CLAIMS).map(|n| workers(&format!("c{n}"), "4000")));
    let mut stocks: Vec<&Member> = stocks.iter().collect();
    let outlier = workers("x", "9000").member(u64::from(CLAIMS));
    let mut search = |work: u64| {
        let rows = conflicts(&stocks, &Lineage::new(&registry), &mut Work::new(work));
        stocks.push(&outlier);
        rows.map(|rows| rows.len())
    };
    assert_eq!(search(5 * u64::from(CLAIMS)), Ok(0));
    // One that differs from all of them costs as many pairs, and rows.
    assert_eq!(search(5 * u64::from(CLAIMS)), Err(TooMuch));
}

#[test]
fn a_row_costs_more_than_a_pair() {
    let claims = || (0..100).map(|n| workers(&format!("c{n}"), "4000")).chain([workers("x", "9000")]);
    assert_eq!(within(2_500, claims()), Ok(100));
    assert_eq!(within(1_500, claims()), Err(TooMuch));
}

#[test]
fn what_can_be_no_part_and_what_ended_before_is_not_compared() {
    const CLAIMS: u32 = 2_000;
    let budget = 20 * u64::from(CLAIMS);
    // Figures of as many kinds, all within one whole that none exceeds.
    let part = |n: u32| workers(&format!("c{n}"), "4000").kind(&format!("k{n}")).places("kursk");
    let whole = workers("whole", "9000").with(|draft| draft.kind = None).places("russia");
    assert_eq!(within(budget, (0..CLAIMS).map(part).chain([whole])), Ok(0));
    // Other values, each for a day of its own.
    let day = |n: u32| format!("{:04}-{:02}-{:02}", 1900 + n / 336, n / 28 % 12 + 1, n % 28 + 1);
    let daily = |n: u32| workers(&format!("c{n}"), &format!("{}", 10 * n)).when(&day(n));
    assert_eq!(within(budget, (0..CLAIMS).map(daily)), Ok(0));
    // Equal counts over one time.
    let flow = |n: u32| workers(&format!("c{n}"), "4000").action("kill");
    assert_eq!(within(budget, (0..CLAIMS).map(flow)), Ok(0));
    // A running total that grows.
    let total = |n: u32| daily(n).action("kill").when(&format!("1900-01-01/{}", day(n)));
    assert_eq!(within(budget, (0..CLAIMS).map(total)), Ok(0));
}

fn summary(rows: &[ConflictRow]) -> Vec<naive::Conflict> {
    let id = |claim: &super::super::ClaimRef| claim.id.to_string();
    rows.iter().map(|row| (row.kind, row.is_revision, row.truth, id(&row.first), id(&row.second))).collect()
}

/// Without an order within pairs, but for parts and wholes.
fn unordered(conflicts: impl IntoIterator<Item = naive::Conflict>) -> BTreeSet<naive::Conflict> {
    let sorted = |(kind, is_revision, truth, first, second): naive::Conflict| {
        let is_part = kind == ConflictKind::PartExceedsWhole;
        let (first, second) = if is_part || first < second { (first, second) } else { (second, first) };
        (kind, is_revision, truth, first, second)
    };
    conflicts.into_iter().map(sorted).collect()
}

#[test]
fn random_ledgers_hold_conflicts_of_every_sort() {
    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..600 {
        let claims = random::ledger().new_tree(&mut runner).unwrap().current();
        seen.extend(summary(&rows(&members(claims))).into_iter().map(|row| (row.0, row.1, row.2)));
    }
    let kinds = [
        ConflictKind::Value,
        ConflictKind::Denial,
        ConflictKind::Deadline,
        ConflictKind::State,
        ConflictKind::PartExceedsWhole,
    ];
    let each = kinds.iter().flat_map(|kind| [(*kind, false), (*kind, true)]);
    let each = each.flat_map(|(kind, new)| [(kind, new, Truth::Sure), (kind, new, Truth::Possible)]);
    assert_eq!(seen, each.collect());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn the_search_finds_what_the_definition_says_of_all_pairs(claims in random::ledger()) {
        let members = members(claims);
        let rows = rows(&members);
        let found: BTreeSet<_> = summary(&rows).into_iter().collect();
        prop_assert_eq!(found.len(), rows.len(), "no pair twice");
        prop_assert_eq!(found, naive::conflicts(&members));
    }
}

proptest! {
    #[test]
    fn the_order_of_the_ledger_changes_nothing_but_the_order_within_pairs(
        (claims, shuffled) in random::ledger().prop_flat_map(|claims| {
            (Just(claims.clone()), Just(claims).prop_shuffle())
        })
    ) {
        let found = summary(&rows(&members(claims)));
        prop_assert!(found.iter().all(|(_, _, _, first, second)| first != second));
        prop_assert_eq!(unordered(found), unordered(summary(&rows(&members(shuffled)))));
    }

    #[test]
    fn a_narrower_figure_still_conflicts(
        mut ends in prop::array::uniform4(0_u32..6_000),
        narrower in prop::array::uniform2(0.0..=1.0_f64),
        flip in any::<bool>(),
    ) {
        ends.sort_unstable();
        let [low, high, other_low, other_high] = ends.map(f64::from);
        let cut = |share: f64| (low + share * (high - low)).round();
        let (from, to) = (cut(narrower[0].min(narrower[1])), cut(narrower[0].max(narrower[1])));
        let pair = |low: f64, high: f64| {
            let mut pair = vec![
                workers("a", &format!("{low}..{high}")),
                workers("b", &format!("{other_low}..{other_high}")),
            ];
            if flip {
                pair.reverse();
            }
            rows(&members(pair)).first().map(|row| row.truth)
        };
        let (wide, narrow) = (pair(low, high), pair(from, to));
        prop_assert!(wide.is_none() || narrow.is_some());
        // Rounder numbers are taken to be rounded: whether it is surely so may change with them alone.
        let last_digit = |number: f64| (0..4).rev().find(|n| number % 10_f64.powi(*n) == 0.0);
        if wide == Some(Truth::Sure) && last_digit(to) <= last_digit(high) {
            prop_assert_eq!(narrow, Some(Truth::Sure));
        }
    }
}
