//! Files that are not as they should be, and what an opened file is left like.
#![expect(clippy::unwrap_used, reason = "what fails in a test fails the test")]

use countersign_core::clock::Timestamp;
use countersign_core::event::Origin;
use countersign_core::store::{
    AddOutcome, Deletion, Ledger, NewSession, Record, Sessions, Store, UserAdmin, UserChange, Users,
};
use countersign_core::testing::block_on;
use countersign_core::user::{NewUser, User, UserId, UserKey};
use countersign_store::sqlite::Sqlite;
use countersign_store::{OpenFault, Options};
use rusqlite::Connection;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);

struct Place {
    options: Options,
    path: PathBuf,
    _directory: TempDir,
}

/// A place for a file, and none there yet.
fn nowhere() -> Place {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.db");
    let options = Options { busy_timeout: Duration::from_millis(300), ..Options::new(path.as_path().into()) };
    Place { options, path, _directory: directory }
}

/// A file that we made.
fn made() -> Place {
    let place = nowhere();
    Sqlite::migrate(&place.options, NOW).unwrap();
    place
}

fn fault(place: &Place) -> OpenFault {
    Sqlite::open(&place.options, NOW).unwrap_err().fault().clone()
}

fn person(username: &str) -> NewUser {
    NewUser {
        user: User {
            id: UserId::Integer(0),
            username: username.to_owned(),
            password: "!".to_owned(),
            is_active: true,
            is_staff: false,
            is_superuser: false,
            email: String::new(),
            first_name: String::new(),
            last_name: String::new(),
            last_login: None,
            date_joined: Some(NOW),
        },
    }
}

fn add(store: &Sqlite, username: &str) -> User {
    match block_on(store.add(&person(username))).unwrap() {
        AddOutcome::Added(user) => user,
        AddOutcome::UsernameTaken => panic!("the name is free"),
    }
}

fn login(id: &str) -> NewSession<'_> {
    NewSession { id, fingerprint: None, origin: Origin::default() }
}

fn token(jti: &str) -> Record {
    let (token, claims) = ("header.payload.signature".to_owned(), "{}".to_owned());
    Record { jti: jti.to_owned(), token, claims, user: None, created_at: NOW, expires_at: NOW }
}

#[test]
fn a_missing_file_is_named_with_what_makes_it() {
    let place = nowhere();
    let error = Sqlite::open(&place.options, NOW).unwrap_err();
    assert_eq!(error.fault(), &OpenFault::Missing);
    let sentence = format!(
        "cannot open sqlite://{}: it does not exist; create it with `countersign db migrate`, or correct `database`",
        place.path.display()
    );
    assert_eq!(error.to_string(), sentence);
    assert!(!place.path.exists(), "looking makes nothing");
    std::fs::write(&place.path, "").unwrap();
    assert_eq!(fault(&place), OpenFault::Missing);
}

#[test]
fn some_other_file_is_no_database() {
    let place = nowhere();
    std::fs::write(&place.path, "hello, world\n".repeat(1000)).unwrap();
    assert_eq!(fault(&place), OpenFault::NotADatabase);
    assert_eq!(Sqlite::migrate(&place.options, NOW).unwrap_err().fault(), &OpenFault::NotADatabase);
    assert_eq!(Sqlite::status(&place.options).unwrap_err().fault(), &OpenFault::NotADatabase);
    std::fs::remove_file(&place.path).unwrap();
    std::fs::create_dir(&place.path).unwrap();
    assert_eq!(fault(&place), OpenFault::NotADatabase);
}

#[test]
fn a_damaged_file_is_an_error_and_never_a_panic() {
    let place = made();
    let store = Sqlite::open(&place.options, NOW).unwrap();
    for number in 0..200 {
        add(&store, &format!("user {number}"));
    }
    drop(store);
    let whole = std::fs::read(&place.path).unwrap();
    for page in 0..whole.len() / 4096 {
        let mut damaged = whole.clone();
        damaged[page * 4096 + 100 * usize::from(page == 0)..(page + 1) * 4096].fill(0xff);
        std::fs::write(&place.path, &damaged).unwrap();
        let Ok(store) = Sqlite::open(&place.options, NOW) else { continue };
        let _ = block_on(store.ping());
        for number in 0..200 {
            let _ = block_on(store.find_by_username(&format!("user {number}")));
        }
        let _ = block_on(store.record(&token("a"), Some(login("family"))));
        let _ = block_on(store.purge(NOW, 0, 10));
    }
    std::fs::write(&place.path, &whole[..5000]).unwrap();
    assert!(matches!(fault(&place), OpenFault::Corrupt), "{:?}", fault(&place));
}

#[test]
fn a_locked_file_is_waited_for_and_then_named() {
    let place = made();
    // In rollback mode an exclusive lock shuts everybody out.
    let holder = Connection::open(&place.path).unwrap();
    holder.execute_batch("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE").unwrap();
    let begun = Instant::now();
    assert_eq!(fault(&place), OpenFault::Locked);
    assert!(begun.elapsed() >= Duration::from_millis(300));
    assert!(begun.elapsed() < Duration::from_secs(3));
}

#[test]
fn an_act_waits_for_another_program_no_longer_than_it_may() {
    let place = made();
    let store = Sqlite::open(&place.options, NOW).unwrap();
    let holder = Connection::open(&place.path).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let begun = Instant::now();
    let refused = block_on(store.record(&token("a"), None)).unwrap_err().to_string();
    assert!(refused.contains("another program holds it"), "{refused}");
    assert!((300..1500).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
    assert!(!block_on(store.is_blacklisted("a")).unwrap(), "reading goes on meanwhile");
    let release = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(100));
        holder.execute_batch("ROLLBACK").unwrap();
    });
    block_on(store.record(&token("a"), None)).unwrap();
    release.join().unwrap();
}

#[test]
fn a_file_that_may_not_be_written_is_named() {
    let place = made();
    std::fs::set_permissions(&place.path, std::fs::Permissions::from_mode(0o444)).unwrap();
    if std::fs::OpenOptions::new().append(true).open(&place.path).is_ok() {
        eprintln!("left out: nothing is forbidden to this user");
        return;
    }
    assert_eq!(fault(&place), OpenFault::ReadOnly);
    std::fs::set_permissions(&place.path, std::fs::Permissions::from_mode(0o000)).unwrap();
    assert_eq!(fault(&place), OpenFault::Denied);
    let directory = place.path.parent().unwrap();
    std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o500)).unwrap();
    let elsewhere = Options::new(directory.join("new.db").as_path().into());
    assert_eq!(Sqlite::migrate(&elsewhere, NOW).unwrap_err().fault(), &OpenFault::Denied);
    std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn a_file_of_ours_is_for_its_owner_and_has_a_write_ahead_log() {
    let place = made();
    assert_eq!(std::fs::metadata(&place.path).unwrap().permissions().mode() & 0o777, 0o600);
    let status = Sqlite::status(&place.options).unwrap();
    assert!(status.ours);
    assert_eq!(status.engine.journal_mode(), Some("wal"));
    assert_eq!(status.applied, ["0001_families", "0003_keys", "0004_audit", "0005_sessions", "0006_order"]);
    assert_eq!(status.pending, Vec::<String>::new());
    assert_eq!(status.django_migrations.len(), 26);
    assert!(status.tables.iter().all(|table| table.rows == Some(0)), "{:?}", status.tables);
}

#[test]
fn migrating_again_finds_nothing_to_do() {
    let place = nowhere();
    assert_eq!(Sqlite::migrate(&place.options, NOW).unwrap().len(), 3);
    assert_eq!(Sqlite::migrate(&place.options, NOW).unwrap(), Vec::<String>::new());
}

#[test]
fn of_many_that_migrate_at_once_each_step_is_done_by_one() {
    let place = nowhere();
    let options = Options { busy_timeout: Duration::from_secs(10), ..place.options };
    let done: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..8).map(|_| scope.spawn(|| Sqlite::migrate(&options, NOW).unwrap())).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let done = done.join(", ");
    for step in ["contenttypes and auth", "token_blacklist", "0001_families", "0003_keys", "0004_audit"] {
        assert_eq!(done.matches(step).count(), 1, "{step}: {done}");
    }
    assert_eq!(Sqlite::status(&options).unwrap().django_migrations.len(), 26);
}

#[test]
fn a_run_that_was_interrupted_goes_on_where_it_stood() {
    for ours_are_missing in [true, false] {
        let place = made();
        let db = Connection::open(&place.path).unwrap();
        if ours_are_missing {
            db.pragma_update(None, "foreign_keys", false).unwrap();
            let ours = "SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'countersign_*'";
            let mut query = db.prepare(ours).unwrap();
            let tables: Vec<String> =
                query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
            for table in tables {
                db.execute_batch(&format!("DROP TABLE {table}")).unwrap();
            }
        }
        db.execute_batch(
            "DROP TABLE token_blacklist_blacklistedtoken; DROP TABLE token_blacklist_outstandingtoken;
             DELETE FROM django_migrations WHERE app = 'token_blacklist';",
        )
        .unwrap();
        drop(db);
        assert!(matches!(fault(&place), OpenFault::NoBlacklist { .. }));
        Sqlite::migrate(&place.options, NOW).unwrap();
        assert_eq!(Sqlite::status(&place.options).unwrap().django_migrations.len(), 26);
        block_on(Sqlite::open(&place.options, NOW).unwrap().ping()).unwrap();
    }
}

#[test]
fn a_newer_schema_and_a_changed_step_are_refused() {
    let place = made();
    let db = Connection::open(&place.path).unwrap();
    db.execute(
        "INSERT INTO countersign_migrations (name, checksum, applied_at) VALUES ('9999_new', 'x', 0)",
        [],
    )
    .unwrap();
    assert_eq!(fault(&place), OpenFault::Newer { step: "9999_new".to_owned() });
    assert!(Sqlite::migrate(&place.options, NOW).is_err());
    db.execute("DELETE FROM countersign_migrations WHERE name = '9999_new'", []).unwrap();
    db.execute("UPDATE countersign_migrations SET checksum = 'x'", []).unwrap();
    assert_eq!(fault(&place), OpenFault::Changed { step: "0001_families".to_owned() });
}

#[test]
fn families_of_a_former_version_are_sessions() {
    let place = made();
    let db = Connection::open(&place.path).unwrap();
    db.execute_batch(
        "DROP INDEX countersign_family_live;
         ALTER TABLE countersign_family DROP COLUMN used_at;
         ALTER TABLE countersign_family DROP COLUMN address;
         ALTER TABLE countersign_family DROP COLUMN user_agent;
         ALTER TABLE countersign_family DROP COLUMN fingerprint;
         DROP TABLE countersign_epoch;
         DROP INDEX countersign_audit_both;
         DELETE FROM countersign_migrations WHERE name IN ('0005_sessions', '0006_order');
         INSERT INTO countersign_family VALUES
             ('used', NULL, 1000000, 9000000000000000, NULL), ('new', NULL, 2000000, 9000000000000000, NULL);
         INSERT INTO countersign_refresh VALUES
             ('a', 'used', 0, NULL, 9000000000000000, 5000000, 'b'), ('b', 'used', 1, '{}', 9000000000000000, NULL, NULL);",
    )
    .unwrap();
    drop(db);
    let store = Sqlite::open(&place.options, NOW).unwrap();
    for (id, created, used) in [("used", 1, 5), ("new", 2, 2)] {
        let session = block_on(store.find_session(id)).unwrap().unwrap();
        assert_eq!((session.created_at.as_second(), session.used_at.as_second()), (created, used), "{id}");
        assert_eq!((session.ended_at, session.fingerprint), (None, None), "{id}");
    }
    assert!(block_on(store.end_session("used", None, NOW)).unwrap());
}

#[test]
fn a_user_table_needs_no_more_than_three_columns() {
    let place = nowhere();
    let db = Connection::open(&place.path).unwrap();
    db.execute_batch(
        "CREATE TABLE person (id char(32) NOT NULL PRIMARY KEY, username text NOT NULL, password text NOT NULL);
         INSERT INTO person VALUES ('0123456789abcdef0123456789abcdef', 'ann', 'hash');",
    )
    .unwrap();
    let mut options = place.options;
    options.users.table = "person".parse().unwrap();
    Sqlite::migrate(&options, NOW).unwrap();
    let store = Sqlite::open(&options, NOW).unwrap();
    let ann = block_on(store.find_by_username("ann")).unwrap().unwrap();
    let uuid = "01234567-89ab-cdef-0123-456789abcdef";
    assert_eq!(ann.id, UserId::Text(uuid.to_owned()));
    assert!(ann.is_active && !ann.is_staff && !ann.is_superuser && ann.email.is_empty());
    let found = block_on(store.find_by_key(UserKey { field: "id", value: uuid })).unwrap();
    assert_eq!(found, Some(ann.clone()));
    block_on(store.record_login(&ann.id, NOW)).unwrap();
    assert_eq!(block_on(store.memberships(&ann.id)).unwrap().groups, Vec::<String>::new());
    let record = Record { user: Some(ann.id.clone()), ..token("a") };
    block_on(store.record(&record, Some(login("family")))).unwrap();
    let owner: String =
        db.query_row("SELECT user_id FROM token_blacklist_outstandingtoken", [], |row| row.get(0)).unwrap();
    assert_eq!(owner, uuid.replace('-', ""));
    let disable = UserChange { is_active: Some(false), ..UserChange::default() };
    assert!(block_on(store.update(&ann.id, disable, NOW)).is_err(), "there is no such column");
    assert!(block_on(store.find_by_key(UserKey { field: "email", value: "x" })).is_err());
    assert!(block_on(store.find_by_key(UserKey { field: "password", value: "hash" })).is_err());
}

#[test]
fn a_table_or_column_that_was_named_must_be_there() {
    let mut place = made();
    place.options.users.is_active = Some("enabled".parse().unwrap());
    let (table, column) = ("auth_user".to_owned(), "enabled".to_owned());
    assert_eq!(fault(&place), OpenFault::NoColumn { table, column });
    place.options.users.table = "people".parse().unwrap();
    assert_eq!(fault(&place), OpenFault::NoTable { table: "people".to_owned() });
}

#[test]
fn where_tokens_are_not_stored_their_digest_is() {
    let place = made();
    let store = Sqlite::open(&Options { store_raw_tokens: false, ..place.options }, NOW).unwrap();
    block_on(store.record(&token("a"), Some(login("family")))).unwrap();
    let db = Connection::open(&place.path).unwrap();
    let stored: String =
        db.query_row("SELECT token FROM token_blacklist_outstandingtoken", [], |row| row.get(0)).unwrap();
    // printf %s header.payload.signature | sha256sum
    assert_eq!(stored, format!("sha256:{DIGEST}"));
}

const DIGEST: &str = "256d04db4e5e4ac308751ed0885b722b758630567c53a7125ed9fbd068e5c3f6";

#[test]
fn without_the_blacklist_nothing_is_written_and_asking_for_it_is_an_error() {
    let place = made();
    let store = Sqlite::open(&Options { blacklist: false, ..place.options.clone() }, NOW).unwrap();
    block_on(store.record(&token("a"), Some(login("family")))).unwrap();
    assert!(!block_on(store.is_blacklisted("a")).unwrap());
    assert!(block_on(store.blacklist(&token("a"), NOW)).is_err());
    assert!(block_on(store.extend(&token("a"))).unwrap());
    block_on(store.purge(NOW, 0, 10)).unwrap();
    let status = Sqlite::status(&place.options).unwrap();
    assert!(status.tables.iter().all(|table| table.rows == Some(0)), "{:?}", status.tables);
}

#[test]
fn a_user_to_whom_rows_of_others_point_is_not_deleted() {
    let place = made();
    let store = Sqlite::open(&place.options, NOW).unwrap();
    let (ann, bob) = (add(&store, "ann"), add(&store, "bob"));
    let db = Connection::open(&place.path).unwrap();
    db.execute_batch(
        "CREATE TABLE django_admin_log (id integer PRIMARY KEY, user_id integer NOT NULL REFERENCES auth_user (id));
         CREATE TABLE \"odd \"\" name\" (owner integer REFERENCES AUTH_USER (id));
         INSERT INTO django_admin_log (user_id) VALUES (1);
         INSERT INTO \"odd \"\" name\" VALUES (1);
         INSERT INTO auth_group (name) VALUES ('g');
         INSERT INTO auth_user_groups (user_id, group_id) VALUES (1, 1);",
    )
    .unwrap();
    let tables = vec!["django_admin_log".to_owned(), "odd \" name".to_owned()];
    assert_eq!(block_on(store.delete(&ann.id, NOW)).unwrap(), Deletion::Referenced { tables });
    assert_eq!(block_on(store.memberships(&ann.id)).unwrap().groups, ["g"], "nothing changed");
    assert_eq!(block_on(store.delete(&bob.id, NOW)).unwrap(), Deletion::Deleted);
}

#[test]
fn a_row_with_values_of_other_types_is_read_and_opens_no_door() {
    let place = made();
    let store = Sqlite::open(&place.options, NOW).unwrap();
    Connection::open(&place.path)
        .unwrap()
        .execute_batch(
            "INSERT INTO auth_user (password, last_login, is_superuser, username, last_name, email, is_staff,
             is_active, date_joined, first_name) VALUES (x'ff', 'soon', 'yes', 'ann', x'80', 3, 'no', 'true', 5, '')",
        )
        .unwrap();
    let ann = block_on(store.find_by_username("ann")).unwrap().unwrap();
    assert!(!ann.is_active && !ann.is_staff && !ann.is_superuser);
    assert_eq!((ann.last_login, ann.date_joined), (None, None));
}

#[test]
fn an_act_that_takes_the_whole_transaction_down_is_an_error_and_the_next_one_works() {
    let place = made();
    let store = Sqlite::open(&place.options, NOW).unwrap();
    add(&store, "ann");
    let beside = Connection::open(&place.path).unwrap();
    beside
        .execute_batch(
            "CREATE TRIGGER fall AFTER INSERT ON token_blacklist_outstandingtoken BEGIN
                 SELECT RAISE(ROLLBACK, 'everything');
             END;",
        )
        .unwrap();
    assert!(block_on(store.record(&token("a"), None)).is_err());
    assert!(block_on(store.find_by_username("ann")).unwrap().is_some());
    beside.execute_batch("DROP TRIGGER fall").unwrap();
    block_on(store.record(&token("a"), None)).unwrap();
}
