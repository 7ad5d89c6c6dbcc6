//! Addresses that are no endpoints of the framework's kind: health, metrics, keys, documents.

use super::{object, reference, schema};
use crate::endpoint::Member;
use countersign_core::json::{Object, Value};
use std::borrow::Cow;

/// An address that answers `GET`, for everybody and always in the same form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Where.
    pub path: Cow<'static, str>,
    /// Its id, `healthz`.
    pub id: &'static str,
    /// Its title.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// With which others it is shown.
    pub group: &'static str,
    /// What it answers.
    pub answers: &'static [RouteAnswer],
}

/// One answer of a [`Route`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteAnswer {
    /// Its status.
    pub status: u16,
    /// What it means.
    pub about: &'static str,
    /// Its media type; empty where it has no body.
    pub media_type: &'static str,
    /// The members of its body, where that is JSON.
    pub members: &'static [Member],
}

impl RouteAnswer {
    /// JSON of these members.
    #[must_use]
    pub const fn json(status: u16, about: &'static str, members: &'static [Member]) -> Self {
        Self { status, about, media_type: "application/json", members }
    }

    /// A body of another kind.
    #[must_use]
    pub const fn other(status: u16, about: &'static str, media_type: &'static str) -> Self {
        Self { status, about, media_type, members: &[] }
    }
}

impl Route {
    pub(super) fn item(&self) -> Value {
        let responses = self.answers.iter().map(|answer| (answer.status.to_string(), response(answer)));
        let get = object([
            ("operationId", self.id.into()),
            ("summary", self.name.into()),
            ("description", self.about.into()),
            ("tags", vec![self.group].into()),
            ("security", Vec::<Value>::new().into()),
            ("responses", responses.collect::<Object>().into()),
        ]);
        object([("get", get)])
    }
}

fn response(answer: &RouteAnswer) -> Value {
    let mut response = Object::from([("description", Value::from(answer.about))]);
    if !answer.media_type.is_empty() {
        let schema = if answer.media_type != "application/json" {
            object([("type", "string".into())])
        } else if answer.members.is_empty() {
            object([("type", "object".into())])
        } else if answer.status >= 400 && answer.members.len() == 1 && answer.members[0].name == "detail" {
            reference("schemas/Detail")
        } else {
            schema::members(answer.members)
        };
        response.insert("content", object([(answer.media_type, object([("schema", schema)]))]));
    }
    response.into()
}
