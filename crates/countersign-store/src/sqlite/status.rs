//! What a database looks like: for whoever asks before changing anything.

use super::file::{self, has_table, is_ours};
use super::migrate::{BLACKLIST_TABLES, own_steps, pending_steps};
use crate::error::{OpenError, OpenFault};
use crate::options::Options;
use rusqlite::Connection;

/// The state of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Whether countersign made the file.
    pub ours: bool,
    /// `wal`, `delete`, …
    pub journal_mode: String,
    /// SQLite's version.
    pub sqlite: String,
    /// The tables that are used, in a fixed order.
    pub tables: Vec<TableStatus>,
    /// The names of our own steps that were applied.
    pub applied: Vec<String>,
    /// The names of our own steps that were not: opening the database applies them.
    pub pending: Vec<String>,
    /// Django's migrations of contenttypes, auth and `token_blacklist` that its table lists, as `app.name`.
    pub django_migrations: Vec<String>,
}

/// The state of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableStatus {
    /// Its name.
    pub name: String,
    /// How many rows it has; `None`: it is not there.
    pub rows: Option<u64>,
}

/// See [`Sqlite::status`](super::Sqlite::status).
pub(super) fn status(options: &Options) -> Result<Status, OpenError> {
    let run = || {
        let file = super::database_file(options)?;
        file.must_exist()?;
        let db = file.connect(options.busy_timeout)?;
        let applied = own_steps(&db)?;
        Ok(Status {
            ours: is_ours(&db)?,
            journal_mode: file::journal_mode(&db)?,
            sqlite: rusqlite::version().to_owned(),
            tables: tables(&db, options)?,
            pending: pending_steps(applied.len()),
            applied,
            django_migrations: django_migrations(&db)?,
        })
    };
    run().map_err(|fault: OpenFault| OpenError::new(&options.url, fault))
}

fn tables(db: &Connection, options: &Options) -> rusqlite::Result<Vec<TableStatus>> {
    let mut names = vec![options.users.table.as_str()];
    if options.blacklist {
        names.extend(BLACKLIST_TABLES);
    }
    if options.jwt_blacklist {
        names.push(super::revocations::TABLE);
    }
    names.extend(["countersign_family", "countersign_refresh"]);
    let count = |name: &str| db.query_row(&format!("SELECT count(*) FROM \"{name}\""), [], |row| row.get(0));
    let state = |name: &str| {
        let rows: Option<i64> = if has_table(db, name)? { Some(count(name)?) } else { None };
        Ok(TableStatus { name: name.to_owned(), rows: rows.map(i64::unsigned_abs) })
    };
    names.into_iter().map(state).collect()
}

fn django_migrations(db: &Connection) -> rusqlite::Result<Vec<String>> {
    if !has_table(db, "django_migrations")? {
        return Ok(Vec::new());
    }
    let mut query = db.prepare(
        "SELECT app || '.' || name FROM django_migrations
         WHERE app IN ('contenttypes', 'auth', 'token_blacklist') ORDER BY app, name",
    )?;
    query.query_map([], |row| row.get(0))?.collect()
}
