//! The layer at work: preflights are answered before anything else sees them, every other answer gets its headers.

use super::Cors;
use super::headers::REQUEST_PRIVATE_NETWORK;
use http::header::{ACCESS_CONTROL_REQUEST_METHOD, CONTENT_LENGTH, CONTENT_TYPE, ORIGIN};
use http::{HeaderValue, Method, Request, Response};
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tower::Service;

/// A service whose answers pages of other origins may read, as far as the rules go.
#[derive(Clone, Debug)]
pub struct CorsService<S> {
    cors: Cors,
    inner: S,
}

impl<S> CorsService<S> {
    pub(super) fn new(cors: Cors, inner: S) -> Self {
        Self { cors, inner }
    }
}

/// One request under the rules, for servers that do not speak [`tower`].
#[derive(Clone, Debug)]
pub struct Exchange {
    cors: Cors,
    origin: Option<HeaderValue>,
    is_options: bool,
    is_preflight: bool,
    private_network: bool,
}

impl Exchange {
    /// What is to be remembered of a request for its answer. `None` where the rules are not for its path.
    pub(super) fn of<B>(cors: &Cors, request: &Request<B>) -> Option<Self> {
        if !cors.is_for(request.uri().path()) {
            return None;
        }
        let headers = request.headers();
        let is_options = request.method() == Method::OPTIONS;
        Some(Self {
            cors: cors.clone(),
            origin: headers.get(ORIGIN).cloned(),
            is_options,
            is_preflight: is_options && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD),
            private_network: cors.0.private_network
                && headers.get(REQUEST_PRIVATE_NETWORK).is_some_and(|value| value == "true"),
        })
    }

    /// Whether it is a browser's question before another request, which nothing but these rules answers.
    #[must_use]
    pub const fn is_preflight(&self) -> bool {
        self.is_preflight
    }

    /// The answer to that question, with an empty body, yet to be [finished](Self::finish): Django's empty response, 200
    /// and of its default type.
    #[must_use]
    pub fn preflight<R>(&self, empty: R) -> Response<R> {
        let mut response = Response::new(empty);
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        response
    }

    /// Writes what the rules say into the answer.
    pub fn finish<R>(&self, response: &mut Response<R>) {
        self.cors.answer(self, response.headers_mut());
    }

    pub(super) const fn origin(&self) -> Option<&HeaderValue> {
        self.origin.as_ref()
    }

    pub(super) const fn is_options(&self) -> bool {
        self.is_options
    }

    pub(super) const fn wants_private_network(&self) -> bool {
        self.private_network
    }
}

impl<S, B, R> Service<Request<B>> for CorsService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: Default,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = CorsFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> CorsFuture<S::Future> {
        let exchange = self.cors.exchange(&request);
        let is_preflight = exchange.as_ref().is_some_and(Exchange::is_preflight);
        let inner = if is_preflight { None } else { Some(self.inner.call(request)) };
        CorsFuture { exchange, inner }
    }
}

pin_project! {
    /// The answer to come.
    #[must_use = "futures do nothing unless they are polled"]
    pub struct CorsFuture<F> {
        // `None`: the rules are not for this path.
        exchange: Option<Exchange>,
        // `None`: a preflight, which is answered here.
        #[pin]
        inner: Option<F>,
    }
}

impl<F, R, E> Future for CorsFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: Default,
{
    type Output = Result<Response<R>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let answered = match this.inner.as_pin_mut() {
            Some(inner) => Some(ready!(inner.poll(context))?),
            None => None,
        };
        let Some(exchange) = this.exchange else {
            return Poll::Ready(Ok(answered.unwrap_or_default()));
        };
        let mut response = answered.unwrap_or_else(|| exchange.preflight(R::default()));
        exchange.finish(&mut response);
        Poll::Ready(Ok(response))
    }
}
