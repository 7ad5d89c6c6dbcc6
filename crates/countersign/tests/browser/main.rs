//! A real browser as the judge: Chromium, driven by `COUNTERSIGN_CHROMEDRIVER`, with pages of another origin and of
//! another site than the API. Without that variable nothing is driven, and the tests say nothing.
//!
//! `COUNTERSIGN_SCREENSHOTS` names a folder for what the pages looked like.
#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene should stop")]

mod forgery;
mod session;
mod stage;
mod tabs;
mod webdriver;
