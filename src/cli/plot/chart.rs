//! What there is to draw, as plain data: claims as intervals over time, with what a view says of
//! them.

use super::tracks;
use super::values;
use crate::cli::render::{Names, conflict, slots, subject};
use crate::model::{Time, Timestamp};
use crate::wire::pb::query_response::Result as Rows;
use crate::wire::pb::{
    self, Claim, ClaimRef, Conflict, GroupKeys, GroupValue, QueryResponse, Subject, TimelineLink, Truth,
    claim,
};
use std::collections::{BTreeMap, HashMap};

/// Panels of one picture; what is beyond is left out.
pub(super) const MAX_PANELS: usize = 12;

/// Conflicts that are numbered and told in words.
const MAX_TOLD: usize = 12;

/// What is known beside an answer.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// The claims that the answer names, by id.
    pub(super) claims: HashMap<String, Claim>,
    /// Of each source that spoke, the name of its root.
    pub(super) roots: HashMap<String, String>,
    /// Names of entities.
    pub(super) entities: HashMap<String, String>,
}

/// A picture.
#[derive(Debug, PartialEq)]
pub(super) struct Chart {
    /// The query.
    pub(super) title: String,
    /// Who spoke, the one with the most claims first.
    pub(super) origins: Vec<Origin>,
    pub(super) panels: Vec<Panel>,
    /// Panels that were left out.
    pub(super) left_out: usize,
}

/// The root sources of a claim, named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) name: String,
    /// How many of its claims are drawn.
    pub(super) claims: usize,
}

/// What is drawn over one axis of time.
#[derive(Debug, PartialEq)]
pub(super) struct Panel {
    /// What the claims are about.
    pub(super) title: String,
    pub(super) plot: Plot,
    /// What is told in words below.
    pub(super) notes: Vec<String>,
}

/// A panel's axes and what stands between them.
#[derive(Debug, PartialEq)]
pub(super) enum Plot {
    /// Figures.
    Values(values::Values),
    /// Whatever has a time and no figure.
    Tracks(tracks::Tracks),
}

/// From when to when, in microseconds since 1970; an end that is open is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Stretch {
    pub(super) start: Option<i64>,
    pub(super) end: Option<i64>,
}

/// Two claims that a view joins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// Where they stand among the marks of the panel.
    pub(super) ends: (usize, usize),
    pub(super) is_sure: bool,
    /// Under which the notes tell of it.
    pub(super) number: Option<usize>,
}

/// Why there is no picture.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::cli) enum NoPicture {
    #[error("nothing was found that could be drawn")]
    NothingFound,
    #[error(
        "{what} has no picture; end the query with `envelope`, `conflicts` or `timeline`, or ask for figures"
    )]
    OfThis { what: &'static str },
    #[error(
        "there is nothing to draw: none of these claims has a time or a figure; `figure where …` has one"
    )]
    NothingToDraw,
}

/// A claim in a picture.
#[derive(Clone, Copy)]
pub(super) struct Item<'a> {
    pub(super) claim: &'a Claim,
    pub(super) truth: Truth,
    /// Its origin's place among the chart's.
    pub(super) origin: usize,
}

/// The claims of one panel before they are placed.
struct Sheet<'a> {
    title: String,
    items: Vec<Item<'a>>,
    bands: Vec<values::Range<'a>>,
    links: Vec<Link>,
    changes: Vec<tracks::Change>,
    notes: Vec<String>,
}

impl<'a> Sheet<'a> {
    fn new(title: String) -> Self {
        Self {
            title,
            items: Vec::new(),
            bands: Vec::new(),
            links: Vec::new(),
            changes: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// The claim's place, where it is put if it is not there yet.
    fn place(&mut self, item: Item<'a>) -> usize {
        let known = self.items.iter().position(|known| known.claim.id == item.claim.id);
        known.unwrap_or_else(|| {
            self.items.push(item);
            self.items.len() - 1
        })
    }

    fn panel(self) -> Option<Panel> {
        let Self { title, items, bands, links, changes, notes } = self;
        let are_figures = items.iter().all(|item| figure(item.claim).is_some());
        let plot = match are_figures {
            true => Plot::Values(values::Values::of(&items, &bands, links)?),
            false => Plot::Tracks(tracks::Tracks::of(&items, links, changes)?),
        };
        Some(Panel { title, plot, notes })
    }
}

impl Chart {
    /// The picture of an answer.
    pub(super) fn of(answer: &QueryResponse, facts: &Facts) -> Result<Self, NoPicture> {
        let mut cast = Cast { facts, names: Names::of(&answer.names), origins: Vec::new() };
        let sheets = match answer.result.as_ref().ok_or(NoPicture::NothingFound)? {
            Rows::Envelopes(found) => envelopes(found, &mut cast),
            Rows::Conflicts(found) => conflicts(found, &mut cast),
            Rows::Timelines(found) => timelines(found, &mut cast),
            Rows::Claims(found) => plain(found, &mut cast),
            Rows::Latest(_) => return Err(NoPicture::OfThis { what: "`latest`" }),
            Rows::FlowTotals(_) => return Err(NoPicture::OfThis { what: "`total`" }),
            Rows::Corroborations(_) => return Err(NoPicture::OfThis { what: "`corroboration`" }),
            Rows::Breaches(_) => return Err(NoPicture::OfThis { what: "`breaches`" }),
            Rows::Drifts(_) => return Err(NoPicture::OfThis { what: "`drift`" }),
            Rows::Sources(_) | Rows::Entities(_) | Rows::Documents(_) => {
                return Err(NoPicture::OfThis { what: "the registry" });
            }
            Rows::Table(_) => return Err(NoPicture::OfThis { what: "a table" }),
            Rows::Explanation(_) => return Err(NoPicture::OfThis { what: "an explanation" }),
        };
        if sheets.iter().all(|sheet| sheet.items.is_empty()) {
            return Err(NoPicture::NothingFound);
        }
        let mut panels: Vec<Panel> = sheets.into_iter().filter_map(Sheet::panel).collect();
        if panels.is_empty() {
            return Err(NoPicture::NothingToDraw);
        }
        let left_out = panels.len().saturating_sub(MAX_PANELS);
        panels.truncate(MAX_PANELS);
        let mut chart =
            Self { title: answer.canonical_query.clone(), origins: cast.origins, panels, left_out };
        chart.count_origins();
        Ok(chart)
    }

    /// Counts what is drawn, and puts those first that said the most.
    fn count_origins(&mut self) {
        let mut counts = vec![0; self.origins.len()];
        self.each_origin(|origin| counts[*origin] += 1);
        let mut order: Vec<usize> = (0..counts.len()).filter(|&origin| counts[origin] > 0).collect();
        order.sort_by_key(|&origin| (std::cmp::Reverse(counts[origin]), origin));
        let place: HashMap<usize, usize> = order.iter().enumerate().map(|(to, &from)| (from, to)).collect();
        self.each_origin(|origin| *origin = place[origin]);
        let named = |&origin: &usize| Origin { claims: counts[origin], ..self.origins[origin].clone() };
        self.origins = order.iter().map(named).collect();
    }

    fn each_origin(&mut self, mut visit: impl FnMut(&mut usize)) {
        for panel in &mut self.panels {
            match &mut panel.plot {
                Plot::Values(values) => values.marks.iter_mut().for_each(|mark| visit(&mut mark.origin)),
                Plot::Tracks(tracks) => tracks.pieces.iter_mut().for_each(|piece| visit(&mut piece.origin)),
            }
        }
    }
}

/// Who speaks in a picture.
struct Cast<'a> {
    facts: &'a Facts,
    names: Names<'a>,
    origins: Vec<Origin>,
}

impl<'a> Cast<'a> {
    fn referred(&mut self, claim: &ClaimRef) -> Option<Item<'a>> {
        let truth = claim.truth();
        self.facts.claims.get(&claim.id).map(|found| self.item(found, truth))
    }

    fn item(&mut self, claim: &'a Claim, truth: Truth) -> Item<'a> {
        let sources = claim.attribution.first().map(|step| step.sources.as_slice()).unwrap_or_default();
        let mut roots: Vec<&str> = Vec::new();
        for source in sources {
            let root = self.facts.roots.get(source).map_or(source.as_str(), String::as_str);
            if !roots.contains(&root) {
                roots.push(root);
            }
        }
        let name = if roots.is_empty() { "unattributed".to_owned() } else { roots.join(" and ") };
        let known = self.origins.iter().position(|origin| origin.name == name);
        let origin = known.unwrap_or_else(|| {
            self.origins.push(Origin { name, claims: 0 });
            self.origins.len() - 1
        });
        Item { claim, truth, origin }
    }

    fn subject(&self, asked: Option<&Subject>) -> String {
        subject(asked, &self.names)
    }

    /// What a claim is about, as a view would say it; of events, less what happened.
    fn title(&self, claim: &Claim) -> String {
        let figure = figure(claim);
        let ids = |ids: &[String]| ids.iter().map(|id| self.entity(id)).collect();
        let said = Subject {
            actors: ids(&claim.actors),
            kind: self.entity(&claim.kind),
            action: figure.map(|_| self.entity(&claim.action)).unwrap_or_default(),
            places: ids(&claim.places),
            incident: self.entity(&claim.incident),
            basis: figure.map_or(0, |figure| figure.basis),
            per: figure.map(|figure| figure.per.clone()).unwrap_or_default(),
            of: figure.map(|figure| self.entity(&figure.of)).unwrap_or_default(),
            ..Subject::default()
        };
        self.subject(Some(&said))
    }

    fn entity(&self, id: &str) -> String {
        self.facts.entities.get(id).map_or_else(|| id.to_owned(), Clone::clone)
    }
}

/// A panel for each subject and unit; one for each group as well unless groups are times.
fn envelopes<'a>(found: &'a pb::Envelopes, cast: &mut Cast<'a>) -> Vec<Sheet<'a>> {
    let mut sheets: Vec<Sheet<'a>> = Vec::new();
    for row in &found.rows {
        let (periods, apart): (Vec<_>, Vec<_>) = group(row.group.as_ref()).partition(is_time);
        let period = periods.first().and_then(|key| Time::parse(key.value()).ok());
        let period = period.map(|time| stretch(time.start(), time.end()));
        let title = titled(cast.subject(row.subject.as_ref()), apart);
        let sheet = sheet(&mut sheets, title);
        let members: Vec<usize> = row
            .members
            .iter()
            .filter_map(|member| cast.referred(member))
            .map(|item| sheet.place(item))
            .collect();
        sheet.bands.push(values::Range { row, period, members });
    }
    sheets
}

/// The values of a row's group.
fn group(keys: Option<&GroupKeys>) -> impl Iterator<Item = &GroupValue> {
    keys.into_iter().flat_map(|keys| &keys.values)
}

/// Whether a group is a part of the calendar that its figures lie in: running totals end when they are said.
fn is_time(key: &&GroupValue) -> bool {
    key.attribute.starts_with("when.") || key.attribute.starts_with("said.")
}

/// A subject, and the group that it is asked about in.
fn titled<'k>(subject: String, keys: impl IntoIterator<Item = &'k GroupValue>) -> String {
    let keys =
        keys.into_iter().map(|key| format!("{} {}", key.attribute, key.value.as_deref().unwrap_or("none")));
    let parts = [subject].into_iter().chain(keys).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" · ")
}

/// A panel for each subject; those that a conflict joins are one.
fn conflicts<'a>(found: &'a pb::Conflicts, cast: &mut Cast<'a>) -> Vec<Sheet<'a>> {
    let mut sheets: Vec<Sheet<'a>> = Vec::new();
    let joined = joined_titles(found, cast);
    for (index, row) in found.rows.iter().enumerate() {
        let (Some(first), Some(second)) = (&row.first, &row.second) else { continue };
        let (Some(first), Some(second)) = (cast.referred(first), cast.referred(second)) else { continue };
        let title = joined.get(&cast.title(second.claim)).cloned().unwrap_or_default();
        let sheet = sheet(&mut sheets, title);
        let ends = (sheet.place(first), sheet.place(second));
        let is_sure = row.truth() == Truth::Sure;
        let number = (found.rows.len() <= MAX_TOLD).then_some(index + 1);
        sheet.links.push(Link { ends, is_sure, number });
        sheet.notes.extend(number.map(|number| told(number, row)));
    }
    for sheet in &mut sheets {
        if sheet.links.len() > values::MAX_LINKS {
            let all = sheet.links.len();
            sheet.notes.push(format!("Of {all} conflicts, those are drawn that are nearest in time."));
        }
    }
    sheets
}

/// Of each title, the title of those that conflicts join with it.
fn joined_titles(found: &pb::Conflicts, cast: &mut Cast<'_>) -> BTreeMap<String, String> {
    let mut joined: BTreeMap<String, String> = BTreeMap::new();
    for row in &found.rows {
        let (Some(first), Some(second)) = (&row.first, &row.second) else { continue };
        let (Some(first), Some(second)) = (cast.referred(first), cast.referred(second)) else { continue };
        let [part, whole] = [first, second].map(|item| {
            let title = cast.title(item.claim);
            joined.entry(title.clone()).or_insert(title).clone()
        });
        for title in joined.values_mut().filter(|title| **title == part) {
            title.clone_from(&whole);
        }
    }
    joined
}

fn told(number: usize, row: &Conflict) -> String {
    let grade = if row.truth() == Truth::Sure { "surely" } else { "possibly" };
    let [first, second] = [&row.first, &row.second].map(|claim| claim.as_ref().map_or("", |claim| &claim.id));
    let why = conflict(row);
    // What the first slot says already.
    let why =
        row.slots.first().filter(|slot| slot.name == why).map_or(format!(" ({why})"), |_| String::new());
    format!("{number}: {first} and {second}, {grade}{why}: {}", slots(&row.slots, |_| " ≠ "))
}

/// A panel for each timeline.
fn timelines<'a>(found: &'a pb::Timelines, cast: &mut Cast<'a>) -> Vec<Sheet<'a>> {
    let mut sheets = Vec::new();
    for row in &found.rows {
        let title = titled(cast.subject(row.subject.as_ref()), group(row.group.as_ref()));
        let mut sheet = Sheet::new(title);
        for entry in &row.entries {
            let Some(item) = entry.claim.as_ref().and_then(|claim| cast.referred(claim)) else { continue };
            let place = sheet.place(item);
            let Some(link) = &entry.link else { continue };
            if let Some(point) = &link.change_point {
                let time =
                    Stretch { start: point.start.as_ref().map(micros), end: point.end.as_ref().map(micros) };
                sheet.changes.push(tracks::Change { time, text: point.text.clone(), place });
            }
            let is_sure = link.kind() == TimelineLink::Conflict;
            if is_sure || link.kind() == TimelineLink::OrderUnknown {
                let from = sheet.items.iter().position(|item| item.claim.id == link.from);
                sheet.links.extend(from.map(|from| Link { ends: (from, place), is_sure, number: None }));
            }
        }
        sheets.push(sheet);
    }
    sheets
}

/// Claims as they were selected: a panel for each subject.
fn plain<'a>(found: &'a pb::ClaimMatches, cast: &mut Cast<'a>) -> Vec<Sheet<'a>> {
    let mut sheets = Vec::new();
    for found in &found.matches {
        let Some(claim) = &found.claim else { continue };
        let item = cast.item(claim, found.truth());
        let title = cast.title(claim);
        sheet(&mut sheets, title).place(item);
    }
    sheets
}

fn sheet<'s, 'a>(sheets: &'s mut Vec<Sheet<'a>>, title: String) -> &'s mut Sheet<'a> {
    let known = sheets.iter().position(|sheet| sheet.title == title);
    let place = known.unwrap_or_else(|| {
        sheets.push(Sheet::new(title));
        sheets.len() - 1
    });
    &mut sheets[place]
}

pub(super) fn figure(claim: &Claim) -> Option<&pb::Figure> {
    match &claim.content {
        Some(claim::Content::Figure(figure)) => Some(figure),
        Some(claim::Content::Event(_) | claim::Content::Norm(_) | claim::Content::Statement(_)) | None => {
            None
        }
    }
}

/// The time that a claim is about, or of a norm the time that it is in force.
pub(super) fn time(time: Option<&pb::Time>) -> Stretch {
    Stretch {
        start: time.and_then(|time| time.start.as_ref()).map(micros),
        end: time.and_then(|time| time.end.as_ref()).map(micros),
    }
}

fn micros(time: &prost_types::Timestamp) -> i64 {
    time.seconds.saturating_mul(1_000_000).saturating_add(i64::from(time.nanos) / 1_000)
}

fn stretch(start: Timestamp, end: Timestamp) -> Stretch {
    let finite = |time: Timestamp| time.civil().map(|_| time.0);
    Stretch { start: finite(start), end: finite(end) }
}
