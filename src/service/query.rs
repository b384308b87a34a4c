//! `QueryService`.

use super::call::{Call, Told};
use super::{Service, status};
use crate::engine::{Consistency, Engine, MAX_PAGE_SIZE, QueryRequest};
use crate::store::Budget;
use crate::wire::pb::query_service_server::QueryService;
use crate::wire::{answer, complete, pb, question};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, async_trait};

#[async_trait]
impl QueryService for Service {
    async fn query(&self, request: Request<pb::QueryRequest>) -> Result<Response<pb::QueryResponse>, Status> {
        let (metadata, _, message) = request.into_parts();
        let answered = self.calls.run("Query", &metadata, |call| async move {
            let request = question::query(message).map_err(|error| status::question(&error))?;
            call.wait(request.consistency).await?;
            let page = call.work(move |engine, budget| page(engine, &request, budget)).await?;
            let told = Told { query: Some(page.canonical_query.clone()), rows: answer::rows(&page) };
            Ok((page, told))
        });
        answered.await.map(Response::new)
    }

    async fn explain(
        &self,
        request: Request<pb::ExplainRequest>,
    ) -> Result<Response<pb::ExplainResponse>, Status> {
        let (metadata, _, message) = request.into_parts();
        let answered = self.calls.run("Explain", &metadata, |call| async move {
            let request = question::explain(message).map_err(|error| status::question(&error))?;
            call.wait(request.consistency).await?;
            let explained = call.work(move |engine, budget| {
                let answer = engine.explain(&request, budget).map_err(status::query)?;
                answer::explain(answer).map_err(|error| status::internal(&error))
            });
            let explained = explained.await?;
            let terms = explained.explanation.as_ref().map_or(0, |explanation| explanation.terms.len());
            let told = Told { query: Some(explained.canonical_query.clone()), rows: terms };
            Ok((explained, told))
        });
        answered.await.map(Response::new)
    }

    type StreamQueryStream = ReceiverStream<Result<pb::StreamQueryResponse, Status>>;

    async fn stream_query(
        &self,
        request: Request<pb::StreamQueryRequest>,
    ) -> Result<Response<Self::StreamQueryStream>, Status> {
        let (metadata, _, message) = request.into_parts();
        // One page waits to be taken, and there is always room for the end: whoever reads slowly is
        // not waited for to be told of it.
        let (pages, stream) = mpsc::channel(2);
        let end = pages.clone().try_reserve_owned().map_err(|error| status::internal(&error))?;
        let pb::StreamQueryRequest { query, parameters, page_size, page_token, consistency, include_totals } =
            message;
        let message =
            pb::QueryRequest { query, parameters, page_size, page_token, consistency, include_totals };
        let calls = self.calls.clone();
        tokio::spawn(async move {
            let sender = pages.clone();
            let streamed = calls.run("StreamQuery", &metadata, |call| send_pages(call, message, sender));
            tokio::select! {
                streamed = streamed => if let Err(status) = streamed {
                    end.send(Err(status));
                },
                () = pages.closed() => {}
            }
        });
        Ok(Response::new(ReceiverStream::new(stream)))
    }

    async fn complete(
        &self,
        request: Request<pb::CompleteRequest>,
    ) -> Result<Response<pb::CompleteResponse>, Status> {
        let (metadata, _, message) = request.into_parts();
        let completed = self.calls.run("Complete", &metadata, |call| async move {
            let (text, cursor, parameters) =
                complete::question(message).map_err(|error| status::question(&error))?;
            let work = move |engine: &Engine, budget: &Budget| {
                engine.complete(&text, cursor, &parameters, budget).map_err(status::query)
            };
            let completed = complete::answer(call.work(work).await?);
            let told = Told { query: None, rows: completed.edits.len() };
            Ok((completed, told))
        });
        completed.await.map(Response::new)
    }
}

/// Sends page after page, each when the one before was taken; all are of the first one's revision.
async fn send_pages(
    call: Call,
    message: pb::QueryRequest,
    pages: mpsc::Sender<Result<pb::StreamQueryResponse, Status>>,
) -> Result<((), Told), Status> {
    let mut request = question::query(message).map_err(|error| status::question(&error))?;
    if request.page_size == 0 {
        request.page_size = MAX_PAGE_SIZE;
    }
    call.wait(request.consistency).await?;
    let mut told = Told::default();
    loop {
        let asked = request.clone();
        let page = call.work(move |engine, budget| page(engine, &asked, budget)).await?;
        told.rows += answer::rows(&page);
        told.query.get_or_insert_with(|| page.canonical_query.clone());
        request.page_token.clone_from(&page.next_page_token);
        request.consistency = Consistency::Latest;
        let sent = tokio::select! {
            biased;
            sent = pages.send(Ok(answer::streamed(page))) => sent,
            () = call.drained() => return Err(status::draining()),
        };
        if sent.is_err() || request.page_token.is_empty() {
            return Ok(((), told));
        }
        if call.is_draining() {
            return Err(status::draining());
        }
    }
}

fn page(engine: &Engine, request: &QueryRequest, budget: &Budget) -> Result<pb::QueryResponse, Status> {
    let answered = engine.query(request, budget).map_err(status::query)?;
    answer::query(answered).map_err(|error| status::internal(&error))
}
