//! The seed ledger's answers, and what paging promises.

use super::tests::{claim, claims, seeded, seeds};
use super::*;
use crate::analysis::Cell;
use crate::model::vocabulary::EntityKind;
use crate::model::{ClaimDraft, EntityDraft, StepDraft};
use crate::plan::Truth;
use crate::store::{Budget, Totals};

fn ask(engine: &Engine, text: &str) -> Answer {
    let request = QueryRequest { text: text.into(), ..QueryRequest::default() };
    engine.query(&request, &Budget::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// The ids that a query finds, in order; `?` marks those that match possibly.
fn found(answer: &Answer) -> Vec<String> {
    let graded = |id: &str, truth: Truth| match truth {
        Truth::Sure => id.to_owned(),
        Truth::Possible => format!("{id}?"),
    };
    match &answer.results {
        Results::Claims(claims) => claims.iter().map(|claim| graded(&claim.item.id, claim.truth)).collect(),
        Results::Entities(items) => {
            items.iter().map(|item| graded(item.item.id.as_str(), item.truth)).collect()
        }
        Results::Sources(items) => {
            items.iter().map(|item| graded(item.item.id.as_str(), item.truth)).collect()
        }
        Results::Documents(items) => {
            items.iter().map(|item| graded(item.item.id.as_str(), item.truth)).collect()
        }
        Results::Table(table) => table.rows.iter().map(|row| format!("{:?}", row.0)).collect(),
        Results::Explanation(_) | Results::View(_) => panic!("it has no rows of its own"),
    }
}

fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort_unstable();
    ids
}

#[test]
fn the_seeds_answer_as_they_must() {
    let engine = seeded();
    let cases: [(&str, &[&str]); 8] = [
        ("figure where actor=NK and kind=workers", &["workers-present", "workers-sent"]),
        ("figure where kind=personnel", &["troops-sent", "workers-present", "workers-sent"]),
        ("figure where kind=workers and value>=4000", &["workers-present?", "workers-sent?"]),
        ("figure where kind=workers and surely value>=3000", &["workers-present"]),
        ("figure where kind=workers and value>=2000", &["workers-present", "workers-sent"]),
        (
            "claim where by=NIS",
            &["student-visas", "withdrawn-mid-january", "worker-stipend", "workers-present", "workers-sent"],
        ),
        ("claim where via='The Korean Herald'", &["worker-stipend", "workers-present"]),
        ("claim where hops=2", &["worker-stipend", "workers-present"]),
    ];
    for (query, expected) in cases {
        assert_eq!(sorted(found(&ask(&engine, query))), expected, "{query}");
    }
}

#[test]
fn pages_come_to_the_whole_and_stay_at_their_revision() {
    let engine = seeded();
    let whole = found(&ask(&engine, "claim"));
    assert_eq!(whole.len(), 25);
    for sort in ["", " sort when", " sort value desc, id", " sort published"] {
        let text = format!("claim{sort}");
        let whole = found(&ask(&engine, &text));
        let mut paged = Vec::new();
        let mut request = QueryRequest {
            text: text.clone(),
            page_size: 4,
            include_totals: true,
            ..QueryRequest::default()
        };
        let first_revision = engine.head().revision;
        loop {
            let answer = engine.query(&request, &Budget::default()).expect("a sound query");
            assert_eq!(answer.commit.revision, first_revision);
            assert_eq!(answer.totals, Some(Totals { sure: whole.len() as u64, possible: 0 }));
            paged.extend(found(&answer));
            engine.record(claims([claim(&format!("{}-{}", sort.len(), paged.len()), "1")])).expect("sound");
            let Some(token) = answer.next_page_token else { break };
            request.page_token = token;
        }
        assert_eq!(paged, whole, "{text}");
    }
}

#[test]
fn a_limit_caps_the_whole_result() {
    let engine = seeded();
    let whole = found(&ask(&engine, "claim"));
    let mut request = QueryRequest { text: "claim limit 5".into(), page_size: 3, ..QueryRequest::default() };
    let first = engine.query(&request, &Budget::default()).expect("a sound query");
    request.page_token = first.next_page_token.clone().expect("two are left");
    let second = engine.query(&request, &Budget::default()).expect("a sound query");
    assert_eq!([found(&first), found(&second)].concat(), whole[..5]);
    assert_eq!(second.next_page_token, None);
}

#[test]
fn tokens_are_for_their_query_alone() {
    let engine = seeded();
    let request = |text: &str, page_token: &str| QueryRequest {
        text: text.into(),
        page_size: 1,
        page_token: page_token.into(),
        ..QueryRequest::default()
    };
    let first = engine.query(&request("claim", ""), &Budget::default()).expect("a sound query");
    let token = first.next_page_token.expect("more");
    let refused = |request: &QueryRequest| match engine.query(request, &Budget::default()) {
        Err(QueryError::Token(error)) => error,
        other => panic!("not refused: {other:?}"),
    };
    assert_eq!(refused(&request("figure", &token)), TokenError::OtherQuery);
    assert_eq!(refused(&request("claim", "abc")), TokenError::Damaged);
    let exactly = QueryRequest { consistency: Consistency::Exactly(0), ..request("claim", &token) };
    assert_eq!(refused(&exactly), TokenError::OtherRevision { token: 1, asked: 0 });
}

#[test]
fn the_past_stays_as_it_was() {
    let engine = seeded();
    engine.record(claims([claim("workers-present", "5000"), claim("later", "7")])).expect("sound");
    let query = "figure where kind=workers and value<6000";
    assert_eq!(found(&ask(&engine, query)), ["later", "workers-present", "workers-sent?"]);
    assert_eq!(
        found(&ask(&engine, &format!("{query} as of revision 1"))),
        ["workers-present", "workers-sent?"]
    );
    assert_eq!(
        found(&ask(&engine, "figure where kind=workers and value=5000")),
        ["workers-present", "workers-sent?"]
    );
    let exactly = QueryRequest {
        text: "figure where id=later".into(),
        consistency: Consistency::Exactly(1),
        ..QueryRequest::default()
    };
    assert_eq!(
        found(&engine.query(&exactly, &Budget::default()).expect("revision 1 is here")),
        Vec::<String>::new()
    );
    let not_yet = QueryRequest { consistency: Consistency::AtLeast(9), ..exactly };
    match engine.query(&not_yet, &Budget::default()) {
        Err(QueryError::NotYet { asked: 9, latest: 2 }) => {}
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn the_registry_is_asked_as_claims_are() {
    let engine = seeded();
    let cases: [(&str, &[&str]); 4] = [
        ("source where kind=legislator", &["wi-sung-lac"]),
        ("entity where kind=topic and name~'workers'", &["workers"]),
        ("document where publisher='UN Security Council' sort published desc", &["unscr-2397", "unscr-2375"]),
        ("source where part_of=NIS and id!=nis", &["nis-official"]),
    ];
    for (query, expected) in cases {
        assert_eq!(found(&ask(&engine, query)), expected, "{query}");
    }
}

#[test]
fn answers_say_what_a_reader_should_know() {
    let engine = seeded();
    let remarks = |text: &str, include_totals: bool| {
        let request = QueryRequest { text: text.into(), include_totals, ..QueryRequest::default() };
        let answer = engine.query(&request, &Budget::default()).expect("a sound query");
        answer.remarks.iter().map(|remark| format!("{}: {}", remark.code, remark.text)).collect::<Vec<_>>()
    };
    assert_eq!(
        remarks("claim where target!=Russia", true),
        [
            "MATCHED_BY_ABSENCE: 23 of the matches have no `target` at all; add `and target is present` to leave them out"
        ]
    );
    assert_eq!(
        remarks("claim where target!=Russia", false),
        [
            "MATCHED_BY_ABSENCE: some of the matches have no `target` at all; add `and target is present` to leave them out"
        ]
    );
    assert_eq!(
        remarks("figure where value>1", false),
        [
            "SEVERAL_UNITS: values of several units are compared as bare numbers; add `and unit=…` to compare like with like"
        ]
    );
    assert_eq!(remarks("figure where value>1 and unit=person", false), Vec::<String>::new());
    assert_eq!(
        remarks("claim where occasion=nowhere", false),
        ["NEVER_SEEN: the ledger holds nothing with this `occasion`"]
    );
    let retractions = Retractions { ids: vec!["workers-sent".into()], reason: "Withdrawn.".into() };
    engine.record(Batch { retractions: Some(retractions), ..Batch::default() }).unwrap();
    assert_eq!(
        remarks("claim where id=workers-sent", false),
        [
            "ONLY_HIDDEN: only retracted claims or earlier versions have this `id`; `retracted=yes` or `version>=1` shows them"
        ]
    );
    assert_eq!(remarks("claim where id=workers-sent and retracted=yes", false), Vec::<String>::new());

    assert_eq!(
        remarks("entity where name=Korea", false),
        ["NEVER_SEEN: the ledger holds nothing with this `name`; `name~…` looks for its words"]
    );
    assert_eq!(remarks("entity where version=1", false), Vec::<String>::new());
    let renamed = EntityDraft {
        id: "kursk".into(),
        kind: Some(EntityKind::Place),
        name: "The Kursk region".into(),
        ..EntityDraft::default()
    };
    engine.record(Batch { entities: vec![renamed], ..Batch::default() }).unwrap();
    assert_eq!(
        remarks("entity where version=1 sort version", false),
        [
            "NEWEST_ALONE: only claims are found in earlier versions; `as of revision N` shows the others as they were"
        ]
    );
    assert_eq!(remarks("claim where version=1", false), Vec::<String>::new());
}

fn table(answer: &Answer) -> Vec<Vec<Cell>> {
    let Results::Table(table) = &answer.results else { panic!("not a table: {answer:?}") };
    table.rows.iter().map(|(cells, _)| cells.clone()).collect()
}

fn words(texts: &[&str]) -> Cell {
    Cell::List(texts.iter().map(|text| Cell::Text((*text).to_owned())).collect())
}

#[test]
fn a_list_shows_what_was_written() {
    let engine = seeded();
    let text = |text: &str| Cell::Text(text.to_owned());
    let answer = ask(
        &engine,
        "figure where by=NIS and kind=workers list id, value, when, said.year, by, by.kind, via, act, hops, \
         published, state, retracted, version sort id",
    );
    let agency = || words(&["intelligence_agency"]);
    assert_eq!(
        table(&answer),
        [
            vec![
                text("workers-present"),
                text("~4000"),
                text("[2024-02-09..2025-02-10]"),
                Cell::Missing,
                words(&["nis-official"]),
                agency(),
                words(&["korea-herald", "outlet"]),
                text("believes"),
                Cell::Number(2.0),
                text("2025-02-10~"),
                text("present"),
                Cell::Bool(false),
                Cell::Number(1.0),
            ],
            vec![
                text("workers-sent"),
                text(">=thousands"),
                text("2024-02/2025-02"),
                text("2025"),
                words(&["nis"]),
                agency(),
                words(&["outlet"]),
                text("confirmed"),
                Cell::Number(1.0),
                text("2025-02-10~"),
                Cell::Missing,
                Cell::Bool(false),
                Cell::Number(1.0),
            ],
        ]
    );
    let answer = ask(&engine, "source where id=zelensky list name, country, reliability, interest");
    assert_eq!(
        table(&answer),
        [vec![
            text("Volodymyr Zelensky"),
            text("ukraine"),
            text("f"),
            words(&["north-korea", "russia", "ukraine"])
        ]]
    );
}

#[test]
fn counts_come_by_group() {
    let engine = seeded();
    let row = |key: &str, sure: f64, possible: f64| {
        vec![Cell::Text(key.to_owned()), Cell::Number(sure), Cell::Number(possible)]
    };
    let answer = ask(&engine, "claim count by type");
    assert_eq!(
        table(&answer),
        [row("event", 8.0, 0.0), row("figure", 6.0, 0.0), row("norm", 6.0, 0.0), row("statement", 5.0, 0.0)]
    );
    assert_eq!(table(&ask(&engine, "claim count")), [vec![Cell::Number(25.0), Cell::Number(0.0)]]);
    assert_eq!(
        table(&ask(&engine, "figure where value>=4000 count by kind sort possible desc, kind limit 2")),
        [row("workers", 0.0, 2.0), row("troops", 1.0, 0.0)]
    );
    let answer = ask(&engine, "event count by when.month sort when.month limit 2");
    assert_eq!(table(&answer), [row("2025-01", 1.0, 0.0), row("2025-02", 4.0, 0.0)]);
}

#[test]
fn a_page_ends_before_it_is_too_large() {
    let engine = seeded();
    let long = |id: String| ClaimDraft { text: "é".repeat(2_000), ..claim(&id, "1") };
    engine.record(claims((0..300).map(|number| long(format!("long-{number}"))))).expect("sound");
    let aliases = |id: usize| (0..200).map(|number| format!("{id}-{number}{}", "x".repeat(450))).collect();
    let entity = |id: usize| EntityDraft {
        id: format!("many-names-{id}"),
        kind: Some(EntityKind::Group),
        name: format!("Many names {id}"),
        aliases: aliases(id),
        ..EntityDraft::default()
    };
    engine.record(Batch { entities: (0..20).map(entity).collect(), ..Batch::default() }).expect("sound");
    for (text, whole) in [
        ("claim", 325),
        ("claim list id, text, text, text", 325),
        ("entity where kind=group", 21),
        ("entity where kind=group list id, alias", 21),
    ] {
        let mut request = QueryRequest { text: text.into(), page_size: 1_000, ..QueryRequest::default() };
        let mut pages = Vec::new();
        loop {
            let answer = engine.query(&request, &Budget::default()).expect("a sound query");
            pages.push(found(&answer).len());
            let Some(token) = answer.next_page_token else { break };
            request.page_token = token;
        }
        assert_eq!(pages.iter().sum::<usize>(), whole, "{text}");
        assert!(pages.len() > 1, "{text}: {pages:?}");
    }
}

#[test]
fn a_page_of_a_view_ends_before_its_subjects_are_too_large() {
    let engine = seeded();
    let actor = |number: usize| format!("{number:0128}");
    let entity = |number| EntityDraft {
        id: actor(number),
        kind: Some(EntityKind::Group),
        name: format!("Group {number}"),
        ..EntityDraft::default()
    };
    let wide = |first: usize| ClaimDraft {
        actors: (first..first + 250).map(actor).collect(),
        ..claim(&format!("wide-{first}"), "1")
    };
    let entities = (0..350).map(entity).collect();
    engine.record(Batch { entities, ..claims((0..100).map(wide)) }).expect("sound");
    for view in ["envelope", "latest", "timeline"] {
        let text = format!("figure where unit=person and kind=labourers and actor='{}' {view}", actor(175));
        let request = QueryRequest { text, page_size: 1_000, ..QueryRequest::default() };
        let answer = engine.query(&request, &Budget::default()).expect("a sound query");
        let Results::View(page) = answer.results else { panic!("not a view") };
        let rows = match &page.rows {
            ViewRows::Envelope(rows) => rows.len(),
            ViewRows::Latest(rows) => rows.len(),
            ViewRows::Timeline(rows) => rows.len(),
            ViewRows::Total(_)
            | ViewRows::Conflicts(_)
            | ViewRows::Corroboration(_)
            | ViewRows::Breaches(_)
            | ViewRows::Drift(_) => panic!("another view"),
        };
        assert!((30..=33).contains(&rows), "{view}: {rows} rows of 32 KiB");
        assert!(answer.next_page_token.is_some());
    }
}

#[test]
fn a_view_is_sorted_by_its_keys_as_a_count_is() {
    let engine = Engine::in_memory().expect("memory is there");
    for batch in [seeds(), claims((1..=10).map(|number| claim(&format!("new-{number}"), "1")))] {
        engine.record(batch).expect("sound");
    }
    for number in 3..=11 {
        engine.record(claims([claim(&format!("later-{number}"), "1")])).expect("sound");
    }
    let text = "figure where by=NIS and revision >= 2 latest by revision sort by revision";
    let Results::View(page) = ask(&engine, text).results else { panic!("not a view") };
    let ViewRows::Latest(rows) = page.rows else { panic!("another view") };
    let revisions: Vec<_> = rows.iter().map(|row| row.group[0].as_deref().expect("each has one")).collect();
    assert_eq!(revisions, ["2", "3", "4", "5", "6", "7", "8", "9", "10", "11"]);
}

#[test]
fn a_token_that_leads_nowhere_is_refused_or_has_nothing_after_it() {
    let engine = seeded();
    let first = |text: &str| {
        let request = QueryRequest { text: text.into(), page_size: 2, ..QueryRequest::default() };
        let answer = engine.query(&request, &Budget::default()).expect("a sound query");
        token::PageToken::decode(&answer.next_page_token.expect("more")).expect("our own")
    };
    let next = |text: &str, token: token::PageToken| {
        let request =
            QueryRequest { text: text.into(), page_token: token.encode(), ..QueryRequest::default() };
        engine.query(&request, &Budget::default()).map(|answer| found(&answer))
    };
    for text in ["claim", "claim sort by when"] {
        let token = first(text);
        for after in [25, u64::MAX] {
            match next(text, token::PageToken { after, ..token }) {
                Err(QueryError::Token(TokenError::Damaged)) => {}
                other => panic!("{text} after {after}: {other:?}"),
            }
        }
        assert!(next(text, token::PageToken { given: u64::MAX, ..token }).is_ok(), "{text}");
    }
    let text = "claim count by kind";
    assert_eq!(
        next(text, token::PageToken { given: u64::MAX, ..first(text) }).expect("no groups left"),
        [""; 0]
    );
}

#[test]
fn a_list_keeps_the_order_of_a_chain() {
    let engine = seeded();
    let step = |source: &str| StepDraft { sources: vec![source.into()], ..StepDraft::default() };
    let chained =
        ClaimDraft { attribution: ["nis", "outlet", "korea-herald"].map(step).into(), ..claim("c", "1") };
    engine.record(claims([chained])).expect("sound");
    assert_eq!(table(&ask(&engine, "claim where id=c list via")), [vec![words(&["outlet", "korea-herald"])]]);
}

#[test]
fn a_name_younger_than_the_revision_asked_for_says_since_when_it_is_known() {
    let engine = Engine::in_memory().expect("memory is there");
    let record = |id: &str, alias: &str| {
        let entity = EntityDraft {
            id: id.into(),
            kind: Some(EntityKind::Country),
            name: id.into(),
            aliases: vec![alias.into()],
            ..EntityDraft::default()
        };
        let batch = Batch { entities: vec![entity], ..Batch::default() };
        engine.record(batch).expect("the entity is sound");
    };
    record("russia", "RU");
    record("france", "FR");
    record("north-korea", "DPRK");
    record("north-korea", "NK");
    record("france", "FRA");
    let refused = |text: &str| {
        let request = QueryRequest { text: text.to_owned(), ..QueryRequest::default() };
        let error = engine.query(&request, &Budget::default()).expect_err("it is refused").to_string();
        let line = error.lines().next().unwrap_or_default().to_owned();
        line.split(", of ").next().unwrap_or_default().to_owned()
    };
    for (query, expected) in [
        (
            "claim where actor=NK as of revision 2",
            "UNKNOWN_NAME at 18..20: there was no entity `NK`: it is known since revision 4",
        ),
        (
            "claim where actor=france as of revision 1",
            "UNKNOWN_NAME at 18..24: there was no entity `france`: it is known since revision 2",
        ),
        ("claim where actor=FR", "UNKNOWN_NAME at 18..20: there is no entity `FR`"),
        (
            "claim as of revision 6",
            "REVISION_NOT_HERE at 21..22: revision 6 is not here yet: the latest is 5",
        ),
    ] {
        assert_eq!(refused(query), expected);
    }
}
