//! `Watch`: what comes, changes and goes, once each, whatever happens in between.

use super::process::Process;
use super::{Running, number, statement, told, topic};
use sayso::wire::pb;
use sayso::wire::pb::ledger_service_client::LedgerServiceClient;
use std::collections::BTreeMap;
use tonic::transport::Channel;
use tonic::{Code, Status, Streaming};

fn watching(query: &str, after_revision: Option<u64>) -> pb::WatchRequest {
    pb::WatchRequest { query: query.to_owned(), after_revision, ..Default::default() }
}

/// A figure of the seeds' outlet.
fn workers(id: &str, notation: &str) -> pb::Claim {
    let figure =
        pb::Figure { notation: notation.to_owned(), unit: "person".to_owned(), ..Default::default() };
    pb::Claim {
        kind: "workers".to_owned(),
        content: Some(pb::claim::Content::Figure(figure)),
        ..statement(id, "So many are there.")
    }
}

/// A message in a line: `3: +a (sure) ~b 1 sure -> 2 possible -c 1 (sure) retracted .`, the dot for a checkpoint.
fn line(message: &pb::WatchResponse) -> String {
    let grade = |truth: i32| match pb::Truth::try_from(truth).unwrap() {
        pb::Truth::Sure => "sure",
        pb::Truth::Possible => "possible",
        pb::Truth::Unspecified => panic!("a grade is missing"),
    };
    let mut line = format!("{}:", number(&message.revision));
    for it in &message.added {
        let claim = it.claim.as_ref().unwrap();
        line += &format!(" +{} {} {}", claim.id, claim.version, grade(it.truth));
    }
    for it in &message.changed {
        let claim = it.claim.as_ref().unwrap();
        let (before, now) = (grade(it.truth_before), grade(it.truth));
        line += &format!(" ~{} {} {before} -> {} {now}", claim.id, it.version_before, claim.version);
    }
    for it in &message.gone {
        let how = if it.retracted { " retracted" } else { "" };
        line += &format!(" -{} {} {}{how}", it.id, it.version, grade(it.truth_before));
    }
    line + if message.checkpoint { " ." } else { "" }
}

struct Watching(Streaming<pb::WatchResponse>);

impl Watching {
    async fn begin(channel: Channel, request: pb::WatchRequest) -> Result<Self, Status> {
        Ok(Self(LedgerServiceClient::new(channel).watch(request).await?.into_inner()))
    }

    async fn next(&mut self) -> pb::WatchResponse {
        self.0.message().await.unwrap().unwrap()
    }

    async fn line(&mut self) -> String {
        line(&self.next().await)
    }
}

impl Running {
    async fn watch(&self, query: &str, after: Option<u64>) -> Watching {
        Watching::begin(self.channel.clone(), watching(query, after)).await.unwrap()
    }

    /// Why a watch does not begin.
    async fn no_watch(&self, request: pb::WatchRequest) -> Status {
        let mut begun = Watching::begin(self.channel.clone(), request).await.unwrap();
        begun.0.message().await.unwrap_err()
    }

    async fn write(&self, claims: Vec<pb::Claim>) {
        self.record(pb::RecordRequest { claims, ..Default::default() }).await.unwrap();
    }

    async fn take_back(&self, id: &str) {
        let request =
            pb::RetractRequest { ids: vec![id.to_owned()], reason: "Wrong.".into(), ..Default::default() };
        self.ledger().retract(request).await.unwrap();
    }
}

#[tokio::test]
async fn a_watch_tells_what_comes_changes_and_goes() {
    let running = Running::seeded().await;
    let mut watch = running.watch("FIGURE where  kind=workers and value>=100 and by=outlet", None).await;
    let first = watch.next().await;
    assert_eq!(line(&first), "1: .");
    assert_eq!(first.canonical_query, "figure where kind=workers and value>=100 and by=outlet");

    running.write(vec![workers("a", "200"), workers("b", "5"), workers("c", "50..150")]).await;
    let added = watch.next().await;
    assert_eq!(line(&added), "2: +a 1 sure +c 1 possible .");
    let named: Vec<_> = added.names.iter().map(|name| (name.id.as_str(), name.name.as_str())).collect();
    assert_eq!(named, [("workers", "Workers"), ("outlet", "Unnamed outlet")]);
    assert_eq!(added.canonical_query, "");

    // Only what was changed is told, and what matched neither before nor after is not.
    running.write(vec![workers("a", "90..300"), workers("b", "6"), workers("c", "50..150")]).await;
    assert_eq!(watch.line().await, "3: ~a 1 sure -> 2 possible .");
    running.write(vec![workers("a", "9"), workers("b", "1000")]).await;
    assert_eq!(watch.line().await, "4: +b 3 sure -a 2 possible .");
    running.take_back("b").await;
    assert_eq!(watch.line().await, "5: -b 3 sure retracted .");
    // What matches again after it was taken back has come anew.
    running.write(vec![workers("b", "1000")]).await;
    assert_eq!(watch.line().await, "6: +b 4 sure .");
}

#[tokio::test]
async fn what_names_mean_changes_what_is_found() {
    let running = Running::seeded().await;
    let miners = pb::Claim { kind: "miners".to_owned(), ..workers("m", "700") };
    let request = pb::RecordRequest {
        entities: vec![topic("miners"), topic("migrants")],
        claims: vec![miners],
        ..Default::default()
    };
    running.record(request).await.unwrap();
    let mut watch = running.watch("figure where kind=migrants", None).await;
    assert_eq!(watch.line().await, "2: .");
    // Workers are migrants now, and so is who counts as workers.
    let workers = pb::GetEntityRequest { id: "workers".to_owned(), ..Default::default() };
    let mut workers = running.catalog().get_entity(workers).await.unwrap().into_inner().entity.unwrap();
    workers.parents.push("migrants".to_owned());
    let miners = pb::Entity { parents: vec!["migrants".to_owned()], ..topic("miners") };
    let request = pb::RecordRequest { entities: vec![workers, miners], ..Default::default() };
    running.record(request).await.unwrap();
    assert_eq!(
        watch.line().await,
        "3: +m 1 sure +workers-present 1 sure +workers-sent 1 sure .",
        "the newest first"
    );
    let miners = topic("miners");
    running.record(pb::RecordRequest { entities: vec![miners], ..Default::default() }).await.unwrap();
    assert_eq!(watch.line().await, "4: -m 1 sure .");
}

#[tokio::test]
async fn the_past_is_told_revision_by_revision() {
    let running = Running::seeded().await;
    running
        .record(pb::RecordRequest { entities: vec![topic("miners")], ..Default::default() })
        .await
        .unwrap();
    running.write(vec![pb::Claim { kind: "miners".to_owned(), ..workers("m", "7") }]).await;
    running.write(vec![workers("w", "8")]).await;
    running.take_back("m").await;
    // Miners are not known at first: nothing is found then.
    let mut watch = running.watch("figure where kind=miners or (kind=workers and value=8)", Some(0)).await;
    let mut lines = Vec::new();
    while lines.len() < 4 {
        lines.push(watch.line().await);
    }
    assert_eq!(lines, ["0: .", "3: +m 1 sure .", "4: +w 1 sure .", "5: -m 1 sure retracted ."]);
    // Taken up again after any of them, it tells the rest.
    let mut again = running.watch("figure where kind=miners or (kind=workers and value=8)", Some(3)).await;
    assert_eq!(
        [again.line().await, again.line().await, again.line().await],
        ["3: .", "4: +w 1 sure .", "5: -m 1 sure retracted ."]
    );
}

#[tokio::test]
async fn a_quiet_watch_says_how_far_the_ledger_has_come() {
    let running = Running::seeded().await;
    let mut watch = running.watch("figure where kind=workers", None).await;
    assert_eq!(watch.line().await, "1: .");
    running.write(vec![statement("s", "No figure.")]).await;
    assert_eq!(watch.line().await, "2: .");
}

#[tokio::test]
async fn a_large_revision_comes_in_parts() {
    let running = Running::seeded().await;
    let claim =
        |index: usize| pb::Claim { text: "x".repeat(2_000), ..statement(&format!("c{index:04}"), "") };
    running.write((0..1_200).map(claim).collect()).await;
    running.write((0..1_200).map(|index| statement(&format!("d{index:04}"), "A short one.")).collect()).await;
    let mut watch = running.watch("statement where by=outlet", Some(1)).await;
    assert_eq!(watch.line().await, "1: .");
    let mut parts = Vec::new();
    let mut seen = Vec::new();
    loop {
        let part = watch.next().await;
        parts.push((number(&part.revision), part.added.len(), part.checkpoint));
        seen.extend(part.added.into_iter().map(|it| it.claim.unwrap().id));
        if parts.last().unwrap().0 == 3 && parts.last().unwrap().2 {
            break;
        }
    }
    assert_eq!(parts, [(2, 516, false), (2, 516, false), (2, 168, true), (3, 1_000, false), (3, 200, true)]);
    seen.sort_unstable();
    let expected: Vec<_> =
        ["c", "d"].iter().flat_map(|c| (0..1_200).map(move |i| format!("{c}{i:04}"))).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn what_cannot_be_watched_is_refused() {
    let running = Running::seeded().await;
    let mut refusals = Vec::new();
    for query in [
        "figure where kind=workers count by source",
        "figure where kind=workers sort value",
        "figure where kind=workers limit 3",
        "figure where kind=workers as of 2025",
        "explain figure",
        "source where kind=media",
        "figure where knd=workers",
        "figure where kind=workrs",
    ] {
        let status = running.no_watch(watching(query, None)).await;
        assert_eq!(status.code(), Code::InvalidArgument);
        let lines: Vec<_> = status.message().lines().map(str::trim).collect();
        let [first, .., last] = lines.as_slice() else { panic!("{lines:?}") };
        refusals.push(format!("{first}; {last}"));
    }
    let without = "write `figure where kind=workers`";
    assert_eq!(refusals, [
        format!(
            "WRONG_CLAUSE at 26..41: `count by source` has no place in a watch, which tells of claims as they are; {without}"
        ),
        format!(
            "WRONG_CLAUSE at 31..36: `value` cannot be sorted by: a watch tells of each change when it comes; {without}"
        ),
        format!("WRONG_CLAUSE at 32..33: `3` is no limit of a watch, which goes on; {without}"),
        format!(
            "WRONG_CLAUSE at 26..36: `as of 2025` has no place in a watch: begin it after an earlier revision instead; {without}"
        ),
        "WRONG_CLAUSE at 0..7: `explain` has no place in a watch, which tells of claims as they are; write `figure`".to_owned(),
        "WRONG_CLAUSE at 0..6: `source` cannot be watched: a watch tells of claims; ^^^^^^".to_owned(),
        "UNKNOWN_ATTRIBUTE at 13..16: `figure` has no attribute `knd`; did you mean `kind`?".to_owned(),
        "UNKNOWN_NAME at 18..24: there is no topic `workrs`; did you mean `workers`?".to_owned(),
    ]);
    let ahead = running.no_watch(watching("figure", Some(2))).await;
    assert_eq!(
        told(&ahead),
        r#"FailedPrecondition: revision 2 is not here yet: the latest is 1
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"asked":"2","latest":"1"},"reason":"REVISION_NOT_HERE"}
google.rpc.RetryInfo {"retryDelay":"0.100s"}"#
    );
    let value = prost_types::Value { kind: Some(prost_types::value::Kind::NullValue(0)) };
    let parameters = Some(prost_types::Struct { fields: [("p".to_owned(), value)].into() });
    let no_value =
        running.no_watch(pb::WatchRequest { parameters, ..watching("figure where kind=$p", None) }).await;
    assert_eq!(
        told(&no_value),
        r#"InvalidArgument: parameters.fields["p"]: is null; a parameter is a text, a number, a bool or a list of these
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"violations":"1"},"reason":"INVALID_REQUEST"}
google.rpc.BadRequest {"fieldViolations":[{"description":"is null; a parameter is a text, a number, a bool or a list of these","field":"parameters.fields[\"p\"]"}]}"#
    );
}

/// Writes claims one by one until the server is gone; how many were acknowledged.
async fn write_until_killed(channel: Channel, first: usize) -> usize {
    let mut ledger = LedgerServiceClient::new(channel);
    for written in first.. {
        let claims = vec![statement(&format!("c{written}"), &format!("Text of {written}."))];
        if ledger.record(pb::RecordRequest { claims, ..Default::default() }).await.is_err() {
            return written;
        }
    }
    unreachable!("a server is killed before that");
}

#[tokio::test]
async fn whoever_takes_a_watch_up_again_sees_each_change_once() {
    const KILLS: usize = 4;
    let home = tempfile::tempdir().unwrap();
    let (mut process, _, mut channel) = Process::start_logging(home.path(), "warn").await;
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let (mut after, mut written) = (1, 0);
    for round in 0..=KILLS {
        let is_last = round == KILLS;
        let writer = (!is_last).then(|| tokio::spawn(write_until_killed(channel.clone(), written)));
        let head = LedgerServiceClient::new(channel.clone()).get_head(pb::GetHeadRequest {}).await.unwrap();
        let head = number(&head.into_inner().revision);
        let request = watching("statement where text ~ text", Some(after));
        let mut watch = Watching::begin(channel.clone(), request).await.unwrap();
        // What came since the last checkpoint counts only when that comes.
        let mut open = Vec::new();
        let mut messages = 0;
        while let Ok(Some(message)) = watch.0.message().await {
            assert!(message.changed.is_empty() && message.gone.is_empty());
            open.extend(message.added.iter().map(|it| it.claim.as_ref().unwrap().id.clone()));
            if message.checkpoint {
                after = number(&message.revision);
                open.drain(..).for_each(|id| *seen.entry(id).or_default() += 1);
            }
            messages += 1;
            if is_last && after == head {
                break;
            } else if !is_last && messages == 5 + round * 7 {
                process.child.kill().unwrap();
                process.child.wait().unwrap();
            }
        }
        if let Some(writer) = writer {
            // What was not acknowledged may be there: written again, it changes nothing then.
            written = writer.await.unwrap();
            (process, _, channel) = Process::start_logging(home.path(), "warn").await;
        }
    }
    seen.remove(&format!("c{written}"));
    assert_eq!(seen, (0..written).map(|index| (format!("c{index}"), 1)).collect());
    assert!(written > 20, "{written}");
}
