//! Settings as they are written: the assignments of a settings module, read without running it.
//!
//! Understood is what settings modules are made of: literals, `timedelta`, names that were assigned before, sums
//! of lists and texts, paths below `BASE_DIR`, environment variables. Everything else is [`Python::Code`], and
//! whoever maps the settings says so. Nothing is executed.

mod expression;
mod lines;

use self::expression::Expression;
use self::lines::{Line, logical_lines, target};
use super::python::Python;
use std::collections::BTreeMap;
use std::path::Path;

/// How many modules may follow each other by `from .base import *`.
const DEPTH: usize = 4;

/// The names of a module.
#[derive(Default)]
pub(crate) struct Module {
    /// What each name is.
    pub(crate) names: BTreeMap<String, Python>,
    /// Names that are also set under a condition or in a loop, and the line where that is.
    pub(crate) conditional: BTreeMap<String, usize>,
}

/// Reads a settings module and those that it begins with.
///
/// # Errors
/// If the file cannot be read.
pub(crate) fn read(path: &Path) -> std::io::Result<Module> {
    let mut module = Module::default();
    read_into(&mut module, path, DEPTH)?;
    Ok(module)
}

fn read_into(module: &mut Module, path: &Path, depth: usize) -> std::io::Result<()> {
    let text = std::fs::read_to_string(path)?;
    module.names.insert("__file__".to_owned(), Python::Text(path.display().to_string()));
    for line in logical_lines(&text) {
        if let Some(base) = line.text.strip_prefix("from .").and_then(|rest| rest.strip_suffix(" import *")) {
            let base = path.with_file_name(format!("{}.py", base.trim()));
            if depth > 0 && base.is_file() {
                read_into(module, &base, depth - 1)?;
                module.names.insert("__file__".to_owned(), Python::Text(path.display().to_string()));
            }
            continue;
        }
        module.statement(&line);
    }
    Ok(())
}

impl Module {
    fn statement(&mut self, line: &Line) {
        let Some((target, rest)) = target(&line.text) else { return };
        if line.is_indented {
            self.conditional.entry(target.to_owned()).or_insert(line.number);
            return;
        }
        let value = |text: &str| Expression::read(text, &self.names);
        let (name, value) = match rest {
            Rest::Assign(text) => (target, value(text)),
            Rest::Add(text) => (target, expression::sum(self.name(target), value(text))),
            Rest::Member(key, text) => {
                let (key, value) = (value(key), value(text));
                (target, with_member(self.name(target), key, value))
            }
        };
        self.names.insert(name.to_owned(), value);
    }

    fn name(&self, name: &str) -> Python {
        self.names.get(name).cloned().unwrap_or_else(|| Python::Code(name.to_owned()))
    }
}

/// What is done to a name.
enum Rest<'a> {
    /// `NAME = …`
    Assign(&'a str),
    /// `NAME += …`
    Add(&'a str),
    /// `NAME[…] = …`
    Member(&'a str, &'a str),
}

fn with_member(dict: Python, key: Python, value: Python) -> Python {
    match dict {
        Python::Dict(mut members) => {
            match members.iter_mut().find(|(other, _)| *other == key) {
                Some((_, place)) => *place = value,
                None => members.push((key, value)),
            }
            Python::Dict(members)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests;
