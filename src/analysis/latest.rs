//! `latest`: the last word about one subject.

use super::choice::{Lateness, by_subject, graded, newest_first};
use super::figures::figure;
use super::{ClaimRef, Lineage, Member, Subject};
use crate::model::{Figure, Time};

/// The last word about one subject.
#[derive(Clone, Debug, PartialEq)]
pub struct LatestRow {
    /// What the claim is about.
    pub subject: Subject,
    /// The claim whose time ends last (one without a time before all), then said last, then later
    /// in the ledger.
    pub claim: ClaimRef,
    /// How many claims it was chosen from, itself included: those that match the query surely, and
    /// those that do only possibly.
    pub claims: (usize, usize),
    /// The time that it is about.
    pub when: Option<Time>,
    /// When it was said.
    pub said: Option<Time>,
    /// What it counts, if it is a figure.
    pub figure: Option<Figure>,
}

/// The last word about each subject, the newest in the ledger first.
pub fn latest(members: &[&Member], lineage: &Lineage<'_>) -> Vec<LatestRow> {
    let rows = by_subject(members.iter().copied(), lineage).into_iter().filter_map(|(subject, members)| {
        let last = members.iter().copied().max_by_key(|member| Lateness::of(member))?;
        let row = LatestRow {
            subject,
            claim: last.into(),
            claims: graded(&members),
            when: last.claim.when.clone(),
            said: last.claim.origin().said.clone(),
            figure: figure(last).cloned(),
        };
        Some((last.ordinal, row))
    });
    newest_first(rows.collect())
}

#[cfg(test)]
mod tests {
    use super::super::envelope::envelope;
    use super::super::fixture::{Make, event, figure, members, norm, statement, world};
    use super::*;
    use crate::model::vocabulary::{Modality, State};
    use proptest::prelude::*;

    /// Each row as `claim sure+possible when said value`.
    fn shown(members: &[&Member]) -> Vec<String> {
        let registry = world();
        let text = |row: LatestRow| {
            let time = |time: Option<&Time>| time.map_or("-", Time::text).to_owned();
            let value = row.figure.map_or("-".into(), |figure| figure.quantity.notation());
            let (sure, possible) = row.claims;
            format!(
                "{} {sure}+{possible} {} {} {value}",
                row.claim.id,
                time(row.when.as_ref()),
                time(row.said.as_ref())
            )
        };
        latest(members, &Lineage::new(&registry)).into_iter().map(text).collect()
    }

    fn rows(claims: impl IntoIterator<Item = Make>) -> Vec<String> {
        shown(&members(claims).iter().collect::<Vec<_>>())
    }

    #[test]
    fn one_claim_is_the_last_word_whoever_speaks() {
        let claims = [
            figure("a", "~4000").by("nis").when("2025-02").said("2025-02-09"),
            figure("b", "3000").by("zelensky").when("2025-01").said("2025-03-01"),
            figure("c", "~5000").by("").when("2025-02").said("2025-02-10").possibly(),
            figure("d", "1").by("nis").when("2025-02").possibly(),
        ];
        assert_eq!(rows(claims), ["c 2+2 2025-02 2025-02-10 ~5000"]);
    }

    #[test]
    fn every_type_of_claim_has_a_last_word_and_the_newest_comes_first() {
        let claims = [
            event("a").state(State::Present).places("kursk").when("2025-01"),
            event("b").state(State::Absent).places("kursk").when("2025-02"),
            event("c").state(State::Present).places("kursk").when("2024-12"),
            statement("d").kind("troops"),
            norm("e", Modality::Obligation).in_force("2017-12-22"),
            norm("f", Modality::Obligation).in_force("2016-03-02").said("2016-03-02"),
            norm("g", Modality::Prohibition).in_force("2016-03-02"),
        ];
        assert_eq!(
            rows(claims),
            [
                "g 1+0 - - -",
                // What is in force remains so: the one that was said last.
                "f 2+0 - 2016-03-02 -",
                "d 1+0 - - -",
                "b 1+0 2025-02 - -",
                "a 2+0 2025-01 - -",
            ]
        );
    }

    proptest! {
        #[test]
        fn the_last_word_is_one_of_the_envelope_and_knows_no_order(
            order in Just((0..8_usize).collect::<Vec<_>>()).prop_shuffle(),
            times in prop::collection::vec((0..3_usize, 0..3_usize, 0..3_usize), 8),
        ) {
            let claim = |(at, (when, said, by)): (usize, (usize, usize, usize))| {
                let claim = figure(&format!("c{at}"), "5").by(["nis", "zelensky", ""][by]);
                let claim = if when == 0 { claim } else { claim.when(["2025-01", "2025-02"][when - 1]) };
                if said == 0 { claim } else { claim.said(["2025-03-01", "2025-03-02"][said - 1]) }
            };
            let all = members(times.into_iter().enumerate().map(claim));
            let given: Vec<&Member> = order.iter().map(|at| &all[*at]).collect();
            let registry = world();
            let lineage = Lineage::new(&registry);
            let rows = latest(&given, &lineage);
            prop_assert_eq!(&latest(&all.iter().collect::<Vec<_>>(), &lineage), &rows);
            let [last] = rows.as_slice() else { panic!("{rows:?}") };
            let [range] = &envelope(&given, &lineage)[..] else { panic!("one subject") };
            prop_assert!(range.members.contains(&last.claim));
            prop_assert_eq!(last.claims, (8, 0));
        }
    }
}
