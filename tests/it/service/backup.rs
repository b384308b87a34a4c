//! `Backup` of a server that goes on: the copy is the ledger as of one revision, or there is none.

use super::crash::{SEGMENT, ledger};
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
    assert_eq!((header.format, header.files, header.file_bytes), (2, 0, 0));
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

/// Records claims `w-1`, `w-2`, … one by one, and notes how many have been acknowledged.
async fn write_on(channel: Channel, writer: usize, written: Arc<AtomicU64>, is_done: Arc<AtomicBool>) {
    let mut ledger = LedgerServiceClient::new(channel);
    while !is_done.load(Ordering::Relaxed) {
        let next = written.load(Ordering::Relaxed) + 1;
        let claims = vec![statement(&format!("w{writer}-{next}"), "Written while others copy.")];
        ledger.record(pb::RecordRequest { claims, ..Default::default() }).await.unwrap();
        written.store(next, Ordering::Relaxed);
    }
}

/// The revision, digest, and how many of its files were there, as the command tells.
fn backed_up(told: &str) -> (u64, String, u64, u64) {
    let (line, digest) = told.trim_end().split_once("\ndigest ").unwrap();
    let numbers: Vec<u64> = line.split([' ', ',']).filter_map(|word| word.parse().ok()).collect();
    let [revision, files, reused] = numbers[..] else { panic!("{told}") };
    (revision, digest.to_owned(), files, reused)
}

/// Several write, the ledger has a full segment and seals it, and copies are made meanwhile; then one
/// is killed, and a byte of the ledger changes.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_written_to_is_copied() {
    const WRITERS: usize = 4;
    let home = ledger(SEGMENT - 100);
    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("copy");
    let (process, _, channel) = Process::start_logging(home.path(), "off").await;
    let is_done = Arc::new(AtomicBool::new(false));
    let written: Vec<Arc<AtomicU64>> = (0..WRITERS).map(|_| Arc::default()).collect();
    let writers = written.iter().enumerate().map(|(writer, written)| {
        tokio::spawn(write_on(channel.clone(), writer, Arc::clone(written), Arc::clone(&is_done)))
    });
    let writers: Vec<_> = writers.collect();
    let sealed = home.path().join("segments/000000.seg");
    let mut last = (0, String::new(), 0, 0);
    for round in 0.. {
        let acknowledged: Vec<u64> = written.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        let was_sealed = sealed.exists();
        let (status, told, said) = run(command(&target, &process)).await;
        assert_eq!((status, said.as_str()), (Some(0), ""));
        let (revision, digest, files, reused) = backed_up(&told);
        assert_eq!(reused, last.2, "what was there was used");
        assert!(revision > last.0 && files <= 1);
        // The server had this history at that revision.
        let asked = pb::QueryRequest { consistency: exactly(revision), ..asking("claim count") };
        let of_then = QueryServiceClient::new(channel.clone()).query(asked).await.unwrap().into_inner();
        assert_eq!((number(&of_then.revision), of_then.revision.unwrap().digest), (revision, digest.clone()));
        last = (revision, digest, files, reused);
        if files == 1 {
            let engine = Engine::open(&target).unwrap();
            let verified = engine.verify(&Budget::default(), &mut |_| {}).unwrap();
            assert_eq!((verified.head.revision, verified.head.digest.to_string()), (last.0, last.1.clone()));
            let snapshot = engine.snapshot(Consistency::Latest).unwrap();
            for (writer, count) in acknowledged.iter().enumerate() {
                for claim in 1..=*count {
                    assert!(snapshot.claim(&format!("w{writer}-{claim}")).unwrap().is_some());
                }
            }
        }
        assert!(!was_sealed || round < 100, "what is sealed is listed soon");
        if files == 1 && reused == 1 {
            break;
        }
    }
    is_done.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }

    // Killed before it is done, or not: one of the two is there, whole.
    for millis in [5, 20, 60] {
        let mut child = command(&target, &process).spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(millis)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(target.join("ledger.redb").is_file() || place.path().join("copy.sayso-previous").exists());
    }
    assert_eq!(run(command(&target, &process)).await.0, Some(0));
    let revision = Engine::open(&target).unwrap().head().revision;
    assert!(revision >= last.0, "{revision} after {}", last.0);

    // Without the sealed file, it is sent; but it is damaged.
    let mut bytes = fs::read(&sealed).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&sealed, bytes).unwrap();
    let elsewhere = place.path().join("elsewhere");
    let (status, told, said) = run(command(&elsewhere, &process)).await;
    assert_eq!((status, told.as_str()), (Some(1), ""));
    assert!(said.starts_with("the ledger is damaged: ") && said.contains("segments/000000.seg"), "{said}");
    assert!(!elsewhere.exists());
    assert_eq!(process.end().0, Some(0));
}
