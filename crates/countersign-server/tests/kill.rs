//! The program is killed while clients refresh and log out, again and again: nobody loses a session, and nothing that
//! was ended lives again.

#![expect(clippy::unwrap_used, reason = "in a test a failure is a panic")]

use countersign_core::random::{Random as _, SystemRandom};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const HOLDERS: usize = 4;

/// A client whose answer was lost tries again within the grace. Where the machine is too busy to start the program in time,
/// what became of its session says nothing.
const GRACE: Duration = Duration::from_secs(10);

const CONFIG: &str = "
secret_key = \"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN\"
[server]
listen = \"127.0.0.1:0\"
[simple_jwt]
rotate_refresh_tokens = true
blacklist_after_rotation = true
rotation_grace = \"10s\"
reuse_detection = true
[passwords]
pbkdf2_iterations = 1
";

#[test]
fn twenty_kills_lose_no_session_and_bring_nothing_back() {
    assert!(kills(20) > 20, "the clients did hardly anything");
}

/// `cargo nextest run --profile soak --run-ignored only -E 'binary(kill)'`
#[test]
#[ignore = "an hour"]
fn a_thousand_kills_lose_no_session_and_bring_nothing_back() {
    println!("{} refreshes were answered", kills(1000));
}

/// Kills the program so many times. Says how many refreshes were answered meanwhile.
fn kills(count: usize) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("countersign.toml"), CONFIG).unwrap();
    run(folder.path(), &["db", "migrate"], "");
    run(folder.path(), &["user", "add", "alice", "--password-stdin"], "correct horse battery\n");
    let first = Server::start(&folder);
    let mut held: Vec<String> = (0..HOLDERS).map(|_| first.log_in().expect("it serves")).collect();
    first.kill();
    let (revoked, answered) = (Mutex::default(), AtomicU64::new(0));
    for number in 0..count {
        let server = Server::start(&folder);
        held = server.be_used(held, &revoked, &answered);
        let killed = Instant::now();
        server.kill();
        let server = Server::start(&folder);
        for (holder, token) in held.iter_mut().enumerate() {
            match server.refresh(token) {
                Some((200, body)) => *token = successor(&body),
                // The machine was so busy that the grace was over.
                Some((401, _)) if killed.elapsed() + Duration::from_secs(2) > GRACE => {
                    *token = server.log_in().expect("it serves");
                }
                other => panic!("holder {holder} lost a session at kill {number}: {other:?}"),
            }
        }
        // All of them at the end; the latest on the way there.
        let since = if number + 1 == count { usize::MAX } else { 50 };
        for token in revoked.lock().unwrap().iter().rev().take(since) {
            let (status, body) = server.refresh(token).expect("it serves");
            assert_eq!(status, 401, "a token that was revoked lives again after kill {number}: {body}");
        }
        server.kill();
        look_into(&folder.path().join("countersign.db"));
    }
    assert!(!revoked.lock().unwrap().is_empty(), "nobody logged out");
    answered.into_inner()
}

/// What must be true of the file after any crash.
fn look_into(path: &Path) {
    let db = rusqlite::Connection::open(path).unwrap();
    let sound: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
    let doubled = "SELECT count(*) FROM (SELECT family_id FROM countersign_refresh WHERE consumed_at IS NULL
                   GROUP BY family_id HAVING count(*) > 1)";
    let doubled: i64 = db.query_row(doubled, [], |row| row.get(0)).unwrap();
    assert_eq!(doubled, 0, "a session has two live tokens");
}

fn run(folder: &Path, arguments: &[&str], input: &str) {
    let mut child = command(folder, arguments).stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success(), "{arguments:?}");
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.args(arguments).current_dir(folder).env_clear().stdout(Stdio::null());
    command
}

fn successor(body: &str) -> String {
    body.split_once("\"refresh\":\"").unwrap().1.split('"').next().unwrap().to_owned()
}

/// The program, serving.
struct Server {
    child: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be dead already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(folder: &TempDir) -> Self {
        let mut child = command(folder.path(), &["serve"]).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let address = loop {
            let mut line = String::new();
            assert!(log.read_line(&mut line).unwrap() > 0, "it did not start");
            if let Some(address) = line.trim().strip_prefix("listening on http://") {
                break address.to_owned();
            }
        };
        // Whatever else it says must have somewhere to go.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Self { child, address }
    }

    /// SIGKILL: it can do nothing about it.
    fn kill(self) {
        drop(self);
    }

    /// Clients refresh and log out until the program is killed under them. What each holds then.
    fn be_used(&self, held: Vec<String>, revoked: &Mutex<Vec<String>>, answered: &AtomicU64) -> Vec<String> {
        let over = AtomicBool::new(false);
        let (over, server) = (&over, self);
        std::thread::scope(|scope| {
            let holders: Vec<_> = held
                .into_iter()
                .map(|mut token| {
                    scope.spawn(move || {
                        while !over.load(Ordering::Relaxed) {
                            match server.refresh(&token) {
                                Some((200, body)) => token = successor(&body),
                                Some(other) => panic!("a live token was refused: {other:?}"),
                                None => break,
                            }
                            answered.fetch_add(1, Ordering::Relaxed);
                        }
                        token
                    })
                })
                .collect();
            scope.spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    let Some(token) = server.log_in() else { break };
                    match server.post("/api/token/blacklist/", &format!("refresh={token}")) {
                        Some((200, _)) => revoked.lock().unwrap().push(token),
                        _ => break,
                    }
                }
            });
            let mut byte = [0];
            SystemRandom.fill(&mut byte);
            std::thread::sleep(Duration::from_millis(100 + u64::from(byte[0])));
            let pid = rustix::process::Pid::from_child(&self.child);
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
            over.store(true, Ordering::Relaxed);
            holders.into_iter().map(|holder| holder.join().unwrap()).collect()
        })
    }

    fn log_in(&self) -> Option<String> {
        let (status, body) = self.post("/api/token/", "username=alice&password=correct+horse+battery")?;
        assert_eq!(status, 200, "{body}");
        Some(successor(&body))
    }

    fn refresh(&self, token: &str) -> Option<(u16, String)> {
        self.post("/api/token/refresh/", &format!("refresh={token}"))
    }

    /// Posts a form. `None`: no whole answer came.
    fn post(&self, path: &str, form: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        stream.set_read_timeout(Some(Duration::from_mins(1))).ok()?;
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: application/json\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        );
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
        (length.parse() == Ok(body.len())).then(|| (status, body.to_owned()))
    }
}
