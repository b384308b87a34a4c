use super::super::fixture::{Make, event, figure, members, norm, statement, world};
use super::*;
use crate::model::vocabulary::{Basis, Modality};
use State::{Absent, Present, Unobserved};
use proptest::prelude::*;

/// Each row: `id: supporters, documents, relays, sure + possible origins`. The states of the
/// ledger are those of the claims.
fn rows(claims: &[Make]) -> Vec<String> {
    let members = members(claims.iter().cloned());
    shown(&members, &members)
}

fn shown(members: &[Member], ledger: &[Member]) -> Vec<String> {
    rows_of(members, ledger).iter().map(line).collect()
}

fn rows_of(members: &[Member], ledger: &[Member]) -> Vec<CorroborationRow> {
    let registry = world();
    let members: Vec<_> = members.iter().collect();
    let mut work = Work::new(10_000);
    let lineage = Lineage::new(&registry);
    corroboration(&members, &States::new(&states(ledger), &lineage), &lineage, &mut work).unwrap()
}

fn states(ledger: &[Member]) -> Vec<Member> {
    let leaves_one = |member: &&Member| {
        matches!(member.claim.content, Content::Event)
            && member.claim.state.is_some_and(|state| state != Unobserved)
    };
    ledger.iter().filter(leaves_one).cloned().collect()
}

fn line(row: &CorroborationRow) -> String {
    let supporters: Vec<_> = row.supporters.iter().map(|claim| claim.id.as_str()).collect();
    let CorroborationRow { claim, documents, relays, origins: (sure, possible), .. } = row;
    let ids = supporters.join(" ");
    format!("{}: {ids}, {documents} documents, {relays} relays, {sure} + {possible}", claim.id)
}

/// The origins of the first of the claims.
fn origins_of_first(claims: &[Make]) -> (u32, u32) {
    let members = members(claims.iter().cloned());
    rows_of(&members, &members).pop().unwrap().origins
}

fn troops(id: &str, state: State, when: &str) -> Make {
    event(id).actors("nk").kind("troops").places("kursk-front").state(state).when(when)
}

fn count(id: &str, notation: &str, when: &str, by: &str) -> Make {
    figure(id, notation).actors("nk").kind("workers").places("russia").when(when).by(by)
}

#[test]
fn a_state_is_said_by_all_between_whom_no_other_lies() {
    let joint = "ukraine-officials west-officials";
    let claims = [
        troops("unseen", Unobserved, "2025-01-18~/2025-02-08~").by("special-forces"),
        troops("pulled-back", Absent, "[2025-02-03..2025-02-06]").by(joint),
        troops("back-on-front", Present, "2025-02-08").by("zelensky"),
        troops("withdrawn", Absent, "[2025-01-11..2025-01-20]").by("nis"),
        troops("brought-back", Present, "2025-02-07").by("zelensky"),
    ];
    let claims = claims.map(|claim| claim.via("outlet").read_in("article"));
    assert_eq!(
        rows(&claims),
        [
            "brought-back: back-on-front brought-back, 1 documents, 1 relays, 1 + 0",
            "withdrawn: pulled-back withdrawn, 1 documents, 1 relays, 2 + 0",
            "back-on-front: back-on-front brought-back, 1 documents, 1 relays, 1 + 0",
            "pulled-back: pulled-back withdrawn, 1 documents, 1 relays, 2 + 0",
            "unseen: unseen, 1 documents, 1 relays, 1 + 0",
        ]
    );
}

#[test]
fn a_state_between_parts_surely_or_possibly_though_it_was_not_selected() {
    let absent = ("2025-02-03", "2025-02-20");
    let table = [
        // what was present meanwhile, the origins of the first, which another repeats later
        ("2025-02-02", (2, 0)),
        ("2025-02-03", (1, 1)),
        ("2025-02-04", (1, 0)),
        ("2025-02-20", (1, 1)),
        ("2025-02-21", (2, 0)),
        ("2025-02", (1, 1)),
        ("[2025-02-04..2025-02-19]", (1, 0)),
        ("[2025-02-04..2025-02-20]", (1, 1)),
        ("2025-02-01/2025-02-28", (1, 0)),
        ("2025-02-01/2025-02-03", (1, 1)),
        ("2025-02-04/2025-02-05", (1, 0)),
        ("2025-02-20/2025-02-28", (1, 1)),
        ("2025-02-21/2025-02-28", (2, 0)),
    ];
    for (when, expected) in table {
        let claims = [
            troops("one", Absent, absent.0),
            troops("other", Absent, absent.1).by("nis"),
            troops("meanwhile", Present, when),
        ];
        let ledger = members(claims);
        let rows = rows_of(&ledger[..2], &ledger);
        assert_eq!(rows[1].origins, expected, "{when}");
        assert_eq!(rows[0].origins, expected, "{when}");
    }
}

#[test]
fn nothing_lies_between_states_at_one_time_nor_between_what_lasts_and_a_moment_in_it() {
    let table = [
        // two times, what was present meanwhile, origins
        ("2025-02-03", "2025-02-03", "2025-02-03", (2, 0)),
        ("2025-02-03", "2025-02-01/2025-02-10", "2025-02-05", (2, 0)),
        ("2025-02-01/2025-02-05", "2025-02-05/2025-02-10", "2025-02-05", (2, 0)),
        ("2025-02", "2025-02", "2025-02-05", (1, 1)),
        ("2025-02-01/2025-02-05", "[2025-02-05..2025-02-10]", "2025-02-03", (2, 0)),
        ("2025-02-01/2025-02-05", "[2025-02-05..2025-02-10]", "2025-02-09", (1, 1)),
        ("2025-02-01/2025-02-05", "2025-02-10", "2025-02-07", (1, 0)),
        ("2025-02-01/2025-02-05", "2025-02-10", "2025-02-05", (2, 0)),
    ];
    for (one, other, meanwhile, expected) in table {
        for (first, second) in [(one, other), (other, one)] {
            let claims = [
                troops("one", Absent, first),
                troops("other", Absent, second).by("nis"),
                troops("meanwhile", Present, meanwhile),
            ];
            assert_eq!(origins_of_first(&claims), expected, "{first} {second} {meanwhile}");
        }
    }
}

#[test]
fn only_other_states_of_the_same_subject_and_observed_ones_part() {
    let parted = |meanwhile: Make| {
        let claims =
            [troops("one", Absent, "2025-02-03"), troops("other", Absent, "2025-02-20").by("nis"), meanwhile];
        origins_of_first(&claims)
    };
    let meanwhile = troops("meanwhile", Present, "2025-02-10");
    assert_eq!(parted(meanwhile.clone()), (1, 0));
    assert_eq!(parted(meanwhile.clone().action("return")), (1, 0));
    assert_eq!(parted(meanwhile.clone().places("kursk")), (2, 0));
    assert_eq!(parted(meanwhile.clone().kind("workers")), (2, 0));
    assert_eq!(parted(meanwhile.state(Unobserved)), (2, 0));
    assert_eq!(parted(troops("meanwhile", Absent, "2025-02-10").by("speaker")), (2, 0));
}

#[test]
fn figures_of_one_subject_agree_where_times_meet_and_intervals_overlap() {
    assert_eq!(
        rows(&[
            count("about", "~4000", "2025-02-01", "nis"),
            count("at-least", ">=4500", "2025-02-01", "press"),
            count("more", ">4500", "2025-02-01", "police"),
            count("some-day", "4000", "2025-02", "un"),
            count("next-day", "4000", "2025-02-02", "court"),
            count("flow", "4000", "2025-02-01", "navy").basis(Basis::Flow),
            count("elsewhere", "4000", "2025-02-01", "navy").places("kursk"),
        ]),
        [
            "elsewhere: elsewhere, 0 documents, 0 relays, 1 + 0",
            "flow: flow, 0 documents, 0 relays, 1 + 0",
            "next-day: some-day next-day, 0 documents, 0 relays, 1 + 1",
            "some-day: about some-day next-day, 0 documents, 0 relays, 1 + 2",
            "more: at-least more, 0 documents, 0 relays, 2 + 0",
            "at-least: about at-least more, 0 documents, 0 relays, 3 + 0",
            "about: about at-least some-day, 0 documents, 0 relays, 2 + 1",
        ]
    );
}

#[test]
fn figures_are_compared_in_one_unit_and_currencies_are_not() {
    let wide = |id, notation, unit| count(id, notation, "2025-02-01", id).unit(unit);
    assert_eq!(
        rows(&[
            wide("metres", "1500", "m"),
            wide("kilometres", "1.5", "km"),
            wide("more", ">1.5", "km"),
            wide("miles", "~1", "[mi_i]"),
            wide("dollars", "1500", "USD"),
            wide("euros", "1500", "EUR"),
            count("bare", "1500", "2025-02-01", "bare"),
        ]),
        [
            "bare: bare, 0 documents, 0 relays, 1 + 0",
            "euros: euros, 0 documents, 0 relays, 1 + 0",
            "dollars: dollars, 0 documents, 0 relays, 1 + 0",
            "miles: metres kilometres more miles, 0 documents, 0 relays, 4 + 0",
            "more: more miles, 0 documents, 0 relays, 2 + 0",
            "kilometres: metres kilometres miles, 0 documents, 0 relays, 3 + 0",
            "metres: metres kilometres miles, 0 documents, 0 relays, 3 + 0",
        ]
    );
}

#[test]
fn flows_agree_over_equal_times_alone() {
    let flow = |id, when, by| count(id, "4000", when, by).basis(Basis::Flow);
    assert_eq!(
        rows(&[
            flow("month", "2025-01", "nis"),
            flow("as-days", "2025-01-01/2025-01-31", "press"),
            flow("day", "2025-01-05", "un"),
            flow("once", "[2025-01-05..2025-01-07]", "court"),
            flow("or-once", "[2025-01-07..2025-02-07]", "police"),
        ]),
        [
            "or-once: month as-days once or-once, 0 documents, 0 relays, 1 + 3",
            "once: month as-days day once or-once, 0 documents, 0 relays, 3 + 2",
            "day: day once, 0 documents, 0 relays, 1 + 1",
            "as-days: month as-days once or-once, 0 documents, 0 relays, 3 + 1",
            "month: month as-days once or-once, 0 documents, 0 relays, 3 + 1",
        ]
    );
}

#[test]
fn norms_agree_unless_their_deadlines_lie_apart_and_statements_by_their_subject() {
    let ban = |id, by| norm(id, Modality::Obligation).actors("nk").kind("workers").by(by);
    let says = |id, by| statement(id).actors("russia").kind("workers").by(by);
    assert_eq!(
        rows(&[
            ban("end-of-year", "press").deadline("2019-12-31"),
            ban("before", "un").deadline("2019-12-22"),
            ban("that-year", "court").deadline("2019"),
            ban("some-time", "navy"),
            says("gaps", "wi"),
            says("shortage", "press"),
            says("shortage-there", "press").places("kursk"),
        ]),
        [
            "shortage-there: shortage-there, 0 documents, 0 relays, 1 + 0",
            "shortage: gaps shortage, 0 documents, 0 relays, 2 + 0",
            "gaps: gaps shortage, 0 documents, 0 relays, 2 + 0",
            "some-time: end-of-year before that-year some-time, 0 documents, 0 relays, 4 + 0",
            "that-year: end-of-year before that-year some-time, 0 documents, 0 relays, 4 + 0",
            "before: before that-year some-time, 0 documents, 0 relays, 3 + 0",
            "end-of-year: end-of-year that-year some-time, 0 documents, 0 relays, 3 + 0",
        ]
    );
}

#[test]
fn documents_and_relays_are_counted_once_each_and_the_first_step_is_no_relay() {
    let claims = [
        count("one", "4000", "2025", "nis").via("herald").via("outlet").read_in("d1"),
        count("two", "4000", "2025", "un").via("outlet").read_in("d1"),
        count("three", "4000", "2025", "outlet").read_in("d2"),
        count("four", "4000", "2025", "court"),
    ];
    let line = "one two three four, 2 documents, 2 relays, 1 + 3";
    assert_eq!(rows(&claims)[3], format!("one: {line}"));
    assert_eq!(rows(&claims)[0], format!("four: {line}"));
}

#[test]
fn an_origin_counts_once_however_it_speaks() {
    let day = |id, by| count(id, "4000", "2025-02-01", by);
    let derived = |id, by, from| day(id, by).relation(RelationKind::DerivedFrom, from);
    let table: &[(&str, &[Make], (u32, u32))] = &[
        ("one root", &[day("a", "nis"), day("b", "nis-official"), day("c", "nis-spokesman")], (1, 0)),
        ("two roots", &[day("a", "nis"), day("b", "un")], (2, 0)),
        ("jointly", &[day("a", "nis un")], (1, 0)),
        ("jointly, then each", &[day("a", "nis un"), day("b", "nis"), day("c", "un")], (2, 0)),
        ("jointly, and one", &[day("a", "nis un"), day("b", "nis-official")], (1, 0)),
        ("one briefing", &[day("a", "nis").occasion("x"), day("b", "un").occasion("x")], (1, 0)),
        ("two briefings", &[day("a", "nis").occasion("x"), day("b", "un").occasion("y")], (2, 0)),
        ("one's two briefings", &[day("a", "nis").occasion("x"), day("b", "nis").occasion("y")], (1, 0)),
        ("derived", &[day("a", "nis"), derived("b", "un", "a")], (1, 0)),
        ("derived twice over", &[day("a", "nis"), derived("b", "un", "a"), derived("c", "who", "b")], (1, 0)),
        ("derived from another", &[day("a", "nis"), derived("b", "un", "z")], (2, 0)),
        ("derived from one root", &[day("a", "nis"), day("b", "nis"), derived("c", "un", "b")], (2, 0)),
        ("anonymous", &[day("a", "nis"), day("b", "b").clarity(Clarity::Anonymous)], (1, 1)),
        ("own voice", &[day("a", "outlet").clarity(Clarity::OwnVoice), day("b", "un")], (1, 1)),
        ("nobody", &[day("a", ""), day("b", "")], (0, 2)),
        ("role", &[day("a", "a").clarity(Clarity::RoleOnly)], (1, 0)),
        ("the same, named", &[day("a", "nis").clarity(Clarity::Anonymous), day("b", "nis")], (1, 0)),
    ];
    for (name, claims, expected) in table {
        assert_eq!(origins_of_first(claims), *expected, "{name}");
    }
}

#[test]
fn sure_origins_are_taken_before_possible_ones() {
    // The joint claim speaks surely of the day; each of its speakers, of some day of the month.
    let claims = [
        count("day", "4000", "2025-02-01", "press"),
        count("nis", "4000", "2025-02", "nis"),
        count("un", "4000", "2025-02", "un"),
        count("joint", "4000", "2025-02-01", "nis un"),
    ];
    assert_eq!(origins_of_first(&claims), (2, 0));
}

#[test]
fn work_is_spent_on_pairs_that_may_agree_and_no_more() {
    let spends = |claims: &[Make], pairs: u64| {
        let registry = world();
        let members = members(claims.iter().cloned());
        let lineage = Lineage::new(&registry);
        let states = States::new(&states(&members), &lineage);
        let members: Vec<_> = members.iter().collect();
        let try_with = |pairs| {
            let mut work = Work::new(pairs);
            corroboration(&members, &states, &lineage, &mut work).map(|rows| rows.len())
        };
        assert_eq!(try_with(pairs), Ok(claims.len()));
        assert_eq!(pairs.checked_sub(1).map_or(Err(TooMuch), try_with), Err(TooMuch));
    };
    let each = |make: &dyn Fn(u32) -> Make| (1..=20).map(make).collect::<Vec<_>>();
    let id = |day| format!("c{day}");
    spends(&each(&|day| count(&id(day), "1", &format!("2025-01-{day:02}"), "nis")), 0);
    spends(&each(&|day| count(&id(day), "1", "2025-01-01", "nis")), 190 * 8);
    let until = |day| format!("2022-02-24/2025-01-{day:02}");
    spends(&each(&|day| count(&id(day), "1", &until(day), "nis").basis(Basis::Flow)), 0);
    // Every day another state: each is compared with the next alone.
    let state = |day| if day % 2 == 0 { Present } else { Absent };
    spends(&each(&|day| troops(&id(day), state(day), &format!("2025-01-{day:02}"))), 18);
}

/// Claims of a small world, such that often enough they agree.
fn some_claims() -> impl Strategy<Value = Vec<Make>> {
    const WHENS: [&str; 9] = [
        "2025-02-03",
        "2025-02-04",
        "2025-02-07",
        "2025-02",
        "[2025-02-03..2025-02-06]",
        "2025-02-04/2025-02-06",
        "2025-02-06~/2025-02-08",
        "2025-02-05~",
        "../2025-02-04",
    ];
    const VALUES: [&str; 5] = ["~4000", "4500", ">4500", "<=3500", "3500"];
    const SPEAKERS: [&str; 7] = ["nis", "nis-official", "un", "nis un", "zelensky", "press", ""];
    let claim = (
        prop::sample::select(&WHENS[..]),
        0..6_u8,
        prop::sample::select(&VALUES[..]),
        prop::sample::select(&SPEAKERS[..]),
        0..8_u8,
    );
    let claim = claim.prop_map(|(when, sort, value, by, more)| {
        let claim = match sort {
            0 | 1 => troops("x", Absent, when),
            2 => troops("x", Present, when),
            3 => troops("x", Unobserved, when),
            4 => count("x", value, when, "nis"),
            _ => count("x", value, when, "nis").basis(Basis::Flow),
        };
        let claim = claim.by(by);
        match more {
            0 => claim.occasion("briefing"),
            1 if !by.is_empty() => claim.clarity(Clarity::OwnVoice),
            2 => claim.relation(RelationKind::DerivedFrom, "c0"),
            3 => claim.read_in("d1").via("outlet"),
            _ => claim.read_in("d2"),
        }
    });
    prop::collection::vec(claim, 1..14).prop_map(|claims| {
        let named = |(index, claim): (usize, Make)| {
            claim.with(|draft| {
                draft.id = format!("c{index}");
                draft.relations.retain(|relation| relation.claim != draft.id);
            })
        };
        claims.into_iter().enumerate().map(named).collect()
    })
}

/// How surely one claim says what another says, by the definition: looking at all the others.
fn naive(one: &Member, other: &Member, ledger: &[Member], lineage: &Lineage<'_>) -> Option<Truth> {
    let subjects = [one, other].map(|member| Subject::of(&member.claim, lineage));
    if subjects[0] != subjects[1] {
        return None;
    }
    let periods = [one, other].map(|member| Period::of(&member.claim));
    let meets = periods[0].meets(&periods[1]);
    if one.ordinal == other.ordinal {
        return Some(Truth::Sure);
    }
    if subjects[0].claim_type != ClaimType::Event || subjects[0].state == Some(Unobserved) {
        let ends = |member: &Member| match &member.claim.content {
            Content::Figure(figure) => Some(figure.quantity.interval()),
            Content::Event | Content::Norm(_) | Content::Statement => None,
        };
        let Some((one, other)) = ends(one).zip(ends(other)) else { return meets };
        let holds_some = |number: f64| one.contains(number) && other.contains(number);
        return meets.filter(|_| (6000..=10_000).any(|half| holds_some(f64::from(half) / 2.0)));
    }
    if meets == Some(Truth::Sure) {
        return Some(Truth::Sure);
    }
    let lasts = |period: &Period| period.sort == Sort::Extent;
    let mut truth = Truth::Sure;
    for state in ledger {
        let subject = Subject::of(&state.claim, lineage);
        if matches!(subject.state, None | Some(Unobserved))
            || subject.state == subjects[0].state
            || subject.whatever_happened() != subjects[0].whatever_happened()
        {
            continue;
        }
        let between = Period::of(&state.claim);
        for (first, second) in [(periods[0], periods[1]), (periods[1], periods[0])] {
            let surely = if lasts(&between) {
                first.end.max(between.core.0) < second.start.min(between.core.1)
            } else {
                first.end <= between.start && between.end <= second.start
            };
            if surely {
                return None;
            }
            let from = if lasts(&first) { first.core.1 } else { first.start };
            let to = if lasts(&second) { second.core.0 } else { second.end };
            if from.max(between.start) < to.min(between.end) {
                truth = Truth::Possible;
            }
        }
    }
    Some(truth)
}

proptest! {
    #[test]
    fn rows_are_those_of_the_definition_in_whichever_order(claims in some_claims(), turn in 0..14_usize) {
        let registry = world();
        let lineage = Lineage::new(&registry);
        let members = members(claims);
        let voices: Vec<_> = members.iter().map(|member| Voice::of(member, &lineage)).collect();
        let expected: Vec<_> = voices.iter().rev().map(|one| {
            let supports = |other| naive(one.member, other, &members, &lineage);
            let found: Vec<_> = voices.iter()
                .filter_map(|other| supports(other.member).map(|truth| (other, truth))).collect();
            let ids: Vec<ClaimRef> = found.iter().map(|(voice, _)| voice.member.into()).collect();
            (ClaimRef::from(one.member), ids, origins(&found))
        }).collect();
        let rows = rows_of(&members, &members);
        let found: Vec<_> = rows.iter()
            .map(|row| (row.claim.clone(), row.supporters.clone(), row.origins)).collect();
        prop_assert_eq!(found, expected);

        let mut turned = members.clone();
        turned.rotate_left(turn % members.len());
        turned.reverse();
        prop_assert_eq!(rows_of(&turned, &turned), rows);
    }

    #[test]
    fn support_is_mutual(claims in some_claims()) {
        let members = members(claims);
        let rows = rows_of(&members, &members);
        for row in &rows {
            prop_assert!(row.supporters.contains(&row.claim));
            for supporter in &row.supporters {
                let back = rows.iter().find(|row| row.claim == *supporter).unwrap();
                prop_assert!(back.supporters.contains(&row.claim));
            }
        }
    }

    #[test]
    fn a_relay_or_a_reprint_adds_no_origin(
        claims in some_claims(), which in 0..14_usize, says_so in any::<bool>(), is_relay in any::<bool>(),
    ) {
        let mut more = claims.clone();
        let original = &claims[which % claims.len()];
        let claim = original.claim();
        let again = original.clone().with(|draft| draft.id = "again".into()).read_in("another");
        let again = if is_relay { again.via("wire").via("paper") } else { again };
        // What nobody said is known for a reprint by its relation alone.
        let says_so = says_so || claim.origin().sources.is_empty();
        let relation = RelationKind::DerivedFrom;
        more.push(if says_so { again.relation(relation, claim.id.as_str()) } else { again });
        let (members, with) = (members(claims), members(more));
        let before: Vec<_> =
            rows_of(&members, &members).into_iter().map(|row| (row.claim, row.origins)).collect();
        let after: Vec<_> = rows_of(&with, &with).into_iter().map(|row| (row.claim, row.origins)).collect();
        prop_assert_eq!(&after[1..], &before[..]);
    }
}
