//! The schemata of FollowTheMoney 4 and what they are here.

use crate::model::vocabulary::EntityKind;

/// What the entities of a schema are here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// An entity.
    Thing(EntityKind),
    /// Something between entities, which is told by claims about them alone.
    Link {
        /// The property whose values act.
        from: &'static str,
        /// The property whose values are acted upon.
        to: &'static str,
    },
}

const fn thing(kind: EntityKind) -> Role {
    Role::Thing(kind)
}

const fn link(from: &'static str, to: &'static str) -> Role {
    Role::Link { from, to }
}

/// Every schema that is not abstract; what extends another stands below it. The ends of links are
/// those that FollowTheMoney gives its edges.
const SCHEMATA: &[(&str, Role)] = &[
    ("Address", thing(EntityKind::Place)),
    ("Territory", thing(EntityKind::Place)),
    ("LegalEntity", thing(EntityKind::Organization)),
    ("Person", thing(EntityKind::Person)),
    ("Organization", thing(EntityKind::Organization)),
    ("PublicBody", thing(EntityKind::Organization)),
    ("Asset", thing(EntityKind::Asset)),
    ("Company", thing(EntityKind::Organization)),
    ("BankAccount", thing(EntityKind::Asset)),
    ("CryptoWallet", thing(EntityKind::Asset)),
    ("RealEstate", thing(EntityKind::Asset)),
    ("Security", thing(EntityKind::Asset)),
    ("UserAccount", thing(EntityKind::Asset)),
    ("Vehicle", thing(EntityKind::Asset)),
    ("Airplane", thing(EntityKind::Asset)),
    ("Vessel", thing(EntityKind::Asset)),
    ("Contract", thing(EntityKind::Instrument)),
    ("License", thing(EntityKind::Instrument)),
    ("CourtCase", thing(EntityKind::Incident)),
    ("CallForTenders", thing(EntityKind::Incident)),
    ("Project", thing(EntityKind::Incident)),
    ("Event", thing(EntityKind::Incident)),
    ("Trip", thing(EntityKind::Incident)),
    ("Position", thing(EntityKind::Topic)),
    ("Note", thing(EntityKind::Topic)),
    ("Document", thing(EntityKind::Asset)),
    ("Article", thing(EntityKind::Asset)),
    ("Audio", thing(EntityKind::Asset)),
    ("Folder", thing(EntityKind::Asset)),
    ("HyperText", thing(EntityKind::Asset)),
    ("Image", thing(EntityKind::Asset)),
    ("Pages", thing(EntityKind::Asset)),
    ("PlainText", thing(EntityKind::Asset)),
    ("Table", thing(EntityKind::Asset)),
    ("Video", thing(EntityKind::Asset)),
    ("Package", thing(EntityKind::Asset)),
    ("Workbook", thing(EntityKind::Asset)),
    ("Email", thing(EntityKind::Asset)),
    ("Message", thing(EntityKind::Asset)),
    ("Associate", link("person", "associate")),
    ("Call", link("caller", "receiver")),
    ("ContractAward", link("supplier", "contract")),
    ("Control", link("controller", "controlled")),
    ("CourtCaseParty", link("party", "case")),
    ("Debt", link("debtor", "creditor")),
    ("Directorship", link("director", "organization")),
    ("Documentation", link("document", "entity")),
    ("EconomicActivity", link("sender", "receiver")),
    ("Employment", link("employee", "employer")),
    ("Family", link("person", "relative")),
    ("Identification", link("holder", "")),
    ("Membership", link("member", "organization")),
    ("Mention", link("document", "resolved")),
    ("Occupancy", link("holder", "post")),
    ("Ownership", link("owner", "asset")),
    ("Page", link("document", "")),
    ("Passport", link("holder", "")),
    ("Payment", link("payer", "beneficiary")),
    ("ProjectParticipant", link("participant", "project")),
    ("Representation", link("agent", "client")),
    ("Risk", link("", "entity")),
    ("Sanction", link("", "entity")),
    ("Similar", link("candidate", "match")),
    ("Succession", link("predecessor", "successor")),
    ("TaxRoll", link("taxee", "")),
    ("UnknownLink", link("subject", "object")),
];

/// A schema, by its place in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Schema(usize);

impl Schema {
    pub(super) fn named(name: &str) -> Option<Self> {
        SCHEMATA.iter().position(|(known, _)| *known == name).map(Self)
    }

    pub(super) fn name(self) -> &'static str {
        SCHEMATA[self.0].0
    }

    pub(super) fn role(self) -> Role {
        SCHEMATA[self.0].1
    }
}

/// The schema that an entity which did not come from there is written as; none for what
/// FollowTheMoney has no place for.
pub(super) fn schema_of(kind: EntityKind) -> Option<&'static str> {
    match kind {
        EntityKind::Country => Some("Territory"),
        EntityKind::Place => Some("Address"),
        EntityKind::Person => Some("Person"),
        EntityKind::Organization | EntityKind::Group => Some("Organization"),
        EntityKind::Asset => Some("Asset"),
        EntityKind::Incident => Some("Event"),
        EntityKind::Instrument | EntityKind::Topic | EntityKind::Action => None,
    }
}

/// The properties that name an entity, the best first.
pub(super) const CAPTIONS: &[&str] = &[
    "name",
    "title",
    "full",
    "summary",
    "fileName",
    "subject",
    "username",
    "publicKey",
    "caseNumber",
    "registrationNumber",
    "alias",
    "description",
];

/// The properties whose values are other names. Weak aliases are too common to find anybody by.
pub(super) const ALIASES: &[&str] = &["name", "alias", "previousName", "abbreviation"];

/// `imoNumber` as `imo number`.
pub(super) fn words(name: &str) -> String {
    let mut words = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !words.is_empty() && !words.ends_with(' ') {
            words.push(' ');
        }
        words.push(c.to_ascii_lowercase());
    }
    words
}
