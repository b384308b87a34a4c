//! `drift`: what changed as a claim was passed on.

use super::columns::Columns;
use super::lineage::Lineage;
use super::member::{ClaimRef, Member};
use super::work::{TooMuch, Work};
use crate::model::quantity::Interval;
use crate::model::vocabulary::{Clarity, Hedge, RelationKind, RelayStance};
use crate::model::{Claim, ClaimId, Content, EntityId, Figure, Likelihood, Norm, Step, Time};
use std::collections::{BTreeSet, HashMap};
use std::fmt::Display;

/// What changed from a claim to one that repeats it or was derived from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriftRow {
    /// The claim that was passed on.
    pub from: ClaimRef,
    /// The claim that came of it.
    pub to: ClaimRef,
    /// REPEATS or DERIVED_FROM.
    pub relation: RelationKind,
    /// What changed; at least one thing.
    pub changes: Vec<DriftChange>,
}

/// One thing that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriftChange {
    /// What sort of thing.
    pub kind: DriftKind,
    /// How it was; empty if it was not there.
    pub before: String,
    /// How it is; empty if it is gone.
    pub after: String,
}

/// What sort of thing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DriftKind {
    /// A hedged figure became an exact one.
    HedgeDropped,
    /// The interval became wider, around what it was.
    HedgeWidened,
    /// The number.
    Value,
    /// What is counted or measured in.
    Unit,
    /// The time that it is about, or a norm's.
    Time,
    /// Who, what or where; a norm's bearers; the claim's type.
    Scope,
    /// It is said to be likelier.
    LikelihoodRaised,
    /// Who said it is no longer told.
    AttributionDropped,
    /// Somebody else is said to have said it.
    Origin,
    /// What happened, or what a norm demands.
    Action,
    /// Fact, plan, forecast, hypothesis.
    Mode,
    /// How those who pass it on stand to it.
    Stance,
    /// The norm's instrument.
    Instrument,
}

/// What changed on the way to each of the members, the newest first. `origins` are the claims that
/// they repeat or were derived from.
///
/// # Errors
/// There are more relations to look at, or rows to keep, than the work allows.
pub fn drift(
    members: &[&Member],
    origins: &HashMap<ClaimId, Member>,
    lineage: &Lineage<'_>,
    work: &mut Work,
) -> Result<Vec<DriftRow>, TooMuch> {
    let mut rows = Vec::new();
    for to in members.iter().rev() {
        for relation in &to.claim.relations {
            let handed_on = matches!(relation.kind, RelationKind::Repeats | RelationKind::DerivedFrom);
            let Some(from) = origins.get(&relation.claim).filter(|_| handed_on) else { continue };
            work.spend(1)?;
            let mut changes = Changes(Vec::new());
            changes.find(&from.claim, &to.claim, relation.kind, lineage);
            if !changes.0.is_empty() {
                let (from, to) = (from.into(), (*to).into());
                let row = DriftRow { from, to, relation: relation.kind, changes: changes.0 };
                work.keep(row.weight())?;
                rows.push(row);
            }
        }
    }
    Ok(rows)
}

struct Changes(Vec<DriftChange>);

impl Changes {
    fn find(&mut self, from: &Claim, to: &Claim, relation: RelationKind, lineage: &Lineage<'_>) {
        match (&from.content, &to.content) {
            (Content::Figure(from), Content::Figure(to)) => self.figure(from, to, relation),
            (Content::Norm(from), Content::Norm(to)) => self.norm(from, to),
            (from, to) => self.differ(DriftKind::Scope, from.claim_type(), to.claim_type()),
        }
        self.time(from.when.as_ref(), to.when.as_ref());
        for (from, to) in [
            (&from.actors, &to.actors),
            (&from.agents, &to.agents),
            (&from.targets, &to.targets),
            (&from.places, &to.places),
            (&from.manner, &to.manner),
        ] {
            self.lists(from, to);
        }
        self.optional(DriftKind::Scope, from.kind.as_ref(), to.kind.as_ref());
        self.optional(DriftKind::Scope, from.incident.as_ref(), to.incident.as_ref());
        self.optional(DriftKind::Action, from.action.as_ref(), to.action.as_ref());
        self.optional(DriftKind::Action, from.state, to.state);
        self.differ(DriftKind::Mode, from.mode, to.mode);
        self.likelihood(from.likelihood.as_ref(), to.likelihood.as_ref());
        self.origin(from.origin(), to.origin(), lineage);
        self.stances(&from.attribution, &to.attribution);
    }

    fn figure(&mut self, from: &Figure, to: &Figure, relation: RelationKind) {
        let per = |figure: &Figure| figure.per.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        if per(from) != per(to) {
            self.add(DriftKind::Unit, joined(&from.per), joined(&to.per));
        }
        self.optional(DriftKind::Scope, from.of.as_ref(), to.of.as_ref());
        self.differ(DriftKind::Scope, from.basis, to.basis);
        let factor = match (&from.unit, &to.unit) {
            (None, None) => Some(1.0),
            (Some(from), Some(to)) => from.factor_to(to),
            (None, Some(_)) | (Some(_), None) => None,
        };
        let Some(factor) = factor else {
            let is_currency =
                |figure: &Figure| figure.unit.as_ref().is_some_and(crate::model::Unit::is_currency);
            // Money in another currency is another number, and no drift.
            let is_converted = relation == RelationKind::DerivedFrom && is_currency(from) && is_currency(to);
            if !is_converted {
                self.optional(DriftKind::Unit, from.unit.as_ref(), to.unit.as_ref());
            }
            return;
        };
        self.value(from, to, factor);
    }

    /// `factor` makes the first figure's numbers of the second's unit.
    fn value(&mut self, from: &Figure, to: &Figure, factor: f64) {
        let (before, after) =
            (Ends::of(from.quantity.interval(), factor), Ends::of(to.quantity.interval(), 1.0));
        if before == after {
            return;
        }
        let (was, is) = (from.quantity.notation(), to.quantity.notation());
        let is_dropped = from.quantity.hedge() != Hedge::Exact && to.quantity.hedge() == Hedge::Exact;
        if is_dropped {
            self.add(DriftKind::HedgeDropped, was.clone(), is.clone());
            let number = to.quantity.low();
            let is_same = match from.quantity.best() {
                Some(best) => close(best * factor, number),
                None => before.contains(&after),
            };
            if is_same {
                return;
            }
        } else if after.contains(&before) {
            self.add(DriftKind::HedgeWidened, was, is);
            return;
        }
        self.add(DriftKind::Value, was, is);
    }

    fn norm(&mut self, from: &Norm, to: &Norm) {
        self.optional(DriftKind::Instrument, from.instrument.as_ref(), to.instrument.as_ref());
        self.lists(&from.bearers, &to.bearers);
        self.differ(DriftKind::Action, from.modality, to.modality);
        self.time(from.deadline.as_ref(), to.deadline.as_ref());
        self.time(from.in_force.as_ref(), to.in_force.as_ref());
    }

    fn time(&mut self, from: Option<&Time>, to: Option<&Time>) {
        let meant = |time: &Time| (time.start(), time.end(), time.core(), time.nature());
        if from.map(meant) != to.map(meant) {
            self.add(DriftKind::Time, shown(from), shown(to));
        }
    }

    fn lists(&mut self, from: &[EntityId], to: &[EntityId]) {
        let set = |ids: &[EntityId]| ids.iter().cloned().collect::<BTreeSet<_>>();
        if set(from) != set(to) {
            self.add(DriftKind::Scope, joined(from), joined(to));
        }
    }

    /// From a hedge to none, or to a likelier band.
    fn likelihood(&mut self, from: Option<&Likelihood>, to: Option<&Likelihood>) {
        let Some(before) = from else { return };
        let is_raised = match to {
            None => true,
            Some(after) => match (before.band, after.band) {
                (Some(before), Some(after)) => after > before,
                (None, _) | (_, None) => false,
            },
        };
        if is_raised {
            self.add(DriftKind::LikelihoodRaised, hedge(before), to.map(hedge).unwrap_or_default());
        }
    }

    fn origin(&mut self, from: &Step, to: &Step, lineage: &Lineage<'_>) {
        let is_told = |step: &Step| match step.clarity {
            Some(Clarity::Unattributed | Clarity::OwnVoice) => false,
            None
            | Some(
                Clarity::NamedPerson | Clarity::NamedOrganization | Clarity::RoleOnly | Clarity::Anonymous,
            ) => true,
        };
        let kind = if is_told(from) && !is_told(to) {
            DriftKind::AttributionDropped
        } else if lineage.roots(from) != lineage.roots(to) {
            DriftKind::Origin
        } else {
            return;
        };
        self.add(kind, joined(&from.sources), joined(&to.sources));
    }

    /// What those who passed it on made of it, beyond passing it on.
    fn stances(&mut self, from: &[Step], to: &[Step]) {
        let taken = |steps: &[Step]| -> BTreeSet<RelayStance> {
            let stances = steps.iter().filter_map(|step| step.stance);
            stances.filter(|stance| *stance != RelayStance::Neutral).collect()
        };
        let (before, after) = (taken(from), taken(to));
        if before != after {
            self.add(DriftKind::Stance, joined(before), joined(after));
        }
    }

    fn differ<T: PartialEq + Display + Copy>(&mut self, kind: DriftKind, from: T, to: T) {
        if from != to {
            self.add(kind, from.to_string(), to.to_string());
        }
    }

    fn optional<T: PartialEq + Display>(&mut self, kind: DriftKind, from: Option<T>, to: Option<T>) {
        if from != to {
            self.add(kind, shown(from), shown(to));
        }
    }

    fn add(&mut self, kind: DriftKind, before: String, after: String) {
        self.0.push(DriftChange { kind, before, after });
    }
}

/// An interval's ends, in the unit of the claim that came of it.
#[derive(Debug)]
struct Ends {
    low: f64,
    high: f64,
    exclusive: (bool, bool),
}

impl Ends {
    fn of(interval: Interval, factor: f64) -> Self {
        let exclusive = (interval.low_exclusive(), interval.high_exclusive());
        Self { low: interval.low() * factor, high: interval.high() * factor, exclusive }
    }

    fn contains(&self, other: &Self) -> bool {
        let from =
            self.low < other.low || close(self.low, other.low) && self.exclusive.0 <= other.exclusive.0;
        let to =
            self.high > other.high || close(self.high, other.high) && self.exclusive.1 <= other.exclusive.1;
        from && to
    }
}

impl PartialEq for Ends {
    fn eq(&self, other: &Self) -> bool {
        close(self.low, other.low) && close(self.high, other.high) && self.exclusive == other.exclusive
    }
}

/// Whether two numbers are equal but for what a conversion rounds.
fn close(a: f64, b: f64) -> bool {
    const ROUNDING: f64 = 1e-12;
    a == b || (a - b).abs() <= ROUNDING * a.abs().max(b.abs())
}

fn hedge(likelihood: &Likelihood) -> String {
    let band = likelihood.band.map(|band| band.to_string());
    band.or_else(|| likelihood.words.clone()).unwrap_or_default()
}

fn shown<T: Display>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn joined<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Make, event, figure, members, norm, statement, world};
    use super::*;
    use crate::model::vocabulary::{Basis, LikelihoodBand, Modality, Mode, State};
    use proptest::prelude::*;

    /// `KIND before → after` of each change from the one to the other.
    fn changes(from: Make, to: Make, relation: RelationKind) -> Vec<String> {
        let registry = world();
        let lineage = Lineage::new(&registry);
        let from_id = from.claim().id.clone();
        let both = members([from, to.relation(relation, from_id.as_str())]);
        let origins = HashMap::from([(from_id, both[0].clone())]);
        let rows = drift(&[&both[1]], &origins, &lineage, &mut Work::new(100)).expect("little work");
        assert!(rows.len() <= 1);
        let change = |change: &DriftChange| format!("{:?} {} → {}", change.kind, change.before, change.after);
        rows.iter().flat_map(|row| &row.changes).map(change).collect()
    }

    fn repeated(from: Make, to: Make) -> Vec<String> {
        changes(from, to, RelationKind::Repeats)
    }

    fn count(id: &str, notation: &str) -> Make {
        figure(id, notation).unit("person").basis(Basis::Stock).actors("north-korea").kind("workers")
    }

    #[test]
    fn figures_drift_in_hedge_value_and_unit() {
        for (from, to, expected) in [
            ("~4000", "4000", "HedgeDropped ~4000 → 4000"),
            ("thousands", "2500", "HedgeDropped thousands → 2500"),
            ("4000", "~4000", "HedgeWidened 4000 → ~4000"),
            ("~4000", ">=3000", "HedgeWidened ~4000 → >=3000"),
            ("4000", "5000", "Value 4000 → 5000"),
            ("~4000", "~5000", "Value ~4000 → ~5000"),
            ("thousands", "2000..3000", "Value thousands → 2000..3000"),
        ] {
            assert_eq!(repeated(count("a", from), count("b", to)), [expected]);
        }
        assert_eq!(
            repeated(count("a", "~4000"), count("b", "5000")),
            ["HedgeDropped ~4000 → 5000", "Value ~4000 → 5000"]
        );
        assert_eq!(
            repeated(figure("a", "5").unit("USD"), figure("b", "5").unit("person")),
            ["Unit USD → person"]
        );
        assert_eq!(
            repeated(figure("a", "5").unit("USD").per("mo"), figure("b", "5").unit("USD").per("a")),
            ["Unit mo → a"]
        );
    }

    #[test]
    fn a_conversion_of_money_is_no_drift_and_a_repetition_in_other_money_is() {
        let (dollars, pounds) = (figure("a", "~800").unit("USD"), figure("b", "~645").unit("GBP"));
        let none: [&str; 0] = [];
        assert_eq!(changes(dollars.clone(), pounds.clone(), RelationKind::DerivedFrom), none);
        assert_eq!(repeated(dollars, pounds), ["Unit USD → GBP"]);
    }

    #[test]
    fn everything_else_drifts_in_its_own_kind() {
        let plain = || event("a").actors("north-korea").kind("troops").action("withdraw").when("2025-01");
        let again = || event("b").actors("north-korea").kind("troops").action("withdraw").when("2025-01");
        for (from, to, expected) in [
            (plain(), again().when("2025-02"), "Time 2025-01 → 2025-02"),
            (plain(), again().actors("north-korea russia"), "Scope north-korea → north-korea, russia"),
            (plain(), again().kind("workers"), "Scope troops → workers"),
            (plain(), again().places("kursk"), "Scope  → kursk"),
            (plain(), again().action("return"), "Action withdraw → return"),
            (plain(), again().state(State::Absent), "Action  → absent"),
            (plain().mode(Mode::Plan), again(), "Mode plan → fact"),
            (plain().likelihood(LikelihoodBand::Likely), again(), "LikelihoodRaised likely → "),
            (
                plain().likelihood(LikelihoodBand::Unlikely),
                again().likelihood(LikelihoodBand::Likely),
                "LikelihoodRaised unlikely → likely",
            ),
            (plain(), again().by(""), "AttributionDropped speaker → "),
            (plain(), again().by("outlet").clarity(Clarity::OwnVoice), "AttributionDropped speaker → outlet"),
            (plain(), again().by("nis"), "Origin speaker → nis"),
        ] {
            assert_eq!(repeated(from, to), [expected]);
        }
        let rule =
            |id: &str| norm(id, Modality::Obligation).instrument("resolution-2397").deadline("2019-12-22");
        assert_eq!(
            repeated(rule("a"), rule("b").instrument("resolution-2375").deadline("2019-12-31")),
            ["Instrument resolution-2397 → resolution-2375", "Time 2019-12-22 → 2019-12-31"]
        );
        assert_eq!(
            repeated(
                plain(),
                statement("b").actors("north-korea").kind("troops").action("withdraw").when("2025-01")
            ),
            ["Scope event → statement"]
        );
    }

    #[test]
    fn what_is_less_sure_or_of_one_house_has_not_drifted() {
        let none: [&str; 0] = [];
        let plain = || event("a").by("nis-official");
        assert_eq!(repeated(plain(), event("b").by("nis")), none);
        assert_eq!(repeated(plain(), event("b").by("nis").likelihood(LikelihoodBand::Likely)), none);
        let sent = event("a").likelihood(LikelihoodBand::Likely);
        assert_eq!(repeated(sent, event("b").likelihood(LikelihoodBand::Unlikely)), none);
        let other_relation = event("b").actors("russia");
        assert_eq!(changes(event("a"), other_relation, RelationKind::Supports), none);
    }

    proptest! {
        #[test]
        fn a_faithful_relay_has_not_drifted(
            notation in "~?[1-9][0-9]{0,4}", relays in 0..4_usize, when in proptest::option::of("20[0-9][0-9]-0[1-9]"),
        ) {
            let told = |id: &str| {
                let told = count(id, &notation);
                if let Some(when) = &when { told.when(when) } else { told }
            };
            let mut again = told("b");
            for relay in 0..relays {
                again = again.via(&format!("paper-{relay}"));
            }
            prop_assert_eq!(repeated(told("a"), again), Vec::<String>::new());
        }
    }
}
