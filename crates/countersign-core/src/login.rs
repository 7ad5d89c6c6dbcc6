//! Who are you, and can you prove it: Django's `authenticate()`.

use crate::authority::{Authority, Trouble, may_hold_tokens};
use crate::event::{LoginEvent, LoginOutcome, Origin};
use crate::password::Check;
use crate::secret::Secret;
use crate::settings::Passwords;
use crate::user::User;
use std::sync::Arc;

/// A name and a password, as a client gave them.
#[derive(Clone, Debug)]
pub struct Credentials<'a> {
    /// Compared exactly: case counts, no normalisation.
    pub username: &'a str,
    /// Compared exactly. Whether white space was cut off before is the dialect's habit.
    pub password: Secret,
}

/// What came of it. A client learns no more than these two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// It is this user, as the table has them now.
    Ok(Arc<User>),
    /// No user of that name, not their password, or not active.
    NoActiveAccount,
}

impl Login {
    /// Who may be given tokens, if anybody: where inactive users may log in, not every dialect gives them any.
    pub(crate) fn holder(self, check_user_is_active: bool) -> Option<Arc<User>> {
        match self {
            Self::Ok(user) if may_hold_tokens(&user, check_user_is_active) => Some(user),
            _ => None,
        }
    }
}

/// Checks credentials.
///
/// The work is the same for unknown, inactive, unusable and cheaper-hashed users: one hash at the cost of new
/// ones. A hash that is not as new ones are is replaced after a match, for inactive users too, as Django does.
///
/// # Errors
/// [`Trouble`] where the database or the hashing pool could not do its part.
pub async fn login(
    authority: &Authority,
    settings: &Passwords,
    credentials: Credentials<'_>,
    origin: Origin<'_>,
    method: &'static str,
) -> Result<Login, Trouble> {
    let found = authority.users.find_by_username(credentials.username).await?;
    let report = |outcome| {
        authority.events.login(&LoginEvent {
            at: authority.now(),
            username: credentials.username,
            user: found.as_ref().map(|user| &user.id),
            origin,
            method,
            outcome,
        });
    };
    let encoded = found.as_ref().map(|user| user.password.clone());
    let check = match authority.hashing.check(credentials.password.clone(), encoded).await {
        Ok(check) => check,
        Err(overloaded) => {
            report(LoginOutcome::Overloaded);
            return Err(overloaded.into());
        }
    };
    let user = match (&found, check) {
        (Some(user), Check::Matched { upgrade: None }) => Some(Arc::clone(user)),
        (Some(user), Check::Matched { upgrade: Some(upgrade) }) => {
            upgraded(authority, user, upgrade, credentials.password).await?
        }
        (_, Check::Refused) | (None, _) => None,
    };
    let outcome = match (&found, &user) {
        (None, _) => LoginOutcome::UnknownUser,
        (Some(_), None) => LoginOutcome::WrongPassword,
        (_, Some(user)) if user.is_active || settings.allow_inactive => LoginOutcome::Success,
        (_, Some(_)) => LoginOutcome::Inactive,
    };
    report(outcome);
    Ok(match (outcome, user) {
        (LoginOutcome::Success, Some(user)) => Login::Ok(user),
        _ => Login::NoActiveAccount,
    })
}

/// The user with a hash as new ones are. Of several logins at once one writes it; the others find another hash than
/// they read, and look whether the password opens that one too: their session goes with the hash that is there.
async fn upgraded(
    authority: &Authority,
    user: &Arc<User>,
    encoded: String,
    password: Secret,
) -> Result<Option<Arc<User>>, Trouble> {
    if authority.users.replace_password(&user.id, &user.password, &encoded).await? {
        return Ok(Some(Arc::new(User { password: encoded, ..User::clone(user) })));
    }
    let Some(user) = authority.users.find_by_username(&user.username).await? else { return Ok(None) };
    let check = authority.hashing.check(password, Some(user.password.clone())).await?;
    Ok(matches!(check, Check::Matched { .. }).then_some(user))
}
