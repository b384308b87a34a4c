//! `sayso serve` as a process: what it logs, and what is left of it when it is killed.

use super::{asking, connect, exactly, graded, statement};
use sayso::wire::pb;
use sayso::wire::pb::catalog_service_client::CatalogServiceClient;
use sayso::wire::pb::ledger_service_client::LedgerServiceClient;
use sayso::wire::pb::query_service_client::QueryServiceClient;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tonic::transport::Channel;

/// A server in a process of its own, killed if it was not ended.
struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStderr>>,
}

impl Process {
    /// Serves a ledger with the seeds; returns once it listens, with what it said by then.
    async fn start(data: &Path) -> (Self, Vec<String>, Channel) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sayso"));
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--seeds", "seeds", "--data"])
            .arg(data)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("SAYSO_LOG", "info")
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut said = Vec::new();
        let address = loop {
            let line = lines.next().unwrap().unwrap();
            said.push(line.clone());
            if let Some(rest) = line.strip_prefix("listening on ") {
                break rest.split(';').next().unwrap().to_owned();
            }
        };
        let channel = connect(address.parse().unwrap()).await;
        (Self { child, lines }, said, channel)
    }

    /// Tells it to end, as a terminal or a supervisor does, and returns its status and what it said.
    fn end(mut self) -> (Option<i32>, Vec<String>) {
        let kill = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(kill.unwrap().success());
        let said = self.lines.by_ref().map(Result::unwrap).collect();
        (self.child.wait().unwrap().code(), said)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // An error says that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A line of the log without its time and its latency.
fn steady(line: &str) -> String {
    let words = line.split_whitespace().skip_while(|word| !word.chars().all(char::is_uppercase));
    words.filter(|word| !word.starts_with("latency_us=")).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn the_log_tells_how_each_call_ended() {
    let home = tempfile::tempdir().unwrap();
    let (process, said, channel) = Process::start(&home.path().join("data")).await;
    assert_eq!(
        said[0],
        format!("25 claims by 10 sources at revision 1, kept in {}", home.path().join("data").display())
    );
    let mut queries = QueryServiceClient::new(channel.clone());
    queries.query(asking("FIGURE where  kind=workers")).await.unwrap();
    queries.query(asking("figure where knd=workers")).await.unwrap_err();
    let mut ledger = LedgerServiceClient::new(channel);
    ledger.get_head(pb::GetHeadRequest {}).await.unwrap();
    drop((queries, ledger));

    let (status, said) = process.end();
    assert_eq!(status, Some(0));
    let (ending, logged) = said.split_last().unwrap();
    assert_eq!(ending, "ending, once the calls that are under way are answered");
    assert_eq!(
        logged.iter().map(|line| steady(line)).collect::<Vec<_>>(),
        [
            r#"INFO call{method="Query" rows=2 query="figure where kind=workers" code=Ok}: sayso::service::call: ended"#,
            r#"INFO call{method="Query" code=InvalidArgument}: sayso::service::call: ended"#,
            r#"INFO call{method="GetHead" rows=1 code=Ok}: sayso::service::call: ended"#,
        ]
    );
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_kill() {
    let home = tempfile::tempdir().unwrap();
    let (mut process, _, channel) = Process::start(home.path()).await;
    let claims = vec![statement("c1", "Written just before the end.")];
    let request = pb::RecordRequest { claims, ..Default::default() };
    let receipt = LedgerServiceClient::new(channel).record(request).await.unwrap().into_inner();
    process.child.kill().unwrap();
    process.child.wait().unwrap();

    // The seeds are written again, and change nothing.
    let (process, _, channel) = Process::start(home.path()).await;
    let head = LedgerServiceClient::new(channel.clone()).get_head(pb::GetHeadRequest {}).await.unwrap();
    assert_eq!(head.into_inner().revision, receipt.revision);
    let get = pb::GetClaimRequest { id: "c1".to_owned(), ..Default::default() };
    let found = CatalogServiceClient::new(channel).get_claim(get).await.unwrap().into_inner();
    assert_eq!(found.claim.unwrap().text, "Written just before the end.");
    assert_eq!(process.end().0, Some(0));
}

#[tokio::test]
async fn a_page_token_goes_on_after_a_kill_and_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let (mut process, _, channel) = Process::start(home.path()).await;
    let mut request = pb::QueryRequest { page_size: 2, ..asking("claim where by=NIS sort id") };
    let first = QueryServiceClient::new(channel.clone()).query(request.clone()).await.unwrap().into_inner();
    assert_eq!(graded(&first), "student-visas, withdrawn-mid-january");
    let mut newer = statement("a-newer", "Written between two pages.");
    newer.attribution[0].sources = vec!["nis".to_owned()];
    let newer = pb::RecordRequest { claims: vec![newer], ..Default::default() };
    LedgerServiceClient::new(channel).record(newer).await.unwrap();
    process.child.kill().unwrap();
    process.child.wait().unwrap();

    let (process, _, channel) = Process::start(home.path()).await;
    request.page_token = first.next_page_token;
    request.page_size = 50;
    let second = QueryServiceClient::new(channel).query(request).await.unwrap().into_inner();
    assert_eq!(graded(&second), "worker-stipend, workers-present, workers-sent");
    assert_eq!((second.revision, second.now), (first.revision, first.now));
    assert_eq!(process.end().0, Some(0));
}

/// Runs `sayso serve` where it refuses: its exit status and what it said.
fn refused(data: &Path, listen: &str) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sayso"));
    command.args(["serve", "--listen", listen, "--data"]).arg(data);
    let output = command.env_remove("SAYSO_INSECURE").env_remove("SAYSO_SEEDS").output().unwrap();
    assert_eq!(output.stdout, b"");
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[tokio::test]
async fn a_directory_has_one_server_at_a_time() {
    let home = tempfile::tempdir().unwrap();
    let (process, _, _) = Process::start(home.path()).await;
    let in_use = format!(
        "the data directory {} is in use by another process; a directory has one server at a time\n",
        home.path().display()
    );
    assert_eq!(refused(home.path(), "127.0.0.1:0"), (Some(1), in_use));
    assert_eq!(process.end().0, Some(0));
}

#[test]
fn it_listens_to_other_machines_only_when_told() {
    let home = tempfile::tempdir().unwrap();
    let exposed = "0.0.0.0:0 can be reached from other machines, and calls are not encrypted: \
        listen on 127.0.0.1, or say --insecure\n";
    assert_eq!(refused(home.path(), "0.0.0.0:0"), (Some(1), exposed.to_owned()));
}

/// Writes one claim after the other until the server is gone; returns what it acknowledged.
async fn write_on(
    channel: Channel,
    prefix: String,
    written: Arc<AtomicUsize>,
) -> Vec<(String, pb::Revision)> {
    let mut ledger = LedgerServiceClient::new(channel);
    let mut acknowledged = Vec::new();
    loop {
        let id = format!("{prefix}-{}", acknowledged.len());
        let claims = vec![statement(&id, &format!("Written as {id}."))];
        let Ok(answer) = ledger.record(pb::RecordRequest { claims, ..Default::default() }).await else {
            return acknowledged;
        };
        acknowledged.push((id, answer.into_inner().revision.unwrap()));
        written.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn kills_while_several_write_lose_nothing_acknowledged() {
    const ROUNDS: usize = 4;
    const WRITERS: usize = 4;
    let home = tempfile::tempdir().unwrap();
    let mut acknowledged: BTreeMap<String, pb::Revision> = BTreeMap::new();
    let mut last = 1;
    for round in 0..=ROUNDS {
        let (mut process, _, channel) = Process::start(home.path()).await;
        let head = LedgerServiceClient::new(channel.clone()).get_head(pb::GetHeadRequest {}).await.unwrap();
        let head = head.into_inner().revision.unwrap();
        assert!(head.number >= last, "revision {last} was acknowledged, and the head is {}", head.number);
        for (id, revision) in &acknowledged {
            let get = pb::GetClaimRequest {
                id: id.clone(),
                consistency: exactly(revision.number),
                ..Default::default()
            };
            let found = CatalogServiceClient::new(channel.clone()).get_claim(get).await.unwrap().into_inner();
            assert_eq!(found.revision.as_ref(), Some(revision));
            let claim = found.claim.unwrap();
            assert_eq!((claim.text, claim.revision), (format!("Written as {id}."), revision.number));
        }
        if round == ROUNDS {
            // Each acknowledged revision has a digest of its own.
            let digests: BTreeSet<&str> = acknowledged.values().map(|it| it.digest.as_str()).collect();
            let numbers: BTreeSet<u64> = acknowledged.values().map(|it| it.number).collect();
            assert_eq!(digests.len(), numbers.len());
            assert_eq!(process.end().0, Some(0));
            return;
        }
        let written = Arc::new(AtomicUsize::new(0));
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let prefix = format!("r{round}-w{writer}");
                tokio::spawn(write_on(channel.clone(), prefix, Arc::clone(&written)))
            })
            .collect();
        // Killed in the middle of it, at another moment in each round.
        while written.load(Ordering::Relaxed) < 5 + 7 * round {
            tokio::task::yield_now().await;
        }
        process.child.kill().unwrap();
        for writer in writers {
            for (id, revision) in writer.await.unwrap() {
                last = last.max(revision.number);
                acknowledged.insert(id, revision);
            }
        }
        process.child.wait().unwrap();
    }
}
