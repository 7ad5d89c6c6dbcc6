//! The rules of countersign: tokens, keys, passwords and sessions.
//!
//! This crate knows no clock, no randomness, no file, no environment, no network, no HTTP and no SQL. All
//! of that is handed in: time by a [`clock::Clock`], randomness by a [`random::Random`], storage by the
//! traits in [`store`], the slow work on passwords by [`hashing::Hashing`]. What comes out are enums that
//! say what happened; words and status codes belong to whoever speaks to a client.

pub mod admin;
pub mod authority;
pub mod claims;
pub mod clock;
pub mod cookie_auth;
pub mod declared;
pub mod event;
pub mod explain;
pub mod hashing;
pub mod json;
pub mod jwk;
pub mod jws;
pub mod jwt_auth;
pub mod keys;
pub mod login;
pub mod password;
pub mod random;
pub mod revocation;
pub mod secret;
mod session;
pub mod sessions;
pub mod settings;
pub mod simple_jwt;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
pub mod token;
pub mod user;
