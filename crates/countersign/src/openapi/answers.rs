//! What an operation answers: when all goes well, when its action or guard refuses, and what the framework itself
//! refuses with.

use super::{Description, object, reference, schema};
use crate::endpoint::{Endpoint, Failure, FailureForm, Operation};
use countersign_core::json::{Object, Value};
use http::StatusCode;
use std::collections::BTreeMap;

/// The `responses` of an operation.
pub(super) fn of(
    description: &Description<'_>,
    endpoint: &Endpoint,
    operation: &Operation,
    name: &str,
    schemas: &mut Object,
) -> Value {
    let complaints = operation.has_body().then(|| {
        let fields = operation.shown_fields().map(|field| field.name.as_ref());
        schema::named(schemas, &format!("{name}Complaints"), schema::complaints(fields))
    });
    let mut responses = BTreeMap::new();
    for (status, failures) in by_status(description, endpoint, operation) {
        let challenged = status == 401 && endpoint.challenge.is_some();
        responses.insert(status, refusal(description, status, &failures, complaints.as_ref(), challenged));
    }
    responses.insert(406, reference("responses/NotAcceptable"));
    if operation.has_body() {
        responses.insert(415, reference("responses/UnsupportedMediaType"));
    }
    responses.insert(500, reference("responses/ServerError"));
    responses.insert(503, reference("responses/Unavailable"));
    let success = success(description, operation, name, schemas);
    let responses = responses.into_iter().map(|(status, response)| (status.to_string(), response));
    let first = (operation.success.status.as_str().to_owned(), success);
    std::iter::once(first).chain(responses).collect::<Object>().into()
}

/// The failures of everybody who has a say, by status.
pub(crate) fn by_status(
    description: &Description<'_>,
    endpoint: &Endpoint,
    operation: &Operation,
) -> BTreeMap<u16, Vec<Failure>> {
    let mut failures = vec![
        Failure::detail(StatusCode::BAD_REQUEST, "Invalid host."),
        Failure::detail(StatusCode::NOT_FOUND, "Not found."),
    ];
    if operation.has_body() {
        failures.push(Failure::detail(
            StatusCode::BAD_REQUEST,
            "JSON parse error - Expecting value: line 1 column 1 (char 0)",
        ));
    }
    if let Some(field) = operation.input.fields().iter().find(|field| field.required && !field.read_only) {
        failures.push(Failure::non_field("No data provided"));
        failures.push(Failure {
            form: FailureForm::Field(field.name.clone()),
            ..Failure::non_field("This field is required.")
        });
    }
    let theirs = endpoint.failures.iter().chain(&operation.failures).chain(&description.failures);
    let mut by_status: BTreeMap<u16, Vec<Failure>> = BTreeMap::new();
    for failure in theirs.cloned().chain(failures) {
        by_status.entry(failure.status.as_u16()).or_default().push(failure);
    }
    by_status
}

fn refusal(
    description: &Description<'_>,
    status: u16,
    failures: &[Failure],
    complaints: Option<&Value>,
    challenged: bool,
) -> Value {
    let mut forms: Vec<Value> = Vec::new();
    let mut examples = Object::new();
    for failure in failures {
        let form = form(failure, complaints);
        if !forms.contains(&form) {
            forms.push(form);
        }
        examples.insert(&example_name(&failure.words), object([("value", failure.body().into())]));
    }
    let schema = if forms.len() == 1 { forms.remove(0) } else { object([("anyOf", forms.into())]) };
    let json = object([("schema", schema), ("examples", examples.into())]);
    let mut headers = headers_of_all();
    if challenged {
        headers.insert("WWW-Authenticate", reference("headers/WWW-Authenticate"));
    }
    response(description, why(status), headers, Some(json))
}

/// The sentence as a name for an example: its words with hyphens.
fn example_name(words: &str) -> String {
    let letters = words.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    letters.map(str::to_ascii_lowercase).take(8).collect::<Vec<_>>().join("-")
}

fn form(failure: &Failure, complaints: Option<&Value>) -> Value {
    match failure.form {
        FailureForm::Detail => reference("schemas/Detail"),
        FailureForm::Code(_) => reference("schemas/Refusal"),
        FailureForm::Messages(_) => reference("schemas/TokenRefusal"),
        FailureForm::NonField | FailureForm::Field(_) => {
            complaints.cloned().unwrap_or_else(|| reference("schemas/Complaints"))
        }
    }
}

/// What a status means here.
pub(crate) fn why(status: u16) -> &'static str {
    match status {
        400 => "The request cannot be understood, or a field is not good.",
        401 => "Who makes the request is not known, or their token is not good.",
        403 => "Who makes the request may not do this.",
        404 => "There is no such thing, or ?format= names an unknown one.",
        408 => "The request took too long to arrive.",
        429 => "Too many requests.",
        _ => "The request is refused.",
    }
}

fn success(description: &Description<'_>, operation: &Operation, name: &str, schemas: &mut Object) -> Value {
    let success = &operation.success;
    let mut headers = headers_of_all();
    if success.is_secret() {
        headers.insert("Cache-Control", reference("headers/Cache-Control"));
    }
    if !operation.cookies.is_empty() {
        let names = operation.cookies.join("`, `");
        let about = format!("Sets `{names}`: one header for each cookie that is set.");
        headers.insert(
            "Set-Cookie",
            object([("description", about.into()), ("schema", object([("type", "string".into())]))]),
        );
    }
    if success.status == StatusCode::NO_CONTENT {
        return object([("description", "Done.".into()), ("headers", headers.into())]);
    }
    let schema = schema::named(schemas, name, schema::success(success));
    let json = object([("schema", schema), ("example", schema::answered(success))]);
    let about = if success.status == StatusCode::CREATED { "Made." } else { "All is well." };
    response(description, about, headers, Some(json))
}

fn response(description: &Description<'_>, about: &str, headers: Object, json: Option<Value>) -> Value {
    let mut content = Object::new();
    if let Some(json) = json {
        content.insert("application/json", json);
    }
    if !description.json_only {
        content.insert("text/html", object([("schema", object([("type", "string".into())]))]));
    }
    object([("description", about.into()), ("headers", headers.into()), ("content", content.into())])
}

fn headers_of_all() -> Object {
    Object::from([("X-Request-ID", reference("headers/X-Request-ID"))])
}

/// The answers that are the same everywhere.
pub(super) fn shared(description: &Description<'_>) -> Object {
    let detail = |words: &str| {
        let example = Object::from([("detail", words)]);
        Some(object([("schema", reference("schemas/Detail")), ("example", example.into())]))
    };
    let as_json = Description {
        json_only: true,
        endpoints: Vec::new(),
        routes: Vec::new(),
        failures: Vec::new(),
        ..*description
    };
    let mut again = headers_of_all();
    again.insert("Retry-After", reference("headers/Retry-After"));
    Object::from([
        (
            "NotAcceptable",
            response(
                &as_json,
                "`Accept` names nothing that there is.",
                headers_of_all(),
                detail("Could not satisfy the request Accept header."),
            ),
        ),
        (
            "UnsupportedMediaType",
            response(
                description,
                "The body is of a kind that is not read.",
                headers_of_all(),
                detail("Unsupported media type \"text/plain\" in request."),
            ),
        ),
        (
            "ServerError",
            response(description, "Something broke.", headers_of_all(), detail("A server error occurred.")),
        ),
        (
            "Unavailable",
            response(
                description,
                "Too much is going on: try again later.",
                again,
                detail("Service temporarily unavailable, try again later."),
            ),
        ),
    ])
}

/// The headers that several answers have.
pub(super) fn headers() -> Object {
    let header = |about: &str, kind: &str| {
        object([
            ("description", about.into()),
            ("required", true.into()),
            ("schema", object([("type", kind.into())])),
        ])
    };
    Object::from([
        ("X-Request-ID", header("The id of the request, the same as in the log.", "string")),
        ("WWW-Authenticate", header("How to say who one is.", "string")),
        ("Retry-After", header("After how many seconds to try again.", "integer")),
        ("Cache-Control", header("`no-store`: the answer carries a token.", "string")),
    ])
}
