//! The session of an administrator: found by the secret in the cookie, judged anew at each request.

use super::mark::{digest, mark};
use super::rights::{Rights, may_enter};
use super::{Desk, Right};
use crate::authority::Trouble;
use crate::clock::{SignedDuration, Timestamp};
use crate::store::AdminSession;
use crate::user::{User, UserKey};
use std::sync::Arc;

/// How exact `seen_at` is: a session in use is written down once a minute, not at each request.
const SEEN: SignedDuration = SignedDuration::from_secs(60);

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Administrator {
    /// Who, as the table has them now.
    pub user: Arc<User>,
    /// By which session.
    pub session: AdminSession,
    /// What they may do.
    pub rights: Rights,
}

impl Administrator {
    /// Whether they have a right.
    #[must_use]
    pub fn may(&self, right: Right) -> bool {
        self.rights.have(right)
    }
}

/// Takes a session up again by its secret. `None`: there is none, or it is over; one that is over is removed.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part.
pub async fn resume(desk: &Desk, secret: &str) -> Result<Option<Administrator>, Trouble> {
    let Some(digest) = digest(secret) else { return Ok(None) };
    let Some(session) = desk.door.find_session(&digest).await? else { return Ok(None) };
    let now = desk.authority.now();
    let id = session.user.to_string();
    let user = desk.authority.users.find_by_key(UserKey { field: "id", value: &id }).await?;
    let Some(user) = user.filter(|user| is_live(desk, &session, user, now)) else {
        desk.door.close_session(&digest).await?;
        return Ok(None);
    };
    if now.duration_since(session.seen_at) >= SEEN {
        desk.door.touch_session(&digest, now, false).await?;
    }
    let memberships = desk.authority.users.memberships(&user.id).await?;
    let rights = Rights::of(&user, &memberships);
    Ok(Some(Administrator { user, session, rights }))
}

fn is_live(desk: &Desk, session: &AdminSession, user: &User, now: Timestamp) -> bool {
    now < session.expires_at
        && now.duration_since(session.seen_at) < desk.rules.session_idle + SEEN
        && may_enter(user)
        && session.password_mark == password_mark(user)
}

/// What another password changes. An upgrade of the hash changes it too: then the user signs in again.
pub(super) fn password_mark(user: &User) -> String {
    mark(&["password", &user.password])
}

/// Whether the password was given a short while ago, so that dangerous acts are possible.
#[must_use]
pub fn is_confirmed(desk: &Desk, administrator: &Administrator) -> bool {
    desk.authority.now().duration_since(administrator.session.confirmed_at) < desk.rules.confirm_age
}

/// Ends a session.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part.
pub async fn sign_out(desk: &Desk, administrator: &Administrator) -> Result<(), Trouble> {
    desk.door.close_session(&administrator.session.digest).await?;
    Ok(())
}
