//! Large results: batches that clients can take, each with a token that goes on from it.

use super::{Running, asking, number, statement, told};
use prost::Message;
use sayso::wire::pb;

/// The ids of a batch of a stream.
fn ids(page: &pb::StreamQueryResponse) -> Vec<String> {
    let Some(pb::stream_query_response::Result::Claims(found)) = &page.result else { panic!("claims") };
    found.matches.iter().map(|found| found.claim.as_ref().unwrap().id.clone()).collect()
}

async fn streamed(running: &Running, request: pb::StreamQueryRequest) -> Vec<pb::StreamQueryResponse> {
    let mut stream = running.query().stream_query(request).await.unwrap().into_inner();
    let mut pages = Vec::new();
    while let Some(page) = stream.message().await.unwrap() {
        pages.push(page);
    }
    pages
}

#[tokio::test]
async fn a_stream_is_the_whole_in_batches_of_about_1_mib_and_each_token_brings_the_rest() {
    const COUNT: usize = 1_200;
    let running = Running::seeded().await;
    let id = |index: usize| format!("c{index:04}");
    let claims =
        (0..COUNT).map(|index| statement(&id(index), &format!("Stored: {}", "é".repeat(1_990)))).collect();
    running.record(pb::RecordRequest { claims, ..Default::default() }).await.unwrap();
    let request = pb::StreamQueryRequest {
        query: "claim where text ~ stored sort id".to_owned(),
        ..Default::default()
    };

    let batches = streamed(&running, request.clone()).await;
    let all: Vec<String> = (0..COUNT).map(id).collect();
    assert_eq!(batches.iter().flat_map(ids).collect::<Vec<_>>(), all);
    let bytes: Vec<usize> = batches.iter().map(Message::encoded_len).collect();
    assert!(bytes.iter().all(|&bytes| bytes < 5 << 18), "{bytes:?}");
    // Of batches that are not the last, none is far from full.
    assert!(bytes[..bytes.len() - 1].iter().all(|&bytes| bytes > 1 << 19), "{bytes:?}");

    // What is written meanwhile is of a later revision.
    let claims = vec![statement("a-newer", "Stored.")];
    running.record(pb::RecordRequest { claims, ..Default::default() }).await.unwrap();
    let mut seen = 0;
    for batch in &batches {
        assert_eq!((number(&batch.revision), batch.now), (2, batches[0].now));
        seen += ids(batch).len();
        if seen < COUNT {
            let resumed =
                pb::StreamQueryRequest { page_token: batch.next_page_token.clone(), ..request.clone() };
            let rest = streamed(&running, resumed).await;
            assert_eq!(rest.iter().flat_map(ids).collect::<Vec<_>>(), all[seen..]);
        } else {
            assert_eq!(batch.next_page_token, "");
        }
    }

    // A page ends at the same size, whatever was asked for.
    let asked = pb::QueryRequest { page_size: 1_000, ..asking(&request.query) };
    let page = running.ask(asked).await.unwrap();
    assert!(page.encoded_len() < 5 << 18, "{}", page.encoded_len());
}

/// All rows of a table, in pages of so many, and the sizes of the pages.
async fn rows(running: &Running, query: &str, page_size: i32) -> (Vec<pb::TableRow>, Vec<usize>) {
    let mut request = pb::QueryRequest { page_size, ..asking(query) };
    let (mut rows, mut sizes) = (Vec::new(), Vec::new());
    loop {
        let page = running.ask(request.clone()).await.unwrap();
        let Some(pb::query_response::Result::Table(table)) = page.result else { panic!("a table") };
        sizes.push(table.rows.len());
        rows.extend(table.rows);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return (rows, sizes);
        }
    }
}

#[tokio::test]
async fn pages_of_tables_and_of_groups_are_the_whole_table() {
    let running = Running::seeded().await;
    for (query, count, sizes) in [
        ("claim list id, by, value, when", 25, vec![10, 10, 5]),
        ("claim sort said desc, id list id", 25, vec![10, 10, 5]),
        ("claim where kind=workers and when in 2024 sort value list id, value", 2, vec![2]),
        ("claim sort id limit 12 list id", 12, vec![10, 2]),
        ("claim limit 10 list id", 10, vec![10]),
        ("claim count by type, act, clarity", 16, vec![10, 6]),
        ("claim count", 1, vec![1]),
    ] {
        let (whole, one) = rows(&running, query, 1_000).await;
        assert_eq!((whole.len(), one.len()), (count, 1), "{query}");
        assert_eq!(rows(&running, query, 10).await, (whole, sizes), "{query}");
    }
}

#[tokio::test]
async fn lists_keep_to_the_same_page_sizes() {
    let running = Running::seeded().await;
    let page = async |page_size: i32| {
        let request = pb::ListEntitiesRequest { page_size, ..Default::default() };
        let page =
            running.catalog().list_entities(request).await.map_err(|status| told(&status))?.into_inner();
        Ok::<_, String>((page.entities.len(), page.next_page_token.is_empty()))
    };
    assert_eq!(page(7).await, Ok((7, false)));
    assert_eq!(page(0).await, page(50).await);
    assert_eq!(page(5_000).await, page(1_000).await);
    assert_eq!(
        page(-1).await.unwrap_err(),
        r#"InvalidArgument: page_size: is -1; a page has 1 to 1,000 items, and 0 leaves the number to the server
google.rpc.ErrorInfo {"domain":"sayso.v1","metadata":{"violations":"1"},"reason":"INVALID_REQUEST"}
google.rpc.BadRequest {"fieldViolations":[{"description":"is -1; a page has 1 to 1,000 items, and 0 leaves the number to the server","field":"page_size"}]}"#
    );
}
