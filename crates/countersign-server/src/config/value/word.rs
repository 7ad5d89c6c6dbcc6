//! Settings that take one of a few words.

use super::{Given, Value};
use crate::config::fault::Wrong;
use crate::config::nearest::nearest;
use serde_json::json;

/// Declares an enum that is written as one of a few words.
macro_rules! words {
    ($(#[doc = $doc:literal])* pub enum $Name:ident { $($(#[doc = $line:literal])* $Word:ident = $text:literal,)* }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $Name { $($(#[doc = $line])* $Word,)* }

        impl $Name {
            /// The word, as it is written.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$Word => $text,)* }
            }
        }

        impl Value for $Name {
            const KIND: &'static str = "word";

            fn schema() -> serde_json::Value {
                json!({ "enum": [$($text),*] })
            }

            fn read(given: Given<'_>) -> Result<Self, Wrong> {
                match given.as_str() {
                    $(Some($text) => Ok(Self::$Word),)*
                    _ => Err(no_such_word(given, &[$($text),*])),
                }
            }
        }
    };
}

fn no_such_word(given: Given<'_>, words: &[&str]) -> Wrong {
    let choice = words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
    match given.as_str() {
        Some(text) => Wrong::new(
            format!("is {text:?}"),
            match nearest(text, words.iter().copied()) {
                Some(word) => format!("did you mean \"{word}\"? It takes {choice}"),
                None => format!("it takes {choice}"),
            },
        ),
        None => given.is_not("one of its words", format!("it takes {choice}")),
    }
}

words! {
    /// How log lines are written.
    pub enum LogFormat {
        /// For people.
        Text = "text",
        /// One JSON object a line.
        Json = "json",
    }
}

words! {
    /// Which package the `jwt_auth` dialect follows.
    pub enum Profile {
        /// djangorestframework-jwt 1.11.
        Original = "djangorestframework-jwt",
        /// drf-jwt 1.19, its fork.
        Fork = "drf-jwt",
    }
}

words! {
    /// `JWT_TOKEN_ID`: what becomes of token ids.
    pub enum TokenId {
        /// Tokens have none.
        Off = "off",
        /// Tokens have one, and need none.
        Include = "include",
        /// Tokens have one, and are refused without.
        Require = "require",
    }
}

words! {
    /// A cookie's `SameSite`.
    pub enum SameSite {
        /// Sent within the site and on navigation to it.
        Lax = "Lax",
        /// Sent within the site only.
        Strict = "Strict",
        /// Sent always. Browsers then demand `Secure`.
        None = "None",
    }
}

/// A cookie's `Secure`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookieSecure {
    /// True, except for plain HTTP on a loopback listener.
    Auto,
    /// As it says.
    Fixed(bool),
}

impl Value for CookieSecure {
    const KIND: &'static str = "boolean or \"auto\"";
    const TAKES_FALSE: bool = true;

    fn schema() -> serde_json::Value {
        json!({ "enum": [true, false, "auto"] })
    }

    fn read(given: Given<'_>) -> Result<Self, Wrong> {
        match (given.value.as_bool(), given.as_str()) {
            (Some(fixed), _) => Ok(Self::Fixed(fixed)),
            (_, Some("auto")) => Ok(Self::Auto),
            _ => Err(given.is_not("one of its values", "write true, false or \"auto\"")),
        }
    }
}
