//! What the rules need to have stored, as a few traits whose methods are whole acts.
//!
//! Each method is atomic: it takes its own connection, finishes its own transaction and says what happened.
//! No transaction leaks out and none is held while a password is hashed or a body is read. The backend is
//! chosen once, where the database URL is opened; from then on everything holds an `Arc<dyn …>`.

mod admin;
mod audit;
mod directory;
mod keys;
mod sessions;

pub use self::admin::{AdminDoor, AdminSession, Attempt, AttemptLimit, LinkPurpose, OneTimeLink};
pub use self::audit::{Actor, AuditEntry, AuditOutcome, AuditQuery, AuditRecord, AuditTrail};
pub use self::directory::{
    Directory, EditOutcome, OutstandingToken, TokenDirectory, TokenPage, TokenQuery, UserColumns, UserEdit,
    UserOrder, UserPage, UserQuery, UserSearch,
};
pub use self::keys::{KeyMaterial, KeyRecord, KeyRecords, Keys};
pub use self::sessions::{
    EndedSessions, Ending, Limits, NewSession, Renew, Session, SessionList, SessionListing, Sessions,
    Standing, Terms, USE_IS_WRITTEN_AFTER, USER_AGENT_LENGTH, fingerprint, handle, kept_user_agent,
};

use crate::clock::{SignedDuration, Timestamp};
use crate::event::Origin;
use crate::json::Object;
use crate::user::{NewUser, User, UserId, UserKey};
use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

/// What every method returns: a future that can be sent, and may fail only because the store did.
pub type Act<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// The store could not do what was asked: gone, locked for too long, full, read-only or corrupt.
///
/// Nothing was acknowledged, so asking again is safe. The cause is for the log, never for a client.
#[derive(Debug)]
pub struct StoreError(Box<dyn Error + Send + Sync>);

impl StoreError {
    /// Wraps the driver's error or a sentence.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the database did not answer as it should: {}", self.0)
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}

/// The user table.
pub trait Users: Send + Sync {
    /// Finds a user by exactly this username: case counts, no normalisation, as Django's login does.
    fn find_by_username<'a>(&'a self, username: &'a str) -> Act<'a, Option<Arc<User>>>;

    /// Finds a user by `USER_ID_FIELD`. A value that the column cannot hold finds nobody.
    ///
    /// Never stale: a change committed before the call is seen.
    fn find_by_key<'a>(&'a self, key: UserKey<'a>) -> Act<'a, Option<Arc<User>>>;

    /// A user as they were not longer ago than whoever wraps the table has stated, for those who may let in by it and never
    /// turn away. `None`: look. A table itself remembers nobody in this way.
    fn find_recent(&self, _: UserKey<'_>) -> Option<Arc<User>> {
        None
    }

    /// Replaces a password hash by another of the same password, if it still is `old`. Says whether it was.
    ///
    /// Sessions that go with the old hash go with the new one from then on.
    fn replace_password<'a>(&'a self, id: &'a UserId, old: &'a str, new: &'a str) -> Act<'a, bool>;

    /// Sets `last_login`. Does nothing where there is no such column.
    fn record_login<'a>(&'a self, id: &'a UserId, at: Timestamp) -> Act<'a, ()>;

    /// The names of the user's groups and the permissions (`app.codename`) that the user has, directly, by
    /// a group, or all of them as a superuser, each sorted. Empty where there are no such tables. An inactive
    /// user has no permissions, as in Django's `ModelBackend`.
    fn memberships<'a>(&'a self, id: &'a UserId) -> Act<'a, Memberships>;

    /// Claims that code of one's own adds to the tokens of a user, beside those that are declared: none, unless whoever
    /// wraps the table has some.
    fn computed_claims<'a>(&'a self, _: &'a User) -> Act<'a, Object> {
        Box::pin(std::future::ready(Ok(Object::new())))
    }
}

/// Groups and permissions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memberships {
    /// Names of groups, sorted.
    pub groups: Vec<String>,
    /// Permissions as `app_label.codename`, sorted.
    pub permissions: Vec<String>,
}

/// A refresh or sliding token as it is written down.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// The token's id.
    pub jti: String,
    /// The token itself, for Django's `outstandingtoken.token`.
    pub token: String,
    /// The token's claims, as JSON: enough to sign the same token again.
    pub claims: String,
    /// Whose it is, if anybody's.
    pub user: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Shows the id alone.
impl fmt::Debug for Record {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Record").field("jti", &self.jti).finish_non_exhaustive()
    }
}

/// One use of a refresh token, to be decided and written in one act.
#[derive(Clone, Copy, Debug)]
pub struct Rotate<'a> {
    /// The token that was presented. Written down if the store has not seen it (`get_or_create`).
    pub presented: &'a Record,
    /// The token that takes its place if it is still live.
    pub successor: &'a Record,
    /// The id for a family, if the presented token has none yet: 32 hexadecimal digits.
    pub family: &'a str,
    /// Whether the user must be active at this moment.
    pub must_be_active: bool,
    /// The present instant.
    pub at: Timestamp,
    /// How long after its use a token still gets the same successor. Zero: never.
    pub grace: SignedDuration,
    /// Whether a reuse after the grace ends the whole family.
    pub reuse_detection: bool,
    /// On which terms its session goes on.
    pub terms: Terms,
    /// From where it is used.
    pub origin: Origin<'a>,
}

/// What became of one use of a refresh token (the rotation rule).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// It was live: it is blacklisted now and the successor is outstanding.
    Rotated,
    /// It was used no longer ago than the grace, and its successor is unused: here are the successor's
    /// claims again.
    Replayed {
        /// The claims of the successor, as [`Record::claims`].
        claims: String,
    },
    /// It was used or revoked before. Nothing changed.
    Blacklisted,
    /// It was used before, outside the grace, and with reuse detection: its whole family is revoked.
    Reused,
    /// The end of its session has come: the absolute one, or that of a session that nobody used. Nothing changed.
    Over,
    /// The user has another password than when the session was last used: the session has ended.
    PasswordChanged,
    /// The user it belongs to does not exist any more.
    UserGone,
    /// The user it belongs to is not active any more.
    UserInactive,
}

/// What became of the wish to blacklist a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blacklisting {
    /// It is blacklisted now.
    Done,
    /// It was before.
    Already,
}

/// What one round of purging removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Rows of `outstandingtoken`, with their blacklist entries.
    pub outstanding: u64,
    /// Rows of our own tables.
    pub own: u64,
    /// Where the next round goes on in `outstandingtoken`. `None`: all is done.
    pub next: Option<i64>,
}

/// Refresh and sliding tokens: which are outstanding, which are blacklisted, which succeeded which.
///
/// Django's own tables hold what Django can know; families and successors stand beside them.
pub trait Ledger: Sessions {
    /// Whether it looks for the user of each token in a table of its own, and so works for nobody who is kept elsewhere:
    /// whoever builds with one refuses other users.
    fn knows_its_own_users_alone(&self) -> bool {
        false
    }

    /// Writes down a new token.
    ///
    /// `session` is `Some` for the first refresh or sliding token of a login, which begins a session, and `None` for
    /// a token without one.
    fn record<'a>(&'a self, token: &'a Record, session: Option<NewSession<'a>>) -> Act<'a, ()>;

    /// Decides one use of a refresh token. Of any number at once, exactly one is [`Rotation::Rotated`]: the
    /// one whose row in Django's `blacklistedtoken` was new.
    ///
    /// In this order: a token used or revoked before, or issued before the [epoch](Sessions::begin_epoch), is
    /// [`Reused`](Rotation::Reused) or [`Blacklisted`](Rotation::Blacklisted); then its session may be
    /// [`Over`](Rotation::Over); then the user is looked at, and the password; then the token is
    /// [`Replayed`](Rotation::Replayed) or [`Rotated`](Rotation::Rotated).
    fn rotate<'a>(&'a self, rotate: Rotate<'a>) -> Act<'a, Rotation>;

    /// Blacklists a token, writing it down first if need be. If it belongs to a family, the family ends,
    /// also where the token was blacklisted before.
    fn blacklist<'a>(&'a self, token: &'a Record, at: Timestamp) -> Act<'a, Blacklisting>;

    /// Blacklists a token that is written down, by its id alone, and ends its family as
    /// [`blacklist`](Self::blacklist) does. `None`: no token of this id is written down, and nothing changed.
    fn blacklist_by_id<'a>(&'a self, jti: &'a str, at: Timestamp) -> Act<'a, Option<Blacklisting>>;

    /// Whether a token is blacklisted.
    fn is_blacklisted<'a>(&'a self, jti: &'a str) -> Act<'a, bool>;

    /// Moves the end of a sliding token to `token.expires_at`, unless it is blacklisted; says whether it was
    /// moved. Writes the token down if the store has not seen it.
    ///
    /// simplejwt leaves the row's first end, so that a blacklisted sliding token lives again once the row
    /// is flushed.
    fn extend<'a>(&'a self, token: &'a Record) -> Act<'a, bool>;

    /// Removes what ended before `at`, at most `limit` rows of each table: one round of going through
    /// `outstandingtoken`, from behind the row `after` on. 0 at first, then [`Purged::next`].
    ///
    /// Django's table has no index for what has ended. So a round looks at a bounded number of rows, and all rounds
    /// together at each row once.
    fn purge(&self, at: Timestamp, after: i64, limit: u32) -> Act<'_, Purged>;
}

/// drf-jwt's blacklist: Django's table `blacklist_blacklistedtoken`.
pub trait Revocations: Send + Sync {
    /// Adds an entry, unless one of the same token or the same id is there. Of any number at once, exactly one
    /// is [`Blacklisting::Done`]. Of a user who does not exist none is added: nobody accepts their tokens.
    fn revoke<'a>(&'a self, entry: &'a Revocation, at: Timestamp) -> Act<'a, Blacklisting>;

    /// Whether there is an entry of this token or this id.
    fn is_revoked<'a>(&'a self, of: Fingerprint<'a>) -> Act<'a, bool>;

    /// Lists entries by ascending id.
    fn list_revoked<'a>(&'a self, listing: RevokedListing<'a>) -> Act<'a, Vec<Revoked>>;

    /// The entry of this id, if it is this user's or no user is given.
    fn find_revoked<'a>(&'a self, id: i64, user: Option<&'a UserId>) -> Act<'a, Option<Revoked>>;

    /// Removes the entry of this id, if it is this user's or no user is given. Says whether there was one.
    fn withdraw<'a>(&'a self, id: i64, user: Option<&'a UserId>) -> Act<'a, bool>;

    /// Removes entries whose end is before `at`, at most `limit`. Says how many; zero: all is done.
    fn forget_revoked(&self, at: Timestamp, limit: u32) -> Act<'_, u64>;
}

/// How a token is looked for in drf-jwt's blacklist: any of these that is there.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Fingerprint<'a> {
    /// The token itself.
    pub token: Option<&'a str>,
    /// The id of its line: a UUID.
    pub token_id: Option<u128>,
}

/// What an entry of drf-jwt's blacklist says.
#[derive(Clone, PartialEq, Eq)]
pub struct Revocation {
    /// The token itself, where it is kept.
    pub token: Option<String>,
    /// The id of the token's line, where it has one. One of the two is always there.
    pub token_id: Option<u128>,
    /// Whose it was.
    pub user: UserId,
    /// When it would have ended.
    pub expires_at: Timestamp,
}

impl Revocation {
    /// How it is looked for.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint<'_> {
        Fingerprint { token: self.token.as_deref(), token_id: self.token_id }
    }
}

/// Shows no token.
impl fmt::Debug for Revocation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Revocation").field("user", &self.user).finish_non_exhaustive()
    }
}

/// Shows no token.
impl fmt::Debug for Fingerprint<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Fingerprint").field("token", &self.token.is_some()).finish_non_exhaustive()
    }
}

/// An entry of drf-jwt's blacklist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// Its primary key.
    pub id: i64,
    /// What it says.
    pub entry: Revocation,
}

/// Which entries of drf-jwt's blacklist are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevokedListing<'a> {
    /// Only this user's.
    pub user: Option<&'a UserId>,
    /// Only those with a greater id: the last of the page before.
    pub after: Option<i64>,
    /// At most so many.
    pub limit: u32,
}

/// A database that is all of it.
pub trait Store: Users + Ledger {
    /// Whether the database answers, with the tables that are needed.
    fn ping(&self) -> Act<'_, ()>;
}

/// What whoever looks after the users does with them.
pub trait UserAdmin: Users {
    /// Makes a user. Where the table asks for a column that [`User`] does not have, that is an error.
    fn add<'a>(&'a self, user: &'a NewUser) -> Act<'a, AddOutcome>;

    /// Lists users by ascending id.
    fn list<'a>(&'a self, listing: Listing<'a>) -> Act<'a, Vec<Arc<User>>>;

    /// Changes a user at an instant. Says whether there is one.
    ///
    /// Another password and the end of being active end every session and outstanding token of the user in the same
    /// act, unless [`keeps_sessions`](UserChange::keeps_sessions).
    fn update<'a>(&'a self, id: &'a UserId, change: UserChange<'a>, at: Timestamp) -> Act<'a, bool>;

    /// Deletes a user as Django would: memberships go too, tokens stay and belong to nobody. They are blacklisted,
    /// and sessions are gone.
    fn delete<'a>(&'a self, id: &'a UserId, at: Timestamp) -> Act<'a, Deletion>;
}

/// What became of the wish to make a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddOutcome {
    /// Made: the row as it was written, with its id.
    Added(User),
    /// Somebody has this username.
    UsernameTaken,
}

/// Which users are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listing<'a> {
    /// Only those whose username or email contains this text, whatever the case of its ASCII letters.
    pub search: Option<&'a str>,
    /// Only those with a greater id: the last id of the page before.
    pub after: Option<&'a UserId>,
    /// At most so many.
    pub limit: u32,
}

/// What is changed of a user. `None` leaves it as it is.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct UserChange<'a> {
    /// The encoded hash of another password.
    pub password: Option<&'a str>,
    /// Whether the user is active. An error where the table has no such column.
    pub is_active: Option<bool>,
    /// Leaves sessions and outstanding tokens alone, as Django would.
    pub keeps_sessions: bool,
}

impl UserChange<'_> {
    /// Whether the user's sessions end with it.
    #[must_use]
    pub const fn ends_sessions(&self) -> bool {
        !self.keeps_sessions && (self.password.is_some() || matches!(self.is_active, Some(false)))
    }
}

/// Shows no hash.
impl fmt::Debug for UserChange<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("UserChange").field("is_active", &self.is_active).finish_non_exhaustive()
    }
}

/// What became of the wish to delete a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// Gone.
    Deleted,
    /// There is no such user.
    Unknown,
    /// Rows of these tables point at the user, and what should become of them is not ours to say. Nothing
    /// changed.
    Referenced {
        /// The names of the tables, sorted.
        tables: Vec<String>,
    },
}
