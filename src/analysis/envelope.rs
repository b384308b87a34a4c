//! `envelope`: how far the figures about one subject reach.

use super::choice::{Lateness, Voice, by_subject, graded, last_of_each, newest_first};
use super::figures::{Numbers, common_unit, figure};
use super::{ClaimRef, Lineage, Member, Subject};
use crate::model::quantity::Interval;
use crate::model::{SourceId, Unit};
use std::collections::BTreeSet;

/// The range of the figures about one subject. All numbers are in `unit`.
#[derive(Clone, Debug, PartialEq)]
pub struct EnvelopeRow {
    /// What the figures are about.
    pub subject: Subject,
    /// The unit that most members have (of equally many, the least by its text); none of bare
    /// numbers.
    pub unit: Option<Unit>,
    /// The lowest low; −∞ if a member has none.
    pub low: f64,
    /// Whether every member that begins there leaves it out.
    pub low_exclusive: bool,
    /// The highest finite high; none if no member has a high.
    pub high: Option<f64>,
    /// Whether every member that ends there leaves it out.
    pub high_exclusive: bool,
    /// Whether a member has no upper end.
    pub is_open: bool,
    /// The lowest and the highest of the numbers that were said; none if none was.
    pub best: Option<(f64, f64)>,
    /// What all members allow, if anything.
    pub agreement: Option<Interval>,
    /// How many members match the query surely, and how many only possibly.
    pub claims: (usize, usize),
    /// How many sources are roots of members.
    pub origins: usize,
    /// The last claim of each set of root origins, and every claim without roots, in the order of
    /// the ledger.
    pub members: Vec<ClaimRef>,
}

/// The range of the figures about each subject, that with the newest member first. What is no
/// figure is passed over.
pub fn envelope(members: &[&Member], lineage: &Lineage<'_>) -> Vec<EnvelopeRow> {
    let figures = members.iter().copied().filter(|member| figure(member).is_some());
    let rows = by_subject(figures, lineage).into_iter().filter_map(|(subject, members)| {
        let chosen = last_of_each(members, |member| Voice::of(member, lineage), Lateness::of);
        let newest = chosen.last()?.ordinal;
        Some((newest, row(subject, &chosen, lineage)?))
    });
    newest_first(rows.collect())
}

/// The row of some members; none if there is none.
fn row(subject: Subject, members: &[&Member], lineage: &Lineage<'_>) -> Option<EnvelopeRow> {
    let figures: Vec<_> = members.iter().copied().filter_map(figure).collect();
    let unit = common_unit(&figures);
    let numbers: Vec<_> = figures.iter().map(|figure| Numbers::of(figure, unit.as_ref())).collect();
    let intervals = || numbers.iter().map(|numbers| numbers.interval);
    let best = || numbers.iter().filter_map(|numbers| numbers.best);

    let lowest = intervals().reduce(|lowest, next| if next.begins_before(lowest) { next } else { lowest })?;
    let bounded = intervals().filter(|interval| interval.high().is_finite());
    let highest = bounded.reduce(|highest, next| if next.ends_after(highest) { next } else { highest });
    let mut all = intervals().map(Some);
    let first = all.next().flatten();
    let roots: BTreeSet<SourceId> =
        members.iter().flat_map(|member| lineage.roots(member.claim.origin())).collect();
    Some(EnvelopeRow {
        subject,
        low: lowest.low(),
        low_exclusive: lowest.low_exclusive(),
        high: highest.map(Interval::high),
        high_exclusive: highest.is_some_and(Interval::high_exclusive),
        is_open: intervals().any(|interval| interval.high().is_infinite()),
        best: best().reduce(f64::min).zip(best().reduce(f64::max)),
        agreement: all.fold(first, |all, next| all?.intersection(next?)),
        claims: graded(members),
        origins: roots.len(),
        members: members.iter().copied().map(ClaimRef::from).collect(),
        unit,
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Make, event, figure, members, world};
    use super::*;
    use crate::model::Quantity;
    use crate::model::quantity::plain;
    use proptest::prelude::*;

    /// Each row as `members: unit low–high best agreement claims origins`.
    fn rows(claims: &[Make]) -> Vec<String> {
        shown(&members(claims.iter().cloned()))
    }

    fn shown(members: &[Member]) -> Vec<String> {
        let registry = world();
        let members: Vec<&Member> = members.iter().collect();
        envelope(&members, &Lineage::new(&registry)).iter().map(text).collect()
    }

    fn text(row: &EnvelopeRow) -> String {
        let members: Vec<&str> = row.members.iter().map(|member| member.id.as_str()).collect();
        let unit = row.unit.as_ref().map_or("", Unit::as_str);
        let low = format!("{}{}", if row.low_exclusive { ">" } else { "" }, plain(row.low));
        let below = if row.high_exclusive { "<" } else { "" };
        let high = row.high.map_or("none".into(), |high| format!("{below}{}", plain(high)));
        let open = if row.is_open { " open" } else { "" };
        let best = row.best.map_or("none".into(), |(low, high)| format!("{}..{}", plain(low), plain(high)));
        let agreement = row.agreement.map_or("none".into(), |agreement| agreement.to_string());
        let (claims, origins) = (row.claims, row.origins);
        format!(
            "{}: {unit} {low} to {high}{open}, best {best}, agreement {agreement}, {}+{} of {origins}",
            members.join(" "),
            claims.0,
            claims.1,
        )
    }

    #[test]
    fn ends_are_taken_over_all_members_and_the_agreement_from_what_all_allow() {
        let about = |notations: &[&str]| {
            let claim =
                |(at, notation): (usize, &&str)| figure(&format!("c{at}"), notation).by(&format!("s{at}"));
            let claims: Vec<Make> = notations.iter().enumerate().map(claim).collect();
            let [row] = rows(&claims).try_into().unwrap();
            row.split_once(":  ").unwrap().1.to_owned()
        };
        for (notations, expected) in [
            (&["4000"][..], "4000 to 4000, best 4000..4000, agreement [4000, 4000], 1+0 of 1"),
            (&["~4000", "4200"], "3500 to 4500, best 4000..4200, agreement [4200, 4200], 2+0 of 2"),
            (&["~4000", "~11000"], "3500 to 12100, best 4000..11000, agreement none, 2+0 of 2"),
            (&["~4000", ">3000"], ">3000 to 4500 open, best 4000..4000, agreement [3500, 4500], 2+0 of 2"),
            (&[">3000", ">=3000"], "3000 to none open, best none, agreement (3000, ∞), 2+0 of 2"),
            (&["<500", "<=500"], "0 to 500, best none, agreement [0, 500), 2+0 of 2"),
            (&["<500", "<400"], "0 to <500, best none, agreement [0, 400), 2+0 of 2"),
            (&["<=-5", "-3"], "−∞ to -3, best -3..-3, agreement none, 2+0 of 2"),
            (&["100..200", "150..300", "180..190"], "100 to 300, best none, agreement [180, 190], 3+0 of 3"),
            // Each two of them agree, and one disagreement is not undone by the next.
            (&["1", "3", "1..3"], "1 to 3, best 1..3, agreement none, 3+0 of 3"),
        ] {
            assert_eq!(about(notations), expected, "{notations:?}");
        }
    }

    #[test]
    fn each_set_of_root_origins_speaks_once_and_nobody_as_often_as_he_is_heard() {
        let claims = [
            figure("a", "1").by("nis"),
            figure("b", "2").by("nis-official"),
            figure("c", "4").by("nis-spokesman zelensky"),
            figure("d", "8").by("zelensky nis"),
            figure("e", "16").by("zelensky"),
            figure("f", "32").by(""),
            figure("g", "64").by("").possibly(),
            event("h").by("nis"),
        ];
        assert_eq!(
            rows(&claims),
            ["b d e f g:  2 to 64, best 2..64, agreement none, 4+1 of 2"],
            "the NIS, it with Ukrainian officials, these alone, and twice nobody"
        );
    }

    #[test]
    fn the_last_word_of_an_origin_counts() {
        for (first, second, last) in [
            // By the end of the time that it is about.
            (figure("a", "1").when("2025-02"), figure("b", "2").when("2025-01"), "a"),
            (figure("a", "1").when("2025-01/2025-02"), figure("b", "2").when("2025-02-27"), "a"),
            (figure("a", "1").when("2025-01-15~"), figure("b", "2").when("2025-01-16"), "a"),
            (figure("a", "1"), figure("b", "2").when("2025-01"), "a"),
            (figure("a", "1"), figure("b", "2").when("2025-01/..").said("2025-02-01"), "a"),
            (figure("a", "1").when("2025-02"), figure("b", "2").when("2025-01").said("2025-03-01"), "a"),
            // Then by when it was said.
            (figure("a", "1").said("2025-02-02"), figure("b", "2").said("2025-02-01"), "a"),
            (figure("a", "1").said("2025-02-02"), figure("b", "2").said("2025-02"), "b"),
            (figure("a", "1").said("2025-02-28"), figure("b", "2").said("2025-02"), "a"),
            (figure("a", "1").said("2025-02-02"), figure("b", "2"), "a"),
            // Then by the ledger.
            (figure("a", "1").said("2025-02-02"), figure("b", "2").said("2025-02-02"), "b"),
            (figure("a", "1"), figure("b", "2"), "b"),
        ] {
            let rows = rows(&[first.clone(), second.clone()]);
            assert_eq!(rows.len(), 1, "{rows:?}");
            assert_eq!(rows[0].split_once(':').unwrap().0, last, "{first:?}\n{second:?}");
        }
    }

    #[test]
    fn subjects_are_apart_and_the_newest_comes_first() {
        let claims = [
            figure("a", "1").kind("troops"),
            figure("b", "2").kind("workers"),
            figure("c", "3").kind("troops").by("nis"),
            figure("d", "4").kind("workers").places("kursk"),
            figure("e", "5").kind("workers").places("kursk").unit("person").by("nis"),
            figure("f", "6").kind("workers").by("nis"),
        ];
        assert_eq!(
            rows(&claims),
            [
                "b f:  2 to 6, best 2..6, agreement none, 2+0 of 2",
                "e: person 5 to 5, best 5..5, agreement [5, 5], 1+0 of 1",
                "d:  4 to 4, best 4..4, agreement [4, 4], 1+0 of 1",
                "a c:  1 to 3, best 1..3, agreement none, 2+0 of 2",
            ]
        );
    }

    #[test]
    fn numbers_are_in_the_unit_that_most_members_have() {
        let length = |id: &str, notation: &str, unit: &str| figure(id, notation).unit(unit).by(id);
        let most = [length("a", "1100..1200", "m"), length("b", "1.1", "km"), length("c", "1.2", "km")];
        assert_eq!(rows(&most), ["a b c: km 1.1 to 1.2, best 1.1..1.2, agreement none, 3+0 of 3"]);
        assert_eq!(rows(&most[..2]), ["a b: km 1.1 to 1.2, best 1.1..1.1, agreement [1.1, 1.1], 2+0 of 2"]);
        let currencies = [length("a", "1", "USD"), length("b", "1", "EUR")];
        assert_eq!(rows(&currencies).len(), 2, "what does not convert is not one subject");
    }

    /// Claims about one subject, by few origins.
    fn claims() -> impl Strategy<Value = Vec<Make>> {
        let notation =
            prop::sample::select(vec!["5", "~4000", ">=20", ">20", "<=500", "<500", "10..30", "<=-1"]);
        let by = prop::sample::select(vec!["nis", "nis-official", "zelensky", "nis zelensky", ""]);
        let when = prop::option::of(prop::sample::select(vec!["2025-01", "2025-01/2025-03", "2025-02/.."]));
        let said = prop::option::of(prop::sample::select(vec!["2025-02-01", "2025-02"]));
        prop::collection::vec((notation, by, when, said, any::<bool>()), 0..10).prop_map(|claims| {
            let claim = |(at, (notation, by, when, said, sure)): (
                usize,
                (&str, &str, Option<_>, Option<_>, bool),
            )| {
                let claim = figure(&format!("c{at}"), notation).by(by);
                let claim = if let Some(when) = when { claim.when(when) } else { claim };
                let claim = if let Some(said) = said { claim.said(said) } else { claim };
                if sure { claim } else { claim.possibly() }
            };
            claims.into_iter().enumerate().map(claim).collect()
        })
    }

    proptest! {
        #[test]
        fn an_envelope_is_what_its_members_come_to_one_by_one(claims in claims()) {
            let (registry, all) = (world(), members(claims));
            let lineage = Lineage::new(&registry);
            for row in envelope(&all.iter().collect::<Vec<_>>(), &lineage) {
                let quantity = |id: &ClaimRef| {
                    let member = all.iter().find(|member| member.claim.id == id.id).unwrap();
                    super::figure(member).unwrap().quantity
                };
                let quantities: Vec<Quantity> = row.members.iter().map(quantity).collect();
                prop_assert_eq!(row.claims.0 + row.claims.1, quantities.len());
                for number in -20..6000 {
                    let number = f64::from(number) / 2.0;
                    let in_all = quantities.iter().all(|quantity| quantity.interval().contains(number));
                    prop_assert_eq!(row.agreement.is_some_and(|agreed| agreed.contains(number)), in_all);
                }
                let lows = quantities.iter().map(Quantity::low);
                let highs = quantities.iter().map(Quantity::high).filter(|high| high.is_finite());
                let bests = || quantities.iter().filter_map(Quantity::best);
                prop_assert_eq!(row.low, lows.fold(f64::INFINITY, f64::min));
                prop_assert_eq!(row.high.unwrap_or(f64::NEG_INFINITY), highs.fold(f64::NEG_INFINITY, f64::max));
                prop_assert_eq!(row.is_open, quantities.iter().any(|quantity| quantity.high().is_infinite()));
                let low_is_in = quantities.iter().any(|q| q.low() == row.low && !q.low_exclusive());
                prop_assert_eq!(row.low_exclusive, !low_is_in);
                let high_is_in = quantities.iter().any(|q| Some(q.high()) == row.high && !q.high_exclusive());
                prop_assert_eq!(row.high_exclusive, row.high.is_some() && !high_is_in);
                prop_assert_eq!(row.best.map(|best| best.0), bests().reduce(f64::min));
                prop_assert_eq!(row.best.map(|best| best.1), bests().reduce(f64::max));
            }
        }

        #[test]
        fn the_order_in_which_members_are_given_changes_nothing(
            (all, shuffled) in claims().prop_map(members).prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        ) {
            prop_assert_eq!(shown(&all), shown(&shuffled));
        }

        #[test]
        fn an_envelope_of_its_members_is_itself(all in claims().prop_map(members)) {
            let (registry, refs) = (world(), all.iter().collect::<Vec<_>>());
            let lineage = Lineage::new(&registry);
            let rows = envelope(&refs, &lineage);
            let is_member = |member: &&Member| {
                rows.iter().flat_map(|row| &row.members).any(|kept| kept.id == member.claim.id)
            };
            let kept: Vec<&Member> = refs.into_iter().filter(is_member).collect();
            prop_assert_eq!(&envelope(&kept, &lineage), &rows);
        }
    }
}
