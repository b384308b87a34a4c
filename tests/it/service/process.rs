//! `sayso serve` as a process: what it logs, and what is left of it when it is killed.

use super::{asking, connect, graded, statement};
use sayso::wire::pb;
use sayso::wire::pb::catalog_service_client::CatalogServiceClient;
use sayso::wire::pb::ledger_service_client::LedgerServiceClient;
use sayso::wire::pb::query_service_client::QueryServiceClient;
use std::io::{BufRead, BufReader, Lines};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use tonic::transport::Channel;

/// A server in a process of its own, killed if it was not ended.
pub(super) struct Process {
    pub(super) child: Child,
    /// Where it listens.
    pub(super) address: SocketAddr,
    lines: Lines<BufReader<ChildStderr>>,
}

impl Process {
    /// Serves a ledger with the seeds; returns once it listens, with what it said by then.
    async fn start(data: &Path) -> (Self, Vec<String>, Channel) {
        Self::start_logging(data, "info").await
    }

    /// As [`Self::start`], logging no more than this level. Nobody reads the log while it runs, so
    /// that much of it would stop the server.
    pub(super) async fn start_logging(data: &Path, level: &str) -> (Self, Vec<String>, Channel) {
        Self::start_by(&mut Command::new(env!("CARGO_BIN_EXE_sayso")), data, level).await
    }

    /// As [`Self::start`], where no file may become longer than so many bytes: one that would is as on
    /// a full disk.
    pub(super) async fn start_in(data: &Path, bytes: u64) -> (Self, Vec<String>, Channel) {
        let limited = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", bytes / 512);
        let mut shell = Command::new("sh");
        Self::start_by(shell.args(["-c", &limited, env!("CARGO_BIN_EXE_sayso")]), data, "off").await
    }

    async fn start_by(command: &mut Command, data: &Path, level: &str) -> (Self, Vec<String>, Channel) {
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--seeds", "seeds", "--data"])
            .arg(data)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("SAYSO_LOG", level)
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut said = Vec::new();
        let address = loop {
            let line = lines.next().unwrap().unwrap();
            said.push(line.clone());
            if let Some(rest) = line.strip_prefix("listening on ") {
                break rest.split(';').next().unwrap().parse().unwrap();
            }
        };
        let channel = connect(address).await;
        (Self { child, address, lines }, said, channel)
    }

    /// Tells it to end, as a terminal or a supervisor does, and returns its status and what it said.
    pub(super) fn end(mut self) -> (Option<i32>, Vec<String>) {
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
