//! A store without users and a pool without threads, for where tokens are only verified.

use countersign_core::authority::Authority;
use countersign_core::clock::{Clock, Timestamp};
use countersign_core::event::NoEvents;
use countersign_core::hashing::{Hashed, Hashing, Overloaded};
use countersign_core::password::{Check, PasswordTooLong};
use countersign_core::random::SystemRandom;
use countersign_core::secret::Secret;
use countersign_core::store::{Act, Memberships, Users};
use countersign_core::user::{User, UserId, UserKey};
use std::sync::Arc;
use std::time::Duration;

/// An authority that knows what time it is and nothing else.
pub(crate) fn authority(clock: Arc<dyn Clock>) -> Authority {
    Authority {
        users: Arc::new(Nobody),
        ledger: None,
        hashing: Arc::new(Nobody),
        clock,
        random: Arc::new(SystemRandom),
        events: Arc::new(NoEvents),
    }
}

struct Nobody;

impl Users for Nobody {
    fn find_by_username<'a>(&'a self, _: &'a str) -> Act<'a, Option<Arc<User>>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    fn find_by_key<'a>(&'a self, _: UserKey<'a>) -> Act<'a, Option<Arc<User>>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    fn replace_password<'a>(&'a self, _: &'a UserId, _: &'a str, _: &'a str) -> Act<'a, bool> {
        Box::pin(std::future::ready(Ok(false)))
    }

    fn record_login<'a>(&'a self, _: &'a UserId, _: Timestamp) -> Act<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn memberships<'a>(&'a self, _: &'a UserId) -> Act<'a, Memberships> {
        Box::pin(std::future::ready(Ok(Memberships::default())))
    }
}

impl Hashing for Nobody {
    fn check(&self, _: Secret, _: Option<String>) -> Hashed<'_, Check> {
        Box::pin(std::future::ready(Ok(Check::Refused)))
    }

    fn encode(&self, _: Secret) -> Hashed<'_, Result<String, PasswordTooLong>> {
        Box::pin(std::future::ready(Err(Overloaded { retry_after: Duration::MAX })))
    }
}
