//! Model items → ClaimReviews: for each claim that supports or contradicts another, a review of that
//! other by who said it.

use super::names;
use crate::model::vocabulary::{Clarity, Credibility, RelationKind, SourceKind};
use crate::model::{Claim, ClaimId, Document, EntityId, Labels, Source, SourceId, Step, Time};
use crate::pack::left_out::LeftOut;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, Write};

/// Gathers sources, documents and claims, and writes the ClaimReviews that they make. All that is
/// given is kept until then: a review and its claim may come in any order.
#[derive(Default)]
pub struct ReviewsWriter {
    sources: HashMap<String, Source>,
    documents: HashMap<String, Document>,
    claims: BTreeMap<ClaimId, Claim>,
    /// The claims as they came.
    order: Vec<ClaimId>,
    left_out: LeftOut,
}

impl ReviewsWriter {
    /// Learns a source.
    pub fn source(&mut self, source: Source) {
        self.sources.insert(source.id.to_string(), source);
    }

    /// Learns a document.
    pub fn document(&mut self, document: Document) {
        self.documents.insert(document.id.to_string(), document);
    }

    /// Learns a claim.
    pub fn claim(&mut self, claim: Claim) {
        self.order.push(claim.id.clone());
        self.claims.insert(claim.id.clone(), claim);
    }

    /// Learns that a claim among those given is taken back, which a file of others cannot say.
    pub fn retraction(&mut self) {
        self.left_out.add("retractions of claims");
    }

    /// Writes a feed of all reviews, in the order of their claims; what was left out of it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(mut self, mut out: impl Write) -> io::Result<LeftOut> {
        let mut told = BTreeSet::new();
        let mut reviews = Vec::new();
        for id in std::mem::take(&mut self.order) {
            let review = self.claims[&id].clone();
            let of = reviewed(&review);
            for (kind, of) in of {
                let Some(claim) = self.claims.get(&of).cloned() else {
                    self.left_out.add("reviews of claims that are not given");
                    continue;
                };
                reviews.push(self.review(&review, kind, &claim));
                let is_rated = review.labels.contains_key(names::VALUE);
                let publisher = self.published_in(&claim).and_then(|document| document.publisher.clone());
                let carried: Vec<_> = publisher.into_iter().chain(review.origin().sources.clone()).collect();
                self.count_left_out(&claim, &carried, is_rated, &mut told);
                self.count_left_out(&review, &[], false, &mut told);
            }
        }
        let repeats = |claim: &Claim| {
            let mut relations = claim.relations.iter();
            relations.any(|relation| relation.kind == RelationKind::Repeats && told.contains(&relation.claim))
        };
        let others =
            self.claims.values().filter(|claim| !told.contains(&claim.id) && !repeats(claim)).count();
        self.left_out.add_all("claims that are no review and have none", others);
        let feed = json!({
            "@context": "https://schema.org",
            "@type": "DataFeed",
            "dataFeedElement": reviews,
        });
        serde_json::to_writer_pretty(&mut out, &feed)?;
        out.write_all(b"\n")?;
        out.flush()?;
        Ok(self.left_out)
    }

    fn review(&mut self, review: &Claim, kind: Option<RelationKind>, claim: &Claim) -> Value {
        // Only what a ClaimReview told whole is told by its id: read again, it is the same claim.
        let came_so = review.labels.contains_key(names::OF);
        let mut node = Map::new();
        node.insert("@type".into(), "ClaimReview".into());
        if came_so {
            node.insert("@id".into(), format!("{}{}", names::CLAIM, review.id).into());
        }
        if let Some(page) = self.published_in(review).cloned() {
            put(&mut node, "url", page.url.clone());
            put(&mut node, "inLanguage", page.language.clone());
            node.insert(
                "mainEntityOfPage".into(),
                json!({ "@type": "WebPage", "@id": format!("{}{}", names::DOCUMENT, page.id), "name": page.title }),
            );
        }
        let step = review.origin();
        node.insert("author".into(), self.speakers(step));
        let published = self.date(step.said.as_ref());
        put(&mut node, "datePublished", published);
        node.insert("claimReviewed".into(), claim.text.clone().into());
        node.insert("itemReviewed".into(), self.item(claim, came_so));
        node.insert("reviewRating".into(), rating(&review.labels, kind));
        put(&mut node, "sdPublisher", review.labels.get(names::SD_PUBLISHER).cloned());
        Value::Object(node)
    }

    /// A claim that is reviewed, with where it appeared.
    fn item(&mut self, claim: &Claim, came_so: bool) -> Value {
        let mut node = Map::new();
        node.insert("@type".into(), "Claim".into());
        if came_so {
            node.insert("@id".into(), format!("{}{}", names::CLAIM, claim.id).into());
        }
        let step = claim.origin();
        if !step.sources.is_empty() {
            node.insert("author".into(), self.speakers(step));
        }
        let said = self.date(step.said.as_ref());
        put(&mut node, "datePublished", said);
        let repeats = |other: &&Claim| {
            let mut relations = other.relations.iter();
            relations.any(|relation| relation.kind == RelationKind::Repeats && relation.claim == claim.id)
        };
        let again: Vec<Claim> = self.order_of(repeats);
        let mut works: Vec<Value> = again.iter().filter_map(|claim| self.work(claim)).collect();
        let first = self.work(claim);
        if claim.labels.contains_key(names::FIRST) {
            put(&mut node, "firstAppearance", first);
        } else if let Some(work) = first {
            works.insert(0, work);
        }
        if !works.is_empty() {
            node.insert("appearance".into(), works.into());
        }
        Value::Object(node)
    }

    fn order_of(&self, wanted: impl Fn(&&Claim) -> bool) -> Vec<Claim> {
        self.claims.values().filter(wanted).cloned().collect()
    }

    /// The document that a claim was read in.
    fn work(&mut self, claim: &Claim) -> Option<Value> {
        let document = self.published_in(claim)?.clone();
        let mut node = Map::new();
        node.insert("@type".into(), "CreativeWork".into());
        node.insert("@id".into(), format!("{}{}", names::DOCUMENT, document.id).into());
        put(&mut node, "url", document.url.clone());
        node.insert("name".into(), document.title.clone().into());
        let published = self.date(document.published.as_ref());
        put(&mut node, "datePublished", published);
        let publisher = document.publisher.as_ref().and_then(|source| self.sources.get(source.as_str()));
        put(&mut node, "publisher", publisher.map(|source| speaker(source, false)));
        Some(Value::Object(node))
    }

    /// Who spoke in a step: one node, or a list of them.
    fn speakers(&self, step: &Step) -> Value {
        let is_person = step.clarity == Some(Clarity::NamedPerson);
        let sources = step.sources.iter().filter_map(|source| self.sources.get(source.as_str()));
        let mut speakers: Vec<Value> = sources.map(|source| speaker(source, is_person)).collect();
        if speakers.len() == 1 { speakers.remove(0) } else { speakers.into() }
    }

    /// A time, if it is one date or moment of ISO 8601.
    fn date(&mut self, time: Option<&Time>) -> Option<String> {
        let text = time?.text();
        let is_iso =
            text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b':' | b'.' | b'T' | b'Z'))
                && !text.contains("..");
        if !is_iso {
            self.left_out.add("times that are not one date");
        }
        is_iso.then(|| text.to_owned())
    }

    /// The document that a claim was read in.
    fn published_in(&self, claim: &Claim) -> Option<&Document> {
        self.documents.get(claim.evidence.as_ref()?.document.as_str())
    }

    /// Counts what a review cannot say of a claim, once for each claim. Relays by `carried` stand in
    /// it, and so does what its rating says.
    fn count_left_out(
        &mut self,
        claim: &Claim,
        carried: &[SourceId],
        is_rated: bool,
        told: &mut BTreeSet<ClaimId>,
    ) {
        if !told.insert(claim.id.clone()) {
            return;
        }
        // The topic and action of what a ClaimReview told are made anew from it.
        let is_made = |id: &EntityId| id.as_str().starts_with(names::TOPIC);
        if !claim.kind.as_ref().is_some_and(is_made) {
            self.left_out.add_structure(claim);
        }
        let quoted = claim.evidence.as_ref().is_some_and(|evidence| {
            evidence.exact.is_some() || evidence.paragraph.is_some() || evidence.fragment.is_some()
        });
        let agents = [&claim.actors, &claim.agents, &claim.targets, &claim.manner, &claim.places];
        let entities =
            agents.into_iter().map(Vec::len).sum::<usize>() + usize::from(claim.incident.is_some());
        self.left_out.add_all("entities of claims", entities);
        let is_judged = claim.credibility != Credibility::CannotBeJudged && !is_rated;
        self.left_out.add_all("credibilities of claims", usize::from(is_judged));
        self.left_out.add_all("places of evidence", usize::from(quoted));
        let relays = claim.attribution.iter().skip(1);
        let lost = relays.filter(|step| !step.sources.iter().all(|source| carried.contains(source)));
        self.left_out.add_all("relays of claims", lost.count());
        let others = claim.labels.keys().filter(|key| !key.starts_with("claimreview.")).count();
        self.left_out.add_all("labels of claims", others);
    }
}

/// The claims that a claim is a review of.
fn reviewed(claim: &Claim) -> Vec<(Option<RelationKind>, ClaimId)> {
    let bearing = |kind| matches!(kind, RelationKind::Supports | RelationKind::Contradicts);
    let mut of: Vec<_> = claim
        .relations
        .iter()
        .filter(|relation| bearing(relation.kind))
        .map(|relation| (Some(relation.kind), relation.claim.clone()))
        .collect();
    let told = claim.labels.get(names::OF).and_then(|id| ClaimId::parse(id).ok());
    if let Some(id) = told.filter(|id| !of.iter().any(|(_, other)| other == id)) {
        of.push((None, id));
    }
    of
}

/// The rating as it was written; without one, how the claim bears on the other, in a word.
fn rating(labels: &Labels, kind: Option<RelationKind>) -> Value {
    let mut node = Map::new();
    node.insert("@type".into(), "Rating".into());
    let kept = [
        ("alternateName", names::RATING),
        ("ratingValue", names::VALUE),
        ("bestRating", names::BEST),
        ("worstRating", names::WORST),
        ("ratingExplanation", names::EXPLANATION),
    ];
    for (property, key) in kept {
        put(&mut node, property, labels.get(key).cloned());
    }
    if node.len() == 1 {
        let word = match kind {
            Some(RelationKind::Contradicts) => "Contradicted",
            _ => "Supported",
        };
        put(&mut node, "alternateName", kind.map(|_| word));
    }
    Value::Object(node)
}

fn speaker(source: &Source, is_person: bool) -> Value {
    let mut node = Map::new();
    // An agency is a medium too; it is read again as an outlet.
    let is_agency = source.kind == SourceKind::NewsAgency;
    let kind = if is_agency { SourceKind::NewsOutlet } else { source.kind };
    let of_kind = names::KINDS.iter().find(|(_, other)| *other == kind).map(|(name, _)| *name);
    let name = if is_person { "Person" } else { of_kind.unwrap_or("Organization") };
    node.insert("@type".into(), name.into());
    node.insert("@id".into(), format!("{}{}", names::SOURCE, source.id).into());
    node.insert("name".into(), source.name.clone().into());
    put(&mut node, "url", source.url.clone());
    Value::Object(node)
}

fn put(node: &mut Map<String, Value>, property: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        node.insert(property.to_owned(), value.into());
    }
}
