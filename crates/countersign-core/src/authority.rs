//! Everything that the rules need from outside, in one place.

use crate::clock::{Clock, Timestamp};
use crate::event::Events;
use crate::hashing::{Hashing, Overloaded};
use crate::jws::MAX_TOKEN_LENGTH;
use crate::random::Random;
use crate::store::{Ledger, StoreError, Users};
use crate::user::User;
use std::fmt;
use std::sync::Arc;

/// The parts that a use case is given. Cloning it clones handles.
#[derive(Clone)]
pub struct Authority {
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// Which refresh tokens there are. `None` as in a Django project without the `token_blacklist` app:
    /// nothing is written down and nothing can be revoked.
    pub ledger: Option<Arc<dyn Ledger>>,
    /// Who hashes.
    pub hashing: Arc<dyn Hashing>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where ids come from.
    pub random: Arc<dyn Random>,
    /// Who hears of what happened.
    pub events: Arc<dyn Events>,
}

impl Authority {
    /// The present instant.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Authority").field("ledger", &self.ledger.is_some()).finish_non_exhaustive()
    }
}

/// Why a use case could not be decided. Nothing was acknowledged.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The database did not do its part.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Too many passwords are waiting.
    #[error(transparent)]
    Overloaded(#[from] Overloaded),
    /// A token with all its declared claims would be longer than any reader of ours accepts. Asking again is
    /// of no use: the configuration declares too much for this user.
    #[error(
        "a token of {0} bytes is longer than the {MAX_TOKEN_LENGTH} that are accepted: declare fewer claims"
    )]
    TokenTooLong(usize),
}

/// A user who may hold tokens.
pub(crate) fn may_hold_tokens(user: &User, check_user_is_active: bool) -> bool {
    user.is_active || !check_user_is_active
}
