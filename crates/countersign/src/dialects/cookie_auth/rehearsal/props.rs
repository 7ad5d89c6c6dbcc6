//! A stage without database and network: one user whose password is always right, and requests as a browser sends them.

use super::judge::Jar;
use super::place::Places;
use crate::cors::Cors;
use crate::csrf::OverHttps;
use crate::rest::Site;
use bytes::Bytes;
use countersign_core::authority::Authority;
use countersign_core::clock::{SystemClock, Timestamp};
use countersign_core::event::NoEvents;
use countersign_core::hashing::{Hashed, Hashing};
use countersign_core::password::{Check, PasswordTooLong};
use countersign_core::random::SystemRandom;
use countersign_core::secret::Secret;
use countersign_core::store::{Act, Memberships, Users};
use countersign_core::user::{User, UserId, UserKey};
use http::header::{
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD,
};
use http::header::{CONTENT_TYPE, COOKIE, HOST, ORIGIN};
use http::{HeaderMap, HeaderName, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use std::sync::Arc;
use tower::{Layer as _, Service as _};

/// What the page logs in with.
pub(super) const CREDENTIALS: &str = r#"{"username":"visitor","password":"-"}"#;

/// An answer, read to its end.
pub(super) struct Played {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Played {
    /// Whether a page of another origin may read a header.
    pub(super) fn exposes(&self, name: &HeaderName) -> bool {
        let lists = self.headers.get_all(ACCESS_CONTROL_EXPOSE_HEADERS).iter();
        let mut names = lists.filter_map(|list| list.to_str().ok()).flat_map(|list| list.split(','));
        names.any(|exposed| exposed.trim().eq_ignore_ascii_case(name.as_str()))
    }
}

/// Sends what a page's `fetch` would, with the cookies of the jar.
pub(super) async fn play(
    site: &Site,
    cors: Option<&Cors>,
    places: &Places,
    path: &str,
    body: &'static str,
    jar: &Jar,
    token: Option<(&HeaderName, &str)>,
) -> Played {
    let mut request =
        Request::post(path).header(ORIGIN, &places.page.origin).header(HOST, &places.api.authority);
    request = request.header("sec-fetch-site", places.fetch_site()).header("sec-fetch-mode", "cors");
    if !body.is_empty() {
        request = request.header(CONTENT_TYPE, "application/json");
    }
    if !jar.is_empty() {
        request = request.header(COOKIE, jar.header());
    }
    if let Some((name, token)) = token {
        request = request.header(name, token);
    }
    send(site, cors, places, request, body).await
}

/// Sends what a browser would before it.
pub(super) async fn preflight(
    site: &Site,
    cors: Option<&Cors>,
    places: &Places,
    path: &str,
    csrf_header: &HeaderName,
) -> Played {
    let request = Request::options(path)
        .header(ORIGIN, &places.page.origin)
        .header(HOST, &places.api.authority)
        .header(ACCESS_CONTROL_REQUEST_METHOD, "POST")
        .header(ACCESS_CONTROL_REQUEST_HEADERS, format!("authorization,content-type,{csrf_header}"));
    send(site, cors, places, request, "").await
}

async fn send(
    site: &Site,
    cors: Option<&Cors>,
    places: &Places,
    request: http::request::Builder,
    body: &'static str,
) -> Played {
    let request = request
        .extension(OverHttps(places.api.is_https()))
        .body(Full::new(Bytes::from_static(body.as_bytes())))
        .expect("origins, paths and tokens can stand in a request");
    let response = match cors {
        Some(cors) => cors.layer(site.clone()).call(request).await,
        None => site.clone().call(request).await,
    };
    let (parts, body) = response.unwrap_or_else(|never| match never {}).into_parts();
    let body = body.collect().await.unwrap_or_else(|never| match never {}).to_bytes();
    Played { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() }
}

/// A world of one visitor, in which nothing is written down.
pub(super) fn authority() -> Authority {
    Authority {
        users: Arc::new(Visitor),
        ledger: None,
        hashing: Arc::new(Lenient),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        events: Arc::new(NoEvents),
    }
}

struct Visitor;

fn visitor() -> Arc<User> {
    Arc::new(User {
        id: UserId::Integer(1),
        username: "visitor".to_owned(),
        password: String::new(),
        is_active: true,
        is_staff: false,
        is_superuser: false,
        email: String::new(),
        first_name: String::new(),
        last_name: String::new(),
        last_login: None,
        date_joined: None,
    })
}

impl Users for Visitor {
    fn find_by_username<'a>(&'a self, _: &'a str) -> Act<'a, Option<Arc<User>>> {
        Box::pin(async { Ok(Some(visitor())) })
    }

    fn find_by_key<'a>(&'a self, _: UserKey<'a>) -> Act<'a, Option<Arc<User>>> {
        Box::pin(async { Ok(Some(visitor())) })
    }

    fn replace_password<'a>(&'a self, _: &'a UserId, _: &'a str, _: &'a str) -> Act<'a, bool> {
        Box::pin(async { Ok(false) })
    }

    fn record_login<'a>(&'a self, _: &'a UserId, _: Timestamp) -> Act<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn memberships<'a>(&'a self, _: &'a UserId) -> Act<'a, Memberships> {
        Box::pin(async { Ok(Memberships::default()) })
    }
}

/// Finds every password right: there is nothing behind it.
struct Lenient;

impl Hashing for Lenient {
    fn check(&self, _: Secret, _: Option<String>) -> Hashed<'_, Check> {
        Box::pin(async { Ok(Check::Matched { upgrade: None }) })
    }

    fn encode(&self, _: Secret) -> Hashed<'_, Result<String, PasswordTooLong>> {
        Box::pin(async { Ok(Ok(String::new())) })
    }
}
