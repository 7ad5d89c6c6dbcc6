//! Token authentication for axum: the wires that Django REST framework's clients know.
//!
//! Endpoints that log in, refresh, verify and log out; extractors and layers for the routes of an application; all on
//! Django's own users, password hashes and `SECRET_KEY`, or on users that are kept anywhere.
//!
//! # In five minutes
//!
//! A secret and a store make a [`Countersign`]. It has the endpoints, and a layer for one's own routes:
//!
//! ```
//! use axum::{Router, routing::get};
//! use countersign::{Authenticated, Countersign, IsAdminUser};
//!
//! async fn hello(Authenticated(caller): Authenticated) -> String {
//!     format!("Hello, {}!", caller.username())
//! }
//!
//! async fn admin() -> &'static str {
//!     "For staff alone."
//! }
//!
//! # fn main() -> Result<(), countersign::BuildError> {
//! // In an application: `countersign_store::sqlite::Sqlite`, or users of its own behind a `UserStore`.
//! # let store = std::sync::Arc::new(countersign_core::testing::MemoryStore::new());
//! let countersign = Countersign::builder()
//!     .secret_key("the secret key of the Django project next door")
//!     .store(store)
//!     .build()?;
//!
//! let app: Router = Router::new()
//!     .route("/admin/", get(admin))
//!     .route_layer(countersign.require(IsAdminUser)) // the routes above
//!     .route("/hello/", get(hello))
//!     .layer(countersign.authentication()) // makes the extractors work
//!     .merge(countersign.router()); // POST /api/token/ and the rest
//! # Ok(())
//! # }
//! ```
//!
//! Nothing forces a state on the router: what the layers know travels in the request's extensions. A missing layer is a
//! 500 that names the remedy in the log, never an open door.
//!
//! # What there is
//!
//! | to | there is |
//! | --- | --- |
//! | mount endpoints | [`Countersign::router`], any choice of dialects by the [`Builder`] |
//! | know who is calling | [`Authenticated`], [`MaybeAuthenticated`], `Option<Authenticated>`, [`Claims<T>`] |
//! | let only some call | [`Countersign::require`] with [`AllowAny`], [`IsAuthenticated`], [`IsAdminUser`], [`IsAuthenticatedOrReadOnly`], [`IsNotBlacklisted`], or a [`Permission`](permission::Permission) of one's own |
//! | forget no route | [`GuardedRouter`], which does not take a route without a guard, and lists them |
//! | keep users elsewhere | [`UserStore`]: three methods |
//! | change tokens and answers, hear of logins | [`hooks`], with a table of what Django projects do by subclassing |
//! | verify without a database | [`Authentication::stateless`]: by secret, key, JWK set, or a [set that is fetched](FetchKeys) |
//! | authenticate a WebSocket | [`WebSocketAuthenticated`] |
//! | protect cookies from other sites' pages | [`csrf::CsrfLayer`], on any router |
//! | let other sites' pages call | [`cors::Cors`], on any router |
//! | test one's application | `testing`, a feature: a test issuer with a clock that stands still |
//! | do something else with the rules | [`rules`]: `countersign-core`, which does no IO |
//!
//! Programs to run and to try with curl stand in `examples/` of the repository.
//!
//! # What is rejected, and how
//!
//! Extractors and layers reject with one type, [`Rejection`]: JSON in the words of simplejwt, djangorestframework-jwt and
//! Django REST framework, `WWW-Authenticate` on each 401, a constant body on each 5xx, whose cause is logged once. The
//! [`Reason`] is for programs: a handler that takes `Result<Authenticated, Rejection>` can answer in its own way.
//!
//! As in the framework, a token that is presented must be good, on routes with [`AllowAny`] too. Public pages that must not
//! be spoilt by a stale token use [`Open`] and [`MaybeAuthenticated`].
//!
//! # How it is made
//!
//! A [dialect](dialects) is a wire: its endpoints and how its tokens are made and read. An
//! [`Endpoint`](endpoint::Endpoint) describes one address as data; a [`rest::Site`] serves a set of them with
//! the framework's habits, from content negotiation to the browsable page. [`Dialects`] is the table of all
//! endpoints; the rules behind them are in `countersign-core`, over an
//! [`Authority`](countersign_core::authority::Authority).
//!
//! # Features
//!
//! | feature | default | |
//! | --- | --- | --- |
//! | `testing` | no | the module `testing`; for `[dev-dependencies]` |
//!
//! Features only add.
//!
//! # Versions
//!
//! The oldest compiler is Rust 1.95, which is the one that every change is tested with; older ones are not tried. Raising it is a
//! minor version and stands in the changelog.

pub mod authenticate;
mod authentication;
mod bearer;
mod builder;
pub mod cookie;
pub mod cors;
pub mod csrf;
pub mod dialects;
pub mod docs;
pub mod endpoint;
mod extract;
mod guarded;
pub mod hooks;
pub mod inspect;
pub mod jwks;
pub mod locale;
mod nobody;
pub mod openapi;
mod page;
pub mod permission;
mod pool;
mod rejection;
mod remote_keys;
pub mod rest;
mod router;
pub mod spa;
#[cfg(feature = "testing")]
pub mod testing;
mod user_store;
mod websocket;

pub use self::authenticate::Caller;
pub use self::authentication::{Authentication, AuthenticationService, Stateless, StatelessError};
pub use self::builder::{BuildError, Builder, Countersign};
pub use self::extract::{Authenticated, Claims, ClaimsMismatch, MaybeAuthenticated};
pub use self::guarded::{GuardedRoute, GuardedRouter};
pub use self::permission::{
    AllowAny, IsAdminUser, IsAuthenticated, IsAuthenticatedOrReadOnly, IsNotBlacklisted, Open,
};
pub use self::pool::HashingPool;
pub use self::rejection::{Reason, Rejection};
pub use self::remote_keys::FetchKeys;
pub use self::router::{Demo, Dialects};
pub use self::user_store::UserStore;
pub use self::websocket::{WEBSOCKET_PROTOCOL, WebSocketAuthenticated, WebSocketCookie};
pub use axum::BoxError;
pub use countersign_core as rules;
pub use countersign_core::clock::{SignedDuration, Timestamp};
pub use countersign_core::event::LoginOutcome;
pub use countersign_core::json::{Object, Value};
pub use countersign_core::secret::Secret;
pub use countersign_core::user::{User, UserId};
