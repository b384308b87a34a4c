//! Generated claims: actors, kinds, places and sources are skewed as in Zipf's law, values and times are
//! hedged as in the seed ledger.

use super::measure::Generator;
use sayso::engine::Batch;
use sayso::model::vocabulary::{EntityKind, SourceKind};
use sayso::model::{ClaimDraft, ContentDraft, EntityDraft, FigureDraft, SourceDraft, StepDraft};

const ACTORS: usize = 1_000;
const KINDS: usize = 100;
const PLACES: usize = 2_000;
const SOURCES: usize = 500;

/// So many claims, in batches of this size.
pub(crate) fn batches(claims: usize, size: usize, generator: &mut Generator) -> Vec<Batch> {
    let batch = |first: usize| Batch {
        claims: (first..claims.min(first + size)).map(|number| claim(number, generator)).collect(),
        ..Batch::default()
    };
    (0..claims).step_by(size).map(batch).collect()
}

/// What they refer to.
pub(crate) fn registry() -> Batch {
    let entity = |kind: EntityKind, word: &str, number: usize| EntityDraft {
        id: format!("{word}-{number}"),
        kind: Some(kind),
        name: format!("The {word} {number}"),
        ..EntityDraft::default()
    };
    let source = |number: usize| SourceDraft {
        id: format!("source-{number}"),
        kind: Some(SourceKind::NewsOutlet),
        name: format!("The source {number}"),
        ..SourceDraft::default()
    };
    let mut entities: Vec<EntityDraft> = Vec::new();
    entities.extend((0..ACTORS).map(|number| entity(EntityKind::Organization, "actor", number)));
    entities.extend((0..KINDS).map(|number| entity(EntityKind::Topic, "kind", number)));
    entities.extend((0..PLACES).map(|number| entity(EntityKind::Place, "place", number)));
    Batch { entities, sources: (0..SOURCES).map(source).collect(), ..Batch::default() }
}

fn claim(number: usize, random: &mut Generator) -> ClaimDraft {
    let actor = random.skewed(ACTORS);
    let kind = random.skewed(KINDS);
    let place = random.skewed(PLACES);
    let size = 1 + random.below(9_999);
    let notation = match random.below(4) {
        0 => format!("~{size}"),
        1 => format!(">={size}"),
        2 => format!("{size}..{}", size * 2),
        _ => size.to_string(),
    };
    let (year, month, day) = (2022 + random.below(4), 1 + random.below(12), 1 + random.below(28));
    let words = ["sent", "withdrawn", "counted", "reported", "lost", "thousands", "hundreds", "moved"];
    let word = |random: &mut Generator| words[random.below(words.len())];
    let text = format!(
        "Of kind {kind} so many were {} or {} by {actor} at place {place}, {} of them.",
        word(random),
        word(random),
        word(random)
    );
    let figure =
        FigureDraft { notation: Some(notation), unit: Some("person".into()), ..FigureDraft::default() };
    let step =
        |source: usize| StepDraft { sources: vec![format!("source-{source}")], ..StepDraft::default() };
    let origin = random.skewed(SOURCES);
    let relay = (origin + 1 + random.below(SOURCES - 1)) % SOURCES;
    ClaimDraft {
        id: format!("claim-{number}"),
        text,
        actors: vec![format!("actor-{actor}")],
        kind: Some(format!("kind-{kind}")),
        places: vec![format!("place-{place}")],
        when: Some(format!("{year}-{month:02}-{day:02}")),
        content: Some(ContentDraft::Figure(figure)),
        attribution: vec![step(origin), step(relay)],
        ..ClaimDraft::default()
    }
}
