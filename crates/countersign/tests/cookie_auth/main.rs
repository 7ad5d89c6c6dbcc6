//! The wire of the cookie recipe, as browsers and other clients see it: every request goes through the router.
#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene should stop")]

#[path = "../support/answer.rs"]
mod answer;
mod forgery;
mod login;
mod logout;
mod refresh;
mod rehearsal;
mod strict;
mod transport;
mod user;
mod world;
