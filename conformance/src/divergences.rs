//! Where countersign means to answer differently: one entry an exchange, in `divergences.toml`.
//!
//! An entry says what countersign answers instead, aspect by aspect, and why. It covers nothing else: another
//! difference in the same exchange fails, and so does an entry that no exchange needs.

use crate::compare::Difference;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// The file, relative to this crate.
pub const FILE: &str = "divergences.toml";

/// The list.
#[derive(Debug, Default)]
pub struct Divergences {
    entries: BTreeMap<String, Entry>,
    used: BTreeSet<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    exchange: String,
    reason: String,
    ours: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    divergence: Vec<Entry>,
}

impl Divergences {
    /// Reads the list.
    ///
    /// # Errors
    ///
    /// If it is not in the format, an exchange stands there twice, or an entry has no reason or no answer.
    pub fn read(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut entries = BTreeMap::new();
        for entry in file.divergence {
            let id = entry.exchange.clone();
            if entry.reason.trim().is_empty() || entry.ours.is_empty() {
                return Err(format!("{id}: an entry has a reason and says what is answered instead"));
            }
            if entries.insert(id.clone(), entry).is_some() {
                return Err(format!("{id} is there twice"));
            }
        }
        Ok(Self { entries, used: BTreeSet::new() })
    }

    /// Whether an exchange is listed; the entry counts as used.
    pub fn is_listed(&mut self, exchange: &str) -> bool {
        let listed = self.entries.contains_key(exchange);
        if listed {
            self.used.insert(exchange.to_owned());
        }
        listed
    }

    /// Whether the differences found are exactly those that the list has for the exchange.
    #[must_use]
    pub fn explains(&self, exchange: &str, found: &[Difference]) -> bool {
        let ours = |difference: &Difference| (difference.aspect.clone(), difference.ours.clone());
        let found: BTreeMap<String, String> = found.iter().map(ours).collect();
        self.entries.get(exchange).map(|entry| &entry.ours) == Some(&found)
    }

    /// The entries under these configurations that were not used.
    pub fn unused<'a>(&'a self, configurations: &'a BTreeSet<&str>) -> impl Iterator<Item = &'a str> {
        let of = |id: &str| configurations.contains(id.split('/').next().unwrap_or_default());
        self.entries.keys().map(String::as_str).filter(move |id| of(id) && !self.used.contains(*id))
    }

    /// The names of the configurations that entries speak of.
    #[must_use]
    pub fn configurations(&self) -> BTreeSet<&str> {
        self.entries.keys().filter_map(|id| id.split('/').next()).collect()
    }
}

/// The entry that would cover these differences, for whoever decides that they are meant.
#[must_use]
pub fn entry(exchange: &str, found: &[Difference]) -> String {
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let mut text = format!("[[divergence]]\nexchange = {}\nreason = \"\"\n", quoted(exchange));
    for Difference { aspect, theirs, ours } in found {
        // Writing to a string cannot fail.
        let _ =
            writeln!(text, "ours.{aspect} = {} # not {}", quoted(ours), quoted(theirs).replace('\n', "\\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = r#"
        [[divergence]]
        exchange = "default/obtain/noslash-POST"
        reason = "Both spellings are answered directly."
        ours.status = "400"
        ours.location = ""
    "#;

    fn difference(aspect: &str, ours: &str) -> Difference {
        Difference { aspect: aspect.to_owned(), theirs: "x".to_owned(), ours: ours.to_owned() }
    }

    #[test]
    fn an_entry_covers_its_exchange_and_its_answer_and_nothing_else() {
        let list = Divergences::read(LIST).unwrap();
        let (status, location) = (difference("status", "400"), difference("location", ""));
        let id = "default/obtain/noslash-POST";
        assert!(list.explains(id, &[status.clone(), location.clone()]));
        assert!(!list.explains(id, std::slice::from_ref(&status)));
        assert!(!list.explains(id, &[difference("status", "500"), location.clone()]));
        assert!(!list.explains(id, &[status.clone(), location.clone(), difference("body", "")]));
        assert!(!list.explains("default/obtain/noslash-GET", &[status, location]));
    }

    #[test]
    fn an_entry_that_nobody_needs_is_told() {
        let mut list = Divergences::read(LIST).unwrap();
        let configurations = BTreeSet::from(["default"]);
        assert_eq!(list.unused(&configurations).count(), 1);
        assert!(list.is_listed("default/obtain/noslash-POST"));
        assert_eq!(list.unused(&configurations).count(), 0);
    }

    #[test]
    fn an_entry_without_a_reason_or_twice_is_refused() {
        assert!(Divergences::read(&LIST.replace("Both spellings are answered directly.", " ")).is_err());
        assert!(Divergences::read(&format!("{LIST}{LIST}")).unwrap_err().contains("twice"));
        assert!(Divergences::read(&LIST.replace("reason", "resaon")).is_err());
    }

    #[test]
    fn a_proposed_entry_is_in_the_format() {
        let found = [difference("status", "400"), difference("body", "{\"a\":\"b\"}\n")];
        let text = entry("a/b", &found).replace("reason = \"\"", "reason = \"r\"");
        assert!(Divergences::read(&text).unwrap().explains("a/b", &found), "{text}");
    }
}
