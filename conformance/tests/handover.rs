//! One database, two servers on it: what one wrote, the other honours.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use countersign_conformance::exchange::{Request, Response};
use countersign_conformance::process::{Peer, Server, Settings, program};
use rusqlite::Connection;
use serde_json::json;
use std::path::Path;
use tempfile::TempDir;

const KINDS: [&str; 7] =
    ["pbkdf2_sha256", "pbkdf2_sha1", "argon2", "bcrypt_sha256", "bcrypt", "scrypt", "md5"];

fn settings() -> Settings {
    let pairs = [("ROTATE_REFRESH_TOKENS", "1"), ("BLACKLIST_AFTER_ROTATION", "1"), ("EVERY_HASH_KIND", "1")];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

/// What is asked of either server, in few words.
trait Wire {
    fn post(&self, path: &str, body: &serde_json::Value) -> Response;
    fn hello(&self, access: &str) -> u16;

    fn login(&self, username: &str, password: &str) -> Response {
        self.post("/api/token/", &json!({ "username": username, "password": password }))
    }

    fn refresh(&self, token: &str) -> Response {
        self.post("/api/token/refresh/", &json!({ "refresh": token }))
    }

    fn blacklist(&self, token: &str) -> Response {
        self.post("/api/token/blacklist/", &json!({ "refresh": token }))
    }

    fn verify(&self, token: &str) -> Response {
        self.post("/api/token/verify/", &json!({ "token": token }))
    }
}

impl Wire for Server {
    fn post(&self, path: &str, body: &serde_json::Value) -> Response {
        self.ask(&Request::post(path, body)).unwrap()
    }

    fn hello(&self, access: &str) -> u16 {
        let request = Request::new("GET", "/hello/").with("Authorization", &format!("Bearer {access}"));
        self.ask(&request).unwrap().status
    }
}

fn token(answer: &Response, name: &str) -> String {
    let tokens = answer.tokens();
    let token = tokens.into_iter().find(|(own, _)| *own == name).map(|(_, token)| token);
    token
        .unwrap_or_else(|| panic!("no {name} in {} {}", answer.status, String::from_utf8_lossy(&answer.body)))
}

fn says(answer: &Response, status: u16, words: &str) {
    let body = String::from_utf8_lossy(&answer.body);
    assert!(answer.status == status && body.contains(words), "{} {body}", answer.status);
}

/// What `giver` issued, rotated and blacklisted, `taker` honours; and the giver sees what the taker did.
fn tokens_are_honoured(giver: &Server, taker: &Server) {
    let login = giver.login("alice", "alice-pass-1");
    assert_eq!(taker.hello(&token(&login, "access")), 200);
    says(&taker.verify(&token(&login, "access")), 200, "{}");

    let used = token(&login, "refresh");
    let rotated = giver.refresh(&used);
    says(&taker.refresh(&used), 401, "Token is blacklisted");

    let live = token(&rotated, "refresh");
    let again = taker.refresh(&live);
    assert_eq!(giver.hello(&token(&again, "access")), 200);
    says(&giver.refresh(&live), 401, "Token is blacklisted");
    says(&giver.verify(&live), 400, "Token is blacklisted");

    let last = token(&again, "refresh");
    says(&giver.blacklist(&last), 200, "{}");
    says(&taker.refresh(&last), 401, "Token is blacklisted");
    says(&taker.blacklist(&last), 401, "Token is blacklisted");
    says(&taker.verify(&last), 400, "Token is blacklisted");

    let another = token(&giver.login("bob", "bob-pass-1"), "refresh");
    says(&taker.blacklist(&another), 200, "{}");
    says(&giver.refresh(&another), 401, "Token is blacklisted");
}

/// Users of every hash kind that Django makes log in at `taker`, and afterwards still at `giver`.
fn passwords_are_honoured(giver: &Server, taker: &Server) {
    for kind in KINDS {
        says(&taker.login(kind, "not this one"), 401, "No active account");
        says(&taker.login(kind, &format!("{kind}-pass-1")), 200, "access");
        says(&giver.login(kind, &format!("{kind}-pass-1")), 200, "access");
    }
    says(&taker.login("ida", "ida-pass-1"), 401, "No active account");
    says(&taker.login("nopass", "!"), 401, "No active account");
}

/// After a successful login every hash is of the preferred kind, as Django would have left it.
fn hashes_are_upgraded(database: &Path) {
    let database = Connection::open(database).unwrap();
    for kind in KINDS {
        let query = "SELECT password FROM auth_user WHERE username = ?1";
        let hash: String = database.query_row(query, [kind], |row| row.get(0)).unwrap();
        assert!(
            hash.starts_with("pbkdf2_sha256$1000$"),
            "{kind} is still {}",
            &hash[..hash.find('$').unwrap()]
        );
    }
}

/// Each side issues, rotates and blacklists, and the other honours it; Django finds nothing to migrate.
fn hand_over(peer: &Peer, state: &TempDir, settings: &Settings, django: &Server, other: &Server) {
    passwords_are_honoured(django, other);
    hashes_are_upgraded(&state.path().join("db.sqlite3"));
    tokens_are_honoured(django, other);
    tokens_are_honoured(other, django);
    peer.nothing_to_migrate(state.path(), settings).unwrap();
}

fn a_database_of_django(peer: &Peer, settings: &Settings) -> TempDir {
    let state = tempfile::tempdir().unwrap();
    peer.prepare(state.path(), settings).unwrap();
    state
}

/// Tokens of `jwt_auth` that `giver` issued, `taker` honours and refreshes, and the giver goes on with those.
fn jwt_auth_is_honoured(giver: &Server, taker: &Server, prefix: &str, success: u16) {
    let who = |server: &Server, token: &str| {
        let request =
            Request::new("GET", "/api/endpoint/").with("Authorization", &format!("{prefix} {token}"));
        server.ask(&request).unwrap()
    };
    let send = |server: &Server, path: &str, token: &str| server.post(path, &json!({ "token": token }));
    let login = giver.post("/api-token-auth/", &json!({ "username": "alice", "password": "alice-pass-1" }));
    let first = token(&login, "token");
    says(&who(taker, &first), 200, "alice");
    says(&send(taker, "/api-token-verify/", &first), success, &first);
    let second = token(&send(taker, "/api-token-refresh/", &first), "token");
    says(&who(giver, &second), 200, "alice");
    let third = token(&send(giver, "/api-token-refresh/", &second), "token");
    says(&who(taker, &third), 200, "alice");
    says(&send(taker, "/api-token-verify/", &third), success, &third);
}

/// What `giver` puts on drf-jwt's blacklist is refused by both, with all that was refreshed from the same login.
fn its_blacklist_is_honoured(giver: &Server, taker: &Server) {
    let login = giver.post("/api-token-auth/", &json!({ "username": "bob", "password": "bob-pass-1" }));
    let first = token(&login, "token");
    let second = token(&taker.post("/api-token-refresh/", &json!({ "token": first })), "token");
    let with = |request: Request, token: &str| request.with("Authorization", &format!("Bearer {token}"));
    let request = with(Request::post("/blacklist/", &json!({})), &second);
    says(&giver.ask(&request).unwrap(), 201, "token");
    for server in [giver, taker] {
        for token in [&first, &second] {
            let answer = server.post("/api-token-verify/", &json!({ "token": token }));
            says(&answer, 400, "Token is blacklisted.");
            let answer = server.ask(&with(Request::new("GET", "/api/endpoint/"), token)).unwrap();
            says(&answer, 403, "Token is blacklisted.");
        }
    }
}

#[test]
fn a_database_of_drf_jwt_is_shared_in_both_directions() {
    let (Some(peer), Some(program)) = (Peer::current(), program()) else { return };
    let settings = Settings::new();
    let state = a_database_of_django(&peer, &settings);
    let django = peer.start(state.path(), &settings).unwrap();
    let database = state.path().join("db.sqlite3");
    let ours = Server::start_countersign(&program, state.path(), &database, &settings).unwrap();
    for (giver, taker) in [(&django, &ours), (&ours, &django)] {
        jwt_auth_is_honoured(giver, taker, "Bearer", 201);
        its_blacklist_is_honoured(giver, taker);
    }
    peer.nothing_to_migrate(state.path(), &settings).unwrap();
}

#[test]
fn a_database_of_the_original_package_is_shared_in_both_directions() {
    let (Some(peer), Some(program)) = (Peer::original(), program()) else { return };
    let pairs = [
        ("JWT_PROFILE", "djangorestframework-jwt"),
        ("JWT_ALLOW_REFRESH", "1"),
        ("SIMPLEJWT_BLACKLIST_APP", "0"),
    ];
    let settings: Settings = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let state = a_database_of_django(&peer, &settings);
    let django = peer.start(state.path(), &settings).unwrap();
    let database = state.path().join("db.sqlite3");
    let ours = Server::start_countersign(&program, state.path(), &database, &settings).unwrap();
    for (giver, taker) in [(&django, &ours), (&ours, &django)] {
        jwt_auth_is_honoured(giver, taker, "JWT", 200);
    }
    peer.nothing_to_migrate(state.path(), &settings).unwrap();
}

#[test]
fn a_database_of_django_is_shared_with_countersign_in_both_directions() {
    let (Some(peer), Some(program)) = (Peer::current(), program()) else { return };
    let settings = settings();
    let state = a_database_of_django(&peer, &settings);
    let django = peer.start(state.path(), &settings).unwrap();
    let database = state.path().join("db.sqlite3");
    let ours = Server::start_countersign(&program, state.path(), &database, &settings).unwrap();
    hand_over(&peer, &state, &settings, &django, &ours);
}

/// Django takes no notice of the name that a key pair has in a header.
#[test]
fn a_key_pair_of_django_is_shared_with_countersign_in_both_directions() {
    let (Some(peer), Some(program)) = (Peer::current(), program()) else { return };
    let mut settings = settings();
    settings.insert("ALGORITHM".to_owned(), "RS256".to_owned());
    let state = a_database_of_django(&peer, &settings);
    let django = peer.start(state.path(), &settings).unwrap();
    let database = state.path().join("db.sqlite3");
    let ours = Server::start_countersign(&program, state.path(), &database, &settings).unwrap();
    tokens_are_honoured(&django, &ours);
    tokens_are_honoured(&ours, &django);
}

/// The measure itself: two Djangos on one database pass.
#[test]
fn a_database_of_django_is_shared_with_another_django_in_both_directions() {
    let Some(peer) = Peer::current() else { return };
    let settings = settings();
    let state = a_database_of_django(&peer, &settings);
    let django = peer.start(state.path(), &settings).unwrap();
    let other = peer.start(state.path(), &settings).unwrap();
    hand_over(&peer, &state, &settings, &django, &other);
}
