//! Every example, run as a program and driven over HTTP as its own first lines say.
#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene should stop")]

mod elsewhere;
mod program;

use program::Program;
use serde_json::Value;

fn member(json: &str, name: &str) -> String {
    let value: Value = serde_json::from_str(json).unwrap_or_else(|_| panic!("no JSON: {json}"));
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {json}")).to_owned()
}

const DEMO: &str = "username=demo&password=demo";

#[test]
fn protect_serves_on_what_dev_makes() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("countersign.db");
    let database = database.to_str().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(countersign_examples::demo_store(database)).unwrap();
    std::fs::write(folder.path().join("countersign.key"), "a key of 32 bytes or more, with a line break\n")
        .unwrap();

    let program = Program::start(env!("CARGO_BIN_EXE_protect"), &[database]);
    assert_eq!(program.get("/hello/", None).0, 401);
    let (status, pair) = program.post("/api/token/", DEMO);
    assert_eq!(status, 200, "{pair}");
    let access = format!("Bearer {}", member(&pair, "access"));
    assert_eq!(program.get("/hello/", Some(&access)), (200, "Hello, demo!\n".to_owned()));
}

#[test]
fn protect_is_no_longer_than_it_says() {
    let source = include_str!("../../src/bin/protect.rs");
    let code = source.lines().filter(|line| {
        let line = line.trim();
        !(line.is_empty() || line.starts_with("//") || line.starts_with("use "))
    });
    assert!(code.count() <= 20);
}

#[test]
fn the_readme_shows_what_is_run() {
    let source = include_str!("../../src/bin/protect.rs");
    let code = &source[source.find("use axum").unwrap()..];
    assert!(
        include_str!("../../../README.md").contains(&format!("```rust\n{code}```\n")),
        "README.md shows other code"
    );
}

#[test]
fn dialects_speaks_all_three_and_every_token_opens_its_routes() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("dialects.db");
    let program = Program::start(env!("CARGO_BIN_EXE_dialects"), &[database.to_str().unwrap()]);
    for (path, name, word) in [
        ("/api/token/", "access", "Bearer"),
        ("/api-token-auth/", "token", "JWT"),
        ("/accounts/login", "access_token", "Bearer"),
    ] {
        let (status, body) = program.post(path, DEMO);
        assert_eq!(status, 200, "{path}: {body}");
        let header = format!("{word} {}", member(&body, name));
        let (status, me) = program.get("/me", Some(&header));
        assert_eq!((status, member(&me, "username").as_str()), (200, "demo"), "{path}");
        assert_eq!(program.get("/admin", Some(&header)).0, 200);
    }
    assert_eq!(program.get("/notes", None).0, 200);
    assert_eq!(program.post("/notes", "").0, 401);
    assert_eq!(program.get("/health", None).0, 200);
}

#[test]
fn verify_only_needs_nothing_but_the_issuers_address() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("dialects.db");
    let issuer = Program::start(env!("CARGO_BIN_EXE_dialects"), &[database.to_str().unwrap()]);
    let keys = format!("http://{}/.well-known/jwks.json", issuer.address());
    let service = Program::start(env!("CARGO_BIN_EXE_verify_only"), &[&keys]);
    assert_eq!(service.get("/orders", None).0, 401);
    let access = format!("Bearer {}", member(&issuer.post("/api/token/", DEMO).1, "access"));
    assert_eq!(service.get("/orders", Some(&access)), (200, "the orders of user 1\n".to_owned()));
    // A token of the cookie recipe is signed with the secret, which this service does not know.
    let other = format!("Bearer {}", member(&issuer.post("/accounts/login", DEMO).1, "access_token"));
    assert_eq!(service.get("/orders", Some(&other)).0, 401);
}

#[test]
fn user_table_reads_the_members_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("members.db").display());
    let program = Program::start(env!("CARGO_BIN_EXE_user_table"), &[&url]);
    let (status, pair) = program.post("/api/token/", "login=ann&password=correct%20horse");
    assert_eq!(status, 200, "{pair}");
    let access = format!("Bearer {}", member(&pair, "access"));
    assert_eq!(program.get("/whoami", Some(&access)), (200, "ann <ann@example.com>\n".to_owned()));
    let members = rusqlite::Connection::open(folder.path().join("members.db")).unwrap();
    members.execute("UPDATE members SET enabled = false", []).unwrap();
    assert_eq!(program.get("/whoami", Some(&access)).0, 401);
}

#[test]
fn hooks_are_seen_in_tokens_answers_and_the_list_of_logins() {
    let program = Program::start(env!("CARGO_BIN_EXE_hooks"), &[]);
    assert_eq!(program.post("/api/token/", "username=ann&password=wrong").0, 401);
    let (status, pair) = program.post("/api/token/", "username=ann&password=correct%20horse");
    assert_eq!((status, member(&pair, "tenant").as_str()), (200, "acme"));
    let access = format!("Bearer {}", member(&pair, "access"));
    assert_eq!(program.get("/orders", Some(&access)), (200, "the orders of acme\n".to_owned()));
    assert_eq!(program.get("/orders", None).0, 401);
    let logins = "ann from Some(127.0.0.1): WrongPassword\nann from Some(127.0.0.1): Success\n";
    assert_eq!(program.get("/logins", None), (200, logins.to_owned()));
}
