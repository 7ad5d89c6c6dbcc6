//! A site with one endpoint of each kind, and a client that talks to it.

use countersign::endpoint::{Endpoint, Field, Input, Member, Success};
use countersign::rest::{Action, Admission, Answer, BoxFuture, Call, Guard, Parts, Site, SiteSettings};
use countersign_core::json::{Object, Value};
use countersign_core::random::SystemRandom;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use std::time::Duration;

/// Answers with what it was given: the validated fields, or the whole body where there are none.
pub(crate) struct Echo(pub(crate) &'static [&'static str]);

/// Answers what a function says.
pub(crate) struct Does(pub(crate) fn(&Call<'_>) -> Answer);

/// Lets in whoever says the word.
pub(crate) struct Word;

impl Action for Echo {
    fn act<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        let echoed = self.0.iter().filter_map(|name| Some((*name, call.fields.find(name)?)));
        let echoed = echoed.collect::<Object>();
        Box::pin(std::future::ready(Answer::ok(if self.0.is_empty() { call.body } else { echoed })))
    }
}

impl Action for Does {
    fn act<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move { (self.0)(&call) })
    }
}

impl Guard for Word {
    fn admit<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Result<Admission, Answer>> {
        let word = request.headers().get("authorization").and_then(|word| word.to_str().ok());
        Box::pin(std::future::ready(match word.and_then(|word| word.strip_prefix("Bearer ")) {
            Some(name) => Ok(Admission::of(name.to_owned())),
            None => {
                Err(Answer::detail(StatusCode::UNAUTHORIZED, "Authentication credentials were not provided."))
            }
        }))
    }
}

const BEARER: HeaderValue = HeaderValue::from_static("Bearer realm=\"api\"");

pub(crate) fn obtain() -> Endpoint {
    Endpoint::new(
        "/api/token/",
        "Token Obtain Pair",
        "Takes a set of user credentials and returns an access and refresh JSON web\ntoken pair to prove the \
         authentication of those credentials.",
    )
    .post(
        vec![Field::text("username"), Field::password("password")],
        Success::ok(const { &[Member::text("refresh"), Member::text("access")] }),
        Echo(&["username", "password"]),
    )
    .challenging(BEARER)
}

pub(crate) fn hello() -> Endpoint {
    Endpoint::new("/hello/", "Hello", "")
        .get(Success::ok(&[]), Does(|_| Answer::raw(&br#"{"message":"Hello, World!"}"#[..])))
        .guarded(Word)
        .challenging(BEARER)
}

/// Endpoints that do one odd thing each.
fn odd() -> Vec<Endpoint> {
    let odd = |path, does| Endpoint::new(path, "Odd", "").get(Success::ok(&[]), Does(does));
    vec![
        odd("/who/", |call| {
            let origin = call.parts.origin();
            let address = origin.address.map_or(Value::Null, |address| address.to_string().into());
            let name = call.admission.get::<String>().map_or(Value::Null, |name| name.as_str().into());
            let request_id = Value::from(origin.request_id.unwrap_or_default());
            Answer::ok(Object::from([("address", address), ("name", name), ("request_id", request_id)]))
        })
        .guarded(Word),
        odd("/panic/", |_| panic!("the action breaks")),
        odd("/broken/", |_| Answer::server_error("disk full")),
        odd("/busy/", |_| Answer::unavailable(Duration::from_millis(1500), "queue full")),
        odd("/gone/", |_| Answer::new(StatusCode::NO_CONTENT, countersign::rest::Body::Empty)),
        odd("/secret/", |_| Answer::ok(Object::from([("token", "t")])).secret()),
        odd("/cookie/", |_| {
            let cookie = |text| (http::header::SET_COOKIE, HeaderValue::from_static(text));
            let (one, two) = (cookie("csrftoken=a"), cookie("refreshtoken=b"));
            Answer::ok(Object::new()).header(one.0, one.1).header(two.0, two.1).varying_by_cookie()
        }),
        odd("/text/", |_| Answer::ok(Object::from([("text", "“é” \u{2028} <b>&amp;")]))),
        Endpoint::new("/accounts/login", "Login", "").operation(
            Method::POST,
            Input::Data,
            Success::ok(&[]),
            Echo(&[]),
        ),
        Endpoint::new("/untrimmed/", "Untrimmed", "").post(
            vec![Field::text("username"), Field::password("password").trimmed(false)],
            Success::ok(&[]),
            Echo(&["username", "password"]),
        ),
    ]
}

pub(crate) fn site_with(settings: SiteSettings) -> Site {
    Site::new([obtain(), hello()].into_iter().chain(odd()), settings, &SystemRandom)
}

pub(crate) fn site() -> Site {
    site_with(SiteSettings::default())
}

pub(crate) fn json_only() -> Site {
    site_with(SiteSettings { json_only: true, ..SiteSettings::default() })
}

/// An answer as a client sees it.
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    /// A header, empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a header of text"))
    }

    /// Status and body.
    pub(crate) fn short(&self) -> (u16, &str) {
        (self.status, &self.body)
    }
}

pub(crate) async fn send(site: &Site, request: http::request::Builder, body: impl Into<Vec<u8>>) -> Seen {
    let request: Request<Full<bytes::Bytes>> = request.body(Full::from(body.into())).expect("a request");
    let response: Response<_> = site.answer(request).await;
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let body = String::from_utf8(body.to_vec()).expect("a body of text");
    Seen { status: head.status.as_u16(), headers: head.headers, body }
}

pub(crate) fn request(method: &str, path: &str) -> http::request::Builder {
    Request::builder().method(method).uri(path).header("host", "localhost:8000")
}

pub(crate) async fn get(path: &str, headers: &[(&str, &str)]) -> Seen {
    let request =
        headers.iter().fold(request("GET", path), |request, (name, value)| request.header(*name, *value));
    send(&site(), request, "").await
}

/// Posts a body of this media type to `/api/token/`.
pub(crate) async fn post(content_type: &str, body: impl Into<Vec<u8>>) -> Seen {
    send(&site(), request("POST", "/api/token/").header("content-type", content_type), body).await
}

pub(crate) async fn post_json(body: &str) -> Seen {
    post("application/json", body).await
}
