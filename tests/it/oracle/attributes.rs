//! What each attribute is, and its values read straight from the model, as the language's
//! definition says.

use super::history::{Item, Ledger, Version};
use super::intervals::{Interval, of_moment, of_quantity, of_time};
use sayso::model::vocabulary::{
    Basis, Clarity, Confidence, EntityKind, Hedge, InterestStance, LikelihoodBand, Modality, Mode,
    RelayStance, SourceKind, SpeechAct, State,
};
use sayso::model::{Claim, Content, Figure, Labels, Norm, Role, SourceId, Step, Time, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// What a query looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Claim,
    Entity,
    Source,
    Document,
}

/// What an attribute's values are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sort {
    Entity(Role),
    Source,
    Document,
    /// Of a closed vocabulary.
    Word(Words),
    Quantity,
    Number,
    Time,
    /// A year, month or day that a time lies in.
    Part,
    YesNo,
    Text,
    Name,
    Free,
}

/// A closed vocabulary.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Words {
    ClaimType,
    EntityKind,
    SourceKind,
    Standing,
    Reliability,
    Credibility,
    Act,
    Stance,
    Clarity,
    Mode,
    State,
    Hedge,
    Basis,
    Modality,
    Likelihood,
    Confidence,
}

impl Words {
    pub(super) fn all(self) -> Vec<&'static str> {
        macro_rules! all {
            ($name:ident) => {
                $name::ALL.iter().map(|word| word.as_str()).collect()
            };
        }
        match self {
            Self::ClaimType => vec!["figure", "event", "norm", "statement"],
            Self::EntityKind => all!(EntityKind),
            Self::SourceKind => all!(SourceKind),
            Self::Standing => all!(InterestStance),
            Self::Reliability => vec!["a", "b", "c", "d", "e", "f"],
            Self::Credibility => vec!["1", "2", "3", "4", "5", "6"],
            Self::Act => all!(SpeechAct),
            Self::Stance => all!(RelayStance),
            Self::Clarity => all!(Clarity),
            Self::Mode => all!(Mode),
            Self::State => all!(State),
            Self::Hedge => all!(Hedge),
            Self::Basis => all!(Basis),
            Self::Modality => all!(Modality),
            Self::Likelihood => all!(LikelihoodBand),
            Self::Confidence => all!(Confidence),
        }
    }

    /// From the least to the greatest: orders are of quality, and F and 6 are outside.
    fn ascending(self) -> &'static [&'static str] {
        match self {
            Self::Reliability => &["e", "d", "c", "b", "a"],
            Self::Credibility => &["5", "4", "3", "2", "1"],
            Self::Likelihood => &[
                "almost_no_chance",
                "very_unlikely",
                "unlikely",
                "roughly_even",
                "likely",
                "very_likely",
                "almost_certain",
            ],
            Self::Confidence => &["low", "moderate", "high"],
            Self::ClaimType
            | Self::EntityKind
            | Self::SourceKind
            | Self::Standing
            | Self::Act
            | Self::Stance
            | Self::Clarity
            | Self::Mode
            | Self::State
            | Self::Hedge
            | Self::Basis
            | Self::Modality => &[],
        }
    }

    pub(super) fn are_ordered(self) -> bool {
        !self.ascending().is_empty()
    }

    /// The word's place in the order, if it has one.
    pub(super) fn rank(self, word: &str) -> Option<usize> {
        self.ascending().iter().position(|known| *known == word)
    }
}

/// An attribute of some types of items.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Attribute {
    /// Its name, to the first dot.
    pub(super) base: String,
    /// What stands behind the dot.
    pub(super) behind: Option<String>,
    pub(super) sort: Sort,
    /// Whether an item can have several values.
    pub(super) is_many: bool,
}

type Row = (&'static str, &'static str, Sort, bool);

/// Name, of what, which sort, whether many; without dots.
pub(super) const TABLE: &[Row] = {
    use Sort::{Document, Entity, Free, Name, Number, Quantity, Source, Text, Time, Word, YesNo};
    const ANY: Sort = Entity(Role::Any);
    &[
        ("id", "all", Free, false),
        ("type", "claim", Word(Words::ClaimType), false),
        ("text", "claim", Text, false),
        ("actor", "claim", ANY, true),
        ("agent", "claim", ANY, true),
        ("target", "claim", ANY, true),
        ("kind", "claim", Entity(Role::Kind), false),
        ("action", "claim", Entity(Role::Action), false),
        ("state", "claim", Word(Words::State), false),
        ("manner", "claim", ANY, true),
        ("place", "claim", Entity(Role::Place), true),
        ("incident", "claim", Entity(Role::Incident), false),
        ("when", "claim", Time, false),
        ("mode", "claim", Word(Words::Mode), false),
        ("value", "figure", Quantity, false),
        ("unit", "figure", Free, false),
        ("per", "figure", Free, true),
        ("basis", "figure", Word(Words::Basis), false),
        ("of", "figure", Entity(Role::Kind), false),
        ("hedge", "figure", Word(Words::Hedge), false),
        ("instrument", "norm", Entity(Role::Instrument), false),
        ("bearer", "norm", ANY, true),
        ("modality", "norm", Word(Words::Modality), false),
        ("deadline", "norm", Time, false),
        ("by", "claim", Source, true),
        ("via", "claim", Source, true),
        ("source", "claim", Source, true),
        ("for", "claim", Source, true),
        ("publisher", "claim", Source, true),
        ("act", "claim", Word(Words::Act), false),
        ("stance", "claim", Word(Words::Stance), true),
        ("clarity", "claim", Word(Words::Clarity), false),
        ("occasion", "claim", Free, true),
        ("hops", "claim", Number, false),
        ("said", "claim", Time, false),
        ("published", "claim", Time, false),
        ("likelihood", "claim", Word(Words::Likelihood), false),
        ("confidence", "claim", Word(Words::Confidence), false),
        ("credibility", "claim", Word(Words::Credibility), false),
        ("document", "claim", Document, false),
        ("retracted", "claim", YesNo, false),
        ("kind", "entity", Word(Words::EntityKind), false),
        ("name", "entity", Name, false),
        ("alias", "entity", Name, true),
        ("parent", "entity", ANY, true),
        ("external_id", "entity", Free, false),
        ("kind", "source", Word(Words::SourceKind), false),
        ("name", "source", Name, false),
        ("alias", "source", Name, true),
        ("part_of", "source", Source, false),
        ("country", "source", Entity(Role::Country), false),
        ("entity", "source", ANY, false),
        ("reliability", "source", Word(Words::Reliability), false),
        ("interest", "source", ANY, true),
        ("url", "source", Free, false),
        ("title", "document", Name, false),
        ("publisher", "document", Source, false),
        ("published", "document", Time, false),
        ("url", "document", Free, false),
        ("language", "document", Free, false),
        ("sha256", "document", Free, false),
        ("retrieved", "document", Time, false),
        ("recorded", "all", Time, false),
        ("revision", "all", Number, false),
        ("version", "all", Number, false),
        ("label", "all", Free, false),
    ]
};

impl Subject {
    /// What the words that ask for types look for.
    pub(super) fn of(types: &[String]) -> Self {
        match types[0].as_str() {
            "entity" => Self::Entity,
            "source" => Self::Source,
            "document" => Self::Document,
            _ => Self::Claim,
        }
    }

    /// Whether it has the attributes of these.
    fn has(self, of: &str) -> bool {
        match of {
            "all" => true,
            "entity" => self == Self::Entity,
            "source" => self == Self::Source,
            "document" => self == Self::Document,
            _ => self == Self::Claim,
        }
    }
}

impl Attribute {
    /// The attribute of this name.
    pub(super) fn find(subject: Subject, name: &str) -> Option<Self> {
        let (base, behind) = match name.split_once('.') {
            Some((base, behind)) => (base.to_ascii_lowercase(), Some(behind.to_owned())),
            None => (name.to_ascii_lowercase(), None),
        };
        let mut fitting = TABLE.iter().filter(|row| row.0 == base && subject.has(row.1));
        let &(_, _, sort, is_many) = fitting.next()?;
        let sort = match (&behind, base.as_str()) {
            (None, _) | (Some(_), "label" | "external_id") => sort,
            (Some(behind), _) => step(sort, &behind.to_ascii_lowercase())?,
        };
        Some(Self { base, behind, sort, is_many })
    }
}

/// What one dot reaches.
fn step(from: Sort, behind: &str) -> Option<Sort> {
    Some(match (from, behind) {
        (Sort::Source, "kind") => Sort::Word(Words::SourceKind),
        (Sort::Source, "country") => Sort::Entity(Role::Country),
        (Sort::Source, "reliability") => Sort::Word(Words::Reliability),
        (Sort::Source, "stance") => Sort::Word(Words::Standing),
        (Sort::Entity(_), "kind") => Sort::Word(Words::EntityKind),
        (Sort::Document, "publisher") => Sort::Source,
        (Sort::Time, "year" | "month" | "day") => Sort::Part,
        _ => return None,
    })
}

/// One value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// An id, a word, a text.
    Text(String),
    Time(Interval<i64>),
    Number(Interval<f64>),
    YesNo(bool),
}

/// The values that an item has of an attribute, each once.
pub(super) fn values(attribute: &Attribute, version: &Version, ledger: &Ledger<'_>) -> Vec<Value> {
    let base = of_base(&attribute.base, attribute.behind.as_deref(), version, ledger);
    let mut values: Vec<Value> = match (&attribute.behind, attribute.base.as_str()) {
        (None, _) | (Some(_), "label" | "external_id") => base,
        (Some(behind), _) => {
            let behind = behind.to_ascii_lowercase();
            base.iter().flat_map(|value| beyond(&behind, attribute.sort, value, version, ledger)).collect()
        }
    };
    let mut index = 0;
    while index < values.len() {
        if values[..index].contains(&values[index]) {
            values.remove(index);
        } else {
            index += 1;
        }
    }
    values
}

/// What a dot reaches from one value.
fn beyond(behind: &str, sort: Sort, value: &Value, version: &Version, ledger: &Ledger<'_>) -> Vec<Value> {
    let id = match value {
        Value::Text(id) => id.as_str(),
        Value::Time(time) => return texts([part(behind, *time)]),
        Value::Number(_) | Value::YesNo(_) => return Vec::new(),
    };
    match (sort, behind) {
        (Sort::Word(Words::EntityKind), _) => texts(ledger.entities.get(id).map(|entity| entity.kind)),
        (Sort::Source, _) => texts(ledger.documents.get(id).and_then(|it| it.publisher.clone())),
        (_, "kind") => texts(ledger.sources.get(id).map(|source| source.kind)),
        (_, "country") => texts(ledger.sources.get(id).and_then(|source| source.country.clone())),
        (_, "reliability") => texts(ledger.sources.get(id).map(|source| source.reliability)),
        (_, "stance") => {
            let Item::Claim(claim) = &version.item else { return Vec::new() };
            let towards_an_actor = standings(id, ledger).into_iter().filter(|(towards, _)| {
                claim.actors.iter().any(|actor| ledger.entity_is_within(actor.as_str(), towards))
            });
            texts(towards_an_actor.map(|(_, stance)| stance))
        }
        _ => Vec::new(),
    }
}

/// Towards whom a source stands, and how: as what it is part of does, unless it says otherwise.
fn standings<'a>(id: &str, ledger: &Ledger<'a>) -> BTreeMap<&'a str, InterestStance> {
    let Some(source) = ledger.sources.get(id) else { return BTreeMap::new() };
    let whole = source.part_of.as_ref().map(|whole| standings(whole.as_str(), ledger));
    let mut standings = whole.unwrap_or_default();
    standings.extend(source.interests.iter().map(|interest| (interest.entity.as_str(), interest.stance)));
    standings
}

/// The year, month or day that a time lies in, or that it spans several.
fn part(which: &str, time: Interval<i64>) -> String {
    use std::ops::Bound::{Excluded, Included};
    let of = |moment: i64| {
        let date = Timestamp(moment).civil()?.date();
        let (year, month, day) = (date.year(), date.month(), date.day());
        Some(match which {
            "year" => format!("{year:04}"),
            "month" => format!("{year:04}-{month:02}"),
            _ => format!("{year:04}-{month:02}-{day:02}"),
        })
    };
    let ends = match (time.low, time.high) {
        (Included(first), Excluded(end)) => of(first).zip(of(end - 1)),
        _ => None,
    };
    match ends {
        Some((first, last)) if first == last => first,
        _ => "spanning".to_owned(),
    }
}

fn texts<T: ToString>(of: impl IntoIterator<Item = T>) -> Vec<Value> {
    of.into_iter().map(|text| Value::Text(text.to_string())).collect()
}

fn times<'a>(of: impl IntoIterator<Item = &'a Time>) -> Vec<Value> {
    of.into_iter().map(|time| Value::Time(of_time(time))).collect()
}

fn number(number: u64) -> Vec<Value> {
    vec![Value::Number(Interval::point(number as f64))]
}

fn label(labels: &Labels, key: Option<&str>) -> Vec<Value> {
    texts(key.and_then(|key| labels.get(key)))
}

/// The values of an attribute without a dot.
fn of_base(base: &str, key: Option<&str>, version: &Version, ledger: &Ledger<'_>) -> Vec<Value> {
    match base {
        "id" => return texts([version.item.id()]),
        "recorded" => return vec![Value::Time(of_moment(version.recorded))],
        "revision" => return number(version.revision),
        "version" => return number(u64::from(version.number)),
        "retracted" => return vec![Value::YesNo(ledger.is_retracted(version))],
        _ => {}
    }
    match &version.item {
        Item::Claim(claim) => of_claim(base, key, claim, ledger),
        Item::Entity(entity) => match base {
            "kind" => texts([entity.kind]),
            "name" => texts([&entity.name]),
            "alias" => texts(&entity.aliases),
            "parent" => texts(&entity.parents),
            "external_id" => label(&entity.external_ids, key),
            "label" => label(&entity.labels, key),
            _ => Vec::new(),
        },
        Item::Source(source) => match base {
            "kind" => texts([source.kind]),
            "name" => texts([&source.name]),
            "alias" => texts(&source.aliases),
            "part_of" => texts(&source.part_of),
            "country" => texts(&source.country),
            "entity" => texts(&source.entity),
            "reliability" => texts([source.reliability]),
            "interest" => texts(source.interests.iter().map(|interest| &interest.entity)),
            "url" => texts(&source.url),
            "label" => label(&source.labels, key),
            _ => Vec::new(),
        },
        Item::Document(document) => match base {
            "title" => texts([&document.title]),
            "publisher" => texts(&document.publisher),
            "published" => times(&document.published),
            "url" => texts(&document.url),
            "language" => texts(&document.language),
            "sha256" => texts(&document.sha256),
            "retrieved" => times(&document.retrieved),
            "label" => label(&document.labels, key),
            _ => Vec::new(),
        },
    }
}

fn of_claim(base: &str, key: Option<&str>, claim: &Claim, ledger: &Ledger<'_>) -> Vec<Value> {
    let speakers = |steps: &[Step]| -> Vec<SourceId> {
        steps.iter().flat_map(|step| step.sources.iter().cloned()).collect()
    };
    let steps = claim.attribution.as_slice();
    let first = &steps[0];
    match base {
        "type" => texts([claim.content.claim_type()]),
        "text" => {
            let mut all = vec![claim.text.as_str()];
            all.extend(claim.evidence.as_ref().and_then(|evidence| evidence.exact.as_deref()));
            all.extend(figure(claim).and_then(|figure| figure.surface.as_deref()));
            texts([all.join("\n")])
        }
        "actor" => texts(&claim.actors),
        "agent" => texts(&claim.agents),
        "target" => texts(&claim.targets),
        "kind" => texts(&claim.kind),
        "action" => texts(&claim.action),
        "state" => texts(claim.state),
        "manner" => texts(&claim.manner),
        "place" => texts(&claim.places),
        "incident" => texts(&claim.incident),
        "when" => times(&claim.when),
        "mode" => texts([claim.mode]),
        "value" => {
            figure(claim).map(|figure| Value::Number(of_quantity(&figure.quantity))).into_iter().collect()
        }
        "unit" => texts(figure(claim).and_then(|figure| figure.unit.clone())),
        "per" => texts(figure(claim).into_iter().flat_map(|figure| figure.per.clone())),
        "basis" => texts(figure(claim).map(|figure| figure.basis)),
        "of" => texts(figure(claim).and_then(|figure| figure.of.clone())),
        "hedge" => texts(figure(claim).map(|figure| figure.quantity.hedge())),
        "instrument" => texts(norm(claim).and_then(|norm| norm.instrument.clone())),
        "bearer" => texts(norm(claim).into_iter().flat_map(|norm| norm.bearers.clone())),
        "modality" => texts(norm(claim).map(|norm| norm.modality)),
        "deadline" => times(norm(claim).and_then(|norm| norm.deadline.as_ref())),
        "by" => texts(speakers(&steps[..1])),
        "via" => texts(speakers(&steps[1..])),
        "source" => texts(speakers(steps)),
        "for" => texts(steps.iter().flat_map(|step| &step.on_behalf_of)),
        "publisher" => texts(speakers(&steps[steps.len() - 1..])),
        "act" => texts(first.act),
        "stance" => texts(steps.iter().filter_map(|step| step.stance)),
        "clarity" => texts(first.clarity),
        "occasion" => texts(steps.iter().filter_map(|step| step.occasion.as_ref())),
        "hops" => number(steps.len() as u64 - 1),
        "said" => times(&first.said),
        "published" => times(published(claim, ledger)),
        "likelihood" => texts(claim.likelihood.as_ref().and_then(|likelihood| likelihood.band)),
        "confidence" => texts(claim.confidence),
        "credibility" => texts([claim.credibility]),
        "document" => texts(claim.evidence.as_ref().map(|evidence| &evidence.document)),
        "label" => label(&claim.labels, key),
        _ => Vec::new(),
    }
}

pub(super) fn figure(claim: &Claim) -> Option<&Figure> {
    match &claim.content {
        Content::Figure(figure) => Some(figure),
        Content::Event | Content::Norm(_) | Content::Statement => None,
    }
}

fn norm(claim: &Claim) -> Option<&Norm> {
    match &claim.content {
        Content::Norm(norm) => Some(norm),
        Content::Event | Content::Figure(_) | Content::Statement => None,
    }
}

/// When the claim's document was published.
fn published<'a>(claim: &Claim, ledger: &Ledger<'a>) -> Option<&'a Time> {
    let document = ledger.documents.get(claim.evidence.as_ref()?.document.as_str())?;
    document.published.as_ref()
}

/// A time as its writer wrote it.
pub(super) fn written<'a>(base: &str, version: &'a Version, ledger: &Ledger<'a>) -> Option<&'a Time> {
    match (&version.item, base) {
        (Item::Claim(claim), "when") => claim.when.as_ref(),
        (Item::Claim(claim), "said") => claim.attribution[0].said.as_ref(),
        (Item::Claim(claim), "deadline") => norm(claim)?.deadline.as_ref(),
        (Item::Claim(claim), "published") => published(claim, ledger),
        (Item::Document(document), "published") => document.published.as_ref(),
        (Item::Document(document), "retrieved") => document.retrieved.as_ref(),
        (Item::Claim(_) | Item::Entity(_) | Item::Source(_) | Item::Document(_), _) => None,
    }
}

/// All that stands in an attribute's values, for whoever looks for examples.
pub(super) fn seen(attribute: &Attribute, ledger: &Ledger<'_>) -> BTreeSet<String> {
    let values = ledger.versions.iter().flat_map(|version| values(attribute, version, ledger));
    values
        .filter_map(|value| match value {
            Value::Text(text) => Some(text),
            Value::Time(_) | Value::Number(_) | Value::YesNo(_) => None,
        })
        .collect()
}
