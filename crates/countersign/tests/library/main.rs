//! The library as an application uses it: through its routes, without a server.
#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene should stop")]

mod ask;
mod building;
mod csrf;
mod extractors;
mod guarded;
mod hooks;
mod issuer;
mod permissions;
mod remote;
mod stateless;
mod users;
mod websocket;
