//! `database`: where users and tokens are kept.

use super::{Given, Value};
use crate::config::fault::Wrong;
use countersign_store::{DatabaseUrl, UrlError};
use serde_json::json;

const REMEDY: &str = "write \"sqlite://FILE\", \"sqlite:///absolute/path\", or \"postgres://user@host/name\"";

impl Value for DatabaseUrl {
    const KIND: &'static str = "database URL";

    fn schema() -> serde_json::Value {
        json!({ "type": "string", "pattern": "^(sqlite|postgres|postgresql)://." })
    }

    fn read(given: Given<'_>) -> Result<Self, Wrong> {
        let url = given.as_str().ok_or_else(|| given.is_not("a database URL", REMEDY))?;
        match url.parse() {
            Ok(url) => Ok(url),
            Err(UrlError::Scheme) if !url.contains("://") => {
                Err(Wrong::new(format!("is {url:?}"), format!("{REMEDY}, as in \"sqlite://{url}\"")))
            }
            Err(UrlError::Scheme) => {
                let scheme = url.split("://").next().unwrap_or_default();
                Err(Wrong::new(format!("begins with \"{scheme}://\""), REMEDY))
            }
            Err(UrlError::NoFile) => Err(Wrong::new("names no file", REMEDY)),
            Err(_) => Err(Wrong::new(
                "has a query, which SQLite databases do not take",
                "name the file alone; its settings are found in the file",
            )),
        }
    }

    /// A password in the URL is hidden.
    fn show(value: &toml::Value) -> String {
        let shown = |url: &str| {
            let (scheme, rest) = url.split_once("://")?;
            let (login, place) = rest.rsplit_once('@')?;
            let (user, _) = login.split_once(':')?;
            Some(format!("\"{scheme}://{user}:***@{place}\""))
        };
        value.as_str().and_then(shown).unwrap_or_else(|| value.to_string())
    }
}
