//! Making a user.

use super::super::answer::{Fault, html, page, see_other};
use super::super::layout::{Field, Frame, Pages, are_wrong};
use super::super::visit::{Posted, Signed};
use super::address;
use super::one::{checked, text_fields};
use super::password::{both, encoded};
use crate::pages::admin::Admin;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use countersign_core::admin::Right;
use countersign_core::store::{AddOutcome, UserColumns};
use countersign_core::user::{NewUser, User};
use http::StatusCode;

#[derive(Template)]
#[template(path = "admin/user_add.html")]
struct Add {
    frame: Frame,
    columns: UserColumns,
    fields: Vec<Field>,
    passwords: Vec<Field>,
    with_link: bool,
    is_staff: bool,
    is_superuser: bool,
    may_promote: bool,
}

impl Add {
    fn new(admin: &Admin, signed: &Signed, user: &User, fields: Vec<Field>, passwords: Vec<Field>) -> Self {
        Self {
            frame: Frame::new(admin, signed, "users/"),
            columns: admin.store.directory.columns(),
            fields,
            passwords,
            with_link: false,
            is_staff: user.is_staff,
            is_superuser: user.is_superuser,
            may_promote: signed.admin.rights.is_superuser(),
        }
    }
}

pub(in super::super) async fn show(State(admin): Pages, signed: Signed) -> Result<Response, Fault> {
    signed.must(Right::AddUsers)?;
    if let Some(response) = signed.unconfirmed(&admin, &format!("{}users/add/", admin.base())) {
        return Ok(response);
    }
    let nobody = User::new("", "");
    let fields = text_fields(&admin, &nobody, &nobody.email, &[]);
    let mut add = Add::new(&admin, &signed, &nobody, fields, both(None));
    add.with_link = true;
    Ok(page(&add))
}

/// Makes a user with a password, or without one: then a link sets it.
pub(in super::super) async fn save(State(admin): Pages, posted: Posted) -> Result<Response, Fault> {
    let Posted { signed, form } = &posted;
    signed.must(Right::AddUsers)?;
    if let Some(response) = signed.unconfirmed(&admin, &format!("{}users/add/", admin.base())) {
        return Ok(response);
    }
    let may_promote = signed.admin.rights.is_superuser();
    let mut user = User::new("", "");
    user.is_superuser = may_promote && form.is_on("is_superuser");
    user.is_staff = may_promote && (form.is_on("is_staff") || user.is_superuser);
    let errors = checked(&admin, form, &mut user).await?;
    let with_link = form.text("how") == "link";
    let password =
        if with_link { Ok("!".to_owned() + &unusable(&admin)) } else { encoded(&admin, form, &user).await? };
    let fields = text_fields(&admin, &user, form.text("email"), &errors);
    let passwords = both(password.as_ref().err().cloned());
    let Some(password) = password.ok().filter(|_| !are_wrong(&fields)) else {
        let mut add = Add::new(&admin, signed, &user, fields, passwords);
        add.with_link = with_link;
        return Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &add));
    };
    let clerk = admin.clerk(signed.actor(), &signed.visit);
    let new = User { password, date_joined: Some(clerk.performer.at), ..user };
    match clerk.add(&NewUser { user: new.clone() }).await? {
        AddOutcome::Added(added) if with_link => {
            Ok(see_other(&format!("{}password/?said=added", address(&admin, &added))))
        }
        AddOutcome::Added(added) => Ok(see_other(&format!("{}?said=added", address(&admin, &added)))),
        AddOutcome::UsernameTaken => {
            let taken = [("username", super::one::TAKEN.to_owned())];
            let fields = text_fields(&admin, &new, &new.email, &taken);
            Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &Add::new(&admin, signed, &new, fields, both(None))))
        }
    }
}

/// What Django's `make_password(None)` puts behind its mark.
fn unusable(admin: &Admin) -> String {
    admin.desk.authority.random.text(40, countersign_core::random::ALPHANUMERIC)
}
