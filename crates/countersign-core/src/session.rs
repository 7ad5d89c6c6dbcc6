//! A session: one login and the refresh tokens that follow from it, whatever dialect it speaks.

mod begin;
mod bond;
mod end;
mod link;
mod refresh;

pub use self::begin::Issued;
pub(crate) use self::begin::{begin, first};
pub(crate) use self::bond::{Bond, bond, judge};
pub use self::end::Ended;
pub(crate) use self::end::end;
pub(crate) use self::link::linked;
pub use self::refresh::Refreshed;
pub(crate) use self::refresh::{Renewing, go_on, refresh};

use crate::authority::{Authority, Trouble, may_hold_tokens};
use crate::claims::NumericDate;
use crate::clock::Timestamp;
use crate::event::Origin;
use crate::json::Object;
use crate::jws::MAX_TOKEN_LENGTH;
use crate::store::{NewSession, Record, Terms, fingerprint};
use crate::token::{Bearer, Token, TokenClass, TokenError, Tokens};
use crate::user::{User, UserKey};
use std::sync::Arc;

/// How the two tokens of a session are made and read. Their keys may differ.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair<'a> {
    /// The refresh tokens.
    pub(crate) refresh: &'a Tokens,
    /// The access tokens.
    pub(crate) access: &'a Tokens,
    /// Whether a refresh token that names nobody is renewed, as simplejwt renews it.
    pub(crate) renews_nameless: bool,
}

/// Reads a token and whether it is of a class, the blacklist first, as simplejwt looks at it first: a used token
/// of the wrong type is "blacklisted".
///
/// `Ok(Ok(_))` does not say that a good token is not blacklisted: whoever goes on with it asks, or acts in a way
/// that asks.
pub(crate) async fn read(
    authority: &Authority,
    tokens: &Tokens,
    text: &str,
    class: TokenClass,
    now: Timestamp,
) -> Result<Result<Token, TokenError>, Trouble> {
    let token = match tokens.decode(text, now) {
        Ok(token) => token,
        Err(error) => return Ok(Err(error)),
    };
    match tokens.check(&token, class) {
        Ok(()) => Ok(Ok(token)),
        // Boxed, so that those who read good tokens do not carry its state around.
        Err(_) if class.is_recorded() && Box::pin(is_blacklisted(authority, tokens, &token)).await? => {
            Ok(Err(TokenError::Blacklisted))
        }
        Err(error) => Ok(Err(error)),
    }
}

/// Whether a token is blacklisted, or was issued before the epoch.
pub(crate) async fn is_blacklisted(
    authority: &Authority,
    tokens: &Tokens,
    token: &Token,
) -> Result<bool, Trouble> {
    let (Some(ledger), Some(_)) = (&authority.ledger, tokens.jti(token)) else { return Ok(false) };
    if terms(tokens, token).precede(ledger.epoch().await?) {
        return Ok(true);
    }
    is_listed(authority, tokens, token).await
}

/// Whether a token is in the blacklist.
pub(crate) async fn is_listed(
    authority: &Authority,
    tokens: &Tokens,
    token: &Token,
) -> Result<bool, Trouble> {
    let (Some(ledger), Some(jti)) = (&authority.ledger, tokens.jti(token)) else { return Ok(false) };
    Ok(ledger.is_blacklisted(jti).await?)
}

/// On which terms a token is accepted.
pub(crate) fn terms(tokens: &Tokens, token: &Token) -> Terms {
    let sessions = &tokens.settings().sessions;
    Terms {
        issued_at: token.issued_at().map(NumericDate::instant),
        limits: sessions.limits,
        tied_to_password: sessions.end_on_password_change,
    }
}

/// Writes down the first token of a session of a user.
pub(crate) async fn record_first(
    authority: &Authority,
    record: &Record,
    user: &User,
    origin: Origin<'_>,
) -> Result<(), Trouble> {
    let Some(ledger) = &authority.ledger else { return Ok(()) };
    let id = authority.random.jti();
    let fingerprint = fingerprint(&id, &user.password);
    let session = NewSession { id: &id, fingerprint: Some(&fingerprint), origin };
    Ok(ledger.record(record, Some(session)).await?)
}

/// The declared and computed claims of a user as they are now; none for a token that names nobody.
pub(crate) async fn declared(
    authority: &Authority,
    tokens: &Tokens,
    user: Option<&User>,
) -> Result<Object, Trouble> {
    match user {
        Some(user) => {
            let settings = tokens.settings();
            Ok(settings.claims.read_all(&*authority.users, user, &settings.reserved_claims()).await?)
        }
        None => Ok(Object::new()),
    }
}

/// Signs a token, unless it would be refused for its length wherever it is shown.
pub(crate) fn encode(tokens: &Tokens, token: &Token) -> Result<String, Trouble> {
    of_good_length(tokens.encode(token))
}

pub(crate) fn of_good_length(text: String) -> Result<String, Trouble> {
    if text.len() > MAX_TOKEN_LENGTH { Err(Trouble::TokenTooLong(text.len())) } else { Ok(text) }
}

/// What became of the user that a token names.
pub(crate) enum Holder {
    /// The token names nobody, and never did.
    Nobody,
    /// This user, who may hold tokens.
    User(Arc<User>),
    /// This user, who may not.
    Inactive,
    /// The password is another than when the token was made.
    PasswordChanged,
    /// Nobody of that key exists.
    Gone,
}

/// Looks up whom a refresh or sliding token belongs to.
///
/// simplejwt refreshes a token that names nobody without looking. It fails with a server error, or takes `true` for
/// user 1, where the name is no key: for us such a user does not exist.
pub(crate) async fn holder(authority: &Authority, tokens: &Tokens, token: &Token) -> Result<Holder, Trouble> {
    let settings = tokens.settings();
    let value = match tokens.bearer(token) {
        Bearer::Absent | Bearer::Blank => return Ok(Holder::Nobody),
        Bearer::Unusable => return Ok(Holder::Gone),
        Bearer::Named(value) => value,
    };
    let key = UserKey { field: &settings.user_id_field, value: &value };
    Ok(match authority.users.find_by_key(key).await? {
        None => Holder::Gone,
        Some(user) if !may_hold_tokens(&user, settings.check_user_is_active) => Holder::Inactive,
        Some(user) if !tokens.is_of_present_password(token, &user) => Holder::PasswordChanged,
        Some(user) => Holder::User(user),
    })
}
