//! Token authentication for axum: the wires that Django REST framework's clients know.
//!
//! A [dialect](dialects) is a wire: its endpoints and how its tokens are made and read. An
//! [`Endpoint`](endpoint::Endpoint) describes one address as data; a [`rest::Site`] serves a set of them with
//! the framework's habits, from content negotiation to the browsable page. [`Dialects`] is the table of all
//! endpoints; the rules behind them are in `countersign-core`, over an
//! [`Authority`](countersign_core::authority::Authority).

pub mod authenticate;
mod bearer;
pub mod cookie;
pub mod cors;
pub mod csrf;
pub mod dialects;
pub mod docs;
pub mod endpoint;
pub mod inspect;
pub mod jwks;
pub mod locale;
pub mod openapi;
mod page;
mod pool;
pub mod rest;
mod router;
pub mod spa;

pub use self::pool::HashingPool;
pub use self::router::{Demo, Dialects};
