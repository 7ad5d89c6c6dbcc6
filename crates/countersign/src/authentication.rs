//! How callers are authenticated: one handle for extractors, layers and whatever is no HTTP.

mod service;
mod stateless;

pub use self::service::AuthenticationService;
pub use self::stateless::{Stateless, StatelessError};
pub(crate) use self::stateless::{Verifier, read_set};

use crate::authenticate::{Caller, JwtAuthentication};
use crate::dialects::jwt_auth::JsonWebTokenAuthentication;
use crate::permission::{Permission, RequireLayer};
use crate::rejection::Rejection;
use crate::remote_keys::RemoteKeys;
use crate::websocket::WebSocketCookie;
use countersign_core::authority::Authority;
use countersign_core::simple_jwt::is_ended;
use countersign_core::token::Tokens;
use http::HeaderValue;
use http::request::Parts;
use std::fmt;
use std::sync::Arc;

/// Who makes a request, decided by the tokens of one or several dialects. Cloning it clones a handle.
///
/// It comes from [`Countersign::authentication`](crate::Countersign::authentication), or, where tokens are made
/// elsewhere, from [`Authentication::stateless`]. It is a [`tower::Layer`]: routes behind it can use the
/// [extractors](crate::Authenticated).
///
/// ```
/// use axum::{Router, routing::get};
/// use countersign::{Authenticated, Authentication};
///
/// # fn main() -> Result<(), countersign::StatelessError> {
/// async fn hello(Authenticated(caller): Authenticated) -> String {
///     format!("Hello, {}!", caller.user_id())
/// }
///
/// let authentication = Authentication::stateless()
///     .secret("the secret key of the Django project next door")
///     .build()?;
/// let app: Router = Router::new().route("/hello/", get(hello)).layer(authentication);
/// # Ok(())
/// # }
/// ```
///
/// The layer only says how to authenticate. It lets everybody pass until a handler or a layer of
/// [`require`](Self::require) asks.
#[derive(Clone)]
pub struct Authentication {
    inner: Arc<Inner>,
    /// The cookie that a browser's WebSocket may bring.
    websocket_cookie: Option<Arc<WebSocketCookie>>,
}

struct Inner {
    /// In the order in which they are asked. Never empty.
    ways: Vec<Way>,
    challenge: HeaderValue,
    blacklist: Option<Blacklist>,
}

/// One way to authenticate.
pub(crate) enum Way {
    /// By simplejwt's tokens, or by others that are judged like them.
    SimpleJwt(Box<JwtAuthentication>),
    /// By djangorestframework-jwt's.
    JwtAuth(Box<JsonWebTokenAuthentication>),
    /// By tokens that are made elsewhere, with keys that change there.
    Remote(Arc<RemoteKeys>),
}

/// Where it is written which tokens were ended, and how they are read.
pub(crate) struct Blacklist {
    pub(crate) authority: Authority,
    pub(crate) tokens: Tokens,
}

impl Authentication {
    /// Authentication by tokens that are made elsewhere: no database, only a secret, keys or a set of keys.
    pub fn stateless() -> Stateless {
        Stateless::default()
    }

    pub(crate) fn new(ways: Vec<Way>, challenge: HeaderValue, blacklist: Option<Blacklist>) -> Self {
        Self { inner: Arc::new(Inner { ways, challenge, blacklist }), websocket_cookie: None }
    }

    /// A layer that lets through whom a permission admits, and tells the extractors behind it who it was. The
    /// others are answered as Django REST framework answers them.
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use countersign::{Authentication, IsAdminUser};
    ///
    /// # fn main() -> Result<(), countersign::StatelessError> {
    /// let authentication = Authentication::stateless().secret("the secret key of the Django project next door").build()?;
    /// let app: Router = Router::new()
    ///     .route("/admin/", get(|| async { "Hello, admin!" }))
    ///     .route_layer(authentication.require(IsAdminUser));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn require<P: Permission>(&self, permission: P) -> RequireLayer<P> {
        RequireLayer::new(self.clone(), permission)
    }

    /// Whom a token names: for what is no HTTP request, such as the first message of a WebSocket.
    ///
    /// # Errors
    /// [`Rejection`], as an extractor would give it.
    pub async fn check(&self, token: &str) -> Result<Caller, Rejection> {
        let mut first = None;
        for way in &self.inner.ways {
            let refusal = match way {
                Way::SimpleJwt(guard) => guard.holder(token).await,
                Way::JwtAuth(guard) => guard.holder(token).await,
                Way::Remote(keys) => keys.holder(token).await,
            };
            match refusal {
                Ok(caller) => return Ok(caller),
                Err(refusal) => self.weigh(&mut first, refusal)?,
            }
        }
        Err(self.last(first))
    }

    /// Who makes a request, by its headers.
    ///
    /// The dialects are asked in their order. The first that knows the token decides; where none does, the answer is
    /// the first one's that saw a token.
    ///
    /// # Errors
    /// [`Rejection`], with the [reason](Rejection::reason).
    pub async fn caller(&self, request: &Parts) -> Result<Caller, Rejection> {
        let mut first = None;
        for way in &self.inner.ways {
            let refusal = match way {
                Way::SimpleJwt(guard) => guard.caller(&request.headers).await,
                // Boxed, so that the most frequent way does not carry the state of the others around.
                Way::JwtAuth(guard) => Box::pin(guard.caller(request)).await,
                Way::Remote(keys) => Box::pin(keys.caller(&request.headers)).await,
            };
            match refusal {
                Ok(caller) => return Ok(caller),
                Err(refusal) => self.weigh(&mut first, refusal)?,
            }
        }
        Err(self.last(first))
    }

    /// Keeps the refusal that is told if no other way knows better; fails with one that is final.
    fn weigh(&self, first: &mut Option<Rejection>, refusal: Rejection) -> Result<(), Rejection> {
        if !refusal.is_open() {
            return Err(refusal.challenging(&self.inner.challenge));
        }
        if first.as_ref().is_none_or(Rejection::is_anonymous) {
            *first = Some(refusal);
        }
        Ok(())
    }

    fn last(&self, first: Option<Rejection>) -> Rejection {
        first.unwrap_or_else(Rejection::not_authenticated).challenging(&self.inner.challenge)
    }

    /// `WWW-Authenticate` of every 401.
    #[must_use]
    pub fn challenge(&self) -> &HeaderValue {
        &self.inner.challenge
    }

    /// Whether a caller's token was ended before its time: it is on the blacklist, or its session is over, by a logout,
    /// a revocation or another password. Without a blacklist, none is.
    ///
    /// # Errors
    /// 503 where the database did not do its part.
    pub async fn is_blacklisted(&self, caller: &Caller) -> Result<bool, Rejection> {
        let Some(Blacklist { authority, tokens }) = &self.inner.blacklist else { return Ok(false) };
        is_ended(authority, tokens, &caller.token, caller.user.as_deref())
            .await
            .map_err(|trouble| Rejection::from(&trouble))
    }

    /// The same, and a WebSocket may bring its token in a cookie: see
    /// [`WebSocketAuthenticated`](crate::WebSocketAuthenticated).
    #[must_use]
    pub fn websocket_cookie(self, cookie: WebSocketCookie) -> Self {
        Self { websocket_cookie: Some(Arc::new(cookie)), ..self }
    }

    pub(crate) fn cookie(&self) -> Option<&WebSocketCookie> {
        self.websocket_cookie.as_deref()
    }

    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }
}

impl fmt::Debug for Authentication {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Authentication").field("challenge", &self.inner.challenge).finish_non_exhaustive()
    }
}

/// What layers tell the extractors behind them: how to authenticate, and who it is, if that is known.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) authentication: Authentication,
    pub(crate) caller: Option<Arc<Caller>>,
}

impl Context {
    /// Who makes a request, found out once.
    pub(crate) async fn caller(request: &mut Parts) -> Result<Arc<Caller>, Rejection> {
        let context = request.extensions.get::<Self>().ok_or_else(Rejection::not_installed)?;
        if let Some(caller) = &context.caller {
            return Ok(Arc::clone(caller));
        }
        let caller = Arc::new(context.authentication.caller(request).await?);
        if let Some(context) = request.extensions.get_mut::<Self>() {
            context.caller = Some(Arc::clone(&caller));
        }
        Ok(caller)
    }

    /// Says how to authenticate from here on. Who was found by the same means stays known.
    pub(crate) fn install(authentication: &Authentication, extensions: &mut http::Extensions) {
        if extensions.get::<Self>().is_none_or(|known| !known.authentication.is(authentication)) {
            extensions.insert(Self { authentication: authentication.clone(), caller: None });
        }
    }
}
