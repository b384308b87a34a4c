//! The table itself: every attribute, and every step that one dot can take from it.

use super::{Bound, Entry, Fact, Hop, ItemTypes, Location, Reach, ValueType, Vocabulary};
use crate::model::Role;
use crate::plan::{Field, Part, SpanField, WordField};

/// Every attribute. A name that stands here twice means different things for different types; no
/// type has a name twice.
pub static ATTRIBUTES: &[Entry] = {
    use Location::{DocumentPublished, Id, Keyed, Named, Retracted, Span, Terms, Words};
    use ValueType::{Document, Entity, Name, Number, Quantity, Text, Time, YesNo};
    const fn closed(vocabulary: Vocabulary) -> ValueType {
        ValueType::Vocabulary(vocabulary)
    }
    &[
        one("id", ALL, FREE, Id, "the id"),
        one("type", CLAIM, closed(Vocabulary::ClaimType), Terms(Field::Type), "what sort of claim it is"),
        one(
            "text",
            CLAIM,
            Text,
            Words(WordField::Text),
            "what is claimed, with the quotation and the surface",
        ),
        many("actor", CLAIM, ANY, Terms(Field::Actor), "who acts, or whose people or things are meant"),
        many("agent", CLAIM, ANY, Terms(Field::Agent), "who brings it about, if not the actors"),
        many("target", CLAIM, ANY, Terms(Field::Target), "who is acted upon"),
        one("kind", CLAIM, Entity(Role::Kind), Terms(Field::Kind), "what is counted, moved or discussed"),
        one("action", CLAIM, Entity(Role::Action), Terms(Field::Action), "what happened"),
        one("state", CLAIM, closed(Vocabulary::State), Terms(Field::State), "what it leaves true"),
        many("manner", CLAIM, ANY, Terms(Field::Manner), "by what means"),
        many("place", CLAIM, Entity(Role::Place), Terms(Field::Place), "where"),
        one(
            "incident",
            CLAIM,
            Entity(Role::Incident),
            Terms(Field::Incident),
            "which incident it belongs to",
        ),
        one("when", CLAIM, Time, Span(SpanField::When), "the time that the claim is about"),
        one("mode", CLAIM, closed(Vocabulary::Mode), Terms(Field::Mode), "what standing the claim has"),
        one("value", FIGURE, Quantity, Span(SpanField::Value), "the quantity, always an interval"),
        one("unit", FIGURE, FREE, Terms(Field::Unit), "of what: `person`, a UCUM or an ISO 4217 code"),
        many("per", FIGURE, FREE, Terms(Field::Per), "per what, as units"),
        one("basis", FIGURE, closed(Vocabulary::Basis), Terms(Field::Basis), "what sort of quantity it is"),
        one("of", FIGURE, Entity(Role::Kind), Terms(Field::Of), "the whole of a share"),
        one("hedge", FIGURE, closed(Vocabulary::Hedge), Terms(Field::Hedge), "in which form it is hedged"),
        one(
            "instrument",
            NORM,
            Entity(Role::Instrument),
            Terms(Field::Instrument),
            "the treaty, law or resolution that it stands in",
        ),
        many("bearer", NORM, ANY, Terms(Field::Bearer), "who must obey it"),
        one("modality", NORM, closed(Vocabulary::Modality), Terms(Field::Modality), "what the norm does"),
        one("deadline", NORM, Time, Span(SpanField::Deadline), "by when it must be met"),
        many("by", CLAIM, SPEAKER, Terms(Field::By), "who spoke first"),
        many("via", CLAIM, SPEAKER, Terms(Field::Via), "who passed it on"),
        many("source", CLAIM, SPEAKER, Terms(Field::Source), "who spoke first or passed it on"),
        many("for", CLAIM, SPEAKER, Terms(Field::For), "on whose commission or behalf"),
        many("publisher", CLAIM, SPEAKER, Terms(Field::Publisher), "who spoke last in the chain"),
        one("act", CLAIM, closed(Vocabulary::SpeechAct), Terms(Field::Act), "what the first speaker did"),
        many(
            "stance",
            CLAIM,
            closed(Vocabulary::RelayStance),
            Terms(Field::Stance),
            "how those who passed it on stand towards it",
        ),
        one(
            "clarity",
            CLAIM,
            closed(Vocabulary::Clarity),
            Terms(Field::Clarity),
            "how clearly the first speaker is named",
        ),
        many(
            "occasion",
            CLAIM,
            FREE,
            Terms(Field::Occasion),
            "a briefing or hearing that several claims share",
        ),
        one("hops", CLAIM, Number, Span(SpanField::Hops), "how often it was passed on"),
        one("said", CLAIM, Time, Span(SpanField::Said), "when the first speaker spoke"),
        one("published", CLAIM, Time, DocumentPublished, "when its document was published"),
        one(
            "likelihood",
            CLAIM,
            closed(Vocabulary::Likelihood),
            Terms(Field::Likelihood),
            "how likely it was said to be",
        ),
        one(
            "confidence",
            CLAIM,
            closed(Vocabulary::Confidence),
            Terms(Field::Confidence),
            "how well founded the judgement was said to be",
        ),
        one(
            "credibility",
            CLAIM,
            closed(Vocabulary::Credibility),
            Terms(Field::Credibility),
            "how credible it is: the Admiralty code's digit",
        ),
        one("document", CLAIM, Document, Terms(Field::Document), "the document that it was read in"),
        one(
            "retracted",
            CLAIM,
            YesNo,
            Retracted,
            "whether it was taken back; mentioning it shows such claims",
        ),
        one("kind", ENTITY, closed(Vocabulary::EntityKind), Terms(Field::Kind), "what sort of thing it is"),
        one("kind", SOURCE, closed(Vocabulary::SourceKind), Terms(Field::Kind), "what sort of speaker it is"),
        one("name", NAMED, Name, Named(Field::Name, WordField::Name), "what it is called"),
        many("alias", NAMED, Name, Terms(Field::Alias), "another name that it goes by"),
        many("parent", ENTITY, ANY, Terms(Field::Parent), "what it is part of or a kind of"),
        one(
            "external_id",
            ENTITY,
            FREE,
            Keyed { pairs: Field::ExternalId, keys: Field::ExternalIdKey },
            "its id in another scheme: `external_id.SCHEME`",
        ),
        one("part_of", SOURCE, SPEAKER, Terms(Field::PartOf), "the source that it belongs to"),
        one(
            "country",
            SOURCE,
            Entity(Role::Country),
            Terms(Field::Country),
            "the country that it belongs to",
        ),
        one("entity", SOURCE, ANY, Terms(Field::Entity), "the entity that it is"),
        one(
            "reliability",
            SOURCE,
            closed(Vocabulary::Reliability),
            Terms(Field::Reliability),
            "how reliable it is: the Admiralty code's letter",
        ),
        many("interest", SOURCE, ANY, Terms(Field::Interest), "an entity in which it has an interest"),
        one("title", DOCUMENT, Name, Named(Field::Title, WordField::Title), "the title"),
        one("publisher", DOCUMENT, SPEAKER, Terms(Field::Publisher), "the source that published it"),
        one("published", DOCUMENT, Time, Span(SpanField::Published), "when it was published"),
        one("url", ItemTypes(SOURCE.0 | DOCUMENT.0), FREE, Terms(Field::Url), "where it is"),
        one("language", DOCUMENT, FREE, Terms(Field::Language), "its language, a BCP 47 tag"),
        one("sha256", DOCUMENT, FREE, Terms(Field::Sha256), "its SHA-256, in lower-case hexadecimal digits"),
        one("retrieved", DOCUMENT, Time, Span(SpanField::Retrieved), "when it was fetched"),
        one("recorded", ALL, Time, Span(SpanField::Recorded), "when this ledger learned of it"),
        one("revision", ALL, Number, Span(SpanField::Revision), "the revision that wrote it"),
        one(
            "version",
            ALL,
            Number,
            Span(SpanField::Version),
            "which version of its id it is; mentioning it shows old ones",
        ),
        one(
            "label",
            ALL,
            FREE,
            Keyed { pairs: Field::Label, keys: Field::LabelKey },
            "the label of this key: `label.KEY`",
        ),
    ]
};

/// Every step that one dot can take.
pub static HOPS: &[Hop] = {
    use Fact::{DocumentPublisher, EntityKind, SourceCountry, SourceKind, SourceReliability, SourceStance};
    use ValueType::Vocabulary as Closed;
    const fn fact(
        name: &'static str,
        of: ItemTypes,
        value: ValueType,
        fact: Fact,
        help: &'static str,
    ) -> Hop {
        Hop { name, of, value, reach: Reach::Fact(fact), help }
    }
    const fn part(name: &'static str, part: Part, help: &'static str) -> Hop {
        Hop { name, of: ALL, value: ValueType::Time, reach: Reach::Part(part), help }
    }
    const fn bound(name: &'static str, bound: Bound, help: &'static str) -> Hop {
        Hop { name, of: FIGURE, value: ValueType::Quantity, reach: Reach::Bound(bound), help }
    }
    &[
        fact("kind", ALL, Closed(Vocabulary::SourceKind), SourceKind, "the source's kind"),
        fact("country", ALL, ValueType::Entity(Role::Country), SourceCountry, "the source's country"),
        fact(
            "reliability",
            ALL,
            Closed(Vocabulary::Reliability),
            SourceReliability,
            "the source's reliability",
        ),
        fact(
            "stance",
            CLAIM,
            Closed(Vocabulary::InterestStance),
            SourceStance,
            "how the source stands towards the claim's actors",
        ),
        fact("kind", ALL, Closed(Vocabulary::EntityKind), EntityKind, "the entity's kind"),
        fact("publisher", ALL, SPEAKER, DocumentPublisher, "the document's publisher"),
        part("year", Part::Year, "the year, for tables"),
        part("month", Part::Month, "the month, for tables"),
        part("day", Part::Day, "the day, for tables"),
        bound("low", Bound::Low, "the low end, for tables"),
        bound("high", Bound::High, "the high end, for tables"),
        bound("best", Bound::Best, "the number that was said, for tables"),
    ]
};

const fn one(name: &'static str, of: ItemTypes, value: ValueType, at: Location, help: &'static str) -> Entry {
    Entry { name, of, value, many: false, at, help }
}

const fn many(
    name: &'static str,
    of: ItemTypes,
    value: ValueType,
    at: Location,
    help: &'static str,
) -> Entry {
    Entry { name, of, value, many: true, at, help }
}

const CLAIM: ItemTypes = ItemTypes::CLAIM;
const FIGURE: ItemTypes = ItemTypes::FIGURE;
const NORM: ItemTypes = ItemTypes::NORM;
const ENTITY: ItemTypes = ItemTypes::ENTITY;
const SOURCE: ItemTypes = ItemTypes::SOURCE;
const DOCUMENT: ItemTypes = ItemTypes::DOCUMENT;
const NAMED: ItemTypes = ItemTypes(ItemTypes::ENTITY.0 | ItemTypes::SOURCE.0);
const ALL: ItemTypes = ItemTypes::ALL;

const ANY: ValueType = ValueType::Entity(Role::Any);
const SPEAKER: ValueType = ValueType::Source;
const FREE: ValueType = ValueType::Free;
