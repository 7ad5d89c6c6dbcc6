//! The built program among bad requests, bad rows and bad files: a clear answer each, nothing lost, no 5xx but for
//! a database that does not answer.

#![expect(clippy::unwrap_used, reason = "in a test a failure is a panic")]

use rusqlite::Connection;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const SECRET: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN";
const PASSWORD: &str = "correct horse battery";

#[test]
fn no_bad_request_is_an_error_of_ours() {
    let program = Program::start();
    let (refresh, access) = program.log_in();
    let nested = "[".repeat(100_000);
    let long = "x".repeat(100_000);
    let bodies = [
        "",
        "null",
        "[]",
        "{",
        "{}",
        "5",
        "\"x\"",
        "{\"username\":",
        "{\"a\":NaN}",
        "\u{feff}{}",
        &nested,
        &long,
        "{\"username\":{\"a\":1},\"password\":[]}",
        "{\"username\":\"\\ud800\",\"password\":\"\\u0000\"}",
    ];
    let tokens = [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        &refresh[..refresh.len() - 1],
        &access,
        &long,
        "\u{e9}",
        "eyJhbGciOiJub25lIn0.e30.",
    ];
    let types = [
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "text/plain",
        "\u{1}",
    ];
    for path in [
        "/api/token/",
        "/api/token/refresh/",
        "/api/token/verify/",
        "/api/token/blacklist/",
        "/api/token/sliding/",
        "/api/token/sliding/refresh/",
    ] {
        for body in bodies {
            for kind in types {
                program.expect_client_error(&post(path, kind, body));
            }
        }
        for token in tokens {
            let body = format!("{{\"refresh\":{token:?},\"token\":{token:?}}}");
            let status = program.ask(&post(path, "application/json", &body)).0;
            assert!(status < 500, "{path} {token:.80}");
        }
    }
    for head in [
        "Authorization: Bearer",
        "Authorization: Bearer \u{fffd}",
        "Accept: ;;,",
        "Cookie: \u{7f}",
        "X-Forwarded-For: ,,",
    ] {
        let status = program
            .ask(&format!("GET /hello/ HTTP/1.1\r\nHost: localhost\r\n{head}\r\nConnection: close\r\n\r\n"))
            .0;
        assert!((400..500).contains(&status), "{head}");
    }
    assert_eq!(
        program
            .ask(&post("/api/token/verify/", "application/json", &format!("{{\"token\":\"{access}\"}}")))
            .0,
        200
    );
}

#[test]
fn a_corrupt_hash_is_a_failed_login_and_nothing_worse() {
    let program = Program::start();
    for hash in [
        "",
        "!",
        "x",
        "pbkdf2_sha256$1000$abc",
        "pbkdf2_sha256$x$abc$def",
        "pbkdf2_sha256$0$salt$aGFzaA==",
        "pbkdf2_sha256$4294967296$salt$aGFzaA==",
        "argon2$argon2id$v=19$m=2147483648,t=1,p=1$c2FsdA$aGFzaA",
        "argon2$argon2id$v=19$m=8,t=1,p=0$c2FsdA$aGFzaA",
        "scrypt$abc$salt$8$1$aGFzaA==",
        "scrypt$1073741824$salt$8$1$aGFzaA==",
        "bcrypt_sha256$$2b$31$0123456789012345678901012345678901234567890123456789012",
        "$$$$$",
        "md5$$",
    ] {
        program.sql(&format!("UPDATE auth_user SET password = '{hash}'"));
        let (status, _, body) = program.ask(&login());
        assert_eq!(status, 401, "{hash}: {body}");
    }
}

#[test]
fn a_locked_database_is_a_503_in_time_and_passes() {
    let program = Program::start();
    let (refresh, _) = program.log_in();
    let holder = program.database();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let began = Instant::now();
    let (status, head, body) = program.ask(&login());
    assert_eq!(
        (status, body.as_str()),
        (503, r#"{"detail":"Service temporarily unavailable, try again later."}"#)
    );
    assert!(head.to_ascii_lowercase().contains("retry-after: "), "{head}");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    // Reading goes on: in a write-ahead log nobody waits for a writer.
    assert_eq!(program.ask(&refresh_with(&refresh)).0, 200);
    holder.execute_batch("ROLLBACK").unwrap();
    assert_eq!(program.ask(&login()).0, 200);
}

#[test]
fn a_database_that_cannot_be_used_is_said_before_the_port_opens() {
    for (prepare, words) in [
        (None, "it does not exist; create it with `countersign db migrate`"),
        (
            Some(&b"this is no database, whatever its name says, and it is long enough"[..]),
            "it is not an SQLite database",
        ),
    ] {
        let folder = configured();
        if let Some(bytes) = prepare {
            std::fs::write(folder.path().join("countersign.db"), bytes).unwrap();
        }
        let output = command(&folder, &["serve", "--listen", "127.0.0.1:0"]).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(words) && !said.contains("listening"), "{said}");
    }
}

fn login() -> String {
    post(
        "/api/token/",
        "application/json",
        &format!("{{\"username\":\"alice\",\"password\":\"{PASSWORD}\"}}"),
    )
}

fn refresh_with(token: &str) -> String {
    post("/api/token/refresh/", "application/json", &format!("{{\"refresh\":\"{token}\"}}"))
}

fn post(path: &str, kind: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn configured() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text =
        format!("secret_key = \"{SECRET}\"\n[passwords]\npbkdf2_iterations = 1000\n[demo]\nenabled = true\n");
    std::fs::write(folder.path().join("countersign.toml"), text).unwrap();
    folder
}

fn command(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.args(arguments).current_dir(folder.path()).env_clear();
    command
}

/// The program, with one user, ended with the test.
struct Program {
    folder: TempDir,
    child: Child,
    address: String,
}

impl Program {
    fn start() -> Self {
        let folder = configured();
        assert!(command(&folder, &["db", "migrate"]).output().unwrap().status.success());
        let mut add = command(&folder, &["user", "add", "alice", "--password-stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        writeln!(add.stdin.take().unwrap(), "{PASSWORD}").unwrap();
        assert!(add.wait().unwrap().success());
        let mut child =
            command(&folder, &["serve", "--listen", "127.0.0.1:0"]).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines
            .find_map(|line| Some(line.unwrap().split_once("listening on http://")?.1.to_owned()))
            .unwrap();
        std::thread::spawn(move || lines.for_each(drop));
        Self { folder, child, address }
    }

    /// Status, head and body.
    fn ask(&self, request: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        // A server that has seen enough may close while it is still being written to.
        let _ = stream.write_all(request.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) =
            answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{answer:?} to {request:.200}"));
        (head[9..12].parse().unwrap(), head.to_owned(), body.to_owned())
    }

    fn expect_client_error(&self, request: &str) {
        let (status, _, body) = self.ask(request);
        assert!((400..500).contains(&status), "{status} {body:.200} to {request:.200}");
    }

    /// (refresh, access)
    fn log_in(&self) -> (String, String) {
        let body = self.ask(&login()).2;
        let member = |name: &str| {
            let value = body.split_once(&format!("\"{name}\":\"")).unwrap().1;
            value.split_once('"').unwrap().0.to_owned()
        };
        (member("refresh"), member("access"))
    }

    fn database(&self) -> Connection {
        let path: PathBuf = self.folder.path().join("countersign.db");
        Connection::open(path).unwrap()
    }

    fn sql(&self, statements: &str) {
        let database = self.database();
        database.busy_timeout(Duration::from_secs(5)).unwrap();
        database.execute_batch(statements).unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
