//! Declared claims: what tokens say of their user beyond the user's id.

use super::{Given, Value};
use crate::config::fault::Wrong;
use countersign_core::declared::DeclaredClaims;
use countersign_core::json;

impl Value for DeclaredClaims {
    const KIND: &'static str = "table of claims";

    fn schema() -> serde_json::Value {
        serde_json::json!({ "type": "object" })
    }

    /// Whether a name is free depends on other settings, and is for the check of the whole to say.
    fn read(given: Given<'_>) -> Result<Self, Wrong> {
        let remedy = "write a table: [simple_jwt.claims] email = \"user.email\"";
        let table = given.value.as_table().ok_or_else(|| given.is_not("a table of claims", remedy))?;
        let mut claims = Self::default();
        for (name, value) in table {
            let value = constant(value).ok_or_else(|| {
                Wrong::new(
                    format!("gives {name} a value that JSON cannot carry"),
                    "use texts, numbers, booleans, lists and tables",
                )
            })?;
            claims
                .declare(name, value, &[])
                .map_err(|error| Wrong::new(format!("is wrong: {error}"), error.remedy()))?;
        }
        Ok(claims)
    }
}

/// A constant of the file as JSON. Dates and infinite numbers have no JSON form.
fn constant(value: &toml::Value) -> Option<json::Value> {
    Some(match value {
        toml::Value::String(text) => json::Value::from(text.as_str()),
        toml::Value::Integer(number) => json::Value::from(*number),
        toml::Value::Boolean(truth) => json::Value::from(*truth),
        toml::Value::Float(number) if number.is_finite() => json::Value::Number(json::Number::Float(*number)),
        toml::Value::Float(_) | toml::Value::Datetime(_) => return None,
        toml::Value::Array(items) => {
            json::Value::from(items.iter().map(constant).collect::<Option<Vec<_>>>()?)
        }
        toml::Value::Table(table) => json::Value::from(
            table
                .iter()
                .map(|(name, value)| Some((name.as_str(), constant(value)?)))
                .collect::<Option<json::Object>>()?,
        ),
    })
}
