//! Ending a key: what would happen, and doing it.

use super::super::answer::{Fault, html, page, see_other};
use super::super::layout::{Frame, KEYS_CHANGED, Pages, Piece, sentences};
use super::super::visit::{Posted, Signed, escaped};
use super::{made, ring, written};
use crate::keys::Ring;
use crate::pages::admin::Admin;
use crate::pages::admin::form::Form;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use countersign_core::admin::Right;
use countersign_core::jws::CONFIGURED;
use http::StatusCode;

#[derive(Template)]
#[template(path = "admin/key_retire.html")]
struct Retire {
    frame: Frame,
    kid: String,
    compromised: bool,
    /// Whether the keys of the configuration themselves have become known.
    is_own_secret: bool,
    version: u64,
    consequences: Vec<Vec<Piece>>,
    error: String,
}

fn preview(admin: &Admin, signed: &Signed, ring: &Ring, form: &Form) -> Retire {
    let (kid, compromised) = (form.text("key"), form.is_on("compromised"));
    let successor = compromised.then(|| ring.imagine());
    let (consequences, error) = match ring.retire(kid, successor.as_ref()) {
        Ok(retirement) => (sentences(&ring.about_retirement(kid, &retirement)), String::new()),
        Err(error) => (Vec::new(), error),
    };
    Retire {
        frame: Frame::new(admin, signed, "keys/"),
        kid: kid.to_owned(),
        compromised,
        is_own_secret: compromised && kid == CONFIGURED,
        version: ring.records.version,
        consequences,
        error,
    }
}

/// Whoever ends a key gives their password first.
fn unconfirmed(admin: &Admin, signed: &Signed, form: &Form) -> Result<Option<Response>, Fault> {
    signed.must(Right::Operate)?;
    let compromised = if form.is_on("compromised") { "&compromised=on" } else { "" };
    let back = format!("{}keys/retire/?key={}{compromised}", admin.base(), escaped(form.text("key")));
    Ok(signed.unconfirmed(admin, &back))
}

pub(in super::super) async fn ask(State(admin): Pages, signed: Signed) -> Result<Response, Fault> {
    let asked = &signed.visit.query;
    if let Some(response) = unconfirmed(&admin, &signed, asked)? {
        return Ok(response);
    }
    let ring = ring(&admin).await?;
    Ok(page(&preview(&admin, &signed, &ring, asked)))
}

pub(in super::super) async fn retire(State(admin): Pages, posted: Posted) -> Result<Response, Fault> {
    let Posted { signed, form } = &posted;
    if let Some(response) = unconfirmed(&admin, signed, form)? {
        return Ok(response);
    }
    let ring = ring(&admin).await?;
    let refused = |error: String| {
        Ok(html(StatusCode::CONFLICT, &Retire { error, ..preview(&admin, signed, &ring, form) }))
    };
    if form.text("version") != ring.records.version.to_string() {
        return refused(KEYS_CHANGED.to_owned());
    }
    let kid = form.text("key");
    let successor = if form.is_on("compromised") {
        made(&ring, ring.algorithm_in_place_of(kid)).await.map(Some)
    } else {
        Ok(None)
    };
    let plan = successor.and_then(|successor| ring.retire(kid, successor.as_ref()));
    let retirement = match plan {
        Ok(retirement) => retirement,
        Err(error) => return refused(error),
    };
    if !written(&admin, signed, &ring, ("key retire", kid), &retirement.write).await? {
        return refused(KEYS_CHANGED.to_owned());
    }
    Ok(see_other(&format!("{}keys/?said=retired", admin.base())))
}
