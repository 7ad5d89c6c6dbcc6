//! All endpoints of a site, served in the framework's order.

use super::address::{self, Network};
use super::answer::Answer;
use super::call::{Admission, BoxFuture, Call, Parts};
use super::fields::validate;
use super::headers::EndpointHeaders;
use super::host::AllowedHosts;
use super::metadata::metadata;
use super::negotiate::{Format, Refusal, negotiate};
use super::page::{self, Sent};
use super::parse::{Data, ParseError, parse};
use super::plain::Plain;
use super::render::{Extras, Renderer};
use super::request_id::{RequestIds, X_REQUEST_ID};
use crate::csrf::{Csrf, CsrfSettings, OriginRules, SiteAddress};
use crate::endpoint::{Endpoint, Input};
use crate::inspect::Inspector;
use crate::locale::Language;
use axum::body::HttpBody;
use axum::extract::ConnectInfo;
use bytes::Bytes;
use countersign_core::random::Random;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use tracing::Instrument;

/// What is the same for all endpoints of a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteSettings {
    /// Serve `/path` where `/path/` is. Django redirects there, which loses the body of a `POST`.
    pub append_slash: bool,
    /// The hosts that are served: `example.com`, `.example.com` with all below it, or `*`.
    pub allowed_hosts: Vec<String>,
    /// No pages, only JSON.
    pub json_only: bool,
    /// Refuse in the language that `Accept-Language` asks for, as behind Django's `LocaleMiddleware`. Server
    /// errors and Django's own pages are always English.
    pub locales: bool,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
}

impl Default for SiteSettings {
    fn default() -> Self {
        Self {
            append_slash: true,
            allowed_hosts: vec!["*".to_owned()],
            json_only: false,
            locales: false,
            trusted_proxies: Vec::new(),
        }
    }
}

/// A set of endpoints, ready to be served: a [`tower::Service`] that answers every request.
///
/// The client's address is taken from axum's `ConnectInfo<SocketAddr>`, where the server provides it.
#[derive(Clone)]
pub struct Site(Arc<Inner>);

pub(super) struct Inner {
    routes: HashMap<String, Arc<Mounted>>,
    /// The endpoints with a tail, by their path, which ends in a slash.
    tails: HashMap<String, Arc<Mounted>>,
    /// All of them, each once, in the order in which they were given.
    served: Vec<Arc<Mounted>>,
    settings: SiteSettings,
    hosts: AllowedHosts,
    ids: RequestIds,
    /// Where requests from pages may come from.
    own_pages: Csrf,
    /// What pages have that not every site has.
    extras: OnceLock<Extras>,
    /// Where answers are counted that failed for the database.
    store_failures: OnceLock<Arc<AtomicU64>>,
}

/// An endpoint with everything about its answers that never changes.
struct Mounted {
    /// Its place among the others.
    place: usize,
    endpoint: Endpoint,
    headers: EndpointHeaders,
    metadata: Bytes,
}

impl Site {
    /// Mounts the endpoints. Where two have the same path, the first one is served.
    #[must_use]
    pub fn new(
        endpoints: impl IntoIterator<Item = Endpoint>,
        settings: SiteSettings,
        random: &dyn Random,
    ) -> Self {
        let (mut routes, mut tails, mut served) = (HashMap::new(), HashMap::new(), Vec::new());
        for endpoint in endpoints {
            let mounted = Arc::new(Mounted::new(served.len(), endpoint, &settings));
            let (table, spellings) = if mounted.endpoint.tail.is_some() {
                (&mut tails, vec![format!("{}/", mounted.endpoint.path.trim_end_matches('/'))])
            } else {
                (&mut routes, spellings(&mounted.endpoint.path, settings.append_slash))
            };
            if spellings.first().is_some_and(|path| !table.contains_key(path)) {
                served.push(Arc::clone(&mounted));
            }
            for path in spellings {
                table.entry(path).or_insert_with(|| Arc::clone(&mounted));
            }
        }
        let hosts = AllowedHosts::new(&settings.allowed_hosts);
        let own_pages =
            Csrf::new(CsrfSettings { origin_rules: OriginRules::FetchMetadata, ..CsrfSettings::default() });
        Self(Arc::new(Inner {
            routes,
            tails,
            served,
            settings,
            hosts,
            ids: RequestIds::new(random),
            own_pages: own_pages.expect("no origin is trusted, so none can be wrong"),
            extras: OnceLock::new(),
            store_failures: OnceLock::new(),
        }))
    }

    /// The same site; it counts there what failed because the database did not do its part. Only the first call has an
    /// effect.
    #[must_use]
    pub fn counting_store_failures(self, counter: Arc<AtomicU64>) -> Self {
        let _ = self.0.store_failures.set(counter);
        self
    }

    /// The same site; its pages say what `inspector` knows of tokens, and link to the documentation, if that is
    /// anywhere. Only the first call has an effect.
    #[must_use]
    pub fn explaining(self, inspector: Inspector, docs: Option<&str>) -> Self {
        let docs = docs.unwrap_or_default().to_owned();
        let _ = self.0.extras.set(Extras { inspector: Some(inspector), docs });
        self
    }

    /// The site as an axum router that answers everything, unknown paths included.
    pub fn into_router(self) -> axum::Router {
        axum::Router::new().fallback_service(self)
    }

    /// The endpoints alone, to be merged into a router that has other routes.
    ///
    /// # Panics
    /// Where a path is none for axum.
    pub fn routes(&self) -> axum::Router {
        let literal = |path: &String| path.replace('{', "{{").replace('}', "}}");
        let fixed = self.0.routes.keys().map(literal);
        let tails =
            self.0.tails.keys().flat_map(|path| {
                spellings(&format!("{}{{tail}}/", literal(path)), self.0.settings.append_slash)
            });
        fixed.chain(tails).fold(axum::Router::new(), |router, path| router.route_service(&path, self.clone()))
    }

    /// Whether an endpoint lives at this path: for a server that asks its other routes second, because the
    /// way through a router costs more than the whole of [`Site::answer`].
    #[must_use]
    pub fn serves(&self, path: &str) -> bool {
        self.place(path).is_some()
    }

    /// The place, among [`Site::endpoints`], of the one that lives at this path.
    #[must_use]
    pub fn place(&self, path: &str) -> Option<usize> {
        self.0.mounted(path).map(|mounted| mounted.place)
    }

    /// What is the same for all endpoints.
    #[must_use]
    pub fn settings(&self) -> &SiteSettings {
        &self.0.settings
    }

    /// The endpoints, each once, in the order in which they were given.
    #[must_use]
    pub fn endpoints(&self) -> Vec<&Endpoint> {
        self.0.endpoints()
    }

    /// Answers a request.
    pub async fn answer<B>(&self, request: Request<B>) -> Response<Full<Bytes>>
    where
        B: HttpBody<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let socket = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let peer = socket.map(|ConnectInfo(socket)| socket.ip());
        self.answer_to(peer, request).await
    }

    /// Answers a request of this peer: the address that opened the connection.
    pub fn answer_to<B>(
        &self,
        peer: Option<IpAddr>,
        request: Request<B>,
    ) -> impl Future<Output = Response<Full<Bytes>>>
    where
        B: HttpBody<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.answer_at(self.place(request.uri().path()), peer, request)
    }

    /// The same, for whoever has looked up the [`place`](Self::place) of the request's path already.
    pub fn answer_at<B>(
        &self,
        place: Option<usize>,
        peer: Option<IpAddr>,
        request: Request<B>,
    ) -> impl Future<Output = Response<Full<Bytes>>>
    where
        B: HttpBody<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        // Taken apart before there is a future: it would carry the whole around beside the parts.
        let (head, body) = request.into_parts();
        let parts = self.0.parts(peer, head);
        async move {
            // What is said at the level of errors names the request itself; the span is for whoever wants to see more.
            let span = tracing::debug_span!("request", request = parts.request_id.as_str());
            let answered = catch_panic(self.0.respond(place, &parts, body)).instrument(span).await;
            let (status, (headers, body)) = answered.unwrap_or_else(|| {
                tracing::error!(
                    request = parts.request_id.as_str(),
                    status = 500,
                    cause = "panic",
                    "a request failed"
                );
                self.0.plain(Plain::ServerError, &parts)
            });
            finish(parts, status, headers, body)
        }
    }
}

impl Inner {
    fn parts(&self, peer: Option<IpAddr>, head: http::request::Parts) -> Parts {
        Parts {
            address: peer.map(|ip| address::client(ip, &head.headers, &self.settings.trusted_proxies)),
            request_id: self.ids.of(&head.headers),
            language: self.settings.locales.then(|| Language::of(&head.headers)),
            request: head,
        }
    }

    async fn respond<B>(
        &self,
        place: Option<usize>,
        parts: &Parts,
        body: B,
    ) -> (StatusCode, (HeaderMap, Bytes))
    where
        B: HttpBody<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        if !self.hosts.allow(&parts.request) {
            return self.plain(Plain::BadRequest("Invalid host."), parts);
        }
        let Some(mounted) = place.and_then(|place| self.served.get(place)) else {
            return self.plain(Plain::NotFound, parts);
        };
        let (format, answer) =
            match negotiate(parts.headers(), parts.request.uri.query(), self.settings.json_only) {
                Ok(Format::Html) if page::is_wanted(parts) => {
                    // Boxed, so that other requests do not carry its state around.
                    return Box::pin(self.sent_by_page(mounted, parts, body)).await;
                }
                Ok(format) => (format, mounted.serve(parts, body).await),
                Err(refusal) => (Format::JSON, Ok(refused(refusal))),
            };
        let answer = match answer {
            Ok(answer) | Err(ParseError::Answer(answer)) => answer,
            Err(ParseError::Suspicious(why)) => return self.plain(Plain::BadRequest(why), parts),
        };
        self.note_failure(&answer, parts);
        if answer.status == StatusCode::INTERNAL_SERVER_ERROR {
            return self.plain(Plain::ServerError, parts);
        }
        (answer.status, self.renderer(mounted).render(answer, format, parts))
    }

    /// Makes the request that somebody filled in on a page, and answers with the page of the answer.
    async fn sent_by_page<B>(
        &self,
        mounted: &Mounted,
        parts: &Parts,
        body: B,
    ) -> (StatusCode, (HeaderMap, Bytes))
    where
        B: HttpBody<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let renderer = self.renderer(mounted);
        let address = SiteAddress::of(&parts.request, &self.settings.trusted_proxies);
        let form = match self.own_pages.check_origin(parts.headers(), &address) {
            Ok(()) => parse(parts.headers(), body).await,
            Err(failure) => {
                Err(Answer::detail(StatusCode::FORBIDDEN, &format!("CSRF Failed: {failure}")).into())
            }
        };
        let form = match form {
            Ok(form) => form.members,
            Err(ParseError::Answer(refusal)) => {
                return (refusal.status, renderer.render(refusal, Format::Html, parts));
            }
            Err(ParseError::Suspicious(why)) => return self.plain(Plain::BadRequest(why), parts),
        };
        let sent = Sent::read(&form, &mounted.endpoint);
        let answer = if sent.is_request() {
            let (asked, body) = sent.request(parts, &mounted.endpoint);
            match mounted.serve(&asked, Full::new(body)).await {
                Ok(answer) | Err(ParseError::Answer(answer)) => Some(answer),
                Err(ParseError::Suspicious(why)) => return self.plain(Plain::BadRequest(why), parts),
            }
        } else {
            None
        };
        if let Some(answer) = &answer {
            self.note_failure(answer, parts);
            if answer.status == StatusCode::INTERNAL_SERVER_ERROR {
                return self.plain(Plain::ServerError, parts);
            }
        }
        renderer.render_sent(answer, &sent, parts).await
    }

    /// A 5xx is logged here and nowhere else: its cause, never its input. One of the database is counted too.
    fn note_failure(&self, answer: &Answer, parts: &Parts) {
        let (status, cause) = (answer.status.as_u16(), answer.cause.as_deref().unwrap_or("unknown"));
        let request = parts.request_id.as_str();
        match status {
            500 => tracing::error!(request, status, cause, "a request failed"),
            501.. => tracing::warn!(request, status, cause, "a request was put off"),
            _ => {}
        }
        if let (true, Some(counter)) = (answer.of_store, self.store_failures.get()) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn renderer<'s>(&'s self, mounted: &'s Mounted) -> Renderer<'s> {
        Renderer {
            endpoint: &mounted.endpoint,
            site: self,
            headers: &mounted.headers,
            settings: &self.settings,
            extras: self.extras.get(),
        }
    }

    pub(super) fn endpoints(&self) -> Vec<&Endpoint> {
        self.served.iter().map(|mounted| &mounted.endpoint).collect()
    }

    fn mounted(&self, path: &str) -> Option<&Mounted> {
        let mounted = self.routes.get(path).or_else(|| {
            let decoded = percent_encoding::percent_decode_str(path).decode_utf8().ok()?;
            if decoded == path { None } else { self.routes.get(decoded.as_ref()) }
        });
        mounted.or_else(|| self.mounted_above(path)).map(Arc::as_ref)
    }

    /// The endpoint of whose tail the last segment of the path is one.
    fn mounted_above(&self, path: &str) -> Option<&Arc<Mounted>> {
        if self.tails.is_empty() {
            return None;
        }
        let bare = match path.strip_suffix('/') {
            Some(bare) => bare,
            None if self.settings.append_slash => path,
            None => return None,
        };
        let (above, segment) = bare.split_at(bare.rfind('/')? + 1);
        if segment.is_empty() || segment.contains('.') { None } else { self.tails.get(above) }
    }

    fn plain(&self, plain: Plain, parts: &Parts) -> (StatusCode, (HeaderMap, Bytes)) {
        (plain.status(), plain.render(parts, &self.settings))
    }
}

impl Mounted {
    fn new(place: usize, endpoint: Endpoint, settings: &SiteSettings) -> Self {
        Self {
            place,
            headers: EndpointHeaders::new(&endpoint, settings),
            metadata: metadata(&endpoint, settings.json_only).to_utf8().into(),
            endpoint,
        }
    }

    async fn serve<B>(&self, parts: &Parts, body: B) -> Result<Answer, ParseError>
    where
        B: HttpBody<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let admission = match &self.endpoint.guard {
            Some(guard) => guard.admit(parts).await?,
            None => Admission::anonymous(),
        };
        if parts.method() == Method::OPTIONS {
            return Ok(Answer::raw(self.metadata.clone()));
        }
        let Some(operation) = self.endpoint.operation_for(parts.method()) else {
            let detail = format!("Method \"{}\" not allowed.", parts.method());
            return Ok(Answer::detail(StatusCode::METHOD_NOT_ALLOWED, &detail));
        };
        let data = match operation.input {
            Input::Nothing => Data::default(),
            // Boxed, so that requests without a body do not carry the parser's state around.
            Input::Data | Input::Fields(_) => match Box::pin(parse(parts.headers(), body)).await {
                Err(ParseError::Answer(refusal)) => return Ok(operation.action.unread(parts, refusal)),
                read => read?,
            },
        };
        let fields = validate(operation.input.fields(), &data)?;
        let call = Call { parts, admission: &admission, fields, body: data.members };
        Ok(operation.action.act(call).await)
    }
}

fn refused(refusal: Refusal) -> Answer {
    match refusal {
        Refusal::NotAcceptable => {
            Answer::detail(StatusCode::NOT_ACCEPTABLE, "Could not satisfy the request Accept header.")
        }
        Refusal::UnknownFormat => Answer::detail(StatusCode::NOT_FOUND, "Not found."),
    }
}

/// Writes what each response has of its own. The answer to `HEAD` has the length of the body it leaves out.
fn finish(parts: Parts, status: StatusCode, mut headers: HeaderMap, body: Bytes) -> Response<Full<Bytes>> {
    if let Some(language) = parts.language {
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.code()));
    }
    let body = if parts.method() == Method::HEAD {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
        Bytes::new()
    } else {
        body
    };
    headers.insert(X_REQUEST_ID, parts.request_id.into_header());
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// Both spellings of a path that ends in a slash.
fn spellings(path: &str, append_slash: bool) -> Vec<String> {
    let mut spellings = vec![path.to_owned()];
    match path.strip_suffix('/') {
        Some(bare) if append_slash && !bare.is_empty() => spellings.push(bare.to_owned()),
        _ => {}
    }
    spellings
}

/// The future's value, or none if it panics: one request's misfortune, not the connection's.
async fn catch_panic<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(poll) => poll.map(Some),
        Err(_) => Poll::Ready(None),
    })
    .await
}

impl<B> tower::Service<Request<B>> for Site
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let site = self.clone();
        Box::pin(async move { Ok(site.answer(request).await) })
    }
}
