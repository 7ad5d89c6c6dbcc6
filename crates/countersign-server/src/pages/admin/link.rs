//! One-time links: making the first superuser, setting a password.

use super::Admin;
use super::answer::{Fault, html, page, see_other};
use super::door::entered;
use super::layout::{Field, Pages, Porch, are_wrong};
use super::users::password::{both, encoded};
use super::visit::{Unsigned, Visit};
use crate::cli::user::names::{check_username, email, normalized};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use countersign_core::admin::{find_link, open, redeem_link};
use countersign_core::clock::SignedDuration;
use countersign_core::store::{Actor, AddOutcome, LinkPurpose, OneTimeLink};
use countersign_core::user::{NewUser, User};
use http::StatusCode;
use std::sync::Arc;

/// How long the link for the first superuser works.
pub const FIRST_LINK_AGE: SignedDuration = SignedDuration::from_mins(10);

const GONE: &str =
    "This link does not work any more: it was used, its time is over, or another took its place.";

#[derive(Template)]
#[template(path = "admin/link.html")]
struct Link {
    porch: Porch,
    title: &'static str,
    lead: String,
    button: &'static str,
    once: String,
    fields: Vec<Field>,
    done: bool,
}

impl Link {
    fn new(admin: &Admin, link: &OneTimeLink, who: &str, once: &str, fields: Vec<Field>) -> Self {
        let (title, lead, button) = match link.purpose {
            LinkPurpose::Superuser => (
                "Make the first superuser",
                "There is no superuser yet. Choose a name and a password for yourself. This page works once."
                    .to_owned(),
                "Make the account",
            ),
            LinkPurpose::Password => (
                "Set a password",
                format!("Choose a password for {who}. This page works once."),
                "Set the password",
            ),
        };
        Self { porch: Porch::new(admin), title, lead, button, once: once.to_owned(), fields, done: false }
    }
}

/// Shows the form of a link, and leaves the link as it is.
pub(super) async fn show(State(admin): Pages, visit: Visit) -> Result<Response, Fault> {
    let once = visit.query.text("once");
    let Some((link, user)) = works(&admin, once).await? else { return Ok(gone(&admin)) };
    let who = user.as_ref().map_or("", |user| user.username.as_str());
    let fields = fields(&link, "", "", None, None, None);
    Ok(page(&Link::new(&admin, &link, who, once, fields)))
}

fn gone(admin: &Admin) -> Response {
    html(StatusCode::GONE, &super::layout::Plain::new(admin, "This link is over", GONE))
}

/// A link that can be used, and whom it is for.
async fn works(admin: &Admin, once: &str) -> Result<Option<(OneTimeLink, Option<Arc<User>>)>, Fault> {
    let Some(link) = find_link(&admin.desk, once).await? else { return Ok(None) };
    match (link.purpose, &link.user) {
        (LinkPurpose::Superuser, _) => {
            Ok((!admin.store.directory.has_superuser().await?).then_some((link, None)))
        }
        (LinkPurpose::Password, Some(id)) => {
            let user = admin.store.directory.find_user(&id.to_string()).await?;
            Ok(user.filter(|user| user.is_active).map(|user| (link, Some(user))))
        }
        (LinkPurpose::Password, None) => Ok(None),
    }
}

fn fields(
    link: &OneTimeLink,
    username: &str,
    address: &str,
    name_error: Option<String>,
    address_error: Option<String>,
    password_error: Option<String>,
) -> Vec<Field> {
    let mut fields = Vec::new();
    if link.purpose == LinkPurpose::Superuser {
        fields.push(
            Field::text("username", "Username", username)
                .required()
                .autocomplete("username")
                .hint("Letters, digits and @ . + - _")
                .error(name_error),
        );
        fields.push(
            Field::text("email", "Mail address (may stay empty)", address)
                .autocomplete("email")
                .error(address_error),
        );
    }
    fields.extend(both(password_error));
    fields
}

/// Uses a link. It is used up only once everything in the form is as it has to be.
pub(super) async fn redeem(State(admin): Pages, posted: Unsigned) -> Result<Response, Fault> {
    let Unsigned { visit, form } = &posted;
    let once = form.text("once");
    let Some((link, user)) = works(&admin, once).await? else { return Ok(gone(&admin)) };
    let username = normalized(form.text("username").trim());
    let address = email(form.text("email").trim());
    let (mut name_error, mut address_error) = (None, None);
    if link.purpose == LinkPurpose::Superuser {
        name_error = check_username(&username).err();
        address_error = address.clone().err();
        if name_error.is_none() && admin.desk.authority.users.find_by_username(&username).await?.is_some() {
            name_error = Some("A user with that username already exists.".to_owned());
        }
    }
    let subject = user
        .as_deref()
        .cloned()
        .unwrap_or_else(|| User { email: address.clone().unwrap_or_default(), ..User::new(&username, "") });
    let encoded = encoded(&admin, form, &subject).await?;
    let password_error = encoded.as_ref().err().cloned();
    let fields = fields(&link, &username, form.text("email"), name_error, address_error, password_error);
    let who = user.as_ref().map_or_else(String::new, |user| user.username.clone());
    let Some(encoded) = encoded.ok().filter(|_| !are_wrong(&fields)) else {
        return Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &Link::new(&admin, &link, &who, once, fields)));
    };
    if redeem_link(&admin.desk, once).await?.is_none() {
        return Ok(gone(&admin));
    }
    let clerk = admin.clerk(Actor::Link, visit);
    if let Some(user) = user {
        clerk.set_password(&user, &encoded, false).await?;
        let link = Link { done: true, ..Link::new(&admin, &link, &who, "", Vec::new()) };
        return Ok(page(&link));
    }
    let new = User { password: encoded, is_staff: true, is_superuser: true, ..subject };
    let new = User { date_joined: Some(clerk.performer.at), ..new };
    let AddOutcome::Added(added) = clerk.add(&NewUser { user: new }).await? else {
        return Ok(see_other(admin.base()));
    };
    let opened = open(&admin.desk, &Arc::new(added), visit.origin()).await?;
    Ok(entered(&admin, &opened, &format!("{}users/?said=welcome", admin.base())))
}
