//! `list`: the attributes of an item as the cells of a table.

use crate::language::attributes::{Attribute, Beyond, Bound, Fact, Location};
use crate::language::{Column, facts};
use crate::model::{Claim, Content, Document, Entity, Quantity, Source, Time, Timestamp};
use crate::plan::{Field, KEY_SEPARATOR, Part, Row, Span, SpanField, time_span};
use crate::registry::Registry;
use std::collections::BTreeSet;
use std::sync::Arc;

/// One cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// The item has no such attribute.
    Missing,
    /// An id, a word, a text; a time in EDTF; a figure that is not exact, in its notation.
    Text(String),
    /// An exact figure, a count.
    Number(f64),
    /// Yes or no.
    Bool(bool),
    /// The values of an attribute that can have several; never empty.
    List(Vec<Cell>),
}

/// What a row of a table is about.
#[derive(Clone, Copy, Debug)]
pub enum Item<'a> {
    /// A claim.
    Claim(&'a Claim),
    /// An entity.
    Entity(&'a Entity),
    /// A source.
    Source(&'a Source),
    /// A document.
    Document(&'a Document),
}

/// What only the ledger knows of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The commit that recorded it.
    pub revision: u64,
    /// When that was.
    pub recorded: Timestamp,
    /// Its version, counted from 1.
    pub version: u32,
    /// Whether it is retracted at the revision that was asked for.
    pub is_retracted: bool,
}

/// The cells of one row, one for each column. Names are shown by their ids.
pub fn cells(columns: &[Column], item: Item<'_>, known: &Known, registry: &Registry) -> Vec<Cell> {
    let row = match item {
        Item::Claim(claim) => Row::of_claim(claim),
        Item::Entity(entity) => Row::of_entity(entity),
        Item::Source(source) => Row::of_source(source),
        Item::Document(document) => Row::of_document(document),
    };
    let listed = Listed { item, known, registry, row };
    columns.iter().map(|column| listed.cell(&column.attribute)).collect()
}

/// An item and all that its cells are read from.
struct Listed<'a> {
    item: Item<'a>,
    known: &'a Known,
    registry: &'a Registry,
    row: Row,
}

impl Listed<'_> {
    fn cell(&self, attribute: &Attribute) -> Cell {
        match (&attribute.beyond, attribute.entry.at) {
            (Beyond::Key { pairs, key, .. }, _) => {
                let mut pairs =
                    self.row.terms(*pairs).iter().filter_map(|pair| pair.split_once(KEY_SEPARATOR));
                text(pairs.find(|(known, _)| **known == **key).map(|(_, value)| value))
            }
            (Beyond::Fact { of, fact: Fact::SourceStance, .. }, _) => many(self.stances(*of)),
            (Beyond::Fact { of, fact, .. }, _) => {
                let facts: BTreeSet<Arc<str>> = self
                    .row
                    .terms(*of)
                    .iter()
                    .filter_map(|id| facts::fact(self.registry, *fact, id))
                    .collect();
                one_or_many(attribute, facts)
            }
            (Beyond::Part { part, .. }, Location::Span(field)) => self.part(*part, self.span(field)),
            (Beyond::Part { part, .. }, _) => self.part(*part, self.published().map(|time| time_span(&time))),
            (Beyond::Bound { bound, .. }, _) => self.bound(*bound),
            (Beyond::Nothing, Location::Id) => Cell::Text(self.row.id().to_string()),
            (Beyond::Nothing, Location::Terms(Field::Via)) => many(self.relays()),
            (
                Beyond::Nothing,
                Location::Terms(field) | Location::Named(field, _) | Location::Keyed { pairs: field, .. },
            ) => one_or_many(attribute, self.row.terms(field).iter().cloned()),
            (Beyond::Nothing, Location::Words(_)) => match self.item {
                Item::Claim(claim) => Cell::Text(claim.text.clone()),
                Item::Entity(_) | Item::Source(_) | Item::Document(_) => Cell::Missing,
            },
            (Beyond::Nothing, Location::Span(field)) => self.interval(field),
            (Beyond::Nothing, Location::DocumentPublished) => time(self.published().as_ref()),
            (Beyond::Nothing, Location::Retracted) => Cell::Bool(self.known.is_retracted),
        }
    }

    /// Who passed a claim on, in the order of its chain, each once.
    fn relays(&self) -> Vec<Arc<str>> {
        let Item::Claim(claim) = self.item else { return Vec::new() };
        let mut relays: Vec<Arc<str>> = Vec::new();
        for source in claim.attribution.iter().skip(1).flat_map(|step| &step.sources) {
            if !relays.contains(source.shared()) {
                relays.push(Arc::clone(source.shared()));
            }
        }
        relays
    }

    fn interval(&self, field: SpanField) -> Cell {
        match field {
            SpanField::Revision => Cell::Number(self.known.revision as f64),
            SpanField::Version => Cell::Number(self.known.version.into()),
            SpanField::Recorded => Cell::Text(self.known.recorded.to_string()),
            SpanField::Hops => match self.item {
                Item::Claim(claim) => Cell::Number(claim.hops() as f64),
                Item::Entity(_) | Item::Source(_) | Item::Document(_) => Cell::Missing,
            },
            SpanField::Value => self.value(),
            SpanField::When
            | SpanField::Said
            | SpanField::Deadline
            | SpanField::Published
            | SpanField::Retrieved => time(self.time(field)),
        }
    }

    /// The item's own times.
    fn time(&self, field: SpanField) -> Option<&Time> {
        match (self.item, field) {
            (Item::Claim(claim), SpanField::When) => claim.when.as_ref(),
            (Item::Claim(claim), SpanField::Said) => claim.origin().said.as_ref(),
            (Item::Claim(claim), SpanField::Deadline) => match &claim.content {
                Content::Norm(norm) => norm.deadline.as_ref(),
                Content::Figure(_) | Content::Event | Content::Statement => None,
            },
            (Item::Document(document), SpanField::Published) => document.published.as_ref(),
            (Item::Document(document), SpanField::Retrieved) => document.retrieved.as_ref(),
            (Item::Claim(_) | Item::Entity(_) | Item::Source(_) | Item::Document(_), _) => None,
        }
    }

    /// One of the figure's numbers, if it is there and finite.
    fn bound(&self, bound: Bound) -> Cell {
        let Item::Claim(claim) = self.item else { return Cell::Missing };
        let Content::Figure(figure) = &claim.content else { return Cell::Missing };
        let number = match bound {
            Bound::Low => Some(figure.quantity.low()),
            Bound::High => Some(figure.quantity.high()),
            Bound::Best => figure.quantity.best(),
        };
        number.filter(|number| number.is_finite()).map_or(Cell::Missing, Cell::Number)
    }

    fn value(&self) -> Cell {
        let Item::Claim(claim) = self.item else { return Cell::Missing };
        let Content::Figure(figure) = &claim.content else { return Cell::Missing };
        let quantity = figure.quantity;
        if quantity.low() == quantity.high() {
            return Cell::Number(quantity.low());
        }
        // Ends that were given override the notation, which then says something else.
        let says_it = |notation: &&String| {
            Quantity::parse(notation).is_ok_and(|read| read.interval() == quantity.interval())
        };
        let written = figure.notation.as_ref().filter(says_it);
        Cell::Text(written.cloned().unwrap_or_else(|| quantity.notation()))
    }

    /// When the claim's document was published.
    fn published(&self) -> Option<Time> {
        let document = self.row.terms(Field::Document).first()?;
        self.registry.document(document)?.published.clone()
    }

    /// The keys of an item's time.
    fn span(&self, field: SpanField) -> Option<Span> {
        match field {
            SpanField::Recorded => Some(Span::point(self.known.recorded.0)),
            SpanField::When
            | SpanField::Value
            | SpanField::Said
            | SpanField::Deadline
            | SpanField::Hops
            | SpanField::Revision
            | SpanField::Version
            | SpanField::Published
            | SpanField::Retrieved => self.row.span(field),
        }
    }

    fn part(&self, part: Part, time: Option<Span>) -> Cell {
        text(time.map(|time| part.of(time)))
    }

    /// How the sources in `of` stand towards the claim's actors.
    fn stances(&self, of: Field) -> BTreeSet<Arc<str>> {
        let sources = self.row.terms(of);
        let actors = self.row.terms(Field::Actor);
        facts::stances(self.registry)
            .into_iter()
            .filter(|(source, entity, _)| {
                sources.contains(source)
                    && self
                        .registry
                        .entity_and_descendants(entity)
                        .iter()
                        .any(|meant| actors.contains(meant.shared()))
            })
            .map(|(_, _, stance)| stance.as_str().into())
            .collect()
    }
}

fn text<T: Into<String>>(text: Option<T>) -> Cell {
    text.map_or(Cell::Missing, |text| Cell::Text(text.into()))
}

fn time(time: Option<&Time>) -> Cell {
    text(time.map(Time::text))
}

fn one_or_many(attribute: &Attribute, texts: impl IntoIterator<Item = Arc<str>>) -> Cell {
    if attribute.is_many() {
        many(texts)
    } else {
        text(texts.into_iter().next().map(|term| term.to_string()))
    }
}

fn many(texts: impl IntoIterator<Item = Arc<str>>) -> Cell {
    let cells: Vec<Cell> = texts.into_iter().map(|text| Cell::Text(text.to_string())).collect();
    if cells.is_empty() { Cell::Missing } else { Cell::List(cells) }
}
