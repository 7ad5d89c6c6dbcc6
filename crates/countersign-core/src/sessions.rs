//! What people may do with their own sessions: see them and end them, with an access token of one of them.

use crate::authority::{Authority, Trouble};
use crate::clock::Timestamp;
use crate::session::{Bond, bond};
use crate::settings;
use crate::store::{EndedSessions, Ending, Ledger, Session, SessionListing, StoreError};
use crate::token::{Token, TokenError, Tokens};
use crate::user::User;

/// Whose session an access token of this user is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visit {
    /// Of this one. `None`: nothing is known of it, as of a token that somebody else issued.
    Of(Option<String>),
    /// Of one that is over.
    Over(TokenError),
    /// Of one that went with another password.
    PasswordChanged,
}

/// Finds the session of an access token that was admitted for this user.
///
/// Unlike where something else is asked for, it must not be over: a token of a session that was ended because it was
/// stolen must not end the others.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part.
pub async fn visit(
    authority: &Authority,
    tokens: &Tokens,
    token: &Token,
    user: &User,
) -> Result<Visit, Trouble> {
    Ok(match bond(authority, tokens, token, user).await? {
        Bond::Good(session) => Visit::Of(session.map(|session| session.id)),
        Bond::Ended(error) => Visit::Over(error),
        Bond::PasswordChanged => Visit::PasswordChanged,
    })
}

/// How many sessions of one user are listed at most: nobody reads more.
pub const MOST: u32 = 1000;

/// The sessions of a user that are not over, the last used first; of more than [`MOST`] any.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part.
pub async fn list(
    authority: &Authority,
    settings: &settings::Sessions,
    user: &User,
) -> Result<Vec<Session>, Trouble> {
    let Some(ledger) = &authority.ledger else { return Ok(Vec::new()) };
    let listing = SessionListing {
        user: Some(&user.id),
        after: None,
        limit: MOST,
        budget: 10 * MOST,
        at: authority.now(),
        limits: settings.limits,
        tied_to_password: settings.end_on_password_change,
    };
    let mut sessions = ledger.list_sessions(listing).await?.sessions;
    sessions.sort_by(|one, other| other.used_at.cmp(&one.used_at).then_with(|| one.id.cmp(&other.id)));
    Ok(sessions)
}

/// Ends a session of a user. Says whether there was one of this id that had not ended.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part: then it goes on.
pub async fn end(authority: &Authority, user: &User, id: &str) -> Result<bool, Trouble> {
    let Some(ledger) = &authority.ledger else { return Ok(false) };
    Ok(ledger.end_session(id, Some(&user.id), authority.now()).await?)
}

/// Ends all sessions of a user, or all but one. Says how many.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part: then all go on.
pub async fn end_all(authority: &Authority, user: &User, but: Option<&str>) -> Result<u64, Trouble> {
    let Some(ledger) = &authority.ledger else { return Ok(0) };
    let which = but.map_or(Ending::Of(&user.id), |but| Ending::Others { user: &user.id, but });
    Ok(ledger.end_sessions(which, authority.now(), MOST).await?.sessions)
}

/// How many sessions end in one act where all do.
const BATCH: u32 = 1000;

/// Ends every session and every other token that is out, and begins an [epoch](crate::store::Sessions::begin_epoch): also
/// what is unknown here and was issued before this instant is dead. Says how much so far after each act.
///
/// # Errors
/// [`StoreError`] where the database did not do its part: what had ended by then has.
pub async fn end_everything(
    ledger: &dyn Ledger,
    at: Timestamp,
    mut told: impl FnMut(EndedSessions) + Send,
) -> Result<EndedSessions, StoreError> {
    // `iat` has whole seconds: what is issued in the rest of this one cannot be told from what was before.
    let epoch = Timestamp::from_second(at.as_second() + 1).unwrap_or(Timestamp::MAX);
    ledger.begin_epoch(epoch).await?;
    let (mut total, mut next) = (EndedSessions::default(), Some(0));
    while let Some(after) = next {
        let ended = ledger.end_sessions(Ending::All { after }, at, BATCH).await?;
        total.sessions += ended.sessions;
        total.tokens += ended.tokens;
        next = ended.next;
        told(total);
    }
    Ok(total)
}
