//! Sessions as people see and end them: every request goes through the router.
#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene should stop")]

mod ending;
mod listing;
mod world;
