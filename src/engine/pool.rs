//! What a query is asked of: the claims of the ledger, or the items of the registry.

use super::answer::{Matched, Remark, Results, StoredClaim};
use super::query::QueryError;
use crate::analysis::{Cell, Item, Known, cells};
use crate::language::{Column, Notice, Resolved, Subject};
use crate::model::{Document, Entity, Source};
use crate::plan::{Field, Filter, GroupKey, Leaf, OrderKey, Row, Selection, Shown, terms};
use crate::registry::{Registered, Registry};
use crate::store::{Budget, Hit, Page, Position, Rows, Tally, Totals, View};
use crate::wire::item;
use std::sync::Arc;

/// Claims fetched at a time while a page fills.
const FETCHED_AT_ONCE: usize = 64;

/// What a query is asked of.
pub(super) enum Pool<'a> {
    /// The claims of the ledger.
    Claims(Claims<'a>),
    /// The items of the registry, and as many rows, both in the order of the ledger.
    Registry(Items, Rows),
}

/// The claims of the ledger as of a revision.
pub(super) struct Claims<'a> {
    pub(super) view: &'a dyn View,
    pub(super) shown: Shown,
    pub(super) at: u64,
    pub(super) budget: &'a Budget,
}

/// Items of one sort.
pub(super) enum Items {
    Entities(Vec<Arc<Registered<Entity>>>),
    Sources(Vec<Arc<Registered<Source>>>),
    Documents(Vec<Arc<Registered<Document>>>),
}

impl<'a> Pool<'a> {
    pub(super) fn new(
        resolved: &Resolved,
        view: &'a dyn View,
        registry: &Registry,
        at: u64,
        budget: &'a Budget,
    ) -> Self {
        match resolved.subject {
            Subject::Claims(_) => Self::Claims(Claims { view, shown: resolved.shown, at, budget }),
            Subject::Entities => {
                let (items, rows) = in_order(registry.entities(), Row::of_entity);
                Self::Registry(Items::Entities(items), rows)
            }
            Subject::Sources => {
                let (items, rows) = in_order(registry.sources(), Row::of_source);
                Self::Registry(Items::Sources(items), rows)
            }
            Subject::Documents => {
                let (items, rows) = in_order(registry.documents(), Row::of_document);
                Self::Registry(Items::Documents(items), rows)
            }
        }
    }

    pub(super) fn select(
        &self,
        filter: &Filter,
        order: &[OrderKey],
        after: Option<Position>,
        limit: usize,
    ) -> Result<Page, QueryError> {
        Ok(match self {
            Self::Claims(claims) => {
                claims.view.select(&claims.selection(filter), order, after, limit, claims.budget)?
            }
            Self::Registry(_, rows) => rows.select(filter, order, after, limit),
        })
    }

    pub(super) fn count(&self, filter: &Filter) -> Result<Totals, QueryError> {
        Ok(match self {
            Self::Claims(claims) => claims.view.count(&claims.selection(filter), claims.budget)?,
            Self::Registry(_, rows) => rows.count(filter),
        })
    }

    pub(super) fn tally(
        &self,
        filter: &Filter,
        keys: &[GroupKey],
        max_groups: usize,
    ) -> Result<Tally, QueryError> {
        Ok(match self {
            Self::Claims(claims) => {
                claims.view.tally(&claims.selection(filter), keys, max_groups, claims.budget)?
            }
            Self::Registry(_, rows) => rows.tally(filter, keys, max_groups)?,
        })
    }

    /// The items that were found, as many as come to `max_bytes`, but one at least; and how many.
    pub(super) fn items(&self, hits: &[Hit], max_bytes: usize) -> Result<(Results, usize), QueryError> {
        Ok(match self {
            Self::Claims(claims) => {
                let claims = claims.fetch(hits, max_bytes)?;
                let given = claims.len();
                (Results::Claims(claims), given)
            }
            Self::Registry(Items::Entities(items), _) => {
                let found = matched(items, hits, max_bytes, |entity| item::encode_entity(entity).len());
                let given = found.len();
                (Results::Entities(found), given)
            }
            Self::Registry(Items::Sources(items), _) => {
                let found = matched(items, hits, max_bytes, |source| item::encode_source(source).len());
                let given = found.len();
                (Results::Sources(found), given)
            }
            Self::Registry(Items::Documents(items), _) => {
                let found = matched(items, hits, max_bytes, |document| item::encode_document(document).len());
                let given = found.len();
                (Results::Documents(found), given)
            }
        })
    }

    /// The columns of the items that were found, of as many items as [`Self::items`] gives.
    pub(super) fn cells(
        &self,
        hits: &[Hit],
        columns: &[Column],
        registry: &Registry,
        max_bytes: usize,
    ) -> Result<Vec<Vec<Cell>>, QueryError> {
        let items = match self {
            Self::Claims(claims) => {
                let claims = claims.fetch(hits, max_bytes)?;
                let of_claim = |Matched { item: stored, .. }: &Matched<StoredClaim>| {
                    let claim = item::decode_claim(&stored.bytes)?;
                    Ok(cells(columns, Item::Claim(&claim), &stored.known(), registry))
                };
                return claims.iter().map(of_claim).collect();
            }
            Self::Registry(items, _) => items,
        };
        let of_item = |hit: &Hit| match items {
            Items::Entities(items) => {
                let entity = item_at(items, hit.position);
                cells(columns, Item::Entity(&entity.item), &known(entity), registry)
            }
            Items::Sources(items) => {
                let source = item_at(items, hit.position);
                cells(columns, Item::Source(&source.item), &known(source), registry)
            }
            Items::Documents(items) => {
                let document = item_at(items, hit.position);
                cells(columns, Item::Document(&document.item), &known(document), registry)
            }
        };
        Ok(hits.iter().map(of_item).collect())
    }

    /// What a notice comes to, if it turns out to be so. Counting all that it concerns is left out
    /// unless `counted`, since a page alone stops early.
    pub(super) fn remark(
        &self,
        notice: &Notice,
        filter: &Filter,
        counted: bool,
    ) -> Result<Option<Remark>, QueryError> {
        let both = |other: &Filter| Filter::and([filter.clone(), other.clone()]);
        match notice {
            Notice::MatchedByAbsence { at, attribute, filter: absent } => {
                if !self.any(&both(absent))? {
                    return Ok(None);
                }
                let count = if counted { Some(self.count(&both(absent))?) } else { None };
                Ok(Some(Remark::matched_by_absence(*at, attribute, count)))
            }
            Notice::NeverSeen { at, attribute, filter: seen, has_words } => Ok(if self.any(seen)? {
                None
            } else if self.any_hidden(seen)? {
                Some(Remark::only_hidden(*at, attribute))
            } else {
                Some(Remark::never_seen(*at, attribute, *has_words))
            }),
            Notice::NewestAlone { at, filter: later } => {
                Ok(self.any(later)?.then(|| Remark::newest_alone(*at)))
            }
            Notice::SeveralUnits { at } => {
                let with_unit = Filter::Leaf(Leaf::Present(Field::Unit));
                let Some(unit) = self.unit_of_first(&both(&with_unit))? else { return Ok(None) };
                let same = Filter::Leaf(Leaf::Terms { field: Field::Unit, any: terms([unit]) });
                // Asked first for another unit: where the ledger has none, little else is looked at.
                let other = Filter::and([Filter::not(same), with_unit, filter.clone()]);
                Ok(self.any(&other)?.then(|| Remark::several_units(*at)))
            }
        }
    }

    fn any(&self, filter: &Filter) -> Result<bool, QueryError> {
        Ok(!self.select(filter, &[], None, 1)?.hits.is_empty())
    }

    /// Whether a claim matches that may be hidden.
    fn any_hidden(&self, filter: &Filter) -> Result<bool, QueryError> {
        let Self::Claims(claims) = self else { return Ok(false) };
        let shown = Shown { retracted: true, old_versions: true };
        let selection = Selection { shown, ..claims.selection(filter) };
        Ok(!claims.view.select(&selection, &[], None, 1, claims.budget)?.hits.is_empty())
    }

    /// The unit of the newest claim that matches.
    fn unit_of_first(&self, filter: &Filter) -> Result<Option<Arc<str>>, QueryError> {
        let Self::Claims(claims) = self else { return Ok(None) };
        let hits = self.select(filter, &[], None, 1)?.hits;
        let Some(Matched { item: claim, .. }) = claims.fetch(&hits, 0)?.into_iter().next() else {
            return Ok(None);
        };
        let row = Row::of_claim(&item::decode_claim(&claim.bytes)?);
        Ok(row.terms(Field::Unit).first().cloned())
    }
}

impl Claims<'_> {
    fn selection(&self, filter: &Filter) -> Selection {
        Selection { filter: filter.clone(), shown: self.shown, at: self.at }
    }

    /// The claims that were found, as many as come to `max_bytes`, but one at least.
    pub(super) fn fetch(
        &self,
        hits: &[Hit],
        max_bytes: usize,
    ) -> Result<Vec<Matched<StoredClaim>>, QueryError> {
        let mut claims = Vec::with_capacity(hits.len());
        let mut bytes = 0;
        for hits in hits.chunks(FETCHED_AT_ONCE) {
            let positions: Vec<Position> = hits.iter().map(|hit| hit.position).collect();
            for (stored, hit) in self.view.fetch(&positions, self.at)?.into_iter().zip(hits) {
                bytes += stored.bytes.len();
                if bytes > max_bytes && !claims.is_empty() {
                    return Ok(claims);
                }
                claims.push(Matched { item: StoredClaim::from(stored), truth: hit.truth });
            }
        }
        Ok(claims)
    }
}

fn in_order<'r, T: 'r>(
    items: impl Iterator<Item = &'r Arc<Registered<T>>>,
    row: impl Fn(&T) -> Row,
) -> (Vec<Arc<Registered<T>>>, Rows) {
    let mut items: Vec<_> = items.cloned().collect();
    items.sort_unstable_by_key(|item| item.ordinal);
    let rows = items
        .iter()
        .map(|item| row(&item.item).committed(item.recorded.0, item.revision, item.version))
        .collect();
    (items, Rows(rows))
}

/// The items that were found, as many as come to `max_bytes`, but one at least.
fn matched<T>(
    items: &[Arc<Registered<T>>],
    hits: &[Hit],
    max_bytes: usize,
    bytes_of: impl Fn(&T) -> usize,
) -> Vec<Matched<Arc<Registered<T>>>> {
    let mut bytes = 0;
    let found =
        hits.iter().map(|hit| Matched { item: Arc::clone(item_at(items, hit.position)), truth: hit.truth });
    found
        .enumerate()
        .take_while(|(index, found)| {
            bytes += bytes_of(&found.item.item);
            *index == 0 || bytes <= max_bytes
        })
        .map(|(_, found)| found)
        .collect()
}

fn item_at<T>(items: &[T], position: Position) -> &T {
    let index = usize::try_from(position.0).expect("a position among the rows");
    &items[index]
}

fn known<T>(item: &Registered<T>) -> Known {
    Known { revision: item.revision, recorded: item.recorded, version: item.version, is_retracted: false }
}
