//! What commands print: results on standard output, everything else on standard error.

use super::{Common, Failure};
use crate::config::Fault;
use std::io::{self, IsTerminal as _, Write as _};

/// The one way to the terminal.
#[derive(Clone, Debug)]
pub struct Output {
    json: bool,
    quiet: bool,
}

impl Output {
    /// By the flags `--json` and `--quiet`.
    #[must_use]
    pub fn new(common: &Common) -> Self {
        Self { json: common.json, quiet: common.quiet }
    }

    /// Whether the result is for machines.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Prints a result, with a newline where it has none.
    ///
    /// # Errors
    ///
    /// [`Failure::Io`] if it cannot be written. A reader that has seen enough (`countersign man | head`) is
    /// no failure.
    pub fn text(&self, text: &str) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        let newline = if text.ends_with('\n') { "" } else { "\n" };
        match write!(out, "{text}{newline}").and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::io("cannot write to standard output")(error))
            }
            _ => Ok(()),
        }
    }

    /// Prints a result for machines.
    ///
    /// # Errors
    ///
    /// As [`Output::text`].
    pub fn json(&self, value: &serde_json::Value) -> Result<(), Failure> {
        self.text(&format!("{value:#}"))
    }

    /// Says something on the side, unless `--quiet`.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            complain(text);
        }
    }

    /// Says how far long work has come, on a line that the next such line overwrites. Only to somebody who
    /// watches a terminal.
    pub fn progress(&self, text: &str) {
        let mut err = io::stderr().lock();
        if !self.quiet && err.is_terminal() {
            // As `complain`; `\x1b[K` clears what is left of a longer line.
            let _ = write!(err, "\r{text}\x1b[K").and_then(|()| err.flush());
        }
    }

    /// Says what is allowed and still worth a word.
    pub fn warnings(&self, warnings: &[Fault]) {
        for warning in warnings {
            self.note(&format!("warning: {warning}"));
        }
    }

    /// Says why a command failed: in words on standard error, with `--json` as an object on standard output.
    pub fn failure(&self, failure: &Failure) {
        if matches!(failure, Failure::No) {
            return;
        }
        if self.json && self.json(&failure.to_json()).is_ok() {
            return;
        }
        complain(&format!("error: {failure}"));
    }
}

fn complain(text: &str) {
    // Where standard error is closed there is nobody to tell.
    let _ = writeln!(io::stderr().lock(), "{text}");
}
