//! Signing in and out, and giving the password again.

use super::Admin;
use super::answer::html;
use super::answer::{Fault, page, see_other};
use super::layout::{Field, Frame, Pages, Porch, wanted};
use super::visit::{Posted, Signed, Unsigned, Visit, next};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use countersign_core::admin::{
    Confirm, Opened, SignIn, csrf_token, is_csrf_token, new_secret, resume, sign_in, sign_out,
};
use countersign_core::clock::{SignedDuration, Timestamp};
use countersign_core::login::Credentials;
use countersign_core::secret::Secret;
use http::StatusCode;
use http::header::{RETRY_AFTER, SET_COOKIE};

/// How long a page to sign in may stay open.
const PORCH: SignedDuration = SignedDuration::from_hours(12);

#[derive(Template)]
#[template(path = "admin/sign_in.html")]
struct Door {
    porch: Porch,
    csrf: String,
    next: String,
    fields: Vec<Field>,
    error: String,
}

impl Door {
    fn new(admin: &Admin, csrf: String, next: &str, username: &str, error: &str) -> Self {
        let fields = vec![
            Field::text("username", "Username", username).required().autocomplete("username"),
            Field::password("password", "Password", "current-password"),
        ];
        Self { porch: Porch::new(admin), csrf, next: next.to_owned(), fields, error: error.to_owned() }
    }
}

/// Asks for name and password. Whoever is signed in already goes on.
pub(super) async fn ask(State(admin): Pages, visit: Visit) -> Result<Response, Fault> {
    let next = wanted(&admin, &visit);
    if let Some(secret) = &visit.secret
        && resume(&admin.desk, secret).await?.is_some()
    {
        return Ok(see_other(next));
    }
    Ok(with_new_cookie(&admin, |csrf| page(&Door::new(&admin, csrf, next, "", ""))))
}

/// A page with a cookie of nobody, so that its form can be told from one of another site.
fn with_new_cookie(admin: &Admin, page: impl FnOnce(String) -> Response) -> Response {
    let secret = new_secret(&*admin.desk.authority.random);
    let mut response = page(csrf_token(&secret));
    set_cookie(admin, &mut response, &secret, PORCH);
    response
}

fn set_cookie(admin: &Admin, response: &mut Response, secret: &str, age: SignedDuration) {
    let cookie = admin.cookie.set(secret, admin.desk.authority.now(), age);
    response
        .headers_mut()
        .append(SET_COOKIE, cookie.expect("hexadecimal digits can stand in a cookie of this length"));
}

/// A password as logins read it.
pub(super) fn given(admin: &Admin, text: &str) -> Secret {
    Secret::from(if admin.config.passwords.strip_whitespace { text.trim() } else { text })
}

/// Signs in. The session has a new secret, whatever the browser had before.
pub(super) async fn enter(State(admin): Pages, posted: Unsigned) -> Result<Response, Fault> {
    let Unsigned { visit, form } = &posted;
    if !visit.secret.as_deref().is_some_and(|secret| is_csrf_token(secret, form.text("csrf"))) {
        return Err(Fault::FORGED);
    }
    let next = next(&admin, form.text("next"));
    let username = form.text("username").trim();
    let credentials = Credentials { username, password: given(&admin, form.text("password")) };
    let again = |status, error: &str| {
        with_new_cookie(&admin, |csrf| html(status, &Door::new(&admin, csrf, next, username, error)))
    };
    match sign_in(&admin.desk, credentials, visit.origin()).await? {
        SignIn::Ok(opened) => Ok(entered(&admin, &opened, next)),
        SignIn::Refused => Ok(again(
            StatusCode::FORBIDDEN,
            "That did not work. Check the username and the password; only active staff and superusers get in here.",
        )),
        SignIn::Throttled { until } => {
            let minutes = minutes(until, admin.desk.authority.now());
            let error = format!("That was tried too often. Try again in {minutes}.");
            let mut response = again(StatusCode::TOO_MANY_REQUESTS, &error);
            let left = until.duration_since(admin.desk.authority.now()).as_millis();
            let seconds = u64::try_from(left).unwrap_or(0).div_ceil(1000).max(1);
            response.headers_mut().insert(RETRY_AFTER, http::HeaderValue::from(seconds));
            Ok(response)
        }
    }
}

/// Goes on with a session that has just begun.
pub(super) fn entered(admin: &Admin, opened: &Opened, next: &str) -> Response {
    let mut response = see_other(next);
    set_cookie(admin, &mut response, &opened.secret, admin.config.admin.session_age);
    response
}

fn minutes(until: Timestamp, now: Timestamp) -> String {
    match until.duration_since(now).as_secs().max(0) / 60 + 1 {
        1 => "a minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

/// Signs out.
pub(super) async fn leave(State(admin): Pages, posted: Posted) -> Result<Response, Fault> {
    sign_out(&admin.desk, &posted.signed.admin).await?;
    let mut response = see_other(&format!("{}sign-in/", admin.base()));
    response.headers_mut().append(SET_COOKIE, admin.cookie.clear());
    Ok(response)
}

#[derive(Template)]
#[template(path = "admin/confirm.html")]
struct Again {
    frame: Frame,
    next: String,
    fields: Vec<Field>,
}

impl Again {
    fn new(admin: &Admin, signed: &Signed, next: &str, error: Option<String>) -> Self {
        let field = Field::password("password", "Your password", "current-password").error(error);
        Self { frame: Frame::new(admin, signed, "-"), next: next.to_owned(), fields: vec![field] }
    }
}

/// Asks for the password again.
pub(super) async fn ask_again(State(admin): Pages, signed: Signed) -> Response {
    page(&Again::new(&admin, &signed, wanted(&admin, &signed.visit), None))
}

/// Takes the password again.
pub(super) async fn confirm(State(admin): Pages, posted: Posted) -> Result<Response, Fault> {
    let Posted { signed, form } = &posted;
    let next = next(&admin, form.text("next"));
    let password = given(&admin, form.text("password"));
    let outcome =
        countersign_core::admin::confirm(&admin.desk, &signed.admin, password, signed.visit.origin()).await?;
    let error = match outcome {
        Confirm::Ok => return Ok(see_other(next)),
        Confirm::Refused => "That is not your password.".to_owned(),
        Confirm::Throttled { until } => {
            format!("That was tried too often. Try again in {}.", minutes(until, admin.desk.authority.now()))
        }
    };
    let status = match outcome {
        Confirm::Throttled { .. } => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::FORBIDDEN,
    };
    Ok(html(status, &Again::new(&admin, signed, next, Some(error))).into_response())
}
