//! Instants and spans as the pages show them: UTC, the same everywhere.

use countersign_core::clock::Timestamp;
use std::fmt;

/// An instant, or none.
#[derive(Clone, Copy)]
pub(super) struct Moment(pub(super) Option<Timestamp>);

impl Moment {
    /// For machines: the `datetime` of a `<time>`.
    pub(super) fn machine(self) -> String {
        self.0.map_or_else(String::new, |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    }

    /// The day, for people.
    pub(super) fn day(self) -> String {
        self.0.map_or_else(|| "–".to_owned(), |at| at.strftime("%Y-%m-%d").to_string())
    }

    /// The time of the day, for people.
    pub(super) fn hour(self) -> String {
        self.0.map_or_else(String::new, |at| at.strftime("%H:%M:%S").to_string())
    }
}

/// For people: `2026-11-25 18:14:26`.
impl fmt::Display for Moment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(_) => write!(out, "{} {}", self.day(), self.hour()),
            None => out.write_str(&self.day()),
        }
    }
}

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Self {
        Self(Some(at))
    }
}

impl From<Option<Timestamp>> for Moment {
    fn from(at: Option<Timestamp>) -> Self {
        Self(at)
    }
}
