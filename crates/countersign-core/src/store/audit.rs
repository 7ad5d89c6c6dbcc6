//! The audit trail: who did what to whom, when, from where, and what it was before and after.

use super::Act;
use crate::clock::Timestamp;
use crate::user::UserId;

/// An administrative act that is about to be done.
///
/// Nothing secret stands in it: no password, hash, token, key or link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// From which address, where it was a page.
    pub address: Option<String>,
    /// `User-Agent`, where it was a page.
    pub user_agent: Option<String>,
    /// What: a noun and a verb, as the command line has them: `user disable`.
    pub act: &'static str,
    /// Whom it is about, if a user.
    pub subject: Option<UserId>,
    /// What it is about, in words that stay true when it is gone: a username, the id of a key.
    pub subject_name: String,
    /// What it was before: a JSON object, or nothing.
    pub before: Option<String>,
    /// What it is to be: a JSON object, or nothing.
    pub after: Option<String>,
}

/// Who does an administrative act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A user who is signed in to the admin pages.
    User {
        /// Their id.
        id: UserId,
        /// Their name at that time.
        username: String,
    },
    /// Whoever runs a command on the machine.
    CommandLine {
        /// The account of the operating system: `uid 1000`.
        account: String,
    },
    /// Whoever holds a one-time link.
    Link,
    /// Somebody who is not known: an attempt to sign in.
    Nobody,
}

impl Actor {
    /// The kind, as it is written down.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::User { .. } => "user",
            Self::CommandLine { .. } => "command line",
            Self::Link => "one-time link",
            Self::Nobody => "nobody",
        }
    }

    /// The name, as it is written down.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::User { username, .. } => username,
            Self::CommandLine { account } => account,
            Self::Link | Self::Nobody => "",
        }
    }

    /// The user, if it is one.
    #[must_use]
    pub const fn user(&self) -> Option<&UserId> {
        match self {
            Self::User { id, .. } => Some(id),
            _ => None,
        }
    }
}

/// What became of an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuditOutcome {
    /// It was done.
    Done,
    /// The rules or the database's own rows forbade it. Nothing changed.
    Refused,
    /// The database did not do its part.
    Failed,
}

impl AuditOutcome {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Done, Self::Refused, Self::Failed];

    /// As it is written down.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    /// The outcome of this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word)
    }
}

/// A line of the trail, as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// Its number: a later line has a greater one.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// [`Actor::kind`]
    pub actor_kind: String,
    /// [`Actor::user`]
    pub actor_id: Option<UserId>,
    /// [`Actor::name`]
    pub actor: String,
    /// From which address.
    pub address: Option<String>,
    /// `User-Agent`
    pub user_agent: Option<String>,
    /// What.
    pub act: String,
    /// Whom it is about.
    pub subject: Option<UserId>,
    /// What it is about.
    pub subject_name: String,
    /// What it was before: JSON.
    pub before: Option<String>,
    /// What it was to be: JSON.
    pub after: Option<String>,
    /// What became of it. `None`: the program ended, or the database went away, before that could be written down.
    pub outcome: Option<AuditOutcome>,
}

/// Which lines of the trail are read: the latest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditQuery<'a> {
    /// Only lines with a smaller number: the last of the page before.
    pub before: Option<i64>,
    /// Only lines from this instant on.
    pub since: Option<Timestamp>,
    /// Only this act.
    pub act: Option<&'a str>,
    /// Only about this user.
    pub subject: Option<&'a UserId>,
    /// Only by somebody of this name.
    pub actor: Option<&'a str>,
    /// At most so many.
    pub limit: u32,
}

/// The audit trail. A line is written before its act is begun, so that there is no act without a line.
pub trait AuditTrail: Send + Sync {
    /// Writes a line down and gives its number.
    fn begin_audit<'a>(&'a self, entry: &'a AuditEntry) -> Act<'a, i64>;

    /// Writes down what became of it. A line that has an outcome keeps it.
    fn finish_audit(&self, id: i64, outcome: AuditOutcome) -> Act<'_, ()>;

    /// Reads lines, the latest first.
    fn read_audit<'a>(&'a self, query: AuditQuery<'a>) -> Act<'a, Vec<AuditRecord>>;
}
