//! `Retract`: claims taken back, hidden and kept.

use super::{Running, graded, number, told};
use sayso::wire::pb;
use sayso::wire::pb::precondition::Condition;

fn retract(ids: &[&str]) -> pb::RetractRequest {
    pb::RetractRequest {
        ids: ids.iter().map(ToString::to_string).collect(),
        reason: "The outlet corrected it.".to_owned(),
        ..pb::RetractRequest::default()
    }
}

fn outcomes(response: &pb::RetractResponse) -> Vec<String> {
    let told = |item: &pb::ItemOutcome| format!("{} {:?} {}", item.id, item.outcome(), item.version);
    response.outcomes.iter().map(told).collect()
}

impl Running {
    async fn retract(&self, request: pb::RetractRequest) -> Result<pb::RetractResponse, tonic::Status> {
        self.ledger().retract(request).await.map(tonic::Response::into_inner)
    }

    async fn found(&self, query: &str) -> String {
        let request = pb::QueryRequest { query: query.to_owned(), ..pb::QueryRequest::default() };
        graded(&self.query().query(request).await.unwrap().into_inner())
    }
}

#[tokio::test]
async fn what_is_taken_back_is_hidden_and_kept_with_its_reason() {
    let running = Running::seeded().await;
    let before = running.ledger().get_head(pb::GetHeadRequest {}).await.unwrap().into_inner();
    let revision = number(&before.revision);
    let response = running.retract(retract(&["workers-sent", "troops-sent"])).await.unwrap();
    assert_eq!(outcomes(&response), ["workers-sent Retracted 1", "troops-sent Retracted 1"]);
    assert_eq!(number(&response.revision), revision + 1);

    let workers = "figure where actor=NK and kind=workers";
    assert_eq!(running.found(workers).await, "workers-present");
    assert_eq!(running.found("figure where retracted=yes").await, "troops-sent, workers-sent");
    assert_eq!(running.found("figure where retracted=no and kind=workers").await, "workers-present");
    assert_eq!(
        running.found(&format!("{workers} as of revision {revision}")).await,
        "workers-present, workers-sent"
    );
    let get = pb::GetClaimRequest { id: "workers-sent".to_owned(), ..Default::default() };
    let stored = running.catalog().get_claim(get.clone()).await.unwrap().into_inner().claim.unwrap();
    let retraction = stored.retraction.clone().unwrap();
    assert_eq!((retraction.reason.as_str(), retraction.revision), ("The outlet corrected it.", revision + 1));
    assert_eq!(retraction.time, response.revision.as_ref().unwrap().recorded);
    let head = running.ledger().get_head(pb::GetHeadRequest {}).await.unwrap().into_inner();
    let claims = |head: &pb::GetHeadResponse| head.counts.as_ref().unwrap().claims;
    assert_eq!(claims(&head) + 2, claims(&before));

    // Once more changes nothing, and makes no commit.
    let again = running.retract(retract(&["workers-sent"])).await.unwrap();
    assert_eq!(
        (outcomes(&again), again.revision),
        (vec!["workers-sent Unchanged 1".to_owned()], response.revision)
    );

    // Recorded again it is live, as its next version; the first stays taken back.
    let request = pb::RecordRequest { claims: vec![stored], ..Default::default() };
    let recorded = running.record(request).await.unwrap();
    assert_eq!((recorded.outcomes[0].outcome(), recorded.outcomes[0].version), (pb::Outcome::NewVersion, 2));
    assert_eq!(running.found(workers).await, "workers-sent, workers-present");
    let all = pb::GetClaimRequest { all_versions: true, ..get };
    let versions = running.catalog().get_claim(all).await.unwrap().into_inner().versions;
    let retracted: Vec<_> =
        versions.iter().map(|claim| (claim.version, claim.retraction.is_some())).collect();
    assert_eq!(retracted, [(1, true), (2, false)]);
}

#[tokio::test]
async fn a_view_reads_nothing_that_was_taken_back() {
    let running = Running::seeded().await;
    let conflicts = async || {
        let query = "norm where kind=workers conflicts".to_owned();
        let request = pb::QueryRequest { query, ..pb::QueryRequest::default() };
        match running.query().query(request).await.unwrap().into_inner().result {
            Some(pb::query_response::Result::Conflicts(found)) => found.rows.len(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(conflicts().await, 1);
    running.retract(retract(&["return-deadline"])).await.unwrap();
    assert_eq!(conflicts().await, 0);
}

#[tokio::test]
async fn a_retry_answers_as_the_first_time() {
    let running = Running::seeded().await;
    let request = || pb::RetractRequest { request_id: "r-1".to_owned(), ..retract(&["unseen"]) };
    let first = running.retract(request()).await.unwrap();
    assert_eq!(outcomes(&first), ["unseen Retracted 1"]);
    running.retract(retract(&["fill-gaps"])).await.unwrap();
    assert_eq!(running.retract(request()).await.unwrap(), first);
    let other = pb::RetractRequest { reason: "Another.".to_owned(), ..request() };
    assert_eq!(
        told(&running.retract(other).await.unwrap_err()),
        "AlreadyExists: the request id `r-1` was used for another content: a retry must repeat the request as it was\n\
         google.rpc.ErrorInfo {\"domain\":\"sayso.v1\",\"reason\":\"REQUEST_ID_REUSED\"}"
    );
}

#[tokio::test]
async fn every_refusal_names_the_place_and_takes_nothing_back() {
    let running = Running::seeded().await;
    let before = running.ledger().get_head(pb::GetHeadRequest {}).await.unwrap().into_inner();
    let reason = |reason: &str| pb::RetractRequest { reason: reason.to_owned(), ..retract(&["unseen"]) };
    let mut refused = String::new();
    let version = pb::Precondition {
        r#type: pb::ItemType::Claim.into(),
        id: "unseen".to_owned(),
        condition: Some(Condition::VersionIs(2)),
    };
    for request in [
        retract(&[]),
        retract(&["unseen", "no-such-claim"]),
        retract(&["unseen", "unseen", "A"]),
        reason(""),
        reason(&"x".repeat(1_001)),
        reason("two\nlines"),
        pb::RetractRequest { preconditions: vec![version], ..retract(&["unseen"]) },
    ] {
        let status = running.retract(request).await.unwrap_err();
        refused += &format!("{:?}: {}\n", status.code(), status.message().trim_end());
    }
    assert_eq!(
        refused,
        "\
InvalidArgument: ids: names no claim: at least one id is needed
InvalidArgument: ids[1]: the ledger has no claim `no-such-claim`
InvalidArgument: ids[1]: the id `unseen` stands twice in the batch, first at ids[0] (and 1 more)
InvalidArgument: reason: must not be empty
InvalidArgument: reason: has 1001 characters; at most 1000 are allowed
InvalidArgument: reason: has '\\n' at byte 3; control characters are not allowed
FailedPrecondition: `unseen` has version 1, not 2
"
    );
    let after = running.ledger().get_head(pb::GetHeadRequest {}).await.unwrap().into_inner();
    assert_eq!(before, after);
}
