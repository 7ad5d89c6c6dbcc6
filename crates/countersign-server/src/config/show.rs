//! `config show`: every value with its origin, secrets hidden.

use super::origin::{Key, Origin};
use super::sections::TABLES;
use super::setting::Setting;
use super::source::Assignments;
use std::fmt;

/// A setting, its value as it may be shown, and who set it.
#[derive(Clone)]
pub struct Shown {
    /// The setting.
    pub setting: &'static Setting,
    /// The value in TOML; `None` where it is not set. Secrets read `"***"`.
    pub value: Option<String>,
    /// Who set it.
    pub origin: Origin,
}

impl Shown {
    /// Whether anybody set it to something else than its default.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.origin != Origin::Default
            && self.value.as_deref()
                != self.setting.default_value().as_ref().map(self.setting.show).as_deref()
    }

    /// For machines: `{"section", "name", "value", "origin", "line"}`.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let value = self.value.as_ref().map(|text| match text.parse::<toml::Value>() {
            Ok(value) => serde_json::to_value(value).unwrap_or_default(),
            Err(_) => serde_json::Value::from(text.as_str()),
        });
        serde_json::json!({
            "section": self.setting.section,
            "name": self.setting.name,
            "value": value,
            "origin": self.origin.to_string(),
            "line": self.origin.line(),
        })
    }
}

/// `listen = "127.0.0.1:8000"`, and the origin behind it.
impl fmt::Display for Shown {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match &self.value {
            Some(value) => format!("{} = {value}", self.setting.name),
            None => format!("# {} is not set", self.setting.name),
        };
        match (&self.value, &self.origin) {
            (None, Origin::Default) => out.write_str(&text),
            _ => write!(out, "{text:<50} # {}", self.origin),
        }
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {self}", Key::new(self.setting.section, self.setting.name))
    }
}

/// Every setting, in the order of the file.
pub(super) fn shown(assignments: &Assignments) -> Vec<Shown> {
    TABLES.iter().flat_map(|table| table.settings).map(|setting| one(setting, assignments)).collect()
}

fn one(setting: &'static Setting, assignments: &Assignments) -> Shown {
    match assignments.get(setting) {
        Some(assignment) => Shown {
            setting,
            value: Some((setting.show)(&assignment.value)),
            origin: assignment.origin.clone(),
        },
        None => Shown {
            setting,
            value: setting.default_value().as_ref().map(setting.show),
            origin: Origin::Default,
        },
    }
}

/// The whole configuration as a file whose comments say where each value comes from.
#[must_use]
pub fn page<'a>(shown: impl IntoIterator<Item = &'a Shown>) -> String {
    let mut section = "";
    let line = |shown: &Shown| {
        let heading = match std::mem::replace(&mut section, shown.setting.section) {
            before if before == shown.setting.section => String::new(),
            _ => format!("\n[{section}]\n"),
        };
        format!("{heading}{shown}\n")
    };
    shown.into_iter().map(line).collect::<Vec<_>>().concat().trim_start().to_owned()
}
