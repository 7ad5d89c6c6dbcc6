//! Several processes of the program on one database, a database in trouble, and a program that is killed.
//!
//! What needs PostgreSQL runs where `COUNTERSIGN_POSTGRES_BIN` names its programs.
#![expect(clippy::unwrap_used, reason = "what fails in a test fails the test")]

mod commands;
mod database;
mod failpoints;
mod kill;
mod proxy;
mod race;
mod replica;
mod rolling;
mod scale;
mod takeover;
mod together;
mod trouble;
