//! Figures of one subject in one unit.

use super::member::Member;
use crate::model::quantity::{Interval, converted};
use crate::model::{Content, Figure, Unit};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The claim's figure, if that is what it says.
pub(super) fn figure(member: &Member) -> Option<&Figure> {
    match &member.claim.content {
        Content::Figure(figure) => Some(figure),
        Content::Event | Content::Norm(_) | Content::Statement => None,
    }
}

/// The unit that most of the figures have; of those that equally many have, the one whose text is
/// the least. Bare numbers have none.
pub(super) fn common_unit(figures: &[&Figure]) -> Option<Unit> {
    let mut having: BTreeMap<&str, (usize, &Unit)> = BTreeMap::new();
    for unit in figures.iter().filter_map(|figure| figure.unit.as_ref()) {
        having.entry(unit.as_str()).or_insert((0, unit)).0 += 1;
    }
    let most = having.into_iter().max_by_key(|(text, (count, _))| (*count, Reverse(*text)));
    most.map(|(_, (_, unit))| unit.clone())
}

/// A figure's numbers in one unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Numbers {
    /// The interval.
    pub(super) interval: Interval,
    /// The number that was said.
    pub(super) best: Option<f64>,
}

impl Numbers {
    /// The figure's numbers in the unit of another of the same subject.
    pub(super) fn of(figure: &Figure, unit: Option<&Unit>) -> Self {
        let factor = figure.unit.as_ref().zip(unit).map_or(1.0, |(own, unit)| {
            own.factor_to(unit).expect("the figures of one subject measure in one dimension")
        });
        let quantity = &figure.quantity;
        Self {
            interval: quantity.interval().converted(factor),
            best: quantity.best().map(|best| converted(best, factor)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{figure as make, members};
    use super::*;

    #[test]
    fn most_figures_have_the_common_unit_and_equally_many_the_least() {
        for (units, expected) in [
            ("", None),
            ("km", Some("km")),
            ("m km m", Some("m")),
            ("m km", Some("km")),
            ("km m", Some("km")),
        ] {
            let units = units.split_whitespace();
            let all = members(units.enumerate().map(|(at, unit)| make(&format!("c{at}"), "1").unit(unit)));
            let figures: Vec<&Figure> = all.iter().filter_map(figure).collect();
            assert_eq!(common_unit(&figures).as_ref().map(Unit::as_str), expected);
        }
        let bare = make("a", "1").member(0);
        assert_eq!(common_unit(&[figure(&bare).unwrap()]), None);
    }
}
