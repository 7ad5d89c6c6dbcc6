//! What can be done with simplejwt's tokens, one file a deed. Each says what happened as an enum; words and
//! status codes are the dialect's.

mod authenticate;
mod blacklist;
mod issue;
mod obtain;
mod refresh;
mod sliding;
mod verify;

pub use self::authenticate::{Authentication, Mode, authenticate};
pub use self::blacklist::{Blacklisted, blacklist};
pub use self::issue::{Issued, Preview, issue, preview};
pub use self::obtain::{Obtained, obtain};
pub use self::refresh::{Refreshed, refresh};
pub use self::sliding::{Slid, obtain_sliding, refresh_sliding};
pub use self::verify::{Verification, verify};

use crate::authority::{Authority, Trouble};
use crate::clock::Timestamp;
use crate::json::Object;
use crate::jws::MAX_TOKEN_LENGTH;
use crate::settings::Passwords;
use crate::token::{Bearer, Token, TokenClass, TokenError, Tokens};
use crate::user::User;
use crate::user::UserKey;
use std::sync::Arc;

/// The dialect as the rules see it.
#[derive(Clone, Debug)]
pub struct SimpleJwtRules {
    /// How its tokens are made and read.
    pub tokens: Tokens,
    /// How its users prove who they are.
    pub passwords: Passwords,
}

/// Reads a token and whether it is of a class, the blacklist first, as simplejwt looks at it first: a used token
/// of the wrong type is "blacklisted".
///
/// `Ok(Ok(_))` does not say that a good token is not blacklisted: whoever goes on with it asks, or acts in a way
/// that asks.
async fn read(
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
        Err(_) if class.is_recorded() && is_blacklisted(authority, tokens, &token).await? => {
            Ok(Err(TokenError::Blacklisted))
        }
        Err(error) => Ok(Err(error)),
    }
}

async fn is_blacklisted(authority: &Authority, tokens: &Tokens, token: &Token) -> Result<bool, Trouble> {
    match (&authority.ledger, tokens.jti(token)) {
        (Some(ledger), Some(jti)) => Ok(ledger.is_blacklisted(jti).await?),
        _ => Ok(false),
    }
}

/// The declared claims of a user as they are now; none for a token that names nobody.
async fn declared(authority: &Authority, tokens: &Tokens, user: Option<&User>) -> Result<Object, Trouble> {
    match user {
        Some(user) => Ok(tokens.settings().claims.read(&*authority.users, user).await?),
        None => Ok(Object::new()),
    }
}

/// Signs a token, unless it would be refused for its length wherever it is shown.
fn encode(tokens: &Tokens, token: &Token) -> Result<String, Trouble> {
    of_good_length(tokens.encode(token))
}

fn of_good_length(text: String) -> Result<String, Trouble> {
    if text.len() > MAX_TOKEN_LENGTH { Err(Trouble::TokenTooLong(text.len())) } else { Ok(text) }
}

/// What became of the user that a token names.
enum Holder {
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
/// simplejwt refreshes a token that names nobody without looking; so do we. It fails with a server error, or
/// takes `true` for user 1, where the name is no key: for us such a user does not exist.
async fn holder(authority: &Authority, tokens: &Tokens, token: &Token) -> Result<Holder, Trouble> {
    let settings = tokens.settings();
    let value = match tokens.bearer(token) {
        Bearer::Absent | Bearer::Blank => return Ok(Holder::Nobody),
        Bearer::Unusable => return Ok(Holder::Gone),
        Bearer::Named(value) => value,
    };
    let key = UserKey { field: &settings.user_id_field, value: &value };
    Ok(match authority.users.find_by_key(key).await? {
        None => Holder::Gone,
        Some(user) if settings.check_user_is_active && !user.is_active => Holder::Inactive,
        Some(user) if !tokens.is_of_present_password(token, &user) => Holder::PasswordChanged,
        Some(user) => Holder::User(user),
    })
}
