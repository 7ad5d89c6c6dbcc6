//! The file: how it is made, reached and told apart.

use crate::error::OpenFault;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// `PRAGMA application_id` of the files that we made: `CSGN`. Django leaves 0.
const APPLICATION_ID: i32 = 0x4353_474E;

/// A database file, by its path.
#[derive(Clone, Debug)]
pub(crate) struct DatabaseFile {
    path: PathBuf,
}

impl DatabaseFile {
    /// `./` goes before a relative path, so that SQLite sees neither a URI nor `:memory:` in it.
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: if path.is_absolute() { path.to_owned() } else { Path::new(".").join(path) } }
    }

    /// The file of the wal-index: where SQLite puts it, beside the file that a link leads to.
    pub(crate) fn wal_index(&self) -> std::io::Result<PathBuf> {
        let mut path = std::fs::canonicalize(&self.path)?.into_os_string();
        path.push("-shm");
        Ok(path.into())
    }

    /// Errs unless there is a file with something in it.
    pub(crate) fn must_exist(&self) -> Result<(), OpenFault> {
        match std::fs::metadata(&self.path) {
            Ok(metadata) if metadata.is_dir() => Err(OpenFault::NotADatabase),
            Ok(metadata) if metadata.len() == 0 => Err(OpenFault::Missing),
            Ok(_) => Ok(()),
            Err(error) => Err(fault_of(&error)),
        }
    }

    /// Makes the file, for its owner's eyes only, unless there is one.
    pub(crate) fn create(&self) -> Result<(), OpenFault> {
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&self.path) {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(fault_of(&error)),
        }
    }

    /// Opens a connection that waits up to `patience` for others.
    ///
    /// Every commit is synced before it counts. A name that is no column is an error, never a text.
    pub(crate) fn connect(&self, patience: Duration) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(&self.path, flags)?;
        db.busy_timeout(patience)?;
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
        db.pragma_update(None, "foreign_keys", true)?;
        db.pragma_update(None, "synchronous", "FULL")?;
        db.set_prepared_statement_cache_capacity(64);
        Ok(db)
    }
}

fn fault_of(error: &std::io::Error) -> OpenFault {
    match error.kind() {
        ErrorKind::NotFound => OpenFault::Missing,
        ErrorKind::PermissionDenied => OpenFault::Denied,
        ErrorKind::ReadOnlyFilesystem => OpenFault::ReadOnly,
        ErrorKind::StorageFull => OpenFault::Full,
        _ => OpenFault::Other(error.to_string()),
    }
}

/// Whether we made this file.
pub(crate) fn is_ours(db: &Connection) -> rusqlite::Result<bool> {
    Ok(db.pragma_query_value(None, "application_id", |row| row.get::<_, i32>(0))? == APPLICATION_ID)
}

/// Writes down that we made this file.
pub(crate) fn make_ours(db: &Connection) -> rusqlite::Result<()> {
    db.pragma_update(None, "application_id", APPLICATION_ID)
}

/// `wal`, `delete`, …
pub(crate) fn journal_mode(db: &Connection) -> rusqlite::Result<String> {
    db.pragma_query_value(None, "journal_mode", |row| row.get(0))
}

/// Whether there is such a table.
pub(crate) fn has_table(db: &Connection, table: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1 COLLATE NOCASE)";
    db.query_row(sql, [table], |row| row.get(0))
}

/// The columns of a table with their declared types, in order.
pub(crate) fn columns(db: &Connection, table: &str) -> rusqlite::Result<Vec<(String, String)>> {
    let mut query = db.prepare("SELECT name, type FROM pragma_table_info(?1)")?;
    query.query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// A foreign key: `from` of one table points at `table`.
pub(crate) struct Reference {
    pub(crate) table: String,
    pub(crate) from: String,
}

/// The foreign keys of a table.
pub(crate) fn references(db: &Connection, table: &str) -> rusqlite::Result<Vec<Reference>> {
    let mut query = db.prepare("SELECT \"table\", \"from\" FROM pragma_foreign_key_list(?1)")?;
    query.query_map([table], |row| Ok(Reference { table: row.get(0)?, from: row.get(1)? }))?.collect()
}
