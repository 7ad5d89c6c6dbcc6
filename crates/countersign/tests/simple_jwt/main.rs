//! The wire of simplejwt, as a client sees it: every request goes through the router.
#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene should stop")]

#[path = "../support/answer.rs"]
mod answer;
mod authenticate;
mod blacklist;
mod obtain;
mod refresh;
mod sliding;
mod trouble;
mod verify;
mod world;
