//! What the database knows of a token.

use crate::store::{Ledger, StoreError, Users};
use crate::token::{Bearer, Token, Tokens};
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
    /// Whether it is blacklisted: used, or revoked.
    pub blacklisted: bool,
}

/// Asks the database about a token. Without a `ledger` nothing is blacklisted.
///
/// # Errors
/// [`StoreError`] where the database did not do its part.
pub async fn standing(
    users: &dyn Users,
    ledger: Option<&dyn Ledger>,
    tokens: &Tokens,
    token: &Token,
) -> Result<Standing, StoreError> {
    let bearer = tokens.bearer(token);
    let user = match &bearer {
        Bearer::Named(value) => {
            users.find_by_key(UserKey { field: &tokens.settings().user_id_field, value }).await?
        }
        _ => None,
    };
    Ok(Standing {
        names_somebody: !matches!(bearer, Bearer::Absent | Bearer::Blank),
        password_changed: user.as_ref().is_some_and(|user| !tokens.is_of_present_password(token, user)),
        user,
        blacklisted: match (tokens.jti(token), ledger) {
            (Some(jti), Some(ledger)) => ledger.is_blacklisted(jti).await?,
            _ => false,
        },
    })
}
