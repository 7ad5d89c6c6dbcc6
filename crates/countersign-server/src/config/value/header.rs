//! `AUTH_HEADER_NAME`, in Django's form and in the header's own.

use super::{Given, Value};
use crate::config::fault::Wrong;
use serde_json::json;

/// The name of a request header, in lower case: `x-access-token`.
///
/// Django's form (`HTTP_X_ACCESS_TOKEN`) and the header's own (`X-Access-Token`) mean the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderName(String);

impl HeaderName {
    /// The name, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for HeaderName {
    const KIND: &'static str = "header name";

    fn schema() -> serde_json::Value {
        json!({ "type": "string", "minLength": 1 })
    }

    fn read(given: Given<'_>) -> Result<Self, Wrong> {
        let remedy = "write it as \"X-Access-Token\" or, as Django does, \"HTTP_X_ACCESS_TOKEN\"";
        let text = given.as_str().ok_or_else(|| given.is_not("a header name", remedy))?;
        let name = text.strip_prefix("HTTP_").map(|rest| rest.replace('_', "-"));
        match http::HeaderName::try_from(name.as_deref().unwrap_or(text)) {
            Ok(name) => Ok(Self(name.as_str().to_owned())),
            Err(_) => Err(Wrong::new(format!("is {text:?}, which is no header name"), remedy)),
        }
    }
}
