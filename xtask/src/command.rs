//! Running other programs: their output is passed on as it comes, and kept.

use crate::report::Problem;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, IsTerminal, Read, Write};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

/// A command to be run. It never reads from the terminal.
pub(crate) struct Command {
    inner: std::process::Command,
    shown: String,
}

/// What a command did.
pub(crate) struct Ran {
    /// How it ended.
    pub(crate) status: ExitStatus,
    /// Everything it wrote, without colours.
    pub(crate) output: String,
}

/// `cargo` in `folder`.
pub(crate) fn cargo(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo", arguments).folder(folder);
    // What `cargo run` tells us about ourselves would make build scripts of others run again.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"]
            .iter()
            .any(|it| text.starts_with(it))
        {
            command.inner.env_remove(&name);
        }
    }
    if std::io::stdout().is_terminal() {
        command.inner.env("CARGO_TERM_COLOR", "always");
    }
    command
}

impl Command {
    /// A program, looked up in `PATH`, and its arguments.
    pub(crate) fn new(program: impl AsRef<OsStr>, arguments: &[&str]) -> Self {
        let mut inner = std::process::Command::new(program.as_ref());
        inner.args(arguments).stdin(Stdio::null());
        let name = Path::new(program.as_ref()).file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self { inner, shown: format!("{name} {}", arguments.join(" ")) }
    }

    /// Where it runs.
    pub(crate) fn folder(mut self, folder: &Path) -> Self {
        self.inner.current_dir(folder);
        self
    }

    /// One variable of its environment.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.inner.env(name, value);
        self
    }

    /// One more argument.
    pub(crate) fn argument(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.shown = format!("{} {}", self.shown, argument.as_ref().to_string_lossy());
        self.inner.arg(argument);
        self
    }

    /// Runs it and passes its output on. An unsuccessful end is an answer, not a problem.
    pub(crate) fn run(mut self) -> Result<Ran, Problem> {
        crate::report::say(&format!("  $ {}", self.shown.trim_end()));
        let mut child = self
            .inner
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("`{}` does not start: {error}", self.shown))?;
        let kept = Arc::new(Mutex::new(String::new()));
        let out = child.stdout.take().map(|pipe| pass_on(pipe, std::io::stdout(), &kept));
        let err = child.stderr.take().map(|pipe| pass_on(pipe, std::io::stderr(), &kept));
        for passing in [out, err].into_iter().flatten() {
            passing.join().map_err(|_| "a thread that passes output on panicked")?;
        }
        let status = child.wait()?;
        let output = std::mem::take(&mut *kept.lock().map_err(|_| "the output is lost")?);
        Ok(Ran { status, output })
    }

    /// Runs it and passes its output on; it must succeed.
    pub(crate) fn succeed(self) -> Result<String, Problem> {
        let shown = self.shown.clone();
        let ran = self.run()?;
        if ran.status.success() { Ok(ran.output) } else { Err(format!("`{shown}`: {}", ran.status).into()) }
    }

    /// Runs it silently and returns what it wrote to its standard output; it must succeed.
    pub(crate) fn read(mut self) -> Result<String, Problem> {
        let ran = self.inner.output().map_err(|error| format!("`{}` does not start: {error}", self.shown))?;
        if !ran.status.success() {
            return Err(format!(
                "`{}`: {}\n{}",
                self.shown,
                ran.status,
                String::from_utf8_lossy(&ran.stderr)
            )
            .into());
        }
        Ok(String::from_utf8(ran.stdout)?)
    }

    /// Runs it silently and says whether it succeeded; a program that is not there did not.
    pub(crate) fn works(mut self) -> bool {
        self.inner.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    }
}

fn pass_on(
    pipe: impl Read + Send + 'static,
    mut to: impl Write + Send + 'static,
    kept: &Arc<Mutex<String>>,
) -> thread::JoinHandle<()> {
    let kept = Arc::clone(kept);
    thread::spawn(move || {
        let mut lines = BufReader::new(pipe);
        let mut line = Vec::new();
        while matches!(lines.read_until(b'\n', &mut line), Ok(read) if read > 0) {
            // Whoever reads us may have gone; the command is still to be finished.
            let _gone = to.write_all(&line).and_then(|()| to.flush());
            if let Ok(mut kept) = kept.lock() {
                kept.push_str(&without_colours(&String::from_utf8_lossy(&line)));
            }
            line.clear();
        }
    })
}

/// The text without the escape sequences `ESC [ … m`.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| plain + part.split_once('m').map_or(part, |(_, rest)| rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_output_is_kept_and_the_end_is_told() {
        let ran = Command::new("sh", &["-c", "echo out; echo err >&2; exit 3"]).run().unwrap();
        assert_eq!(ran.status.code(), Some(3));
        assert!(ran.output.contains("out\n") && ran.output.contains("err\n"));
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let problem = Command::new("no-such-program", &["-x"]).read().unwrap_err();
        assert!(problem.to_string().contains("`no-such-program -x` does not start"));
        assert!(!Command::new("no-such-program", &[]).works());
    }

    #[test]
    fn colours_are_not_part_of_the_text() {
        assert_eq!(without_colours("\u{1b}[1m\u{1b}[32m ok\u{1b}[0m."), " ok.");
    }
}
