//! A Django project: found, asked by its own Python, or else read.

use super::python::Python;
use super::{Missing, source};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const PROBE: &str = include_str!("probe.py");

/// What a project said of itself.
#[derive(Default)]
pub(super) struct Project {
    /// The folder of `manage.py`, which relative paths begin at.
    pub(super) folder: PathBuf,
    /// The settings that the project sets, by name.
    pub(super) settings: BTreeMap<String, Python>,
    /// The user model's table, where the project's Python was asked.
    pub(super) users: Option<UserModel>,
    /// The hashers, the preferred first, where the project's Python was asked.
    pub(super) hashers: Vec<Hasher>,
    /// Where views of the packages are, where the project's Python was asked.
    pub(super) routes: Option<Vec<Route>>,
    /// Versions of the installed packages, by name.
    pub(super) versions: BTreeMap<String, String>,
    /// What was not found out.
    pub(super) missing: Vec<Missing>,
}

/// The table of a user model: columns by what they are for here, absent ones without a name.
pub(super) struct UserModel {
    pub(super) table: String,
    pub(super) columns: Vec<(String, Option<String>)>,
}

/// A password hasher of the project.
pub(super) struct Hasher {
    /// The dotted name of its class.
    pub(super) path: String,
    /// What its hashes begin with.
    pub(super) algorithm: String,
    pub(super) iterations: Option<i64>,
}

/// A view of one of the packages in the project's URLs.
pub(super) struct Route {
    /// As Django writes it: a path without its first slash, or a pattern.
    pub(super) path: String,
    /// The package's class.
    pub(super) view: String,
    /// The dotted name of a subclass, where it is one.
    pub(super) own: Option<String>,
}

/// Where a project is.
pub(super) struct Place {
    folder: PathBuf,
    /// `mysite.settings`; `None` where only the file is known.
    module: Option<String>,
    file: Option<PathBuf>,
}

impl Place {
    /// Finds the project that a path means: `manage.py`, its folder, or a settings module.
    ///
    /// # Errors
    /// A sentence for the user, where there is none.
    pub(super) fn find(path: &Path, module: Option<&str>) -> Result<Self, String> {
        let manage = if path.is_dir() { path.join("manage.py") } else { path.to_owned() };
        if !manage.is_file() {
            return Err(format!(
                "there is no {}: name the project's folder, its manage.py or its settings.py",
                manage.display()
            ));
        }
        if manage.file_name().is_some_and(|name| name == "manage.py") {
            let text = std::fs::read_to_string(&manage)
                .map_err(|error| format!("{} cannot be read: {error}", manage.display()))?;
            let module = module.map(str::to_owned).or_else(|| settings_module(&text)).ok_or_else(|| {
                format!("{} names no settings module: name one with --settings", manage.display())
            })?;
            let folder = absolute(manage.parent().unwrap_or(Path::new("")));
            let file = Some(module_file(&folder, &module)).filter(|file| file.is_file());
            return Ok(Self { folder, module: Some(module), file });
        }
        let file = absolute(&manage);
        let root = file.ancestors().skip(1).find(|folder| folder.join("manage.py").is_file());
        let folder = root.or(file.parent()).unwrap_or(Path::new("/")).to_owned();
        let module = module.map(str::to_owned).or_else(|| module_name(&folder, &file));
        Ok(Self { folder, module, file: Some(file) })
    }

    /// What the project's own Python says of it.
    ///
    /// # Errors
    /// Why it could not be asked, as the end of a sentence.
    pub(super) fn ask(&self, python: &Path) -> Result<Project, String> {
        let module = self.module.as_deref().ok_or("no settings module is known")?;
        let ran = Command::new(python)
            .args(["-c", PROBE, module])
            .arg(&self.folder)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("{} cannot be run: {error}", python.display()))?;
        if !ran.status.success() {
            let complaint = String::from_utf8_lossy(&ran.stderr);
            return Err(complaint
                .lines()
                .rev()
                .find(|line| !line.trim().is_empty())
                .unwrap_or("it failed")
                .to_owned());
        }
        let answer = serde_json::from_slice(&ran.stdout).map_err(|_| "its answer is not understood")?;
        Ok(Project { folder: self.folder.clone(), ..Project::of_answer(&answer) })
    }

    /// The pythons that may be the project's, the likeliest first.
    pub(super) fn pythons(&self, active: Option<&str>) -> Vec<PathBuf> {
        let environments = [".venv", "venv", "env", "../.venv", "../venv"].map(|name| self.folder.join(name));
        let own =
            active.map(PathBuf::from).into_iter().chain(environments).map(|place| place.join("bin/python"));
        own.filter(|python| python.is_file()).chain(["python3".into(), "python".into()]).collect()
    }

    /// What the settings module says as it is written.
    ///
    /// # Errors
    /// A sentence for the user, where there is no file to read.
    pub(super) fn read(&self) -> Result<Project, String> {
        let module = self.module.as_deref().unwrap_or("the settings module");
        let file =
            self.file.as_deref().ok_or(format!("{module} is not a file below {}", self.folder.display()))?;
        let found =
            source::read(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
        let is_setting = |name: &str| name.starts_with(|c: char| c.is_ascii_uppercase());
        let conditional = found.conditional.iter().filter(|(name, _)| super::mapping::is_asked_for(name));
        let missing = conditional.map(|(name, line)| {
            Missing::new(
                name,
                format!("is also set under a condition, in line {line}"),
                "see which of the values holds where this server shall run",
            )
        });
        Ok(Project {
            folder: self.folder.clone(),
            missing: missing.collect(),
            settings: found.names.into_iter().filter(|(name, _)| is_setting(name)).collect(),
            ..Project::default()
        })
    }
}

impl Project {
    fn of_answer(answer: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let list = |name: &str| answer[name].as_array().map(Vec::as_slice).unwrap_or_default();
        let map = |name: &str| answer[name].as_object().into_iter().flatten();
        let users = answer["user"]["columns"].as_object().map(|columns| UserModel {
            table: text(&answer["user"]["table"]),
            columns: columns
                .iter()
                .map(|(name, column)| (name.clone(), column.as_str().map(str::to_owned)))
                .collect(),
        });
        let hasher = |value: &Value| Hasher {
            path: text(&value["path"]),
            algorithm: text(&value["algorithm"]),
            iterations: value["iterations"].as_i64(),
        };
        let route = |value: &Value| Route {
            path: text(&value["route"]),
            view: text(&value["view"]),
            own: value["own"].as_str().map(str::to_owned),
        };
        let failed = |part: &Value| {
            Missing::new(
                "the project",
                format!("could not be asked about {}", text(part)),
                "see that `manage.py check` passes",
            )
        };
        Self {
            folder: PathBuf::new(),
            settings: map("settings").map(|(name, value)| (name.clone(), Python::of_json(value))).collect(),
            users,
            hashers: list("hashers").iter().map(hasher).collect(),
            routes: answer["routes"].as_array().map(|routes| routes.iter().map(route).collect()),
            versions: map("versions").map(|(name, version)| (name.clone(), text(version))).collect(),
            missing: list("failed").iter().map(failed).collect(),
        }
    }

    /// A setting.
    pub(super) fn setting(&self, name: &str) -> Option<&Python> {
        self.settings.get(name)
    }
}

/// The module that `manage.py` names by `os.environ.setdefault("DJANGO_SETTINGS_MODULE", "…")`.
fn settings_module(manage: &str) -> Option<String> {
    let (_, after) = manage.split_once("DJANGO_SETTINGS_MODULE")?;
    let (_, after) = after.split_once(',')?;
    let quoted = after.trim_start();
    let quote = quoted.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let (module, _) = quoted[1..].split_once(quote)?;
    Some(module.to_owned())
}

fn module_file(folder: &Path, module: &str) -> PathBuf {
    let path = folder.join(module.replace('.', "/"));
    if path.is_dir() { path.join("__init__.py") } else { path.with_extension("py") }
}

fn module_name(folder: &Path, file: &Path) -> Option<String> {
    let below = file.strip_prefix(folder).ok()?.with_extension("");
    let parts: Option<Vec<&str>> = below.iter().map(|part| part.to_str()).collect();
    Some(parts?.join("."))
}

fn absolute(path: &Path) -> PathBuf {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
