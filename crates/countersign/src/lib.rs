//! Token authentication for axum: the wires that Django REST framework's clients know.
//!
//! A [dialect](dialects) is a wire: its endpoints and how its tokens are made and read. An
//! [`Endpoint`](endpoint::Endpoint) describes one address as data; a [`rest::Site`] serves a set of them with
//! the framework's habits, from content negotiation to the browsable page. [`Dialects`] is the table of all
//! endpoints; the rules behind them are in `countersign-core`, over an
//! [`Authority`](countersign_core::authority::Authority).

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
