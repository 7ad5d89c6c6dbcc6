//! Links that work once.

use super::Desk;
use super::mark::{digest, new_secret};
use crate::authority::Trouble;
use crate::clock::{SignedDuration, Timestamp};
use crate::store::{LinkPurpose, OneTimeLink};
use crate::user::UserId;

/// Makes a link and gives its secret, which is nowhere else: 64 hexadecimal digits. Earlier links of this purpose for
/// this user are over.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part.
pub async fn issue_link(
    desk: &Desk,
    purpose: LinkPurpose,
    user: Option<&UserId>,
    age: SignedDuration,
) -> Result<String, Trouble> {
    let (secret, now) = (new_secret(&*desk.authority.random), desk.authority.now());
    let link = OneTimeLink {
        digest: digest(&secret).expect("a new secret is one"),
        purpose,
        user: user.cloned(),
        created_at: now,
        expires_at: now.saturating_add(age).unwrap_or(Timestamp::MAX),
    };
    desk.door.issue_link(&link).await?;
    Ok(secret)
}

/// The link of this secret, if it works still. Looking does not use it up.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part.
pub async fn find_link(desk: &Desk, secret: &str) -> Result<Option<OneTimeLink>, Trouble> {
    let Some(digest) = digest(secret) else { return Ok(None) };
    Ok(desk.door.find_link(&digest, desk.authority.now()).await?)
}

/// Uses a link up. Of any number of attempts at once, one gets it.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part.
pub async fn redeem_link(desk: &Desk, secret: &str) -> Result<Option<OneTimeLink>, Trouble> {
    let Some(digest) = digest(secret) else { return Ok(None) };
    Ok(desk.door.redeem_link(&digest, desk.authority.now()).await?)
}
