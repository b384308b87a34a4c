//! `Backup` of a server that goes on: the copy is the ledger as of one revision, or there is none.

use super::crash::ledger;
use super::process::Process;
use super::{Running, asking, exactly, number, statement, told};
use sayso::engine::{Consistency, Engine};
use sayso::store::Budget;
use sayso::wire::pb;
use sayso::wire::pb::backup_response::Part;
use sayso::wire::pb::ledger_service_client::LedgerServiceClient;
use sayso::wire::pb::query_service_client::QueryServiceClient;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio_stream::StreamExt;
use tonic::transport::Channel;

#[tokio::test]
async fn the_parts_are_those_of_the_contract() {
    let running = Running::seeded().await;
    let head = running.ledger().get_head(pb::GetHeadRequest {}).await.unwrap().into_inner();
    let stream = running.ledger().backup(pb::BackupRequest::default()).await.unwrap().into_inner();
    let parts: Vec<Part> = stream.map(|part| part.unwrap().part.unwrap()).collect().await;
    let [Part::Header(header), Part::Records(records), Part::Trailer(trailer)] = parts.as_slice() else {
        panic!("a small ledger has three parts")
    };
    assert_eq!(header.revision, head.revision);
    assert_eq!((header.format, header.files, header.file_bytes), (3, 0, 0));
    assert_eq!((trailer.records, trailer.files), (header.records, 0));
    assert_eq!(trailer.sha256, Sha256::digest(records).to_vec());

    // A record is its table, the lengths of key and value, both; the value ends with the CRC-32 of
    // the table, the key's length, key and value.
    let (mut rest, mut tables) = (records.as_slice(), Vec::new());
    while let [table, lengths @ ..] = rest {
        let length = |at: usize| u64::from_le_bytes(lengths[at..at + 8].try_into().unwrap()) as usize;
        let (key, behind) = lengths[16..].split_at(length(0));
        let (value, behind) = behind.split_at(length(8));
        let (value, checksum) = value.split_last_chunk().unwrap();
        let of = [[*table].as_slice(), &(key.len() as u64).to_le_bytes(), key, value].concat();
        assert_eq!(crc32fast::hash(&of), u32::from_le_bytes(*checksum));
        tables.push(*table);
        rest = behind;
    }
    assert_eq!(tables.len() as u64, header.records);
    assert!(tables.is_sorted());
    tables.dedup();
    // No retirements, requests and sealed files yet.
    assert_eq!(tables, [1, 2, 3, 4, 5]);

    let request = pb::BackupRequest { held: vec![vec![0; 32], vec![0; 31]] };
    let refused = running.ledger().backup(request).await.unwrap().into_inner().message().await.unwrap_err();
    assert_eq!(
        told(&refused).lines().next(),
        Some("InvalidArgument: held[1]: must be a SHA-256 of 32 bytes, and has 31")
    );
}

/// `sayso backup` of a server.
fn command(target: &Path, process: &Process) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sayso"));
    command.arg("backup").arg(target).args(["--server", &process.address.to_string()]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

async fn run(mut command: Command) -> (Option<i32>, String, String) {
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let Output { status, stdout, stderr } = output;
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// What their claims say.
const TEXT: &str = "Written while others copy.";

/// Records claims `w-1`, `w-2`, … one by one, and notes how many have been acknowledged.
async fn write_on(channel: Channel, writer: usize, written: Arc<AtomicU64>, is_done: Arc<AtomicBool>) {
    let mut ledger = LedgerServiceClient::new(channel);
    while !is_done.load(Ordering::Relaxed) {
        let next = written.load(Ordering::Relaxed) + 1;
        let claims = vec![statement(&format!("w{writer}-{next}"), TEXT)];
        ledger.record(pb::RecordRequest { claims, ..Default::default() }).await.unwrap();
        written.store(next, Ordering::Relaxed);
    }
}

/// The revision and digest, as the command tells.
fn backed_up(told: &str) -> (u64, String) {
    let (line, digest) = told.trim_end().split_once("\ndigest ").unwrap();
    let revision = line.strip_prefix("backed up: revision ").unwrap();
    let revision = revision.strip_suffix(", sealed files 0, of which 0 were there").unwrap();
    (revision.parse().unwrap(), digest.to_owned())
}

/// The last commit of a copy that is sound.
fn verified(copy: &Path) -> (u64, String) {
    let engine = Engine::open_as_it_is(copy).unwrap();
    let verified = engine.verify(&Budget::default(), &mut |_| {}).unwrap();
    (verified.head.revision, verified.head.digest.to_string())
}

/// Several write, and copies are made meanwhile; then some are killed, and bytes of the ledger change.
/// Copies of sealed files are tested beside the store.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_written_to_is_copied() {
    const WRITERS: usize = 4;
    let home = ledger(0);
    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("copy");
    let (process, _, channel) = Process::start_logging(home.path(), "off").await;
    let is_done = Arc::new(AtomicBool::new(false));
    let written: Vec<Arc<AtomicU64>> = (0..WRITERS).map(|_| Arc::default()).collect();
    let writers = written.iter().enumerate().map(|(writer, written)| {
        tokio::spawn(write_on(channel.clone(), writer, Arc::clone(written), Arc::clone(&is_done)))
    });
    let writers: Vec<_> = writers.collect();
    let acknowledged = || written.iter().map(|count| count.load(Ordering::Relaxed));
    let mut last = 0;
    for _ in 0..3 {
        let before: Vec<u64> = acknowledged().collect();
        // Something is written between two copies.
        while acknowledged().eq(before.iter().copied()) {
            tokio::task::yield_now().await;
        }
        let before: Vec<u64> = acknowledged().collect();
        let (status, told, said) = run(command(&target, &process)).await;
        assert_eq!((status, said.as_str()), (Some(0), ""));
        let copied = backed_up(&told);
        assert!(copied.0 > last);
        last = copied.0;
        // The server had this history at that revision.
        let asked = pb::QueryRequest { consistency: exactly(last), ..asking("claim count") };
        let of_then = QueryServiceClient::new(channel.clone()).query(asked).await.unwrap().into_inner();
        assert_eq!((number(&of_then.revision), of_then.revision.unwrap().digest), copied);
        assert_eq!(verified(&target), copied);
        let engine = Engine::open_as_it_is(&target).unwrap();
        let snapshot = engine.snapshot(Consistency::Latest).unwrap();
        for (writer, count) in before.iter().enumerate() {
            for claim in 1..=*count {
                assert!(snapshot.claim(&format!("w{writer}-{claim}")).unwrap().is_some());
            }
        }
    }

    // Killed before it is done, or not: one of the two is there, whole, and no earlier than the last.
    for millis in [5, 20, 60] {
        let mut child = command(&target, &process).spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(millis)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        let previous = place.path().join("copy.sayso-previous");
        let (revision, _) = verified(if target.exists() { &target } else { &previous });
        assert!(revision >= last, "{revision} after {last}");
        last = revision;
    }
    let (status, told, said) = run(command(&target, &process)).await;
    assert_eq!((status, said.as_str()), (Some(0), ""));
    assert_eq!(verified(&target), backed_up(&told));
    is_done.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(process.end().0, Some(0));

    // Wherever the ledger has the text of their claims, a bit of it is another.
    let ledger = home.path().join("ledger.redb");
    let mut bytes = fs::read(&ledger).unwrap();
    let found: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(TEXT.as_bytes())).collect();
    assert!(!found.is_empty());
    found.into_iter().for_each(|at| bytes[at] ^= 1);
    fs::write(&ledger, bytes).unwrap();
    let (process, ..) = Process::start_logging(home.path(), "off").await;
    let (status, told, said) = run(command(&place.path().join("elsewhere"), &process)).await;
    assert_eq!((status, told.as_str()), (Some(1), ""));
    assert!(said.starts_with("the ledger is damaged: claim "), "{said}");
    let names: Vec<_> = fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["copy"]);
    assert_eq!(process.end().0, Some(0));
}
