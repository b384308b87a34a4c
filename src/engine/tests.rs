//! What is recorded is there, whole; what is refused leaves nothing.

use super::*;
use crate::model::vocabulary::{Clarity, EntityKind, SourceKind, SpeechAct};
use crate::model::{
    ClaimDraft, ContentDraft, EntityDraft, FigureDraft, RelationDraft, SourceDraft, StepDraft,
};
use crate::pack::Pack;
use crate::store::{Counts, Digest, ItemKind};
use std::thread;

pub(super) fn seeds() -> Batch {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    let Pack { entities, sources, documents, claims } =
        Pack::read_dir(&directory).expect("the seeds are sound");
    Batch {
        entities: entities.into_iter().map(|located| located.item).collect(),
        sources: sources.into_iter().map(|located| located.item).collect(),
        documents: documents.into_iter().map(|located| located.item).collect(),
        claims: claims.into_iter().map(|located| located.item).collect(),
        ..Batch::default()
    }
}

pub(super) fn seeded() -> Engine {
    let engine = Engine::in_memory().expect("memory is there");
    engine.record(seeds()).expect("the seeds are sound");
    engine
}

fn entity(id: &str, parents: &[&str]) -> EntityDraft {
    EntityDraft {
        id: id.into(),
        kind: Some(EntityKind::Topic),
        name: format!("The {id}"),
        parents: parents.iter().map(ToString::to_string).collect(),
        ..EntityDraft::default()
    }
}

pub(super) fn claim(id: &str, notation: &str) -> ClaimDraft {
    let figure = FigureDraft {
        notation: Some(notation.into()),
        unit: Some("person".into()),
        ..FigureDraft::default()
    };
    ClaimDraft {
        id: id.into(),
        text: "So many workers are there.".into(),
        actors: vec!["NK".into()],
        kind: Some("labourers".into()),
        content: Some(ContentDraft::Figure(figure)),
        attribution: vec![StepDraft { sources: vec!["NIS".into()], ..StepDraft::default() }],
        ..ClaimDraft::default()
    }
}

pub(super) fn claims(claims: impl IntoIterator<Item = ClaimDraft>) -> Batch {
    Batch { claims: claims.into_iter().collect(), ..Batch::default() }
}

fn versions(engine: &Engine, id: &str) -> Vec<StoredClaim> {
    let snapshot = engine.snapshot(Consistency::Latest).expect("the latest is here");
    snapshot.claim_versions(id).expect("readable")
}

fn refusal(engine: &Engine, batch: Batch) -> Vec<String> {
    match engine.record(batch) {
        Err(RecordError::Invalid(violations)) => violations.iter().map(ToString::to_string).collect(),
        other => panic!("not refused as invalid: {other:?}"),
    }
}

#[test]
fn the_seeds_are_recorded_once() {
    let engine = seeded();
    let head = engine.head();
    let counts = Counts { claims: 25, entities: 33, sources: 14, documents: 3 };
    assert_eq!(
        (head.revision, head.counts.claims, head.counts.documents),
        (1, counts.claims, counts.documents)
    );
    let again = engine.record(seeds()).expect("the seeds are sound");
    assert_eq!(again.commit.revision, 1);
    assert_eq!(again.outcomes.iter().filter(|item| item.outcome != Outcome::Unchanged).count(), 0);
    assert_eq!(engine.head().digest, head.digest);
}

#[test]
fn names_become_ids_and_absent_ids_are_made_from_the_content() {
    let engine = seeded();
    let receipt = engine.record(claims([claim("", "~10"), claim("", "~11")])).expect("sound");
    let ids: Vec<&str> = receipt.outcomes.iter().map(|item| &*item.id).collect();
    assert!(ids.iter().all(|id| id.len() == 22 && id.starts_with("c-")), "{ids:?}");
    let stored = &versions(&engine, ids[0])[0];
    let claim = crate::wire::item::decode_claim(&stored.bytes).expect("an item");
    assert_eq!((claim.actors[0].as_str(), claim.origin().sources[0].as_str()), ("north-korea", "nis"));
    assert_eq!(claim.kind.as_ref().map(ToString::to_string), Some("workers".to_owned()));
    assert_eq!(claim.origin().act, Some(SpeechAct::Said));
    let again = engine.record(claims([self::claim("", "~10")])).expect("sound");
    assert_eq!((again.outcomes[0].outcome, &*again.outcomes[0].id), (Outcome::Unchanged, ids[0]));
}

#[test]
fn versions_follow_each_other() {
    let engine = seeded();
    let mut outcomes = Vec::new();
    for notation in ["10", "10", "11", "10"] {
        let receipt = engine.record(claims([claim("c", notation)])).expect("sound");
        outcomes.push((receipt.outcomes[0].outcome, receipt.outcomes[0].version, receipt.commit.revision));
    }
    assert_eq!(
        outcomes,
        [
            (Outcome::Created, 1, 2),
            (Outcome::Unchanged, 1, 2),
            (Outcome::NewVersion, 2, 3),
            (Outcome::NewVersion, 3, 4),
        ]
    );
    let versions = versions(&engine, "c");
    assert_eq!(versions.iter().map(|claim| claim.version).collect::<Vec<_>>(), [3, 2, 1]);
}

#[test]
fn items_of_a_batch_may_refer_to_each_other_in_any_order() {
    let engine = Engine::in_memory().expect("memory is there");
    let source = |id: &str, part_of: Option<&str>, name: &str| SourceDraft {
        id: id.into(),
        kind: Some(SourceKind::Government),
        name: name.into(),
        part_of: part_of.map(Into::into),
        ..SourceDraft::default()
    };
    let first = ClaimDraft {
        actors: vec!["The state".into()],
        kind: Some("The work".into()),
        attribution: vec![StepDraft { sources: vec!["The office".into()], ..StepDraft::default() }],
        relations: vec![RelationDraft {
            kind: Some(crate::model::vocabulary::RelationKind::Supports),
            claim: "b".into(),
        }],
        ..claim("a", "1")
    };
    let second = ClaimDraft { id: "b".into(), relations: Vec::new(), ..first.clone() };
    let batch = Batch {
        entities: vec![entity("work", &["The labour"]), entity("labour", &[]), entity("state", &[])],
        sources: vec![
            source("office", Some("The ministry"), "The office"),
            source("ministry", None, "The ministry"),
        ],
        claims: vec![first, second],
        ..Batch::default()
    };
    assert_eq!(engine.record(batch).expect("sound").outcomes.len(), 7);
    let registry = engine.registry();
    let labour = registry.resolve_entity("labour", crate::model::Role::Any).expect("it is there");
    assert_eq!(registry.entity_and_descendants(&labour).len(), 2);
}

#[test]
fn of_many_missing_names_the_first_are_told() {
    let strange = |n: usize| {
        let actors = (0..4).map(|actor| format!("nobody-{n}-{actor}")).collect();
        ClaimDraft { actors, ..claim(&format!("c{n}"), "5") }
    };
    let refused = refusal(&seeded(), claims((0..100).map(strange)));
    assert_eq!(refused.len(), 32);
    assert!(
        refused[31].starts_with("claims[7].actors[3]: there is no entity `nobody-7-3`"),
        "{}",
        refused[31]
    );
}

#[test]
fn refusals_say_where_and_why_and_leave_nothing() {
    let engine = seeded();
    let before = engine.head();
    let with = |change: &dyn Fn(&mut ClaimDraft)| {
        let mut draft = claim("c", "10");
        change(&mut draft);
        claims([draft])
    };
    let ends = FigureDraft { low: Some(5.0), high: Some(4.0), ..FigureDraft::default() };
    let cases: [(Batch, &[&str]); 12] = [
        (
            with(&|draft| draft.actors = vec!["Nowhere".into(), "NK".into()]),
            &["claims[0].actors[0]: there is no entity `Nowhere`"],
        ),
        (
            with(&|draft| draft.kind = Some("Russia".into())),
            &["claims[0].kind: `russia` is of kind country; here belongs one of kind topic"],
        ),
        (
            with(&|draft| draft.content = Some(ContentDraft::Figure(ends.clone()))),
            &["claims[0].figure: low 5 is above high 4"],
        ),
        (
            with(&|draft| draft.when = Some("2025-13-01".into())),
            &["claims[0].when: month 13: months go from 01 to 12"],
        ),
        (
            with(&|draft| draft.attribution.clear()),
            &[
                "claims[0].attribution: must hold at least one step: who said it, origin first, publisher last",
            ],
        ),
        (
            with(&|draft| draft.attribution[0].clarity = Some(Clarity::Unattributed)),
            &["claims[0].attribution[0].sources: names sources, but its clarity is UNATTRIBUTED"],
        ),
        (
            with(&|draft| draft.text = "a".repeat(2_001)),
            &["claims[0].text: has 2001 characters; at most 2000 are allowed"],
        ),
        (
            claims([claim("c", "10"), claim("c", "11")]),
            &["claims[1].id: the id `c` stands twice in the batch, first at claims[0]"],
        ),
        (
            Batch { entities: vec![entity("a", &["b"]), entity("b", &["a"])], ..Batch::default() },
            &[
                "entities[0].parents: goes round in a cycle: a → b → a",
                "entities[1].parents: goes round in a cycle: b → a → b",
            ],
        ),
        (
            Batch { entities: vec![entity("north-korea", &[])], ..Batch::default() },
            &[
                "entities[0].kind: was of kind country and cannot become topic: claims refer to it as what it was",
            ],
        ),
        (
            with(&|draft| {
                draft.relations = vec![RelationDraft {
                    kind: Some(crate::model::vocabulary::RelationKind::Supports),
                    claim: "x".into(),
                }];
            }),
            &["claims[0].relations[0].claim: neither the ledger nor the batch has a claim `x`"],
        ),
        (
            claims([
                claim("sound", "10"),
                ClaimDraft { actors: vec!["Nobody".into()], content: None, ..claim("c", "1") },
            ]),
            &[
                "claims[1].actors[0]: there is no entity `Nobody`",
                "claims[1].content: must be one of figure, event, norm and statement; none is set",
            ],
        ),
    ];
    for (batch, expected) in cases {
        assert_eq!(refusal(&engine, batch), expected);
    }
    assert_eq!(engine.head(), before);
    assert_eq!(versions(&engine, "sound"), []);
}

#[test]
fn a_retry_answers_as_the_first_time() {
    let engine = seeded();
    let batch = |notation: &str, hash: u8| Batch {
        caller: "desk".into(),
        request_id: Some("r-1".into()),
        content_hash: [hash; 32],
        ..claims([claim("c", notation)])
    };
    let first = engine.record(batch("10", 1)).expect("sound");
    assert_eq!(first.outcomes[0].outcome, Outcome::Created);
    engine.record(claims([claim("c", "11")])).expect("sound");
    assert_eq!(engine.record(batch("10", 1)).expect("a retry"), first);
    assert_eq!(engine.head().revision, 3);
    match engine.record(batch("12", 2)) {
        Err(RecordError::RequestIdReused(id)) => assert_eq!(id, "r-1"),
        other => panic!("not refused: {other:?}"),
    }
    let elsewhere = Batch { caller: "other".into(), ..batch("12", 2) };
    assert_eq!(engine.record(elsewhere).expect("another caller's id").commit.revision, 4);
}

#[test]
fn a_retry_that_changed_nothing_changes_nothing_later() {
    let engine = seeded();
    let batch =
        || Batch { request_id: Some("r-1".into()), content_hash: [1; 32], ..claims([claim("c", "10")]) };
    engine.record(claims([claim("c", "10")])).expect("sound");
    let first = engine.record(batch()).expect("sound");
    assert_eq!((first.outcomes[0].outcome, first.commit.revision), (Outcome::Unchanged, 2));
    engine.record(claims([claim("c", "11")])).expect("sound");
    assert_eq!(engine.record(batch()).expect("a retry"), first);
    assert_eq!(engine.head().revision, 3);
}

#[test]
fn a_retry_is_answered_whatever_its_names_mean_by_then() {
    let engine = seeded();
    let batch =
        || Batch { request_id: Some("r-1".into()), content_hash: [1; 32], ..claims([claim("c", "10")]) };
    let first = engine.record(batch()).expect("sound");
    // The claim names its kind by an alias that goes away.
    let workers =
        EntityDraft { name: "Workers".into(), parents: vec!["personnel".into()], ..entity("workers", &[]) };
    engine.record(Batch { entities: vec![workers], ..Batch::default() }).expect("sound");
    assert_eq!(
        refusal(&engine, claims([claim("d", "10")])),
        ["claims[0].kind: there is no topic entity `labourers`; did you mean `labour`?"]
    );
    assert_eq!(engine.record(batch()).expect("a retry"), first);
}

#[test]
fn preconditions_hold_or_nothing_is_recorded() {
    let engine = seeded();
    let on = |kind, id: &str, condition| Precondition { kind, id: id.into(), condition };
    let batch = |precondition| Batch { preconditions: vec![precondition], ..claims([claim("c", "10")]) };
    let refused = |precondition| match engine.record(batch(precondition)) {
        Err(error @ RecordError::Precondition(_)) => error.to_string(),
        other => panic!("not refused: {other:?}"),
    };
    assert_eq!(refused(on(ItemKind::Source, "nis", Condition::MustNotExist)), "`nis` exists already");
    assert_eq!(
        refused(on(ItemKind::Claim, "workers-sent", Condition::VersionIs(2))),
        "`workers-sent` has version 1, not 2"
    );
    assert_eq!(
        refused(on(ItemKind::Claim, "c", Condition::VersionIs(1))),
        "`c` does not exist, so it has no version 1"
    );
    assert_eq!(engine.head().revision, 1);
    let sound = batch(on(ItemKind::Claim, "c", Condition::MustNotExist));
    assert_eq!(engine.record(sound).expect("sound").commit.revision, 2);
}

#[test]
fn writers_that_arrive_together_get_a_revision_each() {
    let engine = seeded();
    let mut revisions: Vec<u64> = thread::scope(|scope| {
        let write = |number: usize| {
            let engine = &engine;
            scope.spawn(move || engine.record(claims([claim(&format!("c-{number}"), "10")])).expect("sound"))
        };
        let writers: Vec<_> = (0..32).map(write).collect();
        writers.into_iter().map(|writer| writer.join().expect("it did not panic").commit.revision).collect()
    });
    revisions.sort_unstable();
    assert_eq!(revisions, (2..=33).collect::<Vec<u64>>());
    assert_eq!(engine.head().counts.claims, 25 + 32);
}

#[tokio::test]
async fn whoever_waits_for_a_revision_is_not_misled_by_a_writer_that_tells_late() {
    let engine = Engine::in_memory().expect("memory is there");
    engine.announce(6);
    engine.announce(5);
    let mut waiting = Box::pin(engine.wait_for(6));
    let is_here = tokio::select! {
        biased;
        () = &mut waiting => true,
        () = std::future::ready(()) => false,
    };
    assert!(is_here);
}

#[test]
fn a_ledger_opened_again_is_the_same() {
    let directory = tempfile::tempdir().expect("a directory");
    let (head, names) = {
        let engine = Engine::open(directory.path()).expect("a new ledger");
        assert_eq!(engine.head().digest, Digest::EMPTY);
        engine.record(seeds()).expect("sound");
        engine.record(claims([claim("c", "10")])).expect("sound");
        (
            engine.head(),
            engine.registry().entities().map(|entity| entity.as_ref().clone()).collect::<Vec<_>>(),
        )
    };
    let engine = Engine::open(directory.path()).expect("the same ledger");
    assert_eq!(engine.head(), head);
    assert_eq!(engine.registry().entities().map(|entity| entity.as_ref().clone()).collect::<Vec<_>>(), names);
    assert_eq!(versions(&engine, "c").len(), 1);
    assert_eq!(engine.registry_at(0).entities().count(), 0);
}

#[test]
fn what_a_commit_brought_makes_its_digest() {
    let engine = seeded();
    engine.record(claims([claim("a", "5"), claim("b", "6")])).unwrap();
    engine.record(claims([claim("a", "7")])).unwrap();
    let retractions = Retractions { ids: vec!["b".into()], reason: "not so".into() };
    engine.record(Batch { retractions: Some(retractions), ..Batch::default() }).unwrap();
    let view = engine.store.view();
    let mut digest = Digest::EMPTY;
    let mut brought = Vec::new();
    for revision in 1..=view.head().revision {
        let items: Vec<_> = view.changes(revision).unwrap().map(Result::unwrap).collect();
        let commit = view.commit(revision).unwrap().unwrap();
        let parts = items.iter().map(|(kind, item)| (*kind, &*item.bytes));
        digest = digest.chain(revision, commit.recorded, parts);
        assert_eq!(digest, commit.digest);
        assert!(items.iter().all(|(_, item)| (item.revision, item.recorded) == (revision, commit.recorded)));
        brought.push(items);
    }
    let told: Vec<Vec<_>> = brought[1..]
        .iter()
        .map(|items| items.iter().map(|(kind, item)| (*kind, &*item.id, item.version)).collect())
        .collect();
    let expected = [
        vec![(ItemKind::Claim, "a", 1), (ItemKind::Claim, "b", 1)],
        vec![(ItemKind::Claim, "a", 2)],
        vec![(ItemKind::Retraction, "b", 1)],
    ];
    assert_eq!(told, expected);
    assert_eq!(view.changes(0).unwrap().count() + view.changes(5).unwrap().count(), 0);
}
