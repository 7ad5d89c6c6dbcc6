//! Every kind of token at every door of one server on which all dialects share one secret: each door opens to its own
//! kind alone.

#![expect(clippy::unwrap_used, reason = "in a test a failure is a panic")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

const CONFIG: &str = r#"
secret_key = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN"
[passwords]
pbkdf2_iterations = 1000
[jwt_auth]
allow_refresh = true
[admin]
enabled = true
[demo]
enabled = true
"#;

const CREDENTIALS: &str = r#"{"username":"alice","password":"correct horse battery"}"#;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Access,
    Refresh,
    Sliding,
    /// djangorestframework-jwt's one kind.
    Jwt,
    /// The recipe's, in the answer.
    CookieAccess,
    /// The recipe's, in the cookie.
    CookieRefresh,
    /// The value of the CSRF cookie.
    Csrf,
}

/// A door: its name, the kind that it is for, and the request that brings a token there.
struct Door {
    name: &'static str,
    /// `None`: it is for nobody's token, but for links that only its own server makes.
    takes: Option<Kind>,
    request: fn(&str, &Program) -> String,
}

/// Those that end what they are shown come last.
const DOORS: &[Door] = &[
    Door {
        name: "/hello/",
        takes: Some(Kind::Access),
        request: |token, _| get("/hello/", &format!("Authorization: Bearer {token}\r\n")),
    },
    Door {
        name: "/api/endpoint/",
        takes: Some(Kind::Jwt),
        request: |token, _| get("/api/endpoint/", &format!("Authorization: JWT {token}\r\n")),
    },
    Door {
        name: "/accounts/user",
        takes: Some(Kind::CookieAccess),
        request: |token, _| get("/accounts/user", &format!("Authorization: Bearer {token}\r\n")),
    },
    Door {
        name: "/api-token-verify/",
        takes: Some(Kind::Jwt),
        request: |token, _| post("/api-token-verify/", "", &member("token", token)),
    },
    Door {
        name: "/api-token-refresh/",
        takes: Some(Kind::Jwt),
        request: |token, _| post("/api-token-refresh/", "", &member("token", token)),
    },
    Door {
        name: "/api/token/sliding/refresh/",
        takes: Some(Kind::Sliding),
        request: |token, _| post("/api/token/sliding/refresh/", "", &member("token", token)),
    },
    Door {
        name: "/admin/link/",
        takes: None,
        request: |token, _| get(&format!("/admin/link/?once={token}"), ""),
    },
    Door {
        name: "/accounts/refresh_token by its CSRF token",
        takes: Some(Kind::Csrf),
        request: |token, program| {
            // Both halves of the proof at once, as whoever can set a cookie would try.
            let (refresh, ..) = program.cookies();
            let headers =
                format!("Cookie: refreshtoken={refresh}; csrftoken={token}\r\nX-CSRFToken: {token}\r\n");
            post("/accounts/refresh_token", &headers, "")
        },
    },
    Door {
        name: "/accounts/refresh_token by its cookie",
        takes: Some(Kind::CookieRefresh),
        request: |token, program| {
            let (_, csrf, _) = program.cookies();
            let headers =
                format!("Cookie: refreshtoken={token}; csrftoken={csrf}\r\nX-CSRFToken: {csrf}\r\n");
            post("/accounts/refresh_token", &headers, "")
        },
    },
    Door {
        name: "/api/token/refresh/",
        takes: Some(Kind::Refresh),
        request: |token, _| post("/api/token/refresh/", "", &member("refresh", token)),
    },
    Door {
        name: "/api/token/blacklist/",
        takes: Some(Kind::Refresh),
        request: |token, _| post("/api/token/blacklist/", "", &member("refresh", token)),
    },
];

/// SECURITY.md's B16. simplejwt's `/api/token/verify/` is left out: it is for every kind that simplejwt has.
#[test]
fn each_door_opens_to_its_own_kind_of_token_alone() {
    let program = Program::start();
    let tokens = program.one_of_each();
    let mut refusals = 0;
    for (kind, token) in &tokens {
        for door in DOORS.iter().filter(|door| door.takes != Some(*kind)) {
            let (status, _, body) = program.ask(&(door.request)(token, &program));
            assert!((400..500).contains(&status), "{kind:?} at {}: {status} {body}", door.name);
            refusals += 1;
        }
    }
    // Nothing of what was tried has used one up: each still opens its own.
    let mut opened = 0;
    for door in DOORS {
        let Some((_, token)) = tokens.iter().find(|(kind, _)| Some(*kind) == door.takes) else { continue };
        let (status, _, body) = program.ask(&(door.request)(token, &program));
        assert_eq!(status, 200, "{}: {body}", door.name);
        opened += 1;
    }
    assert_eq!((refusals, opened), (7 * 11 - 10, 10));
}

fn get(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Connection: close\r\n\r\n")
}

fn post(path: &str, headers: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn member(name: &str, value: &str) -> String {
    format!(r#"{{"{name}":"{value}"}}"#)
}

/// What stands between two marks.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    text.split_once(before)
        .unwrap_or_else(|| panic!("{before} is not in {text}"))
        .1
        .split_once(after)
        .unwrap()
        .0
}

/// The program, with one user, ended with the test.
struct Program {
    child: Child,
    address: String,
    _folder: TempDir,
}

impl Program {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("countersign.toml"), CONFIG).unwrap();
        let command = |arguments: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
            command.args(arguments).current_dir(folder.path()).env_clear();
            command
        };
        assert!(command(&["db", "migrate"]).output().unwrap().status.success());
        let mut add = command(&["user", "add", "alice", "--password-stdin"]);
        let mut add = add.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        writeln!(add.stdin.take().unwrap(), "correct horse battery").unwrap();
        assert!(add.wait().unwrap().success());
        let mut serve = command(&["serve", "--listen", "127.0.0.1:0"]);
        let mut child = serve.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address =
            lines.find_map(|line| Some(line.unwrap().split_once("listening on http://")?.1.to_owned()));
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address: address.unwrap(), _folder: folder }
    }

    /// Status, head and body.
    fn ask(&self, request: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{answer:?} to {request}"));
        (head[9..12].parse().unwrap(), head.to_owned(), body.to_owned())
    }

    fn log_in_at(&self, path: &str) -> (String, String) {
        let (status, head, body) = self.ask(&post(path, "", CREDENTIALS));
        assert_eq!(status, 200, "{path}: {body}");
        (head, body)
    }

    /// The refresh token, CSRF token and access token of a new login with cookies.
    fn cookies(&self) -> (String, String, String) {
        let (head, body) = self.log_in_at("/accounts/login");
        let cookie = |name: &str| between(&head, &format!("{name}="), ";").to_owned();
        (cookie("refreshtoken"), cookie("csrftoken"), between(&body, "\"access_token\":\"", "\"").to_owned())
    }

    fn one_of_each(&self) -> [(Kind, String); 7] {
        let pair = self.log_in_at("/api/token/").1;
        let token = |path: &str| between(&self.log_in_at(path).1, "\"token\":\"", "\"").to_owned();
        let (cookie_refresh, csrf, cookie_access) = self.cookies();
        [
            (Kind::Access, between(&pair, "\"access\":\"", "\"").to_owned()),
            (Kind::Refresh, between(&pair, "\"refresh\":\"", "\"").to_owned()),
            (Kind::Sliding, token("/api/token/sliding/")),
            (Kind::Jwt, token("/api-token-auth/")),
            (Kind::CookieAccess, cookie_access),
            (Kind::CookieRefresh, cookie_refresh),
            (Kind::Csrf, csrf),
        ]
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
