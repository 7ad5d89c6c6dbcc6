//! Secrets: a text, `{ env = "NAME" }` or `{ file = "PATH" }`.

use super::{Given, Value};
use crate::config::fault::Wrong;
use countersign_core::secret::Secret;
use serde_json::json;
use std::os::unix::fs::PermissionsExt as _;

const REMEDY: &str = "write a text, { env = \"NAME\" } or { file = \"PATH\" }";

impl Value for Secret {
    const KIND: &'static str = "secret";
    const SECRET: bool = true;

    fn schema() -> serde_json::Value {
        let reference = |name: &str| {
            json!({ "type": "object", "properties": { name: { "type": "string" } },
                    "required": [name], "additionalProperties": false })
        };
        json!({ "anyOf": [{ "type": "string" }, reference("env"), reference("file")] })
    }

    fn read(given: Given<'_>) -> Result<Self, Wrong> {
        let secret = match given.value {
            toml::Value::Table(table) => referred(given, table)?,
            _ => given.as_str().map(Self::from).ok_or_else(|| given.is_not("a secret", REMEDY))?,
        };
        match secret.expose() {
            [] => Err(Wrong::new("is an empty secret", "give it a value: 50 random characters are good")),
            _ => Ok(secret),
        }
    }

    /// A reference is shown, a value is not.
    fn show(value: &toml::Value) -> String {
        match value {
            toml::Value::Table(table) if reference(table).is_some() => value.to_string(),
            _ => "\"***\"".to_owned(),
        }
    }
}

/// `env` or `file`, and its argument.
fn reference(table: &toml::Table) -> Option<(&str, &str)> {
    let (name, value) = table.iter().next().filter(|_| table.len() == 1)?;
    matches!(name.as_str(), "env" | "file").then_some((name.as_str(), value.as_str()?))
}

fn referred(given: Given<'_>, table: &toml::Table) -> Result<Secret, Wrong> {
    match reference(table) {
        Some(("env", name)) => {
            given.environment.variable(name).filter(|value| !value.is_empty()).map(Secret::from).ok_or_else(
                || {
                    Wrong::new(
                        format!("is to be read from the environment variable {name}, which is not set"),
                        format!("set {name}, or write the secret as {{ file = \"PATH\" }}"),
                    )
                },
            )
        }
        Some((_, path)) => file(given, path),
        None => Err(given.is_not("a secret", REMEDY)),
    }
}

/// The contents of a file without the newline at their end. A file that others may read is worth a warning.
fn file(given: Given<'_>, path: &str) -> Result<Secret, Wrong> {
    let mut bytes = std::fs::read(path).map_err(|error| {
        Wrong::new(
            format!("is to be read from the file {path}, which cannot be read: {error}"),
            "name a file that this user may read",
        )
    })?;
    let mode = std::fs::metadata(path).map_or(0, |data| data.permissions().mode());
    if mode & 0o077 != 0 {
        given.warnings.borrow_mut().push(Wrong::new(
            format!("is read from {path}, which other users of this machine may open"),
            format!("chmod 600 {path}"),
        ));
    }
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        bytes.pop_if(|byte| *byte == b'\r');
    }
    Ok(Secret::new(bytes))
}
