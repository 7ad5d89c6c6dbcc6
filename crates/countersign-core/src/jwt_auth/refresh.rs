//! A new token for one that is still good.

use super::{Holder, JwtAuthRules, Line, Refusal, Token, holder, issue};
use crate::authority::{Authority, Trouble};
use crate::clock::Timestamp;
use crate::json::Value;
use crate::user::{User, UserKey};
use std::sync::Arc;

/// What became of the use of a token.
#[derive(Clone, PartialEq)]
pub enum Refreshed {
    /// Here is the next of its line. The old one stays good until its end.
    Token {
        /// The token as a client gets it.
        text: String,
        /// What it says.
        token: Token,
        /// Whose it is.
        user: Arc<User>,
    },
    /// The token is refused.
    Refused(Refusal),
    /// It does not say when its line began, or tokens are not refreshed here.
    NoOrigIat,
    /// Its line began too long ago.
    Ended,
}

/// Refreshes a token.
///
/// Unlike drf-jwt's, it keeps who acts in a token of impersonation, and looks whether they still may.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part, [`Trouble::TokenTooLong`].
pub async fn refresh(authority: &Authority, rules: &JwtAuthRules, text: &str) -> Result<Refreshed, Trouble> {
    let (now, tokens) = (authority.now(), &rules.tokens);
    let Holder { token, user } = match holder(authority, rules, text, now).await? {
        Ok(holder) if tokens.is_foreign(&holder.token) => return Ok(Refreshed::Refused(Refusal::NoUsername)),
        Ok(holder) => holder,
        Err(refusal) => return Ok(Refreshed::Refused(refusal)),
    };
    if let Some(refusal) = refusal_of_line(rules, &token, now) {
        return Ok(refusal);
    }
    if !actor_still_may(authority, &token).await? {
        return Ok(Refreshed::Refused(Refusal::Invalid));
    }
    let (next, text) = issue(authority, rules, &user, Line::Of(&token)).await?;
    Ok(Refreshed::Token { text, token: next, user })
}

/// Why the line of a good token does not go on.
fn refusal_of_line(rules: &JwtAuthRules, token: &Token, now: Timestamp) -> Option<Refreshed> {
    let orig_iat = token.claims().get("orig_iat").filter(|value| **value != Value::Null);
    if !rules.tokens.settings().allow_refresh || orig_iat.is_none() {
        return Some(Refreshed::NoOrigIat);
    }
    match rules.tokens.is_too_old_to_refresh(token, now) {
        // drf-jwt adds a text to a number and fails.
        None => Some(Refreshed::Refused(Refusal::Invalid)),
        Some(true) => Some(Refreshed::Ended),
        Some(false) => None,
    }
}

/// Whether whoever acts in a token of impersonation is still an active superuser.
async fn actor_still_may(authority: &Authority, token: &Token) -> Result<bool, Trouble> {
    let Some(actor) = token.actor() else { return Ok(true) };
    let Some(id) = actor.as_object().and_then(|actor| actor.get("sub")).and_then(Value::as_str) else {
        return Ok(false);
    };
    let found = authority.users.find_by_key(UserKey { field: "id", value: id }).await?;
    Ok(found.is_some_and(|user| user.is_active && user.is_superuser))
}
