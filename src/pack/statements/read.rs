//! Statements → drafts. The file is read twice: first for the names of its entities, which
//! statements refer to before and after they are told; then for what is said of them.

use super::error::{MAX_FAULTS, StatementFault, StatementProblem, StatementsError};
use super::ids::{dataset_id, entity_id, external_id, namespaced, source_id, value_id};
use super::row::{Group, Groups, Statement};
use super::schema::{ALIASES, CAPTIONS, Role, Schema, words};
use super::{escape, labels};
use crate::model::limits::{
    MAX_LABEL_VALUE_CHARS, MAX_LABELS, MAX_LIST_ITEMS, MAX_NAME_CHARS, MAX_TEXT_CHARS,
};
use crate::model::vocabulary::{Clarity, EntityKind, SourceKind, SpeechAct};
use crate::model::{
    ClaimDraft, ContentDraft, EntityDraft, FigureDraft, Labels, Quantity, SourceDraft, StepDraft, Time, Unit,
};
use crate::pack::input;
use crate::pack::left_out::LeftOut;
use crate::pack::plain::{edtf, one_line};
use crate::pack::{Located, Pack};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path as FilePath;
use std::sync::Arc;

/// A file of statements that gives one small pack after another: data sets and properties, then the
/// entities, then what is said of them, one entity at a time. In memory are the statements of one
/// entity, and the name and a number for every entity of the file.
pub struct Statements {
    file: Arc<FilePath>,
    names: Names,
    stage: Stage,
    left_out: LeftOut,
}

enum Stage {
    Registry,
    Entities(Groups),
    Claims(Groups),
    Ended,
}

/// What the first reading learns.
#[derive(Default)]
struct Names {
    /// By the hash of its id, what each entity is called.
    captions: HashMap<u64, Box<str>>,
    /// Ids that were merged into others.
    merged: HashMap<String, String>,
    /// By the topic's id, each property with its type; names that differ only in case are of one topic.
    props: BTreeMap<String, (String, String)>,
    /// By the topic's id, properties with values of a closed vocabulary, with those values.
    words: BTreeMap<String, (String, String)>,
    /// Each data set with when it was last seen.
    datasets: BTreeMap<String, String>,
}

impl Statements {
    /// Opens a file and reads it once.
    ///
    /// # Errors
    /// It cannot be read, or rows of it are no statements.
    pub fn open(file: &FilePath) -> Result<Self, StatementsError> {
        let file: Arc<FilePath> = file.into();
        let mut names = Names::default();
        let mut faults = Vec::new();
        let mut fault = |line, problem| {
            faults.push(StatementFault { file: Arc::clone(&file), line, problem });
            faults.len() < MAX_FAULTS
        };
        let mut seen = HashSet::new();
        match groups(&file)? {
            Err((line, problem)) => {
                fault(line, problem);
            }
            Ok(groups) => {
                for group in groups {
                    let goes_on = match group {
                        Err((line, problem)) => fault(line, problem),
                        Ok(group) if seen.insert(hash(group.canonical_id())) => {
                            names.learn(&group);
                            true
                        }
                        Ok(group) => {
                            let canonical_id = group.canonical_id().to_owned();
                            fault(group.line(), StatementProblem::Apart { canonical_id })
                        }
                    };
                    if !goes_on {
                        break;
                    }
                }
            }
        }
        if !faults.is_empty() {
            return Err(StatementsError::Refused(faults));
        }
        Ok(Self { file, names, stage: Stage::Registry, left_out: LeftOut::default() })
    }

    /// What was left out of what was given so far.
    pub fn left_out(&self) -> &LeftOut {
        &self.left_out
    }

    fn again(&self) -> Result<Groups, StatementsError> {
        groups(&self.file)?.map_err(|(line, problem)| self.refused(line, problem))
    }

    fn refused(&self, line: u64, problem: StatementProblem) -> StatementsError {
        StatementsError::Refused(vec![StatementFault { file: Arc::clone(&self.file), line, problem }])
    }

    fn located<T>(&self, item: T, line: u64, path: String) -> Located<T> {
        let line = usize::try_from(line).unwrap_or(usize::MAX);
        Located { item, file: Arc::clone(&self.file), line, path }
    }

    /// The data sets as sources, and they and the properties as topics. What changes with each file
    /// stands on a topic, so that what a ledger's keeper says of the source is never overwritten.
    fn registry(&self) -> Pack {
        let source = |name: &String| {
            let draft = SourceDraft {
                id: source_id(name),
                kind: Some(SourceKind::Dataset),
                name: name.clone(),
                entity: Some(dataset_id(name)),
                labels: Labels::from([(labels::DATASET.to_owned(), name.clone())]),
                ..SourceDraft::default()
            };
            self.located(draft, 1, format!("dataset {name}"))
        };
        let dataset = |(name, last_seen): (&String, &String)| {
            let mut draft = topic(dataset_id(name), format!("FollowTheMoney data set {name}"));
            draft.labels.insert(labels::DATASET.to_owned(), name.clone());
            // It is short enough for one label.
            let _ = escape::put(&mut draft.labels, labels::LAST_SEEN, last_seen);
            self.located(draft, 1, format!("dataset {name}"))
        };
        let property = |(id, (prop, prop_type)): (&String, &(String, String))| {
            let name = if prop == labels::BASE_PROP {
                "FollowTheMoney data set".into()
            } else {
                format!("FollowTheMoney {prop}")
            };
            let mut draft = topic(id.clone(), name);
            draft.parents = vec![labels::PROPERTY.to_owned()];
            draft.labels.insert(labels::PROP.to_owned(), prop.clone());
            if !prop_type.is_empty() {
                draft.labels.insert(labels::PROP_TYPE.to_owned(), prop_type.clone());
            }
            self.located(draft, 1, format!("prop {prop}"))
        };
        let word = |(id, (prop, value)): (&String, &(String, String))| {
            let name = one_line(&format!("FollowTheMoney {prop} {value}"), MAX_NAME_CHARS);
            let mut draft = topic(id.clone(), name);
            draft.parents = vec![namespaced(prop)];
            draft.labels.insert(labels::PROP.to_owned(), prop.clone());
            self.located(draft, 1, format!("prop {prop}"))
        };
        let all = self.located(topic_of_all(), 1, "props".to_owned());
        Pack {
            sources: self.names.datasets.keys().map(source).collect(),
            entities: [all]
                .into_iter()
                .chain(self.names.props.iter().map(property))
                .chain(self.names.words.iter().map(word))
                .chain(self.names.datasets.iter().map(dataset))
                .collect(),
            ..Pack::default()
        }
    }

    /// The entity that a group is about; none, if it is about a link.
    fn entity(&self, group: &Group) -> Option<Located<EntityDraft>> {
        let schema = schema_of(group)?;
        let Role::Thing(kind) = schema.role() else { return None };
        let draft = entity(group, schema, kind);
        let path = format!("entity {}", group.canonical_id());
        Some(self.located(draft, group.line(), path))
    }

    /// What is said in a group.
    fn claims(&mut self, group: &Group) -> Vec<Located<ClaimDraft>> {
        let Some(schema) = schema_of(group) else {
            for statement in group.statements() {
                self.left_out.add(format!("statements of schema {}", statement.schema));
            }
            return Vec::new();
        };
        let about = About::new(group, schema, &self.names, &mut self.left_out);
        let mut ids = HashSet::new();
        let mut claims = Vec::with_capacity(group.rows.len());
        for (line, statement) in &group.rows {
            if !ids.insert(&statement.id) {
                self.left_out.add("statements told twice");
                continue;
            }
            let claim = about.claim(statement, &self.names, &mut self.left_out);
            if let Some(draft) = claim {
                let path = format!("statement {}", statement.id);
                claims.push(self.located(draft, *line, path));
            }
        }
        claims
    }
}

impl Iterator for Statements {
    type Item = Result<Pack, StatementsError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (pack, stage) = match std::mem::replace(&mut self.stage, Stage::Ended) {
                Stage::Ended => return None,
                Stage::Registry => match self.again() {
                    Ok(groups) => (self.registry(), Stage::Entities(groups)),
                    Err(error) => return Some(Err(error)),
                },
                Stage::Entities(mut groups) => match groups.next() {
                    Some(Ok(group)) => {
                        let entities = self.entity(&group).into_iter().collect();
                        (Pack { entities, ..Pack::default() }, Stage::Entities(groups))
                    }
                    Some(Err((line, problem))) => return Some(Err(self.refused(line, problem))),
                    None => match self.again() {
                        Ok(groups) => (Pack::default(), Stage::Claims(groups)),
                        Err(error) => return Some(Err(error)),
                    },
                },
                Stage::Claims(mut groups) => match groups.next() {
                    Some(Ok(group)) => {
                        let claims = self.claims(&group);
                        (Pack { claims, ..Pack::default() }, Stage::Claims(groups))
                    }
                    Some(Err((line, problem))) => return Some(Err(self.refused(line, problem))),
                    None => return None,
                },
            };
            self.stage = stage;
            if pack != Pack::default() {
                return Some(Ok(pack));
            }
        }
    }
}

impl Names {
    fn learn(&mut self, group: &Group) {
        if schema_of(group).is_some_and(|schema| matches!(schema.role(), Role::Thing(_))) {
            self.captions.insert(hash(group.canonical_id()), caption(group).into());
        }
        for statement in group.statements() {
            if statement.entity_id != statement.canonical_id {
                self.merged.insert(statement.entity_id.clone(), statement.canonical_id.clone());
            }
            let Statement { prop, prop_type, value, .. } = statement;
            let id = namespaced(prop);
            if self.props.get(&id).is_none_or(|(known, _)| known < prop) {
                self.props.insert(id, (prop.clone(), prop_type.clone()));
            }
            if is_word(statement) {
                let id = value_id(prop, value);
                self.words.entry(id).or_insert_with(|| (prop.clone(), value.clone()));
            }
            let last_seen =
                if statement.last_seen.len() <= MAX_SEEN_BYTES { &*statement.last_seen } else { "" };
            match self.datasets.get_mut(&statement.dataset) {
                Some(known) if **known < *last_seen => last_seen.clone_into(known),
                Some(_) => {}
                None => _ = self.datasets.insert(statement.dataset.clone(), last_seen.to_owned()),
            }
        }
    }

    /// The entity that a value refers to: its id here, and what it is called.
    fn find<'a>(&'a self, value: &'a str) -> Option<(String, &'a str)> {
        let canonical_id = self.merged.get(value).map_or(value, |canonical_id| canonical_id);
        let caption = self.captions.get(&hash(canonical_id))?;
        Some((entity_id(canonical_id), caption))
    }
}

/// What all claims of a group have in common.
struct About<'g> {
    schema: Schema,
    /// Who or what the claims speak of, as their texts begin.
    caption: String,
    actors: Vec<String>,
    targets: Vec<String>,
    /// The first value of each of these properties in each data set, for what it says of the others.
    context: HashMap<(&'g str, &'g str), &'g str>,
}

/// Bytes of when a data set was last seen: a time with its zone is far shorter.
const MAX_SEEN_BYTES: usize = 64;

/// Properties that say something of the other statements of their entity.
const CONTEXT: [&str; 3] = ["startDate", "endDate", "currency"];

impl<'g> About<'g> {
    fn new(group: &'g Group, schema: Schema, names: &Names, left_out: &mut LeftOut) -> Self {
        let mut context = HashMap::new();
        for statement in group.statements().filter(|statement| CONTEXT.contains(&&*statement.prop)) {
            context.entry((&*statement.prop, &*statement.dataset)).or_insert(&*statement.value);
        }
        let (from, to) = match schema.role() {
            Role::Thing(_) => {
                let actors = vec![entity_id(group.canonical_id())];
                return Self { schema, caption: caption(group), actors, targets: Vec::new(), context };
            }
            Role::Link { from, to } => (from, to),
        };
        let mut end = |prop| {
            let (mut ids, mut captions) = (Vec::new(), Vec::new());
            for (id, caption) in group.values(prop).filter_map(|value| names.find(value)) {
                if ids.contains(&id) {
                    continue;
                }
                if ids.len() == MAX_LIST_ITEMS {
                    left_out.add(format!("{prop} beyond 256"));
                    continue;
                }
                ids.push(id);
                captions.push(caption);
            }
            (ids, captions.join(", "))
        };
        let (actors, from) = end(from);
        let (targets, to) = end(to);
        let ends: Vec<_> = [from, to].into_iter().filter(|end| !end.is_empty()).collect();
        let mut caption = words(schema.name());
        if !ends.is_empty() {
            caption = format!("{caption} ({})", ends.join(" – "));
        }
        Self { schema, caption, actors, targets, context }
    }

    fn claim(&self, statement: &Statement, names: &Names, left_out: &mut LeftOut) -> Option<ClaimDraft> {
        let Statement { prop, prop_type, value, dataset, first_seen, .. } = statement;
        let said = edtf(first_seen, true);
        let Some(labels) = statement_labels(statement, said.as_deref(), names) else {
            left_out.add(format!("{prop} of more than 20,000 characters"));
            return None;
        };
        let mut targets = self.targets.clone();
        let mut shown = value.as_str();
        if prop_type == "entity" {
            match names.find(value) {
                Some((id, caption)) => {
                    shown = caption;
                    let is_known = self.actors.contains(&id) || targets.contains(&id);
                    if !is_known && targets.len() < MAX_LIST_ITEMS {
                        targets.push(id);
                    }
                }
                None => left_out.add(format!("references by {prop} to what is not in the file")),
            }
        }
        let text = if prop == labels::BASE_PROP {
            format!("{} is in the data set {dataset}.", self.caption)
        } else {
            format!("{} has {}: {shown}", self.caption, words(prop))
        };
        let id_is_ours = crate::model::ClaimId::parse(&statement.id).is_ok();
        Some(ClaimDraft {
            id: if id_is_ours { statement.id.clone() } else { statement.made_id() },
            text: one_line(&text, MAX_TEXT_CHARS),
            actors: self.actors.clone(),
            targets,
            kind: Some(if is_word(statement) { value_id(prop, value) } else { namespaced(prop) }),
            when: self.when(statement),
            content: Some(self.content(statement)),
            attribution: vec![StepDraft {
                sources: vec![source_id(dataset)],
                act: Some(SpeechAct::Said),
                said,
                clarity: Some(Clarity::NamedOrganization),
                ..StepDraft::default()
            }],
            labels,
            ..ClaimDraft::default()
        })
    }

    /// A date is its own time; what a link says holds from its start to its end.
    fn when(&self, statement: &Statement) -> Option<String> {
        let read = |text: String| Time::parse(&text).is_ok().then_some(text);
        if statement.prop_type == "date" {
            return read(statement.value.clone());
        }
        if matches!(self.schema.role(), Role::Thing(_)) {
            return None;
        }
        let bound = |prop| self.context.get(&(prop, &*statement.dataset)).copied();
        let (start, end) = (bound("startDate"), bound("endDate"));
        if start.is_none() && end.is_none() {
            return None;
        }
        read(format!("{}/{}", start.unwrap_or(".."), end.unwrap_or("..")))
    }

    /// A number is a figure, with its currency if that is told.
    fn content(&self, statement: &Statement) -> ContentDraft {
        let Statement { prop, prop_type, value, dataset, .. } = statement;
        if prop_type != "number" || Quantity::parse(value).is_err() {
            return ContentDraft::Statement;
        }
        let unit = match &**prop {
            "amountUsd" => Some("USD".to_owned()),
            "amountEur" => Some("EUR".to_owned()),
            "amount" | "balance" | "maxBalance" | "capital" => {
                let currency = self.context.get(&("currency", &**dataset)).map(|code| code.to_uppercase());
                currency.filter(|code| Unit::parse(code).is_ok_and(|unit| unit.is_currency()))
            }
            _ => None,
        };
        ContentDraft::Figure(FigureDraft { notation: Some(value.clone()), unit, ..FigureDraft::default() })
    }
}

/// All of a statement that the claim's own fields do not keep; none if there is no room for it.
fn statement_labels(statement: &Statement, said: Option<&str>, names: &Names) -> Option<Labels> {
    let Statement { canonical_id, entity_id, prop, prop_type, schema, value, .. } = statement;
    let Statement { dataset, origin, lang, original_value, external, first_seen, last_seen, id, .. } =
        statement;
    let mut all = Labels::new();
    let told_by_said = said.map(|said| said.trim_end_matches('Z')) == Some(first_seen);
    let unlike = |other: &str, text: &str| if text == other { String::new() } else { text.to_owned() };
    let of_dataset = names.datasets.get(dataset).map_or("", |last_seen| last_seen);
    let last_seen = match unlike(of_dataset, last_seen) {
        text if text.is_empty() && last_seen.is_empty() && !of_dataset.is_empty() => labels::NEVER.to_owned(),
        text => text,
    };
    let is_id = crate::model::ClaimId::parse(id).is_ok();
    let parts = [
        (labels::SCHEMA, schema.clone()),
        (labels::PROP, prop.clone()),
        (labels::PROP_TYPE, prop_type.clone()),
        (labels::VALUE, value.clone()),
        (labels::ENTITY, entity_id.clone()),
        (labels::CANONICAL, unlike(entity_id, canonical_id)),
        (labels::ORIGIN, origin.clone()),
        (labels::LANG, lang.clone()),
        (labels::ORIGINAL, original_value.clone()),
        (labels::EXTERNAL, if *external { "t".to_owned() } else { String::new() }),
        (labels::FIRST_SEEN, if told_by_said { String::new() } else { first_seen.clone() }),
        (labels::LAST_SEEN, last_seen),
        (labels::ID, if is_id { String::new() } else { id.clone() }),
    ];
    let fits = parts.iter().all(|(key, part)| part.is_empty() || escape::put(&mut all, key, part));
    fits.then_some(all)
}

fn entity(group: &Group, schema: Schema, kind: EntityKind) -> EntityDraft {
    let canonical_id = group.canonical_id();
    let id = entity_id(canonical_id);
    let name = caption(group);
    let mut aliases: Vec<String> = Vec::new();
    for alias in ALIASES.iter().flat_map(|prop| group.values(prop)) {
        let alias = one_line(alias, MAX_NAME_CHARS);
        if !alias.is_empty() && alias != name && aliases.len() < MAX_LIST_ITEMS && !aliases.contains(&alias) {
            aliases.push(alias);
        }
    }
    let mut external_ids = Labels::new();
    if canonical_id != id {
        external_ids.insert("ftm".to_owned(), one_line(canonical_id, MAX_LABEL_VALUE_CHARS));
    }
    for statement in group.statements().filter(|statement| statement.prop_type == "identifier") {
        let key = match &*statement.prop {
            "wikidataId" => "wikidata".to_owned(),
            prop => external_id(prop),
        };
        if external_ids.len() < MAX_LABELS {
            let value = || one_line(&statement.value, MAX_LABEL_VALUE_CHARS);
            external_ids.entry(key).or_insert_with(value);
        }
    }
    let is_country = schema.name() == "Territory" && group.values("level").any(|level| level == "country");
    EntityDraft {
        id,
        kind: Some(if is_country { EntityKind::Country } else { kind }),
        name,
        aliases,
        external_ids,
        labels: Labels::from([(labels::SCHEMA.to_owned(), schema.name().to_owned())]),
        ..EntityDraft::default()
    }
}

fn topic_of_all() -> EntityDraft {
    topic(labels::PROPERTY.to_owned(), "FollowTheMoney property".to_owned())
}

fn topic(id: String, name: String) -> EntityDraft {
    EntityDraft { id, kind: Some(EntityKind::Topic), name, ..EntityDraft::default() }
}

/// Whether a value is of a closed vocabulary, so that two who say it say the same.
fn is_word(statement: &Statement) -> bool {
    matches!(&*statement.prop_type, "topic" | "country" | "gender")
}

/// The most specific schema that a group's statements are told with.
fn schema_of(group: &Group) -> Option<Schema> {
    group.statements().filter_map(|statement| Schema::named(&statement.schema)).max()
}

fn caption(group: &Group) -> String {
    let named = CAPTIONS.iter().find_map(|prop| group.values(prop).next());
    match one_line(named.unwrap_or_default(), MAX_NAME_CHARS) {
        caption if caption.is_empty() => one_line(group.canonical_id(), MAX_NAME_CHARS),
        caption => caption,
    }
}

fn groups(file: &Arc<FilePath>) -> Result<Result<Groups, (u64, StatementProblem)>, StatementsError> {
    let opened = input::open(file, &Arc::default());
    opened.map(Groups::new).map_err(|source| StatementsError::Unreadable { file: Arc::clone(file), source })
}

fn hash(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}
