//! The contract of stores, on each kind of file.

use countersign_core::clock::Timestamp;
use countersign_core::store::UserChange;
use countersign_core::testing::{block_on, contract::Fixture};
use countersign_core::user::UserId;
use countersign_store::sqlite::Sqlite;
use countersign_store::{Identifier, Options};
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

/// An open database, and somebody else's connection to it.
struct File {
    store: Arc<Sqlite>,
    directory: TempDir,
    users: &'static str,
}

const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);

fn open(options: &Options, directory: TempDir, users: &'static str) -> File {
    let store = Sqlite::open(options, NOW).expect("it opens");
    File { store: Arc::new(store), directory, users }
}

fn place() -> (TempDir, Options) {
    let directory = tempfile::tempdir().expect("a directory");
    let options = Options::new(directory.path().join("test.db").as_path().into());
    (directory, Options { jwt_blacklist: true, ..options })
}

impl File {
    /// A file that we made.
    fn ours() -> Self {
        let (directory, options) = place();
        Sqlite::migrate(&options, NOW).expect("it is made");
        open(&options, directory, "auth_user")
    }

    /// A file as Django makes it: no write-ahead log, and nothing of ours.
    fn of_django() -> Self {
        let (directory, options) = place();
        make_as_django(&directory.path().join("test.db"));
        open(&options, directory, "auth_user")
    }

    /// A user table of somebody's own, with names of their own.
    fn custom() -> Self {
        let (directory, mut options) = place();
        let path = directory.path().join("test.db");
        make_as_django(&path);
        let db = Connection::open(path).expect("it opens");
        db.execute_batch(CUSTOM).expect("the tables are made");
        let name = |name: &str| name.parse::<Identifier>().expect("a name");
        let users = &mut options.users;
        (users.table, users.id, users.username) = (name("people"), name("nr"), name("login"));
        users.password = name("secret_hash");
        (users.is_active, users.email) = (Some(name("enabled")), Some(name("mail")));
        Sqlite::migrate(&options, NOW).expect("the blacklist is made");
        open(&options, directory, "people")
    }

    /// What the id, the hash and the flag for active users are called.
    fn columns(&self) -> (&str, &str, &str) {
        if self.users == "people" {
            ("nr", "secret_hash", "enabled")
        } else {
            ("id", "password", "is_active")
        }
    }

    fn beside(&self) -> Connection {
        let db = Connection::open(self.directory.path().join("test.db")).expect("it opens");
        db.busy_timeout(std::time::Duration::from_secs(5)).expect("it waits");
        db
    }
}

/// The tables that `migrate` makes, copied into a file in rollback mode without anything of ours.
fn make_as_django(path: &Path) {
    let db = Connection::open(path).expect("it opens");
    db.execute_batch(include_str!("../src/sqlite/schema/django.sql")).expect("the tables are made");
    db.execute_batch(include_str!("../src/sqlite/schema/token_blacklist.sql")).expect("the tables are made");
    db.execute_batch(include_str!("../src/sqlite/schema/jwt_blacklist.sql")).expect("the table is made");
}

const CUSTOM: &str = "
    DROP TABLE blacklist_blacklistedtoken;
    DROP TABLE token_blacklist_blacklistedtoken;
    DROP TABLE token_blacklist_outstandingtoken;
    CREATE TABLE people (
        nr integer NOT NULL PRIMARY KEY AUTOINCREMENT, login text NOT NULL UNIQUE, secret_hash text NOT NULL,
        enabled bool NOT NULL, mail text NOT NULL, is_staff bool NOT NULL, is_superuser bool NOT NULL,
        first_name text NOT NULL, last_name text NOT NULL, last_login datetime NULL, date_joined datetime NULL
    );
    CREATE TABLE people_groups (
        id integer NOT NULL PRIMARY KEY, person_id integer NOT NULL REFERENCES people (nr),
        group_id integer NOT NULL REFERENCES auth_group (id)
    );
    CREATE TABLE people_user_permissions (
        id integer NOT NULL PRIMARY KEY, person_id integer NOT NULL REFERENCES people (nr),
        permission_id integer NOT NULL REFERENCES auth_permission (id)
    );
";

impl Fixture for File {
    type Store = Sqlite;

    fn store(&self) -> Arc<Sqlite> {
        Arc::clone(&self.store)
    }

    async fn blacklist_alone(&self, jti: &str) {
        let sql = "INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at)
                   SELECT id, '2026-11-22 03:49:21.834292' FROM token_blacklist_outstandingtoken WHERE jti = ?1";
        assert_eq!(self.beside().execute(sql, [jti]).expect("it is written"), 1, "{jti} is outstanding");
    }

    async fn change_alone(&self, user: &UserId, change: UserChange<'_>) {
        let UserId::Integer(user) = user else { panic!("a whole number") };
        let (id, password, is_active) = self.columns();
        let sql = format!(
            "UPDATE {} SET {password} = coalesce(?2, {password}), {is_active} = coalesce(?3, {is_active})
             WHERE {id} = ?1",
            self.users
        );
        let changed = self.beside().execute(&sql, (user, change.password, change.is_active));
        assert_eq!(changed.expect("it is written"), 1, "{user} is there");
    }

    async fn delete_alone(&self, user: &UserId) {
        let UserId::Integer(user) = user else { panic!("a whole number") };
        let (id, ..) = self.columns();
        let db = self.beside();
        let leave = "UPDATE token_blacklist_outstandingtoken SET user_id = NULL WHERE user_id = ?1";
        db.execute(leave, [user]).expect("it is written");
        let sql = format!("DELETE FROM {} WHERE {id} = ?1", self.users);
        assert_eq!(db.execute(&sql, [user]).expect("it is written"), 1, "{user} is there");
    }

    async fn grant(&self, user: &UserId, group: &str, permission: &str) {
        let (app, codename) = permission.split_once('.').expect("app.codename");
        let UserId::Integer(user) = user else { panic!("a whole number") };
        let person = if self.users == "people" { "person_id" } else { "user_id" };
        let db = self.beside();
        let run =
            |sql: &str, values: &[&dyn rusqlite::ToSql]| db.execute(sql, values).expect("it is written");
        run("INSERT OR IGNORE INTO django_content_type (app_label, model) VALUES (?1, 'test')", &[&app]);
        let make = "INSERT OR IGNORE INTO auth_permission (content_type_id, codename, name)
                    SELECT id, ?2, ?2 FROM django_content_type WHERE app_label = ?1 AND model = 'test'";
        run(make, &[&app, &codename]);
        run("INSERT OR IGNORE INTO auth_group (name) VALUES (?1)", &[&group]);
        let give = "INSERT OR IGNORE INTO auth_group_permissions (group_id, permission_id)
                    SELECT g.id, p.id FROM auth_group g, auth_permission p WHERE g.name = ?1 AND p.codename = ?2";
        run(give, &[&group, &codename]);
        let join = format!(
            "INSERT INTO {}_groups ({person}, group_id) SELECT ?1, id FROM auth_group WHERE name = ?2",
            self.users
        );
        run(&join, &[&user, &group]);
    }
}

mod a_file_of_ours {
    use super::*;

    #[test]
    fn histories_go_as_the_model_says() {
        for seed in 0..5 {
            block_on(countersign_core::testing::model::agree(&File::ours(), seed, 60));
        }
    }

    #[test]
    #[ignore = "hours: every act is synced to disk"]
    fn a_hundred_thousand_steps_go_as_the_model_says() {
        for seed in 0..1000 {
            block_on(countersign_core::testing::model::agree(&File::ours(), seed, 100));
        }
    }

    countersign_core::store_contract!(block_on, File::ours());
    countersign_core::sessions_contract!(block_on, File::ours());
    countersign_core::revocations_contract!(block_on, File::ours());
    countersign_core::keys_contract!(block_on, File::ours());
    countersign_core::admin_contract!(block_on, File::ours());
}

mod a_file_of_django {
    use super::*;
    countersign_core::store_contract!(block_on, File::of_django());
    countersign_core::sessions_contract!(block_on, File::of_django());
    countersign_core::revocations_contract!(block_on, File::of_django());
    countersign_core::keys_contract!(block_on, File::of_django());
    countersign_core::admin_contract!(block_on, File::of_django());
}

mod a_user_table_of_ones_own {
    use super::*;
    countersign_core::store_contract!(block_on, File::custom());
    countersign_core::sessions_contract!(block_on, File::custom());
    countersign_core::revocations_contract!(block_on, File::custom());
    countersign_core::admin_contract!(block_on, File::custom());
}
