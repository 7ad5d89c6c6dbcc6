//! What a running server tells whoever looks after it: the program itself, asked from outside.

#![expect(clippy::unwrap_used, reason = "in a test a failure is a panic")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// `countersign dev`, on a port of its own.
struct Site {
    child: Child,
    address: String,
    /// Removed at the end.
    _directory: TempDir,
}

impl Site {
    fn start(settings: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let text = format!("{settings}\n[passwords]\npbkdf2_iterations = 1000\n");
        std::fs::write(directory.path().join("countersign.toml"), text).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_countersign"))
            .args(["dev", "--listen", "127.0.0.1:0"])
            .current_dir(directory.path())
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = loop {
            let line = lines.next().expect("it listens before it ends").unwrap();
            if let Some(address) = line.strip_prefix("listening on http://") {
                break address.to_owned();
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address, _directory: directory }
    }

    fn ask(&self, method: &str, path: &str, more: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{more}", self.address);
        write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn get(&self, path: &str) -> String {
        self.ask("GET", path, "", "")
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

#[test]
fn metrics_count_what_happened_and_name_nobody() {
    let site = Site::start("");
    site.ask("POST", "/api/token/", FORM, "username=demo&password=demo");
    site.ask("POST", "/api/token", FORM, "username=demo&password=unmistakable");
    site.ask("POST", "/api/token/refresh/", FORM, "refresh=x");
    site.get("/no/such/unmistakable/");
    let page = site.get("/metrics");
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    assert!(page.contains("content-type: text/plain; version=0.0.4; charset=utf-8\r\n"), "{page}");
    for line in [
        r#"countersign_requests_total{endpoint="/api/token/",method="POST",status="200"} 1"#,
        r#"countersign_requests_total{endpoint="/api/token/",method="POST",status="401"} 1"#,
        r#"countersign_requests_total{endpoint="",method="GET",status="404"} 1"#,
        r#"countersign_request_duration_seconds_count{endpoint="/api/token/"} 2"#,
        r#"countersign_logins_total{method="simple_jwt",outcome="success"} 1"#,
        r#"countersign_logins_total{method="simple_jwt",outcome="wrong_password"} 1"#,
        r#"countersign_refreshes_total{endpoint="/api/token/refresh/",outcome="refused"} 1"#,
        "countersign_hashing_waiting 0",
        "countersign_database_errors_total 0",
    ] {
        assert!(page.contains(&format!("\n{line}\n")), "{line} in {page}");
    }
    assert!(!page.contains("unmistakable") && !page.contains("demo\""), "{page}");
    assert!(site.ask("POST", "/metrics", "", "").starts_with("HTTP/1.1 405 "));
    let through_a_proxy = site.ask("GET", "/metrics", "X-Forwarded-For: 127.0.0.1\r\n", "");
    assert!(through_a_proxy.starts_with("HTTP/1.1 404 "), "{through_a_proxy}");
}

#[test]
fn metrics_that_nobody_may_read_are_not_there_and_not_described() {
    let site = Site::start("[server]\nmetrics = []\n");
    assert!(site.get("/metrics").starts_with("HTTP/1.1 404 "));
    let document = site.get("/openapi.json");
    assert!(document.contains("/healthz") && !document.contains("\"/metrics\""));
}

#[test]
fn the_server_describes_itself_to_programs_and_people() {
    let site = Site::start("");
    let document = site.get("/openapi.json");
    assert!(document.contains("content-type: application/json\r\n"));
    for path in [
        "/api/token/",
        "/api-token-auth/",
        "/accounts/login",
        "/hello/",
        "/readyz",
        "/metrics",
        "/docs",
        "/.well-known/jwks.json",
    ] {
        assert!(document.contains(&format!("\"{path}\":")), "{path}");
    }
    for path in ["/docs", "/"] {
        let page = site.get(path);
        assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{path}");
        assert!(page.contains("content-security-policy: default-src 'none'; style-src 'sha256-"), "{path}");
        assert!(page.contains("/api/token/refresh/") && !page.contains("<script"), "{path}");
    }
    assert!(site.ask("POST", "/healthz", "", "").starts_with("HTTP/1.1 405 "));
}

#[test]
fn a_server_of_json_alone_has_no_pages() {
    let site = Site::start("[server]\njson_only = true\n");
    assert!(site.get("/docs").starts_with("HTTP/1.1 404 ") && site.get("/").starts_with("HTTP/1.1 404 "));
    assert!(!site.get("/openapi.json").contains("text/html"));
}
