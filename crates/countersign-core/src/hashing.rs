//! Hashing as a bounded resource, seen from the rules.

use crate::password::{Check, PasswordTooLong};
use crate::secret::Secret;
use std::pin::Pin;
use std::time::Duration;

/// The future of a piece of hashing. Dropping it takes the work back if it has not begun.
pub type Hashed<'a, T> = Pin<Box<dyn Future<Output = Result<T, Overloaded>> + Send + 'a>>;

/// Does the work that takes a quarter of a second, somewhere that is not the caller's thread.
pub trait Hashing: Send + Sync {
    /// Checks a password against a stored hash, or against nothing (`None`: no such user) at the same cost.
    fn check(&self, password: Secret, encoded: Option<String>) -> Hashed<'_, Check>;

    /// Makes the hash of a new password. Only `bcrypt`, where it is preferred, finds one too long.
    fn encode(&self, password: Secret) -> Hashed<'_, Result<String, PasswordTooLong>>;

    /// How many passwords wait now: a gauge. Nobody waits where nothing is queued.
    fn waiting(&self) -> usize {
        0
    }

    /// How many passwords were refused so far, because too many waited.
    fn refused(&self) -> u64 {
        0
    }
}

/// More passwords are waiting than can be hashed in good time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are waiting to be hashed")]
pub struct Overloaded {
    /// When asking again makes sense.
    pub retry_after: Duration,
}
