//! The server's life: health, reflection, compression, limits, and an orderly end.

use super::{Running, asking, at_least, connect, graded, statement, told};
use prost::Message;
use sayso::engine::{Batch, Engine};
use sayso::model::EntityDraft;
use sayso::model::vocabulary::EntityKind;
use sayso::server::Server;
use sayso::service::MAX_CALLS;
use sayso::wire::pb;
use sayso::wire::pb::catalog_service_client::CatalogServiceClient;
use sayso::wire::pb::query_service_client::QueryServiceClient;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::task::JoinSet;
use tonic::Code;
use tonic::codec::CompressionEncoding::{Gzip, Zstd};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

const SERVICES: [&str; 3] = ["sayso.v1.CatalogService", "sayso.v1.LedgerService", "sayso.v1.QueryService"];

fn of(service: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: service.to_owned() }
}

#[tokio::test]
async fn health_is_told_per_service() {
    let running = Running::empty().await;
    let mut health = HealthClient::new(running.channel.clone());
    for service in SERVICES.into_iter().chain([""]) {
        let answer = health.check(of(service)).await.unwrap().into_inner();
        assert_eq!(answer.status().as_str_name(), "SERVING", "{service}");
    }
    assert_eq!(health.check(of("sayso.v1.Other")).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn until_there_is_a_ledger_calls_are_told_to_come_again() {
    let server = Server::listen("127.0.0.1:0".parse().unwrap(), false).await.unwrap();
    let channel = connect(server.address()).await;
    let mut health = HealthClient::new(channel.clone());
    let mut watched = health.watch(of("")).await.unwrap().into_inner();
    assert_eq!(watched.message().await.unwrap().unwrap().status().as_str_name(), "NOT_SERVING");
    let mut queries = QueryServiceClient::new(channel);
    let refused = queries.query(asking("claim count")).await.unwrap_err();
    assert_eq!(
        told(&refused),
        r#"Unavailable: this server is starting: its ledger is being opened
google.rpc.ErrorInfo {"domain":"sayso.v1","reason":"STARTING"}
google.rpc.RetryInfo {"retryDelay":"0.100s"}"#
    );
    server.serve(Arc::new(Engine::in_memory().unwrap())).await;
    assert_eq!(watched.message().await.unwrap().unwrap().status().as_str_name(), "SERVING");
    queries.query(asking("claim count")).await.unwrap();
}

/// The services listed, and the file that has `google.rpc.ErrorInfo`, by one version of reflection.
macro_rules! reflected {
    ($version:ident, $channel:expr) => {{
        use tonic_reflection::pb::$version::ServerReflectionRequest;
        use tonic_reflection::pb::$version::server_reflection_client::ServerReflectionClient;
        use tonic_reflection::pb::$version::server_reflection_request::MessageRequest;
        use tonic_reflection::pb::$version::server_reflection_response::MessageResponse;
        let request =
            |message| ServerReflectionRequest { host: String::new(), message_request: Some(message) };
        let requests = tokio_stream::iter([
            request(MessageRequest::ListServices(String::new())),
            request(MessageRequest::FileContainingSymbol("google.rpc.ErrorInfo".to_owned())),
        ]);
        let mut client = ServerReflectionClient::new($channel);
        let mut answers = client.server_reflection_info(requests).await.unwrap().into_inner();
        let listed = answers.message().await.unwrap().unwrap().message_response;
        let Some(MessageResponse::ListServicesResponse(listed)) = listed else { panic!("{listed:?}") };
        let file = answers.message().await.unwrap().unwrap().message_response;
        let Some(MessageResponse::FileDescriptorResponse(file)) = file else { panic!("{file:?}") };
        let file = prost_types::FileDescriptorProto::decode(file.file_descriptor_proto[0].as_slice());
        let listed: BTreeSet<String> = listed.service.into_iter().map(|service| service.name).collect();
        (listed, file.unwrap().name().to_owned())
    }};
}

#[tokio::test]
async fn reflection_of_both_versions_lists_the_services_and_the_error_details() {
    let running = Running::empty().await;
    let others = [
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
    ];
    let services: BTreeSet<String> = SERVICES.into_iter().chain(others).map(str::to_owned).collect();
    let expected = (services, "google/rpc/error_details.proto".to_owned());
    assert_eq!(reflected!(v1, running.channel.clone()), expected);
    assert_eq!(reflected!(v1alpha, running.channel.clone()), expected);
}

#[tokio::test]
async fn requests_and_answers_may_be_compressed() {
    let running = Running::seeded().await;
    for (encoding, name) in [(Gzip, "gzip"), (Zstd, "zstd")] {
        let client = QueryServiceClient::new(running.channel.clone());
        let mut client = client.send_compressed(encoding).accept_compressed(encoding);
        let answer = client.query(asking("claim where by=NIS sort id")).await.unwrap();
        assert_eq!(answer.metadata().get("grpc-encoding").unwrap(), name);
        assert_eq!(
            graded(answer.get_ref()),
            "student-visas, withdrawn-mid-january, worker-stipend, workers-present, workers-sent"
        );
    }
}

#[tokio::test]
async fn it_is_not_open_to_other_machines_unless_told() {
    let anywhere = "0.0.0.0:0".parse().unwrap();
    let refused = Server::listen(anywhere, false).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "0.0.0.0:0 can be reached from other machines, and calls are not encrypted: listen on 127.0.0.1, or say --insecure"
    );
    let server = Server::listen(anywhere, true).await.unwrap();
    assert_ne!(server.address().port(), 0);
    server.stop().await.unwrap();
}

/// Writes without the server: one more revision.
fn write(engine: &Engine, id: &str) -> u64 {
    let entity = EntityDraft {
        id: id.to_owned(),
        kind: Some(EntityKind::Topic),
        name: id.to_owned(),
        ..EntityDraft::default()
    };
    let batch = Batch { entities: vec![entity], ..Batch::default() };
    engine.record(batch).unwrap().commit.revision
}

#[tokio::test]
async fn one_call_too_many_is_refused_at_once_and_the_others_are_answered() {
    let running = Running::empty().await;
    write(&running.engine, "t1");
    let over = 6;
    let mut calls = JoinSet::new();
    let mut channels = Vec::new();
    for _ in 0..8 {
        channels.push(connect(running.server.address()).await);
    }
    // Each waits for revision 2.
    for call in 0..MAX_CALLS as usize + over {
        let mut client = CatalogServiceClient::new(channels[call % channels.len()].clone());
        let request = pb::GetEntityRequest { id: "t2".to_owned(), consistency: at_least(2) };
        calls.spawn(async move { client.get_entity(request).await });
    }
    for _ in 0..over {
        let refused = calls.join_next().await.unwrap().unwrap().unwrap_err();
        assert_eq!(
            told(&refused),
            r#"ResourceExhausted: 1024 calls are under way, which is as many as this server takes at a time: retry
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"limit":"1024"},"reason":"TOO_MANY_CALLS"}
google.rpc.RetryInfo {"retryDelay":"0.100s"}"#
        );
    }
    assert_eq!(write(&running.engine, "t2"), 2);
    let mut answered = 0;
    while let Some(call) = calls.join_next().await {
        assert_eq!(call.unwrap().unwrap().into_inner().entity.unwrap().id, "t2");
        answered += 1;
    }
    assert_eq!(answered, MAX_CALLS as usize);
}

#[tokio::test]
async fn the_end_is_orderly() {
    let running = Running::seeded().await;
    // More than the connection holds unread.
    let claims = (0..4_000).map(|index| statement(&format!("c{index:04}"), &"x ".repeat(990))).collect();
    running.record(pb::RecordRequest { claims, ..Default::default() }).await.unwrap();

    let mut health = HealthClient::new(running.channel.clone());
    let mut watched = health.watch(of(SERVICES[0])).await.unwrap().into_inner();
    assert_eq!(watched.message().await.unwrap().unwrap().status().as_str_name(), "SERVING");
    let request = pb::StreamQueryRequest {
        query: "claim where text ~ x sort id".to_owned(),
        page_size: 1,
        ..Default::default()
    };
    let mut stream = running.query().stream_query(request.clone()).await.unwrap().into_inner();
    let mut last = stream.message().await.unwrap().unwrap();
    let mut catalog = running.catalog();
    let awaited = pb::GetEntityRequest { id: "t".to_owned(), consistency: at_least(9) };
    let waiting = tokio::spawn(async move { catalog.get_entity(awaited).await });

    let (address, engine) = (running.server.address(), Arc::clone(&running.engine));
    let stopping = tokio::spawn(running.server.stop());
    assert_eq!(watched.message().await.unwrap().unwrap().status().as_str_name(), "NOT_SERVING");

    // The stream ends in order, with a token to go on from.
    let mut count = 1;
    let ended = loop {
        match stream.message().await {
            Ok(Some(page)) => {
                last = page;
                count += 1;
            }
            Ok(None) => panic!("it had more to send"),
            Err(ended) => break ended,
        }
    };
    assert_eq!(
        told(&ended),
        r#"Unavailable: this server is ending: ask another, or this one again when it is back; a stream goes on from the last token, checkpoint or acknowledgement that it gave
google.rpc.ErrorInfo {"domain":"sayso.v1","reason":"DRAINING"}
google.rpc.RetryInfo {"retryDelay":"0.100s"}"#
    );
    assert_eq!(waiting.await.unwrap().unwrap_err().code(), Code::Unavailable);
    assert_eq!(watched.message().await.unwrap(), None);
    stopping.await.unwrap().unwrap();
    drop((running.channel, health));

    // A server on the same ledger takes over.
    let server = Server::listen(address, false).await.unwrap();
    server.serve(engine).await;
    let resumed = pb::StreamQueryRequest { page_size: 0, page_token: last.next_page_token, ..request };
    let mut client = QueryServiceClient::new(connect(server.address()).await);
    let mut stream = client.stream_query(resumed).await.unwrap().into_inner();
    while let Some(page) = stream.message().await.unwrap() {
        let Some(pb::stream_query_response::Result::Claims(found)) = page.result else { panic!("claims") };
        count += found.matches.len();
    }
    assert_eq!(count, 4_000);
    server.stop().await.unwrap();
}

#[tokio::test]
async fn an_address_in_use_is_told() {
    let running = Running::empty().await;
    let address = running.server.address();
    let refused = Server::listen(address, false).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        format!("cannot listen on {address}: Address already in use (os error 98)")
    );
}
