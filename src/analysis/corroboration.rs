//! `corroboration`: who else says what a claim says.

use super::figures::{Numbers, common_unit, figure};
use super::member::{ClaimRef, Member};
use super::period::{Period, Sort};
use super::work::{TooMuch, Work};
use super::{Lineage, Subject};
use crate::model::quantity::Interval;
use crate::model::vocabulary::{ClaimType, Clarity, RelationKind, State};
use crate::model::{Claim, ClaimId, Content, Slug, SourceId, Time, Timestamp};
use crate::plan::Truth;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Who says what one claim says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorroborationRow {
    /// The claim.
    pub claim: ClaimRef,
    /// The claims that say so, itself included, in the order of the ledger.
    pub supporters: Vec<ClaimRef>,
    /// How many documents they were read in.
    pub documents: u32,
    /// How many sources passed them on.
    pub relays: u32,
    /// How many independent origins they have, surely; and how many more, possibly.
    pub origins: (u32, u32),
}

/// What two claims that agree cost beyond the look at them: each is counted in the other's row.
const PAIRS_PER_JOINED: u64 = 7;

/// One row for each claim, the newest first.
///
/// # Errors
/// More pairs would have to be looked at than `work` has left. It is spent on pairs of one subject
/// whose times overlap, and on pairs of one state between which no other surely lies; and on those
/// that agree again, for the room that they take.
pub fn corroboration(
    members: &[&Member],
    states: &States,
    lineage: &Lineage<'_>,
    work: &mut Work,
) -> Result<Vec<CorroborationRow>, TooMuch> {
    let mut subjects: HashMap<Subject, Vec<Voice<'_>>> = HashMap::new();
    for &member in members {
        subjects.entry(Subject::of(&member.claim, lineage)).or_default().push(Voice::of(member, lineage));
    }
    let mut rows = Vec::with_capacity(members.len());
    for (subject, mut voices) in subjects {
        voices.sort_by_key(|voice| voice.period.start);
        let mut choir = Choir::of(&voices);
        match subject.state {
            Some(state) if subject.claim_type == ClaimType::Event && state != State::Unobserved => {
                choir.join_unless_between(states.other_than(state, &subject), work)?;
            }
            Some(_) | None => choir.join_where_times_meet(&values(&voices), work)?,
        }
        rows.extend(choir.rows());
    }
    rows.sort_unstable_by(|(ordinal, _), (other, _)| other.cmp(ordinal));
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// A claim, and what it is compared by.
struct Voice<'m> {
    member: &'m Member,
    period: Period,
    roots: BTreeSet<SourceId>,
}

impl<'m> Voice<'m> {
    fn of(member: &'m Member, lineage: &Lineage<'_>) -> Self {
        let roots = lineage.roots(member.claim.origin());
        Self { member, period: Period::of(&member.claim), roots }
    }

    /// Whether the one who speaks is known, and another than the outlet.
    fn is_known(&self) -> bool {
        match self.member.claim.origin().clarity {
            Some(Clarity::Anonymous | Clarity::Unattributed | Clarity::OwnVoice) => false,
            Some(Clarity::NamedPerson | Clarity::NamedOrganization | Clarity::RoleOnly) | None => true,
        }
    }
}

/// The claims of one subject, and which of them say the same.
struct Choir<'v, 'm> {
    /// By the beginnings of their times.
    voices: &'v [Voice<'m>],
    /// Of each, those that say so, itself included; and whether they surely speak of one time.
    supporters: Vec<Vec<(usize, Truth)>>,
}

impl<'v, 'm> Choir<'v, 'm> {
    fn of(voices: &'v [Voice<'m>]) -> Self {
        Self { voices, supporters: (0..voices.len()).map(|index| vec![(index, Truth::Sure)]).collect() }
    }

    fn join(&mut self, one: usize, other: usize, truth: Truth, work: &mut Work) -> Result<(), TooMuch> {
        work.spend(PAIRS_PER_JOINED)?;
        self.supporters[one].push((other, truth));
        self.supporters[other].push((one, truth));
        Ok(())
    }

    /// Joins the claims whose times meet and whose values agree, in one sweep over their
    /// beginnings. What was counted over two times is looked at only where these are equal.
    fn join_where_times_meet(&mut self, values: &[Value<'_>], work: &mut Work) -> Result<(), TooMuch> {
        let voices = self.voices;
        let (mut open, mut open_flows): (Vec<usize>, Vec<usize>) = Default::default();
        let mut flows: HashMap<(Timestamp, Timestamp), Vec<usize>> = HashMap::new();
        for (index, voice) in voices.iter().enumerate() {
            let Period { start, end, sort, .. } = voice.period;
            open.retain(|&other| start < voices[other].period.end);
            let alike = if sort == Sort::Flow {
                flows.entry((start, end)).or_default()
            } else {
                open_flows.retain(|&other| start < voices[other].period.end);
                &mut open_flows
            };
            work.spend((open.len() + alike.len()) as u64)?;
            for &other in open.iter().chain(&*alike) {
                let meets = voice.period.meets(&voices[other].period);
                if let Some(truth) = meets.filter(|_| values[index].agrees(&values[other])) {
                    self.join(other, index, truth, work)?;
                }
            }
            if sort == Sort::Flow {
                alike.push(index);
                open_flows.push(index);
            } else {
                open.push(index);
            }
        }
        Ok(())
    }

    /// Joins the claims of one state between which none of the others lies.
    fn join_unless_between(&mut self, others: &Others, work: &mut Work) -> Result<(), TooMuch> {
        for (index, voice) in self.voices.iter().enumerate() {
            for (after, later) in self.voices.iter().enumerate().skip(index + 1) {
                work.spend(1)?;
                let (first, second) = (&voice.period, &later.period);
                // And so before all that begin still later.
                if others.are_surely_between(first, second) {
                    break;
                }
                let is_sure = first.meets(second) == Some(Truth::Sure)
                    || !others.may_be_between(first, second) && !others.may_be_between(second, first);
                self.join(index, after, if is_sure { Truth::Sure } else { Truth::Possible }, work)?;
            }
        }
        Ok(())
    }

    /// The rows, with the places of their claims in the ledger.
    fn rows(self) -> impl Iterator<Item = (u64, CorroborationRow)> {
        let voices = self.voices;
        self.supporters.into_iter().enumerate().map(move |(index, supporters)| {
            let mut supporters: Vec<_> =
                supporters.into_iter().map(|(other, truth)| (&voices[other], truth)).collect();
            supporters.sort_unstable_by_key(|(voice, _)| voice.member.ordinal);
            let claims = || supporters.iter().map(|(voice, _)| &voice.member.claim);
            let documents: HashSet<_> =
                claims().filter_map(|claim| claim.evidence.as_ref()).map(|read| &read.document).collect();
            let relays: HashSet<_> =
                claims().flat_map(|claim| &claim.attribution[1..]).flat_map(|step| &step.sources).collect();
            let row = CorroborationRow {
                claim: voices[index].member.into(),
                documents: documents.len() as u32,
                relays: relays.len() as u32,
                origins: origins(&supporters),
                supporters: supporters.iter().map(|(voice, _)| voice.member.into()).collect(),
            };
            (voices[index].member.ordinal, row)
        })
    }
}

/// By what claims of one subject agree, or do not.
enum Value<'m> {
    /// A figure's interval, in the unit of all of them.
    Interval(Interval),
    /// A norm's deadline.
    Deadline(&'m Time),
    /// Nothing else: they do.
    Nothing,
}

impl Value<'_> {
    /// Whether the values overlap.
    fn agrees(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Interval(one), Self::Interval(other)) => one.intersection(*other).is_some(),
            (Self::Deadline(one), Self::Deadline(other)) => {
                one.start() < other.end() && other.start() < one.end()
            }
            (Self::Nothing, _) | (_, Self::Nothing) => true,
            (Self::Interval(_), Self::Deadline(_)) | (Self::Deadline(_), Self::Interval(_)) => false,
        }
    }
}

/// The values of claims of one subject.
fn values<'m>(voices: &[Voice<'m>]) -> Vec<Value<'m>> {
    let figures: Vec<_> = voices.iter().filter_map(|voice| figure(voice.member)).collect();
    let unit = common_unit(&figures);
    let value = |voice: &Voice<'m>| match &voice.member.claim.content {
        Content::Figure(figure) => Value::Interval(Numbers::of(figure, unit.as_ref()).interval),
        Content::Norm(norm) => norm.deadline.as_ref().map_or(Value::Nothing, Value::Deadline),
        Content::Event | Content::Statement => Value::Nothing,
    };
    voices.iter().map(value).collect()
}

/// How many origins claims of one subject have: surely, and how many more possibly. A claim adds
/// one unless a root or the occasion of it is counted already, or it derives from a claim that is.
/// Sure ones come first, then those of the fewest roots, so that a joint statement never makes one
/// origin of speakers who spoke alone too.
fn origins(supporters: &[(&Voice<'_>, Truth)]) -> (u32, u32) {
    let graded = |&(voice, meets): &(_, Truth)| {
        let voice: &Voice<'_> = voice;
        (voice, if voice.is_known() { meets } else { Truth::Possible })
    };
    let mut candidates: Vec<_> = supporters.iter().map(graded).collect();
    candidates.sort_by_key(|(voice, truth)| (*truth, voice.roots.len(), voice.member.ordinal));
    let mut roots: HashSet<&SourceId> = HashSet::new();
    let mut occasions: HashSet<&Slug> = HashSet::new();
    // The claims that are counted, and those that derive from one.
    let mut heard: HashSet<&ClaimId> = HashSet::new();
    let (mut sure, mut possible) = (0, 0);
    for (voice, truth) in candidates {
        let claim = &voice.member.claim;
        if derives(claim, &heard) {
            heard.insert(&claim.id);
            continue;
        }
        let occasion = claim.origin().occasion.as_ref();
        let is_counted = voice.roots.iter().any(|root| roots.contains(root))
            || occasion.is_some_and(|occasion| occasions.contains(occasion));
        if is_counted {
            continue;
        }
        roots.extend(&voice.roots);
        occasions.extend(occasion);
        heard.insert(&claim.id);
        match truth {
            Truth::Sure => sure += 1,
            Truth::Possible => possible += 1,
        }
    }
    (sure, possible)
}

fn derives(claim: &Claim, heard: &HashSet<&ClaimId>) -> bool {
    let is_heard = |id: &ClaimId| heard.contains(id);
    claim.relations.iter().any(|to| to.kind == RelationKind::DerivedFrom && is_heard(&to.claim))
}

/// When which state was observed: for each subject less what happened, and each state, when it was
/// another.
pub struct States {
    others: HashMap<(Subject, State), Others>,
    none: Others,
}

impl States {
    /// The states that these events left, UNOBSERVED excepted.
    pub fn new(events: &[Member], lineage: &Lineage<'_>) -> Self {
        let mut periods: HashMap<(Subject, State), Vec<Period>> = HashMap::new();
        for Member { claim, .. } in events {
            let Some(state) = claim.state.filter(|state| *state != State::Unobserved) else { continue };
            let subject = Subject::of(claim, lineage).whatever_happened();
            for other in State::ALL.iter().filter(|other| **other != state) {
                periods.entry((subject.clone(), *other)).or_default().push(Period::of(claim));
            }
        }
        let others = periods.into_iter().map(|(key, periods)| (key, Others::of(periods.iter())));
        Self { others: others.collect(), none: Others::default() }
    }

    fn other_than(&self, state: State, subject: &Subject) -> &Others {
        self.others.get(&(subject.whatever_happened(), state)).unwrap_or(&self.none)
    }
}

/// When other states held, sorted so that each question takes a binary search.
#[derive(Default)]
struct Others {
    /// All of them, as they are widened.
    all: Spans,
    /// Those that last, as they were written.
    lasting: Spans,
    /// The moments by their starts, each with the least end of those from there on.
    moments: Vec<(Timestamp, Timestamp)>,
}

impl Others {
    fn of<'p>(periods: impl Iterator<Item = &'p Period>) -> Self {
        let mut others = Self::default();
        for period in periods {
            others.all.push((period.start, period.end));
            match period.sort {
                Sort::Extent | Sort::Flow => others.lasting.push(period.core),
                Sort::Moment { .. } => others.moments.push((period.start, period.end)),
            }
        }
        others.all.sort();
        others.lasting.sort();
        others.moments.sort_unstable();
        let mut least = Timestamp::MAX;
        for (_, end) in others.moments.iter_mut().rev() {
            least = least.min(*end);
            *end = least;
        }
        others
    }

    /// Whether another state surely held after the one and before the other: it lasted into the
    /// time between them, or lies within it.
    fn are_surely_between(&self, first: &Period, second: &Period) -> bool {
        let (from, to) = (first.end, second.start);
        let next = self.moments.partition_point(|(start, _)| *start < from);
        self.lasting.meet(from, to) || self.moments.get(next).is_some_and(|(_, end)| *end <= to)
    }

    /// Whether another state may have held after the one and before the other.
    fn may_be_between(&self, first: &Period, second: &Period) -> bool {
        let from = if is_moment(first) { first.start } else { first.core.1 };
        let to = if is_moment(second) { second.end } else { second.core.0 };
        self.all.meet(from, to)
    }
}

fn is_moment(period: &Period) -> bool {
    matches!(period.sort, Sort::Moment { .. })
}

/// Spans of time, asked whether one of them overlaps another.
#[derive(Default)]
struct Spans {
    starts: Vec<Timestamp>,
    ends: Vec<Timestamp>,
}

impl Spans {
    fn push(&mut self, (start, end): (Timestamp, Timestamp)) {
        self.starts.push(start);
        self.ends.push(end);
    }

    fn sort(&mut self) {
        self.starts.sort_unstable();
        self.ends.sort_unstable();
    }

    /// Whether one overlaps the time, which may be empty. More have begun before its end than have
    /// ended by its start: what ended had begun.
    fn meet(&self, from: Timestamp, to: Timestamp) -> bool {
        let begun = self.starts.partition_point(|start| *start < to);
        let ended = self.ends.partition_point(|end| *end <= from);
        from < to && begun > ended
    }
}

#[cfg(test)]
mod tests;
