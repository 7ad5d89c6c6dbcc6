//! The contract of stores, on PostgreSQL, on each kind of database.
//!
//! Runs where `COUNTERSIGN_POSTGRES_BIN` names PostgreSQL's programs.

use countersign_core::clock::Timestamp;
use countersign_core::store::UserChange;
use countersign_core::testing::{block_on, contract::Fixture};
use countersign_core::user::UserId;
use countersign_postgres_fixture::{Database, Server};
use countersign_store::postgres::Postgres;
use countersign_store::{Identifier, Options};
use std::sync::Arc;
use std::time::Duration;

const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);

/// An open database, and somebody else's way to it.
struct Base {
    store: Arc<Postgres>,
    users: &'static str,
    // Goes last: it takes the connections of the store with it.
    database: Database,
}

fn place() -> Option<(Database, Options)> {
    let options = |url: &str| {
        let options = Options::new(url.parse().expect("a URL"));
        // How long a busy machine takes is no fact of the contract.
        Options { jwt_blacklist: true, connections: 8, busy_timeout: Duration::from_mins(1), ..options }
    };
    let make = |url: &str| drop(Postgres::migrate(&options(url), NOW).expect("it is made"));
    let database = Server::find()?.database_like("ours", make);
    let options = options(&database.url());
    Some((database, options))
}

fn open(options: &Options, database: Database, users: &'static str) -> Base {
    let store = Postgres::open(options, NOW).expect("it opens");
    Base { store: Arc::new(store), users, database }
}

impl Base {
    /// A database that we made.
    fn ours() -> Option<Self> {
        let (database, options) = place()?;
        Some(open(&options, database, "auth_user"))
    }

    /// What the id, the hash and the flag for active users are called.
    fn columns(&self) -> (&str, &str, &str) {
        if self.users == "People" {
            ("nr", "secret_hash", "enabled")
        } else {
            ("id", "password", "is_active")
        }
    }

    /// A user table of somebody's own, with names and keys of their own.
    fn custom(key: &str) -> Option<Self> {
        let (database, mut options) = place()?;
        database.sql(&CUSTOM.replace("@key", key).replace("@type", key.split(' ').next().expect("a type")));
        let name = |name: &str| name.parse::<Identifier>().expect("a name");
        let users = &mut options.users;
        (users.table, users.id, users.username) = (name("People"), name("nr"), name("login"));
        users.password = name("secret_hash");
        (users.is_active, users.email) = (Some(name("enabled")), Some(name("mail")));
        Postgres::migrate(&options, NOW).expect("the blacklist is made");
        Some(open(&options, database, "People"))
    }
}

const CUSTOM: &str = r#"
    DROP TABLE blacklist_blacklistedtoken;
    DROP TABLE token_blacklist_blacklistedtoken;
    DROP TABLE token_blacklist_outstandingtoken;
    CREATE SEQUENCE numbers;
    CREATE TABLE "People" (
        nr @key PRIMARY KEY, login text NOT NULL UNIQUE, secret_hash text NOT NULL,
        enabled boolean NOT NULL, mail text NOT NULL, is_staff boolean NOT NULL, is_superuser boolean NOT NULL,
        first_name text NOT NULL, last_name text NOT NULL, last_login timestamptz NULL, date_joined timestamptz NULL
    );
    CREATE TABLE "People_groups" (
        id serial PRIMARY KEY, person_id @type NOT NULL REFERENCES "People" (nr),
        group_id integer NOT NULL REFERENCES auth_group (id)
    );
    CREATE TABLE "People_user_permissions" (
        id serial PRIMARY KEY, person_id @type NOT NULL REFERENCES "People" (nr),
        permission_id integer NOT NULL REFERENCES auth_permission (id)
    );
"#;

impl Fixture for Base {
    type Store = Postgres;

    fn store(&self) -> Arc<Postgres> {
        Arc::clone(&self.store)
    }

    async fn blacklist_alone(&self, jti: &str) {
        let sql = format!(
            "INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at)
             SELECT id, now() FROM token_blacklist_outstandingtoken WHERE jti = '{jti}' RETURNING 1"
        );
        assert_eq!(self.database.sql(&sql), "1", "{jti} is outstanding");
    }

    async fn change_alone(&self, user: &UserId, change: UserChange<'_>) {
        let (id, password, is_active) = self.columns();
        let mut sets = Vec::new();
        sets.extend(change.password.map(|hash| format!("{password} = '{hash}'")));
        sets.extend(change.is_active.map(|truth| format!("{is_active} = {truth}")));
        let sets = sets.join(", ");
        let sql = format!("UPDATE \"{}\" SET {sets} WHERE {id} = '{user}' RETURNING 1", self.users);
        assert_eq!(self.database.sql(&sql), "1", "{user} is there");
    }

    async fn delete_alone(&self, user: &UserId) {
        let (id, ..) = self.columns();
        self.database.sql(&format!(
            "UPDATE token_blacklist_outstandingtoken SET user_id = NULL WHERE user_id = '{user}'"
        ));
        let sql = format!("DELETE FROM \"{}\" WHERE {id} = '{user}' RETURNING 1", self.users);
        assert_eq!(self.database.sql(&sql), "1", "{user} is there");
    }

    async fn grant(&self, user: &UserId, group: &str, permission: &str) {
        let (app, codename) = permission.split_once('.').expect("app.codename");
        let person = if self.users == "People" { "person_id" } else { "user_id" };
        self.database.sql(&format!(
            "INSERT INTO django_content_type (app_label, model) VALUES ('{app}', 'test') ON CONFLICT DO NOTHING;
             INSERT INTO auth_permission (content_type_id, codename, name)
             SELECT id, '{codename}', '{codename}' FROM django_content_type
             WHERE app_label = '{app}' AND model = 'test' ON CONFLICT DO NOTHING;
             INSERT INTO auth_group (name) VALUES ('{group}') ON CONFLICT DO NOTHING;
             INSERT INTO auth_group_permissions (group_id, permission_id)
             SELECT g.id, p.id FROM auth_group g, auth_permission p
             WHERE g.name = '{group}' AND p.codename = '{codename}' ON CONFLICT DO NOTHING;
             INSERT INTO \"{}_groups\" ({person}, group_id) SELECT '{user}', id FROM auth_group WHERE name = '{group}'",
            self.users
        ));
    }
}

/// What there is; where there is nothing, the test is over.
macro_rules! or_over {
    ($base:expr) => {
        match $base {
            Some(base) => base,
            None => return,
        }
    };
}

/// Makes a test of each fact; where there is no server it says so, and is over.
macro_rules! facts {
    ($name:ident, $base:expr) => {
        mod $name {
            use super::*;

            countersign_core::store_contract!(block_on, or_over!($base));
            countersign_core::sessions_contract!(block_on, or_over!($base));
            countersign_core::revocations_contract!(block_on, or_over!($base));
            countersign_core::admin_contract!(block_on, or_over!($base));
        }
    };
}

mod keys_of_servers {
    use super::*;
    countersign_core::keys_contract!(block_on, or_over!(Base::ours()));
}

#[test]
fn histories_go_as_the_model_says() {
    let base = or_over!(Base::ours());
    for seed in 0..10 {
        block_on(countersign_core::testing::model::agree(&base, seed, 60));
    }
}

#[test]
#[ignore = "some minutes"]
fn a_hundred_thousand_steps_go_as_the_model_says() {
    let base = or_over!(Base::ours());
    for seed in 0..1000 {
        block_on(countersign_core::testing::model::agree(&base, seed, 100));
    }
}

facts!(a_database_of_ours, Base::ours());
facts!(a_user_table_of_ones_own, Base::custom("bigint GENERATED BY DEFAULT AS IDENTITY"));
facts!(users_with_uuids, Base::custom("uuid DEFAULT lpad(to_hex(nextval('numbers')), 32, '0')::uuid"));
facts!(users_with_texts, Base::custom("text DEFAULT lpad(nextval('numbers')::text, 8, '0')"));
