//! The layers of values: file, environment, flags.

use super::environment::Environment;
use super::fault::{Fault, Invalid, Wrong};
use super::origin::{Key, Origin};
use super::setting::Setting;
use super::unknown;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use toml::de::DeTable;

/// What begins the name of an environment variable that is a setting.
const PREFIX: &str = "COUNTERSIGN__";

/// A value and who set it.
#[derive(Clone)]
pub(super) struct Assignment {
    pub(super) value: toml::Value,
    /// What was written, where it was not TOML to begin with.
    pub(super) text: Option<String>,
    pub(super) origin: Origin,
}

/// Every value that a layer set, the latest layer's for each key, and what was wrong on the way. Aliases are
/// resolved.
#[derive(Default)]
pub(super) struct Assignments {
    values: BTreeMap<(&'static str, &'static str), Assignment>,
    pub(super) faults: Vec<Fault>,
}

impl Assignments {
    /// The value of a setting, if a layer gave one.
    pub(super) fn get(&self, setting: &Setting) -> Option<&Assignment> {
        self.values.get(&(setting.section, setting.name))
    }

    /// Sets a value, over what an earlier layer said. A key that no section has is a fault.
    pub(super) fn set(&mut self, key: Key, assignment: Assignment) {
        match unknown::known(&key) {
            Ok(setting) => {
                self.values.insert((setting.section, setting.name), assignment);
            }
            Err(wrong) => self.fault(Some(key), assignment.origin, wrong),
        }
    }

    fn fault(&mut self, key: Option<Key>, origin: Origin, Wrong { what, remedy }: Wrong) {
        self.faults.push(Fault { key, origin: Some(origin), what, remedy });
    }

    /// Reads the file, or says where it is no TOML.
    pub(super) fn read_file(&mut self, path: &Path, text: &str) -> Result<(), Invalid> {
        let path: Arc<Path> = Arc::from(path);
        let origin = |at: usize| Origin::File { path: Arc::clone(&path), line: line(text, at) };
        let syntax = |error: &toml::de::Error| Fault {
            key: None,
            origin: Some(origin(error.span().map_or(0, |span| span.start))),
            what: format!("is not TOML: {}", error.message()),
            remedy: "texts stand in double quotes, lists in [ ], a section begins with [name]".to_owned(),
        };
        // The first reading knows where things stand, the second what they are.
        let (spans, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            return Err(Invalid { faults: errors.iter().map(syntax).collect() });
        }
        let values: toml::Table = text.parse().map_err(|error| Invalid { faults: vec![syntax(&error)] })?;
        for (name, spanned) in spans.get_ref() {
            let (at, name) = (origin(name.span().start), name.get_ref().as_ref());
            match (&values[name], spanned.get_ref().as_table()) {
                (toml::Value::Table(table), Some(spans)) if !unknown::is_top_setting(name) => {
                    let line =
                        |member: &str| spans.get_key_value(member).map_or(0, |(key, _)| key.span().start);
                    let members = table.iter().map(|(member, value)| (member, value, origin(line(member))));
                    self.read_section(name, at, members);
                }
                (value, _) => {
                    self.set(Key::new("", name), Assignment { value: value.clone(), text: None, origin: at });
                }
            }
        }
        Ok(())
    }

    fn read_section<'a>(
        &mut self,
        section: &str,
        origin: Origin,
        members: impl Iterator<Item = (&'a String, &'a toml::Value, Origin)>,
    ) {
        if let Err(wrong) = unknown::known_section(section) {
            return self.fault(Some(Key::new(section, "")), origin, wrong);
        }
        for (name, value, origin) in members {
            self.set(Key::new(section, name), Assignment { value: value.clone(), text: None, origin });
        }
    }

    /// Reads `COUNTERSIGN__SECTION__KEY` and `COUNTERSIGN__KEY`.
    pub(super) fn read_environment(&mut self, environment: &Environment) {
        for (variable, text) in environment.iter() {
            let Some(name) = variable.strip_prefix(PREFIX) else { continue };
            let origin = Origin::Environment(variable.to_owned());
            let name = name.to_lowercase();
            match name.split("__").collect::<Vec<_>>()[..] {
                [name] => self.set(Key::new("", name), written(text, origin)),
                [section, name] => match unknown::known_section(section) {
                    Ok(()) => self.set(Key::new(section, name), written(text, origin)),
                    Err(wrong) => self.fault(Some(Key::new(section, "")), origin, wrong),
                },
                [section, table, member] => {
                    self.set_member(Key::new(section, table), member, written(text, origin));
                }
                _ => self.fault(
                    None,
                    origin,
                    Wrong::new(
                        "has too many parts",
                        "write COUNTERSIGN__SECTION__KEY, with two underscores between the parts",
                    ),
                ),
            }
        }
    }

    /// `COUNTERSIGN__SIMPLE_JWT__CLAIMS__EMAIL`: one member of a setting that is a table.
    fn set_member(&mut self, key: Key, member: &str, assignment: Assignment) {
        let before = unknown::known(&key).ok().and_then(|setting| self.get(setting));
        let mut table = before.and_then(|before| before.value.as_table().cloned()).unwrap_or_default();
        table.insert(member.to_owned(), assignment.value);
        self.set(key, Assignment { value: toml::Value::Table(table), text: None, origin: assignment.origin });
    }
}

/// A value from outside the file: a TOML value if it reads as one, else the text itself.
pub(super) fn written(text: &str, origin: Origin) -> Assignment {
    let value = text.trim().parse().unwrap_or_else(|_| toml::Value::String(text.to_owned()));
    Assignment { value, text: Some(text.to_owned()), origin }
}

/// The line, from 1, of a place in a text.
fn line(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1
}
