//! Names and aliases → ids, and what descends from what.
//!
//! A registry is immutable and shares what it can with the one that it was made from, so that
//! keeping it as of every revision costs little.

use crate::model::shown::piece;
use crate::model::{
    Document, DocumentId, Entity, EntityId, Role, Source, SourceId, Timestamp, nearest,
    vocabulary::EntityKind,
};
use crate::plan::fold;
use imbl::{HashMap, OrdMap, OrdSet};
use std::collections::HashSet;
use std::collections::hash_map::{Entry, HashMap as StdHashMap};
use std::hash::Hash;
use std::ops::Deref;
use std::sync::Arc;

/// Entities, sources and documents, by id and by name. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    entities: Shelf<EntityId, Entity>,
    sources: Shelf<SourceId, Source>,
    documents: Shelf<DocumentId, Document>,
    /// How many items were ever added; gives each its place in the order of the ledger.
    added: u64,
}

/// An item of the registry, with what only the ledger knows of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Registered<T> {
    /// The item.
    pub item: T,
    /// Where it came in the order of the ledger, counted from 0 over all items of the registry.
    pub ordinal: u64,
    /// The commit that recorded it.
    pub revision: u64,
    /// When that was.
    pub recorded: Timestamp,
    /// Its version, counted from 1.
    pub version: u32,
}

impl<T> Deref for Registered<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.item
    }
}

/// Why a name does not stand for one thing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing has this name.
    #[error("there is no {what} `{}`{}", piece(.name), Nearest(.nearest))]
    Unknown {
        /// What was looked for.
        what: What,
        /// The name.
        name: String,
        /// Names that are like it.
        nearest: Vec<String>,
    },
    /// Several things have this name.
    #[error("`{}` names several: write {}", piece(.name), Listed(.ids))]
    Ambiguous {
        /// The name.
        name: String,
        /// The ids of what has it, sorted.
        ids: Vec<String>,
    },
    /// What has this name is of a kind that does not fit.
    #[error("`{id}` is of kind {kind}; here belongs one of kind {}", Kinds(.role))]
    WrongKind {
        /// The id of what has the name.
        id: String,
        /// Its kind.
        kind: EntityKind,
        /// What would fit.
        role: Role,
    },
}

/// What a name was looked for as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// An entity that fits a role.
    Entity(Role),
    /// A source.
    Source,
    /// A document.
    Document,
}

/// A chain of parents that comes back to where it began; of a long one, its beginning and its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("goes round in a cycle: {}", .0.join(" → "))]
pub struct Cycle(pub Vec<String>);

/// How many items of a cycle are named.
const MAX_CYCLE_SHOWN: usize = 16;

/// How many of the things that share a name are listed in words.
const MAX_LISTED: usize = 16;

impl Registry {
    /// The entity of this id.
    pub fn entity(&self, id: &str) -> Option<&Arc<Registered<Entity>>> {
        self.entities.items.get(id)
    }

    /// The source of this id.
    pub fn source(&self, id: &str) -> Option<&Arc<Registered<Source>>> {
        self.sources.items.get(id)
    }

    /// The document of this id.
    pub fn document(&self, id: &str) -> Option<&Arc<Registered<Document>>> {
        self.documents.items.get(id)
    }

    /// Every entity, by id.
    pub fn entities(&self) -> impl DoubleEndedIterator<Item = &Arc<Registered<Entity>>> {
        self.entities.items.values()
    }

    /// Every source, by id.
    pub fn sources(&self) -> impl DoubleEndedIterator<Item = &Arc<Registered<Source>>> {
        self.sources.items.values()
    }

    /// Every document, by id.
    pub fn documents(&self) -> impl DoubleEndedIterator<Item = &Arc<Registered<Document>>> {
        self.documents.items.values()
    }

    /// The entity that an id or a name stands for, among those that fit the role. An id beats a
    /// name; names are compared in NFC and case-folded.
    ///
    /// # Errors
    /// Nothing has the name, several have it, or what has it does not fit.
    pub fn resolve_entity(&self, name: &str, role: Role) -> Result<EntityId, NameError> {
        let fits = |id: &EntityId| {
            self.entity(id.as_str()).is_some_and(|entity| role.kinds().contains(&entity.kind))
        };
        let named: Vec<EntityId> = self.entities.named(name);
        let folded = fold(name);
        if let Some(id) = named.iter().find(|id| id.as_str() == &*folded && fits(id)) {
            return Ok(id.clone());
        }
        let fitting: Vec<&EntityId> = named.iter().filter(|id| fits(id)).collect();
        match (fitting.as_slice(), named.first().and_then(|id| self.entity(id.as_str()))) {
            ([id], _) => Ok((*id).clone()),
            ([], Some(other)) => {
                Err(NameError::WrongKind { id: other.id.to_string(), kind: other.kind, role })
            }
            ([], None) => {
                let fitting = self.entities().filter(|entity| role.kinds().contains(&entity.kind));
                let names =
                    fitting.flat_map(|entity| names(entity.id.as_str(), &entity.name, &entity.aliases));
                Err(unknown(What::Entity(role), name, names))
            }
            (several, _) => Err(ambiguous(name, several.iter().map(ToString::to_string))),
        }
    }

    /// The source that an id or a name stands for; as [`Self::resolve_entity`].
    ///
    /// # Errors
    /// Nothing has the name, or several have it.
    pub fn resolve_source(&self, name: &str) -> Result<SourceId, NameError> {
        let named: Vec<SourceId> = self.sources.named(name);
        let folded = fold(name);
        if let Some(id) = named.iter().find(|id| id.as_str() == &*folded) {
            return Ok(id.clone());
        }
        match named.as_slice() {
            [id] => Ok(id.clone()),
            [] => {
                let names = self
                    .sources()
                    .flat_map(|source| names(source.id.as_str(), &source.name, &source.aliases));
                Err(unknown(What::Source, name, names))
            }
            several => Err(ambiguous(name, several.iter().map(ToString::to_string))),
        }
    }

    /// The document of this id; documents have no other names.
    ///
    /// # Errors
    /// There is none.
    pub fn resolve_document(&self, id: &str) -> Result<DocumentId, NameError> {
        match self.document(id) {
            Some(document) => Ok(document.id.clone()),
            None => Err(unknown(What::Document, id, self.documents().map(|document| document.id.as_str()))),
        }
    }

    /// The entity and all that is part of it or a kind of it, however far down; sorted.
    pub fn entity_and_descendants(&self, id: &EntityId) -> Vec<EntityId> {
        self.entities.and_below(id)
    }

    /// The source and all that is part of it, however far down; sorted.
    pub fn source_and_descendants(&self, id: &SourceId) -> Vec<SourceId> {
        self.sources.and_below(id)
    }

    /// The topmost source that a source is part of: itself if it is part of none.
    pub fn root(&self, id: &SourceId) -> SourceId {
        let mut root = id;
        while let Some(above) = self.source(root.as_str()).and_then(|source| source.part_of.as_ref()) {
            root = above;
        }
        root.clone()
    }

    /// The registry with this entity, new or in place of its earlier version. Parents that are not
    /// there yet, or form a cycle, are not noticed here: see [`Self::check_entity_cycle`].
    pub fn add_entity(&mut self, entity: Entity, revision: u64, recorded: Timestamp) {
        let ordinal = self.next_ordinal();
        self.entities.add(entity, ordinal, revision, recorded);
    }

    /// As [`Self::add_entity`], of a source; see [`Self::check_source_cycle`].
    pub fn add_source(&mut self, source: Source, revision: u64, recorded: Timestamp) {
        let ordinal = self.next_ordinal();
        self.sources.add(source, ordinal, revision, recorded);
    }

    /// As [`Self::add_entity`], of a document.
    pub fn add_document(&mut self, document: Document, revision: u64, recorded: Timestamp) {
        let ordinal = self.next_ordinal();
        self.documents.add(document, ordinal, revision, recorded);
    }

    /// Whether the entity's parents lead back to it.
    ///
    /// # Errors
    /// The way round.
    pub fn check_entity_cycle(&self, id: &EntityId) -> Result<(), Cycle> {
        self.entities.check_cycle(id)
    }

    /// Whether what the source is part of leads back to it.
    ///
    /// # Errors
    /// The way round.
    pub fn check_source_cycle(&self, id: &SourceId) -> Result<(), Cycle> {
        self.sources.check_cycle(id)
    }

    fn next_ordinal(&mut self) -> u64 {
        self.added += 1;
        self.added - 1
    }
}

/// Items of one sort.
#[derive(Clone, Debug)]
struct Shelf<I: Ord + Hash, T> {
    items: OrdMap<I, Arc<Registered<T>>>,
    /// Folded id, name and aliases → who has them. A hash map's nodes would be mostly empty.
    names: OrdMap<Arc<str>, Arc<[I]>>,
    /// Who has this one as a parent.
    children: HashMap<I, OrdSet<I>>,
}

/// What a shelf must know of its items.
trait Shelved {
    type Id: Clone + Ord + Hash + std::borrow::Borrow<str> + std::fmt::Display;

    fn id(&self) -> &Self::Id;
    fn names(&self) -> impl Iterator<Item = &str>;
    fn parents(&self) -> &[Self::Id];
}

impl Shelved for Entity {
    type Id = EntityId;

    fn id(&self) -> &EntityId {
        &self.id
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        names(self.id.as_str(), &self.name, &self.aliases)
    }

    fn parents(&self) -> &[EntityId] {
        &self.parents
    }
}

impl Shelved for Source {
    type Id = SourceId;

    fn id(&self) -> &SourceId {
        &self.id
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        names(self.id.as_str(), &self.name, &self.aliases)
    }

    fn parents(&self) -> &[SourceId] {
        self.part_of.as_slice()
    }
}

impl Shelved for Document {
    type Id = DocumentId;

    fn id(&self) -> &DocumentId {
        &self.id
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::empty()
    }

    fn parents(&self) -> &[DocumentId] {
        &[]
    }
}

impl<I: Ord + Hash, T> Default for Shelf<I, T> {
    fn default() -> Self {
        Self { items: OrdMap::new(), names: OrdMap::new(), children: HashMap::new() }
    }
}

impl<T: Shelved + Clone> Shelf<T::Id, T> {
    fn add(&mut self, item: T, ordinal: u64, revision: u64, recorded: Timestamp) {
        let id = item.id().clone();
        let previous = self.items.get(&id).cloned();
        if let Some(previous) = &previous {
            for name in previous.names() {
                remove(&mut self.names, fold(name), &id);
            }
            for parent in previous.parents() {
                if let Some(children) = self.children.get_mut(parent) {
                    children.remove(&id);
                }
            }
        }
        for name in item.names() {
            insert(&mut self.names, fold(name), &id);
        }
        for parent in item.parents() {
            self.children.entry(parent.clone()).or_default().insert(id.clone());
        }
        let version = previous.map_or(1, |previous| previous.version + 1);
        self.items.insert(id, Arc::new(Registered { item, ordinal, revision, recorded, version }));
    }

    fn named(&self, name: &str) -> Vec<T::Id> {
        self.names.get(&fold(name)).map(|ids| ids.to_vec()).unwrap_or_default()
    }

    fn and_below(&self, id: &T::Id) -> Vec<T::Id> {
        let mut found = HashSet::from([id]);
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            for child in self.children.get(id).into_iter().flatten() {
                if found.insert(child) {
                    open.push(child);
                }
            }
        }
        let mut found: Vec<T::Id> = found.into_iter().cloned().collect();
        found.sort_unstable();
        found
    }

    /// Walks upwards and looks for the way back, which each item met remembers one step of.
    fn check_cycle(&self, id: &T::Id) -> Result<(), Cycle> {
        let mut met_below: StdHashMap<&T::Id, &T::Id> = StdHashMap::new();
        let mut open = vec![id];
        while let Some(below) = open.pop() {
            for parent in self.items.get(below).map(|item| item.parents()).into_iter().flatten() {
                if parent == id {
                    return Err(Cycle::of(id, below, &met_below));
                }
                if let Entry::Vacant(vacant) = met_below.entry(parent) {
                    vacant.insert(below);
                    open.push(parent);
                }
            }
        }
        Ok(())
    }
}

impl Cycle {
    /// The way from an item up to its `last` ancestor before it comes round, read backwards.
    fn of<I: Eq + Hash + std::fmt::Display>(id: &I, last: &I, met_below: &StdHashMap<&I, &I>) -> Self {
        let down = std::iter::successors(Some(last), |above| met_below.get(above).copied());
        let mut way: Vec<&I> = down.take_while(|above| *above != id).collect();
        way.push(id);
        way.reverse();
        let (head, tail) = match way.len() {
            ..=MAX_CYCLE_SHOWN => (way.as_slice(), None),
            length => (&way[..MAX_CYCLE_SHOWN / 2], Some(&way[length - MAX_CYCLE_SHOWN / 2..])),
        };
        let mut names: Vec<String> = head.iter().map(ToString::to_string).collect();
        if let Some(tail) = tail {
            names.push("…".to_owned());
            names.extend(tail.iter().map(ToString::to_string));
        }
        names.push(id.to_string());
        Self(names)
    }
}

/// Adds who has a name. Namesakes are few: a sorted slice holds them in the least memory.
fn insert<K: Ord + Clone, I: Ord + Clone>(map: &mut OrdMap<K, Arc<[I]>>, key: K, id: &I) {
    let ids = map.entry(key).or_insert_with(|| Arc::from([]));
    if let Err(at) = ids.binary_search(id) {
        let (before, after) = ids.split_at(at);
        *ids = before.iter().chain([id]).chain(after).cloned().collect();
    }
}

fn remove<K: Ord + Clone, I: Ord + Clone>(map: &mut OrdMap<K, Arc<[I]>>, key: K, id: &I) {
    if let Some(ids) = map.get(&key) {
        let rest: Arc<[I]> = ids.iter().filter(|other| *other != id).cloned().collect();
        if rest.is_empty() {
            map.remove(&key);
        } else {
            map.insert(key, rest);
        }
    }
}

fn names<'a>(id: &'a str, name: &'a str, aliases: &'a [String]) -> impl Iterator<Item = &'a str> {
    let others = [name].into_iter().chain(aliases.iter().map(String::as_str));
    [id].into_iter().chain(others.filter(move |other| !other.eq_ignore_ascii_case(id)))
}

fn unknown<'a>(what: What, name: &str, names: impl Iterator<Item = &'a str>) -> NameError {
    let nearest = nearest(name, names).into_iter().map(str::to_owned).collect();
    NameError::Unknown { what, name: name.to_owned(), nearest }
}

fn ambiguous(name: &str, ids: impl Iterator<Item = String>) -> NameError {
    NameError::Ambiguous { name: name.to_owned(), ids: ids.collect() }
}

/// Names in words: `a`, `a or b`.
struct Listed<'a>(&'a [String]);

impl std::fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (shown, left_out) = match self.0.len() {
            ..=MAX_LISTED => (self.0, 0),
            length => (&self.0[..MAX_LISTED], length - MAX_LISTED),
        };
        for (index, name) in shown.iter().enumerate() {
            match index {
                0 => write!(f, "`{name}`")?,
                _ if left_out == 0 && index + 1 == shown.len() => write!(f, " or `{name}`")?,
                _ => write!(f, ", `{name}`")?,
            }
        }
        if left_out > 0 {
            write!(f, " or one of {left_out} more")?;
        }
        Ok(())
    }
}

struct Nearest<'a>(&'a [String]);

impl std::fmt::Display for Nearest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, "; did you mean {}?", Listed(self.0)) }
    }
}

struct Kinds<'a>(&'a Role);

impl std::fmt::Display for Kinds<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, kind) in self.0.kinds().iter().enumerate() {
            write!(f, "{}{kind}", if index == 0 { "" } else { " or " })?;
        }
        Ok(())
    }
}

impl std::fmt::Display for What {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Entity(Role::Any) => f.write_str("entity"),
            Self::Entity(role) => write!(f, "{} entity", Kinds(role)),
            Self::Source => f.write_str("source"),
            Self::Document => f.write_str("document"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EntityDraft, Path, SourceDraft, vocabulary::SourceKind};

    fn entity(id: &str, kind: EntityKind, name: &str, aliases: &[&str], parents: &[&str]) -> Entity {
        let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
        let draft = EntityDraft {
            id: id.into(),
            kind: Some(kind),
            name: name.into(),
            aliases: owned(aliases),
            parents: owned(parents),
            ..EntityDraft::default()
        };
        Entity::parse(&draft, Path::ROOT).expect("a sound entity")
    }

    fn source(id: &str, part_of: Option<&str>) -> Source {
        let draft = SourceDraft {
            id: id.into(),
            kind: Some(SourceKind::Government),
            name: id.to_uppercase(),
            part_of: part_of.map(Into::into),
            ..SourceDraft::default()
        };
        Source::parse(&draft, Path::ROOT).expect("a sound source")
    }

    fn registry(entities: impl IntoIterator<Item = Entity>) -> Registry {
        let mut registry = Registry::default();
        for entity in entities {
            registry.add_entity(entity, 1, Timestamp(0));
        }
        registry
    }

    fn seeds() -> Registry {
        use EntityKind::{Country, Place, Topic};
        registry([
            entity("north-korea", Country, "North Korea", &["NK", "DPRK", "Pyongyang"], &[]),
            entity("russia", Country, "Russia", &["Moscow", "RU"], &[]),
            entity("kursk", Place, "Kursk", &[], &["russia"]),
            entity("kursk-front", Place, "Kursk front", &[], &["kursk"]),
            entity("personnel", Topic, "Personnel", &[], &[]),
            entity("workers", Topic, "Workers", &["labourers"], &["personnel"]),
            entity("troops", Topic, "Troops", &[], &["personnel"]),
            entity("georgia", Country, "Georgia", &["Sakartvelo"], &[]),
            entity("georgia-us", Place, "Georgia (US)", &["Georgia", "Sakartvelo"], &[]),
        ])
    }

    fn ids<I: ToString>(ids: impl IntoIterator<Item = I>) -> Vec<String> {
        ids.into_iter().map(|id| id.to_string()).collect()
    }

    #[test]
    fn names_and_aliases_are_one() {
        let registry = seeds();
        for name in ["NK", "nk", "DPRK", "North Korea", "NORTH KOREA", "Pyongyang", "north-korea"] {
            let found = registry.resolve_entity(name, Role::Any).map(|id| id.to_string());
            assert_eq!(found, Ok("north-korea".to_owned()), "{name}");
        }
    }

    #[test]
    fn names_that_do_not_stand_for_one_thing_say_why() {
        let registry = seeds();
        let error =
            |name: &str, role: Role| registry.resolve_entity(name, role).map_err(|error| error.to_string());
        let texts = [
            (error("wokers", Role::Kind), "there is no topic entity `wokers`; did you mean `workers`?"),
            (error("zzzzzz", Role::Any), "there is no entity `zzzzzz`"),
            (error("Moscow", Role::Kind), "`russia` is of kind country; here belongs one of kind topic"),
            (error("SAKARTVELO", Role::Place), "`SAKARTVELO` names several: write `georgia` or `georgia-us`"),
        ];
        for (found, text) in texts {
            assert_eq!(found, Err(text.to_owned()));
        }
        for name in ["georgia", "GEORGIA"] {
            let found = registry.resolve_entity(name, Role::Place).map(|id| id.to_string());
            assert_eq!(found, Ok("georgia".to_owned()), "an id beats another's alias");
        }
    }

    #[test]
    fn descendants_are_found_however_far_down() {
        let registry = seeds();
        let below = |id: &str| ids(registry.entity_and_descendants(&EntityId::parse(id).expect("an id")));
        assert_eq!(below("russia"), ["kursk", "kursk-front", "russia"]);
        assert_eq!(below("personnel"), ["personnel", "troops", "workers"]);
        assert_eq!(below("troops"), ["troops"]);
    }

    #[test]
    fn a_new_version_takes_the_names_and_parents_of_the_old_one_away() {
        let before = seeds();
        let mut after = before.clone();
        after.add_entity(entity("kursk", EntityKind::Place, "Kursk", &[], &[]), 2, Timestamp(5));
        after.add_entity(
            entity("workers", EntityKind::Topic, "Workers", &["hands"], &["personnel"]),
            2,
            Timestamp(5),
        );
        let russia = EntityId::parse("russia").expect("an id");
        assert_eq!(ids(after.entity_and_descendants(&russia)), ["russia"]);
        assert_eq!(ids(before.entity_and_descendants(&russia)), ["kursk", "kursk-front", "russia"]);
        assert!(matches!(after.resolve_entity("labourers", Role::Kind), Err(NameError::Unknown { .. })));
        assert_eq!(
            after.resolve_entity("hands", Role::Kind).map(|id| id.to_string()),
            Ok("workers".to_owned())
        );
        let kursk = after.entity("kursk").expect("it is there");
        assert_eq!((kursk.version, kursk.revision, kursk.ordinal), (2, 2, 9));
    }

    #[test]
    fn cycles_show_the_way_round() {
        let mut registry = registry([
            entity("a", EntityKind::Topic, "A", &[], &["b"]),
            entity("b", EntityKind::Topic, "B", &[], &["c", "d"]),
            entity("c", EntityKind::Topic, "C", &[], &["a"]),
            entity("d", EntityKind::Topic, "D", &[], &["d2"]),
            entity("d2", EntityKind::Topic, "D2", &[], &[]),
        ]);
        let check =
            |registry: &Registry, id: &str| registry.check_entity_cycle(&EntityId::parse(id).expect("an id"));
        assert_eq!(
            check(&registry, "a").map_err(|cycle| cycle.to_string()),
            Err("goes round in a cycle: a → b → c → a".to_owned())
        );
        assert_eq!(check(&registry, "d"), Ok(()));
        registry.add_entity(entity("c", EntityKind::Topic, "C", &[], &["d2"]), 2, Timestamp(0));
        assert_eq!(check(&registry, "a"), Ok(()));
    }

    #[test]
    fn a_long_way_round_is_shown_at_both_ends() {
        let chain = (0..100_usize).map(|n| {
            let parent = format!("n{}", (n + 1) % 100);
            entity(&format!("n{n}"), EntityKind::Topic, "N", &[], &[&parent])
        });
        let n0 = EntityId::parse("n0").expect("an id");
        let text = registry(chain).check_entity_cycle(&n0).map_err(|cycle| cycle.to_string());
        let expected = "goes round in a cycle: n0 → n1 → n2 → n3 → n4 → n5 → n6 → n7 → … → n92 → n93 → n94 → \
                        n95 → n96 → n97 → n98 → n99 → n0";
        assert_eq!(text, Err(expected.to_owned()));
    }

    #[test]
    fn many_namesakes_are_counted() {
        let many = (10..30).map(|n| entity(&format!("john-{n}"), EntityKind::Person, "John", &[], &[]));
        let error = registry(many).resolve_entity("john", Role::Any).map_err(|error| error.to_string());
        let text = error.expect_err("twenty have the name");
        assert!(text.starts_with("`john` names several: write `john-10`, `john-11`, "), "{text}");
        assert!(text.ends_with(", `john-25` or one of 4 more"), "{text}");
    }

    #[test]
    fn deep_and_wide_families_are_walked_whole() {
        let mut wide = registry([entity("n0", EntityKind::Topic, "N0", &[], &[])]);
        for n in 1..4_000 {
            let parent = if n % 2 == 0 { "n0".to_owned() } else { format!("n{}", n - 1) };
            wide.add_entity(
                entity(&format!("n{n}"), EntityKind::Topic, &format!("N{n}"), &[], &[&parent]),
                1,
                Timestamp(0),
            );
        }
        let n0 = EntityId::parse("n0").expect("an id");
        assert_eq!(wide.entity_and_descendants(&n0).len(), 4_000);
        let deep = registry((0..2_000).map(|n| {
            let parent = format!("n{}", n + 1);
            entity(&format!("n{n}"), EntityKind::Topic, &format!("N{n}"), &[], &[&parent])
        }));
        assert_eq!(deep.check_entity_cycle(&n0), Ok(()));
    }

    #[test]
    fn a_source_has_a_root_and_parts() {
        let mut registry = Registry::default();
        for source in [source("official", Some("nis")), source("nis", Some("state")), source("state", None)] {
            registry.add_source(source, 1, Timestamp(0));
        }
        let id = |id: &str| SourceId::parse(id).expect("an id");
        assert_eq!(registry.root(&id("official")), id("state"));
        assert_eq!(ids(registry.source_and_descendants(&id("nis"))), ["nis", "official"]);
        assert_eq!(registry.resolve_source("NIS"), Ok(id("nis")));
        assert_eq!(registry.check_source_cycle(&id("official")), Ok(()));
        let error = registry.resolve_source("ofical").map_err(|error| error.to_string());
        assert_eq!(error, Err("there is no source `ofical`; did you mean `official`?".to_owned()));
    }
}
