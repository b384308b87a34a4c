//! Clients that know the contract by server reflection alone: Python's grpcio, grpcurl, buf curl.

use super::Running;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A tool as `make test` installs it, or as the system has it.
fn tool(name: &str) -> PathBuf {
    let installed = Path::new(ROOT).join("target/tools/bin").join(name);
    if installed.exists() { installed } else { PathBuf::from(name) }
}

/// Runs a client while the server goes on.
async fn run(name: &'static str, arguments: Vec<String>) -> (ExitStatus, String, String) {
    let run = move || Command::new(tool(name)).args(arguments).current_dir(ROOT).output();
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    let Output { status, stdout, stderr } =
        output.unwrap_or_else(|error| panic!("no {name}: {error}; `make test` installs it"));
    let [stdout, stderr] = [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(!stderr.contains("ModuleNotFoundError"), "{stderr}`make test` installs it");
    (status, stdout, stderr)
}

/// What a client prints that succeeds.
async fn printed(name: &'static str, arguments: Vec<String>) -> String {
    let (status, stdout, stderr) = run(name, arguments).await;
    assert!(status.success(), "{name} failed: {stderr}");
    stdout
}

#[tokio::test]
async fn python_without_generated_code_records_reads_and_is_refused() {
    let running = Running::empty().await;
    let script = "tests/clients/record.py".to_owned();
    let said = printed("python3", vec![script, running.server.address().to_string()]).await;
    assert_eq!(
        said,
        r#"== recorded
revision 1
ITEM_TYPE_ENTITY ferries OUTCOME_CREATED 1
ITEM_TYPE_SOURCE harbour-gazette OUTCOME_CREATED 1
ITEM_TYPE_CLAIM passengers OUTCOME_CREATED 1
== read back
{"id": "harbour-gazette", "kind": "SOURCE_KIND_NEWS_OUTLET", "name": "The Harbour Gazette", "aliases": ["Gazette"], "reliability": "RELIABILITY_F", "revision": "1", "version": 1}
{"id": "ferries", "kind": "ENTITY_KIND_TOPIC", "name": "Ferries", "revision": "1", "version": 1}
{"id": "passengers", "text": "About 400 people took the ferries in January.", "kind": "ferries", "when": {"text": "2025-01", "start": "2025-01-01T00:00:00Z", "end": "2025-02-01T00:00:00Z"}, "mode": "MODE_FACT", "figure": {"notation": "~400", "low": 350.0, "high": 450.0, "best": 400.0, "hedge": "HEDGE_ABOUT", "unit": "person", "basis": "BASIS_FLOW", "hedge_profile": "sayso-hedges-1"}, "attribution": [{"sources": ["harbour-gazette"], "act": "SPEECH_ACT_SAID"}], "credibility": "CREDIBILITY_6", "revision": "1", "version": 1}
passengers TRUTH_SURE
== an unknown actor
INVALID_ARGUMENT
reason INVALID_ITEM
claims[1].actors[0]: there is no entity `North Korae`
== low above high
INVALID_ARGUMENT
reason INVALID_ITEM
claims[1].figure: low 50 is above high 40
== a bad date
INVALID_ARGUMENT
reason INVALID_ITEM
claims[1].when: month 13: months go from 01 to 12
== a cycle of parents
INVALID_ARGUMENT
reason INVALID_ITEM
entities[0].parents: goes round in a cycle: tugs → boats → tugs
entities[1].parents: goes round in a cycle: boats → tugs → boats
== an id twice in one batch
INVALID_ARGUMENT
reason INVALID_ITEM
claims[1].id: the id `sound` stands twice in the batch, first at claims[0]
== an empty attribution
INVALID_ARGUMENT
reason INVALID_ITEM
claims[1].attribution: must hold at least one step: who said it, origin first, publisher last
== an oversized text
INVALID_ARGUMENT
reason INVALID_ITEM
claims[1].text: has 2001 characters; at most 2000 are allowed
== nothing of that remains
revision 1
== Claim sound
NOT_FOUND
reason NOT_FOUND
claim sound
== Claim changed
NOT_FOUND
reason NOT_FOUND
claim changed
== Entity tugs
NOT_FOUND
reason NOT_FOUND
entity tugs
== a query with a slip
INVALID_ARGUMENT
reason UNKNOWN_ATTRIBUTE
query: `figure` has no attribute `actr`
"#
    );
}

/// What both command line clients are shown.
fn stipend() -> Value {
    json!({
        "columns": ["id", "value", "unit", "per", "by"],
        "rows": [{ "cells": ["worker-stipend", "~800", "USD", ["mo", "person"], ["nis-official"]], "truth": "TRUTH_SURE" }]
    })
}

const ASK: &str = r#"{"query": "figure where kind=stipend and unit=$unit list id, value, unit, per, by", "parameters": {"unit": "USD"}}"#;

#[tokio::test]
async fn grpcurl_lists_the_services_and_asks() {
    let running = Running::seeded().await;
    let address = running.server.address().to_string();
    let arguments = |rest: &[&str]| {
        ["-plaintext"].iter().chain(rest).map(|argument| (*argument).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        printed("grpcurl", arguments(&[&address, "list"])).await,
        "\
grpc.health.v1.Health
grpc.reflection.v1.ServerReflection
grpc.reflection.v1alpha.ServerReflection
sayso.v1.CatalogService
sayso.v1.LedgerService
sayso.v1.QueryService
"
    );
    let answer = printed("grpcurl", arguments(&["-d", ASK, &address, "sayso.v1.QueryService/Query"])).await;
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!((&answer["table"], &answer["revision"]["number"]), (&stipend(), &json!("1")));
}

#[tokio::test]
async fn grpcurl_prints_what_the_documentation_shows() {
    let running = Running::seeded().await;
    let address = running.server.address().to_string();
    let page = include_str!("../../../docs/command.md");
    let mut methods = Vec::new();
    for example in page.split("grpcurl -plaintext -d '").skip(1) {
        let (request, rest) = example.split_once('\'').unwrap();
        let (_, rest) = rest.split_once("127.0.0.1:50051 ").unwrap();
        let (method, rest) = rest.split_once("\n```\n```json\n").unwrap();
        let (shown, _) = rest.split_once("\n```").unwrap();
        let arguments = ["-plaintext", "-d", request, &address, method];
        let answer = printed("grpcurl", arguments.map(str::to_owned).to_vec()).await;
        let [mut answer, shown]: [Value; 2] =
            [answer.as_str(), shown].map(|json| serde_json::from_str(json).unwrap());
        for varying in ["revision", "now", "notices"] {
            answer.as_object_mut().unwrap().remove(varying);
        }
        if let Some(explanation) = answer.get_mut("explanation").and_then(Value::as_object_mut) {
            explanation.remove("spent");
        }
        assert_eq!(answer, shown, "{method}");
        methods.push(method);
    }
    assert_eq!(methods, ["sayso.v1.QueryService/Complete", "sayso.v1.QueryService/Explain"]);
}

#[tokio::test]
async fn grpcurl_prints_the_details_of_a_refusal() {
    let running = Running::seeded().await;
    let slip = r#"{"query": "figure where actr=NK"}"#;
    let address = running.server.address().to_string();
    let arguments = ["-plaintext", "-d", slip, &address, "sayso.v1.QueryService/Query"];
    let (status, stdout, stderr) = run("grpcurl", arguments.map(str::to_owned).to_vec()).await;
    assert_eq!((status.success(), stdout.as_str()), (false, ""));
    assert_eq!(
        stderr,
        r#"ERROR:
  Code: InvalidArgument
  Message: UNKNOWN_ATTRIBUTE at 13..17: `figure` has no attribute `actr`
  figure where actr=NK
               ^^^^
  did you mean `actor`?
  Details:
  1)	{"@type":"type.googleapis.com/google.rpc.ErrorInfo","domain":"sayso.v1","reason":"UNKNOWN_ATTRIBUTE"}
  2)	{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"query","description":"`figure` has no attribute `actr`"}]}
  3)	{"@type":"type.googleapis.com/sayso.v1.QueryDiagnostic","code":"UNKNOWN_ATTRIBUTE","edits":[{"start":13,"end":17,"text":"actor","title":"did you mean `actor`?"}],"end":17,"found":"`actr`","start":13}
"#
    );
}

#[tokio::test]
async fn buf_curl_asks() {
    let running = Running::seeded().await;
    let url = format!("http://{}/sayso.v1.QueryService/Query", running.server.address());
    let arguments = ["curl", "--protocol", "grpc", "--http2-prior-knowledge", "-d", ASK, &url];
    let answer = printed("buf", arguments.map(str::to_owned).to_vec()).await;
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!((&answer["table"], &answer["revision"]["number"]), (&stipend(), &json!("1")));
}
