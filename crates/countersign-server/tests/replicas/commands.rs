//! The commands on PostgreSQL.

use crate::replica::Site;
use countersign_postgres_fixture::{Database, Server};
use serde_json::Value;

fn site() -> Option<(Database, Site)> {
    let database = Server::find()?.database();
    let site = Site::new(&database.url(), "");
    Some((database, site))
}

#[test]
fn a_database_is_checked_migrated_and_described() {
    let Some(server) = Server::find() else { return };
    let database = server.database();
    let site = Site::new("sqlite://other.db", "");
    site.point_at(&database.url(), "");
    let (code, _, err) = site.outcome(&["check"], "");
    assert!(code == Some(1) && err.contains("create it with `countersign db migrate`"), "{err}");
    let (code, out, _) = site.outcome(&["db", "migrate", "--check"], "");
    assert!(
        code == Some(1) && out.contains("missing: the database") || out.contains("missing: auth_user"),
        "{out}"
    );
    let done = site.run(&["db", "migrate"], "");
    assert!(done.contains("made the tables of Django's contenttypes and auth"), "{done}");
    assert!(site.run(&["db", "migrate"], "").contains("nothing was missing"));
    site.run(&["check"], "");
    let status: Value = serde_json::from_str(&site.run(&["db", "status", "--json"], "")).unwrap();
    assert_eq!(status["made_by"], "countersign");
    assert!(status["postgresql"].is_string() && status["journal_mode"].is_null(), "{status}");
    assert_eq!(status["tables"]["auth_user"], 0);
    assert!(site.run(&["db", "status"], "").contains("PostgreSQL "));
}

#[test]
fn a_database_that_cannot_be_reached_is_said_without_its_password() {
    let site = Site::new("sqlite://other.db", "");
    site.point_at("postgres://ann:s3cret@127.0.0.1:1/app", "");
    for arguments in [&["check"][..], &["db", "migrate"], &["serve"], &["user", "list"]] {
        let (code, out, err) = site.outcome(arguments, "");
        assert_eq!(code, Some(1), "{out}{err}");
        assert!(
            err.contains("cannot open postgres://***@127.0.0.1:1/app: PostgreSQL cannot be reached"),
            "{err}"
        );
        assert!(!err.contains("s3cret"), "{err}");
    }
}

#[test]
fn users_are_looked_after() {
    let Some((_database, site)) = site() else { return };
    let show =
        || -> Value { serde_json::from_str(&site.run(&["user", "show", "ann", "--json"], "")).unwrap() };
    assert_eq!(show()["is_active"], true);
    site.run(&["user", "disable", "ann"], "");
    assert_eq!(show()["is_active"], false);
    site.run(&["user", "password", "ann", "--password-stdin"], "correct horse battery\n");
    site.run(&["user", "add", "bob", "--password-stdin"], "correct horse battery\n");
    let (code, _, err) = site.outcome(&["user", "add", "bob", "--password-stdin"], "correct horse battery\n");
    assert!(code == Some(1) && err.contains("bob"), "{err}");
    let listed: Value = serde_json::from_str(&site.run(&["user", "list", "--json"], "")).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 2);
    site.run(&["user", "delete", "ann", "--yes"], "");
    assert_eq!(site.outcome(&["user", "show", "ann"], "").0, Some(1));
}

#[test]
fn tokens_are_issued_verified_revoked_and_purged() {
    let Some((database, site)) = site() else { return };
    let token = site.run(&["token", "issue", "ann", "--kind", "refresh"], "");
    let token = token.trim();
    site.run(&["token", "verify", token], "");
    site.run(&["token", "revoke", token], "");
    let (code, out, _) = site.outcome(&["token", "verify", token], "");
    assert!(code == Some(1) && out.contains("blacklist"), "{out}");
    assert!(site.run(&["db", "purge"], "").contains("no token had ended"));
    database.sql("UPDATE token_blacklist_outstandingtoken SET expires_at = '2020-01-01'");
    assert!(site.run(&["db", "purge"], "").contains("removed 1 token"));
}

#[test]
fn dev_works_on_a_server_too() {
    let Some(server) = Server::find() else { return };
    let database = server.database();
    let site = Site::new("sqlite://other.db", "");
    site.point_at(&database.url(), "");
    for _ in 0..2 {
        let dev = site.serve_as(&["dev", "--listen", "127.0.0.1:0"]);
        let answer = dev.post("/api/token/", &serde_json::json!({ "username": "demo", "password": "demo" }));
        assert_eq!(dev.hello(&answer.text("access")).status, 200);
    }
    assert!(!site.path().join("countersign.db").exists());
}
