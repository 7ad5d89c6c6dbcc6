//! One's own code at three places: what tokens say, what is answered, who hears of logins.
//!
//! What a Django project does by subclassing a view or a serializer is a function here. Each hook sees the user, the
//! request without its body, and what came of it:
//!
//! ```
//! use countersign::hooks::{ClaimsContext, LoginContext, ResponseContext};
//! use countersign::rest::Answer;
//! use countersign::{Countersign, Object};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let store = std::sync::Arc::new(countersign_core::testing::MemoryStore::new());
//! let countersign = Countersign::builder()
//!     .secret_key("the secret key of the Django project next door")
//!     .store(store)
//!     .claims_hook(|of: &ClaimsContext<'_>| Object::from([("name", of.user.first_name.as_str())]))
//!     .response_hook(|of: &ResponseContext<'_>, answer: &mut Answer| {
//!         if let Some(user) = of.user {
//!             answer.insert("user", Object::from([("username", user.username.as_str())]));
//!         }
//!     })
//!     .login_hook(|login: &LoginContext<'_>| {
//!         println!("{:?} from {:?}: {:?}", login.user.map(|user| &user.id), login.request.address, login.outcome);
//!     })
//!     .build()?;
//! # Ok(())
//! # }
//! ```
//!
//! A function is called inline and should be brief. What has to wait, say for a database, is a type with an `async fn`:
//! see [`ClaimsHook`], [`ResponseHook`] and [`LoginHook`].
//!
//! # What the guides do in Python, and its place here
//!
//! | in a Django project | here |
//! | --- | --- |
//! | `TokenObtainPairSerializer.get_token`: more claims | [`claims_hook`](crate::Builder::claims_hook); without code `SimpleJwt::claims` |
//! | `TokenObtainPairSerializer.validate`: more in the answer | [`response_hook`](crate::Builder::response_hook) |
//! | `ObtainJSONWebToken.post` overridden to answer the token alone | nothing to do: that is what is answered |
//! | `ObtainJSONWebToken.post` overridden to add `user` and `expires_in` | [`response_hook`](crate::Builder::response_hook), or without code `JwtAuth::response` |
//! | `JWT_RESPONSE_PAYLOAD_HANDLER` | the same |
//! | `JWT_PAYLOAD_HANDLER` | [`claims_hook`](crate::Builder::claims_hook), or `JwtAuth::payload` |
//! | `log_authentication(user, request)`, `user_logged_in`, `user_login_failed` | [`login_hook`](crate::Builder::login_hook) |
//! | `USER_AUTHENTICATION_RULE` | [`authentication_rule`](crate::Builder::authentication_rule) |
//! | an authentication backend, a custom user model | [`UserStore`](crate::UserStore) |
//! | `JWTAuthentication` subclassed to read a cookie | `cookie_auth`, or `JwtAuth::cookies` |
//! | `permission_classes`, a `BasePermission` of one's own | [`require`](crate::Countersign::require), [`Permission`](crate::permission::Permission) |
//! | `RefreshToken.for_user(user)` | [`tokens_for`](crate::Countersign::tokens_for) |
//! | `TokenUser`, `JWTStatelessUserAuthentication` | [`stateless`](crate::Builder::stateless), [`Authentication::stateless`](crate::Authentication::stateless) |

mod conversation;
mod overheard;

pub(crate) use self::conversation::hooked;
pub(crate) use self::overheard::{Overheard, Rule, Ruled};

use crate::rest::{Answer, BoxFuture, Parts};
use axum::BoxError;
use countersign_core::clock::Timestamp;
use countersign_core::event::LoginOutcome;
use countersign_core::json::Object;
use countersign_core::user::User;
use std::sync::Arc;

/// For whom claims are wanted.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct ClaimsContext<'a> {
    /// Whose token it will be, as the table has them now.
    pub user: &'a User,
    /// The request for the token; none where the application itself makes one.
    pub request: Option<&'a Parts>,
}

/// An attempt to log in, once it is decided.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct LoginContext<'a> {
    /// The user of that name, whatever came of it.
    pub user: Option<&'a User>,
    /// The name that was given. People type passwords into the wrong field: write it down only where `user` is known.
    pub username: &'a str,
    /// What came of it. The client is told less.
    pub outcome: LoginOutcome,
    /// By which dialect: `simple_jwt`, `sliding`, `jwt_auth`, `cookie_auth`.
    pub method: &'static str,
    /// When.
    pub at: Timestamp,
    /// The request.
    pub request: &'a Parts,
}

/// An answer of an endpoint, before it is written.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct ResponseContext<'a> {
    /// Whom the endpoint dealt with, where it succeeded and looked somebody up.
    pub user: Option<&'a User>,
    /// The name of the endpoint: `Token Obtain Pair`.
    pub endpoint: &'a str,
    /// When.
    pub at: Timestamp,
    /// The request.
    pub request: &'a Parts,
}

/// Says what tokens carry beside what they have already. It is asked at each login and at each refresh.
///
/// A function of [`ClaimsContext`] that returns an [`Object`] is one. What waits or may fail is a type:
///
/// ```
/// use countersign::hooks::{ClaimsContext, ClaimsHook};
/// use countersign::{BoxError, Object};
/// use std::collections::HashMap;
/// use tokio::sync::RwLock;
///
/// /// Who works for whom. In most applications a database knows it.
/// struct Tenants(RwLock<HashMap<String, String>>);
///
/// impl ClaimsHook for Tenants {
///     async fn claims(&self, of: &ClaimsContext<'_>) -> Result<Object, BoxError> {
///         let tenants = self.0.read().await;
///         let tenant = tenants.get(&of.user.username).ok_or("somebody without a tenant")?;
///         Ok(Object::from([("tenant", tenant.as_str())]))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// // In the application's tests; elsewhere it is `Countersign::builder().claims_hook(…)`.
/// use countersign::testing::TestIssuer;
///
/// let tenants = Tenants(RwLock::new(HashMap::from([("ann".to_owned(), "acme".to_owned())])));
/// let issuer = TestIssuer::with(|builder| builder.claims_hook(tenants));
/// let pair = issuer.countersign().tokens_for(&issuer.user("ann")).await.unwrap();
/// let caller = issuer.authentication().check(&pair.access).await.unwrap();
/// assert_eq!(caller.claim("tenant").and_then(|tenant| tenant.as_str()), Some("acme"));
/// # }
/// ```
pub trait ClaimsHook: Send + Sync + 'static {
    /// The claims of this user. Names that tokens have already, such as `exp` and `user_id`, are refused.
    ///
    /// # Errors
    /// Whatever went wrong: the client gets 503, the log the cause.
    fn claims(&self, of: &ClaimsContext<'_>) -> impl Future<Output = Result<Object, BoxError>> + Send;
}

/// Changes what endpoints answer: members, headers, cookies.
///
/// A function of [`ResponseContext`] and [`Answer`] is one.
pub trait ResponseHook: Send + Sync + 'static {
    /// Changes an answer, good or bad.
    fn respond(&self, of: &ResponseContext<'_>, answer: &mut Answer) -> impl Future<Output = ()> + Send;
}

/// Hears of every attempt to log in, before the client has the answer.
///
/// A function of [`LoginContext`] is one.
pub trait LoginHook: Send + Sync + 'static {
    /// Hears of one.
    fn login(&self, login: &LoginContext<'_>) -> impl Future<Output = ()> + Send;
}

impl<F: Fn(&ClaimsContext<'_>) -> Object + Send + Sync + 'static> ClaimsHook for F {
    async fn claims(&self, of: &ClaimsContext<'_>) -> Result<Object, BoxError> {
        Ok(self(of))
    }
}

impl<F: Fn(&ResponseContext<'_>, &mut Answer) + Send + Sync + 'static> ResponseHook for F {
    async fn respond(&self, of: &ResponseContext<'_>, answer: &mut Answer) {
        self(of, answer);
    }
}

impl<F: Fn(&LoginContext<'_>) + Send + Sync + 'static> LoginHook for F {
    async fn login(&self, login: &LoginContext<'_>) {
        self(login);
    }
}

/// All hooks of an application, as trait objects.
#[derive(Clone, Default)]
pub(crate) struct Hooks {
    pub(crate) claims: Option<Arc<dyn DynClaimsHook>>,
    pub(crate) response: Option<Arc<dyn DynResponseHook>>,
    pub(crate) login: Option<Arc<dyn DynLoginHook>>,
}

impl Hooks {
    pub(crate) const fn are_none(&self) -> bool {
        self.claims.is_none() && self.response.is_none() && self.login.is_none()
    }
}

/// [`ClaimsHook`] as an object.
pub(crate) trait DynClaimsHook: Send + Sync {
    fn ask<'a>(&'a self, of: ClaimsContext<'a>) -> BoxFuture<'a, Result<Object, BoxError>>;
}

/// [`ResponseHook`] as an object.
pub(crate) trait DynResponseHook: Send + Sync {
    fn ask<'a>(&'a self, of: ResponseContext<'a>, answer: &'a mut Answer) -> BoxFuture<'a, ()>;
}

/// [`LoginHook`] as an object.
pub(crate) trait DynLoginHook: Send + Sync {
    fn tell<'a>(&'a self, login: LoginContext<'a>) -> BoxFuture<'a, ()>;
}

impl<H: ClaimsHook> DynClaimsHook for H {
    fn ask<'a>(&'a self, of: ClaimsContext<'a>) -> BoxFuture<'a, Result<Object, BoxError>> {
        Box::pin(async move { self.claims(&of).await })
    }
}

impl<H: ResponseHook> DynResponseHook for H {
    fn ask<'a>(&'a self, of: ResponseContext<'a>, answer: &'a mut Answer) -> BoxFuture<'a, ()> {
        Box::pin(async move { self.respond(&of, answer).await })
    }
}

impl<H: LoginHook> DynLoginHook for H {
    fn tell<'a>(&'a self, login: LoginContext<'a>) -> BoxFuture<'a, ()> {
        Box::pin(async move { self.login(&login).await })
    }
}
