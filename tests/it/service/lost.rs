//! An answer that is lost on its way: the same request again answers the same, and changes nothing.

use super::process::Process;
use super::{connect, exactly, statement, told};
use sayso::wire::pb;
use sayso::wire::pb::catalog_service_client::CatalogServiceClient;
use sayso::wire::pb::ledger_service_client::LedgerServiceClient;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tonic::Code;
use tonic::transport::Channel;

/// Stands between a caller and a server, and can keep from the caller what the server says. Dropped,
/// it hangs up on both.
struct Relay {
    address: SocketAddr,
    keeps: watch::Sender<bool>,
    passing: JoinHandle<()>,
}

impl Relay {
    /// Takes one connection to a server.
    async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (keeps, is_kept) = watch::channel(false);
        let passing = tokio::spawn(async move {
            let (caller, _) = listener.accept().await.unwrap();
            let (mut from_caller, mut to_caller) = caller.into_split();
            let (mut from_server, mut to_server) = TcpStream::connect(server).await.unwrap().into_split();
            let answers = async {
                let mut bytes = [0; 4_096];
                loop {
                    let length = from_server.read(&mut bytes).await.unwrap();
                    if length == 0 {
                        break;
                    }
                    if !*is_kept.borrow() {
                        to_caller.write_all(&bytes[..length]).await.unwrap();
                    }
                }
            };
            tokio::select! {
                _ = copy(&mut from_caller, &mut to_server) => {}
                () = answers => {}
            }
        });
        Self { address, keeps, passing }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.passing.abort();
    }
}

async fn head(channel: &Channel) -> pb::GetHeadResponse {
    LedgerServiceClient::new(channel.clone()).get_head(pb::GetHeadRequest {}).await.unwrap().into_inner()
}

async fn record(channel: &Channel, request: pb::RecordRequest) -> Result<pb::RecordResponse, tonic::Status> {
    LedgerServiceClient::new(channel.clone()).record(request).await.map(tonic::Response::into_inner)
}

fn recording(claims: Vec<pb::Claim>, request_id: &str) -> pb::RecordRequest {
    pb::RecordRequest { claims, request_id: request_id.to_owned(), ..Default::default() }
}

#[tokio::test]
async fn a_lost_answer_is_given_again_and_nothing_else_happens() {
    let home = tempfile::tempdir().unwrap();
    let (mut process, _, channel) = Process::start_logging(home.path(), "warn").await;
    record(&channel, recording(vec![statement("old", "Written before.")], "r0")).await.unwrap();
    let relay = Relay::to(process.address).await;
    let relayed = connect(relay.address).await;
    // It passes on until it is told to keep what it hears.
    let before = head(&relayed).await.revision.unwrap().number;
    relay.keeps.send_replace(true);
    let claims = vec![statement("new", "Written once."), statement("old", "Put another way.")];
    let request = recording(claims, "r1");
    let sent = tokio::spawn({
        let request = request.clone();
        async move { record(&relayed, request).await }
    });
    let consistency = super::at_least(before + 1);
    let get = pb::GetClaimRequest { id: "new".to_owned(), consistency, ..Default::default() };
    let written = CatalogServiceClient::new(channel.clone()).get_claim(get).await.unwrap().into_inner();
    drop(relay);
    let lost = sent.await.unwrap().unwrap_err();
    assert!(matches!(lost.code(), Code::Unavailable | Code::Unknown | Code::Cancelled), "{lost}");

    let after = head(&channel).await;
    let outcome = |id: &str, outcome: pb::Outcome, version| pb::ItemOutcome {
        r#type: pb::ItemType::Claim.into(),
        id: id.to_owned(),
        outcome: outcome.into(),
        version,
    };
    let answer = pb::RecordResponse {
        revision: written.revision.clone(),
        outcomes: vec![outcome("new", pb::Outcome::Created, 1), outcome("old", pb::Outcome::NewVersion, 2)],
    };
    assert_eq!(record(&connect(process.address).await, request.clone()).await.unwrap(), answer);
    assert_eq!(head(&channel).await, after);

    // Neither what is written since nor another process changes that.
    let since = record(&channel, recording(vec![statement("new", "Written since.")], "r2")).await.unwrap();
    assert_eq!(record(&channel, request.clone()).await.unwrap(), answer);
    process.child.kill().unwrap();
    process.child.wait().unwrap();
    let (process, _, channel) = Process::start_logging(home.path(), "warn").await;
    assert_eq!(head(&channel).await.revision, since.revision);
    assert_eq!(record(&channel, request.clone()).await.unwrap(), answer);
    let after = head(&channel).await;

    let other = recording(vec![statement("new", "Something else.")], "r1");
    assert_eq!(
        told(&record(&channel, other).await.unwrap_err()),
        "AlreadyExists: the request id `r1` was used for another content: a retry must repeat the request as it was\n\
         google.rpc.ErrorInfo {\"domain\":\"sayso.v1\",\"reason\":\"REQUEST_ID_REUSED\"}"
    );
    assert_eq!(head(&channel).await, after);
    let consistency = exactly(before + 1);
    let get = pb::GetClaimRequest { id: "new".to_owned(), consistency, ..Default::default() };
    let again = CatalogServiceClient::new(channel).get_claim(get).await.unwrap().into_inner();
    assert_eq!(again, written);
    assert_eq!(process.end().0, Some(0));
}
