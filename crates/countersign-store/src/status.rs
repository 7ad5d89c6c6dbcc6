//! What a database looks like: for whoever asks before changing anything.

use std::fmt;

/// What bringing a database up to date did, in order, one sentence each. Empty: nothing was missing.
pub type Migrated = Vec<String>;

/// The state of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Whether countersign made Django's tables in it.
    pub ours: bool,
    /// What keeps it.
    pub engine: Engine,
    /// The tables that are used, in a fixed order.
    pub tables: Vec<TableStatus>,
    /// The names of our own steps that were applied.
    pub applied: Vec<String>,
    /// The names of our own steps that were not: opening the database applies them.
    pub pending: Vec<String>,
    /// Django's migrations of contenttypes, auth and `token_blacklist` that its table lists, as `app.name`.
    pub django_migrations: Vec<String>,
}

/// The software behind a database.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Engine {
    /// SQLite, which is part of this program.
    Sqlite {
        /// Its version.
        version: String,
        /// `wal`, `delete`, …
        journal_mode: String,
    },
    /// PostgreSQL, or what speaks as it does.
    Postgres {
        /// The server's version.
        version: String,
    },
}

impl Engine {
    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "SQLite",
            Self::Postgres { .. } => "PostgreSQL",
        }
    }

    /// Its version.
    #[must_use]
    pub fn version(&self) -> &str {
        match self {
            Self::Sqlite { version, .. } | Self::Postgres { version } => version,
        }
    }

    /// The journal mode of an SQLite file.
    #[must_use]
    pub fn journal_mode(&self) -> Option<&str> {
        match self {
            Self::Sqlite { journal_mode, .. } => Some(journal_mode),
            Self::Postgres { .. } => None,
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.name(), self.version())?;
        self.journal_mode().map_or(Ok(()), |mode| write!(out, ", journal mode {mode}"))
    }
}

/// The state of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableStatus {
    /// Its name.
    pub name: String,
    /// How many rows it has; `None`: it is not there.
    pub rows: Option<u64>,
}
