//! How the refresh token travels in one request: in the cookie, or, for clients that are no browsers, in the body.

use super::Desk;
use super::answers::clashing;
use crate::cookie::Cookies;
use crate::rest::{Answer, Call, Parts};
use countersign_core::json::{Object, Value};
use http::StatusCode;
use http::header::ORIGIN;

/// The member of a body, and of an answer's, with the refresh token.
pub(super) const REFRESH_TOKEN: &str = "refresh_token";

/// Where the refresh token is, and where the next one goes.
pub(super) enum Transport {
    /// In the cookie, which may not be there.
    Cookie(Option<String>),
    /// In the body, which may lack it.
    Body(Option<String>),
}

impl Desk {
    /// Which transport a request uses.
    ///
    /// # Errors
    /// The answer to one that uses both, wants an unknown one, or is a browser's and wants what browsers must not have:
    /// a refresh token that scripts can read.
    pub(super) fn transport(&self, call: &Call<'_>) -> Result<Transport, Answer> {
        let cookies = Cookies::of(call.parts.headers());
        let cookie = cookies.find(self.dialect.cookie.name()).map_err(|clash| clashing(&clash))?;
        let wanted = match call.body.get("transport") {
            None | Some(Value::Null) => None,
            Some(Value::String(word)) if word == "cookie" || word == "body" => Some(word == "body"),
            Some(other) => return Err(no_choice(other)),
        };
        let token = call.body.get(REFRESH_TOKEN).and_then(Value::as_str).map(str::to_owned);
        if !wanted.unwrap_or(token.is_some()) {
            return Ok(Transport::Cookie(cookie.map(str::to_owned)));
        }
        if is_browser(call.parts) {
            return Err(refused(
                "A browser gets the refresh token in a cookie, where no script can read it.",
            ));
        }
        if cookie.is_some() {
            return Err(refused("The refresh token comes in the cookie or in the body, not in both."));
        }
        Ok(Transport::Body(token))
    }
}

/// Whether a browser sent the request: scripts can neither set nor remove these headers (Fetch §4.6).
fn is_browser(request: &Parts) -> bool {
    let headers = request.headers();
    headers.contains_key(ORIGIN)
        || ["sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"]
            .iter()
            .any(|name| headers.contains_key(*name))
}

/// The framework's complaint about a choice.
fn no_choice(value: &Value) -> Answer {
    let shown = value.as_str().map_or_else(|| value.to_utf8(), str::to_owned);
    refused(&format!("\"{shown}\" is not a valid choice."))
}

fn refused(complaint: &str) -> Answer {
    Answer::field_errors([("transport", vec![complaint])])
}

/// `csrfmiddlewaretoken`, which counts in forms alone.
pub(super) fn form_token<'c>(request: &Parts, body: &'c Object) -> Option<&'c str> {
    body.get("csrfmiddlewaretoken").and_then(Value::as_str).filter(|_| request.is_form())
}

/// 400 for a body that lacks the refresh token which it announced.
pub(super) fn token_missing() -> Answer {
    Answer::field_errors([(REFRESH_TOKEN, vec!["This field is required."])])
        .with_status(StatusCode::BAD_REQUEST)
}
