//! What becomes of items one by one: acknowledgements, errors, batches, order.

use super::super::{Running, statement, told, topic};
use super::cut::Wire;
use super::{claim, counts, head, import, item, numbered, send, sending, sending_after, state};
use sayso::engine::IMPORT_BATCH_ITEMS;
use sayso::wire::pb;
use sayso::wire::pb::ledger_item::Item;
use tonic::Code;

fn lenient() -> pb::ImportRequest {
    pb::ImportRequest { continue_on_error: true, ..Default::default() }
}

fn named(import_id: &str) -> pb::ImportRequest {
    pb::ImportRequest { import_id: import_id.into(), ..Default::default() }
}

fn about(id: &str, kind: &str) -> pb::LedgerItem {
    claim(pb::Claim { kind: kind.into(), ..statement(id, "About a topic.") })
}

fn relating(id: &str, to: &str) -> pb::LedgerItem {
    let relation = pb::Relation { kind: pb::RelationKind::Repeats.into(), claim: to.into() };
    claim(pb::Claim { relations: vec![relation], ..statement(id, "It repeats another.") })
}

fn retraction(id: &str, reason: &str) -> pb::LedgerItem {
    item(Item::Retraction(pb::ItemRetraction { id: id.into(), reason: reason.into() }))
}

/// What is told of items: number, path, message.
fn errors(answers: &[pb::ImportResponse]) -> Vec<String> {
    let all = answers.iter().flat_map(|answer| &answer.errors);
    all.map(|error| format!("{} {}: {}", error.sequence, error.path, error.message)).collect()
}

#[tokio::test]
async fn items_become_what_they_would_one_by_one() {
    let running = Running::seeded().await;
    let items = vec![
        item(Item::Entity(topic("ferries"))),
        about("a", "ferries"),
        about("b", "Topic ferries"),
        // The same again, and then another: each name once in a batch.
        about("a", "ferries"),
        claim(statement("a", "B.")),
        about("a", "ferries"),
        retraction("a", "It was wrong."),
        retraction("b", "It was wrong, too."),
        retraction("b", "Once more."),
        about("b", "ferries"),
        // Without an id it is called by what it says.
        claim(statement("", "Nameless.")),
        claim(statement("", "Nameless.")),
        claim(statement("", "Another.")),
    ];
    let (answers, error) = send(&running, numbered(pb::ImportRequest::default(), items)).await;
    assert_eq!(error.map(|status| told(&status)), None);
    let last = answers.last().unwrap();
    assert_eq!(counts(last), [5, 3, 3, 2, 0, 0]);
    assert_eq!((answers[0].acknowledged_sequence, counts(&answers[0])), (0, [0; 6]));
    assert_eq!(last.acknowledged_sequence, 13);
    assert_eq!(last.revision, head(&running).await.revision);
    let numbers: Vec<u64> = answers.iter().map(|answer| answer.acknowledged_sequence).collect();
    assert!(numbers.is_sorted(), "{numbers:?}");
    let get = pb::GetClaimRequest { id: "a".into(), all_versions: true, ..Default::default() };
    let found = running.catalog().get_claim(get).await.unwrap().into_inner();
    let texts: Vec<&str> = found.versions.iter().map(|version| version.text.as_str()).collect();
    assert_eq!(texts, ["About a topic.", "B.", "About a topic."]);
    assert_eq!(found.claim.unwrap().retraction.unwrap().reason, "It was wrong.");
}

#[tokio::test]
async fn the_first_item_that_is_refused_ends_the_stream_and_what_came_before_is_written() {
    let running = Running::seeded().await;
    let mut wrong = statement("c2", "Wrong.");
    wrong.actors = vec!["Norh Korea".into()];
    wrong.when = Some(pb::Time { text: "2025-02-30".into(), ..Default::default() });
    let items = vec![claim(statement("c1", "Right.")), claim(wrong), claim(statement("c3", "Later."))];
    let (answers, error) = send(&running, numbered(pb::ImportRequest::default(), items)).await;
    assert_eq!(
        told(&error.unwrap()),
        r#"InvalidArgument: item 2: claim.actors[0]: there is no entity `Norh Korea`; did you mean `North Korea`?
item 2: claim.when: day 30: the days of that month go from 01 to 28
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"sequence":"2","violations":"2"},"reason":"INVALID_ITEM"}
google.rpc.BadRequest {"fieldViolations":[{"description":"there is no entity `Norh Korea`; did you mean `North Korea`?","field":"item.claim.actors[0]"},{"description":"day 30: the days of that month go from 01 to 28","field":"item.claim.when"}]}"#
    );
    let last = answers.last().unwrap();
    assert_eq!((last.acknowledged_sequence, counts(last)), (1, [1, 0, 0, 0, 0, 0]));
    assert_eq!(head(&running).await.counts.unwrap().claims, 26);
}

#[tokio::test]
async fn what_is_refused_can_be_left_out_and_is_told() {
    let running = Running::seeded().await;
    let kindless = pb::Entity { kind: 99, ..topic("odd") };
    let mut parentless = topic("child");
    parentless.parents = vec!["odd".into()];
    let items = vec![
        claim(statement("c1", "Right.")),
        item(Item::Entity(kindless)),
        // What refers to what is refused is refused too.
        item(Item::Entity(parentless)),
        about("c2", "child"),
        relating("c3", "c2"),
        retraction("c9", "It was wrong."),
        retraction("c1", "two\nlines"),
        claim(statement("c4", "Right, too.")),
        claim(pb::Claim { text: String::new(), ..statement("c5", "") }),
    ];
    let (answers, error) = send(&running, numbered(lenient(), items)).await;
    assert_eq!(error.map(|status| told(&status)), None);
    let mut found = errors(&answers);
    found.sort();
    assert_eq!(
        found,
        [
            "2 entity.kind: 99 is no value of this vocabulary",
            "3 entity.parents[0]: there is no entity `odd`",
            "4 claim.kind: there is no topic entity `child`",
            "5 claim.relations[0].claim: neither the ledger nor the batch has a claim `c2`",
            "6 retraction.id: the ledger has no claim `c9`",
            r"7 retraction.reason: has '\n' at byte 3; control characters are not allowed",
            "9 claim.text: must not be empty",
        ]
    );
    let last = answers.last().unwrap();
    assert_eq!((last.acknowledged_sequence, counts(last)), (9, [2, 0, 0, 0, 7, 0]));
}

#[tokio::test]
async fn an_import_of_many_wrong_items_tells_of_each() {
    let running = Running::seeded().await;
    let items = (0..2_500).map(|index| match index % 5 {
        0 => about(&format!("c{index}"), "no such topic"),
        _ => claim(statement(&format!("c{index}"), "Right.")),
    });
    let (answers, error) = send(&running, numbered(lenient(), items.collect())).await;
    assert_eq!(error.map(|status| told(&status)), None);
    let wrong: Vec<u64> =
        answers.iter().flat_map(|answer| &answer.errors).map(|error| error.sequence).collect();
    assert_eq!(wrong, (0..2_500).filter(|index| index % 5 == 0).map(|index| index + 1).collect::<Vec<_>>());
    assert_eq!(counts(answers.last().unwrap()), [2_000, 0, 0, 0, 500, 0]);
}

#[tokio::test]
async fn numbers_must_grow() {
    let running = Running::seeded().await;
    let request = |sequence, id: &str| pb::ImportRequest {
        sequence,
        item: Some(claim(statement(id, "A claim."))),
        ..Default::default()
    };
    for (numbers, message, written) in [
        ([1, 3, 2], "sequence: item 2 stands behind item 3: numbers must grow from item to item, from 1", 2),
        ([5, 5, 6], "sequence: item 5 stands behind item 5: numbers must grow from item to item, from 1", 1),
        ([0, 1, 2], "sequence: item 0 stands behind item 0: numbers must grow from item to item, from 1", 0),
    ] {
        let before = head(&running).await.counts.unwrap().claims;
        let messages = numbers.iter().map(|number| {
            request(*number, &format!("{numbers:?}{number}").replace(['[', ']', ',', ' '], "x"))
        });
        let (_, error) = send(&running, messages.collect()).await;
        let error = error.unwrap();
        assert_eq!((error.code(), error.message()), (Code::InvalidArgument, message));
        assert_eq!(head(&running).await.counts.unwrap().claims, before + written);
    }
    // Numbers may leave gaps, as those of lines do.
    let (answers, error) = send(&running, vec![request(7, "gap1"), request(900, "gap2")]).await;
    assert_eq!((error.map(|it| told(&it)), answers.last().unwrap().acknowledged_sequence), (None, 900));
}

#[tokio::test]
async fn messages_that_are_none_are_refused() {
    let running = Running::seeded().await;
    let (_, error) = send(&running, vec![]).await;
    assert_eq!(error.unwrap().message(), "item: an import begins with a message");
    let (_, error) = send(&running, vec![pb::ImportRequest::default(); 2]).await;
    assert_eq!(error.unwrap().message(), "item: must be there, but in the first message");
    let empty = pb::LedgerItem { item: None };
    let (_, error) = send(&running, numbered(lenient(), vec![empty])).await;
    assert_eq!(error.unwrap().message(), "item 1: must hold something");
    let (_, error) = send(&running, vec![named(&"x".repeat(129))]).await;
    assert_eq!(error.unwrap().message(), "import_id: has 129 bytes; at most 128 are allowed");
}

#[tokio::test]
async fn batches_end_where_they_are_full() {
    let running = Running::seeded().await;
    let many = IMPORT_BATCH_ITEMS as u64;
    for count in [many - 1, many, many + 1, 2 * many] {
        let items = (0..count).map(|index| claim(statement(&format!("n{count}-{index}"), "A claim.")));
        let (answers, error) = send(&running, numbered(pb::ImportRequest::default(), items.collect())).await;
        assert_eq!(error.map(|status| told(&status)), None);
        let numbers: Vec<u64> = answers.iter().map(|answer| answer.acknowledged_sequence).collect();
        // How many come before a pause is chance, but none has more than its items.
        assert_eq!(numbers.last(), Some(&count));
        assert!(numbers.windows(2).all(|pair| pair[1] - pair[0] <= many), "{numbers:?}");
        assert_eq!(counts(answers.last().unwrap()), [count, 0, 0, 0, 0, 0]);
    }
}

#[tokio::test]
async fn a_claim_may_refer_to_one_that_comes_soon() {
    let running = Running::seeded().await;
    let many = 3 * IMPORT_BATCH_ITEMS;
    // Round in a circle, across what would be two borders of batches.
    let mut items = vec![relating("first", "last")];
    items.extend((0..many).map(|index| claim(statement(&format!("c{index}"), "Between."))));
    items.push(relating("last", "first"));
    let last = import(&running, items).await;
    assert_eq!(counts(&last), [many as u64 + 2, 0, 0, 0, 0, 0]);
    // One that never comes is missed at the end.
    let mut items = vec![relating("lonely", "nobody")];
    items.extend((0..10).map(|index| claim(statement(&format!("d{index}"), "Beside."))));
    let (answers, error) = send(&running, numbered(lenient(), items)).await;
    assert_eq!(error.map(|status| told(&status)), None);
    assert_eq!(
        errors(&answers),
        ["1 claim.relations[0].claim: neither the ledger nor the batch has a claim `nobody`"]
    );
    assert_eq!(counts(answers.last().unwrap()), [10, 0, 0, 0, 1, 0]);
}

#[tokio::test]
async fn what_is_begun_anew_is_begun_anew_once() {
    let running = Running::seeded().await;
    let items = || {
        vec![claim(statement("c", "One.")), claim(statement("c", "Another.")), claim(statement("c", "One."))]
    };
    let (answers, error) = send(&running, numbered(named("file"), items())).await;
    assert_eq!((error.is_none(), answers.last().unwrap().acknowledged_sequence), (true, 3));
    let begun = async |restart: bool| {
        let wire = Wire::to(&running).await;
        let begin = pb::ImportRequest { restart, ..named("file") };
        let (_messages, mut answers) = sending_after(wire.ledger(), begin).await;
        let answer = answers.message().await.unwrap().unwrap();
        wire.cut().await;
        (answer.finished, answer.acknowledged_sequence, counts(&answer))
    };
    assert_eq!(begun(false).await, (true, 3, [1, 2, 0, 0, 0, 0]));
    // Once its first answer has come, that it begins anew is kept: after a cut it need not be said again.
    assert_eq!(begun(true).await, (false, 0, [0; 6]));
    assert_eq!(begun(false).await, (false, 0, [0; 6]));
    let (answers, error) = send(&running, numbered(named("file"), items())).await;
    assert_eq!((error.is_none(), counts(answers.last().unwrap())), (true, [0, 2, 1, 0, 0, 0]));
}

#[tokio::test]
async fn a_claim_waits_for_what_it_refers_to_over_a_pause_and_a_cut() {
    let running = Running::seeded().await;
    let begin = pb::ImportRequest { continue_on_error: true, ..named("file") };
    let message = |sequence: u64, it: pb::LedgerItem| pb::ImportRequest {
        sequence,
        item: Some(it),
        ..Default::default()
    };
    let before = message(1, claim(statement("before", "Alone.")));
    let first = message(2, relating("first", "last"));
    let last = message(3, relating("last", "first"));
    let wire = Wire::to(&running).await;
    let (messages, mut answers) = sending_after(wire.ledger(), begin.clone()).await;
    assert_eq!(answers.message().await.unwrap().unwrap().acknowledged_sequence, 0);
    messages.send(before).await.unwrap();
    assert_eq!(answers.message().await.unwrap().unwrap().acknowledged_sequence, 1);
    messages.send(first.clone()).await.unwrap();
    // Longer than the pause after which all else is written.
    let told = tokio::time::timeout(std::time::Duration::from_millis(300), answers.message()).await;
    assert!(told.is_err(), "{told:?}");
    wire.cut().await;

    let (messages, mut answers) = sending_after(running.ledger(), begin).await;
    assert_eq!(answers.message().await.unwrap().unwrap().acknowledged_sequence, 1);
    messages.send(first).await.unwrap();
    messages.send(last).await.unwrap();
    let written = answers.message().await.unwrap().unwrap();
    assert_eq!(
        (written.acknowledged_sequence, errors(std::slice::from_ref(&written))),
        (3, Vec::<String>::new())
    );
    assert_eq!(head(&running).await.counts.unwrap().claims, 28);
}

#[tokio::test]
async fn what_a_slow_writer_sent_is_written_before_it_sends_more() {
    let running = Running::seeded().await;
    let (messages, mut answers) = sending(&running).await;
    assert_eq!(answers.message().await.unwrap().unwrap().acknowledged_sequence, 0);
    for sequence in 1..=3 {
        let item = Some(claim(statement(&format!("c{sequence}"), "One by one.")));
        messages.send(pb::ImportRequest { sequence, item, ..Default::default() }).await.unwrap();
        let answer = answers.message().await.unwrap().unwrap();
        assert_eq!(answer.acknowledged_sequence, sequence);
        assert_eq!(head(&running).await.counts.unwrap().claims, 25 + sequence);
    }
    drop(messages);
    assert_eq!(answers.message().await.unwrap(), None);
}

#[tokio::test]
async fn an_import_goes_on_where_it_was() {
    let running = Running::seeded().await;
    let items: Vec<_> = ["A.", "B.", "A."].map(|text| claim(statement("c", text))).to_vec();
    let all = numbered(named("one"), items);
    // The first two, and then nothing more.
    let (messages, stream) = tokio::sync::mpsc::channel(8);
    let stream = tokio_stream::wrappers::ReceiverStream::new(stream);
    for message in &all[..3] {
        messages.send(message.clone()).await.unwrap();
    }
    let mut answers = running.ledger().import(stream).await.unwrap().into_inner();
    while answers.message().await.unwrap().unwrap().acknowledged_sequence < 2 {}
    drop((messages, answers));

    // Whoever sends all of it again, writes what is left.
    let (answers, error) = send(&running, all.clone()).await;
    assert_eq!(error.map(|status| told(&status)), None);
    assert_eq!((answers[0].acknowledged_sequence, counts(&answers[0])), (2, [1, 1, 0, 0, 0, 0]));
    assert_eq!(counts(answers.last().unwrap()), [1, 2, 0, 0, 0, 0]);
    let revision = head(&running).await.revision;
    // After its end nothing is left, unless it is begun anew.
    let (answers, error) = send(&running, all.clone()).await;
    assert_eq!(error.map(|status| told(&status)), None);
    assert_eq!((answers.len(), answers[0].finished, counts(&answers[0])), (1, true, [1, 2, 0, 0, 0, 0]));
    assert_eq!(head(&running).await.revision, revision);
    let mut again = all.clone();
    again[0].restart = true;
    let (answers, error) = send(&running, again).await;
    assert_eq!(error.map(|status| told(&status)), None);
    assert!(!answers[0].finished);
    assert_eq!(counts(answers.last().unwrap()), [0, 2, 1, 0, 0, 0]);
    // Another import has numbers of its own.
    let (answers, _) = send(&running, numbered(named("two"), vec![claim(statement("d", "D."))])).await;
    assert_eq!(counts(answers.last().unwrap()), [1, 0, 0, 0, 0, 0]);
}

#[tokio::test]
async fn two_streams_of_one_import_do_not_write_twice() {
    let running = Running::seeded().await;
    let first = named("one");
    let item = |sequence, text: &str| pb::ImportRequest {
        sequence,
        item: Some(claim(statement("c", text))),
        ..Default::default()
    };
    let open = async || {
        let (messages, stream) = tokio::sync::mpsc::channel(8);
        messages.send(first.clone()).await.unwrap();
        let stream = tokio_stream::wrappers::ReceiverStream::new(stream);
        let mut answers = running.ledger().import(stream).await.unwrap().into_inner();
        assert_eq!(answers.message().await.unwrap().unwrap().acknowledged_sequence, 0);
        (messages, answers)
    };
    let (one, mut told_one) = open().await;
    let (two, mut told_two) = open().await;
    one.send(item(1, "A.")).await.unwrap();
    assert_eq!(told_one.message().await.unwrap().unwrap().acknowledged_sequence, 1);
    two.send(item(1, "A.")).await.unwrap();
    let error = told_two.message().await.unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (
            Code::Aborted,
            "an import of the id `one` goes on elsewhere: begin again, and it goes on from there"
        )
    );
    one.send(item(2, "B.")).await.unwrap();
    assert_eq!(counts(&told_one.message().await.unwrap().unwrap()), [1, 1, 0, 0, 0, 0]);
}

#[tokio::test]
async fn what_was_left_out_before_a_cut_is_told_again() {
    let running = Running::seeded().await;
    let first = pb::ImportRequest { import_id: "one".into(), ..lenient() };
    let all = numbered(first, vec![about("a", "no such topic"), claim(statement("b", "Right."))]);
    let (answers, _) = send(&running, all.clone()).await;
    let told = errors(&answers);
    assert_eq!(told, ["1 claim.kind: there is no topic entity `no such topic`"]);
    let (answers, _) = send(&running, all).await;
    assert_eq!((errors(&answers[..1]), counts(&answers[0])), (told, [1, 0, 0, 0, 1, 0]));
}

#[tokio::test]
async fn all_that_a_client_does_not_say_it_was_told_is_told_again() {
    let running = Running::seeded().await;
    let first = |told_sequence| pb::ImportRequest { import_id: "one".into(), told_sequence, ..lenient() };
    let unfinished = pb::ImportRequest { unfinished: true, ..Default::default() };
    // What is told again after items with these numbers were refused: of which, and how much.
    let again = async |told: Option<u64>, numbers: std::ops::RangeInclusive<u64>| {
        let wrong = |sequence| pb::ImportRequest {
            sequence,
            item: Some(about(&format!("c{sequence}"), "no such topic")),
            ..Default::default()
        };
        let last = *numbers.end();
        let messages = [first(told)].into_iter().chain(numbers.map(wrong)).chain([unfinished.clone()]);
        let (answers, error) = send(&running, messages.collect()).await;
        assert_eq!((error.is_none(), answers.last().unwrap().acknowledged_sequence), (true, last));
        let (answers, _) = send(&running, vec![first(told), unfinished.clone()]).await;
        assert!(!answers[0].finished);
        (answers[0].errors.first().unwrap().sequence, answers[0].errors.len())
    };
    assert_eq!(again(Some(0), 1..=1_500).await, (1, 1_500));
    assert_eq!(again(Some(1_200), 1_501..=1_501).await, (1_201, 301));
    // It cannot have been told of what has not come.
    assert_eq!(again(Some(9_000), 1_502..=1_510).await, (1_502, 9));
    assert_eq!(again(None, 1_511..=3_000).await, (2_001, 1_000));
}

#[tokio::test]
async fn unknown_fields_end_the_stream_and_what_came_before_is_written() {
    use sayso::service::Codec;
    use tonic::Request;
    use tonic::codegen::http::uri::PathAndQuery;

    /// An `ImportRequest`, and a field that there is not.
    #[derive(Clone, PartialEq, prost::Message)]
    struct Newer {
        #[prost(uint64, tag = "2")]
        sequence: u64,
        #[prost(message, optional, tag = "3")]
        item: Option<pb::LedgerItem>,
        #[prost(string, tag = "99")]
        unknown: String,
    }
    let message = |sequence, unknown: &str| Newer {
        sequence,
        item: Some(claim(statement(&format!("c{sequence}"), "A claim."))),
        unknown: unknown.to_owned(),
    };
    let running = Running::seeded().await;
    let mut client = tonic::client::Grpc::new(running.channel.clone());
    client.ready().await.unwrap();
    let path = PathAndQuery::from_static("/sayso.v1.LedgerService/Import");
    let messages = tokio_stream::iter([message(1, ""), message(2, "new")]);
    let codec = Codec::<Newer, pb::ImportResponse>::default();
    let mut answers = client.streaming(Request::new(messages), path, codec).await.unwrap().into_inner();
    let error = loop {
        match answers.message().await {
            Ok(answer) => assert!(answer.is_some(), "it ends with an error"),
            Err(error) => break error,
        }
    };
    assert_eq!(
        (error.code(), error.message()),
        (Code::InvalidArgument, "99: the contract has no field 99 here, so nothing was recorded")
    );
    assert_eq!(state(&running).await.len(), 66);
}
