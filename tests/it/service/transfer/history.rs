//! Histories: commit by commit, with the same revisions and digests.

use super::super::{Running, statement};
use super::{counts, export, head, history_after, import, item, numbered, random_ledger, same, send, state};
use crate::random::Random;
use sayso::store::Budget;
use sayso::wire::pb;
use sayso::wire::pb::commit_item::Content;
use sayso::wire::pb::ledger_item::Item;
use tonic::Code;

#[tokio::test]
async fn a_history_comes_to_the_same_digest() {
    for seed in 100..115 {
        let origin = random_ledger(seed).await;
        let history = export(&origin, history_after(0)).await.unwrap();
        let copy = Running::empty().await;
        let last = import(&copy, history.clone()).await;
        let there = head(&origin).await;
        assert_eq!(counts(&last)[5], there.revision.as_ref().unwrap().number, "seed {seed}");
        assert_eq!(head(&copy).await, there, "seed {seed}");
        same(&export(&copy, history_after(0)).await.unwrap(), &history);
        same(&state(&copy).await, &state(&origin).await);
        let verified = copy.engine.verify(&Budget::default(), &mut |_| ());
        assert_eq!(verified.unwrap().head.revision, there.revision.unwrap().number);
        // Sent again, nothing of it is new.
        assert_eq!(counts(&import(&copy, history).await), [0; 6]);
    }
}

/// A random ledger of four revisions at least.
async fn long_ledger(seed: u64) -> Running {
    for seed in seed.. {
        let running = random_ledger(seed).await;
        if running.engine.head().revision >= 4 {
            return running;
        }
    }
    unreachable!("there are long ones")
}

#[tokio::test]
async fn a_history_goes_on_where_the_ledger_is() {
    let origin = long_ledger(120).await;
    let whole = export(&origin, history_after(0)).await.unwrap();
    let copy = Running::empty().await;
    import(&copy, whole[..3].to_vec()).await;
    let known = head(&copy).await.revision.unwrap();
    assert_eq!(known.number, 3);
    import(&copy, export(&origin, history_after(3)).await.unwrap()).await;
    assert_eq!(head(&copy).await, head(&origin).await);
}

#[tokio::test]
async fn a_large_commit_comes_in_parts() {
    let origin = Running::seeded().await;
    let text = |index: usize| format!("{index} {}", "long ".repeat(300));
    let claims = (0..3_000).map(|index| statement(&format!("c{index}"), &text(index))).collect();
    origin.record(pb::RecordRequest { claims, ..Default::default() }).await.unwrap();
    let history = export(&origin, history_after(0)).await.unwrap();
    let parts: Vec<(u64, bool)> = history
        .iter()
        .map(|part| match &part.item {
            Some(Item::Commit(part)) => (part.revision, part.last),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(parts, [(1, true), (2, false), (2, false), (2, false), (2, false), (2, true)]);
    let copy = Running::empty().await;
    import(&copy, history.clone()).await;
    assert_eq!(head(&copy).await, head(&origin).await);

    // Without its end, a commit is none.
    let copy = Running::empty().await;
    let (answers, error) = send(&copy, numbered(pb::ImportRequest::default(), history[..4].to_vec())).await;
    let error = error.unwrap();
    assert_eq!(
        (error.code(), error.message()),
        (Code::FailedPrecondition, "revision 2 is not whole: a part of it is missing")
    );
    assert_eq!(answers.last().unwrap().acknowledged_sequence, 1);
    assert_eq!(head(&copy).await.revision.unwrap().number, 1);
    // Without one of its parts, it is another.
    let without = [&history[..2], &history[3..]].concat();
    let (_, error) = send(&Running::empty().await, numbered(pb::ImportRequest::default(), without)).await;
    assert_eq!(error.unwrap().message(), "revision 2 was changed: its items do not come to its digest");
}

#[tokio::test]
async fn a_history_is_of_one_ledger() {
    let origin = long_ledger(130).await;
    let history = export(&origin, history_after(0)).await.unwrap();
    let other = random_ledger(131).await;
    let before = head(&other).await;
    let (_, error) = send(&other, numbered(pb::ImportRequest::default(), history.clone())).await;
    let error = error.unwrap();
    assert_eq!(
        (error.code(), error.message()),
        (Code::FailedPrecondition, "revision 1 is another one in this ledger: it has another history")
    );
    assert_eq!(head(&other).await, before);

    let empty = Running::empty().await;
    let (_, error) = send(&empty, numbered(pb::ImportRequest::default(), history[2..].to_vec())).await;
    let Some(Item::Commit(part)) = &history[2].item else { panic!("a commit") };
    assert_eq!(
        error.unwrap().message(),
        format!(
            "revision 3 cannot be imported: it goes on from a ledger with digest {}, and this one is at revision 0 \
             with digest {}",
            part.previous_digest,
            "0".repeat(64)
        )
    );

    // Not beside other items, whichever come first.
    let topic = item(Item::Entity(super::super::topic("ferries")));
    let both = vec![topic, history[0].clone()];
    let (_, error) = send(&empty, numbered(pb::ImportRequest::default(), both)).await;
    assert_eq!(
        error.unwrap().message(),
        "item: item 2: commits of a history and other items are not imported together"
    );
}

#[tokio::test]
async fn a_changed_byte_is_told_by_its_revision() {
    let origin = long_ledger(140).await;
    let history = export(&origin, history_after(0)).await.unwrap();
    let mut random = Random::new(140);
    for _ in 0..60 {
        let index = random.below(history.len());
        let mut changed = history.clone();
        let Some(Item::Commit(part)) = &mut changed[index].item else { panic!("a commit") };
        let revision = part.revision;
        match random.below(8) {
            0 => part.recorded.as_mut().unwrap().seconds -= 1,
            1 => part.digest = "f".repeat(64),
            2 => {
                part.items.pop();
            }
            _ => {
                let at = random.below(part.items.len());
                let content = part.items[at].content.as_mut().unwrap();
                let (Content::Entity(bytes)
                | Content::Source(bytes)
                | Content::Document(bytes)
                | Content::Claim(bytes)
                | Content::Retraction(bytes)) = content;
                let byte = random.below(bytes.len());
                bytes[byte] ^= 1 << random.below(8);
            }
        }
        let copy = Running::empty().await;
        let (_, error) = send(&copy, numbered(pb::ImportRequest::default(), changed)).await;
        let error = error.unwrap();
        let told = format!("revision {revision} was changed: its items do not come to its digest");
        assert_eq!((error.code(), error.message()), (Code::FailedPrecondition, told.as_str()));
        // What came before it is written.
        assert_eq!(head(&copy).await.revision.unwrap().number, revision - 1);
    }
}

/// A history that somebody made up: its digests are right, and its items are not.
#[tokio::test]
async fn what_no_ledger_would_have_written_is_refused() {
    use prost::Message;
    use sayso::model::Timestamp;
    use sayso::store::{Digest, ItemKind};
    let at = |recorded: i64, items: Vec<(ItemKind, Vec<u8>)>| {
        let all = items.iter().map(|(kind, bytes)| (*kind, bytes.as_slice()));
        let digest = Digest::EMPTY.chain(1, recorded, all).to_string();
        let content = |(kind, bytes): (ItemKind, Vec<u8>)| match kind {
            ItemKind::Entity => Content::Entity(bytes),
            ItemKind::Source => Content::Source(bytes),
            ItemKind::Document => Content::Document(bytes),
            ItemKind::Claim => Content::Claim(bytes),
            ItemKind::Retraction => Content::Retraction(bytes),
        };
        let items = items.into_iter().map(|item| pb::CommitItem { content: Some(content(item)) });
        item(Item::Commit(pb::CommitPart {
            revision: 1,
            recorded: sayso::wire::message::timestamp(Timestamp(recorded)),
            previous_digest: Digest::EMPTY.to_string(),
            digest,
            items: items.collect(),
            last: true,
        }))
    };
    let made_up = |items| at(1_736_899_200_000_000, items);
    let topic = super::super::topic("ferries").encode_to_vec();
    let late = at(7_258_118_400_000_000, vec![(ItemKind::Entity, topic.clone())]);
    let copy = Running::empty().await;
    let empty = vec![made_up(Vec::new())];
    let (_, error) = send(&copy, numbered(pb::ImportRequest::default(), empty)).await;
    assert_eq!(error.unwrap().message(), "revision 1 has no items");
    let (_, error) = send(&copy, numbered(pb::ImportRequest::default(), vec![late])).await;
    assert_eq!(
        error.unwrap().message(),
        "revision 1 cannot be imported: 2200-01-01T00:00:00Z is no time that it can have been recorded at"
    );
    let padded = [topic.clone(), topic.clone()].concat();
    let retraction = pb::RetractedClaim { id: "c".into(), version: 1, reason: "R.".into() }.encode_to_vec();
    let claim = statement("c", "C.").encode_to_vec();
    for (items, message) in [
        (vec![(ItemKind::Entity, b"\xff".to_vec())], "item 0 of it: item bytes do not decode"),
        (vec![(ItemKind::Entity, padded)], "its entity `ferries` is not as it would be written"),
        (
            vec![(ItemKind::Entity, topic.clone()), (ItemKind::Entity, topic.clone())],
            "entities[1].id: the id `ferries` stands twice in the batch, first at entities[0]",
        ),
        (vec![(ItemKind::Claim, claim)], "claims[0].attribution[0].sources[0]: there is no source `outlet`"),
        (vec![(ItemKind::Retraction, retraction)], "ids[0]: the ledger has no claim `c`"),
    ] {
        let copy = Running::empty().await;
        let (_, error) = send(&copy, numbered(pb::ImportRequest::default(), vec![made_up(items)])).await;
        assert_eq!(error.unwrap().message(), format!("revision 1 cannot be imported: {message}"));
        assert_eq!(head(&copy).await.revision.unwrap().number, 0);
    }
    let copy = Running::empty().await;
    import(&copy, vec![made_up(vec![(ItemKind::Entity, topic)])]).await;
}
