//! Several processes of the program on one database, and a database in trouble.
//!
//! What needs PostgreSQL runs where `COUNTERSIGN_POSTGRES_BIN` names its programs.
#![expect(clippy::unwrap_used, reason = "what fails in a test fails the test")]

mod commands;
mod proxy;
mod race;
mod replica;
mod rolling;
mod takeover;
mod together;
mod trouble;
