//! The definition, word by word, over all pairs.

use super::*;

pub(super) type Conflict = (ConflictKind, bool, Truth, String, String);

pub(super) fn conflicts(members: &[Member]) -> BTreeSet<Conflict> {
    let registry = world();
    let lineage = Lineage::new(&registry);
    let mut found = BTreeSet::new();
    for a in members {
        for b in members.iter().filter(|b| b.ordinal != a.ordinal) {
            let Some((kind, truth)) = conflict(a, b, &lineage) else { continue };
            let is_revision = is_revision(a, b, &lineage);
            let id = |member: &Member| member.claim.id.to_string();
            let is_part = kind == ConflictKind::PartExceedsWhole;
            let is_first = is_part || a.ordinal < b.ordinal;
            let (first, second) = if is_first { (a, b) } else { (b, a) };
            let is_third = |c: &Member| is_between(kind, c, (a, b), &lineage);
            if !is_revision || !members.iter().any(is_third) {
                found.insert((kind, is_revision, truth, id(first), id(second)));
            }
        }
    }
    found
}

/// Why the first cannot be true with the second; of a part, it is the first.
fn conflict(a: &Member, b: &Member, lineage: &Lineage<'_>) -> Option<(ConflictKind, Truth)> {
    let (one, other) = (Subject::of(&a.claim, lineage), Subject::of(&b.claim, lineage));
    let (time, other_time) = (Period::of(&a.claim), Period::of(&b.claim));
    let is_within = one.is_within(&other, lineage);
    let is_one = is_within && other.is_within(&one, lineage);
    let meets = time.meets(&other_time);
    let graded = |kind, is_apart| meets.map(|truth| (kind, if is_apart { truth } else { Truth::Possible }));
    if denies(&a.claim) {
        return None;
    }
    if denies(&b.claim) {
        let (overlap, covered) = match (&a.claim.content, &b.claim.content) {
            (Content::Figure(a), Content::Figure(b)) => {
                (!is_below(a, b, 0.0) && !is_below(b, a, 0.0), is_inside(a, b))
            }
            (Content::Norm(a), Content::Norm(b)) => {
                let end = |norm: &crate::model::Norm| norm.deadline.as_ref().map(crate::model::Time::end);
                (true, end(a) == end(b))
            }
            (Content::Event, Content::Event) => (true, true),
            _ => (true, false),
        };
        return (is_one && overlap).then(|| graded(ConflictKind::Denial, covered))?;
    }
    match (&a.claim.content, &b.claim.content) {
        (Content::Figure(figure), Content::Figure(whole)) => {
            if !is_below(whole, figure, 0.0) {
                return None;
            }
            let is_apart = is_below(whole, figure, 1.0);
            if is_one && meets.is_some() {
                return graded(ConflictKind::Value, is_apart);
            }
            if !is_within || figure.basis == Basis::Ratio {
                return None;
            }
            let are_flows = time.sort == Sort::Flow && other_time.sort == Sort::Flow;
            if figure.basis == Basis::Flow && !time.is_inside(&other_time) {
                return None;
            }
            let meets = if are_flows { Some(Truth::Sure) } else { meets };
            meets
                .map(|truth| (ConflictKind::PartExceedsWhole, if is_apart { truth } else { Truth::Possible }))
        }
        (Content::Norm(one), Content::Norm(other)) => {
            let (later, earlier) = (one.deadline.as_ref()?, other.deadline.as_ref()?);
            let apart = later.end().0 - earlier.end().0;
            let units = later.precision().micros() + earlier.precision().micros();
            (is_one && apart > 0).then(|| graded(ConflictKind::Deadline, 2 * apart > units))?
        }
        (Content::Event, Content::Event) => {
            let states = (one.state, other.state) == (Some(State::Present), Some(State::Absent));
            let is_within = one.whatever_happened().is_within(&other.whatever_happened(), lineage);
            (states && is_within).then(|| graded(ConflictKind::State, true))?
        }
        _ => None,
    }
}

/// Whether one is below the other, each widened by so many times half the unit of its last
/// decimal digit that is not 0. For whole numbers.
fn is_below(a: &Figure, b: &Figure, widenings: f64) -> bool {
    let half = |number: f64| {
        if number == 0.0 || number.is_infinite() {
            return 0.0;
        }
        let mut unit = 1.0;
        while number % (10.0 * unit) == 0.0 {
            unit *= 10.0;
        }
        widenings * unit / 2.0
    };
    let (in_metres, b_in_metres) = (metres(a), metres(b));
    let (a, b) = (&a.quantity, &b.quantity);
    let high = in_metres * (a.high() + half(a.high()));
    let low = b_in_metres * (b.low() - half(b.low()));
    high < low || high == low && (a.high_exclusive() || b.low_exclusive())
}

fn metres(figure: &Figure) -> f64 {
    if figure.unit.as_ref().is_some_and(|unit| unit.as_str() == "km") { 1000.0 } else { 1.0 }
}

fn is_inside(a: &Figure, b: &Figure) -> bool {
    let scaled = |figure: &Figure| {
        let quantity = figure.quantity;
        (quantity, metres(figure) * quantity.low(), metres(figure) * quantity.high())
    };
    let ((a, a_low, a_high), (b, b_low, b_high)) = (scaled(a), scaled(b));
    let below = b_low < a_low || b_low == a_low && (!b.low_exclusive() || a.low_exclusive());
    let above = b_high > a_high || b_high == a_high && (!b.high_exclusive() || a.high_exclusive());
    below && above
}

type Moment = (i64, i64);

/// The times that order two claims of one origin: when they were said, else what they are about.
fn moments(a: &Member, b: &Member) -> (bool, Moment, Moment) {
    match (said(a), said(b)) {
        (Some(a), Some(b)) => (true, a, b),
        _ => (false, when(a), when(b)),
    }
}

fn said(member: &Member) -> Option<Moment> {
    member.claim.origin().said.as_ref().map(|time| (time.start().0, time.end().0))
}

fn when(member: &Member) -> Moment {
    let period = Period::of(&member.claim);
    (period.start.0, period.end.0)
}

fn is_revision(a: &Member, b: &Member, lineage: &Lineage<'_>) -> bool {
    let roots = |member: &Member| lineage.roots(member.claim.origin());
    let (_, one, other) = moments(a, b);
    !roots(a).is_empty() && roots(a) == roots(b) && one != other
}

fn is_between(kind: ConflictKind, c: &Member, (a, b): (&Member, &Member), lineage: &Lineage<'_>) -> bool {
    let subject = |member: &Member| Subject::of(&member.claim, lineage);
    let roots = |member: &Member| lineage.roots(member.claim.origin());
    let (by_said, one, other) = moments(a, b);
    let Some(moment) = (if by_said { said(c) } else { Some(when(c)) }) else { return false };
    let meets = |member: &Member| {
        let (one, other) = (Period::of(&c.claim), Period::of(&member.claim));
        let are_flows = one.sort == Sort::Flow && other.sort == Sort::Flow;
        let is_nested = one.is_inside(&other) || other.is_inside(&one);
        one.meets(&other).is_some() || kind == ConflictKind::PartExceedsWhole && are_flows && is_nested
    };
    roots(c) == roots(a)
        && (subject(c) == subject(a) || subject(c) == subject(b))
        && (kind == ConflictKind::Denial || !denies(&c.claim))
        && one.min(other) < moment
        && moment < one.max(other)
        && meets(a)
        && meets(b)
}
