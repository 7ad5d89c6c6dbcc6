//! The countersign program: configuration, command line and server.

pub mod activity;
pub mod app;
pub mod cli;
pub mod config;
pub mod database;
pub mod events;
pub mod jwk_url;
pub mod keys;
pub mod latency;
pub mod metrics;
pub mod pages;
pub mod purge;
pub mod serve;
pub mod telemetry;
