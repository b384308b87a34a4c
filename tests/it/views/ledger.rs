//! Small ledgers in the world of the flood, and the rows of views in short.

use sayso::analysis::{ClaimRef, Link};
use sayso::engine::{
    Answer, Batch, Engine, InGroup, QueryError, QueryRequest, Results, Retractions, ViewRows,
};
use sayso::model::vocabulary::{RelationKind, State};
use sayso::model::{ClaimDraft, ContentDraft, FigureDraft, RelationDraft, StepDraft};
use sayso::pack::{Located, Pack};
use sayso::plan::Truth;
use sayso::store::Budget;
use std::path::Path;

/// A ledger that knows the flood's names as of revision 1, and none of its claims.
pub(super) struct Ledger(pub(super) Engine);

impl Ledger {
    pub(super) fn new() -> Self {
        let pack = Self::flood();
        let engine = Engine::in_memory().expect("memory is there");
        let batch = Batch {
            entities: items(pack.entities),
            sources: items(pack.sources),
            documents: items(pack.documents),
            ..Batch::default()
        };
        engine.record(batch).expect("the pack is sound");
        Self(engine)
    }

    fn flood() -> Pack {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packs/flood");
        Pack::read_dir(&directory).expect("the pack is sound")
    }

    /// Records claims; gives the revision.
    pub(super) fn record(&self, claims: impl IntoIterator<Item = ClaimDraft>) -> u64 {
        let batch = Batch { claims: claims.into_iter().collect(), ..Batch::default() };
        self.0.record(batch).expect("the claims are sound").commit.revision
    }

    pub(super) fn retract(&self, id: &str) {
        let retractions = Retractions { ids: vec![id.to_owned()], reason: "it was a mistake".to_owned() };
        let batch = Batch { retractions: Some(retractions), ..Batch::default() };
        self.0.record(batch).expect("the claim is there");
    }

    pub(super) fn page(&self, query: &str, page_size: usize) -> Result<Answer, QueryError> {
        let request = QueryRequest { text: query.to_owned(), page_size, ..QueryRequest::default() };
        self.0.query(&request, &Budget::default())
    }

    /// The rows of a view, in short.
    pub(super) fn rows(&self, query: &str) -> Vec<String> {
        let answer = self.page(query, 1_000).unwrap_or_else(|error| panic!("{query}: {error}"));
        assert_eq!(answer.next_page_token, None, "{query}: more than a page");
        let Results::View(page) = answer.results else { panic!("{query} asks for a view") };
        short(&page.rows)
    }
}

fn items<T>(located: Vec<Located<T>>) -> Vec<T> {
    located.into_iter().map(|located| located.item).collect()
}

/// What tells rows apart: claims, with `?` behind those that match only possibly, and what the view is
/// asked for.
pub(super) fn short(rows: &ViewRows) -> Vec<String> {
    fn each<T>(rows: &[InGroup<T>], text: impl Fn(&T) -> String) -> Vec<String> {
        let row = |InGroup { group, row, .. }: &InGroup<T>| {
            let values = group.iter().map(|value| value.as_deref().unwrap_or("-").to_owned());
            values.chain([text(row)]).collect::<Vec<_>>().join(" | ")
        };
        rows.iter().map(row).collect()
    }
    match rows {
        ViewRows::Envelope(rows) => each(rows, |row| {
            let high = row.high.map_or("..".to_owned(), |high| high.to_string());
            format!("{}: {} to {high}", ids(&row.members), row.low)
        }),
        ViewRows::Latest(rows) => {
            each(rows, |row| format!("{} of {}", id(&row.claim), row.claims.0 + row.claims.1))
        }
        ViewRows::Total(rows) => each(rows, |row| {
            let sum = row.sum.map_or("refused".to_owned(), |sum| sum.to_string());
            format!("{}: {sum}", ids(&row.members))
        }),
        ViewRows::Conflicts(rows) => each(rows, |row| {
            let revised = if row.is_revision { " revised" } else { "" };
            format!("{:?}{revised} {:?}: {} {}", row.kind, row.truth, id(&row.first), id(&row.second))
        }),
        ViewRows::Corroboration(rows) => each(rows, |row| {
            format!("{}: {} + {}? by {}", id(&row.claim), row.origins.0, row.origins.1, ids(&row.supporters))
        }),
        ViewRows::Timeline(rows) => each(rows, |row| {
            let entry = |entry: &sayso::analysis::TimelineEntry| match &entry.link {
                Some(Link { kind, from, .. }) => format!("{} ({kind:?} {from})", id(&entry.claim)),
                None => id(&entry.claim),
            };
            row.entries.iter().map(entry).collect::<Vec<_>>().join(", ")
        }),
        ViewRows::Breaches(rows) => {
            each(rows, |row| format!("{} {:?} {}", id(&row.claim), row.truth, row.norm))
        }
        ViewRows::Drift(rows) => each(rows, |row| {
            let kinds: Vec<String> = row.changes.iter().map(|change| format!("{:?}", change.kind)).collect();
            format!("{} → {}: {}", id(&row.from), id(&row.to), kinds.join(" "))
        }),
    }
}

fn id(claim: &ClaimRef) -> String {
    match claim.truth {
        Truth::Sure => claim.id.to_string(),
        Truth::Possible => format!("{}?", claim.id),
    }
}

fn ids(claims: &[ClaimRef]) -> String {
    claims.iter().map(id).collect::<Vec<_>>().join(" ")
}

/// How many people the dam's break killed, said by one source or several.
pub(super) fn toll(id: &str, notation: &str, by: &str) -> ClaimDraft {
    let figure = FigureDraft {
        notation: Some(notation.to_owned()),
        unit: Some("person".to_owned()),
        ..FigureDraft::default()
    };
    ClaimDraft {
        action: Some("kill".to_owned()),
        incident: Some("dam-break".to_owned()),
        when: Some("2030-03-01".to_owned()),
        ..claim(id, ContentDraft::Figure(figure), by)
    }
}

/// Rescuers were in the upper valley, or not.
pub(super) fn rescuers(id: &str, state: State, when: &str, by: &str) -> ClaimDraft {
    ClaimDraft {
        kind: Some("rescuers".to_owned()),
        state: Some(state),
        when: Some(when.to_owned()),
        places: vec!["upper-valley".to_owned()],
        ..claim(id, ContentDraft::Event, by)
    }
}

pub(super) fn claim(id: &str, content: ContentDraft, by: &str) -> ClaimDraft {
    let sources = by.split_whitespace().map(ToOwned::to_owned).collect();
    ClaimDraft {
        id: id.to_owned(),
        text: "It was so.".to_owned(),
        kind: Some("people".to_owned()),
        content: Some(content),
        attribution: vec![StepDraft { sources, ..StepDraft::default() }],
        ..ClaimDraft::default()
    }
}

/// The claim, passed on by these, one after the other.
pub(super) fn via(mut claim: ClaimDraft, relays: &str) -> ClaimDraft {
    let step = |relay: &str| StepDraft { sources: vec![relay.to_owned()], ..StepDraft::default() };
    claim.attribution.extend(relays.split_whitespace().map(step));
    claim
}

/// The claim, related to another.
pub(super) fn relating(mut claim: ClaimDraft, kind: RelationKind, to: &str) -> ClaimDraft {
    claim.relations.push(RelationDraft { kind: Some(kind), claim: to.to_owned() });
    claim
}
