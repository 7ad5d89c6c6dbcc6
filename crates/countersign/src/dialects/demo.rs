//! Something to protect: the endpoints that the guides protect.

use crate::authenticate::JwtAuthentication;
use crate::endpoint::{Endpoint, Member, Success};
use crate::rest::{Action, Answer, BoxFuture, Call};

const SUCCESS: Success = Success::ok(&[Member::text("message")]);

/// `/hello/`, guarded as simplejwt's guide guards it.
pub(crate) fn hello(path: &str, authentication: JwtAuthentication) -> Endpoint {
    let challenge = authentication.challenge();
    Endpoint::new(path, "Hello", "").get(SUCCESS, Hello).guarded(authentication).challenging(challenge)
}

struct Hello;

impl Action for Hello {
    fn act<'a>(&'a self, _: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(std::future::ready(Answer::raw(&br#"{"message":"Hello, World!"}"#[..])))
    }
}
