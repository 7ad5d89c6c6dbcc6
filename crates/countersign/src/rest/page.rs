//! The browsable page: the answer as JSON, what the endpoint is for, and a form to call it with.

use crate::endpoint::{Endpoint, Field, FieldKind};
use askama::Template;
use http::{Method, StatusCode};

/// What a page shows. It refers to no other file and holds no script and no style.
#[derive(Template)]
#[template(path = "rest/page.html")]
pub(super) struct Page<'a> {
    name: &'a str,
    description: &'a str,
    /// The address and its query, as they were asked for.
    target: &'a str,
    path: &'a str,
    method: &'a Method,
    status: u16,
    reason: &'a str,
    /// The headers that tell something about the answer.
    headers: Vec<(&'a str, &'a str)>,
    body: String,
    fields: Vec<&'a Field>,
}

impl<'a> Page<'a> {
    pub(super) fn new(
        endpoint: &'a Endpoint,
        request: &'a http::request::Parts,
        status: StatusCode,
        headers: Vec<(&'a str, &'a str)>,
        body: String,
    ) -> Self {
        let form = endpoint.operation_for(&Method::POST).map_or(&[][..], |post| post.input.fields());
        Self {
            name: &endpoint.name,
            description: &endpoint.description,
            target: request.uri.path_and_query().map_or("", |target| target.as_str()),
            path: request.uri.path(),
            method: &request.method,
            status: status.as_u16(),
            reason: status.canonical_reason().unwrap_or_default(),
            headers,
            body,
            fields: form.iter().filter(|field| !field.read_only).collect(),
        }
    }
}

/// The `type` of a field's `<input>`.
fn input_type(field: &Field) -> &'static str {
    match field.kind {
        FieldKind::Text | FieldKind::PrimaryKey => "text",
        FieldKind::Password => "password",
    }
}

/// What a browser may fill the field with.
fn autocomplete(field: &Field) -> &'static str {
    match (field.kind, field.name.as_ref()) {
        (FieldKind::Password, _) => "current-password",
        (FieldKind::Text, "username") => "username",
        (FieldKind::Text | FieldKind::PrimaryKey, _) => "off",
    }
}
