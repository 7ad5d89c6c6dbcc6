//! A piece of hashing, as data: a thread sees what it takes, and what is alike can be done together.

use countersign_core::password::{Check, PasswordTooLong};
use countersign_core::secret::Secret;
use tokio::sync::oneshot;

/// Something to hash.
pub(super) struct Job {
    /// What, and where the answer goes.
    pub(super) task: Task,
    /// Whether it goes forward in steps to its end, so that another can be done beside it.
    pub(super) in_steps: bool,
}

/// What is to be hashed, and where the answer goes.
pub(super) enum Task {
    /// [`Hashers::check`](countersign_core::password::Hashers::check).
    Check { password: Secret, encoded: Option<String>, answer: oneshot::Sender<Check> },
    /// [`Hashers::encode`](countersign_core::password::Hashers::encode).
    Encode { password: Secret, answer: oneshot::Sender<Result<String, PasswordTooLong>> },
}

impl Job {
    /// Whether nobody waits for the answer any more.
    pub(super) fn is_abandoned(&self) -> bool {
        match &self.task {
            Task::Check { answer, .. } => answer.is_closed(),
            Task::Encode { answer, .. } => answer.is_closed(),
        }
    }
}
