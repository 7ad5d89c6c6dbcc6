//! Signing in, and giving the password again.

use super::clerk::{Deed, Performer, audited};
use super::mark::{digest, mark, new_secret};
use super::rights::may_enter;
use super::session::{Administrator, password_mark};
use super::{AdminRules, Desk};
use crate::authority::Trouble;
use crate::clock::{SignedDuration, Timestamp};
use crate::event::Origin;
use crate::login::{Credentials, Login, login};
use crate::secret::Secret;
use crate::store::{Actor, AdminSession, Attempt, AttemptLimit, AuditOutcome};
use crate::user::User;
use std::net::IpAddr;
use std::sync::Arc;

/// Attempts are counted in windows of this length, and no refusal lasts longer.
const WINDOW: SignedDuration = SignedDuration::from_mins(15);
/// From one address for one account.
const MOST_OF_BOTH: u32 = 5;
/// From one address, whoever is named.
const MOST_FROM_ADDRESS: u32 = 20;
/// For one account, from wherever. Somebody elsewhere who uses it up keeps its owner out until the window ends.
const MOST_FOR_ACCOUNT: u32 = 50;

/// What came of signing in.
#[derive(Clone, Debug)]
pub enum SignIn {
    /// Signed in.
    Ok(Opened),
    /// No user of that name, not their password, not active, or neither staff nor superuser. Which, nobody is told.
    Refused,
    /// Tried too often.
    Throttled {
        /// When the next attempt may be made.
        until: Timestamp,
    },
}

/// A session that has just begun.
#[derive(Clone, Debug)]
pub struct Opened {
    /// What the browser is to keep: 64 hexadecimal digits.
    pub secret: String,
    /// Whose it is.
    pub user: Arc<User>,
}

/// Checks a name and a password and begins a session.
///
/// The attempt is counted before the password is hashed, so that no number of attempts at once gets past the limit:
/// 5 in 15 minutes from one address for one account, 20 from one address, 50 for one account. The work is that of
/// [`login`] for everybody. Each success is in the audit trail; failures are events.
///
/// # Errors
/// [`Trouble`] where the database or the hashing pool could not do its part.
pub async fn sign_in(
    desk: &Desk,
    credentials: Credentials<'_>,
    origin: Origin<'_>,
) -> Result<SignIn, Trouble> {
    let attempts = Attempts::of(credentials.username, origin.address);
    if let Attempt::Refused { until } = attempts.count(desk).await? {
        return Ok(SignIn::Throttled { until });
    }
    let Login::Ok(user) = login(&desk.authority, &desk.rules.passwords, credentials, origin, "admin").await?
    else {
        return Ok(SignIn::Refused);
    };
    let actor = Actor::User { id: user.id.clone(), username: user.username.clone() };
    let performer = Performer { actor, origin, at: desk.authority.now() };
    let deed = Deed::about(&user, "admin sign-in");
    let opened = audited(&*desk.trail, &performer, deed, async {
        if !may_enter(&user) {
            return Ok((AuditOutcome::Refused, None));
        }
        attempts.forget(desk).await?;
        Ok((AuditOutcome::Done, Some(open(desk, &user, origin).await?)))
    })
    .await?;
    Ok(opened.map_or(SignIn::Refused, SignIn::Ok))
}

/// Begins a session for somebody whose word is good: one who signed in, or used a one-time link.
///
/// # Errors
/// [`crate::store::StoreError`] where the database did not do its part.
pub async fn open(
    desk: &Desk,
    user: &Arc<User>,
    origin: Origin<'_>,
) -> Result<Opened, crate::store::StoreError> {
    let (now, AdminRules { session_age, .. }) = (desk.authority.now(), &desk.rules);
    let secret = new_secret(&*desk.authority.random);
    let session = AdminSession {
        digest: digest(&secret).expect("a new secret is one"),
        user: user.id.clone(),
        password_mark: password_mark(user),
        created_at: now,
        seen_at: now,
        confirmed_at: now,
        expires_at: now.saturating_add(*session_age).unwrap_or(Timestamp::MAX),
        address: origin.address.map(|address| address.to_string()),
        user_agent: origin.user_agent.map(str::to_owned),
    };
    desk.door.open_session(&session).await?;
    Ok(Opened { secret, user: Arc::clone(user) })
}

/// What came of giving the password again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirm {
    /// It is the right one: dangerous acts are possible for a while.
    Ok,
    /// It is not.
    Refused,
    /// Tried too often.
    Throttled {
        /// When the next attempt may be made.
        until: Timestamp,
    },
}

/// Checks the password of somebody who is signed in, once more. It counts as an attempt to sign in.
///
/// # Errors
/// [`Trouble`] where the database or the hashing pool could not do its part.
pub async fn confirm(
    desk: &Desk,
    administrator: &Administrator,
    password: Secret,
    origin: Origin<'_>,
) -> Result<Confirm, Trouble> {
    let username = &administrator.user.username;
    let attempts = Attempts::of(username, origin.address);
    if let Attempt::Refused { until } = attempts.count(desk).await? {
        return Ok(Confirm::Throttled { until });
    }
    let credentials = Credentials { username, password };
    let Login::Ok(user) = login(&desk.authority, &desk.rules.passwords, credentials, origin, "admin").await?
    else {
        return Ok(Confirm::Refused);
    };
    if user.id != administrator.user.id {
        return Ok(Confirm::Refused);
    }
    attempts.forget(desk).await?;
    desk.door.touch_session(&administrator.session.digest, desk.authority.now(), true).await?;
    Ok(Confirm::Ok)
}

/// What an attempt is counted under: digests, because people type passwords into the wrong field.
struct Attempts {
    both: String,
    address: String,
    account: String,
}

impl Attempts {
    /// Usernames are compared exactly, so that one account has one name.
    fn of(username: &str, address: Option<IpAddr>) -> Self {
        let address = address.map_or_else(|| "nowhere".to_owned(), network);
        Self {
            both: mark(&["both", username, &address]),
            account: mark(&["account", username]),
            address: mark(&["address", &address]),
        }
    }

    async fn count(&self, desk: &Desk) -> Result<Attempt, Trouble> {
        let limits = [
            AttemptLimit { key: &self.both, most: MOST_OF_BOTH },
            AttemptLimit { key: &self.address, most: MOST_FROM_ADDRESS },
            AttemptLimit { key: &self.account, most: MOST_FOR_ACCOUNT },
        ];
        Ok(desk.door.count_attempt(&limits, WINDOW, desk.authority.now()).await?)
    }

    /// After a success. What the address did to other accounts stays counted.
    async fn forget(&self, desk: &Desk) -> Result<(), crate::store::StoreError> {
        desk.door.forget_attempts(&[&self.both, &self.account]).await
    }
}

/// An address, or the /64 that one client of IPv6 has to itself.
fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}
