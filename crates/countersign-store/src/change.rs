//! A change of a user as it is sent to another thread.

use countersign_core::store::UserChange;

/// A [`UserChange`] that can be sent to another thread.
#[derive(Clone)]
pub(crate) struct Change {
    pub(crate) password: Option<String>,
    pub(crate) is_active: Option<bool>,
    pub(crate) ends_sessions: bool,
}

impl From<UserChange<'_>> for Change {
    fn from(change: UserChange<'_>) -> Self {
        Self {
            password: change.password.map(str::to_owned),
            is_active: change.is_active,
            ends_sessions: change.ends_sessions(),
        }
    }
}
