//! Who makes this request: simplejwt's `JWTAuthentication`.

use super::{SimpleJwtRules, is_blacklisted, read};
use crate::authority::{Authority, Trouble};
use crate::clock::Timestamp;
use crate::session::{Bond, bond};
use crate::token::{Bearer, Token, TokenClass, TokenError};
use crate::user::User;
use crate::user::UserKey;
use std::sync::Arc;

/// Whether the user is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `JWTAuthentication`: the user is read, so that disabling one works at once.
    Stateful,
    /// `JWTStatelessUserAuthentication`: the token's word is taken until it expires.
    Stateless,
}

/// What a token in a request is worth.
#[derive(Clone, Debug, PartialEq)]
pub enum Authentication {
    /// A good token; in [`Mode::Stateful`] of this user.
    Admitted {
        /// The user, in [`Mode::Stateful`].
        user: Option<Arc<User>>,
        /// The token.
        token: Token,
    },
    /// Of none of the classes that authenticate; why not, for each.
    Invalid(Vec<(TokenClass, TokenError)>),
    /// It names nobody.
    NoUserId,
    /// It names somebody who does not exist.
    UserNotFound,
    /// Its user is not active.
    UserInactive,
    /// Its user has another password since.
    PasswordChanged,
}

/// Decides whom a token authenticates.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part; never in [`Mode::Stateless`] unless sliding tokens
/// authenticate, whose blacklist is always read.
pub async fn authenticate(
    authority: &Authority,
    rules: &SimpleJwtRules,
    text: &str,
    mode: Mode,
) -> Result<Authentication, Trouble> {
    let token = match validate(authority, rules, text, authority.now()).await? {
        Ok(token) => token,
        Err(refusals) => return Ok(Authentication::Invalid(refusals)),
    };
    let settings = rules.tokens.settings();
    let bearer = rules.tokens.bearer(&token);
    if bearer == Bearer::Absent {
        return Ok(Authentication::NoUserId);
    }
    if mode == Mode::Stateless {
        return Ok(Authentication::Admitted { user: None, token });
    }
    let Bearer::Named(value) = bearer else {
        return Ok(Authentication::UserNotFound);
    };
    let key = UserKey { field: &settings.user_id_field, value: &value };
    // Whoever is turned away was read for it: the password may be new, and the token with it.
    if let Some(user) = authority.users.find_recent(key)
        && refusal(authority, rules, &token, &user).await?.is_none()
    {
        return Ok(Authentication::Admitted { user: Some(user), token });
    }
    let Some(user) = authority.users.find_by_key(key).await? else {
        return Ok(Authentication::UserNotFound);
    };
    let refusal = refusal(authority, rules, &token, &user).await?;
    Ok(refusal.unwrap_or(Authentication::Admitted { user: Some(user), token }))
}

/// What speaks against a token of this user, if anything.
async fn refusal(
    authority: &Authority,
    rules: &SimpleJwtRules,
    token: &Token,
    user: &User,
) -> Result<Option<Authentication>, Trouble> {
    let settings = rules.tokens.settings();
    if settings.check_user_is_active && !user.is_active {
        return Ok(Some(Authentication::UserInactive));
    }
    if !rules.tokens.is_of_present_password(token, user) {
        return Ok(Some(Authentication::PasswordChanged));
    }
    if settings.sessions.check_access_tokens {
        return Ok(match Box::pin(bond(authority, &rules.tokens, token, user)).await? {
            Bond::Good(_) => None,
            Bond::PasswordChanged => Some(Authentication::PasswordChanged),
            Bond::Ended(error) => Some(Authentication::Invalid(vec![(TokenClass::Access, error)])),
        });
    }
    Ok(None)
}

/// The token, of the first class that accepts it.
async fn validate(
    authority: &Authority,
    rules: &SimpleJwtRules,
    text: &str,
    now: Timestamp,
) -> Result<Result<Token, Vec<(TokenClass, TokenError)>>, Trouble> {
    let mut refusals = Vec::new();
    for &class in &rules.tokens.settings().auth_token_classes {
        match read(authority, &rules.tokens, text, class, now).await? {
            // Boxed, as below: what most requests do not need is not carried around by all.
            Ok(token)
                if class.is_recorded()
                    && Box::pin(is_blacklisted(authority, &rules.tokens, &token)).await? =>
            {
                refusals.push((class, TokenError::Blacklisted));
            }
            Ok(token) => return Ok(Ok(token)),
            Err(error) => refusals.push((class, error)),
        }
    }
    Ok(Err(refusals))
}
