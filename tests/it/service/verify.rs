//! `Verify`: progress, then what was found.

use super::Running;
use sayso::wire::pb;
use sayso::wire::pb::ledger_service_client::LedgerServiceClient;
use sayso::wire::pb::verify_response::State;
use tokio_stream::StreamExt;
use tonic::transport::Channel;

/// What a server found of its ledger, and how far it said to be by then.
pub(super) async fn verified(ledger: &mut LedgerServiceClient<Channel>) -> (State, Vec<State>) {
    let stream = ledger.verify(pb::VerifyRequest {}).await.unwrap().into_inner();
    let mut states: Vec<State> = stream.map(|state| state.unwrap().state.unwrap()).collect().await;
    (states.pop().unwrap(), states)
}

#[tokio::test]
async fn a_ledger_that_is_served_is_verified() {
    let running = Running::seeded().await;
    let head = running.ledger().get_head(pb::GetHeadRequest {}).await.unwrap().into_inner();
    let claims = head.counts.unwrap().claims;
    let (found, states) = verified(&mut running.ledger()).await;
    let sound = pb::VerifiedLedger { revision: head.revision, files: 0, claims };
    assert_eq!(found, State::Sound(sound));
    // Whether the others were taken in time is chance, but the first finds the place empty.
    let first = pb::VerifyProgress { all_commits: 1, all_claims: claims, commits: 1, ..Default::default() };
    assert_eq!(states.first(), Some(&State::Progress(first)));
}
