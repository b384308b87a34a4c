//! `sayso import`: packs, tables with a mapping, and what was exported, into a ledger.

mod interchange;
mod lines;
mod mapped;
mod newcomers;
mod report;
mod rows;
mod source;
mod stream;
mod write;

use super::Failure;
use super::target::{Place, Target};
use crate::engine::{self, Engine};
use crate::model::limits::MAX_BATCH_ITEMS;
use crate::pack::mapping::Mapping;
use crate::pack::{Located, Pack};
use crate::wire::pb;
use indicatif::ProgressBar;
use interchange::{Format, Texts};
use lines::Lines;
use newcomers::Newcomers;
use report::{Form, Report};
use rows::Rows;
use std::path::PathBuf;
use std::{fmt, io};
use write::Refusal;

/// Write packs (YAML files), tables with a mapping, or what `sayso export` wrote, to a ledger
///
/// All packs together are written whole or not at all, as long as they hold no more than 10,000
/// items. An item just as the ledger has it is left; one that differs becomes its next version.
///
/// All else is written as it is read; if that is interrupted, the same command goes on where it was.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Packs, as docs/pack.md describes them; or files that `sayso export` wrote; with --mapping, tables: CSV
    /// or JSON; or ClaimReviews or FollowTheMoney statements. Tables and exported files may be gzipped
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// What the FILEs are, if they are no packs; without it, that is read from their first lines
    #[arg(long, value_enum, conflicts_with = "mapping")]
    format: Option<Format>,
    #[command(flatten)]
    mapped: mapped::Tables,
    #[command(flatten)]
    target: Target,
}

/// Runs the command.
pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let Args { files, format, mapped, target } = args;
    let target = target.place().unwrap_or_else(Place::usual_server);
    if let Some(path) = mapped.mapping {
        let mapping = Mapping::read_file(&path)?;
        if let Some(claims) = mapped.dry_run {
            return mapped::dry_run(&mapping, &files, mapped.from, claims, &mut io::stdout().lock());
        }
        let how = format!("table from {}", mapped.from);
        let import_id = lines::import_id(&how, [&path].into_iter().chain(&files))?;
        let report = mapped.continue_on_error.map(|path| Report::open(path, Form::Csv, &import_id));
        let (report, ledger) = (report.transpose()?, target.ledger(true).await?);
        let rows = Rows::of(&mapping, &files, mapped.from, Newcomers::to(&ledger).await?);
        return stream::run(Box::new(rows), &files, import_id, report, &ledger).await;
    }
    let report = |import_id: &str| {
        let report = mapped.continue_on_error.clone();
        report.map(|path| Report::open(path, Form::Json, import_id)).transpose()
    };
    if let Some(format) = format.or_else(|| Format::of(&files)) {
        if mapped.continue_on_error.is_none() {
            Texts::check(format, &files)?;
        }
        let import_id = lines::import_id(format.name(), &files)?;
        let (report, ledger) = (report(&import_id)?, target.ledger(true).await?);
        let texts = Texts::of(format, &files, Newcomers::to(&ledger).await?);
        return stream::run(Box::new(texts), &files, import_id, report, &ledger).await;
    }
    if files.iter().try_fold(true, |all, file| Ok::<_, Failure>(all && lines::is_lines(file)?))? {
        let import_id = lines::import_id("", &files)?;
        let (report, ledger) = (report(&import_id)?, target.ledger(true).await?);
        return stream::run(Box::new(Lines::of(&files)), &files, import_id, report, &ledger).await;
    }
    if mapped.continue_on_error.is_some() {
        return Err(Failure::FilesAreWhole);
    }
    let pack = Pack::read_files(&files)?;
    let ledger = target.ledger(true).await?;
    // The bar is drawn on standard error, and only if that is a terminal.
    let bar = ProgressBar::new(len(&pack) as u64);
    let mut tally = Tally::default();
    for batch in batches(pack, MAX_BATCH_ITEMS) {
        let items = len(&batch) as u64;
        let places = Places::of(&batch);
        let written = write::write(&ledger, batch_of(batch)).await;
        tally.add(&written.map_err(|refusal| places.failure(refusal))?);
        bar.inc(items);
    }
    bar.finish_and_clear();
    eprintln!("{tally}");
    Ok(())
}

/// Writes a pack of any size to a ledger in this process.
pub(super) fn load(engine: &Engine, pack: Pack) -> Result<(), Failure> {
    batches(pack, MAX_BATCH_ITEMS).into_iter().try_for_each(|batch| record(engine, batch).map(drop))
}

/// Writes one batch to a ledger in this process.
fn record(engine: &Engine, pack: Pack) -> Result<pb::RecordResponse, Failure> {
    let places = Places::of(&pack);
    write::here(engine, batch_of(pack)).map_err(|refusal| places.failure(refusal))
}

fn batch_of(pack: Pack) -> engine::Batch {
    engine::Batch {
        entities: items(pack.entities),
        sources: items(pack.sources),
        documents: items(pack.documents),
        claims: items(pack.claims),
        ..engine::Batch::default()
    }
}

fn len(pack: &Pack) -> usize {
    pack.entities.len() + pack.sources.len() + pack.documents.len() + pack.claims.len()
}

/// Cuts a pack that is too large for one batch: first what claims refer to, then the claims.
fn batches(mut pack: Pack, max: usize) -> Vec<Pack> {
    if len(&pack) <= max {
        return vec![pack];
    }
    let mut batches = Vec::new();
    while len(&pack) > 0 {
        let mut room = max;
        batches.push(Pack {
            entities: take(&mut pack.entities, &mut room),
            sources: take(&mut pack.sources, &mut room),
            documents: take(&mut pack.documents, &mut room),
            claims: take(&mut pack.claims, &mut room),
        });
    }
    batches
}

fn take<T>(items: &mut Vec<T>, room: &mut usize) -> Vec<T> {
    let taken = items.drain(..items.len().min(*room)).collect::<Vec<T>>();
    *room -= taken.len();
    taken
}

fn items<T>(located: Vec<Located<T>>) -> Vec<T> {
    located.into_iter().map(|located| located.item).collect()
}

/// Where the items of a batch were read.
struct Places {
    entities: Vec<Located<()>>,
    sources: Vec<Located<()>>,
    documents: Vec<Located<()>>,
    claims: Vec<Located<()>>,
}

impl Places {
    fn of(pack: &Pack) -> Self {
        Self {
            entities: places(&pack.entities),
            sources: places(&pack.sources),
            documents: places(&pack.documents),
            claims: places(&pack.claims),
        }
    }

    fn failure(&self, refusal: Refusal) -> Failure {
        match refusal {
            Refusal::Fields(fields) => {
                Failure::Refused(fields.iter().map(|(field, problem)| self.name(field, problem)).collect())
            }
            Refusal::Failed(failure) => failure,
        }
    }

    /// What is wrong with a field of the batch, as `claims[3].figure`, said of the file that the
    /// item was read from.
    fn name(&self, field: &str, problem: impl fmt::Display) -> String {
        match self.find(field) {
            Some((Located { file, line, path, .. }, rest)) => {
                format!("{}:{line}: {path}{rest}: {problem}", file.display())
            }
            None => format!("{field}: {problem}"),
        }
    }

    /// The place of the item that a field belongs to, and the rest of the field's path.
    fn find<'a>(&self, field: &'a str) -> Option<(&Located<()>, &'a str)> {
        let (list, rest) = field.split_once('[')?;
        let (index, rest) = rest.split_once(']')?;
        let places = match list {
            "entities" => &self.entities,
            "sources" => &self.sources,
            "documents" => &self.documents,
            "claims" => &self.claims,
            _ => return None,
        };
        Some((places.get(index.parse::<usize>().ok()?)?, rest))
    }
}

fn places<T>(items: &[Located<T>]) -> Vec<Located<()>> {
    let place = |item: &Located<T>| Located {
        item: (),
        file: item.file.clone(),
        line: item.line,
        path: item.path.clone(),
    };
    items.iter().map(place).collect()
}

/// How many items became what, and the revision that this made.
#[derive(Debug, Default)]
struct Tally {
    created: usize,
    new_versions: usize,
    unchanged: usize,
    revision: u64,
}

impl Tally {
    fn add(&mut self, response: &pb::RecordResponse) {
        self.revision = response.revision.as_ref().map_or(self.revision, |revision| revision.number);
        for item in &response.outcomes {
            *match item.outcome() {
                pb::Outcome::Created => &mut self.created,
                pb::Outcome::NewVersion => &mut self.new_versions,
                pb::Outcome::Unchanged => &mut self.unchanged,
                // No pack takes a claim back.
                pb::Outcome::Retracted | pb::Outcome::Unspecified => continue,
            } += 1;
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { created, new_versions, unchanged, revision } = self;
        write!(
            f,
            "{created} created, {new_versions} new versions, {unchanged} unchanged; revision {revision}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ClaimDraft, EntityDraft};
    use std::path::Path;

    fn located<T>(item: T, line: usize, path: &str) -> Located<T> {
        Located { item, file: Path::new("p.yaml").into(), line, path: path.into() }
    }

    fn pack(entities: usize, claims: usize) -> Pack {
        Pack {
            entities: (0..entities).map(|index| located(EntityDraft::default(), index, "e")).collect(),
            claims: (0..claims).map(|index| located(ClaimDraft::default(), index, "c")).collect(),
            ..Pack::default()
        }
    }

    #[test]
    fn the_seeds_are_a_ledger_and_stay_one() {
        let seeds = || Pack::read_dir(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/seeds"))).unwrap();
        let engine = Engine::in_memory().unwrap();
        let tally = |pack| {
            let mut tally = Tally::default();
            tally.add(&record(&engine, pack).unwrap());
            tally.to_string()
        };
        assert_eq!(tally(seeds()), "65 created, 0 new versions, 0 unchanged; revision 1");
        assert_eq!(tally(seeds()), "0 created, 0 new versions, 65 unchanged; revision 1");
    }

    #[test]
    fn a_refusal_names_the_lines_of_the_pack() {
        let text = "
claims:
  - id: a
    text: T
    figure: ~0 person
    actors: [nobody]
    attribution: [{ sources: [nowhere] }]
";
        let pack = Pack::read_text(Path::new("p.yaml"), text).unwrap();
        let refusal = record(&Engine::in_memory().unwrap(), pack).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "p.yaml:3: claims[0] (a).actors[0]: there is no entity `nobody`
p.yaml:3: claims[0] (a).attribution[0].sources[0]: there is no source `nowhere`
p.yaml:3: claims[0] (a).figure: `~` says nothing about 0: write 0, or a bound such as <=5"
        );
    }

    #[test]
    fn a_large_pack_is_cut_in_order_and_a_small_one_is_not() {
        let sizes = |pack: Pack| {
            let cut = batches(pack, 3);
            let lines = cut.iter().flat_map(|batch| batch.claims.iter().map(|claim| claim.line));
            assert!(lines.is_sorted());
            cut.iter().map(|batch| (batch.entities.len(), batch.claims.len())).collect::<Vec<_>>()
        };
        assert_eq!(sizes(pack(1, 2)), [(1, 2)]);
        assert_eq!(sizes(pack(4, 4)), [(3, 0), (1, 2), (0, 2)]);
        assert_eq!(sizes(pack(0, 0)), [(0, 0)]);
    }

    #[test]
    fn what_is_wrong_with_a_batch_is_said_of_the_file() {
        let places = Places::of(&Pack {
            claims: vec![
                located(ClaimDraft::default(), 3, "claims[0] (a)"),
                located(ClaimDraft::default(), 9, "claims[1] (b)"),
            ],
            ..Pack::default()
        });
        assert_eq!(places.name("claims[1].figure", "is odd"), "p.yaml:9: claims[1] (b).figure: is odd");
        assert_eq!(places.name("claims[1]", "is odd"), "p.yaml:9: claims[1] (b): is odd");
        for elsewhere in ["claims[2].figure", "claims", "request_id", "sources[0].id"] {
            assert_eq!(places.name(elsewhere, "is odd"), format!("{elsewhere}: is odd"));
        }
    }
}
