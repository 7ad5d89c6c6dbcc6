//! Who opens a WebSocket.

use crate::authenticate::Caller;
use crate::authentication::{Authentication, Context};
use crate::cookie::Cookies;
use crate::csrf::{Csrf, CsrfError, CsrfFailure, CsrfSettings, OriginRules, SiteAddress};
use crate::rejection::{Reason, Rejection};
use crate::rest::{Answer, Network};
use axum::extract::FromRequestParts;
use http::header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use std::fmt;
use std::sync::Arc;

/// The subprotocol that says: the next one is a token.
///
/// A browser opens `new WebSocket(url, ["bearer", token])`, and the server has to choose `bearer`, or another that was
/// offered: `upgrade.protocols([WEBSOCKET_PROTOCOL])`.
pub const WEBSOCKET_PROTOCOL: &str = "bearer";

/// Who opens a WebSocket: nobody else comes in.
///
/// ```
/// use axum::response::IntoResponse;
/// use countersign::WebSocketAuthenticated;
///
/// // With axum's feature `ws` an argument `upgrade: WebSocketUpgrade` stands beside it, and the answer is
/// // `upgrade.protocols([countersign::WEBSOCKET_PROTOCOL]).on_upgrade(…)`.
/// async fn chat(WebSocketAuthenticated(caller): WebSocketAuthenticated) -> impl IntoResponse {
///     format!("{} may talk", caller.username())
/// }
/// ```
///
/// The token is looked for, in this order,
///
/// 1. in the header, as in any other request: for clients that are no browsers;
/// 2. among the subprotocols, behind [`WEBSOCKET_PROTOCOL`]: browsers let scripts set nothing else;
/// 3. in a cookie, if there is a [`WebSocketCookie`], or if the `jwt_auth` dialect reads one. Browsers send cookies
///    whatever page asks, and hold a page of another site back from nothing here, so its `Origin` must be ours or
///    trusted.
///
/// If there is none, or one that is not good, the handshake is rejected as by [`Authenticated`](crate::Authenticated); if
/// another site's page opened it, with 403.
///
/// A token may also come in the first message: accept everybody, wait a few seconds for it, and ask
/// [`Authentication::check`].
///
/// It is never looked for in the address. Addresses are written into the logs of every proxy on the way, into histories
/// and referrers, and outlive the token's secrecy (RFC 6750 §5.3).
///
/// A socket may outlive its token: whoever cares looks at `caller.token.expires_at()` and closes it then.
#[derive(Clone, Debug)]
pub struct WebSocketAuthenticated(pub Arc<Caller>);

/// A cookie that authenticates a WebSocket, and the sites whose pages may open one with it.
#[derive(Clone, Debug)]
pub struct WebSocketCookie {
    name: String,
    origins: Csrf,
    trusted_proxies: Vec<Network>,
}

impl WebSocketCookie {
    /// The cookie of this name holds an access token. Pages of this host may open a socket with it, and no others.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self::trusting(name, Vec::new(), Vec::new()).expect("no origin is wrong where there is none")
    }

    /// The same, and pages of these origins may. `trusted_proxies` are believed when they say by `X-Forwarded-Proto` that
    /// a request came over HTTPS.
    ///
    /// # Errors
    /// [`CsrfError::Origin`], naming the origin that is none.
    pub fn trusting(
        name: impl Into<String>,
        origins: Vec<String>,
        trusted_proxies: Vec<Network>,
    ) -> Result<Self, CsrfError> {
        let settings = CsrfSettings {
            trusted_origins: origins,
            origin_rules: OriginRules::FetchMetadata,
            ..CsrfSettings::default()
        };
        Ok(Self { name: name.into(), origins: Csrf::new(settings)?, trusted_proxies })
    }

    fn check_origin(&self, request: &Parts) -> Result<(), Rejection> {
        let site = SiteAddress::of(request, &self.trusted_proxies);
        self.origins.check_origin(&request.headers, &site).map_err(not_meant)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for WebSocketAuthenticated {
    type Rejection = Rejection;

    async fn from_request_parts(request: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let context = request.extensions.get::<Context>().ok_or_else(Rejection::not_installed)?;
        let authentication = context.authentication.clone();
        caller(&authentication, request).await.map(Arc::new).map(Self)
    }
}

async fn caller(authentication: &Authentication, request: &Parts) -> Result<Caller, Rejection> {
    let headers = &request.headers;
    if headers.contains_key(AUTHORIZATION) {
        return authentication.caller(request).await;
    }
    if let Some(token) = subprotocol(headers) {
        return authentication.check(token).await;
    }
    // Whatever is left is a cookie, which any page can make a browser send.
    let own_host;
    let cookie = if let Some(cookie) = authentication.cookie() {
        cookie
    } else {
        own_host = WebSocketCookie::new("");
        &own_host
    };
    cookie.check_origin(request)?;
    let cookies = Cookies::of(headers);
    match cookies.find(&cookie.name) {
        Ok(Some(token)) if !cookie.name.is_empty() => authentication.check(token).await,
        Ok(_) => authentication.caller(request).await,
        Err(clash) => {
            let answer = Answer::detail(StatusCode::BAD_REQUEST, &clash.to_string());
            Err(Rejection::new(Reason::TwoCookies, answer))
        }
    }
}

/// The subprotocol behind [`WEBSOCKET_PROTOCOL`].
fn subprotocol(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|line| line.to_str().ok());
    let mut offered = lines.flat_map(|line| line.split(',')).map(str::trim);
    offered.find(|name| *name == WEBSOCKET_PROTOCOL)?;
    offered.next()
}

fn not_meant(failure: CsrfFailure) -> Rejection {
    let answer = Answer::detail(StatusCode::FORBIDDEN, &format!("CSRF Failed: {failure}"));
    Rejection::new(Reason::NotMeant(failure), answer)
}

impl fmt::Display for WebSocketCookie {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.name)
    }
}
