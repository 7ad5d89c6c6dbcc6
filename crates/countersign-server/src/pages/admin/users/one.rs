//! One user: who they are, and changing it.

use super::super::answer::{Fault, html, page, see_other};
use super::super::audit::{Shown, shown};
use super::super::form::Form;
use super::super::layout::{Field, Frame, Pages, are_wrong};
use super::super::time::Moment;
use super::super::visit::{Posted, Signed};
use super::{address, name, touched};
use crate::cli::user::names::{check_name, check_username, email, normalized};
use crate::pages::admin::Admin;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use countersign_core::admin::Right;
use countersign_core::password::{Algorithm, Hashers};
use countersign_core::store::{AuditQuery, EditOutcome, Memberships, UserColumns, UserEdit};
use countersign_core::user::User;
use http::StatusCode;
use std::sync::Arc;

/// Django's words.
pub(super) const TAKEN: &str = "A user with that username already exists.";

#[derive(Template)]
#[template(path = "admin/user.html")]
struct One {
    frame: Frame,
    columns: UserColumns,
    href: String,
    user: Arc<User>,
    name: String,
    joined: Moment,
    last_login: Moment,
    hash: String,
    permissions: Vec<String>,
    fields: Vec<Field>,
    edit: UserEdit,
    groups: Vec<(String, bool)>,
    may_change: bool,
    may_promote: bool,
    may_delete: bool,
    may_view_tokens: bool,
    is_self: bool,
    history: Vec<Shown>,
}

pub(in super::super) async fn show(
    State(admin): Pages,
    Path(id): Path<String>,
    signed: Signed,
) -> Result<Response, Fault> {
    signed.must(Right::ViewUsers)?;
    let user = admin.store.directory.find_user(&id).await?.ok_or(Fault::NOT_FOUND)?;
    let memberships = admin.desk.authority.users.memberships(&user.id).await?;
    let fields = text_fields(&admin, &user, &user.email, &[]);
    let edit = edit_of(&user, Some(memberships.groups.clone()));
    Ok(page(&one(&admin, &signed, user, memberships, fields, edit).await?))
}

async fn one(
    admin: &Admin,
    signed: &Signed,
    user: Arc<User>,
    memberships: Memberships,
    fields: Vec<Field>,
    edit: UserEdit,
) -> Result<One, Fault> {
    let chosen = edit.groups.clone().unwrap_or_default();
    let groups = admin.store.directory.list_groups().await?.into_iter().map(|name| {
        let is_in = chosen.contains(&name);
        (name, is_in)
    });
    let may_touch = signed.admin.rights.may_touch(&user);
    let history = if signed.admin.may(Right::Operate) {
        let query = AuditQuery { subject: Some(&user.id), limit: 10, ..AuditQuery::default() };
        admin.store.trail.read_audit(query).await?.into_iter().map(shown).collect()
    } else {
        Vec::new()
    };
    Ok(One {
        frame: Frame::new(admin, signed, "users/"),
        columns: admin.store.directory.columns(),
        href: address(admin, &user),
        name: name(&user),
        joined: user.date_joined.into(),
        last_login: user.last_login.into(),
        hash: hash(admin, &user.password),
        permissions: memberships.permissions,
        fields,
        edit,
        groups: groups.collect(),
        may_change: may_touch && signed.admin.may(Right::ChangeUsers),
        may_promote: signed.admin.rights.is_superuser(),
        may_delete: may_touch && signed.admin.may(Right::DeleteUsers),
        may_view_tokens: signed.admin.may(Right::ViewTokens),
        is_self: signed.admin.user.id == user.id,
        history,
        user,
    })
}

/// What can be said of a hash without showing it.
fn hash(admin: &Admin, encoded: &str) -> String {
    let rules = admin.config.passwords.rules();
    match Algorithm::identify(encoded) {
        _ if !Hashers::is_usable(encoded) => "none set: nobody can sign in with one".to_owned(),
        None => "not a hash that Django makes: nothing matches it".to_owned(),
        Some(algorithm) if !rules.hashers.contains(&algorithm) => {
            format!("{algorithm}, which [passwords] hashers does not list: nothing matches it")
        }
        Some(algorithm) => format!("{algorithm}"),
    }
}

fn edit_of(user: &User, groups: Option<Vec<String>>) -> UserEdit {
    UserEdit {
        username: user.username.clone(),
        email: user.email.clone(),
        first_name: user.first_name.clone(),
        last_name: user.last_name.clone(),
        is_active: user.is_active,
        is_staff: user.is_staff,
        is_superuser: user.is_superuser,
        groups,
    }
}

/// The fields that hold texts, those that the table has. `address` is the mail address as it was typed.
pub(super) fn text_fields(
    admin: &Admin,
    user: &User,
    address: &str,
    errors: &[(&'static str, String)],
) -> Vec<Field> {
    let columns = admin.store.directory.columns();
    let error = |name: &str| errors.iter().find(|(field, _)| *field == name).map(|(_, error)| error.clone());
    let mut fields = vec![
        Field::text("username", "Username", &user.username)
            .required()
            .hint("Letters, digits and @ . + - _; case counts")
            .error(error("username")),
    ];
    for (has, field) in [
        (columns.email, Field::text("email", "Mail address", address).error(error("email"))),
        (
            columns.first_name,
            Field::text("first_name", "First name", &user.first_name).error(error("first_name")),
        ),
        (columns.last_name, Field::text("last_name", "Last name", &user.last_name).error(error("last_name"))),
    ] {
        fields.extend(has.then_some(field));
    }
    fields
}

/// Reads the fields that hold texts into a user, and says what is wrong with them.
pub(super) async fn checked(
    admin: &Admin,
    form: &Form,
    user: &mut User,
) -> Result<Vec<(&'static str, String)>, Fault> {
    let columns = admin.store.directory.columns();
    let mut errors = Vec::new();
    user.username = normalized(form.text("username").trim());
    errors.extend(check_username(&user.username).err().map(|error| ("username", error)));
    if columns.email {
        match email(form.text("email").trim()) {
            Ok(address) => user.email = address,
            Err(error) => errors.push(("email", error)),
        }
    }
    if columns.first_name {
        form.text("first_name").trim().clone_into(&mut user.first_name);
        errors.extend(check_name(&user.first_name).err().map(|error| ("first_name", error)));
    }
    if columns.last_name {
        form.text("last_name").trim().clone_into(&mut user.last_name);
        errors.extend(check_name(&user.last_name).err().map(|error| ("last_name", error)));
    }
    Ok(errors)
}

/// Saves what was edited. Rights are for superusers to give, who gave their password a short while ago, and nobody
/// takes their own away: there might be nobody left who could give them back.
pub(in super::super) async fn save(
    State(admin): Pages,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Fault> {
    let Posted { signed, form } = &posted;
    let user = touched(&admin, signed, &id, Right::ChangeUsers).await?;
    let memberships = admin.desk.authority.users.memberships(&user.id).await?;
    let mut wanted = User::clone(&user);
    let errors = checked(&admin, form, &mut wanted).await?;
    let is_self = signed.admin.user.id == user.id;
    if signed.admin.rights.is_superuser() && !is_self {
        wanted.is_superuser = form.is_on("is_superuser");
        wanted.is_staff = form.is_on("is_staff") || wanted.is_superuser;
    }
    let may_regroup = signed.admin.rights.is_superuser();
    let groups = may_regroup.then(|| {
        let mut groups: Vec<_> = form.all("group").map(str::to_owned).collect();
        groups.sort();
        groups
    });
    let edit = edit_of(&wanted, groups);
    let rights = |user: &User| (user.is_staff, user.is_superuser);
    let gains = edit.groups.as_ref().is_some_and(|groups| *groups != memberships.groups);
    if (rights(&wanted) != rights(&user) || gains)
        && let Some(response) = signed.unconfirmed(&admin, &address(&admin, &user))
    {
        return Ok(response);
    }
    let fields = text_fields(&admin, &wanted, form.text("email"), &errors);
    if are_wrong(&fields) {
        let one = one(&admin, signed, user, memberships, fields, edit).await?;
        return Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &one));
    }
    let clerk = admin.clerk(signed.actor(), &signed.visit);
    match clerk.edit(&user, &memberships.groups, &edit).await? {
        EditOutcome::Edited => Ok(see_other(&format!("{}?said=saved", address(&admin, &user)))),
        EditOutcome::Unknown => Err(Fault::NOT_FOUND),
        EditOutcome::UsernameTaken => {
            let fields = text_fields(&admin, &wanted, &wanted.email, &[("username", TAKEN.to_owned())]);
            let one = one(&admin, signed, user, memberships, fields, edit).await?;
            Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &one))
        }
    }
}

/// Disables or enables. Nobody disables themselves.
pub(in super::super) async fn switch(
    State(admin): Pages,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Fault> {
    let Posted { signed, form } = &posted;
    let user = touched(&admin, signed, &id, Right::ChangeUsers).await?;
    let is_active = form.text("to") == "enabled";
    if signed.admin.user.id == user.id {
        return Err(Fault::ONESELF);
    }
    if !admin.store.directory.columns().is_active {
        return Err(Fault::FORBIDDEN);
    }
    if !admin.clerk(signed.actor(), &signed.visit).set_active(&user, is_active).await? {
        return Err(Fault::NOT_FOUND);
    }
    let said = if is_active { "enabled" } else { "disabled" };
    Ok(see_other(&format!("{}?said={said}", address(&admin, &user))))
}
