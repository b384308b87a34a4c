//! `sayso export`: a ledger, what a query finds in it, or its history.

mod pack;
mod written;

use super::Failure;
use super::again::{MAX_ATTEMPTS, first_line, is_passing, wait};
use super::query::{Parameters, tell};
use super::render::{self, Output, Surface};
use super::target::{Asked, Ledger};
use crate::engine::{self, EXPORT_CHUNK_BYTES, Engine};
use crate::store::Budget;
use crate::wire::pb::ledger_item::Item;
use crate::wire::pb::ledger_service_client::LedgerServiceClient;
use crate::wire::{pb, transfer};
use flate2::Compression;
use flate2::write::GzEncoder;
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tonic::transport::Channel;
use tonic::{Status, Streaming};
use written::Writer;

/// Write all claims, those that a query finds, or the ledger's history to a file
///
/// What claims refer to is written too, so that `sayso import` takes the file into any ledger. When a
/// server goes away, it waits for it to come back, and goes on where it was.
///
/// Example: sayso export 'claim where actor=NK' --output nk.jsonl.gz
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A query for claims, without list, count, view, sort and limit; without it, all that are not retracted
    #[arg(conflicts_with = "history")]
    text: Option<String>,
    /// Every commit as it was recorded: imported into an empty ledger, it makes the same revisions
    #[arg(long)]
    history: bool,
    /// Of the history, what came after this revision
    #[arg(long, value_name = "REVISION", requires = "history", default_value_t = 0)]
    after: u64,
    /// How to write it
    #[arg(long, value_enum, default_value_t = Format::Jsonl)]
    format: Format,
    /// The file to write, gzipped if its name ends in .gz; without it, standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    asked: Asked,
    #[command(flatten)]
    parameters: Parameters,
}

/// How an export is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// One JSON document per line for each item: all that `sayso import` can read again
    Jsonl,
    /// YAML for people, as docs/pack.md describes it
    Pack,
    /// The claims alone, as `sayso query --format csv` writes them
    Csv,
    /// ClaimReviews of schema.org, as JSON-LD: claims that support or contradict others
    Claimreview,
    /// FollowTheMoney statements, as CSV
    Ftm,
}

/// Runs the command.
pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let Args { text, history, after, format, output, asked, parameters } = args;
    let ledger = asked.ledger().await?;
    let request = pb::ExportRequest {
        query: text.unwrap_or_default(),
        parameters: Some(parameters.values()),
        history,
        after_revision: after,
        ..pb::ExportRequest::default()
    };
    let mut source = match (format, ledger) {
        (Format::Csv | Format::Pack | Format::Claimreview | Format::Ftm, _) if history => {
            return Err(Failure::NoHistory);
        }
        (Format::Csv, ledger) => Source::table(ledger, request),
        (_, Ledger::Here(engine)) => Source::here(&engine, request)?,
        (_, Ledger::There(channel)) => Source::there(channel, request),
    };
    match output {
        None => source.write(format, &mut BufWriter::new(io::stdout().lock())).await,
        Some(path) => {
            // What is not whole is not called what was asked for.
            let part = PathBuf::from(format!("{}.part", path.display()));
            let unwritable = |source| Failure::Unwritable { path: path.clone(), source };
            let file = BufWriter::new(File::create(&part).map_err(unwritable)?);
            let written = write_file(&mut source, format, file, &path).await;
            if let Err(failure) = written {
                // That it is left is no worse than why.
                let _ = fs::remove_file(&part);
                return Err(failure);
            }
            fs::rename(&part, &path).map_err(unwritable)
        }
    }
}

async fn write_file(
    source: &mut Source,
    format: Format,
    mut file: BufWriter<File>,
    path: &Path,
) -> Result<(), Failure> {
    if path.extension().is_some_and(|extension| extension == "gz") {
        let mut gzip = GzEncoder::new(&mut file, Compression::default());
        source.write(format, &mut gzip).await?;
        gzip.finish()?;
    } else {
        source.write(format, &mut file).await?;
    }
    file.flush()?;
    Ok(file.get_ref().sync_all()?)
}

/// Where items come from.
enum Source {
    /// A ledger in this process.
    Here(Box<engine::Export>),
    /// A server.
    There(Box<Calls>),
    /// Either, as pages of a query.
    Table(Box<(Ledger, pb::QueryRequest)>),
}

/// Calls of a server, each going on where the one before was cut.
struct Calls {
    client: LedgerServiceClient<Channel>,
    request: pb::ExportRequest,
    stream: Option<Streaming<pb::ExportResponse>>,
    /// Parts of a commit that has not come whole: if the stream is cut, they come again.
    begun: Vec<pb::LedgerItem>,
    attempts: u32,
}

impl Source {
    fn here(engine: &Engine, request: pb::ExportRequest) -> Result<Self, Failure> {
        let (history, after) = (request.history, request.after_revision);
        let request = transfer::export(request)?;
        let export = match history {
            true => engine.export_history(after, request.consistency)?,
            false => engine.export(&request, &Budget::default())?,
        };
        Ok(Self::Here(Box::new(export)))
    }

    fn there(channel: Channel, request: pb::ExportRequest) -> Self {
        let client = LedgerServiceClient::new(channel);
        Self::There(Box::new(Calls { client, request, stream: None, begun: Vec::new(), attempts: 0 }))
    }

    fn table(ledger: Ledger, request: pb::ExportRequest) -> Self {
        let pb::ExportRequest { query, parameters, .. } = request;
        let query = if query.trim().is_empty() { "claim".to_owned() } else { query };
        // Above what a page has, so as many as it has.
        let request =
            pb::QueryRequest { query, parameters, page_size: i32::MAX, ..pb::QueryRequest::default() };
        Self::Table(Box::new((ledger, request)))
    }

    /// Writes all items.
    async fn write(&mut self, format: Format, out: &mut impl Write) -> Result<(), Failure> {
        if let Self::Table(table) = self {
            let (ledger, request) = &mut **table;
            let mut output = Output::new(render::Format::Csv, Surface::stdout(), out);
            let mut attempts = 0;
            loop {
                let page = match ledger.query(request.clone()).await {
                    Err(Failure::Status(status)) if is_passing(&status) && attempts + 1 < MAX_ATTEMPTS => {
                        attempts += 1;
                        eprintln!("{}; going on where it was cut", first_line(&status));
                        wait(attempts).await;
                        continue;
                    }
                    page => page?,
                };
                attempts = 0;
                tell(&page.notices);
                request.page_token.clone_from(&page.next_page_token);
                output.page(page)?;
                if request.page_token.is_empty() {
                    output.finish()?;
                    return Ok(());
                }
            }
        }
        // It is drawn on standard error, and only if that is a terminal.
        let style = ProgressStyle::with_template("{spinner} {pos} items, {per_sec}");
        let bar =
            ProgressBar::no_length().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        let mut writer = Writer::new(format, out)?;
        while let Some(items) = self.next(&bar).await? {
            bar.inc(items.len() as u64);
            items.into_iter().try_for_each(|item| writer.item(item))?;
        }
        bar.finish_and_clear();
        writer.finish()
    }

    async fn next(&mut self, bar: &ProgressBar) -> Result<Option<Vec<pb::LedgerItem>>, Failure> {
        match self {
            Self::Here(export) => {
                let Some(chunk) = export.chunk(EXPORT_CHUNK_BYTES, &Budget::default())? else {
                    return Ok(None);
                };
                Ok(Some(transfer::exported(export.commit(), chunk)?.items))
            }
            Self::There(calls) => calls.next(bar).await,
            // It has rows.
            Self::Table(_) => Ok(None),
        }
    }
}

impl Calls {
    async fn next(&mut self, bar: &ProgressBar) -> Result<Option<Vec<pb::LedgerItem>>, Failure> {
        loop {
            match self.message().await {
                Ok(Some(response)) => {
                    self.attempts = 0;
                    return Ok(Some(self.whole(response)));
                }
                Ok(None) => return Ok(None),
                Err(status) => {
                    self.stream = None;
                    self.begun.clear();
                    self.attempts += 1;
                    if !is_passing(&status) || self.attempts == MAX_ATTEMPTS {
                        return Err(status.into());
                    }
                    let why = first_line(&status);
                    bar.suspend(|| eprintln!("{why}; going on where it was cut"));
                    wait(self.attempts).await;
                }
            }
        }
    }

    async fn message(&mut self) -> Result<Option<pb::ExportResponse>, Status> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            None => {
                let stream = self.client.export(self.request.clone()).await?.into_inner();
                self.stream.insert(stream)
            }
        };
        stream.message().await
    }

    /// What came whole; notes where a next call goes on.
    fn whole(&mut self, response: pb::ExportResponse) -> Vec<pb::LedgerItem> {
        let pb::ExportResponse { items, resume_token, .. } = response;
        if !resume_token.is_empty() {
            self.request.resume_token = resume_token;
        }
        if !self.request.history {
            return items;
        }
        let mut whole = std::mem::take(&mut self.begun);
        whole.extend(items);
        let last = |item: &pb::LedgerItem| match &item.item {
            Some(Item::Commit(part)) if part.last => Some(part.revision),
            _ => None,
        };
        let end = whole.iter().rposition(|item| last(item).is_some()).map_or(0, |index| index + 1);
        self.begun = whole.split_off(end);
        self.request.after_revision = whole.last().and_then(last).unwrap_or(self.request.after_revision);
        whole
    }
}
