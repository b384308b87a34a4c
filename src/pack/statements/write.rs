//! Model items → statements. What came from statements becomes the statements that it was; what
//! did not becomes an entity of the nearest schema, and claims become notes on what they are about.

use super::row::{COLUMNS, Statement};
use super::schema::schema_of;
use super::{escape, labels};
use crate::model::vocabulary::{Credibility, EntityKind};
use crate::model::{Claim, Document, Entity, Labels, Source};
use crate::pack::left_out::LeftOut;
use csv::{QuoteStyle, WriterBuilder};
use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

/// Writes a statements CSV. Sources, documents and entities come before the claims that refer to
/// them; their names are kept in memory, and no claim is.
pub struct StatementsWriter<W: Write> {
    rows: csv::Writer<W>,
    /// The data set of what nobody in particular says: the registry, and unattributed claims.
    dataset: String,
    sources: HashMap<String, Speaker>,
    /// When each data set was last seen.
    last_seen: HashMap<String, String>,
    /// Where each document stands.
    urls: HashMap<String, String>,
    /// The entities that notes can refer to.
    entities: HashSet<String>,
    left_out: LeftOut,
}

struct Speaker {
    name: String,
    dataset: String,
}

impl<W: Write> StatementsWriter<W> {
    /// Begins a file; `dataset` is what this ledger is called there.
    ///
    /// # Errors
    /// It cannot be written to.
    pub fn new(out: W, dataset: &str) -> io::Result<Self> {
        let mut rows = WriterBuilder::new().quote_style(QuoteStyle::Always).from_writer(out);
        rows.write_record(COLUMNS)?;
        Ok(Self {
            rows,
            dataset: dataset_name(dataset),
            sources: HashMap::new(),
            last_seen: HashMap::new(),
            urls: HashMap::new(),
            entities: HashSet::new(),
            left_out: LeftOut::default(),
        })
    }

    /// Learns a source: it is the data set of what it says.
    pub fn source(&mut self, source: &Source) {
        let dataset = source.labels.get(labels::DATASET);
        if dataset.is_none() {
            self.left_out.add("sources, but for their names");
        }
        let speaker = Speaker {
            name: source.name.clone(),
            dataset: dataset.cloned().unwrap_or_else(|| dataset_name(source.id.as_str())),
        };
        self.sources.insert(source.id.to_string(), speaker);
    }

    /// Learns a document: notes have a link to it.
    pub fn document(&mut self, document: &Document) {
        self.left_out.add("documents, but for their links");
        if let Some(url) = &document.url {
            self.urls.insert(document.id.to_string(), url.clone());
        }
    }

    /// Writes an entity, unless the claims of the ledger tell it.
    ///
    /// # Errors
    /// The file cannot be written to.
    pub fn entity(&mut self, entity: &Entity) -> io::Result<()> {
        if let Some(dataset) = entity.labels.get(labels::DATASET) {
            let last_seen = escape::get(&entity.labels, labels::LAST_SEEN);
            self.last_seen.insert(dataset.clone(), last_seen.unwrap_or_default());
            return Ok(());
        }
        if entity.labels.contains_key(labels::SCHEMA) || is_property(entity) {
            return Ok(());
        }
        let Some(schema) = schema_of(entity.kind) else {
            self.left_out.add(format!("entities of kind {}", entity.kind));
            return Ok(());
        };
        let id = &foreign_id(entity.id.as_str());
        self.entities.insert(entity.id.to_string());
        let name_prop = if schema == "Address" { ("full", "address") } else { ("name", "name") };
        let mut statements =
            vec![(labels::BASE_PROP, "id", id.clone()), (name_prop.0, name_prop.1, entity.name.clone())];
        statements.extend(entity.aliases.iter().map(|alias| ("alias", "name", alias.clone())));
        let mut kept = 0;
        for (key, value) in &entity.external_ids {
            let prop = match (key.as_str(), entity.kind) {
                ("wikidata", _) => "wikidataId",
                ("iso3166", EntityKind::Country) => "territoryCode",
                _ => continue,
            };
            kept += 1;
            let value = if prop == "territoryCode" { value.to_lowercase() } else { value.clone() };
            statements.push((prop, "identifier", value));
        }
        if entity.kind == EntityKind::Country {
            statements.push(("level", "string", "country".to_owned()));
        }
        self.left_out.add_all("external_ids of entities", entity.external_ids.len() - kept);
        self.left_out.add_all("parents of entities", entity.parents.len());
        self.left_out.add_all("labels of entities", entity.labels.len());
        let dataset = self.dataset.clone();
        statements.into_iter().try_for_each(|(prop, prop_type, value)| {
            self.native(id, schema, prop, prop_type, value, &dataset)
        })
    }

    /// Writes a claim: the statement that it was, or a note.
    ///
    /// # Errors
    /// The file cannot be written to.
    pub fn claim(&mut self, claim: &Claim) -> io::Result<()> {
        match self.statement(claim) {
            Some(statement) => self.row(&statement),
            None => self.note(claim),
        }
    }

    /// Learns that a claim among those given is taken back, which a file of others cannot say.
    pub fn retraction(&mut self) {
        self.left_out.add("retractions of claims");
    }

    /// Ends the file; what was left out of it.
    ///
    /// # Errors
    /// The file cannot be written to.
    pub fn finish(mut self) -> io::Result<LeftOut> {
        self.rows.flush()?;
        Ok(self.left_out)
    }

    /// The statement that a claim was read from.
    fn statement(&self, claim: &Claim) -> Option<Statement> {
        let part = |key| escape::get(&claim.labels, key);
        let value = part(labels::VALUE)?;
        let entity_id = part(labels::ENTITY)?;
        let said = || claim.origin().said.as_ref().map(|said| said.text().trim_end_matches('Z').to_owned());
        let speaker = claim.origin().sources.first().and_then(|source| self.sources.get(source.as_str()))?;
        let of_dataset = || self.last_seen.get(&speaker.dataset).cloned().unwrap_or_default();
        let last_seen = part(labels::LAST_SEEN).unwrap_or_else(of_dataset);
        Some(Statement {
            canonical_id: part(labels::CANONICAL).unwrap_or_else(|| entity_id.clone()),
            entity_id,
            prop: part(labels::PROP)?,
            prop_type: part(labels::PROP_TYPE).unwrap_or_default(),
            schema: part(labels::SCHEMA)?,
            value,
            dataset: speaker.dataset.clone(),
            origin: part(labels::ORIGIN).unwrap_or_default(),
            lang: part(labels::LANG).unwrap_or_default(),
            original_value: part(labels::ORIGINAL).unwrap_or_default(),
            external: claim.labels.contains_key(labels::EXTERNAL),
            first_seen: part(labels::FIRST_SEEN).or_else(said).unwrap_or_default(),
            last_seen: if last_seen == labels::NEVER { String::new() } else { last_seen },
            id: part(labels::ID).unwrap_or_else(|| claim.id.to_string()),
        })
    }

    /// A claim as a note on the entities that it is about, told by the data set that its first
    /// speaker is.
    fn note(&mut self, claim: &Claim) -> io::Result<()> {
        // Claims and entities have ids of their own here, and share one space there: no id of ours
        // has a capital.
        let id = &format!("Claim-{}", foreign_id(claim.id.as_str()));
        let speaker = claim.origin().sources.first().and_then(|source| self.sources.get(source.as_str()));
        let dataset = speaker.map_or_else(|| self.dataset.clone(), |speaker| speaker.dataset.clone());
        let mut statements =
            vec![(labels::BASE_PROP, "id", id.clone()), ("description", "text", claim.text.clone())];
        let lists = [&claim.actors, &claim.agents, &claim.targets, &claim.places, &claim.manner];
        let mut about: Vec<&str> = Vec::new();
        for entity in lists.into_iter().flatten().chain(&claim.incident) {
            let entity = entity.as_str();
            if about.contains(&entity) {
                continue;
            }
            if self.entities.contains(entity) {
                about.push(entity);
            } else {
                self.left_out.add("references of claims to what is not in the file");
            }
        }
        statements.extend(about.into_iter().map(|entity| ("entity", "entity", foreign_id(entity))));
        let publishers = claim.attribution.last().map_or(&[][..], |step| &step.sources);
        let publishers = publishers.iter().filter_map(|source| self.sources.get(source.as_str()));
        statements.extend(publishers.map(|speaker| ("publisher", "string", speaker.name.clone())));
        if let Some(url) =
            claim.evidence.as_ref().and_then(|evidence| self.urls.get(evidence.document.as_str()))
        {
            statements.push(("sourceUrl", "url", url.clone()));
        }
        self.count_left_out(claim);
        statements.into_iter().try_for_each(|(prop, prop_type, value)| {
            self.native(id, "Note", prop, prop_type, value, &dataset)
        })
    }

    /// What a claim has that a note cannot say.
    fn count_left_out(&mut self, claim: &Claim) {
        self.left_out.add_structure(claim);
        let fields = [
            ("acts and chains of claims", true),
            ("evidence of claims, but for its link", claim.evidence.is_some()),
            ("credibilities of claims", claim.credibility != Credibility::CannotBeJudged),
            ("relations of claims", !claim.relations.is_empty()),
            ("labels of claims", !claim.labels.is_empty()),
        ];
        for (name, is_left_out) in fields {
            self.left_out.add_all(name, usize::from(is_left_out));
        }
    }

    /// Writes a statement about something that did not come from FollowTheMoney.
    fn native(
        &mut self,
        id: &str,
        schema: &str,
        prop: &str,
        prop_type: &str,
        value: String,
        dataset: &str,
    ) -> io::Result<()> {
        let mut statement = Statement {
            canonical_id: id.to_owned(),
            entity_id: id.to_owned(),
            prop: prop.to_owned(),
            prop_type: prop_type.to_owned(),
            schema: schema.to_owned(),
            value,
            dataset: dataset.to_owned(),
            ..Statement::default()
        };
        statement.id = statement.made_id();
        self.row(&statement)
    }

    fn row(&mut self, statement: &Statement) -> io::Result<()> {
        Ok(self.rows.write_record(statement.cells())?)
    }
}

/// Whether an entity is the topic of a property, or of them all.
fn is_property(entity: &Entity) -> bool {
    let has_prop = |all: &Labels| all.contains_key(labels::PROP);
    has_prop(&entity.labels) || entity.id.as_str() == labels::PROPERTY
}

/// An id as FollowTheMoney takes it: letters, digits, `.` and `-`, a letter or digit at the end.
fn foreign_id(id: &str) -> String {
    let end = if id.ends_with(['-', '_']) { "E" } else { "" };
    format!("{}{end}", id.replace('_', "U"))
}

/// A name that FollowTheMoney takes for a data set: small letters, digits and `_`.
fn dataset_name(name: &str) -> String {
    let parts = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("_").to_ascii_lowercase()
}
