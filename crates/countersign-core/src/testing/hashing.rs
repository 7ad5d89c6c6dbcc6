//! Hashing without threads.

use crate::hashing::{Hashed, Hashing};
use crate::password::{Check, Hashers, PasswordTooLong};
use crate::random::SystemRandom;
use crate::secret::Secret;
use crate::settings::Passwords;
use std::future::ready;

/// Hashes on the spot: for tests, which are about something else.
#[derive(Debug)]
pub struct InlineHashing(Hashers);

impl InlineHashing {
    /// With these hashers.
    #[must_use]
    pub const fn new(hashers: Hashers) -> Self {
        Self(hashers)
    }
}

/// As cheaply as can be.
impl Default for InlineHashing {
    fn default() -> Self {
        Self(Hashers::new(&Passwords { pbkdf2_iterations: 1, ..Passwords::default() }))
    }
}

impl Hashing for InlineHashing {
    fn check(&self, password: Secret, encoded: Option<String>) -> Hashed<'_, Check> {
        Box::pin(ready(Ok(self.0.check(&password, encoded.as_deref(), &SystemRandom))))
    }

    fn encode(&self, password: Secret) -> Hashed<'_, Result<String, PasswordTooLong>> {
        Box::pin(ready(Ok(self.0.encode(&password, &SystemRandom))))
    }
}
