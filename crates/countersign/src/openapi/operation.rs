//! One endpoint: its path item.

use super::names::{self, Names};
use super::{Description, answers, object, reference, schema, security};
use crate::endpoint::{Endpoint, Operation};
use countersign_core::json::{Object, Value};

/// The media types that every body may have.
const BODIES: [&str; 3] = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"];

/// The path item of an endpoint. Its schemas join the others.
pub(super) fn item(
    description: &Description<'_>,
    endpoint: &Endpoint,
    names: &Names,
    schemas: &mut Object,
) -> Value {
    let mut item = Object::new();
    let mut parameters = vec![reference("parameters/format")];
    if description.locales {
        parameters.push(reference("parameters/Accept-Language"));
    }
    if let Some(tail) = endpoint.tail {
        parameters.push(object([
            ("name", tail.into()),
            ("in", "path".into()),
            ("required", true.into()),
            ("description", "Which one: its number.".into()),
            ("schema", object([("type", "integer".into()), ("minimum", 1.into())])),
        ]));
    }
    item.insert("parameters", parameters);
    for operation in &endpoint.operations {
        let method = operation.method.as_str().to_ascii_lowercase();
        item.insert(&method, self::operation(description, endpoint, operation, names, schemas));
    }
    item.into()
}

fn operation(
    description: &Description<'_>,
    endpoint: &Endpoint,
    operation: &Operation,
    names: &Names,
    schemas: &mut Object,
) -> Value {
    let name = names.name(endpoint, operation);
    let mut described = Object::from([
        ("operationId", Value::from(names::id(&name))),
        ("summary", endpoint.name.as_ref().into()),
    ]);
    if !endpoint.description.is_empty() {
        described.insert("description", endpoint.description.as_ref());
    }
    if !endpoint.group.is_empty() {
        described.insert("tags", vec![endpoint.group.as_ref()]);
    }
    described.insert("security", security::requirements(endpoint));
    if operation.has_body() {
        described.insert("requestBody", request_body(operation, &name, schemas));
    }
    described.insert("responses", answers::of(description, endpoint, operation, &name, schemas));
    described.into()
}

fn request_body(operation: &Operation, name: &str, schemas: &mut Object) -> Value {
    let body = schema::named(schemas, &format!("{name}Request"), schema::request(operation));
    let example = schema::sent(operation);
    let content = BODIES
        .iter()
        .map(|media_type| (*media_type, object([("schema", body.clone()), ("example", example.clone())])));
    let required = operation.shown_fields().any(|field| field.required && !field.elsewhere);
    object([("required", required.into()), ("content", content.collect::<Object>().into())])
}

/// The parameters that several operations have.
pub(super) fn parameters(description: &Description<'_>) -> Object {
    // An empty one is none, as in the framework.
    let formats = if description.json_only { vec!["json", ""] } else { vec!["json", "api", ""] };
    let mut parameters = Object::from([(
        "format",
        object([
            ("name", "format".into()),
            ("in", "query".into()),
            ("description", "Narrows what `Accept` may choose from: `json`, or `api` for the page.".into()),
            ("schema", object([("type", "string".into()), ("enum", formats.into())])),
        ]),
    )]);
    if description.locales {
        parameters.insert(
            "Accept-Language",
            object([
                ("name", "Accept-Language".into()),
                ("in", "header".into()),
                ("description", "The language of refusals.".into()),
                ("schema", object([("type", "string".into())])),
            ]),
        );
    }
    parameters
}
