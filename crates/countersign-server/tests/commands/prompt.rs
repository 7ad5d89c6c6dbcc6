//! Passwords that are asked for, on a terminal of `script`'s.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![cfg(target_os = "linux")]

use crate::program::Folder;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

/// Somebody who answers questions at a terminal.
struct Terminal {
    child: Child,
    screen: String,
    bytes: Receiver<Vec<u8>>,
}

impl Terminal {
    fn run(folder: &Folder, line: &str) -> Self {
        let program = env!("CARGO_BIN_EXE_countersign");
        let mut child = Command::new("script")
            .args(["--quiet", "--return", "--flush", "--command", &format!("{program} {line}"), "/dev/null"])
            .current_dir(folder.path("."))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("`script` of util-linux is installed");
        let mut out = child.stdout.take().unwrap();
        let (send, bytes) = mpsc::channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 1024];
            while let Ok(count @ 1..) = out.read(&mut buffer) {
                let _ = send.send(buffer[..count].to_vec());
            }
        });
        Self { child, screen: String::new(), bytes }
    }

    /// Waits for the question, then types the answer. What is typed before a question may be seen.
    fn answer(&mut self, question: &str, answer: &str) {
        let seen = self.screen.matches(question).count();
        while self.screen.matches(question).count() <= seen {
            let bytes = self.bytes.recv_timeout(Duration::from_secs(20));
            let bytes = bytes.unwrap_or_else(|_| panic!("{question:?} is not asked:\n{}", self.screen));
            self.screen += &String::from_utf8_lossy(&bytes);
        }
        // The terminal is set up around the time that the question is shown.
        std::thread::sleep(Duration::from_millis(100));
        writeln!(self.child.stdin.as_mut().unwrap(), "{answer}").unwrap();
    }

    /// The exit code, and everything that was to be seen.
    fn end(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().unwrap().code();
        while let Ok(bytes) = self.bytes.recv_timeout(Duration::from_secs(20)) {
            self.screen += &String::from_utf8_lossy(&bytes);
        }
        (code, self.screen)
    }
}

#[test]
fn a_password_is_asked_for_twice_and_not_shown() {
    let folder = Folder::new();
    let mut terminal = Terminal::run(&folder, "user add alice");
    terminal.answer("Password: ", "first of two horses");
    terminal.answer("Password (again): ", "second of two horses");
    terminal.answer("Password: ", "12345678");
    terminal.answer("Password (again): ", "12345678");
    terminal.answer("Password: ", "third of two horses");
    terminal.answer("Password (again): ", "third of two horses");
    let (code, screen) = terminal.end();
    assert_eq!(code, Some(0), "{screen}");
    assert!(screen.contains("Your passwords didn't match."), "{screen}");
    assert!(screen.contains("This password is entirely numeric."), "{screen}");
    assert!(screen.contains("user alice added"), "{screen}");
    assert!(!screen.contains("horses") && !screen.contains("12345678"), "{screen}");
}

#[test]
fn createsuperuser_asks_for_what_is_missing() {
    let folder = Folder::new();
    let mut terminal = Terminal::run(&folder, "createsuperuser --generate");
    terminal.answer("Username: ", "root");
    terminal.answer("Email address: ", "");
    let (code, screen) = terminal.end();
    assert_eq!(code, Some(0), "{screen}");
    folder.run("user show root").done().says("superuser    yes");
}

#[test]
fn deleting_is_asked_for_and_anything_but_yes_is_no() {
    let folder = Folder::new();
    folder.add("alice");
    for (answer, code) in [("", 1), ("n", 1), ("y", 0)] {
        let mut terminal = Terminal::run(&folder, "user delete alice");
        terminal.answer("for good? [y/N] ", answer);
        let (ended, screen) = terminal.end();
        assert_eq!(ended, Some(code), "{answer:?}: {screen}");
    }
    folder.run("user show alice").refused("there is no user");
}
