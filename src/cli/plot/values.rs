//! Figures over time.

use super::chart::{self, Item, Link, Stretch};
use crate::cli::render::figure as written;
use crate::model::Unit;
use crate::wire::pb::{Basis, Bounds, Claim, Envelope, Truth};
use std::collections::BTreeMap;

/// Marks that are labelled; where there are more, there is no room for words.
const MAX_LABELLED: usize = 8;

/// Conflicts that are all drawn; of more, those that are nearest in time to one of their claims.
pub(super) const MAX_LINKS: usize = 24;

/// A panel of figures. All numbers are in one unit.
#[derive(Debug, PartialEq)]
pub(super) struct Values {
    /// The unit, with what it is counted by: `USD per mo per person`; empty for bare numbers.
    pub(super) unit: String,
    /// The least and the greatest number to be shown.
    pub(super) range: (f64, f64),
    /// The first and the last moment; none if no claim has a time.
    pub(super) span: Option<(i64, i64)>,
    pub(super) bands: Vec<Band>,
    pub(super) marks: Vec<Mark>,
    pub(super) links: Vec<Link>,
    /// Running totals of one origin, by their places among the marks, in the order of time.
    pub(super) runs: Vec<Vec<usize>>,
}

/// A figure.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mark {
    pub(super) claim: String,
    /// The figure as it is written, with its unit.
    pub(super) notation: String,
    /// The time that it is about as it is written.
    pub(super) when: String,
    /// Whether `claim` and `notation` stand beside it.
    pub(super) is_labelled: bool,
    /// Its origin's place among the chart's.
    pub(super) origin: usize,
    /// The time that it is about; of a running total, its end alone.
    pub(super) time: Stretch,
    /// The ends; absent where they are open.
    pub(super) low: Option<f64>,
    pub(super) high: Option<f64>,
    /// The number that was said.
    pub(super) best: Option<f64>,
    /// Whether it surely matches the query.
    pub(super) is_sure: bool,
}

/// What figures come to together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Band {
    /// The time that they are about.
    pub(super) time: Stretch,
    /// From the lowest low to the highest high.
    pub(super) range: (Option<f64>, Option<f64>),
    /// Whether some figure has no upper end.
    pub(super) is_open: bool,
    /// What all allow; absent if there is nothing.
    pub(super) agreement: Option<(Option<f64>, Option<f64>)>,
}

/// A row of an envelope and where its members are.
pub(super) struct Range<'a> {
    pub(super) row: &'a Envelope,
    /// The time that the row is the group of.
    pub(super) period: Option<Stretch>,
    /// Their places among the items.
    pub(super) members: Vec<usize>,
}

impl Values {
    /// Places figures; none if there are none.
    pub(super) fn of(items: &[Item<'_>], ranges: &[Range<'_>], links: Vec<Link>) -> Option<Self> {
        let (unit, per) = common_unit(items, ranges)?;
        let is_labelled = items.len() <= MAX_LABELLED;
        let mut marks: Vec<Mark> =
            items.iter().filter_map(|item| mark(item, unit.as_ref(), is_labelled)).collect();
        if marks.len() < items.len() {
            // What cannot be converted would shift the places of the others.
            return None;
        }
        let runs = runs(items);
        for &place in runs.iter().flatten() {
            let end = marks[place].time.end;
            marks[place].time = Stretch { start: end, end };
        }
        let links = if links.len() > MAX_LINKS { nearest(links, &marks) } else { links };
        let bands: Vec<Band> = ranges.iter().map(|range| band(range, &marks)).collect();
        let unit = unit.map(|unit| unit.to_string()).unwrap_or_default();
        let per = per.iter().map(|per| format!("per {per}"));
        let unit =
            [unit].into_iter().chain(per).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        let times = marks.iter().map(|mark| mark.time).chain(bands.iter().map(|band| band.time));
        let span = span(times);
        let range = range(&marks, &bands);
        Some(Self { unit, range, span, bands, marks, links, runs })
    }
}

/// The unit of all: an envelope's, else the first claim's; and what it is counted by.
fn common_unit(items: &[Item<'_>], ranges: &[Range<'_>]) -> Option<(Option<Unit>, Vec<String>)> {
    let first = chart::figure(items.first()?.claim)?;
    let code = ranges.first().map_or(&first.unit, |range| &range.row.unit);
    Some((Unit::parse(code).ok(), first.per.clone()))
}

fn mark(item: &Item<'_>, unit: Option<&Unit>, is_labelled: bool) -> Option<Mark> {
    let figure = chart::figure(item.claim)?;
    let factor = match (Unit::parse(&figure.unit).ok(), unit) {
        (Some(own), Some(unit)) => own.factor_to(unit)?,
        (None, None) => 1.0,
        (Some(_), None) | (None, Some(_)) => return None,
    };
    Some(Mark {
        claim: item.claim.id.clone(),
        notation: written(figure),
        when: when(item.claim),
        is_labelled,
        origin: item.origin,
        time: chart::time(item.claim.when.as_ref()),
        low: figure.low.map(|low| low * factor),
        high: figure.high.map(|high| high * factor),
        best: figure.best.map(|best| best * factor),
        is_sure: item.truth == Truth::Sure,
    })
}

pub(super) fn when(claim: &Claim) -> String {
    claim.when.as_ref().map(|when| when.text.clone()).unwrap_or_default()
}

/// Running totals: flows by one origin that begin alike and do not end alike.
fn runs(items: &[Item<'_>]) -> Vec<Vec<usize>> {
    let mut runs: BTreeMap<(usize, i64), Vec<(i64, usize)>> = BTreeMap::new();
    for (place, item) in items.iter().enumerate() {
        let is_flow = chart::figure(item.claim).is_some_and(|figure| figure.basis() == Basis::Flow);
        let time = chart::time(item.claim.when.as_ref());
        if let (true, true, Some(start), Some(end)) =
            (is_flow, when(item.claim).contains('/'), time.start, time.end)
        {
            runs.entry((item.origin, start)).or_default().push((end, place));
        }
    }
    let mut found = Vec::new();
    for mut run in runs.into_values() {
        run.sort_unstable();
        if run.first().map(|(end, _)| end) != run.last().map(|(end, _)| end) {
            found.push(run.into_iter().map(|(_, place)| place).collect());
        }
    }
    found
}

/// Of each claim, the link to what is nearest to it in time.
fn nearest(links: Vec<Link>, marks: &[Mark]) -> Vec<Link> {
    let end = |place: usize| marks[place].time.end.unwrap_or(i64::MAX);
    let apart = |link: &Link| end(link.ends.0).abs_diff(end(link.ends.1));
    let mut least: BTreeMap<usize, u64> = BTreeMap::new();
    for link in &links {
        for place in [link.ends.0, link.ends.1] {
            let least = least.entry(place).or_insert(u64::MAX);
            *least = apart(link).min(*least);
        }
    }
    let is_nearest = |link: &Link| [link.ends.0, link.ends.1].iter().any(|place| least[place] == apart(link));
    links.into_iter().filter(is_nearest).collect()
}

fn band(range: &Range<'_>, marks: &[Mark]) -> Band {
    let times = || range.members.iter().map(|&member| marks[member].time);
    let hull = Stretch {
        start: times().map(|time| time.start).min().flatten(),
        end: times().map(|time| time.end).collect::<Option<Vec<_>>>().and_then(|ends| ends.into_iter().max()),
    };
    let ends = |bounds: &Bounds| (bounds.low, bounds.high);
    // A period in which no figure ends is that of their beginnings, or of what was said later.
    let is_within = |period: &Stretch| {
        let Stretch { start: Some(start), end: Some(last) } = *period else { return false };
        hull.end.is_some_and(|end| (start..=last).contains(&end))
    };
    Band {
        time: range.period.filter(is_within).unwrap_or(hull),
        range: range.row.range.as_ref().map(ends).unwrap_or_default(),
        is_open: range.row.is_open,
        agreement: range.row.agreement.as_ref().map(ends),
    }
}

/// From the first moment to the last; none if there is none.
pub(super) fn span(times: impl Iterator<Item = Stretch>) -> Option<(i64, i64)> {
    let ends: Vec<i64> = times.flat_map(|time| [time.start, time.end]).flatten().collect();
    Some((*ends.iter().min()?, *ends.iter().max()?))
}

/// The numbers to be shown: from 0, unless all are far from it.
fn range(marks: &[Mark], bands: &[Band]) -> (f64, f64) {
    let of_marks = marks.iter().flat_map(|mark| [mark.low, mark.high, mark.best]);
    let of_bands = bands.iter().flat_map(|band| [band.range.0, band.range.1]);
    let numbers: Vec<f64> = of_marks.chain(of_bands).flatten().collect();
    let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let most = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if least > most {
        return (0.0, 1.0);
    }
    let is_open = marks.iter().any(|mark| mark.low.is_none() || mark.high.is_none());
    let least = if least > 0.0 && (least < most / 2.0 || is_open) { 0.0 } else { least };
    if least < most {
        (least, most)
    } else {
        (least - least.abs().max(1.0) / 10.0, most + most.abs().max(1.0) / 10.0)
    }
}
