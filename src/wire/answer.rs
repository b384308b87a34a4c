//! From the engine's answers to the contract's.

use super::explanation;
use super::item::{self, ItemError};
use super::message::timestamp;
use super::pb;
use super::stored::{self, Standing};
use super::views;
use crate::analysis::Cell;
use crate::engine::{Answer, Matched, Receipt, Remark, Results, StoredClaim, Table};
use crate::model::Timestamp;
use crate::registry::{Registered, Registry};
use crate::store::{Commit, Damage, Head, ItemKind, Progress, Retirement, Totals, Verified};
use prost_types::value::Kind;
use prost_types::{ListValue, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What the names of one answer come to at the most, so that it stays under gRPC's usual receive
/// limit whatever its claims refer to.
const NAME_BYTES: usize = 1 << 20;

/// One page of a query's answer.
///
/// # Errors
/// A stored claim is damaged.
pub fn query(answer: Answer) -> Result<pb::QueryResponse, ItemError> {
    use pb::query_response::Result as Found;
    let Answer { results, next_page_token, canonical, commit, now, totals, remarks, registry } = answer;
    let mut names = Names::new(&registry);
    let result = match results {
        Results::Claims(claims) => Found::Claims(claim_matches(claims, &mut names)?),
        Results::Entities(items) => {
            let found = |Matched { item, truth }: Matched<Arc<Registered<_>>>| {
                let entity = entity(&item);
                names.of_entity(&entity);
                pb::EntityMatch { entity: Some(entity), truth: stored::truth(truth).into() }
            };
            Found::Entities(pb::EntityMatches { matches: items.into_iter().map(found).collect() })
        }
        Results::Sources(items) => {
            let found = |Matched { item, truth }: Matched<Arc<Registered<_>>>| {
                let source = source(&item);
                names.of_source(&source);
                pb::SourceMatch { source: Some(source), truth: stored::truth(truth).into() }
            };
            Found::Sources(pb::SourceMatches { matches: items.into_iter().map(found).collect() })
        }
        Results::Documents(items) => {
            let found = |Matched { item, truth }: Matched<Arc<Registered<_>>>| {
                let document = document(&item);
                names.of_document(&document);
                pb::DocumentMatch { document: Some(document), truth: stored::truth(truth).into() }
            };
            Found::Documents(pb::DocumentMatches { matches: items.into_iter().map(found).collect() })
        }
        Results::Table(table) => Found::Table(self::table(table, &mut names)),
        Results::View(page) => views::page(page, &mut names),
        Results::Explanation(explanation) => {
            Found::Explanation(explanation::explanation(*explanation, &registry))
        }
    };
    Ok(pb::QueryResponse {
        result: Some(result),
        next_page_token: next_page_token.unwrap_or_default(),
        canonical_query: canonical,
        revision: Some(revision(&commit)),
        now: timestamp(now),
        totals: totals.map(self::totals),
        names: names.found(),
        notices: remarks.into_iter().map(notice).collect(),
    })
}

/// The answer to `Explain`.
///
/// # Errors
/// As [`query`].
pub fn explain(answer: Answer) -> Result<pb::ExplainResponse, ItemError> {
    let pb::QueryResponse { result, canonical_query, revision, now, notices, .. } = query(answer)?;
    let explanation = match result {
        Some(pb::query_response::Result::Explanation(explanation)) => Some(explanation),
        _ => None,
    };
    Ok(pb::ExplainResponse { explanation, canonical_query, revision, now, notices })
}

/// How many rows a page holds; of timelines, entries.
pub fn rows(page: &pb::QueryResponse) -> usize {
    use pb::query_response::Result as Found;
    match &page.result {
        None => 0,
        Some(Found::Claims(found)) => found.matches.len(),
        Some(Found::Sources(found)) => found.matches.len(),
        Some(Found::Entities(found)) => found.matches.len(),
        Some(Found::Documents(found)) => found.matches.len(),
        Some(Found::Table(table)) => table.rows.len(),
        Some(Found::Envelopes(found)) => found.rows.len(),
        Some(Found::Latest(found)) => found.rows.len(),
        Some(Found::FlowTotals(found)) => found.rows.len(),
        Some(Found::Conflicts(found)) => found.rows.len(),
        Some(Found::Corroborations(found)) => found.rows.len(),
        Some(Found::Timelines(found)) => found.rows.iter().map(|timeline| timeline.entries.len()).sum(),
        Some(Found::Breaches(found)) => found.rows.len(),
        Some(Found::Drifts(found)) => found.rows.len(),
        // It always says something: how many rows there are, then its terms.
        Some(Found::Explanation(explanation)) => 1 + explanation.terms.len(),
    }
}

/// The same page, as one message of a stream.
pub fn streamed(page: pb::QueryResponse) -> pb::StreamQueryResponse {
    use pb::query_response::Result as One;
    use pb::stream_query_response::Result as Streamed;
    let pb::QueryResponse { result, next_page_token, canonical_query, revision, now, totals, names, notices } =
        page;
    let result = result.map(|result| match result {
        One::Claims(claims) => Streamed::Claims(claims),
        One::Sources(sources) => Streamed::Sources(sources),
        One::Entities(entities) => Streamed::Entities(entities),
        One::Documents(documents) => Streamed::Documents(documents),
        One::Table(table) => Streamed::Table(table),
        One::Envelopes(rows) => Streamed::Envelopes(rows),
        One::Latest(rows) => Streamed::Latest(rows),
        One::FlowTotals(rows) => Streamed::FlowTotals(rows),
        One::Conflicts(rows) => Streamed::Conflicts(rows),
        One::Corroborations(rows) => Streamed::Corroborations(rows),
        One::Timelines(rows) => Streamed::Timelines(rows),
        One::Breaches(rows) => Streamed::Breaches(rows),
        One::Drifts(rows) => Streamed::Drifts(rows),
        One::Explanation(explanation) => Streamed::Explanation(explanation),
    });
    pb::StreamQueryResponse {
        result,
        next_page_token,
        canonical_query,
        revision,
        now,
        totals,
        names,
        notices,
    }
}

/// A claim as it was recorded.
///
/// # Errors
/// Its bytes are damaged.
pub fn claim(claim: StoredClaim) -> Result<pb::Claim, ItemError> {
    let StoredClaim { id: _, bytes, revision, recorded, version, retraction: retraction_of } = claim;
    let retraction = |retired: Retirement| {
        let reason = item::decode_retraction(&retired.bytes)?.reason;
        let time = timestamp(Timestamp(retired.recorded));
        Ok::<_, ItemError>(pb::Retraction { revision: retired.revision, time, reason })
    };
    let retraction = retraction_of.map(retraction).transpose()?;
    Ok(stored::claim(&bytes, Standing { revision, recorded, version }, retraction)?)
}

/// An entity with what the ledger knows of it.
pub fn entity(registered: &Registered<crate::model::Entity>) -> pb::Entity {
    let Registered { item, ordinal: _, revision, recorded, version } = registered;
    pb::Entity {
        revision: *revision,
        recorded: timestamp(*recorded),
        version: *version,
        ..super::message::entity(item)
    }
}

/// A source with what the ledger knows of it.
pub fn source(registered: &Registered<crate::model::Source>) -> pb::Source {
    let Registered { item, ordinal: _, revision, recorded, version } = registered;
    pb::Source {
        revision: *revision,
        recorded: timestamp(*recorded),
        version: *version,
        ..super::message::source(item)
    }
}

/// A document with what the ledger knows of it.
pub fn document(registered: &Registered<crate::model::Document>) -> pb::Document {
    let Registered { item, ordinal: _, revision, recorded, version } = registered;
    pb::Document {
        revision: *revision,
        recorded: timestamp(*recorded),
        version: *version,
        ..super::message::document(item)
    }
}

/// What became of a batch.
pub fn receipt(receipt: Receipt) -> pb::RecordResponse {
    use crate::engine::{ItemOutcome, Outcome};
    let outcome = |ItemOutcome { kind, id, outcome, version }: ItemOutcome| pb::ItemOutcome {
        r#type: item_type(kind).into(),
        id: id.as_ref().to_owned(),
        outcome: match outcome {
            Outcome::Created => pb::Outcome::Created,
            Outcome::Unchanged => pb::Outcome::Unchanged,
            Outcome::NewVersion => pb::Outcome::NewVersion,
            Outcome::Retracted => pb::Outcome::Retracted,
        }
        .into(),
        version,
    };
    let Receipt { commit, outcomes } = receipt;
    pb::RecordResponse {
        revision: Some(revision(&commit)),
        outcomes: outcomes.into_iter().map(outcome).collect(),
    }
}

/// What became of claims that were taken back.
pub fn retracted(receipt: Receipt) -> pb::RetractResponse {
    let pb::RecordResponse { revision, outcomes } = self::receipt(receipt);
    pb::RetractResponse { revision, outcomes }
}

/// The latest revision and what the ledger holds.
pub fn head(head: &Head) -> pb::GetHeadResponse {
    let Head { revision, digest, recorded, counts } = *head;
    pb::GetHeadResponse {
        revision: Some(self::revision(&Commit { revision, digest, recorded })),
        counts: Some(pb::Counts {
            claims: counts.claims,
            sources: counts.sources,
            entities: counts.entities,
            documents: counts.documents,
        }),
    }
}

/// How far a verification has come.
pub fn verifying(progress: Progress) -> pb::VerifyResponse {
    use pb::verify_response::State;
    let Progress { files, all_files, commits, all_commits, claims, all_claims } = progress;
    let progress = pb::VerifyProgress { files, all_files, commits, all_commits, claims, all_claims };
    pb::VerifyResponse { state: Some(State::Progress(progress)) }
}

/// A ledger that is sound.
pub fn verified(verified: &Verified) -> pb::VerifyResponse {
    use pb::verify_response::State;
    let Verified { head: Head { revision, digest, recorded, .. }, files, claims } = *verified;
    let revision = Some(self::revision(&Commit { revision, digest, recorded }));
    pb::VerifyResponse { state: Some(State::Sound(pb::VerifiedLedger { revision, files, claims })) }
}

/// A ledger that is damaged.
pub fn damaged(damage: &Damage) -> pb::VerifyResponse {
    use pb::verify_response::State;
    pb::VerifyResponse { state: Some(State::Damage(pb::LedgerDamage { text: damage.to_string() })) }
}

/// A commit.
pub fn revision(commit: &Commit) -> pb::Revision {
    stored::revision(commit.revision, *commit.digest.as_bytes(), Timestamp(commit.recorded))
}

/// A pair of counts.
pub(super) fn totals(totals: Totals) -> pb::Totals {
    let Totals { sure, possible } = totals;
    pb::Totals { sure, possible }
}

/// An offset in a query.
pub(super) fn offset(offset: usize) -> u32 {
    u32::try_from(offset).expect("a query is a few KiB")
}

pub(super) fn claim_matches(
    claims: Vec<Matched<StoredClaim>>,
    names: &mut Names<'_>,
) -> Result<pb::ClaimMatches, ItemError> {
    let mut matches = Vec::with_capacity(claims.len());
    for Matched { item, truth } in claims {
        let claim = claim(item)?;
        names.of_claim(&claim);
        matches.push(pb::ClaimMatch { claim: Some(claim), truth: stored::truth(truth).into() });
    }
    Ok(pb::ClaimMatches { matches })
}

fn table(table: Table, names: &mut Names<'_>) -> pb::Table {
    let Table { columns, rows } = table;
    for (cells, _) in &rows {
        for (column, cell) in columns.iter().zip(cells) {
            if let Some(kind) = column.refers_to {
                names.of_cell(kind, cell);
            }
        }
    }
    let rows = rows.into_iter().map(|(cells, truth)| pb::TableRow {
        cells: cells.into_iter().map(value).collect(),
        truth: truth.map_or(0, |truth| stored::truth(truth).into()),
    });
    let rows = rows.collect();
    pb::Table { columns: columns.into_iter().map(|column| column.name).collect(), rows }
}

fn value(cell: Cell) -> Value {
    let kind = match cell {
        Cell::Missing => Kind::NullValue(0),
        Cell::Text(text) => Kind::StringValue(text),
        Cell::Number(number) => Kind::NumberValue(number),
        Cell::Bool(yes) => Kind::BoolValue(yes),
        Cell::List(cells) => Kind::ListValue(ListValue { values: cells.into_iter().map(value).collect() }),
    };
    Value { kind: Some(kind) }
}

fn notice(remark: Remark) -> pb::Notice {
    let Remark { code, text, at } = remark;
    pb::Notice { code: code.to_owned(), text, start: Some(offset(at.start)), end: Some(offset(at.end)) }
}

/// The kind of an item, as the contract has it; a retraction is of a claim.
pub fn item_type(kind: ItemKind) -> pb::ItemType {
    match kind {
        ItemKind::Entity => pb::ItemType::Entity,
        ItemKind::Source => pb::ItemType::Source,
        ItemKind::Document => pb::ItemType::Document,
        ItemKind::Claim | ItemKind::Retraction => pb::ItemType::Claim,
    }
}

/// The ids in an answer, for their names.
pub(super) struct Names<'a> {
    registry: &'a Registry,
    ids: BTreeSet<(ItemKind, String)>,
}

impl<'a> Names<'a> {
    pub(super) fn new(registry: &'a Registry) -> Self {
        Self { registry, ids: BTreeSet::new() }
    }

    pub(super) fn add<'i>(&mut self, kind: ItemKind, ids: impl IntoIterator<Item = &'i String>) {
        self.ids.extend(ids.into_iter().filter(|id| !id.is_empty()).map(|id| (kind, id.clone())));
    }

    pub(super) fn of_claim(&mut self, claim: &pb::Claim) {
        use pb::claim::Content;
        let lists = [&claim.actors, &claim.agents, &claim.targets, &claim.manner, &claim.places];
        self.add(ItemKind::Entity, lists.into_iter().flatten());
        self.add(ItemKind::Entity, [&claim.kind, &claim.action, &claim.incident]);
        match &claim.content {
            Some(Content::Figure(figure)) => self.add(ItemKind::Entity, [&figure.of]),
            Some(Content::Norm(norm)) => {
                self.add(ItemKind::Entity, norm.bearers.iter().chain([&norm.instrument]));
                self.add(ItemKind::Entity, norm.breached_by.iter().flat_map(|breach| &breach.actions));
            }
            Some(Content::Event(_) | Content::Statement(_)) | None => {}
        }
        for step in &claim.attribution {
            self.add(ItemKind::Source, step.sources.iter().chain(&step.on_behalf_of));
        }
        self.add(ItemKind::Document, claim.evidence.iter().map(|evidence| &evidence.document));
    }

    fn of_entity(&mut self, entity: &pb::Entity) {
        self.add(ItemKind::Entity, &entity.parents);
    }

    fn of_source(&mut self, source: &pb::Source) {
        self.add(ItemKind::Source, [&source.part_of]);
        self.add(ItemKind::Entity, [&source.country, &source.entity]);
        self.add(ItemKind::Entity, source.interests.iter().map(|interest| &interest.entity));
    }

    fn of_document(&mut self, document: &pb::Document) {
        self.add(ItemKind::Source, [&document.publisher]);
    }

    fn of_cell(&mut self, kind: ItemKind, cell: &Cell) {
        match cell {
            Cell::Text(id) => self.add(kind, [id]),
            Cell::List(cells) => cells.iter().for_each(|cell| self.of_cell(kind, cell)),
            Cell::Missing | Cell::Number(_) | Cell::Bool(_) => {}
        }
    }

    /// The names of the ids, by kind, then by id; as many as come to [`NAME_BYTES`].
    pub(super) fn found(self) -> Vec<pb::NameRef> {
        let Self { registry, ids } = self;
        let named = |(kind, id): (ItemKind, String)| {
            let name = match kind {
                ItemKind::Entity => registry.entity(&id)?.name.clone(),
                ItemKind::Source => registry.source(&id)?.name.clone(),
                ItemKind::Document => registry.document(&id)?.title.clone(),
                ItemKind::Claim | ItemKind::Retraction => return None,
            };
            Some(pb::NameRef { r#type: item_type(kind).into(), id, name })
        };
        let mut bytes = 0;
        let within = |name: &pb::NameRef| {
            bytes += name.id.len() + name.name.len();
            bytes <= NAME_BYTES
        };
        ids.into_iter().filter_map(named).take_while(within).collect()
    }
}
