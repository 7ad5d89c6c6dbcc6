//! `check --origin`, beside a server that runs on the same file.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::program::{Folder, Outcome};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};

const PAGE: &str = "http://localhost:3000";

/// The program, serving.
struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn by(folder: &Folder) -> Self {
        let serve = ["serve", "--listen", "127.0.0.1:0"];
        let mut child = folder.command(&serve).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines
            .find_map(|line| Some(line.unwrap().split_once("listening on http://")?.1.to_owned()))
            .unwrap();
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }

    /// Head and body of what is answered to the page.
    fn ask(&self, method: &str, path: &str, headers: &[&str], body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let line = format!("{method} {path} HTTP/1.1");
        let own = [format!("Host: {}", self.address), format!("Content-Length: {}", body.len())];
        let fixed = ["Content-Type: application/json", "Connection: close", "Origin: http://localhost:3000"];
        let head = [&[&*line, &own[0], &own[1]][..], &fixed, headers].concat().join("\r\n");
        stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn preflight(&self) -> String {
        let asks = ["Access-Control-Request-Method: POST", "Access-Control-Request-Headers: x-csrftoken"];
        self.ask("OPTIONS", "/accounts/login", &asks, "")
    }

    fn log_in(&self) -> String {
        let credentials = r#"{"username":"alice","password":"correct horse battery"}"#;
        self.ask("POST", "/accounts/login", &[], credentials)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder with Alice, a server on it, and what `check` says of its page.
fn staged(more: &str) -> (Folder, Served, Outcome) {
    let folder = Folder::new();
    folder.configure(more);
    folder.add("alice");
    let served = Served::by(&folder);
    let api = format!("http://{}", served.address.replace("127.0.0.1", "localhost"));
    let outcome = folder.run(&format!("check --origin {PAGE} --api {api}"));
    (folder, served, outcome)
}

fn header<'a>(answer: &'a str, name: &str) -> Vec<&'a str> {
    let head = answer.split_once("\r\n\r\n").unwrap().0;
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.filter(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
}

#[test]
fn a_page_that_nothing_is_said_against_logs_in_and_refreshes_where_it_is_served() {
    let (_folder, served, outcome) =
        staged(&format!("[cors]\nallowed_origins = [\"{PAGE}\"]\nallow_credentials = true\n"));
    let said = outcome.done().out;
    assert!(said.contains("preflight, login and refresh work, and the cookies are kept"), "{said}");

    let preflight = served.preflight();
    assert_eq!(header(&preflight, "access-control-allow-origin"), [PAGE]);
    assert!(header(&preflight, "access-control-allow-headers")[0].contains("x-csrftoken"), "{preflight}");
    let login = served.log_in();
    assert!(login.starts_with("HTTP/1.1 200 "), "{login}");
    let pairs: Vec<_> =
        header(&login, "set-cookie").iter().map(|line| line.split(';').next().unwrap().to_owned()).collect();
    let cookie = format!("Cookie: {}", pairs.join("; "));
    let token = format!("X-CSRFToken: {}", header(&login, "x-csrftoken")[0]);
    let refresh = served.ask("POST", "/accounts/refresh_token", &[&cookie, &token], "");
    assert!(refresh.starts_with("HTTP/1.1 200 ") && refresh.contains("access_token"), "{refresh}");
    assert_eq!(header(&refresh, "access-control-allow-credentials"), ["true"]);
}

#[test]
fn the_header_that_it_misses_is_missing_where_it_is_served() {
    let (_folder, served, outcome) = staged("");
    outcome.refused("the answer has no access-control-allow-origin for http://localhost:3000");
    assert!(header(&served.preflight(), "access-control-allow-origin").is_empty());
    assert!(served.log_in().starts_with("HTTP/1.1 403 "), "the page may not log anybody in");
}

#[test]
fn the_cookie_that_a_browser_would_drop_is_set_as_it_says() {
    let cors = "[cors]\nallowed_origins = [\"http://localhost:3000\"]\nallow_credentials = true\n";
    let (folder, served, _) = staged(cors);
    // 127.0.0.1 and localhost are two sites.
    let refused = folder.run(&format!("check --origin {PAGE} --api http://{}", served.address));
    refused.refused("browsers drop the cookie refreshtoken: it is SameSite=Lax");
    let login = served.log_in();
    let cookies = header(&login, "set-cookie");
    assert!(cookies.iter().all(|line| line.contains("SameSite=Lax") && !line.contains("Secure")), "{login}");
}

#[test]
fn a_claim_of_a_column_that_the_table_does_not_have_is_told_before_anything_is_served() {
    let folder = Folder::empty();
    folder.configure(
        "[users]\ntable = \"people\"\nusername = \"login\"\n[blacklist]\nenabled = false\n[simple_jwt.claims]\nmail = \
         \"user.email\"\n",
    );
    let table = "CREATE TABLE people (id integer PRIMARY KEY, login text UNIQUE, password text)";
    folder.database().execute_batch(table).unwrap();
    folder.run("db migrate").done();
    for command in ["check", "serve --listen 127.0.0.1:0"] {
        folder
            .run(command)
            .refused(
                "[simple_jwt] claims reads user.email for the claim mail, and the user table has no such",
            )
            .refused("name the column in [users] email, or remove it");
    }
    folder.database().execute_batch("ALTER TABLE people ADD COLUMN email text").unwrap();
    folder.run("check").done();
}
