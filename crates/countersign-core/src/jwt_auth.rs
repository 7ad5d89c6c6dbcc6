//! The tokens of djangorestframework-jwt 1.11 and of its fork drf-jwt 1.19, and what can be done with them, one
//! file a deed. Each says what happened as an enum; words and status codes are the dialect's.
//!
//! One token both authenticates and is refreshed. It names its user by `username`, remembers the first login of
//! its line (`orig_iat`, and `orig_jti` where tokens have ids), and can be ended with its whole line by an entry
//! in drf-jwt's blacklist.
//!
//! Stricter than both packages: a token without `exp` is refused, and so is a token of another dialect wherever
//! it would let somebody in; `JWT_TOKEN_ID = "require"` holds everywhere; an id that is no UUID is a refusal.

mod authenticate;
mod blacklist;
mod exchange;
mod family;
mod impersonate;
mod obtain;
mod refresh;
mod refusal;
mod settings;
mod tokens;
mod verify;

pub use self::authenticate::{Authentication, authenticate};
pub use self::blacklist::{Blacklisted, blacklist, entries, entry, withdraw};
pub use self::exchange::{Exchanged, exchange};
pub use self::family::FamilyId;
pub use self::impersonate::{Impersonated, impersonate};
pub use self::obtain::{Obtained, obtain};
pub use self::refresh::{Refreshed, refresh};
pub use self::refusal::Refusal;
pub use self::settings::{JwtAuth, Profile, TokenId};
pub use self::tokens::{Line, Subject, Token, Tokens};
pub use self::verify::{Verification, verify};

use crate::authority::{Authority, Trouble};
use crate::clock::Timestamp;
use crate::session::of_good_length;
use crate::settings::Passwords;
use crate::store::{Fingerprint, Revocations};
use crate::user::User;
use std::fmt;
use std::sync::Arc;

/// The dialect as the rules see it.
#[derive(Clone)]
pub struct JwtAuthRules {
    /// How its tokens are made and read.
    pub tokens: Tokens,
    /// How its users prove who they are.
    pub passwords: Passwords,
    /// drf-jwt's blacklist. `None` as in a Django project without the app: no token can be ended.
    pub revocations: Option<Arc<dyn Revocations>>,
}

impl fmt::Debug for JwtAuthRules {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("JwtAuthRules")
            .field("tokens", &self.tokens)
            .field("revocations", &self.revocations.is_some())
            .finish_non_exhaustive()
    }
}

/// A good token and its user, as the table has them now.
#[derive(Clone, Debug, PartialEq)]
pub struct Holder {
    /// The token.
    pub token: Token,
    /// Whom it names: somebody who exists and is active.
    pub user: Arc<User>,
}

/// Reads a token, asks the blacklist and looks the user up, in drf-jwt's order.
async fn holder(
    authority: &Authority,
    rules: &JwtAuthRules,
    text: &str,
    now: Timestamp,
) -> Result<Result<Holder, Refusal>, Trouble> {
    let token = match decode(authority, rules, text, now).await? {
        Ok(token) => token,
        Err(refusal) => return Ok(Err(refusal)),
    };
    match is_blacklisted(rules, text, &token).await? {
        Ok(false) => bearer(authority, rules, token).await,
        Ok(true) => Ok(Err(Refusal::Blacklisted)),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Reads a token: its form, signature, dates, audience and issuer.
async fn decode(
    authority: &Authority,
    rules: &JwtAuthRules,
    text: &str,
    now: Timestamp,
) -> Result<Result<Token, Refusal>, Trouble> {
    if !rules.tokens.settings().user_secret {
        return Ok(rules.tokens.decode(text, now));
    }
    // The name is not verified yet: it picks the key, as `kid` does, and the signature decides.
    let name = match rules.tokens.claimed_name(text) {
        Ok(name) => name,
        Err(refusal) => return Ok(Err(refusal)),
    };
    Ok(match authority.users.find_by_username(&name).await? {
        Some(user) => rules.tokens.decode_of(&user, text, now),
        None => Err(Refusal::UserUnknown),
    })
}

/// Whether a token, or the line it belongs to, is on the blacklist.
async fn is_blacklisted(
    rules: &JwtAuthRules,
    text: &str,
    token: &Token,
) -> Result<Result<bool, Refusal>, Trouble> {
    let Some(revocations) = &rules.revocations else {
        return Ok(Ok(false));
    };
    let mode = rules.tokens.settings().token_id;
    let family = match mode {
        TokenId::Off => None,
        TokenId::Include | TokenId::Require => match token.family() {
            Ok(family) => family,
            Err(refusal) => return Ok(Err(refusal)),
        },
    };
    let token = (mode != TokenId::Require).then_some(text);
    Ok(Ok(revocations.is_revoked(Fingerprint { token, token_id: family.map(FamilyId::number) }).await?))
}

/// Looks up whom a token names: somebody who exists and is active.
async fn bearer(
    authority: &Authority,
    rules: &JwtAuthRules,
    token: Token,
) -> Result<Result<Holder, Refusal>, Trouble> {
    let name = match token.username() {
        Ok(name) => name,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if rules.tokens.settings().token_id == TokenId::Require && !token.has_id() {
        return Ok(Err(Refusal::NoTokenId));
    }
    Ok(match authority.users.find_by_username(&name).await? {
        None => Err(Refusal::UserUnknown),
        Some(user) if !user.is_active => Err(Refusal::UserInactive),
        Some(user) => Ok(Holder { token, user }),
    })
}

/// Makes a token of a line for a user, with the declared claims as they are now, and signs it.
async fn issue(
    authority: &Authority,
    rules: &JwtAuthRules,
    user: &User,
    line: Line<'_>,
) -> Result<(Token, String), Trouble> {
    let tokens = &rules.tokens;
    let payload = &tokens.settings().payload;
    let declared = payload.read_all(&*authority.users, user, &JwtAuth::RESERVED_CLAIMS).await?;
    let token = tokens.mint(Subject { user, declared: &declared }, line, authority.now(), &*authority.random);
    let text = of_good_length(tokens.encode(&token, user))?;
    Ok((token, text))
}

#[cfg(test)]
mod tests;
