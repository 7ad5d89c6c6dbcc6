//! The database that a configuration names: the one place where its settings become a store, and the only one
//! that knows which kinds there are.

use crate::config::{Config, Origin};
use countersign_core::clock::Timestamp;
use countersign_core::store::{
    AdminDoor, AuditTrail, Directory, Keys, Revocations, Store, TokenDirectory, UserAdmin, UserColumns,
};
use countersign_store::postgres::Postgres;
use countersign_store::sqlite::Sqlite;
use countersign_store::{DatabaseUrl, Identifier, Migrated, OpenError, Options, Status, UserTable};
use std::fmt;
use std::sync::Arc;

/// An open database, as what can be asked of it. Which kind it is was decided once, by its URL.
///
/// A trait that a database implements has its handle here.
#[derive(Clone)]
pub struct Database {
    /// Users and tokens.
    pub store: Arc<dyn Store>,
    /// Users, for whoever looks after them.
    pub users: Arc<dyn UserAdmin>,
    /// drf-jwt's blacklist.
    pub revocations: Arc<dyn Revocations>,
    /// The keys that servers share.
    pub keys: Arc<dyn Keys>,
    /// What only the admin pages and the audit trail need.
    pub admin: AdminStore,
}

/// What the admin pages keep and look through.
#[derive(Clone)]
pub struct AdminStore {
    /// Sessions of administrators, links and attempts.
    pub door: Arc<dyn AdminDoor>,
    /// The audit trail.
    pub trail: Arc<dyn AuditTrail>,
    /// Users, page by page.
    pub directory: Arc<dyn Directory>,
    /// Tokens, page by page.
    pub tokens: Arc<dyn TokenDirectory>,
}

impl AdminStore {
    fn of<S: AdminDoor + AuditTrail + Directory + TokenDirectory + 'static>(store: Arc<S>) -> Self {
        Self { door: store.clone(), trail: store.clone(), directory: store.clone(), tokens: store }
    }
}

impl Database {
    fn of<S>(store: S) -> Self
    where
        S: Store
            + UserAdmin
            + Revocations
            + Keys
            + AdminDoor
            + AuditTrail
            + Directory
            + TokenDirectory
            + 'static,
    {
        let store = Arc::new(store);
        let admin = AdminStore::of(Arc::clone(&store));
        Self { store: store.clone(), users: store.clone(), revocations: store.clone(), keys: store, admin }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Database").finish_non_exhaustive()
    }
}

/// Opens the database for use, at this instant. Blocks.
///
/// # Errors
///
/// [`OpenError`] where it is missing, lacks a table or a column, may not be written, or is none.
pub fn open(config: &Config, at: Timestamp) -> Result<Database, OpenError> {
    let options = options(config);
    match options.url {
        DatabaseUrl::Postgres(_) => Postgres::open(&options, at).map(Database::of),
        _ => Sqlite::open(&options, at).map(Database::of),
    }
}

/// Makes what is missing, an SQLite file included, at this instant. Alters no table that is there. Blocks.
///
/// # Errors
///
/// [`OpenError`] where it cannot be written, or where a user table of one's own is not there.
pub fn migrate(config: &Config, at: Timestamp) -> Result<Migrated, OpenError> {
    let mut options = options(config);
    if is_djangos(&options.users) {
        // Whoever writes Django's own names down means Django's own table, which can be made.
        options.users = UserTable::default();
    }
    match options.url {
        DatabaseUrl::Postgres(_) => Postgres::migrate(&options, at),
        _ => Sqlite::migrate(&options, at),
    }
}

/// Whether the database can be opened for use, and which columns its user table has. Changes nothing. Blocks.
///
/// # Errors
///
/// As [`open`].
pub fn check(config: &Config) -> Result<UserColumns, OpenError> {
    let options = options(config);
    match options.url {
        DatabaseUrl::Postgres(_) => Postgres::check(&options),
        _ => Sqlite::check(&options),
    }
}

/// Says how the database stands. Changes nothing. Blocks, and counts rows one by one.
///
/// # Errors
///
/// [`OpenError`] where it is missing, damaged or none.
pub fn status(config: &Config) -> Result<Status, OpenError> {
    let options = options(config);
    match options.url {
        DatabaseUrl::Postgres(_) => Postgres::status(&options),
        _ => Sqlite::status(&options),
    }
}

/// Waits on this thread for what a store does on its own. For commands, which have no runtime.
pub fn wait<F: Future>(act: F) -> F::Output {
    // Without drivers there is nothing to set up that could fail.
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime without drivers needs nothing of the system").block_on(act)
}

/// What a store is opened with: `database`, `[users]` and `[blacklist]`.
#[must_use]
pub fn options(config: &Config) -> Options {
    Options {
        users: users(config),
        blacklist: config.blacklist.enabled,
        jwt_blacklist: config.uses_jwt_blacklist(),
        store_raw_tokens: config.blacklist.store_raw_tokens,
        ..Options::new(config.top.database.clone())
    }
}

/// A column that nobody named is used where the table has it. One that was named must be there: without
/// `is_active`, say, everybody would be active.
fn users(config: &Config) -> UserTable {
    let users = &config.users;
    let optional = |setting: &'static str, column: &Option<Identifier>| {
        let is_named = config.origin("users", setting).is_some_and(|origin| *origin != Origin::Default);
        column.as_ref().filter(|_| is_named).cloned()
    };
    UserTable {
        table: users.table.clone(),
        id: users.id.clone(),
        username: users.username.clone(),
        password: users.password.clone(),
        is_active: optional("is_active", &users.is_active),
        is_staff: optional("is_staff", &users.is_staff),
        is_superuser: optional("is_superuser", &users.is_superuser),
        email: optional("email", &users.email),
        first_name: optional("first_name", &users.first_name),
        last_name: optional("last_name", &users.last_name),
        last_login: optional("last_login", &users.last_login),
        date_joined: optional("date_joined", &users.date_joined),
    }
}

/// Whether every name is the one that Django gives.
fn is_djangos(users: &UserTable) -> bool {
    let named = |column: &Option<Identifier>, name| column.as_ref().is_none_or(|own| own.as_str() == name);
    let required =
        UserTable { is_active: None, is_staff: None, is_superuser: None, email: None, ..users.clone() };
    let required =
        UserTable { first_name: None, last_name: None, last_login: None, date_joined: None, ..required };
    required == UserTable::default()
        && named(&users.is_active, "is_active")
        && named(&users.is_staff, "is_staff")
        && named(&users.is_superuser, "is_superuser")
        && named(&users.email, "email")
        && named(&users.first_name, "first_name")
        && named(&users.last_name, "last_name")
        && named(&users.last_login, "last_login")
        && named(&users.date_joined, "date_joined")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Layers;
    use countersign_store::OpenFault;

    fn config(directory: &tempfile::TempDir, file: &str) -> Config {
        let path = directory.path().join("countersign.toml");
        let database = directory.path().join("users.db");
        std::fs::write(&path, format!("database = \"sqlite://{}\"\n{file}", database.display())).unwrap();
        Layers::default().file(Some(&path)).without_keys().load().unwrap()
    }

    #[test]
    fn columns_that_nobody_named_are_left_to_the_table() {
        let directory = tempfile::tempdir().unwrap();
        let options = options(&config(&directory, "[blacklist]\nenabled = false"));
        assert_eq!(options.users, UserTable::default());
        assert!(!options.blacklist && options.store_raw_tokens);
    }

    #[test]
    fn columns_that_were_named_must_be_there() {
        let directory = tempfile::tempdir().unwrap();
        migrate(&config(&directory, ""), Timestamp::UNIX_EPOCH).unwrap();
        let named = config(&directory, "[users]\nemail = \"mail\"");
        let Err(error) = open(&named, Timestamp::UNIX_EPOCH) else { panic!("it opens") };
        assert!(matches!(error.fault(), OpenFault::NoColumn { column, .. } if column == "mail"));
    }

    #[test]
    fn a_column_that_nobody_named_and_is_not_there_is_as_one_that_is_false() {
        let directory = tempfile::tempdir().unwrap();
        let file = "[users]\ntable = \"people\"\n[blacklist]\nenabled = false";
        let mut config = config(&directory, file);
        let db = rusqlite::Connection::open(directory.path().join("users.db")).unwrap();
        db.execute_batch(
            "CREATE TABLE people (id integer PRIMARY KEY, username text, password text, email text)",
        )
        .unwrap();
        migrate(&config, Timestamp::UNIX_EPOCH).unwrap();
        let columns = check(&config).unwrap();
        config.settle_columns(&columns).unwrap();
        assert!(config.users.email.is_some());
        assert_eq!((config.users.first_name, config.users.last_login), (None, None));
    }

    #[test]
    fn djangos_own_names_written_down_are_djangos_own_table() {
        let directory = tempfile::tempdir().unwrap();
        let named = config(&directory, "[users]\ntable = \"auth_user\"\nis_active = \"is_active\"");
        assert_eq!(migrate(&named, Timestamp::UNIX_EPOCH).unwrap().len(), 3);
        open(&named, Timestamp::UNIX_EPOCH).unwrap();
    }
}
