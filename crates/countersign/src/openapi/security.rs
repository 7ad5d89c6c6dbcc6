//! By what callers are known.

use super::object;
use crate::endpoint::{Credential, CredentialPlace, Endpoint};
use countersign_core::json::{Object, Value};
use http::header::AUTHORIZATION;

/// Every credential that some endpoint knows callers by.
pub(super) fn schemes(endpoints: &[&Endpoint]) -> Object {
    let credentials = endpoints.iter().flat_map(|endpoint| endpoint.credentials.iter().flatten());
    credentials.map(|credential| (credential.name.as_ref(), scheme(credential))).collect()
}

/// What an endpoint asks for: the ways, each of them enough.
pub(super) fn requirements(endpoint: &Endpoint) -> Value {
    let way = |way: &Vec<Credential>| {
        let none: Vec<Value> = Vec::new();
        way.iter().map(|credential| (credential.name.as_ref(), Value::from(none.clone()))).collect::<Object>()
    };
    endpoint.credentials.iter().map(way).collect::<Vec<_>>().into()
}

fn scheme(credential: &Credential) -> Value {
    let about = ("description", Value::from(credential.about.as_ref()));
    let key = |place: &str, name: &str| {
        object([("type", "apiKey".into()), ("in", place.into()), ("name", name.into()), about.clone()])
    };
    match &credential.place {
        CredentialPlace::Header { name, word }
            if *name == AUTHORIZATION && word.eq_ignore_ascii_case("bearer") =>
        {
            object([
                ("type", "http".into()),
                ("scheme", "bearer".into()),
                ("bearerFormat", "JWT".into()),
                about.clone(),
            ])
        }
        // Other words are registered nowhere, and tools know none of them: the value is written in full.
        CredentialPlace::Header { name, .. } if *name == AUTHORIZATION => key("header", "Authorization"),
        CredentialPlace::Header { name, .. } => key("header", name.as_str()),
        CredentialPlace::Cookie { name } => key("cookie", name),
        CredentialPlace::CsrfToken { header, .. } => key("header", header.as_str()),
    }
}
