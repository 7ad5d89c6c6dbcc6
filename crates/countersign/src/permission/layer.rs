//! A permission at work in front of a route.

use super::{Permission, Visit};
use crate::authentication::{Authentication, Context};
use crate::rejection::Rejection;
use crate::rest::BoxFuture;
use axum::response::{IntoResponse, Response};
use http::Request;
use http::request::Parts;
use std::sync::Arc;
use std::task;

/// Lets through whom a permission admits. Made by [`Authentication::require`].
#[derive(Clone, Debug)]
pub struct RequireLayer<P> {
    authentication: Authentication,
    permission: P,
}

/// A service behind a permission.
#[derive(Clone, Debug)]
pub struct RequireService<S, P> {
    authentication: Authentication,
    permission: P,
    inner: S,
}

impl<P> RequireLayer<P> {
    pub(crate) const fn new(authentication: Authentication, permission: P) -> Self {
        Self { authentication, permission }
    }
}

impl<S, P: Clone> tower::Layer<S> for RequireLayer<P> {
    type Service = RequireService<S, P>;

    fn layer(&self, inner: S) -> RequireService<S, P> {
        RequireService {
            authentication: self.authentication.clone(),
            permission: self.permission.clone(),
            inner,
        }
    }
}

impl<S, P, B> tower::Service<Request<B>> for RequireService<S, P>
where
    S: tower::Service<Request<B>> + Clone + Send + 'static,
    S::Response: IntoResponse,
    S::Future: Send,
    P: Permission,
    B: Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut task::Context<'_>) -> task::Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The one that was found ready answers; its copy is ready for the next.
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        let (authentication, permission) = (self.authentication.clone(), self.permission.clone());
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            match admit(&authentication, &permission, &mut parts).await {
                Ok(()) => Ok(inner.call(Request::from_parts(parts, body)).await?.into_response()),
                Err(rejection) => Ok(rejection.challenging(authentication.challenge()).into_response()),
            }
        })
    }
}

/// Authentication, then the permission, in the framework's order.
async fn admit<P: Permission>(
    authentication: &Authentication,
    permission: &P,
    request: &mut Parts,
) -> Result<(), Rejection> {
    Context::install(authentication, &mut request.extensions);
    if permission.is_open() {
        return Ok(());
    }
    let caller = match Context::caller(request).await {
        Ok(caller) => Some(caller),
        Err(rejection) if rejection.is_anonymous() => None,
        Err(rejection) => return Err(rejection),
    };
    let visit = Visit { authentication, request, caller: caller.as_deref() };
    match (permission.has_permission(&visit).await?, &caller) {
        (true, _) => Ok(()),
        (false, None) => Err(Rejection::not_authenticated()),
        (false, Some(_)) => Err(permission
            .message()
            .map_or_else(Rejection::permission_denied, Rejection::permission_denied_saying)),
    }
}

/// A permission that is shared is one.
impl<P: Permission> Permission for Arc<P> {
    async fn has_permission(&self, visit: &Visit<'_>) -> Result<bool, Rejection> {
        P::has_permission(self, visit).await
    }

    fn message(&self) -> Option<&str> {
        P::message(self)
    }

    fn is_open(&self) -> bool {
        P::is_open(self)
    }

    fn name(&self) -> std::borrow::Cow<'static, str> {
        P::name(self)
    }
}
