//! What bodies look like.

use super::{object, reference};
use crate::endpoint::{Field, FieldKind, Member, MemberKind, Operation, Success};
use countersign_core::json::{Object, Value};

/// A token that nobody can use, for examples.
const EXAMPLE_TOKEN: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1c2VyX2lkIjoiMSJ9.c2lnbmF0dXJl";

/// The forms of refusals.
pub(super) fn shared() -> Object {
    let text = || object([("type", "string".into())]);
    let messages = object([
        ("type", "array".into()),
        (
            "items",
            structure([
                ("token_class", text(), true),
                ("token_type", text(), true),
                ("message", text(), true),
            ]),
        ),
    ]);
    Object::from([
        ("Detail", structure([("detail", text(), true)])),
        ("Refusal", structure([("detail", text(), true), ("code", text(), true)])),
        (
            "TokenRefusal",
            structure([("detail", text(), true), ("code", text(), true), ("messages", messages, true)]),
        ),
        ("Complaints", complaints(std::iter::empty())),
    ])
}

/// An object: name, schema and whether it is always there.
fn structure<'a>(members: impl IntoIterator<Item = (&'a str, Value, bool)>) -> Value {
    let (mut properties, mut required) = (Object::new(), Vec::new());
    for (name, schema, always) in members {
        properties.insert(name, schema);
        if always {
            required.push(name);
        }
    }
    let mut object = Object::from([("type", Value::from("object"))]);
    if !properties.is_empty() {
        object.insert("properties", properties);
    }
    if !required.is_empty() {
        object.insert("required", required);
    }
    object.into()
}

/// The complaints about fields, and about the body as a whole: at least one of them.
pub(super) fn complaints<'a>(fields: impl Iterator<Item = &'a str>) -> Value {
    let list = || {
        object([
            ("type", "array".into()),
            ("items", object([("type", "string".into())])),
            ("minItems", 1.into()),
        ])
    };
    let properties: Object = fields.chain(["non_field_errors"]).map(|name| (name, list())).collect();
    object([("type", "object".into()), ("properties", properties.into()), ("minProperties", 1.into())])
}

/// What is sent.
pub(super) fn request(operation: &Operation) -> Value {
    structure(operation.shown_fields().map(|field| {
        // A field that may be elsewhere need not be here.
        (field.name.as_ref(), self::field(field), field.required && !field.elsewhere)
    }))
}

/// What is answered.
pub(super) fn success(success: &Success) -> Value {
    let one = members(success.members);
    if success.many { object([("type", "array".into()), ("items", one)]) } else { one }
}

/// An object of these members.
pub(super) fn members(members: &[Member]) -> Value {
    structure(members.iter().map(|one| (one.name, member(one), one.always)))
}

fn field(field: &Field) -> Value {
    let mut schema = Object::from([("title", Value::from(field.label()))]);
    match field.kind {
        FieldKind::PrimaryKey => {
            schema.insert("type", vec!["integer", "string"]);
        }
        FieldKind::Choice(choices) => {
            schema.insert("type", "string");
            schema.insert("enum", choices.to_vec());
        }
        FieldKind::Text | FieldKind::Password | FieldKind::Token => {
            schema.insert("type", "string");
            schema.insert("minLength", 1);
            // U+0000 is refused, and where white space is cut off something must be left.
            let pattern = if field.trim { "^[^\\u0000]*[^\\s\\u0000][^\\u0000]*$" } else { "^[^\\u0000]*$" };
            schema.insert("pattern", pattern);
        }
    }
    if field.kind == FieldKind::Password {
        schema.insert("format", "password");
    }
    if matches!(field.kind, FieldKind::Password) || field.write_only {
        schema.insert("writeOnly", true);
    }
    if field.elsewhere {
        schema.insert("description", "May also come in the `Authorization` header.");
    }
    schema.into()
}

fn member(member: &Member) -> Value {
    let kind = match member.kind {
        MemberKind::Text | MemberKind::Token => "string",
        MemberKind::Integer => "integer",
        MemberKind::Boolean => "boolean",
        MemberKind::PrimaryKey => return object([("type", vec!["integer", "string"].into())]),
        MemberKind::Object => "object",
        MemberKind::Members(inner) => return members(inner),
    };
    let kind = if member.nullable { Value::from(vec![kind, "null"]) } else { kind.into() };
    let mut schema = Object::from([("type", kind)]);
    if member.kind == MemberKind::Token {
        schema.insert("description", "A JSON web token.");
    }
    schema.into()
}

/// What a client might send: an example.
pub(crate) fn sent(operation: &Operation) -> Value {
    let required = operation.shown_fields().filter(|field| field.required);
    required.map(|field| (field.name.as_ref(), example(field))).collect::<Object>().into()
}

/// An example of a field.
fn example(field: &Field) -> Value {
    match field.kind {
        FieldKind::Password => "correct horse battery staple".into(),
        FieldKind::Token => EXAMPLE_TOKEN.into(),
        FieldKind::PrimaryKey => 1.into(),
        FieldKind::Choice(choices) => choices.first().copied().unwrap_or_default().into(),
        FieldKind::Text if field.name == "username" => "alice".into(),
        FieldKind::Text => "text".into(),
    }
}

/// What might be answered: an example.
pub(crate) fn answered(success: &Success) -> Value {
    let one = answered_members(success.members);
    if success.many { vec![one].into() } else { one }
}

fn answered_members(members: &[Member]) -> Value {
    members.iter().map(|member| (member.name, answered_member(member))).collect::<Object>().into()
}

fn answered_member(member: &Member) -> Value {
    match member.kind {
        MemberKind::Token => EXAMPLE_TOKEN.into(),
        MemberKind::Text => match member.name {
            "message" => "Hello, World!".into(),
            "username" | "user" => "alice".into(),
            "email" => "alice@example.com".into(),
            _ => "text".into(),
        },
        MemberKind::Integer => 1_795_319_999.into(),
        MemberKind::PrimaryKey => 1.into(),
        MemberKind::Boolean => true.into(),
        MemberKind::Object => Object::new().into(),
        MemberKind::Members(inner) => answered_members(inner),
    }
}

/// Puts a schema among the named ones and refers to it.
pub(super) fn named(schemas: &mut Object, name: &str, schema: Value) -> Value {
    schemas.insert(name, schema);
    reference(&format!("schemas/{name}"))
}
