//! A configuration that is being written.

use super::Missing;
use crate::config::sections::TABLES;
use crate::config::setting::{Setting, Table};
use crate::config::{Fault, Layers};
use std::fmt::Write as _;

/// Stands in for a secret that is not known here, while the rest is checked.
const UNKNOWN: &str = "a-secret-that-is-read-where-the-server-runs-9f3k2m7q1x8c5v0b4n6z";

/// The settings that a project has and that differ from the defaults.
#[derive(Default)]
pub struct Draft {
    lines: Vec<Line>,
}

/// Shows no value: some are secret.
impl std::fmt::Debug for Draft {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_list().entries(self.lines.iter().map(|line| line.setting.name)).finish()
    }
}

struct Line {
    setting: &'static Setting,
    value: Option<toml::Value>,
    /// The environment variable that a secret comes from.
    variable: Option<String>,
    from: String,
}

/// How secrets are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrets<'a> {
    /// Each in a file of its own, whose names begin with this.
    Files(&'a str),
    /// As environment variables, for somebody to set.
    Variables,
}

/// A secret to be kept in a file that only its owner may read.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretFile {
    /// The file's name.
    pub name: String,
    /// What is in it.
    pub content: String,
}

impl Draft {
    /// Takes a value, unless it is the default.
    pub(super) fn set(&mut self, setting: &'static Setting, from: &str, value: toml::Value) {
        if setting.default_value().as_ref() != Some(&value) {
            self.push(Line { setting, value: Some(value), variable: None, from: from.to_owned() });
        }
    }

    /// Takes a secret that an environment variable has.
    pub(super) fn set_variable(
        &mut self,
        setting: &'static Setting,
        from: &str,
        variable: &str,
        value: Option<toml::Value>,
    ) {
        self.push(Line { setting, value, variable: Some(variable.to_owned()), from: from.to_owned() });
    }

    fn push(&mut self, line: Line) {
        self.lines.retain(|other| {
            other.setting.section != line.setting.section || other.setting.name != line.setting.name
        });
        self.lines.push(line);
    }

    /// Leaves out what the reader of configurations refuses, and says why.
    pub(super) fn check(&mut self) -> Vec<Missing> {
        let mut missing = Vec::new();
        while let Err(invalid) = self.layers().load() {
            let before = self.lines.len();
            for Fault { key, what, remedy, .. } in invalid.faults {
                let is_at_fault = |line: &Line| {
                    key.as_ref().is_some_and(|key| {
                        line.setting.section == key.section && line.setting.name == key.name
                    })
                };
                let name = self.lines.iter().find(|line| is_at_fault(line)).map(|line| line.from.clone());
                self.lines.retain(|line| !is_at_fault(line));
                if let Some(name) = name {
                    missing.push(Missing::new(name, what, remedy));
                }
            }
            if self.lines.len() == before {
                break;
            }
        }
        missing
    }

    fn layers(&self) -> Layers {
        self.lines.iter().fold(Layers::default().without_keys(), |layers, line| {
            let value = line.value.clone().unwrap_or_else(|| UNKNOWN.into());
            layers.preset(line.setting.section, line.setting.name, value, "import-django")
        })
    }

    /// Whether a secret would stand in the file itself: in the database's URL.
    #[must_use]
    pub fn holds_a_secret(&self) -> bool {
        self.lines.iter().any(|line| {
            let shown = line.value.as_ref().map(|value| (line.setting.show)(value));
            !line.setting.secret && shown.is_some_and(|shown| shown.contains(":***@"))
        })
    }

    /// The file, and the files with its secrets. With [`Secrets::Variables`] there are none of those.
    #[must_use]
    pub fn write(&self, secrets: Secrets<'_>, head: &str) -> (String, Vec<SecretFile>) {
        let (mut text, mut files) = (head.to_owned(), Vec::new());
        for table in TABLES {
            self.write_section(table, secrets, &mut text, &mut files);
        }
        (text, files)
    }

    fn write_section(
        &self,
        table: &Table,
        secrets: Secrets<'_>,
        text: &mut String,
        files: &mut Vec<SecretFile>,
    ) {
        let in_order = table.settings.iter().filter_map(|setting| {
            self.lines
                .iter()
                .find(|line| line.setting.section == table.name && line.setting.name == setting.name)
        });
        let lines: Vec<_> = in_order.collect();
        if !table.name.is_empty() && !lines.is_empty() {
            let _ = write!(text, "\n[{}]\n", table.name);
        }
        for line in lines {
            let value = match (&line.variable, &line.value) {
                (Some(variable), _) => format!("{{ env = {} }}", toml::Value::from(variable.as_str())),
                (None, Some(value)) if line.setting.secret => {
                    referred(value, &name_of(line.setting), secrets, files)
                }
                (None, Some(value)) => {
                    let hidden =
                        secrets == Secrets::Variables && (line.setting.show)(value).contains(":***@");
                    if hidden { without_password(value) } else { value.to_string() }
                }
                (None, None) => continue,
            };
            // A setting that is the default already and comes from a variable of that very name says nothing new.
            let assignment = format!("{} = {value}", line.setting.name);
            if line.setting.default == Some(&*value) {
                continue;
            }
            let _ = writeln!(text, "{assignment:<56} # {}", line.from);
        }
    }
}

/// `signing_key` of `simple_jwt` is `simple_jwt.signing_key`.
fn name_of(setting: &Setting) -> String {
    [setting.section, setting.name]
        .iter()
        .filter(|part| !part.is_empty())
        .copied()
        .collect::<Vec<_>>()
        .join(".")
}

/// A secret as a reference to where it is; a list or table of them likewise.
fn referred(value: &toml::Value, name: &str, secrets: Secrets<'_>, files: &mut Vec<SecretFile>) -> String {
    match value {
        toml::Value::Array(items) => {
            let numbered = items.iter().zip(1..);
            let items: Vec<_> = numbered
                .map(|(item, number)| referred(item, &format!("{name}.{number}"), secrets, files))
                .collect();
            format!("[{}]", items.join(", "))
        }
        toml::Value::Table(table) => {
            let member = |(kid, value): (&String, &toml::Value)| {
                let kept = format!("{name}.{}", plain(kid));
                format!("{} = {}", toml::Value::from(kid.as_str()), referred(value, &kept, secrets, files))
            };
            format!("{{ {} }}", table.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        value => {
            let content = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            match secrets {
                Secrets::Files(prefix) => {
                    let file = format!("{prefix}{name}");
                    files.push(SecretFile { name: file.clone(), content });
                    format!("{{ file = {} }}", toml::Value::from(file))
                }
                Secrets::Variables => {
                    format!("{{ env = \"{}\" }}", name.to_uppercase().replace(['.', '-'], "_"))
                }
            }
        }
    }
}

fn plain(kid: &str) -> String {
    kid.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

/// A database's URL without its password, which the driver may be told otherwise.
fn without_password(url: &toml::Value) -> String {
    let bare = url.as_str().and_then(|url| {
        let (scheme, rest) = url.split_once("://")?;
        let (login, place) = rest.rsplit_once('@')?;
        let (user, _) = login.split_once(':')?;
        Some(format!("{scheme}://{user}@{place}"))
    });
    bare.map_or_else(|| url.to_string(), |bare| toml::Value::from(bare).to_string())
}
