//! Names that both directions share.

use crate::model::vocabulary::SourceKind;

/// What an `@id` of ours begins with, by what it names.
pub(super) const SOURCE: &str = "urn:sayso:source:";
pub(super) const DOCUMENT: &str = "urn:sayso:document:";
pub(super) const CLAIM: &str = "urn:sayso:claim:";

/// On a review: the claim that it is of.
pub(super) const OF: &str = "claimreview.of";
/// On a review: the parts of its rating, as they were written.
pub(super) const RATING: &str = "claimreview.rating";
pub(super) const VALUE: &str = "claimreview.value";
pub(super) const BEST: &str = "claimreview.best";
pub(super) const WORST: &str = "claimreview.worst";
pub(super) const EXPLANATION: &str = "claimreview.explanation";
/// On a review: who published its markup.
pub(super) const SD_PUBLISHER: &str = "claimreview.sd-publisher";
/// On a claim: that it was first seen where its evidence is; the value is [`YES`].
pub(super) const FIRST: &str = "claimreview.first-appearance";
pub(super) const YES: &str = "yes";

/// The topic that all reviewed claims are kinds of; theirs are this, a dot and a number.
pub(super) const TOPIC: &str = "claimreview";
/// What a fact-checker does in a review.
pub(super) const RATE: &str = "claimreview.rate";

/// Types of schema.org and what speaks so.
pub(super) const KINDS: [(&str, SourceKind); 6] = [
    ("NewsMediaOrganization", SourceKind::NewsOutlet),
    ("GovernmentOrganization", SourceKind::Government),
    ("NGO", SourceKind::Ngo),
    ("Corporation", SourceKind::Company),
    ("CollegeOrUniversity", SourceKind::Academic),
    ("ResearchOrganization", SourceKind::ThinkTank),
];
