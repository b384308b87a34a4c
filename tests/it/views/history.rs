//! What holds of views over any ledger's history.

use super::ledger::{Ledger, relating, rescuers, short, toll, via};
use proptest::prelude::*;
use sayso::engine::Results;
use sayso::model::ClaimDraft;
use sayso::model::vocabulary::{RelationKind, SpeechAct, State};
use std::collections::BTreeSet;

const VIEWS: [&str; 12] = [
    "claim envelope",
    "claim latest",
    "claim total",
    "claim conflicts",
    "claim corroboration",
    "claim timeline",
    "claim breaches",
    "claim drift",
    "figure where value >= 12 conflicts by by",
    "figure where hops < 1 envelope",
    "event where state = present corroboration",
    "claim where id in ('c0', 'c2', 'c4', 'c6') drift",
];

/// One claim of a random ledger, which may relate to another that is written before it or with it.
#[derive(Clone, Debug)]
struct Made {
    what: usize,
    by: usize,
    relays: usize,
    day: usize,
    relation: Option<(usize, prop::sample::Index)>,
}

fn made() -> impl Strategy<Value = Made> {
    let relation = prop::option::weighted(0.4, (0..4_usize, any::<prop::sample::Index>()));
    (0..8_usize, 0..4_usize, 0..3_usize, 1..4_usize, relation)
        .prop_map(|(what, by, relays, day, relation)| Made { what, by, relays, day, relation })
}

impl Made {
    fn claim(&self, number: usize, count: usize) -> ClaimDraft {
        let id = format!("c{number}");
        let by = ["ministry", "ministry-office", "red-cross", "herald"][self.by];
        let claim = match self.what {
            what @ 0..4 => toll(&id, ["10", "~12", "25", ">=11"][what], by),
            what => {
                let state = [State::Present, State::Absent, State::Unobserved, State::Present][what - 4];
                rescuers(&id, state, &format!("2030-03-0{}", self.day), by)
            }
        };
        let mut claim = via(claim, ["", "wire", "wire herald"][self.relays]);
        // No two are said at one time: nothing is decided by the order of the ledger.
        claim.attribution[0].said = Some(format!("2030-04-{:02}", number + 1));
        if self.what == 7 {
            claim.attribution[0].act = Some(SpeechAct::Denied);
        }
        let kinds = [
            RelationKind::Repeats,
            RelationKind::DerivedFrom,
            RelationKind::Supersedes,
            RelationKind::Corrects,
        ];
        match &self.relation {
            Some((kind, to)) if to.index(count) != number => {
                relating(claim, kinds[*kind], &format!("c{}", to.index(count)))
            }
            _ => claim,
        }
    }
}

/// A ledger with all rows of all views, as of a revision or now.
fn answers(ledger: &Ledger, revision: Option<u64>) -> Vec<String> {
    let answer = |view: &&str| {
        let query =
            revision.map_or((*view).to_owned(), |revision| format!("{view} as of revision {revision}"));
        let answer = ledger.page(&query, 1_000).unwrap_or_else(|error| panic!("{query}: {error}"));
        let Results::View(page) = answer.results else { panic!("{query} asks for a view") };
        format!("{view}: {:#?}", page.rows)
    };
    VIEWS.iter().map(answer).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_recorded_later_changes_no_answer_about_before(made in prop::collection::vec(made(), 1..10)) {
        let ledger = Ledger::new();
        let mut known = Vec::new();
        let keep = |revision, known: &mut Vec<_>| known.push((revision, answers(&ledger, None)));
        for (number, one) in made.iter().enumerate() {
            let revision = ledger.record([one.claim(number, number.max(1))]);
            keep(revision, &mut known);
            if let Some(before) = number.checked_sub(1).filter(|_| number % 3 == 2) {
                let revision = ledger.record([one.claim(before, number)]);
                keep(revision, &mut known);
            }
            if number % 4 == 3 {
                ledger.retract(&format!("c{number}"));
            }
        }
        for (revision, answers_then) in known {
            prop_assert_eq!(answers(&ledger, Some(revision)), answers_then);
        }
    }

    #[test]
    fn the_order_within_a_batch_changes_no_set_of_rows(
        (made, order) in prop::collection::vec(made(), 1..9)
            .prop_flat_map(|made| { let order: Vec<usize> = (0..made.len()).collect(); (Just(made), Just(order).prop_shuffle()) }),
    ) {
        // The order of the ledger decides which of equally near reprints is read, and whether what was
        // derived is counted before its origin.
        let claims: Vec<ClaimDraft> = made
            .iter()
            .enumerate()
            .map(|(number, one)| {
                let relation = one.relation.filter(|(kind, _)| *kind > 1);
                Made { relation, ..one.clone() }.claim(number, made.len())
            })
            .collect();
        let sets = |claims: Vec<ClaimDraft>| -> Vec<BTreeSet<String>> {
            let ledger = Ledger::new();
            ledger.record(claims);
            let rows = |view: &&str| ledger.rows(view).into_iter().map(|row| unordered(&row)).collect();
            VIEWS.iter().map(rows).collect()
        };
        let shuffled = order.iter().map(|at| claims[*at].clone()).collect();
        prop_assert_eq!(sets(claims), sets(shuffled));
    }

    #[test]
    fn a_reprint_changes_no_origins(
        made in prop::collection::vec(made(), 1..8),
        of in any::<prop::sample::Index>(),
        relays in 0..3_usize,
    ) {
        let ledger = Ledger::new();
        let claims: Vec<ClaimDraft> =
            made.iter().enumerate().map(|(number, one)| one.claim(number, made.len())).collect();
        let original = claims[of.index(claims.len())].clone();
        // A reprint of what was replaced speaks for it.
        let replaces = |kind| matches!(kind, Some(RelationKind::Supersedes | RelationKind::Corrects));
        let mut relations = claims.iter().flat_map(|claim| &claim.relations);
        prop_assume!(!relations.any(|relation| replaces(relation.kind) && relation.claim == original.id));
        ledger.record(claims);
        let origins = || {
            let answer = ledger.page("claim corroboration", 1_000).expect("few claims");
            let Results::View(page) = answer.results else { panic!("a view") };
            let rows = short(&page.rows).into_iter();
            let mut origins: Vec<String> = rows.map(|row| row.split([':', 'b']).nth(1).unwrap_or_default().to_owned()).collect();
            origins.sort_unstable();
            origins
        };
        let before = origins();
        let reprint = ClaimDraft { id: "reprint".to_owned(), ..via(original.clone(), ["", "wire", "herald wire"][relays]) };
        ledger.record([relating(reprint, RelationKind::Repeats, &original.id)]);
        prop_assert_eq!(origins(), before);
    }
}

/// A row without the order of what stands beside each other in it, and without what follows from the
/// order of moments that are equal: the links of a timeline.
fn unordered(row: &str) -> String {
    let words = row.split([' ', ',', ':']);
    let mut words: Vec<&str> = words.filter(|word| !word.starts_with('(') && !word.ends_with(')')).collect();
    words.sort_unstable();
    words.join(" ")
}
