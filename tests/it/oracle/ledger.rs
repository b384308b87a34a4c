//! Random ledgers: few names, times and numbers, so that claims have much in common, and every
//! optional part left out often enough.

use super::history::Step;
use crate::random::Random;
use sayso::engine::Batch;
use sayso::model::vocabulary::{
    Basis, Clarity, Confidence, Credibility, EntityKind, InterestStance, LikelihoodBand, Modality, Mode,
    Relay, RelayStance, Reliability, SourceKind, SpeechAct, State,
};
use sayso::model::{
    ClaimDraft, ContentDraft, DocumentDraft, EntityDraft, EvidenceDraft, FigureDraft, InterestDraft, Labels,
    LikelihoodDraft, NormDraft, Role, SourceDraft, StepDraft,
};
use unicode_normalization::UnicodeNormalization;

/// Every entity that a ledger can have: an id and what it is.
const ENTITIES: [(&str, EntityKind); 34] = {
    use EntityKind::{
        Action, Asset, Country, Group, Incident, Instrument, Organization, Person, Place, Topic,
    };
    [
        ("world", Group),
        ("allies", Group),
        ("korea", Country),
        ("russia", Country),
        ("ukraine", Country),
        ("georgia", Country),
        ("georgia-us", Place),
        ("kursk", Place),
        ("kursk-front", Place),
        ("sudzha", Place),
        ("army", Organization),
        ("11th-corps", Organization),
        ("ministry", Organization),
        ("kim", Person),
        ("putin", Person),
        ("visa", Asset),
        ("vessel", Asset),
        ("charter", Instrument),
        ("res-2375", Instrument),
        ("res-2397", Instrument),
        ("war", Incident),
        ("battle.1", Incident),
        ("battle.2", Incident),
        ("personnel", Topic),
        ("workers", Topic),
        ("troops", Topic),
        ("elite_troops", Topic),
        ("wage", Topic),
        ("casualty", Action),
        ("kill", Action),
        ("wound", Action),
        ("send", Action),
        ("withdraw", Action),
        ("return", Action),
    ]
};

const SOURCES: [&str; 11] = [
    "state",
    "nis",
    "nis-official",
    "wi",
    "zelensky",
    "army",
    "herald",
    "outlet",
    "agency",
    "x.account",
    "un",
];
const DOCUMENTS: [&str; 6] = ["article", "article-2", "briefing", "res-2375", "report", "dump"];
const LABEL_KEYS: [&str; 3] = ["note", "inferred", "a.b"];
const EXTERNAL_KEYS: [&str; 2] = ["iso3166", "wikidata"];
pub(super) const TEXTS: [&str; 8] =
    ["when", "When", "O'Brien", "two words", "été", "e\u{301}te\u{301}", "KP", "{person}"];
const NAMES: [&str; 18] = [
    "North Korea",
    "DPRK",
    "Straße",
    "STRASSE",
    "Georgia",
    "the front",
    "The Front",
    "été",
    "e\u{301}te\u{301}",
    "북한",
    "NK",
    "officials of the front",
    "Korea North",
    "don't",
    "11,000 troops",
    "Sakartvelo",
    "K-P",
    "ÉTÉ",
];
const WORDS: [&str; 20] = [
    "elite",
    "Elite",
    "troops",
    "TROOPS",
    "workers",
    "Korea",
    "straße",
    "STRASSE",
    "été",
    "e\u{301}te\u{301}",
    "북한",
    "don't",
    "4,000",
    "3.5",
    "the",
    "front",
    "—",
    "x",
    "ПЕТР",
    "петр",
];
pub(super) const UNITS: [&str; 4] = ["person", "USD", "km", "{tank}"];
const PER: [&str; 3] = ["mo", "person", "km2"];
pub(super) const OCCASIONS: [&str; 3] = ["briefing", "hearing.1", "nis-briefing"];
const NUMBERS: [&str; 20] = [
    "0", "1", "3", "10", "42", "99.5", "100", "500", "800", "2000", "2001", "3500", "3999", "4000", "4_500",
    "10k", "11000", "1.5mn", "-5", "-0.5",
];
const MAGNITUDES: [&str; 6] =
    ["dozens", "hundreds", "thousands", "tens of thousands", "a couple", "several hundred"];

/// A ledger's history: how it came to be, in some ten commits, a hundred or so claims.
pub(crate) fn steps(random: &mut Random) -> Vec<Step> {
    // Now and then so many that the index freezes what it holds and merges it.
    let claims = if random.percent(4) { random.between(600, 1_400) } else { random.between(20, 160) };
    let commits = if random.percent(30) { random.between(11, 16) } else { random.between(1, 9) };
    let ids: Vec<String> = (0..claims).map(|number| format!("c{number}")).collect();
    let mut steps = Vec::new();
    let mut written = 0;
    for commit in 0..commits {
        let is_first = commit == 0;
        let share = if commit + 1 == commits { 100 } else { 100 / commits.min(4) };
        let until = written + (claims - written) * share / 100;
        let mut batch = Batch::default();
        registry(random, is_first, &mut batch);
        let again = random.between(0, 1 + written / 5);
        let mut due: Vec<&String> = ids[written..until].iter().collect();
        due.extend(random.some(0, again, &ids[..written].iter().collect::<Vec<_>>()));
        batch.claims = due.into_iter().map(|id| claim(random, id)).collect();
        if random.percent(20) {
            // What was written just so before changes nothing.
            let earlier = steps.iter().rev().find_map(|step| match step {
                Step::Record(batch) => batch.claims.first(),
                Step::Retract(_) | Step::Reopen => None,
            });
            let earlier = earlier.filter(|it| batch.claims.iter().all(|new| new.id != it.id)).cloned();
            batch.claims.extend(earlier);
        }
        written = until;
        steps.push(Step::Record(batch));
        if random.percent(25) {
            steps.push(Step::Retract(random.some(1, 1 + written / 8, &ids[..written])));
        }
        if random.percent(15) {
            steps.push(Step::Reopen);
        }
    }
    if random.percent(40) {
        steps.push(Step::Reopen);
    }
    steps
}

/// The whole registry, or new versions of some of it.
fn registry(random: &mut Random, is_first: bool, batch: &mut Batch) {
    let chance = if is_first { 100 } else { 6 };
    for index in 0..ENTITIES.len() {
        batch.entities.extend(random.maybe(chance, |random| entity(random, index)));
    }
    for index in 0..SOURCES.len() {
        batch.sources.extend(random.maybe(chance, |random| source(random, index)));
    }
    for id in DOCUMENTS {
        batch.documents.extend(random.maybe(chance, |random| document(random, id)));
    }
}

fn entity(random: &mut Random, index: usize) -> EntityDraft {
    let (id, kind) = ENTITIES[index];
    // Parents come before their children, so that there is no way round.
    let likely: Vec<&str> = ENTITIES[..index].iter().filter(|it| it.1 == kind).map(|it| it.0).collect();
    let any: Vec<&str> = ENTITIES[..index].iter().map(|it| it.0).collect();
    let mut parents = if random.percent(60) { random.some(0, 2, &likely) } else { Vec::new() };
    if random.percent(20) {
        parents.extend(
            random.some(1, 1, &any).into_iter().filter(|it| !parents.contains(it)).collect::<Vec<_>>(),
        );
    }
    EntityDraft {
        id: id.to_owned(),
        kind: Some(kind),
        name: name(random, id),
        aliases: aliases(random),
        parents: owned(&parents),
        external_ids: labels(random, &EXTERNAL_KEYS),
        labels: labels(random, &LABEL_KEYS),
    }
}

fn source(random: &mut Random, index: usize) -> SourceDraft {
    let interests = random.some(0, 3, &named(Role::Any));
    SourceDraft {
        id: SOURCES[index].to_owned(),
        kind: Some(*random.pick(&SourceKind::ALL[..5])),
        name: name(random, SOURCES[index]),
        aliases: aliases(random),
        part_of: random.maybe(50, |random| random.any(&SOURCES[..index]).map(ToString::to_string)).flatten(),
        country: random.maybe(60, |random| random.pick(&named(Role::Country)).clone()),
        entity: random.maybe(30, |random| random.pick(&named(Role::Any)).clone()),
        reliability: random.maybe(80, |random| *random.pick(Reliability::ALL)),
        interests: interests
            .into_iter()
            .map(|entity| InterestDraft { entity, stance: Some(*random.pick(InterestStance::ALL)) })
            .collect(),
        url: random.maybe(30, |random| format!("https://example.org/{}", random.below(3))),
        labels: labels(random, &LABEL_KEYS),
    }
}

fn document(random: &mut Random, id: &str) -> DocumentDraft {
    DocumentDraft {
        id: id.to_owned(),
        title: name(random, id),
        published: random.maybe(75, time),
        publisher: random.maybe(70, |random| (*random.pick(&SOURCES)).to_owned()),
        url: random.maybe(30, |random| format!("https://example.org/{}", random.below(3))),
        language: random.maybe(50, |random| (*random.pick(&["en", "ko", "zh-Hant"])).to_owned()),
        sha256: random.maybe(20, |random| format!("{:064x}", random.below(3))),
        retrieved: random.maybe(40, time),
        labels: labels(random, &LABEL_KEYS),
    }
}

fn claim(random: &mut Random, id: &str) -> ClaimDraft {
    let entities = |random: &mut Random, chance: usize, role: Role| {
        if random.percent(chance) { random.some(1, 3, &named(role)) } else { Vec::new() }
    };
    let entity = |random: &mut Random, chance: usize, role: Role| {
        random.maybe(chance, |random| random.pick(&named(role)).clone())
    };
    let content = match random.below(8) {
        0..=3 => ContentDraft::Figure(figure(random)),
        4..=5 => ContentDraft::Event,
        6 => ContentDraft::Norm(norm(random)),
        _ => ContentDraft::Statement,
    };
    ClaimDraft {
        id: id.to_owned(),
        text: text(random),
        actors: entities(random, 75, Role::Any),
        agents: entities(random, 25, Role::Any),
        targets: entities(random, 30, Role::Any),
        kind: entity(random, 75, Role::Kind),
        action: entity(random, 40, Role::Action),
        state: random.maybe(40, |random| *random.pick(State::ALL)),
        manner: entities(random, 15, Role::Any),
        places: entities(random, 60, Role::Place),
        incident: entity(random, 40, Role::Incident),
        when: random.maybe(70, time),
        mode: random.maybe(50, |random| *random.pick(Mode::ALL)),
        content: Some(content),
        attribution: chain(random),
        evidence: random.maybe(70, |random| EvidenceDraft {
            document: (*random.pick(&DOCUMENTS)).to_owned(),
            exact: random.maybe(40, text),
            prefix: random.maybe(10, text),
            ..EvidenceDraft::default()
        }),
        likelihood: random.maybe(40, |random| LikelihoodDraft {
            band: random.maybe(80, |random| *random.pick(LikelihoodBand::ALL)),
            words: Some("may".to_owned()),
            ..LikelihoodDraft::default()
        }),
        confidence: random.maybe(40, |random| *random.pick(Confidence::ALL)),
        credibility: random.maybe(70, |random| *random.pick(Credibility::ALL)),
        relations: Vec::new(),
        labels: labels(random, &LABEL_KEYS),
    }
}

fn figure(random: &mut Random) -> FigureDraft {
    let ends = [0.0, 500.0, 2000.0, 3500.0, 4000.0, 4000.0, 4500.0, 12000.0];
    let mut figure = FigureDraft {
        unit: random.maybe(80, |random| (*random.pick(&UNITS)).to_owned()),
        per: if random.percent(20) { owned(&random.some(1, 2, &PER)) } else { Vec::new() },
        basis: random.maybe(30, |random| *random.pick(Basis::ALL)),
        of: random.maybe(15, |random| random.pick(&named(Role::Kind)).clone()),
        surface: random.maybe(30, text),
        ..FigureDraft::default()
    };
    if random.percent(75) {
        figure.notation = Some(quantity(random));
        return figure;
    }
    // Ends that no notation has, too.
    let low = random.below(ends.len() - 1);
    let high = random.between(low, ends.len() - 1);
    figure.low = random.maybe(80, |_| ends[low]);
    figure.high = if figure.low.is_none() || random.percent(80) { Some(ends[high]) } else { None };
    let is_wide = figure.low.is_none() || figure.high.is_none() || ends[low] < ends[high];
    figure.low_exclusive = is_wide && figure.low.is_some() && random.percent(40);
    figure.high_exclusive = is_wide && figure.high.is_some() && random.percent(40);
    let middle = (figure.low.unwrap_or(-10.0) + figure.high.unwrap_or(20_000.0)) / 2.0;
    figure.best = random.maybe(30, |_| middle);
    figure
}

fn norm(random: &mut Random) -> NormDraft {
    NormDraft {
        instrument: random.maybe(70, |random| random.pick(&named(Role::Instrument)).clone()),
        modality: Some(*random.pick(Modality::ALL)),
        bearers: if random.percent(60) { random.some(1, 2, &named(Role::Any)) } else { Vec::new() },
        in_force: random.maybe(20, time),
        deadline: random.maybe(60, time),
        ..NormDraft::default()
    }
}

fn chain(random: &mut Random) -> Vec<StepDraft> {
    let length = *random.pick(&[1, 1, 2, 2, 2, 3, 3, 4]);
    (0..length)
        .map(|index| {
            let is_first = index == 0;
            let is_unattributed = is_first && random.percent(12);
            let clarity = if is_unattributed {
                Some(Clarity::Unattributed)
            } else {
                random.maybe(50, |random| *random.pick(&Clarity::ALL[..5]))
            };
            let sources = random.some(1, 3, &SOURCES);
            StepDraft {
                sources: if is_unattributed { Vec::new() } else { owned(&sources) },
                on_behalf_of: if random.percent(15) {
                    owned(&random.some(1, 2, &SOURCES))
                } else {
                    Vec::new()
                },
                act: random.maybe(70, |random| *random.pick(SpeechAct::ALL)).filter(|_| is_first),
                said: random.maybe(60, time),
                clarity,
                relay: random.maybe(50, |random| *random.pick(Relay::ALL)).filter(|_| !is_first),
                stance: random.maybe(40, |random| *random.pick(RelayStance::ALL)).filter(|_| !is_first),
                occasion: random.maybe(25, |random| (*random.pick(&OCCASIONS)).to_owned()),
            }
        })
        .collect()
}

/// The ids of the entities that fit.
pub(super) fn named(role: Role) -> Vec<String> {
    let fitting = ENTITIES.iter().filter(|(_, kind)| role.kinds().contains(kind));
    fitting.map(|(id, _)| (*id).to_owned()).collect()
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

/// Mostly a name of its own; a shared one makes it ambiguous.
fn name(random: &mut Random, id: &str) -> String {
    if random.percent(15) {
        return (*random.pick(&NAMES)).to_owned();
    }
    let word = random.pick(&WORDS);
    format!("{} {word}", id.replace('-', " ").to_uppercase())
}

fn aliases(random: &mut Random) -> Vec<String> {
    let mut aliases = random.some(0, 2, &owned(&NAMES));
    if random.percent(30) {
        aliases.extend([random.pick(&WORDS), random.pick(&WORDS)].map(ToString::to_string));
    }
    aliases.sort_by_cached_key(|alias| composed(alias));
    aliases.dedup_by_key(|alias| composed(alias));
    aliases
}

fn composed(text: &str) -> String {
    text.nfc().collect()
}

fn labels(random: &mut Random, keys: &[&str]) -> Labels {
    let mut labels = Labels::new();
    for key in keys {
        let value = random.maybe(25, |random| (*random.pick(&TEXTS)).to_owned());
        labels.extend(value.map(|value| ((*key).to_owned(), value)));
    }
    labels
}

pub(super) fn text(random: &mut Random) -> String {
    let words: Vec<&str> = (0..random.between(1, 4)).map(|_| *random.pick(&WORDS)).collect();
    words.join(*random.pick(&[" ", " ", ", ", "-"]))
}

/// A quantity in one of its notations.
pub(super) fn quantity(random: &mut Random) -> String {
    let number = *random.pick(&NUMBERS);
    match random.below(12) {
        0..=3 => number.to_owned(),
        4 => format!("~{}", random.pick(&["3", "42", "800", "4000", "11000", "4.0k", "-5"])),
        5 => format!("{}{number}", random.pick(&[">=", ">", "at least ", "more than "])),
        6 => format!("{}{number}", random.pick(&["<=", "<", "up to "])),
        7 => format!("nearly {}", random.pick(&["100", "4000", "-5"])),
        8 => {
            let [low, high] = *random.pick(&[["0", "10"], ["2000", "4000"], ["3500", "4500"], ["10", "10k"]]);
            format!("{low}..{high}")
        }
        9 => format!("{number}+-{}", random.pick(&["0.5", "3", "500"])),
        10 => format!("{}{}", random.pick(&[">=", "up to "]), random.pick(&MAGNITUDES)),
        _ => (*random.pick(&MAGNITUDES)).to_owned(),
    }
}

/// A time in one of its notations.
pub(super) fn time(random: &mut Random) -> String {
    match random.below(16) {
        0..=6 => date(random),
        7 => format!("{}{}", date(random), random.pick(&["~", "%", "?"])),
        8..=9 => {
            let dates = [date(random), date(random)];
            let tilde = random.maybe(15, |_| "~").unwrap_or_default();
            between(dates, &format!("{tilde}/"), tilde)
        }
        10 => {
            // The ends of a set are of one precision.
            let length = *random.pick(&[4, 7, 10, 10, 10]);
            let mut end = || loop {
                let date = date(random);
                if date.len() == length {
                    return date;
                }
            };
            let dates = [end(), end()];
            format!("[{}]", between(dates, "..", ""))
        }
        11 => {
            let date = date(random);
            match random.below(4) {
                0 => format!("../{date}"),
                1 => format!("{date}/.."),
                2 => format!("[..{date}]"),
                _ => format!("[{date}..]"),
            }
        }
        12..=13 => {
            let zone = random.pick(&["Z", "", "+09:00", "-05:30"]);
            let fraction = random.pick(&["", "", ".5", ".000001"]);
            let (day, hour, minute) = (random.between(1, 28), random.below(24), random.below(60));
            format!("2025-0{}-{day:02}T{hour:02}:{minute:02}:00{fraction}{zone}", random.between(1, 3))
        }
        14 => (*random.pick(&["2024-33", "2025-34", "2024-21", "2024-24", "202X", "20XX", "2024-XX"]))
            .to_owned(),
        _ => {
            (*random.pick(&["0001", "9999", "9999-12-31", "1969", "2025-01-XX", "0001~", "9998~"])).to_owned()
        }
    }
}

fn date(random: &mut Random) -> String {
    let year = *random.pick(&[2023, 2024, 2024, 2025, 2025, 2025]);
    let month = random.between(1, if year == 2025 { 3 } else { 12 });
    match random.below(6) {
        0 => format!("{year}"),
        1..=2 => format!("{year}-{month:02}"),
        _ => format!("{year}-{month:02}-{:02}", random.between(1, 28)),
    }
}

/// Two dates, the earlier one first.
fn between(mut dates: [String; 2], sign: &str, after: &str) -> String {
    dates.sort();
    let [first, last] = dates;
    format!("{first}{sign}{last}{after}")
}
