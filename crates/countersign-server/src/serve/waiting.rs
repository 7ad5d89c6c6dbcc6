//! How long a connection has been waiting for the head of a request.
//!
//! hyper has a timer for this that it sets anew for each request, which costs more than finding the user of a
//! token. Here the task of the connection looks at the clock of its last answer, once in a while.

use super::app::Answered;
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// A request is being answered: nobody waits.
const ANSWERING: u64 = u64::MAX;

/// Since when a connection waits for a request. One task writes and reads it.
pub(super) struct Waiting {
    opened: Instant,
    /// Microseconds since then, or [`ANSWERING`].
    since: AtomicU64,
}

impl Waiting {
    /// A connection that was just opened.
    pub(super) fn begin() -> Self {
        Self { opened: Instant::now(), since: AtomicU64::new(0) }
    }

    /// A request has come.
    pub(super) fn stop(&self) {
        self.since.store(ANSWERING, Ordering::Relaxed);
    }

    /// The answer is sent: the wait for the next request begins.
    fn start(&self) {
        let now = u64::try_from(self.opened.elapsed().as_micros()).unwrap_or(ANSWERING - 1);
        self.since.store(now, Ordering::Relaxed);
    }

    /// Ends once a wait is longer than this.
    pub(super) async fn longer_than(&self, patience: Duration) {
        loop {
            let since = match self.since.load(Ordering::Relaxed) {
                ANSWERING => Instant::now(),
                since => self.opened + Duration::from_micros(since),
            };
            let end = since + patience;
            if end <= Instant::now() {
                return;
            }
            sleep_until(end).await;
        }
    }
}

/// The body of an answer. Once the last of it is sent, the wait for the next request begins.
pub(super) struct Sending {
    body: Answered,
    waiting: Arc<Waiting>,
}

impl Sending {
    pub(super) fn new(body: Answered, waiting: Arc<Waiting>) -> Self {
        Self { body, waiting }
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.waiting.start();
    }
}

impl Body for Sending {
    type Data = Bytes;
    type Error = <Answered as Body>::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
