//! The attribute table: what each attribute is called, what has it, what it takes, and where it
//! lies in a row. Operators, orders, groups, errors and completions all follow from it.

mod table;

pub use table::{ATTRIBUTES, HOPS};

use super::ast::Operator;
use crate::model::Role;
use crate::model::vocabulary::{
    Basis, ClaimType, Clarity, Confidence, Credibility, EntityKind, Hedge, InterestStance, LikelihoodBand,
    Modality, Mode, RelayStance, Reliability, SourceKind, SpeechAct, State,
};
use crate::plan::{Field, Part, SpanField, WordField};
use std::fmt;
use std::ops::BitOr;
use std::sync::Arc;

/// A set of the types that a query can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemTypes(u8);

impl ItemTypes {
    /// Claims whose content is a figure.
    pub const FIGURE: Self = Self(1);
    /// Claims whose content is an event.
    pub const EVENT: Self = Self(1 << 1);
    /// Claims whose content is a norm.
    pub const NORM: Self = Self(1 << 2);
    /// Claims whose content is a statement.
    pub const STATEMENT: Self = Self(1 << 3);
    /// Claims of every type.
    pub const CLAIM: Self = Self(0b1111);
    /// Entities.
    pub const ENTITY: Self = Self(1 << 4);
    /// Sources.
    pub const SOURCE: Self = Self(1 << 5);
    /// Documents.
    pub const DOCUMENT: Self = Self(1 << 6);
    /// Everything.
    pub const ALL: Self = Self(0b111_1111);

    /// The types by the words that ask for them.
    pub const NAMED: [(&'static str, Self); 8] = [
        ("claim", Self::CLAIM),
        ("figure", Self::FIGURE),
        ("event", Self::EVENT),
        ("norm", Self::NORM),
        ("statement", Self::STATEMENT),
        ("entity", Self::ENTITY),
        ("source", Self::SOURCE),
        ("document", Self::DOCUMENT),
    ];

    /// The types that a word asks for, in any ASCII case.
    pub fn parse(word: &str) -> Option<Self> {
        Self::NAMED.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|&(_, types)| types)
    }

    /// Whether the two have a type in common.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether every type of it is among the other's.
    pub const fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// The claim types among them.
    pub fn claim_types(self) -> impl Iterator<Item = ClaimType> {
        [
            (Self::FIGURE, ClaimType::Figure),
            (Self::EVENT, ClaimType::Event),
            (Self::NORM, ClaimType::Norm),
            (Self::STATEMENT, ClaimType::Statement),
        ]
        .into_iter()
        .filter(move |(types, _)| self.meets(*types))
        .map(|(_, claim_type)| claim_type)
    }
}

impl BitOr for ItemTypes {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A closed vocabulary as an attribute's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is documented as an enum of the model")]
pub enum Vocabulary {
    ClaimType,
    EntityKind,
    SourceKind,
    InterestStance,
    Reliability,
    Credibility,
    SpeechAct,
    RelayStance,
    Clarity,
    Mode,
    State,
    Hedge,
    Basis,
    Modality,
    Likelihood,
    Confidence,
}

impl Vocabulary {
    /// Its words, in the model's order.
    pub fn words(self) -> Vec<&'static str> {
        macro_rules! words {
            ($name:ident) => {
                $name::ALL.iter().map(|value| value.as_str()).collect()
            };
        }
        match self {
            Self::ClaimType => words!(ClaimType),
            Self::EntityKind => words!(EntityKind),
            Self::SourceKind => words!(SourceKind),
            Self::InterestStance => words!(InterestStance),
            Self::Reliability => words!(Reliability),
            Self::Credibility => words!(Credibility),
            Self::SpeechAct => words!(SpeechAct),
            Self::RelayStance => words!(RelayStance),
            Self::Clarity => words!(Clarity),
            Self::Mode => words!(Mode),
            Self::State => words!(State),
            Self::Hedge => words!(Hedge),
            Self::Basis => words!(Basis),
            Self::Modality => words!(Modality),
            Self::Likelihood => words!(LikelihoodBand),
            Self::Confidence => words!(Confidence),
        }
    }

    /// Those of its words that have an order, from the least to the greatest; none if the
    /// vocabulary has no order. Of the Admiralty code A and 1 are the greatest; F and 6 have no place.
    pub fn ascending(self) -> Vec<&'static str> {
        let mut words = self.words();
        match self {
            Self::Likelihood | Self::Confidence => words,
            Self::Reliability | Self::Credibility => {
                words.pop();
                words.reverse();
                words
            }
            Self::ClaimType
            | Self::EntityKind
            | Self::SourceKind
            | Self::InterestStance
            | Self::SpeechAct
            | Self::RelayStance
            | Self::Clarity
            | Self::Mode
            | Self::State
            | Self::Hedge
            | Self::Basis
            | Self::Modality => Vec::new(),
        }
    }
}

/// What an attribute's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// An entity that fits the role, by id or alias; its descendants count.
    Entity(Role),
    /// A source, by id or alias; those that are part of it count.
    Source,
    /// A document, by id.
    Document,
    /// A word of a closed vocabulary.
    Vocabulary(Vocabulary),
    /// A figure's interval.
    Quantity,
    /// A whole number.
    Number,
    /// A time.
    Time,
    /// `yes` or `no`.
    YesNo,
    /// Text that is searched by its words alone.
    Text,
    /// A name: compared as a whole, letter case aside, or searched by its words.
    Name,
    /// A text that is compared as a whole, to the letter.
    Free,
}

impl ValueType {
    /// Whether there is an order, for `<`, `<=`, `>`, `>=` and ranges.
    pub fn is_ordered(self) -> bool {
        match self {
            Self::Quantity | Self::Number | Self::Time => true,
            Self::Vocabulary(vocabulary) => !vocabulary.ascending().is_empty(),
            Self::Entity(_)
            | Self::Source
            | Self::Document
            | Self::YesNo
            | Self::Text
            | Self::Name
            | Self::Free => false,
        }
    }

    /// Whether values are intervals, which a row can satisfy possibly.
    pub const fn is_interval(self) -> bool {
        matches!(self, Self::Quantity | Self::Number | Self::Time)
    }

    /// Whether the operator makes sense of such values.
    pub fn takes(self, operator: Operator) -> bool {
        match operator {
            Operator::Equal | Operator::NotEqual => self != Self::Text,
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                self.is_ordered()
            }
            Operator::Matches | Operator::NotMatches => matches!(self, Self::Text | Self::Name),
        }
    }

    /// The operators that make sense of such values, as they are written.
    pub fn operators(self) -> Vec<&'static str> {
        const COMPARING: [Operator; 6] = [
            Operator::Equal,
            Operator::NotEqual,
            Operator::Less,
            Operator::LessOrEqual,
            Operator::Greater,
            Operator::GreaterOrEqual,
        ];
        let taken = |operators: &[Operator]| -> Vec<&'static str> {
            operators
                .iter()
                .filter(|operator| self.takes(**operator))
                .map(|operator| operator.as_str())
                .collect()
        };
        let mut all = taken(&COMPARING);
        if self != Self::Text {
            all.extend(["in", "not in"]);
        }
        all.extend(taken(&[Operator::Matches, Operator::NotMatches]));
        all.extend(["is present", "is missing"]);
        all
    }

    /// One such value, in words and without an article.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Entity(Role::Any) => "entity",
            Self::Entity(Role::Kind) => "topic",
            Self::Entity(Role::Action) => "action",
            Self::Entity(Role::Place) => "place",
            Self::Entity(Role::Incident) => "incident",
            Self::Entity(Role::Instrument) => "instrument",
            Self::Entity(Role::Country) => "country",
            Self::Source => "source",
            Self::Document => "document",
            Self::Vocabulary(_) => "word of a vocabulary",
            Self::Quantity => "quantity",
            Self::Number => "whole number",
            Self::Time => "time",
            Self::YesNo => "`yes` or `no`",
            Self::Text => "words",
            Self::Name => "name",
            Self::Free => "text",
        }
    }
}

/// Where an attribute lies in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// The row's id.
    Id,
    /// Terms.
    Terms(Field),
    /// An interval.
    Span(SpanField),
    /// Words alone.
    Words(WordField),
    /// Terms, and their words.
    Named(Field, WordField),
    /// `KEY\u{1f}VALUE` in the one field, `KEY` in the other; asked by key, as `label.KEY`.
    Keyed {
        /// Keys and values.
        pairs: Field,
        /// Keys.
        keys: Field,
    },
    /// The claim's document's time of publication.
    DocumentPublished,
    /// Whether the claim is retracted.
    Retracted,
}

/// One attribute of some types of items.
#[derive(Debug, PartialEq)]
pub struct Entry {
    /// Its name in queries.
    pub name: &'static str,
    /// The types of items that have it.
    pub of: ItemTypes,
    /// What its values are.
    pub value: ValueType,
    /// Whether one item can have several values.
    pub many: bool,
    /// Where it lies.
    pub at: Location,
    /// What it is, in one sentence without a full stop.
    pub help: &'static str,
}

/// What the registry knows about a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The sort of speaker.
    SourceKind,
    /// The speaker's country.
    SourceCountry,
    /// The speaker's reliability.
    SourceReliability,
    /// How the speaker stands towards the claim's actors.
    SourceStance,
    /// The sort of thing.
    EntityKind,
    /// The document's publisher.
    DocumentPublisher,
}

/// What one dot reaches, from an attribute whose values are names or times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// A fact of the registry.
    Fact(Fact),
    /// A part of the calendar.
    Part(Part),
    /// A number of a figure.
    Bound(Bound),
}

/// A number of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The low end of its interval.
    Low,
    /// The high end of its interval.
    High,
    /// The number that was said.
    Best,
}

/// One step beyond an attribute.
#[derive(Debug, PartialEq)]
pub struct Hop {
    /// Its name, behind the dot.
    pub name: &'static str,
    /// The types of items for whose attributes it is there.
    pub of: ItemTypes,
    /// What its values are.
    pub value: ValueType,
    /// What it reaches.
    pub reach: Reach,
    /// What it is, in one sentence without a full stop.
    pub help: &'static str,
}

impl Hop {
    /// Whether it leads on from such values.
    const fn leads_from(&self, value: ValueType) -> bool {
        match self.reach {
            Reach::Fact(
                Fact::SourceKind | Fact::SourceCountry | Fact::SourceReliability | Fact::SourceStance,
            ) => matches!(value, ValueType::Source),
            Reach::Fact(Fact::EntityKind) => matches!(value, ValueType::Entity(_)),
            Reach::Fact(Fact::DocumentPublisher) => matches!(value, ValueType::Document),
            Reach::Part(_) => matches!(value, ValueType::Time),
            Reach::Bound(_) => matches!(value, ValueType::Quantity),
        }
    }
}

/// An attribute as a query names it: an entry, and how to go on from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// The entry.
    pub entry: &'static Entry,
    /// What stands behind the dot.
    pub beyond: Beyond,
}

/// What stands behind an attribute's dot.
#[derive(Clone, Debug, PartialEq)]
pub enum Beyond {
    /// No dot.
    Nothing,
    /// A fact about the names that lie in a field.
    Fact {
        /// The field.
        of: Field,
        /// The fact.
        fact: Fact,
        /// The step to it.
        hop: &'static Hop,
    },
    /// A part of the calendar.
    Part {
        /// The part.
        part: Part,
        /// The step to it.
        hop: &'static Hop,
    },
    /// A number of a figure.
    Bound {
        /// Which.
        bound: Bound,
        /// The step to it.
        hop: &'static Hop,
    },
    /// The value under a key.
    Key {
        /// Where keys and values lie.
        pairs: Field,
        /// Where keys lie.
        keys: Field,
        /// The key.
        key: Arc<str>,
    },
}

impl Attribute {
    /// The attribute that `name` means for these types; letter case matters only in keys.
    pub fn find(types: ItemTypes, name: &str) -> Option<Self> {
        let (base, behind) = match name.split_once('.') {
            Some((base, behind)) => (base, Some(behind)),
            None => (name, None),
        };
        let entry = entries(types).find(|entry| entry.name.eq_ignore_ascii_case(base))?;
        let hop = |behind: &str| hops(types, entry).find(|hop| hop.name.eq_ignore_ascii_case(behind));
        let beyond = match (entry.at, behind) {
            (Location::Keyed { pairs, keys }, Some(key)) if !key.is_empty() => {
                Beyond::Key { pairs, keys, key: key.into() }
            }
            (Location::Keyed { .. }, _) => return None,
            (_, None) => Beyond::Nothing,
            (at, Some(behind)) => {
                let hop = hop(behind)?;
                match (hop.reach, at) {
                    (Reach::Fact(fact), Location::Terms(of)) => Beyond::Fact { of, fact, hop },
                    (Reach::Fact(_), _) => return None,
                    (Reach::Part(part), _) => Beyond::Part { part, hop },
                    (Reach::Bound(bound), _) => Beyond::Bound { bound, hop },
                }
            }
        };
        Some(Self { entry, beyond })
    }

    /// Every name that these types understand; of labels and external ids the part before the key,
    /// with the dot.
    pub fn names(types: ItemTypes) -> Vec<String> {
        let mut names = Vec::new();
        for entry in entries(types) {
            if matches!(entry.at, Location::Keyed { .. }) {
                names.push(format!("{}.", entry.name));
                continue;
            }
            names.push(entry.name.to_owned());
            names.extend(hops(types, entry).map(|hop| format!("{}.{}", entry.name, hop.name)));
        }
        names
    }

    /// What its values are.
    pub fn value(&self) -> ValueType {
        match self.beyond {
            Beyond::Fact { hop, .. } | Beyond::Part { hop, .. } | Beyond::Bound { hop, .. } => hop.value,
            Beyond::Nothing | Beyond::Key { .. } => self.entry.value,
        }
    }

    /// Whether it stands in tables alone, and no condition is about it.
    pub fn is_for_tables(&self) -> bool {
        matches!(self.beyond, Beyond::Part { .. } | Beyond::Bound { .. })
    }

    /// Whether one item can have several values.
    pub fn is_many(&self) -> bool {
        self.entry.many || matches!(self.beyond, Beyond::Fact { fact: Fact::SourceStance, .. })
    }
}

impl fmt::Display for Attribute {
    /// The name in canonical form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.entry.name)?;
        match &self.beyond {
            Beyond::Nothing => Ok(()),
            Beyond::Fact { hop, .. } | Beyond::Part { hop, .. } | Beyond::Bound { hop, .. } => {
                write!(f, ".{}", hop.name)
            }
            Beyond::Key { key, .. } => write!(f, ".{key}"),
        }
    }
}

/// The attributes that some of these types have.
pub fn entries(types: ItemTypes) -> impl Iterator<Item = &'static Entry> {
    ATTRIBUTES.iter().filter(move |entry| entry.of.meets(types))
}

/// The steps on from an attribute.
pub fn hops(types: ItemTypes, entry: &'static Entry) -> impl Iterator<Item = &'static Hop> {
    HOPS.iter().filter(move |hop| hop.of.meets(types) && hop.leads_from(entry.value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const CLAIM: ItemTypes = ItemTypes::CLAIM;
    const NORM: ItemTypes = ItemTypes::NORM;
    const ENTITY: ItemTypes = ItemTypes::ENTITY;
    const SOURCE: ItemTypes = ItemTypes::SOURCE;
    const DOCUMENT: ItemTypes = ItemTypes::DOCUMENT;

    #[test]
    fn no_type_has_a_name_twice() {
        let types = [CLAIM, ENTITY, SOURCE, DOCUMENT];
        for of in types {
            let names = Attribute::names(of);
            assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{of:?}");
        }
    }

    #[test]
    fn every_field_of_a_row_can_be_asked_for() {
        let mut fields = BTreeSet::new();
        let mut spans = BTreeSet::new();
        let mut words = BTreeSet::new();
        for entry in ATTRIBUTES {
            match entry.at {
                Location::Terms(field) => {
                    fields.insert(field);
                }
                Location::Keyed { pairs, keys } => fields.extend([pairs, keys]),
                Location::Named(field, word) => {
                    fields.insert(field);
                    words.insert(word);
                }
                Location::Span(span) => {
                    spans.insert(span);
                }
                Location::Words(word) => {
                    words.insert(word);
                }
                Location::Id | Location::DocumentPublished | Location::Retracted => {}
            }
        }
        // Relations are looked up by the views alone.
        assert!(fields.insert(Field::Relation));
        assert_eq!(fields.len(), Field::COUNT);
        assert_eq!(spans.len(), SpanField::COUNT);
        assert_eq!(words.len(), WordField::COUNT);
    }

    #[test]
    fn a_name_means_what_its_type_makes_of_it() {
        let found = |types, name| {
            Attribute::find(types, name)
                .map(|attribute| (attribute.to_string(), attribute.value(), attribute.is_many()))
        };
        let closed = ValueType::Vocabulary;
        for (types, name, expected) in [
            (CLAIM, "kind", ("kind", ValueType::Entity(Role::Kind), false)),
            (ENTITY, "kind", ("kind", closed(Vocabulary::EntityKind), false)),
            (SOURCE, "KIND", ("kind", closed(Vocabulary::SourceKind), false)),
            (CLAIM, "By.Kind", ("by.kind", closed(Vocabulary::SourceKind), true)),
            (CLAIM, "for.country", ("for.country", ValueType::Entity(Role::Country), true)),
            (CLAIM, "via.reliability", ("via.reliability", closed(Vocabulary::Reliability), true)),
            (CLAIM, "by.stance", ("by.stance", closed(Vocabulary::InterestStance), true)),
            (CLAIM, "actor.kind", ("actor.kind", closed(Vocabulary::EntityKind), true)),
            (CLAIM, "incident.kind", ("incident.kind", closed(Vocabulary::EntityKind), false)),
            (CLAIM, "document.publisher", ("document.publisher", ValueType::Source, false)),
            (CLAIM, "publisher", ("publisher", ValueType::Source, true)),
            (DOCUMENT, "publisher", ("publisher", ValueType::Source, false)),
            (CLAIM, "when.month", ("when.month", ValueType::Time, false)),
            (CLAIM, "label.inferred.By", ("label.inferred.By", ValueType::Free, false)),
            (ENTITY, "external_id.iso-3166", ("external_id.iso-3166", ValueType::Free, false)),
        ] {
            let (canonical, value, many) = expected;
            assert_eq!(found(types, name), Some((canonical.to_owned(), value, many)), "{name}");
        }
        for (types, name) in [
            (CLAIM, "actr"),
            (CLAIM, "name"),
            (ENTITY, "actor"),
            (ItemTypes::EVENT, "value"),
            (NORM, "unit"),
            (CLAIM, "label"),
            (CLAIM, "label."),
            (CLAIM, "when.kind"),
            (CLAIM, "by."),
            (DOCUMENT, "publisher.stance"),
            (CLAIM, "by.kind.kind"),
        ] {
            assert_eq!(found(types, name), None, "{name}");
        }
    }

    #[test]
    fn operators_follow_from_the_type() {
        const ALWAYS: &str = "is present, is missing";
        const EQUAL: &str = "=, !=, in, not in";
        const ORDERED: &str = "=, !=, <, <=, >, >=, in, not in";
        for (types, name, expected) in [
            (CLAIM, "actor", EQUAL),
            (CLAIM, "act", EQUAL),
            (CLAIM, "retracted", EQUAL),
            (CLAIM, "label.x", EQUAL),
            (CLAIM, "value", ORDERED),
            (CLAIM, "said", ORDERED),
            (CLAIM, "hops", ORDERED),
            (CLAIM, "likelihood", ORDERED),
            (CLAIM, "by.reliability", ORDERED),
            (CLAIM, "text", "~, !~"),
            (ENTITY, "name", "=, !=, in, not in, ~, !~"),
        ] {
            let operators = Attribute::find(types, name).unwrap().value().operators();
            assert_eq!(operators.join(", "), format!("{expected}, {ALWAYS}"), "{name}");
        }
    }

    #[test]
    fn orders_are_of_quality() {
        assert_eq!(Vocabulary::Reliability.ascending(), ["e", "d", "c", "b", "a"]);
        assert_eq!(Vocabulary::Credibility.ascending(), ["5", "4", "3", "2", "1"]);
        assert_eq!(Vocabulary::Confidence.ascending(), ["low", "moderate", "high"]);
        assert_eq!(Vocabulary::Likelihood.ascending().first(), Some(&"almost_no_chance"));
        assert_eq!(Vocabulary::SpeechAct.ascending(), Vec::<&str>::new());
    }
}
