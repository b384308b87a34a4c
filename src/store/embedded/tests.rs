//! What a store promises, whatever its index is like.

use super::{Embedded, View};
use crate::plan::{Field, Filter, Leaf, OrderBy, OrderKey, Row, Selection, Shown, terms};
use crate::store::{Budget, Counts, Digest, ItemKind, NewItem, Position, Request, WriteError, Writing as _};
use bytes::Bytes;
use std::sync::Arc;

fn item(kind: ItemKind, id: &str, version: u32) -> NewItem {
    let bytes = Bytes::from(format!("{kind:?} {id} {version}"));
    NewItem { kind, id: id.into(), version, bytes, row: None }
}

fn claim(id: &str, version: u32, actor: &str) -> NewItem {
    let row = Row::builder(id).terms(Field::Actor, [actor]).finish();
    NewItem { row: Some(row), ..item(ItemKind::Claim, id, version) }
}

fn all(at: u64) -> Selection {
    Selection { filter: Filter::Constant(true), shown: Shown::default(), at }
}

fn by_actor(actor: &str, at: u64) -> Selection {
    Selection { filter: Filter::Leaf(Leaf::Terms { field: Field::Actor, any: terms([actor]) }), ..all(at) }
}

/// The positions of all claims that a selection finds, in the default order.
fn found(view: &View, selection: &Selection) -> Vec<u64> {
    let page = view.select(selection, &[], None, usize::MAX, &Budget::default()).unwrap();
    assert!(!page.more);
    page.hits.iter().map(|hit| hit.position.0).collect()
}

#[test]
fn a_store_is_shared_between_threads() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Embedded>();
    is_shared::<View>();
    is_shared::<WriteError>();
}

#[test]
fn what_was_finished_is_seen_and_what_was_dropped_is_not() {
    let store = Embedded::in_memory(|_| None).unwrap();
    let before = store.view();
    let mut writing = store.write().unwrap();
    writing.append(10, vec![item(ItemKind::Entity, "russia", 1), claim("a", 1, "russia")], None).unwrap();
    let record = |commit: &crate::store::Commit| Bytes::from(format!("record of {}", commit.revision));
    let request = Request { caller: "me", request_id: "r1", record: &record };
    let last = writing.append(11, vec![claim("b", 1, "nato"), claim("a", 2, "nato")], Some(request)).unwrap();
    assert_eq!(writing.latest("a").map(|a| (a.position, a.version)), Some((Position(2), 2)));
    assert_eq!(writing.bytes(ItemKind::Claim, "a", 1).unwrap(), Some("Claim a 1".into()));
    assert_eq!(writing.bytes(ItemKind::Entity, "russia", 1).unwrap(), Some("Entity russia 1".into()));
    assert_eq!(writing.request("me", "r1").unwrap(), Some("record of 2".into()));
    assert_eq!(found(writing.view(), &by_actor("nato", 2)), [2, 1]);
    assert_eq!(writing.view().fetch(&[Position(0)], 2).unwrap()[0].bytes, "Claim a 1");
    assert_eq!(store.view().head().revision, 0);
    writing.finish().unwrap();

    let view = store.view();
    assert_eq!((view.head().revision, view.head().digest), (2, last.digest));
    assert_eq!(view.head().counts, Counts { claims: 2, sources: 0, entities: 1, documents: 0 });
    assert_eq!(found(&view, &all(2)), [2, 1]);
    assert_eq!(found(&view, &all(1)), [0]);
    assert_eq!(found(&before, &all(2)), Vec::<u64>::new());
    assert_eq!(view.commit(2).unwrap(), Some(last));
    assert_eq!((view.revision_at(9), view.revision_at(10), view.revision_at(99)), (0, 1, 2));

    let mut writing = store.write().unwrap();
    writing.append(12, vec![claim("c", 1, "nato")], None).unwrap();
    drop(writing);
    assert_eq!(found(&store.view(), &all(9)), [2, 1]);
    let writing = store.write().unwrap();
    assert_eq!(writing.latest("c"), None);
    assert_eq!(writing.bytes(ItemKind::Claim, "a", 2).unwrap(), Some("Claim a 2".into()));
    assert_eq!(writing.bytes(ItemKind::Entity, "russia", 1).unwrap(), Some("Entity russia 1".into()));
    assert_eq!(writing.bytes(ItemKind::Entity, "russia", 2).unwrap(), None);
    assert_eq!(writing.request("me", "r1").unwrap(), Some("record of 2".into()));
    assert_eq!(writing.request("you", "r1").unwrap(), None);
}

#[test]
fn a_retraction_hides_a_claim_until_its_next_version() {
    let store = Embedded::in_memory(|_| None).unwrap();
    let mut writing = store.write().unwrap();
    writing.append(1, vec![claim("a", 1, "russia"), claim("b", 1, "russia")], None).unwrap();
    writing.append(2, vec![item(ItemKind::Retraction, "a", 1)], None).unwrap();
    assert_eq!(writing.view().head().counts.claims, 1);
    assert!(writing.latest("a").unwrap().retracted);
    writing.append(3, vec![claim("a", 2, "russia")], None).unwrap();
    writing.finish().unwrap();
    let view = store.view();
    assert_eq!(view.head().counts.claims, 2);
    assert_eq!([1, 2, 3].map(|at| found(&view, &all(at))), [vec![1, 0], vec![1], vec![2, 1]]);
    let retracted = |at| Selection {
        filter: Filter::Leaf(Leaf::Retracted),
        shown: Shown { retracted: true, old_versions: false },
        at,
    };
    assert_eq!([1, 2, 3].map(|at| found(&view, &retracted(at))), [vec![], vec![0], vec![]]);
    let retraction = |at| view.fetch(&[Position(0)], at).unwrap().remove(0).retraction;
    assert_eq!(retraction(1), None);
    let retraction = retraction(2).unwrap();
    assert_eq!((retraction.revision, retraction.recorded), (2, 2));
    assert_eq!(retraction.bytes, "Retraction a 1");
    assert_eq!(view.versions("a", 3), [Position(0), Position(2)]);
    assert_eq!(view.latest("a", 2), Some(Position(0)));
    assert_eq!(view.latest("a", 0), None);
}

#[test]
fn items_that_do_not_follow_are_refused_and_leave_nothing() {
    let store = Embedded::in_memory(|_| None).unwrap();
    let mut writing = store.write().unwrap();
    writing.append(5, vec![item(ItemKind::Source, "s", 1), claim("a", 1, "x")], None).unwrap();
    let mut refusal = |recorded, items| writing.append(recorded, items, None).unwrap_err().to_string();
    let none = || Vec::<NewItem>::new();
    assert_eq!(
        refusal(6, vec![claim("b", 1, "x"), item(ItemKind::Entity, "e", 1)]),
        "Entity e stands behind an item of a later kind: a commit has entities, sources, documents, claims, \
         retractions, in this order"
    );
    assert_eq!(refusal(5, none()), "a commit at 5 µs cannot follow one at 5 µs");
    assert_eq!(refusal(6, vec![claim("a", 3, "x")]), "version 3 of Claim a cannot be written: the next is 2");
    assert_eq!(
        refusal(6, vec![item(ItemKind::Source, "s", 1), claim("b", 1, "x")]),
        "version 1 of Source s cannot be written: the next is 2"
    );
    assert_eq!(
        refusal(6, vec![item(ItemKind::Retraction, "b", 1)]),
        "version 1 of claim b cannot be retracted: it is not there, or is retracted"
    );
    assert_eq!(
        refusal(6, vec![claim("a", 2, "x"), item(ItemKind::Retraction, "a", 1)]),
        "Retraction a stands twice in one commit"
    );
    assert_eq!(
        refusal(6, vec![item(ItemKind::Claim, "c", 1)]),
        "a claim has a row, and no other item has one: Claim c"
    );
    let digest = Digest::EMPTY.chain(
        1,
        5,
        [(ItemKind::Source, b"Source s 1".as_slice()), (ItemKind::Claim, b"Claim a 1")].into_iter(),
    );
    assert_eq!((writing.view().head().revision, writing.view().head().digest), (1, digest));
    writing.finish().unwrap();
    let items: Vec<_> = store.view().items(ItemKind::Source).unwrap().map(Result::unwrap).collect();
    assert_eq!(items.len(), 1);
    assert_eq!((&*items[0].id, items[0].revision, items[0].recorded), ("s", 1, 5));
}

#[test]
fn a_budget_that_is_spent_ends_the_question() {
    let store = Embedded::in_memory(|_| None).unwrap();
    let view = store.view();
    let budget = Budget { deadline: Some(std::time::Instant::now()), cancelled: Arc::default() };
    assert_eq!(
        view.count(&all(0), &budget).unwrap_err().to_string(),
        "the deadline passed before the answer was complete"
    );
    let budget = Budget::default();
    budget.cancelled.store(true, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(
        view.select(&all(0), &[], None, 1, &budget).unwrap_err().to_string(),
        "the question was cancelled"
    );
}

#[test]
fn requests_are_remembered_for_seven_days() {
    const DAY: i64 = 86_400_000_000;
    let store = Embedded::in_memory(|_| None).unwrap();
    let write = |recorded: i64, id: &str, request_id: &str| {
        let record = |commit: &crate::store::Commit| Bytes::from(commit.revision.to_string());
        let mut writing = store.write().unwrap();
        let request = Request { caller: "me", request_id, record: &record };
        writing.append(recorded, vec![claim(id, 1, "x")], Some(request)).unwrap();
        writing.finish().unwrap();
    };
    let remembered = |request_id: &str| store.write().unwrap().request("me", request_id).unwrap();
    write(1, "a", "r1");
    write(DAY, "b", "r2");
    write(7 * DAY + 1, "c", "r3");
    assert_eq!(["r1", "r2", "r3"].map(remembered), ["1", "2", "3"].map(|record| Some(record.into())));
    write(7 * DAY + 2, "d", "r4");
    assert_eq!(["r1", "r2"].map(remembered), [None, Some("2".into())]);
    // A request id that was used again is remembered from then on.
    write(7 * DAY + 3, "e", "r2");
    write(8 * DAY + 1, "f", "r5");
    assert_eq!(["r2", "r3"].map(remembered), ["5", "3"].map(|record| Some(record.into())));
}

#[test]
fn a_full_segment_answers_to_its_last_row() {
    const CLAIMS: u64 = 65_536 + 700;
    let store = Embedded::in_memory(|_| None).unwrap();
    for (batch, first) in (0..CLAIMS).step_by(5_000).enumerate() {
        let claims = first..CLAIMS.min(first + 5_000);
        let items = claims.map(|n| claim(&format!("c{n:05}"), 1, ["a", "b", "c"][n as usize % 3]));
        let mut writing = store.write().unwrap();
        writing.append(batch as i64 + 1, items.collect(), None).unwrap();
        writing.finish().unwrap();
    }
    let view = store.view();
    let at = view.head().revision;
    let budget = Budget::default();
    let count = |filter: Filter| view.count(&Selection { filter, ..all(at) }, &budget).unwrap().sure;
    assert_eq!(count(Filter::Constant(true)), CLAIMS);
    for (actor, expected) in [("a", 22_079), ("b", 22_079), ("c", 22_078), ("d", 0)] {
        let leaf = by_actor(actor, at).filter;
        assert_eq!(count(leaf.clone()), expected);
        assert_eq!(count(Filter::not(leaf)), CLAIMS - expected);
    }
    for n in [0, 1, 65_534, 65_535, 65_536, 65_537, CLAIMS - 1] {
        let leaf = Leaf::Id(terms([format!("c{n:05}")]));
        assert_eq!(found(&view, &Selection { filter: Filter::Leaf(leaf), ..all(at) }), [n]);
        let page = view.select(&all(at), &[], Some(Position(n + 1)).filter(|p| p.0 < CLAIMS), 2, &budget);
        let expected: Vec<u64> = [Some(n), n.checked_sub(1)].into_iter().flatten().collect();
        assert_eq!(page.unwrap().hits.iter().map(|hit| hit.position.0).collect::<Vec<_>>(), expected);
    }
    let by_id = [OrderKey { by: OrderBy::Id, descending: true }];
    let page = view.select(&by_actor("b", at), &by_id, Some(Position(65_536)), 2, &budget).unwrap();
    assert_eq!(page.hits.iter().map(|hit| hit.position.0).collect::<Vec<_>>(), [65_533, 65_530]);
}
