//! What the database knows of a token.

use crate::clock::Timestamp;
use crate::session::{Bond, judge, terms};
use crate::store::{Ledger, StoreError, Users};
use crate::token::{Bearer, Token, TokenClass, Tokens};
use crate::user::{User, UserKey};
use std::sync::Arc;

/// What the database knows of a token whose signature is good.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Whether the token names somebody, who may not exist.
    pub names_somebody: bool,
    /// Whom it names.
    pub user: Option<Arc<User>>,
    /// Whether they have another password since.
    pub password_changed: bool,
    /// Whether it is blacklisted: used, or revoked, by itself or as one of all that were issued before the
    /// [epoch](crate::store::Sessions::begin_epoch).
    pub blacklisted: bool,
    /// Whether its session is over: ended, or its time has come.
    pub session_over: bool,
}

/// Asks the database about a token at an instant. Without a `ledger` nothing is blacklisted. What is true of its session
/// concerns an access token only where access tokens end with their sessions.
///
/// # Errors
/// [`StoreError`] where the database did not do its part.
pub async fn standing(
    users: &dyn Users,
    ledger: Option<&dyn Ledger>,
    tokens: &Tokens,
    token: &Token,
    now: Timestamp,
) -> Result<Standing, StoreError> {
    let bearer = tokens.bearer(token);
    let user = match &bearer {
        Bearer::Named(value) => {
            users.find_by_key(UserKey { field: &tokens.settings().user_id_field, value }).await?
        }
        _ => None,
    };
    let is = |class| tokens.check(token, class).is_ok();
    let is_only_access = is(TokenClass::Access) && !is(TokenClass::Refresh);
    let depends = !is_only_access || tokens.settings().sessions.check_access_tokens;
    let mut bond = Bond::Good(None);
    let (mut blacklisted, mut precedes) = (false, false);
    if let (Some(jti), Some(ledger)) = (tokens.jti(token), ledger) {
        blacklisted = ledger.is_blacklisted(jti).await?;
        let terms = terms(tokens, token);
        precedes = depends && terms.precede(ledger.epoch().await?);
        if let (Some(user), true) = (&user, depends) {
            bond = judge(ledger.standing(jti, &user.id).await?, terms, user, now);
        }
    }
    let of_password = user.as_ref().is_none_or(|user| tokens.is_of_present_password(token, user));
    Ok(Standing {
        names_somebody: !matches!(bearer, Bearer::Absent | Bearer::Blank),
        password_changed: !of_password || bond == Bond::PasswordChanged,
        user,
        blacklisted: blacklisted || precedes,
        session_over: matches!(bond, Bond::Ended(_)),
    })
}
