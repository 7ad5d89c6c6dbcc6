//! What can go wrong, in sentences.

use countersign_core::store::StoreError;
use rusqlite::ErrorCode;

/// A database could not be opened or brought up to date. Says what is wrong and what helps.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot open {place}: {fault}; {}", .fault.remedy())]
pub struct OpenError {
    place: String,
    fault: OpenFault,
}

impl OpenError {
    pub(crate) fn new(place: &impl ToString, fault: OpenFault) -> Self {
        Self { place: place.to_string(), fault }
    }

    /// What is wrong.
    #[must_use]
    pub const fn fault(&self) -> &OpenFault {
        &self.fault
    }
}

/// What is wrong with a database that cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenFault {
    /// There is no such file, or it is empty.
    #[error("it does not exist")]
    Missing,
    /// The file, or its directory, may not be read or written.
    #[error("it may not be opened for reading and writing")]
    Denied,
    /// It can be read only.
    #[error("it is read-only")]
    ReadOnly,
    /// Another program holds it.
    #[error("another program has locked it")]
    Locked,
    /// It is some other file.
    #[error("it is not an SQLite database")]
    NotADatabase,
    /// SQLite found it inconsistent.
    #[error("it is damaged")]
    Corrupt,
    /// Nothing more can be written.
    #[error("the disk is full")]
    Full,
    /// No connection came about.
    #[error("PostgreSQL cannot be reached: {cause}")]
    Unreachable {
        /// The driver's words.
        cause: String,
    },
    /// PostgreSQL is there, and does not let us in.
    #[error("{cause}")]
    Login {
        /// The server's words.
        cause: String,
    },
    /// PostgreSQL has no database of this name.
    #[error("there is no database of that name")]
    NoDatabase,
    /// A parameter of the URL is not known, or has no such value.
    #[error("its URL is not understood: {what}")]
    Parameter {
        /// Which; without a password.
        what: String,
    },
    /// The authorities cannot be read that the server's certificate is checked against.
    #[error("its certificate cannot be checked: {cause}")]
    Certificates {
        /// What is wrong with them.
        cause: String,
    },
    /// A commit would be acknowledged before it is on the disk.
    #[error("synchronous_commit is off and cannot be switched on")]
    NotDurable,
    /// PostgreSQL is older than what this was made for.
    #[error("PostgreSQL {version} is too old")]
    TooOld {
        /// Its version.
        version: String,
    },
    /// The user table is not there.
    #[error("it has no table `{table}`")]
    NoTable {
        /// `[users] table`
        table: String,
    },
    /// A column of the user table is not there.
    #[error("its table `{table}` has no column `{column}`")]
    NoColumn {
        /// `[users] table`
        table: String,
        /// The column that was named.
        column: String,
    },
    /// A table of simplejwt's or drf-jwt's blacklist app is not there.
    #[error("it has no table `{table}`")]
    NoBlacklist {
        /// The first that is missing.
        table: String,
    },
    /// A newer countersign has added to it.
    #[error("a newer countersign has changed it (step {step})")]
    Newer {
        /// The first step that this one does not know.
        step: String,
    },
    /// A step was recorded that differs from the one of that name here.
    #[error("step {step} was another one when it was applied")]
    Changed {
        /// Its name.
        step: String,
    },
    /// SQLite's own words.
    #[error("{0}")]
    Other(String),
}

impl OpenFault {
    /// What helps.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Missing => "create it with `countersign db migrate`, or correct `database`",
            Self::Denied | Self::ReadOnly => "let this user read and write it; a file: its directory too",
            Self::Locked => "end the program that holds it, or try again",
            Self::NotADatabase => "correct `database`",
            Self::Corrupt => "restore a backup",
            Self::Full => "make room",
            Self::Unreachable { .. } => "start it, or correct host and port in `database`",
            Self::Login { .. } => "correct user and password in `database`, or the server's pg_hba.conf",
            Self::NoDatabase => "make it with `createdb`, or correct `database`",
            Self::Parameter { .. } => "correct the parameters in `database`",
            Self::Certificates { .. } => "name a file of PEM certificates in `database`: sslrootcert=FILE",
            Self::NotDurable => "set it for this role or database",
            Self::TooOld { .. } => "use PostgreSQL 13 or newer",
            Self::NoTable { .. } | Self::NoColumn { .. } => {
                "let Django's `migrate` make it, or correct `[users]`"
            }
            Self::NoBlacklist { .. } => "run `countersign db migrate`, or set `blacklist.enabled = false`",
            Self::Newer { .. } | Self::Changed { .. } => "use that countersign, or a newer one",
            Self::Other(_) => "`countersign db status` may say more",
        }
    }
}

impl From<rusqlite::Error> for OpenFault {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => Self::Denied,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked,
            Some(ErrorCode::NotADatabase) => Self::NotADatabase,
            Some(ErrorCode::DatabaseCorrupt) => Self::Corrupt,
            Some(ErrorCode::DiskFull) => Self::Full,
            _ => Self::Other(error.to_string()),
        }
    }
}

/// Why an act did not happen. Can be told to many who waited for one commit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub(crate) struct Failure {
    sentence: String,
    code: Option<ErrorCode>,
}

impl Failure {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), code: None }
    }

    /// Whether somebody else held the database.
    pub(crate) fn is_busy(&self) -> bool {
        use ErrorCode::{DatabaseBusy, DatabaseLocked, FileLockingProtocolFailed};
        matches!(self.code, Some(DatabaseBusy | DatabaseLocked | FileLockingProtocolFailed))
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        let code = error.sqlite_error_code();
        let sentence = match code {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "another program holds it",
            Some(ErrorCode::DiskFull) => "the disk is full",
            Some(ErrorCode::ReadOnly) => "it is read-only",
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => "it is damaged",
            Some(ErrorCode::SystemIoFailure) => "the disk failed",
            Some(ErrorCode::CannotOpen) => "it cannot be opened",
            Some(ErrorCode::ConstraintViolation) => "a constraint of a table forbids it",
            _ => "SQLite refused",
        };
        Self { sentence: format!("{sentence} ({error})"), code }
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        Self::new(failure)
    }
}
