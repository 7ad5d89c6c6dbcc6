//! Letting another key sign: what would happen, and doing it.

use super::super::answer::{Fault, html, page, see_other};
use super::super::layout::{Frame, KEYS_CHANGED, Pages, Piece, sentences};
use super::super::users::list::Choice;
use super::super::visit::{Posted, Signed, escaped};
use super::{made, ring, written};
use crate::keys::{NEW, Ring};
use crate::pages::admin::Admin;
use crate::pages::admin::form::Form;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use countersign_core::admin::Right;
use countersign_core::jws::{Algorithm, KeyState};
use countersign_core::store::KeyRecord;
use http::StatusCode;

#[derive(Template)]
#[template(path = "admin/key_rotate.html")]
struct Rotate {
    frame: Frame,
    waiting: Vec<(String, bool)>,
    algorithms: Vec<Choice>,
    to: String,
    in_haste: bool,
    version: u64,
    consequences: Vec<Vec<Piece>>,
    error: String,
}

/// What was chosen: a key that waits, or a new one for an algorithm.
enum Wish {
    Waiting(String),
    New(Algorithm),
}

impl Wish {
    /// By default the key that waits longest, else a new one.
    fn of(form: &Form, ring: &Ring) -> Self {
        let to = form.text("to");
        let wanted = to.strip_prefix("new ").and_then(|name| name.parse().ok()).map(Self::New);
        let named = || Some(to).filter(|to| !to.is_empty()).map(|kid| Self::Waiting(kid.to_owned()));
        let first = || ring.waiting(None).ok().flatten().map(|record| Self::Waiting(record.kid));
        wanted.or_else(named).or_else(first).unwrap_or(Self::New(Algorithm::EdDsa))
    }

    fn written(&self) -> String {
        match self {
            Self::Waiting(kid) => kid.clone(),
            Self::New(algorithm) => format!("new {}", algorithm.name()),
        }
    }

    /// The key, or what stands for one that is yet to be made.
    fn imagined(&self, ring: &Ring) -> Result<KeyRecord, String> {
        match self {
            Self::Waiting(kid) => {
                ring.waiting(Some(kid)).map(|found| found.unwrap_or_else(|| ring.imagine()))
            }
            Self::New(_) => Ok(ring.imagine()),
        }
    }
}

fn preview(admin: &Admin, signed: &Signed, ring: &Ring, wish: &Wish, in_haste: bool) -> Rotate {
    let plan = wish.imagined(ring).and_then(|to| ring.rotate(&to, in_haste));
    let (consequences, error) = match plan {
        Ok(rotation) => (sentences(&Ring::about_rotation(&rotation, &rotation.to)), String::new()),
        Err(error) => (Vec::new(), error),
    };
    let waits = |record: &&KeyRecord| record.tenure.state(ring.at) == Some(KeyState::Next);
    let to = wish.written();
    Rotate {
        frame: Frame::new(admin, signed, "keys/"),
        waiting: ring
            .records
            .keys
            .iter()
            .filter(waits)
            .map(|record| (record.kid.clone(), record.kid == to))
            .collect(),
        algorithms: Algorithm::ALL
            .into_iter()
            .map(|algorithm| Choice {
                value: algorithm.name(),
                label: algorithm.name(),
                is_chosen: matches!(wish, Wish::New(chosen) if *chosen == algorithm),
            })
            .collect(),
        to,
        in_haste,
        version: ring.records.version,
        consequences,
        error,
    }
}

/// Whoever lets another key sign gives their password first.
fn unconfirmed(admin: &Admin, signed: &Signed, form: &Form) -> Result<Option<Response>, Fault> {
    signed.must(Right::Operate)?;
    let haste = if form.is_on("now") { "&now=on" } else { "" };
    let back = format!("{}keys/rotate/?to={}{haste}", admin.base(), escaped(form.text("to")));
    Ok(signed.unconfirmed(admin, &back))
}

pub(in super::super) async fn ask(State(admin): Pages, signed: Signed) -> Result<Response, Fault> {
    let asked = &signed.visit.query;
    if let Some(response) = unconfirmed(&admin, &signed, asked)? {
        return Ok(response);
    }
    let ring = ring(&admin).await?;
    let wish = Wish::of(asked, &ring);
    Ok(page(&preview(&admin, &signed, &ring, &wish, asked.is_on("now"))))
}

pub(in super::super) async fn rotate(State(admin): Pages, posted: Posted) -> Result<Response, Fault> {
    let Posted { signed, form } = &posted;
    if let Some(response) = unconfirmed(&admin, signed, form)? {
        return Ok(response);
    }
    let ring = ring(&admin).await?;
    let (wish, in_haste) = (Wish::of(form, &ring), form.is_on("now"));
    let refused = |error: String| {
        let shown = Rotate { error, ..preview(&admin, signed, &ring, &wish, in_haste) };
        Ok(html(StatusCode::CONFLICT, &shown))
    };
    if form.text("version") != ring.records.version.to_string() {
        return refused(KEYS_CHANGED.to_owned());
    }
    let to = match &wish {
        Wish::Waiting(_) => wish.imagined(&ring),
        Wish::New(algorithm) => made(&ring, *algorithm).await,
    };
    let rotation = match to.and_then(|to| ring.rotate(&to, in_haste)) {
        Ok(rotation) => rotation,
        Err(error) => return refused(error.replace(NEW, "the key")),
    };
    if !written(&admin, signed, &ring, ("key rotate", &rotation.to), &rotation.write).await? {
        return refused(KEYS_CHANGED.to_owned());
    }
    Ok(see_other(&format!("{}keys/?said=rotated", admin.base())))
}
