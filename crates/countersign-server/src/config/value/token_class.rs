//! `AUTH_TOKEN_CLASSES`: simplejwt's classes, by the last word of their path.

use super::{Given, Value};
use crate::config::fault::Wrong;
use countersign_core::token::TokenClass;
use serde_json::json;

/// Which kinds of token authenticate a request. Never empty, no kind twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenClasses(Vec<TokenClass>);

impl TokenClasses {
    /// The kinds, in the order in which they are tried.
    #[must_use]
    pub fn as_slice(&self) -> &[TokenClass] {
        &self.0
    }
}

const REMEDY: &str = "it takes \"AccessToken\", \"SlidingToken\", \"RefreshToken\" and \"UntypedToken\"";

impl Value for TokenClasses {
    const KIND: &'static str = "list of token classes";

    fn schema() -> serde_json::Value {
        let class = json!({ "type": "string", "pattern": "(^|\\.)(Access|Sliding|Refresh|Untyped)Token$" });
        json!({ "anyOf": [{ "type": "array", "items": class, "minItems": 1 }, class] })
    }

    fn read(given: Given<'_>) -> Result<Self, Wrong> {
        let mut classes = Vec::new();
        for item in given.items() {
            let class = class(item)?;
            if !classes.contains(&class) {
                classes.push(class);
            }
        }
        if classes.is_empty() {
            return Err(Wrong::new("is empty: no token would authenticate anybody", REMEDY));
        }
        Ok(Self(classes))
    }
}

fn class(given: Given<'_>) -> Result<TokenClass, Wrong> {
    let path = given.as_str().ok_or_else(|| given.is_not("the name of a token class", REMEDY))?;
    match path.rsplit('.').next() {
        Some("AccessToken") => Ok(TokenClass::Access),
        Some("SlidingToken") => Ok(TokenClass::Sliding),
        Some("RefreshToken") => Ok(TokenClass::Refresh),
        Some("UntypedToken") => Ok(TokenClass::Untyped),
        _ => Err(Wrong::new(format!("names {path:?}, a class of your own"), REMEDY)),
    }
}
