//! What a file looks like: for whoever asks before changing anything.

use super::file::{self, has_table, is_ours};
use super::migrate::{own_steps, pending_steps};
use crate::django::{BLACKLIST_TABLES, DRF_JWT_TABLE};
use crate::error::{OpenError, OpenFault};
use crate::options::Options;
use crate::status::{Engine, Status, TableStatus};
use rusqlite::Connection;

/// See [`Sqlite::status`](super::Sqlite::status).
pub(super) fn status(options: &Options) -> Result<Status, OpenError> {
    let run = || {
        let file = super::database_file(options)?;
        file.must_exist()?;
        let db = file.connect(options.busy_timeout)?;
        let applied = own_steps(&db)?;
        Ok(Status {
            ours: is_ours(&db)?,
            engine: Engine::Sqlite {
                version: rusqlite::version().to_owned(),
                journal_mode: file::journal_mode(&db)?,
            },
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
        names.push(DRF_JWT_TABLE);
    }
    names.extend(["countersign_family", "countersign_refresh", "countersign_epoch", "countersign_key"]);
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
