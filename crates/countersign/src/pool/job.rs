//! A piece of hashing, as data: a thread sees what it takes, and what is alike can be done together.

use countersign_core::password::{Check, Hashers, PasswordTooLong};
use countersign_core::random::Random;
use countersign_core::secret::Secret;
use tokio::sync::oneshot;

/// Something to hash, and where the answer goes.
pub(super) enum Job {
    /// [`Hashers::check`].
    Check { password: Secret, encoded: Option<String>, answer: oneshot::Sender<Check> },
    /// [`Hashers::encode`].
    Encode { password: Secret, answer: oneshot::Sender<Result<String, PasswordTooLong>> },
}

impl Job {
    /// Whether nobody waits for the answer any more.
    pub(super) fn is_abandoned(&self) -> bool {
        match self {
            Self::Check { answer, .. } => answer.is_closed(),
            Self::Encode { answer, .. } => answer.is_closed(),
        }
    }

    /// Does it and sends the answer. One that nobody waits for is dropped.
    pub(super) fn run(self, hashers: &Hashers, random: &dyn Random) {
        match self {
            Self::Check { password, encoded, answer } => {
                let _ = answer.send(hashers.check(&password, encoded.as_deref(), random));
            }
            Self::Encode { password, answer } => {
                let _ = answer.send(hashers.encode(&password, random));
            }
        }
    }
}
