//! The audit trail as JSON lines.

use super::super::answer::Fault;
use super::super::layout::Pages;
use super::super::visit::Signed;
use crate::cli::audit_json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use countersign_core::admin::Right;
use countersign_core::store::{AuditQuery, AuditRecord, AuditTrail, StoreError};
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use hyper::body;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// Lines that are read at once.
const BATCH: u32 = 500;

/// The trail as JSON lines, the latest first: as long as it is, and never more of it in memory than is being sent.
pub(in super::super) async fn export(State(admin): Pages, signed: Signed) -> Result<Response, Fault> {
    signed.must(Right::Operate)?;
    let asked = &signed.visit.query;
    let wish =
        Wish { act: asked.some("act").map(str::to_owned), actor: asked.some("actor").map(str::to_owned) };
    // Whoever cannot have the first lines is told why.
    let first = wish.lines(&*admin.store.trail, None).await?;
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(wish.send(Arc::clone(&admin.store.trail), first, sender));
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson")),
        (CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"audit.jsonl\"")),
    ];
    Ok((headers, Body::new(Batches(receiver))).into_response())
}

/// Which lines are exported.
struct Wish {
    act: Option<String>,
    actor: Option<String>,
}

impl Wish {
    async fn lines(
        &self,
        trail: &dyn AuditTrail,
        before: Option<i64>,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let (act, actor) = (self.act.as_deref(), self.actor.as_deref());
        trail.read_audit(AuditQuery { before, act, actor, limit: BATCH, ..AuditQuery::default() }).await
    }

    /// Reads on as long as somebody listens. What cannot be read ends the answer before its end, so that nobody takes it
    /// for the whole.
    async fn send(self, trail: Arc<dyn AuditTrail>, mut lines: Vec<AuditRecord>, to: mpsc::Sender<Batch>) {
        while let Some(last) = lines.last().map(|last| last.id) {
            let text: String = lines.iter().map(|line| audit_json(line).to_string() + "\n").collect();
            if to.send(Ok(text.into())).await.is_err() || lines.len() < BATCH as usize {
                break;
            }
            lines = match self.lines(&*trail, Some(last)).await {
                Ok(lines) => lines,
                Err(error) => {
                    tracing::warn!(cause = %error, "an export of the audit trail was broken off");
                    let _ = to.send(Err(error)).await;
                    break;
                }
            };
        }
    }
}

/// Some lines, or why there are no more.
type Batch = Result<Bytes, StoreError>;

/// A body that is sent batch by batch.
struct Batches(mpsc::Receiver<Batch>);

impl body::Body for Batches {
    type Data = Bytes;
    type Error = StoreError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<body::Frame<Bytes>, StoreError>>> {
        self.0.poll_recv(context).map(|batch| batch.map(|batch| batch.map(body::Frame::data)))
    }
}
