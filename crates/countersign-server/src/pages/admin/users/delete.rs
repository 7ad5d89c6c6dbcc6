//! Deleting a user for good.

use super::super::answer::{Fault, html, page, see_other};
use super::super::layout::{Frame, Pages};
use super::super::visit::{Posted, Signed};
use super::{address, touched};
use crate::pages::admin::Admin;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use countersign_core::admin::Right;
use countersign_core::store::Deletion;
use countersign_core::user::User;
use http::StatusCode;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "admin/delete.html")]
struct Delete {
    frame: Frame,
    href: String,
    user: Arc<User>,
    tables: Vec<String>,
}

impl Delete {
    fn new(admin: &Admin, signed: &Signed, user: Arc<User>, tables: Vec<String>) -> Self {
        Self { frame: Frame::new(admin, signed, "users/"), href: address(admin, &user), user, tables }
    }
}

/// Nobody deletes themselves; everybody else gives their password first.
async fn dangerous(admin: &Admin, signed: &Signed, id: &str) -> Result<Result<Arc<User>, Response>, Fault> {
    let user = touched(admin, signed, id, Right::DeleteUsers).await?;
    if signed.admin.user.id == user.id {
        return Err(Fault::ONESELF);
    }
    Ok(match signed.unconfirmed(admin, &format!("{}delete/", address(admin, &user))) {
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
        Ok(user) => Ok(page(&Delete::new(&admin, &signed, user, Vec::new()))),
        Err(response) => Ok(response),
    }
}

pub(in super::super) async fn delete(
    State(admin): Pages,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Fault> {
    let Posted { signed, .. } = &posted;
    let user = match dangerous(&admin, signed, &id).await? {
        Ok(user) => user,
        Err(response) => return Ok(response),
    };
    match admin.clerk(signed.actor(), &signed.visit).delete(&user).await? {
        Deletion::Deleted => Ok(see_other(&format!("{}users/?said=deleted", admin.base()))),
        Deletion::Unknown => Err(Fault::NOT_FOUND),
        Deletion::Referenced { tables } => {
            Ok(html(StatusCode::CONFLICT, &Delete::new(&admin, signed, user, tables)))
        }
    }
}
