//! What is served.

use super::counting::Counting;
use crate::activity::Activity;
use crate::jwk_url::ForeignKeys;
use crate::metrics::counters;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use bytes::Bytes;
use countersign::cors::Cors;
use countersign::rest::Site;
use countersign_core::clock::{Clock as _, SystemClock};
use countersign_core::jws::{KeyRing, peek_header};
use http::{HeaderMap, Request, Response};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;
use tower::Service as _;

/// Says whether requests can be served: whether the database answers.
pub type Ready = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync>;

/// The body of an answer: a site's, whole, or another route's.
pub(super) type Answered = Either<Full<Bytes>, Body>;

/// A site, and the routes beside it. Replaced as a whole on reload.
pub struct App {
    site: Site,
    others: Option<Router>,
    cors: Option<Cors>,
    watch: Option<Watch>,
    awaited: Option<Awaited>,
    pub(super) counting: Option<Counting>,
    pub(super) ready: Ready,
}

/// Keys of others that may have changed since the application was made.
pub struct Awaited {
    /// Who has them.
    pub foreign: Arc<ForeignKeys>,
    /// Which of them the application has.
    pub generation: u64,
    /// The keys of the application.
    pub ring: KeyRing,
    /// The header that carries tokens.
    pub header: String,
}

/// Who notes what is answered.
struct Watch {
    activity: Arc<Activity>,
    refresh: Vec<String>,
}

impl Watch {
    /// Whether a path, with or without its last slash, gives new tokens for a refresh token.
    fn is_refresh(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        self.refresh.iter().any(|refresh| refresh.trim_end_matches('/') == path)
    }
}

impl App {
    /// The site's endpoints and nothing else.
    #[must_use]
    pub fn new(site: Site, ready: Ready) -> Self {
        Self { site, others: None, cors: None, watch: None, awaited: None, counting: None, ready }
    }

    /// And other routes. The site is asked first: the way through a router costs more than its whole answer.
    #[must_use]
    pub fn others(mut self, router: Router) -> Self {
        self.others = Some(router.fallback_service(self.site.clone()));
        self
    }

    /// And rules for pages of other origins, around everything.
    #[must_use]
    pub fn cors(mut self, cors: Cors) -> Self {
        self.cors = Some(cors);
        self
    }

    /// And somebody who notes how many requests there are and how long they take. `refresh` are the paths that give
    /// new tokens for a refresh token.
    #[must_use]
    pub fn watched(mut self, activity: Arc<Activity>, refresh: Vec<String>) -> Self {
        self.watch = Some(Watch { activity, refresh });
        self
    }

    /// And counts of what it answers.
    #[must_use]
    pub fn counting(mut self, counting: Counting) -> Self {
        self.counting = Some(counting);
        self
    }

    /// And keys of others, which are asked for again where a request names one that is not there.
    #[must_use]
    pub fn awaiting(mut self, awaited: Awaited) -> Self {
        self.awaited = Some(awaited);
        self
    }

    /// Whether a request may be a reason to ask for keys again.
    pub(super) const fn awaits_keys(&self) -> bool {
        self.awaited.is_some()
    }

    /// Asks for keys again if this request brings a token with an unknown key id and it is time to. Says whether another
    /// application has, or is about to have, other keys.
    pub(super) async fn looks_for_key<B>(&self, request: &Request<B>) -> bool {
        let Some(awaited) = &self.awaited else { return false };
        let Some(kid) = named_key(request.headers(), &awaited.header) else { return false };
        if awaited.ring.keys().iter().any(|key| key.kid() == Some(&kid)) {
            return false;
        }
        awaited.foreign.look_for(&kid).await;
        self.is_behind()
    }

    /// Whether the keys of others have changed since it was made.
    pub(super) fn is_behind(&self) -> bool {
        self.awaited.as_ref().is_some_and(|awaited| awaited.foreign.keys().1 != awaited.generation)
    }

    pub(super) async fn answer(
        &self,
        peer: SocketAddr,
        request: Box<Request<Incoming>>,
    ) -> Response<Answered> {
        let endpoint = self.site.place(request.uri().path());
        let is_refresh = self.watch.as_ref().is_some_and(|watch| watch.is_refresh(request.uri().path()));
        let (method, began) = (counters::place(request.method()), Instant::now());
        let response = self.crossed(peer, request, endpoint).await;
        let (status, took) = (response.status(), began.elapsed());
        if let Some(counting) = &self.counting {
            counting.answered(endpoint, method, status, took);
        }
        if let Some(watch) = &self.watch {
            watch.activity.answered(SystemClock.now(), status.as_u16(), is_refresh, took);
        }
        response
    }

    /// The answer, with what pages of other origins are told.
    async fn crossed(
        &self,
        peer: SocketAddr,
        request: Box<Request<Incoming>>,
        place: Option<usize>,
    ) -> Response<Answered> {
        let Some(exchange) = self.cors.as_ref().and_then(|cors| cors.exchange(&request)) else {
            return self.routed(peer, request, place).await;
        };
        let mut response = if exchange.is_preflight() {
            exchange.preflight(Either::Left(Full::default()))
        } else {
            self.routed(peer, request, place).await
        };
        exchange.finish(&mut response);
        response
    }

    async fn routed(
        &self,
        peer: SocketAddr,
        mut request: Box<Request<Incoming>>,
        place: Option<usize>,
    ) -> Response<Answered> {
        match &self.others {
            Some(router) if place.is_none() => {
                request.extensions_mut().insert(ConnectInfo(peer));
                // Boxed, so that the site's requests do not carry its state around.
                let Ok(response) = Box::pin(router.clone().call((*request).map(Body::new))).await;
                response.map(Either::Right)
            }
            _ => self.site.answer_at(place, Some(peer.ip()), *request).await.map(Either::Left),
        }
    }
}

/// The key id that the token in a header names: a hint whom to ask, believed for nothing else.
fn named_key(headers: &HeaderMap, header: &str) -> Option<String> {
    let token = headers.get(header)?.to_str().ok()?.rsplit(' ').next()?;
    Some(peek_header(token).ok()?.get("kid")?.as_str()?.to_owned())
}
