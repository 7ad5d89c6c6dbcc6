//! The headers that every answer has, made once per endpoint.

use super::request_id::X_REQUEST_ID;
use super::site::SiteSettings;
use crate::endpoint::Endpoint;
use crate::page;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, VARY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue};

const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// No charset: JSON is UTF-8.
pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json");
pub(super) const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
pub(super) const NO_STORE: (HeaderName, HeaderValue) = (CACHE_CONTROL, HeaderValue::from_static("no-store"));

/// What the framework, `SecurityMiddleware` and `XFrameOptionsMiddleware` put on every answer of a site.
/// `origin` stands in `Vary` even where no cross-origin rule is set, as django-cors-headers has it.
pub(super) fn of_site(content_type: HeaderValue, vary: Vary) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(16);
    headers.insert(CONTENT_TYPE, content_type);
    headers.insert(VARY, vary.header());
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(CROSS_ORIGIN_OPENER_POLICY, HeaderValue::from_static("same-origin"));
    // A place to write the id of each request into, so that no copy of this map ever grows.
    headers.insert(X_REQUEST_ID, HeaderValue::from_static(""));
    headers
}

/// What an answer depends on beside the address and, always, the origin.
#[derive(Clone, Copy)]
pub(super) struct Vary {
    pub(super) accept: bool,
    pub(super) cookie: bool,
    pub(super) language: bool,
}

impl Vary {
    /// For an endpoint: `Accept` only where there is something to choose from.
    pub(super) fn of_endpoint(settings: &SiteSettings, cookie: bool) -> Self {
        Self { accept: !settings.json_only, cookie, language: settings.locales }
    }

    pub(super) fn header(self) -> HeaderValue {
        HeaderValue::from_static(match (self.accept, self.cookie, self.language) {
            (true, false, false) => "Accept, origin",
            (true, true, false) => "Accept, Cookie, origin",
            (true, false, true) => "Accept, Accept-Language, origin",
            (true, true, true) => "Accept, Cookie, Accept-Language, origin",
            (false, false, false) => "origin",
            (false, true, false) => "Cookie, origin",
            (false, false, true) => "Accept-Language, origin",
            (false, true, true) => "Cookie, Accept-Language, origin",
        })
    }
}

/// The headers of an endpoint, for either form of an answer.
pub(super) struct EndpointHeaders {
    pub(super) json: HeaderMap,
    pub(super) html: HeaderMap,
    /// `POST, OPTIONS`
    pub(super) allow: String,
}

impl EndpointHeaders {
    pub(super) fn new(endpoint: &Endpoint, settings: &SiteSettings) -> Self {
        let allow = endpoint.allowed_methods().join(", ");
        let with_allow = |content_type| {
            let mut headers = of_site(content_type, Vary::of_endpoint(settings, false));
            headers.insert(ALLOW, allow_header(&allow));
            headers
        };
        let mut html = with_allow(HTML);
        html.insert(CONTENT_SECURITY_POLICY, page::policy());
        Self { json: with_allow(JSON), html, allow }
    }
}

/// The header; most endpoints have one of two, and a constant is copied for each answer without counting its users.
fn allow_header(methods: &str) -> HeaderValue {
    match methods {
        "GET, HEAD, OPTIONS" => HeaderValue::from_static("GET, HEAD, OPTIONS"),
        "POST, OPTIONS" => HeaderValue::from_static("POST, OPTIONS"),
        _ => HeaderValue::from_str(methods).expect("method names are visible ASCII characters"),
    }
}
