//! The program in a folder of its own.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use serde_json::Value;
use std::io::Write as _;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// 50 characters.
pub(crate) const SECRET: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN";

/// A folder, and the program that is run in it.
pub(crate) struct Folder {
    directory: TempDir,
}

/// What came of a command.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Folder {
    /// Nothing is in it.
    pub(crate) fn empty() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    /// A database is in it. Hashes are cheap.
    pub(crate) fn new() -> Self {
        let folder = Self::empty();
        folder.configure("");
        folder.run("db migrate").done();
        folder
    }

    /// Writes the configuration: the usual, and this.
    pub(crate) fn configure(&self, more: &str) {
        let usual = format!("secret_key = \"{SECRET}\"\n[passwords]\npbkdf2_iterations = 1000\n{more}");
        std::fs::write(self.path("countersign.toml"), usual).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.directory.path().join(name)
    }

    /// The program with these arguments, in this folder, in an empty environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
        command.args(arguments).current_dir(self.directory.path()).env_clear();
        command
    }

    /// Runs it with arguments that have no spaces in them.
    pub(crate) fn run(&self, line: &str) -> Outcome {
        self.run_with(&line.split_whitespace().collect::<Vec<_>>(), "")
    }

    /// Runs it with this on standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Outcome {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that does not read its input closes it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        Outcome {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Adds a user with a password that passes.
    pub(crate) fn add(&self, username: &str) {
        self.run_with(&["user", "add", username, "--password-stdin"], "correct horse battery\n").done();
    }

    /// A token of this kind.
    pub(crate) fn token(&self, username: &str, kind: &str) -> String {
        self.run(&format!("token issue {username} --kind {kind}")).done().out.trim().to_owned()
    }

    /// The database, for what only another program does to it.
    pub(crate) fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path("countersign.db")).unwrap()
    }
}

impl Outcome {
    /// It did what it should.
    #[track_caller]
    pub(crate) fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "{}{}", self.out, self.err);
        self
    }

    /// It refused or failed, and said this.
    #[track_caller]
    pub(crate) fn refused(self, words: &str) -> Self {
        assert_eq!(self.code, Some(1), "{}{}", self.out, self.err);
        let said = format!("{}{}", self.out, self.err);
        assert!(said.contains(words), "{words:?} is not in:\n{said}");
        self
    }

    /// It was used wrongly, and said this.
    #[track_caller]
    pub(crate) fn misused(self, words: &str) -> Self {
        assert_eq!(self.code, Some(2), "{}{}", self.out, self.err);
        assert!(self.err.contains(words), "{words:?} is not in:\n{}", self.err);
        self
    }

    /// It printed this.
    #[track_caller]
    pub(crate) fn says(self, words: &str) -> Self {
        assert!(self.out.contains(words), "{words:?} is not in:\n{}", self.out);
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in:\n{}", self.out))
    }
}
