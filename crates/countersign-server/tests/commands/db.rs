//! `countersign db`

use crate::program::Folder;

#[test]
fn a_missing_database_says_how_to_make_it() {
    let folder = Folder::empty();
    for command in ["db status", "db purge", "user list", "user add alice --generate"] {
        folder.run(command).refused("create it with `countersign db migrate`");
    }
    assert!(!folder.path("countersign.db").exists());
}

#[test]
fn migrate_makes_the_database_once() {
    let folder = Folder::empty();
    folder.run("db migrate").done().says("made the tables of Django's contenttypes and auth");
    folder.run("db migrate").done().says("nothing was missing");
    folder.run("migrate --noinput").done().says("nothing was missing");
    assert_eq!(folder.run("migrate --json").done().json()["done"], serde_json::json!([]));
}

#[test]
fn migrate_check_makes_nothing_and_answers_with_its_exit_code() {
    let folder = Folder::empty();
    folder.run("db migrate --check").refused("missing: the database");
    assert!(!folder.path("countersign.db").exists());
    folder.run("db migrate").done();
    folder.run("db migrate --check").done().says("nothing is missing");
}

#[test]
fn status_names_what_a_django_database_lacks() {
    let folder = Folder::empty();
    let django = "CREATE TABLE auth_user (id integer PRIMARY KEY, username varchar(150) UNIQUE, password varchar(128));
                  CREATE TABLE django_migrations (id integer PRIMARY KEY, app text, name text, applied text);
                  INSERT INTO django_migrations (app, name, applied) VALUES ('auth', '0001_initial', '2026-01-01')";
    folder.database().execute_batch(django).unwrap();
    let status = folder.run("db status").done();
    let status = status.says("made by Django").says("token_blacklist_outstandingtoken  missing");
    status.says("token_blacklist_blacklistedtoken, 0001_families");
    folder.run("user list").refused("countersign db migrate");
    folder.run("db migrate").done().says("token_blacklist");
    let json = folder.run("db status --json").done().json();
    assert_eq!(json["made_by"], "Django");
    assert_eq!(json["missing"], serde_json::json!([]));
    assert_eq!(json["tables"]["auth_user"], 0);
}

#[test]
fn purge_removes_what_has_ended_in_batches() {
    let folder = Folder::new();
    folder.add("alice");
    for _ in 0..3 {
        folder.token("alice", "refresh");
    }
    let ended = "UPDATE token_blacklist_outstandingtoken SET expires_at = '2026-01-01 00:00:00' WHERE id < 3;
                 UPDATE countersign_refresh SET expires_at = 0";
    folder.database().execute_batch(ended).unwrap();
    let removed = folder.run("flushexpiredtokens --batch 1 --json").done().json();
    assert_eq!(removed["outstanding"], 2);
    folder.run("delete_stale_tokens").done().says("no token had ended");
    folder.run("db purge --batch 0").misused("0 is not in 1..");
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let folder = Folder::empty();
    std::fs::write(folder.path("countersign.db"), "twelve bytes and some more").unwrap();
    folder.run("db status").refused("is not an SQLite database");
    let json = folder.run("db migrate --json").refused("").json();
    assert!(json["error"].as_str().unwrap().contains("correct `database`"), "{json}");
}
