//! Sessions: one login each, and the refresh tokens that follow from it.
//!
//! A session is the family of [`Ledger`](super::Ledger) seen by people: when it began, when and from where it was
//! last used, when it ends. Whoever keeps refresh tokens keeps sessions.

use super::{Act, Record, Rotation};
use crate::clock::{SignedDuration, Timestamp};
use crate::event::Origin;
use crate::user::UserId;
use sha2::{Digest as _, Sha256};
use std::fmt::{self, Write as _};
use std::net::IpAddr;

/// A session as it is written down.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id: 32 hexadecimal digits that are no token and open nothing.
    pub id: String,
    /// Whose it is, if anybody's.
    pub user: Option<UserId>,
    /// When it began: the login, or the first refresh here of a token that somebody else issued.
    pub created_at: Timestamp,
    /// When it was last used: to the minute where refresh tokens do not rotate.
    pub used_at: Timestamp,
    /// From where it was last used, as far as that was known.
    pub address: Option<IpAddr>,
    /// `User-Agent` of that use, its first [`USER_AGENT_LENGTH`] characters.
    pub user_agent: Option<String>,
    /// The latest end of its refresh tokens.
    pub expires_at: Timestamp,
    /// When it was ended before its time.
    pub ended_at: Option<Timestamp>,
    /// The [`fingerprint`] of the password that it goes with; `None` until its first use by this version.
    pub fingerprint: Option<String>,
}

impl Session {
    /// Whether it goes with a stored hash. One of a former version goes with any until it is used.
    #[must_use]
    pub fn is_of_password(&self, encoded: &str) -> bool {
        self.fingerprint.as_ref().is_none_or(|remembered| *remembered == fingerprint(&self.id, encoded))
    }
}

/// Shows the id and whether it was ended.
impl fmt::Debug for Session {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ended = self.ended_at.is_some();
        out.debug_struct("Session").field("id", &self.id).field("ended", &ended).finish_non_exhaustive()
    }
}

/// How much of a `User-Agent` is kept, in characters: whoever sends more is no browser.
pub const USER_AGENT_LENGTH: usize = 200;

/// A session that begins.
#[derive(Clone, Copy, Debug)]
pub struct NewSession<'a> {
    /// Its id: 32 hexadecimal digits.
    pub id: &'a str,
    /// The [`fingerprint`] of the password that was given.
    pub fingerprint: Option<&'a str>,
    /// From where.
    pub origin: Origin<'a>,
}

/// How long a session lasts, whatever its tokens say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// From its beginning. `None`: as long as it is used.
    pub absolute: Option<SignedDuration>,
    /// From its last use. `None`: as long as its refresh token lasts.
    pub idle: Option<SignedDuration>,
}

impl Limits {
    /// When a session is over that began and was last used at these instants; `None`: when its tokens are.
    #[must_use]
    pub fn end(&self, created_at: Timestamp, used_at: Timestamp) -> Option<Timestamp> {
        let after = |begin: Timestamp, limit: Option<SignedDuration>| {
            limit.map(|limit| begin.saturating_add(limit).unwrap_or(Timestamp::MAX))
        };
        [after(created_at, self.absolute), after(used_at, self.idle)].into_iter().flatten().min()
    }

    /// Whether it is over.
    #[must_use]
    pub fn are_over(&self, created_at: Timestamp, used_at: Timestamp, at: Timestamp) -> bool {
        self.end(created_at, used_at).is_some_and(|end| end <= at)
    }
}

/// On which terms a refresh token is accepted, besides those that it states itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// `iat` of the token, in whole seconds.
    pub issued_at: Option<Timestamp>,
    /// How long its session lasts.
    pub limits: Limits,
    /// Whether its session ends with the password that it began with.
    pub tied_to_password: bool,
}

impl Terms {
    /// Whether the token was issued before the [epoch](Sessions::begin_epoch). One that does not say when was.
    #[must_use]
    pub fn precede(&self, epoch: Option<Timestamp>) -> bool {
        epoch.is_some_and(|epoch| self.issued_at.is_none_or(|issued_at| issued_at < epoch))
    }
}

/// What a session remembers of a password: whether the hash is still the same can be told from it, and nothing else.
///
/// It is a digest of the stored hash and the session's id, so that no two sessions of a user have the same. It needs no
/// trigger in the user table and notices a change whoever makes it.
#[must_use]
pub fn fingerprint(session: &str, encoded: &str) -> String {
    let digest = Sha256::new().chain_update(session).chain_update([0]).chain_update(encoded).finalize();
    digest[..16].iter().fold(String::with_capacity(32), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The part of a `User-Agent` that is kept.
#[must_use]
pub fn kept_user_agent(text: &str) -> &str {
    text.char_indices().nth(USER_AGENT_LENGTH).map_or(text, |(end, _)| &text[..end])
}

/// The part that the ids of an access token and of the refresh token that it came from have in common, where the id
/// is one of simplejwt's kind.
///
/// It is how a session is found by an access token without a claim that the peers do not have.
#[must_use]
pub fn handle(jti: &str) -> Option<&str> {
    let hexadecimal = |digit: u8| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit);
    (jti.len() == 32 && jti.bytes().all(hexadecimal)).then(|| &jti[..16])
}

/// One use of a refresh token that stays good, to be decided and written in one act.
#[derive(Clone, Copy, Debug)]
pub struct Renew<'a> {
    /// The token that was presented. Written down if the store has not seen it.
    pub presented: &'a Record,
    /// The token that is given besides it, where tokens rotate without being blacklisted.
    pub successor: Option<&'a Record>,
    /// The id for a session, if the presented token has none yet.
    pub family: &'a str,
    /// Whether the user must be active at this moment.
    pub must_be_active: bool,
    /// The present instant.
    pub at: Timestamp,
    /// On which terms.
    pub terms: Terms,
    /// From where.
    pub origin: Origin<'a>,
}

/// How old a written last use may be before another one is written, where refreshing writes nothing else.
pub const USE_IS_WRITTEN_AFTER: SignedDuration = SignedDuration::from_secs(60);

/// Which sessions are listed: those that were not ended and whose refresh tokens are not all over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionListing<'a> {
    /// Only this user's.
    pub user: Option<&'a UserId>,
    /// Only those with a greater id: the last of the page before.
    pub after: Option<&'a str>,
    /// At most so many.
    pub limit: u32,
    /// How many rows may be looked at: what is over may lie about in any number.
    pub budget: u32,
    /// The present instant.
    pub at: Timestamp,
    /// How long they last.
    pub limits: Limits,
    /// Whether those whose user has another password since are over.
    pub tied_to_password: bool,
}

impl SessionListing<'_> {
    /// Whether a session goes on, so that it is listed. `hash`: what its user's password is stored as at present, where
    /// there is such a user.
    #[must_use]
    pub fn shows(&self, session: &Session, hash: Option<&str>) -> bool {
        session.ended_at.is_none()
            && session.expires_at >= self.at
            && !self.limits.are_over(session.created_at, session.used_at, self.at)
            && (!self.tied_to_password || hash.is_none_or(|hash| session.is_of_password(hash)))
    }
}

/// A page of sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionList {
    /// The sessions.
    pub sessions: Vec<Session>,
    /// What to put into [`SessionListing::after`] for the next page; `None` at the end.
    pub next: Option<String>,
    /// The page is not full because the budget was spent.
    pub is_cut_short: bool,
}

/// Which sessions end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending<'a> {
    /// All of a user. With them every other token of theirs that is outstanding.
    Of(&'a UserId),
    /// All of a user but this one.
    Others {
        /// The user.
        user: &'a UserId,
        /// The session that stays.
        but: &'a str,
    },
    /// All that there are. With them every other token that is outstanding: one round of going through Django's table of
    /// them, which has no index for those that are.
    All {
        /// Behind which row the round begins: 0 at first, then [`EndedSessions::next`].
        after: i64,
    },
}

/// What one round of ending ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndedSessions {
    /// Sessions that had not ended.
    pub sessions: u64,
    /// Outstanding tokens without a session: sliding tokens of former versions, and those that Django issued.
    pub tokens: u64,
    /// Where the next round goes on. `None`: all is done.
    pub next: Option<i64>,
}

/// What is known of the session of an access token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The session. `None`: somebody else issued the token, or the session is long forgotten.
    pub session: Option<Session>,
    /// See [`Sessions::begin_epoch`].
    pub epoch: Option<Timestamp>,
}

/// Sessions: which there are, and their ends.
///
/// Every act that uses or ends a session takes the same lock as [`Ledger::rotate`](super::Ledger::rotate).
pub trait Sessions: Send + Sync {
    /// Decides one use of a refresh token that stays good: in the order of
    /// [`Ledger::rotate`](super::Ledger::rotate), and never [`Replayed`](Rotation::Replayed) or
    /// [`Reused`](Rotation::Reused). [`Rotated`](Rotation::Rotated): it was accepted, its last use is written down
    /// unless that was within [`USE_IS_WRITTEN_AFTER`], and its successor, if any, belongs to its session.
    fn renew<'a>(&'a self, renew: Renew<'a>) -> Act<'a, Rotation>;

    /// Lists sessions by ascending id.
    fn list_sessions<'a>(&'a self, listing: SessionListing<'a>) -> Act<'a, SessionList>;

    /// The session of this id, ended or not.
    fn find_session<'a>(&'a self, id: &'a str) -> Act<'a, Option<Session>>;

    /// The session of this user that an access token of this id belongs to, by their [`handle`].
    fn standing<'a>(&'a self, jti: &'a str, user: &'a UserId) -> Act<'a, Standing>;

    /// Ends a session, if it is this user's or no user is given. Says whether there was one that had not ended.
    fn end_session<'a>(&'a self, id: &'a str, user: Option<&'a UserId>, at: Timestamp) -> Act<'a, bool>;

    /// Ends sessions that had begun by `at`, at most `limit`, or where there are none left as many other tokens.
    ///
    /// Those of one user end in one act, whatever the limit.
    fn end_sessions<'a>(&'a self, which: Ending<'a>, at: Timestamp, limit: u32) -> Act<'a, EndedSessions>;

    /// Declares every token dead that was issued before this instant, also those that no table knows: what was
    /// forgotten with an older copy of the database stays dead. An epoch never moves back.
    fn begin_epoch(&self, at: Timestamp) -> Act<'_, ()>;

    /// The epoch, if there is one.
    fn epoch(&self) -> Act<'_, Option<Timestamp>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_of_one_session_and_one_hash() {
        let one = fingerprint("a", "hash");
        assert_eq!(one.len(), 32);
        assert_eq!(one, fingerprint("a", "hash"));
        assert_ne!(one, fingerprint("b", "hash"));
        assert_ne!(one, fingerprint("a", "another hash"));
        assert_ne!(fingerprint("ab", "c"), fingerprint("a", "bc"));
    }

    #[test]
    fn only_an_id_of_simplejwts_kind_has_a_handle() {
        assert_eq!(handle("0123456789abcdef0123456789abcdef"), Some("0123456789abcdef"));
        for jti in ["", "first", "0123456789ABCDEF0123456789ABCDEF", "0123456789abcdef0123456789abcde%"] {
            assert_eq!(handle(jti), None, "{jti}");
        }
    }

    #[test]
    fn the_earlier_of_two_ends_counts() {
        let (begin, hour) = (Timestamp::UNIX_EPOCH, SignedDuration::from_hours(1));
        let later = begin + hour;
        let limits = Limits { absolute: Some(hour * 3), idle: Some(hour) };
        assert_eq!(limits.end(begin, later), Some(begin + hour * 2));
        assert_eq!(limits.end(begin, later + hour * 2), Some(begin + hour * 3));
        assert_eq!(Limits::default().end(begin, later), None);
        assert!(limits.are_over(begin, begin, later) && !limits.are_over(begin, begin, begin));
    }

    #[test]
    fn a_user_agent_is_cut_between_characters() {
        assert_eq!(kept_user_agent("curl"), "curl");
        assert_eq!(kept_user_agent(&"ä".repeat(300)).chars().count(), USER_AGENT_LENGTH);
    }
}
