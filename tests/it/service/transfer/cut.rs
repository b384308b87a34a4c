//! Streams that are cut after any number of bytes, and go on.

use super::super::process::Process;
use super::super::{Running, connect, statement};
use super::{build, claim, counts, export, head, history_after, import, item, numbered, same, state};
use crate::random::Random;
use sayso::engine::Engine;
use sayso::server::Server;
use sayso::wire::pb;
use sayso::wire::pb::ledger_item::Item;
use sayso::wire::pb::ledger_service_client::LedgerServiceClient;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tonic::transport::{Channel, Endpoint};

/// Passes on what a client and a server say to each other, each connection for so many bytes as
/// `budget` says when it begins; then it is cut.
async fn relay(server: SocketAddr, mut budget: impl FnMut() -> usize + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let Ok(server) = TcpStream::connect(server).await else { continue };
            let left = Arc::new(AtomicUsize::new(budget()));
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = server.into_split();
            tokio::spawn(async move {
                // When one way is cut, so is the other.
                tokio::select! {
                    () = pass(from_client, to_server, &left) => {}
                    () = pass(from_server, to_client, &left) => {}
                }
            });
        }
    });
    address
}

async fn pass(mut from: impl AsyncReadExt + Unpin, mut to: impl AsyncWriteExt + Unpin, left: &AtomicUsize) {
    let mut bytes = [0; 4_096];
    loop {
        let Ok(read @ 1..) = from.read(&mut bytes).await else { return };
        let before = left.load(Ordering::Relaxed);
        let passed = read.min(before);
        left.store(before - passed, Ordering::Relaxed);
        if to.write_all(&bytes[..passed]).await.is_err() || passed < read {
            return;
        }
    }
}

/// A connection that can be cut. A client that goes away ends its messages, as if there were no more.
pub(super) struct Wire {
    passing: tokio::task::JoinHandle<()>,
    channel: Channel,
}

impl Wire {
    pub(super) async fn to(running: &Running) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (address, server) = (listener.local_addr().unwrap(), running.server.address());
        let passing = tokio::spawn(async move {
            let (mut client, _) = listener.accept().await.unwrap();
            let mut server = TcpStream::connect(server).await.unwrap();
            // However it ends, it is over.
            let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
        });
        Self { passing, channel: connect(address).await }
    }

    pub(super) fn ledger(&self) -> LedgerServiceClient<Channel> {
        LedgerServiceClient::new(self.channel.clone())
    }

    pub(super) async fn cut(self) {
        self.passing.abort();
        assert!(self.passing.await.unwrap_err().is_cancelled());
    }
}

/// Sends an import until all of it is acknowledged, over connections that are cut; returns the last
/// answer, and how often it was begun.
async fn import_cut(
    server: SocketAddr,
    first: &pb::ImportRequest,
    items: &[pb::LedgerItem],
    random: &mut Random,
) -> (pb::ImportResponse, usize) {
    let budget = Arc::new(AtomicUsize::new(0));
    let each = Arc::clone(&budget);
    let relayed = relay(server, move || each.load(Ordering::Relaxed)).await;
    let mut acknowledged = 0;
    for attempt in 1.. {
        // At last further, so that it comes to an end.
        let short = attempt <= 3 || random.percent(60);
        let bytes = if short { random.between(1, 6_000) } else { random.between(6_000, 300_000) };
        budget.store(bytes, Ordering::Relaxed);
        let Ok(channel) = Endpoint::try_from(format!("http://{relayed}")).unwrap().connect().await else {
            continue;
        };
        let messages = numbered(first.clone(), items.to_vec());
        let Ok(answers) = LedgerServiceClient::new(channel).import(tokio_stream::iter(messages)).await else {
            continue;
        };
        let mut answers = answers.into_inner();
        let mut last = None;
        let ended = loop {
            match answers.message().await {
                Ok(Some(answer)) => {
                    // What was acknowledged stays so.
                    assert!(answer.acknowledged_sequence >= acknowledged || first.import_id.is_empty());
                    acknowledged = answer.acknowledged_sequence;
                    last = Some(answer);
                }
                Ok(None) => break true,
                Err(_) => break false,
            }
        };
        if ended {
            return (last.unwrap(), attempt);
        }
    }
    unreachable!("it goes on until it returns")
}

#[tokio::test]
async fn a_history_that_was_cut_comes_to_the_same_digest() {
    let mut random = Random::new(200);
    let mut begun = 0;
    for seed in 200..204 {
        let origin = Running::empty().await;
        build(&origin.engine, seed);
        let history = export(&origin, history_after(0)).await.unwrap();
        let copy = Running::empty().await;
        let first = pb::ImportRequest::default();
        begun += import_cut(copy.server.address(), &first, &history, &mut random).await.1;
        assert_eq!(head(&copy).await, head(&origin).await, "seed {seed}");
    }
    assert!(begun > 12, "it was hardly ever cut: begun {begun} times");
}

/// Items in which claims change to and fro, some of them wrong.
fn items(random: &mut Random) -> Vec<pb::LedgerItem> {
    let mut items = Vec::new();
    for index in 0..2_500 {
        let id = format!("c{}", random.below(40));
        items.push(match random.below(20) {
            0 => item(Item::Retraction(pb::ItemRetraction { id, reason: "It was wrong.".into() })),
            1 => claim(pb::Claim { kind: "no such topic".into(), ..statement(&id, "Wrong.") }),
            2 => claim(statement(&format!("new{index}"), "New.")),
            _ => claim(statement(&id, ["A.", "B.", "C."][random.below(3)])),
        });
    }
    items
}

/// Every version of every claim, but for what the clock and the batches decide.
async fn versions(running: &Running) -> Vec<(String, u32, String, bool)> {
    let mut all = Vec::new();
    for index in 0..40 {
        let get = pb::GetClaimRequest { id: format!("c{index}"), all_versions: true, ..Default::default() };
        let found = running.catalog().get_claim(get).await.unwrap().into_inner().versions;
        all.extend(found.into_iter().map(|it| (it.id, it.version, it.text, it.retraction.is_some())));
    }
    all
}

#[tokio::test]
async fn items_that_were_cut_come_to_the_same_claims_versions_and_outcomes() {
    let mut random = Random::new(210);
    let items = items(&mut random);
    let first = pb::ImportRequest { import_id: "cut".into(), continue_on_error: true, ..Default::default() };
    let whole = Running::seeded().await;
    let (answers, _) = super::send(&whole, numbered(first.clone(), items.clone())).await;
    let expected = answers.last().unwrap();
    let mut begun = 0;
    for _ in 0..3 {
        let copy = Running::seeded().await;
        let (last, times) = import_cut(copy.server.address(), &first, &items, &mut random).await;
        begun += times;
        assert_eq!(counts(&last), counts(expected));
        assert_eq!(versions(&copy).await, versions(&whole).await);
        same(&state(&copy).await, &state(&whole).await);
        copy.engine.verify(&sayso::store::Budget::default(), &mut |_| ()).unwrap();
    }
    assert!(begun > 9, "it was hardly ever cut: begun {begun} times");
}

#[tokio::test]
async fn an_import_goes_on_when_the_server_has_gone_and_come_back() {
    let home = tempfile::tempdir().unwrap();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let serve = async || {
        let engine = Arc::new(Engine::open(home.path()).unwrap());
        let server = Server::listen(address, false).await.unwrap();
        server.serve(Arc::clone(&engine)).await;
        let channel = connect(server.address()).await;
        Running { engine, server, channel }
    };
    let first = pb::ImportRequest { import_id: "one".into(), ..Default::default() };
    let step = pb::AttributionStep { clarity: pb::Clarity::Unattributed.into(), ..Default::default() };
    let changing = |text: &str| claim(pb::Claim { attribution: vec![step.clone()], ..statement("c", text) });
    let all = numbered(first, ["A.", "B.", "A.", "C."].map(changing).to_vec());

    let running = serve().await;
    let (messages, stream) = tokio::sync::mpsc::channel(8);
    for message in &all[..4] {
        messages.send(message.clone()).await.unwrap();
    }
    let stream = tokio_stream::wrappers::ReceiverStream::new(stream);
    let mut answers = running.ledger().import(stream).await.unwrap().into_inner();
    while answers.message().await.unwrap().unwrap().acknowledged_sequence < 3 {}
    // A server that ends writes what it has, and has the client come back.
    let Running { engine, server, channel } = running;
    let (stopped, ended) = tokio::join!(server.stop(), answers.message());
    stopped.unwrap();
    assert_eq!(ended.unwrap_err().code(), tonic::Code::Unavailable);
    drop((engine, channel, messages, answers));

    let running = serve().await;
    let (answers, error) = super::send(&running, all).await;
    assert_eq!(error.map(|status| status.message().to_owned()), None);
    assert_eq!((answers[0].acknowledged_sequence, counts(&answers[0])), (3, [1, 2, 0, 0, 0, 0]));
    assert_eq!(counts(answers.last().unwrap()), [1, 3, 0, 0, 0, 0]);
    import(&running, vec![changing("D.")]).await;
}

#[tokio::test]
async fn a_table_goes_on_with_the_page_that_was_cut() {
    let running = Running::empty().await;
    import(
        &running,
        (0..2_500)
            .map(|index| {
                let step =
                    pb::AttributionStep { clarity: pb::Clarity::Unattributed.into(), ..Default::default() };
                claim(pb::Claim { attribution: vec![step], ..statement(&format!("c{index}"), "A claim.") })
            })
            .collect(),
    )
    .await;
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    let relayed = relay(running.server.address(), move || match counted.fetch_add(1, Ordering::Relaxed) {
        0 => 1_500,
        1 => 30_000,
        _ => usize::MAX,
    });
    let export = async |server: SocketAddr| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sayso"));
        command.args(["export", "--format", "csv", "--server", &format!("http://{server}")]);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let expected = export(running.server.address()).await;
    assert_eq!(expected.lines().count(), 2_501);
    assert_eq!(export(relayed.await).await, expected);
    assert!(connections.load(Ordering::Relaxed) > 1, "it was not cut");
}

/// What a message of a watch tells, a line for each change.
fn changes(message: &pb::WatchResponse) -> Vec<String> {
    let revision = message.revision.as_ref().unwrap().number;
    let claim = |claim: &Option<pb::Claim>| claim.as_ref().map(|it| (it.id.clone(), it.version)).unwrap();
    let added = message.added.iter().map(|it| format!("{revision} + {:?}", claim(&it.claim)));
    let changed = message.changed.iter().map(|it| format!("{revision} ~ {:?}", claim(&it.claim)));
    let gone = message.gone.iter().map(|it| format!("{revision} - {} {}", it.id, it.version));
    added.chain(changed).chain(gone).collect()
}

/// Sends an import until it is whole or its server is gone; what was told last, if it is whole.
async fn import_until_killed(
    channel: Channel,
    messages: Vec<pb::ImportRequest>,
) -> Option<pb::ImportResponse> {
    let answers = LedgerServiceClient::new(channel).import(tokio_stream::iter(messages)).await;
    let (mut answers, mut last) = (answers.ok()?.into_inner(), None);
    while let Some(answer) = answers.message().await.ok()? {
        last = Some(answer);
    }
    last
}

#[tokio::test]
async fn a_watch_sees_each_change_of_an_import_once_though_the_server_is_killed() {
    const KILLS: u64 = 3;
    let home = tempfile::tempdir().unwrap();
    let mut random = Random::new(230);
    let first = pb::ImportRequest { import_id: "one".into(), continue_on_error: true, ..Default::default() };
    let all = numbered(first, items(&mut random));
    let (mut process, _, mut channel) = Process::start_logging(home.path(), "warn").await;
    let watch = async |channel: &Channel, after| {
        let request =
            pb::WatchRequest { query: "claim".into(), after_revision: Some(after), ..Default::default() };
        LedgerServiceClient::new(channel.clone()).watch(request).await.unwrap().into_inner()
    };
    let (mut seen, mut after, mut counted) = (Vec::new(), 1, None);
    for round in 0..=KILLS {
        let importer = tokio::spawn(import_until_killed(channel.clone(), all.clone()));
        let mut messages = watch(&channel, after).await;
        let mut end = None;
        if round == KILLS {
            counted = importer.await.unwrap();
            let head = LedgerServiceClient::new(channel.clone()).get_head(pb::GetHeadRequest {}).await;
            end = Some(head.unwrap().into_inner().revision.unwrap().number);
        }
        // What came since the last checkpoint counts only when that comes.
        let (mut open, mut checkpoints) = (Vec::new(), 0);
        while let Ok(Some(message)) = messages.message().await {
            open.extend(changes(&message));
            if message.checkpoint {
                after = message.revision.as_ref().unwrap().number;
                seen.append(&mut open);
                checkpoints += 1;
            }
            if end == Some(after) {
                break;
            }
            if end.is_none() && checkpoints == 20 + round * 7 {
                process.child.kill().unwrap();
                process.child.wait().unwrap();
            }
        }
        if end.is_none() {
            (process, _, channel) = Process::start_logging(home.path(), "warn").await;
        }
    }
    let [created, new_versions, _, retracted, refused, _] = counts(&counted.unwrap());
    assert!(created > 20 && new_versions > 500 && retracted > 20 && refused > 20);
    assert_eq!(seen.len() as u64, created + new_versions + retracted);
    // Whoever is never cut off is told the same.
    let (mut messages, mut expected, mut at) = (watch(&channel, 1).await, Vec::new(), 1);
    while at < after {
        let message = messages.message().await.unwrap().unwrap();
        expected.extend(changes(&message));
        at = message.revision.as_ref().unwrap().number;
    }
    same(&seen, &expected);
}

/// Claims that refer to others of their fifty, to and fro, some of them wrong.
fn related(random: &mut Random) -> String {
    let step = r#"{"clarity":"CLARITY_UNATTRIBUTED"}"#;
    let mut lines = String::new();
    for index in 0..3_000_usize {
        let other = index / 50 * 50 + random.below(50);
        let relation = format!(r#"[{{"kind":"RELATION_KIND_REPEATS","claim":"c{other}"}}]"#);
        let relations = if random.percent(40) && other != index { relation } else { "[]".to_owned() };
        let kind = if random.percent(3) { "nowhere" } else { "" };
        lines += &format!(
            r#"{{"claim":{{"id":"c{index}","text":"Claim {index}.","event":{{}},"kind":"{kind}","attribution":[{step}],"relations":{relations}}}}}"#
        );
        lines.push('\n');
    }
    lines
}

/// A table whose rows name countries and sources as they are met, and the mapping of it.
fn table(random: &mut Random) -> (String, &'static str) {
    let mut rows = "id,country,source,low,high,before\n".to_owned();
    for id in 0..2_000_usize {
        let (low, more) = (random.below(9), random.below(9));
        let high = if random.percent(3) { 0 } else { low + more };
        let before = if random.percent(30) { random.below(id + 1).to_string() } else { String::new() };
        rows +=
            &format!("{id},Country {},Source {},{low},{high},{before}\n", random.below(id / 20 + 2), id / 50);
    }
    let mapping = r"
format: csv
values:
  before: { column: before, if: before }
entities:
  - { id: deaths, kind: topic, name: Deaths, parents: [losses] }
  - { id: losses, kind: topic, name: Losses }
  - { kind: country, name: '{country}' }
sources:
  - { kind: ngo, name: '{source}' }
claims:
  - id: 't{id}'
    text: 'Between {low} and {high} people died in {country}.'
    figure: { low: '{low}', high: '{high}', unit: person, basis: flow }
    kind: deaths
    places: ['{country}']
    attribution:
      - { sources: ['{source}'], act: estimated }
    relations:
      - { if: before, kind: repeats, claim: 't{before}' }
";
    (rows, mapping)
}

/// Runs an import by the command, to its end; what it says last.
async fn import_by_command(files: &[&Path], server: SocketAddr, report: &Path) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sayso"));
    command.arg("import").args(files).arg("--continue-on-error").arg(report);
    command.args(["--server", &format!("http://{server}")]);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    let last =
        said.lines().rev().find(|line| line.contains(" created, ")).unwrap_or_else(|| panic!("{said}"));
    last.split_once("; revision").unwrap().0.to_owned()
}

#[tokio::test]
async fn what_the_command_imports_over_a_line_that_is_cut_is_the_same() {
    let home = tempfile::tempdir().unwrap();
    let path = |name: &str| home.path().join(name);
    let mut random = Random::new(220);
    std::fs::write(path("related.jsonl"), related(&mut random)).unwrap();
    let (rows, mapping) = table(&mut random);
    std::fs::write(path("table.csv"), rows).unwrap();
    std::fs::write(path("mapping.yaml"), mapping).unwrap();
    let (lines, rows, mapping) = (path("related.jsonl"), path("table.csv"), path("mapping.yaml"));
    for files in [vec![lines.as_path()], vec![&rows, Path::new("--mapping"), &mapping]] {
        let whole = Running::empty().await;
        let expected = import_by_command(&files, whole.server.address(), &path("whole")).await;
        let copy = Running::empty().await;
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        let relayed = relay(copy.server.address(), move || match counted.fetch_add(1, Ordering::Relaxed) {
            // What the ledger has is asked for in the first.
            0 => random.between(20_000, 60_000),
            // Enough for a batch or two, so that it comes to an end.
            count if count % 3 == 0 => random.between(300_000, 400_000),
            _ => random.between(5_000, 150_000),
        });
        let said = import_by_command(&files, relayed.await, &path("cut")).await;
        assert_eq!(said, expected);
        same(&state(&copy).await, &state(&whole).await);
        let report = |name| std::fs::read_to_string(path(name)).unwrap();
        assert_eq!(report("cut"), report("whole"));
        assert!(report("cut").lines().count() > 30);
        assert!(!path("cut.resume").exists());
        assert!(
            connections.load(Ordering::Relaxed) > 2,
            "it was hardly ever cut: {connections:?} connections"
        );
        random = Random::new(221);
    }
}
