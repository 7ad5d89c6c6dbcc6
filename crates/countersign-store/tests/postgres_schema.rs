//! Our schema on PostgreSQL: made once by many, gone on with, never by an older program; and its sentences.
//!
//! Runs where `COUNTERSIGN_POSTGRES_BIN` names PostgreSQL's programs.
#![expect(clippy::unwrap_used, reason = "what fails in a test fails the test")]

use countersign_core::clock::Timestamp;
use countersign_core::store::{Store as _, Users as _};
use countersign_core::testing::block_on;
use countersign_postgres_fixture::{Database, Server};
use countersign_store::postgres::Postgres;
use countersign_store::{OpenFault, Options};
use std::time::{Duration, Instant};

const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);

fn place() -> Option<(Database, Options)> {
    let database = Server::find()?.database();
    let options = Options { jwt_blacklist: true, ..Options::new(database.url().parse().unwrap()) };
    Some((database, options))
}

#[test]
fn of_eight_migrations_at_once_each_step_is_done_by_one() {
    let Some((_database, options)) = place() else { return };
    let runs: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..8).map(|_| scope.spawn(|| Postgres::migrate(&options, NOW).unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    // Of our own steps one run may have done some, and another one the rest.
    let each = |said: String| match said.strip_prefix("applied ") {
        Some(steps) => steps.split(", ").map(str::to_owned).collect(),
        None => vec![said],
    };
    let mut done: Vec<String> = runs.into_iter().flatten().flat_map(each).collect();
    let count = done.len();
    done.sort();
    done.dedup();
    let all = 3 + Postgres::status(&options).unwrap().applied.len();
    assert_eq!((done.len(), count), (all, all), "{done:?}");
    assert_eq!(Postgres::migrate(&options, NOW).unwrap(), Vec::<String>::new());
    block_on(Postgres::open(&options, NOW).unwrap().ping()).unwrap();
}

#[test]
fn a_run_that_was_interrupted_is_gone_on_with() {
    let Some((database, options)) = place() else { return };
    Postgres::migrate(&options, NOW).unwrap();
    database.drop_tables("countersign_%");
    database.sql("DROP TABLE blacklist_blacklistedtoken");
    let status = Postgres::status(&options).unwrap();
    assert!(status.ours && status.applied.is_empty() && !status.pending.is_empty());
    let fault = Postgres::open(&options, NOW).unwrap_err().to_string();
    assert!(fault.contains("no table `blacklist_blacklistedtoken`"), "{fault}");
    assert_eq!(Postgres::migrate(&options, NOW).unwrap().len(), 2);
    Postgres::open(&options, NOW).unwrap();
}

#[test]
fn a_step_that_cannot_be_finished_leaves_nothing() {
    let Some((database, options)) = place() else { return };
    database.sql("CREATE TABLE countersign_refresh (x int); CREATE TABLE other (x int)");
    let options = Options { blacklist: false, jwt_blacklist: false, ..options };
    database.sql("CREATE TABLE auth_user (id int PRIMARY KEY, username text, password text)");
    Postgres::migrate(&options, NOW).unwrap_err();
    let left =
        "SELECT count(*) FROM pg_class WHERE relname IN ('countersign_family', 'countersign_migrations')";
    assert_eq!(database.sql(left), "0");
    database.sql("DROP TABLE countersign_refresh");
    assert_eq!(Postgres::migrate(&options, NOW).unwrap().len(), 1);
}

#[test]
fn an_older_program_leaves_a_newer_schema_alone() {
    let Some((database, options)) = place() else { return };
    Postgres::migrate(&options, NOW).unwrap();
    let newer =
        "INSERT INTO countersign_migrations (name, checksum, applied_at) VALUES ('9999_later', 'x', 0)";
    database.sql(newer);
    let fault = Postgres::open(&options, NOW).unwrap_err();
    assert!(matches!(fault.fault(), OpenFault::Newer { step } if step == "9999_later"), "{fault}");
    assert!(Postgres::migrate(&options, NOW).is_err() && Postgres::check(&options).is_err());
    database.sql("DELETE FROM countersign_migrations WHERE name = '9999_later'");
    database.sql("UPDATE countersign_migrations SET checksum = 'x' WHERE name = '0001_families'");
    let fault = Postgres::open(&options, NOW).unwrap_err();
    assert!(matches!(fault.fault(), OpenFault::Changed { .. }), "{fault}");
}

#[test]
fn what_cannot_be_opened_says_why_and_what_helps() {
    let Some((database, options)) = place() else { return };
    let fault = |url: &str| {
        let options = Options { url: url.parse().unwrap(), ..options.clone() };
        Postgres::open(&options, NOW).unwrap_err().to_string()
    };
    let url = database.url();
    assert!(
        fault(&url).contains("it does not exist; create it with `countersign db migrate`"),
        "{}",
        fault(&url)
    );
    let nowhere = url.replace(database.name(), "nowhere");
    assert!(
        fault(&nowhere).contains("no database of that name; make it with `createdb`"),
        "{}",
        fault(&nowhere)
    );
    let nobody = url.replace("postgres@", "nobody:s3cret@");
    assert!(fault(&nobody).contains("role \"nobody\" does not exist"), "{}", fault(&nobody));
    assert!(!fault(&nobody).contains("s3cret"));
    let closed = "postgres://u:s3cret@127.0.0.1:1/d";
    assert!(fault(closed).contains("cannot be reached"), "{}", fault(closed));
    let wrong = format!("{url}?sslmode=perhaps");
    assert!(fault(&wrong).contains("sslmode=perhaps"), "{}", fault(&wrong));
}

#[test]
fn a_database_whose_commits_are_not_safe_is_told_to_make_them_so() {
    let Some((database, options)) = place() else { return };
    Postgres::migrate(&options, NOW).unwrap();
    database.sql(&format!("ALTER DATABASE {} SET synchronous_commit = off", database.name()));
    // It is switched on for our connections, and the store opens.
    block_on(Postgres::open(&options, NOW).unwrap().ping()).unwrap();
}

#[test]
fn a_database_that_can_only_be_read_is_refused() {
    let Some((database, options)) = place() else { return };
    Postgres::migrate(&options, NOW).unwrap();
    database.sql(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", database.name()));
    assert_eq!(*Postgres::open(&options, NOW).unwrap_err().fault(), OpenFault::ReadOnly);
}

#[test]
fn a_table_that_somebody_holds_is_given_up_on_in_time() {
    let Some((database, options)) = place() else { return };
    Postgres::migrate(&options, NOW).unwrap();
    let store = Postgres::open(&options, NOW).unwrap();
    block_on(store.ping()).unwrap();
    let begun = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| database.sql("BEGIN; LOCK TABLE auth_user; SELECT pg_sleep(6); COMMIT"));
        while database.sql("SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted")
            == "0"
        {
            std::thread::sleep(Duration::from_millis(20));
        }
        // However slow the machine: the store gives up, and does not wait for whoever holds the table.
        assert!(block_on(store.find_by_username("demo")).is_err());
        assert!(block_on(store.ping()).is_err());
    });
    assert!(begun.elapsed() >= Duration::from_secs(4));
    assert_eq!(block_on(store.find_by_username("demo")).unwrap(), None);
    block_on(store.ping()).unwrap();
}
