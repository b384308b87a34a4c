//! `QueryService`: answers with grades, pages that neither repeat nor skip, and what is refused.

use super::{Running, asking, at_least, exactly, graded, number, statement, told, topic};
use prost_types::value::Kind;
use prost_types::{Struct, Value};
use sayso::wire::pb;
use std::time::Duration;
use tonic::Request;

#[tokio::test]
async fn the_seeds_answer_with_their_grades() {
    let running = Running::seeded().await;
    for (query, expected) in [
        ("figure where actor=NK and kind=workers sort id", "workers-present, workers-sent"),
        ("figure where actor='North Korea' and kind=workers sort id", "workers-present, workers-sent"),
        ("figure where kind=personnel sort id", "troops-sent, workers-present, workers-sent"),
        (
            "figure where kind=workers and value >= 4000 sort id",
            "workers-present (possible), workers-sent (possible)",
        ),
        ("figure where kind=workers and surely value >= 3000", "workers-present"),
        ("figure where kind=workers and surely value >= 2000 sort id", "workers-present, workers-sent"),
        (
            "claim where by=NIS sort id",
            "student-visas, withdrawn-mid-january, worker-stipend, workers-present, workers-sent",
        ),
        ("claim where via='The Korean Herald' and hops=2 sort id", "worker-stipend, workers-present"),
        ("entity where parent=personnel sort id", "troops, workers"),
        ("source where kind=igo", "un-security-council"),
        ("document where published < 2018 sort id", "unscr-2375, unscr-2397"),
    ] {
        let page = running.ask(asking(query)).await.unwrap();
        assert_eq!(graded(&page), expected, "{query}");
    }
}

#[tokio::test]
async fn an_answer_says_how_it_was_understood_and_names_its_ids() {
    let running = Running::seeded().await;
    let request = pb::QueryRequest {
        query: "FIGURE  where value>=4000 and kind=$kind list id, by".to_owned(),
        parameters: Some(Struct {
            fields: [("kind".to_owned(), Value { kind: Some(Kind::StringValue("workers".to_owned())) })]
                .into(),
        }),
        include_totals: true,
        ..Default::default()
    };
    let page = running.ask(request).await.unwrap();
    assert_eq!(page.canonical_query, "figure where value>=4000 and kind=$kind list id, by");
    assert_eq!(number(&page.revision), 1);
    assert_eq!(page.totals, Some(pb::Totals { sure: 0, possible: 2 }));
    assert_eq!(page.next_page_token, "");
    let named = |id: &str, name: &str| pb::NameRef {
        r#type: pb::ItemType::Source.into(),
        id: id.to_owned(),
        name: name.to_owned(),
    };
    assert_eq!(
        page.names,
        [
            named("nis", "National Intelligence Service"),
            named("nis-official", "Official of the National Intelligence Service")
        ]
    );
    let Some(pb::query_response::Result::Table(table)) = page.result else { panic!("a table") };
    assert_eq!(table.columns, ["id", "by"]);
    let mut rows: Vec<String> = table.rows.iter().map(|row| format!("{:?}", row.truth())).collect();
    rows.dedup();
    assert_eq!(rows, ["Possible"]);
}

/// All pages of these sizes, one after the other; before each but the first, something is written.
async fn paged(running: &Running, query: &str, sizes: &[i32]) -> Vec<String> {
    let mut request = asking(query);
    let mut pages = Vec::new();
    for (index, size) in sizes.iter().enumerate() {
        request.page_size = *size;
        let page = running.ask(request.clone()).await.unwrap();
        assert_eq!(number(&page.revision), 1);
        pages.push(graded(&page));
        request.page_token = page.next_page_token;
        let newer = statement(&format!("a-newer-{index}"), "Written between two pages.");
        running.record(pb::RecordRequest { claims: vec![newer], ..Default::default() }).await.unwrap();
    }
    assert_eq!(request.page_token, "", "the last page has no next one");
    pages
}

#[tokio::test]
async fn pages_neither_repeat_nor_skip_while_others_write() {
    let running = Running::seeded().await;
    assert_eq!(
        paged(&running, "claim where by=NIS sort id", &[2, 1, 1_000]).await,
        ["student-visas, withdrawn-mid-january", "worker-stipend", "workers-present, workers-sent"]
    );
    let latest = running.ask(asking("claim where text ~ written sort id")).await.unwrap();
    assert_eq!(graded(&latest), "a-newer-0, a-newer-1, a-newer-2");
}

#[tokio::test]
async fn a_page_has_50_items_unless_asked_and_1000_at_the_most() {
    let running = Running::empty().await;
    let entities = (0..1_001).map(|index| topic(&format!("t{index:04}"))).collect();
    running.record(pb::RecordRequest { entities, ..Default::default() }).await.unwrap();
    for (asked, answered) in [(0, 50), (1, 1), (1_000, 1_000), (5_000, 1_000)] {
        let page = running.ask(pb::QueryRequest { page_size: asked, ..asking("entity") }).await.unwrap();
        assert_eq!(graded(&page).split(", ").count(), answered, "{asked}");
    }
    let refused = running.ask(pb::QueryRequest { page_size: -1, ..asking("entity") }).await.unwrap_err();
    assert_eq!(
        told(&refused),
        r#"InvalidArgument: page_size: is -1; a page has 1 to 1,000 items, and 0 leaves the number to the server
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"violations":"1"},"reason":"INVALID_REQUEST"}
google.rpc.BadRequest {"fieldViolations":[{"description":"is -1; a page has 1 to 1,000 items, and 0 leaves the number to the server","field":"page_size"}]}"#
    );
}

#[tokio::test]
async fn a_token_goes_on_with_its_own_query_and_revision_alone() {
    let running = Running::seeded().await;
    let first = pb::QueryRequest { page_size: 1, ..asking("claim where by=NIS sort id") };
    let token = running.ask(first.clone()).await.unwrap().next_page_token;

    // The same query, however it is written.
    let same = pb::QueryRequest {
        query: "claim where  by = NIS  sort id".to_owned(),
        page_token: token.clone(),
        ..first.clone()
    };
    assert_eq!(graded(&running.ask(same).await.unwrap()), "withdrawn-mid-january");

    let other = pb::QueryRequest { page_token: token.clone(), ..asking("claim where by=NIS sort id desc") };
    assert_eq!(
        told(&running.ask(other).await.unwrap_err()),
        r#"InvalidArgument: the page token belongs to another query or other parameters: send the same ones, or no token to begin anew
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"violations":"1"},"reason":"INVALID_PAGE_TOKEN"}
google.rpc.BadRequest {"fieldViolations":[{"description":"the page token belongs to another query or other parameters: send the same ones, or no token to begin anew","field":"page_token"}]}"#
    );
    let elsewhere = pb::QueryRequest { page_token: token.clone(), consistency: exactly(0), ..first.clone() };
    assert_eq!(
        told(&running.ask(elsewhere).await.unwrap_err()),
        r#"InvalidArgument: the page token is of revision 1, but `exactly` asks for 0: leave `consistency` out while paging
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"violations":"1"},"reason":"INVALID_PAGE_TOKEN"}
google.rpc.BadRequest {"fieldViolations":[{"description":"the page token is of revision 1, but `exactly` asks for 0: leave `consistency` out while paging","field":"page_token"}]}"#
    );
    let mut damaged = token.into_bytes();
    damaged[20] = if damaged[20] == b'A' { b'B' } else { b'A' };
    let damaged = pb::QueryRequest { page_token: String::from_utf8(damaged).unwrap(), ..first };
    assert_eq!(
        told(&running.ask(damaged).await.unwrap_err()),
        r#"InvalidArgument: the page token is damaged: send `next_page_token` as it came, or none to begin anew
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"violations":"1"},"reason":"INVALID_PAGE_TOKEN"}
google.rpc.BadRequest {"fieldViolations":[{"description":"the page token is damaged: send `next_page_token` as it came, or none to begin anew","field":"page_token"}]}"#
    );
}

#[tokio::test]
async fn a_stream_brings_all_of_one_revision_and_resumes() {
    let running = Running::seeded().await;
    let request = pb::StreamQueryRequest {
        query: "claim where by=NIS sort id".to_owned(),
        page_size: 2,
        ..Default::default()
    };
    let mut stream = running.query().stream_query(request.clone()).await.unwrap().into_inner();
    let first = stream.message().await.unwrap().unwrap();
    let newer = statement("a-newer", "Written while a stream was read.");
    running.record(pb::RecordRequest { claims: vec![newer], ..Default::default() }).await.unwrap();
    let mut rest = Vec::new();
    while let Some(page) = stream.message().await.unwrap() {
        rest.push(page);
    }
    let ids = |page: &pb::StreamQueryResponse| {
        assert_eq!(number(&page.revision), 1);
        let Some(pb::stream_query_response::Result::Claims(found)) = &page.result else { panic!("claims") };
        found.matches.iter().map(|found| found.claim.as_ref().unwrap().id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&first), ["student-visas", "withdrawn-mid-january"]);
    let rest: Vec<_> = rest.iter().map(ids).collect();
    assert_eq!(rest, [vec!["worker-stipend", "workers-present"], vec!["workers-sent"]]);

    let resumed = pb::StreamQueryRequest { page_token: first.next_page_token, ..request };
    let mut stream = running.query().stream_query(resumed).await.unwrap().into_inner();
    let mut again = Vec::new();
    while let Some(page) = stream.message().await.unwrap() {
        again.push(ids(&page));
    }
    assert_eq!(again, rest);
}

#[tokio::test]
async fn a_refused_query_is_shown_and_can_be_mended_by_programs() {
    let running = Running::seeded().await;
    let refused = running.ask(asking("figure where actr=NK")).await.unwrap_err();
    assert_eq!(
        told(&refused),
        r#"InvalidArgument: UNKNOWN_ATTRIBUTE at 13..17: `figure` has no attribute `actr`
  figure where actr=NK
               ^^^^
  did you mean `actor`?
google.rpc.ErrorInfo {"domain":"sayso.v1","reason":"UNKNOWN_ATTRIBUTE"}
google.rpc.BadRequest {"fieldViolations":[{"description":"`figure` has no attribute `actr`","field":"query"}]}
sayso.v1.QueryDiagnostic {"code":"UNKNOWN_ATTRIBUTE","edits":[{"end":17,"start":13,"text":"actor","title":"did you mean `actor`?"}],"end":17,"found":"`actr`","start":13}"#
    );
    let refused = running.ask(asking("figure where actor=Norh-Korea")).await.unwrap_err();
    assert_eq!(
        told(&refused),
        r#"InvalidArgument: UNKNOWN_NAME at 19..29: there is no entity `Norh-Korea`
  figure where actor=Norh-Korea
                     ^^^^^^^^^^
  did you mean `north-korea`?
google.rpc.ErrorInfo {"domain":"sayso.v1","reason":"UNKNOWN_NAME"}
google.rpc.BadRequest {"fieldViolations":[{"description":"there is no entity `Norh-Korea`","field":"query"}]}
sayso.v1.QueryDiagnostic {"code":"UNKNOWN_NAME","edits":[{"end":29,"start":19,"text":"north-korea","title":"did you mean `north-korea`?"}],"end":29,"expected":["the name of an entity"],"found":"`Norh-Korea`","start":19}"#
    );
    // A stream is refused in the same way.
    let request =
        pb::StreamQueryRequest { query: "figure where actor=Norh-Korea".to_owned(), ..Default::default() };
    let mut stream = running.query().stream_query(request).await.unwrap().into_inner();
    assert_eq!(told(&stream.message().await.unwrap_err()), told(&refused));
}

#[tokio::test]
async fn parameters_are_values_and_each_is_used() {
    let running = Running::seeded().await;
    let with = |kind: Kind| pb::QueryRequest {
        query: "figure where kind=$k".to_owned(),
        parameters: Some(Struct { fields: [("k".to_owned(), Value { kind: Some(kind) })].into() }),
        ..Default::default()
    };
    let injected = "workers or kind=troops".to_owned();
    let refused = running.ask(with(Kind::StringValue(injected))).await.unwrap_err();
    assert_eq!(
        told(&refused),
        r#"InvalidArgument: UNKNOWN_NAME at 18..20: there is no topic `workers or kind=troops`
  figure where kind=$k
                    ^^
google.rpc.ErrorInfo {"domain":"sayso.v1","reason":"UNKNOWN_NAME"}
google.rpc.BadRequest {"fieldViolations":[{"description":"there is no topic `workers or kind=troops`","field":"query"}]}
sayso.v1.QueryDiagnostic {"code":"UNKNOWN_NAME","end":20,"expected":["the name of a topic"],"found":"`workers or kind=troops`","start":18}"#
    );
    let refused = running.ask(with(Kind::NullValue(0))).await.unwrap_err();
    assert_eq!(
        told(&refused),
        r#"InvalidArgument: parameters.fields["k"]: is null; a parameter is a text, a number, a bool or a list of these
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"violations":"1"},"reason":"INVALID_REQUEST"}
google.rpc.BadRequest {"fieldViolations":[{"description":"is null; a parameter is a text, a number, a bool or a list of these","field":"parameters.fields[\"k\"]"}]}"#
    );
    let unused = pb::QueryRequest { query: "figure".to_owned(), ..with(Kind::BoolValue(true)) };
    assert_eq!(
        told(&running.ask(unused).await.unwrap_err()),
        r#"InvalidArgument: UNUSED_PARAMETER: the query has no parameter `$k`
google.rpc.ErrorInfo {"domain":"sayso.v1","reason":"UNUSED_PARAMETER"}
google.rpc.BadRequest {"fieldViolations":[{"description":"the query has no parameter `$k`","field":"query"}]}
sayso.v1.QueryDiagnostic {"code":"UNUSED_PARAMETER","found":"`$k`"}"#
    );
}

#[tokio::test]
async fn at_least_waits_for_a_revision_within_the_deadline() {
    let running = Running::seeded().await;
    let request = pb::QueryRequest { consistency: at_least(2), ..asking("claim where text ~ awaited") };
    let waiting = running.ask(request.clone());
    let written = async {
        let claim = statement("awaited", "The awaited claim.");
        running.record(pb::RecordRequest { claims: vec![claim], ..Default::default() }).await.unwrap()
    };
    let (page, receipt) = tokio::join!(waiting, written);
    assert_eq!((graded(&page.unwrap()).as_str(), number(&receipt.revision)), ("awaited", 2));

    let mut late = Request::new(pb::QueryRequest { consistency: at_least(3), ..request.clone() });
    late.set_timeout(Duration::from_secs(1));
    let refused = running.query().query(late).await.unwrap_err();
    assert_eq!(
        told(&refused),
        r#"DeadlineExceeded: revision 3 did not come within the deadline: the latest is 2
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"asked":"3","latest":"2"},"reason":"REVISION_NOT_HERE"}
google.rpc.RetryInfo {"retryDelay":"0.100s"}"#
    );
    let exact = pb::QueryRequest { consistency: exactly(3), ..request.clone() };
    assert_eq!(
        told(&running.ask(exact).await.unwrap_err()),
        r#"FailedPrecondition: revision 3 is not here yet: the latest is 2
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"asked":"3","latest":"2"},"reason":"REVISION_NOT_HERE"}
google.rpc.RetryInfo {"retryDelay":"0.100s"}"#
    );
    let before = pb::QueryRequest { consistency: exactly(1), ..request };
    assert_eq!(graded(&running.ask(before).await.unwrap()), "");
}

#[tokio::test]
async fn explain_tells_what_each_term_leaves() {
    let running = Running::seeded().await;
    let query = "figure where actor=NK and value>=4000";
    let request = pb::ExplainRequest { query: query.to_owned(), ..Default::default() };
    let mut told = running.query().explain(request).await.unwrap().into_inner();
    assert_eq!(told.canonical_query, "explain figure where actor=NK and value>=4000");
    assert_eq!(number(&told.revision), 1);
    assert!(told.now.is_some());
    let explanation = told.explanation.as_mut().unwrap();
    assert!(explanation.spent.take().is_some());
    let totals = |sure, possible| Some(pb::Totals { sure, possible });
    let term = |text: &str, start, end, alone, so_far, literals| pb::ExplainedTerm {
        text: text.to_owned(),
        start,
        end,
        alone,
        so_far,
        predicates: vec![pb::ExplainedPredicate { text: text.to_owned(), start, end, alone, literals }],
    };
    let reading = pb::NumberReading {
        low: Some(4000.0),
        high: Some(4000.0),
        hedge: pb::Hedge::Exact.into(),
        rule: "[N, N]".to_owned(),
        ..Default::default()
    };
    let literal = |shift: u32| pb::ReadLiteral {
        start: 33 + shift,
        end: 37 + shift,
        text: "4000".to_owned(),
        reading: Some(pb::read_literal::Reading::Number(reading.clone())),
    };
    // Offsets are of the query as it was sent.
    let expected = |shift: u32| pb::Explanation {
        rows: totals(6, 0),
        junction: pb::Junction::All.into(),
        terms: vec![
            term("actor=NK", 13 + shift, 21 + shift, totals(6, 0), totals(6, 0), vec![]),
            term("value>=4000", 26 + shift, 37 + shift, totals(1, 2), totals(1, 2), vec![literal(shift)]),
        ],
        totals: totals(1, 2),
        names: vec![pb::ResolvedName {
            start: 19 + shift,
            end: 21 + shift,
            r#type: pb::ItemType::Entity.into(),
            id: "north-korea".to_owned(),
            name: "North Korea".to_owned(),
            kind: "country".to_owned(),
            descendants: 0,
        }],
        hedge_profile: "sayso-hedges-1".to_owned(),
        spent: None,
    };
    assert_eq!(*explanation, expected(0));

    let mut page = running.ask(asking(&format!("explain {query}"))).await.unwrap();
    assert_eq!(page.canonical_query, told.canonical_query);
    assert_eq!(page.next_page_token, "");
    let Some(pb::query_response::Result::Explanation(told)) = &mut page.result else {
        panic!("an explanation")
    };
    told.spent = None;
    assert_eq!(*told, expected(8));

    let request = pb::StreamQueryRequest { query: format!("explain {query}"), ..Default::default() };
    let mut stream = running.query().stream_query(request).await.unwrap().into_inner();
    let batch = stream.message().await.unwrap().unwrap();
    let Some(pb::stream_query_response::Result::Explanation(mut told)) = batch.result else {
        panic!("an explanation")
    };
    told.spent = None;
    assert_eq!(told, expected(8));
    assert_eq!(stream.message().await.unwrap(), None);

    let request = pb::ExplainRequest { query: "figure where actr=NK".to_owned(), ..Default::default() };
    let refused = running.query().explain(request).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::InvalidArgument);
    assert_eq!(
        refused.message().lines().next(),
        Some("UNKNOWN_ATTRIBUTE at 13..17: `figure` has no attribute `actr`")
    );
}
