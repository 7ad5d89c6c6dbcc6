//! Why a command failed.

use crate::config::{Fault, Invalid};
use countersign_core::authority::Trouble;
use countersign_core::jws::RosterError;
use countersign_core::store::StoreError;
use std::io;

/// Why a command failed. All of them exit with 1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The configuration cannot be used.
    #[error(transparent)]
    Configuration(#[from] Invalid),
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] countersign_store::OpenError),
    /// The database could not do what was asked.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keys that servers share cannot be used.
    #[error(transparent)]
    Keys(#[from] RosterError),
    /// The rules could not do what was asked.
    #[error(transparent)]
    Trouble(#[from] Trouble),
    /// Reading or writing failed.
    #[error("{what}: {cause}")]
    Io {
        /// What was tried: "cannot write countersign.toml".
        what: String,
        /// What the system said.
        cause: io::Error,
    },
    /// The command was refused, and says why.
    #[error("{0}")]
    Refused(String),
    /// The answer is no, and was printed as the command's result.
    #[error("no")]
    No,
}

impl Failure {
    /// An attempt that the system did not allow.
    pub fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        move |cause| Self::Io { what: what.into(), cause }
    }

    /// For machines: `{"error": "…"}`, with the list of faults where the configuration is at fault.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Configuration(invalid) => serde_json::json!({
                "error": "the configuration cannot be used",
                "faults": invalid.faults.iter().map(Fault::to_json).collect::<Vec<_>>(),
            }),
            other => serde_json::json!({ "error": other.to_string() }),
        }
    }
}
