//! ClaimReviews → drafts: the claim that is reviewed, with where it appeared, and the review, which
//! is a claim of its own by the fact-checker.

use super::error::{ReviewFault, ReviewProblem, ReviewsError};
use super::json::{self, Node, Nodes, Part};
use super::names;
use super::rating::Verdict;
use crate::model::limits::{MAX_LABEL_VALUE_CHARS, MAX_NAME_CHARS, MAX_TEXT_CHARS, MAX_URL_BYTES};
use crate::model::vocabulary::{Clarity, EntityKind, RelationKind, Relay, SourceKind, SpeechAct};
use crate::model::{
    ClaimDraft, ContentDraft, DocumentDraft, EntityDraft, EvidenceDraft, Labels, RelationDraft, Slug,
    SourceDraft, StepDraft, is_absolute_url,
};
use crate::pack::input::{self, Metered, is_endless};
use crate::pack::left_out::LeftOut;
use crate::pack::mapping::slug;
use crate::pack::plain::{edtf, one_line};
use crate::pack::{Located, Pack};
use serde::Deserialize;
use serde_json::{Map, Value};
use sha1::{Digest, Sha1};
use std::collections::hash_map::{Entry, RandomState};
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;
use std::io::BufRead;
use std::path::Path as FilePath;
use std::sync::Arc;

/// Bytes that one JSON text may take.
pub(super) const MAX_TEXT_BYTES: u64 = 256 << 20;

/// A file of ClaimReviews that gives a pack for each of its JSON texts: one object or list, or one on
/// each line; then what is wrong with reviews of the text, if anything is. In memory are one such text,
/// and the ids of what was given so far.
pub struct Reviews {
    file: Arc<FilePath>,
    input: Metered,
    known: Known,
    left_out: LeftOut,
    /// What is wrong with the text whose other reviews were given last.
    faults: Vec<ReviewFault>,
    is_empty: bool,
    has_ended: bool,
}

impl Reviews {
    /// Opens a file, gzipped or not.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn open(file: &FilePath) -> Result<Self, ReviewsError> {
        let opened = input::open(file, &Arc::default());
        let opened = opened.map_err(|source| ReviewsError::Unreadable { file: file.into(), source })?;
        Ok(Self::new(file, opened))
    }

    /// Reads what `input` gives; the file's name is only used to say where something stands.
    pub fn new(file: &FilePath, input: impl BufRead + Send + 'static) -> Self {
        Self {
            file: file.into(),
            input: Metered::new(Box::new(input), MAX_TEXT_BYTES),
            known: Known::default(),
            left_out: LeftOut::default(),
            faults: Vec::new(),
            is_empty: true,
            has_ended: false,
        }
    }

    /// What was left out so far.
    pub fn left_out(&self) -> &LeftOut {
        &self.left_out
    }

    /// The next JSON text and the line on which it begins.
    fn text(&mut self) -> Result<Option<(usize, Value)>, ReviewsError> {
        self.input.allow(MAX_TEXT_BYTES);
        let next = loop {
            match self.input.peek() {
                // A byte order mark may stand before the text.
                Ok(Some(0xef | 0xbb | 0xbf)) => self.input.consume(1),
                next => break next,
            }
        };
        let line = self.line();
        let read = match next {
            Ok(Some(_)) => Value::deserialize(&mut serde_json::Deserializer::from_reader(&mut self.input)),
            Ok(None) => return Ok(None),
            Err(source) => Err(serde_json::Error::io(source)),
        };
        read.map(|value| Some((line, value))).map_err(|error| self.unreadable(line, error))
    }

    /// Why a text that begins on a line could not be read.
    fn unreadable(&self, line: usize, error: serde_json::Error) -> ReviewsError {
        if !error.is_io() {
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or_default().to_owned();
            let at = line + error.line().saturating_sub(1);
            return ReviewsError::Refused(vec![self.fault(at, "", ReviewProblem::NotJson { message })]);
        }
        let source = std::io::Error::from(error);
        if is_endless(&source) {
            return ReviewsError::Refused(vec![self.fault(line, "", ReviewProblem::Endless)]);
        }
        ReviewsError::Unreadable { file: Arc::clone(&self.file), source }
    }

    /// The line that is read, from 1.
    fn line(&self) -> usize {
        usize::try_from(self.input.line()).unwrap_or(usize::MAX)
    }

    fn fault(&self, line: usize, path: &str, problem: ReviewProblem) -> ReviewFault {
        ReviewFault { file: Arc::clone(&self.file), line, path: path.to_owned(), problem }
    }

    /// The reviews of a text; what is wrong with others of it is kept.
    fn pack(&mut self, line: usize, value: &Value) -> Pack {
        let nodes = json::nodes(value);
        let mut found = Vec::new();
        json::reviews(value, "", &mut self.left_out, &mut found);
        let (mut pack, mut faults) = (Pack::default(), Vec::new());
        for (path, map) in found {
            self.is_empty = false;
            let place = Place { file: &self.file, line, path: &path };
            let mut made =
                Made { place, pack: &mut pack, known: &mut self.known, left_out: &mut self.left_out };
            if let Err(problem) = made.review(map, &nodes) {
                faults.push(self.fault(line, &path, problem));
            }
        }
        self.faults = faults;
        pack
    }
}

impl Iterator for Reviews {
    type Item = Result<Pack, ReviewsError>;

    fn next(&mut self) -> Option<Self::Item> {
        if !self.faults.is_empty() {
            return Some(Err(ReviewsError::Refused(std::mem::take(&mut self.faults))));
        }
        if self.has_ended {
            return None;
        }
        match self.text() {
            Ok(Some((line, value))) => Some(Ok(self.pack(line, &value))),
            Ok(None) => {
                self.has_ended = true;
                let fault = self.fault(1, "", ReviewProblem::NoReview);
                self.is_empty.then(|| Err(ReviewsError::Refused(vec![fault])))
            }
            Err(error) => {
                self.has_ended = true;
                Some(Err(error))
            }
        }
    }
}

/// What was given: each item is given once, as it was met first.
#[derive(Default)]
struct Known {
    claims: HashSet<String>,
    /// The reviews, with the hash of what stood in the file.
    reviews: HashMap<String, u64>,
    hasher: RandomState,
    entities: HashSet<String>,
    sources: HashSet<String>,
    /// Documents with their publishers.
    documents: HashMap<String, Option<String>>,
}

#[derive(Clone, Copy)]
struct Place<'a> {
    file: &'a Arc<FilePath>,
    line: usize,
    path: &'a str,
}

impl Place<'_> {
    fn of<T>(self, item: T, id: &str) -> Located<T> {
        let path = if self.path.is_empty() { id.to_owned() } else { format!("{} ({id})", self.path) };
        Located { item, file: Arc::clone(self.file), line: self.line, path }
    }
}

/// What is made of a text so far.
struct Made<'a> {
    place: Place<'a>,
    pack: &'a mut Pack,
    known: &'a mut Known,
    left_out: &'a mut LeftOut,
}

/// Who speaks, and how clearly they are named.
#[derive(Default)]
struct Speakers {
    ids: Vec<String>,
    names: Vec<String>,
    clarity: Option<Clarity>,
}

impl Made<'_> {
    fn review(&mut self, map: &Map<String, Value>, nodes: &Nodes<'_>) -> Result<(), ReviewProblem> {
        let node = Node::new(map, String::new(), nodes);
        let text = node.text("claimReviewed", self.left_out);
        let text = text.ok_or(ReviewProblem::Missing { property: "claimReviewed" })?;
        let checkers = self.speakers(node.parts("author"));
        if checkers.ids.is_empty() {
            return Err(ReviewProblem::Missing { property: "author" });
        }
        let url = node.text("url", self.left_out);
        let id = own_id(node.id(), names::CLAIM).unwrap_or_else(|| {
            let key = [url.as_deref().unwrap_or_default(), &text, &checkers.names.join("\n")].join("\n");
            format!("claimreview-{}", digest(&key))
        });
        let hash = self.known.hasher.hash_one(map);
        match self.known.reviews.entry(id.clone()) {
            Entry::Vacant(entry) => drop(entry.insert(hash)),
            Entry::Occupied(first) => {
                let differs = if *first.get() == hash { "" } else { ", and otherwise the second time" };
                self.left_out.add(format!("reviews that stand twice{differs}"));
                return Ok(());
            }
        }
        let published = self.date(&node, "datePublished");
        let page = self.page(&node, &id, url, published.clone(), &text, &checkers);
        let rating = self.rating(&node);
        let claim = self.claim(&node, &id, &text, &checkers, rating.verdict);
        let topic = self.topic(&claim, &text);

        let of = one_line(&text, MAX_TEXT_CHARS / 2);
        let mut labels = rating.labels;
        labels.insert(names::OF.to_owned(), claim.clone());
        let publisher = self.speakers_named(node.parts("sdPublisher"));
        if let Some(name) = publisher {
            labels.insert(names::SD_PUBLISHER.to_owned(), one_line(&name, MAX_LABEL_VALUE_CHARS));
        }
        let relation = rating.verdict.and_then(Verdict::relation);
        let draft = ClaimDraft {
            id: id.clone(),
            text: one_line(
                &format!("{} on the claim “{of}”: {}", checkers.names.join(", "), rating.words),
                MAX_TEXT_CHARS,
            ),
            content: Some(ContentDraft::Statement),
            kind: Some(topic),
            action: Some(names::RATE.to_owned()),
            attribution: vec![StepDraft {
                sources: checkers.ids,
                act: Some(SpeechAct::Assessed),
                said: published,
                clarity: checkers.clarity,
                ..StepDraft::default()
            }],
            evidence: page.map(|document| EvidenceDraft { document, ..EvidenceDraft::default() }),
            relations: relation.map(|kind| RelationDraft { kind: Some(kind), claim }).into_iter().collect(),
            labels,
            ..ClaimDraft::default()
        };
        self.give(draft);
        node.finish(self.left_out);
        Ok(())
    }

    /// The page that the review stands on.
    fn page(
        &mut self,
        node: &Node<'_>,
        review: &str,
        url: Option<String>,
        published: Option<String>,
        text: &str,
        checkers: &Speakers,
    ) -> Option<String> {
        let headline = node.text("headline", self.left_out);
        let named = node.text("name", self.left_out);
        let language = self.language(node);
        let (mut id, mut title, mut url) = (None, headline.or(named), url);
        for part in node.parts("mainEntityOfPage") {
            match part {
                Part::Text(text) => url = url.or(Some(text)),
                Part::Node(page) => {
                    id = own_id(page.id(), names::DOCUMENT);
                    title = page.text("name", self.left_out).or(title);
                    let foreign = page.id().filter(|id| id.starts_with("http")).map(str::to_owned);
                    url = url.or(page.text("url", self.left_out)).or(foreign);
                    page.finish(self.left_out);
                }
            }
        }
        if url.is_none() && id.is_none() {
            return None;
        }
        let id = id.unwrap_or_else(|| format!("{review}.page"));
        let title = title.unwrap_or_else(|| format!("Fact check: {text}"));
        let document = DocumentDraft {
            id: id.clone(),
            title: one_line(&title, MAX_NAME_CHARS),
            published,
            publisher: checkers.ids.first().cloned(),
            url: self.absolute("url", url),
            language,
            ..DocumentDraft::default()
        };
        self.document(document);
        Some(id)
    }

    /// What a reviewed claim discusses, in its own words: without a topic, all that is said of
    /// nobody would be of one subject. Its id.
    fn topic(&mut self, claim: &str, text: &str) -> String {
        let id = topic_id(claim);
        let mut drafts = Vec::new();
        if self.known.entities.is_empty() {
            let all = (
                names::TOPIC.to_owned(),
                EntityKind::Topic,
                "Claim that fact-checkers reviewed".to_owned(),
                None,
            );
            drafts.push(all);
            drafts.push((names::RATE.to_owned(), EntityKind::Action, "Rate a claim".to_owned(), None));
        }
        let parent = Some(names::TOPIC.to_owned());
        drafts.push((id.clone(), EntityKind::Topic, one_line(text, MAX_NAME_CHARS), parent));
        for (id, kind, name, parent) in drafts {
            if self.known.entities.insert(id.clone()) {
                let parents = parent.into_iter().collect();
                let draft =
                    EntityDraft { id: id.clone(), kind: Some(kind), name, parents, ..EntityDraft::default() };
                self.pack.entities.push(self.place.of(draft, &id));
            }
        }
        id
    }

    /// The claim that is reviewed, and its other appearances as repetitions of it; its id.
    fn claim(
        &mut self,
        review: &Node<'_>,
        review_id: &str,
        text: &str,
        checkers: &Speakers,
        verdict: Option<Verdict>,
    ) -> String {
        let mut parts = review.parts("itemReviewed").into_iter();
        let item = parts.next();
        self.left_out.add_all("itemReviewed beyond the first", parts.count());
        let item = match item {
            Some(Part::Node(item)) => Some(item),
            Some(Part::Text(_)) => {
                self.left_out.add("itemReviewed that is no node");
                None
            }
            None => None,
        };
        let own = item.as_ref().and_then(|item| own_id(item.id(), names::CLAIM));
        let id = own.unwrap_or_else(|| format!("{review_id}.claim"));
        let mut origin = StepDraft { clarity: Some(Clarity::Unattributed), ..StepDraft::default() };
        let mut appearances = Vec::new();
        let mut is_first = false;
        if let Some(item) = &item {
            let speakers = self.speakers(item.parts("author"));
            if !speakers.ids.is_empty() {
                (origin.sources, origin.clarity) = (speakers.ids, speakers.clarity);
            }
            origin.said = self.date(item, "datePublished");
            let first = item.parts("firstAppearance");
            is_first = !first.is_empty();
            let mut all = first;
            all.extend(item.parts("appearance"));
            // What reviews of a whole work have instead.
            if !item.is_a("Claim") {
                all.extend(item.texts("url").map(Part::Text));
            }
            appearances = all.into_iter().filter_map(|part| self.appearance(part)).collect();
            let mut seen = HashSet::new();
            appearances.retain(|(document, _)| seen.insert(document.clone()));
        }
        origin.act = Some(SpeechAct::Said);
        if let Some(item) = item {
            item.finish(self.left_out);
        }

        // Who publishes what it says itself passes nothing on.
        let relayed = |publisher: Option<String>| {
            let sources = vec![publisher?];
            (sources != origin.sources).then(|| StepDraft { sources, ..StepDraft::default() })
        };
        let mut appearances = appearances.into_iter();
        let (document, publisher) = appearances.next().unzip();
        let mut labels = Labels::new();
        if is_first && document.is_some() {
            labels.insert(names::FIRST.to_owned(), names::YES.to_owned());
        }
        let cited = StepDraft {
            sources: checkers.ids.clone(),
            relay: Some(Relay::Citation),
            stance: verdict.map(Verdict::stance),
            ..StepDraft::default()
        };
        let evidence = |document| EvidenceDraft { document, ..EvidenceDraft::default() };
        if text.chars().count() > MAX_TEXT_CHARS {
            self.left_out.add("claimReviewed beyond 2,000 characters");
        }
        let claim = ClaimDraft {
            id: id.clone(),
            text: one_line(text, MAX_TEXT_CHARS),
            content: Some(ContentDraft::Statement),
            kind: Some(topic_id(&id)),
            attribution: [Some(origin.clone()), relayed(publisher.flatten()), Some(cited)]
                .into_iter()
                .flatten()
                .collect(),
            evidence: document.map(evidence),
            credibility: verdict.map(Verdict::credibility),
            labels,
            ..ClaimDraft::default()
        };
        let repeats = RelationDraft { kind: Some(RelationKind::Repeats), claim: id.clone() };
        self.give(claim.clone());
        for (index, (document, publisher)) in appearances.enumerate() {
            let again = ClaimDraft {
                id: format!("{id}.{}", index + 2),
                attribution: [Some(origin.clone()), relayed(publisher)].into_iter().flatten().collect(),
                evidence: Some(evidence(document)),
                credibility: None,
                relations: vec![repeats.clone()],
                labels: Labels::new(),
                ..claim.clone()
            };
            self.give(again);
        }
        id
    }

    /// Where a claim appeared: the document, and who published it.
    fn appearance(&mut self, part: Part<'_>) -> Option<(String, Option<String>)> {
        let (id, url, title, published, publisher) = match part {
            Part::Text(url) => (None, Some(url), None, None, None),
            Part::Node(work) => {
                let url = work.text("url", self.left_out);
                let headline = work.text("headline", self.left_out);
                let title = work.text("name", self.left_out).or(headline);
                let published = self.date(&work, "datePublished");
                let publisher = self.speakers(work.parts("publisher")).ids.into_iter().next();
                let foreign = work.id().filter(|id| id.starts_with("http")).map(str::to_owned);
                let id = own_id(work.id(), names::DOCUMENT);
                work.finish(self.left_out);
                (id, url.or(foreign), title, published, publisher)
            }
        };
        let url = self.absolute("appearance.url", url);
        let Some(title) = title.or_else(|| url.clone()) else {
            self.left_out.add("appearances without url and name");
            return None;
        };
        let id = id.unwrap_or_else(|| format!("work-{}", digest(url.as_deref().unwrap_or(&title))));
        let document = DocumentDraft {
            id: id.clone(),
            title: one_line(&title, MAX_NAME_CHARS),
            published,
            publisher,
            url,
            ..DocumentDraft::default()
        };
        let publisher = self.document(document);
        Some((id, publisher))
    }

    /// Gives a claim, unless it was given: several reviews may have the same.
    fn give(&mut self, claim: ClaimDraft) {
        if self.known.claims.insert(claim.id.clone()) {
            let id = claim.id.clone();
            self.pack.claims.push(self.place.of(claim, &id));
        } else {
            self.left_out.add("claims that stand twice");
        }
    }

    /// Gives a document, unless it was given; its publisher.
    fn document(&mut self, document: DocumentDraft) -> Option<String> {
        if let Some(publisher) = self.known.documents.get(&document.id) {
            return publisher.clone();
        }
        let (id, publisher) = (document.id.clone(), document.publisher.clone());
        self.known.documents.insert(id.clone(), publisher.clone());
        self.pack.documents.push(self.place.of(document, &id));
        publisher
    }

    /// The sources that a property names.
    fn speakers(&mut self, parts: Vec<Part<'_>>) -> Speakers {
        let mut speakers = Speakers::default();
        for part in parts {
            let (id, name, url, kind, is_person) = match part {
                Part::Text(name) => (None, Some(name), None, SourceKind::Other, false),
                Part::Node(node) => {
                    let url = node.text("url", self.left_out);
                    let same = node.texts("sameAs").collect::<Vec<_>>();
                    let name = node.text("name", self.left_out).or_else(|| host(url.as_deref()?));
                    let kind = names::KINDS.iter().find(|(name, _)| node.is_a(name));
                    let id = own_id(node.id(), names::SOURCE);
                    let is_person = node.is_a("Person");
                    let kept = usize::from(url.is_none() && !same.is_empty());
                    self.left_out.add_all("sameAs of authors and publishers", same.len() - kept);
                    node.finish(self.left_out);
                    let url = url.or_else(|| same.into_iter().next());
                    (id, name, url, kind.map_or(SourceKind::Other, |(_, kind)| *kind), is_person)
                }
            };
            let name = one_line(&name.unwrap_or_default(), MAX_NAME_CHARS);
            if name.is_empty() {
                self.left_out.add("authors and publishers without a name");
                continue;
            }
            let id = id.unwrap_or_else(|| slug(&name, |_| false));
            let clarity = if is_person { Clarity::NamedPerson } else { Clarity::NamedOrganization };
            speakers.clarity.get_or_insert(clarity);
            if speakers.ids.contains(&id) {
                continue;
            }
            if self.known.sources.insert(id.clone()) {
                let url = self.absolute("author.url", url);
                let draft = SourceDraft {
                    id: id.clone(),
                    kind: Some(kind),
                    name: name.clone(),
                    url,
                    ..SourceDraft::default()
                };
                self.pack.sources.push(self.place.of(draft, &id));
            }
            speakers.ids.push(id);
            speakers.names.push(name);
        }
        speakers
    }

    /// The name of the first of these, without making a source of it.
    fn speakers_named(&mut self, parts: Vec<Part<'_>>) -> Option<String> {
        let mut names = parts.into_iter().filter_map(|part| match part {
            Part::Text(name) => Some(name),
            Part::Node(node) => {
                let name = node.text("name", self.left_out);
                node.finish(self.left_out);
                name
            }
        });
        names.next()
    }

    fn rating(&mut self, review: &Node<'_>) -> Rating {
        let mut labels = Labels::new();
        let mut verdict = None;
        for part in review.parts("reviewRating").into_iter().take(1) {
            let node = match part {
                Part::Text(words) => {
                    labels.insert(names::RATING.to_owned(), one_line(&words, MAX_LABEL_VALUE_CHARS));
                    continue;
                }
                Part::Node(node) => node,
            };
            let named = node.text("name", self.left_out);
            let kept = [
                (names::RATING, node.text("alternateName", self.left_out).or(named)),
                (names::VALUE, node.text("ratingValue", self.left_out)),
                (names::BEST, node.text("bestRating", self.left_out)),
                (names::WORST, node.text("worstRating", self.left_out)),
                (names::EXPLANATION, node.text("ratingExplanation", self.left_out)),
            ];
            for (key, text) in kept {
                let text =
                    text.map(|text| one_line(&text, MAX_LABEL_VALUE_CHARS)).filter(|text| !text.is_empty());
                labels.extend(text.map(|text| (key.to_owned(), text)));
            }
            node.finish(self.left_out);
            let number = |key| labels.get(key).map(|text| text.parse::<f64>().unwrap_or(f64::NAN));
            if let Some(value) = number(names::VALUE) {
                verdict = Verdict::read(value, number(names::WORST), number(names::BEST));
                if verdict.is_none() {
                    self.left_out.add("verdicts of ratings that are not on their scale");
                }
            }
        }
        let words = match (labels.get(names::RATING), labels.get(names::VALUE)) {
            (Some(words), _) => words.clone(),
            (None, Some(value)) => format!("rated {value}"),
            (None, None) => "no rating".to_owned(),
        };
        Rating { verdict, words, labels }
    }

    /// A date of a node; one that cannot be read is counted.
    fn date(&mut self, node: &Node<'_>, name: &'static str) -> Option<String> {
        let text = node.text(name, self.left_out)?;
        let date = edtf(&text, false);
        if date.is_none() {
            self.left_out.add(format!("{name} that is no date"));
        }
        date
    }

    /// The language of a node, if it is told as a tag.
    fn language(&mut self, node: &Node<'_>) -> Option<String> {
        let language = node.text("inLanguage", self.left_out)?;
        let is_tag = |tag: &str| {
            let mut subtags = tag.split('-');
            subtags.next().is_some_and(|first| {
                matches!(first.len(), 2 | 3) && first.bytes().all(|b| b.is_ascii_alphabetic())
            }) && subtags
                .all(|part| matches!(part.len(), 1..=8) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
        };
        if !is_tag(&language) {
            self.left_out.add("inLanguage that is no tag of BCP 47");
            return None;
        }
        Some(language)
    }

    /// A URL that the model takes; another is counted.
    fn absolute(&mut self, name: &str, url: Option<String>) -> Option<String> {
        let url = url?;
        let url = url.trim();
        let fits = is_absolute_url(url) && url.len() <= MAX_URL_BYTES;
        if !fits {
            self.left_out.add(format!("{name} that is no absolute URL"));
        }
        fits.then(|| url.to_owned())
    }
}

struct Rating {
    verdict: Option<Verdict>,
    words: String,
    labels: Labels,
}

/// The id in an `@id` that we wrote.
fn own_id(id: Option<&str>, prefix: &str) -> Option<String> {
    id?.strip_prefix(prefix).filter(|id| Slug::parse(id).is_ok()).map(str::to_owned)
}

/// The host of a URL, as a name.
fn host(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    (!host.is_empty()).then(|| host.trim_start_matches("www.").to_owned())
}

fn topic_id(claim: &str) -> String {
    format!("{}.{}", names::TOPIC, digest(claim))
}

fn digest(text: &str) -> String {
    Sha1::digest(text)[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}
