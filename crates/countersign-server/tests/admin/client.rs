//! A browser that keeps its cookie, over the router.

use crate::world::{PASSWORD, World};
use axum::body::Body;
use axum::extract::ConnectInfo;
use countersign_core::store::{AuditQuery, AuditRecord};
use http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use std::fmt::Write as _;
use std::net::SocketAddr;
use tower::ServiceExt as _;

impl World {
    /// The lines of the trail, the latest first.
    pub(crate) async fn trail(&self) -> Vec<AuditRecord> {
        let trail = &self.database.admin.trail;
        trail.read_audit(AuditQuery { limit: 100, ..AuditQuery::default() }).await.unwrap()
    }

    /// The acts of the trail, with their outcomes.
    pub(crate) async fn acts(&self) -> Vec<String> {
        let word = |line: AuditRecord| format!("{} {}", line.act, line.outcome.map_or("?", |it| it.word()));
        self.trail().await.into_iter().map(word).collect()
    }

    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser { world: self, cookie: None, address: [192, 0, 2, 1] }
    }

    /// A browser with somebody signed in.
    pub(crate) async fn signed_in(&self, name: &str) -> Browser<'_> {
        let mut browser = self.browser();
        let page = browser.sign_in(name, PASSWORD).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
        browser
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Page {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Page {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }
}

pub(crate) struct Browser<'w> {
    pub(crate) world: &'w World,
    pub(crate) cookie: Option<String>,
    pub(crate) address: [u8; 4],
}

pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Page {
    /// Where it sends the browser.
    pub(crate) fn to(&self) -> &str {
        self.headers.get(LOCATION).map_or("", |value| value.to_str().unwrap())
    }

    /// The value of the first field of this name.
    pub(crate) fn field(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let rest = self.text.split_once(&start).map_or("", |(_, rest)| rest);
        rest.split('"').next().unwrap_or_default().to_owned()
    }

    pub(crate) fn says(&self, text: &str) -> &Self {
        assert!(self.text.contains(text), "no {text:?} in {} {}", self.status, self.text);
        self
    }

    pub(crate) fn says_not(&self, text: &str) -> &Self {
        assert!(!self.text.contains(text), "{text:?} in {}", self.text);
        self
    }

    pub(crate) fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{} {}", self.to(), self.text);
        self
    }
}

pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in fields {
        let value: String = value.bytes().fold(String::new(), |mut out, byte| {
            let _ = write!(out, "%{byte:02x}");
            out
        });
        let _ = write!(text, "{name}={value}&");
    }
    text
}

impl Browser<'_> {
    /// A request as this browser sends it. A form comes from a page of the same origin.
    pub(crate) fn request(&self, method: &str, path: &str, body: String) -> Request<Body> {
        let mut request =
            Request::builder().method(method).uri(format!("/admin/{path}")).header(HOST, "admin.test");
        if method == "POST" {
            request = request
                .header(ORIGIN, "http://admin.test")
                .header("sec-fetch-site", "same-origin")
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        request.extension(ConnectInfo(SocketAddr::from((self.address, 4711)))).body(Body::from(body)).unwrap()
    }

    async fn answered(&mut self, request: Request<Body>) -> Page {
        let page = self.world.send(request).await;
        if let Some(cookie) = page.headers.get(SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
            self.cookie = Some(pair).filter(|pair| !pair.ends_with("\"\""));
        }
        page
    }

    pub(crate) async fn get(&mut self, path: &str) -> Page {
        let request = self.request("GET", path, String::new());
        self.answered(request).await
    }

    /// Sends a form that stands on a page, with that page's token.
    pub(crate) async fn post(&mut self, on: &str, path: &str, fields: &[(&str, &str)]) -> Page {
        let token = self.get(on).await.field("csrf");
        self.post_with(&token, path, fields).await
    }

    pub(crate) async fn post_with(&mut self, token: &str, path: &str, fields: &[(&str, &str)]) -> Page {
        let request = self.request("POST", path, form(fields) + "csrf=" + token);
        self.answered(request).await
    }

    pub(crate) async fn sign_in(&mut self, name: &str, password: &str) -> Page {
        self.post("sign-in/", "sign-in/", &[("username", name), ("password", password)]).await
    }
}
