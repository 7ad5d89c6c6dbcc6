//! Paths of endpoints, and names in the database.

use super::{Given, Value};
use crate::config::fault::Wrong;
use countersign_store::Identifier;
use serde_json::json;

/// The path of an endpoint: begins with `/`, plain characters only.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EndpointPath(String);

impl EndpointPath {
    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for EndpointPath {
    const KIND: &'static str = "path";

    fn schema() -> serde_json::Value {
        json!({ "type": "string", "pattern": "^/[A-Za-z0-9._~/-]*$" })
    }

    fn read(given: Given<'_>) -> Result<Self, Wrong> {
        let path = given.as_str().ok_or_else(|| given.is_not("a path", "write it as \"/api/token/\""))?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "._~/-".contains(c);
        match path {
            _ if !path.starts_with('/') => {
                Err(Wrong::new(format!("is {path:?}"), format!("begin it with a slash: \"/{path}\"")))
            }
            _ if !path.chars().all(plain) || path.contains("//") => Err(Wrong::new(
                format!("is {path:?}"),
                "use letters, digits, \"-\", \"_\", \".\", \"~\" and single slashes only",
            )),
            _ => Ok(Self(path.to_owned())),
        }
    }
}

impl Value for Identifier {
    const KIND: &'static str = "name in the database";

    fn schema() -> serde_json::Value {
        json!({ "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]{0,62}$" })
    }

    fn read(given: Given<'_>) -> Result<Self, Wrong> {
        let remedy = "use the name as the database has it: letters, digits and \"_\"";
        let name = given.as_str().ok_or_else(|| given.is_not("a name", remedy))?;
        name.parse().map_err(|_| Wrong::new(format!("is {name:?}, which is no name in a database"), remedy))
    }
}
