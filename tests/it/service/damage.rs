//! Bytes that change on disk: what they were of is not answered, all else is, and `Verify` names them.

use super::crash::{SEGMENT, ledger};
use super::process::Process;
use super::verify::verified;
use super::{asking, told};
use sayso::engine::{Batch, Engine};
use sayso::model::{ClaimDraft, ContentDraft, StepDraft};
use sayso::wire::pb;
use sayso::wire::pb::catalog_service_client::CatalogServiceClient;
use sayso::wire::pb::ledger_service_client::LedgerServiceClient;
use sayso::wire::pb::query_service_client::QueryServiceClient;
use sayso::wire::pb::verify_response::State;
use std::fs;
use std::path::Path;
use tonic::Status;
use tonic::transport::Channel;

/// Two claims, each of a text that nothing else has.
const TEXTS: [(&str, &str); 2] =
    [("first", "The first of two texts."), ("second", "The second of two texts.")];

/// Writes them.
fn write(engine: &Engine) {
    let claim = |(id, text): (&str, &str)| ClaimDraft {
        id: id.to_owned(),
        text: text.to_owned(),
        content: Some(ContentDraft::Statement),
        attribution: vec![StepDraft { sources: vec!["outlet".to_owned()], ..StepDraft::default() }],
        ..ClaimDraft::default()
    };
    engine.record(Batch { claims: TEXTS.map(claim).to_vec(), ..Batch::default() }).unwrap();
}

/// Changes a bit of the text of the first claim wherever the file has it.
fn flip(file: &Path) {
    let mut bytes = fs::read(file).unwrap();
    let text = TEXTS[0].1.as_bytes();
    let found: Vec<usize> =
        (0..bytes.len() - text.len()).filter(|at| bytes[*at..].starts_with(text)).collect();
    assert!(!found.is_empty(), "{} has the claim", file.display());
    found.into_iter().for_each(|at| bytes[at + 4] ^= 1);
    fs::write(file, bytes).unwrap();
}

async fn claim(channel: &Channel, id: &str) -> Result<String, Status> {
    let get = pb::GetClaimRequest { id: id.to_owned(), ..Default::default() };
    let found = CatalogServiceClient::new(channel.clone()).get_claim(get).await?;
    Ok(found.into_inner().claim.unwrap().text)
}

async fn ask(channel: &Channel, query: &str) -> Result<pb::QueryResponse, Status> {
    QueryServiceClient::new(channel.clone()).query(asking(query)).await.map(tonic::Response::into_inner)
}

/// What a server says of its ledger in which the first claim is damaged.
async fn served(home: &Path, damage: &str, found: &str) {
    let (process, _, channel) = Process::start_logging(home, "off").await;
    let loss = |damage: &str| {
        format!(
            "DataLoss: the ledger is damaged: {damage}; restore the data directory from a backup\n\
             google.rpc.ErrorInfo {{\"domain\":\"sayso.v1\",\"reason\":\"DAMAGED\"}}"
        )
    };
    assert_eq!(told(&claim(&channel, "first").await.unwrap_err()), loss(damage));
    assert_eq!(told(&ask(&channel, "claim where id in (first, second)").await.unwrap_err()), loss(damage));
    assert_eq!(claim(&channel, "second").await.unwrap(), TEXTS[1].1);
    let others = ask(&channel, "claim where text~'of two texts' and id!=first").await.unwrap();
    assert_eq!(super::graded(&others), "second");
    let count = ask(&channel, "claim where text~'of two texts' count").await.unwrap();
    let Some(pb::query_response::Result::Table(table)) = count.result else { panic!("a table") };
    assert_eq!(table.rows[0].cells[0], prost_types::Value::from(2.0));
    let (state, _) = verified(&mut LedgerServiceClient::new(channel)).await;
    let text = format!("the ledger is damaged: {found}; restore the data directory from a backup");
    assert_eq!(state, State::Damage(pb::LedgerDamage { text }));
    assert_eq!(process.end().0, Some(0));
}

#[tokio::test]
async fn a_damaged_claim_of_the_tail_is_never_served() {
    let home = ledger(0);
    write(&Engine::open(home.path()).unwrap());
    flip(&home.path().join("ledger.redb"));
    let found = "claim 25, of revision 2, does not agree with its checksum in ledger.redb";
    served(home.path(), "claim 25 in ledger.redb cannot be read", found).await;
}

#[tokio::test]
async fn a_damaged_claim_of_a_sealed_file_is_never_served() {
    let home = ledger(SEGMENT - 2);
    let engine = Engine::open(home.path()).unwrap();
    write(&engine);
    let file = home.path().join("segments/000000.seg");
    while !file.exists() {
        std::thread::yield_now();
    }
    // It goes on until the file is listed.
    drop(engine);
    flip(&file);
    let damage = "claim 65534, of revision 9, does not agree with its checksum in segments/000000.seg";
    served(home.path(), damage, damage).await;
}
