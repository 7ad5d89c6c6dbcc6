//! Booleans, numbers and texts.

use super::{Given, Value};
use crate::config::fault::Wrong;
use serde_json::json;

impl Value for bool {
    const KIND: &'static str = "boolean";
    const TAKES_FALSE: bool = true;

    fn schema() -> serde_json::Value {
        json!({ "type": "boolean" })
    }

    fn read(given: Given<'_>) -> Result<Self, Wrong> {
        given.value.as_bool().ok_or_else(|| given.is_not("a boolean", "write true or false, without quotes"))
    }
}

impl Value for u32 {
    const KIND: &'static str = "number";

    fn schema() -> serde_json::Value {
        json!({ "type": "integer", "minimum": 1, "maximum": u32::MAX })
    }

    fn read(given: Given<'_>) -> Result<Self, Wrong> {
        let remedy = "write a whole number from 1 to 4294967295, without quotes";
        let number = given.value.as_integer().ok_or_else(|| given.is_not("a number", remedy))?;
        match Self::try_from(number) {
            Ok(number) if number > 0 => Ok(number),
            _ => Err(Wrong::new(format!("is {number}, which is out of range"), remedy)),
        }
    }
}

impl Value for String {
    const KIND: &'static str = "text";

    fn schema() -> serde_json::Value {
        json!({ "type": "string" })
    }

    fn read(given: Given<'_>) -> Result<Self, Wrong> {
        match given.as_str() {
            Some("") => Err(Wrong::new("is empty", "write a text, or remove the key to have the default")),
            Some(text) => Ok(text.to_owned()),
            None => Err(given.is_not("a text", "write it in quotes")),
        }
    }
}

/// A number, or `"auto"`: the program finds one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auto {
    /// `"auto"`
    Auto,
    /// This many.
    Number(u32),
}

impl Value for Auto {
    const KIND: &'static str = "number or \"auto\"";

    fn schema() -> serde_json::Value {
        json!({ "anyOf": [{ "const": "auto" }, u32::schema()] })
    }

    fn read(given: Given<'_>) -> Result<Self, Wrong> {
        match given.as_str() {
            Some("auto") => Ok(Self::Auto),
            _ => u32::read(given).map(Self::Number).map_err(|wrong| {
                Wrong::new(wrong.what, "write a whole number from 1, or \"auto\" to have one found")
            }),
        }
    }
}

/// Declares a switch of Django's that has one position here.
macro_rules! fixed {
    ($(#[doc = $doc:literal])* $Name:ident is $value:literal, else $what:literal, $remedy:literal;) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $Name;

        impl Value for $Name {
            const KIND: &'static str = "boolean";
            const TAKES_FALSE: bool = true;

            fn schema() -> serde_json::Value {
                json!({ "const": $value })
            }

            fn read(given: Given<'_>) -> Result<Self, Wrong> {
                match bool::read(given)? {
                    $value => Ok(Self),
                    _ => Err(Wrong::new($what, $remedy)),
                }
            }
        }
    };
}

fixed! {
    /// `JWT_VERIFY`: signatures are verified.
    SignaturesVerified is true,
    else "is false: tokens with any signature would be accepted, which this program never does",
    "remove it; signatures are always verified";
}
fixed! {
    /// `CSRF_USE_SESSIONS`: the secret is in a cookie.
    NoSessions is false,
    else "is true, which needs Django's sessions",
    "remove it; the secret is in the cookie that cookie_name names";
}
