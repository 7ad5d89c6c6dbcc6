//! The keys that servers share.

use super::Act;
use crate::jws::{Algorithm, Tenure};
use std::fmt;

/// A key as it is written down, or the tenure of those that the configuration names.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// Its name in the headers of tokens, unique among the records.
    pub kid: String,
    /// What it is, but for the keys of the configuration.
    pub material: Option<KeyMaterial>,
    /// When it does what.
    pub tenure: Tenure,
}

/// A key's halves.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyMaterial {
    /// The one algorithm that it is for.
    pub algorithm: Algorithm,
    /// The public half as a JWK; none for a secret.
    pub public: Option<String>,
    /// The private half or the secret, sealed ([`Sealer`](crate::jws::Sealer)).
    pub sealed: Vec<u8>,
}

/// Shows what may be seen.
impl fmt::Debug for KeyRecord {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let algorithm = self.material.as_ref().map(|material| material.algorithm);
        out.debug_struct("KeyRecord")
            .field("kid", &self.kid)
            .field("algorithm", &algorithm)
            .field("tenure", &self.tenure)
            .finish_non_exhaustive()
    }
}

/// Every key that is written down, at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyRecords {
    /// Another one after each change.
    pub version: u64,
    /// By the time since which they are there, then by name.
    pub keys: Vec<KeyRecord>,
}

/// The table of keys. Few rows, read as a whole.
pub trait Keys: Send + Sync {
    /// The version of the table: cheap, for asking every few seconds.
    fn key_version(&self) -> Act<'_, u64>;

    /// All keys.
    fn keys(&self) -> Act<'_, KeyRecords>;

    /// Writes these keys, each new or in place of the one of its name, if the table still has this version. Says
    /// whether it had; the table has another one then.
    fn write_keys<'a>(&'a self, version: u64, keys: &'a [KeyRecord]) -> Act<'a, bool>;
}
