//! What `OPTIONS` answers: the framework's `SimpleMetadata`.

use crate::endpoint::{Endpoint, Field, FieldKind, Input};
use countersign_core::json::{Object, Value};
use http::Method;

/// The description of an endpoint for clients.
pub(super) fn metadata(endpoint: &Endpoint, json_only: bool) -> Value {
    let renders: &[&str] = if json_only { &["application/json"] } else { &["application/json", "text/html"] };
    let parses = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"];
    let mut metadata = Object::new();
    metadata.insert("name", endpoint.name.as_ref());
    metadata.insert("description", endpoint.description.as_ref());
    metadata.insert("renders", renders.to_vec());
    metadata.insert("parses", parses.to_vec());
    let actions = actions(endpoint);
    if !actions.is_empty() {
        metadata.insert("actions", actions);
    }
    metadata.into()
}

/// The fields of `PUT` and `POST`, as the framework lists them: those of no other method.
fn actions(endpoint: &Endpoint) -> Object {
    let described = endpoint.operations.iter().filter(|operation| {
        [Method::PUT, Method::POST].contains(&operation.method) && matches!(operation.input, Input::Fields(_))
    });
    described
        .map(|operation| {
            let fields = operation.input.fields().iter();
            (operation.method.as_str(), fields.map(|field| (field.name.as_ref(), info(field))).collect())
        })
        .collect::<Vec<(&str, Object)>>()
        .into_iter()
        .collect()
}

fn info(field: &Field) -> Value {
    let kind = match field.kind {
        FieldKind::Text | FieldKind::Password | FieldKind::Token => "string",
        FieldKind::PrimaryKey => "field",
        FieldKind::Choice(_) => "choice",
    };
    let info: [(&str, Value); 4] = [
        ("type", kind.into()),
        ("required", field.required.into()),
        ("read_only", field.read_only.into()),
        ("label", field.label().into()),
    ];
    let mut info = Object::from(info);
    if let FieldKind::Choice(choices) = field.kind {
        let choices = choices.iter().map(|&word| Object::from([("value", word), ("display_name", word)]));
        info.insert("choices", choices.collect::<Vec<_>>());
    }
    info.into()
}
