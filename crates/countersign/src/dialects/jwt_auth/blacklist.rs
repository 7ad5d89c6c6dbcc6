//! `/api-token-blacklist/`: drf-jwt's blacklist as a resource. One ends one's own token by posting it, or by posting
//! nothing: then the one that the request carries.
//!
//! Unlike drf-jwt's, it shows and removes one's own entries only, unless one is a superuser, and an entry is never
//! rewritten (`PUT`, `PATCH`), which would take its token off the list. A form must name the token: drf-jwt fails
//! where it does not, and a form that was sent empty by mistake should end nothing.

use super::Desk;
use super::complaint;
use super::door::Entered;
use super::guard::Members;
use super::words::not_provided;
use crate::dialects::trouble;
use crate::endpoint::{Endpoint, Failure, Field, Input, Member, Success};
use crate::rest::{Action, Answer, Body, BoxFuture, Call};
use countersign_core::authority::Trouble;
use countersign_core::json::{Object, Value};
use countersign_core::jwt_auth::{Blacklisted, blacklist, entries, entry, withdraw};
use countersign_core::store::Revoked;
use countersign_core::user::User;
use http::{Method, StatusCode};
use std::sync::Arc;

const TOKEN: &[Member] = &[Member::token("token").nullable()];
/// How many entries are read at once.
const PAGE: u32 = 500;
/// How many are listed at most: the wire has no pages, and nobody reads more.
const MOST: usize = 10_000;

pub(super) fn list_endpoint(desk: &Arc<Desk>) -> Endpoint {
    Endpoint::new(&desk.dialect.paths.blacklist, "Blacklist List", "")
        .get(Success::ok(TOKEN).list(), List(Arc::clone(desk)))
        .post(vec![Field::token("token").optional()], Success::created(TOKEN), Add(Arc::clone(desk)))
        .failing(desk.words().failures())
        .guarded(Members { door: Arc::clone(&desk.door), superusers_only: false })
}

pub(super) fn entry_endpoint(desk: &Arc<Desk>) -> Endpoint {
    Endpoint::new(&desk.dialect.paths.blacklist, "Blacklist Instance", "")
        .with_tail("id")
        .get(Success::ok(TOKEN), Show(Arc::clone(desk)))
        .failing([NO_ENTRY])
        .operation(Method::DELETE, Input::Nothing, Success::no_content(), Remove(Arc::clone(desk)))
        .failing([NO_ENTRY])
        .guarded(Members { door: Arc::clone(&desk.door), superusers_only: false })
}

const NO_ENTRY: Failure =
    Failure::detail(StatusCode::NOT_FOUND, "No BlacklistedToken matches the given query.");

struct List(Arc<Desk>);
struct Add(Arc<Desk>);
struct Show(Arc<Desk>);
struct Remove(Arc<Desk>);

impl Action for List {
    fn act<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            let Some(Entered { holder, .. }) = call.admission.get() else { return not_provided() };
            match self.0.all_entries(&holder.user).await {
                Ok(entries) => Answer::ok(entries.iter().map(body).collect::<Vec<_>>()).secret(),
                Err(error) => trouble(&error),
            }
        })
    }
}

impl Action for Add {
    fn act<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            let desk = &self.0;
            let Some(Entered { text: own, .. }) = call.admission.get() else { return not_provided() };
            let text = match call.fields.find("token") {
                Some(text) => text,
                None if call.parts.is_form() => {
                    return Answer::field_errors([("token", vec!["This field is required."])]);
                }
                None => own,
            };
            match blacklist(&desk.authority, desk.rules(), text).await {
                Ok(Blacklisted::Done { keeps_token }) => {
                    let kept = if keeps_token { Value::from(text) } else { Value::Null };
                    Answer::new(StatusCode::CREATED, Body::Json(Object::from([("token", kept)]).into()))
                        .secret()
                }
                Ok(Blacklisted::Refused(refusal)) => complaint(&desk.words().of_body(&refusal)),
                Ok(Blacklisted::Unavailable) => not_found(),
                Err(error) => trouble(&error),
            }
        })
    }
}

impl Action for Show {
    fn act<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            let Some(Entered { holder, .. }) = call.admission.get() else { return not_provided() };
            let Some(id) = id(&call) else { return not_found() };
            match entry(self.0.rules(), &holder.user, id).await {
                Ok(Some(entry)) => Answer::ok(body(&entry)).secret(),
                Ok(None) => no_entry(),
                Err(error) => trouble(&error),
            }
        })
    }
}

impl Action for Remove {
    fn act<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            let Some(Entered { holder, .. }) = call.admission.get() else { return not_provided() };
            let Some(id) = id(&call) else { return not_found() };
            match withdraw(self.0.rules(), &holder.user, id).await {
                Ok(true) => Answer::new(StatusCode::NO_CONTENT, Body::Empty),
                Ok(false) => no_entry(),
                Err(error) => trouble(&error),
            }
        })
    }
}

impl Desk {
    /// The entries that somebody may see, page by page.
    async fn all_entries(&self, caller: &User) -> Result<Vec<Revoked>, Trouble> {
        let mut all: Vec<Revoked> = Vec::new();
        loop {
            let page = entries(self.rules(), caller, all.last().map(|entry| entry.id), PAGE).await?;
            let is_last = page.len() < PAGE as usize;
            all.extend(page);
            if is_last || all.len() >= MOST {
                return Ok(all);
            }
        }
    }
}

/// The number behind the path, if it is one.
fn id(call: &Call<'_>) -> Option<i64> {
    call.parts.tail().parse().ok()
}

fn body(revoked: &Revoked) -> Object {
    let token = revoked.entry.token.as_deref().map_or(Value::Null, Value::from);
    Object::from([("token", token)])
}

fn not_found() -> Answer {
    Answer::detail(StatusCode::NOT_FOUND, "Not found.")
}

fn no_entry() -> Answer {
    Answer::detail(StatusCode::NOT_FOUND, "No BlacklistedToken matches the given query.")
}
