//! A rotation from HS256 to `EdDSA` under load, with two servers on one database and somebody else who keeps the public
//! keys for as long as they may: nobody is logged out, and no verification fails.

#![expect(clippy::unwrap_used, reason = "in a test a failure is a panic")]

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use countersign_core::jwk::JwkSet;
use countersign_core::jws::KeyRing;
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Servers ask for news every second, and others may keep the keys for two: a new key signs five seconds after it was
/// made. On a machine that is busy with other tests all of that still happens in time.
const CONFIG: &str = "
secret_key = \"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN\"
[server]
listen = \"127.0.0.1:0\"
[simple_jwt]
rotate_refresh_tokens = true
blacklist_after_rotation = true
[passwords]
pbkdf2_iterations = 1000
[demo]
enabled = true
[keys]
refresh_interval = \"1s\"
max_age = \"2s\"
";

/// How many users are logged in from before the rotation until after it.
const SESSIONS: usize = 6;

fn program(folder: &Path, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.args(line.split_whitespace()).current_dir(folder).env_clear();
    command
}

/// What a command printed for machines.
fn run(folder: &Path, line: &str) -> Value {
    let output = program(folder, line).arg("--json").output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stdout));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A server of its own process.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(folder: &Path) -> Self {
        let mut child = program(folder, "serve").stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let address = loop {
            let mut line = String::new();
            assert!(lines.read_line(&mut line).unwrap() > 0, "it ends before it listens");
            if let Some(address) = line.trim().strip_prefix("listening on http://") {
                break address.to_owned();
            }
        };
        // Whatever else it says must not fill the pipe.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Self { child, address }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Status and body.
fn ask(address: &str, method: &str, path: &str, token: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let authorization =
        if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n{authorization}\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head[9..12].parse().unwrap(), body.to_owned())
}

/// A login that goes on: each round refreshes at one server and uses the token at the other.
struct Session {
    refresh: String,
    access: String,
}

impl Session {
    fn begin(address: &str) -> Self {
        let body = r#"{"username":"alice","password":"correct horse battery"}"#;
        let (status, body) = ask(address, "POST", "/api/token/", "", body);
        assert_eq!(status, 200, "{body}");
        Self::of(&body)
    }

    fn of(body: &str) -> Self {
        let tokens: Value = serde_json::from_str(body).unwrap();
        let token = |name: &str| tokens[name].as_str().unwrap().to_owned();
        Self { refresh: token("refresh"), access: token("access") }
    }

    fn round(&mut self, one: &str, other: &str) {
        let (status, body) = ask(other, "GET", "/hello/", &self.access, "");
        assert_eq!(status, 200, "an access token is refused: {body}");
        let refresh = format!(r#"{{"refresh":"{}"}}"#, self.refresh);
        let (status, body) = ask(one, "POST", "/api/token/refresh/", "", &refresh);
        assert_eq!(status, 200, "a login is lost: {body}");
        *self = Self::of(&body);
    }

    fn algorithm(&self) -> String {
        let header = BASE64_URL_SAFE_NO_PAD.decode(self.access.split('.').next().unwrap()).unwrap();
        serde_json::from_slice::<Value>(&header).unwrap()["alg"].as_str().unwrap().to_owned()
    }
}

/// A verifier elsewhere, which fetches the public keys and keeps them for as long as it may.
struct Keeper {
    ring: KeyRing,
    until: Instant,
}

impl Keeper {
    fn fetch(address: &str) -> Self {
        let until = Instant::now() + Duration::from_secs(2);
        let (status, body) = ask(address, "GET", "/.well-known/jwks.json", "", "");
        assert_eq!(status, 200);
        Self { ring: KeyRing::verifying_only(JwkSet::read(body.as_bytes(), None).unwrap().keys), until }
    }

    /// Verifies a token that a key pair signed, with what was fetched no longer ago than it may be kept.
    fn verify(&mut self, session: &Session, address: &str) {
        if Instant::now() >= self.until {
            *self = Self::fetch(address);
        }
        if session.algorithm() == "EdDSA" {
            assert!(self.ring.verify(&session.access).is_ok(), "a token came before its key");
        }
    }
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("countersign.toml"), CONFIG).unwrap();
    assert!(program(folder.path(), "db migrate").status().unwrap().success());
    let mut add =
        program(folder.path(), "user add alice --password-stdin").stdin(Stdio::piped()).spawn().unwrap();
    add.stdin.take().unwrap().write_all(b"correct horse battery\n").unwrap();
    assert!(add.wait().unwrap().success());
    folder
}

#[test]
fn a_rotation_under_load_logs_nobody_out_and_fails_no_verification() {
    let folder = folder();
    let servers = [Server::start(folder.path()), Server::start(folder.path())];
    let [one, other] = [&*servers[0].address, &*servers[1].address];
    let (rounds, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..SESSIONS)
            .map(|nr| {
                let (rounds, is_over) = (&rounds, &is_over);
                scope.spawn(move || {
                    let (one, other) = if nr % 2 == 0 { (one, other) } else { (other, one) };
                    let mut session = Session::begin(one);
                    let mut keeper = Keeper::fetch(other);
                    while !is_over.load(Ordering::Relaxed) {
                        session.round(one, other);
                        keeper.verify(&session, one);
                        rounds.fetch_add(1, Ordering::Relaxed);
                        std::thread::sleep(Duration::from_millis(20));
                    }
                    session
                })
            })
            .collect();
        while rounds.load(Ordering::Relaxed) < 3 * SESSIONS
            && clients.iter().all(|client| !client.is_finished())
        {
            std::thread::sleep(Duration::from_millis(10));
        }
        let begun = run(folder.path(), "key rotate");
        assert_eq!(begun["algorithm"], "EdDSA");
        // Until the new key signs at both servers, and for some rounds with it.
        let is_new = || [one, other].iter().all(|address| Session::begin(address).algorithm() == "EdDSA");
        while clients.iter().all(|client| !client.is_finished()) && !is_new() {
            std::thread::sleep(Duration::from_millis(100));
        }
        let enough = rounds.load(Ordering::Relaxed) + 5 * SESSIONS;
        while clients.iter().all(|client| !client.is_finished()) && rounds.load(Ordering::Relaxed) < enough {
            std::thread::sleep(Duration::from_millis(10));
        }
        is_over.store(true, Ordering::Relaxed);
        for client in clients {
            assert_eq!(client.join().unwrap().algorithm(), "EdDSA");
        }
    });
    let states: Vec<Value> = serde_json::from_value(run(folder.path(), "key list")).unwrap();
    let states: Vec<_> =
        states.iter().map(|key| (key["algorithm"].as_str(), key["state"].as_str())).collect();
    assert_eq!(states, [(Some("HS256"), Some("verifying")), (Some("EdDSA"), Some("signing"))]);
}

#[test]
fn a_compromised_key_ends_with_its_tokens_at_every_server() {
    let folder = folder();
    let servers = [Server::start(folder.path()), Server::start(folder.path())];
    let session = Session::begin(&servers[0].address);
    let hello = |server: &Server| ask(&server.address, "GET", "/hello/", &session.access, "").0;
    assert_eq!(servers.iter().map(hello).collect::<Vec<_>>(), [200, 200]);
    let ended = run(folder.path(), "key retire configured --compromised");
    assert_eq!(ended["kills_tokens"], true);
    for server in &servers {
        while hello(server) == 200 {
            std::thread::sleep(Duration::from_millis(50));
        }
        assert_eq!(hello(server), 401);
        assert_eq!(Session::begin(&server.address).algorithm(), "EdDSA");
    }
}
