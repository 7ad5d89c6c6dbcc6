//! `POST /api-token-impersonate/`: a token of somebody else, for a superuser.

use super::Desk;
use super::complaint;
use super::door::Entered;
use super::guard::Members;
use super::words::{USER_DISABLED, forbidden, not_provided};
use crate::dialects::trouble;
use crate::endpoint::{Endpoint, Failure, Field, Member, Success};
use crate::rest::{Action, Answer, Body, BoxFuture, Call, Parts};
use countersign_core::json::Object;
use countersign_core::jwt_auth::{Impersonated, impersonate};
use countersign_core::user::UserId;
use http::StatusCode;
use std::sync::Arc;

const TOKEN: Success = Success::created(&[Member::token("token")]);

pub(super) fn endpoint(desk: &Arc<Desk>) -> Endpoint {
    Endpoint::new(
        &desk.dialect.paths.impersonate,
        "Impersonate Json Web Token",
        "Impersonate the user by retrieving its JWT.\n\n\
         By default, the view permits this action only to superusers in order to\n\
         be backwards-compatible as much as possible. If you need to customize\n\
         the permission handling process, override the `permission_classes` attribute\n\
         using `djangorestframework`'s permission system.\n\n\
         Returns:\n    dict: {\"token\": user's JWT}",
    )
    .post(vec![Field::primary_key("user")], TOKEN, Impersonate(Arc::clone(desk)))
    .failing([
        Failure::field("user", "Invalid pk \"999\" - object does not exist."),
        Failure::non_field(USER_DISABLED),
    ])
    .setting_cookies(desk.cookie_names(|cookies| cookies.impersonation.as_ref()))
    .guarded(Members { door: Arc::clone(&desk.door), superusers_only: true })
}

struct Impersonate(Arc<Desk>);

impl Action for Impersonate {
    fn act<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            let (desk, given) = (&self.0, call.text("user"));
            let Some(Entered { holder, .. }) = call.admission.get() else { return not_provided() };
            let Some(id) = key_like(&holder.user.id, given) else {
                return wrong_user("Incorrect type. Expected pk value, received str.");
            };
            match impersonate(&desk.authority, desk.rules(), holder, &id).await {
                Ok(Impersonated::Token(text)) => desk.impersonating(&text, call.parts),
                Ok(Impersonated::Forbidden) => forbidden(),
                Ok(Impersonated::UserUnknown) => {
                    wrong_user(&format!("Invalid pk \"{given}\" - object does not exist."))
                }
                Ok(Impersonated::UserInactive) => complaint(USER_DISABLED),
                Err(error) => trouble(&error),
            }
        })
    }
}

impl Desk {
    fn impersonating(&self, text: &str, request: &Parts) -> Answer {
        let body = Object::from([("token", text)]);
        let answer = Answer::new(StatusCode::CREATED, Body::Json(body.into())).secret();
        self.with_cookie(answer, |cookies| cookies.impersonation.as_ref(), text, request)
    }
}

/// A primary key as the table's own keys are written, if it can be one: a number where they are numbers. One that
/// is too long for any table is handed on, and found by nobody.
fn key_like(own: &UserId, given: &str) -> Option<String> {
    match own {
        UserId::Text(_) => Some(given.to_owned()),
        UserId::Integer(_) => {
            let trimmed = given.trim();
            let digits = trimmed.strip_prefix(['-', '+']).unwrap_or(trimmed);
            let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
            is_number.then(|| {
                trimmed.parse::<i64>().map_or_else(|_| trimmed.to_owned(), |number| number.to_string())
            })
        }
    }
}

fn wrong_user(message: &str) -> Answer {
    Answer::field_errors([("user", vec![message])])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_number_where_the_tables_keys_are() {
        let number = UserId::Integer(1);
        for (given, key) in
            [("1", Some("1")), (" 07 ", Some("7")), ("-1", Some("-1")), ("abc", None), ("", None)]
        {
            assert_eq!(key_like(&number, given).as_deref(), key, "{given:?}");
        }
        let long = "9".repeat(30);
        assert_eq!(key_like(&number, &long), Some(long));
        let text = UserId::Text("5b0c".to_owned());
        assert_eq!(key_like(&text, "abc").as_deref(), Some("abc"));
    }
}
