//! From TOML to values that cannot be wrong.

mod audience;
mod basic;
mod claims;
mod database;
mod duration;
mod hasher;
mod header;
mod key;
mod network;
mod origin;
mod path;
mod python;
mod secret;
mod token_class;
mod word;

pub use self::basic::{Auto, NoSessions, SignaturesVerified};
pub use self::duration::{parse_duration, written_duration};
pub use self::header::HeaderName;
pub use self::key::KeySet;
pub use self::network::{HostPattern, Listen};
pub use self::origin::{TrustedOrigin, WebOrigin};
pub use self::path::EndpointPath;
pub use self::python::{
    CsrfFailureView, DecodeHandler, EncodeHandler, PayloadHandler, ResponsePayloadHandler, StockBlacklist,
    StockObtain, StockRefresh, StockRule, StockSlidingObtain, StockSlidingRefresh, StockVerify,
    TokenUserClass, UserIdHandler, UsernameHandler,
};
pub use self::token_class::TokenClasses;
pub use self::word::{CookieSecure, LogFormat, Profile, SameSite, TokenId};

use super::environment::Environment;
use super::fault::Wrong;
use std::cell::RefCell;

/// A value as a layer gives it, not yet understood.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// The TOML value.
    pub value: &'a toml::Value,
    /// What was written, where it was an environment variable or a flag: a text that happens to look like a
    /// number is still a text where a text is wanted.
    pub text: Option<&'a str>,
    /// Where secrets may be looked up.
    pub environment: &'a Environment,
    /// What is worth a warning, but no refusal.
    pub warnings: &'a RefCell<Vec<Wrong>>,
}

impl<'a> Given<'a> {
    /// The same circumstances, another value: an item of a list, a member of a table.
    #[must_use]
    pub fn with(self, value: &'a toml::Value) -> Self {
        Self { value, text: None, ..self }
    }

    /// The text, if one was given.
    #[must_use]
    pub fn as_str(&self) -> Option<&'a str> {
        match (self.value, self.text) {
            (toml::Value::String(text), _) => Some(text),
            (toml::Value::Array(_) | toml::Value::Table(_), _) => None,
            (_, text) => text,
        }
    }

    /// The items of a list; anything else is a list of one.
    #[must_use]
    pub fn items(self) -> Vec<Self> {
        match self.value {
            toml::Value::Array(items) => items.iter().map(|item| self.with(item)).collect(),
            _ => vec![self],
        }
    }

    /// "is a boolean, not …"
    #[must_use]
    pub fn is_not(&self, wanted: &str, remedy: impl Into<String>) -> Wrong {
        let given = match self.value {
            toml::Value::String(_) => "a text",
            toml::Value::Integer(_) => "an integer",
            toml::Value::Float(_) => "a float",
            toml::Value::Boolean(_) => "a boolean",
            toml::Value::Datetime(_) => "a date",
            toml::Value::Array(_) => "a list",
            toml::Value::Table(_) => "a table",
        };
        Wrong::new(format!("is {given}, not {wanted}"), remedy)
    }
}

/// What a setting takes.
pub trait Value: Sized {
    /// What that is, in words, for the reference.
    const KIND: &'static str;
    /// Whether the value is never shown.
    const SECRET: bool = false;
    /// Whether `false` is one of its values. Where it is not, `false` leaves an optional setting out.
    const TAKES_FALSE: bool = false;

    /// What it takes, as JSON Schema.
    fn schema() -> serde_json::Value;

    /// Understands what was given.
    ///
    /// # Errors
    ///
    /// [`Wrong`] with what is wrong and what to write instead. It never quotes a secret.
    fn read(given: Given<'_>) -> Result<Self, Wrong>;

    /// The value as `config show` prints it.
    #[must_use]
    fn show(value: &toml::Value) -> String {
        value.to_string()
    }

    /// What an unset setting is, where it may be unset.
    #[must_use]
    fn unset() -> Option<Self> {
        None
    }
}

/// A setting that may be left out: by not writing it, by `false` or by an empty text.
impl<T: Value> Value for Option<T> {
    const KIND: &'static str = T::KIND;
    const SECRET: bool = T::SECRET;
    const TAKES_FALSE: bool = true;

    fn schema() -> serde_json::Value {
        if T::TAKES_FALSE {
            return T::schema();
        }
        serde_json::json!({ "anyOf": [T::schema(), { "enum": [false, ""] }] })
    }

    fn read(given: Given<'_>) -> Result<Self, Wrong> {
        let off = given.value.as_bool() == Some(false) && !T::TAKES_FALSE;
        if off || given.as_str() == Some("") {
            return Ok(None);
        }
        T::read(given).map(Some)
    }

    fn show(value: &toml::Value) -> String {
        T::show(value)
    }

    fn unset() -> Option<Self> {
        Some(None)
    }
}

/// A list. One value alone is a list of one.
impl<T: Value> Value for Vec<T> {
    const KIND: &'static str = "list";
    const SECRET: bool = T::SECRET;

    fn schema() -> serde_json::Value {
        serde_json::json!({ "anyOf": [{ "type": "array", "items": T::schema() }, T::schema()] })
    }

    fn read(given: Given<'_>) -> Result<Self, Wrong> {
        given.items().into_iter().map(T::read).collect()
    }

    fn show(value: &toml::Value) -> String {
        match value {
            toml::Value::Array(items) => {
                format!("[{}]", items.iter().map(T::show).collect::<Vec<_>>().join(", "))
            }
            value => T::show(value),
        }
    }
}
