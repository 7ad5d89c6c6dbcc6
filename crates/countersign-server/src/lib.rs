//! The countersign program: configuration, command line and server.

pub mod cli;
pub mod config;
