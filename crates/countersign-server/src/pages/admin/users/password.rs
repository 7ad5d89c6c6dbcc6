//! Setting a user's password, or making a link by which they set it themselves.

use super::super::answer::{Fault, html, page, see_other};
use super::super::form::Form;
use super::super::layout::{Field, Frame, Pages};
use super::super::visit::{Posted, Signed};
use super::{address, touched};
use crate::cli::user::new_password::acceptable;
use crate::config::value::written_duration;
use crate::pages::admin::Admin;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use countersign_core::admin::{Deed, Performer, Right, audited, issue_link};
use countersign_core::authority::Trouble;
use countersign_core::password::{UserAttributes, Weakness, validate};
use countersign_core::secret::Secret;
use countersign_core::store::{AuditOutcome, LinkPurpose};
use countersign_core::user::User;
use http::StatusCode;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "admin/password.html")]
struct Password {
    frame: Frame,
    href: String,
    user: Arc<User>,
    fields: Vec<Field>,
    link: Option<String>,
    link_age: String,
}

impl Password {
    fn new(admin: &Admin, signed: &Signed, user: Arc<User>, error: Option<String>) -> Self {
        Self {
            frame: Frame::new(admin, signed, "users/"),
            href: address(admin, &user),
            user,
            fields: both(error),
            link: None,
            link_age: written_duration(admin.config.admin.link_age),
        }
    }
}

/// A new password, twice.
pub(in super::super) fn both(error: Option<String>) -> Vec<Field> {
    vec![
        Field::password("password", "New password", "new-password")
            .hint("At least 8 characters, not like the name or address, none that everybody tries, not only digits")
            .error(error),
        Field::password("password_again", "New password again", "new-password"),
    ]
}

/// The hash of the password that a form sets, or what is wrong with it.
pub(in super::super) async fn encoded(
    admin: &Admin,
    form: &Form,
    user: &User,
) -> Result<Result<String, String>, Fault> {
    if form.text("password") != form.text("password_again") {
        return Ok(Err("The two passwords do not match.".to_owned()));
    }
    let password = Secret::from(form.text("password"));
    let text = match acceptable(&password, admin.config.passwords.strip_whitespace) {
        Ok(text) => text,
        Err(why) => return Ok(Err(why.lines().next().unwrap_or_default().to_owned())),
    };
    let weaknesses = validate(text, &UserAttributes::from(user));
    if !weaknesses.is_empty() {
        return Ok(Err(weaknesses.iter().map(Weakness::to_string).collect::<Vec<_>>().join(" ")));
    }
    let encoded = admin.desk.authority.hashing.encode(password).await.map_err(Trouble::from)?;
    Ok(encoded.map_err(|error| error.to_string()))
}

/// The user whose password may be set now: this asks for the administrator's own first.
async fn dangerous(admin: &Admin, signed: &Signed, id: &str) -> Result<Result<Arc<User>, Response>, Fault> {
    let user = touched(admin, signed, id, Right::ChangeUsers).await?;
    Ok(match signed.unconfirmed(admin, &format!("{}password/", address(admin, &user))) {
        Some(response) => Err(response),
        None => Ok(user),
    })
}

pub(in super::super) async fn show(
    State(admin): Pages,
    Path(id): Path<String>,
    signed: Signed,
) -> Result<Response, Fault> {
    match dangerous(&admin, &signed, &id).await? {
        Ok(user) => Ok(page(&Password::new(&admin, &signed, user, None))),
        Err(response) => Ok(response),
    }
}

pub(in super::super) async fn save(
    State(admin): Pages,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Fault> {
    let Posted { signed, form } = &posted;
    let user = match dangerous(&admin, signed, &id).await? {
        Ok(user) => user,
        Err(response) => return Ok(response),
    };
    match encoded(&admin, form, &user).await? {
        Err(error) => {
            let password = Password::new(&admin, signed, user, Some(error));
            Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &password))
        }
        Ok(encoded) => {
            if !admin.clerk(signed.actor(), &signed.visit).set_password(&user, &encoded, false).await? {
                return Err(Fault::NOT_FOUND);
            }
            Ok(see_other(&format!("{}?said=password", address(&admin, &user))))
        }
    }
}

/// Makes a link and shows it, this once.
pub(in super::super) async fn link(
    State(admin): Pages,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Fault> {
    let Posted { signed, .. } = &posted;
    let user = match dangerous(&admin, signed, &id).await? {
        Ok(user) => user,
        Err(response) => return Ok(response),
    };
    let (origin, at) = (signed.visit.origin(), admin.desk.authority.now());
    let performer = Performer { actor: signed.actor(), origin, at };
    let deed = Deed::about(&user, "user link");
    let age = admin.config.admin.link_age;
    let secret = audited(&*admin.store.trail, &performer, deed, async {
        match issue_link(&admin.desk, LinkPurpose::Password, Some(&user.id), age).await {
            Ok(secret) => Ok((AuditOutcome::Done, Ok(secret))),
            Err(Trouble::Store(error)) => Err(error),
            Err(other) => Ok((AuditOutcome::Failed, Err(other))),
        }
    })
    .await??;
    let mut password = Password::new(&admin, signed, user, None);
    password.link = Some(format!("{}{}link/?once={secret}", signed.visit.site, admin.base()));
    Ok(page(&password))
}
