//! The wire of djangorestframework-jwt and of drf-jwt, as a client sees it: every request goes through the router.
#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene should stop")]

mod across;
#[path = "../support/answer.rs"]
mod answer;
mod blacklist;
mod cookies;
mod impersonate;
mod metadata;
mod obtain;
mod original;
mod refresh;
mod response;
mod trouble;
mod verify;
mod view;
mod world;
