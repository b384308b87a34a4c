//! The rows of tables as items.

use super::newcomers::Newcomers;
use super::source::{Fault, Place, Read, Source};
use crate::cli::Failure;
use crate::model::{EntityDraft, SourceDraft};
use crate::pack::mapping::{Drafts, Made, Mapping, RowDrafts, RowError};
use crate::plan::fold;
use crate::wire::pb::ledger_item::Item;
use crate::wire::{pb, request};
use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::rc::Rc;

/// Tables that a mapping is applied to, one after the other.
pub(super) struct Rows<'m> {
    mapping: &'m Mapping,
    tables: VecDeque<PathBuf>,
    /// The row of the next table that is read first.
    from: u64,
    open: Option<Rc<RefCell<Drafts<'m>>>>,
    /// The row that was read last.
    row: u64,
    newcomers: Newcomers,
    /// What was made of that row and was not given yet.
    made: VecDeque<Read<'m>>,
    /// Bytes of the tables that were read to their ends.
    read: u64,
}

impl<'m> Rows<'m> {
    pub(super) fn of(mapping: &'m Mapping, tables: &[PathBuf], from: u64, newcomers: Newcomers) -> Self {
        let tables = tables.to_vec().into();
        Self { mapping, tables, from, open: None, row: 0, newcomers, made: VecDeque::new(), read: 0 }
    }

    fn make(&mut self, table: &Rc<RefCell<Drafts<'m>>>, row: RowDrafts) {
        let RowDrafts { row, entities, sources, documents, claims } = row;
        self.row = row.number;
        let row = Rc::new(row);
        let mut give = |origin, item: Option<Item>| {
            let place = Place::Row { table: Rc::clone(table), row: Rc::clone(&row), origin };
            let item = item.map(|item| Read::Item(place, Box::new(pb::LedgerItem { item: Some(item) })));
            self.made.push_back(item.unwrap_or(Read::Known));
        };
        let newcomers = &mut self.newcomers;
        for Made { item, origin } in parents_first(entities, entity_names, |entity| &entity.parents) {
            give(origin, newcomers.entity(item).map(|draft| Item::Entity(request::entity(draft))));
        }
        for Made { item, origin } in parents_first(sources, source_names, |source| source.part_of.as_slice())
        {
            give(origin, newcomers.source(item).map(|draft| Item::Source(request::source(draft))));
        }
        for Made { item, origin } in documents {
            give(origin, newcomers.document(item).map(|draft| Item::Document(request::document(draft))));
        }
        for Made { item, origin } in claims {
            give(origin, Some(Item::Claim(request::claim(item))));
        }
    }
}

impl<'m> Source<'m> for Rows<'m> {
    fn next(&mut self) -> Result<Option<Read<'m>>, Failure> {
        loop {
            if let Some(made) = self.made.pop_front() {
                return Ok(Some(made));
            }
            let Some(table) = &self.open else {
                let Some(path) = self.tables.pop_front() else { return Ok(None) };
                let mut drafts = self.mapping.drafts(&path)?;
                drafts.skip_to(self.from)?;
                self.row = std::mem::replace(&mut self.from, 1) - 1;
                self.open = Some(Rc::new(RefCell::new(drafts)));
                continue;
            };
            let table = Rc::clone(table);
            let read = table.borrow_mut().next();
            match read {
                Some(Ok(row)) => self.make(&table, row),
                Some(Err(RowError::Broken(faults))) => {
                    self.row = faults.first().map_or(self.row + 1, |fault| fault.row);
                    let faults = faults.into_iter().map(Fault::Row);
                    return Ok(Some(Read::Broken(faults.collect())));
                }
                Some(Err(RowError::Ended(error))) => {
                    return Err(Failure::Stopped { faults: vec![error.to_string()], from: self.row + 1 });
                }
                None => {
                    self.read += table.borrow().data().progress().0;
                    self.open = None;
                }
            }
        }
    }

    fn progress(&self) -> u64 {
        self.read + self.open.as_ref().map_or(0, |table| table.borrow().data().progress().1)
    }
}

fn entity_names(EntityDraft { id, name, aliases, .. }: &EntityDraft) -> Vec<&String> {
    aliases.iter().chain([name, id]).collect()
}

fn source_names(SourceDraft { id, name, aliases, .. }: &SourceDraft) -> Vec<&String> {
    aliases.iter().chain([name, id]).collect()
}

/// The items of a row in an order in which each stands behind those that it is a part of. All are written in
/// batches, of which any may end between two of them.
fn parents_first<T>(
    made: Vec<Made<T>>,
    names: fn(&T) -> Vec<&String>,
    parents: fn(&T) -> &[String],
) -> Vec<Made<T>> {
    let places = made.iter().enumerate();
    let places =
        places.flat_map(|(index, made)| names(&made.item).into_iter().map(move |it| (fold(it), index)));
    let places: HashMap<_, _> = places.collect();
    let mut is_met = vec![false; made.len()];
    let mut order = Vec::with_capacity(made.len());
    for begin in 0..made.len() {
        let mut above = Vec::new();
        let mut next = (!is_met[begin]).then_some(begin);
        while let Some(at) = next.or_else(|| above.pop()) {
            is_met[at] = true;
            let named = parents(&made[at].item).iter().filter_map(|name| places.get(&fold(name)));
            next = named.copied().find(|place| !is_met[*place]);
            if next.is_some() { above.push(at) } else { order.push(at) }
        }
    }
    let mut made: Vec<_> = made.into_iter().map(Some).collect();
    order.into_iter().filter_map(|at| made[at].take()).collect()
}
