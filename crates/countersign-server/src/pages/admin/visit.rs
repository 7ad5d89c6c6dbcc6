//! Who visits, from where, and whether a form that arrives is one of ours.

use super::Admin;
use super::answer::{Fault, see_other};
use super::form::Form;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use countersign::cookie::Cookies;
use countersign::csrf::SiteAddress;
use countersign::rest::client_address;
use countersign_core::admin::{Administrator, Right, csrf_token, is_confirmed, is_csrf_token, resume};
use countersign_core::event::Origin;
use countersign_core::store::Actor;
use http::header::{CONTENT_TYPE, ORIGIN, REFERER, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// No form is longer than this, in bytes.
const LONGEST: usize = 64 * 1024;

/// Somebody, known or not.
pub(super) struct Visit {
    address: Option<IpAddr>,
    user_agent: Option<String>,
    /// The secret in the cookie, if there is one.
    pub(super) secret: Option<String>,
    /// Scheme and host, as the browser knows them.
    pub(super) site: String,
    /// The path and query of the page.
    pub(super) path: String,
    /// What the query says.
    pub(super) query: Form,
}

impl Visit {
    /// From where, for the rules.
    pub(super) fn origin(&self) -> Origin<'_> {
        Origin { address: self.address, user_agent: self.user_agent.as_deref(), request_id: None }
    }
}

impl FromRequestParts<Arc<Admin>> for Visit {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, admin: &Arc<Admin>) -> Result<Self, Fault> {
        let socket = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(socket)| socket.ip());
        let trusted = &admin.config.server.trusted_proxies;
        let cookies = Cookies::of(&parts.headers);
        let secret = cookies.find(admin.cookie.name()).map_err(|_| Fault::BAD_REQUEST)?;
        Ok(Self {
            address: socket.map(|ip| client_address(ip, &parts.headers, trusted)),
            user_agent: text(&parts.headers, &USER_AGENT).map(|agent| agent.chars().take(300).collect()),
            secret: secret.map(str::to_owned),
            site: SiteAddress::of(parts, trusted).origin(),
            path: parts.uri.path_and_query().map_or_else(String::new, ToString::to_string),
            query: Form::read(parts.uri.query().unwrap_or_default()),
        })
    }
}

/// Somebody who is signed in. Others are sent to the door.
pub(super) struct Signed {
    /// From where.
    pub(super) visit: Visit,
    /// Who.
    pub(super) admin: Administrator,
    /// The token of their forms.
    pub(super) csrf: String,
}

impl Signed {
    /// Errs unless they have a right.
    pub(super) fn must(&self, right: Right) -> Result<(), Fault> {
        if self.admin.may(right) { Ok(()) } else { Err(Fault::FORBIDDEN) }
    }

    /// As the audit trail names them.
    pub(super) fn actor(&self) -> Actor {
        Actor::User { id: self.admin.user.id.clone(), username: self.admin.user.username.clone() }
    }

    /// Where to go for the password before a dangerous act. `None`: it was given a short while ago.
    pub(super) fn unconfirmed(&self, admin: &Admin, back: &str) -> Option<Response> {
        (!is_confirmed(&admin.desk, &self.admin))
            .then(|| see_other(&format!("{}confirm/?next={}", admin.base(), escaped(back))))
    }
}

impl FromRequestParts<Arc<Admin>> for Signed {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, admin: &Arc<Admin>) -> Result<Self, Response> {
        let visit = Visit::from_request_parts(parts, admin).await.map_err(Fault::into_response)?;
        let secret = visit.secret.clone().unwrap_or_default();
        let found =
            resume(&admin.desk, &secret).await.map_err(|trouble| Fault::from(trouble).into_response())?;
        let Some(administrator) = found else {
            let back = if parts.method == Method::GET { visit.path.as_str() } else { admin.base() };
            return Err(see_other(&format!("{}sign-in/?next={}", admin.base(), escaped(back))));
        };
        Ok(Self { visit, admin: administrator, csrf: csrf_token(&secret) })
    }
}

/// A form of somebody who is signed in, sent by a page of ours that they had open.
pub(super) struct Posted {
    /// Who.
    pub(super) signed: Signed,
    /// What it says.
    pub(super) form: Form,
}

impl FromRequest<Arc<Admin>> for Posted {
    type Rejection = Response;

    async fn from_request(request: Request, admin: &Arc<Admin>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        must_be_ours(&parts, admin).map_err(Fault::into_response)?;
        let signed = Signed::from_request_parts(&mut parts, admin).await?;
        let form = read(&parts.headers, body).await.map_err(Fault::into_response)?;
        if !is_csrf_token(signed.visit.secret.as_deref().unwrap_or_default(), form.text("csrf")) {
            return Err(Fault::FORGED.into_response());
        }
        Ok(Self { signed, form })
    }
}

/// A form of somebody who need not be known. What shows that it is theirs, the handler asks.
pub(super) struct Unsigned {
    /// From where.
    pub(super) visit: Visit,
    /// What it says.
    pub(super) form: Form,
}

impl FromRequest<Arc<Admin>> for Unsigned {
    type Rejection = Fault;

    async fn from_request(request: Request, admin: &Arc<Admin>) -> Result<Self, Fault> {
        let (mut parts, body) = request.into_parts();
        must_be_ours(&parts, admin)?;
        let visit = Visit::from_request_parts(&mut parts, admin).await?;
        Ok(Self { visit, form: read(&parts.headers, body).await? })
    }
}

async fn read(headers: &HeaderMap, body: axum::body::Body) -> Result<Form, Fault> {
    let kind = text(headers, &CONTENT_TYPE).unwrap_or_default();
    if !kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .eq_ignore_ascii_case("application/x-www-form-urlencoded")
    {
        return Err(Fault::UNREADABLE);
    }
    let bytes = axum::body::to_bytes(body, LONGEST).await.map_err(|_| Fault::UNREADABLE)?;
    Ok(Form::read(std::str::from_utf8(&bytes).map_err(|_| Fault::UNREADABLE)?))
}

/// Errs unless the browser says that a page of this very origin sent the form. One that says nothing is not believed:
/// every browser of the last years says at least one of the three.
fn must_be_ours(parts: &Parts, admin: &Admin) -> Result<(), Fault> {
    let site = SiteAddress::of(parts, &admin.config.server.trusted_proxies);
    // TLS may end at a proxy that we were not told of; the host is what counts.
    let is_own = |origin: &str| {
        !site.host.is_empty()
            && (origin == site.origin() || origin.strip_prefix("https://") == Some(&*site.host))
    };
    let origin = text(&parts.headers, &ORIGIN);
    let fetch_site = parts.headers.get("sec-fetch-site").map(http::HeaderValue::as_bytes);
    let ours = match (origin, fetch_site) {
        (Some(origin), None) => is_own(origin),
        (Some(origin), Some(site)) => site == b"same-origin" && is_own(origin),
        (None, Some(site)) => site == b"same-origin",
        (None, None) => text(&parts.headers, &REFERER).is_some_and(|referer| {
            let end = referer.find("://").map_or(0, |at| at + 3);
            let end = referer[end..].find('/').map_or(referer.len(), |at| end + at);
            is_own(&referer[..end])
        }),
    };
    if ours { Ok(()) } else { Err(Fault::FORGED) }
}

fn text<'h>(headers: &'h HeaderMap, name: &http::HeaderName) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// What stays as it is in the value of a query.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A text as it may stand in an address.
pub(super) fn escaped(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

/// The page to go on to, if it is one of ours.
pub(super) fn next<'a>(admin: &'a Admin, wanted: &'a str) -> &'a str {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
    let is_ours = wanted.starts_with(admin.base()) && !wanted.starts_with("//") && wanted.bytes().all(plain);
    if is_ours { wanted } else { admin.base() }
}
