//! The things that have names: entities, sources, documents.

use super::draft::{DocumentDraft, EntityDraft, Labels, SourceDraft};
use super::id::{DocumentId, EntityId, SourceId};
use super::limits::MAX_NAME_CHARS;
use super::path::Path;
use super::time::Time;
use super::violation::{Checks, Problem, Violation};
use super::vocabulary::{EntityKind, InterestStance, Reliability, SourceKind};
use std::ops::Deref;

/// What claims are about. Made by [`Entity::parse`] alone; its fields are read through it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entity(EntityFields);

/// The fields of an entity.
#[derive(Clone, Debug, PartialEq)]
pub struct EntityFields {
    /// Its id.
    pub id: EntityId,
    /// What sort of thing it is.
    pub kind: EntityKind,
    /// Its name in plain words, at most [`MAX_NAME_CHARS`] characters.
    pub name: String,
    /// Other names, each at most [`MAX_NAME_CHARS`] characters.
    pub aliases: Vec<String>,
    /// What it is part of, or a kind of. Together the parents form no cycle.
    pub parents: Vec<EntityId>,
    /// Its ids elsewhere: `wikidata` → `Q423`, `iso3166` → `KP`.
    pub external_ids: Labels,
    /// Free key/value pairs.
    pub labels: Labels,
}

/// Who speaks. Made by [`Source::parse`] alone; its fields are read through it.
#[derive(Clone, Debug, PartialEq)]
pub struct Source(SourceFields);

/// The fields of a source.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceFields {
    /// Its id.
    pub id: SourceId,
    /// What sort of speaker it is.
    pub kind: SourceKind,
    /// Its name in plain words, at most [`MAX_NAME_CHARS`] characters.
    pub name: String,
    /// Other names, each at most [`MAX_NAME_CHARS`] characters.
    pub aliases: Vec<String>,
    /// The source that it belongs to; the topmost is its root. No cycle.
    pub part_of: Option<SourceId>,
    /// The country that it belongs to.
    pub country: Option<EntityId>,
    /// The entity that it is.
    pub entity: Option<EntityId>,
    /// Its letter in the Admiralty code; F unless given.
    pub reliability: Reliability,
    /// How it stands towards entities.
    pub interests: Vec<Interest>,
    /// Where it publishes.
    pub url: Option<String>,
    /// Free key/value pairs.
    pub labels: Labels,
}

/// How a source stands towards an entity.
#[derive(Clone, Debug, PartialEq)]
pub struct Interest {
    /// Towards whom.
    pub entity: EntityId,
    /// How.
    pub stance: InterestStance,
}

/// Where a claim was read. Made by [`Document::parse`] alone; its fields are read through it.
#[derive(Clone, Debug, PartialEq)]
pub struct Document(DocumentFields);

/// The fields of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentFields {
    /// Its id.
    pub id: DocumentId,
    /// Its title, at most [`MAX_NAME_CHARS`] characters.
    pub title: String,
    /// When it was published.
    pub published: Option<Time>,
    /// Who published it.
    pub publisher: Option<SourceId>,
    /// Where it stands.
    pub url: Option<String>,
    /// In which language, as a tag of BCP 47.
    pub language: Option<String>,
    /// The SHA-256 of its bytes: 64 hexadecimal digits, lower case.
    pub sha256: Option<String>,
    /// When it was fetched.
    pub retrieved: Option<Time>,
    /// Free key/value pairs.
    pub labels: Labels,
}

impl Entity {
    /// Parses a draft whose references are ids; `at` is its place in the request.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn parse(draft: &EntityDraft, at: Path<'_>) -> Result<Self, Vec<Violation>> {
        let mut checks = Checks::default();
        let id = checks.keep(at.field("id"), EntityId::parse(&draft.id));
        let kind = checks.required(at.field("kind"), draft.kind);
        let name = checks.line(at.field("name"), &draft.name, MAX_NAME_CHARS);
        let aliases = names(&mut checks, at.field("aliases"), &draft.aliases);
        let parents = checks.list(at.field("parents"), &draft.parents, EntityId::parse);
        if let Some(index) = parents.iter().position(|parent| Some(parent) == id.as_ref()) {
            checks.refuse(at.field("parents").index(index), Problem::Itself { id: draft.id.clone() });
        }
        let external_ids = checks.labels(at.field("external_ids"), &draft.external_ids);
        let labels = checks.labels(at.field("labels"), &draft.labels);
        match (id, kind) {
            (Some(id), Some(kind)) if checks.is_clean() => {
                Ok(Self(EntityFields { id, kind, name, aliases, parents, external_ids, labels }))
            }
            _ => Err(checks.into_violations()),
        }
    }
}

impl Source {
    /// Parses a draft whose references are ids; `at` is its place in the request.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn parse(draft: &SourceDraft, at: Path<'_>) -> Result<Self, Vec<Violation>> {
        let mut checks = Checks::default();
        let id = checks.keep(at.field("id"), SourceId::parse(&draft.id));
        let kind = checks.required(at.field("kind"), draft.kind);
        let name = checks.line(at.field("name"), &draft.name, MAX_NAME_CHARS);
        let aliases = names(&mut checks, at.field("aliases"), &draft.aliases);
        let part_of = checks.optional(at.field("part_of"), draft.part_of.as_deref(), SourceId::parse);
        if part_of.is_some() && part_of == id {
            checks.refuse(at.field("part_of"), Problem::Itself { id: draft.id.clone() });
        }
        let country = checks.optional(at.field("country"), draft.country.as_deref(), EntityId::parse);
        let entity = checks.optional(at.field("entity"), draft.entity.as_deref(), EntityId::parse);
        let interests = interests(&mut checks, at.field("interests"), draft);
        let url = checks.url(at.field("url"), draft.url.as_deref());
        let labels = checks.labels(at.field("labels"), &draft.labels);
        match (id, kind) {
            (Some(id), Some(kind)) if checks.is_clean() => Ok(Self(SourceFields {
                id,
                kind,
                name,
                aliases,
                part_of,
                country,
                entity,
                reliability: draft.reliability.unwrap_or(Reliability::F),
                interests,
                url,
                labels,
            })),
            _ => Err(checks.into_violations()),
        }
    }
}

impl Document {
    /// Parses a draft whose references are ids; `at` is its place in the request.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn parse(draft: &DocumentDraft, at: Path<'_>) -> Result<Self, Vec<Violation>> {
        let mut checks = Checks::default();
        let id = checks.keep(at.field("id"), DocumentId::parse(&draft.id));
        let title = checks.line(at.field("title"), &draft.title, MAX_NAME_CHARS);
        let published = checks.optional(at.field("published"), draft.published.as_deref(), Time::parse);
        let publisher = checks.optional(at.field("publisher"), draft.publisher.as_deref(), SourceId::parse);
        let url = checks.url(at.field("url"), draft.url.as_deref());
        if draft.language.as_deref().is_some_and(|tag| !is_language_tag(tag)) {
            checks.refuse(at.field("language"), Problem::Language);
        }
        if draft.sha256.as_deref().is_some_and(|digest| !is_sha256(digest)) {
            checks.refuse(at.field("sha256"), Problem::Sha256);
        }
        let retrieved = checks.optional(at.field("retrieved"), draft.retrieved.as_deref(), Time::parse);
        let labels = checks.labels(at.field("labels"), &draft.labels);
        match id {
            Some(id) if checks.is_clean() => Ok(Self(DocumentFields {
                id,
                title,
                published,
                publisher,
                url,
                language: draft.language.clone(),
                sha256: draft.sha256.clone(),
                retrieved,
                labels,
            })),
            _ => Err(checks.into_violations()),
        }
    }
}

impl Deref for Entity {
    type Target = EntityFields;

    fn deref(&self) -> &EntityFields {
        &self.0
    }
}

impl Deref for Source {
    type Target = SourceFields;

    fn deref(&self) -> &SourceFields {
        &self.0
    }
}

impl Deref for Document {
    type Target = DocumentFields;

    fn deref(&self) -> &DocumentFields {
        &self.0
    }
}

fn names(checks: &mut Checks, at: Path<'_>, texts: &[String]) -> Vec<String> {
    checks.at_most(at, texts.len(), super::limits::MAX_LIST_ITEMS, "entries");
    let mut names: Vec<String> = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        let at = at.index(index);
        let name = checks.line(at, text, MAX_NAME_CHARS);
        if names.contains(&name) {
            checks.refuse(at, Problem::Repeated { id: name });
        } else {
            names.push(name);
        }
    }
    names
}

fn interests(checks: &mut Checks, at: Path<'_>, draft: &SourceDraft) -> Vec<Interest> {
    checks.at_most(at, draft.interests.len(), super::limits::MAX_LIST_ITEMS, "entries");
    let mut interests: Vec<Interest> = Vec::with_capacity(draft.interests.len());
    for (index, interest) in draft.interests.iter().enumerate() {
        let at = at.index(index);
        let entity = checks.keep(at.field("entity"), EntityId::parse(&interest.entity));
        let stance = checks.required(at.field("stance"), interest.stance);
        if let (Some(entity), Some(stance)) = (entity, stance) {
            if interests.iter().any(|other| other.entity == entity) {
                checks.refuse(at.field("entity"), Problem::Repeated { id: entity.to_string() });
            }
            interests.push(Interest { entity, stance });
        }
    }
    interests
}

/// The shape of a tag of BCP 47: a language of 2 to 8 letters, then subtags of 1 to 8 letters or
/// digits. Whether its parts are registered is not asked.
fn is_language_tag(tag: &str) -> bool {
    let mut subtags = tag.split('-');
    let alphanumeric =
        |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    subtags.next().is_some_and(|language| {
        language.len() >= 2 && alphanumeric(language) && !language.bytes().any(|b| b.is_ascii_digit())
    }) && subtags.all(alphanumeric)
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}
