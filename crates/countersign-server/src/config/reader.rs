//! Reads settings one by one and keeps what is wrong with them.

use super::environment::Environment;
use super::fault::{Fault, Wrong};
use super::origin::{Key, Origin};
use super::setting::{Setting, Table};
use super::source::Assignments;
use super::value::{Given, Value};
use std::cell::RefCell;

/// Turns assignments into typed values.
pub struct Reader<'a> {
    assignments: &'a Assignments,
    environment: &'a Environment,
    faults: Vec<Fault>,
    warnings: Vec<Fault>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(assignments: &'a Assignments, environment: &'a Environment) -> Self {
        Self { assignments, environment, faults: Vec::new(), warnings: Vec::new() }
    }

    /// The faults and the warnings.
    pub(super) fn finish(self) -> (Vec<Fault>, Vec<Fault>) {
        (self.faults, self.warnings)
    }

    /// The value of a setting: what the latest layer says, or the default. A value that cannot be used is
    /// reported, and the default stands in for it until the report is read.
    ///
    /// # Panics
    ///
    /// If the table has no such setting, or if its default cannot be read: a mistake in the program, which
    /// any test that loads a configuration finds.
    pub fn setting<T: Value>(&mut self, table: &Table, name: &str) -> T {
        let setting = table.setting(name).expect("a section reads its own settings");
        let Some(assignment) = self.assignments.get(setting) else { return self.default(setting) };
        let text = assignment.text.as_deref();
        self.read(&assignment.value, text, setting, &assignment.origin).unwrap_or_else(|wrong| {
            let key = Key::new(setting.section, setting.name);
            self.faults.push(Fault::new(key, Some(assignment.origin.clone()), wrong.what, wrong.remedy));
            self.default(setting)
        })
    }

    fn default<T: Value>(&mut self, setting: &Setting) -> T {
        match setting.default_value() {
            Some(value) => self.read(&value, None, setting, &Origin::Default).ok().or_else(T::unset),
            None => T::unset(),
        }
        .unwrap_or_else(|| unreachable!("{} has a default that reads, or may be unset", setting.name))
    }

    fn read<T: Value>(
        &mut self,
        value: &toml::Value,
        text: Option<&str>,
        setting: &Setting,
        origin: &Origin,
    ) -> Result<T, Wrong> {
        let warnings = RefCell::new(Vec::new());
        let given = Given { value, text, environment: self.environment, warnings: &warnings };
        let read = T::read(given);
        let key = Key::new(setting.section, setting.name);
        self.warnings.extend(
            warnings
                .into_inner()
                .into_iter()
                .map(|wrong| Fault::new(key.clone(), Some(origin.clone()), wrong.what, wrong.remedy)),
        );
        read
    }
}
