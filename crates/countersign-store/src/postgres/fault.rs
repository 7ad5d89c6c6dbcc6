//! What went wrong between here and the server, in sentences.

use crate::error::OpenFault;
use countersign_core::store::StoreError;
use std::error::Error as _;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

/// Why an act did not happen.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The server, or the way to it.
    #[error("{}", sentence(.0))]
    Server(#[from] Error),
    /// There was no answer in time.
    #[error("PostgreSQL did not answer in time")]
    Late,
    /// Somebody else came first; the act is to be done again, on what is there now.
    #[error("others kept changing the same rows")]
    Again,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl Failure {
    pub(super) fn new(sentence: impl Into<String>) -> Self {
        Self::Other(sentence.into())
    }

    /// Whether nothing happened, and the same act may succeed at once: it met another, as a deadlock, or a row that
    /// it refers to went away.
    pub(super) fn is_to_be_repeated(&self) -> bool {
        match self {
            Self::Again => true,
            Self::Server(error) => error.code().is_some_and(|code| {
                [
                    SqlState::T_R_SERIALIZATION_FAILURE,
                    SqlState::T_R_DEADLOCK_DETECTED,
                    SqlState::FOREIGN_KEY_VIOLATION,
                    SqlState::UNIQUE_VIOLATION,
                ]
                .contains(code)
            }),
            Self::Late | Self::Other(_) => false,
        }
    }

    /// Whether another connection may do better, for an act that changes nothing.
    pub(super) fn is_of_the_connection(&self) -> bool {
        let Self::Server(error) = self else { return false };
        error.is_closed()
            || error.code().is_none()
            || error.code().is_some_and(|code| {
                [
                    SqlState::ADMIN_SHUTDOWN,
                    SqlState::CRASH_SHUTDOWN,
                    // The table was altered, or somebody between us and the server mixed up its statements.
                    SqlState::FEATURE_NOT_SUPPORTED,
                    SqlState::INVALID_SQL_STATEMENT_NAME,
                ]
                .contains(code)
            })
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        Self::new(failure)
    }
}

/// An error's own sentence with that of its cause: the driver's alone says only what it was about.
fn sentence(error: &Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(said), _) => format!("PostgreSQL refused: {} ({})", said.message(), said.code().code()),
        (None, Some(cause)) => format!("{error}: {cause}"),
        (None, None) => error.to_string(),
    }
}

/// What is wrong where no connection comes about.
pub(super) fn connection(error: &Error) -> OpenFault {
    let cause = sentence(error);
    match error.code() {
        Some(&SqlState::INVALID_CATALOG_NAME) => OpenFault::NoDatabase,
        Some(&SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION) => {
            OpenFault::Login { cause }
        }
        Some(&SqlState::READ_ONLY_SQL_TRANSACTION) => OpenFault::ReadOnly,
        Some(&SqlState::INSUFFICIENT_PRIVILEGE) => OpenFault::Denied,
        Some(_) => OpenFault::Other(cause),
        None => match error.to_string() {
            said if said.starts_with("invalid c") => OpenFault::Parameter { what: cause },
            _ => OpenFault::Unreachable { cause },
        },
    }
}

impl From<Failure> for OpenFault {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Server(error) => connection(&error),
            Failure::Late => Self::Unreachable { cause: failure.to_string() },
            other => Self::Other(other.to_string()),
        }
    }
}

impl From<Error> for OpenFault {
    fn from(error: Error) -> Self {
        connection(&error)
    }
}
