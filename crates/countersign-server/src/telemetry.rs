//! Log lines: one event, one line, on standard error; for people or, as JSON, for machines.
//!
//! The lines are our own, so that nothing in a value can end a line or colour a terminal: a user name with a
//! line break stays a user name. What a span knows, such as the id of the request, is in every line below it.

mod json;
mod line;
mod text;

use crate::cli::Common;
use crate::config::value::LogFormat;
use std::io;
use std::panic::PanicHookInfo;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Begins to log, in this process, from here on. Panics are logged by their place, without their message,
/// which may quote anything. Does nothing where logging has begun.
pub fn start(format: LogFormat, common: &Common) {
    let layer = line::Lines::new(format, io::stderr);
    let filter = EnvFilter::new(levels(common.verbose, common.quiet));
    if tracing_subscriber::registry().with(filter).with(layer).try_init().is_ok() {
        std::panic::set_hook(Box::new(log_panic));
    }
}

fn levels(verbose: u8, quiet: bool) -> &'static str {
    match (quiet, verbose) {
        (true, _) => "error",
        (false, 0) => "warn,countersign=info",
        (false, 1) => "info,countersign=debug",
        (false, _) => "debug,countersign=trace",
    }
}

fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(place, "a bug: the program panicked here");
}
