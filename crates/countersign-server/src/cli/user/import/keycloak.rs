//! `FILE.json`: Keycloak's export of a realm, or of its users.
//!
//! Keycloak keeps a password in two JSON texts, `credentialData` and `secretData`. What is stored of them here is one
//! text that is known elsewhere too: passlib's `$pbkdf2-sha256$…` for its PBKDF2, argon2's own string for its argon2.

use super::Rows;
use super::json::user;
use super::row::Problem;
use crate::cli::Failure;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, Engine as _};
use countersign_core::clock::Timestamp;
use countersign_core::password::pbkdf2_text;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::path::Path;

#[derive(Deserialize)]
struct Realm {
    users: Vec<Person>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    username: String,
    email: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    enabled: Option<bool>,
    /// Milliseconds since 1970.
    created_timestamp: Option<i64>,
    #[serde(default)]
    credentials: Vec<Credential>,
}

#[derive(Deserialize)]
struct Credential {
    #[serde(rename = "type")]
    kind: String,
    #[serde(rename = "secretData")]
    secret: Option<String>,
    #[serde(rename = "credentialData")]
    public: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Public {
    hash_iterations: u32,
    algorithm: String,
    #[serde(default)]
    additional_parameters: HashMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct Secret {
    value: String,
    salt: String,
}

pub(super) fn read(path: &Path) -> Result<Rows, Failure> {
    let text =
        std::fs::read_to_string(path).map_err(Failure::io(format!("cannot read {}", path.display())))?;
    let people = serde_json::from_str::<Realm>(&text)
        .map(|realm| realm.users)
        .or_else(|_| serde_json::from_str::<Vec<Person>>(&text))
        .map_err(|error| {
            // What the file holds is secret, so only the place is told.
            let place = format!("line {}, column {}", error.line(), error.column());
            let path = path.display();
            Failure::Refused(format!("{path} is no export of a Keycloak realm or of its users ({place})"))
        })?;
    Ok(Box::new(people.into_iter().zip(1..).map(|(person, number)| {
        let mut object = Map::new();
        let mut set = |name: &str, value: Option<Value>| {
            object.extend(value.map(|value| (name.to_owned(), value)));
        };
        let joined = person.created_timestamp.and_then(|at| Timestamp::from_millisecond(at).ok());
        set("email", person.email.map(Value::from));
        set("first_name", person.first_name.map(Value::from));
        set("last_name", person.last_name.map(Value::from));
        set("is_active", person.enabled.map(Value::from));
        set("date_joined", joined.map(|at| at.to_string().into()));
        let password = person.credentials.iter().find(|credential| credential.kind == "password");
        if let Some(credential) = password {
            let encoded = stored(credential).ok_or_else(|| {
                let reason = "its password is in a form of Keycloak's that is not known";
                Problem::new(number, Some(person.username.clone()), reason)
            })?;
            set("password", Some(encoded.into()));
        }
        set("username", Some(person.username.into()));
        user(number, &object)
    })))
}

/// The text that is stored of a password. `None` where it is none of Keycloak's own algorithms.
fn stored(credential: &Credential) -> Option<String> {
    let public: Public = serde_json::from_str(credential.public.as_deref()?).ok()?;
    let secret: Secret = serde_json::from_str(credential.secret.as_deref()?).ok()?;
    let salt = BASE64_STANDARD.decode(secret.salt).ok()?;
    let key = BASE64_STANDARD.decode(secret.value).ok()?;
    match public.algorithm.as_str() {
        scheme @ ("pbkdf2" | "pbkdf2-sha256" | "pbkdf2-sha512") => {
            Some(pbkdf2_text(scheme, public.hash_iterations, &salt, &key))
        }
        "argon2" => argon2(&public, &salt, &key),
        _ => None,
    }
}

fn argon2(public: &Public, salt: &[u8], key: &[u8]) -> Option<String> {
    let parameter = |name: &str| public.additional_parameters.get(name)?.first().map(String::as_str);
    let variety = parameter("type").filter(|variety| ["id", "i", "d"].contains(variety))?;
    let version = match parameter("version") {
        Some("1.3") | None => 19,
        Some("1.0") => 16,
        Some(_) => return None,
    };
    let memory: u32 = parameter("memory")?.parse().ok()?;
    let lanes: u32 = parameter("parallelism")?.parse().ok()?;
    let passes = public.hash_iterations;
    let [salt, key] = [salt, key].map(|bytes| BASE64_STANDARD_NO_PAD.encode(bytes));
    Some(format!("$argon2{variety}$v={version}$m={memory},t={passes},p={lanes}${salt}${key}"))
}
