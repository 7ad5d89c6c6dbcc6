//! Which user a command means.

use crate::cli::Failure;
use crate::cli::user::names::normalized;
use countersign_core::store::Users;
use countersign_core::user::{User, UserKey};
use std::sync::Arc;

/// Finds a user by the username, as it is written or in Unicode's form for usernames, else by the id.
///
/// # Errors
///
/// [`Failure::Refused`] where there is nobody of either.
pub(in crate::cli) async fn find(users: &dyn Users, name: &str) -> Result<Arc<User>, Failure> {
    if let Some(user) = users.find_by_username(name).await? {
        return Ok(user);
    }
    if let Some(user) = users.find_by_username(&normalized(name)).await? {
        return Ok(user);
    }
    let by_id = users.find_by_key(UserKey { field: "id", value: name }).await?;
    by_id.ok_or_else(|| {
        Failure::Refused(format!("there is no user {name:?}; `countersign user list` shows who there is"))
    })
}
