//! The seams: what a guard and an action are given, and what they give back.

use super::Answer;
use super::fields::Texts;
use super::media_type::{MediaType, Parser};
use super::request_id::RequestId;
use crate::endpoint::{Credential, Failure};
use crate::locale::Language;
use countersign_core::event::Origin;
use countersign_core::json::Object;
use http::{HeaderMap, Method};
use std::any::Any;
use std::borrow::Cow;
use std::net::IpAddr;
use std::pin::Pin;

/// A future on the heap, so that guards and actions can be trait objects.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A request without its body.
#[derive(Clone)]
pub struct Parts {
    /// Its method, target, headers and extensions.
    pub request: http::request::Parts,
    /// The client's address, as far as it can be trusted; none where the connection has none.
    pub address: Option<IpAddr>,
    /// Its id, the same in the log and in the answer.
    pub request_id: RequestId,
    /// The client's language, where answers are translated.
    pub language: Option<Language>,
}

/// Who was let in: whatever the guard wants the action to know.
#[derive(Default)]
pub struct Admission(Option<Box<dyn Any + Send + Sync>>);

/// What an action works on. It has no `Debug`: passwords and tokens are in it.
pub struct Call<'a> {
    /// The request.
    pub parts: &'a Parts,
    /// What the guard said of the caller.
    pub admission: &'a Admission,
    /// The validated fields.
    pub fields: Texts<'a>,
    /// The body as it was sent; empty where the operation reads none.
    pub body: Object,
}

/// Authentication and permission: who may call an endpoint.
pub trait Guard: Send + Sync {
    /// Lets the caller in, or answers in place of the endpoint.
    fn admit<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Result<Admission, Answer>>;

    /// By what it knows callers, for descriptions: the ways, each of them enough.
    fn credentials(&self) -> Vec<Vec<Credential>> {
        Vec::new()
    }

    /// What it refuses with, for descriptions.
    fn failures(&self) -> Vec<Failure> {
        Vec::new()
    }
}

/// What an operation does.
pub trait Action: Send + Sync {
    /// Does it. A panic becomes the constant 500 of this request alone.
    fn act<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer>;

    /// What is answered in its place where the body cannot be read: the refusal, with whatever goes with every answer
    /// of this operation.
    fn unread(&self, _request: &Parts, refusal: Answer) -> Answer {
        refusal
    }
}

impl Parts {
    /// The method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.request.method
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.request.headers
    }

    /// The last segment of the address, decoded: what an endpoint's [`tail`](crate::endpoint::Endpoint::tail)
    /// stands for.
    #[must_use]
    pub fn tail(&self) -> Cow<'_, str> {
        let path = self.request.uri.path();
        let segment = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        percent_encoding::percent_decode_str(segment).decode_utf8_lossy()
    }

    /// Whether its body says that it is a form.
    #[must_use]
    pub fn is_form(&self) -> bool {
        MediaType::of_body(self.headers()).0.parser().is_some_and(Parser::is_form)
    }

    /// Where it came from, for events.
    #[must_use]
    pub fn origin(&self) -> Origin<'_> {
        Origin {
            address: self.address,
            user_agent: self.headers().get(http::header::USER_AGENT).and_then(|agent| agent.to_str().ok()),
            request_id: Some(self.request_id.as_str()),
        }
    }
}

impl Admission {
    /// Let in, with nothing known.
    #[must_use]
    pub const fn anonymous() -> Self {
        Self(None)
    }

    /// Let in as someone.
    pub fn of<T: Any + Send + Sync>(who: T) -> Self {
        Self(Some(Box::new(who)))
    }

    /// Who it is, where the guard said so in this type.
    #[must_use]
    pub fn get<T: Any>(&self) -> Option<&T> {
        self.0.as_ref()?.downcast_ref()
    }
}

impl Call<'_> {
    /// The validated value of a field, empty where an optional one was left out.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.fields.text(name)
    }
}
