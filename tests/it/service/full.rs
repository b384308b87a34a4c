//! A disk that becomes full under a server: nothing acknowledged is lost, what is there is answered,
//! and with room again it goes on.

use super::process::Process;
use super::verify::verified;
use super::{statement, told};
use sayso::wire::pb;
use sayso::wire::pb::catalog_service_client::CatalogServiceClient;
use sayso::wire::pb::ledger_service_client::LedgerServiceClient;
use sayso::wire::pb::verify_response::State;
use tonic::Status;
use tonic::transport::Channel;

/// A write of some hundred KiB.
fn request(number: usize) -> pb::RecordRequest {
    let text = format!("{number} {}", "x".repeat(1_900));
    let claims = (0..100).map(|claim| statement(&format!("c{number}-{claim}"), &text)).collect();
    pb::RecordRequest { claims, request_id: format!("r{number}"), ..Default::default() }
}

async fn record(channel: &Channel, number: usize) -> Result<pb::RecordResponse, Status> {
    LedgerServiceClient::new(channel.clone()).record(request(number)).await.map(tonic::Response::into_inner)
}

/// Whether exactly these writes are there, each whole.
async fn has(channel: &Channel, writes: usize) {
    let mut catalog = CatalogServiceClient::new(channel.clone());
    for number in 0..writes {
        let claims = request(number).claims;
        let ids = claims.iter().map(|claim| claim.id.clone()).collect();
        let found = catalog.batch_get_claims(pb::BatchGetClaimsRequest { ids, consistency: None }).await;
        let texts = |claims: Vec<pb::Claim>| claims.into_iter().map(|claim| claim.text).collect::<Vec<_>>();
        assert_eq!(texts(found.unwrap().into_inner().claims), texts(claims));
    }
    let id = format!("c{writes}-0");
    let get = pb::GetClaimRequest { id, ..Default::default() };
    assert_eq!(catalog.get_claim(get).await.unwrap_err().code(), tonic::Code::NotFound);
}

#[tokio::test]
async fn a_full_disk_loses_nothing_and_stops_no_reader() {
    let home = tempfile::tempdir().unwrap();
    let (process, _, channel) = Process::start_logging(home.path(), "warn").await;
    for number in 0..3 {
        record(&channel, number).await.unwrap();
    }
    drop(channel);
    assert_eq!(process.end().0, Some(0));

    let length = home.path().join("ledger.redb").metadata().unwrap().len();
    let (mut process, _, channel) = Process::start_in(home.path(), length + (1 << 20)).await;
    let mut writes = 3;
    let failed = loop {
        match record(&channel, writes).await {
            Ok(_) => writes += 1,
            Err(failed) => break failed,
        }
    };
    assert_eq!(
        told(&failed),
        r#"Unavailable: the outcome is unknown: the ledger could not be written: I/O error: File too large (os error 27); retry with the same request_id
google.rpc.ErrorInfo {"domain":"sayso.v1","reason":"OUTCOME_UNKNOWN"}
google.rpc.RetryInfo {"retryDelay":"0.100s"}"#
    );
    // Neither is it said to be written when it is sent again, nor is anything else written.
    for number in [writes, writes + 1] {
        assert_eq!(
            told(&record(&channel, number).await.unwrap_err()),
            r#"Unavailable: an earlier write failed; nothing is written until the store has been opened again; restart the server
google.rpc.ErrorInfo {"domain":"sayso.v1","reason":"STORE_UNAVAILABLE"}"#
        );
    }
    let again = record(&channel, writes - 1).await.unwrap();
    assert_eq!(again.outcomes.len(), 100, "a write that was acknowledged is answered again");
    has(&channel, writes).await;
    process.child.kill().unwrap();
    process.child.wait().unwrap();

    let (process, _, channel) = Process::start_logging(home.path(), "warn").await;
    assert_eq!(record(&channel, writes - 1).await.unwrap(), again);
    record(&channel, writes).await.unwrap();
    has(&channel, writes + 1).await;
    let (found, _) = verified(&mut LedgerServiceClient::new(channel)).await;
    assert!(matches!(found, State::Sound(_)), "{found:?}");
    assert_eq!(process.end().0, Some(0));
}
