//! How a database is opened.

use crate::identifier::UserTable;
use crate::url::DatabaseUrl;
use std::time::Duration;

/// What a database is opened with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// `database`
    pub url: DatabaseUrl,
    /// `[users]`
    pub users: UserTable,
    /// `[blacklist] enabled`. Where it is false the tables of simplejwt's app are neither needed nor touched: nothing
    /// is written down, no token is blacklisted, and asking for it is an error.
    pub blacklist: bool,
    /// Whether drf-jwt's blacklist is used. Where it is false its table is neither needed nor made, and asking for it
    /// is an error.
    pub jwt_blacklist: bool,
    /// `[blacklist] store_raw_tokens`. Where it is false, `outstandingtoken.token` holds `sha256:` and the digest of
    /// the token in hexadecimal digits; Django looks tokens up by `jti`.
    pub store_raw_tokens: bool,
    /// How long an act waits for other programs that hold the database, or for a server that does not answer, from
    /// being asked for to giving up.
    pub busy_timeout: Duration,
    /// The most connections for acts to a PostgreSQL server, beside the two that reads share. SQLite has one writer.
    pub connections: usize,
}

impl Options {
    /// Django's user table, simplejwt's blacklist on, drf-jwt's off, tokens stored as Django stores them, 2.5 s of
    /// patience, 16 connections.
    #[must_use]
    pub fn new(url: DatabaseUrl) -> Self {
        Self {
            url,
            users: UserTable::default(),
            blacklist: true,
            jwt_blacklist: false,
            store_raw_tokens: true,
            busy_timeout: Duration::from_millis(2500),
            connections: 16,
        }
    }
}
