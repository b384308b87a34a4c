//! Random queries, mostly about what the ledger does hold.

use super::attributes::{Attribute, Sort, Subject, TABLE, Value, seen, values, written};
use super::history::{History, Item, Ledger};
use super::ledger::{OCCASIONS, TEXTS, UNITS, named, quantity, text, time};
use crate::random::Random;
use sayso::language::{Parameter, Parameters};
use sayso::model::Timestamp;
use std::ops::Bound::{Excluded, Included};
use unicode_segmentation::UnicodeSegmentation;

/// A query and what is sent beside it.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) text: String,
    pub(super) parameters: Parameters,
    /// The revision that the answer is to be of; the latest if none.
    pub(super) revision: Option<u64>,
    /// Items of a page; 0 leaves it to the engine.
    pub(super) page_size: usize,
}

/// A random query.
pub(super) fn question(random: &mut Random, history: &History) -> Question {
    let revision = random.maybe(5, |random| random.between(1, history.head() as usize) as u64);
    let base = revision.unwrap_or(history.head());
    let as_of = random.maybe(15, |random| random.between(1, base as usize) as u64);
    let ledger = history.at(as_of.unwrap_or(base));
    let types = types(random);
    let subject = Subject::of(&types);
    let mut writer = Writer { random, ledger: &ledger, subject, types, parameters: Parameters::new() };
    let text = writer.query(as_of.map(|revision| (revision, history.recorded(revision))));
    let parameters = writer.parameters;
    let page_size = *random.pick(&[0, 3, 20, 20, 100, 1_000, 1_000, 2_000]);
    Question { text, parameters, revision, page_size }
}

fn types(random: &mut Random) -> Vec<String> {
    let words: &[&str] = match random.below(20) {
        0..=6 => &["claim"],
        7..=10 => &["figure"],
        11 => &["event"],
        12 => &["norm"],
        13 => &["statement"],
        14 => return random.some(2, 4, &["figure", "event", "norm", "statement"].map(str::to_owned)),
        15..=16 => &["entity"],
        17..=18 => &["source"],
        _ => &["document"],
    };
    words.iter().map(ToString::to_string).collect()
}

struct Writer<'a> {
    random: &'a mut Random,
    ledger: &'a Ledger<'a>,
    subject: Subject,
    types: Vec<String>,
    parameters: Parameters,
}

impl Writer<'_> {
    fn query(&mut self, as_of: Option<(u64, Timestamp)>) -> String {
        let mut clauses = Vec::new();
        if self.random.percent(92) {
            let depth = self.random.below(4);
            clauses.push(format!("where {}", self.condition(depth)));
        }
        match self.random.below(10) {
            0..=1 => {
                let columns: Vec<String> =
                    (0..self.random.between(1, 4)).map(|_| self.attribute(|_| true)).collect();
                clauses.push(format!("list {}", columns.join(", ")));
                clauses.extend(self.sort());
            }
            2..=4 => clauses.extend(self.count()),
            _ => clauses.extend(self.sort()),
        }
        if let Some((revision, recorded)) = as_of {
            clauses.push(match self.random.below(3) {
                0 => format!("as of {}", self.write(recorded.to_string())),
                _ => format!("as of revision {revision}"),
            });
        } else if self.random.percent(3) {
            clauses.push("as of now".to_owned());
        }
        if self.random.percent(15) {
            let limit = self.random.between(1, 30).to_string();
            let is_sent = self.random.percent(10);
            let limit = if is_sent { format!("${}", self.bind(Parameter::One(limit))) } else { limit };
            clauses.push(format!("limit {limit}"));
        }
        // Clauses come in any order.
        let turn = self.random.below(clauses.len().max(1));
        clauses.rotate_left(turn);
        format!("{} {}", self.types.join(", "), clauses.join(" "))
    }

    fn condition(&mut self, depth: usize) -> String {
        let sign = match self.random.below(16) {
            0..=1 => "not ",
            2 => "surely ",
            3 => "possibly ",
            4 if depth > 0 => "not surely ",
            _ => "",
        };
        if depth == 0 || self.random.percent(25) {
            return format!("{sign}{}", self.predicate());
        }
        let connective = *self.random.pick(&[" and ", " or ", " AND "]);
        let parts: Vec<String> = (0..self.random.between(2, 3)).map(|_| self.operand(depth - 1)).collect();
        let joined = parts.join(connective);
        if sign.is_empty() { joined } else { format!("{sign}({joined})") }
    }

    /// A condition that can stand beside `and` or `or`.
    fn operand(&mut self, depth: usize) -> String {
        let condition = self.condition(depth);
        if depth == 0 { condition } else { format!("({condition})") }
    }

    fn predicate(&mut self) -> String {
        let name = self.attribute(|attribute| attribute.sort != Sort::Part);
        let attribute = Attribute::find(self.subject, &name).expect("it was found before");
        let presence = if attribute.sort == Sort::Text { 4 } else { 10 };
        if self.random.percent(presence) {
            let test = *self.random.pick(&["is present", "is missing", "is not present", "is not missing"]);
            return format!("{name} {test}");
        }
        let only = if attribute.is_many && self.random.percent(20) { "only " } else { "" };
        format!("{only}{name}{}", self.test(&attribute))
    }

    fn test(&mut self, attribute: &Attribute) -> String {
        let is_ordered = match attribute.sort {
            Sort::Word(words) => words.are_ordered(),
            Sort::Quantity | Sort::Number | Sort::Time => true,
            Sort::Entity(_)
            | Sort::Source
            | Sort::Document
            | Sort::Part
            | Sort::YesNo
            | Sort::Text
            | Sort::Name
            | Sort::Free => false,
        };
        let has_words = matches!(attribute.sort, Sort::Text | Sort::Name);
        if attribute.sort == Sort::Text || has_words && self.random.percent(60) {
            let sign = *self.random.pick(&["~", "~", " !~ "]);
            return format!("{sign}{}", self.words(attribute));
        }
        match self.random.below(if is_ordered { 14 } else { 7 }) {
            0..=3 => format!("={}", self.value(attribute)),
            4 => format!(" != {}", self.value(attribute)),
            5 | 6 => self.list(attribute),
            7..=9 => {
                let operator = *self.random.pick(&["<", "<=", ">", ">="]);
                format!(" {operator} {}", self.value(attribute))
            }
            10 => {
                let sign = *self.random.pick(&[" in ", " not in "]);
                let value = self.value(attribute);
                if self.random.percent(50) { format!("{sign}{value}..") } else { format!("{sign}..{value}") }
            }
            _ => {
                let sign = *self.random.pick(&[" in ", " in ", " not in "]);
                let mut ends = [self.literal(attribute), self.literal(attribute)];
                ends.sort_by_cached_key(|end| standing(attribute, end));
                let [low, high] = ends.map(|end| self.write(end));
                format!("{sign}{low}..{high}")
            }
        }
    }

    fn list(&mut self, attribute: &Attribute) -> String {
        let sign = *self.random.pick(&["in", "in", "not in"]);
        let items: Vec<String> = (0..self.random.between(1, 4)).map(|_| self.literal(attribute)).collect();
        if self.random.percent(15) {
            let items = if self.random.percent(10) { Vec::new() } else { items };
            return format!(" {sign} ${}", self.bind(Parameter::List(items)));
        }
        let items: Vec<String> = items.into_iter().map(|item| self.write(item)).collect();
        format!(" {sign} ({})", items.join(", "))
    }

    /// A value in the query, or sent beside it.
    fn value(&mut self, attribute: &Attribute) -> String {
        let literal = self.literal(attribute);
        self.write(literal)
    }

    fn write(&mut self, literal: String) -> String {
        if self.random.percent(6) {
            return format!("${}", self.bind(Parameter::One(literal)));
        }
        let is_word = |found: char| found.is_alphanumeric() || "_-.:/+%?~".contains(found);
        let is_safe = !literal.is_empty()
            && literal.chars().all(is_word)
            && !literal.contains("..")
            && !literal.trim_matches('~').contains('~')
            && !["and", "or", "not", "in", "is", "where"].contains(&literal.to_lowercase().as_str());
        match self.random.below(4) {
            0..=2 if is_safe => literal,
            0 => format!("\"{}\"", literal.replace('"', "\"\"")),
            _ => format!("'{}'", literal.replace('\'', "''")),
        }
    }

    fn bind(&mut self, parameter: Parameter) -> String {
        let name = format!("p{}", self.parameters.len());
        self.parameters.insert(name.clone(), parameter);
        name
    }

    /// An attribute's name that the types understand and that fits.
    fn attribute(&mut self, fits: impl Fn(&Attribute) -> bool) -> String {
        loop {
            let &(base, of, sort, _) = self.random.pick(TABLE);
            let is_theirs = match of {
                "all" => true,
                "claim" => self.subject == Subject::Claim,
                of => {
                    self.types.iter().any(|it| it == of || it == "claim" && matches!(of, "figure" | "norm"))
                }
            };
            if !is_theirs {
                continue;
            }
            let behind = match (base, sort) {
                ("label", _) => Some(*self.random.pick(&["note", "inferred", "a.b", "nothing"])),
                ("external_id", _) => Some(*self.random.pick(&["iso3166", "wikidata"])),
                (_, Sort::Source) if self.subject == Subject::Claim => self
                    .random
                    .maybe(50, |random| *random.pick(&["kind", "country", "reliability", "stance"])),
                (_, Sort::Source) => {
                    self.random.maybe(50, |random| *random.pick(&["kind", "country", "reliability"]))
                }
                (_, Sort::Entity(_)) => self.random.maybe(25, |_| "kind"),
                (_, Sort::Document) => self.random.maybe(50, |_| "publisher"),
                (_, Sort::Time) => self.random.maybe(50, |random| *random.pick(&["year", "month", "day"])),
                _ => None,
            };
            let name = behind.map_or(base.to_owned(), |behind| format!("{base}.{behind}"));
            let found = Attribute::find(self.subject, &name).expect("it is in the table");
            if fits(&found) {
                let is_loud = behind.is_none() && self.random.percent(4);
                return if is_loud { name.to_uppercase() } else { name };
            }
        }
    }

    /// Something that the attribute can be compared with, of what the ledger holds if it can be.
    fn literal(&mut self, attribute: &Attribute) -> String {
        let random = &mut *self.random;
        let mut versions = self.ledger.versions.iter();
        let examples: Vec<_> = versions.by_ref().filter(|it| subject(&it.item) == self.subject).collect();
        let example = random.any(&examples).copied();
        let value = example.and_then(|it| random.any(&values(attribute, it, self.ledger)).cloned());
        match (attribute.sort, value) {
            (Sort::Entity(role), value) => {
                let mut id = match value {
                    Some(Value::Text(id)) if random.percent(80) => id,
                    _ => random.pick(&named(role)).clone(),
                };
                let fits =
                    |id: &str| self.ledger.entities.get(id).is_some_and(|it| role.kinds().contains(&it.kind));
                while random.percent(35) {
                    // What it is part of finds it too.
                    let parents = &self.ledger.entities[id.as_str()].parents;
                    let Some(parent) = random.any(parents).filter(|it| fits(it.as_str())) else { break };
                    id = parent.to_string();
                }
                let entity = self.ledger.entities[id.as_str()];
                called(random, &id, &entity.name, &entity.aliases)
            }
            (Sort::Source, value) => {
                let mut id = match value {
                    Some(Value::Text(id)) if random.percent(90) => id,
                    _ => {
                        let all: Vec<&&str> = self.ledger.sources.keys().collect();
                        random.pick(&all).to_string()
                    }
                };
                while random.percent(35) {
                    let Some(above) = &self.ledger.sources[id.as_str()].part_of else { break };
                    id = above.to_string();
                }
                let source = self.ledger.sources[id.as_str()];
                called(random, &id, &source.name, &source.aliases)
            }
            (Sort::Document, Some(Value::Text(id))) => id,
            (Sort::Document, _) => {
                let all: Vec<&&str> = self.ledger.documents.keys().collect();
                random.pick(&all).to_string()
            }
            (Sort::Word(words), value) => {
                let word = match value {
                    Some(Value::Text(word)) if random.percent(70) => word,
                    _ => (*random.pick(&words.all())).to_owned(),
                };
                if random.percent(10) { word.to_uppercase() } else { word }
            }
            (Sort::Quantity, Some(Value::Number(value))) if random.percent(50) => {
                match if random.percent(50) { value.low } else { value.high } {
                    Included(end) | Excluded(end) => end.to_string(),
                    _ => quantity(random),
                }
            }
            (Sort::Quantity, _) => quantity(random),
            (Sort::Number, Some(Value::Number(value))) => {
                let Included(number) = value.low else { return "1".to_owned() };
                (number as u64 + u64::from(random.percent(15))).to_string()
            }
            (Sort::Number, _) => random.below(12).to_string(),
            (Sort::Time, Some(Value::Time(value))) if random.percent(75) => {
                let written = example.and_then(|it| written(&attribute.base, it, self.ledger));
                match (written, value.low) {
                    (Some(time), _) if random.percent(40) => time.text().to_owned(),
                    (_, Included(start)) => near(random, start),
                    _ => time(random),
                }
            }
            (Sort::Time, _) if random.percent(10) => {
                let unit = random.pick(&["min", "h", "d", "wk", "mo", "y"]);
                match random.below(3) {
                    0 => "now".to_owned(),
                    _ => format!("now{}{}{unit}", random.pick(&["-", "-", "+"]), random.between(1, 30)),
                }
            }
            (Sort::Time | Sort::Part, _) => time(random),
            (Sort::YesNo, _) => (*random.pick(&["yes", "no"])).to_owned(),
            (Sort::Name | Sort::Text, Some(Value::Text(name))) => {
                if random.percent(20) {
                    name.to_uppercase()
                } else {
                    name
                }
            }
            (Sort::Free, Some(Value::Text(text))) if random.percent(90) => text,
            (Sort::Free, _) => {
                let seen: Vec<String> = seen(attribute, self.ledger).into_iter().collect();
                let known = random.any(&seen).cloned().filter(|_| random.percent(60));
                let is_unit = matches!(attribute.base.as_str(), "unit" | "per");
                let other = [random.pick(&TEXTS), random.pick(&OCCASIONS)];
                let other = if is_unit { random.pick(&UNITS) } else { *random.pick(&other) };
                known.unwrap_or_else(|| (*other).to_owned())
            }
            (Sort::Name | Sort::Text, _) => text(random),
        }
    }

    /// Words that a text has, or some others.
    fn words(&mut self, attribute: &Attribute) -> String {
        let literal = self.literal(attribute);
        let words: Vec<String> = literal.unicode_words().map(str::to_owned).collect();
        let mut some = self.random.some(1, 3, &words);
        if some.is_empty() || self.random.percent(10) {
            some.push("troops".to_owned());
        }
        let mut text = some.join(*self.random.pick(&[" ", ", ", " - "]));
        if self.random.percent(20) {
            text = text.to_uppercase();
        }
        self.write(text)
    }

    fn count(&mut self) -> Vec<String> {
        let can_be_counted = |attribute: &Attribute| {
            let is_standing = attribute.behind.as_deref() == Some("stance");
            !matches!(attribute.sort, Sort::Quantity | Sort::Time | Sort::Text | Sort::YesNo)
                && attribute.base != "id"
                && !is_standing
        };
        let columns: Vec<String> =
            (0..self.random.below(3)).map(|_| self.attribute(can_be_counted)).collect();
        let mut clauses = vec![if columns.is_empty() {
            "count".to_owned()
        } else {
            format!("count by {}", columns.join(", "))
        }];
        let mut keys = columns;
        keys.extend(["sure", "possible"].map(str::to_owned));
        if self.random.percent(30) {
            let keys = self.random.some(1, 2, &keys);
            clauses.push(format!("sort by {}", self.directed(&keys)));
        }
        clauses
    }

    fn sort(&mut self) -> Vec<String> {
        if self.random.percent(65) {
            return Vec::new();
        }
        let can_be_sorted = |attribute: &Attribute| {
            !attribute.is_many
                && !matches!(attribute.sort, Sort::Text | Sort::Part | Sort::YesNo)
                && !matches!(attribute.base.as_str(), "label" | "external_id")
        };
        let keys: Vec<String> =
            (0..self.random.between(1, 3)).map(|_| self.attribute(can_be_sorted)).collect();
        let by = *self.random.pick(&["sort", "sort by"]);
        vec![format!("{by} {}", self.directed(&keys))]
    }

    fn directed(&mut self, keys: &[String]) -> String {
        let each = keys.iter().map(|key| format!("{key}{}", self.random.pick(&["", "", " asc", " desc"])));
        each.collect::<Vec<_>>().join(", ")
    }
}

fn subject(item: &Item) -> Subject {
    match item {
        Item::Claim(_) => Subject::Claim,
        Item::Entity(_) => Subject::Entity,
        Item::Source(_) => Subject::Source,
        Item::Document(_) => Subject::Document,
    }
}

/// An id, or another name of what has it.
fn called(random: &mut Random, id: &str, name: &str, aliases: &[String]) -> String {
    match random.below(10) {
        0..=6 => id.to_owned(),
        7 => id.to_uppercase(),
        8 => name.to_owned(),
        _ => random.any(aliases).cloned().unwrap_or_else(|| name.to_lowercase()),
    }
}

/// A time about a moment: its instant, or a coarser one.
fn near(random: &mut Random, moment: i64) -> String {
    let instant = Timestamp(moment).to_string();
    match random.below(5) {
        0 => instant,
        1 => instant[..4].to_owned(),
        2 => instant[..7].to_owned(),
        _ => instant[..10].to_owned(),
    }
}

/// Roughly where a literal stands, so that a range ends after it begins.
fn standing(attribute: &Attribute, literal: &str) -> (i64, String) {
    let rank = if let Sort::Word(words) = attribute.sort {
        words.rank(&literal.to_lowercase()).map_or(-1, |rank| rank as i64)
    } else if attribute.sort == Sort::Quantity {
        sayso::model::Quantity::parse(literal).map_or(0, |it| it.low().max(-1e9) as i64)
    } else {
        literal.parse().unwrap_or_default()
    };
    (rank, literal.to_owned())
}
