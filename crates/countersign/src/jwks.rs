//! `/.well-known/jwks.json`: the public keys, for whoever verifies our tokens elsewhere.
//!
//! It is not one of the framework's endpoints: clients of all sorts fetch it, some with the `Accept` of a browser,
//! and all want the same bytes. It never holds a secret; a server with secrets alone answers `{"keys":[]}`.

use bytes::Bytes;
use countersign_core::jwk::publish;
use countersign_core::jws::KeyRing;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

/// Where clients look for the keys.
pub const PATH: &str = "/.well-known/jwks.json";

/// The set of the public keys of a ring, written once and served until the ring changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedKeys {
    body: Bytes,
    etag: HeaderValue,
}

impl PublishedKeys {
    /// The public keys of rings: those that sign, those that will, and those whose tokens are still good.
    #[must_use]
    pub fn of<'r>(rings: impl IntoIterator<Item = &'r KeyRing>) -> Self {
        let body = publish(rings.into_iter().flat_map(KeyRing::keys)).to_ascii();
        let etag = format!("\"{}\"", countersign_core::jwk::digest(&body));
        Self { body: body.into(), etag: HeaderValue::from_str(&etag).expect("base64url is visible ASCII") }
    }
}

/// Where the keys of the moment come from: a server that rotates them hands out another set.
pub trait Published: Send + Sync {
    /// The present set.
    fn keys(&self) -> Arc<PublishedKeys>;
}

/// Keys that never change.
impl Published for Arc<PublishedKeys> {
    fn keys(&self) -> Self {
        Self::clone(self)
    }
}

/// The service that answers for [`PATH`].
#[derive(Clone)]
pub struct Jwks {
    source: Arc<dyn Published>,
    cache_control: HeaderValue,
}

impl Jwks {
    /// A service over a source of keys. `max_age` is how long a client may keep an answer, and so the least time
    /// that a new key has to be published before it signs.
    pub fn new(source: impl Published + 'static, max_age: Duration) -> Self {
        let cache_control = format!("public, max-age={}", max_age.as_secs());
        Self {
            source: Arc::new(source),
            cache_control: HeaderValue::from_str(&cache_control).expect("a number is visible ASCII"),
        }
    }

    /// Answers `GET` and `HEAD` with the keys, or with 304 to whoever has them; anything else with 405.
    #[must_use]
    pub fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut response = Response::new(Full::default());
            *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        let keys = self.source.keys();
        let is_known = is_among(request.headers(), &keys.etag);
        let has_body = !is_known && request.method() == Method::GET;
        let mut response =
            Response::new(if has_body { Full::new(keys.body.clone()) } else { Full::default() });
        let headers = response.headers_mut();
        headers.insert(ETAG, keys.etag.clone());
        headers.insert(CACHE_CONTROL, self.cache_control.clone());
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if is_known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if !has_body {
            headers.insert(http::header::CONTENT_LENGTH, HeaderValue::from(keys.body.len()));
        }
        response
    }
}

/// Whether `If-None-Match` names this tag, weakly or not, or any (RFC 9110 §13.1.2).
fn is_among(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let named = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    named
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).as_bytes() == etag.as_bytes())
}

impl<B> tower::Service<Request<B>> for Jwks {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        std::future::ready(Ok(self.answer(&request)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::jws::{Algorithm, Key, KeyRing, generate};
    use countersign_core::random::SystemRandom;
    use http_body_util::BodyExt as _;

    fn key(algorithm: Algorithm, kid: &str) -> Key {
        Key::read(algorithm, generate(algorithm, &SystemRandom).expose(), Some(kid)).unwrap()
    }

    fn jwks(ring: &KeyRing) -> Jwks {
        Jwks::new(Arc::new(PublishedKeys::of([ring])), Duration::from_mins(5))
    }

    fn request(method: Method, if_none_match: &str) -> Request<()> {
        let request = Request::builder().method(method).uri(PATH).header("accept", "text/html, */*;q=0.1");
        request.header(IF_NONE_MATCH, if_none_match).body(()).unwrap()
    }

    async fn body(response: Response<Full<Bytes>>) -> Bytes {
        response.into_body().collect().await.unwrap().to_bytes()
    }

    #[tokio::test]
    async fn public_keys_are_published_and_secrets_are_not() {
        let ring = KeyRing::new(key(Algorithm::EdDsa, "new")).with_verifying(key(Algorithm::Hs256, "old"));
        let response = jwks(&ring).answer(&request(Method::GET, ""));
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
        assert_eq!(response.headers()[CACHE_CONTROL], "public, max-age=300");
        let text = String::from_utf8(body(response).await.to_vec()).unwrap();
        assert!(
            text.contains(r#""kid":"new""#) && !text.contains("old") && !text.contains(r#""d""#),
            "{text}"
        );
    }

    #[tokio::test]
    async fn a_server_of_secrets_publishes_an_empty_set() {
        let response = jwks(&KeyRing::new(key(Algorithm::Hs256, "s"))).answer(&request(Method::GET, ""));
        assert_eq!(body(response).await, r#"{"keys":[]}"#);
    }

    #[tokio::test]
    async fn whoever_has_the_keys_is_told_so_until_they_change() {
        let ring = KeyRing::new(key(Algorithm::EdDsa, "a"));
        let etag = jwks(&ring).answer(&request(Method::GET, "")).headers()[ETAG].to_str().unwrap().to_owned();
        for known in [etag.clone(), format!("W/{etag}"), format!("\"x\", {etag}"), "*".to_owned()] {
            let response = jwks(&ring).answer(&request(Method::GET, &known));
            assert_eq!(response.status(), StatusCode::NOT_MODIFIED, "{known}");
            assert_eq!(response.headers()[ETAG], etag);
            assert!(body(response).await.is_empty());
        }
        let rotated = ring.with_verifying(key(Algorithm::Es256, "b"));
        let response = jwks(&rotated).answer(&request(Method::GET, &etag));
        assert_eq!(response.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn head_has_the_length_alone_and_other_methods_are_refused() {
        let jwks = jwks(&KeyRing::new(key(Algorithm::Hs256, "s")));
        let response = jwks.answer(&request(Method::HEAD, ""));
        assert_eq!(
            (response.status(), &response.headers()["content-length"]),
            (StatusCode::OK, &HeaderValue::from(11))
        );
        assert!(body(response).await.is_empty());
        let response = jwks.answer(&request(Method::POST, ""));
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(response.headers()[ALLOW], "GET, HEAD");
    }
}
