//! How much a view takes on, and how large a page is.

use super::ledger::{Ledger, claim, toll};
use prost::Message;
use sayso::engine::{Batch, MAX_VIEW_CLAIMS, QueryError, Results};
use sayso::model::vocabulary::EntityKind;
use sayso::model::{ClaimDraft, ContentDraft, EntityDraft};
use sayso::wire::answer;

/// The error that a query is refused with.
fn refusal(ledger: &Ledger, query: &str) -> String {
    match ledger.page(query, 0) {
        Err(error @ (QueryError::Query { .. } | QueryError::TooManyGroups)) => error.to_string(),
        other => panic!("{query}: {other:?}"),
    }
}

#[test]
fn a_view_reads_so_many_claims_and_no_more() {
    let ledger = Ledger::new();
    let statement = |number: usize| claim(&format!("c{number}"), ContentDraft::Statement, "ministry");
    for from in (0..MAX_VIEW_CLAIMS).step_by(10_000) {
        ledger.record((from..from + 10_000).map(statement));
    }
    assert_eq!(ledger.rows("statement latest"), ["c49999 of 50000"]);
    ledger.record([statement(MAX_VIEW_CLAIMS)]);
    assert_eq!(
        refusal(&ledger, "statement where kind=people\n conflicts  by by"),
        "TOO_BROAD at 29..38: `conflicts` reads at most 50000 claims: narrow `where`, as by `actor`, `kind` or \
         `when`\n   conflicts  by by\n   ^^^^^^^^^"
    );
    // What a view does not read does not count.
    assert_eq!(ledger.rows("claim timeline"), Vec::<String>::new());
}

#[test]
fn a_view_looks_at_so_many_pairs_and_no_more() {
    let ledger = Ledger::new();
    // Each contradicts each other.
    ledger.record(
        (0..1_000).map(|number| toll(&format!("c{number:04}"), &format!("{}", 1_000 + number), "ministry")),
    );
    assert_eq!(
        refusal(&ledger, "figure conflicts"),
        "TOO_BROAD at 7..16: `conflicts` looks at most at 5000000 pairs of claims: narrow `where`, as by `actor`, `kind` or `when`\n  figure conflicts\n         ^^^^^^^^^"
    );
    assert_eq!(
        ledger
            .page("figure where value<1100 conflicts", 1)
            .map(|answer| answer.next_page_token.is_some())
            .ok(),
        Some(true)
    );
}

/// Entities with ids as long as they may be.
fn places(ledger: &Ledger, count: usize) -> Vec<String> {
    let place = |number: usize| {
        let id = format!("{number:0>128}");
        EntityDraft {
            id: id.clone(),
            kind: Some(EntityKind::Group),
            name: format!("Place {number}"),
            ..EntityDraft::default()
        }
    };
    let entities: Vec<EntityDraft> = (0..count).map(place).collect();
    let ids = entities.iter().map(|entity| entity.id.clone()).collect();
    ledger.0.record(Batch { entities, ..Batch::default() }).expect("the entities are sound");
    ids
}

#[test]
fn groups_of_several_keys_are_bounded_too() {
    let ledger = Ledger::new();
    let groups = places(&ledger, 30);
    let crowded = ClaimDraft {
        actors: groups.clone(),
        agents: groups.clone(),
        targets: groups.clone(),
        ..claim("crowded", ContentDraft::Event, "ministry")
    };
    ledger.record([crowded]);
    let too_many = "there are more than 10000 groups: group by less, or narrow `where`";
    assert_eq!(refusal(&ledger, "event count by actor, agent, target"), too_many);
    assert_eq!(refusal(&ledger, "event latest by actor, agent, target"), too_many);
    assert_eq!(ledger.rows("event latest by actor").len(), 30);
}

#[test]
fn a_page_ends_at_about_1_mib_whatever_its_rows_are_about() {
    let ledger = Ledger::new();
    let groups = places(&ledger, 200);
    // Subjects that are large, each in a group of its own.
    let about = |number: usize| ClaimDraft {
        actors: groups.iter().enumerate().filter(|(at, _)| *at != number).map(|(_, id)| id.clone()).collect(),
        when: Some("2030-03-01".to_owned()),
        action: Some("kill".to_owned()),
        ..toll(&format!("c{number:04}"), &format!("{number}"), "ministry")
    };
    ledger.record((0..60).map(about));
    for query in ["claim latest", "figure envelope", "figure total", "figure timeline"] {
        let page = answer::query(ledger.page(query, 1_000).expect("few claims")).expect("sound");
        let (rows, bytes) = (answer::rows(&page), page.encoded_len());
        assert!(rows > 1 && bytes < 5 << 18, "{query}: {bytes} bytes for {rows} rows");
        assert!(bytes > 1 << 19, "{query}: {bytes} bytes for {rows} rows");
        assert!(matches!(ledger.page(query, 1_000).expect("few claims").results, Results::View(_)));
    }
}
