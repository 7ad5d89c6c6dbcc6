//! Web origins, as `[cors]` and `[csrf]` name them.

use super::{Given, Value};
use crate::config::fault::Wrong;
use serde_json::json;

/// An exact origin, `https://app.example.com:8443`, or `null`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebOrigin(String);

impl WebOrigin {
    /// The origin, as a browser writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for WebOrigin {
    const KIND: &'static str = "origin";

    fn schema() -> serde_json::Value {
        json!({ "type": "string", "pattern": "^([a-z][a-z0-9+.-]*://[^/*]+|null)$" })
    }

    fn read(given: Given<'_>) -> Result<Self, Wrong> {
        match origin(given)? {
            text if text.contains('*') => Err(Wrong::new(
                format!("names {text:?}: an origin is exact"),
                "list each origin, use allowed_origin_regexes, or set allow_all_origins = true",
            )),
            text => Ok(Self(text)),
        }
    }
}

/// An origin, or all below one: `https://*.example.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedOrigin(String);

impl TrustedOrigin {
    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for TrustedOrigin {
    const KIND: &'static str = "origin, `https://*.example.com` for all below it";

    fn schema() -> serde_json::Value {
        json!({ "type": "string", "pattern": "^[a-z][a-z0-9+.-]*://(\\*\\.)?[^/*]+$" })
    }

    fn read(given: Given<'_>) -> Result<Self, Wrong> {
        let text = origin(given)?;
        let host = text.split_once("://").map_or("", |(_, host)| host.strip_prefix("*.").unwrap_or(host));
        if !host.contains('*') && !host.is_empty() {
            return Ok(Self(text));
        }
        let remedy = "a star stands for the first part of a name only: \"https://*.example.com\"";
        Err(Wrong::new(format!("names {text:?}"), remedy))
    }
}

/// Scheme and host, nothing behind them, in lower case as browsers send them.
fn origin(given: Given<'_>) -> Result<String, Wrong> {
    let remedy = "write scheme and host: \"https://app.example.com\"";
    let text = given.as_str().ok_or_else(|| given.is_not("an origin", remedy))?;
    let Some((scheme, host)) =
        text.split_once("://").filter(|(scheme, host)| !scheme.is_empty() && !host.is_empty())
    else {
        return match text {
            "null" => Ok(text.to_owned()),
            "*" => Err(Wrong::new("names \"*\"", "set [cors] allow_all_origins = true instead")),
            _ => Err(Wrong::new(format!("names {text:?}, which has no scheme"), remedy)),
        };
    };
    match host.find(['/', '?', '#', '@', ' ']) {
        Some(end) => Err(Wrong::new(
            format!("names {text:?}, which is more than an origin"),
            format!("write \"{scheme}://{}\"", &host[..end]),
        )),
        None => Ok(text.to_ascii_lowercase()),
    }
}
