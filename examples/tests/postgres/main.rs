//! The examples that take a PostgreSQL database, on one.
#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene should stop")]

#[path = "../http/program.rs"]
#[expect(dead_code, reason = "the other tests ask for its address as well")]
mod program;

use countersign_postgres_fixture::Server;
use program::Program;
use serde_json::Value;

#[test]
fn user_table_reads_the_members_of_a_postgresql_database_as_they_are() {
    let Some(server) = Server::find() else { return };
    let database = server.database();
    let hash = countersign_examples::hashed("correct horse").unwrap();
    database.sql(&format!(
        "CREATE TABLE members (id integer PRIMARY KEY, login text UNIQUE, hash text, mail text, enabled boolean);
         INSERT INTO members VALUES (7, 'ann', '{hash}', 'ann@example.com', true)"
    ));
    let program = Program::start(env!("CARGO_BIN_EXE_user_table"), &[&database.url()]);
    let (status, pair) = program.post("/api/token/", "login=ann&password=correct%20horse");
    assert_eq!(status, 200, "{pair}");
    let pair: Value = serde_json::from_str(&pair).unwrap();
    let access = format!("Bearer {}", pair["access"].as_str().unwrap());
    assert_eq!(program.get("/whoami", Some(&access)), (200, "ann <ann@example.com>\n".to_owned()));
    database.sql("UPDATE members SET enabled = false");
    assert_eq!(program.get("/whoami", Some(&access)).0, 401);
}
