//! `AUDIENCE`: a text or a list of texts.

use super::{Given, Value};
use crate::config::fault::Wrong;
use countersign_core::settings::Audience;

impl Value for Audience {
    const KIND: &'static str = "text or list of texts";

    fn schema() -> serde_json::Value {
        Vec::<String>::schema()
    }

    fn read(given: Given<'_>) -> Result<Self, Wrong> {
        match given.value {
            toml::Value::Array(items) if items.is_empty() => Err(Wrong::new(
                "is an empty list: no token could be for anybody",
                "name an audience, or write false",
            )),
            toml::Value::Array(_) => Vec::<String>::read(given).map(Self::Many),
            _ => String::read(given).map(Self::One),
        }
    }
}
