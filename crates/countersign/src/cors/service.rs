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

/// What the answer depends on.
pub(super) struct Asked {
    pub(super) origin: Option<HeaderValue>,
    pub(super) is_options: bool,
    pub(super) private_network: bool,
}

impl Asked {
    fn by<B>(request: &Request<B>) -> Self {
        let headers = request.headers();
        Self {
            origin: headers.get(ORIGIN).cloned(),
            is_options: request.method() == Method::OPTIONS,
            private_network: headers.get(REQUEST_PRIVATE_NETWORK).is_some_and(|value| value == "true"),
        }
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
        if !self.cors.is_for(request.uri().path()) {
            return CorsFuture { rules: None, inner: Some(self.inner.call(request)) };
        }
        let asked = Asked::by(&request);
        let is_preflight = asked.is_options && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        let rules = Some((self.cors.clone(), asked));
        let inner = if is_preflight { None } else { Some(self.inner.call(request)) };
        CorsFuture { rules, inner }
    }
}

pin_project! {
    /// The answer to come.
    #[must_use = "futures do nothing unless they are polled"]
    pub struct CorsFuture<F> {
        // `None`: the rules are not for this path.
        rules: Option<(Cors, Asked)>,
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
        let mut response = match this.inner.as_pin_mut() {
            Some(inner) => ready!(inner.poll(context))?,
            None => empty(),
        };
        if let Some((cors, asked)) = this.rules {
            cors.answer(asked, response.headers_mut());
        }
        Poll::Ready(Ok(response))
    }
}

/// Django's empty response: 200, and of its default type.
fn empty<R: Default>() -> Response<R> {
    let mut response = Response::new(R::default());
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}
