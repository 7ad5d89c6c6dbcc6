//! The admin pages, as a browser meets them: over the router, on a database in a file.

#![expect(clippy::unwrap_used, reason = "in a test a failure is a panic")]

mod acts;
mod client;
mod door;
mod keys;
mod links;
mod pages;
mod sessions;
mod soak;
mod world;
