//! `LedgerService`: what is recorded and what became of it; everything that is refused, whole.

use super::{Running, number, statement, told, topic};
use prost::Message;
use sayso::wire::pb;
use sayso::wire::pb::precondition::Condition;
use tonic::Request;
use tonic::codegen::http::uri::PathAndQuery;
use tonic_prost::ProstCodec;

fn outcomes(response: &pb::RecordResponse) -> Vec<String> {
    let told = |item: &pb::ItemOutcome| {
        format!("{:?} {} {:?} {}", item.r#type(), item.id, item.outcome(), item.version)
    };
    response.outcomes.iter().map(told).collect()
}

fn claims(claims: Vec<pb::Claim>) -> pb::RecordRequest {
    pb::RecordRequest { claims, ..Default::default() }
}

#[tokio::test]
async fn what_is_recorded_is_read_back() {
    let running = Running::empty().await;
    let mut claim = statement("c1", "Ferries ran on time.");
    claim.attribution[0].sources = vec!["The Paper".to_owned()];
    claim.kind = "ferries".to_owned();
    claim.when = Some(pb::Time { text: "2025-01".to_owned(), ..Default::default() });
    let paper = pb::Source {
        id: "paper".to_owned(),
        kind: pb::SourceKind::NewsOutlet.into(),
        name: "The Paper".to_owned(),
        ..Default::default()
    };
    let request = pb::RecordRequest {
        claims: vec![claim.clone()],
        sources: vec![paper],
        entities: vec![topic("ferries")],
        ..Default::default()
    };
    let first = running.record(request.clone()).await.unwrap();
    assert_eq!(number(&first.revision), 1);
    let created =
        ["Entity ferries Created 1", "Source paper Created 1", "Claim c1 Created 1"].map(str::to_owned);
    assert_eq!(outcomes(&first), created);

    let get = pb::GetClaimRequest { id: "c1".to_owned(), ..Default::default() };
    let mut stored = running.catalog().get_claim(get).await.unwrap().into_inner().claim.unwrap();
    assert_eq!((stored.attribution[0].sources[0].as_str(), stored.version, stored.revision), ("paper", 1, 1));
    let when = stored.when.clone().unwrap();
    assert_eq!((when.start.unwrap().seconds, when.end.unwrap().seconds), (1_735_689_600, 1_738_368_000));

    // What was read may be written back as it is.
    let unchanged = running.record(claims(vec![stored.clone()])).await.unwrap();
    assert_eq!(outcomes(&unchanged), ["Claim c1 Unchanged 1"]);
    assert_eq!(unchanged.revision, first.revision);
    stored.text = "Ferries ran late.".to_owned();
    let changed = running.record(claims(vec![stored])).await.unwrap();
    assert_eq!(
        (outcomes(&changed), number(&changed.revision)),
        (vec!["Claim c1 NewVersion 2".to_owned()], 2)
    );

    let head = running.ledger().get_head(pb::GetHeadRequest {}).await.unwrap().into_inner();
    assert_eq!(head.revision, changed.revision);
    assert_eq!(head.counts, Some(pb::Counts { claims: 1, sources: 1, entities: 1, documents: 0 }));
}

/// Refuses the batch, with nothing of it left, and tells why.
async fn refusal(running: &Running, request: pb::RecordRequest) -> String {
    let before = running.ledger().get_head(pb::GetHeadRequest {}).await.unwrap().into_inner();
    let refused = running.record(request).await.unwrap_err();
    let after = running.ledger().get_head(pb::GetHeadRequest {}).await.unwrap().into_inner();
    assert_eq!(before, after);
    told(&refused)
}

#[tokio::test]
async fn every_refusal_names_the_field_and_leaves_nothing() {
    let running = Running::seeded().await;
    let sound = || statement("c1", "A claim.");

    let unknown_actor = pb::Claim { actors: vec!["Norh Korea".to_owned()], ..statement("c2", "Another.") };
    assert_eq!(
        refusal(&running, claims(vec![sound(), unknown_actor])).await,
        r#"InvalidArgument: claims[1].actors[0]: there is no entity `Norh Korea`; did you mean `North Korea`?
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"violations":"1"},"reason":"INVALID_ITEM"}
google.rpc.BadRequest {"fieldViolations":[{"description":"there is no entity `Norh Korea`; did you mean `North Korea`?","field":"claims[1].actors[0]"}]}"#
    );

    let figure = pb::Figure { low: Some(2.0), high: Some(1.0), ..Default::default() };
    let low_above_high =
        pb::Claim { content: Some(pb::claim::Content::Figure(figure)), ..statement("c2", "A figure.") };
    assert_eq!(
        refusal(&running, claims(vec![low_above_high])).await,
        r#"InvalidArgument: claims[0].figure: low 2 is above high 1
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"violations":"1"},"reason":"INVALID_ITEM"}
google.rpc.BadRequest {"fieldViolations":[{"description":"low 2 is above high 1","field":"claims[0].figure"}]}"#
    );

    let bad_date =
        pb::Claim { when: Some(pb::Time { text: "2025-02-30".to_owned(), ..Default::default() }), ..sound() };
    assert_eq!(
        refusal(&running, claims(vec![bad_date])).await,
        r#"InvalidArgument: claims[0].when: day 30: the days of that month go from 01 to 28
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"violations":"1"},"reason":"INVALID_ITEM"}
google.rpc.BadRequest {"fieldViolations":[{"description":"day 30: the days of that month go from 01 to 28","field":"claims[0].when"}]}"#
    );

    let part_of = |id: &str, parent: &str| pb::Entity { parents: vec![parent.to_owned()], ..topic(id) };
    let entities = vec![part_of("a", "b"), part_of("b", "c"), part_of("c", "a")];
    assert_eq!(
        refusal(&running, pb::RecordRequest { entities, ..Default::default() }).await,
        r#"InvalidArgument: entities[0].parents: goes round in a cycle: a → b → c → a (and 2 more)
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"violations":"3"},"reason":"INVALID_ITEM"}
google.rpc.BadRequest {"fieldViolations":[{"description":"goes round in a cycle: a → b → c → a","field":"entities[0].parents"},{"description":"goes round in a cycle: b → c → a → b","field":"entities[1].parents"},{"description":"goes round in a cycle: c → a → b → c","field":"entities[2].parents"}]}"#
    );

    assert_eq!(
        refusal(&running, claims(vec![sound(), sound()])).await,
        r#"InvalidArgument: claims[1].id: the id `c1` stands twice in the batch, first at claims[0]
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"violations":"1"},"reason":"INVALID_ITEM"}
google.rpc.BadRequest {"fieldViolations":[{"description":"the id `c1` stands twice in the batch, first at claims[0]","field":"claims[1].id"}]}"#
    );

    let unattributed = pb::Claim { attribution: Vec::new(), ..sound() };
    assert_eq!(
        refusal(&running, claims(vec![unattributed])).await,
        r#"InvalidArgument: claims[0].attribution: must hold at least one step: who said it, origin first, publisher last
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"violations":"1"},"reason":"INVALID_ITEM"}
google.rpc.BadRequest {"fieldViolations":[{"description":"must hold at least one step: who said it, origin first, publisher last","field":"claims[0].attribution"}]}"#
    );

    let oversized = pb::Claim { text: "é".repeat(2_001), ..sound() };
    assert_eq!(
        refusal(&running, claims(vec![oversized])).await,
        r#"InvalidArgument: claims[0].text: has 2001 characters; at most 2000 are allowed
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"violations":"1"},"reason":"INVALID_ITEM"}
google.rpc.BadRequest {"fieldViolations":[{"description":"has 2001 characters; at most 2000 are allowed","field":"claims[0].text"}]}"#
    );

    let unknown_number = pb::Claim { mode: 99, ..sound() };
    assert_eq!(
        refusal(&running, claims(vec![unknown_number])).await,
        r#"InvalidArgument: claims[0].mode: 99 is no value of this vocabulary
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"violations":"1"},"reason":"INVALID_ITEM"}
google.rpc.BadRequest {"fieldViolations":[{"description":"99 is no value of this vocabulary","field":"claims[0].mode"}]}"#
    );
}

#[tokio::test]
async fn of_many_violations_ten_are_named_and_all_are_counted() {
    let running = Running::empty().await;
    let entities = (0..25).map(|index| pb::Entity { name: String::new(), ..topic(&format!("t{index}")) });
    let request = pb::RecordRequest { entities: entities.collect(), ..Default::default() };
    assert_eq!(
        refusal(&running, request).await,
        r#"InvalidArgument: entities[0].name: must not be empty (and 24 more)
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"violations":"25"},"reason":"INVALID_ITEM"}
google.rpc.BadRequest {"fieldViolations":[{"description":"must not be empty","field":"entities[0].name"},{"description":"must not be empty","field":"entities[1].name"},{"description":"must not be empty","field":"entities[2].name"},{"description":"must not be empty","field":"entities[3].name"},{"description":"must not be empty","field":"entities[4].name"},{"description":"must not be empty","field":"entities[5].name"},{"description":"must not be empty","field":"entities[6].name"},{"description":"must not be empty","field":"entities[7].name"},{"description":"must not be empty","field":"entities[8].name"},{"description":"must not be empty","field":"entities[9].name"}]}"#
    );
}

#[tokio::test]
async fn a_retry_answers_as_the_first_time_and_another_content_is_refused() {
    let running = Running::seeded().await;
    let request = pb::RecordRequest { request_id: "r1".to_owned(), ..claims(vec![statement("c1", "One.")]) };
    let first = running.record(request.clone()).await.unwrap();
    running.record(claims(vec![statement("c1", "Two.")])).await.unwrap();
    assert_eq!(running.record(request.clone()).await.unwrap(), first);

    let other = pb::RecordRequest { claims: vec![statement("c1", "Three.")], ..request };
    assert_eq!(
        refusal(&running, other).await,
        r#"AlreadyExists: the request id `r1` was used for another content: a retry must repeat the request as it was
google.rpc.ErrorInfo {"domain":"sayso.v1","reason":"REQUEST_ID_REUSED"}"#
    );
    let long = pb::RecordRequest { request_id: "r".repeat(129), ..claims(vec![statement("c2", "Four.")]) };
    assert_eq!(
        refusal(&running, long).await,
        r#"InvalidArgument: request_id: must have 1 to 128 bytes; it has 129
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"violations":"1"},"reason":"INVALID_ITEM"}
google.rpc.BadRequest {"fieldViolations":[{"description":"must have 1 to 128 bytes; it has 129","field":"request_id"}]}"#
    );
}

#[tokio::test]
async fn preconditions_hold_or_nothing_is_recorded() {
    let running = Running::seeded().await;
    let on = |id: &str, condition: Option<Condition>| pb::Precondition {
        r#type: pb::ItemType::Claim.into(),
        id: id.to_owned(),
        condition,
    };
    let under = |preconditions: Vec<pb::Precondition>| pb::RecordRequest {
        preconditions,
        ..claims(vec![statement("workers-sent", "Put another way.")])
    };
    let unmet = vec![
        on("workers-sent", Some(Condition::MustNotExist(true))),
        on("workers-sent", Some(Condition::VersionIs(2))),
        on("nothing", Some(Condition::VersionIs(1))),
    ];
    assert_eq!(
        refusal(&running, under(unmet)).await,
        r#"FailedPrecondition: `workers-sent` exists already; `workers-sent` has version 1, not 2; `nothing` does not exist, so it has no version 1
google.rpc.ErrorInfo {"domain":"sayso.v1","reason":"PRECONDITION_FAILED"}
google.rpc.PreconditionFailure {"violations":[{"description":"`workers-sent` exists already","subject":"claim/workers-sent","type":"MUST_NOT_EXIST"},{"description":"`workers-sent` has version 1, not 2","subject":"claim/workers-sent","type":"VERSION_IS"},{"description":"`nothing` does not exist, so it has no version 1","subject":"claim/nothing","type":"VERSION_IS"}]}"#
    );
    assert_eq!(
        refusal(&running, under(vec![on("workers-sent", None)])).await,
        r#"InvalidArgument: preconditions[0].condition: must be `must_not_exist: true` or `version_is`
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"violations":"1"},"reason":"INVALID_REQUEST"}
google.rpc.BadRequest {"fieldViolations":[{"description":"must be `must_not_exist: true` or `version_is`","field":"preconditions[0].condition"}]}"#
    );
    let untyped = pb::Precondition { r#type: 0, ..on("workers-sent", Some(Condition::VersionIs(1))) };
    assert_eq!(
        refusal(&running, under(vec![untyped])).await,
        r#"InvalidArgument: preconditions[0].type: must be one of ENTITY, SOURCE, DOCUMENT and CLAIM
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"violations":"1"},"reason":"INVALID_REQUEST"}
google.rpc.BadRequest {"fieldViolations":[{"description":"must be one of ENTITY, SOURCE, DOCUMENT and CLAIM","field":"preconditions[0].type"}]}"#
    );

    let met = vec![
        on("workers-sent", Some(Condition::VersionIs(1))),
        on("nothing", Some(Condition::MustNotExist(true))),
    ];
    let recorded = running.record(under(met)).await.unwrap();
    assert_eq!(outcomes(&recorded), ["Claim workers-sent NewVersion 2"]);
}

/// A batch of a contract to come.
#[derive(Clone, PartialEq, Message)]
struct LaterBatch {
    #[prost(message, repeated, tag = "1")]
    claims: Vec<LaterClaim>,
    #[prost(string, tag = "1000")]
    note: String,
}

#[derive(Clone, PartialEq, Message)]
struct LaterClaim {
    #[prost(string, tag = "1")]
    id: String,
    #[prost(string, tag = "99")]
    mood: String,
}

/// Sends any message to `Record`.
async fn send(running: &Running, message: impl Message + 'static) -> String {
    let mut client = tonic::client::Grpc::new(running.channel.clone());
    client.ready().await.unwrap();
    let path = PathAndQuery::from_static("/sayso.v1.LedgerService/Record");
    let codec = ProstCodec::<_, pb::RecordResponse>::default();
    told(&client.unary(Request::new(message), path, codec).await.unwrap_err())
}

#[tokio::test]
async fn what_the_contract_does_not_have_is_refused_and_not_dropped() {
    let running = Running::seeded().await;
    let claim = |mood: &str| LaterClaim { id: "c".to_owned(), mood: mood.to_owned() };
    let within = LaterBatch { claims: vec![claim(""), claim("glad")], note: String::new() };
    assert_eq!(
        send(&running, within).await,
        r#"InvalidArgument: claims[1].99: the contract has no field 99 here, so nothing was recorded
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"violations":"1"},"reason":"UNKNOWN_FIELD"}
google.rpc.BadRequest {"fieldViolations":[{"description":"the contract has no field 99 here, so nothing was recorded","field":"claims[1].99"}]}"#
    );
    let outermost = LaterBatch { claims: vec![claim("")], note: "n".to_owned() };
    assert_eq!(
        send(&running, outermost).await,
        r#"InvalidArgument: 1000: the contract has no field 1000 here, so nothing was recorded
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"violations":"1"},"reason":"UNKNOWN_FIELD"}
google.rpc.BadRequest {"fieldViolations":[{"description":"the contract has no field 1000 here, so nothing was recorded","field":"1000"}]}"#
    );
}

/// A request whose field 1 is a number: no list of claims.
#[derive(Clone, PartialEq, Message)]
struct NoBatch {
    #[prost(uint32, tag = "1")]
    claims: u32,
}

#[tokio::test]
async fn bytes_that_are_no_batch_and_too_many_bytes_are_refused() {
    let running = Running::seeded().await;
    assert_eq!(
        send(&running, NoBatch { claims: 7 }).await,
        r#"InvalidArgument: the request does not decode: failed to decode Protobuf message: RecordRequest.claims: invalid wire type: Varint (expected LengthDelimited)
google.rpc.ErrorInfo {"domain":"sayso.v1","reason":"UNDECODABLE"}"#
    );
    let claim = |index| statement(&format!("c{index}"), &"x".repeat(2_000));
    let request = claims((0..8_500).map(claim).collect());
    assert!(request.encoded_len() > 16 << 20);
    let refused = running.record(request).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::OutOfRange);
}
