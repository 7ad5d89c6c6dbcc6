//! The layer that says how to authenticate.

use super::{Authentication, Context};
use http::Request;
use std::task;

/// A service whose handlers can use the extractors.
#[derive(Clone, Debug)]
pub struct AuthenticationService<S> {
    authentication: Authentication,
    inner: S,
}

impl<S> tower::Layer<S> for Authentication {
    type Service = AuthenticationService<S>;

    fn layer(&self, inner: S) -> AuthenticationService<S> {
        AuthenticationService { authentication: self.clone(), inner }
    }
}

impl<S, B> tower::Service<Request<B>> for AuthenticationService<S>
where
    S: tower::Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut task::Context<'_>) -> task::Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        Context::install(&self.authentication, request.extensions_mut());
        self.inner.call(request)
    }
}
