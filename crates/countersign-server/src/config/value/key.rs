//! Algorithms and signing keys.

use super::{Given, Value};
use crate::config::fault::Wrong;
use countersign_core::jws::Algorithm;
use countersign_core::secret::Secret;
use serde_json::json;

impl Value for Algorithm {
    const KIND: &'static str = "word";

    fn schema() -> serde_json::Value {
        json!({ "enum": Self::ALL.map(Self::name) })
    }

    fn read(given: Given<'_>) -> Result<Self, Wrong> {
        let choice = || {
            let names = Self::ALL.map(|algorithm| format!("\"{algorithm}\""));
            format!("it takes {}", names.join(", "))
        };
        let name = given.as_str().ok_or_else(|| given.is_not("the name of an algorithm", choice()))?;
        match name {
            _ if name.eq_ignore_ascii_case("none") => {
                Err(Wrong::new("is \"none\": anybody could make such a token", choice()))
            }
            "ES521" => Err(Wrong::new(
                "is \"ES521\", a name that PyJWT alone writes into tokens",
                "use \"ES512\", which is the registered name of the same algorithm",
            )),
            _ => name.parse().map_err(|_| {
                Wrong::new(format!("is {name:?}, which is no algorithm that is known here"), choice())
            }),
        }
    }
}

/// `JWT_SECRET_KEY`, `JWT_PRIVATE_KEY`, `JWT_PUBLIC_KEY`: one key, several, or several with names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySet {
    /// One, or several without names: the first signs, all verify. Never empty.
    Plain(Vec<Secret>),
    /// By `kid`: the first signs and is named in the token. Never empty.
    Named(Vec<(String, Secret)>),
}

impl KeySet {
    /// The keys with their names, in order.
    #[must_use]
    pub fn members(&self) -> Vec<(Option<&str>, &Secret)> {
        match self {
            Self::Plain(secrets) => secrets.iter().map(|secret| (None, secret)).collect(),
            Self::Named(named) => named.iter().map(|(kid, secret)| (Some(kid.as_str()), secret)).collect(),
        }
    }
}

impl Value for KeySet {
    const KIND: &'static str = "secret, list of secrets, or table of secrets by kid";
    const SECRET: bool = true;

    fn schema() -> serde_json::Value {
        json!({ "anyOf": [
            Secret::schema(),
            { "type": "array", "items": Secret::schema(), "minItems": 1 },
            { "type": "object", "additionalProperties": Secret::schema(), "minProperties": 1 },
        ] })
    }

    fn read(given: Given<'_>) -> Result<Self, Wrong> {
        let remedy = "write a secret, a list of secrets, or a table of secrets by kid";
        match given.value {
            toml::Value::Table(table) if !is_reference(table) => {
                let named = |(kid, value)| Ok((String::clone(kid), Secret::read(given.with(value))?));
                table.iter().map(named).collect::<Result<Vec<_>, _>>().map(Self::Named)
            }
            _ => given.items().into_iter().map(Secret::read).collect::<Result<Vec<_>, _>>().map(Self::Plain),
        }
        .and_then(|keys| match &keys {
            Self::Plain(list) if list.is_empty() => Err(Wrong::new("has no key", remedy)),
            Self::Named(list) if list.is_empty() => Err(Wrong::new("has no key", remedy)),
            _ => Ok(keys),
        })
    }

    fn show(value: &toml::Value) -> String {
        match value {
            toml::Value::Array(items) => {
                format!("[{}]", items.iter().map(Secret::show).collect::<Vec<_>>().join(", "))
            }
            toml::Value::Table(table) if !is_reference(table) => {
                let member = |(kid, value)| format!("{kid} = {}", Secret::show(value));
                format!("{{ {} }}", table.iter().map(member).collect::<Vec<_>>().join(", "))
            }
            value => Secret::show(value),
        }
    }
}

/// `{ env = … }` or `{ file = … }`; a kid of that name would have to be one of several.
fn is_reference(table: &toml::Table) -> bool {
    table.len() == 1 && (table.contains_key("env") || table.contains_key("file"))
}
