//! `breaches`: claims that, if they hold, break a norm.

use super::columns::Columns;
use super::lineage::Lineage;
use super::member::{ClaimRef, Member};
use super::period::Period;
use super::slot::Slot;
use super::subject::Subject;
use super::work::{TooMuch, Work};
use crate::model::time::Precision;
use crate::model::vocabulary::{Modality, State};
use crate::model::{Claim, ClaimId, Content, EntityId, Nature, Norm, Time};
use crate::plan::Truth;
use std::collections::{BTreeSet, HashMap};

/// If the claim holds, it breaks the norm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreachRow {
    /// The claim.
    pub claim: ClaimRef,
    /// The claim that states the norm.
    pub norm: ClaimId,
    /// Whether it would break it surely.
    pub truth: Truth,
    /// What matched: the claim's, and the norm's.
    pub matched: Vec<Slot>,
    /// The norm's bearers that the claim's actors, agents or targets are, or descend from.
    pub bearers: Vec<EntityId>,
    /// The norm's exceptions, in words.
    pub unless: Option<String>,
}

/// The breaches of these norms by the members, the newest claims first, then the newest norms.
///
/// # Errors
/// More claims and norms would have to be compared, or more rows kept, than the work allows.
pub fn breaches(
    members: &[&Member],
    rules: &Rules<'_>,
    lineage: &Lineage<'_>,
    work: &mut Work,
) -> Result<Vec<BreachRow>, TooMuch> {
    let mut rows = Vec::new();
    for member in members.iter().rev() {
        let candidates = rules.broken_by(&member.claim, lineage);
        let subject = Subject::of(&member.claim, lineage);
        for index in candidates.into_iter().rev() {
            work.spend(subject.width())?;
            if let Some(row) = rules.rules[index].breach(member, &subject, lineage) {
                work.keep(row.weight())?;
                rows.push(row);
            }
        }
    }
    Ok(rows)
}

/// A norm that can be broken.
struct Rule<'m> {
    member: &'m Member,
    norm: &'m Norm,
    subject: Subject,
}

/// Norms, by what breaks them; in the order of the ledger.
pub struct Rules<'m> {
    rules: Vec<Rule<'m>>,
    by_action: HashMap<&'m EntityId, Vec<usize>>,
    by_state: HashMap<State, Vec<usize>>,
}

impl<'m> Rules<'m> {
    /// The prohibitions and obligations among these norms, which are in the order of the ledger.
    pub fn new(norms: &'m [Member], lineage: &Lineage<'_>) -> Self {
        let mut found = Self { rules: Vec::new(), by_action: HashMap::new(), by_state: HashMap::new() };
        for member in norms {
            let Content::Norm(norm) = &member.claim.content else { continue };
            match norm.modality {
                Modality::Prohibition | Modality::Obligation => {}
                Modality::Permission | Modality::Recommendation => continue,
            }
            let index = found.rules.len();
            for action in &norm.breached_by.actions {
                found.by_action.entry(action).or_default().push(index);
            }
            for state in &norm.breached_by.states {
                found.by_state.entry(*state).or_default().push(index);
            }
            found.rules.push(Rule { member, norm, subject: Subject::of(&member.claim, lineage) });
        }
        found
    }

    /// The norms that what the claim says happened would break.
    fn broken_by(&self, claim: &Claim, lineage: &Lineage<'_>) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        if let Some(action) = &claim.action {
            let rules = lineage.and_above(action);
            found.extend(rules.iter().filter_map(|action| self.by_action.get(action)).flatten());
        }
        found.extend(claim.state.iter().filter_map(|state| self.by_state.get(state)).flatten());
        found
    }
}

impl Rule<'_> {
    /// The breach by a claim that is about this subject.
    fn breach(&self, member: &Member, subject: &Subject, lineage: &Lineage<'_>) -> Option<BreachRow> {
        let claim = &member.claim;
        let counted = match &claim.content {
            Content::Event => Truth::Sure,
            Content::Figure(figure) => {
                let quantity = &figure.quantity;
                if quantity.high() <= 0.0 {
                    return None;
                }
                let is_some = quantity.low() > 0.0 || quantity.low() == 0.0 && quantity.low_exclusive();
                if is_some { Truth::Sure } else { Truth::Possible }
            }
            Content::Norm(_) | Content::Statement => return None,
        };
        if !subject.is_placed_within(&self.subject, lineage) {
            return None;
        }
        let timed = follows(&Period::of(claim), self.norm)?;
        Some(BreachRow {
            claim: member.into(),
            norm: self.member.claim.id.clone(),
            truth: counted.max(timed),
            matched: self.matched(claim, lineage),
            bearers: self.bearers(claim, lineage),
            unless: self.norm.unless.clone(),
        })
    }

    fn matched(&self, claim: &Claim, lineage: &Lineage<'_>) -> Vec<Slot> {
        let norm = &self.member.claim;
        let is_broken_by = |action: &EntityId| {
            self.norm.breached_by.actions.iter().filter(|broken| lineage.is_within(action, broken)).collect()
        };
        let actions: Vec<&EntityId> = claim.action.as_ref().map(is_broken_by).unwrap_or_default();
        let state = claim.state.filter(|state| self.norm.breached_by.states.contains(state));
        let since = self.norm.deadline.as_ref().map(|deadline| ("deadline", deadline));
        let since = since.or(self.norm.in_force.as_ref().map(|in_force| ("in_force", in_force)));
        let broken: Vec<EntityId> = actions.into_iter().cloned().collect();
        let action: Vec<EntityId> = claim.action.iter().filter(|_| !broken.is_empty()).cloned().collect();
        let slots = [
            Slot::of_lists("actors", &claim.actors, &norm.actors),
            Slot::new("kind", claim.kind.as_ref(), norm.kind.as_ref()),
            Slot::of_lists("places", &claim.places, &norm.places),
            Slot::of_lists("action", &action, &broken),
            Slot::new("state", state, state),
            Slot::new(since.map_or("", |since| since.0), claim.when.as_ref(), since.map(|since| since.1)),
        ];
        // What the norm leaves open matched nothing.
        slots.into_iter().filter(|slot| !slot.second.is_empty()).collect()
    }

    fn bearers(&self, claim: &Claim, lineage: &Lineage<'_>) -> Vec<EntityId> {
        let parties = || claim.actors.iter().chain(&claim.agents).chain(&claim.targets);
        let bears = |bearer: &&EntityId| parties().any(|party| lineage.is_within(party, bearer));
        self.norm.bearers.iter().filter(bears).cloned().collect()
    }
}

/// Whether a time follows a norm's deadline, or else its coming into force; possibly, if it has
/// neither.
fn follows(period: &Period, norm: &Norm) -> Option<Truth> {
    let (surely, possibly) = match (&norm.deadline, &norm.in_force) {
        (Some(deadline), _) => {
            let (end, core) = (deadline.end().0, deadline.core().1.0);
            // As far as `~` may move the end on, it may move it back.
            (end, core.saturating_sub(end.saturating_sub(core)))
        }
        (None, Some(in_force)) => (in_force_by(in_force), in_force.start().0),
        (None, None) => return Some(Truth::Possible),
    };
    if period.first_surely().0 >= surely {
        Some(Truth::Sure)
    } else if period.end.0 > possibly {
        Some(Truth::Possible)
    } else {
        None
    }
}

/// From when on a norm is surely in force: from the beginning of a day or of what lasts; of a moment
/// that is less well known, from its end.
fn in_force_by(in_force: &Time) -> i64 {
    let is_written = (in_force.start(), in_force.end()) == in_force.core();
    let is_day = in_force.precision() <= Precision::Day && !in_force.is_one_of();
    let is_known = is_written && (is_day || in_force.nature() == Nature::Extent);
    if is_known { in_force.start().0 } else { in_force.end().0 }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Make, event, figure, members, norm, world};
    use super::*;
    use proptest::prelude::*;

    /// `claim norm truth: name first|second, …; bearers; unless` of each row.
    fn found(claims: impl IntoIterator<Item = Make>, norms: impl IntoIterator<Item = Make>) -> Vec<String> {
        let registry = world();
        let lineage = Lineage::new(&registry);
        let (claims, norms) = (members(claims), members(norms));
        let claims: Vec<&Member> = claims.iter().collect();
        let rules = Rules::new(&norms, &lineage);
        let rows = breaches(&claims, &rules, &lineage, &mut Work::new(1_000)).expect("little work");
        let slot = |slot: &Slot| format!("{} {}|{}", slot.name, slot.first, slot.second);
        let row = |row: BreachRow| {
            let matched: Vec<String> = row.matched.iter().map(slot).collect();
            let bearers: Vec<&str> = row.bearers.iter().map(EntityId::as_str).collect();
            let truth = match row.truth {
                Truth::Sure => "surely",
                Truth::Possible => "possibly",
            };
            let unless = row.unless.map(|unless| format!(" unless {unless}")).unwrap_or_default();
            format!(
                "{} {truth} {}: {} [{}]{unless}",
                row.claim.id,
                row.norm,
                matched.join(", "),
                bearers.join(" ")
            )
        };
        rows.into_iter().map(row).collect()
    }

    fn short(claim: Make, norm: Make) -> Option<&'static str> {
        let rows = found([claim], [norm]);
        rows.first().map(|row| if row.contains(" surely ") { "sure" } else { "possible" })
    }

    fn present() -> Make {
        event("present")
            .actors("north-korea")
            .kind("workers")
            .places("kursk")
            .state(State::Present)
            .when("2020-06")
    }

    fn ban() -> Make {
        norm("ban", Modality::Prohibition)
            .actors("north-korea")
            .kind("personnel")
            .places("russia")
            .breached_by_states(&[State::Present])
            .deadline("2019-12-22")
    }

    #[test]
    fn a_breach_names_what_matched_and_who_has_to_see_to_it() {
        let claim = present().agents("russian-army").targets("boston");
        let rule = ban().bearers("russia usa china").unless("they are diplomats");
        assert_eq!(
            found([claim], [rule]),
            [
                "present surely ban: actors north-korea|north-korea, kind workers|personnel, places kursk|russia, \
              state present|present, deadline 2020-06|2019-12-22 [russia usa] unless they are diplomats"
            ]
        );
        let sent = figure("sent", "~4000").actors("north-korea").action("kill").when("2020");
        let rule =
            norm("no-casualties", Modality::Obligation).breached_by_actions("casualty").in_force("2019");
        assert_eq!(
            found([sent], [rule]),
            ["sent surely no-casualties: action kill|casualty, in_force 2020|2019 []"]
        );
    }

    #[test]
    fn the_newest_claims_come_first_and_then_the_newest_norms() {
        let ids = |rows: Vec<String>| -> Vec<String> {
            rows.iter().map(|row| row.split(':').next().unwrap_or_default().to_owned()).collect()
        };
        let norms = [ban(), norm("other", Modality::Prohibition).breached_by_states(&[State::Present])];
        let claims = [
            present(),
            event("again").actors("north-korea").kind("troops").places("kursk").state(State::Present),
        ];
        assert_eq!(
            ids(found(claims, norms)),
            ["again possibly other", "again possibly ban", "present possibly other", "present surely ban"]
        );
    }

    #[test]
    fn only_what_a_norm_forbids_or_demands_is_broken() {
        assert_eq!(short(present(), ban()), Some("sure"));
        for modality in [Modality::Permission, Modality::Recommendation] {
            let rule = norm("n", modality).breached_by_states(&[State::Present]);
            assert_eq!(short(present(), rule), None, "{modality}");
        }
        for outside in [
            present().actors("russia"),
            present().actors(""),
            present().kind("stipend"),
            present().places("usa"),
            present().places(""),
            present().state(State::Absent),
            present().state(State::Unobserved),
        ] {
            assert_eq!(short(outside, ban()), None);
        }
    }

    #[test]
    fn a_figure_breaks_a_norm_as_far_as_it_counts_something() {
        let counted = |notation: &str| {
            let figure = figure("f", notation).actors("north-korea").kind("workers").places("russia");
            short(figure.state(State::Present).when("2020"), ban())
        };
        assert_eq!(
            ["4000", "0", "<=500", ">0", ">=0", "0..10"].map(counted),
            [Some("sure"), None, Some("possible"), Some("sure"), Some("possible"), Some("possible")]
        );
    }

    #[test]
    fn a_breach_follows_the_deadline_or_else_the_coming_into_force() {
        let at = |when: &str, rule: &dyn Fn(Make) -> Make| {
            short(
                present().when(when),
                rule(norm("n", Modality::Prohibition).breached_by_states(&[State::Present])),
            )
        };
        for (when, deadline, expected) in [
            ("2019-12-22", "2019-12-22", None),
            ("2019-12-23", "2019-12-22", Some("sure")),
            ("2019-12", "2019-12-22", Some("possible")),
            ("2019-12-01/2020-02-01", "2019-12-22", Some("possible")),
            ("2019-12-24~", "2019-12-22", Some("possible")),
            ("2019-12-24~/2020", "2019-12-22", Some("sure")),
            ("2019-12-31", "2019-12", None),
            ("2020-01-15", "2019-12~", Some("possible")),
            ("2019-12-15", "2019-12~", Some("possible")),
            ("2019-11-15", "2019-12~", None),
            ("2020-02-01", "2019-12~", Some("sure")),
        ] {
            assert_eq!(at(when, &|norm| norm.deadline(deadline)), expected, "{when} after {deadline}");
        }
        for (when, in_force, expected) in [
            ("2017-09-10", "2017-09-11", None),
            ("2017-09-11", "2017-09-11", Some("sure")),
            ("2017-09", "2017-09-11", Some("possible")),
            ("2017-09-15", "2017-09", Some("possible")),
            ("2017-10-01", "2017-09", Some("sure")),
            ("2017-09-15", "2017-09/..", Some("sure")),
            ("2017-09-15", "[2017-09-11..2017-09-20]", Some("possible")),
        ] {
            assert_eq!(at(when, &|norm| norm.in_force(in_force)), expected, "{when} from {in_force} on");
        }
        assert_eq!(at("1900", &|norm| norm), Some("possible"));
        let open = norm("n", Modality::Prohibition).breached_by_states(&[State::Present]).deadline("2019");
        assert_eq!(short(event("no-time").state(State::Present), open), Some("possible"));
    }

    #[test]
    fn each_norm_that_is_looked_at_is_work() {
        let registry = world();
        let lineage = Lineage::new(&registry);
        let (claims, norms) = (members([present()]), members([ban(), ban().deadline("2030")]));
        let claims: Vec<&Member> = claims.iter().collect();
        let rules = Rules::new(&norms, &lineage);
        let within = |work| breaches(&claims, &rules, &lineage, &mut Work::new(work)).map(|rows| rows.len());
        assert_eq!(within(40), Ok(1));
        assert_eq!(within(2), Err(TooMuch), "two looks, and no room for the row");
    }

    proptest! {
        #[test]
        fn a_claim_outside_a_norm_never_breaks_it(
            actor in 0..3_usize, kind in 0..3_usize, place in 0..3_usize, day in 1..28_u8,
        ) {
            let actors = ["north-korea", "russian-army", "russia"];
            let kinds = ["workers", "personnel", "stipend"];
            let places = ["kursk-front", "russia", "boston"];
            let claim = present().actors(actors[actor]).kind(kinds[kind]).places(places[place]);
            let rule = ban().actors("russia").kind("personnel").places("kursk").deadline("2019-12-15");
            let is_within = actor > 0 && kind < 2 && place == 0;
            let is_after = day > 15;
            let row = short(claim.when(&format!("2019-12-{day:02}")), rule);
            prop_assert_eq!(row, (is_within && is_after).then_some("sure"));
        }
    }
}
