//! The door of the admin pages: sessions of administrators, one-time links, and how often somebody tried.

use super::Act;
use crate::clock::{SignedDuration, Timestamp};
use crate::user::UserId;

/// A session of an administrator. It is known by the digest of its secret: who reads the table cannot use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminSession {
    /// SHA-256 of the secret, in hexadecimal digits.
    pub digest: String,
    /// Whose it is.
    pub user: UserId,
    /// A mark of the password at that time: another password, and the session is over.
    pub password_mark: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// When the password was last given.
    pub confirmed_at: Timestamp,
    /// When it ends, however much it is used.
    pub expires_at: Timestamp,
    /// From which address it was begun.
    pub address: Option<String>,
    /// With which browser.
    pub user_agent: Option<String>,
}

/// What a one-time link is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkPurpose {
    /// Making the first superuser.
    Superuser,
    /// Setting a user's password.
    Password,
}

impl LinkPurpose {
    /// As it is written down.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Superuser => "superuser",
            Self::Password => "password",
        }
    }

    /// The purpose of this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::Superuser, Self::Password].into_iter().find(|purpose| purpose.word() == word)
    }
}

/// A link that works once. It is known by the digest of its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneTimeLink {
    /// SHA-256 of the secret, in hexadecimal digits.
    pub digest: String,
    /// What it is good for.
    pub purpose: LinkPurpose,
    /// For whom, where it is for a user.
    pub user: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends, used or not.
    pub expires_at: Timestamp,
}

/// Something that is counted, and how much of it is too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptLimit<'a> {
    /// What: never a name that somebody typed, but a digest of it.
    pub key: &'a str,
    /// How many attempts one window has room for.
    pub most: u32,
}

/// Whether one more attempt may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// Yes; it was counted.
    Counted,
    /// No; nothing was counted.
    Refused {
        /// When the next one may be made.
        until: Timestamp,
    },
}

/// What the door keeps.
pub trait AdminDoor: Send + Sync {
    /// Writes a session down.
    fn open_session<'a>(&'a self, session: &'a AdminSession) -> Act<'a, ()>;

    /// The session of this digest, whether it has ended or not.
    fn find_session<'a>(&'a self, digest: &'a str) -> Act<'a, Option<AdminSession>>;

    /// Moves `seen_at` to `seen_at`, and `confirmed_at` too where the password was given.
    fn touch_session<'a>(&'a self, digest: &'a str, seen_at: Timestamp, confirmed: bool) -> Act<'a, ()>;

    /// Removes a session. Says whether there was one.
    fn close_session<'a>(&'a self, digest: &'a str) -> Act<'a, bool>;

    /// Writes a link down. Others for the same purpose and user are over.
    fn issue_link<'a>(&'a self, link: &'a OneTimeLink) -> Act<'a, ()>;

    /// The link of this digest, if it works still.
    fn find_link<'a>(&'a self, digest: &'a str, at: Timestamp) -> Act<'a, Option<OneTimeLink>>;

    /// Uses a link up. Of any number at once, exactly one gets it.
    fn redeem_link<'a>(&'a self, digest: &'a str, at: Timestamp) -> Act<'a, Option<OneTimeLink>>;

    /// Counts an attempt in a window of this length from the first one, unless one of the limits is reached.
    ///
    /// What is counted beside it and is over is forgotten on the way, a hundred at a time, so that the table stays
    /// as small as the windows in hand.
    fn count_attempt<'a>(
        &'a self,
        limits: &'a [AttemptLimit<'a>],
        window: SignedDuration,
        at: Timestamp,
    ) -> Act<'a, Attempt>;

    /// Forgets what was counted of these.
    fn forget_attempts<'a>(&'a self, keys: &'a [&'a str]) -> Act<'a, ()>;

    /// Removes sessions and links that ended before `at`, at most `limit` of each. Says how many; zero: all is done.
    fn purge_door(&self, at: Timestamp, limit: u32) -> Act<'_, u64>;
}
