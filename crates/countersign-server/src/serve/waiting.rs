//! How long a connection has been waiting for the head of a request.
//!
//! hyper has a timer for this that it sets anew for each request, which costs more than finding the user of a
//! token. Here the task of the connection looks at the clock of its last answer, once in a while.

use super::app::Answered;
use super::connection::Client;
use bytes::Bytes;
use countersign_store::failpoint;
use hyper::body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// A request is being answered: nobody waits.
const ANSWERING: u64 = u64::MAX;

/// The point at which a test makes the program abort in the middle of an answer.
const HALF: &str = "half-written response";

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

/// A part of a body.
type Polled = Result<Frame<Bytes>, <Answered as Body>::Error>;

/// The body of an answer. Once the last of it is sent, the wait for the next request begins.
pub(super) struct Sending {
    body: Answered,
    client: Arc<Client>,
}

impl Sending {
    pub(super) fn new(body: Answered, client: Arc<Client>) -> Self {
        Self { body, client }
    }

    /// The first half of the body, a moment to send it in, and the end of the program.
    fn poll_half(&mut self, context: &mut Context<'_>) -> Poll<Option<Polled>> {
        static POLLS: AtomicUsize = AtomicUsize::new(0);
        match POLLS.fetch_add(1, Ordering::Relaxed) {
            0 => Pin::new(&mut self.body)
                .poll_frame(context)
                .map_ok(|frame| frame.map_data(|bytes| bytes.slice(..bytes.len() / 2))),
            1 => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            _ => std::process::abort(),
        }
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.client.waiting.start();
    }
}

impl Body for Sending {
    type Data = Bytes;
    type Error = <Answered as Body>::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Polled>> {
        if failpoint::is_reached(HALF) {
            return self.poll_half(context);
        }
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        !failpoint::is_reached(HALF) && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
