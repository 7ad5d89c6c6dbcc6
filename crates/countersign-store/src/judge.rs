//! Whether anything speaks against a refresh token that is used: one rule for tokens that rotate and tokens that stay, on
//! every database.

use crate::session::Client;
use countersign_core::clock::Timestamp;
use countersign_core::store::{Record, Rotation, Terms, USE_IS_WRITTEN_AFTER, fingerprint};

/// A token that is used.
#[derive(Clone, Debug)]
pub(crate) struct Presented {
    pub(crate) token: Record,
    /// The id for a session, if it has none.
    pub(crate) family: String,
    pub(crate) must_be_active: bool,
    pub(crate) at: Timestamp,
    pub(crate) terms: Terms,
    pub(crate) client: Client,
}

/// What our own tables know of a token.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) family: String,
    pub(crate) generation: i64,
    /// When it was used, and for what.
    pub(crate) consumed: Option<(Timestamp, String)>,
    pub(crate) revoked: bool,
    pub(crate) created_at: Timestamp,
    pub(crate) used_at: Timestamp,
    pub(crate) fingerprint: Option<String>,
}

impl Place {
    /// Whether the last use that is written down is recent enough, where using a token writes nothing else.
    pub(crate) fn is_recent(&self, at: Timestamp) -> bool {
        at.duration_since(self.used_at) <= USE_IS_WRITTEN_AFTER
    }
}

/// What a refresh token depends on in the user table.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) is_active: bool,
    pub(crate) password: String,
}

/// What the tables say of a token, at one moment or under its lock.
#[derive(Debug)]
pub(crate) struct Facts {
    /// `None`: it has no session.
    pub(crate) place: Option<Place>,
    /// Whether it is in Django's blacklist.
    pub(crate) is_blacklisted: bool,
    pub(crate) epoch: Option<Timestamp>,
    /// Whose it is. `None`: there is no such user.
    pub(crate) account: Option<Account>,
}

/// What follows from it.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It is good. The fingerprint that its session is to remember, if it remembers none.
    Live(Option<String>),
    /// It was used or revoked before.
    Dead,
    /// The user has another password than the session goes with.
    PasswordChanged,
    /// It is refused for another reason.
    Refused(Rotation),
}

/// Judges a token.
pub(crate) fn judge(used: &Presented, facts: &Facts) -> Verdict {
    if used.terms.precede(facts.epoch) {
        return Verdict::Refused(Rotation::Blacklisted);
    }
    let before = facts.place.as_ref().is_some_and(|place| place.revoked || place.consumed.is_some());
    if before || facts.is_blacklisted { Verdict::Dead } else { judge_user(used, facts) }
}

/// Whether the session is over, and what has become of its user.
pub(crate) fn judge_user(used: &Presented, facts: &Facts) -> Verdict {
    let place = facts.place.as_ref();
    if place.is_some_and(|place| used.terms.limits.are_over(place.created_at, place.used_at, used.at)) {
        return Verdict::Refused(Rotation::Over);
    }
    if used.token.user.is_none() {
        return Verdict::Live(None);
    }
    let Some(account) = &facts.account else { return Verdict::Refused(Rotation::UserGone) };
    if used.must_be_active && !account.is_active {
        return Verdict::Refused(Rotation::UserInactive);
    }
    let present = fingerprint(place.map_or(&used.family, |place| &place.family), &account.password);
    match place.and_then(|place| place.fingerprint.as_ref()) {
        None => Verdict::Live(Some(present)),
        Some(remembered) if used.terms.tied_to_password && *remembered != present => Verdict::PasswordChanged,
        Some(_) => Verdict::Live(None),
    }
}

/// What can be said of the use of a token that stays, without writing anything. `None`: there is something to write.
pub(crate) fn settled(used: &Presented, facts: &Facts) -> Option<Rotation> {
    match judge(used, facts) {
        Verdict::Dead => Some(Rotation::Blacklisted),
        Verdict::Refused(rotation) => Some(rotation),
        Verdict::Live(None) if facts.place.as_ref().is_some_and(|place| place.is_recent(used.at)) => {
            Some(Rotation::Rotated)
        }
        Verdict::Live(_) | Verdict::PasswordChanged => None,
    }
}
