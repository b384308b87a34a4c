use super::*;
use crate::model::vocabulary::{
    Basis, Clarity, Confidence, Credibility, EntityKind, Hedge, InterestStance, LikelihoodBand,
    LikelihoodScale, Modality, Mode, RelationKind, Relay, RelayStance, Reliability, SourceKind, SpeechAct,
    State,
};
use crate::model::{
    Claim, ContentDraft, Document, Entity, EvidenceDraft, FigureDraft, InterestDraft, LikelihoodDraft,
    NormDraft, RelationDraft, Source, StepDraft,
};
use std::collections::BTreeMap;

fn read(text: &str) -> Pack {
    Pack::read_text(FilePath::new("p.yaml"), text).unwrap()
}

fn refused(text: &str) -> String {
    Pack::read_text(FilePath::new("p.yaml"), text).unwrap_err().to_string()
}

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|&text| text.to_owned()).collect()
}

fn seeds() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("seeds")
}

#[test]
fn every_field_of_the_registry_and_of_documents_is_read() {
    let pack = read(
        "entities:
  - { id: e, kind: COUNTRY, name: E, aliases: [NO, 1984], parents: [p], external_ids: { iso: NO }, labels: { k: v } }
sources:
  - id: s
    kind: military
    name: S
    aliases: [t]
    part_of: r
    country: e
    entity: e
    reliability: b
    interests: [{ entity: e, stance: ally }]
    url: https://s.example
    labels: { k: 010 }
documents:
  - id: d
    title: D
    publisher: s
    published: 2024
    url: https://d.example
    language: en
    sha256: '00'
    retrieved: 2025-01-01
    labels: { k: v }
",
    );
    let labels = |key: &str, value: &str| BTreeMap::from([(key.to_owned(), value.to_owned())]);
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        pack.entities,
        [Located {
            item: EntityDraft {
                id: "e".into(),
                kind: Some(EntityKind::Country),
                name: "E".into(),
                aliases: texts(&["NO", "1984"]),
                parents: texts(&["p"]),
                external_ids: labels("iso", "NO"),
                labels: labels("k", "v"),
            },
            file: FilePath::new("p.yaml").into(),
            line: 2,
            path: "entities[0] (e)".into(),
        }]
    );
    assert_eq!(
        pack.sources[0].item,
        SourceDraft {
            id: "s".into(),
            kind: Some(SourceKind::Military),
            name: "S".into(),
            aliases: texts(&["t"]),
            part_of: some("r"),
            country: some("e"),
            entity: some("e"),
            reliability: Some(Reliability::B),
            interests: vec![InterestDraft { entity: "e".into(), stance: Some(InterestStance::Ally) }],
            url: some("https://s.example"),
            labels: labels("k", "010"),
        }
    );
    assert_eq!(
        pack.documents[0].item,
        DocumentDraft {
            id: "d".into(),
            title: "D".into(),
            publisher: some("s"),
            published: some("2024"),
            url: some("https://d.example"),
            language: some("en"),
            sha256: some("00"),
            retrieved: some("2025-01-01"),
            labels: labels("k", "v"),
        }
    );
}

#[test]
fn every_field_of_a_claim_is_read() {
    let pack = read(
        "claims:
  - text: T
    norm:
      instrument: i
      provision: '4'
      modality: permission
      bearers: [b]
      in_force: 2020
      deadline: ../2021
      breached_by: { actions: [a], states: [absent] }
      unless: u
    actors: [a1, a2]
    agents: [g]
    targets: [t]
    kind: k
    action: a
    state: present
    manner: [m]
    places: [p]
    incident: n
    when: '[2020..2021]'
    mode: plan
    attribution:
      - { sources: [s], on_behalf_of: [o], act: said, said: 2020~, clarity: own_voice, occasion: c }
      - { sources: [r], relay: summary, stance: doubted }
    evidence: { document: d, paragraph: 2, exact: x, prefix: y, suffix: z, start: 3, end: 4, fragment: row=5 }
    likelihood: { band: likely, scale: phia, words: w }
    confidence: high
    credibility: 2
    relations: [{ kind: supports, claim: q }]
    labels: { k: v }
",
    );
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(pack.claims[0].path, "claims[0]");
    assert_eq!(
        pack.claims[0].item,
        ClaimDraft {
            id: String::new(),
            text: "T".into(),
            content: Some(ContentDraft::Norm(NormDraft {
                instrument: some("i"),
                provision: some("4"),
                modality: Some(Modality::Permission),
                bearers: texts(&["b"]),
                in_force: some("2020"),
                deadline: some("../2021"),
                breached_by_actions: texts(&["a"]),
                breached_by_states: vec![State::Absent],
                unless: some("u"),
            })),
            actors: texts(&["a1", "a2"]),
            agents: texts(&["g"]),
            targets: texts(&["t"]),
            kind: some("k"),
            action: some("a"),
            state: Some(State::Present),
            manner: texts(&["m"]),
            places: texts(&["p"]),
            incident: some("n"),
            when: some("[2020..2021]"),
            mode: Some(Mode::Plan),
            attribution: vec![
                StepDraft {
                    sources: texts(&["s"]),
                    on_behalf_of: texts(&["o"]),
                    act: Some(SpeechAct::Said),
                    said: some("2020~"),
                    clarity: Some(Clarity::OwnVoice),
                    occasion: some("c"),
                    ..StepDraft::default()
                },
                StepDraft {
                    sources: texts(&["r"]),
                    relay: Some(Relay::Summary),
                    stance: Some(RelayStance::Doubted),
                    ..StepDraft::default()
                },
            ],
            evidence: Some(EvidenceDraft {
                document: "d".into(),
                paragraph: Some(2),
                exact: some("x"),
                prefix: some("y"),
                suffix: some("z"),
                start: Some(3),
                end: Some(4),
                fragment: some("row=5"),
            }),
            likelihood: Some(LikelihoodDraft {
                band: Some(LikelihoodBand::Likely),
                scale: Some(LikelihoodScale::Phia),
                words: some("w"),
            }),
            confidence: Some(Confidence::High),
            credibility: Some(Credibility::ProbablyTrue),
            relations: vec![RelationDraft { kind: Some(RelationKind::Supports), claim: "q".into() }],
            labels: BTreeMap::from([("k".to_owned(), "v".to_owned())]),
        }
    );
}

#[test]
fn a_figure_is_read_short_and_in_full() {
    let figure =
        |yaml: &str| match read(&format!("claims: [{{ text: T, figure: {yaml} }}]")).claims[0].item.content {
            Some(ContentDraft::Figure(ref figure)) => figure.clone(),
            ref other => panic!("{other:?}"),
        };
    let short = |notation: &str, unit: &str, per: &[&str]| FigureDraft {
        notation: Some(notation.into()),
        unit: Some(unit.into()),
        per: texts(per),
        ..FigureDraft::default()
    };
    assert_eq!(figure("~4000 person"), short("~4000", "person", &[]));
    assert_eq!(figure("'>=thousands person'"), short(">=thousands", "person", &[]));
    assert_eq!(figure("tens of thousands  person"), short("tens of thousands", "person", &[]));
    assert_eq!(figure("~800 USD per mo per person"), short("~800", "USD", &["mo", "person"]));
    assert_eq!(
        figure(
            "{ notation: 61..64, low: 60.5, high: 65, low_exclusive: true, high_exclusive: false, best: 63,
               hedge: between, unit: '%', per: [a], basis: ratio, of: o, surface: s }"
        ),
        FigureDraft {
            notation: Some("61..64".into()),
            low: Some(60.5),
            high: Some(65.0),
            low_exclusive: true,
            high_exclusive: false,
            best: Some(63.0),
            hedge: Some(Hedge::Between),
            unit: Some("%".into()),
            per: texts(&["a"]),
            basis: Some(Basis::Ratio),
            of: Some("o".into()),
            surface: Some("s".into()),
        }
    );
}

#[test]
fn all_faults_are_reported_together_with_their_places() {
    assert_eq!(
        refused(
            "entities:
  - { id: a, kind: contry, nam: A }
  - { id: b, kind: place, name: B, aliases: b2, id: c }
claims:
  - id: c
    actors: [[x]]
    figure: ~4000
    norm: {}
    when: [2024..2025]
    attribution:
      - { act: confirmd }
      - step
    evidence: { paragraph: two, document: d }
    labels: { k: v, k: w, l: }
clams: []
"
        ),
        "\
p.yaml:2:5: entities[0]: `name` is missing
p.yaml:2:20: entities[0].kind: unknown word `contry`; did you mean `country`? Words here: country, place, \
person, organization, group, asset, instrument, incident, topic, action
p.yaml:2:28: entities[0]: unknown field `nam`; did you mean `name`? Fields here: id, kind, name, aliases, \
parents, external_ids, labels
p.yaml:3:45: entities[1].aliases: expected a list, found one value; write `[a]`, or each value on a line that \
begins with `- `
p.yaml:3:49: entities[1]: `id` stands twice
p.yaml:5:5: claims[0]: `text` is missing
p.yaml:5:5: claims[0]: a claim has exactly one of `figure`, `norm`, `type: event` and `type: statement`; this \
one has figure and norm
p.yaml:6:14: claims[0].actors[0]: expected one value, found a list; text that begins with `[` needs quotes
p.yaml:7:13: claims[0].figure: `~4000` names no unit; write the unit behind the number, as `~4000 person` or \
`~800 USD per mo`
p.yaml:9:11: claims[0].when: expected one value, found a list; text that begins with `[` needs quotes
p.yaml:11:16: claims[0].attribution[0].act: unknown word `confirmd`; did you mean `confirmed`? Words here: \
said, estimated, assessed, believes, opined, confirmed, denied, accused, predicted, promised, demanded, decided, \
declined_to_comment, omitted, corrected
p.yaml:12:9: claims[0].attribution[1]: expected named fields, found one value
p.yaml:13:28: claims[0].evidence.paragraph: `two` is not a whole number
p.yaml:14:21: claims[0].labels[\"k\"]: `k` stands twice
p.yaml:14:28: claims[0].labels[\"l\"]: expected one value, found nothing
p.yaml:15:1: unknown field `clams`; did you mean `claims`? Fields here: entities, sources, documents, claims"
    );
}

#[test]
fn what_is_not_a_pack_is_refused_where_it_stands() {
    assert_eq!(read(""), Pack::default());
    assert_eq!(read("# nothing yet\n"), Pack::default());
    assert_eq!(refused("- a"), "p.yaml:1:1: expected named fields, found a list");
    assert_eq!(
        refused("claims: []\n---\nclaims: []\n"),
        "p.yaml:3:1: a second YAML document begins; a pack is one document"
    );
    assert_eq!(
        refused("claims: &c []\nsources: *c\n"),
        "p.yaml:2:10: `*` refers to another value; packs do not have that: write the value out, or quote it if \
         it is text"
    );
    assert_eq!(
        refused("claims: !!seq []\n"),
        "p.yaml:1:15: `!` begins a tag; packs do not have tags: quote the value if it is text"
    );
    assert_eq!(refused("claims:\n  ? [a]\n  : b\n"), "p.yaml:2:5: a field's name is expected here");
    assert_eq!(refused("claims: [\n"), "p.yaml:1:9: not YAML: unclosed bracket '['");
    assert_eq!(
        refused(&format!("claims: {}", "[".repeat(100_000))),
        "p.yaml:1:25: not YAML: recursion limit exceeded"
    );
}

#[test]
fn text_that_wants_quotes_is_told_of() {
    let told = |value: &str| {
        let error = refused(&format!("claims:\n  - id: a\n    text: T\n    figure: {value}\n    kind: k\n"));
        error.strip_prefix("p.yaml:4:").map(str::to_owned).unwrap_or(error)
    };
    assert_eq!(told(">5000 person"), "13: text that begins with `>` needs quotes: '>5000 person'");
    assert_eq!(
        told(">=2000 person # at least"),
        "13: text that begins with `>` needs quotes: '>=2000 person'"
    );
    assert_eq!(told("@the border's"), "13: text that begins with `@` needs quotes: '@the border''s'");
    assert_eq!(told("{ notation: >5, unit: person }"), "25: text that begins with `>` needs quotes: '>5'");
    assert_eq!(told("5 person: all"), "21: text with `: ` in it needs quotes");
    assert_eq!(
        told(">5"),
        "5: `>` and `|` begin text that stands on the lines below, and there is none; text that begins with them needs \
         quotes"
    );
}

#[test]
fn times_in_words_are_put_right() {
    assert_eq!(
        refused("documents:\n  - { id: d, title: D, published: August 2025, retrieved: 3.2.2025 }"),
        "p.yaml:2:35: documents[0].published: `August 2025` is no time; did you mean `2025-08`?
p.yaml:2:59: documents[0].retrieved: `3.2.2025` is no time; did you mean `2025-02-03` or `2025-03-02`?"
    );
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("none.yaml");
    assert_eq!(
        Pack::read_files(std::slice::from_ref(&missing)).unwrap_err().to_string(),
        format!("cannot read {}: No such file or directory (os error 2)", missing.display())
    );
    assert_eq!(
        Pack::read_dir(directory.path()).unwrap_err().to_string(),
        format!("no .yaml file stands in {}", directory.path().display())
    );
}

#[test]
fn the_files_of_a_directory_are_one_pack_in_the_order_of_their_names() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();
    write("b.yaml", "claims: [{ id: second, text: T, type: event }]");
    write("a.yml", "claims: [{ id: first, text: T, type: event }]");
    write("c.txt", "no pack");
    let pack = Pack::read_dir(directory.path()).unwrap();
    let places: Vec<_> = pack.claims.iter().map(|claim| (claim.item.id.as_str(), &*claim.file)).collect();
    let (a, b) = (directory.path().join("a.yml"), directory.path().join("b.yaml"));
    assert_eq!(places, [("first", a.as_path()), ("second", b.as_path())]);
}

#[test]
fn the_seeds_hold_three_documents_and_25_claims() {
    let pack = Pack::read_dir(&seeds()).unwrap();
    let ids: Vec<_> = pack.claims.iter().map(|claim| claim.item.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "student-visas",
            "workers-sent",
            "workers-present",
            "worker-stipend",
            "worker-stipend-gbp",
            "visa-accusation",
            "employment-ban",
            "permit-ban",
            "return-deadline",
            "fill-gaps",
            "labour-shortage",
            "fewer-than-before",
            "none-allowed",
            "troops-sent",
            "kursk-seized",
            "pulled-back",
            "heavy-losses",
            "back-on-front",
            "unseen",
            "unseen-duration",
            "withdrawn-mid-january",
            "brought-back",
            "new-assaults",
            "unscr-2375-op17",
            "unscr-2397-op8",
        ]
    );
    let documents: Vec<_> = pack.documents.iter().map(|document| document.item.id.as_str()).collect();
    assert_eq!(documents, ["outlet-2025-02-10", "unscr-2375", "unscr-2397"]);
    for claim in &pack.claims[..23] {
        let last = claim.item.attribution.last().map(|step| step.sources.as_slice());
        assert_eq!(last, Some(&["outlet".to_owned()][..]), "{}", claim.path);
    }
}

#[test]
fn the_model_accepts_every_item_of_the_seeds() {
    let pack = Pack::read_dir(&seeds()).unwrap();
    let mut violations = Vec::new();
    for Located { item, path, .. } in &pack.entities {
        violations.extend(Entity::parse(item, Path::ROOT).err().map(|found| (path, found)));
    }
    for Located { item, path, .. } in &pack.sources {
        violations.extend(Source::parse(item, Path::ROOT).err().map(|found| (path, found)));
    }
    for Located { item, path, .. } in &pack.documents {
        violations.extend(Document::parse(item, Path::ROOT).err().map(|found| (path, found)));
    }
    for Located { item, path, .. } in &pack.claims {
        violations.extend(Claim::parse(item, Path::ROOT).err().map(|found| (path, found)));
    }
    assert_eq!(violations, []);
}

#[test]
fn the_documentation_shows_what_is_read() {
    let page = include_str!("../../docs/pack.md");
    let examples: Vec<_> =
        page.split("```yaml\n").skip(1).filter_map(|part| part.split("```").next()).collect();
    let claims: usize = examples.iter().map(|example| read(example).claims.len()).sum();
    assert_eq!((examples.len(), claims), (3, 4));

    fn listed<T: ToString>(page: &str, vocabulary: &[T]) {
        let words: Vec<String> = vocabulary.iter().map(|word| format!("`{}`", word.to_string())).collect();
        let row = page.lines().find(|line| line.contains(&words[0]) && line.contains(&words[1])).unwrap();
        let mut from = 0;
        for word in &words {
            from += row[from..].find(word).unwrap_or_else(|| panic!("{word} is not in: {row}"));
        }
    }
    listed(page, EntityKind::ALL);
    listed(page, SourceKind::ALL);
    listed(page, InterestStance::ALL);
    listed(page, State::ALL);
    listed(page, Mode::ALL);
    listed(page, LikelihoodBand::ALL);
    listed(page, LikelihoodScale::ALL);
    listed(page, Confidence::ALL);
    listed(page, RelationKind::ALL);
    listed(page, Hedge::ALL);
    listed(page, Basis::ALL);
    listed(page, Modality::ALL);
    listed(page, SpeechAct::ALL);
    listed(page, Clarity::ALL);
    listed(page, Relay::ALL);
    listed(page, RelayStance::ALL);
}
