//! A ledger twice: in the engine, and as a plain list of everything that was ever recorded.

use crate::database;
use sayso::engine::{Batch, Engine, Retractions};
use sayso::model::{Claim, Document, Entity, Path, Source, Timestamp};
use sayso::store::ItemKind;
use std::collections::BTreeMap;
use std::sync::Arc;
use tempfile::TempDir;

/// What happens to a ledger.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "there are few, and most are of the large one")]
pub(crate) enum Step {
    /// Items are recorded.
    Record(Batch),
    /// Claims are taken back, those of them that there are.
    Retract(Vec<String>),
    /// The ledger is closed and opened again, which builds its index anew.
    Reopen,
}

/// Where ledgers are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    Embedded,
    Postgres,
}

/// Where one is kept, for as long as this is.
enum Home {
    Directory(TempDir),
    /// A schema of a database.
    Database(String),
}

impl Home {
    fn new(store: Store) -> Self {
        match store {
            Store::Embedded => Self::Directory(tempfile::tempdir().expect("a directory for the ledger")),
            Store::Postgres => Self::Database(database::migrated()),
        }
    }

    fn open(&self) -> Arc<Engine> {
        match self {
            Self::Directory(directory) => Arc::new(Engine::open(directory.path()).expect("the ledger opens")),
            Self::Database(url) => Engine::connect(url).expect("the ledger opens"),
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Self::Database(url) = self {
            database::remove(url);
        }
    }
}

/// A ledger, and its history beside it.
pub(super) struct World {
    pub(super) store: Store,
    pub(super) engine: Arc<Engine>,
    pub(super) history: History,
    _home: Home,
}

impl World {
    /// Lets the steps happen.
    pub(super) fn build(steps: &[Step], store: Store) -> Self {
        let home = Home::new(store);
        let open = || home.open();
        let mut history = History::default();
        let mut engine = Some(open());
        for step in steps {
            match step {
                Step::Record(batch) => {
                    let engine = engine.get_or_insert_with(open);
                    let receipt = engine.record(batch.clone()).expect("the drafts are sound");
                    history.record(batch, Timestamp(receipt.commit.recorded));
                    assert_eq!(history.head(), receipt.commit.revision, "revisions have no gaps");
                }
                Step::Retract(ids) => retract(engine.get_or_insert_with(open), &mut history, ids),
                Step::Reopen => drop(engine.take()),
            }
        }
        let engine = engine.unwrap_or_else(open);
        Self { store, engine, history, _home: home }
    }
}

fn retract(engine: &Engine, history: &mut History, ids: &[String]) {
    let live = history.live_claims();
    let ids: Vec<String> = ids.iter().filter(|id| live.contains_key(id.as_str())).cloned().collect();
    if ids.is_empty() {
        return;
    }
    let retractions = Some(Retractions { ids: ids.clone(), reason: "It was wrong.".to_owned() });
    let receipt = engine.record(Batch { retractions, ..Batch::default() }).expect("they are there");
    history.retract(&ids, Timestamp(receipt.commit.recorded));
}

/// Something that was recorded.
pub(super) enum Item {
    Claim(Box<Claim>),
    Entity(Entity),
    Source(Source),
    Document(Document),
}

impl Item {
    pub(super) fn id(&self) -> &str {
        match self {
            Self::Claim(claim) => claim.id.as_str(),
            Self::Entity(entity) => entity.id.as_str(),
            Self::Source(source) => source.id.as_str(),
            Self::Document(document) => document.id.as_str(),
        }
    }

    pub(super) fn kind(&self) -> ItemKind {
        match self {
            Self::Claim(_) => ItemKind::Claim,
            Self::Entity(_) => ItemKind::Entity,
            Self::Source(_) => ItemKind::Source,
            Self::Document(_) => ItemKind::Document,
        }
    }

    fn says_the_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Claim(a), Self::Claim(b)) => a == b,
            (Self::Entity(a), Self::Entity(b)) => a == b,
            (Self::Source(a), Self::Source(b)) => a == b,
            (Self::Document(a), Self::Document(b)) => a == b,
            (Self::Claim(_) | Self::Entity(_) | Self::Source(_) | Self::Document(_), _) => false,
        }
    }
}

/// One version of an item, and what became of it.
pub(super) struct Version {
    pub(super) item: Item,
    pub(super) revision: u64,
    pub(super) recorded: Timestamp,
    pub(super) number: u32,
    /// The revision that wrote the next version.
    superseded: Option<u64>,
    /// The revision that took it back.
    retracted: Option<u64>,
}

/// Everything that was recorded, in its order.
#[derive(Default)]
pub(super) struct History {
    versions: Vec<Version>,
    /// When each commit was made; the first is revision 1.
    commits: Vec<Timestamp>,
}

impl History {
    /// The latest revision.
    pub(super) fn head(&self) -> u64 {
        self.commits.len() as u64
    }

    /// When a revision was made.
    pub(super) fn recorded(&self, revision: u64) -> Timestamp {
        self.commits[revision as usize - 1]
    }

    /// The last revision that was made not later than a time; 0 if there is none.
    pub(super) fn revision_at(&self, time: Timestamp) -> u64 {
        self.commits.iter().filter(|recorded| **recorded <= time).count() as u64
    }

    fn record(&mut self, batch: &Batch, recorded: Timestamp) {
        let sound = "the drafts are sound";
        let root = Path::ROOT;
        let entities = batch.entities.iter().map(|it| Item::Entity(Entity::parse(it, root).expect(sound)));
        let sources = batch.sources.iter().map(|it| Item::Source(Source::parse(it, root).expect(sound)));
        let documents =
            batch.documents.iter().map(|it| Item::Document(Document::parse(it, root).expect(sound)));
        let claims =
            batch.claims.iter().map(|it| Item::Claim(Box::new(Claim::parse(it, root).expect(sound))));
        let revision = self.head() + 1;
        let mut is_anything_new = false;
        for item in entities.chain(sources).chain(documents).chain(claims) {
            let latest = self
                .versions
                .iter_mut()
                .rev()
                .find(|version| version.item.kind() == item.kind() && version.item.id() == item.id());
            let mut number = 1;
            if let Some(latest) = latest {
                if latest.retracted.is_none() && latest.item.says_the_same_as(&item) {
                    continue;
                }
                latest.superseded = Some(revision);
                number = latest.number + 1;
            }
            is_anything_new = true;
            self.versions.push(Version {
                item,
                revision,
                recorded,
                number,
                superseded: None,
                retracted: None,
            });
        }
        if is_anything_new {
            self.commits.push(recorded);
        }
    }

    /// The claims that are neither retracted nor replaced, and their versions.
    fn live_claims(&self) -> BTreeMap<&str, u32> {
        let live = self.versions.iter().filter(|it| it.superseded.is_none() && it.retracted.is_none());
        live.filter(|it| it.item.kind() == ItemKind::Claim).map(|it| (it.item.id(), it.number)).collect()
    }

    fn retract(&mut self, ids: &[String], recorded: Timestamp) {
        let revision = self.head() + 1;
        for version in &mut self.versions {
            let is_live = version.superseded.is_none() && version.retracted.is_none();
            let is_meant = ids.iter().any(|id| id == version.item.id());
            if version.item.kind() == ItemKind::Claim && is_live && is_meant {
                version.retracted = Some(revision);
            }
        }
        self.commits.push(recorded);
    }

    /// The ledger as it was at a revision.
    pub(super) fn at(&self, revision: u64) -> Ledger<'_> {
        let versions: Vec<&Version> =
            self.versions.iter().filter(|version| version.revision <= revision).collect();
        let mut ledger = Ledger {
            revision,
            versions,
            entities: BTreeMap::new(),
            sources: BTreeMap::new(),
            documents: BTreeMap::new(),
        };
        for version in &ledger.versions {
            // A later version takes the place of an earlier one.
            match &version.item {
                Item::Claim(_) => {}
                Item::Entity(entity) => drop(ledger.entities.insert(entity.id.as_str(), entity)),
                Item::Source(source) => drop(ledger.sources.insert(source.id.as_str(), source)),
                Item::Document(document) => drop(ledger.documents.insert(document.id.as_str(), document)),
            }
        }
        ledger
    }
}

/// A ledger as it was at one revision.
pub(super) struct Ledger<'a> {
    revision: u64,
    /// All that had been recorded, old versions too, in its order.
    pub(super) versions: Vec<&'a Version>,
    pub(super) entities: BTreeMap<&'a str, &'a Entity>,
    pub(super) sources: BTreeMap<&'a str, &'a Source>,
    pub(super) documents: BTreeMap<&'a str, &'a Document>,
}

impl Ledger<'_> {
    pub(super) fn is_superseded(&self, version: &Version) -> bool {
        version.superseded.is_some_and(|revision| revision <= self.revision)
    }

    pub(super) fn is_retracted(&self, version: &Version) -> bool {
        version.retracted.is_some_and(|revision| revision <= self.revision)
    }

    /// Whether an entity is another or part of it or a kind of it, however far down.
    pub(super) fn entity_is_within(&self, id: &str, whole: &str) -> bool {
        let parents = || self.entities.get(id).map(|entity| entity.parents.as_slice()).unwrap_or_default();
        id == whole || parents().iter().any(|parent| self.entity_is_within(parent.as_str(), whole))
    }

    /// Whether a source is another or part of it, however far down.
    pub(super) fn source_is_within(&self, id: &str, whole: &str) -> bool {
        let above = || self.sources.get(id).and_then(|source| source.part_of.as_ref());
        id == whole || above().is_some_and(|above| self.source_is_within(above.as_str(), whole))
    }
}
