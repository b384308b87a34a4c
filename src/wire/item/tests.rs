use super::*;
use crate::model::vocabulary::{
    Basis, Clarity, Confidence, Credibility, EntityKind, Hedge, InterestStance, LikelihoodBand,
    LikelihoodScale, Modality, Mode, RelationKind, Relay, RelayStance, Reliability, SourceKind, SpeechAct,
    State,
};
use crate::model::{
    ClaimDraft, ContentDraft, DocumentDraft, EntityDraft, EvidenceDraft, FigureDraft, InterestDraft, Labels,
    LikelihoodDraft, NormDraft, Problem, RelationDraft, SourceDraft, StepDraft,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use sha2::{Digest, Sha256};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn strings(values: &[&str]) -> Vec<String> {
    values.iter().map(|&value| value.to_owned()).collect()
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn parse(draft: &ClaimDraft) -> Claim {
    Claim::parse(draft, Path::ROOT).unwrap()
}

fn entity() -> Entity {
    let draft = EntityDraft {
        id: "nk".into(),
        kind: Some(EntityKind::Country),
        name: "North Korea".into(),
        aliases: strings(&["DPRK"]),
        parents: strings(&["asia"]),
        external_ids: labels(&[("wikidata", "Q423"), ("iso3166", "KP")]),
        labels: labels(&[("b", "2"), ("a", "1")]),
    };
    Entity::parse(&draft, Path::ROOT).unwrap()
}

fn source() -> Source {
    let draft = SourceDraft {
        id: "nis".into(),
        kind: Some(SourceKind::IntelligenceAgency),
        name: "National Intelligence Service".into(),
        aliases: strings(&["NIS"]),
        part_of: some("seoul"),
        country: some("south-korea"),
        entity: some("nis"),
        reliability: Some(Reliability::B),
        interests: vec![InterestDraft { entity: "nk".into(), stance: Some(InterestStance::Adversary) }],
        url: some("https://nis.example/"),
        labels: labels(&[("a", "1")]),
    };
    Source::parse(&draft, Path::ROOT).unwrap()
}

fn document() -> Document {
    let draft = DocumentDraft {
        id: "article".into(),
        title: "An article".into(),
        published: some("2025-02-10~"),
        publisher: some("outlet"),
        url: some("https://outlet.example/1"),
        language: some("en"),
        sha256: Some("0f".repeat(32)),
        retrieved: some("2025-02-11T09:30:00+09:00"),
        labels: labels(&[("a", "1")]),
    };
    Document::parse(&draft, Path::ROOT).unwrap()
}

/// Nothing but what a claim must have.
fn least(content: ContentDraft) -> ClaimDraft {
    ClaimDraft {
        id: "c".into(),
        text: "x".into(),
        content: Some(content),
        attribution: vec![StepDraft { sources: strings(&["s"]), ..Default::default() }],
        ..Default::default()
    }
}

/// Every field that a claim has.
fn most(content: ContentDraft) -> ClaimDraft {
    ClaimDraft {
        id: "workers-sent".into(),
        text: "Thousands of workers were sent.".into(),
        actors: strings(&["nk"]),
        agents: strings(&["army"]),
        targets: strings(&["ru"]),
        kind: some("workers"),
        action: some("send"),
        state: Some(State::Present),
        manner: strings(&["student-visas"]),
        places: strings(&["building-sites", "ru"]),
        incident: some("exodus"),
        when: some("2024-02/2025-02"),
        mode: Some(Mode::Plan),
        content: Some(content),
        attribution: vec![
            StepDraft {
                sources: strings(&["nis"]),
                on_behalf_of: strings(&["seoul"]),
                act: Some(SpeechAct::Confirmed),
                said: some("2025-02-09"),
                clarity: Some(Clarity::NamedOrganization),
                relay: None,
                stance: None,
                occasion: some("briefing-1"),
            },
            StepDraft {
                sources: strings(&["outlet"]),
                relay: Some(Relay::DirectQuote),
                stance: Some(RelayStance::Unverified),
                ..Default::default()
            },
        ],
        evidence: Some(EvidenceDraft {
            document: "article".into(),
            paragraph: Some(2),
            exact: some("thousands"),
            prefix: some("sent"),
            suffix: some("of workers"),
            start: Some(0),
            end: Some(9),
            fragment: some("page=3"),
        }),
        likelihood: Some(LikelihoodDraft {
            band: Some(LikelihoodBand::Likely),
            scale: Some(LikelihoodScale::Phia),
            words: some("probably"),
        }),
        confidence: Some(Confidence::Moderate),
        credibility: Some(Credibility::ProbablyTrue),
        relations: vec![RelationDraft { kind: Some(RelationKind::DerivedFrom), claim: "other".into() }],
        labels: labels(&[("b", "2"), ("a", "1")]),
    }
}

fn figure() -> ContentDraft {
    ContentDraft::Figure(FigureDraft {
        notation: some(">=thousands"),
        unit: some("USD"),
        per: strings(&["mo", "person"]),
        basis: Some(Basis::Ratio),
        of: some("personnel"),
        surface: some("thousands"),
        ..Default::default()
    })
}

fn norm() -> ContentDraft {
    ContentDraft::Norm(NormDraft {
        instrument: some("unscr-2397"),
        provision: some("operative paragraph 8"),
        modality: Some(Modality::Obligation),
        bearers: strings(&["un-members"]),
        in_force: some("2017-12-22/.."),
        deadline: some("2019-12-22"),
        breached_by_actions: strings(&["employ"]),
        breached_by_states: vec![State::Present],
        unless: some("the committee agrees"),
    })
}

/// A change here changes every digest: it must not happen to what a release has written.
#[test]
fn item_bytes_are_golden() {
    let claim = |draft: ClaimDraft| encode_claim(&parse(&draft));
    let digests = [
        ("entity", encode_entity(&entity())),
        ("source", encode_source(&source())),
        ("document", encode_document(&document())),
        ("least event", claim(least(ContentDraft::Event))),
        ("most figure", claim(most(figure()))),
        ("most event", claim(most(ContentDraft::Event))),
        ("most norm", claim(most(norm()))),
        ("most statement", claim(most(ContentDraft::Statement))),
    ]
    .map(|(name, bytes)| (name, sha256(&bytes)));
    let expected = [
        ("entity", "b62c9f2e9fc6f2939a7d2a2fea0fce7762c38261edf97fde7f6ddb0f839ea5eb"),
        ("source", "fc73db26191ae634a23dceccbc38a1d27a3aa52b1281234d1049445759414a74"),
        ("document", "925cabc2ac96b45d85ee7dff654825b3d5c9362853209823b7cc926f681ee68c"),
        ("least event", "380874420b97fd57504007bc53eda39758528effeb06d33741fb56812f70f7d1"),
        ("most figure", "8388e372598e7f28193988a56cd256c5308c66274240e543269c5dcf236cb1c1"),
        ("most event", "c2d299c25ad3d02410174978994dff865fbe2ee44ea88ffac79505b355c5355f"),
        ("most norm", "6427b7481e12f5731efa67c47e46a6fbee82f33337f1039388ff2ea100106492"),
        ("most statement", "e0972fb0af9bcf159596256b4c0a1a5219b6654eddc22c22bcb55671973114ce"),
    ];
    assert_eq!(digests.each_ref().map(|(name, digest)| (*name, digest.as_str())), expected);
}

#[test]
fn the_bytes_of_small_items_are_golden_to_the_last() {
    assert_eq!(
        hex(&encode_entity(&entity())),
        "0a026e6b10011a0b4e6f727468204b6f72656122044450524b2a0461736961320d0a0769736f3331363612024b5032100a0877696b69646174611204513432333a060a01611201313a060a0162120132"
    );
    assert_eq!(
        hex(&encode_claim(&parse(&least(ContentDraft::Event)))),
        "0a016312017868017a009201050a01731801b00106"
    );
    let figure = ContentDraft::Figure(FigureDraft { notation: some(">2000"), ..Default::default() });
    assert_eq!(
        hex(&encode_claim(&parse(&least(figure)))),
        "0a0163120178680172260a053e32303030110000000000409f402001380550016a0e736179736f2d6865646765732d319201050a01731801b00106"
    );
}

#[test]
fn what_was_encoded_decodes_to_the_same() {
    assert_eq!(decode_entity(&encode_entity(&entity())).unwrap(), entity());
    assert_eq!(decode_source(&encode_source(&source())).unwrap(), source());
    assert_eq!(decode_document(&encode_document(&document())).unwrap(), document());
    for content in [figure(), ContentDraft::Event, norm(), ContentDraft::Statement] {
        for draft in [least(content.clone()), most(content)] {
            let claim = parse(&draft);
            assert_eq!(decode_claim(&encode_claim(&claim)).unwrap(), claim);
        }
    }
}

#[test]
fn a_negative_zero_is_zero() {
    let bytes = |low: f64| {
        let figure = FigureDraft { low: Some(low), high: Some(1.0), best: Some(low), ..Default::default() };
        encode_claim(&parse(&least(ContentDraft::Figure(figure))))
    };
    assert_eq!(bytes(-0.0), bytes(0.0));
}

#[test]
fn bytes_that_hold_no_item_are_refused() {
    assert!(matches!(decode_claim(b"\xff"), Err(ItemError::Encoding(_))));
    let mut message = message::claim(&parse(&least(ContentDraft::Event)));
    message.mode = 9;
    let error = decode_claim(&message.encode_to_vec()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "item bytes hold what the model refuses: mode: 9 is no value of this vocabulary"
    );
    assert!(matches!(error, ItemError::Content(violations)
        if violations == [Violation { path: "mode".into(), problem: Problem::UnknownNumber { number: 9 } }]));
}

fn slug() -> impl Strategy<Value = String> {
    "[a-z0-9][a-z0-9_-]{0,6}(\\.[a-z0-9]{1,3})?"
}

fn slugs() -> impl Strategy<Value = Vec<String>> {
    btree_map(slug(), Just(()), 0..4).prop_map(|map| map.into_keys().collect())
}

fn phrase() -> impl Strategy<Value = String> {
    "[\\PC&&[^ ]]{1,12}"
}

fn time() -> impl Strategy<Value = String> {
    let texts = [
        "2025",
        "2025-01",
        "2025-01-15",
        "0001",
        "9999",
        "2025-01-15T09:00:00+09:00",
        "2025-01-15~",
        "2025-01?",
        "2024-02/2025-02",
        "../2019-12-31",
        "2017-12-22/..",
        "[2025-01-11..2025-01-20]",
        "2025-33",
    ];
    select(texts.to_vec()).prop_map(str::to_owned)
}

fn any_figure() -> impl Strategy<Value = ContentDraft> {
    let notations = [
        "4000",
        "~4000",
        "42+-3.2",
        ">=2000",
        ">2000",
        "<=500",
        "<500",
        "up to 500",
        "nearly 4000",
        "-3..5",
        "dozens",
        ">=thousands",
    ];
    let numbers = prop_oneof![
        select(notations.to_vec())
            .prop_map(|notation| FigureDraft { notation: some(notation), ..Default::default() }),
        (-1e9..1e9f64, 0.0..1e9f64, any::<(bool, bool)>(), any::<bool>()).prop_map(
            |(low, width, open, bounded)| {
                FigureDraft {
                    low: Some(low),
                    high: bounded.then_some(low + width + 1.0),
                    low_exclusive: open.0,
                    high_exclusive: open.1,
                    ..Default::default()
                }
            }
        ),
        (select(vec!["thousands", "~4000", ">=2000"]), 2000.0..4000.0f64).prop_map(|(notation, low)| {
            FigureDraft { notation: some(notation), low: Some(low), ..Default::default() }
        }),
    ];
    let units = option::of(select(vec!["person", "USD", "wk"]));
    (numbers, units, option::of(select(Basis::ALL.to_vec())), option::of(slug()), option::of(phrase()))
        .prop_map(|(numbers, unit, basis, of, surface)| {
            ContentDraft::Figure(FigureDraft { unit: unit.map(str::to_owned), basis, of, surface, ..numbers })
        })
}

fn any_norm() -> impl Strategy<Value = ContentDraft> {
    let who = (option::of(slug()), option::of(phrase()), slugs(), option::of(phrase()));
    let broken = (slugs(), option::of(select(State::ALL.to_vec())));
    (who, select(Modality::ALL.to_vec()), option::of(time()), option::of(time()), broken).prop_map(
        |((instrument, provision, bearers, unless), modality, in_force, deadline, (actions, state))| {
            ContentDraft::Norm(NormDraft {
                instrument,
                provision,
                modality: Some(modality),
                bearers,
                in_force,
                deadline,
                breached_by_actions: actions,
                breached_by_states: state.into_iter().collect(),
                unless,
            })
        },
    )
}

fn any_claim() -> impl Strategy<Value = ClaimDraft> {
    let content =
        prop_oneof![any_figure(), Just(ContentDraft::Event), any_norm(), Just(ContentDraft::Statement)];
    let who = (slugs(), slugs(), slugs(), slugs(), slugs());
    let what = (option::of(slug()), option::of(slug()), option::of(slug()), option::of(time()));
    let grades = (
        option::of(select(State::ALL.to_vec())),
        option::of(select(Mode::ALL.to_vec())),
        option::of(select(Confidence::ALL.to_vec())),
        option::of(select(Credibility::ALL.to_vec())),
    );
    let relays = vec((slug(), option::of(select(Relay::ALL.to_vec())), option::of(time())), 0..3);
    let labels = btree_map(slug(), phrase(), 0..3);
    (phrase(), content, who, what, grades, relays, labels).prop_map(
        |(text, content, (actors, agents, targets, manner, places), what, grades, relays, labels)| {
            let (kind, action, incident, when) = what;
            let (state, mode, confidence, credibility) = grades;
            let base = least(content);
            let later = relays.into_iter().map(|(source, relay, said)| StepDraft {
                sources: vec![source],
                relay,
                said,
                ..Default::default()
            });
            ClaimDraft {
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
                attribution: base.attribution.iter().cloned().chain(later).collect(),
                confidence,
                credibility,
                labels,
                ..base
            }
        },
    )
}

proptest! {
    #[test]
    fn any_claim_survives_its_bytes(draft in any_claim()) {
        let claim = Claim::parse(&draft, Path::ROOT).map_err(|violations| {
            TestCaseError::fail(format!("{violations:?}"))
        })?;
        let bytes = encode_claim(&claim);
        let decoded = decode_claim(&bytes).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(&decoded, &claim);
        prop_assert_eq!(encode_claim(&decoded), bytes);
    }
}

#[test]
fn hedges_stand_in_the_bytes_with_their_table() {
    let figure = ContentDraft::Figure(FigureDraft { notation: some("~4000"), ..Default::default() });
    let message = message::claim(&parse(&least(figure)));
    let Some(pb::claim::Content::Figure(figure)) = message.content else { panic!("{message:?}") };
    assert_eq!(
        figure,
        pb::Figure {
            notation: "~4000".into(),
            low: Some(3500.0),
            high: Some(4500.0),
            best: Some(4000.0),
            hedge: Hedge::About.code(),
            basis: Basis::Stock.code(),
            hedge_profile: "sayso-hedges-1".into(),
            ..Default::default()
        }
    );
}
