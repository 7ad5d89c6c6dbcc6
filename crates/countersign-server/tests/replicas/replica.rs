//! The program, serving, and what is asked of it.

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, WaitIdStatus, kill_process, waitid};
use serde_json::Value;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// 50 characters.
pub(crate) const SECRET: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN";

/// The configuration of any number of replicas, in a folder of its own.
pub(crate) struct Site {
    folder: TempDir,
}

impl Site {
    /// On this database, which is made up to date and gets a user `ann` whose password is `pass`. With rotation; `more`
    /// are settings of `[simple_jwt]`.
    pub(crate) fn new(database: &str, more: &str) -> Self {
        let site = Self { folder: tempfile::tempdir().unwrap() };
        site.point_at(database, more);
        site.run(&["db", "migrate"], "");
        site.run(&["user", "add", "ann", "--password-stdin", "--allow-weak"], "pass\n");
        site
    }

    /// Writes the configuration anew.
    pub(crate) fn point_at(&self, database: &str, more: &str) {
        let text = format!(
            "database = \"{database}\"\nsecret_key = \"{SECRET}\"\n[passwords]\npbkdf2_iterations = 1\n[demo]\nenabled = true\n\
             [simple_jwt]\nrotate_refresh_tokens = true\nblacklist_after_rotation = true\n{more}\n"
        );
        std::fs::write(self.folder.path().join("countersign.toml"), text).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command
    }

    /// Runs a command that succeeds; what it printed.
    pub(crate) fn run(&self, arguments: &[&str], input: &str) -> String {
        let (code, out, err) = self.outcome(arguments, input);
        assert_eq!(code, Some(0), "{arguments:?}: {out}{err}");
        out
    }

    /// Exit code, standard output and standard error of a command.
    pub(crate) fn outcome(&self, arguments: &[&str], input: &str) -> (Option<i32>, String, String) {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let _closed = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    }

    /// Starts a replica.
    pub(crate) fn serve(&self) -> Replica {
        self.serve_as(&["serve", "--listen", "127.0.0.1:0"])
    }

    /// Starts a replica as a supervisor does: once more, where the database was too busy to answer in time.
    pub(crate) fn serve_in_the_end(&self) -> Replica {
        loop {
            match Replica::try_to_start(self.command(&["serve", "--listen", "127.0.0.1:0"])) {
                Ok(replica) => return replica,
                Err(said) => assert!(said.contains("did not answer in time"), "it does not listen: {said}"),
            }
        }
    }

    /// Starts a program that serves.
    pub(crate) fn serve_as(&self, arguments: &[&str]) -> Replica {
        Replica::start(self.command(arguments))
    }
}

/// A process that serves, ended with the test.
pub(crate) struct Replica {
    child: Child,
    address: SocketAddr,
}

impl Replica {
    pub(crate) fn start(command: Command) -> Self {
        Self::try_to_start(command).unwrap_or_else(|said| panic!("it does not listen: {said}"))
    }

    /// Errs with what it said if it ends before it listens.
    fn try_to_start(mut command: Command) -> Result<Self, String> {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut said = String::new();
        let address = lines.by_ref().find_map(|line| {
            let line = line.unwrap();
            said += &line;
            line.strip_prefix("listening on http://").map(|address| address.parse().unwrap())
        });
        // Read on, so that the child can write on.
        std::thread::spawn(move || lines.for_each(drop));
        let Some(address) = address else {
            child.wait().unwrap();
            return Err(said);
        };
        Ok(Self { child, address })
    }

    pub(crate) fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        self.attempt(method, path, headers, body).unwrap()
    }

    /// Asks a replica that may end meanwhile. Errs where no whole answer came.
    pub(crate) fn attempt(&self, method: &str, path: &str, headers: &str, body: &str) -> io::Result<Answer> {
        let mut stream = TcpStream::connect(self.address)?;
        // Far longer than any answer may take: a hang fails, and says so.
        stream.set_read_timeout(Some(Duration::from_mins(1)))?;
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: application/json\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        )?;
        let mut text = String::new();
        let broken = stream.read_to_string(&mut text).err();
        let answer = Answer::read(&text).filter(|_| broken.is_none());
        answer.ok_or_else(|| io::Error::other(format!("no whole answer: {text:?} {broken:?}")))
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "", "")
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path, "", &body.to_string())
    }

    /// A new login: access and refresh token.
    pub(crate) fn log_in(&self) -> (String, String) {
        let answer = self.try_to_log_in();
        (answer.text("access"), answer.text("refresh"))
    }

    pub(crate) fn try_to_log_in(&self) -> Answer {
        self.post("/api/token/", &serde_json::json!({ "username": "ann", "password": "pass" }))
    }

    pub(crate) fn refresh(&self, token: &str) -> Answer {
        self.post("/api/token/refresh/", &serde_json::json!({ "refresh": token }))
    }

    pub(crate) fn blacklist(&self, token: &str) -> Answer {
        self.post("/api/token/blacklist/", &serde_json::json!({ "refresh": token }))
    }

    pub(crate) fn hello(&self, access: &str) -> Answer {
        self.ask("GET", "/hello/", &format!("Authorization: Bearer {access}\r\n"), "")
    }

    /// The same as [`post`](Self::post), as [`attempt`](Self::attempt).
    pub(crate) fn try_to_post(&self, path: &str, refresh: &str) -> io::Result<Answer> {
        self.attempt("POST", path, "", &serde_json::json!({ "refresh": refresh }).to_string())
    }

    /// Ends it as `kill -9` does: it can do nothing about it.
    pub(crate) fn kill(&self) {
        kill_process(Pid::from_child(&self.child), Signal::KILL).unwrap();
    }

    /// Tells it to stop.
    pub(crate) fn terminate(&self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
    }

    /// Waits for its end, and says whether it was an orderly one.
    pub(crate) fn has_ended_well(&self) -> bool {
        self.end().exit_status() == Some(0)
    }

    /// Waits for its end, and says whether it aborted.
    pub(crate) fn has_aborted(&self) -> bool {
        self.end().terminating_signal() == Some(Signal::ABORT.as_raw())
    }

    fn end(&self) -> WaitIdStatus {
        let child = WaitId::Pid(Pid::from_child(&self.child));
        waitid(child, WaitIdOptions::EXITED | WaitIdOptions::NOWAIT).unwrap().unwrap()
    }

    /// Waits until it can serve; how long that took.
    pub(crate) fn recovers(&self) -> Duration {
        let begun = Instant::now();
        while self.get("/readyz").status != 200 {
            assert!(begun.elapsed() < Duration::from_mins(1), "it never recovered");
            std::thread::sleep(Duration::from_millis(100));
        }
        begun.elapsed()
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// In small letters.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// `None`: this is no answer, or not the whole of it.
    fn read(text: &str) -> Option<Self> {
        let (head, body) = text.split_once("\r\n\r\n")?;
        let (status, head) = (head.split(' ').nth(1)?.parse().ok()?, head.to_ascii_lowercase());
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let is_whole = length.is_none_or(|length| length.parse() == Ok(body.len()));
        is_whole.then(|| Self { status, head, body: body.to_owned() })
    }

    /// A member of the body, which is one of success.
    #[track_caller]
    pub(crate) fn text(&self, name: &str) -> String {
        assert_eq!(self.status, 200, "{self:?}");
        let body: Value = serde_json::from_str(&self.body).unwrap();
        body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned()
    }

    /// It says that nothing can be said, and when to ask again; and nothing of the cause.
    #[track_caller]
    pub(crate) fn is_unavailable(&self) {
        assert_eq!(self.status, 503, "{self:?}");
        assert!(self.head.contains("\r\nretry-after: "), "{self:?}");
        assert!(!self.body.to_ascii_lowercase().contains("postgres"), "{self:?}");
    }
}
