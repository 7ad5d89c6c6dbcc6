//! Users.

pub(super) mod add;
pub(super) mod delete;
pub(super) mod list;
pub(super) mod one;
pub(super) mod password;

use super::Admin;
use super::answer::Fault;
use super::visit::{Signed, escaped};
use countersign_core::admin::Right;
use countersign_core::user::User;
use std::sync::Arc;

/// The user of a page, for somebody who may change them by this right.
async fn touched(admin: &Admin, signed: &Signed, id: &str, right: Right) -> Result<Arc<User>, Fault> {
    signed.must(right)?;
    let user = admin.store.directory.find_user(id).await?.ok_or(Fault::NOT_FOUND)?;
    if signed.admin.rights.may_touch(&user) { Ok(user) } else { Err(Fault::FORBIDDEN) }
}

/// The page of a user.
fn address(admin: &Admin, user: &User) -> String {
    format!("{}users/{}/", admin.base(), escaped(&user.id.to_string()))
}

/// First and last name.
fn name(user: &User) -> String {
    format!("{} {}", user.first_name, user.last_name).trim().to_owned()
}
