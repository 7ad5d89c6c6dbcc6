//! The protection in front of any routes: a layer that needs nothing else of this crate.

use super::{Csrf, CsrfFailure, CsrfSecret, SiteAddress};
use crate::cookie::Cookies;
use crate::rejection::{Reason, Rejection};
use crate::rest::{Answer, BoxFuture, Network};
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use countersign_core::clock::{Clock, SystemClock};
use countersign_core::random::{Random, SystemRandom};
use http::header::{SET_COOKIE, VARY};
use http::request::Parts;
use http::{HeaderValue, Request, StatusCode, header};
use std::fmt;
use std::sync::Arc;
use std::task;

/// Refuses requests that may change something unless they are proved to be meant, as Django's `CsrfViewMiddleware` does,
/// and gives browsers the cookie that they prove it with.
///
/// ```
/// use axum::{Router, routing::post};
/// use countersign::csrf::{Csrf, CsrfLayer, CsrfSettings};
///
/// # fn main() -> Result<(), countersign::csrf::CsrfError> {
/// let csrf = Csrf::new(CsrfSettings {
///     trusted_origins: vec!["https://app.example.com".to_owned()],
///     ..CsrfSettings::default()
/// })?;
/// let app: Router = Router::new()
///     .route("/profile/", post(|| async { "saved" }))
///     .layer(CsrfLayer::new(csrf).unless_authorization());
/// # Ok(())
/// # }
/// ```
///
/// Whoever is refused gets 403 with `{"detail":"CSRF Failed: …"}`, in Django REST framework's words. The token comes in the
/// header (`X-CSRFToken`). A form's field `csrfmiddlewaretoken` is not read, because the body is the handler's:
/// such a handler stays outside of the layer and asks [`CsrfToken::matches`].
#[derive(Clone)]
pub struct CsrfLayer(Arc<Protection>);

#[derive(Clone)]
struct Protection {
    csrf: Csrf,
    unless_authorization: bool,
    trusted_proxies: Vec<Network>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// A service whose callers must mean what they send.
#[derive(Clone, Debug)]
pub struct CsrfService<S> {
    layer: CsrfLayer,
    inner: S,
}

impl CsrfLayer {
    /// The protection of these rules.
    #[must_use]
    pub fn new(csrf: Csrf) -> Self {
        Self(Arc::new(Protection {
            csrf,
            unless_authorization: false,
            trusted_proxies: Vec::new(),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        }))
    }

    /// Lets requests with an `Authorization` header through. No page of somebody else can make a browser send one, so
    /// where that is the credential there is nothing to prove.
    ///
    /// The handler must not fall back on a cookie when the header is bad: whoever sends both is who the header says.
    #[must_use]
    pub fn unless_authorization(self) -> Self {
        self.with(|protection| protection.unless_authorization = true)
    }

    /// Believes these proxies when they say in `X-Forwarded-Proto` that a request came over HTTPS.
    #[must_use]
    pub fn trusted_proxies(self, networks: Vec<Network>) -> Self {
        self.with(|protection| protection.trusted_proxies = networks)
    }

    /// Takes time and randomness from here: for tests.
    #[must_use]
    pub fn with_sources(self, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        self.with(|protection| (protection.clock, protection.random) = (clock, random))
    }

    fn with(mut self, change: impl FnOnce(&mut Protection)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }
}

impl Protection {
    fn check(&self, request: &Parts) -> Result<(), CsrfFailure> {
        if self.unless_authorization && request.headers.contains_key(header::AUTHORIZATION) {
            return Ok(());
        }
        self.csrf.check(request, &SiteAddress::of(request, &self.trusted_proxies), None)
    }

    /// The cookie for a client that has none, or none that is good.
    fn cookie(&self, token: &CsrfToken) -> Option<HeaderValue> {
        if token.is_kept {
            return None;
        }
        self.csrf.set_cookie(&token.secret, self.clock.now()).ok()
    }
}

impl<S> tower::Layer<S> for CsrfLayer {
    type Service = CsrfService<S>;

    fn layer(&self, inner: S) -> CsrfService<S> {
        CsrfService { layer: self.clone(), inner }
    }
}

impl<S, B> tower::Service<Request<B>> for CsrfService<S>
where
    S: tower::Service<Request<B>> + Clone + Send + 'static,
    S::Response: IntoResponse,
    S::Future: Send,
    B: Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut task::Context<'_>) -> task::Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        let protection = Arc::clone(&self.layer.0);
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let checked = protection.check(&parts);
            let token = CsrfToken::of(&parts, &protection);
            let mut response = match checked {
                Ok(()) => {
                    parts.extensions.insert(token.clone());
                    inner.call(Request::from_parts(parts, body)).await?.into_response()
                }
                Err(failure) => refusal(failure).into_response(),
            };
            if let Some(cookie) = protection.cookie(&token) {
                response.headers_mut().append(SET_COOKIE, cookie);
                response.headers_mut().append(VARY, HeaderValue::from_static("Cookie"));
            }
            Ok(response)
        })
    }
}

fn refusal(failure: CsrfFailure) -> Rejection {
    let (status, detail, reason) = match failure {
        CsrfFailure::TwoCookies(clash) => (StatusCode::BAD_REQUEST, clash.to_string(), Reason::TwoCookies),
        failure => (StatusCode::FORBIDDEN, format!("CSRF Failed: {failure}"), Reason::NotMeant(failure)),
    };
    Rejection::new(reason, Answer::detail(status, &detail))
}

/// The token that a page of ours has to send back: an extractor behind a [`CsrfLayer`], Django's `get_token`.
///
/// If there is no such layer, the request is rejected with 500, and the log says why.
#[derive(Clone)]
pub struct CsrfToken {
    secret: CsrfSecret,
    /// Whether the client has it already.
    is_kept: bool,
    random: Arc<dyn Random>,
}

impl CsrfToken {
    fn of(request: &Parts, protection: &Protection) -> Self {
        let cookies = Cookies::of(&request.headers);
        let kept = cookies.find(protection.csrf.cookie().name()).ok().flatten();
        let kept = kept.and_then(|value| CsrfSecret::read(value).ok());
        let is_kept = kept.is_some();
        let random = Arc::clone(&protection.random);
        let secret = kept.unwrap_or_else(|| CsrfSecret::new(&*random));
        Self { secret, is_kept, random }
    }

    /// The token behind a fresh mask, for a page's form or script.
    #[must_use]
    pub fn masked(&self) -> String {
        self.secret.mask(&*self.random)
    }

    /// Whether a token, such as a form's `csrfmiddlewaretoken`, is the cookie's. A client without the cookie has none
    /// that is.
    #[must_use]
    pub fn matches(&self, token: &str) -> bool {
        self.is_kept && CsrfSecret::read(token).is_ok_and(|token| token == self.secret)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for CsrfToken {
    type Rejection = Rejection;

    async fn from_request_parts(request: &mut Parts, _: &S) -> Result<Self, Rejection> {
        request.extensions.get::<Self>().cloned().ok_or_else(|| {
            let cause = "`CsrfToken` is extracted on a route without a `CsrfLayer`";
            Rejection::new(Reason::NotInstalled, Answer::server_error(cause))
        })
    }
}

/// Shows no secret.
impl fmt::Debug for CsrfToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("CsrfToken").field("is_kept", &self.is_kept).finish_non_exhaustive()
    }
}

impl fmt::Debug for CsrfLayer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("CsrfLayer").field("csrf", &self.0.csrf).finish_non_exhaustive()
    }
}
