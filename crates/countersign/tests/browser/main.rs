//! A real browser as the judge, with pages of another origin and of another site than the API.
//!
//! `cargo xtask browser` runs them; [`countersign_webdriver`] says how the browser is found.
#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene should stop")]

mod forgery;
mod looks;
mod session;
mod stage;
mod tabs;
