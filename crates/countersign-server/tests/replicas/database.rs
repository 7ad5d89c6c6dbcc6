//! The databases that the same is tried on.

use countersign_postgres_fixture::{Database, Server};
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

/// A database of either kind, and a way to it beside the program's.
pub(crate) enum Base {
    Sqlite(TempDir),
    Postgres(Database),
}

impl Base {
    /// A file of its own.
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    /// `None`, with a word about it, where there is no PostgreSQL.
    pub(crate) fn postgres() -> Option<Self> {
        Server::find().map(|server| Self::Postgres(server.database()))
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => format!("sqlite://{}", file(folder).display()),
            Self::Postgres(database) => database.url(),
        }
    }

    /// Runs statements that give no rows.
    pub(crate) fn run(&self, statements: &str) {
        match self {
            Self::Sqlite(folder) => open(folder).execute_batch(statements).unwrap(),
            Self::Postgres(database) => drop(database.sql(statements)),
        }
    }

    /// The one number that a query gives.
    pub(crate) fn number(&self, query: &str) -> i64 {
        match self {
            Self::Sqlite(folder) => open(folder).query_row(query, [], |row| row.get(0)).unwrap(),
            Self::Postgres(database) => database.sql(query).parse().unwrap(),
        }
    }

    /// What must be true of it after any crash.
    pub(crate) fn is_sound(&self) {
        if matches!(self, Self::Sqlite(_)) {
            let broken = "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'";
            assert_eq!(self.number(broken), 0, "the file is damaged");
        }
        let doubled =
            "SELECT count(*) FROM (SELECT family_id FROM countersign_refresh WHERE consumed_at IS NULL
                       GROUP BY family_id HAVING count(*) > 1) AS doubled";
        assert_eq!(self.number(doubled), 0, "a session has two live tokens");
    }
}

fn file(folder: &TempDir) -> PathBuf {
    folder.path().join("countersign.db")
}

fn open(folder: &TempDir) -> rusqlite::Connection {
    let db = rusqlite::Connection::open(file(folder)).unwrap();
    db.busy_timeout(Duration::from_secs(20)).unwrap();
    db
}
