//! `sayso watch`: what comes, changes and goes among the claims that a query finds.

use super::Failure;
use super::query::Parameters;
use super::render::{figure, json_line};
use super::target::{DEFAULT_SERVER, connect};
use crate::wire::pb::ledger_service_client::LedgerServiceClient;
use crate::wire::pb::{self, ChangedClaim, Claim, ClaimMatch, GoneClaim, Truth, WatchResponse};
use prost_types::Struct;
use std::io::{self, Write};
use std::time::Duration;
use tonic::{Code, Status};

/// After a cut, the first new attempt comes so soon; each later one waits twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// The longest between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Tell what changes among the claims that a query finds
///
/// Goes on until it is interrupted. When the server ends, it waits for it to come back, and goes on
/// where it was: each change is told once.
///
/// Example: sayso watch 'figure where kind=workers and value>=1000'
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The query: types and `where`, without any other clause
    text: String,
    /// Tell what changed with the revisions after this one, 0 for all; without it, with those to come
    #[arg(long, value_name = "REVISION")]
    after: Option<u64>,
    /// A server's URL or address, as `localhost:50051`
    #[arg(long, value_name = "URL", env = "SAYSO_SERVER", default_value = DEFAULT_SERVER)]
    server: String,
    #[command(flatten)]
    parameters: Parameters,
    /// How to write the changes
    #[arg(long, value_enum, default_value_t = Format::Lines)]
    format: Format,
}

/// How changes are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A line for each change, for people: `+` came, `~` changed, `-` went
    Lines,
    /// One JSON document per line for each message of the server, checkpoints among them
    Jsonl,
}

/// Runs the command.
pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let Args { text, after, server, parameters, format } = args;
    let parameters = parameters.values();
    let mut progress = Progress { after, ..Progress::default() };
    let mut wait = FIRST_WAIT;
    // Whoever names a server that is not there has made a mistake; one that was there comes back.
    let mut channel = connect(server.clone()).await?;
    loop {
        let before = progress.after;
        let cut =
            follow(LedgerServiceClient::new(channel.clone()), &text, &parameters, &mut progress, format)
                .await?;
        if progress.after != before {
            wait = FIRST_WAIT;
        }
        let after = progress.after.unwrap_or_default();
        eprintln!("{}; going on after revision {after}", first_line(&cut));
        channel = loop {
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
            if let Ok(channel) = connect(server.clone()).await {
                break channel;
            }
        };
    }
}

/// Writes what one call tells, up to a cut.
async fn follow(
    mut client: LedgerServiceClient<tonic::transport::Channel>,
    query: &str,
    parameters: &Struct,
    progress: &mut Progress,
    format: Format,
) -> Result<Status, Failure> {
    let request = pb::WatchRequest {
        query: query.to_owned(),
        parameters: Some(parameters.clone()),
        after_revision: progress.after,
    };
    let mut messages = match client.watch(request).await {
        Ok(messages) => messages.into_inner(),
        Err(status) => return cut(status),
    };
    loop {
        match messages.message().await {
            Ok(Some(message)) => {
                if let Some(message) = progress.take(message) {
                    write(&message, format, &mut io::stdout().lock())?;
                }
            }
            Ok(None) => return Ok(Status::unavailable("the server has ended the watch")),
            Err(status) => return cut(status),
        }
    }
}

/// A status that another attempt may not meet.
fn cut(status: Status) -> Result<Status, Failure> {
    let is_passing = matches!(status.code(), Code::Unavailable | Code::Aborted | Code::DeadlineExceeded)
        || std::error::Error::source(&status).is_some();
    if is_passing { Ok(status) } else { Err(status.into()) }
}

fn first_line(status: &Status) -> &str {
    status.message().lines().next().unwrap_or_default()
}

/// How far a watch has come, over all its calls.
#[derive(Debug, Default)]
struct Progress {
    /// The revision of the last checkpoint.
    after: Option<u64>,
    /// How many changes of each kind were taken since.
    taken: [usize; 3],
    /// How many of those come again, after a cut.
    again: [usize; 3],
    has_begun: bool,
}

impl Progress {
    /// What is new in a message; nothing if there is nothing.
    fn take(&mut self, mut message: WatchResponse) -> Option<WatchResponse> {
        // With its first message a call says where it begins.
        if !message.canonical_query.is_empty() {
            self.again = self.taken;
            self.after = message.revision.as_ref().map(|revision| revision.number);
            return (!std::mem::replace(&mut self.has_begun, true)).then_some(message);
        }
        let had_changes = count(&message) != [0; 3];
        let [added, changed, gone] = &mut self.again;
        skip(&mut message.added, added);
        skip(&mut message.changed, changed);
        skip(&mut message.gone, gone);
        for (taken, new) in self.taken.iter_mut().zip(count(&message)) {
            *taken += new;
        }
        if message.checkpoint {
            self.after = message.revision.as_ref().map(|revision| revision.number);
            (self.taken, self.again) = ([0; 3], [0; 3]);
        }
        (message.checkpoint || !had_changes || count(&message) != [0; 3]).then_some(message)
    }
}

fn count(message: &WatchResponse) -> [usize; 3] {
    [message.added.len(), message.changed.len(), message.gone.len()]
}

/// Drops what came before, at most so many.
fn skip<T>(changes: &mut Vec<T>, again: &mut usize) {
    let skipped = changes.len().min(*again);
    changes.drain(..skipped);
    *again -= skipped;
}

fn write(message: &WatchResponse, format: Format, out: &mut impl Write) -> io::Result<()> {
    match format {
        Format::Jsonl => json_line(message, out)?,
        Format::Lines => lines(message, out)?,
    }
    out.flush()
}

fn lines(message: &WatchResponse, out: &mut impl Write) -> io::Result<()> {
    let revision = message.revision.as_ref().map(|revision| revision.number).unwrap_or_default();
    let grade = |truth: i32| match Truth::try_from(truth) {
        Ok(Truth::Sure) => "sure",
        Ok(Truth::Possible) => "possible",
        Ok(Truth::Unspecified) | Err(_) => "",
    };
    for ClaimMatch { claim, truth } in &message.added {
        let Some(claim) = claim else { continue };
        writeln!(out, "{revision}  + {}  {}  {}", claim.id, grade(*truth), said(claim))?;
    }
    for ChangedClaim { claim, truth, truth_before, version_before } in &message.changed {
        let Some(claim) = claim else { continue };
        let mut how = grade(*truth).to_owned();
        if truth != truth_before {
            how = format!("{} → {how}", grade(*truth_before));
        }
        if claim.version != *version_before {
            how += &format!(", version {} → {}", version_before, claim.version);
        }
        writeln!(out, "{revision}  ~ {}  {how}  {}", claim.id, said(claim))?;
    }
    for GoneClaim { id, truth_before, retracted, .. } in &message.gone {
        let why = if *retracted { ", retracted" } else { "" };
        writeln!(out, "{revision}  - {id}  was {}{why}", grade(*truth_before))?;
    }
    Ok(())
}

/// What a claim says, in a line.
fn said(claim: &Claim) -> String {
    match &claim.content {
        Some(pb::claim::Content::Figure(it)) => format!("{}  {}", figure(it), claim.text),
        Some(
            pb::claim::Content::Event(_) | pb::claim::Content::Norm(_) | pb::claim::Content::Statement(_),
        )
        | None => claim.text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(revision: u64, added: &[&str], checkpoint: bool) -> WatchResponse {
        let claim = |id: &&str| ClaimMatch {
            claim: Some(Claim { id: (*id).to_owned(), ..Claim::default() }),
            truth: Truth::Sure.into(),
        };
        WatchResponse {
            revision: Some(pb::Revision { number: revision, ..pb::Revision::default() }),
            added: added.iter().map(claim).collect(),
            checkpoint,
            ..WatchResponse::default()
        }
    }

    fn first(revision: u64) -> WatchResponse {
        WatchResponse { canonical_query: "claim".to_owned(), ..message(revision, &[], true) }
    }

    #[test]
    fn what_comes_again_after_a_cut_is_told_once() {
        let mut progress = Progress::default();
        let mut told = Vec::new();
        let messages = [
            first(4),
            message(5, &["a", "b"], true),
            message(6, &["c", "d"], false),
            message(6, &["e"], false),
            // Cut here; revision 6 comes again, in other parts.
            first(5),
            message(6, &["c"], false),
            message(6, &["d", "e", "f"], false),
            // And again.
            first(5),
            message(6, &["c", "d", "e", "f", "g"], true),
            message(7, &["h"], true),
        ];
        for message in messages {
            let Some(new) = progress.take(message) else {
                told.push("nothing".to_owned());
                continue;
            };
            let ids: Vec<_> = new.added.iter().map(|it| it.claim.as_ref().unwrap().id.as_str()).collect();
            told.push(format!("{} after {}", ids.join(" "), progress.after.unwrap()));
        }
        let expected = [
            " after 4",
            "a b after 5",
            "c d after 5",
            "e after 5",
            "nothing",
            "nothing",
            "f after 5",
            "nothing",
            "g after 6",
            "h after 7",
        ];
        assert_eq!(told, expected);
    }
}
