//! Something to protect: the endpoints that the guides protect.

use crate::authenticate::{Caller, JwtAuthentication};
use crate::dialects::jwt_auth::JsonWebTokenAuthentication;
use crate::endpoint::{Endpoint, Member, Success};
use crate::rest::{Action, Answer, BoxFuture, Call};
use countersign_core::json::{Object, Value};

const SUCCESS: Success = Success::ok(&[Member::text("message")]);

/// `/hello/`, guarded as simplejwt's guide guards it.
pub(crate) fn hello(path: &str, authentication: JwtAuthentication) -> Endpoint {
    let challenge = authentication.challenge();
    Endpoint::new(path, "Hello", "")
        .get(SUCCESS, Hello)
        .guarded(authentication)
        .challenging(challenge)
        .grouped("demo")
}

/// `/api/endpoint/` and `/api/protected-endpoint/`, guarded as the guides of djangorestframework-jwt guard them.
pub(crate) fn who(path: &str, authentication: JsonWebTokenAuthentication) -> Endpoint {
    let challenge = authentication.challenge();
    Endpoint::new(path, "Who", "Protected endpoint that says who the request was made as.")
        .get(WHO, Who)
        .guarded(authentication)
        .challenging(challenge)
        .grouped("demo")
}

const WHO: Success = Success::ok(&[Member::text("user").nullable()]);

struct Who;

impl Action for Who {
    fn act<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        let caller = call.admission.get::<Caller>().and_then(|caller| caller.user.as_ref());
        let name = caller.map_or(Value::Null, |user| Value::from(user.username.as_str()));
        Box::pin(std::future::ready(Answer::ok(Object::from([("user", name)]))))
    }
}

struct Hello;

impl Action for Hello {
    fn act<'a>(&'a self, _: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(std::future::ready(Answer::raw(&br#"{"message":"Hello, World!"}"#[..])))
    }
}
