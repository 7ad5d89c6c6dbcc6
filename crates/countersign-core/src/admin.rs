//! The rules of the admin pages: who may enter and for how long, who may do what, and that every act is written down.
//!
//! Sessions, links and attempts are known to the store by digests alone. A session ends by itself when it is old or
//! idle, when its user is no longer active staff, and when the user's password changes.

mod clerk;
mod ending;
mod link;
mod mark;
mod rights;
mod session;
mod sign_in;
mod turning;

pub use self::clerk::{Clerk, Deed, Performer, audited};
pub use self::ending::{Revoked, revocation};
pub use self::link::{find_link, issue_link, redeem_link};
pub use self::mark::{csrf_token, is_csrf_token, new_secret};
pub use self::rights::{Right, Rights, may_enter};
pub use self::session::{Administrator, is_confirmed, resume, sign_out};
pub use self::sign_in::{Confirm, Opened, SignIn, confirm, open, sign_in};
pub use self::turning::turning;

use crate::authority::Authority;
use crate::clock::SignedDuration;
use crate::settings::Passwords;
use crate::store::{AdminDoor, AuditTrail};
use std::fmt;
use std::sync::Arc;

/// How long things last, and how passwords are checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminRules {
    /// How long a session lasts, however much it is used.
    pub session_age: SignedDuration,
    /// How long a session lasts without being used.
    pub session_idle: SignedDuration,
    /// How long after the password was given dangerous acts are possible without giving it again.
    pub confirm_age: SignedDuration,
    /// `[passwords]`
    pub passwords: Passwords,
}

impl Default for AdminRules {
    fn default() -> Self {
        Self {
            session_age: SignedDuration::from_hours(8),
            session_idle: SignedDuration::from_mins(30),
            confirm_age: SignedDuration::from_mins(10),
            passwords: Passwords::default(),
        }
    }
}

/// The parts that the use cases of the admin pages are given. Cloning it clones handles.
#[derive(Clone)]
pub struct Desk {
    /// Users, hashing, time and randomness.
    pub authority: Authority,
    /// Sessions, links and attempts.
    pub door: Arc<dyn AdminDoor>,
    /// Where each act is written down.
    pub trail: Arc<dyn AuditTrail>,
    /// How long things last.
    pub rules: AdminRules,
}

impl fmt::Debug for Desk {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Desk").field("rules", &self.rules).finish_non_exhaustive()
    }
}
