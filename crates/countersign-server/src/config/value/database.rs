//! `database`: where users and tokens are kept.

use super::{Given, Value};
use crate::config::fault::Wrong;
use serde_json::json;
use std::path::{Path, PathBuf};

/// The database: a SQLite file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Database {
    path: PathBuf,
}

impl Database {
    /// The SQLite file. A relative path starts at the working directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

const REMEDY: &str = "write \"sqlite://FILE\", or \"sqlite:///absolute/path\"";

impl Value for Database {
    const KIND: &'static str = "database URL";

    fn schema() -> serde_json::Value {
        json!({ "type": "string", "pattern": "^sqlite://." })
    }

    fn read(given: Given<'_>) -> Result<Self, Wrong> {
        let url = given.as_str().ok_or_else(|| given.is_not("a database URL", REMEDY))?;
        match url.split_once("://") {
            Some(("sqlite", "")) => Err(Wrong::new("names no file", REMEDY)),
            Some(("sqlite", path)) if path.contains(['?', '#']) => Err(Wrong::new(
                "has a query, which SQLite databases do not take",
                "name the file alone; its settings are found in the file",
            )),
            Some(("sqlite", path)) => Ok(Self { path: PathBuf::from(path) }),
            Some(("postgres" | "postgresql", _)) => {
                Err(Wrong::new("names PostgreSQL, which comes with a later version", REMEDY))
            }
            Some((scheme, _)) => Err(Wrong::new(format!("begins with \"{scheme}://\""), REMEDY)),
            None => Err(Wrong::new(format!("is {url:?}"), format!("{REMEDY}, as in \"sqlite://{url}\""))),
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
