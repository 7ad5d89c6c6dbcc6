//! What handlers ask for: the caller, perhaps the caller, or the claims of the token.

mod deserialize;

pub use self::deserialize::ClaimsMismatch;

use crate::authenticate::Caller;
use crate::authentication::Context;
use crate::rejection::Rejection;
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use serde_core::de::DeserializeOwned;
use std::sync::Arc;

/// Who makes the request: nobody else comes in.
///
/// ```
/// use countersign::Authenticated;
///
/// async fn hello(Authenticated(caller): Authenticated) -> String {
///     format!("Hello, {}!", caller.username())
/// }
/// ```
///
/// If the request carries no token, or one that is not good, it is rejected with 401, `WWW-Authenticate` and the words
/// of Django REST framework and simplejwt; if the database did not do its part, with 503. See
/// [`Reason`](crate::Reason).
///
/// As `Option<Authenticated>` it is `None` for a request without credentials, and still rejects one whose token is not
/// good. To take a bad token for none, use [`MaybeAuthenticated`].
///
/// It needs a layer that says how to authenticate: [`Authentication`](crate::Authentication) or its
/// [`require`](crate::Authentication::require).
#[derive(Clone, Debug)]
pub struct Authenticated(pub Arc<Caller>);

/// Who makes the request, if that can be said: a stale token in a public page's request spoils nothing.
///
/// ```
/// use countersign::MaybeAuthenticated;
///
/// async fn greet(MaybeAuthenticated(caller): MaybeAuthenticated) -> String {
///     match caller {
///         Some(caller) => format!("Hello, {}!", caller.username()),
///         None => "Hello, stranger!".to_owned(),
///     }
/// }
/// ```
///
/// A token that is expired, revoked, malformed or anybody's but ours is taken for none. The request is rejected only if
/// nobody can tell: with 503 where the database did not do its part.
#[derive(Clone, Debug)]
pub struct MaybeAuthenticated(pub Option<Arc<Caller>>);

/// The claims of the token in a type of one's own.
///
/// ```
/// use countersign::Claims;
///
/// #[derive(serde::Deserialize)]
/// struct Tenant {
///     tenant: String,
///     #[serde(default)]
///     scopes: Vec<String>,
/// }
///
/// async fn orders(Claims(token): Claims<Tenant>) -> String {
///     format!("the orders of {}", token.tenant)
/// }
/// ```
///
/// If the request is not authenticated it is rejected as by [`Authenticated`]. If the token is good but its claims do not
/// fit the type, it is rejected with 401 and `{"detail":"Token is invalid","code":"token_not_valid"}`, so that clients
/// fetch a new token; which claim it was stands in [`Reason::Claims`](crate::Reason::Claims).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Claims<T>(pub T);

impl<S: Send + Sync> FromRequestParts<S> for Authenticated {
    type Rejection = Rejection;

    async fn from_request_parts(request: &mut Parts, _: &S) -> Result<Self, Rejection> {
        Context::caller(request).await.map(Self)
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Authenticated {
    type Rejection = Rejection;

    async fn from_request_parts(request: &mut Parts, _: &S) -> Result<Option<Self>, Rejection> {
        match Context::caller(request).await {
            Ok(caller) => Ok(Some(Self(caller))),
            Err(rejection) if rejection.is_anonymous() => Ok(None),
            Err(rejection) => Err(rejection),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for MaybeAuthenticated {
    type Rejection = Rejection;

    async fn from_request_parts(request: &mut Parts, _: &S) -> Result<Self, Rejection> {
        match Context::caller(request).await {
            Ok(caller) => Ok(Self(Some(caller))),
            Err(rejection) if rejection.status().is_server_error() => Err(rejection),
            Err(_) => Ok(Self(None)),
        }
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Claims<T> {
    type Rejection = Rejection;

    async fn from_request_parts(request: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let caller = Context::caller(request).await?;
        caller.claims().map(Self).map_err(Rejection::claims)
    }
}
