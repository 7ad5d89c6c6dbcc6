//! `POST /api/token/exchange/`: a token of this dialect for a pair of simplejwt's, once. Clients move one by one; what
//! they get, also when it is refused, is what simplejwt's endpoints would answer.

use super::Desk;
use crate::authenticate::challenge;
use crate::dialects::trouble;
use crate::endpoint::{Endpoint, Failure, FailureForm, Field, Member, Success};
use crate::rest::{Action, Answer, BoxFuture, Call};
use countersign_core::json::Object;
use countersign_core::jwt_auth::{Exchanged, exchange};
use countersign_core::simple_jwt::SimpleJwtRules;
use http::StatusCode;
use std::sync::Arc;

const PAIR: Success = Success::ok(&[Member::token("refresh"), Member::token("access")]);

pub(super) fn endpoint(desk: &Arc<Desk>, simple: &SimpleJwtRules) -> Endpoint {
    Endpoint::new(
        &desk.dialect.paths.exchange,
        "Token Exchange",
        "Takes a token of the older dialect, which is good no longer afterwards, and\n\
         returns an access and refresh JSON web token pair of the same user.",
    )
    .post(
        vec![Field::token("token").or_elsewhere()],
        PAIR,
        Exchange { desk: Arc::clone(desk), simple: simple.clone() },
    )
    .failing(desk.words().failures().map(|failure| Failure {
        status: StatusCode::UNAUTHORIZED,
        form: FailureForm::Code("token_not_valid"),
        ..failure
    }))
    .challenging(challenge(&simple.tokens.settings().auth_header_types))
}

struct Exchange {
    desk: Arc<Desk>,
    simple: SimpleJwtRules,
}

impl Action for Exchange {
    fn act<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            let desk = &self.desk;
            let text = match desk.token_of(&call) {
                Ok(text) => text,
                Err(answer) => return answer,
            };
            let origin = call.parts.origin();
            match exchange(&desk.authority, desk.rules(), &self.simple, &text, origin).await {
                Ok(Exchanged::Pair { refresh, access }) => {
                    Answer::ok(Object::from([("refresh", refresh), ("access", access)])).secret()
                }
                Ok(Exchanged::Refused(refusal)) => {
                    let detail = desk.words().of_body(&refusal);
                    Answer::code(StatusCode::UNAUTHORIZED, &detail, "token_not_valid")
                }
                Ok(Exchanged::Unavailable) => Answer::server_error("an exchange needs the blacklist's table"),
                Err(error) => trouble(&error),
            }
        })
    }
}
