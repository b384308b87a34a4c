//! What the registry knows about the names in a row: what stands behind an attribute's dot.

use super::attributes::Fact;
use crate::model::vocabulary::InterestStance;
use crate::model::{Document, Entity, EntityId, Source};
use crate::plan::{Span, time_span};
use crate::registry::Registry;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The fact about one name, if it has it. How a source stands is no fact about the source alone:
/// see [`stances`].
pub fn fact(registry: &Registry, fact: Fact, id: &str) -> Option<Arc<str>> {
    match fact {
        Fact::SourceKind | Fact::SourceCountry | Fact::SourceReliability => {
            registry.source(id).and_then(|source| of_source(fact, source))
        }
        Fact::EntityKind => registry.entity(id).map(|entity| of_entity(entity)),
        Fact::DocumentPublisher => registry.document(id).and_then(|document| of_document(document)),
        Fact::SourceStance => None,
    }
}

/// Every name that a fact can be asked about, with the fact if it has it.
pub fn all(registry: &Registry, fact: Fact) -> Vec<(Arc<str>, Option<Arc<str>>)> {
    match fact {
        Fact::SourceKind | Fact::SourceCountry | Fact::SourceReliability => {
            registry.sources().map(|source| (source.id.shared().clone(), of_source(fact, source))).collect()
        }
        Fact::EntityKind => {
            registry.entities().map(|entity| (entity.id.shared().clone(), Some(of_entity(entity)))).collect()
        }
        Fact::DocumentPublisher => registry
            .documents()
            .map(|document| (document.id.shared().clone(), of_document(document)))
            .collect(),
        Fact::SourceStance => Vec::new(),
    }
}

fn of_source(fact: Fact, source: &Source) -> Option<Arc<str>> {
    match fact {
        Fact::SourceKind => Some(source.kind.as_str().into()),
        Fact::SourceCountry => source.country.as_ref().map(|country| country.shared().clone()),
        Fact::SourceReliability => Some(source.reliability.as_str().into()),
        Fact::SourceStance | Fact::EntityKind | Fact::DocumentPublisher => None,
    }
}

fn of_entity(entity: &Entity) -> Arc<str> {
    entity.kind.as_str().into()
}

fn of_document(document: &Document) -> Option<Arc<str>> {
    document.publisher.as_ref().map(|publisher| publisher.shared().clone())
}

/// How sources stand: the source, towards whom, and how. A source stands as what it is part of
/// does, unless it says otherwise.
pub fn stances(registry: &Registry) -> Vec<(Arc<str>, EntityId, InterestStance)> {
    let mut stances = Vec::new();
    for source in registry.sources() {
        let mut known = BTreeSet::new();
        let mut speaker = Some(source);
        while let Some(part) = speaker {
            for interest in part.interests.iter().filter(|interest| known.insert(&interest.entity)) {
                stances.push((source.id.shared().clone(), interest.entity.clone(), interest.stance));
            }
            speaker = part.part_of.as_ref().and_then(|whole| registry.source(whole.as_str()));
        }
    }
    stances
}

/// The documents whose time of publication is known, and the time.
pub fn published(registry: &Registry) -> impl Iterator<Item = (Arc<str>, Span)> {
    registry.documents().filter_map(|document| {
        document.published.as_ref().map(|time| (document.id.shared().clone(), time_span(time)))
    })
}
