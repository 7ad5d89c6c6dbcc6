//! What is wrong with a configuration, said so that it can be put right.

use super::origin::{Key, Origin};
use std::fmt;

/// One thing that is wrong: which key, where, what, and what to do.
///
/// The same shape serves warnings. No fault ever quotes a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The setting, or the section with an empty name. `None`: the file as a whole.
    pub key: Option<Key>,
    /// Who set it. `None` where nobody did and somebody should have.
    pub origin: Option<Origin>,
    /// What is wrong, as the end of a sentence that begins with the key.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl Fault {
    /// A fault of a setting.
    pub fn new(key: Key, origin: Option<Origin>, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { key: Some(key), origin, what: what.into(), remedy: remedy.into() }
    }

    /// For machines: `{"key", "origin", "line", "what", "remedy"}`.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "key": self.key.as_ref().map(ToString::to_string),
            "origin": self.origin.as_ref().map(ToString::to_string),
            "line": self.origin.as_ref().and_then(Origin::line),
            "what": self.what,
            "remedy": self.remedy,
        })
    }
}

/// `countersign.toml:12: [server] listen is an integer, not an address`, then the remedy on its own line.
impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(origin) = self.origin.as_ref().filter(|origin| **origin != Origin::Default) {
            write!(out, "{origin}: ")?;
        }
        if let Some(key) = &self.key {
            write!(out, "{key} ")?;
        }
        write!(out, "{}\n    {}", self.what, self.remedy)
    }
}

/// A configuration that cannot be used: everything that is wrong with it, at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// Never empty.
    pub faults: Vec<Fault>,
}

impl std::error::Error for Invalid {}

impl fmt::Display for Invalid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.faults.len() {
            1 => out.write_str("the configuration has a fault")?,
            count => write!(out, "the configuration has {count} faults")?,
        }
        self.faults
            .iter()
            .try_for_each(|fault| write!(out, "\n\n  {}", fault.to_string().replace('\n', "\n  ")))
    }
}

/// Why one value cannot be used. The reader adds the key and the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The end of a sentence that begins with the key.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl Wrong {
    /// A value that cannot be used, and what to write instead.
    pub fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: remedy.into() }
    }
}
