//! Items as elements of a pack's lists: what is written reads as the same draft.

use super::error::START;
use super::items::short_figure;
use super::node::{Key, Node, Value};
use super::write;
use crate::model::{
    ClaimDraft, ContentDraft, DocumentDraft, EntityDraft, EvidenceDraft, FigureDraft, InterestDraft, Labels,
    LikelihoodDraft, NormDraft, RelationDraft, SourceDraft, StepDraft,
};
use std::fmt::Display;

/// An element of `entities`.
pub fn entity(draft: &EntityDraft) -> String {
    let EntityDraft { id, kind, name, aliases, parents, external_ids, labels } = draft;
    let mut map = Map::default();
    map.text("id", id).word("kind", *kind).text("name", name).texts("aliases", aliases);
    map.texts("parents", parents).labels("external_ids", external_ids).labels("labels", labels);
    map.element()
}

/// An element of `sources`.
pub fn source(draft: &SourceDraft) -> String {
    let SourceDraft {
        id,
        kind,
        name,
        aliases,
        part_of,
        country,
        entity,
        reliability,
        interests,
        url,
        labels,
    } = draft;
    let interest = |InterestDraft { entity, stance }: &InterestDraft| {
        let mut map = Map::default();
        map.text("entity", entity).word("stance", *stance);
        map
    };
    let mut map = Map::default();
    map.text("id", id).word("kind", *kind).text("name", name).texts("aliases", aliases);
    map.given("part_of", part_of).given("country", country).given("entity", entity);
    map.word("reliability", *reliability).maps("interests", interests.iter().map(interest));
    map.given("url", url).labels("labels", labels);
    map.element()
}

/// An element of `documents`.
pub fn document(draft: &DocumentDraft) -> String {
    let DocumentDraft { id, title, published, publisher, url, language, sha256, retrieved, labels } = draft;
    let mut map = Map::default();
    map.text("id", id).text("title", title).given("publisher", publisher).given("published", published);
    map.given("retrieved", retrieved).given("url", url).given("language", language);
    map.given("sha256", sha256).labels("labels", labels);
    map.element()
}

/// An element of `claims`.
pub fn claim(draft: &ClaimDraft) -> String {
    let ClaimDraft {
        id,
        text,
        actors,
        agents,
        targets,
        kind,
        action,
        state,
        manner,
        places,
        incident,
        when,
        mode,
        content,
        attribution,
        evidence,
        likelihood,
        confidence,
        credibility,
        relations,
        labels,
    } = draft;
    let relation = |RelationDraft { kind, claim }: &RelationDraft| {
        let mut map = Map::default();
        map.word("kind", *kind).text("claim", claim);
        map
    };
    let mut map = Map::default();
    if !id.is_empty() {
        map.text("id", id);
    }
    map.text("text", text);
    match content {
        Some(ContentDraft::Figure(figure)) => map.add("figure", self::figure(figure)),
        Some(ContentDraft::Event) => map.text("type", "event"),
        Some(ContentDraft::Norm(norm)) => map.add("norm", Value::Map(self::norm(norm).0)),
        Some(ContentDraft::Statement) => map.text("type", "statement"),
        None => &mut map,
    };
    map.texts("actors", actors).texts("agents", agents).texts("targets", targets);
    map.given("kind", kind).given("action", action).word("state", *state).texts("manner", manner);
    map.texts("places", places).given("incident", incident).given("when", when).word("mode", *mode);
    map.maps("attribution", attribution.iter().map(step));
    if let Some(evidence) = evidence {
        map.add("evidence", Value::Map(self::evidence(evidence).0));
    }
    if let Some(LikelihoodDraft { band, scale, words }) = likelihood {
        let mut likelihood = Map::default();
        likelihood.word("band", *band).word("scale", *scale).given("words", words);
        map.add("likelihood", Value::Map(likelihood.0));
    }
    map.word("confidence", *confidence).word("credibility", *credibility);
    map.maps("relations", relations.iter().map(relation)).labels("labels", labels);
    map.element()
}

fn figure(draft: &FigureDraft) -> Value {
    let FigureDraft {
        notation,
        low,
        high,
        low_exclusive,
        high_exclusive,
        best,
        hedge,
        unit,
        per,
        basis,
        of,
        surface,
    } = draft;
    if let (Some(notation), Some(unit)) = (notation, unit) {
        let per: String = per.iter().map(|unit| format!(" per {unit}")).collect();
        let short = format!("{notation} {unit}{per}");
        if short_figure(&short).as_ref() == Some(draft) {
            return Value::Text(short);
        }
    }
    let mut map = Map::default();
    map.given("notation", notation).word("low", *low).word("high", *high);
    map.word("low_exclusive", low_exclusive.then_some(true));
    map.word("high_exclusive", high_exclusive.then_some(true));
    map.word("best", *best).word("hedge", *hedge).given("unit", unit).texts("per", per);
    map.word("basis", *basis).given("of", of).given("surface", surface);
    Value::Map(map.0)
}

fn norm(draft: &NormDraft) -> Map {
    let NormDraft {
        instrument,
        provision,
        modality,
        bearers,
        in_force,
        deadline,
        breached_by_actions,
        breached_by_states,
        unless,
    } = draft;
    let mut map = Map::default();
    map.given("instrument", instrument).given("provision", provision).word("modality", *modality);
    map.texts("bearers", bearers).given("in_force", in_force).given("deadline", deadline);
    if !breached_by_actions.is_empty() || !breached_by_states.is_empty() {
        let states: Vec<String> = breached_by_states.iter().map(ToString::to_string).collect();
        let mut breached_by = Map::default();
        breached_by.texts("actions", breached_by_actions).texts("states", &states);
        map.add("breached_by", Value::Map(breached_by.0));
    }
    map.given("unless", unless);
    map
}

fn step(draft: &StepDraft) -> Map {
    let StepDraft { sources, on_behalf_of, act, said, clarity, relay, stance, occasion } = draft;
    let mut map = Map::default();
    map.texts("sources", sources).texts("on_behalf_of", on_behalf_of).word("act", *act).given("said", said);
    map.word("clarity", *clarity).word("relay", *relay).word("stance", *stance).given("occasion", occasion);
    map
}

fn evidence(draft: &EvidenceDraft) -> Map {
    let EvidenceDraft { document, paragraph, exact, prefix, suffix, start, end, fragment } = draft;
    let mut map = Map::default();
    map.text("document", document).word("paragraph", *paragraph).given("exact", exact);
    map.given("prefix", prefix).given("suffix", suffix).word("start", *start).word("end", *end);
    map.given("fragment", fragment);
    map
}

/// The fields of a map; what is absent or empty is left out.
#[derive(Default)]
struct Map(Vec<(Key, Node)>);

impl Map {
    fn element(self) -> String {
        let mut yaml = String::new();
        write::element(&node(Value::Map(self.0)), 2, &mut yaml);
        yaml
    }

    fn add(&mut self, name: &str, value: Value) -> &mut Self {
        self.0.push((Key { position: START, name: name.to_owned() }, node(value)));
        self
    }

    fn text(&mut self, name: &str, text: &str) -> &mut Self {
        self.add(name, Value::Text(text.to_owned()))
    }

    fn given(&mut self, name: &str, text: &Option<String>) -> &mut Self {
        self.word(name, text.as_ref())
    }

    fn word(&mut self, name: &str, word: Option<impl Display>) -> &mut Self {
        match word {
            Some(word) => self.text(name, &word.to_string()),
            None => self,
        }
    }

    fn texts(&mut self, name: &str, texts: &[String]) -> &mut Self {
        if texts.is_empty() {
            return self;
        }
        self.add(name, Value::List(texts.iter().map(|text| node(Value::Text(text.clone()))).collect()))
    }

    fn maps(&mut self, name: &str, maps: impl Iterator<Item = Map>) -> &mut Self {
        let nodes: Vec<Node> = maps.map(|map| node(Value::Map(map.0))).collect();
        if nodes.is_empty() { self } else { self.add(name, Value::List(nodes)) }
    }

    fn labels(&mut self, name: &str, labels: &Labels) -> &mut Self {
        if labels.is_empty() {
            return self;
        }
        let mut map = Map::default();
        for (key, value) in labels {
            map.text(key, value);
        }
        self.add(name, Value::Map(map.0))
    }
}

fn node(value: Value) -> Node {
    Node { position: START, value }
}
