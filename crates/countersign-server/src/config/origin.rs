//! Where a value came from, and what it is called there.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// The layer that set a value, the lowest first: a later one wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// A command's own starting point: `countersign dev`.
    Command(&'static str),
    /// The configuration file.
    File {
        /// The file, as it was named.
        path: Arc<Path>,
        /// The line of the key, from 1.
        line: usize,
    },
    /// An environment variable.
    Environment(String),
    /// A command line flag.
    Flag(&'static str),
}

impl Origin {
    /// The line in the configuration file, where it is one.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::File { line, .. } => Some(*line),
            _ => None,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => out.write_str("default"),
            Self::Command(name) => out.write_str(name),
            Self::File { path, line } => write!(out, "{}:{line}", path.display()),
            Self::Environment(name) => write!(out, "environment {name}"),
            Self::Flag(flag) => out.write_str(flag),
        }
    }
}

/// A setting's full name. The settings before the first section have the empty section.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// `simple_jwt`
    pub section: String,
    /// `access_token_lifetime`; empty for the section as a whole.
    pub name: String,
}

impl Key {
    /// The setting `name` of `[section]`.
    pub fn new(section: impl Into<String>, name: impl Into<String>) -> Self {
        Self { section: section.into(), name: name.into() }
    }
}

/// As the file writes it: `[simple_jwt] access_token_lifetime`, `secret_key`.
impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.section.as_str(), self.name.as_str()) {
            ("", name) => out.write_str(name),
            (section, "") => write!(out, "[{section}]"),
            (section, name) => write!(out, "[{section}] {name}"),
        }
    }
}
