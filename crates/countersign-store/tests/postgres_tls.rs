//! TLS to PostgreSQL: how far a server is trusted.
//!
//! Runs where `COUNTERSIGN_POSTGRES_BIN` names PostgreSQL's programs.
#![expect(clippy::unwrap_used, reason = "what fails in a test fails the test")]

use countersign_core::clock::Timestamp;
use countersign_core::store::{Store as _, Users as _};
use countersign_core::testing::block_on;
use countersign_postgres_fixture::{Server, Tls};
use countersign_store::Options;
use countersign_store::postgres::Postgres;
use std::path::Path;

const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);

fn file(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls").join(name).display().to_string()
}

/// What comes of a connection with these parameters.
fn open(server: &Server, host: &str, parameters: &str) -> Result<Postgres, String> {
    let port = server.port().unwrap();
    let url = format!("postgres://postgres@{host}:{port}/postgres?connect_timeout=5&{parameters}");
    let options = Options::new(url.parse().unwrap());
    Postgres::migrate(&options, NOW).map_err(|error| error.to_string())?;
    Postgres::open(&options, NOW).map_err(|error| error.to_string())
}

/// Whether its connections are encrypted.
fn is_encrypted(server: &Server, store: &Postgres) -> bool {
    block_on(store.ping()).unwrap();
    block_on(store.find_by_username("nobody")).unwrap();
    let sql = "SELECT bool_and(s.ssl) FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid)
               WHERE a.application_name = 'countersign'";
    server.sql("postgres", sql) == "t"
}

#[test]
fn a_server_is_trusted_as_far_as_the_url_says() {
    let tls = Tls { certificate: file("server.pem"), key: file("server.key") };
    let Some(server) = Server::own_with_tls(&tls) else { return };
    let (authority, other) = (file("authority.pem"), file("other.pem"));
    for (host, parameters, encrypted) in [
        ("localhost", "sslmode=disable".to_owned(), false),
        ("localhost", String::new(), true),
        ("localhost", "sslmode=require".to_owned(), true),
        ("127.0.0.1", format!("sslmode=verify-ca&sslrootcert={authority}"), true),
        ("127.0.0.1", format!("sslmode=require&sslrootcert={authority}"), true),
        ("localhost", format!("sslmode=verify-full&sslrootcert={authority}"), true),
    ] {
        let store = open(&server, host, &parameters).unwrap_or_else(|error| panic!("{parameters}: {error}"));
        assert_eq!(is_encrypted(&server, &store), encrypted, "{parameters}");
        drop(store);
    }
    for (host, parameters, words) in [
        ("127.0.0.1", format!("sslmode=verify-full&sslrootcert={authority}"), "cannot be reached"),
        ("localhost", format!("sslmode=verify-full&sslrootcert={other}"), "cannot be reached"),
        ("localhost", format!("sslmode=verify-ca&sslrootcert={other}"), "cannot be reached"),
        ("localhost", format!("sslmode=require&sslrootcert={other}"), "cannot be reached"),
        (
            "localhost",
            "sslmode=verify-full&sslrootcert=/nowhere.pem".to_owned(),
            "certificate cannot be checked",
        ),
    ] {
        let fault = open(&server, host, &parameters).err().unwrap_or_else(|| panic!("{parameters}"));
        assert!(fault.contains(words), "{parameters}: {fault}");
    }
}

#[test]
fn a_server_without_tls_is_refused_where_it_is_asked_for() {
    let Some(server) = Server::own_on_a_port() else { return };
    open(&server, "localhost", "sslmode=prefer").unwrap();
    for parameters in ["sslmode=require", "sslmode=verify-full"] {
        let fault = open(&server, "localhost", parameters).err().unwrap();
        assert!(fault.contains("cannot be"), "{fault}");
    }
}
